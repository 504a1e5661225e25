"""The names of models of real libraries: each row of the table in the guide.

The libraries are in the directory CKPT_SCHEME_MODEL_LIBRARIES, or installed. Without them the tests are skipped.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
import torch

from ckpt_scheme._lightning.model import read_model
from training import pl

GUIDE: Final = (Path(__file__).parents[3] / "docs" / "lightning.md").read_text(encoding="utf-8")
FOLDER: Final = os.environ.get("CKPT_SCHEME_MODEL_LIBRARIES")

pytestmark = pytest.mark.filterwarnings("ignore")


class DBNet(torch.nn.Module):
    """A model of the user."""

    def __init__(self, backbone: torch.nn.Module | None = None) -> None:
        super().__init__()
        self.backbone = backbone


class Lit(pl.LightningModule):
    """A module of the user."""

    def __init__(self, **parts: object) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> None:
    if FOLDER is None:
        pytest.importorskip("torchvision", exc_type=ImportError)
    elif FOLDER not in sys.path:
        sys.path.append(FOLDER)
        # torchvision imports only if its operators are declared, which the CPU build of torch lacks.
        library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)


_KEPT: Final[list[object]] = []  # an operator lives as long as its library


def _timm(**options: Any) -> torch.nn.Module:
    timm = pytest.importorskip("timm")
    model: torch.nn.Module = timm.create_model("resnet18", **options)
    return model


def _torchvision(name: str, **options: Any) -> torch.nn.Module:
    models = pytest.importorskip("torchvision.models")
    model: torch.nn.Module = models.get_model(name, weights=None, **options)
    return model


def _xlm_roberta() -> Any:
    transformers = pytest.importorskip("transformers")
    sizes = dict.fromkeys(("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"), 1)
    return transformers.XLMRobertaModel(transformers.XLMRobertaConfig(vocab_size=10, **sizes))


def _peft() -> Any:
    peft = pytest.importorskip("peft")
    return peft.get_peft_model(_xlm_roberta(), peft.LoraConfig(target_modules=["query"], r=1))


def _smp() -> Any:
    return pytest.importorskip("segmentation_models_pytorch").Unet("resnet18", encoder_weights=None)


def _omegaconf() -> Lit:
    omegaconf = pytest.importorskip("omegaconf")
    config = omegaconf.OmegaConf.create({"model": {"_target_": "ocr.DBNet", "encoder": {"name": "resnet18"}}})
    module = Lit()
    module.save_hyperparameters({"cfg": config})
    return module


# The rows of the guide, in its order.
ROWS: Final[list[Callable[[], Lit]]] = [
    lambda: Lit(model=_timm()),
    lambda: Lit(backbone=_timm(features_only=True)),
    lambda: Lit(model=_xlm_roberta()),
    lambda: Lit(model=_peft()),
    lambda: Lit(model=_smp()),
    lambda: Lit(model=_torchvision("resnet18")),
    lambda: Lit(net=_torchvision("resnet50", num_classes=10)),
    lambda: Lit(model=torch.compile(_torchvision("resnet18"))),
    lambda: Lit(model=DBNet()),
    lambda: Lit(model=DBNet(_timm())),
    _omegaconf,
    lambda: Lit(model=torch.nn.Sequential(torch.nn.Linear(1, 1))),
]
NAMES: Final = re.findall(
    r"^\| .+ \| .+ \| `([\w-]+)` \|$", GUIDE.partition("Real models give")[2].partition("\n## ")[0], re.MULTILINE
)


@pytest.mark.parametrize(("make", "name"), list(zip(ROWS, NAMES, strict=True)))
def test_model_of_a_library_gets_the_name_in_the_guide(make: Callable[[], Lit], name: str) -> None:
    model = read_model(make())

    assert (model.name, model.trouble) == (name, ())


def test_model_in_several_wrappers_gets_its_name() -> None:
    compiled: Any = torch.compile(_torchvision("resnet34"))
    wrapped = torch.nn.DataParallel(compiled)

    assert read_model(Lit(model=wrapped)).name == "resnet34"


@pytest.mark.parametrize("name", ["vit_b_32", "vgg11_bn", "wide_resnet50_2", "lraspp_mobilenet_v3_large"])
def test_model_of_torchvision_gets_the_name_of_its_builder(name: str) -> None:
    options = {"weights_backbone": None} if name.startswith("lraspp") else {}

    assert read_model(Lit(model=_torchvision(name, **options))).name == name


def test_model_of_torchvision_with_other_first_and_last_layers_keeps_its_name() -> None:
    model = _torchvision("resnet18")
    model.conv1 = torch.nn.Conv2d(1, 64, 7)
    model.fc = torch.nn.Identity()
    state = torch.random.get_rng_state()

    name = read_model(Lit(model=model)).name

    assert name == "resnet18"
    assert torch.equal(torch.random.get_rng_state(), state)


def test_model_of_torchvision_that_no_builder_makes_gets_the_name_of_its_class() -> None:
    resnet = pytest.importorskip("torchvision.models.resnet")

    assert read_model(Lit(model=resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1]))).name == "ResNet"


def test_unknown_release_of_torchvision_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _torchvision("resnet18")
    monkeypatch.delattr(sys.modules["torchvision.models"], "list_models")

    read = read_model(Lit(model=model))

    assert read.name == "ResNet"
    assert read.trouble == ("the builder of model in torchvision (AttributeError)",)


def test_text_of_a_user_beats_the_class() -> None:
    module = Lit(model=DBNet(), encoder=SimpleNamespace(model_name="resnet18"), architecture_name="db")

    assert read_model(module).name == "db-resnet18"
