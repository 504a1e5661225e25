"""Compare a reading with a fact of the corpora in ``data/``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ckpt_scheme.legacy import CANONICAL, Reading, readings

# What is told about a name, and does not stand in it; the rest of a fact's extras does.
_TOLD: Final = {
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
    """What a reading says otherwise than a fact."""
    said: dict[str, Any] = {
        "kind": reading.kind,
        "epoch": reading.epoch,
        "step": reading.step,
        "metrics": scores(reading.metrics),
    }
    expected = {**{key: fact[key] for key in ("kind", "epoch", "step")}, "metrics": scores(fact["metrics"])}
    extras = fact["extras"]
    for key in extras.keys() - _TOLD:
        expected[key] = extras[key]
        said[key] = getattr(reading, key) if key in _FIELDS else reading.extras.get(key)
    if "epoch_base" in extras and reading.epoch_base is not None:
        expected["epoch_base"], said["epoch_base"] = extras["epoch_base"], reading.epoch_base
    if "timestamp" in extras:
        # Each framework spells it in its own way; a month by its name is the one thing that is not a number.
        digits = "".join(re.findall("[0-9]", extras["timestamp"].replace("October-12-2023_02+15PM", "202310121415")))
        found = "" if reading.timestamp is None else f"{reading.timestamp:%Y%m%d%H%M%S%f}"
        expected["timestamp"], said["timestamp"] = digits, found[: len(digits)]
    is_directory = extras.get("is_dir", False)
    wrong = [f"{key}: {said[key]!r}, not {value!r}" for key, value in expected.items() if said[key] != value]
    if reading.entry == ("file" if is_directory else "directory") and "is_dir_or_file" not in extras:
        wrong.append(f"entry: {reading.entry}")
    return wrong


def scores(metrics: Mapping[str, float | str]) -> dict[str, float | str]:
    """Metrics, so that nan is equal to nan."""
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
