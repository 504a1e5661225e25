"""Each logger of the example writes in the ``logs`` of the run, and a resumed training keeps the run and its logs."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from ckpt_scheme import EpochCheckpoint, RunDirectory
from trainers import needs, run, run_here

needs("lightning", "mlflow", "tensorboard", "torch", "wandb")


def train(cwd: Path, logger: str, *arguments: str) -> Path:
    """Run the example, and return the `log_dir` of its Trainer. W&B logs until its process ends, so it has its own."""
    script = "lightning_logs/train.py"
    if logger == "wandb":
        output = run(script, logger, *arguments, cwd=cwd, WANDB_SILENT="true")
    else:
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            run_here(script, logger, *arguments)
        output = stream.getvalue()
    return cwd / output.split()[-1]


@pytest.mark.filterwarnings("ignore")  # the libraries warn of each other's releases
@pytest.mark.parametrize(
    ("logger", "log_dirs", "files"),
    [
        ("csv", ["version_0", "version_1"], ["version_0/metrics.csv", "version_1/metrics.csv"]),
        ("tensorboard", ["", ""], ["events.out.tfevents.*"] * 2),
        ("wandb", ["", ""], ["wandb/offline-run-*/run-*.wandb"] * 2),
        ("mlflow", ["", ""], ["*/*/metrics/val/hmean"] * 2),
    ],
)
def test_logger_writes_in_the_run_and_resuming_keeps_run_and_logs(
    logger: str,
    log_dirs: list[str],
    files: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EXPERIMENT_TAG", raising=False)
    monkeypatch.setenv("RUN_DIR", "")
    first = train(tmp_path, logger)
    (path,) = Path("outputs").iterdir()
    directory = RunDirectory.parse(path)
    logged = {file: file.read_bytes() for file in Path(directory.logs).glob(files[0]) if file.suffix != ".wandb"}

    second = train(tmp_path, logger, "--resume", f"{directory.checkpoints}/last.ckpt")

    assert [first, second] == [tmp_path / directory.logs / log_dir for log_dir in log_dirs]
    assert [path.name for path in Path("outputs").iterdir()] == [directory.run.format()]
    assert sorted(path.name for path in Path(directory).iterdir()) == ["checkpoints", "logs"]
    assert len({file for pattern in files for file in Path(directory.logs).glob(pattern)}) == 2
    assert all(file.read_bytes() == content for file, content in logged.items())
    assert Path(directory.logs, "config.yaml").is_file()
    assert Path(directory.checkpoints, str(EpochCheckpoint(epoch=3, step=8))).is_file()
    assert {path.name for path in Path.cwd().iterdir()} == {"outputs"}


def test_processes_of_one_training_share_a_run(tmp_path: Path) -> None:
    run("lightning_logs/train.py", "csv", "--devices", "2", cwd=tmp_path, RUN_DIR="")

    (path,) = (tmp_path / "outputs").iterdir()
    directory = RunDirectory.parse(path)
    assert sorted(file.name for file in Path(directory.logs).iterdir()) == ["config.yaml", "version_0"]
    assert Path(directory.logs, "version_0", "metrics.csv").is_file()
    assert Path(directory.checkpoints, str(EpochCheckpoint(epoch=1, step=2))).is_file()
