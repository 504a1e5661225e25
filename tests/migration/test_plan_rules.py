"""`make_plan` discards the checkpoints that no rule of the policy keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import pytest

from ckpt_scheme.migration import Entry, KeepBest, Policy
from listing_strategies import NOW_NS
from plan_listings import EARLY, LATE, SECOND, check_all, file, judged, keeping, plan_of

GOES: Final = "discard: no rule keeps it"


@pytest.mark.parametrize(
    ("names", "policy", "outcomes"),
    [
        pytest.param(
            ["epoch-09_step-000001.ckpt", "epoch=8-step=1.ckpt", LATE],
            Policy(),
            ["keep: in the scheme", "rename: epoch-08_step-000001.ckpt", "keep: in the scheme"],
            id="nothing goes unless asked for",
        ),
        pytest.param(
            ["epoch-09_step-000001.ckpt", "epoch-10_step-000001.ckpt", "epoch-11_step-000001.ckpt"],
            EARLY,
            ["discard: epoch 9 is before 10", "keep: epoch 10 is not before 10", "keep: epoch 11 is not before 10"],
            id="about the first epoch that stays",
        ),
        pytest.param(
            ["epoch=9-step=1.ckpt", "epoch=10-step=1.ckpt"],
            EARLY,
            [
                "discard: epoch 9 is before 10",
                "rename: epoch-10_step-000001.ckpt; lightning/default; stays: epoch 10 is not before 10",
            ],
            id="old names",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_min_epoch=0),
            ["keep: epoch 0 is not before 0", "keep"],
            id="all epochs stay",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt", "epoch-100_step-000001.ckpt"],
            keeping(keep_last=2),
            [GOES, "keep: one of the last 2", "keep: one of the last 2"],
            id="the last two",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2-step=1.ckpt", "epoch-03_step-000001.ckpt"],
            keeping(keep_last=3),
            [
                "keep: one of the last 3",
                "rename: epoch-02_step-000001.ckpt; lightning/default; stays: one of the last 3",
                "keep: one of the last 3",
            ],
            id="the last three of three",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt"],
            keeping(keep_last=9),
            ["keep: one of the last 9", "keep: one of the last 9"],
            id="the last nine of two",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2.ckpt", "epoch-03_step-000001.ckpt", "mine!.ckpt", "last.ckpt"],
            keeping(keep_last=1),
            [GOES, "conflict", "keep: one of the last 1", "conflict", "keep: in the scheme"],
            id="an unreadable name does not count",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2-step=1.ckpt", "epoch_2_step_1.ckpt"],
            keeping(keep_last=1),
            ["keep: one of the last 1", "conflict", "conflict"],
            id="a conflict does not count",
        ),
        pytest.param(
            ["epoch-01_step-000001_v1.ckpt", "epoch-01_step-000001.ckpt", "epoch-01_step-000002.ckpt"],
            keeping(keep_last=2),
            ["keep: one of the last 2", GOES, "keep: one of the last 2"],
            id="a version is later than none",
        ),
        pytest.param(
            ["epoch-01_step-000001_hmean-0.9000.ckpt", "epoch-01_step-000001_hmean-0.1000_v1.ckpt"],
            keeping(keep_last=1),
            [GOES, "keep: one of the last 1"],
            id="a metric does not make later",
        ),
        pytest.param(
            ["epoch-01_step-000001_hmean-9.0000.ckpt", "epoch-01_step-000001_hmean-10.0000.ckpt"],
            keeping(keep_last=1),
            [GOES, "keep: one of the last 1"],
            id="of equally late names the last in the order of names",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", "epoch-05_step-000001.ckpt", "epoch-06_step-000001.ckpt"],
            keeping(keep_every=5),
            ["keep: epoch 0 is a multiple of 5", "keep: epoch 5 is a multiple of 5", GOES],
            id="each fifth",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_every=0),
            ["discard: epoch 0 is before 10", "keep"],
            id="each none",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean")),
            [GOES, "keep: one of the best 1 by hmean", GOES],
            id="the best",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 2)),
            [GOES, "keep: one of the best 2 by hmean", "keep: one of the best 2 by hmean"],
            id="the best two",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 3)),
            ["keep: one of the best 3 by hmean"] * 3,
            id="the best three of three",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 4)),
            ["keep: one of the best 4 by hmean"] * 3,
            id="the best four of three",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_loss-{score}00.ckpt"
                for epoch, score in enumerate(("0.50", "-0.90", "0.70"))
            ],
            keeping(keep_best=KeepBest("loss", 2, "min")),
            ["keep: one of the best 2 by loss", "keep: one of the best 2 by loss", GOES],
            id="the lowest two",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("9000", "5000", "9000"))
            ],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: one of the best 1 by hmean", GOES, "keep: one of the best 1 by hmean"],
            id="of equal values all",
        ),
        pytest.param(
            [
                "epoch-01_step-000001_hmean-0.5000.ckpt",
                "epoch-02_step-000001_loss-0.9000.ckpt",
                "epoch-03_step-000001.ckpt",
            ],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: one of the best 1 by hmean", GOES, GOES],
            id="another metric and none are not best",
        ),
        pytest.param(
            ["epoch-01_step-000001_loss-0.5000.ckpt", "epoch-02_step-000001.ckpt", "best-hmean-0.5000.ckpt"],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: no name here holds hmean", "keep: no name here holds hmean", "keep: in the scheme"],
            id="the best cannot be told",
        ),
        pytest.param(
            [
                file("epoch-01_step-000001.ckpt", mtime_ns=NOW_NS - 7200 * SECOND),
                file("epoch-02_step-000001.ckpt", mtime_ns=NOW_NS - 7200 * SECOND + 1),
                "last.ckpt",
            ],
            keeping(keep_younger_than=7200),
            [GOES, "keep: younger than 2h", "keep: in the scheme"],
            id="about the age that stays",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", "epoch-04_step-000001.ckpt", "epoch-05_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_last=2, keep_every=4),
            [
                "keep: epoch 0 is a multiple of 4",
                "keep: epoch 4 is a multiple of 4",
                "keep: one of the last 2",
                "keep: epoch 30 is not before 10",
            ],
            id="any rule keeps",
        ),
        pytest.param(
            [
                "best.ckpt",
                "last.ckpt",
                "best-hmean-0.1000.ckpt",
                "best_v1.ckpt",
                "hmean=0.7990-best.ckpt",
                "latest.ckpt",
            ],
            keeping(keep_last=1),
            ["keep: in the scheme"] * 4 + ["rename: best-hmean-0.7990.ckpt", "conflict: last.ckpt is taken"],
            id="best and last are of no epoch",
        ),
        pytest.param(
            ["epoch=3.ckpt", "epoch=3-step=3-v0.ckpt", "mine!.ckpt", "epoch_03_step_000103_20251012_025102.ckpt", LATE],
            EARLY,
            ["conflict"] * 4 + ["keep"],
            id="a conflict stays",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-03_step-000030.ckpt", LATE],
            EARLY,
            ["conflict: is taken", "keep: in the scheme", "keep"],
            id="a name that another one wants",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch_3_step_30.ckpt", LATE],
            EARLY,
            ["conflict", "conflict", "keep"],
            id="names that want one",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-04_step-000040.ckpt", LATE],
            Policy(rename=False, delete_old=True),
            ["keep: not in the scheme", "discard: epoch 4 is before 10", "keep: epoch 30"],
            id="without renames only canonical names go",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-03_step-000030.ckpt", LATE],
            Policy(rename=False, delete_old=True),
            ["keep: not in the scheme", "discard: epoch 3 is before 10", "keep: epoch 30"],
            id="without renames no name is wanted",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "mine!.ckpt", "epoch=4.ckpt", LATE],
            Policy(rename=False),
            ["keep: not in the scheme"] * 3 + ["keep: in the scheme"],
            id="without renames there are no conflicts",
        ),
        pytest.param(
            [file("epoch=3-step=30.ckpt", kind="directory"), LATE],
            EARLY,
            ["discard: epoch 3 is before 10", "keep"],
            id="a directory",
        ),
        pytest.param(
            ["epoch-03_step-000030.ckpt", "EPOCH-03_step-000030.ckpt", LATE],
            EARLY,
            ["keep", "conflict: its name is ambiguous", "keep"],
            id="twins by case",
        ),
    ],
)
def test_policy_decides_discards(names: Sequence[str | Entry], policy: Policy, outcomes: Sequence[str]) -> None:
    shown = [part if isinstance(part, str) else part.name for part in names]

    check_all(plan_of(names, policy), dict(zip(shown, outcomes, strict=True)))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("epoch_03_step_000030_hmean_0.8920_best_resnet18_20251012_025102.ckpt", "rename"),
        ("epoch-03_step-000030_best-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_Best_hmean-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_blast-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_bes-0.5000.ckpt", "discard"),
    ],
)
def test_plan_keeps_name_with_best_or_last(name: str, outcome: str) -> None:
    policy = attrs.evolve(EARLY, drop=("timestamp", "architecture", "encoder"))

    item = judged(plan_of([name, LATE], policy))[name]

    assert item.do == outcome.partition(":")[0]
    assert item.do == "discard" or "called best or last" in item.reason


def test_rename_does_not_change_order_of_equal_names() -> None:
    equal = "epoch-00_step-001000_hmean-0.0000.ckpt"
    names: list[str | Entry] = [file(equal, links=2), "epoch=0-step=1000.ckpt", "epoch-01_step-001000.ckpt"]

    plan = plan_of(names, keeping(keep_last=2))
    again = plan_of(
        [file(equal, links=2), "epoch-00_step-001000.ckpt", "epoch-01_step-001000.ckpt"], keeping(keep_last=2)
    )

    assert len(plan.discards) == len(again.discards) == 1
