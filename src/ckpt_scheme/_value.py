"""`TextValue`: the common behaviour of values that are one text, such as a run id."""

from __future__ import annotations

import functools
import os
from types import ModuleType
from typing import Any, ClassVar, Self


@functools.cache
def diagnosis() -> ModuleType:
    """Return the module with the errors of `parse`. The first error loads it."""
    from ckpt_scheme import _diagnose  # noqa: PLC0415 - the cache answers five times as fast as another import

    return _diagnose


def restore(cls: type[TextValue], text: str) -> TextValue:
    """Parse *text*: pickle and YAML make a value by this call. Old pickles name this function, so it stays here."""
    return cls.parse(text)


class TextValue:
    """A frozen value with exactly one text: `parse` and `format` are each other's inverse.

    Values of one family are ordered. They are pickled as their text, so `parse` checks each value that is loaded.
    """

    __slots__ = ()

    _REGEX: ClassVar[str]
    """The texts of the class, as a regular expression for a full match."""

    _family: ClassVar[type[TextValue]]
    """The direct subclass of `TextValue` whose instances compare with each other."""

    def __init_subclass__(cls) -> None:
        if TextValue in cls.__bases__:
            cls._family = cls

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> Self:
        """Parse *text*; the inverse of `format`."""
        raise NotImplementedError

    def format(self) -> str:
        """Return the text of the value; the inverse of `parse`."""
        raise NotImplementedError

    def sort_key(self) -> tuple[Any, ...]:
        """Return the key that orders values of one family."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.format()

    def __format__(self, spec: str) -> str:
        return format(self.format(), spec)

    def __lt__(self, other: object) -> bool:
        return self.sort_key() < other.sort_key() if isinstance(other, self._family) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.sort_key() <= other.sort_key() if isinstance(other, self._family) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.sort_key() > other.sort_key() if isinstance(other, self._family) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.sort_key() >= other.sort_key() if isinstance(other, self._family) else NotImplemented

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return restore, (type(self), self.format())

    # pydantic calls these two. Its core schemas are plain dictionaries, so nothing of pydantic is imported.

    @classmethod
    def _validate(cls, value: object) -> Self:
        return value if isinstance(value, cls) else cls.parse(value)  # type: ignore[arg-type]  # `parse` refuses others

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": cls._validate},
            "serialization": {"type": "to-string", "when_used": "json"},
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": "string", "title": cls.__name__, "pattern": f"^(?:{cls._REGEX})$"}
