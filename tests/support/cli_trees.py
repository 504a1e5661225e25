"""Directories of checkpoints for the tests of the command line, and the command line itself as a process."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import ckpt_scheme

RUN: Final = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
OTHER_RUN: Final = "ocr2-craft_training_20251016_093000"
EMPTY_RUN: Final = "none-dbnet_training_20251020_000000"

RUN_FIELDS: Final[Mapping[str, object]] = {
    "tag": "ocr_baseline_v1",
    "architecture": "dbnet",
    "encoder": "resnet18",
    "phase": "training",
    "timestamp": "2025-10-15T12:00:00",
}
NO_RUN_FIELDS: Final[Mapping[str, object]] = dict.fromkeys(RUN_FIELDS)

_Stream = int | IO[bytes]

_PRESENTATION: Final = frozenset({"NO_COLOR", "FORCE_COLOR", "COLUMNS"})
_COVERAGE: Final = frozenset({"COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"})  # measure a new process


def plant(root: Path, *paths: str) -> None:
    """Make empty files, or a directory where a path ends in a slash."""
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()


def start(
    *command: str | bytes,
    cwd: Path | None = None,
    stdin: _Stream = subprocess.DEVNULL,
    stdout: _Stream = subprocess.PIPE,
    stderr: _Stream | None = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
    is_measured: bool = True,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process that finds the package from any directory; *env* comes on top of a plain environment.

    Coverage must not measure a process that gets a signal: its tracer sometimes holds a lock, and waits for it for ever
    if Python raises `KeyboardInterrupt` there.
    """
    return subprocess.Popen(  # noqa: S603 - the tests choose the program
        command,
        cwd=cwd,
        env={**environment(is_measured=is_measured), **(env or {})},
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
    )


def environment(*, is_measured: bool = True) -> dict[str, str]:
    """Return the environment of a process that finds the package from any directory."""
    dropped = _PRESENTATION if is_measured else _PRESENTATION | _COVERAGE
    plain = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**plain, "PYTHONPATH": str(Path(ckpt_scheme.__file__).parent.parent)}


def _finished(process: subprocess.Popen[bytes]) -> subprocess.CompletedProcess[bytes]:
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run(
    *arguments: str | bytes,
    cwd: Path | None = None,
    stdout: _Stream = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process of its own."""
    return _finished(start(sys.executable, "-m", "ckpt_scheme", *arguments, cwd=cwd, stdout=stdout, env=env))


def run_script(script: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a Python script in a process of its own."""
    return _finished(start(sys.executable, "-c", script, cwd=cwd))


def run_shell(command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a shell's command, in which ``$PROGRAM`` is the command line."""
    program = f'PROGRAM="{sys.executable} -m ckpt_scheme"'
    return _finished(start("/bin/sh", "-c", f"{program}; {command}", cwd=cwd))


def run_bash(script: str) -> subprocess.CompletedProcess[bytes]:
    """Run a script of bash, without the user's own settings."""
    return _finished(start("/bin/bash", "--norc", "-c", script))


def on_terminal(
    *command: str, streams: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> tuple[str, subprocess.CompletedProcess[bytes]]:
    """Run the interpreter with *command*, with *streams* on a terminal, and return the output of the terminal."""
    ours, theirs = pty.openpty()
    process = start(
        sys.executable,
        *command,
        cwd=cwd,
        env={"TERM": "xterm-256color", **(env or {})},
        stdout=theirs if "stdout" in streams else subprocess.PIPE,
        stderr=theirs if "stderr" in streams else subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the error of a terminal that the last process has left
        pass
    os.close(ours)
    return shown.decode("utf-8"), _finished(process)
