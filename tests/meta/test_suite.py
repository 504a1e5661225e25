"""The configuration of pytest in pyproject.toml stops tests that hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
HANGING: Final = """
import os, subprocess, sys, threading

def test_passes_before():
    pass

def test_hangs_in_a_lock():
    threading.Event().wait()

def test_hangs_in_a_process():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])

def test_passes_after():
    pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_hanging_test_fails_alone(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING, encoding="utf-8")
    options = ("-c", str(PYPROJECT), "--rootdir", str(tmp_path), "-p", "no:cacheprovider", f"--numprocesses={workers}")

    done = subprocess.run(  # noqa: S603 - the tests above
        [sys.executable, "-m", "pytest", *options, "--timeout=3", "-q", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done
    assert "2 failed, 2 passed" in done.stdout
    assert done.stdout.count("Failed: Timeout (>3.0s)") >= 2
