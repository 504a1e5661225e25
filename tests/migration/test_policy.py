"""`Policy`, `KeepBest` and `read_age`: the values that they accept and refuse."""

from __future__ import annotations

import copy
import math
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme import FieldError
from ckpt_scheme.migration import Keep, KeepBest, Policy, read_age


def untyped(function: Any) -> Any:  # noqa: ANN401 - for calls that a type checker refuses
    return function


def test_default_policy_renames_and_discards_nothing() -> None:
    assert attrs.asdict(Policy()) == {
        "rename": True,
        "delete_old": False,
        "keep_min_epoch": 10,
        "keep_last": 0,
        "keep_best": None,
        "keep_every": None,
        "keep_younger_than": None,
        "drop": (),
        "frameworks": (),
        "formats": (),
        "recursive": False,
    }


def test_keep_best_defaults_to_the_highest_value() -> None:
    assert KeepBest("hmean") == KeepBest(metric="hmean", count=1, mode="max")


COUNTS: Final = ("keep_min_epoch", "keep_last", "keep_every", "keep_younger_than")
NO_COUNTS: Final[tuple[object, ...]] = (-1, 1.0, 0.5, True, False, "1", b"1", math.nan, [1], {})

# The values that each field refuses.
REFUSED: Final[dict[str, tuple[object, ...]]] = {
    **dict.fromkeys(COUNTS, NO_COUNTS),
    "keep_last": (*NO_COUNTS, None),
    **dict.fromkeys(("rename", "delete_old", "recursive"), (None, 0, 1, "yes", "False", [])),
    "keep_best": ("hmean", 1, True, {"metric": "hmean"}, ("hmean", 1, "max")),
    **dict.fromkeys(
        ("drop", "frameworks", "formats"),
        (None, 1, "digits", b"digits", {"digits": 1}, (1,), [None], [b"a"], [["a"]], [""], ["a", ""]),
    ),
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in REFUSED for value in REFUSED[field]], ids=repr
)
def test_policy_refuses_wrong_value(field: str, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(Policy)(**{field: value})

    assert caught.value.kind == field
    assert repr(caught.value.text) == repr(value)
    assert caught.value.expected.startswith(("a whole number, 0 or", "True or False", "a KeepBest", "a tuple of"))


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("value", [0, 1, 10**18])
def test_policy_accepts_whole_numbers(field: str, value: int) -> None:
    assert getattr(untyped(Policy)(**{field: value}), field) == value


@pytest.mark.parametrize("field", ["keep_min_epoch", "keep_every", "keep_younger_than"])
def test_policy_accepts_none_for_optional_rule(field: str) -> None:
    assert getattr(untyped(Policy)(**{field: None}), field) is None


@pytest.mark.parametrize(
    "drop", [("b", "a", "b"), ["b", "a"], {"b", "a"}, frozenset({"b", "a"})], ids=lambda drop: type(drop).__name__
)
def test_policy_sorts_dropped_fields(drop: Any) -> None:  # noqa: ANN401 - any of several containers
    assert Policy(drop=drop) == Policy(drop=("a", "b"))
    assert Policy(drop=drop).drop == ("a", "b")


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"keep_every": 0},
        {"keep_younger_than": 0},
        {"keep_last": 0, "keep_best": None, "keep_every": None, "keep_younger_than": None},
    ],
    ids=str,
)
def test_policy_refuses_discards_without_rule(rules: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        Policy(delete_old=True, keep_min_epoch=None, **rules)

    assert caught.value.kind == "policy"
    assert caught.value.expected.startswith("a rule that keeps checkpoints")
    # A policy without discards needs no rule.
    assert Policy(keep_min_epoch=None, **rules).keep_min_epoch is None


@pytest.mark.parametrize(
    "rules",
    [
        {"keep_min_epoch": 0},
        {"keep_last": 1},
        {"keep_best": KeepBest("hmean")},
        {"keep_every": 1},
        {"keep_younger_than": 1},
    ],
    ids=str,
)
def test_policy_accepts_discards_with_one_rule(rules: dict[str, Any]) -> None:
    policy = untyped(Policy)(delete_old=True, **{"keep_min_epoch": None, **rules})

    assert policy.delete_old


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("",), "metric"),
        ((None,), "metric"),
        ((1,), "metric"),
        ((b"hmean",), "metric"),
        ((["hmean"],), "metric"),
        (("hmean", 0), "count"),
        (("hmean", -1), "count"),
        (("hmean", True), "count"),
        (("hmean", 1.0), "count"),
        (("hmean", None), "count"),
        (("hmean", "1"), "count"),
        (("hmean", 1, "MAX"), "mode"),
        (("hmean", 1, None), "mode"),
        (("hmean", 1, ["max"]), "mode"),
        (("hmean", 1, "best"), "mode"),
    ],
    ids=repr,
)
def test_keep_best_refuses_wrong_value(arguments: tuple[object, ...], kind: str) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(KeepBest)(*arguments)

    assert caught.value.kind == f"keep_best {kind}"
    assert caught.value.text == arguments[-1]
    assert caught.value.expected.startswith(("the name of a metric", "a whole number, 1 or more", "'max' or 'min'"))


@pytest.mark.parametrize("value", [Policy(), KeepBest("hmean"), Keep("a", "b")], ids=lambda value: type(value).__name__)
def test_values_are_frozen_and_hashable(value: object) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        untyped(value).rename = False
    assert copy.deepcopy(value) == value
    assert len({value, copy.deepcopy(value)}) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("36h", 129_600),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("0s", 0),
        ("007d", 604_800),
        ("999999999w", 999_999_999 * 604_800),
    ],
)
def test_read_age_converts_units(text: str, seconds: int) -> None:
    assert read_age(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "d", "7", "7x", "7D", "7 d", " 7d", "7d ", "7d\n", "-7d", "+7d", "7.5d", "1e3d", "1_0d", "7dd", "1d12h"),
        *("\u0667d", "\u00b2d", "1000000000s", "9" * 5000 + "s", "7\u0434", "0x1d"),
    ],
)
def test_read_age_refuses_malformed_text(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_age(text)

    assert (caught.value.kind, caught.value.text) == ("age", text)
    assert caught.value.expected.startswith("a whole number and one of the units")
