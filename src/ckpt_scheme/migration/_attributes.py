"""The attributes of an entry that statx(2) tells, for which Python has no name."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Callable
from typing import Final

IMMUTABLE: Final = 0x10
APPEND: Final = 0x20
MOUNT_ROOT: Final = 0x2000

_AT_EMPTY_PATH, _AT_SYMLINK_NOFOLLOW = 0x1000, 0x100
_PLACE: Final = slice(8, 16)  # of the attributes in the answer


@functools.cache
def _statx_call() -> Callable[[int, bytes, int, int, object], int] | None:
    return getattr(ctypes.CDLL(None, use_errno=True), "statx", None)


def attributes(above: int, name: str) -> int:
    """Return the attributes of an entry, or of the directory itself for an empty *name*; 0 if the system has none."""
    call, answer = _statx_call(), ctypes.create_string_buffer(256)
    flags = _AT_SYMLINK_NOFOLLOW | (0 if name else _AT_EMPTY_PATH)
    if call is None or call(above, os.fsencode(name), flags, 0, answer) != 0:
        return 0
    return int.from_bytes(answer.raw[_PLACE], sys.byteorder)
