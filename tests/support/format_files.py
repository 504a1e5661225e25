"""The layout of the files of formats, field types and words: one block for each format, one line for each matter in it.

``python tests/support/format_files.py`` rewrites all files in this layout.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import ckpt_scheme.legacy

LEGACY: Final = Path(ckpt_scheme.legacy.__file__).parent
FILES: Final = (LEGACY / "field_types.json", LEGACY / "words.json", *sorted((LEGACY / "formats").glob("*.json")))

# The members that share a line, in the order of the lines.
_LINES: Final = (
    ("id", "kind", "template"),
    ("description",),
    ("like",),
    ("pattern",),
    ("refuse",),
    ("longest", "convert", "keep", "free", "slashes"),
    ("note",),
    ("extensions", "folders", "entry"),
    ("epoch_base", "epochs_behind", "steps_behind", "counts", "metrics", "extras"),
    ("shared", "prior", "recency", "disqualifies", "completed_by"),
    ("source",),
    ("examples",),
)
_WIDTH: Final = 120


def layout(content: Mapping[str, Any]) -> str:
    """Return the text of a file with this *content*."""
    members: list[str] = []
    for key, value in content.items():
        if key == "formats":
            blocks = ",\n".join(_block(declared, "    ") for declared in value)
            members.append(f'  "formats": [\n{blocks}\n  ]')
        elif key == "field_types":
            blocks = ",\n".join(f"    {_json(name)}: {_block(value[name], '    ').lstrip()}" for name in value)
            members.append(f'  "field_types": {{\n{blocks}\n  }}')
        elif key == "defaults":
            members.append(f'  "defaults": {_block(value, "  ").lstrip()}')
        elif isinstance(value, dict):
            blocks = ",\n".join(_words(name, value[name], "    ") for name in value)
            members.append(f"  {_json(key)}: {{\n{blocks}\n  }}")
        elif isinstance(value, list):
            members.append(_words(key, value, "  "))
        else:
            members.append(f"  {_json(key)}: {_json(value)}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _block(block: Mapping[str, Any], indent: str) -> str:
    assert {key for line in _LINES for key in line} >= block.keys(), block
    lines = [_line(block, keys, f"{indent}  ") for keys in _LINES if block.keys() & set(keys)]
    return f"{indent}{{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _line(block: Mapping[str, Any], keys: Iterable[str], indent: str) -> str:
    members = [f"{_json(key)}: {_json(block[key])}" for key in keys if key in block]
    line = indent + ", ".join(members)
    if len(line) <= _WIDTH:
        return line
    return ",\n".join(_member(key, block[key], indent) for key in keys if key in block)


def _member(key: str, value: Any, indent: str) -> str:  # noqa: ANN401 - JSON
    line = f"{indent}{_json(key)}: {_json(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list):
        return line
    items = ",\n".join(f"{indent}  {_json(item)}" for item in value)
    return f"{indent}{_json(key)}: [\n{items}\n{indent}]"


def _words(key: str, words: Iterable[str], indent: str) -> str:
    """Return a list of words under *key*, in lines that are filled."""
    listed = ", ".join(map(_json, words))
    if len(line := f"{indent}{_json(key)}: [{listed}]") < _WIDTH:
        return line
    lines = textwrap.wrap(listed, _WIDTH, initial_indent=f"{indent}  ", subsequent_indent=f"{indent}  ")
    return "\n".join((f"{indent}{_json(key)}: [", *lines, f"{indent}]"))


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    for path in FILES:
        path.write_text(layout(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8", newline="\n")
