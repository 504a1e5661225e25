"""The one module that reads directories. It opens no file, follows no link and never recurses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _grammar
from ckpt_scheme._cli.found import Entry, Foreign

Look: TypeAlias = Callable[[str, Entry], Foreign | None]
"""Says what an entry is that does not end in ``.ckpt``, if anything; a directory's name has a ``/`` at its end."""

_EXTENSION: Final = ".ckpt"


@final
@attrs.frozen
class Listing:
    """What was found in one directory.

    Attributes:
        path: The directory, as the walk came to it.
        location: The same, absolute.
        depth: How far below the walk's root it is.
        names: The entries in it that end in ``.ckpt``, sorted as text.
        is_whole: Whether it could be read to its end.
        foreign: The other entries that a format of somebody's reads, in the order in which they were found.
    """

    path: str
    location: str
    depth: int
    names: list[str]
    is_whole: bool
    foreign: list[Foreign]


def is_checkpoint(name: str) -> bool:
    """Return whether *name* claims to be a checkpoint, whatever the entry is and however the extension is spelt."""
    return name[-len(_EXTENSION) :].lower() == _EXTENSION


def is_directory(path: str) -> bool:
    """Return whether *path* is a directory or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib raises for some paths that cannot be looked at


def is_checkpoints(path: str) -> bool:
    """Return whether *path* is where the scheme puts the checkpoints of a run."""
    return location(path).rpartition("/")[2] == _grammar.CHECKPOINTS


def exists(path: str) -> bool:
    """Return whether there is anything at *path*, be it a link to nowhere."""
    return os.path.lexists(path)


def location(path: str) -> str:
    """Return *path* as an absolute path with ``/`` between its parts; links are left as they are."""
    return os.path.abspath(path).replace(os.sep, "/")  # noqa: PTH100 - pathlib follows links or keeps ".."


def join(path: str, name: str) -> str:
    """Return the path of the entry *name* of a directory."""
    return path + name if path.endswith("/") else f"{path}/{name}"


def entries(path: str) -> Iterator[tuple[str, Entry]]:
    """Yield the names in a directory and what has them, each directory's with a ``/`` at its end.

    Raises:
        OSError: If the directory cannot be read to its end.
    """
    with os.scandir(path) as found:
        for entry in found:
            yield _shown(entry)


def _shown(entry: os.DirEntry[str]) -> tuple[str, Entry]:
    if entry.is_dir(follow_symlinks=False):
        return f"{entry.name}/", "directory"
    return entry.name, "link" if entry.is_symlink() else "file"


def walk(
    root: str,
    *,
    seen: Callable[[int, int], None],
    unreadable: Callable[[str, OSError], None],
    look: Look | None = None,
) -> Iterator[Listing]:
    """Yield a listing of *root* and of each directory below it, parents first and names in order.

    A directory whose name ends in ``.ckpt`` is a checkpoint and is not entered. One that is a checkpoint by another
    name is: a run may well have been given such a name. But what others write below it is no checkpoint of its own.

    Args:
        root: A directory.
        seen: Called with the number of directories and of checkpoints since the last call.
        unreadable: Called with each directory that cannot be read to its end, and why; the walk goes on.
        look: What looks at the entries that do not end in ``.ckpt``; None if these are of no interest.
    """
    # A stack, not recursion: a tree may be deeper than Python's own stack.
    top = root.rstrip("/") or "/"
    waiting = [(top, location(top), 0, False)]
    while waiting:
        path, where, depth, is_enclosed = waiting.pop()
        listing = Listing(path, where, depth, [], is_whole=True, foreign=[])
        directories: list[tuple[str, bool]] = []
        seen(1, 0)
        try:
            with os.scandir(path) as found:
                for entry in found:
                    if is_checkpoint(entry.name):
                        listing.names.append(entry.name)
                        seen(0, 1)
                        continue
                    shown, kind = _shown(entry)
                    foreign = None if look is None or is_enclosed else look(shown, kind)
                    if foreign is not None:
                        listing.foreign.append(foreign)
                        seen(0, int(foreign.is_whole))
                    if kind == "directory":
                        directories.append((entry.name, is_enclosed or (foreign is not None and foreign.encloses)))
        except OSError as error:
            listing = attrs.evolve(listing, is_whole=False)
            unreadable(path, error)
        listing.names.sort()
        directories.sort(reverse=True)
        waiting += [(join(path, name), join(where, name), depth + 1, inner) for name, inner in directories]
        yield listing
