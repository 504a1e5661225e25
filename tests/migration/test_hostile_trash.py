"""Entries of the trash that no operation discarded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from cli_runner import invoke
from machine import immutable, need
from migration_trees import STATE, File, contents, grow

FOLDER: Final = "run/checkpoints"
EARLY, LATE = f"{FOLDER}/epoch-01_step-000001.ckpt", f"{FOLDER}/epoch-02_step-000002.ckpt"
TRASHED: Final = f"{STATE}/trash/000001/{EARLY}"


def test_empty_keeps_checkpoint_that_was_written_to_in_trash(tmp_path: Path) -> None:
    grow(tmp_path, {EARLY: File(), LATE: File()})
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0
    place = tmp_path / TRASHED
    place.write_bytes(b"the writer on another machine went on")

    result = invoke("trash", tmp_path, "--empty", "--yes")

    assert result.exit_code == 1
    assert f"{TRASHED}: it is not the discarded entry; move it out of the trash by hand" in result.stderr
    assert result.stdout == "0 removed, 0 B\n"
    assert place.read_bytes() == b"the writer on another machine went on"


def test_empty_keeps_file_that_was_in_trash_before(tmp_path: Path) -> None:
    grow(tmp_path, {EARLY: File(), LATE: File(), TRASHED: File(b"theirs")})
    content = contents(tmp_path)
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 1

    assert invoke("trash", tmp_path, "--empty", "--yes").exit_code == 1

    assert contents(tmp_path) == content


@pytest.mark.parametrize("place", ["run", FOLDER])
@pytest.mark.parametrize("kind", ["gone", "link", "file"])
def test_undo_and_check_report_folder_that_is_gone(tmp_path: Path, place: str, kind: str) -> None:
    root = tmp_path / "root"
    grow(root, {EARLY: File(), LATE: File()})
    assert invoke("prune", root, "--keep-last", "1", "--apply").exit_code == 0
    (root / place).rename(tmp_path / "moved")
    if kind == "link":
        (root / place).symlink_to(tmp_path / "moved")
    elif kind == "file":
        (root / place).touch()
    content = contents(tmp_path)

    checked, undone = invoke("trash", root, "--check"), invoke("undo", root)

    assert checked.stdout.startswith("operation=1 undoable=0 left=1\n")
    assert undone.exit_code == 3
    assert undone.stderr == f"ckpt-scheme: {TRASHED}: there is no folder {FOLDER} any more\n"
    assert contents(tmp_path) == content
    (root / place).unlink(missing_ok=True)
    (tmp_path / "moved").rename(root / place)
    assert invoke("undo", root).exit_code == 0
    assert (root / EARLY).exists()


@pytest.mark.parametrize("place", ["", "/journal", "/trash"])
def test_immutable_state_is_named(tmp_path: Path, place: str) -> None:
    need("root", "chattr")
    grow(tmp_path, {EARLY: File(), LATE: File()})
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0

    with immutable(tmp_path / f"{STATE}{place}"):
        result = invoke("undo", tmp_path)

    assert result.exit_code == 1
    assert f"it is immutable; chattr -i lifts that: '{tmp_path}/{STATE}{place}'" in result.stderr
    assert invoke("undo", tmp_path).exit_code == 0
