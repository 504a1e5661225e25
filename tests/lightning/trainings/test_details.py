"""Rare cases: conflicting arguments of two callbacks, an impossible root, a restart by the cluster, a bucket."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import fsspec
import pytest
import torch

from ckpt_scheme import CheckpointPath, FieldError, RunId
from training import LATER, LATER_RUN, NAMESPACE, RUN, CrashError, Lab, Scripted, callback, trainer


def test_second_callback_with_another_model_warns_that_it_is_ignored(lab: Lab) -> None:
    first, second = lab.callback(kind="epoch"), lab.callback(monitor="val/hmean", model="other-net", timestamp=LATER)

    with pytest.warns(UserWarning, match=r"^model='other-net' is ignored"):
        lab.fit(first, second, scores=[0.5])

    assert lab.names() == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt"]


def test_run_dir_of_the_second_callback_decides_the_run(lab: Lab) -> None:
    given = lab.outputs / LATER_RUN

    lab.fit(lab.callback(kind="epoch"), lab.callback(monitor="val/hmean", run_dir=given), scores=[0.5])

    assert lab.names(LATER_RUN) == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt"]


def test_dirpath_outside_the_run_is_not_shared(lab: Lab) -> None:
    lab.foreign.append("apart/last.ckpt")
    apart = lab.callback(kind="epoch", dirpath=lab.home / "apart", save_top_k=0, save_last=True)

    lab.fit(apart, lab.callback(monitor="val/hmean"), scores=[0.5])

    assert lab.names() == ["best-hmean-0.5000.ckpt"]
    assert (apart.run_dir, apart.run) == (None, None)


def test_root_below_a_file_stops_the_training(lab: Lab) -> None:
    lab.foreign.append("file")
    (lab.home / "file").touch()

    with pytest.raises(OSError, match="file"):
        lab.fit(lab.callback(root=lab.home / "file" / "outputs"), epochs=1)


def test_failure_of_rank_zero_raises_on_the_other_ranks(lab: Lab) -> None:
    checkpoint = lab.callback(kind="epoch")
    other_rank = trainer(lab.home, checkpoint, max_epochs=1)
    strategy: Any = other_rank.strategy
    strategy.broadcast = lambda *_: (None, "PermissionError()")

    with pytest.raises(RuntimeError, match=r"global rank 0 has no folder for the run: PermissionError\(\)"):
        other_rank.fit(Scripted())


ONE_SIDED: Final = """
from pathlib import Path
from training import Scripted, callback, trainer

class OneSided(Scripted):
    def training_step(self, batch, index):
        if self.global_rank == 1:
            self.log("only/here", 0.5)
        return super().training_step(batch, index)

if __name__ == "__main__":
    home = Path({home!r})
    checkpoint = callback(home / "outputs", monitor="only/here", kind="epoch")
    options = {{"devices": 2, "strategy": "ddp", "max_epochs": 1, "limit_val_batches": 0}}
    training = trainer(home, checkpoint, **options)
    training.fit(OneSided())
    (home / f"rank-{{training.global_rank}}").write_text(checkpoint.best_model_path)
"""


@pytest.mark.needs_private("_monitor_candidates")
def test_metric_that_only_one_rank_logs_saves_no_checkpoint(tmp_path: Path) -> None:
    program = tmp_path / "one_sided.py"
    program.write_text(ONE_SIDED.format(home=str(tmp_path)), encoding="utf-8")
    paths = [str(Path(__file__).parents[2] / "support"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(  # noqa: S603 - the program is above
        [sys.executable, "-W", "ignore", str(program)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stderr
    assert [(tmp_path / f"rank-{rank}").read_text("utf-8") for rank in (0, 1)] == ["", ""]
    assert not (tmp_path / "outputs").exists()


def test_restart_by_the_cluster_continues_the_run(lab: Lab) -> None:
    lab.foreign.append("hpc_ckpt_1.ckpt")
    interrupted = lab.fit(lab.callback(kind="epoch", save_top_k=-1), epochs=1)
    interrupted.save_checkpoint(lab.home / "hpc_ckpt_1.ckpt")

    again = lab.callback(kind="epoch", save_top_k=-1, timestamp=LATER)

    lab.fit(again, epochs=2, resume=lab.home / "hpc_ckpt_1.ckpt")

    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt"]


def test_restart_by_the_cluster_with_another_callback_continues_the_run(lab: Lab) -> None:
    lab.foreign.append("hpc_ckpt_1.ckpt")
    interrupted = lab.fit(lab.callback(kind="epoch"), epochs=1)
    interrupted.save_checkpoint(lab.home / "hpc_ckpt_1.ckpt")

    lab.fit(lab.callback(monitor="val/hmean", timestamp=LATER), scores=[0.5, 0.6], resume=lab.home / "hpc_ckpt_1.ckpt")

    assert lab.names() == ["best-hmean-0.6000.ckpt", "epoch-00_step-000004.ckpt"]


def test_best_checkpoints_of_a_moved_run_still_compete(lab: Lab) -> None:
    options: dict[str, Any] = {"monitor": "val/hmean", "mode": "max", "save_top_k": 2}
    scores = [0.9, 0.8, 0.1, 0.95]
    lab.fit(lab.callback(**options), scores=scores, epochs=2)
    moved = lab.home / "elsewhere"
    lab.outputs.rename(moved)

    again = lab.callback(**options)
    lab.fit(again, scores=scores, resume=moved / RUN / "checkpoints" / "best-hmean-0.8000.ckpt")

    left = {path.name for path in (moved / RUN / "checkpoints").iterdir()}

    # The resumed checkpoint stays.
    assert left == {"best-hmean-0.8000.ckpt", "best-hmean-0.9000.ckpt", "best-hmean-0.9500.ckpt"}
    assert again.best_model_path == str(moved / RUN / "checkpoints" / "best-hmean-0.9500.ckpt")
    moved.rename(lab.outputs)


def test_pickled_callback_begins_a_new_run(lab: Lab) -> None:
    trained = lab.callback(kind="epoch", save_top_k=-1)
    lab.fit(trained, epochs=1)

    lab.fit(pickle.loads(pickle.dumps(trained)), epochs=1)

    assert lab.runs() == [RUN, LATER_RUN]


def test_second_fit_after_an_empty_run_takes_a_free_run(lab: Lab) -> None:
    best, epoch = lab.pair()
    training = trainer(lab.home, best, epoch, max_epochs=0)

    training.fit(Scripted([0.5]))

    assert (best.run_dir, epoch.run_dir, lab.tree()) == (None, None, [])

    (lab.outputs / RUN).mkdir(parents=True)
    training.fit_loop.max_epochs = 1
    training.fit(Scripted([0.5]))

    (lab.outputs / RUN).rmdir()
    assert lab.names(LATER_RUN) == ["best-hmean-0.5000.ckpt", "epoch-00_step-000004.ckpt", "last.ckpt"]


def test_exception_during_a_test_saves_no_checkpoint(lab: Lab) -> None:
    class Failing(Scripted):
        def test_step(self, *_: object) -> None:
            raise CrashError

    checkpoint = lab.callback(kind="epoch")
    lab.fit(checkpoint, epochs=1)

    with pytest.raises(CrashError):
        trainer(lab.home, checkpoint).test(Failing())

    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_value_outside_the_grammar_is_left_out_with_one_warning(lab: Lab) -> None:
    checkpoint = lab.callback(monitor="loss", save_top_k=-1)

    with pytest.warns(UserWarning, match="'loss' is left out of the checkpoint's name") as caught:
        lab.fit(checkpoint, module=Scripted([1e12, 2e12, 3.0], key="loss"))

    assert len([warning for warning in caught if "left out" in str(warning.message)]) == 1
    assert lab.names() == ["best-loss-3.0000.ckpt", "best.ckpt", "best_v1.ckpt"]


def test_monitor_without_a_letter_warns_and_is_left_out(lab: Lab) -> None:
    with pytest.warns(UserWarning, match="give metric_label"):
        checkpoint = lab.callback(monitor="%", kind="epoch")

    assert checkpoint.format_checkpoint_name({"epoch": 1, "step": 2, "%": 3.0}) == "epoch-01_step-000002.ckpt"


@pytest.mark.parametrize("arguments", [{"filename": "{epoch}"}, {"prefix": "fold-1"}])
def test_format_checkpoint_name_refuses_filename_and_prefix(lab: Lab, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="the scheme names the files"):
        lab.callback().format_checkpoint_name({"epoch": 1, "step": 2}, **arguments)


def test_format_checkpoint_name_refuses_a_missing_epoch(lab: Lab) -> None:
    with pytest.raises(FieldError, match="invalid epoch None"):
        lab.callback().format_checkpoint_name({"step": 2})


def test_search_for_the_learning_rate_leaves_the_run_free_for_the_training(lab: Lab) -> None:
    checkpoint = lab.callback(kind="epoch")
    module = Scripted()
    module.lr = 0.1  # type: ignore[assignment]
    training = trainer(lab.home, checkpoint, max_epochs=1)

    tuner = importlib.import_module(f"{NAMESPACE}.tuner").Tuner(training)
    tuner.lr_find(module, num_training=3)

    assert lab.tree() == []

    training.fit(module)
    assert lab.names() == ["epoch-00_step-000004.ckpt"]


def test_run_dir_together_with_dirpath_is_refused(lab: Lab) -> None:
    with pytest.raises(FieldError, match="run_dir"):
        lab.callback(run_dir=lab.home / "a", dirpath=lab.home / "b")


def test_load_state_dict_restores_the_best_path(lab: Lab) -> None:
    trained, fresh = lab.callback(kind="epoch"), lab.callback(monitor="val/hmean")
    lab.fit(trained, epochs=1)

    fresh.load_state_dict(trained.state_dict())

    assert fresh.best_model_path == trained.best_model_path


def test_attribute_of_a_model_that_raises_is_logged(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    class Coy(Scripted):
        @property
        def architecture_name(self) -> str:
            raise CrashError

    with caplog.at_level("INFO"):
        checkpoint = lab.callback(kind="epoch", model=None)
        # The logger of a framework may not propagate its messages, depending on the order of imports.
        log = __import__("logging").getLogger(f"{checkpoint._framework}.ckpt_scheme")
        log.addHandler(caplog.handler)
        try:
            lab.fit(checkpoint, epochs=1, module=Coy())
        finally:
            log.removeHandler(caplog.handler)

    assert "the model is Coy, read from the module's class" in caplog.text
    assert "Cannot read the model's name from architecture_name (CrashError)" in caplog.text


@pytest.fixture
def bucket() -> Iterator[str]:
    memory = fsspec.filesystem("memory")
    yield "memory://bucket/outputs"
    memory.rm("/bucket", recursive=True)


@pytest.mark.filterwarnings("ignore:.*torch.load")
@pytest.mark.needs_private("_find_last_checkpoints")
def test_training_behind_a_url_writes_and_resumes_runs(bucket: str, tmp_path: Path) -> None:
    def fit(epochs: int, **options: Any) -> str | None:
        checkpoint = callback(tmp_path, root=bucket, kind="epoch", save_top_k=-1, save_last=True, **options)
        training = trainer(tmp_path, checkpoint, max_epochs=epochs)
        training.fit(Scripted(), ckpt_path=None if epochs == 1 else "last")
        return checkpoint.run_dir

    assert fit(1) == f"{bucket}/{RUN}"
    assert fit(1) == f"{bucket}/{LATER_RUN}"
    fit(2)

    found = [CheckpointPath.parse(path) for path in fsspec.filesystem("memory").find("/bucket")]
    last_run = RunId.parse(LATER_RUN)
    assert sorted(str(path.name) for path in found if path.run == last_run) == [
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000008.ckpt",
        "last.ckpt",
    ]
    assert len(found) == 5
    assert list(tmp_path.iterdir()) == []


def test_each_checkpoint_loads_with_weights_only(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5, 0.6])

    for name in lab.names():
        assert torch.load(lab.path(name), weights_only=True)["epoch"] >= 0
