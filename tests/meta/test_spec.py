"""The specification, the code and the vectors cite one another, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import ckpt_scheme
from ckpt_scheme import legacy
from ckpt_scheme.conformance import cases

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
REQUIREMENTS = dict(re.findall(r"^#### (CKS-[0-9]{3})\n\n((?:>.*\n)+)", SPEC, re.MULTILINE))
KEYWORD = re.compile(r"\*\*(MUST NOT|MUST|SHOULD NOT|SHOULD|MAY)\*\*")
CITATION = re.compile(r"CKS-[0-9]{3}")
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def sentence(quote: str) -> str:
    return " ".join(line.removeprefix(">").strip() for line in quote.splitlines())


def test_every_heading_of_a_requirement_is_followed_by_its_text() -> None:
    headings = re.findall(r"^#### (CKS-[0-9]{3})$", SPEC, re.MULTILINE)

    assert len(headings) == len(set(headings)), "an id is never used twice"
    assert set(headings) == REQUIREMENTS.keys()


def test_a_requirement_is_one_sentence_with_a_keyword() -> None:
    for requirement, quote in REQUIREMENTS.items():
        text = sentence(quote)
        assert KEYWORD.search(text), f"{requirement} requires nothing"
        assert text.endswith("."), f"{requirement} does not end"
        assert not re.search(r"\. [A-Z]", text), f"{requirement} is more than one sentence"


def test_keywords_stand_in_requirements_only() -> None:
    rest = re.sub(r"^>.*\n", "", SPEC, flags=re.MULTILINE)
    conventions = rest.index("## 1. Conventions"), rest.index("## 2. Terms")
    rest = rest[: conventions[0]] + rest[conventions[1] :]

    assert not KEYWORD.search(rest)
    assert not re.search(r"\b(MUST|SHOULD|MAY)\b", rest)


def test_every_quote_is_a_requirement() -> None:
    quoted = re.findall(r"^>.*\n", SPEC, re.MULTILINE)

    assert len(quoted) == sum(quote.count("\n") for quote in REQUIREMENTS.values())


def test_the_code_cites_requirements_that_exist() -> None:
    for source in SOURCES:
        unknown = set(CITATION.findall(source.read_text(encoding="utf-8"))) - REQUIREMENTS.keys()
        assert not unknown, f"{source.name} cites {unknown}"


def test_every_requirement_has_a_case_and_every_case_a_requirement() -> None:
    assert {case.requirement for case in cases()} == REQUIREMENTS.keys()


def test_the_version_is_the_code_s() -> None:
    assert f"# The checkpoint naming scheme, version {ckpt_scheme.SPEC_VERSION}\n" in SPEC


def test_the_kinds_are_those_of_the_code() -> None:
    table = SPEC[SPEC.index("| kind | what has the name |") :]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    kinds = [kind for row in rows for kind in re.findall("`([a-z_]+)`", row)]

    assert sorted(kinds[: len(get_args(legacy.Kind))]) == sorted(get_args(legacy.Kind))
    assert set(kinds[-6:]) == set(get_args(legacy.Kind)) - legacy.CHECKPOINT_KINDS


def test_the_examples_of_the_layout_are_canonical() -> None:
    tree = SPEC[SPEC.index("outputs/") : SPEC.index("└── submissions/")]
    run = re.findall(r"^outputs/(.*)/$", tree, re.MULTILINE)
    names = re.findall(r"(\S+\.ckpt)$", tree, re.MULTILINE)

    assert len(run) == 1
    assert ckpt_scheme.RunId.is_valid(run[0])
    assert len(names) == 4
    assert all(ckpt_scheme.CheckpointName.is_valid(name) for name in names)
