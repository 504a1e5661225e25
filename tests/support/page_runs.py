"""Runs for the tests of the page, from names alone; and the parts of a page, as a parser of HTML sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Final

from ckpt_scheme import catalog
from ckpt_scheme._cli.page.rendering import Limits, render
from ckpt_scheme.catalog import Run

NOW: Final = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
OLD: Final = datetime(2026, 10, 1, tzinfo=UTC)
RUN: Final = "ocr-dbnet_training_20251015_120000"


def listed(*names: str, size: int = 1000, modified: datetime | None = OLD) -> list[Run]:
    """Return the runs of a listing of files that are alike."""
    entries = [catalog.Entry(path=name, size=size, modified=modified) for name in names]
    return list(catalog.scan(catalog.Listing(entries)))


def epochs(count: int, run: str = RUN) -> list[str]:
    """Return the paths of *count* checkpoints of a run, whose metric falls from 0.9 on and rises at the end."""
    values = [0.9 - 0.01 * epoch for epoch in range(count - 1)] + [0.95]
    return [
        f"{run}/checkpoints/epoch-{epoch:02d}_step-{epoch * 100:06d}_hmean-{value:.4f}.ckpt"
        for epoch, value in enumerate(values)
    ]


def page(runs: Iterable[Run], unreadable: Iterable[str] = (), limits: Limits | None = None) -> str:
    return render(runs, root="outputs", made_at=NOW, unreadable=list(unreadable), limits=limits)


class Parts(HTMLParser):
    """The tags, the attributes and the texts of a page, the style and the script apart.

    Attributes:
        tags: Each tag with its attributes.
        texts: The first text in each element with an id.
        words: All texts, with single blanks between words.
        rows: The texts of the cells of each row of each table.
        code: The texts of the style and of the script.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.words = ""
        self.rows: list[list[str]] = []
        self.code: dict[str, str] = {}
        self._id: str | None = None
        self.feed(text)
        self.close()
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._id = dict(attrs).get("id") or self._id
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        tag, _ = self.tags[-1] if self.tags else ("", {})
        if tag in ("style", "script") and tag not in self.code:
            self.code[tag] = data
            return
        self.words += data
        if self._id is not None:
            self.texts.setdefault(self._id, data)
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.rstrip("\n")
