"""Write the table of all formats that the library reads into ``formats.md`` beside this script.

    python docs/formats.py          # write the table
    python docs/formats.py --check  # say whether it is current

The rest of the page is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ckpt_scheme import legacy
from ckpt_scheme.legacy import Format

PAGE: Final = Path(__file__).with_name("formats.md")
START: Final = "<!-- The table is written by docs/formats.py. -->\n"
END: Final = "<!-- Here ends the table. -->\n"
HEADERS: Final = (
    *("framework", "format", "kind", "entry", "template", "below", "then"),
    *("first epoch", "counts", "completed", "example", "source"),
)


def code(texts: Iterable[str]) -> str:
    """Return texts as code, with what a table would take for the end of a cell."""
    return ", ".join(f"`{text}`".replace("|", "\\|") for text in texts)


def completed(declared: Format) -> str:
    """Return what the completed epochs and steps are, where that is certain."""
    pairs = (("epoch", declared.epochs_behind), ("step", declared.steps_behind))
    known = ((field, behind) for field, behind in pairs if behind is not None and f"{{{field}:" in declared.template)
    return ", ".join(f"{field} + {behind}" if behind else field for field, behind in known)


def row(declared: Format) -> str:
    """Return the row of one format."""
    first = declared.epoch_base if "{epoch:" in declared.template else None
    cells = (
        code([declared.framework]),
        code([declared.format]),
        declared.kind,
        declared.entry,
        code([declared.template]),
        code(declared.folders),
        code(declared.extensions),
        "" if first is None else str(first),
        declared.counts or "",
        completed(declared),
        code(declared.examples[:1]),
        code([declared.source]),
    )
    return f"| {' | '.join(cells)} |"


def page(text: str) -> str:
    """Return the *text* of the page with the table as it should be."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit("docs/formats.md has lost the lines between which the table stands")
    rule = ["---"] * len(HEADERS)
    rows = [f"| {' | '.join(HEADERS)} |", f"|{'|'.join(rule)}|", *map(row, legacy.REGISTRY.formats)]
    return "".join([before, start, "\n", *(f"{line}\n" for line in rows), "\n", end, after])


def main(arguments: list[str]) -> str | None:
    """Write the table or, with ``--check``, return what to do if it is not current."""
    if arguments not in ([], ["--check"]):
        return "usage: python docs/formats.py [--check]"
    text = PAGE.read_text(encoding="utf-8")
    current = page(text)
    if not arguments:
        PAGE.write_text(current, encoding="utf-8", newline="\n")
    elif text != current:
        return "docs/formats.md is not current: run python docs/formats.py"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
