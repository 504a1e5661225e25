"""`FieldType`: what a field of a template can hold, and the simplest of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, final

import attrs


@final
@attrs.frozen
class FieldType:
    """What a field of a template can hold.

    Args:
        pattern: Its texts; without groups.
        longest: None of them is longer.
        convert: What makes a value of the text, or None where the text is the value. Where the value is a mapping, it
            is one of several fields, whose names and values it holds; where it is None, the text is no such field.
        shape: The one `shape` that all of them have, or None where they have several.
        start: The shape of how each of them starts, or nothing where they start in several ways.
        slashes: No text holds more of them.
        holds: Each text holds these, of those that `Index` looks for.
        is_free: Whether the user or the run chooses the text, so that another format may well have written it.
    """

    pattern: str
    longest: int
    convert: Callable[[str], Any] | None = None
    shape: str | None = None
    start: str = ""
    slashes: int = 0
    holds: tuple[str, ...] = ()
    is_free: bool = False


def shape(text: str) -> str:
    """Return *text* with one ``0`` for each run of digits: what the names of a format have in common."""
    return re.sub("[0-9]+", "0", text)


def one_of(*texts: str) -> FieldType:
    """Return the type of one of several words."""
    shapes = {shape(text) for text in texts}
    pattern = f"(?:{'|'.join(map(re.escape, texts))})"
    return FieldType(pattern, max(map(len, texts)), shape=shapes.pop() if len(shapes) == 1 else None)


def digits(width: int) -> FieldType:
    """Return the type of a number of exactly *width* digits."""
    return FieldType(rf"[0-9]{{{width}}}", width, int, "0")


def hexadecimal(width: int) -> FieldType:
    """Return the type of a hash of exactly *width* digits."""
    return FieldType(rf"[0-9a-f]{{{width}}}", width)


def free(pattern: str, longest: int) -> FieldType:
    """Return the type of a text that the user or the run chooses."""
    return FieldType(pattern, longest, is_free=True)
