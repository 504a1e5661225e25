"""The meaning of a pattern, stated with parsed values and without the code that patterns are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs

from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId

Pattern: TypeAlias = RunPattern | CheckpointPattern | PathPattern
Name: TypeAlias = RunId | AnyCheckpoint | CheckpointPath
KINDS: Final = {EpochCheckpoint: "epoch", BestCheckpoint: "best", LastCheckpoint: "last"}


def read_run(text: str) -> RunId | None:
    return RunId.parse(text) if RunId.is_valid(text) else None


def read_checkpoint(text: str) -> AnyCheckpoint | None:
    return CheckpointName.parse(text) if CheckpointName.is_valid(text) else None


def read_path(text: str) -> CheckpointPath | None:
    return CheckpointPath.parse(text) if CheckpointPath.is_valid(text) else None


def reader(pattern: Pattern) -> Callable[[str], Name | None]:
    """Return the function that parses a name of *pattern*'s kind, or returns None."""
    if isinstance(pattern, PathPattern):
        return read_path
    return read_run if isinstance(pattern, RunPattern) else read_checkpoint


@functools.cache
def conforming(read: Callable[[str], Name | None], texts: frozenset[str]) -> dict[str, Name]:
    """Return the names among *texts*, with their parsed values."""
    named = ((text, read(text)) for text in texts)
    return {text: name for text, name in named if name is not None}


def fields_of(name: RunId | AnyCheckpoint) -> dict[str, Any]:
    """Return the value that *name* has for each field of its kind of pattern, or None."""
    if isinstance(name, RunId):
        return attrs.asdict(name)
    metric = None if isinstance(name, LastCheckpoint) else name.metric
    return {
        "kind": KINDS[type(name)],
        "epoch": name.epoch if isinstance(name, EpochCheckpoint) else None,
        "step": name.step if isinstance(name, EpochCheckpoint) else None,
        "metric": None if metric is None else metric.name,
        "value": None if metric is None else metric.value,
        "version": None if isinstance(name, LastCheckpoint) else name.version,
    }


def given_fields(pattern: RunPattern | CheckpointPattern) -> dict[str, Any]:
    return {field: value for field, value in attrs.asdict(pattern, recurse=False).items() if value is not ANY}


def fits(given: dict[str, Any], name: RunId | AnyCheckpoint) -> bool:
    stated = fields_of(name)
    return all(stated[field] == value for field, value in given.items())


def agrees(pattern: Pattern, name: Name) -> bool:
    if isinstance(pattern, PathPattern):
        assert isinstance(name, CheckpointPath)
        run, checkpoint = pattern.run, pattern.checkpoint
        return (
            pattern.root == name.root
            and (run == name.run if isinstance(run, RunId) else agrees(run, name.run))
            and (checkpoint == name.name if isinstance(checkpoint, CheckpointName) else agrees(checkpoint, name.name))
        )
    assert not isinstance(name, CheckpointPath)
    return fits(given_fields(pattern), name)


def agreeing(pattern: Pattern, texts: frozenset[str]) -> set[str]:
    return {text for text, name in conforming(reader(pattern), texts).items() if agrees(pattern, name)}


def conforms_and_agrees(pattern: Pattern, text: str) -> bool:
    name = reader(pattern)(text)
    return name is not None and agrees(pattern, name)


SPELLINGS: Final[dict[str, Callable[[Any], str]]] = {
    "epoch": "{:02d}".format,
    "step": "{:06d}".format,
    "value": "{:.4f}".format,
    "version": str,
}


def widest_open(pattern: Pattern, name: Name) -> int:
    """Return the length of the longest field that *pattern* leaves open, without the timestamp."""
    if isinstance(pattern, PathPattern):
        assert isinstance(name, CheckpointPath)
        parts: list[tuple[object, RunId | AnyCheckpoint]] = [(pattern.run, name.run), (pattern.checkpoint, name.name)]
        open_parts = [(part, own) for part, own in parts if isinstance(part, (RunPattern, CheckpointPattern))]
        return max((widest_open(part, own) for part, own in open_parts), default=0)
    assert not isinstance(name, CheckpointPath)
    closed = {*given_fields(pattern), "timestamp", "kind"}
    stated = {field: value for field, value in fields_of(name).items() if value is not None and field not in closed}
    return max((len(SPELLINGS.get(field, str)(value)) for field, value in stated.items()), default=0)


def agreeing_within(pattern: Pattern, width: int, texts: frozenset[str]) -> set[str]:
    """Return the *texts* that agree with *pattern* and have no open field wider than *width*."""
    names = conforming(reader(pattern), texts)
    return {text for text in agreeing(pattern, texts) if widest_open(pattern, names[text]) <= width}
