"""The names of what pretrains and finetunes language models: LitGPT, OLMo, verl, nanoGPT.

Their numbers count steps that were made.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import STEP_DIRECTORY, declare
from ckpt_scheme.legacy._reading import Kind

_litgpt = partial(declare, "litgpt", source="Lightning-AI/litgpt:litgpt/pretrain.py")

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
            _litgpt(
                f"{name}step",
                "step",
                f"step-{{step:{field}}}",
                f"step-{example}",
                source=f"Lightning-AI/litgpt:{sources}",
                **STEP_DIRECTORY,
            ),
            _litgpt(
                f"{name}model",
                "step",
                f"step-{{step:{field}}}/lit_model.pth",
                f"step-{example}/lit_model.pth",
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
            _litgpt(
                f"{name}adapter",
                "step",
                f"step-{{step:{field}}}/lit_model.pth.{{adapter:lit_adapter}}",
                *(f"step-{example}/lit_model.pth.lora", f"step-{example}/lit_model.pth.adapter_v2"),
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
            _litgpt(
                f"old-{name}step",
                "step",
                f"step-{{step:{field}}}.pth",
                f"step-{example}.pth",
                source=f"Lightning-AI/litgpt:{sources}",
                **_LIT_FOLDER,
            ),
        )
    ),
    _litgpt("final-model", "final", "final/lit_model.pth", "final/lit_model.pth"),
    _litgpt(
        "final-adapter",
        "final",
        "final/lit_model.pth.{adapter:lit_adapter}",
        *("final/lit_model.pth.lora", "final/lit_model.pth.adapter"),
    ),
    _litgpt("final", "final", "final", "final", entry="directory"),
    *(
        _litgpt(name.partition(".")[0].replace("_", "-"), "sidecar", name, name)
        for name in ("model_config.yaml", "hyperparameters.yaml")
    ),
    _litgpt("bare-model", "fixed", "lit_model.pth", "lit_model.pth"),
    _litgpt("bare-adapter", "fixed", "lit_model.pth.{adapter:lit_adapter}", "lit_model.pth.lora"),
    _litgpt(
        "old-iteration",
        "step",
        "iter-{step:padded6}-ckpt.pth",
        "iter-001000-ckpt.pth",
        counts="steps",
    ),
    *(
        _litgpt(
            f"old-finetuned-{name}",
            "final",
            f"lit_model_{word}finetuned.pth",
            f"lit_model_{word}finetuned.pth",
        )
        for name, word in (("full", ""), ("lora", "lora_"), ("adapter", "adapter_"))
    ),
)

_olmo = partial(declare, "olmo", source="allenai/OLMo:olmo/train.py")

_OLMO: Final = (
    _olmo("step", "step", "step{step:plain}", *("step0", "step1000"), **STEP_DIRECTORY),
    _olmo(
        "unsharded",
        "step",
        "step{step:plain}-unsharded",
        "step0-unsharded",
        extras={"suffix": "unsharded"},
        **STEP_DIRECTORY,
    ),
    *(
        _olmo(
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
        _olmo(name, "last", name, name, entry="directory", extras=extras)
        for name, extras in (("latest", {}), ("latest-unsharded", {"suffix": "unsharded"}))
    ),
    _olmo(
        "rank",
        "shard",
        "step{step:plain}/rank{rank:plain}.pt",
        "step5/rank0.pt",
        counts="steps",
        steps_behind=0,
    ),
    # The branches of a model on the hub.
    _olmo(
        "branch",
        "step",
        "step{step:plain}-tokens{tokens:tokens_seen}",
        "step1000-tokens4B",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _olmo(
        "branch-stage",
        "step",
        "stage{stage:plain}-step{step:plain}-tokens{tokens:tokens_seen}",
        "stage1-step1907359-tokens4001B",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _olmo(
        "branch-stage-only",
        "step",
        "stage{stage:plain}-step{step:plain}",
        "stage1-step896000",
        source="allenai/OLMo:README.md",
        counts="steps",
        steps_behind=0,
        entry="any",
    ),
    _olmo(
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

_verl = partial(declare, "verl", source="volcengine/verl:verl/trainer/ppo/ray_trainer.py")

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
    _verl("step", "step", "global_step_{step:plain}", "global_step_1", **STEP_DIRECTORY),
    _verl(
        "role",
        "step",
        "global_step_{step:plain}/{role:actor_critic}",
        *("global_step_1/actor", "global_step_100/critic"),
        **STEP_DIRECTORY,
    ),
    *(
        _verl(
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
    _verl(
        "dataloader",
        "aux",
        "global_step_{step:plain}/data.pt",
        "global_step_1/data.pt",
        counts="steps",
        steps_behind=0,
    ),
    _verl(
        "latest",
        "pointer",
        "latest_checkpointed_iteration.txt",
        "latest_checkpointed_iteration.txt",
        source="volcengine/verl:docs/advance/checkpoint.rst",
    ),
)

_nanogpt = partial(declare, "nanogpt", source="karpathy/nanoGPT:train.py")

_NANOGPT: Final = (_nanogpt("checkpoint", "last", "ckpt.pt", "ckpt.pt"),)

FORMATS: Final = (*_LITGPT, *_OLMO, *_VERL, *_NANOGPT)
