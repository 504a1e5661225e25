"""The rows of ``ls``: the cells of a run and of a checkpoint, for people and for programs."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, final

import attrs

from ckpt_scheme._cli.columns import Cell, Column, Meaning
from ckpt_scheme.catalog import Checkpoint, Run, Status
from ckpt_scheme.legacy import CANONICAL, Reading

RUN_COLUMNS: Final = ("RUN", "FRAMEWORK", "CKPTS", "SIZE", "LATEST", "BEST", "MODIFIED", "WARNINGS")
CHECKPOINT_COLUMNS: Final = (
    *("RUN", "CHECKPOINT", "STATUS", "FRAMEWORK", "KIND", "EPOCH", "STEP", "METRICS", "SIZE", "MODIFIED", "FLAGS"),
    "CANONICAL NAME",
)
RUN_LAYOUT: Final = (
    Column("RUN", easy=22, least=10),
    Column("FRAMEWORK", easy=9, least=5),
    Column("CKPTS", is_number=True),
    Column("SIZE", is_number=True),
    Column("LATEST", easy=14, least=8),
    Column("BEST", easy=12, least=8),
    Column("AGE", is_number=True),
)
CHECKPOINT_LAYOUT: Final = (
    Column(""),
    Column("", easy=24, least=10),
    Column("", is_number=True),
    Column("", is_number=True),
    Column("", easy=20, least=5),
)
_WHOLE, _SHORT = ".4f", ".3g"  # digits of the ends of a range
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_THOUSAND: Final = 1000
_AGES: Final = (
    ("y", timedelta(days=365)),
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)

MEANINGS: Final[Mapping[Status, Meaning]] = {
    "canonical": "good",
    "legacy": "plain",
    "ambiguous": "doubt",
    "unknown": "bad",
}


@final
@attrs.frozen
class Marks:
    """The texts for links and faults of checkpoints."""

    texts: tuple[str, ...]
    meaning: Meaning


def marks(checkpoint: Checkpoint) -> Marks:
    """Return the marks of a checkpoint: a symlink with its target, a dead link, an empty or unfinished entry."""
    found = [flag.replace("_", " ") for flag in checkpoint.flags]
    if checkpoint.entry_type == "symlink":
        found.insert(0, f"-> {checkpoint.link_target or '?'}")
    if checkpoint.entry_type == "other":
        found.append("no file")
    return Marks(tuple(found), "bad" if checkpoint.flags else "faint")


def run_cells(run: Run, name: str, now: datetime) -> tuple[Cell, ...]:
    """Return the cells of a run for people, in the order of `RUN_LAYOUT`."""
    kinds = {warning.kind for warning in run.warnings}
    latest = _latest(run) + ("!" if any(kind.startswith("latest") for kind in kinds) else "")
    best = _best(run, _SHORT) + ("!" if any(kind.startswith("best") for kind in kinds) else "")
    count = "-" if run.archive is not None else str(len(run.checkpoints))
    return (
        (name, "plain"),
        framework(run),
        (count, "plain"),
        (size(run.size), "plain"),
        (latest, _meaning(latest)),
        (best, _meaning(best)),
        ("-" if run.modified is None else age(now - run.modified), "faint"),
    )


def run_fields(run: Run, name: str) -> tuple[str, ...]:
    """Return the cells of a run for programs, in the order of `RUN_COLUMNS`: sizes in bytes, times as in ISO 8601."""
    modified = "" if run.modified is None else run.modified.isoformat()
    return (
        name,
        framework(run)[0],
        str(len(run.checkpoints)),
        str(run.size),
        _latest(run),
        _best(run, _WHOLE),
        modified,
        ",".join(warning.kind for warning in run.warnings),
    )


def checkpoint_fields(checkpoint: Checkpoint, run: str, name: str) -> tuple[str, ...]:
    """Return the cells of a checkpoint for programs, in the order of `CHECKPOINT_COLUMNS`."""
    reading = checkpoint.reading
    return (
        run,
        name,
        checkpoint.status,
        "" if reading is None else reading.framework,
        "" if reading is None else reading.kind,
        "" if reading is None or reading.epoch is None else str(reading.epoch),
        "" if reading is None or reading.step is None else str(reading.step),
        _metrics(checkpoint),
        "" if checkpoint.size is None else str(checkpoint.size),
        "" if checkpoint.modified is None else checkpoint.modified.isoformat(),
        "; ".join(marks(checkpoint).texts),
        checkpoint.canonical_name or "",
    )


def checkpoint_cells(checkpoint: Checkpoint, name: str, now: datetime) -> tuple[Cell, ...]:
    """Return the cells of a checkpoint for people: name, size, age, and the notes on it."""
    meaning = MEANINGS[checkpoint.status]
    found = marks(checkpoint)
    notes = [*found.texts]
    if checkpoint.status in ("ambiguous", "unknown"):
        notes.append(checkpoint.status)
    if checkpoint.canonical_name is not None:
        notes.append(f"canonical: {checkpoint.canonical_name}")
    return (
        (name, meaning),
        ("?" if checkpoint.size is None else size(checkpoint.size), "plain"),
        ("-" if checkpoint.modified is None else age(now - checkpoint.modified), "faint"),
        (", ".join(notes), found.meaning),
    )


def framework(run: Run) -> Cell:
    """Return the framework of a run, ``scheme`` for canonical names alone, or ``?`` if it is not certain."""
    if run.archive is not None:
        return "archive", "faint"
    if run.framework == CANONICAL:
        return "scheme", "good"
    if run.framework is not None:
        return run.framework, "plain"
    writers = next((warning.paths for warning in run.warnings if warning.kind == "several_frameworks"), ())
    if writers:
        return ",".join("scheme" if writer == CANONICAL else writer for writer in writers), "doubt"
    return ("?", "doubt") if len(run.checkpoints) else ("-", "faint")


def size(count: int) -> str:
    """Return a number of bytes with three digits and a decimal unit."""
    if count < _THOUSAND:
        return f"{count} B"
    value, place = float(count), 0
    while value >= _THOUSAND - 0.5 and place < len(_UNITS) - 1:
        value, place = value / _THOUSAND, place + 1
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {_UNITS[place]}"  # noqa: PLR2004 - three digits


def age(passed: timedelta) -> str:
    """Return a time that has passed as a whole number of the largest unit that fits."""
    return next((f"{passed // unit}{letter}" for letter, unit in _AGES if passed >= unit), "0s")


def _latest(run: Run) -> str:
    """Return the number of the latest checkpoint or, if it has none, its kind and the highest number of the run."""
    choice = run.latest
    if choice.checkpoint is None:
        return "-" if choice.reason is None else "?"
    reading = (_target(choice.checkpoint, run) or choice.checkpoint).readings[0]
    if choice.checkpoint.entry_type == "symlink" and _number(reading):
        return f"{choice.checkpoint.readings[0].kind} {_number(reading)}"
    if "dead_link" not in choice.checkpoint.flags and not _number(reading) and run.furthest.checkpoint is not None:
        return f"{reading.kind} {_number(run.furthest.checkpoint.readings[0])}".rstrip()
    return _number(reading) or reading.kind


def _target(checkpoint: Checkpoint, run: Run) -> Checkpoint | None:
    """Return the checkpoint of the run that a symlink beside it leads to, or None."""
    target = checkpoint.link_target
    if target is None or "dead_link" in checkpoint.flags:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(checkpoint.path), target))
    return next((one for one in run.checkpoints if posixpath.normpath(one.path) == path and one.readings), None)


def _number(reading: Reading) -> str:
    if reading.epoch is not None and reading.step is not None:
        return f"{reading.epoch}/{reading.step}"
    counts = (("epoch", reading.epoch), ("step", reading.step))
    return next((f"{word} {count}" for word, count in counts if count is not None), "")


def _best(run: Run, digits: str) -> str:
    """Return the best value of the run; if no name is that of the best checkpoint, the range of its first metric."""
    chosen = run.best.checkpoint
    if chosen is not None:
        return _metrics(chosen) or "best"
    if run.best.reason is not None:
        return "?"
    for found in run.metrics:
        values = [
            value
            for choice in (found.lowest, found.highest)
            if choice.checkpoint is not None
            for reading in choice.checkpoint.readings[:1]
            for metric, value in reading.metrics.items()
            if metric == found.metric
        ]
        if values:
            ends = dict.fromkeys(f"{value:{digits}}" for value in values)
            return f"{found.metric}={'..'.join(ends)}"
    return "-"


def _metrics(checkpoint: Checkpoint) -> str:
    reading = next(iter(checkpoint.readings), None)
    return "" if reading is None else " ".join(f"{name}={value:.4f}" for name, value in reading.metrics.items())


def _meaning(text: str) -> Meaning:
    return "bad" if text.endswith("!") else "doubt" if text == "?" else "plain"
