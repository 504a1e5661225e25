"""Train with all that a run writes in its own directory: ``python examples/lightning_logs/train.py tensorboard``.

The run is claimed before the Trainer, so a logger can have its ``logs``. A path of a checkpoint as the second argument
resumes its run: ``train.py tensorboard outputs/<run>/checkpoints/last.ckpt``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from torch.utils.data import DataLoader

from ckpt_scheme import CheckpointPath, RunDirectory
from ckpt_scheme.catalog import claim
from ckpt_scheme.lightning import scheme_checkpoints


class Line(LightningModule):
    """A line that learns to be its own mirror image, in two steps an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def _error(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.mse_loss(self.line(batch), -batch)

    def training_step(self, batch: torch.Tensor) -> torch.Tensor:
        return self._error(batch)

    def validation_step(self, batch: torch.Tensor) -> None:
        self.log("val/hmean", 1 / (1 + self._error(batch)))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def logger_of(run: RunDirectory, kind: str) -> Logger:
    """Return a logger that writes in the run's ``logs``; without a name and a version it makes no folders below."""
    match kind:
        case "csv":
            return CSVLogger(run.logs, name="")  # a folder for each part: it removes an earlier metrics.csv
        case "tensorboard":
            return TensorBoardLogger(run.logs, name="", version="")
        case "wandb":
            return WandbLogger(save_dir=run.logs, project=run.run.tag, id=str(run.run), resume="allow", offline=True)
        case "mlflow":
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # MLflow prefers a database
            return MLFlowLogger(run.run.tag, run_name=str(run.run), tracking_uri=f"file:{Path(run.logs).resolve()}")
        case _:
            raise SystemExit(f"there is no logger {kind}")


def main(kind: str, resume_from: str | None = None) -> None:
    seed_everything(1)
    if resume_from is None:
        run = claim("outputs", tag="ocr_baseline_v1", model="dbnet-resnet18")
    else:
        run = CheckpointPath.parse(resume_from).directory
    Path(run.logs).mkdir(exist_ok=True)
    Path(run.logs, "config.yaml").write_text("learning_rate: 0.1\n", encoding="utf-8")
    points = DataLoader(torch.linspace(-1.0, 1.0, 8).reshape(8, 1), batch_size=4)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=2 if resume_from is None else 4,
        log_every_n_steps=1,
        logger=logger_of(run, kind),
        callbacks=[*scheme_checkpoints(run_dir=str(run), monitor="val/hmean", mode="max")],
    )
    trainer.fit(Line(), points, points, ckpt_path=resume_from)
    print(trainer.log_dir)


if __name__ == "__main__":
    main(*sys.argv[1:])
