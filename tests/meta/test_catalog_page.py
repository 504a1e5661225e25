"""``docs/catalog.md`` holds the table that ``docs/catalog.py`` writes of the columns of an exported catalog."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import doc_scripts

DOCS = Path(__file__).parents[2] / "docs"


def run(monkeypatch: pytest.MonkeyPatch, docs: Path, *arguments: str) -> object:
    return doc_scripts.run(monkeypatch, docs / "catalog.py", *arguments)


def test_table_of_columns_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--check") is None


def test_table_that_is_not_current_is_reported_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copy(DOCS / "catalog.py", tmp_path)
    page = tmp_path / "catalog.md"
    text = (DOCS / "catalog.md").read_text(encoding="utf-8")
    page.write_text(text.replace("| `epoch` |", "| `epochs` |"), encoding="utf-8")

    assert run(monkeypatch, tmp_path, "--check") == "docs/catalog.md is not current: run python docs/catalog.py"
    assert run(monkeypatch, tmp_path) is None
    assert page.read_text(encoding="utf-8") == text


def test_page_without_the_place_of_the_table_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copy(DOCS / "catalog.py", tmp_path)
    (tmp_path / "catalog.md").write_text("No table.\n", encoding="utf-8")

    assert run(monkeypatch, tmp_path) == "docs/catalog.md has lost the lines between which the table stands"
