"""`InRunFolder`: the half of the adapter that chooses the folder of a run, shares it, finds it again and removes it."""

from __future__ import annotations

import logging
import os
import warnings
import weakref
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import attrs

from ckpt_scheme import catalog
from ckpt_scheme._lightning import folder
from ckpt_scheme._lightning.asked import AskedRun
from ckpt_scheme._lightning.model import Model, read_model
from ckpt_scheme._lightning.stock import Module, Stock, Trainer
from ckpt_scheme.run_id import RunId


@attrs.define(weakref_slot=False)
class Moment:
    """Where a callback stands with its Trainer. Nothing of it is in a checkpoint or in a copy of the callback.

    Args:
        trainer: The Trainer of the last fit.
        stage: What the Trainer does, from `setup` to `teardown`; else None.
        is_raising: Whether an exception ends the training.
        claimed: The run directory that this callback has made on this rank.
        has_saved: Whether a checkpoint was handed over to be written.
        is_removed: Whether the folder was removed when an exception had left it empty.
        model: What the model is called, until that is logged.
    """

    trainer: weakref.ReferenceType[Any] | None = None
    stage: str | None = None
    is_raising: bool = False
    claimed: str | None = None
    has_saved: bool = False
    is_removed: bool = False
    model: Model | None = None

    def __reduce__(self) -> tuple[type[Moment], tuple[()]]:
        return Moment, ()

    def is_with(self, trainer: Trainer) -> bool:
        """Return whether *trainer* is the Trainer of the last fit."""
        return self.trainer is not None and self.trainer() is trainer


class InRunFolder(Stock):
    """A callback whose checkpoints are in the folder of a run.

    The folder is decided on global rank 0 before Lightning's own `setup`, which tells all ranks: a time that each rank
    read for itself would make a folder a rank.
    """

    _framework: ClassVar[str]

    _asked: AskedRun
    _stock: dict[str, Any]
    _moment: Moment

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
        self._moment.stage = str(getattr(stage, "value", stage))
        if self._moment.stage == "fit":
            self._refuse_other_framework(trainer)
            has_run = self._moment.trainer is not None or (self._asked.dirpath is None and self.dirpath is not None)
            if has_run and not self._moment.is_with(trainer):
                # Another Trainer is another run: what the last one saved neither counts nor is removed in it.
                super().__init__(**self._stock)
                self._moment = Moment(stage="fit")
            self._moment.trainer = weakref.ref(trainer)
            if self._moment.is_removed:  # its name is free again, and by now another job may have it
                for callback in (self, *self._siblings(trainer)):
                    callback.dirpath, callback._moment.is_removed = None, False
            self.dirpath = self._agree_on_folder(trainer, pl_module)
        has_folder = self.dirpath is not None
        super().setup(trainer, pl_module, stage)
        if not has_folder:  # nothing will be saved, and a later fit is not to take Lightning's default for a choice
            self.dirpath = None

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
        if self.dirpath is not None:
            return str(self.dirpath)
        if trainer.fast_dev_run:
            return None
        for sibling in self._siblings(trainer):
            if sibling._asked.is_run or (sibling.dirpath is not None and sibling._moment.is_with(trainer)):
                self._warn_of_wishes(sibling)
                return str(sibling.dirpath)
        model = self._model(pl_module)
        run = self._run_like(model)
        if not self._asked.has_time:
            run = attrs.evolve(run, timestamp=datetime.now().replace(microsecond=0))  # noqa: DTZ005 - CKS-013 asks for it
        directory = catalog.claim(folder.absolute(self._asked.root), run)
        self._moment.claimed, self._moment.model = str(directory), model
        return directory.checkpoints

    def _sharing(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the callbacks of *trainer* that share a folder, of which this may be one."""
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, InRunFolder) and not callback._asked.is_apart:
                yield callback

    def _siblings(self, trainer: Trainer) -> Iterator[InRunFolder]:
        """Yield the other callbacks of *trainer* that share a folder with this one."""
        return (callback for callback in self._sharing(trainer) if callback is not self)

    def _first_heard(self, trainer: Trainer) -> InRunFolder:
        """Return the callback that says which run all those that share a folder are in."""
        sharing = list(self._sharing(trainer))
        return next((callback for callback in sharing if callback._asked.is_run), sharing[0])

    def _warn_of_wishes(self, sibling: InRunFolder) -> None:
        unheard = {key: value for key, value in self._asked.wishes.items() if sibling._asked.wishes.get(key) != value}
        if unheard and not sibling._asked.is_run:
            warnings.warn(
                f"{', '.join(f'{key}={value!r}' for key, value in unheard.items())} is not heeded: the callbacks of one"
                f" Trainer share one run folder, {sibling.run_dir}",
                stacklevel=2,
            )

    def _model(self, pl_module: Module) -> Model:
        like = self._asked.like
        return Model(like.architecture, like.encoder, "model=") if self._asked.has_model else read_model(pl_module)

    def _run_like(self, model: Model) -> RunId:
        return attrs.evolve(self._asked.like, architecture=model.architecture, encoder=model.encoder)

    def on_fit_start(self, trainer: Trainer, pl_module: Module) -> None:
        """Log the folder, the model, and where the model was read."""
        super().on_fit_start(trainer, pl_module)
        model, self._moment.model = self._moment.model, None
        if model is not None:
            # Below Lightning's own logger, so that it is shown where Lightning's messages are.
            log = logging.getLogger(f"{self._framework}.ckpt_scheme")
            log.info("Checkpoints go to %s; the model is %s, by %s", self.dirpath, model.name, model.origin)
            for trouble in model.trouble:
                log.info("The model's name was not to be read from %s", trouble)

    def _find_last_checkpoints(self, trainer: Trainer) -> set[str]:
        # For ckpt_path="last", and before `setup`: a fresh Trainer has to find the run that it is to go on with.
        if not self._asked.is_apart and self._first_heard(trainer) is not self:
            return set()  # the one whose run this is to be looks for it
        if self.dirpath is not None:
            return super()._find_last_checkpoints(trainer)
        run = self._run_like(self._model(trainer.lightning_module))
        found = folder.newest_last(folder.absolute(self._asked.root), run)
        return set() if found is None else {found}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: Module, checkpoint: dict[str, Any]) -> None:
        """Go on in the folder of the run that the checkpoint is of."""
        super().on_load_checkpoint(trainer, pl_module, checkpoint)
        if self._moment.stage != "fit" or self._asked.dirpath is not None or not self._asked.continues:
            return
        # Links may lead elsewhere on another machine, and all ranks have to go the same way.
        found = trainer.strategy.broadcast(self._folder_of(str(trainer.ckpt_path), checkpoint))
        if found is None or found == self.dirpath:
            return
        self._remove_claimed(trainer)
        self._moment.claimed = None
        self.dirpath = found
        super().setup(trainer, pl_module, "fit")  # Lightning looks at its folder there

    def _folder_of(self, path: str, checkpoint: dict[str, Any]) -> str | None:
        if os.path.basename(path).startswith("hpc_ckpt_"):
            # Lightning writes it to the Trainer's default_root_dir when a cluster stops the job, and resumes from it.
            state: dict[str, Any] = checkpoint.get("callbacks", {}).get(self.state_key, {})
            directory = state.get("dirpath")
            return directory if folder.run_of(directory) is not None else None
        return folder.checkpoints_around(path)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what the callback knew when the checkpoint was saved, except to validate, test or predict."""
        if self._moment.stage not in (None, "fit"):
            return
        super().load_state_dict(self._moved(state_dict))
        is_elsewhere = os.path.dirname(self.best_model_path) != self.dirpath
        if self._moment.stage == "fit" and self.monitor is None and is_elsewhere:
            # Lightning 2.0 would take it for the one saved before the next one, and remove it.
            self.best_model_path = ""

    def _moved(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return *state* with its paths in this folder, if it is of the same run at another place."""
        old, new = str(state.get("dirpath")), self.dirpath
        run = folder.run_of(new)
        if run is None or old == new or folder.run_of(old) != run:
            return state

        def moved(path: str) -> str:
            head, tail = os.path.split(path)
            return os.path.join(new, tail) if head == old else path

        paths = {key: moved(state[key]) for key in state if key.endswith("_path")}
        best = {moved(path): score for path, score in state.get("best_k_models", {}).items()}
        return {**state, **paths, "best_k_models": best, "dirpath": new}

    def teardown(self, trainer: Trainer, pl_module: Module, stage: str) -> None:
        """Remove the folder if this run has left it empty."""
        super().teardown(trainer, pl_module, stage)
        self._moment.stage = None
        if self._remove_claimed(trainer):
            for callback in (self, *self._siblings(trainer)):  # none of which was given a folder, or none was claimed
                callback.dirpath = None

    def on_exception(self, trainer: Trainer, pl_module: Module, exception: BaseException) -> None:
        """Save, if `save_on_exception` and in training, and remove the folder if it is empty."""
        if self._moment.stage == "fit":
            self._moment.is_raising = True
            try:
                super().on_exception(trainer, pl_module, exception)
            finally:
                self._moment.is_raising = False
                if self._remove_claimed(trainer):  # the others may still save what they have, and go by their folder
                    for callback in (self, *self._siblings(trainer)):
                        callback._moment.is_removed = True
        self._moment.stage = None

    def _remove_claimed(self, trainer: Trainer) -> bool:
        claimed = self._moment.claimed
        moments = (callback._moment for callback in (self, *self._siblings(trainer)))
        # A folder that holds nothing yet may be about to: asynchronous writing ends after all the hooks of a crash.
        if any(moment.has_saved and moment.is_with(trainer) for moment in moments):
            return False
        if claimed is None or not folder.is_local(claimed) or not folder.remove_if_empty(claimed):
            return False
        self._moment.claimed = None
        return True
