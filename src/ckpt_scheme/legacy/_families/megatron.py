"""The names of Megatron-LM, whose checkpoints are directories with a directory or a file for each rank.

Iterations have seven digits or more, and count steps that were made. With two numbers in the directory of a rank, the
second is that of the pipeline or, where there is none, that of the experts; the name does not say which.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import STEP_DIRECTORY, declare

_megatron = partial(declare, "megatron-lm", source="NVIDIA/Megatron-LM:megatron/training/checkpointing.py")

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

FORMATS: Final = (
    _megatron(
        "step",
        "step",
        "iter_{step:padded7}",
        *("iter_0000500", "iter_12345678", "non_persistent/iter_0000500"),
        folders=("non_persistent/",),
        **STEP_DIRECTORY,
    ),
    _megatron("release", "release", "release", "release", entry="directory"),
    _megatron(
        "staged",
        "temp",
        "iter_{step:padded7}_tmp",
        "iter_0000005_tmp",
        entry="directory",
        counts="steps",
    ),
    _megatron(
        "latest",
        "pointer",
        "latest_checkpointed_iteration.txt",
        "latest_checkpointed_iteration.txt",
    ),
    *(
        part
        for rank, template, example in _RANKS
        for part in (
            _megatron(
                f"rank-{rank}",
                "shard",
                template,
                *(example, f"iter_0000500/{example}"),
                entry="directory",
                **_ITERATION,
            ),
            _megatron(
                f"model-{rank}",
                "shard",
                f"{template}/model_optim_rng.pt",
                *(f"iter_12345678/{example}/model_optim_rng.pt", f"release/{example}/model_optim_rng.pt"),
                **_ITERATION,
            ),
            _megatron(
                f"optimizer-{rank}",
                "aux",
                f"{template}/distrib_optim.pt",
                f"iter_0000500/{example}/distrib_optim.pt",
                **_ITERATION,
            ),
            _megatron(
                f"gradients-{rank}",
                "aux",
                f"iter_{{step:padded7}}/{template}.pth",
                f"iter_0000500/{example}.pth",
                counts="steps",
                extras={"role": "gradients"},
            ),
        )
    ),
    _megatron("model", "shard", "model_optim_rng.pt", "model_optim_rng.pt", **_ITERATION),
    _megatron("optimizer", "aux", "distrib_optim.pt", "distrib_optim.pt", **_ITERATION),
    _megatron(
        "local",
        "shard",
        "iter_{step:padded7}_{rank:plain}_local.pt",
        "iter_0000001_2_local.pt",
        counts="steps",
        steps_behind=0,
    ),
    _megatron(
        "distributed",
        "shard",
        "__{rank:plain}_{shard:plain}.distcp",
        *("__0_1.distcp", "iter_0000500/__0_1.distcp"),
        **_ITERATION,
    ),
    _megatron(
        "common",
        "aux",
        "common.pt",
        *("common.pt", "iter_0000500/common.pt"),
        **_ITERATION,
    ),
    *(
        _megatron(
            name.strip(".").replace(".", "-"),
            "sidecar",
            name,
            *(name, f"iter_0000500/{name}"),
            **_ITERATION,
        )
        for name in (".metadata", "metadata.json")
    ),
)
