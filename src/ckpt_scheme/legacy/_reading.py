"""`Reading`: the content of a name, in one form for all formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar, final

import attrs

from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, EpochCheckpoint, LastCheckpoint

Kind: TypeAlias = Literal[
    "epoch",
    "step",
    "index",
    "best",
    "last",
    "final",
    "interrupted",
    "recovery",
    "average",
    "release",
    "metric",
    "fixed",
    "shard",
    "aux",
    "temp",
    "pointer",
    "sidecar",
    "run_dir",
]
"""The kind of entry that has a name.

A checkpoint: of an ``epoch`` or a ``step`` (a moment of training), an ``index`` (a counter that is neither), the
``best`` one, the ``last`` one, the ``final`` one of a run that ended, one of a run that was ``interrupted``, a
``recovery`` point within an epoch, an ``average`` of several, a ``release`` for others to load, one of which only a
``metric`` is known, or one under a ``fixed`` name that the user chose.

No checkpoint: a ``shard`` (one part of a checkpoint), ``aux`` (the state of an optimizer, of a random generator, of a
buffer), a ``temp`` (unfinished), a ``pointer`` (a marker, or the name of a checkpoint), a ``sidecar`` (facts about a
checkpoint), or a ``run_dir`` (the directory of a run).
"""

Entry: TypeAlias = Literal["file", "directory", "any"]
"""Whether a file or a directory has the name; ``"any"`` if the framework writes both."""

Recency: TypeAlias = Literal["current", "end", "lagging"]
"""How a checkpoint without a number relates to the numbered ones of its run.

``"current"``: never behind a numbered one, so it is the latest. ``"end"``: written when a run ends, and behind only if
that run goes on in place; it is the latest, with a warning beside numbered ones. ``"lagging"``: it may be behind, so
the numbers decide.
"""

Prior: TypeAlias = Literal["usual", "rare", "fallback"]
"""How common a spelling is for its framework.

A ``"rare"`` reading counts only if the name has no usual one, or if other names speak for its framework. A format with
the prior ``"fallback"`` reads only names that no format with another prior reads, and files of shared names in a folder
that it knows.
"""

CANONICAL: Final = "ckpt_scheme"
"""The framework of a name that is in the grammar."""

_FORMS: Final[Mapping[type[AnyCheckpoint], Kind]] = {
    EpochCheckpoint: "epoch",
    BestCheckpoint: "best",
    LastCheckpoint: "last",
}

CHECKPOINT_KINDS: Final[frozenset[Kind]] = frozenset(
    {
        "epoch",
        "step",
        "index",
        "best",
        "last",
        "final",
        "interrupted",
        "recovery",
        "average",
        "release",
        "metric",
        "fixed",
    }
)
"""The kinds of whole checkpoints. The other kinds are parts of a checkpoint, or no checkpoint."""

TIMELESS: Final[frozenset[Kind]] = frozenset({"average", "release"})
"""The kinds of checkpoints that belong to no single moment of training."""


class _Base:
    # The common base of a reading and its draft, without which one could not become the other.
    __slots__ = ("__weakref__",)


class Match(NamedTuple):
    """A format that reads a name, without the content of the reading: all that `identify` needs of most names.

    Attributes:
        framework: The framework.
        format: The format's id.
        kind: See `Kind`.
        entry: See `Entry`.
        prior: See `Prior`.
        shared: Whether other programs write this spelling too.
        has_free_text: Whether each name holds text that the user or the run chose.
    """

    framework: str
    format: str
    kind: Kind
    entry: Entry
    prior: Prior
    shared: bool
    has_free_text: bool


@final
@attrs.frozen(kw_only=True)
class Reading(_Base):
    """One reading of a name: the facts that a format finds in it. No fact is added.

    Attributes:
        text: The name, as it was read.
        framework: The writer of such names, such as ``"lightning"``; `CANONICAL` for a name in the grammar.
        format: The format's id, unique within its framework.
        kind: The kind of entry; see `Kind`.
        entry: Whether a file or a directory has this name.
        epoch: The epoch as the framework writes it, or None.
        epoch_base: The number of the first epoch, 0 or 1, or None if it is unknown.
        completed_epochs: Number of trained epochs, or None if the framework's rule does not make it certain.
        step: The step as the framework writes it, or None.
        completed_steps: Number of trained steps, or None if the framework's rule does not make it certain.
        counts: The unit of the numeral in the name, such as ``"epochs"``, ``"steps"`` or ``"saves"``, or None.
        metrics: Values by the name of the metric, both as written.
        timestamp: A time in the name, naive, or None.
        architecture: The model's architecture, or None.
        encoder: The model's encoder, or None.
        version: The number that a framework adds to a taken name, or None.
        extras: The other facts, by the field of the format's template.
        recency: The order of a checkpoint without a number and the numbered ones, or None if no source states it.
        shared: Whether other programs write this spelling too, with another meaning or without any (CKS-143). A shared
            reading is certain only if the framework is known.
        prior: How common the spelling is for the framework; see `Prior`.
        source: The place of the code that writes such names: ``owner/repository:path``.
    """

    text: str
    framework: str
    format: str
    kind: Kind
    entry: Entry = "file"
    epoch: int | None = None
    epoch_base: int | None = None
    completed_epochs: int | None = None
    step: int | None = None
    completed_steps: int | None = None
    counts: str | None = None
    # A mapping has no hash; two readings that differ in one of these two may share theirs.
    metrics: Mapping[str, float] = attrs.field(factory=dict[str, float], hash=False)
    timestamp: datetime | None = None
    architecture: str | None = None
    encoder: str | None = None
    version: int | None = None
    extras: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)
    recency: Recency | None = None
    shared: bool = False
    prior: Prior = "usual"
    source: str | None = None


class _Draft(_Base):
    # As in `_match.draft_of`: the constructor would take four times as long.
    __slots__ = tuple(sorted(field.name for field in attrs.fields(Reading)))


PLACES: Final = frozenset({"epoch", "step", "timestamp", "architecture", "encoder", "version"})
"""The fields of a template that are attributes of a `Reading`; the others are extras."""


def reading(
    text: str,
    framework: str,
    format: str,  # noqa: A002 - the field's name
    kind: Kind,
    values: Mapping[str, Any],
    metrics: Mapping[str, float],
    extras: dict[str, Any],
    entry: Entry = "any",
    epoch_base: int | None = None,
    counts: str | None = None,
    source: str | None = None,
    epochs_behind: int | None = None,
    steps_behind: int | None = None,
    recency: Recency | None = None,
    shared: bool = False,  # noqa: FBT001, FBT002 - as the others: keywords cost time
    prior: Prior = "usual",
) -> Reading:
    """Return a `Reading`, in less time than its constructor.

    The *values* that are no attributes are added to *extras*, and replace those with the same name.
    """
    draft: Any = _Draft()
    draft.text = text
    draft.framework = framework
    draft.format = format
    draft.kind = kind
    draft.entry = entry
    draft.counts = counts
    draft.source = source
    draft.recency = recency
    draft.shared = shared
    draft.prior = prior
    draft.epoch = draft.step = draft.timestamp = draft.architecture = draft.encoder = draft.version = None
    draft.epoch_base = draft.completed_epochs = draft.completed_steps = None
    for field, value in values.items():
        if field in PLACES:
            setattr(draft, field, value)
        else:
            extras[field] = value
    if draft.epoch is not None:
        draft.epoch_base = epoch_base
        if epochs_behind is not None:
            draft.completed_epochs = draft.epoch + epochs_behind
    if draft.step is not None and steps_behind is not None:
        draft.completed_steps = draft.step + steps_behind
    draft.metrics = metrics
    draft.extras = extras
    draft.__class__ = Reading
    name: Reading = draft
    return name


def canonical_reading(name: AnyCheckpoint, text: str) -> Reading:
    """Return the only reading of a name in the grammar (CKS-060), whose text is *text*."""
    if isinstance(name, LastCheckpoint):
        return reading(text, CANONICAL, "last", "last", {}, {}, {}, entry="any", recency="current")
    metrics = {} if name.metric is None else {name.metric.name: name.metric.value}
    if isinstance(name, BestCheckpoint):
        return reading(text, CANONICAL, "best", "best", {"version": name.version}, metrics, {}, entry="any")
    fields = {"epoch": name.epoch, "step": name.step, "version": name.version}
    return reading(text, CANONICAL, "epoch", "epoch", fields, metrics, {}, entry="any")


def canonical_match(name: AnyCheckpoint, _text: str) -> Match:
    """Return the only match of a name in the grammar (CKS-060)."""
    return _CANONICAL_MATCHES[name.__class__]


_CANONICAL_MATCHES: Final[Mapping[type[AnyCheckpoint], Match]] = {
    form: Match(CANONICAL, kind, kind, "any", "usual", shared=False, has_free_text=False)
    for form, kind in _FORMS.items()
}


def fitting(readings: tuple[Reading, ...], *, is_directory: bool) -> tuple[Reading, ...]:
    """Return the *readings* that the name of a directory, or of a file, can have."""
    entries = ("any", "directory" if is_directory else "file")
    return tuple(reading for reading in readings if reading.entry in entries)


Found = TypeVar("Found", Reading, Match)
"""A reading, or the format of one without its fields."""


def usual(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Return the usual readings or matches of a name, or all of them if all are rare (CKS-142)."""
    return tuple(one for one in found if one.prior != "rare") or found


def only(readings: tuple[Reading, ...], *, is_writer_known: bool = False) -> Reading | None:
    """Return the reading of a name that is certain, or None (CKS-085, CKS-143).

    Args:
        readings: All readings of the name, or those of its framework.
        is_writer_known: Whether a fact besides the name shows which framework wrote it.
    """
    left = usual(readings)
    return left[0] if len(left) == 1 and (is_writer_known or not left[0].shared) else None


def of_framework(readings: tuple[Reading, ...], framework: str) -> tuple[Reading, ...]:
    """Return the *readings* that are left if *framework* wrote the name.

    A canonical reading is left too, for any program may have written the name.
    """
    return tuple(reading for reading in readings if reading.framework in (framework, CANONICAL))
