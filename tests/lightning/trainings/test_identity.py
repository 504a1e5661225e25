"""Trainings that resume a checkpoint of another run than their arguments: a new run begins, and the old one stays."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from training import LATER, MODEL, RUN, STAMP, TAG, Lab, SchemeCheckpoint, Scripted, held, trainer

BEST = {"kind": "best", "monitor": "val/hmean", "mode": "max"}
LASTING = {"kind": "epoch", "save_last": True}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.ckpt")}


@pytest.mark.parametrize(
    ("options", "run"),
    [
        pytest.param({"experiment_tag": "finetune"}, f"finetune-{MODEL}_training_{LATER}", id="tag"),
        pytest.param({"model": "bignet"}, f"{TAG}-bignet_training_{LATER}", id="model"),
        pytest.param({"phase": "finetuning"}, f"{TAG}-{MODEL}_finetuning_{LATER}", id="phase"),
        pytest.param({"job": "7"}, f"{TAG}-{MODEL}_training_{LATER}", id="job"),
    ],
)
def test_resume_from_a_run_with_other_arguments_begins_a_new_run(
    lab: Lab, options: dict[str, Any], run: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lab.fit(*lab.pair(), scores=[0.5])
    before = _bytes(lab.outputs / RUN)
    best, epoch = lab.pair(timestamp=LATER, **options)

    lab.fit(best, epoch, scores=[0.5, 0.6], resume=lab.path("best-hmean-0.5000.ckpt"))

    assert _bytes(lab.outputs / RUN) == before
    assert best.run_dir == epoch.run_dir == str(lab.outputs / run)
    assert lab.held("last.ckpt", run).epoch == 1
    (name, value) = next(iter(options.items()))
    assert [text for text in caplog.messages if f"{name}={value!r}" in text and RUN in text and run in text]
    lab.foreign.extend(path for path in lab.tree() if path.endswith(".json"))


def test_resume_from_a_run_of_another_root_begins_a_new_run(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5])
    before = _bytes(lab.outputs)
    other = lab.home / "outputs2"
    best, epoch = lab.pair(root=other, timestamp=LATER)

    lab.fit(best, epoch, scores=[0.5, 0.6], resume=lab.path("best-hmean-0.5000.ckpt"))

    assert _bytes(lab.outputs) == before
    assert sorted(_bytes(other / RUN.replace(STAMP, LATER) / "checkpoints")) == [
        "best-hmean-0.6000.ckpt",
        "epoch-01_step-000008.ckpt",
        "last.ckpt",
    ]


def test_resume_with_another_tag_of_the_environment_begins_a_new_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERIMENT_TAG", "exp_a")
    lab.fit(*lab.pair(), scores=[0.5])
    before = _bytes(lab.outputs)
    monkeypatch.setenv("EXPERIMENT_TAG", "exp_b")

    lab.fit(*lab.pair(timestamp=LATER), scores=[0.5, 0.6], resume=lab.path("last.ckpt", RUN.replace(TAG, "exp_a")))

    after = _bytes(lab.outputs)
    assert {path: after[path] for path in before} == before
    assert f"exp_b-{MODEL}_training_{LATER}/checkpoints/best-hmean-0.6000.ckpt" in after


def test_resume_without_arguments_continues_the_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.home)
    lab.fit(lab.callback(phase="pretraining", **LASTING), epochs=1)
    run = RUN.replace("training", "pretraining")
    plain = SchemeCheckpoint(kind="epoch", save_last=True, save_top_k=-1)

    lab.fit(plain, epochs=2, resume=lab.path("last.ckpt", run))

    assert plain.run_dir == str(lab.outputs / run)
    assert lab.names(run) == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]


def test_resume_without_arguments_leaves_no_empty_default_root(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.home)
    archive = lab.home / "archive"
    lab.fit(lab.callback(root=archive, **LASTING), epochs=1)

    trainer(lab.home, SchemeCheckpoint(kind="epoch"), max_epochs=2).fit(
        Scripted(), ckpt_path=str(archive / RUN / "checkpoints" / "last.ckpt")
    )

    assert not lab.outputs.exists()
    assert {path.split("/")[0] for path in lab.tree()} == {"archive"}


def test_resume_from_a_copy_with_another_root_begins_a_new_run(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    copy = lab.home / "copies" / RUN
    shutil.copytree(lab.outputs / RUN, copy)
    before = _bytes(lab.home)

    lab.fit(lab.callback(timestamp=LATER, **LASTING), epochs=2, resume=copy / "checkpoints" / "last.ckpt")

    after = _bytes(lab.home)
    assert {path: after[path] for path in before} == before
    assert held(lab.path("last.ckpt", RUN.replace(STAMP, LATER))).epoch == 1


def test_resume_over_a_link_accepts_the_root_of_the_link(lab: Lab) -> None:
    lab.fit(lab.callback(**LASTING), epochs=1)
    store = lab.home / "store"
    store.mkdir()
    shutil.move(lab.outputs / RUN, store / RUN)
    (lab.outputs / RUN).symlink_to(store / RUN)
    callback = lab.callback(timestamp=LATER, **LASTING)

    lab.fit(callback, epochs=2, resume=lab.path("last.ckpt"))

    assert callback.run_dir == str(store / RUN)
    assert sorted(path.name for path in lab.outputs.iterdir()) == [RUN]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"experiment_tag": "exp_b"}, id="tag"),
        pytest.param({"experiment_tag": None}, id="no tag"),
        pytest.param({"phase": "finetuning"}, id="phase"),
        pytest.param({"model": None}, id="model of the module"),
    ],
)
def test_checkpoint_of_a_cluster_of_another_job_begins_a_new_run(lab: Lab, options: dict[str, Any]) -> None:
    first = lab.callback(**BEST)
    other = lab.fit(first, scores=[0.5])
    hpc = lab.home / "hpc_ckpt_1.ckpt"
    lab.foreign.append(hpc.name)
    other.save_checkpoint(hpc)
    before = _bytes(lab.outputs)
    callback = lab.callback(timestamp=LATER, **BEST, **options)

    lab.fit(callback, scores=[0.5, 0.6], resume=hpc)

    after = _bytes(lab.outputs)
    assert {path: after[path] for path in before} == before
    assert callback.run_dir not in (None, first.run_dir)


def test_crash_before_the_first_save_leaves_no_root(lab: Lab) -> None:
    root = lab.home / "deep" / "outputs"

    with pytest.raises(RuntimeError, match="at once"):
        lab.fit(lab.callback(kind="epoch", root=root), module=_Broken(), epochs=1)

    assert lab.tree() == []


class _Broken(Scripted):
    def on_train_start(self) -> None:
        raise RuntimeError("at once")


def test_removed_best_file_is_forgotten(lab: Lab) -> None:
    class Removing(Scripted):
        def on_train_epoch_start(self) -> None:
            if self.current_epoch == 1:
                lab.path("best-hmean-0.9000.ckpt").unlink()

    callback = lab.callback(**BEST)

    lab.fit(callback, module=Removing([0.9, 0.5, 0.4]))

    assert lab.names() == ["best-hmean-0.5000.ckpt"]
    assert callback.best_model_path == str(lab.path("best-hmean-0.5000.ckpt"))
    assert float(callback.best_model_score) == pytest.approx(0.5)


def test_best_file_removed_before_a_resume_is_forgotten(lab: Lab) -> None:
    lab.fit(*lab.pair(best={"save_top_k": 1}), scores=[0.9])
    lab.path("best-hmean-0.9000.ckpt").unlink()

    lab.fit(*lab.pair(best={"save_top_k": 1}, timestamp=LATER), scores=[0.9, 0.5], resume=lab.path("last.ckpt"))

    assert "best-hmean-0.5000.ckpt" in lab.names()


def test_removed_best_file_leaves_the_next_best_one(lab: Lab) -> None:
    class Removing(Scripted):
        def on_train_epoch_start(self) -> None:
            if self.current_epoch == 2:
                lab.path("best-hmean-0.9000.ckpt").unlink()

    callback = lab.callback(save_top_k=3, **BEST)

    lab.fit(callback, module=Removing([0.9, 0.5, float("nan")]))

    assert lab.names() == ["best-hmean-0.5000.ckpt"]
    assert callback.best_model_path == str(lab.path("best-hmean-0.5000.ckpt"))
