"""The name that the adapter gives a model: the places in order, and attributes that raise."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckpt_scheme import RunId
from ckpt_scheme._lightning.model import ARCHITECTURE, BUILDER, CLASS, ENCODER, ITSELF, Places, _unwrapped, read_model
from ckpt_scheme._lightning.names import run_like


class LitOCR:
    """Takes the place of a LightningModule, of which the adapter reads attributes and mappings alone."""


def module_with(path: str, value: object) -> LitOCR:
    """Return a module on which the dotted *path* leads to *value*, the parts of ``hparams`` being mappings."""
    module = LitOCR()
    add(module, path, value)
    return module


def add(module: LitOCR, path: str, value: object) -> None:
    first, *rest = path.split(".")
    for name in reversed(rest):
        value = {name: value} if first in {"hparams", "component_overrides"} else SimpleNamespace(**{name: value})
    setattr(module, first, value)


def texts(places: Places) -> list[str]:
    """Return the paths of the places that a text may be in."""
    return [
        ".".join(filter(None, (holder, "" if member == ITSELF else member)))
        for holder, members in places
        for member in members
        if member not in (BUILDER, CLASS)
    ]


@pytest.mark.parametrize("path", texts(ARCHITECTURE))
def test_read_model_finds_an_architecture_in_each_place(path: str) -> None:
    model = read_model(module_with(path, "dbnet"))

    assert (model.architecture, model.encoder, model.origin) == ("dbnet", None, path)


@pytest.mark.parametrize("path", texts(ENCODER))
def test_read_model_finds_an_encoder_in_each_place(path: str) -> None:
    module = module_with(path, "resnet18")
    module.architecture_name = "dbnet"  # type: ignore[attr-defined]

    model = read_model(module)

    assert (model.name, model.origin) == ("dbnet-resnet18", f"architecture_name and {path}")


def test_read_model_takes_the_class_of_the_module_for_the_architecture_of_an_encoder() -> None:
    model = read_model(module_with("encoder.model_name", "resnet18"))

    assert (model.name, model.origin) == ("LitOCR-resnet18", "the module's class and encoder.model_name")


def test_read_model_takes_the_first_of_several_places() -> None:
    module = module_with("architecture_name", "first")
    add(module, "_architecture_name", "second")
    add(module, "encoder.model_name", "resnet18")
    add(module, "component_overrides.encoder.model_name", "resnet50")

    assert read_model(module).name == "first-resnet18"


def test_read_model_ignores_an_encoder_named_like_the_architecture() -> None:
    module = module_with("model", SimpleNamespace(config=SimpleNamespace(model_type="bert")))
    module.model.encoder = SimpleNamespace(config=module.model.config)  # type: ignore[attr-defined]

    model = read_model(module)

    assert (model.name, model.origin) == ("bert", "model.config.model_type")


def test_read_model_skips_a_place_without_text_or_letter() -> None:
    module = module_with("architecture_name", 7)
    add(module, "_architecture_name", "--")
    add(module, "hparams.model", "dbnet")

    assert read_model(module).architecture == "dbnet"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mobilenet_v3 large", "mobilenet_v3_large"),
        ("convnext-tiny", "convnext_tiny"),
        ("microsoft/resnet-50", "resnet_50"),
        ("models/dbnet/", "dbnet"),
        ("configs/dbnet.yaml", "dbnet"),
        ("x" * 99, "x" * 64),
    ],
)
def test_read_model_sanitizes_an_architecture(text: str, expected: str) -> None:
    assert read_model(module_with("architecture_name", text)).architecture == expected


def test_read_model_keeps_the_hyphens_of_an_encoder() -> None:
    model = read_model(module_with("encoder.model_name", "timm/tf_efficientnet-b0.ns"))

    assert model.encoder == "tf_efficientnet-b0_ns"
    assert RunId.is_valid(str(run_like("tag", model.name, "training", None)))


@pytest.mark.parametrize("path", ["hparams.model._target_", "hparams.backbone._target_"])
def test_read_model_takes_the_class_of_a_target(path: str) -> None:
    assert read_model(module_with(path, "project.models.DBNet")).name == "DBNet"


def test_read_model_compares_architecture_and_encoder_after_one_cleaning() -> None:
    config = SimpleNamespace(model_type="xlm-roberta")
    module = module_with("model", SimpleNamespace(config=config, encoder=SimpleNamespace(config=config)))

    assert read_model(module).name == "xlm_roberta"


def test_read_model_returns_unknown_for_a_class_without_ascii_letter() -> None:
    assert read_model(type("Модель", (), {})()).name == "unknown"


def test_read_model_reports_attributes_that_raise() -> None:
    class Hostile:
        @property
        def architecture_name(self) -> str:
            raise ZeroDivisionError

        @property
        def hparams(self) -> str:
            raise RuntimeError

    model = read_model(Hostile())

    assert model.name == "Hostile"
    assert "architecture_name (ZeroDivisionError)" in model.trouble
    assert "hparams (RuntimeError)" in model.trouble
    assert len(model.trouble) == len(set(model.trouble))


def test_guide_lists_the_places_of_a_model_in_the_same_order() -> None:
    text = (Path(__file__).parents[2] / "docs/lightning.md").read_text(encoding="utf-8")
    section = text.partition("## The name of the model")[2].partition("\n## ")[0]
    first, _, second = section.partition("**Encoder**")

    for part, places in ((first, ARCHITECTURE), (second, ENCODER)):
        rows = re.findall(r"^\| \d+ \| (.+) \| (.+) \|$", part, flags=re.MULTILINE)
        assert rows == [(f"`{holder}`" if holder else "the module", shown(members)) for holder, members in places]


def shown(members: tuple[str, ...]) -> str:
    """Return the members of a place as the guide shows them."""
    return ", ".join(IN_THE_GUIDE.get(member, f"`{member}`") for member in members)


IN_THE_GUIDE = {ITSELF: "its own text", BUILDER: "its builder in torchvision", CLASS: "its class"}


def test_wrapper_that_wraps_itself_is_unwrapped_no_further() -> None:
    wrapper: Any = type("DataParallel", (), {"__module__": "torch.nn"})()
    wrapper.module = wrapper

    assert _unwrapped(wrapper) is wrapper
