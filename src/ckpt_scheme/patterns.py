"""Names with holes: what is known of a name is given, the rest is left open, and globs and regexes follow."""

from __future__ import annotations

import enum
import functools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _fields, _globs, _grammar
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName
from ckpt_scheme.errors import FieldError
from ckpt_scheme.run_id import RunId

__all__ = ["ANY", "CheckpointPattern", "PathPattern", "RunPattern"]

DEFAULT_WIDTH: Final = 8

Kind: TypeAlias = Literal["epoch", "best", "last"]
_KINDS: Final[tuple[Kind, ...]] = ("epoch", "best", "last")


class _Any(enum.Enum):
    ANY = "ANY"

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any.ANY
"""An open field: any value and, where the grammar lets the field be absent, none."""

_T = TypeVar("_T")
_TextT = TypeVar("_TextT", bound="str | os.PathLike[str]")
Open: TypeAlias = _T | Literal[_Any.ANY]


class _Pattern:
    """The projections that all patterns have."""

    __slots__ = ()

    def _alternatives(self) -> Sequence[_globs.Row]:
        raise NotImplementedError

    def glob(self) -> str:
        r"""Return one glob that matches every conforming name which agrees with the pattern, and others (CKS-050).

        It is portable: letters, digits, ``_``, ``-`` and ``.`` as themselves, ``*``, ``?`` and ``[0-9]``; in a root
        also other text, with ``[*]``, ``[?]`` and ``[[]`` for those three characters (CKS-051, CKS-052). Filter what it
        finds with `filter`, always before a deletion.

        Raises:
            FieldError: If the root holds a character that no spelling makes portable: one of ``\ { } ( )`` or a
                control character (CKS-052).
        """
        return _globs.glob(self._alternatives())

    def globs(self, width: int = DEFAULT_WIDTH) -> tuple[str, ...]:
        """Return a set of fixed-width globs that together are exact up to *width* (CKS-053).

        They match the conforming names which agree with the pattern and in which no open field, the timestamp aside,
        is longer than *width* characters; and nothing else. They use sets of digits, letters, ``_`` and ``-`` besides
        what `glob` uses, and no ``*``.

        Args:
            width: The longest that an open field may be, in characters, 1 or more.

        Raises:
            FieldError: If more than 100,000 globs would be needed, which several open labels soon do; or as in `glob`.
        """
        return _globs.globs(self._alternatives(), width)

    def regex(self) -> str:
        r"""Return a regular expression for exactly the conforming names which agree with the pattern (CKS-054).

        It has no anchors, groups to capture, look-around or classes such as ``\d``: use it with a full match, in any
        engine.
        """
        return _globs.regex(self._alternatives())

    def matches(self, text: str | os.PathLike[str]) -> bool:
        """Return whether *text*, or the text of a path object, is a conforming name that agrees; never raises."""
        try:
            text = _fields.path_text("name", text, FieldError)
        except FieldError:
            return False
        return _compiled(self).fullmatch(text) is not None

    def filter(self, texts: Iterable[_TextT]) -> Iterator[_TextT]:
        """Yield those of *texts* that `matches` accepts, in their order.

        Raises:
            FieldError: If *texts* is one text and not an iterable of them.
        """
        return (text for text in _fields.several(texts, "CKS-055") if self.matches(text))


@functools.lru_cache(maxsize=64)
def _compiled(pattern: _Pattern) -> re.Pattern[str]:
    return re.compile(pattern.regex())


# --------------------------------------------------------------------------------------------------------------------
# Converters: those of the names, for fields that may be left open.


def _open_tag(value: Open[str]) -> Open[str]:
    return ANY if value is ANY else _fields.tag(value)


def _open_architecture(value: Open[str]) -> Open[str]:
    return ANY if value is ANY else _fields.architecture(value)


def _open_encoder(value: Open[str | None]) -> Open[str | None]:
    return ANY if value is ANY else _fields.encoder(value)


def _open_phase(value: Open[str]) -> Open[str]:
    return ANY if value is ANY else _fields.phase(value)


def _open_timestamp(value: Open[datetime]) -> Open[datetime]:
    return ANY if value is ANY else _fields.timestamp(value)


def _open_kind(value: Open[Kind]) -> Open[Kind]:
    if value is ANY:
        return ANY
    for kind in _KINDS:
        # What the equality of a foreign value answers may be anything, an array for one.
        if str.__eq__(kind, value) is True:
            return kind
    raise FieldError("kind", value, "'epoch', 'best' or 'last'", None, "CKS-055")


def _open_epoch(value: Open[SupportsIndex]) -> Open[int]:
    return ANY if value is ANY else _fields.epoch(value)


def _open_step(value: Open[SupportsIndex]) -> Open[int]:
    return ANY if value is ANY else _fields.step(value)


def _open_metric(value: Open[str | None]) -> Open[str | None]:
    return value if value is ANY or value is None else _fields.metric_name(value)


def _open_value(value: Open[SupportsFloat | SupportsIndex]) -> Open[float]:
    return ANY if value is ANY else _fields.metric_value(value)


def _open_version(value: Open[SupportsIndex | None]) -> Open[int | None]:
    return ANY if value is ANY else _fields.version(value)


# --------------------------------------------------------------------------------------------------------------------
# The patterns.


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class RunPattern(_Pattern):
    """A run id with holes: the fields that are not given are open.

    Args:
        tag: As in `RunId`, or `ANY`.
        architecture: As in `RunId`, or `ANY`.
        encoder: As in `RunId`, where None means a model without one, or `ANY`.
        phase: As in `RunId`, or `ANY`.
        timestamp: As in `RunId`, or `ANY`.

    Raises:
        FieldError: If a value cannot be that field.

    Examples:
        >>> RunPattern(encoder="resnet18", phase="training").glob()
        '*-*-resnet18_training_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]'
    """

    tag: Open[str] = attrs.field(default=ANY, converter=_open_tag)
    architecture: Open[str] = attrs.field(default=ANY, converter=_open_architecture)
    encoder: Open[str | None] = attrs.field(default=ANY, converter=_open_encoder)
    phase: Open[str] = attrs.field(default=ANY, converter=_open_phase)
    timestamp: Open[datetime] = attrs.field(default=ANY, converter=_open_timestamp)

    def _alternatives(self) -> list[_globs.Row]:
        encoder: _globs.Row = ()
        if self.encoder is ANY:
            encoder = (("-", _globs.ENCODER),)
        elif self.encoder is not None:
            encoder = ("-", self.encoder)
        stamp: _globs.Part = _globs.TIMESTAMP
        if self.timestamp is not ANY:
            stamp = RunId(tag="t", architecture="a", phase="p", timestamp=self.timestamp).format()[
                -_globs.TIMESTAMP.longest :
            ]
        tag = _globs.WORD if self.tag is ANY else self.tag
        architecture = _globs.WORD if self.architecture is ANY else self.architecture
        phase = _globs.PHASE if self.phase is ANY else self.phase
        return [(tag, "-", architecture, *encoder, "_", phase, "_", stamp)]


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class CheckpointPattern(_Pattern):
    """A checkpoint name with holes: the fields that are not given are open.

    A name that cannot have a field agrees with a pattern only if that field is open or None: ``last.ckpt`` agrees with
    ``metric=None`` and with no metric's name.

    Args:
        kind: ``"epoch"``, ``"best"``, ``"last"`` or `ANY`.
        epoch: As in `EpochCheckpoint`, or `ANY`.
        step: As in `EpochCheckpoint`, or `ANY`.
        metric: The name of a metric, None for names without one, or `ANY`.
        value: The value of the metric, rounded as in `Metric`, or `ANY`.
        version: As in `EpochCheckpoint`, where None means names without one, or `ANY`.

    Raises:
        FieldError: If a value cannot be that field, or no name can agree with all fields together.

    Examples:
        >>> CheckpointPattern(kind="best", metric="hmean").glob()
        'best-hmean-*[0-9].[0-9][0-9][0-9][0-9]*.ckpt'
        >>> pattern = CheckpointPattern(kind="epoch", metric=None, version=None)
        >>> pattern.glob()
        'epoch-[0-9][0-9]*_step-[0-9][0-9][0-9][0-9][0-9][0-9]*.ckpt'
        >>> pattern.matches("epoch-22_step-001932.ckpt"), pattern.matches("epoch-22_step-001932_v2.ckpt")
        (True, False)
    """

    kind: Open[Kind] = attrs.field(default=ANY, converter=_open_kind)
    epoch: Open[int] = attrs.field(default=ANY, converter=_open_epoch)
    step: Open[int] = attrs.field(default=ANY, converter=_open_step)
    metric: Open[str | None] = attrs.field(default=ANY, converter=_open_metric)
    value: Open[float] = attrs.field(default=ANY, converter=_open_value)
    version: Open[int | None] = attrs.field(default=ANY, converter=_open_version)

    def __attrs_post_init__(self) -> None:
        if not self._alternatives():
            expected = "fields that one name can have together"
            raise FieldError("checkpoint pattern", repr(self), expected, None, "CKS-055")

    def _alternatives(self) -> list[_globs.Row]:
        numbered = self.epoch is not ANY or self.step is not ANY
        measured = self.metric not in (ANY, None) or self.value is not ANY
        versioned = self.version not in (ANY, None)
        if self.metric is None and self.value is not ANY:
            return []
        epoch = _globs.EPOCH if self.epoch is ANY else f"{self.epoch:02d}"
        step = _globs.STEP if self.step is ANY else f"{self.step:06d}"
        rows: list[_globs.Row] = []
        if self.kind in (ANY, "epoch"):
            rows.append(("epoch-", epoch, "_step-", step, *self._metric("_"), *self._version(), ".ckpt"))
        if self.kind in (ANY, "best") and not numbered:
            rows.append(("best", *self._metric("-"), *self._version(), ".ckpt"))
        if self.kind in (ANY, "last") and not (numbered or measured or versioned):
            rows.append((_grammar.LAST_NAME,))
        return rows

    def _metric(self, joiner: str) -> _globs.Row:
        if self.metric is None:
            return ()
        name = _globs.WORD if self.metric is ANY else self.metric
        value = _globs.VALUE if self.value is ANY else f"{self.value:.4f}"
        parts: _globs.Row = (joiner, name, "-", value)
        return (parts,) if name is _globs.WORD and value is _globs.VALUE else parts

    def _version(self) -> _globs.Row:
        if self.version is ANY:
            return (("_v", _globs.VERSION),)
        return () if self.version is None else (f"_v{self.version}",)


def _is_run(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, (RunPattern, RunId)):
        raise FieldError("run", value, "a RunPattern or a RunId", None, "CKS-055")


def _is_checkpoint(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, (CheckpointPattern, CheckpointName)):
        raise FieldError("checkpoint", value, "a CheckpointPattern or a checkpoint name", None, "CKS-055")


@final
@attrs.frozen(weakref_slot=False)
class PathPattern(_Pattern):
    """A checkpoint path with holes, below one root.

    Args:
        root: The root, kept as it is, or None for paths without one; without a ``/`` at its end, which tools that glob
            drop from what they find. It cannot be open: no glob says "any depth" alike in all tools.
        run: A `RunPattern`, or a `RunId` for one run.
        checkpoint: A `CheckpointPattern`, or a checkpoint name for that name in any of the runs.

    Raises:
        FieldError: If a value is of another type or the root cannot be one.

    Examples:
        >>> PathPattern("outputs", RunPattern(tag="ocr"), CheckpointPattern(kind="last")).glob()
        'outputs/ocr-*_*_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]/checkpoints/last.ckpt'
    """

    root: str | None = attrs.field(default=None, converter=_fields.root)
    run: RunPattern | RunId = attrs.field(factory=RunPattern, validator=_is_run)
    checkpoint: CheckpointPattern | AnyCheckpoint = attrs.field(factory=CheckpointPattern, validator=_is_checkpoint)

    def glob(self) -> str:
        """Return one glob, made of one for each component of the path; otherwise as for a name (CKS-050)."""
        start = "" if self.root is None else f"{_globs.escaped(self.root)}/"
        run = self.run.format() if isinstance(self.run, RunId) else self.run.glob()
        checkpoint = (
            self.checkpoint.glob() if isinstance(self.checkpoint, CheckpointPattern) else self.checkpoint.format()
        )
        return f"{start}{run}/{_grammar.CHECKPOINTS}/{checkpoint}"

    def _alternatives(self) -> list[_globs.Row]:
        start: _globs.Row = () if self.root is None else (self.root, "/")
        runs: list[_globs.Row] = [(self.run.format(),)] if isinstance(self.run, RunId) else self.run._alternatives()
        names: list[_globs.Row] = (
            self.checkpoint._alternatives()
            if isinstance(self.checkpoint, CheckpointPattern)
            else [(self.checkpoint.format(),)]
        )
        return [(*start, *run, f"/{_grammar.CHECKPOINTS}/", *name) for run in runs for name in names]
