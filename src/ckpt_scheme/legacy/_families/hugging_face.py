"""The names of Hugging Face: of its trainer and what is built on it, and of Accelerate."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import STEP_DIRECTORY, declare

_trainer = partial(declare, "huggingface-trainer", source="huggingface/transformers:src/transformers/trainer.py")
_trl = partial(declare, "trl", source="huggingface/trl:trl/experimental/merge_model_callback.py")
_axolotl = partial(declare, "axolotl", source="axolotl-ai-cloud/axolotl:src/axolotl/cli/merge_lora.py")
_simple = partial(
    declare,
    "simpletransformers",
    source="ThilinaRajapakse/simpletransformers:simpletransformers/classification/classification_model.py",
)
_sentence = partial(
    declare,
    "sentence-transformers",
    source="UKPLab/sentence-transformers:sentence_transformers/sentence_transformer/fit_mixin.py old_fit",
)

# The number is the global step, which counts the steps of the optimizer that were made.
_IN_CHECKPOINT: Final = ("checkpoint-{step:count}/",)
_DURING_STEPS: Final[dict[str, Any]] = {"folders": _IN_CHECKPOINT, "counts": "steps", "steps_behind": 0}

_HUGGING_FACE: Final = (
    _trainer(
        "step",
        "step",
        "checkpoint-{step:count}",
        *("checkpoint-500", "run-e4b1c_00000/checkpoint-250"),
        folders=("{run:trial}/",),
        **STEP_DIRECTORY,
    ),
    _trainer(
        "deepspeed",
        "step",
        "checkpoint-{step:count}/global_step{step:count}",
        "checkpoint-500/global_step500",
        **STEP_DIRECTORY,
    ),
    _trainer(  # of PEFT, which Trainer, TRL and Axolotl save with
        "adapter",
        "aux",
        "adapter_model",
        *("checkpoint-500/adapter_model.safetensors", "adapter_model.bin"),
        extensions=(".safetensors", ".bin"),
        **_DURING_STEPS,
    ),
    _trainer(
        "adapter-config",
        "sidecar",
        "adapter_config.json",
        "checkpoint-500/adapter_config.json",
        **_DURING_STEPS,
    ),
    _trainer("hub", "last", "last-checkpoint", "last-checkpoint", entry="directory"),
    _trainer("trial", "run_dir", "{run:trial}", "run-e4b1c_00000", entry="directory"),
    _trainer(
        "staged-step",  # in 4.36 and 4.37
        "temp",
        "tmp-checkpoint-{step:count}",
        "tmp-checkpoint-500",
        entry="directory",
        counts="steps",
    ),
    _trainer(
        "staged",
        "temp",
        "tmp-checkpoint-{suffix:mktemp}",
        "tmp-checkpoint-s0yubqtr",
        entry="directory",
    ),
    _trainer(
        "unfinished",
        "pointer",
        "checkpoint-is-incomplete.txt",
        *("checkpoint-is-incomplete.txt", "checkpoint-500/checkpoint-is-incomplete.txt"),
        source="huggingface/transformers:src/transformers/trainer_jit_checkpoint.py",
        folders=_IN_CHECKPOINT,
        extras={"incomplete": True},
        counts="steps",
    ),
    _trainer(
        "trainer-state",
        "sidecar",
        "trainer_state.json",
        *("trainer_state.json", "checkpoint-500/trainer_state.json"),
        **_DURING_STEPS,
    ),
    _trainer("arguments", "sidecar", "training_args.bin", "training_args.bin", **_DURING_STEPS),
    _trainer(
        "optimizer",
        "aux",
        "optimizer",
        *("optimizer.pt", "checkpoint-500/optimizer.bin"),
        extensions=(".pt", ".bin"),
        **_DURING_STEPS,
    ),
    _trainer("scheduler", "aux", "scheduler.pt", "checkpoint-500/scheduler.pt", **_DURING_STEPS),
    _trainer("scaler", "aux", "scaler.pt", "checkpoint-500/scaler.pt", **_DURING_STEPS),
    _trainer("rng", "aux", "rng_state.pth", "checkpoint-500/rng_state.pth", **_DURING_STEPS),
    _trainer(
        "rng-rank",
        "aux",
        "rng_state_{rank:plain}.pth",
        *("rng_state_3.pth", "checkpoint-500/rng_state_0.pth"),
        **_DURING_STEPS,
    ),
    _trainer(
        "xla-optimizer",
        "aux",
        "rank{rank:plain}-of-{num_shards:plain}-optimizer.pt",
        "rank0-of-8-optimizer.pt",
        **_DURING_STEPS,
    ),
    _trainer(
        "fsdp-model",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}",
        "checkpoint-500/pytorch_model_fsdp_0",
        entry="directory",
        **_DURING_STEPS,
    ),
    _trainer(
        "fsdp-optimizer",
        "aux",
        "optimizer_{save_index:plain}",
        "checkpoint-500/optimizer_0",
        entry="directory",
        **_DURING_STEPS,
    ),
    *(
        _trainer(
            f"sharded-{name.replace('_', '-')}",
            "shard",
            f"{name}-{{shard:padded5}}-of-{{num_shards:padded5}}.{extension}",
            f"{name}-00001-of-00002.{extension}",
            f"checkpoint-500/{name}-00001-of-00002.{extension}",
            source="huggingface/transformers:src/transformers/modeling_utils.py",
            **_DURING_STEPS,
        )
        for name, extension in (("model", "safetensors"), ("pytorch_model", "bin"))
    ),
    _trl("step", "step", "checkpoint-{step:count}", "checkpoint-9", **STEP_DIRECTORY),
    _trl(
        "merged",
        "step",
        "checkpoint-{step:count}/merged",
        "checkpoint-9/merged",
        extras={"suffix": "merged"},
        **STEP_DIRECTORY,
    ),
    _axolotl("step", "step", "checkpoint-{step:count}", "checkpoint-1200", **STEP_DIRECTORY),
    _axolotl("merged", "final", "merged", "merged", entry="directory"),
    _simple(
        "epoch",
        "epoch",
        "checkpoint-{step:count}-epoch-{epoch:count}",
        "checkpoint-8000-epoch-1",
        epoch_base=1,
        epochs_behind=0,
        **STEP_DIRECTORY,
    ),
    _simple("step", "step", "checkpoint-{step:count}", "checkpoint-2000", **STEP_DIRECTORY),
    _sentence("step", "step", "{step:plain}", "1000", **STEP_DIRECTORY),
    *(
        _sentence(
            name.removesuffix(".json").replace("_", "-"),
            "sidecar",
            name,
            name,
            source="UKPLab/sentence-transformers:sentence_transformers/SentenceTransformer.py",
        )
        for name in ("modules.json", "config_sentence_transformers.json")
    ),
)

# Accelerate: its own names count saves from 0, its widely copied examples count epochs and steps.
_accelerate = partial(declare, "accelerate", source="huggingface/accelerate:src/accelerate/checkpointing.py")
_fsdp = partial(_accelerate, source="huggingface/accelerate:src/accelerate/utils/fsdp_utils.py")
_example = partial(_accelerate, source="huggingface/accelerate:examples/by_feature/checkpointing.py", entry="directory")

_ACCELERATE: Final = (
    _accelerate(
        "save",
        "index",
        "checkpoint_{save_index:plain}",
        *("checkpoint_0", "checkpoint_100", "checkpoints/checkpoint_2"),
        source="huggingface/accelerate:src/accelerate/accelerator.py",
        folders=("checkpoints/",),
        entry="directory",
        counts="saves",
    ),
    _example(
        "example-epoch",
        "epoch",
        "epoch_{epoch:plain}",
        *("epoch_0", "epoch_12"),
        counts="epochs",
        epoch_base=0,
        epochs_behind=1,
    ),
    _example(
        "example-step",
        "step",
        "step_{step:plain}",
        *("step_22", "step_1000"),
        counts="batches",
        steps_behind=0,
    ),
    _accelerate("object", "aux", "custom_checkpoint_{save_index:plain}.pkl", "custom_checkpoint_0.pkl"),
    _accelerate("random-states", "aux", "random_states_{rank:plain}.pkl", "random_states_3.pkl"),
    *(_accelerate(name, "aux", f"{name}.bin", f"{name}.bin") for name in ("optimizer", "scheduler", "sampler")),
    *(
        _accelerate(f"{name}-counted", "aux", f"{name}_{{save_index:plain}}.bin", f"{name}_1.bin")
        for name in ("optimizer", "scheduler", "sampler")
    ),
    _accelerate("model-counted", "shard", "model_{model_index:plain}.safetensors", "model_1.safetensors"),
    _fsdp(
        "fsdp-model",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}",
        "pytorch_model_fsdp_0",
        entry="directory",
    ),
    _fsdp(
        "fsdp-rank",
        "shard",
        "pytorch_model_fsdp_rank{rank:plain}.bin",
        "pytorch_model_fsdp_rank3.bin",
    ),
    _fsdp(
        "fsdp-rank-counted",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}_rank{rank:plain}.bin",
        "pytorch_model_fsdp_1_rank3.bin",
    ),
    _fsdp(
        "fsdp-optimizer",
        "aux",
        "optimizer_{save_index:plain}",
        "optimizer_0",
        entry="directory",
    ),
)

FORMATS: Final = (*_HUGGING_FACE, *_ACCELERATE)
