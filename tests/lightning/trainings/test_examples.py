"""The examples, each run unchanged in its own process, leave the files that they describe."""

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

from ckpt_scheme import BestCheckpoint, CheckpointPath, EpochCheckpoint, LastCheckpoint
from training import ModelCheckpoint, SchemeCheckpoint, tree

ROOT: Final = Path(__file__).parents[3]
EXAMPLES: Final = ROOT / "examples" / "lightning"
GUIDE: Final = (ROOT / "docs" / "lightning.md").read_text(encoding="utf-8")
LISTINGS: Final = re.findall(r"^```py\n(.*?)^```\n\n```text\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


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


def test_plain_script_trains_and_resumes_in_one_run(tmp_path: Path) -> None:
    check(run(tmp_path, "plain.py"), tag="ocr_baseline_v1", epoch=EpochCheckpoint(epoch=3, step=16))


@pytest.mark.since("configured subclasses")
def test_configuration_for_lightning_cli_writes_one_run(tmp_path: Path) -> None:
    paths = run(tmp_path, "cli.py", "fit", "--config", str(EXAMPLES / "cli.yaml"))

    check(paths, tag="ocr_baseline_v1", epoch=EpochCheckpoint(epoch=2, step=12))


@pytest.mark.since("save_on_exception")
def test_configuration_for_hydra_writes_and_resumes_one_run(tmp_path: Path) -> None:
    tag = "experiment_tag=from_command_line"  # another tag would begin another run
    first = run(tmp_path, "hydra_app.py", tag)

    check(first, tag="from_command_line", epoch=EpochCheckpoint(epoch=2, step=12))

    path = next(str(path) for path in first if isinstance(path.name, LastCheckpoint))
    both = run(tmp_path, "hydra_app.py", tag, "trainer.max_epochs=4", f"resume_from={path}")
    check(both, tag="from_command_line", epoch=EpochCheckpoint(epoch=3, step=16))


@pytest.mark.since("save_on_exception")
def test_configuration_for_hydra_explains_each_parameter() -> None:
    text = (EXAMPLES / "hydra.yaml").read_text(encoding="utf-8")
    best = text.partition("\n  best:\n")[2].partition("\n  epoch:\n")[0]
    explained = set(re.findall(r"^    (\w+):", best, flags=re.MULTILINE)) - {"_target_"}
    ours = set(inspect.signature(SchemeCheckpoint.__init__).parameters) - {"self", "kwargs"}
    stock = set(inspect.signature(ModelCheckpoint.__init__).parameters) - {"self"}

    assert explained == ours | stock


@pytest.mark.parametrize(("listing", "shown"), LISTINGS)
def test_listing_of_the_guide_leaves_the_tree_shown(listing: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / "listing.py").write_text(listing, encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(  # noqa: S603 - a listing of this repository
        [sys.executable, str(tmp_path / "listing.py")],
        cwd=work,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr

    stamp = r"\d{8}_\d{6}"
    assert [re.sub(stamp, "", path) for path in tree(work)] == [re.sub(stamp, "", line) for line in shown.split()]


def test_guide_has_two_listings() -> None:
    assert len(LISTINGS) == GUIDE.count("```py\n") == 2


def test_guide_lists_each_parameter_with_its_default() -> None:
    table = GUIDE.partition("## Parameters")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+)`? \|", table, flags=re.MULTILINE))
    parameters = inspect.signature(SchemeCheckpoint.__init__).parameters.values()

    assert listed == {
        parameter.name: repr(parameter.default).replace("'", '"')
        for parameter in parameters
        if parameter.name not in ("self", "kwargs")
    }
