"""Formats made from the content of a JSON file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, cast

import attrs

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._data import shared_types
from ckpt_scheme.legacy._field_types import FieldType, FieldTypes, with_model
from ckpt_scheme.legacy._format import Format, outlined

_FILE: Final = {"$schema", "framework", "note", "defaults", "field_types", "formats"}
_FORMAT: Final = {field.name for field in attrs.fields(Format) if field.init} - {"framework", "format", "field_types"}
_FIELD_TYPE: Final = {field.name for field in attrs.fields(FieldType) if field.init}


def formats_of(content: Mapping[str, Any]) -> Iterator[Format]:
    """Yield outlines of the formats of a file of the package, unchecked: a test checks these files."""
    types = FieldTypes(content.get("field_types", {}), shared_types())
    for members in _formats(content):
        yield outlined(members, types)


def checked_formats_of(content: Mapping[str, Any]) -> Iterator[Format]:
    """Yield the formats of a user's file.

    Raises:
        FieldError: If the content does not follow ``framework.schema.json``, or a format is invalid.
    """
    _check("file of formats", content, _FILE, {"framework", "formats"})
    _check("defaults", content.get("defaults", {}), _FORMAT)
    formats: object = content["formats"]
    if not isinstance(formats, list):
        raise FieldError("formats", formats, "a list", None, "CKS-061")
    for declared in cast("list[object]", formats):
        _check("format", declared, {"id", "note", *_FORMAT}, {"id"})
    types = _checked_types(content.get("field_types", {}))
    for members in _formats(content):
        try:
            yield Format(**members, field_types=types)
        except TypeError as error:  # a member without a default is missing
            raise FieldError("format", members["format"], f"all members: {error}", None, "CKS-061") from None


def _formats(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for declared in content["formats"]:
        members = {"framework": content["framework"], **content.get("defaults", {}), **declared}
        members["format"] = members.pop("id")
        members.pop("note", None)
        yield members


def _checked_types(declared: Mapping[str, Any]) -> Mapping[str, FieldType]:
    _check("field types", declared)
    types = dict(shared_types())
    for name, members in declared.items():
        _check("field type", members, {"like", *_FIELD_TYPE})
        try:
            types[name] = FieldType(**with_model(members, types))
        except (KeyError, TypeError) as error:  # the model or a member without a default is missing
            raise FieldError("field type", name, f"all members: {error}", None, "CKS-061") from None
    return types


def _check(
    kind: str,
    value: object,
    known: AbstractSet[str] | None = None,
    required: AbstractSet[str] = frozenset(),
) -> None:
    """Raise `FieldError` if *value* is no JSON object, or has members that are not *known* or lacks *required* ones."""
    if not isinstance(value, Mapping):
        raise FieldError(kind, value, "a JSON object", None, "CKS-061")
    members = dict(cast("Mapping[str, object]", value))
    unknown = members.keys() - known if known is not None else set[str]()
    wrong = sorted((required - members.keys()) | unknown)
    if wrong:
        expected = f"the members of framework.schema.json: see {', '.join(wrong)}"
        raise FieldError(kind, members, expected, None, "CKS-061")
