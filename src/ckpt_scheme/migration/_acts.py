"""`perform` renames one entry, `finish` completes an interrupted rename, and `Work` renames many entries in groups.

A group is a checkpoint with its sidecars: all of it is renamed, or nothing. The entries at the old and at the new path
of an act show how far it came.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme.migration._disk import longest_path, reason_of
from ckpt_scheme.migration._model import Act, Failure, Relink
from ckpt_scheme.migration._policy import Guard, act_kind, guard_reason, marker_of
from ckpt_scheme.migration._tree import Tree

_MOST_BYTES: Final = 4095  # of a path, without the final NUL; no system call reaches an entry at a longer one
NOT_TRIED: Final = "not tried, because an earlier act failed"
_OTHER_DISK: Final = "it is on another disk, or mount, than the trash: prune that one by itself"

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each checkpoint, with the number of acts that are done or have failed, and the number of all acts."""


@final
class Work:
    """Performs acts and collects the results.

    Args:
        tree: The names below the root.
        total: The number of acts to come.
        progress: Called after each group.

    Attributes:
        done: The old and the new path of each renamed entry.
        failed: The acts that were not done.
    """

    def __init__(self, tree: Tree, total: int, progress: Progress | None) -> None:
        self._tree = tree
        self._total = total
        self._progress = progress
        self._changed: set[str] = set()
        self._reported = 0
        self.done: list[tuple[str, str]] = []
        self.failed: list[Failure] = []

    def do(
        self,
        groups: Iterable[Sequence[Act]],
        written: Collection[tuple[int, int]],
        link_to: Callable[[Act], str | None] = lambda _: None,
    ) -> None:
        """Do all acts, each group as a whole or not at all.

        Args:
            groups: The acts, each checkpoint with its sidecars.
            written: The files that a process has open for writing.
            link_to: Returns a link that leads to the entry of an act, or None. With a link, the act is not done.
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
                self.failed += [Failure(act.old, NOT_TRIED) for act in group[len(done) + 1 :]]
                # An act that lacks its links or still has both names is finished by the next operation.
                if not self._is_begun(group[len(done)]):
                    done = self._put_back(done)
            self.done += [(act.old, act.new) for act in done]
            self._report(len(group))

    def _is_begun(self, act: Act) -> bool:
        """Return whether the entry of a failed act may have its new name."""
        try:
            return act.is_of(self._tree.stat(act.new))
        except OSError:
            return True

    def _put_back(self, done: Sequence[Act]) -> list[Act]:
        """Put back the sidecars of a checkpoint that failed; return the acts that cannot be reversed."""
        left: list[Act] = []
        for act in reversed(done):
            links = tuple(Relink(link.path, link.new, link.old) for link in act.links)
            if self._try(attrs.evolve(act.reversed(), links=links), ()) is None:
                self.failed.append(Failure(act.old, NOT_TRIED))
            else:
                left.append(act)
        return left

    def _try(self, act: Act, written: Collection[tuple[int, int]]) -> str | None:
        try:
            perform(self._tree, act, written)
        except OSError as error:
            return _OTHER_DISK if act.is_discard and error.errno == errno.EXDEV else reason_of(error)
        self._changed.update(_folder(path) for path in (act.old, act.new))
        return None

    def _report(self, count: int) -> None:
        self._reported += count
        if self._progress is not None:
            self._progress(self._reported, self._total)

    def flush(self) -> None:
        """Write the names in the changed directories to the disk."""
        for path in sorted(self._changed):
            try:
                self._tree.flush(path)
            except OSError as error:
                self.failed.append(Failure(path, reason_of(error)))


def movable(tree: Tree, groups: Iterable[Sequence[Act]]) -> tuple[list[Sequence[Act]], list[Failure]]:
    """Return the groups whose entries can be renamed, and the failures of the other groups."""
    found: list[Sequence[Act]] = []
    failed: list[Failure] = []
    for group in groups:
        obstacle = next(filter(None, (_obstacle(tree, act) for act in group)), None)
        if obstacle is None:
            found.append(group)
        else:
            failed += [Failure(act.old, obstacle) for act in group]
    return found, failed


def _obstacle(tree: Tree, act: Act) -> str | None:
    """Return the reason why the entry of an act cannot be renamed, or None."""
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if act.is_discard and tree.is_on_other_disk(_folder(act.old)):
                return _OTHER_DISK
            if _path_bytes(tree, act) > _MOST_BYTES:
                return "its new path would be longer than a system call takes"
        # A rename stays in its directory, which need not be looked at twice.
        moves = (act.old, act.new) if _folder(act.old) != _folder(act.new) else (act.old,)
        for path in (*moves, *(link.path for link in act.links)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                tree.check_movable(path)
        for link in act.links:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                tree.check_replaceable(link.path)
    except OSError as error:
        return reason_of(error)
    return None


def _path_bytes(tree: Tree, act: Act) -> int:
    """Return the bytes of the longest path of the renamed entry, or of what is in it."""
    old, new = (os.fsencode(f"{tree.root}/{path}") for path in (act.old, act.new))
    inner = longest_path(f"{tree.root}/{act.old}") if act.kind == "directory" else 0
    return max(len(new), inner + len(new) - len(old))


def perform(tree: Tree, act: Act, written: Collection[tuple[int, int]] = ()) -> None:
    """Do one act, if its entry has not changed since the listing.

    Args:
        tree: The names below the root.
        act: The act, which a journal on the disk holds already.
        written: The files that a process has open for writing.

    Raises:
        OSError: If the act could not be done. Nothing was replaced, and the next operation finishes a half-done act.
    """
    for directory in dict.fromkeys((_folder(act.old), _folder(act.new))):
        tree.confirm(directory)
    entry = tree.stat(act.old, written)
    if entry is None:
        raise OSError(errno.ESTALE, "it is not there any more")
    if not act.is_of(entry):
        raise OSError(errno.ESTALE, "it was written to, or replaced, since it was listed")
    kind = act_kind(entry.kind, is_discard=act.is_discard)
    is_unfinished = tree.has(marker_of(act.old))
    facts: dict[Guard, bool] = {"hard link": entry.links > 1, "open": entry.written, "unfinished": is_unfinished}
    reason = guard_reason(kind, facts)
    if reason is not None:
        raise OSError(errno.ETXTBSY, f"{reason} by now")
    tree.directory(_folder(act.new), create=act.is_discard)
    try:
        for link in act.links:
            tree.prepare(link)
        has_both = tree.rename_noreplace(act.old, act.new, act.kind)
    except OSError:
        # A network disk may report a failure though it has done the act: the entries decide.
        if not finish(tree, act):
            raise
        return
    _check_moved(tree, act)
    retarget_all(tree, act)
    if has_both and tree.is_same(act.old, act.new):
        tree.unlink(act.old)


def finish(tree: Tree, act: Act, *, is_stopped: bool = False) -> bool:
    """Finish an act if its entries show that it was begun; return whether it is done now.

    Args:
        tree: The names below the root.
        act: The act.
        is_stopped: Whether its operation was stopped: it may have left an empty directory at the new path.
    """
    old, new = tree.stat(act.old), tree.stat(act.new)
    if old is None and new is not None and new.kind == act.kind:
        # Otherwise the links would lead nowhere, even if another process has written to the entry since.
        retarget_all(tree, act)
        return act.is_of(new)
    if old is not None and new is not None and act.is_of(old):
        if tree.is_same(act.old, act.new):
            retarget_all(tree, act)
            tree.unlink(act.old)
            return True
        if is_stopped and act.kind == new.kind == "directory":
            tree.remove_empty(act.new)
    for link in act.links:
        tree.unprepare(link)
    return False


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def retarget_all(tree: Tree, act: Act) -> None:
    """Give all links of an act their new targets, even if one link fails."""
    failed: OSError | None = None
    for link in act.links:
        try:
            tree.retarget(link)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def _check_moved(tree: Tree, act: Act) -> None:
    """Raise unless the renamed entry is the planned entry; give any other entry its old name back.

    A trainer may have replaced the entry between the check and the rename.
    """
    moved = tree.stat(act.new)
    if act.is_of(moved):
        return
    for link in act.links:
        tree.unprepare(link)
    if moved is not None:
        if moved.kind == "file" and tree.stat(act.old) is not None and tree.is_same(act.old, act.new):
            tree.unlink(act.new)
        else:
            has_both = tree.rename_noreplace(act.new, act.old, moved.kind)
            if has_both:
                tree.unlink(act.new)
    raise OSError(errno.ESTALE, "it was written to, or replaced, while it was moved")
