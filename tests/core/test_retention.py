"""`keep` and `next_version`: a training loop removes no checkpoint that it needs, and overwrites none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import (
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    EpochCheckpoint,
    FieldError,
    LastCheckpoint,
    NameSyntaxError,
    SelectionError,
    furthest,
    keep,
    next_version,
)
from ckpt_scheme.strategies import checkpoint_names

RUN = "outputs/ocr-dbnet_training_20251015_120000"
EPOCHS = [
    "epoch-99_step-000693_hmean-0.9000.ckpt",
    "epoch-100_step-000700_hmean-0.7000.ckpt",
    "epoch-101_step-000707_hmean-0.8000.ckpt",
    "epoch-102_step-000714.ckpt",
]
BEST = ["best-hmean-0.9000.ckpt", "best-hmean-0.8000.ckpt", "best-hmean-0.7000.ckpt"]


# --------------------------------------------------------------------------------------------------------------------
# The names that stay.


@pytest.mark.parametrize(
    ("names", "rules", "going"),
    [
        pytest.param([], {"last": 1}, [], id="no names"),
        pytest.param(EPOCHS, {"last": 1}, EPOCHS[:3], id="the last epoch stays"),
        pytest.param(EPOCHS, {"last": 3}, EPOCHS[:1], id="epochs are ordered by number and not as text"),
        pytest.param(EPOCHS, {"last": 9}, [], id="fewer epochs than the rule keeps"),
        pytest.param(EPOCHS, {"best": 1, "metric": "hmean"}, EPOCHS[1:], id="the best epoch stays"),
        pytest.param(
            EPOCHS, {"best": 1, "metric": "hmean", "mode": "min"}, [EPOCHS[0], *EPOCHS[2:]], id="less may be better"
        ),
        pytest.param(EPOCHS, {"last": 1, "best": 1, "metric": "hmean"}, EPOCHS[1:3], id="both rules keep"),
        pytest.param(BEST, {"best": 2, "metric": "hmean"}, BEST[2:], id="the best of the best checkpoints stay"),
        pytest.param(BEST, {"last": 1}, [], id="a rule for epochs spares best checkpoints"),
        pytest.param(
            [*BEST, *EPOCHS],
            {"last": 1, "best": 1, "metric": "hmean"},
            BEST[1:] + EPOCHS[1:3],
            id="each form by itself",
        ),
        pytest.param(
            ["best-hmean-0.9000.ckpt", "best-hmean-0.9000_v1.ckpt", "best-hmean-0.8000.ckpt"],
            {"best": 1, "metric": "hmean"},
            ["best-hmean-0.8000.ckpt"],
            id="equal values all stay",
        ),
        pytest.param(
            ["best.ckpt", "best-loss-0.1000.ckpt", "best-hmean-0.9000.ckpt"],
            {"best": 1, "metric": "hmean"},
            [],
            id="best checkpoints by another metric stay",
        ),
        pytest.param(EPOCHS, {"best": 1, "metric": "loss"}, [], id="no name states the metric, so all stay"),
        pytest.param(EPOCHS, {"best": 1}, EPOCHS[1:], id="the only metric counts"),
        pytest.param(EPOCHS[3:], {"best": 1}, [], id="no name states a metric, so all stay"),
        pytest.param(
            [
                "last.ckpt",
                "config.yaml",
                "epoch=3-step=12.ckpt",
                "Epoch-01_step-000004.ckpt",
                "epoch-00_step-000004.ckpt",
            ],
            {"best": 1, "last": 1, "metric": "hmean"},
            [],
            id="last, other files and names of other frameworks stay",
        ),
        pytest.param(
            ["epoch-00_step-000004.ckpt", "epoch-00_step-000004_v1.ckpt"],
            {"last": 1},
            ["epoch-00_step-000004.ckpt"],
            id="of two versions the higher is the last",
        ),
    ],
)
def test_keep_leaves_out_the_checkpoints_that_no_rule_keeps(
    names: list[str], rules: dict[str, Any], going: list[str]
) -> None:
    assert keep(names, **rules) == [name for name in names if name not in going]
    assert set(keep(names[::-1], **rules)) == set(names) - set(going)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(f"{RUN}/checkpoints/{{}}".format, id="text with directories"),
        pytest.param(PurePosixPath, id="path"),
        pytest.param(CheckpointName.parse, id="name object"),
        pytest.param(lambda name: CheckpointPath.parse(f"{RUN}/checkpoints/{name}"), id="path object"),
    ],
)
def test_keep_returns_the_given_objects_in_their_order(wrap: Callable[[str], Any]) -> None:
    names = [wrap(name) for name in [*EPOCHS[::-1], "last.ckpt"]]

    kept = keep(iter(names), last=2)

    assert list(map(id, kept)) == list(map(id, [names[0], names[1], names[4]]))


@given(st.lists(checkpoint_names(), unique=True), st.integers(1, 3), st.integers(0, 3))
def test_keep_keeps_the_furthest_and_is_idempotent(names: list[CheckpointName], last: int, best: int) -> None:
    kept = keep(names, last=last, best=best, metric="hmean")

    assert furthest(kept) == furthest(names)
    assert keep(kept, last=last, best=best, metric="hmean") == kept


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ({}, "last"),
        ({"last": 0, "best": 0}, "last"),
        ({"last": -1}, "last"),
        ({"last": True}, "last"),
        ({"best": 1.0, "metric": "hmean"}, "best"),
        ({"best": 1, "metric": "val/hmean"}, "metric name"),
        ({"last": 1, "mode": "most"}, "mode"),
    ],
)
def test_keep_refuses_invalid_rules(rules: dict[str, Any], kind: str) -> None:
    with pytest.raises(FieldError) as caught:
        keep(EPOCHS, **rules)

    assert caught.value.kind == kind


def test_keep_without_a_metric_refuses_names_of_two_metrics() -> None:
    with pytest.raises(SelectionError, match="one metric, not hmean and loss; pass metric"):
        keep([*EPOCHS, "best-loss-0.1000.ckpt"], best=1)


def test_keep_refuses_names_in_two_directories() -> None:
    with pytest.raises(SelectionError, match="CKS-106"):
        keep(["a/epoch-00_step-000004.ckpt", "b/epoch-00_step-000004.ckpt"], last=1)


# --------------------------------------------------------------------------------------------------------------------
# A name that is not taken.


@pytest.mark.parametrize(
    ("existing", "name", "answer"),
    [
        pytest.param([], "best.ckpt", "best.ckpt", id="nothing is taken"),
        pytest.param(["last.ckpt", "notes"], "best.ckpt", "best.ckpt", id="other names are taken"),
        pytest.param(["best.ckpt"], "best.ckpt", "best_v1.ckpt", id="the name is taken"),
        pytest.param(["best.ckpt", "best_v2.ckpt"], "best.ckpt", "best_v1.ckpt", id="the lowest free version"),
        pytest.param(["best_v2.ckpt", "best.ckpt"], "best_v2.ckpt", "best_v3.ckpt", id="above the given version"),
        pytest.param(["best_v1.ckpt"], "best.ckpt", "best.ckpt", id="only a version is taken"),
        pytest.param(
            [PurePosixPath("x/epoch-00_step-000004.ckpt"), "x/epoch-00_step-000004_v1.ckpt/"],
            "epoch-00_step-000004.ckpt",
            "epoch-00_step-000004_v2.ckpt",
            id="paths, and directories",
        ),
        pytest.param(
            [BestCheckpoint(), CheckpointPath.parse(f"{RUN}/checkpoints/best_v1.ckpt")],
            "best.ckpt",
            "best_v2.ckpt",
            id="objects",
        ),
        pytest.param(["best.ckpt"], "last.ckpt", "last.ckpt", id="last"),
    ],
)
def test_next_version_returns_the_lowest_free_name(existing: list[Any], name: str, answer: str) -> None:
    assert next_version(iter(existing), name) == answer
    assert next_version(existing, CheckpointName.parse(name)) == CheckpointName.parse(answer)


def test_next_version_returns_the_same_form() -> None:
    taken = EpochCheckpoint(epoch=22, step=1932)

    assert next_version([taken], taken) == EpochCheckpoint(epoch=22, step=1932, version=1)


def test_next_version_refuses_a_taken_last() -> None:
    with pytest.raises(FieldError, match=r"replace last\.ckpt at position 0|replace last\.ckpt") as caught:
        next_version(["last.ckpt"], LastCheckpoint())

    assert caught.value.requirement == "CKS-025"


@pytest.mark.parametrize("name", ["best", "epoch=3.ckpt", ""])
def test_next_version_refuses_another_name(name: str) -> None:
    with pytest.raises(NameSyntaxError):
        next_version([], name)
