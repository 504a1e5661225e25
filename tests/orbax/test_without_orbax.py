"""`ckpt_scheme.orbax` on a machine without Orbax, and the modules that it imports."""

from __future__ import annotations

import sys

import pytest

from ckpt_scheme.orbax import SchemeNameFormat
from loading import loaded_by


@pytest.mark.parametrize("missing", ["orbax", "orbax.checkpoint"])
def test_format_without_orbax_names_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # an import of it fails from now on

    with pytest.raises(ImportError, match=r"pip install 'ckpt-scheme\[orbax\]'") as caught:
        SchemeNameFormat(steps_per_epoch=4)

    assert caught.value.name == "orbax.checkpoint"


def test_import_loads_neither_orbax_nor_jax() -> None:
    loaded = loaded_by(["import ckpt_scheme.orbax"])

    assert {module.partition(".")[0] for module in loaded}.isdisjoint({"etils", "jax", "numpy", "orbax"})
