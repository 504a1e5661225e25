"""Names of legacy formats, made at random from their templates, and what `parse` itself reads in a name.

``python tests/support/legacy_names.py`` writes the table of the names that several formats read.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
import string
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

import parse  # noqa: TID253 - the tests need it at once

from ckpt_scheme.legacy import REGISTRY, Format, Reading
from ckpt_scheme.legacy._field_types import FIELD_TYPES
from ckpt_scheme.legacy._template import PARSE_TYPES, Template

# No public function reads a pattern.
_parser = importlib.import_module("re._parser")
_PRINTABLE: Final = [ord(char) for char in string.ascii_letters + string.digits + "-_.=+@"]
_MANY: Final = 12


def text_of(pattern: str, random: Random) -> str:
    """A text of a regular expression; where it looks ahead, perhaps of no text."""
    return "".join(_some(_parsed(pattern), random))


@functools.cache
def _parsed(pattern: str) -> Any:  # noqa: ANN401 - the module has no types
    return _parser.parse(pattern)


def _some(parts: Iterable[Any], random: Random) -> Iterable[str]:
    for kind, value in parts:
        name = str(kind)
        if name == "LITERAL":
            yield chr(value)
        elif name == "IN":
            yield chr(_one_of(value, random))
        elif name == "ANY":
            yield chr(random.choice(_PRINTABLE))
        elif name == "BRANCH":
            yield from _some(random.choice(value[1]), random)
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            yield from _some(value[-1] if name == "SUBPATTERN" else value, random)
        elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            low, high, part = value
            high = min(int(high), low + _MANY) if random.random() < 0.97 else int(high)
            for _ in range(random.randint(low, high)):
                yield from _some(part, random)
        elif name == "ASSERT" and value[0] > 0:
            yield from _some(value[1], random)  # and more of what follows, which is no harm where anything may
        else:
            assert name in {"ASSERT", "ASSERT_NOT", "AT"}, name


def _one_of(choices: list[Any], random: Random) -> int:
    allowed: set[int] = set()
    negated = False
    for kind, value in choices:
        if str(kind) == "NEGATE":
            negated = True
        elif str(kind) == "LITERAL":
            allowed.add(value)
        else:
            assert str(kind) == "RANGE", kind
            allowed.update(range(value[0], value[1] + 1))
    return random.choice([code for code in _PRINTABLE if code not in allowed] if negated else sorted(allowed))


# The lists of what was logged, by what they hold: of 100 random ones hardly one would hold an epoch.
_LOGGED: Final = {
    "logged": ("", "epoch step consumed_samples x"),
    "logged_unsampled": ("", "epoch step x"),
    "logged_epoch": ("epoch", "step consumed_samples x"),
    "logged_rest": ("", "step x"),
    "logged_step": ("step", "consumed_samples x"),
    "measured": ("x", "x x"),
    "measured_epoch": ("epoch x", "step x"),
    "measured_step": ("step x", "x"),
    "sampled_epoch": ("epoch consumed_samples", "step x"),
    "sampled_step": ("step consumed_samples", "x"),
}
_KEYS: Final = ("val_loss", "val/hmean", "acc", "mAP@0.50", "lr", "top.5", "epoch_test", "val_f1", "loss")
_SCORES: Final = ("0.12", "-0.25", "nan", "inf", "-inf", "1e-05", "1.0e+03", "0.12345600128173828", "94", "0")


def _logged_text(spec: str, random: Random) -> str:
    must, may = (words.split() for words in _LOGGED[spec])
    kinds = must + random.sample(may, random.randint(0 if must else 1, len(may)))
    keys = iter(random.sample(_KEYS, len(kinds)))
    parts: list[str] = []
    for kind in random.sample(kinds, len(kinds)):
        value = f"{random.randint(0, 10 ** random.randint(1, 7)):0{random.randint(1, 6)}d}"
        if kind == "consumed_samples":
            parts.append(f"{kind}={value}.0")
        elif kind == "x":
            parts.append(f"{next(keys)}={random.choice(_SCORES)}")
        else:
            parts.append(f"{kind}={value}")
    return random.choice("-_").join(parts)


def field_text(spec: str, random: Random) -> str:
    """A text of a type of field."""
    field_type = FIELD_TYPES[spec]
    for _ in range(1000):
        text = _logged_text(spec, random) if spec in _LOGGED else text_of(field_type.pattern, random)
        if re.fullmatch(field_type.pattern, text) and (not field_type.convert or field_type.convert(text) is not None):
            return text
    raise AssertionError(f"no text of {spec}")


def filled(template: str, random: Random) -> tuple[str, dict[str, str]]:
    """A name in a template, and the text of each of its fields."""
    said: dict[str, str] = {}
    name = ""
    for text, field, spec, _ in string.Formatter().parse(template):
        name += text
        if field is not None:
            if field not in said:
                said[field] = field_text(spec or "", random)
            name += said[field]
    return name, said


def values_of(template: Template, said: dict[str, str]) -> dict[str, Any]:
    """What the texts of a template's fields are worth."""
    values: dict[str, Any] = {}
    for field, text in said.items():
        convert = FIELD_TYPES[template.fields[field]].convert
        value = text if convert is None else convert(text)
        values.update(value if isinstance(value, dict) else {field: value})
    return values


@functools.cache
def parser(template: str) -> parse.Parser:
    return parse.compile(template, PARSE_TYPES, case_sensitive=True)


def read_by_parse(declared: Format, text: str) -> Reading | None:
    """The reading of a format, by `parse`."""
    for template in declared.templates:
        result = parser(template.text).parse(text)
        if not isinstance(result, parse.Result) or None in result.named.values():
            continue
        values: dict[str, Any] = {}
        for field, value in result.named.items():
            values.update(value if isinstance(value, dict) else {field: value})
        return declared.reading(text, values)
    return None


# --------------------------------------------------------------------------------------------------------------------
# What several formats read.

OVERLAPS: Final = Path(__file__).parents[1] / "data" / "overlaps.json"


def ids_of(found: Iterable[Reading]) -> list[str]:
    return sorted(f"{reading.framework}/{reading.format}" for reading in found)


def says_one_thing(found: Iterable[Reading]) -> bool:
    """Whether readings differ in nothing but who wrote the name."""
    said = {repr((reading.kind, reading.epoch, reading.step, reading.metrics, reading.extras)) for reading in found}
    return len(said) == 1


def names_of(declared: Format, samples: int) -> Iterable[str]:
    """The examples of a format and, of each of its templates, the same first names each time."""
    yield from declared.examples
    for template in declared.templates:
        for place in range(samples):
            yield filled(template.text, Random(f"{declared.framework} {template.text} {place}"))[0]  # noqa: S311


def overlaps_of(formats: Iterable[Format], samples: int) -> dict[tuple[str, ...], str]:
    """The shortest name for each set of several formats that read one, of names made from all templates."""
    found: dict[tuple[str, ...], str] = {}
    for declared in formats:
        for name in names_of(declared, samples):
            ids = tuple(ids_of(REGISTRY.readings(name)))
            if len(ids) > 1 and (len(name), name) < (len(found.get(ids, name + "x")), found.get(ids, name + "x")):
                found[ids] = name
    return found


def table() -> list[dict[str, Any]]:
    """Names in which each two formats meet that meet at all."""
    found = overlaps_of(REGISTRY.formats, 200)
    rows: list[dict[str, Any]] = []
    covered: set[tuple[str, str]] = set()
    for ids, name in sorted(found.items(), key=lambda item: (-len(item[0]), item)):
        pairs = {(first, second) for first in ids for second in ids if first < second}
        if pairs <= covered:
            continue
        covered |= pairs
        rows.append({"name": name, "one meaning": says_one_thing(REGISTRY.readings(name)), "readings": list(ids)})
    return sorted(rows, key=lambda row: row["readings"])


if __name__ == "__main__":
    OVERLAPS.write_text(json.dumps(table(), indent=1) + "\n", encoding="utf-8")
