"""Real names of many frameworks, gathered from their sources, and what each of them means.

``data/foreign_names.json`` holds the facts. A name that is not read as it says there is in
``data/foreign_exceptions.json`` with the reason, or this fails.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from ckpt_scheme.legacy import CANONICAL, REGISTRY, Kind, LegacyName, decode, readings

_DATA: Final = Path(__file__).parent / "data"
FACTS: Final[list[dict[str, Any]]] = json.loads((_DATA / "foreign_names.json").read_text(encoding="utf-8"))
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads((_DATA / "foreign_exceptions.json").read_text(encoding="utf-8"))

# What is told about a name, and does not stand in it; the rest of a fact's extras does.
_TOLD: Final = {
    "ambiguous_with",
    "bare_number",
    "doubled_keys",
    "epoch_base",
    "is_dir",
    "is_dir_or_file",
    "is_prefix",
    "may_be_symlink",
    "note",
    "path_form",
    "path_split",
    "timestamp",
}
_FIELDS: Final = ("architecture", "encoder", "version")


def wrong_in(reading: LegacyName, fact: Mapping[str, Any]) -> list[str]:
    """What a reading says otherwise than a fact."""
    said: dict[str, Any] = {
        "kind": reading.kind,
        "epoch": reading.epoch,
        "step": reading.step,
        "metrics": scores(reading.metrics),
    }
    expected = {**{key: fact[key] for key in ("kind", "epoch", "step")}, "metrics": scores(fact["metrics"])}
    extras = fact["extras"]
    for key in extras.keys() - _TOLD:
        expected[key] = extras[key]
        said[key] = getattr(reading, key) if key in _FIELDS else reading.extras.get(key)
    if "epoch_base" in extras and reading.epoch_base is not None:
        expected["epoch_base"], said["epoch_base"] = extras["epoch_base"], reading.epoch_base
    if "timestamp" in extras:
        # Each framework spells it in its own way; a month by its name is the one thing that is not a number.
        digits = "".join(re.findall("[0-9]", extras["timestamp"].replace("October-12-2023_02+15PM", "202310121415")))
        found = "" if reading.timestamp is None else f"{reading.timestamp:%Y%m%d%H%M%S%f}"
        expected["timestamp"], said["timestamp"] = digits, found[: len(digits)]
    is_directory = extras.get("is_dir", False)
    wrong = [f"{key}: {said[key]!r}, not {value!r}" for key, value in expected.items() if said[key] != value]
    if reading.entry == ("file" if is_directory else "directory") and "is_dir_or_file" not in extras:
        wrong.append(f"entry: {reading.entry}")
    return wrong


def scores(metrics: Mapping[str, float | str]) -> dict[str, float | str]:
    """Metrics, so that nan is equal to nan."""
    values = {key: float(value) for key, value in metrics.items()}
    return {key: "nan" if math.isnan(value) else value for key, value in values.items()}


def verdict(fact: Mapping[str, Any]) -> list[str]:
    """What is wrong in the best reading of a fact's framework; nothing if it is right."""
    own = [reading for reading in readings(fact["name"]) if reading.framework == fact["framework"]]
    return min((wrong_in(reading, fact) for reading in own), key=len, default=["no reading of its framework"])


def key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["framework"], entry["name"]


EXCEPTED: Final = {key(entry) for entry in EXCEPTIONS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_a_name_means_what_its_framework_means(fact: dict[str, Any]) -> None:
    wrong = verdict(fact)

    if key(fact) in EXCEPTED:
        assert wrong, "it is read now: take it out of foreign_exceptions.json"
    else:
        assert wrong == []


def test_an_exception_is_of_a_fact_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {key(fact) for fact in FACTS} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_no_reading_is_the_only_one_and_wrong(fact: dict[str, Any]) -> None:
    found = readings(fact["name"])

    if len(found) == 1 and found[0].framework not in (fact["framework"], CANONICAL):
        # Another framework's, which means the same.
        assert [found[0].kind, found[0].epoch, found[0].step] == [fact["kind"], fact["epoch"], fact["step"]]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_whoever_wrote_it_decides(fact: dict[str, Any]) -> None:
    own = [reading for reading in readings(fact["name"]) if reading.framework in (fact["framework"], CANONICAL)]

    if len(own) == 1:
        # Not by "==", for nan is not equal to nan.
        assert repr(decode(fact["name"], framework=fact["framework"])) == repr(own[0])


def test_every_framework_of_the_facts_is_known() -> None:
    assert set(REGISTRY.frameworks) >= {fact["framework"] for fact in FACTS}


def test_frameworks_that_write_the_same_are_all_told() -> None:
    for fact in FACTS:
        others = set(fact["extras"].get("ambiguous_with", ())) & set(REGISTRY.frameworks)
        assert others <= {reading.framework for reading in readings(fact["name"])}, fact["name"]


def test_the_facts_hold_every_kind_but_one() -> None:
    assert set(get_args(Kind)) - {fact["kind"] for fact in FACTS} == {"recovery"}
