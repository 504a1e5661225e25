"""The command ``ls``: the runs below folders, in buckets and in listings."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, final

import attrs
import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import answers, output, scanning, shared, streams, table, views
from ckpt_scheme.catalog import Run
from ckpt_scheme.selection import Mode

_MOST_RUNS: Final = 200  # a shell completes the metrics of so few, because the user waits


def _complete_metric(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the metrics in the names of the first runs that begin with *incomplete*."""
    root = next(iter(context.params.get("roots") or ()), ".")
    runs = itertools.islice(catalog.scan(root, on_error=lambda _path, _error: None), _MOST_RUNS)
    metrics = {found.metric for run in runs for found in run.metrics}
    return sorted(metric for metric in metrics if metric.startswith(incomplete))


@click.command(
    epilog=shared.examples(
        "ckpt-scheme ls outputs",
        "ckpt-scheme ls --long --sort size outputs",
        "ckpt-scheme ls --latest outputs/ocr-dbnet_training_20251015_120000",
        "ckpt-scheme ls --best hmean --mode max outputs",
        "ckpt-scheme ls --json s3://team/outputs | jq -r '[.path, .size] | @tsv'",
        "aws s3 ls --recursive s3://team/outputs | ckpt-scheme ls --listing -",
    )
)
@click.argument("roots", metavar="[ROOT]...", nargs=-1, shell_complete=shared.complete_path)
@click.option("-l", "--long", "is_long", is_flag=True, help="List the checkpoints under their run.")
@click.option(
    "--sort",
    type=click.Choice(["name", "size", "age", "metric"]),
    help="Sort the runs: by name from A to Z, by another key with the largest or newest first.",
)
@click.option("--no-header", is_flag=True, help="Leave out the heads of the columns and the totals.")
@click.option("--latest", is_flag=True, help="Print only the path of the checkpoint to resume from, for each run.")
@click.option(
    "--best",
    metavar="METRIC",
    shell_complete=_complete_metric,
    help="Print only the path of the checkpoint of all runs with the best value of METRIC.",
)
@click.option("--mode", type=click.Choice(["max", "min"]), help="With --best, the better direction.  [default: max]")
@scanning.listing_option
@scanning.columns_option
@shared.framework_option
@shared.json_option
def ls(
    *,
    roots: tuple[str, ...],
    is_long: bool,
    sort: str | None,
    no_header: bool,
    latest: bool,
    best: str | None,
    mode: Mode | None,
    listing: str | None,
    columns: str | None,
    framework: str | None,
    as_json: bool,
) -> None:
    r"""List the runs below each ROOT.

    ROOT is a folder, by default the working directory, or a URL such as s3://team/outputs. Each run is one line: its
    framework, the number and the size of its checkpoints, the epoch and the step of the latest, the best value, and the
    time since the last write. A "?" stands for an answer that the names do not decide. A "!" follows a latest or best
    checkpoint that is empty, a dead link or older than another. Piped output has tabs between the columns, sizes in
    bytes, times in UTC, and a column with the warnings.

    --listing reads the lines of aws s3 ls --recursive, gsutil ls -l, find -printf '%y\t%s\t%T@\t%p\t%l\n', JSON
    objects, plain paths, or an S3 Inventory in Parquet or, with --columns, in CSV.

    Exits with 1 if a folder or a line cannot be read, if --latest has no answer for a run with checkpoints, if the
    answer is a dead link, or if no name states METRIC.
    """
    shared.exclusive({"--latest": latest, "--best": best, "--long": is_long})
    scanning.check_source(roots, listing, columns)
    if mode is not None and best is None:
        raise click.UsageError("--mode is for --best")
    with streams.progress("run") as progress:
        printer = streams.Printer(progress.clear)
        scanner = scanning.Scanner(shared.registry(), framework, printer, progress.seen)
        places = streams.texts(roots or (".",))
        runs = scanner.of_roots(places) if listing is None else scanner.of_listing(listing, listing, columns)
        runs = runs if sort is None else iter(sorted(runs, key=_SORTS[sort]))
        if latest:
            answers.print_latest(runs, printer, as_json=as_json)
        elif best is not None:
            answers.print_best(runs, printer, best, mode or "max", as_json=as_json)
        elif as_json:
            for run in runs:
                printer.line(output.json_line(catalog.to_json(run)))
                printer.flush()
        else:
            view = views.Terminal(printer) if streams.is_terminal(sys.stdout) else views.Pipe(printer)
            is_one_root = listing is not None or len(roots) <= 1
            totals = _Totals()
            shown = totals.counted(runs, is_long=is_long)
            view.show(shown, is_long=is_long, is_headed=not no_header, is_short=is_one_root)
            if not no_header:
                printer.note(totals.line(len(scanner.complaints), is_long=is_long), "")
    shared.close(printer)


@final
@attrs.define(eq=False)
class _Totals:
    """The totals of the runs that a scan finds."""

    runs: int = 0
    checkpoints: int = 0
    bytes: int = 0
    unread: int = 0

    def counted(self, runs: Iterable[Run], *, is_long: bool) -> Iterator[Run]:
        """Yield the runs to show, and count all of them."""
        for run in runs:
            self.unread += len(run.unread)
            self.checkpoints += len(run.checkpoints)
            self.bytes += run.size
            if len(run.checkpoints) or run.run is not None or is_long:
                self.runs += 1
                yield run

    def line(self, complaints: int, *, is_long: bool) -> str:
        """Return the closing line."""
        counts = (output.counted(self.runs, "run"), output.counted(self.checkpoints, "checkpoint"))
        text = ", ".join([*counts, table.size(self.bytes)])
        if self.unread:
            hint = "" if is_long else " (see --long)"
            text += f"; {output.counted(self.unread, 'weight file')} with an unknown name{hint}"
        if complaints:
            text += f"; {complaints:,} {'path or line' if complaints == 1 else 'paths or lines'} could not be read"
        return text


def _sort_by_metric(run: Run) -> tuple[bool, float]:
    choice = run.best if run.best.checkpoint is not None else next((found.highest for found in run.metrics), run.best)
    readings = () if choice.checkpoint is None else choice.checkpoint.readings
    value = next((value for reading in readings for value in reading.metrics.values()), None)
    return value is None, -(value or 0.0)


_SORTS: Final[Mapping[str, Callable[[Run], Any]]] = {
    "name": lambda run: run.path,
    "size": lambda run: -run.size,
    "age": lambda run: (run.modified is None, run.modified and -run.modified.timestamp()),
    "metric": _sort_by_metric,
}
