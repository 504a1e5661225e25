"""``ckpt-scheme migrate``: previews, reports and roots."""

from __future__ import annotations

import errno
import json
import os
import shlex
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme import legacy
from ckpt_scheme._cli import output
from ckpt_scheme.migration import Policy, make_plan, observe, operations
from cli_migrations import (
    DIRECTORY,
    EARLY,
    EARLY_NEW,
    MOVES,
    NEW,
    OLD,
    SIZE,
    STAYS,
    TRASHED,
    TREE,
    WIDTH,
    complaints,
    lines,
    summary,
    usage_error,
)
from cli_runner import invoke
from migration_trees import File, Folder, Link, grow, manifest, moved

ODD: Final = "\u2603 \x1b[2J.ckpt"
ODD_SHOWN: Final = r"\u2603 \x1b[2J.ckpt"

PREVIEW: Final = [
    DIRECTORY,
    f"  rename    {OLD} -> {NEW}  lightning/default; sidecars: 1",
    f"  rename    {f'{EARLY} -> {EARLY_NEW}':<{WIDTH}}  lightning/default",
]


def test_preview_changes_nothing(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)

    for arguments in ([], ["--dry-run"], ["--apply", "--dry-run"]):
        result = invoke("migrate", tree, *arguments)

        assert (result.exit_code, result.stderr) == (0, "")
        assert lines(result) == [*PREVIEW, "2 to rename, 0 to discard, 0 in conflict, 1 left as they are"]
        assert manifest(tree, state=True, times=True) == before


def test_apply_renames_once(tree: Path) -> None:
    before = manifest(tree)

    result = invoke("migrate", tree, "--apply")

    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result) == [
        *PREVIEW,
        *summary("2 renamed, 0 discarded, 0 failed, 0 in conflict, 1 left as they are", tree),
    ]
    assert manifest(tree) == moved(before, MOVES)

    again = invoke("migrate", tree, "--apply")

    assert (again.exit_code, again.stderr) == (0, "")
    assert lines(again) == ["0 renamed, 0 discarded, 0 failed, 0 in conflict, 3 left as they are"]
    assert lines(invoke("migrate", tree)) == ["0 to rename, 0 to discard, 0 in conflict, 3 left as they are"]
    assert len(operations(tree)) == 1


def test_apply_changes_nothing_in_canonical_tree(tmp_path: Path) -> None:
    grow(tmp_path, [f"{DIRECTORY}/last.ckpt"])
    before = manifest(tmp_path, state=True, times=True)

    result = invoke("migrate", tmp_path, "--apply")

    expected = "0 renamed, 0 discarded, 0 failed, 0 in conflict, 1 left as they are"
    assert (result.exit_code, lines(result)) == (0, [expected])
    assert manifest(tmp_path, state=True, times=True) == before


def test_delete_old_discards_early_checkpoints(tree: Path) -> None:
    before = manifest(tree)

    result = invoke("migrate", tree, "--delete-old", "--apply")

    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result) == [
        f"{DIRECTORY} ({SIZE} to discard)",
        f"  rename    {OLD} -> {NEW}  lightning/default; {STAYS}; sidecars: 1",
        f"  discard   {EARLY:<{WIDTH}}  epoch 3 is before 10",
        *summary(f"1 renamed, 1 discarded ({SIZE}), 0 failed, 0 in conflict, 1 left as they are", tree),
    ]
    assert manifest(tree) == moved(before, {**MOVES, f"{DIRECTORY}/{EARLY}": None})
    assert (tree / TRASHED).exists()


def test_conflicts_are_printed_and_left_alone(tree: Path) -> None:
    grow(tree, {f"{DIRECTORY}/{ODD}": File()})
    before = manifest(tree)
    (conflict,) = make_plan(observe(tree)).conflicts
    shown = f"  conflict  {ODD_SHOWN:<{WIDTH}}  {conflict.reason}: {conflict.advice}"
    expected = [*PREVIEW, shown]

    preview = invoke("migrate", tree)

    assert preview.exit_code == 3
    assert lines(preview) == [*expected, "2 to rename, 0 to discard, 1 in conflict, 1 left as they are"]

    applied = invoke("migrate", tree, "--apply")

    assert (applied.exit_code, applied.stderr) == (3, "")
    assert lines(applied) == [
        *expected,
        *summary("2 renamed, 0 discarded, 0 failed, 1 in conflict, 1 left as they are", tree),
    ]
    assert manifest(tree) == moved(before, MOVES)


def test_verbose_prints_kept_names(tree: Path) -> None:
    for option in ("--verbose", "-v"):
        (shown,) = [line for line in lines(invoke("migrate", tree, option)) if line.startswith("  keep ")]
        assert shown == f"  keep      {'last.ckpt':<{WIDTH}}  in the scheme"


def test_summary_prints_one_line(tree: Path) -> None:
    result = invoke("migrate", tree, "--summary")

    assert result.stdout == "2 to rename, 0 to discard, 0 in conflict, 1 left as they are\n"

    result = invoke("migrate", tree, "--summary", "--apply", "--verbose")

    assert result.stdout.splitlines() == summary(
        "2 renamed, 0 discarded, 0 failed, 0 in conflict, 1 left as they are", tree
    )


def test_table_has_heading_and_width_for_each_directory(tmp_path: Path) -> None:
    long = "epoch_epoch_14_step_step_000300_20251009_015037.ckpt"
    grow(
        tmp_path,
        [f"b/checkpoints/{OLD}", f"a\n\\/checkpoints/{EARLY}", f"c/checkpoints/{long}", f"c/checkpoints/{OLD}"],
    )

    result = invoke("migrate", tmp_path)
    # A long name widens the column up to a limit.
    rows = [
        f"  rename    {f'{OLD} -> {NEW}':<56}  lightning/default",
        f"  rename    {long} -> epoch-14_step-000300.ckpt  ocr-project/doubled; drops timestamp",
    ]
    found = lines(result)

    assert found[:4] == [
        r"a\n\\/checkpoints",
        f"  rename    {EARLY} -> {EARLY_NEW}  lightning/default",
        "b/checkpoints",
        f"  rename    {OLD} -> {NEW}  lightning/default",
    ]
    assert found[4] == "c/checkpoints"
    assert found[5:7] == rows


def test_notes_follow_table(tree: Path) -> None:
    (tree / "lin\x1bk").symlink_to("elsewhere")
    plan = make_plan(observe(tree))

    found = invoke("migrate", tree).stdout.splitlines()
    notes = [
        f"note: {output.escaped(note.path) + ': ' if note.path else ''}{output.visible(note.text)}"
        for note in plan.notes
    ]

    assert r"note: lin\x1bk: a link, which is not followed" in notes
    assert found[len(PREVIEW) :] == [*notes, "2 to rename, 0 to discard, 0 in conflict, 1 left as they are"]
    assert len(notes) > 1


def test_unreadable_directory_is_reported_and_exits_with_1(tree: Path) -> None:
    # This path is too long for any system call.
    handle = os.open(tree, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=handle)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    grow(tree / "other", [f"{DIRECTORY}/{ODD}"])

    for arguments in ([], ["--apply"], ["--json"], ["--summary"], ["--json", "--apply"]):
        result = invoke("migrate", tree, *arguments)

        # The status of a failure has precedence over that of conflicts.
        assert result.exit_code == 1

        (complaint,) = complaints(result)
        assert complaint.startswith("ddd")
        assert complaint.endswith(f"d: cannot be read: {os.strerror(errno.ENAMETOOLONG)}")
        if "--json" not in arguments:
            assert "cannot be read" not in result.stdout

    assert (tree / DIRECTORY / NEW).exists()


def test_root_that_is_run_gets_warning(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)
    dead = tree.parent / f"{tree.name}-dead"
    grow(dead, {"checkpoints": Link("nowhere")})

    for root in (tree / "run", tree / DIRECTORY, dead):
        message = f"{root} is a run itself: ROOT is the folder above the folders of runs"
        for command in (["migrate"], ["migrate", "--apply"], ["migrate", "--json"], ["prune", "--keep-last", "1"]):
            result = invoke(command[0], root, *command[1:])

            assert (result.exit_code, complaints(result)) == (0, [message])
            assert result.stdout

    assert manifest(tree, state=True, times=True) == before


def test_root_with_runs_gets_no_warning(tree: Path) -> None:
    # Here the root, or a run in it, is called "checkpoints".
    grow(tree, {"checkpoints/checkpoints/last.ckpt": File(), "empty": Folder()})
    (tree / "run").rename(tree / "checkpoints/run")

    for root in (tree, tree / "checkpoints", tree / "empty"):
        result = invoke("migrate", root)
        assert (result.exit_code, result.stderr) == (0, "")

    assert lines(invoke("migrate", tree / "checkpoints"))[0] == DIRECTORY


def test_preview_json_is_plan(tree: Path) -> None:
    grow(tree, {f"{DIRECTORY}/{ODD}": File()})

    result = invoke("migrate", tree, "--json", "--verbose", "--summary")

    assert result.exit_code == 3

    record = json.loads(result.stdout)
    assert (record["plan"], record["root"]) == (2, str(tree))
    assert [(item["do"], item["path"]) for item in record["items"]] == [
        ("rename", f"{DIRECTORY}/{OLD}"),
        ("rename", f"{DIRECTORY}/{EARLY}"),
        ("keep", f"{DIRECTORY}/last.ckpt"),
        ("conflict", f"{DIRECTORY}/{ODD}"),
    ]
    assert invoke("migrate", tree, "--json").stdout == result.stdout


def test_apply_json_is_report(tree: Path) -> None:
    plan = make_plan(observe(tree), Policy(delete_old=True))

    result = invoke("migrate", tree, "--json", "--apply", "--delete-old")

    assert (result.exit_code, result.stderr) == (0, "")

    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "counts": {"rename": 1, "discard": 1, "keep": 1, "conflict": 0},
        "renamed": 1,
        "discarded": 1,
        "size": int(SIZE.removesuffix(" B")),
        "operation": 1,
        "done": [
            [f"{DIRECTORY}/{OLD}.md5", f"{DIRECTORY}/{NEW}.md5"],
            [f"{DIRECTORY}/{OLD}", f"{DIRECTORY}/{NEW}"],
            [f"{DIRECTORY}/{EARLY}", TRASHED],
        ],
        "failed": [],
        "left": [],
        "damaged": [],
        "conflicts": [],
        "notes": [{"path": note.path, "text": note.text} for note in plan.notes],
    }


def test_printed_undo_command_works_as_printed(tmp_path: Path) -> None:
    root = tmp_path / "it's here"
    grow(root, TREE)

    *_, last = invoke("migrate", root, "--apply").stdout.splitlines()

    assert last == f"to put it back: ckpt-scheme undo {shlex.quote(str(root))} 1"

    _, *words = shlex.split(last.partition(": ")[2])
    before = manifest(root)
    assert invoke(*words).exit_code == 0
    assert manifest(root) != before


def test_migrate_uses_registry_of_context(tree: Path) -> None:
    result = invoke("migrate", tree, "--apply", obj=legacy.Registry(()))

    assert result.exit_code == 3
    assert lines(result)[-1] == "0 renamed, 0 discarded, 0 failed, 2 in conflict, 1 left as they are"
    assert {path.name for path in (tree / DIRECTORY).iterdir()} == {OLD, f"{OLD}.md5", EARLY, "last.ckpt"}


ROOTLESS: Final = (["migrate"], ["prune", "--keep-last", "1"], ["undo"], ["trash"])


@pytest.mark.parametrize("command", ROOTLESS)
def test_root_that_is_no_directory_is_refused(tmp_path: Path, command: list[str]) -> None:
    assert usage_error(invoke(*command)) == "Missing argument 'ROOT'."

    grow(tmp_path, {"fi\x07le": File(), "dead": Link("nowhere")})

    for name, shown in (("missing", "missing"), ("fi\x07le", r"fi\x07le"), ("dead", "dead")):
        assert usage_error(invoke(*command, tmp_path / name)) == f"{tmp_path}/{shown} is not a directory"
