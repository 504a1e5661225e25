"""The JSON of plans: a written plan is read again, and all other JSON is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import FieldError, SchemeError
from ckpt_scheme.migration import Conflict, Discard, Keep, KeepBest, Note, Plan, Policy, Relink, Rename
from ckpt_scheme.strategies import texts
from listing_strategies import policies

PLAN: Final = Plan(
    root="/data/out",
    listing="0" * 64,
    policy=Policy(
        delete_old=True,
        keep_last=2,
        keep_best=KeepBest("loss", 3, "min"),
        drop=("timestamp", "digits"),
        formats=("nemo/step",),
    ),
    items=(
        Rename(
            "r/a",
            "r/b",
            "lightning/default",
            (Relink("l", "r/a", "r/b"),),
            (Rename("r/a.md5", "r/b.md5", "sidecar"),),
            kind="directory",
            losses=("timestamp",),
        ),
        Discard("r/c", "epoch 1 is before 10", ("r/c.md5", "r/c.sha256"), 7),
        Keep("r/\udcff\x7f\n\u2028", "in the scheme"),
        Conflict("r/e", "no known format", "by hand"),
    ),
    notes=(Note("r", "stays so"),),
    unreadable=(Note("q", "Permission denied"),),
)

RECORD: Final[dict[str, Any]] = json.loads(PLAN.to_json())


def test_plan_is_written_as_documented() -> None:
    assert RECORD == {
        "plan": 2,
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
            "frameworks": [],
            "formats": ["nemo/step"],
            "recursive": False,
        },
        "items": [
            {
                "do": "rename",
                "path": "r/a",
                "new": "r/b",
                "reason": "lightning/default",
                "links": [{"path": "l", "old": "r/a", "new": "r/b"}],
                "sidecars": [
                    {
                        "path": "r/a.md5",
                        "new": "r/b.md5",
                        "reason": "sidecar",
                        "links": [],
                        "sidecars": [],
                        "kind": "file",
                        "losses": [],
                    }
                ],
                "kind": "directory",
                "losses": ["timestamp"],
            },
            {
                "do": "discard",
                "path": "r/c",
                "reason": "epoch 1 is before 10",
                "sidecars": ["r/c.md5", "r/c.sha256"],
                "size": 7,
            },
            {"do": "keep", "path": "r/\udcff\x7f\n\u2028", "reason": "in the scheme"},
            {"do": "conflict", "path": "r/e", "reason": "no known format", "advice": "by hand"},
        ],
        "notes": [{"path": "r", "text": "stays so"}],
        "unreadable": [{"path": "q", "text": "Permission denied"}],
    }


def test_plan_json_is_printable_ascii() -> None:
    text = PLAN.to_json()

    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()
    assert all(not line.startswith("  " * 20) for line in text.splitlines())
    assert text.splitlines()[1] == ' "plan": 2,'


def test_plan_groups_and_counts_items() -> None:
    assert PLAN.renames == (PLAN.items[0],)
    assert PLAN.discards == (PLAN.items[1],)
    assert PLAN.conflicts == (PLAN.items[3],)
    assert PLAN.counts() == {"rename": 1, "discard": 1, "keep": 1, "conflict": 1}
    assert [*PLAN.counts()] == ["rename", "discard", "keep", "conflict"]

    empty = attrs.evolve(PLAN, items=())
    assert (empty.renames, empty.discards, empty.conflicts, sum(empty.counts().values())) == ((), (), (), 0)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-32"])
def test_plan_is_read_from_bytes_in_any_encoding(encoding: str) -> None:
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
def test_any_plan_survives_round_trip(plan: Plan) -> None:
    text = plan.to_json()

    assert Plan.from_json(text) == plan
    assert Plan.from_json(text).to_json() == text
    # It is written in pieces.
    assert text == json.dumps(json.loads(text), indent=1)
    assert text.replace("\n", "").isprintable()


def refusal(text: Any) -> SchemeError:  # noqa: ANN401 - no text either
    with pytest.raises(FieldError) as caught:
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
def test_malformed_json_is_refused(text: object) -> None:
    error = refusal(text)

    assert isinstance(error, FieldError)
    assert error.kind == "plan"
    assert error.expected.startswith(("the JSON of a plan", "a plan of version 2"))


@pytest.mark.parametrize("version", [0, 1, 3, "2", 2.0, True, None, [1], -1, {}])
def test_plan_of_other_version_is_refused(version: object) -> None:
    error = refusal(json.dumps({**RECORD, "plan": version}))

    assert isinstance(error, FieldError)
    assert (error.kind, error.expected) == ("plan", "a plan of version 2")
    assert error.text == version


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """Yield the path of each value inside *value*, the empty path first."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changed(path: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return the record of `PLAN` with another value at *path*; `...` removes it."""
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


LISTS_OF_TEXTS: Final = (*(("policy", each) for each in ("drop", "frameworks", "formats")), ("items", 1, "sidecars"))
PLACES: Final = [path for path in places(RECORD) if path]


@pytest.mark.parametrize("path", PLACES, ids=str)
@pytest.mark.parametrize("value", ["", "ab", [], ["ab"], [[1, 2, 3]], {}, {"a": "b"}, 7, 1.0, True, None], ids=repr)
def test_value_of_other_type_is_refused(path: tuple[Any, ...], value: object) -> None:
    before = at(path)
    text = json.dumps(changed(path, value))
    may_be_none = path[0] == "policy" and path[-1] in {"keep_min_epoch", "keep_every", "keep_younger_than", "keep_best"}

    # Any text, a list of the same type and any count are accepted.
    if (type(before) is type(value) and value in ("", "ab", [], 7, True)) or (may_be_none and value in (None, 7)):
        try:
            plan = Plan.from_json(text)
        except SchemeError:
            assert path[-1] in {"do", "kind", "plan", "mode", "metric", *range(9)} or path == ("policy", "keep_best")
            return
        assert json.loads(plan.to_json()) == {**json.loads(text), "policy": json.loads(plan.to_json())["policy"]}
    elif not (
        (path[0] == "policy" and path[-1] in {"drop", "frameworks", "formats"})
        or path == ("items", 1, "sidecars")
        or path[-1] == "losses"
    ) or value != ["ab"]:
        refusal(text)


@pytest.mark.parametrize(
    "path", [path for path in PLACES if path[0] != "policy" and isinstance(path[-1], str)], ids=str
)
def test_missing_field_is_refused(path: tuple[Any, ...]) -> None:
    text = json.dumps(changed(path, ...))

    error = refusal(text)

    assert isinstance(error, FieldError)
    assert error.kind == "plan"
    assert error.text == (None if path == ("plan",) else text)
    assert error.expected.startswith(("the JSON of a plan, whole", "a plan of version 2"))


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
def test_unknown_field_is_refused(path: tuple[Any, ...]) -> None:
    assert isinstance(refusal(json.dumps(changed((*path, "colour"), "red"))), FieldError)


@pytest.mark.parametrize("do", ["Rename", "keep ", "", "remove", "do", None, 1, ["keep"], {"keep": 1}], ids=repr)
def test_item_with_unknown_action_is_refused(do: object) -> None:
    for place in range(4):
        assert isinstance(refusal(json.dumps(changed(("items", place, "do"), do))), FieldError)


def test_item_with_fields_of_other_action_is_refused() -> None:
    sorts = ["rename", "discard", "keep", "conflict"]

    for place, own in enumerate(sorts):
        for do in sorts:
            if do != own:
                assert isinstance(refusal(json.dumps(changed(("items", place, "do"), do))), FieldError)


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
def test_impossible_policy_is_refused(path: tuple[str, ...], value: object) -> None:
    assert isinstance(refusal(json.dumps(changed(("policy", *path), value))), FieldError)


@pytest.mark.parametrize("depth", [1, 2, 50, 300, 320, 330, 400, 460, 480, 2000, 20_000])
def test_nested_sidecars_are_read_or_refused(depth: int) -> None:
    head = '{"path": "a", "new": "b", "reason": "c", "links": [], "sidecars": ['
    item = head.replace("{", '{"do": "rename", ', 1) + head * depth + "]}" * (depth + 1)
    text = json.dumps({**RECORD, "items": ["here"]}).replace('"here"', item)

    try:
        plan = Plan.from_json(text)
    except FieldError:
        return

    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("depth", [400, 2000, 20_000])
@pytest.mark.parametrize("member", ["plan", "root", "items", "notes", "policy"])
def test_nested_lists_in_place_of_a_member_are_refused(member: str, depth: int) -> None:
    text = json.dumps({**RECORD, member: "here"}).replace('"here"', "[" * depth + "]" * depth)

    assert isinstance(refusal(text), FieldError)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts() | st.sampled_from(["rename", "keep", "max"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["do", "path"]) | texts(), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(value=_json | st.dictionaries(st.sampled_from([*RECORD]), _json) | texts() | st.binary())
def test_any_other_json_is_refused(value: Any) -> None:  # noqa: ANN401 - any JSON
    refusal(value if isinstance(value, bytes) else json.dumps(value))

    refusal(json.dumps({**RECORD, "items": [value.decode("latin-1") if isinstance(value, bytes) else value]}))


@given(path=st.sampled_from(PLACES), value=_json)
def test_plan_with_one_change_is_read_or_refused(path: tuple[Any, ...], value: object) -> None:
    record = changed(path, value)
    try:
        plan = Plan.from_json(json.dumps(record))
    except SchemeError as error:
        assert type(error) is FieldError  # noqa: PT017 - most changes are refused, and some are not
        return
    if path[:2] == ("policy", "drop"):
        record["policy"]["drop"] = sorted(set(record["policy"]["drop"]))
    if path == ("policy", "keep_best") and record["policy"]["keep_best"] is not None:
        record["policy"]["keep_best"] = {"count": 1, "mode": "max", **record["policy"]["keep_best"]}

    assert json.loads(plan.to_json()) == record


@given(path=st.sampled_from(PLACES), name=st.sampled_from([*RECORD, "do", "path", ""]), value=_json)
def test_plan_with_one_field_more_or_less_is_read_or_refused(path: tuple[Any, ...], name: str, value: object) -> None:
    texts_of = [json.dumps(changed(path, ...))]
    if isinstance(at(path), dict):
        texts_of.append(json.dumps(changed((*path, name), value)))
    for text in texts_of:
        try:
            plan = Plan.from_json(text)
        except SchemeError as error:
            assert type(error) is FieldError  # noqa: PT017 - some are no loss
        else:
            assert Plan.from_json(plan.to_json()) == plan
