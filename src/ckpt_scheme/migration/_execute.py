"""`Session`: locks a root and carries out operations below it: a plan, an undo, or the removal of discarded files.

An act renames one entry; a discard renames it into the trash in ``ROOT/.ckpt-scheme``. These rules hold at every
moment, also if other processes change entries or the power fails:

- No rename replaces an entry (`Tree.rename_noreplace`), and nothing is copied.
- A journal on the disk lists all acts of an operation before the first of them.
- The entries at the old and the new path of an act show how far it came. So the next operation finishes an interrupted
  act, and `undo` reverses it like any other.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from types import TracebackType
from typing import Self, final

import attrs

from ckpt_scheme import _coerce
from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import BusyError, OperationError, StalePlanError
from ckpt_scheme.legacy import REGISTRY, Registry
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration import _recover as recovery
from ckpt_scheme.migration._acts import NOT_TRIED, Progress, Work, movable
from ckpt_scheme.migration._disk import locate, observe, open_for_writing
from ckpt_scheme.migration._listing import Entry, Listing
from ckpt_scheme.migration._model import JOURNAL, LOCK, TRASH, Act, Action, Failure, Operation, Plan, Relink
from ckpt_scheme.migration._names import Links, only_usable
from ckpt_scheme.migration._plan import make_plan, verify
from ckpt_scheme.migration._policy import Policy
from ckpt_scheme.migration._recover import Check, Trashed
from ckpt_scheme.migration._tree import Tree


@final
@attrs.frozen(kw_only=True)
class Report:
    """The result of an operation.

    Attributes:
        number: Its number, for `undo`; None if there was nothing to do.
        done: The old and the new path of each renamed entry.
        failed: The acts that were not done, of this operation and of earlier ones that it tried to finish.
        left: The entries that could not be put back without replacing a newer entry.
        damaged: The numbers of the operations whose journals cannot be read in full.
    """

    number: int | None = None
    done: tuple[tuple[str, str], ...] = ()
    failed: tuple[Failure, ...] = ()
    left: tuple[Failure, ...] = ()
    damaged: tuple[int, ...] = ()


def has_state(root: str | os.PathLike[str]) -> bool:
    """Return whether the directory *root* has seen an operation."""
    return os.path.lexists(os.path.join(locate(root), STATE))


@contextlib.contextmanager
def _tree(root: str | os.PathLike[str], *, trust_state: bool) -> Generator[Tree]:
    with contextlib.closing(Tree(locate(root), trust_state=trust_state)) as tree:
        yield tree


def operations(root: str | os.PathLike[str], *, trust_state: bool = False) -> list[Operation]:
    """Return all operations below *root*, the oldest first.

    Raises:
        OperationError: If *root* is no directory, or a journal is damaged or not to be trusted.
    """
    with _tree(root, trust_state=trust_state) as tree:
        return journals.read_all(tree)


def trash(root: str | os.PathLike[str], *, trust_state: bool = False) -> list[Trashed]:
    """Return the entries of the trash below *root*, sorted by their places there.

    Raises:
        OperationError: If *root* is no directory, or a journal is damaged or not to be trusted.
    """
    with _tree(root, trust_state=trust_state) as tree:
        return recovery.trashed(tree, journals.read_all(tree))


def check(root: str | os.PathLike[str], *, trust_state: bool = False) -> Check:
    """Return the state of the state directory below *root*: damage, orphans, and the operations that can be undone.

    Raises:
        OperationError: If *root* is no directory, or its state directory is not to be trusted.
    """
    with _tree(root, trust_state=trust_state) as tree:
        return recovery.check(tree)


def apply(
    plan: Plan, progress: Progress | None = None, registry: Registry = REGISTRY, *, trust_state: bool = False
) -> Report:
    """Carry *plan* out below its root, if no entry there has changed since it was made.

    Args:
        plan: A plan for a disk. It may hold fewer acts than `make_plan` returns for its policy, but no others.
        progress: Called after each checkpoint.
        registry: The formats that the plan was made with.
        trust_state: Whether to obey a state directory that another user made, or may write to.

    Raises:
        StalePlanError: If an entry below the root has changed, or the policy of the plan forbids one of its acts.
        BusyError: If another operation is running below the root.
        OperationError: If the root is no directory, this system has no safe rename, or the state directory is damaged
            or not to be trusted.
        OSError: If the journal cannot be written; then nothing was done.
    """
    _coerce.instance("plan", plan, Plan)
    recursive = plan.policy.recursive
    if not has_state(plan.root):
        # A plan that is refused here leaves no state directory behind.
        verify(plan, observe(plan.root, recursive=recursive), registry)
    with Session(plan.root, trust_state=trust_state) as session:
        listing = observe(plan.root, recursive=recursive)
        verify(plan, listing, registry)
        return session.apply(plan, listing, progress)


def undo(
    root: str | os.PathLike[str],
    number: int | None = None,
    progress: Progress | None = None,
    *,
    trust_state: bool = False,
) -> Report:
    """Undo an operation below *root*, and replace no newer entry.

    Args:
        root: A directory, or a link to a directory.
        number: The number of the operation, or None for the last operation that is not undone yet.
        progress: Called after each checkpoint.
        trust_state: Whether to obey a state directory that another user made, or may write to.

    Raises:
        OperationError: If no operation has this number, or for a reason that `apply` lists.
    """
    with Session(root, trust_state=trust_state) as session:
        return session.undo(number, progress)


@final
class Session:
    """A context that locks a root and carries out operations below it; entering finishes a stopped operation.

    Args:
        root: A directory, or a link to a directory.
        trust_state: Whether to obey a state directory that another user made, or may write to.

    Attributes:
        history: The operations so far.
        recovered: The acts of earlier operations that could not be finished.

    Raises:
        OperationError: If *root* is no directory, this system or disk lacks a safe rename or locks, or the state
            directory is damaged, not to be trusted, or read-only for the user.
        BusyError: If another session has locked *root*.
        OSError: If the session's own files cannot be written.
    """

    def __init__(self, root: str | os.PathLike[str], *, trust_state: bool = False) -> None:
        if sys.platform == "win32":
            raise OperationError("a migration needs a POSIX system; on Windows, save the plan as JSON")
        self._root = locate(root)
        self._trust_state = trust_state

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as closing:
            self._tree = Tree(self._root, trust_state=self._trust_state)
            closing.callback(self._tree.close)
            closing.callback(os.close, self._locked())
            journals.sweep(self._tree)
            self.history = recovery.History(journals.read_all(self._tree))
            self.recovered = recovery.recover(self._tree, self.history)
            self._closing = closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _locked(self) -> int:
        import fcntl  # noqa: PLC0415 - not every system has it

        # The system releases the lock when the process ends, also after a crash, so no stale lock remains.
        try:
            self._tree.directory(STATE, create=True)
            handle = self._tree.open_state(LOCK, os.O_RDWR | os.O_CREAT)
            self._tree.check_writable((STATE, JOURNAL, TRASH))
        except PermissionError:
            paths = (STATE, LOCK, JOURNAL, TRASH)
            for path in paths:
                with contextlib.suppress(FileNotFoundError), self._tree.naming(path):
                    self._tree.check_movable(path)
            raise OperationError(self._tree.trust.missing_permission(paths)) from None
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
    # Operations.

    def migrate(
        self, policy: Policy, progress: Progress | None = None, registry: Registry = REGISTRY
    ) -> tuple[Plan, Report]:
        """Plan by *policy* and carry the plan out; return both."""
        _coerce.instance("policy", policy, Policy)
        listing = observe(self._root, recursive=policy.recursive)
        plan = make_plan(listing, policy, registry)
        return plan, self.apply(plan, listing, progress)

    def apply(self, plan: Plan, listing: Listing, progress: Progress | None = None) -> Report:
        """Carry out a plan that was just made from *listing*: all renames and, if all were done, the discards.

        Args:
            plan: The plan, as `make_plan` returned it. For an edited or stored plan call the function `apply`.
            listing: The listing that the plan was made from.
            progress: Called after each checkpoint.

        Raises:
            StalePlanError: If the plan was made from another listing.
            OSError: If the journal cannot be written; then nothing was done.
        """
        _coerce.instance("plan", plan, Plan)
        _coerce.instance("listing", listing, Listing)
        if plan.listing != listing.digest():
            raise StalePlanError("the plan was made from another listing. Plan again.")
        entries = {entry.path: entry for entry in listing.entries}
        renames = [
            [_act(entries[move.path], move.new, item.path, move.links) for move in (*item.sidecars, item)]
            for item in plan.renames
        ]
        discards = [
            [_act(entries[path], self._to_trash(plan, path), item.path) for path in (*item.sidecars, item.path)]
            for item in plan.discards
        ]
        return self._run(_action(plan), renames, discards, progress)

    def _to_trash(self, plan: Plan, path: str) -> str:
        """Return the place of *path* in the trash: the one that a stopped operation has chosen, if any."""
        own = f"{TRASH}/{self.history.next_number():06}/{path}"
        stopped = self.history.stopped(_action(plan), None)
        if stopped is None:
            return own
        shared = f"{TRASH}/{self.history.chain(stopped)[0].number:06}/{path}"
        return shared if self._tree.stat(shared) is None else own

    def undo(self, number: int | None = None, progress: Progress | None = None) -> Report:
        """Undo an operation, not necessarily the last, and replace no newer entry.

        Args:
            number: The number of the operation, or None for the last operation that is not undone yet.
            progress: Called after each checkpoint.

        Raises:
            OperationError: If no operation has this number.
        """
        with contextlib.suppress(FileNotFoundError):
            self._tree.directory(TRASH)  # raises if a file is there: the trash is damaged, not empty
        if number is not None:
            return self._undo(self.history.numbered(number), progress) or self._report()
        # The last operations may have nothing left to put back: they were stopped before their first act or after the
        # last act of an undo, or their discards were removed.
        for operation in self.history.standing():
            report = self._undo(operation, progress)
            if report is None:
                continue
            if report.number is not None or report.failed or any(each.reason != recovery.GONE for each in report.left):
                return report
        return self._report()

    def _undo(self, chosen: Operation, progress: Progress | None) -> Report | None:
        """Undo an operation; return None if there is nothing to put back."""
        links = Links(observe(self._root).entries.links)
        groups, left = recovery.acts_back(self._tree, self.history.acts_of(chosen), links)
        if not groups and not left:
            return None
        # Undoing an undo may discard files again, and then all guards of a discard hold.
        renames = [group for group in groups if not group[0].is_discard]
        discards, last = self._but_last([group for group in groups if group[0].is_discard])
        left = [*left, *last]
        report = self._run("undo", renames, discards, progress, undoes=chosen.number, left=left)
        recovery.clear(self._tree, self.history.operations)
        return report

    def _but_last(self, groups: Sequence[Sequence[Act]]) -> tuple[list[Sequence[Act]], list[Failure]]:
        """Return *groups* of discards without those that would take the last usable checkpoint of a folder."""
        going = {act.old for group in groups for act in group}
        folders = observe(self._root, recursive=True).entries.folders() if groups else ()
        stays = {only_usable(folder, entries, going) for folder, entries in folders}
        kept = [group for group in groups if not stays.isdisjoint(act.old for act in group)]
        left = [Failure(act.old, "no other complete checkpoint of the run is left") for group in kept for act in group]
        return [group for group in groups if stays.isdisjoint(act.old for act in group)], left

    def _run(
        self,
        action: Action,
        renames: Sequence[Sequence[Act]],
        discards: Sequence[Sequence[Act]],
        progress: Progress | None,
        *,
        undoes: int | None = None,
        left: Sequence[Failure] = (),
    ) -> Report:
        renames, fixed = movable(self._tree, renames)
        discards, fixed_discards = movable(self._tree, discards)
        refused = (*fixed, *fixed_discards)
        acts = tuple(act for group in (*renames, *discards) for act in group)
        if not acts:
            return self._report(failed=refused, left=left)
        journals.check(acts)
        stopped = self.history.stopped(action, undoes)
        operation = Operation(
            number=self.history.next_number(),
            action=action,
            time=journals.now(),
            undoes=undoes,
            continues=None if stopped is None else stopped.number,
            acts=acts,
        )
        journals.begin(self._tree, operation)
        self.history.operations.append(operation)
        work = Work(self._tree, len(acts), progress)
        work.do(renames, open_for_writing())
        if work.failed or fixed:
            work.failed += [Failure(act.old, NOT_TRIED) for group in discards for act in group]
        elif discards:
            # List the links again, because the renames may have taken a while.
            links = Links(observe(self._root).entries.links)
            work.do(discards, open_for_writing(), lambda act: links.lead_to(act.old))
        work.flush()
        if work.failed:
            recovery.clear(self._tree, self.history.operations)
        end = "failed" if work.failed else "left" if left else "done"
        journals.finish(self._tree, operation.number, end)
        self.history.end(operation, end)
        return self._report(number=operation.number, done=work.done, failed=(*refused, *work.failed), left=left)

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
            damaged=tuple(each.number for each in self.history.operations if each.is_damaged),
        )

    # ----------------------------------------------------------------------------------------------------------------
    # The trash.

    def trash(self) -> list[Trashed]:
        """Return the entries of the trash, sorted by their places there."""
        return recovery.trashed(self._tree, self.history.operations)

    def empty(self, trashed: Iterable[Trashed], progress: Progress | None = None) -> Report:
        """Remove *trashed* for good.

        Args:
            trashed: Values that `trash` returned.
            progress: Called after each entry.
        """
        wanted = {_coerce.instance("trashed", each, Trashed).location for each in _coerce.many("trashed", trashed)}
        chosen = [each for each in self.trash() if each.location in wanted]
        done: list[tuple[str, str]] = []
        failed: list[Failure] = []
        if chosen:
            listing = observe(self._root)
            done, failed = recovery.destroy(self._tree, self.history.operations, chosen, listing, progress)
        recovery.clear(self._tree, self.history.operations)
        return self._report(done=done, failed=failed)


def _action(plan: Plan) -> Action:
    return "migrate" if plan.policy.rename else "prune"


def _act(entry: Entry, new: str, owner: str, links: tuple[Relink, ...] = ()) -> Act:
    return Act(
        old=entry.path,
        new=new,
        kind=entry.kind,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        inode=entry.inode,
        links=links,
        owner=None if owner == entry.path else owner,
    )
