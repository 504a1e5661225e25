"""Which run folder a training gets: its tag, its model, its phase, its moment, and that it has it for itself."""

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


def test_now(lab: Lab) -> None:
    before = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - timestamps of the scheme are naive
    lab.fit(lab.callback(kind="epoch", timestamp=None), epochs=1)

    assert before <= _only_run(lab).timestamp <= before + timedelta(minutes=1)


def test_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    callback = SchemeCheckpoint()
    trainer(tmp_path, callback, max_epochs=1).fit(Scripted())

    (folder,) = (tmp_path / "outputs").iterdir()
    run = RunId.parse(folder.name)
    assert (run.tag, run.architecture, run.encoder, run.phase) == ("experiment", "Scripted", None, "training")
    assert [path.name for path in folder.rglob("*.ckpt")] == ["epoch-00_step-000004.ckpt"]


def test_what_the_callback_says_of_it(lab: Lab) -> None:
    callback = lab.callback(kind="epoch")
    before = callback.run_dir, callback.run, callback.dirpath
    lab.fit(callback, epochs=1)

    run = lab.outputs / RUN
    assert before == (None, None, None)
    assert (callback.run_dir, callback.run, callback.dirpath) == (str(run), RunId.parse(RUN), str(run / "checkpoints"))


def test_a_second_job_of_the_same_second(lab: Lab) -> None:
    for _ in range(3):
        lab.fit(lab.callback(kind="epoch"), epochs=1)

    stamps = ("20251015_120000", "20251015_120001", "20251015_120002")
    name = "checkpoints/epoch-00_step-000004.ckpt"
    assert lab.tree() == [f"outputs/{TAG}-{MODEL}_training_{stamp}/{name}" for stamp in stamps]


def test_the_end_of_a_minute(lab: Lab) -> None:
    for _ in range(2):
        lab.fit(lab.callback(kind="epoch", timestamp="20241231_235959"), epochs=1)

    assert sorted(path.name[-15:] for path in lab.outputs.iterdir()) == ["20241231_235959", "20250101_000000"]


def test_a_tag_of_the_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERIMENT_TAG", "from_env")
    lab.fit(lab.callback(kind="epoch"), epochs=1)

    assert lab.names(RUN.replace(TAG, "from_env")) == ["epoch-00_step-000004.ckpt"]


def test_an_empty_tag_of_the_environment_is_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_model_that_the_module_names(lab: Lab, attributes: dict[str, Any], model: str) -> None:
    module = Scripted()
    for name, value in attributes.items():
        setattr(module, name, value)
    lab.fit(lab.callback(kind="epoch", model=None), module=module, epochs=1)

    assert _only_run(lab).model == model


def test_a_module_that_fails_when_asked(lab: Lab) -> None:
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
        pytest.param({"kind": "best"}, id="best by nothing"),
        pytest.param({"monitor": "val/hmean", "metric_label": "h-mean"}, id="label"),
    ],
)
def test_what_does_not_fit_is_refused(lab: Lab, options: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        lab.callback(**options)

    assert lab.tree() == []


@pytest.mark.parametrize("model", ["org/mobilenet_v3 large", "net-small_2", "a/b", "net-"])
def test_a_model_is_one_level_or_refused(lab: Lab, model: str) -> None:
    try:
        callback = lab.callback(kind="epoch", model=model)
    except FieldError:
        return
    lab.fit(callback, epochs=1)

    run = _only_run(lab)
    assert (run.tag, run.phase, run.model) == (TAG, "training", model)


def test_a_filename_is_refused(lab: Lab) -> None:
    with pytest.raises(TypeError, match="kind"):
        lab.callback(filename="{epoch}")
    lab.callback(filename=None)


@pytest.mark.parametrize("kind", ["best", "epoch"])
def test_a_phase(lab: Lab, kind: str) -> None:
    lab.fit(lab.callback(kind=kind, monitor="val/hmean", phase="fine-tuning"), scores=[0.5])

    assert _only_run(lab).phase == "fine-tuning"


def test_logs_beside_the_checkpoints(lab: Lab) -> None:
    run = lab.outputs / RUN
    logger = CSVLogger(str(run), name="logs", version="")
    lab.fit(lab.callback(kind="epoch", run_dir=run), epochs=1, logger=logger)

    assert sorted(path.name for path in run.iterdir()) == ["checkpoints", "logs"]
    lab.foreign.extend(path for path in lab.tree() if "/logs/" in path)
    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_a_logger_elsewhere_has_no_say(lab: Lab) -> None:
    logger = CSVLogger(str(lab.home / "csv"))
    lab.fit(lab.callback(kind="epoch"), epochs=1, logger=logger)
    lab.foreign.extend(path for path in lab.tree() if path.startswith("csv/"))

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_a_folder_of_choice(lab: Lab) -> None:
    folder = lab.outputs / "a-b_c_20251015_120000" / "checkpoints"
    callback = SchemeCheckpoint(dirpath=folder, kind="epoch")
    lab.fit(callback, epochs=1)

    assert lab.names("a-b_c_20251015_120000") == ["epoch-00_step-000004.ckpt"]
    assert isinstance(callback.dirpath, str)


def test_a_folder_of_choice_that_is_no_run(lab: Lab) -> None:
    callback = SchemeCheckpoint(dirpath=lab.home / "here", kind="epoch")
    lab.fit(callback, epochs=1)

    assert lab.tree() == ["here/epoch-00_step-000004.ckpt"]
    assert callback.run is None
    lab.foreign.extend(lab.tree())


def test_a_given_run_folder_of_another_name(lab: Lab) -> None:
    callback = lab.callback(kind="epoch", run_dir=lab.home / "here")
    lab.fit(callback, epochs=1)

    assert lab.tree() == ["here/checkpoints/epoch-00_step-000004.ckpt"]
    assert (callback.run_dir, callback.run) == (str(lab.home / "here"), None)
    lab.foreign.extend(lab.tree())


@pytest.mark.parametrize("root", ["out puts", "a/b/c", "läufe"])
def test_roots_of_every_spelling(lab: Lab, root: str) -> None:
    lab.fit(lab.callback(kind="epoch", root=lab.home / root), epochs=1)

    assert lab.tree() == [f"{root}/{RUN}/checkpoints/epoch-00_step-000004.ckpt"]


def test_a_relative_root(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.home)
    lab.fit(lab.callback(kind="epoch", root="outputs", save_last=True), epochs=1)

    assert lab.names() == ["epoch-00_step-000004.ckpt", "last.ckpt"]


def test_nothing_is_made_before_a_training(lab: Lab) -> None:
    trainer(lab.home, *lab.pair())

    assert lab.tree() == []


@pytest.mark.since("configured subclasses")
def test_a_callback_from_the_module_replaces_the_default(lab: Lab) -> None:
    class Configuring(Scripted):
        def configure_callbacks(self) -> list[pl.Callback]:
            return [lab.callback(kind="epoch")]

    lab.fit(module=Configuring(), epochs=1)

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_a_taken_run_of_a_training_that_is_resumed_elsewhere_stays(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_last=True, save_top_k=-1), epochs=1)
    # A folder of the second in which the resumed training begins is somebody else's.
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


def test_the_log_says_the_model_once(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    lab.fit(*lab.pair(model=None), scores=[0.5])

    said = [record.getMessage() for record in caplog.records if "ckpt_scheme" in record.name]
    assert len([text for text in said if "Scripted" in text]) == 1
