"""`entries_of` reads the lines in which other programs list files. No disk is touched."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, TypeAlias, cast, get_args
from urllib.parse import unquote_plus

from ckpt_scheme import _coerce
from ckpt_scheme.catalog._folder import LIMIT, EntryType
from ckpt_scheme.catalog._listing import Entry, ListingForm
from ckpt_scheme.errors import FieldError

_aws: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) +([0-9]{1,18}) (.+)").fullmatch
_gsutil: Final = re.compile(r" *([0-9]{1,18}) +([0-9-]{10}T[0-9:]{8}Z) +([a-z][0-9a-z]*://.+)").fullmatch
_find: Final = re.compile(r"([a-zA-Z])\t([0-9]{1,18})\t(-?[0-9]{1,12})(?:\.([0-9]{1,12}))?\t([^\t]+)\t(.*)").fullmatch
# The lines of these tools that list no object.
_is_rest: Final = re.compile(
    r"\s*|TOTAL: .*| {10,}PRE .*| *Total (?:Objects|Size): .*| +[a-z][0-9a-z]*://.*/|[a-z][0-9a-z]*://.*/:"
).fullmatch
_is_of_ls: Final = re.compile(r"[-bcdlps](?:[-r][-w][-xsStT]){3}[+.@]? ").match
_FIND_TYPES: Final[Mapping[str, EntryType]] = {"f": "file", "d": "directory", "l": "symlink"}
_JSON_TYPES: Final[Mapping[object, EntryType]] = {
    None: "file",
    "file": "file",
    "directory": "directory",
    "link": "symlink",
    "symlink": "symlink",
    "other": "other",
}
_Reader: TypeAlias = Callable[[str, tzinfo], Entry | None]
"""Takes a line, and the zone of a time without a zone; returns the entry."""

_PATHS: Final = ("path", "name", "Key", "key")
_OURS: Final = frozenset(("schema", "scheme_version"))  # members of a run and of an exported row
_SIZES: Final = ("size", "Size")
_TIMES: Final = ("modified", "mtime", "LastModified", "last_modified", "updated", "timeCreated")


def entries_of(
    lines: Iterable[str],
    form: ListingForm | None,
    columns: str | None,
    on_error: Callable[[int, FieldError], None] | None,
    zone: tzinfo = UTC,
) -> Iterator[Entry]:
    """Yield the entries that *lines* list; a time without a zone is in *zone*.

    See `Listing.from_lines` for the other arguments.
    """
    if form is not None and form not in get_args(ListingForm):
        raise FieldError("form", form, f"one of {', '.join(get_args(ListingForm))}")
    read: _Reader = _Inventory(columns).read if form == "inventory" else _READERS[form]
    for number, line in enumerate(_coerce.many("lines", lines), 1):
        text = _coerce.plain_text("line", line).rstrip("\r\n")
        if _is_rest(text):
            continue
        try:
            entry = read(text, zone)
        except FieldError as error:
            if on_error is None:
                raise
            on_error(number, error)
        else:
            if entry is not None:
                yield entry


def _read_any(text: str, zone: tzinfo) -> Entry:
    if text.startswith("{"):
        return _read_json(text, zone)
    for matches, read in ((_aws, _read_aws), (_gsutil, _read_gsutil), (_find, _read_find)):
        if matches(text) is not None:
            return read(text, zone)
    # Otherwise these lines would count as paths: the output of `du` or `ls -l`, and half of a line of `find` if a name
    # holds a line feed.
    if "\t" in text or _is_of_ls(text) is not None:
        raise FieldError("line", text, "a path, or a line of aws s3 ls, gsutil ls -l, find -printf, or JSON")
    return _read_name(text, zone)


def _read_name(text: str, _zone: tzinfo) -> Entry:
    return Entry(path=text)


def _parts(matches: Callable[[str], re.Match[str] | None], text: str, expected: str) -> Sequence[Any]:
    """Return the groups of the match of a line."""
    found = matches(text)
    if found is None:
        raise FieldError("line", text, expected)
    return found.groups()


def _read_aws(text: str, zone: tzinfo) -> Entry:
    expected = "a date, a time, a size and a path, as `aws s3 ls --recursive` prints them"
    time, size, path = _parts(_aws, text, expected)
    return Entry(path=path, size=int(size), modified=_time(text, time, zone))


def _read_gsutil(text: str, zone: tzinfo) -> Entry:
    size, time, path = _parts(_gsutil, text, "a size, a time and a URL, as `gsutil ls -l` prints them")
    return Entry(path=path, size=int(size), modified=_time(text, time, zone))


def _read_find(text: str, _zone: tzinfo) -> Entry:
    expected = "a type, a size, a time, a path and a link target, with tabs between"
    letter, size, seconds, fraction, path, target = _parts(_find, text, expected)
    return Entry(
        path=path,
        entry_type=_FIND_TYPES.get(letter, "other"),
        size=int(size),
        modified=_seconds(text, int(seconds)) + timedelta(microseconds=int((fraction or "").ljust(6, "0")[:6])),
        link_target=target or None,
    )


def _read_json(text: str, zone: tzinfo) -> Entry:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    record = cast("dict[str, object]", value if isinstance(value, dict) else {})
    if not _OURS.isdisjoint(record):
        raise FieldError("line", text, "a listed file, not a record that ckpt-scheme has written")
    # A member that is null does not count, but another member may hold the value.
    known = {key: member for key, member in record.items() if member is not None}
    path, size, time = (next((known[key] for key in keys if key in known), None) for keys in (_PATHS, _SIZES, _TIMES))
    kind = record.get("entry_type", record.get("type"))
    if not isinstance(path, str) or not path.strip("/") or kind not in _JSON_TYPES:
        raise FieldError("line", text, "a JSON object with a path")
    if not (size is None or (type(size) is int and 0 <= size < LIMIT)):
        raise FieldError("line", text, "a size in bytes")
    target = record.get("link_target", record.get("destination"))
    return Entry(
        path=path,
        entry_type=_JSON_TYPES[kind],
        size=size,
        modified=None if time is None else _time_or_seconds(text, time, zone),
        link_target=target if isinstance(target, str) else None,
    )


def _time_or_seconds(text: str, time: object, zone: tzinfo) -> datetime:
    return _seconds(text, time) if type(time) in (int, float) else _time(text, time, zone)


def _time(text: str, time: object, zone: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(time if isinstance(time, str) else "")
    except ValueError:
        raise FieldError("line", text, "a time that exists") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _seconds(text: str, seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(cast("float", seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise FieldError("line", text, "seconds since 1970 in a year below 10000") from None


class _Inventory:
    """Reads the CSV of an S3 Inventory, in which the keys are URL-encoded.

    Args:
        columns: The names of the columns, separated by commas; None if the first line holds them.
    """

    def __init__(self, columns: str | None) -> None:
        self._columns = None if columns is None else _names(columns.split(","))
        if self._columns is not None and "key" not in self._columns:
            raise FieldError("columns", columns, "names with commas between, Key among them")

    def read(self, text: str, zone: tzinfo) -> Entry | None:
        """Return the entry of a line; None for the line with the columns, a delete marker, or an old version."""
        try:
            cells = next(csv.reader([text], strict=True, skipinitialspace=True))
        except csv.Error as error:
            raise FieldError("line", text, f"comma-separated values: {error}") from None
        if self._columns is None:
            self._columns = _names(cells)
            if "key" not in self._columns:
                raise FieldError("line", text, "the names of the columns, such as Bucket, Key, Size, in the first line")
            return None
        if len(cells) != len(self._columns):
            raise FieldError("line", text, f"{len(self._columns)} columns, not {len(cells)}")
        row = dict(zip(self._columns, cells, strict=True))
        if row.get("islatest", "true").lower() == "false" or row.get("isdeletemarker", "").lower() == "true":
            return None
        path, size, time = unquote_plus(row["key"]), row.get("size", ""), row.get("lastmodifieddate", "")
        if not path.strip("/") or not ((size.isascii() and size.isdigit() and len(size) < len(str(LIMIT))) or not size):
            raise FieldError("line", text, "a key, and a size in bytes")
        return Entry(path=path, size=int(size) if size else None, modified=_time(text, time, zone) if time else None)


def _names(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in columns)


_READERS: Final[Mapping[ListingForm | None, _Reader]] = {
    None: _read_any,
    "aws": _read_aws,
    "gsutil": _read_gsutil,
    "find": _read_find,
    "json": _read_json,
    "names": _read_name,
}
