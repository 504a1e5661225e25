"""Real names of many frameworks, gathered from their sources, with the meaning of each.

``data/foreign_names.json`` holds the facts. A name that the library reads otherwise stands in
``data/foreign_exceptions.json`` with the reason, or its test fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from ckpt_scheme.legacy import CANONICAL, REGISTRY, Kind, decode, readings
from foreign_facts import wrong_in, wrong_only_readings

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


def test_known_names_are_read_with_the_meaning_of_their_frameworks() -> None:
    wrong = {key(fact): verdict(fact) for fact in FACTS}

    # A name that is read rightly leaves foreign_exceptions.json.
    assert {name: faults for name, faults in wrong.items() if (faults == []) == (name in EXCEPTED)} == {}


def test_each_exception_names_a_fact_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {key(fact) for fact in FACTS} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


def test_only_readings_of_names_have_the_right_meaning() -> None:
    assert wrong_only_readings(FACTS) == []


def test_decode_with_the_framework_returns_its_only_reading() -> None:
    own = {
        key(fact): [one for one in readings(fact["name"]) if one.framework in (fact["framework"], CANONICAL)]
        for fact in FACTS
    }
    only = {named: found[0] for named, found in own.items() if len(found) == 1}

    decoded = {(framework, name): decode(name, framework=framework) for framework, name in only}

    # `repr` compares, because nan is not equal to nan.
    assert {named: repr(found) for named, found in decoded.items()} == {named: repr(only[named]) for named in only}
    assert len(only) > len(FACTS) / 2


def test_registry_knows_each_framework_of_the_facts() -> None:
    assert set(REGISTRY.frameworks) >= {fact["framework"] for fact in FACTS}


def test_name_of_several_frameworks_has_readings_of_all_of_them() -> None:
    for fact in FACTS:
        others = set(fact["extras"].get("ambiguous_with", ())) & set(REGISTRY.frameworks)
        assert others <= {reading.framework for reading in readings(fact["name"])}, fact["name"]


def test_facts_hold_each_kind_except_recovery() -> None:
    assert set(get_args(Kind)) - {fact["kind"] for fact in FACTS} == {"recovery"}
