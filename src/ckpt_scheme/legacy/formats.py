"""`LegacyFormat`: a format is a declaration, a `parse` template with typed fields; no decoder is written by hand.

`parse` reads what its own field types allow, and that is too much for names: a plain field takes any text and stops at
the first chance, ``:d`` takes ``0x16``, ``+2`` and a blank before the number. So every field of a template has one of
the types below, each a pattern that neither its neighbours nor a reader can mistake.
"""

# pyright: basic
# The checker's strict mode asks for types that `parse` does not carry.

from __future__ import annotations

import functools
import re
import string
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, final

import attrs
import parse  # noqa: TID253 - this package is itself loaded on first use

from ckpt_scheme import _grammar
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy.record import Kind, LegacyName, reading


@final
@attrs.frozen
class _FieldType:
    """What a field of a template can hold.

    Args:
        pattern: Its texts; without groups.
        longest: None of them is longer.
        convert: What makes a value of the text, or None where the text is the value.
        shape: The one `shape` that all of them have, or None where they have several.
    """

    pattern: str
    longest: int
    convert: Callable[[str], Any] | None = None
    shape: str | None = None


_FIELD_TYPES: Final[Mapping[str, _FieldType]] = {
    "count": _FieldType(rf"[0-9]{{1,{_grammar.MAX_DIGITS}}}", _grammar.MAX_DIGITS, int, "0"),
    "decimal": _FieldType(r"-?[0-9]{1,11}\.[0-9]{1,17}", 30, float),
    "timestamp": _FieldType(_grammar.TIMESTAMP, 15, datetime.fromisoformat, "0_0"),
    "token": _FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}", 64),
    "tokens": _FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}(?:_[0-9A-Za-z-]{1,64}){2,8}", 584),
    "word": _FieldType(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64),
    "encoder": _FieldType(r"[A-Za-z][0-9A-Za-z_-]{0,63}", 64),
    "prefix": _FieldType(r"(?!best_|epoch_)[A-Za-z](?:(?!_epoch_)[0-9A-Za-z_-]){0,63}", 64),
    "val_loss": _FieldType(r"val[_/]loss", 8),
    "hmean": _FieldType(r"(?:val/)?hmean", 9),
    "val_f1": _FieldType(r"val_f1", 6, shape="val_f0"),
    "loss": _FieldType(r"loss", 4, shape="loss"),
}
"""The types that a field of a template can have: ``{epoch:count}``."""


def _for_parse(field_type: _FieldType) -> Callable[[str], Any]:
    # `parse` hangs the pattern on the function, which `int` and `str` do not allow.
    convert = functools.partial(field_type.convert or str)
    typed: Callable[[str], Any] = parse.with_pattern(field_type.pattern)(convert)
    return typed


_PARSE_TYPES: Final[dict[str, Any]] = {name: _for_parse(field_type) for name, field_type in _FIELD_TYPES.items()}

_RECORD_FIELDS: Final = frozenset({"architecture", "encoder", "epoch", "step", "timestamp", "version"})


def shape(text: str) -> str:
    """Return *text* with one ``0`` for each run of digits: what the names of a format have in common."""
    return re.sub("[0-9]+", "0", text)


@final
class _Template:
    """A template, made ready to read many names.

    `parse` says which templates there are and what they mean. What it makes of a name costs several times the match,
    so the same pattern is matched without it; a property test holds the two against each other.

    Attributes:
        match: Matches a whole name; None until `compile` is called.
        converters: The fields that are more than text, each with what makes its value.
        has_metric: Whether a metric and its value are among the fields.
        extras: The fields that `LegacyName` has no place of their own for.
        start: What all names begin with.
        head: What the shapes of all names begin with.
        tail: What they end with; nothing if the head is the whole shape.
        longest: No name is longer.
    """

    __slots__ = ("_pattern", "converters", "extras", "has_metric", "head", "longest", "match", "start", "tail")

    def __init__(self, template: str) -> None:
        parts = list(string.Formatter().parse(template))
        fields = {field: spec or "" for _, field, spec, _ in parts if field is not None}
        expected = f"named fields of the types {', '.join(_FIELD_TYPES)}"
        if "" in fields or not set(fields.values()) <= _FIELD_TYPES.keys():
            raise FieldError("template", template, expected, None, "CKS-061")
        if ("metric" in fields) != ("value" in fields):
            raise FieldError("template", template, "a metric and a value, or neither", None, "CKS-061")
        # A field whose name is no identifier has another name for `parse`, or none, or is no field.
        if parse.compile(template, _PARSE_TYPES, case_sensitive=True).named_fields != list(fields):
            raise FieldError("template", template, expected, None, "CKS-061")

        self._pattern = ""
        self.longest = 0
        outline: list[str | None] = []
        for text, field, spec, _ in parts:
            self._pattern += re.escape(text)
            self.longest += len(text)
            outline.append(text)
            if field is not None:
                field_type = _FIELD_TYPES[spec or ""]
                group = f"(?P<{field}>"
                # A field that comes again has the same text again.
                self._pattern += f"(?P={field})" if group in self._pattern else f"{group}{field_type.pattern})"
                self.longest += field_type.longest
                outline.append(field_type.shape)
        self.head, self.tail = _ends(outline)

        # A brace may be text, if it is doubled; what is before the first one surely is.
        self.start = re.split("[{}]", template, maxsplit=1)[0]
        self.match: Callable[[str], re.Match[str] | None] | None = None
        converters = {field: _FIELD_TYPES[spec].convert for field, spec in fields.items()}
        self.converters = tuple((field, convert) for field, convert in converters.items() if convert is not None)
        self.has_metric = "metric" in fields
        self.extras = tuple(field for field in fields if field not in {*_RECORD_FIELDS, "metric", "value"})

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        """Compile the pattern. It takes a thousand times a match, and most programs meet names of few formats."""
        self.match = re.compile(self._pattern).fullmatch
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


@final
@attrs.frozen(kw_only=True)
class LegacyFormat:
    """One spelling of names that somebody writes.

    Args:
        framework: Who writes it, such as ``"lightning"``.
        format: An id, unique within the framework.
        kind: What a checkpoint of this name is.
        template: The name as a `parse` template. The fields ``epoch``, ``step``, ``version``, ``timestamp``,
            ``architecture`` and ``encoder`` go where `LegacyName` has them, ``metric`` with ``value`` is a metric, and
            any other is one of its extras.
        source: Where the format was read: ``owner/repository:path``, with the commit where the history matters.
        examples: Names in this format, each tested to have this reading and no other.

    Raises:
        FieldError: If a field of the template has no type or another one than those above, or a name that is no
            identifier of Python, or a metric lacks its value.
    """

    framework: str
    format: str
    kind: Kind
    template: str
    source: str
    examples: tuple[str, ...]
    _template: _Template = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_template", _Template(self.template))

    def read(self, text: str) -> LegacyName | None:
        """Return the reading of *text* in this format, or None."""
        template = self._template
        if not text.startswith(template.start):
            return None
        match = (template.match or template.compile())(text)
        if match is None:
            return None
        fields: dict[str, Any] = match.groupdict()
        for field, convert in template.converters:
            fields[field] = convert(fields[field])
        metrics = {fields.pop("metric"): fields.pop("value")} if template.has_metric else {}
        extras = {field: fields.pop(field) for field in template.extras}
        return reading(text, self.framework, self.format, self.kind, fields, metrics, extras)
