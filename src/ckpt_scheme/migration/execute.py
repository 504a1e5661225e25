"""`Session`: the only one at work below a root, and the only code that renames or removes what is not its own.

What holds at every moment, whoever else writes there and whenever the power goes:

- No name is taken from anything: each rename refuses a name that something has (`Tree.take`). Nothing is copied.
- All that a run may do is in its journal on the disk before its first act.
- How far an act came can be told from what is there under its two names, so a run that was stopped is finished by the
  next one, and can be put back like any other.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeAlias, final

import attrs

from ckpt_scheme.errors import BusyError, MigrationError, StalePlanError
from ckpt_scheme.legacy import REGISTRY, Registry
from ckpt_scheme.migration import journal as journals
from ckpt_scheme.migration.actions import Plan, Rename
from ckpt_scheme.migration.disk import STATE, locate, observe, open_for_writing
from ckpt_scheme.migration.handles import Tree
from ckpt_scheme.migration.history import History
from ckpt_scheme.migration.journal import Act, Journal
from ckpt_scheme.migration.links import Links
from ckpt_scheme.migration.listing import Entry, Listing
from ckpt_scheme.migration.plan import make_plan

_LOCK: Final = f"{STATE}/lock"
_TRASH: Final = f"{STATE}/trash"
_NOT_THIS_TIME: Final = "not tried, for something before it failed"

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each act with how many are done or have failed, and of how many."""


@final
@attrs.frozen
class Failure:
    """Something that was not done.

    Attributes:
        path: Where it is, from the root on.
        reason: Why.
    """

    path: str
    reason: str


@final
@attrs.frozen(kw_only=True)
class Report:
    """What a run did.

    Attributes:
        number: The number of the run, for `undo`; None if there was nothing to do.
        done: What got another name, as (old, new), from the root on.
        failed: What was tried, or was to be tried, and not done.
        left: What could not be put back without taking the place of something newer.
    """

    number: int | None = None
    done: tuple[tuple[str, str], ...] = ()
    failed: tuple[Failure, ...] = ()
    left: tuple[Failure, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Trashed:
    """A checkpoint, or a file that belongs to one, in the trash.

    Attributes:
        run: The number of the run that discarded it.
        time: When that run began.
        path: Where it was, from the root on.
        size: Its bytes.
        location: Where it is now, from the root on.
    """

    run: int
    time: datetime
    path: str
    size: int
    location: str


def has_state(root: str | os.PathLike[str]) -> bool:
    """Return whether anything was ever migrated below *root*, which is a directory."""
    return os.path.lexists(os.path.join(locate(root), STATE))


def runs(root: str | os.PathLike[str]) -> list[Journal]:
    """Return the journals of all runs below *root*, the oldest first."""
    with contextlib.closing(Tree(locate(root))) as tree:
        return journals.read_all(tree)


def apply(plan: Plan, progress: Progress | None = None, registry: Registry = REGISTRY) -> Report:
    """Carry *plan* out below its root, if what is there is still what it was made from.

    Args:
        plan: A plan for a disk. It may do less than `make_plan` would do by its policy, and never anything else.
        progress: Told of each act.
        registry: The formats that the plan was made with.

    Raises:
        StalePlanError: If something below the root is not as it was, or the plan asks for what the policy forbids.
        BusyError: If another migration is at work below the root.
        MigrationError: If the root is no directory, or this system has no safe way to do it.
        OSError: If the journal cannot be written; then nothing was done.
    """
    if not has_state(plan.root):
        verify(plan, observe(plan.root), registry)  # a refusal leaves nothing behind, not even a lock
    with Session(plan.root) as session:
        listing = observe(plan.root)
        verify(plan, listing, registry)
        return session.apply(plan, listing, progress)


def verify(plan: Plan, listing: Listing, registry: Registry = REGISTRY) -> None:
    """Raise unless *plan* was made from *listing*, and does no more than its policy allows now.

    Raises:
        StalePlanError: If it was not, or does.
    """
    if plan.listing != listing.digest():
        raise StalePlanError("plan", plan.listing, "a plan of what is there now: something changed, so plan again")
    renames = make_plan(listing, attrs.evolve(plan.policy, delete_old=False), registry).renames
    allowed = {(item.path, item.new, item.links, item.sidecars) for item in renames}
    going = {(item.path, item.sidecars) for item in make_plan(listing, plan.policy, registry).discards}
    for item in plan.renames:
        if (item.path, item.new, item.links, item.sidecars) not in allowed:
            raise StalePlanError("plan", item.path, "only renames that its policy leads to")
    for discard in plan.discards:
        if (discard.path, discard.sidecars) not in going:
            raise StalePlanError("plan", discard.path, "only discards that its policy leads to now")


@final
class Session:
    """The only one at work below a root, from entering to leaving; entering finishes what an earlier run left.

    Args:
        root: A directory, or a link to one.

    Raises:
        MigrationError: If *root* is no directory, or this system or disk has no safe way to work there.
        BusyError: If another session is at work below *root*.
        OSError: If the session's own files cannot be written.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        if sys.platform == "win32":
            raise MigrationError("root", root, "a system with handles of directories; use a plan as JSON")
        self._root = locate(root)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as closing:
            self._tree = Tree(self._root)
            closing.callback(self._tree.close)
            closing.callback(os.close, self._locked())
            self.history = History(journals.read_all(self._tree))
            self.recovered = self._recover()
            self._closing = closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _locked(self) -> int:
        import fcntl  # noqa: PLC0415 - not every system has it

        # The system lets a lock go with its holder, however that ends, so no lock can be left behind.
        self._tree.directory(STATE, create=True)
        above, name = self._tree.at(_LOCK)
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=above)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise BusyError("root", self._root, "a root where no other migration is at work") from None
            raise MigrationError("root", self._root, f"a disk that can lock files ({error.strerror})") from error
        return handle

    # ----------------------------------------------------------------------------------------------------------------
    # Runs.

    def apply(self, plan: Plan, listing: Listing, progress: Progress | None = None) -> Report:
        """Carry out a plan that was just made from *listing*, in this session.

        Args:
            plan: The plan. Renames come first, and only if all of them were done, discards.
            listing: What the plan was made from.
            progress: Told of each act.
        """
        entries = {entry.path: entry for entry in listing.entries}
        renames = [[_act(entries, move, item.path) for move in (*item.sidecars, item)] for item in plan.renames]
        discards = [
            [_act(entries, Rename(path, self._in_trash(path), ""), item.path) for path in (*item.sidecars, item.path)]
            for item in plan.discards
        ]
        return self._run("migrate", renames, discards, progress)

    def _in_trash(self, path: str) -> str:
        """Return where *path* goes in the trash: with what an unfinished run discarded, if this goes on with that."""
        own = f"{_TRASH}/{self.history.next_number():06}/{path}"
        unfinished = self.history.unfinished("migrate", None)
        if unfinished is None:
            return own
        shared = f"{_TRASH}/{self.history.chain(unfinished)[0].number:06}/{path}"
        return shared if self._tree.measure(shared) is None else own

    def undo(self, number: int | None = None, progress: Progress | None = None) -> Report:
        """Put back what a run did, whatever other runs did since, and never over something newer.

        Args:
            number: The number of the run, or None for the last one that is not put back yet.
            progress: Told of each act.

        Raises:
            MigrationError: If there is no such run.
        """
        if number is not None:
            return self._undo(self.history.numbered(number), progress) or Report()
        # Of the last runs there may be nothing to put back: they were stopped before their first act, or after it was.
        reports = (self._undo(journal, progress) for journal in self.history.standing())
        return next((report for report in reports if report is not None), Report())

    def _undo(self, chosen: Journal, progress: Progress | None) -> Report | None:
        """Put back what a run did; return None if there is nothing to put back."""
        links = Links(observe(self._root))
        groups: list[list[Act]] = []
        left: list[Failure] = []
        stays: set[str | None] = set()  # checkpoints that are not put back, nor are their sidecars
        judged: dict[str, str] = {}  # a run that failed and the one that went on with it may speak of the same name
        for act in reversed(self.history.acts_of(chosen)):
            if judged.get(act.old) == act.new:
                continue
            back = self._back(act, links, is_free=act.old not in judged, is_allowed=act.owner not in stays)
            if back is None:
                continue
            judged[act.old] = act.new
            if isinstance(back, Act):
                groups.append([back])
            else:
                stays.add(act.old)
                left.append(back)
        if not groups and not left:
            return None
        report = self._run("undo", groups, [], progress, undoes=chosen.number, left=left)
        self._clear_trash()
        return report

    def _back(self, act: Act, links: Links, *, is_free: bool, is_allowed: bool) -> Act | Failure | None:
        """Return the act that puts back what *act* did, why there is none, or None if nothing is to be done."""
        here, there = self._tree.measure(act.new), self._tree.measure(act.old)
        if here is None:
            # With something under the old name, it is back already or never left.
            return Failure(act.new, "it is gone") if there is None and is_free else None
        back, reason = act.reversed(), None
        if not back.is_of(here):
            reason = "something newer has this name"
        elif there is not None or not is_free:
            reason = f"something newer is called {act.old}"
        elif not is_allowed:
            reason = "its checkpoint stays"
        elif not act.new.startswith(f"{_TRASH}/"):
            # Not the links of the act: a trainer may have made others since.
            try:
                back = attrs.evolve(back, links=links.relinks(act.new, act.old.rpartition("/")[2]))
            except LookupError as error:
                reason = f"the link {error.args[0]} leads to it in a way that no other text keeps"
        return back if reason is None else Failure(act.new, reason)

    def _run(
        self,
        action: journals.Action,
        groups: Sequence[Sequence[Act]],
        discards: Sequence[Sequence[Act]],
        progress: Progress | None,
        *,
        undoes: int | None = None,
        left: Iterable[Failure] = (),
    ) -> Report:
        acts = tuple(act for group in (*groups, *discards) for act in group)
        left = tuple(left)
        if not acts:
            return Report(left=left)
        unfinished = self.history.unfinished(action, undoes)
        journal = Journal(
            number=self.history.next_number(),
            action=action,
            time=journals.now(),
            undoes=undoes,
            continues=None if unfinished is None else unfinished.number,
            acts=acts,
        )
        journals.begin(self._tree, journal)
        self.history.add(journal)
        work = _Work(self._tree, len(acts), progress)
        work.do(groups, ())
        if not work.failed:
            # Asked again, for the renames may have taken a while.
            work.do(discards, open_for_writing() if discards else ())
        else:
            work.failed += [Failure(act.old, _NOT_THIS_TIME) for group in discards for act in group]
        work.flush()
        if not work.failed:
            self._finish_journal(journal, "left" if left else "done")
        return Report(number=journal.number, done=tuple(work.done), failed=tuple(work.failed), left=left)

    def _finish_journal(self, journal: Journal, end: str) -> None:
        journals.finish(self._tree, journal.number, end)
        self.history.end(journal, end)

    # ----------------------------------------------------------------------------------------------------------------
    # What an earlier run left.

    def _recover(self) -> tuple[Failure, ...]:
        """Finish the acts that earlier runs had begun; return what could not be."""
        failed: list[Failure] = []
        for journal in [each for each in self.history.journals if each.end is None]:
            before = len(failed)
            for act in journal.acts:
                self._tree.trim()
                try:
                    finish(self._tree, act, is_recovery=True)
                except OSError as error:
                    failed.append(Failure(act.old, _reason(error)))
            if len(failed) == before:
                self._finish_journal(journal, "recovered")
        return tuple(failed)

    # ----------------------------------------------------------------------------------------------------------------
    # The trash.

    def trash(self) -> list[Trashed]:
        """Return what is in the trash, the oldest first."""
        found: list[Trashed] = []
        for journal in self.history.journals:
            for act in journal.acts:
                entry = self._tree.measure(act.new) if act.new.startswith(f"{_TRASH}/") else None
                if entry is not None:
                    found.append(
                        Trashed(run=journal.number, time=journal.time, path=act.old, size=entry.size, location=act.new)
                    )
        return found

    def empty(self, trashed: Iterable[Trashed], progress: Progress | None = None) -> Report:
        """Remove *trashed* for good.

        Args:
            trashed: What `trash` returned, or a part of it.
            progress: Told of each.
        """
        chosen = list(trashed)
        done: list[tuple[str, str]] = []
        failed: list[Failure] = []
        for each in chosen:
            self._tree.trim()
            try:
                self._tree.destroy(each.location)
            except OSError as error:
                failed.append(Failure(each.location, _reason(error)))
            else:
                done.append((each.path, each.location))
            if progress is not None:
                progress(len(done) + len(failed), len(chosen))
        self._clear_trash()
        return Report(done=tuple(done), failed=tuple(failed))

    def _clear_trash(self) -> None:
        """Remove the directories of the trash in which nothing is left."""
        parents = {act.new.rpartition("/")[0] for journal in self.history.journals for act in journal.acts}
        for parent in sorted(path for path in parents if path.startswith(f"{_TRASH}/")):
            path = parent
            while path != STATE:
                with contextlib.suppress(OSError):
                    self._tree.remove_empty(path)
                path = path.rpartition("/")[0]


def _act(entries: dict[str, Entry], move: Rename, owner: str) -> Act:
    entry = entries[move.path]
    return Act(
        old=move.path,
        new=move.new,
        kind=entry.kind,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        inode=entry.inode,
        links=move.links,
        owner=None if owner == move.path else owner,
    )


class _Work:
    """Acts, and what became of them."""

    def __init__(self, tree: Tree, total: int, progress: Progress | None) -> None:
        self._tree = tree
        self._total = total
        self._progress = progress
        self._changed: set[str] = set()
        self.done: list[tuple[str, str]] = []
        self.failed: list[Failure] = []

    def do(self, groups: Iterable[Sequence[Act]], written: Collection[tuple[int, int]]) -> None:
        """Do all acts; after one that fails, what is left of its group is not tried."""
        for group in groups:
            is_failed = False
            for act in group:
                self._tree.trim()
                reason = _NOT_THIS_TIME if is_failed else self._try(act, written)
                if reason is None:
                    self.done.append((act.old, act.new))
                    self._changed.update(path.rpartition("/")[0] for path in (act.old, act.new))
                else:
                    is_failed = True
                    self.failed.append(Failure(act.old, reason))
                if self._progress is not None:
                    self._progress(len(self.done) + len(self.failed), self._total)

    def _try(self, act: Act, written: Collection[tuple[int, int]]) -> str | None:
        try:
            perform(self._tree, act, written)
        except OSError as error:
            return _reason(error)
        return None

    def flush(self) -> None:
        """Write to the disk which names the changed directories hold."""
        for path in sorted(self._changed):
            self._tree.trim()
            try:
                self._tree.flush(path)
            except OSError as error:
                self.failed.append(Failure(path, _reason(error)))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def perform(tree: Tree, act: Act, written: Collection[tuple[int, int]] = ()) -> None:
    """Do one act, if what it is about is still there as it was.

    Args:
        tree: The names.
        act: The act, which is in a journal.
        written: What must not be touched, for somebody has it open for writing.

    Raises:
        OSError: If it could not be done. Nothing was replaced, and what was half done is finished by the next run.
    """
    entry = tree.measure(act.old, written)
    if not act.is_of(entry):
        message = "it is not there any more" if entry is None else "it was written to, or replaced, since it was listed"
        raise OSError(errno.ESTALE, message)
    if entry is not None and entry.written:
        raise OSError(errno.ETXTBSY, "somebody has it open for writing")
    tree.directory(act.new.rpartition("/")[0], create=act.new.startswith(f"{_TRASH}/"))
    try:
        has_both = tree.take(act.old, act.new, act.kind)
    except OSError:
        # A network disk may report a failure though it did what it was asked: what is there decides.
        if not finish(tree, act):
            raise
        return
    for link in act.links:
        tree.turn(link)
    if has_both:
        tree.unlink(act.old)


def finish(tree: Tree, act: Act, *, is_recovery: bool = False) -> bool:
    """Finish an act that was begun, as far as what is there shows that it was; return whether it is done now.

    Args:
        tree: The names.
        act: The act.
        is_recovery: Whether an earlier run began it: an empty directory at the new name was then made to claim it.
    """
    old, new = tree.measure(act.old), tree.measure(act.new)
    if new is None:
        return False
    if old is None:
        if not act.is_of(new):
            return False
        for link in act.links:
            tree.turn(link)
        return True
    if act.kind != "directory" and act.is_of(old) and tree.is_same(act.old, act.new):
        for link in act.links:
            tree.turn(link)
        tree.unlink(act.old)
        return True
    if is_recovery and act.kind == new.kind == "directory" and act.is_of(old):
        tree.remove_empty(act.new)
    return False
