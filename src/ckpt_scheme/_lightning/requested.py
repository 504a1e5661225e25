"""`RequestedRun`: the run that the arguments of a callback describe. `FoundRun`: the run that holds a checkpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import attrs

from ckpt_scheme._grammar import CHECKPOINTS
from ckpt_scheme._lightning import folder, names
from ckpt_scheme._lightning.job import launched_job
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

TAG_VARIABLE: Final = "EXPERIMENT_TAG"
ROOT: Final = "outputs"
PHASE: Final = "training"


@attrs.frozen
class FoundRun:
    """The run that holds a checkpoint.

    Args:
        checkpoints: The directory of its checkpoints.
        run: The run id.
        roots: The roots of the run: several if a symlink leads to it, or if it was moved.
        job: The job of a sweep, or None.
    """

    checkpoints: str
    run: RunId
    roots: frozenset[str]
    job: str | None

    @property
    def directory(self) -> str:
        """The run directory."""
        return os.path.dirname(self.checkpoints)

    def fields(self) -> dict[str, str | None]:
        """Return the arguments that describe this run, without its root."""
        run = self.run
        return {"experiment_tag": run.tag, "model": run.model, "phase": run.phase, "job": self.job}


@attrs.frozen
class RequestedRun:
    """The run that a callback begins or uses.

    Args:
        root: The root of the run directory.
        like: The run id, with placeholders for a model and a time that were not given.
        has_time: Whether the time was given.
        job: The job of a sweep, from the argument or the launcher; None outside of a sweep.
        given: The arguments that describe the run, without those that were left out.
        dirpath: The directory for the checkpoints, or None if the callback chooses it.
        is_run: Whether *run_dir* was given, and `dirpath` is its ``checkpoints``.
        continues: Whether to continue the run of the checkpoint that the training resumes.
    """

    root: str
    like: RunId
    has_time: bool
    job: str | None
    given: Mapping[str, str]
    dirpath: str | None
    is_run: bool
    continues: bool

    @property
    def is_outside_run(self) -> bool:
        """Whether *dirpath* was given, so that the checkpoints are in no run directory."""
        return self.dirpath is not None and not self.is_run

    @property
    def has_model(self) -> bool:
        """Whether the model was given."""
        return "model" in self.given

    def arguments_for(self, run: RunId) -> dict[str, str]:
        """Return all arguments that describe *run*, a run of this callback."""
        described = {"root": self.root, "experiment_tag": run.tag, "model": run.model, "phase": run.phase}
        return described if self.job is None else {**described, "job": self.job}

    def overridden_by(self, other: RequestedRun) -> dict[str, str]:
        """Return the given arguments that differ from those of *other*, which decides for both callbacks."""
        others = other.arguments_for(other.like)
        if not other.has_model:
            del others["model"]
        return {name: value for name, value in self.given.items() if value != others.get(name)}


def requested_run(
    *,
    root: str | os.PathLike[str] | None,
    experiment_tag: str | None,
    model: str | None,
    phase: str | None,
    timestamp: str | None,
    run_dir: str | os.PathLike[str] | None,
    job: str | int | None,
    dirpath: str | os.PathLike[str] | None,
    continues: bool,
) -> RequestedRun:
    """Return the run that the arguments of `SchemeNaming` describe; ``EXPERIMENT_TAG`` beats *experiment_tag*.

    Raises:
        FieldError: If a name cannot hold an argument, or *dirpath* and *run_dir* are both given.
    """
    if dirpath is not None and run_dir is not None:
        raise FieldError("dirpath", dirpath, "None, since run_dir has its checkpoints in <run_dir>/checkpoints")
    from_environment = os.environ.get(TAG_VARIABLE)
    tag = from_environment or experiment_tag
    try:
        like = names.run_like(
            names.DEFAULT_TAG if tag is None else tag, model, PHASE if phase is None else phase, timestamp
        )
    except FieldError as error:
        if from_environment:
            error.add_note(f"{TAG_VARIABLE} in the environment is {from_environment!r}, which beats experiment_tag.")
        raise
    if job is not None and str(job) == "":
        raise FieldError("job", job, "a str or an int that names the job of a sweep, or None")
    root_text = str(RunDirectory(ROOT if root is None else root, like).root)
    job_text = launched_job() if job is None else str(job)
    given = {
        "root": None if root is None else root_text,
        "experiment_tag": tag,
        "model": model,
        "phase": phase,
        "job": job_text,
    }
    folder_given = dirpath if run_dir is None else os.path.join(folder.absolute(os.fspath(run_dir)), CHECKPOINTS)
    return RequestedRun(
        root=root_text,
        like=like,
        has_time=timestamp is not None,
        job=job_text,
        given={name: value for name, value in given.items() if value is not None},
        dirpath=None if folder_given is None else os.fspath(folder_given),  # torch loads no Path in a callback's state
        is_run=run_dir is not None,
        continues=continues,
    )


def differences(wanted: Mapping[str, str], found: FoundRun) -> list[str]:
    """Return the arguments in *wanted* that do not describe the run *found*, each with its value."""
    fields = found.fields()
    differing = {name: value for name, value in wanted.items() if name != "root" and value != fields[name]}
    if "root" in wanted and folder.absolute(wanted["root"]) not in found.roots:
        differing["root"] = wanted["root"]
    return [f"{name}={value!r}" for name, value in differing.items()]
