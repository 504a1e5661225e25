"""Resolvers of OmegaConf that create the run directory of a Hydra job.

Importing this module registers two resolvers. Import it in the module of the application, before ``@hydra.main`` runs:

- ``${ckpt_scheme.run_dir:<root>,<tag>,<model>[,<phase>]}`` is the path of a run directory, for ``hydra.run.dir``.
- ``${ckpt_scheme.run_id:<root>,<tag>,<model>[,<phase>]}`` is its name below *root*, for ``hydra.sweep.subdir``.

Both create a directory that no other process gets; they call `run_dir` and `run_id`. OmegaConf resolves an
interpolation once in each configuration, so every use has the same value. ``docs/hydra.md`` is the guide.
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
    """Return the path of a new run directory, created with its ``checkpoints`` and ``logs``.

    Args:
        root: The folder that runs are in.
        tag: The tag of the run.
        model: ``"<architecture>"`` or ``"<architecture>-<encoder>"``.
        phase: The purpose of the run.

    Raises:
        FieldError: If an argument cannot be in the name of a run.
        OSError: If the directory cannot be created.
    """
    return _made(root, tag, model, phase).format()


def run_id(root: str, tag: str, model: str, phase: str = "training") -> str:
    """Return the name of a new run directory, the run id; otherwise as `run_dir`."""
    return _made(root, tag, model, phase).run.format()


def _made(root: str, tag: str, model: str, phase: str) -> RunDirectory:
    directory = catalog.claim(root, tag=tag, model=model, phase=phase)
    Path(directory.logs).mkdir(exist_ok=True)  # Hydra opens its log file there, and does not create the folder
    return directory


# Two interpolations with the same text are one run, as two of Hydra's own ``${now:...}`` are one time.
_OmegaConf.register_new_resolver("ckpt_scheme.run_dir", run_dir, replace=True, use_cache=True)
_OmegaConf.register_new_resolver("ckpt_scheme.run_id", run_id, replace=True, use_cache=True)
