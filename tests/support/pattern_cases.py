"""Strategies for patterns and texts; the fields of a pattern come from two drawn names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, Final, TypeAlias, TypeVar

import attrs
import pytest
from hypothesis import strategies as st

from ckpt_scheme.checkpoint_name import AnyCheckpoint
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from ckpt_scheme.strategies import checkpoint_names, run_ids
from edits import NASTY, draw_edit
from pattern_oracle import Name, Pattern, fields_of, given_fields

# Built once: a strategy costs more to build than to draw from.
RUN_IDS: Final = run_ids()
CHECKPOINTS: Final = checkpoint_names()
PORTABLE: Final = "".join(char for char in NASTY if char not in r"\{}()" and unicodedata.category(char) != "Cc")

PORTABLE_ROOTS: Final = (
    st.none()
    | st.sampled_from(["outputs", "a[1]", "a*b?c", "[!a]", "[]", "a]b", "**", "s3://x/y", "/", "..", "-x", "a b"])
    | st.text(PORTABLE, min_size=1, max_size=8)
)

ROOTS: Final = PORTABLE_ROOTS | st.text(NASTY.replace("\0", "") + "/[*?", min_size=1, max_size=8)


def draw_run_pattern(draw: st.DrawFn, own: RunId, other: RunId) -> RunPattern:
    """Draw each field as open, or from *own* or *other*; mostly from *own*, so that pattern and name often agree."""
    mine, its = fields_of(own), fields_of(other)
    return RunPattern(**{field: draw(st.sampled_from([mine[field], ANY, mine[field], its[field]])) for field in mine})


# The fields that a pattern of each kind may have besides None.
GIVABLE: Final = {
    ANY: {"epoch", "step", "metric", "value", "version"},
    "epoch": {"epoch", "step", "metric", "value", "version"},
    "best": {"metric", "value", "version"},
    "last": set[str](),
}


def draw_checkpoint_pattern(draw: st.DrawFn, own: AnyCheckpoint, other: AnyCheckpoint) -> CheckpointPattern:
    """Draw each field as `draw_run_pattern` does, among the fields that go together."""
    mine, its = fields_of(own), fields_of(other)

    def drawn(field: str, *, givable: bool, absent: bool) -> Any:  # noqa: ANN401 - a field of any type
        values = (mine[field], mine[field], its[field])
        return draw(st.sampled_from([ANY, *(value for value in values if (absent if value is None else givable))]))

    kind = drawn("kind", givable=True, absent=False)
    metric = drawn("metric", givable="metric" in GIVABLE[kind], absent=True)
    return CheckpointPattern(
        kind=kind,
        epoch=drawn("epoch", givable="epoch" in GIVABLE[kind], absent=False),
        step=drawn("step", givable="step" in GIVABLE[kind], absent=False),
        metric=metric,
        value=drawn("value", givable="value" in GIVABLE[kind] and metric is not None, absent=False),
        version=drawn("version", givable="version" in GIVABLE[kind], absent=True),
    )


def draw_text(draw: st.DrawFn, own: Name, other: Name) -> str:
    text = str(draw(st.sampled_from([own, own, other])))
    return draw_edit(draw, text) if draw(st.booleans()) else text


Case: TypeAlias = tuple[Pattern, str]


@st.composite
def run_cases(draw: st.DrawFn) -> Case:
    own, other = draw(RUN_IDS), draw(RUN_IDS)
    return draw_run_pattern(draw, own, other), draw_text(draw, own, other)


@st.composite
def checkpoint_cases(draw: st.DrawFn) -> Case:
    own, other = draw(CHECKPOINTS), draw(CHECKPOINTS)
    return draw_checkpoint_pattern(draw, own, other), draw_text(draw, own, other)


@st.composite
def path_cases(draw: st.DrawFn) -> Case:
    own = CheckpointPath(draw(ROOTS), draw(RUN_IDS), draw(CHECKPOINTS))
    other = CheckpointPath(
        draw(ROOTS),
        draw(RUN_IDS) if draw(st.booleans()) else own.run,
        draw(CHECKPOINTS) if draw(st.booleans()) else own.name,
    )
    pattern = PathPattern(
        draw(st.sampled_from([own.root, own.root, other.root])),
        own.run if draw(st.booleans()) else draw_run_pattern(draw, own.run, other.run),
        own.name if draw(st.booleans()) else draw_checkpoint_pattern(draw, own.name, other.name),
    )
    return pattern, draw_text(draw, own, other)


CASES: Final[dict[str, st.SearchStrategy[Case]]] = {
    "run": run_cases(),
    "checkpoint": checkpoint_cases(),
    "path": path_cases(),
}

for_each_pattern = pytest.mark.parametrize("cases", CASES.values(), ids=CASES)


@st.composite
def agreeing_cases(draw: st.DrawFn) -> Case:
    """Draw a pattern that a glob can express, and a name that agrees with it."""
    path = CheckpointPath(draw(PORTABLE_ROOTS), draw(RUN_IDS), draw(CHECKPOINTS))
    run, checkpoint = draw_run_pattern(draw, path.run, path.run), draw_checkpoint_pattern(draw, path.name, path.name)
    cases: list[Case] = [
        (run, str(path.run)),
        (checkpoint, str(path.name)),
        (PathPattern(path.root, run, checkpoint), str(path)),
        (PathPattern(path.root, path.run, checkpoint), str(path)),
        (PathPattern(path.root, run, path.name), str(path)),
    ]
    return draw(st.sampled_from(cases))


_FieldsT = TypeVar("_FieldsT", RunPattern, CheckpointPattern)


def with_one_field_opened(pattern: _FieldsT) -> list[_FieldsT]:
    return [attrs.evolve(pattern, **{field: ANY}) for field in given_fields(pattern)]


def wider(pattern: Pattern) -> Iterator[Pattern]:
    """Yield the patterns with one more open field, or one more open part, than *pattern*."""
    if isinstance(pattern, PathPattern):
        yield attrs.evolve(pattern, run=RunPattern())
        yield attrs.evolve(pattern, checkpoint=CheckpointPattern())
        if isinstance(pattern.run, RunPattern):
            yield from (attrs.evolve(pattern, run=run) for run in with_one_field_opened(pattern.run))
        if isinstance(pattern.checkpoint, CheckpointPattern):
            opened = with_one_field_opened(pattern.checkpoint)
            yield from (attrs.evolve(pattern, checkpoint=checkpoint) for checkpoint in opened)
    elif isinstance(pattern, RunPattern):
        yield from with_one_field_opened(pattern)
    else:
        yield from with_one_field_opened(pattern)
