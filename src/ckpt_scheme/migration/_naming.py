"""`Candidate`: a checkpoint that may get a new name, and what a migration knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName
from ckpt_scheme.errors import SchemeError
from ckpt_scheme.legacy import CHECKPOINT_KINDS, REGISTRY, Reading, Registry, upgrade
from ckpt_scheme.migration._actions import Relink, Rename
from ckpt_scheme.migration._listing import Entry

# What Lightning writes unless it is told otherwise. Its other names depend on what a user made of them.
_OF_LIGHTNING: Final = frozenset(
    {"default", "default-versioned", "epoch-only", "epoch-only-versioned", "last-versioned"}
)

MIGRATED: Final = Registry(
    declared
    for declared in REGISTRY.formats
    if declared.framework == "ocr-project" or (declared.framework == "lightning" and declared.format in _OF_LIGHTNING)
)
"""The formats of the names that a migration gives new ones, unless it is told otherwise.

A checkpoint that a framework named is for that framework to find again: it stays, and no rule counts it.
"""

# The old names whose timestamp the scheme gives up: a run's directory says when it began.
_GIVEN_UP: Final[Mapping[tuple[str, str], frozenset[str]]] = {("ocr-project", "doubled"): frozenset({"timestamp"})}

# Fields of a reading that a new name has no place for, whatever the checkpoint is, and by what it is.
_HOMELESS_OF_ALL: Final = ("timestamp", "architecture", "encoder")
_HOMELESS: Final[Mapping[str, tuple[str, ...]]] = {
    "best": (*_HOMELESS_OF_ALL, "epoch", "step"),
    "last": (*_HOMELESS_OF_ALL, "epoch", "step", "version"),
}
_REFUSED: Final = frozenset({"epoch", "step", "version", "metric"})


@final
@attrs.define(eq=False)
class Candidate:
    """A file or directory with the extension of a checkpoint.

    Attributes:
        entry: What it is.
        name: What it is called.
        canonical: What it is called in the scheme, or would be; None if nobody can tell.
        reading: What its old name says, if it has one and one format reads it.
        new: The text of its new name, if it has an old one and can have one.
        problem: Why it cannot have one, and what somebody can do about it.
        sidecars: The files that belong to it, each with its new name.
        links: The links to it, with their new texts.
        followers: The renames of its sidecars.
    """

    entry: Entry
    name: str
    canonical: AnyCheckpoint | None = None
    reading: Reading | None = None
    new: str | None = None
    problem: tuple[str, str] | None = None
    sidecars: list[tuple[Entry, str]] = attrs.field(factory=list[tuple[Entry, str]])
    links: tuple[Relink, ...] = ()
    followers: tuple[Rename, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether its name, old or new, says what it is."""
        return self.reading is not None or self.canonical is not None


def read(entry: Entry, name: str, registry: Registry, drop: frozenset[str]) -> Candidate:
    """Return what the name of *entry* says, and which new name it allows.

    Args:
        entry: A file or directory.
        name: What it is called.
        registry: The formats in which old names are read.
        drop: The fields that may be given up where a new name has no place for them.
    """
    canonical = checkpoint_name._read(name)
    if canonical is not None:
        return Candidate(entry, name, canonical)
    readings = registry.readings(name)
    if len(readings) == 0:
        return Candidate(entry, name, problem=("no known format reads its name", _suggestion(name)))
    formats = ", ".join(f"{reading.framework}/{reading.format}" for reading in readings)
    if not any(reading.kind in CHECKPOINT_KINDS for reading in readings):
        kinds = " or ".join(dict.fromkeys(reading.kind for reading in readings))
        problem = f"its name is that of no whole checkpoint ({formats}: {kinds})", "rename it by hand if it is one"
        return Candidate(entry, name, problem=problem)
    if any(_said(reading) != _said(readings[0]) for reading in readings):
        problem = f"{len(readings)} formats read its name ({formats})", "rename it by hand to what it is"
        return Candidate(entry, name, problem=problem)
    return _upgraded(Candidate(entry, name, reading=readings[0]), readings[0], drop)


def _said(reading: Reading) -> tuple[object, ...]:
    """Return what a new name would say; two readings that agree in it leave nothing to choose."""
    return reading.kind, reading.epoch, reading.step, dict(reading.metrics), reading.version


def _suggestion(name: str) -> str:
    """Return what somebody can do about a name that nobody knows."""
    try:
        CheckpointName.parse(name)
    except SchemeError as error:
        if error.suggestion is not None:
            return f"rename it by hand, to {error.suggestion} if that is what it is"
    return "rename it by hand if it is a checkpoint"


def _upgraded(candidate: Candidate, reading: Reading, drop: frozenset[str]) -> Candidate:
    """Return *candidate* with its new name, or with the problem that there is."""
    homeless = _homeless(reading)
    refused: list[str] = []
    if homeless:
        given_up = drop | _GIVEN_UP.get((reading.framework, reading.format), frozenset())
        refused = [field for field in homeless if field not in given_up]
    if not refused:
        try:
            canonical = upgrade(_without(reading, homeless))
        except SchemeError as error:
            candidate.problem = f"its name does not say enough: expected {error.expected}", "rename it by hand"
            return candidate
        if not reading.metrics or "digits" in drop or not _is_rounded(reading, canonical):
            candidate.canonical, candidate.new = canonical, canonical.format()
            return candidate
        refused = ["digits"]
    options = " ".join(f"--drop {field}" for field in refused)
    candidate.problem = (
        f"a name of the scheme has no place for its {', '.join(refused)}",
        f"give up what is not needed with {options}, or rename it by hand",
    )
    return candidate


def _homeless(reading: Reading) -> list[str]:
    """Return what *reading* says that the new name has no place for."""
    fields = [field for field in _HOMELESS.get(reading.kind, _HOMELESS_OF_ALL) if getattr(reading, field) is not None]
    if len(reading.metrics) > (0 if reading.kind == "last" else 1):
        fields.append("metric")
    return [*fields, *reading.extras]


def _without(reading: Reading, fields: list[str]) -> Reading:
    """Return *reading* without those of *fields* that an upgrade would refuse; it gives up the others by itself."""
    if not _REFUSED.intersection(fields):
        return reading
    return attrs.evolve(
        reading,
        epoch=None if "epoch" in fields else reading.epoch,
        step=None if "step" in fields else reading.step,
        version=None if "version" in fields else reading.version,
        metrics={} if "metric" in fields else reading.metrics,
    )


def _is_rounded(reading: Reading, canonical: AnyCheckpoint) -> bool:
    """Return whether *canonical* says less of the metric than the old name does."""
    metric = getattr(canonical, "metric", None)
    return metric is not None and metric.value not in reading.metrics.values()
