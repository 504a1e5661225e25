"""``ckpt-scheme ls`` for canonical and legacy names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ckpt_scheme._cli import output, rows
from cli_names import BAD, FOREIGN, LIGHTNING, TWO_READERS, listed
from cli_runner import invoke, records
from cli_trees import (
    EMPTY_RUN,
    NO_RUN_FIELDS,
    OTHER_RUN,
    RUN,
    RUN_FIELDS,
    plant,
)


def test_ls_sorts_directories_by_path_and_names_by_value(outputs: Path) -> None:
    where = f"{outputs}/{RUN}/checkpoints"

    assert [(row["path"], row["status"], row["path_canonical"]) for row in listed(str(outputs), obj=TWO_READERS)] == [
        (f"{outputs}/my-exp/checkpoints/last.ckpt", "canonical", False),
        (f"{outputs}/{EMPTY_RUN}", "empty", False),
        (f"{where}/best-hmean-0.8920.ckpt", "canonical", True),
        (f"{where}/epoch-22_step-001932.ckpt", "canonical", True),
        (f"{where}/epoch-100_step-008400_hmean-0.8891.ckpt", "canonical", True),
        (f"{where}/last.ckpt", "canonical", True),
        (f"{where}/epoch=28-step=2436.ckpt", "legacy", False),
        (f"{where}/epoch=28.ckpt", "legacy", False),
        (f"{where}/~3~12.ckpt", "ambiguous", False),
        (f"{where}/{BAD}", "unknown", False),
        (f"{where}/{FOREIGN}", "unknown", False),
        (f"{where}/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", "legacy", False),
    ]


def test_ls_prints_new_name_or_reason(outputs: Path) -> None:
    said = {row["name"]: (row["would_be_called"], row["reason"]) for row in listed(str(outputs), obj=TWO_READERS)}

    assert said["last.ckpt"] == (None, None)
    assert said["epoch=28-step=2436.ckpt"] == ("epoch-28_step-002436.ckpt", None)
    assert said["loss=1.6217.ckpt"] == ("epoch-01_step-000546_loss-1.6217.ckpt", None)
    assert said["epoch=28.ckpt"][0] is None
    assert "a step, which the name lacks" in said["epoch=28.ckpt"][1]
    assert said["~3~12.ckpt"][0] is None
    assert "other/step-first" in said["~3~12.ckpt"][1]
    assert said[BAD][0] == "epoch-08_step-001845.ckpt"
    assert "[CKS-020]" in said[BAD][1]
    assert said[FOREIGN][0] is None
    assert "[CKS-002]" in said[FOREIGN][1]
    assert said[None] == (None, None)


def test_ls_json_has_same_fields_in_every_row(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/epoch=28-step=2436.ckpt", "other/checkpoints/x/last.ckpt", f"{EMPTY_RUN}/")

    empty, legacy_row, other = listed(str(tmp_path))
    reading: dict[str, object] = {
        "text": "epoch=28-step=2436.ckpt",
        "framework": "lightning",
        "format": "default",
        "kind": "epoch",
        "entry": "any",
        "epoch": 28,
        "epoch_base": 0,
        "completed_epochs": None,
        "step": 2436,
        "completed_steps": None,
        "counts": "steps",
        "metrics": {},
        "timestamp": None,
        "architecture": None,
        "encoder": None,
        "version": None,
        "extras": {},
        "source": LIGHTNING,
    }

    assert legacy_row == {
        "path": f"{tmp_path}/{RUN}/checkpoints/epoch=28-step=2436.ckpt",
        "root": str(tmp_path),
        "run": RUN,
        **RUN_FIELDS,
        "name": "epoch=28-step=2436.ckpt",
        "framework": "lightning",
        "kind": "epoch",
        "status": "legacy",
        "path_canonical": False,
        "would_be_called": "epoch-28_step-002436.ckpt",
        "reason": None,
        "readings": [reading],
    }
    assert other == {
        "path": f"{tmp_path}/other/checkpoints/x/last.ckpt",
        "root": str(tmp_path),
        "run": "other",
        **NO_RUN_FIELDS,
        "name": "last.ckpt",
        "framework": "ckpt_scheme",
        "kind": "last",
        "status": "canonical",
        "path_canonical": False,
        "would_be_called": None,
        "reason": None,
        "readings": [
            {**reading, "text": "last.ckpt", "framework": "ckpt_scheme", "format": "last", "kind": "last"}
            | {"epoch": None, "epoch_base": None, "step": None, "counts": None, "source": None}
        ],
    }
    assert empty == {
        "path": f"{tmp_path}/{EMPTY_RUN}",
        "root": str(tmp_path),
        "run": EMPTY_RUN,
        "tag": "none",
        "architecture": "dbnet",
        "encoder": None,
        "phase": "training",
        "timestamp": "2025-10-20T00:00:00",
        "name": None,
        "framework": None,
        "kind": None,
        "status": "empty",
        "path_canonical": False,
        "would_be_called": None,
        "reason": None,
        "readings": [],
    }


def test_ls_prints_table(outputs: Path) -> None:
    result = invoke("ls", str(outputs), obj=TWO_READERS)

    assert (result.exit_code, result.stderr) == (0, "")

    header, *lines = result.stdout.splitlines()
    assert re.split(" {2,}", header) == [
        "TAG",
        "MODEL",
        "PHASE",
        "START",
        "EPOCH",
        "STEP",
        "METRIC",
        "VERSION",
        "KIND",
        "FRAMEWORK",
        "STATUS",
        "NAME",
        "WOULD BE CALLED",
    ]

    run_cells = ["ocr_baseline_v1", "dbnet-resnet18", "training", "2025-10-15 12:00:00"]
    assert [re.split(" {2,}", line) for line in lines] == [
        ["my-exp", "last", "ckpt_scheme", "canonical*", "last.ckpt"],
        ["none", "dbnet", "training", "2025-10-20 00:00:00", "empty"],
        [*run_cells, "hmean=0.8920", "best", "ckpt_scheme", "canonical", "best-hmean-0.8920.ckpt"],
        [*run_cells, "22", "1932", "epoch", "ckpt_scheme", "canonical", "epoch-22_step-001932.ckpt"],
        [
            *(*run_cells, "100", "8400", "hmean=0.8891", "epoch", "ckpt_scheme", "canonical"),
            "epoch-100_step-008400_hmean-0.8891.ckpt",
        ],
        [*run_cells, "last", "ckpt_scheme", "canonical", "last.ckpt"],
        [
            *(*run_cells, "28", "2436", "epoch", "lightning", "legacy"),
            *("epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),
        ],
        [
            *(*run_cells, "28", "epoch", "lightning", "legacy", "epoch=28.ckpt"),
            "(expected a step, which the name lacks)",
        ],
        [
            *run_cells,
            "ambiguous",
            "~3~12.ckpt",
            "(expected a name that one format reads)",
        ],
        [*run_cells, "unknown", BAD, "epoch-08_step-001845.ckpt"],
        [*run_cells, "unknown", r"\u2603.ckpt"],
        [
            *run_cells,
            "1",
            "546",
            "val/loss=1.6217",
            "epoch",
            "ocr-project",
            "legacy*",
            "loss=1.6217.ckpt",
            "epoch-01_step-000546_loss-1.6217.ckpt",
        ],
    ]
    # Text is aligned with the start of its header, a number with the end.
    assert {line.index("canonical") for line in lines if "canonical" in line} == {header.index("STATUS")}
    assert {line.index("last.ckpt") for line in lines if "last.ckpt" in line} == {header.index("NAME")}
    assert {line.index("1932") + 4 for line in lines if "  1932 " in line} == {header.index("STEP") + 4}


def test_table_column_grows_up_to_limit() -> None:
    table = output.Table(output.plain)
    row = ["1", "2", "m=0.5000", "3", "epoch", "ckpt_scheme", "canonical", "name", ""]

    first = table.block(["t", "m", "p", "s"], [row])
    wider = table.block(["t" * 20, "m", "p", "s"], [row])
    longest = table.block(["x" * 200], [[*row[:7], "n" * 100, "end"]])
    after = table.block(["t", "m", "p", "s"], [row])

    assert first.splitlines()[1].index("name") + 4 == wider.index("name") == after.index("name")
    assert longest.startswith("x" * 200 + "  ")
    assert longest.endswith("n" * 100 + "  end\n")


def test_ls_lists_working_directory_by_default(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outputs / RUN / "checkpoints")

    rows_ = listed()

    assert {row["root"] for row in rows_} == {str(outputs)}
    assert {row["tag"] for row in rows_} == {"ocr_baseline_v1"}
    assert [row["path"] for row in rows_ if row["path_canonical"]] == [
        "./best-hmean-0.8920.ckpt",
        "./epoch-22_step-001932.ckpt",
        "./epoch-100_step-008400_hmean-0.8891.ckpt",
        "./last.ckpt",
    ]


@pytest.mark.parametrize(
    ("root", "path", "above"),
    [
        (".", f"./{RUN}/checkpoints/last.ckpt", "."),
        ("../runs", f"../runs/{RUN}/checkpoints/last.ckpt", "../runs"),
        ("../runs//", f"../runs/{RUN}/checkpoints/last.ckpt", "../runs"),
        (RUN, f"{RUN}/checkpoints/last.ckpt", None),
        (f"{RUN}/checkpoints", f"{RUN}/checkpoints/last.ckpt", None),
        (f"./{RUN}/", f"./{RUN}/checkpoints/last.ckpt", "."),
    ],
)
def test_ls_paths_begin_with_root_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, path: str, above: str | None
) -> None:
    plant(tmp_path, f"runs/{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / "runs")

    (row,) = listed(root)

    assert (row["path"], row["root"], row["path_canonical"]) == (path, above, True)


def test_place_takes_nearest_canonical_run_folder() -> None:
    place = rows.place(f"a/{RUN}/x/{OTHER_RUN}/y/checkpoints", f"/w/a/{RUN}/x/{OTHER_RUN}/y/checkpoints")

    assert (place.run_text, place.root, place.is_canonical) == (OTHER_RUN, f"a/{RUN}/x", False)


@pytest.mark.parametrize(
    ("location", "run_text"),
    [
        ("/w/exp/checkpoints", "exp"),
        ("/w/exp/checkpoints/val", "exp"),
        ("/w/exp/checkpoints/a/checkpoints", "a"),
        ("/w/exp", "exp"),
        ("/", ""),
    ],
)
def test_place_takes_folder_above_checkpoints_as_foreign_run(location: str, run_text: str) -> None:
    place = rows.place(location, location)

    assert (place.run_text, place.run) == (run_text, None)


def test_ls_lists_empty_canonical_runs(tmp_path: Path) -> None:
    inner, second = f"inner-{EMPTY_RUN}", f"second-{EMPTY_RUN}"
    plant(tmp_path, f"{EMPTY_RUN}/logs/{inner}/", f"{EMPTY_RUN}/zzz/", f"{OTHER_RUN}/deep/{RUN}/checkpoints/last.ckpt")
    plant(tmp_path, f"{second}/", "plain/")

    # A run is known to be empty when the walk leaves it. A run around another run holds its checkpoints.
    assert [(row["path"].removeprefix(f"{tmp_path}/"), row["status"]) for row in listed(str(tmp_path))] == [
        (f"{EMPTY_RUN}/logs/{inner}", "empty"),
        (EMPTY_RUN, "empty"),
        (f"{OTHER_RUN}/deep/{RUN}/checkpoints/last.ckpt", "canonical"),
        (second, "empty"),
    ]


def test_ls_lists_roots_of_arguments_and_stdin(tmp_path: Path) -> None:
    plant(tmp_path, f"a/{EMPTY_RUN}/", f"b/{EMPTY_RUN}/", f"c/{EMPTY_RUN}/")

    result = invoke("ls", "--json", f"{tmp_path}/c", "-", stdin=f"{tmp_path}/a\n{tmp_path}/b\n")

    assert [row["root"] for row in records(result)] == [f"{tmp_path}/{name}" for name in "cab"]


def test_ls_lists_nothing_for_empty_stdin() -> None:
    result = invoke("ls", "-", stdin="")

    assert (result.exit_code, result.output) == (0, "")


def selected(outputs: Path, *options: str) -> list[dict[str, Any]]:
    """Return the rows that options select; names that no format reads are reported."""
    result = invoke("ls", "--json", *options, str(outputs))
    unread = rf"'{BAD}', '~3~12.ckpt', '\u2603.ckpt'"
    complaint = f"ckpt-scheme: {outputs}/{RUN}/checkpoints: no known format reads: {unread}\n"
    assert (result.exit_code, result.stderr) == (0, complaint)
    return records(result)


def test_ls_latest_lists_latest_of_each_directory(outputs: Path) -> None:
    plant(outputs, *(f"{OTHER_RUN}/checkpoints/{name}" for name in ("epoch=99.ckpt", "epoch=100.ckpt", "best.ckpt")))

    assert [row["path"].removeprefix(f"{outputs}/") for row in selected(outputs, "--latest")] == [
        "my-exp/checkpoints/last.ckpt",
        f"{OTHER_RUN}/checkpoints/epoch=100.ckpt",
        f"{RUN}/checkpoints/last.ckpt",
    ]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (["--best", "hmean"], f"{RUN}/checkpoints/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "max"], f"{RUN}/checkpoints/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "min"], f"{OTHER_RUN}/checkpoints/best-hmean-0.1000.ckpt"),
        (["--best", "tied"], "a/best-tied-0.5000.ckpt"),
    ],
)
def test_ls_best_lists_best_of_all_directories(outputs: Path, options: list[str], path: str) -> None:
    plant(outputs, f"{OTHER_RUN}/checkpoints/best-hmean-0.1000.ckpt", f"{OTHER_RUN}/checkpoints/best-hmean-0.5000.ckpt")
    plant(outputs, "a/best-tied-0.5000.ckpt", "b/best-tied-0.5000.ckpt", "c/epoch-00_step-000001_tied-0.5000.ckpt")

    assert [row["path"].removeprefix(f"{outputs}/") for row in selected(outputs, *options)] == [path]


def test_ls_best_lists_nothing_without_metric(outputs: Path) -> None:
    assert selected(outputs, "--best", "accuracy") == []


@pytest.mark.parametrize(
    "arguments",
    [
        [".", "missing"],  # not there
        ["file"],  # not a directory
        [""],  # no path
        ["a\0b"],  # no path anywhere
        ["--latest", "--best", "hmean"],  # two selections
        ["--mode", "min"],  # a mode without --best
        ["--best", "hmean", "--mode", "most"],  # no such mode
    ],
)
def test_ls_refuses_missing_directories_and_conflicting_options(
    outputs: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(outputs)
    plant(outputs, "file")

    result = invoke("ls", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")


def test_ls_prints_many_rows(tmp_path: Path) -> None:
    names = [f"best_v{number}.ckpt" for number in range(1, 1502)]
    plant(tmp_path, *names)

    assert [row["name"] for row in listed(str(tmp_path))] == names
    assert len(invoke("ls", str(tmp_path)).stdout.splitlines()) == len(names) + 1
