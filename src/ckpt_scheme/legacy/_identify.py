"""`identify`: which framework wrote the names of a directory, with the reasons. It counts readings and never guesses.

A framework is decided for where it reads every name that any other reads, and more. First that is asked of the names
that tell something: those with a number in them, and those that can only be markers, shards or other parts. Only where
these decide nothing, the names are asked that anybody may choose, such as ``best.pt`` or ``latest``, or that hold text
that anybody chose, such as ``mymodel_100``.

All evidence is declared with the formats: a marker such as ``trainer_state.json`` is a format like any other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.legacy._reading import CHECKPOINT_KINDS, Kind, Reading

Readings: TypeAlias = Callable[[str], tuple[Reading, ...]]
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


_Reading: TypeAlias = tuple[str, str, Kind]


@final
@attrs.frozen(kw_only=True)
class Identification:
    """What the names of a directory say about who wrote them.

    Attributes:
        framework: The framework that the names decide for, or None: nothing decides, or nothing was read.
        candidates: All that read any of the names, ranked: by how many telling names they read, then by how many
            others, then by name. The first is the framework if one is decided for.
        unread: The names that no format reads, or none that counts where they are, as they were given.
    """

    framework: str | None
    candidates: tuple[Candidate, ...]
    unread: tuple[str, ...]
    # For each group of names the frameworks that read them, and how many they are: what `decide` counts.
    _telling: Mapping[frozenset[str], int] = attrs.field(alias="telling", repr=False, hash=False)
    _other: Mapping[frozenset[str], int] = attrs.field(alias="other", repr=False, hash=False)
    # Most names of a directory have readings of the same frameworks.
    _decided: dict[tuple[str, ...], str | None] = attrs.field(
        init=False, factory=dict[tuple[str, ...], str | None], eq=False, repr=False
    )

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
        rivals = tuple(frameworks)
        if rivals not in self._decided:
            self._decided[rivals] = next(
                (
                    framework
                    for framework in rivals
                    if all(self._favours(framework, other) for other in rivals if other != framework)
                ),
                None,
            )
        return self._decided[rivals]

    def choose(self, readings: Sequence[Reading]) -> tuple[Reading, ...]:
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


@final
class Tally:
    """Counts the readings of the names of a directory, of which it keeps no more than the names.

    Args:
        loose: Framework and id of each format that much else may look like, so that a name of theirs tells little.
    """

    def __init__(self, loose: Collection[tuple[str, str]] = ()) -> None:
        self._loose = loose
        self._groups: dict[tuple[bool, tuple[_Reading, ...]], list[str]] = {}
        self._unread: list[str] = []

    def add(self, name: str, readings: Sequence[Reading]) -> None:
        """Count *name* with all its *readings*."""
        if not readings:
            self._unread.append(name)
            return
        found: tuple[_Reading, ...] = tuple((reading.framework, reading.format, reading.kind) for reading in readings)
        has_number = _digit(name, name.rstrip("/").rfind("/") + 1) is not None
        self._groups.setdefault((has_number, found), []).append(name)

    def result(self) -> Identification:
        """Return what the names say that were added so far."""
        evidence: dict[str, list[Evidence]] = {}
        counts: dict[bool, dict[frozenset[str], int]] = {True: {}, False: {}}
        for (has_number, found), names in self._groups.items():
            tells = (has_number or all(kind not in CHECKPOINT_KINDS for _, _, kind in found)) and any(
                (framework, format_) not in self._loose for framework, format_, _ in found
            )
            readers = frozenset(framework for framework, _, _ in found)
            counts[tells][readers] = counts[tells].get(readers, 0) + len(names)
            for framework, format_, kind in found:
                evidence.setdefault(framework, []).append(
                    Evidence(
                        framework=framework,
                        format=format_,
                        kind=kind,
                        names=tuple(names),
                        others=tuple(sorted(readers - {framework})),
                        tells=tells,
                    )
                )
        candidates = sorted(
            (_candidate(framework, said, counts) for framework, said in evidence.items()),
            key=lambda candidate: (-candidate.telling, -candidate.other, candidate.framework),
        )
        undecided = Identification(
            framework=None,
            candidates=tuple(candidates),
            unread=tuple(self._unread),
            telling=counts[True],
            other=counts[False],
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


def identify(read: Readings, names: Iterable[str | os.PathLike[str]], tally: Tally) -> Identification:
    """Return what *names* say about who wrote them: `Registry.identify`, which *read* and *tally* are of.

    Raises:
        FieldError: If an element of *names* is no name or path.
    """
    texts = (_coerce.path_text("name", name) for name in _coerce.many("names", names, "CKS-080"))
    return weighed(read, ((text, read(text)) for text in texts), tally)


def weighed(read: Readings, names: Iterable[tuple[str, tuple[Reading, ...]]], tally: Tally) -> Identification:
    """Return what *names* say, each given with its readings."""
    within: dict[str, tuple[Reading, ...]] = {}
    for text, readings in names:
        parent = text.rstrip("/").rpartition("/")[0]
        if parent and parent not in within:
            within[parent] = read(f"{parent}/")
        tally.add(text, inside(readings, within[parent]) if parent else readings)
    return tally.result()


def inside(readings: tuple[Reading, ...], parent: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return those of *readings* that count for what is in a directory with the readings *parent*.

    What is in a checkpoint speaks for those who read the checkpoint's name, and for nobody else: they may well have
    called another framework to write it.
    """
    readers = {reading.framework for reading in parent}
    return tuple(reading for reading in readings if not readers or reading.framework in readers)
