"""`Rules`: which checkpoints of a directory a policy keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from ckpt_scheme.checkpoint_name import EpochCheckpoint
from ckpt_scheme.migration._policy import NANOSECONDS, KeepBest, Policy


def moment(name: EpochCheckpoint) -> tuple[object, ...]:
    """Return what orders checkpoints in training, as in `ckpt_scheme.latest`, and leaves no two names unordered."""
    return name.epoch, name.step, name.version or 0, name.sort_key()


@final
class Rules:
    """The rules of a policy that keep checkpoints, for one directory.

    Args:
        policy: The policy.
        names: All checkpoints of epochs in the directory, in the order of training.
    """

    def __init__(self, policy: Policy, names: Sequence[EpochCheckpoint]) -> None:
        self._policy = policy
        self._first_of_last = len(names) - policy.keep_last
        self._worst: float | None = None
        if policy.keep_best is not None:
            scores = (_score(name, policy.keep_best) for name in names)
            values = sorted(score for score in scores if score is not None)
            self._worst = values[-policy.keep_best.count :][0] if values else None

    def keep(self, name: EpochCheckpoint, place: int, age_ns: int) -> str | None:
        """Return which rule keeps the checkpoint *name* at *place* of all, or None."""
        policy = self._policy
        if policy.keep_min_epoch is not None and name.epoch >= policy.keep_min_epoch:
            return f"epoch {name.epoch} is not before {policy.keep_min_epoch}"
        if place >= self._first_of_last:
            return f"one of the last {policy.keep_last}"
        if policy.keep_every and name.epoch % policy.keep_every == 0:
            return f"epoch {name.epoch} is a multiple of {policy.keep_every}"
        if policy.keep_younger_than is not None and age_ns < policy.keep_younger_than * NANOSECONDS:
            return f"younger than {policy.keep_younger_than} s"
        return None if policy.keep_best is None else self._keep_best(name, policy.keep_best)

    def _keep_best(self, name: EpochCheckpoint, rule: KeepBest) -> str | None:
        if self._worst is None:
            return f"no name here holds {rule.metric}, so the best cannot be told"
        score = _score(name, rule)
        return f"one of the best {rule.count} by {rule.metric}" if score is not None and score >= self._worst else None

    def refusal(self, name: EpochCheckpoint) -> str:
        """Return why nothing keeps *name*."""
        if self._policy.keep_min_epoch is not None:
            return f"epoch {name.epoch} is before {self._policy.keep_min_epoch}"
        return "no rule keeps it"


def _score(name: EpochCheckpoint, rule: KeepBest) -> float | None:
    """Return how good *name* is by a rule, more being better, or None if it does not say."""
    if name.metric is None or name.metric.name != rule.metric:
        return None
    return name.metric.value if rule.mode == "max" else -name.metric.value
