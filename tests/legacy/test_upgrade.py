"""`upgrade`: the canonical name for a reading, and the readings that have none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import pytest

from ckpt_scheme import BestCheckpoint, FieldError, LastCheckpoint, Metric, SchemeError
from ckpt_scheme.legacy import Reading, decode, upgrade, upgrade_losses

NO_CHECKPOINTS = ("shard", "aux", "temp", "pointer", "sidecar", "run_dir")
RECORD = Reading(text="x", framework="f", format="g", kind="epoch", epoch=3, step=1200)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "epoch-03_step-001200.ckpt"),
        ({"version": 2}, "epoch-03_step-001200_v2.ckpt"),
        ({"metrics": {"val/loss": 0.12345}}, "epoch-03_step-001200_loss-0.1235.ckpt"),
        (
            {"architecture": "dbnet", "timestamp": datetime(2025, 1, 1), "extras": {"a": 1}},
            "epoch-03_step-001200.ckpt",
        ),
        ({"kind": "best", "epoch": None, "step": None, "metrics": {"f1": 1.0}}, "best-f1-1.0000.ckpt"),
    ],
)
def test_upgrade_keeps_each_part_that_a_canonical_name_holds(changes: dict[str, Any], text: str) -> None:
    assert str(upgrade(attrs.evolve(RECORD, **changes))) == text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"epoch": None}, "an epoch"),
        ({"step": None}, "a step"),
        ({"kind": "step", "epoch": None}, "an epoch"),
        ({"metrics": {"a": 1.0, "b": 2.0}}, "at most one metric"),
        ({"kind": "best"}, "without an epoch"),
        ({"kind": "best", "epoch": None}, "without an epoch"),
        ({"kind": "last"}, "without a number"),
        ({"kind": "last", "epoch": None, "step": None, "version": 1}, "without a number"),
        ({"kind": "last", "epoch": None, "step": None, "metrics": {"a": 1.0}}, "without a number"),
    ],
)
def test_upgrade_refuses_a_missing_number_and_parts_that_no_name_holds(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(FieldError, match=expected) as caught:
        upgrade(attrs.evolve(RECORD, **changes))

    assert (caught.value.text, caught.value.requirement) == ("x", "CKS-064")


@pytest.mark.parametrize("changes", [{"version": 0}, {"metrics": {"a": float("nan")}}, {"epoch": 10**18}])
def test_upgrade_refuses_a_value_outside_the_grammar(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemeError):
        upgrade(attrs.evolve(RECORD, **changes))


def test_upgrade_makes_best_and_last_checkpoints() -> None:
    assert upgrade(decode("best-v1.ckpt", "ocr-project")) == BestCheckpoint(version=1)
    assert upgrade(decode("latest.ckpt", "ocr-project")) == LastCheckpoint()


@pytest.mark.parametrize(
    ("changes", "missing", "text"),
    [
        ({"epoch": None}, {"epoch": 7}, "epoch-07_step-001200.ckpt"),
        ({"step": None}, {"step": 9}, "epoch-03_step-000009.ckpt"),
        ({"kind": "index", "epoch": None, "step": None}, {"epoch": 7, "step": 9}, "epoch-07_step-000009.ckpt"),
        ({"extras": {"step_scope": "in_epoch"}}, {"step": 9000}, "epoch-03_step-009000.ckpt"),
        ({}, {"epoch": 3, "step": 1200, "version": 2}, "epoch-03_step-001200_v2.ckpt"),
        ({}, {"metric": Metric("f1", 0.5)}, "epoch-03_step-001200_f1-0.5000.ckpt"),
    ],
)
def test_upgrade_takes_missing_parts_from_the_caller(
    changes: dict[str, Any], missing: dict[str, Any], text: str
) -> None:
    assert str(upgrade(attrs.evolve(RECORD, **changes), **missing)) == text


@pytest.mark.parametrize(
    ("changes", "missing", "expected"),
    [
        ({}, {"epoch": 4}, "no other epoch than its own, 3"),
        ({}, {"step": 0}, "no other step than its own, 1200"),
        ({"metrics": {"f1": 0.25}}, {"metric": Metric("f1", 0.5)}, "no other metric"),
        ({"epoch": None}, {"step": 1200}, "an epoch, which the name lacks"),
        ({"extras": {"step_scope": "in_epoch"}}, {}, "a step, which the name lacks"),
        ({"kind": "best", "epoch": None, "step": None}, {"epoch": 3}, "without an epoch"),
        *(({"kind": kind}, {}, f"a whole checkpoint, not of kind {kind}") for kind in NO_CHECKPOINTS),
        *(({"kind": kind}, {}, f"one moment of training, not of kind {kind}") for kind in ("average", "release")),
    ],
)
def test_upgrade_refuses_parts_that_contradict_the_reading(
    changes: dict[str, Any], missing: dict[str, Any], expected: str
) -> None:
    with pytest.raises(FieldError, match=expected):
        upgrade(attrs.evolve(RECORD, **changes), **missing)


def test_upgrade_refuses_other_types() -> None:
    with pytest.raises(FieldError):
        upgrade("epoch=3-step=1200.ckpt")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "losses"),
    [
        ({}, ()),
        ({"architecture": "dbnet", "extras": {"batch_size": 16}}, ("architecture", "batch_size")),
        ({"metrics": {"loss": 0.12345}}, ("digits",)),
        ({"metrics": {"loss": 0.5, "f1": 0.25}}, ("metric",)),
        ({"kind": "best"}, ("epoch", "step")),
        ({"kind": "last", "version": 2, "metrics": {"loss": 0.5}}, ("epoch", "step", "version", "metric")),
    ],
)
def test_upgrade_losses_are_the_fields_that_no_name_holds(changes: dict[str, Any], losses: tuple[str, ...]) -> None:
    assert set(upgrade_losses(attrs.evolve(RECORD, **changes))) == set(losses)


def test_upgrade_of_a_canonical_name_loses_nothing() -> None:
    assert upgrade_losses(decode("epoch-22_step-001932_hmean-0.8756.ckpt")) == ()


def test_upgrade_losses_refuse_another_type() -> None:
    with pytest.raises(FieldError, match="a Reading"):
        upgrade_losses("last.ckpt")  # type: ignore[arg-type]  # the refused type
