"""The loop without a trainer: it claims a run, keeps the documented checkpoints, and resumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckpt_scheme import BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint, RunDirectory
from trainers import needs, run_here

needs("torch")


def test_loop_keeps_two_epochs_the_best_and_the_last_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    run_here("plain_torch/train.py")
    first = RunDirectory.parse(capsys.readouterr().out.strip())

    run_here("plain_torch/train.py", str(first))

    assert capsys.readouterr().out.strip() == str(first)
    folder = Path(first.checkpoints)
    names = sorted(CheckpointName.parse(path.name) for path in folder.iterdir())
    assert [type(name) for name in names] == [BestCheckpoint, EpochCheckpoint, EpochCheckpoint, LastCheckpoint]
    assert names[1:3] == [EpochCheckpoint(epoch=6, step=28), EpochCheckpoint(epoch=7, step=32)]
    states = [torch.load(folder / str(name), weights_only=True) for name in names]
    assert [(state["epoch"], state["step"]) for state in states] == [(7, 32), (6, 28), (7, 32), (7, 32)]
