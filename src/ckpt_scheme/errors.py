"""The exceptions of the library: data first, one message template.

Every error is a `ValueError`, carries what it knows in attributes, survives pickling, and prints as one line:

    invalid <kind> <text>: expected <form> at position <n>, found <rest> [<requirement>]; did you mean <suggestion>?

Only the attributes are API. The wording may change in any release.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AmbiguousNameError",
    "BusyError",
    "FieldError",
    "MigrationError",
    "NameSyntaxError",
    "SchemeError",
    "StalePlanError",
    "UnknownFormatError",
]

# A file name is at most 255 bytes, but what reaches a parser may be a megabyte; a message stays readable all the same.
_TEXT_SHOWN = 80
_REST_SHOWN = 40
_CONTAINERS = (bytearray, dict, frozenset, list, memoryview, set, tuple)  # whose text may be of any length
_SUGGESTION_SHOWN = 156  # a checkpoint name, whole


def _shown_text(head: str | bytes, length: int, limit: int) -> str:
    count = len(head)
    while len(shown := ascii(head[:count])) > limit + len("b''"):
        count //= 2  # one character may take ten to show
    return shown + ("..." if length > count else "")


def _shown(value: Any, limit: int) -> str:  # noqa: ANN401 - anything may be refused
    """Return *value* in printable ASCII, about *limit* characters of it at the most, without ever raising."""
    # By the true type, for a mock may say that its class is `str`; and by the slots of the base classes, for a subclass
    # may answer a slice with anything.
    if issubclass(type(value), str):
        return _shown_text(str.__getitem__(value, slice(limit)), str.__len__(value), limit)
    if issubclass(type(value), bytes):
        return _shown_text(bytes.__getitem__(value, slice(limit)), bytes.__len__(value), limit)
    shown = ""
    if not issubclass(type(value), _CONTAINERS):
        try:
            shown = ascii(value)
        except Exception:  # noqa: BLE001 - the repr of a foreign object, or of an int over 4,300 digits, may raise anything
            shown = ""
    if not shown or len(shown) > limit:
        shown = f"<{ascii(type(value).__name__)[1:-1][:limit]}>"
    return shown if shown.isprintable() else ascii(shown)[1:-1]


class SchemeError(ValueError):
    """Root of all errors that this library raises for bad input.

    Attributes:
        kind: What was being read or built, such as ``"run id"`` or ``"epoch"``.
        text: The input, whole and unchanged; not always a `str`.
        expected: What would have been accepted instead.
        position: Index in the input where the part begins that cannot be read; None where the input is not text.
        requirement: Id of the requirement in ``docs/spec.md`` that the input breaks.
        suggestion: A valid spelling close to the input, or None.
    """

    def __init__(
        self,
        kind: str,
        text: object,
        expected: str,
        position: int | None = None,
        requirement: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        # Pickling rebuilds an exception from `args`, so these hold exactly what the constructor takes.
        super().__init__(kind, text, expected, position, requirement, suggestion)
        self.kind = kind
        self.text = text
        self.expected = expected
        self.position = position
        self.requirement = requirement
        self.suggestion = suggestion

    @property
    def found(self) -> object:
        """What stands at `position`: the rest of the text, or the whole input where it is not text."""
        if self.position is None or not isinstance(self.text, str):
            return self.text
        return str.__getitem__(self.text, slice(self.position, None))

    def __str__(self) -> str:
        """Return the one-line message."""
        parts = [f"invalid {self.kind} {_shown(self.text, _TEXT_SHOWN)}: expected {self.expected}"]
        if self.position is not None:
            parts.append(f" at position {self.position}, found {_shown(self.found, _REST_SHOWN)}")
        elif not isinstance(self.text, str):
            parts.append(f", found {_shown(type(self.text).__name__, _REST_SHOWN)[1:-1]}")
        if self.requirement is not None:
            parts.append(f" [{self.requirement}]")
        if self.suggestion is not None:
            parts.append(f"; did you mean {_shown(self.suggestion, _SUGGESTION_SHOWN)}?")
        return "".join(parts)


class FieldError(SchemeError):
    """A value cannot be a field of a name: raised by constructors, builders and `upgrade`."""


class NameSyntaxError(SchemeError):
    """A text is not in the grammar: raised by every ``parse``."""


class UnknownFormatError(SchemeError):
    """No known format, canonical or legacy, reads a name: raised by `ckpt_scheme.legacy.decode`."""


class AmbiguousNameError(SchemeError):
    """More than one format reads a name and nothing in it decides: raised by `ckpt_scheme.legacy.decode`.

    Attributes:
        readings: Every reading, as `ckpt_scheme.legacy.readings` returns them.
        deciders: What would decide, or leave fewer readings: ``"entry"`` (whether it is a file or a directory),
            ``"framework"`` (who wrote it), ``"siblings"`` (the names beside it); empty if none of them would.
    """

    def __init__(
        self,
        kind: str,
        text: object,
        expected: str,
        position: int | None = None,
        requirement: str | None = None,
        suggestion: str | None = None,
        readings: tuple[object, ...] = (),
        deciders: tuple[str, ...] = (),
    ) -> None:
        super().__init__(kind, text, expected, position, requirement, suggestion)
        self.args = (*self.args, readings, deciders)
        self.readings = readings
        self.deciders = deciders


class MigrationError(SchemeError):
    """A migration cannot be planned or carried out: raised by `ckpt_scheme.migration`, before anything is changed."""


class BusyError(MigrationError):
    """Another migration is at work below the same root."""


class StalePlanError(MigrationError):
    """What is on the disk is not what a plan was made from, or allows less than the plan asks for."""
