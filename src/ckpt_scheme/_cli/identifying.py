"""The command ``identify``: who wrote a directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.errors import OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Identification, Registry

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

    DIRECTORY may be a URL such as s3://team/outputs. For -, the lines of stdin are all names of one directory; those
    that end in "/" are directories. Exits with 1 if the names do not decide, or if a directory cannot be read.
    """
    printer = streams.Printer()
    registry = shared.registry()
    for directory in directories:
        try:
            found = _identified(directory, registry)
        except (OSError, OperationError, SchemeError) as error:
            printer.complain(output.unreadable(directory, error))
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
    return catalog.identify(directory, registry=registry)


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
