"""How plans and what became of them are printed, and how the commands that migrate end."""

from __future__ import annotations

import contextlib
import itertools
import shlex
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, final

import attrs
import click

import ckpt_scheme
from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.errors import BusyError, OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.migration import Item, Plan, Progress, Report

_T = TypeVar("_T")

_FAILED: Final = 1
_CONFLICTS: Final = 3
_BUSY: Final = 75  # EX_TEMPFAIL of sysexits.h: try again later


@contextlib.contextmanager
def progress() -> Generator[Progress | None]:
    """Yield what shows how far a run is, if there is a terminal to show it on."""
    if not streams.is_terminal(sys.stderr):
        yield None
        return
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    with terminal.Bar() as bar:
        yield bar.show


def or_status(work: Callable[[], _T]) -> _T:
    """Return what *work* returns; if it cannot be done, say so and exit."""
    try:
        return work()
    except BusyError as error:
        streams.complain(str(error))
        click.get_current_context().exit(_BUSY)
    except (SchemeError, OperationError, OSError) as error:
        streams.complain(str(error))
        click.get_current_context().exit(_FAILED)


def complain(printer: streams.Printer, report: Report) -> None:
    """Say what was not done, and set the exit status."""
    for number in report.damaged:
        streams.complain(f"the journal of run {number} is damaged: what cannot be read is passed over")
    for failure in (*report.failed, *report.left):
        printer.complain(f"{output.escaped(failure.path)}: {failure.reason}")
    if report.left and not report.failed:
        printer.status = _CONFLICTS


@final
@attrs.frozen(kw_only=True)
class View:
    """How a plan is shown."""

    is_verbose: bool
    is_summary: bool
    as_json: bool

    def finish(self, plan: Plan, report: Report | None = None) -> NoReturn:
        """Print a plan or, where there is a report, what became of it; and exit."""
        printer = streams.Printer()
        if self.as_json:
            done = None if report is None else output.json_line({"counts": plan.counts(), **attrs.asdict(report)})
            printer.line(done or plan.to_json() + "\n")
        else:
            if not self.is_summary:
                self._table(printer, plan)
            printer.line(_summary(plan, report))
        if report is not None:
            complain(printer, report)
        for note in plan.unreadable:
            printer.complain(f"{output.escaped(note.path)}: {note.text}")
        if printer.status == 0 and plan.conflicts:
            printer.status = _CONFLICTS
        shared.close(printer)

    def _table(self, printer: streams.Printer, plan: Plan) -> None:
        shown = [item for item in plan.items if self.is_verbose or item.do != "keep"]
        for directory, items in itertools.groupby(shown, key=lambda item: item.path.rpartition("/")[0]):
            rows = [_row(item) for item in items]
            width = min(max(len(row[1]) for row in rows), 56)
            printer.line(f"{output.escaped(directory)}\n")
            for do, names, reason in rows:
                printer.line(f"  {do:<8}  {names:<{width}}  {reason}\n")
        for note in plan.notes:
            where = f"{output.escaped(note.path)}: " if note.path else ""
            printer.line(f"note: {where}{output.visible(note.text)}\n")


def _row(item: Item) -> tuple[str, str, str]:
    """Return what is done, the names, and why."""
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


def _summary(plan: Plan, report: Report | None) -> str:
    counts = plan.counts()
    if report is None:
        text = f"{counts['rename']} to rename, {counts['discard']} to discard"
    else:
        done = {old for old, _ in report.done}
        renamed = sum(item.path in done for item in plan.renames)
        discarded = sum(item.path in done for item in plan.discards)
        text = f"{renamed} renamed, {discarded} discarded, {len(report.failed)} failed"
    text += f", {counts['conflict']} in conflict, {counts['keep']} left as they are\n"
    if report is not None and report.number is not None:
        text += f"to put it back: ckpt-scheme undo {output.visible(shlex.quote(plan.root))} {report.number}\n"
    return text
