"""Train with checkpoints and logs in one run directory: ``python examples/lightning_logs/train.py tensorboard``.

The script claims the run before it makes the Trainer, so a logger can use its ``logs``. ``--resume`` takes the path of
a checkpoint and continues in its run. With ``--devices 2`` both processes are in the same run.
"""

from __future__ import annotations

import argparse
import os
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
    """Return a logger that writes in the run's ``logs``; empty names and versions avoid folders below it."""
    match kind:
        case "csv":
            return CSVLogger(run.logs, name="")  # it numbers its folders, because it removes an earlier metrics.csv
        case "tensorboard":
            return TensorBoardLogger(run.logs, name="", version="")
        case "wandb":
            return WandbLogger(save_dir=run.logs, project=run.run.tag, id=str(run.run), resume="allow", offline=True)
        case "mlflow":
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # MLflow prefers a database
            return MLFlowLogger(run.run.tag, run_name=str(run.run), tracking_uri=f"file:{Path(run.logs).resolve()}")
        case _:
            raise ValueError(kind)


def run_of(resume: str | None) -> RunDirectory:
    """Return the run of a checkpoint, or a new run. Processes that Lightning starts find it in their environment."""
    if resume is not None:
        return CheckpointPath.parse(resume).directory
    path = os.environ.get("RUN_DIR") or str(claim("outputs", tag="ocr_baseline_v1", model="dbnet-resnet18"))
    os.environ["RUN_DIR"] = path
    return RunDirectory.parse(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("logger", choices=["csv", "tensorboard", "wandb", "mlflow"])
    parser.add_argument("--resume")
    parser.add_argument("--devices", type=int, default=1)
    given = parser.parse_args()

    seed_everything(1)
    run = run_of(given.resume)
    Path(run.logs).mkdir(exist_ok=True)
    Path(run.logs, "config.yaml").write_text("learning_rate: 0.1\n", encoding="utf-8")
    points = DataLoader(torch.linspace(-1.0, 1.0, 8).reshape(8, 1), batch_size=4)
    trainer = Trainer(
        accelerator="cpu",
        devices=given.devices,
        max_epochs=2 if given.resume is None else 4,
        log_every_n_steps=1,
        logger=logger_of(run, given.logger),
        callbacks=[*scheme_checkpoints(run_dir=str(run), monitor="val/hmean", mode="max")],
    )
    trainer.fit(Line(), points, points, ckpt_path=given.resume)
    print(trainer.log_dir)


if __name__ == "__main__":
    main()
