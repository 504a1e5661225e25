"""A pass-through file system in user space with the gaps of many network disks: ``SOURCE MOUNTPOINT [LACK...]``.

It has no rename that refuses to replace: the call fails with the error for an invalid argument, as on NFS and most
file systems in user space. It may also lack, or do:

- ``links``: hard links are not permitted.
- ``honesty``: every plain rename and every hard link is done, and reported as failed, as by a server whose answer got
  lost.
- ``case``: names that differ in case only are one name, as on the disks of other operating systems.
"""

# A pass-through makes the calls that it passes on, and ignores some arguments.
# ruff: noqa: ARG002, PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH208, PTH211

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from typing import Any, final

import mfusepy  # type: ignore[import-untyped]


@final
class _PassThrough(mfusepy.Operations):  # type: ignore[misc]
    """Passes each operation on the mount point to the source."""

    use_ns = True

    def __init__(self, source: str, lacks: frozenset[str]) -> None:
        self._source = source
        self._lacks = lacks

    def _real(self, path: str) -> str:
        real = self._source
        for name in filter(None, path.split("/")):
            real = f"{real}/{self._spelt(real, name)}"
        return real

    def _spelt(self, folder: str, name: str) -> str:
        if "case" not in self._lacks or os.path.lexists(f"{folder}/{name}"):
            return name
        try:
            names = os.listdir(folder)
        except OSError:
            return name
        return next((other for other in names if other.casefold() == name.casefold()), name)

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._real(path)) if fh is None else os.fstat(fh)
        attributes = {
            key: getattr(found, key)
            for key in ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")
        }
        times = {key: getattr(found, f"{key}_ns") for key in ("st_atime", "st_mtime", "st_ctime")}
        return {**attributes, **times}

    def readdir(self, path: str, fh: int) -> Iterator[tuple[str, dict[str, int], int]]:
        real = self._real(path)
        for name in (".", "..", *os.listdir(real)):
            found = os.lstat(f"{real}/{name}")
            yield name, {"st_mode": found.st_mode, "st_ino": found.st_ino}, 0

    def readlink(self, path: str) -> str:
        return os.readlink(self._real(path))

    def symlink(self, target: str, source: str) -> int:
        os.symlink(source, self._real(target))
        return 0

    def link(self, target: str, source: str) -> int:
        if "links" in self._lacks:
            raise OSError(errno.EPERM, "no hard links here")
        os.link(self._real(source), self._real(target), follow_symlinks=False)
        self._lie()
        return 0

    def rename(self, old: str, new: str) -> int:
        os.rename(self._real(old), self._real(new))
        self._lie()
        return 0

    def _lie(self) -> None:
        if "honesty" in self._lacks:
            raise OSError(errno.EIO, "the answer got lost")

    def unlink(self, path: str) -> int:
        os.unlink(self._real(path))
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self._real(path), mode)
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self._real(path))
        return 0

    def chmod(self, path: str, mode: int) -> int:
        os.chmod(self._real(path), mode)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        moment = time.time_ns()
        os.utime(self._real(path), ns=times or (moment, moment), follow_symlinks=False)
        return 0

    def create(self, path: str, mode: int, fi: object = None) -> int:
        return os.open(self._real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path: str, flags: int) -> int:
        return os.open(self._real(path), flags & ~os.O_APPEND)  # a write brings its place along

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._real(path) if fh is None else fh, length)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0


@final
class _Mount(mfusepy.FUSE):  # type: ignore[misc]
    """The mount. It refuses the flags of a rename itself: libfuse 3 passes them on, and the library drops them."""

    def rename_fuse_3(self, old: bytes, new: bytes, flags: int) -> int:
        if flags:
            return -errno.EINVAL
        status: int = self.rename_fuse_2(old, new)
        return status


if __name__ == "__main__":
    _Mount(
        _PassThrough(os.path.realpath(sys.argv[1]), frozenset(sys.argv[3:])),
        sys.argv[2],
        foreground=True,
        nothreads=True,
        use_ino=True,
        # A change by another name or process is visible at once.
        attr_timeout=0,
        entry_timeout=0,
        negative_timeout=0,
    )
