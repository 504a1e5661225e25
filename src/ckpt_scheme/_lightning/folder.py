"""The folder of a run, on a disk or behind a URL: choose it, find it again, remove it. The adapter's only file access."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from pathlib import Path
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
    if not is_local(path):
        return path.rstrip("/")
    return os.path.realpath(Path(path.removeprefix(_FILE)).expanduser())


def claim(root: str, run: RunId) -> RunDirectory:
    """Return the first free run directory, *run* or one of the seconds after it, made so that nobody else has it.

    Behind a URL nothing can be claimed: there, the directory is free at this moment and not made.

    Raises:
        OSError: If the directory cannot be made.
    """
    if is_local(root):
        Path(root).mkdir(parents=True, exist_ok=True)
    while True:
        directory = RunDirectory(root, run)
        if is_local(root):
            with contextlib.suppress(FileExistsError):
                Path(directory).mkdir()
                return directory
        elif not _exists(str(directory)):
            return directory
        run = attrs.evolve(run, timestamp=run.timestamp + _SECOND)


def remove_if_empty(directory: str) -> bool:
    """Remove a local run directory that holds nothing, and return whether it is gone."""
    with contextlib.suppress(OSError):  # it is not there, or it is not empty
        (Path(directory) / CHECKPOINTS).rmdir()
    with contextlib.suppress(OSError):
        Path(directory).rmdir()
    return not os.path.lexists(directory)


def newest_last(root: str, like: RunId) -> str | None:
    """Return the path of ``last.ckpt`` in the newest run below *root* that has one and is named as *like*, but for the time."""
    runs = [run for run in _runs(root) if attrs.evolve(run, timestamp=like.timestamp) == like]
    for run in sorted(runs, key=RunId.sort_key, reverse=True):
        path = f"{RunDirectory(root, run).checkpoints}/{LAST}"
        if _exists(path):
            return path
    return None


def run_directory_of(checkpoints: str | None) -> str | None:
    """Return the directory that has *checkpoints* as its directory for checkpoints, or None."""
    if not checkpoints:
        return None
    head, tail = os.path.split(checkpoints)
    return head if tail == CHECKPOINTS else None


def run_of(checkpoints: str | None) -> RunId | None:
    """Return the run whose checkpoints are in *checkpoints*, None where its directory has another name."""
    directory = run_directory_of(checkpoints)
    name = "" if directory is None else os.path.split(directory)[1]
    return RunId.parse(name) if RunId.is_valid(name) else None


def checkpoints_around(path: str) -> str | None:
    """Return the directory that *path* is in if a run has its checkpoints there, else None."""
    if not is_local(path):
        directory = path.rpartition("/")[0]
        return None if run_of(directory) is None else directory
    directory = os.path.dirname(os.path.abspath(path.removeprefix(_FILE)))  # noqa: PTH100, PTH120 - links are followed next
    for candidate in (os.path.realpath(directory), directory):
        if run_of(candidate) is not None:
            return candidate
    return None


def _runs(root: str) -> list[RunId]:
    if is_local(root):
        try:
            names = os.listdir(root)  # noqa: PTH208 - only names are wanted
        except OSError:  # there is no such directory yet
            names = []
    else:
        files, inside = _remote(root)
        names = [entry.rstrip("/").rpartition("/")[2] for entry in files.ls(inside, detail=False)] if files.exists(inside) else []
    return [RunId.parse(name) for name in names if RunId.is_valid(name)]


def _exists(path: str) -> bool:
    if is_local(path):
        return Path(path).exists()
    files, inside = _remote(path)
    return bool(files.exists(inside))


def _remote(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # noqa: PLC0415 - comes with Lightning, and few have remote roots

    files, inside = url_to_fs(url)
    return files, inside
