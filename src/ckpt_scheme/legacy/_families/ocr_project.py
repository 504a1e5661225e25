"""The names that the project whose scheme this is wrote on its way to the scheme, from September 2025 on.

Most came of one template language inside another: a label in the template and the same label inserted by the framework
(``epoch_epoch=07``), a metric's ``/`` that became a directory, a key that was never logged (``model_name=0``). Names
of this history that are in the grammar today, such as ``best.ckpt`` and ``best-hmean-0.8920.ckpt``, are canonical.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._reading import Kind

REPOSITORY: Final = "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2"
CALLBACK: Final = f"{REPOSITORY}:ocr/lightning_modules/callbacks/unique_checkpoint.py"
RUNNER: Final = f"{REPOSITORY}:runners/train.py"

_ocr_project = partial(declare, "ocr-project")

_STARTS: Final[tuple[tuple[str, Kind, str], ...]] = (("", "epoch", ""), ("best-", "best", "best_"))

FORMATS: Final = (
    # The label twice: once from the template, once from the framework, whose "=" became "_".
    _ocr_project(
        "doubled",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{timestamp:timestamp}.ckpt",
        "epoch_epoch_22_step_step_001932_20251009_015037.ckpt",
        "epoch_epoch_00_step_step_000103_20251012_025102.ckpt",
        source=f"{CALLBACK} at a9287b14",
    ),
    _ocr_project(
        "doubled-versioned",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}-v{version:count}_{timestamp:timestamp}.ckpt",
        "epoch_epoch_03_step_step_000103-v1_20251012_025102.ckpt",
        source=f"{CALLBACK} at a9287b14",
    ),
    _ocr_project(
        "doubled-model",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
        source=f"{CALLBACK} at a9287b14",
    ),
    # Three words or more: where the architecture ends and the encoder starts is not in the name, so neither is read.
    _ocr_project(
        "doubled-long-model",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{model:tokens}_{timestamp:timestamp}.ckpt",
        "epoch_epoch_03_step_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
        source=f"{CALLBACK} at a9287b14",
    ),
    _ocr_project(
        "underscored",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}.ckpt",
        "epoch_09_step_002730.ckpt",
        "epoch_28_step_023722.ckpt",
        "epoch_0_step_273.ckpt",
        source=f"{REPOSITORY}:scripts/migration_refactoring/migrate_checkpoint_names.py",
    ),
    _ocr_project(
        "underscored-timestamp",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{timestamp:timestamp}.ckpt",
        "epoch_03_step_000103_20251012_025102.ckpt",
        source=f"{CALLBACK} at b028a9f4",
    ),
    _ocr_project(
        "underscored-model",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        "epoch_03_step_000103_dbnet_resnet18_20251012_025102.ckpt",
        source=f"{CALLBACK} at b028a9f4",
    ),
    _ocr_project(
        "underscored-long-model",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{model:tokens}_{timestamp:timestamp}.ckpt",
        "epoch_03_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
        source=f"{CALLBACK} at b028a9f4",
    ),
    _ocr_project(
        "underscored-metric",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        "epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
        source=f"{CALLBACK} at 7cf6040d",
    ),
    _ocr_project(
        "underscored-metric-versioned",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}_v{version:count}.ckpt",
        "epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt",
        source=f"{CALLBACK} at d9b56e05",
    ),
    _ocr_project(
        "best-underscored-metric",
        "best",
        "best_epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
        source=f"{CALLBACK} at 7cf6040d",
    ),
    _ocr_project(
        "prefixed-underscored-metric",
        "epoch",
        "{prefix:prefix}_epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        "trial_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
        source=f"{CALLBACK} at 7cf6040d",
    ),
    # The same without a model.
    *(
        _ocr_project(
            f"{what}underscored-metric-only",
            kind,
            f"{start}epoch_{{epoch:count}}_step_{{step:count}}_{{metric:word}}_{{value:decimal}}_{{timestamp:timestamp}}",
            *(f"{start}epoch_03_step_000103_val_hmean_0.8920_20251012_025102{end}.ckpt" for end in ("", "_v1")),
            source=f"{CALLBACK} at 7cf6040d",
            extensions=(".ckpt", "_v{version:count}.ckpt"),
        )
        for what, kind, start in _STARTS
    ),
    # The runner's own template, with the label inserted again.
    _ocr_project(
        "encoder-batch-size",
        "epoch",
        "{encoder:encoder}_bs{batch_size:count}_epoch_epoch={epoch:count}_step_step={step:count}.ckpt",
        "resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
        "resnet34_bs4_epoch_epoch=28_step_step=23722.ckpt",
        source=f"{RUNNER} at 7f5e0a8c",
    ),
    _ocr_project(
        "hyphenated",
        "epoch",
        "epoch-{epoch:count}-step-{step:count}.ckpt",
        "epoch-8-step-1845.ckpt",
        "epoch-0-step-205.ckpt",
        "epoch-9-step-1030.ckpt",
        source=f"{REPOSITORY}:README.md at 7f5e0a8c",
    ),
    _ocr_project(
        "hyphenated-no-epoch",  # a slip of the documentation that was copied into scripts
        "step",
        "epoch--step-{step:count}.ckpt",
        "epoch--step-1845.ckpt",
        source=f"{REPOSITORY}:README.md at 7f5e0a8c",
    ),
    _ocr_project(
        "hyphenated-epoch-only", "epoch", "epoch-{epoch:count}.ckpt", "epoch-14.ckpt", source=f"{REPOSITORY}:docs"
    ),
    _ocr_project(
        "doubled-loss",
        "epoch",
        "epoch_epoch={epoch:count}-step_step={step:count}-loss_{metric:val_loss}={value:decimal}.ckpt",
        "epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
        "epoch_epoch=02-step_step=0819-loss_val_loss=1.5191.ckpt",
        source=f"{REPOSITORY}:configs/callbacks/model_checkpoint.yaml at 875e4ef2 and f94934d2",
    ),
    # What is left of the first of these two where the metric's "/" became a directory.
    _ocr_project(
        "loss-only", "metric", "{metric:loss}={value:decimal}.ckpt", "loss=1.6217.ckpt", source=f"{REPOSITORY}:docs"
    ),
    # Two keys that were never logged, for which the framework wrote 0.
    _ocr_project(
        "doubled-unlogged-model",
        "epoch",
        "epoch_epoch={epoch:count}_step_step={step:count}"
        "_model.architecture_name=0_model.encoder.model_name=0_{timestamp:timestamp}.ckpt",
        "epoch_epoch=03_step_step=000103_model.architecture_name=0_model.encoder.model_name=0_20251012_025102.ckpt",
        source=f"{CALLBACK} at 83f9578e",
    ),
    _ocr_project(
        "doubled-unlogged-model-versioned",
        "epoch",
        "epoch_epoch={epoch:count}_step_step={step:count}"
        "_model.architecture_name=0_model.encoder.model_name=0-v{version:count}_{timestamp:timestamp}.ckpt",
        "epoch_epoch=03_step_step=000103_model.architecture_name=0_model.encoder.model_name=0-v1_20251012_025102.ckpt",
        source=f"{CALLBACK} at 83f9578e",
    ),
    _ocr_project(
        "equals-underscored",
        "epoch",
        "epoch={epoch:count}_step={step:count}.ckpt",
        "epoch=28_step=23722.ckpt",
        source=f"{REPOSITORY}:docs/ai_handbook/03_references/generating-submissions.md",
    ),
    _ocr_project(
        "val-f1",
        "epoch",
        "epoch={epoch:count}-{metric:val_f1}={value:decimal}.ckpt",
        "epoch=3-val_f1=0.85.ckpt",
        source=f"{REPOSITORY}:the key information runner at d6944466",
    ),
    _ocr_project(
        "val-f1-underscored",
        "epoch",
        "epoch={epoch:count}_{metric:val_f1}={value:decimal}.ckpt",
        "epoch=28_val_f1=0.8534.ckpt",
        source=f"{REPOSITORY}:docs",
    ),
    _ocr_project(
        "debug-hmean",
        "epoch",
        "debug-epoch={epoch:count}-{metric:hmean}={value:decimal}.ckpt",
        "debug-epoch=03-val/hmean=0.892.ckpt",
        source=f"{CALLBACK} at 795094fa",
        extras={"prefix": "debug"},
    ),
    _ocr_project(
        "hmean-best",
        "best",
        "{metric:hmean}={value:decimal}-best.ckpt",
        "val/hmean=0.8920-best.ckpt",
        "hmean=0.7990-best.ckpt",
        source=f"{CALLBACK} at 7cf6040d",
    ),
    _ocr_project(
        "hmean-best-versioned",
        "best",
        "{metric:hmean}={value:decimal}-best-v{version:count}.ckpt",
        "val/hmean=0.8920-best-v1.ckpt",
        source=f"{CALLBACK} at d9b56e05",
    ),
    _ocr_project(
        "best-timestamp",
        "best",
        "best_{timestamp:timestamp}.ckpt",
        "best_20251012_025102.ckpt",
        source=f"{CALLBACK} at 795094fa",
    ),
    _ocr_project(
        "best-versioned",
        "best",
        "best-v{version:count}.ckpt",
        "best-v1.ckpt",
        "best-v2.ckpt",
        source=f"{CALLBACK} at ab36d31f",
    ),
    _ocr_project("best-model", "best", "best_model.ckpt", "best_model.ckpt", source=f"{REPOSITORY}:docs"),
    _ocr_project(
        "last-timestamp",
        "last",
        "last_{timestamp:timestamp}.ckpt",
        "last_20251011_004442.ckpt",
        source=f"{CALLBACK} at 60f65b0f",
    ),
    _ocr_project("latest", "last", "latest.ckpt", "latest.ckpt", source=f"{REPOSITORY}:docs"),
)
