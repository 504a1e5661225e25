"""`observe` lists the entries below a root, and `look` returns the facts of one entry.

They change nothing, open no file below the root and follow no symlink there. `attributes` and `has_other_name` return
facts of Linux's statx(2) that Python does not offer.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _coerce, _grammar
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog._folder import STATE, Folder, join, visits
from ckpt_scheme.catalog._local import Disk, location
from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._listing import Entries, Entry, EntryKind, Listing

IMMUTABLE: Final = 0x10
APPEND: Final = 0x20
MOUNT_ROOT: Final = 0x2000
_AT_EMPTY_PATH, _AT_SYMLINK_NOFOLLOW, _AT_STATX_FORCE_SYNC = 0x1000, 0x100, 0x2000
_STATX_NLINK: Final = 0x4
_ATTRIBUTES, _LINKS = slice(8, 16), slice(16, 20)  # bytes of the struct that the call fills

_AT_FDCWD: Final = -100  # the path needs no handle of a directory
_PROCESSES: Final = "/proc"
_KINDS: Final[dict[int, EntryKind]] = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}

_Inode: TypeAlias = tuple[int, int]


def observe(root: str | os.PathLike[str], *, recursive: bool = False) -> Listing:
    """Return the listing of *root*: the entries of each folder of checkpoints, and every symlink.

    Args:
        root: A directory, or a link to a directory.
        recursive: Whether each folder with a checkpoint counts, not only ``RUN/checkpoints``.

    Raises:
        OperationError: If *root* is no directory.
    """
    return _Walk(locate(root), recursive=recursive).listing()


@final
class _Walk:
    """One walk below a root, and the paths that it has found so far."""

    def __init__(self, top: str, *, recursive: bool) -> None:
        self._top = top
        self._start = f"{top.rstrip('/')}/"
        self._recursive = recursive
        self._written = open_for_writing()
        self._unreadable: list[tuple[str, str]] = []
        self._elsewhere: list[tuple[str, int]] = []
        self._links: list[str] = []
        self._directories: list[str] = []
        self._mounts: list[str] = []  # walked last: a mount may repeat directories that the walk has seen
        self._aliases: dict[str, str] = {}

    def listing(self) -> Listing:
        entries = Entries(self._entries())
        return Listing(
            root=self._top,
            entries=entries,
            now_ns=time.time_ns(),
            unreadable=tuple(sorted(set(self._unreadable))),
            recursive=self._recursive,
            elsewhere=tuple(sorted(self._elsewhere)),
        )

    def _entries(self) -> Iterator[Entry]:
        yield from self._entries_below(self._top)
        while self._mounts:
            self._mounts.sort(reverse=True)
            mount = self._mounts.pop()
            seen = _Below(self._top, self._directories).at(mount)
            if seen is None:
                yield from self._entries_below(mount)
            else:
                self._aliases[self._path(mount)] = seen
        below = _Below(self._top, self._directories, self._aliases)
        for path in self._links:
            yield from self._entry(path, lambda path: _link(path, os.path.join(self._top, path), below))

    def _entries_below(self, at: str) -> Iterator[Entry]:
        """Yield the entries of each checkpoint folder below *at*, and record all links and directories."""
        for visit in visits(Disk(), at, self._fail, enters=self._enters):
            if not visit.is_whole:
                continue
            directory, folder = self._path(visit.folder.path), visit.folder
            self._directories.append(directory)
            is_listed = self._is_checkpoint_folder(directory, folder)
            for name in folder.names:
                path = join(directory, name.rstrip("/"))
                if path == STATE:
                    continue
                if name in folder.links:
                    self._links.append(path)
                elif is_listed:
                    yield from self._entry(path, self._look)

    def _path(self, at: str) -> str:
        """Return the path below the root of the directory *at*."""
        return at.removeprefix(self._start) if at != self._top else ""

    def _enters(self, at: str) -> bool:
        if at == f"{self._start}{STATE}":
            return False
        if attributes(_AT_FDCWD, at) & MOUNT_ROOT:
            self._mounts.append(at)
            return False
        return True

    def _is_checkpoint_folder(self, directory: str, folder: Folder) -> bool:
        run, _, last = directory.rpartition("/")
        is_usual = last == _grammar.CHECKPOINTS and run != "" and "/" not in run
        count = sum(has_extension(name) and name not in folder.links for name in folder.names)
        if not (is_usual or count):
            return False
        # A checkpoint is listed as a whole, and the trash of a root below this one has its own journals.
        if any(has_extension(part) or part == STATE for part in directory.split("/")):
            return False
        if not (is_usual or self._recursive):
            self._elsewhere.append((directory, count))
        return is_usual or self._recursive

    def _look(self, path: str) -> Entry:
        return attrs.evolve(look(os.path.join(self._top, path), self._written), path=path)

    def _entry(self, path: str, look_at: Callable[[str], Entry]) -> Iterator[Entry]:
        """Yield the entry at *path*, or its name alone if it cannot be read; nothing if it no longer exists."""
        try:
            entry = look_at(path)
        except FileNotFoundError:
            return
        except OSError as error:
            self._unreadable.append((path, reason_of(error)))
            entry = Entry(path=path, kind="other")
        yield entry

    def _fail(self, at: str, error: Exception) -> None:
        # A directory is listed in full or not at all: an unseen entry may have the new name of another.
        self._unreadable.append((self._path(at) or ".", reason_of(error)))


def locate(root: str | os.PathLike[str]) -> str:
    """Return the absolute path of *root*, as `location` does.

    Raises:
        OperationError: If *root* is no directory.
    """
    path = _coerce.path_text("root", root, requirement=None)
    if not os.path.isdir(path):
        raise OperationError(f"{path}: {'not a directory' if os.path.lexists(path) else 'no such directory'}")
    try:
        return location(path)
    except FileNotFoundError:
        raise OperationError(f"{path}: the working directory was removed") from None


def reason_of(error: Exception) -> str:
    """Return the system's description of *error*."""
    return getattr(error, "strerror", None) or str(error)


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as found:
        yield from found


def look(path: str, written: Collection[_Inode] = ()) -> Entry:
    """Return the facts of the entry at *path*; a link is not followed.

    The facts of a directory checkpoint are the total size, the last times and the most hard links of the files in it.

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


def longest_path(path: str) -> int:
    """Return the bytes of the longest path of an entry in the directory *path*."""
    longest, waiting = 0, [path]
    while waiting:
        for entry in _entries(waiting.pop()):
            longest = max(longest, len(os.fsencode(entry.path)))
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
    return longest


class _Below:
    """Turns absolute paths into paths below a root, also through a second mount of the same disk."""

    def __init__(self, top: str, directories: Collection[str], aliases: Mapping[str, str] | None = None) -> None:
        self._top = top
        self._aliases = aliases or {}
        self._real = os.path.realpath(top)
        self._directories = directories
        self._by_inode: dict[_Inode, str] | None = None
        self._outside: set[str] = set()  # directories outside of the root, as are all directories above them

    def __call__(self, path: str) -> str | None:
        """Return the path below the root of *path*, or None; no part of *path* but the last may be a link."""
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
        """Return the path at which the walk has seen the directory *path*, or None."""
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
    """Return the files that processes on this machine have open for writing, as far as the system shows them.

    Linux shows a user the files of their own processes, and root those of all processes. Other systems show none, and
    neither do other machines that share the disk: there only the time of the last write protects a file.
    """
    found: set[_Inode] = set()
    with contextlib.suppress(OSError):
        for process in os.listdir(_PROCESSES):
            if process.isdigit():
                with contextlib.suppress(OSError):  # it ended, or is another user's
                    found.update(_written_by(f"{_PROCESSES}/{process}"))
    return frozenset(found)


def _written_by(process: str) -> Iterator[_Inode]:
    descriptors = os.listdir(f"{process}/fd")
    if not descriptors and "/task/" not in process:
        # The first thread may have ended before the others, which hold the files then.
        for thread in os.listdir(f"{process}/task"):
            with contextlib.suppress(OSError):
                yield from _written_by(f"{process}/task/{thread}")
    for descriptor in descriptors:
        with contextlib.suppress(OSError):  # it was closed
            # The permissions of the link in /proc show how the descriptor was opened.
            if not os.lstat(f"{process}/fd/{descriptor}").st_mode & stat.S_IWUSR:
                continue
            status = os.stat(f"{process}/fd/{descriptor}")
            if stat.S_ISREG(status.st_mode):
                yield status.st_dev, status.st_ino


# --------------------------------------------------------------------------------------------------------------------
# Facts of statx(2) that Python does not offer.


@functools.cache
def _statx_call() -> Callable[[int, bytes, int, int, object], int] | None:
    return getattr(ctypes.CDLL(None, use_errno=True), "statx", None)


def attributes(above: int, name: str) -> int:
    """Return the attributes of an entry, or of the directory itself if *name* is empty; 0 if the system has none."""
    flags = _AT_SYMLINK_NOFOLLOW | (0 if name else _AT_EMPTY_PATH)
    answer = _statx(above, name, flags, 0)
    return 0 if answer is None else int.from_bytes(answer[_ATTRIBUTES], sys.byteorder)


def has_other_name(above: int, name: str) -> bool:
    """Return whether a file has a second name on its disk now; the cache of a network disk is not consulted."""
    answer = _statx(above, name, _AT_SYMLINK_NOFOLLOW | _AT_STATX_FORCE_SYNC, _STATX_NLINK)
    return answer is None or int.from_bytes(answer[_LINKS], sys.byteorder) > 1


def _statx(above: int, name: str, flags: int, mask: int) -> bytes | None:
    call, answer = _statx_call(), ctypes.create_string_buffer(256)
    is_known = call is not None and call(above, os.fsencode(name), flags, mask, answer) == 0
    return answer.raw if is_known else None
