"""The trash: its list, and the removals of `Session.empty`."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs
import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import (
    Failure,
    Report,
    Session,
    Trashed,
    has_state,
    operations,
    trash,
)
from ckpt_scheme.migration._tree import Tree
from cli_trees import start
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    FILE,
    FILE_NEW,
    MD5,
    NOT_TRIED,
    RENAMED,
    TEXTS,
    TRASH,
    TREE,
    act_of,
    inner,
    migrate,
    undo,
    write,
)
from migration_trees import STATE, File, Folder, Link, grow, manifest, moved
from programs import finish


def test_trash_lists_discards_with_sizes(tmp_path: Path) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {**TREE, f"{folder}/a": File(b"12345"), f"{folder}/b/c": File(b"678")})
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    (journal,) = operations(tmp_path)

    with Session(tmp_path) as session:
        found = session.trash()

    assert [attrs.evolve(each, time=journal.time) for each in found] == [
        Trashed(operation=1, time=journal.time, path=path, size=size, location=f"{TRASH}/{path}")
        for path, size in ((folder, 8), (EARLY, len(EARLY) + 1), (EARLY + MD5, len(EARLY + MD5) + 1))
    ]

    undo(tmp_path)

    assert manifest(tmp_path) == before
    with Session(tmp_path) as session:
        assert session.trash() == []


def test_empty_removes_discards_for_good(tmp_path: Path) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {**TREE, f"{folder}/a/b": File(), "kept": File()})
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / folder / "a/link").symlink_to(tmp_path / "kept")
    before = manifest(tmp_path)
    progress: list[tuple[int, int]] = []

    with Session(tmp_path) as session:
        found = session.trash()

        report = session.empty(iter(found), lambda *numbers: progress.append(numbers))

        assert session.trash() == []

    assert report == Report(done=tuple((each.path, each.location) for each in found))
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert manifest(tmp_path) == before
    assert not (tmp_path / STATE / "trash").exists()

    # The renames can still be undone.
    report = undo(tmp_path)

    assert report.done == tuple((new, old) for old, new in reversed(DONE[:3]))
    assert report.left == (
        Failure(f"{TRASH}/{EARLY}", "it is gone"),
        Failure(f"{TRASH}/{EARLY}{MD5}", "it is gone"),
        Failure(f"{TRASH}/{folder}", "it is gone"),
    )


def test_empty_keeps_replacement_of_trashed_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {f"{folder}/a": File(), FILE: File(), "kept/b": File()})
    migrate(tmp_path, delete_old=True)
    place = tmp_path / TRASH / folder
    look = Tree._is_directory

    def late(self: Tree, path: str) -> bool:
        found = look(self, path)
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "kept")
        return found

    monkeypatch.setattr(Tree, "_is_directory", late)

    with Session(tmp_path) as session:
        report = session.empty(session.trash())
    (failure,) = report.failed

    assert failure.path == f"{TRASH}/{folder}"
    assert failure.reason == os.strerror(errno.ENOTDIR)
    assert report.done == ()
    assert (tmp_path / "kept/b").exists()
    assert (tmp_path / "elsewhere/a").exists()


def test_empty_removes_only_given_discards(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)

    with Session(tmp_path) as session:
        found = session.trash()

        assert session.empty(found[:1]).done == ((EARLY, f"{TRASH}/{EARLY}"),)
        assert session.trash() == found[1:]
        # A discard that is gone is skipped.
        assert session.empty(found) == Report(done=((EARLY + MD5, f"{TRASH}/{EARLY}{MD5}"),))

    assert not (tmp_path / STATE / "trash").exists()


def test_empty_limits_open_handles(tmp_path: Path) -> None:
    runs_of_one = [f"run{number:03}/checkpoints" for number in range(70)]
    grow(tmp_path, [f"{run}/{name}" for run in runs_of_one for name in ("epoch-01_step-000001.ckpt", "last.ckpt")])

    assert len(migrate(tmp_path, delete_old=True).done) == 70

    held, most = len(os.listdir("/proc/self/fd")), 0  # noqa: PTH208

    def look(*_: int) -> None:
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208

    with Session(tmp_path) as session:
        assert len(session.empty(session.trash(), look).done) == 70
        assert session.trash() == []
    assert most < held + 80


def test_progress_counts_failed_removals(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    progress: list[tuple[int, int]] = []

    with Session(tmp_path) as session:
        one, other = session.trash()

        def remove(*numbers: int) -> None:
            progress.append((numbers[0], numbers[1]))
            (tmp_path / other.location).unlink(missing_ok=True)

        report = session.empty([one, other], remove)

    assert report.done == ((one.path, one.location),)
    assert report.failed == (Failure(other.location, os.strerror(errno.ENOENT)),)
    assert progress == [(1, 2), (2, 2)]


def test_undo_keeps_foreign_file_in_trash(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / "run" / "theirs").touch()

    undo(tmp_path)

    assert manifest(tmp_path) == before
    assert {path.name for path in (tmp_path / STATE / "trash").rglob("*")} == {"000001", "run", "theirs"}


def test_operations_have_separate_trash_folders(tmp_path: Path) -> None:
    last = f"{DIRECTORY}/last.ckpt"

    for number, content in ((1, b"first"), (2, b"second")):
        grow(tmp_path, {EARLY: File(content), **({last: File()} if number == 1 else {})})
        assert migrate(tmp_path, delete_old=True).done == ((EARLY, f"{STATE}/trash/{number:06}/{EARLY}"),)

    with Session(tmp_path) as session:
        found = session.trash()

    assert [(each.operation, each.size) for each in found] == [(1, 5), (2, 6)]

    undo(tmp_path, 1)

    assert (tmp_path / EARLY).read_text() == "first"
    assert undo(tmp_path).left == (Failure(f"{STATE}/trash/000002/{EARLY}", f"a newer entry has the name {EARLY}"),)
    assert inner(tmp_path) >= {f"trash/000002/{EARLY}"}


def test_continued_operation_discards_to_first_trash_folder(tmp_path: Path) -> None:
    others = [f"{DIRECTORY}/epoch={number}-step=1.ckpt" for number in (1, 2)]
    grow(tmp_path, {**TREE, **dict.fromkeys(others, File())})
    before = manifest(tmp_path)
    first = f"{TRASH}/{others[0]}"
    write(tmp_path, act_of(tmp_path, others[0], first), end="recovered")
    write(tmp_path, act_of(tmp_path, others[1], f"{TRASH}/{others[1]}"), number=2, end="recovered", continues=1)
    (tmp_path / first).parent.mkdir(parents=True)
    (tmp_path / others[0]).rename(tmp_path / first)
    # An entry at that place of the trash stays.
    grow(tmp_path, [f"{TRASH}/{EARLY}"])

    report = migrate(tmp_path, delete_old=True)
    own = f"{STATE}/trash/000003/{EARLY}"
    discards = ((others[1], f"{TRASH}/{others[1]}"), (EARLY + MD5, f"{TRASH}/{EARLY}{MD5}"), (EARLY, own))

    assert report == Report(number=3, done=(*DONE[:3], *discards))
    assert undo(tmp_path).left == ()
    assert manifest(tmp_path) == before
    assert inner(tmp_path) >= {f"trash/000001/{EARLY}"}


def test_discard_fails_if_trash_is_symlink(tmp_path: Path) -> None:
    grow(tmp_path, {**TREE, f"{STATE}/trash": Link("BASE/outside"), "outside": Folder()})
    before = manifest(tmp_path)

    report = migrate(tmp_path, delete_old=True)

    assert report.done == DONE[:3]
    assert report.failed == (
        Failure(EARLY + MD5, os.strerror(errno.ENOTDIR)),
        Failure(EARLY, NOT_TRIED),
    )
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS)


@pytest.mark.parametrize("days", [-9, 20_000])
def test_trash_gives_later_time_of_journal_and_disk(tmp_path: Path, days: int) -> None:
    # A clock that stood in 1970 does not make a discard old.
    grow(tmp_path, TREE)
    now = datetime.now(UTC).replace(microsecond=0)
    time_then = now - timedelta(days=days)
    write(tmp_path, act_of(tmp_path, EARLY, f"{TRASH}/{EARLY}"), time=time_then, end="done")
    (tmp_path / TRASH / DIRECTORY).mkdir(parents=True)
    (tmp_path / EARLY).rename(tmp_path / TRASH / EARLY)

    with Session(tmp_path) as session:
        (each,) = session.trash()
        assert each.time == time_then if days < 0 else each.time >= now


def test_trash_is_listed_without_lock(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    assert trash(tmp_path) == []
    assert not has_state(tmp_path)

    migrate(tmp_path, delete_old=True)

    with Session(tmp_path) as session:
        found = session.trash()

        assert [each.path for each in found] == [EARLY, EARLY + MD5]
        assert trash(str(tmp_path)) == found

    before = manifest(tmp_path, state=True, times=True)
    held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    assert trash(tmp_path) == found
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208
    assert manifest(tmp_path, state=True, times=True) == before
    with pytest.raises(OperationError):
        trash(tmp_path / "missing")


def test_trash_lists_place_of_two_operations_once(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)

    undo(tmp_path)

    assert trash(tmp_path) == []
    assert undo(tmp_path, 2).number == 3

    *_, journal = operations(tmp_path)
    assert [attrs.evolve(each, time=journal.time) for each in trash(tmp_path)] == [
        Trashed(operation=3, time=journal.time, path=path, size=len(path) + 1, location=f"{TRASH}/{path}")
        for path in (EARLY, EARLY + MD5)
    ]


def test_empty_ignores_paths_outside_trash(tmp_path: Path) -> None:
    grow(tmp_path, {**TREE, "outside": File()})
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / "theirs").touch()
    before = manifest(tmp_path, state=True)
    progress: list[object] = []

    with Session(tmp_path) as session:
        first, _ = session.trash()
        places = (FILE_NEW, "outside", f"{TRASH}/theirs", f"{TRASH}/../../../outside", TRASH, f"{STATE}/journal")
        forged = [attrs.evolve(first, location=place) for place in places]

        assert session.empty(forged, lambda *_: progress.append(_)) == Report()
        assert manifest(tmp_path, state=True) == before

        # The other fields of a discard are not trusted either.
        lying = attrs.evolve(first, path="x", operation=7)
        assert session.empty([lying, *forged, first]).done == ((EARLY, f"{TRASH}/{EARLY}"),)

    assert progress == []


FEW_HANDLES: Final = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
from ckpt_scheme.migration import Policy, Session, apply, make_plan, observe, trash
root = sys.argv[1]
discarding = Policy(delete_old=True)
for last in ("undo", "empty"):
    report = apply(make_plan(observe(root), discarding))
    assert (len(report.done), report.failed) == (240, ()), report.failed[:3]
    assert len(trash(root)) == 120
    if last == "undo":
        with Session(root) as session:
            report = session.undo()
        assert (len(report.done), report.failed, report.left) == (240, (), ()), report.failed[:3]
    else:
        with Session(root) as session:
            report = session.empty(session.trash())
        assert (len(report.done), report.failed) == (120, ()), report.failed[:3]
    assert trash(root) == []
    print(last)
"""


def test_trash_and_undo_work_with_few_handles(tmp_path: Path) -> None:
    names = (Path(FILE).name, Path(EARLY).name)
    grow(tmp_path, [f"run{number:03}/checkpoints/{name}" for number in range(120) for name in names])

    done = finish(start(sys.executable, "-c", FEW_HANDLES, str(tmp_path))).check(0)

    assert (done.stdout, done.stderr) == (b"undo\nempty\n", b"")
    assert not (tmp_path / STATE / "trash").exists()
