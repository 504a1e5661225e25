"""The command ``report``: the runs below a folder as one page for a browser."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import click

from ckpt_scheme._cli import output, scanning, shared, streams
from ckpt_scheme.catalog._files import replaced


@click.command(
    epilog=shared.examples(
        "ckpt-scheme report outputs -o report.html",
        "ckpt-scheme report s3://team/outputs -o report.html",
    )
)
@click.argument("root", shell_complete=shared.complete_path)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    required=True,
    shell_complete=shared.complete_path,
    help="The file to write.",
)
@shared.framework_option
def report(*, root: str, target: str, framework: str | None) -> None:
    """Write one HTML page about the runs below ROOT.

    ROOT is a folder or a URL such as s3://team/outputs. The page shows the runs as a table that sorts, their sizes,
    their metrics by epoch, candidates for prune, and warnings. It is one file and needs no network.

    A FILE that exists is replaced when the page is whole. If ROOT itself cannot be read, no page is written.

    Exits with 1 if a folder cannot be read.
    """
    if importlib.util.find_spec("jinja2") is None:
        raise click.UsageError("the page is made with Jinja2: pip install 'ckpt-scheme[report]'")
    with streams.progress("run") as progress:
        printer = streams.Printer(progress.clear)
        scanner = scanning.Scanner(shared.registry(), framework, printer, progress.seen)
        try:
            with _replacement(target) as beside:
                beside.write_text(_page(root, scanner), encoding="utf-8", newline="\n")
        except _NothingReadError:
            printer.complain(f"{output.escaped(target)} is not written")
    shared.close(printer)


class _NothingReadError(Exception):
    """The root itself cannot be read, so an old page stays."""


def _page(root: str, scanner: scanning.Scanner) -> str:
    from ckpt_scheme._cli.page import rendering  # noqa: PLC0415 - it imports jinja2, which may be missing

    made_at = datetime.now(UTC)
    runs = list(scanner.of_roots([root]))
    if scanner.complaints and not runs:
        raise _NothingReadError
    return rendering.render(runs, root=root, made_at=made_at, unreadable=scanner.complaints)


@contextlib.contextmanager
def _replacement(target: str) -> Generator[Path]:
    """Yield a new file that takes the place of the file *target* at the end.

    Raises:
        UsageError: If the file cannot be written, or *target* is not a file but, for example, a device.
    """
    place = Path(os.path.realpath(target))
    if os.path.lexists(place) and not place.is_file():
        raise click.UsageError(f"{output.escaped(target)} is not a file")
    try:
        with replaced(place) as beside:
            yield beside
    except OSError as error:
        raise click.UsageError(f"cannot write {output.escaped(target)}: {error.strerror}") from error
