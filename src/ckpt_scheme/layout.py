"""`RunDirectory` and `CheckpointPath`: the paths of the scheme, as text. No function touches a disk."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final, TypeAlias, final

import attrs

from ckpt_scheme import _coerce, _fields, _grammar, _match, checkpoint_name, run_id
from ckpt_scheme._value import TextValue, diagnosis
from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    CheckpointName,
    EpochCheckpoint,
    LastCheckpoint,
    SortKey,
)
from ckpt_scheme.errors import FieldError, NameSyntaxError
from ckpt_scheme.run_id import RunId

__all__ = ["CheckpointPath", "PathSortKey", "RunDirectory"]

PathSortKey: TypeAlias = tuple[tuple[datetime, str], SortKey, str]


def _run(value: RunId) -> RunId:
    if isinstance(value, RunId):
        return value
    raise FieldError("run", value, "a RunId", None, "CKS-030")


def _name(value: AnyCheckpoint) -> AnyCheckpoint:
    if isinstance(value, CheckpointName):
        return value
    raise FieldError("name", value, "an EpochCheckpoint, a BestCheckpoint or a LastCheckpoint", None, "CKS-030")


_NAME_TYPES: Final = (EpochCheckpoint, BestCheckpoint, LastCheckpoint)
_DIRECTORY_CONVERTERS: Final[_fields.Converters] = {"root": _fields.root, "run": _run}
_PATH_CONVERTERS: Final[_fields.Converters] = {**_DIRECTORY_CONVERTERS, "name": _name}


@final
@attrs.frozen(weakref_slot=False, order=False, getstate_setstate=False)
class RunDirectory(TextValue):
    """The directory of a run, ``[<root>/]<run id>``, with the paths of its three subdirectories.

    It is an `os.PathLike`, so functions that take a path accept it.

    Args:
        root: The parent of the run directory, a path or a URL prefix, kept as it is (CKS-034), or None.
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

    _REGEX = rf"(?:{_grammar.ROOT}/)?{_grammar.RUN_ID}"

    root: str | None = attrs.field(converter=_fields.root)
    run: RunId

    def __attrs_post_init__(self) -> None:
        if not (_fields.is_root(self.root) and type(self.run) is RunId):
            _fields.convert_fields(self, _DIRECTORY_CONVERTERS)

    @property
    def checkpoints(self) -> str:
        """The directory of the run's checkpoints (CKS-030)."""
        return f"{self.format()}/{_grammar.CHECKPOINTS}"

    @property
    def logs(self) -> str:
        """The directory for the run's logs (CKS-032)."""
        return f"{self.format()}/{_grammar.LOGS}"

    @property
    def submissions(self) -> str:
        """The directory for the results that the run hands out (CKS-032)."""
        return f"{self.format()}/{_grammar.SUBMISSIONS}"

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> RunDirectory:
        """Parse *text*; the inverse of `format`.

        Raises:
            NameSyntaxError: If *text* is not a run id, with or without a root before it (CKS-006, CKS-031); a path that
                ends in ``/`` is refused too.
        """
        text = _coerce.path_text("run directory", text, NameSyntaxError)
        directory = _read_directory(text)
        if directory is None:
            raise diagnosis().run_directory(text)
        return directory

    @classmethod
    def is_valid(cls, text: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        plain = _coerce.path_text_or_none(text)
        return plain is not None and _read_directory(plain) is not None

    def format(self) -> str:
        """Return the text of the path; the inverse of `parse` (CKS-004, CKS-008)."""
        return self.run.format() if self.root is None else f"{self.root}/{self.run.format()}"

    __str__ = __fspath__ = format

    def sort_key(self) -> tuple[tuple[datetime, str], str]:
        """Return a key that orders directories by their run, then by their root (CKS-041)."""
        return self.run.sort_key(), self.root or ""


@final
@attrs.frozen(weakref_slot=False, order=False, getstate_setstate=False)
class CheckpointPath(TextValue):
    """The path of a checkpoint: ``[<root>/]<run id>/checkpoints/<checkpoint name>``.

    It is an `os.PathLike`, so functions that take a path accept it.

    Args:
        root: The parent of the run directory, a path or a URL prefix, kept as it is (CKS-034), or None.
        run: The run.
        name: The checkpoint's name.

    Raises:
        FieldError: If *root* is empty, holds NUL or is no text, or *run* or *name* is of another type.

    Examples:
        >>> path = CheckpointPath.parse("outputs/ocr-dbnet_training_20251015_120000/checkpoints/last.ckpt")
        >>> path.root, path.run.tag, path.name
        ('outputs', 'ocr', LastCheckpoint())
    """

    _REGEX = _grammar.CHECKPOINT_PATH

    root: str | None = attrs.field(converter=_fields.root)
    run: RunId
    name: AnyCheckpoint

    def __attrs_post_init__(self) -> None:
        is_exact = type(self.run) is RunId and type(self.name) in _NAME_TYPES  # type: ignore[redundant-expr]  # see _fields
        if not (is_exact and _fields.is_root(self.root)):
            _fields.convert_fields(self, _PATH_CONVERTERS)

    @property
    def directory(self) -> RunDirectory:
        """The directory of the checkpoint's run."""
        return RunDirectory(self.root, self.run)

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> CheckpointPath:
        """Parse *text*; the inverse of `format`.

        Args:
            text: A `str` or an `os.PathLike`, with ``/`` between its parts.

        Raises:
            NameSyntaxError: If *text* is not a checkpoint path (CKS-006, CKS-030, CKS-031); a path that ends in ``/``
                is refused too.
        """
        if type(text) is not str:
            text = _coerce.path_text("checkpoint path", text, NameSyntaxError)
        result = _read(text)
        if result is None:
            raise diagnosis().checkpoint_path(text)
        return result

    @classmethod
    def is_valid(cls, text: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        plain = text if type(text) is str else _coerce.path_text_or_none(text)
        return plain is not None and _read(plain) is not None

    def format(self) -> str:
        """Return the text of the path; the inverse of `parse` (CKS-004, CKS-008)."""
        tail = f"{self.run.format()}/{_grammar.CHECKPOINTS}/{self.name.format()}"
        return tail if self.root is None else f"{self.root}/{tail}"

    __str__ = __fspath__ = format

    def sort_key(self) -> PathSortKey:
        """Return a key that orders paths by their run, then by their name, then by their root (CKS-046)."""
        return self.run.sort_key(), self.name.sort_key(), self.root or ""


_PathDraft: Final = _match.draft_of(CheckpointPath)


def _read(text: str) -> CheckpointPath | None:
    """Return the path with this *text*, or None. Scans call it, for most of their texts are no paths of checkpoints."""
    # `pathlib` would take as long to split the path as both parsers take together.
    head, _, last = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    if folder != _grammar.CHECKPOINTS:
        return None
    name = checkpoint_name._read(last)
    if name is None:
        return None
    root, slash, run_text = directory.rpartition("/")
    run = run_id._read(run_text)
    if run is None or (slash and (not root or "\0" in root)):
        return None
    return _made(root or None, run, name)


def _made(root: str | None, run: RunId, name: AnyCheckpoint) -> CheckpointPath:
    """Return the path of valid parts, without checking them again."""
    draft = _PathDraft()
    draft.root = root
    draft.run = run
    draft.name = name
    draft.__class__ = CheckpointPath
    path: CheckpointPath = draft
    return path


def _read_directory(text: str) -> RunDirectory | None:
    root, slash, last = text.rpartition("/")
    run = run_id._read(last)
    if run is None or (slash and (not root or "\0" in root)):
        return None
    return RunDirectory(root or None, run)
