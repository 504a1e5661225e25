"""Choose among names of any framework: the latest, the furthest, the best. A shard or another part is never chosen.

`ckpt_scheme.selection` decides canonical names alone. Two things are added here: a name may have several readings, and
the names of one directory may count different things. Neither is decided silently. If the names do not tell which
framework wrote them, the answer stands only if every framework that reads all of them gives the same one.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.errors import SelectionError
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._identify import weighed
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Reading, of_framework
from ckpt_scheme.legacy._registry import Registry

# The counters that a name may state, in the order in which they are compared (CKS-081).
_MEASURES: Final = ("epoch", "step", "timestamp", "save_index", "consumed_samples", "tokens", "kimg")
# The counters that compare between frameworks, each of which writes its own number for the first epoch.
_COMPLETED: Final = ("completed_epochs", "completed_steps")
# Names without a counter, from the earliest to the latest (CKS-129).
_WORDS: Final = ("interrupted", "recovery", "last", "final")
# Of one moment, the ordinary checkpoint comes before one that is kept for another reason.
_EXTRAORDINARY: Final = frozenset({"best", *_WORDS})
# Made of several checkpoints, or for publication: no moment of training.
TIMELESS: Final = frozenset({"average", "release"})

_WEIGHTS: Final = re.compile(
    r"\.(?:ckpt|pt|pth|pth\.tar|pyth|th|safetensors|bin|h5|hdf5|keras|msgpack|nemo|npz|pdparams|weights|distcp|gguf)/?",
    re.IGNORECASE,
).search
_NUMBERED: Final = re.compile(
    r"(?:epoch|step|iter|iteration)s?[-_=.]?[0-9]|[0-9][-_]?(?:epoch|step|iter)", re.IGNORECASE
).search

_Count: TypeAlias = float | datetime


@final
@attrs.frozen
class Choice:
    """An answer, and the names that a caller must know of.

    Attributes:
        place: The index of the chosen item, or None.
        unread: Names that look like checkpoints and that no format reads.
        uncertain: Numbered names that may be later than the chosen one, or unnumbered ones, in the order given.
    """

    place: int | None
    unread: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()


@final
@attrs.frozen
class _Entry:
    """One of the names, with the readings that the names beside it leave."""

    place: int
    text: str
    readings: tuple[Reading, ...]

    def whole(self) -> Iterator[Reading]:
        """Yield the readings that are a whole checkpoint."""
        return (reading for reading in self.readings if reading.kind in CHECKPOINT_KINDS)

    def moments(self) -> Iterator[tuple[Reading, dict[str, _Count]]]:
        """Yield the readings with a counter, and their counters."""
        for reading in self.whole():
            counts = {} if reading.kind in TIMELESS else _counts(reading)
            if counts:
                yield reading, counts

    @property
    def is_numbered(self) -> bool:
        """Whether a reading has a counter."""
        return any(self.moments())


def text_of(item: str | os.PathLike[str] | CheckpointName) -> str:
    """Return the text of an item to choose from."""
    return item.format() if isinstance(item, CheckpointName) else _coerce.path_text("checkpoint name", item)


def choose(
    question: Literal["latest", "furthest", "best"],
    items: Sequence[str | os.PathLike[str] | CheckpointName],
    registry: Registry,
    framework: str | None,
    metric: str | None,
    sign: int,
) -> Choice:
    """Return the answer to *question*: `ckpt_scheme.latest`, `furthest` or `best` for names of any framework."""
    registry.check_framework(framework)
    given = [(text, registry.readings(text)) for text in map(text_of, items)]
    unread = tuple(text for text, readings in given if not readings and _looks_like_checkpoint(text))
    entries = _entries(registry, given, framework)
    if question == "best":
        return Choice(_best(entries, metric, sign), unread)
    numbered = [entry for entry in entries if entry.is_numbered]
    worded = [] if question == "furthest" else [entry for entry in entries if _word(entry) is not None]
    directories = {_directory(registry, entry) for entry in numbered + worded}
    if len(directories) > 1:
        expected = "checkpoints of one directory, for the numbers of two runs do not compare; call group_by_run() first"
        raise SelectionError(question, tuple(sorted(directories)), expected, None, "CKS-127")
    if question == "furthest":
        return Choice(_agreed(question, numbered, _furthest), unread)
    place, uncertain = _latest(entries, numbered)
    return Choice(place, unread, uncertain)


def _looks_like_checkpoint(text: str) -> bool:
    name = text.rstrip("/").rpartition("/")[2]
    return _WEIGHTS(name) is not None or _NUMBERED(name) is not None


def _entries(registry: Registry, given: list[tuple[str, tuple[Reading, ...]]], framework: str | None) -> list[_Entry]:
    """Return the checkpoints among *given*.

    They have their readings by *framework* or, without one, those that the other names of the directory leave.
    """
    if framework is not None:
        given = [(text, of_framework(readings, framework)) for text, readings in given]
    entries = _whole([_Entry(place, text, readings) for place, (text, readings) in enumerate(given)])
    if framework is None and len({_directory(registry, entry) for entry in entries}) == 1:
        known = weighed(registry.readings, given, registry.tally())
        entries = _whole([attrs.evolve(entry, readings=known.choose(entry.readings)) for entry in entries])
    return entries


def _whole(given: list[_Entry]) -> list[_Entry]:
    """Return the checkpoints among *given*, without those inside the directory of another."""
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


def _directory(registry: Registry, entry: _Entry) -> str:
    """Return the directory of an entry: some names hold a ``/`` of their own."""
    path = entry.text.rstrip("/")
    if "/" not in path:
        return ""
    said = {(reading.framework, reading.format, reading.epoch, reading.step) for reading in entry.readings}
    parts = path.split("/")
    for place in range(len(parts) - 1, 0, -1):
        alone = registry.readings("/".join(parts[place:]))
        if said <= {(reading.framework, reading.format, reading.epoch, reading.step) for reading in alone}:
            return "/".join(parts[:place])
    return ""


# --------------------------------------------------------------------------------------------------------------------
# The latest.


def _latest(entries: list[_Entry], numbered: list[_Entry]) -> tuple[int | None, tuple[str, ...]]:
    """Return the place of the latest of *entries*, and the names that make the answer uncertain."""
    unnumbered = [entry for entry in entries if not entry.is_numbered]
    for recency in ("current", "end"):
        named = [entry for entry in unnumbered if _recency(entry) == recency]
        if named:
            uncertain = tuple(entry.text for entry in numbered) if recency == "end" else ()
            return _agreed("latest", named, _only), uncertain
    if not numbered:
        return _agreed("latest", [entry for entry in unnumbered if _word(entry) is not None], _last_by_word), ()
    doubtful = [entry for entry in unnumbered if _recency(entry) is None and _word(entry) is not None]
    return _agreed("latest", numbered, _furthest), tuple(entry.text for entry in doubtful)


def _recency(entry: _Entry) -> str | None:
    """Return the recency of a name without a number, if all its readings agree on one; ``final`` ends a run."""
    found = {reading.recency or ("end" if reading.kind == "final" else None) for reading in entry.whole()}
    return found.pop() if len(found) == 1 else None


def _word(entry: _Entry) -> int | None:
    """Return the place in `_WORDS` of the latest word that *entry* says, or None."""
    places = [_WORDS.index(reading.kind) for reading in entry.whole() if reading.kind in _WORDS]
    return max(places, default=None)


def _last_by_word(question: str, entries: list[_Entry]) -> int | None:
    words = [word for word in map(_word, entries) if word is not None]
    return _only(question, [entry for entry in entries if words and _word(entry) == max(words)])


def _only(question: str, entries: list[_Entry]) -> int | None:
    """Return the place of the only checkpoint; several are no choice, for neither version nor text says which is newer.

    The same name given twice is one.
    """
    entries = [entry for entry in entries if any(entry.whole())]
    names = tuple(dict.fromkeys(entry.text for entry in entries))
    if len(names) > 1:
        rule = "CKS-139" if question == "best" else "CKS-137"
        raise SelectionError(question, names, "one name, or a number that decides between them", None, rule)
    return entries[0].place if entries else None


# --------------------------------------------------------------------------------------------------------------------
# The furthest.


def _agreed(question: str, entries: list[_Entry], decide: Callable[[str, list[_Entry]], int | None]) -> int | None:
    """Return the place that *decide* gives, if every framework that may have written all of *entries* agrees on it."""
    open_ones = [entry for entry in entries if len({reading.framework for reading in entry.readings}) > 1]
    if not open_ones:
        return decide(question, entries)
    suspects = [reading.framework for reading in open_ones[0].readings]
    for entry in open_ones[1:]:
        readers = {reading.framework for reading in entry.readings}
        suspects = [framework for framework in suspects if framework in readers]
    answers: list[int | None] = []
    refusals: list[SelectionError] = []
    for framework in dict.fromkeys(suspects):
        try:
            answers.append(decide(question, [_narrowed(entry, framework) for entry in entries]))
        except SelectionError as error:
            refusals.append(error)
    if answers and not refusals and all(answer == answers[0] for answer in answers):
        return answers[0]
    if refusals and not answers:
        raise refusals[0]
    raise ambiguous(open_ones[0].text, open_ones[0].readings)


def _narrowed(entry: _Entry, framework: str) -> _Entry:
    own = tuple(reading for reading in entry.readings if reading.framework == framework)
    return attrs.evolve(entry, readings=own) if own else entry


def _furthest(question: str, entries: list[_Entry]) -> int | None:
    """Return the place of the furthest of *entries*, each of which has the readings of one framework."""
    if not entries:
        return None
    writers = {reading.framework for entry in entries for reading, _ in entry.moments()} - {CANONICAL}
    # A canonical name has the numbers of its trainer; the numbers of two frameworks may begin differently.
    shared = set(_COMPLETED if len(writers) > 1 else _MEASURES)
    for entry in entries:
        shared &= {name for _, counts in entry.moments() for name in counts}
    measure = next((name for name in (*_MEASURES, *_COMPLETED) if name in shared), None)
    if measure is None:
        raise _mixture(question, entries)
    return max(entries, key=lambda entry: _moment(entry, measure)).place


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


def _moment(entry: _Entry, measure: str) -> tuple[Any, ...]:
    stated = [(reading, counts[measure]) for reading, counts in entry.moments() if measure in counts]
    reading, count = stated[0]
    if any(other != count for _, other in stated):
        raise ambiguous(entry.text, entry.readings)
    # Of one epoch, the name that states no step is that of its end.
    within = (math.inf if reading.step is None else reading.step, reading.epoch or 0)
    return count, within, reading.kind not in _EXTRAORDINARY, reading.version or 0, entry.text


def _mixture(question: str, entries: list[_Entry]) -> SelectionError:
    """Return the error for names without a common counter, with one name for each way of counting."""
    ways: dict[str, str] = {}
    for entry in entries:
        for reading, counts in entry.moments():
            counted = " and ".join(name for name in _MEASURES if name in counts)
            ways.setdefault(f"{counted} of {reading.framework}", entry.text)
    found = ", ".join(f"{way} ({text})" for way, text in ways.items())
    frameworks = {reading.framework for entry in entries for reading, _ in entry.moments()}
    advice = "pass framework=..., or select among fewer" if len(frameworks) > 1 else "select among fewer"
    expected = f"names that count the same, not {found}; {advice}"
    return SelectionError(question, tuple(ways.values()), expected, None, "CKS-126")


# --------------------------------------------------------------------------------------------------------------------
# The best.


def _metrics_of(reading: Reading) -> list[str]:
    """Return the metrics that a name is about, with or without their values."""
    named = reading.extras.get("metric_name")
    return [*reading.metrics, *([named] if isinstance(named, str) else [])]


def _best(entries: list[_Entry], metric: str | None, sign: int) -> int | None:
    wanted = metric
    if metric is None:
        entries = [entry for entry in entries if any(reading.kind == "best" for reading in entry.whole())]
        metrics = sorted({name for entry in entries for reading in entry.whole() for name in _metrics_of(reading)})
        if len(metrics) > 1:
            expected = f"one metric, not {' and '.join(metrics)}; pass metric=..."
            raise SelectionError("best", tuple(entry.text for entry in entries), expected, None, "CKS-082")
        metric = next(iter(metrics), None)
    place = _optimum(entries, metric, sign)
    return place if place is not None else _best_by_word(entries, wanted)


def _optimum(entries: list[_Entry], metric: str | None, sign: int) -> int | None:
    chosen: int | None = None
    chosen_key: tuple[Any, ...] | None = None
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
            chosen, chosen_key = entry.place, key
    return chosen


def _best_by_word(entries: list[_Entry], metric: str | None) -> int | None:
    """Return the place of the only name that says ``best``, by *metric* if one is given."""
    named = [
        entry
        for entry in entries
        if any(reading.kind == "best" and metric in (*_metrics_of(reading), None) for reading in entry.whole())
    ]
    return _only("best", named)
