"""Real regex engines of several languages match the same texts with the patterns of the grammar."""

from __future__ import annotations

import pytest

from grammar_rules import PATTERNS, SEEDS, matches, near_texts
from regex_engines import Engine, in_arrow, in_duckdb, in_javascript, in_re, in_re2, in_rust


@pytest.mark.parametrize("rule", SEEDS)
@pytest.mark.parametrize("engine", [in_re, in_re2, in_rust, in_duckdb, in_arrow, in_javascript])
def test_pattern_matches_the_same_texts_in_each_engine(rule: str, engine: Engine) -> None:
    texts = near_texts(rule)
    expected = [matches[rule](text) is not None for text in texts]

    matched = engine(PATTERNS[rule], texts)

    assert matched == expected
    assert {True, False} == set(expected)
