"""The callback as an object: copies, pickles, and configuration from text."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
from typing import Any

import pytest
import torch

from training import ADAPTERS, NAMESPACE, WITHOUT_PRIVATE, Lab, ModelCheckpoint, SchemeCheckpoint, Scripted, pl, trainer


def _state(callback: SchemeCheckpoint) -> tuple[object, ...]:
    return callback.state_key, callback.best_model_path, callback.dirpath, callback.run_dir, callback.run


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda callback: pickle.loads(pickle.dumps(callback))])
@pytest.mark.parametrize("is_trained", [False, True])
def test_copied_callback_keeps_type_and_state(lab: Lab, copied: Any, is_trained: bool) -> None:
    callback = lab.pair()[0]
    if is_trained:
        lab.fit(callback, scores=[0.5, 0.6])

    copy_ = copied(callback)

    assert isinstance(copy_, SchemeCheckpoint)
    assert _state(copy_) == _state(callback)
    assert "<locals>" not in copy_.state_key


def test_copied_pair_trains(lab: Lab) -> None:
    lab.fit(*copy.deepcopy(lab.pair()), scores=[0.5])

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_callback_is_a_model_checkpoint_of_lightning(lab: Lab) -> None:
    assert isinstance(lab.callback(), ModelCheckpoint)
    assert issubclass(SchemeCheckpoint, ModelCheckpoint)


def test_callback_takes_only_keyword_arguments() -> None:
    parameters = inspect.signature(SchemeCheckpoint.__init__).parameters.values()

    assert {p.kind for p in list(parameters)[1:]} <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


def test_callback_refuses_an_unknown_argument(lab: Lab) -> None:
    with pytest.raises(TypeError, match="save_topk"):
        lab.callback(save_topk=3)


def test_best_callback_with_save_last_warns(lab: Lab) -> None:
    with pytest.warns(UserWarning, match="save_last"):
        lab.callback(kind="best", monitor="val/hmean", save_last=True)


def test_state_keys_differ_and_hold_no_path(lab: Lab) -> None:
    best, epoch = lab.pair()

    assert best.state_key.startswith("SchemeCheckpoint{")
    assert len({best.state_key, epoch.state_key, lab.callback(kind="epoch", monitor="val/hmean").state_key}) == 3
    assert "/" not in best.state_key.replace("val/hmean", "")


def test_state_dict_holds_only_plain_values(lab: Lab) -> None:
    callback = lab.pair()[0]
    lab.fit(callback, scores=[0.5, 0.6])

    plain = (str, float, int, dict, torch.Tensor, type(None))
    assert [value for value in callback.state_dict().values() if not isinstance(value, plain)] == []


def test_public_module_returns_the_same_class_each_time() -> None:
    if not WITHOUT_PRIVATE:
        module = __import__(ADAPTERS[NAMESPACE], fromlist=["SchemeCheckpoint"])
        assert module.SchemeCheckpoint is SchemeCheckpoint


def test_hydra_builds_a_callback_that_trains(lab: Lab) -> None:
    from hydra.utils import instantiate  # noqa: PLC0415 - a third of a second that only this test needs

    callback = instantiate(
        {
            "_target_": f"{ADAPTERS[NAMESPACE]}.SchemeCheckpoint",
            "root": str(lab.outputs),
            "experiment_tag": "matrix_tag",
            "model": "net-small",
            "timestamp": "20251015_120000",
            "monitor": "val/hmean",
            "mode": "max",
            "filename": None,
        }
    )

    lab.fit(callback, scores=[0.5, 0.6])

    assert lab.names() == ["best-hmean-0.6000.ckpt"]


def test_lightning_cli_builds_callbacks_that_train(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py"])
    # Older releases call functions that the newest jsonargparse has deprecated.
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")
    cli = __import__(f"{NAMESPACE}.cli", fromlist=["LightningCLI"])
    options = {"root": str(lab.outputs), "experiment_tag": "matrix_tag", "model": "net-small"}
    arguments = {
        "trainer": {
            "max_epochs": 2,
            "accelerator": "cpu",
            "devices": 1,
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "default_root_dir": str(lab.home),
            "callbacks": [
                {
                    "class_path": f"{ADAPTERS[NAMESPACE]}.SchemeCheckpoint",
                    "init_args": {**options, "timestamp": "20251015_120000", "kind": "epoch", "save_last": True},
                },
                {
                    "class_path": f"{ADAPTERS[NAMESPACE]}.SchemeCheckpoint",
                    "init_args": {
                        **options,
                        "timestamp": "20251015_120000",
                        "monitor": "val/hmean",
                        "mode": "max",
                        "save_top_k": 2,
                        "every_n_epochs": 1,
                    },
                },
            ],
        }
    }
    plain: dict[str, Any] = {"save_config_callback": None, "seed_everything_default": False}

    cli.LightningCLI(_ScriptedByDefault, args={"fit": arguments, "subcommand": "fit"}, **plain)

    assert lab.names() == [
        "best-hmean-0.5000.ckpt",
        "best-hmean-0.6000.ckpt",
        "epoch-01_step-000008.ckpt",
        "last.ckpt",
    ]


class _ScriptedByDefault(Scripted):
    def __init__(self) -> None:
        super().__init__([0.5, 0.6])


def test_callback_keeps_no_reference_to_a_trainer(lab: Lab) -> None:
    callback = lab.callback(kind="epoch")

    lab.fit(callback, epochs=1)

    assert not [value for value in vars(callback).values() if isinstance(value, pl.Trainer)]


def test_callback_accepts_each_option_of_model_checkpoint(lab: Lab) -> None:
    stock = inspect.signature(ModelCheckpoint.__init__).parameters
    for name in set(stock) - {"self", "filename", "monitor", "save_top_k", "dirpath"}:
        default = stock[name].default
        lab.callback(**{name: default})

    trainer(lab.home, lab.callback())
