"""The names of the general trainers: Hugging Face and what is built on it, Accelerate, Catalyst, Ignite and others."""

from __future__ import annotations

from typing import Any, Final

from ckpt_scheme.legacy.formats import LegacyFormat
from ckpt_scheme.legacy.record import Kind

# Owner, repository and path; where the path is the same for all formats of a framework it is written once.
_SOURCES: Final = {
    "huggingface-trainer": "huggingface/transformers:src/transformers/trainer.py",
    "trl": "huggingface/trl:trl/experimental/merge_model_callback.py",
    "axolotl": "axolotl-ai-cloud/axolotl:src/axolotl/cli/merge_lora.py",
    "simpletransformers": (
        "ThilinaRajapakse/simpletransformers:simpletransformers/classification/classification_model.py"
    ),
    "sentence-transformers": (
        "UKPLab/sentence-transformers:sentence_transformers/sentence_transformer/fit_mixin.py old_fit"
    ),
    "accelerate": "huggingface/accelerate:src/accelerate/checkpointing.py",
    "catalyst": "catalyst-team/catalyst:catalyst/callbacks/checkpoint.py",
    "composer": "mosaicml/composer:composer/callbacks/checkpoint_saver.py",
    "fastai": "fastai/fastai:fastai/callback/tracker.py",
    "skorch": "skorch-dev/skorch:skorch/callbacks/training.py",
}


def _format(
    framework: str,
    format: str,  # noqa: A002 - the word of the design
    kind: Kind,
    template: str,
    *examples: str,
    **more: Any,  # noqa: ANN401 - they are the fields of LegacyFormat
) -> LegacyFormat:
    declared: dict[str, Any] = {"source": _SOURCES[framework], **more}
    return LegacyFormat(framework=framework, format=format, kind=kind, template=template, examples=examples, **declared)


# --------------------------------------------------------------------------------------------------------------------
# Hugging Face: the number is the global step, which counts the steps of the optimizer that were made.

_STEPS: Final[dict[str, Any]] = {"entry": "directory", "counts": "steps", "steps_behind": 0}
_IN_CHECKPOINT: Final = ("checkpoint-{step:count}/",)
_DURING_STEPS: Final[dict[str, Any]] = {"folders": _IN_CHECKPOINT, "counts": "steps", "steps_behind": 0}

_HUGGING_FACE: Final = (
    _format(
        "huggingface-trainer",
        "step",
        "step",
        "checkpoint-{step:count}",
        *("checkpoint-500", "run-e4b1c_00000/checkpoint-250"),
        folders=("{run:trial}/",),
        **_STEPS,
    ),
    _format(
        "huggingface-trainer",
        "deepspeed",
        "step",
        "checkpoint-{step:count}/global_step{step:count}",
        "checkpoint-500/global_step500",
        **_STEPS,
    ),
    _format("huggingface-trainer", "hub", "last", "last-checkpoint", "last-checkpoint", entry="directory"),
    _format("huggingface-trainer", "trial", "run_dir", "{run:trial}", "run-e4b1c_00000", entry="directory"),
    _format(
        "huggingface-trainer",
        "staged-step",  # in 4.36 and 4.37
        "temp",
        "tmp-checkpoint-{step:count}",
        "tmp-checkpoint-500",
        entry="directory",
        counts="steps",
    ),
    _format(
        "huggingface-trainer",
        "staged",
        "temp",
        "tmp-checkpoint-{suffix:mktemp}",
        "tmp-checkpoint-s0yubqtr",
        entry="directory",
    ),
    _format(
        "huggingface-trainer",
        "unfinished",
        "pointer",
        "checkpoint-is-incomplete.txt",
        *("checkpoint-is-incomplete.txt", "checkpoint-500/checkpoint-is-incomplete.txt"),
        source="huggingface/transformers:src/transformers/trainer_jit_checkpoint.py",
        folders=_IN_CHECKPOINT,
        extras={"incomplete": True},
        counts="steps",
    ),
    _format(
        "huggingface-trainer",
        "trainer-state",
        "sidecar",
        "trainer_state.json",
        *("trainer_state.json", "checkpoint-500/trainer_state.json"),
        **_DURING_STEPS,
    ),
    _format("huggingface-trainer", "arguments", "sidecar", "training_args.bin", "training_args.bin", **_DURING_STEPS),
    _format(
        "huggingface-trainer",
        "optimizer",
        "aux",
        "optimizer",
        *("optimizer.pt", "checkpoint-500/optimizer.bin"),
        extensions=(".pt", ".bin"),
        **_DURING_STEPS,
    ),
    _format("huggingface-trainer", "scheduler", "aux", "scheduler.pt", "checkpoint-500/scheduler.pt", **_DURING_STEPS),
    _format("huggingface-trainer", "scaler", "aux", "scaler.pt", "checkpoint-500/scaler.pt", **_DURING_STEPS),
    _format("huggingface-trainer", "rng", "aux", "rng_state.pth", "checkpoint-500/rng_state.pth", **_DURING_STEPS),
    _format(
        "huggingface-trainer",
        "rng-rank",
        "aux",
        "rng_state_{rank:plain}.pth",
        *("rng_state_3.pth", "checkpoint-500/rng_state_0.pth"),
        **_DURING_STEPS,
    ),
    _format(
        "huggingface-trainer",
        "xla-optimizer",
        "aux",
        "rank{rank:plain}-of-{num_shards:plain}-optimizer.pt",
        "rank0-of-8-optimizer.pt",
        **_DURING_STEPS,
    ),
    _format(
        "huggingface-trainer",
        "fsdp-model",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}",
        "checkpoint-500/pytorch_model_fsdp_0",
        entry="directory",
        **_DURING_STEPS,
    ),
    _format(
        "huggingface-trainer",
        "fsdp-optimizer",
        "aux",
        "optimizer_{save_index:plain}",
        "checkpoint-500/optimizer_0",
        entry="directory",
        **_DURING_STEPS,
    ),
    *(
        _format(
            "huggingface-trainer",
            f"sharded-{name.replace('_', '-')}",
            "shard",
            f"{name}-{{shard:padded5}}-of-{{num_shards:padded5}}.{extension}",
            f"{name}-00001-of-00002.{extension}",
            f"checkpoint-500/{name}-00001-of-00002.{extension}",
            source="huggingface/transformers:src/transformers/modeling_utils.py",
            **_DURING_STEPS,
        )
        for name, extension in (("model", "safetensors"), ("pytorch_model", "bin"))
    ),
    _format("trl", "step", "step", "checkpoint-{step:count}", "checkpoint-9", **_STEPS),
    _format(
        "trl",
        "merged",
        "step",
        "checkpoint-{step:count}/merged",
        "checkpoint-9/merged",
        extras={"suffix": "merged"},
        **_STEPS,
    ),
    _format("axolotl", "step", "step", "checkpoint-{step:count}", "checkpoint-1200", **_STEPS),
    _format("axolotl", "merged", "final", "merged", "merged", entry="directory"),
    _format(
        "simpletransformers",
        "epoch",
        "epoch",
        "checkpoint-{step:count}-epoch-{epoch:count}",
        "checkpoint-8000-epoch-1",
        epoch_base=1,
        epochs_behind=0,
        **_STEPS,
    ),
    _format("simpletransformers", "step", "step", "checkpoint-{step:count}", "checkpoint-2000", **_STEPS),
    _format("sentence-transformers", "step", "step", "{step:plain}", "1000", **_STEPS),
    *(
        _format(
            "sentence-transformers",
            name.removesuffix(".json").replace("_", "-"),
            "sidecar",
            name,
            name,
            source="UKPLab/sentence-transformers:sentence_transformers/SentenceTransformer.py",
        )
        for name in ("modules.json", "config_sentence_transformers.json")
    ),
)

# --------------------------------------------------------------------------------------------------------------------
# Accelerate: its own names count saves from 0, its widely copied examples count epochs and steps.

_ACCELERATE: Final = (
    _format(
        "accelerate",
        "save",
        "index",
        "checkpoint_{save_index:plain}",
        *("checkpoint_0", "checkpoint_100", "checkpoints/checkpoint_2"),
        source="huggingface/accelerate:src/accelerate/accelerator.py",
        folders=("checkpoints/",),
        entry="directory",
        counts="saves",
    ),
    _format(
        "accelerate",
        "example-epoch",
        "epoch",
        "epoch_{epoch:plain}",
        *("epoch_0", "epoch_12"),
        source="huggingface/accelerate:examples/by_feature/checkpointing.py",
        entry="directory",
        counts="epochs",
        epoch_base=0,
        epochs_behind=1,
    ),
    _format(
        "accelerate",
        "example-step",
        "step",
        "step_{step:plain}",
        *("step_22", "step_1000"),
        source="huggingface/accelerate:examples/by_feature/checkpointing.py",
        entry="directory",
        counts="batches",
        steps_behind=0,
    ),
    _format("accelerate", "object", "aux", "custom_checkpoint_{save_index:plain}.pkl", "custom_checkpoint_0.pkl"),
    _format("accelerate", "random-states", "aux", "random_states_{rank:plain}.pkl", "random_states_3.pkl"),
    *(
        _format("accelerate", name, "aux", f"{name}.bin", f"{name}.bin")
        for name in ("optimizer", "scheduler", "sampler")
    ),
    *(
        _format("accelerate", f"{name}-counted", "aux", f"{name}_{{save_index:plain}}.bin", f"{name}_1.bin")
        for name in ("optimizer", "scheduler", "sampler")
    ),
    _format("accelerate", "model-counted", "shard", "model_{model_index:plain}.safetensors", "model_1.safetensors"),
    _format(
        "accelerate",
        "fsdp-model",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}",
        "pytorch_model_fsdp_0",
        source="huggingface/accelerate:src/accelerate/utils/fsdp_utils.py",
        entry="directory",
    ),
    _format(
        "accelerate",
        "fsdp-rank",
        "shard",
        "pytorch_model_fsdp_rank{rank:plain}.bin",
        "pytorch_model_fsdp_rank3.bin",
        source="huggingface/accelerate:src/accelerate/utils/fsdp_utils.py",
    ),
    _format(
        "accelerate",
        "fsdp-rank-counted",
        "shard",
        "pytorch_model_fsdp_{model_index:plain}_rank{rank:plain}.bin",
        "pytorch_model_fsdp_1_rank3.bin",
        source="huggingface/accelerate:src/accelerate/utils/fsdp_utils.py",
    ),
    _format(
        "accelerate",
        "fsdp-optimizer",
        "aux",
        "optimizer_{save_index:plain}",
        "optimizer_0",
        source="huggingface/accelerate:src/accelerate/utils/fsdp_utils.py",
        entry="directory",
    ),
)

# --------------------------------------------------------------------------------------------------------------------
# Catalyst: parts are joined by dots.

_CATALYST_OLD: Final = "catalyst-team/catalyst:catalyst/callbacks/checkpoint.py at v20.12"
_CATALYST: Final = (
    *(
        part
        for mode in ("model", "runner")
        for part in (
            _format(
                "catalyst",
                f"{mode}-epoch",
                "epoch",
                f"{mode}.{{epoch:padded4}}.pth",
                f"{mode}.0004.pth",
                counts="epochs",
                epoch_base=1,
                epochs_behind=0,
            ),
            _format("catalyst", f"{mode}-best", "best", f"{mode}.best.pth", f"{mode}.best.pth"),
            _format("catalyst", f"{mode}-last", "last", f"{mode}.last.pth", f"{mode}.last.pth"),
            _format("catalyst", f"{mode}-storage", "sidecar", f"{mode}.storage.json", f"{mode}.storage.json"),
        )
    ),
    _format(
        "catalyst",
        "stage",
        "epoch",
        "{stage:stage}.{epoch:plain}.pth",
        "train.3.pth",
        source=_CATALYST_OLD,
        counts="epochs",
    ),
    _format(
        "catalyst",
        "stage-full",
        "epoch",
        "{stage:stage}.{epoch:plain}_full.pth",
        "train.3_full.pth",
        source=_CATALYST_OLD,
        counts="epochs",
        extras={"suffix": "full"},
    ),
    *(_format("catalyst", kind, kind, f"{kind}.pth", f"{kind}.pth", source=_CATALYST_OLD) for kind in ("best", "last")),
    *(
        _format(
            "catalyst",
            f"{kind}-full",
            kind,
            f"{kind}_full.pth",
            f"{kind}_full.pth",
            source=_CATALYST_OLD,
            extras={"suffix": "full"},
        )
        for kind in ("best", "last")
    ),
    _format(
        "catalyst",
        "iteration",
        "step",
        "{stage:stage}.epoch.{epoch:plain}.iter.{step:plain}.pth",
        "train.epoch.2.iter.100.pth",
        source=_CATALYST_OLD,
        counts="steps",
    ),
    _format(
        "catalyst",
        "exception",
        "interrupted",
        "{stage:stage}.{epoch:plain}.exception_{exception:word}.pth",
        "train.3.exception_KeyboardInterrupt.pth",
        source=_CATALYST_OLD,
        counts="epochs",
    ),
)

# --------------------------------------------------------------------------------------------------------------------
# Composer: it counts the epochs and batches that were completed, and compresses by the extension.

_ARCHIVES: Final = (
    "",
    ".pt",
    ".pt.bz2",
    ".pt.gz",
    ".pt.lz4",
    ".pt.xz",
    ".pt.zst",
    ".tar",
    ".tgz",
    ".tar.gz",
    ".pt.tar",
)
_RUN: Final = ("{run_name:component}/checkpoints/",)
_MOMENTS: Final[tuple[tuple[str, Kind, str, str], ...]] = (
    ("batch-of-epoch", "epoch", "ep{epoch:plain}-ba{step:plain}", "ep2-ba4"),
    ("epoch", "epoch", "ep{epoch:plain}", "ep2"),
    ("batch", "step", "ba{step:plain}", "ba4"),
)
_DONE: Final[dict[str, Any]] = {"epochs_behind": 0, "steps_behind": 0, "folders": _RUN}


def _numbered(kind: Kind) -> dict[str, Any]:
    return {"counts": "epochs" if kind == "epoch" else "batches", **_DONE}


_COMPOSER: Final = (
    *(
        part
        for moment, kind, template, example in _MOMENTS
        for part in (
            _format(
                "composer",
                moment,
                kind,
                template,
                *(f"{example}.pt", example),
                extensions=_ARCHIVES,
                entry="any",
                **_numbered(kind),
            ),
            _format(
                "composer",
                f"{moment}-rank",
                kind,
                f"{template}-rank{{rank:plain}}",
                *(f"{example}-rank0.pt", f"{example}-rank0.tgz", f"blazing-unicorn/checkpoints/{example}-rank0.pt"),
                extensions=_ARCHIVES,
                **_numbered(kind),
            ),
            _format(
                "composer",
                f"{moment}-shards",
                kind,
                f"{template}-shards",
                f"{example}-shards",
                entry="directory",
                **_numbered(kind),
            ),
            _format(
                "composer",
                f"{moment}-symlink",
                "pointer",
                f"{template}-rank{{rank:plain}}.pt.symlink",
                f"{example}-rank0.pt.symlink",
            ),
            _format(
                "composer",
                f"{moment}-rank-run",
                kind,
                f"{{run_name:run_of_composer}}-{template}-rank{{rank:plain}}",
                f"blazing-unicorn-{example}-rank0.pt",
                extensions=_ARCHIVES,
                **{**_numbered(kind), "folders": ()},
            ),
            _format(
                "composer",
                f"{moment}-underscored-rank",
                kind,
                f"{template}_rank{{rank:plain}}.pt",
                f"{example}_rank0.pt",
                source="mosaicml/composer:tests/trainer/test_fsdp_checkpoint.py",
                **_numbered(kind),
            ),
        )
    ),
    _format(
        "composer",
        "token-of-epoch",
        "epoch",
        "{run_name:run_of_composer}-ep{epoch:plain}-batch{step:plain}-tie{token_in_epoch:plain}-rank{rank:plain}.pt",
        "blazing-unicorn-ep1-batch3-tie6-rank0.pt",
        source="mosaicml/composer:tests/utils/test_file_helpers.py",
        counts="epochs",
        epochs_behind=0,
    ),
    _format(
        "composer",
        "all-counters",
        "epoch",
        "{run_name:run_of_composer}-ep{epoch:plain}-b{step:plain}-s{sample:plain}-t{token:plain}"
        "-bie{batch_in_epoch:plain}-sie{sample_in_epoch:plain}-tie{token_in_epoch:plain}.pt",
        "charging-chungus-ep1-b3-s6-t12-bie0-sie0-tie0.pt",
        source="mosaicml/composer:tests/utils/test_file_helpers.py",
        counts="epochs",
        epochs_behind=0,
    ),
    _format(
        "composer",
        "latest",
        "last",
        "latest-rank{rank:plain}",
        *("latest-rank0.pt", "latest-rank0"),
        extensions=_ARCHIVES,
        folders=_RUN,
    ),
    _format(
        "composer",
        "latest-symlink",
        "pointer",
        "latest-rank{rank:plain}.pt.symlink",
        "latest-rank0.pt.symlink",
        folders=_RUN,
    ),
    _format(
        "composer",
        "shard",
        "shard",
        "ep{epoch:plain}-ba{step:plain}/__{rank:plain}_{shard:plain}.distcp",
        "ep0-ba2/__0_0.distcp",
        counts="epochs",
    ),
    _format("composer", "bare-shard", "shard", "__{rank:plain}_{shard:plain}.distcp", "__0_0.distcp"),
)

# --------------------------------------------------------------------------------------------------------------------

_FASTAI: Final = (
    _format("fastai", "best", "best", "model.pth", "model.pth"),
    _format(
        "fastai",
        "epoch",
        "epoch",
        "model_{epoch:plain}.pth",
        "model_5.pth",
        counts="epochs",
        epoch_base=0,
        epochs_behind=1,
    ),
)

_SKORCH: Final = (
    _format("skorch", "best", "best", "params.pt", "params.pt"),
    _format(
        "skorch",
        "epoch",
        "epoch",
        "params_{epoch:plain}.pt",
        "params_1.pt",
        counts="epochs",
        epoch_base=1,
        epochs_behind=0,
    ),
    _format("skorch", "final", "final", "train_end_params.pt", "train_end_params.pt"),
    *(
        part
        for name in ("optimizer", "criterion")
        for part in (
            _format("skorch", name, "aux", f"{name}.pt", f"{name}.pt"),
            _format("skorch", f"final-{name}", "aux", f"train_end_{name}.pt", f"train_end_{name}.pt"),
        )
    ),
    _format("skorch", "history", "sidecar", "history.json", "history.json"),
    _format("skorch", "final-history", "sidecar", "train_end_history.json", "train_end_history.json"),
)

FORMATS: Final = (
    *_HUGGING_FACE,
    *_ACCELERATE,
    *_CATALYST,
    *_COMPOSER,
    *_FASTAI,
    *_SKORCH,
)
