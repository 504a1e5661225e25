"""Which checkpoint is the latest, which is the best, which belong together: what a string order gets wrong."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias, TypeVar

from ckpt_scheme import _fields, checkpoint_name, layout
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint, SortKey
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.run_id import RunId

__all__ = ["best", "group_by_run", "latest"]

Selectable: TypeAlias = str | os.PathLike[str] | CheckpointName
_SelectableT = TypeVar("_SelectableT", bound=Selectable)

_MODES: Final = {"max": -1, "min": 1}


def latest(names: Iterable[_SelectableT]) -> _SelectableT | None:
    """Return the checkpoint of one run that is furthest in training, by epoch, step and version as numbers (CKS-042).

    Only names that state an epoch and a step are compared. Where there is none, ``last.ckpt`` is the answer if it is
    there: its name says that it was the most recent when it was written, and not how far training was.

    Args:
        names: Checkpoint names, `CheckpointName`, `CheckpointPath`, or paths as text or `os.PathLike` in one directory.
            What is not in the grammar (a sidecar, a foreign name) is passed over.

    Returns:
        That element of *names* itself, or None if no name qualifies.

    Raises:
        FieldError: If an element is no name or path, or names in more than one directory qualify: epochs of two runs do
            not compare. Use `group_by_run` first.

    Examples:
        >>> latest(["epoch-100_step-000700.ckpt", "epoch-99_step-000693.ckpt", "last.ckpt", "notes.txt"])
        'epoch-100_step-000700.ckpt'
    """
    directories: set[str] = set()
    chosen: _SelectableT | None = None
    chosen_key: tuple[int, int, int, SortKey] | None = None
    for item in _fields.several(names, "CKS-042"):
        directory, name = _name_of(item)
        if isinstance(name, EpochCheckpoint):
            key = (name.epoch, name.step, name.version or 0, name.sort_key())
        elif isinstance(name, LastCheckpoint):
            key = (-1, 0, 0, name.sort_key())
        else:
            continue
        if directory is not None:
            directories.add(directory)
        if len(directories) > 1:
            expected = "checkpoints of one directory: use group_by_run first"
            raise FieldError("selection", sorted(directories), expected, None, "CKS-042")
        if chosen_key is None or key > chosen_key:
            chosen, chosen_key = item, key
    return chosen


def best(names: Iterable[_SelectableT], *, metric: str, mode: Literal["max", "min"] = "max") -> _SelectableT | None:
    """Return the checkpoint with the best value of one metric (CKS-043).

    Every name that states the metric counts, whether it begins with ``best`` or with an epoch. Of equal values the one
    that sorts first by `CheckpointName.sort_key` is the answer: a best checkpoint, else the earliest epoch; of equal
    names the one in the directory that sorts first.

    Args:
        names: As for `latest`, but of any number of directories.
        metric: The name of the metric, as it stands in the names.
        mode: ``"max"`` if more is better, ``"min"`` if less is.

    Returns:
        That element of *names* itself, or None if no name states the metric.

    Raises:
        FieldError: If an element is no name or path, *metric* cannot be a metric's name, or *mode* is another word.

    Examples:
        >>> best(["best-hmean-0.8920.ckpt", "epoch-22_step-001932_hmean-0.8756.ckpt"], metric="hmean")
        'best-hmean-0.8920.ckpt'
    """
    metric = _fields.metric_name(metric)
    try:
        sign = _MODES[mode]
    except (KeyError, TypeError):
        raise FieldError("mode", mode, "'max' or 'min'", None, "CKS-043") from None
    chosen: _SelectableT | None = None
    chosen_key: tuple[float, SortKey, str] | None = None
    for item in _fields.several(names, "CKS-042"):
        directory, name = _name_of(item)
        if name is None or isinstance(name, LastCheckpoint) or name.metric is None or name.metric.name != metric:
            continue
        key = (sign * name.metric.value, name.sort_key(), directory or "")
        if chosen_key is None or key < chosen_key:
            chosen, chosen_key = item, key
    return chosen


def group_by_run(paths: Iterable[str | os.PathLike[str]]) -> dict[RunId, list[CheckpointPath]]:
    """Return the checkpoint paths of each run: runs by their start, paths by their names (CKS-040, CKS-041).

    A run under two roots is one run. What is not a checkpoint path is passed over.

    Args:
        paths: `CheckpointPath`, or paths as text or `os.PathLike`.

    Raises:
        FieldError: If an element is no path.

    Examples:
        >>> run = "outputs/ocr-dbnet_training_20251015_120000"
        >>> groups = group_by_run([f"{run}/checkpoints/last.ckpt", f"{run}/checkpoints/best.ckpt", f"{run}/notes.txt"])
        >>> [(run.tag, [str(path.name) for path in paths]) for run, paths in groups.items()]
        [('ocr', ['best.ckpt', 'last.ckpt'])]
    """
    found = [
        path
        if isinstance(path, CheckpointPath)
        else layout.read(_fields.path_text("checkpoint path", path, FieldError))
        for path in _fields.several(paths, "CKS-042")
    ]
    groups: dict[RunId, list[CheckpointPath]] = {}
    for path in sorted((path for path in found if path is not None), key=CheckpointPath.sort_key):
        groups.setdefault(path.run, []).append(path)
    return groups


def _name_of(item: Selectable) -> tuple[str | None, AnyCheckpoint | None]:
    """Return the directory, None for a bare name object, and the name that *item* states, None for a foreign one."""
    if isinstance(item, CheckpointName):
        return None, item  # type: ignore[return-value]  # the base has no instances of its own
    directory, _, last = _fields.path_text("checkpoint name", item, FieldError).rpartition("/")
    return directory, checkpoint_name.read(last)
