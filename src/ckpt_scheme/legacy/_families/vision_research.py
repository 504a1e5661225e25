"""The names of research on vision: reference scripts, and what finds objects in images, volumes and point clouds."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# The reference scripts that most research code began as a copy of.
_pytorch_examples = partial(Format, framework="pytorch-examples", source="pytorch/examples:imagenet/main.py")
_torchvision = partial(
    Format, framework="torchvision-references", source="pytorch/vision:references/classification/train.py"
)
_detr = partial(Format, framework="detr", source="facebookresearch/detr:main.py")
_mae = partial(Format, framework="mae", source="facebookresearch/mae:util/misc.py")

_REFERENCES: Final = (
    _pytorch_examples(format="last", kind="last", template="checkpoint.pth.tar", examples=("checkpoint.pth.tar",)),
    _pytorch_examples(format="best", kind="best", template="model_best.pth.tar", examples=("model_best.pth.tar",)),
    # Its numbers are never padded, so that "model_0004999.pth" is none of them.
    _torchvision(
        format="epoch",
        kind="epoch",
        template="model_{epoch:up_to_999999}.pth",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("model_5.pth", "model_0.pth"),
    ),
    _torchvision(format="last", kind="last", template="checkpoint.pth", examples=("checkpoint.pth",)),
    _torchvision(
        format="published",
        kind="release",
        template="{model:released}-{sha:hex8}.pth",
        source="pytorch/vision:torchvision/models/resnet.py",
        examples=("resnet50-19c8e357.pth",),
    ),
    _detr(
        format="epoch",
        kind="epoch",
        template="checkpoint{epoch:padded4}.pth",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("checkpoint0099.pth",),
    ),
    _detr(format="last", kind="last", template="checkpoint.pth", examples=("checkpoint.pth",)),
    # A descendant's best: of the model and of its moving average.
    _detr(
        format="best-regular",
        kind="best",
        template="checkpoint_best_regular.pth",
        source="IDEA-Research/DINO:main.py",
        examples=("checkpoint_best_regular.pth",),
    ),
    _detr(
        format="best-average",
        kind="best",
        template="checkpoint_best_ema.pth",
        source="IDEA-Research/DINO:main.py",
        extras={"ema": True},
        examples=("checkpoint_best_ema.pth",),
    ),
    _mae(
        format="epoch",
        kind="epoch",
        template="checkpoint-{epoch:plain}.pth",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("checkpoint-99.pth",),
    ),
    # Under DeepSpeed the same is the tag of a directory, spelled like a step of the Hugging Face trainer.
    _mae(
        format="deepspeed-epoch",
        kind="epoch",
        template="checkpoint-{epoch:plain}",
        entry="directory",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("checkpoint-99",),
    ),
)

_nnunet = partial(Format, framework="nnunet", source="MIC-DKFZ/nnUNet:nnunetv2/training/nnUNetTrainer/nnUNetTrainer.py")
_nnunet_v1 = partial(_nnunet, source="MIC-DKFZ/nnUNet:nnunet/training/network_training/network_trainer.py at nnunetv1")
_openpcdet = partial(Format, framework="openpcdet", source="open-mmlab/OpenPCDet:tools/train_utils/train_utils.py")
_matterport = partial(Format, framework="matterport-mask-rcnn", source="matterport/Mask_RCNN:mrcnn/model.py")

_SEGMENTATION: Final = (
    _nnunet(format="final", kind="final", template="checkpoint_final.pth", examples=("checkpoint_final.pth",)),
    _nnunet(format="latest", kind="last", template="checkpoint_latest.pth", examples=("checkpoint_latest.pth",)),
    _nnunet(format="best", kind="best", template="checkpoint_best.pth", examples=("checkpoint_best.pth",)),
    # Version 1, with what is told about each beside it.
    _nnunet_v1(
        format="v1-final",
        kind="final",
        template="model_final_checkpoint.model",
        examples=("model_final_checkpoint.model",),
    ),
    _nnunet_v1(format="v1-latest", kind="last", template="model_latest.model", examples=("model_latest.model",)),
    _nnunet_v1(format="v1-best", kind="best", template="model_best.model", examples=("model_best.model",)),
    _nnunet_v1(
        format="v1-epoch",
        kind="epoch",
        template="model_ep_{epoch:padded3}.model",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("model_ep_050.model",),
    ),
    _nnunet_v1(
        format="v1-final-sidecar",
        kind="sidecar",
        template="model_final_checkpoint.model.pkl",
        extras={"of": "model_final_checkpoint.model"},
        examples=("model_final_checkpoint.model.pkl",),
    ),
    _nnunet_v1(
        format="v1-latest-sidecar",
        kind="sidecar",
        template="model_latest.model.pkl",
        extras={"of": "model_latest.model"},
        examples=("model_latest.model.pkl",),
    ),
    _nnunet_v1(
        format="v1-best-sidecar",
        kind="sidecar",
        template="model_best.model.pkl",
        extras={"of": "model_best.model"},
        examples=("model_best.model.pkl",),
    ),
    _nnunet_v1(
        format="v1-epoch-sidecar",
        kind="sidecar",
        template="model_ep_{epoch:padded3}.model.pkl",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("model_ep_050.model.pkl",),
    ),
    _openpcdet(
        format="epoch",
        kind="epoch",
        template="checkpoint_epoch_{epoch:plain}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("checkpoint_epoch_80.pth",),
    ),
    _openpcdet(
        format="epoch-optimizer",
        kind="aux",
        template="checkpoint_epoch_{epoch:plain}_optim.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        extras={"role": "optimizer"},
        examples=("checkpoint_epoch_80_optim.pth",),
    ),
    _openpcdet(format="latest", kind="last", template="latest_model.pth", examples=("latest_model.pth",)),
    _matterport(
        format="epoch",
        kind="epoch",
        template="mask_rcnn_{prefix:word}_{epoch:digits4}.h5",
        folders=("{run:dataset_minute}/",),
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("mask_rcnn_coco_0001.h5", "coco20171029T2315/mask_rcnn_coco_0001.h5"),
    ),
    _matterport(format="release", kind="release", template="mask_rcnn_coco.h5", examples=("mask_rcnn_coco.h5",)),
    _matterport(
        format="run",
        kind="run_dir",
        template="{prefix:letters}{timestamp:minute}",
        entry="directory",
        examples=("coco20171029T2315",),
    ),
)

FORMATS: Final = (*_REFERENCES, *_SEGMENTATION)
