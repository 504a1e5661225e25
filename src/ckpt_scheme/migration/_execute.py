"""`Session`: the only one at work below a root. Only it, and `work` for it, renames or removes what is not its own.

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
from collections.abc import Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.errors import BusyError, OperationError, StalePlanError
from ckpt_scheme.legacy import Registry
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._actions import Plan, Rename
from ckpt_scheme.migration._disk import STATE, locate, observe, open_for_writing
from ckpt_scheme.migration._handles import Tree
from ckpt_scheme.migration._history import History
from ckpt_scheme.migration._journal import TRASH, Act, Journal
from ckpt_scheme.migration._links import Links
from ckpt_scheme.migration._listing import Entry, Listing
from ckpt_scheme.migration._naming import MIGRATED
from ckpt_scheme.migration._plan import make_plan
from ckpt_scheme.migration._undo import GONE, acts_back
from ckpt_scheme.migration._work import NOT_THIS_TIME, Failure, Progress, Work, finish, reason_of

_LOCK: Final = f"{STATE}/lock"


@final
@attrs.frozen(kw_only=True)
class Report:
    """What a run did.

    Attributes:
        number: The number of the run, for `undo`; None if there was nothing to do.
        done: What got another name, as (old, new), from the root on.
        failed: What was tried, or was to be tried, and not done, by this run or by an earlier one that it looked after.
        left: What could not be put back without taking the place of something newer.
        damaged: The numbers of the runs of whose journals not everything could be read.
    """

    number: int | None = None
    done: tuple[tuple[str, str], ...] = ()
    failed: tuple[Failure, ...] = ()
    left: tuple[Failure, ...] = ()
    damaged: tuple[int, ...] = ()


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


def trash(root: str | os.PathLike[str]) -> list[Trashed]:
    """Return what is in the trash below *root*, in the order of its places there."""
    with contextlib.closing(Tree(locate(root))) as tree:
        return _trashed(tree, journals.read_all(tree))


def _trashed(tree: Tree, found: Iterable[Journal]) -> list[Trashed]:
    # A run that was stopped and the one that went on with it name the same places: the last that did counts.
    places = {act.new: (act, journal) for journal in found for act in journal.acts if act.new.startswith(f"{TRASH}/")}
    measured = ((act, journal, tree.measure(place)) for place, (act, journal) in sorted(places.items()))
    return [
        Trashed(run=journal.number, time=journal.time, path=act.old, size=entry.size, location=act.new)
        for act, journal, entry in measured
        if entry is not None
    ]


def apply(plan: Plan, progress: Progress | None = None, registry: Registry = MIGRATED) -> Report:
    """Carry *plan* out below its root, if what is there is still what it was made from.

    Args:
        plan: A plan for a disk. It may do less than `make_plan` would do by its policy, and never anything else.
        progress: Told of each act.
        registry: The formats that the plan was made with.

    Raises:
        StalePlanError: If something below the root is not as it was, or the plan asks for what the policy forbids.
        BusyError: If another migration is at work below the root.
        OperationError: If the root is no directory, or this system has no safe way to do it.
        OSError: If the journal cannot be written; then nothing was done.
    """
    _coerce.instance("plan", plan, Plan)
    if not has_state(plan.root):
        verify(plan, observe(plan.root), registry)  # a refusal leaves nothing behind, not even a lock
    with Session(plan.root) as session:
        listing = observe(plan.root)
        verify(plan, listing, registry)
        return session.apply(plan, listing, progress)


def verify(plan: Plan, listing: Listing, registry: Registry = MIGRATED) -> None:
    """Raise unless *plan* was made from *listing*, and does no more than its policy allows now.

    Raises:
        StalePlanError: If it was not, or does.
    """
    if plan.listing != listing.digest():
        raise StalePlanError("the plan is stale: something changed below its root since. Plan again.")
    renames = make_plan(listing, attrs.evolve(plan.policy, delete_old=False), registry).renames
    allowed = {(item.path, item.new, item.links, item.sidecars) for item in renames}
    going = {(item.path, item.sidecars) for item in make_plan(listing, plan.policy, registry).discards}
    for item in plan.renames:
        if (item.path, item.new, item.links, item.sidecars) not in allowed:
            raise StalePlanError(f"the plan renames {item.path!a}, against its policy. Plan again.")
    for discard in plan.discards:
        if (discard.path, discard.sidecars) not in going:
            raise StalePlanError(f"the plan discards {discard.path!a}, against its policy. Plan again.")


@final
class Session:
    """The only one at work below a root, from entering to leaving; entering finishes what an earlier run left.

    Args:
        root: A directory, or a link to one.

    Raises:
        OperationError: If *root* is no directory, or this system or disk has no safe way to work there.
        BusyError: If another session is at work below *root*.
        OSError: If the session's own files cannot be written.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        if sys.platform == "win32":
            raise OperationError("a migration needs a POSIX system; on Windows, save the plan as JSON")
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
                raise BusyError(f"another operation is running below {self._root!a}") from None
            message = f"the disk of {self._root!a} cannot lock files: {error.strerror}"
            raise OperationError(message) from error
        return handle

    # ----------------------------------------------------------------------------------------------------------------
    # Runs.

    def apply(self, plan: Plan, listing: Listing, progress: Progress | None = None) -> Report:
        """Carry out a plan that was just made from *listing*, in this session.

        Args:
            plan: The plan, as `make_plan` returned it; `apply` takes plans from elsewhere. Renames come first, and only
                if all of them were done, discards.
            listing: What the plan was made from.
            progress: Told of each act.

        Raises:
            StalePlanError: If the plan was made from another listing.
            OSError: If the journal cannot be written; then nothing was done.
        """
        if plan.listing != listing.digest():
            raise StalePlanError("the plan was made from another listing. Plan again.")
        entries = {entry.path: entry for entry in listing.entries}
        renames = [[_act(entries, move, item.path) for move in (*item.sidecars, item)] for item in plan.renames]
        discards = [
            [_act(entries, self._to_trash(plan, path), item.path) for path in (*item.sidecars, item.path)]
            for item in plan.discards
        ]
        return self._run(_action(plan), renames, discards, progress)

    def _to_trash(self, plan: Plan, path: str) -> Rename:
        """Return where *path* goes in the trash: with what a stopped run discarded, if this one goes on with that."""
        own = f"{TRASH}/{self.history.next_number():06}/{path}"
        stopped = self.history.stopped(_action(plan), None)
        if stopped is None:
            return Rename(path, own, "discarded")
        shared = f"{TRASH}/{self.history.chain(stopped)[0].number:06}/{path}"
        return Rename(path, shared if self._tree.measure(shared) is None else own, "discarded")

    def undo(self, number: int | None = None, progress: Progress | None = None) -> Report:
        """Put back what a run did, whatever other runs did since, and never over something newer.

        Args:
            number: The number of the run, or None for the last one that is not put back yet.
            progress: Told of each act.

        Raises:
            OperationError: If there is no such run.
        """
        if number is not None:
            chosen = self.history.numbered(number)
            return self._undo(chosen, progress) or self._report()
        # Of the last runs nothing may be left to put back: they were stopped before their first act, or after the last
        # act of an undo, or the trash was emptied.
        for journal in self.history.standing():
            report = self._undo(journal, progress)
            if report is not None and (report.number is not None or any(each.reason != GONE for each in report.left)):
                return report
        return self._report()

    def _undo(self, chosen: Journal, progress: Progress | None) -> Report | None:
        """Put back what a run did; return None if there is nothing to put back."""
        groups, left = acts_back(self._tree, self.history.acts_of(chosen), Links(observe(self._root)))
        if not groups and not left:
            return None
        # To undo an undo may be to discard again, of which all holds that holds of a discard.
        renames = [group for group in groups if not group[0].is_discard]
        discards = [group for group in groups if group[0].is_discard]
        report = self._run("undo", renames, discards, progress, undoes=chosen.number, left=left)
        self._clear_trash()
        return report

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
            return self._report(left=left)
        stopped = self.history.stopped(action, undoes)
        journal = Journal(
            number=self.history.next_number(),
            action=action,
            time=journals.now(),
            undoes=undoes,
            continues=None if stopped is None else stopped.number,
            acts=acts,
        )
        journals.begin(self._tree, journal)
        self.history.add(journal)
        work = Work(self._tree, len(acts), progress)
        work.do(groups)
        if work.failed:
            work.failed += [Failure(act.old, NOT_THIS_TIME) for group in discards for act in group]
        elif discards:
            # Looked at again, for the renames may have taken a while.
            links = Links(observe(self._root))
            work.do(discards, lambda act: links.lead_to(act.old), open_for_writing())
        work.flush()
        end = "failed" if work.failed else "left" if left else "done"
        self._finish_journal(journal, end)
        return self._report(number=journal.number, done=work.done, failed=work.failed, left=left)

    def _report(
        self,
        *,
        number: int | None = None,
        done: Iterable[tuple[str, str]] = (),
        failed: Iterable[Failure] = (),
        left: Iterable[Failure] = (),
    ) -> Report:
        return Report(
            number=number,
            done=tuple(done),
            failed=(*self.recovered, *failed),
            left=tuple(left),
            damaged=tuple(journal.number for journal in self.history.journals if journal.is_damaged),
        )

    def _finish_journal(self, journal: Journal, end: str) -> None:
        journals.finish(self._tree, journal.number, end)
        self.history.end(journal, end)

    # ----------------------------------------------------------------------------------------------------------------
    # What an earlier run left.

    def _recover(self) -> tuple[Failure, ...]:
        """Finish the acts that earlier runs had begun; return what could not be."""
        failed: list[Failure] = []
        for journal in [each for each in self.history.journals if each.end in (None, "failed")]:
            before = len(failed)
            for act in journal.acts:
                try:
                    finish(self._tree, act, is_stopped=journal.end is None)
                except OSError as error:
                    failed.append(Failure(act.old, reason_of(error)))
            if len(failed) == before:
                self._finish_journal(journal, "recovered" if journal.end is None else "settled")
        return tuple(failed)

    # ----------------------------------------------------------------------------------------------------------------
    # The trash.

    def trash(self) -> list[Trashed]:
        """Return what is in the trash, in the order of its places there."""
        return _trashed(self._tree, self.history.journals)

    def empty(self, trashed: Iterable[Trashed], progress: Progress | None = None) -> Report:
        """Remove *trashed* for good.

        Args:
            trashed: What `trash` returned, or a part of it.
            progress: Told of each.
        """
        chosen = {each.location for each in trashed}.intersection(each.location for each in self.trash())
        done: list[tuple[str, str]] = []
        failed: list[Failure] = []
        for each in (each for each in self.trash() if each.location in chosen):
            try:
                self._tree.destroy(each.location)
            except OSError as error:
                failed.append(Failure(each.location, reason_of(error)))
            else:
                done.append((each.path, each.location))
            if progress is not None:
                progress(len(done) + len(failed), len(chosen))
        self._clear_trash()
        return self._report(done=done, failed=failed)

    def _clear_trash(self) -> None:
        """Remove the directories of the trash in which nothing is left."""
        parents = {act.new.rpartition("/")[0] for journal in self.history.journals for act in journal.acts}
        for parent in sorted(path for path in parents if path.startswith(f"{TRASH}/")):
            path = parent
            while path != STATE:
                with contextlib.suppress(OSError):
                    self._tree.remove_empty(path)
                path = path.rpartition("/")[0]


def _action(plan: Plan) -> journals.Action:
    return "migrate" if plan.policy.rename else "prune"


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
