"""``ckpt-scheme undo``."""

from __future__ import annotations

import json
from pathlib import Path

from ckpt_scheme.migration import operations
from cli_migrations import DIRECTORY, EARLY, EARLY_NEW, NEW, OLD, TRASHED, complaints, usage_error
from cli_runner import invoke
from migration_trees import grow, manifest


def test_undo_prints_restored_names(tree: Path) -> None:
    before = manifest(tree)

    invoke("migrate", tree, "--apply", "--delete-old")
    result = invoke("undo", tree)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"{TRASHED} -> {DIRECTORY}/{EARLY}",
        f"{DIRECTORY}/{NEW} -> {DIRECTORY}/{OLD}",
        f"{DIRECTORY}/{NEW}.md5 -> {DIRECTORY}/{OLD}.md5",
        "3 put back",
    ]
    assert manifest(tree) == before

    again = invoke("undo", tree)

    assert (again.exit_code, again.stdout) == (0, "there is nothing to put back\n")


def test_undo_accepts_operation_number(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    grow(tree, [f"{DIRECTORY}/epoch=20-step=1.ckpt"])

    invoke("migrate", tree, "--apply")

    assert invoke("undo", tree, "1").stdout.endswith("3 put back\n")
    # Undoing an undo repeats the operation.
    assert invoke("undo", tree, "3").stdout.splitlines()[-2:] == [
        f"{DIRECTORY}/{EARLY} -> {DIRECTORY}/{EARLY_NEW}",
        "3 put back",
    ]

    result = invoke("undo", tree, "9")

    assert (result.exit_code, result.stdout) == (1, "")
    assert complaints(result) == ["no operation has the number 9 below this root"]
    assert "'[OPERATION]': 0 is not in the range x>=1" in usage_error(invoke("undo", tree, "0"))


def test_undo_changes_nothing_without_operations(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)

    result = invoke("undo", tree)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "there is nothing to put back\n", "")

    result = invoke("undo", tree, "--json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"operation": None, "done": [], "failed": [], "left": [], "damaged": []}

    for option in ([], ["--json"]):
        result = invoke("undo", tree, "--list", *option)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")

    result = invoke("trash", tree)

    assert (result.exit_code, result.stderr) == (0, "")
    assert manifest(tree, state=True, times=True) == before


def test_undo_json_is_report(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    (tree / DIRECTORY / EARLY).touch()

    result = invoke("undo", tree, "--json")

    assert result.exit_code == 3

    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "operation": 2,
        "done": [
            [f"{DIRECTORY}/{NEW}", f"{DIRECTORY}/{OLD}"],
            [f"{DIRECTORY}/{NEW}.md5", f"{DIRECTORY}/{OLD}.md5"],
        ],
        "failed": [],
        "left": [
            {
                "path": f"{DIRECTORY}/{EARLY_NEW}",
                "reason": f"a newer entry has the name {DIRECTORY}/{EARLY}",
            }
        ],
        "damaged": [],
    }


def test_undo_reports_names_it_leaves(tmp_path: Path) -> None:
    run = "r\x1bun"
    grow(tmp_path, [f"{run}/checkpoints/{OLD}", f"{run}/checkpoints/{EARLY}"])
    invoke("migrate", tmp_path, "--apply")
    for name in (OLD, EARLY):
        (tmp_path / run / "checkpoints" / name).touch()

    result = invoke("undo", tmp_path)

    assert (result.exit_code, result.stdout) == (3, "0 put back\n")

    shown = r"r\x1bun/checkpoints"
    assert complaints(result) == [
        f"{shown}/{new}: a newer entry has the name {shown}/{old}" for old, new in ((EARLY, EARLY_NEW), (OLD, NEW))
    ]


def test_undo_escapes_restored_names(tmp_path: Path) -> None:
    grow(tmp_path, [f"r\x1b\\/checkpoints/{OLD}"])

    invoke("migrate", tmp_path, "--apply")

    assert invoke("undo", tmp_path).stdout == (
        f"r\\x1b\\\\/checkpoints/{NEW} -> r\\x1b\\\\/checkpoints/{OLD}\n1 put back\n"
    )


def test_undo_list_prints_operations(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    invoke("undo", tree)
    before = manifest(tree, state=True, times=True)
    first, second = operations(tree)

    result = invoke("undo", tree, "--list", "--json")

    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "operation": 1,
            "action": "migrate",
            "time": first.time.isoformat(),
            "undoes": None,
            "acts": 3,
            "end": "done",
        },
        {"operation": 2, "action": "undo", "time": second.time.isoformat(), "undoes": 1, "acts": 3, "end": "done"},
    ]

    result = invoke("undo", tree, "--list")

    assert result.stdout.splitlines() == [
        f"operation=1 action=migrate time={first.time.isoformat()} acts=3 end=done",
        f"operation=2 action=undo time={second.time.isoformat()} undoes=1 acts=3 end=done",
    ]
    assert manifest(tree, state=True, times=True) == before


def test_undo_exits_with_3_if_files_and_their_folder_are_gone(tree: Path) -> None:
    invoke("migrate", tree, "--apply", "--delete-old")
    # Two files are gone, and so is the directory of the third.
    run, other = tree / "run", tree / "other"
    (run / "checkpoints" / NEW).unlink()
    run.rename(other)
    (tree / "run").mkdir()

    result = invoke("undo", tree)

    assert result.exit_code == 3
    assert result.stdout == "0 put back\n"
    assert complaints(result) == [
        f"{TRASHED}: there is no folder {DIRECTORY} any more",
        f"{DIRECTORY}/{NEW}: it is gone",
        f"{DIRECTORY}/{NEW}.md5: it is gone",
    ]
