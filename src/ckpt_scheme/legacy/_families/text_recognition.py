"""The names of readers of text, relatives of the project whose scheme this is. Paddle's ``iter_epoch`` is an epoch."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_paddleocr = partial(Format, framework="paddleocr", source="PaddlePaddle/PaddleOCR:tools/program.py")
_dbnet = partial(Format, framework="dbnet-mhliao", source="MhLiao/DB:training/model_saver.py")
_dtr = partial(Format, framework="deep-text-recognition", source="clovaai/deep-text-recognition-benchmark:train.py")

FORMATS: Final = (
    _paddleocr(
        format="best",
        kind="best",
        template="best_accuracy",
        extensions=("", ".pdparams"),
        extras={"metric_name": "accuracy"},
        examples=("best_accuracy.pdparams", "best_accuracy"),
    ),
    _paddleocr(
        format="best-state",
        kind="aux",
        template="best_accuracy",
        extensions=(".pdopt", ".states"),
        extras={"metric_name": "accuracy"},
        examples=("best_accuracy.pdopt", "best_accuracy.states"),
    ),
    _paddleocr(format="latest", kind="last", template="latest.pdparams", examples=("latest.pdparams",)),
    _paddleocr(
        format="latest-state",
        kind="aux",
        template="latest",
        extensions=(".pdopt", ".states"),
        examples=("latest.pdopt", "latest.states"),
    ),
    _paddleocr(
        format="epoch",
        kind="epoch",
        template="iter_epoch_{epoch:plain}",
        extensions=("", ".pdparams"),
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("iter_epoch_100.pdparams", "iter_epoch_100"),
    ),
    _paddleocr(
        format="epoch-state",
        kind="aux",
        template="iter_epoch_{epoch:plain}",
        extensions=(".pdopt", ".states"),
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("iter_epoch_100.pdopt", "iter_epoch_100.states"),
    ),
    _dbnet(
        format="minibatch",
        kind="step",
        template="model_epoch_{epoch:plain}_minibatch_{step:plain}",
        epoch_base=0,
        counts="steps",
        examples=("model_epoch_5_minibatch_10000",),
    ),
    _dbnet(format="latest", kind="last", template="model_latest", examples=("model_latest",)),
    _dtr(
        format="iteration",
        kind="step",
        template="iter_{step:plain}.pth",
        folders=("{run:seeded_run}/",),
        counts="iterations",
        steps_behind=0,
        examples=("iter_300000.pth", "TPS-ResNet-BiLSTM-Attn-Seed1111/iter_100000.pth"),
    ),
    _dtr(
        format="best-accuracy",
        kind="best",
        template="best_accuracy.pth",
        folders=("{run:seeded_run}/",),
        extras={"metric_name": "accuracy"},
        examples=("best_accuracy.pth",),
    ),
    _dtr(
        format="best-norm-ed",
        kind="best",
        template="best_norm_ED.pth",
        folders=("{run:seeded_run}/",),
        extras={"metric_name": "norm_ED"},
        examples=("best_norm_ED.pth", "TPS-ResNet-BiLSTM-Attn-Seed1111/best_norm_ED.pth"),
    ),
    _dtr(
        format="run",
        kind="run_dir",
        template="{model:four_modules}-Seed{seed:plain}",
        entry="directory",
        examples=("TPS-ResNet-BiLSTM-Attn-Seed1111",),
    ),
)
