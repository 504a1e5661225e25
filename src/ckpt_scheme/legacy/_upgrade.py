"""`upgrade` and `upgrade_losses`: the canonical name for a reading, and the fields that it has no place for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, SupportsIndex, TypeVar

from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
)
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Kind, Reading

_T = TypeVar("_T")

# A whole checkpoint all the same, but of no one moment of training.
_TIMELESS: Final[frozenset[Kind]] = frozenset({"average", "release"})

# The fields that belong to the run, so that no checkpoint name holds them; and those that a form has no place for.
_OF_THE_RUN: Final = ("timestamp", "architecture", "encoder")
_HOMELESS: Final[Mapping[Kind, tuple[str, ...]]] = {"best": ("epoch", "step"), "last": ("epoch", "step", "version")}


def upgrade(
    record: Reading,
    *,
    epoch: SupportsIndex | None = None,
    step: SupportsIndex | None = None,
    metric: Metric | None = None,
    version: SupportsIndex | None = None,
) -> AnyCheckpoint:
    """Return the canonical name for *record* (CKS-064, CKS-069).

    Nothing is invented: what the canonical name needs is in the record, or is given here. What belongs to the run and
    not to a checkpoint's name is given up: the timestamp, the architecture, the encoder, and the record's extras. An
    epoch and a step stay as the framework wrote them. A metric's name becomes valid as in `Metric.from_logged`, its
    value is rounded as in `Metric`.

    Args:
        record: A reading, as `decode` returns it.
        epoch: The epoch, if the record has none.
        step: The step since training began, if the record has none. That of a record whose ``step_scope`` is
            ``"in_epoch"`` counts from the start of its epoch, so the record has none.
        metric: The metric, if the record has none.
        version: The version, if the record has none.

    Raises:
        FieldError: If *record* is no reading of a whole checkpoint; if it lacks what a canonical name needs (an epoch,
            a step) and it is not given; if it says what no canonical name can hold (two metrics, a version of
            ``last.ckpt``, a best checkpoint's epoch); or if something is given that it says otherwise.

    Examples:
        >>> from ckpt_scheme import legacy
        >>> str(legacy.upgrade(legacy.decode("epoch=3-step=1200-v1.ckpt")))
        'epoch-03_step-001200_v1.ckpt'
        >>> str(legacy.upgrade(legacy.decode("checkpoint-500", framework="huggingface-trainer"), epoch=3))
        'epoch-03_step-000500.ckpt'
    """
    if not isinstance(record, Reading):
        raise FieldError("legacy name", record, "a Reading", None, "CKS-064")
    if record.kind not in CHECKPOINT_KINDS:
        raise _refusal(record, f"the name of a whole checkpoint, not of kind {record.kind}")
    if record.kind in _TIMELESS:
        raise _refusal(record, f"a checkpoint of one moment of training, not of kind {record.kind}")
    if len(record.metrics) > 1:
        raise _refusal(record, "at most one metric, which is all that a canonical name can hold")

    own = next((Metric.from_logged(key, value) for key, value in record.metrics.items()), None)
    said_step = None if record.extras.get("step_scope") == "in_epoch" else record.step
    epoch = _one(record, "epoch", record.epoch, epoch)
    step = _one(record, "step", said_step, step)
    metric = _one(record, "metric", own, metric)
    version = _one(record, "version", record.version, version)
    # A step within its epoch is a number too, which neither of these two can hold.
    is_numbered = epoch is not None or step is not None or record.step is not None
    if record.kind == "best":
        if is_numbered:
            raise _refusal(record, "a best checkpoint without an epoch and a step, which the name of one cannot hold")
        return BestCheckpoint(metric=metric, version=version)
    if record.kind == "last":
        if is_numbered or metric is not None or version is not None:
            raise _refusal(record, "a last checkpoint without a number, which 'last.ckpt' cannot hold")
        return LastCheckpoint()
    if epoch is None:
        raise _refusal(record, "an epoch, which the name lacks")
    if step is None:
        raise _refusal(record, "a step, which the name lacks")
    return EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version)


def upgrade_losses(record: Reading) -> tuple[str, ...]:
    """Return the fields of *record* that no canonical name has a place for (CKS-064, CKS-069).

    `upgrade` gives these up by itself: ``"timestamp"``, ``"architecture"``, ``"encoder"``, each field of the extras,
    and ``"digits"`` of a metric that has more decimals than the scheme writes. It refuses a record with one of these:
    ``"epoch"`` and ``"step"`` of a best or last checkpoint, ``"version"`` of a last one, and ``"metric"`` if there are
    several, or one of a last checkpoint.

    Args:
        record: A reading, as `decode` returns it.

    Raises:
        FieldError: If *record* is no reading.

    Examples:
        >>> from ckpt_scheme import legacy
        >>> legacy.upgrade_losses(legacy.decode("resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt"))
        ('encoder', 'batch_size')
        >>> legacy.upgrade_losses(legacy.decode("epoch=3-step=1200-val_loss=0.2000.ckpt"))
        ()
    """
    if not isinstance(record, Reading):
        raise FieldError("legacy name", record, "a Reading", None, "CKS-064")
    if record.framework == CANONICAL:
        return ()
    homeless = (*_OF_THE_RUN, *_HOMELESS.get(record.kind, ()))
    found = [field for field in homeless if getattr(record, field) is not None]
    if len(record.metrics) > (0 if record.kind == "last" else 1):
        found.append("metric")
    is_rounded = "metric" not in found and any(map(_is_rounded, record.metrics.values()))
    return (*found, *record.extras, *(["digits"] if is_rounded else []))


def _is_rounded(value: float) -> bool:
    try:
        return Metric("value", value).value != value
    except FieldError:
        return False  # no name of the scheme can hold it, so `upgrade` refuses it


def _one(record: Reading, field: str, said: _T | None, given: _T | None) -> _T | None:
    """Return what the record says of *field*, or what is given where it says nothing."""
    if said is None or given is None:
        return given if said is None else said
    if said != given:
        raise _refusal(record, f"no other {field} than its own, {said}")
    return said


def _refusal(record: Reading, expected: str) -> FieldError:
    return FieldError("legacy name", record.text, expected, None, "CKS-064")
