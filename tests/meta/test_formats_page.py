"""``docs/formats.md`` holds the tables that ``docs/formats.py`` writes of the declarations."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import doc_scripts
from ckpt_scheme.legacy import REGISTRY

DOCS = Path(__file__).parents[2] / "docs"
REFUSAL = "docs/formats.md is not current: run python docs/formats.py"


def run(monkeypatch: pytest.MonkeyPatch, docs: Path, *arguments: str) -> object:
    return doc_scripts.run(monkeypatch, docs / "formats.py", *arguments)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return a copy of the page, beside one of the script."""
    shutil.copy(DOCS / "formats.py", tmp_path)
    return Path(shutil.copy(DOCS / "formats.md", tmp_path))


def test_the_table_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--check") is None


def test_each_format_has_one_row_in_the_table_of_its_framework() -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    sections = re.split("^### ", text.partition("<!-- The tables")[2], flags=re.MULTILINE)[1:]

    rows = {section.partition("\n")[0]: re.findall(r"^\| \[(\S+)\]\(", section, re.MULTILINE) for section in sections}

    declared = {name: [one.format for one in REGISTRY.formats if one.framework == name] for name in rows}
    assert rows == declared
    assert tuple(rows) == REGISTRY.frameworks


def test_rows_have_a_cell_for_each_header() -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8").partition("<!-- The tables")[2]

    rows = re.findall(r"^\| .* \|$", text, re.MULTILINE)

    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


def test_rows_have_the_marks_of_their_formats() -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8").partition("<!-- The tables")[2]

    shown = re.findall(r"^\| \[\S+\]\(\S+\) \| \S+ \| ([a-z, ]*) \| `", text, re.MULTILINE)

    wanted = [[*["shared"] * one.shared, *[one.prior] * (one.prior != "usual")] for one in REGISTRY.formats]
    assert shown == [", ".join(marks) for marks in wanted]


@pytest.mark.parametrize("change", ["another row", "no rows"])
def test_a_table_that_is_not_current_is_reported_and_written(
    change: str, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    if change == "another row":
        page.write_text(text.replace("[trainer-state]", "[trainer-status]"), encoding="utf-8")
    else:
        page.write_text(re.sub(r"^\| .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")

    assert run(monkeypatch, page.parent, "--check") == REFUSAL
    assert run(monkeypatch, page.parent) is None
    assert run(monkeypatch, page.parent, "--check") is None
    assert page.read_text(encoding="utf-8") == text


def test_text_outside_the_tables_may_change(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.write_text("Before.\n" + page.read_text(encoding="utf-8") + "After.\n", encoding="utf-8")

    assert run(monkeypatch, page.parent, "--check") is None


def test_a_page_without_the_place_of_the_table_is_refused(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.write_text("No table.\n", encoding="utf-8")

    assert run(monkeypatch, page.parent) == "docs/formats.md has lost the lines between which the tables stand"
    assert page.read_text(encoding="utf-8") == "No table.\n"


def test_an_unknown_argument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--write") == "usage: python docs/formats.py [--check]"
