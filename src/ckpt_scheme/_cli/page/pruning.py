"""Candidates for ``prune``: the checkpoints of a run that a cautious rule does not keep.

The catalog knows neither hard links nor open files, so ``prune`` decides anew and may keep more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, final

import attrs

from ckpt_scheme.catalog import Checkpoint, Choice, Run
from ckpt_scheme.checkpoint_name import EpochCheckpoint
from ckpt_scheme.legacy import CANONICAL
from ckpt_scheme.migration._policy import RECENT_NS

KEEP_LAST: Final = 3
"""The number of checkpoints that stay because they are furthest in training."""

_RECENT: Final = timedelta(microseconds=RECENT_NS // 1000)


@final
@attrs.frozen
class Judged:
    """A checkpoint of an epoch, judged.

    Attributes:
        checkpoint: The checkpoint; its name is canonical.
        reason: The reason why it stays, or None if it is a candidate.
    """

    checkpoint: Checkpoint
    reason: str | None


@final
@attrs.frozen
class Freed:
    """The number and the bytes of the candidates of a run."""

    count: int = 0
    size: int = 0


def freed(run: Run, now: datetime) -> Freed:
    """Return the number and the bytes of the candidates of *run* at the time *now*."""
    candidates = [one.checkpoint for one in judged(run, now) if one.reason is None]
    return Freed(len(candidates), sum(one.size or 0 for one in candidates))


def judged(run: Run, now: datetime) -> tuple[Judged, ...]:
    """Return the judged checkpoints of epochs, all with canonical names; an empty tuple if all would stay.

    Args:
        run: The run.
        now: The time that ages are counted from.
    """
    # The evidence spares the records of runs that have no candidate.
    if sum(one.count for one in run.evidence if (one.framework, one.kind) == (CANONICAL, "epoch")) <= KEEP_LAST:
        return ()
    everything = tuple(run.checkpoints)
    epochs = [(one, one.name) for one in everything if isinstance(one.name, EpochCheckpoint)]
    reasons = _Reasons(run, now, everything, [name for _, name in epochs])
    found = tuple(Judged(one, next(reasons.of(one, name), None)) for one, name in epochs)
    return found if any(one.reason is None for one in found) else ()


@final
class _Reasons:
    """The reasons why checkpoints of a run stay.

    Args:
        run: The run.
        now: The time that ages are counted from.
        everything: All checkpoints of the run.
        names: The names of the checkpoints of epochs.
    """

    def __init__(
        self, run: Run, now: datetime, everything: Sequence[Checkpoint], names: Sequence[EpochCheckpoint]
    ) -> None:
        self._chosen = [
            (_path(choice), word)
            for choice, word in ((run.latest, "latest"), (run.furthest, "furthest"), (run.best, "best"))
        ]
        self._now = now
        self._linked = {(one.link_target or "").rpartition("/")[2] for one in everything}
        self._last = set(sorted(names)[-KEEP_LAST:])
        self._values: dict[str, list[float]] = {}
        for name in names:
            if name.metric is not None:
                self._values.setdefault(name.metric.name, []).append(name.metric.value)

    def of(self, checkpoint: Checkpoint, name: EpochCheckpoint) -> Iterator[str]:
        """Yield the reasons why *checkpoint* stays."""
        yield from (word for path, word in self._chosen if path == checkpoint.path)
        if name.metric is not None:
            metric, value = name.metric.name, name.metric.value
            # A name does not say whether more or less is better, so both ends stay.
            if value == max(self._values[metric]):
                yield f"highest {metric}"
            if value == min(self._values[metric]):
                yield f"lowest {metric}"
        if name in self._last:
            yield f"one of the last {KEEP_LAST}"
        if checkpoint.path.rpartition("/")[2] in self._linked:
            yield "a link leads to it"
        if checkpoint.entry_type == "symlink":
            yield "a link"
        if checkpoint.modified is None or self._now - checkpoint.modified < _RECENT:
            yield "may still be written"
        if checkpoint.flags:
            yield checkpoint.flags[0].replace("_", " ")


def _path(choice: Choice) -> str | None:
    return None if choice.checkpoint is None else choice.checkpoint.path
