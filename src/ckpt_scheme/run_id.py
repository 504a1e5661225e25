"""`RunId`: the name of a run directory, and `RunArchive`: the name of an archive of one."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme import _coerce, _fields, _grammar, _match
from ckpt_scheme._value import TextValue, diagnosis
from ckpt_scheme.errors import FieldError, NameSyntaxError

__all__ = ["Compression", "RunArchive", "RunId"]

_TWO_DIGITS: Final = _match.TWO_DIGITS

_CONVERTERS: Final[_fields.Converters] = {
    "tag": _fields.tag,
    "architecture": _fields.architecture,
    "encoder": _fields.encoder,
    "phase": _fields.phase,
    "timestamp": _fields.timestamp,
}


@final
@attrs.frozen(kw_only=True, weakref_slot=False, order=False, getstate_setstate=False)
class RunId(TextValue):
    """The name of a run directory: ``<tag>-<architecture>[-<encoder>]_<phase>_<YYYYMMDD>_<HHMMSS>``.

    Equal run ids have equal text. Run ids are ordered by their start, then by their text (CKS-041). `RunId.parse` makes
    one from text. Change a copy with `attrs.evolve`.

    Args:
        tag: The name that people give the run; 1 to 64 ASCII letters, digits and ``_``, a letter or digit first
            (CKS-010).
        architecture: The model's architecture; spelt like a tag (CKS-010).
        encoder: The model's encoder, which may also hold ``-``, or None if it has none (CKS-011).
        phase: The purpose of the run, such as ``"training"``; up to 32 ASCII letters, digits and ``-`` (CKS-012).
        timestamp: The start of the run: a naive `datetime` in whole seconds, years 1 to 9999 (CKS-013).

    Raises:
        FieldError: If a value is invalid for its field; no value is changed to make it fit (CKS-003, CKS-007).

    Examples:
        >>> from datetime import datetime
        >>> run = RunId(tag="ocr_baseline_v1", architecture="dbnet", encoder="resnet18", phase="training",
        ...             timestamp=datetime(2025, 10, 15, 12))
        >>> str(run)
        'ocr_baseline_v1-dbnet-resnet18_training_20251015_120000'
        >>> RunId.parse(str(run)) == run
        True
    """

    _REGEX = _grammar.RUN_ID

    tag: str
    architecture: str
    encoder: str | None = None
    phase: str
    timestamp: datetime

    def __attrs_post_init__(self) -> None:
        # One expression without calls of functions of this package, which would cost as much as the constructor itself.
        tag, architecture, encoder, phase, time = self.tag, self.architecture, self.encoder, self.phase, self.timestamp
        if not (
            (type(tag) is str and _match.word(tag))
            and (type(architecture) is str and _match.word(architecture))
            and (encoder is None or (type(encoder) is str and _match.encoder(encoder)))
            and (type(phase) is str and _match.phase(phase))
            and (type(time) is datetime and time.tzinfo is None and not (time.microsecond or time.fold))
        ):
            _fields.convert_fields(self, _CONVERTERS)

    @property
    def model(self) -> str:
        """The architecture and, if there is one, the encoder: ``<architecture>[-<encoder>]``."""
        return self.architecture if self.encoder is None else f"{self.architecture}-{self.encoder}"

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> RunId:
        """Parse *text*; the inverse of `format`.

        Args:
            text: The last component of a run directory's path, nothing before or after it.

        Returns:
            The run id whose `format` is *text*, to the letter.

        Raises:
            NameSyntaxError: If *text* is not a run id (CKS-006).
        """
        if type(text) is not str:
            text = _coerce.path_text("run id", text, NameSyntaxError, "CKS-001")
        run = _read(text)
        if run is None:
            raise diagnosis().run_id(text)
        return run

    @classmethod
    def is_valid(cls, text: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        plain = text if type(text) is str else _coerce.path_text_or_none(text)
        match = None if plain is None else _match.run_id(plain, 0, _END)
        if match is None:
            return False
        _, architecture, encoder, _, stamp = match.groups()
        if len(architecture) > _MAX_LABEL or (encoder is not None and len(encoder) > _MAX_LABEL):
            return False
        try:
            _from_iso(stamp)
        except ValueError:  # a day that does not exist
            return False
        return True

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        time, two = self.timestamp, _TWO_DIGITS
        year = time.year
        encoder = "" if self.encoder is None else f"-{self.encoder}"
        return (
            f"{self.tag}-{self.architecture}{encoder}_{self.phase}_"
            f"{two[year // 100]}{two[year % 100]}{two[time.month]}{two[time.day]}"
            f"_{two[time.hour]}{two[time.minute]}{two[time.second]}"
        )

    __str__ = format

    def sort_key(self) -> tuple[datetime, str]:
        """Return a key that orders runs by their start, then by their text (CKS-041)."""
        return self.timestamp, self.format()

    def __lt__(self, other: object) -> bool:
        # `sorted` compares with "<". Most runs differ in their start, and two keys cost ten times as much.
        if type(other) is RunId and self.timestamp != other.timestamp:
            return self.timestamp < other.timestamp
        return super().__lt__(other)


_from_iso: Final = datetime.fromisoformat
_MAX_LABEL: Final = _grammar.MAX_LABEL
_END: Final = _match.RUN_ID_END
_RunDraft: Final = _match.draft_of(RunId)


def _read(text: str) -> RunId | None:
    """Return the run id with this *text*, or None. Scans call it, for most of their texts are no run ids."""
    match = _match.run_id(text, 0, _END)
    if match is None:
        return None
    draft = _RunDraft()
    draft.tag, draft.architecture, draft.encoder, draft.phase, stamp = match.groups()
    if len(draft.architecture) > _MAX_LABEL or (draft.encoder is not None and len(draft.encoder) > _MAX_LABEL):
        return None
    try:
        draft.timestamp = _from_iso(stamp)
    except ValueError:  # a day that does not exist
        return None
    draft.__class__ = RunId
    run: RunId = draft
    return run


Compression: TypeAlias = Literal["gz", "zst", "xz"]
"""The compression of a run archive, as in the extension of its name."""

_COMPRESSIONS: Final[tuple[Compression, ...]] = ("gz", "zst", "xz")


def _is_run(_instance: object, _attribute: attrs.Attribute[RunId], value: object) -> None:
    if not isinstance(value, RunId):
        raise FieldError("run", value, "a RunId", None, "CKS-030")


def _as_compression(value: Compression | None) -> Compression | None:
    if value is None or (type(value) is str and value in _COMPRESSIONS):  # type: ignore[unreachable]  # a literal is a str
        return value
    for compression in _COMPRESSIONS:
        if str.__eq__(compression, value) is True:  # an instance of a subclass, such as a str Enum
            return compression
    raise FieldError("compression", value, "'gz', 'zst', 'xz' or None", None, "CKS-102")


@final
@attrs.frozen(weakref_slot=False, order=False, getstate_setstate=False)
class RunArchive(TextValue):
    """The name of an archive of a whole run: ``<run id>.tar``, ``.tar.gz``, ``.tar.zst`` or ``.tar.xz`` (CKS-037).

    Args:
        run: The run, whose directory is the only top-level entry of the archive.
        compression: ``"gz"``, ``"zst"``, ``"xz"``, or None for a plain tar file.

    Raises:
        FieldError: If *run* is no `RunId` or *compression* is another value.

    Examples:
        >>> archive = RunArchive.parse("ocr-dbnet_training_20251015_120000.tar.zst")
        >>> archive.run.tag, archive.compression
        ('ocr', 'zst')
        >>> str(RunArchive(archive.run))
        'ocr-dbnet_training_20251015_120000.tar'
    """

    _REGEX = _grammar.RUN_ARCHIVE

    run: RunId = attrs.field(validator=_is_run)
    compression: Compression | None = attrs.field(default=None, converter=_as_compression)

    def __attrs_post_init__(self) -> None:
        if _as_compression(self.compression) is not self.compression:
            _fields.convert_fields(self, {"compression": _as_compression})

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> RunArchive:
        """Parse *text*; the inverse of `format`.

        Args:
            text: The last component of an archive's path, nothing before or after it.

        Raises:
            NameSyntaxError: If *text* is not the name of a run archive (CKS-006).
        """
        text = _coerce.path_text("run archive", text, NameSyntaxError, "CKS-001")
        archive = _read_archive(text)
        if archive is None:
            raise diagnosis().run_archive(text)
        return archive

    @classmethod
    def is_valid(cls, text: str | os.PathLike[str]) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        plain = _coerce.path_text_or_none(text)
        return plain is not None and _read_archive(plain) is not None

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004, CKS-008)."""
        return f"{self.run}.tar" if self.compression is None else f"{self.run}.tar.{self.compression}"

    __str__ = format

    def sort_key(self) -> tuple[datetime, str]:
        """Return a key that orders archives like their runs, then by their text."""
        return self.run.timestamp, self.format()


def _read_archive(text: str) -> RunArchive | None:
    name, dot, ending = text.rpartition(".tar")
    if not dot or (ending and ending[1:] not in _COMPRESSIONS) or ending[:1] not in ("", "."):
        return None
    run = _read(name)
    return None if run is None else RunArchive(run, ending[1:] or None)  # type: ignore[arg-type]  # one of the words
