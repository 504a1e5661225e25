"""``ckpt-scheme identify``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_names import HF
from cli_runner import invoke, records
from cli_trees import OTHER_RUN, RUN, plant, run_shell


def test_identify_prints_framework_and_evidence(framework_outputs: Path) -> None:
    result = invoke("identify", f"{framework_outputs}/hf", f"{framework_outputs}/megatron")

    assert (result.exit_code, result.stderr) == (0, "")

    lines = result.stdout.splitlines()
    assert lines[0] == f"{framework_outputs}/hf: {HF}"
    assert any(line == f"  {HF}/step (step): checkpoint-10000/, checkpoint-500/, checkpoint-9000/" for line in lines)
    assert f"{framework_outputs}/megatron: megatron-lm" in lines
    assert "  megatron-lm/latest (pointer): latest_checkpointed_iteration.txt; also verl" in lines


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["notes.txt"], "No known format reads a name in it."),
        (
            ["checkpoint_4.pth"],
            "Many programs write these names. Pass --framework to ls or decode if you know the writer.",
        ),
        (["best-v1.ckpt", "best.ckpt"], "The names do not decide between lightning and ocr-project."),
        (
            ["epoch=3-step=9.ckpt", "epoch_09_step_002730.ckpt"],
            "lightning and ocr-project each read names that the others do not read.",
        ),
        (
            [
                "epoch=3-step=9.ckpt",
                "epoch_09_step_002730.ckpt",
                "iter_0000500/",
                "checkpoint-500/",
                "trainer_state.json",
            ],
            "huggingface-trainer, lightning, megatron-lm and 1 more each read names that the others do not read.",
        ),
        (["epoch=3-step=9.ckpt"], "lightning reads 1 name; no other framework reads 1 of them."),
        (
            ["checkpoint-500/", "trainer_state.json"],
            "huggingface-trainer reads 2 names; no other framework reads 2 of them.",
        ),
    ],
)
def test_identify_prints_the_reason_for_its_answer(names: list[str], sentence: str) -> None:
    result = invoke("identify", "-", stdin="\n".join(names))

    assert result.stdout.splitlines()[1] == f"  {sentence}"


def test_identify_json_holds_candidates_and_evidence(framework_outputs: Path) -> None:
    (record,) = records(invoke("identify", "--json", f"{framework_outputs}/megatron"))

    assert record.keys() == {"path", "framework", "candidates", "unread"}
    assert (record["path"], record["framework"], record["unread"]) == (
        f"{framework_outputs}/megatron",
        "megatron-lm",
        [],
    )
    assert [candidate["framework"] for candidate in record["candidates"]] == ["megatron-lm", "verl"]
    assert record["candidates"][0] == {
        "framework": "megatron-lm",
        "telling": 3,
        "other": 0,
        "alone": 2,
        "evidence": [
            {
                "format": "step",
                "kind": "step",
                "names": ["iter_0000500/", "iter_0001000/"],
                "others": [],
                "tells": True,
            },
            {
                "format": "latest",
                "kind": "pointer",
                "names": ["latest_checkpointed_iteration.txt"],
                "others": ["verl"],
                "tells": True,
            },
        ],
    }


def test_identify_reads_names_from_stdin() -> None:
    result = invoke("identify", "-", stdin="checkpoint-500/\ntrainer_state.json\nnotes \x1b.txt\n")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"-: {HF}")

    (record,) = records(invoke("identify", "--json", "-", stdin="checkpoint_500/\nnotes \x1b.txt\n"))

    assert (record["framework"], record["unread"]) == (None, ["notes \x1b.txt"])


def test_identify_continues_after_undecided_directory_and_exits_with_1(framework_outputs: Path) -> None:
    result = invoke("identify", f"{framework_outputs}/open", f"{framework_outputs}/digits", f"{framework_outputs}/hf")

    assert (result.exit_code, result.stderr) == (1, "")

    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert heads == [
        f"{framework_outputs}/open: undecided",
        f"{framework_outputs}/digits: undecided",
        f"{framework_outputs}/hf: {HF}",
    ]


def test_identify_abbreviates_many_names(tmp_path: Path) -> None:
    plant(tmp_path, *(f"iter_{step:07d}/" for step in range(5)))

    assert "iter_0000000/, iter_0000001/, iter_0000002/ and 2 more\n" in invoke("identify", str(tmp_path)).stdout


def test_identify_reads_the_checkpoints_of_a_run(tmp_path: Path) -> None:
    plant(tmp_path, "run/checkpoints/epoch=3-step=1200.ckpt", "run/checkpoints/last.ckpt", "run/logs/", "run/a.txt")
    plant(tmp_path, "other/checkpoints/checkpoint_0/random_states_0.pkl", "other/checkpoints/checkpoint_1/")

    result = invoke("identify", f"{tmp_path}/run", f"{tmp_path}/other")

    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0]) == (0, f"{tmp_path}/run: lightning")
    assert "  lightning/default (epoch): checkpoints/epoch=3-step=1200.ckpt" in lines
    assert f"{tmp_path}/other: accelerate" in lines
    assert "  accelerate/random-states (aux): checkpoints/checkpoint_0/random_states_0.pkl" in lines


def test_identify_complains_of_missing_directory(framework_outputs: Path) -> None:
    result = invoke("identify", f"{framework_outputs}/missing")

    assert (result.exit_code, result.stdout) == (1, "")


def test_identify_reports_vanished_directory_and_continues(
    framework_outputs: Path,
) -> None:
    result = invoke("identify", f"{framework_outputs}/missing", f"{framework_outputs}/hf")

    assert result.exit_code == 1
    assert result.stderr == f"ckpt-scheme: cannot read {framework_outputs}/missing: No such file or directory\n"
    assert result.stdout.startswith(f"{framework_outputs}/hf: {HF}\n")


def test_identify_and_ls_escape_hostile_name(tmp_path: Path) -> None:
    plant(tmp_path, "evil\x1b[2J_step_5.pt", "epoch_1.pth")

    for command in ("identify", "ls"):
        result = invoke(command, str(tmp_path))
        assert "\x1b" not in result.output

    assert records(invoke("identify", "--json", str(tmp_path)))[0]["path"] == str(tmp_path)


def test_identify_works_in_pipeline(framework_outputs: Path) -> None:
    done = run_shell("ls -p hf/checkpoint-500 | $PROGRAM identify --json -", cwd=framework_outputs)

    assert done.returncode == 1  # DeepSpeed wrote some of the names
    assert {candidate["framework"] for candidate in json.loads(done.stdout)["candidates"]} >= {HF, "deepspeed"}


def test_identify_does_not_count_a_run_id_as_evidence_of_an_older_format(tmp_path: Path) -> None:
    third = f"a-b_c_{RUN[-15:]}"
    plant(tmp_path, f"{RUN}/checkpoints/epoch-22_step-001932.ckpt", f"{OTHER_RUN}/checkpoints/", "notes.txt", third)

    runs, nothing = records(invoke("identify", "--json", tmp_path, tmp_path / OTHER_RUN))

    assert (runs["framework"], runs["candidates"][0]["evidence"][0]["names"]) == (
        "ckpt_scheme",
        [f"{RUN}/checkpoints/epoch-22_step-001932.ckpt"],
    )
    assert nothing["framework"] is None


def test_identify_of_runs_without_checkpoints_is_undecided(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/logs/")

    (record,) = records(invoke("identify", "--json", tmp_path))

    assert (record["framework"], record["candidates"]) == (None, [])
