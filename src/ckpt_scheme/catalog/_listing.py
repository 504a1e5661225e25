"""`Listing`: entries that another program has listed, as a source of folders. No disk is touched."""

from __future__ import annotations

import errno
import functools
import os
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.catalog._folder import LIMIT, UNKNOWN, EntryType, Folder, Link, OnError, as_datetime, join, nanoseconds
from ckpt_scheme.errors import FieldError

ListingForm: TypeAlias = Literal["aws", "gsutil", "find", "json", "inventory", "names"]
"""The form of the lines of a listing.

``"aws"``: of ``aws s3 ls --recursive``, whose times are taken for UTC. ``"gsutil"``: of ``gsutil ls -l``. ``"find"``:
of ``find ROOT -printf '%y\\t%s\\t%T@\\t%p\\t%l\\n'``. ``"json"``: one JSON object a line, with ``path``, ``name`` or
``Key``, and perhaps a size, a time and a type, as fsspec and ``aws s3api`` name them. ``"inventory"``: the CSV of
Amazon S3 Inventory. ``"names"``: one path a line.
"""


def _check_path(_entry: object, _field: object, path: str) -> None:
    if not _coerce.plain_text("path of an entry", path).strip("/"):
        raise FieldError("path of an entry", path, "a str with a name in it")


def _check_size(_entry: object, _field: object, size: int | None) -> None:
    if size is not None and not (type(size) is int and 0 <= size < LIMIT):
        raise FieldError("size of an entry", size, "a number of bytes below 2**63")


def _check_modified(_entry: object, _field: object, modified: datetime | None) -> None:
    if modified is not None and modified.tzinfo is None:
        raise FieldError("time of an entry", modified, "a datetime with a time zone")


@final
@attrs.frozen(kw_only=True)
class Entry:
    """One entry of a listing.

    Attributes:
        path: Its path, with ``/`` between the parts. The path of a directory may end in ``/``.
        entry_type: Its type; see `EntryType`.
        size: Bytes, or None if they are not known.
        modified: The time of the last write with its time zone, or None if it is not known.
        link_target: The target of a symlink, else None.

    Raises:
        FieldError: If *path* is empty, *size* is negative or 2**63 or more, or *modified* has no time zone.
    """

    path: str = attrs.field(validator=_check_path)
    entry_type: EntryType = "file"
    size: int | None = attrs.field(default=None, validator=_check_size)
    modified: datetime | None = attrs.field(default=None, validator=_check_modified)
    link_target: str | None = None


@final
class Listing:
    """Entries that another program has listed, such as ``aws s3 ls --recursive`` or ``find``.

    A folder exists if an entry is in it. If a path is listed twice, the later entry counts.

    Args:
        entries: The entries, in any order, with paths that are all relative or all absolute.
        root: The folder that a scan begins in; by default the root of all paths.

    Raises:
        FieldError: If an element of *entries* is no `Entry`, or only some paths are absolute.

    Examples:
        >>> listing = Listing([Entry(path="run/checkpoints/last.ckpt", size=7)])
        >>> [(entry.path, entry.size) for entry in listing if entry.entry_type == "file"]
        [('run/checkpoints/last.ckpt', 7)]
    """

    __slots__ = ("_drafts", "_folders", "root")

    def __init__(self, entries: Iterable[Entry], *, root: str = "") -> None:
        self._drafts: dict[str, _Draft] = {"": _Draft()}
        self._folders: dict[str, Folder] = {}
        for entry in _coerce.many("entries", entries):
            self._add(_coerce.instance("entry", entry, Entry))
        if "/" in self._drafts and self._drafts[""].names:
            relative = next(iter(self._drafts[""].names))
            raise FieldError("path of an entry", relative, "an absolute path, as other entries have")
        top = "/" if "/" in self._drafts else ""
        self.root = root.rstrip("/") or top

    @classmethod
    def from_names(cls, names: Iterable[str | os.PathLike[str]], *, root: str = "") -> Listing:
        """Return the listing of plain paths, without sizes and times.

        Raises:
            FieldError: If *names* is a single name, or an element is no path.
        """
        return cls((Entry(path=_coerce.path_text("path", name)) for name in _coerce.many("names", names)), root=root)

    @classmethod
    def from_lines(
        cls,
        lines: Iterable[str],
        *,
        form: ListingForm | None = None,
        columns: str | None = None,
        root: str = "",
        on_error: Callable[[int, FieldError], None] | None = None,
    ) -> Listing:
        """Return the listing that another program has printed.

        Args:
            lines: The lines, each with or without the line feed at its end.
            form: Their form; see `ListingForm`. By default each form but ``"inventory"`` is recognized line by line.
            columns: The columns of an inventory, as its ``manifest.json`` has them in ``fileSchema``. By default the
                first line holds them.
            root: As for the constructor.
            on_error: Called with the number of each line that cannot be read, counted from 1, and the reason; the
                other lines are read. Without it the first error is raised.

        Raises:
            FieldError: If a line cannot be read and *on_error* is not given.
        """
        from ckpt_scheme.catalog._lines import entries_of  # noqa: PLC0415 - most programs have no lines to read

        return cls(entries_of(lines, form, columns, on_error), root=root)

    @classmethod
    def from_inventory(cls, *paths: str | os.PathLike[str], root: str = "", on_error: OnError | None = None) -> Listing:
        """Return the listing in the Parquet files of an Amazon S3 Inventory (extra ``arrow``).

        The paths of the entries are the keys of one bucket. Old versions and delete markers are left out.

        Args:
            paths: The files, as the ``manifest.json`` of the inventory lists them.
            root: As for the constructor.
            on_error: Called with each file that cannot be read, or with a file, ``:`` and the number of a row, and the
                reason; the other rows are read. Without it the first error is raised.

        Raises:
            FieldError: If a row has no key or no valid size and *on_error* is not given.
            OperationError: If a file is no inventory and *on_error* is not given, or pyarrow is not installed.
            OSError: If a file cannot be read and *on_error* is not given.
        """
        from ckpt_scheme.catalog._inventory import entries_of  # noqa: PLC0415 - few programs have an inventory

        return cls(entries_of((_coerce.path_text("path", path) for path in paths), on_error), root=root)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries and the folders that they are in, folder by folder."""
        for path in sorted(self._drafts):
            folder = self.folder(path)
            yield from (_entry(folder, place) for place in range(len(folder.names)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listing) and self.root == other.root and list(self) == list(other)

    def __hash__(self) -> int:
        return hash((self.root, frozenset(self._drafts)))

    def __repr__(self) -> str:
        return f"<Listing of {sum(len(draft.names) for draft in self._drafts.values())} entries>"

    def folder(self, path: str) -> Folder:
        """Return the entries of a folder.

        Raises:
            FileNotFoundError: If no entry is in it.
        """
        if path not in self._drafts:
            raise FileNotFoundError(errno.ENOENT, "no listed entry is in this folder", path)
        if path not in self._folders:
            self._folders[path] = self._drafts[path].folder(path)
        return self._folders[path]

    def measure(self, folder: Folder, place: int) -> tuple[int, int]:
        """Return the size and the time of an entry, as they were listed."""
        return folder.size(place), folder.time(place)

    def _add(self, entry: Entry) -> None:
        path = _slashes(entry.path)
        if path.endswith("/") or entry.entry_type == "directory":
            self._draft(path.rstrip("/"))
            return
        folder, name = _split(path)
        self._draft(folder).add(name, entry)

    def _draft(self, path: str) -> _Draft:
        """Return the draft of a folder; make it and those of the folders above it if they are missing."""
        draft = self._drafts.get(path)
        if draft is not None:
            return draft
        draft = self._drafts[path] = _Draft()
        is_new = True
        while is_new and path != "/":  # no recursion: a path may be deeper than Python's own stack
            path, name = _split(path)
            is_new = path not in self._drafts
            self._drafts.setdefault(path, _Draft()).add(f"{name}/", None)
        return draft


_slashes: Final = functools.partial(re.compile("(?<![:/])//+").sub, "/")


def _split(path: str) -> tuple[str, str]:
    """Return the folder of a path, and its name there; a bucket with its scheme is a single name."""
    head, slash, name = path.rpartition("/")
    if head.endswith(":/"):
        return "", path
    return ("/" if slash and not head else head), name


@final
class _Draft:
    """The entries of one folder, in the order in which they were listed."""

    __slots__ = ("links", "names", "others", "sizes", "times")

    def __init__(self) -> None:
        self.names: list[str] = []
        self.sizes = array("q")
        self.times = array("q")
        self.links: dict[str, Link] = {}
        self.others: set[str] = set()

    def add(self, name: str, entry: Entry | None) -> None:
        """Add an entry, or for None a folder."""
        self.names.append(name)
        size, modified, kind = (None, None, "directory") if entry is None else _facts(entry)
        self.sizes.append(UNKNOWN if size is None else size)
        self.times.append(UNKNOWN if modified is None else nanoseconds(modified))
        if entry is not None and kind == "symlink":
            self.links[name] = Link(entry.link_target)
        elif kind == "other":
            self.others.add(name)

    def folder(self, path: str) -> Folder:
        """Return the folder, with the last entry of each name."""
        last = {name: place for place, name in enumerate(self.names)}
        folder = Folder(path, last, self.links, self.others)
        for place, name in enumerate(folder.names):
            folder.measure(place, self.sizes[last[name]], self.times[last[name]])
        return folder


def _facts(entry: Entry) -> tuple[int | None, datetime | None, str]:
    """Return size, time and type of an entry; a symlink itself has no bytes."""
    return 0 if entry.entry_type == "symlink" else entry.size, entry.modified, entry.entry_type


def _entry(folder: Folder, place: int) -> Entry:
    name = folder.names[place]
    size, link = folder.size(place), folder.links.get(name)
    return Entry(
        path=join(folder.path, name),
        entry_type=folder.entry_type(name),
        size=None if size == UNKNOWN else size,
        modified=as_datetime(folder.time(place)),
        link_target=None if link is None else link.target,
    )
