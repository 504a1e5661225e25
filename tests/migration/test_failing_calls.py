"""The migration with system calls that fail, delayed or watched by ``strace``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

import pytest

from cli_trees import start
from machine import need
from migration_faults import FALLBACK, MIGRATION, NAMING, PRUNING, Job, Moment, Tree, check_each_moment
from migration_trees import STATE, contents, difference, manifest
from programs import CALLS, PROGRAM, begin, ckpt, finish, stopped


def check_failures_of_apply(folder: Path, job: Job, injections: tuple[str, ...], only: Collection[str] = CALLS) -> None:
    log = folder / "log"
    Tree.plant(folder / "clean", job).apply(*injections, log=log).check(0)

    def check(moment: Moment) -> None:
        tree = Tree.plant(folder / str(moment.number), job)
        done = tree.apply(*injections, f"{moment.call}:error=EIO:when={moment.nth}")
        # Lost output is no failure of the operation; every other failed call is a failure.
        if moment.call != "write":
            done.check(1)
        assert b"Traceback" not in done.stderr
        tree.check_contents()
        tree.check_apply()
        tree.check_undo()

    check_each_moment(log, injections, check, only)


@pytest.mark.parametrize("injections", [(), FALLBACK], ids=["plain", "fallback"])
def test_migrate_survives_failure_of_each_call(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    check_failures_of_apply(tmp_path, MIGRATION, injections)


@pytest.mark.parametrize(("injections", "only"), [((), CALLS), (FALLBACK, NAMING)], ids=["plain", "fallback"])
def test_prune_survives_failure_of_each_call(
    tmp_path: Path, injections: tuple[str, ...], only: Collection[str]
) -> None:
    need("strace")
    check_failures_of_apply(tmp_path, PRUNING, injections, only)


@pytest.mark.parametrize(("injections", "only"), [((), CALLS), (FALLBACK, NAMING)], ids=["plain", "fallback"])
def test_undo_survives_failure_of_each_call(tmp_path: Path, injections: tuple[str, ...], only: Collection[str]) -> None:
    need("strace")
    log = tmp_path / "log"
    clean = Tree.plant(tmp_path / "clean", PRUNING)
    clean.apply().check(0)
    clean.undo(*injections, log=log).check(0)

    def check(moment: Moment) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), PRUNING)
        tree.apply().check(0)
        done = tree.undo(*injections, f"{moment.call}:error=EIO:when={moment.nth}")
        done.check(0, 1, 2 if moment.call == "write" else 1)
        tree.check_contents()
        # An empty directory that stays in the trash is no failure.
        if done.status == 0:
            assert difference(manifest(tree.root), tree.before) == []
        tree.check_undo()

    check_each_moment(log, injections, check, only)


def test_empty_survives_failure_of_each_call(tmp_path: Path) -> None:
    need("strace")
    log = tmp_path / "log"
    clean = Tree.plant(tmp_path / "clean", PRUNING)
    clean.apply().check(0)
    clean.empty(log=log).check(0)

    def check(moment: Moment) -> None:
        tree = Tree.plant(tmp_path / str(moment.number), PRUNING)
        tree.apply().check(0)
        done = tree.empty(f"{moment.call}:error=EIO:when={moment.nth}")
        done.check(0, 1, 2 if moment.call == "write" else 1)
        assert difference(manifest(tree.root), tree.after) == []
        # An empty directory that stays in the trash is no failure.
        if done.status == 0:
            assert contents(tree.root / STATE / "trash") == Counter()
        tree.empty().check(0)
        tree.check_emptied()

    check_each_moment(log, (), check)


ALL: Final = "all"  # everything is done in spite of the fault
NONE: Final = "none"  # only the state is made
SOME: Final = "some"  # every possible rename is done


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
def test_migrate_survives_repeated_failures(tmp_path: Path, injections: tuple[str, ...], extent: str) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    done = tree.apply(*injections)
    done.check(0 if extent == ALL else 1)

    tree.check_contents()

    found = manifest(tmp_path)
    if extent != SOME:
        assert difference(found, tree.after if extent == ALL else tree.before) == []

    # Every file has its old name, its new name, or both.
    places = {seen.body: path for path, seen in tree.after.items() if seen.names}
    for path, seen in found.items():
        if seen.names and path not in tree.before:
            assert places[seen.body] == path
    tree.check_apply()
    tree.check_undo()


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
def test_undo_survives_repeated_failures(tmp_path: Path, injections: tuple[str, ...]) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    tree.apply().check(0)

    tree.undo(*injections).check(*((0,) if injections == FALLBACK else (1,)))

    tree.check_contents()
    tree.check_undo()


def test_migrate_is_refused_beside_another_migration(tmp_path: Path) -> None:  # F08
    need("strace")
    tree = Tree.plant(tmp_path)

    with stopped("migrate", str(tmp_path), "--apply", "--delete-old", after="renameat2") as first:
        others = [begin("migrate", str(tmp_path), "--apply", "--delete-old") for _ in range(3)]
        for other in others:
            finish(other).check(75)
    finish(first).check(0)

    assert difference(manifest(tmp_path), tree.after) == []
    tree.check_undo()


def test_undo_holds_lock_while_it_works(tmp_path: Path) -> None:
    need("strace")
    tree = Tree.plant(tmp_path)
    tree.apply().check(0)

    with stopped("undo", str(tmp_path), after="renameat2") as other:
        ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(75)
        ckpt("undo", str(tmp_path)).check(75)
    finish(other).check(0)

    assert difference(manifest(tmp_path), tree.before) == []


def test_migrate_and_undo_open_no_file_of_tree(tmp_path: Path) -> None:
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

    tree.check_contents()
