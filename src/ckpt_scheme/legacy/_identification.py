"""`Identification`: the framework that wrote the names of a directory, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress
from typing import final

import attrs

from ckpt_scheme.legacy._reading import Found, Kind, Prior, Reading


@final
@attrs.frozen(kw_only=True)
class Evidence:
    """Names of one directory that one format reads.

    Attributes:
        framework: The framework of the format.
        format: The format's id, unique within its framework.
        kind: The kind of the names; see `Kind`.
        names: The names as they were given, in their order.
        others: The other frameworks that read all of them too, sorted; empty if only this one reads them.
        tells: Whether the names are distinctive.
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
        evidence: The names that it reads. Names that no other framework reads come first, then distinctive names.
        telling: Number of distinctive names that it reads.
        other: Number of other names that it reads.
        alone: Number of names that no other framework reads.
    """

    framework: str
    evidence: tuple[Evidence, ...]
    telling: int
    other: int
    alone: int


@final
@attrs.frozen
class Proof:
    """The frameworks that have evidence in a directory (CKS-146).

    Args:
        groups: For each group of names, the frameworks that it is evidence for, and the frameworks that read it.
    """

    _groups: frozenset[tuple[frozenset[str], frozenset[str]]]

    def is_for(self, framework: str) -> bool:
        """Return whether any name is evidence for *framework*."""
        return any(framework in proved for proved, _ in self._groups)

    def counting(self, found: Sequence[Found]) -> tuple[Found, ...]:
        """Return the readings or matches of one name that count in the directory (CKS-147)."""
        rivals = {one.framework for one in found if one.prior != "rare"}
        if not rivals or len(rivals) == len(found):
            return tuple(found)
        return tuple(one for one in found if one.prior != "rare" or self._is_against(rivals, one.framework))

    def _is_against(self, rivals: AbstractSet[str], framework: str) -> bool:
        return any(framework in proved and rivals.isdisjoint(readers) for proved, readers in self._groups)


@final
@attrs.frozen(kw_only=True)
class Identification:
    """The framework that wrote the names of a directory, with the evidence.

    Attributes:
        framework: The framework, or None if the names do not decide.
        candidates: The frameworks that read any of the names. They are ranked by the number of distinctive names, then
            of other names, then by their own name. If the names decide, the first is the framework.
        unread: The names that no format reads, or no format that counts where they are, as they were given.
    """

    framework: str | None
    candidates: tuple[Candidate, ...]
    unread: tuple[str, ...]
    # The number of names of each group, by the frameworks that read it: the votes that `decide` counts.
    _telling: Mapping[frozenset[str], int] = attrs.field(alias="telling", repr=False, hash=False)
    _other: Mapping[frozenset[str], int] = attrs.field(alias="other", repr=False, hash=False)
    _proof: Proof = attrs.field(alias="proof", repr=False)
    # Which readings are left, by the frameworks and priors of all readings: most names of a directory share these.
    _left: dict[tuple[tuple[str, Prior], ...], tuple[bool, ...]] = attrs.field(
        init=False, factory=dict[tuple[tuple[str, Prior], ...], tuple[bool, ...]], eq=False, repr=False
    )

    def decide(self, frameworks: Iterable[str]) -> str | None:
        """Return the framework among *frameworks* that the names decide for, or None.

        The names may decide among few frameworks, and not among all: a directory in which two frameworks wrote has no
        framework of its own, but a name in it that only one of them reads is decided.

        Args:
            frameworks: The frameworks of the readings of one name.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> found = legacy.identify(["checkpoint-500/", "checkpoint-500/trainer_state.json"])
            >>> found.decide(reading.framework for reading in legacy.readings("checkpoint-500"))
            'huggingface-trainer'
        """
        rivals = tuple(frameworks)
        return next(
            (
                framework
                for framework in rivals
                if self._proof.is_for(framework)
                and all(self._favours(framework, other) for other in rivals if other != framework)
            ),
            None,
        )

    def choose(self, readings: Sequence[Reading]) -> tuple[Reading, ...]:
        """Return the *readings* of one name that the names beside it leave.

        Args:
            readings: All readings of the name.

        Returns:
            The readings of the framework that the names decide for. If the names do not decide, all readings except
            the rare ones without evidence (CKS-147).
        """
        key: tuple[tuple[str, Prior], ...] = tuple([(reading.framework, reading.prior) for reading in readings])
        left = self._left.get(key)
        if left is None:
            counting = self._proof.counting(readings)
            framework = self.decide(reading.framework for reading in counting)
            left = tuple(reading in counting and framework in (None, reading.framework) for reading in readings)
            self._left[key] = left
        return tuple(compress(readings, left))

    def only(self, readings: Sequence[Reading]) -> Reading | None:
        """Return the reading of one name that is certain with the names beside it, or None.

        Args:
            readings: All readings of the name.
        """
        left = self.choose(readings)
        if len(left) != 1 or (left[0].shared and self.decide((left[0].framework,)) is None):
            return None
        return left[0]

    def _favours(self, framework: str, other: str) -> bool:
        """Return whether *framework* reads every name that *other* reads, and more."""
        for groups in (self._telling, self._other):
            for_it = any(framework in readers and other not in readers for readers in groups)
            against_it = any(other in readers and framework not in readers for readers in groups)
            if for_it or against_it:
                return not against_it
        return False
