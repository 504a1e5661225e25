"""State directories that cannot be written to, or that a group shares."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli_runner import invoke
from machine import act, immutable, need, small_disk
from migration_trees import STATE, File, grow, manifest

FOLDER = "run/checkpoints"
OLD, NEW = f"{FOLDER}/epoch=1-step=1.ckpt", f"{FOLDER}/epoch-01_step-000001.ckpt"
EARLY, LATE = NEW, f"{FOLDER}/epoch-02_step-000002.ckpt"


@contextmanager
def append_only(path: Path) -> Generator[None]:
    act("chattr", "+a", path)
    try:
        yield
    finally:
        act("chattr", "-a", path)


def test_undo_reports_append_only_directory(tmp_path: Path) -> None:
    need("root", "chattr")
    grow(tmp_path, {OLD: File()})
    assert invoke("migrate", tmp_path, "--apply").exit_code == 0

    with append_only(tmp_path / FOLDER):
        result = invoke("undo", tmp_path)

    assert result.exit_code == 1
    assert f"{NEW}: its directory is append-only; chattr -a lifts that" in result.stderr
    assert (tmp_path / NEW).exists()
    assert invoke("undo", tmp_path).exit_code == 0


def test_immutable_root_is_named(tmp_path: Path) -> None:
    need("root", "chattr")
    grow(tmp_path, {OLD: File()})

    with immutable(tmp_path):
        result = invoke("migrate", tmp_path, "--apply")

    assert result.exit_code == 1
    assert f"its directory is immutable; chattr -i lifts that: '{tmp_path}/{STATE}'" in result.stderr


def test_lock_of_other_kind_is_named(tmp_path: Path) -> None:
    grow(tmp_path, {OLD: File(), f"{STATE}/lock/file": File()})

    result = invoke("migrate", tmp_path, "--apply")

    assert result.exit_code == 1
    assert result.stderr == f"ckpt-scheme: [Errno 21] Is a directory: '{tmp_path}/{STATE}/lock'\n"


def test_full_disk_is_named(tmp_path: Path) -> None:
    need("root")
    with small_disk(tmp_path / "disk", "100k") as root:
        grow(root, {EARLY: File(), LATE: File()})
        assert invoke("prune", root, "--keep-last", "1", "--apply").exit_code == 0
        (root / "full").write_bytes(bytes(os.statvfs(root).f_bavail * os.statvfs(root).f_bsize))
        before = manifest(root)

        result = invoke("undo", root)

        assert result.exit_code == 1
        assert f"No space left on device: '{root}/{STATE}/journal/000002.jsonl'" in result.stderr
        assert manifest(root) == before


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_group_may_write_all_of_state(tmp_path: Path, umask: int) -> None:
    grow(tmp_path, {EARLY: File(), LATE: File()})
    tmp_path.chmod(0o2775)
    before = os.umask(umask)

    try:
        assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0
    finally:
        os.umask(before)

    state = tmp_path / STATE
    trashed = state / "trash/000001" / EARLY
    for path in (state, *state.rglob("*")):
        if path != trashed:
            is_of_root = path.suffix == ".jsonl" and os.geteuid() == 0
            expected = 0o070 if path.is_dir() else 0o040 if is_of_root else 0o060
            assert stat.S_IMODE(path.stat().st_mode) & 0o070 & expected == expected, path
