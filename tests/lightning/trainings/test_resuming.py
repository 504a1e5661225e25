"""Trainings that resume from a checkpoint, and the run directory that they continue or begin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training import LATER, LATER_RUN, MODEL, RUN, STEPS, Lab, ModelCheckpoint, Scripted, held, pl, trainer

OTHER_STAMP = "20251015_000009"


def _epochs(*epochs: int) -> list[str]:
    return [f"epoch-{epoch:02d}_step-{STEPS * (epoch + 1):06d}.ckpt" for epoch in epochs]


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.ckpt")}


@pytest.mark.parametrize("name", ["last.ckpt", "epoch-01_step-000008.ckpt"])
def test_resume_by_path_continues_the_run(lab: Lab, name: str) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    lab.fit(lab.callback(**options), epochs=2)
    callback = lab.callback(timestamp=LATER, **options)

    lab.fit(callback, epochs=4, resume=lab.path(name))

    assert lab.names() == [*_epochs(0, 1, 2, 3), "last.ckpt"]
    assert lab.held("last.ckpt").epoch == 3
    assert callback.run_dir == str(lab.outputs / RUN)


@pytest.mark.filterwarnings("ignore:.*save_last")
def test_resumed_best_checkpoints_still_compete(lab: Lab) -> None:
    options = {"kind": "best", "monitor": "val/hmean", "mode": "max", "save_top_k": 2, "save_last": True}
    scores = [0.9, 0.8, 0.85, 0.1, 0.95]
    lab.fit(lab.callback(**options), scores=scores, epochs=3)

    lab.fit(lab.callback(timestamp=LATER, **options), scores=scores, resume=lab.path("last.ckpt"))

    assert lab.names() == ["best-hmean-0.9000.ckpt", "best-hmean-0.9500.ckpt", "last.ckpt"]


def test_resumed_pair_continues_the_run(lab: Lab) -> None:
    scores = [0.5, 0.6, 0.4, 0.7]
    lab.fit(*lab.pair(), scores=scores, epochs=2)

    lab.fit(*lab.pair(timestamp=LATER), scores=scores, resume=lab.path("last.ckpt"))

    assert lab.names() == [
        "best-hmean-0.6000.ckpt",
        "best-hmean-0.7000.ckpt",
        *_epochs(0, 1, 2, 3),
        "last.ckpt",
    ]


def _three_runs(lab: Lab) -> list[str]:
    """Make three runs, of which the third is the newest of its tag, and return their files."""
    for options in (
        {"experiment_tag": "other_tag", "timestamp": "20251015_000009"},
        {"timestamp": "20251015_000001"},
        {"timestamp": "20251015_000005"},
    ):
        lab.fit(lab.callback(kind="epoch", save_last=True, save_top_k=-1, **options), epochs=1)
    return lab.tree()


@pytest.mark.needs_private("_find_last_checkpoints")
def test_resume_last_takes_the_newest_run_of_the_same_tag_and_model(lab: Lab) -> None:
    before = _three_runs(lab)
    lab.fit(lab.callback(kind="epoch", save_last=True, save_top_k=-1), epochs=2, resume="last")

    new = f"outputs/matrix_tag-{MODEL}_training_20251015_000005/checkpoints/epoch-01_step-000008.ckpt"

    assert lab.tree() == sorted([*before, new])


@pytest.mark.needs_private("_find_last_checkpoints")
def test_resume_last_of_a_pair_continues_the_run(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5, 0.6], epochs=1)
    training = lab.fit(*lab.pair(timestamp=LATER), scores=[0.5, 0.6], resume="last")

    assert lab.names() == ["best-hmean-0.5000.ckpt", "best-hmean-0.6000.ckpt", *_epochs(0, 1), "last.ckpt"]
    assert training.ckpt_path == str(lab.path("last.ckpt"))


@pytest.mark.needs_private("_find_last_checkpoints")
@pytest.mark.filterwarnings("ignore:.*is ignored")
def test_resume_last_of_a_pair_takes_the_root_of_the_first_callback(lab: Lab) -> None:
    heeded, other = lab.outputs / "a", lab.outputs / "b"
    options = {"kind": "epoch", "save_last": True}
    lab.fit(lab.callback(root=heeded, **options), epochs=1)
    lab.fit(lab.callback(root=other, **options), epochs=3)  # the newer of the two
    before = _bytes(other)
    best = lab.callback(root=heeded, kind="best", monitor="val/hmean")

    lab.fit(best, lab.callback(root=other, **options), scores=[0.1, 0.2, 0.3, 0.4], resume="last")

    assert best.run_dir == str(heeded / RUN)
    assert held(heeded / RUN / "checkpoints/last.ckpt").epoch == 3
    assert _bytes(other) == before


def test_resume_last_of_a_pair_takes_the_given_run(lab: Lab) -> None:
    given = lab.outputs / "mine-net-small_training_20250101_000000"
    options = {"kind": "epoch", "save_last": True, "save_top_k": -1}
    lab.fit(lab.callback(run_dir=given, **options), epochs=1)
    lab.fit(lab.callback(**options), epochs=3)  # the newer of the two
    before = _bytes(lab.outputs / RUN)
    best = lab.callback(kind="best", monitor="val/hmean", mode="max")

    lab.fit(best, lab.callback(run_dir=given, **options), scores=[0.1, 0.2], resume="last")

    assert lab.runs() == [RUN, given.name]
    assert sorted(_bytes(given)) == ["best-hmean-0.2000.ckpt", *_epochs(0, 1), "last.ckpt"]
    assert _bytes(lab.outputs / RUN) == before


def test_resume_by_a_home_path_continues_the_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(lab.home))
    monkeypatch.chdir(lab.home)
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    lab.fit(lab.callback(**options), epochs=1)

    lab.fit(lab.callback(timestamp=LATER, **options), epochs=2, resume=f"~/outputs/{RUN}/checkpoints/last.ckpt")

    assert lab.names() == [*_epochs(0, 1), "last.ckpt"]


@pytest.mark.needs_private("_find_last_checkpoints")
def test_resume_last_finds_the_run_of_a_model_that_the_module_names(lab: Lab) -> None:
    options = {"kind": "epoch", "model": None, "save_last": True, "save_top_k": -1}
    lab.fit(lab.callback(**options), epochs=1)
    lab.fit(lab.callback(timestamp=LATER, **options), epochs=2, resume="last")

    run = "matrix_tag-Scripted_training_20251015_120000"

    assert lab.names(run) == [*_epochs(0, 1), "last.ckpt"]


@pytest.mark.filterwarnings("ignore:.*ckpt_path=.last.")
@pytest.mark.filterwarnings("ignore:.*No checkpoint will be loaded")
def test_resume_last_without_any_run_begins_one(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_last=True), epochs=1, resume="last")

    assert lab.names() == [*_epochs(0), "last.ckpt"]


@pytest.mark.parametrize("cadence", [{"every_n_epochs": 2}, {"every_n_train_steps": 2}])
def test_resume_with_another_cadence_keeps_one_last(lab: Lab, cadence: dict[str, int]) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    lab.fit(lab.callback(**options), epochs=2)

    lab.fit(lab.callback(timestamp=LATER, **options, **cadence), epochs=4, resume=lab.path("last.ckpt"))

    assert [name for name in lab.names() if name.startswith("last")] == ["last.ckpt"]
    assert lab.held("last.ckpt").step == 16


def test_resume_from_an_older_epoch_keeps_the_newer_files_and_adds_versions(lab: Lab) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    lab.fit(lab.callback(**options), epochs=3)
    before = _bytes(lab.outputs)
    lab.fit(lab.callback(timestamp=LATER, **options), epochs=3, resume=lab.path(_epochs(0)[0]))

    twins = [name.replace(".ckpt", "_v1.ckpt") for name in _epochs(1, 2)]

    assert lab.names() == sorted([*_epochs(0, 1, 2), *twins, "last.ckpt"])
    after = _bytes(lab.outputs)
    assert {name: after[name] for name in _epochs(0, 1, 2)} == {name: before[name] for name in _epochs(0, 1, 2)}
    assert lab.held("last.ckpt").epoch == 2


def test_resume_without_continue_run_begins_a_run(lab: Lab) -> None:
    options = {"kind": "epoch", "save_last": True}
    lab.fit(lab.callback(**options), epochs=1)
    before = _bytes(lab.outputs)
    callback = lab.callback(timestamp=LATER, continue_run=False, **options)

    lab.fit(callback, epochs=2, resume=lab.path("last.ckpt"))

    assert _bytes(lab.outputs / RUN) == before
    assert sorted(_bytes(lab.outputs / LATER_RUN)) == [*_epochs(1), "last.ckpt"]
    assert callback.run_dir == str(lab.outputs / LATER_RUN)
    assert sorted(path.name for path in lab.outputs.iterdir()) == [RUN, LATER_RUN]


def test_resume_last_continues_the_given_run(lab: Lab) -> None:
    options = {"kind": "epoch", "save_last": True, "save_top_k": -1, "run_dir": lab.outputs / RUN}
    lab.fit(lab.callback(**options), epochs=1)

    lab.fit(lab.callback(**options), epochs=2, resume="last")

    assert lab.names() == [*_epochs(0, 1), "last.ckpt"]


@pytest.mark.parametrize("is_pair", [False, True])
def test_resume_from_a_moved_run_continues_it_there(lab: Lab, is_pair: bool) -> None:
    def callbacks(timestamp: str) -> list[pl.Callback]:
        both = lab.pair(timestamp=timestamp)
        return [*both] if is_pair else [both[1]]

    lab.fit(*callbacks("20251015_120000"), scores=[0.5, 0.6], epochs=1)
    moved = lab.home / "archive" / RUN
    moved.parent.mkdir()
    shutil.move(lab.outputs / RUN, moved)
    lab.fit(*callbacks(LATER), scores=[0.5, 0.6], resume=moved / "checkpoints" / "last.ckpt")

    best = ["best-hmean-0.5000.ckpt", "best-hmean-0.6000.ckpt"] if is_pair else []

    assert sorted(_bytes(moved)) == [*best, *_epochs(0, 1), "last.ckpt"]
    assert sorted(_bytes(lab.home)) == sorted(_bytes(moved))
    assert not (lab.outputs / RUN).exists()
    assert not (lab.outputs / LATER_RUN).exists()


def test_resume_from_a_checkpoint_of_lightning_begins_a_run(lab: Lab) -> None:
    stock = ModelCheckpoint(dirpath=str(lab.home / "stock"))
    lab.fit(stock, epochs=1)
    lab.foreign.append("stock/epoch=0-step=4.ckpt")
    before = _bytes(lab.home / "stock")

    lab.fit(lab.callback(kind="epoch", save_last=True), epochs=2, resume=stock.best_model_path)

    assert lab.names() == [*_epochs(1), "last.ckpt"]
    assert _bytes(lab.home / "stock") == before


def test_resume_from_a_legacy_name_continues_the_run(lab: Lab) -> None:
    # A name of an earlier release of the project, in the same folder.
    lab.fit(lab.callback(kind="epoch"), epochs=1)
    legacy = lab.path("epoch_epoch_00_step_step_000004_20251015_120000.ckpt")
    lab.path("epoch-00_step-000004.ckpt").rename(legacy)
    lab.foreign.append(str(legacy.relative_to(lab.home)))

    lab.fit(lab.callback(kind="epoch", timestamp=LATER, save_last=True), epochs=2, resume=legacy)

    assert legacy.exists()
    assert lab.names() == [*_epochs(1), "last.ckpt"]


def test_resume_twice_continues_the_same_run(lab: Lab) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    for epochs in (1, 2, 3):
        resume = lab.path("last.ckpt") if epochs > 1 else None
        lab.fit(lab.callback(timestamp=f"20251015_12000{epochs - 1}", **options), epochs=epochs, resume=resume)

    assert lab.names() == [*_epochs(0, 1, 2), "last.ckpt"]


def test_resume_with_nothing_left_to_train_changes_no_names(lab: Lab) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True}
    lab.fit(lab.callback(**options), epochs=2)

    lab.fit(lab.callback(timestamp=LATER, **options), epochs=2, resume=lab.path("last.ckpt"))

    assert lab.names() == [*_epochs(0, 1), "last.ckpt"]


def test_resume_never_deletes_a_source_in_another_run(lab: Lab) -> None:
    options = {"kind": "best", "monitor": "val/hmean", "mode": "max"}
    lab.fit(lab.callback(**options), scores=[0.5])
    source = lab.path("best-hmean-0.5000.ckpt")
    callback = lab.callback(timestamp=LATER, continue_run=False, **options)

    lab.fit(callback, scores=[0.5, 0.6, 0.7], resume=source)

    assert source.exists()
    assert sorted(_bytes(lab.outputs / LATER_RUN)) == ["best-hmean-0.7000.ckpt"]


def test_callback_in_a_second_trainer_continues_the_run(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", save_last=True, save_top_k=-1)
    lab.fit(callback, epochs=1)
    module = Scripted()
    second = trainer(lab.home, callback, max_epochs=2)

    second.fit(module, ckpt_path=str(lab.path("last.ckpt")))

    assert lab.names() == [*_epochs(0, 1), "last.ckpt"]
