"""`made` returns the record of a run from the folders that a walk found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, final

import attrs

from ckpt_scheme.catalog._checkpoints import Checkpoints, checkpoint, is_dead, is_empty
from ckpt_scheme.catalog._choose import Answer, Names
from ckpt_scheme.catalog._contents import Contents
from ckpt_scheme.catalog._evidence import ReadFolder
from ckpt_scheme.catalog._folder import UNKNOWN, as_datetime, join
from ckpt_scheme.catalog._model import Choice, FormatEvidence, MetricRange, Run, RunWarning, WarningKind
from ckpt_scheme.checkpoint_name import AnyCheckpoint, BestCheckpoint, EpochCheckpoint, LastCheckpoint
from ckpt_scheme.legacy import CANONICAL, Kind, Registry
from ckpt_scheme.run_id import RunId

_SHOWN: Final = 5  # paths of one warning, and examples of one format
# A writer that replaces `last.ckpt` first writes the numbered checkpoint some seconds later.
_LATER_NS: Final = 60 * 10**9
# Kinds of checkpoints that a training writes one after the other.
_IN_TRAINING: Final[frozenset[Kind]] = frozenset({"epoch", "step", "index", "last", "final", "interrupted", "recovery"})
_FORMS: Final[tuple[tuple[type[AnyCheckpoint], Kind], ...]] = (
    (EpochCheckpoint, "epoch"),
    (BestCheckpoint, "best"),
    (LastCheckpoint, "last"),
)


@final
@attrs.define(eq=False)
class OpenRun:
    """A run that a walk is in.

    Attributes:
        path: The path of its folder.
        depth: The number of folders between the root of the walk and it; 0 if the walk began inside it.
        run: Its value, if the scheme names it.
        parts: The folders with checkpoints or unread names.
        unreadable: The paths that could not be read.
        has_inner: Whether another run is in it, so that it is not empty.
    """

    path: str
    depth: int
    run: RunId | None
    parts: list[Contents] = attrs.field(factory=list[Contents])
    unreadable: list[str] = attrs.field(factory=list[str])
    has_inner: bool = False


def made(run: OpenRun, root: str, registry: Registry, framework: str | None, read_folder: ReadFolder) -> Run:
    """Return the record of a run that the walk has left."""
    parts = run.parts
    common = _common_folder([contents.folder.path for contents in parts if len(contents)])
    named = [(contents.folder.path[len(common) :].lstrip("/"), contents) for contents in parts]
    prefixed = [(f"{below}/" if below else "", contents) for below, contents in named]
    names = Names(prefixed, registry, framework, read_folder)
    found = names.answers()
    unfinished = set(map(names.place, found.unfinished))

    def is_unfinished(contents: Contents, place: int) -> bool:
        return (contents, place) in unfinished

    def choice(answer: Answer) -> Choice:
        if answer.place is None:
            return Choice(reason=answer.reason)
        return Choice(checkpoint=checkpoint(*answer.place, is_unfinished=is_unfinished(*answer.place)))

    writers = _writers(parts)
    unread = [
        _below(run.path, join(part.folder.path, part.text(place)))
        for part in parts
        for place in (*part.unread, *part.unknown)
    ]
    times = [part.folder.time(place) for part in parts for place in part.places()]
    warnings = [
        _about("latest_is_empty", _chosen(found.latest, is_empty)),
        _about("latest_is_dead_link", _chosen(found.latest, is_dead)),
        _about("latest_is_older", _later(parts, found.latest)),
        _about("latest_is_uncertain", found.uncertain),
        _about("best_is_empty", _chosen(found.best, is_empty)),
        _about("best_is_dead_link", _chosen(found.best, is_dead)),
        _about("unfinished_checkpoints", found.unfinished),
        _about("several_frameworks", writers if len(writers) > 1 else ()),
        _about("unread_names", unread),
        _about("unreadable_folder", [_below(run.path, path) for path in run.unreadable]),
    ]
    checkpoints = Checkpoints(parts, is_unfinished)
    is_without = not len(checkpoints) and not run.unreadable
    return Run(
        path=run.path,
        root=root,
        run=run.run,
        framework=writers[0] if len(writers) == 1 else None,
        evidence=tuple(_evidence(parts)),
        checkpoints=checkpoints,
        size=sum(max(part.folder.size(place), 0) for part in parts for place in part.places()),
        modified=as_datetime(max(times, default=UNKNOWN)),
        latest=choice(found.latest),
        furthest=choice(found.furthest),
        best=choice(found.best),
        metrics=tuple(
            MetricRange(metric=metric, highest=choice(highest), lowest=choice(lowest))
            for metric, highest, lowest in found.metrics
        ),
        unread=tuple(unread),
        warnings=(
            *(warning for warning in warnings if warning.count),
            *([RunWarning(kind="no_checkpoints")] if is_without else []),
        ),
    )


def _common_folder(paths: Sequence[str]) -> str:
    """Return the deepest folder that holds all of the folders *paths*, or is one of them."""
    split = [path.split("/") for path in paths]
    shared = 0
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return "/".join(split[0][:shared]) if split else ""


def _below(run: str, path: str) -> str:
    return path[len(run) :].lstrip("/") or "."


def _about(kind: WarningKind, paths: Sequence[str]) -> RunWarning:
    return RunWarning(kind=kind, paths=tuple(paths[:_SHOWN]), count=len(paths))


def _chosen(answer: Answer, holds: Callable[[Contents, int], bool]) -> tuple[str, ...]:
    """Return the name of the chosen checkpoint if *holds* is true of it."""
    place = answer.place
    return () if place is None or not holds(*place) else (place[0].text(place[1]).rstrip("/"),)


def _later(parts: Sequence[Contents], answer: Answer) -> tuple[str, ...]:
    """Return the name of the checkpoint that was written last, if that was much later than the chosen checkpoint."""
    if answer.place is None:
        return ()
    chosen, at = answer.place
    if chosen.text(at) in chosen.folder.links or chosen.folder.time(at) == UNKNOWN:
        return ()
    rivals = ((part.folder.time(place), part, place) for part in parts for place in _training_places(part))
    time, part, place = max(rivals, key=lambda rival: rival[0], default=(UNKNOWN, chosen, at))
    return (part.text(place).rstrip("/"),) if time > chosen.folder.time(at) + _LATER_NS else ()


def _training_places(part: Contents) -> Iterator[int]:
    """Yield the places of the checkpoints of the kinds `_IN_TRAINING`, without symlinks."""
    links = part.folder.links
    for group in part.checkpoint_groups():
        if any(reading.kind in _IN_TRAINING for reading in group.decoded.readings):
            yield from (place for place in group.places if not links or part.text(place) not in links)
    for place in part.canonical.places:
        text = part.text(place)
        if not (text.startswith("best") or (links and text in links)):
            yield place


def _writers(parts: Sequence[Contents]) -> tuple[str, ...]:
    """Return the frameworks that certainly wrote a checkpoint of a run.

    Other frameworks write ``last.ckpt`` and ``best.ckpt`` too, so these names count for the scheme only if alone.
    """
    groups = [group for part in parts for group in part.checkpoint_groups() if len(group.places)]
    found = {group.decoded.reading.framework for group in groups if group.decoded.reading is not None}
    is_canonical = any(part.canonical.counts[EpochCheckpoint] for part in parts)
    if is_canonical or (not groups and any(len(part.canonical) for part in parts)):
        found.add(CANONICAL)
    return tuple(sorted(found))


def _evidence(parts: Sequence[Contents]) -> Iterator[FormatEvidence]:
    """Yield the formats that read names of a run, the format with the most names first."""
    counts: dict[tuple[str, str, Kind], tuple[int, tuple[str, ...]]] = {}
    for part in parts:
        for group in part.groups:
            names = tuple(part.text(place) for place in group.places[:_SHOWN])
            certain = group.decoded.reading
            for reading in group.decoded.readings if certain is None else (certain,):
                key = (reading.framework, reading.format, reading.kind)
                count, examples = counts.get(key, (0, ()))
                counts[key] = count + len(group.places), (*examples, *names)[:_SHOWN]
        texts = [name.format() for name in part.canonical.candidates()]
        for form, kind in _FORMS:
            count, before = counts.get((CANONICAL, kind, kind), (0, ()))
            own = tuple(name for name in texts if name.startswith(kind))
            if part.canonical.counts[form]:
                counts[CANONICAL, kind, kind] = count + part.canonical.counts[form], (*before, *own)[:_SHOWN]
    for key, (count, examples) in sorted(counts.items(), key=lambda item: (-item[1][0], item[0])):
        framework, id_, kind = key
        yield FormatEvidence(framework=framework, format=id_, kind=kind, count=count, examples=examples)
