"""`Resumes`: the class that finds the run of a checkpoint, and decides whether to continue in its directory."""

from __future__ import annotations

import os
from typing import Any

from ckpt_scheme._lightning import claims, folder
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.lightning_types import Module, Trainer
from ckpt_scheme._lightning.requested import FoundRun, differences
from ckpt_scheme._lightning.running import InRunFolder
from ckpt_scheme.errors import OperationError


class Resumes(InRunFolder):
    """A callback that continues the run of the checkpoint it resumes, unless its arguments describe another run."""

    def _find_last_checkpoints(self, trainer: Trainer) -> set[str]:
        # Lightning calls this for ckpt_path="last" before `setup`, so a fresh Trainer finds the run to continue here.
        if self._deciding(trainer) is not self:
            return set()
        is_fit = trainer.state.fn.value == "fit"
        checkpoints, is_given = self.dirpath, self.dirpath is not None
        if checkpoints is None:
            checkpoints = self._newest_run(trainer)
            if checkpoints is None:
                return set()
        directory = folder.run_directory_of(checkpoints)
        busy = claims.holder(directory) if is_fit and directory is not None else None
        if busy is not None:
            if is_given:
                raise OperationError(f"ckpt_path='last': {busy} trains in {directory}")
            self._warn_once(
                trainer, f"ckpt_path='last' begins a new run, for {busy} trains in the newest one, {directory}"
            )
            return set()
        found = folder.resumable(checkpoints)
        if found.path is None:
            if self._requested.is_outside_run and folder.is_local(checkpoints):
                return super()._find_last_checkpoints(trainer)  # Lightning's own callback may have written files there
            if not found.is_empty or "dead link" in found.trouble:
                raise OperationError(
                    f"ckpt_path='last': {found.trouble} in {checkpoints}, and no checkpoint of an epoch. Give the path"
                    " of a checkpoint, or remove the run."
                )
            if os.path.lexists(checkpoints):
                self._warn_once(trainer, f"ckpt_path='last' begins anew, for there is no checkpoint in {checkpoints}")
            return set()
        if found.trouble:
            self._warn_once(trainer, f"ckpt_path='last' resumes {found.path}, for {found.trouble} beside it")
        if is_fit:
            Identity.of(trainer).found_last = found.path
        return {found.path}

    def _newest_run(self, trainer: Trainer) -> str | None:
        """Return the directory of checkpoints of the newest run with these labels and this job."""
        run = self._run_like(self._model(trainer.lightning_module))
        for directory in folder.runs_like(folder.absolute(self._requested.root), run):
            if self._requested.job is None or claims.job_of(str(directory)) == self._requested.job:
                return directory.checkpoints
        return None

    def on_load_checkpoint(self, trainer: Trainer, pl_module: Module, checkpoint: dict[str, Any]) -> None:
        """Continue in the run directory of the checkpoint, unless the arguments describe another run."""
        super().on_load_checkpoint(trainer, pl_module, checkpoint)
        if self._stage != "fit" or self._requested.dirpath is not None:
            return
        identity = Identity.of(trainer)
        if identity.continued is None:
            found = self._continued(trainer, checkpoint) if trainer.is_global_zero else None
            # All ranks must use one directory, and links may lead elsewhere on another machine.
            identity.continued = (trainer.strategy.broadcast(found),)
        (continued,) = identity.continued
        if continued is None or continued == self.dirpath:
            return
        identity.abandon()
        self._move_to(continued, trainer, pl_module)

    def _continued(self, trainer: Trainer, checkpoint: dict[str, Any]) -> str | None:
        """Return the directory of checkpoints to continue in, or None if a new run begins."""
        path, deciding = str(trainer.ckpt_path), self._deciding(trainer)
        requested = deciding._requested
        if requested.dirpath is not None or not requested.continues:
            return None
        is_of_cluster = os.path.basename(path).startswith("hpc_ckpt_")
        found = self._found_by_cluster(checkpoint) if is_of_cluster else self._found_around(trainer, checkpoint)
        if found is None:
            return None
        wanted = requested.given
        if is_of_cluster:  # Lightning has chosen this checkpoint, not the user, so every argument must match
            wanted = requested.arguments_for(deciding._run_like(deciding._model(trainer.lightning_module)))
        others = differences(wanted, found)
        if others:
            self._log(
                "A new run begins, %s: %s belongs to %s, and the arguments are %s",
                self.run_dir,
                path,
                found.run,
                ", ".join(others),
            )
            return None
        if not Identity.of(trainer).hold(found.directory, requested.job):
            busy = claims.holder(found.directory)
            self._warn_once(trainer, f"a new run begins, {self.run_dir}: {busy} trains in the run of {path}")
            return None
        return found.checkpoints

    def _found_around(self, trainer: Trainer, checkpoint: dict[str, Any]) -> FoundRun | None:
        places = folder.places_around(str(trainer.ckpt_path))
        if not places:
            return None
        roots = {folder.root_of(place) for place in places}
        before = self._dirpath_in(checkpoint)
        run = folder.run_of(places[0])
        if before is not None and folder.run_of(before) == run:
            directory = os.path.dirname(before)
            if not os.path.lexists(directory) or Identity.of(trainer).has_made(directory):
                roots.add(folder.root_of(before))  # the run was moved, and the user may still give its old root
        return self._found(places[0], frozenset(roots))

    def _found_by_cluster(self, checkpoint: dict[str, Any]) -> FoundRun | None:
        # When a cluster stops the job, Lightning writes this checkpoint to default_root_dir, and later resumes it.
        before = self._dirpath_in(checkpoint)
        return None if before is None else self._found(before, frozenset({folder.root_of(before)}))

    @staticmethod
    def _found(checkpoints: str, roots: frozenset[str]) -> FoundRun | None:
        run = folder.run_of(checkpoints)
        return None if run is None else FoundRun(checkpoints, run, roots, claims.job_of(os.path.dirname(checkpoints)))

    def _dirpath_in(self, checkpoint: dict[str, Any]) -> str | None:
        """Return the directory that *checkpoint* was saved in, read from the state of a callback of this class."""
        states: dict[str, Any] = checkpoint.get("callbacks", {})
        ours = [state for key, state in states.items() if str(key).startswith(f"{type(self).__qualname__}{{")]
        found = next((state.get("dirpath") for state in [states.get(self.state_key, {}), *ours] if state), None)
        return found if isinstance(found, str) else None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state from the checkpoint, except to validate, test or predict."""
        if self._stage not in (None, "fit"):
            return
        super().load_state_dict(self._moved(state_dict))
        is_elsewhere = os.path.dirname(self.best_model_path) != self.dirpath
        if self._stage == "fit" and self.monitor is None and is_elsewhere:
            # Lightning 2.0 would remove this file at the next save.
            self.best_model_path = ""

    def _moved(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return *state* with its paths below this folder, if its run was moved here."""
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
