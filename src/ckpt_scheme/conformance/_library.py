"""This library as an implementation: each operation of the vectors, answered by the public functions."""

from __future__ import annotations

import fnmatch
import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs

from ckpt_scheme import _coerce, legacy
from ckpt_scheme._fields import sanitize_label
from ckpt_scheme._json import run_fields
from ckpt_scheme.checkpoint_name import BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.errors import FieldError, SelectionWarning
from ckpt_scheme.layout import CheckpointPath, RunDirectory
from ckpt_scheme.legacy._declarations import checked_formats_of
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunArchivePattern, RunPattern
from ckpt_scheme.run_id import Compression, RunArchive, RunId
from ckpt_scheme.selection import best, furthest, latest

# In the vectors every number of a name is text, for some languages cut integers above 2**53.
_NUMBERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "epoch": int,
    "step": int,
    "version": int,
    "value": float,
    "timestamp": datetime.fromisoformat,
}

Formats: TypeAlias = Sequence[Mapping[str, Any]] | None
"""Files of formats that a case contains; None for the formats of the library."""


def answer(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the library's answer to one operation of the vectors.

    Args:
        operation: The operation's name; ``conformance/README.md`` has the list.
        given: Its input.

    Raises:
        SchemeError: If the library refuses the input, or there is no such operation.
    """
    operation = _coerce.plain_text("operation", operation)
    if operation not in _OPERATIONS:
        raise FieldError("operation", operation, f"one of {', '.join(_OPERATIONS)}")
    return _OPERATIONS[operation](**given)


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: _NUMBERS[field](value) if field in _NUMBERS and value is not None else value
        for field, value in given.items()
    }


def _text(number: object) -> str | None:
    return None if number is None else str(number)


def _parse_run_id(text: str) -> dict[str, Any]:
    return run_fields(RunId.parse(text))


def _parse_checkpoint_name(text: str) -> dict[str, Any]:
    name = CheckpointName.parse(text)
    if isinstance(name, LastCheckpoint):
        return {"kind": "last"}
    metric, value = (None, None) if name.metric is None else (name.metric.name, f"{name.metric.value:.4f}")
    measured = {"metric": metric, "value": value, "version": _text(name.version)}
    if isinstance(name, BestCheckpoint):
        return {"kind": "best", **measured}
    return {"kind": "epoch", "epoch": str(name.epoch), "step": str(name.step), **measured}


def _parse_checkpoint_path(text: str) -> dict[str, Any]:
    path = CheckpointPath.parse(text)
    return {"root": path.root, "run": str(path.run), "name": str(path.name)}


def _parse_run_directory(text: str) -> dict[str, Any]:
    directory = RunDirectory.parse(text)
    return {
        "root": directory.root,
        "run": str(directory.run),
        "checkpoints": directory.checkpoints,
        "logs": directory.logs,
        "submissions": directory.submissions,
    }


def _parse_run_archive(text: str) -> dict[str, Any]:
    archive = RunArchive.parse(text)
    return {"run": str(archive.run), "compression": archive.compression}


def _format_run_id(**given: str | None) -> dict[str, Any]:
    return {"text": RunId(**_fields(given)).format()}


def _format_checkpoint_name(kind: str, **given: str | None) -> dict[str, Any]:
    # A constructor has no parameter for a field that its form lacks, and no metric without both parts.
    form = {"epoch": EpochCheckpoint, "best": BestCheckpoint, "last": LastCheckpoint}[kind]
    fields = {field: value for field, value in _fields(given).items() if value is not None}
    if ("metric" in fields) != ("value" in fields):
        raise FieldError("checkpoint name", given, "a metric with its value, or neither", None, "CKS-003")
    if "metric" in fields:
        fields["metric"] = Metric(fields["metric"], fields.pop("value"))
    lacking = fields.keys() - {field.name for field in attrs.fields(form)}
    if lacking:
        raise FieldError("checkpoint name", given, f"no {min(lacking)} in this form", None, "CKS-003")
    return {"text": str(form(**fields))}


def _format_run_archive(run: str, compression: Compression | None) -> dict[str, Any]:
    return {"text": RunArchive(RunId.parse(run), compression).format()}


def _equal(names: list[str]) -> dict[str, Any]:
    first, second = map(CheckpointName.parse, names)
    return {"equal": first == second}


def _sort_checkpoint_names(names: list[str]) -> dict[str, Any]:
    return {"names": [str(name) for name in sorted(map(CheckpointName.parse, names), key=CheckpointName.sort_key)]}


def _sort_run_ids(names: list[str]) -> dict[str, Any]:
    return {"names": [str(run) for run in sorted(map(RunId.parse, names), key=RunId.sort_key)]}


def _sort_checkpoint_paths(names: list[str]) -> dict[str, Any]:
    return {"names": [str(path) for path in sorted(map(CheckpointPath.parse, names), key=CheckpointPath.sort_key)]}


def _latest(names: list[str], framework: str | None = None, formats: Formats = None) -> dict[str, Any]:
    with _without_warnings():
        return {"name": latest(names, framework=framework, registry=_registry(formats))}


def _furthest(names: list[str], framework: str | None = None, formats: Formats = None) -> dict[str, Any]:
    with _without_warnings():
        return {"name": furthest(names, framework=framework, registry=_registry(formats))}


def _best(
    names: list[str],
    metric: str | None,
    mode: Any,  # noqa: ANN401 - checked by `best`
    framework: str | None = None,
    formats: Formats = None,
) -> dict[str, Any]:
    with _without_warnings():
        found = best(names, metric=metric, mode=mode, framework=framework, registry=_registry(formats))
        return {"name": found}


def _without_warnings() -> warnings.catch_warnings[None]:
    """Return a context without warnings of selections, for which an answer has no place (CKS-113)."""
    return warnings.catch_warnings(action="ignore", category=SelectionWarning)


def _pattern(given: Mapping[str, Any]) -> RunPattern | CheckpointPattern | RunArchivePattern | PathPattern:
    fields = {field: value for field, value in given.items() if field != "of"}
    if given["of"] == "run":
        return RunPattern(**_fields(fields))
    if given["of"] == "checkpoint":
        return CheckpointPattern(**_fields(fields))
    parts: dict[str, Any] = {
        field: _pattern(value) if field in {"run", "checkpoint"} else value for field, value in fields.items()
    }
    return RunArchivePattern(**parts) if given["of"] == "archive" else PathPattern(parts.pop("root", ANY), **parts)


def _glob(pattern: Mapping[str, Any]) -> dict[str, Any]:
    return {"glob": _pattern(pattern).glob()}


def _globs(pattern: Mapping[str, Any], width: str, text: str) -> dict[str, Any]:
    return {"matches": any(fnmatch.fnmatchcase(text, glob) for glob in _pattern(pattern).globs(int(width)))}


def _matches(pattern: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"matches": _pattern(pattern).matches(text)}


def _groups(pattern: Mapping[str, Any], text: str) -> dict[str, Any]:
    match = re.fullmatch(_pattern(pattern).regex(groups=True), text)
    if match is None:
        return {"groups": None}
    return {"groups": {name: content for name, content in match.groupdict().items() if content is not None}}


def _sanitize_label(text: str, field: Any) -> dict[str, Any]:  # noqa: ANN401 - checked by `sanitize_label`
    return {"label": sanitize_label(text, field)}


def _metric_name_from_logged(key: str) -> dict[str, Any]:
    return {"metric": Metric.from_logged(key, 0.0).name}


def _registry(formats: Formats) -> legacy.Registry:
    """Return the registry of the files in *formats*, or the registry of the library if there are none."""
    if formats is None:
        return legacy.REGISTRY
    facts = {"source": "", "examples": ()}  # the files of a case leave these members out
    files = ({**file, "defaults": {**facts, **file.get("defaults", {})}} for file in formats)
    return legacy.Registry(declared for file in files for declared in checked_formats_of(file))


def _readings(name: str, framework: str | None = None, formats: Formats = None) -> dict[str, Any]:
    registry = _registry(formats)
    registry.check_framework(framework)
    found = registry.readings(name)
    if framework is not None:
        found = tuple(reading for reading in found if reading.framework in {framework, legacy.CANONICAL})
    return {"readings": [_stated(reading) for reading in found]}


def _stated(reading: legacy.Reading) -> dict[str, Any]:
    return {
        "framework": reading.framework,
        "format": reading.format,
        "kind": reading.kind,
        "entry": reading.entry,
        "epoch": _text(reading.epoch),
        "epoch_base": _text(reading.epoch_base),
        "completed_epochs": _text(reading.completed_epochs),
        "step": _text(reading.step),
        "completed_steps": _text(reading.completed_steps),
        "metrics": {name: _portable(value) for name, value in reading.metrics.items()},
        "timestamp": None if reading.timestamp is None else reading.timestamp.isoformat(),
        "architecture": reading.architecture,
        "encoder": reading.encoder,
        "version": _text(reading.version),
        "extras": {key: _portable(value) for key, value in reading.extras.items()},
    }


def _portable(value: object) -> object:
    """Return a value as JSON that every language reads alike: a whole number as text, and `nan` and `inf`, too."""
    if isinstance(value, datetime):
        return value.isoformat()
    is_text = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_text or (isinstance(value, float) and not math.isfinite(value)) else value


def _decode(name: str, framework: str | None = None, formats: Formats = None) -> dict[str, Any]:
    reading = _registry(formats).decode(name, framework)
    return {"framework": reading.framework, "format": reading.format}


def _upgrade(
    name: str,
    framework: str | None = None,
    missing: Mapping[str, str] | None = None,
    formats: Formats = None,
) -> dict[str, Any]:
    fields = _fields(missing or {})
    if "metric" in fields:
        fields["metric"] = Metric(fields["metric"], fields.pop("value"))
    return {"name": str(legacy.upgrade(_registry(formats).decode(name, framework), **fields))}


def _identify(names: list[str], formats: Formats = None) -> dict[str, Any]:
    return {"framework": _registry(formats).identify(names).framework}


_OPERATIONS: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    "parse_run_id": _parse_run_id,
    "parse_checkpoint_name": _parse_checkpoint_name,
    "parse_checkpoint_path": _parse_checkpoint_path,
    "parse_run_directory": _parse_run_directory,
    "parse_run_archive": _parse_run_archive,
    "format_run_id": _format_run_id,
    "format_checkpoint_name": _format_checkpoint_name,
    "format_run_archive": _format_run_archive,
    "equal": _equal,
    "sort_checkpoint_names": _sort_checkpoint_names,
    "sort_run_ids": _sort_run_ids,
    "sort_checkpoint_paths": _sort_checkpoint_paths,
    "latest": _latest,
    "furthest": _furthest,
    "best": _best,
    "glob": _glob,
    "globs": _globs,
    "matches": _matches,
    "groups": _groups,
    "sanitize_label": _sanitize_label,
    "metric_name_from_logged": _metric_name_from_logged,
    "readings": _readings,
    "decode": _decode,
    "upgrade": _upgrade,
    "identify": _identify,
    "latest_foreign": _latest,
    "furthest_foreign": _furthest,
    "best_foreign": _best,
}
