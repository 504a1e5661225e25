"""Colours and progress on a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from cli_migrations import plan_file
from cli_runner import invoke
from cli_trees import (
    on_terminal,
    run,
)


def test_terminal_shows_colours(outputs: Path) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", "ls", cwd=outputs, streams=["stdout"])

    assert result.returncode == 0
    assert re.search("\x1b\\[32mcanonical *\x1b\\[0m", shown)
    assert re.search("\x1b\\[32mcanonical\\* *\x1b\\[0m", shown)
    assert re.search("\x1b\\[33mlegacy *\x1b\\[0m", shown)
    assert re.search("\x1b\\[31munknown *\x1b\\[0m", shown)

    plain = run("ls", cwd=outputs).stdout.decode()

    assert re.sub("\x1b\\[[0-9]+m", "", shown).replace("\r\n", "\n") == plain


@pytest.mark.parametrize(
    ("arguments", "env"), [(["ls"], {"NO_COLOR": "1"}), (["ls"], {"TERM": "dumb"}), (["ls", "--json"], {})]
)
def test_terminal_without_colours_shows_plain_text(outputs: Path, arguments: list[str], env: dict[str, str]) -> None:
    shown, _ = on_terminal("-m", "ckpt_scheme", *arguments, cwd=outputs, streams=["stdout"], env=env)

    assert shown.replace("\r\n", "\n") == run(*arguments, cwd=outputs).stdout.decode()


@pytest.mark.parametrize("command", ["ls", "check"])
def test_walk_shows_progress_on_stderr_only(outputs: Path, command: str) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", command, ".", cwd=outputs, streams=["stderr"])

    assert result.stdout == run(command, ".", cwd=outputs).stdout
    assert re.search("[0-9]+ directories, [0-9]+ checkpoints", shown)
    # The cursor is visible again, and the progress is erased.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.rindex("\x1b[2K") > shown.rindex("directories")


def test_progress_does_not_mix_with_lines(outputs: Path) -> None:
    shown, _ = on_terminal("-m", "ckpt_scheme", "ls", cwd=outputs, streams=["stdout", "stderr"], env={"NO_COLOR": "1"})

    assert "directories" in shown
    for line in run("ls", cwd=outputs).stdout.decode().splitlines():
        assert re.search(f"(^|\n|\x1b\\[2K|\x1b\\[\\?25h){re.escape(line)}\r\n", shown)


def test_walk_progress_is_redrawn_only_after_pause() -> None:
    script = (
        "from ckpt_scheme._cli.terminal import Progress\n"
        "times = iter([0.0, 0.05, 1.0, 2.0])\n"
        "progress = Progress(lambda: next(times))\n"
        "for _ in range(4): progress.seen(1, 2)\n"
        "progress.clear()"
    )

    shown, result = on_terminal("-c", script, streams=["stderr"])

    assert result.returncode == 0

    found = re.findall("([0-9]) directories, ([0-9]) checkpoints", shown)
    assert list(dict.fromkeys(found)) == [("1", "2"), ("3", "6"), ("4", "8")]


# The progress bar uses the characters of the terminal's encoding.
ASCII: Final = {"PYTHONIOENCODING": "ascii"}


@pytest.mark.parametrize("command", ["migrate", "plan", "undo", "trash"])
def test_migration_shows_progress_on_stderr_only(tree: Path, command: str) -> None:
    arguments = ["migrate", str(tree), "--apply", "--delete-old"]
    if command == "plan":
        arguments = ["migrate", "--plan", str(plan_file(tree, "--delete-old")), "--apply"]
    elif command != "migrate":
        invoke(*arguments)
        arguments = ["undo", str(tree)] if command == "undo" else ["trash", str(tree), "--empty"]
    total = 1 if command == "trash" else 3

    shown, result = on_terminal("-m", "ckpt_scheme", *arguments, streams=["stderr"], env=ASCII)

    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert result.stdout.splitlines()
    assert f"{total}/{total}" in shown
    # The cursor is visible again, and the progress is erased.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.rindex("\x1b[2K") > shown.rindex(f"{total}/{total}")


def test_migration_progress_is_redrawn_only_after_pause_or_at_end() -> None:
    script = (
        "import types\n"
        "from ckpt_scheme._cli import terminal\n"
        "times = iter([0.0, 0.05, 0.1, 0.15, 1.0, 1.05])\n"
        "terminal.time = types.SimpleNamespace(monotonic=lambda: next(times))\n"
        "with terminal.Bar() as bar:\n"
        "    for done in range(1, 7): bar.show(done, 6)"
    )

    shown, result = on_terminal("-c", script, streams=["stderr"], env=ASCII)

    assert (result.returncode, result.stdout) == (0, b"")

    found = re.findall("([0-9]+)/([0-9]+)", shown)
    assert list(dict.fromkeys(found)) == [("1", "6"), ("3", "6"), ("5", "6"), ("6", "6")]
