"""The folder of a run, on a disk or behind a URL: find it again, remove it."""

from __future__ import annotations

import contextlib
import os

import attrs

from ckpt_scheme._grammar import CHECKPOINTS
from ckpt_scheme._lightning.names import LAST
from ckpt_scheme.catalog import _local, _source
from ckpt_scheme.catalog._folder import Folder, Source
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId


def is_local(path: str) -> bool:
    """Return whether *path* is on a disk."""
    return not _local.is_url(path)


def absolute(path: str) -> str:
    """Return *path* as Lightning holds local ones: absolute, without links; a URL as it is."""
    return os.path.realpath(os.path.expanduser(path.removeprefix(_local.FILE))) if is_local(path) else path.rstrip("/")


def remove_if_empty(directory: str) -> bool:
    """Remove a run directory on a disk if it holds nothing, and return whether it is gone."""
    for path in (os.path.join(directory, CHECKPOINTS), directory):
        with contextlib.suppress(OSError):  # it holds something, or is not there
            os.rmdir(path)
    return not os.path.lexists(directory)


def newest_last(root: str, like: RunId) -> str | None:
    """Return the path of the newest run's ``last.ckpt``, of those below *root* that differ from *like* in time only."""
    source, _, _ = _source.opened(root)
    names = (name.rstrip("/") for name in _listed(source, root).names)
    runs = [RunId.parse(name) for name in names if RunId.is_valid(name)]
    alike = [run for run in runs if attrs.evolve(run, timestamp=like.timestamp) == like]
    for run in sorted(alike, key=RunId.sort_key, reverse=True):
        checkpoints = RunDirectory(root, run).checkpoints
        found = _listed(source, checkpoints)
        link = found.links.get(LAST)
        if LAST in found.names and not (link is not None and link.is_dead):
            return f"{checkpoints}/{LAST}"
    return None


def _listed(source: Source, path: str) -> Folder:
    """Return the entries of a folder; none if it is not there."""
    try:
        return source.folder(path)
    except (FileNotFoundError, NotADirectoryError):
        return Folder(path, ())


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
        directory = os.path.dirname(os.path.abspath(os.path.expanduser(path.removeprefix(_local.FILE))))
        candidates = [os.path.realpath(directory), directory]  # a run may be stored elsewhere, under a link of its name
    return next((candidate for candidate in candidates if run_of(candidate) is not None), None)
