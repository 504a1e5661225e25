"""Rows of parts, and the globs and regular expressions that they project to.

A row is a name with holes: a sequence of fixed texts, of a `Hole` for each field that is left open, and of tuples of
parts that may be absent. Every projection reads the same rows, so a glob, a set of globs and a regex cannot disagree on
what they mean.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _fields, _grammar
from ckpt_scheme.errors import FieldError

MAX_GLOBS: Final = 100_000

# --------------------------------------------------------------------------------------------------------------------
# Holes.

_DIGIT: Final = "[0-9]"
_NONZERO: Final = "[1-9]"
# Letters are spelt out: what a range of them holds depends, in some shells, on the locale.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Four digits that are not all zero, by the number of zeros at their end.
_NONZERO_4: Final = tuple(_DIGIT * (3 - zeros) + _NONZERO + "0" * zeros for zeros in range(4))


@final
@attrs.frozen
class Hole:
    """An open field of *shortest* to *longest* characters."""

    regex: str
    glob: str  # matches every text of the rule, and more
    shortest: int
    longest: int
    globs: Callable[[int], Sequence[str]]  # of a width: fixed-width globs that match exactly the rule's texts


def _label(rule: str, others: str, longest: int) -> Hole:
    first, more = f"[0-9{_LETTERS}]", f"[0-9{_LETTERS}{others}]"
    return Hole(rule, "*", 1, longest, lambda width: [first + more * (width - 1)])


def _number(rule: str, padded: int) -> Hole:
    def globs(width: int) -> list[str]:
        return [_DIGIT * width if width == padded else _NONZERO + _DIGIT * (width - 1)]

    return Hole(rule, _DIGIT * padded + "*", padded, _grammar.MAX_DIGITS, globs)


def _value_globs(width: int) -> list[str]:
    integer, decimals = width - len(".0000"), "." + _DIGIT * 4
    globs: list[str] = []
    if integer == 1:
        globs.append(_DIGIT + decimals)
    elif integer <= _grammar.MAX_INTEGER_DIGITS:
        globs.append(_NONZERO + _DIGIT * (integer - 1) + decimals)
    if integer > 1:
        globs.append("-" + _NONZERO + _DIGIT * (integer - 2) + decimals)
    if integer == len("-0"):
        globs += [f"-0.{four}" for four in _NONZERO_4]
    return globs


def _timestamp_globs(_width: int) -> list[str]:
    long_months = [month + day for month in ("0[13578]", "1[02]") for day in ("0[1-9]", "[12][0-9]", "3[01]")]
    short_months = [month + day for month in ("0[469]", "11") for day in ("0[1-9]", "[12][0-9]", "30")]
    february = ["02" + day for day in ("0[1-9]", "1[0-9]", "2[0-8]")]
    dates = [year + day for year in _NONZERO_4 for day in (*long_months, *short_months, *february)]
    for fourth in ("0[48]", "[2468][048]", "[13579][26]"):
        dates += [f"[0-9][0-9]{fourth}0229", f"{fourth}000229"]
    return [f"{date}_{hour}[0-5][0-9][0-5][0-9]" for date in dates for hour in ("[01][0-9]", "2[0-3]")]


WORD: Final = _label(_grammar.WORD, "_", _grammar.MAX_LABEL)
ENCODER: Final = _label(_grammar.ENCODER, "_-", _grammar.MAX_LABEL)
PHASE: Final = _label(_grammar.PHASE, "-", _grammar.MAX_PHASE)
TIMESTAMP: Final = Hole(_grammar.TIMESTAMP, _DIGIT * 8 + "_" + _DIGIT * 6, 15, 15, _timestamp_globs)
EPOCH: Final = _number(_grammar.EPOCH, 2)
STEP: Final = _number(_grammar.STEP, 6)
VALUE: Final = Hole(_grammar.VALUE, f"*[0-9].{_DIGIT * 4}", 6, _grammar.MAX_INTEGER_DIGITS + 6, _value_globs)
VERSION: Final = Hole(
    _grammar.VERSION, "[0-9]*", 1, _grammar.MAX_DIGITS, lambda width: [_NONZERO + _DIGIT * (width - 1)]
)

# --------------------------------------------------------------------------------------------------------------------
# Rows and what they project to.

Part: TypeAlias = "str | Hole | tuple[Part, ...]"
Row: TypeAlias = tuple[Part, ...]
_FlatRow: TypeAlias = "tuple[str | Hole, ...]"

_wildcard: Final = re.compile(r"[*?\[]")
_unportable: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\{}()]").search
_stars: Final = re.compile(r"\*\*+")
_glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall
_special: Final = re.compile(r"[\\.^$*+?()\[\]{}|]")


def _flatten(row: Row) -> list[_FlatRow]:
    """Return *row* once for each choice of what may be absent."""
    rows: list[_FlatRow] = [()]
    for part in row:
        choices = [(), *_flatten(part)] if isinstance(part, tuple) else [(part,)]
        rows = [done + choice for done in rows for choice in choices]
    return rows


def _row_regex(row: Row) -> str:
    return "".join(
        _special.sub(r"\\\g<0>", part)
        if isinstance(part, str)
        else part.regex
        if isinstance(part, Hole)
        else f"(?:{_row_regex(part)})?"
        for part in row
    )


def regex(rows: Sequence[Row]) -> str:
    texts = [_row_regex(row) for row in rows]
    return texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"


def escaped(text: str) -> str:
    """Return *text* as a glob that matches it alone (CKS-052)."""
    unportable = _unportable(text)
    if unportable is not None:
        expected = "a root without \\ { } ( ) or control characters, which no glob spells alike in all tools"
        raise FieldError("root", text, expected, unportable.start(), "CKS-052")
    return _wildcard.sub(r"[\g<0>]", text)


def _row_glob(row: Row) -> str:
    return "".join(
        escaped(part) if isinstance(part, str) else part.glob if isinstance(part, Hole) else "*" for part in row
    )


def glob(rows: Sequence[Row]) -> str:
    """Return one glob for all rows: what they begin with, a ``*`` where they differ, what they end with (CKS-050)."""
    globs = [_glob_characters(_row_glob(row)) for row in rows]
    first = os.path.commonprefix(globs)  # noqa: RUF071 - of characters and classes, not of path components
    last = os.path.commonprefix([glob[len(first) :][::-1] for glob in globs])[::-1]  # noqa: RUF071
    middle = ["*"] if any(len(glob) > len(first) + len(last) for glob in globs) else []
    return _stars.sub("*", "".join([*first, *middle, *last]))


def globs(rows: Sequence[Row], width: int) -> tuple[str, ...]:
    """Return fixed-width globs that are exact for names without an open field of over *width* characters (CKS-053)."""
    width = _fields.integer("width", width, 1, "CKS-053")
    found: list[str] = []
    for flat in (flat for row in rows for flat in _flatten(row)):
        count = 1
        choices: list[Sequence[str]] = []
        for part in flat:
            if isinstance(part, str):
                choices.append([escaped(part)])
            else:
                longest = part.longest if part.shortest == part.longest else min(part.longest, width)
                choices.append([glob for size in range(part.shortest, longest + 1) for glob in part.globs(size)])
            count *= len(choices[-1])
        if len(found) + count > MAX_GLOBS:
            expected = f"a width that needs at most {MAX_GLOBS} globs, or fewer open fields"
            raise FieldError("width", width, expected, None, "CKS-053")
        done = [""]
        for choice in choices:
            done = [start + glob for start in done for glob in choice]
        found += done
    return tuple(found)
