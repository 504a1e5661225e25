"""Compare a reading with a fact of the corpora in ``data/``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ckpt_scheme.legacy import CANONICAL, Reading, readings

# The extras of a fact that the name itself does not state.
_NOT_IN_NAME: Final = {
    "ambiguous_with",
    "bare_number",
    "doubled_keys",
    "epoch_base",
    "is_dir",
    "is_dir_or_file",
    "is_prefix",
    "may_be_symlink",
    "note",
    "path_form",
    "path_split",
    "timestamp",
}
_FIELDS: Final = ("architecture", "encoder", "version")


def wrong_in(reading: Reading, fact: Mapping[str, Any]) -> list[str]:
    """Return the fields of a reading that differ from a fact."""
    stated: dict[str, Any] = {
        "kind": reading.kind,
        "epoch": reading.epoch,
        "step": reading.step,
        "metrics": scores(reading.metrics),
    }
    expected = {**{key: fact[key] for key in ("kind", "epoch", "step")}, "metrics": scores(fact["metrics"])}
    extras = fact["extras"]
    for key in extras.keys() - _NOT_IN_NAME:
        expected[key] = extras[key]
        stated[key] = getattr(reading, key) if key in _FIELDS else reading.extras.get(key)
    if "epoch_base" in extras and reading.epoch_base is not None:
        expected["epoch_base"], stated["epoch_base"] = extras["epoch_base"], reading.epoch_base
    if "timestamp" in extras:
        # Each framework has its own spelling; all are digits, except for the name of one month.
        digits = "".join(re.findall("[0-9]", extras["timestamp"].replace("October-12-2023_02+15PM", "202310121415")))
        found = "" if reading.timestamp is None else f"{reading.timestamp:%Y%m%d%H%M%S%f}"
        expected["timestamp"], stated["timestamp"] = digits, found[: len(digits)]
    is_directory = extras.get("is_dir", False)
    wrong = [f"{key}: {stated[key]!r}, not {value!r}" for key, value in expected.items() if stated[key] != value]
    if reading.entry == ("file" if is_directory else "directory") and "is_dir_or_file" not in extras:
        wrong.append(f"entry: {reading.entry}")
    return wrong


def scores(metrics: Mapping[str, float | str]) -> dict[str, float | str]:
    """Return the metrics in a form in which nan is equal to nan."""
    values = {key: float(value) for key, value in metrics.items()}
    return {key: "nan" if math.isnan(value) else value for key, value in values.items()}


def wrong_only_readings(facts: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Reading]]:
    """Return each fact whose name has one reading only, of another framework and with another meaning."""
    found = [(fact, readings(fact["name"])) for fact in facts]
    foreign = [
        (fact, read[0])
        for fact, read in found
        if len(read) == 1 and read[0].framework not in (fact["framework"], CANONICAL)
    ]
    return [
        (fact, reading)
        for fact, reading in foreign
        if (reading.kind, reading.epoch, reading.step) != (fact["kind"], fact["epoch"], fact["step"])
    ]
