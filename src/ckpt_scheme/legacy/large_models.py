"""The names of the stacks for large models, whose checkpoints are directories with a file for each rank.

All their numbers count steps that were made.
"""

from __future__ import annotations

from typing import Any, Final

from ckpt_scheme.legacy.formats import LegacyFormat
from ckpt_scheme.legacy.record import Kind

_SOURCES: Final = {
    "deepspeed": "deepspeedai/DeepSpeed:deepspeed/runtime/engine.py",
    "megatron-lm": "NVIDIA/Megatron-LM:megatron/training/checkpointing.py",
    "torchtitan": "pytorch/torchtitan:torchtitan/components/checkpointer/dcp.py",
    "torchtune": "meta-pytorch/torchtune:torchtune/training/checkpointing/_checkpointer.py",
    "litgpt": "Lightning-AI/litgpt:litgpt/pretrain.py",
    "olmo": "allenai/OLMo:olmo/train.py",
    "verl": "volcengine/verl:verl/trainer/ppo/ray_trainer.py",
    "nanogpt": "karpathy/nanoGPT:train.py",
}
_DIRECTORY: Final[dict[str, Any]] = {"entry": "directory", "counts": "steps", "steps_behind": 0}


def _format(
    framework: str,
    format: str,  # noqa: A002 - the word of the design
    kind: Kind,
    template: str,
    *examples: str,
    **more: Any,  # noqa: ANN401 - they are the fields of LegacyFormat
) -> LegacyFormat:
    declared: dict[str, Any] = {"source": _SOURCES[framework], **more}
    return LegacyFormat(framework=framework, format=format, kind=kind, template=template, examples=examples, **declared)


# --------------------------------------------------------------------------------------------------------------------
# DeepSpeed: a directory for each tag, and in it a file for each rank. The rank of tensor parallelism is padded, that of
# data parallelism is not, and is the one that the code calls "pp_rank".

_TAG: Final[dict[str, Any]] = {"folders": ("global_step{step:plain}/",), "counts": "steps", "steps_behind": 0}
_DEEPSPEED: Final = (
    _format("deepspeed", "step", "step", "global_step{step:plain}", *("global_step0", "global_step500"), **_DIRECTORY),
    _format(
        "deepspeed",
        "universal",
        "step",
        "global_step{step:plain}_universal",
        "global_step500_universal",
        extras={"suffix": "universal"},
        **_DIRECTORY,
    ),
    _format("deepspeed", "latest", "pointer", "latest", "latest"),
    _format("deepspeed", "script", "sidecar", "zero_to_fp32.py", "zero_to_fp32.py"),
    _format("deepspeed", "latest-universal", "pointer", "latest_universal", "latest_universal"),
    _format(
        "deepspeed",
        "model",
        "shard",
        "mp_rank_{tp_rank:padded2}_model_states.pt",
        *("mp_rank_00_model_states.pt", "global_step500/mp_rank_00_model_states.pt"),
        source="deepspeedai/DeepSpeed:deepspeed/checkpoint/utils.py",
        **_TAG,
    ),
    _format(
        "deepspeed",
        "optimizer",
        "shard",
        "mp_rank_{tp_rank:padded2}_optim_states.pt",
        "mp_rank_00_optim_states.pt",
        source="deepspeedai/DeepSpeed:deepspeed/checkpoint/utils.py",
        **_TAG,
    ),
    *(
        _format(
            "deepspeed",
            f"{prefix}zero-{what}{old}",
            "shard",
            f"{word}zero_pp_rank_{{dp_rank:plain}}_mp_rank_{{tp_rank:padded2}}{joiner}{what}_states.pt",
            f"{word}zero_pp_rank_3_mp_rank_01{joiner}{what}_states.pt",
            f"global_step500/{word}zero_pp_rank_7_mp_rank_00{joiner}{what}_states.pt",
            extras=extras,
            **_TAG,
        )
        for prefix, word, extras in (
            ("", "", {}),
            ("bf16-", "bf16_", {"prefix": "bf16"}),
            ("fp16-", "fp16_", {"prefix": "fp16"}),
        )
        for what in ("model", "optim")
        for old, joiner in (("", "_"), ("-old", ""))
    ),
    _format(
        "deepspeed",
        "expert",
        "shard",
        "layer_{layer:plain}_expert_{expert:plain}_mp_rank_{tp_rank:padded2}_model_states.pt",
        "layer_0_expert_3_mp_rank_00_model_states.pt",
        **_TAG,
    ),
    _format(
        "deepspeed",
        "expert-old",
        "shard",
        "expert_{expert:plain}_mp_rank_{tp_rank:padded2}_model_states.pt",
        "expert_3_mp_rank_00_model_states.pt",
        **_TAG,
    ),
    _format(
        "deepspeed",
        "expert-optimizer",
        "shard",
        "expp_rank_{ep_rank:plain}_mp_rank_{tp_rank:padded2}_optim_states.pt",
        "expp_rank_0_mp_rank_00_optim_states.pt",
        **_TAG,
    ),
    *(
        _format(
            "deepspeed",
            f"layer{name}",
            "shard",
            f"layer_{{layer:padded2}}-model_{{tp_rank:padded2}}{joiner}model_states.pt",
            f"layer_03-model_00{joiner}model_states.pt",
            source="deepspeedai/DeepSpeed:deepspeed/runtime/pipe/module.py",
            **_TAG,
        )
        for name, joiner in (("", "-"), ("-underscored", "_"))
    ),
    _format(
        "deepspeed",
        "layer-whole",
        "shard",
        "layer_{layer:padded2}-model_states.pt",
        "layer_03-model_states.pt",
        source="deepspeedai/DeepSpeed:deepspeed/runtime/pipe/module.py",
        **_TAG,
    ),
)

# --------------------------------------------------------------------------------------------------------------------
# Megatron-LM: iterations of seven digits or more. With two numbers in the directory of a rank, the second is that of
# the pipeline or, where there is none, that of the experts; the name does not say which.

_ITERATION: Final[dict[str, Any]] = {
    "folders": ("iter_{step:padded7}/", "non_persistent/iter_{step:padded7}/", "release/"),
    "counts": "steps",
    "steps_behind": 0,
}
_RANKS: Final = (
    ("tensor", "mp_rank_{tp_rank:padded2}", "mp_rank_00"),
    ("pipeline", "mp_rank_{tp_rank:padded2}_{pp_rank:padded3}", "mp_rank_01_003"),
    ("tensor-expert", "mp_rank_{tp_rank:padded2}_{ep_rank:padded3}", "mp_rank_01_003"),
    ("expert", "mp_rank_{tp_rank:padded2}_{pp_rank:padded3}_{ep_rank:padded3}", "mp_rank_01_003_007"),
)
_MEGATRON: Final = (
    _format(
        "megatron-lm",
        "step",
        "step",
        "iter_{step:padded7}",
        *("iter_0000500", "iter_12345678", "non_persistent/iter_0000500"),
        folders=("non_persistent/",),
        **_DIRECTORY,
    ),
    _format("megatron-lm", "release", "release", "release", "release", entry="directory"),
    _format(
        "megatron-lm",
        "staged",
        "temp",
        "iter_{step:padded7}_tmp",
        "iter_0000005_tmp",
        entry="directory",
        counts="steps",
    ),
    _format(
        "megatron-lm",
        "latest",
        "pointer",
        "latest_checkpointed_iteration.txt",
        "latest_checkpointed_iteration.txt",
    ),
    *(
        part
        for rank, template, example in _RANKS
        for part in (
            _format(
                "megatron-lm",
                f"rank-{rank}",
                "shard",
                template,
                *(example, f"iter_0000500/{example}"),
                entry="directory",
                **_ITERATION,
            ),
            _format(
                "megatron-lm",
                f"model-{rank}",
                "shard",
                f"{template}/model_optim_rng.pt",
                *(f"iter_12345678/{example}/model_optim_rng.pt", f"release/{example}/model_optim_rng.pt"),
                **_ITERATION,
            ),
            _format(
                "megatron-lm",
                f"optimizer-{rank}",
                "aux",
                f"{template}/distrib_optim.pt",
                f"iter_0000500/{example}/distrib_optim.pt",
                **_ITERATION,
            ),
            _format(
                "megatron-lm",
                f"gradients-{rank}",
                "aux",
                f"iter_{{step:padded7}}/{template}.pth",
                f"iter_0000500/{example}.pth",
                counts="steps",
                extras={"role": "gradients"},
            ),
        )
    ),
    _format("megatron-lm", "model", "shard", "model_optim_rng.pt", "model_optim_rng.pt", **_ITERATION),
    _format("megatron-lm", "optimizer", "aux", "distrib_optim.pt", "distrib_optim.pt", **_ITERATION),
    _format(
        "megatron-lm",
        "local",
        "shard",
        "iter_{step:padded7}_{rank:plain}_local.pt",
        "iter_0000001_2_local.pt",
        counts="steps",
        steps_behind=0,
    ),
    _format(
        "megatron-lm",
        "distributed",
        "shard",
        "__{rank:plain}_{shard:plain}.distcp",
        *("__0_1.distcp", "iter_0000500/__0_1.distcp"),
        **_ITERATION,
    ),
    _format(
        "megatron-lm",
        "common",
        "aux",
        "common.pt",
        *("common.pt", "iter_0000500/common.pt"),
        **_ITERATION,
    ),
    *(
        _format(
            "megatron-lm",
            name.strip(".").replace(".", "-"),
            "sidecar",
            name,
            *(name, f"iter_0000500/{name}"),
            **_ITERATION,
        )
        for name in (".metadata", "metadata.json")
    ),
)

# --------------------------------------------------------------------------------------------------------------------

_TORCHTITAN: Final = (
    _format("torchtitan", "step", "step", "step-{step:plain}", *("step-5", "step-1000"), **_DIRECTORY),
    _format(
        "torchtitan",
        "shard",
        "shard",
        "__{rank:plain}_{shard:plain}.distcp",
        *("__0_0.distcp", "step-1000/__0_0.distcp"),
        folders=("step-{step:plain}/",),
        counts="steps",
        steps_behind=0,
    ),
    _format(
        "torchtitan",
        "metadata",
        "sidecar",
        ".metadata",
        *(".metadata", "step-1000/.metadata"),
        folders=("step-{step:plain}/",),
        counts="steps",
        steps_behind=0,
    ),
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
    _format(
        "torchtune",
        "epoch",
        "epoch",
        "epoch_{epoch:plain}",
        "epoch_0",
        entry="directory",
        epoch_base=0,
        counts="epochs",
    ),
    _format("torchtune", "step", "step", "step_{step:plain}", "step_1000", **_DIRECTORY),
    _format(
        "torchtune",
        "shard",
        "shard",
        "model-{shard:padded5}-of-{num_shards:padded5}",
        *("epoch_0/model-00001-of-00002.safetensors", "model-00001-of-00002.bin"),
        extensions=(".safetensors", ".bin"),
        **_EPOCH_FOLDER,
    ),
    _format(
        "torchtune",
        "adapter",
        "aux",
        "adapter_model",
        *("epoch_0/adapter_model.safetensors", "adapter_model.pt"),
        extensions=(".pt", ".safetensors", ".bin"),
        **_EPOCH_FOLDER,
    ),
    _format(
        "torchtune",
        "adapter-config",
        "sidecar",
        "adapter_config.json",
        "epoch_0/adapter_config.json",
        **_EPOCH_FOLDER,
    ),
    _format(
        "torchtune",
        "recipe-state",
        "aux",
        "recipe_state.pt",
        *("recipe_state.pt", "recipe_state/recipe_state.pt"),
        folders=("recipe_state/", *_EPOCH_FOLDER["folders"]),
        epoch_base=0,
    ),
    _format(
        "torchtune",
        "shard-then-epoch",
        "epoch",
        "hf_model_{shard:padded4}_{epoch:plain}.pt",
        "hf_model_0001_0.pt",
        source="meta-pytorch/torchtune:docs/source/tutorials/llama_kd_tutorial.rst",
        epoch_base=0,
        counts="epochs",
    ),
    *(
        _format(
            "torchtune",
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

# Eight digits when it pretrains, six when it finetunes.
_LIT_FOLDER: Final[dict[str, Any]] = {"counts": "steps", "steps_behind": 0}
_LITGPT: Final = (
    *(
        part
        for name, field, example, sources in (
            ("", "padded8", "00001000", "litgpt/pretrain.py"),
            ("finetuned-", "padded6to7", "000200", "litgpt/finetune/lora.py"),
        )
        for part in (
            _format(
                "litgpt",
                f"{name}step",
                "step",
                f"step-{{step:{field}}}",
                f"step-{example}",
                source=f"Lightning-AI/litgpt:{sources}",
                **_DIRECTORY,
            ),
            _format(
                "litgpt",
                f"{name}model",
                "step",
                f"step-{{step:{field}}}/lit_model.pth",
                f"step-{example}/lit_model.pth",
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
            _format(
                "litgpt",
                f"{name}adapter",
                "step",
                f"step-{{step:{field}}}/lit_model.pth.{{adapter:lit_adapter}}",
                *(f"step-{example}/lit_model.pth.lora", f"step-{example}/lit_model.pth.adapter_v2"),
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
            _format(
                "litgpt",
                f"old-{name}step",
                "step",
                f"step-{{step:{field}}}.pth",
                f"step-{example}.pth",
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
        )
    ),
    _format("litgpt", "final-model", "final", "final/lit_model.pth", "final/lit_model.pth"),
    _format(
        "litgpt",
        "final-adapter",
        "final",
        "final/lit_model.pth.{adapter:lit_adapter}",
        *("final/lit_model.pth.lora", "final/lit_model.pth.adapter"),
    ),
    _format("litgpt", "final", "final", "final", "final", entry="directory"),
    *(
        _format("litgpt", name.partition(".")[0].replace("_", "-"), "sidecar", name, name)
        for name in ("model_config.yaml", "hyperparameters.yaml")
    ),
    _format("litgpt", "bare-model", "fixed", "lit_model.pth", "lit_model.pth"),
    _format("litgpt", "bare-adapter", "fixed", "lit_model.pth.{adapter:lit_adapter}", "lit_model.pth.lora"),
    _format(
        "litgpt",
        "old-iteration",
        "step",
        "iter-{step:padded6}-ckpt.pth",
        "iter-001000-ckpt.pth",
        counts="steps",
    ),
    *(
        _format(
            "litgpt",
            f"old-finetuned-{name}",
            "final",
            f"lit_model_{word}finetuned.pth",
            f"lit_model_{word}finetuned.pth",
        )
        for name, word in (("full", ""), ("lora", "lora_"), ("adapter", "adapter_"))
    ),
)

_OLMO: Final = (
    _format("olmo", "step", "step", "step{step:plain}", *("step0", "step1000"), **_DIRECTORY),
    _format(
        "olmo",
        "unsharded",
        "step",
        "step{step:plain}-unsharded",
        "step0-unsharded",
        extras={"suffix": "unsharded"},
        **_DIRECTORY,
    ),
    *(
        _format(
            "olmo",
            f"staged{suffix}",
            "temp",
            f"step{{step:plain}}{suffix}-tmp",
            f"step1000{suffix}-tmp",
            entry="directory",
            counts="steps",
            extras={"incomplete": True},
        )
        for suffix in ("", "-unsharded")
    ),
    *(
        _format("olmo", name, "last", name, name, entry="directory", extras=extras)
        for name, extras in (("latest", {}), ("latest-unsharded", {"suffix": "unsharded"}))
    ),
    _format(
        "olmo",
        "rank",
        "shard",
        "step{step:plain}/rank{rank:plain}.pt",
        "step5/rank0.pt",
        counts="steps",
        steps_behind=0,
    ),
    # The branches of a model on the hub.
    _format(
        "olmo",
        "branch",
        "step",
        "step{step:plain}-tokens{tokens:tokens_seen}",
        "step1000-tokens4B",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _format(
        "olmo",
        "branch-stage",
        "step",
        "stage{stage:plain}-step{step:plain}-tokens{tokens:tokens_seen}",
        "stage1-step1907359-tokens4001B",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _format(
        "olmo",
        "branch-stage-only",
        "step",
        "stage{stage:plain}-step{step:plain}",
        "stage1-step896000",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _format(
        "olmo",
        "branch-ingredient",
        "step",
        "stage{stage:plain}-ingredient{ingredient:plain}-step{step:plain}-tokens{tokens:tokens_seen}",
        "stage2-ingredient1-step23852-tokens51B",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
)

_VERL_FOLDER: Final[dict[str, Any]] = {
    "folders": ("global_step_{step:plain}/{role:actor_critic}/", "{role:actor_critic}/"),
    "counts": "steps",
    "steps_behind": 0,
}
_VERL_FILES: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("model", "shard", "model"),
    ("optimizer", "aux", "optim"),
    ("extra", "aux", "extra_state"),
)
_VERL: Final = (
    _format("verl", "step", "step", "global_step_{step:plain}", "global_step_1", **_DIRECTORY),
    _format(
        "verl",
        "role",
        "step",
        "global_step_{step:plain}/{role:actor_critic}",
        *("global_step_1/actor", "global_step_100/critic"),
        **_DIRECTORY,
    ),
    *(
        _format(
            "verl",
            name,
            kind,
            f"{word}_world_size_{{num_shards:plain}}_rank_{{rank:plain}}.pt",
            f"{word}_world_size_8_rank_7.pt",
            f"global_step_1/actor/{word}_world_size_8_rank_7.pt",
            source="volcengine/verl:docs/advance/checkpoint.rst",
            **_VERL_FOLDER,
        )
        for name, kind, word in _VERL_FILES
    ),
    _format(
        "verl",
        "dataloader",
        "aux",
        "global_step_{step:plain}/data.pt",
        "global_step_1/data.pt",
        counts="steps",
        steps_behind=0,
    ),
    _format(
        "verl",
        "latest",
        "pointer",
        "latest_checkpointed_iteration.txt",
        "latest_checkpointed_iteration.txt",
        source="volcengine/verl:docs/advance/checkpoint.rst",
    ),
)

_NANOGPT: Final = (_format("nanogpt", "checkpoint", "last", "ckpt.pt", "ckpt.pt"),)

FORMATS: Final = (
    *_DEEPSPEED,
    *_MEGATRON,
    *_TORCHTITAN,
    *_TORCHTUNE,
    *_LITGPT,
    *_OLMO,
    *_VERL,
    *_NANOGPT,
)
