"""``ckpt-scheme migrate``, ``prune``, ``undo`` and ``trash`` where they cannot work."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from pathlib import Path

import pytest

from cli_migrations import DIRECTORY, MOVES, OLD, complaints, plan_file
from cli_runner import invoke
from migration_trees import STATE, File, grow, manifest, moved


def test_second_migration_exits_with_75(tree: Path) -> None:
    invoke("migrate", tree, "--apply", "--delete-old")
    grow(tree, [f"{DIRECTORY}/{OLD}1.ckpt", f"{DIRECTORY}/epoch=20-step=1.ckpt"])
    file = plan_file(tree)
    before = manifest(tree, state=True, times=True)

    with (tree / STATE / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        for command in (
            ["migrate", tree, "--apply"],
            ["migrate", "--plan", file, "--apply"],
            ["prune", tree, "--keep-last", "1", "--apply"],
            ["undo", tree],
            ["trash", tree, "--empty", "--yes"],
        ):
            result = invoke(*command)

            assert (result.exit_code, result.stdout) == (75, "")
            assert complaints(result) == [f"another operation is running below {str(tree)!r}"]

        # Commands that change nothing do not need the lock.
        assert invoke("migrate", tree).exit_code == 3
        assert invoke("undo", tree, "--list").exit_code == 0

        listed = invoke("trash", tree)

        assert (listed.exit_code, listed.stderr) == (0, "")
        assert listed.stdout.splitlines()[-1].startswith("1 in the trash, ")

    assert manifest(tree, state=True, times=True) == before


@pytest.mark.parametrize(
    "command", [["migrate", "--apply"], ["prune", "--keep-last", "1", "--apply"], ["undo"], ["trash"]]
)
def test_state_that_is_link_is_refused(tree: Path, command: list[str]) -> None:
    (tree / STATE).symlink_to(DIRECTORY)
    before = manifest(tree, times=True)

    result = invoke(command[0], tree, *command[1:])

    assert (result.exit_code, result.stdout) == (1, "")

    (complaint,) = complaints(result)
    assert os.strerror(errno.ENOTDIR) in complaint
    assert manifest(tree, times=True) == before


def test_journal_of_other_version_is_refused(tree: Path) -> None:
    grow(tree, {f"{STATE}/journal/000001.jsonl": File(b'{"journal":2}\n')})
    before = manifest(tree, times=True)

    for command in (["migrate", tree, "--apply"], ["undo", tree], ["undo", tree, "--list"], ["trash", tree]):
        result = invoke(*command)

        assert (result.exit_code, result.stdout) == (1, "")
        (complaint,) = complaints(result)
        assert complaint.startswith(f"{STATE}/journal/000001.jsonl is not a journal of version 1 or 2.")

    assert manifest(tree, times=True) == before


def stop(tree: Path) -> None:
    """Leave an interrupted operation that cannot be finished: a directory has the temporary name of its link."""
    (tree / "latest").symlink_to(f"{DIRECTORY}/{OLD}")
    assert invoke("migrate", tree, "--apply").exit_code == 0
    journal = tree / STATE / "journal/000001.jsonl"
    journal.write_bytes(journal.read_bytes().rpartition(b"\n\n")[0] + b"\n")
    (tree / "latest").unlink()
    (tree / "latest").symlink_to(f"{DIRECTORY}/{OLD}")
    (tree / f".ckpt-scheme-{hashlib.sha256(b'latest').hexdigest()[:16]}").mkdir()


def test_failed_recovery_exits_with_1(tree: Path) -> None:
    stop(tree)

    for command in (
        ["migrate", tree, "--apply", "--summary"],
        ["trash", tree, "--empty", "--yes"],
        ["undo", tree],
    ):
        result = invoke(*command)

        assert result.exit_code == 1

        (complaint, *_) = complaints(result)
        assert complaint.startswith(f"{DIRECTORY}/{OLD}: ")


def test_damaged_journal_is_reported(tree: Path) -> None:
    before = manifest(tree)
    invoke("migrate", tree, "--apply")
    journal = tree / STATE / "journal/000001.jsonl"
    first, second, *rest = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([first, b"\x00" + second[1:], *rest]))
    message = "the journal of operation 1 is damaged: its acts cannot be put back in full"

    for command in (["migrate"], ["migrate", "--json"], ["prune", "--keep-last", "1"]):
        preview = invoke(command[0], tree, *command[1:])

        assert (preview.exit_code, complaints(preview)) == (1, [message])

    applied = invoke("migrate", tree, "--apply")

    assert (applied.exit_code, complaints(applied)) == (1, [message])

    as_json = invoke("migrate", tree, "--apply", "--json")

    assert (json.loads(as_json.stdout)["damaged"], complaints(as_json)) == ([1], [message])

    emptied = invoke("trash", tree, "--empty", "--yes")

    assert (emptied.exit_code, complaints(emptied)) == (1, [message])

    undone = invoke("undo", tree)

    assert (undone.exit_code, complaints(undone)) == (1, [message])

    # The damaged line is lost.
    sidecar = f"{DIRECTORY}/{OLD}.md5"
    assert manifest(tree) == moved(before, {sidecar: MOVES[sidecar]})

    # Therefore the command cannot claim that nothing is left to undo.
    for option in ([], ["--json"]):
        again = invoke("undo", tree, *option)
        assert (again.exit_code, complaints(again)) == (1, [message])

    assert invoke("undo", tree).stdout == "there is nothing to put back\n"
