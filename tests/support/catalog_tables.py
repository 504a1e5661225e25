"""Exported catalogs, as the usual libraries read them."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow.parquet

from ckpt_scheme import catalog

Table = list[dict[str, Any]]

FORMS: Final = ("parquet", "csv", "jsonl", "sqlite")


def spelled(name: str) -> str:
    """Return the name that a text of an exported catalog stands for."""
    return re.sub(r"\\(\\|u[0-9a-f]{4})", lambda found: _character(found[1]), name)


def _character(escape: str) -> str:
    return "\\" if escape == "\\" else chr(int(escape[1:], 16))


def read(path: Path) -> Table:
    """Return the rows of an exported catalog with the values that Python has for them."""
    return _READERS[path.suffix](path)


def _parquet(path: Path) -> Table:
    rows: Table = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def _csv(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return [_typed(row, {"boolean": lambda text: text == "true"}) for row in csv.DictReader(file)]


def _jsonl(path: Path) -> Table:
    with path.open(encoding="ascii") as file:
        return [_typed(json.loads(line), {"boolean": bool, "integer": int, "real": float}) for line in file]


def _sqlite(path: Path) -> Table:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [_typed(dict(row), {"boolean": bool}) for row in database.execute("SELECT * FROM checkpoints")]


_READERS: Final[Mapping[str, Callable[[Path], Table]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".sqlite": _sqlite,
}
_READS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": str,
    "integer": int,
    "real": float,
    "time": datetime.fromisoformat,
    "local_time": datetime.fromisoformat,
}


def _typed(row: Mapping[str, Any], reads: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    assert list(row) == [column.name for column in catalog.COLUMNS]
    found = {**_READS, **reads}
    return {
        column.name: None if row[column.name] in {None, ""} else found[column.type](row[column.name])
        for column in catalog.COLUMNS
    }


def by_duckdb(path: Path) -> Table:
    """Return the rows of a Parquet file, as DuckDB reads them."""
    table = duckdb.read_parquet(str(path)).to_arrow_table()
    return [{name: _in_utc(value) for name, value in row.items()} for row in table.to_pylist()]


def _in_utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


def by_polars(path: Path) -> Table:
    """Return the rows of a Parquet file, as Polars reads them."""
    return [{name: _in_utc(value) for name, value in row.items()} for row in pl.read_parquet(path).to_dicts()]
