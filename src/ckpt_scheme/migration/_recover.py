"""`recover` finishes stopped operations, `acts_back` plans an undo, `trashed` and `check` read the state directory.

An operation is stopped if its process ends before its journal has an end. The next operation finishes its half-done
act, and one with the same action continues it; an undo reverses both together.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, final

import attrs

from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import FieldError, OperationError
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._acts import Progress, finish
from ckpt_scheme.migration._disk import observe, reason_of
from ckpt_scheme.migration._listing import Listing
from ckpt_scheme.migration._model import JOURNAL, LOCK, TRASH, Act, Action, Failure, Operation
from ckpt_scheme.migration._names import Links
from ckpt_scheme.migration._tree import Tree

GONE: Final = "it is gone"
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999


@final
class History:
    """All operations below a root.

    Attributes:
        operations: The operations, the oldest first.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)

    def next_number(self) -> int:
        """Return the number of the next operation."""
        return max((each.number for each in self.operations), default=0) + 1

    def end(self, operation: Operation, end: str) -> None:
        """Record the end of an operation."""
        self.operations[self.operations.index(operation)] = attrs.evolve(operation, end=end)

    def stopped(self, action: Action, undoes: int | None) -> Operation | None:
        """Return the last operation if it was stopped and the next operation of this action continues it, else None."""
        last = self.operations[-1] if self.operations else None
        if last is None or last.end != "recovered" or (last.action, last.undoes) != (action, undoes):
            return None
        return last

    def chain(self, operation: Operation) -> list[Operation]:
        """Return the stopped operations that *operation* continues, the oldest first, and *operation* itself."""
        by_number = {each.number: each for each in self.operations}
        found = [operation]
        while found[-1].continues in by_number:
            found.append(by_number[found[-1].continues or 0])
        return found[::-1]

    def numbered(self, number: int) -> Operation:
        """Return the operation with this number.

        Raises:
            FieldError: If *number* is no whole number.
            OperationError: If no operation has it.
        """
        if type(number) is not int:
            raise FieldError("operation", number, "the number of an operation, or None")
        for operation in self.operations:
            if operation.number == number:
                return operation
        raise OperationError(f"no operation has the number {number!a} below this root")

    def standing(self) -> list[Operation]:
        """Return the operations that are not undone, the last first."""
        by_number = {each.number: each for each in self.operations}
        found: dict[int, Operation] = {}
        for operation in self.operations:
            if operation.action != "undo":
                found[operation.number] = operation
            undone = by_number.get(operation.undoes or 0)
            is_again = False
            while undone is not None and undone.undoes is not None:
                # Undoing an undo does the operation again that it had undone.
                undone, is_again = by_number.get(undone.undoes), not is_again
            for each in () if undone is None else self.chain(undone):
                # What was done again in part can be undone; what was undone in part can be undone further.
                if is_again and operation.end in ("done", "left"):
                    found[each.number] = each
                elif not is_again and operation.end == "done":
                    found.pop(each.number, None)
        return [found[number] for number in sorted(found, reverse=True)]

    def acts_of(self, operation: Operation) -> tuple[Act, ...]:
        """Return the acts of an operation, after those of the stopped operations that it continues."""
        return tuple(act for each in self.chain(operation) for act in each.acts)


def recover(tree: Tree, history: History) -> tuple[Failure, ...]:
    """Finish the half-done acts of earlier operations; return the acts that could not be finished."""
    failed: list[Failure] = []
    for operation in [each for each in history.operations if each.end in (None, "failed")]:
        before = len(failed)
        for act in operation.acts:
            try:
                finish(tree, act, is_stopped=operation.end is None)
            except OSError as error:
                failed.append(Failure(act.old, reason_of(error)))
        if len(failed) == before:
            end = "recovered" if operation.end is None else "settled"
            try:
                journals.finish(tree, operation.number, end)
            except PermissionError as error:
                message = f"operation {operation.number} was stopped, and only the user who began it can finish it"
                raise OperationError(f"{message}: {error}") from error
            history.end(operation, end)
    return tuple(failed)


def acts_back(tree: Tree, acts: Sequence[Act], links: Links) -> tuple[list[list[Act]], list[Failure]]:
    """Return the acts that reverse *acts*, and the entries that cannot be put back. The disk does not change.

    Args:
        tree: The names below the root.
        acts: The acts of an operation, as `History.acts_of` returns them.
        links: The present links below the root.

    Returns:
        The new acts in groups, each checkpoint with its sidecars, the last group first; and the entries.
    """
    groups: dict[str, list[Act]] = {}
    left: list[Failure] = []
    stays: set[str | None] = set()  # checkpoints that are not put back; their sidecars stay with them
    names = {act.old: act.new for act in acts}
    judged: dict[str, str] = {}  # an operation and the stopped one that it continues may share a name
    for act in reversed(acts):
        if judged.get(act.old) == act.new:
            continue
        back = _back(tree, act, links, is_free=act.old not in judged, is_allowed=act.owner not in stays)
        if back is None:
            continue
        judged[act.old] = act.new
        if isinstance(back, Act):
            owner = None if act.owner is None else names.get(act.owner)
            groups.setdefault(act.owner or act.old, []).append(attrs.evolve(back, owner=owner))
        else:
            stays.add(act.old)
            left.append(back)
    return list(groups.values()), left


def _back(tree: Tree, act: Act, links: Links, *, is_free: bool, is_allowed: bool) -> Act | Failure | None:
    """Return the act that reverses *act*, the reason why that is impossible, or None if there is nothing to do."""
    try:
        here, there = tree.stat(act.new), tree.stat(act.old)
    except OSError as error:
        return Failure(act.new, reason_of(error))
    if here is None:
        # With an entry at the old path, it is back already, or was never moved.
        return Failure(act.new, GONE) if there is None and is_free else None
    back, reason = act.reversed(), None
    if not back.is_of(here):
        reason = "a newer entry has this name"
    elif there is not None or not is_free:
        reason = f"a newer entry has the name {act.old}"
    elif not is_allowed:
        reason = "its checkpoint stays"
    elif act.is_discard and not _has_folder(tree, act.old):
        reason = f"there is no folder {act.old.rpartition('/')[0]} any more"
    elif not act.is_discard and not back.is_discard:
        # The links of the act do not count: a trainer may have made others since.
        try:
            back = attrs.evolve(back, links=links.relinks(act.new, act.old.rpartition("/")[2]))
        except LookupError as error:
            reason = f"the link {error.args[0]} leads to it in a way that no other text keeps"
    return back if reason is None else Failure(act.new, reason)


def _has_folder(tree: Tree, path: str) -> bool:
    """Return whether the directory that *path* is in exists, and no link has its place."""
    try:
        tree.directory(path.rpartition("/")[0])
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


# --------------------------------------------------------------------------------------------------------------------
# The trash.


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
        unread: The reason why it cannot be read, or None. Then the time and the size are those of the journal.
    """

    operation: int
    time: datetime
    path: str
    size: int
    location: str
    unread: str | None = None


@final
@attrs.frozen(kw_only=True)
class Check:
    """The state of a state directory.

    Attributes:
        undoable: For each operation that is not undone, the last first: its number, the number of acts that `undo`
            would do, and the number of entries that it would leave.
        orphans: The paths of entries in the trash that no journal names.
        damaged: The faults of journals, of other files in their directory and of the lock, and the entries of the trash
            that cannot be read.
        remains: The paths of incomplete journals: their operation was stopped before its first act. They are harmless,
            and the next operation removes those that are older than ten minutes.
    """

    undoable: tuple[tuple[int, int, int], ...] = ()
    orphans: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()


def trashed(tree: Tree, operations: Iterable[Operation]) -> list[Trashed]:
    """Return the entries of the trash that the journals name, sorted by their places there.

    An entry that cannot be read is one of them.
    """
    with contextlib.suppress(FileNotFoundError):
        tree.directory(TRASH)
    found: list[Trashed] = []
    for place, (act, operation) in sorted(_places(operations).items()):
        one = Trashed(operation=operation.number, time=operation.time, path=act.old, size=act.size, location=place)
        try:
            entry = tree.stat(place)
        except OSError as error:
            found.append(attrs.evolve(one, unread=reason_of(error)))
            continue
        if entry is not None:
            # The clock of the operation may have been wrong, and a disk may report a time beyond all dates.
            changed = datetime.fromtimestamp(min(max(entry.ctime_ns // 10**9, 0), _LAST_SECOND), UTC)
            found.append(attrs.evolve(one, time=max(operation.time, changed), size=entry.size))
    return found


def _places(operations: Iterable[Operation]) -> dict[str, tuple[Act, Operation]]:
    """Return the last act that discarded to each place in the trash, and its operation."""
    # An operation may discard to the place that the stopped operation before it has chosen.
    return {act.new: (act, each) for each in operations for act in each.acts if act.is_discard}


def destroy(
    tree: Tree,
    operations: Iterable[Operation],
    chosen: Sequence[Trashed],
    listing: Listing,
    progress: Progress | None,
) -> tuple[list[tuple[str, str]], list[Failure]]:
    """Remove entries of the trash for good, but none that a link leads to; return the removed ones and the failures.

    If a folder below the root cannot be read, a link in it may lead to any of them, so all stay.
    """
    links = Links(listing.entries.links)
    unseen = listing.unreadable[0][0] if listing.unreadable else None
    done: list[tuple[str, str]] = []
    failed: list[Failure] = []
    places = _places(operations)
    for count, each in enumerate(chosen, 1):
        if unseen is not None:
            failed.append(Failure(each.location, f"{unseen} cannot be read, where a link may lead to it"))
            continue
        try:
            _destroy(tree, places[each.location][0], links)
        except OSError as error:
            failed.append(Failure(each.location, reason_of(error)))
        else:
            done.append((each.path, each.location))
        if progress is not None:
            progress(count, len(chosen))
    return done, failed


def _destroy(tree: Tree, act: Act, links: Links) -> None:
    link = links.lead_to(act.new)
    if link is not None:
        raise OSError(errno.EBUSY, f"the link {link} leads to it")
    entry = tree.stat(act.new)
    tree.check_movable(act.new)
    # A directory may be incomplete, because its removal was stopped.
    is_it = entry is None or (entry.kind == act.kind == "directory") or act.reversed().is_of(entry)
    if not is_it:
        # A writer on another machine still had it open, or another process put this entry there.
        raise OSError(errno.ESTALE, "it is not the discarded entry; move it out of the trash by hand")
    tree.destroy(act.new)


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
    """Return the damage, the orphans and the undoable operations. The disk does not change."""
    found: list[Operation] = []
    damaged: list[str] = []
    remains: list[str] = []
    for name in journals.files(tree):
        path = f"{JOURNAL}/{name}"
        if journals.is_part(name):
            remains.append(path)
            continue
        if not journals.is_journal(name):
            damaged.append(f"{path} is no journal; give it its name back if it was one, or else remove it")
            continue
        try:
            operation = journals.read(tree, name)
        except (OperationError, OSError) as error:
            damaged.append(str(error))
            continue
        found.append(operation)
        if operation.is_damaged:
            damaged.append(f"{path}: lines of it cannot be read")
    try:
        os.close(tree.open_state(LOCK, os.O_RDONLY))
    except FileNotFoundError:
        pass
    except (OperationError, OSError) as error:
        damaged.append(str(error))
    damaged += [f"{one.location} cannot be read: {one.unread}" for one in trashed(tree, found) if one.unread]
    history, links = History(found), Links(observe(tree.root).entries.links)
    undoable: list[tuple[int, int, int]] = []
    for operation in history.standing():
        groups, left = acts_back(tree, history.acts_of(operation), links)
        undoable.append((operation.number, sum(map(len, groups)), len(left)))
    known = {path for each in found for act in each.acts for path in (act.old, act.new)}
    return Check(
        undoable=tuple(undoable),
        orphans=tuple(sorted(_orphans(tree, known))),
        damaged=tuple(damaged),
        remains=tuple(remains),
    )


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
