"""A module whose engine is not installed names the extra that brings it."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.mark.parametrize(("module", "engine", "extra"), [("polars", "polars", "polars"), ("arrow", "pyarrow", "arrow")])
def test_missing_engine_is_an_import_error_that_names_the_extra(
    module: str, engine: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"ckpt_scheme.{module}", raising=False)
    monkeypatch.setitem(sys.modules, engine, None)

    with pytest.raises(ImportError) as missing:
        importlib.import_module(f"ckpt_scheme.{module}")

    assert f"pip install 'ckpt-scheme[{extra}]'" in str(missing.value)
    assert missing.value.name == engine
