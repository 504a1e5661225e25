"""`claimed` makes a run folder that no other process uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs

from ckpt_scheme._fields import model_labels
from ckpt_scheme.catalog import _local
from ckpt_scheme.errors import OperationError
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

_SECOND: Final = timedelta(seconds=1)


def described(tag: Any, model: object, phase: str, timestamp: datetime | None) -> RunId:  # noqa: ANN401 - RunId checks
    """Return the run id of the given fields; *model* is ``<architecture>[-<encoder>]``.

    Raises:
        FieldError: If a value cannot be that field; nothing is changed to make it fit (CKS-003).
    """
    architecture, encoder = model_labels(model)
    return RunId(
        tag=tag,
        architecture=architecture,
        encoder=encoder,
        phase=phase,
        timestamp=present_second() if timestamp is None else timestamp,
    )


def present_second() -> datetime:
    """Return the local time in whole seconds, which is the start of a run that begins now (CKS-013)."""
    return datetime.now().replace(microsecond=0)  # noqa: DTZ005 - CKS-013 asks for a naive time


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
    while True:
        Path(path).mkdir(parents=True, exist_ok=True)
        try:
            Path(directory).mkdir()  # succeeds in one process only
        except FileExistsError:
            directory = _a_second_later(directory)
        except FileNotFoundError:
            continue  # another process has removed the root, which its run had left empty
        else:
            Path(directory.checkpoints).mkdir(exist_ok=True)
            return directory


def _a_second_later(directory: RunDirectory) -> RunDirectory:
    try:
        later = directory.run.timestamp + _SECOND
    except OverflowError:
        raise OperationError(f"{directory} is taken, and there is no later second") from None
    return attrs.evolve(directory, run=attrs.evolve(directory.run, timestamp=later))
