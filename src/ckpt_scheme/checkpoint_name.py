"""`CheckpointName`, its three classes, and `Metric`: the name of a checkpoint."""

from __future__ import annotations

import os
from types import NoneType
from typing import ClassVar, Final, NoReturn, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _coerce, _fields, _grammar, _match
from ckpt_scheme._value import TextValue, diagnosis
from ckpt_scheme.errors import FieldError, NameSyntaxError

__all__ = [
    "AnyCheckpoint",
    "BestCheckpoint",
    "CheckpointName",
    "EpochCheckpoint",
    "LastCheckpoint",
    "Metric",
    "SortKey",
]

_TWO_DIGITS: Final = _match.TWO_DIGITS

_METRIC_CONVERTERS: Final[_fields.Converters] = {"name": _fields.metric_name, "value": _fields.metric_value}


@final
@attrs.frozen(weakref_slot=False, order=False, getstate_setstate=False)
class Metric:
    """A metric in a checkpoint's name: ``<name>-<value>``, the value with four decimals.

    Args:
        name: 1 to 64 ASCII letters, digits and ``_``, a letter or digit first (CKS-010).
        value: Any object with ``__float__`` or ``__index__`` but no bool. It is rounded to four decimals, half to even,
            when the object is built, so equal metrics print the same; at most 11 integer digits, finite (CKS-023).

    Raises:
        FieldError: If no checkpoint name can hold the name or the value.

    Examples:
        >>> Metric("hmean", 0.89204)
        Metric(name='hmean', value=0.892)
        >>> str(Metric("hmean", 0.89204))
        'hmean-0.8920'
    """

    name: str
    value: float = attrs.field(converter=_fields.metric_value)

    def __attrs_post_init__(self) -> None:
        # Without a function for the name, whose call would cost as much as the match.
        if not (type(self.name) is str and _match.word(self.name) and _fields.is_metric_value(self.value)):
            _fields.convert_fields(self, _METRIC_CONVERTERS)

    def __reduce__(self) -> tuple[object, ...]:
        return Metric, (self.name, self.value)

    @classmethod
    def from_logged(cls, key: str, value: SupportsFloat | SupportsIndex) -> Metric:
        """Return the metric for a key that a trainer logged. Parts of the key may get lost.

        A ``/dataloader_idx_N`` at the end of the key becomes ``_dlN``. The name is then the last part of the key, made
        valid by `sanitize_label` (CKS-071). ``val/loss`` and ``train/loss`` give the same name.

        Args:
            key: The key, such as ``"val/hmean"``.
            value: The value, as `Metric` takes it.

        Raises:
            FieldError: If the last part of the key holds no ASCII letter or digit, or no name can hold the value.

        Examples:
            >>> Metric.from_logged("val/hmean", 0.892)
            Metric(name='hmean', value=0.892)
            >>> Metric.from_logged("val/hmean/dataloader_idx_1", 0.5).name
            'hmean_dl1'
        """
        key = _coerce.plain_text("metric key", key, requirement="CKS-071")
        path, loader, index = key.rpartition("/dataloader_idx_")
        last = (f"{path}_dl{index}" if loader and index.isascii() and index.isdigit() else key).rpartition("/")[2]
        try:
            name = _fields.sanitize_label(last, "metric")
        except FieldError:
            expected = "a key whose last part holds an ASCII letter or digit"
            raise FieldError("metric key", key, expected, key.rfind("/") + 1, "CKS-071") from None
        return cls(name, value)

    def format(self) -> str:
        """Return the text of the metric as it stands in a name (CKS-022)."""
        return f"{self.name}-{self.value:.4f}"

    __str__ = format

    def __format__(self, spec: str) -> str:
        return format(self.format(), spec)


SortKey: TypeAlias = tuple[int, int, int, str, float, int]


def _metric(value: Metric | None) -> Metric | None:
    if value is None or isinstance(value, Metric):
        return value
    raise FieldError("metric", value, "a Metric or None", None, "CKS-010")


_METRIC_TYPES: Final = (NoneType, Metric)
_NAME_CONVERTERS: Final[_fields.Converters] = {"metric": _metric, "version": _fields.version}
_EPOCH_CONVERTERS: Final[_fields.Converters] = {"epoch": _fields.epoch, "step": _fields.step, **_NAME_CONVERTERS}


class CheckpointName(TextValue):
    """The name of a checkpoint, without its directory: the common base of its three forms.

    A name is an `EpochCheckpoint`, a `BestCheckpoint` or a `LastCheckpoint`; the base has no instances of its own.
    Names of all forms are ordered: best checkpoints by metric and value, then epochs by epoch and step, then the last
    one (CKS-040).
    """

    __slots__ = ()

    _REGEX = _grammar.CHECKPOINT_NAME
    _RANK: ClassVar[int]
    """The place of the form in the order of names."""

    def __init__(self) -> None:
        """Raise `TypeError`: use `parse` or one of the three classes."""
        message = "CheckpointName has no instances of its own: call CheckpointName.parse or one of its three classes"
        raise TypeError(message)

    @property
    def epoch(self) -> int | None:
        """The epoch, or None for a form without one."""
        return None

    @property
    def step(self) -> int | None:
        """The step, or None for a form without one."""
        return None

    @property
    def metric(self) -> Metric | None:
        """The metric, or None for a name without one."""
        return None

    @property
    def version(self) -> int | None:
        """The version, or None for a name without one."""
        return None

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> AnyCheckpoint:
        """Parse *text*; the inverse of `format`.

        Args:
            text: The last component of a checkpoint's path, with its extension, nothing before or after it.

        Returns:
            The name whose `format` is *text*, to the letter: an `EpochCheckpoint`, a `BestCheckpoint` or a
            `LastCheckpoint`. Called on one of these three, only names of that class are accepted.

        Raises:
            NameSyntaxError: If *text* is not a checkpoint name (CKS-006).

        Examples:
            >>> CheckpointName.parse("epoch-22_step-001932_hmean-0.8756.ckpt")
            EpochCheckpoint(epoch=22, step=1932, metric=Metric(name='hmean', value=0.8756), version=None)
        """
        if type(text) is not str:
            text = _coerce.path_text("checkpoint name", text, NameSyntaxError, "CKS-001")
        name = _read(text)
        if name is None:
            _refuse(text)
        return name

    @classmethod
    def is_valid(cls, text: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        plain = text if type(text) is str else _coerce.path_text_or_none(text)
        return plain is not None and isinstance(_read(plain), cls)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        raise NotImplementedError

    def sort_key(self) -> SortKey:
        """Return a key that orders all checkpoint names (CKS-040).

        Examples:
            >>> names = ["last.ckpt", "epoch-100_step-000700.ckpt", "epoch-99_step-000693.ckpt"]
            >>> [str(name) for name in sorted(map(CheckpointName.parse, names), key=CheckpointName.sort_key)]
            ['epoch-99_step-000693.ckpt', 'epoch-100_step-000700.ckpt', 'last.ckpt']
        """
        metric = self.metric
        name, value = ("", 0.0) if metric is None else (metric.name, metric.value)
        return self._RANK, self.epoch or 0, self.step or 0, name, value, self.version or 0


@final
@attrs.frozen(kw_only=True, weakref_slot=False, order=False, getstate_setstate=False)
class EpochCheckpoint(CheckpointName):
    """A checkpoint of one moment: ``epoch-<epoch>_step-<step>[_<metric>][_v<version>].ckpt``.

    Args:
        epoch: The epoch, 0 to 10**18 - 1, in the trainer's own count; any object with ``__index__`` but no bool.
        step: The step, in the same range and types.
        metric: The metric of the checkpoint, or None.
        version: 1 or more if the name without a version was taken, or None.

    Raises:
        FieldError: If a value is invalid for its field.

    Examples:
        >>> str(EpochCheckpoint(epoch=22, step=1932))
        'epoch-22_step-001932.ckpt'
    """

    _RANK = 1
    _REGEX = rf"{_grammar.EPOCH_STEM}(?:_v{_grammar.VERSION})?\.ckpt"

    epoch: int = attrs.field(converter=_fields.epoch)
    step: int = attrs.field(converter=_fields.step)
    metric: Metric | None = None  # pyright: ignore[reportIncompatibleMethodOverride]  # a frozen field is read-only too
    version: int | None = attrs.field(default=None, converter=_fields.version)

    def __attrs_post_init__(self) -> None:
        if not (
            _fields.is_number(self.epoch)
            and _fields.is_number(self.step)
            and type(self.metric) in _METRIC_TYPES
            and _fields.is_version(self.version)
        ):
            _fields.convert_fields(self, _EPOCH_CONVERTERS)

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> EpochCheckpoint:
        """Parse the name of an epoch checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        epoch = _TWO_DIGITS[self.epoch] if self.epoch < 100 else self.epoch  # noqa: PLR2004 - two digits
        metric, version = self.metric, self.version
        return (
            f"epoch-{epoch}_step-{str(self.step).zfill(6)}"
            f"{'' if metric is None else f'_{metric.name}-{metric.value:.4f}'}"
            f"{'' if version is None else f'_v{version}'}.ckpt"
        )

    __str__ = format


@final
@attrs.frozen(kw_only=True, weakref_slot=False, order=False, getstate_setstate=False)
class BestCheckpoint(CheckpointName):
    """The best checkpoint so far: ``best[-<metric>][_v<version>].ckpt``.

    Args:
        metric: The metric it is best by, or None.
        version: 1 or more if the name without a version was taken, or None.

    Raises:
        FieldError: If a value is invalid for its field.

    Examples:
        >>> str(BestCheckpoint(metric=Metric("hmean", 0.892)))
        'best-hmean-0.8920.ckpt'
    """

    _RANK = 0
    _REGEX = rf"{_grammar.BEST_STEM}(?:_v{_grammar.VERSION})?\.ckpt"

    metric: Metric | None = None  # pyright: ignore[reportIncompatibleMethodOverride]  # a frozen field is read-only too
    version: int | None = attrs.field(default=None, converter=_fields.version)

    def __attrs_post_init__(self) -> None:
        if not (type(self.metric) in _METRIC_TYPES and _fields.is_version(self.version)):
            _fields.convert_fields(self, _NAME_CONVERTERS)

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> BestCheckpoint:
        """Parse the name of a best checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        metric, version = self.metric, self.version
        return (
            f"best{'' if metric is None else f'-{metric.name}-{metric.value:.4f}'}"
            f"{'' if version is None else f'_v{version}'}.ckpt"
        )

    __str__ = format


@final
@attrs.frozen(kw_only=True, weakref_slot=False, order=False, getstate_setstate=False)
class LastCheckpoint(CheckpointName):
    """The most recent checkpoint: ``last.ckpt``, which is never numbered (CKS-025).

    Examples:
        >>> str(LastCheckpoint())
        'last.ckpt'
    """

    _RANK = 2
    _REGEX = r"last\.ckpt"

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> LastCheckpoint:
        """Parse the name of the last checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        return _grammar.LAST_NAME

    __str__ = format


AnyCheckpoint: TypeAlias = EpochCheckpoint | BestCheckpoint | LastCheckpoint
"""Any of the three forms: a ``match`` over it is exhaustive for type checkers."""

_CheckpointT = TypeVar("_CheckpointT", EpochCheckpoint, BestCheckpoint, LastCheckpoint)


def _parse_as(cls: type[_CheckpointT], text: str | os.PathLike[str]) -> _CheckpointT:
    plain = _coerce.path_text("checkpoint name", text, NameSyntaxError, "CKS-001")
    name = _read(plain)
    if isinstance(name, cls):
        return name
    if name is None:
        _refuse(plain)
    expected = f"a text of {cls.__name__}, not of {type(name).__name__}"
    raise NameSyntaxError("checkpoint name", plain, expected, 0, "CKS-002")


def _refuse(text: str) -> NoReturn:
    raise diagnosis().checkpoint_name(text)


_LAST: Final = LastCheckpoint()
_MetricDraft: Final = _match.draft_of(Metric)
_EpochDraft: Final = _match.draft_of(EpochCheckpoint)
_BestDraft: Final = _match.draft_of(BestCheckpoint)


def _read(text: str) -> AnyCheckpoint | None:
    """Return the name with this *text*, or None. Scans call it, for most of their texts are no names."""
    match = _match.checkpoint_name(text)
    if match is None:
        return None
    epoch, step, metric, value, version = match.groups()
    if epoch is not None:
        draft = _EpochDraft()
        draft.epoch = int(epoch)
        draft.step = int(step)
    elif str.startswith(text, "best"):
        draft = _BestDraft()
    else:
        return _LAST
    if value is None:
        draft.metric = None
    else:
        measured = draft.metric = _MetricDraft()
        measured.name = metric
        measured.value = float(value)
        measured.__class__ = Metric
    draft.version = None if version is None else int(version)
    draft.__class__ = BestCheckpoint if epoch is None else EpochCheckpoint
    name: AnyCheckpoint = draft
    return name
