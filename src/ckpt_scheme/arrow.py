"""The names of the scheme in columns of Arrow: arrays, chunked arrays, record batches, tables and readers.

A function reads each text of an array as `CheckpointPath.parse` and its relatives read one text. A text that they
refuse is null, and so is a null. A ``pyarrow.Array`` gives an array, and a ``pyarrow.ChunkedArray`` a chunked one.
pandas, Ray Data, Dask and Daft run these functions on their batches; ``docs/columns.md`` shows how.

Examples:
    >>> import pyarrow as pa
    >>> from ckpt_scheme.arrow import checkpoint_name, is_checkpoint_name
    >>> names = pa.array(["epoch-22_step-001932.ckpt", "notes.txt"])
    >>> is_checkpoint_name(names).to_pylist()
    [True, False]
    >>> checkpoint_name(names).field("step").to_pylist()
    [1932, None]
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ckpt_scheme import _columns, _foreign_columns
from ckpt_scheme._columns import CHECKPOINT_NAME, CHECKPOINT_PATH, RUN_ID, Operation, Record, Type
from ckpt_scheme.errors import FieldError

try:  # loaded by name, because pyarrow has no types
    pa: Any = importlib.import_module("pyarrow")
    pc: Any = importlib.import_module("pyarrow.compute")
except ModuleNotFoundError as error:
    raise ImportError("ckpt_scheme.arrow needs pyarrow: pip install 'ckpt-scheme[arrow]'", name="pyarrow") from error

__all__ = [
    "append",
    "checkpoint_name",
    "checkpoint_path",
    "is_checkpoint_name",
    "is_checkpoint_path",
    "is_run_id",
    "legacy",
    "run_id",
]

Array: TypeAlias = Any
"""A ``pyarrow.Array`` or ``pyarrow.ChunkedArray``; pyarrow has no types."""

Batch: TypeAlias = Any
"""A ``pyarrow.RecordBatch``, ``pyarrow.Table`` or ``pyarrow.RecordBatchReader``."""

_TYPES: Final[Mapping[Type, Any]] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "local_time": pa.timestamp("us"),
    "kind": pa.string(),
}


def is_run_id(texts: Array) -> Array:
    """Return whether each text is a run id, as Booleans; null for null.

    Raises:
        FieldError: If *texts* is no array of texts. Binary values are no texts; cast them first.
    """
    return _map(lambda array: _is(RUN_ID, array), texts, pa.bool_())


def is_checkpoint_name(texts: Array) -> Array:
    """Return whether each text is a checkpoint name; otherwise as `is_run_id`."""
    return _map(lambda array: _is(CHECKPOINT_NAME, array), texts, pa.bool_())


def is_checkpoint_path(texts: Array) -> Array:
    """Return whether each text is a checkpoint path; otherwise as `is_run_id`."""
    return _map(lambda array: _is(CHECKPOINT_PATH, array), texts, pa.bool_())


def run_id(texts: Array) -> Array:
    """Return the fields of each run id as structs; null for any other text.

    The fields are ``tag``, ``architecture``, ``encoder``, ``phase`` (string) and ``timestamp`` (in microseconds,
    without a zone).

    Raises:
        FieldError: If *texts* is no array of texts. Binary values are no texts; cast them first.
    """
    return _structs(RUN_ID, texts)


def checkpoint_name(texts: Array) -> Array:
    """Return the fields of each checkpoint name as structs; otherwise as `run_id`.

    The fields are ``kind`` (``best``, ``epoch`` or ``last``), ``epoch``, ``step`` (int64), ``metric`` (string),
    ``value`` (double) and ``version`` (int64).
    """
    return _structs(CHECKPOINT_NAME, texts)


def checkpoint_path(texts: Array) -> Array:
    """Return the fields of each checkpoint path as structs; otherwise as `run_id`.

    The fields are ``root`` (string), then those of `run_id`, then those of `checkpoint_name`.
    """
    return _structs(CHECKPOINT_PATH, texts)


def legacy(texts: Array) -> Array:
    """Return the fields of names and paths of any framework as structs; null for null.

    The answers are those of `legacy.readings` and `legacy.decode`. Only the distinct parts of paths that decide them
    are read.

    The fields are ``framework``, ``format``, ``kind`` (string), ``epoch``, ``step`` and ``readings`` (int64), which is
    the number of readings. The others are null unless a reading is certain. A ``/`` at the end marks a directory.

    Raises:
        FieldError: As for `run_id`.
    """
    return _map(_foreign, texts, _struct_type(_foreign_columns.FIELDS))


def append(data: Batch, column: str, read: Callable[[Array], Array]) -> Batch:
    """Return *data* with a new column at its end for each field of the texts in *column*.

    Args:
        data: A ``RecordBatch`` or a ``Table``; or a ``RecordBatchReader``, whose batches are read one by one.
        column: The column of the texts.
        read: `run_id`, `checkpoint_name`, `checkpoint_path` or `legacy`.

    Returns:
        An object of the type of *data*.

    Raises:
        FieldError: If *column* holds no texts, *data* has no such column, or a field has the name of a column.
    """
    schema = data.schema
    if column not in schema.names:
        raise FieldError("column", column, f"one of {', '.join(schema.names)}")
    fields = list(read(pa.array([], schema.field(column).type)).type)
    _columns.refuse_taken((field.name for field in fields), schema.names)
    for field in fields:
        schema = schema.append(field)
    if isinstance(data, pa.RecordBatchReader):
        return pa.RecordBatchReader.from_batches(schema, (append(batch, column, read) for batch in data))
    make = pa.table if isinstance(data, pa.Table) else pa.record_batch
    return make([*data.columns, *read(data.column(column)).flatten()], schema=schema)


def _map(function: Callable[[Array], Array], texts: Array, result: Any) -> Array:  # noqa: ANN401 - a type of pyarrow
    """Apply *function*, which takes arrays of strings, to each chunk of *texts*."""
    if isinstance(texts, pa.ChunkedArray):
        return pa.chunked_array([_map(function, chunk, result) for chunk in texts.chunks], result)
    if not isinstance(texts, pa.Array):
        raise FieldError("texts", texts, "a pyarrow.Array or a pyarrow.ChunkedArray")
    kind = texts.type
    if pa.types.is_dictionary(kind):
        return _map(function, texts.dictionary, result).take(texts.indices)
    if kind not in _TEXTS:
        raise FieldError("texts", str(kind), "an array of texts; cast binary values to pyarrow.string()")
    return function(texts.cast(pa.string()))


_TEXTS: Final = (
    pa.string(),
    pa.large_string(),
    *((pa.string_view(),) if hasattr(pa, "string_view") else ()),
    pa.null(),
)


def _is(record: Record, texts: Array) -> Array:
    return pc.match_substring_regex(texts, _columns.FULL_MATCH.format(record.pattern))


def _structs(record: Record, texts: Array) -> Array:
    return _map(lambda array: _struct(record, array), texts, _struct_type(record.fields))


def _struct_type(fields: Mapping[str, Type]) -> Any:  # noqa: ANN401 - a type of pyarrow
    return pa.struct([(name, _TYPES[kind]) for name, kind in fields.items()])


def _struct(record: Record, texts: Array) -> Array:
    found: dict[str, Array] = {record.text: pc.if_else(_is(record, texts), texts, None)}
    halves: dict[tuple[str, str, bool], tuple[Array, Array]] = {}
    for name, operation, source, argument in record.cuts:
        place, _, side = operation.partition("_")
        if side in ("first", "last"):
            key = source, argument, side == "last"
            if key not in halves:
                halves[key] = _halves(found[source], argument, is_last=key[2])
            found[name] = halves[key][place == "after"]
        else:
            found[name] = _OPERATIONS[operation](found[source], found.get(argument, argument))
    arrays = [_converted(found[name], kind) for name, kind in record.fields.items()]
    return pa.StructArray.from_arrays(
        arrays, fields=list(_struct_type(record.fields)), mask=found[record.text].is_null()
    )


def _halves(texts: Array, separator: str, *, is_last: bool) -> tuple[Array, Array]:
    """Return the texts before and after the first or the last separator, as `_columns.Operation` says."""
    parts = pc.split_pattern(texts, separator, max_splits=1, reverse=is_last)
    head, are_cut = pc.list_element(parts, 0), pc.equal(pc.list_value_length(parts), 2)
    if pc.all(are_cut).as_py():
        return head, pc.list_element(parts, 1)
    tail = pc.list_element(pc.list_slice(parts, 1, 2, return_fixed_size_list=True), 0)  # padded with nulls
    return (pc.if_else(are_cut, head, None), pc.coalesce(tail, head)) if is_last else (head, tail)


def _version(texts: Array, marker: str) -> Array:
    versioned = pc.if_else(pc.match_substring_regex(texts, rf"{marker}[0-9]+\z"), texts, None)
    return pc.replace_substring_regex(versioned, f"^.*{marker}", "")


_OPERATIONS: Final[Mapping[Operation, Callable[[Array, Any], Array]]] = {
    "after_prefix": lambda texts, prefix: pc.if_else(
        pc.starts_with(texts, prefix), pc.utf8_slice_codeunits(texts, len(prefix)), None
    ),
    "drop_end": lambda texts, count: pc.utf8_slice_codeunits(texts, 0, -int(count)),
    "keep_end": lambda texts, count: pc.utf8_slice_codeunits(texts, -int(count)),
    "version": _version,
    "without_version": lambda texts, marker: pc.replace_substring_regex(texts, rf"{marker}[0-9]+\z", ""),
    "or_else": pc.coalesce,
}


def _converted(texts: Array, kind: Type) -> Array:
    if kind == "local_time":
        return pc.strptime(texts, format=_columns.TIME, unit="us")
    return texts.cast(_TYPES[kind])


def _foreign(texts: Array) -> Array:
    parts = texts
    for found, part in reversed(_foreign_columns.parts()):
        chosen = pc.if_else(pc.match_substring_regex(texts, found), texts, None)
        parts = pc.coalesce(pc.replace_substring_regex(chosen, part, r"\1"), parts)
    distinct = parts.dictionary_encode()
    rows = [_foreign_columns.row(text) for text in distinct.dictionary.to_pylist()]
    columns = zip(*rows, strict=True) if rows else [()] * len(_foreign_columns.FIELDS)
    fields = list(_struct_type(_foreign_columns.FIELDS))
    arrays = [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=fields).take(distinct.indices)
