"""The command line as a process of its own: started, run to its end, or under ``strace``."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import attrs

from cli_trees import environment, start
from preloaded import Command

# Bytes that could control a terminal: neither printable ASCII nor the end of a line.
_RAW: Final = re.compile(rb"[^\n -~]")


@attrs.frozen
class Done:
    """The exit status and the output of a command."""

    status: int
    stderr: bytes
    stdout: bytes

    def check(self, *statuses: int) -> Done:
        """Fail unless the status is one of *statuses* and the output is plain text without a traceback."""
        assert self.status in statuses, self
        assert b"Traceback" not in self.stderr, self
        assert not _RAW.search(self.stdout), self
        assert not _RAW.search(self.stderr), self
        return self


PROGRAM: Final = (sys.executable, "-m", "ckpt_scheme")


PATIENCE: Final = 240  # seconds; one command takes some milliseconds, and a machine may be a thousand times slower

Process: TypeAlias = Command | subprocess.Popen[bytes]


def begin(
    *arguments: str | bytes,
    injections: Sequence[str] = (),
    log: Path | None = None,
    cwd: Path | None = None,
    stdout: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start the command line, under ``strace`` if there are *injections* or a *log*.

    Args:
        arguments: The command line's arguments.
        injections: Faults of system calls, as ``strace`` spells them: ``"renameat2:error=EINVAL"``.
        log: A file for a line on each of its `CALLS`.
        cwd: Its working directory.
        stdout: A descriptor for its output.
        env: Variables on top of a plain environment. They make it a new interpreter, which reads them when it starts.
    """
    if env is not None:
        return start(*PROGRAM, *arguments, cwd=cwd, env=env)
    watched = bool(injections) or log is not None
    return Command(
        arguments,
        cwd=cwd,
        env=environment(is_measured=False),
        stdout=stdout,
        watch=(lambda pid: start(*_strace(injections, log), "-p", str(pid))) if watched else None,
    )


def finish(process: Process) -> Done:
    """Wait for a process; a test that hangs fails."""
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode is not None
    return Done(process.returncode, stderr or b"", stdout or b"")


def ckpt(
    *arguments: str | bytes,
    injections: Sequence[str] = (),
    log: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Done:
    """Run the command line to its end."""
    return finish(begin(*arguments, injections=injections, log=log, cwd=cwd, env=env))


@contextmanager
def stopped(*arguments: str | bytes, after: str, injections: Sequence[str] = ()) -> Generator[Process]:
    """Start the command line and stop it by SIGSTOP; it continues when the context ends.

    Args:
        arguments: The command line's arguments.
        after: The system call after which it stops: ``"fsync"`` for the first one, or ``"fsync:when=2"``.
        injections: Further faults, as in `begin`.
    """
    call, _, when = after.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        stops = f"{call}:signal=STOP:{when or 'when=1'}"
        process = begin(*arguments, injections=(*injections, stops), log=log)
        # It also stops when strace attaches, which is before any call.
        is_stopped = re.compile(rf"(?s){call}\(.*--- stopped by SIGSTOP ---")
        while not is_stopped.search(log.read_text("utf-8", "replace")):
            assert process.poll() is None, finish(process)
            time.sleep(0.001)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)


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
"""The system calls that change a disk and that a migration may use, under all their names."""

_CALL: Final = re.compile(r"(?m)^[0-9]+ +([a-z0-9]+)\(")


def calls(log: Path) -> Counter[str]:
    """Return the number of each of `CALLS` in a log of `begin`."""
    return Counter(_CALL.findall(log.read_text("utf-8", "replace")))


def _strace(injections: Sequence[str], log: Path | None) -> tuple[str, ...]:
    options = [option for injection in injections for option in ("-e", f"inject={injection}")]
    output = "/dev/null" if log is None else str(log)
    return ("strace", "-f", "-qq", "-o", output, "-e", f"trace={','.join(CALLS)}", *options)


_T = TypeVar("_T")
_R = TypeVar("_R")


def side_by_side(work: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Do *work* for each of *items*, several at once, because most of it waits for processes."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(work, items))
