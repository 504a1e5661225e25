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
from ckpt_scheme.legacy import Registry
from ckpt_scheme.migration import journal as journals
from ckpt_scheme.migration.actions import Plan, Relink, Rename
from ckpt_scheme.migration.disk import STATE, locate, observe, open_for_writing
from ckpt_scheme.migration.handles import Tree
from ckpt_scheme.migration.history import History
from ckpt_scheme.migration.journal import TRASH, Act, Journal
from ckpt_scheme.migration.links import Links
from ckpt_scheme.migration.listing import Entry, Listing
from ckpt_scheme.migration.naming import MIGRATED
from ckpt_scheme.migration.plan import make_plan

_LOCK: Final = f"{STATE}/lock"
_GONE: Final = "it is gone"
_NOT_THIS_TIME: Final = "not tried, for something before it failed"

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each checkpoint, with its sidecars: how many acts are done or have failed by now, and of how many."""


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
        MigrationError: If the root is no directory, or this system has no safe way to do it.
        OSError: If the journal cannot be written; then nothing was done.
    """
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
            plan: The plan, as `make_plan` returned it; `apply` takes plans from elsewhere. Renames come first, and only
                if all of them were done, discards.
            listing: What the plan was made from.
            progress: Told of each act.

        Raises:
            StalePlanError: If the plan was made from another listing.
            OSError: If the journal cannot be written; then nothing was done.
        """
        if plan.listing != listing.digest():
            raise StalePlanError("plan", plan.listing, "a plan that was made from the listing")
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
            MigrationError: If there is no such run.
        """
        if number is not None:
            chosen = self.history.numbered(number)
            return self._undo(chosen, progress) or self._report()
        # Of the last runs nothing may be left to put back: they were stopped before their first act, or after the last
        # act of an undo, or the trash was emptied.
        for journal in self.history.standing():
            report = self._undo(journal, progress)
            if report is not None and (report.number is not None or any(each.reason != _GONE for each in report.left)):
                return report
        return self._report()

    def _undo(self, chosen: Journal, progress: Progress | None) -> Report | None:
        """Put back what a run did; return None if there is nothing to put back."""
        links = Links(observe(self._root))
        groups: dict[str, list[Act]] = {}  # each checkpoint with its sidecars
        left: list[Failure] = []
        stays: set[str | None] = set()  # checkpoints that are not put back, nor are their sidecars
        acts = self.history.acts_of(chosen)
        names = {act.old: act.new for act in acts}
        judged: dict[str, str] = {}  # a run that failed and the one that went on with it may speak of the same name
        for act in reversed(acts):
            if judged.get(act.old) == act.new:
                continue
            back = self._back(act, links, is_free=act.old not in judged, is_allowed=act.owner not in stays)
            if back is None:
                continue
            judged[act.old] = act.new
            if isinstance(back, Act):
                owner = None if act.owner is None else names.get(act.owner)
                groups.setdefault(act.owner or act.old, []).append(attrs.evolve(back, owner=owner))
            else:
                stays.add(act.old)
                left.append(back)
        if not groups and not left:
            return None
        # To undo an undo may be to discard again, of which all holds that holds of a discard.
        renames = [group for group in groups.values() if not group[0].is_discard]
        discards = [group for group in groups.values() if group[0].is_discard]
        report = self._run("undo", renames, discards, progress, undoes=chosen.number, left=left)
        self._clear_trash()
        return report

    def _back(self, act: Act, links: Links, *, is_free: bool, is_allowed: bool) -> Act | Failure | None:
        """Return the act that puts back what *act* did, why there is none, or None if nothing is to be done."""
        here, there = self._tree.measure(act.new), self._tree.measure(act.old)
        if here is None:
            # With something under the old name, it is back already or never left.
            return Failure(act.new, _GONE) if there is None and is_free else None
        back, reason = act.reversed(), None
        if not back.is_of(here):
            reason = "something newer has this name"
        elif there is not None or not is_free:
            reason = f"something newer is called {act.old}"
        elif not is_allowed:
            reason = "its checkpoint stays"
        elif not act.is_discard and not back.is_discard:
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
        work = _Work(self._tree, len(acts), progress)
        work.do(groups)
        if work.failed:
            work.failed += [Failure(act.old, _NOT_THIS_TIME) for group in discards for act in group]
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
                    failed.append(Failure(act.old, _reason(error)))
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
                failed.append(Failure(each.location, _reason(error)))
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


class _Work:
    """Acts, and what became of them."""

    def __init__(self, tree: Tree, total: int, progress: Progress | None) -> None:
        self._tree = tree
        self._total = total
        self._progress = progress
        self._changed: set[str] = set()
        self._told = 0
        self.done: list[tuple[str, str]] = []
        self.failed: list[Failure] = []

    def do(
        self,
        groups: Iterable[Sequence[Act]],
        link_to: Callable[[Act], str | None] = lambda _: None,
        written: Collection[tuple[int, int]] = (),
    ) -> None:
        """Do all acts, each group as a whole or not at all.

        Args:
            groups: The acts.
            link_to: Returns a link that leads to what an act is about, and for which it is not done.
            written: The files that somebody has open for writing, for which it is not done either.
        """
        for group in groups:
            done: list[Act] = []
            failure: Failure | None = None
            for act in group:
                link = link_to(act)
                reason = f"the link {link} leads to it by now" if link is not None else self._try(act, written)
                if reason is not None:
                    failure = Failure(act.old, reason)
                    break
                done.append(act)
            if failure is not None:
                self.failed.append(failure)
                self.failed += [Failure(act.old, _NOT_THIS_TIME) for act in group[len(done) + 1 :]]
                # What has its new name already, but for its links or the old one, is finished by the next run.
                begun = group[len(done)]
                if not begun.is_of(self._tree.measure(begun.new)):
                    done = self._not_taken_back(done)
            self.done += [(act.old, act.new) for act in done]
            self._tell(len(group))

    def _not_taken_back(self, done: Sequence[Act]) -> list[Act]:
        """Put back what belongs to something that could not be done; return what cannot be put back."""
        left: list[Act] = []
        for act in reversed(done):
            links = tuple(Relink(link.path, link.new, link.old) for link in act.links)
            if self._try(attrs.evolve(act.reversed(), links=links), ()) is None:
                self.failed.append(Failure(act.old, _NOT_THIS_TIME))
            else:
                left.append(act)
        return left

    def _try(self, act: Act, written: Collection[tuple[int, int]]) -> str | None:
        try:
            perform(self._tree, act, written)
        except OSError as error:
            return _reason(error)
        self._changed.update(path.rpartition("/")[0] for path in (act.old, act.new))
        return None

    def _tell(self, count: int) -> None:
        self._told += count
        if self._progress is not None:
            self._progress(self._told, self._total)

    def flush(self) -> None:
        """Write to the disk which names the changed directories hold."""
        for path in sorted(self._changed):
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
    if entry is None:
        raise OSError(errno.ESTALE, "it is not there any more")
    if not act.is_of(entry):
        raise OSError(errno.ESTALE, "it was written to, or replaced, since it was listed")
    if entry.written:
        raise OSError(errno.ETXTBSY, "somebody has it open for writing")
    if act.is_discard and entry.links > 1:
        raise OSError(errno.EMLINK, "it has another name (a hard link) by now")
    tree.directory(act.new.rpartition("/")[0], create=act.is_discard)
    try:
        for link in act.links:
            tree.prepare(link)
        has_both = tree.take(act.old, act.new, act.kind)
    except OSError:
        # A network disk may report a failure though it did what it was asked: what is there decides.
        if not finish(tree, act):
            raise
        return
    _turn_all(tree, act)
    if has_both and tree.is_same(act.old, act.new):
        tree.unlink(act.old)


def finish(tree: Tree, act: Act, *, is_stopped: bool = False) -> bool:
    """Finish an act that was begun, as far as what is there shows that it was; return whether it is done now.

    Args:
        tree: The names.
        act: The act.
        is_stopped: Whether the run that began it was stopped: an empty directory at the new name may be its claim.
    """
    old, new = tree.measure(act.old), tree.measure(act.new)
    if old is None and new is not None and new.kind == act.kind:
        # Whatever was done to it since, the links would lead nowhere.
        _turn_all(tree, act)
        return act.is_of(new)
    if old is not None and new is not None and act.is_of(old):
        if act.kind != "directory" and tree.is_same(act.old, act.new):
            _turn_all(tree, act)
            tree.unlink(act.old)
            return True
        if is_stopped and act.kind == new.kind == "directory":
            tree.remove_empty(act.new)
    for link in act.links:
        tree.drop(link)
    return False


def _turn_all(tree: Tree, act: Act) -> None:
    """Turn all links of an act, whether or not one of them fails."""
    failed: OSError | None = None
    for link in act.links:
        try:
            tree.turn(link)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed
