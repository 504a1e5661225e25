"""Disks that are mounted below a root."""

from __future__ import annotations

from pathlib import Path

from cli_runner import invoke
from machine import need, seen_at
from migration_trees import STATE, File, Folder, Link, grow

FOLDER = "run/checkpoints"


def test_link_through_mount_in_tree_protects_target(tmp_path: Path) -> None:
    need("root")
    early, late = f"{FOLDER}/epoch-01_step-000001.ckpt", f"{FOLDER}/epoch-02_step-000002.ckpt"
    other = f"{FOLDER}/epoch-00_step-000001.ckpt"
    link = Link(f"../a-mount/checkpoints/{Path(early).name}")
    near = Link(f"checkpoints/{Path(late).name}")
    grow(tmp_path, {early: File(), late: File(), other: File(), "run/best": link, "run/new": near, "a-mount": Folder()})

    with seen_at(tmp_path / "run", tmp_path / "a-mount"):
        result = invoke("prune", tmp_path, "--keep-last", "1", "--apply")

        assert result.exit_code == 0
        assert (tmp_path / "run/best").exists()
        assert not (tmp_path / other).exists()
        assert invoke("undo", tmp_path).exit_code == 0

    assert (tmp_path / other).exists()


def test_mounted_run_is_migrated_once(tmp_path: Path) -> None:
    need("root")
    root, source = tmp_path / "root", tmp_path / "source"
    old, new = "checkpoints/epoch=1-step=1.ckpt", "checkpoints/epoch-01_step-000001.ckpt"
    grow(source, {old: File()})
    grow(root, {"a": Folder(), "b": Folder(), "link": Link(f"b/{old}"), "whole": Link("b")})

    with seen_at(source, root / "a"), seen_at(source, root / "b"):
        result = invoke("migrate", root, "--apply")

        assert (result.exit_code, result.stderr) == (0, "")
        assert (root / "link").readlink() == Path(f"b/{new}")
    assert (source / new).exists()


def test_empty_removes_nothing_of_mounted_disk(tmp_path: Path) -> None:
    need("root")
    root, other = tmp_path / "root", tmp_path / "other"
    early = f"{FOLDER}/epoch-01_step-000001.ckpt"
    grow(root, {f"{early}/shard": File(), f"{early}/cache": Folder(), f"{FOLDER}/epoch-02_step-000002.ckpt": File()})
    grow(other, {"precious": File(b"precious")})
    assert invoke("prune", root, "--keep-last", "1", "--apply").exit_code == 0
    trashed = f"{STATE}/trash/000001/{early}"

    with seen_at(other, root / trashed / "cache"):
        result = invoke("trash", root, "--empty", "--yes")

    assert result.exit_code == 1
    assert f"{trashed}: a disk is mounted at {trashed}/cache; unmount it first" in result.stderr
    assert result.stdout == "0 removed, 0 B\n"
    assert (other / "precious").read_bytes() == b"precious"
    assert (root / trashed / "shard").exists()
    assert invoke("trash", root, "--empty", "--yes").exit_code == 0
