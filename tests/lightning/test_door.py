"""The door where Lightning is installed: what opens it, and what is behind it."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest
from training import DOOR, NAMESPACE, Lab, SchemeCheckpoint, pl

from ckpt_scheme._lightning.naming import SchemeNaming

PROGRAM = f"""
import sys
import ckpt_scheme, {DOOR[NAMESPACE]} as door
frameworks = {{"lightning", "pytorch_lightning", "torch"}}
print(*sorted(frameworks & set(sys.modules)))
door.scheme_checkpoints
print({NAMESPACE!r} in sys.modules)
print(door.SchemeCheckpoint is vars(door)["SchemeCheckpoint"])
"""


def test_only_the_use_of_a_name_loads_the_framework() -> None:
    done = subprocess.run(  # noqa: S603 - the program is above
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:3] == ["", "True", "True"]


def test_the_callbacks_of_both_namespaces_are_of_one_kind() -> None:
    door: Any = importlib.import_module(DOOR[NAMESPACE])

    assert issubclass(door.SchemeCheckpoint, SchemeNaming)
    assert issubclass(door.SchemeCheckpoint, pl.callbacks.ModelCheckpoint)


def test_help_shows_the_arguments() -> None:
    text = inspect.getdoc(SchemeCheckpoint)

    assert text is not None
    for name in set(inspect.signature(SchemeCheckpoint.__init__).parameters) - {"self"}:
        assert f"{name}:" in text


def test_a_trainer_of_the_other_namespace_is_refused(lab: Lab) -> None:
    # To a Trainer, a callback of the other namespace is what this one is: a callback, but no checkpoint callback.
    class Foreign(pl.Callback):
        def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
            lab.callback().setup(trainer, pl_module, stage)

    with pytest.raises(TypeError, match="no checkpoint callback"):
        lab.fit(Foreign(), epochs=1, enable_checkpointing=False)

    assert lab.tree() == []
