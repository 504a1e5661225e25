"""`CanonicalNames` counts the canonical names of one folder, and keeps those that can be the latest or the best.

`latest`, `furthest` and `best` choose by an order of the names, so they can choose among the choices of parts. A folder
of a million names then needs the memory of some thousand names.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal, final

from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.selection import best, furthest

_PART: Final = 4096  # names that are decided together
_MODES: Final[tuple[Literal["max", "min"], ...]] = ("max", "min")


@final
class CanonicalNames:
    """The canonical names of one folder.

    Attributes:
        places: The place of each name among the entries of the folder.
        counts: The number of names of each form.
    """

    def __init__(self) -> None:
        self.places = array("I")
        self.counts: Counter[type[AnyCheckpoint]] = Counter()
        self._part: list[AnyCheckpoint] = []
        self._furthest: list[EpochCheckpoint] = []
        self._last: LastCheckpoint | None = None
        self._best: list[BestCheckpoint] = []
        self._extremes: dict[str, dict[Literal["max", "min"], AnyCheckpoint]] = {}

    def __len__(self) -> int:
        return len(self.places)

    def add(self, name: AnyCheckpoint, place: int) -> None:
        """Count the name of the entry at *place*."""
        self.places.append(place)
        self._part.append(name)
        if len(self._part) == _PART:
            self._decide()

    def candidates(self) -> Iterator[AnyCheckpoint]:
        """Yield every name that can be the latest, the furthest or the best of any metric, each once."""
        self._decide()
        numbered = (*self._furthest, *(name for found in self._extremes.values() for name in found.values()))
        yield from dict.fromkeys(name for name in (*numbered, self._last, *self._best) if name is not None)

    def metrics(self) -> set[str]:
        """Return the metrics that the names state."""
        self._decide()
        return set(self._extremes)

    def _decide(self) -> None:
        self.counts.update(map(type, self._part))
        epochs = [name for name in self._part if isinstance(name, EpochCheckpoint)]
        self._best += [name for name in self._part if isinstance(name, BestCheckpoint)]
        self._last = next((name for name in self._part if isinstance(name, LastCheckpoint)), self._last)
        if epochs:
            epochs += self._furthest
            # Other frameworks count steps alone or sort by text, so beside their names another name may be furthest.
            self._furthest = [furthest(epochs) or epochs[0], max(epochs, key=_by_epoch), max(epochs, key=_by_step)]
        measured: dict[str, list[AnyCheckpoint]] = {}
        for name in self._part:
            if name.metric is not None:
                measured.setdefault(name.metric.name, []).append(name)
        for metric, names in measured.items():
            known = self._extremes.setdefault(metric, {})
            for mode in _MODES:
                rivals: list[AnyCheckpoint] = [known[mode], *names] if mode in known else names
                chosen = best(rivals, metric=metric, mode=mode)
                known[mode] = chosen or names[0]  # each of the names states the metric
        self._part.clear()


def _by_epoch(name: EpochCheckpoint) -> tuple[int, int, int, str]:
    return name.epoch, name.step, name.version or 0, name.format()


def _by_step(name: EpochCheckpoint) -> tuple[int, int, int, str]:
    return name.step, name.epoch, name.version or 0, name.format()
