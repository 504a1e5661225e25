"""The conversion ``words``: reads counts, metrics and marks from the words of a name that no framework's format reads.

It makes ``{"epoch": 12, "metrics": {"acc": 0.91}}`` of ``mymodel_best_epoch_12_acc_0.91``, where ``best`` is a mark.
``words.json`` holds the words and their meanings; ``docs/spec-legacy.md`` describes the rules.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from ckpt_scheme.legacy._data import words

_LONGEST_COUNT: Final = 18
_EPOCHS: Final = 10**6
_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3}(?![0-9A-Za-z]))?(?:[kK](?![A-Za-z]))?"
# A hash, as in the names of published models: eight hexadecimal digits of which not all are decimal.
_HASH: Final = "(?P<hash>(?<![0-9A-Za-z])(?=[0-9]{0,7}[a-f])[0-9a-f]{8}(?![0-9A-Za-z]))"
# The meanings of words that are no mark of the whole name.
_PLAIN: Final = frozenset({None, "number", "metric", "decimal metric", "qualifier", "plain", "noun", "epoch", "step"})


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    meaning: str | None  # None for an unknown word


class _Content(NamedTuple):
    """The content of a name: its counts and marks by name, its fields, its metrics, and whether each word is known."""

    states: frozenset[str]
    fields: Mapping[str, Any]
    metrics: Mapping[str, float]
    all_known: bool


def reader(options: Mapping[str, Any]) -> Callable[[str], dict[str, Any] | None]:
    """Return a function that reads the fields of a text, and returns None for a text that *options* refuse."""
    requires, refuses = frozenset(options.get("requires", ())), frozenset(options.get("refuses", ()))
    only_known = options.get("only_known", False)

    def read(text: str) -> dict[str, Any] | None:
        found = _vocabulary().content(text)
        if found is None or not requires <= found.states or found.states & refuses:
            return None
        if only_known and not found.all_known:
            return None
        return {**found.fields, "metrics": dict(found.metrics)}

    return read


@functools.cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary(words())


@final
class _Vocabulary:
    """The words of ``words.json``, each with its meaning."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        # The count of each word: before its number, behind it, and before it in a name with another value.
        self._before, self._behind, self._beside = (
            {word: count for count, listed in content[member].items() for word in listed}
            for member in ("before_number", "behind_number", "beside_value")
        )
        self._qualifiers = frozenset(content["qualifiers"])
        self._flags = frozenset(content["flags"])
        self._meanings: dict[str, str] = {
            **{word: mark for mark, listed in content["marks"].items() for word in listed},
            **dict.fromkeys(content["metrics"], "metric"),
            **dict.fromkeys(content["decimal_metrics"], "decimal metric"),
            **dict.fromkeys(content["plain"], "plain"),
            **dict.fromkeys(content["nouns"], "noun"),
            **dict.fromkeys(content["other"], "other"),
            **self._beside,
            **self._behind,
            **self._before,
        }
        mixed = "|".join(word for word in self._meanings if not word.isalpha())
        self._find = re.compile(rf"{_HASH}|(?<![A-Za-z])(?i:{mixed})(?![0-9A-Za-z])|[A-Za-z]+|{_NUMBER}").finditer
        self._parts = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+").finditer
        self.content = functools.lru_cache(16)(self._content)  # several field types read the same name

    def _content(self, text: str) -> _Content | None:
        tokens = list(self._tokens(text))
        taken: set[int] = set()
        metrics = self._metrics(text, tokens, taken)
        if any(token.meaning == "other" for token in tokens):
            return None
        fields = self._counts(tokens, taken, has_value=bool(metrics))
        if fields is None:
            return None
        index = None if fields else _index(tokens, taken)
        if index is not None:
            fields["index"] = index
        marks = {token.meaning for token in tokens if token.meaning is not None} - _PLAIN
        states = frozenset({*marks, *fields, *(["metric"] if metrics else ())})
        fields.update(dict.fromkeys(sorted(self._flags & states), True))
        return _Content(states, fields, metrics, all(token.meaning is not None for token in tokens))

    def _tokens(self, text: str) -> Iterator[_Token]:
        """Yield the words and the numbers of *text*; an unknown word is split before each capital."""
        for match in self._find(text):
            found, start = match.group(), match.start()
            if match.lastgroup == "hash":
                yield _Token(found, start, match.end(), "other")
            elif found[0].isdecimal():
                yield _Token(found, start, match.end(), "number")
            elif (meaning := self._meaning(text, start, match.end())) is not None:
                yield _Token(found, start, match.end(), meaning)
            else:
                for part in self._parts(found):
                    first, last = start + part.start(), start + part.end()
                    yield _Token(part.group(), first, last, self._meaning(text, first, last))

    def _meaning(self, text: str, start: int, end: int) -> str | None:
        """Return the meaning of the word of *text* from *start* to *end*, or None.

        The D of 3D and the D of D0 are no words.
        """
        word = text[start:end]
        if len(word) == 1 and (text[start - 1 : start].isalnum() or (word.isupper() and text[end : end + 1].isdigit())):
            return None
        return self._meanings.get(_word(word))

    def _metrics(self, text: str, tokens: list[_Token], taken: set[int]) -> dict[str, float]:
        """Return the metrics; mark their qualifiers in *tokens*, and add the places of their values to *taken*."""
        metrics: dict[str, float] = {}
        for place, token in enumerate(tokens):
            if token.meaning not in ("metric", "decimal metric"):
                continue
            first = place
            while first and tokens[first - 1].text.lower() in self._qualifiers:
                first -= 1
                tokens[first] = tokens[first]._replace(meaning="qualifier")
            value = tokens[place + 1] if place + 1 < len(tokens) else None
            if value is None or not (value.meaning == "number" or value.text in ("nan", "inf")):
                continue
            taken.add(place + 1)
            between = text[token.end : value.start]
            is_decimal = not value.text.isdecimal() or "=" in between
            if value.text[-1] not in "kK" and (token.meaning == "metric" or is_decimal):
                sign = -1 if len(between) > 1 and between.endswith("-") else 1
                metrics[text[tokens[first].start : token.end]] = sign * float(value.text)
        return metrics

    def _counts(self, tokens: Sequence[_Token], taken: set[int], *, has_value: bool) -> dict[str, Any] | None:
        """Return the epoch and the step, or None if a number is no count, too high, or contradicts another."""
        fields: dict[str, Any] = {}
        done: set[int] = set()  # the places of the words whose number is found
        for listed, away in ((self._before, 1), (self._behind, -1), (self._beside, 1)):
            if listed is self._beside and not fields and not has_value:
                continue
            for place, token in enumerate(tokens):
                count = listed.get(_word(token.text))
                if count is None or place in done:
                    continue
                value = _whole(tokens, place + away, taken)
                if value is None:
                    if (
                        listed is self._before
                        and _is_number(tokens, place + 1)
                        and _whole(tokens, place - 1, taken) is None
                    ):
                        return None  # no count can have this number, such as a negative number
                    continue
                if fields.setdefault(count, value) != value:
                    return None
                taken.add(place + away)
                done.add(place)
        return None if fields.get("epoch", 0) >= _EPOCHS else fields


def _word(text: str) -> str:
    """Return *text* in lower case, except a single letter, which has its meaning in one case only."""
    return text if len(text) == 1 else text.lower()


def _is_number(tokens: Sequence[_Token], place: int) -> bool:
    return place < len(tokens) and tokens[place].meaning == "number"


def _whole(tokens: Sequence[_Token], place: int, taken: set[int]) -> int | None:
    """Return the whole number at *place* if no other word has taken it, else None.

    One character at most stands between it and the word before it: the 5 of ``step--5`` is negative.
    """
    if not 0 <= place < len(tokens) or place in taken or (place and tokens[place].start - tokens[place - 1].end > 1):
        return None
    number = tokens[place]
    digits = number.text.rstrip("kK")
    if not digits.isdecimal() or len(digits) > _LONGEST_COUNT:
        return None
    behind = tokens[place + 1] if place + 1 < len(tokens) else None
    if behind is not None and behind.start == number.end and behind.meaning is None:
        return None  # a size such as 7b
    return int(digits) * (1 if digits == number.text else 1000)


def _index(tokens: Sequence[_Token], taken: set[int]) -> int | None:
    """Return the only number behind a noun or a mark, or before a noun at the start, or None."""
    found: list[int] = []
    for place in range(len(tokens)):
        is_named = place > 0 and tokens[place - 1].meaning not in _PLAIN - {"noun"}
        is_first = place == 0 and len(tokens) > 1 and tokens[1].meaning == "noun"
        value = _whole(tokens, place, taken) if is_named or is_first else None
        if value is not None:
            found.append(value)
            if _is_number(tokens, place + 1):
                return None  # two numbers, and no word says which is which
    return found[0] if len(found) == 1 else None
