"""Each field's converter: what it stores, what it refuses, and that it raises nothing but our error."""

from __future__ import annotations

import enum
import math
import os
import pathlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from ckpt_scheme import FieldError, Metric, NameSyntaxError, _fields, sanitize_label
from ckpt_scheme._fields import LabelField

Converter = Callable[..., object]


def _untyped(function: Callable[..., object]) -> Callable[..., object]:
    """Return *function* for calls that a type checker refuses and a caller without one makes."""
    return function


class PlainText(str):
    """A `str` that prints as something else, as a member of a str Enum does."""

    __slots__ = ()

    def __str__(self) -> str:
        return "printed"

    def __format__(self, _spec: str) -> str:
        return "formatted"


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
def test_labels_of_every_field(convert: Converter, label: str) -> None:
    assert convert(label) == label


@pytest.mark.parametrize(
    ("convert", "label"),
    [
        *((convert, label) for convert in WORD_FIELDS for label in ("ocr_baseline_v1", "a_", "a__b", "a" * 64)),
        *((_fields.encoder, label) for label in ("res-net_18", "a-", "a_", "a-_-b", "a" * 64)),
        *((_fields.phase, label) for label in ("fine-tuning", "a-", "a--b")),
    ],
)
def test_labels_of_one_field(convert: Converter, label: str) -> None:
    assert convert(label) == label


def test_a_model_may_have_no_encoder() -> None:
    assert _fields.encoder(None) is None


@pytest.mark.parametrize("convert", ALL_LABELS)
@pytest.mark.parametrize("value", [PlainText("resnet"), Phase.TRAINING, Encoder.RESNET, np.str_("dbnet")])
def test_a_label_of_a_subclass_is_stored_as_plain_text(convert: Converter, value: str) -> None:
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
def test_texts_that_no_label_may_be(convert: Converter, text: str, position: int | None) -> None:
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
def test_what_the_error_of_a_label_says(  # each argument is a column of the table
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
def test_a_label_is_text(convert: Converter, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        convert(value)

    assert caught.value.text is value
    assert caught.value.position is None


@pytest.mark.parametrize("convert", [*WORD_FIELDS, _fields.phase])
def test_only_an_encoder_may_be_none(convert: Converter) -> None:
    with pytest.raises(FieldError):
        convert(None)


# --------------------------------------------------------------------------------------------------------------------
# Labels from the outside world.


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
def test_sanitize_label(text: str, field: LabelField, label: str) -> None:
    assert sanitize_label(text, field) == label


def test_sanitize_label_makes_tags_unless_told_otherwise() -> None:
    assert sanitize_label("fine_tuning") == "fine_tuning"


def test_sanitize_label_returns_plain_text() -> None:
    assert type(sanitize_label(PlainText("dbnet"))) is str


@pytest.mark.parametrize("text", ["", " ", "--", "__", "/", "\u00e9", "\U0001f600", "\uff12"])
@pytest.mark.parametrize("field", ["tag", "architecture", "encoder", "phase", "metric"])
def test_sanitize_label_needs_a_letter_or_digit(text: str, field: LabelField) -> None:
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
def test_sanitize_label_refuses(text: object, field: object) -> None:
    with pytest.raises(FieldError) as caught:
        _untyped(sanitize_label)(text, field)

    assert caught.value.requirement == "CKS-070"


# --------------------------------------------------------------------------------------------------------------------
# Timestamps.


class Moment(datetime):
    """A datetime of a third party, which holds no more than a datetime does."""


class EqualityMoment(datetime):
    """A datetime with nanoseconds, which only its ``==`` knows of; Python derives no ``!=`` from it here."""

    nanosecond = 5

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EqualityMoment) and super().__eq__(other)

    __hash__ = datetime.__hash__


class AttributeMoment(datetime):
    """A datetime with nanoseconds, which neither comparison knows of."""

    nanosecond = 5


class PreciseMoment(EqualityMoment):
    """A datetime with nanoseconds, which both comparisons know of, like that of pandas."""

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = datetime.__hash__


class NoMoment(datetime):
    """A datetime that is none, like the `NaT` of pandas: its parts are `nan`, and it equals nothing."""

    @property
    def year(self) -> float:  # type: ignore[override]  # the lie is what is tested
        return math.nan

    def __eq__(self, _other: object) -> bool:
        return False

    __hash__ = datetime.__hash__


class RaisingMoment(datetime):
    """A datetime that cannot be compared."""

    def __eq__(self, _other: object) -> bool:
        raise LookupError

    __hash__ = datetime.__hash__


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2025, 10, 15, 12),
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59),
        datetime(2024, 2, 29),
        datetime(2000, 2, 29),
    ],
)
def test_timestamps(moment: datetime) -> None:
    assert _fields.timestamp(moment) == moment


def test_a_timestamp_of_a_subclass_is_stored_as_a_plain_datetime() -> None:
    stored = _fields.timestamp(Moment(2025, 10, 15, 12))

    assert type(stored) is datetime
    assert stored == datetime(2025, 10, 15, 12)


def test_the_second_of_two_equal_hours_is_stored_as_the_first() -> None:
    stored = _fields.timestamp(datetime(2025, 10, 26, 2, 30, fold=1))

    assert stored.fold == 0
    assert stored == datetime(2025, 10, 26, 2, 30)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(datetime(2025, 10, 15, 12, tzinfo=UTC), id="aware"),
        pytest.param(datetime(2025, 10, 15, 12, microsecond=1), id="microseconds"),
        pytest.param(date(2025, 10, 15), id="a date"),
        pytest.param("20251015_120000", id="text"),
        pytest.param(1_760_529_600, id="seconds since 1970"),
        pytest.param(timedelta(days=1), id="a duration"),
        pytest.param(np.datetime64("2025-10-15T12:00:00"), id="numpy's datetime"),
        pytest.param(None, id="None"),
        pytest.param(PreciseMoment(2025, 10, 15, 12), id="a subclass with nanoseconds"),
        pytest.param(EqualityMoment(2025, 10, 15, 12), id="a subclass with nanoseconds and no '!=' of its own"),
        pytest.param(AttributeMoment(2025, 10, 15, 12), id="a subclass with nanoseconds that it does not compare"),
        pytest.param(NoMoment(2025, 10, 15, 12), id="a subclass whose parts are no integers"),
        pytest.param(RaisingMoment(2025, 10, 15, 12), id="a subclass whose comparison raises"),
    ],
)
def test_timestamps_that_are_refused(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        _untyped(_fields.timestamp)(value)

    assert caught.value.kind == "timestamp"
    assert caught.value.text is value
    assert caught.value.position is None
    assert caught.value.requirement == "CKS-013"


@pytest.mark.parametrize(
    ("value", "call"),
    [
        (datetime(2025, 10, 15, 12, tzinfo=UTC), ".replace(tzinfo=None)"),
        (datetime(2025, 10, 15, 12, microsecond=1), ".replace(microsecond=0)"),
    ],
)
def test_a_refused_timestamp_says_what_to_call(value: datetime, call: str) -> None:
    with pytest.raises(FieldError) as caught:
        _fields.timestamp(value)

    assert call in caught.value.expected


# --------------------------------------------------------------------------------------------------------------------
# Numbers.


class Index:
    """An object that is an integer to `operator.index`, as the scalars of array libraries are."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value  # type: ignore[return-value]  # a foreign object may return anything


class Raising:
    """An object whose conversions raise what no caller expects."""

    def __index__(self) -> int:
        raise LookupError

    def __float__(self) -> float:
        raise ZeroDivisionError

    def __fspath__(self) -> str:
        raise RecursionError

    def __repr__(self) -> str:
        raise MemoryError


class RaisingDtype:
    """A lazy scalar that cannot say what its type is."""

    @property
    def dtype(self) -> object:
        raise RuntimeError

    def __index__(self) -> int:
        return 22

    def __float__(self) -> float:
        return 22.0


class RaisingLookup:
    """A proxy whose every attribute raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


class Epoch(enum.IntEnum):
    LAST = 22


class Number(int):
    """An int that prints as something else."""

    def __str__(self) -> str:
        return "printed"


COUNTS: list[Converter] = [_fields.epoch, _fields.step, _fields.version]


@pytest.mark.parametrize("convert", COUNTS)
@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1, 1),
        (100, 100),
        (10**18 - 1, 10**18 - 1),
        (Index(22), 22),
        (Epoch.LAST, 22),
        (Number(22), 22),
        (np.int64(22), 22),
        (np.uint8(22), 22),
        (np.array(22), 22),
    ],
)
def test_integers(convert: Converter, value: object, stored: int) -> None:
    assert convert(value) == stored
    assert type(convert(value)) is int


@pytest.mark.parametrize("convert", [_fields.epoch, _fields.step])
def test_counts_start_at_zero(convert: Converter) -> None:
    assert convert(0) == 0


def test_versions_start_at_one() -> None:
    with pytest.raises(FieldError) as caught:
        _fields.version(0)

    assert caught.value.requirement == "CKS-024"


def test_a_name_may_have_no_version() -> None:
    assert _fields.version(None) is None


@pytest.mark.parametrize("convert", [_fields.epoch, _fields.step])
def test_a_count_may_not_be_none(convert: Converter) -> None:
    with pytest.raises(FieldError):
        convert(None)


@pytest.mark.parametrize(
    ("convert", "kind", "requirement"),
    [
        (_fields.epoch, "epoch", "CKS-020"),
        (_fields.step, "step", "CKS-021"),
        (_fields.version, "version", "CKS-024"),
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(-1, id="negative"),
        pytest.param(10**18, id="19 digits"),
        pytest.param(10**5000, id="too long for Python to print"),
        pytest.param(True, id="bool"),
        pytest.param(np.bool_(True), id="numpy's bool"),  # noqa: FBT003 - the value is what is tested
        pytest.param(3.0, id="a float, though it is whole"),
        pytest.param(np.float64(3), id="numpy's float"),
        pytest.param(np.float32(3), id="numpy's short float"),
        pytest.param(np.array([3]), id="an array"),
        pytest.param(Decimal(3), id="decimal"),
        pytest.param("3", id="text"),
        pytest.param(b"3", id="bytes"),
        pytest.param(Index("3"), id="an index that is text"),
        pytest.param(Index(True), id="an index that is a bool"),  # noqa: FBT003 - the value is what is tested
        pytest.param(Index(-1), id="an index that is negative"),
        pytest.param(Raising(), id="an index that raises"),
        pytest.param(RaisingDtype(), id="a dtype that raises"),
        pytest.param(RaisingLookup(), id="attributes that raise"),
        pytest.param(object(), id="an object"),
    ],
)
def test_integers_that_are_refused(convert: Converter, kind: str, requirement: str, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        convert(value)

    assert caught.value.kind == kind
    assert caught.value.text is value
    assert caught.value.position is None
    assert caught.value.requirement == requirement
    assert len(str(caught.value)) < 400


def test_the_cause_of_a_refused_integer_is_kept() -> None:
    with pytest.raises(FieldError) as caught:
        _fields.epoch(Raising())

    assert isinstance(caught.value.__cause__, LookupError)


class OnlyFloat:
    def __float__(self) -> float:
        return 0.89204


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        pytest.param(0.892, 0.892, id="four decimals"),
        pytest.param(0.89204, 0.892, id="rounded down"),
        pytest.param(0.89196, 0.892, id="rounded up"),
        pytest.param(0.99995, 1.0, id="rounded up to the next integer: its binary value lies above the half"),
        pytest.param(0.03125, 0.0312, id="half way, to even below"),
        pytest.param(0.09375, 0.0938, id="half way, to even above"),
        pytest.param(-0.03125, -0.0312, id="negative, half way"),
        pytest.param(-0.0234, -0.0234, id="negative"),
        pytest.param(0.0, 0.0, id="zero"),
        pytest.param(-0.0, 0.0, id="minus zero"),
        pytest.param(-0.00004, 0.0, id="rounded to minus zero"),
        pytest.param(5e-324, 0.0, id="the smallest float"),
        pytest.param(99_999_999_999.9999, 99_999_999_999.9999, id="the greatest"),
        pytest.param(-99_999_999_999.9999, -99_999_999_999.9999, id="the least"),
        pytest.param(3, 3.0, id="int"),
        pytest.param(Index(3), 3.0, id="index alone"),
        pytest.param(OnlyFloat(), 0.892, id="float alone"),
        pytest.param(Decimal("0.8920"), 0.892, id="decimal"),
        pytest.param(Decimal("0.00005"), 0.0001, id="decimal, half way, where the nearest float is above"),
        pytest.param(Fraction(1, 3), 0.3333, id="fraction"),
        pytest.param(Fraction(1, 20_000), 0.0001, id="fraction, half way, where the nearest float is above"),
        pytest.param(np.float64(0.892), 0.892, id="numpy's float"),
        pytest.param(np.float32(0.892), 0.892, id="numpy's short float"),
        pytest.param(np.float16(0.892), 0.8921, id="numpy's shortest float, which is that far off"),
        pytest.param(np.int64(3), 3.0, id="numpy's int"),
        pytest.param(np.array(0.892), 0.892, id="an array without axes"),
    ],
)
def test_metric_values(value: float, stored: float) -> None:
    converted = _fields.metric_value(value)

    assert type(converted) is float
    assert converted == stored
    assert math.copysign(1, converted) == math.copysign(1, stored)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(math.nan, id="nan"),
        pytest.param(math.inf, id="inf"),
        pytest.param(-math.inf, id="minus inf"),
        pytest.param(1e300, id="300 integer digits"),
        pytest.param(1e11, id="12 integer digits"),
        pytest.param(-1e11, id="12 integer digits, negative"),
        pytest.param(99_999_999_999.99998, id="rounds to 12 integer digits"),
        pytest.param(10**400, id="an int beyond every float"),
        pytest.param(10**5000, id="an int too long for Python to print"),
        pytest.param(True, id="bool"),
        pytest.param(np.bool_(True), id="numpy's bool"),  # noqa: FBT003 - the value is what is tested
        pytest.param(np.array([True]), id="an array of bools"),
        pytest.param("0.892", id="text"),
        pytest.param(np.str_("0.892"), id="numpy's text"),
        pytest.param(b"0.892", id="bytes"),
        pytest.param(np.bytes_(b"0.892"), id="numpy's bytes"),
        pytest.param(np.float64("nan"), id="numpy's nan"),
        pytest.param(np.array([0.892, 0.5]), id="an array"),
        pytest.param(1j, id="complex"),
        pytest.param(np.timedelta64(5, "s"), id="numpy's duration"),
        pytest.param(None, id="None"),
        pytest.param(Raising(), id="a float that raises"),
        pytest.param(RaisingDtype(), id="a dtype that raises"),
        pytest.param(RaisingLookup(), id="attributes that raise"),
        pytest.param(object(), id="an object"),
    ],
)
def test_metric_values_that_are_refused(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        _untyped(_fields.metric_value)(value)

    assert caught.value.kind == "metric value"
    assert caught.value.text is value
    assert caught.value.position is None
    assert caught.value.requirement == "CKS-023"
    assert len(str(caught.value)) < 400


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
def test_no_imaginary_part_is_dropped() -> None:
    with pytest.raises(FieldError):
        _untyped(_fields.metric_value)(np.complex64(1 + 2j))


def test_the_cause_of_a_refused_metric_value_is_kept() -> None:
    with pytest.raises(FieldError) as caught:
        _fields.metric_value(Raising())

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_torch_scalars() -> None:
    torch = pytest.importorskip("torch")

    assert Metric("hmean", torch.tensor(0.892)) == Metric("hmean", 0.892)
    assert _fields.epoch(torch.tensor(22)) == 22
    with pytest.raises(FieldError):
        _fields.epoch(torch.tensor(True))  # noqa: FBT003 - the value is what is tested


# --------------------------------------------------------------------------------------------------------------------
# Roots and paths.


class Path(os.PathLike[str]):
    """A path of a third party."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __fspath__(self) -> str:
        return self.value  # type: ignore[return-value]  # a foreign object may return anything


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        ("outputs", "outputs"),
        ("/", "/"),
        ("../outputs//", "../outputs//"),
        ("s3://team/outputs", "s3://team/outputs"),
        ("C:\\outputs", "C:\\outputs"),
        ("\ud800\n", "\ud800\n"),
        (PlainText("outputs"), "outputs"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (pathlib.PureWindowsPath("a/b"), "a/b"),
        (Path("outputs"), "outputs"),
        (Path(PlainText("outputs")), "outputs"),
    ],
)
def test_roots(value: str | os.PathLike[str] | None, stored: str | None) -> None:
    converted = _fields.root(value)

    assert converted == stored
    assert type(converted) is type(stored)


@pytest.mark.parametrize(
    ("value", "position"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("\0", 0, id="NUL"),
        pytest.param("a\0b", 1, id="NUL inside"),
        pytest.param(Path("a\0"), 1, id="path with NUL"),
        pytest.param(b"outputs", None, id="bytes"),
        pytest.param(22, None, id="int, a file descriptor to some"),
        pytest.param(Path(b"outputs"), None, id="path of bytes"),
        pytest.param(Path(22), None, id="path of no text"),
        pytest.param(Path(None), None, id="path of None"),
        pytest.param(Raising(), None, id="path that raises"),
        pytest.param(RaisingLookup(), None, id="attributes that raise"),
    ],
)
def test_roots_that_are_refused(value: object, position: int | None) -> None:
    with pytest.raises(FieldError) as caught:
        _untyped(_fields.root)(value)

    assert caught.value.kind == "root"
    assert caught.value.position == position
    assert caught.value.requirement == "CKS-031"


def test_a_path_raises_the_error_of_its_caller_and_keeps_the_cause() -> None:
    value = Raising()
    with pytest.raises(NameSyntaxError) as caught:
        _fields.path_text("checkpoint path", value, NameSyntaxError)

    assert caught.value.text is value
    assert isinstance(caught.value.__cause__, RecursionError)
