"""What the path of a checkpoint says: the run it belongs to, the status of its name, and what it would be called.

Nothing here touches a disk. The library does the reading; `ckpt_scheme.legacy` loads when the first name needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import attrs

import ckpt_scheme
from ckpt_scheme import _grammar, checkpoint_name, run_id
from ckpt_scheme.checkpoint_name import CheckpointName
from ckpt_scheme.cli import values
from ckpt_scheme.cli.scan import Listing, join
from ckpt_scheme.errors import NameSyntaxError, SchemeError
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme.legacy import LegacyName, Registry

Status: TypeAlias = Literal["canonical", "legacy", "ambiguous", "unknown"]

# --------------------------------------------------------------------------------------------------------------------
# Directories.


@final
@attrs.frozen
class Place:
    """A directory with checkpoints in it, or a run without any.

    Attributes:
        path: The directory, as the walk came to it.
        root: What the run's directory is in: the beginning of *path* if the run is in *path*, else absolute; or None.
        run_text: The name of the run's directory. Where nothing above is named by the scheme, the directory above
            ``checkpoints`` is taken for it, and without one the directory itself.
        run: The run, or None if its directory is not named by the scheme.
        name: The name of the directory.
        is_canonical: Whether it is where the scheme puts the checkpoints of a run.
        fields: What a row says of the run, ready for JSON; the same for all rows of the directory.
    """

    path: str
    root: str | None
    run_text: str
    run: RunId | None
    name: str
    is_canonical: bool
    fields: Mapping[str, object]

    def cells(self) -> tuple[str, ...]:
        """Return the run's four cells of a table, or one to be written across them."""
        run = self.run
        if run is None:
            return (self.run_text,)
        return run.tag, run.model, run.phase, run.timestamp.isoformat(" ")


def place(path: str, location: str) -> Place:
    """Return what the path of a directory says; *location* is the same, absolute."""
    parts = location.split("/")
    at, run = _run_among(parts)
    below = "/".join(parts[at:])
    # A walk may start inside a run, and then the run is in the location alone.
    shown = path if path == below or path.endswith(f"/{below}") else location
    root = shown.removesuffix(below).removesuffix("/") or None
    return Place(
        path=path,
        root=root,
        run_text=parts[at],
        run=run,
        name=parts[-1],
        is_canonical=ckpt_scheme.CheckpointPath.is_valid(join(location, _grammar.LAST_NAME)),
        fields={"root": root, "run": parts[at], **values.run_fields(run)},
    )


def _run_among(parts: Sequence[str]) -> tuple[int, RunId | None]:
    for index in reversed(range(len(parts))):
        run = run_id.read(parts[index])
        if run is not None:
            return index, run
    folders = [index for index, part in enumerate(parts) if part == _grammar.CHECKPOINTS]
    return (folders[-1] if folders else len(parts)) - 1, None


def places(listings: Iterable[Listing]) -> Iterator[tuple[Place, list[str]]]:
    """Yield each directory that has checkpoints, with their names, and each run that has none, with no names.

    Only when a walk leaves a run is it known that there are none.
    """
    # Runs above the directory at hand in which no checkpoint has turned up so far, the outermost first.
    waiting: list[Listing] = []
    for listing in listings:
        yield from _left(waiting, listing.depth)
        if listing.names or not listing.is_whole:
            waiting.clear()
        if listing.names:
            yield place(listing.path, listing.location), listing.names
        elif listing.is_whole and RunId.is_valid(listing.location.rpartition("/")[2]):
            waiting.append(listing)
    yield from _left(waiting, 0)


def _left(waiting: list[Listing], depth: int) -> Iterator[tuple[Place, list[str]]]:
    """Take from *waiting* what a walk that is now at *depth* has left behind."""
    while waiting and waiting[-1].depth >= depth:
        listing = waiting.pop()
        yield place(listing.path, listing.location), []


def latest(found: Iterable[tuple[Place, list[str]]]) -> Iterator[tuple[Place, list[str]]]:
    """Yield each directory with the one checkpoint that is furthest in training, if its names tell."""
    for where, names in found:
        name = ckpt_scheme.latest(names)
        if name is not None:
            yield where, [name]


def best(
    found: Iterable[tuple[Place, list[str]]], metric: str, mode: Literal["max", "min"]
) -> Iterator[tuple[Place, list[str]]]:
    """Yield the directory of the one checkpoint with the best value of *metric*, and its name."""
    chosen: tuple[Place, str] | None = None
    for where, names in found:
        rivals = names if chosen is None else [chosen[1], *names]
        name = ckpt_scheme.best(rivals, metric=metric, mode=mode)
        # Of equal names the one that the walk met first stays.
        if name is not None and (chosen is None or name != chosen[1]):
            chosen = where, name
    if chosen is not None:
        yield chosen[0], [chosen[1]]


# --------------------------------------------------------------------------------------------------------------------
# Names.


@final
@attrs.frozen
class Decoded:
    """What a name says.

    Attributes:
        text: The name, with the directory that it is in where that belongs to it.
        status: What kind of name it is.
        readings: Every reading of it.
        canonical_name: What it would be called; None if it is called that already or nobody can tell.
        error: Why it has no canonical name or, if it is unknown, what is wrong with it.
    """

    text: str
    status: Status
    readings: tuple[LegacyName, ...] = ()
    canonical_name: str | None = None
    error: SchemeError | None = None


def decode(name: str, parent: str, registry: Registry) -> Decoded:
    """Return what the *name* of an entry of the directory *parent* says.

    The ``/`` of a metric's name made a directory of what stood before it. So a name that does not say enough for a
    canonical one is read together with the name of its directory, which counts if a format has a ``/`` there.
    """
    alone = _decode(name, registry)
    if alone.error is None or parent in ("", _grammar.CHECKPOINTS):
        return alone
    whole = _decode(f"{parent}/{name}", registry)
    return whole if whole.readings else alone


def _decode(text: str, registry: Registry) -> Decoded:
    readings = registry.readings(text)
    if not readings:
        error = refusal(CheckpointName.parse, text)
        return Decoded(text, "unknown", (), None if error is None else error.suggestion, error)
    reading, *others = readings
    if others:
        return Decoded(text, "ambiguous", readings, error=refusal(registry.decode, text))
    status: Status = "canonical" if reading.framework == ckpt_scheme.legacy.CANONICAL else "legacy"
    return Decoded(text, status, readings, *upgraded(reading))


def upgraded(reading: LegacyName) -> tuple[str | None, SchemeError | None]:
    """Return what a reading would be called, or why it cannot be; neither for what is called that already."""
    if reading.framework == ckpt_scheme.legacy.CANONICAL:
        return None, None
    try:
        return ckpt_scheme.legacy.upgrade(reading).format(), None
    except SchemeError as error:
        return None, error


def refusal(parse: Callable[[str], object], text: str) -> SchemeError | None:
    """Return the error with which *parse* refuses *text*, or None."""
    try:
        parse(text)
    except SchemeError as error:
        return error
    return None


@final
@attrs.frozen
class Row:
    """A checkpoint, or a run without any.

    Attributes:
        place: The directory that it is in; of a run without checkpoints its own.
        name: Its name, or None.
        decoded: What the name says, or None.
    """

    place: Place
    name: str | None = None
    decoded: Decoded | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a table that follow those of the run."""
        if self.name is None or self.decoded is None:
            return "", "", "", "", "empty", "", ""
        decoded = self.decoded
        status = decoded.status if self.place.is_canonical else f"{decoded.status}*"
        note = decoded.canonical_name or ""
        if decoded.error is not None and decoded.readings:
            note = f"(expected {decoded.error.expected})"
        if len(decoded.readings) != 1:
            return "", "", "", "", status, self.name, note
        said = decoded.readings[0]
        metrics = " ".join(f"{metric}={value:.4f}" for metric, value in said.metrics.items())
        return _number(said.epoch), _number(said.step), metrics, _number(said.version), status, self.name, note

    def fields(self) -> dict[str, object]:
        """Return all of it, ready for JSON."""
        where, decoded = self.place, self.decoded
        error = decoded and decoded.error
        return {
            "path": where.path if self.name is None else join(where.path, self.name),
            **where.fields,
            "name": self.name,
            "status": "empty" if decoded is None else decoded.status,
            "path_canonical": decoded is not None and decoded.status == "canonical" and where.is_canonical,
            "would_be_called": decoded and decoded.canonical_name,
            "reason": error and str(error),
            "readings": [values.reading_fields(reading) for reading in decoded.readings] if decoded else [],
        }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def listed(where: Place, names: Sequence[str], registry: Registry) -> Iterator[Row]:
    """Yield the rows of one directory, each made when it is asked for.

    Canonical names come first, in their own order; then legacy, ambiguous and unknown ones, as text.
    """
    if not names:
        yield Row(where)
    read = [(checkpoint_name.read(text), text) for text in names]
    for _, text in sorted((name.sort_key(), text) for name, text in read if name is not None):
        yield Row(where, text, decode(text, where.name, registry))
    last: dict[Status, list[Row]] = {"ambiguous": [], "unknown": []}
    for text in sorted(text for name, text in read if name is None):
        row = Row(where, text, decoded := decode(text, where.name, registry))
        if decoded.status == "legacy":
            yield row
        else:
            last[decoded.status].append(row)
    for kept in last.values():
        yield from kept


def violation(path: str, location: str | None, registry: Registry) -> SchemeError | None:
    """Return what is wrong with a checkpoint's path, or None if it conforms.

    Args:
        path: The path, as the user knows it.
        location: The same, absolute: *path* may begin below the run's directory. None for a name without a directory.
        registry: The formats that a better name is looked for in.
    """
    directory, _, name = path.rpartition("/")
    error = refusal(CheckpointName.parse, name)
    if error is not None:
        suggestion = error.suggestion or decode(name, directory.rpartition("/")[2], registry).canonical_name
        return NameSyntaxError(error.kind, name, error.expected, error.position, error.requirement, suggestion)
    if location is None or ckpt_scheme.CheckpointPath.is_valid(location):
        return None
    return refusal(ckpt_scheme.CheckpointPath.parse, path)
