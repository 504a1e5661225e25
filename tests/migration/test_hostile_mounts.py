"""Disks that are mounted below a root."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli_runner import invoke
from machine import act, need, unmount
from migration_trees import STATE, File, Folder, grow

FOLDER = "run/checkpoints"


@contextmanager
def seen_at(source: Path, place: Path) -> Generator[None]:
    act("mount", "--bind", source, place)
    try:
        yield
    finally:
        unmount(place)


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
