"""`Work`: acts on names, done one after the other, each as a whole or not at all.

How far an act came can be told from what is there under its two names: `perform` begins one, and `finish` ends what was
begun, in this run or in one that was stopped.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme.migration._actions import Relink
from ckpt_scheme.migration._handles import Tree
from ckpt_scheme.migration._journal import Act

NOT_THIS_TIME: Final = "not tried, for something before it failed"

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
class Work:
    """Acts, and what became of them.

    Args:
        tree: The names.
        total: How many acts there will be.
        progress: Told of each act.

    Attributes:
        done: What got another name, as (old, new).
        failed: What was not done, and why.
    """

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
                self.failed += [Failure(act.old, NOT_THIS_TIME) for act in group[len(done) + 1 :]]
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
                self.failed.append(Failure(act.old, NOT_THIS_TIME))
            else:
                left.append(act)
        return left

    def _try(self, act: Act, written: Collection[tuple[int, int]]) -> str | None:
        try:
            perform(self._tree, act, written)
        except OSError as error:
            return reason_of(error)
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
                self.failed.append(Failure(path, reason_of(error)))


def reason_of(error: OSError) -> str:
    """Return what the system says of *error*."""
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
