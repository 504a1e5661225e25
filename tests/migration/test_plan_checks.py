"""`apply` carries out a plan only if it belongs to the tree, the policy and the registry of today."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme import legacy
from ckpt_scheme.errors import StalePlanError
from ckpt_scheme.migration import (
    Discard,
    Plan,
    Policy,
    Relink,
    Rename,
    Report,
    Session,
    apply,
    has_state,
    make_plan,
    observe,
)
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    EARLY_RENAMED,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    RENAMED,
    TEXTS,
    TREE,
    inner,
    migrate,
    plan_of,
    relinked,
)
from migration_trees import STATE, File, Folder, grow, manifest, moved


def test_apply_accepts_plan_with_items_removed(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    plan = plan_of(tmp_path, delete_old=True)
    less = attrs.evolve(plan, items=tuple(item for item in plan.items if item.path == FOLDER))

    assert apply(less) == Report(number=1, done=((FOLDER, FOLDER_NEW),))
    assert manifest(tmp_path) == moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": "epoch-13_step-000200.ckpt"})


def test_apply_accepts_rename_in_place_of_discard(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    plan = plan_of(tmp_path, delete_old=True)
    gentle = attrs.evolve(plan, items=plan_of(tmp_path).items)

    assert apply(Plan.from_json(gentle.to_json())).done == DONE
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)


def without_sidecars(plan: Plan) -> Plan:
    return attrs.evolve(plan, items=tuple(attrs.evolve(item, sidecars=()) for item in plan.renames))


def with_first(plan: Plan, **changes: Any) -> Plan:  # noqa: ANN401 - of `Rename`
    return attrs.evolve(plan, items=(attrs.evolve(plan.renames[0], **changes), *plan.items[1:]))


EDITED: Final[dict[str, tuple[Callable[[Plan], Plan], str]]] = {
    "one more rename": (
        lambda plan: attrs.evolve(plan, items=(*plan.items, Rename(f"{DIRECTORY}/other.bin", f"{DIRECTORY}/x", ""))),
        "renames",
    ),
    "another target": (lambda plan: with_first(plan, new=f"{DIRECTORY}/epoch-99_step-000100.ckpt"), "renames"),
    "a target elsewhere": (lambda plan: with_first(plan, new="../stolen.ckpt"), "renames"),
    "other links": (lambda plan: with_first(plan, links=(Relink("latest", FILE, "/etc"),)), "renames"),
    "no links": (lambda plan: with_first(plan, links=()), "renames"),
    "no sidecars": (without_sidecars, "renames"),
    "one more discard": (lambda plan: attrs.evolve(plan, items=(*plan.items, Discard(FILE, ""))), "discards"),
    "another discard": (
        lambda plan: attrs.evolve(plan, items=(Discard(f"{DIRECTORY}/other.bin", ""),)),
        "discards",
    ),
    "a discard with more": (
        lambda plan: attrs.evolve(plan, items=(Discard(EARLY, "", (f"{DIRECTORY}/other.bin",)),)),
        "discards",
    ),
    "a discard with less": (lambda plan: attrs.evolve(plan, items=(Discard(EARLY, ""),)), "discards"),
    "a policy without discards": (
        lambda plan: attrs.evolve(plan, policy=Policy()),
        "discards",
    ),
    "a policy without renames": (
        lambda plan: attrs.evolve(plan, policy=Policy(rename=False, delete_old=True)),
        "renames",
    ),
}


@pytest.mark.parametrize("edit", EDITED)
@pytest.mark.parametrize("was_there", [False, True])
def test_apply_refuses_edited_plan(tmp_path: Path, edit: str, was_there: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {**TREE, f"{DIRECTORY}/other.bin": File(), **({f"{STATE}/journal": Folder()} if was_there else {})})
    before = manifest(tmp_path)
    change, what = EDITED[edit]

    with pytest.raises(StalePlanError, match=rf"^the plan {what} '.*', against its policy\. Plan again\.$"):
        apply(change(plan_of(tmp_path, delete_old=True)))
    assert manifest(tmp_path) == before
    assert has_state(tmp_path) == was_there
    assert inner(tmp_path) == ({"lock"} if was_there else set())


STALE: Final[dict[str, Callable[[Path], object]]] = {
    "written to": lambda root: (root / FILE).write_text("more"),
    "touched": lambda root: os.utime(root / FILE, ns=(1, 1)),
    "gone": lambda root: (root / FILE).unlink(),
    "one more": lambda root: (root / f"{DIRECTORY}/x").touch(),
    "a new link": lambda root: (root / "link").symlink_to("x"),
    "another text": lambda root: relinked(root / "latest", FOLDER),
    "a hard link": lambda root: (root / "x").hardlink_to(root / FILE),
}


@pytest.mark.parametrize("change", STALE)
@pytest.mark.parametrize("was_there", [False, True])
def test_apply_refuses_plan_older_than_tree(tmp_path: Path, change: str, was_there: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {**TREE, **({f"{STATE}/journal": Folder()} if was_there else {})})
    plan = plan_of(tmp_path)
    STALE[change](tmp_path)
    before = manifest(tmp_path)

    with pytest.raises(StalePlanError) as caught:
        apply(plan)
    assert str(caught.value) == "the plan is stale: an entry below its root has changed since. Plan again."
    assert manifest(tmp_path) == before
    assert has_state(tmp_path) == was_there


def test_apply_refuses_registry_other_than_that_of_plan(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    other = legacy.Registry(())

    with pytest.raises(StalePlanError):
        apply(plan_of(tmp_path), registry=other)
    assert apply(make_plan(observe(tmp_path), registry=other), registry=other) == Report()


@pytest.mark.parametrize("was_there", [False, True])
def test_apply_renames_name_of_custom_format(tmp_path: Path, was_there: bool) -> None:  # noqa: FBT001
    own = legacy.Format(
        framework="mine",
        format="mine",
        kind="epoch",
        template="mine-{epoch:count}-{step:count}.ckpt",
        source="mine:mine",
        examples=(),
    )
    old = f"{DIRECTORY}/mine-12-100.ckpt"
    grow(tmp_path, [old, *([EARLY] if was_there else [])])
    if was_there:
        migrate(tmp_path)
    registry = legacy.Registry([own])

    report = apply(make_plan(observe(tmp_path), registry=registry), registry=registry)

    assert report == Report(number=1 + was_there, done=((old, FILE_NEW),))


def test_session_refuses_listing_other_than_that_of_plan(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    with Session(tmp_path) as session:
        plan = plan_of(tmp_path)
        (tmp_path / FILE).write_text("newer")
        before = manifest(tmp_path)

        with pytest.raises(StalePlanError) as caught:
            session.apply(plan, observe(tmp_path))
        assert str(caught.value) == "the plan was made from another listing. Plan again."

    assert manifest(tmp_path) == before
    assert inner(tmp_path) == {"lock"}
