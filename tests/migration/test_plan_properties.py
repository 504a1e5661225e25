"""Properties that hold for the plan of any listing."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import attrs
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import CheckpointName
from ckpt_scheme.migration import Entry, Keep, Listing, Plan, Policy, make_plan
from listing_strategies import NOW_NS, listings, policies, resolved
from plan_listings import TEN_MINUTES


def folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def moves(plan: Plan) -> dict[str, str]:
    """Return the new path of each old path, sidecars included."""
    return {move.path: move.new for item in plan.renames for move in (item, *item.sidecars)}


def gone(plan: Plan) -> set[str]:
    return {path for item in plan.discards for path in (item.path, *item.sidecars)}


def moved(path: str, changes: Mapping[str, str]) -> str:
    """Return the new place of *path* after the renames of it and of the directories above it."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        new = changes.get("/".join(parts[:count]))
        if new is not None:
            return "/".join([new, *parts[count:]])
    return path


def carried_out(listing: Listing, plan: Plan) -> Listing:
    """Return *listing* as it is after *plan* was applied."""
    changes, trash = moves(plan), gone(plan)
    texts = {relink.path: relink for item in plan.renames for each in (item, *item.sidecars) for relink in each.links}
    entries: list[Entry] = []
    for entry in listing.entries:
        if entry.path in trash or any(entry.path.startswith(f"{path}/") for path in trash):
            continue
        relink = texts.get(entry.path)
        if relink is not None:
            assert entry.text == relink.old
        text = entry.text if relink is None else relink.new
        entries.append(attrs.evolve(entry, path=moved(entry.path, changes), text=text))
    return attrs.evolve(listing, entries=resolved(entries))


def every_checkpoint_is_one_item(listing: Listing, plan: Plan) -> None:
    named = [
        entry.path
        for entry in listing.entries
        if entry.directory.endswith("/checkpoints") and entry.name.lower().endswith(".ckpt")
    ]
    assert [item.path for item in plan.items] == named


def new_names_meet_nothing(listing: Listing, plan: Plan) -> None:
    news = [folded(new) for new in moves(plan).values()]
    assert Counter(news) == Counter(set(news))
    assert set(news).isdisjoint(folded(entry.path) for entry in listing.entries)
    assert set(moves(plan)).isdisjoint(gone(plan))
    assert len([*sources(plan)]) == len(set(sources(plan)))
    for old, new in moves(plan).items():
        assert old.rpartition("/")[0] == new.rpartition("/")[0]
    for item in plan.renames:
        assert CheckpointName.is_valid(item.new.rpartition("/")[2])
    assert plan.policy.rename or not (plan.renames or plan.conflicts)


def sources(plan: Plan) -> Iterator[str]:
    """Yield every path that a plan renames, discards or retargets, as often as it does."""
    for item in plan.renames:
        for move in (item, *item.sidecars):
            yield move.path
            yield from (relink.path for relink in move.links)
    for discard in plan.discards:
        yield discard.path
        yield from discard.sidecars


def what_is_precious_is_not_discarded(listing: Listing, plan: Plan) -> None:
    entries = {entry.path: entry for entry in listing.entries}
    aims = {path for entry in listing.entries for path in (*entry.passes, entry.leads_to) if path is not None}
    conflicts = {item.path for item in plan.conflicts}

    for path in gone(plan):
        entry = entries[path]
        assert entry.kind in {"file", "directory"}
        assert entry.links == 1
        assert not entry.written
        assert NOW_NS - entry.mtime_ns >= TEN_MINUTES
        assert entry.mtime_ns != 0
        assert not any(aim == path or aim.startswith(f"{path}/") for aim in aims)
        assert path not in conflicts
    for discard in plan.discards:
        name = discard.path.rpartition("/")[2].lower()
        assert "best" not in name
        assert "last" not in name
    assert plan.policy.delete_old or not plan.discards
    hidden = attrs.evolve(listing, unreadable=(("notes", "Permission denied"),))
    assert make_plan(hidden, plan.policy).discards == ()


def understood(listing: Listing) -> dict[str, set[str]]:
    """Return the checkpoints of each directory that are not empty and have a readable name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    conflicts = {item.path: item for item in make_plan(listing).conflicts}
    for entry in listing.entries:
        conflict = conflicts.get(entry.path)
        known = conflict is None or "no known format" not in conflict.reason
        is_checkpoint = entry.name.lower().endswith(".ckpt") and entry.kind in {"file", "directory"}
        if known and is_checkpoint and entry.size and entry.directory.endswith("/checkpoints"):
            found[entry.directory].add(entry.path)
    return found


def no_run_is_left_without_a_checkpoint(listing: Listing, plan: Plan) -> None:
    trash = gone(plan)
    for directory, paths in understood(listing).items():
        assert paths - trash, directory


def nothing_is_left_to_do(plan: Plan, after: Listing) -> None:
    again = make_plan(after, plan.policy)
    assert again.renames == ()
    assert again.discards == ()
    # A name that a guard keeps for now may need the evidence of names that are gone.
    kept = {item.path for item in plan.items if isinstance(item, Keep)}
    assert {item.path for item in again.conflicts} - kept == {item.path for item in plan.conflicts}


def every_link_leads_where_it_led(listing: Listing, plan: Plan, after: Listing) -> None:
    changes, places = moves(plan), {entry.path for entry in listing.entries}
    found = {entry.path: entry for entry in after.entries}
    for entry in listing.entries:
        here = found.get(moved(entry.path, changes))
        if here is not None and entry.leads_to in places:
            assert here.leads_to == moved(entry.leads_to, changes)


# Drawing a listing takes far longer than planning it, so one test checks several properties.
@given(listing=listings(), policy=policies())
def test_any_plan_is_safe(listing: Listing, policy: Policy) -> None:
    plan = make_plan(listing, policy)

    every_checkpoint_is_one_item(listing, plan)
    new_names_meet_nothing(listing, plan)
    what_is_precious_is_not_discarded(listing, plan)
    no_run_is_left_without_a_checkpoint(listing, plan)


@given(listing=listings(), policy=policies())
def test_applied_plan_leaves_nothing_to_do(listing: Listing, policy: Policy) -> None:
    plan = make_plan(listing, policy)

    after = carried_out(listing, plan)

    nothing_is_left_to_do(plan, after)
    every_link_leads_where_it_led(listing, plan, after)


@given(listing=listings(), policy=policies(), data=st.data())
def test_plan_does_not_depend_on_order_of_entries(listing: Listing, policy: Policy, data: st.DataObject) -> None:
    shuffled = attrs.evolve(listing, entries=data.draw(st.permutations(listing.entries)))

    text = make_plan(listing, policy).to_json()

    assert make_plan(shuffled, policy).to_json() == text
    assert Plan.from_json(text) == make_plan(shuffled, policy)
    assert Plan.from_json(text.encode("ascii")).to_json() == text
