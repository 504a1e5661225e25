"""The `abnf` library, which reads the ABNF of ``docs/spec.md``, accepts the same texts as the patterns."""

from __future__ import annotations

import itertools
import re
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abnf_sentences import RULES, Grammar, accepts, obeys_words, sentences
from ckpt_scheme.strategies import near_misses
from grammar_rules import DOORS, PATTERNS, matches

# Each test draws examples for two dozen rules, and most rules are parts of others.
fewer: Final = settings(max_examples=settings().max_examples // 4)
each_rule: Final = pytest.mark.parametrize("rule", RULES)


def is_judged_alike(rule: str, text: str) -> bool:
    """Return whether *text* is accepted, and assert that ABNF, pattern and `is_valid` agree on it."""
    verdict = accepts(rule, text)
    assert (matches[rule](text) is not None) == verdict
    if rule in DOORS:
        assert DOORS[rule](text) == verdict
    return verdict


@each_rule
@fewer
@given(data=st.data())
def test_sentence_matches_if_and_only_if_its_comments_hold(rule: str, data: st.DataObject) -> None:
    text = data.draw(sentences(rule))

    accepted = is_judged_alike(rule, text)

    assert accepted == obeys_words(Grammar(rule).parse_all(text))


@each_rule
@fewer
@given(data=st.data())
def test_rule_accepts_each_text_that_its_pattern_generates(rule: str, data: st.DataObject) -> None:
    texts = st.from_regex(re.compile(PATTERNS[rule]), fullmatch=True, alphabet=st.characters(codec="ascii"))

    assert is_judged_alike(rule, data.draw(texts))


@each_rule
@fewer
@given(data=st.data())
def test_rule_and_pattern_agree_on_near_misses(rule: str, data: st.DataObject) -> None:
    is_judged_alike(rule, data.draw(near_misses(sentences(rule))))


@pytest.mark.parametrize(
    ("rule", "start", "alphabet", "size", "end"),
    [
        ("word", "", "aZ0_-\n", 4, ""),
        ("encoder", "", "aZ0_-.", 4, ""),
        ("phase", "", "aZ0_-\n", 4, ""),
        ("nonzero", "", "0123456789a-", 2, ""),
        ("epoch", "", "019-", 5, ""),
        ("step", "0000", "019-", 4, ""),
        ("step", "1000", "019-", 4, ""),
        ("value", "", "-0.1", 7, ""),
        ("value", "", "-019", 4, ".0000"),
        ("version", "", "019v", 4, ""),
        ("metric", "", "a-_0", 5, "0.0000"),
        ("metric", "a", "a-.0", 4, "000"),
        ("model", "", "a-_0", 5, ""),
        ("timestamp", "202510", "01_", 4, "00000"),
        ("last-stem", "", "last", 5, ""),
        ("best-stem", "best", "-_a", 4, "-0.1000"),
        ("epoch-stem", "epoch-00_", "step-_", 4, "-000000"),
        ("checkpoint-name", "best", "_v10-", 5, ".ckpt"),
        ("checkpoint-name", "best-a-", "-019", 3, ".0000.ckpt"),
        ("checkpoint-name", "best-a--0.00", "01-", 3, ".ckpt"),
        ("checkpoint-name", "best-a-0.000", "_v10.", 4, ".ckpt"),
        ("checkpoint-name", "epoch-01_step-00000", "_v1-", 4, ".ckpt"),
        ("checkpoint-name", "last", ".ckpt", 5, ""),
        ("run-id", "a-a", "a-_", 5, "_00010101_000000"),
        ("run-id", "a", "a-_", 5, "_00010101_000000"),
        ("run-id", "a-a_a", "01_", 3, "_00010101_000000"),
        ("checkpoint-path", "", "a/\n", 3, "a-a_a_00010101_000000/checkpoints/last.ckpt"),
    ],
)
def test_rule_and_pattern_agree_on_every_small_text(rule: str, start: str, alphabet: str, size: int, end: str) -> None:
    middles = itertools.chain.from_iterable(itertools.product(alphabet, repeat=length) for length in range(size + 1))

    assert {is_judged_alike(rule, start + "".join(middle) + end) for middle in middles} == {False, True}


@pytest.mark.parametrize(
    ("rule", "start", "char", "longest", "end"),
    [
        ("word", "", "a", 64, ""),
        ("phase", "", "a", 32, ""),
        ("encoder", "", "a", 64, ""),
        ("epoch", "", "1", 18, ""),
        ("step", "", "1", 18, ""),
        ("version", "", "1", 18, ""),
        ("value", "", "1", 11, ".0000"),
        ("value", "-", "1", 11, ".0000"),
        ("run-id", "", "a", 64, "-a_a_00010101_000000"),
        ("run-id", "a-", "a", 64, "_a_00010101_000000"),
        ("run-id", "a-", "a", 64, "-a_a_00010101_000000"),
        ("run-id", "a-a-", "a", 64, "_a_00010101_000000"),
        ("run-id", "a-a_", "a", 32, "_00010101_000000"),
        ("checkpoint-name", "epoch-", "1", 18, "_step-000000.ckpt"),
        ("checkpoint-name", "epoch-00_step-", "1", 18, ".ckpt"),
        ("checkpoint-name", "epoch-00_step-000000_", "a", 64, "-0.0000.ckpt"),
        ("checkpoint-name", "best-", "a", 64, "-0.0000.ckpt"),
        ("checkpoint-name", "best-a-", "1", 11, ".0000.ckpt"),
        ("checkpoint-name", "best_v", "1", 18, ".ckpt"),
    ],
)
def test_rule_and_pattern_accept_a_field_up_to_its_limit(
    rule: str, start: str, char: str, longest: int, end: str
) -> None:
    assert is_judged_alike(rule, start + char * longest + end)
    assert not is_judged_alike(rule, start + char * (longest + 1) + end)
