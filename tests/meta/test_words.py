"""Texts name the actor: no indefinite pronoun stands in the sources, in the documentation or in the name of a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WORDS: Final = ("anybody", "anyone", "everyone", "nobody", "somebody", "someone", "whatever", "whoever")
PRONOUN: Final = re.compile(rf"(?<![a-z])(?:{'|'.join(WORDS)})(?![a-z])", re.IGNORECASE)
TEXTS: Final = {".css", ".html", ".json", ".md", ".mjs", ".py", ".rst", ".svg", ".toml", ".txt", ".yaml", ".yml", ""}
"""The endings of the names of files that hold text."""


def pronouns(path: Path) -> Iterator[str]:
    """Yield the place of each pronoun in a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for found in PRONOUN.finditer(line):
            yield f"{path.relative_to(ROOT).as_posix()}:{number}: {found[0]}"


def test_texts_hold_no_indefinite_pronoun() -> None:
    folders = [path for folder in ("src", "docs", ".github") for path in sorted((ROOT / folder).rglob("*"))]
    files = [path for path in (*folders, *sorted(ROOT.glob("*.md"))) if path.is_file() and path.suffix in TEXTS]

    found = [place for path in files for place in pronouns(path)]

    assert len(files) > 200
    assert found == []


def test_names_of_tests_hold_no_indefinite_pronoun() -> None:
    names = [
        name
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    ]

    found = [name for name in names if PRONOUN.search(name.replace("_", " "))]

    assert len(names) > 1000
    assert found == []
