"""`Template`: a `parse` template with typed fields, compiled to read many names."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import final

from ckpt_scheme.legacy._conversions import Reader
from ckpt_scheme.legacy._field_types import FieldType, join, shape


def split(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the literal texts of a template, and the name and the type of the field between each two of them."""
    if "{{" in text or "}}" in text:
        return _split_braces(text)
    first, *rest = text.split("{")
    literals = [first]
    fields: list[tuple[str, str]] = []
    for part in rest:
        field, _, literal = part.partition("}")
        name, _, type_name = field.partition(":")
        fields.append((name, type_name))
        literals.append(literal)
    return literals, fields


def slashes(text: str, types: Mapping[str, FieldType]) -> int:
    """Return the greatest number of ``/`` in a text of the template *text*."""
    literals, fields = split(text)
    return sum(literal.count("/") for literal in literals) + sum(types[type_name].slashes for _, type_name in fields)


def fits(common: str, head: str, tail: str | None, needs: Iterable[str]) -> bool:
    """Return whether *common* is one of the shapes of names with this `head`, `tail` and `needs` of a `Template`."""
    if tail is None:
        return common == head
    return common.startswith(head) and common.endswith(tail) and all(need in common for need in needs)


def _split_braces(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    from string import Formatter  # noqa: PLC0415 - few templates hold a literal brace, and this takes longer

    literals = [""]
    fields: list[tuple[str, str]] = []
    for literal, field, type_name, _ in Formatter().parse(text):
        literals[-1] += literal
        if field is not None:
            fields.append((field, type_name or ""))
            literals.append("")
    return literals, fields


@final
class Piece:
    """A template, or a part of one: the template of a format, one of its extensions or one of its folders.

    Attributes:
        text: The piece as it is declared.
        head: The text with which the shapes of all its texts begin.
        tail: The text with which they end; None if all texts have one shape, which the head holds.
        needs: Texts that the shapes of all its texts hold.
        literal: Number of literal characters.
        free: Number of fields of free text.
        longest: Upper bound of the length of a text.
    """

    __slots__ = ("free", "head", "literal", "longest", "needs", "tail", "text")

    def __init__(self, text: str, types: Mapping[str, FieldType]) -> None:
        literals, fields = split(text)
        self.text = text
        self.free = 0
        self.literal = self.longest = sum(map(len, literals))
        shapes = [shape(literal) for literal in literals]
        self.needs = tuple(shapes)
        head: str | None = None
        end = shapes[0]
        for (_, type_name), literal in zip(fields, shapes[1:], strict=True):
            field_type = types[type_name]
            self.free += field_type.free
            self.longest += field_type.longest
            self.needs += field_type.needs
            if field_type.shape is None:
                head = join(end, field_type.start) if head is None else head
                end = literal
            else:
                end = join(join(end, field_type.shape), literal)
        self.head = end if head is None else head
        self.tail = None if head is None else end


@functools.lru_cache(1000)
def _literal(text: str) -> Piece:
    return Piece(text, {})


def piece(text: str, types: Mapping[str, FieldType]) -> Piece:
    """Return the piece with this *text*, whose fields have the *types*."""
    return Piece(text, types) if "{" in text else _literal(text)  # many formats have the same extensions


@final
class Template:
    """A whole template, made of pieces.

    The library `parse` defines the meaning of a template, but takes several times as long. This class matches the same
    pattern; a property test compares the two.

    Attributes:
        text: The template.
        head: The text with which the shapes of all names begin.
        tail: The text with which they end; None if the head is the whole shape.
        needs: Texts that the shapes of all names hold.
        longest: Upper bound of the length of a name.
        rank: Orders templates from the most to the least specific: by the number of fields of free text, then by the
            number of literal characters.
        match: Matches a whole name; None until `compile` is called.
        readers: The fields that are more than text, each with the function that makes its value.
        refusing: The readers whose function may refuse a text that the pattern accepts.
    """

    __slots__ = (*("_types", "head", "longest", "match", "needs", "rank", "readers", "refusing", "tail", "text"),)

    def __init__(self, pieces: Sequence[Piece], types: Mapping[str, FieldType]) -> None:
        text = head = ""
        tail: str | None = None
        needs: tuple[str, ...] = ()
        longest = free = literal = 0
        for part in pieces:
            text += part.text
            needs += part.needs
            longest += part.longest
            free += part.free
            literal += part.literal
            if tail is None:
                head = join(head, part.head)
            if part.tail is not None:
                tail = part.tail
            elif tail is not None:
                tail = join(tail, part.head)
        self.text = text
        self.head, self.tail = head, tail
        self.needs = needs
        self.longest = longest
        self.rank = (free, -literal)
        self.match: Callable[[str], re.Match[str] | None] | None = None
        self.readers: tuple[tuple[str, Reader], ...] = ()
        self.refusing: tuple[tuple[str, Reader], ...] = ()
        self._types = types

    def fits(self, common: str) -> bool:
        """Return whether a name of the shape *common* may be of this template."""
        return fits(common, self.head, self.tail, self.needs)

    @property
    def fields(self) -> dict[str, str]:
        """The type of each field, by its name."""
        return dict(split(self.text)[1])

    @property
    def pattern(self) -> str:
        """The template as a regular expression."""
        literals, fields = split(self.text)
        pattern = re.escape(literals[0])
        for (field, type_name), literal in zip(fields, literals[1:], strict=True):
            group = f"(?P<{field}>"
            # A field that comes again has the same text again.
            pattern += f"(?P={field})" if group in pattern else f"{group}{self._types[type_name].pattern})"
            pattern += re.escape(literal)
        return pattern

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        """Compile the pattern, which takes as long as a thousand matches. Most programs read names of few formats."""
        readers = ((field, self._types[type_name].reader(field)) for field, type_name in self.fields.items())
        self.readers = tuple((field, reader) for field, reader in readers if reader is not None)
        self.refusing = tuple(
            (field, reader) for field, reader in self.readers if self._types[self.fields[field]]._may_refuse
        )
        self.match = re.compile(self.pattern).fullmatch
        return self.match
