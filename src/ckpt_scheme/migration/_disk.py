"""`observe`: the listing of a directory. It changes nothing, opens no file below the root and follows no link there."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

import attrs

from ckpt_scheme import _coerce, _grammar
from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._listing import Entry, EntryKind, Listing

STATE: Final = ".ckpt-scheme"
"""The directory below a root in which a migration keeps its own files."""

_PROCESSES: Final = "/proc"
_KINDS: Final[dict[int, EntryKind]] = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}

_Inode: TypeAlias = tuple[int, int]


def observe(root: str | os.PathLike[str]) -> Listing:
    """Return what is below *root*: all that is in a run's ``checkpoints``, and every link anywhere.

    Args:
        root: A directory, or a link to one.

    Raises:
        OperationError: If *root* is no directory.
    """
    top = locate(root)
    real = os.path.realpath(top)
    written = open_for_writing()
    entries: list[Entry] = []
    unreadable: list[tuple[str, str]] = []
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        parts = directory.split("/")
        is_checkpoints = len(parts) == len(("run", "checkpoints")) and parts[1] == _grammar.CHECKPOINTS
        try:
            # All of a directory or nothing: what is not seen might be what another name would meet.
            found = list(_entries(os.path.join(top, directory)))
        except OSError as error:
            unreadable.append((directory or ".", _reason(error)))
            continue
        for entry in found:
            path = f"{directory}/{entry.name}" if directory else entry.name
            if path == STATE:
                continue
            try:
                if entry.is_symlink():
                    entries.append(_link(path, entry.path, real))
                elif is_checkpoints:
                    entries.append(attrs.evolve(measure(entry.path, written), path=path))
            except FileNotFoundError:
                continue  # it is gone again
            except OSError as error:
                unreadable.append((path, _reason(error)))
                entries.append(Entry(path=path, kind="other"))
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
    return Listing(root=top, entries=entries, now_ns=time.time_ns(), unreadable=tuple(sorted(unreadable)))


def locate(root: str | os.PathLike[str]) -> str:
    """Return the absolute path of *root*; links in it are left as they are.

    Raises:
        OperationError: If *root* is no directory.
    """
    path = _coerce.path_text("root", root, requirement=None)
    if not os.path.isdir(path):
        raise OperationError(f"{path}: {'not a directory' if os.path.lexists(path) else 'no such directory'}")
    return os.path.abspath(path)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as found:
        yield from found


def measure(path: str, written: Collection[_Inode] = ()) -> Entry:
    """Return what is at *path*, which becomes the entry's path; of a link, that it is one.

    Args:
        path: Any path.
        written: The files that somebody has open for writing, each by device and inode.

    Raises:
        OSError: If there is nothing, or what is in a directory cannot be looked at.
    """
    status = os.lstat(path)
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
    if kind != "directory":
        return Entry(
            path=path,
            kind=kind,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            inode=status.st_ino,
            links=status.st_nlink,
            written=(status.st_dev, status.st_ino) in written,
        )
    # A list of what is still to be looked at, not recursion: a directory may be deeper than Python's own stack.
    inner: list[os.stat_result] = []
    waiting = [path]
    while waiting:
        for entry in _entries(waiting.pop()):
            inner.append(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
    files = [each for each in inner if stat.S_ISREG(each.st_mode)]
    return Entry(
        path=path,
        kind=kind,
        size=sum(each.st_size for each in files),
        mtime_ns=max(each.st_mtime_ns for each in (status, *inner)),
        inode=status.st_ino,
        links=max([1, *(each.st_nlink for each in files)]),
        written=any((each.st_dev, each.st_ino) in written for each in files),
    )


def _link(path: str, at: str, real: str) -> Entry:
    text = os.readlink(at)
    passes = (_below(name, real) for name in _names(os.path.dirname(at), text))
    return Entry(
        path=path,
        kind="link",
        text=text,
        passes=tuple(name for name in passes if name is not None),
        leads_to=_below(os.path.realpath(at), real),
    )


def _names(directory: str, text: str) -> Iterator[str]:
    """Yield each name that the text of a link in *directory* goes by, with no link left in the path before it."""
    at = "/" if text.startswith("/") else os.path.realpath(directory)
    for part in text.split("/"):
        if part == "..":
            at = os.path.dirname(at)
        elif part not in ("", "."):
            at = os.path.join(at, part)
            yield at
            at = os.path.realpath(at)


def _below(path: str, root: str) -> str | None:
    start = root.rstrip("/") + "/"
    return path.removeprefix(start) if path.startswith(start) else None


def open_for_writing() -> frozenset[_Inode]:
    """Return the files that processes on this machine have open for writing, as far as the system says.

    Linux says it of the user's own processes, and to root of all. Elsewhere, and of other machines that share a disk,
    nothing is known, and only the time of the last write tells.
    """
    found: set[_Inode] = set()
    with contextlib.suppress(OSError):
        for process in os.listdir(_PROCESSES):
            if process.isdigit():
                with contextlib.suppress(OSError):  # it ended, or is somebody else's
                    found.update(_written_by(f"{_PROCESSES}/{process}"))
    return frozenset(found)


def _written_by(process: str) -> Iterator[_Inode]:
    for descriptor in os.listdir(f"{process}/fd"):
        with contextlib.suppress(OSError):  # it was closed
            # The permissions of the link in /proc say how the descriptor was opened.
            if not os.lstat(f"{process}/fd/{descriptor}").st_mode & stat.S_IWUSR:
                continue
            status = os.stat(f"{process}/fd/{descriptor}")
            if stat.S_ISREG(status.st_mode):
                yield status.st_dev, status.st_ino
