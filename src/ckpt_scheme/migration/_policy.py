"""`Policy`: what a migration may give up, and which checkpoints stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias, cast, final, get_args

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.errors import FieldError

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


def _names(values: object) -> tuple[str, ...]:
    refusal = FieldError("drop", values, "a tuple of the names of fields")
    if not isinstance(values, (tuple, list, set, frozenset)):
        raise refusal
    names = list(cast("Iterable[object]", values))
    texts = [name for name in names if isinstance(name, str) and name]
    if len(texts) != len(names):
        raise refusal
    return tuple(sorted(set(texts)))


@final
@attrs.frozen
class KeepBest:
    """A rule that keeps the checkpoints with the best values of a metric.

    Args:
        metric: The metric's name, as canonical names hold it.
        count: How many, 1 or more; of equal values all stay.
        mode: Which value is best, ``"max"`` or ``"min"``.

    Raises:
        FieldError: If an argument is none of these.
    """

    metric: str = attrs.field()
    count: int = attrs.field(default=1)
    mode: Mode = attrs.field(default="max")

    def __attrs_post_init__(self) -> None:
        if not self.metric or str(self.metric) != self.metric:
            raise FieldError("keep_best metric", self.metric, "the name of a metric")
        if type(self.count) is not int or self.count < 1:
            raise FieldError("keep_best count", self.count, "a whole number, 1 or more")
        if self.mode not in get_args(Mode):
            raise FieldError("keep_best mode", self.mode, "'max' or 'min'")


@final
@attrs.frozen(kw_only=True)
class Policy:
    """What may be done to the checkpoints of each run.

    With *delete_old*, every checkpoint of an epoch is discarded that none of the ``keep`` rules keeps; a rule that is
    None or 0 keeps nothing. Whatever they say, best and last checkpoints stay, and so does all that is precious:
    what a link leads to, what has another name, what was written to within ten minutes or is open for writing, what was
    not understood, and the last checkpoint of a run.

    Args:
        rename: Whether old names become canonical.
        delete_old: Whether anything is discarded.
        keep_min_epoch: Keeps this epoch and all after it.
        keep_last: Keeps so many checkpoints of each run, those furthest in training.
        keep_best: Keeps the best by a metric; in a run where no name holds it, all stay.
        keep_every: Keeps the epochs that this number divides.
        keep_younger_than: Keeps what was written to within so many seconds.
        drop: Fields of old names that may be given up where a new name has no place for them, such as ``"timestamp"``.

    Raises:
        FieldError: If an argument is none of these, or nothing would be kept by any rule.
    """

    rename: bool = attrs.field(default=True, validator=_flag)
    delete_old: bool = attrs.field(default=False, validator=_flag)
    keep_min_epoch: int | None = attrs.field(default=10, validator=_count_or_none)
    keep_last: int = attrs.field(default=0, validator=_count)
    keep_best: KeepBest | None = attrs.field(default=None)
    keep_every: int | None = attrs.field(default=None, validator=_count_or_none)
    keep_younger_than: int | None = attrs.field(default=None, validator=_count_or_none)
    drop: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def __attrs_post_init__(self) -> None:
        if self.keep_best is not None and not isinstance(self.keep_best, KeepBest):
            raise FieldError("keep_best", self.keep_best, "a KeepBest")
        rules = (self.keep_last, self.keep_best, self.keep_every, self.keep_younger_than)
        if self.delete_old and self.keep_min_epoch is None and not any(rules):
            raise FieldError("policy", self, "a rule that keeps something, for delete_old discards all else")


def read_age(text: str) -> int:
    """Return the seconds that an age such as ``"90s"``, ``"36h"`` or ``"7d"`` is.

    Raises:
        FieldError: If *text* is not a whole number of up to 9 digits with one of the units s, m, h, d and w.
    """
    text = _coerce.plain_text("age", text)
    number, unit = text[:-1], text[-1:]
    if unit not in _SECONDS or not (number.isascii() and number.isdigit() and len(number) <= len("999999999")):
        raise FieldError("age", text, "a whole number and one of the units s, m, h, d and w, such as '7d'")
    return int(number) * _SECONDS[unit]
