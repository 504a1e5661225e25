"""Hypothesis strategies for every value of the scheme, its texts, and near misses.

With the extra ``testing`` installed, Hypothesis finds these strategies by an entry point, so ``st.from_type(RunId)``
works. Values are built from their parts. So are the texts, without the library's `format`: they reveal a mistake that
`parse` and `format` share.

Examples:
    >>> from hypothesis import given
    >>> from ckpt_scheme import CheckpointName, strategies
    >>> @given(strategies.checkpoint_texts())
    ... def test_my_reader_agrees(text):
    ...     assert CheckpointName.is_valid(text)
    >>> test_my_reader_agrees()
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable
from typing import Final

try:
    from hypothesis import strategies as st
except ImportError as error:
    message = "ckpt_scheme.strategies needs Hypothesis: pip install 'ckpt-scheme[testing]'"
    raise ImportError(message) from error

from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
)
from ckpt_scheme.layout import CheckpointPath, RunDirectory
from ckpt_scheme.run_id import Compression, RunArchive, RunId

__all__ = [
    "architectures",
    "best_checkpoints",
    "checkpoint_names",
    "checkpoint_paths",
    "checkpoint_texts",
    "encoders",
    "epoch_checkpoints",
    "epochs",
    "last_checkpoints",
    "legacy_texts",
    "logged_keys",
    "metric_names",
    "metric_values",
    "metrics",
    "near_misses",
    "path_texts",
    "phases",
    "roots",
    "run_archive_texts",
    "run_archives",
    "run_directories",
    "run_directory_texts",
    "run_id_texts",
    "run_ids",
    "sloppy_texts",
    "steps",
    "tags",
    "texts",
    "timestamps",
    "versions",
]

_ALNUM: Final = string.digits + string.ascii_letters
_MAX_NUMBER: Final = 10**18 - 1
_MAX_VALUE: Final = 99_999_999_999.9999

# Characters that have fooled parsers: line ends, blanks, digits and letters of other scripts, marks that reorder text,
# half a surrogate pair, and the syntax of paths, shells, globs and numbers.
_NASTY: Final = (
    "\n\r\t\0\x1b\x7f\x85\xa0\u2028\u200b\u202e\ufeff\ud800 "
    "\u0660\u0968\u00b2\uff12\U0001d7d8\u0435\u0455\u017f\u212a\u0130\U0001f600"
    "/\\:.,;=+*?[]{}()<>|$%&~#!'\"`@^_-"
    "019aevzAEVZ"
)

# --------------------------------------------------------------------------------------------------------------------
# Fields.

_WORDS: Final = ("v1", "epoch", "step_000001", "best_v2", "last", "0", "20251015", "20251015_120000", "checkpoints")


def _labels(others: str, limit: int, *lookalikes: str) -> st.SearchStrategy[str]:
    """Return short labels, labels of up to *limit* characters, and *lookalikes* of other parts of a name."""
    first, rest = st.sampled_from(_ALNUM), _ALNUM + others
    # A label of 64 characters drawn one by one would take most of the time of a test.
    return (
        st.builds(str.__add__, first, st.text(rest, max_size=9))
        | st.tuples(first, st.text(rest, min_size=1, max_size=3), st.integers(1, limit) | st.just(limit)).map(
            lambda drawn: (drawn[0] + drawn[1] * limit)[: drawn[2]]
        )
        | st.sampled_from(lookalikes)
    )


def tags() -> st.SearchStrategy[str]:
    """Return tags of run ids (CKS-010)."""
    return _labels("_", 64, *_WORDS)


def architectures() -> st.SearchStrategy[str]:
    """Return architectures of run ids (CKS-010)."""
    return _labels("_", 64, *_WORDS)


def metric_names() -> st.SearchStrategy[str]:
    """Return names of metrics (CKS-010)."""
    return _labels("_", 64, *_WORDS)


def encoders() -> st.SearchStrategy[str]:
    """Return encoders of run ids (CKS-011)."""
    return _labels("_-", 64, *_WORDS, "v1-0", "a-b_c-d", "a--_", "x_20251015_120000")


def phases() -> st.SearchStrategy[str]:
    """Return phases of run ids (CKS-012)."""
    return _labels("-", 32, "20251015", "120000", "v1", "0-8920", "a-")


def timestamps() -> st.SearchStrategy[dt.datetime]:
    """Return timestamps of run ids: naive, whole seconds (CKS-013)."""
    return st.datetimes().map(lambda moment: moment.replace(microsecond=0))


def epochs() -> st.SearchStrategy[int]:
    """Return epochs, small ones and the whole range (CKS-020)."""
    return st.integers(0, 120) | st.integers(0, _MAX_NUMBER)


def steps() -> st.SearchStrategy[int]:
    """Return steps, small ones and the whole range (CKS-021)."""
    return st.integers(0, 1_200_000) | st.integers(0, _MAX_NUMBER)


def versions() -> st.SearchStrategy[int | None]:
    """Return versions and None (CKS-024)."""
    return st.none() | st.integers(1, 12) | st.integers(1, _MAX_NUMBER)


def metric_values() -> st.SearchStrategy[float]:
    """Return values of metrics: any floats in range, numbers of four decimals, and many numbers half way (CKS-023)."""
    return (
        st.floats(-_MAX_VALUE, _MAX_VALUE)
        | st.integers(-(10**15) + 1, 10**15 - 1).map(lambda number: number / 10_000)
        | st.integers(-20_000, 20_000).map(lambda number: number / 10_000)
        | st.integers(-(2**20), 2**20).map(lambda number: number / 32)
    )


def roots() -> st.SearchStrategy[str | None]:
    """Return roots of paths and None (CKS-031)."""
    characters = st.characters(min_codepoint=1, exclude_categories=())
    known = ("outputs", "/data/out", "s3://team/outputs", "..", ".", "/", "a//", "C:\\out", " ", "a\n", "checkpoints")
    return st.none() | st.sampled_from(known) | st.text(characters, min_size=1)


def _compressions() -> st.SearchStrategy[Compression | None]:
    return st.sampled_from([None, "gz", "zst", "xz"])


# --------------------------------------------------------------------------------------------------------------------
# Values.


def run_ids() -> st.SearchStrategy[RunId]:
    """Return run ids."""
    return st.builds(
        RunId,
        tag=tags(),
        architecture=architectures(),
        encoder=st.none() | encoders(),
        phase=phases(),
        timestamp=timestamps(),
    )


def run_archives() -> st.SearchStrategy[RunArchive]:
    """Return names of run archives."""
    return st.builds(RunArchive, run_ids(), _compressions())


def metrics() -> st.SearchStrategy[Metric]:
    """Return metrics."""
    return st.builds(Metric, metric_names(), metric_values())


def epoch_checkpoints() -> st.SearchStrategy[EpochCheckpoint]:
    """Return names of epoch checkpoints."""
    return st.builds(EpochCheckpoint, epoch=epochs(), step=steps(), metric=st.none() | metrics(), version=versions())


def best_checkpoints() -> st.SearchStrategy[BestCheckpoint]:
    """Return names of best checkpoints."""
    return st.builds(BestCheckpoint, metric=st.none() | metrics(), version=versions())


def last_checkpoints() -> st.SearchStrategy[LastCheckpoint]:
    """Return the name of the last checkpoint."""
    return st.builds(LastCheckpoint)


def checkpoint_names() -> st.SearchStrategy[AnyCheckpoint]:
    """Return checkpoint names of all forms."""
    return epoch_checkpoints() | best_checkpoints() | last_checkpoints()


def run_directories() -> st.SearchStrategy[RunDirectory]:
    """Return paths of run directories."""
    return st.builds(RunDirectory, roots(), run_ids())


def checkpoint_paths() -> st.SearchStrategy[CheckpointPath]:
    """Return checkpoint paths."""
    return st.builds(CheckpointPath, roots(), run_ids(), checkpoint_names())


# --------------------------------------------------------------------------------------------------------------------
# Texts in the grammar.


def _joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def _optional(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | _joined(*parts)


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=least, max_size=most)


def _positive(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """Return numbers of *least* to *most* digits, the first of which is not zero."""
    return _joined(st.sampled_from("123456789"), _digits(least - 1, most - 1))


def _values() -> st.SearchStrategy[str]:
    below_zero = st.integers(1, 9999).map(lambda decimals: f"-0.{decimals:04d}")
    return (
        _joined(st.sampled_from(["", "-"]), _positive(11), ".", _digits(4, 4))
        | _joined("0.", _digits(4, 4))
        | below_zero
    )


def checkpoint_texts() -> st.SearchStrategy[str]:
    """Return texts of checkpoint names, built by the grammar and not by the library."""
    epoch = _digits(2, 2) | _positive(18, 3)
    step = _digits(6, 6) | _positive(18, 7)
    metric = _joined(metric_names(), "-", _values())
    version = _optional("_v", _positive(18))
    return (
        _joined("epoch-", epoch, "_step-", step, _optional("_", metric), version, ".ckpt")
        | _joined("best", _optional("-", metric), version, ".ckpt")
        | st.just("last.ckpt")
    )


def run_id_texts() -> st.SearchStrategy[str]:
    """Return texts of run ids, built by the grammar and not by the library."""
    date = st.dates().map(lambda day: day.isoformat().replace("-", ""))
    time = st.times().map(lambda moment: moment.isoformat("seconds").replace(":", ""))
    return _joined(tags(), "-", architectures(), _optional("-", encoders()), "_", phases(), "_", date, "_", time)


def run_archive_texts() -> st.SearchStrategy[str]:
    """Return texts of names of run archives, built by the grammar and not by the library."""
    return _joined(run_id_texts(), st.sampled_from([".tar", ".tar.gz", ".tar.zst", ".tar.xz"]))


def run_directory_texts() -> st.SearchStrategy[str]:
    """Return texts of paths of run directories, built by the grammar and not by the library."""
    return _joined(roots().map(lambda root: "" if root is None else f"{root}/"), run_id_texts())


def path_texts() -> st.SearchStrategy[str]:
    """Return texts of checkpoint paths, built by the grammar and not by the library."""
    return _joined(run_directory_texts(), "/checkpoints/", checkpoint_texts())


# --------------------------------------------------------------------------------------------------------------------
# Other texts.


def texts() -> st.SearchStrategy[str]:
    """Return any text, half surrogate pairs included, of all characters or of those that have fooled parsers."""
    return st.text(st.characters(exclude_categories=())) | st.text(_NASTY)


def sloppy_texts() -> st.SearchStrategy[str]:
    """Return checkpoint names with the usual slips: padding, case, decimals, blanks, Lightning's ``-v``."""
    blanks = st.sampled_from(["", " ", "\n"])
    value = _joined(st.sampled_from(["", "-"]), _digits(1, 12), _optional(".", _digits(0, 17)))
    name = (
        _joined("epoch-", _digits(1, 19), "_step-", _digits(1, 19), _optional("_", metric_names(), "-", value))
        | _joined("best", _optional("-", metric_names(), "-", value))
        | st.just("last")
    )
    stem = _joined(name, _optional(st.sampled_from(["-v", "_v"]), _digits(1, 19)), ".ckpt")
    return _joined(blanks, stem | stem.map(str.upper) | stem.map(str.title), blanks)


def logged_keys() -> st.SearchStrategy[str]:
    """Return keys as trainers log them: parts with slashes between them, and the number of a data loader (CKS-071)."""
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
def near_misses(draw: st.DrawFn, originals: st.SearchStrategy[str]) -> str:
    """Return *originals* with one or two characters inserted, replaced, deleted, swapped or duplicated.

    A few of the results are in the grammar all the same; `is_valid` tells them apart.
    """
    text = draw(originals)
    for _ in range(draw(st.integers(1, 2))):
        edit = draw(st.sampled_from(_EDITS))
        text = edit(text, draw(st.integers(0, len(text))), draw(st.sampled_from(_NASTY)))
    return text


def legacy_texts() -> st.SearchStrategy[str]:
    """Return names that known frameworks write: the examples of all formats."""
    from ckpt_scheme.legacy import REGISTRY  # noqa: PLC0415 - loading all formats takes time

    examples = [example for declared in REGISTRY.formats for example in declared.examples]
    return st.sampled_from(examples)
