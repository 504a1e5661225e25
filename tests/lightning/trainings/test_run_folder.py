"""The run directory of a training: its tag, model, phase and timestamp, and no other training in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckpt_scheme import FieldError, RunId
from training import LATER, MODEL, RUN, STAMP, TAG, CSVLogger, Lab, SchemeCheckpoint, Scripted, pl, trainer


def _only_run(lab: Lab) -> RunId:
    (folder,) = lab.outputs.iterdir()
    return RunId.parse(folder.name)


def test_run_without_timestamp_begins_now(lab: Lab) -> None:
    before = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - timestamps of the scheme are naive

    lab.fit(lab.callback(kind="epoch", timestamp=None), epochs=1)

    assert before <= _only_run(lab).timestamp <= before + timedelta(minutes=1)


def test_default_run_is_named_after_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    callback = SchemeCheckpoint()
    trainer(tmp_path, callback, max_epochs=1).fit(Scripted())

    (folder,) = (tmp_path / "outputs").iterdir()
    run = RunId.parse(folder.name)

    assert (run.tag, run.architecture, run.encoder, run.phase) == ("experiment", "Scripted", None, "training")
    assert [path.name for path in folder.rglob("*.ckpt")] == ["epoch-00_step-000004.ckpt"]


def test_callback_states_its_run_once_training_begins(lab: Lab) -> None:
    callback = lab.callback(kind="epoch")
    before = callback.run_dir, callback.run, callback.dirpath
    lab.fit(callback, epochs=1)

    run = lab.outputs / RUN

    assert before == (None, None, None)
    assert (callback.run_dir, callback.run, callback.dirpath) == (str(run), RunId.parse(RUN), str(run / "checkpoints"))


def test_jobs_of_the_same_second_take_the_following_seconds(lab: Lab) -> None:
    for _ in range(3):
        lab.fit(lab.callback(kind="epoch"), epochs=1)

    stamps = ("20251015_120000", "20251015_120001", "20251015_120002")
    name = "checkpoints/epoch-00_step-000004.ckpt"

    assert lab.tree() == [f"outputs/{TAG}-{MODEL}_training_{stamp}/{name}" for stamp in stamps]


def test_taken_second_at_the_end_of_a_year_takes_the_next_year(lab: Lab) -> None:
    for _ in range(2):
        lab.fit(lab.callback(kind="epoch", timestamp="20241231_235959"), epochs=1)

    assert sorted(path.name[-15:] for path in lab.outputs.iterdir()) == ["20241231_235959", "20250101_000000"]


def test_run_takes_the_tag_of_the_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERIMENT_TAG", "from_env")

    lab.fit(lab.callback(kind="epoch"), epochs=1)

    assert lab.names(RUN.replace(TAG, "from_env")) == ["epoch-00_step-000004.ckpt"]


def test_run_ignores_an_empty_tag_of_the_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERIMENT_TAG", "")

    lab.fit(lab.callback(kind="epoch"), epochs=1)

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


@pytest.mark.parametrize(
    ("attributes", "model"),
    [
        pytest.param({}, "Scripted", id="nothing"),
        pytest.param({"architecture_name": "dbnet"}, "dbnet", id="architecture"),
        pytest.param(
            {"architecture_name": "dbnet", "encoder": SimpleNamespace(model_name="resnet18")},
            "dbnet-resnet18",
            id="both",
        ),
        pytest.param({"_architecture_name": "dbnet"}, "dbnet", id="private architecture"),
        pytest.param({"architecture_name": "MobileNet v3 (large)"}, "MobileNet_v3_large", id="cleaned"),
        pytest.param({"architecture_name": 3}, "Scripted", id="no text"),
        pytest.param({"architecture_name": "日本"}, "Scripted", id="nothing to keep"),
    ],
)
def test_run_takes_the_model_that_the_module_names(lab: Lab, attributes: dict[str, Any], model: str) -> None:
    module = Scripted()
    for name, value in attributes.items():
        setattr(module, name, value)

    lab.fit(lab.callback(kind="epoch", model=None), module=module, epochs=1)

    assert _only_run(lab).model == model


def test_run_of_a_module_that_raises_takes_its_class_name(lab: Lab) -> None:
    class Hostile(Scripted):
        @property
        def architecture_name(self) -> str:
            raise RuntimeError

    lab.fit(lab.callback(kind="epoch", model=None), module=Hostile(), epochs=1)

    assert _only_run(lab).model == "Hostile"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"experiment_tag": "exp-1 a/b"}, id="tag"),
        pytest.param({"experiment_tag": ""}, id="empty tag"),
        pytest.param({"phase": "fine_tuning"}, id="phase"),
        pytest.param({"timestamp": "2025-10-15"}, id="timestamp"),
        pytest.param({"timestamp": "20250229_120000"}, id="day"),
        pytest.param({"model": ""}, id="empty model"),
        pytest.param({"kind": "latest"}, id="kind"),
        pytest.param({"kind": "best"}, id="best without a monitor"),
        pytest.param({"monitor": "val/hmean", "metric_label": "h-mean"}, id="label"),
    ],
)
def test_callback_refuses_an_argument_outside_the_grammar(lab: Lab, options: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        lab.callback(**options)

    assert lab.tree() == []


@pytest.mark.parametrize("model", ["org/mobilenet_v3 large", "net-small_2", "a/b", "net-"])
def test_model_is_kept_as_given_or_refused(lab: Lab, model: str) -> None:
    try:
        callback = lab.callback(kind="epoch", model=model)
    except FieldError:
        return
    lab.fit(callback, epochs=1)

    run = _only_run(lab)

    assert (run.tag, run.phase, run.model) == (TAG, "training", model)


def test_callback_refuses_a_filename(lab: Lab) -> None:
    with pytest.raises(TypeError, match="kind"):
        lab.callback(filename="{epoch}")

    lab.callback(filename=None)


@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_run_takes_the_given_phase(lab: Lab, kind: str) -> None:
    lab.fit(lab.callback(kind=kind, monitor="val/hmean", phase="fine-tuning"), scores=[0.5])

    assert _only_run(lab).phase == "fine-tuning"


def test_logger_may_write_beside_the_checkpoints(lab: Lab) -> None:
    run = lab.outputs / RUN
    logger = CSVLogger(str(run), name="logs", version="")

    lab.fit(lab.callback(kind="epoch", run_dir=run), epochs=1, logger=logger)

    assert sorted(path.name for path in run.iterdir()) == ["checkpoints", "logs"]
    lab.foreign.extend(path for path in lab.tree() if "/logs/" in path)
    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_logger_elsewhere_does_not_change_the_run(lab: Lab) -> None:
    logger = CSVLogger(str(lab.home / "csv"))
    lab.fit(lab.callback(kind="epoch"), epochs=1, logger=logger)

    lab.foreign.extend(path for path in lab.tree() if path.startswith("csv/"))

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_dirpath_of_a_run_takes_the_checkpoints(lab: Lab) -> None:
    folder = lab.outputs / "a-b_c_20251015_120000" / "checkpoints"
    callback = SchemeCheckpoint(dirpath=folder, kind="epoch")

    lab.fit(callback, epochs=1)

    assert lab.names("a-b_c_20251015_120000") == ["epoch-00_step-000004.ckpt"]
    assert isinstance(callback.dirpath, str)


def test_dirpath_outside_a_run_takes_the_checkpoints_without_a_run(lab: Lab) -> None:
    callback = SchemeCheckpoint(dirpath=lab.home / "here", kind="epoch")

    lab.fit(callback, epochs=1)

    assert lab.tree() == ["here/epoch-00_step-000004.ckpt"]
    assert callback.run is None
    lab.foreign.extend(lab.tree())


def test_run_dir_of_another_name_takes_the_checkpoints_without_a_run(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", run_dir=lab.home / "here")

    lab.fit(callback, epochs=1)

    assert lab.tree() == ["here/checkpoints/epoch-00_step-000004.ckpt"]
    assert (callback.run_dir, callback.run) == (str(lab.home / "here"), None)
    lab.foreign.extend(lab.tree())


@pytest.mark.parametrize("root", ["out puts", "a/b/c", "läufe"])
def test_root_of_each_spelling_takes_the_run(lab: Lab, root: str) -> None:
    lab.fit(lab.callback(kind="epoch", root=lab.home / root), epochs=1)

    assert lab.tree() == [f"{root}/{RUN}/checkpoints/epoch-00_step-000004.ckpt"]


def test_relative_root_is_below_the_working_directory(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.home)

    lab.fit(lab.callback(kind="epoch", root="outputs", save_last=True), epochs=1)

    assert lab.names() == ["epoch-00_step-000004.ckpt", "last.ckpt"]


def test_trainer_makes_no_folder_before_a_training(lab: Lab) -> None:
    trainer(lab.home, *lab.pair())

    assert lab.tree() == []


@pytest.mark.since("configured subclasses")
def test_callback_of_the_module_replaces_the_default(lab: Lab) -> None:
    class Configuring(Scripted):
        def configure_callbacks(self) -> list[pl.Callback]:
            return [lab.callback(kind="epoch")]

    lab.fit(module=Configuring(), epochs=1)

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_resume_elsewhere_keeps_the_folder_of_its_own_second(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_last=True, save_top_k=-1), epochs=1)
    # Another process owns the folder of the second in which the resumed training begins.
    taken = lab.outputs / RUN.replace(STAMP, LATER) / "checkpoints"
    taken.mkdir(parents=True)

    lab.fit(
        lab.callback(kind="epoch", save_last=True, save_top_k=-1, timestamp=LATER),
        epochs=2,
        resume=lab.path("last.ckpt"),
    )

    assert taken.is_dir()
    taken.rmdir()
    taken.parent.rmdir()
    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]


def test_model_is_logged_once(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    lab.fit(*lab.pair(model=None), scores=[0.5])

    messages = [record.getMessage() for record in caplog.records if "ckpt_scheme" in record.name]

    assert len([text for text in messages if "Scripted" in text]) == 1
