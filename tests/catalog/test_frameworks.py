"""`scan` and `identify` for checkpoints of other frameworks."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog_trees import EMPTY_RUN, RUN, chosen, grow, kinds, listed, only, runs
from ckpt_scheme import catalog, legacy

HF = "huggingface-trainer"


def test_scan_lists_checkpoints_of_every_framework(framework_outputs: Path) -> None:
    assert sorted(listed(framework_outputs)) == [
        ("accelerate/checkpoints/checkpoint_10", "accelerate", "legacy"),
        ("accelerate/checkpoints/checkpoint_9", "accelerate", "legacy"),
        ("hf/checkpoint-10000", HF, "legacy"),
        ("hf/checkpoint-500", HF, "legacy"),
        ("hf/checkpoint-9000", HF, "legacy"),
        ("megatron/iter_0000500", "megatron-lm", "legacy"),
        ("megatron/iter_0001000", "megatron-lm", "legacy"),
        ("open/epoch_5", None, "ambiguous"),
        ("open/epoch_9", None, "ambiguous"),
        ("orbax/1000", "orbax", "legacy"),
        ("orbax/2000", "orbax", "legacy"),
    ]


def test_run_has_its_framework_with_evidence(framework_outputs: Path) -> None:
    run = only(framework_outputs / "megatron")

    assert run.framework == "megatron-lm"
    assert [
        (said.framework, said.format, said.kind, said.count, said.examples)
        for said in run.evidence
        if said.framework == "megatron-lm"
    ] == [
        ("megatron-lm", "step", "step", 2, ("iter_0000500/", "iter_0001000/")),
        ("megatron-lm", "latest", "pointer", 1, ("latest_checkpointed_iteration.txt",)),
    ]


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
def test_latest_compares_numbers(framework_outputs: Path, root: str, path: str) -> None:
    run = only(framework_outputs / root)

    assert chosen(run, run.latest) == path
    assert chosen(run, run.furthest) == path


def test_framework_keeps_its_own_names_and_those_it_may_have_written(framework_outputs: Path) -> None:
    assert listed(framework_outputs, framework="megatron-lm") == [
        ("megatron/iter_0000500", "megatron-lm", "legacy"),
        ("megatron/iter_0001000", "megatron-lm", "legacy"),
    ]
    assert listed(framework_outputs, framework="torchtune") == [
        ("open/epoch_5", "torchtune", "legacy"),
        ("open/epoch_9", "torchtune", "legacy"),
    ]
    assert listed(framework_outputs, framework="ckpt_scheme") == []


def test_framework_keeps_canonical_names_beside_its_own(tmp_path: Path) -> None:
    grow(tmp_path, "a/epoch=3.ckpt", "a/last.ckpt", "b/last.ckpt", f"{EMPTY_RUN}/", f"{RUN}.tar", "a/\u2603.ckpt")

    assert listed(tmp_path, framework="lightning") == [
        ("a/last.ckpt", "ckpt_scheme", "canonical"),
        ("a/epoch=3.ckpt", "lightning", "legacy"),
    ]
    assert [run.path for run in runs(tmp_path, framework="lightning")] == [f"{tmp_path}/a"]


def test_framework_keeps_several_readings_of_its_own(tmp_path: Path) -> None:
    names: tuple[legacy.Kind, ...] = ("epoch", "step")
    formats = [
        legacy.Format(
            framework="ant", format=kind, kind=kind, template=f"save_{{{kind}:count}}", source="ant/ant:a", examples=()
        )
        for kind in names
    ]
    grow(tmp_path, "run/save_3", "run/save_4")

    run = only(tmp_path, framework="ant", registry=legacy.Registry(formats))

    assert [(found.status, len(found.readings)) for found in run.checkpoints] == [("ambiguous", 2)] * 2


def test_plain_names_need_evidence(tmp_path: Path) -> None:
    grow(tmp_path, "runs/1/checkpoints/epoch=3.ckpt", "runs/latest/epoch=4.ckpt")
    grow(tmp_path, "lerobot/020000/", "lerobot/040000/", "data/0/", "data/1/", "data/epoch=3.ckpt")
    (tmp_path / "lerobot/last").symlink_to("040000")

    assert listed(tmp_path) == [
        ("data/epoch=3.ckpt", "lightning", "legacy"),
        ("runs/1/checkpoints/epoch=3.ckpt", "lightning", "legacy"),
        ("runs/latest/epoch=4.ckpt", "lightning", "legacy"),
    ]


def test_plain_symlink_beside_evidence_is_a_checkpoint_of_the_framework(tmp_path: Path) -> None:
    grow(tmp_path, "megatron/iter_0000500/mp_rank_00/model_optim_rng.pt", "b/model_0004999.pth", "b/iter_0000500")
    (tmp_path / "b/iter_0000900").symlink_to("../megatron/iter_0000500")

    # A file cannot have the name of a folder, and a symlink can.
    assert sorted(path for path, _, _ in listed(tmp_path)) == [
        "b/iter_0000900",
        "b/model_0004999.pth",
        "megatron/iter_0000500",
    ]


def test_only_ckpt_files_count_inside_a_checkpoint(tmp_path: Path) -> None:
    grow(tmp_path, "global_step500/epoch_1.pth", "global_step500/deep/last.ckpt", "global_step500/deep/epoch_2.pth")
    (tmp_path / "global_step500/deep/best.ckpt").symlink_to("last.ckpt")

    found = {run.path.removeprefix(str(tmp_path)): run for run in runs(tmp_path)}

    assert list(found) == ["/global_step500/deep", ""]
    assert [one.path.rpartition("/")[2] for one in found["/global_step500/deep"].checkpoints] == [
        "best.ckpt",
        "last.ckpt",
    ]
    assert [one.size for one in found[""].checkpoints] == [2]


def test_folder_named_as_a_checkpoint_is_not_entered_for_checkpoints(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=3.ckpt/checkpoint/last.ckpt", size=3)

    (checkpoint,) = only(tmp_path).checkpoints

    assert (checkpoint.path, checkpoint.size) == (f"{tmp_path}/run/epoch=3.ckpt", 3)


def test_run_with_foreign_checkpoints_is_not_empty(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/iter_0000500/", f"{EMPTY_RUN}/checkpoints/trainer_state.json")

    found = {run.path.rpartition("/")[2]: kinds(run) for run in runs(tmp_path)}

    assert found == {EMPTY_RUN: ["no_checkpoints"], RUN: ["latest_is_empty"]}


def test_name_is_read_together_with_its_folder(tmp_path: Path) -> None:
    grow(tmp_path, "run/checkpoints/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt")

    (checkpoint,) = only(tmp_path).checkpoints

    assert checkpoint.reading is not None
    assert (checkpoint.reading.framework, checkpoint.reading.epoch) == ("ocr-project", 1)
    assert checkpoint.canonical_name == "epoch-01_step-000546_loss-1.6217.ckpt"


def test_metrics_of_other_frameworks_have_a_range(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=3-val_loss=0.12.ckpt", "run/epoch=9-val_loss=0.07.ckpt", "run/epoch=9-val_loss=nan.ckpt")

    run = only(tmp_path)

    assert [(one.metric, chosen(run, one.highest), chosen(run, one.lowest)) for one in run.metrics] == [
        ("val_loss", "epoch=3-val_loss=0.12.ckpt", "epoch=9-val_loss=0.07.ckpt")
    ]


def test_ambiguous_name_has_the_canonical_name_of_all_its_readings(tmp_path: Path) -> None:
    formats = [
        legacy.Format(
            framework=framework, format="x", kind="best", template="top_{version:count}", source="a/a:a", examples=()
        )
        for framework in ("ant", "bee")
    ]
    grow(tmp_path, "run/top_3")

    (checkpoint,) = only(tmp_path, registry=legacy.Registry(formats)).checkpoints

    assert (checkpoint.status, checkpoint.canonical_name) == ("ambiguous", "best_v3.ckpt")
    assert (checkpoint.reading, len(checkpoint.readings)) == (None, 2)


def test_identify_reads_checkpoints_and_the_first_undecided_folder(framework_outputs: Path) -> None:
    assert catalog.identify(framework_outputs / "hf").framework == HF
    assert catalog.identify(framework_outputs / "accelerate").framework == "accelerate"
    assert catalog.identify(framework_outputs / "open").framework is None


def test_identify_and_scan_agree(framework_outputs: Path) -> None:
    for run in runs(framework_outputs):
        assert catalog.identify(run.path).framework == run.framework
