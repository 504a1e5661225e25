"""Which name a checkpoint gets, given what a trainer counts and logs. Pure: every text is formatted by the core."""

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
UNKNOWN: Final = "unknown"  # stands where a run id must have a model and nothing says which

_ANY_TIME: Final = "20000101_000000"


def kind_of(kind: object, monitor: str | None) -> Kind:
    """Return the kind of a callback's files: *kind*, or what *monitor* suggests where it is None.

    Raises:
        FieldError: If *kind* is another word, or is ``"best"`` and there is nothing to be best by.
    """
    if kind is None:
        return "epoch" if monitor is None else "best"
    if kind == "best":
        if monitor is None:
            raise FieldError("monitor", monitor, "the key of a logged metric, for kind='best' goes by one")
        return "best"
    if kind == "epoch":
        return "epoch"
    raise FieldError("kind", kind, "'best', 'epoch' or None")


def label_of(monitor: str | None, given: str | None) -> str | None:
    """Return what the metric is called in names; None where there is none or nothing of its key can be kept.

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


def label_apart(monitor: str, alike: Sequence[str]) -> str:
    """Return a label for *monitor* that tells it from the other metrics in *alike*, by its whole key.

    Args:
        monitor: The key of a logged metric.
        alike: The keys whose last parts are alike, *monitor* among them.
    """
    labels = [_whole_label(key) for key in alike]
    place = alike.index(monitor)
    label = labels[place]
    return label if labels.count(label) == 1 else f"{label[: MAX_LABEL - 4]}_{place + 1}"


def _whole_label(key: str) -> str:
    head, loader, number = key.rpartition("/dataloader_idx_")
    return Metric.from_logged((head or number).replace("/", "_") + (loader + number if head else ""), 0.0).name


def metric_of(label: str | None, value: float | None) -> Metric | None:
    """Return the metric that a name can state; None where there is none or the value is not finite.

    Raises:
        FieldError: If the value is finite and the grammar has no place for it (CKS-023).
    """
    if label is None or value is None or not math.isfinite(value):
        return None
    return Metric(label, value)


def epoch_name(epoch: SupportsIndex, step: SupportsIndex, metric: Metric | None, version: int | None) -> str:
    """Return the name of a checkpoint of one moment."""
    return EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version).format()


def best_name(metric: Metric | None, version: int | None) -> str:
    """Return the name of a best checkpoint."""
    return BestCheckpoint(metric=metric, version=version).format()


def run_like(tag: str, model: object, phase: str, timestamp: object) -> RunId:
    """Return a run id of what is given, something else standing where nothing is.

    Args:
        tag: The tag.
        model: ``<architecture>[-<encoder>]``; None: `UNKNOWN`.
        phase: The phase.
        timestamp: ``YYYYMMDD_HHMMSS``; None: any.

    Raises:
        FieldError: If a value cannot be that field; nothing is changed to make it fit (CKS-003).
    """
    architecture, encoder = model_labels(UNKNOWN if model is None else model)
    if timestamp is None:
        timestamp = _ANY_TIME
    some = f"a-b_c_{timestamp}"
    if not (isinstance(timestamp, str) and RunId.is_valid(some)):
        expected = "a str of YYYYMMDD_HHMMSS, which YAML takes for a number unless it is quoted"
        raise FieldError("timestamp", timestamp, expected, None, "CKS-013")
    return attrs.evolve(RunId.parse(some), tag=tag, architecture=architecture, encoder=encoder, phase=phase)
