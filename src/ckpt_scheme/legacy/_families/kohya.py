"""The names of kohya's scripts, which train adapters of diffusion models.

Without a name of one's own, the words are "epoch", "at" and "last", and the last is the final one.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_kohya = partial(Format, framework="kohya-sd-scripts", source="kohya-ss/sd-scripts:library/train_util.py")
_WEIGHTS: Final = (".safetensors", ".ckpt", ".pt")

FORMATS: Final = (
    _kohya(
        format="unnamed-epoch",
        kind="epoch",
        template="epoch-{epoch:digits6}",
        extensions=_WEIGHTS,
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch-000004.safetensors",),
    ),
    _kohya(
        format="epoch",
        kind="epoch",
        template="{prefix:adapter}-{epoch:digits6}",
        extensions=_WEIGHTS,
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("mylora-000004.safetensors",),
    ),
    _kohya(
        format="unnamed-step",
        kind="step",
        template="at-step{step:digits8}",
        extensions=_WEIGHTS,
        counts="steps",
        steps_behind=0,
        examples=("at-step00001000.safetensors",),
    ),
    _kohya(
        format="step",
        kind="step",
        template="{prefix:adapter}-step{step:digits8}",
        extensions=_WEIGHTS,
        counts="steps",
        steps_behind=0,
        examples=("mylora-step00001000.safetensors",),
    ),
    _kohya(format="unnamed-final", kind="final", template="last.safetensors", examples=("last.safetensors",)),
    _kohya(
        format="unnamed-final-directory",
        kind="final",
        template="last",
        entry="directory",
        examples=("last",),
    ),
    # Any name can be the final one's. Only those that say what was trained are read: the others are everybody's.
    _kohya(
        format="final",
        kind="final",
        template="{prefix:named_adapter}.safetensors",
        examples=("mylora.safetensors", "my_style_lora_v2.safetensors"),
    ),
    # A whole model is a directory of the same names, and so is the state that training goes on from.
    _kohya(
        format="unnamed-epoch-directory",
        kind="epoch",
        template="epoch-{epoch:digits6}",
        entry="directory",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch-000004",),
    ),
    _kohya(
        format="unnamed-step-directory",
        kind="step",
        template="at-step{step:digits8}",
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("at-step00001000",),
    ),
    _kohya(
        format="step-directory",
        kind="step",
        template="{prefix:adapter}-step{step:digits8}",
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("mymodel-step00001000",),
    ),
    _kohya(
        format="unnamed-epoch-state",
        kind="aux",
        template="epoch-{epoch:digits6}-state",
        entry="directory",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch-000004-state",),
    ),
    _kohya(
        format="epoch-state",
        kind="aux",
        template="{prefix:adapter}-{epoch:digits6}-state",
        entry="directory",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("mylora-000004-state",),
    ),
    _kohya(
        format="unnamed-step-state",
        kind="aux",
        template="at-step{step:digits8}-state",
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("at-step00001000-state",),
    ),
    _kohya(
        format="step-state",
        kind="aux",
        template="{prefix:adapter}-step{step:digits8}-state",
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("mylora-step00001000-state",),
    ),
    _kohya(
        format="final-state",
        kind="aux",
        template="{prefix:trained}-state",
        entry="directory",
        examples=("mylora-state", "last-state"),
    ),
)
