"""`InRunFolder`: the class that chooses the run directory, shares it among callbacks, and removes it if empty."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

import attrs

from ckpt_scheme._lightning import claims, folder
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.lightning_types import ModelCheckpoint, Module, Trainer
from ckpt_scheme._lightning.model import Model, read_model
from ckpt_scheme._lightning.requested import RequestedRun
from ckpt_scheme.catalog._claim import present_second
from ckpt_scheme.run_id import RunId


class InRunFolder(ModelCheckpoint):
    """A callback whose checkpoints are in a run directory.

    Global rank 0 chooses it before Lightning's own `setup` and broadcasts it. If each rank read the clock, each would
    have a directory of its own.
    """

    _framework: ClassVar[str]

    _requested: RequestedRun
    _parent_arguments: dict[str, Any]
    _identity: Identity | None = None  # of the Trainer of the last fit
    _stage: str | None = None  # from `setup` to `teardown`

    @property
    def run_dir(self) -> str | None:
        """The run directory; None before `setup`, or if the directory of the checkpoints is not ``checkpoints``."""
        return folder.run_directory_of(self._checkpoints())

    @property
    def run(self) -> RunId | None:
        """The run; None before `setup`, or if the scheme does not name its directory."""
        return folder.run_of(self._checkpoints())

    def _checkpoints(self) -> str | None:
        # Spawned processes hand only the path of the best model back to the process that started them.
        return self.dirpath or os.path.dirname(self.best_model_path)

    def setup(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Choose the folder, the same one for all ranks and for all adapter callbacks of the Trainer."""
        self._stage = str(getattr(stage, "value", stage))
        if self._stage == "fit":
            self._refuse_other_framework(trainer)
            identity = Identity.of(trainer)
            has_run = self._identity is not None or (self._requested.dirpath is None and self.dirpath is not None)
            if has_run and self._identity is not identity:
                # Another Trainer is another run, so forget the checkpoints of the last one.
                super().__init__(**self._parent_arguments)
            self._identity = identity
            self.dirpath = self._agree_on_folder(trainer, pl_module)
            self._join()
        has_folder = self.dirpath is not None
        super().setup(trainer, pl_module, stage)
        if not has_folder:  # a later fit must not take Lightning's default for a given directory
            self.dirpath = None

    def _move_to(self, checkpoints: str, trainer: Trainer, pl_module: Module) -> None:
        self.dirpath = checkpoints
        self._join()
        super().setup(trainer, pl_module, "fit")  # Lightning checks its folder there

    def _refuse_other_framework(self, trainer: Trainer) -> None:
        if not any(callback is self for callback in trainer.checkpoint_callbacks):
            raise TypeError(
                f"{type(trainer).__module__}.{type(trainer).__qualname__} does not accept a checkpoint callback of"
                f" {self._framework}: use ckpt_scheme.lightning with lightning.pytorch, and"
                " ckpt_scheme.pytorch_lightning with pytorch_lightning"
            )

    def _agree_on_folder(self, trainer: Trainer, pl_module: Module) -> str | None:
        chosen: str | None = None
        failure: Exception | None = None
        if trainer.is_global_zero:
            try:
                chosen = self._choose_folder(trainer, pl_module)
            except Exception as error:  # noqa: BLE001 - raised below, after the other ranks have their answer
                failure = error
        answer: tuple[str | None, str | None] = (chosen, None if failure is None else repr(failure))
        agreed, trouble = trainer.strategy.broadcast(answer)
        if failure is not None:
            raise failure
        if trouble is not None:
            raise RuntimeError(f"global rank 0 has no folder for the run: {trouble}")
        return None if agreed is None else str(agreed)

    def _choose_folder(self, trainer: Trainer, pl_module: Module) -> str | None:
        if trainer.fast_dev_run:
            return None if self.dirpath is None else str(self.dirpath)
        identity = Identity.of(trainer)
        if self.dirpath is not None:
            directory = self._own_run_directory()
            if not identity.hold(directory, self._requested.job):
                warnings.warn(
                    f"another process trains in {directory}, too: {claims.holder(str(directory))}", stacklevel=2
                )
            return str(self.dirpath)
        for sibling in self._siblings(trainer):
            if sibling._requested.is_run or (sibling.dirpath is not None and sibling._identity is identity):
                self._warn_of_overridden(sibling)
                return str(sibling.dirpath)
        model = self._model(pl_module)
        run = self._run_like(model)
        if not self._requested.has_time:
            run = attrs.evolve(run, timestamp=present_second())
        identity.model = model
        return identity.begin(folder.absolute(self._requested.root), run, self._requested.job).checkpoints

    def _own_run_directory(self) -> str | None:
        """Return the run directory of the checkpoints, or None if they are in none."""
        is_in_run = not self._requested.is_outside_run or folder.run_of(self.dirpath) is not None
        return folder.run_directory_of(self.dirpath) if is_in_run else None

    def _join(self) -> None:
        directory = self._own_run_directory()
        if directory is not None:
            claims.join(directory)

    def _sharing(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the callbacks of *trainer* that share the run directory, perhaps this one among them."""
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, InRunFolder) and not callback._requested.is_outside_run:
                yield callback

    def _siblings(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the other callbacks of *trainer* that share a folder with this one."""
        return (callback for callback in self._sharing(trainer) if callback is not self)

    def _deciding(self, trainer: Trainer) -> InRunFolder:
        """Return the callback that decides the run for all callbacks that share a folder with this one."""
        if self._requested.is_outside_run:
            return self
        sharing = list(self._sharing(trainer))
        return next((callback for callback in sharing if callback._requested.is_run), sharing[0])

    def _warn_of_overridden(self, sibling: InRunFolder) -> None:
        ignored = {} if sibling._requested.is_run else self._requested.overridden_by(sibling._requested)
        if ignored:
            warnings.warn(
                f"{', '.join(f'{name}={value!r}' for name, value in ignored.items())} is ignored: the callbacks of"
                f" one Trainer share one run directory, {sibling.run_dir}",
                stacklevel=2,
            )

    def _model(self, pl_module: Module) -> Model:
        like = self._requested.like
        return Model(like.architecture, like.encoder, "model=") if self._requested.has_model else read_model(pl_module)

    def _run_like(self, model: Model) -> RunId:
        return attrs.evolve(self._requested.like, architecture=model.architecture, encoder=model.encoder)

    def _log(self, message: str, *values: object) -> None:
        # A child of Lightning's own logger, so that the message appears with Lightning's messages.
        logging.getLogger(f"{self._framework}.ckpt_scheme").info(message, *values)

    def on_fit_start(self, trainer: Trainer, pl_module: Module) -> None:
        """Log the folder, the model, and where the model was read."""
        super().on_fit_start(trainer, pl_module)
        identity = Identity.of(trainer)
        model, identity.model = identity.model, None
        if model is not None:
            self._log("Checkpoints go to %s; the model is %s, read from %s", self.dirpath, model.name, model.origin)
            for trouble in model.trouble:
                self._log("Cannot read the model's name from %s", trouble)

    @staticmethod
    def _warn_once(trainer: Trainer, message: str) -> None:
        if trainer.is_global_zero:
            warnings.warn(message, stacklevel=3)

    def on_train_start(self, trainer: Trainer, pl_module: Module) -> None:
        """Record that the fit has reached its first step."""
        super().on_train_start(trainer, pl_module)
        Identity.of(trainer).has_trained = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save if that is due, and show other processes that this one is alive."""
        super().on_train_epoch_end(trainer, pl_module)
        Identity.of(trainer).heartbeat()

    def on_validation_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save if that is due, and show other processes that this one is alive."""
        super().on_validation_end(trainer, pl_module)
        Identity.of(trainer).heartbeat()

    def teardown(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Remove the folder if this run has left it empty."""
        super().teardown(trainer, pl_module, stage)
        if self._stage == "fit":
            self._end(trainer)
        self._stage = None

    def on_exception(self, trainer: Trainer, pl_module: Module, exception: BaseException) -> None:
        """Save if `save_on_exception` is set and the Trainer is training, and remove the folder if it is empty."""
        if self._stage == "fit":
            identity = Identity.of(trainer)
            identity.is_raising = True
            try:
                super().on_exception(trainer, pl_module, exception)
            finally:
                identity.is_raising = False
                identity.found_last = None
                self._end(trainer)
        self._stage = None

    def _end(self, trainer: Trainer) -> None:
        """End the fit if this is its last callback: the other callbacks may still save."""
        ours = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, InRunFolder)]
        if ours[-1] is not self:
            return
        identity = Identity.of(trainer)
        if identity.found_last is not None and not identity.has_trained:
            self._warn_once(
                trainer,
                f"nothing was trained: ckpt_path='last' has found {identity.found_last}, whose run is already finished."
                " Raise max_epochs to continue, or begin a new run without ckpt_path.",
            )
        if identity.end():
            for callback in ours:
                callback.dirpath = callback._requested.dirpath
