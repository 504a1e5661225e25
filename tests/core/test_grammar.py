"""The ABNF of ``docs/spec.md`` and the patterns of `ckpt_scheme._grammar` are one language, in portable syntax."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from abnf_sentences import CORE, RULES, TEXTS, WORDS
from ckpt_scheme import _grammar, _match
from grammar_rules import CONSTANTS, DOORS, PATTERNS, matches, near_texts
from regular_languages import Chain, Expression, Name, NotPortableError, difference, literal, read_pattern

each_rule: Final = pytest.mark.parametrize("rule", RULES)

# --------------------------------------------------------------------------------------------------------------------
# The rules as they are written.


def test_each_pattern_stands_below_its_rule_in_the_source() -> None:
    source = Path(_grammar.__file__).read_text(encoding="utf-8")
    commented = re.findall(r"^# (([a-z-]+) += .+)\n([A-Z_]+): Final = ", source, re.MULTILINE)

    assert {name: constant for _, name, constant in commented} == CONSTANTS
    assert {name: text.split() for text, name, _ in commented} == {rule: text.split() for rule, text in TEXTS.items()}


def test_each_pattern_of_the_grammar_has_a_rule() -> None:
    plain = {"CHECKPOINTS", "EXTENSION", "LAST_NAME", "LOGS", "SPEC_VERSION", "SUBMISSIONS"}
    texts = {name for name, value in vars(_grammar).items() if isinstance(value, str) and name[0] != "_"}

    assert texts == plain.union(CONSTANTS.values())


def test_named_limits_equal_those_of_the_rules() -> None:
    assert (_grammar.MAX_LABEL, _grammar.MAX_PHASE) == (64, 32)
    assert (_grammar.MAX_NUMBER, 10**_grammar.MAX_DIGITS - 1) == (10**18 - 1, 10**18 - 1)
    assert _grammar.MAX_INTEGER_DIGITS == 11


# --------------------------------------------------------------------------------------------------------------------
# Whole languages, compared as automata.


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        ("(?:a|b)*", "(?:a*b*)*", None),
        ("a{2,4}", "a{2}a?a?", None),
        ("a+|b", "a*|b", ""),
        ("a{0,64}", "a{0,63}", "a" * 64),
        ("a*|b", "a*b?", "ab"),
        ("[0-9A-Za-z]", "[0-9A-Z_a-z]", "_"),
        (r"[^\x00]", r"[^\x00-\x1f]", "\x01"),
        (r"[^\x00]\.", r"[\x01-\x7f]\.", "\x80."),
    ],
)
def test_difference_returns_the_shortest_text_in_only_one_language(one: str, other: str, text: str | None) -> None:
    assert difference(read_pattern(one), read_pattern(other), {}) == text


# The ABNF of a date, a time and a value is wider than their patterns, and they have tests of their own. In all other
# rules, their patterns take the place of their ABNF.
STATED: Final[dict[str, Expression]] = CORE | RULES | {rule: read_pattern(PATTERNS[rule]) for rule in WORDS}


@pytest.mark.parametrize("rule", sorted(RULES.keys() - WORDS.keys() - {"checkpoint-path"}))
def test_rule_and_pattern_have_no_difference(rule: str) -> None:
    assert difference(RULES[rule], read_pattern(PATTERNS[rule]), STATED) is None


def test_rule_and_pattern_of_a_path_have_no_difference() -> None:
    # The automaton of a whole path has a hundred thousand states, because a root may hold half of a run id. The tests
    # above compare its two names. Here each name is one mark, and its NUL keeps the mark out of the root.
    parts = ("run-id", "checkpoint-name")
    marked = read_pattern(PATTERNS["checkpoint-path"])
    for part in parts:
        marked = with_name(marked, part)

    assert difference(RULES["checkpoint-path"], marked, STATED | {part: literal(f"\0{part}") for part in parts}) is None


def with_name(whole: Expression, rule: str) -> Chain:
    """Return *whole* with the name of a rule in place of its one occurrence."""
    part = read_pattern(PATTERNS[rule])
    assert isinstance(whole, Chain)
    assert isinstance(part, Chain)
    size = len(part.parts)
    [start] = [at for at in range(len(whole.parts)) if whole.parts[at : at + size] == part.parts]
    return Chain((*whole.parts[:start], Name(rule), *whole.parts[start + size :]))


def test_rule_and_pattern_of_a_value_differ_in_minus_zero_alone() -> None:
    with_minus_zero = read_pattern(rf"{PATTERNS['value']}|-0\.0000")

    assert matches["value"]("-0.0000") is None
    assert difference(RULES["value"], with_minus_zero, STATED) is None


def test_pattern_of_a_time_matches_exactly_the_seconds_of_a_day() -> None:
    shown = {f"{timedelta(seconds=second)!s:0>8}".replace(":", "") for second in range(24 * 60 * 60)}

    assert {text for text in map("{:06}".format, range(10**6)) if matches["time"](text)} == shown
    assert difference(RULES["time"], read_pattern(rf"{PATTERNS['time']}|[0-9]{{6}}"), STATED) is None


@pytest.mark.parametrize("year", [0, 1, 4, 100, 400, 1900, 2000, 2023, 2024, 9999])
def test_pattern_of_a_date_matches_exactly_the_days_of_a_year(year: int) -> None:
    texts = [f"{year:04}{day:04}" for day in range(10**4)]

    assert [text for text in texts if matches["date"](text)] == [text for text in texts if WORDS["date"](text)]


def test_pattern_of_a_date_matches_leap_days_of_leap_years_alone() -> None:
    texts = [f"{year:04}{day}" for year in range(10**4) for day in ("0228", "0229", "0230", "0301")]

    assert [text for text in texts if matches["date"](text)] == [text for text in texts if WORDS["date"](text)]
    assert difference(RULES["date"], read_pattern(rf"{PATTERNS['date']}|[0-9]{{8}}"), STATED) is None


# --------------------------------------------------------------------------------------------------------------------
# `is_valid`, and the fast patterns behind it.


@pytest.mark.parametrize("rule", DOORS)
def test_is_valid_agrees_with_the_pattern_on_all_neighbours(rule: str) -> None:
    texts = near_texts(rule)

    assert [text for text in texts if DOORS[rule](text)] == [text for text in texts if matches[rule](text)]


@pytest.mark.parametrize("time", ["240000", "246000", "236000", "235960"])
def test_match_of_a_run_id_refuses_a_time_that_datetime_may_accept(time: str) -> None:
    # Some versions of Python read the hour 24 as the next day's first.
    assert matches["run-id"](f"a-b_c_20240228_{time}") is None
    assert _match.run_id(f"a-b_c_20240228_{time}") is None


# --------------------------------------------------------------------------------------------------------------------
# Portability.


@each_rule
def test_pattern_of_each_rule_uses_only_portable_syntax(rule: str) -> None:
    read_pattern(PATTERNS[rule])


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(?=b)", "looks ahead"),
        ("a(?!b)", "looks ahead"),
        ("(?<=a)b", "looks behind"),
        ("(?<!a)b", "looks behind"),
        (r"(a)\1", "refers back"),
        ("(a)", "captures"),
        ("(?P<name>a)", "captures by name"),
        ("(?>a)", "is atomic"),
        ("(?i:a)", "sets a flag"),
        ("a++", "is possessive"),
        ("a{1,2}+", "is possessive"),
        ("a*?", "is lazy"),
        (r"\d", "depends on the engine's Unicode"),
        (r"[\d_]", "depends on the engine's Unicode"),
        (r"\w", "depends on the engine's Unicode"),
        (r"\s", "depends on the engine's Unicode"),
        (".", "depends on flags"),
        ("^a", "is an anchor"),
        ("a$", "is an anchor"),
        (r"a\Z", "is an anchor, and spelt otherwise elsewhere"),
        (r"a\b", "is an anchor"),
        ("a{1001}", "counts further than RE2"),
        ("a{0,1001}", "counts further than RE2"),
        ("a{,2}", "is literal text in JavaScript"),
        ("a{2,1}", "is an error"),
        ("[]a]", "is an empty class in JavaScript"),
        ("[[:alpha:]]", "is a set of five characters in Python"),
        ("é", "depends on the text's encoding"),
        ("(?:a", "is not closed"),
        ("a)", "is not opened"),
        ("*a", "repeats nothing"),
        ("|*", "repeats nothing"),
        ("(?:*)", "repeats nothing"),
    ],
)
def test_read_pattern_refuses_syntax_that_engines_read_differently(pattern: str, reason: str) -> None:
    with pytest.raises(NotPortableError):
        pytest.fail(f"{reason}: {read_pattern(pattern)}")
