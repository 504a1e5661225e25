"""Plans with an item twice, journals with a line twice, and links with thousands of parts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ckpt_scheme.errors import StalePlanError
from ckpt_scheme.migration import Plan, apply, observe, operations
from migration_operations import migrate, plan_of
from migration_trees import STATE, File, Link, grow, manifest

FOLDER = "run/checkpoints"
OLD = (f"{FOLDER}/epoch=1-step=1.ckpt", f"{FOLDER}/epoch=2-step=2.ckpt")


def test_apply_refuses_plan_with_item_twice(tmp_path: Path) -> None:
    grow(tmp_path, {path: File() for path in OLD})
    record = json.loads(plan_of(tmp_path).to_json())
    record["items"] *= 2
    before = manifest(tmp_path, state=True)

    with pytest.raises(StalePlanError, match="a path twice"):
        apply(Plan.from_json(json.dumps(record)))

    assert manifest(tmp_path, state=True) == before


def test_journal_with_one_act_in_place_of_another_is_damaged(tmp_path: Path) -> None:
    grow(tmp_path, {path: File() for path in OLD})
    migrate(tmp_path)
    journal = tmp_path / STATE / "journal/000001.jsonl"
    header, first, _, *rest = journal.read_text().splitlines(keepends=True)

    journal.write_text("".join([header, first, first, *rest]))

    assert [each.is_damaged for each in operations(tmp_path)] == [True]


@pytest.mark.parametrize("text", ["a/" * 2000, "/a" * 2000, "checkpoints/../" * 250 + "checkpoints/" + OLD[0]])
def test_link_with_many_parts_is_read_at_once(tmp_path: Path, text: str) -> None:
    grow(tmp_path, {OLD[0]: File(), **{f"run/link{number}": Link(text) for number in range(5)}})
    start = time.process_time()

    listing = observe(tmp_path)

    assert time.process_time() - start < 2
    assert sum(entry.kind == "link" for entry in listing.entries) == 5
