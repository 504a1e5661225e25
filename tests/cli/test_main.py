"""The program as a whole: help, exit status, usage errors and imports."""

from __future__ import annotations

import re
from typing import Final

import click
import pytest

from ckpt_scheme._cli import commands
from cli_runner import invoke
from cli_trees import (
    run,
    run_script,
)

COMMANDS: Final[tuple[list[str], ...]] = (
    [],
    *([name] for name in commands.main.list_commands(click.Context(commands.main))),
    *(["format", name] for name in ("run", "epoch", "best", "last", "-")),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(command: list[str]) -> None:
    result = invoke(*command, "--help")

    assert result.exit_code == 0

    usage, _, examples = result.stdout.partition("Examples:\n")
    assert usage.startswith("Usage: ")

    lines = examples.splitlines()
    assert all(line.startswith("    ") for line in lines)
    assert any(" ".join(["ckpt-scheme", *command]) in line for line in lines)


def test_version_is_printed() -> None:
    assert run("--version").stdout.startswith(b"ckpt-scheme, version 0.")


@pytest.mark.parametrize(("arguments", "status"), [("last.ckpt", 0), ("nonsense", 1), ("--nonsense", 2)])
def test_process_exits_with_status_of_command(arguments: str, status: int) -> None:
    result = run("parse", arguments)

    assert (result.returncode, result.stderr == b"") == (status, status == 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate", "missing\x1b[2J"],
        ["check", "missing\x1b[2J"],
        ["parse", "--\x1b[2J"],
        ["\x1b[2J"],
        ["format", "best", "--metric", "\x1b[2J"],
        ["glob", "--kind", "\x1b[2J"],
        ["glob", "--epoch", "\x1b[2J"],
        ["ls", "--mode", "min"],
        ["format"],
        [],
    ],
)
def test_usage_error_holds_no_control_characters(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(arguments) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch("Usage: ckpt-scheme[ -~]*\nckpt-scheme: [ -~]+\n", printed.err)


def test_run_returns_status_of_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert [commands.run(arguments) for arguments in (["--help"], ["parse", "last.ckpt"], ["parse", "nonsense"])] == [
        0,
        0,
        1,
    ]
    assert capsys.readouterr().err.startswith("ckpt-scheme: invalid run id 'nonsense'")


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_extra_is_named_with_the_command_that_installs_it(missing: str) -> None:
    result = run_script(
        f"import sys; sys.modules[{missing!r}] = None\nfrom ckpt_scheme.__main__ import main\nsys.exit(main())"
    )

    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().splitlines() == [
        f"ckpt-scheme: the command line needs {missing}: pip install 'ckpt-scheme[cli]'",
        "Without an installation: uvx --from 'ckpt-scheme[cli]' ckpt-scheme --help",
    ]


def test_core_does_not_load_command_line() -> None:
    result = run_script(
        "import sys, ckpt_scheme\n"
        "for name in ckpt_scheme.__all__: getattr(ckpt_scheme, name)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'click', 'rich'} or 'cli' in name.split('.')])"
    )

    assert (result.stdout, result.stderr) == (b"[]\n", b"")


def test_help_shows_the_whole_summary_of_each_command() -> None:
    lines = run("--help", env={"COLUMNS": "80"}).stdout.decode().partition("Commands:\n")[2].partition("\n\n")[0]

    summaries = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in lines.splitlines()}
    assert list(summaries) == commands.main.list_commands(click.Context(commands.main))
    assert [name for name, text in summaries.items() if text.endswith("...") or not text.endswith(".")] == []


def test_help_shows_the_first_sentence_of_each_command_without_loading_it() -> None:
    context = click.Context(commands.main)
    lines = run("--help", env={"COLUMNS": "80"}).stdout.decode().partition("Commands:\n")[2].partition("\n\n")[0]
    loaded = run_script(
        "import sys\n"
        "from ckpt_scheme._cli import commands\n"
        "commands.run(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('ckpt_scheme.') and name.endswith('.listing')])"
    )

    summaries = dict(line.split(maxsplit=1) for line in lines.splitlines())
    for name, summary in summaries.items():
        command = commands.main.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(limit=200) == summary.rstrip()
    assert loaded.stdout.endswith(b"[]\n")
