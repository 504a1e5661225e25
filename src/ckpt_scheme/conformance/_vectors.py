"""The vectors: cases of the specification, loaded from the JSON files beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, final

import attrs


@final
@attrs.frozen(kw_only=True)
class Case:
    """One vector.

    Attributes:
        id: An id that is never given to another case.
        requirement: The requirement of ``docs/spec.md`` that this is a case of.
        description: What the input is; of an invalid one, what is wrong with it.
        operation: What is asked, such as ``"parse_run_id"``.
        input: What it is asked of, by the operation's parameters.
        expected: The answer, or None if the input must be refused.
        error: None if there is an answer; else what may be said of the refusal.
    """

    id: str
    requirement: str
    description: str
    operation: str
    input: Mapping[str, Any] = attrs.field(hash=False)
    expected: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    error: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


def cases() -> tuple[Case, ...]:
    """Return all vectors of version 1, in the order of their files and ids."""
    folder = resources.files("ckpt_scheme.conformance") / "v1"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(Case(**case) for file in files for case in json.loads(file.read_text(encoding="ascii"))["cases"])
