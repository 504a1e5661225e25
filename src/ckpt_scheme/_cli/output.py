"""What is printed: text that no name can make a terminal obey, JSON lines, and the columns of a listing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

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


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "\\" not in text


def json_line(record: Mapping[str, object]) -> str:
    """Return *record* as one line of printable ASCII."""
    # The one control character that JSON leaves as it is. It can only be in a string, where the escape means the same.
    return _encode(record).replace("\x7f", "\\u007f") + "\n"


def error_fields(error: SchemeError) -> dict[str, object]:
    """Return what *error* knows, for a JSON line that has its text already."""
    return {
        "kind": error.kind,
        "position": error.position,
        "expected": error.expected,
        "requirement": error.requirement,
        "suggestion": error.suggestion,
        "message": str(error),
    }


def words(record: Mapping[str, object]) -> str:
    """Return what *record* says as ``key=value``, with blanks between: for people, who want no empty fields."""
    found: list[str] = []
    for key, value in record.items():
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            found += [f"{key}.{part}={inner[part]}" for part in inner]
        elif value is not None:
            found.append(f"{key}={value}")
    return escaped(" ".join(found))


Paint: TypeAlias = Callable[[str, str], str]
"""Returns its second text in the colour of the status that is its first."""


def plain(_status: str, text: str) -> str:
    """Return *text* as it is: what paints where there are no colours."""
    return text


# The columns with the widths that they begin with, those of everyday names: a listing that grows less is read better.
_RUN_HEADERS: Final = {"TAG": 16, "MODEL": 16, "PHASE": 10, "START": 19}
_HEADERS: Final = {
    "EPOCH": 5,
    "STEP": 7,
    "METRIC": 14,
    "VERSION": 7,
    "KIND": 5,
    "FRAMEWORK": 11,
    "STATUS": 10,
    "NAME": 40,
    "WOULD BE CALLED": 15,
}
_NUMBERS: Final = ("EPOCH", "STEP", "VERSION")
_STATUS: Final = list(_HEADERS).index("STATUS")
_GAP: Final = "  "
# A cell may be wider than its column and moves the rest of its row; one long name must not widen all rows after it.
_WIDEST: Final = 64


class Table:
    """A table that is printed while it grows: widths are those of the rows so far, and only ever become larger.

    Args:
        paint: What colours a status.
    """

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._run_widths = list(_RUN_HEADERS.values())
        self._widths = list(_HEADERS.values())
        self._is_headed = False

    def block(self, run: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Return the lines for *rows* of one directory.

        Args:
            run: The cells of the run's four columns, or one text that is written across them.
            rows: The cells of the columns after these.
        """
        run_cells = [escaped(cell) for cell in run]
        # One look at a whole row costs a fifth of one look at each cell, and few rows have anything to escape.
        cells = [list(row) if _is_plain("".join(row)) else list(map(escaped, row)) for row in rows]
        if len(run_cells) == len(_RUN_HEADERS):
            self._run_widths = _grown(self._run_widths, [run_cells])
        self._widths = _grown(self._widths, cells)
        row_format = _GAP.join(
            f"{{:{'>' if header in _NUMBERS else '<'}{width}}}"
            for header, width in zip(_HEADERS, self._widths, strict=True)
        ).format
        lines: list[str] = []
        if not self._is_headed:
            self._is_headed = True
            lines.append(self._run_text(list(_RUN_HEADERS)) + row_format(*_HEADERS).rstrip())
        start = self._run_text(run_cells)
        painted: dict[str, str] = {}
        for row in cells:
            status = row[_STATUS]
            if status not in painted:
                # Colours take no room on the screen, so their codes must not count for the column's width.
                painted[status] = self._paint(status, status) + " " * (self._widths[_STATUS] - len(status))
            row[_STATUS] = painted[status]
            lines.append(start + row_format(*row).rstrip())
        return "\n".join([*lines, ""])

    def _run_text(self, cells: Sequence[str]) -> str:
        if len(cells) == len(_RUN_HEADERS):
            return "".join(cell.ljust(width) + _GAP for cell, width in zip(cells, self._run_widths, strict=True))
        return cells[0].ljust(sum(self._run_widths) + len(_GAP) * (len(_RUN_HEADERS) - 1)) + _GAP


def _grown(widths: Sequence[int], rows: Sequence[Sequence[str]]) -> list[int]:
    columns = zip(*rows, strict=True)
    return [max(width, min(max(map(len, column)), _WIDEST)) for width, column in zip(widths, columns, strict=True)]
