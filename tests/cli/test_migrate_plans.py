"""``ckpt-scheme migrate`` with a plan file or the listing of an object store."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.migration import Plan, make_plan, read_objects
from cli_migrations import (
    DIRECTORY,
    EARLY,
    MOVES,
    NEW,
    OLD,
    SIZE,
    STAYS,
    TREE,
    WIDTH,
    complaints,
    lines,
    plan_file,
    summary,
    usage_error,
)
from cli_runner import invoke
from migration_trees import grow, manifest, moved


@pytest.mark.parametrize("is_given", [False, True])
def test_plan_file_is_shown_and_applied(tree: Path, is_given: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    file = plan_file(tree, "--delete-old")
    monkeypatch.chdir(tree)
    # The root is given in another spelling, or not at all.
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
        f"1 renamed, 1 discarded ({SIZE}), 0 failed, 0 in conflict, 1 left as they are", tree
    )
    assert manifest(tree) == moved(before, {**MOVES, f"{DIRECTORY}/{EARLY}": None})


def test_plan_of_other_root_is_refused(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    grow(other, TREE)
    file = plan_file(tree)

    assert usage_error(invoke("migrate", other, "--plan", file, "--apply")) == f"the plan is for {tree}"

    tree.rename(tree.with_name("moved"))

    assert usage_error(invoke("migrate", "--plan", file)) == f"{tree} is not a directory"


def test_plan_is_refused_after_change(tree: Path) -> None:
    file = plan_file(tree)
    (tree / DIRECTORY / EARLY).unlink()
    before = manifest(tree, state=True, times=True)

    result = invoke("migrate", "--plan", file, "--apply")

    assert (result.exit_code, result.stdout) == (1, "")

    (complaint,) = complaints(result)
    assert complaint == "the plan is stale: an entry below its root has changed since. Plan again."
    assert manifest(tree, state=True, times=True) == before


@pytest.mark.parametrize("text", ["", "{}", '{"plan":2}', "[]", "\x1b[2J"])
def test_malformed_plan_is_refused(tree: Path, text: str) -> None:
    file = tree.with_name("plan")
    file.write_text(text)

    result = invoke("migrate", "--plan", file)

    assert (result.exit_code, result.stdout) == (1, "")

    (complaint,) = complaints(result)
    assert complaint.startswith("invalid plan ")


@pytest.mark.parametrize("option", ["--plan", "--listing"])
def test_unreadable_file_is_refused(tmp_path: Path, option: str) -> None:
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
def test_plan_with_policy_option_is_refused(tree: Path, option: list[str]) -> None:
    message = usage_error(invoke("migrate", "--plan", plan_file(tree), *option))

    assert message == f"{option[0]} and --plan exclude each other: a plan has its own policy"


def test_conflicting_options_are_refused(tree: Path) -> None:
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


def test_listing_of_object_store_is_planned(tmp_path: Path) -> None:
    file = tmp_path / "listing"
    file.write_text(LISTING)

    by_file = invoke("migrate", "--listing", file, "--delete-old")
    by_stdin = invoke("migrate", "--listing", "-", "--delete-old", stdin=LISTING)
    dry = invoke("migrate", "--listing", file, "--delete-old", "--apply", "--dry-run")

    assert (by_file.exit_code, by_file.stderr) == (0, "")
    assert by_file.stdout == by_stdin.stdout == dry.stdout
    assert lines(by_file) == [
        "runs/a/checkpoints (12 B to discard)",
        f"  rename    {OLD} -> {NEW}  lightning/default; {STAYS}",
        f"  discard   {EARLY:<{WIDTH}}  epoch 3 is before 10",
        "1 to rename, 1 to discard (12 B), 0 in conflict, 1 left as they are",
    ]

    plan = Plan.from_json(invoke("migrate", "--listing", "-", "--json", stdin=LISTING).stdout)

    # The policy does not depend on the time.
    assert plan == make_plan(read_objects(LISTING.splitlines(), time.time_ns()))
    assert plan.root == ""
    assert [path.name for path in tmp_path.iterdir()] == ["listing"]


def test_plan_of_object_store_cannot_be_applied(tmp_path: Path) -> None:
    file = tmp_path / "plan"

    file.write_text(invoke("migrate", "--listing", "-", "--json", stdin=LISTING).stdout)
    before = manifest(tmp_path, times=True)

    assert invoke("migrate", "--plan", file, "--apply").exit_code == 2
    assert manifest(tmp_path, times=True) == before


@pytest.mark.parametrize("name", ["\udcff", "\u2028", "\x0c", "\x85", "\r", "a b"])
def test_listing_is_equal_from_file_and_stdin(tmp_path: Path, name: str) -> None:
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


def test_malformed_listing_is_refused() -> None:
    result = invoke("migrate", "--listing", "-", stdin='{"size":1}\n')

    assert (result.exit_code, result.stdout) == (1, "")
    assert complaints(result)[0].endswith("expected a JSON object with a path")
