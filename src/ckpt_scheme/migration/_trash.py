"""The trash: its entries, their removal for good, and the check of the whole state directory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, final

import attrs

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._disk import STATE, observe, reason_of
from ckpt_scheme.migration._history import History
from ckpt_scheme.migration._journal import FOLDER, TRASH, Operation
from ckpt_scheme.migration._links import Links
from ckpt_scheme.migration._recover import Failure, acts_back
from ckpt_scheme.migration._tree import Tree

_LAST_SECOND: Final = 253_402_300_799  # of the year 9999


@final
@attrs.frozen(kw_only=True)
class Trashed:
    """A checkpoint, or a file that belongs to one, in the trash.

    Attributes:
        operation: The number of the operation that discarded it.
        time: The time when it was discarded: the later of the journal's time and of the last change on the disk.
        path: The path that it had.
        size: Its bytes.
        location: The path that it has now.
    """

    operation: int
    time: datetime
    path: str
    size: int
    location: str


@final
@attrs.frozen(kw_only=True)
class Check:
    """The state of a state directory.

    Attributes:
        undoable: For each operation that is not put back, the last first: its number, the number of acts that `undo`
            would put back, and of those that it would leave.
        orphans: The paths of entries in the trash that no journal names.
        damaged: The faults of journals, and of files that are none.
    """

    undoable: tuple[tuple[int, int, int], ...] = ()
    orphans: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def trashed(tree: Tree, operations: Iterable[Operation]) -> list[Trashed]:
    """Return the entries of the trash that the journals name, sorted by their places there."""
    # A stopped operation and the one that went on with it name the same places: the last that did counts.
    with contextlib.suppress(FileNotFoundError):
        tree.directory(TRASH)
    places = {act.new: (act, each) for each in operations for act in each.acts if act.is_discard}
    found: list[Trashed] = []
    for place, (act, operation) in sorted(places.items()):
        entry = tree.stat(place)
        if entry is not None:
            # The clock of the operation may have been wrong.
            # A disk may also report a time that no date has.
            changed = datetime.fromtimestamp(min(max(entry.ctime_ns // 10**9, 0), _LAST_SECOND), UTC)
            time = max(operation.time, changed)
            found.append(Trashed(operation=operation.number, time=time, path=act.old, size=entry.size, location=place))
    return found


def destroy(
    tree: Tree, chosen: Iterable[Trashed], progress: Callable[[], None]
) -> tuple[list[tuple[str, str]], list[Failure]]:
    """Remove entries of the trash for good; return those that are gone, and those that could not be removed."""
    done: list[tuple[str, str]] = []
    failed: list[Failure] = []
    for each in chosen:
        try:
            tree.destroy(each.location)
        except OSError as error:
            failed.append(Failure(each.location, reason_of(error)))
        else:
            done.append((each.path, each.location))
        progress()
    return done, failed


def clear(tree: Tree, operations: Iterable[Operation]) -> None:
    """Remove the empty directories of the trash."""
    parents = {act.new.rpartition("/")[0] for each in operations for act in each.acts if act.is_discard}
    parents |= {act.old.rpartition("/")[0] for each in operations for act in each.acts if act.reversed().is_discard}
    for parent in sorted(parents):
        path = parent
        while path != STATE:
            with contextlib.suppress(OSError):
                tree.remove_empty(path)
            path = path.rpartition("/")[0]


def check(tree: Tree) -> Check:
    """Return the state of the state directory; it changes nothing."""
    found: list[Operation] = []
    damaged: list[str] = []
    for name in sorted(journals.names(tree)):
        try:
            operation = journals.read(tree, name)
        except (OperationError, OSError) as error:
            damaged.append(str(error))
            continue
        found.append(operation)
        if operation.is_damaged:
            damaged.append(f"{FOLDER}/{name}: lines of it cannot be read")
    damaged += [f"{FOLDER}/{name} is no journal; it is safe to remove" for name in _strays(tree)]
    history, links = History(found), Links(observe(tree.root))
    undoable: list[tuple[int, int, int]] = []
    for operation in history.standing():
        groups, left = acts_back(tree, history.acts_of(operation), links)
        undoable.append((operation.number, sum(map(len, groups)), len(left)))
    known = {path for each in found for act in each.acts for path in (act.old, act.new)}
    return Check(undoable=tuple(undoable), orphans=tuple(sorted(_orphans(tree, known))), damaged=tuple(damaged))


def _strays(tree: Tree) -> list[str]:
    try:
        names = os.listdir(tree.directory(FOLDER))
    except FileNotFoundError:
        return []
    return sorted(name for name in names if not name.endswith(".jsonl"))


def _orphans(tree: Tree, known: set[str]) -> Iterator[str]:
    """Yield the entries of the trash that are neither *known* nor above a known one."""
    above: set[str] = set()
    for path in known:
        parent = path.rpartition("/")[0]
        while parent and parent not in above:
            above.add(parent)
            parent = parent.rpartition("/")[0]
    waiting = [TRASH]
    while waiting:
        directory = waiting.pop()
        try:
            with os.scandir(tree.directory(directory)) as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except FileNotFoundError:
            continue
        for name, is_directory in found:
            path = f"{directory}/{name}"
            if path in above and is_directory:
                waiting.append(path)
            elif path not in known:
                yield path
