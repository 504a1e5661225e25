"""The names of DeepSpeed: a directory for each tag, and in it a file for each rank.

The number counts steps that were made. The rank of tensor parallelism is padded, that of data parallelism is not, and
is the one that the code calls "pp_rank".
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import STEP_DIRECTORY, declare

_deepspeed = partial(declare, "deepspeed", source="deepspeedai/DeepSpeed:deepspeed/runtime/engine.py")

_TAG: Final[dict[str, Any]] = {"folders": ("global_step{step:plain}/",), "counts": "steps", "steps_behind": 0}

FORMATS: Final = (
    _deepspeed("step", "step", "global_step{step:plain}", *("global_step0", "global_step500"), **STEP_DIRECTORY),
    _deepspeed(
        "universal",
        "step",
        "global_step{step:plain}_universal",
        "global_step500_universal",
        extras={"suffix": "universal"},
        **STEP_DIRECTORY,
    ),
    _deepspeed("latest", "pointer", "latest", "latest"),
    _deepspeed("script", "sidecar", "zero_to_fp32.py", "zero_to_fp32.py"),
    _deepspeed("latest-universal", "pointer", "latest_universal", "latest_universal"),
    _deepspeed(
        "model",
        "shard",
        "mp_rank_{tp_rank:padded2}_model_states.pt",
        *("mp_rank_00_model_states.pt", "global_step500/mp_rank_00_model_states.pt"),
        source="deepspeedai/DeepSpeed:deepspeed/checkpoint/utils.py",
        **_TAG,
    ),
    _deepspeed(
        "optimizer",
        "shard",
        "mp_rank_{tp_rank:padded2}_optim_states.pt",
        "mp_rank_00_optim_states.pt",
        source="deepspeedai/DeepSpeed:deepspeed/checkpoint/utils.py",
        **_TAG,
    ),
    *(
        _deepspeed(
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
    _deepspeed(
        "expert",
        "shard",
        "layer_{layer:plain}_expert_{expert:plain}_mp_rank_{tp_rank:padded2}_model_states.pt",
        "layer_0_expert_3_mp_rank_00_model_states.pt",
        **_TAG,
    ),
    _deepspeed(
        "expert-old",
        "shard",
        "expert_{expert:plain}_mp_rank_{tp_rank:padded2}_model_states.pt",
        "expert_3_mp_rank_00_model_states.pt",
        **_TAG,
    ),
    _deepspeed(
        "expert-optimizer",
        "shard",
        "expp_rank_{ep_rank:plain}_mp_rank_{tp_rank:padded2}_optim_states.pt",
        "expp_rank_0_mp_rank_00_optim_states.pt",
        **_TAG,
    ),
    *(
        _deepspeed(
            f"layer{name}",
            "shard",
            f"layer_{{layer:padded2}}-model_{{tp_rank:padded2}}{joiner}model_states.pt",
            f"layer_03-model_00{joiner}model_states.pt",
            source="deepspeedai/DeepSpeed:deepspeed/runtime/pipe/module.py",
            **_TAG,
        )
        for name, joiner in (("", "-"), ("-underscored", "_"))
    ),
    _deepspeed(
        "layer-whole",
        "shard",
        "layer_{layer:padded2}-model_states.pt",
        "layer_03-model_states.pt",
        source="deepspeedai/DeepSpeed:deepspeed/runtime/pipe/module.py",
        **_TAG,
    ),
)
