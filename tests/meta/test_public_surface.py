"""The public surface is the reviewed one, and only underscores hide the rest."""

from __future__ import annotations

import importlib

import pytest

from public_surface import FILE, public_modules, surface


def test_surface_equals_the_reviewed_file() -> None:
    reviewed = FILE.read_text(encoding="utf-8")

    assert surface() == reviewed, "review the change, then run `python tests/support/public_surface.py`"


@pytest.mark.parametrize("name", public_modules())
def test_public_module_lists_its_names(name: str) -> None:
    module = importlib.import_module(name)

    names = module.__all__

    assert len(set(names)) == len(names)
    assert not [public for public in names if public.startswith("_") and public != "__version__"]
    assert [public for public in names if not hasattr(module, public)] == []
