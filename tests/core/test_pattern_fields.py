"""The fields of patterns: the values they take, the combinations, the errors."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from calls import raised
from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from pattern_examples import ONE_RUN
from pattern_oracle import Pattern, fields_of, fits


@pytest.mark.parametrize(
    ("pattern", "field", "value", "kind", "position", "requirement"),
    [
        pytest.param(RunPattern, "tag", "a-b", "tag", 1, "CKS-010", id="tag with a dash"),
        pytest.param(RunPattern, "tag", None, "tag", None, "CKS-010", id="no tag, which no name is without"),
        pytest.param(RunPattern, "tag", "*", "tag", 0, "CKS-010", id="tag that is a glob"),
        pytest.param(RunPattern, "architecture", "", "architecture", 0, "CKS-010", id="empty architecture"),
        pytest.param(RunPattern, "encoder", "x.y", "encoder", 1, "CKS-011", id="encoder with a dot"),
        pytest.param(RunPattern, "encoder", 18, "encoder", None, "CKS-011", id="encoder that is a number"),
        pytest.param(RunPattern, "phase", "fine_tune", "phase", 4, "CKS-012", id="phase with an underscore"),
        pytest.param(RunPattern, "timestamp", "20240229_120000", "timestamp", None, "CKS-013", id="timestamp as text"),
        pytest.param(
            RunPattern, "timestamp", datetime(2024, 2, 29, 12, 0, 0, 1), "timestamp", None, "CKS-013", id="microseconds"
        ),
        pytest.param(
            RunPattern, "timestamp", datetime(2024, 2, 29, tzinfo=UTC), "timestamp", None, "CKS-013", id="time zone"
        ),
        pytest.param(CheckpointPattern, "epoch", -1, "epoch", None, "CKS-020", id="epoch below zero"),
        pytest.param(CheckpointPattern, "epoch", None, "epoch", None, "CKS-020", id="None as an epoch"),
        pytest.param(CheckpointPattern, "step", 10**18, "step", None, "CKS-021", id="step of nineteen digits"),
        pytest.param(CheckpointPattern, "step", 1.0, "step", None, "CKS-021", id="step that is a float"),
        pytest.param(CheckpointPattern, "metric", "val/hmean", "metric name", 3, "CKS-010", id="metric with a slash"),
        pytest.param(CheckpointPattern, "value", float("nan"), "metric value", None, "CKS-023", id="value that is nan"),
        pytest.param(CheckpointPattern, "value", None, "metric value", None, "CKS-023", id="None as a value"),
        pytest.param(CheckpointPattern, "version", 0, "version", None, "CKS-024", id="version zero"),
        pytest.param(CheckpointPattern, "version", True, "version", None, "CKS-024", id="version that is a bool"),
        pytest.param(PathPattern, "root", "", "root", 0, "CKS-031", id="empty root"),
        pytest.param(PathPattern, "root", "a\0", "root", 1, "CKS-031", id="root with NUL"),
        pytest.param(PathPattern, "root", 3, "root", None, "CKS-031", id="root that is a number"),
        pytest.param(PathPattern, "run", ONE_RUN, "run", None, "CKS-055", id="run as text"),
        pytest.param(PathPattern, "run", None, "run", None, "CKS-055", id="no run"),
        pytest.param(PathPattern, "run", CheckpointPattern(), "run", None, "CKS-055", id="checkpoint as the run"),
        pytest.param(PathPattern, "checkpoint", "last.ckpt", "checkpoint", None, "CKS-055", id="checkpoint as text"),
        pytest.param(PathPattern, "checkpoint", ANY, "checkpoint", None, "CKS-055", id="ANY as the checkpoint"),
        pytest.param(
            PathPattern, "checkpoint", RunPattern(), "checkpoint", None, "CKS-055", id="run as the checkpoint"
        ),
        pytest.param(PathPattern, "checkpoint", LastCheckpoint, "checkpoint", None, "CKS-055", id="a class"),
    ],
)
def test_pattern_refuses_a_value_that_its_field_cannot_have(
    pattern: Callable[..., Pattern],
    field: str,
    value: object,
    kind: str,
    position: int | None,
    requirement: str,
) -> None:
    error = raised(lambda: pattern(**{field: value}))

    assert (error.kind, error.text, error.position, error.requirement) == (kind, value, position, requirement)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("Epoch", id="other case"),
        pytest.param("", id="empty"),
        pytest.param("epoch ", id="trailing blank"),
        pytest.param(None, id="None"),
        pytest.param(b"last", id="bytes"),
        pytest.param(EpochCheckpoint, id="the class"),
        pytest.param(["epoch"], id="unhashable"),
        pytest.param({"best"}, id="a set"),
        pytest.param(np.array(["epoch"]), id="an array that equals a kind"),
        pytest.param(np.array(["epoch", "best"]), id="an array of kinds"),
    ],
)
def test_checkpoint_pattern_refuses_an_unknown_kind(kind: Any) -> None:  # noqa: ANN401 - a value of any type
    error = raised(lambda: CheckpointPattern(kind=kind))

    assert error.text is kind
    assert (error.kind, error.position, error.requirement) == ("kind", None, "CKS-055")


class Kind(StrEnum):
    BEST = "best"


def test_checkpoint_pattern_stores_an_enum_kind_as_plain_text() -> None:
    pattern = CheckpointPattern(kind=Kind.BEST)  # type: ignore[arg-type]  # equal to a literal, and no literal

    assert pattern == CheckpointPattern(kind="best")
    assert type(pattern.kind) is str


FORMS: Final[list[AnyCheckpoint]] = [
    *(
        EpochCheckpoint(epoch=3, step=7, metric=metric, version=version)
        for metric in (None, Metric("m", 0.5))
        for version in (None, 1)
    ),
    *(BestCheckpoint(metric=metric, version=version) for metric in (None, Metric("m", 0.5)) for version in (None, 1)),
    LastCheckpoint(),
]

COMBINATIONS: Final[list[dict[str, Any]]] = [
    {field: value for field, value in zip(fields_of(FORMS[0]), values, strict=True) if value is not ANY}
    for values in itertools.product(
        (ANY, "epoch", "best", "last"), (ANY, 3), (ANY, 7), (ANY, None, "m"), (ANY, 0.5), (ANY, None, 1)
    )
]


@pytest.mark.parametrize("given", COMBINATIONS, ids=repr)
def test_checkpoint_pattern_accepts_fields_if_and_only_if_a_name_has_them_all(given: dict[str, Any]) -> None:
    agreeing = {str(name) for name in FORMS if fits(given, name)}

    if agreeing:
        pattern = CheckpointPattern(**given)
        assert set(pattern.filter(map(str, FORMS))) == agreeing
    else:
        error = raised(lambda: CheckpointPattern(**given))
        assert (error.kind, error.position, error.requirement) == ("checkpoint pattern", None, "CKS-121")
        assert isinstance(error.text, str)
        assert all(f"{field}={value!r}" in error.text for field, value in given.items())


def test_error_for_a_run_of_another_type_names_both_types() -> None:
    error = raised(lambda: PathPattern("outputs", CheckpointPattern(kind="last")))  # type: ignore[arg-type]  # the mistake

    assert str(error) == (
        "invalid run <CheckpointPattern>: expected a RunPattern or a RunId, found CheckpointPattern [CKS-055]"
    )


def test_path_pattern_accepts_a_path_as_root() -> None:
    assert PathPattern(Path("a", "b")) == PathPattern("a/b")
