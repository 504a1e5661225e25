"""Runs as rows of the page's table: the texts of ``ls``, and the values that the rows are sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, final

import attrs

from ckpt_scheme._cli import columns, output, table, views
from ckpt_scheme._cli.page.pruning import Freed, freed
from ckpt_scheme.catalog import Run, RunWarning, WarningKind

_HEADS: Final = tuple(column.head for column in table.RUN_LAYOUT)
_WORDS: Final[Mapping[WarningKind, str]] = {
    "latest_is_empty": "the latest is empty",
    "latest_is_dead_link": "the latest is a dead link",
    "latest_is_older": "the latest is older than another",
    "latest_is_uncertain": "another may be the latest",
    "best_is_empty": "the best is empty",
    "best_is_dead_link": "the best is a dead link",
    "unfinished_checkpoints": "unfinished checkpoints ({})",
    "several_frameworks": "several frameworks",
    "unread_names": "names not read ({})",
    "unreadable_folder": "unreadable folders ({})",
    "no_checkpoints": "no checkpoints",
}


@final
@attrs.frozen
class Cell:
    """A cell: its text, its meaning, and the value that it is sorted by, None if it has none."""

    text: str
    meaning: columns.Meaning = "plain"
    value: float | None = None


@final
@attrs.frozen(kw_only=True)
class Row:
    """A run.

    Attributes:
        run: Its record.
        name: Its path below the root.
        framework: The framework that wrote it.
        count: The number of its checkpoints.
        size: The bytes of its checkpoints.
        latest: The latest checkpoint.
        best: The best checkpoint.
        age: The time since the last write.
        freed: The candidates for ``prune``.
        warnings: The subjects of its warnings.
    """

    run: Run
    name: str
    framework: Cell
    count: Cell
    size: Cell
    latest: Cell
    best: Cell
    age: Cell
    freed: Freed
    warnings: tuple[str, ...]


def row(run: Run, now: datetime) -> Row:
    """Return the row of *run* at the time *now*."""
    name = shown(views._name(run, is_short=True))
    cells: dict[str, columns.Cell] = dict(zip(_HEADS, table.run_cells(run, name, now), strict=True))

    def cell(column: str, value: float | None) -> Cell:
        text, meaning = cells[column]
        return Cell(shown(text), meaning, value)

    return Row(
        run=run,
        name=name,
        framework=cell("FRAMEWORK", None),
        count=cell("CKPTS", len(run.checkpoints)),
        size=cell("SIZE", run.size),
        latest=cell("LATEST", _number(run)),
        best=cell("BEST", _best(run)),
        age=cell("AGE", None if run.modified is None else run.modified.timestamp()),
        freed=freed(run, now),
        warnings=tuple(map(words, run.warnings)),
    )


def words(warning: RunWarning) -> str:
    """Return the subject of a warning, with the number of its paths if that matters."""
    return _WORDS[warning.kind].format(f"{warning.count:,}")


def shown(text: str) -> str:
    """Return a name whose control characters, marks of direction and undecodable bytes are escapes."""
    return output.shown(text, "utf-8")


def _number(run: Run) -> float | None:
    """Return the epoch, or else the step, of the checkpoint furthest in training."""
    choice = run.furthest if run.furthest.checkpoint is not None else run.latest
    reading = None if choice.checkpoint is None else choice.checkpoint.readings[0]
    number = None if reading is None else reading.step if reading.epoch is None else reading.epoch
    return None if number is None else float(number)


def _best(run: Run) -> float | None:
    """Return the value of the best checkpoint, or else the highest of the first metric."""
    choices = (run.best, *(found.highest for found in run.metrics))
    stated = (one.checkpoint.readings[0].metrics for one in choices if one.checkpoint is not None)
    return next((value for metrics in stated for value in metrics.values()), None)
