"""The lines of the guide as a user with a type checker writes them: mypy and pyright check this file, too."""

from __future__ import annotations

import lightning.pytorch as pl
import pytest
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from ckpt_scheme import RunId
from ckpt_scheme.lightning import SchemeCheckpoint, scheme_checkpoints
from training import NAMESPACE, Lab, Scripted

pytestmark = pytest.mark.skipif(NAMESPACE != "lightning.pytorch", reason="the lines import lightning.pytorch")


def test_lines_of_the_guide_are_typed_and_train(lab: Lab) -> None:
    callbacks = scheme_checkpoints(
        root=lab.outputs,
        experiment_tag="typed",
        model="net",
        phase="training",
        job=None,
        monitor="val/hmean",
        mode="max",
    )
    stopping = EarlyStopping("val/hmean", mode="max")
    trainer = pl.Trainer(
        max_epochs=1,
        callbacks=callbacks + [stopping],  # noqa: RUF005 - users write it so
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )

    trainer.fit(Scripted([0.5]), ckpt_path=None)

    best: SchemeCheckpoint = callbacks[0]
    run: RunId | None = best.run
    assert run is not None
    assert lab.names(str(run)) == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_callbacks_fit_each_argument_of_a_trainer(lab: Lab) -> None:
    one = SchemeCheckpoint(root=lab.outputs, monitor="val/hmean")
    several: list[Callback] = [one, *scheme_checkpoints(monitor="val/f1", root=lab.outputs)]
    stock: ModelCheckpoint = one

    trainers = [pl.Trainer(callbacks=given, logger=False) for given in (one, several)]
    trainers.append(pl.Trainer(callbacks=scheme_checkpoints(monitor="val/hmean"), logger=False))

    assert stock is trainers[0].checkpoint_callback
    assert [len(trainer.checkpoint_callbacks) for trainer in trainers] == [1, 3, 2]
