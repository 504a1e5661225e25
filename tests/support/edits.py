"""Near misses: texts that are one edit away from a given one."""

from __future__ import annotations

import string
from typing import Final

from hypothesis import strategies as st

# Characters that a careless matcher takes for a digit, a letter, an end of line, no character, or its own syntax.
NASTY: Final = (
    string.digits
    + "aAbEefkKnopstTvVxz"
    + string.punctuation
    + " \0\t\n\r\x1b\x7f\x85\xa0"
    + "\u00b2\u0131\u017f\u0663\u2167\u212a\uff10\u00e9\u0301\u200b\u2028\u202e\ufeff\U0001f642"
)


def edits_at(text: str, position: int, char: str) -> list[str]:
    """Return the four texts that an insertion, replacement, deletion or swap at *position* makes."""
    left, right = text[:position], text[position:]
    return [left + char + right, left + char + right[1:], left + right[1:], left + right[1:2] + right[:1] + right[2:]]


def neighbours(text: str) -> set[str]:
    """Return all texts that one insertion, replacement, deletion or swap of two neighbouring characters makes."""
    found: set[str] = set()
    for position in range(len(text) + 1):
        for char in NASTY:
            found.update(edits_at(text, position, char))
    return found - {text}


def draw_edit(draw: st.DrawFn, text: str) -> str:
    """Draw one of the edits of `neighbours`."""
    position = draw(st.integers(0, len(text)))
    return draw(st.sampled_from(edits_at(text, position, draw(st.sampled_from(NASTY)))))
