"""`make_plan`: what becomes of each name, one example for each reason, and what holds whatever is listed."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import CheckpointName
from ckpt_scheme.legacy import Format, Kind, Reading, Registry
from ckpt_scheme.migration import Conflict, Discard, Entry, Item, KeepBest, Listing, Plan, Policy, Rename, make_plan
from ckpt_scheme.migration._naming import Candidate, _upgraded
from listing_strategies import LISTED_ROOT, MONTHS_NS, NOW_NS, RUN, listings, policies, resolved

FOLDER: Final = f"{RUN}/checkpoints"
SECOND: Final = 10**9
LATE: Final = "epoch-30_step-003000.ckpt"


def file(name: str, **facts: Any) -> Entry:  # noqa: ANN401 - whatever an entry holds
    """Return a file of months ago in the run's directory, or another entry by *facts*."""
    usual = Entry(path=f"{FOLDER}/{name}", kind="file", size=7, mtime_ns=NOW_NS - MONTHS_NS)
    return attrs.evolve(usual, **facts)


def link(path: str, text: str) -> Entry:
    """Return a link at a path from the root on; `resolved` tells where it leads."""
    return Entry(path=path, kind="link", text=text)


def listing_of(parts: Iterable[str | Entry]) -> Listing:
    entries = [file(part) if isinstance(part, str) else part for part in parts]
    return Listing(root=LISTED_ROOT, entries=resolved(entries), now_ns=NOW_NS)


def plan_of(parts: Iterable[str | Entry], policy: Policy | None = None) -> Plan:
    return make_plan(listing_of(parts), policy)


def judged(plan: Plan) -> dict[str, Item]:
    """Return the items by path, short where it is in the run's directory."""
    return {item.path.removeprefix(f"{FOLDER}/"): item for item in plan.items}


def check(item: Item, outcome: str) -> None:
    """Compare *item* with what it does and either its new name or the words that decide its reason."""
    do, _, words = outcome.partition(": ")
    assert item.do == do, item
    if isinstance(item, Rename):
        new, _, words = words.partition("; ")
        assert item.new == f"{item.path.rpartition('/')[0]}/{new}"
        assert words in {"", item.reason}
    if isinstance(item, Conflict):
        assert item.advice.split()[0] in {"give", "rename"}
        assert item.advice.split()[-1] in {"hand", "is", "it", "checkpoint"}
    # What decides stands at the beginning or at the end.
    assert item.reason.startswith(words) or item.reason.endswith(words), item


def check_all(plan: Plan, outcomes: Mapping[str, str]) -> None:
    items = judged(plan)
    assert items.keys() == outcomes.keys()
    for name, outcome in outcomes.items():
        check(items[name], outcome)


EARLY: Final = Policy(delete_old=True)


# --------------------------------------------------------------------------------------------------------------------
# One name alone.


@pytest.mark.parametrize(
    ("name", "drop", "outcome"),
    [
        pytest.param("epoch-12_step-000100.ckpt", (), "keep: in the scheme", id="canonical epoch"),
        pytest.param("best-hmean-0.8920_v2.ckpt", (), "keep: in the scheme", id="canonical best"),
        pytest.param("last.ckpt", (), "keep: in the scheme", id="canonical last"),
        pytest.param(
            "epoch=12-step=100.ckpt", (), "rename: epoch-12_step-000100.ckpt; lightning/default", id="one format"
        ),
        pytest.param("epoch=12-step=100-v1.ckpt", (), "rename: epoch-12_step-000100_v1.ckpt", id="version"),
        pytest.param(
            "epoch_epoch_22_step_step_001932_20251009_015037.ckpt",
            (),
            "rename: epoch-22_step-001932.ckpt; ocr-project/doubled",
            id="the timestamp that the scheme gives up",
        ),
        pytest.param(
            "epoch_epoch_03_step_step_000103-v1_20251012_025102.ckpt",
            (),
            "conflict: no place for its timestamp",
            id="the same timestamp in another format",
        ),
        pytest.param(
            "epoch_epoch_03_step_step_000103-v1_20251012_025102.ckpt",
            ("timestamp",),
            "rename: epoch-03_step-000103_v1.ckpt",
            id="timestamp dropped",
        ),
        pytest.param(
            "epoch_03_step_000103_20251012_025102.ckpt",
            ("architecture", "digits"),
            "conflict: no place for its timestamp",
            id="something else dropped",
        ),
        pytest.param(
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            (),
            "conflict: no place for its timestamp, architecture, encoder",
            id="three fields without a place",
        ),
        pytest.param(
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            ("timestamp", "encoder"),
            "conflict: no place for its architecture",
            id="all but one of them dropped",
        ),
        pytest.param(
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            ("timestamp", "encoder", "architecture"),
            "rename: epoch-03_step-000103.ckpt",
            id="all of them dropped",
        ),
        pytest.param(
            "epoch_03_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
            ("timestamp",),
            "conflict: no place for its model",
            id="an extra",
        ),
        pytest.param(
            "epoch_03_step_000103_dbnet_mobilenetv3_small_050_20251012_025102.ckpt",
            ("timestamp", "model"),
            "rename: epoch-03_step-000103.ckpt",
            id="an extra dropped",
        ),
        pytest.param(
            "resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
            (),
            "conflict: no place for its encoder, batch_size",
            id="an extra that is a number",
        ),
        pytest.param(
            "epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102_v1.ckpt",
            ("timestamp", "encoder", "architecture", "epoch", "step", "metric", "version"),
            "rename: epoch-03_step-000103_val_hmean-0.8920_v1.ckpt",
            id="what has a place is not dropped",
        ),
        pytest.param(
            "epoch_epoch=02-step_step=0819-loss_val_loss=1.5191.ckpt",
            (),
            "rename: epoch-02_step-000819_val_loss-1.5191.ckpt",
            id="metric of four decimals",
        ),
        pytest.param(
            "epoch_epoch=02-step_step=0819-loss_val_loss=1.500000.ckpt",
            (),
            "rename: epoch-02_step-000819_val_loss-1.5000.ckpt",
            id="more decimals that say nothing",
        ),
        pytest.param(
            "epoch_epoch=02-step_step=0819-loss_val_loss=1.51912.ckpt",
            (),
            "conflict: no place for its digits",
            id="metric of five decimals",
        ),
        pytest.param(
            "epoch_epoch=02-step_step=0819-loss_val_loss=1.51912.ckpt",
            ("digits",),
            "rename: epoch-02_step-000819_val_loss-1.5191.ckpt",
            id="digits dropped",
        ),
        pytest.param(
            "epoch_epoch=02-step_step=0819-loss_val_loss=99999999999.99999.ckpt",
            ("digits",),
            "conflict: its name does not say enough: expected a finite number",
            id="metric out of range",
        ),
        pytest.param("hmean=0.7990-best.ckpt", (), "rename: best-hmean-0.7990.ckpt", id="best with a metric"),
        pytest.param("best-v2.ckpt", (), "rename: best_v2.ckpt", id="best with a version"),
        pytest.param("best_model.ckpt", (), "rename: best.ckpt", id="best with nothing"),
        pytest.param(
            "best_20251012_025102.ckpt", (), "conflict: no place for its timestamp", id="best with a timestamp"
        ),
        pytest.param(
            "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
            (),
            "conflict: no place for its timestamp, architecture, encoder, epoch, step",
            id="best with an epoch",
        ),
        pytest.param(
            "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
            ("timestamp", "architecture", "encoder", "step"),
            "conflict: no place for its epoch",
            id="best with an epoch that was not dropped",
        ),
        pytest.param(
            "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
            ("timestamp", "architecture", "encoder", "epoch"),
            "conflict: no place for its step",
            id="best with a step that was not dropped",
        ),
        pytest.param(
            "best_epoch_03_step_000103_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
            ("timestamp", "architecture", "encoder", "epoch", "step"),
            "rename: best-val_hmean-0.8920.ckpt",
            id="best with an epoch that was dropped",
        ),
        pytest.param("latest.ckpt", (), "rename: last.ckpt", id="last with nothing"),
        pytest.param("last-v1.ckpt", (), "conflict: no place for its version", id="last with a version"),
        pytest.param("last-v0.ckpt", ("digits",), "conflict: no place for its version", id="last with version 0"),
        pytest.param("last-v1.ckpt", ("version",), "rename: last.ckpt", id="last with a version that was dropped"),
        pytest.param(
            "epoch=28.ckpt", ("step",), "conflict: its name does not say enough: expected a step", id="no step"
        ),
        pytest.param(
            "epoch--step-1845.ckpt",
            ("epoch",),
            "conflict: its name does not say enough: expected an epoch",
            id="no epoch",
        ),
        pytest.param(
            "loss=1.6217.ckpt",
            ("metric",),
            "conflict: its name does not say enough: expected an epoch",
            id="nothing but a metric",
        ),
        pytest.param(
            "epoch=3-step=1-v0.ckpt",
            (),
            "conflict: its name does not say enough: expected an integer from 1",
            id="version 0",
        ),
        pytest.param("model.ckpt", (), "conflict: no known format", id="unknown"),
        pytest.param(".ckpt", (), "conflict: no known format", id="nothing but the extension"),
        pytest.param("epoch=12-step=100.CKPT", (), "conflict: no known format", id="extension in capitals"),
        pytest.param("\udcff.ckpt", (), "conflict: no known format", id="not UTF-8"),
        pytest.param("epoch=12-step=100\n.ckpt", (), "conflict: no known format", id="line feed"),
    ],
)
def test_what_becomes_of_a_name(name: str, drop: Sequence[str], outcome: str) -> None:
    check_all(plan_of([name], Policy(drop=tuple(drop))), {name: outcome})
    # A directory that is a checkpoint is judged by its name as a file is.
    check_all(plan_of([file(name, kind="directory")], Policy(drop=tuple(drop))), {name: outcome})


def test_a_conflict_says_how_to_give_up_what_has_no_place() -> None:
    (conflict,) = plan_of(["resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt"]).conflicts

    assert conflict.advice.startswith("give up what is not needed with --drop encoder --drop batch_size, or")


@pytest.mark.parametrize("name", ["epoch=12.ckpt", "model.ckpt", "epoch=3-step=1-v0.ckpt"])
def test_a_conflict_that_no_option_solves_is_left_to_hands(name: str) -> None:
    (conflict,) = plan_of([name]).conflicts

    assert conflict.advice.startswith("rename it by hand")
    assert "--drop" not in conflict.advice


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("epoch-1_step-5.ckpt", "epoch-01_step-000005.ckpt"),
        ("Epoch-22_step-001932.ckpt", "epoch-22_step-001932.ckpt"),
        ("last.CKPT", "last.ckpt"),
        ("model.ckpt", None),
    ],
)
def test_a_conflict_says_which_name_may_be_meant(name: str, meant: str | None) -> None:
    (conflict,) = plan_of([name]).conflicts

    named = [word.strip(",") for word in conflict.advice.split() if ".ckpt" in word or word == "None"]
    assert named == ([] if meant is None else [meant])


@pytest.mark.parametrize(
    "name",
    ["epoch=12-step=100.pt", "epoch=12-step=100.ckpt.tmp", "epoch=12-step=100.ckptx", "ckpt", "checkpoint", "last"],
)
def test_what_has_no_extension_of_checkpoints_is_no_item(name: str) -> None:
    assert plan_of([name, file(f"{name}.d", kind="directory")]).items == ()


@pytest.mark.parametrize("name", ["epoch=12-step=100.ckpt", "last.ckpt", "model.ckpt"])
def test_what_is_neither_a_file_nor_a_directory_stays(name: str) -> None:
    check_all(plan_of([file(name, kind="other")]), {name: "keep: neither a file nor a directory"})
    check_all(plan_of([link(f"{FOLDER}/{name}", "x")]), {name: "keep: a link"})


def _declared(kind: Any, template: str) -> Format:  # noqa: ANN401 - one of the kinds
    return Format(framework="mine", format=kind, kind=kind, template=template, source="mine:mine", examples=())


@pytest.mark.parametrize(
    ("kind", "template", "name", "field", "new"),
    [
        ("last", "l{metric:loss}={value:decimal}.ckpt", "lloss=0.5.ckpt", "metric", "last.ckpt"),
        ("last", "l{epoch:count}.ckpt", "l0.ckpt", "epoch", "last.ckpt"),
        ("last", "l{step:count}.ckpt", "l0.ckpt", "step", "last.ckpt"),
        ("best", "b{step:count}-v{version:count}.ckpt", "b0-v3.ckpt", "step", "best_v3.ckpt"),
        ("epoch", "{epoch:count}-{step:count}-{seed:count}.ckpt", "1-2-3.ckpt", "seed", "epoch-01_step-000002.ckpt"),
        (
            "best",
            "b{epoch:count}-{metric:loss}={value:decimal}-v{version:count}.ckpt",
            "b2-loss=0.5-v1.ckpt",
            "epoch",
            "best-loss-0.5000_v1.ckpt",
        ),
    ],
)
def test_another_registry(kind: str, template: str, name: str, field: str, new: str) -> None:
    registry = Registry([_declared(kind, template)])
    listing = listing_of([name])

    check_all(make_plan(listing, registry=registry), {name: f"conflict: no place for its {field}"})
    check_all(make_plan(listing, Policy(drop=(field,)), registry), {name: f"rename: {new}; mine/{kind}"})


def test_a_name_that_two_formats_read_is_a_conflict() -> None:
    registry = Registry(
        [_declared("epoch", "{epoch:count}-{step:count}.ckpt"), _declared("step", "1-{step:count}.ckpt")]
    )

    (conflict,) = make_plan(listing_of(["1-2.ckpt"]), registry=registry).conflicts

    assert conflict.reason == "2 formats read its name (mine/step, mine/epoch)"
    assert conflict.advice.startswith("rename it by hand")


def test_two_formats_that_say_the_same_leave_nothing_to_choose() -> None:
    registry = Registry(
        [_declared("epoch", "{epoch:count}-{step:count}.ckpt"), _declared("epoch", "{epoch:count}-0{step:plain}.ckpt")]
    )

    (rename,) = make_plan(listing_of(["1-02.ckpt"]), registry=registry).renames

    assert rename.new.endswith("/epoch-01_step-000002.ckpt")


@pytest.mark.parametrize("kind", ["shard", "aux", "temp", "pointer", "sidecar", "run_dir"])
def test_what_is_no_whole_checkpoint_stays(kind: Kind) -> None:
    registry = Registry([_declared(kind, "{epoch:count}-{step:count}.ckpt")])

    plan = make_plan(listing_of(["1-2.ckpt"]), Policy(delete_old=True, keep_min_epoch=10), registry)

    assert [item.do for item in plan.items] == ["conflict"]
    assert f"no whole checkpoint (mine/{kind}: {kind})" in plan.conflicts[0].reason


@pytest.mark.parametrize(
    "name",
    [
        *("epoch=9-step=900-val_loss=0.12.ckpt", "test-v2.ckpt", "hpc_ckpt_3.ckpt", "on_exception.ckpt"),
        *("epoch=0-step=8-EMA.ckpt", "model--val_loss=0.12-epoch=49.ckpt", "epoch-000004.ckpt", "model.ckpt-1000.ckpt"),
    ],
)
def test_the_name_that_a_framework_gave_stays_and_counts_for_no_rule(name: str) -> None:
    policy = Policy(delete_old=True, keep_last=1)
    old = "epoch=3-step=300.ckpt"

    alone, beside = (make_plan(listing_of(names), policy) for names in ([old], [old, name]))

    assert [item for item in beside.items if item.path.endswith(old)] == list(alone.items)
    assert [item.do for item in beside.items if item.path.endswith(name)] == ["conflict"]


@pytest.mark.parametrize(("drop", "new"), [((), None), (("metric",), "epoch-01_step-000002.ckpt")])
def test_a_second_metric_has_no_place(drop: tuple[str, ...], new: str | None) -> None:
    reading = Reading(
        text="x.ckpt", framework="mine", format="two", kind="epoch", epoch=1, step=2, metrics={"a": 0.5, "b": 0.25}
    )

    candidate = _upgraded(Candidate(file("x.ckpt"), "x.ckpt", reading=reading), reading, frozenset(drop))

    assert candidate.new == new
    assert (candidate.problem is None) == (new is not None)


def test_a_reading_that_a_rule_gives_up_keeps_the_fields_that_have_a_place() -> None:
    reading = Reading(
        text="x.ckpt",
        framework="mine",
        format="v",
        kind="best",
        epoch=1,
        version=3,
        metrics={"a": 0.5},
        extras={"b": 1},
    )

    candidate = _upgraded(Candidate(file("x.ckpt"), "x.ckpt", reading=reading), reading, frozenset({"epoch", "b"}))

    assert candidate.new == "best-a-0.5000_v3.ckpt"


# --------------------------------------------------------------------------------------------------------------------
# Names that meet one another.

OLD: Final = "epoch=12-step=100.ckpt"
NEW: Final = "epoch-12_step-000100.ckpt"
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
                OLD: f"conflict: only case would tell its new name {NEW} from EPOCH-12_step-000100.ckpt",
                "EPOCH-12_step-000100.ckpt": "conflict: no known format",
            },
            id="taken but for case",
        ),
        pytest.param(
            [OLD, "\u212a.pt", "epoch-12_step-000100.c\u212apt"],
            {
                OLD: "conflict: only case would tell its new name",
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
                OLD: "conflict: only case tells it from Epoch=12-Step=100.ckpt",
                "Epoch=12-Step=100.ckpt": "conflict: no known format",
            },
            id="twins by case",
        ),
        pytest.param(
            [OLD, file("EPOCH=12-STEP=100.CKPT", kind="other")],
            {OLD: "conflict: only case tells it from", "EPOCH=12-STEP=100.CKPT": "keep: neither a file"},
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
            {OLD: "conflict: only case would tell its new name epoch-12_step-000100.config.json"},
            id="the name of a sidecar is taken but for case",
        ),
        pytest.param([OLD, f"{NEW}.sha256"], {OLD: f"rename: {NEW}"}, id="a sidecar of nobody"),
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
def test_names_that_meet(parts: Sequence[str | Entry], outcomes: Mapping[str, str]) -> None:
    check_all(plan_of([*parts, *SANE]), {**outcomes, **SANE})


def test_conflicts_of_names_say_what_to_do() -> None:
    plan = plan_of(
        [OLD, "epoch_12_step_000100.ckpt", "epoch=1-step=1.ckpt", "EPOCH=1-step=1.ckpt", "epoch=2-step=2.ckpt"]
    )

    assert [bool(conflict.advice) for conflict in plan.conflicts] == [True] * 4
    assert "all but one" in next(item.advice for item in plan.conflicts if item.path.endswith(OLD))


# Two spellings of one text, which some disks take for one name and others give back changed.
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_that_are_equal_once_composed_are_twins(form: Any) -> None:  # noqa: ANN401 - one of four words
    registry = Registry([_declared("epoch", "\u00e9-{epoch:count}-{step:count}.ckpt")])
    other = unicodedata.normalize(form, "\u00c9-1-2.ckpt")

    plan = make_plan(listing_of(["\u00e9-1-2.ckpt", other]), registry=registry)

    check_all(
        plan,
        {"\u00e9-1-2.ckpt": f"conflict: only case tells it from {other}", other: "conflict: no known format"},
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Without its case, the first is a text that is not composed any more, and the second one that is.
        pytest.param("\u1fd2", "\u0399\u0308\u0300", id="composed again"),
        # A mark that is a letter without its case stands elsewhere among the marks once they are composed.
        pytest.param("\u1f04\u03b9", "\u1f08\u0345\u0301", id="composed before"),
    ],
)
def test_names_are_composed_before_and_after_their_case_is_lost(one: str, other: str) -> None:
    registry = Registry([_declared("epoch", f"{one}-{{epoch:count}}-{{step:count}}.ckpt")])

    plan = make_plan(listing_of([f"{one}-1-2.ckpt", f"{other}-1-2.ckpt"]), registry=registry)

    check_all(
        plan,
        {
            f"{one}-1-2.ckpt": f"conflict: only case tells it from {other}-1-2.ckpt",
            f"{other}-1-2.ckpt": "conflict: no known format",
        },
    )


def test_of_several_names_that_meet_the_first_is_named() -> None:
    first, second = NEW.upper(), NEW.capitalize()

    check(judged(plan_of([OLD, second, first]))[OLD], f"conflict: only case would tell its new name {NEW} from {first}")


def test_the_same_names_in_two_runs_do_not_meet() -> None:
    plan = plan_of([OLD, file(OLD, path=f"other/checkpoints/{OLD}")])

    assert sorted(item.new for item in plan.renames) == sorted([f"{FOLDER}/{NEW}", f"other/checkpoints/{NEW}"])


def test_what_is_inside_a_directory_between_two_names_does_not_part_them() -> None:
    parts = [file("epoch=1-step=1.ckpt", kind="directory"), link(f"{FOLDER}/epoch=1-step=1.ckpt/x", "/elsewhere")]

    plan = plan_of([*parts, "epoch_1_step_1.ckpt"])

    check_all(
        plan,
        {
            "epoch=1-step=1.ckpt": "conflict: epoch_1_step_1.ckpt would be called epoch-01_step-000001.ckpt too",
            "epoch_1_step_1.ckpt": "conflict: epoch=1-step=1.ckpt would be called epoch-01_step-000001.ckpt too",
        },
    )


# --------------------------------------------------------------------------------------------------------------------
# Sidecars.


@pytest.mark.parametrize(
    ("name", "new"),
    [
        (f"{OLD}{suffix}", f"{NEW}{suffix}") if whole else (f"{OLD[:-5]}{suffix}", f"{NEW[:-5]}{suffix}")
        for whole in (True, False)
        for suffix in (
            *(".config.json", ".hparams.yaml", ".meta.toml", ".metadata.yml", ".metadata.txt", ".config.yaml"),
            *(".md5", ".sha256"),
        )
    ],
)
def test_a_sidecar_gets_the_name_of_its_checkpoint(name: str, new: str) -> None:
    (rename,) = plan_of([OLD, name]).renames

    assert rename.sidecars == (Rename(f"{FOLDER}/{name}", f"{FOLDER}/{new}", "sidecar"),)


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"{OLD}.tmp",
            f"{OLD}.yaml",
            f"{OLD}.metadata",
            f"{OLD}.metadata.YAML",
            f"{OLD}metadata.yaml",
            f"{OLD}.md5.bak",
        ),
        *(f"{OLD}.config.json\n", "metadata.yaml", ".metadata.yaml", "epoch=12-step=10.metadata.yaml", f"x{OLD}.md5"),
    ],
)
def test_what_is_no_sidecar_stays(name: str) -> None:
    (rename,) = plan_of([OLD, name]).renames

    assert rename.sidecars == ()


def test_a_sidecar_that_could_be_of_two_is_of_the_one_that_it_names_whole() -> None:
    registry = Registry([_declared("epoch", "e{epoch:count}-{step:count}.ckpt"), _declared("step", "e1-2.ckpt.ckpt")])

    plan = make_plan(listing_of(["e1-2.ckpt", "e1-2.ckpt.ckpt", "e1-2.ckpt.md5", "e1-2.md5"]), registry=registry)

    (rename,) = plan.renames
    assert [item.new for item in rename.sidecars] == [
        f"{FOLDER}/epoch-01_step-000002.ckpt.md5",
        f"{FOLDER}/epoch-01_step-000002.md5",
    ]


def test_a_sidecar_is_of_one_checkpoint_though_both_get_names() -> None:
    templates = {"epoch": "e{epoch:count}-{step:count}.ckpt", "step": "e{step:count}-{epoch:count}.ckpt.ckpt"}
    registry = Registry([attrs.evolve(_declared("epoch", each), format=name) for name, each in templates.items()])

    plan = make_plan(listing_of(["e1-2.ckpt", "e1-2.ckpt.ckpt", "e1-2.ckpt.md5"]), registry=registry)

    assert [(item.new, [sidecar.new for sidecar in item.sidecars]) for item in plan.renames] == [
        (f"{FOLDER}/epoch-01_step-000002.ckpt", [f"{FOLDER}/epoch-01_step-000002.ckpt.md5"]),
        (f"{FOLDER}/epoch-02_step-000001.ckpt", []),
    ]


def test_a_line_feed_is_part_of_the_name_of_a_sidecar() -> None:
    name = OLD.replace(".ckpt", ".a\nb.ckpt")

    plan = plan_of([OLD, name, f"{name}.md5"])

    check(judged(plan)[name], "conflict: no known format")
    # It belongs to what stays, and not to the name that goes.
    assert noted(plan, f"{FOLDER}/{name}", "keeps its name")
    assert not noted(plan, f"{FOLDER}/{name}.md5", "keeps its name")


def test_a_link_to_a_sidecar_follows_it() -> None:
    (rename,) = plan_of([OLD, f"{OLD}.md5", link(f"{FOLDER}/sum", f"{OLD}.md5")]).renames

    assert rename.links == ()
    ((relink,),) = [item.links for item in rename.sidecars]
    assert (relink.path, relink.old, relink.new) == (f"{FOLDER}/sum", f"{OLD}.md5", f"{NEW}.md5")


def test_a_link_that_cannot_follow_a_sidecar_is_a_conflict_of_the_checkpoint() -> None:
    plan = plan_of([OLD, f"{OLD}.md5", link(f"{FOLDER}/x", f"{OLD}.md5/.")])

    check_all(plan, {OLD: f"conflict: the link {FOLDER}/x"})


# --------------------------------------------------------------------------------------------------------------------
# Links.

ABSOLUTE: Final = f"{LISTED_ROOT}/{FOLDER}"


@pytest.mark.parametrize(
    ("path", "text", "new"),
    [
        pytest.param(f"{FOLDER}/last.ckpt", OLD, NEW, id="relative"),
        pytest.param(f"{FOLDER}/last.ckpt", f"./../checkpoints//{OLD}", f"./../checkpoints//{NEW}", id="dotted"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{ABSOLUTE}/{OLD}", f"{ABSOLUTE}/{NEW}", id="absolute"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{OLD}/", f"{NEW}/", id="a slash at the end"),
        pytest.param(f"{FOLDER}/last.ckpt", f"{OLD}//", f"{NEW}//", id="slashes at the end"),
        pytest.param("newest", f"{FOLDER}/{OLD}", f"{FOLDER}/{NEW}", id="from the root"),
        pytest.param(f"{RUN}/newest", f"checkpoints/{OLD}", f"checkpoints/{NEW}", id="from the run"),
        pytest.param(f"{RUN}/notes/newest", f"../checkpoints/{OLD}", f"../checkpoints/{NEW}", id="from beside"),
        pytest.param("other/checkpoints/x", f"../../{FOLDER}/{OLD}", f"../../{FOLDER}/{NEW}", id="from another run"),
        pytest.param("a", f"/alias/{FOLDER}/{OLD}", f"/alias/{FOLDER}/{NEW}", id="by a link to the root"),
        pytest.param("checkpoints/checkpoints/a", f"../../{FOLDER}/{OLD}", f"../../{FOLDER}/{NEW}", id="an odd run"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_a_link_is_turned(kind: str, path: str, text: str, new: str) -> None:
    (rename,) = plan_of([file(OLD, kind=kind), link(path, text)]).renames

    ((relink),) = rename.links
    assert (relink.path, relink.old, relink.new) == (path, text, new)


def test_a_link_by_a_link_is_turned_where_the_name_is() -> None:
    plan = plan_of(
        [OLD, link(f"{FOLDER}/last.ckpt", "newest"), link(f"{FOLDER}/newest", OLD), link("a", f"{FOLDER}/newest")]
    )

    (rename,) = plan.renames
    assert [(relink.path, relink.new) for relink in rename.links] == [(f"{FOLDER}/newest", NEW)]


def test_a_link_through_a_link_to_a_directory_is_turned() -> None:
    plan = plan_of([OLD, link("current", RUN), link("newest", f"current/checkpoints/{OLD}")])

    (rename,) = plan.renames
    assert [(relink.path, relink.new) for relink in rename.links] == [("newest", f"current/checkpoints/{NEW}")]


def test_all_links_to_one_name_are_turned() -> None:
    (rename,) = plan_of([OLD, link("a", f"{FOLDER}/{OLD}"), link("b", f"{FOLDER}/{OLD}")]).renames

    assert [relink.path for relink in rename.links] == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a", f"{FOLDER}/{OLD}/weights", id="into a directory"),
        pytest.param("a", f"{FOLDER}/{OLD}/..", id="through it and out again"),
        pytest.param("a", f"{FOLDER}/{OLD}/.", id="a dot behind it"),
        pytest.param("a", f"{FOLDER}/{OLD}/../{OLD}", id="by it twice"),
        pytest.param("a", f"{FOLDER}/{OLD}/../{LATE}", id="through it to another"),
        pytest.param("a", "/pinned", id="by a link outside the root"),
        pytest.param(f"{FOLDER}/{OLD}/x", "weights", id="inside it, to what is inside"),
        pytest.param(f"{FOLDER}/{OLD}/x", f"../{OLD}", id="inside it, to itself"),
        pytest.param(f"{FOLDER}/{OLD}/x", f"{ABSOLUTE}/{OLD}/weights", id="inside it, absolute"),
        pytest.param(f"{FOLDER}/{LATE}/x", f"../{OLD}", id="inside another checkpoint"),
    ],
)
def test_a_link_that_no_text_keeps_is_a_conflict(path: str, text: str) -> None:
    pinned = {"epoch=3-step=30.ckpt": OLD}
    parts: list[str | Entry] = [file(OLD, kind="directory"), file(LATE, kind="directory"), link(path, text)]
    if text == "/pinned":
        parts[0] = file("epoch=3-step=30.ckpt", kind="directory")
        pinned = {OLD: "epoch=3-step=30.ckpt"}

    check_all(
        plan_of(parts),
        {pinned.get(OLD, OLD): f"conflict: the link {path} leads to it or through it", LATE: "keep: in the scheme"},
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(f"{FOLDER}/last.ckpt", "last.ckpt", id="to itself"),
        pytest.param("a", "/elsewhere/model.ckpt", id="outward"),
        pytest.param("a", f"{FOLDER}/{LATE}", id="to another"),
        pytest.param("a", f"{FOLDER}/{OLD}.tmp", id="to a name that goes on"),
        pytest.param("a", FOLDER, id="to the directory"),
        pytest.param("a", f"other/checkpoints/{OLD}", id="to another run"),
    ],
)
def test_a_link_that_does_not_lead_to_it_is_nothing_to_a_name(path: str, text: str) -> None:
    plan = plan_of([OLD, LATE, link(path, text)])

    (rename,) = plan.renames
    assert rename.links == ()
    check(judged(plan)[LATE], "keep: in the scheme")


def test_a_loop_of_links_is_nothing_to_a_name() -> None:
    plan = plan_of([OLD, link(f"{FOLDER}/a.ckpt", "b.ckpt"), link(f"{FOLDER}/b.ckpt", "a.ckpt")])

    check_all(plan, {OLD: f"rename: {NEW}", "a.ckpt": "keep: a link", "b.ckpt": "keep: a link"})


# No disk says this; a listing that was made by hand may.
@pytest.mark.parametrize(
    "entry",
    [
        Entry(path="a", kind="link", text="x", passes=("a",), leads_to=f"{FOLDER}/{OLD}"),
        Entry(path="a", kind="link", text=None, passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text="other", passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text=f"x{OLD}", passes=(f"{FOLDER}/{OLD}",), leads_to=None),
        Entry(path="a", kind="link", text=OLD, passes=(f"{FOLDER}/{OLD}", f"{FOLDER}/{OLD}"), leads_to=None),
        Entry(path="a", kind="link", text=OLD, passes=("b",), leads_to=f"{FOLDER}/{OLD}"),
    ],
    ids=["a loop that ends", "no text", "another text", "a longer text", "twice", "another end"],
)
def test_a_link_that_contradicts_itself_is_a_conflict(entry: Entry) -> None:
    plan = make_plan(Listing(root="", entries=[file(OLD), entry], now_ns=NOW_NS))

    check_all(plan, {OLD: "conflict: the link a"})


# --------------------------------------------------------------------------------------------------------------------
# What goes, and what stays.


def keeping(**rules: Any) -> Policy:  # noqa: ANN401 - whatever a policy holds
    return attrs.evolve(Policy(delete_old=True, keep_last=1), **{"keep_min_epoch": None, "keep_last": 0, **rules})


GOES: Final = "discard: no rule keeps it"


@pytest.mark.parametrize(
    ("names", "policy", "outcomes"),
    [
        pytest.param(
            ["epoch-09_step-000001.ckpt", "epoch=8-step=1.ckpt", LATE],
            Policy(),
            ["keep: in the scheme", "rename: epoch-08_step-000001.ckpt", "keep: in the scheme"],
            id="nothing goes unless asked for",
        ),
        pytest.param(
            ["epoch-09_step-000001.ckpt", "epoch-10_step-000001.ckpt", "epoch-11_step-000001.ckpt"],
            EARLY,
            ["discard: epoch 9 is before 10", "keep: epoch 10 is not before 10", "keep: epoch 11 is not before 10"],
            id="about the first epoch that stays",
        ),
        pytest.param(
            ["epoch=9-step=1.ckpt", "epoch=10-step=1.ckpt"],
            EARLY,
            [
                "discard: epoch 9 is before 10",
                "rename: epoch-10_step-000001.ckpt; lightning/default; stays: epoch 10 is not before 10",
            ],
            id="old names",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_min_epoch=0),
            ["keep: epoch 0 is not before 0", "keep"],
            id="all epochs stay",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt", "epoch-100_step-000001.ckpt"],
            keeping(keep_last=2),
            [GOES, "keep: one of the last 2", "keep: one of the last 2"],
            id="the last two",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2-step=1.ckpt", "epoch-03_step-000001.ckpt"],
            keeping(keep_last=3),
            [
                "keep: one of the last 3",
                "rename: epoch-02_step-000001.ckpt; lightning/default; stays: one of the last 3",
                "keep: one of the last 3",
            ],
            id="the last three of three",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt"],
            keeping(keep_last=9),
            ["keep: one of the last 9", "keep: one of the last 9"],
            id="the last nine of two",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2.ckpt", "epoch-03_step-000001.ckpt", "model.ckpt", "last.ckpt"],
            keeping(keep_last=1),
            [GOES, "conflict", "keep: one of the last 1", "conflict", "keep: in the scheme"],
            id="what is not understood is none of the last",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=2-step=1.ckpt", "epoch_2_step_1.ckpt"],
            keeping(keep_last=1),
            ["keep: one of the last 1", "conflict", "conflict"],
            id="a conflict is none of the last",
        ),
        pytest.param(
            ["epoch-01_step-000001_v1.ckpt", "epoch-01_step-000001.ckpt", "epoch-01_step-000002.ckpt"],
            keeping(keep_last=2),
            ["keep: one of the last 2", GOES, "keep: one of the last 2"],
            id="a version is later than none",
        ),
        pytest.param(
            ["epoch-01_step-000001_hmean-0.9000.ckpt", "epoch-01_step-000001_hmean-0.1000_v1.ckpt"],
            keeping(keep_last=1),
            [GOES, "keep: one of the last 1"],
            id="a metric does not make later",
        ),
        pytest.param(
            ["epoch-01_step-000001_hmean-9.0000.ckpt", "epoch-01_step-000001_hmean-10.0000.ckpt"],
            keeping(keep_last=1),
            [GOES, "keep: one of the last 1"],
            id="of equally late names the last in the order of names",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", "epoch-05_step-000001.ckpt", "epoch-06_step-000001.ckpt"],
            keeping(keep_every=5),
            ["keep: epoch 0 is a multiple of 5", "keep: epoch 5 is a multiple of 5", GOES],
            id="each fifth",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_every=0),
            ["discard: epoch 0 is before 10", "keep"],
            id="each none",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean")),
            [GOES, "keep: one of the best 1 by hmean", GOES],
            id="the best",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 2)),
            [GOES, "keep: one of the best 2 by hmean", "keep: one of the best 2 by hmean"],
            id="the best two",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 3)),
            ["keep: one of the best 3 by hmean"] * 3,
            id="the best three of three",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("5000", "9000", "7000"))
            ],
            keeping(keep_best=KeepBest("hmean", 4)),
            ["keep: one of the best 4 by hmean"] * 3,
            id="the best four of three",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_loss-{score}00.ckpt"
                for epoch, score in enumerate(("0.50", "-0.90", "0.70"))
            ],
            keeping(keep_best=KeepBest("loss", 2, "min")),
            ["keep: one of the best 2 by loss", "keep: one of the best 2 by loss", GOES],
            id="the lowest two",
        ),
        pytest.param(
            [
                f"epoch-0{epoch}_step-000001_hmean-0.{score}.ckpt"
                for epoch, score in enumerate(("9000", "5000", "9000"))
            ],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: one of the best 1 by hmean", GOES, "keep: one of the best 1 by hmean"],
            id="of equal values all",
        ),
        pytest.param(
            [
                "epoch-01_step-000001_hmean-0.5000.ckpt",
                "epoch-02_step-000001_loss-0.9000.ckpt",
                "epoch-03_step-000001.ckpt",
            ],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: one of the best 1 by hmean", GOES, GOES],
            id="another metric and none are not best",
        ),
        pytest.param(
            ["epoch-01_step-000001_loss-0.5000.ckpt", "epoch-02_step-000001.ckpt", "best-hmean-0.5000.ckpt"],
            keeping(keep_best=KeepBest("hmean")),
            ["keep: no name here holds hmean", "keep: no name here holds hmean", "keep: in the scheme"],
            id="the best cannot be told",
        ),
        pytest.param(
            [
                file("epoch-01_step-000001.ckpt", mtime_ns=NOW_NS - 7200 * SECOND),
                file("epoch-02_step-000001.ckpt", mtime_ns=NOW_NS - 7200 * SECOND + 1),
                "last.ckpt",
            ],
            keeping(keep_younger_than=7200),
            [GOES, "keep: younger than 7200 s", "keep: in the scheme"],
            id="about the age that stays",
        ),
        pytest.param(
            ["epoch-00_step-000001.ckpt", "epoch-04_step-000001.ckpt", "epoch-05_step-000001.ckpt", LATE],
            Policy(delete_old=True, keep_last=2, keep_every=4),
            [
                "keep: epoch 0 is a multiple of 4",
                "keep: epoch 4 is a multiple of 4",
                "keep: one of the last 2",
                "keep: epoch 30 is not before 10",
            ],
            id="any rule keeps",
        ),
        pytest.param(
            [
                "best.ckpt",
                "last.ckpt",
                "best-hmean-0.1000.ckpt",
                "best_v1.ckpt",
                "hmean=0.7990-best.ckpt",
                "latest.ckpt",
            ],
            keeping(keep_last=1),
            ["keep: in the scheme"] * 4 + ["rename: best-hmean-0.7990.ckpt", "conflict: last.ckpt is taken"],
            id="best and last are of no epoch",
        ),
        pytest.param(
            ["epoch=3.ckpt", "epoch=3-step=3-v0.ckpt", "model.ckpt", "epoch_03_step_000103_20251012_025102.ckpt", LATE],
            EARLY,
            ["conflict"] * 4 + ["keep"],
            id="what is not settled stays",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-03_step-000030.ckpt", LATE],
            EARLY,
            ["conflict: is taken", "keep: in the scheme", "keep"],
            id="a name that another one wants",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch_3_step_30.ckpt", LATE],
            EARLY,
            ["conflict", "conflict", "keep"],
            id="names that want one",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-04_step-000040.ckpt", LATE],
            Policy(rename=False, delete_old=True),
            ["keep: not in the scheme", "discard: epoch 4 is before 10", "keep: epoch 30"],
            id="without renames only what is in the scheme",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "epoch-03_step-000030.ckpt", LATE],
            Policy(rename=False, delete_old=True),
            ["keep: not in the scheme", "discard: epoch 3 is before 10", "keep: epoch 30"],
            id="without renames no name is wanted",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt", "model.ckpt", "epoch=4.ckpt", LATE],
            Policy(rename=False),
            ["keep: not in the scheme"] * 3 + ["keep: in the scheme"],
            id="without renames there are no conflicts",
        ),
        pytest.param(
            [file("epoch=3-step=30.ckpt", kind="directory"), LATE],
            EARLY,
            ["discard: epoch 3 is before 10", "keep"],
            id="a directory",
        ),
        pytest.param(
            ["epoch-03_step-000030.ckpt", "EPOCH-03_step-000030.ckpt", LATE],
            EARLY,
            ["keep", "conflict: no known format", "keep"],
            id="twins by case",
        ),
    ],
)
def test_what_goes(names: Sequence[str | Entry], policy: Policy, outcomes: Sequence[str]) -> None:
    shown = [part if isinstance(part, str) else part.name for part in names]

    check_all(plan_of(names, policy), dict(zip(shown, outcomes, strict=True)))


GONER: Final = "epoch-03_step-000030.ckpt"
TEN_MINUTES: Final = 600 * SECOND


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        pytest.param({}, "discard", id="nothing"),
        pytest.param({"size": 0}, "discard", id="empty"),
        pytest.param({"links": 2}, "keep: it has another name", id="hard link"),
        pytest.param({"written": True}, "keep: open for writing", id="open"),
        pytest.param({"mtime_ns": NOW_NS - TEN_MINUTES}, "discard", id="ten minutes old"),
        pytest.param({"mtime_ns": NOW_NS - TEN_MINUTES + 1}, "keep: within ten minutes", id="a bit less"),
        pytest.param({"mtime_ns": NOW_NS}, "keep: within ten minutes", id="now"),
        pytest.param({"mtime_ns": NOW_NS + MONTHS_NS}, "keep: within ten minutes", id="in the future"),
        pytest.param({"mtime_ns": 0}, "keep: within ten minutes", id="no time"),
        pytest.param({"mtime_ns": 1}, "discard", id="long ago"),
        pytest.param({"mtime_ns": -1}, "discard", id="before 1970"),
    ],
)
@pytest.mark.parametrize("bearer", [GONER, f"{GONER}.md5"], ids=["checkpoint", "sidecar"])
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_what_is_precious(kind: str, bearer: str, facts: Mapping[str, Any], outcome: str) -> None:
    entries = {GONER: file(GONER, kind=kind), f"{GONER}.md5": file(f"{GONER}.md5")}
    entries[bearer] = attrs.evolve(entries[bearer], **facts)

    plan = plan_of([*entries.values(), LATE], EARLY)

    check(judged(plan)[GONER], outcome)
    if outcome == "discard":
        assert plan.discards == (Discard(f"{FOLDER}/{GONER}", "epoch 3 is before 10", (f"{FOLDER}/{GONER}.md5",)),)


@pytest.mark.parametrize(
    ("sidecar", "outcome"),
    [
        pytest.param(file(f"{GONER}.md5"), "discard", id="file"),
        pytest.param(file(f"{GONER}.md5", kind="other"), "keep", id="pipe"),
        pytest.param(link(f"{FOLDER}/{GONER}.md5", "/elsewhere/x"), "keep", id="link"),
    ],
)
def test_what_is_no_file_does_not_go_with_a_checkpoint(sidecar: Entry, outcome: str) -> None:
    check_all(plan_of([GONER, sidecar, LATE], EARLY), {GONER: outcome, LATE: "keep"})


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("epoch_03_step_000030_hmean_0.8920_best_resnet18_20251012_025102.ckpt", "rename"),
        ("epoch-03_step-000030_best-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_Best_hmean-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_blast-0.5000.ckpt", "keep: called best or last"),
        ("epoch-03_step-000030_bes-0.5000.ckpt", "discard"),
    ],
)
def test_what_is_called_best_or_last_stays(name: str, outcome: str) -> None:
    policy = attrs.evolve(EARLY, drop=("timestamp", "architecture", "encoder"))

    item = judged(plan_of([name, LATE], policy))[name]

    assert item.do == outcome.partition(":")[0]
    assert item.do == "discard" or "called best or last" in item.reason


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a", f"{FOLDER}/{GONER}", id="to it"),
        pytest.param("a", f"{FOLDER}/{GONER}/weights", id="into it"),
        pytest.param("a", f"{FOLDER}/{GONER}/../{LATE}", id="through it"),
        pytest.param("a", "/alias/" + f"{FOLDER}/{GONER}", id="by a link to the root"),
        pytest.param("other/checkpoints/x.ckpt", f"{ABSOLUTE}/{GONER}", id="from another run"),
        pytest.param(f"{FOLDER}/{GONER}/x", "weights", id="inside it"),
        pytest.param("a", f"{FOLDER}/{GONER}.md5", id="to its sidecar"),
    ],
)
def test_what_a_link_leads_to_stays(path: str, text: str) -> None:
    plan = plan_of([file(GONER, kind="directory"), f"{GONER}.md5", LATE, link(path, text)], EARLY)

    check(judged(plan)[GONER], f"keep: the link {path} leads to it")


def test_of_several_links_the_first_is_named() -> None:
    plan = plan_of([GONER, LATE, *(link(path, f"{FOLDER}/{GONER}") for path in ("b", "a", "c"))], EARLY)

    check(judged(plan)[GONER], "keep: the link a leads to it")


def test_what_a_link_leads_to_by_another_stays() -> None:
    parts: list[str | Entry] = ["epoch=3-step=30.ckpt", LATE, link("a", "/pinned")]

    check(judged(plan_of(parts, EARLY))["epoch=3-step=30.ckpt"], "conflict: the link a")
    assert plan_of([GONER, LATE, link("b", "a"), link("a", f"{FOLDER}/{GONER}")], EARLY).discards == ()


UNSEEN: Final = "secret cannot be read, where a link may lead to it"


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param(
            [GONER, "epoch-05_step-000050.ckpt"],
            [f"keep: {UNSEEN}"] * 2,
            id="all of them",
        ),
        pytest.param(
            ["epoch=3-step=30.ckpt"],
            [f"rename: epoch-03_step-000030.ckpt; lightning/default; stays: {UNSEEN}"],
            id="what has an old name has a new one all the same",
        ),
        pytest.param(
            ["epoch-03_step-000030_best-0.5000.ckpt"], ["keep: it is called best or last"], id="what stays anyway"
        ),
        pytest.param(["epoch-12_step-000100.ckpt"], ["keep: epoch 12 is not before 10"], id="what a rule keeps"),
        pytest.param(["model.ckpt"], ["conflict: no known format"], id="what is not understood"),
    ],
)
def test_nothing_goes_if_a_link_to_it_may_be_where_nobody_can_look(
    parts: Sequence[str], outcomes: Sequence[str]
) -> None:
    unreadable = (("secret", "Permission denied"), ("secrets", "Permission denied"))
    listing = attrs.evolve(listing_of([*parts, LATE]), unreadable=unreadable)

    check_all(make_plan(listing, EARLY), dict(zip([*parts, LATE], [*outcomes, "keep: epoch 30"], strict=True)))


def test_what_cannot_be_read_in_one_run_holds_all_runs() -> None:
    listing = listing_of([GONER, LATE, *(file("x", path=f"other/checkpoints/{name}") for name in (GONER, LATE))])
    assert len(make_plan(listing, EARLY).discards) == 2

    hidden = attrs.evolve(listing, unreadable=(("other/notes", "Permission denied"),))

    assert make_plan(hidden, EARLY).discards == ()
    assert make_plan(hidden, attrs.evolve(EARLY, rename=False)).discards == ()


def test_a_rename_says_why_it_is_none_of_what_goes() -> None:
    (rename,) = plan_of(["epoch=3-step=30.ckpt", link("a", f"{FOLDER}/epoch=3-step=30.ckpt")], EARLY).renames

    assert rename.reason.endswith("stays: the link a leads to it")
    assert [relink.path for relink in rename.links] == ["a"]


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param([GONER], ["keep: the last checkpoint of the run"], id="one alone"),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch-03_step-000030.ckpt", "epoch=2-step=9999.ckpt"],
            ["discard", "keep: the last checkpoint of the run", "discard"],
            id="the furthest of all",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", "epoch=3-step=30.ckpt"],
            ["discard", "rename: epoch-03_step-000030.ckpt; lightning/default; stays: the last checkpoint of the run"],
            id="the furthest has an old name",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(GONER, size=0)],
            ["keep: the last checkpoint of the run", "discard"],
            id="the furthest is empty",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(GONER, size=1)],
            ["discard", "keep: the last checkpoint of the run"],
            id="the furthest is all but empty",
        ),
        pytest.param(
            ["epoch-01_step-000001.ckpt", file(LATE, size=0)],
            ["keep: the last checkpoint of the run", "keep: not before 10"],
            id="what stays is empty",
        ),
        pytest.param(
            [file("epoch-01_step-000001.ckpt", size=0), file(GONER, size=0)],
            ["discard", "keep: the last checkpoint of the run"],
            id="all are empty",
        ),
        pytest.param([GONER, file("last.ckpt", size=1)], ["discard", "keep: in the scheme"], id="last stays"),
        pytest.param([GONER, "best_model.ckpt"], ["discard", "rename: best.ckpt"], id="an old best stays"),
        pytest.param([GONER, "epoch=20.ckpt"], ["discard", "conflict"], id="a conflict that is understood stays"),
        pytest.param(
            [GONER, "model.ckpt"],
            ["keep: the last checkpoint of the run", "conflict: no known format"],
            id="what is not understood is no checkpoint to rely on",
        ),
        pytest.param(
            [GONER, link(f"{FOLDER}/last.ckpt", "/elsewhere/x")],
            ["keep: the last checkpoint of the run", "keep: a link"],
            id="nor is a link",
        ),
        pytest.param(
            [GONER, file("last.ckpt", kind="other")],
            ["keep: the last checkpoint of the run", "keep: neither a file"],
            id="nor is a pipe",
        ),
        pytest.param(
            ["epoch-03_step-000030_hmean-0.9000.ckpt", "epoch-03_step-000030_hmean-0.1000_v1.ckpt"],
            ["discard", "keep: the last checkpoint of the run"],
            id="the furthest is the latest",
        ),
    ],
)
def test_one_checkpoint_is_left(parts: Sequence[str | Entry], outcomes: Sequence[str]) -> None:
    shown = [part if isinstance(part, str) else part.name for part in parts]

    check_all(plan_of(parts, EARLY), dict(zip(shown, outcomes, strict=True)))


def test_an_order_among_equals_survives_a_rename() -> None:
    equal = "epoch-00_step-001000_hmean-0.0000.ckpt"
    names: list[str | Entry] = [file(equal, links=2), "epoch=0-step=1000.ckpt", "epoch-01_step-001000.ckpt"]

    plan = plan_of(names, keeping(keep_last=2))
    again = plan_of(
        [file(equal, links=2), "epoch-00_step-001000.ckpt", "epoch-01_step-001000.ckpt"], keeping(keep_last=2)
    )

    assert len(plan.discards) == len(again.discards) == 1


def test_one_checkpoint_is_left_in_each_run() -> None:
    other = f"other/checkpoints/{GONER}"

    assert plan_of([GONER, file(GONER, path=other)], EARLY).discards == ()
    assert [item.path for item in plan_of([GONER, LATE, file(GONER, path=other)], EARLY).discards] == [
        f"{FOLDER}/{GONER}"
    ]


def test_discards_are_not_parted_by_what_is_inside_a_directory() -> None:
    parts = ["epoch-01_step-000001.ckpt", "epoch-02_step-000001.ckpt", "epoch-03_step-000001.ckpt"]
    inner = [file("epoch-02_step", kind="directory"), link(f"{FOLDER}/epoch-02_step/x", "/elsewhere")]

    plan = plan_of([*parts, *inner], keeping(keep_last=1))

    assert [item.path.rpartition("/")[2] for item in plan.discards] == parts[:2]


@pytest.mark.parametrize("inner", ["x", "a/x", "a/checkpoints/x.ckpt"])
def test_a_directory_with_a_link_in_it_stays(inner: str) -> None:
    plan = plan_of([file(GONER, kind="directory"), LATE, link(f"{FOLDER}/{GONER}/{inner}", "/elsewhere")], EARLY)

    check(judged(plan)[GONER], "keep: there is a link in it")


# --------------------------------------------------------------------------------------------------------------------
# What is judged at all, and what people should know.


@pytest.mark.parametrize(
    "path",
    [
        *(
            OLD,
            f"checkpoints/{OLD}",
            f"{RUN}/{OLD}",
            f"{RUN}/logs/{OLD}",
            f"{RUN}/Checkpoints/{OLD}",
            f"/checkpoints/{OLD}",
        ),
        *(f"{FOLDER}/sub/{OLD}", f"{RUN}/xcheckpoints/{OLD}"),
    ],
)
def test_what_is_elsewhere_is_no_item(path: str) -> None:
    plan = plan_of([file("x", path=path), link(f"{path}x", "/elsewhere")])

    assert plan.items == ()


@pytest.mark.parametrize("run", ["gs://bucket/runs/a", "checkpoints", "a b", "r/checkpoints/x"])
def test_a_run_may_be_called_anything_and_be_anywhere(run: str) -> None:
    (rename,) = plan_of([file(OLD, path=f"{run}/checkpoints/{OLD}")]).renames

    assert rename.new == f"{run}/checkpoints/{NEW}"


def notes(plan: Plan) -> list[tuple[str, str]]:
    return [(note.path, note.text) for note in plan.notes]


def noted(plan: Plan, path: str, words: str) -> bool:
    return any(note.path == path and note.text.startswith(words) for note in plan.notes)


def test_nothing_is_noted_where_nothing_is_changed() -> None:
    assert notes(plan_of([LATE, file("last.ckpt", mtime_ns=NOW_NS), "best_k_models.yaml", f"{LATE}.tmp"])) == []
    assert notes(plan_of([])) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("linked run", True),
        (f"{RUN}/checkpoints", True),
        (f"{RUN}/notes", False),
        (f"{RUN}/notes/x", False),
        ("checkpoints", True),
        (f"{FOLDER}/checkpoints", False),
    ],
)
def test_a_link_in_the_place_of_a_run_is_noted(path: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([link(path, "/elsewhere")])

    assert [note.path for note in plan.notes] == [path] * expected
    assert noted(plan, path, "a link") == expected


@pytest.mark.parametrize("path", ["newest.ckpt", f"{RUN}/checkpoints", "checkpoints"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"{ABSOLUTE}/{LATE}", False, id="to a checkpoint"),
        pytest.param(f"{LISTED_ROOT}/between", False, id="to one by another link"),
        pytest.param(ABSOLUTE, True, id="to a directory of checkpoints"),
        pytest.param(f"{ABSOLUTE}/{GONER}", True, id="to what is not there"),
        pytest.param("/elsewhere", True, id="out of the root"),
    ],
)
def test_a_link_to_what_is_listed_is_not_noted(path: str, text: str, expected: bool) -> None:  # noqa: FBT001 - a column
    entries = [file("x", path=f"other/checkpoints/{LATE}"), link("between", f"other/checkpoints/{LATE}")]

    plan = plan_of([*entries, link(path, text.replace(RUN, "other"))])

    assert noted(plan, path, "a link, and none is followed") == expected
    assert not noted(plan, "between", "a link")


def test_what_is_no_link_is_not_noted_in_the_place_of_a_run() -> None:
    assert notes(plan_of([file("x", path="run"), file("x", path=f"{RUN}/checkpoints", kind="directory")])) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"old run/checkpoints/{LATE}", True),
        ("old run/checkpoints/model.ckpt", True),
        ("old run/checkpoints/model.pt", False),
        (f"deep/{RUN}/checkpoints/{LATE}", False),
        (f"{RUN}/x/checkpoints/{LATE}", True),
    ],
)
def test_a_folder_that_is_not_named_by_the_scheme_is_noted(path: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([file("x", path=path)])

    assert noted(plan, path.partition("/checkpoints/")[0], "the folder is not named by the scheme") == expected
    assert len(plan.notes) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([OLD], True, id="a rename"),
        pytest.param([GONER, LATE], True, id="a discard"),
        pytest.param([LATE, "last.ckpt", "model.ckpt"], False, id="neither"),
    ],
)
def test_it_is_noted_that_checkpoints_hold_paths(parts: Sequence[str], expected: bool) -> None:  # noqa: FBT001 - a column
    assert noted(plan_of(parts, EARLY), "", "a checkpoint that Lightning wrote holds the paths of others") == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"mtime_ns": NOW_NS - TEN_MINUTES}, False),
        ({"mtime_ns": NOW_NS - TEN_MINUTES + 1}, True),
        ({"mtime_ns": NOW_NS + MONTHS_NS}, True),
        ({"mtime_ns": 0}, False),
    ],
)
def test_it_is_noted_that_somebody_is_at_work(facts: Mapping[str, Any], expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([OLD, file("log.txt", **facts)])

    assert noted(plan, FOLDER, "was written to within ten minutes") == expected


def test_a_listing_without_times_is_of_nobody_at_work() -> None:
    plan = make_plan(attrs.evolve(listing_of([file(OLD, mtime_ns=0)]), now_ns=1))

    assert not noted(plan, FOLDER, "was written to within ten minutes")
    assert [item.do for item in plan.items] == ["rename"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{OLD}.tmp", True),
        ("epoch=12-step=100.pt", True),
        ("epoch=12-step=100.ckpt.metadata.yaml.bak", True),
        ("epoch=12-step=100.metadata.yaml", False),
        ("epoch=12-step=1000.pt", False),
        ("epoch=12-step=100", False),
        (".epoch=12-step=100.pt", False),
        ("x.epoch=12-step=100.pt", False),
        ("other.pt", False),
        (f"{LATE}.tmp", False),
    ],
)
def test_it_is_noted_what_keeps_the_name_of_a_checkpoint(name: str, expected: bool) -> None:  # noqa: FBT001 - a column
    plan = plan_of([OLD, LATE, name])

    assert noted(plan, f"{FOLDER}/{name}", "keeps its name") == expected
    assert not noted(plan, f"{FOLDER}/{OLD}", "keeps its name")


def test_it_is_noted_what_keeps_the_name_of_what_goes() -> None:
    plan = plan_of([GONER, f"{GONER}.tmp", f"{GONER}.md5", LATE], EARLY)

    assert noted(plan, f"{FOLDER}/{GONER}.tmp", "keeps its name")
    assert not noted(plan, f"{FOLDER}/{GONER}.md5", "keeps its name")


def test_a_sidecar_of_what_stays_is_where_it_belongs() -> None:
    templates = (
        "e{epoch:count}-{step:count}.ckpt",
        *("e{epoch:count}-{step:count}.two.ckpt", "e{step:count}-{epoch:count}.two.ckpt"),
    )
    registry = Registry([attrs.evolve(_declared("epoch", each), format=f"f{n}") for n, each in enumerate(templates)])

    plan = make_plan(
        listing_of(["e1-2.ckpt", "e1-2.two.ckpt", "e1-2.two.md5", "e1-2.none.ckpt", "e1-2.none.md5", "e1-2.md5sum"]),
        registry=registry,
    )

    check_all(
        plan,
        {
            "e1-2.ckpt": "rename: epoch-01_step-000002.ckpt",
            "e1-2.two.ckpt": "conflict: 2 formats",
            "e1-2.none.ckpt": "conflict: no known format",
        },
    )
    assert [noted(plan, f"{FOLDER}/e1-2.{end}", "keeps its name") for end in ("two.md5", "none.md5", "md5sum")] == [
        False,
        False,
        True,
    ]


def test_it_is_noted_that_a_file_lists_old_names() -> None:
    assert noted(
        plan_of([OLD, "best_k_models.yaml"]), f"{FOLDER}/best_k_models.yaml", "lists checkpoints by their old names"
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (file("old", kind="directory"), True),
        (file("epoch=12-step=100", kind="directory"), True),
        (file("epoch=12-step=100.ckpt.d", kind="directory"), True),
        (file("old"), False),
        (file("old", kind="other"), False),
        (file("old.ckpt", kind="directory"), False),
        (file("OLD.CKPT", kind="directory"), False),
        (link(f"{FOLDER}/old", f"../{RUN}"), False),
    ],
)
def test_it_is_noted_that_a_directory_is_left_alone(entry: Entry, expected: bool) -> None:  # noqa: FBT001 - a column
    assert noted(plan_of([OLD, entry]), entry.path, "a directory that is no checkpoint") == expected
    assert not noted(plan_of([LATE, entry]), entry.path, "a directory that is no checkpoint")


def test_notes_are_in_order() -> None:
    plan = plan_of(
        [OLD, file("x", path=f"an old run/checkpoints/{OLD}"), f"{OLD}.tmp", "best_k_models.yaml", link("a", "b")]
    )

    assert list(plan.notes) == sorted(plan.notes, key=lambda note: (note.path, note.text))
    assert len(plan.notes) >= 4


def test_what_cannot_be_read_is_in_the_plan() -> None:
    listing = attrs.evolve(listing_of([OLD]), unreadable=(("z", "Permission denied"), ("a", "Input/output error")))

    plan = make_plan(listing)

    assert [(note.path, note.text) for note in plan.unreadable] == [
        ("a", "cannot be read: Input/output error"),
        ("z", "cannot be read: Permission denied"),
    ]
    assert len(plan.renames) == 1


def test_a_plan_says_what_it_was_made_of() -> None:
    listing = listing_of([OLD, LATE, "model.ckpt"])
    plan = make_plan(listing, EARLY)

    assert (plan.root, plan.listing, plan.policy) == (LISTED_ROOT, listing.digest(), EARLY)
    assert make_plan(listing).policy == Policy()
    assert [item.path for item in plan.items] == sorted(item.path for item in plan.items)
    assert plan.counts() == {"rename": 1, "discard": 0, "keep": 1, "conflict": 1}
    assert [item.path for item in plan.conflicts] == [f"{FOLDER}/model.ckpt"]


# --------------------------------------------------------------------------------------------------------------------
# What holds for any listing.


def folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def moves(plan: Plan) -> dict[str, str]:
    """Return the new path of each old one, sidecars included."""
    return {move.path: move.new for item in plan.renames for move in (item, *item.sidecars)}


def gone(plan: Plan) -> set[str]:
    return {path for item in plan.discards for path in (item.path, *item.sidecars)}


def moved(path: str, changes: Mapping[str, str]) -> str:
    """Return where *path* is once the directories on its way, and itself, have got their new names."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        new = changes.get("/".join(parts[:count]))
        if new is not None:
            return "/".join([new, *parts[count:]])
    return path


def carried_out(listing: Listing, plan: Plan) -> Listing:
    """Return what *listing* is once *plan* has been carried out."""
    changes, trash = moves(plan), gone(plan)
    texts = {relink.path: relink for item in plan.renames for each in (item, *item.sidecars) for relink in each.links}
    entries: list[Entry] = []
    for entry in listing.entries:
        if entry.path in trash or any(entry.path.startswith(f"{path}/") for path in trash):
            continue
        relink = texts.get(entry.path)
        if relink is not None:
            assert entry.text == relink.old
        text = entry.text if relink is None else relink.new
        entries.append(attrs.evolve(entry, path=moved(entry.path, changes), text=text))
    return attrs.evolve(listing, entries=resolved(entries))


def every_checkpoint_is_one_item(listing: Listing, plan: Plan) -> None:
    named = [
        entry.path
        for entry in listing.entries
        if entry.directory.endswith("/checkpoints") and entry.name.lower().endswith(".ckpt")
    ]
    assert [item.path for item in plan.items] == named


def new_names_meet_nothing(listing: Listing, plan: Plan) -> None:
    news = [folded(new) for new in moves(plan).values()]
    assert Counter(news) == Counter(set(news))
    assert set(news).isdisjoint(folded(entry.path) for entry in listing.entries)
    assert set(moves(plan)).isdisjoint(gone(plan))
    assert len([*sources(plan)]) == len(set(sources(plan)))
    for old, new in moves(plan).items():
        assert old.rpartition("/")[0] == new.rpartition("/")[0]
    for item in plan.renames:
        assert CheckpointName.is_valid(item.new.rpartition("/")[2])
    assert plan.policy.rename or not (plan.renames or plan.conflicts)


def sources(plan: Plan) -> Iterator[str]:
    """Yield all that a plan moves or discards, and each link that it turns, as often as it does so."""
    for item in plan.renames:
        for move in (item, *item.sidecars):
            yield move.path
            yield from (relink.path for relink in move.links)
    for discard in plan.discards:
        yield discard.path
        yield from discard.sidecars


def what_is_precious_is_not_discarded(listing: Listing, plan: Plan) -> None:
    entries = {entry.path: entry for entry in listing.entries}
    aims = {path for entry in listing.entries for path in (*entry.passes, entry.leads_to) if path is not None}
    conflicts = {item.path for item in plan.conflicts}

    for path in gone(plan):
        entry = entries[path]
        assert entry.kind in {"file", "directory"}
        assert entry.links == 1
        assert not entry.written
        assert NOW_NS - entry.mtime_ns >= TEN_MINUTES
        assert entry.mtime_ns != 0
        assert not any(aim == path or aim.startswith(f"{path}/") for aim in aims)
        assert path not in conflicts
    for discard in plan.discards:
        name = discard.path.rpartition("/")[2].lower()
        assert "best" not in name
        assert "last" not in name
    assert plan.policy.delete_old or not plan.discards
    hidden = attrs.evolve(listing, unreadable=(("notes", "Permission denied"),))
    assert make_plan(hidden, plan.policy).discards == ()


def understood(listing: Listing) -> dict[str, set[str]]:
    """Return the checkpoints of each directory that hold something and of which the name says what they are."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    conflicts = {item.path: item for item in make_plan(listing).conflicts}
    for entry in listing.entries:
        conflict = conflicts.get(entry.path)
        known = conflict is None or "no known format" not in conflict.reason
        is_checkpoint = entry.name.lower().endswith(".ckpt") and entry.kind in {"file", "directory"}
        if known and is_checkpoint and entry.size and entry.directory.endswith("/checkpoints"):
            found[entry.directory].add(entry.path)
    return found


def no_run_is_left_without_a_checkpoint(listing: Listing, plan: Plan) -> None:
    trash = gone(plan)
    for directory, paths in understood(listing).items():
        assert paths - trash, directory


def nothing_is_left_to_do(plan: Plan, after: Listing) -> None:
    again = make_plan(after, plan.policy)
    assert again.renames == ()
    assert again.discards == ()
    assert {item.path for item in again.conflicts} == {item.path for item in plan.conflicts}


def every_link_leads_where_it_led(listing: Listing, plan: Plan, after: Listing) -> None:
    changes, places = moves(plan), {entry.path for entry in listing.entries}
    found = {entry.path: entry for entry in after.entries}
    for entry in listing.entries:
        here = found.get(moved(entry.path, changes))
        if here is not None and entry.leads_to in places:
            assert here.leads_to == moved(entry.leads_to, changes)


# A listing takes far longer to draw than to plan, so that all that holds is tried on one.
@given(listing=listings(), policy=policies())
def test_what_holds_for_any_plan(listing: Listing, policy: Policy) -> None:
    plan = make_plan(listing, policy)

    every_checkpoint_is_one_item(listing, plan)
    new_names_meet_nothing(listing, plan)
    what_is_precious_is_not_discarded(listing, plan)
    no_run_is_left_without_a_checkpoint(listing, plan)


@given(listing=listings(), policy=policies())
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(listing: Listing, policy: Policy) -> None:
    plan = make_plan(listing, policy)

    after = carried_out(listing, plan)

    nothing_is_left_to_do(plan, after)
    every_link_leads_where_it_led(listing, plan, after)


@given(listing=listings(), policy=policies(), data=st.data())
def test_the_order_of_entries_is_nothing_to_a_plan(listing: Listing, policy: Policy, data: st.DataObject) -> None:
    shuffled = attrs.evolve(listing, entries=data.draw(st.permutations(listing.entries)))
    text = make_plan(listing, policy).to_json()

    assert make_plan(shuffled, policy).to_json() == text
    assert Plan.from_json(text) == make_plan(shuffled, policy)
    assert Plan.from_json(text.encode("ascii")).to_json() == text
