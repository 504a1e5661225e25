"""The entry point that Hypothesis calls when it is imported, so that ``st.from_type(RunId)`` works."""

from __future__ import annotations

import functools
from typing import Any, Final

_STRATEGIES: Final = {
    "RunId": "run_ids",
    "RunArchive": "run_archives",
    "Metric": "metrics",
    "CheckpointName": "checkpoint_names",
    "EpochCheckpoint": "epoch_checkpoints",
    "BestCheckpoint": "best_checkpoints",
    "LastCheckpoint": "last_checkpoints",
    "RunDirectory": "run_directories",
    "CheckpointPath": "checkpoint_paths",
}
"""The function in `ckpt_scheme.strategies` for each class."""


def register() -> None:
    """Register the strategy of each value. `ckpt_scheme.strategies` is loaded when a test draws from it."""
    from hypothesis import strategies as st  # noqa: PLC0415 - only Hypothesis calls this

    import ckpt_scheme  # noqa: PLC0415 - the same

    for name, function in _STRATEGIES.items():
        st.register_type_strategy(getattr(ckpt_scheme, name), functools.partial(_strategy, function))


def _strategy(function: str, _cls: type) -> Any:  # noqa: ANN401 - a strategy; its class is not loaded here
    from ckpt_scheme import strategies  # noqa: PLC0415 - Hypothesis is still being loaded when it loads this module

    return getattr(strategies, function)()
