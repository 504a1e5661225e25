"""`REGISTRY`: the formats of the package, and the functions that read names in them. It is loaded on first use."""

from __future__ import annotations

from typing import Final

from ckpt_scheme.legacy import _data
from ckpt_scheme.legacy._declarations import formats_of
from ckpt_scheme.legacy._registry import Registry

__all__ = ["REGISTRY", "decode", "identify", "readings"]

REGISTRY: Final[Registry] = Registry(declared for content in _data.frameworks() for declared in formats_of(content))
"""All formats that the library knows."""

readings = REGISTRY.readings
decode = REGISTRY.decode
identify = REGISTRY.identify
