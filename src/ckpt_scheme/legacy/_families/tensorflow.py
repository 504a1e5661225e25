"""The names of TensorFlow."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# One checkpoint of TensorFlow is several files, and the name that is passed around is the beginning of theirs. In
# version 2 the number counts saves; in version 1 it is the global step.
_tensorflow = partial(
    Format,
    framework="tensorflow",
    source="tensorflow/tensorflow:tensorflow/python/checkpoint/checkpoint_management.py",
)
_saver = partial(
    _tensorflow,
    source="tensorflow/tensorflow:tensorflow/python/training/saver.py",
    counts="steps",
    steps_behind=0,
)
_bundle = partial(_tensorflow, source="tensorflow/tensorflow:tensorflow/core/util/tensor_bundle/tensor_bundle.cc")

FORMATS: Final = (
    _tensorflow(
        format="save-prefix",
        kind="index",
        template="ckpt-{save_index:plain}",
        counts="saves",
        extras={"is_prefix": True},
        examples=("ckpt-5",),
    ),
    _tensorflow(
        format="save",
        kind="index",
        template="ckpt-{save_index:plain}.index",
        counts="saves",
        examples=("ckpt-5.index",),
    ),
    _tensorflow(
        format="save-shard",
        kind="shard",
        template="ckpt-{save_index:plain}.data-{shard:digits5}-of-{num_shards:digits5}",
        counts="saves",
        examples=("ckpt-5.data-00000-of-00001",),
    ),
    _saver(
        format="step-prefix",
        kind="step",
        template="{prefix:tf_ckpt}-{step:plain}",
        extras={"is_prefix": True},
        examples=("model.ckpt-1000",),
    ),
    _saver(
        format="step",
        kind="step",
        template="{prefix:tf_saver}-{step:plain}.index",
        examples=("model.ckpt-1000.index", "model-1000.index"),
    ),
    # A manager of checkpoints counts saves under any name that it is given.
    _tensorflow(
        format="named-save",
        kind="index",
        template="{prefix:tf_named}-{save_index:plain}.index",
        counts="saves",
        examples=("checkpoint-3.index",),
    ),
    _saver(
        format="step-shard",
        kind="shard",
        template="{prefix:tf_saver}-{step:plain}.data-{shard:digits5}-of-{num_shards:digits5}",
        examples=("model.ckpt-1000.data-00000-of-00001",),
    ),
    _saver(
        format="step-graph",
        kind="aux",
        template="{prefix:tf_saver}-{step:plain}.meta",
        examples=("model.ckpt-1000.meta",),
    ),
    # The first version of the format: a file a shard, and no index.
    _saver(
        format="v1-shard",
        kind="shard",
        template="{prefix:tf_saver}-{step:plain}-{shard:digits5}-of-{num_shards:digits5}",
        examples=("model.ckpt-123456-00001-of-00002",),
    ),
    # Without a number, as models are released.
    _saver(
        format="unnumbered",
        kind="fixed",
        template="{prefix:tf_ckpt}.index",
        counts=None,
        steps_behind=None,
        examples=("bert_model.ckpt.index",),
    ),
    _saver(
        format="unnumbered-shard",
        kind="shard",
        template="{prefix:tf_ckpt}.data-{shard:digits5}-of-{num_shards:digits5}",
        counts=None,
        steps_behind=None,
        examples=("bert_model.ckpt.data-00000-of-00001",),
    ),
    _saver(
        format="unnumbered-graph",
        kind="aux",
        template="{prefix:tf_ckpt}.meta",
        counts=None,
        steps_behind=None,
        examples=("bert_model.ckpt.meta",),
    ),
    _bundle(
        format="saved-model-variables",
        kind="fixed",
        template="variables.index",
        source="tensorflow/tensorflow:tensorflow/python/saved_model/save.py",
        examples=("variables.index",),
    ),
    _bundle(
        format="saved-model-shard",
        kind="shard",
        template="variables.data-{shard:digits5}-of-{num_shards:digits5}",
        source="tensorflow/tensorflow:tensorflow/python/saved_model/save.py",
        examples=("variables.data-00000-of-00001",),
    ),
    _tensorflow(format="graph", kind="sidecar", template="graph.pbtxt", examples=("graph.pbtxt",)),
    _tensorflow(format="tracker", kind="pointer", template="checkpoint", examples=("checkpoint",)),
    _bundle(
        format="unfinished-index",
        kind="temp",
        template="{prefix:tf_saver}-{step:plain}.index.tempstate{suffix:digits20}",
        counts="saves or steps",
        extras={"incomplete": True},
        examples=("model.ckpt-1000.index.tempstate14482012345678901234",),
    ),
    _bundle(
        format="unfinished-shard",
        kind="temp",
        template="{prefix:tf_saver}-{step:plain}.data-{shard:digits5}-of-{num_shards:digits5}.tempstate{suffix:digits20}",
        counts="saves or steps",
        extras={"incomplete": True},
        examples=("model.ckpt-1000.data-00000-of-00001.tempstate14482012345678901234",),
    ),
    _saver(
        format="unfinished-directory",
        kind="temp",
        template="{prefix:tf_saver}-{step:plain}_temp",
        entry="directory",
        extras={"incomplete": True},
        examples=("model.ckpt-1000_temp",),
    ),
    _saver(
        format="unfinished-directory-v1",
        kind="temp",
        template="{prefix:tf_saver}-{step:plain}_temp_{suffix:hex32}",
        entry="directory",
        extras={"incomplete": True},
        examples=("model.ckpt-1000_temp_0123456789abcdef0123456789abcdef",),
    ),
    _tensorflow(
        format="unfinished-save-directory",
        kind="temp",
        template="ckpt-{save_index:plain}_temp",
        entry="directory",
        counts="saves",
        extras={"incomplete": True},
        examples=("ckpt-5_temp",),
    ),
)
