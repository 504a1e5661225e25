"""What `ckpt_scheme.lightning` and `ckpt_scheme.pytorch_lightning` do when one of their names is first used."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import Final, NamedTuple


class Behind(NamedTuple):
    """What is behind a door: a private module, the framework it needs, and what to install to have that."""

    private: str
    framework: str
    extra: str


BEHIND: Final = {
    "ckpt_scheme.lightning": Behind("for_lightning", "lightning.pytorch", "ckpt-scheme[lightning]"),
    "ckpt_scheme.pytorch_lightning": Behind(
        "for_pytorch_lightning", "pytorch_lightning", "ckpt-scheme[pytorch-lightning]"
    ),
}


def open_door(module: str, name: str, names: Collection[str]) -> object:
    """Return what *module*, one of the two public modules, offers as *name*, one of *names*.

    Raises:
        AttributeError: If the module offers no such name.
        ImportError: If the framework is not installed.
    """
    if name not in names:
        message = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(message)
    private, framework, extra = BEHIND[module]
    try:
        behind = importlib.import_module(f"ckpt_scheme._lightning.{private}")
    except ModuleNotFoundError as error:
        # A module that an installed framework fails to find is another matter, and its own message says which.
        if f"{framework}.".startswith(f"{error.name}.") or error.name == "torch":
            message = f"{module}.{name} needs {framework} 2.0 or newer: pip install '{extra}'"
            raise ImportError(message, name=error.name) from error
        raise
    return getattr(behind, name)
