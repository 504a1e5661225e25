"""Trees that several tests of the whole program share."""

from __future__ import annotations

from typing import Final

from migration_trees import File, Link, Manifest, moved


def the_39() -> dict[str, str]:
    """Return 39 checkpoints with their new names; those before epoch 10 have none."""
    spellings = (
        "epoch_epoch_{:02}_step_step_{:06}_20251009_015037.ckpt",
        "epoch={}-step={}.ckpt",
        "epoch_{:02}_step_{:06}.ckpt",
    )
    names: dict[str, str] = {}
    for number in range(39):
        run = f"ocr-dbnet_training_2025101{number % 4}_120000"
        # The last two of each run have epoch 10 or more.
        epoch = 10 + number % 7 if number >= 31 else number // 4
        step = 100 * number + 7
        new = f"{run}/checkpoints/epoch-{epoch:02}_step-{step:06}.ckpt" if number >= 31 else ""
        names[f"{run}/checkpoints/{spellings[number % 3].format(epoch, step)}"] = new
    return names


TWO_RUNS: Final = {
    "a/checkpoints/epoch=12-step=100.ckpt": File(),
    "a/checkpoints/epoch=3-step=10.ckpt": File(),
    "a/checkpoints/last.ckpt": Link("epoch=12-step=100.ckpt"),
    "b/checkpoints/epoch_13_step_000200.ckpt": File(),
    "b/checkpoints/epoch_02_step_000020.ckpt": File(),
    "b/checkpoints/best.ckpt": Link("../../a/checkpoints/epoch=12-step=100.ckpt"),
}

TWO_RUNS_AFTER: Final = {
    "a/checkpoints/epoch=12-step=100.ckpt": "a/checkpoints/epoch-12_step-000100.ckpt",
    "a/checkpoints/epoch=3-step=10.ckpt": None,
    "b/checkpoints/epoch_13_step_000200.ckpt": "b/checkpoints/epoch-13_step-000200.ckpt",
    "b/checkpoints/epoch_02_step_000020.ckpt": None,
}

TWO_RUNS_TEXTS: Final = {
    "a/checkpoints/last.ckpt": "epoch-12_step-000100.ckpt",
    "b/checkpoints/best.ckpt": "../../a/checkpoints/epoch-12_step-000100.ckpt",
}


def end_state(before: Manifest) -> Manifest:
    return moved(before, TWO_RUNS_AFTER, TWO_RUNS_TEXTS)
