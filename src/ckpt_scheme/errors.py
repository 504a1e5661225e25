"""The exceptions and warnings of the library.

An input that the library cannot accept raises a `SchemeError`, which is a `ValueError`: a wrong type raises the same
class as a wrong value. `parse` raises `NameSyntaxError`; every other function and constructor raises `FieldError` or
one of the classes below it in `__all__`. An operation that the disk does not allow raises an `OperationError`, which is
a `RuntimeError`.

A `SchemeError` carries its facts in attributes, survives pickling, and prints as one line. Only the attributes are
API. The wording may change in any release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckpt_scheme.legacy import Reading

__all__ = [
    "AmbiguousNameError",
    "BusyError",
    "FieldError",
    "NameSyntaxError",
    "OperationError",
    "SchemeError",
    "SelectionError",
    "SelectionWarning",
    "StalePlanError",
    "TooManyGlobsError",
    "UncertainLatestWarning",
    "UnknownFormatError",
    "UnknownFrameworkError",
    "UnreadNameWarning",
]

# A file name is at most 255 bytes, but an input may be a megabyte. These limits keep a message readable.
_TEXT_SHOWN = 80
_REST_SHOWN = 40
_NAMES_SHOWN = 5
PATH_SHOWN = 4096  # no system has longer paths, but an edited plan may
_CONTAINERS = (bytearray, dict, frozenset, list, memoryview, set, tuple)  # their text has no bound
_SUGGESTION_SHOWN = 156  # a checkpoint name, whole


def _shown_text(head: str | bytes, length: int, limit: int) -> str:
    count = len(head)
    while len(shown := ascii(head[:count])) > limit + len("b''"):
        count //= 2  # `ascii` may write one character as ten
    return shown + ("..." if length > count else "")


def _shown(value: Any, limit: int) -> str:  # noqa: ANN401 - an input of any type may be refused
    """Return *value* in printable ASCII, cut to about *limit* characters. Never raises."""
    # The true type decides, for a mock may claim that its class is `str`. The methods are those of the base class, for
    # a subclass may return any object for a slice.
    if issubclass(type(value), str):
        return _shown_text(str.__getitem__(value, slice(limit)), str.__len__(value), limit)
    if issubclass(type(value), bytes):
        return _shown_text(bytes.__getitem__(value, slice(limit)), bytes.__len__(value), limit)
    shown = ""
    if not issubclass(type(value), _CONTAINERS):
        try:
            shown = ascii(value)
        except Exception:  # noqa: BLE001 - the repr of a foreign object, or of an int over 4,300 digits, may raise any error
            shown = ""
    if not shown or len(shown) > limit:
        shown = f"<{ascii(type(value).__name__)[1:-1][:limit]}>"
    return shown if shown.isprintable() else ascii(shown)[1:-1]


def _listed(names: object) -> str:
    """Return the first few of *names*, separated by commas, and the number of the others."""
    if not isinstance(names, tuple):
        return _shown(names, _TEXT_SHOWN)
    shown = [_shown(name, _TEXT_SHOWN) for name in cast("tuple[object, ...]", names[:_NAMES_SHOWN])]
    more = len(cast("tuple[object, ...]", names)) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


class SchemeError(ValueError):
    """Base class of the errors for input that the library cannot accept.

    Attributes:
        kind: The thing that was read or built, such as ``"run id"`` or ``"epoch"``.
        text: The input, whole and unchanged; not always a `str`.
        expected: A description of the input that would have been accepted.
        position: Index in the input where the unreadable part begins; None if the input is not text.
        requirement: Id of the requirement in ``docs/spec.md`` that the input breaks.
        suggestion: A valid spelling close to the input, or None.
    """

    # Setting the attributes is half the cost of an error, and a slot is set four times as fast as a dictionary entry.
    __slots__ = ("expected", "kind", "position", "requirement", "suggestion", "text")

    def __init__(
        self,
        kind: str,
        text: object,
        expected: str,
        position: int | None = None,
        requirement: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        # Pickling rebuilds an exception from `args`, so these hold exactly the constructor's arguments.
        # The assignment takes half the time of the constructor of the base class, which does no more.
        self.args = (kind, text, expected, position, requirement, suggestion)
        self.kind = kind
        self.text = text
        self.expected = expected
        self.position = position
        self.requirement = requirement
        self.suggestion = suggestion

    @property
    def found(self) -> object:
        """The text from `position` on, or the whole input if it is not text."""
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


class NameSyntaxError(SchemeError):
    """A text is not in the grammar: raised by every ``parse``."""


class FieldError(SchemeError):
    """A value is invalid for a field of a name or for an argument of a function."""


class SelectionError(FieldError):
    """`latest`, `furthest` or `best` cannot choose among names that do not compare.

    Attributes:
        text: The names that do not compare, as a tuple.
    """

    def __str__(self) -> str:
        """Return the one-line message."""
        rule = "" if self.requirement is None else f" [{self.requirement}]"
        return f"no {self.kind} among {_listed(self.text)}: expected {self.expected}{rule}"


class TooManyGlobsError(FieldError):
    """A pattern would need more globs than the limit allows: raised by ``globs``.

    Attributes:
        text: The number of globs that would be needed, as text; ``"over 1000000"`` above a million.
    """

    def __str__(self) -> str:
        """Return the one-line message."""
        return f"{self.kind} needs {self.text} globs: {self.expected} [{self.requirement}]"


class UnknownFormatError(SchemeError):
    """No known format, canonical or legacy, reads a name: raised by `ckpt_scheme.legacy.decode`."""

    def __str__(self) -> str:
        """Return the one-line message."""
        return f"no known format reads {_shown(self.text, _TEXT_SHOWN)}: expected {self.expected} [{self.requirement}]"


class UnknownFrameworkError(FieldError):
    """No known format belongs to this framework; `suggestion` is the closest known framework, or None."""

    def __str__(self) -> str:
        """Return the one-line message."""
        meant = "" if self.suggestion is None else f", did you mean {_shown(self.suggestion, _TEXT_SHOWN)}?"
        return f"unknown framework {_shown(self.text, _TEXT_SHOWN)}{meant or f': expected {self.expected}'}"


class AmbiguousNameError(SchemeError):
    """A name has several readings, or other programs write it too: raised by `ckpt_scheme.legacy.decode`.

    Attributes:
        readings: Every reading, as `ckpt_scheme.legacy.readings` returns them.
        deciders: The facts that would leave fewer readings: ``"entry"`` (file or directory), ``"framework"`` (its
            writer), ``"siblings"`` (the names beside it). Empty if no fact would.
    """

    _ADVICE = {  # noqa: RUF012 - a constant of the class
        "entry": "end the name of a directory with '/'",
        "framework": "pass framework=...",
        "siblings": "call identify() with the other names in the directory",
    }

    def __init__(
        self,
        kind: str,
        text: object,
        expected: str,
        position: int | None = None,
        requirement: str | None = None,
        suggestion: str | None = None,
        readings: tuple[Reading, ...] = (),
        deciders: tuple[str, ...] = (),
    ) -> None:
        super().__init__(kind, text, expected, position, requirement, suggestion)
        self.args = (*self.args, readings, deciders)
        self.readings = readings
        self.deciders = deciders

    def __str__(self) -> str:
        """Return the message: the formats that match, and the ways to decide."""
        return self._sentence(self._ADVICE)

    def _sentence(self, ways: Mapping[str, str]) -> str:
        """Return the message, with the advice that *ways* gives for each of the `deciders`."""
        usual = [reading for reading in self.readings if reading.prior != "rare"] or self.readings
        *others, last = [f"{reading.framework}/{reading.format}" for reading in usual] or ["several formats"]
        matching = f"{', '.join(others)} and {last} match" if others else f"{last} matches"
        if usual and all(reading.shared for reading in usual):
            matching += ", and other programs write this spelling too"
        advice = ", or ".join(ways[decider] for decider in self.deciders)
        ending = f" {advice[0].upper()}{advice[1:]}." if advice else ""
        return f"{_shown(self.text, _TEXT_SHOWN)} is ambiguous: {matching}.{ending}"


class OperationError(RuntimeError):
    """An operation cannot or must not be carried out; the message is a sentence. Nothing was changed."""


class BusyError(OperationError):
    """Another operation is running below the same root."""


class StalePlanError(OperationError):
    """The disk has changed since the plan was made, or the plan asks for more than its policy allows."""


class SelectionWarning(UserWarning):
    """`latest`, `furthest` or `best` may have returned another name than the caller expects.

    Attributes:
        names: The names that the warning is about.
    """

    def __init__(self, message: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(message, names)
        self.names = names

    def __str__(self) -> str:
        """Return the one-line message."""
        return f"{self.args[0]}: {_listed(self.names)}" if self.names else str(self.args[0])


class UnreadNameWarning(SelectionWarning):
    """`latest`, `furthest` or `best` skipped a name that looks like a checkpoint, for no known format reads it."""


class UncertainLatestWarning(SelectionWarning):
    """A checkpoint that was not chosen may be later than the answer, or is later but not whole.

    Either a name such as ``last`` or ``final`` and a numbered name disagree, and no rule of the framework decides; or
    the names beside a checkpoint show that it is unfinished or only a part.
    """
