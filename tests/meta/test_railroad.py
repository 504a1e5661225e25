"""``docs/grammar.svg`` is what ``docs/railroad.py`` draws of the grammar in ``docs/spec.md``."""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from abnf_sentences import RULES

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def run(monkeypatch: pytest.MonkeyPatch, docs: Path, *arguments: str) -> str | None:
    """Run the script and return its exit message, or None."""
    script = str(docs / "railroad.py")
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    monkeypatch.setattr(sys, "path", [str(docs), *sys.path])  # as Python does for a script
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_path(script, run_name="__main__")
    assert exit_info.value.code is None or isinstance(exit_info.value.code, str)
    return exit_info.value.code


@pytest.fixture
def copied_docs(tmp_path: Path) -> Path:
    for name in ("grammar.svg", "railroad.py", "spec.md"):
        shutil.copy(DOCS / name, tmp_path)
    return tmp_path


def test_the_drawing_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--check") is None


def test_each_rule_is_drawn_below_its_name() -> None:
    root = ET.parse(DOCS / "grammar.svg").getroot()  # noqa: S314 - the file is the project's own
    assert root.tag == f"{SVG}svg"
    assert [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "rule"] == list(RULES)
    assert len(root.findall(f"{SVG}g/{SVG}g/{SVG}g/{SVG}path")) > 0


@pytest.mark.parametrize("left", ["another grammar", "another drawing", "no drawing"])
def test_a_drawing_that_is_not_current_is_reported_and_drawn(
    left: str, copied_docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, drawing = copied_docs / "spec.md", copied_docs / "grammar.svg"
    if left == "another grammar":
        spec.write_text(spec.read_text(encoding="utf-8").replace('%s"last"', '%s"newest"'), encoding="utf-8")
    elif left == "another drawing":
        drawing.write_text(re.sub("word", "world", drawing.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    else:
        drawing.unlink()
    assert run(monkeypatch, copied_docs, "--check") == "docs/grammar.svg is not current: run python docs/railroad.py"
    assert run(monkeypatch, copied_docs) is None
    assert run(monkeypatch, copied_docs, "--check") is None


def test_an_unknown_argument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DOCS, "--write") == "usage: python docs/railroad.py [--check]"
