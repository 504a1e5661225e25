"""What the path of a checkpoint says: the run it belongs to, the status of its name, and what it would be called.

Nothing here touches a disk. The library does the reading; `ckpt_scheme.legacy` loads when the first name needs it.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

import attrs

import ckpt_scheme
from ckpt_scheme import _grammar, checkpoint_name, run_id
from ckpt_scheme._cli import decoding, foreign, values
from ckpt_scheme._cli.decoding import Decoded
from ckpt_scheme._cli.foreign import Contents, Peek
from ckpt_scheme._cli.scan import Listing, join
from ckpt_scheme.errors import SchemeError, SelectionWarning
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Reading, Registry

_digits: Final = re.compile("([0-9]+)").split

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
        run = run_id._read(parts[index])
        if run is not None:
            return index, run
    folders = [index for index, part in enumerate(parts) if part == _grammar.CHECKPOINTS]
    return (folders[-1] if folders else len(parts)) - 1, None


def places(listings: Iterable[Listing], registry: Registry, peek: Peek) -> Iterator[tuple[Place, Contents]]:
    """Yield each directory that has checkpoints, with what it holds, and each run that has none, with nothing.

    Only when a walk leaves a run is it known that there are none.
    """
    # Runs above the directory at hand in which no checkpoint has turned up so far, the outermost first.
    waiting: list[Listing] = []
    for listing in listings:
        yield from _left(waiting, listing.depth)
        held = foreign.contents(listing, registry, peek)
        if held or not listing.is_whole:
            waiting.clear()
        if held:
            yield place(listing.path, listing.location), held
        elif listing.is_whole and RunId.is_valid(listing.location.rpartition("/")[2]):
            waiting.append(listing)
    yield from _left(waiting, 0)


def _left(waiting: list[Listing], depth: int) -> Iterator[tuple[Place, Contents]]:
    """Take from *waiting* what a walk that is now at *depth* has left behind."""
    while waiting and waiting[-1].depth >= depth:
        listing = waiting.pop()
        yield place(listing.path, listing.location), Contents(listing.path, [], {}, [])


Refused: TypeAlias = Callable[[str, SchemeError], None]
"""Reports a directory whose names do not compare."""

Warned: TypeAlias = Callable[[str, SelectionWarning], None]
"""Reports a directory whose answer may not be the expected one."""


@contextlib.contextmanager
def _warnings_to(warned: Warned, path: str) -> Generator[None]:
    """Report each `SelectionWarning` of a directory."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", SelectionWarning)
        yield
    for message in [warning.message for warning in heard if isinstance(warning.message, SelectionWarning)]:
        warned(path, message)


def latest(
    found: Iterable[tuple[Place, Contents]],
    registry: Registry,
    refused: Refused,
    warned: Warned,
    framework: str | None,
) -> Iterator[tuple[Place, Contents, str]]:
    """Yield each directory with the name of its latest checkpoint, if the names tell."""
    for where, held in found:
        with _warnings_to(warned, where.path):
            try:
                name = ckpt_scheme.latest(held.all_names(), framework=framework, registry=registry)
            except SchemeError as error:
                refused(where.path, error)
                continue
        if name is not None:
            yield where, held, name


def best(
    found: Iterable[tuple[Place, Contents]],
    registry: Registry,
    refused: Refused,
    warned: Warned,
    metric: str,
    mode: Literal["max", "min"],
    framework: str | None,
) -> Iterator[tuple[Place, Contents, str]]:
    """Yield the directory of the one checkpoint with the best value of *metric*, and its name."""
    chosen: tuple[Place, Contents, str] | None = None
    for where, held in found:
        rivals = [*([chosen[2]] if chosen else []), *held.all_names()]
        with _warnings_to(warned, where.path):
            try:
                name = ckpt_scheme.best(rivals, metric=metric, mode=mode, framework=framework, registry=registry)
            except SchemeError as error:
                refused(where.path, error)
                continue
        # Of equal names the one that the walk met first stays.
        if name is not None and (chosen is None or name != chosen[2]):
            chosen = where, held, name
    if chosen is not None:
        yield chosen


# --------------------------------------------------------------------------------------------------------------------
# Names.


@final
@attrs.frozen
class Row:
    """A checkpoint, or a run without any.

    Attributes:
        place: The directory that it is in; of a run without checkpoints its own.
        name: Its name, with a ``/`` at its end if a format reads the name of a directory; or None.
        decoded: What the name says, or None.
    """

    place: Place
    name: str | None = None
    decoded: Decoded | None = None

    @property
    def text(self) -> str:
        """What was read: the name, with the directory that it is in where that belongs to it."""
        return "" if self.decoded is None else self.decoded.text

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What the name may mean."""
        return () if self.decoded is None else self.decoded.readings

    def with_readings(self, readings: tuple[Reading, ...], *, is_writer_known: bool) -> Row:
        """Return the row with no more readings than these."""
        return attrs.evolve(self, decoded=decoding.judged(self.text, readings, is_writer_known=is_writer_known))

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a table that follow those of the run."""
        if self.name is None or self.decoded is None:
            return "", "", "", "", "", "", "empty", "", ""
        decoded = self.decoded
        status = decoded.status if self.place.is_canonical else f"{decoded.status}*"
        note = decoded.canonical_name or ""
        if decoded.error is not None and decoded.readings and not note:
            note = f"(expected {decoded.error.expected})"
        said = decoded.reading
        if said is None:
            return "", "", "", "", "", "", status, self.name, note
        metrics = " ".join(f"{metric}={value:.4f}" for metric, value in said.metrics.items())
        numbers = _number(said.epoch), _number(said.step), metrics, _number(said.version)
        return *numbers, said.kind, said.framework, status, self.name, note

    def fields(self) -> dict[str, object]:
        """Return all of it, ready for JSON."""
        where, decoded = self.place, self.decoded
        error = decoded and decoded.error
        name = self.name and self.name.rstrip("/")
        said = decoded and decoded.reading
        return {
            "path": where.path if name is None else join(where.path, name),
            **where.fields,
            "name": name,
            "framework": said and said.framework,
            "kind": said and said.kind,
            "status": "empty" if decoded is None else decoded.status,
            "path_canonical": decoded is not None and decoded.status == "canonical" and where.is_canonical,
            "would_be_called": decoded and decoded.canonical_name,
            "reason": error and str(error),
            "readings": [values.reading_fields(reading) for reading in decoded.readings] if decoded else [],
        }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def listed(where: Place, held: Contents, registry: Registry, peek: Peek, name: str | None = None) -> Iterator[Row]:
    """Yield the rows of one directory, or of the one *name* in it, each made when it is asked for.

    Canonical names come first, in their own order. Then come legacy ones, ambiguous ones and unknown ones, each by the
    text and the numbers in them; behind the legacy ones that say alone what they are, those of which the other names
    decide it.
    """
    if name is None:
        return _rows(where, held, registry, peek)
    if checkpoint_name._read(name) is not None:
        return iter([_row(where, name, registry)])
    # What another name says may depend on what is beside it.
    return (row for row in _rows(where, held, registry, peek) if row.name == name)


def _rows(where: Place, held: Contents, registry: Registry, peek: Peek) -> Iterator[Row]:
    if not held:
        yield Row(where)
    read = [(checkpoint_name._read(text), text) for text in held.names]
    tally = registry.tally()
    for _, text in sorted((name.sort_key(), text) for name, text in read if name is not None):
        yield (row := _row(where, text, registry))
        tally.add(text, row.readings)
    foreign.count(tally, held)
    ambiguous: list[Row] = []
    unknown: list[Row] = []
    for text in sorted([*(text for name, text in read if name is None), *held.checkpoints], key=_natural):
        if text in held.checkpoints:
            row = Row(where, text, decoding.judged(text.rstrip("/"), held.checkpoints[text]))
        else:
            row = _row(where, text, registry)
            tally.add(text, row.readings)
        if len(row.readings) == 1 and row.decoded is not None and row.decoded.reading is not None:
            yield row
        else:
            (ambiguous if row.readings else unknown).append(row)
    riddles = ((row.name or "", row.readings) for row in ambiguous)
    known = foreign.settled(tally, riddles, held.path, registry, peek)
    undecided: list[Row] = []
    for row in ambiguous:
        certain = known.only(row.readings)
        if certain is not None:
            yield row.with_readings((certain,), is_writer_known=True)
        else:
            undecided.append(row.with_readings(known.choose(row.readings), is_writer_known=False))
    yield from undecided
    yield from unknown


def _row(where: Place, text: str, registry: Registry) -> Row:
    return Row(where, text, decoding.decode(text, where.name, registry))


def _natural(text: str) -> list[str | int]:
    return [int(part) if place % 2 else part for place, part in enumerate(_digits(text))]


def written_by(framework: str, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield those of *rows* that *framework* wrote, or may have written where nothing else decides."""
    for row in rows:
        left = tuple(reading for reading in row.readings if reading.framework == framework)
        if left:
            yield row.with_readings(left, is_writer_known=True)
