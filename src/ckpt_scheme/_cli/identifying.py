"""The command ``identify``: who wrote a directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from ckpt_scheme import _grammar
from ckpt_scheme._cli import foreign, output, scan, shared, streams
from ckpt_scheme._cli.found import Entry

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Identification, Reading, Registry

_SHOWN: Final = 3  # of the names that say the same


@click.command(
    epilog=shared.examples(
        "ckpt-scheme identify outputs/run",
        "ckpt-scheme identify --json outputs/* | jq -r '[.path, .framework] | @tsv'",
        "aws s3 ls s3://team/run/ | awk '{print $NF}' | ckpt-scheme identify -",
    )
)
@click.argument("directories", metavar="DIRECTORY...", nargs=-1, required=True)
@shared.json_option
def identify(*, directories: tuple[str, ...], as_json: bool) -> None:
    """Guess the framework that wrote DIRECTORY, with the evidence.

    The answer is the one framework that reads every name that any other framework reads, and at least one more. Names
    that many programs write, such as "final" or "model.pth", decide nothing alone. The names in DIRECTORY/checkpoints
    count too. If the names do not decide, the contents of the first undecided subdirectory count.

    For -, the lines of stdin are all names of one directory; those that end in "/" are directories. Exits with 1 if the
    names do not decide, or if a directory cannot be read.
    """
    printer = streams.Printer()
    registry = shared.registry()
    for directory in directories:
        if directory != streams.STDIN and not scan.is_directory(directory):
            raise click.UsageError(f"{output.escaped(directory)} is not a directory")
    for directory in directories:
        try:
            found = _identified(directory, registry)
        except OSError as error:
            printer.complain(f"cannot read {output.escaped(directory)}: {error.strerror}")
            continue
        if found.framework is None:
            printer.status = 1
        if as_json:
            printer.line(output.json_line({"path": directory, **_fields(found)}))
        else:
            printer.line("".join(f"{line}\n" for line in _lines(directory, found)))
    shared.close(printer)


def _identified(directory: str, registry: Registry) -> Identification:
    if directory == streams.STDIN:
        return registry.identify(streams.texts([directory]))
    tally = registry.tally()
    riddles: list[tuple[str, tuple[Reading, ...]]] = []
    for name, entry in sorted(_entries(directory)):
        readings = foreign.read(registry, name, entry)
        tally.add(name, readings)
        riddles.append((name, readings))
    return foreign.settled(tally, riddles, directory, registry, scan.entries)


def _entries(directory: str) -> Iterator[tuple[str, Entry]]:
    """Yield the names in a directory and, of a run, those in the folder of its checkpoints.

    Raises:
        OSError: If one of the two cannot be read to its end.
    """
    folder = f"{_grammar.CHECKPOINTS}/"
    for name, entry in scan.entries(directory):
        yield name, entry
        if name == folder:
            for inner, inner_entry in scan.entries(scan.join(directory, folder)):
                yield folder + inner, inner_entry


def _fields(found: Identification) -> dict[str, object]:
    return {
        "framework": found.framework,
        "candidates": [
            {
                "framework": candidate.framework,
                "telling": candidate.telling,
                "other": candidate.other,
                "alone": candidate.alone,
                "evidence": [
                    {
                        "format": said.format,
                        "kind": said.kind,
                        "names": list(said.names),
                        "others": list(said.others),
                        "tells": said.tells,
                    }
                    for said in candidate.evidence
                ],
            }
            for candidate in found.candidates
        ],
        "unread": list(found.unread),
    }


def _lines(directory: str, found: Identification) -> Iterator[str]:
    yield output.escaped(f"{directory}: {found.framework or 'undecided'}")
    for candidate in found.candidates:
        for said in candidate.evidence:
            more = len(said.names) - _SHOWN
            rest = f" and {more} more" if more > 0 else ""
            others = f" (also {', '.join(said.others)})" if said.others else ""
            names = ", ".join(said.names[:_SHOWN])
            yield output.escaped(f"  {said.framework}/{said.format} {said.kind}: {names}{rest}{others}")
