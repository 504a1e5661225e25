"""Runs as JSON, both ways, and the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

import ckpt_scheme
from catalog_trees import EMPTY_RUN, RUN, grow, only, runs
from ckpt_scheme import catalog, legacy
from ckpt_scheme.errors import FieldError

SCHEMA: dict[str, Any] = json.loads(
    (Path(ckpt_scheme.__file__).parent / "catalog/catalog.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture
def varied(tmp_path: Path) -> Path:
    """A tree with every kind of record."""
    where = f"{RUN}/checkpoints"
    grow(tmp_path, f"{where}/epoch-22_step-001932.ckpt", f"{where}/best-hmean-0.8920.ckpt", f"{where}/last.ckpt")
    grow(tmp_path, f"{where}/epoch=3-val_loss=nan.ckpt", f"{where}/\u2603.ckpt", f"{where}/~3~12.ckpt")
    grow(tmp_path, "hf/checkpoint-500/model.safetensors", f"{EMPTY_RUN}/", f"{RUN}.tar.gz", "open/epoch_3.pth")
    grow(
        tmp_path, "mixed/epoch_3.pth", "mixed/iter_500.pth", "old/epoch_epoch_22_step_step_001932_20251009_015037.ckpt"
    )
    (tmp_path / "hf/checkpoint-900").symlink_to("gone")
    return tmp_path


def test_json_of_every_run_has_the_form_of_the_schema(varied: Path) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)

    for run in runs(varied):
        record = json.loads(json.dumps(catalog.to_json(run), allow_nan=False))
        assert [error.message for error in validator.iter_errors(record)] == []
        # No member is written that the schema does not describe.
        assert record.keys() == SCHEMA["properties"].keys()
        for checkpoint in record["checkpoints"]:
            assert checkpoint.keys() == SCHEMA["$defs"]["checkpoint"]["properties"].keys()
            for reading in checkpoint["readings"]:
                assert reading.keys() == SCHEMA["$defs"]["reading"]["properties"].keys()


def test_run_from_its_json_is_equal(varied: Path) -> None:
    for run in runs(varied):
        text = json.dumps(catalog.to_json(run))
        # A value that is not a number equals nothing, so its text is compared.
        again = catalog.from_json(json.loads(text))
        assert json.dumps(catalog.to_json(again)) == text
        assert "NaN" in repr(tuple(run.checkpoints)) or "nan" in text or again == run


def test_words_of_the_schema_are_those_of_the_types() -> None:
    defs = SCHEMA["$defs"]
    checkpoint, reading = defs["checkpoint"]["properties"], defs["reading"]["properties"]

    assert defs["warning"]["properties"]["kind"]["enum"] == list(get_args(catalog.WarningKind))
    assert checkpoint["flags"]["items"]["enum"] == list(get_args(catalog.CheckpointFlag))
    assert checkpoint["status"]["enum"] == list(get_args(catalog.Status))
    assert checkpoint["entry_type"]["enum"] == list(get_args(catalog.EntryType))
    assert reading["kind"]["enum"] == list(get_args(legacy.Kind))
    assert reading["recency"]["enum"] == [*get_args(legacy.Recency), None]
    assert reading["prior"]["enum"] == list(get_args(legacy.Prior))
    assert SCHEMA["properties"]["schema"]["const"] == catalog.SCHEMA_VERSION


def test_json_holds_values_that_follow_from_the_readings(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/epoch=3-step=1200.ckpt")

    record: Any = catalog.to_json(only(tmp_path))

    assert (record["tag"], record["timestamp"]) == ("ocr_baseline_v1", "2025-10-15T12:00:00")
    assert record["latest"] == {"path": f"{tmp_path}/{RUN}/checkpoints/epoch=3-step=1200.ckpt", "reason": None}
    (checkpoint,) = record["checkpoints"]
    assert (checkpoint["framework"], checkpoint["kind"], checkpoint["epoch"], checkpoint["step"]) == (
        "lightning",
        "epoch",
        3,
        1200,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"schema": None},
        {"run": "no run"},
        {"modified": "yesterday"},
        {"latest": {"path": "not one of the checkpoints", "reason": None}},
        {"checkpoints": [{}]},
        {"evidence": [{"framework": "x"}]},
        {"size": "x"},
        {"size": None},
        {"size": -5},
        {"size": True},
        {"framework": 7},
        {"warnings": [{"kind": "rain", "paths": [], "count": 1}]},
    ],
)
def test_from_json_refuses_another_form(tmp_path: Path, change: dict[str, object]) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt")
    record = catalog.to_json(only(tmp_path))

    with pytest.raises(FieldError):
        catalog.from_json({**record, **change})


@pytest.mark.parametrize("record", [None, [], {}])
def test_from_json_refuses_an_object_that_is_no_run(record: object) -> None:
    with pytest.raises(FieldError):
        catalog.from_json(record)  # type: ignore[arg-type]  # the refused value
