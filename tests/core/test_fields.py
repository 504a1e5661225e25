"""The converters of timestamps, numbers and roots: the values they store and those they refuse."""

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

from calls import untyped
from ckpt_scheme import FieldError, Metric, NameSyntaxError, _coerce, _fields
from hostile_objects import Index, PlainText, Raising, RaisingDtype, RaisingLookup

Converter = Callable[..., object]

# --------------------------------------------------------------------------------------------------------------------
# Timestamps.


class Moment(datetime):
    """A datetime of a third party, which holds no more than a datetime."""


class EqualityMoment(datetime):
    """A datetime with nanoseconds, which only its ``==`` compares; Python derives no ``!=`` from it here."""

    nanosecond = 5

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EqualityMoment) and super().__eq__(other)

    __hash__ = datetime.__hash__


class AttributeMoment(datetime):
    """A datetime with nanoseconds, which no comparison includes."""

    nanosecond = 5


class PreciseMoment(EqualityMoment):
    """A datetime with nanoseconds, which both comparisons include, as in pandas."""

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = datetime.__hash__


class NoMoment(datetime):
    """No valid datetime, like the `NaT` of pandas: its parts are `nan`, and it equals no object."""

    @property
    def year(self) -> float:  # type: ignore[override]  # the wrong type is under test
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
def test_timestamp_with_whole_seconds_is_stored_unchanged(moment: datetime) -> None:
    assert _fields.timestamp(moment) == moment


def test_timestamp_of_a_datetime_subclass_is_stored_as_a_plain_datetime() -> None:
    stored = _fields.timestamp(Moment(2025, 10, 15, 12))

    assert type(stored) is datetime
    assert stored == datetime(2025, 10, 15, 12)


def test_timestamp_in_the_second_of_two_equal_hours_is_stored_as_the_first() -> None:
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
def test_timestamp_refuses_other_types_and_finer_times(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(_fields.timestamp)(value)

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
def test_error_for_a_timestamp_names_the_call_that_helps(value: datetime, call: str) -> None:
    with pytest.raises(FieldError) as caught:
        _fields.timestamp(value)

    assert call in caught.value.expected


# --------------------------------------------------------------------------------------------------------------------
# Numbers.


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
def test_integer_of_any_integer_type_is_stored_as_plain_int(convert: Converter, value: object, stored: int) -> None:
    assert convert(value) == stored
    assert type(convert(value)) is int


@pytest.mark.parametrize("convert", [_fields.epoch, _fields.step])
def test_epoch_and_step_accept_zero(convert: Converter) -> None:
    assert convert(0) == 0


def test_version_refuses_zero() -> None:
    with pytest.raises(FieldError) as caught:
        _fields.version(0)

    assert caught.value.requirement == "CKS-024"


def test_version_accepts_none() -> None:
    assert _fields.version(None) is None


@pytest.mark.parametrize("convert", [_fields.epoch, _fields.step])
def test_epoch_and_step_refuse_none(convert: Converter) -> None:
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
        pytest.param(np.bool_(True), id="numpy's bool"),  # noqa: FBT003 - the value is under test
        pytest.param(3.0, id="a float, though it is whole"),
        pytest.param(np.float64(3), id="numpy's float"),
        pytest.param(np.float32(3), id="numpy's short float"),
        pytest.param(np.array([3]), id="an array"),
        pytest.param(Decimal(3), id="decimal"),
        pytest.param("3", id="text"),
        pytest.param(b"3", id="bytes"),
        pytest.param(Index("3"), id="an index that is text"),
        pytest.param(Index(True), id="an index that is a bool"),  # noqa: FBT003 - the value is under test
        pytest.param(Index(-1), id="an index that is negative"),
        pytest.param(Raising(), id="an index that raises"),
        pytest.param(RaisingDtype(), id="a dtype that raises"),
        pytest.param(RaisingLookup(), id="attributes that raise"),
        pytest.param(object(), id="an object"),
    ],
)
def test_integer_refuses_other_types_and_numbers_out_of_range(
    convert: Converter, kind: str, requirement: str, value: object
) -> None:
    with pytest.raises(FieldError) as caught:
        convert(value)

    assert caught.value.kind == kind
    assert caught.value.text is value
    assert caught.value.position is None
    assert caught.value.requirement == requirement
    assert len(str(caught.value)) < 400


def test_error_for_an_integer_keeps_its_cause() -> None:
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
def test_metric_value_is_stored_rounded_to_four_decimals(value: float, stored: float) -> None:
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
        pytest.param(np.bool_(True), id="numpy's bool"),  # noqa: FBT003 - the value is under test
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
def test_metric_value_refuses_other_types_and_numbers_out_of_range(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(_fields.metric_value)(value)

    assert caught.value.kind == "metric value"
    assert caught.value.text is value
    assert caught.value.position is None
    assert caught.value.requirement == "CKS-023"
    assert len(str(caught.value)) < 400


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
def test_metric_value_refuses_a_complex_number_of_numpy() -> None:
    with pytest.raises(FieldError):
        untyped(_fields.metric_value)(np.complex64(1 + 2j))


def test_error_for_a_metric_value_keeps_its_cause() -> None:
    with pytest.raises(FieldError) as caught:
        _fields.metric_value(Raising())

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_torch_scalars_are_stored_as_plain_numbers() -> None:
    torch = pytest.importorskip("torch")

    assert Metric("hmean", torch.tensor(0.892)) == Metric("hmean", 0.892)
    assert _fields.epoch(torch.tensor(22)) == 22
    with pytest.raises(FieldError):
        _fields.epoch(torch.tensor(True))  # noqa: FBT003 - the value is under test


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
def test_root_of_text_or_path_is_stored_as_plain_text(value: str | os.PathLike[str] | None, stored: str | None) -> None:
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
def test_root_refuses_other_types_empty_text_and_nul(value: object, position: int | None) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(_fields.root)(value)

    assert caught.value.kind == "root"
    assert caught.value.position == position
    assert caught.value.requirement == "CKS-031"


def test_path_that_raises_is_refused_with_the_given_error_and_its_cause() -> None:
    value = Raising()
    with pytest.raises(NameSyntaxError) as caught:
        _coerce.path_text("checkpoint path", value, NameSyntaxError)

    assert caught.value.text is value
    assert isinstance(caught.value.__cause__, RecursionError)
