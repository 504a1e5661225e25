"""A job of Hydra in a run of the scheme: ``python examples/hydra/train.py --multirun learning_rate=0.1,0.01``."""

from __future__ import annotations

import logging
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

import ckpt_scheme.hydra  # noqa: F401 - registers the resolvers that config.yaml uses
from ckpt_scheme import LastCheckpoint, RunDirectory


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(config: DictConfig) -> None:
    run = RunDirectory.parse(HydraConfig.get().runtime.output_dir)
    logging.getLogger(__name__).info("%s trains with learning rate %s", run.run, config.learning_rate)
    Path(run.checkpoints, str(LastCheckpoint())).write_text(f"weights of {config.learning_rate}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
