"""The one module that reads directories. It opens no file, follows no link and never recurses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final, final

import attrs

from ckpt_scheme import _grammar

_EXTENSION: Final = ".ckpt"


@final
@attrs.frozen
class Listing:
    """What was found in one directory.

    Attributes:
        path: The directory, as the walk came to it.
        location: The same, absolute.
        depth: How far below the walk's root it is.
        names: The checkpoints in it, sorted as text.
        is_whole: Whether it could be read to its end.
    """

    path: str
    location: str
    depth: int
    names: list[str]
    is_whole: bool


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


def walk(
    root: str, *, seen: Callable[[int, int], None], unreadable: Callable[[str, OSError], None]
) -> Iterator[Listing]:
    """Yield a listing of *root* and of each directory below it, parents first and names in order.

    A directory with the name of a checkpoint is a checkpoint and is not entered.

    Args:
        root: A directory.
        seen: Called with the number of directories and of checkpoints since the last call.
        unreadable: Called with each directory that cannot be read to its end, and why; the walk goes on.
    """
    # A stack, not recursion: a tree may be deeper than Python's own stack.
    top = root.rstrip("/") or "/"
    waiting = [(top, location(top), 0)]
    while waiting:
        path, where, depth = waiting.pop()
        names: list[str] = []
        directories: list[str] = []
        is_whole = True
        seen(1, 0)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if is_checkpoint(entry.name):
                        names.append(entry.name)
                        seen(0, 1)
                    elif entry.is_dir(follow_symlinks=False):
                        directories.append(entry.name)
        except OSError as error:
            is_whole = False
            unreadable(path, error)
        names.sort()
        directories.sort(reverse=True)
        waiting += [(join(path, name), join(where, name), depth + 1) for name in directories]
        yield Listing(path, where, depth, names, is_whole)
