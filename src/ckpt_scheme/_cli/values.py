"""Names and their fields as JSON, in both directions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from ckpt_scheme import _grammar
from ckpt_scheme._json import run_fields
from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    CheckpointName,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
)
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import CheckpointPath, RunDirectory
from ckpt_scheme.run_id import RunId

Value: TypeAlias = RunId | AnyCheckpoint | CheckpointPath | RunDirectory

_is_timestamp: Final = re.compile(_grammar.TIMESTAMP).fullmatch
_iso: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})").fullmatch


def read(text: str) -> Value:
    """Return the value of *text*. A ``/`` makes it a path, and ``.ckpt`` in its last part a checkpoint.

    Raises:
        NameSyntaxError: If it is not in the grammar.
    """
    is_checkpoint = ".ckpt" in text.rpartition("/")[2].lower()
    parse: Callable[[str], Value]
    if "/" in text:
        parse = CheckpointPath.parse if is_checkpoint else RunDirectory.parse
    else:
        parse = CheckpointName.parse if is_checkpoint else RunId.parse
    return parse(text)


def fields(value: Value) -> dict[str, object]:
    """Return the fields of *value* for JSON; the inverse of `build`."""
    match value:
        case RunId():
            return {"kind": "run", **run_fields(value)}
        case RunDirectory(root, run):
            return {"kind": "directory", "root": root, **run_fields(run)}
        case CheckpointPath(root, run, name):
            return {"kind": "path", "root": root, **run_fields(run), **_checkpoint_fields(name)}
        case _:
            return {"kind": "checkpoint", **_checkpoint_fields(value)}


def _checkpoint_fields(name: AnyCheckpoint) -> dict[str, object]:
    match name:
        case EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version):
            numbers = {"epoch": epoch, "step": step}
            return {"form": "epoch", **numbers, "metric": _metric_fields(metric), "version": version}
        case BestCheckpoint(metric=metric, version=version):
            return {"form": "best", "metric": _metric_fields(metric), "version": version}
        case _:
            return {"form": "last"}


def _metric_fields(metric: Metric | None) -> dict[str, object] | None:
    return None if metric is None else {"name": metric.name, "value": metric.value}


def load(line: str) -> Value:
    """Return the value that a line of JSON describes; the inverse of `fields`.

    Raises:
        FieldError: If it describes no value.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FieldError("JSON line", line, "one JSON value", getattr(error, "pos", None)) from error
    return build(record)


def build(record: object) -> Value:
    """Return the value whose `fields` *record* holds; a ``text`` is ignored.

    Raises:
        FieldError: If a field is missing, has a wrong value, or belongs to another kind of value.
    """
    rest = _object("JSON line", record)
    rest.pop("text", None)
    kind = rest.pop("kind", None)
    value: Value
    match kind:
        case "run":
            value = _take_run(rest)
        case "checkpoint":
            value = _take_checkpoint(rest)
        case "path":
            value = CheckpointPath(rest.pop("root", None), _take_run(rest), _take_checkpoint(rest))
        case "directory":
            value = RunDirectory(rest.pop("root", None), _take_run(rest))
        case _:
            raise FieldError("kind", kind, "'run', 'checkpoint', 'path' or 'directory'")
    if rest:
        raise FieldError("field", min(rest), f"no other field than those of this {kind}")
    return value


def _object(kind: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FieldError(kind, value, "an object")
    return dict(cast("dict[str, Any]", value))


def _take_run(rest: dict[str, Any]) -> RunId:
    return RunId(
        tag=rest.pop("tag", None),
        architecture=rest.pop("architecture", None),
        encoder=rest.pop("encoder", None),
        phase=rest.pop("phase", None),
        timestamp=timestamp(rest.pop("timestamp", None)),
    )


def _take_checkpoint(rest: dict[str, Any]) -> AnyCheckpoint:
    form = rest.pop("form", None)
    match form:
        case "epoch":
            numbers = {"epoch": rest.pop("epoch", None), "step": rest.pop("step", None)}
            return EpochCheckpoint(**numbers, metric=_take_metric(rest), version=rest.pop("version", None))
        case "best":
            return BestCheckpoint(metric=_take_metric(rest), version=rest.pop("version", None))
        case "last":
            return LastCheckpoint()
        case _:
            raise FieldError("form", form, "'epoch', 'best' or 'last'")


def _take_metric(rest: dict[str, Any]) -> Metric | None:
    found = rest.pop("metric", None)
    if found is None:
        return None
    metric = _object("metric", found)
    if metric.keys() != {"name", "value"}:
        raise FieldError("metric", found, "an object with 'name' and 'value' and nothing else")
    return Metric(**metric)


def timestamp(text: object) -> datetime:
    """Return the timestamp that *text* spells as in a run id or in ISO 8601.

    Raises:
        FieldError: If it spells no timestamp.
    """
    plain = text if isinstance(text, str) else ""
    iso = _iso(plain)
    stamp = "{}{}{}_{}{}{}".format(*iso.groups()) if iso else plain
    if not _is_timestamp(stamp):
        expected = "a date and a time that exist, as 2025-10-15T12:00:00 or 20251015_120000"
        raise FieldError("timestamp", text, expected, None, "CKS-013")
    return datetime.fromisoformat(stamp)
