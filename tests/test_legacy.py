"""Names that are not in the grammar: every format, its examples, and what becomes of a reading."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import datetime
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
    SchemeError,
    UnknownFormatError,
)
from ckpt_scheme.legacy import CANONICAL, REGISTRY, LegacyFormat, LegacyName, Registry, decode, readings, upgrade
from strategies import canonical_names, metric_names, timestamps

FORMATS = REGISTRY.formats
EXAMPLES = [(declared, example) for declared in FORMATS for example in declared.examples]

_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_alnum = _letters + "0123456789"


def _label(first: str, rest: str, size: int = 12) -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(first), st.text(rest, max_size=size))


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
    values: dict[str, object] = {}

    def fill(field: re.Match[str]) -> str:
        text, values[field[1]] = draw(TEXTS[field[2]])
        return text

    return re.sub(r"\{(\w+):(\w+)\}", fill, declared.template), values


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

    assert reading.framework == CANONICAL
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
            "(one/default, two/default) at position 0, found 'checkpoint_100' [CKS-061]"
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
