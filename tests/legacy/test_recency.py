"""The members of formats that selection acts on: `recency`, `disqualifies` and `completed_by`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from ckpt_scheme import UncertainLatestWarning, latest, legacy
from ckpt_scheme.legacy import Format, Reading
from ckpt_scheme.legacy._entries import Entry
from ckpt_scheme.legacy._template import split

FORMATS: Final = legacy.REGISTRY.formats


def readings_of(declared: Format) -> Iterator[Reading]:
    """Yield the readings of the examples of a format in this format."""
    for example in declared.examples:
        for reading in legacy.readings(example):
            if (reading.framework, reading.format) == (declared.framework, declared.format):
                yield reading


def is_numbered(declared: Format) -> bool:
    """Return whether the examples of a format state a count."""
    return any(Entry(0, reading.text, (reading,)).is_numbered for reading in readings_of(declared))


def latest_and_warned_of(names: list[str]) -> tuple[object, list[tuple[str, ...]]]:
    """Return the latest of *names*, and the names of each warning."""
    with pytest.warns(UncertainLatestWarning) as caught:
        found = latest(names)
    return found, [warning.message.names for warning in caught]  # type: ignore[union-attr]


NUMBERED: Final = {declared.framework for declared in FORMATS if is_numbered(declared)}
WORDS: Final = [
    declared
    for declared in FORMATS
    if declared.framework in NUMBERED and declared.kind in {"last", "final"} and not is_numbered(declared)
]


def test_at_least_thirty_frameworks_have_numbered_names_and_a_last_one() -> None:
    assert len({declared.framework for declared in WORDS}) >= 30


@pytest.mark.parametrize("declared", WORDS, ids=lambda declared: f"{declared.framework}-{declared.format}")
def test_last_or_final_name_beside_numbered_names_has_a_recency(declared: Format) -> None:
    assert declared.recency is not None


def test_recency_is_stated_for_whole_checkpoints_alone() -> None:
    stated = [declared for declared in FORMATS if declared.recency is not None]

    assert stated
    assert {declared.kind for declared in stated} <= legacy.CHECKPOINT_KINDS


def test_companions_are_named_by_fields_of_the_format() -> None:
    ruled = [declared for declared in FORMATS if declared.disqualifies or declared.completed_by]

    assert ruled
    for declared in ruled:
        fields = {field for template in declared.templates for field in template.fields} | {"name"}
        used = {field for text in (*declared.disqualifies, *declared.completed_by) for field, _ in split(text)[1]}
        assert used <= fields, declared


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["checkpoint-3.pth.tar", "checkpoint-7.pth.tar", "last.pth.tar"], "last.pth.tar"),
        (["checkpoint0199.pth", "checkpoint0299.pth", "checkpoint.pth"], "checkpoint.pth"),
        (["best-epoch=12-val_loss=0.31.ckpt", "last.ckpt"], "last.ckpt"),
        (["epoch=3-step=400.ckpt", "last.ckpt"], "last.ckpt"),
        (["epoch=3-step=400.ckpt", "last-v1.ckpt"], "last-v1.ckpt"),
        (["checkpoint3.pt", "checkpoint_last.pt", "checkpoint_best.pt"], "checkpoint_last.pt"),
        (["3epoch.pth", "checkpoint.pth", "latest.pth"], "checkpoint.pth"),
        (["epoch_3.pth", "iter_500.pth", "latest.pth"], "latest.pth"),
        (["ep1-ba10-rank0.pt", "latest-rank0.pt"], "latest-rank0.pt"),
        (["000500/", "001000/", "last/"], "last/"),
        (["G_1000.pth", "G_2333333.pth"], "G_2333333.pth"),
        (["network-snapshot-000200.pkl", "network-final.pkl"], "network-final.pkl"),
    ],
)
def test_latest_is_the_name_that_is_never_behind(names: list[str], chosen: str) -> None:
    assert latest(names) == chosen


@pytest.mark.parametrize(
    ("names", "chosen", "others"),
    [
        (["lora-000008.safetensors", "lora-000009.safetensors", "lora.safetensors"], 2, (0, 1)),
        (["model_0004999.pth", "model_final.pth"], 1, (0,)),
        (["step-00000100/", "final/"], 1, (0,)),
        (["checkpoint_epoch_3.pth", "latest_model.pth"], 0, (1,)),
        (["checkpoint-500/", "last-checkpoint/", "trainer_state.json"], 0, (1,)),
        (["yolo_1000.weights", "yolo_last.weights", "yolo_final.weights"], 1, (2,)),
    ],
)
def test_latest_warns_of_names_that_may_be_later(names: list[str], chosen: int, others: tuple[int, ...]) -> None:
    found, warned = latest_and_warned_of(names)

    assert found == names[chosen]
    assert warned == [tuple(names[place] for place in others)]


@pytest.mark.parametrize(
    ("names", "chosen", "passed_over"),
    [
        (["m--step=5-last.ckpt", "m--step=9-last/", "m--step=9-last-unfinished"], 0, (1,)),
        (["iter_0000010/", "iter_0000020/", "iter_0000010/metadata.json"], 0, (1,)),
        (["step-10/", "step-20/", "step-10/.metadata"], 0, (1,)),
        (["checkpoint-10/", "checkpoint-20/", "checkpoint-20/checkpoint-is-incomplete.txt"], 0, (1,)),
        (["ep1-ba10-rank0.pt", "ep2-ba20-rank0.pt", "ep2-ba20-rank1.pt"], 0, (1,)),
    ],
)
def test_latest_passes_over_a_checkpoint_that_its_framework_marks(
    names: list[str], chosen: int, passed_over: tuple[int, ...]
) -> None:
    found, warned = latest_and_warned_of(names)

    assert found == names[chosen]
    assert warned == [tuple(names[place] for place in passed_over)]


@pytest.mark.parametrize(
    "names",
    [
        ["checkpoint_3_1000-shard0.pt", "checkpoint_3_1000-shard1.pt", "checkpoint_last-shard0.pt"],
        ["ep1-ba10-rank1.pt", "latest-rank1.pt"],
        ["195_net_G.pth", "195_net_D.pth", "latest_net_G.pth", "latest_net_D.pth"],
        ["mp_rank_00/step=02250.ckpt", "mp_rank_01/step=02500.ckpt", "mp_rank_00/last.ckpt"],
        ["tp_rank_00_pp_rank_001/last.ckpt", "tp_rank_00_pp_rank_001/step=10-last.ckpt"],
    ],
)
def test_part_of_a_checkpoint_is_never_the_latest(names: list[str]) -> None:
    assert {reading.kind for name in names for reading in legacy.readings(name)} == {"shard"}
    assert latest(names) is None
