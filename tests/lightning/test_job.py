"""The job that each launcher of a sweep reports."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from ckpt_scheme._lightning.job import launched_job

VARIABLES = ("SLURM_ARRAY_TASK_ID", "WANDB_SWEEP_ID", "WANDB_RUN_ID")


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("ray.tune", "hydra.core.hydra_config"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def _hydra(*, mode: str | None, is_initialized: bool = True) -> ModuleType:
    config = SimpleNamespace(mode=None if mode is None else SimpleNamespace(name=mode), job=SimpleNamespace(num=3))
    module = ModuleType("hydra.core.hydra_config")
    module.HydraConfig = SimpleNamespace(  # type: ignore[attr-defined]
        initialized=lambda: is_initialized, get=lambda: config
    )
    return module


def _ray(trial: str | None) -> ModuleType:
    module = ModuleType("ray.tune")
    module.get_context = lambda: SimpleNamespace(get_trial_id=lambda: trial)  # type: ignore[attr-defined]
    return module


def test_process_outside_of_a_sweep_has_no_job() -> None:
    assert launched_job() is None


def test_array_task_of_slurm_is_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")

    assert launched_job() == "slurm-3"


def test_run_of_a_sweep_of_wandb_is_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_RUN_ID", "a1b2")
    without_sweep = launched_job()
    monkeypatch.setenv("WANDB_SWEEP_ID", "xyz")

    assert (without_sweep, launched_job()) == (None, "wandb-a1b2")


@pytest.mark.parametrize(("trial", "job"), [("1_0", "ray-1_0"), (None, None)])
def test_trial_of_ray_is_a_job(trial: str | None, job: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.tune", _ray(trial))

    assert launched_job() == job


@pytest.mark.parametrize(("mode", "job"), [("MULTIRUN", "hydra-3"), ("RUN", None), (None, None)])
def test_job_of_a_multirun_of_hydra_is_a_job(
    mode: str | None, job: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hydra.core.hydra_config", _hydra(mode=mode))

    assert launched_job() == job


def test_hydra_without_a_job_reports_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hydra.core.hydra_config", _hydra(mode="RUN", is_initialized=False))

    assert launched_job() is None


def test_job_of_hydra_beats_the_array_task_that_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hydra.core.hydra_config", _hydra(mode="MULTIRUN"))
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "9")

    assert launched_job() == "hydra-3"
