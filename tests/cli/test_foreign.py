"""The command line on what other frameworks leave: decode, identify and ls."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from ckpt_scheme import legacy
from ckpt_scheme._cli import commands, foreign, scan
from cli_trees import EMPTY_RUN, RUN, plant, run_shell

HF: Final = "huggingface-trainer"


def invoke(*arguments: str, stdin: str | bytes | None = None, obj: object = None) -> Result:
    return CliRunner().invoke(commands.main, arguments, input=stdin, obj=obj, catch_exceptions=False)


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def listed(root: Path, *arguments: str) -> list[tuple[str, str | None, str]]:
    """Return what ls lists below *root*: path, framework and status."""
    result = invoke("ls", "--json", *arguments, str(root))
    assert (result.exit_code, result.stderr) == (0, "")
    return [
        (row["path"].removeprefix(f"{root}/"), row["framework"], row["status"].removesuffix("*"))
        for row in records(result)
    ]


# --------------------------------------------------------------------------------------------------------------------
# decode.


def test_decode_prints_every_reading_of_a_directory_and_says_what_would_decide() -> None:
    result = invoke("decode", "checkpoint_100/")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("checkpoint_100/: accelerate/save kind=index counts=saves extras.save_index=100 source=")
    assert [line.split()[1].partition("/")[0] for line in lines] == ["accelerate", "flax", "t5x", "orbax"]
    assert all("source=" in line for line in lines)
    assert "or to be told its framework or the names beside it (by identify)" in result.stderr


def test_decode_may_be_told_the_framework() -> None:
    result = invoke(
        "decode", "--json", "--framework", "accelerate", "checkpoint_100/", "out/checkpoint_100/", "last.ckpt"
    )

    assert result.exit_code == 0
    assert [(row["text"], row["status"], len(row["readings"])) for row in records(result)] == [
        ("checkpoint_100/", "legacy", 1),
        ("out/checkpoint_100/", "legacy", 1),
        ("last.ckpt", "canonical", 1),
    ]


def test_decode_refuses_what_the_framework_does_not_write() -> None:
    plain, as_json = (invoke("decode", *options, "--framework", "mae", "iter_0000500") for options in ([], ["--json"]))

    assert (plain.exit_code, plain.stdout, as_json.exit_code) == (1, "", 1)
    assert "a known legacy one of mae" in plain.stderr
    (record,) = records(as_json)
    assert (record["status"], record["readings"]) == ("unknown", [])


@pytest.mark.parametrize("command", ["decode", "ls"])
def test_a_framework_that_nobody_declared_is_refused_in_one_line(command: str) -> None:
    result = invoke(command, "--framework", "m\x1b[2J", ".")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "\x1b" not in result.stderr
    assert "megatron-lm" in result.stderr


def test_decode_reads_as_much_of_a_path_as_a_format_knows() -> None:
    (record,) = records(invoke("decode", "--json", "runs/iter_0000500/mp_rank_01/model_optim_rng.pt"))

    (reading,) = record["readings"]
    assert (reading["kind"], reading["step"], reading["extras"]["tp_rank"]) == ("shard", 500, 1)


def test_values_that_json_has_no_words_for_are_text() -> None:
    (record,) = records(invoke("decode", "--json", "epoch=3-val_loss=nan.ckpt", "--framework", "lightning"))

    assert record["readings"][0]["metrics"] == {"val_loss": "nan"}
    assert record["readings"][0]["entry"] == "any"


def test_an_ambiguous_name_has_a_name_in_the_scheme_where_all_readings_agree(tmp_path: Path) -> None:
    formats = [
        legacy.Format(
            framework=framework, format="x", kind="best", template="top_{version:count}", source="a/a:a", examples=()
        )
        for framework in ("ant", "bee")
    ]
    plant(tmp_path, "top_3")
    plain, as_json = (
        invoke("ls", *options, str(tmp_path), obj=legacy.Registry(formats)) for options in ([], ["--json"])
    )

    (record,) = records(as_json)
    assert (record["status"], record["would_be_called"], len(record["readings"])) == ("ambiguous", "best_v3.ckpt", 2)
    assert plain.stdout.splitlines()[1].endswith("best_v3.ckpt")


# --------------------------------------------------------------------------------------------------------------------
# identify.


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Directories as frameworks leave them."""
    plant(
        tmp_path,
        *(f"hf/checkpoint-{step}/trainer_state.json" for step in (500, 9000, 10000)),
        *("hf/checkpoint-500/optimizer.pt", "hf/checkpoint-500/global_step500/mp_rank_00_model_states.pt"),
        *("hf/config.json", "hf/runs/events.out"),
        *("megatron/iter_0000500/mp_rank_00/model_optim_rng.pt", "megatron/iter_0001000/"),
        "megatron/latest_checkpointed_iteration.txt",
        *("accelerate/checkpoints/checkpoint_9/random_states_0.pkl", "accelerate/checkpoints/checkpoint_10/"),
        *("orbax/1000/_CHECKPOINT_METADATA", "orbax/2000/default/d/"),
        *("digits/0/one.png", "digits/1/one.png"),
        *("open/checkpoint-500/", "open/checkpoint-900/"),
    )
    return tmp_path


def test_identify_says_who_wrote_a_directory_and_why(tree: Path) -> None:
    result = invoke("identify", f"{tree}/hf", f"{tree}/megatron")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"{tree}/hf: {HF}"
    assert f"  {HF}/trainer-state sidecar: checkpoint-10000/trainer_state.json" in lines
    assert any(
        line.startswith(f"  {HF}/step step: checkpoint-10000/, checkpoint-500/, checkpoint-9000/ (also ")
        for line in lines
    )
    assert f"{tree}/megatron: megatron-lm" in lines
    assert "  megatron-lm/latest pointer: latest_checkpointed_iteration.txt (also verl)" in lines


def test_identify_prints_json(tree: Path) -> None:
    (record,) = records(invoke("identify", "--json", f"{tree}/megatron"))

    assert record.keys() == {"path", "framework", "candidates", "unread"}
    assert (record["path"], record["framework"], record["unread"]) == (f"{tree}/megatron", "megatron-lm", [])
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


def test_identify_reads_the_names_of_one_directory_from_stdin() -> None:
    result = invoke("identify", "-", stdin="checkpoint-500/\ntrainer_state.json\nnotes \x1b.txt\n")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"-: {HF}")
    (record,) = records(invoke("identify", "--json", "-", stdin="checkpoint-500/\nnotes \x1b.txt\n"))
    assert (record["framework"], record["unread"]) == (None, ["notes \x1b.txt"])


def test_identify_exits_with_1_where_nothing_decides_and_goes_on(tree: Path) -> None:
    result = invoke("identify", f"{tree}/open", f"{tree}/digits", f"{tree}/hf")

    assert (result.exit_code, result.stderr) == (1, "")
    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert heads == [f"{tree}/open: undecided", f"{tree}/digits: undecided", f"{tree}/hf: {HF}"]


def test_identify_names_no_more_than_a_few_of_many(tmp_path: Path) -> None:
    plant(tmp_path, *(f"iter_{step:07d}/" for step in range(5)))

    assert "iter_0000000/, iter_0000001/, iter_0000002/ and 2 more\n" in invoke("identify", str(tmp_path)).stdout


def test_identify_does_not_run_on_what_is_no_directory(tree: Path) -> None:
    result = invoke("identify", f"{tree}/missing")

    assert (result.exit_code, result.stdout) == (2, "")


def test_identify_says_what_cannot_be_read_and_goes_on(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if it went away when it had just been looked at.
    monkeypatch.setattr(scan, "is_directory", lambda _path: True)
    result = invoke("identify", f"{tree}/missing", f"{tree}/hf")

    assert result.exit_code == 1
    assert result.stderr == f"ckpt-scheme: cannot read {tree}/missing: No such file or directory\n"
    assert result.stdout.startswith(f"{tree}/hf: {HF}\n")


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    plant(tmp_path, "evil\x1b[2J_step_5.pt", "epoch_1.pth")

    for command in ("identify", "ls"):
        result = invoke(command, str(tmp_path))
        assert "\x1b" not in result.output
    assert records(invoke("identify", "--json", str(tmp_path)))[0]["path"] == str(tmp_path)


def test_identify_is_one_of_a_pipeline(tree: Path) -> None:
    done = run_shell("ls -p hf/checkpoint-500 | $PROGRAM identify --json -", cwd=tree)

    assert done.returncode == 1  # what DeepSpeed wrote is in there, too
    assert {candidate["framework"] for candidate in json.loads(done.stdout)["candidates"]} >= {HF, "deepspeed"}


# --------------------------------------------------------------------------------------------------------------------
# ls.


def test_ls_lists_the_checkpoints_of_every_framework(tree: Path) -> None:
    rows = listed(tree)

    assert [row for row in rows if not row[0].startswith("open/")] == [
        ("accelerate/checkpoints/checkpoint_9", "accelerate", "legacy"),
        ("accelerate/checkpoints/checkpoint_10", "accelerate", "legacy"),
        ("hf/checkpoint-500", HF, "legacy"),
        ("hf/checkpoint-9000", HF, "legacy"),
        ("hf/checkpoint-10000", HF, "legacy"),
        ("megatron/iter_0000500", "megatron-lm", "legacy"),
        ("megatron/iter_0001000", "megatron-lm", "legacy"),
        ("orbax/1000", "orbax", "legacy"),
        ("orbax/2000", "orbax", "legacy"),
    ]
    assert [row for row in rows if row[0].startswith("open/")] == [
        ("open/checkpoint-500", None, "ambiguous"),
        ("open/checkpoint-900", None, "ambiguous"),
    ]


def test_ls_shows_framework_and_kind_in_a_table(tree: Path) -> None:
    result = invoke("ls", f"{tree}/hf")
    header, first, *_ = result.stdout.splitlines()

    assert re.split(" {2,}", header)[4:] == [
        *("EPOCH", "STEP", "METRIC", "VERSION", "KIND", "FRAMEWORK", "STATUS", "NAME", "WOULD BE CALLED"),
    ]
    assert re.split(" {2,}", first)[:6] == ["hf", "500", "step", HF, "legacy*", "checkpoint-500/"]


def test_ls_lists_what_one_framework_wrote(tree: Path) -> None:
    assert listed(tree, "--framework", "megatron-lm") == [
        ("megatron/iter_0000500", "megatron-lm", "legacy"),
        ("megatron/iter_0001000", "megatron-lm", "legacy"),
    ]
    # What nothing decides may be of whoever is asked for, and what is decided is of nobody else.
    assert listed(tree, "--framework", "mae") == [
        ("open/checkpoint-500", "mae", "legacy"),
        ("open/checkpoint-900", "mae", "legacy"),
    ]
    assert listed(tree, "--framework", "ckpt_scheme") == []


def test_ls_framework_keeps_what_one_framework_reads_in_several_ways(tmp_path: Path) -> None:
    kinds: tuple[legacy.Kind, ...] = ("epoch", "step")
    formats = [
        legacy.Format(
            framework="ant", format=kind, kind=kind, template=f"save_{{{kind}:count}}", source="ant/ant:a", examples=()
        )
        for kind in kinds
    ]
    other = legacy.Format(
        framework="bee", format="x", kind="epoch", template="save_{epoch:count}", source="bee/bee:a", examples=()
    )
    plant(tmp_path, "save_3", "save_4")
    result = invoke("ls", "--json", "--framework", "ant", str(tmp_path), obj=legacy.Registry((*formats, other)))

    assert [(row["status"], len(row["readings"])) for row in records(result)] == [("ambiguous", 2)] * 2


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("hf", "checkpoint-10000"),
        ("megatron", "iter_0001000"),
        ("accelerate", "checkpoints/checkpoint_10"),
        ("orbax", "2000"),
        ("open", "checkpoint-900"),
    ],
)
def test_ls_latest_compares_numbers(tree: Path, root: str, path: str) -> None:
    assert [row[0] for row in listed(tree / root, "--latest")] == [path]


def test_ls_latest_says_where_names_do_not_compare_and_goes_on(tmp_path: Path) -> None:
    plant(tmp_path, "a/epoch_3.pth", "a/iter_500.pth", "b/epoch_3.pth", "b/epoch_12.pth", "c/last.ckpt", "c/notes.txt")
    result = invoke("ls", "--json", "--latest", str(tmp_path))

    assert result.exit_code == 1
    assert [row["path"] for row in records(result)] == [f"{tmp_path}/b/epoch_12.pth", f"{tmp_path}/c/last.ckpt"]
    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith(f"ckpt-scheme: {tmp_path}/a: ")
    assert "names that count the same" in complaint


def test_ls_latest_may_be_told_the_framework(tmp_path: Path) -> None:
    plant(tmp_path, "checkpoint-500/", "checkpoint-9000/", "epoch_3.pth")

    assert [row[0] for row in listed(tmp_path, "--latest", "--framework", HF)] == ["checkpoint-9000"]


def test_ls_best_compares_all_names_that_state_the_metric(tmp_path: Path) -> None:
    plant(tmp_path, "a/epoch=3-val_loss=0.12.ckpt", "b/epoch=9-val_loss=0.07.ckpt", "b/epoch=9-val_loss=nan.ckpt")

    assert [row[0] for row in listed(tmp_path, "--best", "val_loss", "--mode", "min")] == [
        "b/epoch=9-val_loss=0.07.ckpt"
    ]
    assert listed(tmp_path, "--best", "val/loss") == []


def test_ls_best_says_where_it_depends_on_who_wrote_a_name(tmp_path: Path) -> None:
    formats = [
        legacy.Format(
            framework=framework,
            format="x",
            kind="best",
            template=template,
            source="a/a:a",
            examples=(),
            metrics=("acc",),
        )
        for framework, template in (("ant", "s-{acc:number}-{step:count}"), ("bee", "s-{step:count}-{acc:number}"))
    ]
    plant(tmp_path, "a/s-3-4", "b/best-acc-0.5000.ckpt")
    result = invoke("ls", "--json", "--best", "acc", str(tmp_path), obj=legacy.Registry(formats))

    assert result.exit_code == 1
    assert [row["name"] for row in records(result)] == ["best-acc-0.5000.ckpt"]
    assert result.stderr.startswith(f"ckpt-scheme: {tmp_path}/a: invalid checkpoint name 's-3-4'")


def test_a_plain_name_is_a_checkpoint_only_where_something_says_so(tmp_path: Path) -> None:
    plant(tmp_path, "runs/1/checkpoints/epoch=3.ckpt", "runs/latest/epoch=4.ckpt", "lerobot/020000/", "lerobot/040000/")
    plant(tmp_path, "data/0/", "data/1/", "data/epoch=3.ckpt")
    (tmp_path / "lerobot/last").symlink_to("040000")

    # Runs are not lost in directories that could be checkpoints.
    assert listed(tmp_path / "runs") == [
        ("1/checkpoints/epoch=3.ckpt", "lightning", "legacy"),
        ("latest/epoch=4.ckpt", "lightning", "legacy"),
    ]
    assert listed(tmp_path / "data") == [("epoch=3.ckpt", "lightning", "legacy")]


def test_what_is_in_a_checkpoint_is_not_listed_unless_it_ends_in_ckpt(tmp_path: Path) -> None:
    plant(tmp_path, "global_step500/epoch_1.pth", "global_step500/deep/last.ckpt", "global_step500/deep/epoch_2.pth")

    assert [row[0] for row in listed(tmp_path)] == ["global_step500", "global_step500/deep/last.ckpt"]


def test_links_and_files_are_told_from_directories(tmp_path: Path) -> None:
    plant(tmp_path, "a/iter_0000500/", "a/model_0004999.pth/", "b/model_0004999.pth", "b/iter_0000500")
    (tmp_path / "b" / "iter_0000900").symlink_to("../a/iter_0000500")

    assert [row[0] for row in listed(tmp_path)] == ["a/iter_0000500", "b/iter_0000900", "b/model_0004999.pth"]


def test_a_directory_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    tally = legacy.REGISTRY.tally()
    readings = legacy.readings("checkpoint-500/")
    tally.add("checkpoint-500/", readings)
    riddles = [("checkpoint-500/", readings)]

    assert foreign.settled(tally, riddles, str(tmp_path), legacy.REGISTRY, scan.entries).framework is None


def test_a_run_with_the_checkpoints_of_another_framework_is_not_empty(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/iter_0000500/", f"{EMPTY_RUN}/checkpoints/trainer_state.json")

    assert listed(tmp_path) == [
        (EMPTY_RUN, None, "empty"),
        (f"{RUN}/checkpoints/iter_0000500", "megatron-lm", "legacy"),
    ]


def test_check_judges_no_names_of_other_frameworks(tree: Path) -> None:
    assert invoke("check", str(tree)).output == ""


def test_a_walk_counts_the_checkpoints_of_other_frameworks(tree: Path) -> None:
    counted: list[tuple[int, int]] = []
    look = foreign.Look(legacy.REGISTRY)
    for _ in scan.walk(
        str(tree / "megatron"),
        seen=lambda directories, checkpoints: counted.append((directories, checkpoints)),
        unreadable=lambda path, error: pytest.fail(f"{path}: {error}"),
        look=look,
    ):
        pass

    assert sum(checkpoints for _, checkpoints in counted) == 2
