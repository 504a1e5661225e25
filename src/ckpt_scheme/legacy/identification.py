"""`identify`: which framework wrote the names of a directory, with the reasons. It counts readings and never guesses.

A framework is decided for where it reads every name that any other reads, and more. First that is asked of the names
that tell something: those with a number in them, and the markers, shards and other parts that only a framework writes.
Only where these decide nothing, the names are asked that anybody may choose, such as ``best.pt``.

All evidence is declared with the formats: a marker such as ``trainer_state.json`` is a format like any other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _fields
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy.record import CHECKPOINT_KINDS, Kind, LegacyName

Readings: TypeAlias = Callable[[str], tuple[LegacyName, ...]]
"""Returns every reading of a name, as `Registry.readings` does."""

_digit: Final = re.compile("[0-9]").search  # from the second argument on


@final
@attrs.frozen(kw_only=True)
class Evidence:
    """Names of one directory that one format reads.

    Attributes:
        framework: Who writes such names.
        format: The format's id, unique within its framework.
        kind: What such a name is the name of.
        names: The names, as they were given and in that order.
        others: The other frameworks that read all of them too, sorted; empty if they speak for this one alone.
        tells: Whether they tell more than names that anybody may choose.
    """

    framework: str
    format: str
    kind: Kind
    names: tuple[str, ...]
    others: tuple[str, ...]
    tells: bool


@final
@attrs.frozen(kw_only=True)
class Candidate:
    """A framework that may have written names of a directory, and why.

    Attributes:
        framework: The framework.
        evidence: What it reads: what it alone reads first, and what tells something before what does not.
        telling: How many names it reads that tell something.
        other: How many other names it reads.
        alone: How many names it reads that no other framework reads.
    """

    framework: str
    evidence: tuple[Evidence, ...]
    telling: int
    other: int
    alone: int


# One group of names: whether they tell something, and the readings that all of them have.
_Reading: TypeAlias = tuple[str, str, Kind]
_Group: TypeAlias = tuple[bool, tuple[_Reading, ...]]


@final
@attrs.frozen(kw_only=True)
class Identification:
    """What the names of a directory say about who wrote them.

    Attributes:
        framework: The framework that the names decide for, or None: nothing decides, or nothing was read.
        candidates: All that read any of the names, ranked: by how many telling names they read, then by how many
            others, then by name. The first is the framework if one is decided for.
        unread: The names that no format reads, as they were given.
    """

    framework: str | None
    candidates: tuple[Candidate, ...]
    unread: tuple[str, ...]
    # For each group of names the frameworks that read them, and how many they are: what `decide` counts.
    _telling: Mapping[frozenset[str], int] = attrs.field(alias="telling", repr=False, hash=False)
    _other: Mapping[frozenset[str], int] = attrs.field(alias="other", repr=False, hash=False)

    def decide(self, frameworks: Iterable[str]) -> str | None:
        """Return the one of *frameworks* that the names decide for, or None.

        It may be decided among few where it is not among all: a directory in which two frameworks wrote has none of its
        own, and a name in it that only one of them reads is no riddle.

        Args:
            frameworks: Those of the readings of one name.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> found = legacy.identify(["checkpoint-500/", "checkpoint-500/trainer_state.json"])
            >>> found.decide(reading.framework for reading in legacy.readings("checkpoint-500"))
            'huggingface-trainer'
        """
        rivals = dict.fromkeys(frameworks)
        for framework in rivals:
            if all(self._favours(framework, other) for other in rivals if other != framework):
                return framework
        return None

    def choose(self, readings: Sequence[LegacyName]) -> tuple[LegacyName, ...]:
        """Return those of the *readings* of one name that are left when the names beside it are known.

        Args:
            readings: All readings of the name.

        Returns:
            The readings of the framework that the names decide for; all of them if they decide for none.
        """
        framework = self.decide(reading.framework for reading in readings)
        return tuple(reading for reading in readings if framework in (None, reading.framework))

    def _favours(self, framework: str, other: str) -> bool:
        """Return whether *framework* reads whatever *other* reads, and more."""
        for groups in (self._telling, self._other):
            for_it = any(framework in readers and other not in readers for readers in groups)
            against_it = any(other in readers and framework not in readers for readers in groups)
            if for_it or against_it:
                return not against_it
        return False


def identify(read: Readings, names: Iterable[str | os.PathLike[str]]) -> Identification:
    """Return what *names* say about who wrote them: `Registry.identify`, which *read* is of.

    Raises:
        FieldError: If an element of *names* is no name or path.
    """
    return weigh(_read(read, _fields.several(names, "CKS-061")))


def _read(read: Readings, names: Iterable[str | os.PathLike[str]]) -> Iterable[tuple[str, tuple[LegacyName, ...]]]:
    within: dict[str, frozenset[str]] = {}
    for given in names:
        text = _fields.path_text("name", given, FieldError)
        found = read(text)
        parent = text.rstrip("/").rpartition("/")[0]
        if parent:
            if parent not in within:
                within[parent] = frozenset(reading.framework for reading in read(f"{parent}/"))
            # What is in a checkpoint speaks for those who read the checkpoint's name, and for nobody else.
            found = tuple(reading for reading in found if not within[parent] or reading.framework in within[parent])
        yield text, found


def fitting(readings: tuple[LegacyName, ...], *, is_directory: bool) -> tuple[LegacyName, ...]:
    """Return the *readings* that the name of a directory, or of a file, can have."""
    entries = ("any", "directory" if is_directory else "file")
    return tuple(reading for reading in readings if reading.entry in entries)


def weigh(read: Iterable[tuple[str, Sequence[LegacyName]]]) -> Identification:
    """Return what names say about who wrote them.

    Args:
        read: The names of one directory, each with its readings.
    """
    groups: dict[_Group, list[str]] = {}
    unread: list[str] = []
    for name, readings in read:
        if readings:
            found: tuple[_Reading, ...] = tuple(
                (reading.framework, reading.format, reading.kind) for reading in readings
            )
            tells = _digit(name, name.rstrip("/").rfind("/") + 1) is not None or any(
                kind not in CHECKPOINT_KINDS for _, _, kind in found
            )
            groups.setdefault((tells, found), []).append(name)
        else:
            unread.append(name)
    evidence: dict[str, list[Evidence]] = {}
    counts: dict[bool, dict[frozenset[str], int]] = {True: {}, False: {}}
    for (tells, found), members in groups.items():
        readers = frozenset(framework for framework, _, _ in found)
        counts[tells][readers] = counts[tells].get(readers, 0) + len(members)
        for framework, format_, kind in found:
            others = tuple(sorted(readers - {framework}))
            said = Evidence(
                framework=framework, format=format_, kind=kind, names=tuple(members), others=others, tells=tells
            )
            evidence.setdefault(framework, []).append(said)
    candidates = sorted(
        (_candidate(framework, said, counts) for framework, said in evidence.items()),
        key=lambda candidate: (-candidate.telling, -candidate.other, candidate.framework),
    )
    undecided = Identification(
        framework=None, candidates=tuple(candidates), unread=tuple(unread), telling=counts[True], other=counts[False]
    )
    return attrs.evolve(undecided, framework=undecided.decide(evidence))


def _candidate(
    framework: str, evidence: list[Evidence], counts: Mapping[bool, Mapping[frozenset[str], int]]
) -> Candidate:
    telling, other = (
        sum(count for readers, count in counts[tells].items() if framework in readers) for tells in (True, False)
    )
    alone = sum(groups.get(frozenset({framework}), 0) for groups in counts.values())
    evidence.sort(key=lambda said: (bool(said.others), not said.tells, -len(said.names), said.format))
    return Candidate(framework=framework, evidence=tuple(evidence), telling=telling, other=other, alone=alone)
