"""``ckpt-scheme completion``, and the words that a shell completes."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ckpt_scheme._cli import commands
from cli_runner import invoke
from cli_trees import plant, run, run_bash


def completed(*words: str, cwd: Path) -> list[str]:
    """Return the type and the value of each word that the program offers to bash for the last of *words*."""
    line = " ".join(["ckpt-scheme", *words])
    env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_CKPT_SCHEME_COMPLETE": "bash_complete"}
    result = run(cwd=cwd, env=env)
    assert result.stderr == b""
    return result.stdout.decode().splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_script_of_shell(shell: str) -> None:
    result = invoke("completion", shell)

    assert result.exit_code == 0
    assert f"_CKPT_SCHEME_COMPLETE={shell}_complete" in result.stdout


def test_bash_runs_the_script() -> None:
    script = invoke("completion", "bash").stdout

    done = run_bash(f"{script}\ncomplete -p ckpt-scheme")

    assert done.stdout.startswith(b"complete -o nosort -F _ckpt_scheme_completion ckpt-scheme")
    assert done.stderr == b""


def test_commands_complete(tmp_path: Path) -> None:
    assert completed("de", cwd=tmp_path) == ["plain,decode"]


@pytest.mark.parametrize(
    "command", ["ls", "check", "decode", "parse", "identify", "migrate", "prune", "undo", "trash", "report"]
)
def test_paths_complete(tmp_path: Path, command: str) -> None:
    assert completed(command, "outp", cwd=tmp_path) == ["file,outp"]


def test_frameworks_complete(tmp_path: Path) -> None:
    assert completed("decode", "--framework", "megatron-l", cwd=tmp_path) == ["plain,megatron-lm"]


def test_kinds_complete(tmp_path: Path) -> None:
    assert completed("glob", "--kind", "be", cwd=tmp_path) == ["plain,best"]


def test_metrics_of_the_tree_complete(tmp_path: Path) -> None:
    plant(tmp_path, "runs/a/best-hmean-0.8920.ckpt", "runs/b/best-loss-0.1000.ckpt", "runs/b/last.ckpt")

    assert completed("ls", "runs", "--best", "", cwd=tmp_path) == ["plain,hmean", "plain,loss"]
    assert completed("ls", "--best", "h", cwd=tmp_path) == ["plain,hmean"]


def test_click_reads_the_variable_of_the_script() -> None:
    script = invoke("completion", "bash").stdout

    context = click.Context(commands.main, info_name="ckpt-scheme")
    assert context.info_name is not None
    assert f"_{context.info_name.replace('-', '_').upper()}_COMPLETE=" in script
