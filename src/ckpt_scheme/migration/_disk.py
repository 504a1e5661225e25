"""`observe`: the listing of a directory. It changes nothing, opens no file below the root and follows no link there."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeAlias

import attrs

from ckpt_scheme import _coerce, _grammar
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._attributes import MOUNT_ROOT, attributes
from ckpt_scheme.migration._model import Entry, EntryKind, Listing

STATE: Final = ".ckpt-scheme"
"""The directory below a root in which a migration keeps its own files."""

_ANYWHERE: Final = -100  # AT_FDCWD: the path is whole
_PROCESSES: Final = "/proc"
_KINDS: Final[dict[int, EntryKind]] = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}

_Inode: TypeAlias = tuple[int, int]


def observe(root: str | os.PathLike[str], *, recursive: bool = False) -> Listing:
    """Return the listing of *root*: the entries of each folder of checkpoints, and every symlink.

    Args:
        root: A directory, or a link to one.
        recursive: Whether each folder with a checkpoint counts, not only ``RUN/checkpoints``.

    Raises:
        OperationError: If *root* is no directory.
    """
    return _Walk(locate(root), recursive=recursive).listing()


class _Walk:
    """One walk below a root."""

    def __init__(self, top: str, *, recursive: bool) -> None:
        self._top = top
        self._recursive = recursive
        self._written = open_for_writing()
        self._entries: list[Entry] = []
        self._unreadable: list[tuple[str, str]] = []
        self._elsewhere: list[tuple[str, int]] = []
        self._links: list[str] = []
        self._directories: list[str] = []
        self._aliases: dict[str, str] = {}

    def listing(self) -> Listing:
        waiting = [("", False)]  # each directory, and whether it is in a checkpoint or a state directory
        mounts: list[tuple[str, bool]] = []  # they come last, for they may show directories that the walk has seen
        while waiting or mounts:
            if not waiting:
                mounts.sort(reverse=True)
                directory, is_inside = mounts.pop()
                seen = _Below(self._top, self._directories).at(os.path.join(self._top, directory))
                if seen is not None:
                    self._aliases[directory] = seen
                    continue
            else:
                directory, is_inside = waiting.pop()
            try:
                # All of a directory or nothing: an entry that is not seen may be in the way of a new name.
                found = list(_entries(os.path.join(self._top, directory)))
            except OSError as error:
                self._unreadable.append((directory or ".", reason_of(error)))
                continue
            self._directories.append(directory)
            is_place = not is_inside and self._is_place(directory, found)
            for entry in found:
                path = f"{directory}/{entry.name}" if directory else entry.name
                if path == STATE:
                    continue
                self._see(path, entry, is_place=is_place)
                if entry.is_dir(follow_symlinks=False):
                    # The trash of a root below this one has its own journals.
                    is_own = has_extension(entry.name) or entry.name == STATE
                    is_mount = attributes(_ANYWHERE, entry.path) & MOUNT_ROOT
                    (mounts if is_mount else waiting).append((path, is_inside or is_own))
        below = _Below(self._top, self._directories, self._aliases)
        for path in self._links:
            self._try(path, lambda path: _link(path, os.path.join(self._top, path), below))
        return Listing(
            root=self._top,
            entries=self._entries,
            now_ns=time.time_ns(),
            unreadable=tuple(sorted(self._unreadable)),
            recursive=self._recursive,
            elsewhere=tuple(sorted(self._elsewhere)),
        )

    def _is_place(self, directory: str, found: Collection[os.DirEntry[str]]) -> bool:
        parts = directory.split("/")
        if len(parts) == len(("run", "checkpoints")) and parts[1] == _grammar.CHECKPOINTS:
            return True
        count = sum(has_extension(entry.name) and not entry.is_symlink() for entry in found)
        if count and not self._recursive:
            self._elsewhere.append((directory, count))
        return count > 0 and self._recursive

    def _see(self, path: str, entry: os.DirEntry[str], *, is_place: bool) -> None:
        if entry.is_symlink():
            self._links.append(path)
        elif is_place:
            self._try(path, lambda path: attrs.evolve(look(entry.path, self._written), path=path))

    def _try(self, path: str, look_at: Callable[[str], Entry]) -> None:
        try:
            self._entries.append(look_at(path))
        except FileNotFoundError:
            return  # it is gone again
        except OSError as error:
            self._unreadable.append((path, reason_of(error)))
            self._entries.append(Entry(path=path, kind="other"))


def locate(root: str | os.PathLike[str]) -> str:
    """Return the absolute path of *root*; links in it are left as they are.

    Raises:
        OperationError: If *root* is no directory.
    """
    path = _coerce.path_text("root", root, requirement=None)
    if not os.path.isdir(path):
        raise OperationError(f"{path}: {'not a directory' if os.path.lexists(path) else 'no such directory'}")
    try:
        return os.path.abspath(path)
    except FileNotFoundError:
        raise OperationError(f"{path}: the working directory was removed") from None


def reason_of(error: OSError) -> str:
    """Return the system's description of *error*."""
    return error.strerror or str(error)


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as found:
        yield from found


def look(path: str, written: Collection[_Inode] = ()) -> Entry:
    """Return the entry at *path*, under that path; of a link, only its own facts.

    A directory that is named as a checkpoint has the size, the last write and the hard links of all that is in it.

    Args:
        path: Any path.
        written: The files that a process has open for writing, each by device and inode.

    Raises:
        OSError: If there is no entry, or a part of a directory cannot be read.
    """
    status = os.lstat(path)
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
    # A list of the directories to read, not recursion: a directory may be deeper than Python's own stack.
    inner: list[os.stat_result] = []
    waiting = [path] if kind == "directory" and has_extension(path) else []
    while waiting:
        for entry in _entries(waiting.pop()):
            inner.append(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
    files = [each for each in (status, *inner) if stat.S_ISREG(each.st_mode)]
    is_directory = kind == "directory"
    return Entry(
        path=path,
        kind=kind,
        size=sum(each.st_size for each in files) if is_directory else status.st_size,
        mtime_ns=max(each.st_mtime_ns for each in (status, *inner)),
        ctime_ns=max(each.st_ctime_ns for each in (status, *inner)),
        inode=status.st_ino,
        links=max([1, *(each.st_nlink for each in files)]) if is_directory else status.st_nlink,
        written=any((each.st_dev, each.st_ino) in written for each in files),
    )


class _Below:
    """Paths below a root, also those that lead there through another mount."""

    def __init__(self, top: str, directories: Collection[str], aliases: Mapping[str, str] | None = None) -> None:
        self._top = top
        self._aliases = aliases or {}
        self._real = os.path.realpath(top)
        self._directories = directories
        self._by_inode: dict[_Inode, str] | None = None
        self._outside: set[str] = set()  # directories that are not below the root, nor are those above them

    def __call__(self, path: str) -> str | None:
        """Return the path below the root that *path*, without a link before its end, leads to; or None."""
        if path == self._real:
            return None
        start = self._real.rstrip("/") + "/"
        if path.startswith(start):
            return self._seen(path.removeprefix(start))
        # The same disk may be mounted twice: a directory on the way may be one below the root.
        head, rest = os.path.dirname(path), os.path.basename(path)
        passed: list[str] = []
        while head not in ("", "/") and head not in self._outside:
            found = self._inodes().get(_inode(head))
            if found is not None:
                return f"{found}/{rest}" if found else rest
            passed.append(head)
            head, name = os.path.split(head)
            rest = f"{name}/{rest}"
        self._outside.update(passed)
        return None

    def at(self, path: str) -> str | None:
        """Return the path below the root of the directory that is at *path* too, or None."""
        return self._inodes().get(_inode(path))

    def _seen(self, path: str) -> str:
        """Return the path at which the walk saw the entry at *path*, which may be below a second mount."""
        for place, first in self._aliases.items():
            if f"{path}/".startswith(f"{place}/"):
                return f"{first}{path[len(place) :]}".lstrip("/")
        return path

    def _inodes(self) -> dict[_Inode, str]:
        if self._by_inode is None:
            self._by_inode = {_inode(os.path.join(self._top, each)): each for each in self._directories}
            self._by_inode.pop((0, 0), None)
        return self._by_inode


def _inode(path: str) -> _Inode:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def _link(path: str, at: str, below: Callable[[str], str | None]) -> Entry:
    text = os.readlink(at)
    passes = (below(name) for name in _names(os.path.dirname(at), text))
    return Entry(
        path=path,
        kind="link",
        text=text,
        passes=tuple(name for name in passes if name is not None),
        leads_to=below(os.path.realpath(at)),
    )


def _names(directory: str, text: str) -> Iterator[str]:
    """Yield each path that the text of a link in *directory* goes through, with no link left before its last part."""
    at = "/" if text.startswith("/") else os.path.realpath(directory)
    for part in text.split("/"):
        if part == "..":
            at = os.path.dirname(at)
        elif part not in ("", "."):
            at = os.path.join(at, part)
            yield at
            if os.path.islink(at):  # a text of thousands of parts would take too long otherwise
                at = os.path.realpath(at)


def open_for_writing() -> frozenset[_Inode]:
    """Return the files that processes on this machine have open for writing, as far as the system says.

    Linux says it of the user's own processes, and to root of all. Elsewhere, and of other machines that share a disk,
    nothing is known, and only the time of the last write tells.
    """
    found: set[_Inode] = set()
    with contextlib.suppress(OSError):
        for process in os.listdir(_PROCESSES):
            if process.isdigit():
                with contextlib.suppress(OSError):  # it ended, or is another user's
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
