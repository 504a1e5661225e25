"""The names that the project whose scheme this is wrote on its way to the scheme, from September 2025 on.

Most came of one template language inside another: a label in the template and the same label inserted by the framework
(``epoch_epoch=07``), a metric's ``/`` that became a directory, a key that was never logged (``model_name=0``). Names
of this history that are in the grammar today, such as ``best.ckpt`` and ``best-hmean-0.8920.ckpt``, are canonical.
"""

from __future__ import annotations

from typing import Any, Final

from ckpt_scheme.legacy.formats import LegacyFormat
from ckpt_scheme.legacy.record import Kind

_REPOSITORY: Final = "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2"
_CALLBACK: Final = "ocr/lightning_modules/callbacks/unique_checkpoint.py"
_RUNNER: Final = "runners/train.py"


def _format(
    format: str,  # noqa: A002 - the word of the design
    kind: Kind,
    template: str,
    path: str,
    *examples: str,
    **more: Any,  # noqa: ANN401 - they are the fields of LegacyFormat
) -> LegacyFormat:
    return LegacyFormat(
        framework="ocr-project",
        format=format,
        kind=kind,
        template=template,
        source=f"{_REPOSITORY}:{path}",
        examples=examples,
        **more,
    )


_STARTS: Final[tuple[tuple[str, Kind, str], ...]] = (("", "epoch", ""), ("best-", "best", "best_"))

_RUN_CHECKPOINTS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("best", "best.ckpt", "best.ckpt"),
    ("last", "last.ckpt", "last.ckpt"),
    ("epoch", "epoch-{epoch:count}_step-{step:count}.ckpt", "epoch-03_step-000103.ckpt"),
)

FORMATS: Final = (
    # The label twice: once from the template, once from the framework, whose "=" became "_".
    _format(
        "doubled",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at a9287b14",
        "epoch_epoch_22_step_step_001932_20251009_015037.ckpt",
        "epoch_epoch_00_step_step_000103_20251012_025102.ckpt",
    ),
    _format(
        "doubled-versioned",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}-v{version:count}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at a9287b14",
        "epoch_epoch_03_step_step_000103-v1_20251012_025102.ckpt",
    ),
    _format(
        "doubled-model",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at a9287b14",
        "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
    ),
    # Three words or more: where the architecture ends and the encoder starts is not in the name, so neither is read.
    _format(
        "doubled-long-model",
        "epoch",
        "epoch_epoch_{epoch:count}_step_step_{step:count}_{model:tokens}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at a9287b14",
        "epoch_epoch_03_step_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
    ),
    _format(
        "underscored",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}.ckpt",
        "scripts/migration_refactoring/migrate_checkpoint_names.py",
        "epoch_09_step_002730.ckpt",
        "epoch_28_step_023722.ckpt",
        "epoch_0_step_273.ckpt",
    ),
    _format(
        "underscored-timestamp",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at b028a9f4",
        "epoch_03_step_000103_20251012_025102.ckpt",
    ),
    _format(
        "underscored-model",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at b028a9f4",
        "epoch_03_step_000103_dbnet_resnet18_20251012_025102.ckpt",
    ),
    _format(
        "underscored-long-model",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{model:tokens}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at b028a9f4",
        "epoch_03_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
    ),
    _format(
        "underscored-metric",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 7cf6040d",
        "epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
    ),
    _format(
        "underscored-metric-versioned",
        "epoch",
        "epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}_v{version:count}.ckpt",
        f"{_CALLBACK} at d9b56e05",
        "epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt",
    ),
    _format(
        "best-underscored-metric",
        "best",
        "best_epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 7cf6040d",
        "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
    ),
    _format(
        "prefixed-underscored-metric",
        "epoch",
        "{prefix:prefix}_epoch_{epoch:count}_step_{step:count}_{metric:word}_{value:decimal}"
        "_{architecture:token}_{encoder:token}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 7cf6040d",
        "trial_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
    ),
    # The same without a model.
    *(
        _format(
            f"{what}underscored-metric-only",
            kind,
            f"{start}epoch_{{epoch:count}}_step_{{step:count}}_{{metric:word}}_{{value:decimal}}_{{timestamp:timestamp}}",
            f"{_CALLBACK} at 7cf6040d",
            *(f"{start}epoch_03_step_000103_val_hmean_0.8920_20251012_025102{end}.ckpt" for end in ("", "_v1")),
            extensions=(".ckpt", "_v{version:count}.ckpt"),
        )
        for what, kind, start in _STARTS
    ),
    # The runner's own template, with the label inserted again.
    _format(
        "encoder-batch-size",
        "epoch",
        "{encoder:encoder}_bs{batch_size:count}_epoch_epoch={epoch:count}_step_step={step:count}.ckpt",
        f"{_RUNNER} at 7f5e0a8c",
        "resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
        "resnet34_bs4_epoch_epoch=28_step_step=23722.ckpt",
    ),
    _format(
        "hyphenated",
        "epoch",
        "epoch-{epoch:count}-step-{step:count}.ckpt",
        "README.md at 7f5e0a8c",
        "epoch-8-step-1845.ckpt",
        "epoch-0-step-205.ckpt",
        "epoch-9-step-1030.ckpt",
    ),
    _format(
        "hyphenated-no-epoch",  # a slip of the documentation that was copied into scripts
        "step",
        "epoch--step-{step:count}.ckpt",
        "README.md at 7f5e0a8c",
        "epoch--step-1845.ckpt",
    ),
    _format("hyphenated-epoch-only", "epoch", "epoch-{epoch:count}.ckpt", "docs", "epoch-14.ckpt"),
    _format(
        "doubled-loss",
        "epoch",
        "epoch_epoch={epoch:count}-step_step={step:count}-loss_{metric:val_loss}={value:decimal}.ckpt",
        "configs/callbacks/model_checkpoint.yaml at 875e4ef2 and f94934d2",
        "epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
        "epoch_epoch=02-step_step=0819-loss_val_loss=1.5191.ckpt",
    ),
    # What is left of the first of these two where the metric's "/" became a directory.
    _format("loss-only", "metric", "{metric:loss}={value:decimal}.ckpt", "docs", "loss=1.6217.ckpt"),
    # Two keys that were never logged, for which the framework wrote 0.
    _format(
        "doubled-unlogged-model",
        "epoch",
        "epoch_epoch={epoch:count}_step_step={step:count}"
        "_model.architecture_name=0_model.encoder.model_name=0_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 83f9578e",
        "epoch_epoch=03_step_step=000103_model.architecture_name=0_model.encoder.model_name=0_20251012_025102.ckpt",
    ),
    _format(
        "doubled-unlogged-model-versioned",
        "epoch",
        "epoch_epoch={epoch:count}_step_step={step:count}"
        "_model.architecture_name=0_model.encoder.model_name=0-v{version:count}_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 83f9578e",
        "epoch_epoch=03_step_step=000103_model.architecture_name=0_model.encoder.model_name=0-v1_20251012_025102.ckpt",
    ),
    _format(
        "equals-underscored",
        "epoch",
        "epoch={epoch:count}_step={step:count}.ckpt",
        "docs/ai_handbook/03_references/generating-submissions.md",
        "epoch=28_step=23722.ckpt",
    ),
    _format(
        "val-f1",
        "epoch",
        "epoch={epoch:count}-{metric:val_f1}={value:decimal}.ckpt",
        "the key information runner at d6944466",
        "epoch=3-val_f1=0.85.ckpt",
    ),
    _format(
        "val-f1-underscored",
        "epoch",
        "epoch={epoch:count}_{metric:val_f1}={value:decimal}.ckpt",
        "docs",
        "epoch=28_val_f1=0.8534.ckpt",
    ),
    _format(
        "debug-hmean",
        "epoch",
        "debug-epoch={epoch:count}-{metric:hmean}={value:decimal}.ckpt",
        f"{_CALLBACK} at 795094fa",
        "debug-epoch=03-val/hmean=0.892.ckpt",
        extras={"prefix": "debug"},
    ),
    _format(
        "hmean-best",
        "best",
        "{metric:hmean}={value:decimal}-best.ckpt",
        f"{_CALLBACK} at 7cf6040d",
        "val/hmean=0.8920-best.ckpt",
        "hmean=0.7990-best.ckpt",
    ),
    _format(
        "hmean-best-versioned",
        "best",
        "{metric:hmean}={value:decimal}-best-v{version:count}.ckpt",
        f"{_CALLBACK} at d9b56e05",
        "val/hmean=0.8920-best-v1.ckpt",
    ),
    _format(
        "best-timestamp",
        "best",
        "best_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 795094fa",
        "best_20251012_025102.ckpt",
    ),
    _format(
        "best-versioned",
        "best",
        "best-v{version:count}.ckpt",
        f"{_CALLBACK} at ab36d31f",
        "best-v1.ckpt",
        "best-v2.ckpt",
    ),
    _format("best-model", "best", "best_model.ckpt", "docs", "best_model.ckpt"),
    _format(
        "last-timestamp",
        "last",
        "last_{timestamp:timestamp}.ckpt",
        f"{_CALLBACK} at 60f65b0f",
        "last_20251011_004442.ckpt",
    ),
    _format("latest", "last", "latest.ckpt", "docs", "latest.ckpt"),
    # A checkpoint in a directory of its run, which says when or in which run it was written.
    *(
        _format(
            f"{run}-{kind}",
            kind,
            f"{folder}/checkpoints/{name}",
            path,
            f"{example}/checkpoints/{written}",
        )
        for run, folder, path, example in (
            (
                "experiment",
                "{experiment_tag:component}/{timestamp:timestamp}_{seed:count}",
                "the run directories at 28ce9c0a",
                "outputs/experiments/train/ocr/verify_fix_safe_v4/20260115_035321_42",
            ),
            (
                "indexed",
                "outputs/{run:run_index}",
                "the run directories at abb24250",
                "outputs/1",
            ),
            (
                "run",
                "outputs/run_{timestamp:timestamp}",
                "the run directories at 6e70bfea",
                "outputs/run_20251110_205527",
            ),
            ("dated", "outputs/{timestamp:dated}", "the run directories at 495da383", "outputs/2025-10-18/14-30-00"),
        )
        for kind, name, written in _RUN_CHECKPOINTS
    ),
    # What is told about a checkpoint, by two spellings.
    _format(
        "sidecar",
        "sidecar",
        "{of:owner}",
        f"{_CALLBACK} at 495da383",
        *("best.metadata.json", "best.config.json", "best.metadata.yaml", "epoch=10.resolved.config.json"),
        "best.ckpt.metadata.yaml",
        extensions=(
            *(".metadata.json", ".config.json", ".resolved.config.json", ".metadata.yaml"),
            *(".ckpt.metadata.yaml", ".ckpt.metadata.json"),
        ),
    ),
    # The directory of a run. Of two hyphens nobody can tell which one ends the tag: the second in the project's own
    # reader, the first where a model names its encoder.
    _format(
        "run",
        "run_dir",
        "{experiment_tag:word}-{model:known_model}_{phase:phase}_{timestamp:timestamp}",
        f"{_RUNNER} at ab36d31f",
        "ocr_pl_refactor_phase1-resnet18_training_20251015_120000",
        entry="directory",
    ),
    _format(
        "run-encoder",
        "run_dir",
        "{experiment_tag:word}-{architecture:known_model}-{encoder:known_encoder}_{phase:phase}_{timestamp:timestamp}",
        f"{_RUNNER} at ab36d31f",
        "ocr_pl_refactor_phase1-dbnet-resnet18_training_20251015_120000",
        entry="directory",
    ),
    _format(
        "run-hyphenated",
        "run_dir",
        "{experiment_tag:hyphenated}-{model:known_model}_{phase:phase}_{timestamp:timestamp}",
        f"{_RUNNER} at ab36d31f",
        "ocr_pl_refactor_phase1-dbnet-resnet18_training_20251015_120000",
        entry="directory",
    ),
    _format(
        "run-unknown-model",
        "run_dir",
        "{experiment_tag:tag}-unknown_{phase:phase}_{timestamp:timestamp}",
        f"{_RUNNER} at ab36d31f",
        "debug_mobilenetv3_training-unknown_training_20251017_230640",
        entry="directory",
        extras={"model": "unknown"},
    ),
)
