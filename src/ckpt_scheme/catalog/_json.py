"""`to_json` and `from_json`: runs as JSON in the form of ``catalog.schema.json``, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast, get_args

from ckpt_scheme import checkpoint_name
from ckpt_scheme._json import run_fields
from ckpt_scheme.catalog._folder import EntryType
from ckpt_scheme.catalog._model import (
    Checkpoint,
    Choice,
    FormatEvidence,
    MetricRange,
    Run,
    RunWarning,
    Status,
    WarningKind,
)
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy import Kind, Reading
from ckpt_scheme.run_id import RunArchive, RunId

SCHEMA_VERSION: Final = 1
"""The version of the JSON of a run. A new version may drop or rename a member; within one, members are only added."""


def to_json(run: Run) -> dict[str, object]:
    """Return *run* as an object of JSON, in the form of ``catalog.schema.json``; the inverse of `from_json`.

    The object also holds values that follow from the attributes, such as the ``epoch`` of a checkpoint, so that a
    program need not decode names.
    """
    return {
        "schema": SCHEMA_VERSION,
        "path": run.path,
        "root": run.root,
        "run": None if run.run is None else run.run.format(),
        **run_fields(run.run),
        "archive": None if run.archive is None else run.archive.format(),
        "framework": run.framework,
        "evidence": [
            {
                "framework": found.framework,
                "format": found.format,
                "kind": found.kind,
                "count": found.count,
                "examples": list(found.examples),
            }
            for found in run.evidence
        ],
        "checkpoint_count": len(run.checkpoints),
        "size": run.size,
        "modified": _text(run.modified),
        "latest": _choice(run.latest),
        "furthest": _choice(run.furthest),
        "best": _choice(run.best),
        "metrics": [
            {"metric": found.metric, "highest": _choice(found.highest), "lowest": _choice(found.lowest)}
            for found in run.metrics
        ],
        "unread": list(run.unread),
        "warnings": [
            {"kind": warning.kind, "paths": list(warning.paths), "count": warning.count} for warning in run.warnings
        ],
        "checkpoints": [checkpoint_to_json(checkpoint) for checkpoint in run.checkpoints],
    }


def checkpoint_to_json(checkpoint: Checkpoint) -> dict[str, object]:
    """Return *checkpoint* as an object of JSON, as it is in the ``checkpoints`` of a run."""
    reading = checkpoint.reading
    return {
        "path": checkpoint.path,
        "name": None if checkpoint.name is None else checkpoint.name.format(),
        "status": checkpoint.status,
        "framework": None if reading is None else reading.framework,
        "kind": None if reading is None else reading.kind,
        "epoch": None if reading is None else reading.epoch,
        "step": None if reading is None else reading.step,
        "metrics": {} if reading is None else {name: finite(value) for name, value in reading.metrics.items()},
        "canonical_name": checkpoint.canonical_name,
        "reason": checkpoint.reason,
        "losses": list(checkpoint.losses),
        "entry_type": checkpoint.entry_type,
        "link_target": checkpoint.link_target,
        "size": checkpoint.size,
        "modified": _text(checkpoint.modified),
        "flags": list(checkpoint.flags),
        "readings": list(map(reading_to_json, checkpoint.readings)),
    }


def reading_to_json(reading: Reading) -> dict[str, object]:
    """Return one reading of a name as an object of JSON, with ``nan`` and ``inf`` as texts."""
    return {
        "text": reading.text,
        "framework": reading.framework,
        "format": reading.format,
        "kind": reading.kind,
        "entry": reading.entry,
        "epoch": reading.epoch,
        "epoch_base": reading.epoch_base,
        "completed_epochs": reading.completed_epochs,
        "step": reading.step,
        "completed_steps": reading.completed_steps,
        "counts": reading.counts,
        "metrics": {name: finite(value) for name, value in reading.metrics.items()},
        "timestamp": _text(reading.timestamp),
        "architecture": reading.architecture,
        "encoder": reading.encoder,
        "version": reading.version,
        "extras": {name: finite(value) for name, value in reading.extras.items()},
        "recency": reading.recency,
        "shared": reading.shared,
        "prior": reading.prior,
        "source": reading.source,
    }


def _choice(choice: Choice) -> dict[str, object]:
    return {"path": None if choice.checkpoint is None else choice.checkpoint.path, "reason": choice.reason}


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def finite(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


# --------------------------------------------------------------------------------------------------------------------
# From JSON.


def from_json(record: Mapping[str, Any]) -> Run:
    """Return the run that an object of JSON describes; the inverse of `to_json`.

    Raises:
        FieldError: If it has another version, lacks a member, or has a member with a value that no run has.
    """
    version = record.get("schema") if hasattr(record, "get") else None
    if version != SCHEMA_VERSION:
        raise FieldError("version of the JSON of a run", version, f"{SCHEMA_VERSION}")
    try:
        return _run(record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FieldError("JSON of a run", record, f"the form of catalog.schema.json: {error}") from error


_NONE: Final = type(None)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "path": (str,),
    "root": (str,),
    "framework": (str, _NONE),
    "format": (str,),
    "count": (int,),
    "size": (int, _NONE),
    "entry_type": (str,),
    "link_target": (str, _NONE),
    "canonical_name": (str, _NONE),
    "reason": (str, _NONE),
    "epoch": (int, _NONE),
    "step": (int, _NONE),
    "version": (int, _NONE),
    "shared": (bool,),
}
_WORDS: Final[Mapping[str, tuple[object, ...]]] = {
    "status": get_args(Status),
    "entry_type": get_args(EntryType),
    "kind": (*get_args(Kind), *get_args(WarningKind), None),
}


def _checked(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *record* if each member has its type, is not below 0, and is a known word where the type is a word.

    Raises:
        ValueError: If a member breaks one of these rules.
    """
    for name, value in record.items():
        types, words = _TYPES.get(name), _WORDS.get(name)
        is_number = type(value) is int
        if (types and type(value) not in types) or (words and value not in words) or (is_number and value < 0):
            raise ValueError(f"{name} is {value!r:.80}")
    return record


def _run(record: Mapping[str, Any]) -> Run:
    if _checked(record)["size"] is None:
        raise ValueError("size is None")
    checkpoints = tuple(_checkpoint(found) for found in record["checkpoints"])
    known = {checkpoint.path: checkpoint for checkpoint in checkpoints}
    return Run(
        path=record["path"],
        root=record["root"],
        run=None if record["run"] is None else RunId.parse(record["run"]),
        archive=None if record["archive"] is None else RunArchive.parse(record["archive"]),
        framework=record["framework"],
        evidence=tuple(map(_evidence, record["evidence"])),
        checkpoints=checkpoints,
        size=record["size"],
        modified=_time(record["modified"]),
        latest=_choice_of(record["latest"], known),
        furthest=_choice_of(record["furthest"], known),
        best=_choice_of(record["best"], known),
        metrics=tuple(
            MetricRange(
                metric=found["metric"],
                highest=_choice_of(found["highest"], known),
                lowest=_choice_of(found["lowest"], known),
            )
            for found in record["metrics"]
        ),
        unread=tuple(record["unread"]),
        warnings=tuple(
            RunWarning(kind=found["kind"], paths=tuple(found["paths"]), count=found["count"])
            for found in map(_checked, record["warnings"])
        ),
    )


def _evidence(record: Mapping[str, Any]) -> FormatEvidence:
    members: dict[str, Any] = {**_checked(record), "examples": tuple(record["examples"])}
    return FormatEvidence(**members)


def _checkpoint(record: Mapping[str, Any]) -> Checkpoint:
    _checked(record)
    return Checkpoint(
        path=record["path"],
        name=None if record["name"] is None else checkpoint_name._read(record["name"]),
        status=record["status"],
        readings=tuple(map(_reading, cast("Iterable[Mapping[str, Any]]", record["readings"]))),
        canonical_name=record["canonical_name"],
        reason=record["reason"],
        losses=tuple(record["losses"]),
        entry_type=record["entry_type"],
        link_target=record["link_target"],
        size=record["size"],
        modified=_time(record["modified"]),
        flags=tuple(record["flags"]),
    )


def _reading(record: Mapping[str, Any]) -> Reading:
    metrics = {name: float(value) for name, value in record["metrics"].items()}
    members: dict[str, Any] = {**_checked(record), "metrics": metrics, "timestamp": _time(record["timestamp"])}
    return Reading(**members)


def _choice_of(record: Mapping[str, Any], known: Mapping[str, Checkpoint]) -> Choice:
    path = record["path"]
    return Choice(checkpoint=None if path is None else known[path], reason=record["reason"])


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
