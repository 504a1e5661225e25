"""`globs`: a set of globs matches exactly the names that agree with the pattern, up to a width."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import raised
from ckpt_scheme.errors import TooManyGlobsError
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from glob_engines import sqlite_matched
from glob_families import Family, for_each_family, glob_characters, neighbourhood, timestamped_matched
from pattern_cases import Case, agreeing_cases, checkpoint_cases
from pattern_examples import ONE_RUN, RUN
from pattern_oracle import Pattern, agreeing_within

# --------------------------------------------------------------------------------------------------------------------
# Exactness.


MANY: Final = 100_000  # more globs than any of these patterns needs


@for_each_family
def test_globs_match_exactly_the_texts_that_agree_in_fnmatch(family: Family) -> None:
    pattern, texts = family.pattern, neighbourhood(family.names)

    assert family.match(texts, pattern.globs(family.width, limit=MANY)) == agreeing_within(pattern, family.width, texts)


@given(checkpoint_cases(), st.integers(1, 7))
def test_globs_of_any_checkpoint_pattern_match_exactly_the_texts_that_agree(case: Case, width: int) -> None:
    pattern, text = case
    texts = frozenset({text} if "\0" not in text else ())

    assert sqlite_matched(texts, pattern.globs(width, limit=MANY)) == agreeing_within(pattern, width, texts)


def test_globs_match_exactly_the_dates_and_times_that_exist() -> None:
    years = ["0000", "0001", "0004", "0010", "0100", "0400", "1000", "1900", "2000", "2023", "2024", "2100", "9999"]
    days = [f"{year}{month:02d}{day:02d}_235959" for year in years for month in range(14) for day in range(33)]
    times = [
        f"20240229_{hour:02d}{minute}{second}" for hour in range(30) for minute in (0, 59, 60) for second in (0, 59, 60)
    ]
    texts = {f"t-a_p_{timestamp}" for timestamp in [*days, *times]}

    globs = attrs.evolve(RUN, timestamp=ANY).globs(1, limit=MANY)

    assert timestamped_matched(texts, globs) == set(filter(RunId.is_valid, texts))


# A program that lists the files of each glob in turn finds each file once.
def number_of_matches(text: str, globs: Sequence[str]) -> int:
    return sum(fnmatch.fnmatchcase(text, glob) for glob in globs if len(glob_characters(glob)) == len(text))


@given(checkpoint_cases(), st.integers(1, 7))
def test_globs_of_any_checkpoint_pattern_match_a_text_at_most_once(case: Case, width: int) -> None:
    pattern, text = case

    globs = pattern.globs(width, limit=MANY)

    assert len(set(globs)) == len(globs)
    assert number_of_matches(text, globs) <= 1


def test_globs_of_a_timestamp_match_each_date_exactly_once() -> None:
    starts = [datetime(year, 1, 1) + timedelta(days) for year in (1900, 2000, 2024) for days in range(0, 365, 5)]
    texts = [str(attrs.evolve(RunId.parse(ONE_RUN), timestamp=start)) for start in starts]

    globs = attrs.evolve(RUN, timestamp=ANY).globs(1, limit=MANY)

    assert {number_of_matches(text, globs) for text in texts} == {1}


# --------------------------------------------------------------------------------------------------------------------
# Portability.

is_portable_glob: Final = re.compile(r"(?:[0-9A-Z_a-z./-]|[*](?![*])|[?]|\[0-9\])*").fullmatch
is_portable_set: Final = re.compile(r"(?:[0-9A-Z_a-z./-]|\[[0-9A-Za-z](?:[0-9A-Za-z]|-[0-9])*_?-?\])*").fullmatch


def without_root(glob: str, root: str | None) -> str:
    """Return the rest of *glob* after *root*, in which exactly the special characters are escaped."""
    escapes = {"*": "[*]", "?": "[?]", "[": "[[]"}
    escaped = "" if root is None else "".join(escapes.get(char, char) for char in f"{root}/")
    assert glob.startswith(escaped)
    return glob[len(escaped) :]


def _given_root(pattern: Pattern) -> str | None:
    root = pattern.root if isinstance(pattern, PathPattern) else None
    assert root is not ANY
    return root


@given(agreeing_cases())
def test_globs_of_any_pattern_use_only_portable_syntax(case: Case) -> None:
    pattern, _ = case
    root = _given_root(pattern)

    assert is_portable_glob(without_root(pattern.glob(), root))
    assert all(is_portable_set(without_root(glob, root)) for glob in pattern.globs(1, limit=MANY))


@for_each_family
def test_globs_of_each_family_use_only_portable_syntax(family: Family) -> None:
    root = _given_root(family.pattern)

    globs = [without_root(glob, root) for glob in family.pattern.globs(family.width, limit=MANY)]

    assert [glob for glob in globs if not is_portable_set(glob)] == []


# --------------------------------------------------------------------------------------------------------------------
# Widths.


@pytest.mark.parametrize(
    "width",
    [
        pytest.param(0, id="zero"),
        pytest.param(-1, id="below zero"),
        pytest.param(10**18, id="nineteen digits"),
        pytest.param(True, id="bool"),
        pytest.param("x", id="text"),
        pytest.param(8.0, id="float"),
        pytest.param(None, id="None"),
    ],
)
def test_globs_refuse_an_invalid_width(width: Any) -> None:  # noqa: ANN401 - a value of any type
    error = raised(lambda: CheckpointPattern(kind="last").globs(width))

    assert (error.kind, error.text, error.position, error.requirement) == ("width", width, None, "CKS-053")


@pytest.mark.parametrize(
    ("pattern", "width", "count"),
    [
        pytest.param(RunPattern(encoder="resnet18"), 9, 9**3 * 132, id="one row"),
        pytest.param(RunPattern(phase="training"), 8, 8**2 * (1 + 8) * 132, id="two rows"),
    ],
)
def test_globs_refuse_one_glob_more_than_the_limit(pattern: Pattern, width: int, count: int) -> None:
    globs = pattern.globs(width, limit=count)
    error = raised(lambda: pattern.globs(width, limit=count - 1))

    assert len(globs) == len(set(globs)) == count
    assert isinstance(error, TooManyGlobsError)
    assert (error.kind, error.text, error.position, error.requirement) == ("RunPattern", str(count), None, "CKS-116")


def test_globs_make_at_most_a_thousand_by_default() -> None:
    pattern = RunPattern(tag="a", architecture="b", encoder=None)

    globs = pattern.globs(7)
    error = raised(lambda: RunPattern(tag="a").globs())

    assert len(globs) == 7 * 132
    assert isinstance(raised(lambda: pattern.globs(8)), TooManyGlobsError)
    assert str(error) == (
        "RunPattern needs 76032 globs: at most 1000 are made; use regex(), give more fields, a smaller width "
        "or a higher limit [CKS-116]"
    )


@pytest.mark.parametrize("limit", [0, -1, 10**18, True, "x", None])
def test_globs_refuse_an_invalid_limit(limit: Any) -> None:  # noqa: ANN401 - values of any type
    error = raised(lambda: CheckpointPattern(kind="last").globs(limit=limit))

    assert (error.kind, error.requirement) == ("limit", "CKS-116")


def test_globs_refuse_the_greatest_width_without_building_any() -> None:
    error = raised(lambda: PathPattern().globs(10**18 - 1))

    assert (error.kind, error.text) == ("PathPattern", "over 1000000")


def test_globs_and_glob_refuse_an_open_root() -> None:
    pattern = PathPattern(ANY)

    assert raised(pattern.glob).kind == "root"
    assert raised(pattern.globs).kind == "root"
