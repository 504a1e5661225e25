"""The command ``explain``: a requirement of the specification, with examples."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

import attrs
import click
from click.shell_completion import CompletionItem

import ckpt_scheme
from ckpt_scheme._cli import output, requirements, shared, streams
from ckpt_scheme.conformance import Case

_ID: Final = re.compile(r"(?:CKS-?)?([0-9]{1,3})", re.IGNORECASE)
_EXAMPLES: Final = 3  # of each sort
_WIDTH: Final = 80
_LONGEST: Final = 400  # characters of an example


def _read_ids(
    _context: click.Context, _parameter: click.Parameter, ids: tuple[str, ...]
) -> tuple[requirements.Requirement, ...]:
    """Return the requirements of the ids that are given, in any case and with or without ``CKS-``."""
    return tuple(map(_find, ids))


def _find(text: str) -> requirements.Requirement:
    match = _ID.fullmatch(text)
    found = None if match is None else requirements.load().get(f"CKS-{int(match[1]):03}")
    if found is None:
        first, *_, last = requirements.load()
        raise click.BadParameter(f"{output.escaped(text)}: no such requirement; the ids are {first} to {last}")
    return found


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the ids that begin with *incomplete*."""
    return [
        CompletionItem(id_, help=found.sentence)
        for id_, found in requirements.load().items()
        if id_.startswith(incomplete.upper())
    ]


@click.command(
    epilog=shared.examples("ckpt-scheme explain CKS-020", "ckpt-scheme explain --json CKS-020 CKS-021"),
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True, callback=_read_ids, shell_complete=_complete)
@shared.json_option
def explain(*, ids: Sequence[requirements.Requirement], as_json: bool) -> None:
    """Print a requirement of the specification, with examples.

    Errors name the requirement that a name breaks, such as CKS-020. The examples are conformance vectors.
    """
    printer = streams.Printer()
    for number, found in enumerate(ids):
        cases = [case for case in ckpt_scheme.conformance.cases() if case.requirement == found.id]
        accepted = [case for case in cases if case.expected is not None][:_EXAMPLES]
        refused = [case for case in cases if case.expected is None][:_EXAMPLES]
        if as_json:
            examples = {
                "accepted": [_fields(case) for case in accepted],
                "refused": [_fields(case) for case in refused],
            }
            printer.line(output.json_line({**attrs.asdict(found), **examples}))
            continue
        text = "\n".join([*_lines(found), *_examples("Examples", accepted), *_examples("Refused", refused)])
        printer.line("\n" * (number > 0) + "\n".join(map(output.visible, text.splitlines())) + "\n")
    shared.close(printer)


def _lines(found: requirements.Requirement) -> Iterator[str]:
    yield f"{found.id}: {found.section} ({found.document})"
    yield ""
    yield from textwrap.wrap(found.sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if found.notes:
        yield ""
        yield from (f"  {line}".rstrip() for line in _wrapped(found.notes))


def _wrapped(text: str) -> Iterator[str]:
    """Yield the lines of Markdown with its paragraphs wrapped; tables, lists and code stay as they are."""
    is_code = False
    for number, block in enumerate(text.split("\n\n")):
        if number:
            yield ""
        is_code ^= block.count("```") % 2 == 1
        is_kept = is_code or block.startswith(("|", "-", "`"))
        yield from block.splitlines() if is_kept else textwrap.wrap(block, _WIDTH - 2)


def _examples(title: str, cases: Sequence[Case]) -> Iterator[str]:
    if not cases:
        return
    yield ""
    yield f"{title}:"
    for case in cases:
        yield f"  {_shown(case)}"
        yield f"      {case.description} ({case.id})"


def _shown(case: Case) -> str:
    """Return a name that is parsed as it is, and any other case as an operation with its answer."""
    text = case.input.get("text")
    if isinstance(text, str) and len(case.input) == 1:
        return text
    answer = "" if case.expected is None else f" = {_short(json.dumps(case.expected))}"
    return f"{case.operation} {_short(json.dumps(case.input))}{answer}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _fields(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "description": case.description,
        "operation": case.operation,
        "input": case.input,
        "expected": case.expected,
    }
