"""`builder_of`: the name of a torchvision model, found by its weights because the model does not hold it."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Final

_PACKAGE: Final = "torchvision.models"
_MOST_CHANGES: Final = 8  # another head, another first layer


def builder_of(model: object) -> str | None:
    """Return the function of torchvision that makes a model with the weights of *model*; None if it is not certain.

    The names and shapes of the weights are compared with those of each model of this class, built without memory for
    the weights. A few may differ, because users replace the first and the last layer.
    """
    if not f"{type(model).__module__}.".startswith(f"{_PACKAGE}."):
        return None
    weights = _weights(model)
    distances: list[tuple[int, str]] = []
    for name, other in _built(type(model)):
        distance = len(weights ^ _weights(other))
        if not distance:
            return name
        distances.append((distance, name))
    distances.sort()
    if not distances or distances[0][0] > _MOST_CHANGES:
        return None
    is_certain = len(distances) == 1 or distances[0][0] < distances[1][0]
    return distances[0][1] if is_certain else None


def _weights(model: Any) -> set[tuple[str, tuple[int, ...]]]:  # noqa: ANN401 - a module of torch
    return {(name, tuple(weight.shape)) for name, weight in model.state_dict().items()}


def _built(kind: type) -> Iterator[tuple[str, object]]:
    """Yield the name of each torchvision function that returns a model of the class *kind*, and that model."""
    models: Any = sys.modules[_PACKAGE]
    torch: Any = sys.modules["torch"]
    for name in models.list_models():
        builder = models.get_model_builder(name)
        if builder.__module__ != kind.__module__:
            continue
        loaded = {"weights", "weights_backbone"} & set(inspect.signature(builder).parameters)
        with torch.device("meta"), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = builder(**dict.fromkeys(loaded))
        if type(model) is kind:
            yield name, model
