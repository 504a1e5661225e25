"""Roots in odd places: below one another, and below a directory that is gone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import has_state, observe
from cli_runner import invoke
from cli_trees import start
from migration_trees import STATE, File, Link, grow, manifest
from programs import finish

FOLDER = "run/checkpoints"
NAMES = ("epoch-01_step-000001.ckpt", "epoch-02_step-000002.ckpt", "epoch-03_step-000003.ckpt")


@pytest.mark.parametrize("command", [("migrate",), ("prune", "--keep-last", "1")])
def test_recursive_plan_leaves_trash_of_inner_root_alone(tmp_path: Path, command: tuple[str, ...]) -> None:
    inner = tmp_path / "inner"
    grow(inner, {f"{FOLDER}/{name}": File() for name in NAMES})
    before = manifest(inner)
    assert invoke("prune", inner, "--keep-last", "1", "--apply").exit_code == 0
    after = manifest(inner, state=True)

    result = invoke(command[0], tmp_path, *command[1:], "--recursive", "--apply", "--verbose")

    assert result.exit_code == 0
    assert STATE not in result.stdout
    assert manifest(inner, state=True) == after
    assert STATE not in invoke("migrate", tmp_path).stdout
    assert invoke("undo", inner).exit_code == 0
    assert manifest(inner) == before


def test_link_in_state_of_inner_root_protects_its_target(tmp_path: Path) -> None:
    nodes = {f"{FOLDER}/{name}": File() for name in NAMES}
    grow(tmp_path, {**nodes, f"inner/{STATE}/trash/000001/link": Link(f"../../../../{FOLDER}/{NAMES[0]}")})

    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0

    assert (tmp_path / FOLDER / NAMES[0]).exists()
    assert not (tmp_path / FOLDER / NAMES[1]).exists()


@pytest.mark.parametrize("command", ["migrate .", "migrate . --apply", "prune . --keep-last 1", "undo .", "trash ."])
def test_removed_working_directory_is_named(tmp_path: Path, command: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    call = f"import os; os.rmdir({str(gone)!r}); from ckpt_scheme.__main__ import main; raise SystemExit(main())"

    result = finish(start(sys.executable, "-c", call, *command.split(), cwd=gone))

    assert result.status == 1
    assert result.stderr == b"ckpt-scheme: .: the working directory was removed\n"


def test_relative_root_needs_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    for use in (observe, has_state):
        with pytest.raises(OperationError, match=r"^\.: the working directory was removed$"):
            use(".")
