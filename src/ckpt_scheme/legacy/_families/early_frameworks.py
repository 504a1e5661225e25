"""The names of the frameworks before PyTorch: Darknet and its port, Caffe, Chainer, MXNet."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_darknet = partial(Format, framework="darknet", source="AlexeyAB/darknet:src/detector.c")
_caffe = partial(Format, framework="caffe", source="BVLC/caffe:src/caffe/solver.cpp")
_chainer = partial(Format, framework="chainer", source="chainer/chainer:chainer/training/extensions/_snapshot.py")
_mxnet = partial(Format, framework="mxnet", source="apache/mxnet:python/mxnet/model.py")
_gluon = partial(_mxnet, source="apache/mxnet:python/mxnet/gluon/contrib/estimator/event_handler.py")
_gluoncv = partial(_mxnet, source="dmlc/gluon-cv:scripts/detection/ssd/train_ssd.py")

_PIONEERS: Final = (
    # The detector's iteration; the classifier writes its epoch in the same way.
    _darknet(
        format="iteration",
        kind="step",
        template="{prefix:name}_{step:plain}.weights",
        counts="iterations",
        examples=("yolov4_10000.weights", "yolov3-voc_900.weights"),
    ),
    _darknet(
        format="classifier-epoch",
        kind="epoch",
        template="{prefix:not_a_detector}_{epoch:plain}.weights",
        counts="epochs",
        source="AlexeyAB/darknet:src/classifier.c",
        examples=("darknet19_5.weights", "resnet50_20.weights"),
    ),
    _darknet(format="last", kind="last", template="{prefix:name}_last.weights", examples=("yolov4-tiny_last.weights",)),
    _darknet(format="final", kind="final", template="{prefix:name}_final.weights", examples=("yolov3_final.weights",)),
    _darknet(format="best", kind="best", template="{prefix:name}_best.weights", examples=("yolov4_best.weights",)),
    _darknet(
        format="release",
        kind="release",
        template="{prefix:darknet_release}.weights",
        source="AlexeyAB/darknet:README.md",
        examples=("yolov4.weights", "yolov3-tiny.weights"),
    ),
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
    _caffe(
        format="release",
        kind="release",
        template="{prefix:caffe_release}.caffemodel",
        source="BVLC/caffe:models/bvlc_reference_caffenet/readme.md",
        examples=("bvlc_reference_caffenet.caffemodel",),
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

_darkflow = partial(
    Format,
    framework="darkflow",
    source="thtrieu/darkflow:darkflow/net/help.py",
    counts="steps",
    steps_behind=0,
)

_DARKFLOW: Final = (
    _darkflow(
        format="profile",
        kind="step",
        template="{prefix:name}-{step:plain}.profile",
        examples=("tiny-yolo-voc-lp-615.profile",),
    ),
    _darkflow(
        format="step",
        kind="step",
        template="{prefix:yolo}-{step:plain}.index",
        examples=("yolo-1500.index", "tiny-yolo-voc-lp-615.index"),
    ),
    _darkflow(
        format="shard",
        kind="shard",
        template="{prefix:yolo}-{step:plain}.data-{shard:digits5}-of-{num_shards:digits5}",
        examples=("tiny-yolo-voc-lp-615.data-00000-of-00001",),
    ),
    _darkflow(
        format="graph",
        kind="aux",
        template="{prefix:yolo}-{step:plain}.meta",
        examples=("tiny-yolo-voc-lp-615.meta",),
    ),
)

FORMATS: Final = (*_PIONEERS, *_DARKFLOW)
