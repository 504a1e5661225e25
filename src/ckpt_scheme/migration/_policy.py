"""`Policy`: the options of a migration; `Rules` and `GUARDS`: the reasons for which a checkpoint stays. Pure.

A rule is an option of the user, such as *keep_last*. A guard protects a checkpoint that may still be in use, such as an
open file, and no option overrides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast, final, get_args

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme._grammar import EXTENSION
from ckpt_scheme.checkpoint_name import EpochCheckpoint, Metric
from ckpt_scheme.errors import FieldError
from ckpt_scheme.retention import keep

Mode: TypeAlias = Literal["max", "min"]

NANOSECONDS: Final = 1_000_000_000
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _count(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or value < 0:
        raise FieldError(attribute.name, value, "a whole number, 0 or more")


def _count_or_none(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is not None:
        _count(_instance, attribute, value)


def _flag(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not bool:
        raise FieldError(attribute.name, value, "True or False")


def _sorted(value: object) -> tuple[str, ...]:
    """Return texts sorted and without repetitions; `_texts` refuses any other value."""
    if not isinstance(value, (tuple, list, set, frozenset)):
        return cast("tuple[str, ...]", value)
    found = list(cast("Iterable[object]", value))
    texts = [each for each in found if isinstance(each, str) and each]
    return tuple(sorted(set(texts))) if len(texts) == len(found) else cast("tuple[str, ...]", value)


def _texts(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    given = value
    texts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ("",)
    if not all(isinstance(text, str) and text for text in texts):
        raise FieldError(attribute.name, given, "a tuple of names")


@final
@attrs.frozen
class KeepBest:
    """A rule that keeps the checkpoints with the best values of a metric.

    Args:
        metric: The metric's name, as canonical names hold it.
        count: The number of checkpoints, 1 or more. If values are equal, all of their checkpoints stay.
        mode: Whether the highest value is best, ``"max"``, or the lowest, ``"min"``.

    Raises:
        FieldError: If an argument has another type or value.
    """

    metric: str = attrs.field()
    count: int = attrs.field(default=1)
    mode: Mode = attrs.field(default="max")

    def __attrs_post_init__(self) -> None:
        try:
            Metric(self.metric, 0.0)
        except FieldError as error:
            raise FieldError(
                "keep_best metric", self.metric, f"the name of a metric: {error.expected}", suggestion=error.suggestion
            ) from error
        if type(self.count) is not int or self.count < 1:
            raise FieldError("keep_best count", self.count, "a whole number, 1 or more")
        if self.mode not in get_args(Mode):
            raise FieldError("keep_best mode", self.mode, "'max' or 'min'")


@final
@attrs.frozen(kw_only=True)
class Policy:
    """The acts that a plan may contain.

    With *delete_old*, a migration discards every checkpoint of an epoch that no ``keep`` rule keeps. A rule that is
    None or 0 keeps nothing. The guards of ``docs/migration.md`` keep more, and no rule overrides them.

    Args:
        rename: Whether old names become canonical.
        delete_old: Whether checkpoints are discarded.
        keep_min_epoch: Keeps this epoch and all later epochs.
        keep_last: Keeps this number of checkpoints of each run, those furthest in training.
        keep_best: Keeps the best by a metric; in a run where no name holds the metric, all checkpoints
            stay but empty files.
        keep_every: Keeps the epochs that this number divides.
        keep_younger_than: Keeps checkpoints that were written to within this number of seconds.
        drop: Fields of old names that may be given up where a new name has no place for them, such as ``"timestamp"``.
        frameworks: Frameworks whose names are renamed besides those of `MIGRATED`. They also decide ambiguous names.
        formats: Formats with the same effect, each as ``"framework/format"``.
        recursive: Whether checkpoints in any folder count, not only those in ``RUN/checkpoints``.

    Raises:
        FieldError: If an argument has another type or value, or *delete_old* is set and no rule keeps a checkpoint.
    """

    rename: bool = attrs.field(default=True, validator=_flag)
    delete_old: bool = attrs.field(default=False, validator=_flag)
    keep_min_epoch: int | None = attrs.field(default=10, validator=_count_or_none)
    keep_last: int = attrs.field(default=0, validator=_count)
    keep_best: KeepBest | None = attrs.field(default=None)
    keep_every: int | None = attrs.field(default=None, validator=_count_or_none)
    keep_younger_than: int | None = attrs.field(default=None, validator=_count_or_none)
    drop: tuple[str, ...] = attrs.field(default=(), converter=_sorted, validator=_texts)
    frameworks: tuple[str, ...] = attrs.field(default=(), converter=_sorted, validator=_texts)
    formats: tuple[str, ...] = attrs.field(default=(), converter=_sorted, validator=_texts)
    recursive: bool = attrs.field(default=False, validator=_flag)

    def __attrs_post_init__(self) -> None:
        if self.keep_best is not None and not isinstance(self.keep_best, KeepBest):
            raise FieldError("keep_best", self.keep_best, "a KeepBest")
        rules = (self.keep_last, self.keep_best, self.keep_every, self.keep_younger_than)
        if self.delete_old and self.keep_min_epoch is None and not any(rules):
            raise FieldError("policy", self, "a rule that keeps checkpoints, because delete_old discards all others")


def read_age(text: str) -> int:
    """Return the number of seconds in an age such as ``"90s"``, ``"36h"`` or ``"7d"``.

    Raises:
        FieldError: If *text* is not a whole number of up to 9 digits with one of the units s, m, h, d and w.
    """
    text = _coerce.plain_text("age", text)
    number, unit = text[:-1], text[-1:]
    if unit not in _SECONDS or not (number.isascii() and number.isdigit() and len(number) <= len("999999999")):
        raise FieldError("age", text, "a whole number and one of the units s, m, h, d and w, such as '7d'")
    return int(number) * _SECONDS[unit]


def _age_text(seconds: int) -> str:
    """Return the shortest text that `read_age` reads as this number of seconds."""
    unit, length = next(pair for pair in reversed(_SECONDS.items()) if seconds % pair[1] == 0)
    return f"{seconds // length}{unit}"


# --------------------------------------------------------------------------------------------------------------------
# The rules.


def training_key(name: EpochCheckpoint) -> tuple[object, ...]:
    """Return the key that sorts names by training, as in `ckpt_scheme.latest`; no two names share a key."""
    return name.epoch, name.step, name.version or 0, name.sort_key()


@final
class Rules:
    """The rules of a policy that keep checkpoints, for one directory.

    Args:
        policy: The policy.
        names: The usable checkpoints of epochs, in the order of training. The rules count no others.
    """

    def __init__(self, policy: Policy, names: Sequence[EpochCheckpoint]) -> None:
        self._policy = policy
        self._last = frozenset(keep(names, last=policy.keep_last) if policy.keep_last else ())
        self._best: frozenset[EpochCheckpoint] = frozenset()
        if (rule := policy.keep_best) is not None:
            self._best = frozenset(keep(names, best=rule.count, metric=rule.metric, mode=rule.mode))

    def keep(self, name: EpochCheckpoint, age_ns: int) -> str | None:
        """Return the rule that keeps the checkpoint *name*, or None."""
        policy = self._policy
        if policy.keep_min_epoch is not None and name.epoch >= policy.keep_min_epoch:
            return f"epoch {name.epoch} is not before {policy.keep_min_epoch}"
        if name in self._last:
            return f"one of the last {policy.keep_last}"
        if policy.keep_every and name.epoch % policy.keep_every == 0:
            return f"epoch {name.epoch} is a multiple of {policy.keep_every}"
        if policy.keep_younger_than is not None and age_ns < policy.keep_younger_than * NANOSECONDS:
            return f"younger than {_age_text(policy.keep_younger_than)}"
        return None if policy.keep_best is None else self._keep_best(name, policy.keep_best)

    def _keep_best(self, name: EpochCheckpoint, rule: KeepBest) -> str | None:
        if name not in self._best:
            return None
        if name.metric is None or name.metric.name != rule.metric:
            return f"no name here holds {rule.metric}, so the best is not known"
        return f"one of the best {rule.count} by {rule.metric}"

    def refusal(self, name: EpochCheckpoint) -> str:
        """Return the reason why *name* is discarded."""
        if self._policy.keep_min_epoch is not None:
            return f"epoch {name.epoch} is before {self._policy.keep_min_epoch}"
        return "no rule keeps it"


# --------------------------------------------------------------------------------------------------------------------
# The guards, which no rule overrides. `docs/migration.md` shows this table to users.

ActKind: TypeAlias = Literal["rename a file", "rename a directory", "discard"]
Guard: TypeAlias = Literal["recent", "put back", "open", "unfinished", "hard link", "symlink", "link inside"]

_UNFINISHED: Final = "-unfinished"

RECENT_NS: Final = 600 * NANOSECONDS  # longer than a writer pauses, and than a network disk hides a write

_ALL: Final = frozenset[ActKind](("rename a file", "rename a directory", "discard"))
_DISCARD: Final = frozenset[ActKind](("discard",))

GUARDS: Final[Mapping[Guard, frozenset[ActKind]]] = {
    # A writer keeps its open file through a rename, but opens the next file of a directory by its path.
    "recent": frozenset(("rename a directory", "discard")),
    "put back": _DISCARD,
    "open": _ALL,
    "unfinished": _ALL,
    "hard link": _DISCARD,
    "symlink": _DISCARD,
    "link inside": _DISCARD,
}
"""The acts that each guard forbids."""

_REASONS: Final[Mapping[Guard, str]] = {
    "symlink": "the link {} leads to it",
    "link inside": "there is a link in it",
    "hard link": "it has another name (a hard link)",
    "open": "a process has it open for writing",
    "unfinished": "a name beside it shows that it is unfinished",
    "recent": "it was written to within ten minutes",
    "put back": "it was put back within ten minutes",
}
"""The reason of each guard. If several guards forbid an act, the first of them here is shown."""


def marker_of(name: str) -> str:
    """Return the name, or path, of the file that marks a checkpoint as unfinished.

    NeMo makes it, the only framework whose markers disqualify a name in ``.ckpt``.
    """
    return f"{name.removesuffix(EXTENSION)}{_UNFINISHED}"


def act_kind(kind: str, *, is_discard: bool) -> ActKind:
    """Return the kind of act that renames or discards an entry of the type *kind*."""
    if is_discard:
        return "discard"
    return "rename a directory" if kind == "directory" else "rename a file"


def guard_reason(
    kind: ActKind, facts: Mapping[Guard, bool], link: str | None = None, time: str | None = None
) -> str | None:
    """Return the reason why a guard forbids an act, or None.

    The planner checks all guards. Right before each act the executor checks those again that can change.

    Args:
        kind: The kind of the act.
        facts: Whether each of the checked guards holds.
        link: The path of a symlink that leads to the entry.
        time: The reason why the time of the last write does not count, such as ``"unknown"``.
    """
    for guard, reason in _REASONS.items():
        if facts.get(guard) and kind in GUARDS[guard]:
            if guard == "recent" and time is not None:
                return f"its time is {time}: it may have been written to within ten minutes"
            return reason.format(link)
    return None
