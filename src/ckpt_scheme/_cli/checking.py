"""The command ``check``: a linter for names and paths."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

import click

from ckpt_scheme import _grammar
from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.errors import SchemeError
from ckpt_scheme.layout import CheckpointPath

Found: TypeAlias = Iterator[tuple[str, SchemeError | None]]
"""The path of each checkpoint, with its fault if it does not conform."""

OutputFormat: TypeAlias = Literal["text", "json", "github", "junit"]

_FORMATS: Final[tuple[OutputFormat, ...]] = ("text", "json", "github", "junit")


@click.command(
    epilog=shared.examples(
        "ckpt-scheme check outputs",
        "ckpt-scheme check --statistics outputs",
        "ckpt-scheme check --output-format github outputs",
        "ckpt-scheme check epoch=22-step=1932.ckpt",
        "git ls-files | ckpt-scheme check -",
    )
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, shell_complete=shared.complete_path)
@click.option("--statistics", is_flag=True, help="Print for each requirement the number of names that break it.")
@click.option(
    "--output-format",
    type=click.Choice(_FORMATS),
    help="text; json, one object a line; github, annotations of a workflow; junit, one XML document.  [default: text]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --output-format json.")
def check(*, paths: tuple[str, ...], statistics: bool, output_format: OutputFormat | None, as_json: bool) -> None:
    """Check names and paths of checkpoints against the scheme.

    A PATH that ends in ".ckpt", in any case, is checked and need not exist; without "/" only its name is checked. A
    directory is searched for these paths. Every other file is skipped. Text output ends with a summary on stderr.

    Exits with 1 if a name or a path does not conform, or if a directory cannot be read. "ckpt-scheme explain CKS-020"
    prints the requirement of a fault.
    """
    shared.exclusive({"--output-format": output_format, "--json": as_json})
    chosen: OutputFormat = "json" if as_json else output_format or "text"
    if statistics and chosen in ("github", "junit"):
        raise click.UsageError(f"--statistics has no {chosen} output")
    for path in paths:
        if path != streams.STDIN and not _is_checkpoint(path) and not os.path.lexists(path):
            raise click.UsageError(f"{output.escaped(path)}: no such file or directory, and no name of a checkpoint")
    with streams.progress("folder") as progress:
        printer = streams.Printer(progress.clear)
        count = faults = 0

        def faulty() -> Found:
            nonlocal count, faults
            for path, location in _found(streams.texts(paths), printer, progress.seen):
                error = _fault(path, location)
                count += 1
                faults += error is not None
                yield path, error

        _print_faults(faulty(), printer, chosen, is_statistics=statistics)
        printer.flush()
    if chosen == "text":
        printer.note(_summary(count, faults), "")
    printer.status = 1 if faults else printer.status
    shared.close(printer)


def _print_faults(found: Found, printer: streams.Printer, chosen: OutputFormat, *, is_statistics: bool) -> None:
    rest = found
    if chosen == "text" and not is_statistics:
        # The usual call has good names only; it prints nothing and needs no module for that.
        rest = (pair for pair in rest if pair[1] is not None)
        first = next(rest, None)
        if first is None:
            return
        rest = itertools.chain([first], rest)
    from ckpt_scheme._cli import findings  # noqa: PLC0415 - as above

    findings.writer(chosen, is_statistics=is_statistics)(rest, printer)


def _summary(count: int, faults: int) -> str:
    if not count:
        return f"no name that ends in {_grammar.EXTENSION}"
    names = output.counted(count, "name")
    if not faults:
        return f"{names} checked, it conforms" if count == 1 else f"{names} checked, all conform"
    return f"{faults:,} of {names} {'does' if faults == 1 else 'do'} not conform"


def _is_checkpoint(path: str) -> bool:
    return _grammar.has_extension(path.rpartition("/")[2])


def _found(
    paths: Iterator[str], printer: streams.Printer, seen: Callable[[int, int], None]
) -> Iterator[tuple[str, str | None]]:
    """Yield the paths of checkpoints as they were given or found, each with its absolute path if it was found."""
    for given in paths:
        # A shell that completes the name of a directory ends it with a slash.
        path = given.rstrip("/") or given
        if _is_checkpoint(path):
            yield path, None
        elif os.path.isdir(path):  # noqa: PTH112 - pathlib raises for some paths that cannot be looked at
            from ckpt_scheme._cli import walking  # noqa: PLC0415 - names alone need no walk

            yield from walking.Walk(printer, seen).paths(path)


def _fault(path: str, location: str | None) -> SchemeError | None:
    """Return the fault of a checkpoint's path, or None if the path conforms."""
    # Good names, the usual case, need no part of the library but the grammar.
    if CheckpointPath.is_valid(path) if "/" in path else CheckpointName.is_valid(path):
        return None
    from ckpt_scheme.catalog import _judge, _local  # noqa: PLC0415 - as above

    if location is None and "/" in path:
        location = _local.location(path)
    return _judge.violation(path, location, shared.registry())
