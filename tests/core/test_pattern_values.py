"""Patterns as values: equality, copies, pickles, `repr`, `attrs.evolve`."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any, Final

import attrs
import pytest

from calls import raised
from ckpt_scheme.checkpoint_name import BestCheckpoint, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from pattern_examples import CHECKPOINT_PATTERNS, ONE_RUN, RUN, RUN_PATTERNS, WIDEST
from pattern_oracle import Pattern

VALUES: Final[list[Pattern]] = [
    *RUN_PATTERNS,
    *CHECKPOINT_PATTERNS,
    PathPattern(),
    PathPattern("a[1]", RUN, CheckpointPattern(kind="best")),
    PathPattern("outputs", RunId.parse(ONE_RUN), LastCheckpoint()),
    PathPattern(None, RunPattern(), WIDEST),
]
for_each_value = pytest.mark.parametrize("pattern", VALUES, ids=repr)


@for_each_value
def test_copied_and_pickled_patterns_equal_the_original(pattern: Pattern) -> None:
    copies = [copy.copy(pattern), copy.deepcopy(pattern)]
    copies += [pickle.loads(pickle.dumps(pattern, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]

    for twin in copies:
        assert twin == pattern
        assert hash(twin) == hash(pattern)
        assert twin.regex() == pattern.regex()


def test_any_stays_one_object_when_copied_and_pickled() -> None:
    assert pickle.loads(pickle.dumps(ANY)) is ANY
    assert copy.deepcopy(ANY) is ANY
    assert pickle.loads(pickle.dumps(RunPattern())).tag is ANY
    assert copy.deepcopy(CheckpointPattern()).kind is ANY


def test_patterns_are_equal_only_with_equal_fields() -> None:
    assert len(set(VALUES)) == len(VALUES)
    assert CheckpointPattern(value=0.50001) == CheckpointPattern(value=0.5)


@for_each_value
def test_repr_evaluates_to_an_equal_pattern(pattern: Pattern) -> None:
    patterns = [RunPattern, CheckpointPattern, PathPattern]
    classes = [*patterns, RunId, EpochCheckpoint, BestCheckpoint, LastCheckpoint, Metric]
    names: dict[str, Any] = {value.__name__: value for value in classes} | {"ANY": ANY, "datetime": dt}

    assert eval(repr(pattern), names) == pattern  # noqa: S307 - the text is the library's own


def test_repr_shows_open_fields_as_any() -> None:
    assert repr(ANY) == "ANY"
    assert repr(RunPattern(encoder=None)) == (
        "RunPattern(tag=ANY, architecture=ANY, encoder=None, phase=ANY, timestamp=ANY)"
    )


def test_evolve_validates_the_changed_field() -> None:
    best = CheckpointPattern(kind="best", metric="hmean")

    assert attrs.evolve(best, value=0.892).glob() == "best-hmean-0.8920*.ckpt"
    assert raised(lambda: attrs.evolve(best, epoch=3)).requirement == "CKS-121"
    assert raised(lambda: attrs.evolve(RUN, tag="a-b")).requirement == "CKS-010"


@pytest.mark.parametrize("pattern", [RunPattern(), CheckpointPattern(), PathPattern()], ids=repr)
def test_patterns_are_frozen_and_have_no_dict(pattern: Pattern) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(pattern, attrs.fields(type(pattern))[0].name, ANY)

    assert not hasattr(pattern, "__dict__")


def test_path_pattern_of_a_run_and_a_name_matches_that_path_alone() -> None:
    run, name = RunId.parse(ONE_RUN), EpochCheckpoint(epoch=1, step=2)
    pattern = PathPattern("a", run, name)

    assert pattern.glob() == f"a/{ONE_RUN}/checkpoints/epoch-01_step-000002.ckpt"
    assert pattern.globs() == (pattern.glob(),)
    assert list(pattern.filter([pattern.glob(), f"a/{ONE_RUN}/checkpoints/last.ckpt"])) == [pattern.glob()]
