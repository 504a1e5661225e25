"""`latest`, `furthest`, `best` and `group_by_run`: choose among names by their numbers, and not by their text.

This module decides among canonical names, which are those of the scheme. If any name is not canonical, it loads
`ckpt_scheme.legacy`, which decides among all of them with the formats of other frameworks.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar, cast

from ckpt_scheme import _coerce, _fields, checkpoint_name, layout
from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.errors import FieldError, SelectionError, UncertainLatestWarning, UnreadNameWarning
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Registry
    from ckpt_scheme.legacy._selection import Choice

__all__ = ["Mode", "Selectable", "best", "furthest", "group_by_run", "latest"]

Selectable: TypeAlias = str | os.PathLike[str] | CheckpointName
"""A name that `latest`, `furthest` and `best` take: a checkpoint name, a path, or either as text."""

Mode: TypeAlias = Literal["max", "min"]
"""Whether the highest or the lowest value of a metric is the best."""

_SelectableT = TypeVar("_SelectableT", bound=Selectable)
_Named: TypeAlias = tuple[_SelectableT, str, AnyCheckpoint]  # the item, its directory, its name

_SIGNS: Final = {"max": -1, "min": 1}


def latest(
    names: Iterable[_SelectableT], *, framework: str | None = None, registry: Registry | None = None
) -> _SelectableT | None:
    """Return the checkpoint of one run to resume from (CKS-048, CKS-049).

    ``last.ckpt`` is the latest if it is there, for a writer replaces it with each checkpoint (CKS-047). Otherwise the
    `furthest` name is. Names of other frameworks follow the same rule, by the `recency` of their format. File times are
    not considered. A best checkpoint without an epoch, a shard, an unfinished checkpoint, a pointer or a sidecar is
    never the latest (CKS-150, CKS-151).

    Args:
        names: Checkpoint names, `CheckpointName`, `CheckpointPath`, or paths as text or `os.PathLike`, in one
            directory. A name that ends in ``/`` is a directory's.
        framework: The framework that wrote the names, if it is known. Names that only other frameworks write are
            ignored, except canonical ones.
        registry: The formats that names are read in; `ckpt_scheme.legacy.REGISTRY` by default.

    Returns:
        The element of *names* itself, or None if no name qualifies.

    Raises:
        FieldError: If *names* is one name or an element is no name or path.
        SelectionError: If names in more than one directory qualify (use `group_by_run` first), or the names have no
            common counter.
        AmbiguousNameError: If the answer depends on the framework, and the names do not show which framework it is.
        UnknownFrameworkError: If *registry* has no format of *framework*.

    Warns:
        UnreadNameWarning: If no format, or none of *framework*, reads a name that looks like a checkpoint.
        UncertainLatestWarning: If a name such as ``final`` and a numbered name both may be the latest, or if the names
            beside a checkpoint show that it is not whole (CKS-152).

    Examples:
        >>> latest(["epoch-100_step-000700.ckpt", "epoch-99_step-000693.ckpt", "best.ckpt"])
        'epoch-100_step-000700.ckpt'
        >>> latest(["checkpoint-9000/", "checkpoint-10000/", "trainer_state.json"])
        'checkpoint-10000/'
    """
    items, named = _named(names)
    if len(named) < len(items) or framework is not None:
        return _of_any_framework("latest", items, framework, registry)
    last = [entry for entry in named if isinstance(entry[2], LastCheckpoint)]
    epochs = [entry for entry in named if isinstance(entry[2], EpochCheckpoint)]
    _check_one_directory("latest", last + epochs)
    return last[0][0] if last else _furthest(epochs)


def furthest(
    names: Iterable[_SelectableT], *, framework: str | None = None, registry: Registry | None = None
) -> _SelectableT | None:
    """Return the checkpoint of one run with the highest number: the epoch, then the step, then the version (CKS-103).

    Only names with a number count; ``last.ckpt`` is never the furthest (CKS-104). Otherwise as `latest`.

    Args:
        names: As for `latest`.
        framework: As for `latest`.
        registry: As for `latest`.

    Returns:
        The element of *names* itself, or None if no name has a number.

    Raises:
        SchemeError: As for `latest`.

    Warns:
        UnreadNameWarning: As for `latest`.
        UncertainLatestWarning: If the names beside a checkpoint show that it is not whole (CKS-152).

    Examples:
        >>> furthest(["epoch-100_step-000700.ckpt", "epoch-99_step-000693.ckpt", "last.ckpt"])
        'epoch-100_step-000700.ckpt'
    """
    items, named = _named(names)
    if len(named) < len(items) or framework is not None:
        return _of_any_framework("furthest", items, framework, registry)
    epochs = [entry for entry in named if isinstance(entry[2], EpochCheckpoint)]
    _check_one_directory("furthest", epochs)
    return _furthest(epochs)


def best(
    names: Iterable[_SelectableT],
    *,
    metric: str | None = None,
    mode: Mode = "max",
    framework: str | None = None,
    registry: Registry | None = None,
) -> _SelectableT | None:
    """Return the checkpoint with the best value of one metric (CKS-043, CKS-107).

    Every name that states the metric counts, whether it is of a best checkpoint or of an epoch. If values are equal,
    the answer is the name that sorts first: a best checkpoint, else the earliest epoch. If names are equal, it is the
    name in the directory that sorts first (CKS-108). ``nan`` is never the best. If no name states a value, the answer
    is the only name that says ``best``.

    Args:
        names: As for `latest`, but in any number of directories.
        metric: The name of the metric, as it stands in the names; None if the names that say ``best`` state the same
            metric, or no metric.
        mode: ``"max"`` if more is better, ``"min"`` if less is.
        framework: As for `latest`.
        registry: As for `latest`.

    Returns:
        The element of *names* itself, or None if no name qualifies.

    Raises:
        FieldError: If an element is no name or path, *metric* cannot be the name of a metric (CKS-109), or *mode* is
            neither of the two (CKS-110).
        SelectionError: If several names say ``best`` and no value decides between them.
        AmbiguousNameError: If the answer depends on the framework, and the names do not show which framework it is.
        UnknownFrameworkError: If *registry* has no format of *framework*.

    Warns:
        UnreadNameWarning: As for `latest`.
        UncertainLatestWarning: If the names beside a checkpoint show that it is not whole (CKS-152).

    Examples:
        >>> best(["best-hmean-0.8920.ckpt", "epoch-22_step-001932_hmean-0.8756.ckpt"], metric="hmean")
        'best-hmean-0.8920.ckpt'
        >>> best(["epoch=3-val_loss=0.12.ckpt", "epoch=9-val_loss=0.07.ckpt"], metric="val_loss", mode="min")
        'epoch=9-val_loss=0.07.ckpt'
    """
    sign = _sign(mode)
    if metric is not None:
        metric = _coerce.plain_text("metric name", metric, "a str or None", "CKS-109")
    items, named = _named(names)
    if len(named) < len(items) or framework is not None:
        return _of_any_framework("best", items, framework, registry, metric, sign)
    if metric is None:
        return _best_without_metric(named, sign)
    metric = _fields.metric_name(metric, "CKS-109")
    return _best([entry for entry in named if _metric_of(entry) == metric], sign)


def group_by_run(paths: Iterable[str | os.PathLike[str]]) -> dict[RunId, list[CheckpointPath]]:
    """Return the checkpoint paths of each run: runs by their start, paths by their names (CKS-041, CKS-046).

    A run under two roots is one run. A text that is no checkpoint path is ignored.

    Args:
        paths: `CheckpointPath`, or paths as text or `os.PathLike`.

    Raises:
        FieldError: If *paths* is one path or an element is no path.

    Examples:
        >>> run = "outputs/ocr-dbnet_training_20251015_120000"
        >>> groups = group_by_run([f"{run}/checkpoints/last.ckpt", f"{run}/checkpoints/best.ckpt", f"{run}/notes.txt"])
        >>> [(run.tag, [str(path.name) for path in paths]) for run, paths in groups.items()]
        [('ocr', ['best.ckpt', 'last.ckpt'])]
    """
    groups: dict[RunId, list[CheckpointPath]] = {}
    runs: dict[str, tuple[str | None, RunId, list[CheckpointPath]] | None] = {}  # by the directory of the checkpoints
    for item in _coerce.many("paths", paths, "CKS-041"):
        if isinstance(item, CheckpointPath):
            groups.setdefault(item.run, []).append(item)
            continue
        text = item if type(item) is str else _coerce.path_text("checkpoint path", item)
        directory, _, last = text.rpartition("/")
        try:
            run = runs[directory]
        except KeyError:
            run = runs[directory] = _run_of(directory, groups)
        if run is not None:
            name = checkpoint_name._read(last)
            if name is not None:
                run[2].append(layout._made(run[0], run[1], name))
    for found in groups.values():
        found.sort(key=_name_and_root)
    return {run: groups[run] for run in sorted(groups) if groups[run]}


def _run_of(
    directory: str, groups: dict[RunId, list[CheckpointPath]]
) -> tuple[str | None, RunId, list[CheckpointPath]] | None:
    """Return the root and the run of a directory of checkpoints, and the list for its paths; None for another one."""
    path = layout._read(f"{directory}/last.ckpt")
    return None if path is None else (path.root, path.run, groups.setdefault(path.run, []))


def _name_and_root(path: CheckpointPath) -> tuple[object, str]:
    return path.name.sort_key(), path.root or ""


def _sign(mode: Mode) -> int:
    try:
        return _SIGNS[mode]
    except (KeyError, TypeError):
        raise FieldError("mode", mode, "'max' or 'min'", None, "CKS-110") from None


# --------------------------------------------------------------------------------------------------------------------
# Canonical names.


def _named(names: Iterable[_SelectableT]) -> tuple[list[_SelectableT], list[_Named[_SelectableT]]]:
    """Return all items of *names*, and the canonical ones, each with its directory and its name."""
    items = list(_coerce.many("names", names, "CKS-048"))
    named: list[_Named[_SelectableT]] = []
    for item in items:
        if isinstance(item, CheckpointName):
            named.append((item, "", cast("AnyCheckpoint", item)))  # the base has no instances of its own
            continue
        text: str = item if type(item) is str else _coerce.path_text("checkpoint name", item)  # type: ignore[assignment]  # mypy keeps the type variable
        directory, _, last = text.rpartition("/")
        name = checkpoint_name._read(last)
        if name is not None:
            named.append((item, directory, name))
    return items, named


def _check_one_directory(kind: str, named: Sequence[_Named[_SelectableT]]) -> None:
    directories = {directory for item, directory, _ in named if not isinstance(item, CheckpointName)}
    if len(directories) > 1:
        expected = "checkpoints of one directory, for the numbers of two runs do not compare; call group_by_run() first"
        raise SelectionError(kind, tuple(sorted(directories)), expected, None, "CKS-106")


def _furthest(epochs: Iterable[_Named[_SelectableT]]) -> _SelectableT | None:
    chosen = max(epochs, key=_progress, default=None)
    return None if chosen is None else chosen[0]


def _progress(entry: _Named[_SelectableT]) -> tuple[int | None, int | None, int, object]:
    name = entry[2]
    return name.epoch, name.step, name.version or 0, name.sort_key()


def _metric_of(entry: _Named[_SelectableT]) -> str | None:
    metric = entry[2].metric
    return None if metric is None else metric.name


def _best(measured: Sequence[_Named[_SelectableT]], sign: int) -> _SelectableT | None:
    def key(entry: _Named[_SelectableT]) -> tuple[float, object, str]:
        _, directory, name = entry
        return sign * (0.0 if name.metric is None else name.metric.value), name.sort_key(), directory

    chosen = min(measured, key=key, default=None)
    return None if chosen is None else chosen[0]


def _best_without_metric(named: Sequence[_Named[_SelectableT]], sign: int) -> _SelectableT | None:
    candidates = [entry for entry in named if isinstance(entry[2], BestCheckpoint)]
    metrics = sorted({metric for metric in map(_metric_of, candidates) if metric is not None})
    texts = tuple(str(entry[0]) for entry in candidates)
    if len(metrics) > 1:
        raise SelectionError(
            "best", texts, f"one metric, not {' and '.join(metrics)}; pass metric=...", None, "CKS-043"
        )
    measured = [entry for entry in candidates if _metric_of(entry) is not None]
    if len(candidates) > 1 and not measured:
        raise SelectionError("best", texts, "one name that says best, or a value that decides", None, "CKS-139")
    return _best(measured or candidates, sign)


# --------------------------------------------------------------------------------------------------------------------
# Names of any framework.


def _of_any_framework(
    criterion: Literal["latest", "furthest", "best"],
    items: list[_SelectableT],
    framework: str | None,
    registry: Registry | None,
    metric: str | None = None,
    sign: int = -1,
) -> _SelectableT | None:
    from ckpt_scheme import legacy  # noqa: PLC0415 - loaded only if a name is not canonical
    from ckpt_scheme.legacy import _selection as foreign  # noqa: PLC0415 - the same
    from ckpt_scheme.legacy._entries import text_of  # noqa: PLC0415 - the same

    chosen: Choice = foreign.choose(criterion, items, registry or legacy.REGISTRY, framework, metric, sign)
    if chosen.unread:
        reader = "known format" if framework is None else f"format of {framework}"
        warnings.warn(UnreadNameWarning(f"no {reader} reads", chosen.unread), stacklevel=3)
    if chosen.passed_over:
        message = "the names beside them show that these are unfinished or only parts"
        warnings.warn(UncertainLatestWarning(message, chosen.passed_over), stacklevel=3)
    if chosen.uncertain and chosen.place is not None:
        message = f"{text_of(items[chosen.place])!r} was chosen; it may be older than"
        warnings.warn(UncertainLatestWarning(message, chosen.uncertain), stacklevel=3)
    return None if chosen.place is None else items[chosen.place]
