"""Outcomes of conformance cases, as lines for people and as JUnit XML for continuous integration."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast
from xml.etree import ElementTree as ET

from ckpt_scheme._cli import output
from ckpt_scheme.conformance import LEVELS, Outcome, Status

_ABSENT: Final = "nothing"
# JUnit has no word for an unsupported case, which must differ from a failed case.
_ELEMENTS: Final[Mapping[Status, str]] = {"failed": "failure", "broken": "error", "unsupported": "skipped"}


def findings(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield lines about all cases that do not pass."""
    for outcome in outcomes:
        if outcome.status == "failed":
            yield from _lines(outcome)
    # A fault of a reader often breaks many cases, and is printed once.
    for same in _groups(outcomes, "broken", lambda outcome: outcome.fault or ""):
        yield from _lines(same[0])
        if len(same) > 1:
            yield f"  The same happens in {len(same) - 1} more, up to {same[-1].case.id}."
    for same in _groups(outcomes, "unsupported", lambda outcome: outcome.case.operation):
        yield f"unsupported {same[0].case.operation}: {len(same)} cases"


def _groups(outcomes: Iterable[Outcome], status: Status, key: Callable[[Outcome], str]) -> Iterable[list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.status == status:
            groups.setdefault(key(outcome), []).append(outcome)
    return groups.values()


def _lines(outcome: Outcome) -> Iterator[str]:
    """Yield the lines about a case that did not pass, with the differences from the expected answer."""
    case = outcome.case
    yield f"{outcome.status} {case.id} [{case.requirement}]: {case.description}"
    yield f"  {case.operation} {json.dumps(case.input)}"
    yield from (f"  {line}" for line in _details(outcome))


def _details(outcome: Outcome) -> Iterator[str]:
    expected, got = outcome.case.expected, outcome.answer
    if outcome.fault is not None:
        yield from outcome.fault.splitlines()
    elif expected is None:
        yield f"expected an error, got {json.dumps(got)}"
    elif got is None:
        yield f"expected {json.dumps(expected)}, got an error: {json.dumps(outcome.error)}"
    else:
        for member in {**expected, **got}:
            right, wrong = _member(expected, member), _member(got, member)
            if right != wrong:
                yield f"{member}: expected {right}, got {wrong}"


def _member(answer: Mapping[str, object], member: str) -> str:
    return json.dumps(answer[member]) if member in answer else _ABSENT


def summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a line for each level, and one for all cases."""
    for level, of_level in _by_level(outcomes).items():
        yield _counts(level, of_level)
    yield _counts("all levels", outcomes)


def _by_level(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    levels = {level: [outcome for outcome in outcomes if outcome.case.level == level] for level in LEVELS}
    return {level: of_level for level, of_level in levels.items() if of_level}


def _counts(title: str, outcomes: Iterable[Outcome]) -> str:
    counts = Counter(outcome.status for outcome in outcomes)
    others = "".join(f", {counts[status]} {status}" for status in _ELEMENTS if counts[status])
    return f"{title}: {counts['passed']} of {counts.total()} cases passed{others}"


def junit(outcomes: Sequence[Outcome]) -> bytes:
    """Return the outcomes as JUnit XML: a suite for each level."""
    root = ET.Element("testsuites", name="ckpt-scheme conformance")
    for level, of_level in _by_level(outcomes).items():
        counts = Counter(_ELEMENTS.get(outcome.status, "passed") for outcome in of_level)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=level,
            tests=str(len(of_level)),
            failures=str(counts["failure"]),
            errors=str(counts["error"]),
            skipped=str(counts["skipped"]),
        )
        for outcome in of_level:
            case = ET.SubElement(suite, "testcase", classname=f"conformance.{level}", name=outcome.case.id)
            if outcome.status != "passed":
                heading, *rest = map(output.visible, _lines(outcome))  # XML holds no control characters
                ET.SubElement(case, _ELEMENTS[outcome.status], message=heading).text = "\n".join(rest)
    ET.indent(root)
    return cast("bytes", ET.tostring(root, encoding="utf-8", xml_declaration=True))
