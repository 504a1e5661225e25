"""`Checkpoints`: the checkpoints of a run, a sequence that makes each record on access."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, cast, final, get_args, overload

from ckpt_scheme import checkpoint_name
from ckpt_scheme.catalog._contents import Contents
from ckpt_scheme.catalog._folder import UNKNOWN, as_datetime, join
from ckpt_scheme.catalog._model import Checkpoint, CheckpointFlag, Status
from ckpt_scheme.legacy import upgrade_losses

_STATUSES: Final[tuple[Status, ...]] = get_args(Status)

_digits: Final = re.compile("([0-9]+)").split


@final
class Checkpoints(Sequence[Checkpoint]):
    """The checkpoints of some folders, in the order of `Run.checkpoints`.

    They equal every other sequence of the same checkpoints, and are pickled as a tuple.

    Args:
        parts: The folders.
        is_unfinished: Returns whether the names beside the checkpoint at a place show that it is not whole.
    """

    __slots__ = ("_is_unfinished", "_order", "_parts")

    def __init__(self, parts: Sequence[Contents], is_unfinished: Callable[[Contents, int], bool]) -> None:
        self._parts = parts
        self._is_unfinished = is_unfinished
        self._order: list[list[int]] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, index: int) -> Checkpoint: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Checkpoint, ...]: ...
    def __getitem__(self, index: int | slice) -> Checkpoint | tuple[Checkpoint, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        rest, part = index % len(self), 0
        order = self._ordered()
        while rest >= len(order[part]):
            rest -= len(order[part])
            part += 1
        return self._made(self._parts[part], order[part][rest])

    def __iter__(self) -> Iterator[Checkpoint]:
        for contents, places in zip(self._parts, self._ordered(), strict=True):
            for place in places:
                yield self._made(contents, place)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Checkpoints, tuple)):
            return NotImplemented
        others: tuple[object, ...] = tuple(cast("Iterable[object]", other))
        return tuple(self) == others

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} checkpoints>"

    def __reduce__(self) -> tuple[type[tuple[Checkpoint, ...]], tuple[tuple[Checkpoint, ...]]]:
        return tuple, (tuple(self),)

    def _ordered(self) -> list[list[int]]:
        if self._order is None:
            self._order = [sorted(contents.places(), key=_rank(contents)) for contents in self._parts]
        return self._order

    def _made(self, contents: Contents, place: int) -> Checkpoint:
        return checkpoint(contents, place, is_unfinished=self._is_unfinished(contents, place))


def _rank(contents: Contents) -> Callable[[int], tuple[object, ...]]:
    """Return the sort key of the places in a folder: canonical names by their values, the others by their texts."""

    def rank(place: int) -> tuple[object, ...]:
        text = contents.text(place)
        name = checkpoint_name._read(text.rstrip("/"))
        if name is not None:
            return 0, name.sort_key(), text
        group = contents.group(place)
        return _STATUSES.index("unknown" if group is None else group.decoded.status), _natural(text)

    return rank


def _natural(text: str) -> list[str | int]:
    return [int(part) if place % 2 else part for place, part in enumerate(_digits(text))]


def checkpoint(contents: Contents, place: int, *, is_unfinished: bool = False) -> Checkpoint:
    """Return the record of the checkpoint at *place* of a folder."""
    folder = contents.folder
    text = contents.text(place)
    decoded = contents.decoded(place)
    reading, new = decoded.reading, decoded.canonical_name
    entry_type = folder.entry_type(text)
    link = folder.links.get(text)
    size = folder.size(place)
    flags: list[CheckpointFlag] = []
    if is_empty(contents, place):
        flags.append("empty")
    if is_dead(contents, place):
        flags.append("dead_link")
    if is_unfinished:
        flags.append("unfinished")
    return Checkpoint(
        path=join(folder.path, text.rstrip("/")),
        name=checkpoint_name._read(text.rstrip("/")),
        status=decoded.status,
        readings=decoded.readings,
        canonical_name=new,
        reason=None if decoded.error is None else str(decoded.error),
        losses=() if reading is None or new is None else upgrade_losses(reading),
        entry_type=entry_type,
        link_target=None if link is None else link.target,
        size=None if size == UNKNOWN else size,
        modified=as_datetime(folder.time(place)),
        flags=tuple(flags),
    )


def is_empty(contents: Contents, place: int) -> bool:
    """Return whether the checkpoint at *place* is known to have no bytes."""
    link = contents.folder.links.get(contents.text(place))
    return contents.folder.size(place) == 0 if link is None else link.is_empty


def is_dead(contents: Contents, place: int) -> bool:
    """Return whether the checkpoint at *place* is a symlink that leads nowhere."""
    link = contents.folder.links.get(contents.text(place))
    return link is not None and link.is_dead
