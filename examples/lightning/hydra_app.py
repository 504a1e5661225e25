"""Train with Hydra: ``python examples/lightning/hydra_app.py experiment_tag=ocr_v2 trainer.max_epochs=5``."""

from __future__ import annotations

import hydra
from detector import Points
from lightning.pytorch import seed_everything
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path=".", config_name="hydra")
def main(config: DictConfig) -> None:
    seed_everything(config.seed)
    callbacks = [hydra.utils.instantiate(callback) for callback in config.callbacks.values()]
    trainer = hydra.utils.instantiate(config.trainer, callbacks=callbacks)
    trainer.fit(hydra.utils.instantiate(config.model), Points(), ckpt_path=config.resume_from)


if __name__ == "__main__":
    main()
