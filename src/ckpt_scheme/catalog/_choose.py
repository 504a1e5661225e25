"""`Names` chooses the latest and the best checkpoint of a run, by `ckpt_scheme.latest` and `ckpt_scheme.best`.

No disk is touched, and a name that cannot be the answer is not compared. If names differ in one number only, the name
with the highest number is the furthest, for epochs and for steps. The framework that wrote the names depends on their
formats and not on their count, so one name of each format is enough to decide it.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import selection
from ckpt_scheme.catalog._contents import Contents, Group
from ckpt_scheme.catalog._evidence import ReadFolder
from ckpt_scheme.catalog._folder import join
from ckpt_scheme.errors import SchemeError, SelectionWarning, UncertainLatestWarning
from ckpt_scheme.legacy import Registry
from ckpt_scheme.selection import Mode

Place: TypeAlias = tuple[Contents, int]
"""A checkpoint: the folder that it is in, and its place among the entries of the folder."""

_MODES: Final[tuple[Mode, ...]] = ("max", "min")
_PART: Final = 4096  # names that are compared together
_FEW: Final = 16  # a group of no more names is compared in full

_numbers: Final = re.compile("([0-9]+)").split


@final
@attrs.frozen
class Answer:
    """The chosen checkpoint, or the reason why no candidate is chosen; neither if there are no candidates."""

    place: Place | None = None
    reason: str | None = None


@final
@attrs.frozen(kw_only=True)
class Answers:
    """The choices among the names of a run, and the doubts about them.

    Attributes:
        latest: The checkpoint to resume from.
        furthest: The checkpoint with the highest number.
        best: The checkpoint whose name says that it is the best.
        metrics: The checkpoints with the highest and with the lowest value of each metric.
        unfinished: The names of checkpoints that other names show to be incomplete.
        uncertain: The names that may be later or earlier than the latest.
    """

    latest: Answer
    furthest: Answer
    best: Answer
    metrics: tuple[tuple[str, Answer, Answer], ...]
    unfinished: tuple[str, ...]
    uncertain: tuple[str, ...]


@final
class Names:
    """The names of a run that an answer may depend on.

    Args:
        parts: The folders of the run, each with the path from their common folder, which ends in ``/`` or is empty.
        registry: The formats to read names in.
        framework: The framework that wrote the names, if it is known.
        read_folder: Returns the entries of a folder.
    """

    def __init__(
        self,
        parts: Sequence[tuple[str, Contents]],
        registry: Registry,
        framework: str | None,
        read_folder: ReadFolder,
    ) -> None:
        self._registry = registry
        self._framework = framework
        self._read_folder = read_folder
        self._parts = parts
        self._always: list[str] = []  # names that each comparison needs
        self._many: list[str] = []  # names that are compared in parts
        self._groups: list[tuple[str, Contents, Group]] = []
        self._metrics: dict[str, list[str]] = {}
        self._best: list[str] = []
        for prefix, contents in parts:
            self._add_canonical(prefix, contents)
            for group in contents.groups:
                if len(group.places):
                    self._add_group(prefix, contents, group)

    def answers(self) -> Answers:
        """Return the answers."""
        of_latest: list[SelectionWarning] = []
        found = self._fold(self._many, self._latest, of_latest)
        of_furthest: list[SelectionWarning] = []
        # A latest checkpoint with a number is the furthest too.
        is_both = _is_numbered(found) and not of_latest
        furthest = found if is_both else self._fold(self._many, self._furthest, of_furthest)
        # `furthest` warns of unfinished names, and `latest` of unfinished and uncertain names.
        unfinished, doubtful = _names_in(of_furthest), _names_in(of_latest)
        return Answers(
            latest=found,
            furthest=furthest,
            best=self._best_by_name(),
            metrics=tuple((metric, *self._extremes(metric)) for metric in sorted(self._metrics)),
            unfinished=tuple(sorted(unfinished)),
            uncertain=tuple(sorted(doubtful - unfinished)),
        )

    def place(self, name: str) -> Place | None:
        """Return the checkpoint with this name, or None if the name is not that of a checkpoint."""
        found = (
            (contents, place)
            for prefix, contents in self._parts
            if name.startswith(prefix)
            for text in (name[len(prefix) :], f"{name[len(prefix) :]}/")  # a folder may have a canonical name
            for place in (bisect_left(contents.folder.names, text),)
            if contents.folder.names[place : place + 1] == [text] and contents.is_checkpoint(place)
        )
        return next(found, None)

    # ----------------------------------------------------------------------------------------------------------------

    def _add_canonical(self, prefix: str, contents: Contents) -> None:
        for value in contents.canonical.candidates():
            text = value.format()
            self._always.append(prefix + text)
            if text.startswith("best"):
                self._best.append(prefix + text)
        for metric in contents.canonical.metrics():
            self._metrics.setdefault(metric, [])

    def _add_group(self, prefix: str, contents: Contents, group: Group) -> None:
        names = contents.folder.names
        readings = group.decoded.readings
        is_ruled = any(map(self._registry._has_rule, group.matches))
        places: Iterable[int] = group.places
        if not is_ruled:
            places = _foremost(group, names) if group.is_checkpoint else group.places[:1]
        texts = [prefix + names[place] for place in places]
        if is_ruled and group.is_checkpoint:
            texts += self._inner(prefix, contents, group)
        if is_ruled or len(texts) <= _FEW:
            self._always += texts
        else:
            self._always.append(texts[0])
            self._many += texts[1:]
        if group.is_checkpoint and any(reading.kind == "best" for reading in readings):
            self._best += texts
        if group.is_checkpoint and any(reading.metrics for reading in readings):
            self._add_metrics(prefix, contents, group)

    def _add_metrics(self, prefix: str, contents: Contents, group: Group) -> None:
        names = contents.folder.names
        known: dict[tuple[str, ...], list[str]] = {}  # names that differ in numbers only state the same metrics
        for place in group.places:
            shape = tuple(_numbers(names[place])[::2])
            metrics = known.get(shape)
            if metrics is None:
                found = self._registry.readings(prefix + names[place])
                metrics = known[shape] = sorted({metric for reading in found for metric in reading.metrics})
            for metric in metrics:
                self._metrics.setdefault(metric, []).append(prefix + names[place])

    def _inner(self, prefix: str, contents: Contents, group: Group) -> Iterator[str]:
        """Yield the names in the directories of a group, because some of them show that a directory is complete."""
        for place in group.places:
            name = contents.folder.names[place]
            if name.endswith("/"):
                try:
                    inner = self._read_folder(join(contents.folder.path, name.rstrip("/")))
                except OSError:
                    continue  # the walk reports it
                yield from (prefix + name + one for one in inner.names)

    # ----------------------------------------------------------------------------------------------------------------

    def _latest(self, names: list[str]) -> str | None:
        return selection.latest(names, framework=self._framework, registry=self._registry)

    def _furthest(self, names: list[str]) -> str | None:
        return selection.furthest(names, framework=self._framework, registry=self._registry)

    def _best_of(self, metric: str | None, mode: Mode) -> Callable[[list[str]], str | None]:
        return lambda names: selection.best(
            names, metric=metric, mode=mode, framework=self._framework, registry=self._registry
        )

    def _best_by_name(self) -> Answer:
        if not self._best:
            return Answer()
        highest, lowest = (self._fold(self._best, self._best_of(None, mode), []) for mode in _MODES)
        if highest == lowest:
            return highest
        return Answer(
            reason="several checkpoints are called best, and no name shows whether a higher or a lower value is better"
        )

    def _extremes(self, metric: str) -> tuple[Answer, Answer]:
        highest, lowest = (self._fold(self._metrics[metric], self._best_of(metric, mode), []) for mode in _MODES)
        return highest, lowest

    def _fold(
        self, many: Sequence[str], choose: Callable[[list[str]], str | None], found: list[SelectionWarning]
    ) -> Answer:
        """Return the choice among the names that each comparison needs and *many* others, and collect the warnings."""
        chosen: str | None = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SelectionWarning)
            try:
                for start in range(0, max(1, len(many)), _PART):
                    part = many[start : start + _PART]
                    before: list[str] = [] if chosen is None else [chosen]
                    names: dict[str, None] = dict.fromkeys([*self._always, *before, *part])
                    chosen = choose(list(names))
            except SchemeError as error:
                return Answer(reason=str(error))
        found += [warning.message for warning in caught if isinstance(warning.message, SelectionWarning)]
        return Answer(None if chosen is None else self.place(chosen))


def _is_numbered(answer: Answer) -> bool:
    if answer.place is None:
        return False
    contents, place = answer.place
    return any(reading.epoch is not None or reading.step is not None for reading in contents.decoded(place).readings)


def _names_in(found: Iterable[SelectionWarning]) -> set[str]:
    return {name for warning in found if isinstance(warning, UncertainLatestWarning) for name in warning.names}


def _foremost(group: Group, names: Sequence[str]) -> Iterator[int]:
    """Yield the places of the names of a group that may be the furthest."""
    if len(group.places) <= _FEW:
        yield from group.places
        return
    highest: dict[tuple[str, str], tuple[int, list[int]]] = {}
    for place in group.places:
        parts = _numbers(names[place])
        if len(parts) != len(("before", "number", "after")):
            yield place
            continue
        shape, number = (parts[0], parts[2]), int(parts[1])
        known = highest.get(shape)
        if known is None or number > known[0]:
            highest[shape] = number, [place]
        elif number == known[0]:
            known[1].append(place)
    for _, places in highest.values():
        yield from places
