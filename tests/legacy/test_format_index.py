"""The index of the formats of the package is current, and a registry that reads by it reads as one without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

import format_index
from ckpt_scheme.legacy import REGISTRY, Registry
from ckpt_scheme.legacy._field_types import shape
from ckpt_scheme.legacy._package_formats import PackageFormats
from legacy_names import names_of, text_of

DATA: Final = Path(__file__).parents[1] / "data"
ALL: Final = Registry(REGISTRY.formats)
"""The formats of the package, without the index."""


def corpora() -> Iterator[str]:
    """Yield the names of all corpora, a name of each template, and every sixth of these inside another text."""
    for path in sorted(DATA.glob("*names.json")):
        yield from (row["name"] for row in json.loads(path.read_text(encoding="utf-8")))
    for place, declared in enumerate(REGISTRY.formats):
        for name in names_of(declared, 1):
            yield from (name,) if place % 6 else (name, f"{name}/", f"runs/x-{name}")


def test_index_follows_from_the_formats() -> None:
    assert format_index.INDEX.read_text(encoding="utf-8") == format_index.text(), (
        "run `python tests/support/format_index.py`"
    )


def test_formats_found_by_the_index_are_those_of_the_files() -> None:
    assert REGISTRY.formats == tuple(format_index.formats())
    assert REGISTRY.frameworks == ALL.frameworks


def test_registry_with_the_index_reads_every_name_as_one_without() -> None:
    registry = Registry(PackageFormats())
    names = list(corpora())
    Random(1).shuffle(names)  # noqa: S311 - no secret

    differing = [
        name
        for name in names
        # As text, for a value may be no number.
        if repr(registry.readings(name)) != repr(ALL.readings(name)) or registry._matches(name) != ALL._matches(name)
    ]

    assert differing == []
    assert len(names) > len(REGISTRY.formats)


def test_format_of_a_reading_is_the_same_with_the_index_and_without() -> None:
    registry = Registry(PackageFormats())

    for declared in REGISTRY.formats:
        for reading in ALL.readings(declared.examples[0]):
            assert registry.format_of(reading) == ALL.format_of(reading)
            assert registry.is_loose(reading) == ALL.is_loose(reading)


@pytest.mark.parametrize("registry", [REGISTRY, ALL])
def test_reading_that_is_canonical_has_no_format(registry: Registry) -> None:
    [reading] = registry.readings("last.ckpt")

    assert registry.format_of(reading) is None
    assert not registry.is_loose(reading)


def test_reading_of_another_registry_has_no_format() -> None:
    [declared] = [one for one in REGISTRY.formats if (one.framework, one.format) == ("huggingface-trainer", "step")]
    reading = declared.read("checkpoint-500")
    assert reading is not None

    assert Registry([]).format_of(reading) is None


def test_decode_of_one_name_reads_the_files_of_few_frameworks() -> None:
    formats = PackageFormats()

    reading = Registry(formats).decode("checkpoint-500/", "trl")

    assert reading.step == 500
    assert 0 < len(formats._read) < len(formats.frameworks) / 8


def test_every_text_of_a_type_holds_the_texts_that_it_needs() -> None:
    random = Random(2)  # noqa: S311 - no secret
    types = {found.pattern: found for declared in REGISTRY.formats for found in declared.field_types.values()}

    for found in types.values():
        for _ in range(30):
            text = text_of(found.pattern, random)
            if found.reader("field") is None:
                assert all(need in shape(text) for need in found.needs), text
