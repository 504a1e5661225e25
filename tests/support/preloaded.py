"""The command line as a process that starts at once: a fork of a server that has loaded the program.

A fork is a process like any other, with its own memory, output, signals and exit status. It spares the start of an
interpreter and all imports, which take most of the CPU time of a command on a small tree.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from cli_trees import start

# Each request is one packet, with four descriptors: stdin, stdout, stderr, and a pipe for the pid and the exit status.
_SERVER: Final = """
import gc, json, os, pathlib, selectors, signal, socket, sys, tempfile
from ckpt_scheme.__main__ import main

requests = socket.socket(fileno=int(sys.argv[1]))
# All that a command loads and builds at its first run is there for every fork.
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "epoch=12-step=100.ckpt").touch()
    for command in (["migrate", "--apply"], ["undo"], ["trash"], ["ls", "--json"]):
        sys.argv[1:] = [*command, folder]
        main()
gc.freeze()  # a fork then copies fewer pages

interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
waiting = selectors.DefaultSelector()
waiting.register(requests, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        if key.data is not None:
            child, answer = key.data
            waiting.unregister(key.fd)
            os.close(key.fd)
            os.write(answer, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os.close(answer)
            continue
        packet, descriptors, _, _ = socket.recv_fds(requests, 2**20, 4)
        if not packet:
            sys.exit()
        child = os.fork()
        if not child:
            for number, descriptor in enumerate(descriptors[:3]):
                os.dup2(descriptor, number)
            requests.detach()
            waiting.close()
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            request = json.loads(packet)
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            sys.argv[1:] = request["arguments"]
            signal.signal(signal.SIGINT, interrupt)
            if request["stops"]:
                os.kill(os.getpid(), signal.SIGSTOP)
            status = main()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # taking the interpreter down would cost as much as the command
        for descriptor in descriptors[:3]:
            os.close(descriptor)
        os.write(descriptors[3], b"%d\\n" % child)
        waiting.register(os.pidfd_open(child), selectors.EVENT_READ, (child, descriptors[3]))
"""


@functools.cache
def _server() -> socket.socket:
    """Start the server of this process; it ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = start(
            *(sys.executable, "-c", _SERVER, str(theirs.fileno())),
            stdout=subprocess.DEVNULL,
            stderr=None,
            pass_fds=(theirs.fileno(),),
            is_measured=False,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class Command:
    """A command that runs; it has the methods of `subprocess.Popen` that the tests use.

    Args:
        arguments: The arguments of the command line.
        cwd: Its working directory.
        env: Its environment, whole.
        stdout: A descriptor for its output, or None to keep the output for `communicate`.
        watch: Starts a process that watches the given one before the command begins, such as ``strace``.
    """

    def __init__(
        self,
        arguments: Sequence[str | bytes],
        *,
        cwd: Path | None,
        env: Mapping[str, str],
        stdout: int | None,
        watch: Callable[[int], subprocess.Popen[bytes]] | None,
    ) -> None:
        # All three are open until the command has ended.
        self._outputs: tuple[IO[bytes], IO[bytes]] = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self.returncode: int | None = None
        answer, theirs = os.pipe()
        self._answer = open(answer, "rb", buffering=0)  # noqa: SIM115, PTH123 - as above, and a descriptor
        request = {
            "arguments": [os.fsdecode(argument) for argument in arguments],
            "cwd": str(cwd or Path.cwd()),
            "env": dict(env),
            "stops": watch is not None,
        }
        out, err = (output.fileno() for output in self._outputs)
        with Path(os.devnull).open("rb") as stdin:
            descriptors = [stdin.fileno(), out if stdout is None else stdout, err, theirs]
            socket.send_fds(_server(), [json.dumps(request).encode()], descriptors)
        os.close(theirs)
        self.pid = int(self._answer.readline())
        self._handle: int | None = None  # not the number, which another process may have once this one has ended
        with contextlib.suppress(ProcessLookupError):
            self._handle = os.pidfd_open(self.pid)
        self._watcher = None if watch is None else self._watched_by(watch)

    def _watched_by(self, watch: Callable[[int], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        self._await("State:\tT")
        watcher = watch(self.pid)
        self._await(f"TracerPid:\t{watcher.pid}\n")
        os.kill(self.pid, signal.SIGCONT)
        return watcher

    def _await(self, line: str) -> None:
        # A traced process that is stopped has a small letter for it.
        while line.lower() not in Path(f"/proc/{self.pid}/status").read_text("ascii").lower():
            time.sleep(0.0005)

    def poll(self, timeout: float = 0) -> int | None:
        """Return the exit status, or None if it still runs after *timeout* seconds."""
        if self.returncode is None and select.select([self._answer], [], [], timeout)[0]:
            self.returncode = int(self._answer.readline())
            self._answer.close()
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None and self._handle is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended in this instant
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """Wait for the end, and return the output and the errors.

        Raises:
            subprocess.TimeoutExpired: It did not end within *timeout* seconds.
        """
        if self.poll(timeout) is None:
            raise subprocess.TimeoutExpired("ckpt-scheme", timeout)
        if self._watcher is not None:
            _, complaints = self._watcher.communicate(timeout=timeout)
            assert complaints == b""
        found = []
        for output in self._outputs:
            output.seek(0)
            found.append(output.read())
            output.close()
        return found[0], found[1]
