"""Listings made of names, and checks of the plans for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from ckpt_scheme.legacy import Format
from ckpt_scheme.migration import Conflict, Entry, Item, Listing, Plan, Policy, Rename, make_plan
from listing_strategies import LISTED_ROOT, MONTHS_NS, NOW_NS, RUN, resolved

FOLDER: Final = f"{RUN}/checkpoints"
SECOND: Final = 10**9
LATE: Final = "epoch-30_step-003000.ckpt"


def file(name: str, **facts: Any) -> Entry:  # noqa: ANN401 - of `Entry`
    """Return a file of the run, written months ago; *facts* change it."""
    usual = Entry(path=f"{FOLDER}/{name}", kind="file", size=7, mtime_ns=NOW_NS - MONTHS_NS)
    return attrs.evolve(usual, **facts)


def link(path: str, text: str) -> Entry:
    """Return a link at a path below the root; `resolved` adds its target."""
    return Entry(path=path, kind="link", text=text)


def listing_of(parts: Iterable[str | Entry]) -> Listing:
    entries = [file(part) if isinstance(part, str) else part for part in parts]
    return Listing(root=LISTED_ROOT, entries=resolved(entries), now_ns=NOW_NS)


def plan_of(parts: Iterable[str | Entry], policy: Policy | None = None) -> Plan:
    return make_plan(listing_of(parts), policy)


def judged(plan: Plan) -> dict[str, Item]:
    """Return the items by path; paths in the run's folder are names."""
    return {item.path.removeprefix(f"{FOLDER}/"): item for item in plan.items}


def check(item: Item, outcome: str) -> None:
    """Compare *item* with an outcome: its action, its new name, and the first or last words of its reason."""
    do, _, words = outcome.partition(": ")
    assert item.do == do, item
    if isinstance(item, Rename):
        new, _, words = words.partition("; ")
        assert item.new == f"{item.path.rpartition('/')[0]}/{new}"
        assert words in {"", item.reason}
    if isinstance(item, Conflict):
        assert item.advice.split()[0] in {"drop", "name", "rename"}

    assert item.reason.startswith(words) or item.reason.endswith(words), item


def check_all(plan: Plan, outcomes: Mapping[str, str]) -> None:
    items = judged(plan)
    assert items.keys() == outcomes.keys()
    for name, outcome in outcomes.items():
        check(items[name], outcome)


EARLY: Final = Policy(delete_old=True)


def declared(kind: Any, template: str) -> Format:  # noqa: ANN401 - one of the kinds
    return Format(framework="mine", format=kind, kind=kind, template=template, source="mine:mine", examples=())


OLD: Final = "epoch=12-step=100.ckpt"
NEW: Final = "epoch-12_step-000100.ckpt"
ABSOLUTE: Final = f"{LISTED_ROOT}/{FOLDER}"


def keeping(**rules: Any) -> Policy:  # noqa: ANN401 - of `Policy`
    return attrs.evolve(Policy(delete_old=True, keep_last=1), **{"keep_min_epoch": None, "keep_last": 0, **rules})


UNKEPT: Final = "epoch-03_step-000030.ckpt"
TEN_MINUTES: Final = 600 * SECOND


def notes(plan: Plan) -> list[tuple[str, str]]:
    return [(note.path, note.text) for note in plan.notes]


def noted(plan: Plan, path: str, words: str) -> bool:
    return any(note.path == path and note.text.startswith(words) for note in plan.notes)
