"""The command ``identify``: the framework that wrote a directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click

from ckpt_scheme import catalog
from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.errors import OperationError, SchemeError
from ckpt_scheme.legacy import CANONICAL

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Identification, Registry

_SHOWN: Final = 3  # names in one line


@click.command(
    epilog=shared.examples(
        "ckpt-scheme identify outputs/run",
        "ckpt-scheme identify --json outputs/* | jq -r '[.path, .framework] | @tsv'",
        "aws s3 ls s3://team/run/ | awk '{print $NF}' | ckpt-scheme identify -",
    )
)
@click.argument("directories", metavar="DIRECTORY...", nargs=-1, required=True, shell_complete=shared.complete_path)
@shared.json_option
def identify(*, directories: tuple[str, ...], as_json: bool) -> None:
    """Guess the framework that wrote DIRECTORY, with the evidence.

    The answer is the framework that reads every name that others read, and at least one name that they do not. Names
    that many programs write, such as "final" or "model.pth", decide nothing alone. The names in DIRECTORY/checkpoints
    count too. If the names do not decide, the contents of the first undecided subdirectory count.

    Each line of evidence names a format, its kind, and the names that it reads. DIRECTORY may be a URL such as
    s3://team/outputs. For -, the lines of stdin are all names of one directory; those that end in "/" are directories.
    Exits with 1 if the names do not decide, or if a directory cannot be read.
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
                        "format": part.format,
                        "kind": part.kind,
                        "names": list(part.names),
                        "others": list(part.others),
                        "tells": part.tells,
                    }
                    for part in candidate.evidence
                ],
            }
            for candidate in found.candidates
        ],
        "unread": list(found.unread),
    }


def _lines(directory: str, found: Identification) -> Iterator[str]:
    yield output.escaped(f"{directory}: {found.framework or 'undecided'}")
    yield f"  {_reason(found)}"
    for candidate in found.candidates:
        for part in candidate.evidence:
            others = f"; also {', '.join(part.others)}" if part.others else ""
            yield output.escaped(f"  {part.framework}/{part.format} ({part.kind}): {_first(part.names)}{others}")


def _reason(found: Identification) -> str:
    """Return the reason for the answer, or for the lack of an answer, as a sentence."""
    candidates = found.candidates
    if not candidates:
        return "No known format reads a name in it."
    first = candidates[0]
    if found.framework is not None:
        count = first.telling + first.other
        own = f"; no other framework reads {first.alone} of them" if first.alone else ""
        return f"{found.framework} reads {output.counted(count, 'name')}{own}."
    if not any(candidate.telling for candidate in candidates):
        return "Many programs write these names. Pass --framework to ls or decode if you know the writer."
    rivals = [candidate.framework for candidate in candidates if candidate.alone and candidate.telling]
    if len(rivals) > 1:
        return f"{_joined(rivals)} each read names that the others do not read."
    others = [candidate.framework for candidate in candidates if candidate.framework != CANONICAL]
    return f"The names do not decide between {_joined(others)}."


def _first(names: Sequence[str]) -> str:
    return output.few(names[:_SHOWN], len(names))


def _joined(names: Sequence[str]) -> str:
    """Return the first few names as the subject of a sentence."""
    if len(names) == 1 or len(names) > _SHOWN:
        return _first(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
