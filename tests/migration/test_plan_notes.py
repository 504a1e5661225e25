"""The notes of a plan: facts to know before it is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from ckpt_scheme.migration import Entry, Policy, make_plan
from listing_strategies import LISTED_ROOT, MONTHS_NS, NOW_NS, RUN
from plan_listings import EARLY, FOLDER, LATE, OLD, TEN_MINUTES, UNKEPT, file, link, listing_of, noted, notes, plan_of


def test_plan_without_changes_has_no_notes() -> None:
    assert notes(plan_of([LATE, file("last.ckpt", mtime_ns=NOW_NS), "best_k_models.yaml", f"{LATE}.tmp"])) == []
    assert notes(plan_of([])) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"old run/checkpoints/{LATE}", True),
        ("old run/checkpoints/model.ckpt", True),
        ("old run/checkpoints/notes.txt", False),
        (f"deep/{RUN}/checkpoints/{LATE}", False),
        (f"{RUN}/x/checkpoints/{LATE}", True),
    ],
)
def test_folder_with_foreign_name_is_noted(path: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([file("x", path=path)])

    assert noted(plan, path.partition("/checkpoints/")[0], "the folder is not named by the scheme") == expected
    assert len(plan.notes) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([OLD], True, id="a rename"),
        pytest.param([UNKEPT, LATE], True, id="a discard"),
        pytest.param([LATE, "last.ckpt", "model.ckpt"], False, id="neither"),
    ],
)
def test_changes_note_paths_inside_lightning_checkpoints(parts: Sequence[str], expected: bool) -> None:  # noqa: FBT001 - a column
    assert noted(plan_of(parts, EARLY), "", "Lightning stores the paths of other checkpoints") == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"mtime_ns": NOW_NS - TEN_MINUTES}, False),
        ({"mtime_ns": NOW_NS - TEN_MINUTES + 1}, True),
        ({"mtime_ns": NOW_NS + MONTHS_NS}, True),
        ({"mtime_ns": 0}, False),
    ],
)
def test_recently_written_folder_is_noted(facts: Mapping[str, Any], expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([OLD, file("log.txt", **facts)])

    assert noted(plan, FOLDER, "was written to within ten minutes") == expected


def test_listing_without_times_notes_no_recent_write() -> None:
    plan = make_plan(attrs.evolve(listing_of([file(OLD, mtime_ns=0)]), now_ns=1))

    assert not noted(plan, FOLDER, "was written to within ten minutes")
    assert [item.do for item in plan.items] == ["rename"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{OLD}.tmp", True),
        ("epoch=12-step=100.pt", True),
        ("epoch=12-step=100.ckpt.metadata.yaml.bak", True),
        ("epoch=12-step=100.metadata.yaml", False),
        ("epoch=12-step=1000.pt", False),
        ("epoch=12-step=100", False),
        (".epoch=12-step=100.pt", False),
        ("x.epoch=12-step=100.pt", False),
        ("other.pt", False),
        (f"{LATE}.tmp", False),
    ],
)
def test_file_that_keeps_old_name_is_noted(name: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([OLD, LATE, name])

    assert noted(plan, f"{FOLDER}/{name}", "keeps its name") == expected
    assert not noted(plan, f"{FOLDER}/{OLD}", "keeps its name")


def test_file_that_keeps_discarded_name_is_noted() -> None:
    plan = plan_of([UNKEPT, f"{UNKEPT}.tmp", f"{UNKEPT}.md5", LATE], EARLY)

    assert noted(plan, f"{FOLDER}/{UNKEPT}.tmp", "keeps its name")
    assert not noted(plan, f"{FOLDER}/{UNKEPT}.md5", "keeps its name")


def test_file_that_lists_old_names_is_noted() -> None:
    assert noted(
        plan_of([OLD, "best_k_models.yaml"]), f"{FOLDER}/best_k_models.yaml", "lists checkpoints by their old names"
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (file("old", kind="directory"), True),
        (file("epoch=12-step=100", kind="directory"), False),
        (file("epoch=12-step=100.ckpt.d", kind="directory"), True),
        (file("old"), False),
        (file("old", kind="other"), False),
        (file("old.ckpt", kind="directory"), False),
        (file("OLD.CKPT", kind="directory"), False),
        (link(f"{FOLDER}/old", f"../{RUN}"), False),
    ],
)
def test_ignored_directory_is_noted(entry: Entry, expected: bool) -> None:  # noqa: FBT001 - a column
    assert noted(plan_of([OLD, entry]), entry.path, "a directory that is no checkpoint") == expected
    assert not noted(plan_of([LATE, entry]), entry.path, "a directory that is no checkpoint")


def test_checkpoints_elsewhere_are_noted_in_five_folders() -> None:
    elsewhere = (("", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1), ("e", 3), ("f", 1))

    five = make_plan(attrs.evolve(listing_of([]), elsewhere=elsewhere[:5]))
    seven = make_plan(attrs.evolve(listing_of([]), elsewhere=elsewhere))

    assert notes(five)[:2] == [
        (".", "1 checkpoint outside of RUN/checkpoints: --recursive plans for it too"),
        ("a", "2 checkpoints outside of RUN/checkpoints: --recursive plans for them too"),
    ]
    assert len(five.notes) == 5
    assert notes(seven) == [
        ("", "10 checkpoints in 7 folders outside of RUN/checkpoints; the first 5 follow: --recursive plans for all"),
        *notes(five),
    ]


def test_checkpoints_of_other_formats_are_noted() -> None:
    plan = plan_of([file("checkpoint-500", kind="directory"), "epoch_12.pth", "notes.txt"])

    assert plan.items == ()
    (note,) = plan.notes
    assert note.path == FOLDER
    assert note.text.startswith("2 entries look like checkpoints of other formats (")
    assert note.text.endswith("): only names that end in .ckpt are renamed")
    assert not noted(plan_of(["notes.txt"]), FOLDER, "look like checkpoints")
    # A link adds nothing.
    linked = plan_of(["epoch_12.pth", link(f"{FOLDER}/last.pth", "epoch_12.pth")])
    assert noted(linked, FOLDER, "1 entry looks like a checkpoint")


def test_folder_with_a_plan_of_its_own_is_not_said_to_stay() -> None:
    entries = [
        file("a", path=f"run/{OLD}"),
        file("x", path="run/deep", kind="directory"),
        file("y", path=f"run/deep/{OLD}"),
    ]

    plan = make_plan(attrs.evolve(listing_of(entries), recursive=True))

    assert len(plan.renames) == 2
    assert not noted(plan, "run/deep", "a directory that is no checkpoint")


@pytest.mark.parametrize("recursive", [False, True])
def test_link_in_place_of_a_run_is_noted(recursive: bool) -> None:  # noqa: FBT001 - an option
    listing = attrs.evolve(listing_of([link("run", "/elsewhere")]), recursive=recursive)

    assert notes(make_plan(listing)) == [("run", "a link, which is not followed")]


def test_notes_are_sorted() -> None:
    plan = plan_of(
        [OLD, file("x", path=f"an old run/checkpoints/{OLD}"), f"{OLD}.tmp", "best_k_models.yaml", link("a", "b")]
    )

    assert list(plan.notes) == sorted(plan.notes, key=lambda note: (note.path, note.text))
    assert len(plan.notes) >= 4


def test_plan_lists_unreadable_directories() -> None:
    listing = attrs.evolve(listing_of([OLD]), unreadable=(("z", "Permission denied"), ("a", "Input/output error")))

    plan = make_plan(listing)

    assert [(note.path, note.text) for note in plan.unreadable] == [
        ("a", "cannot be read: Input/output error"),
        ("z", "cannot be read: Permission denied"),
    ]
    assert len(plan.renames) == 1


def test_plan_records_root_listing_and_policy() -> None:
    listing = listing_of([OLD, LATE, "model.ckpt"])

    plan = make_plan(listing, EARLY)

    assert (plan.root, plan.listing, plan.policy) == (LISTED_ROOT, listing.digest(), EARLY)
    assert make_plan(listing).policy == Policy()
    assert [item.path for item in plan.items] == sorted(item.path for item in plan.items)
    assert plan.counts() == {"rename": 1, "discard": 0, "keep": 1, "conflict": 1}
    assert [item.path for item in plan.conflicts] == [f"{FOLDER}/model.ckpt"]
