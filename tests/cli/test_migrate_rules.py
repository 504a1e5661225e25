"""The rules of ``ckpt-scheme migrate`` and ``prune``: how options become a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckpt_scheme.migration import KeepBest, Plan, Policy, make_plan, observe
from cli_migrations import DIRECTORY, EARLY, EARLY_NEW, NEW, OLD, complaints, lines, summary, usage_error
from cli_runner import invoke
from migration_trees import grow, manifest, moved


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
def test_options_make_policy(tree: Path, arguments: list[str], policy: dict[str, Any]) -> None:
    result = invoke("migrate", tree, "--delete-old", "--json", *arguments)
    rules: dict[str, Any] = {"delete_old": True, **policy}

    expected = make_plan(observe(tree), Policy(**rules))

    assert Plan.from_json(result.stdout) == expected
    assert result.stdout == expected.to_json() + "\n"


@pytest.mark.parametrize("best", ["", ":2", "hmean:0", "hmean:-1", "hmean:x", "hmean:1:best", "hmean:1:max:2"])
def test_malformed_keep_best_is_refused(tree: Path, best: str) -> None:
    message = usage_error(invoke("migrate", tree, "--delete-old", "--keep-best", best))

    assert message == (
        f"Invalid value for '--keep-best': {best!r} is not METRIC[:N[:MODE]], with max or min as its mode"
    )


@pytest.mark.parametrize("age", ["", "7", "d", "-1d", "1.5h", "7 d", "1y"])
def test_malformed_age_is_refused(tree: Path, age: str) -> None:
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
def test_keep_rule_without_delete_old_is_refused(tree: Path, rule: list[str]) -> None:
    message = usage_error(invoke("migrate", tree, *rule))

    assert message == f"{rule[0]} is for --delete-old: without it nothing is discarded"


def test_drop_removes_field(tmp_path: Path) -> None:
    old = "epoch_epoch=02-step_step=0819-loss_val_loss=1.51912.ckpt"
    grow(tmp_path, [f"{DIRECTORY}/{old}"])

    refused, given_up = invoke("migrate", tmp_path), invoke("migrate", tmp_path, "--drop", "digits")

    assert (refused.exit_code, given_up.exit_code) == (3, 0)

    (rename,) = make_plan(observe(tmp_path), Policy(drop=("digits",))).renames

    assert lines(given_up) == [
        DIRECTORY,
        f"  rename    {old} -> epoch-02_step-000819_val_loss-1.5191.ckpt  {rename.reason}; drops digits",
        "1 to rename, 0 to discard, 0 in conflict, 0 left as they are",
    ]

    (conflict,) = make_plan(observe(tmp_path)).conflicts

    assert lines(refused) == [
        DIRECTORY,
        f"  conflict  {old}  {conflict.reason}: {conflict.advice}",
        "0 to rename, 0 to discard, 1 in conflict, 0 left as they are",
    ]
    assert "--drop digits" in conflict.advice


def test_drop_without_field_is_refused(tree: Path) -> None:
    result = invoke("migrate", tree, "--drop", "")

    assert (result.exit_code, result.stdout) == (1, "")

    (complaint,) = complaints(result)
    assert complaint.startswith("invalid drop ")


def test_prune_discards_names_that_no_rule_keeps(tmp_path: Path) -> None:
    names = [f"epoch-{number:02}_step-{number:06}.ckpt" for number in range(6)]
    grow(tmp_path, [*(f"{DIRECTORY}/{name}" for name in names), f"{DIRECTORY}/{OLD}"])
    before = manifest(tmp_path)
    arguments = ["--keep-last", "1", "--keep-every", "3"]

    preview = invoke("prune", tmp_path, *arguments)

    assert preview.exit_code == 0

    gone = [names[number] for number in (1, 2, 4)]
    size = sum((tmp_path / DIRECTORY / name).stat().st_size for name in gone)
    table = [f"{DIRECTORY} ({size} B to discard)", *(f"  discard   {name}  no rule keeps it" for name in gone)]
    left = "4 left as they are (1 of them not in the scheme; see migrate)"
    assert lines(preview) == [*table, f"3 to discard ({size} B), {left}"]
    assert manifest(tmp_path, state=True) == before
    assert invoke("prune", tmp_path, *arguments, "--apply", "--dry-run").stdout == preview.stdout
    assert manifest(tmp_path, state=True) == before

    applied = invoke("prune", tmp_path, *arguments, "--apply")

    assert (applied.exit_code, applied.stderr) == (0, "")
    assert lines(applied) == [
        *table,
        *summary(f"3 discarded ({size} B), 0 failed, {left}", tmp_path),
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
def test_prune_options_make_policy(tree: Path, arguments: list[str], policy: dict[str, Any]) -> None:
    grow(tree, [f"{DIRECTORY}/{NEW}", f"{DIRECTORY}/{EARLY_NEW}"])

    result = invoke("prune", tree, "--json", *arguments)
    rules: dict[str, Any] = {"rename": False, "delete_old": True, "keep_min_epoch": None, **policy}

    assert result.stdout == make_plan(observe(tree), Policy(**rules)).to_json() + "\n"


def test_prune_verbose_prints_kept_names(tree: Path) -> None:
    result = invoke("prune", tree, "--keep-min-epoch", "5", "--verbose")

    assert result.exit_code == 0
    assert sorted(line.split()[1] for line in lines(result)[1:-1]) == sorted([OLD, EARLY, "last.ckpt"])

    result = invoke("prune", tree, "--keep-min-epoch", "5", "--summary")

    assert result.stdout == "0 to discard, 3 left as they are (2 of them not in the scheme; see migrate)\n"


@pytest.mark.parametrize("arguments", [[], ["--keep-last", "0"], ["--apply"]])
def test_prune_without_rule_is_refused(tree: Path, arguments: list[str]) -> None:
    before = manifest(tree, state=True)

    message = usage_error(invoke("prune", tree, *arguments))

    assert message == "give at least one --keep option: checkpoints that no rule keeps are discarded"
    assert manifest(tree, state=True) == before


def test_prune_refuses_rule_that_keeps_nothing(tree: Path) -> None:
    before = manifest(tree, state=True)

    result = invoke("prune", tree, "--keep-younger-than", "0s", "--apply")

    assert usage_error(result).startswith("give at least one --keep option")
    assert manifest(tree, state=True) == before
