"""Every public function and constructor refuses a wrong type as it refuses a wrong value: with a `SchemeError`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import ckpt_scheme
from ckpt_scheme import conformance, errors, legacy, migration
from ckpt_scheme.errors import FieldError, NameSyntaxError, SchemeError

RUN = ckpt_scheme.RunId.parse("ocr-dbnet_training_20251015_120000")


LISTING = migration.Listing(root="", entries=(), now_ns=0)


def untyped(value: Any) -> Any:  # noqa: ANN401 - wrong on purpose
    """Return *value*, or a wrong object in place of None, which the argument allows."""
    return 0 if value is None else value


class Raising:
    """An object whose every special method raises."""

    def __fspath__(self) -> str:
        raise LookupError

    def __index__(self) -> int:
        raise LookupError

    def __iter__(self) -> Any:  # noqa: ANN401 - never returns
        raise LookupError

    def __repr__(self) -> str:
        raise LookupError


WRONG = [None, 5, 0.5, b"last.ckpt", object(), Raising(), [None], {"a": 1}, True]

PARSERS = {
    f"{cls.__name__}.parse": cls.parse
    for cls in (
        ckpt_scheme.RunId,
        ckpt_scheme.RunArchive,
        ckpt_scheme.CheckpointName,
        ckpt_scheme.EpochCheckpoint,
        ckpt_scheme.BestCheckpoint,
        ckpt_scheme.LastCheckpoint,
        ckpt_scheme.RunDirectory,
        ckpt_scheme.CheckpointPath,
    )
}

# Functions of one argument that no value of `WRONG` fits.
FUNCTIONS: dict[str, Callable[[Any], object]] = {
    "sanitize_label": ckpt_scheme.sanitize_label,
    "sanitize_label field": lambda value: ckpt_scheme.sanitize_label("a", value),
    "Metric": lambda value: ckpt_scheme.Metric(value, 0.5),
    "Metric.from_logged": lambda value: ckpt_scheme.Metric.from_logged(value, 0.5),
    "RunArchive": ckpt_scheme.RunArchive,
    "RunDirectory": lambda value: ckpt_scheme.RunDirectory("outputs", value),
    "CheckpointPath run": lambda value: ckpt_scheme.CheckpointPath("outputs", value, ckpt_scheme.LastCheckpoint()),
    "CheckpointPath name": lambda value: ckpt_scheme.CheckpointPath("outputs", RUN, value),
    "PathPattern run": lambda value: ckpt_scheme.PathPattern(None, value),
    "PathPattern checkpoint": lambda value: ckpt_scheme.PathPattern(None, RUN, value),
    "RunArchivePattern": ckpt_scheme.RunArchivePattern,
    "CheckpointPattern kind": lambda value: ckpt_scheme.CheckpointPattern(kind=value),
    "latest": lambda value: ckpt_scheme.latest([value]),
    "furthest": lambda value: ckpt_scheme.furthest([value]),
    "best": lambda value: ckpt_scheme.best([value], metric="m"),
    "best mode": lambda value: ckpt_scheme.best([], mode=value),
    "group_by_run": lambda value: ckpt_scheme.group_by_run([value]),
    "keep": lambda value: ckpt_scheme.keep([value], last=1),
    "keep metric": lambda value: ckpt_scheme.keep([], best=1, metric=untyped(value)),
    "keep mode": lambda value: ckpt_scheme.keep([], last=1, mode=value),
    "next_version": lambda value: ckpt_scheme.next_version([], value),
    "next_version existing": lambda value: ckpt_scheme.next_version([value], "last.ckpt"),
    "legacy.readings": legacy.readings,
    "legacy.decode": legacy.decode,
    "legacy.upgrade": legacy.upgrade,
    "legacy.identify": lambda value: legacy.identify([value]),
    "legacy.Registry": lambda value: legacy.Registry([value]),
    "migration.read_age": migration.read_age,
    "migration.read_objects": lambda value: migration.read_objects([value], 0),
    "migration.Plan.from_json": migration.Plan.from_json,
    "migration.make_plan": migration.make_plan,
    "migration.make_plan policy": lambda value: migration.make_plan(LISTING, untyped(value)),
    "migration.apply": migration.apply,
    "migration.observe": migration.observe,
    "migration.trash": migration.trash,
    "migration.operations": migration.operations,
    "conformance.answer": lambda value: conformance.answer(value, {}),
}

# Functions of an iterable, given an object that is none, or one name.
ITERABLES: dict[str, Callable[[Any], object]] = {
    "filter": ckpt_scheme.RunPattern().filter,
    "latest": ckpt_scheme.latest,
    "furthest": ckpt_scheme.furthest,
    "best": ckpt_scheme.best,
    "group_by_run": ckpt_scheme.group_by_run,
    "keep": lambda value: ckpt_scheme.keep(value, last=1),
    "next_version": lambda value: ckpt_scheme.next_version(value, "last.ckpt"),
    "legacy.identify": legacy.identify,
    "migration.read_objects": lambda value: migration.read_objects(value, 0),
}


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_parse_refuses_a_wrong_type_with_a_syntax_error(parse: Callable[[Any], object], value: object) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        parse(value)

    assert caught.value.text is value
    assert caught.value.position is None
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_function_refuses_a_wrong_type_with_a_field_error(function: Callable[[Any], object], value: object) -> None:
    with pytest.raises(FieldError) as caught:
        function(value)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("function", ITERABLES.values(), ids=ITERABLES)
@pytest.mark.parametrize(
    "value", [None, 5, b"last.ckpt", "last.ckpt", object()], ids=lambda value: type(value).__name__
)
def test_function_of_an_iterable_refuses_another_object(function: Callable[[Any], object], value: object) -> None:
    with pytest.raises(FieldError):
        function(value)


@pytest.mark.parametrize("name", errors.__all__)
def test_errors_are_of_one_of_three_families(name: str) -> None:
    cls = getattr(errors, name)

    families = [
        family for family in (SchemeError, errors.OperationError, errors.SelectionWarning) if issubclass(cls, family)
    ]

    assert len(families) == 1
    assert issubclass(cls, (ValueError, RuntimeError, UserWarning))
