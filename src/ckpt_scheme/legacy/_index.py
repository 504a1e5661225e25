"""`Index`: finds the few templates that may read a name, in a time that hardly grows with their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, final, get_args

from ckpt_scheme.legacy._field_types import FieldType, shape
from ckpt_scheme.legacy._format import Format, completed
from ckpt_scheme.legacy._reading import Prior
from ckpt_scheme.legacy._template import Template, slashes, split

Spelling: TypeAlias = tuple[Format, Template]
"""A format, and one of its templates."""

_Key: TypeAlias = tuple[str, str]

_PRIORS: Final[tuple[Prior, ...]] = get_args(Prior)

# The number of shapes that are remembered, and the longest of them: the names of a directory have few shapes.
_MANY: Final = 10_000
_LONG: Final = 1_000


@final
class Index:
    """Finds the few spellings that may read a name, by prior, and of one prior the most specific first.

    Names of one shape have the same spellings, so a directory of a million steps is looked up once. The first name of a
    shape meets the spellings of its key: the character with which their names begin and the extension in which they
    end, either of which is empty where any will do. A spelling is made ready when a name first has its key.
    """

    __slots__ = ("_declared", "_depth", "_formats", "_found", "_spellings")

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self._formats = formats
        self._declared: dict[_Key, list[tuple[Format, str, str]]] = {}
        self._spellings: dict[_Key, list[Spelling]] = {}
        self._found: dict[str, tuple[int, Sequence[Spelling]]] = {}
        self._depth = 0

    def __reduce__(self) -> tuple[type[Index], tuple[tuple[Format, ...]]]:
        return Index, (self._formats,)

    @property
    def depth(self) -> int:
        """The number of parts of the longest path that any format reads."""
        if not self._depth:
            self._depth = 1 + max(map(_slashes, self._formats), default=0)
        return self._depth

    def candidates(self, name: str) -> Sequence[Spelling]:
        """Return the spellings that may read *name*, in their order."""
        common = shape(name)
        longest, found = self._found.get(common) or self._find(common)
        return found if len(name) <= longest else ()

    def _find(self, common: str) -> tuple[int, Sequence[Spelling]]:
        """Return the spellings that may read names of the shape *common*, and the greatest length of such a name."""
        first, extension = common[:1], common[common.rfind(".") + 1 :]
        keys = {(first, extension), (first, ""), ("", extension), ("", "")}
        fitting = [spelling for key in keys for spelling in self._of(key) if spelling[1].fits(common)]
        fitting.sort(key=_order)
        found = max((template.longest for _, template in fitting), default=0), fitting
        if len(common) <= _LONG:
            if len(self._found) >= _MANY:
                self._found.clear()
            self._found[common] = found
        return found

    def _declare(self) -> None:
        """Sort the spellings of all formats by their keys, for the first name."""
        for declared in self._formats:
            extensions = [(_extension(declared.template, text), text) for text in declared.extensions or ("",)]
            for folder in ("", *declared.folders):
                for extension, text in extensions:
                    first = _first(folder or declared.template or text, declared.field_types)
                    self._declared.setdefault((first, extension), []).append((declared, folder, text))

    def _of(self, key: _Key) -> Sequence[Spelling]:
        spellings = self._spellings.get(key)
        if spellings is None:
            if not self._declared:
                self._declare()
            declared = self._declared.get(key)
            if declared is None:
                return ()
            spellings = [(completed(one), one.spelled(folder, extension)) for one, folder, extension in declared]
            self._spellings[key] = spellings
        return spellings


def _order(spelling: Spelling) -> tuple[int, tuple[int, int], str, str]:
    declared, template = spelling
    return _PRIORS.index(declared.prior), template.rank, declared.framework, declared.format


def _first(text: str, types: Mapping[str, FieldType]) -> str:
    """Return the character with which the shapes of all texts of a template begin, or nothing."""
    if text[:1] != "{" or text.startswith("{{"):
        return shape(text[:1])
    _, _, type_name = text[1 : text.index("}")].partition(":")
    field_type = types[type_name]
    return (field_type.shape or field_type.start)[:1]


def _extension(template: str, end: str) -> str:
    """Return the shape of the extension in which all texts of a template with this *end* finish, or nothing."""
    text = end if "." in end else template + end
    literal = split(text)[0][-1] if "{{" in text or "}}" in text else text.rpartition("}")[2]
    return shape(literal.rpartition(".")[2]) if "." in literal else ""


def _slashes(declared: Format) -> int:
    """Return the greatest number of ``/`` in a name of a format."""
    parts = (declared.folders, (declared.template,), declared.extensions)
    return sum(max((slashes(text, declared.field_types) for text in texts), default=0) for texts in parts)
