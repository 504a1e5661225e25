"""`Template`: a `parse` template with typed fields, made ready to read many names."""

# pyright: basic
# The checker's strict mode asks for types that `parse` does not carry.

from __future__ import annotations

import functools
import re
import string
from collections.abc import Callable, Iterable
from typing import Any, Final, final

import parse  # noqa: TID253 - this package is itself loaded on first use

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._field_type import FieldType, shape
from ckpt_scheme.legacy._field_types import FIELD_TYPES


def _for_parse(field_type: FieldType) -> Callable[[str], Any]:
    # `parse` hangs the pattern on the function, which `int` and `str` do not allow.
    convert = functools.partial(field_type.convert or str)
    typed: Callable[[str], Any] = parse.with_pattern(field_type.pattern)(convert)
    return typed


PARSE_TYPES: Final[dict[str, Any]] = {name: _for_parse(field_type) for name, field_type in FIELD_TYPES.items()}
"""The same types as `parse` wants them."""


MARKS: Final = ("/", "=", "epoch=", "step=", "consumed_samples=")
"""What many names hold, and many others do not."""

_EXPECTED: Final = f"named fields of the types {', '.join(FIELD_TYPES)}"


@final
class Template:
    """A template, made ready to read many names.

    `parse` says which templates there are and what they mean. What it makes of a name costs several times the match,
    so the same pattern is matched without it; a property test holds the two against each other.

    Attributes:
        text: The template.
        fields: The type of each field, by its name.
        pattern: The same template as a regular expression.
        match: Matches a whole name; None until `compile` is called.
        converters: The fields that are more than text, each with what makes its value.
        holds: What all names hold, of the texts that `Index` looks for.
        inner: What all names hold somewhere: quicker to look for than to match.
        head: What the shapes of all names begin with.
        tail: What they end with; nothing if the head is the whole shape.
        longest: No name is longer.
        depth: How many parts a path of this name has.
        rank: Orders templates from the most to the least specific: by the number of fields whose text the user or the
            run chooses, then by the length of what the format itself writes.
    """

    __slots__ = (
        "converters",
        "depth",
        "fields",
        "head",
        "holds",
        "inner",
        "longest",
        "match",
        "pattern",
        "rank",
        "tail",
        "text",
    )

    def __init__(self, template: str) -> None:
        self.text = template
        try:
            parts = list(string.Formatter().parse(template))
        except (TypeError, ValueError):
            raise FieldError("template", template, _EXPECTED, None, "CKS-061") from None
        self.fields = {field: spec or "" for _, field, spec, _ in parts if field is not None}
        spellings = {(field, spec) for _, field, spec, _ in parts if field is not None}
        if len(spellings) > len(self.fields):
            raise FieldError("template", template, "one type for a field that comes again", None, "CKS-061")
        if "" in self.fields or not set(self.fields.values()) <= FIELD_TYPES.keys():
            raise FieldError("template", template, _EXPECTED, None, "CKS-061")
        if ("metric" in self.fields) != ("value" in self.fields):
            raise FieldError("template", template, "a metric and a value, or neither", None, "CKS-061")
        # A field whose name is no identifier has another name for `parse`, or none, or is no field.
        if parse.compile(template, PARSE_TYPES, case_sensitive=True).named_fields != list(self.fields):
            raise FieldError("template", template, _EXPECTED, None, "CKS-061")

        self.pattern = ""
        self.longest = 0
        self.depth = 1
        literal = 0
        outline: list[str | None] = []
        for text, field, spec, _ in parts:
            self.pattern += re.escape(text)
            literal += len(text)
            self.depth += text.count("/")
            outline.append(text)
            if field is not None:
                field_type = FIELD_TYPES[spec or ""]
                group = f"(?P<{field}>"
                # A field that comes again has the same text again.
                self.pattern += f"(?P={field})" if group in self.pattern else f"{group}{field_type.pattern})"
                self.longest += field_type.longest
                self.depth += field_type.slashes
                outline += [field_type.shape] if field_type.shape is not None else [field_type.start, None]
        self.longest += literal
        self.head, self.tail = _ends(outline)
        self.rank = (sum(FIELD_TYPES[spec].is_free for spec in self.fields.values()), -literal)

        self.holds = {mark for mark in MARKS for text, *_ in parts if mark in text}
        self.holds.update(mark for spec in self.fields.values() for mark in FIELD_TYPES[spec].holds)
        self.inner = max((text for text, *_ in parts[1:]), key=len, default="")

        self.match: Callable[[str], re.Match[str] | None] | None = None
        converters = {field: FIELD_TYPES[spec].convert for field, spec in self.fields.items()}
        self.converters = tuple((field, convert) for field, convert in converters.items() if convert is not None)

    def __reduce__(self) -> tuple[type[Template], tuple[str]]:
        return Template, (self.text,)  # what makes values of texts cannot all be pickled

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        """Compile the pattern. It takes a thousand times a match, and most programs meet names of few formats."""
        self.match = re.compile(self.pattern).fullmatch
        return self.match


def _ends(outline: Iterable[str | None]) -> tuple[str, str]:
    """Return the shape of what is before the first None of *outline* and behind the last; all and nothing if none is.

    The shape of a text begins with the shape of its beginning and ends with that of its end, whatever digits meet.
    """
    head, tail, is_open = "", "", False
    for text in outline:
        if text is None:
            tail, is_open = "", True
        elif is_open:
            tail += text
        else:
            head += text
    return shape(head), shape(tail)
