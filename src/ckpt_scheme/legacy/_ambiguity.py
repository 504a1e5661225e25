"""The error for a name whose readings are not certain."""

from __future__ import annotations

from ckpt_scheme.errors import AmbiguousNameError
from ckpt_scheme.legacy._reading import Reading, usual


def ambiguous(name: str, found: tuple[Reading, ...]) -> AmbiguousNameError:
    """Return the error for *name*, among whose readings *found* none is certain (CKS-085, CKS-143)."""
    left = usual(found)
    if len(left) == 1:
        expected, requirement = "a name that other programs do not write", "CKS-143"
    else:
        expected, requirement = "a name that one format reads", "CKS-085"
    return AmbiguousNameError("checkpoint name", name, expected, 0, requirement, None, found, _deciders(left))


def _deciders(left: tuple[Reading, ...]) -> tuple[str, ...]:
    entries = {reading.entry for reading in left}
    deciders: list[str] = ["entry"] if {"file", "directory"} <= entries else []
    if len(left) == 1 or len({reading.framework for reading in left}) > 1:
        deciders += ["framework", "siblings"]
    return tuple(deciders)
