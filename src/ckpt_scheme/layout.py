"""`RunDirectory` and `CheckpointPath`: where the scheme puts things. Pure text over ``/``; no disk is touched."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, TypeAlias, final

import attrs

from ckpt_scheme import _fields, _grammar, checkpoint_name, run_id
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName, SortKey
from ckpt_scheme.errors import FieldError, NameSyntaxError
from ckpt_scheme.run_id import RunId

PathSortKey: TypeAlias = tuple[tuple[datetime, str], SortKey, str]


def _is_run(_instance: object, _attribute: attrs.Attribute[RunId], value: object) -> None:
    if not isinstance(value, RunId):
        raise FieldError("run", value, "a RunId", None, "CKS-030")


def _is_name(_instance: object, _attribute: attrs.Attribute[AnyCheckpoint], value: object) -> None:
    if not isinstance(value, CheckpointName):
        raise FieldError("name", value, "an EpochCheckpoint, a BestCheckpoint or a LastCheckpoint", None, "CKS-030")


@final
@attrs.frozen(weakref_slot=False)
class RunDirectory:
    """The directory of a run, ``[<root>/]<run id>``, and the three that the scheme has in it.

    An `os.PathLike`, so it goes wherever a path does.

    Args:
        root: What the run directory is in, any path or URL prefix, kept as it is; None for a relative path (CKS-031).
        run: The run.

    Raises:
        FieldError: If *root* is empty, holds NUL or is no text, or *run* is no `RunId`.

    Examples:
        >>> directory = RunDirectory.parse("s3://team/outputs/ocr-dbnet_training_20251015_120000")
        >>> directory.run.architecture
        'dbnet'
        >>> directory.checkpoints
        's3://team/outputs/ocr-dbnet_training_20251015_120000/checkpoints'
    """

    root: str | None = attrs.field(converter=_fields.root)
    run: RunId = attrs.field(validator=_is_run)

    @property
    def checkpoints(self) -> str:
        """The directory that the run's checkpoints are in (CKS-030)."""
        return f"{self.format()}/{_grammar.CHECKPOINTS}"

    @property
    def logs(self) -> str:
        """The directory for the run's logs (CKS-032)."""
        return f"{self.format()}/{_grammar.LOGS}"

    @property
    def submissions(self) -> str:
        """The directory for what the run produced for others (CKS-032)."""
        return f"{self.format()}/{_grammar.SUBMISSIONS}"

    @classmethod
    def parse(cls, path: str | os.PathLike[str]) -> RunDirectory:
        """Parse *path*; the inverse of `format`.

        Raises:
            NameSyntaxError: If *path* is not a run id, with or without a root before it (CKS-001, CKS-031).
        """
        text = _fields.path_text("run directory", path, NameSyntaxError)
        directory = _read_directory(text)
        if directory is None:
            from ckpt_scheme import _diagnose  # noqa: PLC0415 - its patterns cost import time and only errors need them

            raise _diagnose.run_directory(text)
        return directory

    @classmethod
    def is_valid(cls, path: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *path*; never raises."""
        try:
            return _read_directory(_fields.path_text("run directory", path, NameSyntaxError)) is not None
        except NameSyntaxError:
            return False

    def format(self) -> str:
        """Return the text of the path; the inverse of `parse` (CKS-004)."""
        return str(self.run) if self.root is None else f"{self.root}/{self.run}"

    __str__ = __fspath__ = format


@final
@attrs.frozen(weakref_slot=False)
class CheckpointPath:
    """Where a checkpoint is: ``[<root>/]<run id>/checkpoints/<checkpoint name>``.

    An `os.PathLike`, so it goes wherever a path does.

    Args:
        root: What the run directory is in, any path or URL prefix, kept as it is; None for a relative path (CKS-031).
        run: The run.
        name: The checkpoint's name.

    Raises:
        FieldError: If *root* is empty, holds NUL or is no text, or *run* or *name* is of another type.

    Examples:
        >>> path = CheckpointPath.parse("outputs/ocr-dbnet_training_20251015_120000/checkpoints/last.ckpt")
        >>> path.root, path.run.tag, path.name
        ('outputs', 'ocr', LastCheckpoint())
    """

    root: str | None = attrs.field(converter=_fields.root)
    run: RunId = attrs.field(validator=_is_run)
    name: AnyCheckpoint = attrs.field(validator=_is_name)

    @property
    def directory(self) -> RunDirectory:
        """The directory of the checkpoint's run."""
        return RunDirectory(self.root, self.run)

    @classmethod
    def parse(cls, path: str | os.PathLike[str]) -> CheckpointPath:
        """Parse *path*; the inverse of `format`.

        Args:
            path: A `str` or an `os.PathLike`, with ``/`` between its parts.

        Raises:
            NameSyntaxError: If *path* is not a checkpoint path (CKS-001, CKS-030, CKS-031).
        """
        text = path if type(path) is str else _fields.path_text("checkpoint path", path, NameSyntaxError)
        result = read(text)
        if result is None:
            from ckpt_scheme import _diagnose  # noqa: PLC0415 - its patterns cost import time and only errors need them

            raise _diagnose.checkpoint_path(text)
        return result

    @classmethod
    def is_valid(cls, path: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *path*; never raises."""
        try:
            return read(_fields.path_text("checkpoint path", path, NameSyntaxError)) is not None
        except NameSyntaxError:
            return False

    def format(self) -> str:
        """Return the text of the path; the inverse of `parse` (CKS-004)."""
        tail = f"{self.run}/{_grammar.CHECKPOINTS}/{self.name}"
        return tail if self.root is None else f"{self.root}/{tail}"

    __str__ = __fspath__ = format

    def sort_key(self) -> PathSortKey:
        """Return a key that orders paths by their run, then by their name, then by their root (CKS-040, CKS-041)."""
        return self.run.sort_key(), self.name.sort_key(), self.root or ""


# The fast door, as in `run_id` and `checkpoint_name`. pathlib would take as long to split a path as both parsers.


class _Draft:
    __slots__ = ("name", "root", "run")


def read(text: str) -> CheckpointPath | None:
    """Return the path that *text* spells, or None: `CheckpointPath.parse` for scans, which mostly refuse."""
    head, _, last = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    if folder != _grammar.CHECKPOINTS:
        return None
    name = checkpoint_name.read(last)
    if name is None:
        return None
    root, slash, run_text = directory.rpartition("/")
    run = run_id.read(run_text)
    if run is None or (slash and (not root or "\0" in root)):
        return None
    draft: Any = _Draft()
    draft.root = root or None
    draft.run = run
    draft.name = name
    draft.__class__ = CheckpointPath
    path: CheckpointPath = draft
    return path


def _read_directory(text: str) -> RunDirectory | None:
    root, slash, last = text.rpartition("/")
    run = run_id.read(last)
    if run is None or (slash and (not root or "\0" in root)):
        return None
    return RunDirectory(root or None, run)
