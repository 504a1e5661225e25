"""A training that Hydra configures: ``python examples/hydra_lightning/train.py trainer.max_epochs=3``."""

from __future__ import annotations

import hydra
import torch
from lightning.pytorch import LightningModule, seed_everything
from omegaconf import DictConfig
from torch.utils.data import DataLoader

import ckpt_scheme.hydra  # noqa: F401 - registers the resolvers that config.yaml uses


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
        self.log("val_loss", self._error(batch), sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(config: DictConfig) -> None:
    seed_everything(1)
    callbacks = [hydra.utils.instantiate(callback) for callback in config.callbacks.values()]
    trainer = hydra.utils.instantiate(
        config.trainer, callbacks=callbacks, logger=hydra.utils.instantiate(config.logger)
    )
    points = DataLoader(torch.linspace(-1.0, 1.0, 8).reshape(8, 1), batch_size=4)
    trainer.fit(Line(), points, points, ckpt_path=config.resume_from)


if __name__ == "__main__":
    main()
