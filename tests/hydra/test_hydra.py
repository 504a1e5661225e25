"""Run directories of the scheme for real jobs of Hydra: each job writes all its files in its own run."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import RunDirectory, RunId
from trainers import EXAMPLES, needs, output_of, run, start

needs("hydra", "omegaconf")

from omegaconf import OmegaConf  # noqa: E402 - after the check above
from omegaconf.errors import InterpolationResolutionError  # noqa: E402

import ckpt_scheme.hydra  # noqa: E402

SCRIPT: Final = "hydra/train.py"
WRITTEN: Final = [
    ".hydra/config.yaml",
    ".hydra/hydra.yaml",
    ".hydra/overrides.yaml",
    "checkpoints/last.ckpt",
    "logs/train.log",
]


def runs_in(root: Path) -> list[RunDirectory]:
    """Return the runs below *root*, in the order of their starts."""
    return sorted(RunDirectory.parse(path) for path in root.iterdir() if path.is_dir())


def files_in(run: RunDirectory) -> list[str]:
    return sorted(path.relative_to(run).as_posix() for path in Path(run).rglob("*") if path.is_file())


# --------------------------------------------------------------------------------------------------------------------
# Jobs.


def test_job_writes_everything_in_its_run(tmp_path: Path) -> None:
    run(SCRIPT, "experiment_tag=from_command_line", cwd=tmp_path)

    (found,) = runs_in(tmp_path / "outputs")
    assert (found.run.tag, found.run.model, found.run.phase) == ("from_command_line", "dbnet-resnet18", "training")
    assert files_in(found) == WRITTEN
    assert "trains with learning rate 0.1" in Path(found.logs, "train.log").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["outputs"]


def test_multirun_creates_a_run_for_each_job(tmp_path: Path) -> None:
    rates = ["0.1", "0.01", "0.001"]

    run(SCRIPT, "--multirun", f"learning_rate={','.join(rates)}", cwd=tmp_path)

    found = runs_in(tmp_path / "outputs")
    assert [files_in(each) for each in found] == [WRITTEN] * 3
    assert [Path(each.checkpoints, "last.ckpt").read_text(encoding="utf-8") for each in found] == [
        f"weights of {rate}\n" for rate in rates
    ]
    assert [path.name for path in (tmp_path / "outputs").iterdir() if path.is_file()] == ["multirun.yaml"]


def test_jobs_of_one_second_have_different_runs(tmp_path: Path) -> None:
    processes = [start(SCRIPT, f"learning_rate={rate}", cwd=tmp_path) for rate in (1, 2, 3)]
    for process in processes:
        output_of(process)

    found = runs_in(tmp_path / "outputs")

    assert [files_in(each) for each in found] == [WRITTEN] * 3


def test_job_with_a_given_directory_resumes_its_run(tmp_path: Path) -> None:
    run(SCRIPT, cwd=tmp_path)
    (first,) = runs_in(tmp_path / "outputs")

    run(SCRIPT, f"hydra.run.dir={first}", "learning_rate=0.5", cwd=tmp_path)

    assert runs_in(tmp_path / "outputs") == [first]
    assert Path(first.checkpoints, "last.ckpt").read_text(encoding="utf-8") == "weights of 0.5\n"
    assert Path(first.logs, "train.log").read_text(encoding="utf-8").count("trains with learning rate") == 2


# --------------------------------------------------------------------------------------------------------------------
# The resolvers.


def config(interpolation: str, **values: object) -> Any:  # noqa: ANN401 - OmegaConf carries no types
    return OmegaConf.create({"dir": interpolation, "again": "${dir}", **values})


@pytest.mark.parametrize(
    ("arguments", "like"),
    [("ocr,dbnet", "ocr-dbnet_training"), ("ocr,dbnet-resnet18,fine-tuning", "ocr-dbnet-resnet18_fine-tuning")],
)
def test_resolver_of_a_directory_makes_it_once(arguments: str, like: str, tmp_path: Path) -> None:
    made = config(f"${{ckpt_scheme.run_dir:{tmp_path},{arguments}}}")

    directory = RunDirectory.parse(made.dir)

    assert made.again == made.dir == OmegaConf.to_container(made, resolve=True)["dir"]  # type: ignore[call-overload, index]
    assert directory.format().startswith(f"{tmp_path}/{like}_")
    assert [path.name for path in tmp_path.iterdir()] == [directory.run.format()]
    assert sorted(path.name for path in Path(directory).iterdir()) == ["checkpoints", "logs"]


def test_resolver_of_a_name_makes_the_directory_and_returns_its_name(tmp_path: Path) -> None:
    made = config("${ckpt_scheme.run_id:${root},ocr,dbnet}", root=str(tmp_path))

    assert RunId.parse(made.dir).tag == "ocr"
    assert [path.name for path in tmp_path.iterdir()] == [made.dir]


def test_functions_of_one_second_make_different_directories(tmp_path: Path) -> None:
    first = ckpt_scheme.hydra.run_dir(str(tmp_path), "ocr", "dbnet")
    second = ckpt_scheme.hydra.run_id(str(tmp_path), "ocr", "dbnet", phase="training")

    assert {Path(first).name, second} == {path.name for path in tmp_path.iterdir()}
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("arguments", ["ocr-1,dbnet", "2024,dbnet", "ocr,dbnet-", "ocr,dbnet,fine_tuning", "ocr,null"])
def test_resolver_refuses_fields_outside_the_grammar(arguments: str, tmp_path: Path) -> None:
    with pytest.raises(InterpolationResolutionError, match="FieldError"):
        _ = config(f"${{ckpt_scheme.run_dir:{tmp_path},{arguments}}}").dir

    assert not list(tmp_path.iterdir())


def test_second_import_registers_the_resolvers_again(tmp_path: Path) -> None:

    OmegaConf.clear_resolvers()

    importlib.reload(ckpt_scheme.hydra)

    assert RunDirectory.is_valid(config(f"${{ckpt_scheme.run_dir:{tmp_path},ocr,dbnet}}").dir)


def test_guide_shows_the_configuration_of_the_example() -> None:
    guide = (EXAMPLES.parent / "docs" / "hydra.md").read_text(encoding="utf-8")
    hydra = (EXAMPLES / "hydra" / "config.yaml").read_text(encoding="utf-8").partition("hydra:\n")[2]

    assert hydra in guide
