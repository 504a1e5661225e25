"""A reader in another process, which answers each line with one line.

Each pipe has a thread that owns it, so the caller waits on queues only. No reader, however it behaves, blocks the
caller for longer than the timeout.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO, Final, cast, final

_LONGEST_LINE: Final = 2**20  # bytes
_LONGEST_TAIL: Final = 4096  # bytes of stderr that are kept
_LINES_SHOWN: Final = 10  # of these, in a finding
_GRACE: Final = 1.0  # seconds for a process to end by itself, and for the rest of its stderr to arrive


class BrokenReaderError(Exception):
    """A reader gave no answer; the text says why."""


@final
class ReaderProcess:
    """A process that reads lines from its stdin and answers with lines on its stdout.

    Args:
        command: The executable and its arguments.

    Raises:
        OSError: If the executable cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        # A session of its own, so that `kill` reaches the children of a wrapper script too.
        self._process = subprocess.Popen(  # noqa: S603 - the user names the command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None closes stdin
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: a pipe is closed
        self._tail = b""
        _start(self._write, self._process.stdin)
        _start(self._read, self._process.stdout)
        self._stderr = _start(self._drain, self._process.stderr)

    def ask(self, line: bytes, timeout: float) -> bytes:
        """Return the line that answers *line*.

        Args:
            line: A request, with the line feed at its end.
            timeout: The longest time to wait, in seconds.

        Raises:
            BrokenReaderError: If the process does not answer in time, ends, closes a pipe, or answers over a mebibyte.
        """
        self._outbox.put(line)
        try:
            answer = self._inbox.get(timeout=timeout)
        except queue.Empty:
            message = (
                f"no line on stdout within {timeout:g} s; a reader ends each answer with a line feed and flushes it"
            )
            raise BrokenReaderError(message) from None
        if answer is None:
            raise BrokenReaderError(self._ending())
        if len(answer) > _LONGEST_LINE:
            raise BrokenReaderError(f"a line on stdout is longer than {_LONGEST_LINE} bytes")
        return answer

    def close(self) -> None:
        """Close stdin, at which a reader ends; kill one that does not."""
        self._outbox.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> str:
        """End the process, and return the last lines of its stderr."""
        self._outbox.put(None)
        # A process that `poll` has not seen ending keeps its id, so the signal cannot reach another process.
        if self._process.poll() is None:
            # Some systems refuse a signal to a process that has just ended, and all refuse one to another user's.
            with contextlib.suppress(PermissionError, subprocess.TimeoutExpired):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(_GRACE)
        self._stderr.join(_GRACE)
        return "\n".join(self._tail.decode(errors="replace").strip().splitlines()[-_LINES_SHOWN:])

    def _ending(self) -> str:
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return "stdin or stdout closed without an answer"
        return f"signal {-status} ended the process" if status < 0 else f"exit with status {status} without an answer"

    def _write(self, stdin: IO[bytes]) -> None:
        try:
            while (line := self._outbox.get()) is not None:
                stdin.write(line)
                stdin.flush()
        except OSError:  # the process reads no further
            self._inbox.put(None)

    def _read(self, stdout: IO[bytes]) -> None:
        while line := stdout.readline(_LONGEST_LINE + 1):
            self._inbox.put(line)
        self._inbox.put(None)

    def _drain(self, stderr: IO[bytes]) -> None:
        while piece := os.read(stderr.fileno(), 2**16):
            self._tail = (self._tail + piece)[-_LONGEST_TAIL:]


def _start(work: Callable[[IO[bytes]], None], pipe: IO[bytes] | None) -> threading.Thread:
    """Start a thread that does *work* on *pipe* and then closes it."""
    owned = cast("IO[bytes]", pipe)  # Popen makes all three pipes

    def run() -> None:
        # Closing stdin writes the rest of a failed write, which may fail again.
        with contextlib.suppress(OSError), owned:
            work(owned)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
