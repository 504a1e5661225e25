"""Which entries of a directory are checkpoints by the names that others write, and who wrote them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias, final

import attrs

import ckpt_scheme
from ckpt_scheme._cli import scan
from ckpt_scheme._cli.found import Entry, Foreign

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Identification, Reading, Registry
    from ckpt_scheme.legacy._identify import Tally

Peek: TypeAlias = Callable[[str], Iterable[tuple[str, Entry]]]
"""Returns the names in a directory, as `scan.entries` does."""


@final
class Look:
    """Looks at the names of entries, for `scan.walk`.

    Args:
        registry: The formats to read them in.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __call__(self, name: str, entry: Entry) -> Foreign | None:
        """Return what the entry *name* is, or None if no format reads it."""
        readings = read(self._registry, name, entry)
        if not readings:
            return None
        is_whole = any(reading.kind in ckpt_scheme.legacy.CHECKPOINT_KINDS for reading in readings)
        is_plain = (
            name.rstrip("/").isdigit() or not any(map(str.isdigit, name)) or all(map(self._registry.is_loose, readings))
        )
        return Foreign(name, readings, is_whole, is_plain and entry != "file")


def read(registry: Registry, name: str, entry: Entry) -> tuple[Reading, ...]:
    """Return the readings of *name* that such an entry can have."""
    from ckpt_scheme.legacy._reading import fitting  # noqa: PLC0415 - loaded on first use, with the formats

    readings = registry.readings(name)
    return fitting(readings, is_directory=False) if entry == "file" else readings


@final
@attrs.frozen
class Contents:
    """What a directory holds.

    Attributes:
        path: The directory.
        names: The entries in it that end in ``.ckpt``.
        checkpoints: The others that are checkpoints, with the readings that are left of them.
        evidence: The rest that some format reads.
    """

    path: str
    names: list[str]
    checkpoints: dict[str, tuple[Reading, ...]]
    evidence: list[Foreign]

    def all_names(self) -> Iterator[str]:
        """Yield all names that say something."""
        yield from self.names
        yield from self.checkpoints
        yield from (found.name for found in self.evidence)

    def __bool__(self) -> bool:
        """Whether there are any checkpoints."""
        return bool(self.names or self.checkpoints)


def contents(listing: scan.Listing, registry: Registry, peek: Peek) -> Contents:
    """Return what the directory of a *listing* holds.

    A directory with a plain name, such as ``1000`` or ``last``, is a checkpoint only if what is beside it or in it says
    so.
    """
    plain = sorted(
        (found for found in listing.foreign if found.is_whole and found.is_plain), key=lambda found: found.name
    )
    checkpoints = {found.name: found.readings for found in listing.foreign if found.is_whole and not found.is_plain}
    evidence = [found for found in listing.foreign if not found.is_whole]
    held = Contents(listing.path, listing.names, checkpoints, evidence)
    if plain:
        tally = registry.tally()
        for name in listing.names:
            tally.add(name, registry.readings(name))
        count(tally, held)
        riddles = ((found.name, found.readings) for found in plain)
        known = settled(tally, riddles, listing.path, registry, peek, at_once=True)
        for found in plain:
            left = known.choose(found.readings)
            frameworks = {reading.framework for reading in left}
            if len(frameworks) == 1 and known.decide(frameworks) is not None:
                checkpoints[found.name] = left
    return held


def count(tally: Tally, held: Contents) -> None:
    """Add to *tally* what is in *held* and does not end in ``.ckpt``."""
    for name, readings in held.checkpoints.items():
        tally.add(name, readings)
    for found in held.evidence:
        tally.add(found.name, found.readings)


def settled(
    tally: Tally,
    riddles: Iterable[tuple[str, tuple[Reading, ...]]],
    path: str,
    registry: Registry,
    peek: Peek,
    *,
    at_once: bool = False,
) -> Identification:
    """Return what a *tally* comes to, after a look into the first directory of which it does not say who wrote it.

    Args:
        tally: What the names of the directory *path* count.
        riddles: Those of them that have several readings.
        path: The directory.
        registry: The formats.
        peek: What looks into a directory.
        at_once: Whether to look into the first of *riddles*, whatever the tally comes to.
    """
    from ckpt_scheme.legacy._identify import inside  # noqa: PLC0415 - loaded on first use, with the formats

    found = tally.result()
    for name, readings in riddles:
        if name.endswith("/") and readings and (at_once or found.only(readings) is None):
            with contextlib.suppress(OSError):  # what cannot be read decides nothing, and whoever enters it says so
                for inner, entry in peek(scan.join(path, name)):
                    tally.add(name + inner, inside(read(registry, name + inner, entry), readings))
            return tally.result()
    return found
