"""Roots, links, locales, private folders and open files that must not mislead an operation."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest

from ckpt_scheme.catalog import scan
from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Entry, Failure, Policy, Session, check, make_plan, observe, operations, trash, undo
from ckpt_scheme.migration._listing import Listing
from ckpt_scheme.migration._recover import History
from ckpt_scheme.migration._tree import Tree
from cli_runner import invoke
from machine import act, immutable, need, seen_at, unmount
from migration_operations import migrate
from migration_trees import STATE, File, Link, grow, manifest
from programs import ckpt
from rename_faults import UNPRIVILEGED, unprivileged

FOLDER: Final = "run/checkpoints"
PLACES: Final = tuple(f"{FOLDER}/epoch-{number:02}_step-000001.ckpt" for number in range(1, 4))
KEEP_LAST: Final = ("--keep-last", "1", "--apply", "--summary")


@contextmanager
def opened(path: Path) -> Generator[None]:
    """Keep a file open for writing."""
    times = path.stat()
    with path.open("ab"):
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        yield


def left(root: Path) -> list[str]:
    """Return the names in the folder of checkpoints."""
    return sorted(path.name for path in (root / FOLDER).iterdir())


def test_root_above_the_target_of_a_link_is_that_of_the_system(tmp_path: Path) -> None:
    grow(tmp_path, [*(f"real/outputs/{place}" for place in PLACES), *(f"data/{place}" for place in PLACES)])
    (tmp_path / "data/cur").symlink_to("../real/outputs/run")
    before = manifest(tmp_path / "data")

    done = invoke("prune", f"{tmp_path}/data/cur/..", *KEEP_LAST)

    assert done.exit_code == 0, done.output
    assert manifest(tmp_path / "data") == before
    assert left(tmp_path / "real/outputs") == [Path(PLACES[2]).name]


def test_plan_of_root_with_two_slashes_is_applied(tmp_path: Path) -> None:
    grow(tmp_path, ["run/checkpoints/epoch=1-step=1.ckpt"])
    plan = make_plan(observe(f"/{tmp_path}"))

    assert plan.root == str(tmp_path)


@pytest.mark.parametrize("policy", ["--keep-last=1", "--keep-best=loss", "--keep-min-epoch=9"])
def test_checkpoint_that_is_being_written_counts_for_no_rule(tmp_path: Path, policy: str) -> None:
    names = [f"{FOLDER}/epoch-0{number}_step-000001_loss-0.{number}000.ckpt" for number in range(1, 4)]
    grow(tmp_path, names)
    with opened(tmp_path / names[2]):
        assert invoke("prune", tmp_path, policy, "--apply").exit_code == 0

    assert left(tmp_path) == [Path(name).name for name in names[1:]]


@pytest.mark.parametrize("name", [PLACES[2], f"{FOLDER}/epoch=3-step=1-v1.ckpt", f"{FOLDER}/epoch_03_step_000001.ckpt"])
def test_marker_beside_any_name_shows_that_it_is_unfinished(tmp_path: Path, name: str) -> None:
    grow(tmp_path, [*PLACES[:2], name, name.removesuffix(".ckpt") + "-unfinished"])

    for command in (["prune"], ["migrate", "--delete-old", "--keep-min-epoch=9"]):
        preview = invoke(command[0], tmp_path, *command[1:], "--keep-last=1", "--summary")
        assert preview.stdout.startswith(("1 to discard", "0 to rename, 1 to discard"))
    result = invoke("prune", tmp_path, *KEEP_LAST)

    assert result.stdout.startswith("1 discarded")
    assert (tmp_path / PLACES[1]).exists()
    assert (tmp_path / name).exists()


def test_undo_of_undo_of_undo_leaves_nothing_to_undo(tmp_path: Path) -> None:
    grow(tmp_path, PLACES)
    before = manifest(tmp_path)
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    for number in (1, 2, 3):
        undo(tmp_path, number)

    assert manifest(tmp_path) == before
    assert History(operations(tmp_path)).standing() == []
    assert check(tmp_path).undoable == ()
    assert undo(tmp_path).number is None
    assert manifest(tmp_path) == before

    undo(tmp_path, 4)
    assert [each.number for each in History(operations(tmp_path)).standing()] == [1]


def test_link_of_another_user_in_sticky_folder_stops_the_rename() -> None:
    need("root")
    old = f"{FOLDER}/epoch=1-step=1.ckpt"
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, {old: File(), "pub/best.ckpt": Link(f"../{old}")})
        for path in (root, *root.rglob("*")):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)
        os.chown(root / "pub", 0, 0)
        (root / "pub").chmod(0o1777)
        os.chown(root / "pub/best.ckpt", 1, 1, follow_symlinks=False)
        before = manifest(root)

        with unprivileged():
            report = migrate(root)

        assert report.done == ()
        assert report.failed == (Failure(old, "Operation not permitted: the link pub/best.ckpt leads to it"),)
        assert manifest(root) == before


@pytest.mark.parametrize("kind", ["rename", "discard"])
def test_directory_with_too_long_paths_stays(tmp_path: Path, kind: str) -> None:
    name = "epoch=1-step=1.ckpt" if kind == "rename" else "epoch-01_step-000001.ckpt"
    grow(tmp_path, {f"{FOLDER}/{name}/a": File(), f"{FOLDER}/epoch-02_step-000002.ckpt": File()})
    deepen(tmp_path / FOLDER / name)
    before = left(tmp_path)

    report = migrate(tmp_path, delete_old=kind == "discard", keep_min_epoch=2)

    assert [failure.path for failure in report.failed] == [f"{FOLDER}/{name}"]
    assert "longer than a system call takes" in report.failed[0].reason
    assert left(tmp_path) == before


def deepen(directory: Path) -> None:
    """Make a file in *directory* whose path is almost as long as a system call takes, all long ago."""
    longest = 4092  # bytes, all but three
    handle, length = os.open(directory, os.O_RDONLY), len(os.fsencode(directory))
    handles = [handle]
    part = "d" * 200
    while longest - length - 1 > 255:
        os.mkdir(part, dir_fd=handle)
        handle = os.open(part, os.O_RDONLY, dir_fd=handle)
        handles.append(handle)
        length += len(part) + 1
    os.close(os.open("f" * (longest - length - 1), os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    for each in reversed(handles):
        for name in os.listdir(each):  # noqa: PTH208 - a handle
            os.utime(name, (1, 1), dir_fd=each)
        os.close(each)
    os.utime(directory, (1, 1))


def test_repeated_prune_leaves_the_last_checkpoint_of_a_run(tmp_path: Path) -> None:
    others = [f"other/checkpoints/{Path(place).name}" for place in PLACES]
    grow(tmp_path, [*PLACES, *others])
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    undo(tmp_path)
    (tmp_path / PLACES[2]).unlink()
    before = manifest(tmp_path)

    report = undo(tmp_path, 2)

    assert [old for old, _ in report.done] == [*others[:2], PLACES[0]]
    assert report.left == (Failure(PLACES[1], "no other complete checkpoint of the run is left"),)
    assert left(tmp_path) == [Path(PLACES[1]).name]

    # What was done again is undone by the next undo.
    assert len(undo(tmp_path).done) == 3
    assert manifest(tmp_path) == before


def test_repeated_migration_by_option_discards_again(tmp_path: Path) -> None:
    grow(tmp_path, [f"{FOLDER}/epoch{number}_step10{number}.ckpt" for number in (1, 2, 3)])
    policy = Policy(frameworks=("common",), delete_old=True, keep_min_epoch=None, keep_last=1)
    with Session(tmp_path) as session:
        assert len(session.migrate(policy)[1].done) == 3
    undo(tmp_path)

    assert len(undo(tmp_path, 2).done) == 3
    assert left(tmp_path) == ["epoch-03_step-000103.ckpt"]


def test_repeated_prune_discards_again_beside_a_checkpoint_that_stays(tmp_path: Path) -> None:
    grow(tmp_path, PLACES)
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    undo(tmp_path)

    assert len(undo(tmp_path, 2).done) == 2
    assert left(tmp_path) == [Path(PLACES[2]).name]


@pytest.mark.parametrize("how", ["immutable", "mount"])
def test_empty_removes_all_of_a_directory_or_nothing(tmp_path: Path, how: str) -> None:
    need("root", "chattr")
    grow(tmp_path, {f"{PLACES[0]}/b": File(), f"{PLACES[0]}/sub/c": File(), PLACES[1]: File(), "other": File()})
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    (place,) = [tmp_path / each.location for each in trash(tmp_path)]
    with immutable(place / "b") if how == "immutable" else seen_at(tmp_path / "other", place / "b"):
        result = invoke("trash", tmp_path, "--empty", "--yes")
        assert result.exit_code == 1
        assert ("/b is immutable" if how == "immutable" else "a disk is mounted at") in result.stderr
        assert (place / "sub/c").exists()

    assert len(undo(tmp_path).done) == 1


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2770, 0o555])
def test_trash_is_as_private_as_the_folder_of_a_run(tmp_path: Path, mode: int) -> None:
    need("root")
    grow(tmp_path, PLACES)
    os.chown(tmp_path / "run", 1500, 1500)
    (tmp_path / "run").chmod(mode)
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)

    found = (tmp_path / STATE / "trash/000001/run").stat()
    assert found.st_uid == 1500
    assert stat.S_IMODE(found.st_mode) == (0o755 if mode & 0o005 else 0o700)
    assert stat.S_IMODE((tmp_path / STATE / "trash").stat().st_mode) == 0o755


@pytest.mark.parametrize("other", ["C", "POSIX"])
def test_journal_is_read_in_each_locale(tmp_path: Path, other: str) -> None:
    old = "caf\xe9/checkpoints/epoch=1-step=1.ckpt"
    grow(tmp_path, {old: File(), "caf\xe9/best.ckpt": Link("checkpoints/epoch=1-step=1.ckpt")})
    before = manifest(tmp_path)
    ascii_only = {"LC_ALL": other, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    utf_8 = {"PYTHONUTF8": "1"}

    for first, second in ((ascii_only, utf_8), (utf_8, ascii_only)):
        ckpt("migrate", str(tmp_path), "--apply", env=first).check(0)
        assert manifest(tmp_path) != before
        ckpt("trash", str(tmp_path), "--check", env=second).check(0)
        ckpt("undo", str(tmp_path), env=second).check(0)
        assert manifest(tmp_path) == before


def test_file_of_thread_is_open_after_the_first_thread_has_ended(tmp_path: Path) -> None:
    grow(tmp_path, PLACES)
    program = """
import ctypes, sys, threading, time
file = open(sys.argv[1], "r+b")
thread = threading.Thread(target=lambda: (time.sleep(1), print(flush=True), time.sleep(300)))
thread.start()
ctypes.CDLL(None).pthread_exit(None)
"""
    command = [sys.executable, "-c", program, str(tmp_path / PLACES[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:  # noqa: S603 - the program above
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"\n"
            result = invoke("prune", tmp_path, *KEEP_LAST)
        finally:
            holder.kill()

    assert result.stdout.startswith("1 discarded")
    assert (tmp_path / PLACES[0]).exists()


def test_empty_keeps_the_target_of_a_link(tmp_path: Path) -> None:
    grow(tmp_path, PLACES[:2])
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    (one,) = trash(tmp_path)
    (tmp_path / "pin").symlink_to(one.location)

    result = invoke("trash", tmp_path, "--empty", "--yes")

    assert result.exit_code == 1
    assert "the link pin leads to it" in result.stderr
    assert (tmp_path / "pin").read_bytes()


def test_empty_keeps_all_if_a_folder_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, PLACES[:2])
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    (one,) = trash(tmp_path)

    def partly(root: Path) -> Listing:
        return attrs.evolve(observe(root), unreadable=(("secret", "Permission denied"),))

    with monkeypatch.context() as patch, Session(tmp_path) as session:
        patch.setattr("ckpt_scheme.migration._execute.observe", partly)
        report = session.empty([one])

    assert report.failed == (Failure(one.location, "secret cannot be read, where a link may lead to it"),)
    assert trash(tmp_path) == [one]


@pytest.mark.parametrize("how", ["mode", "sticky"])
def test_empty_looks_at_all_permissions_first(how: str) -> None:
    need("root")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, {f"{PLACES[0]}/aa/1": File(), f"{PLACES[0]}/zz/2": File(), PLACES[1]: File()})
        inner = root / PLACES[0] / "aa"
        for path in (root, *root.rglob("*")):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        if how == "mode":
            inner.chmod(0o555)
        else:
            os.chown(inner, 0, 0)
            os.chown(inner / "1", 1, 1)
            inner.chmod(0o1777)
        with unprivileged():
            migrate(root, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
            (one,) = trash(root)
            with Session(root) as session:
                report = session.empty([one])
            assert report.done == ()
            assert "aa" in report.failed[0].reason
            assert (root / one.location / "zz/2").exists()
            assert len(undo(root).done) == 1


def test_orphan_beside_damaged_journal_is_not_to_be_removed(tmp_path: Path) -> None:
    grow(tmp_path, PLACES)
    migrate(tmp_path, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
    journal = tmp_path / STATE / "journal/000001.jsonl"
    journal.write_bytes(b"x" + journal.read_bytes()[1:])

    result = invoke("trash", tmp_path, "--check")

    assert result.exit_code == 1
    assert "no journal names it; move it back by hand\n" in result.stderr
    assert "remove it" not in result.stderr


def test_lock_that_another_process_makes_first_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, PLACES)
    (tmp_path / STATE).mkdir()
    open_ = os.open

    def late(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "lock" and flags & os.O_EXCL:
            (tmp_path / STATE / "lock").touch()
        return open_(path, flags, mode, dir_fd=dir_fd)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", late)
        with Session(tmp_path) as session:
            assert session.migrate(Policy())[1].failed == ()


@pytest.mark.parametrize("kind", ["disk", "bind"])
def test_run_on_other_disk_is_not_discarded(tmp_path: Path, kind: str) -> None:
    need("root")
    (tmp_path / "run").mkdir()
    (tmp_path / "other").mkdir()
    root, source = tmp_path / "root", tmp_path / "other"
    (root / "run").mkdir(parents=True)
    act("mount", *(("-t", "tmpfs", "none") if kind == "disk" else ("--bind", source)), root / "run")
    try:
        grow(root, PLACES)
        result = invoke("prune", root, *KEEP_LAST)

        assert result.exit_code == 1
        assert result.stderr.count("it is on another disk, or mount, than the trash: prune that one by itself") == 2
        assert len(left(root)) == 3
        assert not (root / STATE / "trash").exists()
    finally:
        unmount(root / "run")


@pytest.mark.parametrize(("place", "mode"), [(STATE, 0o600), (f"{STATE}/trash", 0o600), (f"{STATE}/trash", 0o555)])
def test_owner_is_told_which_permission_is_missing(place: str, mode: int) -> None:
    need("root")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, PLACES)
        for path in (root, *root.rglob("*")):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        with unprivileged():
            migrate(root, rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
            (root / place).chmod(mode)
            with pytest.raises(OperationError) as caught:
                undo(root)
            assert f"chmod u+rwX {root / place}" in str(caught.value)


def test_path_with_nul_is_refused_as_such() -> None:
    with pytest.raises(OSError, match="NUL"):
        list(scan("a\0/../x"))


@pytest.mark.parametrize(
    ("mode", "has_state", "command"),
    [
        (0o755, False, "chmod g+w {root}"),
        (0o755, True, "chgrp -R 0 {state} && chmod -R g+rwX {state} && chmod g+w {root}"),
        (0o2775, True, "chgrp -R 0 {state} && chmod -R g+rwX {state}"),
    ],
)
def test_other_user_is_told_who_may_write(mode: int, has_state: bool, command: str) -> None:  # noqa: FBT001 - a column
    need("root")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, PLACES)
        if has_state:
            (root / STATE).mkdir()
        root.chmod(mode)
        with unprivileged(), pytest.raises(OperationError) as caught:
            Session(root).__enter__()

        said, _, advised = str(caught.value).partition("write there: ")
        where = root / STATE if has_state else root
        assert said.startswith(f"user {UNPRIVILEGED} may not write to {where}, which belongs to user 0. ")
        assert advised == command.format(root=root, state=root / STATE)


def test_act_whose_result_cannot_be_looked_at_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = f"{FOLDER}/epoch=1-step=1.ckpt", f"{FOLDER}/epoch-01_step-000001.ckpt"
    grow(tmp_path, [old, f"{old}.md5"])
    look = Tree.stat

    def failing(tree: Tree, path: str, written: Collection[tuple[int, int]] = ()) -> Entry | None:
        if path == new:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return look(tree, path, written)

    with monkeypatch.context() as patch:
        patch.setattr(Tree, "stat", failing)
        report = migrate(tmp_path)

    # The checkpoint has its new name, and its sidecar stays with it.
    assert Failure(old, "Input/output error") in report.failed
    assert sorted(left(tmp_path)) == [Path(new).name, f"{Path(new).name}.md5"]
    undo(tmp_path)
    assert sorted(left(tmp_path)) == [Path(old).name, f"{Path(old).name}.md5"]
