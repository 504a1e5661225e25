"""`Registry.from_file`, `FieldType`, and the conversions of the texts of fields."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from ckpt_scheme import FieldError, legacy
from ckpt_scheme.legacy import REGISTRY, FieldType, Format, Registry, readings
from ckpt_scheme.legacy._data import shared_types

FORMAT = {"id": "snapshot", "kind": "step", "template": "snap.{step:plain}", "source": "a/b:c", "examples": ["snap.5"]}
FORMAT_MEMBERS: dict[str, Any] = {key: value for key, value in FORMAT.items() if key != "id"}
CONTENT = {"framework": "our-trainer", "formats": [FORMAT]}


def saved(folder: Path, content: object) -> Path:
    path = folder / "our-trainer.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_file_of_formats_is_read(tmp_path: Path) -> None:
    content = {
        "$schema": "../framework.schema.json",
        "framework": "our-trainer",
        "note": "A trainer.",
        "defaults": {"source": "a/b:c", "entry": "directory"},
        "field_types": {
            "week": {"pattern": "[0-5][0-9]", "longest": 2, "convert": "integer"},
            "late_week": {"like": "week", "refuse": ["0."]},
        },
        "formats": [
            {"id": "week", "kind": "index", "template": "week-{week:late_week}", "examples": ["week-17"], "note": "x"},
            {"id": "end", "kind": "final", "template": "end", "examples": ["end"], "entry": "any"},
        ],
    }

    registry = Registry.from_file(saved(tmp_path, content))

    assert [(one.format, one.entry, one.source) for one in registry.formats] == [
        ("week", "directory", "a/b:c"),
        ("end", "any", "a/b:c"),
    ]
    assert registry.decode("week-17").extras == {"week": 17}
    assert registry.readings("week-07") == ()


def test_file_of_the_package_is_read_as_the_package_reads_it() -> None:
    path = Path(__file__).parents[2] / "src/ckpt_scheme/legacy/formats/lightning.json"

    registry = Registry.from_file(path)

    assert registry.formats == tuple(one for one in REGISTRY.formats if one.framework == "lightning")


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Registry.from_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "JSON"),
        ([], "a JSON object"),
        ({"formats": [FORMAT]}, "framework"),
        ({**CONTENT, "formats": {}}, "a list"),
        ({**CONTENT, "format": []}, "format"),
        ({**CONTENT, "defaults": {"id": "x"}}, "id"),
        ({**CONTENT, "formats": [5]}, "a JSON object"),
        ({**CONTENT, "formats": [{"kind": "step"}]}, "id"),
        ({**CONTENT, "formats": [{**FORMAT, "kinds": 5}]}, "kinds"),
        ({**CONTENT, "formats": [{"id": "snapshot", "kind": "step"}]}, "template"),
        ({**CONTENT, "formats": [{**FORMAT, "kind": "x"}]}, "one of epoch"),
        ({**CONTENT, "formats": [{**FORMAT, "examples": 5}]}, "several texts"),
        ({**CONTENT, "formats": [{**FORMAT, "examples": [5]}]}, "a str"),
        ({**CONTENT, "formats": [{**FORMAT, "source": 5}]}, "a str"),
        ({**CONTENT, "formats": [{**FORMAT, "extras": 5}]}, "a mapping"),
        ({**CONTENT, "formats": [{**FORMAT, "prior": "often"}]}, "usual, rare"),
        ({**CONTENT, "formats": [{**FORMAT, "recency": "old"}]}, "lagging"),
        ({**CONTENT, "formats": [{**FORMAT, "template": "{step:weeks}"}]}, "weeks"),
        ({**CONTENT, "field_types": []}, "a JSON object"),
        ({**CONTENT, "field_types": {"x": {"pattern": "a"}}}, "longest"),
        ({**CONTENT, "field_types": {"x": {"like": "weeks"}}}, "weeks"),
        ({**CONTENT, "field_types": {"x": {"like": "x"}}}, "all members"),
        ({**CONTENT, "field_types": {"x": {"pattern": "a", "longest": 1, "width": 1}}}, "width"),
    ],
)
def test_file_of_another_form_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(FieldError) as caught:
        Registry.from_file(saved(tmp_path, content))

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"pattern": "("},
        {"pattern": "(a)"},
        {"pattern": "a?"},
        {"pattern": 5},
        {"refuse": ["("]},
        {"convert": "int"},
        {"convert": 5},
        {"convert": {}},
        {"convert": {"timestamp": "%Q"}},
        {"convert": {"timestamp": "now"}},
        {"convert": {"timestamp": "%m%d"}},
        {"convert": {"timestamp": "%Y%"}},
        {"convert": {"slash_after": "coco"}},
        {"convert": {"integer": 5, "number": 5}},
        {"convert": {"metrics": {"needs": []}}},
        {"convert": {"metrics": []}},
        {"convert": {"slash_after": 5}},
        {"convert": {"owner": 5}},
        {"convert": {"unknown": 5}},
    ],
)
def test_field_type_that_cannot_be_used_is_refused(changes: dict[str, Any]) -> None:
    members: dict[str, Any] = {"pattern": "a", "longest": 1, **changes}

    with pytest.raises(FieldError):
        FieldType(**members)


def value(convert: str | Mapping[str, Any] | None, text: str, **members: Any) -> Any:  # noqa: ANN401 - of any type
    read = FieldType(pattern=".{1,99}", longest=99, convert=convert, **members).reader("x")
    return text if read is None else read(text)


@pytest.mark.parametrize(
    ("convert", "text", "expected"),
    [
        (None, "007", "007"),
        ("integer", "007", 7),
        ("integer", "-7", -7),
        ("number", "1e-05", 1e-05),
        ("nothing", "007", {}),
        ({"timestamp": "%Y%m%d_%H%M%S"}, "20251015_120000", datetime(2025, 10, 15, 12)),
        ({"timestamp": "%Y%m%d_%H%M%S"}, "20250230_120000", None),
        ({"timestamp": "%Y%m%d_%H%M%S"}, "20251015-120000", None),
        ({"timestamp": "%Y%m%dT%H%M"}, "coco20171029T2315", datetime(2017, 10, 29, 23, 15)),
        ({"timestamp": "%B-%d-%Y_%I+%M%p"}, "May-01-2023_12+05AM", datetime(2023, 5, 1, 0, 5)),
        ({"timestamp": "%B-%d-%Y_%I+%M%p"}, "October-12-2023_12+15PM", datetime(2023, 10, 12, 12, 15)),
        ({"timestamp": "%Y.%f"}, "2025.000017", datetime(2025, 1, 1, 0, 0, 0, 17)),
        ({"metrics": {}}, "epoch=3-val/loss=0.5", {"epoch": 3, "metrics": {"val/loss": 0.5}}),
        ({"metrics": {}}, "consumed_samples=6.0_step=7", {"consumed_samples": 6.0, "step": 7, "metrics": {}}),
        ({"metrics": {}}, "epoch=3.5", None),
        ({"metrics": {}}, "epoch=1234567890123456789", None),
        ({"metrics": {}}, "a=1-a=2", None),
        ({"metrics": {}}, "epoch=1-epoch=1", None),
        ({"metrics": {}}, "my_epoch=3", None),
        ({"metrics": {}}, "my_epoch=3.0", {"metrics": {"my_epoch": 3.0}}),
        ({"metrics": {"requires": ["metric"]}}, "epoch=3", None),
        ({"metrics": {"requires": ["epoch"]}}, "a=3", None),
        ({"metrics": {"refuses": ["step"]}}, "step=3", None),
        ({"slash_after": ["coco", "coco_panoptic"]}, "coco_panoptic_PQ", "coco_panoptic/PQ"),
        ({"slash_after": ["coco", "coco_panoptic"]}, "coco_AP", "coco/AP"),
        ({"slash_after": ["coco"]}, "cocos_AP", "cocos_AP"),
        ({"owner": ".ckpt"}, "epoch=3-step_4", {"x": "epoch=3-step_4.ckpt", "epoch": 3, "step": 4}),
        ({"owner": ".ckpt"}, "myepoch=3", {"x": "myepoch=3.ckpt"}),
    ],
)
def test_conversion_makes_the_expected_value(convert: Any, text: str, expected: object) -> None:  # noqa: ANN401 - as in JSON
    assert value(convert, text) == expected


def test_kept_text_is_another_field() -> None:
    assert value("integer", "07", keep="run") == {"run": "07", "x": 7}
    assert value({"owner": ".ckpt"}, "a", keep="run") == {"run": "a", "x": "a.ckpt"}
    assert value({"timestamp": "%Y"}, "a", keep="run") is None
    assert value(None, "07", keep="run") == {"run": "07", "x": "07"}


def test_refused_text_is_not_of_the_type() -> None:
    assert value(None, "best_3", refuse=("best.*", "last")) is None
    assert value(None, "lasting", refuse=("best.*", "last")) == "lasting"
    assert value("integer", "7", refuse=("8",)) == 7


def test_extras_of_a_format_cannot_be_changed() -> None:
    declared = next(one for one in REGISTRY.formats if one.extras)

    with pytest.raises(TypeError):
        declared.extras["role"] = "another"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]

    reading = readings(declared.examples[0])[0]
    assert isinstance(reading.extras, dict)
    reading.extras["role"] = "another"
    assert "another" not in readings(declared.examples[0])[0].extras.values()


COPIES = [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one)), attrs.evolve]


@pytest.mark.parametrize("copied", COPIES)
def test_copy_of_a_format_is_equal_and_reads_the_same(copied: Any) -> None:  # noqa: ANN401 - a function
    for declared in (REGISTRY.formats[0], Format(framework="x", format="y", **FORMAT_MEMBERS)):
        again = copied(declared)

        assert again == declared
        assert hash(again) == hash(declared)
        assert again.read(declared.examples[0]) == declared.read(declared.examples[0])


def test_repr_of_a_registry_shows_the_number_of_formats() -> None:
    assert repr(Registry([])) == "Registry(_formats=<0 formats>)"
    assert Registry(REGISTRY.formats) == REGISTRY


def test_shared_types_can_be_listed() -> None:
    own = REGISTRY.formats[0].field_types

    assert set(own) >= set(shared_types())
    assert len(own) == len(set(own))


def test_package_lists_its_public_names_and_no_others() -> None:
    assert dir(legacy) == sorted(legacy.__all__)
    assert all(hasattr(legacy, name) for name in legacy.__all__)
    assert not hasattr(legacy, "Register")
