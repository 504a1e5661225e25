"""The public strategies draw values and texts of their kind, and Hypothesis finds them by type."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ckpt_scheme
from ckpt_scheme import legacy, strategies

VALUES = [
    "RunId",
    "RunArchive",
    "EpochCheckpoint",
    "BestCheckpoint",
    "LastCheckpoint",
    "RunDirectory",
    "CheckpointPath",
]
# Built once: a strategy costs more to build than to draw from.
TEXTS = {
    "run_id_texts": (strategies.run_id_texts(), ckpt_scheme.RunId),
    "run_archive_texts": (strategies.run_archive_texts(), ckpt_scheme.RunArchive),
    "checkpoint_texts": (strategies.checkpoint_texts(), ckpt_scheme.CheckpointName),
    "run_directory_texts": (strategies.run_directory_texts(), ckpt_scheme.RunDirectory),
    "path_texts": (strategies.path_texts(), ckpt_scheme.CheckpointPath),
}


@pytest.mark.parametrize("name", VALUES)
@given(st.data())
def test_from_type_draws_values_that_format_and_parse(name: str, data: st.DataObject) -> None:
    cls = getattr(ckpt_scheme, name)

    value = data.draw(st.from_type(cls))

    assert type(value) is cls
    assert cls.parse(str(value)) == value


@given(st.from_type(ckpt_scheme.CheckpointName), st.from_type(ckpt_scheme.Metric))
def test_from_type_draws_names_of_all_forms_and_metrics(name: ckpt_scheme.CheckpointName, metric: object) -> None:
    assert isinstance(name, ckpt_scheme.CheckpointName)
    assert isinstance(metric, ckpt_scheme.Metric)


@pytest.mark.parametrize(("drawn", "cls"), TEXTS.values(), ids=TEXTS)
@given(data=st.data())
def test_texts_of_the_grammar_are_valid(
    drawn: st.SearchStrategy[str], cls: type[ckpt_scheme.RunId], data: st.DataObject
) -> None:
    text = data.draw(drawn)

    assert cls.is_valid(text)


@given(strategies.legacy_texts())
def test_legacy_texts_have_a_reading(text: str) -> None:
    assert legacy.readings(text)


FIRST = ["import hypothesis", "import ckpt_scheme.strategies", "from ckpt_scheme import RunId"]


@pytest.mark.parametrize("first", FIRST)
def test_either_package_may_be_imported_first(first: str) -> None:
    lines = [
        first,
        "import ckpt_scheme",
        "from hypothesis import strategies as st",
        "print(type(st.from_type(ckpt_scheme.RunId).example()).__name__)",
    ]
    command = [sys.executable, "-W", "ignore", "-c", "\n".join(lines)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the program is above

    assert done.stdout == "RunId\n", done.stderr


def test_strategies_without_hypothesis_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ckpt_scheme.strategies")
    monkeypatch.setitem(sys.modules, "hypothesis", None)

    with pytest.raises(ImportError, match=r"ckpt-scheme\[testing\]"):
        importlib.import_module("ckpt_scheme.strategies")
