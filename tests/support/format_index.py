"""The index of the formats of the package, by which it finds the files that may read a name.

``python tests/support/format_index.py`` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import ckpt_scheme.legacy
from ckpt_scheme.legacy._declarations import formats_of
from ckpt_scheme.legacy._format import Format, completed
from ckpt_scheme.legacy._index import KeyedSpellings, keyed

INDEX: Final = Path(ckpt_scheme.legacy.__file__).with_name("format_index.json")
DATA: Final = INDEX.with_name("formats")


def formats() -> Iterator[Format]:
    """Return the formats of all files, of which the index is made."""
    for path in sorted(DATA.glob("*.json")):
        yield from map(completed, formats_of(json.loads(path.read_text(encoding="utf-8"))))


def index() -> Mapping[str, Any]:
    """Return the content of the index."""
    found = list(formats())
    return {
        "frameworks": list(dict.fromkeys(declared.framework for declared in found)),
        "others": _part([declared for declared in found if declared.prior != "fallback"]),
        "fallback": _part([declared for declared in found if declared.prior == "fallback"]),
    }


def _part(found: Iterable[Format]) -> Mapping[str, Any]:
    closed: dict[str, set[str]] = {}
    opened: dict[str, dict[tuple[str, str, tuple[str, ...]], set[str]]] = {}
    for declared in found:
        one = f"{declared.framework}/{declared.format}"
        for key, folder, extension in keyed(declared):
            template = declared.spelled(folder, extension)
            if template.tail is None:
                closed.setdefault(template.head, set()).add(one)
            else:
                ends = (template.head, template.tail)
                needs = sorted({need for need in template.needs if not any(need in end for end in ends)})
                opened.setdefault(".".join(key), {}).setdefault((*ends, tuple(needs)), set()).add(one)
    return {
        "depth": KeyedSpellings(found).depth,
        "closed": {shape: _joined(ids) for shape, ids in sorted(closed.items())},
        "open": {
            key: [[head, tail, _joined(ids), *needs] for (head, tail, needs), ids in sorted(same.items())]
            for key, same in sorted(opened.items())
        },
    }


def _joined(ids: Iterable[str]) -> str:
    return " ".join(sorted(ids))


def text() -> str:
    """Return the text of the file, with a line for each framework, and for the templates that share its content."""
    content = index()
    lines = [f'"frameworks": {_lines(map(json.dumps, content["frameworks"]), "[]")}']
    for part in ("others", "fallback"):
        members = content[part]
        closed = _lines((f"{json.dumps(shape)}: {json.dumps(ids)}" for shape, ids in members["closed"].items()), "{}")
        keys = (f"{json.dumps(key)}: {_lines(map(json.dumps, same), '[]')}" for key, same in members["open"].items())
        depth = members["depth"]
        lines.append(f'"{part}": {{"depth": {depth}, "closed": {closed}, "open": {_lines(keys, "{}")}}}')
    return _lines(lines, "{}") + "\n"


def _lines(items: Iterable[str], brackets: str) -> str:
    return brackets[0] + "\n" + ",\n".join(items) + "\n" + brackets[1]


if __name__ == "__main__":
    INDEX.write_text(text(), encoding="utf-8")
