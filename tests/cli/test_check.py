"""``ckpt-scheme check``, and the pre-commit hook."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest

from ckpt_scheme._cli import commands, output
from ckpt_scheme.catalog._local import Disk
from cli_names import BAD, EPOCH, FOREIGN
from cli_runner import invoke, records
from cli_trees import (
    RUN,
    plant,
    run_script,
)


def test_check_prints_errors_below_directory(outputs: Path) -> None:
    result = invoke("check", str(outputs))

    assert (result.exit_code, result.stderr) == (1, "7 of 11 names do not conform\n")

    where = f"{outputs}/{RUN}/checkpoints"
    lines = dict(line.split(": invalid ", 1) for line in result.stdout.splitlines())
    assert list(lines) == [
        f"{outputs}/my-exp/checkpoints/last.ckpt",
        f"{where}/{BAD}",
        f"{where}/epoch=28-step=2436.ckpt",
        f"{where}/epoch=28.ckpt",
        f"{where}/~3~12.ckpt",
        rf"{where}/\u2603.ckpt",
        f"{where}/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
    ]
    assert lines[f"{where}/{BAD}"] == (
        f"checkpoint name '{BAD}': expected 2 to 18 digits, padded with zeros to 2 and no further at position 6,"
        " found '8_step-1845.ckpt' [CKS-020]; did you mean 'epoch-08_step-001845.ckpt'?"
    )
    assert lines[f"{where}/epoch=28-step=2436.ckpt"].endswith("; did you mean 'epoch-28_step-002436.ckpt'?")
    assert lines[f"{where}/epoch=28.ckpt"].endswith("[CKS-002]")
    assert lines[f"{outputs}/my-exp/checkpoints/last.ckpt"].startswith("checkpoint path ")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),  # a legacy name
        ("missing/epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),  # the same, in a directory
        ("LAST.ckpt", "last.ckpt"),  # capitals
        ("last.CKPT", "last.ckpt"),  # the same in the extension
        ("epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", "epoch-01_step-000546_loss-1.6217.ckpt"),
        ("missing/last.ckpt", None),  # the directory is no run
        (f"{RUN}/last.ckpt", None),  # not in the checkpoints folder of the run
        (f"{RUN}\\checkpoints/last.ckpt", f"{RUN}/checkpoints/last.ckpt"),  # a separator of another system
        (FOREIGN, None),  # a name of no format
    ],
)
def test_check_refuses_missing_path_with_wrong_name(path: str, suggestion: str | None) -> None:
    plain, as_json = invoke("check", path), invoke("check", "--json", path)

    assert (plain.exit_code, as_json.exit_code) == (1, 1)

    (record,) = records(as_json)

    assert record.keys() == {"path", "error"}
    assert (record["path"], record["error"]["suggestion"]) == (path, suggestion)
    assert plain.stdout == f"{output.escaped(path)}: {record['error']['message']}\n"


@pytest.mark.parametrize(
    "path",
    [
        "last.ckpt",  # a name is judged as a name
        EPOCH,
        f"{RUN}/checkpoints/last.ckpt",
        f"s3://team/{RUN}/checkpoints/{EPOCH}",
        f"./{RUN}//checkpoints/last.ckpt",
        "notes.txt",  # exists, and is no checkpoint
        ".",  # an empty directory
    ],
)
def test_check_accepts_canonical_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    plant(tmp_path, "notes.txt")
    monkeypatch.chdir(tmp_path)

    result = invoke("check", path)

    assert (result.exit_code, result.stdout) == (0, "")


def test_check_uses_run_of_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / RUN)

    for path in (".", "checkpoints", "./checkpoints/last.ckpt", "checkpoints/best.ckpt"):
        assert invoke("check", path).exit_code == 0


def test_check_refuses_missing_directory() -> None:
    result = invoke("check", "last.ckpt", "missing")

    assert (result.exit_code, result.stdout) == (2, "")


def test_check_skips_other_files_from_stdin() -> None:
    result = invoke("check", "-", stdin="missing\nsrc/main.py\nepoch=28.ckpt\n")

    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["epoch=28.ckpt"]


def test_check_does_not_enter_checkpoint_directory(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/last.ckpt/shard=0.ckpt")
    directory = f"{tmp_path}/{RUN}/checkpoints/last.ckpt"

    assert invoke("check", directory, f"{directory}/", str(tmp_path)).exit_code == 0
    assert invoke("check", f"{tmp_path}/../{tmp_path.name}/").exit_code == 0


def test_check_does_not_enter_state_directory_of_a_migration(tmp_path: Path) -> None:
    for folder in (".ckpt-scheme/trash/000001/run/checkpoints", "team/.ckpt-scheme/trash/000001", "team"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "epoch=3.ckpt").touch()

    result = invoke("check", tmp_path)

    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [f"{tmp_path}/team/epoch=3.ckpt"]


def test_pre_commit_hook_runs_check() -> None:
    root = Path(__file__).parents[2]
    lines = (root / ".pre-commit-hooks.yaml").read_text(encoding="ascii").splitlines()
    # The document is so plain that each line is a key and a value.
    matches = [re.fullmatch(r"(- |  )([a-z_]+): (.+)", line) for line in lines]
    pairs = [match.groups() for match in matches if match is not None]

    assert len(pairs) == len(lines)
    assert [indent for indent, _, _ in pairs] == ["- "] + ["  "] * (len(lines) - 1)

    hook = {key: value for _, key, value in pairs}
    fixed = {"id": "ckpt-scheme-check", "language": "python", "pass_filenames": "true"}
    assert {key: hook[key] for key in fixed} == fixed

    extra = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert json.loads(hook["additional_dependencies"]) == extra["cli"]

    files = re.compile(hook["files"].strip("'"))
    assert files.search("outputs/x/checkpoints/last.ckpt")
    assert not files.search("last_ckpt")

    # A name that begins with "-" is a name.
    program, command, end = hook["entry"].split()
    assert (program, end) == ("ckpt-scheme", "--")
    assert command in commands.main.list_commands(click.Context(commands.main))


def test_check_reports_folder_that_cannot_be_read_and_continues(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Disk.folder

    def folder(self: Disk, path: str) -> object:
        if path.endswith("my-exp"):
            raise PermissionError(13, "Permission denied", path)
        return read(self, path)

    monkeypatch.setattr(Disk, "folder", folder)

    result = invoke("check", outputs)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == f"ckpt-scheme: cannot read {outputs}/my-exp: Permission denied"
    assert f"{outputs}/{RUN}/checkpoints/{BAD}: " in result.stdout


@pytest.mark.parametrize(
    ("paths", "summary"),
    [
        (["last.ckpt"], "1 name checked, it conforms"),
        (["last.ckpt", "best.ckpt"], "2 names checked, all conform"),
        (["last.ckpt", "best-v1.ckpt"], "1 of 2 names does not conform"),
        (["best-v2.ckpt", "best-v1.ckpt"], "2 of 2 names do not conform"),
        ([__file__], "no name that ends in .ckpt"),
    ],
)
def test_check_ends_with_summary_on_stderr(paths: list[str], summary: str) -> None:
    text, as_json = invoke("check", *paths), invoke("check", "--json", *paths)

    assert (text.stderr, as_json.stderr) == (f"{summary}\n", "")


def test_check_counts_requirements_with_statistics() -> None:
    names = ["epoch-7_step-000001.ckpt", "epoch-8_step-000001.ckpt", "best-v1.ckpt", "last.ckpt"]

    text, as_json = invoke("check", "--statistics", *names), invoke("check", "--statistics", "--json", *names)

    assert (text.exit_code, as_json.exit_code) == (1, 1)
    assert text.stdout.splitlines() == [
        "      2  CKS-020  An epoch MUST be an integer from 0 to 10^18 - 1, padded with",
        "                  zeros to two digits and no further.",
        "                  for example epoch-7_step-000001.ckpt",
        "      1  CKS-002  A name MUST consist of the literals and fields of its rule, in",
        "                  the order and the letter case of the grammar, and of nothing",
        "                  else.",
        "                  for example best-v1.ckpt",
    ]
    assert records(as_json) == [
        {"requirement": "CKS-020", "count": 2, "example": "epoch-7_step-000001.ckpt"},
        {"requirement": "CKS-002", "count": 1, "example": "best-v1.ckpt"},
    ]


def test_check_prints_annotations_for_a_workflow() -> None:
    result = invoke("check", "--output-format", "github", "a,b/100%: best-v1.ckpt", "last.ckpt")

    assert result.exit_code == 1
    assert result.stdout == (
        "::error file=a%2Cb/100%25%3A best-v1.ckpt,title=CKS-002::invalid checkpoint name '100%25: best-v1.ckpt':"
        " expected a name that starts with 'epoch-', 'best' or 'last' at position 0, found '100%25: best-v1.ckpt'"
        " [CKS-002]\n"
    )


def test_check_prints_junit_with_a_case_for_each_name() -> None:
    result = invoke("check", "--output-format", "junit", "last.ckpt", "a\x1b<&.ckpt")

    (suite,) = ET.fromstring(result.stdout)  # noqa: S314 - our own text
    assert suite.attrib == {
        "name": "ckpt-scheme check",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    assert [case.get("name") for case in suite] == ["last.ckpt", r"a\x1b<&.ckpt"]
    (failure,) = suite.iter("failure")
    assert (failure.get("type"), failure.get("message", "")[:23]) == ("CKS-002", "invalid checkpoint name")


@pytest.mark.parametrize(
    "options",
    [
        ["--json", "--output-format", "json"],
        ["--statistics", "--output-format", "github"],
        ["--statistics", "--output-format", "junit"],
    ],
)
def test_check_refuses_options_that_exclude_each_other(options: list[str]) -> None:
    result = invoke("check", *options, "best-v1.ckpt")

    assert (result.exit_code, result.stdout) == (2, "")


def test_check_of_good_names_loads_only_the_core() -> None:
    path = f"{RUN}/checkpoints/last.ckpt"

    result = run_script(
        f"import sys; from ckpt_scheme._cli import commands; commands.run(['check', 'last.ckpt', {path!r}])\n"
        "print(sorted({'rich', 'ckpt_scheme.legacy', 'ckpt_scheme.catalog', 'json.decoder'} & sys.modules.keys()))"
    )

    assert result.stdout.splitlines()[-1] == b"['json.decoder']"
    assert result.stderr == b"2 names checked, all conform\n"
