"""`make_plan` for one name: canonical, legacy, ambiguous or unknown."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from ckpt_scheme.legacy import Kind, Registry
from ckpt_scheme.migration import Policy, make_plan
from listing_strategies import RUN
from plan_listings import FOLDER, NEW, OLD, check_all, declared, file, link, listing_of, plan_of


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
            id="fields of the grammar are not dropped",
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
            "conflict: no canonical name is possible: expected a finite number",
            id="metric out of range",
        ),
        pytest.param("hmean=0.7990-best.ckpt", (), "rename: best-hmean-0.7990.ckpt", id="best with a metric"),
        pytest.param("best-v2.ckpt", (), "rename: best_v2.ckpt", id="best with a version"),
        pytest.param("best_model.ckpt", (), "conflict: its name is ambiguous", id="best with a shared name"),
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
        pytest.param("latest.ckpt", (), "conflict: its name is ambiguous", id="last with a shared name"),
        pytest.param("last-v1.ckpt", (), "conflict: no place for its version", id="last with a version"),
        pytest.param("last-v0.ckpt", ("digits",), "conflict: no place for its version", id="last with version 0"),
        pytest.param("last-v1.ckpt", ("version",), "rename: last.ckpt", id="last with a version that was dropped"),
        pytest.param(
            "epoch=28.ckpt", ("step",), "conflict: no canonical name is possible: expected a step", id="no step"
        ),
        pytest.param(
            "epoch--step-1845.ckpt",
            ("epoch",),
            "conflict: no canonical name is possible: expected an epoch",
            id="no epoch",
        ),
        pytest.param(
            "loss=1.6217.ckpt",
            ("metric",),
            "conflict: no canonical name is possible: expected an epoch",
            id="nothing but a metric",
        ),
        pytest.param(
            "epoch=3-step=1-v0.ckpt",
            (),
            "conflict: no canonical name is possible: expected an integer from 1",
            id="version 0",
        ),
        pytest.param("mine!.ckpt", (), "conflict: no known format", id="unknown"),
        pytest.param(".ckpt", (), "conflict: no known format", id="nothing but the extension"),
        pytest.param("epoch=12-step=100.CKPT", (), "conflict: no known format", id="extension in capitals"),
        pytest.param("\udcff.ckpt", (), "conflict: no known format", id="not UTF-8"),
        pytest.param("epoch=12-step=100\n.ckpt", (), "conflict: no known format", id="line feed"),
    ],
)
def test_plan_decides_by_name(name: str, drop: Sequence[str], outcome: str) -> None:
    check_all(plan_of([name], Policy(drop=tuple(drop))), {name: outcome})
    # The name of a directory is read like that of a file.
    check_all(plan_of([file(name, kind="directory")], Policy(drop=tuple(drop))), {name: outcome})


def test_conflict_advises_drop_options() -> None:
    (conflict,) = plan_of(["resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt"]).conflicts

    assert conflict.advice.startswith("drop the fields that are not needed with --drop encoder --drop batch_size, or")


@pytest.mark.parametrize("name", ["epoch=12.ckpt", "mine!.ckpt", "epoch=3-step=1-v0.ckpt"])
def test_conflict_without_option_advises_rename_by_hand(name: str) -> None:
    (conflict,) = plan_of([name]).conflicts

    assert conflict.advice.startswith("rename it by hand")
    assert "--drop" not in conflict.advice


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("epoch-1_step-5.ckpt", "epoch-01_step-000005.ckpt"),
        ("Epoch-22_step-001932.ckpt", "epoch-22_step-001932.ckpt"),
        ("last.CKPT", "last.ckpt"),
        ("mine!.ckpt", None),
    ],
)
def test_conflict_suggests_similar_canonical_name(name: str, meant: str | None) -> None:
    (conflict,) = plan_of([name]).conflicts

    named = [word.strip(",") for word in conflict.advice.split() if ".ckpt" in word or word == "None"]

    assert named == ([] if meant is None else [meant])


@pytest.mark.parametrize(
    "name",
    ["epoch=12-step=100.pt", "epoch=12-step=100.ckpt.tmp", "epoch=12-step=100.ckptx", "ckpt", "checkpoint", "last"],
)
def test_plan_ignores_names_without_extension(name: str) -> None:
    assert plan_of([name, file(f"{name}.d", kind="directory")]).items == ()


@pytest.mark.parametrize("name", ["epoch=12-step=100.ckpt", "last.ckpt", "model.ckpt"])
def test_plan_keeps_special_files_and_links(name: str) -> None:
    check_all(plan_of([file(name, kind="other")]), {name: "keep: neither a file nor a directory"})
    check_all(plan_of([link(f"{FOLDER}/{name}", "x")]), {name: "keep: a link"})


@pytest.mark.parametrize(
    ("kind", "template", "name", "field", "new"),
    [
        ("last", "l{metric:key}={value:decimal}.ckpt", "lloss=0.5.ckpt", "metric", "last.ckpt"),
        ("last", "l{epoch:count}.ckpt", "l0.ckpt", "epoch", "last.ckpt"),
        ("last", "l{step:count}.ckpt", "l0.ckpt", "step", "last.ckpt"),
        ("best", "b{step:count}-v{version:count}.ckpt", "b0-v3.ckpt", "step", "best_v3.ckpt"),
        ("epoch", "{epoch:count}-{step:count}-{seed:count}.ckpt", "1-2-3.ckpt", "seed", "epoch-01_step-000002.ckpt"),
        (
            "best",
            "b{epoch:count}-{metric:key}={value:decimal}-v{version:count}.ckpt",
            "b2-loss=0.5-v1.ckpt",
            "epoch",
            "best-loss-0.5000_v1.ckpt",
        ),
    ],
)
def test_plan_uses_given_registry(kind: str, template: str, name: str, field: str, new: str) -> None:
    registry = Registry([declared(kind, template)])
    listing = listing_of([name])

    check_all(make_plan(listing, registry=registry), {name: f"conflict: no place for its {field}"})
    check_all(make_plan(listing, Policy(drop=(field,)), registry), {name: f"rename: {new}; mine/{kind}"})


def test_name_of_two_formats_is_conflict() -> None:
    registry = Registry([declared("epoch", "{epoch:count}-{step:count}.ckpt"), declared("step", "1-{step:count}.ckpt")])

    (conflict,) = make_plan(listing_of(["1-2.ckpt"]), registry=registry).conflicts

    assert conflict.reason == "its name is ambiguous: mine/step, mine/epoch read it"
    assert conflict.advice == "name its writer with --format mine/epoch, or rename it by hand"


def test_name_of_two_agreeing_formats_is_renamed() -> None:
    padded = attrs.evolve(declared("epoch", "{epoch:count}-0{step:plain}.ckpt"), format="padded")
    registry = Registry([declared("epoch", "{epoch:count}-{step:count}.ckpt"), padded])

    (rename,) = make_plan(listing_of(["1-02.ckpt"]), registry=registry).renames

    assert rename.new.endswith("/epoch-01_step-000002.ckpt")
    assert rename.reason == "mine/padded"


def test_shared_name_of_two_agreeing_formats_is_conflict() -> None:
    one = declared("epoch", "{epoch:count}-{step:count}.ckpt")
    other = attrs.evolve(declared("epoch", "{epoch:count}-0{step:plain}.ckpt"), shared=True)

    (conflict,) = make_plan(listing_of(["1-02.ckpt"]), registry=Registry([one, other])).conflicts

    assert conflict.reason.endswith("read it, and other programs write this spelling too")


def test_name_of_a_checkpoint_or_a_part_is_ambiguous() -> None:
    registry = Registry(
        [declared("epoch", "{epoch:count}-{step:count}.ckpt"), declared("shard", "1-{step:count}.ckpt")]
    )

    (conflict,) = make_plan(listing_of(["1-2.ckpt"]), registry=registry).conflicts

    assert conflict.reason == "its name is ambiguous: mine/shard, mine/epoch read it"


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " and 1 more"), (7, " and 2 more")])
def test_conflict_lists_five_formats(count: int, more: str) -> None:
    formats = [
        attrs.evolve(declared("epoch", "{epoch:count}-{step:count}.ckpt"), format=f"f{number}", shared=True)
        for number in range(count)
    ]

    (conflict,) = make_plan(listing_of(["1-2.ckpt"]), registry=Registry(formats)).conflicts

    listed = ", ".join(f"mine/f{number}" for number in range(min(count, 5)))
    assert conflict.reason.startswith(f"its name is ambiguous: {listed}{more} read it, and ")


@pytest.mark.parametrize("kind", ["shard", "aux", "temp", "pointer", "sidecar", "run_dir"])
def test_part_of_checkpoint_is_conflict(kind: Kind) -> None:
    registry = Registry([declared(kind, "{epoch:count}-{step:count}.ckpt")])

    plan = make_plan(listing_of(["1-2.ckpt"]), Policy(delete_old=True, keep_min_epoch=10), registry)

    assert [item.do for item in plan.items] == ["conflict"]
    assert f"not that of a whole checkpoint (mine/{kind}: {kind})" in plan.conflicts[0].reason


@pytest.mark.parametrize(
    "name",
    [
        *("test-v2.ckpt", "hpc_ckpt_3.ckpt", "on_exception.ckpt"),
        *("epoch=0-step=8-EMA.ckpt", "model--val_loss=0.12-epoch=49.ckpt", "epoch-000004.ckpt", "model.ckpt-1000.ckpt"),
    ],
)
def test_unreadable_name_is_conflict_and_counts_for_no_rule(name: str) -> None:
    policy = Policy(delete_old=True, keep_last=1)
    old = "epoch=3-step=300.ckpt"

    alone, beside = (make_plan(listing_of(names), policy) for names in ([old], [old, name]))

    assert [item for item in beside.items if item.path.endswith(old)] == list(alone.items)
    assert [item.do for item in beside.items if item.path.endswith(name)] == ["conflict"]


@pytest.mark.parametrize(
    ("drop", "outcome"),
    [((), "conflict: no place for its metric"), (("metric",), "rename: epoch-01_step-000002.ckpt; mine/epoch")],
)
def test_second_metric_is_conflict_unless_dropped(drop: tuple[str, ...], outcome: str) -> None:
    name = "1-2-0.5-0.25.ckpt"
    format_ = attrs.evolve(
        declared("epoch", "{epoch:count}-{step:count}-{a:decimal}-{b:decimal}.ckpt"), metrics=("a", "b")
    )

    plan = make_plan(listing_of([name]), Policy(drop=drop), Registry([format_]))

    check_all(plan, {name: outcome})


def test_rename_keeps_fields_that_are_not_dropped() -> None:
    name = "b1-0.5-1-v3.ckpt"
    template = "b{epoch:count}-{a:decimal}-{b:count}-v{version:count}.ckpt"
    format_ = attrs.evolve(declared("best", template), metrics=("a",))

    plan = make_plan(listing_of([name]), Policy(drop=("epoch", "b")), Registry([format_]))

    check_all(plan, {name: "rename: best-a-0.5000_v3.ckpt; mine/best"})


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
def test_plan_ignores_paths_outside_checkpoints_folder(path: str) -> None:
    plan = plan_of([file("x", path=path), link(f"{path}x", "/elsewhere")])

    assert plan.items == ()


@pytest.mark.parametrize("run", ["gs://bucket/runs/a", "checkpoints", "a b", "r/checkpoints/x"])
def test_plan_accepts_any_run_folder(run: str) -> None:
    (rename,) = plan_of([file(OLD, path=f"{run}/checkpoints/{OLD}")]).renames

    assert rename.new == f"{run}/checkpoints/{NEW}"
