"""Make the pictures in ``images/`` anew, all of one example tree: the page of ``report``, and ``ls`` on a terminal.

    PYTHONPATH=tests/support python docs/screenshots.py

It needs Chromium, the packages of ``.ci/browser-requirements.txt`` and Pillow. The pictures in the repository show the
font Roboto, Debian's package fonts-roboto-unhinted.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from browser import browser
from ckpt_scheme import catalog
from ckpt_scheme._cli.page.rendering import render
from cli_trees import on_terminal
from example_tree import grow_example

IMAGES: Final = Path(__file__).with_name("images")
MADE_AT: Final = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
COLUMNS: Final = 80
COLOURS: Final = 256
ROOT: Final = "outputs"

# Rich's own form loads its font from the network.
SVG: Final = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def save_pages(folder: Path) -> None:
    """Save the top of the page about the tree in *folder*, light and dark."""
    grow_example(folder / ROOT, MADE_AT)
    with contextlib.chdir(folder):
        page = render(catalog.scan(ROOT), root=ROOT, made_at=MADE_AT)
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    with browser() as chromium:
        for scheme in ("light", "dark"):
            shown = chromium.new_page(color_scheme=scheme, viewport={"width": 1180, "height": 1610})
            shown.goto(file.as_uri())
            picture = Image.open(io.BytesIO(shown.screenshot()))
            # The page has few colours, and with a palette the file is a third of the size.
            picture.convert("RGB").quantize(COLOURS).save(IMAGES / f"report-{scheme}.png", optimize=True)


def save_terminal(folder: Path, name: str, options: Sequence[str], lines: int) -> None:
    """Save what ``ls`` prints about the tree in *folder* on a terminal, the first *lines* of it."""
    env = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1"}
    command = ("ls", *options, ROOT)
    shown, result = on_terminal("-m", "ckpt_scheme", *command, streams=["stdout"], cwd=folder, env=env)
    text = f"$ ckpt-scheme {' '.join(command)}\n{shown.replace(chr(13), '')}{result.stderr.decode()}"
    kept = text.splitlines()
    kept = kept if len(kept) <= lines else [*kept[:lines], "..."]
    console = Console(width=COLUMNS, record=True, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(kept)))
    console.save_svg(str(IMAGES / f"{name}.svg"), title="", code_format=SVG, unique_id=name)


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        save_pages(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        grow_example(Path(folder) / ROOT, datetime.now(UTC))  # the ages are those of the moment
        save_terminal(Path(folder), "ls", [], lines=40)
        save_terminal(Path(folder), "ls-long", ["-l"], lines=34)


if __name__ == "__main__":
    main()
