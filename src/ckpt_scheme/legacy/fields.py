"""The types that a field of a template can have: what texts it takes, and what they are worth.

`parse` reads what its own field types allow, and that is too much for names: a plain field takes any text and stops at
the first chance, ``:d`` takes ``0x16``, ``+2`` and a blank before the number. So every field of a template has one of
the types below, each a pattern that neither its neighbours nor a reader can mistake. None of them repeats a repetition
without something between that only one of the two can be, so a match takes a time linear in the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, final

import attrs

from ckpt_scheme import _grammar


@final
@attrs.frozen
class FieldType:
    """What a field of a template can hold.

    Args:
        pattern: Its texts; without groups.
        longest: None of them is longer.
        convert: What makes a value of the text, or None where the text is the value. Where the value is a mapping, it
            is one of several fields, whose names and values it holds; where it is None, the text is no such field.
        shape: The one `shape` that all of them have, or None where they have several.
        slashes: No text holds more of them.
        is_free: Whether the user or the run chooses the text, so that another format may well have written it.
    """

    pattern: str
    longest: int
    convert: Callable[[str], Any] | None = None
    shape: str | None = None
    slashes: int = 0
    is_free: bool = False


def shape(text: str) -> str:
    """Return *text* with one ``0`` for each run of digits: what the names of a format have in common."""
    return re.sub("[0-9]+", "0", text)


def _padded(width: int) -> FieldType:
    """Return the type of a number that is padded with zeros to *width* digits, and only grows longer if it must."""
    pattern = rf"(?:[0-9]{{{width}}}|[1-9][0-9]{{{width},{_grammar.MAX_DIGITS - 1}}})"
    return FieldType(pattern, _grammar.MAX_DIGITS, int, "0")


# What Python prints for a number: nan, inf and exponents with it.
_NUMBER: Final = r"(?:-?(?:[0-9]{1,22}(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?|inf)|nan)"
_NUMBER_LONGEST: Final = 59

# A "-" is what joins, so no name of a metric holds one here.
_KEY: Final = r"[A-Za-z][0-9A-Za-z_.@]{0,63}"
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
        elif key.endswith(("epoch", "step")) and value.isdecimal():
            return None  # a label of the user in front of the framework's, as in "model_epoch=3" and "epoch_epoch=3"
        else:
            metrics[key] = float(value)
    return {**said, "metrics": metrics}


def _that(
    has: tuple[str, ...], lacks: tuple[str, ...] = (), *, is_measured: bool = False
) -> Callable[[str], dict[str, Any] | None]:
    """Return `_logged`, which refuses a list without one of the fields *has*, or with one of those that it *lacks*."""

    def convert(text: str) -> dict[str, Any] | None:
        said = _logged(text)
        if said is None or not all(key in said for key in has) or any(key in said for key in lacks):
            return None
        return None if is_measured and not said["metrics"] else said

    return convert


# The first name of a metric in a list may hold a "/", that is, be split over two parts of a path, only where the first
# part is a word that names data: any other folder is a folder.
_SPLIT: Final = "(?:train|val|valid|validation|test|eval|dev)/"
_NUMBERED: Final = rf"(?:epoch|step)={_WHOLE}"
_FIRST: Final = rf"(?:{_NUMBERED}|(?!(?:epoch|step)=)(?:{_SPLIT})?{_KEY}={_NUMBER})"
_NEXT: Final = rf"(?:(?:--?|_)(?:{_NUMBERED}|(?!(?:epoch|step)=){_KEY}(?:/{_KEY})?={_NUMBER}))"
_LIST: Final = rf"{_FIRST}{_NEXT}{{0,{_PARTS - 1}}}"
_LOGGED_LONGEST: Final = 11 + 64 + 1 + _NUMBER_LONGEST + (_PARTS - 1) * (2 + 64 + 1 + 64 + 1 + _NUMBER_LONGEST)
_LOGGED_PART: Final = re.compile(rf"(?:^|[-_])([A-Za-z][0-9A-Za-z_.@/]*)=({_NUMBER})(?=[-_]|$)")


def _list(convert: Callable[[str], dict[str, Any] | None]) -> FieldType:
    return FieldType(_LIST, _LOGGED_LONGEST, convert, slashes=_PARTS, is_free=True)


def _one_of(*texts: str) -> FieldType:
    """Return the type of one of several words."""
    shapes = {shape(text) for text in texts}
    pattern = f"(?:{'|'.join(map(re.escape, texts))})"
    return FieldType(pattern, max(map(len, texts)), shape=shapes.pop() if len(shapes) == 1 else None)


FIELD_TYPES: Final[Mapping[str, FieldType]] = {
    # Numbers.
    "count": FieldType(rf"[0-9]{{1,{_grammar.MAX_DIGITS}}}", _grammar.MAX_DIGITS, int, "0"),
    "plain": FieldType(rf"(?:0|[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}})", _grammar.MAX_DIGITS, int, "0"),
    **{f"padded{width}": _padded(width) for width in range(2, 11)},
    "digits": FieldType(r"[0-9]{1,18}", 18, None, "0"),
    "decimal": FieldType(r"-?[0-9]{1,11}\.[0-9]{1,17}", 30, float),
    "decimal2": FieldType(r"-?[0-9]{1,11}\.[0-9]{2}", 15, float),
    "decimal3": FieldType(r"-?[0-9]{1,11}\.[0-9]{3}", 16, float),
    "decimal4": FieldType(r"-?[0-9]{1,11}\.[0-9]{4}", 17, float),
    "number": FieldType(_NUMBER, _NUMBER_LONGEST, float),
    # Times.
    "timestamp": FieldType(_grammar.TIMESTAMP, 15, datetime.fromisoformat, "0_0"),
    # Texts.
    "token": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}", 64, is_free=True),
    "tokens": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}(?:_[0-9A-Za-z-]{1,64}){2,8}", 584, is_free=True),
    "word": FieldType(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64, is_free=True),
    "encoder": FieldType(r"[A-Za-z][0-9A-Za-z_-]{0,63}", 64, is_free=True),
    "prefix": FieldType(r"(?!best_|epoch_)[A-Za-z](?:(?!_epoch_)[0-9A-Za-z_-]){0,63}", 64, is_free=True),
    "key": FieldType(_KEY, 64, is_free=True),
    "name": FieldType(r"[0-9A-Za-z][0-9A-Za-z_.+-]{0,95}", 96, is_free=True),
    "component": FieldType(r"[^/\x00-\x1f]{1,96}", 96, is_free=True),
    "hex": FieldType(r"[0-9a-f]{6,40}", 40),
    "label": FieldType(r"(?!(?:best|last|epoch|step)[-_])[0-9A-Za-z][0-9A-Za-z_.-]{0,63}", 64, is_free=True),
    "score": FieldType(rf"(?!(?:final_)?(?:epoch|iteration)=){_KEY}", 64, is_free=True),
    "tokens_seen": FieldType(r"[0-9]{1,9}[KMBT]", 10, shape=None),
    "uuid": FieldType(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 36),
    # Lists of what was logged, as in "epoch=3-val_loss=0.12", by what they say. The measured ones hold a metric, the
    # sampled ones a count of samples, which none of the others does.
    "logged": _list(_that(())),
    "logged_epoch": _list(_that(("epoch",))),
    "logged_step": _list(_that(("step",), ("epoch",))),
    "measured": _list(_that((), ("epoch", "step", "consumed_samples"), is_measured=True)),
    "measured_epoch": _list(_that(("epoch",), ("consumed_samples",), is_measured=True)),
    "measured_step": _list(_that(("step",), ("epoch", "consumed_samples"), is_measured=True)),
    "sampled_epoch": _list(_that(("epoch", "consumed_samples"))),
    "sampled_step": _list(_that(("step", "consumed_samples"), ("epoch",))),
    # What one project wrote.
    "val_loss": FieldType(r"val[_/]loss", 8, slashes=1),
    "hmean": FieldType(r"(?:val/)?hmean", 9, slashes=1),
    "val_f1": FieldType(r"val_f1", 6, shape="val_f0"),
    "loss": FieldType(r"loss", 4, shape="loss"),
}
"""The types that a field of a template can have: ``{epoch:count}``."""
