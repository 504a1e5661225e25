"""`acts_back`: the acts that put a run back, never over something newer. It looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from ckpt_scheme.migration._handles import Tree
from ckpt_scheme.migration._journal import Act
from ckpt_scheme.migration._links import Links
from ckpt_scheme.migration._work import Failure

GONE: Final = "it is gone"


def acts_back(tree: Tree, acts: Sequence[Act], links: Links) -> tuple[list[list[Act]], list[Failure]]:
    """Return what puts *acts* back, each checkpoint with its sidecars, the last first, and what cannot be put back.

    Args:
        tree: The names.
        acts: What a run did, after what the stopped ones did that it went on with.
        links: The links that are there now.
    """
    groups: dict[str, list[Act]] = {}
    left: list[Failure] = []
    stays: set[str | None] = set()  # checkpoints that are not put back, nor are their sidecars
    names = {act.old: act.new for act in acts}
    judged: dict[str, str] = {}  # a run that failed and the one that went on with it may speak of the same name
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
    """Return the act that puts back what *act* did, why there is none, or None if nothing is to be done."""
    here, there = tree.measure(act.new), tree.measure(act.old)
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
