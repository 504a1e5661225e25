"""The examples run as they are, in a process of their own, and leave what they say."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from training import SchemeCheckpoint, pl, tree

from ckpt_scheme import BestCheckpoint, CheckpointPath, EpochCheckpoint, LastCheckpoint

EXAMPLES: Final = Path(__file__).parent.parent.parent / "examples" / "lightning"


def run(directory: Path, script: str, *arguments: str, **environment: str) -> list[CheckpointPath]:
    """Run an example in *directory*, and return the checkpoints that are all it leaves there."""
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    quiet = {"JSONARGPARSE_DEPRECATION_WARNINGS": "off", **environment}
    done = subprocess.run(  # noqa: S603 - an example of this repository
        command, cwd=directory, env={**os.environ, **quiet}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [CheckpointPath.parse(path) for path in tree(directory)]


def check(paths: list[CheckpointPath], *, tag: str, epoch: EpochCheckpoint) -> None:
    """Check that *paths* are one run's: its two best, *epoch* and the last."""
    (found,) = {path.run for path in paths}
    assert (found.tag, found.model, found.phase) == (tag, "dbnet-resnet18", "training")
    assert Counter(type(path.name) for path in paths) == {BestCheckpoint: 2, EpochCheckpoint: 1, LastCheckpoint: 1}
    assert epoch in [path.name for path in paths]


def test_the_plain_script_trains_and_resumes_in_one_run(tmp_path: Path) -> None:
    check(run(tmp_path, "plain.py"), tag="ocr_baseline_v1", epoch=EpochCheckpoint(epoch=3, step=16))


@pytest.mark.since("configured subclasses")
def test_the_configuration_for_lightning_cli(tmp_path: Path) -> None:
    paths = run(tmp_path, "cli.py", "fit", "--config", str(EXAMPLES / "cli.yaml"))

    check(paths, tag="ocr_baseline_v1", epoch=EpochCheckpoint(epoch=2, step=12))


@pytest.mark.since("save_on_exception")
def test_the_configuration_for_hydra(tmp_path: Path) -> None:
    first = run(tmp_path, "hydra_app.py", "experiment_tag=from_command_line")
    check(first, tag="from_command_line", epoch=EpochCheckpoint(epoch=2, step=12))

    path = next(str(path) for path in first if isinstance(path.name, LastCheckpoint))
    both = run(tmp_path, "hydra_app.py", "trainer.max_epochs=4", f"resume_from={path}")
    check(both, tag="from_command_line", epoch=EpochCheckpoint(epoch=3, step=16))


@pytest.mark.since("save_on_exception")
def test_the_configuration_for_hydra_explains_every_parameter() -> None:
    text = (EXAMPLES / "hydra.yaml").read_text(encoding="utf-8")
    best = text.partition("\n  best:\n")[2].partition("\n  epoch:\n")[0]
    explained = set(re.findall(r"^    (\w+):", best, flags=re.MULTILINE)) - {"_target_"}
    ours = set(inspect.signature(SchemeCheckpoint.__init__).parameters) - {"self", "kwargs"}
    stock = set(inspect.signature(pl.callbacks.ModelCheckpoint.__init__).parameters) - {"self"}

    assert explained == ours | stock
