"""Objects that imitate a text, a number or a path, some of which raise when they are used."""

from __future__ import annotations


class PlainText(str):
    """A `str` that prints as something else, as a member of a str Enum does."""

    __slots__ = ()

    def __str__(self) -> str:
        return "printed"

    def __format__(self, _spec: str) -> str:
        return "formatted"


class Index:
    """An object that is an integer to `operator.index`, as the scalars of array libraries are."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value  # type: ignore[return-value]  # a foreign object may return anything


class Raising:
    """An object whose conversions raise unexpected errors."""

    def __index__(self) -> int:
        raise LookupError

    def __float__(self) -> float:
        raise ZeroDivisionError

    def __fspath__(self) -> str:
        raise RecursionError

    def __repr__(self) -> str:
        raise MemoryError


class RaisingDtype:
    """A lazy scalar whose type cannot be read."""

    @property
    def dtype(self) -> object:
        raise RuntimeError

    def __index__(self) -> int:
        return 22

    def __float__(self) -> float:
        return 22.0


class RaisingLookup:
    """A proxy whose every attribute raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)
