"""The forms of an exported catalog that need no other package: CSV, JSON lines and SQLite."""

from __future__ import annotations

import contextlib
import csv
import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, cast, final

import attrs

from ckpt_scheme.catalog._rows import COLUMNS, NAMES, PATH, ROOT, ColumnType, Row, Value
from ckpt_scheme.errors import OperationError

Keeps: TypeAlias = Callable[[str | None, str | None], bool]
"""Returns whether a row with this root and this path stays in a catalog."""

TABLE_VERSION: Final = 1
"""The version of the columns. Another version may drop or rename columns, so its catalogs are not updated."""

_APPLICATION: Final = 0x434B_5053  # "CKPS", the mark of a database that is a catalog
_SQL_TYPES: Final[Mapping[ColumnType, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "boolean": "INTEGER",
    "time": "TEXT",
    "local_time": "TEXT",
}


class Form(Protocol):
    """A form of a catalog as a file."""

    def check(self, path: str) -> None:
        """Raise `OperationError` if the file at *path* is no catalog in this form."""
        ...

    def write(self, path: str, rows: Iterable[Row], old: str | None, keeps: Keeps) -> None:
        """Write *rows*, and then the rows of the catalog *old* that *keeps* returns True for."""
        ...


def not_a_catalog(path: str, reason: str = "it has other columns") -> OperationError:
    """Return the error for a file that an export must not replace."""
    return OperationError(f"{path} is not a catalog of this version, and is left as it is: {reason}")


@contextlib.contextmanager
def reading(path: str) -> Generator[None]:
    """Raise `OperationError` for any error of a reader of the file at *path*."""
    try:
        yield
    except (OSError, ValueError, csv.Error, sqlite3.Error) as error:
        raise not_a_catalog(path, str(error)) from error


def _plain(value: Value) -> str | int | float | None:
    """Return a value for JSON or SQLite: times as text in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else value


def _cell(value: Value) -> str | int | float | None:
    """Return a value for CSV."""
    return str(value).lower() if isinstance(value, bool) else _plain(value)


@final
@attrs.frozen
class Csv:
    """A catalog as comma-separated values (RFC 4180) in UTF-8, with the names of the columns first."""

    def check(self, path: str) -> None:
        """Raise `OperationError` if the first line does not hold the names of the columns."""
        with reading(path), Path(path).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), None)
        if header != list(NAMES):
            raise not_a_catalog(path)

    def write(self, path: str, rows: Iterable[Row], old: str | None, keeps: Keeps) -> None:
        """Write *rows*, and then those of *old* that stay."""
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(NAMES)
            writer.writerows(map(_cell, row) for row in rows)
            if old is not None:
                writer.writerows(self._kept(old, keeps))

    def _kept(self, old: str, keeps: Keeps) -> Iterator[list[str]]:
        with reading(old), Path(old).open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            next(rows)
            for cells in rows:
                if len(cells) != len(NAMES):
                    raise ValueError(f"line {rows.line_num} has {len(cells)} cells, not {len(NAMES)}")
                if keeps(cells[ROOT], cells[PATH]):
                    yield cells


@final
@attrs.frozen
class JsonLines:
    """A catalog as JSON objects in ASCII, one a line."""

    def check(self, path: str) -> None:
        """Raise `OperationError` if the first line is no object with the columns."""
        with reading(path), Path(path).open("rb") as file:
            self._record(file.readline(), 1)

    def write(self, path: str, rows: Iterable[Row], old: str | None, keeps: Keeps) -> None:
        """Write *rows*, and then those of *old* that stay."""
        encode = json.JSONEncoder(allow_nan=False).encode
        with Path(path).open("w", encoding="ascii", newline="\n") as file:
            file.writelines(encode(dict(zip(NAMES, map(_plain, row), strict=True))) + "\n" for row in rows)
            if old is not None:
                file.writelines(self._kept(old, keeps))

    def _kept(self, old: str, keeps: Keeps) -> Iterator[str]:
        with reading(old), Path(old).open("rb") as file:
            for number, line in enumerate(file, 1):
                record = self._record(line, number)
                if keeps(record["root"], record["path"]):
                    yield line.decode("ascii")

    def _record(self, line: bytes, number: int) -> dict[str, Any]:
        record: object = json.loads(line)
        if not isinstance(record, dict) or tuple(cast("dict[str, Any]", record)) != NAMES:
            raise ValueError(f"line {number} has other members")
        return cast("dict[str, Any]", record)


@final
@attrs.frozen
class Sqlite:
    """A catalog as the table ``checkpoints`` of an SQLite database."""

    def check(self, path: str) -> None:
        """Raise `OperationError` if the file is no database with this table."""
        with reading(path), contextlib.closing(_opened(path)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            found = tuple(name for _, name, *_ in database.execute("PRAGMA table_info(checkpoints)"))
        if application != _APPLICATION or found != NAMES:
            raise not_a_catalog(path)

    def write(self, path: str, rows: Iterable[Row], old: str | None, keeps: Keeps) -> None:
        """Write *rows*, and then those of *old* that stay."""
        columns = ", ".join(f"{column.name} {_SQL_TYPES[column.type]}" for column in COLUMNS)
        insert = f"INSERT INTO checkpoints VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608 - holds no value
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            # The file gets its name when it is whole, so no crash needs a journal.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
            database.execute(f"PRAGMA user_version = {TABLE_VERSION}")
            database.execute("BEGIN")
            database.execute(f"CREATE TABLE checkpoints ({columns})")
            database.executemany(insert, (tuple(map(_plain, row)) for row in rows))
            if old is not None:
                database.executemany(insert, self._kept(old, keeps))
            database.execute("COMMIT")

    def _kept(self, old: str, keeps: Keeps) -> Iterator[tuple[Any, ...]]:
        with reading(old), contextlib.closing(_opened(old)) as database:
            for row in database.execute("SELECT * FROM checkpoints"):
                if keeps(row[ROOT], row[PATH]):
                    yield row


def _opened(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
