"""The formats of the library: their declarations and examples, the names that they share, and the cost of a match."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtracking import Backtracking
from ckpt_scheme import CheckpointName
from ckpt_scheme.legacy import REGISTRY, FieldType, Format, Registry, readings
from ckpt_scheme.legacy._template import Template
from ckpt_scheme.strategies import checkpoint_texts, sloppy_texts
from legacy_names import OVERLAPS, filled, have_one_meaning, ids_of, overlaps_of

FORMATS = REGISTRY.formats
FALLBACK = Registry(declared for declared in FORMATS if declared.prior == "fallback")
TEMPLATES = [(declared, template) for declared in FORMATS for template in declared.templates]


def own_readings(declared: Format, example: str) -> list[tuple[str, str, str]]:
    read = FALLBACK.readings if declared.prior == "fallback" else readings  # a fallback format yields to every other
    return [
        (reading.text, reading.kind, reading.entry)
        for reading in read(example)
        if (reading.framework, reading.format) == (declared.framework, declared.format)
    ]


@pytest.mark.parametrize("framework", REGISTRY.frameworks)
def test_each_example_is_read_in_its_format(framework: str) -> None:
    of_framework = [declared for declared in FORMATS if declared.framework == framework]
    examples = [(declared, example) for declared in of_framework for example in declared.examples]

    found = [own_readings(declared, example) for declared, example in examples]

    assert found == [[(example, declared.kind, declared.entry)] for declared, example in examples]
    assert len(examples) >= len(of_framework)


def test_ids_of_formats_are_unique_and_lower_case() -> None:
    ids = [(declared.framework, declared.format) for declared in FORMATS]

    assert sorted(ids) == sorted(set(ids))
    assert all(re.fullmatch("[a-z0-9_]+(-[a-z0-9_]+)*", text) for id_ in ids for text in id_)


def test_every_format_has_an_example_and_a_source() -> None:
    for declared in FORMATS:
        assert declared.examples, declared
        assert re.match(r"[\w.-]+/[\w.-]+[:#]\S", declared.source), declared


def test_epochs_behind_follow_from_the_epoch_base() -> None:
    for declared in FORMATS:
        assert declared.epochs_behind in {None, 0, 1}, declared
        assert declared.steps_behind in {None, 0, 1}, declared
        assert declared.epochs_behind in {None, 1 - (declared.epoch_base or 0)} or declared.epoch_base is None, declared


@given(text=checkpoint_texts())
def test_a_canonical_name_is_refused_by_every_format(text: str) -> None:
    # A fallback format reads only names that no other format reads.
    others = [declared for declared in FORMATS if declared.prior != "fallback"]

    assert [declared.format for declared in others if declared.read(text) is not None] == []


# Character by character: for a whole text, Hypothesis tries constants of the code, which is full of names.
def _texts(chars: st.SearchStrategy[str], size: int) -> st.SearchStrategy[str]:
    return st.lists(chars, max_size=size).map("".join)


@given(
    text=_texts(st.characters(), 40)
    | _texts(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), 20)
    | _texts(st.sampled_from("0123456789abcdef-_. "), 40)
)
def test_random_text_has_no_reading(text: str) -> None:
    # Some formats read a number alone, and a short random text may be "release" by chance.
    if not re.fullmatch(r"(?:.*/)?(?:[0-9]+|[a-z]+)/*", text, re.DOTALL):
        assert readings(text) == ()


@given(text=sloppy_texts())
def test_reading_of_a_nearly_canonical_name_has_an_epoch_of_the_name(text: str) -> None:
    if CheckpointName.is_valid(text):
        return
    for reading in readings(text):
        said = re.findall("(?<![0-9])[0-9]+(?![0-9])", text)
        assert reading.epoch is None or str(reading.epoch) in [number.lstrip("0") or "0" for number in said]


# --------------------------------------------------------------------------------------------------------------------
# The names that formats share.

TABLE: Final[list[dict[str, Any]]] = json.loads(OVERLAPS.read_text(encoding="utf-8"))


def pairs(ids: list[str]) -> Iterator[tuple[str, str]]:
    return ((first, second) for place, first in enumerate(ids) for second in ids[place + 1 :])


KNOWN: Final = {pair for row in TABLE for pair in pairs(row["readings"])}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_name_of_several_formats_has_the_readings_of_the_table(row: dict[str, Any]) -> None:
    found = readings(row["name"])

    assert ids_of(found) == row["readings"]
    assert have_one_meaning(found) == row["one meaning"]


def test_formats_share_no_name_outside_the_table() -> None:
    unknown = {
        pair: name for ids, name in overlaps_of(FORMATS, 3).items() for pair in pairs(list(ids)) if pair not in KNOWN
    }

    assert unknown == {}, "review them, then run `python tests/support/legacy_names.py` to write the table again"


def test_formats_of_one_framework_share_names_in_known_frameworks_alone() -> None:
    frameworks = {tuple(text.partition("/")[0] for text in pair) for pair in KNOWN}

    assert {first for first, second in frameworks if first == second} == {
        "darknet",  # one number, an iteration or, of an old classifier, an epoch
        "ignite",  # one number, an iteration or an epoch
        "megatron-lm",  # two ranks, the second of the pipeline or of the experts
        "mmengine",  # one number of a documented template, an iteration or an epoch
        "ocr-project",  # hyphens in a tag, in a model or between them
        "tensorflow",  # one number, a step or a count of saves
    }


# --------------------------------------------------------------------------------------------------------------------
# The cost of a match.


def hard_texts(template: Template, types: Mapping[str, FieldType], size: int) -> Iterator[str]:
    """Return texts of about *size* characters that begin and end as names of a template, but are not its names."""
    for junk in ("a", "0", "a_", "a-", "0.", "a=1-", "epoch=1_", "_epoch_", "-1", "A.", "step="):
        middle = (junk * size)[:size]
        yield f"{template.head}{middle}{template.tail}"
        yield f"{template.head}{middle}!{template.tail}"
    text, _ = filled(template.text, types, Random(size))  # noqa: S311 - no secret
    yield (text * size)[:size]
    yield text[:-1] + "\0"


@pytest.mark.parametrize(
    "framework", sorted({declared.framework for declared in FORMATS}), ids=lambda framework: framework
)
def test_match_takes_time_linear_in_the_length_of_the_name(framework: str) -> None:
    for declared, template in TEMPLATES:
        if declared.framework != framework or template.text != declared.templates[0].text:
            continue
        pattern = template.pattern
        for size in (40, 160, 640):
            for text in hard_texts(template, declared.field_types, size):
                counted = Backtracking(pattern)
                assert counted.fullmatch(text) == (re.fullmatch(pattern, text) is not None)
                assert counted.looks <= 400 * len(text) + 400, (template.text, text, counted.looks)


def test_each_template_has_a_limit_of_length() -> None:
    for _, template in TEMPLATES:
        assert template.longest < 4096, template.text
        assert re.compile(template.pattern).fullmatch("x" * 5000) is None
