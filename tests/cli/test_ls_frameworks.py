"""``ckpt-scheme ls`` and ``check`` for checkpoints of other frameworks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ckpt_scheme import legacy
from ckpt_scheme._cli import foreign, scan
from cli_names import HF
from cli_runner import invoke, records
from cli_trees import EMPTY_RUN, RUN, plant


def listed(root: Path, *arguments: str) -> list[tuple[str, str | None, str]]:
    """Return path, framework and status of each row that ``ls`` lists below *root*."""
    result = invoke("ls", "--json", *arguments, str(root))
    assert (result.exit_code, result.stderr) == (0, "")
    return [
        (row["path"].removeprefix(f"{root}/"), row["framework"], row["status"].removesuffix("*"))
        for row in records(result)
    ]


def test_ls_prints_new_name_if_all_readings_agree(tmp_path: Path) -> None:
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


def test_ls_lists_checkpoints_of_every_framework(framework_outputs: Path) -> None:
    rows = listed(framework_outputs)

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
        ("open/epoch_5", None, "ambiguous"),
        ("open/epoch_9", None, "ambiguous"),
    ]


def test_ls_table_shows_framework_and_kind(framework_outputs: Path) -> None:
    result = invoke("ls", f"{framework_outputs}/hf")
    header, first, *_ = result.stdout.splitlines()

    assert re.split(" {2,}", header)[4:] == [
        *("EPOCH", "STEP", "METRIC", "VERSION", "KIND", "FRAMEWORK", "STATUS", "NAME", "WOULD BE CALLED"),
    ]
    assert re.split(" {2,}", first)[:6] == ["hf", "500", "step", HF, "legacy*", "checkpoint-500/"]


def test_ls_framework_lists_checkpoints_of_framework(framework_outputs: Path) -> None:
    assert listed(framework_outputs, "--framework", "megatron-lm") == [
        ("megatron/iter_0000500", "megatron-lm", "legacy"),
        ("megatron/iter_0001000", "megatron-lm", "legacy"),
    ]
    # An undecided name may belong to the given framework; a decided one belongs to its own only.
    assert listed(framework_outputs, "--framework", "torchtune") == [
        ("open/epoch_5", "torchtune", "legacy"),
        ("open/epoch_9", "torchtune", "legacy"),
    ]
    assert listed(framework_outputs, "--framework", "ckpt_scheme") == []


def test_ls_framework_keeps_several_readings_of_one_framework(tmp_path: Path) -> None:
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
        ("open", "epoch_9"),
    ],
)
def test_ls_latest_compares_numbers(framework_outputs: Path, root: str, path: str) -> None:
    assert [row[0] for row in listed(framework_outputs / root, "--latest")] == [path]


def test_ls_latest_reports_incomparable_names_and_continues(tmp_path: Path) -> None:
    plant(tmp_path, "a/epoch_3.pth", "a/iter_500.pth", "b/epoch_3.pth", "b/epoch_12.pth", "c/last.ckpt", "c/notes.txt")

    result = invoke("ls", "--json", "--latest", str(tmp_path))

    assert result.exit_code == 1
    assert [row["path"] for row in records(result)] == [f"{tmp_path}/b/epoch_12.pth", f"{tmp_path}/c/last.ckpt"]

    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith(f"ckpt-scheme: {tmp_path}/a: ")
    assert "names that count the same" in complaint


def test_ls_latest_selects_names_of_given_framework(tmp_path: Path) -> None:
    plant(tmp_path, "checkpoint-500/", "checkpoint-9000/", "epoch_3.pth")

    result = invoke("ls", "--json", "--latest", "--framework", HF, str(tmp_path))

    assert [row["path"] for row in records(result)] == [f"{tmp_path}/checkpoint-9000"]
    assert f"no format of {HF} reads: 'epoch_3.pth'" in result.stderr


def test_ls_best_compares_names_of_every_framework(tmp_path: Path) -> None:
    plant(tmp_path, "a/epoch=3-val_loss=0.12.ckpt", "b/epoch=9-val_loss=0.07.ckpt", "b/epoch=9-val_loss=nan.ckpt")

    assert [row[0] for row in listed(tmp_path, "--best", "val_loss", "--mode", "min")] == [
        "b/epoch=9-val_loss=0.07.ckpt"
    ]
    assert listed(tmp_path, "--best", "val/loss") == []


def test_ls_best_reports_ambiguous_name_and_continues(tmp_path: Path) -> None:
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
    assert result.stderr.startswith(f"ckpt-scheme: {tmp_path}/a: 's-3-4' is ambiguous: ant/x and bee/x match.")


def test_ls_ignores_plain_names_without_evidence(tmp_path: Path) -> None:
    plant(tmp_path, "runs/1/checkpoints/epoch=3.ckpt", "runs/latest/epoch=4.ckpt", "lerobot/020000/", "lerobot/040000/")
    plant(tmp_path, "data/0/", "data/1/", "data/epoch=3.ckpt")
    (tmp_path / "lerobot/last").symlink_to("040000")

    # Runs are found in directories whose names could be checkpoints.
    assert listed(tmp_path / "runs") == [
        ("1/checkpoints/epoch=3.ckpt", "lightning", "legacy"),
        ("latest/epoch=4.ckpt", "lightning", "legacy"),
    ]
    assert listed(tmp_path / "data") == [("epoch=3.ckpt", "lightning", "legacy")]


def test_ls_lists_only_ckpt_names_inside_checkpoint(tmp_path: Path) -> None:
    plant(tmp_path, "global_step500/epoch_1.pth", "global_step500/deep/last.ckpt", "global_step500/deep/epoch_2.pth")

    assert [row[0] for row in listed(tmp_path)] == ["global_step500", "global_step500/deep/last.ckpt"]


def test_ls_tells_links_and_files_from_directories(tmp_path: Path) -> None:
    plant(tmp_path, "a/iter_0000500/", "a/model_0004999.pth/", "b/model_0004999.pth", "b/iter_0000500")
    (tmp_path / "b" / "iter_0000900").symlink_to("../a/iter_0000500")

    assert [row[0] for row in listed(tmp_path)] == ["a/iter_0000500", "b/iter_0000900", "b/model_0004999.pth"]


def test_ls_lists_run_with_foreign_checkpoints_as_not_empty(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/iter_0000500/", f"{EMPTY_RUN}/checkpoints/trainer_state.json")

    assert listed(tmp_path) == [
        (EMPTY_RUN, None, "empty"),
        (f"{RUN}/checkpoints/iter_0000500", "megatron-lm", "legacy"),
    ]


def test_check_ignores_names_of_other_frameworks(framework_outputs: Path) -> None:
    assert invoke("check", str(framework_outputs)).output == ""


def test_walk_counts_checkpoints_of_other_frameworks(framework_outputs: Path) -> None:
    counted: list[tuple[int, int]] = []
    look = foreign.Look(legacy.REGISTRY)
    for _ in scan.walk(
        str(framework_outputs / "megatron"),
        seen=lambda directories, checkpoints: counted.append((directories, checkpoints)),
        unreadable=lambda path, error: pytest.fail(f"{path}: {error}"),
        look=look,
    ):
        pass

    assert sum(checkpoints for _, checkpoints in counted) == 2
