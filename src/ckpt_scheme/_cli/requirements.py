"""The requirements of the specification, by their ids."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import final

import attrs


@final
@attrs.frozen
class Requirement:
    """A requirement of the specification.

    Attributes:
        id: Its id, such as ``CKS-020``.
        document: The document that it stands in.
        section: The title of its section there.
        sentence: The requirement itself.
        notes: The text below it, which explains it.
    """

    id: str
    document: str
    section: str
    sentence: str
    notes: str


@functools.cache
def load() -> Mapping[str, Requirement]:
    """Return all requirements, the withdrawn ones too, in the order of their ids."""
    text = (resources.files("ckpt_scheme._cli") / "requirements.json").read_text(encoding="ascii")
    return {id_: Requirement(id_, **members) for id_, members in json.loads(text).items()}
