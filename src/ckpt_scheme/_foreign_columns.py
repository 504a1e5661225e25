"""Names of any framework in columns: the part of a path that decides its readings, and the fields of a reading.

Few parts of paths are distinct. So an engine cuts the deciding part from each path with the patterns of `parts`, and
Python reads each distinct part once. All engines share the syntax of the formats' patterns, so one pattern holds the
templates of many formats. It omits their bounds, which keeps the automaton small.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from ckpt_scheme import legacy
from ckpt_scheme._columns import Type
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._reading import only
from ckpt_scheme.legacy._template import split

FIELDS: Final[Mapping[str, Type]] = {
    "framework": "text",
    "format": "text",
    "kind": "text",
    "epoch": "integer",
    "step": "integer",
    "readings": "integer",
}
"""The fields of a name of any framework. All but ``readings`` are null unless a reading is certain."""

Row: TypeAlias = tuple[str | None, str | None, str | None, int | None, int | None, int]

_bounds: Final = re.compile(r"\{([0-9]+),[0-9]+\}")

# A "/" in the name of a metric splits a file name, as in "epoch=3-val/loss=0.3.ckpt": the last component holds the rest
# of the metric, and the component before it holds a separator or is the name of a split.
_BROKEN: Final = r"(?:[^/]*[-_=][^/]*|train|val|valid|validation|test|eval|dev)/[^/]*=[^/]*"


@functools.cache
def parts() -> tuple[tuple[str, str], ...]:
    """Return pairs of patterns, those for long parts of paths first.

    If the first pattern matches a path, the only group of the second is the part that decides its readings. The last
    pair is for all paths. A text that the second pattern does not match is its own part.
    """
    templates: dict[int, set[str]] = {}
    for declared in legacy.REGISTRY.formats:
        for components, pattern in _templates(declared):
            templates.setdefault(components, set()).add(pattern)
    whole = r"(?s)\A(.*)\z"
    pairs = [(r"\\", whole), (_at_end(_BROKEN), whole)]
    lengths = sorted(templates, reverse=True)
    pairs += [(_at_end("|".join(sorted(templates[length]))), _last(length)) for length in lengths]
    return *pairs, ("", _last(1))


def _last(components: int) -> str:
    return rf"(?s)\A(?:.*/)?((?:[^/]*/){{{components - 1}}}[^/]+/*)\z"


def _at_end(pattern: str) -> str:
    return rf"(?s)\A(?:.*/)?(?:{pattern})/*\z"


def _templates(declared: Format) -> Iterator[tuple[int, str]]:
    """Yield the number of components and the pattern of each template of a format that spans a folder."""
    for folder in ("", *declared.folders):
        for extension in declared.extensions or ("",):
            literals, fields = split(folder + declared.template + extension)
            components = 1 + sum(literal.count("/") for literal in literals)
            pattern = re.escape(literals[0])
            for (_, type_name), literal in zip(fields, literals[1:], strict=True):
                field_type = declared.field_types[type_name]
                components += 0 if "=" in field_type.needs else field_type.slashes  # `_BROKEN` is for metrics
                pattern += f"(?:{_bounds.sub(_repeat, field_type.pattern)}){re.escape(literal)}"
            if components > 1:
                yield components, pattern


def _repeat(bounds: re.Match[str]) -> str:
    return "*" if bounds[1] == "0" else "+"


@functools.lru_cache(maxsize=100_000)
def row(text: str) -> Row:
    """Return the values of `FIELDS` for *text*."""
    readings = legacy.readings(text)
    certain = only(readings)
    if certain is None:
        return None, None, None, None, None, len(readings)
    return certain.framework, certain.format, certain.kind, certain.epoch, certain.step, len(readings)
