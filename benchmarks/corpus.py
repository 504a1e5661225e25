"""What the benchmarks read: names as real folders hold them, names that nobody should accept, and hostile texts.

Everything is drawn from a seeded generator, so that two runs measure the same names. Good names come with the fields
they were built from; a parser is judged by these, not by what this library makes of the name.
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
    """Return *count* checkpoint paths, every one in a run of its own: the worst case for anything that remembers."""
    pairs = zip(run_ids(count, "path"), checkpoint_names(count, "path"), strict=True)
    return [
        (f"outputs/{run}/checkpoints/{name}", ("outputs", run_fields, name_fields))
        for (run, run_fields), (name, name_fields) in pairs
    ]


def foreign_run_names(count: int) -> list[str]:
    """Return what else lies in a folder of runs; about one name in six is a near miss."""
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
    """Return what else lies in a folder of checkpoints; about one name in six is a near miss."""
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


# What lies in the folders of many frameworks, as format strings of two numbers and a score.
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
    """Return names as they lie in the folders of many frameworks, one in four of them no checkpoint's at all."""
    random = _random("mixed folder")
    return [
        random.choice(_MIXED).format(a=random.randrange(10**6), b=random.randrange(100), x=random.random() * 3)
        for _ in range(count)
    ]


def step_names(count: int) -> list[str]:
    """Return names of directories that hold a step each, for a parser of another strict language of names."""
    random = _random("step")
    return [f"step_{random.randrange(1_000_000):06d}" for _ in range(count)]


def wheel_names(count: int) -> list[str]:
    """Return file names of wheels, for a parser of another strict language of names."""
    random = _random("wheel")
    tags = ("py3-none-any", "cp311-cp311-manylinux_2_17_x86_64", "cp312-abi3-macosx_11_0_arm64")
    return [
        f"{random.choice(_METRICS)}_{random.choice(_ARCHITECTURES)}-{_version(random)}-{random.choice(tags)}.whl"
        for _ in range(count)
    ]


def package_urls(count: int) -> list[str]:
    """Return package URLs, for a parser of another strict language of names."""
    random = _random("purl")
    return [
        f"pkg:pypi/{random.choice(_PHASES)}-{random.choice(_ARCHITECTURES)}@{_version(random)}?arch=x86_64"
        for _ in range(count)
    ]


def versions(count: int) -> list[str]:
    """Return semantic versions, for a parser of another strict language of names."""
    random = _random("version")
    return [f"{_version(random)}-rc.{random.randrange(9)}+build.{random.randrange(900)}" for _ in range(count)]


def _version(random: Random) -> str:
    return f"{random.randrange(5)}.{random.randrange(30)}.{random.randrange(90)}"


_GOOD_RUN: Final = "ocr_v1-dbnet-resnet18_training_20251015_120000"

# Each spelling with what is wrong with it.
BAD_RUN_IDS: Final = (
    ("", "empty"),
    ("ocr_v1", "a tag alone"),
    ("ocr_v1-dbnet-resnet18_training_20251015", "no time"),
    ("ocr_v1-dbnet-resnet18_20251015_120000", "no phase"),
    ("ocr_v1_dbnet_resnet18_training_20251015_120000", "no '-' between tag and model"),
    ("-dbnet-resnet18_training_20251015_120000", "no tag"),
    ("ocr_v1--resnet18_training_20251015_120000", "no architecture"),
    ("ocr_v1-dbnet-_training_20251015_120000", "no encoder after its '-'"),
    ("ocr_v1-dbnet-resnet18__20251015_120000", "an empty phase"),
    ("ocr_v1-dbnet-resnet18_training_20251015_12000", "a time of five digits"),
    ("ocr_v1-dbnet-resnet18_training_20251015_1200000", "a time of seven digits"),
    ("ocr_v1-dbnet-resnet18_training_2025105_120000", "a date of seven digits"),
    ("ocr_v1-dbnet-resnet18_training_20250230_120000", "30 February"),
    ("ocr_v1-dbnet-resnet18_training_20250229_120000", "29 February of a common year"),
    ("ocr_v1-dbnet-resnet18_training_19000229_120000", "29 February of a common century"),
    ("ocr_v1-dbnet-resnet18_training_20251301_120000", "a thirteenth month"),
    ("ocr_v1-dbnet-resnet18_training_20250001_120000", "month 00"),
    ("ocr_v1-dbnet-resnet18_training_20251000_120000", "day 00"),
    ("ocr_v1-dbnet-resnet18_training_00001015_120000", "year 0000"),
    ("ocr_v1-dbnet-resnet18_training_20251015_240000", "hour 24"),
    ("ocr_v1-dbnet-resnet18_training_20251015_126000", "minute 60"),
    ("ocr_v1-dbnet-resnet18_training_20251015_120060", "second 60"),
    ("ocr_v1-dbnet-resnet18_training_2025-10-15_120000", "'-' in the date"),
    ("ocr_v1-dbnet-resnet18_training_20251015T120000", "ISO's 'T' before the time"),
    ("ocr_v1-dbnet-resnet18_training_2025W423_120000", "an ISO week date"),
    ("ocr_v1-dbnet-resnet18_training_20251015_120000Z", "a time zone"),
    ("ocr_v1-dbnet-resnet18_training_20251015_120000\n", "a line feed at the end"),
    (f" {_GOOD_RUN}", "a blank before"),
    (f"{_GOOD_RUN} ", "a blank after"),
    (f"{_GOOD_RUN}.ckpt", "an extension"),
    (f"outputs/{_GOOD_RUN}", "a directory before"),
    (f"{_GOOD_RUN}/", "a slash after"),
    ("ocr v1-dbnet-resnet18_training_20251015_120000", "a blank in the tag"),
    ("ocr/v1-dbnet-resnet18_training_20251015_120000", "a slash in the tag"),
    ("ocr.v1-dbnet-resnet18_training_20251015_120000", "a dot in the tag"),
    ("_ocr-dbnet-resnet18_training_20251015_120000", "'_' first in the tag"),
    ("ocr_v1-_dbnet-resnet18_training_20251015_120000", "'_' first in the architecture"),
    ("ocr_v1-dbnet-resnet18_-training_20251015_120000", "'-' first in the phase"),
    ("öcr-dbnet-resnet18_training_20251015_120000", "a letter beyond ASCII"),
    ("ocr_v1-dbnet-resnet18_training_٢٠٢٥١٠١٥_120000", "digits beyond ASCII"),
    ("ocr_v1-dbnet-resnet18_train\0ing_20251015_120000", "NUL"),
    (f"{'t' * 65}-dbnet-resnet18_training_20251015_120000", "a tag of 65 characters"),
    (f"ocr_v1-{'a' * 65}-resnet18_training_20251015_120000", "an architecture of 65 characters"),
    (f"ocr_v1-dbnet-{'e' * 65}_training_20251015_120000", "an encoder of 65 characters"),
    (f"ocr_v1-dbnet-resnet18_{'p' * 33}_20251015_120000", "a phase of 33 characters"),
)

BAD_CHECKPOINT_NAMES: Final = (
    ("", "empty"),
    (".ckpt", "an extension alone"),
    ("epoch-22_step-001932", "no extension"),
    ("epoch-22_step-001932.CKPT", "an extension in capitals"),
    ("Epoch-22_step-001932.ckpt", "a capital"),
    ("EPOCH-22_STEP-001932.ckpt", "capitals"),
    ("BEST.ckpt", "'best' in capitals"),
    ("epoch-2_step-001932.ckpt", "an epoch of one digit"),
    ("epoch-022_step-001932.ckpt", "an epoch padded too far"),
    ("epoch-22_step-1932.ckpt", "a step that is not padded"),
    ("epoch-22_step-0001932.ckpt", "a step padded too far"),
    ("epoch-22.ckpt", "no step"),
    ("step-001932.ckpt", "no epoch"),
    ("epoch-_step-001932.ckpt", "an empty epoch"),
    ("epoch-+2_step-001932.ckpt", "a plus before the epoch"),
    ("epoch--2_step-001932.ckpt", "a minus before the epoch"),
    ("epoch- 2_step-001932.ckpt", "a blank before the epoch"),
    ("epoch-0x16_step-001932.ckpt", "a hexadecimal epoch"),
    ("epoch-2_2_step-001932.ckpt", "'_' between digits"),
    ("epoch-٢٢_step-001932.ckpt", "digits beyond ASCII"),
    ("epoch-22_step-00193².ckpt", "a superscript digit"),
    ("epoch=22-step=1932.ckpt", "a framework's '='"),
    ("epoch-22-step-001932.ckpt", "'-' for '_'"),
    ("epoch-22_step-001932-v1.ckpt", "a framework's '-v1'"),
    ("epoch-22_step-001932_v0.ckpt", "version 0"),
    ("epoch-22_step-001932_v01.ckpt", "a padded version"),
    ("epoch-22_step-001932_v.ckpt", "an empty version"),
    ("epoch-22_step-001932_hmean.ckpt", "a metric without a value"),
    ("epoch-22_step-001932_hmean-.ckpt", "an empty value"),
    ("epoch-22_step-001932_hmean-0.876.ckpt", "three decimals"),
    ("epoch-22_step-001932_hmean-0.87560.ckpt", "five decimals"),
    ("epoch-22_step-001932_hmean-.8756.ckpt", "no integer digit"),
    ("epoch-22_step-001932_hmean-00.8756.ckpt", "a padded value"),
    ("epoch-22_step-001932_hmean-+0.8756.ckpt", "a plus before the value"),
    ("epoch-22_step-001932_hmean--0.0000.ckpt", "minus zero"),
    ("epoch-22_step-001932_hmean-nan.ckpt", "nan"),
    ("epoch-22_step-001932_hmean-inf.ckpt", "infinity"),
    ("epoch-22_step-001932_hmean-8.756e-01.ckpt", "an exponent"),
    ("epoch-22_step-001932_hmean-123456789012.0000.ckpt", "twelve integer digits"),
    ("epoch-22_step-001932_val/hmean-0.8756.ckpt", "a slash in the metric"),
    ("epoch-22_step-001932_h mean-0.8756.ckpt", "a blank in the metric"),
    ("epoch-22_step-001932_hméan-0.8756.ckpt", "a letter beyond ASCII"),
    (f"epoch-22_step-001932_{'m' * 65}-0.8756.ckpt", "a metric of 65 characters"),
    ("best_hmean-0.8920.ckpt", "'_' for '-' after 'best'"),
    ("best-.ckpt", "an empty metric"),
    ("last_v1.ckpt", "a numbered last checkpoint"),
    ("last-hmean-0.8920.ckpt", "a last checkpoint with a metric"),
    ("last.ckpt\n", "a line feed at the end"),
    ("epoch-22_step-001932.ckpt\n", "a line feed at the end"),
    (" epoch-22_step-001932.ckpt", "a blank before"),
    ("epoch-22_step-001932.ckpt.tmp", "an extension after the extension"),
    ("checkpoints/epoch-22_step-001932.ckpt", "a directory before"),
    (f"epoch-{'1' * 19}_step-001932.ckpt", "an epoch of 19 digits"),
    (f"epoch-22_step-{'1' * 19}.ckpt", "a step of 19 digits"),
)

BAD_PATHS: Final = (
    ("", "empty"),
    (_GOOD_RUN, "a run alone"),
    (f"outputs/{_GOOD_RUN}/last.ckpt", "not in 'checkpoints'"),
    (f"outputs/{_GOOD_RUN}/Checkpoints/last.ckpt", "a capital"),
    (f"outputs/{_GOOD_RUN}/logs/last.ckpt", "in 'logs'"),
    (f"outputs/{_GOOD_RUN}/checkpoints/old/last.ckpt", "a folder too many"),
    (f"outputs/{_GOOD_RUN}/checkpoints//last.ckpt", "two slashes"),
    (f"outputs/{_GOOD_RUN}/checkpoints/", "no name"),
    (f"outputs/{_GOOD_RUN}/checkpoints/.ckpt", "an empty name"),
    (f"outputs/{_GOOD_RUN}/checkpoints/last.ckpt\n", "a line feed at the end"),
    (f"/{_GOOD_RUN}/checkpoints/last.ckpt", "an empty root"),
    (f"out\0puts/{_GOOD_RUN}/checkpoints/last.ckpt", "NUL in the root"),
    (f"outputs\\{_GOOD_RUN}\\checkpoints\\last.ckpt", "backslashes"),
    (f"outputs/{_GOOD_RUN} /checkpoints/last.ckpt", "a blank after the run"),
    ("outputs/ocr-dbnet_training_20250230_120000/checkpoints/last.ckpt", "30 February"),
)

# Names that are seldom written, for what formats only the common ones right.
RARE_RUN_IDS: Final = (
    "a-b_c_00010101_000000",
    "ocr-dbnet_training_00450203_040506",
    "ocr-dbnet-resnet18_training_09991231_235959",
    "ocr-dbnet-a-b_c-d_fine-tuning_99991231_235959",
)
RARE_CHECKPOINT_NAMES: Final = (
    "epoch-00_step-000000.ckpt",
    "epoch-100_step-1000000_v1.ckpt",
    f"epoch-{'9' * 18}_step-{'9' * 18}_loss--0.0001.ckpt",
    "epoch-22_step-001932_loss-99999999999.9999_v12.ckpt",
    "best.ckpt",
    "best_v2.ckpt",
    "best-loss--12.5000_v3.ckpt",
    "last.ckpt",
)


def _filled(head: str, unit: str, tail: str = "") -> Shape:
    """Return a function from a length to *head*, as much of *unit* over and over as fits, and *tail*."""

    def text(length: int) -> str:
        room = length - len(head) - len(tail)
        return head + (unit * (room // len(unit) + 1))[:room] + tail

    return text


_STAMP: Final = "_training_20251015_120000"

# Every text is refused. The shapes go for what a matcher can be made to try again: places where two fields meet, runs
# of what both may hold, blanks that a hint would strip, and ends that spoil everything only at the last character.
RUN_ID_SHAPES: Final[dict[str, Shape]] = {
    "letters": _filled("", "a"),
    "dashes": _filled("", "-"),
    "underscores": _filled("", "_"),
    "'1-' over and over": _filled("", "1-"),
    "'1_' over and over": _filled("", "1_"),
    "'1-1_', a stamp, '!'": _filled("", "1-1_", f"{_STAMP}!"),
    "half '1-', half '1_', a stamp, '!'": lambda length: (
        "1-" * (length // 4) + _filled("", "1_", f"{_STAMP}!")(length - 2 * (length // 4))
    ),
    "an architecture of 'b_', a stamp": _filled("a-b", "_b", _STAMP),
    "an encoder of 'c_', a stamp": _filled("a-b-c", "_c", _STAMP),
    "an encoder of 'c_', a stamp, '!'": _filled("a-b-c", "_c", f"{_STAMP}!"),
    "an encoder of 'c-', a stamp": _filled("a-b-c", "-c", _STAMP),
    "a phase of 'p-'": _filled("a-b-c_p", "-p", "_20251015_120000"),
    "stamps": _filled("a-b", _STAMP, "!"),
    "a good one after blanks": _filled("", " ", _GOOD_RUN),
    "a good one before blanks": _filled(_GOOD_RUN, " "),
    "a good one before line feeds": _filled(_GOOD_RUN, "\n"),
    "digits beyond ASCII": _filled("a-b-c_p_", "٢"),
    "beyond the basic plane": _filled("a-b-", "\U0001f40d", _STAMP),
    "NUL": _filled("a-b-c", "\0", _STAMP),
}

CHECKPOINT_SHAPES: Final[dict[str, Shape]] = {
    "digits": _filled("", "1", "x"),
    "an epoch of ones": _filled("epoch-", "1", "_step-001932.ckpt"),
    "an epoch of zeros": _filled("epoch-", "0", "_step-001932.ckpt"),
    "a step of ones": _filled("epoch-22_step-", "1", ".ckpt"),
    "a step of zeros": _filled("epoch-22_step-", "0", ".ckpt"),
    "a metric of 'a_'": _filled("best-a", "_a", "-0.8920.ckpt"),
    "'_a-' over and over": _filled("epoch-22_step-001932", "_a-", ".ckpt"),
    "'_a-0.8920' over and over": _filled("epoch-22_step-001932", "_a-0.8920", "!"),
    "integer digits": _filled("best-hmean-", "9", ".8920.ckpt"),
    "decimals": _filled("best-hmean-0.", "0", ".ckpt"),
    "minuses": _filled("best-hmean", "-", "0.8920.ckpt"),
    "a version of zeros": _filled("best_v", "0", "1.ckpt"),
    "a version of ones": _filled("best_v", "1", ".ckpt"),
    "'_v1' over and over": _filled("best", "_v1", ".ckpt"),
    "extensions": _filled("last", ".ckpt", "!"),
    "a good one after blanks": _filled("", " ", "last.ckpt"),
    "a near one after blanks": _filled("", " ", "epoch-2_step-1932-v1.ckpt"),
    "a good one before blanks": _filled("epoch-22_step-001932.ckpt", " "),
    "blanks": _filled("", " "),
    "beyond the basic plane": _filled("best-", "\U0001f40d", "-0.8920.ckpt"),
    "NUL": _filled("epoch-22_step-001932_", "\0", "-0.8920.ckpt"),
}

PATH_SHAPES: Final[dict[str, Shape]] = {
    "slashes": _filled("", "/"),
    "backslashes": _filled("", "\\"),
    "backslashes, a near name": _filled("", "a\\", "\\checkpoints\\last.ckpt"),
    "folders, no run": _filled("", "a/", "/checkpoints/last.ckpt"),
    "runs over and over": _filled("", f"{_GOOD_RUN}/", "!"),
    "'checkpoints' over and over": _filled("", "checkpoints/", "last.ckpt"),
    "runs in 'checkpoints', a near name": _filled("", f"{_GOOD_RUN}/checkpoints/", f"/{_GOOD_RUN}/checkpoints/best"),
    "almost runs, a near name": _filled("", f"a-b-{'c_' * 30}p{_STAMP}!/", f"{_GOOD_RUN}/checkpoints/last.ckpt "),
    "almost runs, backslashes": _filled("", f"a-b-{'c_' * 30}p{_STAMP}!\\", f"{_GOOD_RUN}\\checkpoints\\last.ckpt "),
    "NUL": _filled("", "\0", f"/{_GOOD_RUN}/checkpoints/last.ckpt"),
}
