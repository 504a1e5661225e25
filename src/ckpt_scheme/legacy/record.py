"""`LegacyName`: what a name says, in one form for all formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, LastCheckpoint

Kind: TypeAlias = Literal["epoch", "step", "best", "last", "metric"]

CANONICAL: Final = "ckpt_scheme"
"""The framework of a name that is in the grammar."""


class _Base:
    # A reading and its draft take this from one place, or one could not become the other.
    __slots__ = ("__weakref__",)


@final
@attrs.frozen(kw_only=True)
class LegacyName(_Base):
    """One reading of a name: what a format says that it means, and nothing that the name does not say.

    Attributes:
        text: The name, as it was read.
        framework: Who writes such names, such as ``"lightning"``; `CANONICAL` for a name in the grammar.
        format: The format's id, unique within its framework.
        kind: What the checkpoint is: ``"epoch"`` or ``"step"`` (a moment of training), ``"best"``, ``"last"``, or
            ``"metric"`` (only a score is known).
        epoch: The epoch as the framework counts it, or None.
        step: The step as the framework counts it, or None.
        metrics: Values by the metric's name, both as written.
        timestamp: A time in the name, naive, or None.
        architecture: The model's architecture, or None.
        encoder: The model's encoder, or None.
        version: The number of a name that was taken, or None.
        extras: What else the name says, by the field of the format's template.
    """

    text: str
    framework: str
    format: str
    kind: Kind
    epoch: int | None = None
    step: int | None = None
    # A mapping has no hash; two readings that differ in one of these two may share theirs.
    metrics: Mapping[str, float] = attrs.field(factory=dict[str, float], hash=False)
    timestamp: datetime | None = None
    architecture: str | None = None
    encoder: str | None = None
    version: int | None = None
    extras: Mapping[str, str | int] = attrs.field(factory=dict[str, str | int], hash=False)


class _Draft(_Base):
    # attrs' constructor passes the lock of the frozen class for each field, which takes four times as long. A draft has
    # the same slots and no lock; filled, it becomes the frozen class, as CPython allows for equal layouts.
    __slots__ = tuple(sorted(field.name for field in attrs.fields(LegacyName)))


def reading(
    text: str,
    framework: str,
    format: str,  # noqa: A002 - the field's name
    kind: Kind,
    fields: Mapping[str, Any],
    metrics: Mapping[str, float],
    extras: Mapping[str, str | int],
) -> LegacyName:
    """Return ``LegacyName(text=text, ..., extras=extras, **fields)``, in less time."""
    draft: Any = _Draft()
    draft.text = text
    draft.framework = framework
    draft.format = format
    draft.kind = kind
    draft.epoch = draft.step = draft.timestamp = draft.architecture = draft.encoder = draft.version = None
    for field, value in fields.items():
        setattr(draft, field, value)
    draft.metrics = metrics
    draft.extras = extras
    draft.__class__ = LegacyName
    name: LegacyName = draft
    return name


def canonical_reading(name: AnyCheckpoint, text: str) -> LegacyName:
    """Return the one reading of a name that is in the grammar (CKS-060), whose text is *text*."""
    if isinstance(name, LastCheckpoint):
        return reading(text, CANONICAL, "last", "last", {}, {}, {})
    metrics = {} if name.metric is None else {name.metric.name: name.metric.value}
    if isinstance(name, BestCheckpoint):
        return reading(text, CANONICAL, "best", "best", {"version": name.version}, metrics, {})
    fields = {"epoch": name.epoch, "step": name.step, "version": name.version}
    return reading(text, CANONICAL, "epoch", "epoch", fields, metrics, {})
