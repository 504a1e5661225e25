"""`load`: the classes behind `ckpt_scheme.lightning` and `ckpt_scheme.pytorch_lightning`, imported on first use."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import Final, NamedTuple


class Adapter(NamedTuple):
    """The private module that a public one imports on first use.

    Attributes:
        private: The name of the private module.
        framework: The package that it needs.
        extra: The requirement that installs the framework.
    """

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
    """Return the object that the public module *module* exports as *name*.

    Args:
        module: A key of `ADAPTERS`.
        name: The name of the object.
        names: The names that the module exports.

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
