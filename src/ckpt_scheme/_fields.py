"""One converter for each field of a name: it returns the stored form of a value or raises `FieldError`.

These are what constructors run. `parse` does not: its match has proved the same rules, and a property test holds the
two doors against each other.
"""

from __future__ import annotations

import math
import operator
import os
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, SupportsFloat, SupportsIndex, TypeVar

from ckpt_scheme import _grammar as grammar
from ckpt_scheme.errors import FieldError, SchemeError

_T = TypeVar("_T")
LabelField = Literal["tag", "architecture", "encoder", "phase", "metric"]


class _Label:
    """The rule of one label field, and how to say what breaks it."""

    __slots__ = ("allowed", "expected", "joiner", "kind", "limit", "pattern", "requirement")

    def __init__(self, kind: str, pattern: str, allowed: str, joiner: str, requirement: str) -> None:
        self.kind = kind
        self.pattern = pattern  # compiled on first use, by `re`: most programs that import this build nothing
        self.allowed = allowed
        self.joiner = joiner
        self.requirement = requirement
        self.limit = grammar.MAX_PHASE if kind == "phase" else grammar.MAX_LABEL
        others = " or ".join(f"'{char}'" for char in "_-" if char in allowed.replace("0-9A-Z", "").replace("a-z", ""))
        self.expected = f"1 to {self.limit} letters, digits or {others}, a letter or digit first"

    def convert(self, value: str) -> str:
        text = plain_text(self.kind, value, f"a str of {self.expected}", self.requirement)
        if re.fullmatch(self.pattern, text) is not None:
            return text
        prefix = re.match(self.pattern, text)
        position = 0 if prefix is None else prefix.end()
        raise FieldError(self.kind, text, self.expected, position, self.requirement, self.repair(text))

    def repair(self, text: str) -> str | None:
        """Return a valid label made from *text*, or None if it holds no letter or digit."""
        if re.fullmatch(self.pattern, text) is not None:
            return text
        start, stop = re.search(grammar.ALNUM, text), re.search(grammar.ALNUM, text[::-1])
        if start is None or stop is None:
            return None
        repaired = ""
        # Only so much is rewritten as is kept, so that a megabyte costs little.
        for match in re.finditer(f"[{self.allowed}]+", text[start.start() : len(text) - stop.start()]):
            repaired += self.joiner + match[0][: self.limit] if repaired else match[0][: self.limit]
            if len(repaired) > self.limit:
                break
        return repaired[: self.limit]


_LABELS: Final[dict[LabelField, _Label]] = {
    "tag": _Label("tag", grammar.TAG, "0-9A-Z_a-z", "_", "CKS-010"),
    "architecture": _Label("architecture", grammar.ARCHITECTURE, "0-9A-Z_a-z", "_", "CKS-010"),
    "encoder": _Label("encoder", grammar.ENCODER, "0-9A-Z_a-z-", "_", "CKS-011"),
    "phase": _Label("phase", grammar.PHASE, "0-9A-Za-z-", "-", "CKS-012"),
    "metric": _Label("metric name", grammar.METRIC_NAME, "0-9A-Z_a-z", "_", "CKS-010"),
}


def sanitize_label(text: str, field: LabelField = "tag") -> str:
    """Return a valid label made from *text*: the explicit, lossy way in for labels from the outside world.

    A label that is valid already comes back unchanged. Otherwise each run of characters that the field cannot hold
    becomes one ``_`` (``-`` in a phase), ``_`` and ``-`` at either end go, and the rest is cut to the field's limit.
    Two texts may become one label.

    Args:
        text: Any text, such as ``"my-exp v2"``.
        field: The field that the label is for; ``"encoder"`` keeps ``-`` and ``"phase"`` keeps ``-`` but not ``_``.

    Returns:
        The label, 1 to 64 characters long (a phase: 32).

    Raises:
        FieldError: If *text* is no `str` or holds no ASCII letter or digit (CKS-070).

    Examples:
        >>> sanitize_label("my-exp v2")
        'my_exp_v2'
        >>> sanitize_label("fine_tuning", "phase")
        'fine-tuning'
    """
    try:
        label = _LABELS[field]
    except (KeyError, TypeError):
        raise FieldError("label field", field, f"one of {', '.join(_LABELS)}", None, "CKS-070") from None
    repaired = label.repair(plain_text(label.kind, text))
    if repaired is None:
        raise FieldError(label.kind, text, "at least one ASCII letter or digit", 0, "CKS-070")
    return repaired


def plain_text(kind: str, value: str, expected: str = "a str", requirement: str = "CKS-070") -> str:
    """Return a `str`, or an instance of a subclass such as a str Enum, as the plain text that it is."""
    try:
        return str.__str__(value)
    except TypeError:
        raise FieldError(kind, value, expected, None, requirement) from None


def tag(value: str) -> str:
    """Convert a tag (CKS-010)."""
    return _LABELS["tag"].convert(value)


def architecture(value: str) -> str:
    """Convert an architecture (CKS-010)."""
    return _LABELS["architecture"].convert(value)


def encoder(value: str | None) -> str | None:
    """Convert an encoder, None where the model has none (CKS-011)."""
    return None if value is None else _LABELS["encoder"].convert(value)


def phase(value: str) -> str:
    """Convert a phase (CKS-012)."""
    return _LABELS["phase"].convert(value)


def metric_name(value: str) -> str:
    """Convert a metric's name (CKS-010)."""
    return _LABELS["metric"].convert(value)


def timestamp(value: datetime) -> datetime:
    """Convert a timestamp: naive, whole seconds (CKS-013)."""
    if not isinstance(value, datetime):
        raise FieldError("timestamp", value, "a datetime", None, "CKS-013")
    if datetime.timetz(value).tzinfo is not None:
        raise FieldError("timestamp", value, "a naive datetime: call .replace(tzinfo=None) on it", None, "CKS-013")
    # Through the base class, past what a subclass overrides. `fold` is not in the text.
    plain = datetime.combine(datetime.date(value), datetime.time(value)).replace(fold=0)
    try:
        # A subclass may hold more than a datetime does; that of pandas has nanoseconds.
        is_whole = plain.microsecond == 0 and plain == value and not getattr(value, "nanosecond", 0)
    except Exception as error:  # comparing with a subclass runs its code: whatever it raises, the cause is kept
        raise FieldError("timestamp", value, "whole seconds", None, "CKS-013") from error
    if not is_whole:
        raise FieldError("timestamp", value, "whole seconds: call .replace(microsecond=0) on it", None, "CKS-013")
    return plain


def _is_number(value: object, attribute: str) -> bool:
    """Return whether *value* converts with *attribute* and is one real number, by its dtype where it has one."""
    dtype = str(getattr(value, "dtype", "int"))  # numpy, torch and their like
    if isinstance(value, (bool, str, bytes, complex)) or not ("int" in dtype or "float" in dtype):
        return False
    return not getattr(value, "ndim", 0) and (hasattr(value, attribute) or hasattr(value, "__index__"))


def integer(kind: str, value: SupportsIndex, low: int, requirement: str) -> int:
    """Convert an integer from *low* to 10**18 - 1: any object with ``__index__`` but no bool."""
    expected = f"an integer from {low} to {grammar.MAX_NUMBER}"
    try:
        number = operator.index(value) if _is_number(value, "__index__") else low - 1
    except Exception as error:  # a foreign scalar is foreign code: whatever it raises, the cause is kept
        raise FieldError(kind, value, expected, None, requirement) from error
    if low <= number <= grammar.MAX_NUMBER:
        return int(number)
    raise FieldError(kind, value, expected, None, requirement)


def epoch(value: SupportsIndex) -> int:
    """Convert an epoch, any object with ``__index__`` but no bool (CKS-020)."""
    return integer("epoch", value, 0, "CKS-020")


def step(value: SupportsIndex) -> int:
    """Convert a step, any object with ``__index__`` but no bool (CKS-021)."""
    return integer("step", value, 0, "CKS-021")


def version(value: SupportsIndex | None) -> int | None:
    """Convert a version, None where a name has none (CKS-024)."""
    return None if value is None else integer("version", value, 1, "CKS-024")


def metric_value(value: SupportsFloat | SupportsIndex) -> float:
    """Convert a metric's value: round it to four decimals, half to even, minus zero to zero (CKS-022, CKS-023)."""
    expected = "a finite number that rounds to at most 11 integer digits and four decimals"
    try:
        # The exact binary value is what gets rounded; "z" turns what rounds to minus zero into zero.
        number = float(f"{float(value):z.4f}") if _is_number(value, "__float__") else math.nan
    except Exception as error:  # a foreign scalar is foreign code: whatever it raises, the cause is kept
        raise FieldError("metric value", value, expected, None, "CKS-023") from error
    if abs(number) < 10**grammar.MAX_INTEGER_DIGITS:  # False for nan, too
        return number
    raise FieldError("metric value", value, expected, None, "CKS-023")


def root(value: str | os.PathLike[str] | None) -> str | None:
    """Convert a root, None where a path has none: any text but the empty one, without NUL (CKS-031)."""
    if value is None:
        return None
    text = path_text("root", value, FieldError)
    if text and "\0" not in text:
        return text
    raise FieldError("root", text, "a root that is not empty and holds no NUL", max(text.find("\0"), 0), "CKS-031")


def path_text(kind: str, value: str | os.PathLike[str], error: type[SchemeError]) -> str:
    """Return a path, a `str` or an `os.PathLike`, as plain text with ``/`` between its parts, or raise *error*."""
    expected = "a str or an os.PathLike of str"
    try:
        # A path object of Windows writes backslashes, and has a method for what the scheme writes.
        as_posix = None if isinstance(value, str) else getattr(value, "as_posix", None)
        text = os.fspath(value) if as_posix is None else as_posix()
    except Exception as cause:  # `__fspath__` is foreign code: whatever it raises, the cause is kept
        raise error(kind, value, expected, None, "CKS-031") from cause
    try:
        return str.__str__(text)
    except TypeError:
        raise error(kind, value, expected, None, "CKS-031") from None


def several(items: Iterable[_T], requirement: str) -> Iterable[_T]:
    """Return *items* if they are many; one name is an iterable too, of characters, none of which is a name."""
    if isinstance(items, (str, bytes, os.PathLike)):
        raise FieldError("selection", items, "an iterable of names or paths, not one", None, requirement)
    return items
