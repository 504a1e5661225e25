"""The output of the commands that migrate: plans, the results of operations, and exit statuses."""

from __future__ import annotations

import contextlib
import itertools
import shlex
import sys
from collections.abc import Callable, Collection, Generator, Iterable
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, final

import attrs
import click

import ckpt_scheme
from ckpt_scheme._cli import output, shared, streams, table
from ckpt_scheme.errors import BusyError, OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.migration import Item, Operation, Plan, Progress, Report

_T = TypeVar("_T")

_FAILED: Final = 1
_CONFLICTS: Final = 3
_BUSY: Final = 75  # EX_TEMPFAIL of sysexits.h: try again later

trust_option: Final = click.option(
    "--trust-state", is_flag=True, help="Trust ROOT/.ckpt-scheme, even if another user may have written it."
)


@contextlib.contextmanager
def progress(label: str) -> Generator[Progress | None]:
    """Yield the function that shows the progress of an operation, or None if stderr is no terminal."""
    if not streams.is_terminal(sys.stderr):
        yield None
        return
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    with terminal.Bar(label) as bar:
        yield bar.show


def or_status(work: Callable[[], _T]) -> _T:
    """Return the result of *work*; if it cannot be done, print the reason and exit."""
    try:
        return work()
    except BusyError as error:
        streams.complain(str(error))
        click.get_current_context().exit(_BUSY)
    except (SchemeError, OperationError, OSError) as error:
        streams.complain(str(error))
        click.get_current_context().exit(_FAILED)


def complain(printer: streams.Printer, report: Report) -> None:
    """Print the acts that were not done and the damage, and set the exit status."""
    for failure in (*report.failed, *report.left):
        printer.complain(f"{output.escaped(failure.path)}: {failure.reason}")
    if report.left and not report.failed:
        printer.status = _CONFLICTS
    complain_of_damage(printer, report.damaged)


def damaged_numbers(operations: Iterable[Operation]) -> tuple[int, ...]:
    """Return the numbers of the operations whose journals cannot be read in full."""
    return tuple(each.number for each in operations if each.is_damaged)


def complain_of_damage(printer: streams.Printer, damaged: tuple[int, ...]) -> None:
    """Print the operations whose journals cannot be read in full, and exit with 1."""
    for number in damaged:
        printer.complain(f"the journal of operation {number} is damaged: its acts cannot be put back in full")
        printer.status = _FAILED


@final
@attrs.frozen(kw_only=True)
class View:
    """The form in which a plan is printed."""

    is_verbose: bool
    is_summary: bool
    as_json: bool

    def show(self, printer: streams.Printer, plan: Plan) -> None:
        """Print the preview of a plan."""
        if self.as_json:
            printer.line(plan.to_json() + "\n")
            return
        if not self.is_summary:
            self._print_table(printer, plan)
        counts = plan.counts()
        parts = [f"{counts['rename']} to rename"] if plan.policy.rename else []
        printer.line(_summary(plan, [*parts, f"{counts['discard']} to discard{_size(_freed(plan))}"]))

    def show_result(self, printer: streams.Printer, plan: Plan, report: Report) -> None:
        """Print the result of a plan that was carried out, and complain of the acts that were not done."""
        done = {old for old, _ in report.done}
        if self.as_json:
            facts = {"counts": plan.counts(), "size": _freed(plan, done)}
            printer.line(output.json_line({**facts, **report_fields(report)}))
        else:
            if not self.is_summary:
                self._print_table(printer, plan)
            parts = [f"{sum(item.path in done for item in plan.renames)} renamed"] if plan.policy.rename else []
            discarded = f"{sum(item.path in done for item in plan.discards)} discarded{_size(_freed(plan, done))}"
            printer.line(_summary(plan, [*parts, discarded, f"{len(report.failed)} failed"]))
            if report.number is not None:
                root = output.visible(shlex.quote(plan.root))
                printer.line(f"to put it back: ckpt-scheme undo {root} {report.number}\n")
        complain(printer, report)

    def _print_table(self, printer: streams.Printer, plan: Plan) -> None:
        shown = (item for item in plan.items if self.is_verbose or item.do != "keep")
        for directory, found in itertools.groupby(shown, key=lambda item: item.path.rpartition("/")[0]):
            items = list(found)
            rows = [_row(item) for item in items]
            width = min(max(len(row[1]) for row in rows), 56)
            size = sum(item.size for item in items if isinstance(item, ckpt_scheme.migration.Discard))
            printer.line(f"{output.escaped(directory or '.')}{f' ({table.size(size)} to discard)' if size else ''}\n")
            for do, names, reason in rows:
                printer.line(f"  {do:<8}  {names:<{width}}  {reason}\n")
        for note in plan.notes:
            where = f"{output.escaped(note.path)}: " if note.path else ""
            printer.line(f"note: {where}{output.visible(note.text)}\n")


def close(printer: streams.Printer, plan: Plan) -> NoReturn:
    """Print the paths that could not be read, and exit, with 3 if conflicts are the only fault."""
    for note in plan.unreadable:
        printer.complain(f"{output.escaped(note.path)}: {note.text}")
    if printer.status == 0 and plan.counts()["conflict"]:
        printer.status = _CONFLICTS
    shared.close(printer)


def report_fields(report: Report) -> dict[str, object]:
    """Return the members of a report for JSON, with its number as ``operation``, as in all commands."""
    members = attrs.asdict(report)
    return {"operation": members.pop("number"), **members}


def _row(item: Item) -> tuple[str, str, str]:
    """Return the act, the names, and the reason."""
    names, reason = _name(item.path), item.reason
    if isinstance(item, ckpt_scheme.migration.Rename):
        names = f"{names} -> {_name(item.new)}"
    if isinstance(item, ckpt_scheme.migration.Conflict):
        reason = f"{reason}: {item.advice}"
    elif not isinstance(item, ckpt_scheme.migration.Keep) and item.sidecars:
        reason = f"{reason}; sidecars: {len(item.sidecars)}"
    return item.do, names, output.visible(reason)


def _name(path: str) -> str:
    return output.escaped(path.rpartition("/")[2])


def _freed(plan: Plan, done: Collection[str] | None = None) -> int:
    """Return the bytes of all checkpoints that go to the trash, or only of those in *done*."""
    discards = (item for item in plan.items if isinstance(item, ckpt_scheme.migration.Discard))
    return sum(item.size for item in discards if done is None or item.path in done)


def _size(size: int) -> str:
    return f" ({table.size(size)})" if size else ""


def _summary(plan: Plan, parts: list[str]) -> str:
    counts = plan.counts()
    conflicts = [f"{counts['conflict']} in conflict"] if plan.policy.rename else []
    return ", ".join([*parts, *conflicts, f"{counts['keep']} left as they are"]) + "\n"
