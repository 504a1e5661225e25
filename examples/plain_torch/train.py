"""Train without a trainer: ``python examples/plain_torch/train.py``. With the path of a run, resume that run.

The loop keeps the last two epochs, the best checkpoint and ``last.ckpt``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from ckpt_scheme import (
    BestCheckpoint,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
    RunDirectory,
    keep,
    latest,
    next_version,
)
from ckpt_scheme.catalog import claim

EPOCHS = 4


def save(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint beside *path* and rename it, so that *path* is always a complete file."""
    part = path.with_name(f"{path.name}.part")
    torch.save(state, part)
    part.replace(path)


def main(resumed: str | None = None) -> None:
    torch.manual_seed(1)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    batches = torch.linspace(-1.0, 1.0, 8).reshape(4, 2, 1)
    done, step = 0, 0

    # Claim a run, or resume the given run.
    run = claim("outputs", tag="mirror", model="linear") if resumed is None else RunDirectory.parse(resumed)
    folder = Path(run.checkpoints)
    if (path := latest(folder.iterdir())) is not None:
        state = torch.load(path)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        done, step = state["epoch"] + 1, state["step"]

    for epoch in range(done, done + EPOCHS):
        for batch in batches:
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(batch), -batch)
            loss.backward()
            optimizer.step()
            step += 1
        score = Metric("score", 1 / (1 + loss.detach()))
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "step": step}

        # `last.ckpt` comes first, so it is never behind a numbered checkpoint.
        save(state, folder / str(LastCheckpoint()))
        save(state, folder / str(next_version(folder.iterdir(), EpochCheckpoint(epoch=epoch, step=step))))
        best = folder / str(next_version(folder.iterdir(), BestCheckpoint(metric=score)))
        if best in keep([*folder.iterdir(), best], best=1):
            save(state, best)

        # Each file that `keep` leaves out is an older checkpoint of this run.
        for path in set(folder.iterdir()) - set(keep(folder.iterdir(), last=2, best=1)):
            path.unlink()
    print(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
