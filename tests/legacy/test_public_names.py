"""Names that public programs write: of one framework, of code that is no framework, and of two programs at once.

``data/public_names.json`` holds each name, the framework if it has one, and the right answer: the kinds, and the epoch,
step and metrics that the program means. A name that the library answers otherwise stands in
``data/public_exceptions.json`` with the reason, or its test fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import SchemeError
from ckpt_scheme.legacy import CHECKPOINT_KINDS, REGISTRY, Reading, decode, readings

_DATA: Final = Path(__file__).parents[1] / "data"
FACTS: Final[list[dict[str, Any]]] = json.loads((_DATA / "public_names.json").read_text(encoding="utf-8"))
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads((_DATA / "public_exceptions.json").read_text(encoding="utf-8"))


def key(entry: Mapping[str, Any]) -> tuple[str | None, str]:
    return entry["framework"], entry["name"]


EXCEPTED: Final = {key(entry) for entry in EXCEPTIONS}


def is_right(reading: Reading, fact: Mapping[str, Any]) -> bool:
    """Return whether *reading* is the meaning of *fact*; the numbers of a part do not matter."""
    if reading.kind not in CHECKPOINT_KINDS:
        return reading.kind in fact["kinds"]
    metrics = {name: reading.metrics.get(name) for name in fact["metrics"]}
    return (
        reading.kind in fact["kinds"]
        and (reading.epoch, reading.step) == (fact["epoch"], fact["step"])
        and metrics == {name: pytest.approx(value) for name, value in fact["metrics"].items()}
    )


def faults(fact: Mapping[str, Any]) -> list[str]:
    """Return the faults in the library's answers for a name."""
    found = readings(fact["name"])
    own = [reading for reading in found if reading.framework == fact["framework"]]
    wrong = []
    try:
        if not is_right(decode(fact["name"]), fact):
            wrong.append("the certain reading is wrong")
    except SchemeError:
        if not any(is_right(reading, fact) for reading in found):
            wrong.append("no reading is right" if found else "it is not read")
    if fact["framework"] in REGISTRY.frameworks and not any(is_right(reading, fact) for reading in own):
        wrong.append("no reading of its framework is right" if own else "its framework does not read it")
    return wrong


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['framework']}-{fact['name']}")
def test_name_that_a_public_program_writes_has_the_right_answer(fact: dict[str, Any]) -> None:
    wrong = faults(fact)

    if key(fact) in EXCEPTED:
        assert wrong, "it is right now: take it out of public_exceptions.json"
    else:
        assert wrong == []


def test_each_exception_names_a_public_name_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {key(fact) for fact in FACTS} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)
