"""How the command line walks a tree, and which entries it cannot read."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from ckpt_scheme._cli import scan
from cli_names import listed
from cli_runner import invoke, records
from cli_trees import (
    EMPTY_RUN,
    plant,
    run_script,
)


def unseen(_directories: int, _checkpoints: int) -> None:
    """Ignore the progress of a walk."""


def unexpected(path: str, error: OSError) -> None:
    pytest.fail(f"{path}: {error}")


def test_walk_lists_every_entry_with_extension_and_enters_none(tmp_path: Path) -> None:
    where = tmp_path / "checkpoints"
    plant(where, "capital.CKPT", "directory.ckpt/inner.ckpt", "file.ckpt", ".ckpt", "no.ckpt.txt", "real/deep.ckpt")
    os.mkfifo(where / "pipe.ckpt")
    (where / "link.ckpt").symlink_to(tmp_path)
    (where / "dangling.Ckpt").symlink_to("nowhere")
    (where / "loop").symlink_to(tmp_path)
    (where / "itself").symlink_to("itself")

    assert [row["path"].removeprefix(f"{where}/") for row in listed(str(tmp_path))] == [
        ".ckpt",
        "capital.CKPT",
        "dangling.Ckpt",
        "directory.ckpt",
        "file.ckpt",
        "link.ckpt",
        "pipe.ckpt",
        "real/deep.ckpt",
    ]


def test_walk_accepts_root_that_is_link_or_named_as_checkpoint(tmp_path: Path) -> None:
    plant(tmp_path, "x.ckpt/last.ckpt")
    (tmp_path / "link").symlink_to("x.ckpt")

    for root in ("x.ckpt", "link"):
        assert [row["path"] for row in listed(f"{tmp_path}/{root}")] == [f"{tmp_path}/{root}/last.ckpt"]


def test_walk_goes_deeper_than_recursion_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = sys.getrecursionlimit() + 100
    monkeypatch.chdir(tmp_path)
    for _ in range(levels):
        os.mkdir("d")  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d")
    Path("last.ckpt").touch()
    os.chdir(tmp_path)

    assert [row["path"] for row in listed(".")] == ["." + "/d" * levels + "/last.ckpt"]

    # The cleanup of pytest recurses.
    os.chdir("d/" * levels)
    os.remove("last.ckpt")  # noqa: PTH107 - a path of pathlib's would be longer than a system call takes
    for _ in range(levels):
        os.chdir("..")
        os.rmdir("d")  # noqa: PTH106 - the same


def test_walk_reports_unreadable_directory_and_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The path is longer than the limit, so not even root can read it.
    monkeypatch.chdir(tmp_path)
    for _ in range(17):
        os.mkdir("d" * 255)  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d" * 255)
    os.chdir(tmp_path)
    plant(tmp_path, "e/last.ckpt")

    result = invoke("ls", "--json", ".")

    assert result.exit_code == 1
    assert [row["path"] for row in records(result)] == ["./e/last.ckpt"]

    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith("ckpt-scheme: cannot read ./ddd")
    assert complaint.endswith(f"d: {os.strerror(errno.ENAMETOOLONG)}")
    assert invoke("check", ".").exit_code == 1


def test_walk_reports_vanished_directory_and_continues(tmp_path: Path) -> None:
    plant(tmp_path, "a/x.ckpt", "b/x.ckpt", "c/x.ckpt")
    failed: list[tuple[str, int | None]] = []

    walk = scan.walk(
        str(tmp_path),
        seen=unseen,
        unreadable=lambda path, error: failed.append((path, error.errno)),
    )

    assert next(walk).path == str(tmp_path)

    shutil.rmtree(tmp_path / "b")

    assert [(listing.path, listing.names) for listing in walk] == [
        (f"{tmp_path}/a", ["x.ckpt"]),
        (f"{tmp_path}/b", []),
        (f"{tmp_path}/c", ["x.ckpt"]),
    ]
    assert failed == [(f"{tmp_path}/b", errno.ENOENT)]


def test_walk_counts_directories_and_checkpoints(tmp_path: Path) -> None:
    plant(tmp_path, "a/x.ckpt", "a/y.ckpt", "b/", "c.txt")
    counted: list[tuple[int, int]] = []
    for _ in scan.walk(
        str(tmp_path),
        seen=lambda directories, checkpoints: counted.append((directories, checkpoints)),
        unreadable=unexpected,
    ):
        pass

    assert [sum(column) for column in zip(*counted, strict=True)] == [3, 2]


def test_walk_of_root_directory_joins_with_one_slash() -> None:
    walk = scan.walk("/", seen=unseen, unreadable=unexpected)
    first = next(walk)

    assert (first.path, first.location) == ("/", "/")
    assert scan.join(first.path, "x") == "/x"


def test_walk_reports_directory_without_permission(tmp_path: Path) -> None:
    shut = tmp_path / EMPTY_RUN / "checkpoints"
    plant(tmp_path, "open/last.ckpt", f"{EMPTY_RUN}/checkpoints/last.ckpt")
    shut.chmod(0)
    tmp_path.chmod(0o755)
    # Root may read everything, so it becomes another user for a while, who may be unable to read the package.
    # It needs its rights to write coverage data.
    result = run_script(
        "import os, sys; from ckpt_scheme import legacy; from ckpt_scheme._cli import commands\n"
        f"legacy.identify(['checkpoint-1/', 'open/', 'checkpoints/', 'last.ckpt', '{EMPTY_RUN}/'])\n"
        "is_root = os.geteuid() == 0\n"
        "if is_root: os.seteuid(65534)\n"
        "status = commands.run(['ls', '--json'])\n"
        "if is_root: os.seteuid(0)\n"
        "sys.exit(status)",
        cwd=tmp_path,
    )
    shut.chmod(0o755)

    assert result.returncode == 1
    # The run may hold checkpoints, so it is not listed as empty.
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == ["./open/last.ckpt"]
    assert (
        result.stderr == f"ckpt-scheme: cannot read ./{EMPTY_RUN}/checkpoints: {os.strerror(errno.EACCES)}\n".encode()
    )
