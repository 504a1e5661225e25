"""Which run a callback was asked for, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import attrs

from ckpt_scheme._grammar import CHECKPOINTS
from ckpt_scheme._lightning import folder, names
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

TAG_VARIABLE: Final = "EXPERIMENT_TAG"

_LEFT_OUT: Final[Mapping[str, object]] = {"root": "outputs", "experiment_tag": None, "model": None, "phase": "training"}


@attrs.frozen
class AskedRun:
    """The run that a callback is to start or to use.

    Args:
        root: What the run directory is to be in.
        like: The run id; where model or time were not given, it has others in their place.
        has_model: Whether the model was given.
        has_time: Whether the time was given.
        wishes: The arguments that say how the run is called and where it is, without those that were left out.
        dirpath: The directory that the checkpoints are to be in, None if the callback is to choose it.
        is_run: Whether `dirpath` is in a run directory that was given.
        continues: Whether to go on in the run that has the checkpoint which is resumed.
    """

    root: str
    like: RunId
    has_model: bool
    has_time: bool
    wishes: Mapping[str, object]
    dirpath: str | None
    is_run: bool
    continues: bool

    @property
    def is_apart(self) -> bool:
        """Whether the checkpoints are in no run directory, but in a directory of their own."""
        return self.dirpath is not None and not self.is_run


def asked_run(
    *,
    root: str | os.PathLike[str],
    experiment_tag: str | None,
    model: str | None,
    phase: str,
    timestamp: str | None,
    run_dir: str | os.PathLike[str] | None,
    dirpath: str | os.PathLike[str] | None,
    continues: bool,
) -> AskedRun:
    """Return what the arguments of `SchemeNaming` ask for; ``EXPERIMENT_TAG`` in the environment beats the argument.

    Raises:
        FieldError: If one of them cannot be what it is for, or both folders are given.
    """
    if dirpath is not None and run_dir is not None:
        raise FieldError("dirpath", dirpath, "None beside run_dir, which has its checkpoints in <run_dir>/checkpoints")
    from_environment = os.environ.get(TAG_VARIABLE)
    tag = from_environment or (names.DEFAULT_TAG if experiment_tag is None else experiment_tag)
    try:
        like = names.run_like(tag, model, phase, timestamp)
    except FieldError as error:
        if from_environment:
            error.add_note(f"{TAG_VARIABLE} in the environment is {from_environment!r}, which beats experiment_tag.")
        raise
    wishes = {"root": os.fspath(root), "experiment_tag": experiment_tag, "model": model, "phase": phase}
    if from_environment:  # then all callbacks have the same tag
        del wishes["experiment_tag"]
    given = dirpath if run_dir is None else os.path.join(folder.absolute(os.fspath(run_dir)), CHECKPOINTS)
    return AskedRun(
        root=str(RunDirectory(root, like).root),
        like=like,
        has_model=model is not None,
        has_time=timestamp is not None,
        wishes={key: value for key, value in wishes.items() if value != _LEFT_OUT[key]},
        dirpath=None if given is None else os.fspath(given),  # a Path in a callback's state is not loaded by torch
        is_run=run_dir is not None,
        continues=continues,
    )
