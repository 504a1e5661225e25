"""Texts for a comparison of regex engines: names, paths, and texts one edit away; the same in each run."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from edits import NASTY, edits_at

_SEED: Final = 20251015
_EXISTING_DAYS: Final = 3_652_059  # 0001-01-01 to 9999-12-31
_ALNUM: Final = string.ascii_letters + string.digits
_ROOTS: Final = ("outputs", "/data/a b", "s3://bucket/x", ".", "/", "a//b", "é\n", "\U0001f642", "\0", "\x01", "C:\\x")
_EXTENSIONS: Final = (".tar", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2", ".tgz", ".zip", ".gz")


def _chars(alphabet: str) -> str:
    return "".join(random.Random(_SEED).choices(alphabet, k=10_000))  # noqa: S311 - the same in each run


_WORD_CHARS: Final = _chars(_ALNUM + "_")
_ENCODER_CHARS: Final = _chars(_ALNUM + "_-")
_PHASE_CHARS: Final = _chars(_ALNUM + "-")


def engine_texts(count: int) -> list[str]:
    """Return *count* distinct texts in a fixed order.

    A third is one edit away from a name. Some names hold a field that is too long, or a date that does not exist.
    """
    rng = random.Random(_SEED)  # noqa: S311 - the same in each run
    found: dict[str, None] = {}
    makers: list[Callable[[random.Random], str]] = [_run_id, _checkpoint_name, _archive, _path]
    while len(found) < count:
        for make in makers:
            text = make(rng)
            if rng.random() < 1 / 3:
                # Engines differ most in where a text begins and ends.
                position = rng.choice([0, len(text), rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)])
                text = rng.choice(edits_at(text, position, rng.choice(NASTY)))
            found[text] = None
    return list(found)[:count]


def _length(rng: random.Random, longest: int, least: int = 1) -> int:
    """Return a length that is often the limit, and in one of 25 cases one more or one less than a field can have."""
    if rng.random() < 1 / 25:
        return rng.choice([least - 1, longest + 1])
    return rng.choice([least, least + 1, (least + longest) // 4 + 1, longest - 1, longest])


def _label(rng: random.Random, longest: int = 64, chars: str = _WORD_CHARS) -> str:
    """Return a cut of a long random text, which is faster than drawing each character."""
    start = rng.randrange(len(chars) - longest - 1)
    return chars[start : start + _length(rng, longest)]


def _number(rng: random.Random, least: int, longest: int = 18) -> str:
    length = _length(rng, longest, least)
    first = rng.choice(string.digits if length == least else string.digits[1:])
    return "".join([first, *rng.choices(string.digits, k=length)])[:length]


def _value(rng: random.Random) -> str:
    sign = rng.choice(["", "-"])
    whole = rng.choice(["0", "0", _number(rng, 1, 11)])
    return f"{sign}{whole}.{rng.choice(['0000', '0001', '0010', '1000', '8756', '876', '87560'])}"


def _timestamp(rng: random.Random) -> str:
    if rng.random() < 4 / 5:
        moment = datetime(1, 1, 1) + timedelta(days=rng.randrange(_EXISTING_DAYS), seconds=rng.randrange(86_400))
        return f"{moment.year:04}{moment:%m%d_%H%M%S}"
    year = rng.choice([0, 1, 4, 100, 400, 1500, 1900, 2000, 2023, 2024, 2100, 9999])
    date = f"{year:04}{rng.randrange(14):02}{rng.choice([0, 1, 28, 29, 30, 31, 32]):02}"
    return f"{date}_{rng.randrange(26):02}{rng.randrange(62):02}{rng.choice([0, 59, 60, 61]):02}"


def _run_id(rng: random.Random) -> str:
    encoder = rng.choice(["", f"-{_label(rng, chars=_ENCODER_CHARS)}"])
    return f"{_label(rng)}-{_label(rng)}{encoder}_{_label(rng, 32, _PHASE_CHARS)}_{_timestamp(rng)}"


def _checkpoint_name(rng: random.Random) -> str:
    if rng.random() < 1 / 20:
        return "last.ckpt"
    metric = rng.choice(["", f"{_label(rng)}-{_value(rng)}"])
    version = rng.choice(["", f"_v{_number(rng, 1)}"])
    if rng.random() < 1 / 3:
        return f"best{metric and '-'}{metric}{version}.ckpt"
    return f"epoch-{_number(rng, 2)}_step-{_number(rng, 6)}{metric and '_'}{metric}{version}.ckpt"


def _archive(rng: random.Random) -> str:
    return _run_id(rng) + rng.choice(_EXTENSIONS)


def _path(rng: random.Random) -> str:
    root = rng.choice(["", f"{rng.choice(_ROOTS)}/", f"{_run_id(rng)}/checkpoints/"])
    return f"{root}{_run_id(rng)}/checkpoints/{_checkpoint_name(rng)}"
