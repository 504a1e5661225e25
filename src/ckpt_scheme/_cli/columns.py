"""Rows that fit a terminal: cells with a meaning, the widths of columns, and texts that are shortened or folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias, final

import attrs

Meaning: TypeAlias = Literal["plain", "good", "doubt", "bad", "head", "faint"]
"""The meaning of a cell, which a terminal shows as a colour."""

Paint: TypeAlias = Callable[[Meaning, str], str]
"""Returns a text in the colour of a meaning."""

Cell: TypeAlias = tuple[str, Meaning]

FIRST: Final = 40
"""The number of rows, or of groups of rows, that decide the widths of the columns; output begins after them."""

_GAPS: Final = "  ", " "  # the second if the first leaves too little room
_CUT: Final = "..."


@final
@attrs.frozen
class Column:
    """A column on a terminal.

    Attributes:
        head: Its head.
        is_number: Whether its cells are aligned to the right.
        easy: The width to which it is shortened first; 0 if it is never shortened.
        least: The width to which it is shortened on a narrow terminal.
    """

    head: str
    is_number: bool = False
    easy: int = 0
    least: int = 0


@final
class Layout:
    """The widths of columns, so that a row fits a terminal.

    Args:
        columns: The columns.
        width: The width of the terminal.
        rows: The first rows; later rows are shortened to the widths of these.
        length: Returns the number of columns of a terminal that a text takes.
    """

    def __init__(
        self, columns: Sequence[Column], width: int, rows: Sequence[Sequence[str]], length: Callable[[str], int]
    ) -> None:
        self._columns = columns
        self._length = length
        heads = [column.head for column in columns]
        self._widths = [max(map(length, cells)) for cells in zip(heads, *rows, strict=True)]
        gaps = len(columns) - 1
        self._gap = next((gap for gap in _GAPS if sum(self._widths) + len(gap) * gaps <= width), _GAPS[-1])
        room = width - len(self._gap) * gaps
        self._shorten(room, [column.easy for column in columns])
        self._shorten(room, [column.least for column in columns])

    def _shorten(self, room: int, least: Sequence[int]) -> None:
        """Shorten the column with the most to spare, until all fit or no column can be shortened."""
        while sum(self._widths) > room:
            spare = [
                width - floor if column.easy else 0
                for column, width, floor in zip(self._columns, self._widths, least, strict=True)
            ]
            most = max(spare)
            if most <= 0:
                return
            self._widths[spare.index(most)] -= 1

    def head(self, paint: Paint) -> str:
        """Return the line with the heads."""
        return self.line([(column.head, "head") for column in self._columns], paint)

    def line(self, cells: Sequence[Cell], paint: Paint) -> str:
        """Return one row."""
        found: list[str] = []
        for column, width, (text, meaning) in zip(self._columns, self._widths, cells, strict=True):
            cut = shortened(text, width, self._length)
            blanks = " " * (width - self._length(cut))
            painted = paint(meaning, cut)
            found.append(f"{blanks}{painted}" if column.is_number else f"{painted}{blanks}")
        return self._gap.join(found).rstrip()


def shortened(text: str, width: int, length: Callable[[str], int]) -> str:
    """Return *text* in at most *width* columns of a terminal, with dots in place of its middle if it is wider."""
    if length(text) <= width:
        return text
    room = max(0, width - len(_CUT))
    head, tail = "", ""
    front, back = iter(text), iter(reversed(text))
    while True:
        is_front = length(head) <= length(tail)
        char = next(front if is_front else back)
        if length(head) + length(tail) + length(char) > room:
            return f"{head}{_CUT}{tail}"[:width] if room else _CUT[:width]
        head, tail = (head + char, tail) if is_front else (head, char + tail)


def folded(
    first: str, pieces: Iterable[str], width: int, indent: int, length: Callable[[str], int] = len
) -> Iterator[str]:
    """Yield lines of at most *width* columns: *first* and the *pieces* with blanks between, none of them cut.

    Lines after the first begin with *indent* blanks, and an empty piece makes a wider gap. The *length* of a text is
    its columns.
    """
    line = first
    for piece in pieces:
        if length(f"{line} {piece}") <= width:
            line += f" {piece}"
        elif piece:
            yield line.rstrip()
            line = " " * indent + piece
    yield line.rstrip()
