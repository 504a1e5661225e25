"""`FormatSet`: the formats of a registry."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._format import Format, completed
from ckpt_scheme.legacy._index import Index, KeyedSpellings


class FormatSet:
    """Formats, and the indexes that find them by a name.

    Args:
        formats: The formats.

    Raises:
        FieldError: If one of *formats* is no `Format`.
    """

    def __init__(self, formats: Iterable[Format]) -> None:
        self._given = tuple(formats)
        for declared in self._given:
            if not isinstance(declared, Format):
                raise FieldError("formats", declared, "Formats", None, "CKS-061")

    def __iter__(self) -> Iterator[Format]:
        """Yield the formats."""
        return map(completed, self._given)

    @functools.cached_property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks of the formats, each once, in the order of the formats."""
        return tuple(dict.fromkeys(declared.framework for declared in self._given))

    def find(self, framework: str, format_id: str) -> Format | None:
        """Return the format of a framework with an id, or None."""
        return self._by_id.get((framework, format_id))

    def indexes(self) -> tuple[Index, Index]:
        """Return the index of the other formats, and the index of the fallback formats."""
        others = (declared for declared in self._given if declared.prior != "fallback")
        fallback = (declared for declared in self._given if declared.prior == "fallback")
        return Index(KeyedSpellings(others)), Index(KeyedSpellings(fallback))

    @functools.cached_property
    def _by_id(self) -> Mapping[tuple[str, str], Format]:
        return {(declared.framework, declared.format): declared for declared in self}
