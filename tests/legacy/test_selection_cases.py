"""Directories from public reports, in which a program or a reader once chose the wrong checkpoint.

``data/selection_cases.json`` holds their names with the right answers; ``"refused"`` is an error. A case that the
library answers otherwise stands in ``data/selection_exceptions.json`` with the reason, or its test fails.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import SchemeError, best, latest, legacy

_DATA: Final = Path(__file__).parents[1] / "data"
CASES: Final[list[dict[str, Any]]] = json.loads((_DATA / "selection_cases.json").read_text(encoding="utf-8"))
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads((_DATA / "selection_exceptions.json").read_text(encoding="utf-8"))
EXCEPTED: Final = {entry["source"] for entry in EXCEPTIONS}


def answer(select: Callable[[], str | None]) -> str | None:
    """Return the answer of *select*, or ``"refused"``; another test holds the warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return select()
        except SchemeError:
            return "refused"


def faults(case: dict[str, Any]) -> list[str]:
    """Return the functions with a wrong answer for *case*, and the answers."""
    names = case["names"]
    newest = answer(lambda: latest(names))
    wrong = [] if newest in case.get("latest", (newest,)) else [f"latest: {newest}"]
    if newest in case.get("never_latest", ()):
        wrong.append(f"latest: {newest}")
    if "best" in case:
        options = {"metric": case["best"]["metric"], "mode": case["best"]["mode"]}
        found = answer(lambda: best(names, **options))
        wrong += [] if found in case["best"]["answers"] else [f"best: {found}"]
    writer = answer(lambda: legacy.identify(names).framework)
    if writer != case.get("framework", writer) or writer in case.get("never_framework", ()):
        wrong.append(f"framework: {writer}")
    return wrong


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"])
def test_reported_directory_has_the_right_answer(case: dict[str, Any]) -> None:
    wrong = faults(case)

    if case["source"] in EXCEPTED:
        assert wrong, "it is right now: take it out of selection_exceptions.json"
    else:
        assert wrong == []


def test_each_exception_is_of_a_case_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {case["source"] for case in CASES} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


def test_each_case_has_an_expected_answer() -> None:
    assert len({case["source"] for case in CASES}) == len(CASES)
    assert all(len(case.keys() - {"source", "case", "names"}) > 0 for case in CASES)
