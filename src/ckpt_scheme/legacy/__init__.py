"""Names that are not in the grammar: what projects and frameworks wrote before, read and never written.

A name has *readings*, one for each format that accepts it. `decode` returns the only one; where there are several,
nothing is guessed. A canonical name has one reading, its own: no legacy format accepts a canonical name (CKS-060).

Examples:
    >>> from ckpt_scheme import legacy
    >>> record = legacy.decode("epoch_epoch_22_step_step_001932_20251009_015037.ckpt")
    >>> record.framework, record.format, record.epoch, record.step
    ('ocr-project', 'doubled', 22, 1932)
    >>> str(legacy.upgrade(record))
    'epoch-22_step-001932.ckpt'
"""

from __future__ import annotations

from typing import Final

from ckpt_scheme.legacy._families import FORMATS
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._identify import Candidate, Evidence, Identification
from ckpt_scheme.legacy._reading import CANONICAL, CHECKPOINT_KINDS, Entry, Kind, Reading, Recency
from ckpt_scheme.legacy._registry import Registry
from ckpt_scheme.legacy._upgrade import upgrade

__all__ = [
    "CANONICAL",
    "CHECKPOINT_KINDS",
    "REGISTRY",
    "Candidate",
    "Entry",
    "Evidence",
    "Format",
    "Identification",
    "Kind",
    "Reading",
    "Recency",
    "Registry",
    "decode",
    "identify",
    "readings",
    "upgrade",
]

REGISTRY: Final = Registry(FORMATS)
"""All formats that the library knows."""

readings = REGISTRY.readings
decode = REGISTRY.decode
identify = REGISTRY.identify
