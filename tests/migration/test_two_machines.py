"""Two machines that share a disk and no locks, simulated by two mounts of one directory."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import attrs
import pytest

from machine import bound, need
from migration_faults import Job, Tree
from migration_trees import STATE, File, Link, difference, manifest
from programs import Done, begin, ckpt, finish, side_by_side, stopped

BUSY: Final = 75
ROUNDS: Final = 8

# Both machines want to rename some of these entries and to discard others.
JOB: Final = Job(
    "migrate",
    ("--apply", "--delete-old"),
    {
        "a/checkpoints/epoch=12-step=100.ckpt": File(),
        "a/checkpoints/epoch=12-step=100.ckpt.md5": File(),
        "a/checkpoints/epoch-03_step-000010.ckpt": File(),
        "a/checkpoints/epoch-04_step-000011.ckpt/weights.bin": File(),
        "a/checkpoints/last.ckpt": Link("epoch=12-step=100.ckpt"),
    },
    {
        "a/checkpoints/epoch=12-step=100.ckpt": "a/checkpoints/epoch-12_step-000100.ckpt",
        "a/checkpoints/epoch=12-step=100.ckpt.md5": "a/checkpoints/epoch-12_step-000100.ckpt.md5",
        "a/checkpoints/epoch-03_step-000010.ckpt": None,
        "a/checkpoints/epoch-04_step-000011.ckpt": None,
    },
    {"a/checkpoints/last.ckpt": "epoch-12_step-000100.ckpt"},
)
MIGRATE: Final = ("migrate", *JOB.options)
UNDO: Final = ("undo",)
PRUNE: Final = ("prune", "--apply", "--keep-last", "1")


@attrs.frozen
class Machines:
    """The tree on the disk, and the two places where it is mounted."""

    tree: Tree
    one: Path
    other: Path

    def check(self, *results: Done) -> None:
        """Check that no content and no operation is lost."""
        for done in results:
            done.check(0, 1, 3, BUSY)
        self.tree.check_contents()
        numbers = [int(line.split()[-1]) for done in results for line in done.stdout.splitlines() if b"undo" in line]
        assert len(set(numbers)) == len(numbers), results
        journals = {int(path.stem) for path in (self.tree.root / STATE / "journal").glob("*.jsonl")}
        assert journals.issuperset(numbers), results
        checked = ckpt("trash", str(self.tree.root), "--check").check(0)
        assert checked.stdout.endswith(b"0 damaged, 0 without a journal\n"), (results, checked)


@contextlib.contextmanager
def machines(folder: Path, *, is_undone: bool = False) -> Generator[Machines]:
    """Mount a tree twice; at the end, check on the disk that all operations can be put back.

    An undo in the midst of an act of the other machine can leave a link that leads to the other name: *is_undone*.
    """
    folder.mkdir()
    tree = Tree.plant(folder / "disk", JOB)
    with bound(tree.root, folder / "one") as one, bound(tree.root, folder / "other") as other:
        yield Machines(tree, one, other)
    operations = [json.loads(line) for line in ckpt("undo", str(tree.root), "--list", "--json").stdout.splitlines()]
    for operation in reversed(operations):
        if operation["action"] != "undo":
            # Two operations may name an entry that one of them has moved.
            ckpt("undo", str(tree.root), str(operation["operation"])).check(0, 3)
            tree.check_contents()
    differs = difference(manifest(tree.root), tree.before)
    assert [line for line in differs if not (is_undone and line.startswith("'a/checkpoints/last.ckpt'"))] == []


def test_mounts_share_no_locks(tmp_path: Path) -> None:
    need("root", "bindfs", "strace")
    with machines(tmp_path / "machines") as both:
        with stopped(*MIGRATE, str(both.one), after="linkat") as first:
            second = ckpt(*MIGRATE, str(both.other))

        assert second.status != BUSY
        both.check(finish(first), second)


@pytest.mark.parametrize("second", [MIGRATE, PRUNE, UNDO], ids=["migrate", "prune", "undo"])
@pytest.mark.parametrize(
    "moment",
    ["fsync:when=3", "fsync:when=4", "linkat:when=1", "unlinkat:when=1", "linkat:when=2", "unlinkat:when=3"],
)
def test_two_machines_lose_nothing(tmp_path: Path, moment: str, second: tuple[str, ...]) -> None:
    need("root", "bindfs", "strace")
    with machines(tmp_path / "machines", is_undone=second == UNDO) as both:
        with stopped(*MIGRATE, str(both.one), after=moment) as first:
            done = ckpt(*second, str(both.other))

        both.check(finish(first), done)


def test_two_machines_at_any_moment_lose_nothing(tmp_path: Path) -> None:
    need("root", "bindfs")
    pairs = ((MIGRATE, PRUNE), (PRUNE, PRUNE), (MIGRATE, MIGRATE), (PRUNE, MIGRATE))

    def work(number: int) -> None:
        with machines(tmp_path / str(number)) as both:
            first, second = pairs[number % len(pairs)]
            processes = begin(*first, str(both.one)), begin(*second, str(both.other))
            both.check(*map(finish, processes))

    side_by_side(work, range(ROUNDS))
    assert len(os.listdir(tmp_path)) == ROUNDS  # noqa: PTH208 - a count
