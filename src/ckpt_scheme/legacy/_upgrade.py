"""`upgrade` and `upgrade_losses`: the canonical name for a reading, and the fields that it cannot hold."""

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
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, TIMELESS, Kind, Reading

_T = TypeVar("_T")

# The fields of the run, which no checkpoint name holds; and the fields that a form cannot hold.
_RUN_FIELDS: Final = ("timestamp", "architecture", "encoder")
_EXCLUDED: Final[Mapping[Kind, tuple[str, ...]]] = {"best": ("epoch", "step"), "last": ("epoch", "step", "version")}

LOSABLE: Final = (*_RUN_FIELDS, *_EXCLUDED["last"], "metric", "digits")
"""The losses that `upgrade_losses` may return besides the extras of a format."""


def upgrade(
    record: Reading,
    *,
    epoch: SupportsIndex | None = None,
    step: SupportsIndex | None = None,
    metric: Metric | None = None,
    version: SupportsIndex | None = None,
) -> AnyCheckpoint:
    """Return the canonical name for *record* (CKS-064, CKS-069).

    No fact is invented: each field of the canonical name is in the record or is an argument. The name drops the
    timestamp, the architecture, the encoder, and the record's extras. An epoch and a step stay as the framework wrote
    them. A metric's name becomes valid as in `Metric.from_logged`, its value is rounded as in `Metric`.

    Args:
        record: A reading, as `decode` returns it.
        epoch: The epoch, if the record has none.
        step: The step since training began, if the record has none. A record whose ``step_scope`` is ``"in_epoch"`` has
            none, for its step counts from the start of its epoch.
        metric: The metric, if the record has none.
        version: The version, if the record has none.

    Raises:
        FieldError: If *record* is no reading of a whole checkpoint; if it lacks an epoch or a step that is not given;
            if it has a field that no canonical name can hold (two metrics, a version of ``last.ckpt``, a best
            checkpoint's epoch); or if an argument contradicts it.

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
    if record.kind in TIMELESS:
        raise _refusal(record, f"a checkpoint of one moment of training, not of kind {record.kind}")
    if len(record.metrics) > 1:
        raise _refusal(record, "at most one metric, which is all that a canonical name can hold")

    own = next((Metric.from_logged(key, value) for key, value in record.metrics.items()), None)
    own_step = None if record.extras.get("step_scope") == "in_epoch" else record.step
    epoch = _merged(record, "epoch", record.epoch, epoch)
    step = _merged(record, "step", own_step, step)
    metric = _merged(record, "metric", own, metric)
    version = _merged(record, "version", record.version, version)
    # A step within its epoch is a number too, which neither of the two forms can hold.
    is_numbered = epoch is not None or step is not None or record.step is not None
    if record.kind == "best":
        if is_numbered:
            raise _refusal(record, "a best checkpoint without an epoch and a step, which its name cannot hold")
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
    """Return the fields of *record* that its canonical name cannot hold (CKS-064, CKS-069).

    `upgrade` drops these: ``"timestamp"``, ``"architecture"``, ``"encoder"``, each field of the extras, and
    ``"digits"`` of a metric that has more decimals than the scheme writes. It refuses a record with one of these:
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
    excluded = (*_RUN_FIELDS, *_EXCLUDED.get(record.kind, ()))
    found = [field for field in excluded if getattr(record, field) is not None]
    if len(record.metrics) > (0 if record.kind == "last" else 1):
        found.append("metric")
    is_rounded = "metric" not in found and any(map(_is_rounded, record.metrics.values()))
    return (*found, *record.extras, *(["digits"] if is_rounded else []))


def _is_rounded(value: float) -> bool:
    try:
        return Metric("value", value).value != value
    except FieldError:
        return False  # no name of the scheme can hold it, so `upgrade` refuses it


def _merged(record: Reading, field: str, own: _T | None, given: _T | None) -> _T | None:
    """Return the record's *own* value of *field*, or the *given* value if it has none; raise if they differ."""
    if own is None or given is None:
        return given if own is None else own
    if own != given:
        raise _refusal(record, f"no other {field} than its own, {own}")
    return own


def _refusal(record: Reading, expected: str) -> FieldError:
    return FieldError("legacy name", record.text, expected, None, "CKS-064")
