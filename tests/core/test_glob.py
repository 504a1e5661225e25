"""`glob`: one glob misses no name that agrees with the pattern."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable

import pytest
from hypothesis import given

from calls import raised
from ckpt_scheme.checkpoint_name import LastCheckpoint
from ckpt_scheme.patterns import CheckpointPattern, PathPattern
from glob_engines import sqlite_matched
from pattern_cases import Case, agreeing_cases, checkpoint_cases, run_cases, wider
from pattern_examples import ONE_RUN, RUN


@given(agreeing_cases())
def test_glob_matches_each_text_that_agrees(case: Case) -> None:
    pattern, text = case

    assert fnmatch.fnmatchcase(text, pattern.glob())
    assert sqlite_matched([text], [pattern.glob()]) == {text}


@given(run_cases() | checkpoint_cases())
def test_glob_with_one_more_field_fixed_matches_a_subset(case: Case) -> None:
    pattern, text = case
    others = wider(pattern) if fnmatch.fnmatchcase(text, pattern.glob()) else ()

    assert [other for other in others if not fnmatch.fnmatchcase(text, other.glob())] == []


@pytest.mark.parametrize("char", [*"\\{}()", "\x01", "\n", "\x1f", "\x7f", "\x80", "\x85", "\x9f"], ids=ascii)
@pytest.mark.parametrize("project", [PathPattern.glob, PathPattern.globs], ids=["glob", "globs"])
def test_glob_refuses_a_root_with_a_character_that_no_glob_escapes(
    project: Callable[[PathPattern], object], char: str
) -> None:
    root = f"a b{char}c"
    pattern = PathPattern(root, RUN, CheckpointPattern(kind="last"))

    error = raised(lambda: project(pattern))

    assert (error.kind, error.position, error.requirement) == ("root", 3, "CKS-059")
    assert pattern.matches(f"{root}/{ONE_RUN}/checkpoints/last.ckpt")
    assert not pattern.matches(f"a bc/{ONE_RUN}/checkpoints/last.ckpt")


@pytest.mark.parametrize("project", [PathPattern.glob, PathPattern.globs], ids=["glob", "globs"])
def test_error_for_a_root_holds_the_root_unchanged(project: Callable[[PathPattern], object]) -> None:
    pattern = PathPattern("a(b)", RUN, LastCheckpoint())

    error = raised(lambda: project(pattern))

    assert error.text == "a(b)"
