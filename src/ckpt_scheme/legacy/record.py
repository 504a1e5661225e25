"""`LegacyName`: what a name says, in one form for all formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, LastCheckpoint

Kind: TypeAlias = Literal["epoch", "step", "best", "last", "metric"]

CANONICAL: Final = "ckpt_scheme"
"""The framework of a name that is in the grammar."""


@final
@attrs.frozen(kw_only=True)
class LegacyName:
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


def canonical_reading(name: AnyCheckpoint) -> LegacyName:
    """Return the one reading of a name that is in the grammar (CKS-060)."""
    if isinstance(name, LastCheckpoint):
        return LegacyName(text=name.format(), framework=CANONICAL, format="last", kind="last")
    kind: Kind = "best" if isinstance(name, BestCheckpoint) else "epoch"
    return LegacyName(
        text=name.format(),
        framework=CANONICAL,
        format=kind,
        kind=kind,
        epoch=None if isinstance(name, BestCheckpoint) else name.epoch,
        step=None if isinstance(name, BestCheckpoint) else name.step,
        metrics={} if name.metric is None else {name.metric.name: name.metric.value},
        version=name.version,
    )
