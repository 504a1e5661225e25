"""The names of what makes and changes voices."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_coqui = partial(Format, framework="coqui-tts", source="coqui-ai/Trainer:trainer/io.py", folders=("{run:coqui_run}/",))
_PTH: Final = (".pth", ".pth.tar")

_COQUI: Final = (
    _coqui(
        format="step",
        kind="step",
        template="checkpoint_{step:plain}",
        extensions=_PTH,
        counts="steps",
        steps_behind=0,
        examples=("checkpoint_1000.pth", "checkpoint_260000.pth.tar"),
    ),
    _coqui(
        format="best-step",
        kind="best",
        template="best_model_{step:plain}",
        extensions=_PTH,
        counts="steps",
        steps_behind=0,
        examples=("best_model_1000.pth", "ljspeech-October-12-2023_02+15PM-0000000/best_model_1000.pth"),
    ),
    _coqui(
        format="best",
        kind="best",
        template="best_model",
        extensions=_PTH,
        examples=("best_model.pth", "best_model.pth.tar"),
    ),
    _coqui(
        format="run",
        kind="run_dir",
        template="{run_name:name}-{timestamp:coqui_time}-{commit:hex7to10}",
        source="coqui-ai/Trainer:trainer/generic_utils.py",
        folders=(),
        entry="directory",
        examples=("ljspeech-October-12-2023_02+15PM-0000000",),
    ),
)

# VITS writes a generator and a discriminator. RVC does too, and if it keeps one only, under a number that is no step.
_vits = partial(Format, framework="vits", source="jaywalnut310/vits:train.py", counts="steps", steps_behind=0)
_rvc = partial(
    Format,
    framework="rvc",
    source="RVC-Project/Retrieval-based-Voice-Conversion-WebUI:infer/modules/train/train.py",
    counts="steps",
)

_CONVERSION: Final = (
    _vits(
        format="generator",
        kind="step",
        template="G_{step:vits_step}.pth",
        extras={"role": "generator"},
        examples=("G_10000.pth", "G_0.pth"),
    ),
    _vits(
        format="discriminator",
        kind="aux",
        template="D_{step:vits_step}.pth",
        extras={"role": "discriminator"},
        examples=("D_10000.pth",),
    ),
    _vits(
        format="duration-discriminator",
        kind="aux",
        template="DUR_{step:vits_step}.pth",
        source="fishaudio/Bert-VITS2:train_ms.py",
        extras={"role": "duration discriminator"},
        examples=("DUR_10000.pth",),
    ),
    _rvc(
        format="generator",
        kind="step",
        template="G_{step:vits_step}.pth",
        steps_behind=0,
        extras={"role": "generator"},
        examples=("G_10000.pth",),
    ),
    _rvc(
        format="discriminator",
        kind="aux",
        template="D_{step:vits_step}.pth",
        steps_behind=0,
        extras={"role": "discriminator"},
        examples=("D_10000.pth",),
    ),
    _rvc(
        format="only-generator",
        kind="last",
        template="G_{sentinel_step:rvc_sentinel}.pth",
        extras={"role": "generator"},
        examples=("G_2333333.pth",),
    ),
    _rvc(
        format="only-discriminator",
        kind="aux",
        template="D_{sentinel_step:rvc_sentinel}.pth",
        extras={"role": "discriminator"},
        examples=("D_2333333.pth",),
    ),
    _rvc(
        format="weights",
        kind="epoch",
        template="{prefix:name}_e{epoch:plain}_s{step:plain}.pth",
        epoch_base=1,
        epochs_behind=0,
        steps_behind=0,
        examples=("myvoice_e100_s2500.pth",),
    ),
)

FORMATS: Final = (*_COQUI, *_CONVERSION)
