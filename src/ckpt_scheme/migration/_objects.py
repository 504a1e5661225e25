"""`read_objects`: the listing of an object store, from the lines that its tools print. No disk is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, Final, cast

import attrs

from ckpt_scheme import _coerce, _grammar
from ckpt_scheme.errors import FieldError
from ckpt_scheme.migration._model import Entry, Listing

_aws: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) +([0-9]{1,18}) (.+)")
_gsutil: Final = re.compile(r" *([0-9]{1,18}) +([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})Z +(.+)")
_gsutil_prefix: Final = re.compile(r" +([a-z][0-9a-z]*://.+)")
_gsutil_total: Final = re.compile(r"TOTAL: [0-9]+ objects, .*")
_NANOSECONDS: Final = 1_000_000_000
_BEHIND: Final = timedelta(hours=12)  # the clocks that are furthest behind UTC
_LATEST_S: Final = 253_402_300_800  # the year 10000


def read_objects(lines: Iterable[str], now_ns: int) -> Listing:
    """Return the listing of an object store from the lines that its tools print.

    A line is that of ``aws s3 ls --recursive``, of ``gsutil ls -l``, a JSON object with a ``name`` and perhaps ``size``
    and ``mtime`` or ``LastModified`` (as fsspec has them), or a path alone. Keys that go on below the name of a
    checkpoint are one directory checkpoint. What has no time is never discarded.

    Args:
        lines: The lines, each with or without the line feed at its end.
        now_ns: The time of the listing, in nanoseconds since 1970.

    Raises:
        FieldError: If a line is none of these, or a path is there twice.
    """
    found: dict[str, Entry] = {}
    for line in _coerce.many("lines", lines):
        text = _coerce.plain_text("line", line).rstrip("\r\n")
        if not text.strip() or text.startswith("                           PRE ") or _gsutil_total.fullmatch(text):
            continue
        path, size, mtime_ns = _object(text)
        # A key may go on below a directory checkpoint; where a key ends in "/", it marks a directory and is nothing.
        whole, slash, inner = _split(path)
        if not whole:
            continue
        is_inner = bool(slash)
        if whole in found and not (is_inner and found[whole].kind == "directory"):
            raise FieldError("listing", whole, "each path once")
        before = found.get(whole, Entry(path=whole, kind="directory" if is_inner else "file"))
        if inner or not is_inner:
            before = attrs.evolve(before, size=before.size + size, mtime_ns=max(before.mtime_ns, mtime_ns))
        found[whole] = before
    return Listing(root="", entries=found.values(), now_ns=now_ns)


def _split(path: str) -> tuple[str, str, str]:
    """Return the path of what stands directly in a directory of checkpoints, and what follows it; or empty texts."""
    folder = f"/{_grammar.CHECKPOINTS}/"
    end = path.find(folder)
    while end >= 0:
        start = end + len(folder)
        name, slash, inner = path[start:].partition("/")
        end = path.find(folder, start - 1)
        # What has the name of a checkpoint is one, and what is in it is its own.
        if name and (end < 0 or name.lower().endswith(".ckpt")):
            return path[:start] + name, slash, inner
    return "", "", ""


def _object(text: str) -> tuple[str, int, int]:
    """Return path, size and time of what one line lists."""
    if text.startswith("{"):
        return _json_object(text)
    aws = _aws.fullmatch(text)
    if aws is not None:
        date, time, size, path = aws.groups()
        return path, int(size), _time_ns(text, f"{date}T{time}")
    gsutil = _gsutil.fullmatch(text)
    if gsutil is not None:
        size, date, time, path = gsutil.groups()
        return path, int(size), _time_ns(text, f"{date}T{time}Z")
    if "/" not in text:
        raise FieldError("listing", text, "a line of a listing, or a path with '/' in it")
    prefix = _gsutil_prefix.fullmatch(text)
    return text if prefix is None else prefix[1], 0, 0


def _json_object(text: str) -> tuple[str, int, int]:
    try:
        record = cast("dict[str, Any]", json.loads(text))
        name, size = record["name"], record.get("size") or 0
        mtime = record.get("mtime") or record.get("LastModified") or 0
    except (ValueError, KeyError, RecursionError) as error:
        raise FieldError("listing", text, "a JSON object with a name") from error
    if not isinstance(name, str) or type(size) is not int or size < 0 or type(mtime) not in (int, float, str):
        raise FieldError("listing", text, "a JSON object with a name, a size in bytes and a time")
    if isinstance(mtime, str):
        return name, size, _time_ns(text, mtime)
    if not abs(mtime) < _LATEST_S:  # which is false of a NaN too
        raise FieldError("listing", text, "a time in seconds since 1970")
    return name, size, int(mtime * _NANOSECONDS)


def _time_ns(text: str, time: str) -> int:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise FieldError("listing", text, "a time that exists") from error
    if moment.tzinfo is None:
        # A tool that does not say so prints local time: as late as it can have been, for what is recent stays.
        moment = moment.replace(tzinfo=timezone(-_BEHIND))
    return int(moment.timestamp()) * _NANOSECONDS
