"""The tables of ``ls``: for a terminal, and for a pipe."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, final

import attrs

from ckpt_scheme._cli import columns, output, streams, table
from ckpt_scheme.catalog import Checkpoint, Run

_PATIENCE: Final = 1.0  # seconds to wait for the first rows


def _name(run: Run, *, is_short: bool) -> str:
    """Return the path of a run, below its root if *is_short* and the run is not the root."""
    if not is_short or run.path == run.root:
        return run.path
    root = f"{run.root.rstrip('/')}/" if run.root else ""
    return run.path.removeprefix(root)


def _unread(run: Run) -> list[str]:
    """Return the unread names that are not among the checkpoints with the status unknown."""
    known = {_below(checkpoint, run) for checkpoint in run.checkpoints} if run.unread else set[str]()
    return [name.rstrip("/") for name in run.unread if name.rstrip("/") not in known]


def _below(checkpoint: Checkpoint, run: Run) -> str:
    return checkpoint.path.removeprefix(f"{run.path}/")


@final
@attrs.define(eq=False)
class Pipe:
    """Prints rows for programs: complete, with tabs between the columns."""

    printer: streams.Printer

    def show(self, runs: Iterable[Run], *, is_long: bool, is_headed: bool, is_short: bool) -> None:
        rest = iter(runs)
        first = list(itertools.islice(rest, 1))  # raises, before the heads are printed, if a listing cannot be read
        if is_headed:
            self._row(table.CHECKPOINT_COLUMNS if is_long else table.RUN_COLUMNS)
        for run in itertools.chain(first, rest):
            name = _name(run, is_short=is_short)
            if not is_long:
                self._row(table.run_fields(run, name))
                continue
            for checkpoint in run.checkpoints:
                self._row(table.checkpoint_fields(checkpoint, name, _below(checkpoint, run)))
            blank = [""] * (len(table.CHECKPOINT_COLUMNS) - 3)
            for unread in _unread(run):
                self._row((name, unread, "unread", *blank))
            self.printer.flush()

    def _row(self, cells: Sequence[str]) -> None:
        self.printer.line(output.row(cells, streams.encoding()))
        self.printer.flush()


@final
class Terminal:
    """Prints rows that fit a terminal, in colours."""

    def __init__(self, printer: streams.Printer) -> None:
        from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

        self._printer = printer
        self._paint = terminal.Paint()
        self._width = terminal.width()
        self._length = terminal.length
        self._encoding = streams.encoding()
        self._now = datetime.now(UTC)

    def show(self, runs: Iterable[Run], *, is_long: bool, is_headed: bool, is_short: bool) -> None:
        rest = iter(runs)
        first = list(_first(rest))
        rows = [self._cells(run, is_short=is_short) for run in first]
        texts = [[text for text, _ in row] for row in rows]
        layout = columns.Layout(table.RUN_LAYOUT, self._width, texts, self._length)
        if is_headed and first:
            self._printer.line(f"{layout.head(self._paint)}\n")
        for run in itertools.chain(first, rest):
            self._printer.line(f"{layout.line(self._cells(run, is_short=is_short), self._paint)}\n")
            if is_long:
                self._checkpoints(run)
            self._printer.flush()

    def _cells(self, run: Run, *, is_short: bool) -> Sequence[columns.Cell]:
        return self._visible(table.run_cells(run, _name(run, is_short=is_short), self._now))

    def _visible(self, cells: Sequence[columns.Cell]) -> list[columns.Cell]:
        return [(output.shown(text, self._encoding), meaning) for text, meaning in cells]

    def _checkpoints(self, run: Run) -> None:
        rest = iter(run.checkpoints)
        indent: columns.Cell = ("", "plain")
        rows = ([indent, *self._of(checkpoint, run)] for checkpoint in rest)
        first = list(itertools.islice(rows, columns.FIRST))
        layout = columns.Layout(
            table.CHECKPOINT_LAYOUT, self._width, [[text for text, _ in row] for row in first], self._length
        )
        for row in itertools.chain(first, rows):
            self._printer.line(f"{layout.line(row, self._paint)}\n")
        for unread in _unread(run):
            line = columns.shortened(f"  {output.shown(unread, self._encoding)}: not read", self._width, self._length)
            self._printer.line(f"{self._paint('bad', line)}\n")

    def _of(self, checkpoint: Checkpoint, run: Run) -> list[columns.Cell]:
        return self._visible(table.checkpoint_cells(checkpoint, _below(checkpoint, run), self._now))


def _first(runs: Iterator[Run]) -> Iterator[Run]:
    """Yield the runs whose rows decide the widths of the columns: the first few, or those of the first second."""
    end: float | None = None
    for run in itertools.islice(runs, columns.FIRST):
        yield run
        now = time.monotonic()
        end = now + _PATIENCE if end is None else end
        if now > end:
            break
