"""The adapter's rules for names and for the arguments of its callbacks, none of which needs Lightning."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from ckpt_scheme import EpochCheckpoint, FieldError, Metric, RunId
from ckpt_scheme._lightning import names
from ckpt_scheme._lightning.requested import FoundRun, RequestedRun, differences, requested_run


def requested(**changes: object) -> RequestedRun:
    """Return the run that the default arguments describe, with *changes*."""
    defaults: dict[str, object] = {
        "root": None,
        "experiment_tag": None,
        "model": None,
        "phase": None,
        "timestamp": None,
        "run_dir": None,
        "job": None,
        "dirpath": None,
        "continues": True,
    }
    return requested_run(**{**defaults, **changes})  # type: ignore[arg-type]  # some changes are wrong on purpose


# --------------------------------------------------------------------------------------------------------------------
# Kinds and metrics.


@pytest.mark.parametrize(
    ("kind", "monitor", "expected"),
    [(None, None, "epoch"), (None, "loss", "best"), ("epoch", "loss", "epoch"), ("best", "loss", "best")],
)
def test_kind_without_argument_follows_the_monitor(kind: str | None, monitor: str | None, expected: str) -> None:
    assert names.kind_of(kind, monitor) == expected


@pytest.mark.parametrize(
    ("kind", "monitor", "field"), [("best", None, "monitor"), ("last", "loss", "kind"), (1, "loss", "kind")]
)
def test_kind_of_refuses_an_unknown_kind_and_best_without_monitor(
    kind: object, monitor: str | None, field: str
) -> None:
    with pytest.raises(FieldError) as caught:
        names.kind_of(kind, monitor)

    assert caught.value.kind == field


@pytest.mark.parametrize(
    ("monitor", "given", "expected"),
    [
        (None, None, None),
        ("val/hmean", None, "hmean"),
        ("val/hmean/dataloader_idx_1", None, "hmean_dl1"),
        ("f1:macro", None, "f1_macro"),
        ("val/sub/f-score", None, "f_score"),
        ("100%", None, "100"),
        ("%", None, None),
        ("%", "share", "share"),
    ],
)
def test_label_is_the_given_label_or_derived_from_the_monitor(
    monitor: str | None, given: str | None, expected: str | None
) -> None:
    assert names.label_of(monitor, given) == expected


def test_given_label_outside_the_grammar_is_refused() -> None:
    with pytest.raises(FieldError) as caught:
        names.label_of("val/hmean", "h-mean")

    assert caught.value.suggestion == "h_mean"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None])
def test_metric_of_a_value_that_is_not_finite_is_none(value: float | None) -> None:
    assert names.metric_of("hmean", value) is None


def test_name_shows_four_decimals_and_no_minus_zero() -> None:
    metric = names.metric_of("m", -0.00001)

    assert names.best_name(metric, None) == "best-m-0.0000.ckpt"
    assert names.metric_of(None, 0.5) is None


def test_metric_of_a_value_outside_the_grammar_is_refused() -> None:
    with pytest.raises(FieldError):
        names.metric_of("loss", 1e11)


def test_names_equal_those_of_the_core() -> None:
    metric = Metric("hmean", 0.892)

    assert names.epoch_name(22, 1932, metric, 1) == str(EpochCheckpoint(epoch=22, step=1932, metric=metric, version=1))
    assert names.best_name(None, 2) == "best_v2.ckpt"
    assert names.LAST == "last.ckpt"


# --------------------------------------------------------------------------------------------------------------------
# Runs.


def test_run_like_splits_the_given_model() -> None:
    run = names.run_like("ocr", "dbnet-resnet-18", "training", "20251015_120000")

    assert run == RunId(
        tag="ocr", architecture="dbnet", encoder="resnet-18", phase="training", timestamp=datetime(2025, 10, 15, 12)
    )


def test_run_like_without_model_has_an_unknown_architecture() -> None:
    run = names.run_like("ocr", None, "training", None)

    assert (run.architecture, run.encoder) == (names.UNKNOWN, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"experiment_tag": "exp-1 a/b"}, "tag", id="tag"),
        pytest.param({"experiment_tag": ""}, "tag", id="empty tag"),
        pytest.param({"model": "org/mobilenet_v3 large"}, "architecture", id="architecture"),
        pytest.param({"model": "net-"}, "encoder", id="empty encoder"),
        pytest.param({"model": 3}, "model", id="model that is no text"),
        pytest.param({"phase": "fine_tuning"}, "phase", id="phase"),
        pytest.param({"timestamp": "2025-10-15"}, "timestamp", id="timestamp"),
        pytest.param({"timestamp": 20251015120000}, "timestamp", id="timestamp that YAML made a number"),
        pytest.param({"timestamp": "20251301_000000"}, "timestamp", id="month that does not exist"),
        pytest.param({"root": ""}, "root", id="empty root"),
        pytest.param({"job": ""}, "job", id="empty job"),
        pytest.param({"dirpath": "a", "run_dir": "b"}, "dirpath", id="two folders"),
    ],
)
def test_argument_that_no_name_can_hold_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        requested(**changes)

    assert caught.value.kind == field


def test_tag_of_the_environment_overrides_the_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    assert requested(experiment_tag="from_argument").like.tag == "from_argument"
    assert requested().like.tag == "experiment"

    monkeypatch.setenv("EXPERIMENT_TAG", "from_env")
    assert requested(experiment_tag="from_argument").like.tag == "from_env"
    assert requested(experiment_tag="from_argument").given == {"experiment_tag": "from_env"}

    monkeypatch.setenv("EXPERIMENT_TAG", "")
    assert requested(experiment_tag="from_argument").like.tag == "from_argument"


def test_error_for_a_tag_of_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERIMENT_TAG", "a-b")

    with pytest.raises(FieldError) as caught:
        requested(experiment_tag="fine")

    assert "EXPERIMENT_TAG" in caught.value.__notes__[0]


def test_given_holds_only_the_passed_arguments() -> None:
    assert requested().given == {}
    assert requested(root=Path("runs"), model="net", job=3).given == {"root": "runs", "model": "net", "job": "3"}
    assert requested(root="outputs", phase="training").given == {"root": "outputs", "phase": "training"}


def test_overridden_by_returns_arguments_that_differ_from_the_deciding_callback() -> None:
    deciding = requested(experiment_tag="a", model="net")

    assert requested().overridden_by(deciding) == {}
    assert requested(root="outputs", experiment_tag="a", model="net").overridden_by(deciding) == {}
    assert requested(root="runs", experiment_tag="b", job=3).overridden_by(deciding) == {
        "root": "runs",
        "experiment_tag": "b",
        "job": "3",
    }
    assert requested(model="net").overridden_by(requested()) == {"model": "net"}


def test_differences_name_the_arguments_that_do_not_describe_the_run(tmp_path: Path) -> None:
    run = RunId.parse("ocr-dbnet-resnet18_training_20251015_120000")
    found = FoundRun(f"{tmp_path}/{run}/checkpoints", run, frozenset({str(tmp_path)}), "3")
    same = {"root": str(tmp_path), "experiment_tag": "ocr", "model": "dbnet-resnet18", "phase": "training", "job": "3"}

    assert found.directory == f"{tmp_path}/{run}"
    assert differences({}, found) == differences(same, found) == []
    assert differences({**same, "root": "elsewhere", "job": "4", "phase": "tuning"}, found) == [
        "phase='tuning'",
        "job='4'",
        "root='elsewhere'",
    ]


def test_arguments_for_a_run_describe_each_field() -> None:
    run = RunId.parse("ocr-dbnet_training_20251015_120000")
    described = {"root": "outputs", "experiment_tag": "ocr", "model": "dbnet", "phase": "training"}

    assert requested().arguments_for(run) == described
    assert requested(job="7").arguments_for(run) == {**described, "job": "7"}


@pytest.mark.parametrize(
    ("alike", "labels"),
    [
        (["val/f1", "train/f1"], ["val_f1", "train_f1"]),
        (["f1", "val/f1"], ["f1", "val_f1"]),
        (["val/f1/dataloader_idx_0", "train/f1/dataloader_idx_0"], ["val_f1_dl0", "train_f1_dl0"]),
        (["val/f1", "val:f1"], ["val_f1_1", "val_f1_2"]),
    ],
)
def test_distinct_label_separates_metrics_of_one_label_by_their_keys(alike: list[str], labels: list[str]) -> None:
    assert [names.distinct_label(monitor, alike) for monitor in alike] == labels


def test_given_folder_is_stored_as_text(tmp_path: Path) -> None:
    of_a_run = requested(run_dir=tmp_path / "run")
    of_its_own = requested(dirpath=Path("here"))

    assert (of_a_run.dirpath, of_a_run.is_outside_run) == (os.path.realpath(tmp_path / "run" / "checkpoints"), False)
    assert (of_its_own.dirpath, of_its_own.is_outside_run) == ("here", True)
    assert (requested().dirpath, requested().is_outside_run) == (None, False)
