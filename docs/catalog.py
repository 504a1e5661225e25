"""Write the table of the columns of an exported catalog into ``catalog.md`` beside this script.

    python docs/catalog.py          # write the table
    python docs/catalog.py --check  # say whether it is current

The rest of the page is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from ckpt_scheme.catalog import COLUMNS

PAGE: Final = Path(__file__).with_name("catalog.md")
START: Final = "<!-- The table is written by docs/catalog.py. -->\n"
END: Final = "<!-- Here ends the table. -->\n"


def page(text: str) -> str:
    """Return the *text* of the page with the table as it should be."""
    before, _, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit("docs/catalog.md has lost the lines between which the table stands")
    rows = "".join(f"| `{column.name}` | {column.type.replace('_', ' ')} | {column.meaning} |\n" for column in COLUMNS)
    return f"{before}{START}\n| column | type | meaning |\n|---|---|---|\n{rows}\n{END}{after}"


def main(arguments: list[str]) -> str | None:
    """Write the table or, with ``--check``, return what to do if it is not current."""
    text = PAGE.read_text(encoding="utf-8")
    current = page(text)
    if arguments == ["--check"]:
        return None if text == current else "docs/catalog.md is not current: run python docs/catalog.py"
    PAGE.write_text(current, encoding="utf-8", newline="\n")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
