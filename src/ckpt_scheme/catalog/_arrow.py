"""Rows as Arrow record batches, and as a Parquet file. pyarrow is imported on first use."""

from __future__ import annotations

import contextlib
import importlib
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, final

import attrs

from ckpt_scheme.catalog._forms import TABLE_VERSION, Keeps, not_a_catalog, reading
from ckpt_scheme.catalog._rows import COLUMNS, NAMES, ColumnType, Row
from ckpt_scheme.errors import OperationError

_ROWS: Final = 16_384  # of one batch, which is one row group of a file
_MARK: Final = b"ckpt_scheme.catalog"

_TYPES: Final[Mapping[ColumnType, Callable[[Any], Any]]] = {
    "text": lambda arrow: arrow.string(),
    "integer": lambda arrow: arrow.int64(),
    "real": lambda arrow: arrow.float64(),
    "boolean": lambda arrow: arrow.bool_(),
    "time": lambda arrow: arrow.timestamp("us", tz="UTC"),
    "local_time": lambda arrow: arrow.timestamp("us"),
}


def imported(module: str) -> Any:  # noqa: ANN401 - pyarrow carries no types
    """Return a module of pyarrow.

    Raises:
        OperationError: If pyarrow is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        message = "Arrow and Parquet need pyarrow, which is not installed: pip install 'ckpt-scheme[arrow]'"
        raise OperationError(message) from None


def reader_of(rows: Iterable[Row]) -> Any:  # noqa: ANN401 - as above
    """Return a ``pyarrow.RecordBatchReader`` of *rows*, which are made when it is read."""
    arrow = imported("pyarrow")
    schema = _schema(arrow)
    return arrow.RecordBatchReader.from_batches(schema, _batches(arrow, schema, rows))


def _schema(arrow: Any) -> Any:  # noqa: ANN401 - as above
    fields = [(column.name, _TYPES[column.type](arrow)) for column in COLUMNS]
    return arrow.schema(fields, metadata={_MARK: str(TABLE_VERSION).encode()})


def _batches(arrow: Any, schema: Any, rows: Iterable[Row]) -> Iterator[Any]:  # noqa: ANN401 - as above
    rest = iter(rows)
    while batch := list(itertools.islice(rest, _ROWS)):
        arrays = [
            arrow.array(values, field.type) for values, field in zip(zip(*batch, strict=True), schema, strict=True)
        ]
        yield arrow.record_batch(arrays, schema=schema)


@contextlib.contextmanager
def _opened(arrow: Any, path: str) -> Generator[IO[bytes]]:  # noqa: ANN401 - as above
    """Yield the open file *path*; pyarrow opens no file whose name is not UTF-8."""
    with reading(path), Path(path).open("rb") as file:
        try:
            yield file
        except arrow.ArrowException as error:
            raise ValueError(str(error)) from error


@final
@attrs.frozen
class Parquet:
    """A catalog as a Parquet file."""

    def check(self, path: str) -> None:
        """Raise an error if the file at *path* is no catalog.

        Raises:
            OperationError: If it is no catalog, or pyarrow is not installed.
        """
        arrow, parquet = imported("pyarrow"), imported("pyarrow.parquet")
        with _opened(arrow, path) as file:
            schema = parquet.read_schema(file)
        if tuple(schema.names) != NAMES or _MARK not in (schema.metadata or {}):
            raise not_a_catalog(path)

    def write(self, path: str, rows: Iterable[Row], old: str | None, keeps: Keeps) -> None:
        """Write *rows*, and then the rows of the catalog *old* that *keeps* returns True for."""
        arrow, parquet = imported("pyarrow"), imported("pyarrow.parquet")
        schema = _schema(arrow)
        with Path(path).open("wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in _batches(arrow, schema, rows):
                writer.write_batch(batch)
            for batch in () if old is None else self._kept(arrow, parquet, old, keeps):
                writer.write_batch(batch)

    def _kept(self, arrow: Any, parquet: Any, old: str, keeps: Keeps) -> Iterator[Any]:  # noqa: ANN401 - as above
        with _opened(arrow, old) as file:
            for batch in parquet.ParquetFile(file).iter_batches(_ROWS):
                found = zip(batch.column("root").to_pylist(), batch.column("path").to_pylist(), strict=True)
                yield batch.filter(arrow.array([keeps(root, path) for root, path in found], arrow.bool_()))
