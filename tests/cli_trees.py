"""Directories of checkpoints for the tests of the command line, and the command line itself as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import ckpt_scheme

RUN: Final = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
OTHER_RUN: Final = "ocr2-craft_training_20251016_093000"
EMPTY_RUN: Final = "none-dbnet_training_20251020_000000"

RUN_FIELDS: Final[dict[str, object]] = {
    "tag": "ocr_baseline_v1",
    "architecture": "dbnet",
    "encoder": "resnet18",
    "phase": "training",
    "timestamp": "2025-10-15T12:00:00",
}
NO_RUN_FIELDS: Final[dict[str, object]] = dict.fromkeys(RUN_FIELDS)


def plant(root: Path, *paths: str) -> None:
    """Make empty files, or a directory where a path ends in a slash."""
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()


def environment(**changes: str) -> dict[str, str]:
    """Return an environment in which any directory will do to start the command line."""
    package = Path(ckpt_scheme.__file__).parent.parent
    plain = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    return {**plain, "PYTHONPATH": str(package), **changes}


def run(
    *arguments: str | bytes,
    cwd: Path | None = None,
    stdin: bytes = b"",
    stdout: int | IO[bytes] = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ckpt_scheme", *arguments],
        check=False,
        cwd=cwd,
        env=environment(**(env or {})),
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def run_script(script: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a Python script in a process of its own."""
    return subprocess.run([sys.executable, "-c", script], check=False, cwd=cwd, env=environment(), capture_output=True)
