"""`Index`: finds the few templates that `Registry` must match with a name, among thousands and in little time.

A *shape* is a text with one ``0`` for each run of digits, such as ``epoch=0-step=0.ckpt``. A *spelling* is a format
with one of its templates. Its *key* is the first character and the extension of the shapes of its names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias, final, get_args

from ckpt_scheme.legacy._field_types import FieldType, shape
from ckpt_scheme.legacy._format import Format, completed
from ckpt_scheme.legacy._reading import Prior
from ckpt_scheme.legacy._template import Template, slashes, split

Spelling: TypeAlias = tuple[Format, Template]
Key: TypeAlias = tuple[str, str]
"""The first character and the extension of names; an empty text stands for any."""

_PRIORS: Final[tuple[Prior, ...]] = get_args(Prior)

# The greatest number of groups in the cache, and the length of their longest name: a directory has few groups.
_MANY: Final = 10_000
_LONG: Final = 1_000


class Spellings(Protocol):
    """The spellings of some formats."""

    @property
    def depth(self) -> int:
        """The number of parts of the longest path that any format reads."""
        ...

    def fitting(self, common: str) -> Iterable[Spelling]:
        """Return the spellings that may read names of the shape *common*, in any order."""
        ...


@final
class Index:
    """Finds the few spellings that may read a name, ordered by prior, then from the most to the least specific.

    Names of one shape and length have the same spellings, so a directory of a million steps needs few look-ups.
    """

    __slots__ = ("_found", "_spellings")

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._found: dict[tuple[str, int, bool], Sequence[Spelling]] = {}

    @property
    def depth(self) -> int:
        """The number of parts of the longest path that any format reads."""
        return self._spellings.depth

    def candidates(self, name: str, is_directory: bool) -> Sequence[Spelling]:  # noqa: FBT001 - a keyword costs time
        """Return the spellings that may read *name*, in their order; without those of files if it is a directory."""
        group = shape(name), len(name), is_directory
        found = self._found.get(group)
        return self._find(*group) if found is None else found

    def _find(self, common: str, length: int, is_directory: bool) -> Sequence[Spelling]:  # noqa: FBT001 - as the other
        found = [
            (declared, template)
            for declared, template in sorted(self._spellings.fitting(common), key=_order)
            if template.longest >= length and not (is_directory and declared.entry == "file")
        ]
        if length <= _LONG:
            if len(self._found) >= _MANY:
                self._found.clear()
            self._found[common, length, is_directory] = found
        return found


@final
class KeyedSpellings:
    """The spellings of given formats by their keys. A spelling is made when the first name with its key is read."""

    __slots__ = ("_declared", "_depth", "_formats", "_spellings")

    def __init__(self, formats: Iterable[Format]) -> None:
        self._formats = tuple(formats)
        self._declared: dict[Key, list[tuple[Format, str, str]]] = {}
        self._spellings: dict[Key, list[Spelling]] = {}
        self._depth = 0
        for declared in self._formats:
            for key, folder, extension in keyed(declared):
                self._declared.setdefault(key, []).append((declared, folder, extension))

    @property
    def depth(self) -> int:
        """The number of parts of the longest path that any format reads."""
        if not self._depth:
            self._depth = 1 + max(map(_slashes, self._formats), default=0)
        return self._depth

    def fitting(self, common: str) -> Iterator[Spelling]:
        """Yield the spellings that may read names of the shape *common*."""
        return (spelling for key in keys_of(common) for spelling in self._of(key) if spelling[1].fits(common))

    def _of(self, key: Key) -> Sequence[Spelling]:
        spellings = self._spellings.get(key)
        if spellings is None:
            declared = self._declared.get(key)
            if declared is None:
                return ()
            spellings = [(completed(one), one.spelled(folder, extension)) for one, folder, extension in declared]
            self._spellings[key] = spellings
        return spellings


def keys_of(common: str) -> Iterable[Key]:
    """Return the keys of the spellings that may read names of the shape *common*."""
    first, extension = common[:1], common[common.rfind(".") + 1 :]
    return dict.fromkeys(((first, extension), (first, ""), ("", extension), ("", "")))


def keyed(declared: Format) -> Iterator[tuple[Key, str, str]]:
    """Yield the key, the folder and the extension of each spelling of a format; the last two may be empty."""
    extensions = [(_extension(declared.template, text), text) for text in declared.extensions or ("",)]
    for folder in ("", *declared.folders):
        for extension, text in extensions:
            first = _first(folder or declared.template or text, declared.field_types)
            yield (first, extension), folder, text


def _order(spelling: Spelling) -> tuple[int, tuple[int, int], str, str]:
    declared, template = spelling
    return _PRIORS.index(declared.prior), template.rank, declared.framework, declared.format


def _first(text: str, types: Mapping[str, FieldType]) -> str:
    """Return the first character of the shapes of all texts of a template, or an empty text."""
    if text[:1] != "{" or text.startswith("{{"):
        return shape(text[:1])
    _, _, type_name = text[1 : text.index("}")].partition(":")
    field_type = types[type_name]
    return (field_type.shape or field_type.start)[:1]


def _extension(template: str, end: str) -> str:
    """Return the shape of the extension of all texts of a template with this *end*, or an empty text."""
    text = end if "." in end else template + end
    literal = split(text)[0][-1] if "{{" in text or "}}" in text else text.rpartition("}")[2]
    return shape(literal.rpartition(".")[2]) if "." in literal else ""


def _slashes(declared: Format) -> int:
    """Return the greatest number of ``/`` in a name of a format."""
    parts = (declared.folders, (declared.template,), declared.extensions)
    return sum(max((slashes(text, declared.field_types) for text in texts), default=0) for texts in parts)
