"""Several processes with one tag: no process takes the run of a running training, and each job has its own run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from training import RUN, Lab, Scripted, callback, trainer

SUPPORT: Final = Path(__file__).parents[2] / "support"

# Trains two epochs; prints a line after the first epoch and waits for a line.
PROGRAM: Final = """
import json, sys
from pathlib import Path
from training import Scripted, callback, trainer

class Waiting(Scripted):
    def on_train_epoch_start(self):
        if self.current_epoch == 1:
            print("saved", flush=True)
            sys.stdin.readline()

home, options = Path(sys.argv[1]), json.loads(sys.argv[2])
ours = callback(home / "outputs", kind="epoch", save_last=True, save_top_k=-1, **options)
fit = trainer(home, ours, max_epochs=2)
fit.fit(Waiting(), ckpt_path=sys.argv[3] or None)
print(ours.run_dir, fit.ckpt_path, flush=True)
"""


def _start(home: Path, resume: str = "", **options: object) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(  # noqa: S603 - the program is above
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(home), json.dumps(options), resume],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def training_process(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    """Return another process that has saved one epoch of `RUN` and is in the second."""
    with _start(lab.home) as process:
        assert _line(process) == "saved"
        yield process
        if process.poll() is None:
            process.communicate("\n")


LASTING: Final = {"kind": "epoch", "save_last": True, "save_top_k": -1}


@pytest.mark.needs_private("_find_last_checkpoints")
@pytest.mark.filterwarnings("ignore:.*No checkpoint will be loaded")
def test_last_takes_no_run_that_another_process_trains_in(lab: Lab, training_process: subprocess.Popen[str]) -> None:
    ours = callback(lab.outputs, **LASTING)
    with pytest.warns(UserWarning, match=f"process {training_process.pid} on .* trains in the newest") as caught:
        trainer(lab.home, ours, max_epochs=1).fit(Scripted(), ckpt_path="last")
    finished = training_process.communicate("\n")[0]

    assert [warning for warning in caught if RUN in str(warning.message)]
    assert ours.run_dir == str(lab.outputs / RUN.replace("120000", "120001"))
    assert finished.split()[0] == str(lab.outputs / RUN)
    assert lab.path("epoch-01_step-000008.ckpt").exists()


def test_resume_of_a_run_that_another_process_trains_in_begins_a_new_run(
    lab: Lab, training_process: subprocess.Popen[str]
) -> None:
    before = lab.path("last.ckpt").read_bytes()
    ours = callback(lab.outputs, **LASTING)

    with pytest.warns(UserWarning, match=f"process {training_process.pid} on"):
        trainer(lab.home, ours, max_epochs=2).fit(Scripted(), ckpt_path=str(lab.path("last.ckpt")))

    assert lab.path("last.ckpt").read_bytes() == before
    assert ours.run_dir == str(lab.outputs / RUN.replace("120000", "120001"))


@pytest.mark.needs_private("_find_last_checkpoints")
def test_last_of_a_given_run_that_another_process_trains_in_is_refused(
    lab: Lab, training_process: subprocess.Popen[str]
) -> None:
    ours = callback(lab.outputs, run_dir=lab.outputs / RUN, **LASTING)

    with pytest.raises(RuntimeError, match=f"process {training_process.pid} on"):
        trainer(lab.home, ours, max_epochs=2).fit(Scripted(), ckpt_path="last")
    with pytest.warns(UserWarning, match=f"trains in .*{RUN}.*: process {training_process.pid} on"):
        trainer(lab.home, ours, max_epochs=0).fit(Scripted())


@pytest.mark.needs_private("_find_last_checkpoints")
def test_last_takes_the_run_of_a_process_that_was_killed(lab: Lab, training_process: subprocess.Popen[str]) -> None:
    training_process.kill()
    training_process.wait()

    training = lab.fit(lab.callback(**LASTING), epochs=2, resume="last")

    assert training.ckpt_path == str(lab.path("last.ckpt"))
    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]


@pytest.mark.needs_private("_find_last_checkpoints")
def test_jobs_of_a_sweep_that_start_at_once_and_again_keep_their_runs(lab: Lab) -> None:
    options = {"timestamp": None}
    with _start(lab.home, "last", job=1, **options) as first, _start(lab.home, "last", job=2, **options) as second:
        assert (_line(first), _line(second)) == ("saved", "saved")
        first.kill()
        second.kill()
    with _start(lab.home, "last", job=1, **options) as first, _start(lab.home, "last", job=2, **options) as second:
        both = [process.communicate("\n")[0].split() for process in (first, second)]

    runs = [str(run) for run in lab.outputs.iterdir()]
    assert sorted(words[1] for words in both) == sorted(runs)
    assert sorted(words[2] for words in both) == sorted(f"{run}/checkpoints/last.ckpt" for run in runs)
    lab.foreign.extend(path for path in lab.tree() if path.endswith(".claim.json"))
    assert len([path for path in lab.tree() if path.endswith("epoch-01_step-000008.ckpt")]) == 2
