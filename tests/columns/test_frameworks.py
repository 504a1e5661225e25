"""The snippets of ``docs/columns.md`` that need a framework run unchanged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_PAGE = Path(__file__).parents[2] / "docs" / "columns.md"


def _snippets(framework: str) -> tuple[str, list[str]]:
    """Return the first snippet of the page, which has the imports of all, and those of *framework*."""
    snippets = re.findall(r"^```py\n(.*?)^```$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if os.environ.get("CKPT_SCHEME_REQUIRE_COLUMNS") != "1":
        for module in {"pandas", framework}:
            pytest.importorskip(module)
    return snippets[0], [snippet for snippet in snippets if f"import {framework}" in snippet]


@pytest.mark.parametrize("framework", ["pandas", "dask", "daft"])
def test_snippet_of_the_page_runs(framework: str) -> None:
    first, wanted = _snippets(framework)
    names: dict[str, Any] = {}

    for snippet in [first, *wanted]:
        exec(compile(snippet, str(_PAGE), "exec"), names)  # noqa: S102 - the documentation's own code

    assert len(wanted) == 1
    assert "found" in names


def test_snippet_for_ray_runs_in_a_program(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    first, [wanted] = _snippets("ray")
    program.write_text(f"{first}\n{wanted}", encoding="utf-8")

    # Ray starts servers of its own, and warns of settings that it makes itself.
    done = subprocess.run(  # noqa: S603 - the documentation's own code
        [sys.executable, str(program)],
        env={**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr[-2000:]
