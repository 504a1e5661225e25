"""`PackageFormats`: the formats of the package. The file of a framework is read for the first name that it may read.

``format_index.json`` lists the formats that may read a name. ``python tests/support/format_index.py`` writes it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, final

from ckpt_scheme.legacy import _data
from ckpt_scheme.legacy._declarations import formats_of
from ckpt_scheme.legacy._format import Format, completed
from ckpt_scheme.legacy._format_set import FormatSet
from ckpt_scheme.legacy._index import Index, Spelling, keys_of
from ckpt_scheme.legacy._template import fits

Part: TypeAlias = Literal["others", "fallback"]
"""The other formats, or the fallback formats."""


@final
class PackageFormats(FormatSet):
    """The formats of the package."""

    def __init__(self) -> None:
        super().__init__(())
        self._read: dict[str, Mapping[str, Format]] = {}

    def __iter__(self) -> Iterator[Format]:
        """Yield the formats, in the order of their frameworks."""
        return (completed(declared) for framework in self.frameworks for declared in self._of(framework).values())

    def named(self, framework: str, format_id: str) -> Format:
        """Return the format of a framework of the package with an id."""
        return completed(self._of(framework)[format_id])

    def _of(self, framework: str) -> Mapping[str, Format]:
        found = self._read.get(framework)
        if found is None:
            declared = formats_of(_data.framework(framework)) if framework in self.frameworks else ()
            formats = {one.format: one for one in declared}
            # Another thread may have read them at the same time: all threads get the same objects.
            found = self._read.setdefault(framework, formats)
        return found

    @functools.cached_property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks, in the order of the index."""
        return tuple(_data.format_index()["frameworks"])

    def find(self, framework: str, format_id: str) -> Format | None:
        """Return the format of a framework with an id, or None."""
        declared = self._of(framework).get(format_id)
        return None if declared is None else completed(declared)

    def indexes(self) -> tuple[Index, Index]:
        """Return the index of the other formats, and the index of the fallback formats."""
        return Index(_RoutedSpellings(self, "others")), Index(_RoutedSpellings(self, "fallback"))


@final
class _RoutedSpellings:
    """The spellings of one *part* of the formats of the package."""

    def __init__(self, formats: PackageFormats, part: Part) -> None:
        self._formats = formats
        index = _data.format_index()[part]
        self.depth: int = index["depth"]
        # For templates whose names have one shape: ids as "framework/id", separated by blanks, by shape.
        self._closed: Mapping[str, str] = index["closed"]
        # For templates whose names have several shapes: head, tail, ids and needs, by key.
        self._open: Mapping[str, Sequence[Sequence[str]]] = index["open"]

    def fitting(self, common: str) -> Iterator[Spelling]:
        """Yield the spellings that may read names of the shape *common*."""
        found = set(self._closed.get(common, "").split())
        for key in keys_of(common):
            for head, tail, ids, *needs in self._open.get(".".join(key), ()):
                if fits(common, head, tail, needs):
                    found.update(ids.split())
        for one in found:
            declared = self._formats.named(*one.split("/"))
            yield from ((declared, template) for template in declared.templates if template.fits(common))
