"""Several callbacks in one Trainer: one run directory, one `last.ckpt`, and no file twice."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from training import LATER, STAMP, Lab, SchemeCheckpoint, Scripted, held, scheme_checkpoints

EPOCHS = [f"epoch-{epoch:02d}_step-{4 * epoch + 4:06d}.ckpt" for epoch in range(4)]


def test_pair_writes_to_one_run(lab: Lab) -> None:
    best, epoch = lab.pair()[0], lab.pair(timestamp=LATER)[1]

    lab.fit(best, epoch, scores=[0.5, 0.6, 0.4, 0.7])

    assert lab.names() == ["best-hmean-0.6000.ckpt", "best-hmean-0.7000.ckpt", *EPOCHS, "last.ckpt"]
    assert best.run_dir == epoch.run_dir


def test_last_of_a_pair_is_the_newest_epoch(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.9, 0.5, 0.4, 0.3])

    assert lab.held("last.ckpt").epoch == 3


@pytest.mark.filterwarnings("ignore:.*save_last")
def test_pair_with_two_save_last_keeps_one_last(lab: Lab) -> None:
    lab.fit(*lab.pair(best={"save_last": True}), scores=[0.9, 0.5, 0.4, 0.3])

    assert [name for name in lab.names() if name.startswith("last")] == ["last.ckpt"]
    assert lab.held("last.ckpt").epoch == 3


@pytest.mark.parametrize("options", [{}, {"every_n_epochs": 1}, {"every_n_train_steps": 4}])
def test_pair_with_the_same_monitor_writes_both_kinds(lab: Lab, options: dict[str, int]) -> None:
    same = {"monitor": "val/hmean", "mode": "max", **options}
    best = lab.callback(kind="best", **same)
    epoch = lab.callback(kind="epoch", save_top_k=-1, **same)
    lab.fit(best, epoch, scores=[0.5, 0.7])

    if "every_n_train_steps" not in options:
        assert lab.names() == [
            "best-hmean-0.7000.ckpt",
            "epoch-00_step-000004_hmean-0.5000.ckpt",
            "epoch-01_step-000008_hmean-0.7000.ckpt",
        ]

    assert best.state_key != epoch.state_key


def test_value_that_is_not_finite_adds_no_version(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5, math.nan, 0.7, 0.6])

    assert lab.names() == ["best-hmean-0.6000.ckpt", "best-hmean-0.7000.ckpt", *EPOCHS, "last.ckpt"]


def test_two_best_callbacks_do_not_replace_each_other(lab: Lab) -> None:
    high = lab.callback(monitor="val/hmean", mode="max")
    low = lab.callback(monitor="val/hmean", mode="min")

    lab.fit(high, low, scores=[0.5, 0.7, 0.6])

    # The first score was the best of both callbacks, until the first callback found a better one.
    assert lab.names() == ["best-hmean-0.5000_v1.ckpt", "best-hmean-0.7000.ckpt"]


def test_scheme_checkpoints_returns_a_best_and_an_epoch_callback(lab: Lab) -> None:
    pair = scheme_checkpoints(
        monitor="val/hmean",
        mode="max",
        save_top_k=2,
        keep_epochs=-1,
        root=lab.outputs,
        experiment_tag="matrix_tag",
        model="net-small",
        timestamp=STAMP,
    )
    training = lab.fit(*pair, scores=[0.5, 0.6, 0.4, 0.7])

    assert lab.names() == ["best-hmean-0.6000.ckpt", "best-hmean-0.7000.ckpt", *EPOCHS, "last.ckpt"]
    assert held(Path(pair[0].best_model_path)).epoch == 3
    assert training.checkpoint_callback is pair[0]


def test_scheme_checkpoints_keeps_one_of_each_by_default(lab: Lab) -> None:
    pair = scheme_checkpoints(monitor="val/hmean", root=lab.outputs, experiment_tag="matrix_tag", model="net-small")
    lab.fit(*pair, scores=[0.5, 0.6, 0.4])

    (run,) = lab.outputs.iterdir()

    assert lab.names(run.name) == ["best-hmean-0.4000.ckpt", "epoch-02_step-000012.ckpt", "last.ckpt"]


@pytest.mark.filterwarnings("ignore:.*have one label")
def test_metrics_that_would_share_a_label_get_distinct_labels(lab: Lab) -> None:
    class Twice(Scripted):
        def on_validation_epoch_end(self) -> None:
            super().on_validation_epoch_end()
            self.tell("train/f1", 0.9)

    best = [lab.callback(monitor=monitor, mode="max") for monitor in ("val/f1", "train/f1")]

    lab.fit(*best, module=Twice([0.5], key="val/f1"))

    lab.foreign.extend(lab.tree())  # the check of the contents looks for the plain label
    assert [Path(path).name for path in lab.tree()] == ["best-train_f1-0.9000.ckpt", "best-val_f1-0.5000.ckpt"]


def test_metrics_that_would_share_a_label_give_a_warning(lab: Lab) -> None:
    best = [lab.callback(monitor=monitor, metric_label=label) for monitor, label in (("val/f1", None), ("f1", "f1"))]

    with pytest.warns(UserWarning, match=r"val/f1 and f1 have one label, f1.*metric_label") as caught:
        lab.fit(*best, module=Scripted([], key="f1"), epochs=0)

    assert len([warning for warning in caught if "have one label" in str(warning.message)]) == 2
    assert lab.tree() == []


def test_metrics_of_different_folders_keep_a_shared_label(lab: Lab) -> None:
    here, there = lab.home / "here", lab.home / "there"
    best = [SchemeCheckpoint(monitor=f"{path.name}/f1", dirpath=path) for path in (here, there)]

    lab.fit(*best, module=Scripted([0.5], key="here/f1"), epochs=0)

    assert [callback.format_checkpoint_name({str(callback.monitor): torch.tensor(0.5)}) for callback in best] == [
        str(here / "best-f1-0.5000.ckpt"),
        str(there / "best-f1-0.5000.ckpt"),
    ]
