"""`upgrade`: the canonical name for what a reading says."""

from __future__ import annotations

from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
)
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy.record import LegacyName


def upgrade(record: LegacyName) -> AnyCheckpoint:
    """Return the canonical name for *record* (CKS-064).

    Nothing is invented. What belongs to the run and not to a checkpoint's name is given up: the timestamp, the
    architecture, the encoder, and the record's extras. A metric's name becomes valid as in `Metric.from_logged`, its
    value is rounded as in `Metric`.

    Args:
        record: A reading, as `decode` returns it.

    Raises:
        FieldError: If the record lacks what a canonical name needs (an epoch, a step), or says what no canonical name
            can hold (two metrics, a version of ``last.ckpt``, a best checkpoint's epoch).

    Examples:
        >>> from ckpt_scheme import legacy
        >>> str(legacy.upgrade(legacy.decode("epoch=3-step=1200-v1.ckpt")))
        'epoch-03_step-001200_v1.ckpt'
    """
    if not isinstance(record, LegacyName):
        raise FieldError("legacy name", record, "a LegacyName", None, "CKS-064")
    numbered = record.epoch is not None or record.step is not None
    if record.kind == "best":
        if numbered:
            raise _refusal(record, "a best checkpoint without an epoch and a step, which the name of one cannot hold")
        return BestCheckpoint(metric=_metric(record), version=record.version)
    if record.kind == "last":
        if numbered or record.metrics or record.version is not None:
            raise _refusal(record, "a last checkpoint without a number, which 'last.ckpt' cannot hold")
        return LastCheckpoint()
    if record.epoch is None or record.kind == "metric":
        raise _refusal(record, "an epoch, which the name lacks")
    if record.step is None:
        raise _refusal(record, "a step, which the name lacks")
    return EpochCheckpoint(epoch=record.epoch, step=record.step, metric=_metric(record), version=record.version)


def _metric(record: LegacyName) -> Metric | None:
    if len(record.metrics) > 1:
        raise _refusal(record, "at most one metric, which is all that a canonical name can hold")
    for key, value in record.metrics.items():
        return Metric.from_logged(key, value)
    return None


def _refusal(record: LegacyName, expected: str) -> FieldError:
    return FieldError("legacy name", record.text, expected, None, "CKS-064")
