"""The names of the scheme in columns of Polars: expressions for eager, lazy and streaming frames.

An expression reads a column of texts as `CheckpointPath.parse` and its relatives read one text. A text that they refuse
is null, and so is a null. No expression but `legacy` calls Python, so all others run in the engine's threads. `latest`
and `best` choose a row for each run.

The columns must have the type ``pl.String``. Polars refuses other types, such as ``pl.Binary``; cast them first.

Examples:
    >>> import polars as pl
    >>> from ckpt_scheme.polars import checkpoint_path, is_checkpoint_path
    >>> run = "outputs/ocr-dbnet_training_20251015_120000"
    >>> keys = pl.DataFrame({"key": [f"{run}/checkpoints/epoch-22_step-001932.ckpt", f"{run}/notes.txt"]})
    >>> keys.select(checkpoint_path("key").alias("found")).unnest("found").select("tag", "kind", "epoch", "step").rows()
    [('ocr', 'epoch', 22, 1932), (None, None, None, None)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from ckpt_scheme import _columns, _fields, _foreign_columns
from ckpt_scheme._columns import CHECKPOINT_NAME, CHECKPOINT_PATH, RUN_ID, Operation, Record, Type
from ckpt_scheme.errors import FieldError
from ckpt_scheme.selection import Mode

try:
    import polars as pl
except ModuleNotFoundError as error:
    raise ImportError("ckpt_scheme.polars needs polars: pip install 'ckpt-scheme[polars]'", name="polars") from error

__all__ = [
    "best",
    "checkpoint_name",
    "checkpoint_path",
    "is_checkpoint_name",
    "is_checkpoint_path",
    "is_run_id",
    "latest",
    "legacy",
    "run_id",
]

IntoText: TypeAlias = str | pl.Expr
"""The name of a column of texts, or an expression of texts."""

_FrameT = TypeVar("_FrameT", pl.DataFrame, pl.LazyFrame)

_TYPES: Final[Mapping[Type, pl.DataType]] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "real": pl.Float64(),
    "local_time": pl.Datetime("us"),
    "kind": pl.Enum(_columns.KINDS),
}


def is_run_id(text: IntoText) -> pl.Expr:
    """Return whether each text is a run id, as a Boolean expression; null for null."""
    return _is(RUN_ID, text)


def is_checkpoint_name(text: IntoText) -> pl.Expr:
    """Return whether each text is a checkpoint name, as a Boolean expression; null for null."""
    return _is(CHECKPOINT_NAME, text)


def is_checkpoint_path(text: IntoText) -> pl.Expr:
    """Return whether each text is a checkpoint path, as a Boolean expression; null for null."""
    return _is(CHECKPOINT_PATH, text)


def run_id(text: IntoText) -> pl.Expr:
    """Return the fields of each run id as a struct; null for any other text.

    The fields are ``tag``, ``architecture``, ``encoder``, ``phase`` (String) and ``timestamp`` (Datetime in
    microseconds, without a zone).
    """
    return _struct(RUN_ID, text)


def checkpoint_name(text: IntoText) -> pl.Expr:
    """Return the fields of each checkpoint name as a struct; null for any other text.

    The fields are ``kind`` (an Enum, best before epoch before last), ``epoch``, ``step`` (Int64), ``metric`` (String),
    ``value`` (Float64) and ``version`` (Int64).
    """
    return _struct(CHECKPOINT_NAME, text)


def checkpoint_path(text: IntoText) -> pl.Expr:
    """Return the fields of each checkpoint path as a struct; null for any other text.

    The fields are ``root`` (String), then those of `run_id`, then those of `checkpoint_name`.
    """
    return _struct(CHECKPOINT_PATH, text)


def legacy(text: IntoText) -> pl.Expr:
    """Return the fields of names and paths of any framework as a struct; null for null.

    The answers are those of `legacy.readings` and `legacy.decode`. Only the distinct parts of paths that decide them
    are read.

    The fields are ``framework``, ``format``, ``kind`` (String), ``epoch``, ``step`` and ``readings`` (Int64), which is
    the number of readings. The others are null unless a reading is certain. A ``/`` at the end marks a directory.
    """
    column = pl.col(text) if isinstance(text, str) else text
    part = column
    for found, end in reversed(_foreign_columns.parts()):
        part = pl.coalesce(pl.when(column.str.contains(found)).then(column).str.extract(end), part)
    struct = _struct_type(_foreign_columns.FIELDS)
    return part.map_batches(_foreign, return_dtype=struct, is_elementwise=True)


def latest(frame: _FrameT, path: str = "key") -> _FrameT:
    """Return the row of the latest checkpoint of each run and root (CKS-048, CKS-049).

    Args:
        frame: A frame with one row for each object. Rows whose *path* is not a checkpoint path are left out.
        path: The column of the paths.

    Returns:
        Rows of *frame* with all its columns, in any order. A run under two roots has two rows. A run with best
        checkpoints alone has none.
    """
    name = pl.col("name").struct
    order = [name.field(field) for field in ("kind", "epoch", "step", "version", "metric", "value")]
    return _chosen(frame, path, name.field("kind") != "best", lambda row: row.max_by(pl.struct(order)))


def best(frame: _FrameT, path: str = "key", *, metric: str, mode: Mode = "max") -> _FrameT:
    """Return the row of the checkpoint with the best value of a metric, of each run and root (CKS-043, CKS-107).

    Of several rows with the best value, the row whose name sorts first is returned (CKS-108).

    Args:
        frame: As for `latest`.
        path: As for `latest`.
        metric: The exact name of the metric.
        mode: ``"max"`` if more is better, ``"min"`` if less is.

    Returns:
        Rows as of `latest`. A run without the metric has none.

    Raises:
        FieldError: If *metric* cannot be the name of a metric (CKS-109), or *mode* is another word (CKS-110).
    """
    if mode not in ("max", "min"):
        raise FieldError("mode", mode, "'max' or 'min'", None, "CKS-110")
    metric = _fields.metric_name(metric, "CKS-109")
    name = pl.col("name").struct
    value: pl.Expr = name.field("value")
    order = -value if mode == "max" else value
    ties = [name.field(field) for field in ("kind", "epoch", "step", "version")]
    return _chosen(frame, path, name.field("metric") == metric, lambda row: row.min_by(pl.struct(order, *ties)))


def _chosen(frame: _FrameT, path: str, qualifies: pl.Expr, choose: Callable[[pl.Expr], pl.Expr]) -> _FrameT:
    """Return a row for each directory of checkpoints, chosen by *choose* among those that *qualifies* selects."""
    valid = pl.when(is_checkpoint_path(path)).then(path)
    rows = (
        frame.lazy()
        .select(pl.struct(pl.all()).alias("row"), valid.alias("path"))
        .select(
            "row", _after_last(pl.col("path"), "/").alias("name"), _before_last(pl.col("path"), "/").alias("folder")
        )
        .with_columns(checkpoint_name("name"))
        .filter(qualifies)
        .group_by("folder")
        .agg(choose(pl.col("row")))
        .select("row")
        .unnest("row")
    )
    if isinstance(frame, pl.DataFrame):
        return rows.collect()
    return rows


def _is(record: Record, text: IntoText) -> pl.Expr:
    column = pl.col(text) if isinstance(text, str) else text
    return column.str.contains(_columns.FULL_MATCH.format(record.pattern))


def _struct(record: Record, text: IntoText) -> pl.Expr:
    """Return the fields of *record* as a struct.

    Until the cast, the cuts are fields of the struct too: each level reads the levels before it, and no cut is computed
    twice.
    """
    column = pl.col(text) if isinstance(text, str) else text
    is_valid = _is(record, column)
    valid = pl.struct(pl.when(is_valid).then(column)).struct.rename_fields([record.text])
    struct: pl.Expr = pl.when(is_valid).then(valid)
    for level in _columns.levels(record):
        cuts = (_OPERATIONS[cut.operation](pl.field(cut.source), cut.argument).alias(cut.name) for cut in level)
        struct = struct.struct.with_fields(*cuts)
    struct = struct.struct.with_fields(*(_converted(name, kind) for name, kind in record.fields.items()))
    return struct.cast(_struct_type(record.fields))


def _struct_type(fields: Mapping[str, Type]) -> pl.Struct:
    return pl.Struct({name: _TYPES[kind] for name, kind in fields.items()})


def _foreign(parts: pl.Series) -> pl.Series:
    distinct = parts.drop_nulls().unique()
    fields = list(_foreign_columns.FIELDS)
    rows = [dict(zip(fields, _foreign_columns.row(text), strict=True)) for text in distinct]
    read = pl.DataFrame({"part": distinct, "row": pl.Series(rows, dtype=_struct_type(_foreign_columns.FIELDS))})
    return parts.to_frame("part").join(read, on="part", how="left", maintain_order="left").to_series(1)


def _converted(name: str, kind: Type) -> pl.Expr:
    if kind == "local_time":
        return pl.field(name).str.to_datetime(_columns.TIME, time_unit="us")
    return pl.field(name).cast(_TYPES[kind])


def _after_last(text: pl.Expr, separator: str) -> pl.Expr:
    return text.str.split(separator).list.last()


def _before_last(text: pl.Expr, separator: str) -> pl.Expr:
    head = text.str.replace(rf"{separator}[^{separator}]*\z", "")
    return pl.when(text.str.contains(separator, literal=True)).then(head)


_OPERATIONS: Final[Mapping[Operation, Callable[[pl.Expr, str], pl.Expr]]] = {
    "before_first": lambda text, separator: text.str.splitn(separator, 2).struct.field("field_0"),
    "after_first": lambda text, separator: text.str.splitn(separator, 2).struct.field("field_1"),
    "before_last": _before_last,
    "after_last": _after_last,
    "after_prefix": lambda text, prefix: pl.when(text.str.starts_with(prefix)).then(text.str.slice(len(prefix))),
    "drop_end": lambda text, count: text.str.head(-int(count)),
    "keep_end": lambda text, count: text.str.tail(int(count)),
    "version": lambda text, marker: text.str.extract(rf"{marker}([0-9]+)\z"),
    "without_version": lambda text, marker: text.str.replace(rf"{marker}[0-9]+\z", ""),
    "or_else": lambda text, other: pl.coalesce(text, pl.field(other)),
}
