"""The migration on disks that are full, read-only, limited or layered."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from cli_trees import start
from machine import act, bound, immutable, mounted, need, read_only, small_disk, unmount
from migration_faults import Tree
from migration_trees import LONG_AGO, contents, difference, grow, manifest, moved
from programs import PROGRAM, begin, ckpt, finish


def test_migrate_changes_nothing_on_full_disk(tmp_path: Path) -> None:  # H09
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
        tree.check_contents()
        assert difference(manifest(tree.root), tree.before) == []

        filler.unlink()

        tree.check_apply()
        tree.check_undo()


def test_migrate_survives_disk_that_fills_up(tmp_path: Path) -> None:  # H09
    need("root")

    # The room goes from none to enough for a part of the journal.
    for number, room in enumerate(range(0, 5 * 4096, 4096)):
        with small_disk(tmp_path / str(number), "1m") as disk:
            tree = Tree.plant(disk / "root")
            filler = disk / "filler"
            free = os.statvfs(disk)
            filler.write_bytes(b"x" * max(free.f_bavail * free.f_frsize - room, 0))

            tree.apply().check(0, 1)

            tree.check_contents()

            filler.unlink()

            tree.check_apply()
            tree.check_undo()


def test_migrate_and_undo_refuse_read_only_disk(tmp_path: Path) -> None:
    need("root")
    tree = Tree.plant(tmp_path / "root")

    with read_only(tree.root):
        ckpt("migrate", str(tree.root)).check(0)

        tree.apply().check(1)

        assert difference(manifest(tree.root, state=True), tree.before) == []

    tree.check_apply()

    with read_only(tree.root):
        tree.undo().check(1)
        assert difference(manifest(tree.root), tree.after) == []

    tree.check_undo()


@pytest.mark.parametrize("folder", [".", "a", "a/checkpoints", "b/checkpoints/epoch=15-step=400.ckpt"])
def test_migrate_survives_immutable_directory(tmp_path: Path, folder: str) -> None:
    need("root", "chattr")
    tree = Tree.plant(tmp_path)

    with immutable(tmp_path / folder):
        # An immutable directory checkpoint cannot be renamed. A run folder does not need to change.
        tree.apply().check(0 if folder == "a" else 1)

        tree.check_contents()
        if folder == ".":
            assert difference(manifest(tmp_path, state=True), tree.before) == []

    tree.check_apply()
    tree.check_undo()


# Root reads everything unless it drops these capabilities.
MERE_OWNER: Final = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_migrate_continues_beside_unreadable_directory(tmp_path: Path) -> None:
    need("root", "setpriv")
    tree = Tree.plant(tmp_path)
    closed = tmp_path / "a" / "checkpoints"
    closed.chmod(0)
    for flags in (("--json",), ("--apply", "--delete-old")):
        finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), *flags)).check(1)
    found = manifest(tmp_path)

    assert "b/checkpoints/epoch-14_step-000300.ckpt" in found
    assert "a/checkpoints/epoch=12-step=100.ckpt" in found
    tree.check_contents()

    closed.chmod(0o755)

    tree.check_apply()
    tree.check_undo()


# An exclusive rename in a process of its own, because another process is the file system.
RENAME: Final = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
status = libc.renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 1)
print("done" if status == 0 else errno.errorcode[ctypes.get_errno()])
"""


def renamed(old: Path, new: Path) -> str:
    return finish(start(sys.executable, "-c", RENAME, str(old), str(new))).stdout.decode().strip()


def test_simulated_disks_lack_their_features(tmp_path: Path) -> None:
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
def test_migrate_works_or_refuses_on_fuse_disk(tmp_path: Path, lacks: str) -> None:  # H01, H02, H08
    need("root", "bindfs", "mfusepy")
    source, mount = tmp_path / "source", tmp_path / "mount"
    source.mkdir()
    # Absolute links are made and followed below the mount point.
    with mounted(source, mount):
        tree = Tree.plant(mount)

    with bound(source, mount) if lacks == "bindfs" else mounted(source, mount, *lacks.split()):
        done = tree.apply()
        if lacks in {"bindfs", "", "case"}:
            done.check(0)
        elif lacks == "links":
            done.check(1)
        else:
            # A call that succeeds with an error is recognized at once or by the next operation.
            done.check(0, 1)
    found = manifest(source)

    assert contents(source) == tree.content
    if lacks in {"bindfs", "", "case"}:
        assert difference(found, tree.after) == []

    if lacks == "links":
        # Not even the journal can get its name without the risk of replacing an entry.
        assert difference(found, tree.before) == []

    with mounted(source, mount):
        tree.check_apply()
        tree.check_undo()


def test_case_insensitive_disk_makes_conflicts(tmp_path: Path) -> None:
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


def test_migrate_keeps_directory_of_lower_overlay_layer(tmp_path: Path) -> None:  # H04
    need("root")
    lower = Tree.plant(tmp_path / "lower")
    for name in ("upper", "work", "merged"):
        (tmp_path / name).mkdir()
    # Not every disk can hold the upper layer of an overlay; a small disk in memory can.
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

            # The directories stay, and everything else is done.
            assert "b/checkpoints/epoch=15-step=400.ckpt/weights.bin" in found
            assert "a/checkpoints/epoch-12_step-000100.ckpt" in found
            assert contents(merged) == lower.content

            ckpt("undo", str(merged)).check(0)

            assert difference(manifest(merged), lower.before) == []
        finally:
            unmount(merged)

    lower.check_apply()
