"""Trees of checkpoints for the tests of the migration: how they are made, what is in them, and what runs on them.

A tree is described by a mapping of paths to what stands there, and seen again as a mapping of paths to what was found
there. Nothing here knows how the migration works: all that the tests know is the command line and the disk.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeAlias, TypeVar, assert_never

import attrs
import pytest

from cli_trees import start

STATE: Final = ".ckpt-scheme"
REQUIRE: Final = "CKPT_SCHEME_REQUIRE_FAULTS"

_MONTHS: Final = 120 * 24 * 60 * 60 * 10**9
# One moment for all trees of a test run, so that two trees of one description are alike.
LONG_AGO: Final = time.time_ns() // 10**9 * 10**9 - _MONTHS


# --------------------------------------------------------------------------------------------------------------------
# What a tree is made of.


@attrs.frozen
class File:
    """A file; its content is its own path, unless said otherwise, and so no other file's.

    Attributes:
        content: The content, or None for its path.
        age: How many seconds ago it was written, below zero for a time to come, or None for months ago.
    """

    content: bytes | None = None
    age: float | None = None


@attrs.frozen
class Folder:
    """An empty directory; a directory with something in it is made by what is in it."""


@attrs.frozen
class Link:
    """A symbolic link; ``BASE`` in its text stands for the directory that the tree is made in."""

    text: str


@attrs.frozen
class Hard:
    """A second name of a file in the same directory."""

    of: str


@attrs.frozen
class Pipe:
    """A FIFO."""


Node: TypeAlias = File | Folder | Link | Hard | Pipe


def grow(base: Path, nodes: Mapping[str, Node] | Iterable[str]) -> None:
    """Make *nodes* under *base*; plain paths are files. All that is made is months old, and so is each directory."""
    described: Mapping[str, Node] = nodes if isinstance(nodes, Mapping) else dict.fromkeys(nodes, File())
    for path, node in described.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        match node:
            case File(content, age):
                target.write_bytes(os.fsencode(path) + b"\n" if content is None else content)
                written = LONG_AGO if age is None else time.time_ns() - round(age * 10**9)
                os.utime(target, ns=(written, written))
            case Folder():
                target.mkdir()
            case Link(text):
                target.symlink_to(text.replace("BASE", str(base)))
                os.utime(target, ns=(LONG_AGO, LONG_AGO), follow_symlinks=False)
            case Hard(of):
                os.link(target.parent / of, target)
            case Pipe():
                os.mkfifo(target)
                os.utime(target, ns=(LONG_AGO, LONG_AGO))
            case _:
                assert_never(node)
    for folder, _, _ in os.walk(base):
        os.utime(folder, ns=(LONG_AGO, LONG_AGO))


# --------------------------------------------------------------------------------------------------------------------
# What a tree is seen to be.


@attrs.frozen
class Seen:
    """What stands at a path: all that a rename must not change.

    Attributes:
        kind: The type, as in a mode.
        body: A file's content, a link's text.
        mode: The permissions.
        written: When it was written, in nanoseconds; 0 for what the migration may make again, unless asked for.
        names: How many names a file has; 0 for what is no file.
    """

    kind: int
    body: bytes
    mode: int
    written: int
    names: int


Manifest: TypeAlias = dict[str, Seen]


def manifest(top: Path, *, state: bool = False, times: bool = False) -> Manifest:
    """Return what stands at each path under *top*.

    Args:
        top: A directory.
        state: Whether what the migration keeps for itself is part of it.
        times: Whether the times of directories and links are compared, too.
    """
    return {path: _seen(top / path, times) for path in _paths(top) if state or STATE not in path.split("/")}


def _paths(top: Path) -> Iterator[str]:
    yield "."
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            yield os.path.relpath(f"{folder}/{name}", top)


def _seen(path: Path, times: bool) -> Seen:  # noqa: FBT001 - of `manifest`
    found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    regular = kind == stat.S_IFREG
    # A `Path` would not keep a link's text to the letter.
    text = os.fsencode(os.readlink(path)) if kind == stat.S_IFLNK else b""  # noqa: PTH115
    body = path.read_bytes() if regular else text
    timed = times or regular
    return Seen(kind, body, stat.S_IMODE(found.st_mode), found.st_mtime_ns * timed, found.st_nlink * regular)


def contents(top: Path) -> Counter[bytes]:
    """Return each content that is anywhere under *top*, the trash included, with the number of files that hold it.

    Two names of one file count once. Not counted is what the migration writes for itself.
    """
    files: dict[tuple[int, int], Path] = {}
    for path in _paths(top):
        parts = path.split("/")
        own = STATE in parts and parts[parts.index(STATE) + 1 :][:1] != ["trash"]
        found = (top / path).lstat()
        if stat.S_ISREG(found.st_mode) and not own:
            files[found.st_dev, found.st_ino] = top / path
    return Counter(path.read_bytes() for path in files.values())


def moved(before: Manifest, moves: Mapping[str, str | None], texts: Mapping[str, str] | None = None) -> Manifest:
    """Return *before* with paths moved, or gone where the new path is None, and with new texts of links."""
    after: Manifest = {}
    for path, seen in before.items():
        place: str | None = path
        for old, new in moves.items():
            if path == old or path.startswith(f"{old}/"):
                place = None if new is None else new + path[len(old) :]
        if place is not None:
            after[place] = seen
    for path, text in (texts or {}).items():
        after[path] = attrs.evolve(after[path], body=os.fsencode(text))
    return after


def difference(found: Manifest, expected: Manifest) -> list[str]:
    """Return one line for each path that differs; empty if the two are the same."""
    return [
        f"{path!a}: expected {expected.get(path)}, found {found.get(path)}"
        for path in sorted(found.keys() | expected.keys())
        if found.get(path) != expected.get(path)
    ]


# --------------------------------------------------------------------------------------------------------------------
# The command line.

# What a file name could do to a terminal: all that is neither printable ASCII nor the end of a line.
_RAW: Final = re.compile(rb"[^\n -~]")


@attrs.frozen
class Done:
    """How a command ended, and what it printed."""

    status: int
    stderr: bytes
    stdout: bytes

    def check(self, *statuses: int) -> Done:
        """Fail unless it ended with one of *statuses*, without a traceback, and printed plain text only."""
        assert self.status in statuses, self
        assert b"Traceback" not in self.stderr, self
        assert not _RAW.search(self.stdout), self
        assert not _RAW.search(self.stderr), self
        return self


PROGRAM: Final = (sys.executable, "-m", "ckpt_scheme")
# Caches of compiled modules and data of coverage are written, too, and those calls are not the ones that are counted.
_ALONE: Final = {"PYTHONDONTWRITEBYTECODE": "1", "COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}


def begin(
    *arguments: str | bytes,
    injections: Sequence[str] = (),
    log: Path | None = None,
    cwd: Path | None = None,
    stdout: int = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the command line, in which *injections* happen to system calls, as ``strace`` spells them.

    Args:
        arguments: The command line's arguments.
        injections: Such as ``"renameat2:error=EINVAL"``.
        log: Where the calls of `CALLS` are written to, one a line.
        cwd: Its directory.
        stdout: What its output is connected to.
        env: What its environment has on top.
    """
    command: tuple[str | bytes, ...] = (*PROGRAM, *arguments)
    plain: Mapping[str, str] = {}
    if injections or log is not None:
        # Only the calls in question stop the process, but strace 6.1 forgets to send signals then.
        quick = () if any("signal=" in injection for injection in injections) else ("--seccomp-bpf",)
        command = (*_strace(injections, log), *quick, *command)
        plain = _ALONE
    return start(*command, cwd=cwd, stdout=stdout, env={**plain, **(env or {})})


def finish(process: subprocess.Popen[bytes]) -> Done:
    """Wait for a process; a test that hangs fails."""
    try:
        stdout, stderr = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Done(process.returncode, stderr or b"", stdout or b"")


def ckpt(
    *arguments: str | bytes,
    injections: Sequence[str] = (),
    log: Path | None = None,
    cwd: Path | None = None,
    stdout: int = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
) -> Done:
    """Run the command line to its end."""
    return finish(begin(*arguments, injections=injections, log=log, cwd=cwd, stdout=stdout, env=env))


CALLS: Final = (
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "symlink",
    "symlinkat",
    "mkdir",
    "mkdirat",
    "fsync",
    "fdatasync",
    "write",
    "pwrite64",
)
"""The system calls that change a disk, as far as a migration has any use for them, under all their names."""

_CALL: Final = re.compile(r"(?m)^[0-9]+ +([a-z0-9]+)\(")


def calls(log: Path) -> Counter[str]:
    """Return how often each of `CALLS` is in a log of `begin`."""
    return Counter(_CALL.findall(log.read_text("utf-8", "replace")))


def _strace(injections: Sequence[str], log: Path | None) -> tuple[str, ...]:
    options = [option for injection in injections for option in ("-e", f"inject={injection}")]
    output = "/dev/null" if log is None else str(log)
    return ("strace", "-f", "-qq", "-o", output, "-e", f"trace={','.join(CALLS)}", *options)


_SERVER: Final = """
import importlib, json, os, pkgutil, signal, sys
from ckpt_scheme import _cli as cli, migration
from ckpt_scheme.__main__ import main
for package in (cli, migration):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
for line in sys.stdin:
    arguments, stdout, stderr = json.loads(line)
    child = os.fork()
    if not child:
        for number, path in enumerate((os.devnull, stdout, stderr)):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
        sys.argv[1:] = arguments
        os.kill(os.getpid(), signal.SIGSTOP)
        sys.exit(main())
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Ready:
    """A process that has loaded the program and runs each command in a copy of itself.

    What it spares is most of a command's time, the start, and that strace watches the start.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._output = folder / "stdout", folder / "stderr"
        self._server = start(sys.executable, "-c", _SERVER, stdin=subprocess.PIPE, env=_ALONE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        finish(self._server)

    def ckpt(self, *arguments: str, injections: Sequence[str] = (), log: Path | None = None) -> Done:
        """Run the command line to its end, as `ckpt` does."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([arguments, *map(str, self._output)]).encode() + b"\n")
        self._server.stdin.flush()
        child = int(self._server.stdout.readline())
        self._await(child, "State:\tT")
        watcher = None
        if injections or log is not None:
            watcher = start(*_strace(injections, log), "-p", str(child))
            self._await(child, f"TracerPid:\t{watcher.pid}\n")
        os.kill(child, signal.SIGCONT)
        status = int(self._server.stdout.readline())
        if watcher is not None:
            assert finish(watcher).stderr == b""
        stdout, stderr = (path.read_bytes() for path in self._output)
        return Done(status, stderr, stdout)

    @staticmethod
    def _await(process: int, line: str) -> None:
        # A traced process that is stopped has a small letter for it.
        while line.lower() not in Path(f"/proc/{process}/status").read_text("ascii").lower():
            time.sleep(0.0005)


_T = TypeVar("_T")
_R = TypeVar("_R")


def side_by_side(work: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Do *work* for each of *items*, some at once, as most of it is waiting for processes."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(work, items))


# --------------------------------------------------------------------------------------------------------------------
# What a test needs of the machine.


def need(*what: str) -> None:
    """Skip the test where something is missing, or fail it where the environment asks for all tests.

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
            # A container's root may not mount, and then it is not the root that the tests need.
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
    """Run a program of the system that has to succeed."""
    done = finish(start(*map(str, command)))
    assert done.status == 0, (command, done)


@contextmanager
def small_disk(path: Path, size: str) -> Generator[Path]:
    """Mount an empty disk of *size* bytes at *path*."""
    path.mkdir()
    act("mount", "-t", "tmpfs", "-o", f"size={size}", "none", path)
    try:
        yield path
    finally:
        act("umount", path)


@contextmanager
def read_only(path: Path) -> Generator[None]:
    """Make the directory *path* and all in it read-only, for root as well."""
    act("mount", "--bind", path, path)
    try:
        act("mount", "-o", "remount,ro,bind", path)
        yield
    finally:
        act("umount", path)


@contextmanager
def immutable(path: Path) -> Generator[None]:
    """Forbid everybody, and root as well, to change which names the directory *path* has."""
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
        deadline = time.monotonic() + 20
        while not path.is_mount() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.is_mount(), process.poll()
        yield path
    finally:
        if path.is_mount():
            act("umount", path)
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
        act("umount", path)
