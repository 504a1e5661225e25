"""Each listing of ``docs/trainers.md`` leaves the checkpoints that the page shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from trainers import EXAMPLES, needs

needs("accelerate", "ignite", "jax", "keras", "orbax", "torch")

PAGE: Final = (EXAMPLES.parent / "docs" / "trainers.md").read_text(encoding="utf-8")
LISTINGS: Final = {
    section.partition("\n")[0]: re.findall(
        r"^```py\n(.*?)^```\n\n```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL
    )
    for section in PAGE.split("\n## ")[1:]
}
STAMP: Final = re.compile(r"\d{8}_\d{6}")


def test_page_has_a_listing_for_each_library_without_an_example() -> None:
    assert {section: len(found) for section, found in LISTINGS.items() if found} == {
        "Orbax": 1,
        "Accelerate": 1,
        "Ignite": 1,
        "Keras": 1,
    }
    assert PAGE.count("```py\n") == 5  # and the lines that resume the loop


# The libraries warn of each other's releases.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("section", [section for section, found in LISTINGS.items() if found])
def test_listing_leaves_the_checkpoints_shown(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((listing, shown),) = LISTINGS[section]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "torch")

    exec(compile(listing, section, "exec"), {"__name__": section})  # noqa: S102 - a listing of this repository

    found = sorted(
        f"{path.relative_to(tmp_path)}{'/' * path.is_dir()}" for path in tmp_path.glob("outputs/*/checkpoints/*")
    )
    assert [STAMP.sub("", path) for path in found] == [STAMP.sub("", path) for path in shown.split()]
