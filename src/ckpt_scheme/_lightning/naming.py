"""`SchemeNaming`: the half of the adapter that names the checkpoints, and the constructor of both.

Three methods of Lightning that the adapter extends are private: `_find_last_checkpoints`, `_monitor_candidates` and
`_save_checkpoint`. Each only adds safety. In a release without one of them nothing breaks and one promise is lost.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final, Literal

from ckpt_scheme._lightning import names
from ckpt_scheme._lightning.asked import asked_run
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.names import Kind
from ckpt_scheme._lightning.stock import Module, Tensor, Trainer
from ckpt_scheme._lightning.tracking import TracksBest
from ckpt_scheme.checkpoint_name import Metric
from ckpt_scheme.errors import FieldError

_SAFE_LINKS: Final = (2, 6)


def has_safe_links(framework: ModuleType) -> bool:
    """Return whether ``save_last="link"`` is safe in this release; before 2.6 the link may come to lead to itself."""
    version = str(vars(framework)["__version__"])
    return tuple(map(int, version.split(".")[:2])) >= _SAFE_LINKS


class SchemeNaming(TracksBest):
    """A ``ModelCheckpoint`` whose run folder and checkpoints are named by the scheme.

    ``<root>/<tag>-<model>_<phase>_<YYYYMMDD>_<HHMMSS>/checkpoints/`` is chosen when a fit begins. A callback writes one
    kind of names into it: ``best-<metric>-<value>.ckpt`` or ``epoch-<epoch>_step-<step>[_<metric>-<value>].ckpt``, and
    ``last.ckpt`` where *save_last* asks for it.

    Args:
        root: The directory or URL that the run folder is in; None: ``"outputs"``.
        experiment_tag: The run's tag; ``EXPERIMENT_TAG`` in the environment beats it. None: ``"experiment"``.
        model: ``"<architecture>"`` or ``"<architecture>-<encoder>"``; None: read from the LightningModule.
        phase: The purpose of the run; None: ``"training"``.
        kind: ``"best"`` or ``"epoch"``; None: ``"best"`` if there is a *monitor*.
        timestamp: When the run began, ``YYYYMMDD_HHMMSS``; None: now. The next free second if it is taken.
        run_dir: The run folder, if it is not to be chosen.
        continue_run: Whether resuming from a checkpoint in a run folder goes on in that folder. It never does if that
            run has another root, tag, model, phase or job than the ones given here.
        job: The job of a sweep that the run is of; None: as Hydra, Ray, W&B or SLURM says.
        metric_label: What the metric is called in names; None: derived from *monitor* by `Metric.from_logged`.
        dirpath: The exact folder of the checkpoints, if there is to be no run folder.
        filename: None; the scheme names the files.
        monitor: The key of the logged metric that checkpoints are chosen by.
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        save_top_k: How many to keep; -1: all, 0: none.
        save_last: Whether to write ``last.ckpt`` too; ``"link"`` makes it a link, where that is safe (from 2.6 on).
        auto_insert_metric_name: Whether names of epochs state the metric.
        **kwargs: The other arguments of ``ModelCheckpoint`` in the release that is installed.

    Raises:
        FieldError: If an argument cannot be in a name; nothing is changed to make it fit.
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
        self._asked = asked_run(
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
        stock: dict[str, Any] = {
            "dirpath": self._asked.dirpath,
            "monitor": monitor,
            "mode": mode,
            "save_top_k": save_top_k,
            "save_last": True if save_last == "link" and not self._has_safe_links else save_last,
            "auto_insert_metric_name": auto_insert_metric_name,
        }
        self._stock = {**stock, **kwargs}
        super().__init__(**stock, **kwargs)  # spelt so, LightningCLI sees which other arguments Lightning takes
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

        The best ones come first, for Lightning takes ``ckpt_path="best"`` for the best of the first callback.

        Args:
            monitor: The key of the logged metric that the best ones are best by.
            mode: ``"min"`` if less is better, ``"max"`` if more is.
            save_top_k: How many of the best to keep; -1: all.
            keep_epochs: 1 keeps the newest epoch, -1 all of them, 0 none.
            save_last: Whether to write ``last.ckpt``; ``"link"`` makes it a link to the newest epoch.
            metric_label: What the metric is called in names; None: derived from *monitor*.
            **shared: The other arguments of `SchemeCheckpoint`, for both.

        Returns:
            Two callbacks of this class. The list is one of `Any`, since type checkers take a list of a subclass for no
            list of callbacks.
        """
        return [
            cls(kind="best", monitor=monitor, mode=mode, save_top_k=save_top_k, metric_label=metric_label, **shared),
            cls(kind="epoch", save_top_k=keep_epochs, save_last=save_last, **shared),
        ]

    def setup(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Choose the folder, and call metrics apart that would share a label there."""
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
        label = own if self._metric_label is not None else names.label_apart(str(self.monitor), alike)
        self._warn_once(
            trainer, f"{' and '.join(alike)} have one label, {own}: {self.monitor} is called {label}. Give metric_label"
        )
        return label

    def _in_same_folder(self, trainer: Trainer) -> Iterator[SchemeNaming]:
        ours = (callback for callback in trainer.checkpoint_callbacks if isinstance(callback, SchemeNaming))
        return (callback for callback in ours if callback is self or self._shares_folder_with(callback))

    def _shares_folder_with(self, other: SchemeNaming) -> bool:
        is_shared = not (other._asked.is_apart or self._asked.is_apart)
        return is_shared or other._asked.dirpath == self._asked.dirpath

    @property
    def state_key(self) -> str:
        """What the callback's state is kept under in a checkpoint: another key for each kind."""
        return f"{super().state_key}[{self.kind}]"

    def format_checkpoint_name(
        self, metrics: dict[str, Tensor], filename: str | None = None, ver: int | None = None, prefix: str | None = None
    ) -> str:
        """Return the path of a checkpoint.

        Args:
            metrics: What was logged, and ``epoch`` and ``step``. In training these two are the Trainer's own.
            filename: None, or `CHECKPOINT_NAME_LAST`.
            ver: The version, where the path without it is taken; ``last.ckpt`` has none.
            prefix: None.

        Raises:
            TypeError: If *filename* or *prefix* is another text, for the scheme has no place for it.
            FieldError: If, by hand, *metrics* lack the epoch or the step.
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
        if trainer is not None:  # for a user may log something else under these keys
            epoch, step = trainer.current_epoch, trainer.global_step
        # What was raised came after the metric was measured, and not at this step.
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
        """Return whether a name is taken, be it by a file still to be written; ``last.ckpt`` is never taken."""
        path = os.fspath(filepath)
        if os.path.basename(path) == names.LAST:
            return False
        return path in self.best_k_models or super().file_exists(filepath, trainer)

    def _monitor_candidates(self, trainer: Trainer) -> dict[str, Tensor]:
        candidates = super()._monitor_candidates(trainer)
        # The value is in the name: ranks that logged different ones would believe in different files.
        if self.monitor is not None and self._has_peers(trainer):
            own = candidates.get(self.monitor)
            value = trainer.strategy.broadcast(None if own is None else float(own))
            if value is None:
                candidates.pop(self.monitor, None)
            else:
                candidates[self.monitor] = candidates["step"].float().fill_(value)
        return candidates

    def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None:
        # Writing may follow a link, which an earlier run made to a checkpoint, and so overwrite that checkpoint.
        if trainer.is_global_zero and os.path.islink(filepath):
            os.unlink(filepath)
        super()._save_checkpoint(trainer, filepath)
        identity = Identity.of(trainer)
        identity.has_saved = True
        identity.beat()

    def on_train_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save ``last.ckpt`` where Lightning would, but for a dry run."""
        if not trainer.fast_dev_run:
            super().on_train_end(trainer, pl_module)
