"""``ckpt-scheme ls``: the runs as rows, as paths and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from catalog_trees import chosen, grow, write_later
from ckpt_scheme import catalog, legacy
from ckpt_scheme._cli import output, table, views
from cli_names import BAD, FOREIGN, HF, TWO_READERS
from cli_runner import invoke, records
from cli_trees import EMPTY_RUN, OTHER_RUN, RUN, plant, run_script

TIME = "2025-10-09T08:53:20+00:00"


def rows(*arguments: object, obj: object = None) -> list[list[str]]:
    """Return the cells of the rows that are printed, without the heads."""
    result = invoke("ls", *arguments, obj=obj)
    assert result.exit_code == 0
    return [line.split("\t") for line in result.stdout.splitlines()[1:]]


def test_ls_prints_one_complete_row_a_run(tmp_path: Path) -> None:
    grow(
        tmp_path, f"{RUN}/checkpoints/epoch-22_step-001932.ckpt", f"{RUN}/checkpoints/best-hmean-0.8920.ckpt", size=500
    )
    grow(tmp_path, "hf/checkpoint-500/model.safetensors", "hf/checkpoint-900/model.safetensors", size=700)
    grow(tmp_path, f"{EMPTY_RUN}/", f"{OTHER_RUN}.tar.zst", size=9)

    result = invoke("ls", tmp_path)

    assert result.exit_code == 0
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        ["RUN", "FRAMEWORK", "CKPTS", "SIZE", "LATEST", "BEST", "MODIFIED", "WARNINGS"],
        [f"{OTHER_RUN}.tar.zst", "archive", "0", "9", "-", "-", TIME, ""],
        ["hf", HF, "2", "1400", "step 900", "-", TIME, ""],
        [EMPTY_RUN, "-", "0", "0", "-", "-", "", "no_checkpoints"],
        [RUN, "scheme", "2", "1000", "22/1932", "hmean=0.8920", TIME, ""],
    ]
    assert result.stderr == "4 runs, 4 checkpoints, 2.41 kB\n"


def test_ls_row_marks_uncertain_answers(tmp_path: Path) -> None:
    grow(tmp_path, "a/last.ckpt", "a/epoch-03_step-000300.ckpt", "b/epoch_3.pth", "b/iter_500.pth")
    grow(tmp_path, "c/best-acc-0.5000.ckpt", "c/best-acc-0.7000.ckpt", "d/epoch=3.ckpt", "e/\u2603.ckpt")
    grow(tmp_path, "f/epoch=3-val_loss=0.12.ckpt", "f/epoch=9-val_loss=0.07.ckpt", "g/best.ckpt", "h/last.ckpt")
    grow(tmp_path, "i/epoch=3-step=1200.ckpt", "i/epoch_epoch_22_step_step_001932_20251009_015037.ckpt")
    grow(tmp_path, "j/epoch=3-step=1200.ckpt", "j/epoch-22_step-001932.ckpt", "k/epoch=3-val_loss=nan.ckpt")

    found = {row[0]: (row[1], row[4], row[5]) for row in rows(tmp_path)}

    assert found == {
        "a": ("scheme", "last 3/300", "-"),
        "b": ("?", "?", "-"),
        "c": ("scheme", "-", "?"),
        "d": ("lightning", "epoch 3", "-"),
        "e": ("?", "-", "-"),
        "f": ("lightning", "epoch 9", "val_loss=0.0700..0.1200"),
        "g": ("scheme", "-", "best"),
        "h": ("scheme", "last", "-"),
        "i": ("lightning,ocr-project", "?", "-"),
        "j": ("scheme,lightning", "22/1932", "-"),
        "k": ("lightning", "epoch 3", "-"),
    }


def test_ls_closing_line_counts_names_and_paths_that_were_not_read(tmp_path: Path) -> None:
    grow(tmp_path, "run/last.ckpt", "run/\u2603.ckpt", "other/my \u2603 weights.safetensors", "one/last.ckpt")

    result = invoke("ls", f"{tmp_path}/run", f"{tmp_path}/missing", f"{tmp_path}/other")

    assert (result.exit_code, result.stdout.splitlines()[1].split("\t")[0]) == (1, f"{tmp_path}/run")
    assert result.stderr.splitlines() == [
        f"ckpt-scheme: cannot read {tmp_path}/missing: {os.strerror(2)}",
        "1 run, 2 checkpoints, 2 B; 2 weight files with an unknown name (see --long); 1 path or line could not be read",
    ]
    assert invoke("ls", f"{tmp_path}/one").stderr == "1 run, 1 checkpoint, 1 B\n"


def test_ls_without_header_prints_rows_only(tmp_path: Path) -> None:
    grow(tmp_path, "run/last.ckpt")

    result = invoke("ls", "--no-header", tmp_path)

    assert (result.stdout, result.stderr) == (f"run\tscheme\t1\t1\tlast\t-\t{TIME}\t\n", "")


def test_ls_long_lists_checkpoints_and_unread_names(outputs: Path) -> None:
    grow(outputs, f"{RUN}/checkpoints/my \u2603 weights.safetensors")
    (outputs / "my-exp/checkpoints/best.ckpt").symlink_to("last.ckpt")
    (outputs / "my-exp/checkpoints/epoch-01_step-000001.ckpt").symlink_to("gone.ckpt")
    os.mkfifo(outputs / "my-exp/checkpoints/epoch-02_step-000002.ckpt")

    found = rows("--long", outputs, obj=TWO_READERS)

    where = "checkpoints"
    assert [[*row[:8], *row[10:]] for row in found if row[0] == RUN] == [
        [
            RUN,
            f"{where}/best-hmean-0.8920.ckpt",
            "canonical",
            "ckpt_scheme",
            "best",
            "",
            "",
            "hmean=0.8920",
            "empty",
            "",
        ],
        [RUN, f"{where}/epoch-22_step-001932.ckpt", "canonical", "ckpt_scheme", "epoch", "22", "1932", "", "empty", ""],
        [
            *(RUN, f"{where}/epoch-100_step-008400_hmean-0.8891.ckpt", "canonical", "ckpt_scheme", "epoch", "100"),
            *("8400", "hmean=0.8891", "empty", ""),
        ],
        [RUN, f"{where}/last.ckpt", "canonical", "ckpt_scheme", "last", "", "", "", "empty", ""],
        [
            *(RUN, f"{where}/epoch=28-step=2436.ckpt", "legacy", "lightning", "epoch", "28", "2436", "", "empty"),
            "epoch-28_step-002436.ckpt",
        ],
        [RUN, f"{where}/epoch=28.ckpt", "legacy", "lightning", "epoch", "28", "", "", "empty", ""],
        [RUN, f"{where}/~3~12.ckpt", "ambiguous", "", "", "", "", "", "empty", ""],
        [RUN, f"{where}/{BAD}", "unknown", "", "", "", "", "", "empty", "epoch-08_step-001845.ckpt"],
        [RUN, f"{where}/{FOREIGN}", "unknown", "", "", "", "", "", "empty", ""],
        [
            *(RUN, f"{where}/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", "legacy", "ocr-project"),
            *("epoch", "1", "546", "val/loss=1.6217", "empty", "epoch-01_step-000546_loss-1.6217.ckpt"),
        ],
        [RUN, f"{where}/my \u2603 weights.safetensors", "unread", "", "", "", "", "", "", ""],
    ]
    assert [(row[1], row[10]) for row in found if row[0] == "my-exp"] == [
        (f"{where}/best.ckpt", "-> last.ckpt; empty"),
        (f"{where}/epoch-01_step-000001.ckpt", "-> gone.ckpt; dead link"),
        (f"{where}/epoch-02_step-000002.ckpt", "empty; no file"),
        (f"{where}/last.ckpt", "empty"),
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", ["a", "b", "c", "d"]), ("size", ["c", "b", "a", "d"]), ("age", ["b", "a", "c", "d"])],
)
def test_ls_sorts_runs(tmp_path: Path, sort: str, order: list[str]) -> None:
    for name, size in (("a", 1), ("b", 20), ("c", 300)):
        grow(tmp_path, f"{name}/last.ckpt", size=size)
    grow(tmp_path, "d/\u2603 weights.safetensors", "d/epoch-1/")
    write_later(tmp_path / "b/last.ckpt", 10)

    found = [row[0] for row in rows("--sort", sort, tmp_path)]

    assert found == [name for name in order if name in found]
    assert found[:3] == order[:3]


def test_ls_sorts_runs_by_metric(tmp_path: Path) -> None:
    grow(tmp_path, "a/best-acc-0.5000.ckpt", "b/last.ckpt", "c/best-acc-0.7000.ckpt")
    grow(tmp_path, "d/epoch=3-val_loss=0.12.ckpt")

    assert [row[0] for row in rows("--sort", "metric", tmp_path)] == ["c", "a", "d", "b"]


def test_ls_json_is_that_of_the_catalog(outputs: Path) -> None:
    result = invoke("ls", "--json", outputs)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    assert [catalog.from_json(record) for record in records(result)] == list(catalog.scan(outputs))


def test_ls_framework_lists_its_own_checkpoints(framework_outputs: Path) -> None:
    assert [row[:3] for row in rows("--framework", "megatron-lm", framework_outputs)] == [
        ["megatron", "megatron-lm", "2"]
    ]
    assert rows("--framework", "ckpt_scheme", framework_outputs) == []


def test_ls_reads_names_in_the_formats_of_a_program(tmp_path: Path) -> None:
    grow(tmp_path, "run/~3.pt")
    mine = legacy.Format(
        framework="mine", format="x", kind="epoch", template="~{epoch:count}.pt", source="a/a:a", examples=()
    )

    assert rows(tmp_path, obj=legacy.Registry([mine]))[0][:2] == ["run", "mine"]


def test_ls_lists_roots_of_arguments_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, "a/last.ckpt", "b/last.ckpt", "c/last.ckpt")
    monkeypatch.chdir(tmp_path)

    result = invoke("ls", "--no-header", "c", "-", stdin="a\nb\n")

    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["c", "a", "b"]
    assert [row[0] for row in rows()] == ["a", "b", "c"]
    assert [row[0] for row in rows("a")] == ["a"]
    assert invoke("ls", "-", stdin="").stderr == "0 runs, 0 checkpoints, 0 B\n"


def test_ls_lists_the_lines_of_another_program(tmp_path: Path) -> None:
    lines = "2025-10-15 12:00:00 7 outputs/run/last.ckpt\n" + '{"name": 3}\n' + "outputs/run/epoch=3.ckpt\n"

    result = invoke("ls", "--listing", "-", stdin=lines)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split("\t")[:5] == ["outputs/run", "lightning", "2", "7", "last epoch 3"]
    assert result.stderr.splitlines()[0].startswith("ckpt-scheme: -:2: invalid line ")
    path = tmp_path / "list"
    path.write_text(lines)
    assert invoke("ls", "--listing", path).stdout == result.stdout


# --------------------------------------------------------------------------------------------------------------------
# One checkpoint.


def test_ls_latest_prints_the_path_for_each_run(tmp_path: Path) -> None:
    grow(tmp_path, "a/last.ckpt", "a/epoch-03_step-000300.ckpt", "b/epoch=99.ckpt", "b/epoch=100.ckpt", f"{EMPTY_RUN}/")

    plain, as_json = invoke("ls", "--latest", tmp_path), invoke("ls", "--latest", "--json", tmp_path)

    assert (plain.exit_code, plain.stderr) == (0, "")
    assert plain.stdout.splitlines() == [f"{tmp_path}/a/last.ckpt", f"{tmp_path}/b/epoch=100.ckpt"]
    assert [record["path"] for record in records(as_json)] == plain.stdout.splitlines()
    assert [record["kind"] for record in records(as_json)] == ["last", "epoch"]


def test_ls_latest_complains_of_runs_without_an_answer_and_continues(tmp_path: Path) -> None:
    grow(tmp_path, "a/epoch_3.pth", "a/iter_500.pth", "b/epoch_3.pth", "b/epoch_12.pth", "c/best.ckpt", "d/\u2603.ckpt")

    result = invoke("ls", "--latest", tmp_path)

    assert (result.exit_code, result.stdout) == (1, f"{tmp_path}/b/epoch_12.pth\n")
    first, *rest = result.stderr.splitlines()
    assert first.startswith(f"ckpt-scheme: {tmp_path}/a: ")
    assert "names that count the same" in first
    assert rest == [
        f"ckpt-scheme: {tmp_path}/c: no checkpoint is known to be the latest",
        rf"ckpt-scheme: {tmp_path}/d: no known format reads: \u2603.ckpt",
        f"ckpt-scheme: {tmp_path}/d: no checkpoint is known to be the latest",
    ]


def test_ls_latest_reports_dead_links_and_empty_files(tmp_path: Path) -> None:
    grow(tmp_path, "a/epoch-01_step-000001.ckpt", "c/\u2603.ckpt")
    grow(tmp_path, "b/last.ckpt", *(f"c/run-{number} \u2603 weights.safetensors" for number in range(6)), size=0)
    (tmp_path / "a/last.ckpt").symlink_to("gone.ckpt")

    dead, empty, unread = (invoke("ls", "--latest", f"{tmp_path}/{name}") for name in "abc")

    assert (dead.exit_code, dead.stdout) == (1, f"{tmp_path}/a/last.ckpt\n")
    assert dead.stderr == f"ckpt-scheme: {tmp_path}/a: the latest checkpoint is a dead link: last.ckpt\n"
    assert (empty.exit_code, empty.stdout) == (0, f"{tmp_path}/b/last.ckpt\n")
    assert empty.stderr == f"ckpt-scheme: {tmp_path}/b: the latest checkpoint is empty: last.ckpt\n"
    assert " and 2 more\n" in unread.stderr


def test_ls_latest_selects_names_of_given_framework(tmp_path: Path) -> None:
    grow(tmp_path, "run/checkpoint-500/a.bin", "run/checkpoint-9000/a.bin", "run/epoch_3.pth")

    result = invoke("ls", "--latest", "--framework", HF, tmp_path)

    assert (result.exit_code, result.stdout) == (0, f"{tmp_path}/run/checkpoint-9000\n")


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (["--best", "hmean"], "b/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "max"], "b/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "min"], "a/best-hmean-0.1000.ckpt"),
        (["--best", "tied"], "a/best-tied-0.5000.ckpt"),
        (["--best", "val_loss", "--mode", "min"], "c/epoch=9-val_loss=0.07.ckpt"),
    ],
)
def test_ls_best_prints_the_best_of_all_runs(tmp_path: Path, options: list[str], path: str) -> None:
    grow(tmp_path, "a/best-hmean-0.1000.ckpt", "a/best-tied-0.5000.ckpt", "b/best-hmean-0.8920.ckpt")
    grow(tmp_path, "b/best-tied-0.5000.ckpt", "c/epoch=3-val_loss=0.12.ckpt", "c/epoch=9-val_loss=0.07.ckpt")

    plain, as_json = invoke("ls", *options, tmp_path), invoke("ls", "--json", *options, tmp_path)

    assert (plain.exit_code, plain.stdout, plain.stderr) == (0, f"{tmp_path}/{path}\n", "")
    assert [record["path"] for record in records(as_json)] == [f"{tmp_path}/{path}"]


def test_ls_best_complains_if_no_name_states_the_metric(tmp_path: Path) -> None:
    grow(tmp_path, "a/best-hmean-0.1000.ckpt", "a/epoch=3-val_loss=nan.ckpt")

    for metric in ("accuracy", "val_loss"):
        result = invoke("ls", "--best", metric, tmp_path)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"no name states a value of {metric}" in result.stderr


def test_ls_best_reports_ambiguous_name_and_continues(tmp_path: Path) -> None:
    formats = [
        legacy.Format(
            framework=framework,
            format="x",
            kind="best",
            template=template,
            source="a/a:a",
            examples=(),
            metrics=("acc",),
        )
        for framework, template in (("ant", "s-{acc:number}-{step:count}"), ("bee", "s-{step:count}-{acc:number}"))
    ]
    grow(tmp_path, "a/s-3-4", "b/best-acc-0.5000.ckpt")

    result = invoke("ls", "--best", "acc", tmp_path, obj=legacy.Registry(formats))

    assert (result.exit_code, result.stdout) == (1, f"{tmp_path}/b/best-acc-0.5000.ckpt\n")
    assert result.stderr.startswith(f"ckpt-scheme: {tmp_path}/a: 's-3-4' is ambiguous: ant/x and bee/x match.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--latest", "--best", "hmean"],
        ["--latest", "--long"],
        ["--mode", "min"],
        ["--best", "hmean", "--mode", "most"],
        ["--sort", "colour"],
        ["--listing", "-", "."],
        ["--columns", "Bucket, Key", "."],
        ["--listing", "missing"],
    ],
)
def test_ls_refuses_conflicting_options(arguments: Sequence[str]) -> None:
    result = invoke("ls", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")


# --------------------------------------------------------------------------------------------------------------------
# Bad input.


@pytest.mark.parametrize("root", ["missing", "file", "", "a\0b", "x" * 300, "nosuch://team"])
def test_root_that_cannot_be_read_is_named_and_the_rest_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    plant(tmp_path, "file", "run/last.ckpt")
    monkeypatch.chdir(tmp_path)

    result = invoke("ls", root, "run")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split("\t")[0] == "run"
    assert result.stderr.startswith("ckpt-scheme: cannot read ")


def test_hostile_names_are_listed_whole_and_escaped(tmp_path: Path) -> None:
    names = [b"\xec\x8b\xa4\xed\x97\x98", b"\xff\x1b[2J\n", b"\xe2\x80\xae\t\\", b"e\xcc\x81", b"x" * 250]
    for name in names:
        plant(tmp_path, f"{os.fsdecode(name)}/last.ckpt")

    found = {row[0] for row in rows(tmp_path)}

    assert found == {"\uc2e4\ud5d8", r"\udcff\x1b[2J\n", r"\u202e\t\\", "e\u0301", "x" * 250}


def test_folder_without_permission_is_named_and_the_rest_is_listed(tmp_path: Path) -> None:
    grow(tmp_path, "open/last.ckpt", "shut/last.ckpt")
    (tmp_path / "shut").chmod(0)
    tmp_path.chmod(0o755)
    # Root may read everything, so it becomes another user for a while, who may be unable to read the package.
    # A first scan reads all of the package that the second scan needs. Root needs its rights to write coverage data.
    result = run_script(
        "import os, sys; from ckpt_scheme import catalog; from ckpt_scheme._cli import commands, listing\n"
        "list(catalog.scan('.', on_error=lambda path, error: None))\n"
        "is_root = os.geteuid() == 0\n"
        "if is_root: os.seteuid(65534)\n"
        "status = commands.run(['ls', '--latest'])\n"
        "if is_root: os.seteuid(0)\n"
        "sys.exit(status)",
        cwd=tmp_path,
    )
    (tmp_path / "shut").chmod(0o755)

    assert (result.returncode, result.stdout) == (1, b"./open/last.ckpt\n")
    assert result.stderr == f"ckpt-scheme: cannot read ./shut: {os.strerror(13)}\n".encode()


def test_library_and_command_line_agree_on_a_tree(framework_outputs: Path) -> None:
    printed = {row[0]: row for row in rows(framework_outputs)}

    for run in catalog.scan(framework_outputs):
        row = printed[run.path.removeprefix(f"{framework_outputs}/")]
        assert (row[1], row[2], row[3]) == (run.framework or "?", str(len(run.checkpoints)), str(run.size))
        (latest,) = invoke("ls", "--latest", run.path).stdout.splitlines()
        assert latest == f"{run.path}/{chosen(run, run.latest)}"


def test_letter_that_the_encoding_lacks_is_escaped() -> None:
    assert output.shown("e\u0301\u00e9", "latin-1") == "e\\u0301\u00e9"


def test_widths_do_not_wait_for_a_slow_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_PATIENCE", -1)
    slow = iter(list(catalog.scan(catalog.Listing.from_names(["a/last.ckpt", "b/last.ckpt"]))))

    assert [run.path for run in views._first(slow)] == ["a"]
    assert [run.path for run in slow] == ["b"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        *((0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (9_996, "10.0 kB"), (99_960, "100 kB"), (999_600, "1.00 MB")),
        *((123_456_789, "123 MB"), (1_500 * 10**18, "1500 EB")),
    ],
)
def test_sizes_have_three_digits(count: int, text: str) -> None:
    assert table.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (7200, "2h"), (86_400, "1d"), (10**8, "3y")]
)
def test_ages_have_one_unit(seconds: int, text: str) -> None:
    assert table.age(timedelta(seconds=seconds)) == text


def test_json_lines_are_printed_as_they_are_found(tmp_path: Path) -> None:
    grow(tmp_path, *(f"run{number}/last.ckpt" for number in range(3)))

    result = invoke("ls", "--json", tmp_path)

    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == [
        f"{tmp_path}/run{number}" for number in range(3)
    ]


def test_ls_reads_csv_of_an_inventory_with_its_columns() -> None:
    rows = [
        '"team","outputs/sft/checkpoint-500/model.safetensors","70","2026-11-01T00:00:00.000Z"',
        '"team","outputs/sft%2C2/checkpoint-500/model.safetensors","9","2026-11-01T00:00:00.000Z"',
        '"team","broken"',
    ]

    result = invoke(
        *("ls", "--json", "--listing", "-", "--columns", "Bucket, Key, Size, LastModifiedDate"), stdin="\n".join(rows)
    )

    assert [(run["path"], run["size"]) for run in records(result)] == [("outputs/sft,2", 9), ("outputs/sft", 70)]
    assert result.exit_code == 1
    assert result.stderr.startswith("ckpt-scheme: -:3: invalid line ")


@pytest.mark.parametrize(
    ("lines", "options", "status", "message"),
    [
        ("r/last.ckpt\n", ["--columns", "Nope"], 2, "expected names with commas between, Key among them"),
        (
            "/a/last.ckpt\nb/last.ckpt\n",
            [],
            1,
            "-: invalid path of an entry 'b/': expected an absolute path",
        ),
        ("\0" * 2**20 + "\n", [], 2, "- is no listing: a line is longer than a megabyte"),
        (
            "4\toutputs/run/last.ckpt\n",
            [],
            1,
            "-:1: invalid line '4\\toutputs/run/last.ckpt'",
        ),
        ("-rw-r--r-- 1 me me 9 Nov  1 10:00 last.ckpt\n", [], 1, "-:1: invalid line '-rw-r--r--"),
        (
            '{"schema": 1, "path": "run", "root": ""}\n',
            [],
            1,
            "a listed file, not a record that ckpt-scheme has written",
        ),
    ],
    ids=["columns without Key", "absolute and relative", "no text", "du", "ls -l", "its own JSON"],
)
def test_ls_refuses_a_listing_of_another_form(lines: str, options: list[str], status: int, message: str) -> None:
    result = invoke("ls", "--listing", "-", *options, stdin=lines)

    assert result.exit_code == status
    assert message in result.stderr


def test_ls_refuses_a_file_that_is_no_text_as_a_listing(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\0" * 2**21)

    result = invoke("ls", "--listing", tmp_path / "model.bin")

    assert (result.exit_code, result.stdout) == (2, "")


def test_ls_shows_the_number_of_the_checkpoint_that_the_latest_link_leads_to(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=5-step=50.ckpt", "run/epoch=6-step=60.ckpt", "far/epoch=5-step=50.ckpt")
    (tmp_path / "run/last.ckpt").symlink_to("epoch=5-step=50.ckpt")
    (tmp_path / "far/last.ckpt").symlink_to("../elsewhere/epoch=4-step=40.ckpt")

    found = {row[0]: row[4] for row in rows(tmp_path)}

    assert found == {"run": "last 5/50", "far": "last"}


def test_ls_accepts_scheme_as_a_framework(tmp_path: Path) -> None:
    grow(tmp_path, "a/best.ckpt", "b/iter_0000500/model.pt")

    assert [row[0] for row in rows(tmp_path, "--framework", "scheme")] == ["a"]
