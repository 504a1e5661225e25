"""Names of any framework have the answers of `legacy.readings` and `legacy.decode` in columns, and are read once."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pytest

import ckpt_scheme.arrow
import ckpt_scheme.polars
from ckpt_scheme import SchemeError, _foreign_columns, legacy
from column_names import EDGES, Value
from legacy_names import names_of

_DATA: Final = Path(__file__).parents[1] / "data"
_CORPORA: Final = ("common", "foreign", "held_out", "negative", "public")
_FOLDERS: Final = (
    *("", "run-7/checkpoints/", "s3://bucket/my_run/version_3/checkpoints/", "outputs/001/checkpoints/", "step_500/"),
    *("a=1/val/", "epoch=3-train/", "checkpoint-500/", "iter_0000500/", "val/", "a//", "\\"),
)
_EDGES: Final = ("", "/", "///", "a/", "a//", "\\", "checkpoint-500//", "\0", "\n/checkpoint-5", "x" * 2**20)


def _corpus() -> list[str]:
    found = [
        case["name"] for name in _CORPORA for case in json.loads((_DATA / f"{name}_names.json").read_text("utf-8"))
    ]
    return list(dict.fromkeys(found))


def _texts() -> list[str]:
    """Return each name of the corpora and an example of each format, alone and below a folder."""
    source = random.Random(0)  # noqa: S311 - not for secrets
    names = [*_corpus(), *_EDGES, *(text for text in EDGES["checkpoint_path"] if text and len(text) < 1000)]
    names += [next(iter(names_of(declared, 1))) for declared in legacy.REGISTRY.formats[::16]]
    return [source.choice(_FOLDERS) + name for name in names]


def _expected(text: str) -> tuple[Value, ...]:
    readings = len(legacy.readings(text))
    try:
        certain = legacy.decode(text)
    except SchemeError:
        return None, None, None, None, None, readings
    return certain.framework, certain.format, certain.kind, certain.epoch, certain.step, readings


def test_rows_equal_those_of_decode_in_every_engine() -> None:
    texts = _texts()
    frame = pl.DataFrame({"key": texts})

    arrow = ckpt_scheme.arrow.legacy(pa.array(texts)).to_pylist()
    polars = frame.select(ckpt_scheme.polars.legacy("key")).to_series().to_list()

    assert [(text, *row.values()) for text, row in zip(texts, arrow, strict=True)] == [
        (text, *_expected(text)) for text in texts
    ]
    assert polars == arrow


def test_names_of_many_runs_are_read_once() -> None:
    names = [name for name in _corpus() if "=" not in name]
    texts = [f"run-{number}/{name}" for number in range(20) for name in names]
    _foreign_columns.row.cache_clear()

    ckpt_scheme.arrow.legacy(pa.array(texts))

    assert _foreign_columns.row.cache_info().misses < len(texts) / 8


def test_null_is_null_and_an_unread_name_has_no_reading() -> None:
    frame = pl.DataFrame({"key": [None, "notes.txt"]})

    polars = frame.lazy().select(ckpt_scheme.polars.legacy("key")).collect(engine="streaming").to_series().to_list()
    arrow = ckpt_scheme.arrow.legacy(pa.chunked_array([[None, "notes.txt"], []])).to_pylist()

    unread = dict.fromkeys(("framework", "format", "kind", "epoch", "step"), None) | {"readings": 0}
    assert polars == arrow == [None, unread]


@pytest.mark.parametrize("texts", [[], [None]])
def test_column_without_texts_has_the_declared_types(texts: list[str | None]) -> None:
    numbers = ("epoch", "step", "readings")

    polars = pl.DataFrame({"key": texts}, {"key": pl.String}).select(ckpt_scheme.polars.legacy("key")).to_series()
    arrow = ckpt_scheme.arrow.legacy(pa.array(texts, pa.string()))

    words = ("framework", "format", "kind")
    assert polars.dtype == pl.Struct({**dict.fromkeys(words, pl.String), **dict.fromkeys(numbers, pl.Int64)})
    assert arrow.type == pa.struct(
        [*((name, pa.string()) for name in words), *((name, pa.int64()) for name in numbers)]
    )
    assert polars.to_list() == arrow.to_pylist() == texts
