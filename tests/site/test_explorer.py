"""The name explorer of the built site in a real browser, with the library in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser import Shown, browser
from built_site import AXE, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser  # pyright: ignore[reportMissingImports]  # it may be missing

RUN = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
PATH = f"outputs/{RUN}/checkpoints/epoch-22_step-001932_hmean-0.8756.ckpt"
LISTING = """\
2025-10-16 08:00:00  1300000000 sft/checkpoint-9000/model.safetensors
2025-10-16 09:00:00  1300000000 sft/checkpoint-10000/model.safetensors
2025-10-16 09:00:00        5000 sft/my weights.safetensors
2025-10-16 09:00:00     1000000 ocr/checkpoints/epoch=3-step=1200-v1.ckpt
"""
LOADING = 240_000
"""Milliseconds that Python may take to load on a busy machine."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as shown:
        yield shown


def open_explorer(chromium: Browser, address: str, **options: Any) -> Iterator[Shown]:  # noqa: ANN401 - Playwright's
    """Yield the page, and fail if it requests another host or logs an error."""
    found = Shown(chromium, f"{address}/explorer/index.html", **options)
    found.page.locator("html[data-ready]").wait_for(state="attached")
    yield found
    assert [request for request in found.requests if not request.startswith(address)] == []
    assert found.complaints == []
    found.page.context.close()


@pytest.fixture
def fresh(chromium: Browser, address: str) -> Iterator[Shown]:
    """Return the explorer without the library."""
    yield from open_explorer(chromium, address)


@pytest.fixture(scope="module")
def loaded(chromium: Browser, address: str) -> Iterator[Shown]:
    """Return the explorer with the library loaded, on a screen of the width of a phone."""
    for found in open_explorer(chromium, address, viewport={"width": 360, "height": 800}, color_scheme="dark"):
        found.page.get_by_role("textbox").fill("last.ckpt")
        found.page.get_by_role("button", name="Explain with the library").click()
        found.page.get_by_text("last.ckpt is canonical.").wait_for(timeout=LOADING)
        yield found


def explained(shown: Shown, text: str) -> str:
    """Return the explanation of *text*."""
    shown.page.get_by_role("textbox").fill(text)
    shown.page.locator("#answer > *").first.wait_for()
    found: str = shown.page.locator("#answer").inner_text()
    return found


def parts(shown: Shown) -> list[tuple[str | None, str]]:
    """Return the field and the text of each coloured part."""
    return [(part.get_attribute("title"), part.inner_text()) for part in shown.page.locator("#parts .field").all()]


def weak_points(shown: Shown) -> list[str]:
    """Return the violations that axe-core finds, with the first element of each."""
    shown.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = shown.page.evaluate("axe.run(document)")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


def test_path_is_coloured_while_it_is_typed(fresh: Shown) -> None:
    fresh.page.get_by_role("textbox").press_sequentially(PATH)

    assert parts(fresh) == [
        ("root", "outputs"),
        ("tag", "ocr_baseline_v1"),
        ("architecture", "dbnet"),
        ("encoder", "resnet18"),
        ("phase", "training"),
        ("timestamp", "20251015_120000"),
        ("epoch", "22"),
        ("step", "001932"),
        ("metric", "hmean"),
        ("value", "0.8756"),
    ]
    assert not any("pyodide" in request for request in fresh.requests)


def test_link_with_a_name_opens_with_that_name(fresh: Shown) -> None:
    fresh.page.get_by_role("textbox").fill(f"a/{RUN}")

    fresh.page.reload()

    assert fresh.page.get_by_role("textbox").input_value() == f"a/{RUN}"
    assert ("root", "a") in parts(fresh)


def test_markup_in_a_name_stays_text(fresh: Shown) -> None:
    name = "<img src=x onerror=alert(1)>/" + RUN

    fresh.page.get_by_role("textbox").fill(name)

    assert fresh.page.locator("#parts .canonical").inner_text() == name
    assert fresh.page.locator("img").count() == 0


def test_keyboard_reaches_an_explanation(fresh: Shown) -> None:
    fresh.page.keyboard.press("Tab")
    while fresh.page.evaluate("document.activeElement.textContent") != "mistake":
        fresh.page.keyboard.press("Tab")
    fresh.page.keyboard.press("Enter")
    while fresh.page.evaluate("document.activeElement.id") != "explain":
        fresh.page.keyboard.press("Tab")
    fresh.page.keyboard.press("Space")

    fresh.page.get_by_text("Did you mean").wait_for(timeout=LOADING)
    assert fresh.page.locator(".suggestion").inner_text() == "epoch-07_step-001640.ckpt"


def test_mistake_is_marked_where_it_begins(loaded: Shown) -> None:
    answer = explained(loaded, "epoch-7_step-001640.ckpt")

    assert loaded.page.locator("mark").inner_text() == "7_step-001640.ckpt"
    assert "Did you mean epoch-07_step-001640.ckpt?" in answer
    assert "CKS-020" in answer


def test_old_name_has_a_format_and_a_canonical_name(loaded: Shown) -> None:
    answer = explained(loaded, "epoch=3-step=1200-v1.ckpt")

    assert "lightning/default-versioned" in answer
    assert loaded.page.locator(".canonical-name").inner_text() == "epoch-03_step-001200_v1.ckpt"


def test_listing_shows_its_runs_and_its_unread_names(loaded: Shown) -> None:
    answer = explained(loaded, LISTING)

    assert "2 runs" in answer
    assert "huggingface-trainer" in answer
    assert "1.3 GB" in answer
    assert "epoch-03_step-001200_v1.ckpt" in answer
    assert "No format reads: my weights.safetensors" in answer


@pytest.mark.parametrize("text", [PATH, "epoch-7_step-001640.ckpt", LISTING], ids=["good", "bad", "listing"])
def test_page_fits_a_phone_and_passes_the_accessibility_check(loaded: Shown, text: str) -> None:
    explained(loaded, text)

    assert loaded.page.evaluate("document.documentElement.scrollWidth") == 360
    assert weak_points(loaded) == []


def test_light_page_passes_the_accessibility_check(fresh: Shown) -> None:
    fresh.page.get_by_role("textbox").fill(PATH)

    assert weak_points(fresh) == []


@pytest.mark.parametrize("page", ["index", "reference/api/ckpt_scheme", "spec"])
def test_page_of_the_site_fits_a_phone_and_loads_no_other_host(chromium: Browser, address: str, page: str) -> None:
    found = Shown(chromium, f"{address}/{page}.html", viewport={"width": 360, "height": 800})

    assert found.page.evaluate("document.documentElement.scrollWidth") == 360
    assert [request for request in found.requests if not request.startswith(address)] == []
    assert found.complaints == []
    found.page.context.close()


def test_search_finds_a_requirement(chromium: Browser, address: str) -> None:
    found = Shown(chromium, f"{address}/search.html?q=sanitize_label")

    found.page.locator("#search-results li a").first.wait_for()

    assert found.page.locator("#search-results li a", has_text="sanitize_label").count() > 0
    found.page.context.close()
