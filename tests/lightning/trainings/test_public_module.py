"""The adapter with an installed Lightning: the names behind it, and when the framework loads."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ckpt_scheme._lightning.naming import SchemeNaming
from training import ADAPTERS, NAMESPACE, Lab, SchemeCheckpoint, pl

PROGRAM = f"""
import sys
import ckpt_scheme, {ADAPTERS[NAMESPACE]} as adapter
frameworks = {{"lightning", "pytorch_lightning", "torch"}}
print(*sorted(frameworks & set(sys.modules)))
adapter.scheme_checkpoints
print({NAMESPACE!r} in sys.modules)
print(adapter.SchemeCheckpoint is vars(adapter)["SchemeCheckpoint"])
"""


def test_framework_loads_only_when_a_name_is_used() -> None:
    done = subprocess.run(  # noqa: S603 - the program is above
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:3] == ["", "True", "True"]


@pytest.mark.parametrize("namespace", ADAPTERS)
def test_callbacks_of_each_namespace_extend_the_naming_and_the_framework_class(namespace: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("lightning") is None:  # which brings the other
        namespace = NAMESPACE
    adapter: Any = importlib.import_module(ADAPTERS[namespace])
    stock = importlib.import_module(f"{namespace}.callbacks").ModelCheckpoint
    pair: list[Any] = adapter.scheme_checkpoints(root=tmp_path, monitor="val/hmean", metric_label="h")
    best, epoch = pair

    assert issubclass(adapter.SchemeCheckpoint, SchemeNaming)
    assert issubclass(adapter.SchemeCheckpoint, stock)
    assert {type(callback) for callback in pair} == {adapter.SchemeCheckpoint}
    assert (best.kind, epoch.kind) == ("best", "epoch")
    assert best.format_checkpoint_name({"val/hmean": 0.5}) == "best-h-0.5000.ckpt"
    assert (best.save_last, epoch.save_last) == (None, True)


def test_docstring_describes_each_argument() -> None:
    text = inspect.getdoc(SchemeCheckpoint)

    assert text is not None
    for name in set(inspect.signature(SchemeCheckpoint.__init__).parameters) - {"self"}:
        assert f"{name}:" in text


def test_trainer_of_the_other_namespace_is_refused(lab: Lab) -> None:
    # A Trainer sees a callback of the other namespace like this one, as a callback that is no ModelCheckpoint.
    class Foreign(pl.Callback):
        def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
            lab.callback().setup(trainer, pl_module, stage)

    with pytest.raises(TypeError, match="does not accept a checkpoint callback"):
        lab.fit(Foreign(), epochs=1, enable_checkpointing=False)

    assert lab.tree() == []
