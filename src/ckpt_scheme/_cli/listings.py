"""Files that other programs have listed, for the option ``--listing``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import output, streams
from ckpt_scheme.errors import SchemeError

_PARQUET: Final = b"PAR1"  # the first bytes of such a file


def read(path: str, complain: Callable[[str], None]) -> catalog.Listing:
    """Return the listing in a file: an S3 Inventory in Parquet, or lines, for ``-`` those of stdin.

    Args:
        path: The file.
        complain: Called with a message about each line or row that cannot be read; the others are read.

    Raises:
        OperationError: If the file is Parquet and no inventory, or pyarrow is not installed.
        UsageError: If the file cannot be read.
    """

    def broken_row(where: str, error: Exception) -> None:
        if not isinstance(error, SchemeError):
            raise error
        complain(f"{output.escaped(where)}: {error}")

    if path != streams.STDIN and _is_parquet(path):
        return catalog.Listing.from_inventory(path, on_error=broken_row)
    return catalog.Listing.from_lines(
        streams.lines(path), on_error=lambda number, error: broken_row(f"{path}:{number}", error)
    )


def _is_parquet(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET or path.endswith(".parquet")
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot read {output.escaped(path)}: {error}") from error
