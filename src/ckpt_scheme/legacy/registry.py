"""`Registry`: a set of formats, and all that they say of a name."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any, Final, TypeAlias, final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme.errors import AmbiguousNameError, UnknownFormatError
from ckpt_scheme.legacy.formats import LegacyFormat
from ckpt_scheme.legacy.record import LegacyName, canonical_reading


def _as_tuple(formats: Iterable[LegacyFormat]) -> tuple[LegacyFormat, ...]:
    return tuple(formats)


# A node of a trie: the next node by the next character and, by _BITS, a bit for each format whose affix ends here or
# before. It is a plain dictionary, which Python looks things up in faster than in any other.
_Node: TypeAlias = dict[str, Any]
_BITS: Final = "bits"


def _trie(affixes: Iterable[str]) -> _Node:
    """Return the trie of *affixes*, which are shapes; the n-th has the n-th bit."""
    root: _Node = {_BITS: 0}
    # Shorter ones first, so that all bits before a new node are known.
    for place, affix in sorted(enumerate(affixes), key=lambda item: len(item[1])):
        node = root
        for char in affix:
            node = node[char] if char in node else _grow(node, char)
        node[_BITS] |= 1 << place
    return root


def _grow(node: _Node, char: str) -> _Node:
    following: _Node = {_BITS: node[_BITS]}
    node[char] = following
    if char == "0":  # stands for a run of digits: a name is walked as it is, for making its shape takes longer
        for digit in string.digits:
            node[digit] = following[digit] = following
    return following


def _walk(node: _Node, text: Iterable[str]) -> int:
    """Return the bits of the formats whose affix is how the shape of *text* begins."""
    try:
        for char in text:
            node = node[char]
    except KeyError:  # costs less than to ask each node
        pass
    bits: int = node[_BITS]
    return bits


@final
class _Index:
    """Finds the few formats that may read a name, in a time that does not grow with their number.

    What it leaves out cannot read the name: the name begins or ends unlike all names of that format, or is longer.
    """

    __slots__ = ("_formats", "_heads", "_longest", "_tails")

    def __init__(self, formats: tuple[LegacyFormat, ...]) -> None:
        self._formats = formats
        self._longest = max((declared._template.longest for declared in formats), default=0)
        self._heads = _trie(declared._template.head for declared in formats)
        self._tails = _trie(declared._template.tail[::-1] for declared in formats)

    def __reduce__(self) -> tuple[type[_Index], tuple[tuple[LegacyFormat, ...]]]:
        return _Index, (self._formats,)  # built again, which is less than a trie to pickle

    def candidates(self, name: str) -> list[LegacyFormat]:
        """Return the formats that may read *name*, in their order."""
        if len(name) > self._longest:
            return []
        bits = _walk(self._heads, name) & _walk(self._tails, reversed(name))
        found: list[LegacyFormat] = []
        while bits:
            found.append(self._formats[(bits & -bits).bit_length() - 1])
            bits &= bits - 1
        return found


@final
@attrs.frozen
class Registry:
    """The formats that names are read in.

    Args:
        formats: The formats; the order is the order of a name's readings.
    """

    formats: tuple[LegacyFormat, ...] = attrs.field(converter=_as_tuple)
    _index: _Index | None = attrs.field(init=False, default=None, eq=False, repr=False)

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
            return (canonical_reading(canonical, name),)
        found: list[LegacyName] = []
        for declared in (self._index or self._indexed()).candidates(name):
            reading = declared.read(name)
            if reading is not None:
                found.append(reading)
        return tuple(found)

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

    def _indexed(self) -> _Index:
        index = _Index(self.formats)
        object.__setattr__(self, "_index", index)  # made for the first name that needs it
        return index
