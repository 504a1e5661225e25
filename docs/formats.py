"""Write the tables of all formats that the library reads into ``formats.md`` beside this script.

    python docs/formats.py          # write the tables
    python docs/formats.py --check  # say whether they are current

The rest of the page is written by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import ckpt_scheme.legacy

DATA: Final = Path(ckpt_scheme.legacy.__file__).with_name("formats")
PAGE: Final = Path(__file__).with_name("formats.md")
START: Final = "<!-- The tables are written by docs/formats.py. -->\n"
_MANY: Final = 10  # extensions, and no more in each row of a table
END: Final = "<!-- Here end the tables. -->\n"


def code(texts: Iterable[str]) -> str:
    """Return texts as code, with '|' escaped, which would end a cell of a table."""
    return " ".join(f"`{text}`".replace("|", "\\|") for text in texts)


def link(source: str) -> str:
    """Return the address of the place that *source* names."""
    repository, mark, rest = re.split("([:#])", source, maxsplit=1)
    if mark == "#":
        return f"https://github.com/{repository}/issues/{rest}"
    path, _, commits = rest.partition(" at ")
    if " " in path:
        return f"https://github.com/{repository}"
    return f"https://github.com/{repository}/blob/{commits.split()[0] if commits else 'HEAD'}/{path}"


def remarks(members: Mapping[str, Any]) -> Iterator[str]:
    """Yield the facts of a format that its template does not show."""
    if members.get("entry", "file") != "file":
        yield "a directory" if members["entry"] == "directory" else "a file or a directory"
    if members.get("folders"):
        yield f"in {code(members['folders'])}"
    for field, behind in (("epoch", "epochs_behind"), ("step", "steps_behind")):
        if f"{{{field}:" in members["template"] and members.get(behind) is not None:
            yield f"{members[behind]} more than the {field} completed" if members[behind] else f"{field} completed"
    if "{epoch:" in members["template"] and members.get("epoch_base") is not None:
        yield f"epochs from {members['epoch_base']}"
    if members.get("counts"):
        yield f"counts {members['counts']}"


def marks(members: Mapping[str, Any]) -> Iterator[str]:
    """Yield the marks of a format whose readings are not certain by the name alone."""
    if members.get("shared"):
        yield "shared"
    if members.get("prior", "usual") != "usual":
        yield members["prior"]


def table(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the section of one framework."""
    yield f"### {content['framework']}"
    yield ""
    if "note" in content:
        yield content["note"]
        yield ""
    shared = content.get("defaults", {}).get("extensions", ())
    is_long = len(shared) > _MANY
    if is_long:
        yield f"The extensions are {code(shared)}, unless the table shows others."
        yield ""
    yield "| format | kind | marks | template, and extensions | example | remarks |"
    yield "|---|---|---|---|---|---|"
    for declared in content["formats"]:
        members = {**content.get("defaults", {}), **declared}
        cells = (
            f"[{members['id']}]({link(members['source'])})",
            members["kind"],
            ", ".join(marks(members)),
            code([members["template"], *filter(None, (declared if is_long else members).get("extensions", ()))]),
            code(members["examples"][:1]),
            "; ".join(remarks(members)),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def page(text: str) -> str:
    """Return the *text* of the page with the tables as they should be."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit("docs/formats.md has lost the lines between which the tables stand")
    contents = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json")))
    lines = [line for content in contents for line in table(content)]
    return "".join([before, start, "\n", *(f"{line}\n" for line in lines), end, after])


def main(arguments: list[str]) -> str | None:
    """Write the tables or, with ``--check``, return what to do if they are not current."""
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
