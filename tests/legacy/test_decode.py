"""Names outside the grammar: their readings, `decode`, the declarations of formats, and registries."""

from __future__ import annotations

import copy
import importlib
import pickle
import re
from collections.abc import Callable
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import (
    AmbiguousNameError,
    CheckpointName,
    FieldError,
    SchemeError,
    UnknownFormatError,
)
from ckpt_scheme.legacy import (
    CANONICAL,
    CHECKPOINT_KINDS,
    REGISTRY,
    Format,
    Reading,
    Registry,
    decode,
    readings,
    upgrade,
)
from ckpt_scheme.legacy import (
    _index as index,
)
from ckpt_scheme.legacy._data import shared_types
from ckpt_scheme.legacy._field_types import FieldType, shape
from ckpt_scheme.strategies import checkpoint_texts, epochs, near_misses, steps, texts
from edits import draw_edit
from legacy_names import field_text, filled, read_by_parse, values_of

FORMATS = REGISTRY.formats
FALLBACK = Registry(declared for declared in FORMATS if declared.prior == "fallback")
EXAMPLES = [(declared, example) for declared in FORMATS for example in declared.examples]

edits = st.composite(draw_edit)
formats = st.sampled_from(FORMATS)
randoms = st.integers(0, 2**64).map(Random)


@given(declared=formats, random=randoms)
def test_filled_template_is_read_with_its_values(declared: Format, random: Random) -> None:
    for template in declared.templates:
        text, said = filled(template.text, declared.field_types, random)

        read = FALLBACK.readings if declared.prior == "fallback" else readings

        own = [
            reading
            for reading in read(text)
            if (reading.framework, reading.format) == (declared.framework, declared.format)
        ]

        values = values_of(template, declared.field_types, said)
        assert values is not None
        assert [*map(content_of, own)] == [content_of(declared.reading(text, values))]


def content_of(reading: Reading) -> dict[str, object]:
    """Return the content of a reading, so that nan is equal to nan and no order matters."""
    return {**attrs.asdict(reading), "metrics": {key: repr(value) for key, value in reading.metrics.items()}}


@given(
    declared=formats,
    random=randoms,
    missing=st.fixed_dictionaries({}, optional={"epoch": epochs(), "step": steps(), "version": st.just(3)}),
)
def test_an_upgrade_is_canonical_or_refused(declared: Format, random: Random, missing: dict[str, Any]) -> None:
    text, _ = filled(declared.templates[0].text, declared.field_types, random)
    record = declared.read(text)
    assert record is not None

    try:
        name = upgrade(record, **missing)
    except FieldError:
        return
    assert CheckpointName.parse(str(name)) == name
    assert record.kind in CHECKPOINT_KINDS
    for field in ("epoch", "step", "version"):
        own = getattr(record, field)
        assert getattr(name, field, None) == (missing.get(field) if own is None else own) or (
            field == "step" and record.extras["step_scope"] == "in_epoch"
        )


@given(text=checkpoint_texts())
def test_a_canonical_name_is_refused_by_every_format(text: str) -> None:
    # A fallback format reads only names that no other format reads.
    others = [declared for declared in FORMATS if declared.prior != "fallback"]

    assert [declared.format for declared in others if declared.read(text) is not None] == []


@given(text=checkpoint_texts())
def test_a_canonical_name_has_its_own_reading(text: str) -> None:
    (reading,) = readings(text)

    assert (reading.framework, reading.text) == (CANONICAL, text)
    assert upgrade(reading) == CheckpointName.parse(text)


@given(text=st.text())
def test_readings_of_any_text_are_a_tuple(text: str) -> None:
    assert isinstance(readings(text), tuple)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "checkpoint-500x",
        "epoch=3-step=1x.ckpt",  # a letter behind the step
        "epoch=0x3-step=1.ckpt",  # `parse` reads hexadecimal numbers where a field is an int
        "epoch= 3-step=1.ckpt",  # and blanks before them
        "epoch=+3-step=1.ckpt",  # and signs
        "epoch=\u0663-step=1.ckpt",  # and digits from elsewhere
        "epoch=3-step=1.ckpt\n",
        "epoch=1000000000000000000-step=1.ckpt",  # nineteen digits
        "\ud800.ckpt",
    ],
)
def test_unknown_name_has_no_reading_and_decode_raises(name: str) -> None:
    found = readings(name)
    with pytest.raises(UnknownFormatError) as caught:
        decode(name)

    assert found == ()
    assert (caught.value.text, caught.value.requirement) == (name, "CKS-086")


@pytest.mark.parametrize(
    "name",
    [
        "Epoch=3-step=1.ckpt",  # case
        "epoch_22_step_001932_v3.ckpt",  # a version that no format wrote there
        "epoch_03_step_000103_20250230_025102.ckpt",  # 30 February
        "epoch_15_step_000500_best.ckpt",
    ],
)
def test_name_of_no_framework_is_read_by_its_words_alone(name: str) -> None:
    assert {reading.framework for reading in readings(name)} == {"common"}


@pytest.mark.parametrize("name", [None, 3, b"last.ckpt", ["last.ckpt"]])
def test_readings_and_decode_refuse_other_types(name: str) -> None:
    with pytest.raises(FieldError):
        readings(name)
    with pytest.raises(FieldError):
        decode(name)


# The types that every framework can use, and those of one project.
TYPES = dict(next(declared.field_types for declared in FORMATS if declared.framework == "ocr-project"))


def declare(framework: str, template: str) -> Format:
    return Format(
        framework=framework,
        format="default",
        kind="step",
        template=template,
        source="a/b:c",
        examples=(),
        field_types=TYPES,
    )


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("checkpoint_{step}", "a field without a type takes any text"),
        ("checkpoint_{step:d}", "a type of `parse` takes 0x16, +2 and blanks"),
        ("checkpoint_{step:numeral}", "a type that there is not"),
        ("checkpoint_{:count}", "a field without a name"),
        ("{metric:word}.ckpt", "a metric without its value"),
        ("{value:decimal}.ckpt", "a value without its metric"),
        ("{step:count}-{step:plain}.ckpt", "a field of two types"),
        ("{0:count}.ckpt", "a number, which `parse` takes for no name"),
        ("{_a:count}.ckpt", "a name that begins with no letter, which it takes for none either"),
        ("{a.b:count}.ckpt", "a name that it changes"),
        ("{a[b]:count}.ckpt", "a name that it takes for two"),
        ("{a!r:count}.ckpt", "a conversion, which is no field to it"),
        ("{a b:count}.ckpt", "a blank, which is no part of a field to it"),
        ("{step:count", "a brace that nothing closes"),
    ],
)
def test_format_refuses_a_template_that_it_cannot_read(template: str, wrong: str) -> None:
    with pytest.raises(FieldError) as caught:
        declare("one", template)

    assert caught.value.text == template, wrong


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "checkpoint"},
        {"kind": None},
        {"entry": "folder"},
        {"extensions": ".pt"},
        {"folders": "run/"},
        {"examples": "model_5"},
        {"framework": CANONICAL},
    ],
)
def test_format_refuses_an_invalid_declaration(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        attrs.evolve(declare("one", "model_{step:count}"), **changes)

    assert caught.value.text == next(iter(changes.values()))


@pytest.mark.parametrize("formats", ["model", [None], [declare("one", "model_{step:count}"), 3]])
def test_registry_refuses_other_types(formats: Any) -> None:  # noqa: ANN401 - a value of any type
    with pytest.raises(FieldError):
        Registry(formats)


def test_format_refuses_a_metric_without_a_field() -> None:
    with pytest.raises(FieldError, match="acc"):
        attrs.evolve(declare("one", "model_{step:count}.pt"), metrics=("acc",))


def test_readings_are_the_same_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_MANY", 0)
    registry = Registry(FORMATS)

    assert repr([registry.readings(example) for _, example in EXAMPLES]) == repr(
        [readings(example) for _, example in EXAMPLES]
    )


def test_name_with_repeated_words_is_read_in_one_way() -> None:
    assert readings("a_epoch_1_step_2_m_epoch_3_step_4_m_0.5_x_y_20250101_000000.ckpt")[0].epoch == 1


class Odd(str):
    """Text whose methods return wrong answers."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        return False

    def strip(self, *_: object) -> str:
        raise RuntimeError


def test_str_subclass_is_read_as_its_plain_text() -> None:
    assert decode(Odd("epoch=3-step=1.ckpt")) == decode("epoch=3-step=1.ckpt")
    assert type(decode(Odd("epoch=3-step=1.ckpt")).text) is str
    assert CheckpointName.parse(Odd("best-h-0.5000.ckpt")) == CheckpointName.parse("best-h-0.5000.ckpt")
    with pytest.raises(SchemeError):
        CheckpointName.parse(Odd("bestx"))


# --------------------------------------------------------------------------------------------------------------------
# Names read without `parse`, and in few formats, have the readings that `parse` finds in all formats.


def readings_by_parse(registry: Registry, text: str) -> tuple[Reading, ...]:
    if "/" in text or CheckpointName.is_valid(text):
        return registry.readings(text)
    found = [reading for declared in registry.formats if (reading := read_by_parse(declared, text)) is not None]
    others = [reading for reading in found if reading.prior != "fallback"]
    known = {(reading.framework, reading.format): reading for reading in others or found}
    # Another test checks the order.
    order = [(reading.framework, reading.format) for reading in registry.readings(text)]
    return tuple(known[key] for key in sorted(known, key=order.index))


def identity(reading: Reading | None) -> object:
    """Return the values of a reading and their types."""
    if reading is None:
        return None
    values = attrs.astuple(reading, recurse=False)
    contents = [*reading.metrics, *reading.metrics.values(), *reading.extras, *reading.extras.values()]
    # Not the values themselves, for nan is not equal to nan.
    mappings = [sorted(map(repr, mapping.items())) for mapping in (reading.metrics, reading.extras)]
    rest = repr(attrs.evolve(reading, metrics={}, extras={}))
    return type(reading), rest, mappings, sorted(str(type(value)) for value in (*values, *contents))


@given(declared=formats, random=randoms, data=st.data())
def test_format_reads_the_same_as_parse(declared: Format, random: Random, data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(declared.templates))
    text, _ = filled(template.text, declared.field_types, random)
    for candidate in (text, data.draw(edits(text)), data.draw(near_misses(st.just(text)))):
        assert identity(declared.read(candidate)) == identity(read_by_parse(declared, candidate))


@given(text=texts() | near_misses(st.sampled_from([example for _, example in EXAMPLES])))
def test_any_text_is_read_as_parse_reads_it_in_all_formats(text: str) -> None:
    assert [*map(identity, readings(text))] == [*map(identity, readings_by_parse(REGISTRY, text))]


# Templates that no framework has: digits next to fields whose texts begin or end with digits, fields that come again,
# braces, and characters with a meaning in patterns.
_literals = st.text("a0_-1", max_size=3) | st.sampled_from(
    ["epoch", "epoch=", ".ckpt", "{{", "}}", "a{{0}}", ".*", "(?P<"]
)
_fields_of_templates = st.sampled_from([*(name for name in TYPES if not TYPES[name].slashes), "count", "count"]).map(
    lambda name: f"{{{name}:{name}}}"
)
_templates = st.lists(_literals | _fields_of_templates, min_size=1, max_size=6).map("".join)


@given(templates=st.lists(_templates, max_size=8), random=randoms, data=st.data())
def test_registry_reads_the_same_as_parse_in_each_of_its_formats(
    templates: list[str], random: Random, data: st.DataObject
) -> None:
    registry = Registry([declare(str(place), template) for place, template in enumerate(templates)])
    for declared in registry.formats:
        text, _ = filled(declared.template, declared.field_types, random)
        for candidate in (text, data.draw(edits(text))):
            found, expected = registry.readings(candidate), readings_by_parse(registry, candidate)
            assert [*map(identity, found)] == [*map(identity, expected)]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("epoch={epoch:count}-epoch={epoch:count}.pt", "epoch=07-epoch=07.pt"),
        ("{epoch:count}.ckpt{{", "07.ckpt{"),
        ("a}}{{{epoch:count}}}.pt", "a}{07}.pt"),
        ("a.*{epoch:count}", "a.*07"),
        ("0{epoch:count}1", "00071"),
        ("{encoder:encoder}{epoch:count}", "resnet07"),
    ],
)
def test_template_reads_the_same_as_in_parse(template: str, name: str) -> None:
    declared = declare("one", template)
    reading = read_by_parse(declared, name)

    assert reading is not None
    assert identity(declared.read(name)) == identity(reading)
    assert Registry([declared]).readings(name) == (reading,)


ALL_TYPES = {
    **shared_types(),
    **{
        f"{declared.framework}/{name}": field_type
        for declared in FORMATS
        for name, field_type in declared.field_types.items()
        if name not in shared_types()
    },
}


@pytest.mark.parametrize("name", ALL_TYPES)
@given(random=randoms)
def test_text_of_a_type_has_the_shape_and_the_limits_of_the_type(name: str, random: Random) -> None:
    field_type = ALL_TYPES[name]

    text = field_text(field_type, random)

    assert len(text) <= field_type.longest
    assert text.count("/") <= field_type.slashes
    assert field_type.shape in {None, shape(text)}
    assert shape(text).startswith(field_type.start)
    assert all(need in shape(text) for need in field_type.needs)


@pytest.mark.parametrize("name", ALL_TYPES)
def test_longest_of_a_type_is_the_width_of_its_pattern(name: str) -> None:
    # No public function returns the width of a pattern.
    parsed = importlib.import_module("re._parser").parse(ALL_TYPES[name].pattern)

    assert parsed.getwidth()[1] == ALL_TYPES[name].longest
    assert parsed.getwidth()[0] > 0


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


def tried(registry: Registry, name: str) -> list[list[str]]:
    """Return the formats whose pattern is matched with a name: the fallback formats apart, behind the others."""
    indexes = registry._indexes or registry._indexed()
    found = [index.candidates(name, is_directory=False) for index in indexes]
    return [[f"{declared.framework}/{declared.format}" for declared, _ in spellings] for spellings in found]


def test_name_is_tried_in_few_formats_of_a_large_registry() -> None:
    strange = ("", "README.md", "checkpoint-500x", "model.pt", "epoch=3-step=1x.ckpt", "epoch_22_step_001932_v3.ckpt")
    for name in (*strange, *(example for _, example in EXAMPLES)):
        assert tried(FOREIGN, name) == tried(REGISTRY, name)
        others, fallbacks = tried(REGISTRY, name)
        assert len(others) <= 40
        assert len(fallbacks) <= 50


def test_large_registry_finds_each_of_its_formats() -> None:
    for declared in FOREIGN.formats[len(FORMATS) :]:
        name = declared.template
        for hole, text in (("count", "12"), ("word", "loss"), ("decimal", "0.5"), ("encoder", "resnet18")):
            name = re.sub(rf"\{{\w+:{hole}\}}", text, name)
        assert declared.framework in [reading.framework for reading in FOREIGN.readings(name)]


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
def test_text_longer_than_all_names_is_tried_in_no_format(text: str) -> None:
    assert tried(REGISTRY, text) == [[], []]
    assert readings(text) == ()
    assert [declared.read(text) for declared in FORMATS] == [None] * len(FORMATS)


def test_longest_name_of_a_format_is_read_and_a_longer_one_is_not() -> None:
    longest = Registry([declare("one", "a{tokens:tokens}.pt")])

    assert len(longest.readings("a" + "b" * 64 + ("_" + "c" * 64) * 8 + ".pt")) == 1
    assert longest.readings("a" + "b" * 64 + ("_" + "c" * 64) * 8 + "d.pt") == ()


def test_empty_registry_reads_canonical_names_only() -> None:
    assert Registry([]).readings("") == ()
    assert Registry([]).readings("last.ckpt") == readings("last.ckpt")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copied_registry_reads_the_same_before_and_after_use(copied: Callable[[Registry], Registry]) -> None:
    registry = Registry(FORMATS)
    fresh = copied(registry)
    names = [example for _, example in EXAMPLES[::9]]
    for name in names:
        assert repr(registry.readings(name)) == repr(fresh.readings(name))
    used = copied(registry)

    assert used == fresh == registry
    assert hash(used) == hash(registry)
    assert repr([*map(used.readings, names)]) == repr([*map(readings, names)])


class TestAmbiguity:
    REGISTRY = Registry([declare("one", "checkpoint_{step:count}"), declare("two", "checkpoint_{epoch:count}")])

    def test_readings_returns_both_readings(self) -> None:
        assert [reading.framework for reading in self.REGISTRY.readings("checkpoint_100")] == ["one", "two"]

    def test_decode_raises_with_both_readings(self) -> None:
        with pytest.raises(AmbiguousNameError) as caught:
            self.REGISTRY.decode("checkpoint_100")

        assert caught.value.readings == self.REGISTRY.readings("checkpoint_100")
        assert str(caught.value) == (
            "'checkpoint_100' is ambiguous: one/default and two/default match. "
            "Pass framework=..., or call identify() with the other names in the directory."
        )

    def test_pickled_error_keeps_readings_and_message(self) -> None:
        with pytest.raises(AmbiguousNameError) as caught:
            self.REGISTRY.decode("checkpoint_100")

        copied = pickle.loads(pickle.dumps(caught.value))

        assert copied.readings == caught.value.readings
        assert str(copied) == str(caught.value)

    def test_own_registry_leaves_the_library_registry_unchanged(self) -> None:
        assert "one" not in [reading.framework for reading in readings("checkpoint_100")]


class TestFramework:
    def test_given_framework_decides(self) -> None:
        assert decode("checkpoint_100", "accelerate").extras == {"save_index": 100}
        assert decode("checkpoint_100", framework="t5x").step == 100

    def test_canonical_name_is_read_the_same_with_any_framework(self) -> None:
        assert decode("last.ckpt", framework="lightning") == decode("last.ckpt") == decode("last.ckpt", CANONICAL)

    def test_two_readings_of_the_given_framework_are_ambiguous(self) -> None:
        with pytest.raises(AmbiguousNameError):
            decode("checkpoint_7000.pt", framework="ignite")

    def test_framework_that_does_not_read_the_name_raises_unknown_format(self) -> None:
        with pytest.raises(UnknownFormatError, match="of composer"):
            decode("checkpoint_100", framework="composer")

    def test_unknown_framework_raises_and_suggests_a_known_one(self) -> None:
        with pytest.raises(FieldError, match="lightning") as caught:
            decode("checkpoint_100", framework="lighning")

        assert caught.value.text == "lighning"


class TestPath:
    def test_folders_outside_the_format_are_ignored(self) -> None:
        assert decode("a/b/epoch=3-step=1.ckpt").text == "a/b/epoch=3-step=1.ckpt"
        assert decode("outputs/checkpoint_5/last.ckpt").framework == CANONICAL

    def test_folder_of_the_format_is_read(self) -> None:
        assert decode("a/iter_0000500/mp_rank_00/model_optim_rng.pt").step == 500
        assert decode("x/version_7/checkpoints/epoch=3.ckpt").extras == {"run": "version_7"}

    def test_rest_of_a_name_with_a_slash_is_not_read_as_the_whole(self) -> None:
        assert readings("a=x=1-val/loss=8.83.ckpt") == ()

    @pytest.mark.parametrize("path", ["/", "//", "a/", "/" * 1000, "a/" * 1000, "/last.ckpt/x"])
    def test_path_without_a_name_has_no_reading(self, path: str) -> None:
        assert readings(path) == ()


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("[a-z]{1,5}--image_aug", ("--image_aug",)),
        ("[a-z]{1,5}\\+b[0-9]{1,5}\\+lr-[0-9.]{1,16}", ("+b0+lr-",)),
        ("v[0-9]{0,3}x", ("v", "x")),
        ("b5a{0,1}c", ("b0", "c")),
        ("ab?c", ("a", "c")),
        ("ab*c", ("a", "c")),
        ("a|b", ()),
        ("(?i)a", ()),
        ("a(?:b|c)d", ("a", "d")),
        ("a\\dc", ("a", "c")),
        ("[0-9]{2}-[0-9]{2}_(?:AM|PM)", ("0-0_",)),
    ],
)
def test_field_type_needs_the_literals_of_its_pattern(pattern: str, needs: tuple[str, ...]) -> None:
    assert FieldType(pattern=pattern, longest=99).needs == needs
