"""The two documents of the specification, the code and the vectors cite one another, and only ids that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, get_args

import pytest

import ckpt_scheme
import requirements_data
from ckpt_scheme import legacy
from ckpt_scheme._cli import requirements
from ckpt_scheme.conformance import cases
from glob_families import FIGURES

ROOT: Final = Path(__file__).parents[2]
SCHEME: Final = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
LEGACY: Final = (ROOT / "docs" / "spec-legacy.md").read_text(encoding="utf-8")
DOCUMENTS: Final = [pytest.param(SCHEME, id="spec.md"), pytest.param(LEGACY, id="spec-legacy.md")]
SOURCES: Final = sorted((ROOT / "src").rglob("*.py"))

ID: Final = re.compile(r"CKS-[0-9]{3}")
HEADING: Final = re.compile(r"^#### (.*)$", re.MULTILINE)
REQUIREMENT: Final = re.compile(r"^#### (CKS-[0-9]{3})\n\n((?:>.*\n)+)(?!>)", re.MULTILINE)
KEY_WORD: Final = re.compile(r"\b(?:MUST NOT|SHALL NOT|SHOULD NOT|MUST|SHALL|SHOULD|MAY|REQUIRED|OPTIONAL)\b")
BOLD_KEY_WORD: Final = re.compile(r"\*\*(?:MUST NOT|MUST|SHOULD NOT|SHOULD|MAY)\*\*")
MOST_WORDS: Final = 30  # a sentence has at most about 25; a list of field names may need a few more


def sentences(document: str) -> dict[str, str]:
    """Return the sentence of each requirement in a document, by its id."""
    found = REQUIREMENT.findall(document)
    return {id_: " ".join(line.removeprefix(">").strip() for line in quote.splitlines()) for id_, quote in found}


def section(document: str, title: str) -> str:
    """Return the text of a section of a document, up to the next section."""
    [text] = re.findall(rf"^## [0-9]+\. {title}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    return str(text)


def rows(text: str) -> list[list[str]]:
    """Return the cells of the table rows in a text, without the rows of heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number + shift for number, line in enumerate(lines) if line.startswith("|---") for shift in (-1, 0)}
    return [[cell.strip() for cell in line.strip("|").split("|")] for n, line in enumerate(lines) if n not in heads]


REQUIREMENTS: Final = sentences(SCHEME) | sentences(LEGACY)
WITHDRAWN: Final = {row[0]: row for row in rows(section(SCHEME, "Withdrawn requirements"))}
UNTESTABLE: Final = {
    id_: row for row in rows(section(SCHEME, "Conformance")) for id_ in ID.findall(row[0]) if len(row) == 2
}


# --------------------------------------------------------------------------------------------------------------------
# Requirements, in both documents.


def test_ids_are_unique_across_both_documents() -> None:
    headings = HEADING.findall(SCHEME) + HEADING.findall(LEGACY)

    assert len(headings) == len(set(headings))
    assert not set(headings) & WITHDRAWN.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_heading_of_the_fourth_level_is_followed_by_a_requirement(document: str) -> None:
    assert HEADING.findall(document) == list(sentences(document))


def test_requirements_of_the_command_line_are_those_of_the_documents() -> None:
    held = {id_: found.sentence for id_, found in requirements.load().items()}

    assert requirements_data.FILE.read_text(encoding="ascii") == requirements_data.text(), (
        "run python tests/support/requirements_data.py"
    )
    assert held.keys() == REQUIREMENTS.keys() | WITHDRAWN.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_block_quote_is_a_requirement(document: str) -> None:
    quoted = re.findall(r"^>.*\n", document, re.MULTILINE)

    assert len(quoted) == sum(quote.count("\n") for _, quote in REQUIREMENT.findall(document))


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirement_is_one_sentence_with_one_key_word(requirement: str) -> None:
    sentence = REQUIREMENTS[requirement]

    assert len(KEY_WORD.findall(sentence)) == len(BOLD_KEY_WORD.findall(sentence)) == 1
    assert sentence.endswith(".")
    assert not re.search(r"[.;] [A-Za-z]", sentence)
    assert len(sentence.split()) <= MOST_WORDS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_key_words_occur_in_requirements_only(document: str) -> None:
    conventions = section(SCHEME, "Conventions")
    explanation = re.sub(r"^>.*\n", "", document, flags=re.MULTILINE).replace(conventions, "")

    assert not KEY_WORD.search(explanation)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_cite_ids_that_exist(document: str) -> None:
    assert set(ID.findall(document)) <= REQUIREMENTS.keys() | WITHDRAWN.keys()


def test_withdrawn_requirement_has_a_reason_and_successors() -> None:
    assert WITHDRAWN

    for id_, reason, successors in WITHDRAWN.values():
        assert ID.fullmatch(id_)
        assert reason.endswith(".")
        assert ID.findall(successors)
        assert set(ID.findall(successors)) <= REQUIREMENTS.keys()


# --------------------------------------------------------------------------------------------------------------------
# Code and vectors.


@pytest.mark.parametrize("source", [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in SOURCES])
def test_code_cites_ids_that_exist(source: Path) -> None:
    assert set(ID.findall(source.read_text(encoding="utf-8"))) <= REQUIREMENTS.keys()


def test_case_cites_a_requirement() -> None:
    assert {case.requirement for case in cases()} <= REQUIREMENTS.keys()


def test_requirement_has_a_case_or_a_reason_for_none() -> None:
    cited = {case.requirement for case in cases()}

    assert sorted(REQUIREMENTS.keys() - cited - UNTESTABLE.keys()) == []
    assert sorted(cited & UNTESTABLE.keys()) == []
    assert UNTESTABLE.keys() <= REQUIREMENTS.keys()


# --------------------------------------------------------------------------------------------------------------------
# Facts that the documents and the code both state.


@pytest.mark.parametrize("document", DOCUMENTS)
def test_version_is_that_of_the_code(document: str) -> None:
    assert document.startswith(f"# The checkpoint naming scheme, version {ckpt_scheme.SPEC_VERSION}")


def test_kinds_in_the_document_equal_those_of_the_code() -> None:
    table = [row for row in rows(section(LEGACY, "Readings")) if len(row) == 3]
    answers = {kind: answer for cell, _, answer in table for kind in re.findall("`([a-z_]+)`", cell)}

    assert sorted(answers) == sorted(get_args(legacy.Kind))
    assert {kind for kind, answer in answers.items() if answer == "yes"} == legacy.CHECKPOINT_KINDS


def test_examples_of_the_layout_are_canonical() -> None:
    tree = SCHEME[SCHEME.index("```\noutputs/") : SCHEME.index("## 1. ")]
    runs = re.findall(r"^├── (.*)/$", tree, re.MULTILINE)
    names = re.findall(r"(\S+\.ckpt)$", tree, re.MULTILINE)

    assert len(runs) == 1
    assert ckpt_scheme.RunId.is_valid(runs[0])
    assert len(names) == 4
    assert all(ckpt_scheme.CheckpointName.is_valid(name) for name in names)


def test_figures_of_globs_equal_those_that_the_tests_count() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([0-9,]+) \| ([0-9,]+) \| 0 \|$", SCHEME, re.MULTILINE)

    assert rows == [(f"{figure.near_misses:,}", f"{figure.matched_by_glob:,}") for figure in FIGURES.values()]
