"""Patterns with names around their limits, on which the tests count sets of globs and prove them exact."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import attrs
import pytest

from ckpt_scheme.checkpoint_name import EpochCheckpoint
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from edits import neighbours
from glob_engines import fnmatch_matched
from pattern_examples import CHECKPOINT_NAMES, ONE_RUN, RUN
from pattern_oracle import Pattern

glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall


def fixed_width_matched(texts: Iterable[str], globs: Iterable[str]) -> set[str]:
    """Return the *texts* that fixed-width *globs* match in `fnmatch`, each glob tried on texts of its width alone."""
    texts_of: dict[int, list[str]] = {}
    globs_of: dict[int, list[str]] = {}
    for text in texts:
        texts_of.setdefault(len(text), []).append(text)
    for glob in globs:
        globs_of.setdefault(len(glob_characters(glob)), []).append(glob)
    return set[str]().union(*(fnmatch_matched(texts_of.get(width, []), globs_of[width]) for width in globs_of))


def timestamped_matched(texts: Iterable[str], globs: Sequence[str]) -> set[str]:
    """Return the *texts* that *globs* match, where an open timestamp is the end of each glob.

    The globs are every start with every end, too many to match. Starts and ends are matched apart.
    """
    ends = {glob.removeprefix("t-a_p_") for glob in attrs.evolve(RUN, timestamp=ANY).globs(1, limit=100_000)}
    one_end = min(ends)
    starts = {glob.removesuffix(one_end) for glob in globs if glob.endswith(one_end)}
    assert set(globs) == {start + end for start in starts for end in ends}
    size = len("YYYYMMDD_HHMMSS")
    halves = {text: (text[:-size], text[-size:]) for text in texts}
    matched_starts = fixed_width_matched({start for start, _ in halves.values()}, starts)
    matched_ends = fixed_width_matched({end for _, end in halves.values()}, ends)
    return {text for text, (start, end) in halves.items() if start in matched_starts and end in matched_ends}


@attrs.frozen
class Family:
    """A pattern, a width, and valid names: some agree with the pattern and are narrow enough, and some are not."""

    pattern: Pattern
    width: int
    names: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    match: Callable[[Iterable[str], Sequence[str]], set[str]] = fixed_width_matched


FAMILIES: Final = {
    "epochs": Family(
        CheckpointPattern(kind="epoch", metric=None, version=None),
        8,
        [
            "epoch-00_step-000000.ckpt",
            "epoch-07_step-001932.ckpt",
            "epoch-99_step-999999.ckpt",
            "epoch-100_step-1000000.ckpt",
            "epoch-12345678_step-12345678.ckpt",
            "epoch-123456789_step-000001.ckpt",
            "epoch-22_step-123456789.ckpt",
            "epoch-22_step-001932_v1.ckpt",
            "epoch-22_step-001932_hmean-0.8920.ckpt",
            "last.ckpt",
        ],
    ),
    "epochs-widest": Family(
        CheckpointPattern(kind="epoch", step=0, metric=None, version=None),
        18,
        ["epoch-99999999999999999_step-000000.ckpt", "epoch-100000000000000000_step-000000.ckpt"],
    ),
    "steps-narrow": Family(
        CheckpointPattern(epoch=22, metric=None, version=None), 6, ["epoch-22_step-100000.ckpt", *CHECKPOINT_NAMES[:9]]
    ),
    "values": Family(
        CheckpointPattern(kind="best", metric="hmean", version=None),
        9,
        [
            "best-hmean-0.0000.ckpt",
            "best-hmean-0.8920.ckpt",
            "best-hmean--0.0001.ckpt",
            "best-hmean--0.1000.ckpt",
            "best-hmean--1.0000.ckpt",
            "best-hmean-10.0000.ckpt",
            "best-hmean--12.5000.ckpt",
            "best-hmean-9999.9999.ckpt",
            "best-hmean--9999.0000.ckpt",
            "best-hmean-99999.0000.ckpt",
            "best-loss-0.8920.ckpt",
            "best-hmean-0.8920_v1.ckpt",
            "best.ckpt",
        ],
    ),
    "values-widest": Family(
        CheckpointPattern(kind="best", metric="m", version=None),
        17,
        ["best-m-99999999999.0000.ckpt", "best-m--99999999999.0000.ckpt", "best-m--0.0010.ckpt"],
    ),
    "versions": Family(
        CheckpointPattern(epoch=22, step=1932, metric=None),
        4,
        [f"epoch-22_step-001932{version}.ckpt" for version in ("", "_v1", "_v10", "_v9999", "_v10000")],
    ),
    "versions-widest": Family(
        CheckpointPattern(kind="best", metric=None),
        18,
        ["best.ckpt", f"best_v{10**17}.ckpt", f"best_v{10**18 - 1}.ckpt"],
    ),
    "best": Family(
        CheckpointPattern(kind="best"),
        6,
        [
            "best.ckpt",
            "best_v654321.ckpt",
            "best-v1-0.5000_v1.ckpt",
            "best-a_b_cd-9.9999.ckpt",
            "best-x-0.0001_v12.ckpt",
            "best-x--0.0001.ckpt",
        ],
    ),
    "metric-of-a-value": Family(
        CheckpointPattern(value=-0.5, version=None),
        2,
        ["best-v_--0.5000.ckpt", "best-abc--0.5000.ckpt", "epoch-00_step-000000_x--0.5000.ckpt", "last.ckpt"],
    ),
    "last": Family(CheckpointPattern(kind="last"), 1, ["last.ckpt", "best.ckpt"]),
    "no-metric": Family(
        CheckpointPattern(metric=None),
        6,
        ["last.ckpt", "best.ckpt", "best_v1.ckpt", "epoch-22_step-001932_v22.ckpt", "best-x-0.5000.ckpt"],
    ),
    "too-narrow": Family(CheckpointPattern(kind="epoch"), 5, ["epoch-00_step-000000.ckpt"]),
    "timestamps": Family(
        attrs.evolve(RUN, timestamp=ANY),
        1,
        [
            *(f"t-a_p_{year}0229_000000" for year in ("2024", "2000", "0004")),
            *(f"t-a_p_{year}0228_235959" for year in ("2023", "1900")),
            *(f"t-a_p_{date}_195959" for date in ("20250131", "20250430", "20251231", "00010101", "10001001")),
            "t-a_p_99991130_200000",
            "t-a-e_p_20240229_000000",
            "t-b_p_20240229_000000",
        ],
        match=timestamped_matched,
    ),
    "tags": Family(attrs.evolve(RUN, tag=ANY), 3, [ONE_RUN, f"x{ONE_RUN}", "0_Z" + ONE_RUN[1:], "0_Zz" + ONE_RUN[1:]]),
    "tags-widest": Family(attrs.evolve(RUN, tag=ANY), 64, ["0" * 63 + "_" + ONE_RUN[1:]]),
    "encoders": Family(
        attrs.evolve(RUN, encoder=ANY),
        3,
        [ONE_RUN, *(f"t-a-{encoder}_p_20240229_120000" for encoder in ("e", "e_-", "0--", "x_p_", "e_p"))],
    ),
    "phases": Family(
        attrs.evolve(RUN, phase=ANY),
        3,
        [f"t-a_{phase}_20240229_120000" for phase in ("p", "p-", "0-9", "p--q")],
    ),
    "phases-widest": Family(attrs.evolve(RUN, phase=ANY), 64, [f"t-a_{'0' * 31}-_20240229_120000"]),
    "runs": Family(
        RunPattern(),
        2,
        ["t-a_p_20240229_120000", "t_-a_-e-_p-_20230228_120000", "t1-a-e_p_19991231_235959", "t-abc_p_20240229_120000"],
        match=timestamped_matched,
    ),
    "paths": Family(
        PathPattern("a[1]*?", RunId.parse(ONE_RUN), CheckpointPattern(kind="best", metric="m")),
        6,
        [f"a[1]*?/{ONE_RUN}/checkpoints/best-m-0.8920{version}.ckpt" for version in ("", "_v1", "_v1234567")],
    ),
    "paths-of-one-name": Family(
        PathPattern(None, RUN, EpochCheckpoint(epoch=1, step=2)),
        1,
        [f"{ONE_RUN}/checkpoints/epoch-01_step-000002.ckpt", f"{ONE_RUN}/checkpoints/last.ckpt"],
    ),
}

for_each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)

# An engine that tries glob after glob takes long over these two.
SMALL_FAMILIES: Final = {name: family for name, family in FAMILIES.items() if name not in {"runs", "tags-widest"}}

for_each_small_family = pytest.mark.parametrize("family", SMALL_FAMILIES.values(), ids=SMALL_FAMILIES)


@functools.cache
def neighbourhood(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(names, *map(neighbours, names))


# The number of near misses that one glob matches. A near miss is an invalid text, one edit away from one of the names.
# The specification states the same counts.
@attrs.frozen
class Figure:
    pattern: Pattern
    names: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    globs: int
    near_misses: int
    matched_by_glob: int
    match: Callable[[Iterable[str], Sequence[str]], set[str]] = fixed_width_matched


FIGURES: Final = {
    "epoch": Figure(
        CheckpointPattern(kind="epoch", metric=None, version=None),
        [
            f"epoch-{epoch}_step-{step}.ckpt"
            for epoch in ("00", "22", "99", "100")
            for step in ("000000", "001932", "1234567")
        ],
        globs=21,
        near_misses=50_064,
        matched_by_glob=3288,
    ),
    "best": Figure(
        CheckpointPattern(kind="best", metric="hmean"),
        [
            f"best-hmean-{value}{version}.ckpt"
            for value in ("0.0000", "0.8920", "-0.0001", "12.5000")
            for version in ("", "_v1", "_v22")
        ],
        globs=81,
        near_misses=45_459,
        matched_by_glob=7645,
    ),
    "run": Figure(
        RunPattern(encoder="resnet18"),
        [
            f"{tag}-dbnet-resnet18_{phase}_{timestamp}"
            for tag in ("ocr", "ocr_v1")
            for phase in ("training", "eval")
            for timestamp in ("20251015_120000", "20240229_235959", "20230228_000000")
        ],
        globs=67_584,
        near_misses=65_640,
        matched_by_glob=22_348,
        match=timestamped_matched,
    ),
}
