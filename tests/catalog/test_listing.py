"""`Listing`: entries that other programs list, and a scan of them."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog_trees import RUN, chosen, grow, runs
from ckpt_scheme import catalog
from ckpt_scheme.catalog import Entry, Listing
from ckpt_scheme.errors import FieldError

MOMENT = datetime(2025, 10, 15, 12, tzinfo=UTC)
NAMES = ["run/checkpoint-500/model.safetensors", "run/checkpoint-1000/model.safetensors", "run/config.json"]


def test_scan_of_plain_names_knows_no_sizes() -> None:
    (run,) = catalog.scan(Listing.from_names([*NAMES, Path("run/trainer_state.json")]))

    assert (run.path, run.root, run.framework, run.size) == ("run", "", "huggingface-trainer", 0)
    assert chosen(run, run.latest) == "checkpoint-1000"
    assert [(found.path, found.size, found.modified, found.flags) for found in run.checkpoints] == [
        ("run/checkpoint-500", None, None, ()),
        ("run/checkpoint-1000", None, None, ()),
    ]


def test_scan_of_entries_adds_sizes() -> None:
    entries = [Entry(path=name, size=10, modified=MOMENT) for name in NAMES]

    (run,) = catalog.scan(Listing(entries))

    assert (run.size, run.modified) == (20, MOMENT)


def test_scan_begins_at_the_root_of_the_listing() -> None:
    listing = Listing.from_names(["a/last.ckpt", "b/last.ckpt"], root="b/")

    assert [run.path for run in catalog.scan(listing)] == ["b"]


def test_root_that_is_not_listed_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        list(catalog.scan(Listing.from_names(["a/last.ckpt"], root="missing")))


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["/data/run/last.ckpt"], ["/data/run/last.ckpt"]),
        (["./run/last.ckpt"], ["./run/last.ckpt"]),
        (["s3://team/run/last.ckpt", "s3://other/last.ckpt"], ["s3://other/last.ckpt", "s3://team/run/last.ckpt"]),
        (["run//checkpoints///last.ckpt"], ["run/checkpoints/last.ckpt"]),
        (["last.ckpt"], ["last.ckpt"]),
        (["run/epoch=3.ckpt/", "run/epoch=3.ckpt/weights.pt"], ["run/epoch=3.ckpt"]),
    ],
)
def test_paths_keep_the_form_in_which_they_were_listed(paths: list[str], found: list[str]) -> None:
    scanned = catalog.scan(Listing.from_names(paths))

    assert [checkpoint.path for run in scanned for checkpoint in run.checkpoints] == found


def test_later_entry_replaces_the_earlier_entry_of_its_path() -> None:
    listing = Listing([Entry(path="last.ckpt", size=1), Entry(path="last.ckpt", size=2)])

    assert list(listing) == [Entry(path="last.ckpt", size=2)]


def test_links_and_folders_are_kept() -> None:
    entries = [
        Entry(path="a.ckpt", entry_type="symlink", link_target="b.ckpt"),
        Entry(path="c", entry_type="directory"),
        Entry(path="d.ckpt", entry_type="other", size=0),
    ]

    listing = Listing(entries)

    (run,) = catalog.scan(listing)
    assert [(found.path, found.entry_type, found.link_target) for found in run.checkpoints] == [
        ("a.ckpt", "symlink", "b.ckpt"),
        ("d.ckpt", "other", None),
    ]
    assert [(entry.path, entry.entry_type) for entry in listing] == [
        ("a.ckpt", "symlink"),
        ("c/", "directory"),
        ("d.ckpt", "other"),
    ]


def test_listings_of_the_same_entries_are_equal() -> None:
    one, same, other = (Listing.from_names(names) for names in (NAMES, reversed(NAMES), NAMES[:1]))

    assert (one == same, one == other, one == 3) == (True, False, False)
    assert hash(one) == hash(same)
    assert repr(other) == "<Listing of 3 entries>"


@pytest.mark.parametrize(
    "entries",
    [
        "last.ckpt",  # one text
        ["last.ckpt"],  # no entries
        [Entry(path="/a"), Entry(path="b")],  # absolute and relative
    ],
)
def test_listing_refuses_a_value_that_is_no_iterable_of_entries(entries: object) -> None:
    with pytest.raises(FieldError):
        Listing(entries)  # type: ignore[arg-type]  # the refused value


@pytest.mark.parametrize(
    "fields",
    [
        {"path": ""},
        {"path": "/"},
        {"path": "a", "size": -1},
        {"path": "a", "size": 2**63},
        {"path": "a", "modified": datetime(2025, 1, 1)},
    ],
)
def test_entry_refuses_empty_paths_wrong_sizes_and_times_without_zone(fields: dict[str, object]) -> None:
    with pytest.raises(FieldError):
        Entry(**fields)  # type: ignore[arg-type]  # the refused value


# --------------------------------------------------------------------------------------------------------------------
# The lines of other programs.

AWS = """\
2025-10-15 12:00:00          7 outputs/run/checkpoints/epoch-22_step-001932.ckpt
2025-10-15 12:00:00 1234567890 outputs/run/checkpoints/last with blanks .ckpt
                           PRE outputs/

Total Objects: 2
   Total Size: 1234567897
"""
GSUTIL = """\
         7  2025-10-15T12:00:00Z  gs://team/run/checkpoints/last.ckpt
                                 gs://team/run/checkpoints/
TOTAL: 1 objects, 7 bytes (7 B)
"""
INVENTORY = """\
"Bucket", "Key", "Size", "LastModifiedDate", "IsLatest", "IsDeleteMarker"
"team","run/checkpoints/epoch%3D3-step%3D1200.ckpt","7","2025-10-15T12:00:00.000Z","true","false"
"team","run/checkpoints/my+run+%2B1.ckpt","8","2025-10-15T12:00:00.000Z","",""
"team","run/checkpoints/old.ckpt","8","2025-10-15T12:00:00.000Z","false","false"
"team","run/checkpoints/gone.ckpt","","2025-10-15T12:00:00.000Z","true","true"
"""
JSON = """\
{"name": "run/a.ckpt", "size": 7, "mtime": 1760529600.0, "type": "file"}
{"Key": "run/b.ckpt", "Size": 8, "LastModified": "2025-10-15T12:00:00+00:00"}
{"path": "run/c.ckpt", "type": "link", "destination": "a.ckpt"}
{"path": "run/d", "type": "directory"}
"""


def test_lines_of_aws_are_read() -> None:
    assert list(Listing.from_lines(AWS.splitlines(keepends=True))) == [
        Entry(path="outputs/", entry_type="directory"),
        Entry(path="outputs/run/", entry_type="directory"),
        Entry(path="outputs/run/checkpoints/", entry_type="directory"),
        Entry(path="outputs/run/checkpoints/epoch-22_step-001932.ckpt", size=7, modified=MOMENT),
        Entry(path="outputs/run/checkpoints/last with blanks .ckpt", size=1234567890, modified=MOMENT),
    ]


def test_lines_of_gsutil_are_read() -> None:
    assert [entry for entry in Listing.from_lines(GSUTIL.splitlines()) if entry.entry_type == "file"] == [
        Entry(path="gs://team/run/checkpoints/last.ckpt", size=7, modified=MOMENT)
    ]


def test_lines_of_an_inventory_are_decoded_and_old_versions_left_out() -> None:
    whole = Listing.from_lines(INVENTORY.splitlines(), form="inventory")
    rest = Listing.from_lines(
        INVENTORY.splitlines()[1:], form="inventory", columns="Bucket,Key,Size,LastModifiedDate,IsLatest,IsDeleteMarker"
    )

    assert whole == rest
    assert [entry for entry in whole if entry.entry_type == "file"] == [
        Entry(path="run/checkpoints/epoch=3-step=1200.ckpt", size=7, modified=MOMENT),
        Entry(path="run/checkpoints/my run +1.ckpt", size=8, modified=MOMENT),
    ]


@pytest.mark.parametrize("form", [None, "json"])
def test_lines_of_json_are_read(form: catalog.ListingForm | None) -> None:
    assert [entry for entry in Listing.from_lines(JSON.splitlines(), form=form) if entry.path != "run/"] == [
        Entry(path="run/a.ckpt", size=7, modified=MOMENT),
        Entry(path="run/b.ckpt", size=8, modified=MOMENT),
        Entry(path="run/c.ckpt", entry_type="symlink", size=0, link_target="a.ckpt"),
        Entry(path="run/d/", entry_type="directory"),
    ]


def test_scan_of_the_lines_of_find_equals_the_scan_of_the_disk(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt", "hf/checkpoint-500/model.safetensors", "hf/config.json", size=9)
    (tmp_path / "hf/checkpoint-900").symlink_to("checkpoint-500")
    os.mkfifo(tmp_path / f"{RUN}/pipe")
    listed = subprocess.run(  # noqa: S603 - the paths are our own
        ["find", str(tmp_path), "-printf", r"%y\t%s\t%T@\t%p\t%l\n"],  # noqa: S607 - the program of the system
        check=True,
        capture_output=True,
        text=True,
    )

    for form in (None, "find"):
        listing = Listing.from_lines(listed.stdout.splitlines(), form=form, root=str(tmp_path))
        found = list(catalog.scan(listing))
        assert [(run.path, run.size, run.latest) for run in found] == [
            (run.path, run.size, run.latest) for run in runs(tmp_path)
        ]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("aws", "last.ckpt"),
        ("aws", "2025-02-30 12:00:00 7 last.ckpt"),
        ("gsutil", "last.ckpt"),
        ("find", "last.ckpt"),
        ("find", "f\t7\t999999999999\tlast.ckpt\t"),
        ("json", "last.ckpt"),
        ("json", "[]"),
        ("json", '{"name": 3}'),
        ("json", '{"name": "a", "type": "socket"}'),
        ("json", '{"name": "a", "size": -1}'),
        ("json", '{"name": "a", "size": "7"}'),
        ("json", '{"name": "a", "size": 9223372036854775808}'),
        ("json", '{"name": "a", "mtime": true}'),
        ("json", '{"name": "a", "mtime": "yesterday"}'),
        ("json", '{"name": "a", "mtime": NaN}'),
        (None, "{" * 100_000),
        ("inventory", '"a'),
        ("inventory", '"team","last.ckpt"'),
        ("names", "/"),
    ],
)
def test_broken_line_is_refused_with_its_number(form: catalog.ListingForm | None, line: str) -> None:
    failed: list[tuple[int, str]] = []

    listing = Listing.from_lines(
        ["", line],
        form=form,
        columns=None,
        on_error=lambda number, error: failed.append((number, type(error).__name__)),
    )

    assert (list(listing), failed) == ([], [(2, "FieldError")])
    with pytest.raises(FieldError):
        Listing.from_lines([line], form=form)


@pytest.mark.parametrize("cells", ['"team"', '"team","last.ckpt","x"', '"team","/","3"', '"team","a","3","b"'])
def test_broken_row_of_an_inventory_is_refused(cells: str) -> None:
    with pytest.raises(FieldError):
        Listing.from_lines([cells], form="inventory", columns="Bucket, Key, Size")


def test_lines_after_a_broken_line_are_read() -> None:
    failed: list[int] = []

    listing = Listing.from_lines(
        ['{"name": 3}', "run/last.ckpt"], on_error=lambda number, _error: failed.append(number)
    )

    assert (failed, [run.path for run in catalog.scan(listing)]) == ([1], ["run"])


def test_from_lines_refuses_a_single_text() -> None:
    with pytest.raises(FieldError):
        Listing.from_lines("last.ckpt")


def test_path_deeper_than_the_stack_is_listed() -> None:
    path = "a/" * 3000 + "run/last.ckpt"

    (run,) = catalog.scan(catalog.Listing.from_names([path]))

    assert [checkpoint.path for checkpoint in run.checkpoints] == [path]


def test_unknown_form_of_lines_is_refused() -> None:
    with pytest.raises(FieldError, match="expected one of aws, gsutil, find, json, inventory, names"):
        Listing.from_lines(["a"], form="xx")  # type: ignore[arg-type]  # the refused value
