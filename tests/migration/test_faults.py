"""The migration under faults: killed at any moment, failing system calls, disks that are full, read-only or limited.

Whatever happens, no content is lost and nothing is replaced; and once the fault is gone, one more run gives what one
clean run gives, and undoing all runs gives the first tree. Real faults where a test can make them, and for the rest
``strace``, which kills a process at a system call or lets a call fail.

The environment variable CKPT_SCHEME_KILLS says how many kills at random moments there are. With
CKPT_SCHEME_REQUIRE_FAULTS=1 a test fails where the machine lacks what it needs.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import attrs
import pytest

from cli_trees import start
from migration_trees import (
    LONG_AGO,
    PROGRAM,
    STATE,
    Done,
    File,
    Link,
    Manifest,
    Node,
    Ready,
    act,
    begin,
    bound,
    calls,
    ckpt,
    contents,
    difference,
    finish,
    grow,
    immutable,
    manifest,
    mounted,
    moved,
    need,
    read_only,
    side_by_side,
    small_disk,
)

KILLS: Final = int(os.environ.get("CKPT_SCHEME_KILLS", "18"))
SEED: Final = 20251015
CHANCE: Final = random.Random  # no secrets hang on it

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


def test_a_clean_run_gives_what_it_should(tmp_path: Path) -> None:
    tree = Tree.plant(tmp_path)
    tree.heals()
    tree.goes_back()


# --------------------------------------------------------------------------------------------------------------------
# G05, G06: killed at each system call that changes the disk.

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


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["G05", "G06"])
def test_killed_at_each_call(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    log = tmp_path / "log"
    clean = Tree.plant(tmp_path / "clean")
    clean.migrate(*injections, log=log).check(0)
    assert difference(manifest(clean.root), clean.after) == []

    def check(moment: Moment, ready: Ready) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), ready.ckpt)
        done = tree.migrate(*injections, f"{moment.call}:signal=KILL:when={moment.nth}")
        assert done.status == -signal.SIGKILL, done
        tree.nothing_is_lost()
        tree.heals()
        tree.goes_back()

    all_hold(tmp_path, log, injections, check)


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["G05", "G06"])
def test_undo_killed_at_each_call(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    log = tmp_path / "log"
    clean = Tree.plant(tmp_path / "clean")
    clean.migrate().check(0)
    clean.undo(*injections, log=log).check(0)
    assert difference(manifest(clean.root), clean.before) == []

    def check(moment: Moment, ready: Ready) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), ready.ckpt)
        tree.migrate().check(0)
        done = tree.undo(*injections, f"{moment.call}:signal=KILL:when={moment.nth}")
        assert done.status == -signal.SIGKILL, done
        tree.nothing_is_lost()
        # Whoever comes back finishes the undoing or migrates again; both have to work.
        if moment.nth % 2:
            tree.heals()
        tree.goes_back()

    all_hold(tmp_path, log, injections, check)


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["plain", "fallback"])
def test_one_call_fails(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    log = tmp_path / "log"
    Tree.plant(tmp_path / "clean").migrate(*injections, log=log).check(0)

    def check(moment: Moment, ready: Ready) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), ready.ckpt)
        done = tree.migrate(*injections, f"{moment.call}:error=EIO:when={moment.nth}")
        # What is printed may be lost without a failure of the migration; all else is a failure.
        if moment.call != "write":
            done.check(1)
        assert b"Traceback" not in done.stderr
        tree.nothing_is_lost()
        tree.heals()
        tree.goes_back()

    all_hold(tmp_path, log, injections, check)


# --------------------------------------------------------------------------------------------------------------------
# G01 to G04: killed at random moments.


def a_big_tree(root: Path) -> None:
    nodes: dict[str, Node] = {}
    for run in range(12):
        folder = f"run{run}/checkpoints"
        for epoch in range(4, 24):
            nodes[f"{folder}/epoch={epoch}-step={100 * epoch}.ckpt"] = File()
        nodes[f"{folder}/last.ckpt"] = Link("epoch=23-step=2300.ckpt")
        nodes[f"{folder}/epoch=30-step=3000.ckpt/weights.bin"] = File()
    grow(root, nodes)


@pytest.mark.parametrize(
    ("deadly", "statuses"),
    [
        (signal.SIGKILL, (-signal.SIGKILL, 0)),
        (signal.SIGTERM, (-signal.SIGTERM, 128 + signal.SIGTERM, 130, 0)),
        # All may be done and the interpreter be on its way out; a shell says 130 then, too.
        (signal.SIGINT, (130, 0, -signal.SIGINT)),
    ],
    ids=["G01-G04-KILL", "G02-TERM", "G03-INT"],
)
def test_killed_at_random(tmp_path: Path, deadly: signal.Signals, statuses: Sequence[int]) -> None:
    clean = tmp_path / "clean"
    a_big_tree(clean)
    before, content = manifest(clean), contents(clean)
    ckpt("migrate", str(clean), "--apply", "--delete-old").check(0)
    after = manifest(clean)

    def acting(process: subprocess.Popen[bytes], root: Path) -> None:
        """Wait until a run is at work: the first thing that it makes is the state."""
        while process.poll() is None and not (root / STATE).exists():
            time.sleep(0.0005)

    watched = tmp_path / "watched"
    a_big_tree(watched)
    process = begin("migrate", str(watched), "--apply", "--delete-old")
    acting(process, watched)
    began = time.monotonic()
    finish(process).check(0)
    span = time.monotonic() - began

    def work(number: int) -> bool:
        """Return whether a run was killed half way."""
        chance = CHANCE(SEED + number)
        root = tmp_path / str(number)
        a_big_tree(root)
        process = begin("migrate", str(root), "--apply", "--delete-old")
        acting(process, root)
        if number % 2:
            time.sleep(chance.random() * span)
        else:
            # Most of the time goes by before the first act, so some wait until a run's newest is renamed.
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
                time.sleep(0.2 + chance.random() * 0.3)
                process.send_signal(deadly)
                finish(process)
                assert contents(root) == content
            ckpt("undo", str(root)).check(0)
            if difference(manifest(root), before) == []:
                break
        assert difference(manifest(root), before) == []
        return half_way

    assert any(side_by_side(work, range(-(-KILLS // 3))))


# --------------------------------------------------------------------------------------------------------------------
# H: calls that fail.

ALL: Final = "all"  # done in spite of the fault
NONE: Final = "none"  # nothing but the state is made
SOME: Final = "some"  # what can be done is done


@pytest.mark.parametrize(
    ("injections", "extent"),
    [
        pytest.param(("renameat2:error=EINVAL",), ALL, id="H01"),
        pytest.param(("renameat2:error=EOPNOTSUPP",), ALL, id="H01-EOPNOTSUPP"),
        pytest.param(("renameat2:error=EPERM",), ALL, id="H01-EPERM"),
        pytest.param(
            ("renameat2:error=EINVAL", "linkat:error=EPERM", "link:error=EPERM", "mkdirat:error=EPERM:when=4+"),
            SOME,
            id="H02",
        ),
        pytest.param(("renameat2:error=EINVAL", "linkat:error=EMLINK", "link:error=EMLINK"), SOME, id="H02-EMLINK"),
        pytest.param(("renameat2:error=ENOSYS",), ALL, id="H03"),
        pytest.param(("renameat2:error=EXDEV",), NONE, id="H04"),
        pytest.param(("renameat2:error=EINVAL", "unlinkat:error=EACCES", "unlink:error=EACCES"), SOME, id="H05"),
        pytest.param(("fsync:error=EIO", "fdatasync:error=EIO"), NONE, id="H06"),
        pytest.param(("fsync:error=EIO:when=4+", "fdatasync:error=EIO:when=4+"), SOME, id="H06-later"),
        pytest.param(("renameat2:error=EIO:when=3",), SOME, id="H07"),
        pytest.param(("renameat2:error=EEXIST",), NONE, id="H08-rename"),
        pytest.param(("renameat2:error=EINVAL", "linkat:error=EEXIST", "link:error=EEXIST"), SOME, id="H08"),
        pytest.param(("write:error=ENOSPC", "pwrite64:error=ENOSPC"), NONE, id="H09"),
        pytest.param(("symlinkat:error=EACCES", "symlink:error=EACCES"), SOME, id="links-stay"),
        pytest.param(("renameat2:error=ESTALE:when=2+2",), SOME, id="ESTALE"),
    ],
)
def test_calls_that_fail(tmp_path: Path, injections: tuple[str, ...], extent: str) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    done = tree.migrate(*injections)
    done.check(0 if extent == ALL else 1)
    tree.nothing_is_lost()
    found = manifest(tmp_path)
    if extent != SOME:
        assert difference(found, tree.after if extent == ALL else tree.before) == []
    # What is not where it was is where it belongs, or still has both of its names.
    places = {seen.body: path for path, seen in tree.after.items() if seen.names}
    for path, seen in found.items():
        if seen.names and path not in tree.before:
            assert places[seen.body] == path
    tree.heals()
    tree.goes_back()


@pytest.mark.parametrize(
    "injections",
    [
        pytest.param(("renameat2:error=EINVAL",), id="H01"),
        pytest.param(("renameat2:error=EINVAL", "unlinkat:error=EACCES", "unlink:error=EACCES"), id="H05"),
        pytest.param(("fsync:error=EIO", "fdatasync:error=EIO"), id="H06"),
        pytest.param(("renameat2:error=EIO:when=3",), id="H07"),
        pytest.param(("write:error=ENOSPC", "pwrite64:error=ENOSPC"), id="H09"),
        pytest.param(("renameat2:error=EXDEV",), id="H04"),
    ],
)
def test_undo_heals_too(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    tree.migrate().check(0)
    tree.undo(*injections).check(*((0,) if injections == FALLBACK else (1,)))
    tree.nothing_is_lost()
    tree.goes_back()


def test_several_at_once_on_a_slow_disk(tmp_path: Path) -> None:  # F08
    need("strace")
    tree = Tree.plant(tmp_path)
    slow = ("renameat2:delay_exit=20000", "fsync:delay_enter=20000")
    running = [begin("migrate", str(tmp_path), "--apply", "--delete-old", injections=slow) for _ in range(2)] + [
        begin("migrate", str(tmp_path), "--apply", "--delete-old") for _ in range(2)
    ]
    statuses = [finish(process).check(0, 75).status for process in running]
    assert statuses.count(0) >= 1
    assert 75 in statuses
    assert difference(manifest(tmp_path), tree.after) == []
    tree.goes_back()


def test_undo_waits_for_nobody(tmp_path: Path) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    tree.migrate().check(0)
    other = begin("undo", str(tmp_path), injections=("renameat2:delay_exit=150000",))
    while other.poll() is None and difference(manifest(tmp_path), tree.after) == []:
        time.sleep(0.001)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(75)
    ckpt("undo", str(tmp_path)).check(75)
    finish(other).check(0)
    assert difference(manifest(tmp_path), tree.before) == []


# --------------------------------------------------------------------------------------------------------------------
# Disks as they are.


def test_a_full_disk(tmp_path: Path) -> None:  # H09
    need("root")
    with small_disk(tmp_path / "disk", "1m") as disk:
        tree = Tree.plant(disk / "root")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        with (disk / "output").open("wb") as output:
            done = finish(begin("migrate", str(tree.root), "--apply", "--delete-old", stdout=output.fileno()))
        assert done.status == 1, done
        assert b"Traceback" not in done.stderr
        tree.nothing_is_lost()
        assert difference(manifest(tree.root), tree.before) == []
        filler.unlink()
        tree.heals()
        tree.goes_back()


def test_a_disk_that_fills_up(tmp_path: Path) -> None:  # H09
    need("root")
    # From no room at all for what a run writes down to room for some of it.
    for number, room in enumerate(range(0, 5 * 4096, 4096)):
        with small_disk(tmp_path / str(number), "1m") as disk:
            tree = Tree.plant(disk / "root")
            filler = disk / "filler"
            free = os.statvfs(disk)
            filler.write_bytes(b"x" * max(free.f_bavail * free.f_frsize - room, 0))
            tree.migrate().check(0, 1)
            tree.nothing_is_lost()
            filler.unlink()
            tree.heals()
            tree.goes_back()


def test_a_read_only_disk(tmp_path: Path) -> None:
    need("root")
    tree = Tree.plant(tmp_path / "root")
    with read_only(tree.root):
        ckpt("migrate", str(tree.root)).check(0)
        tree.migrate().check(1)
        assert difference(manifest(tree.root, state=True), tree.before) == []
    tree.heals()
    with read_only(tree.root):
        tree.undo().check(1)
        assert difference(manifest(tree.root), tree.after) == []
    tree.goes_back()


@pytest.mark.parametrize("folder", [".", "a", "a/checkpoints", "b/checkpoints/epoch=15-step=400.ckpt"])
def test_an_immutable_directory(tmp_path: Path, folder: str) -> None:
    need("root", "chattr")
    tree = Tree.plant(tmp_path)
    with immutable(tmp_path / folder):
        # A directory checkpoint that is immutable cannot be moved itself; a run folder need not change at all.
        tree.migrate().check(0 if folder == "a" else 1)
        tree.nothing_is_lost()
        if folder == ".":
            assert difference(manifest(tmp_path, state=True), tree.before) == []
    tree.heals()
    tree.goes_back()


# Root reads everything, unless it gives up the capabilities for it.
MERE_OWNER: Final = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    need("root", "setpriv")
    tree = Tree.plant(tmp_path)
    closed = tmp_path / "a" / "checkpoints"
    closed.chmod(0)
    for flags in (("--json",), ("--apply", "--delete-old")):
        finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), *flags)).check(1)
    found = manifest(tmp_path)
    assert "b/checkpoints/epoch-14_step-000300.ckpt" in found
    assert "a/checkpoints/epoch=12-step=100.ckpt" in found
    tree.nothing_is_lost()
    closed.chmod(0o755)
    tree.heals()
    tree.goes_back()


def test_no_file_of_the_tree_is_opened(tmp_path: Path) -> None:
    need("strace")
    root = tmp_path / "root"
    tree = Tree.plant(root)
    log = tmp_path / "log"
    watch = ("strace", "-f", "-qq", "-y", "-e", "trace=open,openat,openat2,creat", "-o", str(log))
    for command in (("migrate", str(root), "--apply", "--delete-old"), ("undo", str(root))):
        finish(start(*watch, *PROGRAM, *command)).check(0)
        opened = [line for line in log.read_text("utf-8", "replace").splitlines() if str(root) in line]
        assert any(STATE in line for line in opened)
        assert [line for line in opened if STATE not in line and "O_DIRECTORY" not in line] == []
    tree.nothing_is_lost()


# What a rename says that must not replace, from a process of its own as the file system runs in another.
RENAME: Final = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
status = libc.renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 1)
print("done" if status == 0 else errno.errorcode[ctypes.get_errno()])
"""


def renamed(old: Path, new: Path) -> str:
    return finish(start(sys.executable, "-c", RENAME, str(old), str(new))).stdout.decode().strip()


def test_the_disks_lack_what_they_are_to_lack(tmp_path: Path) -> None:
    need("root", "bindfs", "mfusepy")
    source = tmp_path / "source"
    grow(source, ["file", "folder/file"])
    before = manifest(source)
    assert renamed(source / "file", source / "other") == "done"
    assert renamed(source / "other", source / "file") == "done"
    disks: dict[str, AbstractContextManager[Path]] = {
        "bindfs": bound(source, tmp_path / "bindfs"),
        "all": mounted(source, tmp_path / "all"),
        "links": mounted(source, tmp_path / "links", "links"),
        "honesty": mounted(source, tmp_path / "honesty", "honesty"),
        "case": mounted(source, tmp_path / "case", "case"),
    }
    for name, disk in disks.items():
        with disk as mount:
            for item in ("file", "folder"):
                assert renamed(mount / item, mount / "other") == "EINVAL", name
                assert renamed(mount / item, mount / "file") == "EEXIST", name
            assert manifest(mount) == before, name
            assert (mount / "FILE").exists() == (name == "case")
            match name:
                case "links":
                    with pytest.raises(PermissionError):
                        os.link(mount / "file", mount / "second")
                case "honesty":
                    with pytest.raises(OSError, match="Input/output"):
                        os.link(mount / "file", mount / "second")
                    with pytest.raises(OSError, match="Input/output"):
                        (mount / "second").rename(mount / "third")
                    (mount / "third").unlink()
                case _:
                    os.link(mount / "file", mount / "second")
                    (mount / "second").unlink()
        os.utime(source, ns=(LONG_AGO, LONG_AGO))
        assert manifest(source) == before, name
    with immutable(source), pytest.raises(PermissionError):
        (source / "file").rename(source / "other")
    with read_only(source), pytest.raises(OSError, match="Read-only"):
        (source / "file").rename(source / "other")


@pytest.mark.parametrize("lacks", ["bindfs", "", "links", "honesty", "links honesty", "case"])
def test_a_disk_in_user_space(tmp_path: Path, lacks: str) -> None:  # H01, H02, H08
    need("root", "bindfs", "mfusepy")
    source, mount = tmp_path / "source", tmp_path / "mount"
    source.mkdir()
    # Links with an absolute path are made, and followed, below the mount point.
    with mounted(source, mount):
        tree = Tree.plant(mount)
    with bound(source, mount) if lacks == "bindfs" else mounted(source, mount, *lacks.split()):
        done = tree.migrate()
        if lacks in {"bindfs", "", "case"}:
            done.check(0)
        elif lacks == "links":
            done.check(1)
        else:
            # What is done and reported as failed may be found out at once, or be left for the next run.
            done.check(0, 1)
    found = manifest(source)
    assert contents(source) == tree.content
    if lacks in {"bindfs", "", "case"}:
        assert difference(found, tree.after) == []
    if lacks == "links":
        # Only directories can be moved without the danger of replacing something.
        moves = {old: new for old, new in MOVES.items() if new and "=15-" in old}
        texts = {"b/newest": f"{mount}/b/checkpoints/epoch-15_step-000400.ckpt"}
        assert difference(found, moved(tree.before, moves, texts)) == []
    with mounted(source, mount):
        tree.heals()
        tree.goes_back()


def test_names_on_a_disk_without_case(tmp_path: Path) -> None:
    need("root", "mfusepy")
    source = tmp_path / "source"
    names = (
        "Epoch-12_Step-000100.ckpt",
        "epoch=12-step=100.ckpt",
        "EPOCH=13-step=200.ckpt",
        "epoch_14_step_000300.ckpt",
    )
    grow(source, [f"run/checkpoints/{name}" for name in names])
    before, content = manifest(source), contents(source)
    with mounted(source, tmp_path / "mount", "case") as mount:
        ckpt("migrate", str(mount), "--apply").check(3)
        assert contents(source) == content
        new = {f"run/checkpoints/{names[3]}": "run/checkpoints/epoch-14_step-000300.ckpt"}
        assert difference(manifest(source), moved(before, new)) == []
        ckpt("undo", str(mount)).check(0)
    assert difference(manifest(source), before) == []


def test_a_directory_of_a_lower_layer(tmp_path: Path) -> None:  # H04
    need("root")
    lower = Tree.plant(tmp_path / "lower")
    for name in ("upper", "work", "merged"):
        (tmp_path / name).mkdir()
    # An overlay's upper layer cannot be on any disk; a small disk of memory always can.
    layers = tmp_path / "layers"
    with small_disk(layers, "4m"):
        for name in ("upper", "work"):
            (layers / name).mkdir()
        options = f"lowerdir={lower.root},upperdir={layers}/upper,workdir={layers}/work"
        merged = tmp_path / "merged"
        act("mount", "-t", "overlay", "overlay", "-o", options, merged)
        try:
            done = ckpt("migrate", str(merged), "--apply", "--delete-old")
            done.check(1)
            found = manifest(merged)
            # The directories stay, and all else is done.
            assert "b/checkpoints/epoch=15-step=400.ckpt/weights.bin" in found
            assert "a/checkpoints/epoch-12_step-000100.ckpt" in found
            assert contents(merged) == lower.content
            ckpt("undo", str(merged)).check(0)
            assert difference(manifest(merged), lower.before) == []
        finally:
            act("umount", merged)
    lower.heals()
