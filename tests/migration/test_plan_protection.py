"""`make_plan` keeps files in use, link targets and the last checkpoint of a run under every policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme.migration import Discard, Entry, make_plan
from listing_strategies import MONTHS_NS, NOW_NS
from plan_listings import (
    ABSOLUTE,
    EARLY,
    FOLDER,
    LATE,
    TEN_MINUTES,
    UNKEPT,
    check,
    check_all,
    file,
    judged,
    keeping,
    link,
    listing_of,
    plan_of,
)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        pytest.param({}, "discard", id="nothing"),
        pytest.param({"size": 0}, "discard", id="empty"),
        pytest.param({"links": 2}, "keep: it has another name", id="hard link"),
        pytest.param({"written": True}, "keep: open for writing", id="open"),
        pytest.param({"mtime_ns": NOW_NS - TEN_MINUTES}, "discard", id="ten minutes old"),
        pytest.param({"mtime_ns": NOW_NS - TEN_MINUTES + 1}, "keep: within ten minutes", id="a bit less"),
        pytest.param({"mtime_ns": NOW_NS}, "keep: within ten minutes", id="now"),
        pytest.param({"mtime_ns": NOW_NS + MONTHS_NS}, "keep: within ten minutes", id="in the future"),
        pytest.param({"mtime_ns": 0}, "keep: within ten minutes", id="no time"),
        pytest.param({"mtime_ns": 1}, "discard", id="long ago"),
        pytest.param({"mtime_ns": -1}, "discard", id="before 1970"),
    ],
)
@pytest.mark.parametrize("bearer", [UNKEPT, f"{UNKEPT}.md5"], ids=["checkpoint", "sidecar"])
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_plan_keeps_file_in_use(kind: str, bearer: str, facts: Mapping[str, Any], outcome: str) -> None:
    entries = {UNKEPT: file(UNKEPT, kind=kind), f"{UNKEPT}.md5": file(f"{UNKEPT}.md5")}
    entries[bearer] = attrs.evolve(entries[bearer], **facts)

    plan = plan_of([*entries.values(), file(LATE, mtime_ns=NOW_NS)], EARLY)

    check(judged(plan)[UNKEPT], outcome)
    if outcome == "discard":
        size = sum(entry.size for entry in entries.values())
        discard = Discard(f"{FOLDER}/{UNKEPT}", "epoch 3 is before 10", (f"{FOLDER}/{UNKEPT}.md5",), size)
        assert plan.discards == (discard,)


@pytest.mark.parametrize(
    ("sidecar", "outcome"),
    [
        pytest.param(file(f"{UNKEPT}.md5"), "discard", id="file"),
        pytest.param(file(f"{UNKEPT}.md5", kind="other"), "keep", id="pipe"),
        pytest.param(link(f"{FOLDER}/{UNKEPT}.md5", "/elsewhere/x"), "keep", id="link"),
    ],
)
def test_plan_discards_only_sidecars_that_are_files(sidecar: Entry, outcome: str) -> None:
    check_all(plan_of([UNKEPT, sidecar, LATE], EARLY), {UNKEPT: outcome, LATE: "keep"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a", f"{FOLDER}/{UNKEPT}", id="to it"),
        pytest.param("a", f"{FOLDER}/{UNKEPT}/weights", id="into it"),
        pytest.param("a", f"{FOLDER}/{UNKEPT}/../{LATE}", id="through it"),
        pytest.param("a", "/alias/" + f"{FOLDER}/{UNKEPT}", id="by a link to the root"),
        pytest.param("other/checkpoints/x.ckpt", f"{ABSOLUTE}/{UNKEPT}", id="from another run"),
        pytest.param(f"{FOLDER}/{UNKEPT}/x", "weights", id="inside it"),
        pytest.param("a", f"{FOLDER}/{UNKEPT}.md5", id="to its sidecar"),
    ],
)
def test_plan_keeps_link_target(path: str, text: str) -> None:
    plan = plan_of([file(UNKEPT, kind="directory"), f"{UNKEPT}.md5", LATE, link(path, text)], EARLY)

    check(judged(plan)[UNKEPT], f"keep: the link {path} leads to it")


def test_reason_names_first_of_several_links() -> None:
    plan = plan_of([UNKEPT, LATE, *(link(path, f"{FOLDER}/{UNKEPT}") for path in ("b", "a", "c"))], EARLY)

    check(judged(plan)[UNKEPT], "keep: the link a leads to it")


def test_plan_keeps_target_of_chained_links() -> None:
    parts: list[str | Entry] = ["epoch=3-step=30.ckpt", LATE, link("a", "/pinned")]

    check(judged(plan_of(parts, EARLY))["epoch=3-step=30.ckpt"], "conflict: the link a")
    assert plan_of([UNKEPT, LATE, link("b", "a"), link("a", f"{FOLDER}/{UNKEPT}")], EARLY).discards == ()


UNSEEN: Final = "secret cannot be read, where a link may lead to it"


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param(
            [UNKEPT, "epoch-05_step-000050.ckpt"],
            [f"keep: {UNSEEN}"] * 2,
            id="all of them",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt"],
            [f"rename: epoch-03_step-000030.ckpt; lightning/default; stays: {UNSEEN}"],
            id="an old name is renamed all the same",
        ),
        pytest.param(["epoch-03_step-000030_best-0.5000.ckpt"], ["keep: it is called best or last"], id="called best"),
        pytest.param(["epoch-12_step-000100.ckpt"], ["keep: epoch 12 is not before 10"], id="kept by a rule"),
        pytest.param(["mine!.ckpt"], ["conflict: no known format"], id="unknown name"),
    ],
)
def test_plan_discards_nothing_if_directory_is_unreadable(parts: Sequence[str], outcomes: Sequence[str]) -> None:
    unreadable = (("secret", "Permission denied"), ("secrets", "Permission denied"))
    listing = attrs.evolve(listing_of([*parts, LATE]), unreadable=unreadable)

    check_all(make_plan(listing, EARLY), dict(zip([*parts, LATE], [*outcomes, "keep: epoch 30"], strict=True)))


def test_unreadable_directory_protects_every_run() -> None:
    listing = listing_of([UNKEPT, LATE, *(file("x", path=f"other/checkpoints/{name}") for name in (UNKEPT, LATE))])

    assert len(make_plan(listing, EARLY).discards) == 2

    hidden = attrs.evolve(listing, unreadable=(("other/notes", "Permission denied"),))

    assert make_plan(hidden, EARLY).discards == ()
    assert make_plan(hidden, attrs.evolve(EARLY, rename=False)).discards == ()


def test_rename_states_why_file_is_not_discarded() -> None:
    (rename,) = plan_of(["epoch=3-step=30.ckpt", link("a", f"{FOLDER}/epoch=3-step=30.ckpt")], EARLY).renames

    assert rename.reason.endswith("stays: the link a leads to it")
    assert [relink.path for relink in rename.links] == ["a"]


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param([UNKEPT], ["keep: the last checkpoint of the run"], id="one alone"),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-03_step-000030.ckpt", "epoch=2-step=9999.ckpt"],
            ["discard", "keep: the last checkpoint of the run", "discard"],
            id="the furthest of all",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=3-step=30.ckpt"],
            ["discard", "rename: epoch-03_step-000030.ckpt; lightning/default; stays: the last checkpoint of the run"],
            id="the furthest has an old name",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(UNKEPT, size=0)],
            ["keep: the last checkpoint of the run", "discard"],
            id="the furthest is empty",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(UNKEPT, size=1)],
            ["discard", "keep: the last checkpoint of the run"],
            id="the furthest is all but empty",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(LATE, size=0)],
            ["keep: the last checkpoint of the run", "keep: not before 10"],
            id="the kept one is empty",
        ),
        pytest.param(
            [file("epoch-01_step-000001.ckpt", size=0), file(UNKEPT, size=0)],
            ["discard", "keep: the last checkpoint of the run"],
            id="all are empty",
        ),
        pytest.param([UNKEPT, file("last.ckpt", size=1)], ["discard", "keep: in the scheme"], id="last stays"),
        pytest.param([UNKEPT, "best-v1.ckpt"], ["discard", "rename: best_v1.ckpt"], id="an old best stays"),
        pytest.param([UNKEPT, "epoch=20.ckpt"], ["discard", "conflict"], id="a conflict with an epoch stays"),
        pytest.param(
            [UNKEPT, "mine!.ckpt"],
            ["keep: the last checkpoint of the run", "conflict: no known format"],
            id="an unknown name does not count",
        ),
        pytest.param(
            [UNKEPT, link(f"{FOLDER}/last.ckpt", "/elsewhere/x")],
            ["keep: the last checkpoint of the run", "keep: a link"],
            id="a link does not count",
        ),
        pytest.param(
            [UNKEPT, file("last.ckpt", kind="other")],
            ["keep: the last checkpoint of the run", "keep: neither a file"],
            id="a pipe does not count",
        ),
        pytest.param(
            ["epoch-03_step-000030_hmean-0.9000.ckpt", "epoch-03_step-000030_hmean-0.1000_v1.ckpt"],
            ["discard", "keep: the last checkpoint of the run"],
            id="the furthest is the latest",
        ),
    ],
)
def test_plan_keeps_last_checkpoint_of_run(parts: Sequence[str | Entry], outcomes: Sequence[str]) -> None:
    shown = [part if isinstance(part, str) else part.name for part in parts]

    check_all(plan_of(parts, EARLY), dict(zip(shown, outcomes, strict=True)))


def test_plan_keeps_last_checkpoint_of_every_run() -> None:
    other = f"other/checkpoints/{UNKEPT}"

    assert plan_of([UNKEPT, file(UNKEPT, path=other)], EARLY).discards == ()
    assert [item.path for item in plan_of([UNKEPT, LATE, file(UNKEPT, path=other)], EARLY).discards] == [
        f"{FOLDER}/{UNKEPT}"
    ]


def test_discards_ignore_entry_inside_directory() -> None:
    parts = ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt", "epoch-03_step-000001.ckpt"]
    inner = [file("epoch-02_step", kind="directory"), link(f"{FOLDER}/epoch-02_step/x", "/elsewhere")]

    plan = plan_of([*parts, *inner], keeping(keep_last=1))

    assert [item.path.rpartition("/")[2] for item in plan.discards] == parts[:2]


@pytest.mark.parametrize("inner", ["x", "a/x", "a/checkpoints/x.ckpt"])
def test_plan_keeps_directory_with_link_inside(inner: str) -> None:
    plan = plan_of([file(UNKEPT, kind="directory"), LATE, link(f"{FOLDER}/{UNKEPT}/{inner}", "/elsewhere")], EARLY)

    check(judged(plan)[UNKEPT], "keep: there is a link in it")
