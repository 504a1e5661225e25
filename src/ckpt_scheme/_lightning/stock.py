"""Lightning as the adapter sees it, for type checkers: it is written for all releases and imports none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

Trainer: TypeAlias = Any
Module: TypeAlias = Any
Tensor: TypeAlias = Any

if TYPE_CHECKING:

    class Stock:
        """The part of ``ModelCheckpoint`` that the adapter extends, the same in every release from 2.0 on."""

        CHECKPOINT_NAME_LAST: str
        auto_insert_metric_name: bool
        best_k_models: Any
        best_model_path: str
        dirpath: Any
        monitor: str | None

        def __init__(self, **stock: Any) -> None: ...  # noqa: ANN401 - they differ between releases
        @property
        def state_key(self) -> str: ...
        def setup(self, trainer: Trainer, pl_module: Module, stage: str) -> None: ...
        def teardown(self, trainer: Trainer, pl_module: Module, stage: str) -> None: ...
        def on_fit_start(self, trainer: Trainer, pl_module: Module) -> None: ...
        def on_load_checkpoint(self, trainer: Trainer, pl_module: Module, checkpoint: dict[str, Any]) -> None: ...
        def on_exception(self, trainer: Trainer, pl_module: Module, exception: BaseException) -> None: ...
        def on_train_end(self, trainer: Trainer, pl_module: Module) -> None: ...
        def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...
        def check_monitor_top_k(self, trainer: Trainer, current: Tensor = None) -> bool: ...
        def file_exists(self, filepath: Any, trainer: Trainer) -> bool: ...  # noqa: ANN401 - a str or a Path
        def _find_last_checkpoints(self, trainer: Trainer) -> set[str]: ...
        def _monitor_candidates(self, trainer: Trainer) -> dict[str, Tensor]: ...
        def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None: ...

else:
    Stock = object
