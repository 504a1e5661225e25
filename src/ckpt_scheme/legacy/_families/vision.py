"""The names of the libraries for vision: Detectron2, Ultralytics, timm."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# Detectron2 counts iterations from 0 and writes the one that it has just done.
_detectron2 = partial(Format, framework="detectron2", source="facebookresearch/fvcore:fvcore/common/checkpoint.py")

_DETECTRON2: Final = (
    _detectron2(
        format="iteration",
        kind="step",
        template="model_{step:padded7}.pth",
        counts="iterations",
        steps_behind=1,
        extras={"step_base": 0},
        examples=("model_0004999.pth",),
    ),
    _detectron2(format="final", kind="final", template="model_final.pth", examples=("model_final.pth",)),
    _detectron2(
        format="best",
        kind="best",
        template="model_best.pth",
        source="facebookresearch/detectron2:detectron2/engine/hooks.py",
        examples=("model_best.pth",),
    ),
    _detectron2(
        format="model-zoo-final",
        kind="release",
        template="model_final_{sha:hex6}.pkl",
        source="facebookresearch/detectron2:MODEL_ZOO.md",
        examples=("model_final_721ade.pkl", "model_final_280758.pkl"),
    ),
    _detectron2(
        format="model-zoo-iteration",
        kind="release",
        template="model_{step:padded7}_{sha:hex6}.pkl",
        source="facebookresearch/detectron2:MODEL_ZOO.md",
        counts="iterations",
        steps_behind=1,
        extras={"step_base": 0},
        examples=("model_0039999_e76410.pkl",),
    ),
    _detectron2(format="tracker", kind="pointer", template="last_checkpoint", examples=("last_checkpoint",)),
)

# YOLOv5 is older and by the same hands. The number counts from 0.
_ultralytics = partial(
    Format,
    framework="ultralytics",
    source="ultralytics/ultralytics:ultralytics/engine/trainer.py",
    folders=("{run:component}/weights/",),
)

_ULTRALYTICS: Final = (
    _ultralytics(
        format="last", kind="last", template="last.pt", examples=("last.pt", "runs/detect/train2/weights/last.pt")
    ),
    _ultralytics(
        format="best", kind="best", template="best.pt", examples=("best.pt", "runs/detect/train-2/weights/best.pt")
    ),
    _ultralytics(
        format="epoch",
        kind="epoch",
        template="epoch{epoch:plain}.pt",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("epoch50.pt", "epoch0.pt"),
    ),
    # The first run has no number, and then nothing that is not everybody's.
    *(
        _ultralytics(
            format=f"run-{name}",
            kind="run_dir",
            template=f"{word}{{version:second}}",
            source="ultralytics/ultralytics:ultralytics/utils/files.py",
            folders=(),
            entry="directory",
            examples=(f"{word}2", f"{word}12"),
        )
        for name, word in (("hyphenated", "train-"), ("train", "train"), ("yolov5", "exp"))
    ),
    _ultralytics(format="arguments", kind="sidecar", template="args.yaml", folders=(), examples=("args.yaml",)),
    _ultralytics(format="results", kind="sidecar", template="results.csv", folders=(), examples=("results.csv",)),
)

# timm hangs two extensions on; its best and last are hard links.
_timm = partial(Format, framework="timm", source="huggingface/pytorch-image-models:timm/utils/checkpoint_saver.py")

_TIMM: Final = (
    _timm(
        format="epoch",
        kind="epoch",
        template="checkpoint-{epoch:plain}.pth.tar",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("checkpoint-12.pth.tar",),
    ),
    _timm(format="last", kind="last", template="last.pth.tar", examples=("last.pth.tar",)),
    _timm(format="best", kind="best", template="model_best.pth.tar", examples=("model_best.pth.tar",)),
    _timm(
        format="recovery",
        kind="recovery",
        template="recovery-{epoch:plain}-{step:plain}.pth.tar",
        epoch_base=0,
        counts="batches of the epoch",
        extras={"step_scope": "in_epoch"},
        examples=("recovery-3-500.pth.tar",),
    ),
    _timm(
        format="unfinished", kind="temp", template="tmp.pth.tar", extras={"incomplete": True}, examples=("tmp.pth.tar",)
    ),
    _timm(
        format="average",
        kind="average",
        template="averaged",
        extensions=(".pth", ".safetensors"),
        source="huggingface/pytorch-image-models:avg_checkpoints.py",
        examples=("averaged.pth", "averaged.safetensors"),
    ),
    _timm(
        format="published",
        kind="release",
        template="{model:released}-{sha:hex8}.pth",
        source="huggingface/pytorch-image-models:timm/models/resnet.py",
        examples=("resnet50_a1_0-14fe96d1.pth",),
    ),
    _timm(
        format="run",
        kind="run_dir",
        template="{timestamp:hyphenated_stamp}-{model:word}-{size:plain}",
        source="huggingface/pytorch-image-models:train.py",
        entry="directory",
        examples=("20210101-120000-resnet50-224",),
    ),
    _timm(
        format="arguments",
        kind="sidecar",
        template="args.yaml",
        source="huggingface/pytorch-image-models:train.py",
        examples=("args.yaml",),
    ),
)

FORMATS: Final = (*_DETECTRON2, *_ULTRALYTICS, *_TIMM)
