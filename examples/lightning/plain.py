"""Train, then resume the training in the same run directory: ``python examples/lightning/plain.py``."""

from __future__ import annotations

from detector import Detector, Points
from lightning.pytorch import Trainer, seed_everything

from ckpt_scheme.lightning import scheme_checkpoints


def train(epochs: int, resume_from: str | None = None) -> None:
    best, epoch = scheme_checkpoints(
        root="outputs",
        experiment_tag="ocr_baseline_v1",
        monitor="val/hmean",
        mode="max",
        save_top_k=2,
    )
    trainer = Trainer(max_epochs=epochs, callbacks=[best, epoch], accelerator="cpu", logger=False)
    trainer.fit(Detector(), Points(), ckpt_path=resume_from)
    print(f"{epoch.run_dir} holds {best.best_model_path} and {epoch.last_model_path}")


if __name__ == "__main__":
    seed_everything(1)
    train(epochs=2)
    train(epochs=4, resume_from="last")
