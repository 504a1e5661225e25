"""`names_of`: the whole checkpoints among given names, with the readings that the names beside them leave."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.legacy._completeness import not_whole
from ckpt_scheme.legacy._identify import identify_readings
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, TIMELESS, Reading, of_framework
from ckpt_scheme.legacy._registry import Registry

MEASURES: Final = ("epoch", "step", "timestamp", "save_index", "consumed_samples", "tokens", "kimg")
"""The counters that a name may state, in the order in which they are compared (CKS-081)."""

# The look-ahead keeps an extension of weights from matching the start of a longer extension.
_WEIGHTS: Final = re.compile(
    r"\.(?:caffemodel|ckpt|distcp|gguf|h5|hdf5|keras|msgpack|nemo|npz|onnx|params|pdparams|pkl|pth?|pyth|safetensors"
    r"|tflite|th|torch|weights|bin)(?![0-9A-Za-z])",
    re.IGNORECASE,
).search
_NUMBERED: Final = re.compile(
    r"(?:epoch|step|iter|iteration|checkpoint|ckpt)s?[-_=.]?[0-9]|[0-9][-_]?(?:epoch|step|iter)", re.IGNORECASE
).search

Count: TypeAlias = float | datetime
"""The value of a counter."""

Item: TypeAlias = str | os.PathLike[str] | CheckpointName
"""A name to choose from."""


@final
@attrs.frozen
class Entry:
    """One of the names, with the readings that the names beside it leave."""

    place: int
    text: str
    readings: tuple[Reading, ...]

    def whole(self) -> Iterator[Reading]:
        """Yield the readings that are a whole checkpoint."""
        return (reading for reading in self.readings if reading.kind in CHECKPOINT_KINDS)

    def moments(self) -> Iterator[tuple[Reading, dict[str, Count]]]:
        """Yield the readings with a counter, and their counters."""
        for reading in self.whole():
            counts = {} if reading.kind in TIMELESS else _counts(reading)
            if counts:
                yield reading, counts

    @property
    def is_numbered(self) -> bool:
        """Whether a reading has a counter."""
        return any(self.moments())


@final
@attrs.frozen
class Names:
    """The whole checkpoints among given names, and the names that the caller must warn about.

    Attributes:
        entries: The whole checkpoints.
        passed_over: The texts of the checkpoints that other names show not to be whole.
        unread: The texts that look like checkpoints and have no reading that counts.
    """

    entries: list[Entry]
    passed_over: tuple[str, ...]
    unread: tuple[str, ...]


def text_of(item: Item) -> str:
    """Return the text of an item to choose from."""
    return item.format() if isinstance(item, CheckpointName) else _coerce.path_text("checkpoint name", item)


def names_of(items: Sequence[Item], registry: Registry, framework: str | None) -> Names:
    """Return the checkpoints among *items*.

    Each has its readings by *framework* or, without a framework, the readings that the names in its directory leave.
    """
    given = [(text, registry.readings(text)) for text in map(text_of, items)]
    if framework is not None:
        given = [(text, of_framework(readings, framework)) for text, readings in given]
    elif any(any(map(_is_of_known_writer, readings)) for _, readings in given):
        given = [(text, tuple(filter(_is_no_fallback, readings))) for text, readings in given]
    entries = _outermost([Entry(place, text, readings) for place, (text, readings) in enumerate(given)])
    if framework is None and len({directory_of(registry, entry) for entry in entries}) == 1:
        known = identify_readings(registry.readings, given, registry.tally())
        entries = _outermost([attrs.evolve(entry, readings=known.choose(entry.readings)) for entry in entries])
        entries = _of_common_writers(entries)
    partial = not_whole(registry.format_of, given, ((entry.text, entry.readings) for entry in entries))
    return Names(
        entries=[entry for entry in entries if entry.text.rstrip("/") not in partial],
        passed_over=tuple(entry.text for entry in entries if entry.text.rstrip("/") in partial),
        unread=tuple(text for text, readings in given if not readings and looks_like_checkpoint(text)),
    )


def _of_common_writers(entries: list[Entry]) -> list[Entry]:
    """Return *entries* with the readings of the frameworks that read all of them, if any framework does (CKS-154)."""
    readers = [{reading.framework for reading in entry.readings} for entry in entries]
    common = set[str]().union(*readers).intersection(*(found for found in readers if CANONICAL not in found))
    if not common - {CANONICAL}:
        return entries
    common.add(CANONICAL)
    return [
        attrs.evolve(entry, readings=tuple(reading for reading in entry.readings if reading.framework in common))
        for entry in entries
    ]


def _is_no_fallback(reading: Reading) -> bool:
    return reading.prior != "fallback"


def _is_of_known_writer(reading: Reading) -> bool:
    return reading.kind in CHECKPOINT_KINDS and _is_no_fallback(reading)


def directory_of(registry: Registry, entry: Entry) -> str:
    """Return the directory of an entry, whose name itself may hold a ``/``."""
    path = entry.text.rstrip("/")
    if "/" not in path:
        return ""
    stated = {(reading.framework, reading.format, reading.epoch, reading.step) for reading in entry.readings}
    parts = path.split("/")
    for place in range(len(parts) - 1, 0, -1):
        alone = registry.readings("/".join(parts[place:]))
        if stated <= {(reading.framework, reading.format, reading.epoch, reading.step) for reading in alone}:
            return "/".join(parts[:place])
    return ""


def looks_like_checkpoint(text: str) -> bool:
    """Return whether a name has an extension of weights, or a number beside a word for a moment of training."""
    name = text.rstrip("/").rpartition("/")[2]
    return _WEIGHTS(name) is not None or _NUMBERED(name) is not None


def _outermost(given: list[Entry]) -> list[Entry]:
    """Return the checkpoints among *given*, without those inside the directory of another."""
    entries = [entry for entry in given if any(entry.whole())]
    paths = {entry.text.rstrip("/") for entry in entries}
    lengths = set(map(len, paths))
    return [
        entry
        for entry in entries
        if not any(
            char == "/" and place in lengths and entry.text[:place] in paths
            for place, char in enumerate(entry.text.rstrip("/"))
        )
    ]


def _step(reading: Reading) -> float | None:
    if reading.extras.get("step_scope") == "in_epoch":
        return None  # the steps begin anew in each epoch, so they do not compare without it
    fraction: float | None = reading.extras.get("step_float")
    return reading.step if fraction is None else fraction


def _counts(reading: Reading) -> dict[str, Count]:
    found: dict[str, Count | None] = {
        "epoch": reading.epoch,
        "step": _step(reading),
        "completed_epochs": reading.completed_epochs,
        "completed_steps": reading.completed_steps,
        "timestamp": reading.timestamp,
    }
    numbers = {name: reading.extras.get(name) for name in MEASURES if name not in found}
    found.update({name: value for name, value in numbers.items() if isinstance(value, (int, float))})
    return {name: count for name, count in found.items() if count is not None}
