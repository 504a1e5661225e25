"""What a name says, whoever wrote it, and what it would be called in the scheme."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import attrs

import ckpt_scheme
from ckpt_scheme import _grammar
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.errors import NameSyntaxError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Reading, Registry

Status: TypeAlias = Literal["canonical", "legacy", "ambiguous", "unknown"]


@final
@attrs.frozen
class Decoded:
    """What a name says.

    Attributes:
        text: The name, with the directory that it is in where that belongs to it.
        status: What kind of name it is.
        readings: Every reading of it, or those that are left once it is known who wrote it.
        reading: The one reading that is certain, or None.
        canonical_name: What it would be called; None if it is called that already or nobody can tell.
        error: Why it has no canonical name or, if it is unknown or ambiguous, what is wrong with it.
    """

    text: str
    status: Status
    readings: tuple[Reading, ...] = ()
    reading: Reading | None = None
    canonical_name: str | None = None
    error: SchemeError | None = None


def decode(name: str, parent: str, registry: Registry) -> Decoded:
    """Return what the *name* of an entry of the directory *parent* says.

    Some formats hold a ``/``: that of a metric's name made a directory of what stood before it, and the parts of some
    checkpoints say little without the directory that they are in. So a name that does not say enough for a canonical
    one is read together with *parent*, which counts if it then says more.
    """
    alone = judged(name, registry.readings(name))
    if alone.error is None or parent.rpartition("/")[2] in ("", _grammar.CHECKPOINTS):
        return alone
    text = f"{parent}/{name}"
    whole = registry.readings(text)
    return judged(text, whole) if _formats(whole) - _formats(alone.readings) else alone


def _formats(readings: tuple[Reading, ...]) -> set[tuple[str, str, int | None, int | None]]:
    # One format may read a name with and without the directory, and more of it with.
    return {(reading.framework, reading.format, reading.epoch, reading.step) for reading in readings}


def judged(text: str, readings: tuple[Reading, ...], *, is_writer_known: bool = False) -> Decoded:
    """Return what *text* says, which has these readings.

    Args:
        text: The name.
        readings: All readings of the name, or those of its framework.
        is_writer_known: Whether something besides the name says which framework wrote it.
    """
    from ckpt_scheme.legacy._ambiguity import ambiguous  # noqa: PLC0415 - loaded on first use, with the formats
    from ckpt_scheme.legacy._reading import only, usual  # noqa: PLC0415 - as above

    if not readings:
        error = refusal(CheckpointName.parse, text)
        return Decoded(text, "unknown", canonical_name=None if error is None else error.suggestion, error=error)
    reading = only(readings, is_writer_known=is_writer_known)
    if reading is None:
        return Decoded(text, "ambiguous", readings, None, _common_name(usual(readings)), ambiguous(text, readings))
    status: Status = "canonical" if reading.framework == ckpt_scheme.legacy.CANONICAL else "legacy"
    return Decoded(text, status, readings, reading, *upgraded(reading))


def told(decoded: Decoded, framework: str) -> Decoded:
    """Return what a name says that *framework* wrote."""
    from ckpt_scheme.legacy._reading import of_framework  # noqa: PLC0415 - loaded on first use, with the formats

    left = of_framework(decoded.readings, framework)
    return judged(decoded.text, left, is_writer_known=True)


def _common_name(readings: tuple[Reading, ...]) -> str | None:
    """Return what a name would be called whoever wrote it, or None if it depends on that or nobody can tell."""
    name, _ = upgraded(readings[0])
    if name is not None and all(upgraded(other)[0] == name for other in readings[1:]):
        return name
    return None


def upgraded(reading: Reading) -> tuple[str | None, SchemeError | None]:
    """Return what a reading would be called, or why it cannot be; neither for what is called that already."""
    if reading.framework == ckpt_scheme.legacy.CANONICAL:
        return None, None
    try:
        return ckpt_scheme.legacy.upgrade(reading).format(), None
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
    """Return what is wrong with a checkpoint's path, or None if it conforms.

    Args:
        path: The path, as the user knows it.
        location: The same, absolute: *path* may begin below the run's directory. None for a name without a directory.
        registry: The formats that a better name is looked for in.
    """
    directory, _, name = path.rpartition("/")
    error = refusal(CheckpointName.parse, name)
    if error is not None:
        suggestion = error.suggestion or decode(name, directory.rpartition("/")[2], registry).canonical_name
        return NameSyntaxError(error.kind, name, error.expected, error.position, error.requirement, suggestion)
    if location is None or ckpt_scheme.CheckpointPath.is_valid(location):
        return None
    return refusal(ckpt_scheme.CheckpointPath.parse, path)
