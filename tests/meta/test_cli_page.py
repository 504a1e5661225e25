"""``docs/cli.md`` holds the reference that ``docs/cli.py`` writes of the commands."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import click
import pytest

import ckpt_scheme
import doc_scripts
from ckpt_scheme._cli import commands

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "cli.md").read_text(encoding="utf-8")


def run(monkeypatch: pytest.MonkeyPatch, docs: Path, *arguments: str) -> object:
    return doc_scripts.run(monkeypatch, docs / "cli.py", *arguments)


def test_reference_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--check") is None


def test_stale_reference_is_reported_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(DOCS / "cli.py", tmp_path)
    page = tmp_path / "cli.md"
    page.write_text(TEXT.replace("`--statistics`", "`--stats`", 1), encoding="utf-8")

    assert run(monkeypatch, tmp_path, "--check") == "docs/cli.md is not current: run python docs/cli.py"
    assert run(monkeypatch, tmp_path) is None
    assert page.read_text(encoding="utf-8") == TEXT


def test_page_without_marks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(DOCS / "cli.py", tmp_path)
    (tmp_path / "cli.md").write_text("No reference.\n", encoding="utf-8")

    assert run(monkeypatch, tmp_path) == "docs/cli.md has lost the lines between which the reference stands"


def test_every_command_has_a_section() -> None:
    names = commands.main.list_commands(click.Context(commands.main))

    assert set(re.findall(r"^### `ckpt-scheme (\w+)", TEXT, re.MULTILINE)) == set(names)


def test_table_of_forms_names_those_of_the_schema() -> None:
    schema = json.loads((Path(ckpt_scheme.__file__).parent / "catalog/catalog.schema.json").read_text(encoding="utf-8"))
    names = commands.main.list_commands(click.Context(commands.main))

    described = re.findall(
        r"`(\w+)`", next(line for line in TEXT.splitlines() if line.endswith("the name of the command |"))
    )

    assert set(described) <= set(names) & schema["$defs"].keys()
