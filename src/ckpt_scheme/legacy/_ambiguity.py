"""What is told of a name that several formats read."""

from __future__ import annotations

from typing import Final

from ckpt_scheme.errors import AmbiguousNameError
from ckpt_scheme.legacy._reading import Reading

_TOLD: Final = {
    "entry": "whether it is a directory (by a '/' at its end)",
    "framework": "its framework",
    "siblings": "the names beside it (by identify)",
}


def ambiguous(name: str, found: tuple[Reading, ...]) -> AmbiguousNameError:
    """Return the error for *name*, whose readings *found* are several (CKS-061)."""
    formats = ", ".join(f"{reading.framework}/{reading.format}" for reading in found)
    deciders = _deciders(found)
    wanted = [_TOLD[decider] for decider in deciders]
    told = f", or to be told {' or '.join(wanted)}" if wanted else ""
    expected = f"a name that one format reads, not {len(found)} ({formats}){told}"
    return AmbiguousNameError("checkpoint name", name, expected, 0, "CKS-061", None, found, deciders)


def _deciders(found: tuple[Reading, ...]) -> tuple[str, ...]:
    entries = {reading.entry for reading in found}
    deciders: list[str] = ["entry"] if {"file", "directory"} <= entries else []
    if len({reading.framework for reading in found}) > 1:
        deciders += ["framework", "siblings"]
    return tuple(deciders)
