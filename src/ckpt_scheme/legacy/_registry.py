"""`Registry`: a set of formats, and the functions that read names with them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, final

import attrs

from ckpt_scheme import _coerce, checkpoint_name
from ckpt_scheme.checkpoint_name import AnyCheckpoint
from ckpt_scheme.errors import FieldError, UnknownFormatError, UnknownFrameworkError
from ckpt_scheme.legacy import _data
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._declarations import checked_formats_of
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._format_set import FormatSet
from ckpt_scheme.legacy._index import Index
from ckpt_scheme.legacy._reading import (
    CANONICAL,
    Found,
    Match,
    Reading,
    canonical_match,
    canonical_reading,
    of_framework,
    only,
)

# Finds the part of a metric's name before its "/", of which Lightning made a directory (CKS-144).
_has_metric_prefix: Final = re.compile("=.*[-_](?:train|val|valid|validation|test|eval|dev)", re.DOTALL).search

if TYPE_CHECKING:  # the methods that need these load them: most programs only read names
    from ckpt_scheme.legacy._identification import Identification
    from ckpt_scheme.legacy._identify import Tally
    from ckpt_scheme.legacy._template import Template


def _as_set(formats: Iterable[Format]) -> FormatSet:
    return formats if isinstance(formats, FormatSet) else FormatSet(formats)


def _counted(formats: FormatSet) -> str:
    return f"<{len(tuple(formats))} formats>"


@final
@attrs.frozen
class Registry:
    """A set of formats to read names with.

    To add your own formats, make a registry, which changes no other: ``Registry((*REGISTRY.formats, mine))``.

    Args:
        formats: The formats. The readings of a name are sorted from the most to the least specific, then by framework
            and id.

    Raises:
        FieldError: If one of *formats* is no `Format`.
    """

    _formats: FormatSet = attrs.field(converter=_as_set, eq=tuple, repr=_counted)
    # The index of the other formats, and the index of the fallback formats.
    _indexes: tuple[Index, ...] = attrs.field(init=False, default=(), eq=False, repr=False)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Registry:
        """Return the registry of the formats in one JSON file, in the form of the files of the package.

        Args:
            path: The path of the file. It is read at once, and not again.

        Raises:
            OSError: If the file cannot be read.
            FieldError: If the file holds no JSON of this form, or a format is refused.
        """
        try:
            content = _data.read(path)
        except ValueError as error:
            raise FieldError("file of formats", os.fspath(path), f"JSON in UTF-8: {error}", None, "CKS-061") from None
        return cls(checked_formats_of(content))

    def __reduce__(self) -> tuple[type[Registry], tuple[tuple[Format, ...]]]:
        return Registry, (self.formats,)

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats."""
        return tuple(self._formats)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks of the formats, each once, in the order of the formats."""
        return self._formats.frameworks

    def format_of(self, reading: Reading) -> Format | None:
        """Return the format of a reading, or None if it is canonical."""
        return self._formats.find(reading.framework, reading.format)

    def is_loose(self, reading: Reading) -> bool:
        """Return whether each name of a reading's format holds free text, so that many other names look like it."""
        declared = self.format_of(reading)
        return declared is not None and declared.has_free_text

    def readings(self, name: str | os.PathLike[str]) -> tuple[Reading, ...]:
        """Return every reading of *name*: its own if it is canonical, else one for each format that accepts it.

        Rare readings come last (CKS-140). Within both groups, the most specific readings come first: those with the
        fewest fields of free text, then those whose template has the most literal characters (CKS-084).

        Args:
            name: The last component of a checkpoint's path, or more of the path, as text or `os.PathLike`. Of a path,
                as many components are read as any format knows, from its end. A name that ends in ``/`` is a
                directory's, and a format of files does not read it.

        Raises:
            FieldError: If *name* is no text and no path.
        """
        if type(name) is not str:
            name = _coerce.path_text("checkpoint name", name, requirement="CKS-061")
        return self._found(name, Format._reading_of, canonical_reading)

    def _matches(self, name: str) -> tuple[Match, ...]:
        """Return the formats of the `readings` of a name, in less time."""
        return self._found(name, Format._match_of, canonical_match)

    def _has_rule(self, match: Match) -> bool:
        """Return whether the format of a match says which names are not whole (CKS-150, CKS-151)."""
        declared = self._formats.find(match.framework, match.format)
        return declared is not None and bool(declared.disqualifies or declared.completed_by)

    def decode(self, name: str | os.PathLike[str], framework: str | None = None) -> Reading:
        r"""Return the only reading of *name* that counts without further evidence (CKS-142).

        Args:
            name: As for `readings`.
            framework: The framework that wrote the name, if it is known: only its readings count. A canonical name
                keeps its own reading.

        Raises:
            FieldError: If *name* is no text and no path.
            UnknownFormatError: If no format accepts *name* (CKS-086), such as a path with ``\`` in it (CKS-145).
            AmbiguousNameError: If several formats accept it, not counting rare ones (CKS-085), or if other programs
                write this spelling too and no framework is given (CKS-143). The error has the `readings`.
            UnknownFrameworkError: If there is no format of *framework*.
        """
        found = self.readings(name)
        if framework is not None:
            self.check_framework(framework)
            found = of_framework(found, framework)
        reading = only(found, is_writer_known=framework is not None)
        if reading is not None:
            return reading
        text = _coerce.path_text("checkpoint name", name)
        if found:
            raise ambiguous(text, found)
        if "\\" in text:
            expected = r"'/' between the components of a path, not '\'"
            raise UnknownFormatError("checkpoint name", text, expected, text.index("\\"), "CKS-145")
        writer = "a known framework" if framework is None else framework
        raise UnknownFormatError("checkpoint name", text, f"a checkpoint name of {writer}", 0, "CKS-086")

    def identify(self, names: Iterable[str | os.PathLike[str]]) -> Identification:
        """Return the framework that wrote the names of a directory, with the evidence (CKS-080).

        The answer is the one framework that reads every name that any other framework reads, and at least one more.
        Shared spellings alone decide nothing (CKS-146). The time is linear in the number of names.

        Args:
            names: All names of one directory, in any order; those that end in ``/`` are directories. The paths of files
                in them count too, such as ``checkpoints/last.ckpt``. A file in the directory of a checkpoint, such as
                ``checkpoint-500/trainer_state.json``, counts only for the frameworks that read the directory's name.

        Raises:
            FieldError: If *names* is one name or an element is no name.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> found = legacy.identify(["checkpoint-500/", "checkpoint-1000/", "trainer_state.json", "README.md"])
            >>> found.framework, found.unread
            ('huggingface-trainer', ('README.md',))
            >>> [(item.format, item.names) for item in found.candidates[0].evidence]
            [('step', ('checkpoint-500/', 'checkpoint-1000/')), ('trainer-state', ('trainer_state.json',))]
            >>> legacy.decode("checkpoint-500/", framework=found.framework).step
            500
            >>> print(legacy.identify(["checkpoint_500/"]).framework)
            None
        """
        from ckpt_scheme.legacy._identify import identify  # noqa: PLC0415 - see above

        return identify(self._matches, names, self.tally())

    def tally(self) -> Tally:
        """Return a counter for names whose readings the program has already."""
        from ckpt_scheme.legacy._identify import Tally  # noqa: PLC0415 - see above

        return Tally(self.is_loose)

    def check_framework(self, framework: str | None) -> None:
        """Raise if no format belongs to *framework* (CKS-088)."""
        known = (CANONICAL, *self.frameworks)
        if framework is None or framework in known:
            return
        if not isinstance(framework, str):
            raise FieldError("framework", framework, "a str or None", None, "CKS-088")
        import difflib  # noqa: PLC0415 - for this error only

        closest = difflib.get_close_matches(framework, known, n=1)
        suggestion = closest[0] if closest else None
        expected = "one of legacy.REGISTRY.frameworks"
        raise UnknownFrameworkError("framework", framework, expected, None, "CKS-088", suggestion)

    def _found(
        self,
        text: str,
        legacy: Callable[[Format, Template, re.Match[str], str], Found | None],
        canonical: Callable[[AnyCheckpoint, str], Found],
    ) -> tuple[Found, ...]:
        """Return the values that *legacy* makes of the formats that read *text*, or *canonical* of a canonical name."""
        if "\\" in text:
            return ()
        is_directory = text.endswith("/")
        if is_directory:
            text = text.rstrip("/")
        last = text
        fallback: tuple[Found, ...] = ()
        if "/" in text:
            depth = max(index.depth for index in self._indexes or self._indexed())
            parts = text.rsplit("/", depth)
            for place in range(max(0, len(parts) - depth), len(parts) - 1):
                found = self._of_components("/".join(parts[place:]), text, is_directory, legacy)
                if found and found[0].prior != "fallback":
                    return found
                fallback = fallback or found
            last = parts[-1]
            if "=" in last and _has_metric_prefix(parts[-2]) is not None:
                return fallback
        name = checkpoint_name._read(last)
        if name is not None:
            return (canonical(name, text),)
        found = self._of_components(last, text, is_directory, legacy)
        is_certain = any(not reading.shared for reading in found)
        return found if is_certain or not fallback else fallback  # the folder may state a number (CKS-148)

    def _of_components(
        self,
        name: str,
        text: str,
        is_directory: bool,  # noqa: FBT001 - a keyword costs time
        make: Callable[[Format, Template, re.Match[str], str], Found | None],
    ) -> tuple[Found, ...]:
        """Return the values that *make* makes of each format that reads *name*, the last components of *text*."""
        found: dict[int, Found] = {}
        for index in self._indexes or self._indexed():
            for declared, template in index.candidates(name, is_directory):
                match = (template.match or template.compile())(name)
                if match is not None and id(declared) not in found:
                    made = make(declared, template, match, text)
                    if made is not None:
                        found[id(declared)] = made
            if found:
                break  # the second index is of the fallback formats (CKS-141)
        return tuple(found.values())

    def _indexed(self) -> tuple[Index, ...]:
        indexes = self._formats.indexes()
        object.__setattr__(self, "_indexes", indexes)  # made for the first name that needs them
        return indexes
