"""Numbers are read with any zero padding, unless padding tells two formats apart.

``data/padding_exceptions.json`` holds the formats that refuse another padding, with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme.legacy import REGISTRY, Format, Reading
from ckpt_scheme.legacy._template import Template, split

EXCEPTIONS: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "padding_exceptions.json").read_text(encoding="utf-8")
)
EXCEPTED: Final = sorted(format_ for entry in EXCEPTIONS for format_ in entry["formats"])
_EXTRA_ZEROS: Final = range(10)


def id_of(declared: Format) -> str:
    return f"{declared.framework}/{declared.format}"


def numbers_in(declared: Format, template: Template) -> list[str]:
    """Return the fields of *template* that are numbers, and whose text the reading does not keep."""
    types = {field: declared.field_types[type_name] for field, type_name in template.fields.items()}
    return [field for field, type_ in types.items() if type_.convert == "integer" and type_.keep is None]


NUMBERED: Final = [
    declared for declared in REGISTRY.formats if any(numbers_in(declared, template) for template in declared.templates)
]


def whole(declared: Format, example: str) -> tuple[Template, re.Match[str]]:
    """Return the template that reads *example*, or the last parts of its path, and the match."""
    parts = example.split("/")
    texts = ["/".join(parts[place:]) for place in range(len(parts))]
    matches = ((template, template.compile()(text)) for text in texts for template in declared.templates)
    return next((template, match) for template, match in matches if match is not None)


def repadded(declared: Format, example: str) -> Iterator[str]:
    """Yield *example* with each of its numbers in other paddings, within the length that the number's type allows."""
    template, match = whole(declared, example)
    for field in numbers_in(declared, template):
        sign, bare = re.findall("^(-?)0*([0-9]+)$", match[field])[0]
        for zeros in _EXTRA_ZEROS:
            text = f"{sign}{'0' * zeros}{bare}"
            if len(text) <= declared.field_types[template.fields[field]].longest:
                yield filled(template, {**match.groupdict(), field: text})


def filled(template: Template, texts: dict[str, str]) -> str:
    """Return the name of *template* whose fields have these *texts*."""
    (first, *literals), fields = split(template.text)
    return first + "".join(texts[field] + literal for (field, _), literal in zip(fields, literals, strict=True))


def meaning(found: Reading | None) -> str | None:
    """Return the content of a reading without its text; `repr` compares, because nan is not equal to nan."""
    return None if found is None else repr(found).replace(repr(found.text), "")


def changed(declared: Format) -> list[str]:
    """Return the examples with another padding that *declared* does not read with the same meaning."""
    return [
        name
        for example in declared.examples
        for name in repadded(declared, example)
        if meaning(declared.read(name)) != meaning(declared.read(whole(declared, example)[1][0]))
    ]


@pytest.mark.parametrize("framework", sorted({declared.framework for declared in NUMBERED}))
def test_numbers_are_read_with_any_padding_or_stand_in_the_exceptions(framework: str) -> None:
    found = {id_of(declared): changed(declared) for declared in NUMBERED if declared.framework == framework}

    # A format that is read with any padding leaves padding_exceptions.json.
    assert {id_: names for id_, names in found.items() if (names == []) == (id_ in EXCEPTED)} == {}


def test_each_exception_names_a_format_once_and_has_a_reason() -> None:
    assert len(set(EXCEPTED)) == len(EXCEPTED)
    assert {id_of(declared) for declared in NUMBERED} >= set(EXCEPTED)
    assert all(len(entry["reason"].split()) > 5 for entry in EXCEPTIONS)


def test_numbered_formats_are_most_of_them() -> None:
    assert len(NUMBERED) > len(REGISTRY.formats) / 2
