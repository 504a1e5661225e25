"""`Links`: the ends of the symlinks of a listing, and their texts after a rename."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import final

from ckpt_scheme._grammar import has_extension
from ckpt_scheme.migration._model import Entry, Listing, Relink


@final
class Links:
    """The symlinks of a listing.

    Args:
        listing: The listing.

    Attributes:
        holders: The paths of all directories with a symlink in them.
    """

    def __init__(self, listing: Listing) -> None:
        self._by_path = {entry.path: entry for entry in listing.entries if entry.kind == "link"}
        self._known = {entry.path for entry in listing.entries}
        self._through: defaultdict[str, list[Entry]] = defaultdict(list)
        self._ends: defaultdict[str, list[Entry]] = defaultdict(list)
        self.holders: set[str] = set()
        for link in self._by_path.values():
            self.holders.update(_above(link.directory))
            for path in dict.fromkeys(link.passes):
                self._through[path].append(link)
            # A link into a directory checkpoint leads to the checkpoint too.
            for path in _above(link.leads_to or ""):
                self._ends[path].append(link)

    def has_entry(self, path: str | None) -> bool:
        """Return whether *path* is in the listing."""
        return path in self._known

    def lead_to(self, path: str) -> str | None:
        """Return the path of a link that leads to *path*, into it or through it, or None."""
        found = [*self._through.get(path, ()), *self._ends.get(path, ())]
        return found[0].path if found else None

    def relinks(self, path: str, new_name: str) -> tuple[Relink, ...]:
        """Return the new texts of the links to *path* if it is called *new_name*.

        Raises:
            LookupError: If a link cannot be made to lead there; its path is the argument.
        """
        name = path.rpartition("/")[2]
        changed: list[Relink] = []
        for link in self._through.get(path, ()):
            text = link.text or ""
            head = text.rstrip("/")
            # A link in a directory checkpoint is a part of that checkpoint, and stays as it is.
            is_inside = any(map(has_extension, link.directory.split("/")))
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


def _above(path: str) -> Iterator[str]:
    """Yield *path* and the paths of all directories above it, but for the root."""
    while path:
        yield path
        path = path.rpartition("/")[0]
