"""The links that the example gives to the checkpoints of the transformers Trainer."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckpt_scheme import CheckpointName, EpochCheckpoint, RunDirectory, latest
from trainers import needs, run_here

needs("accelerate", "torch", "transformers")


@pytest.mark.filterwarnings("ignore")  # the libraries warn of each other's releases
def test_links_follow_the_checkpoints_of_the_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    run_here("transformers/train.py")
    first = RunDirectory.parse(capsys.readouterr().out.split()[-1])
    assert targets(first) == {"epoch-00_step-000002": 2, "epoch-01_step-000004": 4, "last": 4}

    run_here("transformers/train.py", str(first))

    assert [path.name for path in Path("outputs").iterdir()] == [first.run.format()]
    assert targets(first) == {"epoch-02_step-000006": 6, "epoch-03_step-000008": 8, "last": 8}
    names = [CheckpointName.parse(path.name) for path in Path(first.checkpoints).iterdir()]
    assert latest(names) in names
    assert {name.metric.name for name in names if name.metric is not None} == {"accuracy"}
    assert all(name.metric is not None for name in names if isinstance(name, EpochCheckpoint))
    assert all((path / "model.safetensors").is_file() for path in Path(first.checkpoints).iterdir())


def targets(run: RunDirectory) -> dict[str, int]:
    """Return the step of the directory that each link leads to, by the link's name without metric and extension."""
    links = Path(run.checkpoints).iterdir()
    return {
        link.name.partition("_accuracy")[0].removesuffix(".ckpt"): int(link.readlink().name.rpartition("-")[2])
        for link in links
    }
