"""The names that the benchmarks read: good, misspelt, foreign and hostile ones.

A seeded generator draws them, so two runs measure the same names. Good names come with the fields they were built from:
a parser is judged by these fields, not by the answer of this library.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeAlias

RunFields: TypeAlias = tuple[str, str, str | None, str, datetime]
CheckpointFields: TypeAlias = tuple[str, int | None, int | None, str | None, float | None, int | None]
PathFields: TypeAlias = tuple[str | None, RunFields, CheckpointFields | None]
Shape: TypeAlias = Callable[[int], str]

_SEED: Final = 20251015

_TAG_STEMS: Final = (
    "ocr",
    "baseline",
    "ocr_baseline",
    "sweep_lr3e4",
    "ablation_no_aug",
    "exp042",
    "k_fold_3",
    "release",
)
_TAG_ENDS: Final = ("", "_v1", "_v2", "_long", "_fp16", "_seed7", "_r2")
_ARCHITECTURES: Final = ("dbnet", "dbnet_pp", "craft", "east", "crnn", "parseq", "unet", "fpn", "segformer", "abinet")
_ENCODERS: Final = (
    "resnet18",
    "resnet50",
    "resnet34-imagenet",
    "resnext50_32x4d",
    "mobilenet-v2",
    "mobilenetv3_small_050",
    "efficientnet-b0",
    "tf_efficientnetv2_s",
    "convnext_tiny",
    "convnext-small-384",
    "vit_base_patch16_224",
    "swin-tiny",
    "hrnet_w18",
    "dla34",
    "regnety_016",
)
_PHASES: Final = ("training", "pretraining", "fine-tuning", "evaluation", "distillation")
_METRICS: Final = ("hmean", "val_loss", "accuracy", "f1", "cer", "wer", "mean_iou", "precision")
_FIRST_SECOND: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - timestamps of the scheme are naive
_SECONDS: Final = 2 * 365 * 24 * 3600

_ENCODER_SHARE: Final = 0.9
_LONG_STEP_SHARE: Final = 0.1


def _random(salt: str) -> Random:
    return Random(f"{_SEED} {salt}")  # noqa: S311 - a corpus has to be the same in every run, and guards no secret


def run_ids(count: int, salt: str = "") -> list[tuple[str, RunFields]]:
    """Return *count* distinct run ids in random order, each with its fields."""
    random = _random(f"run {salt}")
    found: dict[str, RunFields] = {}
    while len(found) < count:
        tag = random.choice(_TAG_STEMS) + random.choice(_TAG_ENDS)
        architecture = random.choice(_ARCHITECTURES)
        encoder = random.choice(_ENCODERS) if random.random() < _ENCODER_SHARE else None
        phase = random.choice(_PHASES)
        start = _FIRST_SECOND + timedelta(seconds=random.randrange(_SECONDS))
        model = architecture if encoder is None else f"{architecture}-{encoder}"
        found[f"{tag}-{model}_{phase}_{start:%Y%m%d_%H%M%S}"] = (tag, architecture, encoder, phase, start)
    return list(found.items())


def checkpoint_names(count: int, salt: str = "") -> list[tuple[str, CheckpointFields]]:
    """Return *count* checkpoint names with their fields: mostly plain or with a metric, few best, last or numbered."""
    random = _random(f"checkpoint {salt}")
    return [_checkpoint_name(random) for _ in range(count)]


def _checkpoint_name(random: Random) -> tuple[str, CheckpointFields]:
    form = random.choices(("plain", "metric", "best", "last"), weights=(54, 42, 3, 1))[0]
    if form == "last":
        return "last.ckpt", ("last", None, None, None, None, None)
    version = random.choice((1, 2)) if random.random() < 0.01 else None  # noqa: PLR2004 - one in a hundred names
    tail = ".ckpt" if version is None else f"_v{version}.ckpt"
    epoch = random.randrange(300)
    step = random.randrange(20_000_000) if random.random() < _LONG_STEP_SHARE else random.randrange(1_000_000)
    stem = f"epoch-{epoch:02d}_step-{step:06d}"
    if form == "plain":
        return f"{stem}{tail}", ("epoch", epoch, step, None, None, version)
    metric = random.choice(_METRICS)
    value = random.randrange(10_000 if metric != "val_loss" else 120_000) / 10_000
    if form == "metric":
        return f"{stem}_{metric}-{value:.4f}{tail}", ("epoch", epoch, step, metric, value, version)
    return f"best-{metric}-{value:.4f}{tail}", ("best", None, None, metric, value, version)


def paths(count: int) -> list[tuple[str, PathFields]]:
    """Return *count* checkpoint paths, each in a run of its own: the worst case for a cache."""
    pairs = zip(run_ids(count, "path"), checkpoint_names(count, "path"), strict=True)
    return [
        (f"outputs/{run}/checkpoints/{name}", ("outputs", run_fields, name_fields))
        for (run, run_fields), (name, name_fields) in pairs
    ]


def tree(runs: int, count: int) -> list[str]:
    """Return *count* paths in *runs* run directories, one directory after the other, as a walk of a tree finds them."""
    names = [name for name, _ in checkpoint_names(count, "tree")]
    each = -(-count // runs)
    return [
        f"outputs/{run}/checkpoints/{name}"
        for place, (run, _) in enumerate(run_ids(runs, "tree"))
        for name in names[place * each : (place + 1) * each]
    ]


def bad_dates(count: int) -> list[str]:
    """Return run ids on 30 February: they are valid up to the date."""
    return [f"{run[: -len('MMDD_HHMMSS')]}0230{run[-len('_HHMMSS') :]}" for run, _ in run_ids(count, "dates")]


def foreign_run_names(count: int) -> list[str]:
    """Return the other names in a folder of runs; about one name in six is a near miss."""
    random = _random("foreign run")
    names: list[str] = []
    for run, (tag, architecture, _, phase, start) in run_ids(count, "foreign"):
        forms = (
            f"{start:%Y-%m-%d}",
            f"{start:%H-%M-%S}",
            f"run-{start:%Y%m%d_%H%M%S}-{random.randrange(16**8):08x}",
            f"{random.randrange(16**32):032x}",
            f"version_{random.randrange(40)}",
            f"exp{random.randrange(200)}",
            f"{tag}_{architecture}_{start:%Y%m%d_%H%M%S}",
            f"{architecture}_{phase}",
            "lightning_logs",
            "wandb",
            "multirun",
            ".hydra",
            ".DS_Store",
            "README.md",
            "checkpoints",
            run[: -len("_120000")],
            f"{run}.bak",
            f"{run} (1)",
        )
        names.append(random.choice(forms))
    return names


def foreign_checkpoint_names(count: int) -> list[str]:
    """Return the other names in a folder of checkpoints; about one name in six is a near miss."""
    random = _random("foreign checkpoint")
    names: list[str] = []
    for name, _ in checkpoint_names(count, "foreign"):
        epoch, step = random.randrange(300), random.randrange(1_000_000)
        forms = (
            f"epoch={epoch}-step={step}.ckpt",
            f"epoch={epoch}-step={step}-v1.ckpt",
            f"epoch={epoch:02d}-val_loss={epoch / 400:.2f}.ckpt",
            f"checkpoint-{step}",
            f"checkpoint_{epoch}.pt",
            f"model_{step:07d}.pth",
            f"epoch_{epoch}.pth",
            f"events.out.tfevents.{1_700_000_000 + step}.node.{epoch}.0",
            "last-v1.ckpt",
            "best_model.pth",
            "model.safetensors",
            "pytorch_model.bin",
            "optimizer.pt",
            "config.yaml",
            "hparams.yaml",
            f"{name}.tmp",
            f"epoch-{epoch}_step-{step:05d}x.ckpt",
            f"{name}.sha256",
        )
        names.append(random.choice(forms))
    return names


# The names in the folders of many frameworks, as format strings of two numbers and a score.
_MIXED: Final = (
    *(
        "checkpoint-{a}",
        "checkpoint-{a}",
        "trainer_state.json",
        "optimizer.pt",
        "rng_state_{b}.pth",
        "training_args.bin",
    ),
    *("epoch={b}-step={a}.ckpt", "epoch={b:02d}-val_loss={x:.2f}.ckpt", "last-v{b}.ckpt", "last.ckpt", "hparams.yaml"),
    *("iter_{a:07d}", "latest_checkpointed_iteration.txt", "mp_rank_{b:02d}", "global_step{a}", "zero_to_fp32.py"),
    *("zero_pp_rank_{b}_mp_rank_00_optim_states.pt", "mp_rank_{b:02d}_model_states.pt", "latest", "__{b}_0.distcp"),
    *("epoch_{b}.pth", "best_coco_bbox_mAP_epoch_{b}.pth", "model_{a:07d}.pth", "model_final.pth", "last_checkpoint"),
    *("checkpoint_{a}", "checkpoint_{a:06d}", "step_{a}", "step-{a}", "step{a}-unsharded", "{a}", "epoch_{b}"),
    *("ep{b}-ba{a}-rank0.pt", "checkpoint{b}.pt", "checkpoint_{b}_{a}.pt", "checkpoint.best_loss_{x:.4f}.pt"),
    *("best.pt", "last.pt", "epoch{b}.pt", "ckpt-{b}.index", "ckpt-{b}.data-00000-of-00001", "checkpoint"),
    *("weights.{b:02d}-{x:.2f}.hdf5", "rl_model_{a}_steps.zip", "network-snapshot-{a:06d}.pkl", "G_{a}.pth"),
    *("megatron_gpt--val_loss={x:.2f}-step={a}-consumed_samples={a}.0.ckpt", "{b}epoch.pth", "model-{b}.pt"),
    *("epoch-{b:02d}_step-{a:06d}.ckpt", "best-hmean-{x:.4f}.ckpt", "epoch-{b:02d}_step-{a:06d}.metadata.json"),
    *("events.out.tfevents.17{a:08d}.host.{b}.0", "train.log", "config.yaml", "README.md", "wandb", "notes-{b}.txt"),
    *("model.safetensors", "tokenizer.json", "vocab.txt", "slurm-{a}.out", "metrics.csv", "sample_{b}.png"),
)


def mixed_folder(count: int) -> list[str]:
    """Return names from the folders of many frameworks, a quarter of them not of checkpoints."""
    random = _random("mixed folder")
    return [
        random.choice(_MIXED).format(a=random.randrange(10**6), b=random.randrange(100), x=random.random() * 3)
        for _ in range(count)
    ]


# Misspelt names. `parse` must refuse each of them.
_GOOD_RUN: Final = "ocr_v1-dbnet-resnet18_training_20251015_120000"
BAD_RUN_IDS: Final = (
    "ocr_v1-dbnet-resnet18_20251015_120000",
    "ocr_v1-dbnet-_training_20251015_120000",
    "ocr_v1-dbnet-resnet18_training_20251015_12000",
    "ocr_v1-dbnet-resnet18_training_20250230_120000",
    "ocr_v1-dbnet-resnet18_training_20251015_240000",
    "ocr_v1-dbnet-resnet18_training_2025W423_120000",
    f"{_GOOD_RUN}\n",
    f"outputs/{_GOOD_RUN}",
    "ocr v1-dbnet-resnet18_training_20251015_120000",
    "öcr-dbnet-resnet18_training_20251015_120000",
    "ocr_v1-dbnet-resnet18_training_٢٠٢٥١٠١٥_120000",
    f"{'t' * 65}-dbnet-resnet18_training_20251015_120000",
)
BAD_CHECKPOINT_NAMES: Final = (
    "epoch-22_step-001932",
    "Epoch-22_step-001932.ckpt",
    "epoch-022_step-001932.ckpt",
    "epoch-22_step-1932.ckpt",
    "epoch-0x16_step-001932.ckpt",
    "epoch-2_2_step-001932.ckpt",
    "epoch-22_step-001932-v1.ckpt",
    "epoch-22_step-001932_v0.ckpt",
    "epoch-22_step-001932_hmean-0.876.ckpt",
    "epoch-22_step-001932_hmean--0.0000.ckpt",
    "epoch-22_step-001932_val/hmean-0.8756.ckpt",
    "best_hmean-0.8920.ckpt",
    "last_v1.ckpt",
    "last.ckpt\n",
)
BAD_PATHS: Final = (
    _GOOD_RUN,
    f"outputs/{_GOOD_RUN}/logs/last.ckpt",
    f"outputs/{_GOOD_RUN}/checkpoints/old/last.ckpt",
    f"outputs/{_GOOD_RUN}/checkpoints/",
    f"/{_GOOD_RUN}/checkpoints/last.ckpt",
    f"out\0puts/{_GOOD_RUN}/checkpoints/last.ckpt",
)


def _filled(head: str, unit: str, tail: str = "") -> Shape:
    """Return a function from a length to *head*, as many repetitions of *unit* as fit, and *tail*."""

    def text(length: int) -> str:
        room = length - len(head) - len(tail)
        return head + (unit * (room // len(unit) + 1))[:room] + tail

    return text


# Long texts that a matcher could try again and again: places where two fields meet, repetitions that both fields allow,
# blanks that a suggestion strips, and ends where only the last character is wrong. `parse` refuses all of them.
_STAMP: Final = "_training_20251015_120000"
RUN_ID_SHAPES: Final[dict[str, Shape]] = {
    "'1-1_', a stamp, '!'": _filled("", "1-1_", f"{_STAMP}!"),
    "an architecture of 'b_', a stamp": _filled("a-b", "_b", _STAMP),
    "an encoder of 'c_', a stamp": _filled("a-b-c", "_c", _STAMP),
    "a phase of 'p-'": _filled("a-b-c_p", "-p", "_20251015_120000"),
    "a good one before blanks": _filled(_GOOD_RUN, " "),
}
CHECKPOINT_SHAPES: Final[dict[str, Shape]] = {
    "an epoch of ones": _filled("epoch-", "1", "_step-001932.ckpt"),
    "'_a-0.8920' repeated": _filled("epoch-22_step-001932", "_a-0.8920", "!"),
    "decimals": _filled("best-hmean-0.", "0", ".ckpt"),
    "a version of zeros": _filled("best_v", "0", "1.ckpt"),
    "a near one after blanks": _filled("", " ", "epoch-2_step-1932-v1.ckpt"),
}
PATH_SHAPES: Final[dict[str, Shape]] = {
    "slashes": _filled("", "/"),
    "backslashes, a near name": _filled("", "a\\", "\\checkpoints\\last.ckpt"),
    "runs, a near name": _filled("", f"{_GOOD_RUN}/checkpoints/", f"/{_GOOD_RUN}/checkpoints/best"),
    "almost runs": _filled("", f"a-b-{'c_' * 30}p{_STAMP}!/", f"{_GOOD_RUN}/checkpoints/last.ckpt "),
}
