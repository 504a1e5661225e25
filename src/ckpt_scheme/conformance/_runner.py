"""Load the vectors and hold an implementation against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any, TypeAlias, final

import attrs

from ckpt_scheme.errors import SchemeError

Answer: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""An implementation: takes an operation and its input, returns the answer or raises `SchemeError` to refuse."""


@final
@attrs.frozen(kw_only=True)
class Case:
    """One vector.

    Attributes:
        id: An id that is never given to another case.
        requirement: The requirement of ``docs/spec.md`` that this is a case of.
        description: What the input is; of an invalid one, what is wrong with it.
        operation: What is asked, such as ``"parse_run_id"``.
        input: What it is asked of, by the operation's parameters.
        expected: The answer, or None if the input must be refused.
        error: None if there is an answer; else what may be said of the refusal.
    """

    id: str
    requirement: str
    description: str
    operation: str
    input: Mapping[str, Any] = attrs.field(hash=False)
    expected: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    error: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@final
@attrs.frozen
class Outcome:
    """What an implementation made of a case.

    Attributes:
        case: The case.
        answer: The implementation's answer, or None if it refused.
        refusal: The error it refused with, or None.
    """

    case: Case
    answer: Mapping[str, Any] | None = attrs.field(hash=False)
    refusal: SchemeError | None

    @property
    def passed(self) -> bool:
        """Whether the answer is the expected one, or the input was refused as it must be."""
        if self.case.error is not None:
            return self.refusal is not None
        return self.refusal is None and self.answer == self.case.expected


def load_cases() -> tuple[Case, ...]:
    """Return all vectors of version 1, in the order of their files and ids."""
    folder = resources.files("ckpt_scheme.conformance") / "v1"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(Case(**case) for file in files for case in json.loads(file.read_text(encoding="ascii"))["cases"])


def run(answer: Answer, cases: Iterable[Case]) -> list[Outcome]:
    """Return what *answer* makes of each of *cases*.

    Args:
        answer: The implementation. To refuse an input it raises `SchemeError`; any other exception is a fault of the
            implementation and is not caught.
        cases: The cases, as `load_cases` returns them.
    """
    outcomes: list[Outcome] = []
    for case in cases:
        try:
            outcomes.append(Outcome(case, answer(case.operation, case.input), None))
        except SchemeError as refusal:
            outcomes.append(Outcome(case, None, refusal))
    return outcomes
