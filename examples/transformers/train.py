"""Names of the scheme beside those of the transformers Trainer: ``python examples/transformers/train.py``.

The Trainer writes ``checkpoint-<step>/`` into the run directory and removes old checkpoints. A callback links each
checkpoint in ``checkpoints`` under a name of the scheme. With the path of a run, the script resumes its ``last.ckpt``.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    EvalPrediction,
    Trainer,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
)

from ckpt_scheme import EpochCheckpoint, LastCheckpoint, Metric, RunDirectory
from ckpt_scheme.catalog import claim


class SchemeLinks(TrainerCallback):
    """Links in a run's ``checkpoints`` to the checkpoints that the Trainer writes into the run directory.

    Args:
        metric: The key of the metric that the names state, without its ``eval_``.
    """

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.measured: tuple[int, float] | None = None

    def on_evaluate(
        self, _args: object, state: TrainerState, _control: object, metrics: dict[str, float], **_: object
    ) -> None:
        self.measured = state.global_step, metrics[f"eval_{self.metric}"]

    def on_save(self, args: TrainingArguments, state: TrainerState, _control: object, **_: object) -> None:
        if not state.is_world_process_zero:
            return
        folder = Path(str(args.output_dir), "checkpoints")
        for link in folder.iterdir():
            if link.is_symlink() and not link.exists():  # the Trainer has removed its checkpoint
                link.unlink()
        metric = None
        if self.measured is not None and self.measured[0] == state.global_step:
            metric = Metric(self.metric, self.measured[1])
        epoch = max(math.ceil(state.epoch or 0) - 1, 0)
        name = EpochCheckpoint(epoch=epoch, step=state.global_step, metric=metric)
        for text in (str(LastCheckpoint()), str(name)):
            (folder / f"{text}.part").symlink_to(f"../checkpoint-{state.global_step}", target_is_directory=True)
            (folder / f"{text}.part").replace(folder / text)


class Sentences(torch.utils.data.Dataset[dict[str, Any]]):
    """Eight sentences of four words; the label is 1 in the second half."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": [4 * index, 1, 2, 3], "attention_mask": [1] * 4, "labels": index // 4}


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def main(resumed: str | None = None) -> None:
    run = claim("outputs", tag="sentences", model="bert") if resumed is None else RunDirectory.parse(resumed)
    config = BertConfig(vocab_size=32, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    arguments = TrainingArguments(
        output_dir=str(run),
        num_train_epochs=2 if resumed is None else 4,
        per_device_train_batch_size=4,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(
        BertForSequenceClassification(config),
        arguments,
        train_dataset=Sentences(),
        eval_dataset=Sentences(),
        compute_metrics=accuracy,
        callbacks=[SchemeLinks("accuracy")],
    )
    last = os.path.realpath(f"{run.checkpoints}/last.ckpt")
    trainer.train(resume_from_checkpoint=last if resumed is not None else None)
    print(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
