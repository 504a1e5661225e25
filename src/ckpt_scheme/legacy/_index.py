"""`Index`: finds the few templates that may read a name, in a time that does not grow with their number."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias, final

from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._template import MARKS, Template

Spelling: TypeAlias = tuple[Format, Template]
"""A format, and one of its templates."""

# A node of a trie: the next node by the next character and, by _BITS, a bit for each spelling whose affix ends here or
# before. It is a plain dictionary, which Python looks things up in faster than in any other.
_Node: TypeAlias = dict[str, Any]
_BITS: Final = "bits"

# How many sets of spellings are kept, once they are made of their bits: more than the names of any directory need.
_MANY: Final = 10_000


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
    """Return the bits of the spellings whose affix is how the shape of *text* begins."""
    try:
        for char in text:
            node = node[char]
    except KeyError:  # costs less than to ask each node
        pass
    bits: int = node[_BITS]
    return bits


@final
class Index:
    """Finds the few spellings that may read a name, the most specific first.

    What it leaves out cannot read the name: the name begins or ends unlike all names of that spelling, or is longer.

    Attributes:
        depth: How many parts the longest path has that any format reads.
    """

    __slots__ = ("_formats", "_found", "_heads", "_longest", "_spellings", "_tails", "_unmarked", "depth")

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self._formats = formats
        spellings = [(declared, template) for declared in formats for template in declared.templates]
        self._spellings = sorted(spellings, key=lambda spelling: spelling[1].rank)
        self._longest = max((template.longest for _, template in spellings), default=0)
        self.depth = max((template.depth for _, template in spellings), default=1)
        # For each mark, the bits of the spellings whose names may do without it.
        self._unmarked = [
            (mark, sum(1 << place for place, (_, template) in enumerate(self._spellings) if mark not in template.holds))
            for mark in MARKS
        ]
        self._found: dict[int, Sequence[Spelling]] = {}
        self._heads = _trie(template.head for _, template in self._spellings)
        self._tails = _trie(template.tail[::-1] for _, template in self._spellings)

    def __reduce__(self) -> tuple[type[Index], tuple[tuple[Format, ...]]]:
        return Index, (self._formats,)  # built again, which is less than a trie to pickle

    def candidates(self, name: str) -> Sequence[Spelling]:
        """Return the spellings that may read *name*, in their order."""
        if len(name) > self._longest:
            return ()
        bits = _walk(self._heads, name) & _walk(self._tails, reversed(name))
        for mark, unmarked in self._unmarked:
            if mark not in name:
                bits &= unmarked
        found = self._found.get(bits)
        return self._unpack(bits) if found is None else found

    def _unpack(self, bits: int) -> Sequence[Spelling]:
        found = [self._spellings[place] for place in range(bits.bit_length()) if bits >> place & 1]
        if len(self._found) < _MANY:
            self._found[bits] = found
        return found
