"""Colours and progress on a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len

from cli_migrations import plan_file
from cli_runner import invoke
from cli_trees import (
    on_terminal,
    run,
)


def fitted(shown: str) -> list[str]:
    """Return the lines on a terminal, without the progress and its codes."""
    return [re.sub("\x1b\\[[?0-9;]*[a-zA-Z]|^.*\r", "", line) for line in shown.replace("\r\n", "\n").splitlines()]


def test_terminal_shows_meaning_in_colours(outputs: Path) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", "ls", "-l", cwd=outputs, streams=["stdout"])

    assert result.returncode == 0
    assert "\x1b[32mscheme\x1b[0m" in shown
    assert "\x1b[31mlast!\x1b[0m" in shown
    assert "\x1b[32mcheckpoints/last.ckpt\x1b[0m" in shown
    assert "\x1b[31mcheckpoints/epoch-8_step-1845.ckpt\x1b[0m" in shown
    assert "\x1b[1mRUN\x1b[0m" in shown


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminal_without_colours_shows_the_same_text(outputs: Path, env: dict[str, str]) -> None:
    coloured, _ = on_terminal("-m", "ckpt_scheme", "ls", "-l", cwd=outputs, streams=["stdout"])
    plain, _ = on_terminal("-m", "ckpt_scheme", "ls", "-l", cwd=outputs, streams=["stdout"], env=env)

    assert "\x1b" not in plain
    # Only the ages differ.
    assert [re.sub("[0-9]+[sm]", "", line) for line in fitted(plain)] == [
        re.sub("[0-9]+[sm]", "", line) for line in fitted(coloured)
    ]


def test_json_on_a_terminal_is_that_of_a_pipe(outputs: Path) -> None:
    shown, _ = on_terminal("-m", "ckpt_scheme", "ls", "--json", cwd=outputs, streams=["stdout"])

    assert shown.replace("\r\n", "\n") == run("ls", "--json", cwd=outputs).stdout.decode()


@pytest.mark.parametrize("columns", [80, 100, 60])
def test_rows_fit_the_terminal(outputs: Path, columns: int) -> None:
    long_run = outputs / ("x" * 120)
    long_run.mkdir()
    (long_run / "last.ckpt").touch()
    (long_run / "my \u2603 weights.safetensors").touch()
    (long_run / "\uc2e4\ud5d8\uc2e4\ud5d8\uc2e4\ud5d8\uc2e4\ud5d8\uc2e4\ud5d8\uc2e4\ud5d8\uc2e4\ud5d8.ckpt").touch()
    env = {"COLUMNS": str(columns), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}

    shown, _ = on_terminal("-m", "ckpt_scheme", "ls", "-l", cwd=outputs, streams=["stdout"], env=env)

    lines = fitted(shown)
    assert max(map(cell_len, lines)) <= columns
    assert any(re.match("x+\\.\\.\\.x+ ", line) for line in lines)
    assert any("\uc2e4" in line for line in lines)
    assert "  my \u2603 weights.safetensors: not read" in lines


def test_example_outputs_fit_80_columns_with_counts_latest_and_best() -> None:
    root = Path(__file__).parents[2]
    env = {"COLUMNS": "80", "NO_COLOR": "1"}

    shown, _ = on_terminal("-m", "ckpt_scheme", "ls", "docs/example-outputs", cwd=root, streams=["stdout"], env=env)

    lines = fitted(shown)
    assert max(map(len, lines)) <= 80
    # The widths of the first two columns depend on the ages.
    heads, *rows = [re.split(" +", line.rstrip()) for line in lines]
    assert heads == ["RUN", "FRAMEWORK", "CKPTS", "SIZE", "LATEST", "BEST", "AGE"]
    assert [re.sub(r"(.{8}).*\.\.\..*(.{7})", r"\1 \2", row[0]) for row in rows] == [
        "debug_mo _230640",
        "ocr_base _120000",
        "ocr_pl_refactor_phase1",
    ]
    assert [" ".join(row[2:-1]) for row in rows] == [
        "4 0 B last! ?",
        "5 0 B last 100/8400! hmean=0.8920!",
        "10 0 B last! hmean=0.8920!",
    ]


def test_ls_without_header_leaves_out_heads_on_a_terminal(outputs: Path) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", "ls", "--no-header", cwd=outputs, streams=["stdout"])

    assert fitted(shown)[0].startswith("my-exp ")
    assert result.stderr == b""


def test_empty_tree_prints_only_totals(tmp_path: Path) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", "ls", cwd=tmp_path, streams=["stdout"])

    assert (shown, result.stderr) == ("", b"0 runs, 0 checkpoints, 0 B\n")


@pytest.mark.parametrize(("command", "unit"), [("ls", "run"), ("check", "folder")])
def test_walk_shows_progress_on_stderr_only(outputs: Path, command: str, unit: str) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", command, ".", cwd=outputs, streams=["stderr"])

    assert result.stdout == run(command, ".", cwd=outputs).stdout
    assert re.search(f"1 {unit}, [0-9]+ checkpoint|[0-9]+ {unit}s, [0-9]+ checkpoint", shown)
    # The cursor is visible again, and the progress is erased.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.rindex("\x1b[2K") > shown.rindex(f"- 1 {unit}")


def test_walk_progress_is_redrawn_only_after_pause() -> None:
    script = (
        "from ckpt_scheme._cli.terminal import Progress\n"
        "times = iter([0.0, 0.05, 1.0, 2.0])\n"
        "progress = Progress('folder', lambda: next(times))\n"
        "for _ in range(4): progress.seen(1, 2)\n"
        "progress.clear()"
    )

    shown, result = on_terminal("-c", script, streams=["stderr"])

    assert result.returncode == 0

    found = re.findall("([0-9]) folders?, ([0-9]) checkpoints", shown)
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
        arguments = ["undo", str(tree)] if command == "undo" else ["trash", str(tree), "--empty", "--yes"]
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
        'with terminal.Bar("undo") as bar:\n'
        "    for done in range(1, 7): bar.show(done, 6)"
    )

    shown, result = on_terminal("-c", script, streams=["stderr"], env=ASCII)

    assert (result.returncode, result.stdout) == (0, b"")

    found = re.findall("([0-9]+)/([0-9]+)", shown)
    assert list(dict.fromkeys(found)) == [("1", "6"), ("3", "6"), ("5", "6"), ("6", "6")]
