"""``ckpt-scheme decode``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from cli_names import FOREIGN, LIGHTNING, TWO_READERS
from cli_runner import invoke, records
from cli_trees import on_terminal

OCR: Final = "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2"


HEADS: Final = [
    *("NAME", "STATUS", "FORMAT", "KIND", "EPOCH", "STEP", "METRICS", "OTHER", "CANONICAL NAME", "REASON", "SOURCE"),
]


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of piped output without their empty cells."""
    heads, *lines = [line.split("\t") for line in text.splitlines()]
    assert heads == HEADS
    return [{head: cell for head, cell in zip(heads, line, strict=True) if cell} for line in lines]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("last.ckpt", {"STATUS": "canonical", "FORMAT": "ckpt_scheme/last", "KIND": "last"}),
        (
            "epoch=22-step=1932-v1.ckpt",
            {
                "FORMAT": "lightning/default-versioned",
                "EPOCH": "22",
                "STEP": "1932",
                "OTHER": "version=1",
                "CANONICAL NAME": "epoch-22_step-001932_v1.ckpt",
                "SOURCE": LIGHTNING,
            },
        ),
        (
            "epoch=28.ckpt",
            {
                "FORMAT": "lightning/epoch-only",
                "EPOCH": "28",
                "REASON": "a step, which the name lacks",
                "SOURCE": LIGHTNING,
            },
        ),
        (
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            {
                "FORMAT": "ocr-project/doubled-model",
                "EPOCH": "3",
                "STEP": "103",
                "OTHER": "timestamp=2025-10-12T02:51:02 architecture=dbnet encoder=resnet18",
                "CANONICAL NAME": "epoch-03_step-000103.ckpt",
                "SOURCE": f"{OCR}:ocr/lightning_modules/callbacks/unique_checkpoint.py at a9287b14",
            },
        ),
        # The directory is part of this name, which has fewer fields without it.
        (
            "a/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
            {
                "FORMAT": "ocr-project/doubled-loss",
                "EPOCH": "1",
                "STEP": "546",
                "METRICS": "val/loss=1.6217",
                "CANONICAL NAME": "epoch-01_step-000546_loss-1.6217.ckpt",
                "SOURCE": f"{OCR}:configs/callbacks/model_checkpoint.yaml at 875e4ef2 and f94934d2",
            },
        ),
        # The directory is ignored if the name alone has a canonical name, or if no format reads it.
        (
            "checkpoints/epoch=28-step=2436.ckpt",
            {
                "FORMAT": "lightning/default",
                "EPOCH": "28",
                "STEP": "2436",
                "CANONICAL NAME": "epoch-28_step-002436.ckpt",
                "SOURCE": LIGHTNING,
            },
        ),
        (
            "a/resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
            {
                "FORMAT": "ocr-project/encoder-batch-size",
                "EPOCH": "7",
                "STEP": "1640",
                "OTHER": "encoder=resnet18 batch_size=16",
                "CANONICAL NAME": "epoch-07_step-001640.ckpt",
                "SOURCE": f"{OCR}:runners/train.py at 7f5e0a8c",
            },
        ),
    ],
)
def test_decode_prints_reading_of_name(text: str, row: dict[str, str]) -> None:
    result = invoke("decode", text)

    assert (result.exit_code, result.stderr) == (0, "")
    assert rows(result.stdout) == [{"NAME": text, "STATUS": "legacy", "KIND": "epoch", **row}]


def test_decode_without_header_prints_only_rows() -> None:
    result = invoke("decode", "--no-header", "last.ckpt")

    assert result.stdout.split("\t")[:3] == ["last.ckpt", "canonical", "ckpt_scheme/last"]


def test_decode_on_terminal_prints_name_above_its_readings(tmp_path: Path) -> None:
    shown, result = on_terminal(
        *("-m", "ckpt_scheme", "decode", "epoch=22-step=1932-v1.ckpt", "epoch=28.ckpt", "checkpoint_100/"),
        *("epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt", FOREIGN),
        cwd=tmp_path,
        streams=["stdout"],
        env={"COLUMNS": "80", "NO_COLOR": "1"},
    )

    assert result.returncode == 1
    assert shown.replace("\r\n", "\n").splitlines() == [
        "epoch=22-step=1932-v1.ckpt -> epoch-22_step-001932_v1.ckpt",
        " lightning/default-versioned epoch 22, step 1932, version=1",
        "epoch=28.ckpt (no canonical name: expected a step, which the name lacks)",
        " lightning/epoch-only        epoch 28",
        "checkpoint_100/",
        " accelerate/save             index, save_index=100",
        " flax/step                   step 100",
        " t5x/step                    step 100",
        " orbax/prefixed-step         step 100, prefix=checkpoint",
        "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
        "    -> epoch-03_step-000103.ckpt (drops timestamp, architecture, encoder)",
        " ocr-project/doubled-model   epoch 3, step 103, times...e=dbnet encoder=resnet18",
        FOREIGN,
    ]


def test_decode_on_terminal_prints_canonical_names_that_readings_do_not_share() -> None:
    name = "model_epoch_2118_minibatch_005706641"

    env = {"NO_COLOR": "1", "COLUMNS": "120"}

    shown, _ = on_terminal("-m", "ckpt_scheme", "decode", name, streams=["stdout"], env=env)

    first, *readings = shown.replace("\r\n", "\n").splitlines()
    assert first == name
    assert [line for line in readings if line.endswith(" -> epoch-2118_step-5706641.ckpt")] == readings[:1]


def test_decode_json_holds_all_fields() -> None:
    text = "epoch=28.ckpt"

    (record,) = records(invoke("decode", "--json", text))

    assert record == {
        "text": text,
        "status": "legacy",
        "canonical_name": None,
        "readings": [
            {
                "text": text,
                "framework": "lightning",
                "format": "epoch-only",
                "kind": "epoch",
                "entry": "any",
                "epoch": 28,
                "epoch_base": 0,
                "completed_epochs": None,
                "step": None,
                "completed_steps": None,
                "counts": "epochs",
                "metrics": {},
                "timestamp": None,
                "architecture": None,
                "encoder": None,
                "version": None,
                "extras": {},
                "recency": None,
                "shared": False,
                "prior": "usual",
                "source": LIGHTNING,
                "canonical_name": None,
                "losses": [],
                "reason": ("invalid legacy name 'epoch=28.ckpt': expected a step, which the name lacks [CKS-064]"),
            }
        ],
    }


def test_decode_refuses_name_of_no_format() -> None:
    plain, as_json = invoke("decode", FOREIGN, "last.ckpt"), invoke("decode", "--json", FOREIGN)

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert [row["STATUS"] for row in rows(plain.stdout)] == ["unknown", "canonical"]
    assert "[CKS-086]" in plain.stderr

    (record,) = records(as_json)

    assert (record["status"], record["readings"], record["error"]["requirement"]) == ("unknown", [], "CKS-086")


def test_decode_prints_all_readings_of_ambiguous_name() -> None:
    result = invoke("decode", "~3~12.ckpt", obj=TWO_READERS)

    assert result.exit_code == 1
    assert [(row["FORMAT"], row["CANONICAL NAME"], row["SOURCE"]) for row in rows(result.stdout)] == [
        ("other/epoch-first", "epoch-03_step-000012.ckpt", "other/project:train.py"),
        ("other/step-first", "epoch-12_step-000003.ckpt", "other/project:train.py"),
    ]
    assert "is ambiguous: other/epoch-first and other/step-first match." in result.stderr

    (record,) = records(invoke("decode", "--json", "~3~12.ckpt", obj=TWO_READERS))

    assert (record["status"], len(record["readings"])) == ("ambiguous", 2)
    assert record["error"]["requirement"] == "CKS-085"


def test_decode_prints_readings_of_directory_and_advice() -> None:
    result = invoke("decode", "checkpoint_100/")

    assert result.exit_code == 1

    found = rows(result.stdout)
    assert found[0]["OTHER"] == "save_index=100"
    assert [row["FORMAT"].partition("/")[0] for row in found] == ["accelerate", "flax", "t5x", "orbax"]
    assert all(row["SOURCE"] for row in found)
    assert "Pass --framework, or run 'ckpt-scheme identify' on the directory." in result.stderr


def test_decode_framework_reads_names_of_framework() -> None:
    result = invoke(
        "decode", "--json", "--framework", "accelerate", "checkpoint_100/", "out/checkpoint_100/", "last.ckpt"
    )

    assert result.exit_code == 0
    assert [(row["text"], row["status"], len(row["readings"])) for row in records(result)] == [
        ("checkpoint_100/", "legacy", 1),
        ("out/checkpoint_100/", "legacy", 1),
        ("last.ckpt", "canonical", 1),
    ]


def test_decode_framework_refuses_foreign_name() -> None:
    plain, as_json = (invoke("decode", *options, "--framework", "mae", "iter_0000500") for options in ([], ["--json"]))

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert rows(plain.stdout) == [{"NAME": "iter_0000500", "STATUS": "unknown"}]
    assert "expected a checkpoint name of mae" in plain.stderr

    (record,) = records(as_json)

    assert (record["status"], record["readings"]) == ("unknown", [])


@pytest.mark.parametrize("command", ["decode", "ls"])
def test_unknown_framework_is_refused_in_one_line(command: str) -> None:
    result = invoke(command, "--framework", "m\x1b[2J", ".")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "\x1b" not in result.stderr
    assert "unknown framework 'm" in result.stderr


def test_decode_reads_folders_that_format_knows() -> None:
    (record,) = records(invoke("decode", "--json", "runs/iter_0000500/mp_rank_01/model_optim_rng.pt"))

    (reading,) = record["readings"]

    assert (reading["kind"], reading["step"], reading["extras"]["tp_rank"]) == ("shard", 500, 1)


def test_decode_json_writes_nan_as_text() -> None:
    (record,) = records(invoke("decode", "--json", "epoch=3-val_loss=nan.ckpt", "--framework", "lightning"))

    assert record["readings"][0]["metrics"] == {"val_loss": "nan"}
    assert record["readings"][0]["entry"] == "any"
