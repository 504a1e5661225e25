"""`FieldType`: the texts that a field of a template can have, and the conversion of these texts.

The field types of the library `parse` accept too much: a plain field takes any text, ``:d`` takes ``0x16`` and ``+2``.
So every field of a template has a type of its own, with an exact pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast, final

import attrs

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy import _conversions as conversions
from ckpt_scheme.legacy._conversions import Reader


def _plain(convert: str | Mapping[str, Any] | None) -> str | Mapping[str, Any] | None:
    return dict(convert) if isinstance(convert, Mapping) else convert


@final
@attrs.frozen(kw_only=True)
class FieldType:
    """The texts that a field of a template can have, and their conversion.

    Args:
        pattern: The regular expression of the whole text. It has no groups but ``(?:...)``, no look-around and no
            back-reference.
        longest: Length of the longest text.
        refuse: Patterns; a text that one of them matches as a whole is not of this type.
        convert: The conversion of the text to a value, as in the JSON files; None if the value is the text.
        keep: Name of an extra that holds the text itself, or None.
        free: Whether the user or the run chooses the text, so that another format may well have written it.
        slashes: Greatest number of ``/`` in a text.
        description: One sentence.

    Attributes:
        shape: The one `shape` of all texts, or None if they have several.
        start: The shape with which all texts begin, as far as the pattern shows it.
        needs: Texts that the shapes of all texts hold.

    Raises:
        FieldError: If a pattern is no regular expression, has a group or accepts the empty text, or if the conversion
            is not in the list.
    """

    pattern: str
    longest: int
    refuse: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    convert: str | Mapping[str, Any] | None = attrs.field(default=None, converter=_plain, hash=False)
    keep: str | None = None
    free: bool = False
    slashes: int = 0
    description: str = ""

    shape: str | None = attrs.field(init=False, default=None, eq=False, repr=False)
    start: str = attrs.field(init=False, default="", eq=False, repr=False)
    needs: tuple[str, ...] = attrs.field(init=False, default=(), eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for pattern in (self.pattern, *self.refuse):
            try:
                has_groups = re.compile(pattern).groups > 0
            except (TypeError, re.error):
                raise FieldError("pattern", pattern, "a regular expression", None, "CKS-061") from None
            if has_groups:
                raise FieldError("pattern", pattern, "no groups but (?:...)", None, "CKS-061")
        if re.fullmatch(self.pattern, ""):
            raise FieldError("pattern", self.pattern, "a pattern that refuses the empty text", None, "CKS-061")
        if not conversions.is_known(self.convert):
            raise FieldError("convert", self.convert, "a conversion of docs/spec-legacy.md", None, "CKS-061")
        _prepare(self)

    @property
    def _may_refuse(self) -> bool:
        """Whether the reader may refuse a text that the pattern matches."""
        return bool(self.refuse) or isinstance(self.convert, Mapping)

    def reader(self, field: str) -> Reader | None:
        """Return the function that converts the text of *field*, or None if the value is the text."""
        convert = conversions.reader(self.convert, field)
        if self.keep is not None:
            convert = _keeping(self.keep, field, convert)
        if self.refuse:
            convert = _refusing(self.refuse, convert)
        return convert


_MEMBERS: Final = {field.name: field.default for field in attrs.fields(FieldType) if field.init}


# Matches the pattern of a number without a sign.
_is_number: Final = re.compile(r"(?:[0-9]|\[[0-9]-[0-9]\]|\{[0-9]+(?:,[0-9]+)?\}|\(\?:|\)|\|)+").fullmatch

_digits: Final = re.compile("[0-9]+").sub


def shape(text: str) -> str:
    """Return *text* with one ``0`` for each run of digits: the part that the names of a format have in common."""
    return _digits("0", text)


def join(shape_: str, other: str) -> str:
    """Return the shape of a text of one shape followed by a text of the other."""
    return shape_ + (other[1:] if shape_.endswith("0") and other.startswith("0") else other)


def _prepare(field_type: FieldType) -> None:
    """Set the attributes of *field_type* that follow from the others."""
    common: str | None = None
    needs = _literals(field_type.pattern)
    if _is_number(field_type.pattern) is not None:
        common = "0"
    elif field_type.pattern.isalnum():
        common = shape(field_type.pattern)
    convert: Any = field_type.convert
    if isinstance(convert, dict):
        name, options = next(iter(cast("dict[str, Any]", convert).items()))
        if name == "timestamp":
            common = _shape_of_time(options, field_type.longest)
        elif name == "metrics":
            needs += ("=", *(f"{key}=" for key in options.get("requires", ()) if key != "metric"))
    object.__setattr__(field_type, "needs", needs)
    start = "" if "|" in field_type.pattern else field_type.pattern.partition("[")[0]
    object.__setattr__(field_type, "start", shape(start) if start.replace("-", "").isalnum() else "")
    object.__setattr__(field_type, "shape", common)


def _literals(pattern: str) -> tuple[str, ...]:
    """Return texts that the shapes of all texts of *pattern* hold: its literals and digits outside of groups."""
    if "(?" in pattern.replace("(?:", ""):  # a flag, which may change the meaning of the literals
        return ()
    runs = [""]
    depth = 0
    for part in re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\{[0-9,]*\}|.", pattern, re.DOTALL):
        depth += (part == "(") - (part == ")")
        if depth == 0 and part == "|":
            return ()
        is_optional = part in "?*" or part.startswith("{0")
        if is_optional:
            runs[-1] = runs[-1][:-1]
        if depth == 0 and part == "[0-9]":
            runs[-1] = join(runs[-1], "0")
        elif depth == 0 and (part.isalnum() or part in "-_=/" or (part[0] == "\\" and not part[1].isalnum())):
            runs[-1] = join(runs[-1], shape(part[-1]))
        elif is_optional or not (part[0] == "{" and runs[-1].endswith("0")):  # a number of digits is of one shape
            runs.append("")
    return tuple(run for run in runs if run)


def _shape_of_time(layout: str, longest: int) -> str | None:
    parts = re.findall("%[A-Za-z]|.", layout)
    widths = [conversions.CODES[part][1] if part in conversions.CODES else 1 for part in parts]
    if 0 in widths or sum(widths) < longest:  # the name of a month, or a text before the time
        return None
    return shape("".join("0" if part in conversions.CODES else part for part in parts))


def _keeping(name: str, field: str, convert: Reader | None) -> Reader:
    def read(text: str) -> dict[str, Any] | None:
        value = text if convert is None else convert(text)
        return None if value is None else {name: text, **(value if isinstance(value, dict) else {field: value})}

    return read


def _refusing(patterns: tuple[str, ...], convert: Reader | None) -> Reader:
    is_refused: Callable[[str], object] = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).fullmatch

    def read(text: str) -> Any:  # noqa: ANN401 - a value of any type
        if is_refused(text):
            return None
        return text if convert is None else convert(text)

    return read


@final
class FieldTypes(Mapping[str, FieldType]):
    """The field types of a file by name, and those that it inherits; each is made when it is first needed.

    Args:
        declared: The member ``field_types`` of a file.
        inherited: The types of the file that this one extends.
    """

    def __init__(self, declared: Mapping[str, Mapping[str, Any]], inherited: Mapping[str, FieldType]) -> None:
        self._declared = declared
        self._inherited = inherited
        self._made: dict[str, FieldType] = {}

    def __getitem__(self, name: str) -> FieldType:
        made = self._made.get(name)
        if made is None:
            if name not in self._declared:
                return self._inherited[name]
            made = self._made[name] = _made(with_model(self._declared[name], self))
        return made

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._inherited), **self._declared})

    def __len__(self) -> int:
        return len({*self._inherited, *self._declared})


def with_model(members: Mapping[str, Any], types: Mapping[str, FieldType]) -> dict[str, Any]:
    """Return the *members* of a declared field type, and those that it inherits from the type ``like`` names."""
    own = {name: value for name, value in members.items() if name != "like"}
    if "like" not in members:
        return own
    model = types[members["like"]]
    return {**{name: getattr(model, name) for name in _MEMBERS if name != "description"}, **own}


def _made(members: Mapping[str, Any]) -> FieldType:
    """Return the type with these *members*, unchecked: a test checks those of the package."""
    made: FieldType = object.__new__(FieldType)
    for name, default in _MEMBERS.items():
        value = members.get(name, default)
        object.__setattr__(made, name, tuple(value) if name == "refuse" else value)
    _prepare(made)
    return made
