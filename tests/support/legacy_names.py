"""Names of legacy formats, made at random from their templates, and the reading of a name by `parse` itself.

``python tests/support/legacy_names.py`` writes the table of the names that several formats read.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

from ckpt_scheme.legacy import REGISTRY, FieldType, Format, Reading
from ckpt_scheme.legacy._data import words
from ckpt_scheme.legacy._parsing import parser
from ckpt_scheme.legacy._template import Template, split

# No public function reads a pattern.
_parser = importlib.import_module("re._parser")
_PRINTABLE: Final = [ord(char) for char in string.ascii_letters + string.digits + "-_.=+@"]
_MANY: Final = 12


def text_of(pattern: str, random: Random) -> str:
    """Return a random text of a regular expression, which a look-ahead of it may refuse."""
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
            yield from _some(value[1], random)  # the text behind it only grows, which does no harm
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


# The values that each list of logged values needs: of 100 random lists, about one would hold an epoch.
_KEYS: Final = ("val_loss", "val/hmean", "acc", "mAP@0.50", "lr", "top.5", "epoch_test", "val_f1", "loss")
_SCORES: Final = ("0.12", "-0.25", "nan", "inf", "-inf", "1e-05", "1.0e+03", "0.12345600128173828", "94", "0")


def _logged_text(conditions: Mapping[str, list[str]], random: Random) -> str:
    must = ["x" if key == "metric" else key for key in conditions.get("requires", ())]
    may = [key for key in ("epoch", "step", "consumed_samples", "x") if key not in conditions.get("refuses", ())]
    others = [key for key in may if key not in must]
    kinds = must + random.sample(others, random.randint(0 if must else 1, len(others)))
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


# For each state of the conversion `words`, texts that have it.
_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "epoch": ("epoch_3", "Epoch12", "ep-7", "14epoch"),
    "step": ("step_500", "iter10k", "20_steps", "global_step7"),
    "index": ("model_5", "ckpt-12", "weights.3"),
    "metric": ("val_loss_0.25", "acc=0.5", "mIoU-61.2"),
}


def _worded_text(conditions: Mapping[str, Any], random: Random) -> str:
    must = conditions.get("requires", ())
    parts = [random.choice(_PHRASES.get(state, sorted(words()["marks"].get(state, ())))) for state in must]
    others = ["model", "net", "full", "net_7"] + ([] if conditions.get("only_known") else ["unet", "3d"])
    random.shuffle(parts)
    return random.choice("-_").join([*random.sample(others, random.randint(0 if parts else 1, 2)), *parts])


def field_text(field_type: FieldType, random: Random) -> str:
    """Return a random text of a field type."""
    convert = field_type.convert if isinstance(field_type.convert, Mapping) else {}
    read = field_type.reader("x")
    for _ in range(1000):
        if "metrics" in convert:
            text = _logged_text(convert["metrics"], random)
        elif "words" in convert:
            text = _worded_text(convert["words"], random)
        else:
            text = text_of(field_type.pattern, random)
        if re.fullmatch(field_type.pattern, text) and (read is None or read(text) is not None):
            return text
    raise AssertionError(f"no text of {field_type}")


def filled(template: str, types: Mapping[str, FieldType], random: Random) -> tuple[str, dict[str, str]]:
    """Return a random name of a template, and the text of each of its fields."""
    texts: dict[str, str] = {}
    literals, fields = split(template)
    name = literals[0]
    for (field, type_name), literal in zip(fields, literals[1:], strict=True):
        if field not in texts:
            texts[field] = field_text(types[type_name], random)
        name += texts[field] + literal
    return name, texts


def values_of(template: Template, types: Mapping[str, FieldType], texts: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the values of the texts of a template's fields, or None if a text is not of its type."""
    values: dict[str, Any] = {}
    for field, text in texts.items():
        read = types[template.fields[field]].reader(field)
        value = text if read is None else read(text)
        if value is None:
            return None
        values.update(value if isinstance(value, dict) else {field: value})
    return values


_parsers: Final[dict[tuple[str, int], Any]] = {}


def read_by_parse(declared: Format, text: str) -> Reading | None:
    """Return the reading of a format, by `parse`."""
    types = declared.field_types
    for template in declared.templates:
        key = template.text, id(types)
        if key not in _parsers:
            _parsers[key] = parser(template.text, types), types  # the types stay, and so does their id
        result = _parsers[key][0].parse(text)
        values = None if result is None else values_of(template, types, result.named)
        if values is not None:
            return declared.reading(text, values)
    return None


# --------------------------------------------------------------------------------------------------------------------
# Names that several formats read.

OVERLAPS: Final = Path(__file__).parents[1] / "data" / "overlaps.json"


def ids_of(found: Iterable[Reading]) -> list[str]:
    return sorted(f"{reading.framework}/{reading.format}" for reading in found)


def have_one_meaning(found: Iterable[Reading]) -> bool:
    """Return whether readings differ only in their framework."""
    meanings = {repr((reading.kind, reading.epoch, reading.step, reading.metrics, reading.extras)) for reading in found}
    return len(meanings) == 1


def names_of(declared: Format, samples: int) -> Iterable[str]:
    """Yield the examples of a format and, for each of its templates, *samples* names that are the same each time."""
    yield from declared.examples
    for template in declared.templates:
        for place in range(samples):
            yield _name_of(declared, template, place)


def _name_of(declared: Format, template: Template, place: int) -> str:
    random = Random(f"{declared.framework} {template.text} {place}")  # noqa: S311 - no secret
    return filled(template.text, declared.field_types, random)[0]


def overlaps_of(formats: Iterable[Format], samples: int) -> dict[tuple[str, ...], str]:
    """Return the shortest name for each set of several formats that read a name made from a template."""
    found: dict[tuple[str, ...], str] = {}
    for declared in formats:
        for name in names_of(declared, samples):
            ids = tuple(ids_of(REGISTRY.readings(name)))
            if len(ids) > 1 and (len(name), name) < (len(found.get(ids, name + "x")), found.get(ids, name + "x")):
                found[ids] = name
    return found


def table() -> list[dict[str, Any]]:
    """Return names that show each pair of formats that read a common name."""
    found = overlaps_of(REGISTRY.formats, 200)
    rows: list[dict[str, Any]] = []
    covered: set[tuple[str, str]] = set()
    for ids, name in sorted(found.items(), key=lambda item: (-len(item[0]), item)):
        pairs = {(first, second) for first in ids for second in ids if first < second}
        if pairs <= covered:
            continue
        covered |= pairs
        rows.append({"name": name, "one meaning": have_one_meaning(REGISTRY.readings(name)), "readings": list(ids)})
    return sorted(rows, key=lambda row: row["readings"])


if __name__ == "__main__":
    OVERLAPS.write_text(json.dumps(table(), indent=1) + "\n", encoding="utf-8")
