"""The ends of the commands that migrate: progress, acts that were not done, damage, and exit statuses."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import attrs
import click

from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.errors import BusyError, OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.migration import Operation, Plan, Progress, Report

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


def close(printer: streams.Printer, plan: Plan) -> NoReturn:
    """Print the paths that could not be read, and exit, with 3 if conflicts are the only fault."""
    for note in plan.unreadable:
        printer.complain(f"{output.escaped(note.path)}: {note.text}")
    if printer.status == 0 and any(item.do == "conflict" for item in plan.items):
        printer.status = _CONFLICTS
    shared.close(printer)


def fields(report: Report) -> dict[str, object]:
    """Return the members of a report for JSON, with its number as ``operation``, as in all commands."""
    members = attrs.asdict(report)
    return {"operation": members.pop("number"), **members}
