"""`launched_job`: the name that the launcher of a sweep gives to this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final


def launched_job() -> str | None:
    """Return the job of this process in a sweep, ``<launcher>-<job>``, or None outside of a sweep."""
    return next((f"{launcher}-{job}" for launcher, job_of in _LAUNCHERS.items() if (job := job_of()) is not None), None)


def _hydra() -> str | None:
    core: Any = sys.modules.get("hydra.core.hydra_config")  # a job of Hydra has loaded it
    if core is None or not core.HydraConfig.initialized():
        return None
    config = core.HydraConfig.get()
    return str(config.job.num) if config.mode is not None and config.mode.name == "MULTIRUN" else None


def _ray() -> str | None:
    tune: Any = sys.modules.get("ray.tune")
    trial = None if tune is None else tune.get_context().get_trial_id()
    return None if trial is None else str(trial)


def _wandb() -> str | None:
    return os.environ.get("WANDB_RUN_ID") if os.environ.get("WANDB_SWEEP_ID") else None


def _slurm() -> str | None:
    return os.environ.get("SLURM_ARRAY_TASK_ID")


# The order matters: a launcher may start its jobs through one of the launchers below it.
_LAUNCHERS: Final[dict[str, Callable[[], str | None]]] = {
    "hydra": _hydra,
    "ray": _ray,
    "wandb": _wandb,
    "slurm": _slurm,
}
