"""The data of the package: the formats of each framework, their index, the shared field types, and common words.

Each file is read once, on first use.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from ckpt_scheme.legacy._field_types import FieldTypes

_FOLDER: Final = os.path.dirname(__file__)


@functools.cache
def shared_types() -> FieldTypes:
    """Return the field types that the formats of every framework can use."""
    return FieldTypes(_content("field_types.json")["field_types"], {})


@functools.cache
def words() -> Mapping[str, Any]:
    """Return the words that the conversion ``words`` knows."""
    return _content("words.json")


@functools.cache
def format_index() -> Mapping[str, Any]:
    """Return the index of the formats; see `PackageFormats`."""
    return _content("format_index.json")


def framework(name: str) -> Mapping[str, Any]:
    """Return the content of the file of a framework."""
    return _content(f"formats/{name}.json")


def read(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the content of the JSON file at *path*."""
    with open(path, encoding="utf-8") as file:
        content: Mapping[str, Any] = json.load(file)
    return content


def _content(path: str) -> Mapping[str, Any]:
    """Return the content of the JSON file of the package at *path*."""
    if os.path.isdir(_FOLDER):
        return read(f"{_FOLDER}/{path}")
    # The package is in an archive. Its reader takes long to import.
    file = import_module("importlib.resources").files(__package__).joinpath(path)
    content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
