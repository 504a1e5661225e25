"""The commands ``undo`` and ``trash``: what earlier runs of ``migrate`` and ``prune`` did."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import click

import ckpt_scheme
from ckpt_scheme._cli import output, reports, shared, streams

if TYPE_CHECKING:
    from ckpt_scheme.migration import Report, Trashed


@click.command(
    epilog=shared.examples(
        "ckpt-scheme undo outputs",
        "ckpt-scheme undo outputs --list",
        "ckpt-scheme undo outputs 3",
    )
)
@click.argument("root")
@click.argument("run", type=click.IntRange(min=1), required=False)
@click.option("--list", "is_list", is_flag=True, help="Print the runs, and change nothing.")
@shared.json_option
def undo(*, root: str, run: int | None, is_list: bool, as_json: bool) -> None:
    """Put back what RUN of migrate, prune or undo did below ROOT, by default the last that is not put back yet.

    What is newer stays: a file that was written to since, or that has an old name by now. Exits with 3 if anything
    stays for that, with 1 if something failed and with 75 if another migration is at work.
    """
    migration = ckpt_scheme.migration
    shared.directory(root)
    printer = streams.Printer()
    has_state = migration.has_state(root)
    if is_list:
        for journal in reports.or_status(lambda: migration.runs(root)) if has_state else []:
            record = {
                "run": journal.number,
                "action": journal.action,
                "time": journal.time.isoformat(),
                "undoes": journal.undoes,
                "acts": len(journal.acts),
                "end": journal.end,
            }
            printer.line(output.json_line(record) if as_json else f"{output.words(record)}\n")
        shared.close(printer)

    def work() -> Report:
        with migration.Session(root) as session, reports.progress() as progress:
            return session.undo(run, progress)

    report = reports.or_status(work) if has_state else migration.Report()
    if as_json:
        printer.line(output.json_line(attrs.asdict(report)))
    else:
        for old, new in report.done:
            printer.line(f"{output.escaped(old)} -> {output.escaped(new)}\n")
        is_nothing = report.number is None and not report.left
        printer.line("there is nothing to put back\n" if is_nothing else f"{len(report.done)} put back\n")
    if report.damaged and report.number is None:
        printer.status = 1  # what there is to put back may be in what cannot be read
    reports.complain(printer, report)
    shared.close(printer)


@click.command(
    epilog=shared.examples(
        "ckpt-scheme trash outputs",
        "ckpt-scheme trash outputs --empty --older-than 30d",
    )
)
@click.argument("root")
@click.option("--empty", "is_emptied", is_flag=True, help="Remove it for good, which gives the space back.")
@click.option(
    "--older-than",
    metavar="AGE",
    callback=shared.read_age,
    help="Only what was discarded so long ago, such as 36h or 30d.",
)
@shared.json_option
def trash(*, root: str, is_emptied: bool, older_than: int | None, as_json: bool) -> None:
    """List what migrate and prune have discarded below ROOT; it is in ROOT/.ckpt-scheme/trash.

    What is removed from there cannot be put back.
    """
    migration = ckpt_scheme.migration
    shared.directory(root)
    printer = streams.Printer()

    latest = time.time() - (older_than or 0)
    has_state = migration.has_state(root)

    def chosen(found: Sequence[Trashed]) -> list[Trashed]:
        return [each for each in found if each.time.timestamp() <= latest]

    def empty() -> tuple[list[Trashed], Report]:
        with migration.Session(root) as session, reports.progress() as progress:
            found = chosen(session.trash())
            return found, session.empty(found, progress)

    if is_emptied and has_state:
        found, report = reports.or_status(empty)
    else:
        found = chosen(reports.or_status(lambda: migration.trash(root))) if has_state else []
        report = migration.Report()
    for each in found:
        fields = {"run": each.run, "time": each.time.isoformat(), "path": each.path, "bytes": each.size}
        printer.line(output.json_line(fields) if as_json else f"{output.words(fields)}\n")
    if not as_json:
        said = "removed" if is_emptied else "in the trash"
        printer.line(f"{len(found)} {said}, {sum(each.size for each in found)} bytes\n")
    reports.complain(printer, report)
    shared.close(printer)
