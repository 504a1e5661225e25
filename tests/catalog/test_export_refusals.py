"""Files that `catalog.export` leaves as they are, and errors of the disk."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet
import pytest

from catalog_tables import FORMS
from ckpt_scheme import catalog
from ckpt_scheme.catalog import Listing
from ckpt_scheme.errors import OperationError

NAMES: Final = [f"run/epoch-{epoch:02d}_step-000001.ckpt" for epoch in range(50)]


def put(target: Path, *, root: str = "a") -> None:
    catalog.export(catalog.scan(Listing.from_names(NAMES)), target, roots=[root])


def _foreign_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE checkpoints (path TEXT)")


def _foreign_table(path: Path) -> None:
    pyarrow.parquet.write_table(pa.table({"path": ["a"]}), path)


def _unmarked_table(path: Path) -> None:
    table = catalog.to_arrow([]).read_all().replace_schema_metadata(None)
    pyarrow.parquet.write_table(table, path)


FOREIGN: Final[Mapping[str, tuple[str, Callable[[Path], object]]]] = {
    "text as Parquet": ("parquet", lambda path: path.write_text("notes")),
    "another Parquet table": ("parquet", _foreign_table),
    "Parquet without the mark": ("parquet", _unmarked_table),
    "text as CSV": ("csv", lambda path: path.write_text("notes\n")),
    "a CSV of other columns": ("csv", lambda path: path.write_text("root,path\n")),
    "bytes as CSV": ("csv", lambda path: path.write_bytes(b"\xff\n")),
    "text as JSON lines": ("jsonl", lambda path: path.write_text("notes\n")),
    "JSON lines that are no objects": ("jsonl", lambda path: path.write_text("[1]\n")),
    "JSON lines of other members": ("jsonl", lambda path: path.write_text('{"path": "a"}\n')),
    "text as SQLite": ("sqlite", lambda path: path.write_text("notes")),
    "another database": ("sqlite", _foreign_database),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_export_refuses_to_replace_another_file(case: str, tmp_path: Path) -> None:
    form, make = FOREIGN[case]
    target = tmp_path / f"c.{form}"
    make(target)
    before = target.read_bytes()

    with pytest.raises(OperationError, match="is not a catalog of this version, and is left as it is"):
        put(target)

    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("form", FORMS)
def test_export_refuses_a_folder(form: str, tmp_path: Path) -> None:
    (tmp_path / f"c.{form}").mkdir()

    with pytest.raises(OperationError, match="it is no file"):
        put(tmp_path / f"c.{form}")


@pytest.mark.parametrize(("form", "other"), [("csv", "jsonl"), ("jsonl", "sqlite"), ("sqlite", "parquet")])
def test_export_refuses_a_catalog_in_another_form(form: str, other: str, tmp_path: Path) -> None:
    target = tmp_path / "c"
    catalog.export([], tmp_path / f"c.{other}", roots=[])
    catalog.export(catalog.scan(Listing.from_names(NAMES)), tmp_path / f"d.{other}", roots=[])
    (tmp_path / f"d.{other}").rename(target.with_suffix(f".{form}"))

    with pytest.raises(OperationError, match="is not a catalog"):
        put(target.with_suffix(f".{form}"))


@pytest.mark.parametrize(
    ("form", "damage", "reason"),
    [
        ("csv", b"a,b\r\n", "line 52 has 2 cells, not 35"),
        ("jsonl", b'{"root": 1}\n', "line 51 has other members"),
        ("jsonl", b'{"root": "', "Unterminated string"),
    ],
)
def test_export_refuses_a_catalog_with_a_damaged_row(form: str, damage: bytes, reason: str, tmp_path: Path) -> None:
    target = tmp_path / f"c.{form}"
    put(target)
    with target.open("ab") as file:
        file.write(damage)
    before = target.read_bytes()

    with pytest.raises(OperationError, match=reason):
        put(target)

    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("form", FORMS)
def test_export_to_a_folder_that_is_not_there_raises_os_error(form: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put(tmp_path / "nowhere" / f"c.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_export_to_a_loop_of_links_raises_os_error(form: str, tmp_path: Path) -> None:
    target = tmp_path / f"c.{form}"
    target.symlink_to(target)

    with pytest.raises(OSError, match="symbolic links"):
        put(target)


@contextlib.contextmanager
def small_files(size: int) -> Generator[None]:
    """Let no file of this process grow beyond *size* bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", FORMS)
def test_export_to_a_full_disk_leaves_the_old_file(form: str, tmp_path: Path) -> None:
    target = tmp_path / f"c.{form}"
    put(target)
    before = target.read_bytes()

    with small_files(3000), pytest.raises(OSError, match=r"(?i)large|disk|full"):
        put(target)

    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_export_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(OperationError, match=r"pip install 'ckpt-scheme\[arrow\]'"):
        put(tmp_path / "c.parquet")
    with pytest.raises(OperationError, match=r"pip install 'ckpt-scheme\[arrow\]'"):
        catalog.to_arrow([])

    put(tmp_path / "c.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]
