"""Patterns, and names that some of them match."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ckpt_scheme.checkpoint_name import EpochCheckpoint, Metric
from ckpt_scheme.patterns import CheckpointPattern, RunPattern

ONE_RUN: Final = "t-a_p_20240229_120000"
RUN: Final = RunPattern(tag="t", architecture="a", encoder=None, phase="p", timestamp=datetime(2024, 2, 29, 12))

WIDEST: Final = EpochCheckpoint(
    epoch=10**18 - 1, step=10**18 - 1, metric=Metric("m" * 64, -99999999999.9999), version=10**18 - 1
)

CHECKPOINT_NAMES: Final = [
    *(
        f"epoch-{epoch}_step-{step}{metric}{version}.ckpt"
        for epoch in ("00", "22", "100", "999999999999999999")
        for step in ("000000", "001932", "1000000")
        for metric in ("", "_hmean-0.8920", "_v2--0.0001", "_loss-12345678901.0000")
        for version in ("", "_v1", "_v22")
    ),
    *(
        f"best{metric}{version}.ckpt"
        for metric in ("", "-hmean-0.8920", "-v2--0.0001", "-loss-12345678901.0000")
        for version in ("", "_v1", "_v22")
    ),
    "last.ckpt",
    str(WIDEST),
]

RUN_NAMES: Final = [
    f"{tag}-{model}_{phase}_{timestamp}"
    for tag in ("ocr", "t_1")
    for model in ("dbnet", "a_b", "dbnet-resnet18", "dbnet-x_y-z_-")
    for phase in ("training", "1", "fine-tune-")
    for timestamp in ("00010101_000000", "20240229_120000", "99991231_235959")
]

CHECKPOINT_PATTERNS: Final = [
    CheckpointPattern(),
    CheckpointPattern(kind="epoch"),
    CheckpointPattern(kind="epoch", metric=None, version=None),
    CheckpointPattern(epoch=22),
    CheckpointPattern(step=1932, version=1),
    CheckpointPattern(kind="best"),
    CheckpointPattern(kind="best", metric="hmean"),
    CheckpointPattern(kind="best", metric=None, version=22),
    CheckpointPattern(kind="last"),
    CheckpointPattern(metric=None),
    CheckpointPattern(metric="v2", value=-0.0001),
    CheckpointPattern(metric="v2"),
    CheckpointPattern(value=0.892, version=None),
    CheckpointPattern(version=None),
    CheckpointPattern(kind="epoch", epoch=10**18 - 1, step=10**18 - 1, metric="m" * 64),
]

RUN_PATTERNS: Final = [
    RunPattern(),
    RunPattern(tag="ocr"),
    RunPattern(architecture="a_b"),
    RunPattern(encoder=None),
    RunPattern(encoder="x_y-z_-", phase="fine-tune-"),
    RunPattern(timestamp=datetime(1, 1, 1)),
    RunPattern(tag="t_1", architecture="dbnet", encoder="resnet18", phase="1", timestamp=datetime(2024, 2, 29, 12)),
]
