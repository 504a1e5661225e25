"""Readers for the names that other frameworks and programs write. Nothing here writes such names.

A name has *readings*, one for each format that accepts it. `decode` returns the reading that is certain. It raises if a
name has several usual readings, or if other programs share the spelling. A canonical name has exactly one reading, for
no legacy format accepts it (CKS-060).

Examples:
    >>> from ckpt_scheme import legacy
    >>> record = legacy.decode("epoch_epoch_22_step_step_001932_20251009_015037.ckpt")
    >>> record.framework, record.format, record.epoch, record.step
    ('ocr-project', 'doubled', 22, 1932)
    >>> str(legacy.upgrade(record))
    'epoch-22_step-001932.ckpt'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckpt_scheme.legacy._field_types import FieldType
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Entry, Kind, Prior, Reading, Recency
from ckpt_scheme.legacy._registry import Registry

if TYPE_CHECKING:
    from ckpt_scheme.legacy._builtin import REGISTRY, decode, identify, readings
    from ckpt_scheme.legacy._identification import Candidate, Evidence, Identification
    from ckpt_scheme.legacy._upgrade import upgrade, upgrade_losses

__all__ = [
    "CANONICAL",
    "CHECKPOINT_KINDS",
    "REGISTRY",
    "Candidate",
    "Entry",
    "Evidence",
    "FieldType",
    "Format",
    "Identification",
    "Kind",
    "Prior",
    "Reading",
    "Recency",
    "Registry",
    "decode",
    "identify",
    "readings",
    "upgrade",
    "upgrade_losses",
]

if not TYPE_CHECKING:  # a type checker that sees this function accepts any misspelt name

    def __getattr__(name: str) -> object:
        """Load a function or the class of its result on first use: most programs need few of them."""
        if name in {"REGISTRY", "decode", "identify", "readings"}:
            from ckpt_scheme.legacy import _builtin as module  # noqa: PLC0415 - see above
        elif name in {"Candidate", "Evidence", "Identification"}:
            from ckpt_scheme.legacy import _identification as module  # noqa: PLC0415 - see above
        elif name in {"upgrade", "upgrade_losses"}:
            from ckpt_scheme.legacy import _upgrade as module  # noqa: PLC0415 - see above
        else:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        value: object = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
