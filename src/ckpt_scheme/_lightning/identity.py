"""`Identity`: the run of one Trainer, shared by its callbacks."""

from __future__ import annotations

import logging
import os
import weakref
from typing import Any, Final

import attrs

from ckpt_scheme import catalog
from ckpt_scheme._lightning import claims, folder
from ckpt_scheme._lightning.claims import Claim
from ckpt_scheme._lightning.lightning_types import Trainer
from ckpt_scheme._lightning.model import Model
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

_identities: Final[weakref.WeakKeyDictionary[Any, Identity]] = weakref.WeakKeyDictionary()


def _none() -> None:
    """Return None, the identity of a copied callback."""


@attrs.define(eq=False)
class Identity:
    """The run of one Trainer. Checkpoints and copies of a callback do not hold it.

    Attributes:
        trainer: The Trainer.
        model: The name of the model, until it is logged.
        found_last: The checkpoint that ``ckpt_path="last"`` has found, until the fit ends.
        continued: None until rank 0 has decided; then a tuple of the directory of checkpoints to continue in, or None.
        is_raising: Whether an exception ends the training.
        has_saved: Whether Lightning has begun to write a checkpoint.
        has_trained: Whether the fit has reached its first step.
    """

    trainer: weakref.ReferenceType[Any]
    model: Model | None = None
    found_last: str | None = None
    continued: tuple[str | None] | None = None
    is_raising: bool = False
    has_saved: bool = False
    has_trained: bool = False
    _claimed: str | None = None
    _made: list[str] = attrs.field(factory=list[str])
    _claim: Claim | None = None

    @classmethod
    def of(cls, trainer: Trainer) -> Identity:
        """Return the identity of *trainer*, the same object for each call."""
        if trainer not in _identities:
            _identities[trainer] = cls(weakref.ref(trainer))
        return _identities[trainer]

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return _none, ()

    def begin(self, root: str, run: RunId, job: str | None) -> RunDirectory:
        """Return the directory of a new run, created and claimed on a disk, or chosen behind a URL."""
        self._made = folder.missing(root) if folder.is_local(root) else []
        directory = catalog.claim(root, run)
        self._claimed = str(directory)
        if folder.is_local(root):
            self.hold(str(directory), job)
        elif job is not None:
            claims.note_job(str(directory), job)
        return directory

    def hold(self, directory: str | None, job: str | None) -> bool:
        """Claim a run directory for this process, and return whether no other process has claimed it.

        A URL and None, which stands for no run directory, have no claims: the answer is True.
        """
        if directory is None or not folder.is_local(directory):
            return True
        if self._claim is not None and self._claim.directory == directory:
            return True
        missing = folder.missing(directory)
        try:
            os.makedirs(directory, exist_ok=True)
            claim = claims.take(directory, job)
        except OSError as error:  # a failing claim must not stop a training
            logging.getLogger(__name__).warning("%s: other processes cannot see this training (%s)", directory, error)
            return True
        if claim is None:
            return False
        self.release()
        self._claim = claim
        if missing:
            self._claimed, self._made = directory, missing[1:]
        return True

    def has_made(self, directory: str) -> bool:
        """Return whether this identity has created the run directory *directory*."""
        return self._claimed == directory

    def abandon(self) -> bool:
        """Remove the directory that this identity has created, unless a checkpoint was saved there.

        Returns:
            Whether it was removed.
        """
        claimed = self._claimed
        # An empty directory may still receive a checkpoint: asynchronous writing ends after all hooks of a crash.
        if claimed is None or self.has_saved or not folder.is_local(claimed):
            return False
        if self._claim is not None and self._claim.directory == claimed:
            self.release()
        claims.remove(claimed)
        if not folder.remove_if_empty(claimed, self._made):
            return False
        self._claimed = None
        return True

    def heartbeat(self) -> None:
        """Renew the heartbeat of the claim."""
        if self._claim is not None:
            self._claim.heartbeat()

    def release(self) -> None:
        """Let other processes claim the run."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def end(self) -> bool:
        """End the fit, and return whether its run directory was empty and is removed."""
        is_removed = self.abandon()
        self.release()
        self.found_last = self.continued = None
        self.has_trained = False
        return is_removed
