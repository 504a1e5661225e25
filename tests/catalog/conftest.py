"""Fixtures of the tests of the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog_trees import grow


@pytest.fixture
def framework_outputs(tmp_path: Path) -> Path:
    """Folders as other frameworks leave them."""
    grow(
        tmp_path,
        *(f"hf/checkpoint-{step}/trainer_state.json" for step in (500, 9000, 10000)),
        *("hf/checkpoint-500/optimizer.pt", "hf/checkpoint-500/global_step500/mp_rank_00_model_states.pt"),
        *("hf/config.json", "hf/runs/events.out"),
        *("megatron/iter_0000500/mp_rank_00/model_optim_rng.pt", "megatron/iter_0001000/mp_rank_00/a.pt"),
        "megatron/latest_checkpointed_iteration.txt",
        *("accelerate/checkpoints/checkpoint_9/random_states_0.pkl", "accelerate/checkpoints/checkpoint_10/"),
        *("orbax/1000/_CHECKPOINT_METADATA", "orbax/2000/default/d/"),
        *("digits/0/one.png", "digits/1/one.png"),
        *("open/epoch_5/", "open/epoch_9/"),
    )
    return tmp_path
