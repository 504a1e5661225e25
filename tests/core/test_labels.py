"""Labels: the texts that each field stores or refuses, and `sanitize_label`, which makes labels of any text."""

from __future__ import annotations

import enum
import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from calls import untyped
from ckpt_scheme import FieldError, _fields, sanitize_label
from ckpt_scheme._fields import LabelField
from hostile_objects import PlainText

Converter = Callable[..., object]


class Phase(str, enum.Enum):  # noqa: UP042 - unlike a StrEnum, it prints as its member's name
    TRAINING = "training"


class Encoder(enum.StrEnum):
    RESNET = "resnet18"


# --------------------------------------------------------------------------------------------------------------------
# Labels.

WORD_FIELDS: list[Converter] = [_fields.tag, _fields.architecture, _fields.metric_name]

ALL_LABELS: list[Converter] = [*WORD_FIELDS, _fields.encoder, _fields.phase]


@pytest.mark.parametrize("convert", ALL_LABELS)
@pytest.mark.parametrize("label", ["a", "Z", "0", "v1", "20251015", "ResNet18", "a" * 32])
def test_label_that_every_field_allows_is_stored_unchanged(convert: Converter, label: str) -> None:
    assert convert(label) == label


@pytest.mark.parametrize(
    ("convert", "label"),
    [
        *((convert, label) for convert in WORD_FIELDS for label in ("ocr_baseline_v1", "a_", "a__b", "a" * 64)),
        *((_fields.encoder, label) for label in ("res-net_18", "a-", "a_", "a-_-b", "a" * 64)),
        *((_fields.phase, label) for label in ("fine-tuning", "a-", "a--b")),
    ],
)
def test_label_that_its_field_allows_is_stored_unchanged(convert: Converter, label: str) -> None:
    assert convert(label) == label


def test_encoder_accepts_none() -> None:
    assert _fields.encoder(None) is None


@pytest.mark.parametrize("convert", ALL_LABELS)
@pytest.mark.parametrize("value", [PlainText("resnet"), Phase.TRAINING, Encoder.RESNET, np.str_("dbnet")])
def test_label_of_a_str_subclass_is_stored_as_plain_text(convert: Converter, value: str) -> None:
    stored = convert(value)

    assert type(stored) is str
    assert stored == str.__str__(value)


@pytest.mark.parametrize("convert", ALL_LABELS)
@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param(" dbnet", 0, id="blank before"),
        pytest.param("dbnet ", 5, id="blank after"),
        pytest.param("my exp", 2, id="blank inside"),
        pytest.param("dbnet\n", 5, id="trailing line feed"),
        pytest.param("dbnet\r\n", 5, id="trailing CRLF"),
        pytest.param("dbnet\0", 5, id="NUL"),
        pytest.param("\x1b[31mdbnet", 0, id="escape sequence"),
        pytest.param("db\tnet", 2, id="tab"),
        pytest.param("db\x85net", 2, id="next line, U+0085"),
        pytest.param("db\u2028net", 2, id="line separator, U+2028"),
        pytest.param("db\u202enet", 2, id="right-to-left override"),
        pytest.param("db\u200bnet", 2, id="zero-width space"),
        pytest.param("\ufeffdbnet", 0, id="byte order mark"),
        pytest.param("dbn\u0435t", 3, id="Cyrillic letter that looks like e"),
        pytest.param("re\u017fnet", 2, id="long s, which lower-cases to s"),
        pytest.param("\u212aeras", 0, id="Kelvin sign, which lower-cases to k"),
        pytest.param("r\u00e9sum\u00e9", 1, id="composed accents"),
        pytest.param("re\u0301sume\u0301", 2, id="decomposed accents"),
        pytest.param("v\uff12", 1, id="full-width digit"),
        pytest.param("v\u0968", 1, id="Devanagari digit"),
        pytest.param("v\u00b2", 1, id="superscript digit"),
        pytest.param("a\ud800", 1, id="half a surrogate pair"),
        pytest.param("..", 0, id="parent directory"),
        pytest.param("../x", 0, id="path to the parent"),
        pytest.param("/etc", 0, id="absolute path"),
        pytest.param("val/hmean", 3, id="slash"),
        pytest.param("val\\hmean", 3, id="backslash"),
        pytest.param("C:\\x", 1, id="drive letter"),
        pytest.param("s3://x", 2, id="URL"),
        pytest.param(".hidden", 0, id="hidden file"),
        pytest.param("nul.1", 3, id="reserved device name with an extension"),
        pytest.param("a.", 1, id="trailing dot"),
        pytest.param("-rf", 0, id="option"),
        pytest.param("_a", 0, id="separator first"),
        pytest.param("~x", 0, id="home directory"),
        pytest.param("#x", 0, id="comment"),
        pytest.param("!x", 0, id="history"),
        pytest.param("a*", 1, id="glob star"),
        pytest.param("a?", 1, id="glob question mark"),
        pytest.param("[a]", 0, id="glob class"),
        pytest.param("lr=1", 2, id="equals sign, which breaks command-line overrides"),
        pytest.param("1,5", 1, id="comma"),
        pytest.param("{epoch}", 0, id="template"),
        pytest.param("%s", 0, id="another template"),
        pytest.param("${HOME}", 0, id="variable"),
        pytest.param("`id`", 0, id="backquotes"),
        pytest.param("a" * 65, None, id="one character over every limit"),
        pytest.param("a" * 100_000, None, id="a hundred thousand characters"),
    ],
)
def test_label_with_a_forbidden_character_is_refused_at_its_position(
    convert: Converter, text: str, position: int | None
) -> None:
    limit = 32 if convert is _fields.phase else 64
    with pytest.raises(FieldError) as caught:
        convert(text)

    assert caught.value.text == text
    assert caught.value.position == (limit if position is None else position)


@pytest.mark.parametrize(
    ("convert", "kind", "text", "position", "requirement", "suggestion"),
    [
        pytest.param(_fields.tag, "tag", "my-exp v2", 2, "CKS-010", "my_exp_v2", id="dash in a tag"),
        pytest.param(_fields.architecture, "architecture", "db-net", 2, "CKS-010", "db_net", id="dash in architecture"),
        pytest.param(_fields.metric_name, "metric name", "val-hmean", 3, "CKS-010", "val_hmean", id="dash in a metric"),
        pytest.param(
            _fields.metric_name, "metric name", "val/hmean", 3, "CKS-010", "val_hmean", id="slash in a metric"
        ),
        pytest.param(_fields.encoder, "encoder", "res.net-18", 3, "CKS-011", "res_net-18", id="dot in an encoder"),
        pytest.param(_fields.phase, "phase", "fine_tuning", 4, "CKS-012", "fine-tuning", id="underscore in a phase"),
        pytest.param(_fields.phase, "phase", "a" * 33, 32, "CKS-012", "a" * 32, id="phase of 33 characters"),
        pytest.param(_fields.tag, "tag", "a" * 65, 64, "CKS-010", "a" * 64, id="tag of 65 characters"),
        pytest.param(_fields.encoder, "encoder", "a" * 65, 64, "CKS-011", "a" * 64, id="encoder of 65 characters"),
        pytest.param(_fields.tag, "tag", "_", 0, "CKS-010", None, id="nothing to keep"),
    ],
)
def test_error_for_a_label_has_kind_position_requirement_and_suggestion(  # each argument is a column of the table
    convert: Converter, kind: str, text: str, position: int, requirement: str, suggestion: str | None
) -> None:
    with pytest.raises(FieldError) as caught:
        convert(text)

    assert caught.value.kind == kind
    assert caught.value.position == position
    assert caught.value.requirement == requirement
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize("convert", ALL_LABELS)
@pytest.mark.parametrize("value", [b"dbnet", bytearray(b"dbnet"), 22, True, 0.5, object(), pathlib.PurePosixPath("a")])
def test_label_of_another_type_is_refused(convert: Converter, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        convert(value)

    assert caught.value.text is value
    assert caught.value.position is None


@pytest.mark.parametrize("convert", [*WORD_FIELDS, _fields.phase])
def test_label_other_than_an_encoder_refuses_none(convert: Converter) -> None:
    with pytest.raises(FieldError):
        convert(None)


# --------------------------------------------------------------------------------------------------------------------
# `sanitize_label`.


@pytest.mark.parametrize(
    ("text", "field", "label"),
    [
        pytest.param("ocr_baseline_v1", "tag", "ocr_baseline_v1", id="valid already"),
        pytest.param("a_", "tag", "a_", id="valid already, though it ends with a separator"),
        pytest.param("my-exp v2", "tag", "my_exp_v2", id="dash and blank"),
        pytest.param("  a -- b  ", "tag", "a_b", id="a run of characters becomes one"),
        pytest.param("../../etc/passwd", "tag", "etc_passwd", id="path"),
        pytest.param("__a b__", "tag", "a_b", id="separators at the ends go"),
        pytest.param("-a!-", "encoder", "a", id="either separator at the ends goes"),
        pytest.param("tf_efficientnet-b0.ns", "encoder", "tf_efficientnet-b0_ns", id="an encoder keeps dashes"),
        pytest.param("fine_tuning", "phase", "fine-tuning", id="a phase has dashes alone"),
        pytest.param("val/hmean", "metric", "val_hmean", id="slash"),
        pytest.param("db net", "architecture", "db_net", id="architecture"),
        pytest.param("caf\u00e9", "tag", "caf", id="letters that are not ASCII go"),
        pytest.param("\u0967x\uff12", "tag", "x", id="digits that are not ASCII go"),
        pytest.param("!" + "a" * 100, "tag", "a" * 64, id="cut to 64"),
        pytest.param("!" + "a" * 100, "phase", "a" * 32, id="a phase is cut to 32"),
    ],
)
def test_sanitize_label_replaces_characters_that_its_field_forbids(text: str, field: LabelField, label: str) -> None:
    assert sanitize_label(text, field) == label


def test_sanitize_label_without_a_field_makes_a_tag() -> None:
    assert sanitize_label("fine_tuning") == "fine_tuning"


def test_sanitize_label_returns_plain_text() -> None:
    assert type(sanitize_label(PlainText("dbnet"))) is str


@pytest.mark.parametrize("text", ["", " ", "--", "__", "/", "\u00e9", "\U0001f600", "\uff12"])
@pytest.mark.parametrize("field", ["tag", "architecture", "encoder", "phase", "metric"])
def test_sanitize_label_refuses_a_text_without_letter_or_digit(text: str, field: LabelField) -> None:
    with pytest.raises(FieldError) as caught:
        sanitize_label(text, field)

    assert caught.value.text == text
    assert caught.value.requirement == "CKS-070"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        pytest.param(b"dbnet", "tag", id="bytes"),
        pytest.param(None, "tag", id="None"),
        pytest.param("dbnet", "epoch", id="a field that is no label"),
        pytest.param("dbnet", None, id="no field"),
    ],
)
def test_sanitize_label_refuses_other_types_and_unknown_fields(text: object, field: object) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(sanitize_label)(text, field)

    assert caught.value.requirement == "CKS-070"
