"""`COLUMNS`: the columns of an exported catalog, and for each the function that reads its value from a run.

`rows` yields a row for each checkpoint. All forms of an export (CSV, JSON lines, SQLite, Parquet) hold these rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Final, Literal, NamedTuple, TypeAlias, final

import attrs

from ckpt_scheme import _grammar
from ckpt_scheme.catalog._json import finite
from ckpt_scheme.catalog._model import Checkpoint, Run
from ckpt_scheme.checkpoint_name import BestCheckpoint, EpochCheckpoint
from ckpt_scheme.legacy import Reading

ColumnType: TypeAlias = Literal["text", "integer", "real", "boolean", "time", "local_time"]
"""The type of a column. ``"time"`` is in UTC; ``"local_time"`` has no time zone, as the names of runs have none."""

CatalogForm: TypeAlias = Literal["parquet", "csv", "jsonl", "sqlite"]
"""The form of an exported catalog. ``"parquet"`` needs the extra ``arrow``."""

Value: TypeAlias = str | int | float | bool | datetime | None
Row: TypeAlias = tuple[Value, ...]

_encode: Final = json.JSONEncoder(check_circular=False, allow_nan=False).encode
_escape: Final = re.compile(r"[\\\ud800-\udfff]").sub


class _RowSource(NamedTuple):
    """The records that a row is made from."""

    run: Run
    checkpoint: Checkpoint
    reading: Reading | None


_Read: TypeAlias = Callable[[_RowSource], Value]


@final
@attrs.frozen
class Column:
    """A column of an exported catalog. A value that is not known is null, and so is an empty text.

    Attributes:
        name: Its name.
        type: The type of its values; see `ColumnType`.
        meaning: The values, in a sentence.
    """

    name: str
    type: ColumnType
    meaning: str
    _read: _Read = attrs.field(repr=False)


@final
@attrs.frozen
class Exported:
    """The rows of a catalog after an export.

    Attributes:
        written: The number of rows that are new or updated.
        kept: The number of rows that were in the file before and stay as they are.
    """

    written: int
    kept: int


def storable(text: str | None) -> str | None:
    r"""Return *text* as each form of a catalog can store it; None for an empty one.

    A backslash becomes ``\\``, and a surrogate, which stands for a byte that is not UTF-8, ``\udcff``. So no two texts
    share a spelling.
    """
    if not text:
        return None
    return text if text.isascii() and "\\" not in text else _escape(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return r"\\" if found[0] == "\\" else rf"\u{ord(found[0]):04x}"


def _text(path: str) -> _Read:
    """Return a reader of a text that may hold any character."""
    get: Callable[[_RowSource], str | None] = attrgetter(path)
    return lambda row: storable(get(row))


def _of_run_id(field: str) -> _Read:
    return lambda row: None if row.run.run is None else getattr(row.run.run, field)


def _of_reading(field: str) -> _Read:
    return lambda row: None if row.reading is None else getattr(row.reading, field)


def _run_id(row: _RowSource) -> str | None:
    return None if row.run.run is None else row.run.run.format()


def _bucket(row: _RowSource) -> str | None:
    scheme, _, rest = row.checkpoint.path.rpartition("://")
    return storable(rest.partition("/")[0]) if scheme else None


def _key(row: _RowSource) -> str | None:
    path = row.checkpoint.path
    scheme, _, rest = path.rpartition("://")
    return storable(rest.partition("/")[2] if scheme else path)


def _form(row: _RowSource) -> str | None:
    name = row.checkpoint.name
    if name is None:
        return None
    return "epoch" if isinstance(name, EpochCheckpoint) else "best" if isinstance(name, BestCheckpoint) else "last"


def _metric(row: _RowSource) -> str | None:
    metrics = _metrics_of(row)
    return storable(next(iter(metrics))) if len(metrics) == 1 else None


def _value(row: _RowSource) -> float | None:
    values = [finite(value) for value in _metrics_of(row).values()]
    return values[0] if len(values) == 1 and isinstance(values[0], float) else None


def _metrics(row: _RowSource) -> str | None:
    metrics = {name: finite(value) for name, value in _metrics_of(row).items()}
    return _encode(metrics) if metrics else None


def _metrics_of(row: _RowSource) -> Mapping[str, float]:
    return {} if row.reading is None else row.reading.metrics


def _chosen(field: str) -> _Read:
    """Return a reader that is true for the checkpoint that the run chooses."""
    get: Callable[[Run], Checkpoint | None] = attrgetter(f"{field}.checkpoint")

    def read(row: _RowSource) -> bool:
        chosen = get(row.run)
        return chosen is not None and chosen.path == row.checkpoint.path

    return read


COLUMNS: Final[tuple[Column, ...]] = (
    Column("root", "text", "The root of the scan; for a listing, its file.", _text("run.root")),
    Column("path", "text", "The path or URL of the checkpoint.", _text("checkpoint.path")),
    Column("bucket", "text", "The bucket of a URL.", _bucket),
    Column("key", "text", "The key in the bucket; without a bucket, the path.", _key),
    Column("entry_type", "text", "`file`, `directory`, `symlink` or `other`.", _text("checkpoint.entry_type")),
    Column("link_target", "text", "The target of a symlink.", _text("checkpoint.link_target")),
    Column("size", "integer", "Bytes; of a directory the sum of its files.", attrgetter("checkpoint.size")),
    Column("last_modified", "time", "The time of the last write, in UTC.", attrgetter("checkpoint.modified")),
    Column("run_path", "text", "The path of the folder of the run.", _text("run.path")),
    Column("run", "text", "The run id, if the scheme names the folder.", _run_id),
    Column("tag", "text", "The tag of the run.", _of_run_id("tag")),
    Column("architecture", "text", "The architecture of the model.", _of_run_id("architecture")),
    Column("encoder", "text", "The encoder of the model.", _of_run_id("encoder")),
    Column("phase", "text", "The phase of the run.", _of_run_id("phase")),
    Column("run_started", "local_time", "The time in the run id, without a time zone.", _of_run_id("timestamp")),
    Column("form", "text", "`epoch`, `best` or `last`, if the name is canonical.", _form),
    Column("epoch", "integer", "The epoch, as the name states it.", _of_reading("epoch")),
    Column("step", "integer", "The step, as the name states it.", _of_reading("step")),
    Column("metric", "text", "The name of the metric, if there is exactly one.", _metric),
    Column("value", "real", "The value of that metric, if it is finite.", _value),
    Column("metrics", "text", "All metrics of the name, as a JSON object.", _metrics),
    Column("version", "integer", "The number added to a name that was taken.", _of_reading("version")),
    Column("is_latest", "boolean", "Whether the run is resumed from it.", _chosen("latest")),
    Column("is_best", "boolean", "Whether it is the best of its run, by its name.", _chosen("best")),
    Column("status", "text", "`canonical`, `legacy`, `ambiguous` or `unknown`.", _text("checkpoint.status")),
    Column("framework", "text", "The framework that wrote it, if that is certain.", _of_reading("framework")),
    Column("format", "text", "The format of the name, if that is certain.", _of_reading("format")),
    Column("kind", "text", "The kind of the checkpoint, if that is certain.", _of_reading("kind")),
    Column("readings", "integer", "The number of readings of the name.", lambda row: len(row.checkpoint.readings)),
    Column("canonical_name", "text", "The canonical name for a legacy one.", _text("checkpoint.canonical_name")),
    Column(
        *("losses", "text", "The fields that the canonical name loses, separated by blanks."),
        lambda row: storable(" ".join(row.checkpoint.losses)),
    ),
    Column("is_empty", "boolean", "Whether it has no bytes.", lambda row: "empty" in row.checkpoint.flags),
    Column(
        *("is_dead_link", "boolean", "Whether it is a symlink that leads nowhere."),
        lambda row: "dead_link" in row.checkpoint.flags,
    ),
    Column(
        *("is_unfinished", "boolean", "Whether other names show that it is not whole."),
        lambda row: "unfinished" in row.checkpoint.flags,
    ),
    Column(
        *("scheme_version", "text", "The version of the scheme that the names were read by."),
        lambda _row: _grammar.SPEC_VERSION,
    ),
)
"""The columns of an exported catalog, in their order."""

NAMES: Final = tuple(column.name for column in COLUMNS)
ROOT: Final = NAMES.index("root")
PATH: Final = NAMES.index("path")


def rows(runs: Iterable[Run]) -> Iterator[Row]:
    """Yield a row for each checkpoint of *runs*, with a value for each of `COLUMNS`."""
    readers = [column._read for column in COLUMNS]
    for run in runs:
        for checkpoint in run.checkpoints:
            source = _RowSource(run, checkpoint, checkpoint.reading)
            yield tuple([read(source) for read in readers])
