"""Draw the grammar of ``spec.md`` as railroad diagrams, all in one ``grammar.svg`` beside it.

    python docs/railroad.py          # write the file
    python docs/railroad.py --check  # say whether it is current

It needs the packages ``abnf`` and ``railroad-diagrams``.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final
from xml.sax.saxutils import escape

from abnf.parser import ABNFGrammarRule, Node

SPEC: Final = Path(__file__).with_name("spec.md")
DRAWING: Final = Path(__file__).with_name("grammar.svg")

# The card is opaque, so that it can be read wherever it is shown; viewers that know of dark themes get a dark one.
STYLE: Final = """\
.card { fill: #ffffff; stroke: #d0d7de; }
path { stroke: #57606a; stroke-width: 2; fill: none; }
rect { stroke: #57606a; stroke-width: 2; }
.terminal rect { fill: #dafbe1; stroke: #1a7f37; }
.non-terminal rect { fill: #ddf4ff; stroke: #0969da; }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.terminal text, .non-terminal text { text-anchor: middle; }
text.comment { font-size: 12px; font-style: italic; fill: #57606a; }
text.rule { font-size: 15px; font-weight: bold; }
@media (prefers-color-scheme: dark) {
  .card { fill: #0d1117; stroke: #30363d; }
  path, rect { stroke: #8b949e; }
  .terminal rect { fill: #12261e; stroke: #3fb950; }
  .non-terminal rect { fill: #121d2f; stroke: #58a6ff; }
  text { fill: #e6edf3; }
  text.comment { fill: #9198a1; }
}
"""
MARGIN: Final = 24
RULE_HEIGHT: Final = 20
COMMENT_HEIGHT: Final = 18
RULE_CHAR_WIDTH: Final = 9.1
COMMENT_CHAR_WIDTH: Final = 7.3


def boxes_and_tracks() -> ModuleType:
    """Import ``railroad``, the module of railroad-diagrams, which this script of the same name would stand before."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]
    return importlib.import_module("railroad")


railroad: Final = boxes_and_tracks()

# --------------------------------------------------------------------------------------------------------------------
# From a parsed rule to a diagram.


def rules() -> list[Node]:
    """Return the rules of the specification as the ``abnf`` library parses them."""
    text = SPEC.read_text(encoding="utf-8")
    [block] = re.findall(r"^```abnf\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    parsed = ABNFGrammarRule("rulelist").parse_all(block.replace("\n", "\r\n"))
    return [node for node in parsed.children if node.name == "rule"]


def item(node: Node) -> object:
    """Return what a node of a parsed rule looks like."""
    inner = [child for child in node.children if child.name not in {"c-wsp", "literal"}]
    match node.name:
        case "alternation" if len(inner) > 1:
            return railroad.Choice(0, *map(item, inner))
        case "concatenation" if len(inner) > 1:
            return railroad.Sequence(*map(item, inner))
        case "option":
            return railroad.Optional(item(inner[0]))
        case "repetition" if inner[0].name == "repeat":
            return repetition(inner[0].value, item(inner[1]))
        case "rulename" | "char-val" | "num-val":
            return terminal(node)
        case _:  # a node around another one
            return item(inner[0])


def repetition(counts: str, repeated: object) -> object:
    """Return a loop, with the counts on its way back if they say more than the loop does."""
    low, star, high = counts.partition("*")
    if not star:
        note = f"{low} times"
    elif low in {"", "0", "1"}:
        note = f"up to {high} times" if high else ""
    else:
        note = f"{low} to {high} times" if high else f"{low} or more times"
    loop: object = railroad.OneOrMore(repeated, railroad.Comment(note) if note else None)
    return railroad.Optional(loop) if star and low in {"", "0"} else loop


def terminal(node: Node) -> object:
    """Return the box of what is not made of parts: the name of another rule, a text or a range of characters."""
    if node.name == "rulename":
        return railroad.NonTerminal(node.value)
    if node.name == "char-val":
        return railroad.Terminal(node.value.removeprefix("%s"))
    low, _, high = node.value.removeprefix("%x").partition("-")
    return railroad.Terminal(" to ".join(character(int(code, 16)) for code in (low, high) if code))


def character(code: int) -> str:
    """Return a character in quotes, or its code point where it has no shape in ASCII."""
    return f'"{chr(code)}"' if chr(code).isascii() and chr(code).isprintable() else f"U+{code:04X}"


# --------------------------------------------------------------------------------------------------------------------
# From diagrams to a drawing.


@dataclass(frozen=True)
class Cell:
    """The drawing of one rule: its name, its comment and its diagram, one below the other."""

    width: float
    height: float
    svg: str


def cell(node: Node) -> Cell:
    """Return the drawing of a parsed rule."""
    rule = node.children[0].value
    source = " ".join(node.value.split())
    comment = source.partition(" ; ")[2]
    texts = [f'<text class="rule" y="12">{rule}</text>']
    if comment:
        texts.append(f'<text class="comment" y="{12 + COMMENT_HEIGHT}">{escape(comment)}</text>')
    head = RULE_HEIGHT + COMMENT_HEIGHT * bool(comment)
    diagram = railroad.Diagram(item(node.children[2])).format(0)
    written: list[str] = []
    for child in diagram.children:
        child.writeSvg(written.append)
    tracks = re.sub(r"(?<=>)(?=<(?:g|path|rect)\b)", "\n", "".join(written)).strip()
    return Cell(
        max(float(diagram.attrs["width"]), len(rule) * RULE_CHAR_WIDTH, len(comment) * COMMENT_CHAR_WIDTH),
        float(diagram.attrs["height"]) + head,
        "\n".join([f"<title>{escape(source)}</title>", *texts, f'<g transform="translate(0 {head})">', tracks, "</g>"]),
    )


def rows(cells: list[Cell], width: float) -> list[list[Cell]]:
    """Return the cells in rows of at most a width, in the order of the specification."""
    found: list[list[Cell]] = []
    room = 0.0
    for each in cells:
        if each.width > room:
            found.append([])
            room = width
        found[-1].append(each)
        room -= each.width + 2 * MARGIN
    return found


def drawing() -> str:
    """Return the whole SVG."""
    cells = [cell(node) for node in rules()]
    inner = max(each.width for each in cells)
    body: list[str] = []
    y = float(MARGIN)
    for row in rows(cells, inner):
        x = float(MARGIN)
        for each in row:
            body += [f'<g transform="translate({x:g} {y:g})">', each.svg, "</g>"]
            x += each.width + 2 * MARGIN
        y += max(each.height for each in row) + MARGIN
    width = inner + 2 * MARGIN
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{y:g}" viewBox="0 0 {width:g} {y:g}">',
        "<title>The grammar of the checkpoint naming scheme</title>",
        f"<style>\n{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{width - 1:g}" height="{y - 1:g}" rx="8" />',
    ]
    return "\n".join([*head, *body, "</svg>", ""])


def main(arguments: list[str]) -> str | None:
    """Write the drawing or, with ``--check``, return what to do if the file is not current."""
    if arguments not in ([], ["--check"]):
        return "usage: python docs/railroad.py [--check]"
    if not arguments:
        DRAWING.write_text(drawing(), encoding="utf-8", newline="\n")
    elif not DRAWING.exists() or DRAWING.read_text(encoding="utf-8") != drawing():
        return "docs/grammar.svg is not current: run python docs/railroad.py"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
