"""Write the requirements of the specification into ``requirements.json`` of the package, for ``explain``.

    python tests/support/requirements_data.py

``tests/meta/test_spec.py`` holds the file against the documents.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "src" / "ckpt_scheme" / "_cli" / "requirements.json"
DOCUMENTS: Final = ("docs/spec.md", "docs/spec-legacy.md")

_SECTION: Final = re.compile(r"^## (?:[0-9]+\. )?(.*)$")
_HEADING: Final = re.compile(r"^#### (CKS-[0-9]{3})$")
_WITHDRAWN: Final = re.compile(r"^\| (CKS-[0-9]{3}) \| (.*?) \| (.*?) \|$")
_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")


def collected() -> dict[str, dict[str, str]]:
    """Return the document, the section, the sentence and the notes of each requirement, by its id."""
    found: dict[str, dict[str, str]] = {}
    for document in DOCUMENTS:
        section, current = "", ""
        lines: dict[str, list[str]] = {}
        for line in (ROOT / document).read_text(encoding="utf-8").splitlines():
            if heading := _HEADING.match(line):
                current = heading[1]
                found[current] = {"document": document, "section": section}
                lines[current] = []
            elif line.startswith("#"):
                title = _SECTION.match(line)
                section, current = title[1] if title else section, ""
            elif current:
                lines[current].append(line)
            elif withdrawn := _WITHDRAWN.match(line):
                sentence = f"Withdrawn: {withdrawn[2]} See {withdrawn[3]}."
                found[withdrawn[1]] = {"document": document, "section": section, "sentence": sentence, "notes": ""}
        for id_, body in lines.items():
            sentence = " ".join(line.removeprefix(">").strip() for line in body if line.startswith(">"))
            notes = "\n".join(line for line in body if not line.startswith(">")).strip()
            found[id_] |= {"sentence": _plain(sentence), "notes": _plain(notes)}
    return dict(sorted(found.items()))


def _plain(text: str) -> str:
    """Return Markdown without emphasis and links."""
    return _LINK.sub(r"\1", text).replace("**", "")


def text() -> str:
    """Return the content of the file."""
    return json.dumps(collected(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="ascii")
