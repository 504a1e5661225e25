"""The folder of a run, on a disk or behind a URL: choose it, find it again, remove it."""

from __future__ import annotations

import contextlib
import importlib
import os
from datetime import timedelta
from typing import Any, Final

import attrs

from ckpt_scheme._grammar import CHECKPOINTS
from ckpt_scheme._lightning.names import LAST
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

_FILE: Final = "file://"
_SECOND: Final = timedelta(seconds=1)


def is_local(path: str) -> bool:
    """Return whether *path* is on a disk."""
    return "://" not in path or path.startswith(_FILE)


def absolute(path: str) -> str:
    """Return *path* as Lightning holds local ones: absolute, without links; a URL as it is."""
    return os.path.realpath(os.path.expanduser(path.removeprefix(_FILE))) if is_local(path) else path.rstrip("/")


def claim(root: str, run: RunId) -> RunDirectory:
    """Return the first free run directory, of *run* or of one of the seconds after it, made so that nobody else has it.

    Behind a URL nothing can be claimed: there, the directory is free at this moment, and not made.

    Args:
        root: As `absolute` returns it.
        run: The run.

    Raises:
        OSError: If the directory cannot be made.
    """
    if is_local(root):
        os.makedirs(root, exist_ok=True)
    while True:
        directory = RunDirectory(root, run)
        if not is_local(root):
            if not _exists(str(directory)):
                return directory
        else:
            with contextlib.suppress(FileExistsError):
                os.mkdir(directory)
                return directory
        run = attrs.evolve(run, timestamp=run.timestamp + _SECOND)


def remove_if_empty(directory: str) -> bool:
    """Remove a run directory on a disk if it holds nothing, and return whether it is gone."""
    for path in (os.path.join(directory, CHECKPOINTS), directory):
        with contextlib.suppress(OSError):  # it holds something, or is not there
            os.rmdir(path)
    return not os.path.lexists(directory)


def newest_last(root: str, like: RunId) -> str | None:
    """Return the path of the newest run's ``last.ckpt``, of those below *root* that differ from *like* in time only."""
    runs = [run for run in _runs_in(root) if attrs.evolve(run, timestamp=like.timestamp) == like]
    for run in sorted(runs, key=RunId.sort_key, reverse=True):
        path = f"{RunDirectory(root, run).checkpoints}/{LAST}"
        if _exists(path):
            return path
    return None


def run_directory_of(checkpoints: str | None) -> str | None:
    """Return the directory that has *checkpoints* as its directory ``checkpoints``, or None."""
    head, tail = os.path.split(checkpoints or "")
    return head if tail == CHECKPOINTS else None


def run_of(checkpoints: str | None) -> RunId | None:
    """Return the run whose checkpoints are in *checkpoints*, None where that is not the layout of the scheme."""
    name = os.path.basename(run_directory_of(checkpoints) or "")
    return RunId.parse(name) if RunId.is_valid(name) else None


def checkpoints_around(path: str) -> str | None:
    """Return the directory that the checkpoint *path* is in, if a run has its checkpoints there, else None."""
    if not is_local(path):
        candidates = [path.rpartition("/")[0]]
    else:
        directory = os.path.dirname(os.path.abspath(os.path.expanduser(path.removeprefix(_FILE))))
        candidates = [os.path.realpath(directory), directory]  # a run may be stored elsewhere, under a link of its name
    return next((candidate for candidate in candidates if run_of(candidate) is not None), None)


def _runs_in(root: str) -> list[RunId]:
    if not is_local(root):
        files, inside = _remote(root)
        names = [os.path.basename(path.rstrip("/")) for path in files.ls(inside, detail=False)] if _exists(root) else []
    else:
        names = os.listdir(root) if os.path.isdir(root) else []
    return [RunId.parse(name) for name in names if RunId.is_valid(name)]


def _exists(path: str) -> bool:
    if is_local(path):
        return os.path.exists(path)
    files, inside = _remote(path)
    return bool(files.exists(inside))


def _remote(url: str) -> tuple[Any, str]:
    """Return the file system behind *url*, and what *url* is called there; fsspec comes with Lightning."""
    files, inside = importlib.import_module("fsspec.core").url_to_fs(url)
    return files, inside
