"""`identify`: the framework that wrote a directory, and the evidence for it."""

from __future__ import annotations

import pickle
import random
from pathlib import PurePosixPath

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import AmbiguousNameError, FieldError, legacy
from ckpt_scheme.legacy import Candidate, Evidence, Format, Registry

SCRIPT = "team/project:train.py"


def declared(framework: str, format_: str, kind: legacy.Kind, template: str, entry: legacy.Entry = "any") -> Format:
    return Format(
        framework=framework, format=format_, kind=kind, template=template, source=SCRIPT, examples=(), entry=entry
    )


# Two frameworks write the same names, and two more write others. There are markers, and names with free text.
TEAM = Registry(
    (
        declared("ant", "step", "step", "save-{step:count}", "directory"),
        declared("ant", "state", "sidecar", "ant_state.json", "file"),
        declared("ant", "best", "best", "best.bin"),
        declared("bee", "epoch", "epoch", "save-{epoch:count}", "directory"),
        declared("bee", "best", "best", "best.bin"),
        declared("bee", "note", "fixed", "note.bin"),
        declared("bee", "shard", "shard", "part-{rank:count}"),
        declared("cow", "epoch", "epoch", "epoch-{epoch:count}.bin"),
        declared("cow", "named", "step", "{prefix:name}.{step:count}"),
        declared("cow", "latest", "pointer", "newest"),
        declared("dog", "latest", "last", "newest"),
    )
)


@pytest.mark.parametrize(
    ("names", "framework"),
    [
        pytest.param(["epoch-3.bin"], "cow", id="one alone reads it"),
        pytest.param(["save-3/", "ant_state.json"], "ant", id="a marker beside it"),
        pytest.param(["save-3/", "save-3/ant_state.json"], "ant", id="a marker in it"),
        pytest.param(["save-3/", "part-0"], "bee", id="a part beside it"),
        pytest.param(["best.bin", "note.bin"], "bee", id="words where there is nothing else"),
        pytest.param(["save-3/", "ant_state.json", "note.bin"], "ant", id="a word against a marker"),
        pytest.param(["epoch-3.bin", "mine.7"], "cow", id="its own text besides"),
        pytest.param(["ant_state.json", "mine.7"], "ant", id="free text against a marker"),
        pytest.param(["ant_state.json", "newest"], "ant", id="what may be a checkpoint is no marker"),
        pytest.param(["last.ckpt", "epoch-3.bin"], "cow", id="a word of the scheme"),
        pytest.param(["epoch-03_step-001200.ckpt", "last.ckpt"], legacy.CANONICAL, id="the scheme alone"),
    ],
)
def test_identify_decides_for_the_framework_with_the_evidence(names: list[str], framework: str) -> None:
    assert TEAM.identify(names).framework == framework
    assert TEAM.identify(reversed(names)).framework == framework
    assert TEAM.identify(name for name in [*names, "README.md", "runs/"]).framework == framework


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([], id="nothing"),
        pytest.param(["README.md", ""], id="nothing that is read"),
        pytest.param(["save-3/", "save-4/"], id="two who read all of it"),
        pytest.param(["save-3/", "best.bin"], id="two who read all of it, and more"),
        pytest.param(["ant_state.json", "part-0"], id="a marker of each"),
        pytest.param(["save-3/", "ant_state.json", "epoch-3.bin"], id="a name of another"),
        pytest.param([f"save-{number}/" for number in range(99)] + ["ant_state.json", "epoch-3.bin"], id="no majority"),
        pytest.param(["newest"], id="a marker of one and a checkpoint of another"),
        pytest.param(["last.ckpt", "best.ckpt"], id="words of the scheme alone"),
    ],
)
def test_identify_decides_for_none_without_evidence(names: list[str]) -> None:
    assert TEAM.identify(names).framework is None


def test_identify_returns_the_evidence_of_each_candidate() -> None:
    found = TEAM.identify(["save-3/", "README.md", "ant_state.json", "save-12/", "best.bin"])

    assert found.unread == ("README.md",)
    ant, bee = found.candidates
    assert ant == Candidate(
        framework="ant",
        evidence=(
            Evidence(framework="ant", format="state", kind="sidecar", names=("ant_state.json",), others=(), tells=True),
            Evidence(
                framework="ant", format="step", kind="step", names=("save-3/", "save-12/"), others=("bee",), tells=True
            ),
            Evidence(framework="ant", format="best", kind="best", names=("best.bin",), others=("bee",), tells=False),
        ),
        telling=3,
        other=1,
        alone=1,
    )
    assert (bee.framework, bee.telling, bee.other, bee.alone) == ("bee", 2, 1, 0)


def test_identify_ranks_candidates_if_the_names_do_not_decide() -> None:
    found = TEAM.identify(["save-3/", "save-4/", "epoch-3.bin", "ant_state.json", "newest"])

    assert found.framework is None
    assert [candidate.framework for candidate in found.candidates] == ["ant", "bee", "cow", "dog"]


def test_file_in_a_checkpoint_counts_only_for_frameworks_that_read_its_name() -> None:
    found = TEAM.identify(["save-3/", "save-3/ant_state.json", "save-3/epoch-3.bin", "other/epoch-3.bin"])

    assert found.unread == ("save-3/epoch-3.bin",)
    assert [said.names for said in found.candidates[-1].evidence] == [("other/epoch-3.bin",)]


def test_decide_chooses_among_given_frameworks_alone() -> None:
    found = TEAM.identify(["save-3/", "ant_state.json", "epoch-3.bin"])

    assert found.framework is None
    assert found.decide(["bee", "ant"]) == "ant"
    assert found.decide(["ant", "cow"]) is None
    assert found.decide(["cow"]) == "cow"
    assert found.decide(["dog"]) is None
    assert found.decide([]) is None
    assert found.decide(reading.framework for reading in TEAM.readings("save-3")) == "ant"
    assert [reading.kind for reading in found.choose(TEAM.readings("save-3"))] == ["step"]
    assert found.choose(()) == ()


def test_choose_keeps_all_readings_if_the_names_do_not_decide() -> None:
    readings = TEAM.readings("save-3/")

    assert TEAM.identify(["save-3/"]).choose(readings) == readings


def test_name_with_a_slash_at_its_end_is_read_as_a_directory() -> None:
    assert [reading.framework for reading in TEAM.readings("save-3/")] == ["ant", "bee"]
    assert TEAM.readings("ant_state.json/") == ()
    assert TEAM.readings("save-3//") == TEAM.readings("save-3/") != ()
    assert TEAM.readings("/") == TEAM.readings("") == ()
    assert TEAM.readings("runs/save-3/")[0].step == 3


def test_identify_accepts_path_objects() -> None:
    assert TEAM.identify([PurePosixPath("runs/a/epoch-3.bin")]).framework == "cow"


@pytest.mark.parametrize("names", ["epoch-3.bin", [3], [b"epoch-3.bin"], PurePosixPath("epoch-3.bin")])
def test_single_name_and_other_types_are_refused(names: list[str]) -> None:
    with pytest.raises(FieldError):
        TEAM.identify(names)


def test_identification_is_equal_hashable_picklable_and_frozen() -> None:
    found = TEAM.identify(["save-3/", "ant_state.json"])

    assert found == TEAM.identify(["save-3/", "ant_state.json"]) != TEAM.identify(["save-3/"])
    assert hash(found) == hash(TEAM.identify(["save-3/", "ant_state.json"]))
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.framework = "bee"  # type: ignore[misc]


NAMES = [
    *("save-3/", "save-4/", "ant_state.json", "best.bin", "note.bin", "part-0", "epoch-3.bin", "mine.7", "newest"),
    *("last.ckpt", "README.md", "save-3/part-1", "save-3/ant_state.json"),
]


@given(names=st.lists(st.sampled_from(NAMES), unique=True), seed=st.integers())
def test_identify_gives_the_same_answer_in_any_order_of_names(names: list[str], seed: int) -> None:
    found = TEAM.identify(names)
    shuffled = random.Random(seed).sample(names, len(names))  # noqa: S311 - an order, no secret
    again = TEAM.identify(shuffled)

    assert again.framework == found.framework
    assert [attrs.evolve(candidate, evidence=()) for candidate in again.candidates] == [
        attrs.evolve(candidate, evidence=()) for candidate in found.candidates
    ]
    assert found.framework in (None, *(candidate.framework for candidate in found.candidates[:1]))
    read = {name for candidate in found.candidates for said in candidate.evidence for name in said.names}
    assert read | set(found.unread) == set(names)
    assert not read & set(found.unread)


# --------------------------------------------------------------------------------------------------------------------
# Errors for ambiguous names.


@pytest.mark.parametrize(
    ("formats", "deciders", "message"),
    [
        (
            [declared("a", "x", "step", "save-{step:count}"), declared("b", "y", "epoch", "save-{epoch:count}")],
            ("framework", "siblings"),
            (
                "'save-3' is ambiguous: a/x and b/y match. "
                "Pass framework=..., or call identify() with the other names in the directory."
            ),
        ),
        (
            [
                declared("a", "x", "step", "save-{step:count}", "file"),
                declared("a", "y", "epoch", "save-{epoch:count}", "directory"),
            ],
            ("entry",),
            "'save-3' is ambiguous: a/x and a/y match. End the name of a directory with '/'.",
        ),
        (
            [declared("a", "x", "step", "save-{step:count}"), declared("a", "y", "epoch", "save-{epoch:count}")],
            (),
            "'save-3' is ambiguous: a/x and a/y match.",
        ),
    ],
)
def test_error_for_an_ambiguous_name_lists_the_deciding_facts(
    formats: list[Format], deciders: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        Registry(formats).decode("save-3")

    assert caught.value.deciders == deciders
    assert str(caught.value) == message
    assert str(pickle.loads(pickle.dumps(caught.value))) == message
    assert pickle.loads(pickle.dumps(caught.value)).deciders == deciders


# --------------------------------------------------------------------------------------------------------------------
# Directories as the frameworks leave them.

FOLDERS = [
    (["checkpoint-500/", "checkpoint-1000/", "trainer_state.json", "config.json", "runs/"], "huggingface-trainer"),
    (["checkpoint-500/", "checkpoint-500/trainer_state.json", "checkpoint-500/latest"], "huggingface-trainer"),
    (["checkpoint-500/", "latest", "trainer_state.json"], "huggingface-trainer"),
    (["checkpoint_0/", "checkpoint_1/", "checkpoint_1/random_states_0.pkl"], "accelerate"),
    (["checkpoint_100/", "checkpoint_200.orbax-checkpoint-tmp-13124/"], "orbax"),
    (["1000/", "2000/", "2000/_CHECKPOINT_METADATA"], "orbax"),
    (["500/", "1000/", "500/modules.json"], "sentence-transformers"),
    (["iter_0000500/", "iter_0001000/", "latest_checkpointed_iteration.txt"], "megatron-lm"),
    (["global_step_100/", "latest_checkpointed_iteration.txt"], "verl"),
    (["global_step500/", "latest"], "deepspeed"),
    (["mp_rank_00_model_states.pt", "zero_pp_rank_0_mp_rank_00_optim_states.pt"], "deepspeed"),
    (["epoch=3-step=1200.ckpt", "last.ckpt"], "lightning"),
    (["epoch_1.pth", "epoch_12.pth", "best_coco_bbox_mAP_epoch_12.pth", "last_checkpoint"], "mmengine"),
    (["model_0004999.pth", "model_final.pth", "last_checkpoint", "metrics.json"], "detectron2"),
    (["best.pt", "last.pt", "epoch10.pt"], "ultralytics"),
    (["checkpoint-9.pth.tar", "last.pth.tar", "model_best.pth.tar"], "timm"),
    (["checkpoint1.pt", "checkpoint_1_500.pt", "checkpoint_best.pt", "checkpoint_last.pt"], "fairseq"),
    (["1epoch.pth", "2epoch.pth", "latest.pth", "checkpoint.pth"], "espnet"),
    (["ckpt-5.index", "ckpt-5.data-00000-of-00001", "checkpoint"], "tensorflow"),
    (["ep1-ba42-rank0.pt", "latest-rank0.pt"], "composer"),
    (["rl_model_1000_steps.zip", "rl_model_replay_buffer_1000_steps.pkl"], "stable-baselines3"),
    (["checkpoint-500/", "checkpoint-1000/"], "huggingface-trainer"),
    (["checkpoint-500/", "checkpoint-1000-epoch-1/"], "simpletransformers"),
    (["checkpoints/epoch=3-step=1200.ckpt", "checkpoints/last.ckpt", "README.md"], "lightning"),
    (["checkpoint-800/", "checkpoint-800/global_step799/mp_rank_00_model_states.pt"], "huggingface-trainer"),
    (["checkpoint_100/"], None),
    (["checkpoint_60.pth", "checkpoint_1.pth", "best_model.pth"], None),
    (["run-20251015_120000-3k2j9x8a/"], "wandb"),
    (["final/", "merged/", "release/", "latest/"], None),
    (["model.pth"], None),
    (["1000/", "2000/"], None),
    (["step-1000/", "step-2000/"], None),
    (["vae-100000.ckpt", "vae-200000.ckpt"], None),
    (["training_state/"], None),
    (["checkpoint-500/", "trainer_state.json", "epoch_12.pth", "last_checkpoint"], None),
]


@pytest.mark.parametrize(("names", "framework"), FOLDERS)
def test_identify_finds_the_framework_of_a_real_directory(names: list[str], framework: str | None) -> None:
    found = legacy.identify(names)

    assert found.framework == framework, [candidate.framework for candidate in found.candidates]
