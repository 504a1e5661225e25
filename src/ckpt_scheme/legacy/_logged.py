"""Lists of what was logged, as in ``epoch=3-val_loss=0.12``, which Lightning writes and all that stand on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ckpt_scheme.legacy._field_type import FieldType

# What Python prints for a number: nan, inf and exponents with it.
NUMBER: Final = r"(?:-?(?:[0-9]{1,22}(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?|inf)|nan)"
NUMBER_LONGEST: Final = 59

# A "-" is what joins, so no name of a metric holds one here.
KEY: Final = r"[A-Za-z][0-9A-Za-z_.@]{0,63}"
_WHOLE: Final = r"[0-9]{1,18}"
_PARTS: Final = 8


def _logged(text: str) -> dict[str, Any] | None:
    """Return what a list such as ``epoch=3-val_loss=0.12`` says, by field, or None if it says something twice."""
    said: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    for key, value in _LOGGED_PART.findall(text):
        if key in said or key in metrics:
            return None
        if key in ("epoch", "step"):
            said[key] = int(value)
        elif key == "consumed_samples":
            said[key] = float(value)
        elif key.lower().endswith(("epoch", "step")) and value.isdecimal():
            return None  # a label of the user in front of the framework's, as in "model_epoch=3" and "epoch_epoch=3"
        else:
            metrics[key] = float(value)
    return {**said, "metrics": metrics}


def _that(has: tuple[str, ...], lacks: tuple[str, ...], *, is_measured: bool) -> Callable[[str], dict[str, Any] | None]:
    """Return `_logged`, which refuses a list without one of the fields *has*, or with one of those that it *lacks*."""

    def convert(text: str) -> dict[str, Any] | None:
        said = _logged(text)
        if said is None or not all(key in said for key in has) or any(key in said for key in lacks):
            return None
        if is_measured and (not said["metrics"] or text.startswith(("best_", "last_"))):
            return None  # a checkpoint that is called so
        return said

    return convert


# The first name of a metric in a list may hold a "/", that is, be split over two parts of a path, only where the first
# part is a word that names data: any other folder is a folder.
_SPLIT: Final = "(?:train|val|valid|validation|test|eval|dev)/"
_NUMBERED: Final = rf"(?:epoch|step)={_WHOLE}"
_FIRST: Final = rf"(?:{_NUMBERED}|(?!(?:epoch|step)=)(?:{_SPLIT})?{KEY}={NUMBER})"
_NEXT: Final = rf"(?:[-_](?:{_NUMBERED}|(?!(?:epoch|step)=){KEY}(?:/{KEY})?={NUMBER}))"
_LIST: Final = rf"{_FIRST}{_NEXT}{{0,{_PARTS - 1}}}"
_LOGGED_LONGEST: Final = 11 + 64 + 1 + NUMBER_LONGEST + (_PARTS - 1) * (1 + 64 + 1 + 64 + 1 + NUMBER_LONGEST)
_LOGGED_PART: Final = re.compile(rf"(?:^|[-_])([A-Za-z][0-9A-Za-z_.@/]*)=({NUMBER})(?=[-_]|$)")


def _list(*has: str, lacks: tuple[str, ...] = (), is_measured: bool = False) -> FieldType:
    """Return the type of a list with the fields *has* and without those that it *lacks*."""
    convert = _that(has, lacks, is_measured=is_measured)
    holds = ("=", *(f"{key}=" for key in has))
    return FieldType(_LIST, _LOGGED_LONGEST, convert, slashes=_PARTS, holds=holds, is_free=True)


# Lists of what was logged, as in "epoch=3-val_loss=0.12", by what they say. The measured ones hold a metric, the
# sampled ones a count of samples, which none of the others does.
LISTS: Final[Mapping[str, FieldType]] = {
    "logged": _list(),
    "logged_epoch": _list("epoch"),
    "logged_unsampled": _list(lacks=("consumed_samples",)),
    "logged_rest": _list(lacks=("epoch",)),
    "logged_step": _list("step", lacks=("epoch",)),
    "measured": _list(lacks=("epoch", "step", "consumed_samples"), is_measured=True),
    "measured_epoch": _list("epoch", lacks=("consumed_samples",), is_measured=True),
    "measured_step": _list("step", lacks=("epoch", "consumed_samples"), is_measured=True),
    "sampled_epoch": _list("epoch", "consumed_samples"),
    "sampled_step": _list("step", "consumed_samples", lacks=("epoch",)),
}
"""The types that are such a list, by their name."""
