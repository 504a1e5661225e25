"""``ckpt-scheme trash``."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ckpt_scheme.migration import runs
from cli_migrations import DIRECTORY, EARLY, TRASHED, complaints
from cli_runner import invoke
from machine import immutable, need
from migration_trees import STATE, File, grow, manifest


@pytest.fixture
def trashed(tree: Path) -> Path:
    """A tree with two discards; the path of one has a control character."""
    grow(tree, {f"r\x1bun/checkpoints/{EARLY}/shard": File(b"12345678"), "r\x1bun/checkpoints/last.ckpt": File()})
    assert invoke("migrate", tree / "r\x1bun" / "..", "--apply", "--delete-old", "--summary").exit_code == 0
    return tree


def age(tree: Path, number: int, days: int) -> str:
    """Make an operation older; return its time as text."""
    (journal,) = (each for each in runs(tree) if each.number == number)
    path = tree / STATE / f"journal/{number:06}.jsonl"
    then = (datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)).isoformat()
    path.write_text(path.read_text().replace(journal.time.isoformat(), then))
    return then


def test_trash_prints_discards(trashed: Path) -> None:
    (journal,) = runs(trashed)
    time = journal.time.isoformat()
    size = (trashed / TRASHED).stat().st_size
    before = manifest(trashed, state=True)

    result = invoke("trash", trashed)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        rf"run=1 time={time} path=r\x1bun/checkpoints/{EARLY} bytes=8",
        f"run=1 time={time} path={DIRECTORY}/{EARLY} bytes={size}",
        f"2 in the trash, {size + 8} bytes",
    ]

    result = invoke("trash", trashed, "--json")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"run": 1, "time": time, "path": f"r\x1bun/checkpoints/{EARLY}", "bytes": 8},
        {"run": 1, "time": time, "path": f"{DIRECTORY}/{EARLY}", "bytes": size},
    ]
    assert manifest(trashed, state=True) == before


def test_empty_removes_discards(trashed: Path) -> None:
    size = (trashed / TRASHED).stat().st_size
    before = manifest(trashed)

    result = invoke("trash", trashed, "--empty")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"2 removed, {size + 8} bytes"
    assert manifest(trashed) == before
    assert not (trashed / STATE / "trash").exists()
    assert invoke("trash", trashed).stdout == "0 in the trash, 0 bytes\n"
    assert invoke("trash", trashed, "--json").stdout == ""
    assert invoke("trash", trashed, "--empty").stdout == "0 removed, 0 bytes\n"

    result = invoke("undo", trashed)

    assert result.exit_code == 3
    assert complaints(result)[1] == rf"{STATE}/trash/000001/r\x1bun/checkpoints/{EARLY}: it is gone"


def test_older_than_selects_old_discards(trashed: Path) -> None:
    early = f"{DIRECTORY}/epoch=4-step=1.ckpt"
    grow(trashed, [early])

    invoke("migrate", trashed, "--apply", "--delete-old")
    then = age(trashed, 1, days=9)

    assert invoke("trash", trashed, "--older-than", "10d").stdout == "0 in the trash, 0 bytes\n"
    assert invoke("trash", trashed, "--older-than", "10d", "--empty").stdout == "0 removed, 0 bytes\n"

    # `--older-than` lists the same discards as it removes.
    for option in ([], ["--empty"]):
        result = invoke("trash", trashed, "--older-than", "8d", "--json", *option)

        assert {json.loads(line)["time"] for line in result.stdout.splitlines()} == {then}
        assert len(result.stdout.splitlines()) == 2

    (left,) = invoke("trash", trashed, "--json").stdout.splitlines()

    assert json.loads(left)["path"] == early
    assert invoke("trash", trashed, "--older-than", "1h").stdout == "0 in the trash, 0 bytes\n"
    assert invoke("trash", trashed, "--older-than", "0s", "--empty").stdout.endswith(" bytes\n")
    assert not (trashed / STATE / "trash").exists()


def test_discard_of_two_operations_is_listed_once(trashed: Path) -> None:
    size = (trashed / TRASHED).stat().st_size
    journals = trashed / STATE / "journal"
    (journals / "000002.jsonl").write_bytes((journals / "000001.jsonl").read_bytes())

    assert invoke("trash", trashed).stdout.splitlines()[-1] == f"2 in the trash, {size + 8} bytes"

    found = invoke("trash", trashed, "--json").stdout.splitlines()

    assert [json.loads(line)["run"] for line in found] == [2, 2]

    result = invoke("trash", trashed, "--empty")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"2 removed, {size + 8} bytes"


def test_failed_removal_exits_with_1(trashed: Path) -> None:
    need("root", "chattr")

    with immutable((trashed / TRASHED).parent):
        result = invoke("trash", trashed, "--empty")

    assert result.exit_code == 1
    assert complaints(result) == [f"{TRASHED}: {os.strerror(errno.EPERM)}"]
    assert (trashed / TRASHED).exists()
    assert invoke("trash", trashed).stdout.splitlines()[-1].startswith("1 in the trash, ")
