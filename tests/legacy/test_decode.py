"""Names that are not in the grammar: templates and registries, and what becomes of a reading."""

from __future__ import annotations

import copy
import importlib
import pickle
import re
import weakref
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import (
    AmbiguousNameError,
    BestCheckpoint,
    CheckpointName,
    FieldError,
    LastCheckpoint,
    Metric,
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
from ckpt_scheme.legacy._field_type import shape
from ckpt_scheme.legacy._field_types import FIELD_TYPES
from ckpt_scheme.strategies import checkpoint_texts, epochs, near_misses, steps, texts
from edits import draw_edit
from legacy_names import field_text, filled, read_by_parse, values_of

FORMATS = REGISTRY.formats
EXAMPLES = [(declared, example) for declared in FORMATS for example in declared.examples]

edits = st.composite(draw_edit)
formats = st.sampled_from(FORMATS)
randoms = st.integers(0, 2**64).map(Random)


@given(declared=formats, random=randoms)
def test_what_a_template_is_filled_with_is_what_is_read(declared: Format, random: Random) -> None:
    for template in declared.templates:
        text, said = filled(template.text, random)

        own = [
            reading
            for reading in readings(text)
            if (reading.framework, reading.format) == (declared.framework, declared.format)
        ]

        assert [*map(said_by, own)] == [said_by(declared.reading(text, values_of(template, said)))]


def said_by(reading: Reading) -> dict[str, object]:
    """What a reading says, so that nan is equal to nan and no order matters."""
    return {**attrs.asdict(reading), "metrics": {key: repr(value) for key, value in reading.metrics.items()}}


@given(
    declared=formats,
    random=randoms,
    missing=st.fixed_dictionaries({}, optional={"epoch": epochs(), "step": steps(), "version": st.just(3)}),
)
def test_an_upgrade_is_canonical_or_refused(declared: Format, random: Random, missing: dict[str, Any]) -> None:
    text, _ = filled(declared.templates[0].text, random)
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
    assert [declared.format for declared in FORMATS if declared.read(text) is not None] == []


@given(text=checkpoint_texts())
def test_a_canonical_name_has_its_own_reading(text: str) -> None:
    (reading,) = readings(text)

    assert (reading.framework, reading.text) == (CANONICAL, text)
    assert upgrade(reading) == CheckpointName.parse(text)


@given(text=st.text())
def test_any_text_has_readings_or_none(text: str) -> None:
    assert isinstance(readings(text), tuple)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "checkpoint-500x",
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


def declare(framework: str, template: str) -> Format:
    return Format(framework=framework, format="default", kind="step", template=template, source="a/b:c", examples=())


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
def test_a_template_that_cannot_be_read_is_refused(template: str, wrong: str) -> None:
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
def test_a_declaration_that_says_nothing_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        attrs.evolve(declare("one", "model_{step:count}"), **changes)
    assert caught.value.text == next(iter(changes.values()))


@pytest.mark.parametrize("formats", ["model", [None], [declare("one", "model_{step:count}"), 3]])
def test_a_registry_of_something_else_is_refused(formats: Any) -> None:  # noqa: ANN401 - anything at all
    with pytest.raises(FieldError):
        Registry(formats)


def test_a_metric_that_no_field_holds_is_refused() -> None:
    with pytest.raises(FieldError, match="acc"):
        attrs.evolve(declare("one", "model_{step:count}.pt"), metrics=("acc",))


def test_what_is_found_is_the_same_when_there_is_no_room_to_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_MANY", 0)
    registry = Registry(FORMATS)

    assert repr([registry.readings(example) for _, example in EXAMPLES]) == repr(
        [readings(example) for _, example in EXAMPLES]
    )


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


def readings_by_parse(registry: Registry, text: str) -> tuple[Reading, ...]:
    if "/" in text or CheckpointName.is_valid(text):
        return registry.readings(text)
    found = [read_by_parse(declared, text) for declared in registry.formats]
    known = {(reading.framework, reading.format): reading for reading in found if reading is not None}
    # Which is the most specific is another question.
    order = [(reading.framework, reading.format) for reading in registry.readings(text)]
    return tuple(known[key] for key in sorted(known, key=order.index))


def identity(reading: Reading | None) -> object:
    """All that there is to a reading: its values and their types."""
    if reading is None:
        return None
    values = attrs.astuple(reading, recurse=False)
    contents = [*reading.metrics, *reading.metrics.values(), *reading.extras, *reading.extras.values()]
    # Not the values themselves, for nan is not equal to nan.
    mappings = [sorted(map(repr, mapping.items())) for mapping in (reading.metrics, reading.extras)]
    rest = repr(attrs.evolve(reading, metrics={}, extras={}))
    return type(reading), rest, mappings, sorted(str(type(value)) for value in (*values, *contents))


@given(declared=formats, random=randoms, data=st.data())
def test_a_format_reads_what_parse_reads(declared: Format, random: Random, data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(declared.templates))
    text, _ = filled(template.text, random)
    for candidate in (text, data.draw(edits(text)), data.draw(near_misses(st.just(text)))):
        assert identity(declared.read(candidate)) == identity(read_by_parse(declared, candidate))


@given(text=texts() | near_misses(st.sampled_from([example for _, example in EXAMPLES])))
def test_any_text_is_read_as_parse_reads_it_in_all_formats(text: str) -> None:
    assert [*map(identity, readings(text))] == [*map(identity, readings_by_parse(REGISTRY, text))]


# Templates as nobody writes them: digits next to fields whose texts begin or end with digits, fields that come again,
# braces, and what means something in a pattern.
_literals = st.text("a0_-1", max_size=3) | st.sampled_from(
    ["epoch", "epoch=", ".ckpt", "{{", "}}", "a{{0}}", ".*", "(?P<", "\\"]
)
_holes = st.sampled_from([*(name for name in FIELD_TYPES if not FIELD_TYPES[name].slashes), "count", "count"]).map(
    lambda name: f"{{{name}:{name}}}"
)
_templates = st.lists(_literals | _holes, min_size=1, max_size=6).map("".join)


@given(templates=st.lists(_templates, max_size=8), random=randoms, data=st.data())
def test_a_registry_reads_what_parse_reads_in_each_of_its_formats(
    templates: list[str], random: Random, data: st.DataObject
) -> None:
    registry = Registry([declare(str(place), template) for place, template in enumerate(templates)])
    for declared in registry.formats:
        text, _ = filled(declared.template, random)
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
@given(random=randoms)
def test_a_type_is_what_it_says(name: str, random: Random) -> None:
    field_type = FIELD_TYPES[name]
    text = field_text(name, random)

    assert len(text) <= field_type.longest
    assert text.count("/") <= field_type.slashes
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


def tried(registry: Registry, name: str) -> list[str]:
    """The formats whose pattern is matched with a name."""
    found = (registry._index or registry._indexed()).candidates(name)
    return [f"{declared.framework}/{declared.format}" for declared, template in found if template.inner in name]


def test_a_name_is_tried_in_few_formats_however_many_there_are() -> None:
    strange = ("", "README.md", "checkpoint-500x", "model.pt", "epoch=3-step=1x.ckpt", "epoch_22_step_001932_v3.ckpt")
    for name in (*strange, *(example for _, example in EXAMPLES)):
        assert tried(FOREIGN, name) == tried(REGISTRY, name)
        assert len(tried(REGISTRY, name)) <= 40


def test_all_of_many_formats_are_found() -> None:
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
def test_a_text_that_is_longer_than_all_names_is_tried_in_no_format(text: str) -> None:
    assert tried(REGISTRY, text) == []
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
    for _, example in EXAMPLES:
        assert repr(registry.readings(example)) == repr(fresh.readings(example))
    used = copied(registry)
    names = [example for _, example in EXAMPLES]

    assert used == fresh == registry
    assert hash(used) == hash(registry)
    assert repr([*map(used.readings, names)]) == repr([*map(readings, names)])


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
        assert "one" not in [reading.framework for reading in readings("checkpoint_100")]


class TestFramework:
    def test_who_wrote_it_decides(self) -> None:
        assert decode("checkpoint_100", "accelerate").extras == {"save_index": 100}
        assert decode("checkpoint_100", framework="t5x").step == 100

    def test_a_canonical_name_is_the_same_whoever_wrote_it(self) -> None:
        assert decode("last.ckpt", framework="lightning") == decode("last.ckpt") == decode("last.ckpt", CANONICAL)

    def test_two_readings_of_one_framework_are_still_two(self) -> None:
        with pytest.raises(AmbiguousNameError):
            decode("checkpoint_7000.pt", framework="ignite")

    def test_a_framework_that_does_not_write_it_is_told(self) -> None:
        with pytest.raises(UnknownFormatError, match="of composer"):
            decode("checkpoint_100", framework="composer")

    def test_a_framework_that_there_is_not_is_told(self) -> None:
        with pytest.raises(FieldError, match="lightning") as caught:
            decode("checkpoint_100", framework="lighning")
        assert caught.value.text == "lighning"


class TestPath:
    def test_what_is_before_says_nothing(self) -> None:
        assert decode("a/b/epoch=3-step=1.ckpt").text == "a/b/epoch=3-step=1.ckpt"
        assert decode("outputs/checkpoint_5/last.ckpt").framework == CANONICAL

    def test_a_folder_of_the_format_does(self) -> None:
        assert decode("a/iter_0000500/mp_rank_00/model_optim_rng.pt").step == 500
        assert decode("x/version_7/checkpoints/epoch=3.ckpt").extras == {"run": "version_7"}

    def test_the_rest_of_a_name_that_was_split_is_not_read_for_the_whole(self) -> None:
        assert readings("a=x=1-val/loss=8.83.ckpt") == ()

    @pytest.mark.parametrize("path", ["/", "//", "a/", "/" * 1000, "a/" * 1000, "/last.ckpt/x"])
    def test_nothing_is_read_where_nothing_is(self, path: str) -> None:
        assert readings(path) == ()


class TestRecord:
    def test_a_reading_is_a_value(self) -> None:
        record = decode("hmean=0.7990-best.ckpt", "ocr-project")

        assert record == decode("hmean=0.7990-best.ckpt", "ocr-project")
        assert hash(record) == hash(decode("hmean=0.7990-best.ckpt", "ocr-project"))
        assert weakref.ref(record)() is record
        assert pickle.loads(pickle.dumps(record)) == record
        assert copy.deepcopy(record) == record
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            record.epoch = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

    def test_every_part_goes_where_it_belongs(self) -> None:
        assert decode("epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt") == Reading(
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
            source=(
                "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2:"
                "ocr/lightning_modules/callbacks/unique_checkpoint.py at d9b56e05"
            ),
        )

    def test_what_has_no_place_of_its_own_is_extra(self) -> None:
        assert decode("resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt").extras == {"batch_size": 16}


NO_CHECKPOINTS = ("shard", "aux", "temp", "pointer", "sidecar", "run_dir")


class TestUpgrade:
    RECORD = Reading(text="x", framework="f", format="g", kind="epoch", epoch=3, step=1200)

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
        assert upgrade(decode("best-v1.ckpt", "ocr-project")) == BestCheckpoint(version=1)
        assert upgrade(decode("latest.ckpt")) == LastCheckpoint()

    @pytest.mark.parametrize(
        ("changes", "missing", "text"),
        [
            ({"epoch": None}, {"epoch": 7}, "epoch-07_step-001200.ckpt"),
            ({"step": None}, {"step": 9}, "epoch-03_step-000009.ckpt"),
            ({"kind": "index", "epoch": None, "step": None}, {"epoch": 7, "step": 9}, "epoch-07_step-000009.ckpt"),
            ({"extras": {"step_scope": "in_epoch"}}, {"step": 9000}, "epoch-03_step-009000.ckpt"),
            ({}, {"epoch": 3, "step": 1200, "version": 2}, "epoch-03_step-001200_v2.ckpt"),
            ({}, {"metric": Metric("f1", 0.5)}, "epoch-03_step-001200_f1-0.5000.ckpt"),
        ],
    )
    def test_what_it_lacks_is_taken_from_the_caller(
        self, changes: dict[str, Any], missing: dict[str, Any], text: str
    ) -> None:
        assert str(upgrade(attrs.evolve(self.RECORD, **changes), **missing)) == text

    @pytest.mark.parametrize(
        ("changes", "missing", "expected"),
        [
            ({}, {"epoch": 4}, "no other epoch than its own, 3"),
            ({}, {"step": 0}, "no other step than its own, 1200"),
            ({"metrics": {"f1": 0.25}}, {"metric": Metric("f1", 0.5)}, "no other metric"),
            ({"epoch": None}, {"step": 1200}, "an epoch, which the name lacks"),
            ({"extras": {"step_scope": "in_epoch"}}, {}, "a step, which the name lacks"),
            ({"kind": "best", "epoch": None, "step": None}, {"epoch": 3}, "without an epoch"),
            *(({"kind": kind}, {}, f"a whole checkpoint, not of kind {kind}") for kind in NO_CHECKPOINTS),
            *(({"kind": kind}, {}, f"one moment of training, not of kind {kind}") for kind in ("average", "release")),
        ],
    )
    def test_what_it_says_is_never_changed(
        self, changes: dict[str, Any], missing: dict[str, Any], expected: str
    ) -> None:
        with pytest.raises(FieldError, match=expected):
            upgrade(attrs.evolve(self.RECORD, **changes), **missing)

    def test_what_is_no_reading_is_refused(self) -> None:
        with pytest.raises(FieldError):
            upgrade("epoch=3-step=1200.ckpt")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
