"""The names of a trainer's checkpoints, from its epoch, step and logged metric. The core formats every text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal, SupportsIndex, TypeAlias

import attrs

from ckpt_scheme._fields import model_labels
from ckpt_scheme._grammar import MAX_LABEL
from ckpt_scheme.checkpoint_name import BestCheckpoint, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.errors import FieldError
from ckpt_scheme.run_id import RunId

Kind: TypeAlias = Literal["best", "epoch"]

DEFAULT_TAG: Final = "experiment"
LAST: Final = LastCheckpoint().format()
UNKNOWN: Final = "unknown"  # the model in a run id if no other name was found

_ANY_TIME: Final = "20000101_000000"


def kind_of(kind: object, monitor: str | None) -> Kind:
    """Return the kind of a callback's files: *kind*, or the default for *monitor* if *kind* is None.

    Raises:
        FieldError: If *kind* is another word, or is ``"best"`` without a *monitor*.
    """
    if kind is None:
        return "epoch" if monitor is None else "best"
    if kind == "best":
        if monitor is None:
            raise FieldError("monitor", monitor, "the key of a logged metric, which kind='best' needs")
        return "best"
    if kind == "epoch":
        return "epoch"
    raise FieldError("kind", kind, "'best', 'epoch' or None")


def label_of(monitor: str | None, given: str | None) -> str | None:
    """Return the name of the metric in file names; None without a metric or if its key has no letter or digit.

    Raises:
        FieldError: If *given* cannot be a metric's name (CKS-010).
    """
    if given is not None:
        return Metric(given, 0.0).name
    if monitor is None:
        return None
    try:
        return Metric.from_logged(monitor, 0.0).name
    except FieldError:
        return None


def distinct_label(monitor: str, alike: Sequence[str]) -> str:
    """Return a label for *monitor*, made from its whole key, that no other metric in *alike* has.

    Args:
        monitor: The key of a logged metric.
        alike: The keys with the same last part, *monitor* among them.
    """
    labels = [_whole_label(key) for key in alike]
    place = alike.index(monitor)
    label = labels[place]
    return label if labels.count(label) == 1 else f"{label[: MAX_LABEL - 4]}_{place + 1}"


def _whole_label(key: str) -> str:
    head, loader, number = key.rpartition("/dataloader_idx_")
    return Metric.from_logged((head or number).replace("/", "_") + (loader + number if head else ""), 0.0).name


def metric_of(label: str | None, value: float | None) -> Metric | None:
    """Return the metric for a name; None without a metric or if the value is not finite.

    Raises:
        FieldError: If the value is finite and the grammar cannot write it (CKS-023).
    """
    if label is None or value is None or not math.isfinite(value):
        return None
    return Metric(label, value)


def epoch_name(epoch: SupportsIndex, step: SupportsIndex, metric: Metric | None, version: int | None) -> str:
    """Return the name of an epoch checkpoint."""
    return EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version).format()


def best_name(metric: Metric | None, version: int | None) -> str:
    """Return the name of a best checkpoint."""
    return BestCheckpoint(metric=metric, version=version).format()


def run_like(tag: str, model: object, phase: str, timestamp: object) -> RunId:
    """Return a run id with placeholders for a model or a timestamp that is None.

    Args:
        tag: The tag.
        model: ``<architecture>[-<encoder>]``; None: `UNKNOWN`.
        phase: The phase.
        timestamp: ``YYYYMMDD_HHMMSS``; None: `_ANY_TIME`.

    Raises:
        FieldError: If a value is not valid in a run id; no value is changed to make it fit (CKS-003).
    """
    architecture, encoder = model_labels(UNKNOWN if model is None else model)
    if timestamp is None:
        timestamp = _ANY_TIME
    some = f"a-b_c_{timestamp}"
    if not (isinstance(timestamp, str) and RunId.is_valid(some)):
        expected = "a str YYYYMMDD_HHMMSS; quote it in YAML, which otherwise reads a number"
        raise FieldError("timestamp", timestamp, expected, None, "CKS-013")
    return attrs.evolve(RunId.parse(some), tag=tag, architecture=architecture, encoder=encoder, phase=phase)
