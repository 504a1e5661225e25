# pyright: reportUnnecessaryTypeIgnoreComment=true
"""What a type checker infers of the public names, and which calls it refuses.

A refused call carries a comment that names mypy's code. Both checkers heed it, and both report one that is not needed:
a signature that becomes too wide for either fails here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, assert_never, assert_type

import attrs

import ckpt_scheme
from ckpt_scheme import (
    ANY,
    AmbiguousNameError,
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    CheckpointPattern,
    EpochCheckpoint,
    FieldError,
    LastCheckpoint,
    Metric,
    NameSyntaxError,
    OperationError,
    PathPattern,
    RunDirectory,
    RunId,
    RunPattern,
    SchemeError,
    UnknownFormatError,
    best,
    group_by_run,
    latest,
    legacy,
    sanitize_label,
)
from ckpt_scheme.legacy import Candidate, Evidence, Identification, Registry
from ckpt_scheme.migration import (
    Conflict,
    Discard,
    Entry,
    Item,
    Keep,
    KeepBest,
    Listing,
    Note,
    Plan,
    Policy,
    Relink,
    Rename,
    make_plan,
    observe,
    read_age,
    read_objects,
)


def run_ids(text: str, moment: datetime) -> None:
    run = RunId.parse(text)
    assert_type(run, RunId)
    assert_type(run.tag, str)
    assert_type(run.architecture, str)
    assert_type(run.encoder, str | None)
    assert_type(run.phase, str)
    assert_type(run.timestamp, datetime)
    assert_type(run.model, str)
    assert_type(run.format(), str)
    assert_type(RunId.is_valid(text), bool)
    assert_type(sorted([run], key=RunId.sort_key), list[RunId])
    assert_type(attrs.evolve(run, encoder=None), RunId)
    assert_type(RunId(tag="a", architecture="b", phase="c", timestamp=moment), RunId)
    assert_type(RunId(tag="a", architecture="b", encoder=None, phase="c", timestamp=moment), RunId)


def refused_run_ids(run: RunId, moment: datetime) -> None:
    RunId.parse(22)  # type: ignore[arg-type]
    RunId.parse(None)  # type: ignore[arg-type]
    RunId("a", "b", None, "c", moment)  # type: ignore[call-arg]
    RunId(tag="a", architecture="b", phase="c")  # type: ignore[call-arg]
    RunId(tag=1, architecture="b", phase="c", timestamp=moment)  # type: ignore[arg-type]
    RunId(tag="a", architecture="b", phase="c", timestamp="20251015_120000")  # type: ignore[arg-type]
    RunId(tag="a", architecture="b", phase="c", timestamp=moment, epoch=1)  # type: ignore[call-arg]
    run.tag = "other"  # type: ignore[misc]


def metrics(name: str, value: float, count: int) -> None:
    metric = Metric(name, value)
    assert_type(metric, Metric)
    assert_type(metric.name, str)
    assert_type(metric.value, float)
    assert_type(metric.format(), str)
    assert_type(Metric(name=name, value=count), Metric)
    assert_type(Metric.from_logged("val/hmean", value), Metric)
    Metric(name, "0.5")  # type: ignore[arg-type]
    Metric(name, None)  # type: ignore[arg-type]
    Metric(1, value)  # type: ignore[arg-type]
    Metric(name)  # type: ignore[call-arg]
    metric.value = value  # type: ignore[misc]


def checkpoint_names(text: str) -> None:
    name = CheckpointName.parse(text)
    assert_type(name, EpochCheckpoint | BestCheckpoint | LastCheckpoint)
    assert_type(name.format(), str)
    assert_type(CheckpointName.is_valid(text), bool)
    assert_type(EpochCheckpoint.parse(text), EpochCheckpoint)
    assert_type(BestCheckpoint.parse(text), BestCheckpoint)
    assert_type(LastCheckpoint.parse(text), LastCheckpoint)
    assert_type(sorted([name], key=CheckpointName.sort_key), list[EpochCheckpoint | BestCheckpoint | LastCheckpoint])


def every_kind_is_matched(name: EpochCheckpoint | BestCheckpoint | LastCheckpoint) -> int:
    match name:
        case EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version):
            assert_type(epoch, int)
            assert_type(step, int)
            assert_type(metric, Metric | None)
            assert_type(version, int | None)
            return epoch
        case BestCheckpoint(metric=Metric(label, value)):
            assert_type(label, str)
            assert_type(value, float)
            return 1
        case BestCheckpoint():
            return 2
        case LastCheckpoint():
            return 3
        case _:
            assert_never(name)


def a_kind_is_forgotten(name: EpochCheckpoint | BestCheckpoint | LastCheckpoint) -> int:
    match name:
        case EpochCheckpoint() | LastCheckpoint():
            return 1
        case _:
            assert_never(name)  # type: ignore[arg-type]


def constructors(metric: Metric) -> None:
    checkpoint = EpochCheckpoint(epoch=22, step=1932, metric=metric, version=None)
    assert_type(checkpoint.epoch, int)
    assert_type(attrs.evolve(checkpoint, epoch=23), EpochCheckpoint)
    assert_type(BestCheckpoint(metric=metric).metric, Metric | None)
    assert_type(LastCheckpoint(), LastCheckpoint)
    EpochCheckpoint(22, 1932)  # type: ignore[call-arg]
    EpochCheckpoint(epoch=22)  # type: ignore[call-arg]
    EpochCheckpoint(epoch=22.0, step=1932)  # type: ignore[arg-type]
    EpochCheckpoint(epoch="22", step=1932)  # type: ignore[arg-type]
    BestCheckpoint(metric="hmean")  # type: ignore[arg-type]
    LastCheckpoint(version=1)  # type: ignore[call-arg]
    checkpoint.epoch = 23  # type: ignore[misc]


def paths(text: str, path: Path, run: RunId, name: LastCheckpoint) -> None:
    checkpoint = CheckpointPath.parse(path)
    assert_type(checkpoint, CheckpointPath)
    assert_type(CheckpointPath.parse(text), CheckpointPath)
    assert_type(CheckpointPath.parse(checkpoint), CheckpointPath)
    assert_type(checkpoint.root, str | None)
    assert_type(checkpoint.run, RunId)
    assert_type(checkpoint.name, EpochCheckpoint | BestCheckpoint | LastCheckpoint)
    assert_type(checkpoint.directory, RunDirectory)
    assert_type(checkpoint.directory.checkpoints, str)
    assert_type(os.fspath(checkpoint), str)
    assert_type(Path(checkpoint), Path)
    assert_type(CheckpointPath("outputs", run, name), CheckpointPath)
    assert_type(CheckpointPath(path, run, name), CheckpointPath)
    assert_type(CheckpointPath(None, run, name), CheckpointPath)
    assert_type(RunDirectory(path, run).logs, str)
    assert_type(RunDirectory.parse(path), RunDirectory)
    CheckpointPath.parse(b"outputs")  # type: ignore[arg-type]
    CheckpointPath("outputs", run, "last.ckpt")  # type: ignore[arg-type]
    CheckpointPath("outputs", text, name)  # type: ignore[arg-type]
    CheckpointPath(run, name)  # type: ignore[call-arg]
    RunDirectory("outputs", "run")  # type: ignore[arg-type]


def a_narrower_name_stays_narrow(paths: list[CheckpointPath]) -> None:
    for path in paths:
        if isinstance(path.name, EpochCheckpoint):
            assert_type(path.name.epoch, int)


def patterns(run: RunId, moment: datetime, names: list[str]) -> None:
    pattern = RunPattern(tag="ocr", encoder=None, timestamp=moment)
    assert_type(pattern.glob(), str)
    assert_type(pattern.globs(), tuple[str, ...])
    assert_type(pattern.globs(4), tuple[str, ...])
    assert_type(pattern.regex(), str)
    assert_type(pattern.matches("x"), bool)
    assert_type(pattern.filter(names), Iterator[str])
    assert_type(RunPattern(), RunPattern)
    assert_type(RunPattern(tag=ANY), RunPattern)
    checkpoint = CheckpointPattern(kind="best", metric="hmean", version=None)
    assert_type(checkpoint.glob(), str)
    assert_type(CheckpointPattern(kind="epoch", epoch=22, step=ANY), CheckpointPattern)
    assert_type(PathPattern("outputs", pattern, checkpoint).glob(), str)
    assert_type(PathPattern("outputs", run, LastCheckpoint()).regex(), str)
    assert_type(PathPattern(), PathPattern)
    RunPattern("ocr")  # type: ignore[call-arg]
    RunPattern(tag=None)  # type: ignore[arg-type]
    RunPattern(epoch=22)  # type: ignore[call-arg]
    CheckpointPattern(kind="latest")  # type: ignore[arg-type]
    CheckpointPattern(epoch="22")  # type: ignore[arg-type]
    PathPattern("outputs", "run")  # type: ignore[arg-type]


def selection_returns_what_it_was_given(
    texts: list[str],
    files: Iterator[Path],
    names: set[EpochCheckpoint],
    paths: tuple[CheckpointPath, ...],
    mixed: list[str | Path],
) -> None:
    assert_type(latest(texts), str | None)
    assert_type(latest(files), Path | None)
    assert_type(latest(names), EpochCheckpoint | None)
    assert_type(latest(paths), CheckpointPath | None)
    assert_type(latest(mixed), str | Path | None)
    assert_type(best(texts, metric="hmean"), str | None)
    assert_type(best(files, metric="hmean", mode="min"), Path | None)
    assert_type(best(paths, metric="loss", mode="max"), CheckpointPath | None)
    assert_type(group_by_run(texts), dict[RunId, list[CheckpointPath]])
    assert_type(group_by_run(mixed), dict[RunId, list[CheckpointPath]])


def refused_selections(texts: list[str], numbers: list[int], binary: Iterable[bytes], names: list[RunId]) -> None:
    latest(numbers)  # type: ignore[type-var]
    latest(binary)  # type: ignore[type-var]
    latest(names)  # type: ignore[type-var]
    latest(None)  # type: ignore[arg-type]
    assert_type(best(texts), str | None)
    best(texts, "hmean")  # type: ignore[call-arg]
    best(texts, metric="hmean", mode="greatest")  # type: ignore[arg-type]
    group_by_run(numbers)  # type: ignore[arg-type]


def labels(text: str) -> None:
    assert_type(sanitize_label(text), str)
    assert_type(sanitize_label(text, "phase"), str)
    sanitize_label(text, "epoch")  # type: ignore[arg-type]
    sanitize_label(None)  # type: ignore[arg-type]


def errors(error: FieldError | NameSyntaxError | UnknownFormatError | AmbiguousNameError) -> None:
    root: SchemeError = error
    builtin: ValueError = error
    assert_type(error.kind, str)
    assert_type(error.text, object)
    assert_type(error.expected, str)
    assert_type(error.position, int | None)
    assert_type(error.requirement, str | None)
    assert_type(error.suggestion, str | None)
    assert_type(root.found, object)
    raise builtin


def listings(lines: Iterator[str], path: Path, entries: list[Entry]) -> None:
    assert_type(read_objects(lines, 0), Listing)
    assert_type(observe(path), Listing)
    assert_type(observe("outputs"), Listing)
    listing = Listing(root="", entries=entries, now_ns=0)
    assert_type(listing.entries[0], Entry)
    assert_type(listing.entries[1:], tuple[Entry, ...])
    assert_type(listing.unreadable, tuple[tuple[str, str], ...])
    assert_type(listing.digest(), str)
    entry = Entry(path="a", kind="file")
    assert_type(entry.kind, Literal["file", "directory", "link", "other"])
    assert_type(entry.leads_to, str | None)
    assert_type(entry.directory + entry.name, str)
    read_objects(lines)  # type: ignore[call-arg]
    observe(b"outputs")  # type: ignore[arg-type]
    Entry("a", "file")  # type: ignore[call-arg]
    Entry(path="a", kind="pipe")  # type: ignore[arg-type]
    Listing(entries=entries, now_ns=0)  # type: ignore[call-arg]
    entry.size = 1  # type: ignore[misc]


def policies(best: KeepBest) -> None:
    policy = Policy(delete_old=True, keep_min_epoch=None, keep_last=2, keep_best=best, keep_every=5)
    assert_type(policy.keep_best, KeepBest | None)
    assert_type(policy.keep_min_epoch, int | None)
    assert_type(policy.keep_last, int)
    assert_type(policy.drop, tuple[str, ...])
    assert_type(KeepBest("loss", 3, "min").mode, Literal["max", "min"])
    assert_type(read_age("7d"), int)
    Policy(True)  # type: ignore[call-arg]  # noqa: FBT003 - which is refused
    Policy(keep_last=None)  # type: ignore[arg-type]
    Policy(keep_best="hmean")  # type: ignore[arg-type]
    KeepBest("hmean", 1, "greatest")  # type: ignore[arg-type]
    read_age(7)  # type: ignore[arg-type]


def foreign_names(registry: Registry, names: list[str], paths: Iterator[Path], error: AmbiguousNameError) -> None:
    found = registry.identify(names)
    assert_type(found, Identification)
    assert_type(found.framework, str | None)
    assert_type(found.candidates, tuple[Candidate, ...])
    assert_type(found.candidates[0].evidence, tuple[Evidence, ...])
    assert_type(legacy.identify(paths), Identification)
    assert_type(latest(names, registry=registry), str | None)
    assert_type(latest(paths, framework="lightning"), Path | None)
    assert_type(best(paths, metric="hmean", mode="min"), Path | None)
    assert_type(error.deciders, tuple[str, ...])
    legacy.identify([3])  # type: ignore[list-item]
    latest(names, registry=legacy)  # type: ignore[arg-type]


def migration_plans(listing: Listing, policy: Policy, registry: Registry, text: str) -> Plan:
    plan = make_plan(listing)
    assert_type(make_plan(listing, policy, registry), Plan)
    assert_type(Plan.from_json(text), Plan)
    assert_type(Plan.from_json(text.encode()), Plan)
    assert_type(plan.to_json(), str)
    assert_type(plan.items[0], Rename | Discard | Keep | Conflict)
    assert_type(plan.renames, tuple[Rename, ...])
    assert_type(plan.discards, tuple[Discard, ...])
    assert_type(plan.conflicts, tuple[Conflict, ...])
    assert_type(plan.notes, tuple[Note, ...])
    assert_type(plan.counts(), dict[str, int])
    make_plan(listing.entries)  # type: ignore[arg-type]
    make_plan(listing, "digits")  # type: ignore[arg-type]
    Plan.from_json(None)  # type: ignore[arg-type]
    plan.items = ()  # type: ignore[assignment,misc]
    return plan


def every_item_is_matched(item: Item) -> str:
    match item:
        case Rename(path=_, new=new, links=links, sidecars=sidecars):
            assert_type(links, tuple[Relink, ...])
            assert_type(sidecars, tuple[Rename, ...])
            return new
        case Discard(sidecars=gone):
            assert_type(gone, tuple[str, ...])
            return item.reason
        case Keep(reason=reason):
            return reason
        case Conflict(advice=advice):
            return advice
        case _:
            assert_never(item)


def operation_errors(error: OperationError) -> None:
    root: RuntimeError = error
    raise root


class CannotBeSubclassed(EpochCheckpoint):  # type: ignore[misc]
    """The classes are final, and a checker says so."""


def a_misspelt_name_is_an_error() -> object:
    return ckpt_scheme.EpochChekpoint  # type: ignore[attr-defined]
