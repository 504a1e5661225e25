"""Writes the vectors that follow from data: each example of each format, with its readings by the framework.

``python tests/support/legacy_vectors.py`` writes `EXAMPLES`, counts the cases of all levels in the manifest, and gives
the files ``legacy_*.json`` their layout. A case keeps its id as long as its input stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import ckpt_scheme.conformance
from ckpt_scheme import legacy
from ckpt_scheme.conformance import answer

FOLDER: Final = Path(ckpt_scheme.conformance.__file__).parent / "v1"
EXAMPLES: Final = FOLDER / "legacy_examples.json"
_MANIFEST: Final = FOLDER / "manifest.json"
_WIDTH: Final = 120
_IDENTIFYING: Final = ("id", "level", "requirement", "flags")
_REQUIREMENTS: Final = {"ocr-project": "CKS-062", "lightning": "CKS-063"}


def layout(content: Mapping[str, Any]) -> str:
    """Return the text of a file of vectors, in which the input and the answer of a case have lines of their own."""
    cases = ",\n".join("    {\n" + ",\n".join(_lines(case)) + "\n    }" for case in content["cases"])
    members = [_member(key, value, "  ") for key, value in content.items() if key != "cases"]
    members.append(f'  "cases": [\n{cases}\n  ]')
    return "{\n" + ",\n".join(members) + "\n}\n"


def _lines(case: Mapping[str, Any]) -> Iterator[str]:
    indent = "      "
    yield indent + ", ".join(f"{json.dumps(key)}: {json.dumps(case[key])}" for key in _IDENTIFYING)
    yield from (_member(key, value, indent) for key, value in case.items() if key not in _IDENTIFYING)


def _member(key: str, value: Any, indent: str) -> str:  # noqa: ANN401 - JSON
    return indent + f"{json.dumps(key)}: " + _wrapped(value, indent, len(key) + 4)


def _wrapped(value: Any, indent: str, before: int) -> str:  # noqa: ANN401 - JSON
    """Return *value* on one line if it fits behind the indent and *before* characters, else its items on lines."""
    line = json.dumps(value)
    if not isinstance(value, (dict, list)) or len(indent) + before + len(line) < _WIDTH:
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        return "{\n" + ",\n".join(_member(key, item, inner) for key, item in value.items()) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _wrapped(item, inner, 0) for item in value) + f"\n{indent}]"


def examples() -> Mapping[str, Any]:
    """Return the content of the file of examples."""
    known = _known_ids()
    number = max((int(case_id.rpartition("-")[2]) for case_id in known.values()), default=0)
    cases: list[Mapping[str, Any]] = []
    for framework, description, name in _names():
        given = {"name": name, "framework": framework}
        case_id = known.get(json.dumps(given))
        if case_id is None:
            number += 1
            case_id = f"{EXAMPLES.stem}-{number:04}"
        cases.append(_case(case_id, description, given))
    return {"$schema": "../vectors.schema.json", "spec": "1.0", "flags": {}, "cases": cases}


def manifest(files: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the content of the manifest for the content of all *files*."""
    old = json.loads(_MANIFEST.read_text(encoding="ascii"))
    cases = [case for file in files.values() for case in file["cases"]]
    levels: dict[str, dict[str, int]] = {}
    for level in old["levels"]:
        valid = ["expected" in case for case in cases if case["level"] == level]
        levels[level] = {"cases": len(valid), "valid": sum(valid), "invalid": len(valid) - sum(valid)}
    return {**old, "levels": levels}


def _known_ids() -> dict[str, str]:
    if not EXAMPLES.exists():
        return {}
    return {json.dumps(case["input"]): case["id"] for case in json.loads(EXAMPLES.read_text(encoding="ascii"))["cases"]}


def _names() -> Iterator[tuple[str, str, str]]:
    """Yield framework, description and name of each example, once for each framework."""
    seen: set[tuple[str, str]] = set()
    for declared in legacy.REGISTRY.formats:
        for number, name in enumerate(declared.examples, 1):
            if (declared.framework, name) not in seen:
                seen.add((declared.framework, name))
                yield declared.framework, f"example {number} of {declared.framework}/{declared.format}", name


def _case(case_id: str, description: str, given: Mapping[str, str]) -> Mapping[str, Any]:
    readings = answer("readings", given)["readings"]
    short = [{key: value for key, value in reading.items() if value not in (None, {})} for reading in readings]
    case = {
        "id": case_id,
        "level": "legacy",
        "requirement": _REQUIREMENTS.get(given["framework"], "CKS-065"),
        "flags": [],
        "description": description,
        "operation": "readings",
        "input": given,
        "expected": {"readings": short},
    }
    return case if len(short) == 1 else {**case, "ranks": [len(short)]}


def main() -> None:
    EXAMPLES.write_text(layout(examples()), encoding="ascii", newline="\n")
    names = json.loads(_MANIFEST.read_text(encoding="ascii"))["files"]
    files = {name: json.loads((FOLDER / name).read_text(encoding="ascii")) for name in names}
    for name, content in files.items():
        if name.startswith("legacy_"):
            (FOLDER / name).write_text(layout(content), encoding="ascii", newline="\n")
    _MANIFEST.write_text(json.dumps(manifest(files), indent=2) + "\n", encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
