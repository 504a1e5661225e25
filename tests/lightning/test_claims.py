"""Claims on run directories: taken, refused, left by a killed process, and judged without locks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckpt_scheme._lightning import claims
from ckpt_scheme._lightning.claims import HEARTBEAT_TIMEOUT, NAME, Holder
from ckpt_scheme._lightning.identity import Identity
from ckpt_scheme._lightning.running import InRunFolder
from ckpt_scheme.run_id import RunId

# Takes a claim, prints the answer, and holds the claim until its standard input ends.
HOLDING = """
import sys
from ckpt_scheme._lightning import claims
claim = claims.take(sys.argv[1], sys.argv[2] or None)
print("taken" if claim is not None else "refused", flush=True)
sys.stdin.read()
if claim is not None:
    claim.release()
"""


def _start(directory: Path, job: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDING, str(directory), job]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - above


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def other_process(directory: Path, job: str = "") -> Generator[subprocess.Popen[str]]:
    """Let another process hold a claim."""
    with _start(directory, job) as process:
        assert _answer(process) == "taken"
        yield process
        process.communicate()


def _write(directory: Path, **members: object) -> None:
    (directory / NAME).write_text(json.dumps(members), encoding="utf-8")


def _age(directory: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(directory / NAME, (then, then))


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a disk without locks."""
    monkeypatch.setattr(claims, "fcntl", None)


def test_claim_names_its_process_and_leaves_nothing_when_released(tmp_path: Path) -> None:
    claim = claims.take(str(tmp_path), None)

    assert claim is not None
    assert json.loads((tmp_path / NAME).read_text("utf-8"))["pid"] == os.getpid()
    assert claims.holder(str(tmp_path)) is None  # this process is not another one
    claim.release()
    assert list(tmp_path.iterdir()) == []


def test_claim_with_a_job_leaves_the_job_when_released(tmp_path: Path) -> None:
    claim = claims.take(str(tmp_path), "7")
    assert claim is not None
    claim.release()

    again = claims.take(str(tmp_path), None)

    assert claims.job_of(str(tmp_path)) == "7"
    assert again is not None
    again.release()
    assert json.loads((tmp_path / NAME).read_text("utf-8")) == {"job": "7"}


def test_claim_taken_twice_by_one_process_is_released_at_the_second_release(tmp_path: Path) -> None:
    first, second = claims.take(str(tmp_path), None), claims.take(str(tmp_path), None)
    assert first is not None
    assert first is second

    first.release()
    with _start(tmp_path) as process:
        refused = _answer(process)
        process.communicate()
    first.release()

    assert refused == "refused"
    assert list(tmp_path.iterdir()) == []


def test_claim_of_a_running_process_is_refused_to_others(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        holder = claims.holder(str(tmp_path))
        refused = claims.take(str(tmp_path), None)

    assert holder is not None
    assert str(holder) == f"process {process.pid} on {socket.gethostname()}"
    assert refused is None
    assert claims.holder(str(tmp_path)) is None


def test_claim_of_a_stopped_process_is_refused_to_others(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        process.send_signal(signal.SIGSTOP)
        _age(tmp_path, 10 * HEARTBEAT_TIMEOUT)
        holder = claims.holder(str(tmp_path))
        process.send_signal(signal.SIGCONT)

    assert holder is not None


def test_claim_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    with _start(tmp_path) as process:
        assert _answer(process) == "taken"
        process.kill()
        process.wait()

    assert (tmp_path / NAME).exists()
    assert claims.holder(str(tmp_path)) is None
    claim = claims.take(str(tmp_path), None)
    assert claim is not None
    claim.release()


def test_one_of_many_processes_gets_a_claim(tmp_path: Path) -> None:
    processes = [_start(tmp_path) for _ in range(6)]

    answers = sorted(map(_answer, processes))
    for process in processes:
        with process:
            process.communicate()

    assert answers == ["refused"] * 5 + ["taken"]


def test_thirty_two_claims_at_once_get_thirty_two_runs(tmp_path: Path) -> None:
    program = """
import sys
from ckpt_scheme.catalog import claim
from ckpt_scheme._lightning import claims
directory = claim(sys.argv[1], tag="sweep", model="net")
assert claims.take(str(directory), sys.argv[2]) is not None
print(directory)
"""

    def run(job: int) -> str:
        command = [sys.executable, "-c", program, str(tmp_path / "outputs"), str(job)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - above

    with ThreadPoolExecutor(32) as pool:
        directories = list(pool.map(run, range(32)))

    assert len(set(directories)) == 32
    assert [claims.job_of(directory) for directory in directories] == [str(job) for job in range(32)]
    assert sorted(map(str, (tmp_path / "outputs").iterdir())) == sorted(directories)


def test_fresh_claim_of_another_machine_is_refused_until_its_heartbeat_stops(tmp_path: Path) -> None:
    _write(tmp_path, host="elsewhere", pid=1)

    assert claims.holder(str(tmp_path)) == Holder(None, "elsewhere", 1)
    assert claims.take(str(tmp_path), None) is None

    _age(tmp_path, HEARTBEAT_TIMEOUT + 1)
    assert claims.holder(str(tmp_path)) is None
    claim = claims.take(str(tmp_path), None)
    assert claim is not None
    claim.release()


def test_claim_of_an_earlier_start_of_the_same_slurm_job_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, host="elsewhere", pid=1, allocation="12")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    before = claims.holder(str(tmp_path))

    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")

    assert before is not None
    assert claims.holder(str(tmp_path)) is None


@pytest.mark.usefixtures("without_locks")
def test_claim_without_locks_is_judged_by_its_process(tmp_path: Path) -> None:
    host = socket.gethostname()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    judged = []
    for pid in (os.getppid(), 1, ended.pid):
        _write(tmp_path, host=host, pid=pid)
        judged.append(claims.holder(str(tmp_path)) is not None)

    assert judged == [True, True, False]
    claim = claims.take(str(tmp_path), None)
    assert claim is not None
    claim.release()


def test_process_of_another_user_counts_as_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError(pid, number)

    monkeypatch.setattr(claims, "fcntl", None)
    monkeypatch.setattr(os, "kill", refuse)
    _write(tmp_path, host=socket.gethostname(), pid=1)

    assert claims.holder(str(tmp_path)) is not None


def test_claim_is_taken_on_a_disk_that_refuses_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(38, "no locks")

    assert claims.fcntl is not None
    monkeypatch.setattr(claims.fcntl, "lockf", refuse)
    claim = claims.take(str(tmp_path), None)

    assert claim is not None
    claim.release()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"job": 1, "host": 2, "pid": "x", "allocation": 3}'])
def test_damaged_claim_names_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    assert claims.holder(str(tmp_path)) is None
    assert claims.job_of(str(tmp_path)) is None


def test_claim_replaced_while_it_is_opened_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.stat
    replaced: list[str] = []

    def stat_of_a_busy_disk(path: str) -> os.stat_result:
        if not replaced:
            replaced.append(path)
            raise FileNotFoundError(path)
        return stat(path)

    monkeypatch.setattr(os, "stat", stat_of_a_busy_disk)
    claim = claims.take(str(tmp_path), None)

    assert replaced
    assert claim is not None
    claim.release()


def test_heartbeat_updates_the_modification_time_after_some_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claims.take(str(tmp_path), None)
    assert claim is not None
    _age(tmp_path, 1000)
    old = (tmp_path / NAME).stat().st_mtime

    claim.heartbeat()
    assert (tmp_path / NAME).stat().st_mtime == old

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 60)
    claim.heartbeat()
    assert (tmp_path / NAME).stat().st_mtime > old

    (tmp_path / NAME).unlink()
    monkeypatch.setattr(time, "monotonic", lambda: now + 120)
    claim.heartbeat()
    claim.release()


def test_url_and_missing_directory_have_no_holder(tmp_path: Path, memory_url: str) -> None:
    claims.note_job(f"{memory_url}/run", "3")

    assert claims.holder(f"{memory_url}/run") is None
    assert claims.job_of(f"{memory_url}/run") == "3"
    assert claims.holder(str(tmp_path / "missing")) is None
    assert claims.job_of(str(tmp_path / "missing")) is None
    claims.remove(str(tmp_path / "missing"))


class _Trainer:
    """A stand-in for a Trainer."""


def _identity() -> Identity:
    trainer: Any = _Trainer()
    return Identity.of(trainer)


def test_training_continues_if_the_claim_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()

    assert _identity().hold(f"{tmp_path}/file/run", None)

    assert "other processes cannot see this training" in caplog.text


def test_claim_that_is_held_is_not_taken_again(tmp_path: Path) -> None:
    identity = _identity()
    assert identity.hold(str(tmp_path), "1")
    before = (tmp_path / NAME).read_text(encoding="utf-8")

    assert identity.hold(str(tmp_path), "2")

    assert (tmp_path / NAME).read_text(encoding="utf-8") == before
    identity.release()


def test_url_or_a_directory_in_no_run_is_free_without_a_claim(memory_url: str) -> None:
    identity = _identity()

    assert identity.hold(f"{memory_url}/run", None)
    assert identity.hold(None, None)

    assert claims.job_of(f"{memory_url}/run") is None
    assert not identity.has_made(f"{memory_url}/run")


def test_run_with_a_file_in_it_is_not_abandoned(tmp_path: Path) -> None:
    identity = _identity()
    run = identity.begin(str(tmp_path), RunId.parse("ocr-dbnet_training_20251015_120000"), None)
    (Path(run.checkpoints) / "notes.txt").touch()

    assert not identity.abandon()

    assert Path(run.checkpoints, "notes.txt").exists()


def test_only_global_rank_0_warns() -> None:
    trainer: Any = SimpleNamespace(is_global_zero=False)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        InRunFolder._warn_once(trainer, "once")

    trainer.is_global_zero = True
    with pytest.warns(UserWarning, match="once"):
        InRunFolder._warn_once(trainer, "once")
