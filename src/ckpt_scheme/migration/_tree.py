"""`Tree`: file operations below a root that replace no entry and follow no symlink.

Each directory is opened through the handle of the directory above it, so a symlink that takes its place is refused. A
rename uses the flag of renameat2(2) or renameatx_np(2) that refuses a taken name, or else a hard link.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Collection, Generator, Iterable
from typing import Final, final

from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import FieldError, OperationError
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration._disk import APPEND, IMMUTABLE, MOUNT_ROOT, attributes, has_other_name
from ckpt_scheme.migration._listing import Entry, EntryKind
from ckpt_scheme.migration._model import Relink
from ckpt_scheme.migration._trust import Trust

# Errors of a file system that lacks a flag, a call or links. Any other error is about the entry itself.
_UNSUPPORTED: Final = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)
_MOST_OPEN: Final = 64
_GROUP_ENTERS: Final = stat.S_IRGRP | stat.S_IXGRP
_OTHERS_ENTER: Final = stat.S_IROTH | stat.S_IXOTH

if sys.platform == "darwin":
    _CALL, _EXCLUSIVE, _EXCHANGE = "renameatx_np", 4, 2
else:
    _CALL, _EXCLUSIVE, _EXCHANGE = "renameat2", 1, 2


@functools.cache
def _rename_call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Return the system's rename with flags, which Python does not offer, or None if the system lacks it."""
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
    """The names below a root. No method follows a link, even if it takes the place of a directory meanwhile.

    Args:
        root: The absolute path of a directory.
        trust_state: Whether to obey a state directory that another user made, or may write to.

    Attributes:
        root: The same.
        trust: The users whose entries in the state directory are obeyed.
    """

    def __init__(self, root: str, *, trust_state: bool = False) -> None:
        self.root = root
        self._open = {"": os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)}
        self.trust = Trust(root, self._open[""], trusts_all=trust_state)

    def close(self) -> None:
        """Close all handles."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _trim(self) -> None:
        """Close handles if they are many; call it only while no handle is in use."""
        if len(self._open) > _MOST_OPEN:
            self._forget()

    def _forget(self) -> None:
        for path in [path for path in self._open if path]:
            os.close(self._open.pop(path))

    def confirm(self, directory: str) -> None:
        """Forget all handles if one on the way to *directory* leads elsewhere now; call it while none is in use.

        Another process may have moved a directory, and left a link in its place.
        """
        above, at = self._open[""], ""
        for name in directory.split("/") if directory else ():
            at = f"{at}/{name}" if at else name
            handle = self._open.get(at)
            if handle is None or not _is_at(above, name, handle):
                self._forget()
                return
            above = handle

    def directory(self, path: str, *, create: bool = False) -> int:
        """Return a handle of a directory.

        Args:
            path: Its path below the root; empty for the root itself.
            create: Whether to make it if it is not there.

        Raises:
            OSError: If it is not there, or if any part of the path is a link.
            FieldError: If the path leads out of the root.
            OperationError: If it is in the state directory, and that is not to be trusted.
        """
        missing: list[str] = []  # no recursion: a path may be deeper than Python's own stack
        at = path
        while at not in self._open:
            missing.append(at)
            at = _split(at)[0]
        handle = self._open[at]
        for left, at in reversed(list(enumerate(missing))):
            above = handle
            with self.naming(at):
                handle = self._enter(above, at, create=create)
            self._open[at] = handle
            if _MOST_OPEN // 2 < left < len(missing) - 1:  # a path may be deeper than the system has handles
                os.close(self._open.pop(missing[left + 1]))
        return handle

    def _enter(self, above: int, path: str, *, create: bool) -> int:
        name = _split(path)[1]
        parts = path.split("/")
        # Below the folder of an operation in the trash, a directory may be a checkpoint with an owner of its own.
        is_state = parts[0] == STATE and len(parts) <= len((STATE, "trash", "000001"))
        if create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=above)
                self.trust.share(path, above)
                if not is_state:
                    self._hide("/".join(parts[len((STATE, "trash", "000001")) :]), above, name)
                os.fsync(above)
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        if is_state:
            with contextlib.ExitStack() as closing:
                closing.callback(os.close, handle)
                self.trust.check(path, os.fstat(handle))
                closing.pop_all()
        return handle

    def _hide(self, path: str, above: int, name: str) -> None:
        """Close a new directory of the trash to all who may not enter *path*, and give it to the owner of that."""
        with contextlib.suppress(OSError):  # *path* is gone, or the disk knows no permissions
            of, own = os.lstat(os.path.join(self.root, path)), os.stat(name, dir_fd=above, follow_symlinks=False)
            is_for_others = of.st_mode & _OTHERS_ENTER == _OTHERS_ENTER
            is_same_group = own.st_gid == of.st_gid
            is_for_group = of.st_mode & _GROUP_ENTERS == _GROUP_ENTERS if is_same_group else is_for_others
            hidden = (0 if is_for_group else stat.S_IRWXG) | (0 if is_for_others else stat.S_IRWXO)
            if own.st_mode & hidden:
                os.chmod(name, stat.S_IMODE(own.st_mode) & ~hidden, dir_fd=above)
            if os.geteuid() == 0 and of.st_uid != own.st_uid:
                os.chown(name, of.st_uid, -1, dir_fd=above, follow_symlinks=False)

    # ----------------------------------------------------------------------------------------------------------------
    # The state directory.

    @contextlib.contextmanager
    def naming(self, path: str) -> Generator[None]:
        """Put the full path of *path* into an `OSError` of the system, which holds a part of it or none."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, os.path.join(self.root, path)) from error

    def open_state(self, path: str, flags: int) -> int:
        """Return the handle of a regular file of the state directory; a FIFO does not block the call.

        Raises:
            OSError: If it cannot be opened, or is a link.
            OperationError: If it is not a regular file, or not to be trusted.
        """
        above, name = self.at(path)
        safe = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        with self.naming(path):
            if flags & os.O_CREAT and not _exists(above, name):
                # Another process may make the lock in this instant, too.
                with contextlib.nullcontext() if flags & os.O_EXCL else contextlib.suppress(FileExistsError):
                    os.close(os.open(name, flags | os.O_EXCL | safe, 0o644, dir_fd=above))
                    self.trust.share(path, above)
            handle = os.open(name, flags & ~(os.O_CREAT | os.O_EXCL) | safe, dir_fd=above)
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, handle)
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OperationError(f"{path} is not a regular file. Move it out of the way.")
            self.trust.check(path, status)
            closing.pop_all()
        return handle

    def check_writable(self, paths: Iterable[str]) -> None:
        """Raise `PermissionError` if one of *paths* is a directory that the caller may not write to."""
        for path in paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                handle = self.directory(path)
                if not _may_write(handle):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    # ----------------------------------------------------------------------------------------------------------------
    # Names.

    def at(self, path: str) -> tuple[int, str]:
        """Return the handle of the directory that *path* is in, and its last part."""
        parent, name = _split(path)
        return self.directory(parent), name

    def stat(self, path: str, written: Collection[tuple[int, int]] = ()) -> Entry | None:
        """Return the entry at *path*, or None; *written* as in `disk.look`."""
        self._trim()
        try:
            self.at(path)  # refuses a link on the way
            return disk.look(os.path.join(self.root, path), written)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_on_other_disk(self, directory: str) -> bool:
        """Return whether a directory is on another disk than the root, or below another mount."""
        at = directory
        while at:
            self._trim()
            handle = self.directory(at)
            if attributes(handle, "") & MOUNT_ROOT or os.fstat(handle).st_dev != os.fstat(self._open[""]).st_dev:
                return True
            at = _split(at)[0]
        return False

    def has(self, path: str) -> bool:
        """Return whether there is an entry at *path*."""
        return _exists(*self.at(path))

    def check_movable(self, path: str) -> None:
        """Raise `OSError` if the entry at *path* or its directory is append-only or immutable, so no rename works."""
        self._trim()
        above, name = self.at(path)
        _refuse_fixed(attributes(above, name), "it")
        _refuse_fixed(attributes(above, ""), "its directory")

    def check_replaceable(self, link: str) -> None:
        """Raise `PermissionError` if the caller may not give the link at a path another target."""
        self._trim()
        above, name = self.at(link)
        code = 0
        if not _may_write(above):
            code = errno.EACCES
        elif _exists(above, name) and _is_sticky(above, name):
            code = errno.EPERM  # it is another user's
        if code:
            raise PermissionError(code, f"{os.strerror(code)}: the link {link} leads to it")

    def is_same(self, one: str, other: str) -> bool:
        """Return whether two paths, which both exist, are names of the same file."""
        (one_in, one_name), (other_in, other_name) = self.at(one), self.at(other)
        same = os.path.samestat(
            os.stat(one_name, dir_fd=one_in, follow_symlinks=False),
            os.stat(other_name, dir_fd=other_in, follow_symlinks=False),
        )
        # This machine may have cached a name that another machine has removed, and the last name must stay.
        return same and has_other_name(one_in, one_name)

    def rename_noreplace(self, old: str, new: str, kind: EntryKind) -> bool:
        """Rename the entry at *old* to *new*, and replace no entry.

        Returns:
            Whether it still has the old name too, which the caller removes by `unlink`.

        Raises:
            FileExistsError: If any entry has the new name, even a dead link or an empty directory.
            OSError: If the file system fails, or offers only renames that may replace an entry.
        """
        (old_in, old_name), (new_in, new_name) = self.at(old), self.at(new)
        try:
            _rename(old_in, old_name, new_in, new_name, _EXCLUSIVE)
        except OSError as error:
            if error.errno not in _UNSUPPORTED or (error.errno == errno.EPERM and _is_sticky(old_in, old_name)):
                raise
            self.check_movable(old)
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
        """Remove one name of a file."""
        above, name = self.at(path)
        os.unlink(name, dir_fd=above)

    def remove_empty(self, path: str) -> None:
        """Remove a directory if it is empty."""
        self._trim()
        with contextlib.suppress(OSError):
            self._rmdir(path)

    def _rmdir(self, path: str) -> None:
        above, name = self.at(path)
        handle = self._open.pop(path, None)
        if handle is not None:
            os.close(handle)
        os.rmdir(name, dir_fd=above)

    def destroy(self, path: str) -> None:
        """Remove a file, or a directory with its contents.

        Raises:
            OSError: If a part of it cannot be removed. Nothing is removed if a disk is mounted in it.
        """
        self._trim()
        if not self._is_directory(path):
            self.unlink(path)
            return
        directories = [path]
        for directory in directories:
            self._trim()
            handle = self.directory(directory)
            _refuse_mount(attributes(handle, ""), directory)
            with os.scandir(handle) as found:
                entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
            if entries and not _may_write(handle):
                raise PermissionError(errno.EACCES, f"{os.strerror(errno.EACCES)}: {directory}")
            for name, is_directory in entries:
                path = f"{directory}/{name}"
                _refuse_mount(attributes(handle, name), path)
                _refuse_fixed(attributes(handle, name), path)
                if _is_sticky(handle, name):
                    raise PermissionError(errno.EPERM, f"{os.strerror(errno.EPERM)}: {path}")
                if is_directory:
                    directories.append(path)
        for directory in reversed(directories):
            self._trim()
            handle = self.directory(directory)
            for name in os.listdir(handle):
                with contextlib.suppress(IsADirectoryError):  # a new directory, which makes the removal below fail
                    os.unlink(name, dir_fd=handle)
            self._rmdir(directory)

    def _is_directory(self, path: str) -> bool:
        above, name = self.at(path)
        return stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)

    def flush(self, path: str) -> None:
        """Write the names in a directory to the disk, if the file system does so on request."""
        self._trim()
        try:
            os.fsync(self.directory(path))
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise

    # ----------------------------------------------------------------------------------------------------------------
    # Links.

    def prepare(self, link: Relink) -> None:
        """Make the new link beside the old one, so that an error shows before the rename."""
        above, name = self.at(link.path)
        if _target(above, name) != link.old:
            return
        if _exists(above, _aside(name)):
            if _target(above, _aside(name)) == link.new:
                return
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), _aside(name))
        os.symlink(link.new, _aside(name), dir_fd=above)
        with contextlib.suppress(OSError):  # only root may give a link away, and only root needs to
            status = os.stat(name, dir_fd=above, follow_symlinks=False)
            os.chown(_aside(name), status.st_uid, status.st_gid, dir_fd=above, follow_symlinks=False)

    def unprepare(self, link: Relink) -> None:
        """Remove the link that `prepare` made."""
        with contextlib.suppress(OSError):
            above, name = self.at(link.path)
            if _target(above, _aside(name)) == link.new:
                os.unlink(_aside(name), dir_fd=above)

    def retarget(self, link: Relink) -> None:
        """Give a link its new target, unless another process has changed it; a second call is harmless.

        The new link is exchanged with the old one. So there is a link at every moment, and an entry that another
        process put there meanwhile is found and put back.
        """
        above, name = self.at(link.path)
        aside = _aside(name)
        if _exists(above, aside):
            if not self._is_ready(link, aside):
                return
        elif _target(above, name) == link.old:
            self.prepare(link)
        else:
            return
        try:
            _rename(above, aside, above, name, _EXCHANGE)
        except OSError as error:
            os.unlink(aside, dir_fd=above)
            if error.errno not in _UNSUPPORTED:
                raise
            self._retarget_in_steps(link, aside)
            return
        self._settle(link, aside)

    def _is_ready(self, link: Relink, aside: str) -> bool:
        """Continue a stopped `retarget`; return whether only the exchange is left."""
        above, name = self.at(link.path)
        target, aside_target = _target(above, name), _target(above, aside)
        if target == link.new:
            self._settle(link, aside)
        elif not _exists(above, name) and aside_target == link.old:
            os.symlink(link.new, name, dir_fd=above)
            os.unlink(aside, dir_fd=above)
        elif not _exists(above, name) and aside_target != link.new:
            self._put_back(link, aside)
        elif aside_target == link.new and target == link.old:
            return True
        elif aside_target == target == link.old:
            os.unlink(aside, dir_fd=above)
            self.prepare(link)
            return True
        elif aside_target in (link.old, link.new):
            os.unlink(aside, dir_fd=above)  # another process has changed or removed the link
        else:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), aside)
        return False

    def _settle(self, link: Relink, aside: str) -> None:
        """Remove the old link after the exchange; if another entry was in its place, put that back."""
        above, name = self.at(link.path)
        if _target(above, aside) != link.old:
            _rename(above, aside, above, name, _EXCHANGE)
            if _target(above, aside) != link.new:
                # Replaced once more in between: the newest entry gets the name, and nothing is removed.
                _rename(above, aside, above, name, _EXCHANGE)
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), aside)
        os.unlink(aside, dir_fd=above)

    def _retarget_in_steps(self, link: Relink, aside: str) -> None:
        """Retarget a link where the system cannot exchange two names: for a moment there is no link."""
        above, name = self.at(link.path)
        # Only the holder of the lock uses the name aside, so nothing is replaced.
        os.rename(name, aside, src_dir_fd=above, dst_dir_fd=above)
        if _target(above, aside) != link.old:
            self._put_back(link, aside)
            return
        os.symlink(link.new, name, dir_fd=above)
        os.unlink(aside, dir_fd=above)

    def _put_back(self, link: Relink, aside: str) -> None:
        """Give an entry that another process had put in place of the link its name back."""
        beside = "/".join([*link.path.split("/")[:-1], aside])
        if self.rename_noreplace(beside, link.path, "directory" if self._is_directory(beside) else "file"):
            self.unlink(beside)


def _may_write(directory: int) -> bool:
    """Return whether the caller may add and remove names in a directory."""
    return os.access(".", os.W_OK | os.X_OK, dir_fd=directory, effective_ids=True)


def _refuse_fixed(found: int, what: str) -> None:
    """Raise `OSError` if the attributes of an entry forbid all changes of it; *what* names it."""
    for attribute, word, flag in ((IMMUTABLE, "immutable", "i"), (APPEND, "append-only", "a")):
        if found & attribute:
            raise OSError(errno.EPERM, f"{what} is {word}; chattr -{flag} lifts that")


def _refuse_mount(found: int, path: str) -> None:
    """Raise `OSError` if the attributes of an entry show that a disk is mounted there."""
    if found & MOUNT_ROOT:
        raise OSError(errno.EBUSY, f"a disk is mounted at {path}; unmount it first")


def _is_at(above: int, name: str, handle: int) -> bool:
    """Return whether *handle* is that of the directory *name*."""
    try:
        return os.path.samestat(os.stat(name, dir_fd=above, follow_symlinks=False), os.fstat(handle))
    except FileNotFoundError:
        return False


def _aside(name: str) -> str:
    """Return the temporary name of the new link that will replace the link *name*."""
    return f".ckpt-scheme-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def _is_sticky(directory: int, name: str) -> bool:
    """Return whether the sticky bit forbids this user to remove *name*, so that a hard link would leave two names."""
    status = os.fstat(directory)
    owners = (0, status.st_uid, os.stat(name, dir_fd=directory, follow_symlinks=False).st_uid)
    return bool(status.st_mode & stat.S_ISVTX) and os.geteuid() not in owners


def check_path(path: str) -> None:
    """Raise unless *path* can lead to an entry below a root.

    Raises:
        FieldError: If it cannot.
        UnicodeEncodeError: If no file can have that name.
    """
    parent, name = _split(path)
    os.fsencode(name)
    while parent:
        parent, name = _split(parent)
        os.fsencode(name)


def _split(path: str) -> tuple[str, str]:
    """Return the directory of *path* and its last part; a journal of another user may hold any text as a path."""
    parent, slash, name = path.rpartition("/")
    if name in ("", ".", "..") or "\0" in name or (slash and not parent):
        raise FieldError("path", path, "a path below the root")
    return parent, name


def _target(above: int, name: str) -> str | None:
    """Return the target of a link, or None if no link has that name."""
    try:
        return os.readlink(name, dir_fd=above)
    except OSError:
        return None


def _exists(above: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=above, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENAMETOOLONG):
            raise
        return False
    return True
