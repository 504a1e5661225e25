"""Each local link of the built site leads to a file and, behind ``#``, to an element of it."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from built_site import SITE, require_site


class Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the link and the id of a tag."""
        values = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag != "base":
            self.links |= {value for name in ("href", "src") if (value := values.get(name))}


@cache
def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def fault(page: Path, link: str) -> str | None:
    """Return the fault of a link that leads nowhere, or None for a valid link."""
    target = urlsplit(link)
    if target.scheme or target.netloc:
        return None if target.scheme in {"https", "mailto", "data"} else f"{link} is not https"
    path = (page.parent / unquote(target.path)).resolve() if target.path else page
    if path.is_dir():
        path /= "index.html"
    if not path.is_file():
        return f"{link} leads to no file"
    fragment = unquote(target.fragment)
    is_element = not fragment or path.suffix != ".html" or fragment in read(path).ids
    return None if is_element else f"{link} leads to no element"


def test_each_local_link_leads_to_a_file_and_an_element() -> None:
    require_site()
    pages = sorted(SITE.rglob("*.html"))

    faults = [
        f"{page.relative_to(SITE)}: {text}"
        for page in pages
        for link in sorted(read(page).links)
        if (text := fault(page, link)) is not None
    ]

    assert len(pages) > 30
    assert faults == []
