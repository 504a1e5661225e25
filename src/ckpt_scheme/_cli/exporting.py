"""The command ``export``: the checkpoints below folders, in buckets and in listings, as a table in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, final, get_args

import attrs
import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import listings, output, shared, streams
from ckpt_scheme.catalog import CatalogForm, Run, _local
from ckpt_scheme.errors import FieldError, OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Registry


@final
@attrs.define(eq=False)
class _Found:
    """The runs that a scan finds, and the paths that it cannot read."""

    registry: Registry
    framework: str | None
    printer: streams.Printer
    seen: Callable[[int, int], None]
    unreadable: list[str] = attrs.field(factory=list[str])

    def absolute(self, roots: Iterable[str]) -> tuple[str, ...]:
        """Return the roots as absolute paths or URLs, each once and none that is below another."""
        found: dict[str, None] = {}
        for root in roots:
            try:
                found[_absolute(root)] = None
            except OSError as error:  # the working directory is gone
                self._complain(root, error)
        return tuple(root for root in found if not any(_is_below(root, other) for other in found))

    def of_roots(self, roots: Iterable[str]) -> Iterator[Run]:
        """Yield the runs below each of *roots*."""
        for root in roots:
            yield from self._scan(root, root)

    def of_listing(self, path: str, root: str) -> Iterator[Run]:
        """Yield the runs in the listing *path* as those of *root*."""
        try:
            listing = listings.read(path, self.printer.complain)
        except OperationError as error:
            self.unreadable.append(root)
            self.printer.complain(str(error))
            return
        for run in self._scan(root, listing):
            yield attrs.evolve(run, root=root)

    def _scan(self, root: str, source: str | catalog.Listing) -> Iterator[Run]:
        try:
            found = catalog.scan(source, framework=self.framework, registry=self.registry, on_error=self._complain)
            for run in found:
                self.seen(1, len(run.checkpoints))
                yield run
        except (OperationError, SchemeError) as error:
            self._complain(root, error)

    def _complain(self, path: str, error: Exception) -> None:
        self.unreadable.append(path)
        self.printer.complain(output.unreadable(path, error))


@click.command(
    epilog=shared.examples(
        "ckpt-scheme export outputs -o catalog.parquet",
        "ckpt-scheme export s3://team/outputs -o catalog.sqlite",
        "ckpt-scheme export --format csv -o catalog.txt outputs old-outputs",
        "aws s3 ls --recursive s3://team/outputs | ckpt-scheme export --listing - -o catalog.jsonl",
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
    "--format", "form", type=click.Choice(get_args(CatalogForm)), help="The format, if FILE does not tell it."
)
@click.option(
    "--listing",
    metavar="FILE",
    shell_complete=shared.complete_path,
    help="Export the files that another program has listed; - is stdin.",
)
@shared.framework_option
def export(
    *, roots: tuple[str, ...], path: str, form: CatalogForm | None, listing: str | None, framework: str | None
) -> None:
    """Write a table of the checkpoints below each ROOT to a file.

    ROOT and --listing mean the same as for ls. The table has one row a checkpoint. FILE is Parquet, CSV, JSON lines or
    an SQLite database, by its ending .parquet, .csv, .jsonl or .sqlite. Parquet needs pip install 'ckpt-scheme[arrow]'.

    If FILE is such a table already, the rows below each ROOT are replaced and all others stay. Rows below a folder that
    cannot be read stay too. A FILE of any other content is left as it is.

    Exits with 1 if a folder or a line cannot be read, or if FILE is left as it is.
    """
    shared.exclusive({"ROOT": roots or None, "--listing": listing})
    with streams.progress("runs") as progress:
        printer = streams.Printer(progress.clear)
        found = _Found(shared.registry(), framework, printer, progress.seen)
        places = found.absolute(streams.texts(roots or ("."))) if listing is None else (_absolute(listing),)
        runs = found.of_roots(places) if listing is None else found.of_listing(listing, places[0])
        try:
            done = catalog.export(runs, path, roots=places, form=form, unreadable=found.unreadable)
        except FieldError as error:
            raise click.UsageError(str(error)) from error
        except (OperationError, OSError) as error:
            reason = output.visible(str(error)) if isinstance(error, OperationError) else _unwritable(path, error)
            printer.complain(reason)
        else:
            count = "1 checkpoint" if done.written == 1 else f"{done.written:,} checkpoints"
            printer.note(f"{output.escaped(path)}: {count} written, {done.kept:,} kept", "")
    shared.close(printer)


def _absolute(root: str) -> str:
    """Return a root as the next export knows it again, wherever that is started."""
    if root == streams.STDIN or _local.is_url(root):
        return root.rstrip("/")
    return _local.location(root.removeprefix(_local.FILE))


def _is_below(root: str, other: str) -> bool:
    return root != other and root.startswith(f"{other.rstrip('/')}/")


def _unwritable(path: str, error: OSError) -> str:
    return f"cannot write {output.escaped(path)}: {error.strerror or error}"
