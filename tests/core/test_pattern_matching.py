"""`matches`, `filter` and `regex`: a pattern accepts exactly the names that agree with its fields."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import raised
from ckpt_scheme import patterns
from ckpt_scheme.checkpoint_name import CheckpointName, LastCheckpoint
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.patterns import CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from edits import NASTY
from glob_families import Family, for_each_family, neighbourhood
from pattern_cases import Case, agreeing_cases, for_each_pattern, wider
from pattern_examples import ONE_RUN
from pattern_oracle import Pattern, agreeing, conforms_and_agrees, fields_of
from regex_engines import in_re2

# --------------------------------------------------------------------------------------------------------------------
# matches and regex.


@for_each_pattern
@given(data=st.data())
def test_pattern_matches_exactly_the_names_that_agree(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    pattern, text = data.draw(cases)
    expected = conforms_and_agrees(pattern, text)

    regex = pattern.regex()

    assert pattern.matches(text) == expected
    assert (re.fullmatch(regex, text) is not None) == expected
    assert (re.fullmatch(f"<{regex}>", f"<{text}>") is not None) == expected
    assert in_re2(regex, [text]) == [expected]
    assert_plain(regex)


def assert_plain(regex: str) -> None:
    """Assert that *regex* has only the syntax that all engines read alike."""
    assert re.compile(regex).groups == 0
    assert not any(char.isalnum() for char in re.findall(r"\\(.)", regex, re.DOTALL))
    outside_classes = re.sub(r"\\.|\[[^]]+\]", "", regex, flags=re.DOTALL)
    assert not re.search(r"[\^$.*+]|\(\?[^:]|[?}][?+]", outside_classes)


class BytesPath:
    def __fspath__(self) -> bytes:
        return b"last.ckpt"


class UnreadablePath:
    def __fspath__(self) -> str:
        raise OSError


@pytest.mark.parametrize("pattern", [RunPattern(), CheckpointPattern(), PathPattern("\udc80")], ids=repr)
@pytest.mark.parametrize(
    "text",
    [
        None,
        3,
        1.5,
        (),
        [],
        object(),
        b"last.ckpt",
        bytearray(b"last.ckpt"),
        memoryview(b"last.ckpt"),
        Path("a"),
        BytesPath(),
        UnreadablePath(),
        "",
        "\ud800",
        "last.ckpt\udcff",
        "\udc80/x",
        "a-" * 50_000,
        "a_" * 50_000,
    ],
    # A default `repr` ends in an address, which differs in each run.
    ids=lambda text: repr(text).partition(" at 0x")[0][:24],
)
def test_matches_returns_false_for_any_other_object(pattern: Pattern, text: Any) -> None:  # noqa: ANN401 - a value of any type
    assert pattern.matches(text) is False


def test_matches_accepts_a_root_of_lone_surrogates() -> None:
    path = "\udc80/t-a_p_20240229_000000/checkpoints/last.ckpt"

    assert PathPattern("\udc80").matches(path)


def test_regex_matches_each_special_character_of_a_root_literally() -> None:
    for char in {*NASTY, "/"} - {"\0"}:
        roots = ["a", "b", "ab", "a.b", "aab", "abb", f"a{char}{char}b", f"a\\{char}b", f"A{char}b", f"a{char}b"]
        paths = [f"{root}/{ONE_RUN}/checkpoints/last.ckpt" for root in roots]

        regex = PathPattern(f"a{char}b", RunId.parse(ONE_RUN), LastCheckpoint()).regex()

        assert {path for path in paths if re.fullmatch(regex, path)} == {paths[-1]}
        assert_plain(regex)


def test_base_pattern_has_no_regex() -> None:
    with pytest.raises(NotImplementedError):
        patterns._Pattern().regex()


# --------------------------------------------------------------------------------------------------------------------
# filter.


def test_filter_reads_path_objects_as_their_text() -> None:
    path = CheckpointPath("outputs", RunId.parse(ONE_RUN), LastCheckpoint())
    paths: list[os.PathLike[str]] = [path, Path(path), path.directory, Path("last.ckpt")]

    assert list(PathPattern("outputs").filter(paths)) == paths[:2]
    assert list(CheckpointPattern(kind="last").filter(paths)) == paths[3:]


@pytest.mark.parametrize("text", ["last.ckpt", b"last.ckpt", Path("last.ckpt")], ids=repr)
def test_filter_refuses_a_single_text(text: Any) -> None:  # noqa: ANN401 - a value of any type
    error = raised(lambda: CheckpointPattern().filter(text))

    assert (error.kind, error.text, error.position, error.requirement) == ("names", text, None, "CKS-055")


class Text(str):
    __slots__ = ()


def test_filter_keeps_order_and_identity() -> None:
    texts = [Text("last.ckpt"), "epoch-1_step-000001.ckpt", "best.ckpt", "last.ckpt", "best_v1.ckpt", "best_v01.ckpt"]

    kept = list(CheckpointPattern(version=None).filter(texts))

    assert kept == ["last.ckpt", "best.ckpt", "last.ckpt"]
    assert kept[0] is texts[0]


def test_filter_reads_no_further_than_the_yielded_name() -> None:
    taken: list[int] = []

    def versions() -> Iterator[str]:
        for number in range(1, 10):
            taken.append(number)
            yield f"best_v{number}.ckpt"

    found = CheckpointPattern(version=3).filter(versions())
    taken_before = list(taken)
    first = next(found)

    assert taken_before == []
    assert first == "best_v3.ckpt"
    assert taken == [1, 2, 3]


@for_each_family
def test_filter_keeps_exactly_the_texts_that_agree_among_near_misses(family: Family) -> None:
    texts = neighbourhood(family.names)

    assert set(family.pattern.filter(texts)) == agreeing(family.pattern, texts)


# --------------------------------------------------------------------------------------------------------------------
# Fixing a field.


@for_each_pattern
@given(data=st.data())
def test_pattern_with_one_more_field_fixed_matches_a_subset(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    pattern, text = data.draw(cases)
    others = wider(pattern) if pattern.matches(text) else ()

    assert [other for other in others if not other.matches(text)] == []


@given(agreeing_cases())
def test_pattern_of_all_fields_of_a_name_matches_it(case: Case) -> None:
    pattern, text = case

    closed: Pattern
    if isinstance(pattern, PathPattern):
        path = CheckpointPath.parse(text)
        closed = PathPattern(path.root, path.run, path.name)
    elif isinstance(pattern, RunPattern):
        closed = RunPattern(**fields_of(RunId.parse(text)))
    else:
        own = {field: value for field, value in fields_of(CheckpointName.parse(text)).items() if value is not None}
        closed = CheckpointPattern(**own)

    assert closed.matches(text)
