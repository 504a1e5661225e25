"""`claim`: a run folder that no other process has."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import attrs

from ckpt_scheme.catalog import _local
from ckpt_scheme.errors import OperationError
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

_SECOND: Final = timedelta(seconds=1)


def claimed(root: str, run: RunId) -> RunDirectory:
    """Make or choose the folder of a run; see `ckpt_scheme.catalog.claim`."""
    if _local.is_url(root):
        from ckpt_scheme.catalog import _remote  # noqa: PLC0415 - only URLs need fsspec

        directory = RunDirectory(root.rstrip("/"), run)
        source = _remote.opened(root)
        while source.exists(str(directory)):
            directory = _a_second_later(directory)
        return directory
    path = root.removeprefix(_local.FILE)
    directory = RunDirectory(path.rstrip("/") or path, run)
    Path(path).mkdir(parents=True, exist_ok=True)
    while True:
        try:
            Path(directory).mkdir()  # of several processes, one makes it
        except FileExistsError:
            directory = _a_second_later(directory)
        else:
            Path(directory.checkpoints).mkdir(exist_ok=True)
            return directory


def _a_second_later(directory: RunDirectory) -> RunDirectory:
    try:
        later = directory.run.timestamp + _SECOND
    except OverflowError:
        raise OperationError(f"{directory} is taken, and there is no later second") from None
    return attrs.evolve(directory, run=attrs.evolve(directory.run, timestamp=later))
