"""`make_plan` for names that collide with one another or with an entry of the folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from ckpt_scheme.legacy import Registry
from ckpt_scheme.migration import Entry, make_plan
from plan_listings import FOLDER, NEW, OLD, check, check_all, declared, file, judged, link, listing_of, plan_of

SANE: Final = {"epoch=40-step=4000.ckpt": "rename: epoch-40_step-004000.ckpt"}


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param([OLD, NEW], {OLD: f"conflict: {NEW} is taken", NEW: "keep: in the scheme"}, id="taken by a file"),
        pytest.param(
            [OLD, file(NEW, kind="directory")],
            {OLD: f"conflict: {NEW} is taken", NEW: "keep: in the scheme"},
            id="taken by a directory",
        ),
        pytest.param(
            [OLD, file(NEW, kind="other")],
            {OLD: f"conflict: {NEW} is taken", NEW: "keep: neither a file"},
            id="taken by a pipe",
        ),
        pytest.param(
            [OLD, link(f"{FOLDER}/{NEW}", "/elsewhere/x")],
            {OLD: f"conflict: {NEW} is taken", NEW: "keep: a link"},
            id="taken by a link to nothing",
        ),
        pytest.param(
            [OLD, link(f"{FOLDER}/{NEW}", OLD)],
            {OLD: f"conflict: {NEW} is taken", NEW: "keep: a link"},
            id="taken by a link to it",
        ),
        pytest.param(
            [OLD, "EPOCH-12_step-000100.ckpt"],
            {
                OLD: f"conflict: its new name {NEW} differs only in case from EPOCH-12_step-000100.ckpt",
                "EPOCH-12_step-000100.ckpt": "conflict: its name is ambiguous",
            },
            id="taken but for case",
        ),
        pytest.param(
            [OLD, "\u212a.pt", "epoch-12_step-000100.c\u212apt"],
            {
                OLD: "conflict: its new name",
                "epoch-12_step-000100.c\u212apt": "conflict: no known format",
            },
            id="taken but for the sign of a unit",
        ),
        pytest.param(
            [OLD, "epoch_12_step_000100.ckpt"],
            {
                OLD: f"conflict: epoch_12_step_000100.ckpt would be called {NEW} too",
                "epoch_12_step_000100.ckpt": f"conflict: {OLD} would be called {NEW} too",
            },
            id="two names want one",
        ),
        pytest.param(
            [OLD, "epoch=012-step=0100.ckpt", "epoch_12_step_000100.ckpt"],
            {
                OLD: f"conflict: would be called {NEW} too",
                "epoch=012-step=0100.ckpt": f"conflict: would be called {NEW} too",
                "epoch_12_step_000100.ckpt": f"conflict: would be called {NEW} too",
            },
            id="three names want one",
        ),
        pytest.param(
            [OLD, "epoch_12_step_000100.ckpt", NEW],
            {OLD: "conflict: is taken", "epoch_12_step_000100.ckpt": "conflict: is taken", NEW: "keep: in the scheme"},
            id="two names want one that is taken",
        ),
        pytest.param(
            [OLD, file("epoch_12_step_000100.ckpt", kind="directory")],
            {
                OLD: f"conflict: would be called {NEW} too",
                "epoch_12_step_000100.ckpt": f"conflict: would be called {NEW} too",
            },
            id="a file and a directory want one",
        ),
        pytest.param(
            [OLD, "Epoch=12-Step=100.ckpt"],
            {
                OLD: "conflict: it differs only in case from Epoch=12-Step=100.ckpt",
                "Epoch=12-Step=100.ckpt": "conflict",
            },
            id="twins by case",
        ),
        pytest.param(
            [OLD, file("EPOCH=12-STEP=100.CKPT", kind="other")],
            {OLD: "conflict: it differs only in case from", "EPOCH=12-STEP=100.CKPT": "keep: neither a file"},
            id="twins by case, one of them a pipe",
        ),
        pytest.param(
            [OLD, f"{OLD}x", "epoch=12-step=100.pt"],
            {OLD: f"rename: {NEW}"},
            id="names that only begin alike",
        ),
        pytest.param(
            [OLD, f"{OLD}.sha256", f"{NEW}.sha256"],
            {OLD: f"conflict: {NEW}.sha256 is taken"},
            id="the name of a sidecar is taken",
        ),
        pytest.param(
            [OLD, "epoch=12-step=100.config.json", "EPOCH-12_step-000100.config.json"],
            {OLD: "conflict: its new name epoch-12_step-000100.config.json"},
            id="the name of a sidecar is taken but for case",
        ),
        pytest.param([OLD, f"{NEW}.sha256"], {OLD: f"rename: {NEW}"}, id="a sidecar without checkpoint"),
        pytest.param(
            [OLD, file(f"{OLD}.sha256", kind="directory")],
            {OLD: f"conflict: its sidecar {OLD}.sha256 is no file"},
            id="a sidecar that is a directory",
        ),
        pytest.param(
            [OLD, file(f"{OLD}.sha256", kind="other")],
            {OLD: f"conflict: its sidecar {OLD}.sha256 is no file"},
            id="a sidecar that is a pipe",
        ),
        pytest.param(
            [OLD, link(f"{FOLDER}/{OLD}.sha256", "/elsewhere/x")],
            {OLD: f"conflict: its sidecar {OLD}.sha256 is no file"},
            id="a sidecar that is a link",
        ),
        pytest.param(
            ["epoch=12-step=100.ckpt", "epoch=12-step=100-v1.ckpt", "epoch=12-step=100-v2.ckpt"],
            {
                "epoch=12-step=100.ckpt": "rename: epoch-12_step-000100.ckpt",
                "epoch=12-step=100-v1.ckpt": "rename: epoch-12_step-000100_v1.ckpt",
                "epoch=12-step=100-v2.ckpt": "rename: epoch-12_step-000100_v2.ckpt",
            },
            id="versions do not meet",
        ),
    ],
)
def test_plan_decides_colliding_names(parts: Sequence[str | Entry], outcomes: Mapping[str, str]) -> None:
    check_all(plan_of([*parts, *SANE]), {**outcomes, **SANE})


def test_collision_has_advice() -> None:
    plan = plan_of(
        [OLD, "epoch_12_step_000100.ckpt", "epoch=1-step=1.ckpt", "EPOCH=1-step=1.ckpt", "epoch=2-step=2.ckpt"]
    )

    assert [bool(conflict.advice) for conflict in plan.conflicts] == [True] * 4
    assert "all but one" in next(item.advice for item in plan.conflicts if item.path.endswith(OLD))


# Some disks treat the two spellings of a text as the same name, and others change one into the other.
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_equal_after_normalization_collide(form: Any) -> None:  # noqa: ANN401 - one of four words
    registry = Registry([declared("epoch", "\u00e9-{epoch:count}-{step:count}.ckpt")])
    other = unicodedata.normalize(form, "\u00c9-1-2.ckpt")

    plan = make_plan(listing_of(["\u00e9-1-2.ckpt", other]), registry=registry)

    check_all(
        plan,
        {"\u00e9-1-2.ckpt": f"conflict: it differs only in case from {other}", other: "conflict: no known format"},
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Case folding decomposes the first text but not the second.
        pytest.param("\u1fd2", "\u0399\u0308\u0300", id="composed again"),
        # Case folding turns a mark into a letter, which changes the order of the marks.
        pytest.param("\u1f04\u03b9", "\u1f08\u0345\u0301", id="composed before"),
    ],
)
def test_names_equal_after_case_folding_and_normalization_collide(one: str, other: str) -> None:
    registry = Registry([declared("epoch", f"{one}-{{epoch:count}}-{{step:count}}.ckpt")])

    plan = make_plan(listing_of([f"{one}-1-2.ckpt", f"{other}-1-2.ckpt"]), registry=registry)

    check_all(
        plan,
        {
            f"{one}-1-2.ckpt": f"conflict: it differs only in case from {other}-1-2.ckpt",
            f"{other}-1-2.ckpt": "conflict: no known format",
        },
    )


def test_conflict_names_first_of_several_collisions() -> None:
    first, second = NEW.upper(), NEW.capitalize()

    check(judged(plan_of([OLD, second, first]))[OLD], f"conflict: its new name {NEW} differs only in case from {first}")


def test_equal_names_in_two_runs_do_not_collide() -> None:
    plan = plan_of([OLD, file(OLD, path=f"other/checkpoints/{OLD}")])

    assert sorted(item.new for item in plan.renames) == sorted([f"{FOLDER}/{NEW}", f"other/checkpoints/{NEW}"])


def test_names_collide_across_entry_inside_directory() -> None:
    parts = [file("epoch=1-step=1.ckpt", kind="directory"), link(f"{FOLDER}/epoch=1-step=1.ckpt/x", "/elsewhere")]

    plan = plan_of([*parts, "epoch_1_step_1.ckpt"])

    check_all(
        plan,
        {
            "epoch=1-step=1.ckpt": "conflict: epoch_1_step_1.ckpt would be called epoch-01_step-000001.ckpt too",
            "epoch_1_step_1.ckpt": "conflict: epoch=1-step=1.ckpt would be called epoch-01_step-000001.ckpt too",
        },
    )
