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
from ckpt_scheme._lightning.model import Model
from ckpt_scheme._lightning.stock import Trainer
from ckpt_scheme.layout import RunDirectory
from ckpt_scheme.run_id import RunId

_identities: Final[weakref.WeakKeyDictionary[Any, Identity]] = weakref.WeakKeyDictionary()


def _none() -> None:
    """Take the place of an identity in a copy of a callback."""


@attrs.define(eq=False)
class Identity:
    """The run of one Trainer. Nothing of it is in a checkpoint or in a copy of a callback.

    Attributes:
        trainer: The Trainer.
        model: The name of the model, until it is logged.
        found_last: The checkpoint that was found for ``ckpt_path="last"``, until the fit ends.
        continued: The directory of checkpoints to go on in, in a tuple, once that is decided; else None.
        is_raising: Whether an exception ends the training.
        has_saved: Whether a checkpoint was handed over to be written.
        has_trained: Whether the fit has come to its first step.
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
        """Return the identity of *trainer*, the same one each time."""
        if trainer not in _identities:
            _identities[trainer] = cls(weakref.ref(trainer))
        return _identities[trainer]

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return _none, ()

    def begin(self, root: str, run: RunId, job: str | None) -> RunDirectory:
        """Make the directory of a new run, or choose one behind a URL, and claim it."""
        self._made = folder.missing(root) if folder.is_local(root) else []
        directory = catalog.claim(root, run)
        self._claimed = str(directory)
        if folder.is_local(root):
            self.hold(str(directory), job)
        elif job is not None:
            claims.note_job(str(directory), job)
        return directory

    def hold(self, directory: str | None, job: str | None) -> bool:
        """Claim a run directory for this process, and return whether no other process has it.

        A directory behind a URL, and one that is in no run, can have no claim, so no process has it.
        """
        if directory is None or not folder.is_local(directory):
            return True
        if self._claim is not None and self._claim.directory == directory:
            return True
        missing = folder.missing(directory)
        try:
            os.makedirs(directory, exist_ok=True)
            claim = claims.take(directory, job)
        except OSError as error:  # a training goes before its claim
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
        """Return whether this identity has made the run directory *directory*."""
        return self._claimed == directory

    def abandon(self) -> bool:
        """Remove the directory that this identity has made, if nothing was or will be saved there.

        Returns:
            Whether it was removed.
        """
        claimed = self._claimed
        # A directory that holds nothing yet may be about to: asynchronous writing ends after all the hooks of a crash.
        if claimed is None or self.has_saved or not folder.is_local(claimed):
            return False
        if self._claim is not None and self._claim.directory == claimed:
            self.release()
        claims.remove(claimed)
        if not folder.remove_if_empty(claimed, self._made):
            return False
        self._claimed = None
        return True

    def beat(self) -> None:
        """Show other processes that this one is alive."""
        if self._claim is not None:
            self._claim.beat()

    def release(self) -> None:
        """Let other processes have the run."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def end(self) -> bool:
        """End the fit; return whether its run directory was removed, because nothing was saved there."""
        is_removed = self.abandon()
        self.release()
        self.found_last = self.continued = None
        self.has_trained = False
        return is_removed
