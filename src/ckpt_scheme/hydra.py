"""Resolvers of OmegaConf that make the directory of a run for Hydra.

Importing this module registers two resolvers. Import it in the module of the application, before ``@hydra.main`` runs:

- ``${ckpt_scheme.run_dir:<root>,<tag>,<model>[,<phase>]}`` is the path of a run directory, for ``hydra.run.dir``.
- ``${ckpt_scheme.run_id:<root>,<tag>,<model>[,<phase>]}`` is its name below *root*, for ``hydra.sweep.subdir``.

Both make a directory that no other process gets, by `run_dir` and `run_id`. In one configuration an interpolation is
resolved once, so every further use has the same value. ``docs/hydra.md`` is the guide.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ckpt_scheme import catalog
from ckpt_scheme.layout import RunDirectory

try:
    _OmegaConf: Any = importlib.import_module("omegaconf").OmegaConf
except ModuleNotFoundError as error:
    raise ImportError("ckpt_scheme.hydra needs Hydra: pip install 'ckpt-scheme[hydra]'", name=error.name) from error

__all__ = ["run_dir", "run_id"]


def run_dir(root: str, tag: str, model: str, phase: str = "training") -> str:
    """Make the directory of a run, with its ``checkpoints`` and ``logs``, and return its path.

    Args:
        root: The folder that runs are in.
        tag: The tag of the run.
        model: ``"<architecture>"`` or ``"<architecture>-<encoder>"``.
        phase: The purpose of the run.

    Raises:
        FieldError: If an argument cannot be in the name of a run.
        OSError: If the directory cannot be made.
    """
    return _made(root, tag, model, phase).format()


def run_id(root: str, tag: str, model: str, phase: str = "training") -> str:
    """Make the directory of a run as `run_dir` does, and return its name, which is the run id."""
    return _made(root, tag, model, phase).run.format()


def _made(root: str, tag: str, model: str, phase: str) -> RunDirectory:
    directory = catalog.claim(root, tag=tag, model=model, phase=phase)
    Path(directory.logs).mkdir(exist_ok=True)  # Hydra opens its log file there, and makes no folder for it
    return directory


# Two interpolations with the same text are one run, as two of Hydra's own ``${now:...}`` are one time.
_OmegaConf.register_new_resolver("ckpt_scheme.run_dir", run_dir, replace=True, use_cache=True)
_OmegaConf.register_new_resolver("ckpt_scheme.run_id", run_id, replace=True, use_cache=True)
