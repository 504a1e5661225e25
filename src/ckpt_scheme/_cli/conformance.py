"""The command ``conformance``: check an implementation against the vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import ckpt_scheme
from ckpt_scheme._cli import output, shared, streams

_LONGEST_TIMEOUT: Final = 3600  # seconds


def _read_levels(_context: click.Context, _parameter: click.Parameter, levels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the given levels, or all levels if none is given."""
    known = ckpt_scheme.conformance.LEVELS
    for level in levels:
        if level not in known:
            raise click.BadParameter(f"{output.escaped(level)} is no level; the levels are {', '.join(known)}")
    return levels or known


@click.command(
    context_settings={"allow_interspersed_args": False},  # the arguments after COMMAND are its own
    epilog=shared.examples(
        "ckpt-scheme conformance --level core -- ./my-reader --flag",
        "ckpt-scheme conformance --level core --level labels -- node reader.mjs",
        "ckpt-scheme conformance --junit report.xml -- ./my-reader",
    ),
)
@click.argument("command", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--level",
    "levels",
    multiple=True,
    metavar="LEVEL",
    callback=_read_levels,
    help="Run the cases of LEVEL: core, selection, patterns, labels or legacy; repeatable. By default all run.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, _LONGEST_TIMEOUT),
    metavar="SECONDS",
    default=10,
    show_default=True,
    help="The longest time for one answer.",
)
@click.option("--junit", "report", type=click.Path(dir_okay=False), metavar="FILE", help="Write JUnit XML to FILE.")
def conformance(*, command: tuple[str, ...], levels: tuple[str, ...], timeout: int, report: str | None) -> None:
    """Check an implementation against the conformance vectors.

    COMMAND is a reader: it gets one JSON object a line on stdin and answers each with a line on stdout. The README of
    ckpt_scheme.conformance describes the protocol. Without COMMAND this library is checked.

    Prints every case that does not pass, and a summary. Exits with 1 if a case does not pass, which includes each
    case that COMMAND does not support, and with 2 if COMMAND cannot be started.
    """
    from ckpt_scheme._cli import outcomes as found  # noqa: PLC0415 - other commands need no vectors, which load all else

    kit = ckpt_scheme.conformance
    given = [case for case in kit.cases() if case.level in levels]
    try:
        outcomes = kit.run_command(command, given, timeout=timeout) if command else kit.run(kit.answer, given)
    except OSError as error:
        raise click.UsageError(f"cannot run {output.escaped(command[0])}: {error.strerror}") from error
    printer = streams.Printer()
    for line in (*found.findings(outcomes), *found.summary(outcomes)):
        printer.line(f"{output.visible(line)}\n")
    if report is not None:
        Path(report).write_bytes(found.junit(outcomes))
    printer.status = 0 if all(outcome.passed for outcome in outcomes) else 1
    shared.close(printer)
