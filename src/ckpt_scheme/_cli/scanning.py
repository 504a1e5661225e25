"""Scans for the commands that list, export and report: their runs, and complaints about unreadable paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import attrs
import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.catalog import Run
from ckpt_scheme.errors import OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Registry

_PARQUET: Final = b"PAR1"  # the first bytes of a Parquet file

listing_option: Final = click.option(
    "--listing",
    metavar="FILE",
    shell_complete=shared.complete_path,
    help="Read the files that another program has listed; - is stdin.",
)
columns_option: Final = click.option(
    "--columns",
    metavar="NAMES",
    help="With --listing, the columns of an S3 Inventory in CSV, as fileSchema in its manifest.json has them.",
)


def check_source(roots: tuple[str, ...], listing: str | None, columns: str | None) -> None:
    """Raise a usage error unless the arguments name one source: roots, or a listing with or without columns."""
    shared.exclusive({"ROOT": roots or None, "--listing": listing})
    if columns is not None and listing is None:
        raise click.UsageError("--columns is for --listing")


@final
@attrs.define(eq=False)
class Scanner:
    """Yields the runs of roots and of listings, and complains about each path and line that cannot be read.

    Attributes:
        registry: The formats to read names in.
        framework: The framework that wrote the names, if it is known.
        printer: The printer of the complaints.
        seen: Called with the number of runs and of checkpoints that the scan has seen since the last call.
        unreadable: The paths that could not be read, so far.
        complaints: The messages about them and about broken lines, so far.
    """

    registry: Registry
    framework: str | None
    printer: streams.Printer
    seen: Callable[[int, int], None]
    unreadable: list[str] = attrs.field(factory=list[str])
    complaints: list[str] = attrs.field(factory=list[str])

    def of_roots(self, roots: Iterable[str]) -> Iterator[Run]:
        """Yield the runs below each of *roots*, which are folders or URLs."""
        for root in roots:
            yield from self._scan(root, root)

    def of_listing(self, path: str, root: str, columns: str | None) -> Iterator[Run]:
        """Yield the runs in a file that another program has listed; ``-`` is stdin.

        Args:
            path: The file: an S3 Inventory in Parquet, or lines.
            root: The path to report if the whole file cannot be read.
            columns: The columns of an S3 Inventory in CSV; None for every other file.

        Raises:
            UsageError: If the file cannot be opened.
        """
        try:
            listing = self._listing(path, columns)
        except (OperationError, SchemeError) as error:
            if isinstance(error, SchemeError) and error.kind == "columns":
                raise click.UsageError(str(error)) from error
            self.unreadable.append(root)
            self._complain(f"{output.escaped(path)}: {error}" if isinstance(error, SchemeError) else str(error))
        else:
            yield from self._scan(root, listing)

    def unread(self, path: str, error: Exception) -> None:
        """Complain about a path that cannot be read."""
        self.unreadable.append(path)
        self._complain(output.unreadable(path, error))

    def _scan(self, root: str, source: str | catalog.Listing) -> Iterator[Run]:
        try:
            found = catalog.scan(source, framework=self.framework, registry=self.registry, on_error=self.unread)
            for run in found:
                self.seen(1, len(run.checkpoints))
                yield run
        except (OperationError, SchemeError) as error:
            self.unread(root, error)

    def _complain(self, message: str) -> None:
        self.complaints.append(message)
        self.printer.complain(message)

    def _listing(self, path: str, columns: str | None) -> catalog.Listing:
        def broken(where: str, error: Exception) -> None:
            if not isinstance(error, SchemeError):
                raise error
            self._complain(f"{output.escaped(where)}: {error}")

        if path != streams.STDIN and _is_parquet(path):
            return catalog.Listing.from_inventory(path, on_error=broken)
        return catalog.Listing.from_lines(
            streams.lines(path),
            form=None if columns is None else "inventory",
            columns=columns,
            on_error=lambda number, error: broken(f"{path}:{number}", error),
        )


def _is_parquet(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET or path.endswith(".parquet")
    except (OSError, ValueError) as error:
        raise click.UsageError(output.unreadable(path, error)) from error
