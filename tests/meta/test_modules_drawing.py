"""The drawing of the modules in the documentation shows the imports of the sources."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "modules.py"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of three modules, two of which import the first, and one the second as well."""
    (tmp_path / "legacy").mkdir()
    files = {
        "__init__.py": "",
        "__main__.py": "",
        "errors.py": "import os\n",
        "run_id.py": "from ckpt_scheme.errors import FieldError\n",
        "legacy/__init__.py": "from ckpt_scheme import run_id\nfrom ckpt_scheme.errors import FieldError\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_imports_are_those_of_the_sources(script: dict[str, Any], package: Path) -> None:
    graph = script["imports"](package)

    assert graph == {"errors": set(), "run_id": {"errors"}, "legacy": {"errors", "run_id"}}
    assert script["levels"](graph) == {"errors": 0, "run_id": 1, "legacy": 2}
    assert script["reduced"](graph) == {"errors": set(), "run_id": {"errors"}, "legacy": {"run_id"}}


def test_circle_of_imports_is_refused(script: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a circle of imports among \['a', 'b'\]"):
        script["levels"]({"a": {"b"}, "b": {"a"}, "c": set()})


def test_drawing_shows_each_module_of_the_package_once(script: dict[str, Any]) -> None:
    source = ROOT / "src" / "ckpt_scheme"

    drawing = ET.fromstring(script["drawing"](script["imports"](source)))  # noqa: S314 - our own text

    texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    modules = [path.stem for path in source.glob("*.py")] + [path.parent.name for path in source.glob("*/__init__.py")]
    assert sorted(map(str, texts)) == sorted(set(modules) - {"__init__", "__main__"})
