"""The configuration that ``docs/hydra.md`` moves to the scheme, in real trainings of Lightning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import yaml

from ckpt_scheme import BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint, RunDirectory
from trainers import EXAMPLES, needs, run

needs("hydra", "lightning", "tensorboard")

SCRIPT: Final = "hydra_lightning/train.py"
CALLBACKS: Final = EXAMPLES / "hydra_lightning" / "callbacks" / "model_checkpoint.yaml"
GUIDE: Final = (EXAMPLES.parent / "docs" / "hydra.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


def test_guide_shows_the_configuration_of_the_example() -> None:
    assert CALLBACKS.read_text(encoding="utf-8") == BLOCKS[1]


def test_guide_has_a_row_for_each_key_of_the_old_configuration() -> None:
    table = GUIDE.partition("| old key |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]

    assert sorted(key for row in rows for key in row) == sorted(yaml.safe_load(BLOCKS[0])["model_checkpoint"])


def test_two_processes_train_in_one_run_and_a_job_resumes_it(tmp_path: Path) -> None:
    run(SCRIPT, "trainer.devices=2", cwd=tmp_path, EXPERIMENT_TAG="")

    (path,) = (tmp_path / "outputs").iterdir()
    directory = RunDirectory.parse(path)
    assert forms(directory) == [BestCheckpoint, EpochCheckpoint, LastCheckpoint]
    assert sorted(each.name for each in Path(directory).iterdir()) == [".hydra", "checkpoints", "logs"]
    assert len(list(Path(directory.logs).glob("events.out.tfevents.*"))) == 1

    resumed = [f"hydra.run.dir={directory}", f"resume_from={directory}/checkpoints/last.ckpt", "trainer.max_epochs=4"]
    run(SCRIPT, *resumed, cwd=tmp_path, EXPERIMENT_TAG="")

    assert [each.name for each in (tmp_path / "outputs").iterdir()] == [directory.run.format()]
    assert forms(directory) == [BestCheckpoint, EpochCheckpoint, LastCheckpoint]
    assert max(CheckpointName.parse(each.name).epoch or 0 for each in Path(directory.checkpoints).iterdir()) == 3
    assert len(list(Path(directory.logs).glob("events.out.tfevents.*"))) == 2


def forms(directory: RunDirectory) -> list[type]:
    return [type(name) for name in sorted(CheckpointName.parse(p.name) for p in Path(directory.checkpoints).iterdir())]
