"""Checkpoints of ``lightning.pytorch`` under the names of the scheme.

`SchemeCheckpoint` is a `lightning.pytorch.callbacks.ModelCheckpoint` that names its files and their run directory by
the scheme. `scheme_checkpoints` returns the usual pair of them. ``docs/lightning.md`` is the guide.

Importing this module loads neither torch nor Lightning; the first use of a name does. Without Lightning that use raises
an `ImportError` with the command to install it. `hasattr` raises it too: with the answer False a program might train
without checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckpt_scheme._lightning.for_lightning import SchemeCheckpoint, scheme_checkpoints

__all__ = ["SchemeCheckpoint", "scheme_checkpoints"]


if not TYPE_CHECKING:  # a type checker that sees this function accepts any misspelt name

    def __getattr__(name: str) -> object:
        from ckpt_scheme._lightning import lazy_import  # noqa: PLC0415 - loaded on first use, like the framework

        value = lazy_import.load(__name__, name, __all__)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
