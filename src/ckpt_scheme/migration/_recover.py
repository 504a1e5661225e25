"""The way back: acts that were begun are finished, and operations are put back, never over something newer.

The entries under the two names of an act show how far it came: both that it was not begun, and that it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

import attrs

from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._disk import reason_of
from ckpt_scheme.migration._history import History
from ckpt_scheme.migration._journal import Act
from ckpt_scheme.migration._links import Links
from ckpt_scheme.migration._tree import Tree

GONE: Final = "it is gone"


@final
@attrs.frozen
class Failure:
    """An act that was not done.

    Attributes:
        path: The path of the file or directory.
        reason: The reason.
    """

    path: str
    reason: str


def finish(tree: Tree, act: Act, *, is_stopped: bool = False) -> bool:
    """Finish an act that was begun, as far as the entries show that it was; return whether it is done now.

    Args:
        tree: The names.
        act: The act.
        is_stopped: Whether its operation was stopped: an empty directory at the new name may be its claim.
    """
    old, new = tree.stat(act.old), tree.stat(act.new)
    if old is None and new is not None and new.kind == act.kind:
        # The links would lead nowhere, even if another process has written to the entry since.
        retarget_all(tree, act)
        return act.is_of(new)
    if old is not None and new is not None and act.is_of(old):
        if act.kind != "directory" and tree.is_same(act.old, act.new):
            retarget_all(tree, act)
            tree.unlink(act.old)
            return True
        if is_stopped and act.kind == new.kind == "directory":
            tree.remove_empty(act.new)
    for link in act.links:
        tree.unprepare(link)
    return False


def retarget_all(tree: Tree, act: Act) -> None:
    """Give all links of an act their new text, even if one of them fails."""
    failed: OSError | None = None
    for link in act.links:
        try:
            tree.retarget(link)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def recover(tree: Tree, history: History) -> tuple[Failure, ...]:
    """Finish the acts that earlier operations had begun; return those that could not be."""
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
            journals.finish(tree, operation.number, end)
            history.end(operation, end)
    return tuple(failed)


def acts_back(tree: Tree, acts: Sequence[Act], links: Links) -> tuple[list[list[Act]], list[Failure]]:
    """Return the acts that put *acts* back, and the entries that cannot be put back. It changes nothing.

    Args:
        tree: The names.
        acts: The acts of an operation, after those of the stopped ones that it went on with.
        links: The links that are there now.

    Returns:
        The acts, each checkpoint with its sidecars, the last first.
    """
    groups: dict[str, list[Act]] = {}
    left: list[Failure] = []
    stays: set[str | None] = set()  # checkpoints that are not put back, nor are their sidecars
    names = {act.old: act.new for act in acts}
    judged: dict[str, str] = {}  # an operation that failed and the one that went on with it may share a name
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
    """Return the act that puts *act* back, the reason why there is none, or None if there is nothing to do."""
    here, there = tree.stat(act.new), tree.stat(act.old)
    if here is None:
        # With something under the old name, it is back already or never left.
        return Failure(act.new, GONE) if there is None and is_free else None
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
