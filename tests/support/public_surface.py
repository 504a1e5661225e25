"""The public surface of the library as text: each name with its signature, one line each.

``python tests/support/public_surface.py`` writes ``tests/meta/public_surface.txt``, which is reviewed: a change of the
API is a visible change of that file.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

import ckpt_scheme

FILE: Final = Path(__file__).parents[1] / "meta" / "public_surface.txt"

# They need a framework that may be missing.
ADAPTERS: Final = {"ckpt_scheme.hydra", "ckpt_scheme.lightning", "ckpt_scheme.pytorch_lightning"}


def public_modules() -> list[str]:
    """Return the modules whose path has no part with a leading underscore."""
    found = pkgutil.walk_packages(ckpt_scheme.__path__, "ckpt_scheme.")
    names = [module.name for module in found if not any(part.startswith("_") for part in module.name.split("."))]
    return ["ckpt_scheme", *sorted(set(names) - ADAPTERS)]


def surface() -> str:
    """Return the public surface, sorted."""
    lines = [line for name in public_modules() for line in _module(name)]
    return "\n".join(lines) + "\n"


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"\n{name}"
    for public in sorted(module.__all__):
        yield from _described(public, getattr(module, public), name)


def _described(name: str, value: Any, module: str) -> Iterator[str]:  # noqa: ANN401 - any public object
    home = getattr(value, "__module__", None)
    if inspect.ismodule(value):
        yield f"  {name}: module"
    elif module == "ckpt_scheme" and home in public_modules() and home != module and hasattr(value, "__name__"):
        yield f"  {name}: see {home}"
    elif inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"  class {name}({bases}){_signature(value)}"
        for member, found in sorted(vars(value).items()):
            if not member.startswith("_"):
                yield from _member(member, found)
    elif inspect.isroutine(value):
        yield f"  def {name}{_signature(value)}"
    else:
        shown = repr(value)
        is_told = len(shown) < 100 and " at 0x" not in shown and not attrs.has(type(value))
        yield f"  {name}: {shown if is_told else type(value).__name__}"


def _member(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any member of a class
    if isinstance(value, classmethod):
        yield f"    classmethod {name}{_signature(value.__func__)}"
    elif isinstance(value, property):
        yield f"    property {name}"
    elif inspect.isfunction(value):
        yield f"    def {name}{_signature(value)}"
    elif inspect.ismemberdescriptor(value):
        yield f"    {name}"


def _signature(value: Any) -> str:  # noqa: ANN401 - any callable
    try:
        return str(inspect.signature(value))
    except ValueError:
        return "(...)"


if __name__ == "__main__":
    FILE.write_text(surface(), encoding="utf-8")
