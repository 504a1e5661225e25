"""Errors about a text, for people: the text on a line of its own, with a caret under the place of the fault."""

from __future__ import annotations

import textwrap
from typing import Final, TextIO

from ckpt_scheme._cli import output, streams
from ckpt_scheme.errors import AmbiguousNameError, SchemeError

_INDENT: Final = "    "
_CUT: Final = "..."
_LEAST: Final = 30  # columns for a sentence beside the caret, or it goes below
_BEFORE: Final = 40  # characters before the place that are always shown

_ADVICE: Final = {
    "entry": "end the name of a directory with '/'",
    "framework": "pass --framework",
    "siblings": "run 'ckpt-scheme identify' on the directory",
}


def message(error: SchemeError, stream: TextIO | None) -> str:
    """Return the text of *error* for *stream*: its one-line message or, for a terminal, several lines.

    The message of an error without a place in a text, or with a sentence of its own, stays one line.
    """
    if isinstance(error, AmbiguousNameError):
        return output.visible(error._sentence(_ADVICE))
    has_sentence = type(error).__str__ is not SchemeError.__str__
    if has_sentence or error.position is None or not isinstance(error.text, str) or not streams.is_terminal(stream):
        return output.visible(str(error))
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    return "\n".join(_lines(error, error.text, error.position, terminal.width()))


def _lines(error: SchemeError, text: str, position: int, width: int) -> list[str]:
    rule = "" if error.requirement is None else f" [{error.requirement}]"
    start, end = _window(text, position, width - len(_INDENT) - 2 * len(_CUT))
    before = _INDENT + (_CUT if start else "") + output.visible(text[start:position])
    line = before + output.visible(text[position:end]) + (_CUT if end < len(text) else "")
    expected = output.visible(f"expected {error.expected}")
    indent = " " * len(before)
    if width - len(before) - 2 >= min(_LEAST, len(expected)):
        found = textwrap.wrap(expected, width, initial_indent=f"{indent}^ ", subsequent_indent=f"{indent}  ")
    else:
        found = [f"{indent}^", *textwrap.wrap(expected, width, initial_indent=_INDENT, subsequent_indent=_INDENT)]
    meant = [] if error.suggestion is None else [f"{_INDENT}did you mean {output.visible(error.suggestion)}?"]
    return [f"invalid {error.kind}{rule}", line, *found, *meant]


def _window(text: str, position: int, room: int) -> tuple[int, int]:
    """Return the ends of the piece of *text* around *position* that takes at most *room* columns, escapes included."""
    start = max(0, position - _BEFORE)
    while start < position and len(output.visible(text[start:position])) > room // 2:
        start += 1
    end = position + max(0, room)
    while end > position and len(output.visible(text[start:end])) > room:
        end -= 1
    return start, min(end, len(text))
