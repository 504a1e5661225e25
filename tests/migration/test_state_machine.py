"""Random walks: operations that end or are killed, changes by hand, and damaged journals, in any order.

The environment variable CKPT_SCHEME_WALKS sets the number of walks of up to 25 steps; a campaign has 10,000.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

from click.testing import Result
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Policy, Session, apply, make_plan, observe
from cli_runner import invoke
from crashes import killed_at
from migration_trees import LONG_AGO, STATE, Manifest, contents, difference, manifest

# 300 where 50 examples are usual, as in CI; some seven minutes at most.
WALKS: Final = int(os.environ.get("CKPT_SCHEME_WALKS", str(min(6 * settings().max_examples, 3000))))
STEPS_OF_WALK: Final = 25

FOLDERS: Final = ("a/checkpoints", "b/checkpoints")
# Both spellings of a few epochs, so that names collide.
NAMES: Final = tuple(
    template.format(epoch, 10 * epoch)
    for template in ("epoch={}-step={}.ckpt", "epoch_{:02}_step_{:06}.ckpt", "epoch-{:02}_step-{:06}.ckpt")
    for epoch in (1, 2, 3, 11)
)
OTHERS: Final = ("best.ckpt", "notes.txt", "epoch=2-step=20.ckpt.md5", "epoch-03_step-000030.metadata.yaml")
LINKS: Final = ("last.ckpt", "../newest")

folders = st.sampled_from(FOLDERS)
names = st.sampled_from(NAMES)
places = st.builds("{}/{}".format, folders, st.sampled_from(NAMES + OTHERS))
commands = st.sampled_from(
    (
        ("migrate",),
        ("migrate", "--delete-old"),
        ("migrate", "--delete-old", "--keep-last", "1"),
        ("prune", "--keep-last", "1"),
        ("prune", "--keep-min-epoch", "3"),
    )
)
NUMBERS: Final = st.integers(0, 2**16)
# As often late as early.
LINES: Final = st.builds(lambda high, low: 64 * high + low, st.integers(0, 63), st.integers(0, 63))

KINDS: Final = ("flip", "cut", "reverse", "double", "garbage", "empty")


def damaged(whole: bytes, kind: str, chosen: int) -> bytes:
    """Return the text of a journal of a whole operation with damage before its last line."""
    lines = whole.splitlines(keepends=True)
    line = chosen % (len(lines) - 2)  # the last two are a line feed and the end
    match kind:
        case "flip":
            broken = bytearray(whole)
            broken[chosen % len(whole)] ^= 1 << chosen % 8
            return bytes(broken)
        case "cut":
            return whole[: chosen % whole.rindex(b"\n\n")]
        case "reverse":
            lines[line] = lines[line][::-1]
        case "double":
            lines.insert(line, lines[line])
        case "garbage":
            lines.insert(line + 1, b"\0\xff[]\n")
        case _:
            return b""
    return b"".join(lines)


class Walk(RuleBasedStateMachine):
    """A tree, and each content that has to be somewhere below it."""

    def __init__(self) -> None:
        super().__init__()
        # Flushing to a disk takes most of the time otherwise, and no step cuts the power.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a place for `tempfile`
        self.root = Path(tempfile.mkdtemp(dir=memory))
        self.count = 0
        self.content: Counter[bytes] = Counter()
        self.damaged: tuple[Path, bytes] | None = None
        self.is_half_done = False
        # The state after the last change by hand: the inode that each link leads to, and the tree.
        self.targets: dict[str, int] = {}
        self.start: Manifest = {}
        self.operations = 0  # since then, all of them migrate or prune; below 0 if there was another operation
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True)

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # ----------------------------------------------------------------------------------------------------------------
    # Changes by hand.

    @contextlib.contextmanager
    def by_hand(self) -> Generator[None]:
        yield
        self.content = contents(self.root)
        self.targets = {} if self.is_half_done else self.led_to()
        self.start, self.operations = manifest(self.root), -self.is_half_done

    def led_to(self) -> dict[str, int]:
        return {str(path): path.stat().st_ino for path in self.root.rglob("*") if path.is_symlink() and path.exists()}

    def write(self, path: Path) -> None:
        """Replace the content of a file, as trainers do; only this change removes the old content."""
        self.count += 1
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(b"%d" % self.count)
        os.utime(part, ns=(LONG_AGO, LONG_AGO))
        part.replace(path)

    @initialize(chosen=st.sets(places, min_size=3))
    def plant(self, chosen: set[str]) -> None:
        with self.by_hand():
            for place in sorted(chosen):
                self.write(self.root / place)

    @rule(place=places)
    def write_file(self, place: str) -> None:
        if (self.root / place).is_dir():
            return
        with self.by_hand():
            self.write(self.root / place)

    @rule(folder=folders, name=names, parts=st.integers(0, 3))
    def write_directory(self, folder: str, name: str, parts: int) -> None:
        place = self.root / folder / name
        if os.path.lexists(place) and not place.is_dir():
            return
        with self.by_hand():
            place.mkdir(exist_ok=True)
            for number in range(parts):
                self.write(place / f"{number}.bin")
            os.utime(place, ns=(LONG_AGO, LONG_AGO))

    @rule(place=places)
    def remove(self, place: str) -> None:
        path = self.root / place
        with self.by_hand():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    @rule(old=places, new=places)
    def rename(self, old: str, new: str) -> None:
        with self.by_hand(), contextlib.suppress(OSError):
            (self.root / old).rename(self.root / new)

    @rule(folder=folders, link=st.sampled_from(LINKS), name=names, is_absolute=st.booleans())
    def link(self, folder: str, link: str, name: str, is_absolute: bool) -> None:  # noqa: FBT001 - Hypothesis passes it
        place = self.root / folder / link
        relative = name if link == "last.ckpt" else f"checkpoints/{name}"
        with self.by_hand():
            place.unlink(missing_ok=True)
            place.symlink_to(self.root / folder / name if is_absolute else relative)

    @rule(folder=folders, old=names, new=st.sampled_from((*NAMES, "mine.bin")))
    def link_hard(self, folder: str, old: str, new: str) -> None:
        with self.by_hand(), contextlib.suppress(OSError):
            (self.root / folder / new).hardlink_to(self.root / folder / old)

    # ----------------------------------------------------------------------------------------------------------------
    # Damage.

    def journals(self) -> list[Path]:
        return sorted((self.root / STATE).glob("journal/*.jsonl"))

    # The size of a journal differs between walks of the same choices, so the choices are taken modulo the size.
    @rule(kind=st.sampled_from(KINDS), journal=NUMBERS, chosen=NUMBERS)
    def damage_or_repair(self, kind: str, journal: int, chosen: int) -> None:
        if self.damaged is not None:
            self.repair()
            return
        journals = self.journals()
        path = journals[journal % len(journals)] if journals else None
        whole = b"" if path is None else path.read_bytes()
        if path is None or b"\n\n" not in whole:
            return  # without its end, a cut journal may be that of an operation that was stopped
        path.write_bytes(damaged(whole, kind, chosen))
        self.damaged = path, whole
        self.operations = -1
        for command in (("trash", "--check"), ("undo", "--list"), ("trash",)):
            assert self.invoke(*command).stderr

    def repair(self) -> None:
        assert self.damaged is not None
        path, whole = self.damaged
        path.write_bytes(whole)
        self.damaged = None
        # An operation that ended with the damage may have been stopped before, as the journal shows again.
        self.is_half_done = True
        self.targets = {}

    # ----------------------------------------------------------------------------------------------------------------
    # Operations.

    def invoke(self, command: str, *arguments: str) -> Result:
        result = invoke(command, self.root, *arguments)
        assert result.exit_code in {0, 1, 3}, result
        if self.damaged is not None:
            assert result.exit_code == 1
        if result.exit_code in {1, 3}:
            assert result.stderr or command == "migrate"
        return result

    def ended(self, result: Result, *, is_forward: bool) -> None:
        """Compare the report of a whole operation with the disk."""
        if self.damaged is not None:
            return
        report: dict[str, Any] = json.loads(result.stdout)
        assert bool(report["failed"]) == (result.exit_code == 1), result.stdout
        for old, new in report["done"]:
            assert os.path.lexists(self.root / new), result.stdout
            assert not os.path.lexists(self.root / old), result.stdout
        found = self.led_to()
        for path, inode in self.targets.items():
            assert found.get(path) == inode, (path, result.stdout)
        self.is_half_done = bool(report["failed"])
        if self.operations >= 0:
            self.operations = self.operations + 1 if is_forward else -1

    @rule(command=commands)
    def operate(self, command: tuple[str, ...]) -> None:
        self.ended(self.invoke(*command, "--apply", "--json"), is_forward=True)

    @rule()
    def preview(self) -> None:
        before = manifest(self.root, state=True, times=True)

        self.invoke("migrate", "--delete-old")
        self.invoke("trash", "--check")

        assert difference(manifest(self.root, state=True, times=True), before) == []

    @rule()
    def undo(self) -> None:
        self.ended(self.invoke("undo", "--json"), is_forward=False)

    @rule(journal=NUMBERS)
    def undo_numbered(self, journal: int) -> None:
        journals = self.journals()
        if journals:
            number = int(journals[journal % len(journals)].stem)
            self.ended(self.invoke("undo", str(number), "--json"), is_forward=False)

    @rule()
    def undo_all(self) -> None:
        """Put back all operations since the last change by hand, which gives the tree that it left."""
        if self.operations < 1 or self.damaged is not None or self.is_half_done:
            return
        for _ in range(self.operations):
            if difference(manifest(self.root), self.start) == []:
                break
            assert self.invoke("undo").exit_code == 0
        assert difference(manifest(self.root), self.start) == []
        self.operations = -1

    def survive(self, line: int, work: Callable[[], object]) -> None:
        if not (killed_at(line, work) or self.damaged):
            self.operations = -1  # it may have done nothing
        self.is_half_done = True

    @rule(command=commands, line=LINES)
    def kill_operation(self, command: tuple[str, ...], line: int) -> None:
        self.survive(line, lambda: self.invoke(*command, "--apply"))
        self.operations = -1

    @rule(line=LINES)
    def kill_undo(self, line: int) -> None:
        self.survive(line, lambda: self.invoke("undo"))
        self.operations = -1

    @rule(place=places, is_undo=st.booleans())
    def save_during_operation(self, place: str, is_undo: bool) -> None:  # noqa: FBT001 - Hypothesis passes it
        """A trainer writes a checkpoint while an operation is at work."""
        path = self.root / place

        def save(*_: int) -> None:
            if not os.path.lexists(path):
                self.write(path)
                self.content[path.read_bytes()] += 1

        with contextlib.suppress(OperationError):
            if is_undo:
                with Session(self.root) as session:
                    session.undo(progress=save)
            else:
                apply(make_plan(observe(self.root), Policy(delete_old=True, keep_last=1)), save)
        self.operations, self.targets, self.is_half_done = -1, {}, True

    @rule(is_killed=st.booleans(), line=LINES)
    def empty_trash(self, is_killed: bool, line: int) -> None:  # noqa: FBT001 - Hypothesis passes it
        trash = self.root / STATE / "trash"
        kept = contents(self.root) - contents(trash) if trash.exists() else self.content
        if is_killed:
            killed_at(line, lambda: self.invoke("trash", "--empty", "--yes"))
        else:
            self.invoke("trash", "--empty", "--yes")

        found = contents(self.root)

        # Entries outside of the trash stay, and entries in the trash go or stay.
        assert kept <= found <= self.content
        self.content = found
        self.operations = -1

    @invariant()
    def nothing_is_lost(self) -> None:
        assert contents(self.root) == self.content


Walk.TestCase.settings = settings(max_examples=WALKS, stateful_step_count=STEPS_OF_WALK)
TestWalk = Walk.TestCase
