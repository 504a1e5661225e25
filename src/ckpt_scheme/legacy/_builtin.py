"""`REGISTRY`: the formats of the package, and the functions that read names in them. It is loaded on first use."""

from __future__ import annotations

from typing import Final

from ckpt_scheme.legacy._package_formats import PackageFormats
from ckpt_scheme.legacy._registry import Registry

__all__ = ["REGISTRY", "decode", "identify", "readings"]

REGISTRY: Final[Registry] = Registry(PackageFormats())
"""All formats that the library knows."""

readings = REGISTRY.readings
decode = REGISTRY.decode
identify = REGISTRY.identify
