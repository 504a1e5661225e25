"""``ckpt-scheme decode``."""

from __future__ import annotations

from typing import Final

import pytest

from cli_names import FOREIGN, LIGHTNING, TWO_READERS
from cli_runner import invoke, records

OCR: Final = "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("last.ckpt", "ckpt_scheme/last kind=last"),
        (
            "epoch=22-step=1932-v1.ckpt",
            (
                "lightning/default-versioned kind=epoch epoch=22 epoch_base=0 step=1932 counts=steps version=1"
                f" would_be_called=epoch-22_step-001932_v1.ckpt source={LIGHTNING}"
            ),
        ),
        (
            "epoch=28.ckpt",
            (
                f"lightning/epoch-only kind=epoch epoch=28 epoch_base=0 counts=epochs source={LIGHTNING}"
                " (expected a step, which the name lacks)"
            ),
        ),
        (
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            (
                "ocr-project/doubled-model kind=epoch epoch=3 step=103 timestamp=2025-10-12T02:51:02 architecture=dbnet"
                " encoder=resnet18 would_be_called=epoch-03_step-000103.ckpt"
                f" source={OCR}:ocr/lightning_modules/callbacks/unique_checkpoint.py at a9287b14"
            ),
        ),
        # The directory is part of this name, which says less without it.
        (
            "a/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
            (
                "ocr-project/doubled-loss kind=epoch epoch=1 step=546 metrics.val/loss=1.6217"
                " would_be_called=epoch-01_step-000546_loss-1.6217.ckpt"
                f" source={OCR}:configs/callbacks/model_checkpoint.yaml at 875e4ef2 and f94934d2"
            ),
        ),
        # The directory is ignored if the name says enough, or if no format reads it.
        (
            "checkpoints/epoch=28-step=2436.ckpt",
            (
                "lightning/default kind=epoch epoch=28 epoch_base=0 step=2436 counts=steps"
                f" would_be_called=epoch-28_step-002436.ckpt source={LIGHTNING}"
            ),
        ),
        (
            "a/resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
            (
                "ocr-project/encoder-batch-size kind=epoch epoch=7 step=1640 encoder=resnet18 extras.batch_size=16"
                f" would_be_called=epoch-07_step-001640.ckpt source={OCR}:runners/train.py at 7f5e0a8c"
            ),
        ),
        (
            "a/epoch=28.ckpt",
            (
                f"lightning/epoch-only kind=epoch epoch=28 epoch_base=0 counts=epochs source={LIGHTNING}"
                " (expected a step, which the name lacks)"
            ),
        ),
    ],
)
def test_decode_prints_reading_of_name(text: str, words: str) -> None:
    result = invoke("decode", text)

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{text}: {words}\n", "")


def test_decode_json_holds_all_fields() -> None:
    text = "epoch=28.ckpt"

    (record,) = records(invoke("decode", "--json", text))

    assert record == {
        "text": text,
        "status": "legacy",
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
                "would_be_called": None,
                "reason": ("invalid legacy name 'epoch=28.ckpt': expected a step, which the name lacks [CKS-064]"),
            }
        ],
    }


def test_decode_refuses_name_of_no_format() -> None:
    plain, as_json = invoke("decode", FOREIGN, "last.ckpt"), invoke("decode", "--json", FOREIGN)

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert plain.stdout == "last.ckpt: ckpt_scheme/last kind=last\n"
    assert "[CKS-086]" in plain.stderr

    (record,) = records(as_json)

    assert (record["status"], record["readings"], record["error"]["requirement"]) == ("unknown", [], "CKS-086")


def test_decode_prints_all_readings_of_ambiguous_name() -> None:
    result = invoke("decode", "~3~12.ckpt", obj=TWO_READERS)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        (
            "~3~12.ckpt: other/epoch-first kind=epoch epoch=3 step=12 would_be_called=epoch-03_step-000012.ckpt"
            " source=other/project:train.py"
        ),
        (
            "~3~12.ckpt: other/step-first kind=epoch epoch=12 step=3 would_be_called=epoch-12_step-000003.ckpt"
            " source=other/project:train.py"
        ),
    ]
    assert "is ambiguous: other/epoch-first and other/step-first match." in result.stderr

    (record,) = records(invoke("decode", "--json", "~3~12.ckpt", obj=TWO_READERS))

    assert (record["status"], len(record["readings"])) == ("ambiguous", 2)
    assert record["error"]["requirement"] == "CKS-085"


def test_decode_prints_readings_of_directory_and_advice() -> None:
    result = invoke("decode", "checkpoint_100/")

    assert result.exit_code == 1

    lines = result.stdout.splitlines()
    assert lines[0].startswith("checkpoint_100/: accelerate/save kind=index counts=saves extras.save_index=100 source=")
    assert [line.split()[1].partition("/")[0] for line in lines] == ["accelerate", "flax", "t5x", "orbax"]
    assert all("source=" in line for line in lines)
    assert "Pass framework=..., or call identify() with the other names in the directory." in result.stderr


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

    assert (plain.exit_code, plain.stdout, as_json.exit_code) == (1, "", 1)
    assert "expected a checkpoint name of mae" in plain.stderr

    (record,) = records(as_json)

    assert (record["status"], record["readings"]) == ("unknown", [])


@pytest.mark.parametrize("command", ["decode", "ls"])
def test_unknown_framework_is_refused_in_one_line(command: str) -> None:
    result = invoke(command, "--framework", "m\x1b[2J", ".")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "\x1b" not in result.stderr
    assert "megatron-lm" in result.stderr


def test_decode_reads_folders_that_format_knows() -> None:
    (record,) = records(invoke("decode", "--json", "runs/iter_0000500/mp_rank_01/model_optim_rng.pt"))

    (reading,) = record["readings"]

    assert (reading["kind"], reading["step"], reading["extras"]["tp_rank"]) == ("shard", 500, 1)


def test_decode_json_writes_nan_as_text() -> None:
    (record,) = records(invoke("decode", "--json", "epoch=3-val_loss=nan.ckpt", "--framework", "lightning"))

    assert record["readings"][0]["metrics"] == {"val_loss": "nan"}
    assert record["readings"][0]["entry"] == "any"
