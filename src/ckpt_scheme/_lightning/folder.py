"""Run directories on a disk or behind a URL: find them, read which checkpoint to resume, remove empty ones."""

from __future__ import annotations

import contextlib
import importlib
import os
import zipfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any, Literal, cast

import attrs

from ckpt_scheme._grammar import CHECKPOINTS
from ckpt_scheme._lightning.names import LAST
from ckpt_scheme.catalog import _local, _source
from ckpt_scheme.catalog._folder import Folder, Source
from ckpt_scheme.checkpoint_name import CheckpointName, EpochCheckpoint
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId
from ckpt_scheme.selection import furthest

if TYPE_CHECKING:
    from ckpt_scheme.catalog._remote import Remote


def is_local(path: str) -> bool:
    """Return whether *path* is on a disk."""
    return not _local.is_url(path)


def absolute(path: str) -> str:
    """Return a local path absolute and with its links resolved, as Lightning stores it; a URL as it is."""
    return os.path.realpath(os.path.expanduser(path.removeprefix(_local.FILE))) if is_local(path) else path.rstrip("/")


def unresolved(path: str) -> str:
    """Return a local path absolute, with its links unresolved; a URL as it is."""
    return os.path.abspath(os.path.expanduser(path.removeprefix(_local.FILE))) if is_local(path) else path


def opened(path: str, mode: Literal["r", "w"]) -> AbstractContextManager[IO[str]]:
    """Open a text file on a disk or behind a URL."""
    if is_local(path):
        return open(path, mode, encoding="utf-8")
    files: Any = importlib.import_module("fsspec")
    file: AbstractContextManager[IO[str]] = files.open(path, mode, encoding="utf-8")
    return file


def exists(path: str) -> bool:
    """Return whether a checkpoint is at *path*; True if the file system fails to answer."""
    if is_local(path):
        return os.path.exists(path)
    source, _, _ = _source.opened(path)
    try:
        return cast("Remote", source).exists(path)
    except OSError:
        return True


def missing(directory: str) -> list[str]:
    """Return the directories that ``os.makedirs(directory)`` would create, the deepest first."""
    found: list[str] = []
    while not os.path.lexists(directory):
        found.append(directory)
        directory = os.path.dirname(directory)
    return found


def remove_if_empty(directory: str, made: Iterable[str] = ()) -> bool:
    """Remove a run directory on a disk if it holds nothing, and return whether it is gone.

    Args:
        directory: The run directory.
        made: The directories above it that were created with it, the deepest first. They are removed if empty, too.
    """
    for path in (os.path.join(directory, CHECKPOINTS), directory):
        with contextlib.suppress(OSError):  # the directory is not empty, or does not exist
            os.rmdir(path)
    if os.path.lexists(directory):
        return False
    with contextlib.suppress(OSError):
        for path in made:
            os.rmdir(path)
    return True


def runs_like(root: str, like: RunId) -> list[RunDirectory]:
    """Return the runs in *root* that differ from *like* only in their timestamp, the newest first."""
    source, _, _ = _source.opened(root)
    names = (name.rstrip("/") for name in _listed(source, root).names)
    runs = [RunId.parse(name) for name in names if RunId.is_valid(name)]
    alike = [run for run in runs if attrs.evolve(run, timestamp=like.timestamp) == like]
    return [RunDirectory(root, run) for run in sorted(alike, reverse=True)]


@attrs.frozen
class Resumable:
    """The checkpoint of a directory that a training resumes.

    Attributes:
        path: Its path, or None if the directory holds no checkpoint to resume.
        trouble: The reason why `path` is not ``last.ckpt``; empty if it is.
        is_empty: Whether the directory holds no checkpoint at all.
    """

    path: str | None
    trouble: str
    is_empty: bool


def resumable(checkpoints: str) -> Resumable:
    """Return ``last.ckpt`` in the directory *checkpoints*; if it is unusable, the checkpoint of the highest epoch."""
    source, _, _ = _source.opened(checkpoints)
    found = _listed(source, checkpoints)
    names = {name.rstrip("/"): place for place, name in enumerate(found.names)}
    trouble = _trouble(source, found, names[LAST]) if LAST in names else f"there is no {LAST}"
    if not trouble:
        return Resumable(f"{checkpoints}/{LAST}", "", is_empty=False)
    read = [CheckpointName.parse(name) for name in names if CheckpointName.is_valid(name)]
    epochs = [name for name in read if isinstance(name, EpochCheckpoint)]
    while (name := furthest(epochs)) is not None:
        if not _trouble(source, found, names[str(name)]):
            return Resumable(f"{checkpoints}/{name}", trouble, is_empty=False)
        epochs.remove(name)
    return Resumable(None, trouble, is_empty=not read)


def _trouble(source: Source, found: Folder, place: int) -> str:
    """Return the reason why the entry at *place* cannot be loaded; empty if no problem was found."""
    name = found.names[place]
    link = found.links.get(name)
    if link is not None and link.is_dead:
        return f"{name} is a dead link to {link.target}"
    if name.endswith("/"):
        return ""
    size = source.measure(found, place)[0]
    if (link is None and size == 0) or (link is not None and link.is_empty):
        return f"{name} is empty"
    return f"{name} is cut off" if is_local(found.path) and _is_cut_off(f"{found.path}/{name}") else ""


def _is_cut_off(path: str) -> bool:
    """Return whether a file begins like a ZIP archive, as checkpoints of torch do, but lacks the end of one."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"PK\3\4" and not zipfile.is_zipfile(file)
    except OSError:
        return False


def _listed(source: Source, path: str) -> Folder:
    """Return the entries of a folder; an empty `Folder` if it does not exist."""
    try:
        return source.folder(path)
    except (FileNotFoundError, NotADirectoryError):
        return Folder(path, ())


def run_directory_of(checkpoints: str | None) -> str | None:
    """Return the parent of *checkpoints*, or None if *checkpoints* is not named ``checkpoints``."""
    head, tail = os.path.split(checkpoints or "")
    return head if tail == CHECKPOINTS else None


def run_of(checkpoints: str | None) -> RunId | None:
    """Return the run whose checkpoints are in *checkpoints*; None for a path that the scheme does not name."""
    name = os.path.basename(run_directory_of(checkpoints) or "")
    return RunId.parse(name) if RunId.is_valid(name) else None


def places_around(path: str) -> list[str]:
    """Return the paths of the directory that holds the checkpoint *path*, if a run has its checkpoints there.

    A path over links gives two, resolved and unresolved.
    """
    if not is_local(path):
        candidates = [path.rpartition("/")[0]]
    else:
        directory = os.path.dirname(unresolved(path))
        candidates = [os.path.realpath(directory), directory]  # either the target or the link may have the run's name
    return [candidate for candidate in dict.fromkeys(candidates) if run_of(candidate) is not None]


def root_of(checkpoints: str) -> str:
    """Return the root of the run whose checkpoints are in the directory *checkpoints*."""
    return absolute(os.path.dirname(os.path.dirname(checkpoints)))
