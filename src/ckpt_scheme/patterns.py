"""Patterns: the caller gives the known fields of a name, and gets globs and regular expressions for such names.

`RunPattern`, `CheckpointPattern`, `RunArchivePattern` and `PathPattern` have the fields of the names that they match.
Each field is a value or `ANY`. `_globs` makes the globs and the expressions.
"""

from __future__ import annotations

import enum
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _coerce, _fields, _globs, _grammar
from ckpt_scheme._globs import Alternatives, Field, OpenField, Parts
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.errors import FieldError
from ckpt_scheme.run_id import Compression, RunId, _as_compression

__all__ = ["ANY", "CheckpointPattern", "Kind", "Open", "PathPattern", "RunArchivePattern", "RunPattern"]

_WIDTH: Final = 8
_MAX_GLOBS: Final = 1000

Kind: TypeAlias = Literal["epoch", "best", "last"]
"""The form of a checkpoint name."""

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
"""A field of a pattern: a value, or `ANY`."""


class _Pattern:
    """The methods of all patterns."""

    __slots__ = ()

    def _parts(self) -> Parts:
        raise NotImplementedError

    def glob(self) -> str:
        r"""Return one glob that matches every conforming name which agrees with the pattern, and others (CKS-050).

        It holds letters, digits, ``_``, ``-``, ``.``, ``*``, ``?`` and ``[0-9]``, which mean the same in all tools. A
        root may hold other text, with ``[*]``, ``[?]`` and ``[[]`` for those three characters (CKS-051, CKS-052). Pass
        the names that it finds to `filter`, always before a deletion.

        Raises:
            FieldError: If the root is open, or holds a character that no spelling makes portable: one of ``\ { } ( )``
                or a control character (CKS-059).
        """
        return _globs.glob(self._parts())

    def globs(self, width: int = _WIDTH, *, limit: int = _MAX_GLOBS) -> tuple[str, ...]:
        """Return a set of fixed-width globs that together are exact up to *width* (CKS-053).

        They match the conforming names which agree with the pattern and in which no open field, the timestamp aside,
        is longer than *width* characters; and nothing else. They use sets of digits, letters, ``_`` and ``-`` besides
        the characters of `glob`, and no ``*``.

        Args:
            width: Greatest length of an open field, in characters, 1 or more.
            limit: Greatest number of globs, 1 or more.

        Raises:
            TooManyGlobsError: If more than *limit* globs would be needed (CKS-116); `regex` is exact without a limit.
            FieldError: If *width* or *limit* is no integer from 1 on; or as in `glob`.
        """
        return _globs.globs(self._parts(), width, limit, type(self).__name__)

    def regex(self, *, groups: bool = False) -> str:
        r"""Return a regular expression for exactly the conforming names which agree with the pattern (CKS-054).

        It has no anchors, look-around or classes such as ``\d``: use it with a full match, in any engine.

        Args:
            groups: Whether each field has a named group, ``(?P<epoch>...)``. The groups are called ``root``, ``tag``,
                ``architecture``, ``encoder``, ``phase``, ``timestamp``, ``compression``, ``epoch``, ``step``,
                ``metric``, ``value`` and ``version``; in the name of a best checkpoint ``best_metric``,
                ``best_value`` and ``best_version`` (CKS-122). The same names match with and without groups (CKS-119).
        """
        return _globs.regex(self._parts(), groups=groups)

    def matches(self, text: str | os.PathLike[str]) -> bool:
        """Return whether *text*, or the text of a path object, is a conforming name that agrees; never raises."""
        plain = text if type(text) is str else _coerce.path_text_or_none(text)
        return plain is not None and _matcher(self)(plain) is not None

    def filter(self, texts: Iterable[_TextT]) -> Iterator[_TextT]:
        """Yield those of *texts* that `matches` accepts, in their order.

        Raises:
            FieldError: If *texts* is a single text and no iterable of texts.
        """
        match, found = _matcher(self), _coerce.many("names", texts, "CKS-055")
        return (text for text in found if match(text if type(text) is str else _plain(text)) is not None)  # type: ignore[arg-type]  # a str


def _plain(text: object) -> str:
    return _coerce.path_text_or_none(text) or ""  # no pattern matches the empty text


@functools.lru_cache(maxsize=64)
def _matcher(pattern: _Pattern) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern.regex()).fullmatch


# --------------------------------------------------------------------------------------------------------------------
# Converters: those of the names, which here let `ANY` through.


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
        # The equality of a foreign value may return any object, such as an array.
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


def _open_root(value: Open[str | os.PathLike[str] | None]) -> Open[str | None]:
    return ANY if value is ANY else _fields.root(value)


def _open_compression(value: Open[Compression | None]) -> Open[Compression | None]:
    return ANY if value is ANY else _as_compression(value)


# --------------------------------------------------------------------------------------------------------------------
# The patterns.


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class RunPattern(_Pattern):
    """A run id with open fields.

    Args:
        tag: As in `RunId`, or `ANY`.
        architecture: As in `RunId`, or `ANY`.
        encoder: As in `RunId`, where None means a model without one, or `ANY`.
        phase: As in `RunId`, or `ANY`.
        timestamp: As in `RunId`, or `ANY`.

    Raises:
        FieldError: If a value is invalid for its field.

    Examples:
        >>> RunPattern(encoder="resnet18", phase="training").glob()
        '*-*-resnet18_training_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]'
    """

    tag: Open[str] = attrs.field(default=ANY, converter=_open_tag)
    architecture: Open[str] = attrs.field(default=ANY, converter=_open_architecture)
    encoder: Open[str | None] = attrs.field(default=ANY, converter=_open_encoder)
    phase: Open[str] = attrs.field(default=ANY, converter=_open_phase)
    timestamp: Open[datetime] = attrs.field(default=ANY, converter=_open_timestamp)

    def _parts(self) -> Parts:
        encoder: Parts = ()
        if self.encoder is ANY:
            encoder = (("-", Field("encoder", _globs.ENCODER)),)
        elif self.encoder is not None:
            encoder = ("-", Field("encoder", self.encoder))
        stamp: str | OpenField = _globs.TIMESTAMP
        if self.timestamp is not ANY:
            run = RunId(tag="t", architecture="a", phase="p", timestamp=self.timestamp)
            stamp = run.format()[-_globs.TIMESTAMP.longest :]
        return (
            Field("tag", _globs.WORD if self.tag is ANY else self.tag),
            "-",
            Field("architecture", _globs.WORD if self.architecture is ANY else self.architecture),
            *encoder,
            "_",
            Field("phase", _globs.PHASE if self.phase is ANY else self.phase),
            "_",
            Field("timestamp", stamp),
        )


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class CheckpointPattern(_Pattern):
    """A checkpoint name with open fields.

    A name that cannot have a field agrees with a pattern only if that field is open or None: ``last.ckpt`` agrees with
    ``metric=None`` and with no name of a metric.

    Args:
        kind: ``"epoch"``, ``"best"``, ``"last"`` or `ANY`.
        epoch: As in `EpochCheckpoint`, or `ANY`.
        step: As in `EpochCheckpoint`, or `ANY`.
        metric: The name of a metric, None for names without one, or `ANY`.
        value: The value of the metric, rounded as in `Metric`, or `ANY`.
        version: As in `EpochCheckpoint`, where None means names without one, or `ANY`.

    Raises:
        FieldError: If a value is invalid for its field, or no name can agree with all fields together.

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
        if not self._forms():
            expected = "fields that one name can have together"
            raise FieldError("checkpoint pattern", repr(self), expected, None, "CKS-121")

    def _parts(self) -> Parts:
        return (Alternatives(tuple(self._forms())),)

    def _forms(self) -> list[Parts]:
        """Return the parts of each form that an agreeing name can have."""
        numbered = self.epoch is not ANY or self.step is not ANY
        measured = self.metric not in (ANY, None) or self.value is not ANY
        versioned = self.version not in (ANY, None)
        if self.metric is None and self.value is not ANY:
            return []
        forms: list[Parts] = []
        if self.kind in (ANY, "epoch"):
            epoch = Field("epoch", _globs.EPOCH if self.epoch is ANY else f"{self.epoch:02d}")
            step = Field("step", _globs.STEP if self.step is ANY else f"{self.step:06d}")
            forms.append(("epoch-", epoch, "_step-", step, *self._metric("_"), *self._version(), ".ckpt"))
        if self.kind in (ANY, "best") and not numbered:
            forms.append(("best", *self._metric("-", "best_"), *self._version("best_"), ".ckpt"))
        if self.kind in (ANY, "last") and not (numbered or measured or versioned):
            forms.append((_grammar.LAST_NAME,))
        return forms

    def _metric(self, joiner: str, prefix: str = "") -> Parts:
        if self.metric is None:
            return ()
        name = Field(f"{prefix}metric", _globs.WORD if self.metric is ANY else self.metric)
        value = Field(f"{prefix}value", _globs.VALUE if self.value is ANY else f"{self.value:.4f}")
        parts: Parts = (joiner, name, "-", value)
        return (parts,) if self.metric is ANY and self.value is ANY else parts

    def _version(self, prefix: str = "") -> Parts:
        if self.version is ANY:
            return (("_v", Field(f"{prefix}version", _globs.VERSION)),)
        return () if self.version is None else ("_v", Field(f"{prefix}version", str(self.version)))


def _as_pattern(checkpoint: CheckpointPattern | AnyCheckpoint) -> CheckpointPattern:
    """Return *checkpoint* if it is a pattern, or the pattern that this name alone agrees with."""
    if isinstance(checkpoint, CheckpointPattern):
        return checkpoint
    if isinstance(checkpoint, LastCheckpoint):
        return CheckpointPattern(kind="last")
    name, value = (None, ANY) if checkpoint.metric is None else (checkpoint.metric.name, checkpoint.metric.value)
    if isinstance(checkpoint, EpochCheckpoint):
        epoch, step = checkpoint.epoch, checkpoint.step
        return CheckpointPattern(
            kind="epoch", epoch=epoch, step=step, metric=name, value=value, version=checkpoint.version
        )
    return CheckpointPattern(kind="best", metric=name, value=value, version=checkpoint.version)


def _run_parts(run: RunPattern | RunId) -> Parts:
    if isinstance(run, RunPattern):
        return run._parts()
    return RunPattern(
        tag=run.tag, architecture=run.architecture, encoder=run.encoder, phase=run.phase, timestamp=run.timestamp
    )._parts()


def _is_run(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, (RunPattern, RunId)):
        raise FieldError("run", value, "a RunPattern or a RunId", None, "CKS-055")


def _is_checkpoint(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, (CheckpointPattern, CheckpointName)):
        raise FieldError("checkpoint", value, "a CheckpointPattern or a checkpoint name", None, "CKS-055")


@final
@attrs.frozen(weakref_slot=False)
class RunArchivePattern(_Pattern):
    """The name of a run archive with open fields.

    Args:
        run: A `RunPattern`, or a `RunId` for one run.
        compression: As in `RunArchive`, where None means a plain tar file, or `ANY`.

    Raises:
        FieldError: If a value is invalid for its field.

    Examples:
        >>> RunArchivePattern(RunPattern(tag="ocr", timestamp=datetime(2025, 10, 15, 12))).glob()
        'ocr-*_*_20251015_120000.tar*'
    """

    run: RunPattern | RunId = attrs.field(factory=RunPattern, validator=_is_run)
    compression: Open[Compression | None] = attrs.field(default=ANY, converter=_open_compression)

    def _parts(self) -> Parts:
        ending: Parts = ()
        if self.compression is ANY:
            ending = ((".", Field("compression", _globs.COMPRESSION)),)
        elif self.compression is not None:
            ending = (".", Field("compression", self.compression))
        return (*_run_parts(self.run), ".tar", *ending)


@final
@attrs.frozen(weakref_slot=False)
class PathPattern(_Pattern):
    """A checkpoint path with open fields.

    Args:
        root: The root, kept as it is; None for paths without one; or `ANY`, which only `regex`, `matches` and `filter`
            take: no glob means "any depth" in all tools. A ``/`` at its end is kept too, but tools that find paths by
            the glob drop it from them.
        run: A `RunPattern`, or a `RunId` for one run.
        checkpoint: A `CheckpointPattern`, or a checkpoint name for that name in any of the runs.

    Raises:
        FieldError: If a value is of another type or the root is invalid.

    Examples:
        >>> PathPattern("outputs", RunPattern(tag="ocr"), CheckpointPattern(kind="last")).glob()
        'outputs/ocr-*_*_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]/checkpoints/last.ckpt'
    """

    root: Open[str | None] = attrs.field(default=None, converter=_open_root)
    run: RunPattern | RunId = attrs.field(factory=RunPattern, validator=_is_run)
    checkpoint: CheckpointPattern | AnyCheckpoint = attrs.field(factory=CheckpointPattern, validator=_is_checkpoint)

    def glob(self) -> str:
        """Return one glob, joined from the globs of the components; otherwise as for a name (CKS-050, CKS-114)."""
        start = "" if self.root is None else f"{_globs.escaped(self._globbed_root())}/"
        run = _globs.glob(_run_parts(self.run))
        return f"{start}{run}/{_grammar.CHECKPOINTS}/{_as_pattern(self.checkpoint).glob()}"

    def globs(self, width: int = _WIDTH, *, limit: int = _MAX_GLOBS) -> tuple[str, ...]:
        """Return a set of fixed-width globs that together are exact up to *width*; see `RunPattern.globs` (CKS-053)."""
        self._globbed_root()
        return super().globs(width, limit=limit)

    def _globbed_root(self) -> str:
        if self.root is ANY:
            expected = "a given root, for no glob means 'any depth' in all tools; use regex() or filter()"
            raise FieldError("root", self.root, expected, None, "CKS-050")
        return self.root or ""

    def _parts(self) -> Parts:
        start: Parts = ()
        if self.root is ANY:
            start = ((Field("root", _globs.ROOT), "/"),)
        elif self.root is not None:
            start = (Field("root", self.root), "/")
        checkpoint = _as_pattern(self.checkpoint)._parts()
        return (*start, *_run_parts(self.run), f"/{_grammar.CHECKPOINTS}/", *checkpoint)
