"""``ckpt-scheme trash`` of a damaged state directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_runner import invoke
from migration_trees import STATE, File, grow

FOLDER = "run/checkpoints"
NAMES = ("epoch-01_step-000001.ckpt", "epoch-02_step-000002.ckpt", "epoch-03_step-000003.ckpt")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    grow(tmp_path, {f"{FOLDER}/{name}": File() for name in NAMES})
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0
    return tmp_path


def test_trash_reports_damaged_journal(root: Path) -> None:
    journal = root / STATE / "journal/000001.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0], "garbage\n", *lines[2:]]))

    result = invoke("trash", root)

    assert result.exit_code == 1
    assert "1 in the trash" in result.stdout
    assert "the journal of operation 1 is damaged" in result.stderr


def test_check_follows_no_link_in_place_of_trash(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    grow(elsewhere, {"private": File()})
    (root / STATE / "trash").rename(root / "trash")
    (root / STATE / "trash").symlink_to(elsewhere)

    result = invoke("trash", root, "--check")

    assert result.exit_code == 1
    assert "private" not in result.stderr
    assert "Not a directory" in result.stderr


@pytest.mark.parametrize("command", [("trash",), ("undo",), ("trash", "--empty", "--yes")])
def test_trash_that_is_no_directory_is_named(root: Path, command: tuple[str, ...]) -> None:
    (root / STATE / "trash").rename(root / "trash")
    (root / STATE / "trash").touch()

    result = invoke(command[0], root, *command[1:])

    assert result.exit_code == 1
    assert f"Not a directory: '{root}/{STATE}/trash'" in result.stderr


@pytest.mark.parametrize("too_many", [0, 1, 8])
def test_discard_whose_path_in_the_trash_would_be_too_long_is_refused(tmp_path: Path, too_many: int) -> None:
    place = f"{STATE}/trash/000001/{FOLDER}/{NAMES[0]}"
    length = 4095 + too_many - len(f"/{place}")
    root = tmp_path
    while len(str(root)) < length - 201:
        root /= "d" * 200
    root /= "d" * (length - len(str(root)) - 1)
    root.mkdir(parents=True)
    grow(root, {f"{FOLDER}/{name}": File() for name in NAMES})

    result = invoke("prune", root, "--keep-last", "1", "--apply")

    if too_many:
        assert result.exit_code == 1
        assert f"{FOLDER}/{NAMES[0]}: its new path would be longer than a system call takes" in result.stderr
        assert sorted(path.name for path in (root / FOLDER).iterdir()) == list(NAMES)
    else:
        assert result.exit_code == 0
        assert (root / place).exists()
        assert invoke("undo", root).exit_code == 0
        assert sorted(path.name for path in (root / FOLDER).iterdir()) == list(NAMES)
