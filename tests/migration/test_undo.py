"""`Session.undo` of one operation: the entries that it restores, and those that it leaves."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import pytest

from ckpt_scheme.migration import (
    Act,
    Failure,
    Relink,
    Report,
    Session,
    operations,
)
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    EARLY_NEW,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    MD5,
    NOT_TRIED,
    PROGRESS,
    TRASH,
    TREE,
    back,
    ends,
    group_failed,
    inner,
    intercept_rename,
    migrate,
    relinked,
    undo,
    write,
)
from migration_trees import STATE, File, Folder, Link, Node, grow, manifest, moved


def undoing(acts: Sequence[Act]) -> list[Act]:
    """Return the acts that revert *acts* if the same links lead to their files."""
    names = {act.old: act.new for act in acts}
    return [
        attrs.evolve(
            act.reversed(),
            links=tuple(Relink(link.path, link.new, link.old) for link in act.links),
            owner=None if act.owner is None else names[act.owner],
        )
        for act in reversed(acts)
    ]


@pytest.mark.parametrize("delete_old", [False, True])
def test_undo_reverts_latest_operation(tmp_path: Path, rename_mode: str, delete_old: bool) -> None:  # noqa: FBT001
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    done = migrate(tmp_path, delete_old=delete_old).done
    progress: list[tuple[int, int]] = []

    with Session(tmp_path) as session:
        report = session.undo(None, lambda *numbers: progress.append(numbers))
        # The session knows its own operation.
        assert session.undo() == Report()

    assert report == Report(number=2, done=tuple((new, old) for old, new in reversed(done)))
    assert progress == PROGRESS
    assert manifest(tmp_path) == before, rename_mode
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl", "journal/000002.jsonl"}
    assert not (tmp_path / STATE / "trash").exists()

    first, second = operations(tmp_path)
    assert (second.action, second.undoes, second.continues, second.end) == ("undo", 1, None, "done")
    assert second.acts == tuple(undoing(first.acts))
    # A second undo does nothing.
    assert undo(tmp_path) == Report()
    assert manifest(tmp_path) == before
    assert len(operations(tmp_path)) == 2


def test_undo_of_undo_repeats_operation(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    after = manifest(tmp_path)

    undo(tmp_path)
    progress: list[tuple[int, int]] = []

    with Session(tmp_path) as session:
        assert session.undo(2, lambda *numbers: progress.append(numbers)) == Report(number=3, done=DONE)
    assert progress == PROGRESS
    assert manifest(tmp_path) == after
    # The repeated operation can be undone.
    assert undo(tmp_path, 3).number == 4
    assert manifest(tmp_path) == before


def test_undo_reverts_repeated_operation(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)

    undo(tmp_path)
    undo(tmp_path, 2)

    assert undo(tmp_path).done == tuple((new, old) for old, new in reversed(DONE))
    assert manifest(tmp_path) == before


def test_undo_continues_interrupted_undo(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (run,) = operations(tmp_path)
    acts = undoing(run.acts)
    write(tmp_path, *acts, number=2, action="undo", undoes=1)
    (tmp_path / EARLY_NEW).rename(tmp_path / EARLY)

    report = undo(tmp_path)

    assert report == Report(number=3, done=tuple((act.old, act.new) for act in acts[1:]))
    assert manifest(tmp_path) == before, rename_mode
    assert [(each.undoes, each.continues, each.end) for each in operations(tmp_path)] == [
        (None, None, "done"),
        (1, None, "recovered"),
        (1, 2, "done"),
    ]
    assert undo(tmp_path) == Report()


@pytest.mark.parametrize("taken", [File(b"mine"), Folder(), Link("nowhere")])
def test_undo_keeps_new_file_at_old_name(tmp_path: Path, taken: Node) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    grow(tmp_path, {FILE: taken})
    theirs = manifest(tmp_path)[FILE]

    report = undo(tmp_path)

    assert report == Report(
        number=2,
        done=tuple((new, old) for old, new in reversed(DONE[2:])),
        left=(
            Failure(FILE_NEW, f"a newer entry has the name {FILE}"),
            Failure(FILE_NEW + MD5, "its checkpoint stays"),
        ),
    )

    expected = moved(before, {FILE: FILE_NEW, FILE + MD5: FILE_NEW + MD5}, {"latest": FILE_NEW})
    assert manifest(tmp_path) == {**expected, FILE: theirs}
    assert ends(tmp_path) == ["done", "left"]

    # Without the obstacle, the rest is restored.
    (tmp_path / FILE).rename(tmp_path / "away")

    assert undo(tmp_path).done == ((FILE_NEW, FILE), (FILE_NEW + MD5, FILE + MD5))
    assert undo(tmp_path) == Report()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("other"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: relinked(path, "x"),
    ],
)
def test_undo_keeps_file_changed_since(tmp_path: Path, change: Callable[[Path], object]) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path)
    change(tmp_path / FILE_NEW)
    before = manifest(tmp_path)

    report = undo(tmp_path)

    assert report.left == (
        Failure(FILE_NEW, "a newer entry has this name"),
        Failure(FILE_NEW + MD5, "its checkpoint stays"),
    )
    assert report.done == tuple((new, old) for old, new in reversed(DONE[2:]))

    found = manifest(tmp_path)
    assert found[FILE_NEW] == before[FILE_NEW]
    assert FILE not in found


def test_undo_renames_file_with_other_inode(tmp_path: Path) -> None:
    grow(tmp_path, {FILE: File()})
    before = manifest(tmp_path)
    migrate(tmp_path)
    # The copy has the times of the file, so some disks cannot distinguish the two after a remount.
    new = tmp_path / FILE_NEW
    shutil.copy2(new, tmp_path / "copy")
    os.utime(tmp_path / "copy", ns=(new.stat().st_atime_ns, new.stat().st_mtime_ns))
    (tmp_path / "copy").replace(new)

    assert undo(tmp_path).done == ((FILE_NEW, FILE),)
    assert manifest(tmp_path) == before


def test_undo_reverts_remaining_renames(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (tmp_path / FILE_NEW).rename(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).rename(tmp_path / "elsewhere")

    report = undo(tmp_path)

    assert report == Report(
        number=2,
        done=((EARLY_NEW, EARLY), (EARLY_NEW + MD5, EARLY + MD5), (FILE_NEW + MD5, FILE + MD5)),
        left=(Failure(FOLDER_NEW, "it is gone"),),
    )
    assert (tmp_path / FILE).exists()
    assert manifest(tmp_path).keys() == moved(before, {FOLDER: "elsewhere"}).keys()


def test_undo_does_nothing_if_all_files_are_gone(tmp_path: Path) -> None:
    grow(tmp_path, {FILE: File()})
    migrate(tmp_path)

    (tmp_path / FILE_NEW).unlink()

    assert undo(tmp_path) == Report()
    # An undo by number reports the missing file.
    assert undo(tmp_path, 1) == Report(left=(Failure(FILE_NEW, "it is gone"),))
    assert len(operations(tmp_path)) == 1


def test_undo_keeps_links_changed_since(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to("theirs")

    assert undo(tmp_path).left == ()
    assert manifest(tmp_path) == moved(before, {}, {"latest": "theirs"})


def test_undo_retargets_links_made_since(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path)
    grow(tmp_path, {"more": Link(f"./{FILE_NEW}"), f"{DIRECTORY}/sidecar": Link(Path(FILE_NEW + MD5).name)})
    before = manifest(tmp_path)

    assert undo(tmp_path).left == ()

    expected = moved(before, {new: old for old, new in DONE})
    for path, text in (
        ("latest", FILE),
        ("more", f"./{FILE}"),
        (f"{DIRECTORY}/dir", Path(FOLDER).name),
        (f"{DIRECTORY}/sidecar", Path(FILE + MD5).name),
    ):
        expected = moved(expected, {}, {path: text})

    assert manifest(tmp_path) == expected, rename_mode


def test_undo_restores_file_with_link_into_trash(tmp_path: Path) -> None:
    # The target of this link cannot be adjusted.
    grow(tmp_path, {**TREE, "look": Link(f"{TRASH}/{EARLY}/.")})
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)

    report = undo(tmp_path)

    assert report.left == ()
    assert manifest(tmp_path) == before


def test_undo_keeps_directory_that_link_leads_through(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    # A link through the directory would lead nowhere. Links into the trash do not count.
    grow(tmp_path, {"deep": Link(f"{FOLDER_NEW}/shard/x"), "to trash": Link(f"{TRASH}/{EARLY}")})
    before = manifest(tmp_path)

    report = undo(tmp_path)
    reason = "the link deep leads to it in a way that no other text keeps"

    assert report.left == (Failure(FOLDER_NEW, reason),)
    assert report.done == (
        (f"{TRASH}/{EARLY}", EARLY),
        (f"{TRASH}/{EARLY}{MD5}", EARLY + MD5),
        (FILE_NEW, FILE),
        (FILE_NEW + MD5, FILE + MD5),
    )

    found = manifest(tmp_path)
    assert [found[path] for path in ("deep", "to trash", FOLDER_NEW)] == [
        before[path] for path in ("deep", "to trash", FOLDER_NEW)
    ]
    assert ends(tmp_path) == ["done", "left"]


def test_undo_retries_failed_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE).name) else None)

    report = undo(tmp_path)

    assert report.failed == group_failed(os.strerror(errno.EIO), FILE_NEW)
    assert report.done == tuple(back(pair) for pair in reversed(DONE[2:]))
    assert ends(tmp_path) == ["done", "failed"]

    monkeypatch.undo()

    assert undo(tmp_path) == Report(number=3, done=tuple(back(pair) for pair in reversed(DONE[:2])))
    assert [(journal.continues, journal.end) for journal in operations(tmp_path)][1:] == [
        (None, "settled"),
        (None, "done"),
    ]
    assert manifest(tmp_path) == before
    assert undo(tmp_path) == Report()


def test_undo_keeps_checkpoint_whose_sidecar_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    after = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE + MD5).name) else None)

    report = undo(tmp_path)

    assert report == Report(
        number=2,
        done=tuple(back(pair) for pair in reversed(DONE[2:])),
        failed=(Failure(FILE_NEW + MD5, os.strerror(errno.EIO)), Failure(FILE_NEW, NOT_TRIED)),
    )

    # The link leads to the checkpoint again.
    theirs = {new: old for old, new in DONE[2:]}
    assert manifest(tmp_path) == moved(after, theirs, {f"{DIRECTORY}/dir": Path(FOLDER).name})

    monkeypatch.undo()

    assert undo(tmp_path).failed == ()
    assert manifest(tmp_path) == before
