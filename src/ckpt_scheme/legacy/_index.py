"""`Index`: finds the few templates that may read a name, in a time that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, final

from ckpt_scheme.legacy._field_types import MARKS
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._template import Template, slashes, split

Spelling: TypeAlias = tuple[Format, Template]
"""A format, and one of its templates."""

# A node of a trie: the next node by the next character and, by _BITS, a bit for each spelling whose affix ends here or
# before. It is a plain dictionary, which Python looks things up in faster than in any other.
_Node: TypeAlias = dict[str, Any]
_BITS: Final = "bits"
_DIGITS: Final = frozenset("0123456789")

# The number of sets of spellings that are kept: more than the names of any directory need.
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
        for digit in _DIGITS:
            node[digit] = following[digit] = following
    return following


def _walk(node: _Node, text: Iterable[str]) -> int:
    """Return the bits of the spellings whose affix is the beginning of the shape of *text*."""
    try:
        for char in text:
            node = node[char]
    except KeyError:  # costs less than to ask each node
        pass
    bits: int = node[_BITS]
    return bits


@final
class _Group:
    """Spellings whose names begin with the same character, or with any."""

    __slots__ = ("_heads", "_longest", "_tails", "_unmarked", "spellings")

    def __init__(self, spellings: Sequence[Spelling]) -> None:
        self.spellings = spellings
        templates = [template for _, template in spellings]
        self._longest = max((template.longest for template in templates), default=0)
        self._heads = _trie(template.head for template in templates)
        self._tails = _trie(template.tail[::-1] for template in templates)
        # For each mark, the bits of the spellings whose names may do without it.
        self._unmarked = [
            (mark, sum(1 << place for place, template in enumerate(templates) if not template.marks >> number & 1))
            for number, mark in enumerate(MARKS)
        ]

    def find(self, name: str) -> int:
        """Return the bits of the spellings that may read *name*."""
        if len(name) > self._longest:
            return 0
        bits = _walk(self._heads, name)
        if bits:
            bits &= _walk(self._tails, reversed(name))
        if bits:
            for mark, unmarked in self._unmarked:
                if mark not in name:
                    bits &= unmarked
        return bits


@final
class Index:
    """Finds the few spellings that may read a name, the most specific first.

    A spelling that it leaves out cannot read the name: the name begins or ends unlike all names of that spelling, or is
    longer. The spellings are made ready in groups, when a name first needs a group: by the first character of their names
    or, where any character may stand first, by the extension.
    """

    __slots__ = ("_by_extension", "_by_first", "_depth", "_extensions", "_firsts", "_formats", "_found")

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self._formats = formats
        self._by_first: dict[str, list[Format]] = {}
        self._by_extension: dict[str, list[Format]] = {"": []}
        for declared in formats:
            firsts = {*_firsts(declared)}
            for first in firsts - {""}:
                self._by_first.setdefault(first, []).append(declared)
            if "" in firsts:
                for extension in {_extension(f"{declared.template}{text}") for text in declared.extensions or ("",)}:
                    self._by_extension.setdefault(extension, []).append(declared)
        self._firsts: dict[str, _Group] = {}
        self._extensions: dict[str, _Group] = {}
        self._found: dict[tuple[str, int, str, int], Sequence[Spelling]] = {}
        self._depth = 0

    def __reduce__(self) -> tuple[type[Index], tuple[tuple[Format, ...]]]:
        return Index, (self._formats,)  # made again, which is less than a trie to pickle

    @property
    def depth(self) -> int:
        """The number of parts of the longest path that any format reads."""
        if not self._depth:
            self._depth = 1 + max(map(_slashes, self._formats), default=0)
        return self._depth

    def candidates(self, name: str) -> Sequence[Spelling]:
        """Return the spellings that may read *name*, in their order."""
        first = name[:1]
        if first in _DIGITS:
            first = "0"
        extension = name[name.rfind(".") + 1 :]
        if extension not in self._by_extension:
            extension = ""
        bits = (self._firsts.get(first) or self._with_first(first)).find(name) if first in self._by_first else 0
        others = (self._extensions.get(extension) or self._with_extension(extension)).find(name)
        if not bits and not others:
            return ()
        key = first, bits, extension, others
        found = self._found.get(key)
        return self._unpack(key) if found is None else found

    def _with_first(self, first: str) -> _Group:
        """Return the group of the spellings whose names begin with this character, or with a digit for ``0``."""
        self._firsts[first] = group = _Group(
            [
                (declared, template)
                for declared in self._by_first[first]
                for template in declared.templates
                if template.head[:1] == first
            ]
        )
        return group

    def _with_extension(self, extension: str) -> _Group:
        """Return the group of the other spellings, whose names end in this extension or in none that is known."""
        self._extensions[extension] = group = _Group(
            [
                (declared, template)
                for key in {extension, ""}
                for declared in self._by_extension[key]
                for template in declared.templates
                if not template.head and _extension(template.text) == key
            ]
        )
        return group

    def _unpack(self, key: tuple[str, int, str, int]) -> Sequence[Spelling]:
        first, bits, extension, others = key
        spellings = _chosen(self._extensions[extension], others)
        if bits:
            spellings += _chosen(self._firsts[first], bits)
        spellings.sort(key=_order)
        if len(self._found) < _MANY:
            self._found[key] = spellings
        return spellings


def _chosen(group: _Group, bits: int) -> list[Spelling]:
    return [group.spellings[place] for place in range(bits.bit_length()) if bits >> place & 1]


def _order(spelling: Spelling) -> tuple[tuple[int, int], str, str]:
    declared, template = spelling
    return template.rank, declared.framework, declared.format


def _firsts(declared: Format) -> Iterator[str]:
    """Yield the first characters of the shapes of all names, or nothing for any character."""
    bodies = [declared.template] if declared.template else declared.extensions or [""]
    for text in (*bodies, *declared.folders):
        literals, fields = split(text)
        if literals[0]:
            yield "0" if text[0] in _DIGITS else literals[0][0]
        else:
            yield (declared.field_types[fields[0][1]].shape or "")[:1] if fields else ""


def _extension(template: str) -> str:
    """Return the extension in which all names of a template end, or nothing."""
    return template.rpartition("}")[2].rpartition(".")[2] if "." in template.rpartition("}")[2] else ""


def _slashes(declared: Format) -> int:
    """Return the greatest number of ``/`` in a name of a format."""
    parts = (declared.folders, (declared.template,), declared.extensions)
    return sum(max((slashes(text, declared.field_types) for text in texts), default=0) for texts in parts)
