"""The command line on real trees: one test for each case of the three tables of cases.

Most cases are a few names in a run folder of their own. All cases with the same arguments and exit status share a root,
which is previewed, planned, migrated twice, and undone once.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from discard_cases import DISCARD_CASES
from link_cases import LINK_CASES
from migration_case import Case
from migration_trees import STATE, Manifest, contents, difference, grow, manifest, moved
from name_cases import NAME_CASES
from programs import Done, ckpt

CASES: Final = (*NAME_CASES, *LINK_CASES, *DISCARD_CASES)


@attrs.frozen
class Batch:
    """The cases of one root: the tree before and after each command, and how each command ended."""

    base: Path
    before: Manifest
    preview: Done
    plan: Mapping[str, Any]
    applied: Done
    after: Manifest
    whole: Manifest
    again: Done
    at_rest: Manifest
    undone: Done
    first: Manifest


@pytest.fixture(scope="module")
def batch_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Batch]:
    @functools.cache
    def batch(arguments: tuple[str, ...], status: int) -> Batch:
        base = tmp_path_factory.mktemp("cases")
        cases = [case for case in CASES if (case.arguments, case.status) == (arguments, status)]
        grow(base, {path: node for case in cases for path, node in case.planted.items()})
        before, untouched, content = manifest(base), manifest(base, state=True, times=True), contents(base)

        preview = ckpt("migrate", "root", *arguments, cwd=base)
        planned = ckpt("migrate", "root", *arguments, "--json", cwd=base)
        planned_again = ckpt("migrate", "root", *arguments, "--json", cwd=base)
        assert planned == planned_again
        assert not difference(manifest(base, state=True, times=True), untouched)

        applied = ckpt("migrate", "root", *arguments, "--apply", cwd=base)
        assert contents(base) == content
        after, whole = manifest(base), manifest(base, state=True)
        again = ckpt("migrate", "root", *arguments, "--apply", cwd=base)
        at_rest = manifest(base, state=True)
        undone = ckpt("undo", "root", cwd=base)
        assert contents(base) == content
        return Batch(
            base=base,
            before=before,
            preview=preview,
            plan=json.loads(planned.stdout),
            applied=applied,
            after=after,
            whole=whole,
            again=again,
            at_rest=at_rest,
            undone=undone,
            first=manifest(base),
        )

    return lambda case: batch(case.arguments, case.status)


def conflicts(plan: Mapping[str, Any]) -> set[str]:
    return {f"root/{item['path']}" for item in plan["items"] if item["do"] == "conflict"}


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_migrate_handles_case(case: Case, batch_of: Callable[[Case], Batch]) -> None:
    batch = batch_of(case)
    batch.preview.check(case.status)

    assert {path for path in conflicts(batch.plan) if tuple(path.split("/")[:2]) in case.territory} == set(
        map(case.place, case.conflicts)
    )

    batch.applied.check(case.status)
    before = case.own(batch.before)

    moves: dict[str, str | None] = {case.place(old): case.place(new) for old, new in case.moves.items()}
    moves |= {case.place(name): None for name in case.discards}
    texts = {case.place(name): text.replace("BASE", str(batch.base)) for name, text in case.texts.items()}

    assert difference(case.own(batch.after), moved(before, moves, texts)) == []

    for name in case.discards:
        old = case.place(name)
        trash = f"root/{STATE}/trash/000001/{old.removeprefix('root/')}"
        inside = {path[len(old) :]: seen for path, seen in before.items() if path == old or path.startswith(f"{old}/")}

        assert inside == {path: batch.whole.get(trash + path) for path in inside}

    batch.again.check(case.status)

    assert difference(batch.at_rest, batch.whole) == []

    batch.undone.check(0)

    assert difference(case.own(batch.first), before) == []
