"""Names with open fields as rows of parts, and the globs and regular expressions that a row projects to.

A row is a sequence of fixed texts, of fields, of parts that may be absent, and of alternatives. Every projection reads
the same row, so a glob, a set of globs and a regular expression cannot disagree on its meaning.
"""

from __future__ import annotations

import functools
import operator
import os
import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _fields, _grammar
from ckpt_scheme.errors import FieldError, TooManyGlobsError

_COUNTED: Final = 1_000_000  # more globs are not counted

# --------------------------------------------------------------------------------------------------------------------
# --------------------------------------------------------------------------------------------------------------------
# Open fields.

_DIGIT: Final = "[0-9]"
_NONZERO: Final = "[1-9]"
# Letters are spelt out: what a range of them holds depends, in some shells, on the locale.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Four digits that are not all zero, by the number of zeros at their end.
_NONZERO_4: Final = tuple(_DIGIT * (3 - zeros) + _NONZERO + "0" * zeros for zeros in range(4))


@final
@attrs.frozen
class Hole:
    """An open field of *shortest* to *longest* characters.

    Attributes:
        regex: Matches exactly the texts of the field's rule.
        glob: Matches every text of the rule, and more.
        shortest: The length of its shortest text.
        longest: The length of its longest text.
        globs: Returns fixed-width globs that match exactly the texts of one length.
    """

    regex: str
    glob: str
    shortest: int
    longest: int
    globs: Callable[[int], Sequence[str]]


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
COMPRESSION: Final = Hole(
    "(?:gz|zst|xz)", "*", 2, 3, lambda width: [name for name in ("gz", "zst", "xz") if len(name) == width]
)
ROOT: Final = Hole(_grammar.ROOT, "", 1, 1, lambda _width: [])  # has no glob; `patterns` refuses one

# --------------------------------------------------------------------------------------------------------------------
# Rows, and their projections.


@final
@attrs.frozen
class Slot:
    """A field of a name: a given text, or a hole.

    Attributes:
        name: The name of its group in a regular expression.
        fill: The text, or the hole.
    """

    name: str
    fill: str | Hole


@final
@attrs.frozen
class Either:
    """Rows of which one stands in the name."""

    rows: tuple[Row, ...]


Part: TypeAlias = "str | Slot | Either | tuple[Part, ...]"
"""A fixed text, a field, alternatives, or a row that may be absent."""

Row: TypeAlias = tuple[Part, ...]
_FlatRow: TypeAlias = "tuple[str | Slot | None, ...]"  # None stands for a part that may be absent

_wildcard: Final = re.compile(r"[*?\[]")
_unportable: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\{}()]").search
_stars: Final = re.compile(r"\*\*+")
_glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall
_special: Final = re.compile(r"[\\.^$*+?()\[\]{}|]")


def _flatten(row: Row, *, fold: bool) -> list[_FlatRow]:
    """Return *row* once for each choice of alternatives.

    Args:
        row: The row.
        fold: Whether a part that may be absent becomes None; otherwise each row is there with and without it.
    """
    rows: list[_FlatRow] = [()]
    for part in row:
        choices: list[_FlatRow]
        if isinstance(part, Either):
            choices = [flat for one in part.rows for flat in _flatten(one, fold=fold)]
        elif isinstance(part, tuple):
            choices = [(None,)] if fold else [(), *_flatten(part, fold=fold)]
        else:
            choices = [(part,)]
        rows = [done + choice for done in rows for choice in choices]
    return rows


def regex(row: Row, *, groups: bool) -> str:
    """Return a regular expression for exactly the names of *row*, with a named group for each field on request."""
    texts: list[str] = []
    for part in row:
        if isinstance(part, str):
            texts.append(_quoted(part))
        elif isinstance(part, Slot):
            text = _quoted(part.fill) if isinstance(part.fill, str) else part.fill.regex
            texts.append(f"(?P<{part.name}>{text})" if groups else text)
        elif isinstance(part, Either):
            rows = [regex(one, groups=groups) for one in part.rows]
            texts.append(rows[0] if len(rows) == 1 else f"(?:{'|'.join(rows)})")
        else:
            texts.append(f"(?:{regex(part, groups=groups)})?")
    return "".join(texts)


def _quoted(text: str) -> str:
    return _special.sub(r"\\\g<0>", text)


def escaped(text: str) -> str:
    """Return *text* as a glob that matches it alone (CKS-052, CKS-059)."""
    unportable = _unportable(text)
    if unportable is not None:
        expected = "a root without \\ { } ( ) or control characters, which no glob spells alike in all tools"
        raise FieldError("root", text, expected, unportable.start(), "CKS-059")
    return _wildcard.sub(r"[\g<0>]", text)


def _flat_glob(row: _FlatRow) -> str:
    return "".join(map(_part_glob, row))


def _part_glob(part: str | Slot | None) -> str:
    if part is None:
        return "*"
    fill = part.fill if isinstance(part, Slot) else part
    return escaped(fill) if isinstance(fill, str) else fill.glob


def glob(row: Row) -> str:
    """Return one glob for *row*: the common start of its alternatives, ``*``, and their common end (CKS-050)."""
    globs = [_glob_characters(_flat_glob(flat)) for flat in _flatten(row, fold=True)]
    first = os.path.commonprefix(globs)  # noqa: RUF071 - of characters and classes, not of path components
    last = os.path.commonprefix([glob[len(first) :][::-1] for glob in globs])[::-1]  # noqa: RUF071 - the same
    middle = ["*"] if any(len(glob) > len(first) + len(last) for glob in globs) else []
    return _stars.sub("*", "".join([*first, *middle, *last]))


def globs(row: Row, width: int, limit: int, kind: str) -> tuple[str, ...]:
    """Return fixed-width globs that are exact for names without an open field of over *width* characters (CKS-053).

    Raises:
        TooManyGlobsError: If there are more than *limit*; *kind* names the pattern in the message (CKS-116).
    """
    width = _fields.integer("width", width, 1, "CKS-053")
    limit = _fields.integer("limit", limit, 1, "CKS-116")
    rows = [[_choices(part, width) for part in flat if part is not None] for flat in _flatten(row, fold=False)]
    count = sum(functools.reduce(operator.mul, map(len, flat), 1) for flat in rows)
    if count > limit:
        needed = str(count) if count < _COUNTED else f"over {_COUNTED}"
        expected = f"at most {limit} are made; use regex(), give more fields, a smaller width or a higher limit"
        raise TooManyGlobsError(kind, needed, expected, None, "CKS-116")
    found: list[str] = []
    for flat in rows:
        done = [""]
        for choices in flat:
            done = [start + glob for start in done for glob in choices]
        found += done
    return tuple(found)


def _choices(part: str | Slot, width: int) -> Sequence[str]:
    fill = part.fill if isinstance(part, Slot) else part
    if isinstance(fill, str):
        return [escaped(fill)]
    longest = fill.longest if fill.shortest == fill.longest else min(fill.longest, width)
    return [glob for size in range(fill.shortest, longest + 1) for glob in fill.globs(size)]
