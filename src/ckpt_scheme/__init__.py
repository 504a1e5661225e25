"""The naming scheme for machine-learning checkpoints: format, parse, glob and decode their names.

`RunId` names a run directory, `CheckpointName` a checkpoint in it, `CheckpointPath` both. The grammar they implement is
in ``docs/spec.md``; the modules `ckpt_scheme.patterns`, `ckpt_scheme.selection`, `ckpt_scheme.legacy` and
`ckpt_scheme.conformance` load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ckpt_scheme._fields import sanitize_label
from ckpt_scheme._grammar import SPEC_VERSION
from ckpt_scheme.checkpoint_name import BestCheckpoint, CheckpointName, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.errors import AmbiguousNameError, FieldError, NameSyntaxError, SchemeError, UnknownFormatError
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme import conformance, legacy, patterns, selection
    from ckpt_scheme.layout import CheckpointPath, RunDirectory
    from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
    from ckpt_scheme.selection import best, group_by_run, latest

__all__ = [
    "ANY",
    "SPEC_VERSION",
    "AmbiguousNameError",
    "BestCheckpoint",
    "CheckpointName",
    "CheckpointPath",
    "CheckpointPattern",
    "EpochCheckpoint",
    "FieldError",
    "LastCheckpoint",
    "Metric",
    "NameSyntaxError",
    "PathPattern",
    "RunDirectory",
    "RunId",
    "RunPattern",
    "SchemeError",
    "UnknownFormatError",
    "__version__",
    "best",
    "conformance",
    "group_by_run",
    "latest",
    "legacy",
    "patterns",
    "sanitize_label",
    "selection",
]

__version__ = "0.1.0"

# What takes time to import and is not needed to read a name; `None` stands for the module itself.
_LAZY: Final = {
    "ANY": "patterns",
    "CheckpointPath": "layout",
    "CheckpointPattern": "patterns",
    "PathPattern": "patterns",
    "RunDirectory": "layout",
    "RunPattern": "patterns",
    "best": "selection",
    "conformance": None,
    "group_by_run": "selection",
    "latest": "selection",
    "legacy": None,
    "patterns": None,
    "selection": None,
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415 - loaded on first use, like what it imports

    module = _LAZY[name]
    value: object = importlib.import_module(f"{__name__}.{module or name}")
    if module is not None:
        value = getattr(value, name)
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
