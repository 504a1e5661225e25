"""`SchemeNameFormat`: step directories of Orbax under the names of the scheme.

A checkpoint of Orbax is a directory, ``epoch-<epoch>_step-<step>.ckpt``, in the ``checkpoints`` of a run.
``docs/trainers.md`` is the guide. Importing this module loads neither Orbax nor JAX.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from typing import Any, final

import attrs

from ckpt_scheme.checkpoint_name import CheckpointName, EpochCheckpoint
from ckpt_scheme.errors import FieldError

__all__ = ["SchemeNameFormat"]


def _steps_per_epoch(_instance: object, _attribute: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or value < 1:
        raise FieldError("steps_per_epoch", value, "a whole number, 1 or more")


@final
@attrs.frozen(kw_only=True)
class SchemeNameFormat:
    """A ``NameFormat`` of Orbax whose names are those of the scheme, for ``CheckpointManagerOptions``.

    Orbax counts steps. The epoch is derived: with 4 steps an epoch, steps 1 to 4 are of epoch 0. A step is the number
    of optimizer steps that are done, so the last checkpoint of epoch 0 has step 4. Step 0 is of epoch 0 too.

    Args:
        steps_per_epoch: The number of optimizer steps in an epoch, 1 or more. Directories named with another number
            are found by their step.

    Raises:
        FieldError: If *steps_per_epoch* is no whole number above 0.
        ImportError: If Orbax is not installed (extra ``orbax``).
    """

    steps_per_epoch: int = attrs.field(validator=_steps_per_epoch)

    def __attrs_post_init__(self) -> None:
        # `find_spec` imports the parent package, and that of Orbax is an empty namespace.
        if importlib.util.find_spec("orbax") is None or importlib.util.find_spec("orbax.checkpoint") is None:
            message = (
                "ckpt_scheme.orbax.SchemeNameFormat needs Orbax 0.11.20 or newer: pip install 'ckpt-scheme[orbax]'"
            )
            raise ImportError(message, name="orbax.checkpoint")

    def build_name(self, step: int) -> str:
        """Return the name of the directory of a step.

        Args:
            step: The number of optimizer steps that are done.

        Raises:
            FieldError: If *step* cannot be in a name (CKS-021).
        """
        return EpochCheckpoint(epoch=max(step - 1, 0) // self.steps_per_epoch, step=step).format()

    def find_all(self, base_path: str | os.PathLike[str]) -> Iterator[Any]:
        """Yield the ``Metadata`` of each step in a directory, without unfinished checkpoints and other names.

        Args:
            base_path: The directory that holds the step directories.

        Raises:
            ValueError: If two directories have the same step.
        """
        yield from _found(base_path).values()

    def find_step(self, base_path: str | os.PathLike[str], step: int) -> Any:  # noqa: ANN401 - a type of Orbax, which need not be installed
        """Return the ``Metadata`` of a step.

        Args:
            base_path: The directory that holds the step directories.
            step: The step.

        Raises:
            ValueError: If no finished checkpoint or more than one has this step.
        """
        try:
            return _found(base_path)[step]
        except KeyError:
            message = f"{os.fspath(base_path)} holds no finished checkpoint of step {step}"
            raise ValueError(message) from None


def _found(base_path: str | os.PathLike[str]) -> dict[int, Any]:
    """Return the ``Metadata`` of the finished checkpoints in a directory, by their steps."""
    epath: Any = importlib.import_module("etils.epath")  # a dependency of Orbax
    orbax: Any = importlib.import_module("orbax.checkpoint").path.step
    found: dict[int, Any] = {}
    for path in epath.Path(base_path).iterdir():
        step = _step(path.name)
        if step is None or not path.is_dir() or not orbax.is_checkpoint_finalized(path):
            continue
        if step in found:
            message = f"{found[step].path} and {path} are both of step {step}: move one of them away"
            raise ValueError(message)
        found[step] = orbax.Metadata(step=step, path=path)
    return found


def _step(name: str) -> int | None:
    """Return the step that a name of Orbax states, or None for a name that `build_name` never returns."""
    if not CheckpointName.is_valid(name):
        return None
    parsed = CheckpointName.parse(name)
    is_plain = isinstance(parsed, EpochCheckpoint) and parsed.metric is None and parsed.version is None
    return parsed.step if is_plain else None
