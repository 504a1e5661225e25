"""The modules that a program loads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import attrs

import ckpt_scheme

# A program that imports the core loads attrs, and no other package.
PROGRAM = """
import sys
sys.path[:0] = {paths!r}
import attrs, datetime, re
before = set(sys.modules)
{statements}
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def loaded_by(statements: Iterable[str]) -> set[str]:
    """Return the modules that *statements* load in a fresh interpreter, besides those that attrs needs."""
    packages = {str(Path(module.__file__ or "").parent.parent) for module in (ckpt_scheme, attrs)}
    program = PROGRAM.format(paths=sorted(packages), statements="\n".join(statements))
    # Isolated and without the hooks of site-packages, whose modules would hide those that we load.
    command = [sys.executable, "-B", "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the program is above
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
