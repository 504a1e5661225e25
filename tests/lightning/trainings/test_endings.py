"""Trainings that crash or do not train at all: the files and folders that they leave."""

from __future__ import annotations

import contextlib
import importlib

import pytest
import torch

from training import LATER_RUN, NAMESPACE, RUN, CrashError, Lab, Scripted, trainer

MisconfigurationException = importlib.import_module(f"{NAMESPACE}.utilities.exceptions").MisconfigurationException


@pytest.mark.since("save_on_exception")
def test_crash_saves_an_epoch_checkpoint_and_no_best_one(lab: Lab) -> None:
    callback = lab.callback(kind="best", monitor="val/hmean", mode="max", save_on_exception=True)

    with pytest.raises(CrashError):
        lab.fit(callback, module=Scripted([0.5, 0.6], crash_at=6))

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-01_step-000006.ckpt"]
    assert lab.held("best-hmean-0.5000.ckpt").step == 4


@pytest.mark.since("save_on_exception")
@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_crash_before_the_first_validation_saves_an_epoch_checkpoint(lab: Lab, kind: str) -> None:
    callback = lab.callback(kind=kind, monitor="val/hmean", save_on_exception=True)

    with pytest.raises(CrashError):
        lab.fit(callback, module=Scripted([0.5], crash_at=2))

    assert lab.names() == ["epoch-00_step-000002.ckpt"]


@pytest.mark.since("save_on_exception")
def test_crash_saves_the_epoch_and_the_last_checkpoint(lab: Lab) -> None:
    with pytest.raises(CrashError):
        lab.fit(
            lab.callback(kind="epoch", save_last=True, save_on_exception=True), module=Scripted(crash_at=2), epochs=1
        )

    assert lab.names() == ["epoch-00_step-000002.ckpt", "last.ckpt"]


@pytest.mark.since("save_on_exception")
def test_crash_with_a_pair_saves_without_replacing_a_file(lab: Lab) -> None:
    with pytest.raises(CrashError):
        lab.fit(*lab.pair(save_on_exception=True), module=Scripted([0.5, 0.6], crash_at=6))

    # The callbacks do not know each other, so each writes a file. The second must not replace the first.
    expected = {"best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "epoch-01_step-000006.ckpt", "last.ckpt"}
    assert set(lab.names()) - {"epoch-01_step-000006_v1.ckpt"} == expected
    assert lab.held("last.ckpt").step == 6


@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_crash_without_save_on_exception_leaves_no_run(lab: Lab, kind: str) -> None:
    callback = lab.callback(kind=kind, monitor="val/hmean")

    with pytest.raises(CrashError):
        lab.fit(callback, module=Scripted([0.5], crash_at=2))

    assert lab.runs() == []


def test_crash_leaves_the_saved_checkpoints(lab: Lab) -> None:
    with pytest.raises(CrashError):
        lab.fit(*lab.pair(), module=Scripted([0.5, 0.6], crash_at=6))

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_crash_of_a_resumed_training_leaves_no_empty_run(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5])

    with pytest.raises(CrashError):
        lab.fit(
            *lab.pair(timestamp="20251015_130000"),
            module=Scripted([0.5, 0.6], crash_at=4),
            resume=lab.path("last.ckpt"),
        )

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


@pytest.mark.filterwarnings("ignore:Detected KeyboardInterrupt")
def test_interrupt_leaves_the_saved_checkpoints(lab: Lab) -> None:
    class Interrupted(Scripted):
        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            if self.global_step == 6:
                raise KeyboardInterrupt
            return super().training_step(batch, _)

    # Newer releases end the program, older releases end the training.
    with contextlib.suppress(SystemExit):
        lab.fit(*lab.pair(), module=Interrupted([0.5, 0.6]))

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_same_objects_train_again_after_a_crash(lab: Lab) -> None:
    module = Scripted([0.5], crash_at=2)
    training = trainer(lab.home, *lab.pair(), max_epochs=1)
    with pytest.raises(CrashError):
        training.fit(module)
    module.crash_at = None

    training.fit(module)

    # Lightning continues to count from the crash.
    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000006.ckpt", "last.ckpt"]


def test_fit_after_a_crash_skips_a_run_of_another_job(lab: Lab) -> None:
    options = {"kind": "epoch", "save_last": True}
    module = Scripted(crash_at=1)
    training = trainer(lab.home, lab.callback(**options), max_epochs=1)
    with pytest.raises(CrashError):
        training.fit(module)
    lab.fit(lab.callback(**options), epochs=1)  # another job, in the same second
    before = lab.path("last.ckpt").read_bytes()
    module.crash_at = None

    training.fit(module)

    assert lab.runs() == [RUN, LATER_RUN]
    assert lab.path("last.ckpt").read_bytes() == before


def test_search_for_the_learning_rate_makes_no_run(lab: Lab) -> None:
    class Tuned(Scripted):
        lr = 0.1

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=self.lr)

    module = Tuned([0.5])
    training = trainer(lab.home, *lab.pair(), max_epochs=1)

    importlib.import_module(f"{NAMESPACE}.tuner").Tuner(training).lr_find(module, num_training=3)

    assert lab.runs() == []
    training.fit(module)

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_monitor_that_is_never_logged_is_refused(lab: Lab, kind: str) -> None:
    with pytest.raises(MisconfigurationException):
        lab.fit(lab.callback(kind=kind, monitor="val/hmean"), epochs=1)

    assert lab.runs() == []


def test_save_top_k_without_a_monitor_is_refused(lab: Lab) -> None:
    with pytest.raises(MisconfigurationException):
        lab.callback(kind="epoch", save_top_k=3)

    assert lab.tree() == []


@pytest.mark.filterwarnings("ignore:.*save_last")
@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_fast_dev_run_leaves_no_files(lab: Lab, kind: str) -> None:
    callback = lab.callback(kind=kind, monitor="val/hmean", save_last=True)

    lab.fit(callback, scores=[0.5], fast_dev_run=True)

    assert lab.tree() == []


@pytest.mark.parametrize("verb", ["validate", "test", "predict"])
def test_validate_test_and_predict_leave_no_files(lab: Lab, verb: str) -> None:
    getattr(trainer(lab.home, *lab.pair()), verb)(Scripted())

    assert lab.tree() == []


def test_evaluation_after_a_training_changes_no_files(lab: Lab) -> None:
    best, epoch = lab.pair()
    training = lab.fit(best, epoch, scores=[0.5, 0.6, 0.4])
    before = lab.tree(), best.best_model_path, best.run_dir, dict(best.best_k_models)
    module = Scripted()

    training.test(module, ckpt_path="best")
    training.predict(module, ckpt_path=str(lab.path("epoch-00_step-000004.ckpt")), return_predictions=False)
    training.validate(module, ckpt_path=str(lab.path("best-hmean-0.5000.ckpt")))

    assert (lab.tree(), best.best_model_path, best.run_dir, dict(best.best_k_models)) == before
    assert best.best_model_path == str(lab.path("best-hmean-0.6000.ckpt"))


def test_test_in_a_new_trainer_changes_no_files(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5, 0.6])
    before = lab.tree()

    trainer(lab.home, *lab.pair(timestamp="20251015_130000")).test(
        Scripted(), ckpt_path=str(lab.path("best-hmean-0.6000.ckpt"))
    )

    assert lab.tree() == before


def test_second_training_of_one_trainer_stays_in_its_run(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", save_top_k=-1)
    training = lab.fit(callback, epochs=1)
    training.fit_loop.max_epochs = 2

    training.fit(Scripted())

    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt"]


@pytest.mark.parametrize("options", [{"limit_train_batches": 0}, {"max_epochs": 0}])
def test_training_without_batches_or_epochs_leaves_no_run(lab: Lab, options: dict[str, int]) -> None:
    trainer(lab.home, lab.callback(kind="epoch"), **{"max_epochs": 1, **options}).fit(Scripted())

    assert lab.runs() == []
