"""Names with holes: what is known of a name is given, the rest is left open, and globs and regexes follow.

A pattern is a choice of rows, each a sequence of parts: fixed text, a `_Hole` that stands for a rule of the grammar, or
a tuple of parts that may be absent. Every projection reads the same rows, so a glob, a set of globs and a regex cannot
disagree on what they mean.
"""

from __future__ import annotations

import enum
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme import _fields, _grammar
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName
from ckpt_scheme.errors import FieldError
from ckpt_scheme.run_id import RunId

__all__ = ["ANY", "CheckpointPattern", "PathPattern", "RunPattern"]

DEFAULT_WIDTH: Final = 8
MAX_GLOBS: Final = 100_000


class _Any(enum.Enum):
    ANY = "ANY"

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any.ANY
"""An open field: any value and, where the grammar lets the field be absent, none."""

_T = TypeVar("_T")
Open: TypeAlias = _T | Literal[_Any.ANY]

# --------------------------------------------------------------------------------------------------------------------
# Holes.

_DIGIT: Final = "[0-9]"
_NONZERO: Final = "[1-9]"
# Letters are spelt out: what a range of them holds depends, in some shells, on the locale.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Four digits that are not all zero, by the number of zeros at their end.
_NONZERO_4: Final = tuple(_DIGIT * (3 - zeros) + _NONZERO + "0" * zeros for zeros in range(4))


@final
@attrs.frozen
class _Hole:
    """An open field of *shortest* to *longest* characters."""

    regex: str
    glob: str  # matches every text of the rule, and more
    shortest: int
    longest: int
    globs: Callable[[int], Sequence[str]]  # of a width: fixed-width globs that match exactly the rule's texts


def _label(rule: str, others: str, longest: int) -> _Hole:
    first, more = f"[0-9{_LETTERS}]", f"[0-9{_LETTERS}{others}]"
    return _Hole(rule, "*", 1, longest, lambda width: [first + more * (width - 1)])


def _number(rule: str, padded: int) -> _Hole:
    def globs(width: int) -> list[str]:
        return [_DIGIT * width if width == padded else _NONZERO + _DIGIT * (width - 1)]

    return _Hole(rule, _DIGIT * padded + "*", padded, _grammar.MAX_DIGITS, globs)


def _value_globs(width: int) -> list[str]:
    integer, decimals = width - len(".0000"), "." + _DIGIT * 4
    globs: list[str] = []
    if integer == 1:
        globs.append(_DIGIT + decimals)
    elif integer <= _grammar.MAX_INTEGER_DIGITS:
        globs.append(_NONZERO + _DIGIT * (integer - 1) + decimals)
    if integer > 1:
        globs.append("-" + _NONZERO + _DIGIT * (integer - 2) + decimals)
    if integer == len("-0"):
        globs += [f"-0.{four}" for four in _NONZERO_4]
    return globs


def _timestamp_globs(_width: int) -> list[str]:
    long_months = [month + day for month in ("0[13578]", "1[02]") for day in ("0[1-9]", "[12][0-9]", "3[01]")]
    short_months = [month + day for month in ("0[469]", "11") for day in ("0[1-9]", "[12][0-9]", "30")]
    february = ["02" + day for day in ("0[1-9]", "1[0-9]", "2[0-8]")]
    dates = [year + day for year in _NONZERO_4 for day in (*long_months, *short_months, *february)]
    for fourth in ("0[48]", "[2468][048]", "[13579][26]"):
        dates += [f"[0-9][0-9]{fourth}0229", f"{fourth}000229"]
    return [f"{date}_{hour}[0-5][0-9][0-5][0-9]" for date in dates for hour in ("[01][0-9]", "2[0-3]")]


_WORD: Final = _label(_grammar.WORD, "_", _grammar.MAX_LABEL)
_ENCODER: Final = _label(_grammar.ENCODER, "_-", _grammar.MAX_LABEL)
_PHASE: Final = _label(_grammar.PHASE, "-", _grammar.MAX_PHASE)
_TIMESTAMP: Final = _Hole(_grammar.TIMESTAMP, _DIGIT * 8 + "_" + _DIGIT * 6, 15, 15, _timestamp_globs)
_EPOCH: Final = _number(_grammar.EPOCH, 2)
_STEP: Final = _number(_grammar.STEP, 6)
_VALUE: Final = _Hole(_grammar.VALUE, f"*[0-9].{_DIGIT * 4}", 6, _grammar.MAX_INTEGER_DIGITS + 6, _value_globs)
_VERSION: Final = _Hole(
    _grammar.VERSION, "[0-9]*", 1, _grammar.MAX_DIGITS, lambda width: [_NONZERO + _DIGIT * (width - 1)]
)

# --------------------------------------------------------------------------------------------------------------------
# Rows and what they project to.

_Part: TypeAlias = "str | _Hole | tuple[_Part, ...]"
_Row: TypeAlias = tuple[_Part, ...]
_FlatRow: TypeAlias = "tuple[str | _Hole, ...]"

_wildcard: Final = re.compile(r"[*?\[]")
_unportable: Final = re.compile(r"[\x00-\x1f\x7f\\{}()]").search
_stars: Final = re.compile(r"\*\*+")
_glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall
_special: Final = re.compile(r"[\\.^$*+?()\[\]{}|]")


def _flatten(row: _Row) -> list[_FlatRow]:
    """Return *row* once for each choice of what may be absent."""
    rows: list[_FlatRow] = [()]
    for part in row:
        choices = [(), *_flatten(part)] if isinstance(part, tuple) else [(part,)]
        rows = [done + choice for done in rows for choice in choices]
    return rows


def _row_regex(row: _Row) -> str:
    return "".join(
        _special.sub(r"\\\g<0>", part)
        if isinstance(part, str)
        else part.regex
        if isinstance(part, _Hole)
        else f"(?:{_row_regex(part)})?"
        for part in row
    )


def _regex(rows: Sequence[_Row]) -> str:
    texts = [_row_regex(row) for row in rows]
    return texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"


def _escaped(text: str) -> str:
    """Return *text* as a glob that matches it alone (CKS-052)."""
    unportable = _unportable(text)
    if unportable is not None:
        expected = "a root without \\ { } ( ) or control characters, which no glob spells alike in all tools"
        raise FieldError("root", text, expected, unportable.start(), "CKS-052")
    return _wildcard.sub(r"[\g<0>]", text)


def _row_glob(row: _Row) -> str:
    return "".join(
        _escaped(part) if isinstance(part, str) else part.glob if isinstance(part, _Hole) else "*" for part in row
    )


def _glob(rows: Sequence[_Row]) -> str:
    """Return one glob for all rows: what they begin with, a ``*`` where they differ, what they end with (CKS-050)."""
    globs = [_glob_characters(_row_glob(row)) for row in rows]
    first = os.path.commonprefix(globs)  # noqa: RUF071 - of characters and classes, not of path components
    last = os.path.commonprefix([glob[len(first) :][::-1] for glob in globs])[::-1]  # noqa: RUF071
    middle = ["*"] if any(len(glob) > len(first) + len(last) for glob in globs) else []
    return _stars.sub("*", "".join([*first, *middle, *last]))


def _globs(rows: Sequence[_Row], width: int) -> tuple[str, ...]:
    """Return fixed-width globs that are exact for names without an open field of over *width* characters (CKS-053)."""
    width = _fields.integer("width", width, 1, "CKS-053")
    found: list[str] = []
    for flat in (flat for row in rows for flat in _flatten(row)):
        count = 1
        choices: list[Sequence[str]] = []
        for part in flat:
            if isinstance(part, str):
                choices.append([_escaped(part)])
            else:
                longest = part.longest if part.shortest == part.longest else min(part.longest, width)
                choices.append([glob for size in range(part.shortest, longest + 1) for glob in part.globs(size)])
            count *= len(choices[-1])
        if len(found) + count > MAX_GLOBS:
            expected = f"a width that needs at most {MAX_GLOBS} globs, or fewer open fields"
            raise FieldError("width", width, expected, None, "CKS-053")
        done = [""]
        for choice in choices:
            done = [start + glob for start in done for glob in choice]
        found += done
    return tuple(found)


class _Pattern:
    """The projections that all patterns have."""

    __slots__ = ()

    def _rows(self) -> Sequence[_Row]:
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
        return _glob(self._rows())

    def globs(self, width: int = DEFAULT_WIDTH) -> tuple[str, ...]:
        """Return a set of fixed-width globs that together are exact up to *width* (CKS-053).

        They match the conforming names which agree with the pattern and in which no open field, the timestamp aside,
        is longer than *width* characters; and nothing else. They use ``[...]`` with digits and letters besides what
        `glob` uses, and no ``*``.

        Args:
            width: The longest that an open field may be, in characters, 1 or more.

        Raises:
            FieldError: If more than 100,000 globs would be needed, which several open labels soon do; or as in `glob`.
        """
        return _globs(self._rows(), width)

    def regex(self) -> str:
        r"""Return a regular expression for exactly the conforming names which agree with the pattern (CKS-054).

        It has no anchors, groups to capture, look-around or classes such as ``\d``: use it with a full match, in any
        engine.
        """
        return _regex(self._rows())

    def matches(self, text: str) -> bool:
        """Return whether *text* is a conforming name that agrees with the pattern; never raises."""
        try:
            return _compiled(self).fullmatch(text) is not None
        except TypeError:  # not a str
            return False

    def filter(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield those of *texts* that `matches` accepts, in their order."""
        return filter(self.matches, texts)


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

    def _rows(self) -> list[_Row]:
        encoder: _Row = ()
        if self.encoder is ANY:
            encoder = (("-", _ENCODER),)
        elif self.encoder is not None:
            encoder = ("-", self.encoder)
        stamp: _Part = _TIMESTAMP
        if self.timestamp is not ANY:
            stamp = RunId(tag="t", architecture="a", phase="p", timestamp=self.timestamp).format()[
                -_TIMESTAMP.longest :
            ]
        tag = _WORD if self.tag is ANY else self.tag
        architecture = _WORD if self.architecture is ANY else self.architecture
        phase = _PHASE if self.phase is ANY else self.phase
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

    kind: Open[Literal["epoch", "best", "last"]] = ANY
    epoch: Open[int] = attrs.field(default=ANY, converter=_open_epoch)
    step: Open[int] = attrs.field(default=ANY, converter=_open_step)
    metric: Open[str | None] = attrs.field(default=ANY, converter=_open_metric)
    value: Open[float] = attrs.field(default=ANY, converter=_open_value)
    version: Open[int | None] = attrs.field(default=ANY, converter=_open_version)

    def __attrs_post_init__(self) -> None:
        if not self._rows():
            kinds = "one of 'epoch', 'best' and 'last', and fields that such a name has"
            raise FieldError("checkpoint pattern", repr(self), kinds, None, "CKS-055")

    def _rows(self) -> list[_Row]:
        numbered = self.epoch is not ANY or self.step is not ANY
        measured = self.metric not in (ANY, None) or self.value is not ANY
        versioned = self.version not in (ANY, None)
        if self.metric is None and self.value is not ANY:
            return []
        epoch = _EPOCH if self.epoch is ANY else f"{self.epoch:02d}"
        step = _STEP if self.step is ANY else f"{self.step:06d}"
        rows: list[_Row] = []
        if self.kind in (ANY, "epoch"):
            rows.append(("epoch-", epoch, "_step-", step, *self._metric("_"), *self._version(), ".ckpt"))
        if self.kind in (ANY, "best") and not numbered:
            rows.append(("best", *self._metric("-"), *self._version(), ".ckpt"))
        if self.kind in (ANY, "last") and not (numbered or measured or versioned):
            rows.append((_grammar.LAST_NAME,))
        return rows

    def _metric(self, joiner: str) -> _Row:
        if self.metric is None:
            return ()
        name = _WORD if self.metric is ANY else self.metric
        value = _VALUE if self.value is ANY else f"{self.value:.4f}"
        parts: _Row = (joiner, name, "-", value)
        return (parts,) if name is _WORD and value is _VALUE else parts

    def _version(self) -> _Row:
        if self.version is ANY:
            return (("_v", _VERSION),)
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
        root: The root, kept as it is, or None for paths without one. It cannot be open: no glob says "any depth" alike
            in all tools.
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
        start = "" if self.root is None else f"{_escaped(self.root)}/"
        run = self.run.format() if isinstance(self.run, RunId) else self.run.glob()
        checkpoint = (
            self.checkpoint.glob() if isinstance(self.checkpoint, CheckpointPattern) else self.checkpoint.format()
        )
        return f"{start}{run}/{_grammar.CHECKPOINTS}/{checkpoint}"

    def _rows(self) -> list[_Row]:
        start: _Row = () if self.root is None else (f"{self.root}/",)
        runs: list[_Row] = [(self.run.format(),)] if isinstance(self.run, RunId) else self.run._rows()
        names: list[_Row] = (
            self.checkpoint._rows() if isinstance(self.checkpoint, CheckpointPattern) else [(self.checkpoint.format(),)]
        )
        return [(*start, *run, f"/{_grammar.CHECKPOINTS}/", *name) for run in runs for name in names]
