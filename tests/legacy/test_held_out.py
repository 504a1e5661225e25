"""Held-out names: gathered apart from the names that the formats were modelled on.

``data/held_out_names.json`` holds them in the form of ``data/foreign_names.json``. ``or`` lists other kinds, epochs and
steps that are as right, where the framework's rule allows several. A name that the library reads otherwise stands in
``data/held_out_exceptions.json`` with the reason, or its test fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ckpt_scheme.legacy import readings
from foreign_facts import wrong_in, wrong_only_readings

_DATA: Final = Path(__file__).parents[1] / "data"
FACTS: Final[list[dict[str, Any]]] = json.loads((_DATA / "held_out_names.json").read_text(encoding="utf-8"))
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads((_DATA / "held_out_exceptions.json").read_text(encoding="utf-8"))
EXCEPTED: Final = {(entry["framework"], entry["name"]) for entry in EXCEPTIONS}

# Each name just misses the rule of some framework, or is no checkpoint at all.
NEAR_MISSES: Final = (
    "checkpoint-500.tmp",
    "checkpoint-abc",
    "checkpoint-5e3",
    "checkpoint--5",
    "checkpoint-",
    "checkpoint-\u0665\u0660\u0660",
    "checkpoint-12-epoch-1-old",
    "checkpoint_best_.pt",
    "checkpoint_100.txt",
    "checkpoint299.pth.bak",
    "checkpoint.best_loss.pt",
    "checkpoint_2024-13-02_03-04-05.678901",
    "epoch=3-step.ckpt",
    "epoch=.ckpt",
    "epoch=\uff11.ckpt",
    "epoch=3-step=1200.ckpt.tmp",
    "epoch=3-step=1200.ckpt~",
    "epoch=3-step=1200-v.ckpt",
    ".epoch=3.ckpt.swp",
    "last.ckpt.part",
    "last.ckpt.lock",
    "last-v.ckpt",
    "last-vx.ckpt",
    "last_week.md",
    "last_Ant_ep_rew_1.0.pth",
    "best.pt.zip",
    "best__epoch_12.pth",
    "best_acc_epoch_.pth",
    "best_of_2024.mp4",
    "epoch_12.pth.bak",
    "epoch_12.pth.aria2",
    "epoch_10.txt",
    "epoch_epoch_x_step_step_y_20251012_025102.ckpt",
    "epoch_03_step_000103_20251340_025102.ckpt",
    "iter_-000001",
    "model_final_zzzzzz.pkl",
    "model_v2_final.h5",
    "model.onnx",
    "model-00001-of-.safetensors",
    "model.ckpt-.index",
    "mask_rcnn_coco_160.h5",
    "global_step",
    "global_stepX",
    "step-",
    "step_",
    "step_1000.png",
    "stepX-unsharded",
    "stage1-step-tokens1B",
    "zero_pp_rank_x_mp_rank_00_optim_states.pt",
    "mp_rank_0_model_states.txt",
    "ep1-ba2-rank.pt",
    "ep-ba-rank0.pt",
    "12epochs.pth",
    "epochs.pth",
    "valid.acc.ave_best.pth",
    "ema_010000.pt",
    "rl_model_steps.zip",
    "ckpt-.index",
    "snapshot_iter_.caffemodel",
    "-0010.params",
    "G_.pth",
    "D_x.pth",
    "CKPT+2024-02-02",
    "latest_checkpointed_iteration.txt.bak",
    "notes-000004.txt",
    "song-000004.mp3",
    "photo_1000.jpg",
    "img_epoch_10.png",
    "train_epoch_10.log",
    "IMG_20251012_025102.jpg",
    "loss_0.25.csv",
    "12345_67890.csv",
    "resnet50.pth",
    "events.out.tfevents.1700000000.host",
    "config.json",
    "requirements.txt",
    "README.md",
    "train.py",
    "report_final.pdf",
    "v1.2.3",
    "2024-01-02",
    "a.b.c.d",
    "model_12_0.99.pt.json",
    "chk-model-.pt",
    "12-model-x.chk.pt",
    "SAVE-model-acc-.pth",
    "net_key_metric.pt",
    "net_epoch=.pt",
    "test_checkpoint_epoch=x.pt",
    "ba_rank0.pt",
    "ep1-b-s6.pt",
    "unet-epoch.ckpt",
    "epoch=3-val_loss=.ckpt",
    "epoch=3-val_loss=abc.ckpt",
    "epoch=-1-step=5.ckpt",
    "epoch=3--step=5.ckpt",
    "step=.ckpt",
    "t5--val_loss=x-step=1.ckpt",
    "checkpoint-1/notes.txt",
    "tmp-checkpoint-",
    "checkpoint_.pt",
    "checkpoint_x",
    "epoch_",
    "epoch_x",
    "infer..pth",
    "train.epoch.3.iter.pth",
    "global_step/mp_rank_00_model_states.txt",
    "iter_0250000.tar",
    "release.txt",
    "step-x",
    "step-250.zip",
    "epoch_9.zip",
    "step99-unsharded.tar",
    "extra_state_world_size_2_rank_.pt",
    "best_epoch_.pth",
    "best_iter_9.pth",
    "model_000000.pth.md5",
    "checkpoint000.pth",
    "checkpoint-0.tar",
    "recovery-1.pth.tar",
    "mask_rcnn_0010.h5",
    "-199.params",
    "yolov7.cfg",
    "20000.weights.txt",
    "iter_120000.caffemodel.bak",
    "net_D_A.pth",
    "000012.safetensors",
    "step00000250.safetensors",
    "checkpoint.best_cer_.pt",
    "checkpoint_9_.pt",
    "training_state_epoch_.th",
    "valid.bleu.4best.pth",
    "best_model_.pth",
    "CKPT+2021-06-05",
    "model.ckpt-.meta",
    "weights.-0.07.hdf5",
    "batch12.keras",
    "checkpoint_600.tmp-",
    "last_ep_3000.pth",
    "_1500000_steps.zip",
    "ckpt_epoch_7.txt",
    "backup_2024.tar.gz",
    "dataset_v3.zip",
    "train_000001.tfrecord",
    "shard-00000-of-00010.parquet",
    "part-00000.snappy.parquet",
    "2024-01-02_03-04-05.log",
    "image_000123.jpg",
    "video_epoch.mp4",
    "predictions_step_500.csv",
    "eval_results_checkpoint-500.json",
    "loss_curve_epoch_10.pdf",
    "best_params.yaml",
    "hparams_epoch=3.yaml",
    "vocab.json",
    "tokenizer.model",
    "merges.txt",
)


def wrong_in_best(fact: dict[str, Any]) -> list[str]:
    """Return the faults of the best reading of a fact's framework, none if it is right."""
    meanings = [fact, *(dict(fact, kind=kind, epoch=epoch, step=step) for kind, epoch, step in fact.get("or", ()))]
    own = [reading for reading in readings(fact["name"]) if reading.framework == fact["framework"]]
    return min(
        (wrong_in(reading, meaning) for reading in own for meaning in meanings),
        key=len,
        default=["no reading of its framework"],
    )


def test_held_out_names_are_read_with_the_meaning_of_their_frameworks() -> None:
    wrong = {(fact["framework"], fact["name"]): wrong_in_best(fact) for fact in FACTS}

    # A name that is read rightly leaves held_out_exceptions.json.
    assert {key: faults for key, faults in wrong.items() if (faults == []) == (key in EXCEPTED)} == {}


def test_each_exception_names_a_fact_and_has_a_reason() -> None:
    assert len(EXCEPTED) == len(EXCEPTIONS)
    assert {(fact["framework"], fact["name"]) for fact in FACTS} >= EXCEPTED
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


def test_at_most_one_name_in_twenty_is_excepted() -> None:
    assert len(EXCEPTED) <= len(FACTS) / 20


def test_held_out_names_are_not_among_the_known_facts() -> None:
    known = json.loads((_DATA / "foreign_names.json").read_text(encoding="utf-8"))

    assert not {(fact["framework"], fact["name"]) for fact in FACTS} & {
        (fact["framework"], fact["name"]) for fact in known
    }


def test_only_readings_of_names_have_the_right_meaning() -> None:
    assert wrong_only_readings(FACTS) == []


def test_near_misses_have_no_reading_of_a_framework() -> None:
    found = {name: {reading.framework for reading in readings(name)} for name in NEAR_MISSES}

    assert {name: frameworks for name, frameworks in found.items() if frameworks - {"common"}} == {}
