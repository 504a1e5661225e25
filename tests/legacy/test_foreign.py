"""Real names of many frameworks, gathered from their sources, with the meaning of each.

``data/foreign_names.json`` holds the facts. A name that the library reads otherwise stands in
``data/foreign_exceptions.json`` with the reason, or its test fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from ckpt_scheme.legacy import CANONICAL, REGISTRY, Kind, decode, readings
from foreign_facts import wrong_in

_DATA: Final = Path(__file__).parents[1] / "data"
FACTS: Final[list[dict[str, Any]]] = json.loads((_DATA / "foreign_names.json").read_text(encoding="utf-8"))
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads((_DATA / "foreign_exceptions.json").read_text(encoding="utf-8"))


def verdict(fact: Mapping[str, Any]) -> list[str]:
    """Return the faults of the best reading of a fact's framework, none if it is right."""
    own = [reading for reading in readings(fact["name"]) if reading.framework == fact["framework"]]
    return min((wrong_in(reading, fact) for reading in own), key=len, default=["no reading of its framework"])


def key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["framework"], entry["name"]


EXCEPTED: Final = {key(entry) for entry in EXCEPTIONS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_known_name_is_read_with_the_meaning_of_its_framework(fact: dict[str, Any]) -> None:
    wrong = verdict(fact)

    if key(fact) in EXCEPTED:
        assert wrong, "it is read now: take it out of foreign_exceptions.json"
    else:
        assert wrong == []


def test_each_exception_names_a_fact_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {key(fact) for fact in FACTS} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_only_reading_of_a_name_has_the_right_meaning(fact: dict[str, Any]) -> None:
    found = readings(fact["name"])

    if len(found) == 1 and found[0].framework not in (fact["framework"], CANONICAL):
        # The reading is of another framework, and means the same.
        assert [found[0].kind, found[0].epoch, found[0].step] == [fact["kind"], fact["epoch"], fact["step"]]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_decode_with_the_framework_returns_its_only_reading(fact: dict[str, Any]) -> None:
    own = [reading for reading in readings(fact["name"]) if reading.framework in (fact["framework"], CANONICAL)]

    if len(own) == 1:
        # `repr` compares, because nan is not equal to nan.
        assert repr(decode(fact["name"], framework=fact["framework"])) == repr(own[0])


def test_registry_knows_each_framework_of_the_facts() -> None:
    assert set(REGISTRY.frameworks) >= {fact["framework"] for fact in FACTS}


def test_name_of_several_frameworks_has_readings_of_all_of_them() -> None:
    for fact in FACTS:
        others = set(fact["extras"].get("ambiguous_with", ())) & set(REGISTRY.frameworks)
        assert others <= {reading.framework for reading in readings(fact["name"])}, fact["name"]


def test_facts_hold_each_kind_except_recovery() -> None:
    assert set(get_args(Kind)) - {fact["kind"] for fact in FACTS} == {"recovery"}
