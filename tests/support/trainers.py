"""Libraries of other trainers for tests, and the examples that use them."""

from __future__ import annotations

import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

REQUIRE: Final = "CKPT_SCHEME_REQUIRE_TRAINERS"
EXAMPLES: Final = Path(__file__).parents[2] / "examples"


def needs(*modules: str) -> None:
    """Skip a file of tests if a library is missing; with CKPT_SCHEME_REQUIRE_TRAINERS=1 it fails instead."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing and os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{', '.join(missing)} is not installed, and {REQUIRE} is set", pytrace=False)
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed", allow_module_level=True)


def start(script: str | Path, *arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """Start an example, or another script, in a process of its own."""
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    variables = {**os.environ, "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(  # noqa: S603 - an example of this repository
        command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def output_of(process: subprocess.Popen[str]) -> str:
    """Return the output of a process that ends well."""
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


def run_here(script: str, *arguments: str) -> None:
    """Run an example in this process, which imports a large library once for all examples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [script, *arguments])
        runpy.run_path(str(EXAMPLES / script), run_name="__main__")


def run(script: str | Path, *arguments: str, cwd: Path, **environment: str) -> str:
    """Run an example, or another script, and return its output."""
    return output_of(start(script, *arguments, cwd=cwd, **environment))
