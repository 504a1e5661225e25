"""`Registry`: a set of formats, and all that they say of a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme.errors import AmbiguousNameError, UnknownFormatError
from ckpt_scheme.legacy.formats import LegacyFormat
from ckpt_scheme.legacy.record import LegacyName, canonical_reading


def _as_tuple(formats: Iterable[LegacyFormat]) -> tuple[LegacyFormat, ...]:
    return tuple(formats)


@final
@attrs.frozen
class Registry:
    """The formats that names are read in.

    Args:
        formats: The formats; the order is the order of a name's readings.
    """

    formats: tuple[LegacyFormat, ...] = attrs.field(converter=_as_tuple)

    def readings(self, name: str) -> tuple[LegacyName, ...]:
        """Return every reading of *name*: its own if it is canonical, else one for each format that accepts it.

        Args:
            name: The last component of a checkpoint's path; for a format in which a metric's ``/`` split the name, the
                last two.

        Raises:
            UnknownFormatError: If *name* is no `str`.
        """
        try:
            name = str.__str__(name)  # a subclass, such as a str Enum, is read as the plain text that it is
        except TypeError:
            raise UnknownFormatError("checkpoint name", name, "a str", None, "CKS-061") from None
        canonical = checkpoint_name.read(name)
        if canonical is not None:
            return (canonical_reading(canonical),)
        found = (legacy.read(name) for legacy in self.formats)
        return tuple(reading for reading in found if reading is not None)

    def decode(self, name: str) -> LegacyName:
        """Return the only reading of *name* (CKS-061).

        Args:
            name: As for `readings`.

        Raises:
            UnknownFormatError: If no format accepts *name*.
            AmbiguousNameError: If several do; its `readings` are in the error.
        """
        found = self.readings(name)
        if len(found) == 1:
            return found[0]
        if not found:
            raise UnknownFormatError("checkpoint name", name, "a canonical name or a known legacy one", 0, "CKS-061")
        formats = ", ".join(f"{reading.framework}/{reading.format}" for reading in found)
        expected = f"a name that one format reads, not {len(found)} ({formats})"
        raise AmbiguousNameError("checkpoint name", name, expected, 0, "CKS-061", None, found)
