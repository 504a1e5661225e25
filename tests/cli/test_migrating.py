"""The commands migrate, prune, undo and trash on real trees: what they print, and how they end."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shlex
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from ckpt_scheme import legacy
from ckpt_scheme._cli import commands, output
from ckpt_scheme.migration import KeepBest, Plan, Policy, make_plan, observe, read_objects, runs
from cli_trees import on_terminal
from migration_trees import STATE, File, Folder, Link, Node, grow, immutable, manifest, moved, need

DIRECTORY: Final = "run/checkpoints"
OLD: Final = "epoch=12-step=100.ckpt"
NEW: Final = "epoch-12_step-000100.ckpt"
EARLY: Final = "epoch=3-step=50.ckpt"
EARLY_NEW: Final = "epoch-03_step-000050.ckpt"
ODD: Final = "\u2603 \x1b[2J.ckpt"
ODD_SHOWN: Final = r"\u2603 \x1b[2J.ckpt"

TREE: Final[Mapping[str, Node]] = {
    f"{DIRECTORY}/{OLD}": File(),
    f"{DIRECTORY}/{OLD}.md5": File(),
    f"{DIRECTORY}/{EARLY}": File(),
    f"{DIRECTORY}/last.ckpt": File(),
}
MOVES: Final = {
    f"{DIRECTORY}/{OLD}": f"{DIRECTORY}/{NEW}",
    f"{DIRECTORY}/{OLD}.md5": f"{DIRECTORY}/{NEW}.md5",
    f"{DIRECTORY}/{EARLY}": f"{DIRECTORY}/{EARLY_NEW}",
}
TRASHED: Final = f"{STATE}/trash/000001/{DIRECTORY}/{EARLY}"


def invoke(*arguments: object, stdin: str | bytes | None = None, obj: object = None) -> Result:
    result = CliRunner().invoke(
        commands.main, [str(argument) for argument in arguments], input=stdin, obj=obj, catch_exceptions=False
    )
    # Nothing that a name can hold reaches a terminal as it is.
    assert re.fullmatch("[\n -~]*", result.stdout)
    assert re.fullmatch("[\n -~]*", result.stderr)
    return result


def lines(result: Result) -> list[str]:
    """Return what was printed, without the notes."""
    return [line for line in result.stdout.splitlines() if not line.startswith("note: ")]


def complaints(result: Result) -> list[str]:
    return [line.removeprefix("ckpt-scheme: ") for line in result.stderr.splitlines()]


def usage_error(result: Result) -> str:
    """Return the message of a command line that cannot be run."""
    assert result.exit_code == 2
    assert result.stdout == ""
    *_, last = result.stderr.splitlines()
    return last.removeprefix("Error: ")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    grow(tmp_path, TREE)
    return tmp_path


def summary(counts: str, root: Path | None = None, number: int = 1) -> list[str]:
    """Return the last lines: the counts and, where something was done, how it is put back."""
    return [counts] if root is None else [counts, f"to put it back: ckpt-scheme undo {root} {number}"]


# --------------------------------------------------------------------------------------------------------------------
# migrate.

WIDTH: Final = len(f"{OLD} -> {NEW}")
PREVIEW: Final = [
    DIRECTORY,
    f"  rename    {OLD} -> {NEW}  lightning/default; sidecars: 1",
    f"  rename    {f'{EARLY} -> {EARLY_NEW}':<{WIDTH}}  lightning/default",
]
STAYS: Final = "stays: epoch 12 is not before 10"


def test_a_preview_changes_nothing(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)
    for arguments in ([], ["--dry-run"], ["--apply", "--dry-run"]):
        result = invoke("migrate", tree, *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        assert lines(result) == [*PREVIEW, "2 to rename, 0 to discard, 0 in conflict, 1 left as they are"]
        assert manifest(tree, state=True, times=True) == before


def test_apply_does_it_once(tree: Path) -> None:
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
    assert len(runs(tree)) == 1


def test_where_nothing_is_to_be_done_nothing_is_made(tmp_path: Path) -> None:
    grow(tmp_path, [f"{DIRECTORY}/last.ckpt"])
    before = manifest(tmp_path, state=True, times=True)
    result = invoke("migrate", tmp_path, "--apply")
    assert (result.exit_code, lines(result)) == (0, ["0 to rename, 0 to discard, 0 in conflict, 1 left as they are"])
    assert manifest(tmp_path, state=True, times=True) == before


def test_discards_are_asked_for(tree: Path) -> None:
    before = manifest(tree)
    result = invoke("migrate", tree, "--delete-old", "--apply")
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result) == [
        DIRECTORY,
        f"  rename    {OLD} -> {NEW}  lightning/default; {STAYS}; sidecars: 1",
        f"  discard   {EARLY:<{WIDTH}}  epoch 3 is before 10",
        *summary("1 renamed, 1 discarded, 0 failed, 0 in conflict, 1 left as they are", tree),
    ]
    assert manifest(tree) == moved(before, {**MOVES, f"{DIRECTORY}/{EARLY}": None})
    assert (tree / TRASHED).exists()


@pytest.mark.parametrize(
    ("arguments", "policy"),
    [
        (["--keep-min-epoch", "3"], {"keep_min_epoch": 3}),
        (["--keep-last", "2"], {"keep_last": 2}),
        (["--keep-last", "0"], {"keep_last": 0}),
        (["--keep-every", "3"], {"keep_every": 3}),
        (["--keep-younger-than", "36h"], {"keep_younger_than": 36 * 3600}),
        (["--keep-best", "hmean"], {"keep_best": KeepBest("hmean", 1, "max")}),
        (["--keep-best", "hmean:3"], {"keep_best": KeepBest("hmean", 3, "max")}),
        (["--keep-best", "loss:2:min"], {"keep_best": KeepBest("loss", 2, "min")}),
        (["--keep-best", "loss::min"], {"keep_best": KeepBest("loss", 1, "min")}),
        (["--keep-best", "loss:2:"], {"keep_best": KeepBest("loss", 2, "max")}),
        (["--drop", "timestamp", "--drop", "digits"], {"drop": ("digits", "timestamp")}),
    ],
)
def test_rules_are_those_of_the_policy(tree: Path, arguments: list[str], policy: dict[str, Any]) -> None:
    result = invoke("migrate", tree, "--delete-old", "--json", *arguments)
    rules: dict[str, Any] = {"delete_old": True, **policy}
    expected = make_plan(observe(tree), Policy(**rules))
    assert Plan.from_json(result.stdout) == expected
    assert result.stdout == expected.to_json() + "\n"


@pytest.mark.parametrize("best", ["", ":2", "hmean:0", "hmean:-1", "hmean:x", "hmean:1:best", "hmean:1:max:2"])
def test_other_spellings_of_the_best_are_refused(tree: Path, best: str) -> None:
    message = usage_error(invoke("migrate", tree, "--delete-old", "--keep-best", best))
    assert message == (
        f"Invalid value for '--keep-best': {best!r} is not METRIC[:N[:MODE]], with max or min as its mode"
    )


@pytest.mark.parametrize("age", ["", "7", "d", "-1d", "1.5h", "7 d", "1y"])
def test_other_spellings_of_an_age_are_refused(tree: Path, age: str) -> None:
    for command in (["migrate", tree, "--delete-old", "--keep-younger-than"], ["trash", tree, "--older-than"]):
        message = usage_error(invoke(*command, age))
        assert message.startswith(f"Invalid value for '{command[-1]}': invalid age {age!r}: expected a whole number")


@pytest.mark.parametrize(
    "rule",
    [
        ["--keep-min-epoch", "10"],
        ["--keep-min-epoch", "0"],
        ["--keep-last", "1"],
        ["--keep-last", "0"],
        ["--keep-best", "hmean"],
        ["--keep-every", "2"],
        ["--keep-younger-than", "7d"],
    ],
)
def test_a_rule_without_discards_is_refused(tree: Path, rule: list[str]) -> None:
    message = usage_error(invoke("migrate", tree, *rule))
    assert message == f"{rule[0]} is for --delete-old: without it nothing is discarded"


def test_fields_are_given_up_on_request(tmp_path: Path) -> None:
    old = "epoch_epoch=02-step_step=0819-loss_val_loss=1.51912.ckpt"
    grow(tmp_path, [f"{DIRECTORY}/{old}"])
    refused, given_up = invoke("migrate", tmp_path), invoke("migrate", tmp_path, "--drop", "digits")
    assert (refused.exit_code, given_up.exit_code) == (3, 0)
    (rename,) = make_plan(observe(tmp_path), Policy(drop=("digits",))).renames
    assert lines(given_up) == [
        DIRECTORY,
        f"  rename    {old} -> epoch-02_step-000819_val_loss-1.5191.ckpt  {rename.reason}",
        "1 to rename, 0 to discard, 0 in conflict, 0 left as they are",
    ]
    (conflict,) = make_plan(observe(tmp_path)).conflicts
    assert lines(refused) == [
        DIRECTORY,
        f"  conflict  {old}  {conflict.reason}: {conflict.advice}",
        "0 to rename, 0 to discard, 1 in conflict, 0 left as they are",
    ]
    assert "--drop digits" in conflict.advice


def test_a_field_without_a_name_cannot_be_given_up(tree: Path) -> None:
    result = invoke("migrate", tree, "--drop", "")
    assert (result.exit_code, result.stdout) == (1, "")
    (complaint,) = complaints(result)
    assert complaint.startswith("invalid drop ")


def test_conflicts_are_left_and_said(tree: Path) -> None:
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


def test_what_is_kept_is_printed_on_request(tree: Path) -> None:
    for option in ("--verbose", "-v"):
        (shown,) = [line for line in lines(invoke("migrate", tree, option)) if line.startswith("  keep ")]
        assert shown == f"  keep      {'last.ckpt':<{WIDTH}}  in the scheme"


def test_a_summary_is_one_line(tree: Path) -> None:
    result = invoke("migrate", tree, "--summary")
    assert result.stdout == "2 to rename, 0 to discard, 0 in conflict, 1 left as they are\n"
    result = invoke("migrate", tree, "--summary", "--apply", "--verbose")
    assert result.stdout.splitlines() == summary(
        "2 renamed, 0 discarded, 0 failed, 0 in conflict, 1 left as they are", tree
    )


def test_each_directory_has_a_head_and_its_own_width(tmp_path: Path) -> None:
    long = "epoch_epoch_14_step_step_000300_20251009_015037.ckpt"
    grow(
        tmp_path,
        [f"b/checkpoints/{OLD}", f"a\n\\/checkpoints/{EARLY}", f"c/checkpoints/{long}", f"c/checkpoints/{OLD}"],
    )
    result = invoke("migrate", tmp_path)
    # A long name widens the column only so far.
    rows = [
        f"  rename    {f'{OLD} -> {NEW}':<56}  lightning/default",
        f"  rename    {long} -> epoch-14_step-000300.ckpt  ocr-project/doubled",
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


def test_notes_come_after_the_table(tree: Path) -> None:
    (tree / "lin\x1bk").symlink_to("elsewhere")
    plan = make_plan(observe(tree))
    found = invoke("migrate", tree).stdout.splitlines()
    notes = [
        f"note: {output.escaped(note.path) + ': ' if note.path else ''}{output.visible(note.text)}"
        for note in plan.notes
    ]
    assert r"note: lin\x1bk: a link, and none is followed" in notes
    assert found[len(PREVIEW) :] == [*notes, "2 to rename, 0 to discard, 0 in conflict, 1 left as they are"]
    assert len(notes) > 1


def test_what_cannot_be_read_is_a_failure(tree: Path) -> None:
    # A path that is too long for any call.
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
        # Conflicts are said by the status only if nothing failed.
        assert result.exit_code == 1
        (complaint,) = complaints(result)
        assert complaint.startswith("ddd")
        assert complaint.endswith(f"d: cannot be read: {os.strerror(errno.ENAMETOOLONG)}")
        if "--json" not in arguments:
            assert "cannot be read" not in result.stdout
    assert (tree / DIRECTORY / NEW).exists()


def test_a_root_that_is_a_run_itself_is_said(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)
    dead = tree.parent / f"{tree.name}-dead"
    grow(dead, {"checkpoints": Link("nowhere")})
    for root in (tree / "run", tree / DIRECTORY, dead):
        message = f"{root} is a run itself: ROOT is the folder that the folders of runs are in"
        for command in (["migrate"], ["migrate", "--apply"], ["migrate", "--json"], ["prune", "--keep-last", "1"]):
            result = invoke(command[0], root, *command[1:])
            assert (result.exit_code, complaints(result)) == (0, [message])
            assert result.stdout
    assert manifest(tree, state=True, times=True) == before


def test_a_root_with_something_to_do_is_no_run(tree: Path) -> None:
    # Where runs are in a folder of that name, or one of them has it.
    grow(tree, {"checkpoints/checkpoints/last.ckpt": File(), "empty": Folder()})
    (tree / "run").rename(tree / "checkpoints/run")
    for root in (tree, tree / "checkpoints", tree / "empty"):
        result = invoke("migrate", root)
        assert (result.exit_code, result.stderr) == (0, "")
    assert lines(invoke("migrate", tree / "checkpoints"))[0] == DIRECTORY


def test_json_of_a_preview_is_the_plan(tree: Path) -> None:
    grow(tree, {f"{DIRECTORY}/{ODD}": File()})
    result = invoke("migrate", tree, "--json", "--verbose", "--summary")
    assert result.exit_code == 3
    record = json.loads(result.stdout)
    assert (record["plan"], record["root"]) == (1, str(tree))
    assert [(item["do"], item["path"]) for item in record["items"]] == [
        ("rename", f"{DIRECTORY}/{OLD}"),
        ("rename", f"{DIRECTORY}/{EARLY}"),
        ("keep", f"{DIRECTORY}/last.ckpt"),
        ("conflict", f"{DIRECTORY}/{ODD}"),
    ]
    assert invoke("migrate", tree, "--json").stdout == result.stdout


def test_json_of_a_run_is_its_report(tree: Path) -> None:
    result = invoke("migrate", tree, "--json", "--apply", "--delete-old")
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "counts": {"rename": 1, "discard": 1, "keep": 1, "conflict": 0},
        "number": 1,
        "done": [
            [f"{DIRECTORY}/{OLD}.md5", f"{DIRECTORY}/{NEW}.md5"],
            [f"{DIRECTORY}/{OLD}", f"{DIRECTORY}/{NEW}"],
            [f"{DIRECTORY}/{EARLY}", TRASHED],
        ],
        "failed": [],
        "left": [],
        "damaged": [],
    }


def test_how_it_is_put_back_can_be_typed_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "it's here"
    grow(root, TREE)
    *_, last = invoke("migrate", root, "--apply").stdout.splitlines()
    assert last == f"to put it back: ckpt-scheme undo {shlex.quote(str(root))} 1"
    _, *words = shlex.split(last.partition(": ")[2])
    before = manifest(root)
    assert invoke(*words).exit_code == 0
    assert manifest(root) != before


def test_other_formats_are_those_of_the_context(tree: Path) -> None:
    result = invoke("migrate", tree, "--apply", obj=legacy.Registry(()))
    assert result.exit_code == 3
    assert lines(result)[-1] == "0 to rename, 0 to discard, 2 in conflict, 1 left as they are"
    assert {path.name for path in (tree / DIRECTORY).iterdir()} == {OLD, f"{OLD}.md5", EARLY, "last.ckpt"}


ROOTLESS: Final = (["migrate"], ["prune", "--keep-last", "1"], ["undo"], ["trash"])


@pytest.mark.parametrize("command", ROOTLESS)
def test_a_root_is_a_directory(tmp_path: Path, command: list[str]) -> None:
    assert usage_error(invoke(*command)) == "Missing argument 'ROOT'."
    grow(tmp_path, {"fi\x07le": File(), "dead": Link("nowhere")})
    for name, shown in (("missing", "missing"), ("fi\x07le", r"fi\x07le"), ("dead", "dead")):
        assert usage_error(invoke(*command, tmp_path / name)) == f"{tmp_path}/{shown} is no directory"


# --------------------------------------------------------------------------------------------------------------------
# Plans and listings.


def plan_file(tree: Path, *arguments: str) -> Path:
    """Write the plan for *tree* to a file beside it."""
    path = tree.with_name(f"{tree.name}.plan")
    path.write_text(invoke("migrate", tree, "--json", *arguments).stdout)
    return path


@pytest.mark.parametrize("is_given", [False, True])
def test_a_plan_is_shown_and_carried_out(tree: Path, is_given: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    file = plan_file(tree, "--delete-old")
    monkeypatch.chdir(tree)
    # With the root in another spelling, or without one.
    root = [f"../{tree.name}/"] if is_given else []
    before = manifest(tree, state=True)
    expected = invoke("migrate", tree, "--delete-old").stdout
    for arguments in ([], ["--apply", "--dry-run"]):
        shown = invoke("migrate", *root, "--plan", file, *arguments)
        assert (shown.exit_code, shown.stdout) == (0, expected)
    assert invoke("migrate", *root, "--plan", file, "--json").stdout == file.read_text()
    assert manifest(tree, state=True) == before
    result = invoke("migrate", *root, "--plan", file, "--apply", "--summary")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == summary(
        "1 renamed, 1 discarded, 0 failed, 0 in conflict, 1 left as they are", tree
    )
    assert manifest(tree) == moved(before, {**MOVES, f"{DIRECTORY}/{EARLY}": None})


def test_a_plan_is_for_one_root(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    grow(other, TREE)
    file = plan_file(tree)
    assert usage_error(invoke("migrate", other, "--plan", file, "--apply")) == f"the plan is for {tree}"
    tree.rename(tree.with_name("moved"))
    assert usage_error(invoke("migrate", "--plan", file)) == f"{tree} is no directory"


def test_a_plan_is_refused_after_a_change(tree: Path) -> None:
    file = plan_file(tree)
    (tree / DIRECTORY / EARLY).unlink()
    before = manifest(tree, state=True, times=True)
    result = invoke("migrate", "--plan", file, "--apply")
    assert (result.exit_code, result.stdout) == (1, "")
    (complaint,) = complaints(result)
    assert complaint.endswith("expected a plan of what is there now: something changed, so plan again")
    assert manifest(tree, state=True, times=True) == before


@pytest.mark.parametrize("text", ["", "{}", '{"plan":2}', "[]", "\x1b[2J"])
def test_what_is_no_plan_is_refused(tree: Path, text: str) -> None:
    file = tree.with_name("plan")
    file.write_text(text)
    result = invoke("migrate", "--plan", file)
    assert (result.exit_code, result.stdout) == (1, "")
    (complaint,) = complaints(result)
    assert complaint.startswith("invalid plan ")


@pytest.mark.parametrize("option", ["--plan", "--listing"])
def test_a_file_that_cannot_be_read(tmp_path: Path, option: str) -> None:
    path = tmp_path / "\x1b"
    message = usage_error(invoke("migrate", option, path))
    assert message.startswith(rf"cannot read {tmp_path}/\x1b: ")
    assert os.strerror(errno.ENOENT) in message
    message = usage_error(invoke("migrate", option, tmp_path))
    assert os.strerror(errno.EISDIR) in message


@pytest.mark.parametrize(
    "option",
    [
        ["--delete-old"],
        ["--drop", "digits"],
        ["--keep-min-epoch", "0"],
        ["--keep-last", "0"],
        ["--keep-best", "loss"],
        ["--keep-every", "2"],
        ["--keep-younger-than", "7d"],
    ],
)
def test_a_plan_has_its_own_policy(tree: Path, option: list[str]) -> None:
    message = usage_error(invoke("migrate", "--plan", plan_file(tree), *option))
    assert message == f"{option[0]} and --plan exclude each other: a plan has its own policy"


def test_options_that_exclude_each_other(tree: Path) -> None:
    file = plan_file(tree)
    assert usage_error(invoke("migrate", tree, "--listing", file)) == "ROOT and --listing exclude each other"
    assert (
        usage_error(invoke("migrate", "--plan", file, "--listing", file)) == "--plan and --listing exclude each other"
    )
    assert usage_error(invoke("migrate", "--listing", file, "--apply")) == (
        "--apply is not for --listing: only a disk can be changed, by --apply with ROOT"
    )


LISTING: Final = (
    f"2025-10-15 12:00:00       1234 runs/a/checkpoints/{OLD}\n"
    f"2025-10-15 12:00:00         12 runs/a/checkpoints/{EARLY}\n"
    "2025-10-15 12:00:00         12 runs/a/checkpoints/last.ckpt\n"
)


def test_a_listing_of_an_object_store_is_planned_for(tmp_path: Path) -> None:
    file = tmp_path / "listing"
    file.write_text(LISTING)
    by_file = invoke("migrate", "--listing", file, "--delete-old")
    by_stdin = invoke("migrate", "--listing", "-", "--delete-old", stdin=LISTING)
    dry = invoke("migrate", "--listing", file, "--delete-old", "--apply", "--dry-run")
    assert (by_file.exit_code, by_file.stderr) == (0, "")
    assert by_file.stdout == by_stdin.stdout == dry.stdout
    assert lines(by_file) == [
        "runs/a/checkpoints",
        f"  rename    {OLD} -> {NEW}  lightning/default; {STAYS}",
        f"  discard   {EARLY:<{WIDTH}}  epoch 3 is before 10",
        "1 to rename, 1 to discard, 0 in conflict, 1 left as they are",
    ]
    plan = Plan.from_json(invoke("migrate", "--listing", "-", "--json", stdin=LISTING).stdout)
    # Time is what its policy does not look at.
    assert plan == make_plan(read_objects(LISTING.splitlines(), time.time_ns()))
    assert plan.root == ""
    assert [path.name for path in tmp_path.iterdir()] == ["listing"]


def test_the_plan_for_an_object_store_cannot_be_carried_out(tmp_path: Path) -> None:
    file = tmp_path / "plan"
    file.write_text(invoke("migrate", "--listing", "-", "--json", stdin=LISTING).stdout)
    before = manifest(tmp_path, times=True)
    assert invoke("migrate", "--plan", file, "--apply").exit_code == 2
    assert manifest(tmp_path, times=True) == before


@pytest.mark.parametrize("name", ["\udcff", "\u2028", "\x0c", "\x85", "\r", "a b"])
def test_a_listing_is_the_same_from_a_file_and_from_stdin(tmp_path: Path, name: str) -> None:
    # Only a line feed ends a line of a listing.
    raw = os.fsencode(f"runs/a/checkpoints/{name}x.ckpt\nruns/a/checkpoints/last.ckpt\n")
    file = tmp_path / "listing"
    file.write_bytes(raw)
    by_file, by_stdin = (
        invoke("migrate", "--listing", file, "--json"),
        invoke("migrate", "--listing", "-", "--json", stdin=raw),
    )
    assert by_file.exit_code == by_stdin.exit_code == 3
    assert by_file.stdout == by_stdin.stdout
    paths = {item.path for item in Plan.from_json(by_stdin.stdout).items}
    assert paths == {f"runs/a/checkpoints/{name}x.ckpt", "runs/a/checkpoints/last.ckpt"}


def test_a_listing_that_is_none_is_refused() -> None:
    result = invoke("migrate", "--listing", "-", stdin='{"size":1}\n')
    assert (result.exit_code, result.stdout) == (1, "")
    assert complaints(result)[0].endswith("expected a JSON object with a name")


# --------------------------------------------------------------------------------------------------------------------
# What fails.


def test_another_migration_is_at_work(tree: Path) -> None:
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
            ["trash", tree, "--empty"],
        ):
            result = invoke(*command)
            assert (result.exit_code, result.stdout) == (75, "")
            assert complaints(result) == [
                f"invalid root {str(tree)!r}: expected a root where no other migration is at work"
            ]
        # Who changes nothing need not wait.
        assert invoke("migrate", tree).exit_code == 3
        assert invoke("undo", tree, "--list").exit_code == 0
        listed = invoke("trash", tree)
        assert (listed.exit_code, listed.stderr) == (0, "")
        assert listed.stdout.splitlines()[-1].startswith("1 in the trash, ")
    assert manifest(tree, state=True, times=True) == before


@pytest.mark.parametrize(
    "command", [["migrate", "--apply"], ["prune", "--keep-last", "1", "--apply"], ["undo"], ["trash"]]
)
def test_what_it_cannot_work_with_is_an_error(tree: Path, command: list[str]) -> None:
    (tree / STATE).symlink_to(DIRECTORY)
    before = manifest(tree, times=True)
    result = invoke(command[0], tree, *command[1:])
    assert (result.exit_code, result.stdout) == (1, "")
    (complaint,) = complaints(result)
    assert os.strerror(errno.ENOTDIR) in complaint
    assert manifest(tree, times=True) == before


def test_a_journal_of_another_version_stops_all(tree: Path) -> None:
    grow(tree, {f"{STATE}/journal/000001.jsonl": File(b'{"journal":2}\n')})
    before = manifest(tree, times=True)
    for command in (["migrate", tree, "--apply"], ["undo", tree], ["undo", tree, "--list"], ["trash", tree]):
        result = invoke(*command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert complaints(result)[0].endswith(
            "expected a journal of version 1; if it is damaged, move it out of the way"
        )
    assert manifest(tree, times=True) == before


def stop(tree: Path) -> None:
    """Make a run unfinished, and its end impossible: a link was turned, and what is left of that is in the way."""
    (tree / "latest").symlink_to(f"{DIRECTORY}/{OLD}")
    assert invoke("migrate", tree, "--apply").exit_code == 0
    journal = tree / STATE / "journal/000001.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'\n{"end":"done"}\n', b""))
    (tree / "latest").unlink()
    (tree / "latest").symlink_to(f"{DIRECTORY}/{OLD}")
    (tree / f".ckpt-scheme-{hashlib.sha256(b'latest').hexdigest()[:16]}").mkdir()


def test_what_an_earlier_run_left_and_cannot_be_finished_is_a_failure(tree: Path) -> None:
    stop(tree)
    for command in (
        ["migrate", tree, "--apply", "--summary"],
        ["trash", tree, "--empty"],
        ["undo", tree],
    ):
        result = invoke(*command)
        assert result.exit_code == 1
        (complaint, *_) = complaints(result)
        assert complaint.startswith(f"{DIRECTORY}/{OLD}: ")


def test_a_damaged_journal_is_said(tree: Path) -> None:
    before = manifest(tree)
    invoke("migrate", tree, "--apply")
    journal = tree / STATE / "journal/000001.jsonl"
    first, second, *rest = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([first, b"\x00" + second[1:], *rest]))
    message = "the journal of run 1 is damaged: what cannot be read is passed over"
    applied = invoke("migrate", tree, "--apply")
    assert (applied.exit_code, complaints(applied)) == (0, [message])
    as_json = invoke("migrate", tree, "--apply", "--json")
    assert (json.loads(as_json.stdout)["damaged"], complaints(as_json)) == ([1], [message])
    emptied = invoke("trash", tree, "--empty")
    assert (emptied.exit_code, complaints(emptied)) == (0, [message])
    undone = invoke("undo", tree)
    assert (undone.exit_code, complaints(undone)) == (0, [message])
    # What the line said is not known any more.
    sidecar = f"{DIRECTORY}/{OLD}.md5"
    assert manifest(tree) == moved(before, {sidecar: MOVES[sidecar]})
    # And so nobody can say that there is nothing to put back.
    for option in ([], ["--json"]):
        again = invoke("undo", tree, *option)
        assert (again.exit_code, complaints(again)) == (1, [message])
    assert invoke("undo", tree).stdout == "there is nothing to put back\n"


# --------------------------------------------------------------------------------------------------------------------
# prune.


def test_prune_discards_what_no_rule_keeps(tmp_path: Path) -> None:
    names = [f"epoch-{number:02}_step-{number:06}.ckpt" for number in range(6)]
    grow(tmp_path, [*(f"{DIRECTORY}/{name}" for name in names), f"{DIRECTORY}/{OLD}"])
    before = manifest(tmp_path)
    arguments = ["--keep-last", "1", "--keep-every", "3"]
    preview = invoke("prune", tmp_path, *arguments)
    assert preview.exit_code == 0
    gone = [names[number] for number in (1, 2, 4)]
    table = [DIRECTORY, *(f"  discard   {name}  no rule keeps it" for name in gone)]
    assert lines(preview) == [*table, "0 to rename, 3 to discard, 0 in conflict, 4 left as they are"]
    assert manifest(tmp_path, state=True) == before
    assert invoke("prune", tmp_path, *arguments, "--apply", "--dry-run").stdout == preview.stdout
    assert manifest(tmp_path, state=True) == before
    applied = invoke("prune", tmp_path, *arguments, "--apply")
    assert (applied.exit_code, applied.stderr) == (0, "")
    assert lines(applied) == [
        *table,
        *summary("0 renamed, 3 discarded, 0 failed, 0 in conflict, 4 left as they are", tmp_path),
    ]
    assert manifest(tmp_path) == moved(before, {f"{DIRECTORY}/{name}": None for name in gone})
    assert invoke("undo", tmp_path).exit_code == 0
    assert manifest(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "policy"),
    [
        (["--keep-min-epoch", "0"], {"keep_min_epoch": 0}),
        (["--keep-last", "2"], {"keep_last": 2}),
        (["--keep-best", "hmean:2"], {"keep_best": KeepBest("hmean", 2)}),
        (["--keep-every", "5"], {"keep_every": 5}),
        (["--keep-younger-than", "7d"], {"keep_younger_than": 604_800}),
    ],
)
def test_one_rule_is_enough_for_prune(tree: Path, arguments: list[str], policy: dict[str, Any]) -> None:
    grow(tree, [f"{DIRECTORY}/{NEW}", f"{DIRECTORY}/{EARLY_NEW}"])
    result = invoke("prune", tree, "--json", *arguments)
    rules: dict[str, Any] = {"rename": False, "delete_old": True, "keep_min_epoch": None, **policy}
    assert result.stdout == make_plan(observe(tree), Policy(**rules)).to_json() + "\n"


def test_prune_shows_what_it_keeps_on_request(tree: Path) -> None:
    result = invoke("prune", tree, "--keep-min-epoch", "5", "--verbose")
    assert result.exit_code == 0
    assert sorted(line.split()[1] for line in lines(result)[1:-1]) == sorted([OLD, EARLY, "last.ckpt"])
    result = invoke("prune", tree, "--keep-min-epoch", "5", "--summary")
    assert result.stdout == "0 to rename, 0 to discard, 0 in conflict, 3 left as they are\n"


@pytest.mark.parametrize("arguments", [[], ["--keep-last", "0"], ["--apply"]])
def test_prune_needs_a_rule(tree: Path, arguments: list[str]) -> None:
    before = manifest(tree, state=True)
    message = usage_error(invoke("prune", tree, *arguments))
    assert message == "give one of the --keep options or more: what no rule keeps is discarded"
    assert manifest(tree, state=True) == before


def test_a_rule_that_keeps_nothing_is_none(tree: Path) -> None:
    before = manifest(tree, state=True)
    result = invoke("prune", tree, "--keep-younger-than", "0s", "--apply")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a rule that keeps something" in complaints(result)[0]
    assert manifest(tree, state=True) == before


# --------------------------------------------------------------------------------------------------------------------
# undo.


def test_undo_says_what_it_puts_back(tree: Path) -> None:
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


def test_undo_of_a_numbered_run(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    grow(tree, [f"{DIRECTORY}/epoch=20-step=1.ckpt"])
    invoke("migrate", tree, "--apply")
    assert invoke("undo", tree, "1").stdout.endswith("3 put back\n")
    # To put back what was put back is to do it again.
    assert invoke("undo", tree, "3").stdout.splitlines()[-2:] == [
        f"{DIRECTORY}/{EARLY} -> {DIRECTORY}/{EARLY_NEW}",
        "3 put back",
    ]
    result = invoke("undo", tree, "9")
    assert (result.exit_code, result.stdout) == (1, "")
    assert complaints(result)[0].endswith("expected the number of a run below this root, found int")
    assert "'[RUN]': 0 is not in the range x>=1" in usage_error(invoke("undo", tree, "0"))


def test_undo_where_nothing_was_done_makes_nothing(tree: Path) -> None:
    before = manifest(tree, state=True, times=True)
    result = invoke("undo", tree)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "there is nothing to put back\n", "")
    result = invoke("undo", tree, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"number": None, "done": [], "failed": [], "left": [], "damaged": []}
    for option in ([], ["--json"]):
        result = invoke("undo", tree, "--list", *option)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    result = invoke("trash", tree)
    assert (result.exit_code, result.stderr) == (0, "")
    assert manifest(tree, state=True, times=True) == before


def test_json_of_an_undo_is_its_report(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    (tree / DIRECTORY / EARLY).touch()
    result = invoke("undo", tree, "--json")
    assert result.exit_code == 3
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "number": 2,
        "done": [
            [f"{DIRECTORY}/{NEW}", f"{DIRECTORY}/{OLD}"],
            [f"{DIRECTORY}/{NEW}.md5", f"{DIRECTORY}/{OLD}.md5"],
        ],
        "failed": [],
        "left": [
            {
                "path": f"{DIRECTORY}/{EARLY_NEW}",
                "reason": f"something newer is called {DIRECTORY}/{EARLY}",
            }
        ],
        "damaged": [],
    }


def test_what_cannot_be_put_back_is_said(tmp_path: Path) -> None:
    run = "r\x1bun"
    grow(tmp_path, [f"{run}/checkpoints/{OLD}", f"{run}/checkpoints/{EARLY}"])
    invoke("migrate", tmp_path, "--apply")
    for name in (OLD, EARLY):
        (tmp_path / run / "checkpoints" / name).touch()
    result = invoke("undo", tmp_path)
    assert (result.exit_code, result.stdout) == (3, "0 put back\n")
    shown = r"r\x1bun/checkpoints"
    assert complaints(result) == [
        f"{shown}/{new}: something newer is called {shown}/{old}" for old, new in ((EARLY, EARLY_NEW), (OLD, NEW))
    ]


def test_the_names_that_are_put_back_are_escaped(tmp_path: Path) -> None:
    grow(tmp_path, [f"r\x1b\\/checkpoints/{OLD}"])
    invoke("migrate", tmp_path, "--apply")
    assert invoke("undo", tmp_path).stdout == (
        f"r\\x1b\\\\/checkpoints/{NEW} -> r\\x1b\\\\/checkpoints/{OLD}\n1 put back\n"
    )


def test_runs_are_listed(tree: Path) -> None:
    invoke("migrate", tree, "--apply")
    invoke("undo", tree)
    before = manifest(tree, state=True, times=True)
    first, second = runs(tree)
    result = invoke("undo", tree, "--list", "--json")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "run": 1,
            "action": "migrate",
            "time": first.time.isoformat(),
            "undoes": None,
            "acts": 3,
            "end": "done",
        },
        {"run": 2, "action": "undo", "time": second.time.isoformat(), "undoes": 1, "acts": 3, "end": "done"},
    ]
    result = invoke("undo", tree, "--list")
    assert result.stdout.splitlines() == [
        f"run=1 action=migrate time={first.time.isoformat()} acts=3 end=done",
        f"run=2 action=undo time={second.time.isoformat()} undoes=1 acts=3 end=done",
    ]
    assert manifest(tree, state=True, times=True) == before


def test_a_failure_counts_more_than_what_is_left(tree: Path) -> None:
    invoke("migrate", tree, "--apply", "--delete-old")
    # One is in the way of another, and the directory of the third is gone.
    run, other = tree / "run", tree / "other"
    (run / "checkpoints" / NEW).unlink()
    run.rename(other)
    (tree / "run").mkdir()
    result = invoke("undo", tree)
    assert result.exit_code == 1
    assert result.stdout == "0 put back\n"
    assert complaints(result) == [
        f"{TRASHED}: {os.strerror(errno.ENOENT)}",
        f"{DIRECTORY}/{NEW}: it is gone",
        f"{DIRECTORY}/{NEW}.md5: it is gone",
    ]


# --------------------------------------------------------------------------------------------------------------------
# trash.


@pytest.fixture
def trashed(tree: Path) -> Path:
    """A tree with one run's discard of today, and one of nine days ago with a control character in its path."""
    grow(tree, {f"r\x1bun/checkpoints/{EARLY}/shard": File(b"12345678"), "r\x1bun/checkpoints/last.ckpt": File()})
    assert invoke("migrate", tree / "r\x1bun" / "..", "--apply", "--delete-old", "--summary").exit_code == 0
    return tree


def age(tree: Path, number: int, days: int) -> str:
    """Make a run older; return its time as text."""
    (journal,) = (each for each in runs(tree) if each.number == number)
    path = tree / STATE / f"journal/{number:06}.jsonl"
    then = (datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)).isoformat()
    path.write_text(path.read_text().replace(journal.time.isoformat(), then))
    return then


def test_the_trash_is_listed(trashed: Path) -> None:
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


def test_the_trash_is_emptied(trashed: Path) -> None:
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


def test_only_what_is_old_is_removed(trashed: Path) -> None:
    early = f"{DIRECTORY}/epoch=4-step=1.ckpt"
    grow(trashed, [early])
    invoke("migrate", trashed, "--apply", "--delete-old")
    then = age(trashed, 1, days=9)
    assert invoke("trash", trashed, "--older-than", "10d").stdout == "0 in the trash, 0 bytes\n"
    assert invoke("trash", trashed, "--older-than", "10d", "--empty").stdout == "0 removed, 0 bytes\n"
    # What is listed for an age is what would be removed for it.
    for option in ([], ["--empty"]):
        result = invoke("trash", trashed, "--older-than", "8d", "--json", *option)
        assert {json.loads(line)["time"] for line in result.stdout.splitlines()} == {then}
        assert len(result.stdout.splitlines()) == 2
    (left,) = invoke("trash", trashed, "--json").stdout.splitlines()
    assert json.loads(left)["path"] == early
    assert invoke("trash", trashed, "--older-than", "1h").stdout == "0 in the trash, 0 bytes\n"
    assert invoke("trash", trashed, "--older-than", "0s", "--empty").stdout.endswith(" bytes\n")
    assert not (trashed / STATE / "trash").exists()


def test_what_two_runs_name_is_listed_once(trashed: Path) -> None:
    size = (trashed / TRASHED).stat().st_size
    journals = trashed / STATE / "journal"
    (journals / "000002.jsonl").write_bytes((journals / "000001.jsonl").read_bytes())
    assert invoke("trash", trashed).stdout.splitlines()[-1] == f"2 in the trash, {size + 8} bytes"
    found = invoke("trash", trashed, "--json").stdout.splitlines()
    assert [json.loads(line)["run"] for line in found] == [2, 2]
    result = invoke("trash", trashed, "--empty")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"2 removed, {size + 8} bytes"


def test_what_cannot_be_removed_is_a_failure(trashed: Path) -> None:
    need("root", "chattr")
    with immutable((trashed / TRASHED).parent):
        result = invoke("trash", trashed, "--empty")
    assert result.exit_code == 1
    assert complaints(result) == [f"{TRASHED}: {os.strerror(errno.EPERM)}"]
    assert (trashed / TRASHED).exists()
    assert invoke("trash", trashed).stdout.splitlines()[-1].startswith("1 in the trash, ")


# --------------------------------------------------------------------------------------------------------------------
# Terminals.

# The bar is drawn with what the encoding of the terminal has.
ASCII: Final = {"PYTHONIOENCODING": "ascii"}


@pytest.mark.parametrize("command", ["migrate", "plan", "undo", "trash"])
def test_a_terminal_shows_progress_on_stderr_alone(tree: Path, command: str) -> None:
    arguments = ["migrate", str(tree), "--apply", "--delete-old"]
    if command == "plan":
        arguments = ["migrate", "--plan", str(plan_file(tree, "--delete-old")), "--apply"]
    elif command != "migrate":
        invoke(*arguments)
        arguments = ["undo", str(tree)] if command == "undo" else ["trash", str(tree), "--empty"]
    total = 1 if command == "trash" else 3
    shown, result = on_terminal("-m", "ckpt_scheme", *arguments, streams=["stderr"], env=ASCII)
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert result.stdout.splitlines()
    assert f"{total}/{total}" in shown
    # The cursor is back, and nothing stays on the screen.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.rindex("\x1b[2K") > shown.rindex(f"{total}/{total}")


def test_progress_is_shown_again_only_after_a_pause_or_at_the_end() -> None:
    script = (
        "import types\n"
        "from ckpt_scheme._cli import terminal\n"
        "times = iter([0.0, 0.05, 0.1, 0.15, 1.0, 1.05])\n"
        "terminal.time = types.SimpleNamespace(monotonic=lambda: next(times))\n"
        "with terminal.Bar() as bar:\n"
        "    for done in range(1, 7): bar.show(done, 6)"
    )
    shown, result = on_terminal("-c", script, streams=["stderr"], env=ASCII)
    assert (result.returncode, result.stdout) == (0, b"")
    found = re.findall("([0-9]+)/([0-9]+)", shown)
    assert list(dict.fromkeys(found)) == [("1", "6"), ("3", "6"), ("5", "6"), ("6", "6")]
