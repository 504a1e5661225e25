"""`InRunFolder`: the part of the adapter that chooses the folder of a run, shares it and removes it."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

import attrs

from ckpt_scheme._lightning import claims, folder
from ckpt_scheme._lightning.asked import AskedRun
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.model import Model, read_model
from ckpt_scheme._lightning.stock import Module, Stock, Trainer
from ckpt_scheme.catalog._claim import present_second
from ckpt_scheme.run_id import RunId


class InRunFolder(Stock):
    """A callback whose checkpoints are in the folder of a run.

    The folder is decided on global rank 0 before Lightning's own `setup`, which tells all ranks: a time that each rank
    read for itself would make a folder a rank.
    """

    _framework: ClassVar[str]

    _asked: AskedRun
    _stock: dict[str, Any]
    _identity: Identity | None = None  # of the Trainer of the last fit
    _stage: str | None = None  # from `setup` to `teardown`

    @property
    def run_dir(self) -> str | None:
        """The run's directory; None before `setup`, and where the checkpoints are in no directory ``checkpoints``."""
        return folder.run_directory_of(self._checkpoints())

    @property
    def run(self) -> RunId | None:
        """The run; None before `setup`, and where its directory is not named by the scheme."""
        return folder.run_of(self._checkpoints())

    def _checkpoints(self) -> str | None:
        # From the processes that it spawned, a process gets back no more than the path of the best model.
        return self.dirpath or os.path.dirname(self.best_model_path)

    def setup(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Choose the folder, the same one for all ranks and for all adapter callbacks of the Trainer."""
        self._stage = str(getattr(stage, "value", stage))
        if self._stage == "fit":
            self._refuse_other_framework(trainer)
            identity = Identity.of(trainer)
            has_run = self._identity is not None or (self._asked.dirpath is None and self.dirpath is not None)
            if has_run and self._identity is not identity:
                # Another Trainer is another run: what the last one saved neither counts nor is removed in it.
                super().__init__(**self._stock)
            self._identity = identity
            self.dirpath = self._agree_on_folder(trainer, pl_module)
            self._join()
        has_folder = self.dirpath is not None
        super().setup(trainer, pl_module, stage)
        if not has_folder:  # nothing will be saved, and a later fit is not to take Lightning's default for a choice
            self.dirpath = None

    def _move_to(self, checkpoints: str, trainer: Trainer, pl_module: Module) -> None:
        self.dirpath = checkpoints
        self._join()
        super().setup(trainer, pl_module, "fit")  # Lightning looks at its folder there

    def _refuse_other_framework(self, trainer: Trainer) -> None:
        if not any(callback is self for callback in trainer.checkpoint_callbacks):
            raise TypeError(
                f"{type(trainer).__module__}.{type(trainer).__qualname__} takes a callback of {self._framework} for no"
                " checkpoint callback: lightning.pytorch needs that of ckpt_scheme.lightning, and pytorch_lightning"
                " that of ckpt_scheme.pytorch_lightning"
            )

    def _agree_on_folder(self, trainer: Trainer, pl_module: Module) -> str | None:
        chosen: str | None = None
        failure: Exception | None = None
        if trainer.is_global_zero:
            try:
                chosen = self._choose_folder(trainer, pl_module)
            except Exception as error:  # noqa: BLE001 - raised below, once no rank waits for this one
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
            if not identity.hold(directory, self._asked.job):
                warnings.warn(
                    f"another process trains in {directory}, too: {claims.holder(str(directory))}", stacklevel=2
                )
            return str(self.dirpath)
        for sibling in self._siblings(trainer):
            if sibling._asked.is_run or (sibling.dirpath is not None and sibling._identity is identity):
                self._warn_of_ignored(sibling)
                return str(sibling.dirpath)
        model = self._model(pl_module)
        run = self._run_like(model)
        if not self._asked.has_time:
            run = attrs.evolve(run, timestamp=present_second())
        identity.model = model
        return identity.begin(folder.absolute(self._asked.root), run, self._asked.job).checkpoints

    def _own_run_directory(self) -> str | None:
        """Return the run directory that the checkpoints are in; None if they are in a directory of their own."""
        is_in_run = not self._asked.is_apart or folder.run_of(self.dirpath) is not None
        return folder.run_directory_of(self.dirpath) if is_in_run else None

    def _join(self) -> None:
        directory = self._own_run_directory()
        if directory is not None:
            claims.join(directory)

    def _sharing(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the callbacks of *trainer* that share a folder, of which this may be one."""
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, InRunFolder) and not callback._asked.is_apart:
                yield callback

    def _siblings(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the other callbacks of *trainer* that share a folder with this one."""
        return (callback for callback in self._sharing(trainer) if callback is not self)

    def _deciding(self, trainer: Trainer) -> InRunFolder:
        """Return the callback that says which run all those that share a folder are in."""
        if self._asked.is_apart:
            return self
        sharing = list(self._sharing(trainer))
        return next((callback for callback in sharing if callback._asked.is_run), sharing[0])

    def _warn_of_ignored(self, sibling: InRunFolder) -> None:
        ignored = {} if sibling._asked.is_run else self._asked.ignored_by(sibling._asked)
        if ignored:
            warnings.warn(
                f"{', '.join(f'{name}={value!r}' for name, value in ignored.items())} is not heeded: the callbacks of"
                f" one Trainer share one run folder, {sibling.run_dir}",
                stacklevel=2,
            )

    def _model(self, pl_module: Module) -> Model:
        like = self._asked.like
        return Model(like.architecture, like.encoder, "model=") if self._asked.has_model else read_model(pl_module)

    def _run_like(self, model: Model) -> RunId:
        return attrs.evolve(self._asked.like, architecture=model.architecture, encoder=model.encoder)

    def _log(self, message: str, *values: object) -> None:
        # Below Lightning's own logger, so that it is shown where Lightning's messages are.
        logging.getLogger(f"{self._framework}.ckpt_scheme").info(message, *values)

    def on_fit_start(self, trainer: Trainer, pl_module: Module) -> None:
        """Log the folder, the model, and where the model was read."""
        super().on_fit_start(trainer, pl_module)
        identity = Identity.of(trainer)
        model, identity.model = identity.model, None
        if model is not None:
            self._log("Checkpoints go to %s; the model is %s, by %s", self.dirpath, model.name, model.origin)
            for trouble in model.trouble:
                self._log("The model's name was not to be read from %s", trouble)

    @staticmethod
    def _warn_once(trainer: Trainer, message: str) -> None:
        if trainer.is_global_zero:
            warnings.warn(message, stacklevel=3)

    def on_train_start(self, trainer: Trainer, pl_module: Module) -> None:
        """Note that there is anything left to train."""
        super().on_train_start(trainer, pl_module)
        Identity.of(trainer).has_trained = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save if that is due, and show other processes that this one is alive."""
        super().on_train_epoch_end(trainer, pl_module)
        Identity.of(trainer).beat()

    def on_validation_end(self, trainer: Trainer, pl_module: Module) -> None:
        """Save if that is due, and show other processes that this one is alive."""
        super().on_validation_end(trainer, pl_module)
        Identity.of(trainer).beat()

    def teardown(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Remove the folder if this run has left it empty."""
        super().teardown(trainer, pl_module, stage)
        if self._stage == "fit":
            self._end(trainer)
        self._stage = None

    def on_exception(self, trainer: Trainer, pl_module: Module, exception: BaseException) -> None:
        """Save, if `save_on_exception` and in training, and remove the folder if it is empty."""
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
        """End the fit, if this is the last callback that it ends for: the others may still save."""
        ours = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, InRunFolder)]
        if ours[-1] is not self:
            return
        identity = Identity.of(trainer)
        if identity.found_last is not None and not identity.has_trained:
            self._warn_once(
                trainer,
                f"nothing was trained: {identity.found_last}, which ckpt_path='last' has found, is of a run that is"
                " already finished. Raise max_epochs to go on, or begin a new run without ckpt_path.",
            )
        if identity.end():
            for callback in ours:
                callback.dirpath = callback._asked.dirpath
