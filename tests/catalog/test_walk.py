"""How a scan walks a local tree, and which entries it cannot read."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from catalog_trees import EMPTY_RUN, grow, kinds, listed, runs
from ckpt_scheme import catalog
from ckpt_scheme.catalog._folder import visits
from ckpt_scheme.catalog._local import Disk
from cli_trees import run_script


def complaints(root: Path) -> tuple[list[str], list[tuple[str, Exception]]]:
    """Return the checkpoints below *root* and the paths that could not be read."""
    failed: list[tuple[str, Exception]] = []
    found = catalog.scan(root, on_error=lambda path, error: failed.append((path, error)))
    return [checkpoint.path for run in found for checkpoint in run.checkpoints], failed


def test_scan_lists_every_entry_with_extension_and_follows_no_link(tmp_path: Path) -> None:
    where = tmp_path / "run"
    grow(where, "capital.CKPT", "directory.ckpt/inner.ckpt", "file.ckpt", ".ckpt", "no.ckpt.txt", "real/deep.ckpt")
    os.mkfifo(where / "pipe.ckpt")
    os.mkfifo(where / "pipe")
    (where / "link.ckpt").symlink_to(tmp_path)
    (where / "dangling.Ckpt").symlink_to("nowhere")
    (where / "loop").symlink_to(tmp_path)
    (where / "itself").symlink_to("itself")

    assert sorted(path for path, _, _ in listed(where)) == [
        ".ckpt",
        "capital.CKPT",
        "dangling.Ckpt",
        "directory.ckpt",
        "file.ckpt",
        "link.ckpt",
        "pipe.ckpt",
        "real/deep.ckpt",
    ]


def test_state_directory_of_a_migration_is_no_part_of_a_catalog(tmp_path: Path) -> None:
    discarded = ".ckpt-scheme/trash/000001/run/checkpoints/epoch-01_step-000084.ckpt"
    grow(
        tmp_path, "run/checkpoints/last.ckpt", discarded, "team/.ckpt-scheme/journal/000001.jsonl", f"team/{discarded}"
    )

    found = runs(tmp_path)

    assert [(run.path, [one.path for one in run.checkpoints]) for run in found] == [
        (str(tmp_path / "run"), [str(tmp_path / "run/checkpoints/last.ckpt")])
    ]
    assert [run.unread for run in found] == [()]
    assert len(runs(tmp_path / ".ckpt-scheme")) == 1  # a root that is given is read


def test_entry_types_are_those_of_the_entries_themselves(tmp_path: Path) -> None:
    grow(tmp_path, "a.ckpt", "b.ckpt/")
    os.mkfifo(tmp_path / "c.ckpt")
    (tmp_path / "d.ckpt").symlink_to("b.ckpt")

    types = [found.entry_type for run in runs(tmp_path) for found in run.checkpoints]

    assert types == ["file", "directory", "other", "symlink"]


def test_root_may_be_a_link_or_named_as_a_checkpoint(tmp_path: Path) -> None:
    grow(tmp_path, "x.ckpt/last.ckpt")
    (tmp_path / "link").symlink_to("x.ckpt")

    for root in ("x.ckpt", "link"):
        assert [path for path, _, _ in listed(tmp_path / root)] == ["last.ckpt"]


def test_scan_goes_deeper_than_the_recursion_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = sys.getrecursionlimit() + 100
    monkeypatch.chdir(tmp_path)
    for _ in range(levels):
        os.mkdir("d")  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d")
    Path("last.ckpt").touch()
    os.chdir(tmp_path)

    (run,) = catalog.scan(".")

    assert [found.path for found in run.checkpoints] == ["." + "/d" * levels + "/last.ckpt"]

    # The cleanup of pytest recurses.
    os.chdir("d/" * levels)
    os.remove("last.ckpt")  # noqa: PTH107 - a path of pathlib's would be longer than a system call takes
    for _ in range(levels):
        os.chdir("..")
        os.rmdir("d")  # noqa: PTH106 - the same


def test_scan_keeps_names_that_are_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\n\x1b[2J.ckpt")
    grow(tmp_path, name)

    (run,) = runs(tmp_path)

    assert [found.path for found in run.checkpoints] == [f"{tmp_path}/{name}"]
    assert run.unread == (name,)


@pytest.mark.parametrize(
    ("root", "reason"), [("missing", errno.ENOENT), ("file", errno.ENOTDIR), ("a" * 300, errno.ENAMETOOLONG)]
)
def test_root_that_cannot_be_read_is_an_error(tmp_path: Path, root: str, reason: int) -> None:
    grow(tmp_path, "file")

    found, failed = complaints(tmp_path / root)

    assert (found, [path for path, _ in failed]) == ([], [f"{tmp_path}/{root}"])
    assert isinstance(failed[0][1], OSError)
    assert failed[0][1].errno == reason
    with pytest.raises(OSError, match=os.strerror(reason)):
        list(catalog.scan(tmp_path / root))


def test_removed_working_directory_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    found, failed = complaints(Path())

    assert (found, [path for path, _ in failed]) == ([], ["."])


def test_scan_reports_folder_that_cannot_be_read_and_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The path is longer than the limit, so not even root can read it.
    monkeypatch.chdir(tmp_path)
    for _ in range(17):
        os.mkdir("d" * 255)  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d" * 255)
    os.chdir(tmp_path)
    grow(tmp_path, "e/last.ckpt")

    found, failed = complaints(Path())

    assert found == ["./e/last.ckpt"]
    assert [error.errno for _, error in failed if isinstance(error, OSError)] == [errno.ENAMETOOLONG]


def test_folders_that_vanish_during_the_walk_are_reported(tmp_path: Path) -> None:
    grow(tmp_path, "a/x.ckpt", "b/x.ckpt", "c/x.ckpt")
    failed: list[str] = []

    walk = visits(Disk(), str(tmp_path), lambda path, _: failed.append(path))

    assert next(walk).folder.path == str(tmp_path)

    (tmp_path / "b/x.ckpt").unlink()
    (tmp_path / "b").rmdir()

    assert [(visit.folder.names, visit.is_whole) for visit in walk] == [
        (["x.ckpt"], True),
        ([], False),
        (["x.ckpt"], True),
    ]
    assert failed == [f"{tmp_path}/b"]


def test_walk_of_the_root_directory_joins_with_one_slash() -> None:
    walk = visits(Disk(), "/", lambda path, error: pytest.fail(f"{path}: {error}"))

    assert next(walk).folder.path == "/"
    assert next(walk).folder.path.count("/") == 1


def test_file_that_vanishes_has_no_size(tmp_path: Path) -> None:
    folder = Disk().folder(str(tmp_path))
    grow(tmp_path, "last.ckpt")
    folder = Disk().folder(str(tmp_path))
    (tmp_path / "last.ckpt").unlink()

    assert Disk().measure(folder, 0) == (-1, -1)


def test_link_that_cannot_be_read_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, "a.ckpt")
    (tmp_path / "b.ckpt").symlink_to("a.ckpt")

    def gone(path: str) -> str:
        # The link vanishes after the folder was read.
        Path(path).unlink()
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "readlink", gone)

    assert [found.flags for run in runs(tmp_path) for found in run.checkpoints] == [(), ("dead_link",)]


# Root may read everything, so it becomes another user for a while, who may be unable to read the package. A first scan
# reads all of the package that the second scan needs. Root needs its rights to write coverage data.
_AS_ANOTHER = """\
import os
from ckpt_scheme import catalog
list(catalog.scan(".", on_error=lambda path, error: None))
is_root = os.geteuid() == 0
if is_root: os.seteuid(65534)
failed = []
found = list(catalog.scan(".", on_error=lambda path, error: failed.append((path, error.strerror))))
if is_root: os.seteuid(0)
print([(run.path, [warning.kind for warning in run.warnings]) for run in found], failed)
"""


def test_folder_without_permission_is_reported_and_its_run_is_not_called_empty(tmp_path: Path) -> None:
    shut = tmp_path / EMPTY_RUN / "checkpoints"
    grow(tmp_path, "open/last.ckpt", f"{EMPTY_RUN}/checkpoints/last.ckpt", "open/checkpoint-5/model.bin")
    inner = tmp_path / "open/checkpoint-5"
    for folder in (shut, inner):
        folder.chmod(0)
    tmp_path.chmod(0o755)
    result = run_script(_AS_ANOTHER, cwd=tmp_path)
    for folder in (shut, inner):
        folder.chmod(0o755)

    found = [(f"./{EMPTY_RUN}", ["unreadable_folder"]), ("./open", ["unreadable_folder"])]
    reason = os.strerror(errno.EACCES)
    failed = [(f"./{EMPTY_RUN}/checkpoints", reason), ("./open/checkpoint-5", reason)]
    assert result.stdout.decode() == f"{found} {failed}\n"


def test_undecided_folder_that_cannot_be_read_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, "run/checkpoint_500/", "run/checkpoint_600/")
    read = Disk.folder

    def folder(self: Disk, path: str) -> object:
        if path.endswith("_500"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return read(self, path)

    monkeypatch.setattr(Disk, "folder", folder)

    found, failed = complaints(tmp_path)

    assert (len(found), [path for path, _ in failed]) == (2, [f"{tmp_path}/run/checkpoint_500"])


def test_size_of_a_checkpoint_folder_that_cannot_be_read_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, "run/checkpoint-500/a/model.bin", "run/checkpoint-500/b/model.bin")
    read = Disk.folder

    def folder(self: Disk, path: str) -> object:
        if path.endswith("/a"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return read(self, path)

    monkeypatch.setattr(Disk, "folder", folder)

    (run,) = catalog.scan(tmp_path, on_error=lambda _path, _error: None)

    assert [(found.size, found.flags) for found in run.checkpoints] == [(None, ())]
    assert (run.size, kinds(run)) == (0, ["unreadable_folder"])
