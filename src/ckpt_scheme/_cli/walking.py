"""The walk of ``check`` below a directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import final

import attrs

from ckpt_scheme._cli import output, streams
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog import _local
from ckpt_scheme.catalog._folder import is_no_state, join, visits


@final
@attrs.frozen
class Walk:
    """A walk that yields names and complains about folders.

    Args:
        printer: The printer of the complaints.
        seen: Called with the number of folders and of names that the walk has seen since the last call.
    """

    printer: streams.Printer
    seen: Callable[[int, int], None]

    def paths(self, root: str) -> Iterator[tuple[str, str]]:
        """Yield the path of each name below *root* that ends in ``.ckpt``, as the user gave it and absolute."""
        walk = visits(
            _local.Disk(), root, self._unreadable, enters=lambda path: is_no_state(path) and not has_extension(path)
        )
        location = _local.location(root)
        for visit in walk:
            path = visit.folder.path
            names = [name.rstrip("/") for name in visit.folder.names if has_extension(name)]
            self.seen(1, len(names))
            where = location + path[len(root.rstrip("/")) :] if root != "/" else path
            yield from ((join(path, name), join(where, name)) for name in names)

    def _unreadable(self, path: str, error: Exception) -> None:
        self.printer.complain(output.unreadable(path, error))
