"""The commands ``undo`` and ``trash``: the results of earlier operations."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

import ckpt_scheme
from ckpt_scheme._cli import output, plans, records, reports, shared, streams, table

if TYPE_CHECKING:
    from ckpt_scheme.migration import Report, Trashed


@click.command(
    epilog=shared.examples(
        "ckpt-scheme undo outputs",
        "ckpt-scheme undo outputs --list",
        "ckpt-scheme undo outputs 3",
    )
)
@click.argument("root", shell_complete=shared.complete_path)
@click.argument("operation", type=click.IntRange(min=1), required=False)
@click.option("--list", "is_list", is_flag=True, help="Print the operations, and change nothing.")
@reports.trust_option
@shared.json_option
def undo(*, root: str, operation: int | None, is_list: bool, trust_state: bool, as_json: bool) -> None:
    """Reverse an operation of migrate, prune or undo.

    Each execution of these commands below ROOT is an OPERATION with a number. Without a number, undo reverses the last
    operation that is not reversed yet. It acts at once, without a plan. It replaces no newer file: a file stays if it
    was written to since, or if its old name is taken.

    Exits with 3 if a file stays, 1 if an act failed or a journal is damaged, and 75 if another operation is running
    below ROOT.
    """
    shared.directory(root)
    shared.exclusive({"--list": is_list, "OPERATION": operation})
    printer = streams.Printer()
    has_state = reports.or_status(lambda: ckpt_scheme.migration.has_state(root))
    if is_list:
        _print_operations(printer, root, has_state=has_state, trust_state=trust_state, as_json=as_json)
    else:
        report = _undo(root, operation, trust_state=trust_state) if has_state else ckpt_scheme.migration.Report()
        if as_json:
            printer.line(output.json_line(reports.fields(report)))
        else:
            plans.show_put_back(printer, report)
            is_nothing = report.number is None and not (report.left or report.failed)
            printer.line("there is nothing to put back\n" if is_nothing else f"{plans.put_back_counts(report)}\n")
        reports.complain(printer, report)
    shared.close(printer)


def _undo(root: str, number: int | None, *, trust_state: bool) -> Report:
    def work() -> Report:
        with reports.progress("undo") as progress:
            return ckpt_scheme.migration.undo(root, number, progress, trust_state=trust_state)

    return reports.or_status(work)


def _print_operations(
    printer: streams.Printer, root: str, *, has_state: bool, trust_state: bool, as_json: bool
) -> None:
    migration = ckpt_scheme.migration
    found = reports.or_status(lambda: migration.operations(root, trust_state=trust_state)) if has_state else []
    fields = [
        {
            "operation": operation.number,
            "action": operation.action,
            "time": operation.time.isoformat(),
            "undoes": operation.undoes,
            "acts": len(operation.acts),
            "end": operation.end,
        }
        for operation in found
    ]
    records.show(printer, fields, as_json=as_json)
    reports.complain_of_damage(printer, reports.damaged_numbers(found))


@click.command(
    epilog=shared.examples(
        "ckpt-scheme trash outputs",
        "ckpt-scheme trash outputs --empty --older-than 30d --yes",
        "ckpt-scheme trash outputs --check",
    )
)
@click.argument("root", shell_complete=shared.complete_path)
@click.option("--empty", "is_emptied", is_flag=True, help="Remove the files for good, which frees their space.")
@click.option("--yes", "is_confirmed", is_flag=True, help="With --empty, do not ask for confirmation.")
@click.option(
    "--older-than",
    metavar="AGE",
    callback=shared.read_age,
    help="Only the files that were discarded at least AGE ago, such as 36h or 30d.",
)
@click.option("--check", "is_checked", is_flag=True, help="Look for damage, and list the operations left to undo.")
@reports.trust_option
@shared.json_option
def trash(
    *,
    root: str,
    is_emptied: bool,
    is_confirmed: bool,
    older_than: int | None,
    is_checked: bool,
    trust_state: bool,
    as_json: bool,
) -> None:
    """List the files that migrate and prune have discarded.

    They are in ROOT/.ckpt-scheme/trash. The command undo puts them back; --empty removes them for good.

    --check reads all journals of ROOT, and looks for files in the trash that no journal names. Exits with 1 if it finds
    damage.
    """
    migration = ckpt_scheme.migration
    shared.directory(root)
    shared.exclusive({"--check": is_checked, "--empty": is_emptied})
    shared.exclusive({"--check": is_checked, "--older-than": older_than})
    if is_confirmed and not is_emptied:
        raise click.UsageError("--yes is for --empty")
    printer = streams.Printer()
    latest = time.time() - (older_than or 0)
    has_state = reports.or_status(lambda: migration.has_state(root))

    def chosen(found: Sequence[Trashed]) -> list[Trashed]:
        return [each for each in found if each.time.timestamp() <= latest]

    def empty() -> tuple[list[Trashed], Report]:
        with migration.Session(root, trust_state=trust_state) as session, reports.progress("trash") as progress:
            found = chosen(session.trash())
            report = session.empty(found, progress)
            removed = {location for _, location in report.done}
            return [each for each in found if each.location in removed], report

    if is_checked:
        _print_check(printer, root, has_state=has_state, trust_state=trust_state, as_json=as_json)
    else:
        found = chosen(reports.or_status(lambda: migration.trash(root, trust_state=trust_state))) if has_state else []
        read = reports.or_status(lambda: migration.operations(root, trust_state=trust_state)) if has_state else []
        report = migration.Report(damaged=reports.damaged_numbers(read))
        if is_emptied and has_state:
            _confirm(found, is_confirmed=is_confirmed)
            found, report = reports.or_status(empty)
        fields = [
            {"operation": each.operation, "time": each.time.isoformat(), "path": each.path, "size": each.size}
            for each in found
        ]
        records.show(printer, fields, as_json=as_json)
        for each in found:
            if each.unread is not None:
                printer.complain(f"{output.escaped(each.location)}: cannot be read: {each.unread}")
        if not as_json:
            state = "removed" if is_emptied else "in the trash"
            for folder, inside in _by_folder(found):
                records.show_sum(printer, f"{streams.shown(folder)}:", f"{len(inside)} {state}, {_bytes(inside)}")
            printer.line(f"{len(found)} {state}, {_bytes(found)}\n")
        reports.complain(printer, report)
    shared.close(printer)


def _by_folder(found: Sequence[Trashed]) -> list[tuple[str, list[Trashed]]]:
    """Return the folders, if there are several, each with what was in it."""
    folders: dict[str, list[Trashed]] = {}
    for each in found:
        folders.setdefault(each.path.rpartition("/")[0], []).append(each)
    return sorted(folders.items()) if len(folders) > 1 else []


def _bytes(found: Sequence[Trashed]) -> str:
    return table.size(sum(each.size for each in found))


def _confirm(found: Sequence[Trashed], *, is_confirmed: bool) -> None:
    if is_confirmed or not found:
        return
    if not streams.is_terminal(sys.stdin):
        raise click.UsageError("--empty removes files for good: confirm that with --yes")
    if not click.confirm(f"Remove {output.counted(len(found), 'file')} ({_bytes(found)}) for good?", err=True):
        streams.complain("nothing was removed")
        click.get_current_context().exit(1)


def _print_check(printer: streams.Printer, root: str, *, has_state: bool, trust_state: bool, as_json: bool) -> None:
    migration = ckpt_scheme.migration
    found = (
        reports.or_status(lambda: migration.check(root, trust_state=trust_state)) if has_state else migration.Check()
    )
    fields = [{"operation": number, "undoable": undoable, "left": left} for number, undoable, left in found.undoable]
    records.show(printer, fields, as_json=as_json)
    for fault in found.damaged:
        printer.complain(fault)
    for path in found.remains:
        streams.complain(f"{output.escaped(path)}: harmless, the beginning of an operation that did nothing")
    # A journal that cannot be read may name it.
    advice = "move it back by hand" if found.damaged else "move it back by hand, or remove it"
    for path in found.orphans:
        printer.complain(f"{output.escaped(path)}: no journal names it; {advice}")
    if not as_json:
        printer.line(f"{len(found.damaged)} damaged, {len(found.orphans)} without a journal\n")
