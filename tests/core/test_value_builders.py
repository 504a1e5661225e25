"""Libraries that build attrs classes their own way build a value of the grammar, or raise."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import cattrs
import msgspec
import pydantic
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import (
    AnyCheckpoint,
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
    RunArchive,
    RunDirectory,
    RunId,
    SchemeError,
)

RUN = RunId(tag="ocr", architecture="dbnet", encoder="resnet18", phase="training", timestamp=datetime(2025, 10, 15, 12))
EPOCH = EpochCheckpoint(epoch=22, step=1932, metric=Metric("hmean", 0.8756), version=1)
VALUES = [
    RUN,
    RunArchive(RUN, "zst"),
    EPOCH,
    BestCheckpoint(metric=Metric("hmean", 0.892)),
    LastCheckpoint(),
    RunDirectory("outputs", RUN),
    CheckpointPath(None, RUN, EPOCH),
]
each_value = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
RUN_FIELDS = {"tag": "t", "architecture": "a", "phase": "p", "timestamp": "2025-10-15T12:00:00"}


# The fields for each library, and the part that no name holds.
IMPOSSIBLE = [
    pytest.param(EpochCheckpoint, {"epoch": -5, "step": 7}, id="an epoch below zero"),
    pytest.param(EpochCheckpoint, {"epoch": 5, "step": 10**18}, id="a step of 19 digits"),
    pytest.param(EpochCheckpoint, {"epoch": 5, "step": 7, "version": 0}, id="version zero"),
    pytest.param(
        EpochCheckpoint, {"epoch": 5, "step": 7, "metric": {"name": "a-b", "value": 0.5}}, id="a metric's name"
    ),
    pytest.param(BestCheckpoint, {"version": -3}, id="a version below zero"),
    pytest.param(Metric, {"name": "m", "value": 1e11}, id="a value of twelve digits"),
    pytest.param(Metric, {"name": "", "value": 0.5}, id="a metric without a name"),
    pytest.param(RunId, {**RUN_FIELDS, "tag": "bad-tag!! \n"}, id="a tag"),
    pytest.param(RunId, {**RUN_FIELDS, "encoder": "-x"}, id="an encoder"),
    pytest.param(RunId, {**RUN_FIELDS, "phase": "a_b"}, id="a phase"),
    pytest.param(RunId, {**RUN_FIELDS, "timestamp": "2025-10-15T12:00:00Z"}, id="a time zone"),
    pytest.param(RunId, {**RUN_FIELDS, "timestamp": "2025-10-15T12:00:00.5"}, id="a fraction of a second"),
    pytest.param(RunDirectory, {"root": "", "run": RUN_FIELDS}, id="an empty root"),
    pytest.param(RunDirectory, {"root": "a\0", "run": RUN_FIELDS}, id="a root with NUL"),
    pytest.param(RunArchive, {"run": RUN_FIELDS, "compression": "bz2"}, id="a compression"),
]


@pytest.mark.parametrize(("cls", "fields"), IMPOSSIBLE)
def test_msgspec_refuses_an_impossible_value(cls: type, fields: dict[str, Any]) -> None:
    text = json.dumps(fields)

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=cls)


@pytest.mark.parametrize(("cls", "fields"), IMPOSSIBLE)
def test_cattrs_refuses_an_impossible_value(cls: type, fields: dict[str, Any]) -> None:
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))

    with pytest.raises((SchemeError, cattrs.errors.CattrsError)):
        converter.structure(fields, cls)


@given(st.integers() | st.floats() | st.text(max_size=5) | st.none(), st.integers(-(10**19), 10**19))
def test_msgspec_builds_only_names_that_parse(epoch: object, step: int) -> None:
    try:
        name = msgspec.convert({"epoch": epoch, "step": step}, EpochCheckpoint)
    except msgspec.ValidationError:
        return

    assert CheckpointName.parse(str(name)) == name


@given(st.floats() | st.integers(-(10**13), 10**13))
def test_msgspec_builds_only_metrics_in_stored_form(value: float) -> None:
    try:
        metric = msgspec.convert({"name": "m", "value": value}, Metric)
    except msgspec.ValidationError:
        return

    assert str(EpochCheckpoint(epoch=1, step=1, metric=metric)) == str(
        CheckpointName.parse(f"epoch-01_step-000001_{metric}.ckpt")
    )


def test_msgspec_stores_minus_zero_as_zero() -> None:
    metric = msgspec.convert({"name": "m", "value": -0.0}, Metric)

    assert str(metric) == "m-0.0000"


def test_msgspec_builds_a_value_from_its_fields() -> None:
    run = msgspec.json.decode(json.dumps(RUN_FIELDS), type=RunId)

    assert run == RunId(tag="t", architecture="a", phase="p", timestamp=datetime(2025, 10, 15, 12))


@each_value
def test_cattrs_structures_a_value_again(value: Any) -> None:  # noqa: ANN401 - any of the classes
    converter = cattrs.Converter()
    converter.register_structure_hook(datetime, lambda moment, _: moment)
    converter.register_structure_hook(AnyCheckpoint, lambda fields, _: converter.structure(fields, EpochCheckpoint))

    assert converter.structure(converter.unstructure(value), type(value)) == value


@each_value
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_a_value(value: object, protocol: int) -> None:
    revived = pickle.loads(pickle.dumps(value, protocol))

    assert type(revived) is type(value)
    assert revived == value


# Bytes that version 0.1 wrote: every later version reads them.
PICKLES = [
    pytest.param(
        b"cckpt_scheme._value\nrestore\np0\n(cckpt_scheme.run_id\nRunId\np1\nVocr-dbnet-resnet18_training_20251015_120000\np2\ntp3\nRp4\n.",
        RUN,
        id="RunId",
    ),
    pytest.param(
        b"cckpt_scheme._value\nrestore\np0\n(cckpt_scheme.checkpoint_name\nEpochCheckpoint\np1\nVepoch-22_step-001932_hmean-0.8756_v1.ckpt\np2\ntp3\nRp4\n.",
        EPOCH,
        id="EpochCheckpoint",
    ),
    pytest.param(
        b"cckpt_scheme.checkpoint_name\nMetric\np0\n(Vhmean\np1\nF0.8756\ntp2\nRp3\n.",
        Metric("hmean", 0.8756),
        id="Metric",
    ),
]


@pytest.mark.parametrize(("data", "value"), PICKLES)
def test_pickle_of_the_first_release_is_read(data: bytes, value: object) -> None:
    assert pickle.loads(data) == value


def test_pickle_with_an_altered_text_is_refused() -> None:
    data = pickle.dumps(EPOCH, 0).replace(b"epoch-22", b"epoch-2x")

    with pytest.raises(SchemeError):
        pickle.loads(data)


@each_value
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copy_returns_the_frozen_value_itself(value: object, duplicate: Callable[[object], object]) -> None:
    assert duplicate(value) is value


def test_a_builder_that_fills_fields_past_the_constructor_gets_them_converted() -> None:
    path = object.__new__(CheckpointPath)
    for field, value in {"root": pathlib.PurePosixPath("outputs"), "run": RUN, "name": EPOCH}.items():
        object.__setattr__(path, field, value)

    path.__attrs_post_init__()

    assert path == CheckpointPath("outputs", RUN, EPOCH)
    assert type(path.root) is str


@each_value
def test_values_of_one_class_are_ordered_by_their_keys(value: Any) -> None:  # noqa: ANN401 - any of the classes
    again = type(value).parse(str(value))

    assert value <= again <= value
    assert value.sort_key() == again.sort_key()


def test_directories_and_archives_are_ordered_by_run() -> None:
    later = attrs.evolve(RUN, timestamp=datetime(2026, 1, 1))

    assert RunDirectory("b", RUN) < RunDirectory("a", later)
    assert RunDirectory("a", RUN) < RunDirectory("b", RUN)
    assert RunArchive(RUN, "xz") < RunArchive(later)


@each_value
def test_a_value_has_no_setstate(value: object) -> None:
    assert not hasattr(value, "__setstate__")


@each_value
def test_evolve_keeps_a_value_and_refuses_invalid_fields(value: Any) -> None:  # noqa: ANN401 - any of the classes
    fields = attrs.fields(type(value))

    assert attrs.evolve(value) == value
    for field in fields:
        with pytest.raises(SchemeError):
            attrs.evolve(value, **{field.name: b"\0"})


@each_value
def test_yaml_keeps_a_value(value: object) -> None:
    text = yaml.dump(value)

    assert yaml.unsafe_load(text) == value


@pytest.mark.parametrize("state", ["{epoch: -5, step: 7}", "[null, {epoch: -5, step: 7}]"])
def test_yaml_state_is_refused(state: str) -> None:
    text = f"!!python/object:ckpt_scheme.checkpoint_name.EpochCheckpoint {state}"

    with pytest.raises((yaml.YAMLError, AttributeError, TypeError)):
        yaml.unsafe_load(text)


# --------------------------------------------------------------------------------------------------------------------
# pydantic.


class Job(pydantic.BaseModel):
    run: RunId
    start: AnyCheckpoint
    name: CheckpointName | None = None
    path: CheckpointPath | None = None
    directory: RunDirectory | None = None
    archive: RunArchive | None = None


def test_pydantic_field_takes_text_and_values() -> None:
    of_text = Job(run=str(RUN), start=str(EPOCH), path=str(CheckpointPath(None, RUN, EPOCH)))  # type: ignore[arg-type]
    of_values = Job(run=RUN, start=EPOCH, path=CheckpointPath(None, RUN, EPOCH))

    assert of_text == of_values


def test_pydantic_dumps_text_to_json_and_values_to_python() -> None:
    job = Job(run=RUN, start=LastCheckpoint(), archive=RunArchive(RUN, "gz"))

    assert json.loads(job.model_dump_json())["archive"] == f"{RUN}.tar.gz"
    assert job.model_dump()["archive"] == RunArchive(RUN, "gz")
    assert Job.model_validate_json(job.model_dump_json()) == job


@pytest.mark.parametrize("value", ["ocr", "", 5, None, b"last.ckpt", {"epoch": 5, "step": 7}])
def test_pydantic_field_refuses_another_value(value: object) -> None:
    with pytest.raises(pydantic.ValidationError, match="run"):
        Job(run=value, start="last.ckpt")  # type: ignore[arg-type]


def test_pydantic_error_holds_the_message() -> None:
    with pytest.raises(pydantic.ValidationError, match=r"did you mean 'epoch-07_step-001640\.ckpt'"):
        Job(run=RUN, start="epoch-7_step-001640.ckpt")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "accepted", "refused"),
    [
        ("run", str(RUN), "ocr-dbnet_training_20250230_120000"),
        ("start", "last.ckpt", "last.ckpt "),
    ],
)
def test_json_schema_has_an_exact_pattern(field: str, accepted: str, refused: str) -> None:
    import jsonschema  # noqa: PLC0415 - for this test only

    schema = Job.model_json_schema()
    fields = {"run": str(RUN), "start": "last.ckpt"}

    jsonschema.validate({**fields, field: accepted}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**fields, field: refused}, schema)
