"""Plans, operations and the trash on a terminal."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme._cli.columns import folded
from cli_migrations import DIRECTORY, EARLY, EARLY_NEW, NEW, OLD
from cli_runner import invoke
from cli_trees import on_terminal
from migration_trees import STATE, File, grow

RUN: Final = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
NO_COLOUR: Final = {"NO_COLOR": "1"}


def shown(root: Path, *arguments: str, width: int = 80) -> list[str]:
    """Return the lines that a command prints on a terminal of this width."""
    env = {**NO_COLOUR, "COLUMNS": str(width)}
    text, _ = on_terminal("-m", "ckpt_scheme", *arguments, cwd=root, streams=["stdout"], env=env)
    return text.replace("\r\n", "\n").splitlines()


@pytest.fixture
def long_names(tmp_path: Path) -> Path:
    folder = f"{RUN}/checkpoints"
    names = ("epoch=2-step=168-val_loss=0.2000.ckpt", "epoch=12-step=1008-val_loss=0.2000.ckpt", "model_epoch_3.ckpt")
    grow(tmp_path, {f"{folder}/{name}": File() for name in names})
    return tmp_path


def test_preview_folds_long_lines(long_names: Path) -> None:
    assert shown(long_names, "migrate", ".", "--delete-old") == [
        f"{RUN}/checkpoints",
        "  (106 B to discard)",
        "  rename    epoch=12-step=1008-val_loss=0.2000.ckpt",
        "            -> epoch-12_step-001008_val_loss-0.2000.ckpt",
        "            lightning/measured-epoch; stays: epoch 12 is not before 10",
        "  discard   epoch=2-step=168-val_loss=0.2000.ckpt  epoch 2 is before 10",
        "  conflict  model_epoch_3.ckpt  its name is ambiguous: common/epoch reads it,",
        "            and other programs write this spelling too: rename it by hand",
        "note: Lightning stores the paths of other checkpoints inside each file",
        "      (best_model_path, best_k_models, last_model_path). After a rename those",
        "      paths are stale, so a resumed run keeps one extra file",
        "1 to rename, 1 to discard (106 B), 1 in conflict, 0 left as they are",
    ]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_fit_the_terminal_and_hold_the_words_of_a_pipe(long_names: Path, width: int) -> None:
    for arguments in (
        ("migrate", ".", "--delete-old", "--verbose"),
        ("migrate", ".", "--delete-old", "--apply"),
        ("undo", ".", "--list"),
        ("trash", "."),
        ("trash", ".", "--check"),
        ("undo", "."),
        ("prune", ".", "--keep-last", "1", "--verbose"),
    ):
        lines = shown(long_names, *arguments, width=width)
        # Only a name, or the command to copy with its path, may be wider.
        wide = [line for line in lines if len(line) > width and line.split() != [line]]
        assert [line for line in wide if not line.startswith("to put it back: ")] == []
        assert not any(line.endswith(" ") for line in lines)
        if arguments[0] == "prune":
            piped = invoke("prune", long_names, *arguments[2:]).stdout
            assert " ".join(lines).split() == piped.split()


def test_acts_have_the_colours_of_their_meaning(tree: Path) -> None:
    text, result = on_terminal("-m", "ckpt_scheme", "migrate", str(tree), "--delete-old", "-v", streams=["stdout"])

    assert result.returncode == 0
    assert "  \x1b[32mrename\x1b[0m    " in text
    assert "  \x1b[31mdiscard\x1b[0m   " in text
    assert "  \x1b[2mkeep\x1b[0m      " in text


def test_undo_prints_each_folder_once(tree: Path) -> None:
    assert invoke("migrate", tree, "--delete-old", "--apply").exit_code == 0

    assert shown(tree, "undo", ".") == [
        DIRECTORY,
        f"  restore   {EARLY}  from the trash",
        f"  rename    {NEW} -> {OLD}",
        f"  rename    {NEW}.md5 -> {OLD}.md5",
        "3 put back",
    ]
    assert shown(tree, "undo", ".", "2") == [
        DIRECTORY,
        f"  rename    {OLD}.md5 -> {NEW}.md5",
        f"  rename    {OLD} -> {NEW}",
        f"  discard   {EARLY}  to the trash again",
        "2 put back, 1 discarded again",
    ]


def test_operations_and_trash_are_tables(tree: Path) -> None:
    assert shown(tree, "trash", ".") == ["0 in the trash, 0 B"]
    assert shown(tree, "undo", ".", "--list") == []

    assert invoke("migrate", tree, "--delete-old", "--apply").exit_code == 0
    size = (tree / STATE / "trash/000001" / DIRECTORY / EARLY).stat().st_size

    head, operation = shown(tree, "undo", ".", "--list")
    assert head.split() == ["OPERATION", "ACTION", "AGE", "UNDOES", "ACTS", "END"]
    assert operation.split()[:2] + operation.split()[3:] == ["1", "migrate", "-", "3", "done"]

    head, discarded, total = shown(tree, "trash", ".")
    assert head.split() == ["OPERATION", "AGE", "SIZE", "PATH"]
    assert discarded.split()[0] == "1"
    assert discarded.endswith(f"  {size} B  {DIRECTORY}/{EARLY}")
    assert total == f"1 in the trash, {size} B"

    assert shown(tree, "trash", ".", "--check") == [
        "OPERATION  UNDOABLE  LEFT",
        "        1         3     0",
        "0 damaged, 0 without a journal",
    ]


def test_prune_says_how_many_names_it_does_not_judge(tree: Path) -> None:
    grow(tree, {f"{DIRECTORY}/{EARLY_NEW}": File()})

    result = invoke("prune", tree, "--keep-last", "1")

    assert result.stdout == "0 to discard, 4 left as they are (2 of them not in the scheme; see migrate)\n"


def test_folded_cuts_no_piece() -> None:
    pieces = ["aaa", "bb bb", "", "c" * 30, "d"]

    for width in range(10, 40):
        lines = list(folded("first", pieces, width, indent=2))
        assert lines[0].startswith("first")
        assert all(len(line) <= width or line.strip() in pieces for line in lines)
        assert all(line.startswith("  ") for line in lines[1:])
        assert list(itertools.chain(*map(str.split, lines))) == " ".join(["first", *pieces]).split()


def test_paths_of_the_trash_are_whole(tmp_path: Path) -> None:
    run = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000/checkpoints"
    names = [f"epoch-0{number}_step-000001_hmean-0.1000.ckpt" for number in (1, 2)]
    grow(tmp_path, [*(f"{run}/{name}" for name in names), *(f"a/checkpoints/{name}" for name in names)])
    assert invoke("prune", tmp_path, "--keep-last", "1", "--apply").exit_code == 0

    head, one, other, *folder_and_name, first, second, rest, total = shown(tmp_path, "trash", ".")

    assert head.split() == ["OPERATION", "AGE", "SIZE", "PATH"]
    assert one.split()[-1] == f"a/checkpoints/{names[0]}"
    assert folder_and_name == [f"    {run}/", f"    {names[0]}"]
    assert other.split()[0] == "1"
    size = len(f"a/checkpoints/{names[0]}\n"), len(f"{run}/{names[0]}\n")
    assert first == f"a/checkpoints: 1 in the trash, {size[0]} B"
    assert (second, rest) == (f"{run}:", f"    1 in the trash, {size[1]} B")
    assert total == f"2 in the trash, {sum(size)} B"


def test_names_of_any_script_are_readable_on_a_terminal(tmp_path: Path) -> None:
    run = "\u5b9e\u9a8c/checkpoints"
    grow(tmp_path, [f"{run}/epoch-0{number}_step-000001.ckpt" for number in (1, 2)])

    folder, *_ = shown(tmp_path, "prune", ".", "--keep-last", "1")
    piped, *_ = invoke("prune", tmp_path, "--keep-last", "1").stdout.splitlines()

    assert folder.startswith(run)
    assert piped.startswith("\\u5b9e\\u9a8c/checkpoints")
