"""``ckpt-scheme trash``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from ckpt_scheme._cli import streams
from ckpt_scheme.migration import trash
from cli_migrations import DIRECTORY, EARLY, TRASHED, complaints, usage_error
from cli_runner import invoke
from machine import immutable, need
from migration_operations import forge
from migration_trees import STATE, File, grow, manifest


@pytest.fixture
def trashed(tree: Path) -> Path:
    """A tree with two discards; the path of one has a control character."""
    grow(tree, {f"r\x1bun/checkpoints/{EARLY}/shard": File(b"12345678"), "r\x1bun/checkpoints/last.ckpt": File()})
    assert invoke("migrate", tree / "r\x1bun" / "..", "--apply", "--delete-old", "--summary").exit_code == 0
    return tree


def test_trash_prints_discards(trashed: Path) -> None:
    moment = trash(trashed)[0].time.isoformat()
    size = (trashed / TRASHED).stat().st_size
    before = manifest(trashed, state=True)

    result = invoke("trash", trashed)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        rf"operation=1 time={moment} path=r\x1bun/checkpoints/{EARLY} size=8",
        f"operation=1 time={moment} path={DIRECTORY}/{EARLY} size={size}",
        r"r\x1bun/checkpoints: 1 in the trash, 8 B",
        f"{DIRECTORY}: 1 in the trash, {size} B",
        f"2 in the trash, {size + 8} B",
    ]

    result = invoke("trash", trashed, "--json")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"operation": 1, "time": moment, "path": f"r\x1bun/checkpoints/{EARLY}", "size": 8},
        {"operation": 1, "time": moment, "path": f"{DIRECTORY}/{EARLY}", "size": size},
    ]
    assert manifest(trashed, state=True) == before


def test_empty_removes_discards(trashed: Path) -> None:
    size = (trashed / TRASHED).stat().st_size
    before = manifest(trashed)

    result = invoke("trash", trashed, "--empty", "--yes")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"2 removed, {size + 8} B"
    assert manifest(trashed) == before
    assert not (trashed / STATE / "trash").exists()
    assert invoke("trash", trashed).stdout == "0 in the trash, 0 B\n"
    assert invoke("trash", trashed, "--json").stdout == ""
    assert invoke("trash", trashed, "--empty", "--yes").stdout == "0 removed, 0 B\n"

    result = invoke("undo", trashed)

    assert result.exit_code == 3
    assert complaints(result)[1] == rf"{STATE}/trash/000001/r\x1bun/checkpoints/{EARLY}: it is gone"


def test_older_than_selects_old_discards(trashed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = time.time()

    assert invoke("trash", trashed, "--older-than", "1h").stdout == "0 in the trash, 0 B\n"
    assert invoke("trash", trashed, "--older-than", "1h", "--empty", "--yes").stdout == "0 removed, 0 B\n"

    # An hour later.
    monkeypatch.setattr(time, "time", lambda: before + 3600)
    early = f"{DIRECTORY}/epoch=4-step=1.ckpt"
    grow(trashed, [early])

    assert invoke("trash", trashed, "--older-than", "2h").stdout == "0 in the trash, 0 B\n"

    # `--older-than` lists the same discards as it removes.
    for option in ([], ["--empty", "--yes"]):
        result = invoke("trash", trashed, "--older-than", "59m", "--json", *option)

        assert len(result.stdout.splitlines()) == 2

    assert not (trashed / STATE / "trash").exists()


def test_empty_needs_confirmation(trashed: Path) -> None:
    before = manifest(trashed, state=True)

    assert usage_error(invoke("trash", trashed, "--empty")) == (
        "--empty removes files for good: confirm that with --yes"
    )
    assert usage_error(invoke("trash", trashed, "--yes")) == "--yes is for --empty"
    assert manifest(trashed, state=True) == before


@pytest.mark.parametrize(("answer", "status", "left"), [("n\n", 130, 2), ("y\n", 0, 0), ("", 130, 2)])
def test_empty_asks_in_terminal(
    trashed: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, left: int
) -> None:
    monkeypatch.setattr(streams, "is_terminal", lambda stream: stream is sys.stdin)

    result = invoke("trash", trashed, "--empty", stdin=answer)

    assert "Remove 2 files (" in result.stderr
    assert result.exit_code in {status, 1}
    assert len(invoke("trash", trashed, "--json").stdout.splitlines()) == left


def test_discard_of_two_operations_is_listed_once(trashed: Path) -> None:
    size = (trashed / TRASHED).stat().st_size
    journals = trashed / STATE / "journal"
    (journals / "000002.jsonl").write_bytes((journals / "000001.jsonl").read_bytes())
    forge(journals / "000002.jsonl", lambda text: text)

    assert invoke("trash", trashed).stdout.splitlines()[-1] == f"2 in the trash, {size + 8} B"

    found = invoke("trash", trashed, "--json").stdout.splitlines()

    assert [json.loads(line)["operation"] for line in found] == [2, 2]

    result = invoke("trash", trashed, "--empty", "--yes")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"2 removed, {size + 8} B"


def test_failed_removal_exits_with_1(trashed: Path) -> None:
    need("root", "chattr")

    with immutable((trashed / TRASHED).parent):
        result = invoke("trash", trashed, "--empty", "--yes")

    assert result.exit_code == 1
    assert complaints(result) == [f"{TRASHED}: its directory is immutable; chattr -i lifts that"]
    assert (trashed / TRASHED).exists()
    assert invoke("trash", trashed).stdout.splitlines()[-1].startswith("1 in the trash, ")
