"""A small tree to migrate, and the output of the command line for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from click.testing import Result

from cli_runner import invoke
from migration_trees import STATE, File, Node

DIRECTORY: Final = "run/checkpoints"
OLD: Final = "epoch=12-step=100.ckpt"
NEW: Final = "epoch-12_step-000100.ckpt"
EARLY: Final = "epoch=3-step=50.ckpt"
EARLY_NEW: Final = "epoch-03_step-000050.ckpt"

TREE: Final[Mapping[str, Node]] = {
    f"{DIRECTORY}/{OLD}": File(),
    f"{DIRECTORY}/{OLD}.md5": File(),
    f"{DIRECTORY}/{EARLY}": File(),
    f"{DIRECTORY}/last.ckpt": File(),
}

MOVES: Final = {
    f"{DIRECTORY}/{OLD}": f"{DIRECTORY}/{NEW}",
    f"{DIRECTORY}/{OLD}.md5": f"{DIRECTORY}/{NEW}.md5",
    f"{DIRECTORY}/{EARLY}": f"{DIRECTORY}/{EARLY_NEW}",
}

# A file of the tree holds its own path and a line feed.
SIZE: Final = f"{len(f'{DIRECTORY}/{EARLY}') + 1} B"
TRASHED: Final = f"{STATE}/trash/000001/{DIRECTORY}/{EARLY}"


def lines(result: Result) -> list[str]:
    """Return the printed lines without the notes."""
    return [line for line in result.stdout.splitlines() if not line.startswith("note: ")]


def complaints(result: Result) -> list[str]:
    return [line.removeprefix("ckpt-scheme: ") for line in result.stderr.splitlines()]


def usage_error(result: Result) -> str:
    """Return the message about a command line with wrong usage."""
    assert result.exit_code == 2
    assert result.stdout == ""
    *_, last = result.stderr.splitlines()
    return last.removeprefix("Error: ")


def summary(counts: str, root: Path | None = None, number: int = 1) -> list[str]:
    """Return the last lines: the counts, and the command that undoes the operation, if there was one."""
    return [counts] if root is None else [counts, f"to put it back: ckpt-scheme undo {root} {number}"]


WIDTH: Final = len(f"{OLD} -> {NEW}")
STAYS: Final = "stays: epoch 12 is not before 10"


def plan_file(tree: Path, *arguments: str) -> Path:
    """Write the plan for *tree* to a file beside it."""
    path = tree.with_name(f"{tree.name}.plan")
    path.write_text(invoke("migrate", tree, "--json", *arguments).stdout)
    return path
