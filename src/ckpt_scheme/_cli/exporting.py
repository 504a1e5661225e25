"""The command ``export``: the checkpoints below folders, in buckets and in listings, as a table in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

import attrs
import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import output, scanning, shared, streams
from ckpt_scheme.catalog import CatalogForm, Run, _local
from ckpt_scheme.errors import FieldError, OperationError


@click.command(
    epilog=shared.examples(
        "ckpt-scheme export outputs -o catalog.parquet",
        "ckpt-scheme export s3://team/outputs -o catalog.sqlite",
        "ckpt-scheme export --format csv -o catalog.txt outputs old-outputs",
        "aws s3 ls --recursive s3://team | ckpt-scheme export --listing - -o a.jsonl",
        "duckdb -c \"SELECT run, sum(size) FROM 'catalog.parquet' GROUP BY run\"",
    )
)
@click.argument("roots", metavar="[ROOT]...", nargs=-1, shell_complete=shared.complete_path)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    required=True,
    shell_complete=shared.complete_path,
    help="The file to write or to update.",
)
@click.option(
    "--format", "form", type=click.Choice(get_args(CatalogForm)), help="The format of a FILE with another ending."
)
@scanning.listing_option
@scanning.columns_option
@shared.framework_option
def export(
    *,
    roots: tuple[str, ...],
    path: str,
    form: CatalogForm | None,
    listing: str | None,
    columns: str | None,
    framework: str | None,
) -> None:
    """Write a table of the checkpoints below each ROOT to a file.

    ROOT and --listing mean the same as for ls. The table has one row a checkpoint. FILE is Parquet, CSV, JSON lines or
    an SQLite database, by its ending .parquet, .csv, .jsonl or .sqlite. Parquet needs pip install 'ckpt-scheme[arrow]'.

    If FILE is a table of an earlier export, the rows below each ROOT are replaced and all others stay. Rows below a
    folder that cannot be read stay too. A FILE with any other content is left as it is.

    Exits with 1 if a folder or a line cannot be read, or if FILE is left as it is.
    """
    scanning.check_source(roots, listing, columns)
    with streams.progress("run") as progress:
        printer = streams.Printer(progress.clear)
        scanner = scanning.Scanner(shared.registry(), framework, printer, progress.seen)
        places = _places(roots or (".",), scanner) if listing is None else (_absolute(listing),)
        runs = scanner.of_roots(places) if listing is None else _of_listing(listing, places[0], columns, scanner)
        try:
            done = catalog.export(runs, path, roots=places, form=form, unreadable=scanner.unreadable)
        except FieldError as error:
            raise click.UsageError(str(error)) from error
        except (OperationError, OSError) as error:
            reason = output.visible(str(error)) if isinstance(error, OperationError) else _unwritable(path, error)
            printer.complain(reason)
        else:
            written, kept = output.counted(done.written, "row"), output.counted(done.kept, "row")
            printer.note(f"{output.escaped(path)}: {written} written, {kept} of other roots kept", "")
    shared.close(printer)


def _places(roots: Iterable[str], scanner: scanning.Scanner) -> tuple[str, ...]:
    """Return the roots as absolute paths or URLs, without repetitions and without roots below other roots."""
    found: dict[str, None] = {}
    for root in streams.texts(roots):
        try:
            found[_absolute(root)] = None
        except OSError as error:  # the working directory is gone
            scanner.unread(root, error)
    return tuple(root for root in found if not any(_is_below(root, other) for other in found))


def _of_listing(path: str, root: str, columns: str | None, scanner: scanning.Scanner) -> Iterator[Run]:
    """Yield the runs of a listing as those of *root*, by which the next export recognizes them."""
    return (attrs.evolve(run, root=root) for run in scanner.of_listing(path, root, columns))


def _absolute(root: str) -> str:
    """Return a root in the form that the next export recognizes, in any working directory."""
    if root == streams.STDIN or _local.is_url(root):
        return root.rstrip("/")
    return _local.location(root.removeprefix(_local.FILE))


def _is_below(root: str, other: str) -> bool:
    return root != other and root.startswith(f"{other.rstrip('/')}/")


def _unwritable(path: str, error: OSError) -> str:
    return f"cannot write {output.escaped(path)}: {error.strerror or error}"
