"""The names of OpenMMLab: MMCV, and MMEngine after it, name alike; what tells them apart is the tracker."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_mmengine = partial(Format, framework="mmengine", source="open-mmlab/mmengine:mmengine/hooks/checkpoint_hook.py")
_mmcv = partial(Format, framework="mmcv", source="open-mmlab/mmcv:mmcv/runner/hooks/checkpoint.py")
_mmcv_best = partial(_mmcv, source="open-mmlab/mmcv:mmcv/runner/hooks/evaluation.py")

FORMATS: Final = (
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
    # The metric's name is written, a "/" in it as "_", which is put back behind the evaluators of OpenMMLab; its value
    # is not.
    _mmengine(
        format="best-epoch",
        kind="best",
        template="best_{metric_name:evaluated}_epoch_{epoch:plain}.pth",
        entry="any",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("best_coco_bbox_mAP_epoch_12.pth", "best_acc_epoch_9.pth", "best_test_acc_epoch_5.pth"),
    ),
    _mmengine(
        format="best-iteration",
        kind="best",
        template="best_{metric_name:evaluated}_iter_{step:plain}.pth",
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
        template="best_{metric_name:evaluated}_epoch_{epoch:plain}-{sha:hex8}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("best_coco_bbox_mAP_epoch_12-1a2b3c4d.pth",),
    ),
    _mmengine(
        format="published-best-iteration",
        kind="release",
        template="best_{metric_name:evaluated}_iter_{step:plain}-{sha:hex8}.pth",
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
    # In older versions a link to the best epoch. Only known metrics: "best_model.pth" is everybody's.
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
