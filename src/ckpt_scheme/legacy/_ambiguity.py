"""The error for a name that several formats read."""

from __future__ import annotations

from ckpt_scheme.errors import AmbiguousNameError
from ckpt_scheme.legacy._reading import Reading


def ambiguous(name: str, found: tuple[Reading, ...]) -> AmbiguousNameError:
    """Return the error for *name*, whose readings *found* are several (CKS-085)."""
    expected = "a name that one format reads"
    return AmbiguousNameError("checkpoint name", name, expected, 0, "CKS-085", None, found, _deciders(found))


def _deciders(found: tuple[Reading, ...]) -> tuple[str, ...]:
    entries = {reading.entry for reading in found}
    deciders: list[str] = ["entry"] if {"file", "directory"} <= entries else []
    if len({reading.framework for reading in found}) > 1:
        deciders += ["framework", "siblings"]
    return tuple(deciders)
