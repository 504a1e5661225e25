"""The directories of runs of the project whose scheme this is, and what is in them: checkpoints and sidecars.

They are older than the scheme; see `ocr_project` for the names of checkpoints alone.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._families.ocr_project import CALLBACK, REPOSITORY, RUNNER
from ckpt_scheme.legacy._reading import Kind

_ocr_project = partial(declare, "ocr-project")
_run = partial(_ocr_project, source=f"{RUNNER} at ab36d31f", entry="directory")

_RUN_CHECKPOINTS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("best", "best.ckpt", "best.ckpt"),
    ("last", "last.ckpt", "last.ckpt"),
    ("epoch", "epoch-{epoch:count}_step-{step:count}.ckpt", "epoch-03_step-000103.ckpt"),
)

FORMATS: Final = (
    # A checkpoint in a directory of its run, which says when or in which run it was written.
    *(
        _ocr_project(
            f"{run}-{kind}",
            kind,
            f"{folder}/checkpoints/{name}",
            f"{example}/checkpoints/{written}",
            source=f"{REPOSITORY}:{path}",
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
    _ocr_project(
        "sidecar",
        "sidecar",
        "{of:owner}",
        *("best.metadata.json", "best.config.json", "best.metadata.yaml", "epoch=10.resolved.config.json"),
        "best.ckpt.metadata.yaml",
        source=f"{CALLBACK} at 495da383",
        extensions=(
            *(".metadata.json", ".config.json", ".resolved.config.json", ".metadata.yaml"),
            *(".ckpt.metadata.yaml", ".ckpt.metadata.json"),
        ),
    ),
    # The directory of a run. Of two hyphens nobody can tell which one ends the tag: the second in the project's own
    # reader, the first where a model names its encoder.
    _run(
        "run",
        "run_dir",
        "{experiment_tag:word}-{model:known_model}_{phase:phase}_{timestamp:timestamp}",
        "ocr_pl_refactor_phase1-resnet18_training_20251015_120000",
    ),
    _run(
        "run-encoder",
        "run_dir",
        "{experiment_tag:word}-{architecture:known_model}-{encoder:known_encoder}_{phase:phase}_{timestamp:timestamp}",
        "ocr_pl_refactor_phase1-dbnet-resnet18_training_20251015_120000",
    ),
    _run(
        "run-hyphenated",
        "run_dir",
        "{experiment_tag:hyphenated}-{model:known_model}_{phase:phase}_{timestamp:timestamp}",
        "ocr_pl_refactor_phase1-dbnet-resnet18_training_20251015_120000",
    ),
    _run(
        "run-unknown-model",
        "run_dir",
        "{experiment_tag:tag}-unknown_{phase:phase}_{timestamp:timestamp}",
        "debug_mobilenetv3_training-unknown_training_20251017_230640",
        extras={"model": "unknown"},
    ),
)
