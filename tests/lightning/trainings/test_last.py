"""``ckpt_path="last"``: the run that it resumes, and the runs that it skips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest

from ckpt_scheme.errors import OperationError
from training import LATER, LATER_RUN, RUN, TAG, Lab, ModelCheckpoint, Scripted, held, trainer

LASTING: dict[str, Any] = {"kind": "epoch", "save_last": True, "save_top_k": -1}
THIRD = "20251015_120002"

pytestmark = [
    pytest.mark.needs_private("_find_last_checkpoints"),
    pytest.mark.filterwarnings("ignore:.*No checkpoint will be loaded"),
]


def _two_runs(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    lab.fit(lab.callback(timestamp=LATER, **LASTING), epochs=2)


def test_last_without_a_last_checkpoint_resumes_the_highest_epoch_of_the_newest_run(lab: Lab) -> None:
    _two_runs(lab)
    lab.path("last.ckpt", LATER_RUN).unlink()

    with pytest.warns(UserWarning, match=r"there is no last\.ckpt"):
        training = lab.fit(lab.callback(timestamp=THIRD, **LASTING), epochs=3, resume="last")

    assert training.ckpt_path == str(lab.path("epoch-01_step-000008.ckpt", LATER_RUN))
    assert lab.runs() == [RUN, LATER_RUN]


@pytest.mark.parametrize("damage", ["a dead link", "empty", "cut off"])
def test_unusable_last_checkpoint_is_named_and_the_highest_epoch_is_resumed(lab: Lab, damage: str) -> None:
    _two_runs(lab)
    last = lab.path("last.ckpt", LATER_RUN)
    whole = last.read_bytes()
    last.unlink()
    if damage == "a dead link":
        last.symlink_to("removed.ckpt")
    else:
        last.write_bytes(b"" if damage == "empty" else whole[: len(whole) // 2])

    with pytest.warns(UserWarning, match=rf"last\.ckpt is {damage}"):
        training = lab.fit(lab.callback(timestamp=THIRD, **LASTING), epochs=3, resume="last")

    assert training.ckpt_path == str(lab.path("epoch-01_step-000008.ckpt", LATER_RUN))


def test_last_of_a_newest_run_with_nothing_to_resume_is_refused_by_name(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    lab.fit(lab.callback(monitor="val/hmean", timestamp=LATER), scores=[0.5])
    before = lab.tree()

    with pytest.raises(OperationError, match=LATER_RUN):
        lab.fit(lab.callback(timestamp=THIRD, **LASTING), epochs=2, resume="last")

    assert lab.tree() == before


def test_last_of_a_newest_run_with_a_dead_link_alone_is_refused_by_name(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    checkpoints = lab.path("last.ckpt", LATER_RUN).parent
    checkpoints.mkdir(parents=True)
    lab.path("last.ckpt", LATER_RUN).symlink_to("removed.ckpt")

    with pytest.raises(OperationError, match=r"dead link to removed\.ckpt") as caught:
        lab.fit(lab.callback(timestamp=THIRD, **LASTING), epochs=2, resume="last")

    assert LATER_RUN in str(caught.value)
    lab.path("last.ckpt", LATER_RUN).unlink()
    checkpoints.rmdir()
    checkpoints.parent.rmdir()


def test_last_after_a_run_that_was_killed_before_its_first_save_begins_a_new_run(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    empty = lab.path("last.ckpt", LATER_RUN).parent
    empty.mkdir(parents=True)

    with pytest.warns(UserWarning, match=LATER_RUN):
        lab.fit(lab.callback(timestamp=THIRD, **LASTING), epochs=1, resume="last")

    empty.rmdir()
    empty.parent.rmdir()
    assert lab.runs() == [RUN, RUN.replace("120000", "120002")]
    assert lab.held("epoch-00_step-000004.ckpt", lab.runs()[1]).epoch == 0


def test_last_of_a_finished_run_warns_that_nothing_was_trained(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=2)
    before = lab.tree()

    with pytest.warns(UserWarning, match="already finished") as caught:
        lab.fit(lab.callback(timestamp=LATER, **LASTING), epochs=2, resume="last")

    assert [str(warning.message) for warning in caught if RUN in str(warning.message)]
    assert lab.tree() == before


@pytest.mark.filterwarnings("ignore:.*ckpt_path=.last.")
def test_last_keeps_the_jobs_of_a_sweep_apart(lab: Lab) -> None:
    for epochs in (1, 2):
        for job in (1, 2, 3):
            lab.fit(lab.callback(job=job, **LASTING), epochs=epochs, resume="last")

    runs = [run.name for run in sorted(lab.outputs.iterdir())]
    assert len(runs) == 3
    assert [sorted(path.name for path in lab.outputs.glob(f"{run}/checkpoints/*")) for run in runs] == [
        ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]
    ] * 3
    lab.foreign.extend(f"outputs/{run}/.claim.json" for run in runs)


@pytest.mark.filterwarnings("ignore:.*ckpt_path=.last.")
def test_last_without_a_job_takes_the_newest_run_of_any_job(lab: Lab) -> None:
    lab.fit(lab.callback(job=1, **LASTING), epochs=1)
    lab.fit(lab.callback(job=2, timestamp=LATER, **LASTING), epochs=1)

    training = lab.fit(lab.callback(**LASTING), epochs=2, resume="last")

    assert training.ckpt_path == str(lab.path("last.ckpt", LATER_RUN))
    lab.foreign.extend(f"outputs/{run}/.claim.json" for run in (RUN, LATER_RUN))


@pytest.mark.parametrize("argument", ["run_dir", "dirpath", "root"])
def test_last_behind_a_url_continues_the_run(lab: Lab, memory_url: str, argument: str) -> None:
    run = f"{memory_url}/{RUN}"
    value = {"run_dir": run, "dirpath": f"{run}/checkpoints", "root": memory_url}[argument]
    options = {"experiment_tag": TAG, **LASTING, argument: value}
    lab.fit(lab.callback(**options), epochs=1)

    training = lab.fit(lab.callback(**options), epochs=2, resume="last")

    files = fsspec.filesystem("memory")
    assert training.ckpt_path == f"{run}/checkpoints/last.ckpt"
    assert sorted(path.rpartition("/")[2] for path in files.ls(f"{run}/checkpoints", detail=False)) == [
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000008.ckpt",
        "last.ckpt",
    ]


def test_jobs_behind_a_url_are_kept_apart(lab: Lab, memory_url: str) -> None:
    options = {"root": memory_url, **LASTING}
    first, second = (lab.callback(job=job, **options) for job in (1, 2))
    lab.fit(first, epochs=1)
    lab.fit(second, epochs=1)

    again = lab.callback(job=1, **options)
    lab.fit(again, epochs=2, resume="last")

    assert first.run_dir == again.run_dir != second.run_dir


@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_resumed_checkpoint_behind_a_url_is_kept(lab: Lab, memory_url: str, kind: str) -> None:
    monitor = {"monitor": "val/hmean", "mode": "max"} if kind == "best" else {}
    options = {"root": memory_url, "kind": kind, **monitor}
    lab.fit(lab.callback(**options), scores=[0.5])
    source = f"{memory_url}/{RUN}/checkpoints/{'best-hmean-0.5000' if monitor else 'epoch-00_step-000004'}.ckpt"
    callback = lab.callback(**options)

    lab.fit(callback, scores=[0.5, 0.6, 0.7], resume=source)

    files = fsspec.filesystem("memory")
    assert files.exists(source)
    names = [path.rpartition("/")[2] for path in files.ls(f"{memory_url}/{RUN}/checkpoints", detail=False)]
    assert len(names) == 2
    assert callback.best_model_path.endswith("best-hmean-0.7000.ckpt" if monitor else "epoch-02_step-000012.ckpt")


def test_test_of_the_last_checkpoint_takes_the_highest_epoch(lab: Lab) -> None:
    _two_runs(lab)
    lab.path("last.ckpt", LATER_RUN).unlink()
    before = lab.tree()

    with pytest.warns(UserWarning, match=r"no last\.ckpt"):
        trainer(lab.home, lab.callback(**LASTING)).test(Scripted(), ckpt_path="last", verbose=False)

    assert lab.tree() == before
    assert held(Path(lab.path("epoch-01_step-000008.ckpt", LATER_RUN))).epoch == 1


def test_last_with_a_new_run_directory_begins_there(lab: Lab) -> None:
    training = lab.fit(lab.callback(run_dir=lab.outputs / RUN, **LASTING), epochs=1, resume="last")

    assert training.current_epoch == 1
    assert lab.names() == ["epoch-00_step-000004.ckpt", "last.ckpt"]


def test_last_in_a_dirpath_is_that_of_lightning(lab: Lab) -> None:
    apart = lab.home / "apart"
    lab.foreign.append("apart/last-v1.ckpt")
    lab.fit(lab.callback(dirpath=apart, kind="epoch", save_top_k=0, save_last=True), epochs=1)
    (apart / "last.ckpt").rename(apart / "last-v1.ckpt")

    again = lab.callback(dirpath=apart, kind="epoch", save_top_k=0, save_last=True)
    training = lab.fit(again, epochs=2, resume="last")

    assert training.ckpt_path == str(apart / "last-v1.ckpt")
    lab.foreign.append("apart/last.ckpt")


def test_checkpoint_of_lightning_in_a_run_continues_that_run(lab: Lab) -> None:
    folder = lab.path("last.ckpt").parent
    lab.fit(ModelCheckpoint(dirpath=str(folder), filename="epoch-00_step-000004"), epochs=1)

    lab.fit(lab.callback(timestamp=LATER, **LASTING), epochs=2, resume=folder / "epoch-00_step-000004.ckpt")

    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]
