"""Expressions of Polars give the answers of `parse`, and `latest` and `best` choose as the core does."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import polars as pl
import pytest

import ckpt_scheme
import ckpt_scheme.polars as columns
from ckpt_scheme import CheckpointPath, FieldError, Mode
from column_names import (
    EDGES,
    RECORDS,
    RecordName,
    Value,
    count,
    differences,
    expected,
    functions,
    names,
    runs_of_names,
)

_READ = functions(columns)
_IS = functions(columns, "is_")
_RUN = "ocr-dbnet_training_20251015_120000"


def _frame(texts: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"key": texts}, schema={"key": pl.String})


def _rows(found: pl.Series) -> list[tuple[Value, ...] | None]:
    return [None if row is None else tuple(row.values()) for row in found.to_list()]


@pytest.mark.parametrize("record", RECORDS)
def test_rows_equal_those_of_parse(record: RecordName) -> None:
    texts = [*EDGES[record], *names(record, count())]

    found = _frame(texts).select(_READ[record]("key")).to_series()

    assert differences(record, texts, _rows(found)) == []


@pytest.mark.parametrize("record", RECORDS)
def test_truth_values_equal_those_of_is_valid(record: RecordName) -> None:
    texts = [*EDGES[record], *names(record, 2_000)]

    found = _frame(texts).select(_IS[record]("key")).to_series().to_list()

    assert found == [None if text is None else expected(record, text) is not None for text in texts]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_lazy_frame_gives_the_same_rows(engine: Literal["in-memory", "streaming"]) -> None:
    texts = [*EDGES["checkpoint_path"], *names("checkpoint_path", 2_000)]
    lazy = _frame(texts).lazy().select(columns.checkpoint_path(pl.col("key")).alias("found"))

    found = lazy.collect(engine=engine)

    assert lazy.collect_schema() == found.schema
    assert differences("checkpoint_path", texts, _rows(found.to_series())) == []


def test_fields_have_the_declared_types() -> None:
    texts = [pl.Field(field, pl.String) for field in ("root", "tag", "architecture", "encoder", "phase", "metric")]
    root, *labels, metric = texts
    run = [*labels, pl.Field("timestamp", pl.Datetime("us"))]
    numbers = [pl.Field("epoch", pl.Int64), pl.Field("step", pl.Int64)]
    name = [pl.Field("kind", pl.Enum(["best", "epoch", "last"])), *numbers, metric]
    name += [pl.Field("value", pl.Float64), pl.Field("version", pl.Int64)]

    found = _frame([]).select(*(_READ[record]("key").alias(record) for record in RECORDS)).schema

    assert found["run_id"] == pl.Struct(run)
    assert found["checkpoint_name"] == pl.Struct(name)
    assert found["checkpoint_path"] == pl.Struct([root, *run, *name])


def test_sliced_column_of_several_chunks_gives_the_same_rows() -> None:
    texts = names("checkpoint_path", 300)
    frame = pl.concat([_frame([*texts[:100]]), _frame([*texts[100:]])], rechunk=False).slice(50, 200)

    found = frame.select(columns.checkpoint_path("key")).to_series()

    assert differences("checkpoint_path", texts[50:250], _rows(found)) == []


@pytest.mark.parametrize("dtype", [pl.Binary, pl.Int64, pl.Categorical])
def test_column_of_another_type_is_refused(dtype: type[pl.DataType]) -> None:
    frame = pl.DataFrame({"key": pl.Series([], dtype=dtype)})

    with pytest.raises(pl.exceptions.PolarsError, match="String"):
        frame.select(columns.is_run_id("key"))


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_latest_is_that_of_the_core(engine: Literal["in-memory", "streaming"]) -> None:
    runs = runs_of_names(200)
    texts = [text for run in runs for text in run]
    frame = _frame([*texts, None, "notes.txt"]).with_row_index("size")

    found = columns.latest(frame.lazy()).collect(engine=engine)

    right = [ckpt_scheme.latest(run) for run in runs]
    assert found.columns == ["size", "key"]
    assert sorted(found["key"]) == sorted(text for text in right if text is not None)
    assert [texts[place] for place in found["size"]] == found["key"].to_list()


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
@pytest.mark.parametrize("mode", ["max", "min"])
def test_best_is_that_of_the_core(mode: Mode, engine: Literal["in-memory", "streaming"]) -> None:
    runs = runs_of_names(200)
    frame = _frame([text for run in runs for text in run])

    found = columns.best(frame.lazy(), metric="loss", mode=mode).collect(engine=engine)

    right = [ckpt_scheme.best(run, metric="loss", mode=mode) for run in runs]
    assert sorted(found["key"]) == sorted(text for text in right if text is not None)


def test_run_under_two_roots_has_two_rows() -> None:
    paths = [f"{root}{_RUN}/checkpoints/last.ckpt" for root in ("a/", "b/", "")]

    found = columns.latest(pl.DataFrame({"path": paths}), "path")

    assert sorted(found["path"]) == sorted(paths)


def test_key_that_is_listed_twice_has_one_row() -> None:
    frame = _frame([f"{_RUN}/checkpoints/last.ckpt"] * 2)

    assert columns.latest(frame).height == 1


def test_frame_without_checkpoints_gives_no_row() -> None:
    frame = _frame([None, "notes.txt", f"{_RUN}/checkpoints/best.ckpt"])

    assert columns.latest(frame).height == 0
    assert columns.best(frame, metric="loss").height == 0


def test_best_refuses_a_wrong_metric_and_a_wrong_mode() -> None:
    with pytest.raises(FieldError) as metric:
        columns.best(_frame([]), metric="no metric")
    with pytest.raises(FieldError) as mode:
        columns.best(_frame([]), metric="loss", mode="most")  # type: ignore[arg-type]

    assert (metric.value.requirement, mode.value.requirement) == ("CKS-109", "CKS-110")


def test_order_of_kinds_is_that_of_names() -> None:
    texts = ["last.ckpt", "epoch-00_step-000000.ckpt", "best.ckpt"]

    found = _frame([*texts]).select(columns.checkpoint_name("key").struct.field("kind")).to_series()

    assert found.sort().to_list() == ["best", "epoch", "last"]


def test_timestamps_are_those_of_the_run() -> None:
    path = f"{_RUN}/checkpoints/last.ckpt"

    found = _frame([path]).select(columns.checkpoint_path("key").struct.field("timestamp")).item()

    assert found == CheckpointPath.parse(path).run.timestamp == datetime(2025, 10, 15, 12)
