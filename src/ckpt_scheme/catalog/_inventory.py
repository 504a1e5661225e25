"""The entries of an Amazon S3 Inventory in Parquet, read in batches. pyarrow is imported on first use."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ckpt_scheme.catalog._arrow import imported
from ckpt_scheme.catalog._folder import OnError
from ckpt_scheme.catalog._listing import Entry
from ckpt_scheme.errors import FieldError, OperationError

_ROWS: Final = 16_384  # of one batch
_COLUMNS: Final = ("key", "size", "last_modified_date", "is_latest", "is_delete_marker")


def entries_of(paths: Iterable[str], on_error: OnError | None) -> Iterator[Entry]:
    """Yield the entries that the files *paths* list; see `Listing.from_inventory`."""
    for path in paths:
        try:
            yield from _entries(path, on_error)
        except (OSError, OperationError) as error:
            if on_error is None:
                raise
            on_error(path, error)


def _entries(path: str, on_error: OnError | None) -> Iterator[Entry]:
    for number, row in enumerate(_rows(path), 1):
        # Unlike in a CSV inventory, the key is not URL-encoded.
        if row.get("is_latest") is False or row.get("is_delete_marker"):
            continue
        try:
            yield _entry(row)
        except FieldError as error:
            if on_error is None:
                raise
            on_error(f"{path}:{number}", error)


def _entry(row: Mapping[str, Any]) -> Entry:
    key, modified = row["key"], row.get("last_modified_date")
    if isinstance(modified, datetime) and modified.tzinfo is None:
        modified = modified.replace(tzinfo=UTC)
    return Entry(path=os.fsdecode(key) if isinstance(key, bytes) else key, size=row.get("size"), modified=modified)


def _rows(path: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, with the columns of `_COLUMNS` that it has.

    Raises:
        OperationError: If the file cannot be read as an inventory.
    """
    arrow, parquet = imported("pyarrow"), imported("pyarrow.parquet")
    try:
        with Path(path).open("rb") as opened:  # pyarrow opens no file whose name is not UTF-8
            file = parquet.ParquetFile(opened)
            known = [name for name in file.schema_arrow.names if name in _COLUMNS]
            if "key" not in known:
                raise OperationError(f"{path} is no S3 Inventory: it has no column key")
            if "scheme_version" in file.schema_arrow.names:
                raise OperationError(f"{path} is an exported catalog, not an S3 Inventory")
            for batch in file.iter_batches(_ROWS, columns=known):
                yield from batch.to_pylist()
    except (arrow.ArrowException, ValueError, OverflowError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise OperationError(f"{path} is no S3 Inventory in Parquet: {error}") from error
