"""The names of the libraries of JAX: Orbax, Flax, T5X."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# Orbax writes directories, with or without a prefix and padding; what is not finished says so.
_orbax = partial(
    Format,
    framework="orbax",
    source="google/orbax:checkpoint/orbax/checkpoint/_src/path/step.py",
    entry="directory",
    counts="steps",
    steps_behind=0,
)
_orbax_mark = partial(_orbax, entry="file", folders=("{step:count}/", "{prefix:orbax_prefix}_{step:count}/"))
_orbax_temp = partial(
    _orbax,
    kind="temp",
    source="google/orbax:checkpoint/orbax/checkpoint/_src/path/atomicity.py",
    extras={"incomplete": True},
)

_ORBAX: Final = (
    _orbax(
        format="step",
        kind="step",
        template="{step:count}",
        extras={"bare_number": True},
        examples=("1000", "00001000"),
    ),
    _orbax(
        format="prefixed-step",
        kind="step",
        template="{prefix:orbax_prefix}_{step:count}",
        examples=("checkpoint_003400", "step_1000", "step_0023", "ckpt_5"),
    ),
    _orbax_temp(
        format="unfinished-step",
        template="{step:count}.orbax-checkpoint-tmp",
        examples=("1000.orbax-checkpoint-tmp",),
    ),
    _orbax_temp(
        format="unfinished-step-stamped",
        template="{step:count}.orbax-checkpoint-tmp-{suffix:digits20}",
        examples=("1000.orbax-checkpoint-tmp-1010101",),
    ),
    _orbax_temp(
        format="unfinished-prefixed-step",
        template="{prefix:orbax_item}_{step:count}.orbax-checkpoint-tmp",
        examples=("checkpoint_16.orbax-checkpoint-tmp",),
    ),
    _orbax_temp(
        format="unfinished-prefixed-step-stamped",
        template="{prefix:orbax_item}_{step:count}.orbax-checkpoint-tmp-{suffix:digits20}",
        examples=("foobar_000505.orbax-checkpoint-tmp-13124",),
    ),
    _orbax_temp(
        format="unfinished-item",
        template="{prefix:orbax_unnumbered}.orbax-checkpoint-tmp",
        counts=None,
        examples=("state.orbax-checkpoint-tmp",),
    ),
    _orbax_temp(
        format="unfinished-item-stamped",
        template="{prefix:orbax_unnumbered}.orbax-checkpoint-tmp-{suffix:digits20}",
        counts=None,
        examples=("default.orbax-checkpoint-tmp-17",),
    ),
    # On a store without renames, this file says that a directory is finished.
    _orbax_mark(
        format="committed",
        kind="pointer",
        template="commit_success.txt",
        examples=("commit_success.txt", "1000/commit_success.txt"),
    ),
    _orbax_mark(format="metadata", kind="sidecar", template="_METADATA", examples=("_METADATA",)),
    _orbax_mark(
        format="checkpoint-metadata",
        kind="sidecar",
        template="_CHECKPOINT_METADATA",
        examples=("_CHECKPOINT_METADATA",),
    ),
    _orbax_mark(format="sharding", kind="sidecar", template="_sharding", examples=("_sharding",)),
    _orbax_mark(format="manifest", kind="aux", template="manifest.ocdbt", examples=("manifest.ocdbt",)),
    _orbax(
        format="process",
        kind="shard",
        template="ocdbt.process_{rank:plain}",
        counts=None,
        steps_behind=None,
        examples=("ocdbt.process_0",),
    ),
)

# Flax's older functions write any number, whole or not.
_flax = partial(
    Format,
    framework="flax",
    source="google/flax:flax/training/checkpoints.py",
    entry="any",
    counts="steps",
)

_FLAX: Final = (
    _flax(format="step", kind="step", template="checkpoint_{step:plain}", examples=("checkpoint_100",)),
    _flax(format="negative-step", kind="step", template="checkpoint_{step:negative}", examples=("checkpoint_-3",)),
    _flax(
        format="float-step",
        kind="step",
        template="checkpoint_{step_float:decimal}",
        examples=("checkpoint_0.5", "checkpoint_1000.0"),
    ),
    _flax(
        format="arrays",
        kind="aux",
        template="checkpoint_{step:plain}_gda",
        entry="directory",
        examples=("checkpoint_100_gda",),
    ),
    _flax(
        format="unfinished",
        kind="temp",
        template="checkpoint_tmp",
        counts=None,
        extras={"incomplete": True},
        examples=("checkpoint_tmp",),
    ),
)

_t5x = partial(
    Format,
    framework="t5x",
    source="google-research/t5x:t5x/checkpoints.py",
    entry="directory",
    counts="steps",
    steps_behind=0,
)
_dataset = partial(_t5x, kind="aux", entry="file", folders=("checkpoint_{step:plain}/",), extras={"role": "dataset"})

_T5X: Final = (
    _t5x(format="step", kind="step", template="checkpoint_{step:plain}", examples=("checkpoint_1000",)),
    _t5x(
        format="unfinished",
        kind="temp",
        template="checkpoint_{step:plain}.tmp-{suffix:digits20}",
        extras={"incomplete": True},
        examples=("checkpoint_1000.tmp-1650000000",),
    ),
    _dataset(
        format="dataset",
        template="train_ds-{shard:padded3}-of-{num_shards:padded3}",
        examples=("train_ds-000-of-002", "checkpoint_1000/train_ds-000-of-002"),
    ),
    _dataset(
        format="dataset-index",
        template="train_ds-{shard:padded3}-of-{num_shards:padded3}.index",
        examples=("train_ds-000-of-002.index",),
    ),
    _dataset(
        format="dataset-data",
        template="train_ds-{shard:padded3}-of-{num_shards:padded3}.data-00000-of-00001",
        examples=("train_ds-000-of-002.data-00000-of-00001",),
    ),
)

FORMATS: Final = (*_ORBAX, *_FLAX, *_T5X)
