"""Every example in the documentation and in the docstrings runs, and prints the output that it shows."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

import ckpt_scheme

ROOT = Path(__file__).parents[2]
# All but the command, and the modules that only an installed framework lets be imported.
MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(ckpt_scheme.__path__, "ckpt_scheme.")
    if not name.rpartition(".")[2].startswith(("__main__", "for_", "hydra"))
]
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))),
    "src/ckpt_scheme/conformance/README.md",
]


def run_console(example: Example) -> str | None:
    """Run the commands of a console block, each line after ``$``, and compare what they print."""
    scripts = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    for shown in re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)[1:]:
        command, _, expected = shown.partition("\n")
        done = subprocess.run(  # noqa: S603 - the documentation's own commands
            shlex.split(command),
            cwd=ROOT,
            env={**os.environ, "PATH": scripts},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout.strip() != expected.strip():
            return f"{command}\nprints\n{done.stdout}{done.stderr}\nand not\n{expected}"
    return None


def save_formats(example: Example) -> None:
    """Save the formats of a framework that a page shows, under the name that the page gives the file."""
    content = json.loads(example.parsed)
    if "framework" in content:
        Path(f"{content['framework']}.json").write_text(example.parsed, encoding="utf-8")


SYBIL = Sybil(
    path=str(ROOT),
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=doctest.NORMALIZE_WHITESPACE),
        CodeBlockParser(language="console", evaluator=run_console),
        CodeBlockParser(language="json", evaluator=save_formats),
    ],
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_of_a_document(document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    for example in SYBIL.parse(ROOT / document).examples():
        example.evaluate()


def test_the_readme_is_short_and_has_examples_of_both_kinds() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert text.count("\n") <= 120
    assert text.count("```python\n") >= 5
    assert text.count("```console\n") > 0
    assert len(list(SYBIL.parse(ROOT / "README.md").examples())) > 15


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))

    assert failed == 0


def test_the_docstrings_have_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]

    assert len(found) > 15


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_files_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / document).parent / target).exists(), target


def test_links_of_the_readme_to_the_repository_lead_to_files() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"ckpt-scheme/ckpt-scheme/(?:blob/)?main/([^)#\s]+)", text)

    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_each_how_to_page_has_an_example() -> None:
    pages = sorted((ROOT / "docs" / "how-to").glob("*.md"))

    without = [page.name for page in pages if not list(SYBIL.parse(page).examples())]

    assert len(pages) > 10
    assert without == []


def test_the_tests_of_a_promise_exist() -> None:
    text = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
    promises = text.partition("## What it promises")[2].partition("\n## ")[0]
    named = re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", promises)

    file = ""
    for path, name in named:
        file = path or file
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{name}"
    assert len(named) > 20
