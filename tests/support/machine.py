"""The machine of a test: programs and rights that it needs, and disks that it mounts.

With CKPT_SCHEME_REQUIRE_FAULTS=1 in the environment, a test fails if the machine lacks a requirement.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from cli_trees import start
from programs import PATIENCE, finish

REQUIRE: Final = "CKPT_SCHEME_REQUIRE_FAULTS"


def need(*what: str) -> None:
    """Skip the test if a requirement is missing, or fail it if the environment requires all tests.

    Args:
        what: Of ``"root"``, ``"strace"``, ``"bindfs"``, ``"mfusepy"``, or any other program.
    """
    missing = [name for name in what if not _there(name)]
    if missing:
        message = f"missing: {', '.join(missing)}"
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(message)
        pytest.skip(message)


@functools.cache
def _there(name: str) -> bool:
    match name:
        case "root":
            # The tests need a root that can mount, which the root of a container often cannot.
            return os.geteuid() == 0 and _works("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt")
        case "strace":
            return _works("strace", "-qq", "-o", "/dev/null", "true")
        case "bindfs":
            return shutil.which(name) is not None and os.access("/dev/fuse", os.R_OK | os.W_OK)
        case "mfusepy":
            return _works(sys.executable, "-c", "import mfusepy") and os.access("/dev/fuse", os.R_OK | os.W_OK)
        case _:
            return shutil.which(name) is not None


def _works(*command: str) -> bool:
    try:
        return finish(start(*command)).status == 0
    except FileNotFoundError:
        return False


def act(*command: str | Path) -> None:
    """Run a program of the system, and fail unless it succeeds."""
    done = finish(start(*map(str, command)))
    assert done.status == 0, (command, done)


def unmount(path: Path) -> None:
    """Unmount *path*; a process that looks for open files may hold it for a moment."""
    deadline = time.monotonic() + PATIENCE
    while finish(start("umount", str(path))).status and time.monotonic() < deadline:
        time.sleep(0.05)


@contextmanager
def small_disk(path: Path, size: str) -> Generator[Path]:
    """Mount an empty disk of *size* bytes at *path*."""
    path.mkdir()
    act("mount", "-t", "tmpfs", "-o", f"size={size}", "none", path)
    try:
        yield path
    finally:
        unmount(path)


@contextmanager
def seen_at(source: Path, path: Path) -> Generator[None]:
    """Mount the file or the directory *source* at *path* as well."""
    act("mount", "--bind", source, path)
    try:
        yield
    finally:
        unmount(path)


@contextmanager
def read_only(path: Path) -> Generator[None]:
    """Make the directory *path* and its contents read-only, even for root."""
    with seen_at(path, path):
        act("mount", "-o", "remount,ro,bind", path)
        yield


@contextmanager
def immutable(path: Path) -> Generator[None]:
    """Forbid every user, even root, to add or remove names in the directory *path*."""
    act("chattr", "+i", path)
    try:
        yield
    finally:
        act("chattr", "-i", path)


@contextmanager
def mounted(source: Path, path: Path, *lacks: str) -> Generator[Path]:
    """Show *source* at *path* by ``fuse_without_links.py``, without what it *lacks*."""
    path.mkdir(exist_ok=True)
    process = start(
        sys.executable, str(Path(__file__).with_name("fuse_without_links.py")), str(source), str(path), *lacks
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not path.is_mount() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.is_mount(), process.poll()
        yield path
    finally:
        if path.is_mount():
            unmount(path)
        else:
            process.send_signal(signal.SIGKILL)
        finish(process)


@contextmanager
def bound(source: Path, path: Path) -> Generator[Path]:
    """Show *source* at *path* by ``bindfs``, which renames nothing without replacing."""
    path.mkdir(exist_ok=True)
    act("bindfs", source, path)
    try:
        yield path
    finally:
        unmount(path)
