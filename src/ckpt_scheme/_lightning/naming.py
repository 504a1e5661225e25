"""`SchemeNaming`: the class that names the checkpoints, and the constructor of the adapter.

The adapter extends three private methods of Lightning: `_find_last_checkpoints`, `_monitor_candidates` and
`_save_checkpoint`. In a release that lacks one of them the adapter still works, and loses one safeguard.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final, Literal

from ckpt_scheme._lightning import names
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.lightning_types import Module, Tensor, Trainer
from ckpt_scheme._lightning.names import Kind
from ckpt_scheme._lightning.requested import requested_run
from ckpt_scheme._lightning.tracking import TracksBest
from ckpt_scheme.checkpoint_name import Metric
from ckpt_scheme.errors import FieldError

_SAFE_LINKS: Final = (2, 6)


def has_safe_links(framework: ModuleType) -> bool:
    """Return whether ``save_last="link"`` is safe in this release; before 2.6 the link may come to lead to itself."""
    version = str(vars(framework)["__version__"])
    return tuple(map(int, version.split(".")[:2])) >= _SAFE_LINKS


class SchemeNaming(TracksBest):
    """A ``ModelCheckpoint`` whose run directory and checkpoints are named by the scheme.

    The callback chooses ``<root>/<tag>-<model>_<phase>_<YYYYMMDD>_<HHMMSS>/checkpoints/`` when a fit begins. It writes
    one kind of names there, ``best-<metric>-<value>.ckpt`` or
    ``epoch-<epoch>_step-<step>[_<metric>-<value>].ckpt``, and ``last.ckpt`` if *save_last* is set.

    Args:
        root: The directory or URL that the run directory is in; None: ``"outputs"``.
        experiment_tag: The run's tag; ``EXPERIMENT_TAG`` in the environment beats it. None: ``"experiment"``.
        model: ``"<architecture>"`` or ``"<architecture>-<encoder>"``; None: read from the LightningModule.
        phase: The purpose of the run; None: ``"training"``.
        kind: ``"best"`` or ``"epoch"``; None: ``"best"`` if there is a *monitor*.
        timestamp: The start of the run, ``YYYYMMDD_HHMMSS``; None: now. The next free second if it is taken.
        run_dir: The run directory; None: the callback chooses one.
        continue_run: Whether a training that resumes a checkpoint continues in the run directory of that checkpoint. A
            run of another root, tag, model, phase or job than the given ones is never continued.
        job: The job of a sweep; None: the job that Hydra, Ray, W&B or SLURM reports.
        metric_label: The name of the metric; None: derived from *monitor* by `Metric.from_logged`.
        dirpath: The exact directory of the checkpoints, instead of a run directory.
        filename: None; the scheme names the files.
        monitor: The key of the logged metric that ranks the checkpoints.
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        save_top_k: The number of checkpoints to keep; -1: all, 0: none.
        save_last: Whether to write ``last.ckpt`` too; ``"link"`` makes it a link, if that is safe (from 2.6 on).
        auto_insert_metric_name: Whether names of epochs state the metric.
        **kwargs: The other arguments of ``ModelCheckpoint`` in the release that is installed.

    Raises:
        FieldError: If a name cannot hold an argument; no argument is changed to make it fit.
        TypeError: If *filename* is given.
    """

    kind: Kind

    _has_safe_links: ClassVar[bool]

    def __init__(
        self,
        *,
        root: str | Path | None = None,
        experiment_tag: str | None = None,
        model: str | None = None,
        phase: str | None = None,
        kind: Literal["best", "epoch"] | None = None,
        timestamp: str | None = None,
        run_dir: str | Path | None = None,
        continue_run: bool = True,
        job: str | int | None = None,
        metric_label: str | None = None,
        dirpath: str | Path | None = None,
        filename: None = None,
        monitor: str | None = None,
        mode: str = "min",
        save_top_k: int = 1,
        save_last: bool | Literal["link"] | None = None,
        auto_insert_metric_name: bool = True,
        **kwargs: Any,  # noqa: ANN401 - they differ between releases
    ) -> None:
        if filename is not None:
            raise TypeError(f"filename={filename!r}: the scheme names the files; use kind='best' or kind='epoch'")
        self.kind = names.kind_of(kind, monitor)
        self._metric_label = metric_label
        self._label = names.label_of(monitor, metric_label)
        self._has_warned = False
        self._requested = requested_run(
            root=root,
            experiment_tag=experiment_tag,
            model=model,
            phase=phase,
            timestamp=timestamp,
            run_dir=run_dir,
            job=job,
            dirpath=dirpath,
            continues=continue_run,
        )
        own: dict[str, Any] = {
            "dirpath": self._requested.dirpath,
            "monitor": monitor,
            "mode": mode,
            "save_top_k": save_top_k,
            "save_last": True if save_last == "link" and not self._has_safe_links else save_last,
            "auto_insert_metric_name": auto_insert_metric_name,
        }
        self._parent_arguments = {**own, **kwargs}
        super().__init__(**own, **kwargs)  # LightningCLI reads this call to find the arguments that Lightning takes
        if self.kind == "best" and save_last:
            warnings.warn(
                "save_last with kind='best': from Lightning 2.6 on, last.ckpt is then as old as the last best"
                " checkpoint. Let a callback of kind='epoch' write it, as scheme_checkpoints() does.",
                stacklevel=2,
            )
        if monitor is not None and self._label is None:
            self._warn(f"monitor={monitor!r} holds no letter or digit for a name: give metric_label")

    @classmethod
    def usual_pair(
        cls,
        *,
        monitor: str,
        mode: str = "min",
        save_top_k: int = 1,
        keep_epochs: int = 1,
        save_last: bool | Literal["link"] = True,
        metric_label: str | None = None,
        **shared: Any,  # noqa: ANN401 - the arguments of the constructor
    ) -> list[Any]:
        """Return the usual pair of callbacks: one for the best checkpoints, and one for epochs and ``last.ckpt``.

        The callback for the best comes first, because Lightning resolves ``ckpt_path="best"`` by the first callback.

        Args:
            monitor: The key of the logged metric that ranks the best checkpoints.
            mode: ``"min"`` if less is better, ``"max"`` if more is.
            save_top_k: The number of best checkpoints to keep; -1: all.
            keep_epochs: The number of epochs to keep: 1 for the newest, -1 for all, 0 for none.
            save_last: Whether to write ``last.ckpt``; ``"link"`` makes it a link to the newest epoch.
            metric_label: The name of the metric; None: derived from *monitor*.
            **shared: The other arguments of `SchemeCheckpoint`, for both.

        Returns:
            Two callbacks of this class. Its type is a list of `Any`, since type checkers refuse a list of a subclass as
            a list of callbacks.
        """
        return [
            cls(kind="best", monitor=monitor, mode=mode, save_top_k=save_top_k, metric_label=metric_label, **shared),
            cls(kind="epoch", save_top_k=keep_epochs, save_last=save_last, **shared),
        ]

    def setup(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Choose the folder, and give distinct labels to its metrics."""
        super().setup(trainer, pl_module, stage)
        if self._stage == "fit":
            self._label = self._label_among(trainer)

    def _label_among(self, trainer: Trainer) -> str | None:
        own = names.label_of(self.monitor, self._metric_label)
        labels = {
            str(callback.monitor): names.label_of(callback.monitor, callback._metric_label)
            for callback in self._in_same_folder(trainer)
            if callback.monitor is not None
        }
        alike = [monitor for monitor, label in labels.items() if label == own]
        if own is None or len(alike) < 2:  # noqa: PLR2004 - two metrics
            return own
        label = own if self._metric_label is not None else names.distinct_label(str(self.monitor), alike)
        self._warn_once(
            trainer, f"{' and '.join(alike)} have one label, {own}: {self.monitor} gets {label}. Give metric_label"
        )
        return label

    def _in_same_folder(self, trainer: Trainer) -> Iterator[SchemeNaming]:
        ours = (callback for callback in trainer.checkpoint_callbacks if isinstance(callback, SchemeNaming))
        return (callback for callback in ours if callback is self or self._shares_folder_with(callback))

    def _shares_folder_with(self, other: SchemeNaming) -> bool:
        is_shared = not (other._requested.is_outside_run or self._requested.is_outside_run)
        return is_shared or other._requested.dirpath == self._requested.dirpath

    @property
    def state_key(self) -> str:
        """The key of the callback's state in a checkpoint, distinct for each kind."""
        return f"{super().state_key}[{self.kind}]"

    def format_checkpoint_name(
        self, metrics: dict[str, Tensor], filename: str | None = None, ver: int | None = None, prefix: str | None = None
    ) -> str:
        """Return the path of a checkpoint.

        Args:
            metrics: The logged metrics, and ``epoch`` and ``step``. In training the Trainer's counters replace the two.
            filename: None, or `CHECKPOINT_NAME_LAST`.
            ver: The version, if the path without it is taken; ``last.ckpt`` has no version.
            prefix: None.

        Raises:
            TypeError: If *filename* or *prefix* is another text.
            FieldError: If *metrics* lack the epoch or the step outside of a training.
        """
        if prefix or (filename and filename != self.CHECKPOINT_NAME_LAST):
            raise TypeError(f"filename={filename!r}, prefix={prefix!r}: the scheme names the files")
        name = names.LAST if filename else self._name(metrics, ver)
        return os.path.join(self.dirpath, name) if self.dirpath else name

    def _name(self, metrics: dict[str, Tensor], version: int | None) -> str:
        is_raising = self._is_raising()
        if self.kind == "best" and not is_raising:
            return names.best_name(self._metric(metrics), version)
        trainer = self._identity.trainer() if self._identity is not None and self._stage == "fit" else None
        epoch: Tensor = metrics.get("epoch")
        step: Tensor = metrics.get("step")
        if trainer is not None:  # the user's module may log other values under these keys
            epoch, step = trainer.current_epoch, trainer.global_step
        # An exception comes after the metric was measured, so the metric is not that of this step.
        metric = self._metric(metrics) if self.auto_insert_metric_name and not is_raising else None
        return names.epoch_name(epoch, step, metric, version)

    def _metric(self, metrics: dict[str, Tensor]) -> Metric | None:
        value = None if self.monitor is None else metrics.get(self.monitor)
        try:
            return names.metric_of(self._label, None if value is None else float(value))
        except FieldError as error:
            self._warn(f"{self.monitor!r} is left out of the checkpoint's name: {error}")
            return None

    def _warn(self, message: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(message, stacklevel=3)

    def file_exists(self, filepath: str | Path, trainer: Trainer) -> bool:
        """Return whether a name is taken, also by a file still to be written; ``last.ckpt`` is never taken."""
        path = os.fspath(filepath)
        if os.path.basename(path) == names.LAST:
            return False
        return path in self.best_k_models or super().file_exists(filepath, trainer)

    def _monitor_candidates(self, trainer: Trainer) -> dict[str, Tensor]:
        candidates = super()._monitor_candidates(trainer)
        # The value is in the file name, so ranks with different values would record different files.
        if self.monitor is not None and self._has_peers(trainer):
            own = candidates.get(self.monitor)
            value = trainer.strategy.broadcast(None if own is None else float(own))
            if value is None:
                candidates.pop(self.monitor, None)
            else:
                candidates[self.monitor] = candidates["step"].float().fill_(value)
        return candidates

    def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None:
        # A link of an earlier run leads to a checkpoint, which writing through the link would overwrite.
        if trainer.is_global_zero and os.path.islink(filepath):
            os.unlink(filepath)
        super()._save_checkpoint(trainer, filepath)
        identity = Identity.of(trainer)
        identity.has_saved = True
        identity.heartbeat()

    def on_train_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save ``last.ckpt`` if Lightning would, except in a ``fast_dev_run``."""
        if not trainer.fast_dev_run:
            super().on_train_end(trainer, pl_module)
