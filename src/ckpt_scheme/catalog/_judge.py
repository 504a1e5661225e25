"""`decode` judges one name: its status, its readings, its canonical name. No other module decides these.

`judged` does the same for given readings, and `violation` returns the fault of a path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import attrs

from ckpt_scheme import _grammar
from ckpt_scheme.catalog._model import Status
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.errors import NameSyntaxError, SchemeError
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.legacy import CANONICAL, Reading, Registry, upgrade
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._reading import of_framework, only, usual


@final
@attrs.frozen
class Decoded:
    """The judgement of one name.

    Attributes:
        text: The name, with the folder before it if a format reads both together.
        status: See `Status`.
        readings: Its readings; if its framework is known, the readings by that framework.
        reading: The one certain reading, or None.
        canonical_name: Its canonical name; None if the name is canonical already, or no canonical name exists.
        error: The reason why no canonical name exists; for an unknown or ambiguous name, its fault.
    """

    text: str
    status: Status
    readings: tuple[Reading, ...] = ()
    reading: Reading | None = None
    canonical_name: str | None = None
    error: SchemeError | None = None


def decode(name: str, parent: str, registry: Registry) -> Decoded:
    """Return the judgement of the *name* of an entry of the folder *parent*.

    Some formats hold a ``/``: Lightning makes a folder of the part of a metric's name before its ``/``, and the shards
    of some checkpoints are known by their folder. So a name without a canonical name is also read together with
    *parent*, and this counts if it gives other readings.
    """
    alone = judged(name, registry.readings(name))
    if alone.error is None or not is_informative(parent):
        return alone
    text = f"{parent}/{name}"
    whole = registry.readings(text)
    return judged(text, whole) if _formats(whole) - _formats(alone.readings) else alone


def is_informative(parent: str) -> bool:
    """Return whether the name of the folder *parent* may be a part of the names in it."""
    return parent not in ("", _grammar.CHECKPOINTS)


def _formats(readings: tuple[Reading, ...]) -> set[tuple[str, str, int | None, int | None]]:
    # One format may read a name with and without the folder, and find an epoch or a step only with it.
    return {(reading.framework, reading.format, reading.epoch, reading.step) for reading in readings}


def judged(text: str, readings: tuple[Reading, ...], *, is_writer_known: bool = False) -> Decoded:
    """Return the judgement of *text*.

    Args:
        text: The name.
        readings: All readings of the name, or those of its framework.
        is_writer_known: Whether other evidence than the name decides its framework.
    """
    if not readings:
        error = refusal(CheckpointName.parse, text)
        return Decoded(text, "unknown", canonical_name=None if error is None else error.suggestion, error=error)
    reading = only(readings, is_writer_known=is_writer_known)
    if reading is None:
        return Decoded(text, "ambiguous", readings, None, _common_name(usual(readings)), ambiguous(text, readings))
    status: Status = "canonical" if reading.framework == CANONICAL else "legacy"
    return Decoded(text, status, readings, reading, *upgraded(reading))


def read_by(framework: str, decoded: Decoded) -> Decoded:
    """Return the judgement of a name that *framework* wrote."""
    left = of_framework(decoded.readings, framework)
    return judged(decoded.text, left, is_writer_known=True)


def _common_name(readings: tuple[Reading, ...]) -> str | None:
    """Return the canonical name that all *readings* have in common, or None."""
    name, _ = upgraded(readings[0])
    if name is not None and all(upgraded(other)[0] == name for other in readings[1:]):
        return name
    return None


def upgraded(reading: Reading) -> tuple[str | None, SchemeError | None]:
    """Return the canonical name of a reading, or the reason why none exists; neither for a canonical name."""
    if reading.framework == CANONICAL:
        return None, None
    try:
        return upgrade(reading).format(), None
    except SchemeError as error:
        return None, error


def refusal(parse: Callable[[str], object], text: str) -> SchemeError | None:
    """Return the error with which *parse* refuses *text*, or None."""
    try:
        parse(text)
    except SchemeError as error:
        return error
    return None


def violation(path: str, location: str | None, registry: Registry) -> SchemeError | None:
    """Return the fault of a checkpoint's path, or None if the path conforms.

    Args:
        path: The path, as the user gave it.
        location: The absolute path, because *path* may begin inside the run. None for a name without a folder.
        registry: The formats to find a better name with.
    """
    directory, _, name = path.rpartition("/")
    error = refusal(CheckpointName.parse, name)
    if error is not None:
        suggestion = error.suggestion or decode(name, directory.rpartition("/")[2], registry).canonical_name
        return NameSyntaxError(error.kind, name, error.expected, error.position, error.requirement, suggestion)
    if location is None or CheckpointPath.is_valid(location):
        return None
    return refusal(CheckpointPath.parse, path)
