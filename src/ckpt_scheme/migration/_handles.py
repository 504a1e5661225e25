"""`Tree`: the names below a root, reached through handles of directories, and the one rename that replaces nothing."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Collection
from typing import Final, final

from ckpt_scheme.errors import FieldError
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration._actions import Relink
from ckpt_scheme.migration._listing import Entry, EntryKind

# What a file system says that does not know a flag, a call, or links; any other error is one of the act itself.
_UNSUPPORTED: Final = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)
_MOST_OPEN: Final = 64

if sys.platform == "darwin":
    _CALL, _EXCLUSIVE, _EXCHANGE = "renameatx_np", 4, 2
else:
    _CALL, _EXCLUSIVE, _EXCHANGE = "renameat2", 1, 2


@functools.cache
def _rename_call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Return the system's rename with flags, for which Python has no name, or None."""
    call = getattr(ctypes.CDLL(None, use_errno=True), _CALL, None)
    if call is not None:
        call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return call


def _rename(old_in: int, old: str, new_in: int, new: str, flag: int) -> None:
    call = _rename_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(old_in, os.fsencode(old), new_in, os.fsencode(new), flag) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), old, None, new)


@final
class Tree:
    """The names below a root. No act goes through a link, not even one that takes a directory's place meanwhile.

    Args:
        root: The absolute path of a directory.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._open = {"": os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)}

    def close(self) -> None:
        """Close all handles."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _trim(self) -> None:
        """Close handles if they are many, when nobody holds one."""
        if len(self._open) > _MOST_OPEN:
            for path in [path for path in self._open if path]:
                os.close(self._open.pop(path))

    def directory(self, path: str, *, create: bool = False) -> int:
        """Return a handle of a directory.

        Args:
            path: From the root on; empty for the root itself.
            create: Whether to make it if it is not there.

        Raises:
            OSError: If it is not there, or if any part of it is a link.
            FieldError: If the path leads out of the root.
        """
        if path in self._open:
            return self._open[path]
        parent, name = _split(path)
        above = self.directory(parent, create=create)
        if create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=above)
                os.fsync(above)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        self._open[path] = os.open(name, flags, dir_fd=above)
        return self._open[path]

    def at(self, path: str) -> tuple[int, str]:
        """Return the handle of the directory that *path* is in, and its last part."""
        parent, name = _split(path)
        return self.directory(parent), name

    def measure(self, path: str, written: Collection[tuple[int, int]] = ()) -> Entry | None:
        """Return what is at *path*, or None; *written* as in `disk.measure`."""
        self._trim()
        try:
            self.at(path)  # refuses a link on the way
            return disk.measure(os.path.join(self.root, path), written)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_same(self, one: str, other: str) -> bool:
        """Return whether two paths, both of which are there, are names of one file."""
        (one_in, one_name), (other_in, other_name) = self.at(one), self.at(other)
        return os.path.samestat(
            os.stat(one_name, dir_fd=one_in, follow_symlinks=False),
            os.stat(other_name, dir_fd=other_in, follow_symlinks=False),
        )

    def take(self, old: str, new: str, kind: EntryKind) -> bool:
        """Give what is at *old* the name *new*, which nothing else has.

        Returns:
            Whether it still has the old name too, which `unlink` takes away.

        Raises:
            FileExistsError: If anything has the new name, be it a link to nowhere or an empty directory.
            OSError: If the file system fails, or has no way to do this that cannot replace anything.
        """
        (old_in, old_name), (new_in, new_name) = self.at(old), self.at(new)
        try:
            _rename(old_in, old_name, new_in, new_name, _EXCLUSIVE)
        except OSError as error:
            if error.errno not in _UNSUPPORTED or (error.errno == errno.EPERM and _is_sticky(old_in, old_name)):
                raise
        else:
            return False
        if kind == "directory":
            # Making the directory claims the name; a rename then replaces it only while it is empty.
            os.mkdir(new_name, dir_fd=new_in)
            try:
                os.rename(old_name, new_name, src_dir_fd=old_in, dst_dir_fd=new_in)
            except OSError:
                with contextlib.suppress(OSError):
                    os.rmdir(new_name, dir_fd=new_in)
                raise
            return False
        try:
            os.link(old_name, new_name, src_dir_fd=old_in, dst_dir_fd=new_in, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            message = "neither a rename that refuses a taken name nor a hard link is possible here"
            raise OSError(error.errno, f"{error.strerror}: {message}") from error
        return True

    def unlink(self, path: str) -> None:
        """Take away one of the names of a file."""
        above, name = self.at(path)
        os.unlink(name, dir_fd=above)

    def remove_empty(self, path: str) -> None:
        """Remove a directory if it is empty."""
        self._trim()
        above, name = self.at(path)
        handle = self._open.pop(path, None)
        if handle is not None:
            os.close(handle)
        with contextlib.suppress(OSError):
            os.rmdir(name, dir_fd=above)

    def destroy(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        self._trim()
        above, name = self.at(path)
        if stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
            shutil.rmtree(name, dir_fd=above)
        else:
            os.unlink(name, dir_fd=above)

    def flush(self, path: str) -> None:
        """Write to the disk which names a directory holds, on a file system that does so on request."""
        self._trim()
        try:
            os.fsync(self.directory(path))
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise

    # ----------------------------------------------------------------------------------------------------------------
    # Links.

    def prepare(self, link: Relink) -> None:
        """Make the link that will take the place of another, beside it: if that is impossible, it shows in time."""
        above, name = self.at(link.path)
        if _text(above, name) != link.old:
            return
        if _exists(above, _aside(name)):
            if _text(above, _aside(name)) == link.new:
                return
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), _aside(name))
        os.symlink(link.new, _aside(name), dir_fd=above)
        with contextlib.suppress(OSError):  # only root may give a link away, and only root needs to
            status = os.stat(name, dir_fd=above, follow_symlinks=False)
            os.chown(_aside(name), status.st_uid, status.st_gid, dir_fd=above, follow_symlinks=False)

    def drop(self, link: Relink) -> None:
        """Take away what `prepare` made."""
        with contextlib.suppress(OSError):
            above, name = self.at(link.path)
            if _text(above, _aside(name)) == link.new:
                os.unlink(_aside(name), dir_fd=above)

    def turn(self, link: Relink) -> None:
        """Make a link say its new text, unless it says something else by now; repeating it is harmless.

        The new link changes places with the old one, so that there is one at every moment, and what somebody else put
        there meanwhile is found and put back.
        """
        above, name = self.at(link.path)
        aside = _aside(name)
        if _exists(above, aside):
            if not self._is_ready(link, aside):
                return
        elif _text(above, name) == link.old:
            self.prepare(link)
        else:
            return
        try:
            _rename(above, aside, above, name, _EXCHANGE)
        except OSError as error:
            os.unlink(aside, dir_fd=above)
            if error.errno not in _UNSUPPORTED:
                raise
            self._turn_in_steps(link, aside)
            return
        self._settle(link, aside)

    def _is_ready(self, link: Relink, aside: str) -> bool:
        """Go on where `turn` was stopped; return whether all that is left is to change places."""
        above, name = self.at(link.path)
        says, aside_says = _text(above, name), _text(above, aside)
        if says == link.new:
            self._settle(link, aside)
        elif not _exists(above, name) and aside_says == link.old:
            os.symlink(link.new, name, dir_fd=above)
            os.unlink(aside, dir_fd=above)
        elif not _exists(above, name) and aside_says != link.new:
            self._put_back(link, aside)
        elif aside_says == link.new and says == link.old:
            return True
        elif aside_says == says == link.old:
            os.unlink(aside, dir_fd=above)
            self.prepare(link)
            return True
        elif aside_says in (link.old, link.new):
            os.unlink(aside, dir_fd=above)  # somebody else has given the link another text, or has removed it
        else:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), aside)
        return False

    def _settle(self, link: Relink, aside: str) -> None:
        """Look at what the new link changed places with, and put it back if it is not the old one."""
        above, name = self.at(link.path)
        if _text(above, aside) != link.old:
            _rename(above, aside, above, name, _EXCHANGE)
            if _text(above, aside) != link.new:
                # Replaced once more in between: the newest gets the name, and nothing is removed.
                _rename(above, aside, above, name, _EXCHANGE)
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), aside)
        os.unlink(aside, dir_fd=above)

    def _turn_in_steps(self, link: Relink, aside: str) -> None:
        """Do what `turn` does where names cannot change places: for a moment there is no link."""
        above, name = self.at(link.path)
        # Nobody but the holder of the lock uses the name aside, so nothing is replaced.
        os.rename(name, aside, src_dir_fd=above, dst_dir_fd=above)
        if _text(above, aside) != link.old:
            self._put_back(link, aside)
            return
        os.symlink(link.new, name, dir_fd=above)
        os.unlink(aside, dir_fd=above)

    def _put_back(self, link: Relink, aside: str) -> None:
        """Give what somebody else had put in the link's place its name again."""
        above, _ = self.at(link.path)
        beside = "/".join([*link.path.split("/")[:-1], aside])
        is_directory = stat.S_ISDIR(os.stat(aside, dir_fd=above, follow_symlinks=False).st_mode)
        if self.take(beside, link.path, "directory" if is_directory else "file"):
            self.unlink(beside)


def _aside(name: str) -> str:
    """Return the name under which a link is made that is to take the place of the link *name*."""
    return f".ckpt-scheme-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def _is_sticky(directory: int, name: str) -> bool:
    """Return whether only somebody else may take *name* away from its directory, so that a second one would stay."""
    status = os.fstat(directory)
    owners = (0, status.st_uid, os.stat(name, dir_fd=directory, follow_symlinks=False).st_uid)
    return bool(status.st_mode & stat.S_ISVTX) and os.geteuid() not in owners


def check_path(path: str) -> None:
    """Raise unless *path* leads to something below a root, whatever is there.

    Raises:
        FieldError: If it does not.
        UnicodeEncodeError: If no file can have that name.
    """
    parent, name = _split(path)
    os.fsencode(name)
    while parent:
        parent, name = _split(parent)
        os.fsencode(name)


def _split(path: str) -> tuple[str, str]:
    """Return the directory of *path* and its last part; a journal from a stranger may hold any text for a path."""
    parent, slash, name = path.rpartition("/")
    if name in ("", ".", "..") or "\0" in name or (slash and not parent):
        raise FieldError("path", path, "a path below the root")
    return parent, name


def _text(above: int, name: str) -> str | None:
    """Return what a link says, or None if there is none of that name."""
    try:
        return os.readlink(name, dir_fd=above)
    except OSError:
        return None


def _exists(above: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=above, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
