"""`ckpt_scheme.spark` on a real local Spark: the fields of `parse`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from ckpt_scheme import FieldError
from ckpt_scheme import spark as spark_columns
from column_names import EDGES, RECORDS, RecordName, count, differences, names
from sql_engines import package, spark

# PySpark 4.3 says so of pandas 3, which only its own conversions use.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


@pytest.fixture(scope="module")
def session() -> Any:  # noqa: ANN401 - a session of Spark
    return spark()


@pytest.mark.parametrize("record", RECORDS)
def test_rows_equal_those_of_parse(record: RecordName, session: Any) -> None:  # noqa: ANN401 - as above
    read = getattr(spark_columns, record)
    texts = [*EDGES[record], *names(record, count())]
    pa = package("pyarrow")
    frame = session.createDataFrame(pa.table({"id": pa.array(range(len(texts))), "key": pa.array(texts, pa.string())}))

    found = read(frame, "key").orderBy("id").drop("id", "key").toArrow()

    columns = [column.to_pylist() for column in found.columns]
    rows = [None if all(value is None for value in row) else row for row in zip(*columns, strict=True)]
    assert differences(record, texts, rows) == []


def test_other_columns_stay(session: Any) -> None:  # noqa: ANN401 - as above
    read = spark_columns.checkpoint_name
    moment = datetime(2025, 10, 15, tzinfo=UTC)
    frame = session.createDataFrame([("last.ckpt", 3, moment)], "key string, size bigint, modified timestamp")

    found = read(frame, "key")

    assert found.columns == ["key", "size", "modified", "kind", "epoch", "step", "metric", "value", "version"]
    [row] = found.collect()
    assert (row.size, row.modified.astimezone(UTC), row.kind, row.epoch) == (3, moment, "last", None)


def test_names_of_any_framework_have_their_readings(session: Any) -> None:  # noqa: ANN401 - as above
    texts = [("run/epoch=3-step=1200.ckpt",), ("checkpoint-500/",), ("notes.txt",), (None,)]
    frame = session.createDataFrame(texts, "key string")

    rows = spark_columns.legacy(frame, "key").collect()

    assert [tuple(row) for row in rows[::2]] == [
        ("run/epoch=3-step=1200.ckpt", "lightning", "default", "epoch", 3, 1200, 1),
        ("notes.txt", None, None, None, None, None, 0),
    ]
    assert [rows[1].readings > 0, rows[3].readings] == [True, None]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        pytest.param("name string", r"column 'key': expected a column of strings; .* name \(string\)", id="missing"),
        pytest.param("key binary", r"the columns are key \(binary\)", id="binary"),
        pytest.param("key string, tag string, phase int", "columns 'tag, phase'", id="taken"),
    ],
)
def test_unfit_frame_is_refused_before_spark_runs(schema: str, message: str, session: Any) -> None:  # noqa: ANN401 - as above
    read = spark_columns.run_id
    frame = session.createDataFrame([], schema)

    with pytest.raises(FieldError, match=message):
        read(frame, "key")


@pytest.mark.parametrize("engine", ["pyspark.sql.types", "pyarrow"])
def test_missing_engine_is_an_import_error_that_names_the_extra(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ckpt_scheme.arrow", raising=False)
    monkeypatch.setitem(sys.modules, engine, None)

    with pytest.raises(ImportError, match=r"pip install 'ckpt-scheme\[spark\]'"):
        spark_columns.run_id(None, "key")
