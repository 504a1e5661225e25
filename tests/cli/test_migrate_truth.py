"""``ckpt-scheme migrate`` and ``prune`` print the true names, folders and sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_migrations import complaints, lines, usage_error
from cli_runner import invoke
from migration_trees import STATE, File, grow, manifest
from programs import ckpt

RUN: str = "exp/checkpoints"
LONG: str = "x" * 60_000


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


def test_folders_in_folders_are_printed_once_each(tmp_path: Path) -> None:
    names = [
        "run/best.ckpt",
        "run/epoch-02_step-000002.ckpt",
        "run/epoch-03-x/epoch-03_step-000001.ckpt",
        "run/epoch-03-x/epoch-04_step-000001.ckpt",
        "run/epoch=1-step=1.ckpt",
    ]
    grow(tmp_path, {name: File(b"1234") for name in names})

    result = invoke("migrate", tmp_path, "--recursive", "--delete-old", "--keep-last", "1")

    heads = [line for line in lines(result) if not line.startswith((" ", "note:"))]
    assert heads == [
        "run/epoch-03-x (4 B to discard)",
        "run (4 B to discard)",
        "0 to rename, 2 to discard (8 B), 0 in conflict, 3 left as they are",
    ]
    assert "its content stays" not in result.stdout


def test_checkpoints_of_other_frameworks_alone_are_counted(tmp_path: Path) -> None:
    grow(tmp_path, [f"hf/checkpoint-{step}/model.safetensors" for step in (500, 1000)])

    result = invoke("migrate", tmp_path)

    assert result.exit_code == 0
    assert complaints(result) == [
        f"2 checkpoints, whose names do not end in .ckpt, stay: see ckpt-scheme ls {tmp_path}"
    ]
    assert invoke("prune", tmp_path, "--keep-last", "1").stderr == ""


def test_rename_says_what_it_drops(tmp_path: Path) -> None:
    grow(tmp_path, [f"{RUN}/epoch=4-step=58-val_loss=0.2-val_acc=0.9.ckpt"])

    refused = invoke("migrate", tmp_path)
    dropped = invoke("migrate", tmp_path, "--drop", "metric", "--drop", "timestmp")

    assert "a name holds one metric at most, and --drop metric drops all" in refused.stdout
    assert "lightning/measured-epoch; drops metric" in dropped.stdout
    assert complaints(dropped) == ["--drop timestmp: no new name here drops this field"]
    (item,) = json.loads(invoke("migrate", tmp_path, "--drop", "metric", "--json").stdout)["items"]
    assert (item["losses"], item["kind"]) == (["metric"], "file")


def test_framework_and_format_have_options_of_their_own(tmp_path: Path) -> None:
    assert usage_error(invoke("migrate", tmp_path, "--format", "nemo")) == "nemo is for --framework, not for --format"
    assert usage_error(invoke("migrate", tmp_path, "--framework", "nemo/end-logged")) == (
        "nemo/end-logged is for --format, not for --framework"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        *([option, LONG] for option in ("--framework", "--format", "--plan", "--listing", f"--{LONG}")),
        ["--delete-old", "--keep-best", f"{LONG}:y"],
        [LONG],
    ],
    ids=lambda arguments: arguments[0][:20],
)
def test_complaint_about_long_argument_is_short(tmp_path: Path, arguments: list[str]) -> None:
    done = ckpt("migrate", str(tmp_path), *arguments).check(1, 2)

    assert len(done.stderr) < 1500


def test_options_without_effect_are_refused(tmp_path: Path) -> None:
    both = invoke("trash", tmp_path, "--check", "--older-than", "9d")
    assert usage_error(both) == "--check and --older-than exclude each other"
    assert usage_error(invoke("undo", tmp_path, "3", "--list")).startswith("--list and OPERATION")
    assert usage_error(invoke("migrate", "")) == "'' is not a directory"


def test_nothing_is_asked_if_nothing_would_be_removed(tmp_path: Path) -> None:
    grow(tmp_path, [f"{RUN}/epoch=1-step=1.ckpt"])
    assert invoke("migrate", tmp_path, "--apply").exit_code == 0

    assert invoke("trash", tmp_path, "--empty").stdout == "0 removed, 0 B\n"


def test_result_as_json_holds_conflicts_and_notes(tmp_path: Path) -> None:
    grow(tmp_path, [f"{RUN}/epoch=1-step=1.ckpt", f"{RUN}/epoch=28.ckpt", "flat/epoch=1-step=1.ckpt"])

    result = invoke("migrate", tmp_path, "--apply", "--json")

    assert result.exit_code == 3
    record = json.loads(result.stdout)
    assert (record["renamed"], record["discarded"]) == (1, 0)
    assert [conflict["path"] for conflict in record["conflicts"]] == [f"{RUN}/epoch=28.ckpt"]
    assert "flat" in [note["path"] for note in record["notes"]]


def test_listing_may_hold_other_objects_and_layouts() -> None:
    text = "".join(
        f"2025-10-09 01:55:12  10 {name}\n"
        for name in (
            "README.md",
            "top.ckpt",
            "a/run/checkpoints/epoch=1-step=1.ckpt/part",
            "a/flat/epoch=2-step=2.ckpt",
            "a/flat/epoch=2-step=2.ckpt.md5",
            "a/other/notes.txt",
        )
    )

    result = invoke("migrate", "--listing", "-", stdin=text)

    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        "note: .: 1 checkpoint outside of RUN/checkpoints: --recursive plans for it too" in result.stdout.splitlines()
    )
    assert (
        "note: a/flat: 1 checkpoint outside of RUN/checkpoints: --recursive plans for it too"
        in result.stdout.splitlines()
    )
    assert lines(result)[-1].startswith("1 to rename, ")

    plan = json.loads(invoke("migrate", "--listing", "-", "--recursive", "--json", stdin=text).stdout)
    found = {item["path"]: item for item in plan["items"]}
    assert found["a/run/checkpoints/epoch=1-step=1.ckpt"]["kind"] == "directory"
    assert found["a/flat/epoch=2-step=2.ckpt"]["kind"] == "file"
    assert [side["new"] for side in found["a/flat/epoch=2-step=2.ckpt"]["sidecars"]] == [
        "a/flat/epoch-02_step-000002.ckpt.md5"
    ]
    assert found["top.ckpt"]["do"] == "conflict"
    assert len(found) == 3


def test_keep_best_says_which_name_of_a_metric_is_meant(tmp_path: Path) -> None:
    message = usage_error(invoke("prune", tmp_path, "--keep-best", "val/loss"))

    assert "'val/loss': expected the name of a metric: " in message
    assert message.endswith("did you mean 'val_loss'?")
