"""Folders of a local disk. No file is opened, and no symlink is followed into a directory."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final, final

import attrs

from ckpt_scheme.catalog._folder import UNKNOWN, Folder, Link, join, known

FILE: Final = "file://"


@final
@attrs.frozen
class Disk:
    """The local disk as a source of folders."""

    def folder(self, path: str) -> Folder:
        """Return the entries of a folder. A name that is not UTF-8 holds surrogates, as `os.fsdecode` makes them.

        Raises:
            OSError: If it cannot be read.
        """
        names: list[str] = []
        links: dict[str, Link] = {}
        others: list[str] = []
        if "\0" in path:
            raise OSError(errno.EINVAL, "a path holds no NUL", path)
        with os.scandir(path) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    name += "/"
                elif not entry.is_file(follow_symlinks=False):
                    if entry.is_symlink():
                        links[name] = _link(join(path, name))
                    else:
                        others.append(name)
                names.append(name)
        return Folder(path, names, links, others)

    def measure(self, folder: Folder, place: int) -> tuple[int, int]:
        """Return the size and the time of a file; a symlink itself has no bytes. An entry that is gone has neither."""
        try:
            status = os.lstat(join(folder.path, folder.names[place]))
        except OSError:
            return UNKNOWN, UNKNOWN
        return status.st_size if stat.S_ISREG(status.st_mode) else 0, known(status.st_mtime_ns)


def _link(path: str) -> Link:
    """Return the target of a link and its state; a link in a circle is dead."""
    try:
        target = os.readlink(path)
    except OSError:
        return Link(None, is_dead=True)
    try:
        status = os.stat(path)
    except OSError:
        return Link(target, is_dead=True)
    return Link(target, is_empty=stat.S_ISREG(status.st_mode) and status.st_size == 0)


def is_url(path: str) -> bool:
    """Return whether *path* is a URL of another file system than the local disk."""
    return "://" in path and not path.startswith(FILE)


def exists(path: str) -> bool:
    """Return whether there is an entry at *path*, even a dead link."""
    return os.path.lexists(path)


def location(path: str) -> str:
    """Return *path* as an absolute path with ``/`` between its parts.

    Links are left as they are. But if a ``..`` follows a link, all links are resolved, because the system goes up from
    the link's target.
    """
    found = os.path.abspath(path)
    is_exact = os.pardir not in path.split(os.sep) or "\0" in path
    if not is_exact and os.path.realpath(found) != os.path.realpath(path):
        found = os.path.realpath(path)
    found = found.replace(os.sep, "/")
    return found[1:] if os.sep == "/" and found.startswith("//") else found
