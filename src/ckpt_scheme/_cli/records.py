"""The operations and the trash of a state directory: a table on a terminal, ``key=value`` in a pipe, or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from ckpt_scheme._cli import output, streams, table
from ckpt_scheme._cli.columns import Cell, Column, Layout

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
    "path": Column("PATH", easy=20, least=20),
}


def show(printer: streams.Printer, records: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print records of the same fields, each on a line of its own."""
    if as_json or not streams.is_terminal(sys.stdout):
        for record in records:
            printer.line(output.json_line(record) if as_json else f"{output.words(record)}\n")
    elif records:
        _show_table(printer, records)


def _show_table(printer: streams.Printer, records: Sequence[Mapping[str, object]]) -> None:
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    keys = [key for key in _COLUMNS if key in records[0]]
    rows = [[_shown(key, record[key]) for key in keys] for record in records]
    layout = Layout([_COLUMNS[key] for key in keys], terminal.width(), rows, terminal.length)
    paint = terminal.Paint()
    printer.line(f"{layout.head(paint)}\n")
    for row in rows:
        cells: list[Cell] = [(text, "plain") for text in row]
        printer.line(f"{layout.line(cells, paint)}\n")


def _shown(key: str, value: object) -> str:
    if value is None:
        return "-"
    return _FORMS[key](value) if key in _FORMS else streams.shown(str(value))


def _age(time: object) -> str:
    return table.age(datetime.now(UTC) - datetime.fromisoformat(cast("str", time)))


_FORMS: Final[Mapping[str, Callable[[object], str]]] = {
    "time": _age,
    "size": lambda count: table.size(cast("int", count)),
}
