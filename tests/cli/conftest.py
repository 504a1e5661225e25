"""Fixtures of the tests of the command line: trees as training runs and frameworks leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_migrations import TREE
from cli_names import BAD, FOREIGN
from cli_trees import (
    EMPTY_RUN,
    RUN,
    plant,
)
from migration_trees import grow


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """A directory of runs: one with names of every status, one without checkpoints, one with a foreign name."""
    plant(
        tmp_path,
        f"{RUN}/checkpoints/epoch-100_step-008400_hmean-0.8891.ckpt",
        f"{RUN}/checkpoints/epoch-22_step-001932.ckpt",
        f"{RUN}/checkpoints/best-hmean-0.8920.ckpt",
        f"{RUN}/checkpoints/last.ckpt",
        f"{RUN}/checkpoints/notes.txt",
        f"{RUN}/checkpoints/epoch=28-step=2436.ckpt",
        f"{RUN}/checkpoints/epoch=28.ckpt",
        f"{RUN}/checkpoints/{BAD}",
        f"{RUN}/checkpoints/{FOREIGN}",
        f"{RUN}/checkpoints/~3~12.ckpt",
        f"{RUN}/checkpoints/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
        f"{RUN}/logs/",
        f"{EMPTY_RUN}/checkpoints/",
        "my-exp/checkpoints/last.ckpt",
        "my-exp/readme.md",
    )
    return tmp_path


@pytest.fixture
def framework_outputs(tmp_path: Path) -> Path:
    """Directories as other frameworks leave them."""
    plant(
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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    grow(tmp_path, TREE)
    return tmp_path
