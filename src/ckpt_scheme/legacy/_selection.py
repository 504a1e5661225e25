"""Which foreign checkpoint is the latest, which is the best. What is no whole checkpoint is never chosen.

`ckpt_scheme.selection` does the same for canonical names. What is added here: a name may have several readings, and
the names of one directory may count different things. Neither is decided silently. Where nothing says who wrote the
names, each framework that reads all of them is asked, and the answer stands if all give the same.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _fields
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._identify import Readings, Tally, of_framework, weighed
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Reading

_T = TypeVar("_T", bound=str | os.PathLike[str])

Mode: TypeAlias = Literal["max", "min"]
_SIGNS: Final[Mapping[str, int]] = {"max": -1, "min": 1}

# What a name may count, in the order in which it is taken as the measure of how far training was.
_MEASURES: Final = ("epoch", "step", "timestamp", "save_index", "consumed_samples", "tokens", "kimg")
# What is comparable between frameworks, of which each writes its own first epoch.
_COMPLETED: Final = ("completed_epochs", "completed_steps")
# The order of names that count nothing: the end of a run is later than what was last when it was written.
_UNCOUNTED: Final = ("interrupted", "recovery", "last", "final")
# Of one moment, the checkpoint of its own comes before the one that is kept for another reason.
_EXTRAORDINARY: Final = frozenset({"best", *_UNCOUNTED})
# Made of several others, or for others: no moment of training.
_TIMELESS: Final = frozenset({"average", "release"})

_Count: TypeAlias = float | datetime


@final
@attrs.frozen
class _Entry(Generic[_T]):
    """One of the names to choose from, with its readings that the names beside it leave."""

    item: _T
    text: str
    readings: tuple[Reading, ...]

    def whole(self) -> Iterator[Reading]:
        """Yield the readings that are a whole checkpoint."""
        return (reading for reading in self.readings if reading.kind in CHECKPOINT_KINDS)

    def moments(self) -> Iterator[tuple[Reading, dict[str, _Count]]]:
        """Yield the readings that say how far training was, and what they count."""
        for reading in self.whole():
            counts = {} if reading.kind in _TIMELESS else _counts(reading)
            if counts:
                yield reading, counts


def latest(read: Readings, names: Iterable[_T], framework: str | None, tally: Tally) -> _T | None:
    """Return the checkpoint that is furthest in training: `Registry.latest`, which *read* and *tally* are of."""
    entries, directories = _entries(read, names, framework, tally)
    if len(directories) > 1:
        raise FieldError("selection", sorted(directories), "checkpoints of one directory", None, "CKS-081")
    # Where any name counts, those that do not are passed over, and whoever wrote them.
    return _agreed([entry for entry in entries if any(entry.moments())] or entries)


def best(
    read: Readings, names: Iterable[_T], metric: str | None, mode: Mode, framework: str | None, tally: Tally
) -> _T | None:
    """Return the best checkpoint: `Registry.best`, which *read* and *tally* are of."""
    if not (metric is None or isinstance(metric, str)):
        raise FieldError("metric name", metric, "a str or None", None, "CKS-082")
    try:
        sign = _SIGNS[mode]
    except (KeyError, TypeError):
        raise FieldError("mode", mode, "'max' or 'min'", None, "CKS-082") from None
    entries, _ = _entries(read, names, framework, tally)
    if metric is None:
        entries = [entry for entry in entries if any(reading.kind == "best" for reading in entry.whole())]
        metrics = {name for entry in entries for reading in entry.whole() for name in _metrics_of(reading)}
        if len(metrics) > 1:
            expected = f"names of the best by one metric, not by {', '.join(sorted(metrics))}: say which"
            raise FieldError("selection", [entry.text for entry in entries], expected, None, "CKS-082")
        metric = next(iter(metrics), None)
    return _optimum(entries, metric, sign)


def _entries(
    read: Readings, names: Iterable[_T], framework: str | None, tally: Tally
) -> tuple[list[_Entry[_T]], set[str]]:
    """Return the checkpoints among *names*, and their directories.

    They have their readings by *framework* or, without one, those that the other names leave: in one directory, for
    what is beside a name in another says nothing of it.
    """
    given: list[_Entry[_T]] = []
    for item in _fields.several(names, "CKS-081"):
        text = _fields.path_text("checkpoint name", item, FieldError)
        readings = read(text)
        if framework is not None:
            readings = of_framework(readings, framework)
        given.append(_Entry(item, text, readings))
    entries = _whole(given)
    directories = {_directory(read, entry) for entry in entries}
    if framework is None and len(directories) == 1:
        known = weighed(read, ((entry.text, entry.readings) for entry in given), tally)
        entries = _whole([attrs.evolve(entry, readings=known.choose(entry.readings)) for entry in entries])
    return entries, directories


def _whole(given: list[_Entry[_T]]) -> list[_Entry[_T]]:
    """Return the checkpoints among *given*, without what is in the directory of another."""
    entries = [entry for entry in given if any(entry.whole())]
    paths = {entry.text.rstrip("/") for entry in entries}
    lengths = set(map(len, paths))
    return [
        entry
        for entry in entries
        if not any(
            char == "/" and place in lengths and entry.text[:place] in paths
            for place, char in enumerate(entry.text.rstrip("/"))
        )
    ]


def _directory(read: Readings, entry: _Entry[_T]) -> str:
    """Return the directory that an entry is in: some names hold a ``/`` of their own."""
    path = entry.text.rstrip("/")
    if "/" not in path:
        return ""
    said = {(reading.framework, reading.format, reading.epoch, reading.step) for reading in entry.readings}
    parts = path.split("/")
    for place in range(len(parts) - 1, 0, -1):
        alone = read("/".join(parts[place:]))
        if said <= {(reading.framework, reading.format, reading.epoch, reading.step) for reading in alone}:
            return "/".join(parts[:place])
    return ""


# --------------------------------------------------------------------------------------------------------------------
# The furthest in training.


def _agreed(entries: list[_Entry[_T]]) -> _T | None:
    """Return the furthest of *entries*, whichever of the frameworks that may have written all of them it was."""
    riddles = [entry for entry in entries if len({reading.framework for reading in entry.readings}) > 1]
    if not riddles:
        return _furthest(entries)
    suspects = [reading.framework for reading in riddles[0].readings]
    for entry in riddles[1:]:
        readers = {reading.framework for reading in entry.readings}
        suspects = [framework for framework in suspects if framework in readers]
    answers: list[_T | None] = []
    refusals: list[FieldError] = []
    for framework in dict.fromkeys(suspects):
        try:
            answers.append(_furthest([_narrowed(entry, framework) for entry in entries]))
        except FieldError as error:
            refusals.append(error)
    if answers and not refusals and all(answer is answers[0] for answer in answers):
        return answers[0]
    if refusals and not answers:
        raise refusals[0]
    raise ambiguous(riddles[0].text, riddles[0].readings)


def _narrowed(entry: _Entry[_T], framework: str) -> _Entry[_T]:
    own = tuple(reading for reading in entry.readings if reading.framework == framework)
    return attrs.evolve(entry, readings=own) if own else entry


def _furthest(entries: list[_Entry[_T]]) -> _T | None:
    """Return the furthest of *entries*, each of which has the readings of one framework."""
    counted = [entry for entry in entries if any(entry.moments())]
    if not counted:
        return _last_by_word(entries)
    writers = {reading.framework for entry in counted for reading, _ in entry.moments()} - {CANONICAL}
    # A canonical name has the numbers of whoever trained; the numbers of two frameworks may begin differently.
    shared = set(_COMPLETED if len(writers) > 1 else _MEASURES)
    for entry in counted:
        shared &= {name for _, counts in entry.moments() for name in counts}
    measure = next((name for name in (*_MEASURES, *_COMPLETED) if name in shared), None)
    if measure is None:
        raise _mixture(counted)
    return max(counted, key=lambda entry: _moment(entry, measure)).item


def _step(reading: Reading) -> float | None:
    if reading.extras.get("step_scope") == "in_epoch":
        return None  # the steps begin anew within an epoch, and say nothing without it
    fraction: float | None = reading.extras.get("step_float")
    return reading.step if fraction is None else fraction


def _counts(reading: Reading) -> dict[str, _Count]:
    found: dict[str, _Count | None] = {
        "epoch": reading.epoch,
        "step": _step(reading),
        "completed_epochs": reading.completed_epochs,
        "completed_steps": reading.completed_steps,
        "timestamp": reading.timestamp,
    }
    numbers = {name: reading.extras.get(name) for name in _MEASURES if name not in found}
    found.update({name: value for name, value in numbers.items() if isinstance(value, (int, float))})
    return {name: count for name, count in found.items() if count is not None}


def _moment(entry: _Entry[_T], measure: str) -> tuple[Any, ...]:
    stated = [(reading, counts[measure]) for reading, counts in entry.moments() if measure in counts]
    reading, count = stated[0]
    if any(other != count for _, other in stated):
        raise ambiguous(entry.text, entry.readings)
    # Of one epoch, the name that states no step is that of its end.
    within = (math.inf if reading.step is None else reading.step, reading.epoch or 0)
    return count, within, reading.kind not in _EXTRAORDINARY, reading.version or 0, entry.text


def _last_by_word(entries: list[_Entry[_T]]) -> _T | None:
    chosen: _T | None = None
    chosen_key: tuple[int, int, str] | None = None
    for entry in entries:
        for reading in entry.whole():
            if reading.kind in _UNCOUNTED:
                key = (_UNCOUNTED.index(reading.kind), reading.version or 0, entry.text)
                if chosen_key is None or key > chosen_key:
                    chosen, chosen_key = entry.item, key
    return chosen


def _mixture(entries: list[_Entry[_T]]) -> FieldError:
    """Return the error for names that nothing common is counted in, with one name for each way of counting."""
    ways: dict[str, str] = {}
    for entry in entries:
        for reading, counts in entry.moments():
            counted = " and ".join(name for name in _MEASURES if name in counts)
            ways.setdefault(f"{counted} of {reading.framework}", entry.text)
    found = ", ".join(f"{way} ({text})" for way, text in ways.items())
    expected = f"names that count the same, not {found}: say framework= or select among fewer"
    return FieldError("selection", list(ways.values()), expected, None, "CKS-081")


# --------------------------------------------------------------------------------------------------------------------
# The best.


def _metrics_of(reading: Reading) -> list[str]:
    """Return the metrics that a name is about, whether it states their values or not."""
    named = reading.extras.get("metric_name")
    return [*reading.metrics, *([named] if isinstance(named, str) else [])]


def _optimum(entries: list[_Entry[_T]], metric: str | None, sign: int) -> _T | None:
    chosen: _T | None = None
    chosen_key: tuple[float, bool, float, float, int, str] | None = None
    for entry in entries:
        stated = [reading for reading in entry.readings if metric in reading.metrics]
        values = [value for reading in stated for name, value in reading.metrics.items() if name == metric]
        if not values or math.isnan(values[0]):
            continue
        if len(set(values)) > 1 or any(reading.kind not in CHECKPOINT_KINDS for reading in stated):
            raise ambiguous(entry.text, entry.readings)
        reading = stated[0]
        epoch, step = (math.inf if count is None else count for count in (reading.epoch, reading.step))
        key = (sign * values[0], reading.kind != "best", epoch, step, reading.version or 0, entry.text)
        if chosen_key is None or key < chosen_key:
            chosen, chosen_key = entry.item, key
    if chosen_key is not None:
        return chosen
    return _best_by_word(entries, metric)


def _best_by_word(entries: list[_Entry[_T]], metric: str | None) -> _T | None:
    named = [
        entry
        for entry in entries
        if any(reading.kind == "best" and metric in (*_metrics_of(reading), None) for reading in entry.whole())
    ]
    counted = [entry for entry in named if any(entry.moments())]
    if counted:
        return _agreed(counted)
    newest = max(named, key=lambda entry: (_version(entry), entry.text), default=None)
    return None if newest is None else newest.item


def _version(entry: _Entry[_T]) -> int:
    return max(reading.version or 0 for reading in entry.whole())
