"""`read_model`: the name of a model, read from the module that is trained. An unreadable name never stops a training.

`ARCHITECTURE` and `ENCODER` list the places in order. ``docs/lightning.md`` shows the same list to users, and a test
compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

import attrs

from ckpt_scheme._fields import LabelField, sanitize_label
from ckpt_scheme._lightning import torchvision_models
from ckpt_scheme._lightning.names import UNKNOWN
from ckpt_scheme.errors import FieldError

Places: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]

ITSELF: Final = "itself"
BUILDER: Final = "builder"
CLASS: Final = "class"
TARGET: Final = "_target_"

_NAMES: Final = ("architecture_name", "_architecture_name")
_CONFIGURED: Final = ("architecture_name", "architecture", "arch", "model_name", "name", TARGET, ITSELF)
_PART: Final = ("model_name", "name", TARGET, ITSELF)
# The models of timm, transformers and torchvision have these.
_MADE: Final = ("pretrained_cfg.architecture", "default_cfg.architecture", "config.model_type", BUILDER)

# Dotted paths of attributes or mapping keys below the module, each with the members that may hold the name. The first
# valid label wins.
ARCHITECTURE: Final[Places] = (
    ("", _NAMES),
    ("model", _NAMES),
    ("net", _NAMES),
    ("hparams", ("architecture_name", "architecture", "arch", "model_name")),
    ("hparams.model", _CONFIGURED),
    ("hparams.cfg.model", _CONFIGURED),
    ("model", (*_MADE, CLASS)),
    ("net", (*_MADE, CLASS)),
    ("hparams.backbone", _PART),
    ("backbone", (*_MADE, CLASS)),
    ("", (CLASS,)),
)
ENCODER: Final[Places] = (
    ("encoder", ("model_name",)),
    ("model.encoder", ("model_name",)),
    ("component_overrides.encoder", _PART),
    ("model.component_overrides.encoder", _PART),
    ("hparams", ("encoder_name",)),
    ("hparams.encoder", _PART),
    ("hparams.component_overrides.encoder", _PART),
    ("hparams.model.encoder", _PART),
    ("hparams.model", ("encoder_name",)),
    ("hparams.model.component_overrides.encoder", _PART),
    ("hparams.cfg.model.encoder", _PART),
    ("hparams.cfg.model", ("encoder_name",)),
    ("hparams.backbone", _PART),
    ("hparams.model.backbone", _PART),
    ("hparams.cfg.model.backbone", _PART),
    ("model", ("config.encoder_name",)),
    ("net", ("config.encoder_name",)),
    ("encoder", _MADE),
    ("model.encoder", _MADE),
    ("net.encoder", _MADE),
    ("backbone", _MADE),
    ("model.backbone", _MADE),
    ("net.backbone", _MADE),
)

_WRAPPERS: Final = {
    "OptimizedModule": "_orig_mod",
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "FullyShardedDataParallel": "module",
}
_WRAPPED_DEEPEST: Final = 8
_SUFFIXES: Final = (".yaml", ".yml", ".json", ".toml", ".py")


@attrs.frozen
class Model:
    """The name of a model.

    Args:
        architecture: A valid architecture.
        encoder: A valid encoder, or None.
        origin: The places of the two, for the log.
        trouble: The places that raised an error, each with the type of the error.
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
    """Return the name of *module*, a ``LightningModule`` or any other object; never raises."""
    trouble: dict[str, str] = {}
    architecture, origin = next(
        _labels(module, ARCHITECTURE, "architecture", trouble), (UNKNOWN, "no place, because none holds a name")
    )
    encoder, place = next(_labels(module, ENCODER, "encoder", trouble), (None, None))
    # The parts of a transformers model repeat the name of the whole, and a backbone may be the whole model.
    if encoder is not None and _clean(encoder, "architecture") == architecture:
        encoder = place = None
    if place is not None:
        origin = f"{origin} and {place}"
    return Model(architecture, encoder, origin, tuple(f"{path} ({error})" for path, error in trouble.items()))


def _labels(module: object, places: Places, field: LabelField, trouble: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each valid label that *module* holds, in the order of *places*, and its place for the log."""
    for holder, members in places:
        found = _look_up(module, holder, trouble)
        if found is None:
            continue
        for member in members:
            text, origin = _text(found, holder, member, trouble)
            label = _clean(text, field) if isinstance(text, str) else None
            if label is not None:
                yield label, origin


def _text(found: object, holder: str, member: str, trouble: dict[str, str]) -> tuple[object, str]:
    """Return the value of *member* of *found*, which is at *holder*, and its place for the log."""
    if member == ITSELF:
        return found, holder
    if member == BUILDER:
        origin = f"the builder of {holder} in torchvision"
        try:
            return torchvision_models.builder_of(found), origin
        except Exception as error:  # noqa: BLE001 - another release of torchvision must not stop a training
            trouble[origin] = type(error).__name__
            return None, origin
    if member == CLASS:
        name = type(found).__name__ if not holder or _is_own_module(found) else None
        return name, f"the class of {holder}" if holder else "the module's class"
    path = f"{holder}.{member}" if holder else member
    text = _look_up(found, member, trouble, holder)
    if member == TARGET and isinstance(text, str):
        text = text.rpartition(".")[2]
    return text, path


def _is_own_module(value: object) -> bool:
    """Return whether *value* is an ``nn.Module`` of a class outside of torch; ``Sequential`` is inside."""
    is_module = any((base.__module__, base.__name__) == _MODULE for base in type(value).__mro__)
    return is_module and type(value).__module__.partition(".")[0] != "torch"


_MODULE: Final = ("torch.nn.modules.module", "Module")


def _look_up(value: object, path: str, trouble: dict[str, str], reached: str = "") -> object:
    for name in path.split(".") if path else ():
        reached = f"{reached}.{name}" if reached else name
        try:
            value = _unwrapped(_part(value, name))
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


def _unwrapped(value: Any) -> object:  # noqa: ANN401 - a module holds any object
    """Return the model inside *value* if *value* is a wrapper of torch or PEFT; otherwise *value*."""
    for _ in range(_WRAPPED_DEEPEST):
        kind = cast("type[object]", type(value))
        if kind.__name__ in _WRAPPERS and kind.__module__.startswith("torch."):
            value = getattr(value, _WRAPPERS[kind.__name__])
        elif kind.__module__.startswith("peft.") and hasattr(value, "get_base_model"):
            value = value.get_base_model()
        else:
            break
    return cast("object", value)


def _clean(text: str, field: LabelField) -> str | None:
    """Return a valid label made from *text*, a hub's ``owner/name``, a path or a plain name; None if there is none."""
    name = text.rstrip("/").rpartition("/")[2]
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    try:
        return sanitize_label(name, field)
    except FieldError:
        return None
