"""The check of a user's template by the library `parse`, which defines the syntax and the meaning of templates.

A test checks the templates of the package, so the reading of a name does not load `parse`.
"""

# pyright: basic
# The strict mode needs types that `parse` does not have.

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Mapping
from typing import Any

import parse  # noqa: TID253 - this module is itself loaded on first use

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._field_types import FieldType


def check(template: str, types: Mapping[str, FieldType]) -> None:
    """Raise `FieldError` if *template* is no `parse` template whose fields have *types*."""
    expected = f"named fields of the types {', '.join(types)}"
    try:
        parts = list(string.Formatter().parse(template))
    except (TypeError, ValueError):
        raise FieldError("template", template, expected, None, "CKS-061") from None
    fields = {field: spec or "" for _, field, spec, _ in parts if field is not None}
    if len({(field, spec) for _, field, spec, _ in parts if field is not None}) > len(fields):
        raise FieldError("template", template, "one type for a field that comes again", None, "CKS-061")
    if "" in fields or not set(fields.values()) <= types.keys():
        raise FieldError("template", template, expected, None, "CKS-061")
    if ("metric" in fields) != ("value" in fields):
        raise FieldError("template", template, "a metric and a value, or neither", None, "CKS-061")
    # `parse` reads a field whose name is no identifier under another name, or not at all.
    if parser(template, types).named_fields != list(fields):
        raise FieldError("template", template, expected, None, "CKS-061")


def parser(template: str, types: Mapping[str, FieldType]) -> parse.Parser:
    """Return `parse`'s own parser of *template*, which gives the text of each field."""
    typed: dict[str, Any] = {name: _typed(types[name]) for name in types}
    return parse.compile(template, typed, case_sensitive=True)


def _typed(field_type: FieldType) -> Callable[[str], Any]:
    text: Any = functools.partial(str)  # `parse` sets an attribute of the function, which `str` does not allow
    typed: Callable[[str], Any] = parse.with_pattern(field_type.pattern)(text)
    return typed
