"""The fast patterns that `parse` matches with, and how a match becomes a value.

A fast pattern accepts the language of its rule in `_grammar`, in less time. Its quantifiers are possessive where
backtracking cannot help, and its frequent forms come first. A property test compares each fast pattern with its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from ckpt_scheme import _grammar as grammar

# The caller checks the rest at a lower cost: `datetime` checks the calendar in C, and `len` the length of
# architecture and encoder. These two grow by one "_" at a time, for only the text behind them shows where they end.
_RUN_ID: Final = (
    r"([0-9A-Za-z][0-9A-Z_a-z]{0,63}+)"  # the tag ends at the first "-"
    r"-([0-9A-Za-z]++(?:_[0-9A-Za-z]*+)*?)"
    r"(?:-([0-9A-Za-z][0-9A-Za-z-]*+(?:_[0-9A-Za-z-]*+)*?))?"
    r"_([0-9A-Za-z][0-9A-Za-z-]{0,31}+)"  # a phase holds no "_"
    r"_([0-9]{8}_(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9])"  # from 3.14 on `datetime` reads hour 24 as the next day
)

_CHECKPOINT_NAME: Final = (
    r"(?:epoch-(0[0-9]|[1-9][0-9]{1,17}+)_step-([1-9][0-9]{5,17}+|0[0-9]{5})|best)"
    r"(?:\.ckpt"
    # A metric follows "_" in the name of an epoch, whose first group is set, and "-" in the name of a best checkpoint.
    r"|(?:(?(1)_|-)([0-9A-Za-z][0-9A-Z_a-z]{0,63}+)-((?!-0\.0000)-?(?:0|[1-9][0-9]{0,10}+)\.[0-9]{4}))?"
    r"(?:_v([1-9][0-9]{0,17}+))?\.ckpt)"
    r"|last\.ckpt"
)

_PATTERNS: Final = {
    "run_id": _RUN_ID,
    "checkpoint_name": _CHECKPOINT_NAME,
    "word": r"[0-9A-Za-z][0-9A-Z_a-z]{0,63}+",
    "encoder": r"[0-9A-Za-z][0-9A-Z_a-z-]{0,63}+",
    "phase": r"[0-9A-Za-z][0-9A-Za-z-]{0,31}+",
}

# A match reads no further, for a longer text has a label that is too long. Without this bound it would store a state
# for each underscore in a megabyte of "a_a_a_".
RUN_ID_END: Final = grammar.MAX_RUN_ID + 1

# Formatting a number to a width takes ten times as long as looking up its two digits.
TWO_DIGITS: Final = tuple(f"{number:02d}" for number in range(100))

if TYPE_CHECKING:
    run_id: Callable[..., re.Match[str] | None]
    checkpoint_name: Callable[[str], re.Match[str] | None]
    word: Callable[[str], re.Match[str] | None]
    encoder: Callable[[str], re.Match[str] | None]
    phase: Callable[[str], re.Match[str] | None]
else:

    def __getattr__(name: str) -> object:
        """Compile a pattern on first use, for compilation would lengthen the import of the package."""
        if name not in _PATTERNS:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        match = globals()[name] = re.compile(_PATTERNS[name]).fullmatch
        return match


def draft_of(cls: type) -> Callable[[], Any]:
    """Return a class whose empty instances become values of the frozen attrs class *cls*.

    The constructor of *cls* would check the fields, which a match has proved valid, at three times the cost. A draft
    has the slots of *cls* and no lock. Its fields are set one by one; then `draft.__class__ = cls` freezes it, which
    CPython allows for equal layouts.
    """
    slots = sorted(field.name for field in attrs.fields(cls))
    namespace = {"__slots__": slots, "__init__": object.__init__}
    return cast("Callable[[], Any]", type(f"_{cls.__name__}Draft", cls.__bases__, namespace))
