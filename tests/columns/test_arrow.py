"""Functions on Arrow arrays give the answers of `parse` for each layout of the array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

import ckpt_scheme.arrow as columns
from ckpt_scheme import FieldError
from column_names import EDGES, RECORDS, RecordName, Value, count, differences, expected, functions, names

Data: TypeAlias = Any  # pyarrow carries no types

_READ = functions(columns)
_IS = functions(columns, "is_")
_PATH = "outputs/ocr-dbnet_training_20251015_120000/checkpoints/epoch-22_step-001932.ckpt"


def _rows(found: Data) -> list[tuple[Value, ...] | None]:
    found.validate(full=True)
    return [None if row is None else tuple(row.values()) for row in found.to_pylist()]


@pytest.mark.parametrize("record", RECORDS)
def test_rows_equal_those_of_parse(record: RecordName) -> None:
    texts = [*EDGES[record], *names(record, count())]

    found = _READ[record](pa.array(texts, pa.string()))

    assert differences(record, texts, _rows(found)) == []


@pytest.mark.parametrize("record", RECORDS)
def test_truth_values_equal_those_of_is_valid(record: RecordName) -> None:
    texts = [*EDGES[record], *names(record, 2_000)]

    found = _IS[record](pa.array(texts, pa.string())).to_pylist()

    assert found == [None if text is None else expected(record, text) is not None for text in texts]


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(lambda array: array.slice(3, 400), id="slice"),
        pytest.param(lambda array: array.cast(pa.large_string()), id="large_string"),
        pytest.param(lambda array: array.cast(pa.string_view()), id="string_view"),
        pytest.param(lambda array: array.dictionary_encode(), id="dictionary"),
        pytest.param(
            lambda array: array.cast(pa.large_string()).dictionary_encode().slice(5, 50), id="large dictionary"
        ),
        pytest.param(
            lambda array: pa.chunked_array([array.slice(0, 7), array.slice(7, 0), array.slice(7)]), id="chunks"
        ),
        pytest.param(lambda array: pa.chunked_array([array.dictionary_encode(), array.dictionary_encode()]), id="both"),
    ],
)
def test_layout_of_the_array_changes_no_answer(layout: Callable[[Data], Data]) -> None:
    array = layout(pa.array([*EDGES["checkpoint_path"][:10], *names("checkpoint_path", 500)], pa.string()))

    found = columns.checkpoint_path(array)

    assert isinstance(found, pa.ChunkedArray) == isinstance(array, pa.ChunkedArray)
    assert differences("checkpoint_path", array.to_pylist(), _rows(found)) == []
    assert columns.is_checkpoint_path(array).to_pylist() == [
        None if text is None else expected("checkpoint_path", text) is not None for text in array.to_pylist()
    ]


@pytest.mark.parametrize("array", [pa.array([], pa.string()), pa.chunked_array([], pa.string()), pa.nulls(2)])
def test_array_without_texts_has_the_declared_types(array: Data) -> None:
    run = [
        *((name, pa.string()) for name in ("tag", "architecture", "encoder", "phase")),
        ("timestamp", pa.timestamp("us")),
    ]
    name = [("kind", pa.string()), ("epoch", pa.int64()), ("step", pa.int64()), ("metric", pa.string())]
    name += [("value", pa.float64()), ("version", pa.int64())]

    found = [_READ[record](array) for record in RECORDS]

    assert [one.type for one in found] == [
        pa.struct(run),
        pa.struct(name),
        pa.struct([("root", pa.string()), *run, *name]),
    ]
    assert [one.to_pylist() for one in found] == [array.to_pylist()] * 3
    assert columns.is_run_id(array).type == pa.bool_()


@pytest.mark.parametrize(
    "array",
    [
        pa.array([b"last.ckpt", b"\xff"]),
        pa.array([b"last.ckpt"], pa.large_binary()),
        pa.array([b"last.ckpt"]).dictionary_encode(),
        pa.chunked_array([[1]]),
    ],
)
def test_array_of_another_type_is_refused_with_its_type(array: Data) -> None:
    with pytest.raises(FieldError, match=r"binary|int64") as refused:
        columns.checkpoint_path(array)

    assert "cast" in refused.value.expected


def test_python_list_is_refused() -> None:
    with pytest.raises(FieldError, match=r"a pyarrow\.Array"):
        columns.is_run_id(["last.ckpt"])


@pytest.mark.parametrize("make", [pa.table, pa.record_batch])
def test_append_adds_the_fields_to_a_table_and_a_batch(make: Callable[[Data], Data]) -> None:
    data = make({"key": [_PATH, "notes.txt", None], "size": [1, 2, 3]})

    found = columns.append(data, "key", columns.checkpoint_path)

    assert type(found) is type(data)
    assert found.column_names[:4] == ["key", "size", "root", "tag"]
    assert found.select(["key", "size", "epoch", "kind"]).to_pylist() == [
        {"key": _PATH, "size": 1, "epoch": 22, "kind": "epoch"},
        {"key": "notes.txt", "size": 2, "epoch": None, "kind": None},
        {"key": None, "size": 3, "epoch": None, "kind": None},
    ]


def test_append_reads_the_batches_of_a_reader_one_by_one() -> None:
    read: list[int] = []

    def batches() -> Iterator[Data]:
        for place in range(3):
            read.append(place)
            yield pa.record_batch({"name": ["last.ckpt"]})

    reader = pa.RecordBatchReader.from_batches(pa.schema([("name", pa.string())]), batches())
    found = columns.append(reader, "name", columns.checkpoint_name)
    before = list(read)

    first = next(iter(found))

    assert isinstance(found, pa.RecordBatchReader)
    assert (before, read) == ([], [0])
    assert first.column("kind").to_pylist() == ["last"]


def test_append_refuses_a_missing_column_and_a_taken_name() -> None:
    data = pa.table({"key": [_PATH], "epoch": [1]})

    with pytest.raises(FieldError, match="one of key, epoch"):
        columns.append(data, "name", columns.checkpoint_path)
    with pytest.raises(FieldError, match=r"epoch.*rename"):
        columns.append(data, "key", columns.checkpoint_path)
