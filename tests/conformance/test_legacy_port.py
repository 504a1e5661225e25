"""The JavaScript port reads the files of formats as the library does: all names of the corpora, and all examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from ckpt_scheme.conformance import Case, answer, run_command
from ckpt_scheme.legacy import REGISTRY
from legacy_names import filled
from regex_engines import tool

ROOT: Final = Path(__file__).parents[2]
DATA: Final = ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def reader() -> list[str]:
    return [tool("node", "nodejs"), str(ROOT / "examples" / "ports" / "javascript" / "reader.mjs")]


def corpora() -> Iterator[str]:
    """Yield the names of all corpora, and the examples of all formats."""
    for path in sorted(DATA.glob("*names.json")):
        yield from (row["name"] for row in json.loads(path.read_text(encoding="utf-8")))
    yield from (row["name"] for row in json.loads((DATA / "overlaps.json").read_text(encoding="utf-8")))
    for declared in REGISTRY.formats:
        yield from declared.examples


def random_names() -> Iterator[str]:
    """Yield a name of each template, made at random."""
    random = Random(29)  # noqa: S311 - it chooses examples
    for declared in REGISTRY.formats:
        for template in declared.templates:
            yield filled(template.text, declared.field_types, random)[0]


NAMES: Final = list(dict.fromkeys(corpora()))


def reading_case(number: int, name: str) -> Case:
    return Case(
        id=f"reading-{number}",
        level="legacy",
        requirement="CKS-061",
        flags=(),
        description=name,
        operation="readings",
        input={"name": name},
        expected=answer("readings", {"name": name}),
    )


def differences(reader: list[str], names: list[str]) -> list[str]:
    """Return the names that the reader reads in another way than the library, or in another order."""
    outcomes = run_command(reader, [reading_case(*numbered) for numbered in enumerate(names)], timeout=60)
    return [outcome.case.description for outcome in outcomes if not outcome.passed]


def test_port_reads_the_names_of_all_corpora_as_the_library(reader: list[str]) -> None:
    assert differences(reader, NAMES) == []


def test_port_reads_directories_and_longer_paths_as_the_library(reader: list[str]) -> None:
    names = [name for end in NAMES[::5] for name in (f"{end.rstrip('/')}/", f"runs/lr=0.1/{end}")]

    assert differences(reader, names) == []


def test_port_reads_random_names_of_each_template_as_the_library(reader: list[str]) -> None:
    names = list(dict.fromkeys(random_names()))

    assert differences(reader, names) == []
    assert len(names) > len(REGISTRY.formats)
