"""Regular languages: a reader of the regex syntax that all engines share, and a proof that two expressions are equal.

An expression denotes a set of texts. `difference` compares two whole sets, and not samples of them: it walks the
automata of both in step, and returns the shortest text that is in only one set, if there is any.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_CODE_POINT: Final = 0x10FFFF
MAX_STATES: Final = 50_000  # some seconds and some hundred megabytes; a run id has eleven thousand
MAX_COUNT: Final = 1000  # the limit of RE2; the engines of Rust and JavaScript allow more


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of these inclusive ranges of code points."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """One text of each part, in order."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A text of one of the options."""

    options: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From *low* to *high* texts of the item, without limit if *high* is None."""

    item: Expression
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Name:
    """A text of the rule of that name."""

    rule: str


Expression: TypeAlias = Chars | Chain | Choice | Repeat | Name


def literal(text: str) -> Chain:
    return Chain(tuple(Chars(((ord(char), ord(char)),)) for char in text))


# --------------------------------------------------------------------------------------------------------------------
# Reading a pattern.

_TOKEN: Final = re.compile(
    r"(?P<open>\(\?:)|(?P<close>\))|(?P<bar>\|)|(?P<count>[?+*]|\{[0-9]+(?:,[0-9]+)?\})"
    r"|\[(?P<negated>\^?)(?P<items>(?:[0-9A-Z_a-z](?:-[0-9A-Z_a-z])?|\\x[0-9a-f]{2}(?:-\\x[0-9a-f]{2})?)+)\]"
    r"|(?P<char>[0-9A-Z_a-z/-]|\\\.)"
)
_CLASS_ITEM: Final = re.compile(r"(\\x[0-9a-f]{2}|.)(?:-(\\x[0-9a-f]{2}|.))?")
_COUNTS: Final[dict[str, tuple[int, int | None]]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}


class NotPortableError(ValueError):
    """A pattern uses syntax that some engine lacks or reads otherwise."""


def read_pattern(pattern: str) -> Chain | Choice:
    """Return the expression of *pattern*, used with a full match; refuse syntax that engines read differently."""
    groups: list[list[list[Expression]]] = [[[]]]
    position = 0
    countable = False
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or (token["count"] and not countable):
            raise NotPortableError(f"{pattern[position:]!r} in {pattern!r}")
        position = token.end()
        parts = groups[-1][-1]
        if token["open"]:
            groups.append([[]])
        elif token["close"]:
            if len(groups) == 1:
                raise NotPortableError(f"a group that nothing opens in {pattern!r}")
            group = _alternatives(groups.pop())
            groups[-1][-1].append(group)
        elif token["bar"]:
            groups[-1].append([])
        elif token["count"]:
            parts.append(Repeat(parts.pop(), *_count(token["count"])))
        elif token["items"]:
            parts.append(_char_class(token["items"], negated=bool(token["negated"])))
        else:
            parts += literal(token["char"][-1]).parts
        countable = not (token["open"] or token["bar"] or token["count"])
    if len(groups) > 1:
        raise NotPortableError(f"a group that nothing closes in {pattern!r}")
    return _alternatives(groups[0])


def _alternatives(options: list[list[Expression]]) -> Chain | Choice:
    chains = tuple(Chain(tuple(parts)) for parts in options)
    return chains[0] if len(chains) == 1 else Choice(chains)


def _count(text: str) -> tuple[int, int | None]:
    if text in _COUNTS:
        return _COUNTS[text]
    low, _, high = text.strip("{}").partition(",")
    if not int(low) <= int(high or low) <= MAX_COUNT:
        raise NotPortableError(f"the count {text}")
    return int(low), int(high or low)


def _char_class(items: str, *, negated: bool) -> Chars:
    def code(char: str) -> int:
        return ord(char) if len(char) == 1 else bytes.fromhex(char[2:])[0]

    ranges = sorted((code(item[1]), code(item[2] or item[1])) for item in _CLASS_ITEM.finditer(items))
    if not negated:
        return Chars(tuple(ranges))
    gaps = zip([-1, *(high for _, high in ranges)], [*(low for low, _ in ranges), MAX_CODE_POINT + 1], strict=True)
    return Chars(tuple((before + 1, after - 1) for before, after in gaps if before + 1 < after))


# --------------------------------------------------------------------------------------------------------------------
# Comparing two expressions.

_Pair: TypeAlias = tuple[int, int]


class _Automaton:
    """A nondeterministic automaton; sets of its states, numbered as reached, are the states of a deterministic one."""

    NOWHERE: Final[int] = 0
    START: Final[int] = 1

    def __init__(self, expression: Expression, rules: Mapping[str, Expression]) -> None:
        self._rules = rules
        self._edges: list[list[tuple[Chars, int]]] = []
        self._jumps: list[list[int]] = []
        first, self._last = self._new(), self._new()
        self._connect(expression, first, self._last)
        self._sets = [frozenset[int](), self._reach(first)]
        self._numbers = {states: number for number, states in enumerate(self._sets)}
        self._steps: list[dict[int, frozenset[int]]] = []

    def _new(self) -> int:
        self._edges.append([])
        self._jumps.append([])
        return len(self._edges) - 1

    def _connect(self, expression: Expression, start: int, end: int) -> None:
        match expression:
            case Chars():
                self._edges[start].append((expression, end))
            case Name(rule):
                self._connect(self._rules[rule], start, end)
            case Choice(options):
                for option in options:
                    self._connect(option, start, end)
            case Chain(parts):
                for part in parts:
                    start, before = self._new(), start
                    self._connect(part, before, start)
                self._jumps[start].append(end)
            case Repeat(item, low, high):
                for count in range(low if high is None else high):
                    if count >= low:
                        self._jumps[start].append(end)
                    start, before = self._new(), start
                    self._connect(item, before, start)
                if high is None:
                    loop = self._new()  # a state of its own, for alternatives may share `start`
                    self._jumps[start].append(loop)
                    self._connect(item, loop, loop)
                    start = loop
                self._jumps[start].append(end)

    def _reach(self, *states: int) -> frozenset[int]:
        found, waiting = set[int](), list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting += self._jumps[state]
        return frozenset(state for state in found if self._edges[state] or state == self._last)

    def limits(self) -> set[int]:
        """Return the code points at which some edge begins to allow a character or ceases to."""
        ranges = (span for edges in self._edges for chars, _ in edges for span in chars.ranges)
        return {point for low, high in ranges for point in (low, high + 1)}

    def prepare(self, points: list[int]) -> None:
        """Set the characters that `after` tells apart."""
        for edges in self._edges:
            targets: dict[int, list[int]] = {}
            for chars, target in edges:
                for point in points:
                    if any(low <= point <= high for low, high in chars.ranges):
                        targets.setdefault(point, []).append(target)
            self._steps.append({point: self._reach(*states) for point, states in targets.items()})

    def accepts(self, number: int) -> bool:
        return self._last in self._sets[number]

    def after(self, number: int) -> dict[int, int]:
        """Return the state after each point that leads to any."""
        merged: dict[int, list[frozenset[int]]] = {}
        for state in self._sets[number]:
            for point, states in self._steps[state].items():
                merged.setdefault(point, []).append(states)
        return {point: self._number(frozenset[int]().union(*states)) for point, states in merged.items()}

    def _number(self, states: frozenset[int]) -> int:
        if states not in self._numbers:
            self._numbers[states] = len(self._sets)
            self._sets.append(states)
        return self._numbers[states]


def difference(one: Expression, other: Expression, rules: Mapping[str, Expression]) -> str | None:
    """Return a shortest text that is in only one of two languages, or None if they are the same.

    Raises:
        OverflowError: If that takes more than `MAX_STATES` steps.
    """
    first, second = _Automaton(one, rules), _Automaton(other, rules)
    points = sorted({0, *first.limits(), *second.limits()} - {MAX_CODE_POINT + 1})
    first.prepare(points)
    second.prepare(points)
    start: _Pair = _Automaton.START, _Automaton.START
    came_by: dict[_Pair, tuple[_Pair, int]] = {start: (start, -1)}
    waiting = deque([start])
    while waiting:
        pair = waiting.popleft()
        if first.accepts(pair[0]) != second.accepts(pair[1]):
            return _spelt(pair, came_by)
        if len(came_by) > MAX_STATES:
            raise OverflowError(f"the first {MAX_STATES} states are alike, and there are more")
        ones, others = first.after(pair[0]), second.after(pair[1])
        for point in sorted(ones.keys() | others.keys()):
            after = ones.get(point, _Automaton.NOWHERE), others.get(point, _Automaton.NOWHERE)
            if after not in came_by:
                came_by[after] = pair, point
                waiting.append(after)
    return None


def _spelt(pair: _Pair, came_by: Mapping[_Pair, tuple[_Pair, int]]) -> str:
    chars: list[str] = []
    while (step := came_by[pair])[0] != pair:
        chars.append(chr(step[1]))
        pair = step[0]
    return "".join(reversed(chars))
