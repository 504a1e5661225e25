"""Names with escapes, so that no name controls a terminal; JSON lines; and messages about paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from ckpt_scheme.errors import SchemeError

_unprintable: Final = re.compile(r"[^ -~]")
_encode: Final = json.JSONEncoder(allow_nan=False).encode


def visible(text: str) -> str:
    """Return a message or a pattern with an escape for every character that is not printable ASCII."""
    return _unprintable.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def escaped(text: str) -> str:
    r"""Return a name as `ascii` shows it, without the quotes.

    Unlike `visible` it doubles each backslash, so that no two names look alike.

    Examples:
        >>> print(escaped("a\x1b[2J\u202e\udcff\\n.ckpt"))
        a\x1b[2J\u202e\udcff\\n.ckpt
    """
    return text if _is_plain(text) else visible(text.replace("\\", "\\\\"))


def shown(text: str, encoding: str) -> str:
    r"""Return a name with escapes for the characters that the terminal cannot show.

    A control character, a mark that changes the direction of writing, a character that is not printable, a byte that
    is not UTF-8 and a character that *encoding* lacks become an escape. Each backslash is doubled, as in `escaped`.

    Examples:
        >>> print(shown("\u8a13\u7df4\x1b[2J\u202e\udcff.ckpt", "utf-8").encode("ascii", "backslashreplace").decode())
        \u8a13\u7df4\x1b[2J\u202e\udcff.ckpt
    """
    if _is_plain(text):
        return text
    pieces = (_shown_character(char, encoding) for char in text.replace("\\", "\\\\"))
    return "".join(pieces)


def _shown_character(char: str, encoding: str) -> str:
    if char.isprintable():
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            pass
        else:
            return char
    return visible(char)


def unreadable(path: str, error: Exception) -> str:
    """Return the message about a path that cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot read {escaped(path)}: {reason}"


def few(texts: Sequence[str], count: int) -> str:
    """Return the first of *texts*, with commas between, and the number of the rest of *count*."""
    more = count - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def row(cells: Iterable[str], encoding: str) -> str:
    """Return a line for programs: the cells with tabs between."""
    return "\t".join(shown(cell, encoding) for cell in cells) + "\n"


def counted(count: int, word: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "\\" not in text


def json_line(record: Mapping[str, object]) -> str:
    """Return *record* as one line of printable ASCII."""
    return f"{_encode(record)}\n"


def error_fields(error: SchemeError) -> dict[str, object]:
    """Return the attributes of *error* for a JSON line, without the text that the line has already."""
    return {
        "kind": error.kind,
        "position": error.position,
        "expected": error.expected,
        "requirement": error.requirement,
        "suggestion": error.suggestion,
        "message": str(error),
    }


def words(record: Mapping[str, object]) -> str:
    """Return the fields of *record* that are not None as ``key=value``, with blanks between, for people."""
    found: list[str] = []
    for key, value in record.items():
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            found += [f"{key}.{part}={inner[part]}" for part in inner]
        elif value is not None:
            found.append(f"{key}={value}")
    return escaped(" ".join(found))
