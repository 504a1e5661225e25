"""A matcher that backtracks as `re` does, and counts each look at a character."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

# No public function reads a pattern.
_parser = importlib.import_module("re._parser")


class Backtracking:
    """A pattern, and the number of looks that its matches have taken."""

    def __init__(self, pattern: str) -> None:
        self._parts = list(_parser.parse(pattern))
        self._groups: dict[int, tuple[int, int]] = {}
        self.looks = 0

    def fullmatch(self, text: str) -> bool:
        """Whether the whole *text* matches."""
        return any(end == len(text) for end in self._chain(self._parts, 0, text, 0))

    def _chain(self, parts: list[Any], first: int, text: str, at: int) -> Iterator[int]:
        """Yield where the parts from *first* on may end, in the order in which they are tried."""
        if first == len(parts):
            yield at
            return
        for end in self._part(parts[first], text, at):
            yield from self._chain(parts, first + 1, text, end)

    def _part(self, part: Any, text: str, at: int) -> Iterator[int]:  # noqa: ANN401 - the module has no types
        kind, value = str(part[0]), part[1]
        if kind in {"LITERAL", "IN", "ANY"}:
            self.looks += 1
            if at < len(text) and _is_in(kind, value, ord(text[at])):
                yield at + 1
        elif kind == "BRANCH":
            for option in value[1]:
                yield from self._chain(list(option), 0, text, at)
        elif kind == "SUBPATTERN":
            for end in self._chain(list(value[3]), 0, text, at):
                self._groups[value[0]] = at, end
                yield end
        elif kind == "MAX_REPEAT":
            yield from self._repeat(value[0], int(value[1]), list(value[2]), text, at)
        elif kind == "MIN_REPEAT":
            yield from self._least(value[0], int(value[1]), list(value[2]), text, at)
        else:
            yield from self._condition(kind, value, text, at)

    def _condition(self, kind: str, value: Any, text: str, at: int) -> Iterator[int]:  # noqa: ANN401 - as above
        if kind == "GROUPREF":
            start, end = self._groups[value]
            self.looks += end - start
            if text.startswith(text[start:end], at):
                yield at + end - start
        elif kind in {"ASSERT", "ASSERT_NOT"}:
            assert value[0] > 0, "looks ahead"
            is_there = next(self._chain(list(value[1]), 0, text, at), None) is not None
            if is_there == (kind == "ASSERT"):
                yield at
        else:
            assert kind == "AT", kind
            self.looks += 1
            if at == len(text):
                yield at

    def _repeat(self, low: int, high: int, parts: list[Any], text: str, at: int) -> Iterator[int]:
        if len(parts) == 1 and str(parts[0][0]) in {"LITERAL", "IN", "ANY"}:
            kind, value = str(parts[0][0]), parts[0][1]
            end = at
            while end < len(text) and end - at < high and _is_in(kind, value, ord(text[end])):
                end += 1
            self.looks += end - at + 1
            yield from range(end, at + low - 1, -1)
            return
        if high > 0:
            for end in self._chain(parts, 0, text, at):
                if end > at:
                    yield from self._repeat(max(low - 1, 0), high - 1, parts, text, end)
        if low == 0:
            yield at

    def _least(self, low: int, high: int, parts: list[Any], text: str, at: int) -> Iterator[int]:
        if low == 0:
            yield at
        if high > 0:
            for end in self._chain(parts, 0, text, at):
                yield from self._least(max(low - 1, 0), high - 1, parts, text, end)


def _is_in(kind: str, value: Any, code: int) -> bool:  # noqa: ANN401 - the module has no types
    if kind == "ANY":
        return True
    if kind == "LITERAL":
        return bool(value == code)
    found = any(
        value_of == code if str(kind_of) == "LITERAL" else value_of[0] <= code <= value_of[1]
        for kind_of, value_of in value
        if str(kind_of) != "NEGATE"
    )
    return found != (str(value[0][0]) == "NEGATE")
