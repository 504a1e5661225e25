"""The exported patterns compile in engines of many languages, and accept there the texts that the parser accepts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs
import pytest

import regex_engines as engines
from ckpt_scheme import (
    ANY,
    CheckpointName,
    CheckpointPath,
    CheckpointPattern,
    PathPattern,
    RunArchive,
    RunArchivePattern,
    RunId,
    RunPattern,
)
from engine_texts import engine_texts

EVERY_PATH: Final = PathPattern(root=ANY)
KINDS: Final[dict[str, tuple[str, Callable[[str], bool]]]] = {
    "run id": (RunPattern().regex(), RunId.is_valid),
    "run archive": (RunArchivePattern().regex(), RunArchive.is_valid),
    "checkpoint name": (CheckpointPattern().regex(), CheckpointName.is_valid),
    "checkpoint path": (EVERY_PATH.regex(), CheckpointPath.is_valid),
}


def unchanged(pattern: str) -> str:
    return pattern


def without_p(pattern: str) -> str:
    return pattern.replace("(?P<", "(?<")


def without_p_and_underscore(pattern: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", lambda group: f"(?<{group[1].replace('_', '')}>", pattern)


@attrs.frozen
class Case:
    """An engine, and the limits within which it is compared."""

    program: engines.Program
    groups: Callable[[str], str] | None = unchanged  # how the engine spells named groups; None if it has none
    holds_nul: bool = True  # whether a text of the engine can hold NUL
    step: int = 1  # a slow engine gets each text whose place is a multiple of this


CASES: Final = {
    "python-re": Case(engines.in_python(engines.in_re)),
    "re2": Case(engines.in_python(engines.in_re2)),
    "re2-duckdb": Case(engines.in_python(engines.in_duckdb)),
    "re2-pyarrow": Case(engines.in_python(engines.in_arrow)),
    "rust-polars": Case(engines.in_python(engines.in_rust)),
    "go": Case(engines.go),
    "java": Case(engines.java, groups=without_p_and_underscore),
    "javascript": Case(engines.javascript(""), groups=without_p),
    "javascript-u": Case(engines.javascript("u"), groups=without_p),
    "javascript-v": Case(engines.javascript("v"), groups=without_p),
    "pcre2": Case(engines.pcre2),
    "perl": Case(engines.perl),
    "cpp-std-regex": Case(engines.cpp, groups=None, step=4),
    "posix-gawk": Case(engines.awk, groups=None, holds_nul=False, step=4),
    "posix-grep": Case(engines.grep, groups=None, holds_nul=False, step=10),
    "postgresql": Case(engines.postgresql, groups=None, holds_nul=False, step=10),
}

# All texts take the engines minutes, so they get them where the engines are required.
COUNT: Final = 100_000 if engines.ARE_REQUIRED else 10_000


@functools.cache
def texts() -> list[str]:
    return engine_texts(COUNT)


@functools.cache
def verdicts_of_parser(kind: str) -> list[bool]:
    _, is_valid = KINDS[kind]
    return list(map(is_valid, texts()))


def disagreements(case: Case, patterns: dict[str, str], step: int, directory: Path) -> dict[str, list[str]]:
    """Return some of the texts that an engine judges unlike the parser, of each *step*-th text."""
    places = [place for place in range(0, len(texts()), step) if case.holds_nul or "\0" not in texts()[place]]
    answers = case.program(list(patterns.values()), [texts()[place] for place in places], directory)
    found: dict[str, list[str]] = {}
    for kind, verdicts in zip(patterns, answers, strict=True):
        expected = verdicts_of_parser(kind)
        wrong = [texts()[place] for place, verdict in zip(places, verdicts, strict=True) if verdict != expected[place]]
        found |= {kind: wrong[:5]} if wrong else {}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_texts_hold_many_of_each_verdict(kind: str) -> None:
    verdicts = verdicts_of_parser(kind)

    assert len(set(texts())) == COUNT
    assert COUNT // 20 < sum(verdicts) < COUNT - COUNT // 20


@pytest.mark.parametrize("name", CASES)
def test_engine_accepts_the_texts_that_the_parser_accepts(name: str, tmp_path: Path) -> None:
    patterns = {kind: pattern for kind, (pattern, _) in KINDS.items()}

    found = disagreements(CASES[name], patterns, CASES[name].step, tmp_path)

    assert found == {}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.groups is not None])
def test_named_groups_leave_the_accepted_texts_unchanged(name: str, tmp_path: Path) -> None:
    rewrite = CASES[name].groups
    assert rewrite is not None
    pattern = rewrite(EVERY_PATH.regex(groups=True))

    found = disagreements(CASES[name], {"checkpoint path": pattern}, 10, tmp_path)

    assert found == {}
