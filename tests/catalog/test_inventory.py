"""`Listing.from_inventory`: an S3 Inventory in Parquet."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet
import pytest

from catalog_tables import read
from ckpt_scheme import catalog
from ckpt_scheme.catalog import Entry, Listing
from ckpt_scheme.errors import FieldError, OperationError
from cli_runner import invoke

TIME: Final = datetime(2025, 10, 15, 12, 0, 0, 123000, tzinfo=UTC)

# The columns of a versioned inventory, as the ``fileSchema`` of its ``manifest.json`` has them.
SCHEMA: Final = pa.schema(
    [
        pa.field("bucket", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("version_id", pa.string()),
        pa.field("is_latest", pa.bool_()),
        pa.field("is_delete_marker", pa.bool_()),
        pa.field("size", pa.int64()),
        pa.field("last_modified_date", pa.timestamp("ms", tz="UTC")),
        pa.field("storage_class", pa.string()),
    ]
)
ROWS: Final[list[dict[str, Any]]] = [
    {"key": "out/run 1/a%20b+c.ckpt", "is_latest": True, "size": 7, "last_modified_date": TIME},
    {"key": "out/run 1/old.ckpt", "is_latest": False, "size": 1, "last_modified_date": TIME},
    {"key": "out/run 1/gone.ckpt", "is_latest": True, "is_delete_marker": True, "last_modified_date": TIME},
    {"key": "out/run 1/\u00e9.ckpt", "is_latest": None, "is_delete_marker": False},
]


def write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> Path:
    table = pa.Table.from_pylist([{"bucket": "team", **row} for row in rows], schema=schema)
    pyarrow.parquet.write_table(table, path, row_group_size=2)
    return path


def files(listing: Listing) -> list[Entry]:
    return [entry for entry in listing if entry.entry_type == "file"]


def test_inventory_has_keys_as_they_are_without_old_versions_and_delete_markers(tmp_path: Path) -> None:
    listing = Listing.from_inventory(write(tmp_path / "inventory.parquet", ROWS))

    assert files(listing) == [
        Entry(path="out/run 1/a%20b+c.ckpt", size=7, modified=TIME),
        Entry(path="out/run 1/\u00e9.ckpt"),
    ]


def test_inventory_of_current_versions_needs_no_column_but_the_key(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("bucket", pa.string()), pa.field("key", pa.string())])

    listing = Listing.from_inventory(write(tmp_path / "i.parquet", [{"key": "run/last.ckpt"}], schema))

    assert files(listing) == [Entry(path="run/last.ckpt")]


def test_inventory_with_plain_bytes_and_times_without_a_zone_is_read(tmp_path: Path) -> None:
    schema = pa.schema([("key", pa.binary()), ("last_modified_date", pa.timestamp("ms"))])
    row = {"key": b"run/\xff.ckpt", "last_modified_date": TIME.replace(tzinfo=None)}

    listing = Listing.from_inventory(write(tmp_path / "i.parquet", [row], schema))

    assert files(listing) == [Entry(path="run/\udcff.ckpt", modified=TIME)]


def test_several_files_of_an_inventory_are_one_listing(tmp_path: Path) -> None:
    names = ["a", "b"]
    paths = [write(tmp_path / f"{name}.parquet", [{"key": f"{name}/last.ckpt"}]) for name in names]

    listing = Listing.from_inventory(*paths, root="b")

    assert [run.path for run in catalog.scan(listing)] == ["b"]
    assert [entry.path for entry in files(listing)] == ["a/last.ckpt", "b/last.ckpt"]


def _truncated(path: Path) -> None:
    write(path, ROWS)
    path.write_bytes(path.read_bytes()[:-20])


def _damaged(path: Path) -> None:
    """Damage the pages of a file, and leave its footer whole."""
    write(path, [{"key": f"run/{number}.ckpt"} for number in range(500)])
    data = bytearray(path.read_bytes())
    data[4:1000] = b"\xff" * 996
    path.write_bytes(bytes(data))


def _without_key(path: Path) -> None:
    write(path, [{}], pa.schema([("bucket", pa.string())]))


def _text(path: Path) -> None:
    path.write_text("notes\n", encoding="utf-8")


BROKEN: Final = {"truncated": _truncated, "damaged": _damaged, "without a key": _without_key, "text": _text}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_inventory_is_an_error_or_reported(case: str, tmp_path: Path) -> None:
    path, other = tmp_path / "i.parquet", write(tmp_path / "o.parquet", [{"key": "run/last.ckpt"}])
    BROKEN[case](path)
    reported: list[tuple[str, Exception]] = []

    with pytest.raises(OperationError, match="is no S3 Inventory"):
        Listing.from_inventory(path)
    listing = Listing.from_inventory(path, other, on_error=lambda *error: reported.append(error))

    assert [(where, type(error)) for where, error in reported] == [(str(path), OperationError)]
    assert [entry.path for entry in files(listing)][-1] == "run/last.ckpt"


def test_row_without_a_valid_size_or_key_is_an_error_or_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "i.parquet", [{"key": "a/last.ckpt", "size": -1}, {"key": "//"}, {"key": "b/last.ckpt"}])
    reported: list[str] = []

    with pytest.raises(FieldError, match="a number of bytes"):
        Listing.from_inventory(path)
    listing = Listing.from_inventory(path, on_error=lambda where, _: reported.append(where))

    assert reported == [f"{path}:1", f"{path}:2"]
    assert [entry.path for entry in files(listing)] == ["b/last.ckpt"]


def test_missing_inventory_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Listing.from_inventory(tmp_path / "i.parquet")


def test_inventory_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(OperationError, match=r"pip install 'ckpt-scheme\[arrow\]'"):
        Listing.from_inventory(tmp_path / "i.parquet")


# --------------------------------------------------------------------------------------------------------------------
# The command line.


@pytest.mark.parametrize("name", ["i.parquet", "part-0"])
def test_ls_lists_the_runs_of_an_inventory(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, [*ROWS, {"key": "/"}])

    result = invoke("ls", "--no-header", "--listing", path)

    assert result.exit_code == 1
    assert result.stdout.startswith("out/run 1\t?\t2\t7\t")
    assert result.stderr.startswith(f"ckpt-scheme: {path}:5: ")


@pytest.mark.parametrize("case", BROKEN)
def test_ls_and_export_name_a_broken_inventory_and_exit_with_1(case: str, tmp_path: Path) -> None:
    path, target = tmp_path / "i.parquet", tmp_path / "c.csv"
    write(path, [{"key": "run/last.ckpt"}])
    invoke("export", "--listing", path, "-o", target)
    BROKEN[case](path)

    results = [invoke("ls", "--listing", path), invoke("export", "--listing", path, "-o", target)]

    for result in results:
        assert result.exit_code == 1
        assert result.stderr.startswith(f"ckpt-scheme: {path} is no S3 Inventory")
    assert [row["path"] for row in read(target)] == ["run/last.ckpt"]


def test_exported_catalog_is_no_inventory(tmp_path: Path) -> None:
    runs = catalog.scan(Listing.from_names(["run/last.ckpt"]))
    catalog.export(runs, tmp_path / "catalog.parquet", roots=["run"])

    with pytest.raises(OperationError, match="is an exported catalog, not an S3 Inventory"):
        Listing.from_inventory(tmp_path / "catalog.parquet")
