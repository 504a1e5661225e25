"""A page in a headless Chromium, with its requests and its messages.

Its packages are large. Without them the test is skipped; with CKPT_SCHEME_REQUIRE_BROWSER=1 it fails.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser  # pyright: ignore[reportMissingImports]  # it may be missing

REQUIRE: Final = "CKPT_SCHEME_REQUIRE_BROWSER"
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


def _missing(reason: str) -> NoReturn:
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def browser() -> Generator[Browser]:
    """Yield a browser."""
    try:
        playwright = importlib.import_module("playwright.sync_api")
    except ModuleNotFoundError:
        _missing("playwright is not installed; .ci/browser-requirements.txt lists it")
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        _missing("there is no Chromium on the PATH; Debian's package is chromium")
    with playwright.sync_playwright() as driver:
        # As root, Chromium does not start with its sandbox. The page is ours and loads nothing.
        shown = driver.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=120_000)
        yield shown
        shown.close()


class Shown:
    """An open page.

    Attributes:
        page: The page, as Playwright has it.
        requests: The addresses of all that the page requested.
        complaints: The messages on its console, and its errors.
    """

    def __init__(self, chromium: Browser, address: Path | str, **options: Any) -> None:  # noqa: ANN401 - those of Playwright
        self.page = chromium.new_context(**options).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address if isinstance(address, str) else address.as_uri())

    def column(self, number: int) -> list[str]:
        """Return the texts of a column of the table of runs, in the order of the rows that are visible."""
        cells = self.page.locator(f"table.runs tbody tr:visible > :nth-child({number + 1})")
        return [text.strip() for text in cells.all_inner_texts()]

    def order(self) -> list[str | None]:
        """Return the ``aria-sort`` of each column."""
        heads = self.page.locator("table.runs thead th")
        return [head.get_attribute("aria-sort") for head in heads.all()]
