"""`Policy`, what it refuses, and the JSON of plans: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import FieldError, MigrationError, SchemeError
from ckpt_scheme.migration import (
    Conflict,
    Discard,
    Keep,
    KeepBest,
    Note,
    Plan,
    Policy,
    Relink,
    Rename,
    read_age,
)
from ckpt_scheme.strategies import texts
from listing_strategies import policies


def untyped(function: Any) -> Any:  # noqa: ANN401 - for calls that a type checker refuses
    return function


# --------------------------------------------------------------------------------------------------------------------
# Policies.


def test_a_policy_renames_and_discards_nothing_unless_asked_to() -> None:
    policy = Policy()

    assert (policy.rename, policy.delete_old, policy.keep_min_epoch) == (True, False, 10)
    assert (policy.keep_last, policy.keep_best, policy.keep_every, policy.keep_younger_than) == (0, None, None, None)
    assert policy.drop == ()


def test_the_best_is_one_and_the_highest_unless_said_otherwise() -> None:
    assert KeepBest("hmean") == KeepBest(metric="hmean", count=1, mode="max")


COUNTS: Final = ("keep_min_epoch", "keep_last", "keep_every", "keep_younger_than")
NO_COUNTS: Final[tuple[object, ...]] = (-1, 1.0, 0.5, True, False, "1", b"1", math.nan, [1], {})


# What each field refuses.
REFUSED: Final[dict[str, tuple[object, ...]]] = {
    **dict.fromkeys(COUNTS, NO_COUNTS),
    "keep_last": (*NO_COUNTS, None),
    **dict.fromkeys(("rename", "delete_old"), (None, 0, 1, "yes", "False", [])),
    "keep_best": ("hmean", 1, True, {"metric": "hmean"}, ("hmean", 1, "max")),
    "drop": (None, 1, "digits", b"digits", {"digits": 1}, (1,), [None], [b"a"], [["a"]], [""], ["a", ""]),
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in REFUSED for value in REFUSED[field]], ids=repr
)
def test_a_policy_refuses(field: str, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(Policy)(**{field: value})

    assert caught.value.kind == field
    assert repr(caught.value.text) == repr(value)
    assert caught.value.expected.startswith(("a whole number, 0 or", "True or False", "a KeepBest", "a tuple of"))


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("value", [0, 1, 10**18])
def test_a_policy_takes_whole_numbers(field: str, value: int) -> None:
    assert getattr(untyped(Policy)(**{field: value}), field) == value


@pytest.mark.parametrize("field", ["keep_min_epoch", "keep_every", "keep_younger_than"])
def test_a_policy_takes_none_for_no_rule(field: str) -> None:
    assert getattr(untyped(Policy)(**{field: None}), field) is None


@pytest.mark.parametrize(
    "drop", [("b", "a", "b"), ["b", "a"], {"b", "a"}, frozenset({"b", "a"})], ids=lambda drop: type(drop).__name__
)
def test_fields_to_drop_are_in_order(drop: Any) -> None:  # noqa: ANN401 - any of several containers
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
def test_a_policy_that_keeps_nothing_is_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        Policy(delete_old=True, keep_min_epoch=None, **rules)

    assert caught.value.kind == "policy"
    assert caught.value.expected.startswith("a rule that keeps something")
    # Where nothing is discarded, nothing needs to be kept.
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
def test_any_rule_will_do(rules: dict[str, Any]) -> None:
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
def test_a_rule_of_the_best_refuses(arguments: tuple[object, ...], kind: str) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(KeepBest)(*arguments)

    assert caught.value.kind == f"keep_best {kind}"
    assert caught.value.text == arguments[-1]
    assert caught.value.expected.startswith(("the name of a metric", "a whole number, 1 or more", "'max' or 'min'"))


@pytest.mark.parametrize("value", [Policy(), KeepBest("hmean"), Keep("a", "b")], ids=lambda value: type(value).__name__)
def test_what_is_made_stays_as_it_is(value: object) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        untyped(value).rename = False
    assert copy.deepcopy(value) == value
    assert len({value, copy.deepcopy(value)}) == 1


# --------------------------------------------------------------------------------------------------------------------
# Ages.


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
def test_an_age(text: str, seconds: int) -> None:
    assert read_age(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "d", "7", "7x", "7D", "7 d", " 7d", "7d ", "7d\n", "-7d", "+7d", "7.5d", "1e3d", "1_0d", "7dd", "1d12h"),
        *("\u0667d", "\u00b2d", "1000000000s", "9" * 5000 + "s", "7\u0434", "0x1d"),
    ],
)
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_age(text)

    assert (caught.value.kind, caught.value.text) == ("age", text)
    assert caught.value.expected.startswith("a whole number and one of the units")


# --------------------------------------------------------------------------------------------------------------------
# The JSON of plans.

PLAN: Final = Plan(
    root="/data/out",
    listing="0" * 64,
    policy=Policy(delete_old=True, keep_last=2, keep_best=KeepBest("loss", 3, "min"), drop=("timestamp", "digits")),
    items=(
        Rename(
            "r/a", "r/b", "lightning/default", (Relink("l", "r/a", "r/b"),), (Rename("r/a.md5", "r/b.md5", "sidecar"),)
        ),
        Discard("r/c", "epoch 1 is before 10", ("r/c.md5", "r/c.sha256")),
        Keep("r/\udcff\x7f\n\u2028", "in the scheme"),
        Conflict("r/e", "no known format", "by hand"),
    ),
    notes=(Note("r", "stays so"),),
    unreadable=(Note("q", "Permission denied"),),
)
RECORD: Final[dict[str, Any]] = json.loads(PLAN.to_json())


def test_a_plan_as_json() -> None:
    assert RECORD == {
        "plan": 1,
        "root": "/data/out",
        "listing": "0" * 64,
        "policy": {
            "rename": True,
            "delete_old": True,
            "keep_min_epoch": 10,
            "keep_last": 2,
            "keep_best": {"metric": "loss", "count": 3, "mode": "min"},
            "keep_every": None,
            "keep_younger_than": None,
            "drop": ["digits", "timestamp"],
        },
        "items": [
            {
                "do": "rename",
                "path": "r/a",
                "new": "r/b",
                "reason": "lightning/default",
                "links": [{"path": "l", "old": "r/a", "new": "r/b"}],
                "sidecars": [{"path": "r/a.md5", "new": "r/b.md5", "reason": "sidecar", "links": [], "sidecars": []}],
            },
            {"do": "discard", "path": "r/c", "reason": "epoch 1 is before 10", "sidecars": ["r/c.md5", "r/c.sha256"]},
            {"do": "keep", "path": "r/\udcff\x7f\n\u2028", "reason": "in the scheme"},
            {"do": "conflict", "path": "r/e", "reason": "no known format", "advice": "by hand"},
        ],
        "notes": [{"path": "r", "text": "stays so"}],
        "unreadable": [{"path": "q", "text": "Permission denied"}],
    }


def test_a_plan_is_printable() -> None:
    text = PLAN.to_json()

    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()
    assert all(not line.startswith("  " * 20) for line in text.splitlines())
    assert text.splitlines()[1] == ' "plan": 1,'


def test_the_parts_of_a_plan() -> None:
    assert PLAN.renames == (PLAN.items[0],)
    assert PLAN.discards == (PLAN.items[1],)
    assert PLAN.conflicts == (PLAN.items[3],)
    assert PLAN.counts() == {"rename": 1, "discard": 1, "keep": 1, "conflict": 1}
    assert [*PLAN.counts()] == ["rename", "discard", "keep", "conflict"]
    empty = attrs.evolve(PLAN, items=())
    assert (empty.renames, empty.discards, empty.conflicts, sum(empty.counts().values())) == ((), (), (), 0)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-32"])
def test_a_plan_is_read_from_bytes(encoding: str) -> None:
    assert Plan.from_json(PLAN.to_json().encode(encoding)) == PLAN
    assert Plan.from_json(json.dumps(RECORD)) == PLAN


_notes = st.lists(st.builds(Note, texts(), texts()), max_size=2).map(tuple)
_relinks = st.lists(st.builds(Relink, texts(), texts(), texts()), max_size=2).map(tuple)
_sidecars = st.lists(st.builds(Rename, texts(), texts(), texts(), _relinks), max_size=2).map(tuple)
_items = st.one_of(
    st.builds(Rename, texts(), texts(), texts(), _relinks, _sidecars),
    st.builds(Discard, texts(), texts(), st.lists(texts(), max_size=2).map(tuple)),
    st.builds(Keep, texts(), texts()),
    st.builds(Conflict, texts(), texts(), texts()),
)
plans = st.builds(
    Plan,
    root=texts(),
    listing=texts(),
    policy=policies(),
    items=st.lists(_items, max_size=3).map(tuple),
    notes=_notes,
    unreadable=_notes,
)


@given(plan=plans)
def test_any_plan_comes_back(plan: Plan) -> None:
    text = plan.to_json()

    assert Plan.from_json(text) == plan
    assert Plan.from_json(text).to_json() == text
    assert text.replace("\n", "").isprintable()


def refusal(text: Any) -> SchemeError:  # noqa: ANN401 - what is no text either
    with pytest.raises((MigrationError, FieldError)) as caught:
        Plan.from_json(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "{",
            "null",
            "true",
            "1",
            '"plan"',
            "[]",
            '["plan"]',
            "{}",
            '{"plan": 1',
            '{"plan": 1}x',
            "\ufeff{}",
        ),
        *(b"", b"\xff", b"\x00", b'{"plan": "\xff"}', "[" * 100_000, '{"plan":' * 100_000, "1" * 5000, "\ud800"),
        *(None, 1, ["plan"], {"plan": 1}),
        PLAN.to_json()[:-1],
        PLAN.to_json() + "}",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_json_of_a_plan(text: object) -> None:
    error = refusal(text)

    assert isinstance(error, MigrationError)
    assert error.kind == "plan"
    assert error.expected.startswith(("the JSON of a plan", "a plan of version 1"))


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None, [1], -1, {}])
def test_a_plan_of_another_version_is_refused(version: object) -> None:
    error = refusal(json.dumps({**RECORD, "plan": version}))

    assert isinstance(error, MigrationError)
    assert (error.kind, error.expected) == ("plan", "a plan of version 1")
    assert error.text == version


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """Yield the way to each value in a value, the value itself first."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changed(path: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return the record of `PLAN` with another value at *path*; `...` takes it away."""
    record = copy.deepcopy(RECORD)
    inner: Any = record
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return record


def at(path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any JSON
    value: Any = RECORD
    for key in path:
        value = value[key]
    return value


PLACES: Final = [path for path in places(RECORD) if path]


@pytest.mark.parametrize("path", PLACES, ids=str)
@pytest.mark.parametrize("value", ["", "ab", [], ["ab"], [[1, 2, 3]], {}, {"a": "b"}, 7, 1.0, True, None], ids=repr)
def test_a_value_of_another_type_is_refused(path: tuple[Any, ...], value: object) -> None:
    before = at(path)
    text = json.dumps(changed(path, value))
    may_be_none = path[0] == "policy" and path[-1] in {"keep_min_epoch", "keep_every", "keep_younger_than", "keep_best"}
    # A text may be any text, a list may be empty or hold the same, and a count any number.
    if (type(before) is type(value) and value in ("", "ab", [], 7, True)) or (may_be_none and value in (None, 7)):
        try:
            plan = Plan.from_json(text)
        except SchemeError:
            assert path[-1] in {"do", "plan", "mode", "metric", *range(9)} or path == ("policy", "keep_best")
            return
        assert json.loads(plan.to_json()) == {**json.loads(text), "policy": json.loads(plan.to_json())["policy"]}
    elif not (path in {("policy", "drop"), ("items", 1, "sidecars")} and value == ["ab"]):
        refusal(text)


@pytest.mark.parametrize(
    "path", [path for path in PLACES if path[0] != "policy" and isinstance(path[-1], str)], ids=str
)
def test_a_field_that_is_not_there_is_missed(path: tuple[Any, ...]) -> None:
    text = json.dumps(changed(path, ...))
    error = refusal(text)

    assert isinstance(error, MigrationError)
    assert error.kind == "plan"
    assert error.text == (None if path == ("plan",) else text)
    assert error.expected.startswith(("the JSON of a plan, whole", "a plan of version 1"))


@pytest.mark.parametrize(
    "path",
    [
        ("policy",),
        ("policy", "keep_best"),
        *(("items", place) for place in range(4)),
        ("items", 0, "links", 0),
        ("items", 0, "sidecars", 0),
        ("notes", 0),
        ("unreadable", 0),
    ],
    ids=str,
)
def test_a_field_that_nobody_knows_is_refused(path: tuple[Any, ...]) -> None:
    assert isinstance(refusal(json.dumps(changed((*path, "colour"), "red"))), MigrationError)


@pytest.mark.parametrize("do", ["Rename", "keep ", "", "remove", "do", None, 1, ["keep"], {"keep": 1}], ids=repr)
def test_an_item_that_does_something_else_is_refused(do: object) -> None:
    for place in range(4):
        assert isinstance(refusal(json.dumps(changed(("items", place, "do"), do))), MigrationError)


def test_an_item_with_the_fields_of_another_is_refused() -> None:
    sorts = ["rename", "discard", "keep", "conflict"]
    for place, own in enumerate(sorts):
        for do in sorts:
            if do != own:
                assert isinstance(refusal(json.dumps(changed(("items", place, "do"), do))), MigrationError)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("keep_last",), -1),
        (("keep_min_epoch",), 0.5),
        (("keep_best", "count"), 0),
        (("keep_best", "mode"), "greatest"),
        (("keep_best", "metric"), ""),
        (("drop",), [""]),
        (("drop",), [None]),
    ],
    ids=repr,
)
def test_a_policy_that_cannot_be_is_refused(path: tuple[str, ...], value: object) -> None:
    assert isinstance(refusal(json.dumps(changed(("policy", *path), value))), FieldError)


@pytest.mark.parametrize("depth", [1, 2, 50, 300, 320, 330, 400, 460, 480, 2000, 20_000])
def test_sidecars_of_sidecars_are_read_or_refused_however_deep(depth: int) -> None:
    head = '{"path": "a", "new": "b", "reason": "c", "links": [], "sidecars": ['
    item = head.replace("{", '{"do": "rename", ', 1) + head * depth + "]}" * (depth + 1)
    text = json.dumps({**RECORD, "items": ["here"]}).replace('"here"', item)

    try:
        plan = Plan.from_json(text)
    except MigrationError:
        return
    assert Plan.from_json(plan.to_json()) == plan


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts() | st.sampled_from(["rename", "keep", "max"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["do", "path"]) | texts(), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(value=_json | st.dictionaries(st.sampled_from([*RECORD]), _json) | texts() | st.binary())
def test_any_json_is_refused(value: Any) -> None:  # noqa: ANN401 - any JSON
    refusal(value if isinstance(value, bytes) else json.dumps(value))
    refusal(json.dumps({**RECORD, "items": [value.decode("latin-1") if isinstance(value, bytes) else value]}))


@given(path=st.sampled_from(PLACES), value=_json)
def test_one_change_is_read_as_it_is_or_refused(path: tuple[Any, ...], value: object) -> None:
    record = changed(path, value)
    try:
        plan = Plan.from_json(json.dumps(record))
    except SchemeError as error:
        assert type(error) in {MigrationError, FieldError}  # noqa: PT017 - most changes are refused, and some are not
        return
    if path[:2] == ("policy", "drop"):
        record["policy"]["drop"] = sorted(set(record["policy"]["drop"]))
    if path == ("policy", "keep_best") and record["policy"]["keep_best"] is not None:
        record["policy"]["keep_best"] = {"count": 1, "mode": "max", **record["policy"]["keep_best"]}
    assert json.loads(plan.to_json()) == record


@given(path=st.sampled_from(PLACES), name=st.sampled_from([*RECORD, "do", "path", ""]), value=_json)
def test_one_field_more_or_less_is_no_other_error(path: tuple[Any, ...], name: str, value: object) -> None:
    texts_of = [json.dumps(changed(path, ...))]
    if isinstance(at(path), dict):
        texts_of.append(json.dumps(changed((*path, name), value)))
    for text in texts_of:
        try:
            plan = Plan.from_json(text)
        except SchemeError as error:
            assert type(error) in {MigrationError, FieldError}  # noqa: PT017 - some are no loss
        else:
            assert Plan.from_json(plan.to_json()) == plan
