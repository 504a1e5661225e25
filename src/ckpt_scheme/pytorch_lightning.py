"""Checkpoints of ``pytorch_lightning`` under the names of the scheme.

`SchemeCheckpoint` is a `pytorch_lightning.callbacks.ModelCheckpoint` whose files, and the folder they are in, are
named by the scheme; `scheme_checkpoints` returns the usual pair of them. ``docs/lightning.md`` is the guide.

Importing this module loads neither torch nor Lightning; the first use of a name does. Where Lightning is not installed
that use raises an `ImportError` which says what to install. So does `hasattr`: the class is there, it only cannot be
had, and a program that took False for an answer would train without checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckpt_scheme._lightning.for_pytorch_lightning import SchemeCheckpoint, scheme_checkpoints

__all__ = ["SchemeCheckpoint", "scheme_checkpoints"]


if not TYPE_CHECKING:  # a checker that sees this function takes any misspelt name for an object

    def __getattr__(name: str) -> object:
        from ckpt_scheme._lightning import door  # noqa: PLC0415 - loaded on first use, like what it imports

        value = door.open_door(__name__, name, __all__)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
