"""`keep` and `next_version`: the checkpoints that a training loop keeps, and a name that is not taken.

Both are pure. The loop lists its folder, calls them, and then removes or writes the files itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import TypeVar, overload

import attrs

from ckpt_scheme import _coerce, _fields, selection
from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.errors import FieldError, SelectionError
from ckpt_scheme.selection import Mode, Selectable

__all__ = ["keep", "next_version"]

_SelectableT = TypeVar("_SelectableT", bound=Selectable)
_NameT = TypeVar("_NameT", bound=AnyCheckpoint)


def keep(
    names: Iterable[_SelectableT], *, last: int = 0, best: int = 0, metric: str | None = None, mode: Mode = "max"
) -> list[_SelectableT]:
    """Return the elements of *names* that stay when a training loop removes old checkpoints, in their order.

    An epoch checkpoint stays if it is among the *last* furthest ones, or among the *best* epoch checkpoints. A best
    checkpoint stays if it is among the *best* best checkpoints, or if it does not state *metric*. All names of a tie
    stay. ``last.ckpt`` and every name that is not canonical stay. If no name states *metric*, all names stay.

    Args:
        names: Checkpoint names, `CheckpointName`, `CheckpointPath`, or paths as text or `os.PathLike`, in one
            directory.
        last: Number of epoch checkpoints to keep, those furthest in training as `furthest` orders them.
        best: Number of epoch checkpoints and of best checkpoints to keep, those with the best values of *metric*.
        metric: Name of the metric, as it stands in the names; None if they all state the same metric.
        mode: ``"max"`` if more is better, ``"min"`` if less is.

    Raises:
        FieldError: If *names* is one name or an element is no name or path, a number is below 0 or both are 0, *metric*
            cannot be the name of a metric (CKS-109), or *mode* is neither of the two (CKS-110).
        SelectionError: If the canonical names are in more than one directory (CKS-106), or they state several metrics
            and *metric* is None (CKS-043).

    Examples:
        >>> names = ["epoch-08_step-000756_hmean-0.8920.ckpt", "epoch-09_step-000840_hmean-0.7000.ckpt",
        ...     "epoch-10_step-000924_hmean-0.8000.ckpt", "last.ckpt"]
        >>> sorted(set(names) - set(keep(names, last=1, best=1, metric="hmean")))
        ['epoch-09_step-000840_hmean-0.7000.ckpt']
    """
    last, best, sign = _number("last", last), _number("best", best), selection._sign(mode)
    if not (last or best):
        raise FieldError("last", last, "1 or more where best is 0, for no checkpoint would stay")
    items, named = selection._named(names)
    selection._check_one_directory("keep", named)
    epochs = sorted((entry for entry in named if isinstance(entry[2], EpochCheckpoint)), key=selection._progress)
    staying = {name for _, _, name in epochs[max(0, len(epochs) - last) :]}
    scored: set[AnyCheckpoint] = set()
    if best:
        label = _only_metric(named) if metric is None else _fields.metric_name(metric, "CKS-109")
        scored = {entry[2] for entry in named if selection._metric_of(entry) == label and label is not None}
        if not scored:
            return items
        for form in (EpochCheckpoint, BestCheckpoint):
            staying |= _best([name for name in scored if isinstance(name, form)], best, sign)
    going = {
        id(item)  # `items` keeps it alive, and a path object need not be hashable
        for item, _, name in named
        if name not in staying and (isinstance(name, EpochCheckpoint) or name in scored)
    }
    return [item for item in items if id(item) not in going]


def _only_metric(named: Iterable[tuple[object, str, AnyCheckpoint]]) -> str | None:
    """Return the one metric that names state, or None if they state none."""
    metrics = {name.metric.name: str(name) for _, _, name in named if name.metric is not None}
    if len(metrics) > 1:
        expected = f"one metric, not {' and '.join(sorted(metrics))}; pass metric=..."
        raise SelectionError("keep", tuple(metrics.values()), expected, None, "CKS-043")
    return next(iter(metrics), None)


def _best(names: Sequence[AnyCheckpoint], number: int, sign: int) -> set[AnyCheckpoint]:
    """Return the names with the *number* best values, and all names that tie with the last of these."""
    values = {name: sign * name.metric.value for name in names if name.metric is not None}
    worst = sorted(values.values())[:number][-1:]
    return {name for name, value in values.items() if [value] <= worst}


def _number(argument: str, value: int) -> int:
    if type(value) is not int or value < 0:
        raise FieldError(argument, value, "a whole number, 0 or more")
    return value


@overload
def next_version(existing: Iterable[Selectable], name: str) -> str: ...
@overload
def next_version(existing: Iterable[Selectable], name: _NameT) -> _NameT: ...
def next_version(existing: Iterable[Selectable], name: str | AnyCheckpoint) -> str | AnyCheckpoint:
    """Return *name* if it is not taken, or *name* with the lowest higher version that is not taken (CKS-024).

    A version says nothing about age or quality. Another process may take the answer before the loop writes its file.

    Args:
        existing: The names in the directory, as for `latest`. Names that are not canonical are ignored.
        name: A checkpoint name, as text or as a `CheckpointName`.

    Returns:
        A name of the type of *name*.

    Raises:
        FieldError: If *existing* is one name or an element is no name or path, *name* is no name, or it is a taken
            ``last.ckpt``, which has no version (CKS-025): a writer replaces that file.
        NameSyntaxError: If *name* is a text and no checkpoint name.

    Examples:
        >>> next_version(["best-hmean-0.8920.ckpt", "best-hmean-0.8920_v1.ckpt"], "best-hmean-0.8920.ckpt")
        'best-hmean-0.8920_v2.ckpt'
        >>> next_version(["last.ckpt"], EpochCheckpoint(epoch=22, step=1932)).version is None
        True
    """
    wanted = name if isinstance(name, CheckpointName) else CheckpointName.parse(_coerce.plain_text("name", name))
    taken = {_last_component(item) for item in _coerce.many("existing", existing)}
    free = _free(wanted, taken)
    return free if isinstance(name, CheckpointName) else free.format()


def _last_component(item: Selectable) -> str:
    text = item.format() if isinstance(item, CheckpointName) else _coerce.path_text("existing", item)
    return text.rstrip("/").rpartition("/")[2]  # a directory's name may end in a slash


def _free(name: AnyCheckpoint, taken: Collection[str]) -> AnyCheckpoint:
    if name.format() not in taken:
        return name
    if isinstance(name, LastCheckpoint):
        raise FieldError("name", name.format(), "a name that can have a version; replace last.ckpt", None, "CKS-025")
    versions = count((name.version or 0) + 1)
    return next(free for free in (attrs.evolve(name, version=v) for v in versions) if free.format() not in taken)
