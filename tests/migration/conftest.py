"""Fixtures of the tests of the migration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ckpt_scheme.migration import _tree as handles
from ckpt_scheme.migration._tree import Tree


@pytest.fixture(params=["native", "other"])
def rename_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The system's rename that replaces no entry: native, or missing."""
    name: str = request.param
    if name == "other":
        monkeypatch.setattr(handles, "_rename_call", lambda: None)
    return name


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(str(tmp_path))
    yield made
    made.close()
