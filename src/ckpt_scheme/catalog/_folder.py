"""`Folder` holds the entries of one folder in little memory, and `visits` walks through the folders of a `Source`.

A source is a local disk, a file system behind a URL, or a listing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol, TypeAlias, final

import attrs

EntryType: TypeAlias = Literal["file", "directory", "symlink", "other"]
"""The type of an entry itself. A symlink to a folder is a ``"symlink"``; a pipe or a device is ``"other"``."""

OnError: TypeAlias = Callable[[str, Exception], None]
"""Takes the path that cannot be read, and the reason."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

UNKNOWN: Final = -1
"""The size or the time of an entry that no source knows."""

LIMIT: Final = 2**63
"""The first size in bytes, and the first time in nanoseconds since 1970 (in the year 2262), that counts as unknown."""

STATE: Final = ".ckpt-scheme"
"""The directory below a root in which `ckpt_scheme.migration` keeps journals and trash."""

_LOST: Final = -2  # the size of a directory with a file of unknown size


@final
@attrs.frozen
class Link:
    """A symlink.

    Attributes:
        target: Its target, as it is stored, or None if it cannot be read.
        is_dead: Whether it leads nowhere.
        is_empty: Whether it leads to a file of no bytes.
    """

    target: str | None
    is_dead: bool = False
    is_empty: bool = False


@final
class Folder:
    """The entries of one folder. Sizes and times are kept in arrays, and only if an entry needs them.

    Args:
        path: The path of the folder.
        names: The names of all entries; that of a directory ends in ``/``.
        links: The symlinks among them.
        others: The names of entries that are neither files, directories nor symlinks.
    """

    __slots__ = ("_sizes", "_times", "links", "names", "others", "path")

    def __init__(
        self, path: str, names: Iterable[str], links: Mapping[str, Link] | None = None, others: Iterable[str] = ()
    ) -> None:
        self.path = path
        self.names = sorted(names)
        self.links: Mapping[str, Link] = links or {}
        self.others = frozenset(others)
        self._sizes: array[int] | None = None
        self._times: array[int] | None = None

    def entry_type(self, name: str) -> EntryType:
        """Return the type of the entry *name*."""
        if name.endswith("/"):
            return "directory"
        if name in self.links:
            return "symlink"
        return "other" if name in self.others else "file"

    def measure(self, place: int, size: int, time_ns: int) -> None:
        """Set the bytes of the entry at *place*, and the time of its last write in nanoseconds since 1970."""
        if self._sizes is None or self._times is None:
            self._sizes = array("q", [UNKNOWN]) * len(self.names)
            self._times = array("q", [UNKNOWN]) * len(self.names)
        self._sizes[place] = size
        self._times[place] = time_ns

    def add(self, place: int, size: int, time_ns: int) -> None:
        """Add the bytes of a file below the directory at *place*, and count its last write as the directory's.

        A directory with a file of unknown size has an unknown size.
        """
        before = UNKNOWN if self._sizes is None else self._sizes[place]
        is_lost = size == UNKNOWN or before == _LOST
        self.measure(place, _LOST if is_lost else max(before, 0) + size, max(self.time(place), time_ns))

    def size(self, place: int) -> int:
        """Return the bytes of the entry at *place*, or `UNKNOWN`."""
        return UNKNOWN if self._sizes is None else max(self._sizes[place], UNKNOWN)

    def time(self, place: int) -> int:
        """Return the time of the last write of the entry at *place* in nanoseconds since 1970, or `UNKNOWN`."""
        return UNKNOWN if self._times is None else self._times[place]


class Source(Protocol):
    """A place that folders are read from: a disk, a file system behind a URL, a listing."""

    def folder(self, path: str) -> Folder:
        """Return the entries of a folder.

        Raises:
            OSError: If it cannot be read.
        """
        ...

    def measure(self, folder: Folder, place: int) -> tuple[int, int]:
        """Return the bytes of an entry and the time of its last write, `UNKNOWN` if the source does not know them."""
        ...


def join(path: str, name: str) -> str:
    """Return the path of the entry *name* of a folder; that of the folder ``""`` is the name itself."""
    return path + name if not path or path.endswith("/") else f"{path}/{name}"


def nanoseconds(time: datetime) -> int:
    """Return a time with a time zone in nanoseconds since 1970, or `UNKNOWN` if it is outside of `LIMIT`."""
    return known((time - _EPOCH) // _MICROSECOND * 1000)


def known(number: int) -> int:
    """Return a size or a time, or `UNKNOWN` if it is negative or `LIMIT` or more."""
    return number if 0 <= number < LIMIT else UNKNOWN


def as_datetime(time_ns: int) -> datetime | None:
    """Return a time in nanoseconds since 1970 in UTC, or None if it is `UNKNOWN`."""
    return None if time_ns == UNKNOWN else _EPOCH + timedelta(microseconds=time_ns // 1000)


@final
@attrs.frozen
class Visit:
    """A folder that a walk has reached.

    Attributes:
        folder: Its entries; none if it cannot be read.
        depth: The number of folders between the root of the walk and it.
        place: The place of its name in the folder above, or None for the root.
        is_whole: Whether it could be read.
    """

    folder: Folder
    depth: int = 0
    place: int | None = None
    is_whole: bool = True


def is_no_state(path: str) -> bool:
    """Return whether the folder at *path* is not the state directory of a migration."""
    return path.rpartition("/")[2] != STATE


def visits(
    source: Source,
    root: str,
    on_error: OnError,
    *,
    recursive: bool = True,
    enters: Callable[[str], bool] = is_no_state,
) -> Iterator[Visit]:
    """Yield the folder *root* and each folder below it, parents first and names in order; no symlink is followed.

    Args:
        source: The place to read from.
        root: The path of the first folder.
        on_error: Called with each folder that cannot be read; the walk goes on.
        recursive: Whether to enter the folders below *root*.
        enters: Returns whether to enter the folder at a path; by default a walk enters all but `STATE`.
    """
    # A stack, not recursion: a tree may be deeper than Python's own stack.
    stack: list[Iterator[tuple[str, int]]] = []
    waiting: tuple[str, int | None] | None = (root.rstrip("/") or root[:1], None)
    while waiting is not None:
        path, place = waiting
        is_whole = True
        folder = Folder(path, ())
        try:
            folder = source.folder(path)
        except OSError as error:
            is_whole = False
            on_error(path, error)
        yield Visit(folder, len(stack), place, is_whole)
        stack.append(_directories(folder, enters) if recursive else iter(()))
        waiting = None
        while stack and waiting is None:
            waiting = next(stack[-1], None)
            if waiting is None:
                stack.pop()


def _directories(folder: Folder, enters: Callable[[str], bool]) -> Iterator[tuple[str, int]]:
    """Yield the path of each directory in *folder* that a walk enters, and its place there."""
    for place, name in enumerate(folder.names):
        if name.endswith("/") and enters(path := join(folder.path, name[:-1])):
            yield path, place
