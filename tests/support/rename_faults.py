"""Replacements of the rename with flags: missing, failing, or with another process in between."""

from __future__ import annotations

import codecs
import ctypes
import importlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

import pytest

from ckpt_scheme.migration import _tree as handles
from machine import need

Call: TypeAlias = Callable[[int, bytes, int, bytes, int], int]


def disable_rename_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the rename with flags."""
    monkeypatch.setattr(handles, "_rename_call", lambda: None)


def intercept_rename(monkeypatch: pytest.MonkeyPatch, respond: Callable[[Call, int], int | None]) -> None:
    """Call *respond* before each rename with flags, which is made unless it returns an error number.

    It gets the call and the flag, and returns the error number of the call; 0 is success.
    """
    call = handles._rename_call()
    assert call is not None

    def intercepted(old_in: int, old: bytes, new_in: int, new: bytes, flag: int) -> int:
        code = respond(lambda *_: call(old_in, old, new_in, new, flag), flag)
        if code is None:
            return call(old_in, old, new_in, new, flag)
        ctypes.set_errno(code)
        return -1 if code else 0

    monkeypatch.setattr(handles, "_rename_call", lambda: intercepted)


UNPRIVILEGED: Final = 65534


@contextmanager
def unprivileged() -> Generator[None]:
    """Act as a user who is neither root nor the owner of any file."""
    need("root")
    # Python loads these at their first use, and this user may not read its folder.
    codecs.lookup("ascii")
    importlib.import_module("fcntl")
    os.seteuid(UNPRIVILEGED)
    try:
        yield
    finally:
        os.seteuid(0)
