"""`Links`: which links of a listing lead where, and what they have to say when a name changes."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, final

from ckpt_scheme import _grammar
from ckpt_scheme.migration._actions import Relink
from ckpt_scheme.migration._listing import Entry, Listing

_DEPTH: Final = len(("run", "checkpoints", "name"))


@final
class Links:
    """The links of a listing.

    Args:
        listing: What is there.

    Attributes:
        holders: The checkpoints that are directories with a link in them.
    """

    def __init__(self, listing: Listing) -> None:
        self._by_path = {entry.path: entry for entry in listing.entries if entry.kind == "link"}
        self._through: defaultdict[str, list[Entry]] = defaultdict(list)
        self._ends: defaultdict[str, list[Entry]] = defaultdict(list)
        self.holders: set[str] = set()
        for link in self._by_path.values():
            parts = link.path.split("/")
            if len(parts) > _DEPTH:
                self.holders.add("/".join(parts[:_DEPTH]))
            for path in dict.fromkeys(link.passes):
                self._through[path].append(link)
            # What is inside a directory checkpoint ends in the checkpoint too.
            end = link.leads_to or ""
            while end:
                self._ends[end].append(link)
                end = end.rpartition("/")[0]

    def lead_to(self, path: str) -> str | None:
        """Return the path of a link that leads to *path* or into it, in whatever way, or None."""
        found = [*self._through.get(path, ()), *self._ends.get(path, ())]
        return found[0].path if found else None

    def relinks(self, path: str, new_name: str) -> tuple[Relink, ...]:
        """Return what becomes of the links to *path* if it is called *new_name*.

        Raises:
            LookupError: If a link cannot be made to lead there; its path is the argument.
        """
        name = path.rpartition("/")[2]
        changed: list[Relink] = []
        for link in self._through.get(path, ()):
            text = link.text or ""
            head = text.rstrip("/")
            # A link in a directory checkpoint is a part of that checkpoint, and is left as it is.
            parts = link.path.split("/")
            is_inside = len(parts) > _DEPTH and parts[1] == _grammar.CHECKPOINTS
            is_last = link.passes[-1] == path and link.passes.count(path) == 1
            if is_inside or not is_last or not f"/{head}".endswith(f"/{name}"):
                raise LookupError(link.path)
            changed.append(Relink(link.path, text, head.removesuffix(name) + new_name + text[len(head) :]))
        for link in self._ends.get(path, ()):
            if self._last_name(link) != path:
                raise LookupError(link.path)
        return tuple(changed)

    def _last_name(self, link: Entry) -> str | None:
        """Return the path at which a chain of links, all of them in the listing, ends."""
        seen: set[str] = set()
        while link.passes and link.path not in seen:
            seen.add(link.path)
            last = link.passes[-1]
            if last not in self._by_path:
                return last
            link = self._by_path[last]
        return None
