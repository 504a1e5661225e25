"""The meaning of names that are easy to misread, and of names that several frameworks write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ckpt_scheme.legacy import Reading, decode, readings

# A name, its framework, and the facts that not every name of its kind states.
MEANINGS: list[tuple[str, str, dict[str, Any]]] = [
    # The numeral has another meaning than its look suggests.
    ("model_0004999.pth", "detectron2", {"kind": "step", "step": 4999, "completed_steps": 5000}),
    ("checkpoint0099.pth", "detr", {"kind": "epoch", "epoch": 99, "epoch_base": 0, "completed_epochs": 100}),
    ("checkpoint100.pt", "fairseq", {"kind": "epoch", "epoch": 100, "epoch_base": 1, "completed_epochs": 100}),
    ("iter_epoch_100.pdparams", "paddleocr", {"kind": "epoch", "epoch": 100, "step": None}),
    ("G_2333333.pth", "rvc", {"kind": "last", "step": None, "extras": {"sentinel_step": 2333333, "role": "generator"}}),
    ("model-1.pt", "denoising-diffusion-pytorch", {"kind": "index", "step": None, "extras": {"save_index": 1}}),
    ("ckpt-5.index", "tensorflow", {"kind": "index", "step": None, "extras": {"save_index": 5}}),
    ("resnet-50-0010.params", "mxnet", {"kind": "epoch", "epoch": 10, "extras": {"prefix": "resnet-50"}}),
    ("network-snapshot-000200.pkl", "stylegan2-ada", {"kind": "step", "step": None, "extras": {"kimg": 200}}),
    (
        "ema_0.9999_010000.pt",
        "guided-diffusion",
        {"kind": "average", "step": 10000, "extras": {"ema_rate": 0.9999}, "metrics": {}},
    ),
    ("checkpoint_0.5", "flax", {"kind": "step", "step": None, "extras": {"step_float": 0.5}}),
    ("model_state_e3_b500.th", "allennlp", {"kind": "step", "epoch": 3, "step": 500, "completed_epochs": 3}),
    # A value with only some of the digits, a value without its name, and a whole value.
    (
        "checkpoint.best_loss_3.98814.pt",
        "fairseq",
        {"kind": "best", "metrics": {"loss": 3.988}, "extras": {"tie_digits": "14"}},
    ),
    ("checkpoint.best_bleu_27.10.pt", "fairseq", {"kind": "best", "metrics": {"bleu": 27.1}, "extras": {}}),
    ("03-0.41.keras", "keras", {"kind": "epoch", "epoch": 3, "metrics": {"val_loss": 0.41}}),
    ("last_Ant_ep_5_rew_-1.5e-05.pth", "rl_games", {"kind": "last", "epoch": 5, "metrics": {"rew": -1.5e-05}}),
    ("last_Ant_ep_5_rew__4.68_.pth", "rl_games", {"kind": "last", "epoch": 5, "metrics": {"rew": 4.68}}),
    (
        "wmt14.en-de_acc_69.22_ppl_4.33_e9.pt",
        "opennmt-py",
        {"kind": "epoch", "epoch": 9, "metrics": {"acc": 69.22, "ppl": 4.33}, "extras": {"prefix": "wmt14.en-de"}},
    ),
    # Times, each in its own spelling.
    (
        "ljspeech-October-12-2023_02+15PM-0000000",
        "coqui-tts",
        {"kind": "run_dir", "timestamp": datetime(2023, 10, 12, 14, 15)},
    ),
    ("ljspeech-May-01-2023_12+05AM-0000000", "coqui-tts", {"timestamp": datetime(2023, 5, 1, 0, 5)}),
    (
        "coco20171029T2315/mask_rcnn_coco_0001.h5",
        "matterport-mask-rcnn",
        {"timestamp": datetime(2017, 10, 29, 23, 15), "extras": {"run": "coco20171029T2315", "prefix": "coco"}},
    ),
    (
        "CKPT+2024-01-02+03-04-05+00",
        "speechbrain",
        {"kind": "index", "timestamp": datetime(2024, 1, 2, 3, 4, 5), "extras": {"save_index": 0}},
    ),
    (
        "checkpoint_2024-01-02_03-04-05.678901",
        "ray",
        {"kind": "index", "timestamp": datetime(2024, 1, 2, 3, 4, 5, 678901)},
    ),
    ("20210101-120000-resnet50-224", "timm", {"kind": "run_dir", "timestamp": datetime(2021, 1, 1, 12)}),
    ("model_state_epoch_3.2020-05-01-12-00-00.th", "allennlp", {"timestamp": datetime(2020, 5, 1, 12)}),
    ("net_20200130-047c8118.pth", "mmengine", {"kind": "release", "timestamp": datetime(2020, 1, 30)}),
]


def of(framework: str, name: str) -> Reading:
    (reading,) = (reading for reading in readings(name) if reading.framework == framework)
    return reading


@pytest.mark.parametrize(("name", "framework", "said"), MEANINGS, ids=[name for name, *_ in MEANINGS])
def test_name_is_read_with_the_meaning_of_its_framework(name: str, framework: str, said: dict[str, Any]) -> None:
    reading = of(framework, name)

    assert {attribute: getattr(reading, attribute) for attribute in said} == said


@pytest.mark.parametrize(
    ("name", "frameworks"),
    [
        ("checkpoint_100", {"accelerate", "flax", "t5x", "orbax"}),
        ("checkpoint_000100", {"ray", "rllib", "orbax"}),
        ("checkpoint-500", {"huggingface-trainer", "mae", "rllib"}),
        ("epoch_0", {"accelerate", "torchtune"}),
        ("epoch_5.pt", {"open_clip", "wenet"}),
        ("epoch_12.pth", {"mmengine", "mmcv"}),
        ("iter_500.pth", {"mmengine", "mmcv", "deep-text-recognition"}),
        ("step_1000", {"torchtune", "orbax", "accelerate"}),
        ("1000", {"orbax", "sentence-transformers"}),
        ("020000", {"orbax", "lerobot"}),
        ("model_500.pt", {"rsl_rl", "ignite"}),
        ("model_5.pth", {"torchvision-references", "fastai"}),
        ("model_best.pth.tar", {"timm", "pytorch-examples"}),
        ("checkpoint.pth", {"detr", "torchvision-references", "espnet"}),
        ("latest.pth", {"mmcv", "espnet"}),
        ("last_checkpoint", {"detectron2", "mmengine"}),
        ("G_10000.pth", {"vits", "rvc"}),
        ("model_2048000_steps.zip", {"stable-baselines3", "isaaclab"}),
        ("epoch-000004.ckpt", {"ocr-project", "kohya-sd-scripts"}),
        ("resnet50-19c8e357.pth", {"torchvision-references", "timm", "mmcv"}),
        ("adapter_model.safetensors", {"huggingface-trainer", "torchtune"}),
    ],
)
def test_name_of_several_frameworks_has_a_reading_of_each(name: str, frameworks: set[str]) -> None:
    assert {reading.framework for reading in readings(name)} >= frameworks


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("darknet19_500.weights", {"step", "epoch"}),  # the iteration, or the epoch of a classifier
        ("yolov4_10000.weights", {"step"}),  # a detector's
        ("model-1000.index", {"step", "index"}),  # a step, or a count of saves under a name that was chosen
        ("model.ckpt-1000.index", {"step"}),
        ("checkpoint-500/adapter_model.safetensors", {"aux"}),
    ],
)
def test_name_with_two_meanings_in_one_framework_has_both_readings(name: str, kinds: set[str]) -> None:
    found = readings(name)

    assert {reading.kind for reading in found} == kinds
    assert len({reading.framework for reading in found}) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("v1.5.pth", "sd-v1.5.pth", "yolov8.5.pth"),  # versions
        *("foo_1000", "resnet_50", "frame_000250"),  # a prefix and a number, as in many names
        *("model.h5", "weights.bin", "model.safetensors", "my_style.safetensors", "net.pth", "notes.backup"),
        *("best_loss.pth", "best_model_epoch_10.pth", "best_epoch.pth"),
        *("metrics_5.json", "trial_0003.model", "checkpoint_step_100.pt"),
        *("checkpoint12.pth", "checkpoint099.pth"),  # no width of DETR, the only writer of such names
        *("checkpoint_2024-02-30_03-04-05.678901", "coco20170229T2315", "CKPT+2024-13-02+03-04-05+00"),  # no such day
        *("G_02333333.pth", "ep3-loss1.5-val_loss2.5.h5", "checkpoint.best_loss_2.pt", "D.pth", "-state", ".weights"),
    ],
)
def test_name_of_no_framework_has_no_reading_of_a_framework(name: str) -> None:
    assert {reading.framework for reading in readings(name)} <= {"common"}


def test_unfinished_checkpoint_is_of_no_checkpoint_kind() -> None:
    names = (
        "checkpoint_16.orbax-checkpoint-tmp",
        "foobar_000505.orbax-checkpoint-tmp-13124",
        "checkpoint_1000.tmp-1650000000",
        "checkpoint_last.pt.tmp",
        "checkpoint_tmp1a2b3c",
        "tmpsnapshot_iter_1000k3x_9v2a",
        "model.ckpt-1000_temp",
    )

    assert {decode(name).kind for name in names} == {"temp"}
