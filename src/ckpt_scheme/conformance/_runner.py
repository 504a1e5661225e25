"""Hold an implementation against the vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, final

import attrs

from ckpt_scheme.conformance._vectors import Case
from ckpt_scheme.errors import SchemeError

Answer: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""An implementation: takes an operation and its input, returns the answer or raises `SchemeError` to refuse."""


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
        return self.answer is not None and self.case.accepts(self.answer)


def run(answer: Answer, given: Iterable[Case]) -> list[Outcome]:
    """Return what *answer* makes of each of *given*.

    Args:
        answer: The implementation. To refuse an input it raises `SchemeError`; any other exception is a fault of the
            implementation and is not caught.
        given: The cases, as `cases` returns them.
    """
    outcomes: list[Outcome] = []
    for case in given:
        try:
            outcomes.append(Outcome(case, answer(case.operation, case.input), None))
        except SchemeError as refusal:
            outcomes.append(Outcome(case, None, refusal))
    return outcomes
