"""`Session` finishes an operation that was interrupted, and uses its journal for nothing else."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs
import pytest

from ckpt_scheme.migration import (
    Act,
    Relink,
    Report,
    Session,
    operations,
)
from migration_operations import (
    DIRECTORY,
    EARLY,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    TRASH,
    TREE,
    act_of,
    aside_of,
    ends,
    migrate,
    undo,
    write,
)
from migration_trees import STATE, File, Link, grow, manifest, moved

LINK: Final = Relink("latest", FILE, FILE_NEW)


def grown(tmp_path: Path) -> Act:
    """Make a tree, and return the act that renames its file and retargets the link."""
    grow(tmp_path, {FILE: File(), f"{FOLDER}/shard/x": File(), "latest": Link(FILE)})
    return act_of(tmp_path, FILE, FILE_NEW, LINK)


def states(root: Path, aside: Path) -> dict[str, Callable[[], object]]:
    """Return the stages of an interrupted rename, each with a function that makes it."""
    old, new, link = root / FILE, root / FILE_NEW, root / "latest"

    def second_name() -> None:
        new.hardlink_to(old)

    def renamed() -> None:
        old.rename(new)

    def turned() -> None:
        link.unlink()
        link.symlink_to(FILE_NEW)

    def ready() -> None:
        aside.symlink_to(FILE_NEW)

    def exchanged() -> None:
        link.rename(aside)
        link.symlink_to(FILE_NEW)

    def away() -> None:
        link.rename(aside)

    def both(*steps: Callable[[], None]) -> Callable[[], None]:
        def go() -> None:
            for step in steps:
                step()

        return go

    return {
        "renamed": renamed,
        "renamed, link ready": both(renamed, ready),
        "renamed, link exchanged": both(renamed, exchanged),
        "renamed, link away": both(renamed, away),
        "renamed, link turned": both(renamed, turned),
        "two names": second_name,
        "two names, link ready": both(second_name, ready),
        "two names, link exchanged": both(second_name, exchanged),
        "two names, link away": both(second_name, away),
        "two names, link turned": both(second_name, turned),
    }


@pytest.mark.parametrize("state", list(states(Path(), Path())))
def test_recovery_finishes_begun_act(tmp_path: Path, rename_mode: str, state: str) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    aside = aside_of(tmp_path, "latest")
    write(tmp_path, act)
    states(tmp_path, aside)[state]()
    after = moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})

    for _ in range(2):
        with Session(tmp_path) as session:
            assert session.recovered == ()
            assert [journal.end for journal in session.history.operations] == ["recovered"]
        assert manifest(tmp_path) == after, rename_mode
    assert ends(tmp_path) == ["recovered"]
    assert (tmp_path / STATE / "journal/000001.jsonl").read_text().count("end") == 1
    # It can be undone like any other operation.
    assert undo(tmp_path) == Report(number=2, done=((FILE_NEW, FILE),))
    assert manifest(tmp_path) == before


def test_recovery_leaves_act_that_was_not_begun(tmp_path: Path, rename_mode: str) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW))
    before = manifest(tmp_path)

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == before
    assert ends(tmp_path) == ["recovered"]
    assert migrate(tmp_path) == Report(number=2, done=((FILE, FILE_NEW), (FOLDER, FOLDER_NEW)))
    assert [(journal.continues, journal.end) for journal in operations(tmp_path)] == [(None, "recovered"), (1, "done")]
    assert undo(tmp_path).done == ((FOLDER_NEW, FOLDER), (FILE_NEW, FILE)), rename_mode
    assert manifest(tmp_path) == before


def test_recovery_ignores_finished_operation(tmp_path: Path) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, end="done")
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    before = manifest(tmp_path)
    with Session(tmp_path):
        pass

    assert manifest(tmp_path) == before


def test_recovery_removes_empty_placeholder_directory(tmp_path: Path, rename_mode: str) -> None:
    grown(tmp_path)
    write(tmp_path, act_of(tmp_path, FOLDER, FOLDER_NEW))
    before = manifest(tmp_path)
    (tmp_path / FOLDER_NEW).mkdir()

    with Session(tmp_path) as session:
        assert session.recovered == ()
        assert manifest(tmp_path) == before, rename_mode
    assert migrate(tmp_path).failed == ()


@pytest.mark.parametrize("kind", ["full", "changed", "file's"])
def test_recovery_keeps_directory_that_is_no_placeholder(tmp_path: Path, kind: str) -> None:
    act = grown(tmp_path)
    write(tmp_path, act if kind == "file's" else act_of(tmp_path, FOLDER, FOLDER_NEW))
    new = tmp_path / (FILE_NEW if kind == "file's" else FOLDER_NEW)
    new.mkdir()
    if kind == "full":
        (new / "x").touch()
    if kind == "changed":
        (tmp_path / FOLDER / "x").touch()
    before = manifest(tmp_path, times=True)

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path, times=True) == {**before, ".": manifest(tmp_path, times=True)["."]}
    assert ends(tmp_path) == ["recovered"]


def replaced(path: Path) -> Path:
    path.unlink()
    path.write_text("foreign")
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / FILE).unlink(),
        # A foreign entry at the new name, with and without the file at the old name.
        lambda root: (root / FILE_NEW).write_text("theirs"),
        lambda root: (root / FILE).rename(root / "away") and (root / FILE_NEW).mkdir(),
        lambda root: (root / FILE_NEW).symlink_to(Path(FILE).name),
        # Two hard links of a file that is not the listed file.
        lambda root: (root / FILE_NEW).hardlink_to(replaced(root / FILE)),
        lambda root: shutil.rmtree(root / DIRECTORY),
    ],
)
def test_recovery_keeps_replaced_files(tmp_path: Path, change: Callable[[Path], object]) -> None:
    write(tmp_path, grown(tmp_path))
    change(tmp_path)
    before = manifest(tmp_path)

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == before
    assert ends(tmp_path) == ["recovered"]


@pytest.mark.parametrize("end", [None, "failed"])
def test_recovery_retargets_links_of_file_written_since(tmp_path: Path, end: str | None) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, end=end)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    (tmp_path / FILE_NEW).write_text("newer")
    before = manifest(tmp_path)

    # The old target of the link would lead nowhere.
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == moved(before, {}, {"latest": FILE_NEW})
    assert ends(tmp_path) == ["recovered" if end is None else "settled"]


def test_recovery_finishes_failed_operation(tmp_path: Path) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW), end="failed")
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).mkdir()
    theirs = manifest(tmp_path)[FOLDER_NEW]

    with Session(tmp_path) as session:
        assert session.recovered == ()
    # The empty directory is foreign: a finished operation removes its placeholders.
    assert manifest(tmp_path) == {**moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW}), FOLDER_NEW: theirs}
    assert ends(tmp_path) == ["settled"]


def test_recovery_finishes_every_open_operation(tmp_path: Path) -> None:
    act = grown(tmp_path)
    other = act_of(tmp_path, FOLDER, FOLDER_NEW)
    before = manifest(tmp_path)
    write(tmp_path, act)
    write(tmp_path, number=2, end="done")
    write(tmp_path, other, number=3)
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).mkdir()

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert ends(tmp_path) == ["recovered", "done", "recovered"]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_recovery_retries_act_that_fails(tmp_path: Path) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    aside = aside_of(tmp_path, "latest")
    other = attrs.evolve(act_of(tmp_path, FOLDER, FOLDER_NEW))
    write(tmp_path, act, other)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    (tmp_path / FOLDER_NEW).mkdir()
    aside.mkdir()

    for _ in range(2):
        with Session(tmp_path) as session:
            (failure,) = session.recovered

            assert failure.path == FILE
            assert failure.reason in {os.strerror(errno.EISDIR), os.strerror(errno.EEXIST)}

        # The next act was finished nevertheless.
        assert not (tmp_path / FOLDER_NEW).exists()
        assert ends(tmp_path) == [None]

    aside.rmdir()

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert ends(tmp_path) == ["recovered"]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_recovery_finishes_begun_discard(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    new = f"{TRASH}/{EARLY}"
    write(tmp_path, act_of(tmp_path, EARLY, new), act_of(tmp_path, FILE, f"{TRASH}/{FILE}"))
    (tmp_path / new).parent.mkdir(parents=True)
    (tmp_path / new).hardlink_to(tmp_path / EARLY)

    with Session(tmp_path) as session:
        assert [each.path for each in session.trash()] == [EARLY]
    assert manifest(tmp_path) == moved(before, {EARLY: None})
    assert undo(tmp_path) == Report(number=2, done=((new, EARLY),))
    assert manifest(tmp_path) == before
    assert not (tmp_path / STATE / "trash").exists()


@pytest.mark.parametrize(
    "path", ["../outside/x", f"{DIRECTORY}/../../../outside/x", "run/./x", "", "run//x", "..", "x\0y", "/outside/x"]
)
def test_recovery_ignores_journal_path_outside_root(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    grow(tmp_path, {f"root/{FILE}": File(), "root/latest": Link(FILE), "outside/x": File()})
    before = manifest(tmp_path)
    act = act_of(root, FILE, FILE_NEW, LINK)
    acts: dict[str, list[Act]] = {
        "old": [attrs.evolve(act, old=path)],
        "new": [attrs.evolve(act, new=path)],
        "link": [attrs.evolve(act, old=FILE_NEW, new=FILE, links=(Relink(path, FILE, "x"),))],
    }

    for each in acts.values():
        shutil.rmtree(root / STATE, ignore_errors=True)
        write(root, *each)

        # The program never writes such a line, so the line is damage and ignored.
        with Session(root) as session:
            assert session.recovered == ()
            assert session.undo() == Report(damaged=(1,))

        (journal,) = operations(root)
        assert (journal.is_damaged, journal.acts, journal.end) == (True, (), "recovered")
        assert manifest(tmp_path) == before


@pytest.mark.parametrize("end", [b"", b'{"old":"run/che', b'"', b"\xff\xfe"])
def test_recovery_uses_truncated_journal_up_to_cut(tmp_path: Path, end: bytes) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW))
    path = tmp_path / STATE / "journal/000001.jsonl"
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:2]) + b"\n" + end)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)

    with Session(tmp_path) as session:
        assert session.recovered == ()
        assert [(journal.is_damaged, journal.end) for journal in session.history.operations] == [(True, "recovered")]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})
    assert undo(tmp_path).done == ((FILE_NEW, FILE),)
    assert manifest(tmp_path) == before
