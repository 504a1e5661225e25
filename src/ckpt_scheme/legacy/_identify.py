"""`identify`: the framework that wrote the names of a directory, with the evidence. It counts, and never guesses.

A framework reads a name if one of its formats accepts it. The answer is the framework that reads every distinctive name
that any other framework reads, and at least one more. A distinctive name holds a number, or can only be a marker, a
shard or another part; and a format accepts it that has no free text and that no other program shares. If these are
tied, the generic names count, such as ``best.pt`` or ``latest``. Shared formats alone decide nothing. A rare format
counts only if other names are evidence for its framework.

The formats declare all evidence: a marker such as ``trainer_state.json`` is a format like any other. The names of a
directory fall into few groups, each with the same formats. So `Tally` counts names by group, and makes no `Reading`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Generic, TypeAlias, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.legacy._identification import Candidate, Evidence, Identification, Proof
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Found, Match, Reading, usual

Readings: TypeAlias = Callable[[str], tuple[Reading, ...]]
"""Returns every reading of a name, as `Registry.readings` does."""

Matches: TypeAlias = Callable[[str], tuple[Match, ...]]
"""Returns the formats of these readings, as `Registry._matches` does."""

_digit: Final = re.compile("[0-9]").search  # in a text, from a position on


@final
class Tally:
    """Counts the names of a directory by the formats that read them. It stores nothing but the names.

    Args:
        has_free_text: Returns whether every name of a reading's format holds free text; see `Registry.is_loose`.
    """

    def __init__(self, has_free_text: Callable[[Reading], bool]) -> None:
        self._has_free_text = has_free_text
        self._known: dict[tuple[str, str], Match] = {}
        self._groups: dict[tuple[bool, tuple[Match, ...]], list[str]] = {}
        self._unread: list[str] = []

    def add(self, name: str, readings: Sequence[Reading]) -> None:
        """Count *name* with all its *readings*."""
        self.count(name, tuple(self._match(reading) for reading in readings))

    def count(self, name: str, matches: tuple[Match, ...]) -> None:
        """Count *name* with all formats that read it."""
        if not matches:
            self._unread.append(name)
            return
        has_number = _digit(name, name.rstrip("/").rfind("/") + 1) is not None
        self._groups.setdefault((has_number, matches), []).append(name)

    def _match(self, reading: Reading) -> Match:
        key = reading.framework, reading.format
        found = self._known.get(key)
        if found is None:
            is_free = self._has_free_text(reading)
            found = self._known[key] = Match(*key, reading.kind, reading.entry, reading.prior, reading.shared, is_free)
        return found

    def result(self) -> Identification:
        """Return the identification of the names that were added so far."""
        proof = self._proof()
        evidence: dict[str, list[Evidence]] = {}
        counts: dict[bool, dict[frozenset[str], int]] = {True: {}, False: {}}
        for (has_number, matches), group in self._groups.items():
            counting = proof.counting(matches)
            tells = (has_number or all(match.kind not in CHECKPOINT_KINDS for match in counting)) and any(
                not match.shared and not match.has_free_text for match in usual(counting)
            )
            readers = frozenset(match.framework for match in counting)
            counts[tells][readers] = counts[tells].get(readers, 0) + len(group)
            names = tuple(group)
            for match in counting:
                evidence.setdefault(match.framework, []).append(
                    Evidence(
                        framework=match.framework,
                        format=match.format,
                        kind=match.kind,
                        names=names,
                        others=tuple(sorted(readers - {match.framework})),
                        tells=tells,
                    )
                )
        candidates = sorted(
            (_candidate(framework, found, counts) for framework, found in evidence.items()),
            key=lambda candidate: (-candidate.telling, -candidate.other, candidate.framework),
        )
        found = Identification(
            framework=None,
            candidates=tuple(candidates),
            unread=tuple(self._unread),
            telling=counts[True],
            other=counts[False],
            proof=proof,
        )
        framework = found.decide(candidate.framework for candidate in candidates)
        return attrs.evolve(found, framework=framework)

    def _proof(self) -> Proof:
        groups: set[tuple[frozenset[str], frozenset[str]]] = set()
        for has_number, matches in self._groups:
            proved = frozenset(
                match.framework
                for match in usual(matches)
                # Lightning writes "last.ckpt" and "best.ckpt" too.
                if not match.shared and (has_number or match.framework != CANONICAL)
            )
            groups.add((proved, frozenset(match.framework for match in matches)))
        return Proof(frozenset(groups))


def _candidate(
    framework: str, evidence: list[Evidence], counts: Mapping[bool, Mapping[frozenset[str], int]]
) -> Candidate:
    telling, other = (
        sum(count for readers, count in counts[tells].items() if framework in readers) for tells in (True, False)
    )
    alone = sum(groups.get(frozenset({framework}), 0) for groups in counts.values())
    evidence.sort(key=lambda item: (bool(item.others), not item.tells, -len(item.names), item.format))
    return Candidate(framework=framework, evidence=tuple(evidence), telling=telling, other=other, alone=alone)


def identify(match: Matches, names: Iterable[str | os.PathLike[str]], tally: Tally) -> Identification:
    """Return the identification of *names*, as `Registry.identify` does; *match* and *tally* are of one registry.

    Raises:
        FieldError: If an element of *names* is no name or path.
    """
    folders = _Folders(match)
    for item in _coerce.many("names", names, "CKS-080"):
        text = _coerce.path_text("name", item)
        tally.count(text, folders.counting(text, match(text)))
    return tally.result()


def identify_readings(read: Readings, names: Iterable[tuple[str, tuple[Reading, ...]]], tally: Tally) -> Identification:
    """Return the identification of *names*, each given with its readings."""
    folders = _Folders(read)
    for text, readings in names:
        tally.add(text, folders.counting(text, readings))
    return tally.result()


def inside(readings: tuple[Reading, ...], parent: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Return the *readings* that count for a name in a directory with the readings *parent* (CKS-125)."""
    readers = _readers(parent)
    return readings if readers is None else _by(readers, readings)


@final
class _Folders(Generic[Found]):
    """The directories above the names, each with the frameworks for which a name in it counts (CKS-125).

    The framework of a checkpoint may call another framework to write the files in it. They count for the first only.
    """

    def __init__(self, read: Callable[[str], tuple[Found, ...]]) -> None:
        self._read: Callable[[str], tuple[Found, ...]] = read
        self._known: dict[str, frozenset[str] | None] = {"": None}

    def counting(self, path: str, found: tuple[Found, ...]) -> tuple[Found, ...]:
        """Return the readings or matches *found* of a path that count."""
        readers = self._within(path.rstrip("/").rpartition("/")[0])
        return found if readers is None else _by(readers, found)

    def _within(self, folder: str) -> frozenset[str] | None:
        if folder not in self._known:
            readers: frozenset[str] | None = None
            for place in [*_slashes(folder), len(folder)]:  # no recursion, for a path may have any depth
                readers = self._both(folder[:place], readers)
        return self._known[folder]

    def _both(self, folder: str, above: frozenset[str] | None) -> frozenset[str] | None:
        if folder not in self._known:
            own = _readers(self._read(f"{folder}/"))
            self._known[folder] = above if own is None else own if above is None else own & above
        return self._known[folder]


def _slashes(path: str) -> list[int]:
    return [place for place, char in enumerate(path) if char == "/"]


def _readers(folder: tuple[Reading | Match, ...]) -> frozenset[str] | None:
    """Return the frameworks that read a directory, or None if it may be no directory of a checkpoint."""
    if any(not one.shared and one.prior != "rare" and one.kind != "run_dir" for one in folder):
        return frozenset(one.framework for one in folder)
    return None


def _by(readers: AbstractSet[str], found: tuple[Found, ...]) -> tuple[Found, ...]:
    return tuple(one for one in found if one.framework in readers)
