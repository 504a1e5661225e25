"""The names that PyTorch Lightning's `ModelCheckpoint` writes unless it is told otherwise. Its epochs count from 0."""

from __future__ import annotations

from typing import Final

from ckpt_scheme.legacy.formats import LegacyFormat

_FRAMEWORK: Final = "lightning"
_SOURCE: Final = "Lightning-AI/pytorch-lightning:src/lightning/pytorch/callbacks/model_checkpoint.py"

FORMATS: Final = (
    LegacyFormat(
        framework=_FRAMEWORK,
        format="default",
        kind="epoch",
        template="epoch={epoch:count}-step={step:count}.ckpt",
        source=_SOURCE,
        examples=("epoch=67-step=18564.ckpt", "epoch=0-step=0.ckpt", "epoch=8-step=1845.ckpt"),
    ),
    LegacyFormat(
        framework=_FRAMEWORK,
        format="default-versioned",
        kind="epoch",
        template="epoch={epoch:count}-step={step:count}-v{version:count}.ckpt",
        source=_SOURCE,
        examples=("epoch=3-step=1200-v1.ckpt", "epoch=22-step=1932-v12.ckpt"),
    ),
    LegacyFormat(
        framework=_FRAMEWORK,
        format="epoch-only",  # the default before 1.1
        kind="epoch",
        template="epoch={epoch:count}.ckpt",
        source=_SOURCE,
        examples=("epoch=28.ckpt", "epoch=10.ckpt"),
    ),
    LegacyFormat(
        framework=_FRAMEWORK,
        format="epoch-only-versioned",
        kind="epoch",
        template="epoch={epoch:count}-v{version:count}.ckpt",
        source=_SOURCE,
        examples=("epoch=0-v1.ckpt",),
    ),
    LegacyFormat(
        framework=_FRAMEWORK,
        format="last-versioned",  # versions began at 0 before 1.2
        kind="last",
        template="last-v{version:count}.ckpt",
        source=_SOURCE,
        examples=("last-v1.ckpt", "last-v0.ckpt"),
    ),
)
