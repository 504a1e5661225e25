"""`make_plan` retargets symlinks that lead to a renamed checkpoint."""

from __future__ import annotations

import pytest

from ckpt_scheme.migration import Entry, Listing, make_plan
from listing_strategies import LISTED_ROOT, NOW_NS, RUN
from plan_listings import (
    ABSOLUTE,
    FOLDER,
    LATE,
    NEW,
    OLD,
    UNKEPT,
    check,
    check_all,
    file,
    judged,
    link,
    noted,
    notes,
    plan_of,
)


@pytest.mark.parametrize(
    ("path", "text", "new"),
    [
        pytest.param(f"{FOLDER}/last.ckpt", OLD, NEW, id="relative"),
        pytest.param(f"{FOLDER}/last.ckpt", f"./../checkpoints//{OLD}", f"./../checkpoints//{NEW}", id="dotted"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{ABSOLUTE}/{OLD}", f"{ABSOLUTE}/{NEW}", id="absolute"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{OLD}/", f"{NEW}/", id="a slash at the end"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{OLD}//", f"{NEW}//", id="slashes at the end"),
        pytest.param("newest", f"{FOLDER}/{OLD}", f"{FOLDER}/{NEW}", id="from the root"),
        pytest.param(f"{RUN}/newest", f"checkpoints/{OLD}", f"checkpoints/{NEW}", id="from the run"),
        pytest.param(f"{RUN}/notes/newest", f"../checkpoints/{OLD}", f"../checkpoints/{NEW}", id="from beside"),
        pytest.param("other/checkpoints/x", f"../../{FOLDER}/{OLD}", f"../../{FOLDER}/{NEW}", id="from another run"),
        pytest.param("a", f"/alias/{FOLDER}/{OLD}", f"/alias/{FOLDER}/{NEW}", id="by a link to the root"),
        pytest.param("checkpoints/checkpoints/a", f"../../{FOLDER}/{OLD}", f"../../{FOLDER}/{NEW}", id="an odd run"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_link_to_checkpoint_is_retargeted(kind: str, path: str, text: str, new: str) -> None:
    (rename,) = plan_of([file(OLD, kind=kind), link(path, text)]).renames

    ((relink),) = rename.links

    assert (relink.path, relink.old, relink.new) == (path, text, new)


def test_only_link_that_holds_name_is_retargeted() -> None:
    plan = plan_of(
        [OLD, link(f"{FOLDER}/last.ckpt", "newest"), link(f"{FOLDER}/newest", OLD), link("a", f"{FOLDER}/newest")]
    )

    (rename,) = plan.renames

    assert [(relink.path, relink.new) for relink in rename.links] == [(f"{FOLDER}/newest", NEW)]


def test_link_through_symlinked_directory_is_retargeted() -> None:
    plan = plan_of([OLD, link("current", RUN), link("newest", f"current/checkpoints/{OLD}")])

    (rename,) = plan.renames

    assert [(relink.path, relink.new) for relink in rename.links] == [("newest", f"current/checkpoints/{NEW}")]


def test_every_link_to_checkpoint_is_retargeted() -> None:
    (rename,) = plan_of([OLD, link("a", f"{FOLDER}/{OLD}"), link("b", f"{FOLDER}/{OLD}")]).renames

    assert [relink.path for relink in rename.links] == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a", f"{FOLDER}/{OLD}/weights", id="into a directory"),
        pytest.param("a", f"{FOLDER}/{OLD}/..", id="through it and out again"),
        pytest.param("a", f"{FOLDER}/{OLD}/.", id="a dot behind it"),
        pytest.param("a", f"{FOLDER}/{OLD}/../{OLD}", id="by it twice"),
        pytest.param("a", f"{FOLDER}/{OLD}/../{LATE}", id="through it to another"),
        pytest.param("a", "/pinned", id="by a link outside the root"),
        pytest.param(f"{FOLDER}/{OLD}/x", "weights", id="inside it, to a file inside"),
        pytest.param(f"{FOLDER}/{OLD}/x", f"../{OLD}", id="inside it, to itself"),
        pytest.param(f"{FOLDER}/{OLD}/x", f"{ABSOLUTE}/{OLD}/weights", id="inside it, absolute"),
        pytest.param(f"{FOLDER}/{LATE}/x", f"../{OLD}", id="inside another checkpoint"),
        pytest.param(f"{FOLDER}/{LATE}/inner/x", f"../../{OLD}", id="deep inside another checkpoint"),
    ],
)
def test_link_that_cannot_be_retargeted_is_conflict(path: str, text: str) -> None:
    pinned = {"epoch=3-step=30.ckpt": OLD}
    parts: list[str | Entry] = [file(OLD, kind="directory"), file(LATE, kind="directory"), link(path, text)]
    if text == "/pinned":
        parts[0] = file("epoch=3-step=30.ckpt", kind="directory")
        pinned = {OLD: "epoch=3-step=30.ckpt"}

    check_all(
        plan_of(parts),
        {pinned.get(OLD, OLD): f"conflict: the link {path} leads to it or through it", LATE: "keep: in the scheme"},
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(f"{FOLDER}/last.ckpt", "last.ckpt", id="to itself"),
        pytest.param("a", "/elsewhere/model.ckpt", id="outward"),
        pytest.param("a", f"{FOLDER}/{LATE}", id="to another"),
        pytest.param("a", f"{FOLDER}/{OLD}.tmp", id="to a name that goes on"),
        pytest.param("a", FOLDER, id="to the directory"),
        pytest.param("a", f"other/checkpoints/{OLD}", id="to another run"),
    ],
)
def test_link_elsewhere_is_not_retargeted(path: str, text: str) -> None:
    plan = plan_of([OLD, LATE, link(path, text)])

    (rename,) = plan.renames

    assert rename.links == ()
    check(judged(plan)[LATE], "keep: in the scheme")


def test_loop_of_links_is_kept() -> None:
    plan = plan_of([OLD, link(f"{FOLDER}/a.ckpt", "b.ckpt"), link(f"{FOLDER}/b.ckpt", "a.ckpt")])

    check_all(plan, {OLD: f"rename: {NEW}", "a.ckpt": "keep: a link", "b.ckpt": "keep: a link"})


# Only a listing made by hand can hold these entries.
@pytest.mark.parametrize(
    "entry",
    [
        Entry(path="a", kind="link", text="x", passes=("a",), leads_to=f"{FOLDER}/{OLD}"),
        Entry(path="a", kind="link", text=None, passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text="other", passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text=f"x{OLD}", passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text=OLD, passes=(f"{FOLDER}/{OLD}", f"{FOLDER}/{OLD}"), leads_to=None),
        Entry(path="a", kind="link", text=OLD, passes=("b",), leads_to=f"{FOLDER}/{OLD}"),
    ],
    ids=["a loop that ends", "no text", "another text", "a longer text", "twice", "another end"],
)
def test_contradictory_link_entry_is_conflict(entry: Entry) -> None:
    plan = make_plan(Listing(root="", entries=[file(OLD), entry], now_ns=NOW_NS))

    check_all(plan, {OLD: "conflict: the link a"})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("linked run", True),
        (f"{RUN}/checkpoints", True),
        (f"{RUN}/notes", False),
        (f"{RUN}/notes/x", False),
        ("checkpoints", True),
        (f"{FOLDER}/checkpoints", False),
    ],
)
def test_link_in_place_of_run_folder_is_noted(path: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([link(path, "/elsewhere")])

    assert [note.path for note in plan.notes] == [path] * expected
    assert noted(plan, path, "a link") == expected


@pytest.mark.parametrize("path", ["newest.ckpt", f"{RUN}/checkpoints", "checkpoints"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"{ABSOLUTE}/{LATE}", False, id="to a checkpoint"),
        pytest.param(f"{LISTED_ROOT}/between", False, id="to one by another link"),
        pytest.param(ABSOLUTE, True, id="to a directory of checkpoints"),
        pytest.param(f"{ABSOLUTE}/{UNKEPT}", True, id="to a missing entry"),
        pytest.param("/elsewhere", True, id="out of the root"),
    ],
)
def test_link_to_listed_checkpoint_is_not_noted(path: str, text: str, expected: bool) -> None:  # noqa: FBT001 - a column
    entries = [file("x", path=f"other/checkpoints/{LATE}"), link("between", f"other/checkpoints/{LATE}")]

    plan = plan_of([*entries, link(path, text.replace(RUN, "other"))])

    assert noted(plan, path, "a link, which is not followed") == expected
    assert not noted(plan, "between", "a link")


def test_file_in_place_of_run_folder_is_not_noted() -> None:
    assert notes(plan_of([file("x", path="run"), file("x", path=f"{RUN}/checkpoints", kind="directory")])) == []
