"""The snippets of ``docs/columns.md`` that need a framework run unchanged."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

_PAGE = Path(__file__).parents[2] / "docs" / "columns.md"


@pytest.mark.parametrize("framework", ["pandas", "dask", "daft"])
def test_snippet_of_the_page_runs(framework: str) -> None:
    snippets = re.findall(r"^```py\n(.*?)^```$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    wanted = [snippet for snippet in snippets if f"import {framework}" in snippet]
    if os.environ.get("CKPT_SCHEME_REQUIRE_COLUMNS") != "1":
        for module in {"pandas", framework}:
            pytest.importorskip(module)
    names: dict[str, Any] = {}

    for snippet in [snippets[0], *wanted]:
        exec(compile(snippet, str(_PAGE), "exec"), names)  # noqa: S102 - the documentation's own code

    assert len(wanted) == 1
    assert "found" in names
