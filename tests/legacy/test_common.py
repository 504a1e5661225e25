"""The common spellings: names of public code whose frameworks no format declares.

``data/common_names.json`` holds the names, each with the kinds that are right for it and the numbers that it states. A
name with ``may_be_unread`` is of no checkpoint, or its words do not describe the checkpoint. ``counts`` is the unit of
a number that no word of the name states. ``missed`` is the reason why a name is not read rightly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import AmbiguousNameError, latest
from ckpt_scheme.legacy import REGISTRY, Reading, Registry, readings

_DATA: Final = Path(__file__).parents[1] / "data" / "common_names.json"
NAMES: Final[list[dict[str, Any]]] = json.loads(_DATA.read_text(encoding="utf-8"))
COMMON: Final = Registry(declared for declared in REGISTRY.formats if declared.framework == "common")


def is_right(reading: Reading, fact: Mapping[str, Any]) -> bool:
    if reading.kind in {"shard", "aux"}:
        return reading.kind in fact["kinds"]
    said = (reading.epoch, reading.step, reading.extras.get("index") if fact["index"] is not None else None)
    metrics = {key: reading.metrics.get(key) for key in fact["metrics"]}
    return (
        reading.kind in fact["kinds"]
        and said == (fact["epoch"], fact["step"], fact["index"])
        and metrics == fact["metrics"]
    )


def is_read_rightly(fact: Mapping[str, Any]) -> bool:
    found = COMMON.readings(fact["name"])
    return any(is_right(reading, fact) for reading in found) or (fact["may_be_unread"] and not found)


def test_names_of_public_code_are_read_rightly_by_the_common_spellings_alone() -> None:
    # A name that is read rightly has no "missed".
    assert [fact for fact in NAMES if is_read_rightly(fact) is ("missed" in fact)] == []


def test_common_spellings_give_a_name_one_reading_at_most() -> None:
    assert [fact["name"] for fact in NAMES if len(COMMON.readings(fact["name"])) > 1] == []


def test_common_reading_is_never_certain() -> None:
    read = [fact["name"] for fact in NAMES if COMMON.readings(fact["name"])]

    for name in read:
        with pytest.raises(AmbiguousNameError):
            COMMON.decode(name)

    assert len(read) > len(NAMES) / 2


def test_common_spellings_read_only_names_that_no_other_format_reads() -> None:
    frameworks = {fact["name"]: {reading.framework for reading in readings(fact["name"])} for fact in NAMES}

    assert {name: found for name, found in frameworks.items() if "common" in found and len(found) > 1} == {}


def test_latest_passes_over_common_names_beside_a_known_writer() -> None:
    names = ["our-unet_epoch_99.pth", "epoch=3-step=400.ckpt"]

    with pytest.warns(UserWarning, match="our-unet_epoch_99"):
        assert latest(names) == "epoch=3-step=400.ckpt"


def test_latest_of_common_names_alone_is_the_highest_number() -> None:
    assert latest(["our-unet_epoch_9.pth", "our-unet_epoch_10.pth"]) == "our-unet_epoch_10.pth"


def test_most_names_of_public_code_are_read_rightly() -> None:
    named = [fact for fact in NAMES if not fact["may_be_unread"]]
    read = [fact for fact in named if COMMON.readings(fact["name"])]
    right = [fact for fact in read if "missed" not in fact]

    assert len(right) >= 0.95 * len(read)
    assert len(right) >= 0.85 * len(named)


def test_every_format_is_a_shared_fallback() -> None:
    assert {(declared.shared, declared.prior) for declared in COMMON.formats} == {(True, "fallback")}


def only(name: str) -> tuple[str, int | None, int | None, dict[str, float], dict[str, Any]]:
    [reading] = COMMON.readings(name)
    return reading.kind, reading.epoch, reading.step, dict(reading.metrics), dict(reading.extras)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unet-epoch_3.step=500.pt", ("epoch", 3, 500, {}, {})),
        ("unet_iter500_ep3.pt", ("epoch", 3, 500, {}, {})),
        ("modelEpoch5.pth", ("epoch", 5, None, {}, {})),
        ("unet_step_00005000.pt", ("step", None, 5000, {}, {})),
        ("unet_12epoch_0.5.pt", ("epoch", 12, None, {}, {})),
        ("unet_10k_steps.pt", ("step", None, 10_000, {}, {})),
        ("unet_step_10K.pt", ("step", None, 10_000, {}, {})),
        ("stage1_step25000.pt", ("step", None, 25_000, {}, {})),
        ("unet_e8_step216.pth", ("epoch", 8, 216, {}, {})),
        ("unet_e8_loss_0.5.pth", ("epoch", 8, None, {"loss": 0.5}, {})),
        ("unet_epoch_8_loss--0.5.pth", ("epoch", 8, None, {"loss": -0.5}, {})),
        ("unet_epoch_8_loss-0.5.pth", ("epoch", 8, None, {"loss": 0.5}, {})),
        ("unet_epoch_8_map=1.pth", ("epoch", 8, None, {"map": 1.0}, {})),
        ("unet_epoch_8_map_1.pth", ("epoch", 8, None, {}, {})),
        ("unet_epoch_8_reward_1.pth", ("epoch", 8, None, {"reward": 1.0}, {})),
        ("unet_epoch_8_loss=nan.pth", ("epoch", 8, None, {"loss": pytest.approx(float("nan"), nan_ok=True)}, {})),
        ("unet_epoch_8_reward_1k.pth", ("epoch", 8, None, {}, {})),
        ("unet_epoch_8_mean_val_mIoU_0.5_F1_0.25.pth", ("epoch", 8, None, {"mean_val_mIoU": 0.5, "F1": 0.25}, {})),
        ("unet_best_loss.pth", ("best", None, None, {}, {})),
        ("best_avg_loss_0.5.pth", ("best", None, None, {"avg_loss": 0.5}, {})),
        ("unet_ema_epoch_3.pt", ("epoch", 3, None, {}, {"ema": True})),
        ("latest-199.pt", ("last", None, None, {}, {"index": 199})),
        ("299_ckpt.tar", ("index", None, None, {}, {"index": 299})),
        ("UNet3D_epoch_5.pth", ("epoch", 5, None, {}, {})),
        ("dcgan_D_epoch_5.pth", ("aux", 5, None, {}, {"role": "discriminator"})),
        ("detr-D5_epoch_5.pth", ("epoch", 5, None, {}, {})),
        ("unet_step_500_rank3.pt", ("shard", None, 500, {}, {})),
        ("acme-lora-002500.safetensors", ("step", None, 2500, {}, {})),
        ("our_model_00012345.h5", ("step", None, 12345, {}, {})),
        ("our_model_000123.h5", ("index", None, None, {}, {"index": 123})),
        ("our_model_02500.h5", ("index", None, None, {}, {"index": 2500})),
    ],
)
def test_words_state_values_and_marks(name: str, said: tuple[object, ...]) -> None:
    assert only(name) == said


@pytest.mark.parametrize(
    "name",
    [
        "dataset_epoch_3.pt",
        "confusion_step_500.npz",
        "unet_epoch_1000000.pt",
        "unet_epoch_3_epoch_4.pt",
        "unet_e8.pth",
        "model_3_500.pt",
        "model-7b.pt",
        f"unet_step_{10**18}.pt",
        "unet_step--5.pt",
        "unet_epoch_0x3_step_5.pt",
        "unet_step_0.5.pt",
        "unet_epochs.pt",
        "10epochs.pth",
        "eval_epoch_3",
        "notes_epoch_3",
        "epoch_3.png",
        "best_weights-1a2b3c4d.pth",
        "iter_500-deadbeef.pth",
        "shard-002500.pt",
        "features_002500.pt",
    ],
)
def test_name_without_plain_words_is_not_read(name: str) -> None:
    assert COMMON.readings(name) == ()
