"""`RunId`: the name of a run directory."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, final

import attrs

from ckpt_scheme import _fields, _grammar

_TWO_DIGITS: Final = _grammar.TWO_DIGITS


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class RunId:
    """The name of a run directory: ``<tag>-<architecture>[-<encoder>]_<phase>_<YYYYMMDD>_<HHMMSS>``.

    Equal run ids have equal text and sort by `sort_key`. Change a copy with `attrs.evolve`.

    Args:
        tag: What the run is called; 1 to 64 ASCII letters, digits and ``_``, a letter or digit first (CKS-010).
        architecture: The model's architecture; spelt like a tag (CKS-010).
        encoder: The model's encoder, which may also hold ``-``, or None if it has none (CKS-011).
        phase: What the run does, such as ``"training"``; up to 32 ASCII letters, digits and ``-`` (CKS-012).
        timestamp: When the run started: a naive `datetime` in whole seconds, years 1 to 9999 (CKS-013).

    Raises:
        FieldError: If a value cannot be that field; nothing is changed to make it fit (CKS-003).

    Examples:
        >>> from datetime import datetime
        >>> run = RunId(tag="ocr_baseline_v1", architecture="dbnet", encoder="resnet18", phase="training",
        ...             timestamp=datetime(2025, 10, 15, 12))
        >>> str(run)
        'ocr_baseline_v1-dbnet-resnet18_training_20251015_120000'
        >>> RunId.parse(str(run)) == run
        True
    """

    tag: str = attrs.field(converter=_fields.tag)
    architecture: str = attrs.field(converter=_fields.architecture)
    encoder: str | None = attrs.field(default=None, converter=_fields.encoder)
    phase: str = attrs.field(converter=_fields.phase)
    timestamp: datetime = attrs.field(converter=_fields.timestamp)

    @property
    def model(self) -> str:
        """The architecture and, if there is one, the encoder: ``<architecture>[-<encoder>]``."""
        return self.architecture if self.encoder is None else f"{self.architecture}-{self.encoder}"

    @classmethod
    def parse(cls, text: str) -> RunId:
        """Parse *text*; the inverse of `format`.

        Args:
            text: The last component of a run directory's path, nothing before or after it.

        Returns:
            The run id whose `format` is *text*, to the letter.

        Raises:
            NameSyntaxError: If *text* is not a run id (CKS-001, CKS-002).
        """
        run = read(text)
        if run is None:
            from ckpt_scheme import _diagnose  # noqa: PLC0415 - its patterns cost import time and only errors need them

            raise _diagnose.run_id(text)
        return run

    @classmethod
    def is_valid(cls, text: str) -> bool:
        """Return whether `parse` would accept *text*; never raises."""
        try:  # most of what a scan asks ends here, at no further call
            if _grammar.match_run_id(text, 0, _TOO_LONG) is None:
                return False
        except TypeError:  # not a str
            return False
        return read(text) is not None

    def format(self) -> str:
        """Return the text of the name; the inverse of `parse` (CKS-004)."""
        time, two = self.timestamp, _TWO_DIGITS
        year = time.year
        if self.encoder is None:
            return (
                f"{self.tag}-{self.architecture}_{self.phase}_"
                f"{two[year // 100]}{two[year % 100]}{two[time.month]}{two[time.day]}"
                f"_{two[time.hour]}{two[time.minute]}{two[time.second]}"
            )
        return (
            f"{self.tag}-{self.architecture}-{self.encoder}_{self.phase}_"
            f"{two[year // 100]}{two[year % 100]}{two[time.month]}{two[time.day]}"
            f"_{two[time.hour]}{two[time.minute]}{two[time.second]}"
        )

    __str__ = format

    def sort_key(self) -> tuple[datetime, str]:
        """Return a key that orders runs by their start, then by their text (CKS-041)."""
        return self.timestamp, self.format()


# The fast door. attrs' own constructor would check again what the match has proved, at twice the cost. A draft has the
# same slots and no lock; filled, it becomes the frozen class, as CPython allows for equal layouts.


class _Draft:
    __slots__ = ("architecture", "encoder", "phase", "tag", "timestamp")


_from_iso: Final = datetime.fromisoformat
_MAX_LABEL: Final = _grammar.MAX_LABEL
_TOO_LONG: Final = _grammar.MAX_RUN_ID + 1


def read(text: str) -> RunId | None:
    """Return the run id that *text* spells, or None: `RunId.parse` for scans, which mostly refuse."""
    try:
        # Past the longest run id nothing is looked at: what matches up to there has a label that is too long. Without
        # this bound, a megabyte of "a_a_a_" would have the match remember each of its underscores.
        match = _grammar.match_run_id(text, 0, _TOO_LONG)
    except TypeError:  # not a str
        return None
    if match is None:
        return None
    draft: Any = _Draft()
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
