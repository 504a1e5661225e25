"""The conversions that field types name. Each makes a value of the text of a field.

``docs/spec-legacy.md`` describes each conversion. The list is closed, so that any language can read the formats.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

Reader: TypeAlias = Callable[[str], Any]
"""Returns the value of a text, a `dict` of several fields, or None if the text is not of the type."""

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CODES: Final[Mapping[str, tuple[str, int]]] = {
    "%Y": ("[0-9]{4}", 4),
    "%m": ("[0-9]{2}", 2),
    "%d": ("[0-9]{2}", 2),
    "%H": ("[0-9]{2}", 2),
    "%I": ("(?:0[1-9]|1[0-2])", 2),
    "%M": ("[0-9]{2}", 2),
    "%S": ("[0-9]{2}", 2),
    "%f": ("[0-9]{6}", 6),
    "%p": ("[AP]M", 2),
    "%B": ("|".join(_MONTHS), 0),
}
"""The codes of the layout of a timestamp: the pattern of each, and its width, or 0 where it has several."""

# One value of a list of logged values.
_LOGGED: Final = (
    r"(?:^|[-_])([A-Za-z][0-9A-Za-z_.@/]*)=(-?(?:[0-9]{1,22}(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?|inf)|nan)"
)
_LONGEST_COUNT: Final = 18


def reader(convert: str | Mapping[str, Any] | None, field: str) -> Reader | None:
    """Return the function that makes the value of *field* by the conversion *convert*, or None to keep the text."""
    if convert is None:
        return None
    name, options = (convert, None) if isinstance(convert, str) else next(iter(convert.items()))
    return _READERS[name](field, options)


def is_known(convert: object) -> bool:
    """Return whether *convert* is a conversion of the list."""
    if convert is None or isinstance(convert, str):
        return convert in (None, *_PLAIN)
    if not isinstance(convert, Mapping):
        return False
    members = [*cast("Mapping[str, Any]", convert).items()]
    if len(members) != 1:
        return False
    [(name, options)] = members
    if name == "timestamp":
        return isinstance(options, str) and {"%Y"} <= {*re.findall("%.?", options)} <= CODES.keys()
    if name in ("metrics", "words"):
        known = {"requires", "refuses"} if name == "metrics" else {"requires", "refuses", "only_known"}
        return isinstance(options, Mapping) and options.keys() <= known
    return (name == "slash_after" and isinstance(options, (list, tuple))) or (
        name == "owner" and isinstance(options, str)
    )


def _nothing(_field: str, _options: None) -> Reader:
    return lambda _text: {}


def _timestamp(_field: str, layout: str) -> Reader:
    codes = re.findall("%[A-Za-z]", layout)
    pattern = "".join(f"({CODES[part][0]})" if part in CODES else re.escape(part) for part in _parts(layout))
    search = re.compile(rf"{pattern}\Z").search

    def read(text: str) -> datetime | None:
        match = search(text)
        return None if match is None else _moment(dict(zip(codes, match.groups(), strict=True)))

    return read


def _parts(layout: str) -> list[str]:
    return re.findall("%[A-Za-z]|.", layout)


def _moment(units: Mapping[str, str]) -> datetime | None:
    month = _MONTHS.index(units["%B"]) + 1 if "%B" in units else int(units.get("%m", "1"))
    hour = int(units.get("%H", "0"))
    if "%I" in units:
        hour = int(units["%I"]) % 12 + 12 * (units.get("%p") == "PM")
    minute, second, fraction = (int(units.get(code, "0")) for code in ("%M", "%S", "%f"))
    try:
        return datetime(int(units["%Y"]), month, int(units.get("%d", "1")), hour, minute, second, fraction)  # noqa: DTZ001 - naive, as written
    except ValueError:
        return None


def _metrics(_field: str, options: Mapping[str, Sequence[str]]) -> Reader:
    requires, refuses = tuple(options.get("requires", ())), tuple(options.get("refuses", ()))

    def read(text: str) -> dict[str, Any] | None:
        known = _logged(text)
        if known is None:
            return None
        metrics = known["metrics"].copy()
        fields = {**known, "metrics": metrics}
        stated = {*fields, *metrics, "metric"} if metrics else fields
        if not all(key in stated for key in requires) or any(key in stated for key in refuses):
            return None
        return fields

    return read


@functools.lru_cache(100)  # several formats read the same list
def _logged(text: str) -> Mapping[str, Any] | None:
    """Return the fields that a list such as ``epoch=3-val_loss=0.12`` states, or None for another text."""
    fields: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    for key, value in re.findall(_LOGGED, text):
        if key in fields or key in metrics:
            return None
        if key in ("epoch", "step"):
            if not value.isdecimal() or len(value) > _LONGEST_COUNT:
                return None
            fields[key] = int(value)
        elif key == "consumed_samples":
            fields[key] = float(value)
        elif value.isdecimal() and key.lower().endswith(("epoch", "step")):
            return None  # a label of the user before the framework's key: "model_epoch=3", "epoch_epoch=3"
        else:
            metrics[key] = float(value)
    fields["metrics"] = metrics
    return fields


def _stated(_field: str, options: Mapping[str, Any]) -> Reader:
    from ckpt_scheme.legacy import _words  # noqa: PLC0415 - few programs meet a name that no framework's format reads

    return _words.reader(options)


def _slash_after(_field: str, words: Sequence[str]) -> Reader:
    longest_first = sorted(words, key=len, reverse=True)
    search = re.compile(f"^({'|'.join(map(re.escape, longest_first))})_")
    return lambda text: search.sub(r"\1/", text)


def _owner(field: str, ending: str) -> Reader:
    def read(text: str) -> dict[str, Any]:
        numbers = re.findall(r"(?<![A-Za-z])(epoch|step)[=_-]([0-9]{1,18})", text)
        return {field: f"{text}{ending}", **{key: int(number) for key, number in numbers}}

    return read


_PLAIN: Final = ("integer", "number", "nothing")
_READERS: Final[Mapping[str, Callable[[str, Any], Reader]]] = {
    "integer": lambda _field, _options: int,
    "number": lambda _field, _options: float,
    "nothing": _nothing,
    "timestamp": _timestamp,
    "metrics": _metrics,
    "words": _stated,
    "slash_after": _slash_after,
    "owner": _owner,
}
