"""The rule of each field of a name: a converter that returns the stored form of a value or raises `FieldError`.

Constructors and patterns call these converters. `parse` does not, for its match checks the same rules. A property test
compares the two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeGuard

from ckpt_scheme import _coerce
from ckpt_scheme import _grammar as grammar
from ckpt_scheme.errors import FieldError

LabelField = Literal["tag", "architecture", "encoder", "phase", "metric"]

_VALUE_END: Final = float(10**grammar.MAX_INTEGER_DIGITS)
_VALUE_START: Final = -_VALUE_END


class _Label:
    """The rule of a label field: its pattern, its limit, and how to repair a text that breaks it."""

    __slots__ = ("allowed", "expected", "joiner", "kind", "limit", "pattern", "requirement")

    def __init__(self, kind: str, pattern: str, others: str, requirement: str, limit: int = grammar.MAX_LABEL) -> None:
        self.kind = kind
        self.pattern = pattern  # `re` compiles it on first use: most programs refuse no label
        self.allowed = f"0-9A-Za-z{others}"
        self.joiner = others[0]
        self.requirement = requirement
        self.limit = limit
        quoted = " or ".join(f"'{char}'" for char in others)
        self.expected = f"1 to {limit} letters, digits or {quoted}, a letter or digit first"

    def convert(self, value: str, requirement: str | None = None) -> str:
        requirement = requirement or self.requirement
        text = _coerce.plain_text(self.kind, value, f"a str of {self.expected}", requirement)
        if re.fullmatch(self.pattern, text) is not None:
            return text
        prefix = re.match(self.pattern, text)
        position = 0 if prefix is None else prefix.end()
        raise FieldError(self.kind, text, self.expected, position, requirement, self.repair(text))

    def repair(self, text: str) -> str | None:
        """Return a valid label made from *text*, or None if it holds no letter or digit."""
        if re.fullmatch(self.pattern, text) is not None:
            return text
        start, stop = re.search(grammar.ALNUM, text), re.search(grammar.ALNUM, text[::-1])
        if start is None or stop is None:
            return None
        repaired = ""
        # The loop stops at the limit, so that a megabyte costs little.
        for match in re.finditer(f"[{self.allowed}]+", text[start.start() : len(text) - stop.start()]):
            repaired += self.joiner + match[0][: self.limit] if repaired else match[0][: self.limit]
            if len(repaired) > self.limit:
                break
        return repaired[: self.limit]


LABELS: Final[dict[LabelField, _Label]] = {
    "tag": _Label("tag", grammar.TAG, "_", "CKS-010"),
    "architecture": _Label("architecture", grammar.ARCHITECTURE, "_", "CKS-010"),
    "encoder": _Label("encoder", grammar.ENCODER, "_-", "CKS-011"),
    "phase": _Label("phase", grammar.PHASE, "-", "CKS-012", grammar.MAX_PHASE),
    "metric": _Label("metric name", grammar.METRIC_NAME, "_", "CKS-010"),
}


def sanitize_label(text: str, field: LabelField = "tag") -> str:
    """Return a valid label made from *text*, such as a label of another program. Characters may get lost.

    A valid label comes back unchanged. Otherwise each run of characters that the field cannot hold becomes one ``_``
    (``-`` in a phase), ``_`` and ``-`` at either end are removed, and the rest is cut to the limit of the field. Two
    texts may give the same label.

    Args:
        text: Any text, such as ``"my-exp v2"``.
        field: The field that the label is for; ``"encoder"`` keeps ``-`` and ``"phase"`` keeps ``-`` but not ``_``.

    Returns:
        The label, 1 to 64 characters long (a phase: 32).

    Raises:
        FieldError: If *text* is no `str` or holds no ASCII letter or digit, or *field* is no label field (CKS-070).

    Examples:
        >>> sanitize_label("my-exp v2")
        'my_exp_v2'
        >>> sanitize_label("fine_tuning", "phase")
        'fine-tuning'
    """
    try:
        label = LABELS[field]
    except (KeyError, TypeError):
        raise FieldError("label field", field, f"one of {', '.join(LABELS)}", None, "CKS-070") from None
    repaired = label.repair(_coerce.plain_text(label.kind, text, requirement="CKS-070"))
    if repaired is None:
        raise FieldError(label.kind, text, "at least one ASCII letter or digit", 0, "CKS-070")
    return repaired


def tag(value: str) -> str:
    """Convert a tag (CKS-010)."""
    return LABELS["tag"].convert(value)


def architecture(value: str) -> str:
    """Convert an architecture (CKS-010)."""
    return LABELS["architecture"].convert(value)


def encoder(value: str | None) -> str | None:
    """Convert an encoder; None stays None, for a model without an encoder (CKS-011)."""
    return None if value is None else LABELS["encoder"].convert(value)


def model_labels(model: object) -> tuple[str, str | None]:
    """Return the architecture and the encoder of ``<architecture>[-<encoder>]``, both unchecked.

    Raises:
        FieldError: If *model* is no text.
    """
    if not isinstance(model, str):
        raise FieldError("model", model, "a str of an architecture, or of an architecture, '-' and an encoder")
    architecture, hyphen, encoder = model.partition("-")
    return architecture, encoder if hyphen else None


def phase(value: str) -> str:
    """Convert a phase (CKS-012)."""
    return LABELS["phase"].convert(value)


def metric_name(value: str, requirement: str | None = None) -> str:
    """Convert the name of a metric; its error cites *requirement*, by default CKS-010."""
    return LABELS["metric"].convert(value, requirement)


def timestamp(value: datetime) -> datetime:
    """Convert a timestamp: naive, whole seconds (CKS-013)."""
    if not isinstance(value, datetime):
        raise FieldError("timestamp", value, "a datetime", None, "CKS-013")
    if datetime.timetz(value).tzinfo is not None:
        raise FieldError("timestamp", value, "a naive datetime: call .replace(tzinfo=None) on it", None, "CKS-013")
    # Methods of the base class, for a subclass may override them. No name holds `fold`.
    plain = datetime.combine(datetime.date(value), datetime.time(value)).replace(fold=0)
    try:
        # A subclass may hold more than a datetime: the one of pandas has nanoseconds.
        is_whole = plain.microsecond == 0 and plain == value and not getattr(value, "nanosecond", 0)
    except Exception as error:  # comparing with a subclass runs foreign code, which may raise any error
        raise FieldError("timestamp", value, "whole seconds", None, "CKS-013") from error
    if not is_whole:
        raise FieldError("timestamp", value, "whole seconds: call .replace(microsecond=0) on it", None, "CKS-013")
    return plain


def integer(kind: str, value: SupportsIndex, low: int, requirement: str) -> int:
    """Convert an integer from *low* to 10**18 - 1, given as any object with ``__index__`` but no bool."""
    if type(value) is int and low <= value <= grammar.MAX_NUMBER:
        return value
    expected = f"an integer from {low} to {grammar.MAX_NUMBER}"
    try:
        number = _coerce.integer(value)
    except Exception as error:  # a foreign scalar is foreign code, which may raise any error
        raise FieldError(kind, value, expected, None, requirement) from error
    if number is not None and low <= number <= grammar.MAX_NUMBER:
        return number
    raise FieldError(kind, value, expected, None, requirement)


def epoch(value: SupportsIndex) -> int:
    """Convert an epoch, any object with ``__index__`` but no bool (CKS-020)."""
    return integer("epoch", value, 0, "CKS-020")


def step(value: SupportsIndex) -> int:
    """Convert a step, any object with ``__index__`` but no bool (CKS-021)."""
    return integer("step", value, 0, "CKS-021")


def version(value: SupportsIndex | None) -> int | None:
    """Convert a version; None stays None, for a name without a version (CKS-024)."""
    return None if value is None else integer("version", value, 1, "CKS-024")


def metric_value(value: SupportsFloat | SupportsIndex) -> float:
    """Convert the value of a metric: round half to even at four decimals, and minus zero to zero (CKS-022, CKS-023)."""
    if is_metric_value(value):
        return value
    expected = "a finite number that rounds to at most 11 integer digits and four decimals"
    try:
        number = value if type(value) is float else _coerce.real(value)
        # The exact binary value is rounded; "z" turns a number that rounds to minus zero into zero.
        rounded = None if number is None else float(f"{number:z.4f}")
    except Exception as error:  # a foreign scalar is foreign code, which may raise any error
        raise FieldError("metric value", value, expected, None, "CKS-023") from error
    if rounded is not None and abs(rounded) < _VALUE_END:  # False for nan, too
        return rounded
    raise FieldError("metric value", value, expected, None, "CKS-023")


def root(value: str | os.PathLike[str] | None) -> str | None:
    """Convert a root: a text that is not empty and holds no NUL. None, for no root, stays None (CKS-031)."""
    if value is None:
        return None
    text = _coerce.path_text("root", value)
    if text and "\0" not in text:
        return text
    raise FieldError("root", text, "a root that is not empty and holds no NUL", max(text.find("\0"), 0), "CKS-031")


# --------------------------------------------------------------------------------------------------------------------
# Constructors. msgspec fills an attrs class past its converters and then calls `__attrs_post_init__`. So that method
# checks each field again, by the functions below, and converts the fields if a check fails.


Converters: TypeAlias = Mapping[str, Callable[[Any], object]]
"""A converter for each field of a value, by its name."""


def convert_fields(value: object, converters: Converters) -> None:
    """Convert each field of a new *value* in place, or raise the `FieldError` of the first invalid field."""
    for field, convert in converters.items():
        object.__setattr__(value, field, convert(getattr(value, field)))


def is_number(value: object) -> bool:
    """Return whether *value* is an epoch or a step as it is stored."""
    return type(value) is int and 0 <= value <= grammar.MAX_NUMBER


def is_version(value: object) -> bool:
    """Return whether *value* is a version as it is stored, or None."""
    return value is None or (type(value) is int and 1 <= value <= grammar.MAX_NUMBER)


def is_metric_value(value: object) -> TypeGuard[float]:
    """Return whether *value* is the value of a metric as it is stored: rounded, in bounds, no minus zero."""
    # Formatting and reading the text would take twice as long. The quotient is as exact: the product is off by less
    # than a quarter below the bound, and a division rounds its exact result to the double that the text is read as.
    return (
        type(value) is float
        and _VALUE_START < value < _VALUE_END
        and round(value * 1e4) / 1e4 == value
        and (value != 0 or str(value) == "0.0")
    )


def is_root(value: object) -> bool:
    """Return whether *value* is a root as it is stored, or None."""
    return value is None or (type(value) is str and value != "" and "\0" not in value)
