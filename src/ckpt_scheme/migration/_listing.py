"""`Listing`: the entries of a disk or an object store, as plain data that a plan is made from.

`Packed` and `Entries` compress a million values. `read_objects` reads the lines that the tools of object stores print.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
import operator
import pickle
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, cast, final, overload

import attrs

from ckpt_scheme import _coerce, _grammar
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog import _lines
from ckpt_scheme.catalog import _listing as listed
from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import FieldError

EntryKind: TypeAlias = Literal["file", "directory", "link", "other"]


class _HasPath(Protocol):
    @property
    def path(self) -> str: ...


_T_co = TypeVar("_T_co", covariant=True)
_PathT = TypeVar("_PathT", bound=_HasPath)

_CHUNK: Final = 64  # values that are packed together
_BATCH: Final = 10_000  # entries that wait to be packed
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LATEST: Final = timezone(timedelta(hours=-12))  # the zone whose clocks are furthest behind UTC

_path_of: Final = operator.attrgetter("path")
_prefix: Final = re.compile(r" +[a-z][0-9a-z]*://.+/\s*").fullmatch


@final
@attrs.frozen(kw_only=True)
class Entry:
    """A checkpoint, another entry in its folder, or a symlink anywhere below the root.

    Attributes:
        path: Its path below the root, with ``/`` between the parts.
        kind: Its type; a symlink is a ``"link"`` also if it leads to a directory.
        size: Bytes, of a directory checkpoint those of all files in it.
        mtime_ns: The last write in nanoseconds since 1970, also of the entries in a directory checkpoint; 0 if unknown.
        ctime_ns: The last change of the file or its name, in the same form; 0 if unknown.
        inode: The number of the file on its file system; 0 if unknown.
        links: The number of its hard links; of a directory checkpoint, the highest of any file in it.
        written: Whether a process on this machine has it, or a file in it, open for writing.
        text: The target of a symlink, as it is stored.
        passes: The paths below the root that the target of a symlink goes through.
        leads_to: The path below the root at which a symlink ends, or None.
    """

    path: str
    kind: EntryKind
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    links: int = 1
    written: bool = False
    text: str | None = None
    passes: tuple[str, ...] = ()
    leads_to: str | None = None

    @property
    def directory(self) -> str:
        """The path of the folder that it is in."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


# --------------------------------------------------------------------------------------------------------------------
# Many values in little memory.


def _pack(values: Sequence[object]) -> bytes:
    return zlib.compress(pickle.dumps(values), level=1)


def _unpack(chunk: bytes) -> list[Any]:
    found: list[Any] = pickle.loads(zlib.decompress(chunk))  # noqa: S301 - `_pack` made it, in this process
    return found


def _batches(values: Iterable[_T_co], count: int) -> Iterator[list[_T_co]]:
    rest = iter(values)
    while batch := list(itertools.islice(rest, count)):
        yield batch


class Packed(Sequence[_T_co]):
    """A sequence of frozen values in some 30 bytes each. Each iteration unpacks them anew.

    Indexing takes as long as an iteration does.
    """

    __slots__ = ("_chunks", "_count")

    def __init__(self, values: Iterable[_T_co] = ()) -> None:
        self._count = 0
        self._chunks: list[bytes] = []
        for batch in _batches(values, _CHUNK):
            self._count += len(batch)
            self._chunks.append(_pack(batch))

    def __iter__(self) -> Iterator[_T_co]:
        for chunk in self._chunks:
            yield from _unpack(chunk)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> _T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> _T_co | tuple[_T_co, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Packed, tuple)):
            return NotImplemented
        values = cast("Sequence[object]", other)
        return len(self) == len(values) and all(map(operator.eq, self, values))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def by_path(folders: Iterable[tuple[str, Iterable[_PathT]]]) -> Iterator[_PathT]:
    """Yield the values of *folders*, which `Entries.folders` has sorted, in the order of their paths.

    A folder may lie in another folder, and its values then come between those of the outer folder.
    """
    waiting: list[tuple[str, _PathT]] = []
    for folder, values in folders:
        start = _start(folder)
        while waiting and waiting[0][0] < start:
            yield heapq.heappop(waiting)[1]
        for value in values:
            heapq.heappush(waiting, (value.path, value))
    while waiting:
        yield heapq.heappop(waiting)[1]


def _start(folder: str) -> str:
    """Return the text that the path of everything in *folder* begins with."""
    return f"{folder}/" if folder else ""


def _refuse(entry: Entry, _other: Entry) -> Entry:
    raise FieldError("listing", entry.path, "each path once")


@final
class Entries(Packed[Entry]):
    """The entries of a listing, sorted by path and packed folder by folder.

    Args:
        entries: The entries, in any order.
        join: Returns one entry for two of the same path. By default they are an error.

    Attributes:
        links: The symlinks among them, sorted by path.

    Raises:
        FieldError: If two entries have the same path.
    """

    __slots__ = ("_folders", "links")

    def __init__(self, entries: Iterable[Entry] = (), join: Callable[[Entry, Entry], Entry] = _refuse) -> None:
        super().__init__()
        parts: defaultdict[str, list[bytes]] = defaultdict(list)
        links: list[Entry] = []
        for batch in _batches(entries, _BATCH):
            links += [entry for entry in batch if entry.kind == "link"]
            batch.sort(key=lambda entry: entry.directory)
            for folder, found in itertools.groupby(batch, key=lambda entry: entry.directory):
                parts[folder].append(self._sorted(found, join))
        self.links = tuple(sorted(links, key=_path_of))
        self._folders: dict[str, bytes] = {}
        for folder in sorted(parts, key=_start):
            chunks = parts.pop(folder)
            if len(chunks) > 1:
                whole = list(itertools.chain.from_iterable(map(_unpack, chunks)))
                self._count -= len(whole)
                chunks = [self._sorted(whole, join)]
            self._folders[folder] = chunks[0]

    def _sorted(self, entries: Iterable[Entry], join: Callable[[Entry, Entry], Entry]) -> bytes:
        found: list[Entry] = []
        for entry in sorted(entries, key=_path_of):
            if found and found[-1].path == entry.path:
                found[-1] = join(found[-1], entry)
            else:
                found.append(entry)
        self._count += len(found)
        return _pack(found)

    @property
    def directories(self) -> Collection[str]:
        """The paths of all folders with entries."""
        return self._folders.keys()

    def folders(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield the path of each folder with entries, and the entries."""
        return ((folder, _unpack(chunk)) for folder, chunk in self._folders.items())

    def __iter__(self) -> Iterator[Entry]:
        return by_path(self.folders())

    def has(self, path: str) -> bool:
        """Return whether there is an entry at *path*."""
        folder = path.rpartition("/")[0]
        return folder in self._folders and any(entry.path == path for entry in _unpack(self._folders[folder]))


# --------------------------------------------------------------------------------------------------------------------


def _packed(entries: Iterable[Entry]) -> Entries:
    return entries if isinstance(entries, Entries) else Entries(entries)


@final
@attrs.frozen(kw_only=True)
class Listing:
    """All facts that a plan is made from.

    Attributes:
        root: The directory that the paths are below; empty if the paths are complete.
        entries: The entries, sorted by path.
        now_ns: The time of the listing in nanoseconds since 1970.
        unreadable: Each path that could not be listed, with the reason.
        recursive: Whether checkpoints in any folder count, not only those in ``RUN/checkpoints``.
        elsewhere: Each folder with checkpoints that do not count, with their number.
    """

    root: str
    entries: Entries = attrs.field(converter=_packed)
    now_ns: int
    unreadable: tuple[tuple[str, str], ...] = ()
    recursive: bool = False
    elsewhere: tuple[tuple[str, int], ...] = ()

    def digest(self) -> str:
        """Return a hash of all entries, which changes if an entry is written to, replaced, added or removed.

        Open files, change times and the time of the listing do not count.
        """
        found = hashlib.sha256()
        for entry in self.entries:
            facts = (entry.path, entry.kind, entry.size, entry.mtime_ns, entry.inode, entry.links, entry.text)
            found.update(json.dumps(facts).encode("ascii"))
        return found.hexdigest()


def read_objects(lines: Iterable[str], now_ns: int, *, recursive: bool = False) -> Listing:
    """Return the listing of an object store from the lines that its tools print.

    The form of each line is recognized, as in `ckpt_scheme.catalog.Listing.from_lines`. All keys below the name of a
    checkpoint form one directory checkpoint. A checkpoint without a time is never discarded. A time without a zone
    counts as the latest that it can be.

    Args:
        lines: The lines, each with or without the line feed at its end.
        now_ns: The time of the listing, in nanoseconds since 1970.
        recursive: Whether each folder with a checkpoint counts, not only ``RUN/checkpoints``.

    Raises:
        FieldError: If a line cannot be read, or two lines have the same path.
    """
    texts = (_coerce.plain_text("line", line) for line in _coerce.many("lines", lines))
    # `gsutil ls` indents a prefix, which the catalog passes over; here it may be a directory checkpoint.
    unindented = (text.lstrip(" ") if _prefix(text) else text for text in texts)
    elsewhere: defaultdict[str, set[str]] = defaultdict(set)

    def found() -> Iterator[Entry]:
        for entry in _lines.entries_of(unindented, None, None, None, zone=_LATEST):
            if "/" not in entry.path and entry.size is None and entry.modified is None:
                raise FieldError("line", entry.path, "a line of a listing, or a path with '/' in it")
            if STATE in entry.path.split("/"):
                continue
            whole, slash, inner = _checkpoint(entry.path) or _split(entry.path)
            folder, _, name = whole.rpartition("/")
            _, has_parent, last = folder.rpartition("/")
            if whole and (recursive or (has_parent and last == _grammar.CHECKPOINTS)):
                yield _object(entry, whole, slash, inner)
            elif has_extension(name):
                elsewhere[folder].add(name)
            elif recursive:
                yield _object(entry, entry.path, "", "")

    return Listing(
        root="",
        entries=Entries(found(), _join),
        now_ns=now_ns,
        recursive=recursive,
        elsewhere=tuple(sorted((folder, len(names)) for folder, names in elsewhere.items())),
    )


def _object(entry: listed.Entry, whole: str, slash: str, inner: str) -> Entry:
    if slash and not inner:
        return Entry(path=whole, kind="directory")  # a key that ends in "/" marks a directory and holds nothing
    time = 0 if entry.modified is None else max(0, (entry.modified - _EPOCH) // _MICROSECOND * 1000)
    return Entry(path=whole, kind="directory" if slash else "file", size=entry.size or 0, mtime_ns=time)


def _checkpoint(path: str) -> tuple[str, str, str] | None:
    """Return the path of the first checkpoint in *path*, a slash, and the path in it; None if there is none."""
    parts = path.split("/")
    for count, part in enumerate(parts, 1):
        if has_extension(part):
            return "/".join(parts[:count]), "/" if count < len(parts) else "", "/".join(parts[count:])
    return None


def _join(one: Entry, other: Entry) -> Entry:
    if one.kind != "directory" or other.kind != "directory":
        return _refuse(one, other)
    return attrs.evolve(one, size=one.size + other.size, mtime_ns=max(one.mtime_ns, other.mtime_ns))


def _split(path: str) -> tuple[str, str, str]:
    """Return the path of an entry of a ``checkpoints`` directory, a slash, and the path in it; or empty texts."""
    folder = f"/{_grammar.CHECKPOINTS}/"
    end = path.find(folder)
    while end >= 0:
        start = end + len(folder)
        name, slash, inner = path[start:].partition("/")
        end = path.find(folder, start - 1)
        # Everything below the name of a checkpoint is a part of that checkpoint.
        if name and (end < 0 or has_extension(name)):
            return path[:start] + name, slash, inner
    return "", "", ""
