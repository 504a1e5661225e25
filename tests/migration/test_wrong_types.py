"""Values of wrong types, which every public function of the migration refuses with a `SchemeError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from calls import untyped
from ckpt_scheme import migration
from ckpt_scheme.errors import FieldError, SchemeError
from ckpt_scheme.migration import KeepBest, Plan, Policy, Session, make_plan, read_objects
from migration_trees import STATE, File, grow

LISTING: Final = read_objects(["gs://runs/a/checkpoints/epoch=3-step=1200.ckpt"], now_ns=0)
OLD, NEW = "run/checkpoints/epoch=1-step=1.ckpt", "run/checkpoints/epoch-01_step-000001.ckpt"


@pytest.mark.parametrize(
    "call",
    [
        lambda: untyped(migration.read_age)(None),
        lambda: untyped(read_objects)([b"x"], now_ns=0),
        lambda: untyped(read_objects)([None], now_ns=0),
        lambda: untyped(read_objects)(3, now_ns=0),
        lambda: untyped(make_plan)(None),
        lambda: untyped(make_plan)(LISTING, 3),
        lambda: untyped(make_plan)(LISTING, Policy(), 3),
        lambda: untyped(migration.apply)(None),
        lambda: untyped(Plan.from_json)(3),
        lambda: untyped(KeepBest)(3),
        lambda: untyped(Policy)(keep_last="3"),
        lambda: untyped(Policy)(frameworks="lightning"),
        lambda: untyped(Policy)(drop=([],)),
        *(
            lambda use=use, root=root: untyped(use)(root)
            for use in (
                migration.observe,
                migration.undo,
                migration.operations,
                migration.trash,
                migration.check,
                migration.has_state,
                Session,
            )
            for root in (None, 3, b"/tmp")
        ),
    ],
)
def test_wrong_type_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(SchemeError):
        call()


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda _: untyped(migration.read_age)(None), "age"),
        (lambda _: untyped(make_plan)(None), "listing"),
        (lambda _: untyped(make_plan)(LISTING, Policy(), 3), "registry"),
        (lambda _: untyped(make_plan)(LISTING, 3), "policy"),
        (lambda _: untyped(migration.apply)(None), "plan"),
        (lambda session: session.apply(None, LISTING), "plan"),
        (lambda session: session.apply(make_plan(LISTING), None), "listing"),
        (lambda session: session.migrate(None), "policy"),
        (lambda session: session.empty([3]), "trashed"),
        (lambda session: session.empty(3), "trashed"),
    ],
)
def test_error_names_the_argument(tmp_path: Path, call: Callable[[Any], object], argument: str) -> None:
    with Session(tmp_path) as session, pytest.raises(FieldError) as refused:
        call(session)

    assert refused.value.kind == argument


@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.undo("1"),
        lambda session: session.undo(True),  # noqa: FBT003 - the wrong type
        lambda session: session.undo(1.0),
        lambda session: session.empty([3]),
        lambda session: session.empty(3),
        lambda session: session.apply(None, LISTING),
        lambda session: session.migrate(None),
    ],
)
def test_session_refuses_wrong_type_and_changes_nothing(tmp_path: Path, use: Callable[[Any], object]) -> None:
    grow(tmp_path, {OLD: File()})
    with Session(tmp_path) as session:
        session.migrate(Policy())

        with pytest.raises(SchemeError):
            use(session)

    assert (tmp_path / NEW).exists()
    assert len(list((tmp_path / STATE / "journal").iterdir())) == 1
