"""Draw the modules of the package and their imports, as a drawing for the page on the architecture.

A module stands above those that import it. A line leads from a module to each of its imports that does not follow
from the others. Imports within a function count only in modules that no other loads. Those for type checkers do not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = "ckpt_scheme"
WIDTH: Final = 1040
BOX: Final = 136
ROW: Final = 74
PER_ROW: Final = 7

_STYLE: Final = """
rect { fill: #f6f8fb; stroke: #5b6b82; }
rect.private { stroke-dasharray: 4 3; }
text { font: 12px ui-monospace, monospace; text-anchor: middle; fill: #1c2430; }
path { fill: none; stroke: #8b98ab; }
@media (prefers-color-scheme: dark) {
  rect { fill: #1b212b; stroke: #94a3b8; }
  text { fill: #e4e8ef; }
  path { stroke: #5f6c80; }
}
"""


def imports(source: Path) -> dict[str, set[str]]:
    """Return the parts of the package that each part imports when it is loaded.

    Args:
        source: The folder of the package.
    """
    parts = {part.stem: part for part in source.iterdir() if part.suffix == ".py" or (part / "__init__.py").exists()}
    del parts["__init__"], parts["__main__"]
    graph = {name: _needs(part, _at_once) & parts.keys() - {name} for name, part in parts.items()}
    ends = graph.keys() - set[str]().union(*graph.values())
    return graph | {name: _needs(parts[name], _at_any_time) & parts.keys() - {name} for name in ends}


def _needs(part: Path, statements: Callable[[ast.Module], Iterable[ast.AST]]) -> set[str]:
    return {name for file in _files(part) for name in _imported(statements(_parsed(file)))}


def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _at_once(module: ast.Module) -> list[ast.stmt]:
    return module.body


def _at_any_time(module: ast.Module) -> Iterator[ast.AST]:
    for statement in module.body:
        if not isinstance(statement, ast.If) or ast.unparse(statement.test) != "TYPE_CHECKING":
            yield from ast.walk(statement)


def _files(part: Path) -> list[Path]:
    return sorted(part.rglob("*.py")) if part.is_dir() else [part]


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            yield str(node.module).split(".")[1]


def levels(graph: dict[str, set[str]]) -> dict[str, int]:
    """Return the length of the longest chain of imports below each part.

    Raises:
        ValueError: If parts import each other in a circle.
    """
    found: dict[str, int] = {}
    while len(found) < len(graph):
        ready = {name for name, needs in graph.items() if name not in found and needs <= found.keys()}
        if not ready:
            raise ValueError(f"a circle of imports among {sorted(graph.keys() - found.keys())}")
        found |= {name: 1 + max((found[need] for need in graph[name]), default=-1) for name in sorted(ready)}
    return found


def reduced(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return *graph* without the imports that follow from others."""
    level = levels(graph)
    reach: dict[str, set[str]] = {}
    for name in sorted(graph, key=level.__getitem__):
        reach[name] = graph[name].union(*(reach[need] for need in graph[name]))
    return {
        name: {need for need in needs if not any(need in reach[other] for other in needs)}
        for name, needs in graph.items()
    }


def drawing(graph: dict[str, set[str]]) -> str:
    """Return the drawing as SVG."""
    level = levels(graph)
    places: dict[str, tuple[float, int]] = {}
    top = 0
    for height in range(max(level.values()) + 1):
        names = sorted(name for name in graph if level[name] == height)
        for start in range(0, len(names), PER_ROW):
            row = names[start : start + PER_ROW]
            for place, name in enumerate(row):
                places[name] = (WIDTH * (place + 0.5) / len(row), top)
            top += ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top - ROW + 44}" role="img">',
        "<title>The modules of ckpt_scheme: each stands below the modules that it imports</title>",
        f"<style>{_STYLE}</style>",
    ]
    for name, needs in sorted(reduced(graph).items()):
        x, y = places[name]
        for need in sorted(needs):
            from_x, from_y = places[need]
            middle = (from_y + 34 + y) / 2
            curve = f"M{from_x:.0f} {from_y + 34} C{from_x:.0f} {middle:.0f} {x:.0f} {middle:.0f} {x:.0f} {y + 4}"
            lines.append(f'<path d="{curve}"/>')
    for name, (x, y) in sorted(places.items()):
        kind = ' class="private"' if name.startswith("_") else ""
        lines += [
            f'<rect{kind} x="{x - BOX / 2:.0f}" y="{y + 4}" width="{BOX}" height="30" rx="6"/>',
            f'<text x="{x:.0f}" y="{y + 23}">{name}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def write(docs: Path) -> None:
    """Write the drawing beside the page that shows it."""
    graph = imports(docs.parent / "src" / PACKAGE)
    (docs / "explanation" / "modules.svg").write_text(drawing(graph), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent)
