"""`latest`, `furthest` and `best` for names of other frameworks."""

from __future__ import annotations

import random
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ckpt_scheme import (
    AmbiguousNameError,
    CheckpointName,
    FieldError,
    SelectionError,
    UncertainLatestWarning,
    UnreadNameWarning,
    best,
    furthest,
    latest,
    legacy,
)
from ckpt_scheme.legacy import Format, Registry
from ckpt_scheme.strategies import checkpoint_names

SCRIPT = "example/project:train.py"


def declared(framework: str, format_: str, kind: legacy.Kind, template: str, **more: object) -> Format:
    return Format(
        **{  # type: ignore[arg-type]
            "framework": framework,
            "format": format_,
            "kind": kind,
            "template": template,
            "source": SCRIPT,
            "examples": (),
            "entry": "any",
            **more,
        }
    )


TEAM = Registry(
    (
        declared("ant", "step", "step", "save-{step:count}"),
        declared("ant", "epoch", "epoch", "epoch-{epoch:count}.bin", epoch_base=0, epochs_behind=1),
        declared("ant", "both", "epoch", "epoch-{epoch:count}-{step:count}.bin", epoch_base=0, epochs_behind=1),
        declared("ant", "within", "recovery", "within-{epoch:count}-{step:count}", extras={"step_scope": "in_epoch"}),
        declared("ant", "best", "best", "best-{metric:key}-{value:number}-{epoch:count}"),
        declared("ant", "best-word", "best", "best-{metric_name:key}.bin"),
        declared("ant", "best-version", "best", "top-{version:count}"),
        declared("ant", "last", "last", "last.bin"),
        declared("ant", "last-version", "last", "last-{version:count}.bin"),
        declared("ant", "final", "final", "final.bin"),
        declared("ant", "mean", "average", "mean-{epoch:count}"),
        declared("ant", "scored", "metric", "scored-{metric:key}-{value:number}"),
        declared("bee", "epoch", "epoch", "save-{epoch:count}", epoch_base=1, epochs_behind=0),
        declared("bee", "one-based", "epoch", "{epoch:count}.bee", epoch_base=1, epochs_behind=0),
        declared("bee", "save", "index", "nr-{save_index:count}"),
        declared("bee", "part", "shard", "save-{step:count}-{rank:count}"),
        declared("bee", "backwards", "epoch", "turn-{epoch:count}-{step:count}"),
        declared("cow", "forwards", "epoch", "turn-{step:count}-{epoch:count}"),
        declared("cow", "scored", "aux", "scored-acc-{acc:number}", metrics=("acc",)),
        declared("cow", "newest", "pointer", "newest"),
        declared("dog", "newest", "last", "newest"),
        declared("dog", "crash", "interrupted", "crash.bin"),
        declared("cow", "pair", "step", "pair-{step:count}"),
        declared("dog", "pair", "epoch", "pair-{epoch:count}"),
        declared("elk", "epoch", "epoch", "elk-{epoch:count}", epoch_base=0, epochs_behind=1),
        declared("dog", "when", "epoch", "at-{timestamp:timestamp}"),
        declared("dog", "twice", "step", "twice-{step:count}-{epoch:count}"),
        declared("dog", "twice-other", "step", "twice-{epoch:count}-{step:count}"),
    )
)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param(["README.md", "notes.txt"], None, id="nothing that is read"),
        pytest.param(["epoch-9.bin", "epoch-10.bin"], "epoch-10.bin", id="by number"),
        pytest.param(["epoch-9-900.bin", "epoch-9-1000.bin", "epoch-8-5000.bin"], "epoch-9-1000.bin", id="then step"),
        pytest.param(["epoch-9.bin", "epoch-9-900.bin"], "epoch-9.bin", id="an epoch's end"),
        pytest.param(["within-3-900", "epoch-2.bin"], "within-3-900", id="within a later epoch"),
        pytest.param(["save-900", "epoch-3-1000.bin", "mean-99"], "epoch-3-1000.bin", id="by the step"),
        pytest.param(["nr-9", "nr-10"], "nr-10", id="saves"),
        pytest.param(["at-20251015_120000", "at-20251014_130000"], "at-20251015_120000", id="times"),
        pytest.param(["save-9", "save-10", "save-11-0"], "save-10", id="two give the same answer"),
        pytest.param(["save-9/", "save-10/", "save-10/save-99/"], "save-10/", id="what is in a checkpoint"),
        pytest.param(["last.bin", "crash.bin"], "last.bin", id="words"),
        pytest.param(["last.bin", "final.bin", "last-3.bin"], "final.bin", id="the end"),
        pytest.param(["last-2.bin"], "last-2.bin", id="one version"),
        pytest.param(["best-acc-0.5-3", "epoch-3.bin", "epoch-2.bin"], "epoch-3.bin", id="an ordinary one of a moment"),
        pytest.param(["best-acc-0.5-4", "epoch-3.bin"], "best-acc-0.5-4", id="a later best one"),
        pytest.param(["mean-3", "scored-loss-0.5"], None, id="no moments"),
        pytest.param(["epoch-3.bin", "3.bee"], "epoch-3.bin", id="completed epochs of two frameworks"),
        pytest.param(["epoch-3-1000.bin", "epoch-04_step-002000.ckpt"], "epoch-04_step-002000.ckpt", id="canonical"),
        pytest.param(["last.ckpt", "epoch-3.bin"], "last.ckpt", id="a canonical word"),
        pytest.param(["runs/a/epoch-3.bin", "runs/a/epoch-4.bin"], "runs/a/epoch-4.bin", id="paths"),
    ],
)
def test_latest_returns_the_furthest_by_the_common_counter(names: list[str], chosen: str | None) -> None:
    assert latest(names, registry=TEAM) == chosen
    assert latest(reversed(names), registry=TEAM) == chosen


def test_selection_returns_the_given_element() -> None:
    paths = [Path("run/epoch-9.bin"), Path("run/epoch-10.bin")]

    assert latest(paths, registry=TEAM) is paths[1]
    assert best([PurePosixPath("best-acc-0.5-3")], metric="acc", registry=TEAM) == PurePosixPath("best-acc-0.5-3")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["save-9", "epoch-3.bin"], "not step of ant (save-9), epoch of ant (epoch-3.bin)"),
        (["save-9", "nr-3"], "not epoch of bee (save-9), save_index of bee (nr-3)"),
        (["epoch-3.bin", "at-20251015_120000"], "not epoch of ant (epoch-3.bin), timestamp of dog"),
        (["a/epoch-3.bin", "b/epoch-4.bin"], "checkpoints of one directory"),
    ],
)
def test_latest_refuses_names_that_do_not_compare(names: list[str], expected: str) -> None:
    with pytest.raises(FieldError) as caught:
        latest(names, registry=TEAM)

    assert expected in caught.value.expected
    assert caught.value.requirement in {"CKS-126", "CKS-127"}


def test_latest_refuses_frameworks_that_count_differently() -> None:
    with pytest.raises(FieldError, match="count the same"):
        latest(["best-acc-0.5-3", "3.bee"], registry=TEAM)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["turn-3-9", "turn-9-3"], id="each framework has another answer"),
        pytest.param(["save-9", "save-10", "pair-3"], id="no framework reads all of them"),
        pytest.param(["save-9", "elk-3"], id="one of two cannot tell"),
        pytest.param(["newest"], id="a pointer, perhaps"),
        pytest.param(["twice-3-9"], id="one framework reads it in two ways"),
    ],
)
def test_latest_refuses_an_answer_that_depends_on_the_framework(names: list[str]) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        latest(names, registry=TEAM)

    assert caught.value.text in names


@pytest.mark.parametrize(
    ("names", "framework", "chosen"),
    [
        (["turn-3-9", "turn-9-3"], "bee", "turn-9-3"),
        (["turn-3-9", "turn-9-3"], "cow", "turn-3-9"),
        (["save-9", "epoch-3.bin", "nr-3"], "bee", None),
        (["newest"], "dog", "newest"),
        (["newest"], "cow", None),
        (["save-9", "last.ckpt"], legacy.CANONICAL, "last.ckpt"),
        (["last.ckpt"], "cow", "last.ckpt"),
    ],
)
def test_latest_reads_names_by_the_given_framework(names: list[str], framework: str, chosen: str | None) -> None:
    if framework == "bee" and chosen is None:
        with pytest.raises(FieldError, match="count the same"):
            latest(names, framework=framework, registry=TEAM)
    else:
        assert latest(names, framework=framework, registry=TEAM) == chosen


@pytest.mark.parametrize("framework", ["fox", "", 3])
def test_selection_refuses_an_unknown_framework(framework: str) -> None:
    with pytest.raises(FieldError, match="framework"):
        latest([], framework=framework, registry=TEAM)
    with pytest.raises(FieldError, match="framework"):
        best([], framework=framework, registry=TEAM)
    with pytest.raises(FieldError, match="framework"):
        TEAM.decode("save-9", framework=framework)


@pytest.mark.parametrize("names", ["epoch-3.bin", [3], [None], Path("epoch-3.bin")])
def test_selection_refuses_another_object_than_names(names: list[str]) -> None:
    with pytest.raises(FieldError):
        latest(names, registry=TEAM)
    with pytest.raises(FieldError):
        best(names, registry=TEAM)


@pytest.mark.parametrize(
    ("names", "options", "chosen"),
    [
        pytest.param([], {"metric": "acc"}, None, id="nothing"),
        pytest.param(["best-acc-0.5-3", "best-acc-0.75-2"], {"metric": "acc"}, "best-acc-0.75-2", id="most"),
        pytest.param(
            ["best-acc-0.5-3", "best-acc-0.75-2"], {"metric": "acc", "mode": "min"}, "best-acc-0.5-3", id="least"
        ),
        pytest.param(["best-acc-nan-3", "best-acc-0.1-2"], {"metric": "acc"}, "best-acc-0.1-2", id="nan"),
        pytest.param(["best-acc-nan-3"], {"metric": "acc"}, "best-acc-nan-3", id="nan alone is the best by its word"),
        pytest.param(["scored-loss-0.5", "best-loss-0.5-9"], {"metric": "loss"}, "best-loss-0.5-9", id="best first"),
        pytest.param(["best-loss-0.5-9", "best-loss-0.50-3"], {"metric": "loss"}, "best-loss-0.50-3", id="earliest"),
        pytest.param(["scored-b-0.5", "scored-b-0.50"], {"metric": "b"}, "scored-b-0.5", id="by text"),
        pytest.param(["a/best-acc-0.5-3", "b/best-acc-0.6-3"], {"metric": "acc"}, "b/best-acc-0.6-3", id="directories"),
        pytest.param(["best-acc-0.5-3"], {"metric": "loss"}, None, id="another metric"),
        pytest.param(["best-acc.bin", "best-loss.bin"], {"metric": "loss"}, "best-loss.bin", id="named, no value"),
        pytest.param(["best-acc.bin"], {}, "best-acc.bin", id="the only one"),
        pytest.param(["top-9"], {}, "top-9", id="one version"),
        pytest.param(["best-acc-0.5-3", "best-acc-0.6-2"], {}, "best-acc-0.6-2", id="one metric"),
        pytest.param(["epoch-3.bin", "last.bin"], {}, None, id="none says best"),
        pytest.param(["best.ckpt", "last.ckpt"], {}, "best.ckpt", id="canonical"),
        pytest.param(["best-hmean-0.8920.ckpt"], {"metric": "hmean"}, "best-hmean-0.8920.ckpt", id="canonical metric"),
        pytest.param(["scored-acc-0.5"], {"metric": "acc", "framework": "ant"}, "scored-acc-0.5", id="framework"),
        pytest.param(["scored-acc-0.5", "best-acc-0.4-3"], {"metric": "acc"}, "scored-acc-0.5", id="beside"),
    ],
)
def test_best_returns_the_best_value_or_the_only_best_name(
    names: list[str], options: dict[str, str], chosen: str | None
) -> None:
    assert best(names, **options, registry=TEAM) == chosen  # type: ignore[arg-type]
    assert best(reversed(names), **options, registry=TEAM) == chosen  # type: ignore[arg-type]


def test_best_refuses_several_metrics_without_a_choice() -> None:
    with pytest.raises(FieldError, match="pass metric"):
        best(["best-acc.bin", "best-loss.bin"], registry=TEAM)


@pytest.mark.parametrize(
    ("options", "requirement"), [({"mode": "most"}, "CKS-110"), ({"mode": []}, "CKS-110"), ({"metric": 3}, "CKS-109")]
)
def test_best_refuses_an_invalid_metric_or_mode(options: dict[str, str], requirement: str) -> None:
    with pytest.raises(FieldError) as caught:
        best([], **options)  # type: ignore[arg-type]

    assert caught.value.requirement == requirement


@example(names=[CheckpointName.parse(f"epoch-00_step-000000{end}.ckpt") for end in ("_v1", "_v1-0.0000_v1")], seed=0)
@given(names=st.lists(checkpoint_names()), seed=st.integers())
def test_canonical_names_are_chosen_alike_with_and_without_legacy(names: list[CheckpointName], seed: int) -> None:
    texts = [str(name) for name in names]
    random.Random(seed).shuffle(texts)  # noqa: S311 - an order, no secret
    mixed = [*texts, "trainer_state.json"]  # one legacy name, which is no checkpoint

    assert latest(mixed) == latest(texts)
    assert furthest(mixed) == furthest(texts)


# --------------------------------------------------------------------------------------------------------------------
# Names without a number.

RECENT = Registry(
    (
        declared("ant", "step", "step", "save-{step:count}"),
        *(
            declared("ant", f"{recency}-{word}", word, f"{recency}-{word}", recency=recency)
            for recency in ("current", "end", "lagging", None)
            for word in ("last", "final")
        ),
        declared("bee", "step", "step", "turn-{step:count}"),
    )
)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        pytest.param(["save-9", "current-last"], "current-last", id="a current name is the latest"),
        pytest.param(["lagging-last"], "lagging-last", id="a lagging name alone is the latest"),
        pytest.param(["end-final"], "end-final", id="the end without a number beside it"),
    ],
)
def test_latest_follows_the_recency_of_the_format(names: list[str], chosen: str) -> None:
    assert latest(names, registry=RECENT) == chosen
    assert latest(reversed(names), registry=RECENT) == chosen


@pytest.mark.parametrize(
    ("names", "chosen", "others"),
    [
        pytest.param(["save-9", "end-last"], "end-last", ("save-9",), id="the end of a run that may go on"),
        pytest.param(["save-9", "None-final"], "None-final", ("save-9",), id="final is an end"),
        pytest.param(["save-9", "None-last"], "save-9", ("None-last",), id="a name without a known rule"),
        pytest.param(["save-9", "lagging-last"], "save-9", ("lagging-last",), id="a number before a lagging name"),
        pytest.param(["end-final", "current-last"], "current-last", ("end-final",), id="a current name before the end"),
        pytest.param(["turn-9", "current-last"], "current-last", ("turn-9",), id="a number of another framework"),
    ],
)
def test_latest_warns_if_the_rule_does_not_decide(names: list[str], chosen: str, others: tuple[str, ...]) -> None:
    with pytest.warns(UncertainLatestWarning) as caught:
        found = latest(names, registry=RECENT)

    assert found == chosen
    assert [warning.message.names for warning in caught] == [others]  # type: ignore[union-attr]
    assert chosen in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["last-2.bin", "last-10.bin"], id="versions say nothing of age"),
        pytest.param(["last.bin", "last-3.bin"], id="a version and none"),
    ],
)
def test_latest_refuses_a_tie_of_names_without_a_number(names: list[str]) -> None:
    with pytest.raises(SelectionError) as caught:
        latest(names, registry=TEAM)

    assert caught.value.text == tuple(names)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["top-9", "top-10"], id="versions"),
        pytest.param(["best-acc.bin", "top-1"], id="a metric and none"),
    ],
)
def test_best_refuses_several_names_without_a_value(names: list[str]) -> None:
    with pytest.raises(SelectionError):
        best(names, registry=TEAM)


# --------------------------------------------------------------------------------------------------------------------
# Names that no format reads.


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("weights_of_tuesday.safetensors", id="weights"),
        pytest.param("my model.PTH", id="weights in capitals"),
        pytest.param("runs/x/unheard-of.ckpt", id="weights with a directory"),
        pytest.param("saved at epoch 3 of 9-epoch=3", id="an epoch"),
        pytest.param("12000-steps-of-something", id="steps"),
        pytest.param("checkpoint-500.old", id="a checkpoint"),
    ],
)
@pytest.mark.parametrize("select", [latest, furthest, best])
def test_selection_warns_of_an_unread_name_that_looks_like_a_checkpoint(select: Any, name: str) -> None:  # noqa: ANN401
    with pytest.warns(UnreadNameWarning) as caught:
        found = select([name, "notes.txt", "epoch-03_step-000009.ckpt", "best-hmean-0.5000.ckpt"])

    assert found is not None
    assert [warning.message.names for warning in caught] == [(name,)]  # type: ignore[union-attr]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", ["notes.txt", "config.yaml", "", "README.md", "events.out.tfevents.1", "run.python"])
def test_selection_is_silent_about_other_unread_names(name: str) -> None:
    assert latest([name, "epoch-03_step-000009.ckpt"]) == "epoch-03_step-000009.ckpt"


# --------------------------------------------------------------------------------------------------------------------
# Directories as the frameworks leave them.

NO_CHECKPOINTS = [
    *("tmp-checkpoint-900", "latest_checkpointed_iteration.txt", "trainer_state.json"),
    *("zero_pp_rank_0_mp_rank_00_optim_states.pt", "rl_model_replay_buffer_10000_steps.pkl"),
    *("checkpoint_200.orbax-checkpoint-tmp-13124", "latest-rank0.pt.symlink", "best.metadata.json", "last_checkpoint"),
    *("iter_0000500/mp_rank_00/model_optim_rng.pt", "optimizer.pt", "mymodel--last-unfinished"),
]


@pytest.mark.parametrize("name", NO_CHECKPOINTS)
def test_selection_never_chooses_a_part_or_a_pointer(name: str) -> None:
    assert latest([name]) is None
    assert best([name]) is None


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["checkpoint-9000/", "checkpoint-10000/", "checkpoint-500/"], "checkpoint-10000/"),
        (["checkpoint-9000", "checkpoint-10000", "tmp-checkpoint-11000", "trainer_state.json"], "checkpoint-10000"),
        (["iter_0000500/", "iter_0001000/", "iter_12345678/", "latest_checkpointed_iteration.txt"], "iter_12345678/"),
        (["global_step500/", "global_step1000/", "latest"], "global_step1000/"),
        (["epoch=9-step=900.ckpt", "epoch=10-step=1000.ckpt", "last.ckpt"], "last.ckpt"),
        (["epoch_9.pth", "epoch_10.pth", "last_checkpoint"], "epoch_10.pth"),
        (["model_0004999.pth", "model_0009999.pth", "last_checkpoint"], "model_0009999.pth"),
        (["checkpoint_9/", "checkpoint_10/"], "checkpoint_10/"),
        (["epoch0.pt", "epoch10.pt", "best.pt"], "epoch10.pt"),
        (["best.pt", "last.pt"], "last.pt"),
        (["checkpoint1.pt", "checkpoint2.pt", "checkpoint_2_500.pt"], "checkpoint2.pt"),
        (["step-00009000/lit_model.pth", "step-00010000/lit_model.pth"], "step-00010000/lit_model.pth"),
        (["a/step-00009000/lit_model.pth", "a/step-00010000/lit_model.pth"], "a/step-00010000/lit_model.pth"),
        (["ep1-ba42-rank0.pt", "ep1-ba100-rank0.pt"], "ep1-ba100-rank0.pt"),
        (["CKPT+2020-05-01+12-00-00+01", "CKPT+2021-05-01+12-00-00+00"], "CKPT+2021-05-01+12-00-00+00"),
        (["checkpoint_100", "checkpoint_150.5"], "checkpoint_150.5"),
    ],
)
def test_latest_of_a_directory_that_a_framework_wrote(names: list[str], chosen: str) -> None:
    assert latest(names) == chosen


def test_latest_refuses_epochs_beside_iterations() -> None:
    with pytest.raises(FieldError, match="count the same"):
        latest(["epoch_12.pth", "iter_5000.pth", "last_checkpoint"])
