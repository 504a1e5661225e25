"""The vectors: cases of the specification, loaded from the JSON files beside this module."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final, Literal, TypeAlias, cast, final

import attrs

from ckpt_scheme.errors import FieldError

Level: TypeAlias = Literal["core", "patterns", "selection", "labels", "legacy"]

LEVELS: Final[tuple[Level, ...]] = ("core", "patterns", "selection", "labels", "legacy")
"""The levels that an implementation can claim. Every other level presupposes the first."""


@final
@attrs.frozen(kw_only=True)
class Case:
    """One vector. The text of a case is its id.

    Attributes:
        id: An id that is never given to another case.
        level: The level of the case, one of `LEVELS`.
        requirement: The requirement of the specification that the case tests.
        flags: The mistakes that the case catches; its file has a note on each.
        description: The input in words, or the only mistake in a refused input.
        operation: The operation, such as ``"parse_run_id"``.
        input: The parameters of the operation.
        expected: The answer, or None if the input must be refused.
        ranks: Number of the expected readings of each rank, or None if each reading has a rank of its own.
        error: None if there is an answer; else informative facts of the refusal.
    """

    id: str
    level: Level
    requirement: str
    flags: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    description: str
    operation: str
    input: Mapping[str, Any] = attrs.field(hash=False)
    expected: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    ranks: tuple[int, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(tuple[int, ...]))
    error: Mapping[str, Any] | None = attrs.field(default=None, hash=False)

    def accepts(self, answer: Mapping[str, Any]) -> bool:
        """Return whether *answer* is the expected one; readings of one rank may have any order (CKS-084)."""
        if self.expected is None:
            return False
        # As JSON, for to Python 1 and true are equal.
        return _text(self._normal(answer)) == _text(self._normal(self.expected))

    def _normal(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return *answer* with short readings, and with those of each rank in one order."""
        readings: object = answer.get("readings")
        if not isinstance(readings, list):
            return answer
        found = [_short(reading) for reading in cast("list[object]", readings)]
        ranks = self.ranks or (1,) * len(found)
        if len(found) != sum(ranks):
            return answer
        remaining = iter(found)
        ranked = [sorted((next(remaining) for _ in range(size)), key=_text) for size in ranks]
        return {**answer, "readings": ranked}

    def __str__(self) -> str:
        return self.id


def cases(level: Level | None = None) -> tuple[Case, ...]:
    """Return the vectors of version 1, in the order of their files and ids.

    Args:
        level: The level whose cases are returned, or None for all cases.

    Raises:
        FieldError: If there is no such level.

    Examples:
        >>> [case.description for case in cases("core") if case.id == "run_id-002"]
        ['a run identifier without an encoder']

        A test of another implementation:

        ``@pytest.mark.parametrize("case", cases(level="core"), ids=str)``
    """
    if level is not None and level not in LEVELS:
        raise FieldError("level", level, f"one of {', '.join(LEVELS)}", None, "CKS-001")
    return tuple(case for case in _cases() if level in {None, case.level})


@functools.cache
def _cases() -> tuple[Case, ...]:
    folder = resources.files("ckpt_scheme.conformance") / "v1"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="ascii"))
    files = [json.loads((folder / file).read_text(encoding="ascii")) for file in manifest["files"]]
    return tuple(Case(**case) for file in files for case in file["cases"])


def _short(reading: object) -> object:
    """Return *reading* without its empty members, and with each number as a double, minus zero as zero."""
    if isinstance(reading, dict):
        members = {name: _short(value) for name, value in cast("dict[str, object]", reading).items()}
        return {name: value for name, value in members.items() if value is not None and value != {}}
    return reading + 0.0 if isinstance(reading, (int, float)) and not isinstance(reading, bool) else reading


def _text(reading: object) -> str:
    return json.dumps(reading, sort_keys=True)
