"""The names of Keras, which lets its user write any template.

These are those of its documentation and of the tutorials that everybody began with. Epochs count from 1; until 2017
they counted from 0, which a bare number cannot tell.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_keras = partial(
    Format,
    framework="keras",
    source="keras-team/keras:keras/src/callbacks/model_checkpoint.py",
    epoch_base=1,
    counts="epochs",
    epochs_behind=0,
)
_keras_before = partial(_keras, epoch_base=None, epochs_behind=None)
_KERAS_FILES: Final = (".keras", ".weights.h5", ".h5", ".hdf5")
_H5: Final = (".h5", ".hdf5")

FORMATS: Final = (
    _keras(
        format="epoch-value",
        kind="epoch",
        template="{epoch:count}-{val_loss:decimal}",
        extensions=_KERAS_FILES,
        metrics=("val_loss",),
        examples=("03-0.41.keras", "03-0.41.weights.h5", "12-1.07.hdf5"),
    ),
    _keras(
        format="weights-epoch-value",
        kind="epoch",
        template="weights.{epoch:count}-{val_loss:decimal}",
        extensions=_KERAS_FILES,
        metrics=("val_loss",),
        examples=("weights.03-0.41.hdf5",),
    ),
    _keras(
        format="model-epoch-value",
        kind="epoch",
        template="model.{epoch:count}-{val_loss:decimal}",
        extensions=_KERAS_FILES,
        metrics=("val_loss",),
        source="tensorflow/tensorflow:tensorflow/python/keras/callbacks.py",
        examples=("model.03-0.41.h5",),
    ),
    _keras(
        format="improvement",
        kind="epoch",
        template="weights-improvement-{epoch:count}-{val_accuracy:decimal}",
        extensions=_KERAS_FILES,
        metrics=("val_accuracy",),
        examples=("weights-improvement-03-0.76.hdf5",),
    ),
    _keras(
        format="labelled-epoch",
        kind="epoch",
        template="checkpoint.epoch{epoch:count}",
        extensions=_KERAS_FILES,
        source="keras-team/keras:keras/src/callbacks/model_checkpoint_test.py",
        examples=("checkpoint.epoch02.weights.h5",),
    ),
    _keras(
        format="labelled-batch",
        kind="step",
        template="checkpoint.epoch{epoch:count}batch{step:count}",
        extensions=_KERAS_FILES,
        source="keras-team/keras:keras/src/callbacks/model_checkpoint_test.py",
        counts="batches of the epoch",
        epochs_behind=None,
        extras={"step_scope": "in_epoch"},
        examples=("checkpoint.epoch02batch03.keras",),
    ),
    _keras(
        format="batch-first",
        kind="step",
        template="batch{step:count}epoch{epoch:count}",
        extensions=_KERAS_FILES,
        source="keras-team/keras:keras/src/callbacks/model_checkpoint_test.py",
        counts="batches of the epoch",
        epochs_behind=None,
        extras={"step_scope": "in_epoch"},
        examples=("batch03epoch02.keras",),
    ),
    _keras(
        format="numbered",
        kind="epoch",
        template="{prefix:keras_stem}-{epoch:count}",
        extensions=_KERAS_FILES,
        examples=("ckpt-2.keras", "weights-05.h5"),
    ),
    _keras(
        format="numbered-underscored",
        kind="epoch",
        template="{prefix:keras_stem}_{epoch:count}",
        extensions=_KERAS_FILES,
        examples=("model_10.h5", "weights_05.weights.h5"),
    ),
    _keras(
        format="numbered-dotted",
        kind="epoch",
        template="{prefix:keras_stem}.{epoch:count}",
        extensions=_KERAS_FILES,
        examples=("weights.05.hdf5",),
    ),
    _keras(
        format="labelled-losses",
        kind="epoch",
        template="ep{epoch:padded3}-loss{loss:decimal3}-val_loss{val_loss:decimal3}",
        extensions=_H5,
        metrics=("loss", "val_loss"),
        source="qqwweee/keras-yolo3:train.py",
        examples=("ep003-loss12.345-val_loss13.456.h5",),
    ),
    _keras(
        format="epoch-numbered",
        kind="epoch",
        template="epoch{joiner:joiner}{epoch:count}",
        extensions=_KERAS_FILES,
        examples=("epoch_05.keras", "epoch-12.weights.h5"),
    ),
    _keras_before(
        format="bare-number",
        kind="epoch",
        template="{epoch:digits1to4}",
        extensions=_KERAS_FILES,
        source="keras-team/keras#7541",
        examples=("039.hdf5", "019.hdf5"),
    ),
    _keras_before(
        format="prefixed-epoch",
        kind="epoch",
        template="{prefix:name}_epoch_{epoch:count}",
        extensions=(".keras", ".weights.h5", ".h5", ".hdf5"),
        source="keras-team/keras:examples/mnist_acgan.py",
        examples=("params_generator_epoch_000.hdf5",),
    ),
    _keras(
        format="fixed",
        kind="fixed",
        template="{prefix:keras_fixed}",
        extensions=(".weights.h5", ".keras"),
        epoch_base=None,
        counts=None,
        epochs_behind=None,
        examples=("checkpoint.weights.h5", "checkpoint.model.keras"),
    ),
    _keras(
        format="best",
        kind="best",
        template="best_model",
        extensions=_KERAS_FILES,
        epoch_base=None,
        counts=None,
        epochs_behind=None,
        source="keras-team/keras:guides/training_with_built_in_methods.py",
        examples=("best_model.keras", "best_model.h5"),
    ),
    _keras(
        format="best-weights",
        kind="best",
        template="weights.best",
        extensions=(".h5", ".hdf5", ".keras"),
        epoch_base=None,
        counts=None,
        epochs_behind=None,
        examples=("weights.best.hdf5",),
    ),
    # The tutorial's template for TensorFlow's own files.
    _keras(
        format="tutorial",
        kind="epoch",
        template="cp-{epoch:padded4}.ckpt",
        extensions=("", ".index"),
        source="tensorflow/docs:site/en/tutorials/keras/save_and_load.ipynb",
        examples=("cp-0010.ckpt.index", "cp-0010.ckpt"),
    ),
    _keras(
        format="tutorial-shard",
        kind="shard",
        template="cp-{epoch:padded4}.ckpt.data-{shard:digits5}-of-{num_shards:digits5}",
        source="tensorflow/docs:site/en/tutorials/keras/save_and_load.ipynb",
        examples=("cp-0010.ckpt.data-00000-of-00001",),
    ),
)
