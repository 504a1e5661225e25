"""`Reading`: a value that holds each part of a name in its own field."""

from __future__ import annotations

import copy
import pickle
import weakref
from datetime import datetime

import attrs
import pytest

from ckpt_scheme.legacy import Reading, decode


def test_reading_is_equal_hashable_picklable_and_frozen() -> None:
    record = decode("hmean=0.7990-best.ckpt", "ocr-project")

    assert record == decode("hmean=0.7990-best.ckpt", "ocr-project")
    assert hash(record) == hash(decode("hmean=0.7990-best.ckpt", "ocr-project"))
    assert weakref.ref(record)() is record
    assert pickle.loads(pickle.dumps(record)) == record
    assert copy.deepcopy(record) == record
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        record.epoch = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_reading_holds_each_part_of_a_name_in_its_field() -> None:
    assert decode("epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt") == Reading(
        text="epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt",
        framework="ocr-project",
        format="underscored-metric-versioned",
        kind="epoch",
        epoch=3,
        step=103,
        metrics={"val_hmean": 0.892},
        timestamp=datetime(2025, 10, 12, 2, 51, 2),
        architecture="dbnet",
        encoder="resnet18",
        version=1,
        source=(
            "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2:"
            "ocr/lightning_modules/callbacks/unique_checkpoint.py at d9b56e05"
        ),
    )


def test_part_without_an_attribute_is_an_extra() -> None:
    assert decode("resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt").extras == {"batch_size": 16}
