"""`SchemeNameFormat` in a real `CheckpointManager` of Orbax, on the CPU."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import pytest

from ckpt_scheme import CheckpointName, FieldError, best, latest
from ckpt_scheme.catalog import scan
from trainers import needs

os.environ.setdefault("JAX_PLATFORMS", "cpu")
needs("orbax", "jax")

from ckpt_scheme.orbax import SchemeNameFormat  # noqa: E402 - after the check above

# Releases of Orbax and JAX warn of each other, and their warnings are not about this format.
pytestmark = pytest.mark.filterwarnings("ignore")

RUN: Final = "mirror-linear_training_20251015_120000"


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    folder = tmp_path / RUN / "checkpoints"
    folder.mkdir(parents=True)
    return folder


class Training:
    """Saves of a manager whose weights are the number of the step."""

    def __init__(self, folder: Path, steps_per_epoch: int, **options: Any) -> None:  # noqa: ANN401 - Orbax's own options
        checkpoint = importlib.import_module("orbax.checkpoint")

        self._orbax = checkpoint
        names = SchemeNameFormat(steps_per_epoch=steps_per_epoch)
        self.manager = checkpoint.CheckpointManager(
            folder, options=checkpoint.CheckpointManagerOptions(step_name_format=names, **options)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.manager.close()

    def save(self, *steps: int, scores: Mapping[int, float] | None = None) -> None:
        import numpy as np  # noqa: PLC0415 - the same

        for step in steps:
            metrics = None if scores is None else {"score": scores[step]}
            self.manager.save(step, args=self._orbax.args.StandardSave({"w": np.full(2, step)}), metrics=metrics)
        self.manager.wait_until_finished()

    def restored(self, step: int) -> float:
        return float(self.manager.restore(step, args=self._orbax.args.StandardRestore())["w"][0])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_manager_saves_directories_with_canonical_names(checkpoints: Path) -> None:
    with Training(checkpoints, 4) as training:
        training.save(0, 1, 4, 5, 400)

    assert names(checkpoints) == [
        "epoch-00_step-000000.ckpt",
        "epoch-00_step-000001.ckpt",
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000005.ckpt",
        "epoch-99_step-000400.ckpt",
    ]
    assert all(CheckpointName.is_valid(name) and (checkpoints / name).is_dir() for name in names(checkpoints))


def test_manager_removes_the_oldest_and_continues_after_a_restart(checkpoints: Path) -> None:
    with Training(checkpoints, 4, max_to_keep=2) as training:
        training.save(4, 8, 12)
        assert names(checkpoints) == ["epoch-01_step-000008.ckpt", "epoch-02_step-000012.ckpt"]

    with Training(checkpoints, 4, max_to_keep=2) as training:
        assert training.manager.latest_step() == 12
        assert training.restored(12) == 12
        training.save(16)

        assert training.manager.all_steps() == [12, 16]
    assert names(checkpoints) == ["epoch-02_step-000012.ckpt", "epoch-03_step-000016.ckpt"]
    assert latest(names(checkpoints)) == "epoch-03_step-000016.ckpt"


def test_manager_keeps_the_best_and_finds_it_after_a_restart(checkpoints: Path) -> None:
    options = {"max_to_keep": 1, "best_fn": lambda metrics: metrics["score"], "best_mode": "max"}
    with Training(checkpoints, 4, **options) as training:
        training.save(4, 8, 12, scores={4: 0.25, 8: 0.75, 12: 0.5})

    with Training(checkpoints, 4, **options) as training:
        assert training.manager.best_step() == 8
        assert training.manager.metrics(8) == {"score": 0.75}
    assert "epoch-01_step-000008.ckpt" in names(checkpoints)
    assert "epoch-00_step-000004.ckpt" not in names(checkpoints)
    assert best(names(checkpoints), metric="score") is None  # names of Orbax state no value


def test_steps_are_found_after_the_length_of_an_epoch_has_changed(checkpoints: Path) -> None:
    with Training(checkpoints, 4) as training:
        training.save(4, 8)

    with Training(checkpoints, 8, max_to_keep=2) as training:
        assert training.manager.all_steps() == [4, 8]
        assert training.restored(8) == 8
        training.save(16)

    assert names(checkpoints) == ["epoch-01_step-000008.ckpt", "epoch-01_step-000016.ckpt"]


def test_other_names_and_unfinished_checkpoints_are_skipped(checkpoints: Path) -> None:
    with Training(checkpoints, 4) as training:
        training.save(4)
    for name in ["last.ckpt", "8", "epoch-01_step-000008_v1.ckpt", "epoch-01_step-000008_loss-0.1000.ckpt"]:
        (checkpoints / name).mkdir()
    (checkpoints / "epoch-01_step-000008.ckpt.orbax-checkpoint-tmp-1").mkdir()
    (checkpoints / "epoch-02_step-000012.ckpt").touch()  # a file of another trainer

    found = list(SchemeNameFormat(steps_per_epoch=4).find_all(checkpoints))

    assert [(one.step, one.path.name) for one in found] == [(4, "epoch-00_step-000004.ckpt")]


def test_find_step_returns_the_directory_of_the_step(checkpoints: Path) -> None:
    with Training(checkpoints, 4) as training:
        training.save(4, 8)

    found = SchemeNameFormat(steps_per_epoch=4).find_step(checkpoints, 8)

    assert (found.step, str(found.path)) == (8, str(checkpoints / "epoch-01_step-000008.ckpt"))


def test_find_step_refuses_a_step_without_a_checkpoint(checkpoints: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no finished checkpoint of step 12"):
        SchemeNameFormat(steps_per_epoch=4).find_step(checkpoints, 12)


def test_two_directories_of_one_step_are_refused(checkpoints: Path) -> None:
    (checkpoints / "epoch-00_step-000004.ckpt").mkdir()
    (checkpoints / "epoch-01_step-000004.ckpt").mkdir()

    with pytest.raises(ValueError, match=r"are both of step 4: move one of them away"):
        list(SchemeNameFormat(steps_per_epoch=4).find_all(checkpoints))


def test_catalog_reads_the_run_of_a_manager(checkpoints: Path) -> None:
    with Training(checkpoints, 4) as training:
        training.save(4, 8)

    (run,) = scan(checkpoints.parent.parent)

    assert run.run is not None
    assert run.run.format() == RUN
    assert [checkpoint.path.rpartition("/")[2] for checkpoint in run.checkpoints] == names(checkpoints)
    assert run.latest is not None


@pytest.mark.parametrize("steps", [0, -1, True, 4.0, "4", None])
def test_format_refuses_another_number_of_steps(steps: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(FieldError, match="steps_per_epoch"):
        SchemeNameFormat(steps_per_epoch=steps)


@pytest.mark.parametrize("step", [-1, 10**18])
def test_name_of_an_impossible_step_is_refused(step: int) -> None:
    with pytest.raises(FieldError):
        SchemeNameFormat(steps_per_epoch=4).build_name(step)
