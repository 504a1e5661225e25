"""Names that are not in the grammar: every format, its examples, and what becomes of a reading."""

from __future__ import annotations

import copy
import functools
import importlib
import pickle
import re
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import parse  # noqa: TID253 - the tests need it at once
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import (
    AmbiguousNameError,
    BestCheckpoint,
    CheckpointName,
    FieldError,
    LastCheckpoint,
    SchemeError,
    UnknownFormatError,
)
from ckpt_scheme.legacy import CANONICAL, REGISTRY, LegacyFormat, LegacyName, Registry, decode, readings, upgrade
from ckpt_scheme.legacy.field_type import shape
from ckpt_scheme.legacy.fields import FIELD_TYPES
from ckpt_scheme.legacy.templates import PARSE_TYPES
from edits import draw_edit, neighbours
from strategies import canonical_names, metric_names, mutations, texts, timestamps

FORMATS = REGISTRY.formats
EXAMPLES = [(declared, example) for declared in FORMATS for example in declared.examples]

_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_alnum = _letters + "0123456789"


def _label(first: str, rest: str, size: int = 12) -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(first), st.text(rest, max_size=size))


edits = st.composite(draw_edit)

_tokens = _label(_letters, _alnum + "-")

# The texts of each type of field, built from parts, with the value that they state.
TEXTS: dict[str, st.SearchStrategy[tuple[str, object]]] = {
    "count": st.builds(
        lambda zeros, number: ("0" * zeros + str(number), number), st.integers(0, 3), st.integers(0, 10**15 - 1)
    ),
    "decimal": st.builds(
        lambda sign, integer, decimals: (text := f"{sign}{integer}.{decimals}", float(text)),
        st.sampled_from(["", "-"]),
        st.integers(0, 10**11 - 1),
        st.text("0123456789", min_size=1, max_size=17),
    ),
    "timestamp": timestamps().map(
        lambda time: (f"{time.year:04d}{time:%m%d_%H%M%S}", time),
    ),
    "token": _tokens.map(lambda text: (text, text)),
    "tokens": st.lists(_tokens, min_size=3, max_size=5).map("_".join).map(lambda text: (text, text)),
    "word": metric_names().map(lambda text: (text, text)),
    "encoder": _label(_letters, _alnum + "_-").map(lambda text: (text, text)),
    "prefix": _label("xyz", _alnum + "_-").map(lambda text: (text, text)),
    "val_loss": st.sampled_from(["val_loss", "val/loss"]).map(lambda text: (text, text)),
    "hmean": st.sampled_from(["hmean", "val/hmean"]).map(lambda text: (text, text)),
    "val_f1": st.just(("val_f1", "val_f1")),
    "loss": st.just(("loss", "loss")),
}


@st.composite
def names_in(draw: st.DrawFn, declared: LegacyFormat) -> tuple[str, dict[str, object]]:
    """A name in a format and the value of each of its fields."""
    said: dict[str, tuple[str, object]] = {}

    def fill(hole: re.Match[str]) -> str:
        if hole[1] is None:
            return hole[0][0]  # a doubled brace
        if hole[1] not in said:
            said[hole[1]] = draw(TEXTS[hole[2]])
        return said[hole[1]][0]

    text = re.sub(r"\{\{|\}\}|\{(\w+):(\w+)\}", fill, declared.template)
    return text, {field: value for field, (_, value) in said.items()}


def said(reading: LegacyName) -> dict[str, object]:
    """What a reading says, by the fields of a template."""
    known = attrs.asdict(reading, filter=lambda _, value: value is not None)
    for field in ("text", "framework", "format", "kind"):
        del known[field]
    extras, metrics = known.pop("extras"), known.pop("metrics")
    measured = {key: value for name, score in metrics.items() for key, value in (("metric", name), ("value", score))}
    return {**known, **extras, **measured}


@pytest.mark.parametrize(("declared", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_has_one_reading_and_it_is_its_format_s(declared: LegacyFormat, example: str) -> None:
    (reading,) = readings(example)

    assert (reading.framework, reading.format, reading.kind) == (declared.framework, declared.format, declared.kind)
    assert reading.text == example
    assert decode(example) == reading


@pytest.mark.parametrize("declared", FORMATS, ids=lambda declared: f"{declared.framework}-{declared.format}")
@given(data=st.data())
def test_what_a_template_is_filled_with_is_what_is_read(declared: LegacyFormat, data: st.DataObject) -> None:
    text, values = data.draw(names_in(declared))

    (reading,) = readings(text)

    assert (reading.framework, reading.format) == (declared.framework, declared.format)
    assert said(reading) == values


@pytest.mark.parametrize("declared", FORMATS, ids=lambda declared: f"{declared.framework}-{declared.format}")
@given(data=st.data())
def test_an_upgrade_is_canonical_or_refused(declared: LegacyFormat, data: st.DataObject) -> None:
    text, _ = data.draw(names_in(declared))
    record = decode(text)

    try:
        name = upgrade(record)
    except FieldError:
        return
    assert CheckpointName.parse(str(name)) == name
    assert getattr(name, "version", None) == record.version
    assert getattr(name, "epoch", None) == record.epoch


@given(text=canonical_names())
def test_a_canonical_name_is_refused_by_every_format(text: str) -> None:
    assert [declared.format for declared in FORMATS if declared.read(text) is not None] == []


@given(text=canonical_names())
def test_a_canonical_name_has_its_own_reading(text: str) -> None:
    (reading,) = readings(text)

    assert (reading.framework, reading.text) == (CANONICAL, text)
    assert upgrade(reading) == CheckpointName.parse(text)


@given(text=st.text())
def test_any_text_has_readings_or_none(text: str) -> None:
    assert isinstance(readings(text), tuple)


def test_ids_are_unique() -> None:
    ids = [(declared.framework, declared.format) for declared in FORMATS]

    assert len(set(ids)) == len(ids)


def test_every_format_has_an_example_and_a_source() -> None:
    for declared in FORMATS:
        assert declared.examples
        assert re.match(r"[\w.-]+/[\w.-]+:", declared.source)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "checkpoint-500",
        "epoch=3-step=1x.ckpt",  # a letter behind the step
        "Epoch=3-step=1.ckpt",  # case
        "epoch=0x3-step=1.ckpt",  # `parse` reads hexadecimal numbers where a field is an int
        "epoch= 3-step=1.ckpt",  # and blanks before them
        "epoch=+3-step=1.ckpt",  # and signs
        "epoch=\u0663-step=1.ckpt",  # and digits from elsewhere
        "epoch=3-step=1.ckpt\n",
        "epoch_22_step_001932_v3.ckpt",  # a version that no format wrote there
        "epoch_03_step_000103_20250230_025102.ckpt",  # 30 February
        "epoch=1000000000000000000-step=1.ckpt",  # nineteen digits
        "epoch_15_step_000500_best.ckpt",
        "\ud800.ckpt",
    ],
)
def test_an_unknown_name_is_told(name: str) -> None:
    assert readings(name) == ()
    with pytest.raises(UnknownFormatError) as caught:
        decode(name)
    assert (caught.value.text, caught.value.requirement) == (name, "CKS-061")


@pytest.mark.parametrize("name", [None, 3, b"last.ckpt", ["last.ckpt"]])
def test_what_is_no_text_is_refused(name: str) -> None:
    with pytest.raises(UnknownFormatError):
        readings(name)
    with pytest.raises(UnknownFormatError):
        decode(name)


def declare(framework: str, template: str) -> LegacyFormat:
    return LegacyFormat(
        framework=framework, format="default", kind="step", template=template, source="a/b:c", examples=()
    )


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("checkpoint_{step}", "a field without a type takes any text"),
        ("checkpoint_{step:d}", "a type of `parse` takes 0x16, +2 and blanks"),
        ("checkpoint_{step:number}", "a type that there is not"),
        ("checkpoint_{:count}", "a field without a name"),
        ("{metric:word}.ckpt", "a metric without its value"),
        ("{value:decimal}.ckpt", "a value without its metric"),
        ("{0:count}.ckpt", "a number, which `parse` takes for no name"),
        ("{_a:count}.ckpt", "a name that begins with no letter, which it takes for none either"),
        ("{a.b:count}.ckpt", "a name that it changes"),
        ("{a[b]:count}.ckpt", "a name that it takes for two"),
        ("{a!r:count}.ckpt", "a conversion, which is no field to it"),
        ("{a b:count}.ckpt", "a blank, which is no part of a field to it"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused(template: str, wrong: str) -> None:
    with pytest.raises(FieldError) as caught:
        declare("one", template)
    assert caught.value.text == template, wrong


def test_a_name_has_no_second_derivation_in_a_format() -> None:
    assert readings("a_epoch_1_step_2_m_epoch_3_step_4_m_0.5_x_y_20250101_000000.ckpt")[0].epoch == 1


class Odd(str):
    """Text whose methods answer as they like."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        return False

    def strip(self, *_: object) -> str:
        raise RuntimeError


def test_a_subclass_of_str_is_read_as_the_text_that_it_is() -> None:
    assert decode(Odd("epoch=3-step=1.ckpt")) == decode("epoch=3-step=1.ckpt")
    assert type(decode(Odd("epoch=3-step=1.ckpt")).text) is str
    assert CheckpointName.parse(Odd("best-h-0.5000.ckpt")) == CheckpointName.parse("best-h-0.5000.ckpt")
    with pytest.raises(SchemeError):
        CheckpointName.parse(Odd("bestx"))


# --------------------------------------------------------------------------------------------------------------------
# The doors: what is read without `parse`, and without asking every format, is what `parse` reads in all of them.


@functools.cache
def parser(template: str) -> parse.Parser:
    return parse.compile(template, PARSE_TYPES, case_sensitive=True)


def read_by_parse(declared: LegacyFormat, text: str) -> LegacyName | None:
    result = parser(declared.template).parse(text)
    if not isinstance(result, parse.Result):
        return None
    extras: dict[str, Any] = dict(result.named)
    metrics = {extras.pop("metric"): extras.pop("value")} if "metric" in extras else {}
    places = ("epoch", "step", "version", "timestamp", "architecture", "encoder")
    record = {field: extras.pop(field) for field in places if field in extras}
    ids: dict[str, Any] = {"framework": declared.framework, "format": declared.format, "kind": declared.kind}
    return LegacyName(text=text, **ids, **record, metrics=metrics, extras=extras)


def readings_by_parse(registry: Registry, text: str) -> tuple[LegacyName, ...]:
    if CheckpointName.is_valid(text):
        return readings(text)
    found = [read_by_parse(declared, text) for declared in registry.formats]
    return tuple(reading for reading in found if reading is not None)


def identity(reading: LegacyName | None) -> object:
    """All that there is to a reading: its values, their types, the order of its mappings."""
    if reading is None:
        return None
    values = attrs.astuple(reading, recurse=False)
    contents = [*reading.metrics, *reading.metrics.values(), *reading.extras, *reading.extras.values()]
    return type(reading), repr(reading), values, [type(value) for value in (*values, *contents)]


@pytest.mark.parametrize("declared", FORMATS, ids=lambda declared: f"{declared.framework}-{declared.format}")
@given(data=st.data())
def test_a_format_reads_what_parse_reads(declared: LegacyFormat, data: st.DataObject) -> None:
    text, _ = data.draw(names_in(declared))
    for candidate in (text, data.draw(edits(text)), data.draw(mutations(st.just(text)))):
        assert identity(declared.read(candidate)) == identity(read_by_parse(declared, candidate))


@pytest.mark.parametrize("declared", FORMATS, ids=lambda declared: f"{declared.framework}-{declared.format}")
def test_the_neighbours_of_an_example_are_read_as_parse_reads_them(declared: LegacyFormat) -> None:
    known = 0
    # One in seven, in an order that is the same each time: all of them take as long as the rest of the file.
    for text in sorted(neighbours(declared.examples[0]))[::7]:
        found, expected = readings(text), readings_by_parse(REGISTRY, text)
        assert found == expected
        known += len(found)
    assert (known > 0) == ("{" in declared.template)  # another digit makes another name


@given(text=texts() | mutations(st.sampled_from([example for _, example in EXAMPLES])))
def test_any_text_is_read_as_parse_reads_it(text: str) -> None:
    assert [*map(identity, readings(text))] == [*map(identity, readings_by_parse(REGISTRY, text))]


# Templates as nobody writes them: digits next to fields whose texts begin or end with digits, fields that come again,
# braces, and what means something in a pattern.
_literals = st.text("a0_-1", max_size=3) | st.sampled_from(
    ["epoch", "epoch=", ".ckpt", "{{", "}}", "a{{0}}", ".*", "(?P<", "\\"]
)
_holes = st.sampled_from([*FIELD_TYPES, "count", "count", "timestamp"]).map(lambda name: f"{{{name}:{name}}}")
_templates = st.lists(_literals | _holes, min_size=1, max_size=6).map("".join)


@given(templates=st.lists(_templates, max_size=8), data=st.data())
def test_a_registry_reads_what_parse_reads_in_each_of_its_formats(templates: list[str], data: st.DataObject) -> None:
    registry = Registry([declare(str(place), template) for place, template in enumerate(templates)])
    for declared in registry.formats:
        text, _ = data.draw(names_in(declared))
        # A prefix looks at what follows it, so not every text of its own is one everywhere.
        assert declared.read(text) is not None or "{prefix:" in declared.template
        for candidate in (text, data.draw(edits(text))):
            found, expected = registry.readings(candidate), readings_by_parse(registry, candidate)
            assert [*map(identity, found)] == [*map(identity, expected)]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("epoch={epoch:count}-epoch={epoch:count}.pt", "epoch=07-epoch=07.pt"),
        ("a}}{{{epoch:count}}}.pt", "a}{07}.pt"),
        ("a.*{epoch:count}", "a.*07"),
        ("0{epoch:count}1", "00071"),
        ("{encoder:encoder}{epoch:count}", "resnet07"),
    ],
)
def test_a_template_means_what_it_means_to_parse(template: str, name: str) -> None:
    declared = declare("one", template)
    reading = read_by_parse(declared, name)

    assert reading is not None
    assert identity(declared.read(name)) == identity(reading)
    assert Registry([declared]).readings(name) == (reading,)


@pytest.mark.parametrize("name", FIELD_TYPES)
@given(data=st.data())
def test_a_type_is_what_it_says(name: str, data: st.DataObject) -> None:
    field_type = FIELD_TYPES[name]
    text = data.draw(st.from_regex(field_type.pattern, fullmatch=True))

    assert len(text) <= field_type.longest
    assert field_type.shape in {None, shape(text)}
    assert re.compile(field_type.pattern).groups == 0


@pytest.mark.parametrize("name", FIELD_TYPES)
def test_no_text_of_a_type_is_longer_than_it_says(name: str) -> None:
    # No public function tells the width of a pattern.
    parsed = importlib.import_module("re._parser").parse(FIELD_TYPES[name].pattern)

    assert parsed.getwidth()[1] == FIELD_TYPES[name].longest


FOREIGN = Registry(
    [
        *FORMATS,
        *(
            declare(f"{maker}{number}", template.replace("@", f"{maker}{chr(97 + number)}"))
            for maker in ("alpha", "epoch", "model")
            for number in range(20)
            for template in (
                "@_{step:count}.pt",
                "@-{epoch:count}-{step:count}.ckpt",
                "@={epoch:count}_{metric:word}={value:decimal}.ckpt",
                "{name:encoder}.@-{step:count}.pt",
            )
        ),
    ]
)
"""The formats of the library and 240 others."""


def candidates(registry: Registry, name: str) -> list[LegacyFormat]:
    return registry._indexed().candidates(name)


@pytest.mark.parametrize(
    "name",
    [
        *(example for _, example in EXAMPLES),
        *("", "README.md", "checkpoint-500", "model.pt", "epoch=3-step=1x.ckpt", "epoch_22_step_001932_v3.ckpt"),
    ],
)
def test_a_name_is_tried_in_few_formats_however_many_there_are(name: str) -> None:
    assert candidates(FOREIGN, name) == candidates(REGISTRY, name)
    assert len(candidates(REGISTRY, name)) <= 6


def test_all_of_many_formats_are_found() -> None:
    for declared in FOREIGN.formats[len(FORMATS) :]:
        name = declared.template
        for hole, text in (("count", "12"), ("word", "loss"), ("decimal", "0.5"), ("encoder", "resnet18")):
            name = re.sub(rf"\{{\w+:{hole}\}}", text, name)
        assert [reading.framework for reading in FOREIGN.readings(name)] == [declared.framework]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1" * 10**6, id="digits"),
        pytest.param("epoch=" + "1" * 10**6, id="an epoch"),
        pytest.param("a" * 10**6 + "_20251012_025102.ckpt", id="a prefix"),
        pytest.param("epoch_1_step_2_" + "a_" * 500_000 + "20251012_025102.ckpt", id="a model"),
        pytest.param("a_epoch" * 150_000 + ".ckpt", id="many prefixes"),
    ],
)
def test_a_text_that_is_longer_than_all_names_is_tried_in_no_format(text: str) -> None:
    assert candidates(REGISTRY, text) == []
    assert readings(text) == ()
    assert [declared.read(text) for declared in FORMATS] == [None] * len(FORMATS)


def test_the_longest_name_of_a_format_is_read() -> None:
    longest = Registry([declare("one", "a{tokens:tokens}.pt")])

    assert len(longest.readings("a" + "b" * 64 + ("_" + "c" * 64) * 8 + ".pt")) == 1
    assert longest.readings("a" + "b" * 64 + ("_" + "c" * 64) * 8 + "d.pt") == ()


def test_an_empty_registry_reads_canonical_names_only() -> None:
    assert Registry([]).readings("") == ()
    assert Registry([]).readings("last.ckpt") == readings("last.ckpt")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_registry_can_be_copied_before_and_after_it_is_used(copied: Callable[[Registry], Registry]) -> None:
    registry = Registry(FORMATS)
    fresh = copied(registry)
    for declared, example in EXAMPLES:
        assert registry.readings(example) == fresh.readings(example) == (declared.read(example),)
    used = copied(registry)

    assert used == fresh == registry
    assert hash(used) == hash(registry)
    assert [used.readings(example) for _, example in EXAMPLES] == [readings(example) for _, example in EXAMPLES]


class TestAmbiguity:
    REGISTRY = Registry([declare("one", "checkpoint_{step:count}"), declare("two", "checkpoint_{epoch:count}")])

    def test_both_readings_are_reported(self) -> None:
        assert [reading.framework for reading in self.REGISTRY.readings("checkpoint_100")] == ["one", "two"]

    def test_decoding_refuses_to_choose(self) -> None:
        with pytest.raises(AmbiguousNameError) as caught:
            self.REGISTRY.decode("checkpoint_100")

        error = caught.value
        assert error.readings == self.REGISTRY.readings("checkpoint_100")
        assert str(error) == (
            "invalid checkpoint name 'checkpoint_100': expected a name that one format reads, not 2 "
            "(one/default, two/default), or to be told its framework or the names beside it (by identify) at position "
            "0, found 'checkpoint_100' [CKS-061]"
        )

    def test_the_error_survives_pickling(self) -> None:
        with pytest.raises(AmbiguousNameError) as caught:
            self.REGISTRY.decode("checkpoint_100")

        copied = pickle.loads(pickle.dumps(caught.value))

        assert copied.readings == caught.value.readings
        assert str(copied) == str(caught.value)

    def test_a_registry_of_one_s_own_changes_no_other(self) -> None:
        assert readings("checkpoint_100") == ()


class TestRecord:
    def test_a_reading_is_a_value(self) -> None:
        record = decode("hmean=0.7990-best.ckpt")

        assert record == decode("hmean=0.7990-best.ckpt")
        assert hash(record) == hash(decode("hmean=0.7990-best.ckpt"))
        assert weakref.ref(record)() is record
        assert pickle.loads(pickle.dumps(record)) == record
        assert copy.deepcopy(record) == record
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            record.epoch = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

    def test_every_part_goes_where_it_belongs(self) -> None:
        assert decode("epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt") == LegacyName(
            text="epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt",
            framework="ocr-project",
            format="underscored-metric-versioned",
            kind="epoch",
            epoch=3,
            step=103,
            metrics={"val_hmean": 0.892},
            timestamp=datetime(2025, 10, 12, 2, 51, 2),
            architecture="dbnet",
            encoder="resnet18",
            version=1,
        )

    def test_what_has_no_place_of_its_own_is_extra(self) -> None:
        assert decode("resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt").extras == {"batch_size": 16}


class TestUpgrade:
    RECORD = LegacyName(text="x", framework="f", format="g", kind="epoch", epoch=3, step=1200)

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({}, "epoch-03_step-001200.ckpt"),
            ({"version": 2}, "epoch-03_step-001200_v2.ckpt"),
            ({"metrics": {"val/loss": 0.12345}}, "epoch-03_step-001200_loss-0.1235.ckpt"),
            (
                {"architecture": "dbnet", "timestamp": datetime(2025, 1, 1), "extras": {"a": 1}},
                "epoch-03_step-001200.ckpt",
            ),
            ({"kind": "best", "epoch": None, "step": None, "metrics": {"f1": 1.0}}, "best-f1-1.0000.ckpt"),
        ],
    )
    def test_what_a_name_can_hold_is_kept(self, changes: dict[str, Any], text: str) -> None:
        assert str(upgrade(attrs.evolve(self.RECORD, **changes))) == text

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"epoch": None}, "an epoch"),
            ({"step": None}, "a step"),
            ({"kind": "step", "epoch": None}, "an epoch"),
            ({"metrics": {"a": 1.0, "b": 2.0}}, "at most one metric"),
            ({"kind": "best"}, "without an epoch"),
            ({"kind": "best", "epoch": None}, "without an epoch"),
            ({"kind": "last"}, "without a number"),
            ({"kind": "last", "epoch": None, "step": None, "version": 1}, "without a number"),
            ({"kind": "last", "epoch": None, "step": None, "metrics": {"a": 1.0}}, "without a number"),
        ],
    )
    def test_what_it_lacks_or_cannot_hold_is_told(self, changes: dict[str, Any], expected: str) -> None:
        with pytest.raises(FieldError, match=expected) as caught:
            upgrade(attrs.evolve(self.RECORD, **changes))
        assert (caught.value.text, caught.value.requirement) == ("x", "CKS-064")

    @pytest.mark.parametrize("changes", [{"version": 0}, {"metrics": {"a": float("nan")}}, {"epoch": 10**18}])
    def test_a_value_outside_the_grammar_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(SchemeError):
            upgrade(attrs.evolve(self.RECORD, **changes))

    def test_best_and_last(self) -> None:
        assert upgrade(decode("best-v1.ckpt")) == BestCheckpoint(version=1)
        assert upgrade(decode("latest.ckpt")) == LastCheckpoint()

    def test_what_is_no_reading_is_refused(self) -> None:
        with pytest.raises(FieldError):
            upgrade("epoch=3-step=1200.ckpt")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
