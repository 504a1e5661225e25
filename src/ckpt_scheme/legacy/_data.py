"""The data of the package: all formats, the field types that they share, and common words.

Each file is read once, on first use.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from ckpt_scheme.legacy._field_types import FieldTypes

_FOLDER: Final = os.path.dirname(__file__)


@functools.cache
def shared_types() -> FieldTypes:
    """Return the field types that the formats of every framework can use."""
    [content] = _contents("", "field_types.json")
    return FieldTypes(content["field_types"], {})


@functools.cache
def words() -> Mapping[str, Any]:
    """Return the words that the conversion ``words`` knows."""
    [content] = _contents("", "words.json")
    return content


def frameworks() -> Iterator[Mapping[str, Any]]:
    """Yield the content of the file of each framework, in the order of their names."""
    return _contents("formats", ".json")


def read(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the content of the JSON file at *path*."""
    with open(path, encoding="utf-8") as file:
        content: Mapping[str, Any] = json.load(file)
    return content


def _contents(folder: str, ending: str) -> Iterator[Mapping[str, Any]]:
    """Yield the content of each file of *folder* whose name has this *ending*, in the order of the names."""
    path = f"{_FOLDER}/{folder}"
    if os.path.isdir(path):
        for name in sorted(os.listdir(path)):
            if name.endswith(ending):
                yield read(f"{path}/{name}")
    else:  # the package is in an archive; what opens archives takes long to import
        files = import_module("importlib.resources").files(__package__).joinpath(folder).iterdir()
        for file in sorted(files, key=lambda file: file.name):
            if file.name.endswith(ending):
                yield json.loads(file.read_text(encoding="utf-8"))
