"""`TracksBest`: the class that decides which values deserve a checkpoint, and which file Lightning removes for it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from ckpt_scheme._lightning import folder
from ckpt_scheme._lightning.lightning_types import Tensor, Trainer
from ckpt_scheme._lightning.names import Kind
from ckpt_scheme._lightning.resuming import Resumes


class TracksBest(Resumes):
    """A callback that saves finite values only, keeps the checkpoint it resumed, and forgets files that are removed."""

    kind: Kind

    _written: frozenset[str] = frozenset()  # the files in `best_k_models` that the last check found on the disk

    def check_monitor_top_k(self, trainer: Trainer, current: Tensor = None) -> bool:
        """Return whether a value deserves a checkpoint; kind ``"best"`` saves finite values only."""
        if self.save_top_k > 0 and not self._is_raising():
            self._forget(self._removed(trainer))
        if self.kind == "best":
            is_finite = current is not None and math.isfinite(current)
            if self._has_peers(trainer):
                is_finite = trainer.strategy.reduce_boolean_decision(is_finite)
            if not is_finite:
                return False
        is_in_top_k = super().check_monitor_top_k(trainer, current)
        if is_in_top_k and len(self.best_k_models) == self.save_top_k:
            self._spare_resumed(trainer)
        return is_in_top_k

    def _is_raising(self) -> bool:
        return self._identity is not None and self._identity.is_raising

    def _has_peers(self, trainer: Trainer) -> bool:
        """Return whether other ranks reach this point too; after an exception they may not."""
        return bool(trainer.world_size > 1) and not self._is_raising()

    def _removed(self, trainer: Trainer) -> Collection[str]:
        """Return the files in `best_k_models` that were on the disk and are gone."""
        removed: list[str] = []
        if trainer.is_global_zero:
            # A thread may still have to write a file that was never there.
            there = frozenset(path for path in self.best_k_models if folder.exists(path))
            removed = [path for path in self.best_k_models if path in self._written - there]
            self._written = there
        if self._has_peers(trainer):
            removed = trainer.strategy.broadcast(removed)
        return removed

    def _forget(self, removed: Collection[str]) -> None:
        for path in removed:
            self.best_k_models.pop(path, None)
        if self.best_model_path in removed:
            best_of = max if self.mode == "max" else min
            self.best_model_path = best_of(self.best_k_models, key=self.best_k_models.__getitem__, default="")
            self.best_model_score = self.best_k_models.get(self.best_model_path)

    def _spare_resumed(self, trainer: Trainer) -> None:
        """Keep Lightning from removing the checkpoint that the training has resumed.

        Lightning itself spares it on a disk only, and not in 2.0.
        """
        if self._is_resumed(trainer, self.kth_best_model_path):
            self.best_k_models.pop(self.kth_best_model_path, None)

    @staticmethod
    def _is_resumed(trainer: Trainer, path: str) -> bool:
        resumed = trainer.ckpt_path
        return resumed is not None and bool(path) and folder.unresolved(path) == folder.unresolved(str(resumed))

    def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None:
        super()._save_checkpoint(trainer, filepath)
        if filepath in self.best_k_models and trainer.is_global_zero and folder.exists(filepath):
            self._written |= {filepath}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state from the checkpoint, except to validate, test or predict."""
        super().load_state_dict(state_dict)
        self._written = frozenset(self.best_k_models)
        trainer = None if self._identity is None else self._identity.trainer()
        is_fit = trainer is not None and self._stage == "fit"
        if is_fit and self.monitor is None and self._is_resumed(trainer, self.best_model_path):
            self.best_model_path = ""  # behind a URL, Lightning would remove this file at the next save
