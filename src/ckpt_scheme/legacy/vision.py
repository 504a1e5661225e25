"""The names of computer vision: trainers of detectors, classifiers and readers of text, from Caffe to MMEngine."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy.formats import LegacyFormat

# OpenMMLab. The older MMCV and its successor MMEngine name alike; what tells them apart is the tracker.
_mmengine = partial(LegacyFormat, framework="mmengine", source="open-mmlab/mmengine:mmengine/hooks/checkpoint_hook.py")
_mmcv = partial(LegacyFormat, framework="mmcv", source="open-mmlab/mmcv:mmcv/runner/hooks/checkpoint.py")
_mmcv_best = partial(_mmcv, source="open-mmlab/mmcv:mmcv/runner/hooks/evaluation.py")

_OPENMMLAB: Final = (
    # Under DeepSpeed or FSDP with sharded states, MMEngine writes directories of the same names.
    _mmengine(
        format="epoch",
        kind="epoch",
        template="epoch_{epoch:plain}.pth",
        entry="any",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch_10.pth", "epoch_12.pth"),
    ),
    _mmengine(
        format="iteration",
        kind="step",
        template="iter_{step:plain}.pth",
        entry="any",
        counts="iterations",
        steps_behind=0,
        examples=("iter_1000.pth",),
    ),
    # The metric's name is written, a "/" in it as "_"; its value is not.
    _mmengine(
        format="best-epoch",
        kind="best",
        template="best_{metric_name:measure}_epoch_{epoch:plain}.pth",
        entry="any",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("best_coco_bbox_mAP_epoch_12.pth", "best_acc_epoch_9.pth", "best_test_acc_epoch_5.pth"),
    ),
    _mmengine(
        format="best-iteration",
        kind="best",
        template="best_{metric_name:measure}_iter_{step:plain}.pth",
        entry="any",
        counts="iterations",
        steps_behind=0,
        examples=("best_acc_iter_9.pth",),
    ),
    # Published: without the optimizer, named by the first digits of its own hash.
    _mmengine(
        format="published-epoch",
        kind="release",
        template="epoch_{epoch:plain}-{sha:hex8}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch_12-1a2b3c4d.pth",),
    ),
    _mmengine(
        format="published-iteration",
        kind="release",
        template="iter_{step:plain}-{sha:hex8}.pth",
        counts="iterations",
        steps_behind=0,
        examples=("iter_40000-9f8e7d6c.pth",),
    ),
    _mmengine(
        format="published-best-epoch",
        kind="release",
        template="best_{metric_name:measure}_epoch_{epoch:plain}-{sha:hex8}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("best_coco_bbox_mAP_epoch_12-1a2b3c4d.pth",),
    ),
    _mmengine(
        format="published-best-iteration",
        kind="release",
        template="best_{metric_name:measure}_iter_{step:plain}-{sha:hex8}.pth",
        counts="iterations",
        steps_behind=0,
        examples=("best_acc_iter_9-1a2b3c4d.pth",),
    ),
    _mmengine(
        format="model-zoo",
        kind="release",
        template="{model:released}_{timestamp:day}-{sha:hex8}.pth",
        source="open-mmlab/mmdetection:configs/faster_rcnn/metafile.yml",
        examples=("faster_rcnn_r50_fpn_1x_coco_20200130-047c8118.pth",),
    ),
    # The template that is shown to those who want another one; it counts epochs unless told otherwise.
    _mmengine(
        format="documented-template",
        kind="epoch",
        template="checkpoint_{epoch:padded6}.pth",
        epoch_base=1,
        counts="epochs",
        examples=("checkpoint_000012.pth",),
    ),
    _mmengine(
        format="tracker",
        kind="pointer",
        template="last_checkpoint",
        source="open-mmlab/mmengine:mmengine/runner/checkpoint.py",
        examples=("last_checkpoint",),
    ),
    _mmcv(
        format="epoch",
        kind="epoch",
        template="epoch_{epoch:plain}.pth",
        source="open-mmlab/mmcv:mmcv/runner/epoch_based_runner.py",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch_12.pth",),
    ),
    _mmcv(
        format="iteration",
        kind="step",
        template="iter_{step:plain}.pth",
        source="open-mmlab/mmcv:mmcv/runner/iter_based_runner.py",
        counts="iterations",
        steps_behind=0,
        examples=("iter_1000.pth",),
    ),
    _mmcv_best(
        format="best-epoch",
        kind="best",
        template="best_{metric_name:measure}_epoch_{epoch:plain}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("best_bbox_mAP_epoch_12.pth", "best_AR@100_epoch_8.pth"),
    ),
    _mmcv_best(
        format="best-iteration",
        kind="best",
        template="best_{metric_name:measure}_iter_{step:plain}.pth",
        counts="iterations",
        steps_behind=0,
        examples=("best_mIoU_iter_16000.pth",),
    ),
    # Until 1.3 a link of this name led to the best epoch. Only known metrics: "best_model.pth" is everybody's.
    _mmcv_best(
        format="best-link",
        kind="best",
        template="best_{metric_name:vision_metric}.pth",
        examples=("best_bbox_mAP.pth", "best_mIoU.pth"),
    ),
    _mmcv(format="latest-link", kind="last", template="latest.pth", examples=("latest.pth",)),
    _mmcv(
        format="model-zoo",
        kind="release",
        template="{model:released}_{timestamp:day}-{sha:hex8}.pth",
        source="open-mmlab/mmdetection:configs/faster_rcnn/metafile.yml",
        examples=("faster_rcnn_r50_fpn_1x_coco_20200130-047c8118.pth",),
    ),
    _mmcv(
        format="published",
        kind="release",
        template="{model:released}-{sha:hex8}.pth",
        source="open-mmlab/mmdetection:tools/model_converters/publish_model.py",
        examples=("faster_rcnn_r50_fpn_1x-047c8118.pth",),
    ),
)

# Detectron2 counts iterations from 0 and writes the one that it has just done.
_detectron2 = partial(
    LegacyFormat, framework="detectron2", source="facebookresearch/fvcore:fvcore/common/checkpoint.py"
)

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
    LegacyFormat,
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
    _ultralytics(format="arguments", kind="sidecar", template="args.yaml", folders=(), examples=("args.yaml",)),
    _ultralytics(format="results", kind="sidecar", template="results.csv", folders=(), examples=("results.csv",)),
)

# timm hangs two extensions on; its best and last are hard links.
_timm = partial(
    LegacyFormat, framework="timm", source="huggingface/pytorch-image-models:timm/utils/checkpoint_saver.py"
)

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
        format="arguments",
        kind="sidecar",
        template="args.yaml",
        source="huggingface/pytorch-image-models:train.py",
        examples=("args.yaml",),
    ),
)

# The reference scripts that most research code began as a copy of.
_pytorch_examples = partial(LegacyFormat, framework="pytorch-examples", source="pytorch/examples:imagenet/main.py")
_torchvision = partial(
    LegacyFormat, framework="torchvision-references", source="pytorch/vision:references/classification/train.py"
)
_detr = partial(LegacyFormat, framework="detr", source="facebookresearch/detr:main.py")
_mae = partial(LegacyFormat, framework="mae", source="facebookresearch/mae:util/misc.py")

_REFERENCES: Final = (
    _pytorch_examples(format="last", kind="last", template="checkpoint.pth.tar", examples=("checkpoint.pth.tar",)),
    _pytorch_examples(format="best", kind="best", template="model_best.pth.tar", examples=("model_best.pth.tar",)),
    # Its numbers are never padded, so that "model_0004999.pth" is none of them.
    _torchvision(
        format="epoch",
        kind="epoch",
        template="model_{epoch:plain}.pth",
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

_nnunet = partial(
    LegacyFormat, framework="nnunet", source="MIC-DKFZ/nnUNet:nnunetv2/training/nnUNetTrainer/nnUNetTrainer.py"
)
_nnunet_v1 = partial(_nnunet, source="MIC-DKFZ/nnUNet:nnunet/training/network_training/network_trainer.py at nnunetv1")
_openpcdet = partial(
    LegacyFormat, framework="openpcdet", source="open-mmlab/OpenPCDet:tools/train_utils/train_utils.py"
)
_matterport = partial(LegacyFormat, framework="matterport-mask-rcnn", source="matterport/Mask_RCNN:mrcnn/model.py")

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
        template="{run:dataset_minute}",
        entry="directory",
        examples=("coco20171029T2315",),
    ),
)

# Before PyTorch.
_darknet = partial(LegacyFormat, framework="darknet", source="AlexeyAB/darknet:src/detector.c")
_caffe = partial(LegacyFormat, framework="caffe", source="BVLC/caffe:src/caffe/solver.cpp")
_chainer = partial(LegacyFormat, framework="chainer", source="chainer/chainer:chainer/training/extensions/_snapshot.py")
_mxnet = partial(LegacyFormat, framework="mxnet", source="apache/mxnet:python/mxnet/model.py")
_gluon = partial(_mxnet, source="apache/mxnet:python/mxnet/gluon/contrib/estimator/event_handler.py")
_gluoncv = partial(_mxnet, source="dmlc/gluon-cv:scripts/detection/ssd/train_ssd.py")

_PIONEERS: Final = (
    # The detector's iteration; the classifier writes its epoch in the same way.
    _darknet(
        format="iteration",
        kind="step",
        template="{prefix:name}_{step:plain}.weights",
        counts="iterations, of a classifier epochs",
        examples=("yolov4_10000.weights", "yolov3-voc_900.weights"),
    ),
    _darknet(format="last", kind="last", template="{prefix:name}_last.weights", examples=("yolov4-tiny_last.weights",)),
    _darknet(format="final", kind="final", template="{prefix:name}_final.weights", examples=("yolov3_final.weights",)),
    _darknet(format="best", kind="best", template="{prefix:name}_best.weights", examples=("yolov4_best.weights",)),
    _darknet(
        format="backup",
        kind="last",
        template="{prefix:darknet_model}.backup",
        source="pjreddie/darknet:examples/detector.c",
        examples=("yolov3-voc.backup",),
    ),
    _caffe(
        format="model",
        kind="step",
        template="{prefix:name}_iter_{step:plain}.caffemodel",
        extensions=("", ".h5"),
        counts="iterations",
        steps_behind=0,
        examples=("snapshot_iter_15000.caffemodel", "VGG_VOC0712_SSD_300x300_iter_120000.caffemodel"),
    ),
    _caffe(
        format="solver-state",
        kind="aux",
        template="{prefix:name}_iter_{step:plain}.solverstate",
        extensions=("", ".h5"),
        counts="iterations",
        steps_behind=0,
        extras={"role": "optimizer"},
        examples=("snapshot_iter_15000.solverstate", "lenet_iter_5000.solverstate.h5"),
    ),
    _chainer(
        format="snapshot-iteration",
        kind="step",
        template="snapshot_iter_{step:plain}",
        extensions=("", ".npz", ".h5"),
        counts="iterations",
        steps_behind=0,
        examples=("snapshot_iter_1000", "snapshot_iter_1000.npz"),
    ),
    _chainer(
        format="model-iteration",
        kind="step",
        template="model_iter_{step:plain}",
        extensions=("", ".npz", ".h5"),
        counts="iterations",
        steps_behind=0,
        examples=("model_iter_10000", "model_iter_10000.npz"),
    ),
    _chainer(
        format="snapshot-epoch",
        kind="epoch",
        template="snapshot_epoch{joiner:joiner}{epoch:plain}",
        extensions=("", ".npz", ".h5"),
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("snapshot_epoch-10", "snapshot_epoch_10"),
    ),
    _chainer(
        format="model-epoch",
        kind="epoch",
        template="model_epoch{joiner:joiner}{epoch:plain}",
        extensions=("", ".npz", ".h5"),
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("model_epoch-10", "model_epoch_20.npz"),
    ),
    # Where the number ends and the random suffix begins is not in the name, so the number is not read.
    _chainer(
        format="unfinished",
        kind="temp",
        template="tmpsnapshot_{suffix:word}",
        source="chainer/chainer:chainer/training/extensions/snapshot_writers.py",
        entry="any",
        extras={"incomplete": True},
        examples=("tmpsnapshot_iter_1000k3x_9v2a",),
    ),
    # The prefix may end in a number of its own, so that only the last one is the epoch.
    _mxnet(
        format="epoch",
        kind="epoch",
        template="{prefix:name}-{epoch:padded4}.params",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("resnet-50-0010.params", "model-0000.params"),
    ),
    _mxnet(
        format="optimizer",
        kind="aux",
        template="{prefix:name}-{epoch:padded4}.states",
        source="apache/mxnet:python/mxnet/module/module.py",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        extras={"role": "optimizer"},
        examples=("resnet-50-0010.states",),
    ),
    _mxnet(format="symbol", kind="sidecar", template="{prefix:name}-symbol.json", examples=("resnet-50-symbol.json",)),
    _gluon(
        format="estimator",
        kind="step",
        template="{prefix:name}-epoch{epoch:plain}batch{step:plain}",
        extensions=(".params",),
        epoch_base=0,
        counts="batches",
        examples=("model-epoch0batch99.params",),
    ),
    _gluon(
        format="estimator-optimizer",
        kind="aux",
        template="{prefix:name}-epoch{epoch:plain}batch{step:plain}",
        extensions=(".states",),
        epoch_base=0,
        counts="batches",
        extras={"role": "optimizer"},
        examples=("model-epoch0batch99.states",),
    ),
    _gluon(format="estimator-best", kind="best", template="{prefix:name}-best.params", examples=("model-best.params",)),
    _gluoncv(
        format="gluoncv-epoch",
        kind="epoch",
        template="{prefix:name}_{epoch:digits4}_{score:decimal4}.params",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        metrics=("score",),
        examples=("ssd_300_vgg16_atrous_voc_0010_0.7512.params",),
    ),
    _gluoncv(
        format="gluoncv-best",
        kind="best",
        template="{prefix:name}_best.params",
        examples=("ssd_300_vgg16_atrous_voc_best.params",),
    ),
)

# Readers of text. Paddle's "iter_epoch" is an epoch.
_paddleocr = partial(LegacyFormat, framework="paddleocr", source="PaddlePaddle/PaddleOCR:tools/program.py")
_dbnet = partial(LegacyFormat, framework="dbnet-mhliao", source="MhLiao/DB:training/model_saver.py")
_dtr = partial(
    LegacyFormat, framework="deep-text-recognition", source="clovaai/deep-text-recognition-benchmark:train.py"
)

_OCR: Final = (
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
        template="{run:seeded_run}",
        entry="directory",
        examples=("TPS-ResNet-BiLSTM-Attn-Seed1111",),
    ),
)

FORMATS: Final = (
    *_OPENMMLAB,
    *_DETECTRON2,
    *_ULTRALYTICS,
    *_TIMM,
    *_REFERENCES,
    *_SEGMENTATION,
    *_PIONEERS,
    *_OCR,
)
