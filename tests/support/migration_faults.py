"""A tree for tests under faults, with the checks that must hold after each fault."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import attrs

from migration_trees import (
    STATE,
    Done,
    File,
    Link,
    Manifest,
    Node,
    Ready,
    calls,
    ckpt,
    contents,
    difference,
    grow,
    manifest,
    moved,
    side_by_side,
)

# Twelve checkpoints and what belongs to them: files, directories, a sidecar, links of each form, and discards.
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


@attrs.frozen
class Tree:
    """A tree as it was first, and as one clean run leaves it."""

    root: Path
    before: Manifest
    after: Manifest
    content: Counter[bytes]
    run: Callable[..., Done]

    @staticmethod
    def plant(root: Path, run: Callable[..., Done] = ckpt) -> Tree:
        root.mkdir(exist_ok=True)
        grow(root, TREE)
        texts = {
            "a/checkpoints/last.ckpt": "epoch-12_step-000100.ckpt",
            "b/checkpoints/best.ckpt": "../../a/checkpoints/epoch-12_step-000100.ckpt",
            "b/newest": f"{root}/b/checkpoints/epoch-15_step-000400.ckpt",
        }
        before = manifest(root)
        return Tree(root, before, moved(before, MOVES, texts), contents(root), run)

    def migrate(self, *injections: str, log: Path | None = None) -> Done:
        return self.run("migrate", str(self.root), "--apply", "--delete-old", injections=injections, log=log)

    def undo(self, *injections: str, log: Path | None = None) -> Done:
        return self.run("undo", str(self.root), injections=injections, log=log)

    def nothing_is_lost(self) -> None:
        assert contents(self.root) == self.content

    def heals(self) -> None:
        """Without the fault, one more run gives what one clean run gives."""
        self.migrate().check(0)
        self.nothing_is_lost()
        assert difference(manifest(self.root), self.after) == []

    def goes_back(self) -> None:
        """Undoing all that was ever done gives the first tree."""
        for _ in list((self.root / STATE / "journal").iterdir()):
            self.undo().check(0)
            self.nothing_is_lost()
            if difference(manifest(self.root), self.before) == []:
                return
        assert difference(manifest(self.root), self.before) == []


# What a file system answers that cannot rename without replacing.
FALLBACK: Final = ("renameat2:error=EINVAL",)


@attrs.frozen
class Moment:
    """The n-th call of a system call."""

    number: int
    call: str
    nth: int


def all_hold(folder: Path, log: Path, injections: Iterable[str], check: Callable[[Moment, Ready], None]) -> None:
    """Do *check* at each moment of *log*, and fail with all those at which it does not hold.

    Args:
        folder: Where there is room for what is needed.
        log: Of a clean run.
        injections: What happens in any case; a call has one injection, so the calls of these are left out.
        check: Is given a moment and what runs commands.
    """
    counted = calls(log)
    for injection in injections:
        del counted[injection.partition(":")[0]]
    found = [(call, nth) for call, count in counted.items() for nth in range(1, count + 1)]
    assert len(found) > len(MOVES)

    def failure(moment: Moment) -> str | None:
        ready = free.get()
        try:
            check(moment, ready)
        except AssertionError as error:
            return f"{moment}: {error}"[:1000]
        finally:
            free.put(ready)
        return None

    free: SimpleQueue[Ready] = SimpleQueue()
    with ExitStack() as stack:
        for number in range(os.cpu_count() or 1):
            free.put(stack.enter_context(Ready(folder / f"ready{number}")))
        all_moments = [Moment(number, call, nth) for number, (call, nth) in enumerate(found)]
        failures = list(filter(None, side_by_side(failure, all_moments)))
    assert not failures, "\n\n".join([f"{len(failures)} of {len(found)}", *failures])
