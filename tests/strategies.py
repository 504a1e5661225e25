"""All strategies of the tests. Values are built from their parts, and so are texts, without the library's `format`.

The texts of `canonical_names` and its siblings follow the grammar in ``docs/spec.md`` by hand: a mistake that the
library makes alike in both directions shows up against them.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable
from typing import Final, TypeVar

import attrs
from hypothesis import strategies as st

from ckpt_scheme import BestCheckpoint, CheckpointPath, EpochCheckpoint, LastCheckpoint, Metric, RunDirectory, RunId
from ckpt_scheme.checkpoint_name import AnyCheckpoint

ALNUM: Final = string.digits + string.ascii_letters
MAX_NUMBER: Final = 10**18 - 1
MAX_VALUE: Final = 99_999_999_999.9999

# What other parsers have been fooled by: line ends, blanks, digits and letters from elsewhere, marks that reorder text,
# half a surrogate pair, and whatever means something to a path, a shell, a glob or a number.
NASTY: Final = (
    "\n\r\t\0\x1b\x7f\x85\xa0\u2028\u200b\u202e\ufeff\ud800 "
    "\u0660\u0968\u00b2\uff12\U0001d7d8\u0435\u0455\u017f\u212a\u0130\U0001f600"
    "/\\:.,;=+*?[]{}()<>|$%&~#!'\"`@^_-"
    "019aevzAEVZ"
)


NOON: Final = dt.datetime(2025, 10, 15, 12)

_ValueT = TypeVar("_ValueT", bound=attrs.AttrsInstance)

# --------------------------------------------------------------------------------------------------------------------
# Fields.


def _labels(others: str, limit: int, *lookalikes: str) -> st.SearchStrategy[str]:
    """Short labels, labels of up to *limit* characters, and *lookalikes* that read like other parts of a name."""
    first, rest = st.sampled_from(ALNUM), ALNUM + others
    # A label of 64 characters drawn one by one would take most of the time that a test has.
    return (
        st.builds(str.__add__, first, st.text(rest, max_size=9))
        | st.builds(
            lambda head, unit, length: (head + unit * limit)[:length],
            first,
            st.text(rest, min_size=1, max_size=3),
            st.integers(1, limit) | st.just(limit),
        )
        | st.sampled_from(lookalikes)
    )


_WORDS: Final = ("v1", "epoch", "step_000001", "best_v2", "last", "0", "20251015", "20251015_120000", "checkpoints")


def tags() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def architectures() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def metric_names() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def encoders() -> st.SearchStrategy[str]:
    return _labels("_-", 64, *_WORDS, "v1-0", "a-b_c-d", "a--_", "x_20251015_120000")


def phases() -> st.SearchStrategy[str]:
    return _labels("-", 32, "20251015", "120000", "v1", "0-8920", "a-")


def timestamps() -> st.SearchStrategy[dt.datetime]:
    return st.datetimes().map(lambda moment: moment.replace(microsecond=0))


def epochs() -> st.SearchStrategy[int]:
    return st.integers(0, 120) | st.integers(0, MAX_NUMBER)


def steps() -> st.SearchStrategy[int]:
    return st.integers(0, 1_200_000) | st.integers(0, MAX_NUMBER)


def versions() -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(1, 12) | st.integers(1, MAX_NUMBER)


def metric_values() -> st.SearchStrategy[float]:
    """Values in range: any floats, numbers of four decimals, and multiples of 1/32, of which many lie half way."""
    return (
        st.floats(-MAX_VALUE, MAX_VALUE)
        | st.integers(-(10**15) + 1, 10**15 - 1).map(lambda number: number / 10_000)
        | st.integers(-20_000, 20_000).map(lambda number: number / 10_000)
        | st.integers(-(2**20), 2**20).map(lambda number: number / 32)
    )


def roots() -> st.SearchStrategy[str | None]:
    characters = st.characters(min_codepoint=1, exclude_categories=())
    known = ("outputs", "/data/out", "s3://team/outputs", "..", ".", "/", "a//", "C:\\out", " ", "a\n", "checkpoints")
    return st.none() | st.sampled_from(known) | st.text(characters, min_size=1)


# --------------------------------------------------------------------------------------------------------------------
# Values.


def run_ids() -> st.SearchStrategy[RunId]:
    return st.builds(
        RunId,
        tag=tags(),
        architecture=architectures(),
        encoder=st.none() | encoders(),
        phase=phases(),
        timestamp=timestamps(),
    )


def metrics() -> st.SearchStrategy[Metric]:
    return st.builds(Metric, metric_names(), metric_values())


def epoch_checkpoints() -> st.SearchStrategy[EpochCheckpoint]:
    return st.builds(EpochCheckpoint, epoch=epochs(), step=steps(), metric=st.none() | metrics(), version=versions())


def best_checkpoints() -> st.SearchStrategy[BestCheckpoint]:
    return st.builds(BestCheckpoint, metric=st.none() | metrics(), version=versions())


def last_checkpoints() -> st.SearchStrategy[LastCheckpoint]:
    return st.builds(LastCheckpoint)


def checkpoints() -> st.SearchStrategy[AnyCheckpoint]:
    return epoch_checkpoints() | best_checkpoints() | last_checkpoints()


def run_directories() -> st.SearchStrategy[RunDirectory]:
    return st.builds(RunDirectory, roots(), run_ids())


def checkpoint_paths() -> st.SearchStrategy[CheckpointPath]:
    return st.builds(CheckpointPath, roots(), run_ids(), checkpoints())


# --------------------------------------------------------------------------------------------------------------------
# Texts in the grammar.


def _joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def _optional(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | _joined(*parts)


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=least, max_size=most)


def _positive(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """Numbers of *least* to *most* digits, the first of which is not zero."""
    return _joined(st.sampled_from("123456789"), _digits(least - 1, most - 1))


def _values() -> st.SearchStrategy[str]:
    below_zero = st.integers(1, 9999).map(lambda decimals: f"-0.{decimals:04d}")
    return (
        _joined(st.sampled_from(["", "-"]), _positive(11), ".", _digits(4, 4))
        | _joined("0.", _digits(4, 4))
        | below_zero
    )


def canonical_names() -> st.SearchStrategy[str]:
    epoch = _digits(2, 2) | _positive(18, 3)
    step = _digits(6, 6) | _positive(18, 7)
    metric = _joined(metric_names(), "-", _values())
    version = _optional("_v", _positive(18))
    return (
        _joined("epoch-", epoch, "_step-", step, _optional("_", metric), version, ".ckpt")
        | _joined("best", _optional("-", metric), version, ".ckpt")
        | st.just("last.ckpt")
    )


def canonical_run_ids() -> st.SearchStrategy[str]:
    date = st.dates().map(lambda day: day.isoformat().replace("-", ""))
    time = st.times().map(lambda moment: moment.isoformat("seconds").replace(":", ""))
    return _joined(tags(), "-", architectures(), _optional("-", encoders()), "_", phases(), "_", date, "_", time)


def canonical_directories() -> st.SearchStrategy[str]:
    return _joined(roots().map(lambda root: "" if root is None else f"{root}/"), canonical_run_ids())


def canonical_paths() -> st.SearchStrategy[str]:
    return _joined(canonical_directories(), "/checkpoints/", canonical_names())


# --------------------------------------------------------------------------------------------------------------------
# Texts that may be outside it.


def texts() -> st.SearchStrategy[str]:
    """Any text, half surrogate pairs included, of all characters or of those that have fooled parsers."""
    return st.text(st.characters(exclude_categories=())) | st.text(NASTY)


def sloppy_names() -> st.SearchStrategy[str]:
    """Checkpoint names as they are mistyped: padding, case, decimals, blanks, Lightning's ``-v``."""
    blanks = st.sampled_from(["", " ", "\n"])
    value = _joined(st.sampled_from(["", "-"]), _digits(1, 12), _optional(".", _digits(0, 17)))
    name = (
        _joined("epoch-", _digits(1, 19), "_step-", _digits(1, 19), _optional("_", metric_names(), "-", value))
        | _joined("best", _optional("-", metric_names(), "-", value))
        | st.just("last")
    )
    stem = _joined(name, _optional(st.sampled_from(["-v", "_v"]), _digits(1, 19)), ".ckpt")
    cased = st.builds(lambda change, text: change(text), st.sampled_from([str, str.upper, str.title]), stem)
    return _joined(blanks, cased, blanks)


def logged_keys() -> st.SearchStrategy[str]:
    """Keys as trainers log them: parts with slashes between them, and the number of a data loader."""
    loader = _optional("/dataloader_idx_", _digits(0, 3) | st.sampled_from("\u0661\u00b2"))
    return _joined(_optional(metric_names(), "/"), metric_names() | texts(), loader)


_EDITS: Final[tuple[Callable[[str, int, str], str], ...]] = (
    lambda text, at, char: text[:at] + char + text[at:],
    lambda text, at, char: text[:at] + char + text[at + 1 :],
    lambda text, at, _char: text[:at] + text[at + 1 :],
    lambda text, at, _char: text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
    lambda text, at, _char: text[: at + 1] + text[at:],
)


@st.composite
def mutations(draw: st.DrawFn, originals: st.SearchStrategy[str]) -> str:
    """Near misses of *originals*: one or two characters inserted, replaced, deleted, swapped or duplicated."""
    text = draw(originals)
    for _ in range(draw(st.integers(1, 2))):
        edit = draw(st.sampled_from(_EDITS))
        text = edit(text, draw(st.integers(0, len(text))), draw(st.sampled_from(NASTY)))
    return text


# --------------------------------------------------------------------------------------------------------------------
# Pairs.


@st.composite
def siblings(draw: st.DrawFn, values: st.SearchStrategy[_ValueT]) -> tuple[_ValueT, _ValueT]:
    """Two of *values* with fields in common, sometimes all of them: two drawn apart would hardly ever be equal."""
    one, other = draw(values), draw(values)
    if type(one) is not type(other):
        return one, other
    names = [field.name for field in attrs.fields(type(one))]
    build: Callable[..., _ValueT] = type(one)
    return one, build(**{name: getattr(other if draw(st.booleans()) else one, name) for name in names})
