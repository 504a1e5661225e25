"""`migrate`, `prune`, `undo` and `trash --empty` killed at each system call, and some of them at random moments.

After each kill, no content is lost and nothing is replaced. The same command, run again, gives the result of a clean
run, and undoing every operation gives the first tree. The environment variable CKPT_SCHEME_KILLS sets the number of
kills at random moments.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import pytest

from machine import need
from migration_faults import FALLBACK, MIGRATION, NAMING, PRUNING, Job, Moment, Tree, check_each_moment
from migration_trees import STATE, File, Link, Node, contents, difference, grow, manifest
from programs import CALLS, Process, begin, ckpt, finish, side_by_side

KILLS: Final = int(os.environ.get("CKPT_SCHEME_KILLS", "18"))
SEED: Final = 20251015
CHANCE: Final = random.Random  # no secret depends on it


def test_migrate_and_undo_without_fault(tmp_path: Path) -> None:
    tree = Tree.plant(tmp_path)

    tree.check_apply()
    tree.check_undo()


def check_kills_of_apply(folder: Path, job: Job, injections: tuple[str, ...], only: Collection[str] = CALLS) -> None:
    log = folder / "log"
    clean = Tree.plant(folder / "clean", job)

    clean.apply(*injections, log=log).check(0)

    assert difference(manifest(clean.root), clean.after) == []

    def check(moment: Moment) -> None:
        tree = Tree.plant(folder / str(moment.number), job)
        done = tree.apply(*injections, f"{moment.call}:signal=KILL:when={moment.nth}")
        assert done.status == -signal.SIGKILL, done
        tree.check_contents()
        tree.check_apply()
        tree.check_undo()

    check_each_moment(log, injections, check, only)


def check_kills_of_undo(folder: Path, job: Job, injections: tuple[str, ...], only: Collection[str] = CALLS) -> None:
    log = folder / "log"
    clean = Tree.plant(folder / "clean", job)
    clean.apply().check(0)

    clean.undo(*injections, log=log).check(0)

    assert difference(manifest(clean.root), clean.before) == []

    def check(moment: Moment) -> None:
        tree = Tree.plant(folder / str(moment.number), job)
        tree.apply().check(0)
        done = tree.undo(*injections, f"{moment.call}:signal=KILL:when={moment.nth}")
        assert done.status == -signal.SIGKILL, done
        tree.check_contents()
        # A user finishes the undo or applies again; both have to work.
        if moment.nth % 2:
            tree.check_apply()
        tree.check_undo()

    check_each_moment(log, injections, check, only)


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["G05", "G06"])
def test_migrate_survives_kill_at_each_call(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    check_kills_of_apply(tmp_path, MIGRATION, injections)


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["G05", "G06"])
def test_undo_survives_kill_at_each_call(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    check_kills_of_undo(tmp_path, MIGRATION, injections)


@pytest.mark.parametrize(("injections", "only"), [((), CALLS), (FALLBACK, NAMING)], ids=["plain", "fallback"])
def test_prune_survives_kill_at_each_call(tmp_path: Path, injections: tuple[str, ...], only: Collection[str]) -> None:
    need("strace")
    check_kills_of_apply(tmp_path, PRUNING, injections, only)


@pytest.mark.parametrize(("injections", "only"), [((), CALLS), (FALLBACK, NAMING)], ids=["plain", "fallback"])
def test_undo_of_prune_survives_kill_at_each_call(
    tmp_path: Path, injections: tuple[str, ...], only: Collection[str]
) -> None:
    need("strace")
    check_kills_of_undo(tmp_path, PRUNING, injections, only)


def test_empty_survives_kill_at_each_call(tmp_path: Path) -> None:
    need("strace")
    log = tmp_path / "log"
    clean = Tree.plant(tmp_path / "clean", PRUNING)
    clean.apply().check(0)

    clean.empty(log=log).check(0)

    clean.check_emptied()

    def check(moment: Moment) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), PRUNING)
        tree.apply().check(0)
        done = tree.empty(f"{moment.call}:signal=KILL:when={moment.nth}")
        assert done.status == -signal.SIGKILL, done
        assert difference(manifest(tree.root), tree.after) == []
        tree.empty().check(0)
        tree.check_emptied()

    check_each_moment(log, (), check)


def grow_big_tree(root: Path) -> None:
    nodes: dict[str, Node] = {}
    for run in range(12):
        folder = f"run{run}/checkpoints"
        for epoch in range(4, 24):
            nodes[f"{folder}/epoch={epoch}-step={100 * epoch}.ckpt"] = File()
        nodes[f"{folder}/last.ckpt"] = Link("epoch=23-step=2300.ckpt")
        nodes[f"{folder}/epoch=30-step=3000.ckpt/weights.bin"] = File()
    grow(root, nodes)


def await_state(process: Process, root: Path) -> None:
    """Wait until an operation makes the state, its first change of the disk."""
    while process.poll() is None and not (root / STATE).exists():
        time.sleep(0.0005)


@pytest.mark.parametrize(
    ("deadly", "statuses"),
    [
        (signal.SIGKILL, (-signal.SIGKILL, 0)),
        (signal.SIGTERM, (-signal.SIGTERM, 128 + signal.SIGTERM, 130, 0)),
        # The signal may come after the last rename, while the interpreter ends.
        (signal.SIGINT, (130, 0, -signal.SIGINT)),
    ],
    ids=["G01-G04-KILL", "G02-TERM", "G03-INT"],
)
def test_migrate_and_undo_survive_signals_at_random_moments(
    tmp_path: Path, deadly: signal.Signals, statuses: Sequence[int]
) -> None:
    clean = tmp_path / "clean"
    grow_big_tree(clean)
    before, content = manifest(clean), contents(clean)
    ckpt("migrate", str(clean), "--apply", "--delete-old").check(0)
    after = manifest(clean)

    watched = tmp_path / "watched"
    grow_big_tree(watched)
    process = begin("migrate", str(watched), "--apply", "--delete-old")
    await_state(process, watched)
    began = time.monotonic()
    finish(process).check(0)
    span = time.monotonic() - began

    def work(number: int) -> bool:
        """Return whether the migration was killed half way."""
        chance = CHANCE(SEED + number)
        root = tmp_path / str(number)
        grow_big_tree(root)
        process = begin("migrate", str(root), "--apply", "--delete-old")
        await_state(process, root)
        if number % 2:
            time.sleep(chance.random() * span)
        else:
            # Most of the time passes before the first rename, so half of them wait for a rename.
            renamed_one = root / f"run{chance.randrange(12)}" / "checkpoints" / "epoch-23_step-002300.ckpt"
            while process.poll() is None and not renamed_one.exists():
                time.sleep(0.0002)
        process.send_signal(deadly)
        done = finish(process)
        assert done.status in statuses, done
        assert b"Traceback" not in done.stderr, done
        assert contents(root) == content
        half_way = manifest(root) not in (before, after)
        ckpt("migrate", str(root), "--apply", "--delete-old").check(0)
        assert contents(root) == content
        assert difference(manifest(root), after) == []
        for _ in list((root / STATE / "journal").iterdir()):
            if number % 2:
                process = begin("undo", str(root))
                time.sleep(chance.random() * span)
                process.send_signal(deadly)
                finish(process)
                assert contents(root) == content
            ckpt("undo", str(root)).check(0)
            if difference(manifest(root), before) == []:
                break
        assert difference(manifest(root), before) == []
        return half_way

    half_way = side_by_side(work, range(-(-KILLS // 3)))
    # On a busy machine, all of these may come too early or too late.
    while not any(half_way):
        half_way.append(work(len(half_way)))
