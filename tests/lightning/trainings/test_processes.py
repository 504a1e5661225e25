"""Two processes: one run directory, equal records, and the files that a single process writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from training import MODEL, RUN, STAMP, TAG, Lab

SUPPORT: Final = Path(__file__).parents[2] / "support"
NAMES: Final = [
    "best-hmean-0.5000.ckpt",
    "best-hmean-0.6000.ckpt",
    "epoch-00_step-000002.ckpt",
    "epoch-01_step-000004.ckpt",
    "last.ckpt",
]
TORCHRUN: Final = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


def _start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-W", "ignore", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Its own group, as it starts processes that must not outlive it.
        start_new_session=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]),
        },
    )


def _finish(process: subprocess.Popen[str]) -> str:
    """Wait for processes, and return their output."""
    try:
        output, _ = process.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        pytest.fail(f"the processes hang\n{output}")
    return output


def _believed(home: Path, scenario: str, rank: int) -> dict[str, Any]:
    """Return the record that a process writes at its end, if no error was raised."""
    found = home / f"{scenario}-{rank}.json"
    assert found.exists(), (home / "output").read_text("utf-8")
    believed: dict[str, Any] = json.loads(found.read_text("utf-8"))
    return believed


def _run(home: Path, *scenarios: str, launcher: Sequence[str] = ()) -> Path:
    output = _finish(_start(*launcher, SUPPORT / "job.py", home, *scenarios))
    (home / "output").write_text(output, "utf-8")
    return home


def _check(home: Path, scenario: str, folder: str, names: list[str]) -> None:
    """Fail unless a scenario left *names* in one run directory, and both processes record them."""
    first, second = (_believed(home, scenario, rank) for rank in range(2))
    lab = Lab(home / folder)
    assert lab.names() == names
    lab.check()
    assert first == second
    assert first["there"]
    assert first["run"] == first["run of the other"] == str(lab.outputs / RUN)


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of several trainings by a script that launches its second process."""
    return _run(tmp_path_factory.mktemp("launched"), "plain", "unsynchronised")


def test_ranks_launched_by_the_script_agree_on_one_run(launched: Path) -> None:
    _check(launched, "plain", "plain", NAMES)


@pytest.mark.needs_private("_monitor_candidates")
def test_ranks_with_an_unsynchronised_metric_agree_on_one_run(launched: Path) -> None:
    _check(launched, "unsynchronised", "unsynchronised", NAMES)


@pytest.mark.needs_private("_find_last_checkpoints")
def test_ranks_resume_from_the_same_last_checkpoint(tmp_path: Path) -> None:
    # The sleep of the second process sets their clocks apart; with torchrun both are there from the beginning.
    _run(tmp_path, "plain", "last", launcher=TORCHRUN)

    assert _believed(tmp_path, "plain", 0) == _believed(tmp_path, "plain", 1)
    names = ["best-hmean-0.6000.ckpt", "best-hmean-0.7000.ckpt", *NAMES[2:4], "epoch-02_step-000006.ckpt", "last.ckpt"]
    _check(tmp_path, "last", "plain", names)
    assert Path(_believed(tmp_path, "last", 0)["resumed"]).parent == tmp_path / "plain/outputs" / RUN / "checkpoints"


def test_spawned_ranks_report_their_checkpoints_to_the_parent(tmp_path: Path) -> None:
    _run(tmp_path, "spawn")

    believed = _believed(tmp_path, "spawn", 0)
    lab = Lab(tmp_path / "spawn")

    assert lab.names() == NAMES
    lab.check()
    assert believed["best"] == str(lab.path("best-hmean-0.6000.ckpt"))
    assert believed["there"]


def test_two_jobs_of_the_same_second_get_different_runs(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from training import Lab
for _ in range(5):
    lab = Lab(Path({str(tmp_path)!r}))
    lab.fit(lab.callback(kind="epoch"), epochs=1)
"""
    outputs = [_finish(job) for job in [_start("-c", program) for _ in range(2)]]

    stamps = [f"{STAMP[:-2]}{second:02d}" for second in range(10)]
    name = "checkpoints/epoch-00_step-000004.ckpt"

    assert Lab(tmp_path).tree() == [f"outputs/{TAG}-{MODEL}_training_{stamp}/{name}" for stamp in stamps], outputs
