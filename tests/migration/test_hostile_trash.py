"""Entries of the trash that are not what an operation discarded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cli_runner import invoke
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
    assert f"{TRASHED}: it is not what was discarded; move it out of the trash by hand" in result.stderr
    assert result.stdout == "0 removed, 0 B\n"
    assert place.read_bytes() == b"the writer on another machine went on"


def test_empty_keeps_file_that_was_in_trash_before(tmp_path: Path) -> None:
    grow(tmp_path, {EARLY: File(), LATE: File(), TRASHED: File(b"theirs")})
    content = contents(tmp_path)
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 1

    assert invoke("trash", tmp_path, "--empty", "--yes").exit_code == 1

    assert contents(tmp_path) == content
