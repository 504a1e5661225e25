"""`load`: the classes behind `ckpt_scheme.lightning` and `ckpt_scheme.pytorch_lightning`, imported on first use."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import Final, NamedTuple


class Adapter(NamedTuple):
    """The private module behind a public module, the framework that it needs, and the requirement to install."""

    private: str
    framework: str
    extra: str


ADAPTERS: Final = {
    "ckpt_scheme.lightning": Adapter("for_lightning", "lightning.pytorch", "ckpt-scheme[lightning]"),
    "ckpt_scheme.pytorch_lightning": Adapter(
        "for_pytorch_lightning", "pytorch_lightning", "ckpt-scheme[pytorch-lightning]"
    ),
}


def load(module: str, name: str, names: Collection[str]) -> object:
    """Return the object *name* of *module*, a key of `ADAPTERS` that exports *names*.

    Raises:
        AttributeError: If *names* does not hold *name*.
        ImportError: If the framework is not installed.
    """
    if name not in names:
        message = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(message)
    private, framework, extra = ADAPTERS[module]
    try:
        adapter = importlib.import_module(f"ckpt_scheme._lightning.{private}")
    except ModuleNotFoundError as error:
        # If an installed framework lacks a dependency, the framework's own message is the better one.
        if f"{framework}.".startswith(f"{error.name}.") or error.name == "torch":
            message = f"{module}.{name} needs {framework} 2.0 or newer: pip install '{extra}'"
            raise ImportError(message, name=error.name) from error
        raise
    return getattr(adapter, name)
