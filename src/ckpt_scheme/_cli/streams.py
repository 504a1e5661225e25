"""All input and output of the commands: lines from stdin, results to stdout in blocks, and complaints to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

import click

from ckpt_scheme._cli import columns, output
from ckpt_scheme.errors import PATH_SHOWN

if TYPE_CHECKING:
    from ckpt_scheme._cli.terminal import Progress
    from ckpt_scheme.errors import SchemeError

STDIN: Final = "-"
PREFIX: Final = "ckpt-scheme: "
_STDOUT: Final = 1  # a number, because `sys.stdout` may be None
_SHOWN: Final = 4 * PATH_SHOWN  # characters of a complaint, which may hold a path more than once
_LONGEST: Final = 2**20  # bytes of a line of a listing
_LARGEST: Final = 10**9  # bytes of a file that is read as a whole
_BLOCK: Final = 1000  # lines in one write, because a write takes longer than a line


class OutputError(Exception):
    """Stdout cannot be written to. It is no `OSError`, because click has its own exit status for some of those."""


def texts(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments, and in place of ``-`` the lines of stdin, without reading ahead."""
    for argument in arguments:
        if argument == STDIN:
            yield from _lines()
        else:
            yield argument


def lines(path: str) -> Iterator[str]:
    """Yield the lines of a listing in a file or, for ``-``, on stdin.

    Raises:
        UsageError: If the file cannot be read, or a line is longer than a megabyte.
    """
    if path == STDIN:
        yield from _short(_lines(), path)
        return
    try:
        with Path(path).open("rb") as file:
            yield from _short(_split(iter(lambda: file.readline(_LONGEST), b"")), path)
    except (OSError, ValueError) as error:
        raise click.UsageError(output.unreadable(path, error)) from error


def content(path: str) -> bytes:
    """Return the content of a file or, for ``-``, of stdin.

    Raises:
        UsageError: If it cannot be read, or is larger than a gigabyte.
    """
    try:
        with contextlib.nullcontext(_stdin()) if path == STDIN else Path(path).open("rb") as file:
            found = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise click.UsageError(output.unreadable(path, error)) from error
    if len(found) > _LARGEST:
        raise click.UsageError(f"{output.escaped(path)} is larger than a gigabyte")
    return found


def _short(found: Iterable[str], path: str) -> Iterator[str]:
    for line in found:
        if len(line) >= _LONGEST - 1:
            raise click.UsageError(f"{output.escaped(path)} is no listing: a line is longer than a megabyte")
        yield line


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise click.UsageError("stdin is closed")
    return sys.stdin.buffer


def _lines() -> Iterator[str]:
    yield from _split(_stdin())


def _split(file: Iterable[bytes]) -> Iterator[str]:
    for line in file:
        # Only the line ending is removed: a blank at the end of a name is an error to report.
        yield os.fsdecode(line.removesuffix(os.linesep.encode()).removesuffix(b"\n"))


class Printer:
    """Writes lines to stdout in blocks, and complaints to stderr, in the order in which they come.

    Args:
        before: Called before each write, to clear a progress display from the terminal.

    Attributes:
        status: The exit status, 1 after a complaint.
    """

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._before = before
        self._lines: list[str] = []
        self.status = 0

    def line(self, line: str) -> None:
        """Write *line*, now or later."""
        self._lines.append(line)
        if len(self._lines) == _BLOCK:
            self.flush()

    def complain(self, message: str) -> None:
        """Write *message* to stderr, and exit with 1."""
        self.note(message)
        self.status = 1

    def note(self, message: str, prefix: str = PREFIX) -> None:
        """Write *message* to stderr, after *prefix*."""
        self.flush()
        self._before()
        complain(message, prefix=prefix)

    def refuse(self, error: SchemeError) -> None:
        """Write the error about a text to stderr, on a terminal with a caret under the place, and exit with 1."""
        self.flush()
        self._before()
        refuse(error)
        self.status = 1

    def flush(self) -> None:
        """Write the lines that wait.

        Raises:
            OutputError: If that fails; the `OSError` is its cause.
        """
        if not self._lines:
            return
        text = "".join(self._lines)
        self._lines.clear()
        self._before()
        try:
            click.echo(text, nl=False)
        except OSError as error:
            raise OutputError from error


def complain(message: str, *before: str, prefix: str = PREFIX) -> None:
    """Write the lines *before* and *message* to stderr, if stderr can be written to; *message* becomes one line."""
    with contextlib.suppress(OSError):
        click.echo("\n".join([*before, f"{prefix}{output.visible(columns.shortened(message, _SHOWN, len))}"]), err=True)


def refuse(error: SchemeError) -> None:
    """Write the error about a text to stderr, on a terminal with a caret under the place."""
    from ckpt_scheme._cli import diagnosis  # noqa: PLC0415 - most names are good

    with contextlib.suppress(OSError):
        click.echo(f"{PREFIX}{diagnosis.message(error, sys.stderr)}", err=True)


def abandon_stdout() -> None:
    """Drop the unwritten output, which would fail once more when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)


def shown(path: str) -> str:
    """Return a path for stdout: a terminal gets the characters that it can show, a pipe printable ASCII."""
    return output.shown(path, encoding()) if is_terminal(sys.stdout) else output.escaped(path)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether *stream* is a terminal; it is None in a process that was started without it."""
    return stream is not None and stream.isatty()


class _NoProgress:
    """The progress of a command whose stderr is no terminal."""

    def seen(self, _places: int, _checkpoints: int) -> None:
        """Show nothing."""

    def clear(self) -> None:
        """Show nothing."""


@contextlib.contextmanager
def progress(unit: str) -> Generator[Progress | _NoProgress]:
    """Show progress on stderr, counted in folders or another *unit*, if that is a terminal; clear it at the end."""
    if not is_terminal(sys.stderr):
        yield _NoProgress()
        return
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    shown = terminal.Progress(unit)
    try:
        yield shown
    finally:
        shown.clear()


def encoding() -> str:
    """Return the encoding of stdout."""
    return getattr(sys.stdout, "encoding", None) or "ascii"
