"""`Contents` decides which entries of one folder are checkpoints, and which framework wrote them. No disk is touched.

Names that the same formats read form a `Group`. Each decision is made once for a group, by its first name, and a name
is read in full only for its record.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog import _judge
from ckpt_scheme.catalog._canonical import CanonicalNames
from ckpt_scheme.catalog._evidence import ReadFolder, count_inner, readings_of
from ckpt_scheme.catalog._folder import STATE, Folder
from ckpt_scheme.catalog._judge import Decoded
from ckpt_scheme.legacy import CANONICAL, CHECKPOINT_KINDS, Registry
from ckpt_scheme.legacy._entries import looks_like_checkpoint
from ckpt_scheme.legacy._reading import Match
from ckpt_scheme.run_id import RunArchive

if TYPE_CHECKING:
    from ckpt_scheme.legacy._identify import Tally

_digit: Final = re.compile("[0-9]").search
_UNDECIDED: Final = Decoded("", "unknown")

_FIRST: Final = 10  # directories of a group that may be read as evidence
_NONE: Final = -1
_CANONICAL: Final = -2
_UNKNOWN: Final = -3


@final
@attrs.define(eq=False)
class Group:
    """Names of one folder that the same formats read, so that one decision holds for all of them.

    Attributes:
        matches: The formats that read the names alone.
        whole: The formats that read them together with the name of the folder; empty if that adds no reading.
        is_file: Whether they are names of files, not of directories or symlinks.
        has_extension: Whether they end in ``.ckpt``.
        has_number: Whether they hold a digit.
        is_plain: Whether they are bare numbers, bare words or free texts, and not of files. A plain name is a
            checkpoint only if other names support it.
        places: The places of the names among the entries of the folder.
        is_checkpoint: Whether they are checkpoints, and not only evidence.
        is_writer_known: Whether other evidence than the names decides their framework.
        decoded: The judgement of the first name.
    """

    matches: tuple[Match, ...]
    whole: tuple[Match, ...]
    is_file: bool
    has_extension: bool
    has_number: bool
    is_plain: bool
    places: array[int] = attrs.field(factory=lambda: array("I"))
    is_checkpoint: bool = False
    is_writer_known: bool = False
    decoded: Decoded = _UNDECIDED

    @property
    def formats(self) -> frozenset[tuple[str, str]]:
        """Framework and id of each format that is left."""
        return frozenset((reading.framework, reading.format) for reading in self.decoded.readings)


@final
class Contents:
    """The entries of one folder, with the decision about each.

    Args:
        folder: The entries.
        registry: The formats to read names in.
        framework: The framework that wrote the names, if it is known.
        read_folder: Returns the entries of a folder in it.

    Attributes:
        folder: The entries.
        canonical: The canonical names.
        groups: The groups of the other names that a format reads, without plain names that no other name supports.
        unknown: The places of the names that end in ``.ckpt`` and that no format reads.
        unread: The places of the other names that look like weights and that no format reads.
        archives: The places of the archives of runs.
    """

    def __init__(self, folder: Folder, registry: Registry, framework: str | None, read_folder: ReadFolder) -> None:
        self.folder = folder
        self.canonical = CanonicalNames()
        self.groups: list[Group] = []
        self.unknown = array("I")
        self.unread = array("I")
        self.archives: list[int] = []
        self._registry = registry
        self._parent = folder.path.rpartition("/")[2]
        self._roles = array("i", [_NONE]) * len(folder.names)
        self._read_names()
        self._decide(read_folder)
        if framework is not None:
            self._keep(framework)

    def __len__(self) -> int:
        """The number of checkpoints."""
        return len(self.canonical) + len(self.unknown) + sum(len(group.places) for group in self.checkpoint_groups())

    def checkpoint_groups(self) -> Iterator[Group]:
        """Yield the groups of checkpoints."""
        return (group for group in self.groups if group.is_checkpoint)

    def is_checkpoint(self, place: int) -> bool:
        """Return whether the entry at *place* is a checkpoint."""
        role = self._roles[place]
        return role in (_CANONICAL, _UNKNOWN) or (role >= 0 and self.groups[role].is_checkpoint)

    def group(self, place: int) -> Group | None:
        """Return the group of the entry at *place*; None if its name is canonical or unknown."""
        role = self._roles[place]
        return self.groups[role] if role >= 0 else None

    def decoded(self, place: int) -> Decoded:
        """Return the judgement of the checkpoint at *place*."""
        name = self.folder.names[place].rstrip("/")
        group = self.group(place)
        if group is None:
            return _judge.decode(name, self._parent, self._registry)
        return self._decoded(place, group, group.formats, is_writer_known=group.is_writer_known)

    def places(self) -> Iterator[int]:
        """Yield the places of all checkpoints, in no order."""
        yield from self.canonical.places
        for group in self.checkpoint_groups():
            yield from group.places
        yield from self.unknown

    def drop_unread(self, place: int) -> None:
        """Remove a folder of checkpoints from `unread`, although its name looks like a checkpoint."""
        if place in self.unread:
            self.unread.remove(place)

    def text(self, place: int) -> str:
        """Return the name of the entry at *place*, with a ``/`` at its end if it is a directory's."""
        return self.folder.names[place]

    # ----------------------------------------------------------------------------------------------------------------

    def _read_names(self) -> None:
        match = self._registry._matches
        files = _FileMatches()
        folder, roles = self.folder, self._roles
        reads_parent = _judge.is_informative(self._parent)
        known: dict[tuple[object, ...], int] = {}
        for place, name in enumerate(folder.names):
            is_directory = name.endswith("/")
            bare = name[:-1] if is_directory else name
            extension = has_extension(bare)
            if extension:
                value = checkpoint_name._read(bare)
                if value is not None:
                    roles[place] = _CANONICAL
                    self.canonical.add(value, place)
                    continue
            is_file = not is_directory and name not in folder.links
            matches = match(name)
            if is_file and not extension:
                matches = files(matches)
            whole = match(f"{self._parent}/{bare}") if extension and reads_parent else ()
            if not matches and not whole:
                self._pass_over(place, name, is_file=is_file, extension=extension)
                continue
            has_number = _digit(bare) is not None
            is_plain = not (extension or is_file) and (
                not has_number or bare.isdigit() or all(one.has_free_text for one in matches)
            )
            key = (matches, whole, is_file, extension, has_number, is_plain)
            number = known.get(key)
            if number is None:
                number = known[key] = len(self.groups)
                self.groups.append(Group(matches, whole, is_file, extension, has_number, is_plain))
            self.groups[number].places.append(place)
            roles[place] = number

    def _pass_over(self, place: int, name: str, *, is_file: bool, extension: bool) -> None:
        if extension:
            self._roles[place] = _UNKNOWN
            self.unknown.append(place)
        elif is_file and ".tar" in name and RunArchive.is_valid(name):
            self.archives.append(place)
        elif looks_like_checkpoint(name) and name != f"{STATE}/":
            self.unread.append(place)

    def _decide(self, read_folder: ReadFolder) -> None:
        tally = self._registry.tally()
        names = self.folder.names
        for name in self.canonical.candidates():
            text = name.format()
            tally.count(text, self._registry._matches(text))
        for group in self.groups:
            if not group.is_plain:
                self._settle(group, self._decoded(group.places[0], group, None, is_writer_known=False))
                is_whole = group.decoded.text == names[group.places[0]].rstrip("/")
                tally.count(names[group.places[0]], group.matches if is_whole else group.whole)
        self._decide_plain(tally, read_folder)
        undecided = [group for group in self.groups if group.is_checkpoint and group.decoded.status == "ambiguous"]
        found = tally.result()
        directories = self._directories(group for group in undecided if found.only(group.decoded.readings) is None)
        if directories:
            count_inner(tally, self._registry, self.folder.path, directories, read_folder)
            found = tally.result()
        for group in undecided:
            certain = found.only(group.decoded.readings)
            left = found.choose(group.decoded.readings) if certain is None else (certain,)
            group.is_writer_known = certain is not None
            self._settle(group, _judge.judged(group.decoded.text, left, is_writer_known=certain is not None))

    def _decide_plain(self, tally: Tally, read_folder: ReadFolder) -> None:
        plain = [group for group in self.groups if group.is_plain]
        if not plain:
            return
        names = self.folder.names
        count_inner(tally, self._registry, self.folder.path, self._directories(plain), read_folder)
        known = tally.result()
        for group in plain:
            decoded = self._decoded(group.places[0], group, None, is_writer_known=False)
            left = known.choose(decoded.readings)
            frameworks = {reading.framework for reading in left}
            if len(frameworks) == 1 and known.decide(frameworks) is not None:
                self._settle(group, _judge.judged(decoded.text, left))
                kept = group.formats
                tally.count(
                    names[group.places[0]], tuple(one for one in group.matches if (one.framework, one.format) in kept)
                )
            else:
                for place in group.places:
                    self._roles[place] = _NONE
                del group.places[:]

    def _directories(self, groups: Iterable[Group]) -> list[str]:
        """Return the first few names of directories of each of *groups*, sorted."""
        places = sorted(place for group in groups for place in group.places[:_FIRST])
        return [name for name in map(self.text, places) if name.endswith("/")]

    def _decoded(
        self, place: int, group: Group, formats: frozenset[tuple[str, str]] | None, *, is_writer_known: bool
    ) -> Decoded:
        """Return the judgement of a name of *group* by the readings of *formats*; by all readings if that is None."""
        name = self.folder.names[place]
        bare = name.rstrip("/")
        if group.has_extension:
            decoded = _judge.decode(bare, self._parent, self._registry)
        else:
            decoded = _judge.judged(bare, readings_of(self._registry, name, is_file=group.is_file))
        if formats is None:
            return decoded
        left = tuple(reading for reading in decoded.readings if (reading.framework, reading.format) in formats)
        return _judge.judged(decoded.text, left, is_writer_known=is_writer_known)

    def _settle(self, group: Group, decoded: Decoded) -> None:
        group.decoded = decoded
        group.is_checkpoint = group.has_extension or any(
            reading.kind in CHECKPOINT_KINDS for reading in decoded.readings
        )

    def _keep(self, framework: str) -> None:
        """Keep the names that *framework* wrote, and those that it may have written if no other names decide."""
        for group in self.groups:
            group.decoded = _judge.read_by(framework, group.decoded)
            group.is_checkpoint = group.is_checkpoint and bool(group.decoded.readings)
            group.is_writer_known = True
        for place in self.unknown:
            self._roles[place] = _NONE
        del self.unknown[:]
        if framework != CANONICAL and not any(self.checkpoint_groups()):
            for place in self.canonical.places:
                self._roles[place] = _NONE
            self.canonical = CanonicalNames()


class _FileMatches:
    """Removes the formats of directories from the matches of a file, and returns equal results as one tuple."""

    def __init__(self) -> None:
        self._known: dict[tuple[Match, ...], tuple[Match, ...]] = {}

    def __call__(self, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        found = self._known.get(matches)
        if found is None:
            found = self._known[matches] = tuple(one for one in matches if one.entry != "directory")
        return found
