"""`Claim`: a lock on the run directory that a process trains in, so that no other process trains there.

The file ``.claim.json`` in the run directory names the process, and the process keeps it locked. The kernel releases
the lock when the process ends, also after a crash. On a disk whose locks do not reach other machines, the modification
time of the file is a heartbeat: saves and the ends of epochs and validations renew it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import time
from types import ModuleType
from typing import Any, Final, Self, cast

import attrs

from ckpt_scheme._lightning import folder

fcntl: ModuleType | None
try:
    import fcntl
except ModuleNotFoundError:  # pragma: no cover - Windows
    fcntl = None

NAME: Final = ".claim.json"

HEARTBEAT_TIMEOUT: Final = 15 * 60.0
"""The seconds without a heartbeat after which a process on another machine counts as ended."""

_HEARTBEAT_INTERVAL: Final = 10.0
_ATTEMPTS: Final = 10
_BETWEEN_ATTEMPTS: Final = 0.05

_joined: Final[set[str]] = set()
_held: Final[dict[str, Claim]] = {}


@attrs.frozen
class Holder:
    """The process that a claim names.

    Attributes:
        job: The job of a sweep, or None.
        host: The machine of the process, or None if the process has ended its training.
        pid: The process id on that machine.
        allocation: The SLURM job of the process, or None.
    """

    job: str | None
    host: str | None = None
    pid: int | None = None
    allocation: str | None = None

    @classmethod
    def of_this_process(cls, job: str | None) -> Self:
        """Return a holder that names this process."""
        return cls(job, socket.gethostname(), os.getpid(), os.environ.get("SLURM_JOB_ID"))

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    def has_ended(self, silence: float) -> bool:
        """Return whether the process has ended, judged without its lock.

        Args:
            silence: The seconds since its last heartbeat.
        """
        if self.host is None or self.pid is None:
            return True
        if self.host == socket.gethostname():
            return not _is_running(self.pid)
        # When SLURM starts a job again, it has ended the process of the first start.
        is_restart = os.environ.get("SLURM_RESTART_COUNT", "0") != "0"
        is_earlier_start = self.allocation is not None and self.allocation == os.environ.get("SLURM_JOB_ID")
        return silence > HEARTBEAT_TIMEOUT or (is_restart and is_earlier_start)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # the process belongs to another user
        return True
    return True


def join(directory: str) -> None:
    """Remember that this process trains in a run directory, perhaps with other ranks."""
    _joined.add(directory)


def holder(directory: str) -> Holder | None:
    """Return the other process that trains in the run directory *directory*, or None without one."""
    if directory in _joined or not folder.is_local(directory):
        return None
    try:
        descriptor = os.open(os.path.join(directory, NAME), os.O_RDONLY)
    except OSError:
        return None
    try:
        found = _read(descriptor)
        is_locked = _is_locked(descriptor, exclusive=False)
        if is_locked:
            return found
        if is_locked is not None and found.host == socket.gethostname():
            return None
        return None if found.has_ended(time.time() - os.fstat(descriptor).st_mtime) else found
    finally:
        os.close(descriptor)


def job_of(directory: str) -> str | None:
    """Return the job of the run directory *directory*, or None if no claim names it."""
    with contextlib.suppress(OSError, ImportError), folder.opened(f"{directory}/{NAME}", "r") as file:
        return _holder(file.read()).job
    return None


def note_job(directory: str, job: str) -> None:
    """Write the job of a run directory behind a URL into its claim, which has no lock."""
    with folder.opened(f"{directory}/{NAME}", "w") as file:
        file.write(json.dumps({"job": job}))


def remove(directory: str) -> None:
    """Remove the claim of a run directory in which nothing was saved."""
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(directory, NAME))


@attrs.define(eq=False)
class Claim:
    """A lock that this process holds on a run directory.

    Attributes:
        directory: The run directory.
        job: The job of a sweep, or None.
    """

    directory: str
    job: str | None
    _descriptor: int
    _users: int = 1
    _last_heartbeat: float = attrs.field(factory=time.monotonic)

    @property
    def _path(self) -> str:
        return os.path.join(self.directory, NAME)

    def heartbeat(self) -> None:
        """Renew the modification time of the file, at most once in `_HEARTBEAT_INTERVAL`."""
        now = time.monotonic()
        if now - self._last_heartbeat > _HEARTBEAT_INTERVAL:
            self._last_heartbeat = now
            with contextlib.suppress(OSError):  # the user may have removed the file
                os.utime(self._path)

    def release(self) -> None:
        """Let other processes claim the run. The file stays if it names a job."""
        self._users -= 1
        if self._users:
            return
        del _held[self.directory]
        with contextlib.suppress(OSError):
            if self.job is None:
                os.unlink(self._path)
            else:
                _write(self._descriptor, Holder(self.job))
        os.close(self._descriptor)


def take(directory: str, job: str | None) -> Claim | None:
    """Return a claim on the run directory *directory*, or None if another process has one.

    Args:
        directory: The run directory, on a disk.
        job: The job to write into the claim. None keeps the job that is there.

    Raises:
        OSError: If the claim cannot be written.
    """
    held = _held.get(directory)
    if held is not None:  # closing a second descriptor of the file would release the lock
        held._users += 1
        return held
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_BETWEEN_ATTEMPTS)  # `holder` locks the file for a moment
        descriptor = os.open(os.path.join(directory, NAME), os.O_RDWR | os.O_CREAT, 0o666)
        claim = None
        try:
            claim = _locked(descriptor, directory, job)
        finally:
            if claim is None:
                os.close(descriptor)
        if claim is not None:
            join(directory)
            _held[directory] = claim
            return claim
    return None


def _locked(descriptor: int, directory: str, job: str | None) -> Claim | None:
    is_locked = _is_locked(descriptor, exclusive=True)
    if is_locked or not _is_at(descriptor, os.path.join(directory, NAME)):
        return None
    found = _read(descriptor)
    is_of_this_machine = is_locked is not None and found.host == socket.gethostname()
    silence = time.time() - os.fstat(descriptor).st_mtime
    if directory not in _joined and not is_of_this_machine and not found.has_ended(silence):
        return None
    job = job or found.job
    _write(descriptor, Holder.of_this_process(job))
    return Claim(directory, job, descriptor)


def _is_locked(descriptor: int, *, exclusive: bool) -> bool | None:
    """Lock an open file, and return whether another process has locked it; None if the disk has no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.lockf(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in (errno.EACCES, errno.EAGAIN) else None
    return False


def _is_at(descriptor: int, path: str) -> bool:
    """Return whether an open file is still at *path*: its process may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> Holder:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return _holder(os.read(descriptor, 4096).decode(errors="replace"))


def _write(descriptor: int, found: Holder) -> None:
    text = json.dumps({key: value for key, value in attrs.asdict(found).items() if value is not None})
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())


def _holder(text: str) -> Holder:
    """Return the holder that a claim names; its fields are None if the text is cut off."""
    try:
        members: Any = json.loads(text)
    except ValueError:
        return Holder(None)
    known = cast("dict[str, object]", members) if isinstance(members, dict) else {}
    job, host, pid, allocation = (known.get(name) for name in ("job", "host", "pid", "allocation"))
    return Holder(
        job if isinstance(job, str) else None,
        host if isinstance(host, str) else None,
        pid if isinstance(pid, int) else None,
        allocation if isinstance(allocation, str) else None,
    )
