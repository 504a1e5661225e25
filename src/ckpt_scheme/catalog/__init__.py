"""The runs and the checkpoints below a folder, in a bucket or in a listing, as records.

`scan` yields a `Run` for each run, with a `Checkpoint` for each checkpoint in it: the framework that wrote them, the
size, the latest and the best checkpoint, and each name that looks like weights but that no format reads. It opens no
file and follows no symlink into a folder.

Examples:
    >>> from ckpt_scheme import catalog
    >>> listing = catalog.Listing.from_names(["ocr-dbnet_training_20251015_120000/checkpoints/last.ckpt", "notes.txt"])
    >>> [(run.run.tag, run.latest.checkpoint.path) for run in catalog.scan(listing)]
    [('ocr', 'ocr-dbnet_training_20251015_120000/checkpoints/last.ckpt')]
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast, overload

from ckpt_scheme import _coerce
from ckpt_scheme.catalog import _source
from ckpt_scheme.catalog._evidence import identify as _identify
from ckpt_scheme.catalog._folder import EntryType, OnError
from ckpt_scheme.catalog._json import SCHEMA_VERSION, from_json, to_json
from ckpt_scheme.catalog._listing import Entry, Listing, ListingForm
from ckpt_scheme.catalog._model import (
    Checkpoint,
    CheckpointFlag,
    Choice,
    FormatEvidence,
    MetricRange,
    Run,
    RunWarning,
    Status,
    WarningKind,
)
from ckpt_scheme.catalog._rows import COLUMNS, CatalogForm, Column, ColumnType, Exported, rows
from ckpt_scheme.catalog._scan import Scan
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.legacy import REGISTRY, Identification, Registry
from ckpt_scheme.run_id import RunId

__all__ = [
    "COLUMNS",
    "SCHEMA_VERSION",
    "CatalogForm",
    "Checkpoint",
    "CheckpointFlag",
    "Choice",
    "Column",
    "ColumnType",
    "Entry",
    "EntryType",
    "Exported",
    "FormatEvidence",
    "Listing",
    "ListingForm",
    "MetricRange",
    "OnError",
    "Run",
    "RunWarning",
    "Status",
    "WarningKind",
    "claim",
    "export",
    "from_json",
    "identify",
    "scan",
    "to_arrow",
    "to_json",
]


def scan(
    root: str | os.PathLike[str] | Listing,
    *,
    recursive: bool = True,
    framework: str | None = None,
    registry: Registry | None = None,
    on_error: OnError | None = None,
) -> Iterator[Run]:
    """Yield the runs below *root*, each when the scan has left its folder, in the order of their paths.

    A checkpoint is a file, a folder or a symlink whose name ends in ``.ckpt``, in any case, or that a format reads as a
    whole checkpoint. A folder with a plain name, such as ``1000`` or ``last``, counts only if other names support it.

    Args:
        root: A folder, a URL that fsspec knows, such as ``s3://team/outputs`` (extra ``remote``), or a `Listing`.
        recursive: Whether to enter folders. Without it the sizes of checkpoint folders are not known.
        framework: The framework that wrote the names, if it is known. Names that only other frameworks write are left
            out, except canonical names beside its own.
        registry: The formats to read names in; `ckpt_scheme.legacy.REGISTRY` by default.
        on_error: Called with each path that cannot be read and the reason, and the scan goes on. Without it the scan
            raises the first error.

    Raises:
        FieldError: If *root* is no path, or no file system is known for its URL.
        OperationError: If a file system needs a package that is not installed.
        OSError: If a folder cannot be read and *on_error* is not given.
        UnknownFrameworkError: If *registry* has no format of *framework*.
    """
    registry = registry or REGISTRY
    registry.check_framework(framework)
    on_error = on_error or _raise
    try:
        source, path, location = _source.opened(root)
    except OSError as error:  # the working directory is gone
        on_error(os.fspath(cast("str", root)), error)
        return iter(())
    return Scan(source, path, location, registry, framework, on_error, recursive=recursive).runs()


def identify(root: str | os.PathLike[str] | Listing, *, registry: Registry | None = None) -> Identification:
    """Return the framework that wrote the names in the folder *root* and in its ``checkpoints``, with the evidence.

    If the names do not decide, those in the first undecided folder count too.

    Args:
        root: As for `scan`.
        registry: As for `scan`.

    Raises:
        FieldError: As for `scan`.
        OperationError: As for `scan`.
        OSError: If a folder cannot be read.
    """
    source, path, _ = _source.opened(root)
    return _identify(source.folder(path), registry or REGISTRY, source.folder)


@overload
def claim(root: str | os.PathLike[str], run: RunId) -> RunDirectory: ...
@overload
def claim(
    root: str | os.PathLike[str], *, tag: str, model: str, phase: str = ..., timestamp: datetime | None = ...
) -> RunDirectory: ...
def claim(
    root: str | os.PathLike[str],
    run: RunId | None = None,
    *,
    tag: str | None = None,
    model: str | None = None,
    phase: str = "training",
    timestamp: datetime | None = None,
) -> RunDirectory:
    """Return the first free run directory, that of *run* or of one of the seconds after it.

    On a disk the directory and its ``checkpoints`` are made, so that no other process gets it, and *root* if it is
    missing. Behind a URL nothing is made, because a bucket has no folders: the directory is free at this moment only.

    Args:
        root: The folder that runs are in, or a URL that fsspec knows (extra ``remote``).
        run: The run. Without it, the other arguments describe the run.
        tag: The tag of the run (CKS-010).
        model: ``"<architecture>"`` or ``"<architecture>-<encoder>"`` (CKS-010, CKS-011).
        phase: The purpose of the run (CKS-012).
        timestamp: The start of the run, a naive `datetime` in whole seconds (CKS-013); None is the present second.

    Raises:
        FieldError: If *root* is no path or no file system is known for its URL, *run* is no `RunId`, or another
            argument cannot be a field of a run id.
        OperationError: If the folders of all later seconds exist, or fsspec is not installed.
        OSError: If the folder cannot be made.

    Examples:
        >>> import tempfile
        >>> from ckpt_scheme import RunId
        >>> run = RunId.parse("ocr-dbnet_training_20251015_120000")
        >>> with tempfile.TemporaryDirectory() as root:
        ...     [str(claim(root, run).run) for _ in range(2)]
        ['ocr-dbnet_training_20251015_120000', 'ocr-dbnet_training_20251015_120001']
        >>> with tempfile.TemporaryDirectory() as root:
        ...     claim(root, tag="ocr", model="dbnet-resnet18").run.model
        'dbnet-resnet18'
    """
    from ckpt_scheme.catalog import _claim  # noqa: PLC0415 - most programs make no folder

    if run is None:
        run = _claim.described(tag, model, phase, timestamp)
    return _claim.claimed(_coerce.path_text("root", root, requirement=None), run)


def to_arrow(runs: Iterable[Run]) -> Any:  # noqa: ANN401 - pyarrow carries no types
    """Return the checkpoints of *runs* as a ``pyarrow.RecordBatchReader``, one row a checkpoint.

    Its columns are `COLUMNS`. It makes the rows while it is read, so it takes the memory of one batch and can be read
    once. DuckDB, Polars and every other reader of the Arrow C stream interface accept it; ``read_all()`` makes a table.

    Args:
        runs: The runs, as `scan` yields them.

    Raises:
        OperationError: If pyarrow is not installed (extra ``arrow``).
    """
    from ckpt_scheme.catalog import _arrow  # noqa: PLC0415 - most programs export nothing

    return _arrow.reader_of(rows(runs))


def export(
    runs: Iterable[Run],
    path: str | os.PathLike[str],
    *,
    roots: Iterable[str],
    form: CatalogForm | None = None,
    unreadable: Iterable[str] = (),
) -> Exported:
    """Write the checkpoints of *runs* to a file, one row a checkpoint, in the columns of `COLUMNS`.

    If a catalog is at *path*, its rows of *roots* and below them are replaced, and all others stay. The new file
    replaces the old file when it is complete; an error leaves the old file unchanged.

    Args:
        runs: The runs, as `scan` yields them. Scan an absolute root, so that a later export recognizes the rows.
        path: The file. A symlink is followed.
        roots: The roots of the scans that *runs* come from.
        form: The form of the file; by default the ending of *path* decides.
        unreadable: The paths that could not be read. Rows below them stay. They are read after *runs*, so *on_error* of
            `scan` may collect them.

    Raises:
        FieldError: If *path* has another ending and *form* is not given.
        OperationError: If the file at *path* is no catalog, or pyarrow is not installed.
        OSError: If the file cannot be written.
    """
    from ckpt_scheme.catalog import _export  # noqa: PLC0415 - as above

    return _export.exported(runs, _coerce.path_text("path", path, requirement=None), roots, form, unreadable)


def _raise(_path: str, error: Exception) -> None:
    raise error
