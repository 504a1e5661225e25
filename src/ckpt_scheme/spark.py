"""The names of the scheme in Spark: data frames with the fields of a column of texts.

Spark hands rows to Python as Arrow batches, and `ckpt_scheme.arrow` reads them, so each worker needs this library and
pyarrow. The functions and views of `ckpt_scheme.sql` for Spark need neither.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from ckpt_scheme import _foreign_columns
from ckpt_scheme._columns import CHECKPOINT_NAME, CHECKPOINT_PATH, RUN_ID, Type, refuse_taken
from ckpt_scheme.errors import FieldError

__all__ = ["checkpoint_name", "checkpoint_path", "legacy", "run_id"]

Frame: TypeAlias = Any
"""A ``pyspark.sql.DataFrame``."""

_TYPES: Final[Mapping[Type, str]] = {
    "text": "StringType",
    "integer": "LongType",
    "real": "DoubleType",
    "local_time": "TimestampNTZType",
    "kind": "StringType",
}


def run_id(frame: Frame, column: str) -> Frame:
    """Return *frame* with a new column for each field of the run ids in *column*; null for any other text.

    The columns are ``tag``, ``architecture``, ``encoder``, ``phase`` (string) and ``timestamp`` (``timestamp_ntz``).
    The time zone of the session changes no value.

    Args:
        frame: A data frame.
        column: The name of a column of strings.

    Raises:
        FieldError: If *frame* has no such column, the column holds no strings, or a field has the name of a column.
        ImportError: If pyspark or pyarrow is missing.
    """
    return _appended(frame, column, RUN_ID.text, RUN_ID.fields)


def checkpoint_name(frame: Frame, column: str) -> Frame:
    """Return *frame* with a new column for each field of the checkpoint names in *column*; otherwise as `run_id`.

    The columns are ``kind`` (``best``, ``epoch`` or ``last``), ``epoch``, ``step`` (bigint), ``metric`` (string),
    ``value`` (double) and ``version`` (bigint).
    """
    return _appended(frame, column, CHECKPOINT_NAME.text, CHECKPOINT_NAME.fields)


def checkpoint_path(frame: Frame, column: str) -> Frame:
    """Return *frame* with a new column for each field of the checkpoint paths in *column*; otherwise as `run_id`.

    The columns are ``root`` (string), then those of `run_id`, then those of `checkpoint_name`.
    """
    return _appended(frame, column, CHECKPOINT_PATH.text, CHECKPOINT_PATH.fields)


def legacy(frame: Frame, column: str) -> Frame:
    """Return *frame* with a new column for each field of the names and paths of any framework in *column*.

    The columns are those of `ckpt_scheme.arrow.legacy`. Each worker reads a distinct name once. Otherwise as `run_id`.
    """
    return _appended(frame, column, "legacy", _foreign_columns.FIELDS)


def _appended(frame: Frame, column: str, function: str, new: Mapping[str, Type]) -> Frame:
    try:  # by name, because their types differ between releases
        types, arrow = map(importlib.import_module, ("pyspark.sql.types", "ckpt_scheme.arrow"))
    except ImportError as error:
        raise ImportError(
            "ckpt_scheme.spark needs pyspark, pyarrow and pandas: pip install 'ckpt-scheme[spark]'"
        ) from error
    known = dict(frame.dtypes)
    if known.get(column) != "string":
        expected = f"a column of strings; the columns are {', '.join(f'{name} ({known[name]})' for name in known)}"
        raise FieldError("column", column, expected)
    refuse_taken(new, known)
    fields = [types.StructField(name, getattr(types, _TYPES[type_])()) for name, type_ in new.items()]
    schema = types.StructType([*frame.schema.fields, *fields])
    read: Callable[[Any], Any] = getattr(arrow, function)
    map_in_arrow: Callable[[Callable[[Iterator[Any]], Iterator[Any]], Any], Any] = frame.mapInArrow
    return map_in_arrow(lambda batches: (arrow.append(batch, column, read) for batch in batches), schema)
