"""`latest`, `best` and `group_by_run`: choices that an order of strings gets wrong."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable
from typing import Any, Literal

import pytest

from calls import untyped
from ckpt_scheme import (
    CheckpointName,
    CheckpointPath,
    FieldError,
    LastCheckpoint,
    RunId,
    SelectionError,
    best,
    furthest,
    group_by_run,
    latest,
)

RUN = "outputs/ocr-dbnet_training_20251015_120000"
FOREIGN = ["", "notes.txt", "metrics.csv", "config.yaml"]


def _path(name: str) -> CheckpointPath:
    return CheckpointPath.parse(f"{RUN}/checkpoints/{name}")


# --------------------------------------------------------------------------------------------------------------------
# The latest.


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param(FOREIGN, None, id="nothing but foreign names"),
        pytest.param(["best.ckpt", "best-hmean-0.8920.ckpt"], None, id="best, which states no epoch"),
        pytest.param(["last.ckpt"], "last.ckpt", id="last alone"),
        pytest.param(["last.ckpt", "best.ckpt", *FOREIGN], "last.ckpt", id="last where no name states an epoch"),
        pytest.param(["epoch-00_step-000000.ckpt", "last.ckpt"], "last.ckpt", id="last before an epoch"),
        pytest.param(
            ["epoch-99_step-000693.ckpt", "epoch-100_step-000700.ckpt"],
            "epoch-100_step-000700.ckpt",
            id="epochs of two widths, which as strings have the opposite order",
        ),
        pytest.param(
            ["epoch-99_step-999999.ckpt", "epoch-99_step-1000000.ckpt"],
            "epoch-99_step-1000000.ckpt",
            id="steps of two widths",
        ),
        pytest.param(
            ["epoch-02_step-000001.ckpt", "epoch-01_step-999999.ckpt"],
            "epoch-02_step-000001.ckpt",
            id="the epoch counts before the step",
        ),
        pytest.param(
            ["epoch-02_step-000001_v9.ckpt", "epoch-02_step-000001_v10.ckpt", "epoch-02_step-000001.ckpt"],
            "epoch-02_step-000001_v10.ckpt",
            id="versions of two widths",
        ),
        pytest.param(
            ["epoch-02_step-000001_v9.ckpt", "epoch-02_step-000002.ckpt"],
            "epoch-02_step-000002.ckpt",
            id="the step counts before the version",
        ),
        pytest.param(
            ["epoch-02_step-000001_hmean-0.9000.ckpt", "epoch-02_step-000001_hmean-0.1000_v1.ckpt"],
            "epoch-02_step-000001_hmean-0.1000_v1.ckpt",
            id="a metric does not count",
        ),
        pytest.param(
            [*FOREIGN, "epoch-01_step-000001.ckpt", *FOREIGN], "epoch-01_step-000001.ckpt", id="among foreign"
        ),
    ],
)
def test_latest_returns_last_else_the_highest_epoch_step_and_version(names: list[str], chosen: str | None) -> None:
    assert latest(names) == chosen
    assert latest(reversed(names)) == chosen


@pytest.mark.parametrize(
    "names",
    [
        ["epoch-02_step-000001_hmean-0.9000.ckpt", "epoch-02_step-000001_hmean-0.1000.ckpt"],
        ["epoch-02_step-000001_hmean-0.9000.ckpt", "epoch-02_step-000001.ckpt"],
        ["epoch-02_step-000001_b-0.1000.ckpt", "epoch-02_step-000001_a-0.9000.ckpt"],
    ],
)
def test_latest_of_equally_late_names_is_the_last_in_their_order(names: list[str]) -> None:
    assert latest(names) == names[0]
    assert latest(reversed(names)) == names[0]


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(str, id="text"),
        pytest.param(f"{RUN}/checkpoints/{{}}".format, id="text with directories"),
        pytest.param(pathlib.PurePosixPath, id="path"),
        pytest.param(pathlib.PurePosixPath(RUN, "checkpoints").joinpath, id="path with directories"),
        pytest.param(CheckpointName.parse, id="name object"),
        pytest.param(_path, id="path object"),
    ],
)
def test_latest_returns_the_given_object(
    wrap: Callable[[str], str | os.PathLike[str] | CheckpointName],
) -> None:
    names = [wrap(name) for name in ("epoch-99_step-000693.ckpt", "epoch-100_step-000700.ckpt", "last.ckpt")]

    assert latest(iter(names)) is names[2]
    assert latest(names[:2]) is names[1]
    assert furthest(iter(names)) is names[1]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["a/epoch-01_step-000001.ckpt", "b/epoch-02_step-000002.ckpt"], id="two directories"),
        pytest.param(["epoch-01_step-000001.ckpt", "b/epoch-02_step-000002.ckpt"], id="a directory and none"),
        pytest.param(["a/last.ckpt", "b/epoch-02_step-000002.ckpt"], id="last in another directory"),
        pytest.param(["a/last.ckpt", "b/last.ckpt"], id="last in two directories"),
        pytest.param(
            ["a/epoch-01_step-000001.ckpt", "a//epoch-02_step-000002.ckpt"], id="two spellings of a directory"
        ),
        pytest.param(
            [f"{root}/a-b_c_20251015_120000/checkpoints/last.ckpt" for root in "xy"], id="one run under two roots"
        ),
    ],
)
def test_latest_refuses_several_directories(names: list[str]) -> None:
    with pytest.raises(SelectionError) as caught:
        latest(names)

    assert caught.value.requirement == "CKS-106"


def test_latest_ignores_directories_of_names_that_do_not_qualify() -> None:
    names = ["a/epoch-01_step-000001.ckpt", "b/best.ckpt", "c/notes.txt", "a/last.ckpt"]

    assert latest(names) == names[3]
    assert furthest([*names, "d/last.ckpt"]) == names[0]


def test_latest_accepts_name_objects_beside_one_directory() -> None:
    name = CheckpointName.parse("epoch-02_step-000002.ckpt")

    assert latest(["a/epoch-01_step-000001.ckpt", name]) is name


# --------------------------------------------------------------------------------------------------------------------
# The best.


@pytest.mark.parametrize(
    ("names", "greatest", "least"),
    [
        pytest.param([], None, None, id="nothing"),
        pytest.param(FOREIGN, None, None, id="nothing but foreign names"),
        pytest.param(["last.ckpt", "best.ckpt", "epoch-01_step-000001.ckpt"], None, None, id="names without a metric"),
        pytest.param(["best-loss-0.1000.ckpt"], None, None, id="another metric"),
        pytest.param(["best-hmean2-0.1000.ckpt", "best-HMEAN-0.1000.ckpt"], None, None, id="metrics of similar names"),
        pytest.param(
            ["best-hmean-9.5000.ckpt", "best-hmean-10.2500.ckpt"],
            "best-hmean-10.2500.ckpt",
            "best-hmean-9.5000.ckpt",
            id="values of two widths, which as strings have the opposite order",
        ),
        pytest.param(
            ["best-hmean--0.5000.ckpt", "best-hmean--0.2500.ckpt"],
            "best-hmean--0.2500.ckpt",
            "best-hmean--0.5000.ckpt",
            id="negative values",
        ),
        pytest.param(
            ["best-hmean--0.0001.ckpt", "best-hmean-0.0000.ckpt"],
            "best-hmean-0.0000.ckpt",
            "best-hmean--0.0001.ckpt",
            id="around zero",
        ),
        pytest.param(
            ["best-hmean-0.8920.ckpt", "epoch-22_step-001932_hmean-0.9000.ckpt", "epoch-01_step-000001.ckpt"],
            "epoch-22_step-001932_hmean-0.9000.ckpt",
            "best-hmean-0.8920.ckpt",
            id="names of epochs count as much as best",
        ),
        pytest.param(
            ["epoch-22_step-001932_hmean-0.5000.ckpt", "best-hmean-0.5000.ckpt", "best-hmean-0.5000_v1.ckpt"],
            "best-hmean-0.5000.ckpt",
            "best-hmean-0.5000.ckpt",
            id="a tie goes to best without a version",
        ),
        pytest.param(
            ["epoch-100_step-000001_hmean-0.5000.ckpt", "epoch-99_step-000001_hmean-0.5000.ckpt"],
            "epoch-99_step-000001_hmean-0.5000.ckpt",
            "epoch-99_step-000001_hmean-0.5000.ckpt",
            id="a tie goes to the earliest epoch",
        ),
        pytest.param(
            ["a/best-hmean-0.5000.ckpt", "b/best-hmean-0.6000.ckpt", "best-hmean-0.4000.ckpt"],
            "b/best-hmean-0.6000.ckpt",
            "best-hmean-0.4000.ckpt",
            id="any number of directories",
        ),
    ],
)
def test_best_returns_the_extreme_value_then_the_first_in_order(
    names: list[str], greatest: str | None, least: str | None
) -> None:
    for given in (names, names[::-1]):
        assert best(given, metric="hmean") == greatest
        assert best(given, metric="hmean", mode="max") == greatest
        assert best(iter(given), metric="hmean", mode="min") == least


@pytest.mark.parametrize("mode", ["max", "min"])
@pytest.mark.parametrize("wrap", [str, pathlib.PurePosixPath, CheckpointName.parse])
def test_best_returns_the_given_object(
    wrap: Callable[[str], str | os.PathLike[str] | CheckpointName], mode: Literal["max", "min"]
) -> None:
    names = [wrap(name) for name in ("last.ckpt", "best-hmean-0.8920.ckpt", "best.ckpt")]

    assert best(names, metric="hmean", mode=mode) is names[1]


def test_best_of_equal_names_is_in_the_first_directory() -> None:
    names = ["b/best-hmean-0.5000.ckpt", "a/best-hmean-0.5000.ckpt"]

    assert best(names, metric="hmean") == names[1]
    assert best(reversed(names), metric="hmean") == names[1]


@pytest.mark.parametrize("path", [f"{RUN}/checkpoints/epoch-01_step-000001_m-0.5000.ckpt"])
def test_selection_reads_a_windows_path_object(path: str) -> None:
    windows = pathlib.PureWindowsPath(path)

    assert latest([windows]) is windows
    assert best([windows], metric="m") is windows
    assert [str(found) for paths in group_by_run([windows]).values() for found in paths] == [path]


@pytest.mark.parametrize("one", ["last.ckpt", b"last.ckpt", pathlib.PurePosixPath("last.ckpt")])
def test_selection_refuses_a_single_name(one: Any) -> None:  # noqa: ANN401 - anything but an iterable of names
    for select in (latest, group_by_run, lambda names: best(names, metric="m")):
        with pytest.raises(FieldError):
            select(one)


@pytest.mark.parametrize("mode", [["max"], None, "Max"])
def test_best_refuses_an_invalid_mode(mode: Any) -> None:  # noqa: ANN401 - anything but a mode
    with pytest.raises(FieldError) as caught:
        best([], metric="m", mode=mode)

    assert (caught.value.kind, caught.value.text) == ("mode", mode)


@pytest.mark.parametrize(
    ("metric", "mode", "requirement"),
    [
        pytest.param("val/hmean", "max", "CKS-109", id="no name of a metric"),
        pytest.param("", "max", "CKS-109", id="empty metric"),
        pytest.param(b"hmean", "max", "CKS-109", id="bytes"),
        pytest.param("hmean", "MAX", "CKS-110", id="mode in capitals"),
        pytest.param("hmean", "auto", "CKS-110", id="another mode"),
        pytest.param("hmean", None, "CKS-110", id="no mode"),
    ],
)
def test_best_refuses_an_invalid_metric_or_mode(metric: object, mode: object, requirement: str) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(best)(["best-hmean-0.8920.ckpt"], metric=metric, mode=mode)

    assert caught.value.requirement == requirement


# --------------------------------------------------------------------------------------------------------------------
# Groups.


def test_group_by_run_orders_runs_by_start_and_paths_by_name() -> None:
    early, late = "b-b_c_20241231_235959", "a-b_c_20251015_120000"
    paths: list[str | os.PathLike[str]] = [
        f"x/{late}/checkpoints/last.ckpt",
        CheckpointPath.parse(f"x/{early}/checkpoints/last.ckpt"),
        pathlib.PurePosixPath(f"y/{late}/checkpoints/epoch-100_step-000700.ckpt"),
        f"x/{late}/checkpoints/epoch-99_step-000693.ckpt",
        f"{late}/checkpoints/epoch-99_step-000693.ckpt",
        f"x/{late}/checkpoints/best-hmean-0.8920.ckpt",
        f"x/{late}/checkpoints/notes.txt",
        f"x/{late}/logs/last.ckpt",
        "last.ckpt",
        "",
    ]

    groups = group_by_run(iter(paths))

    assert list(groups) == [RunId.parse(early), RunId.parse(late)]
    assert [[str(path) for path in group] for group in groups.values()] == [
        [f"x/{early}/checkpoints/last.ckpt"],
        [
            f"x/{late}/checkpoints/best-hmean-0.8920.ckpt",
            f"{late}/checkpoints/epoch-99_step-000693.ckpt",
            f"x/{late}/checkpoints/epoch-99_step-000693.ckpt",
            f"y/{late}/checkpoints/epoch-100_step-000700.ckpt",
            f"x/{late}/checkpoints/last.ckpt",
        ],
    ]


def test_group_by_run_orders_runs_that_started_together_by_their_text() -> None:
    runs = ["b-b_c_20251015_120000", "a-b_c_20251015_120000", "a-b-x_c_20251015_120000"]

    groups = group_by_run(f"{run}/checkpoints/last.ckpt" for run in runs)

    assert [str(run) for run in groups] == sorted(runs)


def test_group_by_run_returns_the_given_path_objects() -> None:
    path = CheckpointPath("x", RunId.parse("a-b_c_20251015_120000"), LastCheckpoint())

    assert group_by_run([path])[path.run][0] is path


def test_group_by_run_of_no_canonical_path_is_empty() -> None:
    assert group_by_run([]) == {}
    assert group_by_run(FOREIGN) == {}


# --------------------------------------------------------------------------------------------------------------------
# Elements that are no name and no path.


@pytest.mark.parametrize(
    "select",
    [latest, functools.partial(best, metric="hmean"), group_by_run],
    ids=["latest", "best", "group_by_run"],
)
@pytest.mark.parametrize("value", [None, 22, b"last.ckpt", object(), ("last.ckpt",)])
def test_selection_refuses_elements_of_other_types(select: Callable[..., object], value: object) -> None:
    with pytest.raises(FieldError) as caught:
        select(["best-hmean-0.8920.ckpt", value])

    assert caught.value.text is value


# --------------------------------------------------------------------------------------------------------------------
# The best without a metric.


def test_best_without_a_metric_takes_the_only_metric_of_best_names() -> None:
    names = ["best-hmean-0.5000.ckpt", "best-hmean-0.7000.ckpt", "epoch-01_step-000001_loss-0.1000.ckpt", "last.ckpt"]

    assert best(names) == "best-hmean-0.7000.ckpt"
    assert best(names, mode="min") == "best-hmean-0.5000.ckpt"
    assert best(["best.ckpt", "last.ckpt"]) == "best.ckpt"
    assert best(["last.ckpt"]) is None


@pytest.mark.parametrize(
    ("names", "requirement"),
    [
        (["best-hmean-0.5000.ckpt", "best-loss-0.1000.ckpt"], "CKS-043"),
        (["best.ckpt", "best_v1.ckpt"], "CKS-139"),
    ],
)
def test_best_without_a_metric_refuses_an_open_choice(names: list[str], requirement: str) -> None:
    with pytest.raises(SelectionError) as caught:
        best(names)

    assert caught.value.requirement == requirement
    assert caught.value.text == tuple(names)
