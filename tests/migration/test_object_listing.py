"""`read_objects`: the listings of object stores."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme.errors import FieldError
from ckpt_scheme.migration import Entry, Listing, Policy, make_plan, read_objects
from ckpt_scheme.strategies import texts

KEY: Final = "runs/a/checkpoints/epoch=3-step=30.ckpt"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOON: Final = seconds("2025-10-15T12:00:00") * 10**9

# A local time without a zone may be twelve hours later in UTC.
LOCAL_NOON: Final = seconds("2025-10-16T00:00:00") * 10**9

LAST_NS: Final = seconds("9999-12-31T23:59:59") * 10**9

_WRONG_TIMES: Final[list[Any]] = [
    *([1], {"a": 1}, True, math.nan, math.inf, -math.inf),
    *(1e300, 10**30, -(10**30), 253_402_300_800),
]

# JSON values that are no size and no time.
WRONG: Final[dict[str, list[Any]]] = {
    "name": [None, 3, ["a"], {}],
    "size": ["7", 7.0, 1.5, [1], True, -1, math.nan, math.inf],
    **dict.fromkeys(("mtime", "LastModified"), _WRONG_TIMES),
}


@pytest.mark.parametrize(
    ("line", "path", "size", "mtime_ns"),
    [
        pytest.param(KEY, KEY, 0, 0, id="path"),
        pytest.param(f"gs://bucket/{KEY}", f"gs://bucket/{KEY}", 0, 0, id="path with a bucket"),
        pytest.param(f"{KEY}\n", KEY, 0, 0, id="line feed"),
        pytest.param(f"{KEY}\r\n", KEY, 0, 0, id="carriage return"),
        pytest.param(f"{KEY} ", f"{KEY} ", 0, 0, id="blank at the end"),
        pytest.param(f"2025-10-15 12:00:00 1234 {KEY}", KEY, 1234, LOCAL_NOON, id="aws"),
        pytest.param(f"2025-10-15 12:00:00          7 {KEY}\n", KEY, 7, LOCAL_NOON, id="aws, in columns"),
        pytest.param(
            f"2025-10-15 12:00:00 7  {KEY}", f" {KEY}", 7, LOCAL_NOON, id="aws, a key that begins with a blank"
        ),
        pytest.param(f"2025-10-15 12:00:00 {'9' * 18} {KEY}", KEY, 10**18 - 1, LOCAL_NOON, id="aws, large"),
        pytest.param(f"      1234  2025-10-15T12:00:00Z  gs://b/{KEY}", f"gs://b/{KEY}", 1234, NOON, id="gsutil"),
        pytest.param(f"0 2025-10-15T12:00:00Z gs://b/{KEY}", f"gs://b/{KEY}", 0, NOON, id="gsutil, no columns"),
        pytest.param(json.dumps({"name": KEY}), KEY, 0, 0, id="JSON"),
        pytest.param(json.dumps({"name": KEY, "size": 7, "mtime": NOON // 10**9}), KEY, 7, NOON, id="JSON, seconds"),
        pytest.param(json.dumps({"Key": KEY, "Size": 7}), KEY, 7, 0, id="JSON, of s3api"),
        pytest.param(json.dumps({"name": KEY, "mtime": 1.5}), KEY, 0, 1_500_000_000, id="JSON, parts of a second"),
        pytest.param(json.dumps({"name": KEY, "mtime": -1.5}), KEY, 0, 0, id="JSON, before 1970"),
        pytest.param(
            json.dumps({"name": KEY, "mtime": 253_402_300_799}), KEY, 0, LAST_NS, id="JSON, as late as can be"
        ),
        pytest.param(json.dumps({"name": KEY, "size": None, "mtime": None}), KEY, 0, 0, id="JSON, nulls"),
        pytest.param(json.dumps({"name": KEY, "mtime": "2025-10-15T12:00:00"}), KEY, 0, LOCAL_NOON, id="JSON, a time"),
        pytest.param(json.dumps({"name": KEY, "mtime": "2025-10-15T12:00:00Z"}), KEY, 0, NOON, id="JSON, UTC"),
        pytest.param(json.dumps({"name": KEY, "mtime": "2025-10-15T14:00:00+02:00"}), KEY, 0, NOON, id="JSON, a zone"),
        pytest.param(
            json.dumps({"name": KEY, "mtime": "2025-10-15T12:00:00-12:00"}), KEY, 0, LOCAL_NOON, id="JSON, far"
        ),
        pytest.param(
            json.dumps({"name": KEY, "mtime": "2025-10-15 12:00:00.75"}),
            KEY,
            0,
            LOCAL_NOON + 750_000_000,
            id="JSON, a fraction",
        ),
        pytest.param(
            json.dumps({"name": KEY, "LastModified": "2025-10-15 12:00:00+00:00"}), KEY, 0, NOON, id="JSON, of S3"
        ),
        pytest.param(
            json.dumps({"name": KEY, "LastModified": "2025-10-15T12:00:00"}),
            KEY,
            0,
            LOCAL_NOON,
            id="JSON, of S3, local",
        ),
        pytest.param(
            json.dumps({"name": KEY, "LastModified": NOON // 10**9, "mtime": None}),
            KEY,
            0,
            NOON,
            id="JSON, one of both",
        ),
        pytest.param(
            json.dumps({"name": KEY, "LastModified": 1, "mtime": NOON // 10**9}), KEY, 0, NOON, id="JSON, both"
        ),
        pytest.param(json.dumps({"name": KEY, "type": "file", "x": [1]}), KEY, 0, 0, id="JSON, more than is needed"),
    ],
)
def test_line_is_read(line: str, path: str, size: int, mtime_ns: int) -> None:
    listing = read_objects([line], 5)

    expected = Listing(root="", entries=[Entry(path=path, kind="file", size=size, mtime_ns=mtime_ns)], now_ns=5)

    assert listing == expected
    # The digest distinguishes integers from equal floats.
    assert listing.digest() == expected.digest()


def test_time_does_not_depend_on_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    found: set[Listing] = set()

    try:
        for zone in ("ABC-9", "ABC+9"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()

            found.add(read_objects([f"2025-10-15 12:00:00 1 {KEY}"], 0))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert len(found) == 1


@pytest.mark.parametrize(
    "line",
    [
        *("", "\n", "   ", "\t\r\n"),
        "                           PRE runs/",
        "TOTAL: 3 objects, 1234 bytes (1.2 KiB)",
        "TOTAL: 12 objects, 1234 bytes (1.2 KiB)",
        *("runs/a/logs/x.ckpt", "runs/a/checkpoints", "runs/a/checkpoints/", "runs/a/xcheckpoints/x", "checkpoints/x"),
        "2025-10-15 12:00:00 0 runs/a/checkpoints/",
        "                                 gs://bucket/runs/a/checkpoints/",
        "                          PRE runs/a/checkpoints/x",
        "TOTAL: x objects, runs/a/checkpoints/x",
        "Total Objects: 3",
    ],
)
def test_line_without_checkpoint_is_skipped(line: str) -> None:
    assert read_objects([line], 0).entries == ()
    assert [entry.path for entry in read_objects([line, KEY, line], 0).entries] == [KEY]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"2025-10-15T12:00:00 1 {KEY}", id="no time of aws"),
        pytest.param(f"2025-10-15 12:00:00 x {KEY}", id="no size of aws"),
        pytest.param(f"2025-10-15 12:00:00 {KEY}", id="lacks a size"),
        pytest.param(f"1 2025-10-15T12:00:00 {KEY}", id="no time of gsutil"),
        pytest.param(f"\u0661 2025-10-15T12:00:00Z {KEY}", id="digits from elsewhere"),
    ],
)
def test_line_similar_to_tool_output_is_path(line: str) -> None:
    assert [(entry.path, entry.size) for entry in read_objects([line], 0).entries] == [(line, 0)]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("{", id="no JSON"),
        pytest.param('{"name": "a"} x', id="more than JSON"),
        pytest.param('{"name": ' * 20_000, id="too deep"),
        pytest.param('{"size": ' + "1" * 5000 + "}", id="too many digits"),
        pytest.param("{}", id="nothing"),
        pytest.param('{"name": ""}', id="empty name"),
        *(
            pytest.param(json.dumps({"name": KEY, field: value}), id=f"{field} {value!r}")
            for field, values in WRONG.items()
            for value in values
        ),
        *(
            pytest.param(json.dumps({"name": KEY, field: time}), id=f"{field} {time!r}")
            for field in ("mtime", "LastModified")
            for time in ("yesterday", "2025-02-30T12:00:00", "2025-10-15T25:00:00", "x" * 1000, "\x00", "\ud800")
        ),
        pytest.param(f"2025-02-30 12:00:00 1 {KEY}", id="aws, a day that does not exist"),
        pytest.param(f"2025-10-15 25:00:00 1 {KEY}", id="aws, an hour that does not exist"),
        pytest.param(f"1  2025-13-15T12:00:00Z  gs://b/{KEY}", id="gsutil, a month that does not exist"),
        pytest.param("epoch=3-step=30.ckpt", id="a name without a directory"),
        pytest.param("checkpoints", id="no path of a checkpoint"),
        pytest.param("1 2025-10-15T12:00:00 x.ckpt", id="no time of gsutil, and no path"),
    ],
)
def test_malformed_line_is_refused(record: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_objects([KEY, f"{record}\n"], 0)

    assert (caught.value.kind, caught.value.text) == ("line", record)
    assert caught.value.expected.startswith(
        ("a JSON object with a path", "a size in bytes", "a time that exists", "seconds since 1970", "a line of a")
    )


@pytest.mark.parametrize("size", ["9" * 19, "9" * 5000])
def test_impossible_size_is_read_as_zero(size: str) -> None:
    assert all(entry.size == 0 for entry in read_objects([f"2025-10-15 12:00:00 {size} {KEY}"], 0).entries)
    assert all(entry.size == 0 for entry in read_objects([f"{size} 2025-10-15T12:00:00Z gs://b/{KEY}"], 0).entries)


@pytest.mark.parametrize(
    ("lines", "entries"),
    [
        pytest.param(
            [f"2025-10-15 12:00:00 1 {KEY}/b", f"2025-10-16 12:00:00 2 {KEY}/a/c", f"2025-10-14 12:00:00 4 {KEY}/d"],
            [(KEY, "directory", 7, LOCAL_NOON + 86_400 * 10**9)],
            id="objects in it",
        ),
        pytest.param(
            [f"2025-10-16 12:00:00 1 {KEY}/", f"2025-10-15 12:00:00 1 {KEY}/a"],
            [(KEY, "directory", 1, LOCAL_NOON)],
            id="a mark of it is nothing in it",
        ),
        pytest.param([f"2025-10-15 12:00:00 9 {KEY}/"], [(KEY, "directory", 0, 0)], id="nothing but a mark of it"),
        pytest.param([f"2025-10-15 12:00:00 9 {KEY}/a/"], [(KEY, "directory", 9, LOCAL_NOON)], id="a mark in it"),
        pytest.param([f"{KEY}/", f"{KEY}/"], [(KEY, "directory", 0, 0)], id="a mark twice"),
        pytest.param(
            [f"{KEY}/checkpoints/epoch=4-step=4.ckpt", f"2025-10-15 12:00:00 9 {KEY}/a"],
            [(KEY, "directory", 9, LOCAL_NOON)],
            id="checkpoints in it",
        ),
        pytest.param(
            [f"2025-10-15 12:00:00 9 {KEY}/checkpoints/checkpoints/x"],
            [(KEY, "directory", 9, LOCAL_NOON)],
            id="checkpoints of checkpoints in it",
        ),
        pytest.param([f"{KEY}/checkpoints/"], [(KEY, "directory", 0, 0)], id="an empty directory of checkpoints in it"),
        pytest.param(
            [f"      gs://b/{KEY}/"], [(f"gs://b/{KEY}", "directory", 0, 0)], id="a prefix as gsutil indents it"
        ),
        pytest.param([f"      s3://b/{KEY}/"], [(f"s3://b/{KEY}", "directory", 0, 0)], id="the same of another store"),
        pytest.param(
            ["gs://checkpoints/runs/a/checkpoints/x.ckpt"],
            [("gs://checkpoints/runs/a/checkpoints/x.ckpt", "file", 0, 0)],
            id="a bucket called checkpoints",
        ),
        pytest.param(
            ["checkpoints/checkpoints/x.ckpt", "/checkpoints/y.ckpt"],
            [("/checkpoints/y.ckpt", "file", 0, 0), ("checkpoints/checkpoints/x.ckpt", "file", 0, 0)],
            id="a run called checkpoints",
        ),
        pytest.param(
            ["a/checkpoints/checkpoints/x.ckpt"],
            [("a/checkpoints/checkpoints/x.ckpt", "file", 0, 0)],
            id="checkpoints twice",
        ),
        pytest.param(
            ["a/checkpoints/old/checkpoints/x.ckpt", "a/checkpoints/notes/y"],
            [("a/checkpoints/notes", "directory", 0, 0), ("a/checkpoints/old/checkpoints/x.ckpt", "file", 0, 0)],
            id="a run among checkpoints",
        ),
        pytest.param(
            ["a/checkpoints/X.CKPT/checkpoints/x.ckpt"],
            [("a/checkpoints/X.CKPT", "directory", 0, 0)],
            id="the extension in capitals",
        ),
        pytest.param(
            ["a/checkpoints/b/checkpoints/x.ckpt/c/checkpoints/y.ckpt", "a/checkpoints/b/checkpoints/x.ckpt/z"],
            [("a/checkpoints/b/checkpoints/x.ckpt", "directory", 0, 0)],
            id="the first checkpoint of three",
        ),
        pytest.param(["a/checkpoints//x.ckpt"], [], id="no name"),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_keys_with_common_prefix_are_directory(
    lines: Sequence[str],
    entries: Sequence[tuple[str, str, int, int]],
    is_reversed: bool,  # noqa: FBT001 - a column
) -> None:
    listing = read_objects(reversed(lines) if is_reversed else lines, 0)

    assert [(entry.path, entry.kind, entry.size, entry.mtime_ns) for entry in listing.entries] == entries


def test_keys_of_directory_far_apart_are_one_directory() -> None:
    others = [f"runs/a/checkpoints/{n}.ckpt" for n in range(10_000)]
    lines = [f"2025-10-15 12:00:00 1 {KEY}/b", *others, f"2025-10-16 12:00:00 2 {KEY}/a"]

    listing = read_objects(lines, 0)
    (found,) = (entry for entry in listing.entries if entry.path == KEY)

    assert (found.kind, found.size, found.mtime_ns) == ("directory", 3, LOCAL_NOON + 86_400 * 10**9)
    assert len(listing.entries) == len(others) + 1


@pytest.mark.parametrize(
    "lines", [[KEY, KEY], [KEY, f"{KEY}/"], [KEY, f"{KEY}/a"], [f"2025-10-15 12:00:00 1 {KEY}", KEY]]
)
def test_duplicate_object_is_refused(lines: list[str]) -> None:
    for ordered in (lines, [*reversed(lines)]):
        with pytest.raises(FieldError) as caught:
            read_objects(ordered, 0)
        assert (caught.value.kind, caught.value.text, caught.value.expected) == ("listing", KEY, "each path once")


EARLY: Final = "runs/a/checkpoints/epoch-03_step-000030.ckpt"
EARLY_URL: Final = f"gs://b/{EARLY}"
LATE: Final = "2025-10-15 12:00:00 1 {}runs/a/checkpoints/epoch-30_step-000300.ckpt"


@pytest.mark.parametrize(
    ("line", "is_discarded"),
    [
        # Ten minutes ago in every time zone, or a second less in one of them.
        pytest.param(f"2025-10-14 23:50:00 1 {EARLY}", True, id="local, old"),
        pytest.param(f"2025-10-14 23:50:01 1 {EARLY}", False, id="local, recent"),
        pytest.param(f"2025-10-15 12:00:00 1 {EARLY}", False, id="local, now or in the future"),
        pytest.param(f"1 2025-10-14T12:00:00Z  {EARLY_URL}", True, id="UTC, old"),
        pytest.param(f"1 2025-10-15T11:50:01Z  {EARLY_URL}", False, id="UTC, recent"),
        pytest.param(json.dumps({"name": EARLY, "mtime": "2025-10-15T11:50:00Z"}), True, id="JSON, old"),
        pytest.param(json.dumps({"name": EARLY, "mtime": "2025-10-15T11:50:01Z"}), False, id="JSON, recent"),
        pytest.param(json.dumps({"name": EARLY, "LastModified": "2025-10-15T11:50:00Z"}), True, id="S3, old"),
        pytest.param(json.dumps({"name": EARLY, "LastModified": "2025-10-15T11:50:01Z"}), False, id="S3, recent"),
        pytest.param(EARLY, False, id="no time"),
        pytest.param(json.dumps({"name": EARLY, "size": 7}), False, id="JSON, no time"),
        pytest.param(json.dumps({"name": EARLY, "mtime": 0, "LastModified": None}), False, id="JSON, empty times"),
    ],
)
def test_recent_object_is_not_discarded(line: str, is_discarded: bool) -> None:  # noqa: FBT001 - a column
    path, bucket = (EARLY_URL, "gs://b/") if EARLY_URL in line else (EARLY, "")

    plan = make_plan(read_objects([line, LATE.format(bucket)], NOON), Policy(delete_old=True))

    assert [item.path for item in plan.discards] == [path] * is_discarded

    (item,) = (item for item in plan.items if item.path == path)
    assert is_discarded or item.reason.endswith(" written to within ten minutes")


def test_object_without_time_counts_as_young() -> None:
    plan = make_plan(read_objects([EARLY, LATE.format("")], NOON), Policy(delete_old=True, keep_younger_than=1))

    assert [(item.do, item.reason) for item in plan.items if item.path == EARLY] == [("keep", "younger than 1s")]


def test_plan_is_made_from_objects() -> None:
    lines = [f"2025-10-15 12:00:00 1 {KEY}", f"2025-10-15 12:00:00 1 {KEY}.sha256", "runs/a/checkpoints/last.ckpt"]

    plan = make_plan(read_objects(lines, NOON))

    (rename,) = plan.renames

    assert (rename.new, plan.root) == ("runs/a/checkpoints/epoch-03_step-000030.ckpt", "")
    assert [sidecar.new for sidecar in rename.sidecars] == ["runs/a/checkpoints/epoch-03_step-000030.ckpt.sha256"]


@given(
    lines=st.lists(texts() | st.builds("{}a/checkpoints/{}".format, texts(), texts()), max_size=5), now_ns=st.integers()
)
def test_any_lines_are_read_or_refused(lines: list[str], now_ns: int) -> None:
    try:
        listing = read_objects(lines, now_ns)
    except FieldError:
        return

    assert all("/checkpoints/" in entry.path for entry in listing.entries)
    assert make_plan(listing).listing == listing.digest()


@given(
    record=st.fixed_dictionaries(
        {},
        optional={
            field: st.none() | st.booleans() | st.integers() | st.floats() | texts() | st.just(KEY) | st.just([])
            for field in ("name", "size", "mtime", "LastModified")
        },
    )
)
def test_any_record_is_read_or_refused(record: dict[str, Any]) -> None:
    try:
        listing = read_objects([json.dumps(record)], 0)
    except FieldError:
        return

    assert isinstance(record["name"], str)
    assert [entry.path for entry in listing.entries] == [KEY] * (record["name"] == KEY)


def test_key_in_a_checkpoint_at_the_top_stops_no_listing() -> None:
    listing = read_objects(["epoch=1-step=10.ckpt/x", "run/checkpoints/epoch=2-step=20.ckpt"], NOON)

    assert [entry.name for entry in listing.entries] == ["epoch=2-step=20.ckpt"]
    assert listing.elsewhere == (("", 1),)


@pytest.mark.parametrize("recursive", [False, True])
def test_listing_is_judged_as_a_disk(recursive: bool) -> None:  # noqa: FBT001 - an option
    keys = [
        "out/run/checkpoints/best/epoch=1-step=10.ckpt",
        "out/a.ckpt/checkpoints/epoch=2-step=10.ckpt",
        "out/.ckpt-scheme/trash/000001/run/checkpoints/epoch=3-step=10.ckpt",
        "out/flat/epoch=4-step=10.ckpt",
        "out/flat/epoch=4-step=10.ckpt.md5",
        "out/logs/events.txt",
    ]

    listing = read_objects(keys, NOON, recursive=recursive)

    renames = make_plan(listing).renames
    if recursive:
        assert [rename.path for rename in renames] == [keys[3], keys[0]]
        assert [side.path for side in renames[0].sidecars] == [keys[4]]
        assert listing.elsewhere == ()
    else:
        assert renames == ()
        assert listing.elsewhere == (("out", 1), ("out/flat", 1), ("out/run/checkpoints/best", 1))
