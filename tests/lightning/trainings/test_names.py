"""The names that trainings write.

When a test ends, the fixture `lab` compares each name with the content of its file.
"""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch

from training import Lab, Score, Scripted, held, pl

OF_EPOCHS = [f"epoch-{epoch:02d}_step-{4 * epoch + 4:06d}.ckpt" for epoch in range(4)]
NAN, INF = math.nan, math.inf


def test_save_top_k_minus_one_keeps_every_epoch(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_top_k=-1), epochs=4)

    assert lab.names() == OF_EPOCHS


def test_default_keeps_the_newest_epoch_and_the_last(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_last=True), epochs=4)

    assert lab.names() == ["epoch-03_step-000016.ckpt", "last.ckpt"]
    assert lab.held("last.ckpt").step == 16


def test_callback_without_kind_is_best_with_a_monitor_else_epoch(lab: Lab) -> None:
    lab.fit(lab.callback(), lab.callback(monitor="val/hmean", mode="max"), scores=[0.5])

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt"]


def test_epoch_name_shows_its_metric(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", monitor="val/hmean", save_top_k=-1), scores=[0.5, 0.6])

    assert lab.names() == ["epoch-00_step-000004_hmean-0.5000.ckpt", "epoch-01_step-000008_hmean-0.6000.ckpt"]


def test_epoch_name_hides_its_metric_without_auto_insert(lab: Lab) -> None:
    options = {"monitor": "val/hmean", "save_top_k": -1, "auto_insert_metric_name": False}

    lab.fit(lab.callback(kind="epoch", **options), scores=[0.5, 0.6])

    assert lab.names() == OF_EPOCHS[:2]


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        pytest.param("max", ["best-hmean-0.5000.ckpt", "best-hmean-0.6000.ckpt", "best-hmean-0.7000.ckpt"], id="max"),
        pytest.param("min", ["best-hmean-0.4000.ckpt", "best-hmean-0.5000.ckpt", "best-hmean-0.6000.ckpt"], id="min"),
    ],
)
def test_save_top_k_three_keeps_the_three_best(lab: Lab, mode: str, names: list[str]) -> None:
    lab.fit(lab.callback(kind="best", monitor="val/hmean", mode=mode, save_top_k=3), scores=[0.5, 0.6, 0.4, 0.7])

    assert lab.names() == names


def test_values_that_round_alike_get_versions(lab: Lab) -> None:
    callback = lab.callback(kind="best", monitor="val/hmean", mode="max", save_top_k=3)

    lab.fit(callback, scores=[0.89204, 0.89201, 0.89203, 0.89202])

    assert lab.names() == ["best-hmean-0.8920.ckpt", "best-hmean-0.8920_v1.ckpt", "best-hmean-0.8920_v2.ckpt"]
    assert {lab.held(name).epoch for name in lab.names()} == {0, 2, 3}
    assert sorted(callback.best_k_models) == [str(lab.path(name)) for name in lab.names()]
    assert held(Path(callback.best_model_path)).epoch == 0


@pytest.mark.since("enable_version_counter")
def test_values_that_round_alike_replace_each_other_without_version_counter(lab: Lab) -> None:
    options = {"mode": "max", "save_top_k": 2, "enable_version_counter": False}

    lab.fit(lab.callback(kind="best", monitor="val/hmean", **options), scores=[0.89201, 0.89204])

    assert lab.names() == ["best-hmean-0.8920.ckpt"]


def test_value_that_is_not_finite_is_never_best(lab: Lab) -> None:
    callback = lab.callback(kind="best", monitor="val/hmean", mode="max", save_top_k=-1)

    lab.fit(callback, scores=[NAN, 0.6, INF, -INF])

    assert lab.names() == ["best-hmean-0.6000.ckpt"]
    assert callback.best_model_path == str(lab.path("best-hmean-0.6000.ckpt"))


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("scores", [[NAN], [INF], [-INF], [NAN, INF]])
def test_values_that_are_all_not_finite_leave_no_run(lab: Lab, mode: str, scores: list[Score]) -> None:
    lab.fit(lab.callback(kind="best", monitor="val/hmean", mode=mode), scores=scores)

    assert lab.runs() == []


def test_epoch_name_omits_a_metric_that_is_not_finite(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", monitor="val/hmean", save_top_k=-1)

    lab.fit(callback, scores=[NAN, 0.6, INF, -INF])

    assert lab.names() == [
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000008_hmean-0.6000.ckpt",
        "epoch-02_step-000012.ckpt",
        "epoch-03_step-000016.ckpt",
    ]


@pytest.mark.filterwarnings("ignore:.*save_last")
@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_save_top_k_zero_keeps_only_the_last(lab: Lab, kind: str) -> None:
    callback = lab.callback(kind=kind, monitor="val/hmean", save_top_k=0, save_last=True)

    lab.fit(callback, scores=[0.5, 0.6])

    assert lab.names() == ["last.ckpt"]
    assert lab.held("last.ckpt").step == 8


def test_name_ignores_epoch_and_step_that_a_module_logs(lab: Lab) -> None:
    class Counting(Scripted):
        def on_train_epoch_end(self) -> None:
            self.log("epoch", 77.0)
            self.log("step", 5.0)

    lab.fit(lab.callback(kind="epoch", save_top_k=-1), module=Counting(), epochs=2)

    assert lab.names() == OF_EPOCHS[:2]


def test_monitor_of_each_loader_gets_its_own_label(lab: Lab) -> None:
    class Loaders(Scripted):
        def validation_step(self, _batch: object, _index: object, dataloader_idx: int = 0) -> None:  # type: ignore[override]
            self.log("val/hmean", 0.5 + dataloader_idx / 4)
            self.held[f"val/hmean/dataloader_idx_{dataloader_idx}"] = 0.5 + dataloader_idx / 4

        def val_dataloader(self) -> list[object]:  # type: ignore[override]
            return [self.train_dataloader(), self.train_dataloader()]

    callbacks = [lab.callback(kind="best", monitor=f"val/hmean/dataloader_idx_{index}") for index in range(2)]

    lab.fit(*callbacks, module=Loaders(), epochs=1)

    assert lab.names() == ["best-hmean_dl0-0.5000.ckpt", "best-hmean_dl1-0.7500.ckpt"]


@pytest.mark.filterwarnings("ignore:You called `self.log:UserWarning")
def test_name_shows_values_of_every_size_with_four_decimals(lab: Lab) -> None:
    module = Scripted([-0.00001, 1e-6, 12345.678901, -3.5, 1e9, True], key="m")

    lab.fit(lab.callback(kind="best", monitor="m", save_top_k=-1), module=module)

    assert lab.names() == [
        "best-m--3.5000.ckpt",
        "best-m-0.0000.ckpt",
        "best-m-0.0000_v1.ckpt",
        "best-m-1.0000.ckpt",
        "best-m-1000000000.0000.ckpt",
        "best-m-12345.6787.ckpt",
    ]


@pytest.mark.filterwarnings("ignore:You called `self.log:UserWarning")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32, torch.bool])
def test_name_shows_values_of_every_tensor_type(lab: Lab, dtype: torch.dtype) -> None:
    module = Scripted([torch.tensor(1, dtype=dtype)])

    lab.fit(lab.callback(kind="best", monitor="val/hmean"), module=module)

    assert lab.names() == ["best-hmean-1.0000.ckpt"]


@pytest.mark.parametrize("kind", ["best", "epoch"])
@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("f1:macro", "f1_macro"),
        ("f1[0]", "f1_0"),
        ("acc {x}", "acc_x"),
        ("a.b", "a_b"),
        ("loss,1", "loss_1"),
        ("f1 score", "f1_score"),
        ("val/sub/f-score", "f_score"),
        ("ünï", "n"),
        ("100%", "100"),
        ("hmean=0", "hmean_0"),
        ("m" * 200, "m" * 64),
    ],
)
def test_name_sanitizes_each_spelling_of_a_key(lab: Lab, kind: str, key: str, label: str) -> None:
    lab.fit(lab.callback(kind=kind, monitor=key, save_top_k=2), module=Scripted([0.5, 0.6], key=key))

    if kind == "best":
        assert lab.names() == [f"best-{label}-{value}.ckpt" for value in ("0.5000", "0.6000")]
    else:
        assert lab.names() == [
            f"epoch-00_step-000004_{label}-0.5000.ckpt",
            f"epoch-01_step-000008_{label}-0.6000.ckpt",
        ]


def test_metric_label_replaces_the_monitor_in_the_name(lab: Lab) -> None:
    class Renaming(Scripted):
        def on_save_checkpoint(self, checkpoint: dict[str, object]) -> None:
            checkpoint["held"] = {"f1": self.held["val/hmean"]}

    callback = lab.callback(kind="best", monitor="val/hmean", metric_label="f1")

    lab.fit(callback, module=Renaming([0.5]))

    assert lab.names() == ["best-f1-0.5000.ckpt"]


@pytest.mark.parametrize(("kind", "name"), [("best", "best.ckpt"), ("epoch", "epoch-00_step-000004.ckpt")])
@pytest.mark.parametrize(("key", "value"), [("val/hmean", 1e20), ("日本", 0.5)])
def test_metric_outside_the_grammar_is_left_out_with_a_warning(
    lab: Lab, kind: str, name: str, key: str, value: float
) -> None:
    with pytest.warns(UserWarning):  # noqa: PT030 - the wording is not API
        lab.fit(lab.callback(kind=kind, monitor=key), module=Scripted([value], key=key))

    assert lab.names() == [name]


@pytest.mark.parametrize("kind", ["best", "epoch"])
@pytest.mark.parametrize("steps", [2, 3])
def test_checkpoint_between_validations_shows_no_zero_value(lab: Lab, kind: str, steps: int) -> None:
    # A name between validations shows the last value, which the checkpoint holds too.
    lab.fit(lab.callback(kind=kind, monitor="val/hmean", every_n_train_steps=steps, save_top_k=-1), scores=[0.5, 0.6])

    assert lab.names()
    assert "0.0000" not in "".join(lab.names())


def test_format_checkpoint_name_pads_epoch_and_step(lab: Lab) -> None:
    name = lab.callback(kind="epoch").format_checkpoint_name(
        {"epoch": torch.tensor(123), "step": torch.tensor(1234567)}
    )

    assert name == "epoch-123_step-1234567.ckpt"


def test_format_checkpoint_name_shows_metric_and_version_and_keeps_last_plain(lab: Lab) -> None:
    metrics = {"epoch": torch.tensor(1), "step": torch.tensor(8), "val/hmean": torch.tensor(0.25)}
    best, epoch = lab.callback(monitor="val/hmean"), lab.callback(monitor="val/hmean", kind="epoch")

    assert best.format_checkpoint_name(metrics, ver=2) == "best-hmean-0.2500_v2.ckpt"
    assert epoch.format_checkpoint_name(metrics, ver=1) == "epoch-01_step-000008_hmean-0.2500_v1.ckpt"
    assert epoch.format_checkpoint_name(metrics, "last") == "last.ckpt"
    assert epoch.format_checkpoint_name(metrics, "last", ver=3) == "last.ckpt"


def test_sanity_check_saves_no_checkpoint(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5], num_sanity_val_steps=2)

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_step_counts_steps_of_the_optimizer(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_top_k=-1), epochs=2, accumulate_grad_batches=2)

    assert lab.names() == ["epoch-00_step-000002.ckpt", "epoch-01_step-000004.ckpt"]


def test_two_optimizers_count_two_steps_a_batch(lab: Lab) -> None:
    class Manual(Scripted):
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False

        def configure_optimizers(self) -> Any:
            return [torch.optim.SGD(self.parameters(), lr=0.1) for _ in range(2)]

        def training_step(self, batch: list[torch.Tensor], _: int) -> None:  # type: ignore[override]
            self.manual_backward(self.layer(batch[0]).sum())
            for optimizer in self.optimizers():  # type: ignore[union-attr]
                optimizer.step()

    lab.fit(lab.callback(kind="epoch"), module=Manual(), epochs=1)

    assert lab.names() == ["epoch-00_step-000008.ckpt"]


def test_train_time_interval_saves_epoch_checkpoints_between_epochs(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", train_time_interval=timedelta(microseconds=1), save_top_k=-1)

    lab.fit(callback, epochs=1)

    assert lab.names() == [f"epoch-00_step-{step:06d}.ckpt" for step in range(1, 5)]


def test_validation_every_second_epoch_saves_the_best_of_each(lab: Lab) -> None:
    callback = lab.callback(kind="best", monitor="val/hmean", save_top_k=-1)

    lab.fit(callback, scores=[0.1, 0.2, 0.3, 0.4], check_val_every_n_epoch=2)

    assert lab.names() == ["best-hmean-0.2000.ckpt", "best-hmean-0.4000.ckpt"]


@pytest.mark.filterwarnings("ignore:You passed in a `val_dataloader`:UserWarning")
def test_training_without_validation_saves_epoch_and_last(lab: Lab) -> None:
    class Unvalidated(Scripted):
        validation_step = pl.LightningModule.validation_step  # type: ignore[assignment]

    lab.fit(lab.callback(kind="epoch", save_last=True), module=Unvalidated(), epochs=2, limit_val_batches=0)

    assert lab.names() == ["epoch-01_step-000008.ckpt", "last.ckpt"]
