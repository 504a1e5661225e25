"""A fork of this process that is killed at the n-th line of the migration's code after the lock was taken."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from ckpt_scheme import migration

if TYPE_CHECKING:
    from _typeshed import TraceFunction

_PACKAGE: Final = str(Path(migration.__file__).parent)


def killed_at(line: int, work: Callable[[], object]) -> bool:
    """Do *work* in a fork that is killed before its *line*-th line after the lock; return whether it reached the line.

    A line of Python makes one system call at most that changes a disk, or a few, so the kills come between any two of
    them. All lines count that belong to `ckpt_scheme.migration`.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, -signal.SIGKILL), code
        return code != 0
    try:
        _arm(line)
        work()
    finally:
        # Without this, an error or the end of the work would run the rest of the test a second time.
        os._exit(0 if sys.exc_info()[0] is None else 1)


def _arm(line: int) -> None:
    """Kill this process at a line; the audit event of the lock starts the count."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        nonlocal left
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def hook(event: str, _: object) -> None:
        if event == "fcntl.flock" and sys.gettrace() is None:
            sys.settrace(trace)  # for the calls to come
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:  # and for those that are running
                frame.f_trace = trace
                frame = frame.f_back

    sys.addaudithook(hook)
