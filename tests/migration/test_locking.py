"""One operation at a time: the lock, and entries that stand in its place."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.errors import BusyError, OperationError
from ckpt_scheme.migration import (
    Session,
    apply,
)
from cli_trees import start
from machine import need
from migration_operations import TREE, inner, migrate, plan_of, process
from migration_trees import STATE, grow, manifest
from programs import PROGRAM, finish

HOLD_LOCK: Final = (
    "import fcntl, sys; file = open(sys.argv[1], 'ab'); fcntl.flock(file, fcntl.LOCK_EX);"
    " print('ready', flush=True); sys.stdin.read()"
)


def test_second_session_is_refused(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    plan, before = plan_of(tmp_path), manifest(tmp_path)

    with Session(tmp_path):
        held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        for use in (lambda: Session(tmp_path).__enter__(), lambda: apply(plan)):
            with pytest.raises(BusyError) as caught:
                use()
            assert str(caught.value) == f"another operation is running below {str(tmp_path)!r}"

    # A refused session holds no handle; the other session held the root, the state and the lock.
    assert len(os.listdir("/proc/self/fd")) == held - 3  # noqa: PTH208
    assert manifest(tmp_path) == before
    assert apply(plan).number == 1


def test_lock_is_released_when_holder_dies(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    (tmp_path / STATE).mkdir()

    with process(HOLD_LOCK, tmp_path / STATE / "lock") as holder:
        with pytest.raises(BusyError):
            migrate(tmp_path)

        holder.kill()
        holder.wait()

        assert migrate(tmp_path).number == 1


def test_lock_file_is_open_for_writing(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with Session(tmp_path):
            lock = tmp_path / STATE / "lock"

            assert stat.S_IMODE(lock.stat().st_mode) == 0o644

            (handle,) = [path for path in Path("/proc/self/fd").iterdir() if path.exists() and path.samefile(lock)]
            # Some network disks give an exclusive lock only for a file open for writing.
            assert fcntl.fcntl(int(handle.name), fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
    finally:
        os.umask(before)


def test_lock_is_released_after_error(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    with pytest.raises(KeyError, match="mine"), Session(tmp_path):
        raise KeyError("mine")

    held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    path = tmp_path / STATE / "journal" / "000001.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"journal":2}\n')

    for _ in range(2):
        with pytest.raises(OperationError, match="a journal of version 1"), Session(tmp_path):
            pass
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208

    path.unlink()

    assert migrate(tmp_path).number == 1


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("ENOLCK", 1, f"the disk of {{!r}} cannot lock files: {os.strerror(errno.ENOLCK)}"),
        # Some network disks answer this if another machine holds the lock.
        ("EACCES", 75, "another operation is running below {!r}"),
    ],
)
def test_disk_without_locks_is_refused(tmp_path: Path, error: str, status: int, message: str) -> None:
    need("strace")
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    injected = ("-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", f"inject=flock:error={error}")

    done = finish(start("strace", *injected, *PROGRAM, "migrate", str(tmp_path), "--apply")).check(status)

    assert done.stderr.decode() == f"ckpt-scheme: {message.format(str(tmp_path))}\n"
    assert (manifest(tmp_path), inner(tmp_path)) == (before, {"lock"})


@pytest.mark.parametrize("place", [STATE, f"{STATE}/journal", f"{STATE}/lock"])
@pytest.mark.parametrize("there", ["link", "file", "folder"])
def test_apply_follows_no_link_in_place_of_state(tmp_path: Path, place: str, there: str) -> None:
    outside = tmp_path / "outside"
    grow(tmp_path, {f"root/{path}": node for path, node in TREE.items()})
    grow(tmp_path, ["outside/x"])
    root = tmp_path / "root"
    plan = plan_of(root)
    at = root / place
    at.parent.mkdir(exist_ok=True)
    is_lock = place.endswith("lock")
    if there == "link":
        at.symlink_to(outside / "x" if is_lock else outside)
    elif there == "folder":
        at.mkdir()
    else:
        at.write_bytes(b"")
    before = manifest(tmp_path, times=True)
    expected = there == "folder" if not is_lock else there == "file"

    if expected:
        # The entry is of the kind that the program makes itself.
        assert apply(plan).number == 1
        return

    for use in (lambda: apply(plan), lambda: Session(root).__enter__()):
        with pytest.raises(OSError, match=r"irectory|symbolic links"):
            use()
    assert manifest(tmp_path, times=True) == before


def test_other_system_than_posix_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    plan, before = plan_of(tmp_path), manifest(tmp_path, state=True)
    monkeypatch.setattr("sys.platform", "win32")

    for use in (lambda: Session(tmp_path), lambda: apply(plan)):
        with pytest.raises(OperationError, match="needs a POSIX system; on Windows, save the plan as JSON"):
            use()

    assert manifest(tmp_path, state=True) == before
