"""Measure planning and carrying out a migration: ``python benchmarks/migration.py [--quick] [--in DIRECTORY]``.

A wrong plan, a wrong tree, or a preview that takes too much memory fails the run; a time never does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final

import measure

from ckpt_scheme import migration
from ckpt_scheme.migration import Entry, Listing, Plan, Policy

_IN_A_RUN: Final = 40
_OLD_NS: Final = 1_700_000_000 * 10**9
_MOST_BYTES: Final = 250_000_000


def old_names(count: int) -> Iterator[tuple[str, str]]:
    """Yield paths of old names in turn from three formats, each with its new one."""
    forms = (
        "epoch_epoch_{epoch:02d}_step_step_{step:06d}_20251009_015037.ckpt",
        "epoch_{epoch:02d}_step_{step:06d}.ckpt",
        "epoch={epoch}-step={step}.ckpt",
    )
    for place in range(count):
        epoch = place % _IN_A_RUN
        folder = f"run{place // _IN_A_RUN:06d}/checkpoints"
        old = forms[place % len(forms)].format(epoch=epoch, step=epoch * 84)
        yield f"{folder}/{old}", f"{folder}/epoch-{epoch:02d}_step-{epoch * 84:06d}.ckpt"


def planning(counts: list[int], rounds: int) -> list[str]:
    """Print the cost of planning, and return the faults of the plans."""
    wrong: list[str] = []
    before = 0.0
    for count in counts:
        entries = [Entry(path=old, kind="file", size=1, mtime_ns=_OLD_NS) for old, _ in old_names(count)]
        listing = Listing(root="/outputs", entries=entries, now_ns=2 * _OLD_NS)
        seconds: list[float] = []
        plan = None
        for _ in range(rounds):
            start = process_time()
            plan = migration.make_plan(listing, Policy(delete_old=True))
            seconds.append(process_time() - start)
        early = sum(place % _IN_A_RUN < Policy().keep_min_epoch for place in range(count))
        if plan is None or plan.counts() != {"rename": count - early, "discard": early, "keep": 0, "conflict": 0}:
            wrong.append(f"the plan of {count} names")
        took = median(seconds)
        growth = f", {took / before:.2f} times the half" if before else ""
        print(f"plan of {count:>7} names: {took:6.2f} s CPU, {took / count * 1e6:5.1f} us each{growth}")
        before = took
    return wrong


# A process plans for a listing, as a preview does, and prints the number of items and its peak memory in bytes.
_PREVIEW: Final = """
import resource, sys
from ckpt_scheme.migration import make_plan, read_objects
plan = make_plan(read_objects(sys.stdin, now_ns=2 * 1_700_000_000 * 10**9))
print(len(plan.items), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def preview(count: int) -> list[str]:
    """Print the memory that a preview takes, and return its faults."""
    with tempfile.TemporaryFile("w+") as lines:
        lines.writelines(f"2023-11-14 22:13:20 1 outputs/{old}\n" for old, _ in old_names(count))
        lines.seek(0)
        command = [sys.executable, "-c", _PREVIEW]
        done = subprocess.run(command, stdin=lines, capture_output=True, check=True, text=True)  # noqa: S603 - our own
    items, peak = map(int, done.stdout.split())
    print(f"preview of {count} names: {peak / 1e6:.0f} MB at its peak, at most {_MOST_BYTES / 1e6:.0f}")
    return [] if items == count and peak <= _MOST_BYTES else [f"the preview of {count} names"]


def _make_tree(root: Path, count: int) -> None:
    for old, _ in old_names(count):
        path = root / old
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, ns=(_OLD_NS, _OLD_NS))


def _bare_loop(root: Path, count: int) -> None:
    """Rename with `os.rename` alone, with the same flushes: a list first, then each directory, then the end."""
    names = list(old_names(count))
    with (root / "list").open("w") as file:
        file.writelines(json.dumps(pair) + "\n" for pair in names)
        file.flush()
        os.fsync(file.fileno())
    for old, new in names:
        os.rename(root / old, root / new)  # noqa: PTH104 - as in a bare loop
    for folder in {old.rpartition("/")[0] for old, _ in names}:
        handle = os.open(root / folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    with (root / "list").open("a") as file:
        file.write("done\n")
        file.flush()
        os.fsync(file.fileno())


def _tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.glob("*/checkpoints/*")}


def applying(where: Path, count: int, rounds: int) -> list[str]:
    """Print the cost of carrying out a plan beside a bare loop, and return the faults of the trees."""
    wrong: list[str] = []
    ratios: list[float] = []
    alone: list[float] = []
    wanted = {new for _, new in old_names(count)}
    for turn in range(rounds):
        times: dict[str, float] = {}
        for who in ("ours", "bare")[:: 1 if turn % 2 else -1]:
            with tempfile.TemporaryDirectory(dir=where) as name:
                root = Path(name)
                _make_tree(root, count)
                os.sync()
                if who == "bare":
                    start = perf_counter()
                    _bare_loop(root, count)
                    times[who] = perf_counter() - start
                else:
                    listing = migration.observe(root)
                    plan: Plan = migration.make_plan(listing)
                    start = perf_counter()
                    with migration.Session(root) as session:
                        session.apply(plan, listing)
                    times[who] = perf_counter() - start
                if _tree(root) != wanted:
                    wrong.append(f"the tree after {who}")
        ratios.append(times["ours"] / times["bare"])
        alone.append(times["ours"])
    print(
        f"applying a plan of {count} renames: {median(alone) / count * 1e6:.1f} us each, {median(ratios):.2f} times"
        f" a bare loop of os.rename with the same flushes ({min(ratios):.2f} to {max(ratios):.2f} in {rounds} rounds)"
    )
    return wrong


def main() -> int:
    """Measure, and return 1 if there are faults."""
    arguments = measure.disk_arguments(__doc__)
    wrong = planning([1000, 2000] if arguments.quick else [25_000, 50_000, 100_000], 1 if arguments.quick else 3)
    wrong += preview(20_000 if arguments.quick else 1_000_000)
    wrong += applying(arguments.where, 400 if arguments.quick else 10_000, 2 if arguments.quick else 7)
    for what in wrong:
        print(f"WRONG: {what}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
