"""``ckpt-scheme migrate`` and ``prune`` print the true names, folders and sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_migrations import complaints, lines, usage_error
from cli_runner import invoke
from migration_trees import STATE, File, grow, manifest

RUN: str = "exp/checkpoints"


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("epoch=9-step=1000-val_loss=0.2000.ckpt", "epoch-09_step-001000_val_loss-0.2000.ckpt"),
        ("model-epoch=3-step=120.ckpt", "epoch-03_step-000120.ckpt"),
        ("best-v1.ckpt", "best_v1.ckpt"),
    ],
)
def test_migrate_gives_the_name_that_ls_announces(tmp_path: Path, name: str, new: str) -> None:
    grow(tmp_path, [f"{RUN}/{name}"])

    (run,) = map(json.loads, invoke("ls", "--json", tmp_path).stdout.splitlines())
    result = invoke("migrate", tmp_path, "--json")
    (item,) = json.loads(result.stdout)["items"]

    assert run["checkpoints"][0]["canonical_name"] == new
    assert item["do"] in {"rename", "conflict"}
    assert item["do"] == "conflict" or item["new"] == f"{RUN}/{new}"
    assert item["do"] == "rename" or "no place for" in item["reason"]


def test_name_of_other_framework_is_reported_with_option(tmp_path: Path) -> None:
    name = "step=16-epoch=1-end.ckpt"
    grow(tmp_path, {f"{RUN}/{name}": File()})

    refused = invoke("migrate", tmp_path, "--json")
    (item,) = json.loads(refused.stdout)["items"]

    assert item["do"] == "conflict"
    assert "no known format" not in item["reason"]
    assert "nemo/" in item["reason"]
    assert "--framework nemo or --format nemo/" in item["advice"]

    for option in (["--framework", "nemo"], ["--format", item["advice"].rpartition(" ")[2]]):
        (asked,) = json.loads(invoke("migrate", tmp_path, "--json", *option).stdout)["items"]
        assert "may look for this name" not in asked["reason"]


def test_framework_decides_shared_name(tmp_path: Path) -> None:
    grow(tmp_path, [f"{RUN}/latest.ckpt"])

    refused = invoke("migrate", tmp_path)

    assert refused.exit_code == 3
    assert "its name is ambiguous: " in refused.stdout
    assert invoke("migrate", tmp_path, "--framework", "ocr-project", "--apply").exit_code == 0
    assert (tmp_path / RUN / "last.ckpt").exists()


@pytest.mark.parametrize("option", ["--framework", "--format"])
def test_unknown_framework_or_format_is_refused(tmp_path: Path, option: str) -> None:
    assert usage_error(invoke("migrate", tmp_path, option, "x\x1b")) == r"x\x1b is no known framework or format"


def test_other_layouts_are_reported_and_planned_on_request(tmp_path: Path) -> None:
    names = [
        "a/b/checkpoints/epoch=1-step=5.ckpt",
        "flat/epoch=2-step=6.ckpt",
        "logs/version_3/checkpoints/epoch=3-step=7.ckpt",
    ]
    grow(tmp_path, [*names, *(f"more{number}/epoch=1-step=5.ckpt" for number in range(4))])

    result = invoke("migrate", tmp_path)

    assert result.exit_code == 0
    assert (
        "note: a/b/checkpoints: 1 checkpoint outside of RUN/checkpoints: --recursive plans for it too" in result.stdout
    )
    assert result.stdout.startswith("note: 7 checkpoints in 7 folders outside of RUN/checkpoints; the first 5 follow: ")

    before = manifest(tmp_path)
    assert lines(invoke("migrate", tmp_path, "--recursive"))[-1].startswith("7 to rename, ")
    assert invoke("migrate", tmp_path, "--recursive", "--apply", "--summary").exit_code == 0
    assert (tmp_path / "flat/epoch-02_step-000006.ckpt").exists()
    assert invoke("undo", tmp_path).exit_code == 0
    assert manifest(tmp_path) == before


def test_prune_prints_no_note_of_migration(tmp_path: Path) -> None:
    grow(
        tmp_path,
        {
            f"run{number}/checkpoints/epoch-0{epoch}_step-000001.ckpt": File(b"x" * 1500)
            for number in range(3)
            for epoch in range(3)
        },
    )

    result = invoke("prune", tmp_path, "--keep-last", "1")

    assert "note:" not in result.stdout
    assert "rename" not in result.stdout
    assert result.stdout.splitlines()[0] == "run0/checkpoints (3.00 kB to discard)"
    assert result.stdout.splitlines()[-1] == "6 to discard (9.00 kB), 3 left as they are"
    assert (
        sum(
            item.get("size", 0)
            for item in json.loads(invoke("prune", tmp_path, "--keep-last", "1", "--json").stdout)["items"]
        )
        == 9000
    )


def test_message_about_broken_plan_is_short(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"plan": 2, "root": "x" * 1_000_000}))

    result = invoke("migrate", "--plan", file)

    assert result.exit_code == 1
    assert len(result.stderr) < 1000
    assert complaints(result)[0].startswith("invalid plan")


def test_journal_with_odd_time_is_refused_without_traceback(tmp_path: Path) -> None:
    header = {
        "journal": 1,
        "action": "prune",
        "time": "0001-01-01T00:00:00",
        "undoes": None,
        "continues": None,
        "acts": 0,
    }
    grow(
        tmp_path,
        {f"{STATE}/journal/000001.jsonl": File(json.dumps(header).encode() + b"\n"), f"{RUN}/last.ckpt": File()},
    )

    for command in (["trash", tmp_path], ["undo", tmp_path], ["undo", tmp_path, "--list"]):
        result = invoke(*command)

        assert result.exit_code == 1
        assert "is not a journal of version 1 or 2" in result.stderr


def test_run_itself_is_named_as_such(tmp_path: Path) -> None:
    grow(tmp_path, [f"{RUN}/notes.txt"])

    assert "exp is a run itself" in invoke("migrate", tmp_path / "exp").stderr
