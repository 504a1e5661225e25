"""`ckpt_scheme.hydra` on a machine without Hydra."""

from __future__ import annotations

import importlib
import sys

import pytest


def test_import_without_hydra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "omegaconf", None)  # an import of it fails from now on
    monkeypatch.delitem(sys.modules, "ckpt_scheme.hydra", raising=False)

    with pytest.raises(ImportError, match=r"pip install 'ckpt-scheme\[hydra\]'") as caught:
        importlib.import_module("ckpt_scheme.hydra")

    assert caught.value.name == "omegaconf"
