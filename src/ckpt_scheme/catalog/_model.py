"""`Run` and `Checkpoint`: the records of a catalog, as frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias, final

import attrs

from ckpt_scheme.catalog._folder import EntryType
from ckpt_scheme.checkpoint_name import AnyCheckpoint
from ckpt_scheme.legacy import Kind, Reading
from ckpt_scheme.run_id import RunArchive, RunId

Status: TypeAlias = Literal["canonical", "legacy", "ambiguous", "unknown"]
"""How a name is read.

``"canonical"``: it is in the grammar. ``"legacy"``: one format reads it, or the names beside it leave one reading.
``"ambiguous"``: several readings are left, or a reading that other programs share. ``"unknown"``: no format reads it.
"""

CheckpointFlag: TypeAlias = Literal["empty", "dead_link", "unfinished"]
"""A fault of a checkpoint.

``"empty"``: a file of no bytes, a folder without a file, or a symlink to an empty file. ``"dead_link"``: a symlink that
leads nowhere. ``"unfinished"``: the names beside it or in it show that it is not whole (CKS-150, CKS-151).
"""

WarningKind: TypeAlias = Literal[
    "latest_is_empty",
    "latest_is_dead_link",
    "latest_is_older",
    "latest_is_uncertain",
    "best_is_empty",
    "best_is_dead_link",
    "unfinished_checkpoints",
    "several_frameworks",
    "unread_names",
    "unreadable_folder",
    "no_checkpoints",
]
"""The subject of a warning about a run.

``"latest_is_older"``: another checkpoint was written more than a minute after the latest. File times warn; they never
decide. ``"latest_is_uncertain"``: a name without a number may be later than the latest, or earlier.
``"unread_names"``: names that look like weights, and that no format reads.
"""


@final
@attrs.frozen(kw_only=True)
class RunWarning:
    """A warning about a run.

    Attributes:
        kind: Its subject; see `WarningKind`.
        paths: The first few paths that it is about, below the run.
        count: The number of all paths that it is about.
    """

    kind: WarningKind
    paths: tuple[str, ...] = ()
    count: int = 0


@final
@attrs.frozen(kw_only=True)
class Checkpoint:
    """A checkpoint of a run.

    Attributes:
        path: Its path, which begins as the root of the scan does.
        name: The value of a canonical name, else None.
        status: How its name is read; see `Status`.
        readings: The readings of its name that are left when the names beside it are known, usual ones first.
        canonical_name: The canonical name for the reading; None if the name is canonical already, or none exists.
        reason: The reason why no canonical name exists, or None.
        losses: The fields of the reading that the canonical name has no place for.
        entry_type: The type of the entry; see `EntryType`.
        link_target: The target of a symlink, else None.
        size: Bytes, of a directory the sum of its files; 0 for a symlink; None if they are not known.
        modified: The time of the last write, of a directory that of its files, in UTC; None if it is not known.
        flags: Its faults; see `CheckpointFlag`.
    """

    path: str
    name: AnyCheckpoint | None = None
    status: Status
    readings: tuple[Reading, ...] = ()
    canonical_name: str | None = None
    reason: str | None = None
    losses: tuple[str, ...] = ()
    entry_type: EntryType = "file"
    link_target: str | None = None
    size: int | None = None
    modified: datetime | None = None
    flags: tuple[CheckpointFlag, ...] = ()

    @property
    def reading(self) -> Reading | None:
        """The one certain reading, or None."""
        return self.readings[0] if self.status in ("canonical", "legacy") else None


@final
@attrs.frozen(kw_only=True)
class Choice:
    """The answer to a question about the checkpoints of a run.

    Attributes:
        checkpoint: The chosen checkpoint, or None.
        reason: The reason why no candidate is chosen, or None.
    """

    checkpoint: Checkpoint | None = None
    reason: str | None = None


@final
@attrs.frozen(kw_only=True)
class MetricRange:
    """The values of one metric in the names of a run. A name does not say whether more or less is better.

    Attributes:
        metric: The name of the metric, as the names state it.
        highest: The checkpoint with the highest value, as `ckpt_scheme.best` chooses it.
        lowest: The checkpoint with the lowest value.
    """

    metric: str
    highest: Choice
    lowest: Choice


@final
@attrs.frozen(kw_only=True)
class FormatEvidence:
    """The names of a run that one format reads.

    Attributes:
        framework: The framework of the format.
        format: The id of the format.
        kind: The kind of the names.
        count: The number of names.
        examples: The first few names.
    """

    framework: str
    format: str
    kind: Kind
    count: int
    examples: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Run:
    """A run: a folder with checkpoints, a folder named by the scheme, or the archive of a run.

    The folder of a run is the nearest folder above its checkpoints that is named by the scheme, else the folder above
    ``checkpoints``, else the folder that the checkpoints are in.

    Attributes:
        path: Its path, which begins as *root* does unless the scan began inside the run.
        root: The root of the scan.
        run: The value of the folder's name, or None if it is not named by the scheme.
        archive: The value of the name of an archive, else None.
        framework: The one framework that wrote its checkpoints, ``"ckpt_scheme"`` if all names are canonical; or None.
        evidence: The formats that read its names, the format with the most names first.
        checkpoints: Its checkpoints: canonical names by their values, then legacy, ambiguous and unknown ones. Each
            record is made on access.
        size: Bytes of all checkpoints, or of the archive.
        modified: The time of the last write to a checkpoint, in UTC; None if it is not known.
        latest: The checkpoint to resume from, as `ckpt_scheme.latest` chooses it.
        furthest: The checkpoint with the highest number, as `ckpt_scheme.furthest` chooses it.
        best: The checkpoint whose name says that it is the best, as `ckpt_scheme.best` chooses it.
        metrics: The range of each metric that the names state.
        unread: The paths below the run of names that look like weights and that no format reads.
        warnings: See `RunWarning`.
    """

    path: str
    root: str
    run: RunId | None = None
    archive: RunArchive | None = None
    framework: str | None = None
    evidence: tuple[FormatEvidence, ...] = ()
    checkpoints: Sequence[Checkpoint] = ()
    size: int = 0
    modified: datetime | None = None
    latest: Choice = Choice()
    furthest: Choice = Choice()
    best: Choice = Choice()
    metrics: tuple[MetricRange, ...] = ()
    unread: tuple[str, ...] = ()
    warnings: tuple[RunWarning, ...] = ()
