"""The scripts that write a part of a page in ``docs/``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest


def run(monkeypatch: pytest.MonkeyPatch, script: Path, *arguments: str) -> object:
    """Run a script and return its exit status or the message that it ends with."""
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_path(str(script), run_name="__main__")
    return exit_info.value.code
