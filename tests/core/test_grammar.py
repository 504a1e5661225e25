"""The ABNF of ``docs/spec.md`` and the patterns of `ckpt_scheme._grammar` are one language, in every regex engine."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abnf_sentences import CORE, RULES, TEXTS, WORDS, Grammar, accepts, obeys_words, sentences
from ckpt_scheme import CheckpointName, CheckpointPath, RunId, _grammar
from edits import neighbours
from regex_engines import Engine, in_arrow, in_duckdb, in_javascript, in_re, in_re2, in_rust
from regular_languages import Chain, Expression, Name, NotPortableError, difference, literal, read_pattern
from strategies import mutations

CONSTANTS: Final = {rule: rule.upper().replace("-", "_") for rule in RULES}
PATTERNS: Final = {rule: str(getattr(_grammar, constant)) for rule, constant in CONSTANTS.items()}
matches: Final = {rule: re.compile(pattern).fullmatch for rule, pattern in PATTERNS.items()}

DOORS: Final[dict[str, Callable[[str], bool]]] = {
    "run-id": RunId.is_valid,
    "checkpoint-name": CheckpointName.is_valid,
    "checkpoint-path": CheckpointPath.is_valid,
}

# A test that draws examples draws them for each of two dozen rules, most of which are parts of others.
fewer: Final = settings(max_examples=settings().max_examples // 4)
each_rule: Final = pytest.mark.parametrize("rule", RULES)


def is_judged_alike(rule: str, text: str) -> bool:
    """Return whether *text* is accepted, after asserting that all who judge it agree."""
    verdict = accepts(rule, text)
    assert (matches[rule](text) is not None) == verdict
    if rule in DOORS:
        assert DOORS[rule](text) == verdict
    return verdict


# --------------------------------------------------------------------------------------------------------------------
# The rules as they are written.


def test_each_pattern_stands_below_its_rule() -> None:
    source = Path(_grammar.__file__).read_text(encoding="utf-8")
    commented = re.findall(r"^# (([a-z-]+) += .+)\n([A-Z_]+): Final = ", source, re.MULTILINE)
    assert {name: constant for _, name, constant in commented} == CONSTANTS
    assert {name: text.split() for text, name, _ in commented} == {rule: text.split() for rule, text in TEXTS.items()}


def test_no_pattern_is_without_a_rule() -> None:
    plain = {"CHECKPOINTS", "LAST_NAME", "LOGS", "SPEC_VERSION", "SUBMISSIONS"}
    texts = {name for name, value in vars(_grammar).items() if isinstance(value, str) and name[0] != "_"}
    assert texts == plain.union(CONSTANTS.values())


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
def test_a_comparison_finds_the_first_difference(one: str, other: str, text: str | None) -> None:
    assert difference(read_pattern(one), read_pattern(other), {}) == text


# A date, a time and a value are more than their ABNF says and have tests of their own. In all other rules they stand
# for what their patterns match.
STATED: Final[dict[str, Expression]] = CORE | RULES | {rule: read_pattern(PATTERNS[rule]) for rule in WORDS}


@pytest.mark.parametrize("rule", sorted(RULES.keys() - WORDS.keys() - {"checkpoint-path"}))
def test_no_text_tells_rule_and_pattern_apart(rule: str) -> None:
    assert difference(RULES[rule], read_pattern(PATTERNS[rule]), STATED) is None


def test_no_text_tells_the_rule_and_the_pattern_of_a_path_apart() -> None:
    # Taken apart into characters, a path has a hundred thousand states: what a root may hold may be half of a run id.
    # The two names in it are compared above; here they are one mark each, and NUL keeps the marks out of the root.
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


def test_only_minus_zero_tells_the_rule_and_the_pattern_of_a_value_apart() -> None:
    assert matches["value"]("-0.0000") is None
    with_minus_zero = read_pattern(rf"{PATTERNS['value']}|-0\.0000")
    assert difference(RULES["value"], with_minus_zero, STATED) is None


def test_a_time_is_what_a_clock_shows() -> None:
    shown = {f"{timedelta(seconds=second)!s:0>8}".replace(":", "") for second in range(24 * 60 * 60)}
    assert {text for text in map("{:06}".format, range(10**6)) if matches["time"](text)} == shown
    assert difference(RULES["time"], read_pattern(rf"{PATTERNS['time']}|[0-9]{{6}}"), STATED) is None


@pytest.mark.parametrize("year", [0, 1, 4, 100, 400, 1900, 2000, 2023, 2024, 9999])
def test_a_date_is_a_day_of_the_calendar(year: int) -> None:
    texts = [f"{year:04}{day:04}" for day in range(10**4)]
    assert [text for text in texts if matches["date"](text)] == [text for text in texts if WORDS["date"](text)]


def test_each_year_has_its_own_february() -> None:
    texts = [f"{year:04}{day}" for year in range(10**4) for day in ("0228", "0229", "0230", "0301")]
    assert [text for text in texts if matches["date"](text)] == [text for text in texts if WORDS["date"](text)]
    assert difference(RULES["date"], read_pattern(rf"{PATTERNS['date']}|[0-9]{{8}}"), STATED) is None


# --------------------------------------------------------------------------------------------------------------------
# Sentences, near misses, and every text of some sizes.


@each_rule
@fewer
@given(data=st.data())
def test_a_sentence_matches_if_its_words_hold(rule: str, data: st.DataObject) -> None:
    text = data.draw(sentences(rule))
    assert is_judged_alike(rule, text) == obeys_words(Grammar(rule).parse_all(text))


@each_rule
@fewer
@given(data=st.data())
def test_the_rule_accepts_what_its_pattern_matches(rule: str, data: st.DataObject) -> None:
    texts = st.from_regex(re.compile(PATTERNS[rule]), fullmatch=True, alphabet=st.characters(codec="ascii"))
    assert is_judged_alike(rule, data.draw(texts))


@each_rule
@fewer
@given(data=st.data())
def test_a_near_miss_is_judged_alike(rule: str, data: st.DataObject) -> None:
    is_judged_alike(rule, data.draw(mutations(sentences(rule))))


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
def test_every_small_text_is_judged_alike(rule: str, start: str, alphabet: str, size: int, end: str) -> None:
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
def test_a_field_ends_at_its_limit(rule: str, start: str, char: str, longest: int, end: str) -> None:
    assert is_judged_alike(rule, start + char * longest + end)
    assert not is_judged_alike(rule, start + char * (longest + 1) + end)


def test_the_limits_have_names() -> None:
    assert (_grammar.MAX_LABEL, _grammar.MAX_PHASE) == (64, 32)
    assert (_grammar.MAX_NUMBER, 10**_grammar.MAX_DIGITS - 1) == (10**18 - 1, 10**18 - 1)
    assert _grammar.MAX_INTEGER_DIGITS == 11


# --------------------------------------------------------------------------------------------------------------------
# Portability.


@each_rule
def test_a_pattern_uses_only_what_all_engines_share(rule: str) -> None:
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
def test_what_engines_do_not_share_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(NotPortableError):
        pytest.fail(f"{reason}: {read_pattern(pattern)}")


SEEDS: Final = {
    "run-id": ["a-b_c_00010101_000000", "a_1-b_2-c_3-4_d-5_20240229_235959"],
    "checkpoint-name": ["last.ckpt", "best-a_b--0.0001_v1.ckpt", "epoch-22_step-001932_a-0.8756.ckpt"],
    "checkpoint-path": ["a/b\n/a-b_c_20240229_235959/checkpoints/last.ckpt"],
    "value": ["-0.0001", "12345678901.0000"],
    "encoder": ["a" * 64],
}


@functools.cache
def near_texts(rule: str) -> list[str]:
    """Return texts of a rule and all that is one edit away: digits from elsewhere, ends of lines, NUL and the like."""
    return sorted({*SEEDS[rule]}.union(*map(neighbours, SEEDS[rule])))


@pytest.mark.parametrize("rule", SEEDS)
@pytest.mark.parametrize("engine", [in_re, in_re2, in_rust, in_duckdb, in_arrow, in_javascript])
def test_all_engines_agree(rule: str, engine: Engine) -> None:
    texts = near_texts(rule)
    expected = [matches[rule](text) is not None for text in texts]
    assert engine(PATTERNS[rule], texts) == expected
    assert {True, False} == set(expected)


@pytest.mark.parametrize("rule", DOORS)
def test_a_door_and_its_rule_agree_on_all_neighbours(rule: str) -> None:
    texts = near_texts(rule)
    assert [text for text in texts if DOORS[rule](text)] == [text for text in texts if matches[rule](text)]


@pytest.mark.parametrize("time", ["240000", "246000", "236000", "235960"])
def test_the_door_of_a_run_id_leaves_no_time_to_datetime(time: str) -> None:
    # Some versions of Python read the hour 24 as the next day's first.
    assert matches["run-id"](f"a-b_c_20240228_{time}") is None
    assert _grammar.match_run_id(f"a-b_c_20240228_{time}") is None
