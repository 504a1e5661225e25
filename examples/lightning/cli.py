"""Train with LightningCLI: ``python examples/lightning/cli.py fit --config examples/lightning/cli.yaml``."""

from __future__ import annotations

from detector import Detector, Points
from lightning.pytorch.cli import LightningCLI

if __name__ == "__main__":
    LightningCLI(Detector, Points, save_config_callback=None)
