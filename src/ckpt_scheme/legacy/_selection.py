"""`choose`: the latest, the furthest or the best checkpoint among names of any framework.

`ckpt_scheme.selection` calls it if a name is not canonical. A name may then have readings by several frameworks, and
the names of one directory may have different counters, such as an epoch or a step. If the names do not show their
framework, `choose` returns an answer only if every framework that reads all of them gives the same one; otherwise it
raises. It never chooses a shard or another part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, final

import attrs

from ckpt_scheme.errors import SelectionError
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._entries import MEASURES, Entry, Item, directory_of, names_of
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Reading
from ckpt_scheme.legacy._registry import Registry

# The counters that compare between frameworks, for their epochs and steps begin at different numbers.
_COMPLETED: Final = ("completed_epochs", "completed_steps")
# Names without a counter, from the earliest to the latest (CKS-129).
_WORDS: Final = ("interrupted", "recovery", "last", "final")
# Of one moment, an ordinary checkpoint is chosen before one of these.
_SPECIAL: Final = frozenset({"best", *_WORDS})


@final
@attrs.frozen
class Choice:
    """The chosen item, and the names that the caller must warn about.

    Attributes:
        place: The index of the chosen item, or None.
        unread: Names that look like checkpoints and that no format reads.
        passed_over: Checkpoints that other names show not to be whole.
        uncertain: Names that may be later than the chosen one, in the order given.
    """

    place: int | None
    unread: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()


def choose(
    criterion: Literal["latest", "furthest", "best"],
    items: Sequence[Item],
    registry: Registry,
    framework: str | None,
    metric: str | None,
    sign: int,
) -> Choice:
    """Return the choice of `ckpt_scheme.latest`, `furthest` or `best` for names of any framework."""
    registry.check_framework(framework)
    names = names_of(items, registry, framework)
    entries = names.entries
    if criterion == "best":
        return Choice(_best(entries, metric, sign), names.unread, names.passed_over)
    numbered = [entry for entry in entries if entry.is_numbered]
    worded = [] if criterion == "furthest" else [entry for entry in entries if _word(entry) is not None]
    directories = {directory_of(registry, entry) for entry in numbered + worded}
    if len(directories) > 1:
        expected = "checkpoints of one directory, for the numbers of two runs do not compare; call group_by_run() first"
        raise SelectionError(criterion, tuple(sorted(directories)), expected, None, "CKS-127")
    if criterion == "furthest":
        return Choice(_agreed(criterion, numbered, _furthest), names.unread, names.passed_over)
    place, uncertain = _latest(entries, numbered)
    return Choice(place, names.unread, names.passed_over, uncertain)


# --------------------------------------------------------------------------------------------------------------------
# The latest.


def _latest(entries: list[Entry], numbered: list[Entry]) -> tuple[int | None, tuple[str, ...]]:
    """Return the place of the latest of *entries*, and the names that make the answer uncertain."""
    unnumbered = [entry for entry in entries if not entry.is_numbered]
    current = [entry for entry in unnumbered if _recency(entry) == "current"]
    ends = [entry for entry in unnumbered if _recency(entry) == "end"]
    if current:
        foreign = [entry for entry in numbered if _is_foreign(entry, current[0])]
        return _agreed("latest", current, _only), _texts(foreign + ends)
    if ends:
        return _agreed("latest", ends, _only), _texts(numbered)
    worded = [entry for entry in unnumbered if _word(entry) is not None]
    if numbered:
        return _agreed("latest", numbered, _furthest), _texts(worded)
    return _agreed("latest", worded, _last_by_word), ()


def _texts(entries: list[Entry]) -> tuple[str, ...]:
    return tuple(entry.text for entry in entries)


def _is_foreign(entry: Entry, name: Entry) -> bool:
    """Return whether no framework writes both, so that the recency of *name* does not hold for *entry*."""
    writers = {reading.framework for reading in name.readings}
    return CANONICAL not in writers and writers.isdisjoint(reading.framework for reading in entry.readings)


def _recency(entry: Entry) -> str | None:
    """Return the recency of a name without a number, if all its readings agree on one; ``final`` ends a run."""
    found = {reading.recency or ("end" if reading.kind == "final" else None) for reading in entry.whole()}
    return found.pop() if len(found) == 1 else None


def _word(entry: Entry) -> int | None:
    """Return the place in `_WORDS` of the latest word of *entry*, or None."""
    places = [_WORDS.index(reading.kind) for reading in entry.whole() if reading.kind in _WORDS]
    return max(places, default=None)


def _last_by_word(criterion: str, entries: list[Entry]) -> int | None:
    words = [word for word in map(_word, entries) if word is not None]
    return _only(criterion, [entry for entry in entries if words and _word(entry) == max(words)])


def _only(criterion: str, entries: list[Entry]) -> int | None:
    """Return the place of the only checkpoint, or raise if there are several: no version or text shows the newest.

    A name that is given twice counts once.
    """
    entries = [entry for entry in entries if any(entry.whole())]
    names = tuple(dict.fromkeys(entry.text for entry in entries))
    if len(names) > 1:
        rule = "CKS-139" if criterion == "best" else "CKS-137"
        raise SelectionError(criterion, names, "one name, or a number that decides between them", None, rule)
    return entries[0].place if entries else None


# --------------------------------------------------------------------------------------------------------------------
# The furthest.


def _agreed(criterion: str, entries: list[Entry], decide: Callable[[str, list[Entry]], int | None]) -> int | None:
    """Return the place that *decide* gives, if every framework that may have written all of *entries* agrees on it."""
    undecided = [entry for entry in entries if len({reading.framework for reading in entry.readings}) > 1]
    if not undecided:
        return decide(criterion, entries)
    writers = [reading.framework for reading in undecided[0].readings]
    for entry in undecided[1:]:
        readers = {reading.framework for reading in entry.readings}
        writers = [framework for framework in writers if framework in readers]
    answers: list[int | None] = []
    refusals: list[SelectionError] = []
    for framework in dict.fromkeys(writers):
        try:
            answers.append(decide(criterion, [_narrowed(entry, framework) for entry in entries]))
        except SelectionError as error:
            refusals.append(error)
    if answers and not refusals and all(answer == answers[0] for answer in answers):
        return answers[0]
    if refusals and not answers:
        raise refusals[0]
    raise ambiguous(undecided[0].text, undecided[0].readings)


def _narrowed(entry: Entry, framework: str) -> Entry:
    own = tuple(reading for reading in entry.readings if reading.framework == framework)
    return attrs.evolve(entry, readings=own) if own else entry


def _furthest(criterion: str, entries: list[Entry]) -> int | None:
    """Return the place of the furthest of *entries*, each of which has readings of only one framework."""
    if not entries:
        return None
    writers = {reading.framework for entry in entries for reading, _ in entry.moments()} - {CANONICAL}
    # A canonical name has the numbers of its trainer. The numbers of two frameworks may begin differently.
    shared = set(_COMPLETED if len(writers) > 1 else MEASURES)
    for entry in entries:
        shared &= {name for _, counts in entry.moments() for name in counts}
    measure = next((name for name in (*MEASURES, *_COMPLETED) if name in shared), None)
    if measure is None:
        raise _no_common_counter(criterion, entries)
    return max(entries, key=lambda entry: _moment(entry, measure)).place


def _moment(entry: Entry, measure: str) -> tuple[Any, ...]:
    stated = [(reading, counts[measure]) for reading, counts in entry.moments() if measure in counts]
    reading, count = stated[0]
    if any(other != count for _, other in stated):
        raise ambiguous(entry.text, entry.readings)
    # Among names of one epoch, the name without a step is that of its end.
    within = (math.inf if reading.step is None else reading.step, reading.epoch or 0)
    # CKS-040 orders the canonical names of one moment by their metric.
    metric = tuple(reading.metrics.items()) if reading.framework == CANONICAL else ()
    return count, within, reading.kind not in _SPECIAL, reading.version or 0, metric, entry.text


def _no_common_counter(criterion: str, entries: list[Entry]) -> SelectionError:
    """Return the error for names without a common counter, with one name for each way of counting."""
    ways: dict[str, str] = {}
    for entry in entries:
        for reading, counts in entry.moments():
            counted = " and ".join(name for name in MEASURES if name in counts)
            ways.setdefault(f"{counted} of {reading.framework}", entry.text)
    found = ", ".join(f"{way} ({text})" for way, text in ways.items())
    frameworks = {reading.framework for entry in entries for reading, _ in entry.moments()}
    advice = "pass framework=..., or select among fewer" if len(frameworks) > 1 else "select among fewer"
    expected = f"names that count the same, not {found}; {advice}"
    return SelectionError(criterion, tuple(ways.values()), expected, None, "CKS-126")


# --------------------------------------------------------------------------------------------------------------------
# The best.


def _metrics_of(reading: Reading) -> list[str]:
    """Return the names of the metrics of a reading, which may lack their values."""
    named = reading.extras.get("metric_name")
    return [*reading.metrics, *([named] if isinstance(named, str) else [])]


def _best(entries: list[Entry], metric: str | None, sign: int) -> int | None:
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


def _optimum(entries: list[Entry], metric: str | None, sign: int) -> int | None:
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


def _best_by_word(entries: list[Entry], metric: str | None) -> int | None:
    """Return the place of the only name that says ``best``, by *metric* if one is given."""
    named = [
        entry
        for entry in entries
        if any(reading.kind == "best" and metric in (*_metrics_of(reading), None) for reading in entry.whole())
    ]
    return _only("best", named)
