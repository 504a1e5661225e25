"""A tree for tests under faults, with the checks that must hold after each fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from migration_trees import STATE, File, Link, Manifest, Node, contents, difference, grow, manifest, moved
from programs import CALLS, Done, calls, ckpt, side_by_side

# Files, directories, a sidecar, links of each form, and early checkpoints.
TREE: Final[dict[str, Node]] = {
    "a/checkpoints/epoch=12-step=100.ckpt": File(),
    "a/checkpoints/epoch=12-step=100.ckpt.metadata.yaml": File(),
    "a/checkpoints/epoch_13_step_000200.ckpt": File(),
    "a/checkpoints/epoch=3-step=10.ckpt": File(),
    "a/checkpoints/epoch-04_step-000011.ckpt": File(),
    "a/checkpoints/epoch-22_step-001932.ckpt": File(),
    "a/checkpoints/last.ckpt": Link("epoch=12-step=100.ckpt"),
    "b/checkpoints/epoch_epoch_14_step_step_000300_20251009_015037.ckpt": File(),
    "b/checkpoints/epoch_02_step_000020.ckpt": File(),
    "b/checkpoints/epoch=15-step=400.ckpt/weights.bin": File(),
    "b/checkpoints/epoch=15-step=400.ckpt/optim/0.bin": File(),
    "b/checkpoints/epoch=5-step=50.ckpt/weights.bin": File(),
    "b/checkpoints/epoch=16-step=500.ckpt": File(b""),
    "b/checkpoints/best.ckpt": Link("../../a/checkpoints/epoch=12-step=100.ckpt"),
    "b/newest": Link("BASE/b/checkpoints/epoch=15-step=400.ckpt"),
    "b/checkpoints/notes.txt": File(),
}

MOVES: Final[dict[str, str | None]] = {
    "a/checkpoints/epoch=12-step=100.ckpt": "a/checkpoints/epoch-12_step-000100.ckpt",
    "a/checkpoints/epoch=12-step=100.ckpt.metadata.yaml": "a/checkpoints/epoch-12_step-000100.ckpt.metadata.yaml",
    "a/checkpoints/epoch_13_step_000200.ckpt": "a/checkpoints/epoch-13_step-000200.ckpt",
    "a/checkpoints/epoch=3-step=10.ckpt": None,
    "a/checkpoints/epoch-04_step-000011.ckpt": None,
    "b/checkpoints/epoch_epoch_14_step_step_000300_20251009_015037.ckpt": "b/checkpoints/epoch-14_step-000300.ckpt",
    "b/checkpoints/epoch_02_step_000020.ckpt": None,
    "b/checkpoints/epoch=15-step=400.ckpt": "b/checkpoints/epoch-15_step-000400.ckpt",
    "b/checkpoints/epoch=5-step=50.ckpt": None,
    "b/checkpoints/epoch=16-step=500.ckpt": "b/checkpoints/epoch-16_step-000500.ckpt",
}

TEXTS: Final = {
    "a/checkpoints/last.ckpt": "epoch-12_step-000100.ckpt",
    "b/checkpoints/best.ckpt": "../../a/checkpoints/epoch-12_step-000100.ckpt",
    "b/newest": "BASE/b/checkpoints/epoch-15_step-000400.ckpt",
}


@attrs.frozen
class Job:
    """A command, the tree that it works on, and its moves as in `migration_trees.moved`."""

    command: str
    options: tuple[str, ...]
    nodes: Mapping[str, Node]
    moves: Mapping[str, str | None]
    texts: Mapping[str, str]


MIGRATION: Final = Job("migrate", ("--apply", "--delete-old"), TREE, MOVES, TEXTS)

# The same kinds of entries, in fewer acts, for each act is a command that is killed.
PRUNING: Final = Job(
    "prune",
    ("--apply", "--keep-last", "1"),
    {
        "a/checkpoints/epoch-03_step-000010.ckpt": File(),
        "a/checkpoints/epoch-03_step-000010.ckpt.metadata.yaml": File(),
        "a/checkpoints/epoch-04_step-000011.ckpt/weights.bin": File(),
        "a/checkpoints/epoch-05_step-000012.ckpt": File(),
        "a/checkpoints/epoch-06_step-000013.ckpt": File(),
        "a/checkpoints/last.ckpt": Link("epoch-05_step-000012.ckpt"),
    },
    {
        "a/checkpoints/epoch-03_step-000010.ckpt": None,
        "a/checkpoints/epoch-03_step-000010.ckpt.metadata.yaml": None,
        "a/checkpoints/epoch-04_step-000011.ckpt": None,
    },
    {},
)


@attrs.frozen
class Tree:
    """A tree before a job, and as that job leaves it without faults."""

    job: Job
    root: Path
    before: Manifest
    after: Manifest
    content: Counter[bytes]

    @staticmethod
    def plant(root: Path, job: Job = MIGRATION) -> Tree:
        root.mkdir(exist_ok=True)
        grow(root, job.nodes)
        texts = {path: text.replace("BASE", str(root)) for path, text in job.texts.items()}
        before = manifest(root)
        return Tree(job, root, before, moved(before, job.moves, texts), contents(root))

    def apply(self, *injections: str, log: Path | None = None) -> Done:
        return ckpt(self.job.command, str(self.root), *self.job.options, injections=injections, log=log)

    def undo(self, *injections: str, log: Path | None = None) -> Done:
        return ckpt("undo", str(self.root), injections=injections, log=log)

    def empty(self, *injections: str, log: Path | None = None) -> Done:
        return ckpt("trash", str(self.root), "--empty", "--yes", injections=injections, log=log)

    def check_emptied(self) -> None:
        """Check that the trash is empty, and that no other file is gone."""
        assert difference(manifest(self.root), self.after) == []
        assert not (self.root / STATE / "trash").exists()

    def check_contents(self) -> None:
        assert contents(self.root) == self.content

    def check_apply(self) -> None:
        """Check that the same command, without the fault, gives the result of a clean one."""
        self.apply().check(0)
        self.check_contents()
        assert difference(manifest(self.root), self.after) == []

    def check_undo(self) -> None:
        """Check that undoing every operation gives the first tree."""
        for _ in list((self.root / STATE / "journal").iterdir()):
            self.undo().check(0)
            self.check_contents()
            if difference(manifest(self.root), self.before) == []:
                return
        assert difference(manifest(self.root), self.before) == []


# The answer of a file system without exclusive renames.
FALLBACK: Final = ("renameat2:error=EINVAL",)


@attrs.frozen
class Moment:
    """The n-th call of a system call."""

    number: int
    call: str
    nth: int


NAMING: Final = frozenset(("link", "linkat", "unlink", "unlinkat", "rename", "renameat", "mkdir", "mkdirat", "rmdir"))
"""The calls that change names without `renameat2`."""


def check_each_moment(
    log: Path, injections: Iterable[str], check: Callable[[Moment], None], only: Collection[str] = CALLS
) -> None:
    """Do *check* at each moment of *log*, and fail with all those at which it fails.

    Args:
        log: The calls of an operation without faults.
        injections: The faults of every check. A call takes one injection, so their calls are left out.
        check: A check that asserts.
        only: The calls that count.
    """
    counted = calls(log)
    for injection in injections:
        del counted[injection.partition(":")[0]]
    found = [(call, nth) for call, count in counted.items() for nth in range(1, count + 1) if call in only]
    assert len(found) > 1

    def failure(moment: Moment) -> str | None:
        try:
            check(moment)
        except AssertionError as error:
            return f"{moment}: {error}"[:1000]
        return None

    moments = [Moment(number, call, nth) for number, (call, nth) in enumerate(found)]
    failures = list(filter(None, side_by_side(failure, moments)))
    assert not failures, "\n\n".join([f"{len(failures)} of {len(found)}", *failures])
