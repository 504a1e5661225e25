"""Stand-ins for the frameworks of the adapters, so that the reference needs none of them.

Each attribute of a stand-in is a class, which may be a base class, a part of a union or a constructor.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, final

FRAMEWORKS: Final = frozenset((
    "duckdb", "etils", "hydra", "jax", "lightning", "numpy", "omegaconf", "orbax", "polars", "pyarrow", "pyspark",
    "pytorch_lightning", "torch",
))  # fmt: skip


@final
class _ClassType(type):
    def __getattr__(cls, name: str) -> type:
        if name.startswith("__") or "_is_stand_in" not in cls.__dict__:  # a class derived from one is real
            raise AttributeError(name)
        return _made(name, cls.__module__)


def _made(name: str, module: str) -> type:
    def accept(self: object, *arguments: object, **options: object) -> None:
        """Take any arguments."""

    return _ClassType(name, (), {"__module__": module, "_is_stand_in": True, "__init__": accept})


class _Module(ModuleType):
    __version__ = "999.0"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        vars(self)["__version__"] = self.__version__

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a class
        if name.startswith("__"):
            raise AttributeError(name)
        vars(self)[name] = _made(name, self.__name__)
        return vars(self)[name]


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002 - the protocol
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in FRAMEWORKS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: the module is complete."""


def install() -> None:
    """Let stand-ins be imported in place of the frameworks, installed or not."""
    sys.meta_path.insert(0, _Finder())
