"""``ckpt-scheme export``: a table of checkpoints in a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog_tables import FORMS, read
from catalog_trees import OTHER_RUN, RUN, grow
from cli_names import FOREIGN
from cli_runner import invoke
from cli_trees import on_terminal, run


def paths(path: Path) -> list[str]:
    return sorted(row["path"] for row in read(path))


@pytest.fixture
def trees(tmp_path: Path) -> Path:
    """Two trees of one run each, beside a folder for the tables."""
    grow(tmp_path, f"a/{RUN}/checkpoints/last.ckpt", f"b/{OTHER_RUN}/checkpoints/last.ckpt", "to/")
    return tmp_path


@pytest.mark.parametrize("form", FORMS)
def test_export_writes_and_updates_the_format_of_the_ending(form: str, trees: Path) -> None:
    target = trees / "to" / f"c.{form}"

    first = invoke("export", trees / "a", "-o", target)
    second = invoke("export", trees / "b", "-o", target)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stderr == f"{target}: 1 row written, 0 rows of other roots kept\n"
    assert second.stderr == f"{target}: 1 row written, 1 row of other roots kept\n"
    assert paths(target) == [f"{trees}/a/{RUN}/checkpoints/last.ckpt", f"{trees}/b/{OTHER_RUN}/checkpoints/last.ckpt"]
    assert first.stdout == ""


def test_export_takes_the_format_from_its_option(trees: Path) -> None:
    invoke("export", "--format", "csv", trees / "a", "-o", trees / "to" / "c")

    assert (trees / "to" / "c").read_text(encoding="utf-8").startswith("root,path,bucket,")


def test_export_writes_absolute_paths_of_the_working_directory(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trees / "a")
    invoke("export", "-o", "../to/c.jsonl")
    monkeypatch.chdir(trees)

    result = invoke("export", f"file://{trees}/a", "b/", "-o", "to/c.jsonl")

    assert result.stderr == "to/c.jsonl: 2 rows written, 0 rows of other roots kept\n"
    assert {row["root"] for row in read(trees / "to" / "c.jsonl")} == {f"{trees}/a", f"{trees}/b"}


def test_export_of_a_root_and_a_folder_below_it_writes_each_row_once(trees: Path) -> None:
    result = invoke("export", trees / "a", trees, f"{trees}/", "-o", trees / "to" / "c.csv")

    assert result.stderr.endswith(": 2 rows written, 0 rows of other roots kept\n")


def test_export_reads_roots_from_stdin(trees: Path) -> None:
    result = invoke("export", "-", "-o", trees / "to" / "c.csv", stdin=f"{trees}/a\n{trees}/b\n")

    assert result.stderr.endswith(": 2 rows written, 0 rows of other roots kept\n")


def test_export_keeps_rows_of_a_root_that_is_gone_and_exits_with_1(trees: Path) -> None:
    target = trees / "to" / "c.sqlite"
    invoke("export", trees / "a", "-o", target)
    (trees / "a").rename(trees / "moved")

    result = invoke("export", trees / "a", trees / "b", "-o", target)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"ckpt-scheme: cannot read {trees}/a: No such file or directory",
        f"{target}: 1 row written, 1 row of other roots kept",
    ]


def test_export_of_an_unknown_url_names_it_and_exports_the_rest(trees: Path) -> None:
    result = invoke("export", "nosuch://team", trees / "b", "-o", trees / "to" / "c.csv")

    assert result.exit_code == 1
    assert "cannot read nosuch://team: " in result.stderr
    assert result.stderr.endswith(": 1 row written, 0 rows of other roots kept\n")


def test_export_of_a_listing_replaces_the_rows_of_the_same_listing(trees: Path) -> None:
    target, listing = trees / "to" / "c.jsonl", trees / "list.txt"
    listing.write_text("run/last.ckpt\ngs://team/run/last.ckpt\n", encoding="utf-8")
    invoke("export", trees / "a", "-o", target)
    invoke("export", "--listing", listing, "-o", target)
    listing.write_text(f"run/best.ckpt\n{{\nrun/{FOREIGN}\n", encoding="utf-8")

    result = invoke("export", "--listing", listing, "-o", target)

    assert result.exit_code == 1
    assert f"{listing}:2: " in result.stderr
    assert {row["path"]: row["root"] for row in read(target)} == {
        "run/best.ckpt": str(listing),
        f"run/{FOREIGN}": str(listing),
        f"{trees}/a/{RUN}/checkpoints/last.ckpt": f"{trees}/a",
    }


def test_export_of_a_listing_on_stdin_has_the_root_of_stdin(trees: Path) -> None:
    invoke("export", "--listing", "-", "-o", trees / "to" / "c.csv", stdin="gs://team/run/last.ckpt\n")

    (row,) = read(trees / "to" / "c.csv")
    assert [row[name] for name in ("root", "bucket", "key")] == ["-", "team", "run/last.ckpt"]


def test_export_with_framework_writes_its_checkpoints_alone(trees: Path) -> None:
    grow(trees, "a/hf/checkpoint-500/a.bin", "a/l/epoch=3-step=1200.ckpt")

    invoke("export", "--framework", "lightning", trees / "a", "-o", trees / "to" / "c.csv")

    assert [row["framework"] for row in read(trees / "to" / "c.csv")] == ["lightning"]


def test_export_leaves_another_file_as_it_is_and_exits_with_1(trees: Path) -> None:
    target = trees / "to" / "notes.csv"
    target.write_text("my notes\n", encoding="utf-8")

    result = invoke("export", trees / "a", "-o", target)

    assert result.exit_code == 1
    assert result.stderr == (
        f"ckpt-scheme: {target} is not a catalog of this version, and is left as it is: it has other columns\n"
    )
    assert target.read_text(encoding="utf-8") == "my notes\n"


def test_export_to_a_folder_that_is_not_there_names_path_and_reason(trees: Path) -> None:
    result = invoke("export", trees / "a", "-o", trees / "nowhere" / "c.csv")

    assert result.exit_code == 1
    assert result.stderr == f"ckpt-scheme: cannot write {trees}/nowhere/c.csv: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "catalog"], "a name that ends in .parquet, .csv, .jsonl, .sqlite"),
        (["a", "--listing", "-", "-o", "c.csv"], "ROOT and --listing exclude each other"),
        (["--listing", "nowhere.txt", "-o", "c.csv"], "cannot read nowhere.txt"),
        ([], "Missing option '-o'"),
    ],
)
def test_export_refuses_wrong_arguments(
    arguments: list[str], message: str, trees: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trees)

    done = run("export", *arguments)

    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert not list(trees.glob("*.csv"))


def test_export_in_a_working_directory_that_is_gone_exits_with_1(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = trees / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    result = invoke("export", "-o", trees / "to" / "c.csv")

    assert result.exit_code == 1
    assert result.stderr.startswith("ckpt-scheme: cannot read .: No such file or directory\n")


def test_export_shows_progress_on_a_terminal(trees: Path) -> None:
    shown, done = on_terminal(
        "-m", "ckpt_scheme", "export", f"{trees}/a", "-o", f"{trees}/to/c.csv", streams=["stderr"]
    )

    assert done.returncode == 0
    assert re.search("1 runs?, 1 checkpoint", shown)
    assert done.stdout == b""


def test_export_refuses_columns_without_a_listing(tmp_path: Path) -> None:
    result = invoke("export", tmp_path, "-o", tmp_path / "c.csv", "--columns", "Key")

    assert (result.exit_code, (tmp_path / "c.csv").exists()) == (2, False)
