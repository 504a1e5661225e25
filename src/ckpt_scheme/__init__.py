"""The naming scheme for machine-learning checkpoints: format, parse, glob and decode their names.

`RunId` names a run directory, `CheckpointName` a checkpoint in it, `CheckpointPath` both. ``docs/spec.md`` defines
their grammar. The first use of a name loads its module, so the import of the package takes little time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ckpt_scheme import (
        catalog,
        checkpoint_name,
        conformance,
        errors,
        layout,
        legacy,
        lightning,
        migration,
        patterns,
        pytorch_lightning,
        retention,
        run_id,
        selection,
    )
    from ckpt_scheme._fields import LabelField, sanitize_label
    from ckpt_scheme._grammar import SPEC_VERSION
    from ckpt_scheme.checkpoint_name import (
        AnyCheckpoint,
        BestCheckpoint,
        CheckpointName,
        EpochCheckpoint,
        LastCheckpoint,
        Metric,
    )
    from ckpt_scheme.errors import (
        AmbiguousNameError,
        BusyError,
        FieldError,
        NameSyntaxError,
        OperationError,
        SchemeError,
        SelectionError,
        SelectionWarning,
        StalePlanError,
        TooManyGlobsError,
        UncertainLatestWarning,
        UnknownFormatError,
        UnknownFrameworkError,
        UnreadNameWarning,
    )
    from ckpt_scheme.layout import CheckpointPath, RunDirectory
    from ckpt_scheme.patterns import ANY, CheckpointPattern, Kind, Open, PathPattern, RunArchivePattern, RunPattern
    from ckpt_scheme.retention import keep, next_version
    from ckpt_scheme.run_id import Compression, RunArchive, RunId
    from ckpt_scheme.selection import Mode, Selectable, best, furthest, group_by_run, latest

__all__ = [
    "ANY",
    "SPEC_VERSION",
    "AmbiguousNameError",
    "AnyCheckpoint",
    "BestCheckpoint",
    "BusyError",
    "CheckpointName",
    "CheckpointPath",
    "CheckpointPattern",
    "Compression",
    "EpochCheckpoint",
    "FieldError",
    "Kind",
    "LabelField",
    "LastCheckpoint",
    "Metric",
    "Mode",
    "NameSyntaxError",
    "Open",
    "OperationError",
    "PathPattern",
    "RunArchive",
    "RunArchivePattern",
    "RunDirectory",
    "RunId",
    "RunPattern",
    "SchemeError",
    "Selectable",
    "SelectionError",
    "SelectionWarning",
    "StalePlanError",
    "TooManyGlobsError",
    "UncertainLatestWarning",
    "UnknownFormatError",
    "UnknownFrameworkError",
    "UnreadNameWarning",
    "__version__",
    "best",
    "catalog",
    "checkpoint_name",
    "conformance",
    "errors",
    "furthest",
    "group_by_run",
    "keep",
    "latest",
    "layout",
    "legacy",
    "lightning",
    "migration",
    "next_version",
    "patterns",
    "pytorch_lightning",
    "retention",
    "run_id",
    "sanitize_label",
    "selection",
]

__version__ = "0.2.0"

# The module of each name; None for a module itself.
_MODULES: Final = {
    "ANY": "patterns",
    "SPEC_VERSION": "_grammar",
    "AmbiguousNameError": "errors",
    "AnyCheckpoint": "checkpoint_name",
    "BestCheckpoint": "checkpoint_name",
    "BusyError": "errors",
    "CheckpointName": "checkpoint_name",
    "CheckpointPath": "layout",
    "CheckpointPattern": "patterns",
    "Compression": "run_id",
    "EpochCheckpoint": "checkpoint_name",
    "FieldError": "errors",
    "Kind": "patterns",
    "LabelField": "_fields",
    "LastCheckpoint": "checkpoint_name",
    "Metric": "checkpoint_name",
    "Mode": "selection",
    "NameSyntaxError": "errors",
    "Open": "patterns",
    "OperationError": "errors",
    "PathPattern": "patterns",
    "RunArchive": "run_id",
    "RunArchivePattern": "patterns",
    "RunDirectory": "layout",
    "RunId": "run_id",
    "RunPattern": "patterns",
    "SchemeError": "errors",
    "Selectable": "selection",
    "SelectionError": "errors",
    "SelectionWarning": "errors",
    "StalePlanError": "errors",
    "TooManyGlobsError": "errors",
    "UncertainLatestWarning": "errors",
    "UnknownFormatError": "errors",
    "UnknownFrameworkError": "errors",
    "UnreadNameWarning": "errors",
    "best": "selection",
    "catalog": None,
    "checkpoint_name": None,
    "conformance": None,
    "errors": None,
    "furthest": "selection",
    "group_by_run": "selection",
    "keep": "retention",
    "latest": "selection",
    "layout": None,
    "legacy": None,
    "lightning": None,
    "migration": None,
    "next_version": "retention",
    "patterns": None,
    "pytorch_lightning": None,
    "retention": None,
    "run_id": None,
    "sanitize_label": "_fields",
    "selection": None,
}


if not TYPE_CHECKING:  # a type checker that sees this function accepts any misspelt name

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        import importlib  # noqa: PLC0415 - loaded on first use, like the modules that it imports

        module = _MODULES[name]
        value: object = importlib.import_module(f"{__name__}.{module or name}")
        if module is not None:
            value = getattr(value, name)
            globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
