"""Trees for the tests of the catalog, and short forms of the results of a scan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ckpt_scheme import catalog
from ckpt_scheme.catalog import Choice, Run

RUN: Final = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
OTHER_RUN: Final = "ocr2-craft_training_20251016_093000"
EMPTY_RUN: Final = "none-dbnet_training_20251020_000000"

_EARLY: Final = 1_760_000_000


def grow(root: Path, *paths: str, size: int = 1) -> None:
    """Make files of *size* bytes with one time, or a folder where a path ends in a slash."""
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"x" * size)
            os.utime(target, (_EARLY, _EARLY))


def write_later(path: Path, seconds: int) -> None:
    """Set the time of the last write to *seconds* after that of `grow`."""
    os.utime(path, (_EARLY + seconds, _EARLY + seconds))


def runs(root: Path, **options: object) -> list[Run]:
    """Return all runs of a scan that raises any error."""
    return list(catalog.scan(root, **options))  # type: ignore[arg-type]  # the options of `scan`


def only(root: Path, **options: object) -> Run:
    """Return the only run of a scan."""
    (run,) = runs(root, **options)
    return run


def below(root: Path, path: str) -> str:
    return path.removeprefix(f"{root}/")


def chosen(run: Run, choice: Choice) -> str | None:
    """Return the path of a chosen checkpoint below its run."""
    return None if choice.checkpoint is None else choice.checkpoint.path.removeprefix(f"{run.path}/")


def kinds(run: Run) -> list[str]:
    """Return the kinds of the warnings of a run."""
    return [warning.kind for warning in run.warnings]


def listed(root: Path, **options: object) -> list[tuple[str, str | None, str]]:
    """Return path, framework and status of each checkpoint below *root*."""
    return [
        (below(root, found.path), found.reading and found.reading.framework, found.status)
        for run in runs(root, **options)
        for found in run.checkpoints
    ]
