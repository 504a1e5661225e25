"""The reference reader passes the vectors, and the vectors catch each mistake that `mutants.toml` plants in it."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
import pytest

from ckpt_scheme.conformance import Case, cases

Reader: TypeAlias = Callable[[Case], bool]

HERE: Final = Path(__file__).parent
SOURCE: Final = (HERE / "reference_reader.py").read_text(encoding="utf-8")
LINES: Final = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))["lines"]

CASES: Final = [case for case in cases() if case.level != "legacy"]
FLAGGED: Final[Mapping[str, list[Case]]] = defaultdict(list)
for _case in CASES:
    for _flag in _case.flags:
        FLAGGED[_flag].append(_case)


@attrs.frozen
class Mutant:
    """The reference reader with *text* in the place of *line*."""

    line: str
    text: str
    flag: str | None  # None: the mutant is equivalent


MUTANTS: Final = [
    Mutant(entry["line"], text, flag)
    for entry in LINES
    for flag, texts in entry.get("mistakes", {}).items()
    for text in texts
]
EQUIVALENT: Final = [Mutant(entry["line"], text, None) for entry in LINES for text in entry.get("equivalent", {})]


def reader(source: str) -> Reader:
    """Return whether a reader passes a case, given its source."""
    module: dict[str, Any] = {"__name__": "reader"}
    exec(compile(source, "reader", "exec"), module)  # noqa: S102 - the source is beside this file

    def passes(case: Case) -> bool:
        try:
            answer = module["answer"](case.operation, case.input)
        except module["RefusalError"]:
            return case.error is not None
        except Exception:  # noqa: BLE001 - a mutant may fail in any way
            return False
        return case.accepts(answer)

    return passes


REFERENCE: Final = reader(SOURCE)


def mutated(mutant: Mutant) -> Reader:
    return reader(SOURCE.replace(mutant.line, mutant.text))


def not_caught(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Return the mutants that pass all cases with their flag."""
    found: list[Mutant] = []
    for mutant in mutants:
        passes = mutated(mutant)
        if all(passes(case) for case in FLAGGED[mutant.flag or ""]):
            found.append(mutant)
    return found


def test_reference_reader_passes_all_cases() -> None:
    assert [case.id for case in CASES if not REFERENCE(case)] == []


def test_reference_reader_shares_nothing_with_the_library() -> None:
    assert "import ckpt_scheme" not in SOURCE
    assert "from ckpt_scheme" not in SOURCE
    assert "import re" not in SOURCE


def test_each_line_stands_once_in_the_reference_reader() -> None:
    assert [entry["line"] for entry in LINES if SOURCE.count(entry["line"]) != 1] == []


def test_each_flag_has_a_mutant() -> None:
    assert FLAGGED.keys() == {mutant.flag for mutant in MUTANTS}


@pytest.mark.parametrize("line", list(dict.fromkeys(mutant.line for mutant in MUTANTS)))
def test_case_with_the_flag_catches_mutant(line: str) -> None:
    mutants = [mutant for mutant in MUTANTS if mutant.line == line]

    assert not_caught(mutants) == []


@pytest.mark.parametrize("mutant", EQUIVALENT, ids=lambda mutant: mutant.text)
def test_no_case_catches_equivalent_mutant(mutant: Mutant) -> None:
    passes = mutated(mutant)

    assert [case.id for case in CASES if not passes(case)] == []


def test_mutants_are_at_least_two_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(MUTANTS)} mutants with {len(FLAGGED)} flags, and {len(EQUIVALENT)} equivalent ones")  # noqa: T201 - the test prints its counts

    assert len(MUTANTS) >= 200
