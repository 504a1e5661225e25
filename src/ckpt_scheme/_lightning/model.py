"""What a model is called, read from the module that is trained. Pure, and never an error: training goes before names.

The order of looking is that of `ARCHITECTURE` and `ENCODER`; ``docs/lightning.md`` tells it to users, and a test holds
the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

import attrs

from ckpt_scheme._fields import LabelField, sanitize_label
from ckpt_scheme._lightning.names import UNKNOWN
from ckpt_scheme.errors import FieldError

# Attributes, or keys of a mapping, from the module on. The first that holds a text is taken.
ARCHITECTURE: Final = (
    "architecture_name",
    "_architecture_name",
    "model.architecture_name",
    "model._architecture_name",
    "hparams.architecture_name",
    "hparams.architecture",
    "hparams.arch",
    "hparams.model_name",
    "hparams.model.architecture_name",
    "hparams.model.architecture",
    "hparams.model.arch",
    "hparams.model.model_name",
    "hparams.model.name",
    "hparams.model",
    # What timm and transformers write into the models that they make.
    "model.pretrained_cfg.architecture",
    "model.default_cfg.architecture",
    "model.config.model_type",
)
ENCODER: Final = (
    "encoder.model_name",
    "model.encoder.model_name",
    "component_overrides.encoder.model_name",
    "component_overrides.encoder.name",
    "component_overrides.encoder",
    "model.component_overrides.encoder.model_name",
    "hparams.encoder_name",
    "hparams.encoder",
    "hparams.component_overrides.encoder.model_name",
    "hparams.model.encoder.model_name",
    "hparams.model.encoder_name",
    "hparams.model.encoder",
    "hparams.model.component_overrides.encoder.model_name",
    "encoder.pretrained_cfg.architecture",
    "model.encoder.pretrained_cfg.architecture",
    "encoder.config.model_type",
    "model.encoder.config.model_type",
)

# Models of these libraries are called by their class where they hold no name.
_LIBRARIES: Final = ("timm", "torchvision", "transformers")


@attrs.frozen
class Model:
    """What a model is called.

    Args:
        architecture: A valid architecture.
        encoder: A valid encoder, or None.
        origin: Where the two were read, in words.
        trouble: What could not be read, and why.
    """

    architecture: str
    encoder: str | None
    origin: str
    trouble: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``<architecture>[-<encoder>]``."""
        return self.architecture if self.encoder is None else f"{self.architecture}-{self.encoder}"


def read_model(module: object) -> Model:
    """Return what *module*, a ``LightningModule`` or anything else, is called; never raises."""
    trouble: dict[str, str] = {}
    found = _first(module, ARCHITECTURE, "architecture", trouble)
    architecture, origin = found if found is not None else _class_name(module, trouble)
    encoder, place = _first(module, ENCODER, "encoder", trouble) or (None, None)
    if encoder == architecture:  # a model of transformers hands its own name down to its parts
        encoder = place = None
    if place is not None:
        origin = f"{origin} and {place}"
    return Model(architecture, encoder, origin, tuple(f"{path} ({error})" for path, error in trouble.items()))


def _first(module: object, paths: Iterable[str], field: LabelField, trouble: dict[str, str]) -> tuple[str, str] | None:
    for path in paths:
        value = _look_up(module, path, trouble)
        if isinstance(value, str):
            label = _clean(value, field)
            if label is not None:
                return label, path
    return None


def _look_up(module: object, path: str, trouble: dict[str, str]) -> object:
    value = module
    reached = ""
    for name in path.split("."):
        reached = f"{reached}.{name}" if reached else name
        try:
            value = _part(value, name)
        except Exception as error:  # noqa: BLE001 - a property runs the user's code, which must not stop a training
            trouble[reached] = type(error).__name__
            return None
        if value is None:
            return None
    return value


def _part(value: object, name: str) -> object:
    if isinstance(value, Mapping):
        return cast("Mapping[object, object]", value).get(name)
    found: object = getattr(value, name, None)
    return found


def _clean(text: str, field: LabelField) -> str | None:
    """Return a valid label made from *text*: of a hub's ``owner/name`` the name, without what a label cannot hold."""
    try:
        return sanitize_label(text.rstrip("/").rpartition("/")[2], field)
    except FieldError:
        return None


def _class_name(module: object, trouble: dict[str, str]) -> tuple[str, str]:
    for value, origin in _named_by_class(module, trouble):
        label = _clean(type(value).__name__, "architecture")
        if label is not None:
            return label, origin
    return UNKNOWN, "nothing, for no name was found"


def _named_by_class(module: object, trouble: dict[str, str]) -> Iterator[tuple[object, str]]:
    inner = _look_up(module, "model", trouble)
    if type(inner).__module__.partition(".")[0] in _LIBRARIES:
        yield inner, "the class of model"
    yield module, "the module's class"
