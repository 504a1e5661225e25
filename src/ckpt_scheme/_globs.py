"""The glob, the globs and the regular expression of a pattern, which `patterns` describes by a sequence of parts.

A part is a fixed text, a field, an optional sequence of parts, or alternatives. The parts of ``best[_v<version>].ckpt``
are ``("best", ("_v", Field("version", VERSION)), ".ckpt")``. `glob`, `globs` and `regex` read the same sequence, so
they cannot disagree on its meaning.
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

_GREATEST_SHOWN: Final = 1_000_000  # the greatest number of globs in an error

# --------------------------------------------------------------------------------------------------------------------
# Open fields.

_DIGIT: Final = "[0-9]"
_NONZERO: Final = "[1-9]"
# Letters are spelt out, for in some shells the locale decides which letters a range holds.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Four digits that are not all zero, by the number of zeros at their end.
_NONZERO_4: Final = tuple(_DIGIT * (3 - zeros) + _NONZERO + "0" * zeros for zeros in range(4))


@final
@attrs.frozen
class OpenField:
    """The texts that an open field can have.

    Attributes:
        regex: Matches exactly these texts.
        glob: Matches these texts, and others.
        shortest: Length of the shortest text.
        longest: Length of the longest text.
        globs: Returns fixed-width globs that match exactly the texts of one length.
    """

    regex: str
    glob: str
    shortest: int
    longest: int
    globs: Callable[[int], Sequence[str]]


def _label(rule: str, others: str, longest: int) -> OpenField:
    first, more = f"[0-9{_LETTERS}]", f"[0-9{_LETTERS}{others}]"
    return OpenField(rule, "*", 1, longest, lambda width: [first + more * (width - 1)])


def _number(rule: str, padded: int) -> OpenField:
    def globs(width: int) -> list[str]:
        return [_DIGIT * width if width == padded else _NONZERO + _DIGIT * (width - 1)]

    return OpenField(rule, _DIGIT * padded + "*", padded, _grammar.MAX_DIGITS, globs)


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
TIMESTAMP: Final = OpenField(_grammar.TIMESTAMP, _DIGIT * 8 + "_" + _DIGIT * 6, 15, 15, _timestamp_globs)
EPOCH: Final = _number(_grammar.EPOCH, 2)
STEP: Final = _number(_grammar.STEP, 6)
VALUE: Final = OpenField(_grammar.VALUE, f"*[0-9].{_DIGIT * 4}", 6, _grammar.MAX_INTEGER_DIGITS + 6, _value_globs)
VERSION: Final = OpenField(
    _grammar.VERSION, "[0-9]*", 1, _grammar.MAX_DIGITS, lambda width: [_NONZERO + _DIGIT * (width - 1)]
)
COMPRESSION: Final = OpenField(
    "(?:gz|zst|xz)", "*", 2, 3, lambda width: [name for name in ("gz", "zst", "xz") if len(name) == width]
)
ROOT: Final = OpenField(_grammar.ROOT, "", 1, 1, lambda _width: [])  # `patterns` refuses a glob for it

# --------------------------------------------------------------------------------------------------------------------
# Sequences of parts, and their projections.


@final
@attrs.frozen
class Field:
    """A field of a name, with a given text or open.

    Attributes:
        name: Name of its group in a regular expression.
        content: The text, or the texts that it can have.
    """

    name: str
    content: str | OpenField


@final
@attrs.frozen
class Alternatives:
    """Sequences of parts, exactly one of which is in the name."""

    choices: tuple[Parts, ...]


Part: TypeAlias = "str | Field | Alternatives | tuple[Part, ...]"
"""A fixed text, a field, alternatives, or an optional sequence of parts."""

Parts: TypeAlias = tuple[Part, ...]
_FlatParts: TypeAlias = "tuple[str | Field | None, ...]"  # None stands for an optional part

_wildcard: Final = re.compile(r"[*?\[]")
_unportable: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\{}()]").search
_stars: Final = re.compile(r"\*\*+")
_glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall
_special: Final = re.compile(r"[\\.^$*+?()\[\]{}|]")


def _flatten(parts: Parts, *, fold: bool) -> list[_FlatParts]:
    """Return *parts* without alternatives, once for each choice of them.

    Args:
        parts: The sequence of parts.
        fold: Whether an optional part becomes None. Otherwise each sequence is returned with and without it.
    """
    sequences: list[_FlatParts] = [()]
    for part in parts:
        choices: list[_FlatParts]
        if isinstance(part, Alternatives):
            choices = [flat for choice in part.choices for flat in _flatten(choice, fold=fold)]
        elif isinstance(part, tuple):
            choices = [(None,)] if fold else [(), *_flatten(part, fold=fold)]
        else:
            choices = [(part,)]
        sequences = [done + choice for done in sequences for choice in choices]
    return sequences


def regex(parts: Parts, *, groups: bool) -> str:
    """Return a regular expression for exactly the names of *parts*; with *groups*, each field has a named group."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(_quoted(part))
        elif isinstance(part, Field):
            text = _quoted(part.content) if isinstance(part.content, str) else part.content.regex
            texts.append(f"(?P<{part.name}>{text})" if groups else text)
        elif isinstance(part, Alternatives):
            choices = [regex(choice, groups=groups) for choice in part.choices]
            texts.append(choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})")
        else:
            texts.append(f"(?:{regex(part, groups=groups)})?")
    return "".join(texts)


def _quoted(text: str) -> str:
    return _special.sub(r"\\\g<0>", text)


def escaped(text: str) -> str:
    """Return the glob that matches *text* alone (CKS-052, CKS-059)."""
    unportable = _unportable(text)
    if unportable is not None:
        expected = "a root without \\ { } ( ) or control characters, for which no glob means the same in all tools"
        raise FieldError("root", text, expected, unportable.start(), "CKS-059")
    return _wildcard.sub(r"[\g<0>]", text)


def _flat_glob(parts: _FlatParts) -> str:
    return "".join(map(_part_glob, parts))


def _part_glob(part: str | Field | None) -> str:
    if part is None:
        return "*"
    content = part.content if isinstance(part, Field) else part
    return escaped(content) if isinstance(content, str) else content.glob


def glob(parts: Parts) -> str:
    """Return one glob for *parts*: the common start of its alternatives, ``*``, and their common end (CKS-050)."""
    globs = [_glob_characters(_flat_glob(flat)) for flat in _flatten(parts, fold=True)]
    first = os.path.commonprefix(globs)  # noqa: RUF071 - of characters and classes, not of path components
    last = os.path.commonprefix([glob[len(first) :][::-1] for glob in globs])[::-1]  # noqa: RUF071 - the same
    middle = ["*"] if any(len(glob) > len(first) + len(last) for glob in globs) else []
    return _stars.sub("*", "".join([*first, *middle, *last]))


def globs(parts: Parts, width: int, limit: int, kind: str) -> tuple[str, ...]:
    """Return fixed-width globs, exact for names in which no open field is longer than *width* characters (CKS-053).

    Raises:
        TooManyGlobsError: If more than *limit* globs are needed; *kind* names the pattern in the message (CKS-116).
    """
    width = _fields.integer("width", width, 1, "CKS-053")
    limit = _fields.integer("limit", limit, 1, "CKS-116")
    sequences = [[_choices(part, width) for part in flat if part is not None] for flat in _flatten(parts, fold=False)]
    count = sum(functools.reduce(operator.mul, map(len, flat), 1) for flat in sequences)
    if count > limit:
        needed = str(count) if count < _GREATEST_SHOWN else f"over {_GREATEST_SHOWN}"
        expected = f"at most {limit} are made; use regex(), give more fields, a smaller width or a higher limit"
        raise TooManyGlobsError(kind, needed, expected, None, "CKS-116")
    found: list[str] = []
    for flat in sequences:
        done = [""]
        for choices in flat:
            done = [start + glob for start in done for glob in choices]
        found += done
    return tuple(found)


def _choices(part: str | Field, width: int) -> Sequence[str]:
    content = part.content if isinstance(part, Field) else part
    if isinstance(content, str):
        return [escaped(content)]
    longest = content.longest if content.shortest == content.longest else min(content.longest, width)
    return [glob for size in range(content.shortest, longest + 1) for glob in content.globs(size)]
