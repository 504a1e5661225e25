"""`CheckpointName`, its three classes, and `Metric`: the name of a checkpoint."""

from __future__ import annotations

from typing import Any, Final, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _fields, _grammar
from ckpt_scheme.errors import FieldError, NameSyntaxError

_TWO_DIGITS: Final = _grammar.TWO_DIGITS


@final
@attrs.frozen(weakref_slot=False)
class Metric:
    """A metric in a checkpoint's name: ``<name>-<value>``, the value with four decimals.

    Args:
        name: 1 to 64 ASCII letters, digits and ``_``, a letter or digit first (CKS-010).
        value: Any object with ``__float__`` or ``__index__`` but no bool. It is rounded to four decimals, half to even,
            when the object is built, so equal metrics print the same; at most 11 integer digits, finite (CKS-023).

    Raises:
        FieldError: If the name or the value cannot be in a name.

    Examples:
        >>> Metric("hmean", 0.89204)
        Metric(name='hmean', value=0.892)
        >>> str(Metric("hmean", 0.89204))
        'hmean-0.8920'
    """

    name: str = attrs.field(converter=_fields.metric_name)
    value: float = attrs.field(converter=_fields.metric_value)

    @classmethod
    def from_logged(cls, key: str, value: SupportsFloat | SupportsIndex) -> Metric:
        """Return the metric for a key that a trainer logged: the explicit, lossy way in.

        The name is the last part of a key with ``/``, after a ``/dataloader_idx_N`` at its end has become ``_dlN``,
        made valid by `sanitize_label` (CKS-071). ``val/loss`` and ``train/loss`` become one name.

        Args:
            key: The key, such as ``"val/hmean"``.
            value: The value, as `Metric` takes it.

        Raises:
            FieldError: If nothing of the key can be kept or the value cannot be in a name.

        Examples:
            >>> Metric.from_logged("val/hmean", 0.892)
            Metric(name='hmean', value=0.892)
            >>> Metric.from_logged("val/hmean/dataloader_idx_1", 0.5).name
            'hmean_dl1'
        """
        key = _fields.plain_text("metric key", key, requirement="CKS-071")
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


SortKey: TypeAlias = tuple[int, int, int, str, float, int]


def _is_metric(_instance: object, _attribute: attrs.Attribute[Metric | None], value: object) -> None:
    if value is not None and not isinstance(value, Metric):
        raise FieldError("metric", value, "a Metric or None", None, "CKS-010")


class CheckpointName:
    """The name of a checkpoint, without its directory: the common base of its three forms.

    A name is an `EpochCheckpoint`, a `BestCheckpoint` or a `LastCheckpoint`; the base has no instances of its own.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Refuse: use `parse` or one of the three classes."""
        message = "CheckpointName has no instances of its own: call CheckpointName.parse or one of its three classes"
        raise TypeError(message)

    @classmethod
    def parse(cls, text: str) -> AnyCheckpoint:
        """Parse *text*; the inverse of `format`.

        Args:
            text: The last component of a checkpoint's path, with its extension, nothing before or after it.

        Returns:
            The name whose `format` is *text*, to the letter: an `EpochCheckpoint`, a `BestCheckpoint` or a
            `LastCheckpoint`. Called on one of these three, only names of that class are accepted.

        Raises:
            NameSyntaxError: If *text* is not a checkpoint name (CKS-001, CKS-002).

        Examples:
            >>> CheckpointName.parse("epoch-22_step-001932_hmean-0.8756.ckpt")
            EpochCheckpoint(epoch=22, step=1932, metric=Metric(name='hmean', value=0.8756), version=None)
        """
        name = read(text)
        if name is None:
            from ckpt_scheme import _diagnose  # noqa: PLC0415 - its patterns cost import time and only errors need them

            raise _diagnose.checkpoint_name(text)
        return name

    @classmethod
    def is_valid(cls, text: str) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        return isinstance(read(text), cls)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004)."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Return the text of the name, as `format` does."""
        return self.format()

    def sort_key(self) -> SortKey:
        """Return a key that orders all checkpoint names (CKS-040).

        Best checkpoints come first, by metric and value; then epochs, by epoch and step; then the last one.

        Examples:
            >>> names = ["last.ckpt", "epoch-100_step-000700.ckpt", "epoch-99_step-000693.ckpt"]
            >>> [str(name) for name in sorted(map(CheckpointName.parse, names), key=CheckpointName.sort_key)]
            ['epoch-99_step-000693.ckpt', 'epoch-100_step-000700.ckpt', 'last.ckpt']
        """
        if isinstance(self, EpochCheckpoint):
            return 1, self.epoch, self.step, *_metric_key(self.metric), self.version or 0
        if isinstance(self, BestCheckpoint):
            return 0, 0, 0, *_metric_key(self.metric), self.version or 0
        return 2, 0, 0, *_metric_key(None), 0


def _metric_key(metric: Metric | None) -> tuple[str, float]:
    return ("", 0.0) if metric is None else (metric.name, metric.value)


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class EpochCheckpoint(CheckpointName):
    """A checkpoint of one moment: ``epoch-<epoch>_step-<step>[_<metric>][_v<version>].ckpt``.

    Args:
        epoch: The epoch, 0 to 10**18 - 1, in the trainer's own count; any object with ``__index__`` but no bool.
        step: The step, in the same range and types.
        metric: What the checkpoint scored, or None.
        version: 1 or more where the name without it was taken, or None.

    Raises:
        FieldError: If a value cannot be that field.

    Examples:
        >>> str(EpochCheckpoint(epoch=22, step=1932))
        'epoch-22_step-001932.ckpt'
    """

    epoch: int = attrs.field(converter=_fields.epoch)
    step: int = attrs.field(converter=_fields.step)
    metric: Metric | None = attrs.field(default=None, validator=_is_metric)
    version: int | None = attrs.field(default=None, converter=_fields.version)

    @classmethod
    def parse(cls, text: str) -> EpochCheckpoint:
        """Parse the name of an epoch checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004)."""
        epoch = _TWO_DIGITS[self.epoch] if self.epoch < 100 else self.epoch  # noqa: PLR2004 - two digits
        metric, version = self.metric, self.version
        return (
            f"epoch-{epoch}_step-{str(self.step).zfill(6)}"
            f"{'' if metric is None else f'_{metric.name}-{metric.value:.4f}'}"
            f"{'' if version is None else f'_v{version}'}.ckpt"
        )

    __str__ = format


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class BestCheckpoint(CheckpointName):
    """The best checkpoint so far: ``best[-<metric>][_v<version>].ckpt``.

    Args:
        metric: The metric it is best by, or None.
        version: 1 or more where the name without it was taken, or None.

    Raises:
        FieldError: If a value cannot be that field.

    Examples:
        >>> str(BestCheckpoint(metric=Metric("hmean", 0.892)))
        'best-hmean-0.8920.ckpt'
    """

    metric: Metric | None = attrs.field(default=None, validator=_is_metric)
    version: int | None = attrs.field(default=None, converter=_fields.version)

    @classmethod
    def parse(cls, text: str) -> BestCheckpoint:
        """Parse the name of a best checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004)."""
        metric, version = self.metric, self.version
        return (
            f"best{'' if metric is None else f'-{metric.name}-{metric.value:.4f}'}"
            f"{'' if version is None else f'_v{version}'}.ckpt"
        )

    __str__ = format


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class LastCheckpoint(CheckpointName):
    """The most recent checkpoint: ``last.ckpt``, which is never numbered (CKS-025).

    Examples:
        >>> str(LastCheckpoint())
        'last.ckpt'
    """

    @classmethod
    def parse(cls, text: str) -> LastCheckpoint:
        """Parse the name of the last checkpoint; as `CheckpointName.parse` otherwise."""
        return _parse_as(cls, text)

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004)."""
        return _grammar.LAST_NAME

    __str__ = format


AnyCheckpoint: TypeAlias = EpochCheckpoint | BestCheckpoint | LastCheckpoint
_CheckpointT = TypeVar("_CheckpointT", EpochCheckpoint, BestCheckpoint, LastCheckpoint)


def _parse_as(cls: type[_CheckpointT], text: str) -> _CheckpointT:
    name = read(text)
    if isinstance(name, cls):
        return name
    if name is None:
        from ckpt_scheme import _diagnose  # noqa: PLC0415 - its patterns cost import time and only errors need them

        raise _diagnose.checkpoint_name(text)
    expected = f"the name of a {cls.__name__}, not of a {type(name).__name__}"
    raise NameSyntaxError("checkpoint name", text, expected, 0, "CKS-002")


# The fast door. attrs' own constructor would check again what the match has proved, at twice the cost. A draft has the
# same slots and no lock; filled, it becomes the frozen class, as CPython allows for equal layouts.


class _MetricDraft:
    __slots__ = ("name", "value")


class _EpochDraft(CheckpointName):
    __slots__ = ("epoch", "metric", "step", "version")


class _BestDraft(CheckpointName):
    __slots__ = ("metric", "version")


_new: Final = object.__new__  # past the constructor of the base, which refuses
_LAST: Final = LastCheckpoint()


def read(text: str) -> AnyCheckpoint | None:
    """Return the name that *text* spells, or None: `CheckpointName.parse` for scans, which mostly refuse."""
    try:
        match = _grammar.match_checkpoint_name(text)
    except TypeError:  # not a str
        return None
    if match is None:
        return None
    epoch, step, metric, value, version = match.groups()
    draft: Any
    if epoch is not None:
        draft = _new(_EpochDraft)
        draft.epoch = int(epoch)
        draft.step = int(step)
        draft.metric = None if value is None else _read_metric(metric, value)
        draft.version = None if version is None else int(version)
        draft.__class__ = EpochCheckpoint
    elif str.startswith(text, "best"):
        draft = _new(_BestDraft)
        draft.metric = None if value is None else _read_metric(metric, value)
        draft.version = None if version is None else int(version)
        draft.__class__ = BestCheckpoint
    else:
        draft = _LAST
    name: AnyCheckpoint = draft
    return name


def _read_metric(name: str, value: str) -> Metric:
    draft: Any = _MetricDraft()
    draft.name = name
    draft.value = float(value)
    draft.__class__ = Metric
    metric: Metric = draft
    return metric
