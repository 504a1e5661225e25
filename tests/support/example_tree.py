"""A tree of runs as in a laboratory, with sizes and times: for the pictures of the documentation, and for tests."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

_MEGA: Final = 10**6

_BASELINE: Final = "ocr_baseline-dbnet-resnet18_training_20261002_091500"
_LARGE: Final = "ocr_large-dbnet-resnet50_training_20261020_203000"
_RECEIPTS: Final = "receipts-layoutlm_training_20261118_140000"
_ARCHIVE: Final = "ocr_pilot-dbnet_training_20260301_080000.tar.zst"


def grow_example(root: Path, now: datetime) -> None:
    """Make the tree below *root*; the ages of its files count from *now*.

    The files take no room on a disk that knows sparse files.
    """
    for path, megabytes, age in _files():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.truncate(round(megabytes * _MEGA))
        moment = (now - age).timestamp()
        os.utime(target, (moment, moment))
    newest = max((root / _RECEIPTS / "checkpoints").iterdir())
    link = newest.with_name("last.ckpt")
    link.symlink_to(newest.name)
    moment = newest.stat().st_mtime
    os.utime(link, (moment, moment), follow_symlinks=False)


def _files() -> Iterator[tuple[str, float, timedelta]]:
    """Yield path, megabytes and age of each file."""
    yield from _canonical(_BASELINE, "hmean", 97.4, epochs=range(5, 65, 5), age=timedelta(days=53), low=0.42)
    yield f"{_BASELINE}/checkpoints/last.ckpt", 97.4, timedelta(days=53)
    yield from _canonical(_LARGE, "hmean", 312.9, epochs=range(4, 84, 4), age=timedelta(days=33), low=0.36)
    yield f"{_LARGE}/checkpoints/last.ckpt", 0, timedelta(days=33)  # the disk was full
    yield from _canonical(_RECEIPTS, "f1", 451.2, epochs=range(18), age=timedelta(hours=2), low=0.11, has_best=False)
    yield _ARCHIVE, 1180, timedelta(days=250)
    for step in range(500, 5500, 500):
        age = timedelta(days=6, minutes=(5000 - step) / 10)
        for name, megabytes in (("model.safetensors", 2472.0), ("optimizer.pt", 4943.3), ("trainer_state.json", 0.02)):
            yield f"llm/support-sft-1b/checkpoint-{step}/{name}", megabytes, age
    for step in (10_000, 20_000, 30_000):
        for rank in range(2):
            path = f"llm/pretrain-350m/iter_{step:07d}/mp_rank_{rank:02d}/model_optim_rng.pt"
            yield path, 2840.6, timedelta(days=16, hours=(30_000 - step) / 1000)
    yield "llm/pretrain-350m/latest_checkpointed_iteration.txt", 0.00001, timedelta(days=16)
    for epoch in (3, 7, 8, 12, 19, 23):
        loss = 0.18 + 0.7 * math.exp(-epoch / 6)
        name = f"epoch={epoch}-step={625 * epoch + 625}-val_loss={loss:.4f}.ckpt"
        yield (
            f"segmentation/lightning_logs/version_3/checkpoints/{name}",
            124.9,
            timedelta(days=21, minutes=9 * (23 - epoch)),
        )
    for name, megabytes in (("best.pt", 22.5), ("last.pt", 22.5), ("epoch50.pt", 89.4), ("epoch100.pt", 89.4)):
        yield f"detect/train4/weights/{name}", megabytes, timedelta(days=88)
    yield "detect/train4/weights/Gewichte f\u00fcr die Vorf\u00fchrung.safetensors", 22.4, timedelta(days=80)


def _canonical(
    run: str, metric: str, megabytes: float, *, epochs: range, age: timedelta, low: float, has_best: bool = True
) -> Iterator[tuple[str, float, timedelta]]:
    """Yield the checkpoints of a run, whose metric rises from *low* with noise."""
    last = epochs[-1]
    best = low, age
    for epoch in epochs:
        share = epoch / last
        value = low + (0.88 - low) * (1 - math.exp(-4 * share)) / (1 - math.exp(-4)) + 0.012 * math.sin(epoch * 1.7)
        written = age + timedelta(minutes=12 * (last - epoch))
        best = max(best, (value, written))
        yield (
            f"{run}/checkpoints/epoch-{epoch:02d}_step-{epoch * 300:06d}_{metric}-{value:.4f}.ckpt",
            megabytes,
            written,
        )
    if has_best:
        yield f"{run}/checkpoints/best-{metric}-{best[0]:.4f}.ckpt", megabytes, best[1]
