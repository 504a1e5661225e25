"""The operations and the trash of a state directory: a table on a terminal, ``key=value`` in a pipe, or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from ckpt_scheme._cli import columns, output, streams, table
from ckpt_scheme._cli.columns import Cell, Column, Layout

_INDENT: Final = 4  # of a path on a line of its own
_COLUMNS: Final[Mapping[str, Column]] = {
    "operation": Column("OPERATION", is_number=True),
    "action": Column("ACTION"),
    "time": Column("AGE", is_number=True),
    "undoes": Column("UNDOES", is_number=True),
    "acts": Column("ACTS", is_number=True),
    "end": Column("END"),
    "undoable": Column("UNDOABLE", is_number=True),
    "left": Column("LEFT", is_number=True),
    "size": Column("SIZE", is_number=True),
}


def show(printer: streams.Printer, records: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print records of the same fields, each on a line of its own."""
    if as_json or not streams.is_terminal(sys.stdout):
        for record in records:
            printer.line(output.json_line(record) if as_json else f"{output.words(record)}\n")
    elif records:
        _show_table(printer, records)


def show_sum(printer: streams.Printer, of: str, text: str) -> None:
    """Print a sum on one line, or on two if they do not fit the terminal."""
    if not streams.is_terminal(sys.stdout):
        printer.line(f"{of} {text}\n")
        return
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    for line in columns.folded(of, [text], terminal.width(), indent=_INDENT, length=terminal.length):
        printer.line(f"{line}\n")


def _show_table(printer: streams.Printer, records: Sequence[Mapping[str, object]]) -> None:
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    keys = [key for key in _COLUMNS if key in records[0]]
    paths = [[streams.shown(str(record["path"]))] if "path" in record else [] for record in records]
    rows = [[_cell(key, record[key]) for key in keys] for record in records]
    width = terminal.width()
    layout = Layout([_COLUMNS[key] for key in keys], width, rows, terminal.length)
    paint = terminal.Paint()
    printer.line(f"{layout.head(paint)}{'  PATH' if any(paths) else ''}\n")
    for row, path in zip(rows, paths, strict=True):
        cells: list[Cell] = [(text, "plain") for text in row]
        # A path is never cut: it gets a line of its own if it does not fit, or its folder and its name get one each.
        is_long = any(terminal.length(each) > width - _INDENT for each in path)
        pieces = ["", *(_halves(path[0]) if is_long else path)]
        for line in columns.folded(layout.line(cells, paint), pieces, width, indent=_INDENT, length=terminal.length):
            printer.line(f"{line}\n")


def _halves(path: str) -> tuple[str, str]:
    folder, slash, name = path.rpartition("/")
    return folder + slash, name


def _cell(key: str, value: object) -> str:
    if value is None:
        return "-"
    return _FORMS[key](value) if key in _FORMS else streams.shown(str(value))


def _age(time: object) -> str:
    return table.age(datetime.now(UTC) - datetime.fromisoformat(cast("str", time)))


_FORMS: Final[Mapping[str, Callable[[object], str]]] = {
    "time": _age,
    "size": lambda count: table.size(cast("int", count)),
}
