"""The names of PyTorch's own libraries for large models: torchtitan and torchtune."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import STEP_DIRECTORY, declare
from ckpt_scheme.legacy._reading import Kind

_torchtitan = partial(declare, "torchtitan", source="pytorch/torchtitan:torchtitan/components/checkpointer/dcp.py")

_TORCHTITAN: Final = (
    _torchtitan("step", "step", "step-{step:plain}", *("step-5", "step-1000"), **STEP_DIRECTORY),
    _torchtitan(
        "shard",
        "shard",
        "__{rank:plain}_{shard:plain}.distcp",
        *("__0_0.distcp", "step-1000/__0_0.distcp"),
        folders=("step-{step:plain}/",),
        counts="steps",
        steps_behind=0,
    ),
    _torchtitan(
        "metadata",
        "sidecar",
        ".metadata",
        *(".metadata", "step-1000/.metadata"),
        folders=("step-{step:plain}/",),
        counts="steps",
        steps_behind=0,
    ),
)

_torchtune = partial(
    declare, "torchtune", source="meta-pytorch/torchtune:torchtune/training/checkpointing/_checkpointer.py"
)

# The first epoch was 0 and became 1 in some recipes of 2025, so how many were completed nobody can tell.
_EPOCH_FOLDER: Final[dict[str, Any]] = {
    "folders": ("epoch_{epoch:plain}/", "step_{step:plain}/"),
    "epoch_base": 0,
}
_OLD_TORCHTUNE: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("meta", "epoch", "meta_model"),
    ("own", "epoch", "torchtune_model"),
    ("adapter", "aux", "adapter"),
)
_TORCHTUNE: Final = (
    _torchtune(
        "epoch",
        "epoch",
        "epoch_{epoch:plain}",
        "epoch_0",
        entry="directory",
        epoch_base=0,
        counts="epochs",
    ),
    _torchtune("step", "step", "step_{step:plain}", "step_1000", **STEP_DIRECTORY),
    _torchtune(
        "shard",
        "shard",
        "model-{shard:padded5}-of-{num_shards:padded5}",
        *("epoch_0/model-00001-of-00002.safetensors", "model-00001-of-00002.bin"),
        extensions=(".safetensors", ".bin"),
        **_EPOCH_FOLDER,
    ),
    _torchtune(
        "adapter",
        "aux",
        "adapter_model",
        *("epoch_0/adapter_model.safetensors", "adapter_model.pt"),
        extensions=(".pt", ".safetensors", ".bin"),
        **_EPOCH_FOLDER,
    ),
    _torchtune(
        "adapter-config",
        "sidecar",
        "adapter_config.json",
        "epoch_0/adapter_config.json",
        **_EPOCH_FOLDER,
    ),
    _torchtune(
        "recipe-state",
        "aux",
        "recipe_state.pt",
        *("recipe_state.pt", "recipe_state/recipe_state.pt"),
        folders=("recipe_state/", *_EPOCH_FOLDER["folders"]),
        epoch_base=0,
    ),
    _torchtune(
        "shard-then-epoch",
        "epoch",
        "hf_model_{shard:padded4}_{epoch:plain}.pt",
        "hf_model_0001_0.pt",
        source="meta-pytorch/torchtune:docs/source/tutorials/llama_kd_tutorial.rst",
        epoch_base=0,
        counts="epochs",
    ),
    *(
        _torchtune(
            f"old-{name}",
            kind,
            f"{word}_{{epoch:plain}}.pt",
            f"{word}_0.pt",
            epoch_base=0,
            counts="epochs",
        )
        for name, kind, word in _OLD_TORCHTUNE
    ),
)

FORMATS: Final = (*_TORCHTITAN, *_TORCHTUNE)
