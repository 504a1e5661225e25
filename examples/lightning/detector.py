"""The model and the data of the three examples, small enough to train in a second."""

from __future__ import annotations

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor
from torch.utils.data import DataLoader


class Points(LightningDataModule):
    """Eight points of a line, in batches of two: four steps an epoch."""

    def _points(self) -> DataLoader[Tensor]:
        return DataLoader(torch.linspace(-1.0, 1.0, 8).reshape(8, 1), batch_size=2)  # type: ignore[arg-type]

    train_dataloader = val_dataloader = _points


class Detector(LightningModule):
    """A line that learns its mirror image; the adapter reads its name from `architecture_name` and `hparams`."""

    architecture_name = "dbnet"

    def __init__(self, encoder: str = "resnet18", learning_rate: float = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters({"encoder": encoder})
        self.line = torch.nn.Linear(1, 1)
        self.learning_rate = learning_rate

    def training_step(self, batch: Tensor, _index: int) -> Tensor:
        return torch.nn.functional.mse_loss(self.line(batch), -batch)

    def validation_step(self, batch: Tensor, _index: int) -> None:
        error = torch.nn.functional.mse_loss(self.line(batch), -batch)
        self.log("val/hmean", 1 / (1 + error))  # rises towards one

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), self.learning_rate)
