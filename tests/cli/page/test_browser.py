"""The page of ``report`` in a real browser: its texts, its sorting, and that it loads no other resource."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import Shown, browser
from ckpt_scheme import catalog
from example_tree import grow_example
from page_runs import NOW, epochs, listed, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser  # pyright: ignore[reportMissingImports]  # it may be missing

RUNS, SIZES, FREED, TIMES = 0, 3, 4, 7


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as shown:
        yield shown


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page about the example tree."""
    folder = tmp_path_factory.mktemp("report")
    grow_example(folder / "outputs", NOW)
    file = folder / "report.html"
    file.write_text(page(catalog.scan(folder / "outputs")), encoding="utf-8")
    return file


@pytest.fixture
def shown(chromium: Browser, report: Path) -> Iterator[Shown]:
    """The page about the example tree; it must request nothing and complain of nothing."""
    found = Shown(chromium, report)
    yield found
    assert found.requests == [report.as_uri()]
    assert found.complaints == []
    found.page.context.close()


def click(shown: Shown, head: str) -> None:
    shown.page.get_by_role("button", name=head).click()


def test_click_on_a_head_sorts_by_its_column_and_a_second_click_reverses(shown: Shown) -> None:
    click(shown, "Size")
    down = shown.column(SIZES)
    order = shown.order()
    click(shown, "Size")
    up = shown.column(SIZES)

    assert down == ["74.2 GB", "17.0 GB", "8.12 GB", "6.57 GB", "1.36 GB", "1.18 GB", "749 MB", "224 MB"]
    assert order[SIZES] == "descending"
    assert set(order) == {"descending", "none"}
    assert up == down[::-1]
    assert shown.order()[SIZES] == "ascending"


def test_rows_begin_in_the_order_of_the_marked_column(shown: Shown) -> None:
    before = shown.column(RUNS)
    order = shown.order()
    click(shown, "Run")

    assert (order[RUNS], shown.order()[RUNS]) == ("ascending", "descending")
    assert shown.column(RUNS) == before[::-1]


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keyboard_sorts_as_a_click_does(shown: Shown, key: str) -> None:
    shown.page.locator("#filter").focus()
    while shown.page.evaluate("document.activeElement.textContent") != "Last write":
        shown.page.keyboard.press("Tab")
    shown.page.keyboard.press(key)

    times = [text.split()[0] for text in shown.column(TIMES)]
    assert times == sorted(times, reverse=True)
    assert shown.order()[TIMES] == "descending"


def test_cells_without_a_value_come_last_in_both_directions(shown: Shown) -> None:
    click(shown, "Can go")
    down = shown.column(FREED)
    click(shown, "Can go")
    up = shown.column(FREED)

    assert down == ["6.32 GB in 14", "4.69 GB in 15", "779 MB in 8", *[""] * 5]
    assert up == ["779 MB in 8", "4.69 GB in 15", "6.32 GB in 14", *[""] * 5]


def test_filter_leaves_the_rows_that_hold_its_text(shown: Shown) -> None:
    shown.page.get_by_role("searchbox").fill("OCR_")
    shown.page.get_by_text("3 of 8 rows are shown.").wait_for()

    assert all(name.startswith("ocr_") for name in shown.column(RUNS))
    click(shown, "Size")
    assert shown.column(SIZES) == ["6.57 GB", "1.36 GB", "1.18 GB"]


def test_page_has_names_for_a_screen_reader(shown: Shown) -> None:
    page = shown.page

    assert page.get_by_role("heading", level=1).inner_text() == page.title() == "Checkpoints in outputs"
    assert page.get_by_role("table", name="The runs, each with its size and its latest and best checkpoint").count()
    assert page.get_by_role("region", name="Runs").count()
    assert page.get_by_role("img", name="val_loss by epoch in segmentation/lightning_logs/version_3").count() == 1
    assert page.get_by_role("columnheader", name="Last write").count() == 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_and_fit_the_window(chromium: Browser, report: Path, scheme: str, width: int) -> None:
    found = Shown(chromium, report, color_scheme=scheme, viewport={"width": width, "height": 800})

    assert found.page.evaluate("document.documentElement.scrollWidth") == width
    assert found.page.evaluate(CONTRASTS) == []
    found.page.context.close()


# Each text with less contrast than 4.5 to 1 to the nearest opaque background, as WCAG 2 counts it.
CONTRASTS = """() => {
  const channels = (color) => color.match(/[0-9.]+/g).map(Number);
  const light = (color) => channels(color).slice(0, 3)
    .map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const isText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!isText || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [high, low] = [light(color), light(behind(element))].sort((one, other) => other - one);
    if ((high + 0.05) / (low + 0.05) < 4.5) weak.add(`${element.tagName} ${color}: ${element.textContent.trim()}`);
  }
  return [...weak];
}"""


def test_hostile_names_run_no_script_and_load_nothing(chromium: Browser, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)><script>alert(2)<\u2044script>\u202e\n\udcff"
    file = tmp_path / "report.html"
    file.write_text(page(listed(*epochs(9, run=f"{name}/r"), f"{name}/my weights.safetensors")), encoding="utf-8")

    found = Shown(chromium, file)

    assert found.column(RUNS)[0] == name.replace("\u202e\n\udcff", "\\u202e\\n\\udcff") + "/r"
    assert (found.requests, found.complaints) == ([file.as_uri()], [])
    assert found.page.locator("img, body script:not(:last-child)").count() == 0
    found.page.context.close()


def test_table_of_many_runs_begins_with_the_first_and_shows_all_on_request(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    runs = [run for number in range(300) for run in listed(f"run{number:03d}/last.ckpt", size=number)]
    file.write_text(page(runs), encoding="utf-8")

    found = Shown(chromium, file)
    first = found.column(RUNS)
    said = found.page.get_by_text("200 of 300 rows are shown.").count()
    click(found, "Size")
    largest = found.column(RUNS)
    click(found, "Show all")
    every = found.column(RUNS)

    assert first == [f"run{number:03d}" for number in range(200)]
    assert said == 1
    assert largest == [f"run{number:03d}" for number in range(299, 99, -1)]
    assert every == [f"run{number:03d}" for number in range(299, -1, -1)]
    found.page.context.close()


def test_page_without_scripts_shows_all_rows(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    runs = [run for number in range(300) for run in listed(f"run{number:03d}/last.ckpt")]
    file.write_text(page(runs), encoding="utf-8")

    found = Shown(chromium, file, java_script_enabled=False)

    assert len(found.column(RUNS)) == 300
    assert not found.page.locator(".filter").is_visible()
    found.page.context.close()
