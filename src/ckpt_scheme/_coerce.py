"""Convert arguments to plain text, paths, numbers and iterables, or raise `FieldError`.

The rules of the fields themselves are in `_fields`.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Iterator
from typing import SupportsFloat, SupportsIndex, TypeVar

from ckpt_scheme.errors import FieldError, SchemeError

_T = TypeVar("_T")


def plain_text(kind: str, value: str, expected: str = "a str", requirement: str | None = None) -> str:
    """Return a `str`, or an instance of a subclass such as a str Enum, as plain text."""
    try:
        return str.__str__(value)
    except TypeError:
        raise FieldError(kind, value, expected, None, requirement) from None


def path_text(
    kind: str,
    value: str | os.PathLike[str],
    error: type[SchemeError] = FieldError,
    requirement: str | None = "CKS-031",
) -> str:
    """Return a path, a `str` or an `os.PathLike`, as plain text with ``/`` between its parts, or raise *error*."""
    expected = "a str or an os.PathLike of str"
    try:
        # The text of a Windows path has backslashes; `as_posix` writes the "/" of the scheme.
        as_posix = None if isinstance(value, str) else getattr(value, "as_posix", None)
        text = os.fspath(value) if as_posix is None else as_posix()
    except Exception as cause:  # `__fspath__` is foreign code and may raise any error; the cause is kept
        raise error(kind, value, expected, None, requirement) from cause
    try:
        return str.__str__(text)
    except TypeError:
        raise error(kind, value, expected, None, requirement) from None


def path_text_or_none(value: object) -> str | None:
    """Return a path as `path_text` does, or None in place of the error."""
    try:
        return path_text("path", value)  # type: ignore[arg-type]  # refused if it is no path
    except FieldError:
        return None


def many(kind: str, items: Iterable[_T], requirement: str | None = None) -> Iterator[_T]:
    """Return an iterator over *items*.

    A single text is refused: iteration would yield its characters, and no names or lines.
    """
    try:
        if not isinstance(items, (str, bytes, os.PathLike)):
            return iter(items)
    except TypeError:
        pass
    raise FieldError(kind, items, f"an iterable of {kind}, not a single text", None, requirement) from None


def instance(kind: str, value: _T, cls: type[_T]) -> _T:
    """Return *value* if it is an instance of *cls*, or raise."""
    if isinstance(value, cls):
        return value
    raise FieldError(kind, value, f"a {cls.__name__}")


def _is_real_number(value: object, method: str) -> bool:
    """Return whether *value* is a real scalar with *method* or ``__index__``; a dtype must be of numbers."""
    dtype = str(getattr(value, "dtype", "int"))  # a scalar of numpy, torch or another array library
    if isinstance(value, (bool, str, bytes, complex)) or not ("int" in dtype or "float" in dtype):
        return False
    return not getattr(value, "ndim", 0) and (hasattr(value, method) or hasattr(value, "__index__"))


def integer(value: SupportsIndex) -> int | None:
    """Return *value* as an `int` if it has ``__index__`` and is no bool, else None.

    May raise any error that ``__index__`` of a foreign object raises.
    """
    return int(operator.index(value)) if _is_real_number(value, "__index__") else None


def real(value: SupportsFloat | SupportsIndex) -> float | None:
    """Return *value* as a `float` if it has ``__float__`` or ``__index__`` and is no bool, else None.

    May raise any error that ``__float__`` of a foreign object raises.
    """
    return float(value) if _is_real_number(value, "__float__") else None
