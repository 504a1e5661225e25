"""What is told of a name that several formats read."""

from __future__ import annotations

from ckpt_scheme.errors import AmbiguousNameError
from ckpt_scheme.legacy.record import LegacyName


def ambiguous(name: str, found: tuple[LegacyName, ...]) -> AmbiguousNameError:
    """Return the error for *name*, whose readings *found* are several."""
    formats = ", ".join(f"{reading.framework}/{reading.format}" for reading in found)
    expected = f"a name that one format reads, not {len(found)} ({formats})"
    return AmbiguousNameError("checkpoint name", name, expected, 0, "CKS-061", None, found)
