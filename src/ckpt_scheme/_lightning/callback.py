"""`SchemeNaming`: all that the adapter adds to Lightning's ``ModelCheckpoint``, free of any framework.

Three methods of Lightning that it extends are private: `_find_last_checkpoints`, `_monitor_candidates` and
`_save_checkpoint`. Each only adds safety. In a release without one of them nothing breaks and one promise is lost.
"""

from __future__ import annotations

import logging
import math
import os
import warnings
import weakref
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs

from ckpt_scheme._lightning import folder, names
from ckpt_scheme._lightning.model import Model, read_model
from ckpt_scheme._lightning.names import Kind
from ckpt_scheme._lightning.stock import Stock
from ckpt_scheme.checkpoint_name import Metric
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId


@attrs.frozen
class _Asked:
    """What the constructor was asked for."""

    root: str
    like: RunId
    has_model: bool
    has_timestamp: bool
    label: str | None
    chooses_folder: bool
    continue_run: bool
    run_dir: str | None
    stock: dict[str, Any]


@attrs.define
class _Now:
    """Where the callback stands; none of it belongs in a checkpoint, and none but the claim in a copy."""

    trainer: weakref.ReferenceType[Any] | None = None
    stage: str | None = None  # from setup to teardown
    is_raising: bool = False
    claimed: str | None = None
    has_warned: bool = False

    def __reduce__(self) -> tuple[type[_Now], tuple[()]]:
        return _Now, ()

    def belongs_to(self, trainer: object) -> bool:
        return self.trainer is not None and self.trainer() is trainer


class SchemeNaming(Stock):
    """A mixin before ``ModelCheckpoint``: the run folder and every name in it are those of the scheme.

    ``isinstance(callback, SchemeNaming)`` holds for the callbacks of both namespaces.
    """

    _framework: ClassVar[str] = ""
    _links_are_safe: ClassVar[bool] = False

    def __init__(
        self,
        *,
        root: str | Path = "outputs",
        experiment_tag: str | None = None,
        model: str | None = None,
        phase: str = "training",
        kind: Literal["best", "epoch"] | None = None,
        timestamp: str | None = None,
        run_dir: str | Path | None = None,
        continue_run: bool = True,
        metric_label: str | None = None,
        dirpath: str | Path | None = None,
        filename: None = None,
        monitor: str | None = None,
        mode: str = "min",
        save_top_k: int = 1,
        save_last: bool | Literal["link"] | None = None,
        auto_insert_metric_name: bool = True,
        **kwargs: Any,  # noqa: ANN401 - whatever this release of Lightning takes
    ) -> None:
        if filename is not None:
            raise TypeError(f"filename={filename!r}: the scheme names the files; use kind='best' or kind='epoch' instead")
        if dirpath is not None and run_dir is not None:
            raise FieldError("dirpath", dirpath, "None, for run_dir is given and its files go to <run_dir>/checkpoints")
        self.kind: Kind = names.kind_of(kind, monitor)
        tag = os.environ.get("EXPERIMENT_TAG") or (names.DEFAULT_TAG if experiment_tag is None else experiment_tag)
        like = names.run_like(tag, model, phase, timestamp)
        given_run = None if run_dir is None else folder.absolute(os.fspath(run_dir))
        given = os.path.join(given_run, "checkpoints") if given_run else None if dirpath is None else os.fspath(dirpath)
        if self.kind == "best" and save_last:
            warnings.warn(
                "save_last on a callback of kind='best': from Lightning 2.6 on, last.ckpt is then the last best state"
                " and not the last one. Let a callback of kind='epoch' own it, as scheme_checkpoints() does.",
                stacklevel=2,
            )
        self._asked = _Asked(
            root=str(RunDirectory(os.fspath(root), like).root),
            like=like,
            has_model=model is not None,
            has_timestamp=timestamp is not None,
            label=names.label_of(monitor, metric_label),
            chooses_folder=given is None,
            continue_run=continue_run,
            run_dir=given_run,
            stock={
                "dirpath": given,
                "monitor": monitor,
                "mode": mode,
                "save_top_k": save_top_k,
                "save_last": True if save_last == "link" and not self._links_are_safe else save_last,
                "auto_insert_metric_name": auto_insert_metric_name,
                **kwargs,
            },
        )
        self._now = _Now()
        super().__init__(**self._asked.stock)
        if monitor is not None and self._asked.label is None:
            self._warn_of(f"monitor={monitor!r} has no letter or digit that a name can hold; metric_label gives it one")

    # ----------------------------------------------------------------------------------------------------------------
    # Names.

    def format_checkpoint_name(
        self, metrics: dict[str, Any], filename: str | None = None, ver: int | None = None, prefix: str | None = None
    ) -> str:
        """Return the path of a checkpoint, named by the scheme.

        Args:
            metrics: What was logged. While a Trainer fits, epoch and step are its own, and not what was logged as such.
            filename: None, or `CHECKPOINT_NAME_LAST`.
            ver: The version, where the path without it is taken. ``last.ckpt`` has none.
            prefix: None; the scheme has no place for one.

        Raises:
            TypeError: If *filename* or *prefix* is anything else.
        """
        if prefix or filename not in (None, self.CHECKPOINT_NAME_LAST):
            raise TypeError(f"filename={filename!r}, prefix={prefix!r}: the scheme names the files")
        name = names.LAST if filename is not None else self._name(metrics, ver)
        return os.path.join(self.dirpath, name) if self.dirpath else name

    def _name(self, metrics: dict[str, Any], version: int | None) -> str:
        if self.kind == "best" and not self._now.is_raising:
            return names.best_name(self._metric(metrics), version)
        trainer = self._fitting_trainer()
        if trainer is None:
            epoch, step = int(metrics["epoch"]), int(metrics["step"])
        else:
            epoch, step = trainer.current_epoch, trainer.global_step
        has_metric = self._asked.stock["auto_insert_metric_name"] and not self._now.is_raising
        return names.epoch_name(epoch, step, self._metric(metrics) if has_metric else None, version)

    def _metric(self, metrics: dict[str, Any]) -> Metric | None:
        value = metrics.get(self.monitor) if self.monitor is not None else None
        try:
            return names.metric_of(self._asked.label, None if value is None else float(value))
        except FieldError as error:
            self._warn_of(f"a value is left out of a checkpoint's name: {error}")
            return None

    def _warn_of(self, message: str) -> None:
        if not self._now.has_warned:
            self._now.has_warned = True
            warnings.warn(message, stacklevel=3)

    def _fitting_trainer(self) -> Any:  # noqa: ANN401 - no Trainer can be named here
        return self._now.trainer() if self._now.trainer is not None and self._now.stage == "fit" else None

    def file_exists(self, filepath: str | Path, trainer: Any) -> bool:  # noqa: ANN401
        """Return whether a name is taken, by a file or by one that is still being written; ``last.ckpt`` never is."""
        path = os.fspath(filepath)
        if os.path.basename(path) == names.LAST:
            return False
        return path in self.best_k_models or super().file_exists(filepath, trainer)

    # ----------------------------------------------------------------------------------------------------------------
    # What is saved.

    def check_monitor_top_k(self, trainer: Any, current: Any = None) -> bool:  # noqa: ANN401
        """Return whether a value is worth a checkpoint; of kind ``"best"`` none that is not finite, on any rank."""
        if self.kind == "best":
            is_finite = current is not None and math.isfinite(current)
            if trainer.world_size > 1 and not self._now.is_raising:
                is_finite = trainer.strategy.reduce_boolean_decision(is_finite)
            if not is_finite:
                return False
        return super().check_monitor_top_k(trainer, current)

    def _monitor_candidates(self, trainer: Any) -> dict[str, Any]:  # noqa: ANN401
        candidates = super()._monitor_candidates(trainer)
        # The value is in the name: ranks that log different ones would believe in different files. When something was
        # raised, other ranks may not be there to agree.
        if self.monitor is not None and trainer.world_size > 1 and not self._now.is_raising:
            mine = candidates.pop(self.monitor, None)
            value = trainer.strategy.broadcast(None if mine is None else float(mine))
            if value is not None:
                candidates[self.monitor] = candidates["step"].float().fill_(value)
        return candidates

    def _save_checkpoint(self, trainer: Any, filepath: str) -> None:  # noqa: ANN401
        # Writing may follow a link, and so overwrite the checkpoint that an earlier `save_last="link"` linked to.
        if trainer.is_global_zero and os.path.islink(filepath):
            os.unlink(filepath)
        super()._save_checkpoint(trainer, filepath)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        """Save ``last.ckpt`` where Lightning does, but not in a dry run."""
        if not trainer.fast_dev_run:
            super().on_train_end(trainer, pl_module)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ANN401
        """Save under the epoch's name, if `save_on_exception`, and leave no empty folder behind."""
        if self._now.stage == "fit":
            self._now.is_raising = True
            try:
                super().on_exception(trainer, pl_module, exception)
            finally:
                self._now.is_raising = False
                self._remove_claimed_if_empty()
                self._now.stage = None

    # ----------------------------------------------------------------------------------------------------------------
    # The run folder.

    @property
    def run_dir(self) -> str | None:
        """The run's directory; None before `setup`, and where the checkpoints are in no directory ``checkpoints``."""
        return folder.run_directory_of(self._checkpoints())

    @property
    def run(self) -> RunId | None:
        """The run; None before `setup`, and where its directory is not named by the scheme."""
        return folder.run_of(self._checkpoints())

    def _checkpoints(self) -> str | None:
        # The process that spawned the training processes gets nothing back from them but the path of the best model.
        return self.dirpath or os.path.dirname(self.best_model_path) or None

    @property
    def state_key(self) -> str:
        """What the state is kept under in a checkpoint; each kind has its own."""
        return f"{super().state_key}[{self.kind}]"

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ANN401
        """Choose the run folder on global rank 0, for all ranks and all adapter callbacks of the Trainer."""
        self._now.stage = str(getattr(stage, "value", stage))
        if self._now.stage == "fit":
            if not any(callback is self for callback in trainer.checkpoint_callbacks):
                raise TypeError(
                    f"{type(self).__module__}.{type(self).__qualname__} is a callback of {self._framework}, and"
                    f" {type(trainer).__module__}.{type(trainer).__qualname__} takes it for no checkpoint callback: use"
                    " ckpt_scheme.lightning with lightning.pytorch, ckpt_scheme.pytorch_lightning with pytorch_lightning"
                )
            has_run = self._now.trainer is not None or (self._asked.chooses_folder and self.dirpath is not None)
            if has_run and not self._now.belongs_to(trainer):
                # Another Trainer is another run: what the last one saved is not to be counted, nor removed, in it.
                self._now = _Now(stage="fit")
                super().__init__(**self._asked.stock)
            self._now.trainer = weakref.ref(trainer)
            self.dirpath = self._agree_on_folder(trainer, pl_module)
        has_folder = self.dirpath is not None
        super().setup(trainer, pl_module, stage)
        if not has_folder:  # nothing will be saved, and a later fit is not to take Lightning's default for a choice
            self.dirpath = None

    def _agree_on_folder(self, trainer: Any, pl_module: Any) -> str | None:  # noqa: ANN401
        mine: str | None = None
        failure: Exception | None = None
        if trainer.is_global_zero:
            try:
                mine = self._choose_folder(trainer, pl_module)
            except Exception as error:  # noqa: BLE001 - raised below, when no rank waits for this one any more
                failure = error
        agreed, trouble = trainer.strategy.broadcast((mine, None if failure is None else repr(failure)))
        if failure is not None:
            raise failure
        if trouble is not None:
            raise RuntimeError(f"global rank 0 has no folder for the run: {trouble}")
        return agreed if agreed is None else str(agreed)

    def _choose_folder(self, trainer: Any, pl_module: Any) -> str | None:  # noqa: ANN401
        if self.dirpath is not None:
            return os.fspath(self.dirpath)
        if trainer.fast_dev_run:
            return None
        for sibling in self._siblings(trainer):
            if sibling._asked.run_dir is not None or (sibling.dirpath is not None and sibling._now.belongs_to(trainer)):
                return os.fspath(sibling.dirpath)
        model = self._model(pl_module)
        like = attrs.evolve(self._asked.like, architecture=model.architecture, encoder=model.encoder)
        if not self._asked.has_timestamp:
            like = attrs.evolve(like, timestamp=datetime.now().replace(microsecond=0))  # noqa: DTZ005 - CKS-013
        directory = folder.claim(folder.absolute(self._asked.root), like)
        self._now.claimed = str(directory)
        self._log(f"Checkpoints of the model {model.name} (from {model.origin}) go to {directory.checkpoints}")
        return directory.checkpoints

    def _siblings(self, trainer: Any) -> Iterator[SchemeNaming]:  # noqa: ANN401
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, SchemeNaming) and callback is not self:
                if callback._asked.chooses_folder or callback._asked.run_dir is not None:
                    yield callback

    def _model(self, pl_module: object) -> Model:
        like = self._asked.like
        if self._asked.has_model:
            return Model(like.architecture, like.encoder, "the argument model")
        model = read_model(pl_module)
        if model.trouble:
            self._log(f"While looking for the model's name, this could not be read: {', '.join(model.trouble)}")
        return model

    def _log(self, message: str) -> None:
        # Below Lightning's own logger, so that it is shown where Lightning's messages are.
        logging.getLogger(f"{self._framework}.ckpt_scheme").info(message)

    def _find_last_checkpoints(self, trainer: Any) -> set[str]:  # noqa: ANN401
        # Called for ckpt_path="last", before `setup`: a fresh Trainer has to find the run that it is to go on with.
        if self.dirpath is not None:
            return super()._find_last_checkpoints(trainer)
        model = self._model(trainer.lightning_module)
        like = attrs.evolve(self._asked.like, architecture=model.architecture, encoder=model.encoder)
        found = folder.newest_last(folder.absolute(self._asked.root), like)
        return set() if found is None else {found}

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:  # noqa: ANN401
        """Go on in the run folder that the checkpoint lies in, where `continue_run`."""
        super().on_load_checkpoint(trainer, pl_module, checkpoint)
        if self._now.stage != "fit" or not (self._asked.chooses_folder and self._asked.continue_run):
            return
        found = folder.checkpoints_around(os.fspath(trainer.ckpt_path)) if trainer.ckpt_path else None
        if found is None or found == self.dirpath:
            return
        self._remove_claimed_if_empty()
        self._now.claimed = None
        self.dirpath = found
        super().setup(trainer, pl_module, "fit")  # Lightning looks at the folder once more
        if trainer.is_global_zero:
            self._log(f"Checkpoints go on in {found}")

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what the resumed callback knew; testing a checkpoint takes over nothing."""
        if self._now.stage in (None, "fit"):
            super().load_state_dict(self._moved(state_dict))
            if self.monitor is None and os.path.dirname(self.best_model_path) != self.dirpath:
                # The file saved before, which Lightning 2.0 removes after the next save, wherever it is.
                self.best_model_path = ""

    def _moved(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return *state* with its paths in this folder, if it is of the same run at another place."""
        old, new = str(state.get("dirpath")), self.dirpath
        if new is None or old == new or folder.run_of(old) is None or folder.run_of(old) != folder.run_of(new):
            return state

        def moved(path: str) -> str:
            head, tail = os.path.split(path)
            return os.path.join(new, tail) if head == old else path

        paths = {key: moved(state[key]) for key in state if key.endswith("_path")}
        best = {moved(path): score for path, score in state.get("best_k_models", {}).items()}
        return {**state, **paths, "best_k_models": best, "dirpath": new}

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ANN401
        """Remove the run folder if nothing was written to it."""
        super().teardown(trainer, pl_module, stage)
        self._now.stage = None
        if self._remove_claimed_if_empty():
            for callback in (self, *self._siblings(trainer)):
                if callback._asked.chooses_folder:
                    callback.dirpath = None

    def _remove_claimed_if_empty(self) -> bool:
        claimed = self._now.claimed
        if claimed is None or not folder.is_local(claimed) or not folder.remove_if_empty(claimed):
            return False
        self._now.claimed = None
        return True
