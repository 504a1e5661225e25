"""Run directories on a real disk, and behind the URL of a file system in memory."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import attrs
import fsspec
import pytest

from ckpt_scheme import RunId
from ckpt_scheme._lightning import folder

RUN = RunId.parse("ocr-dbnet_training_20251015_120000")
NEXT = RunId.parse("ocr-dbnet_training_20251015_120001")


def make(root: Path, run: str, *files: str) -> None:
    directory = root / run / "checkpoints"
    directory.mkdir(parents=True)
    for name in files:
        (directory / name).touch()


def test_is_local_is_true_for_paths_and_file_urls_only() -> None:
    assert folder.is_local("outputs")
    assert folder.is_local("file:///outputs")
    assert not folder.is_local("s3://team/outputs")


def test_absolute_resolves_a_local_path_and_keeps_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to("real")
    real = os.path.realpath(tmp_path)

    assert folder.absolute("outputs") == f"{real}/outputs"
    assert folder.absolute("~/outputs") == f"{real}/outputs"
    assert folder.absolute("link/outputs") == f"{real}/real/outputs"
    assert folder.absolute("file:///x/y") == "/x/y"
    assert folder.absolute("s3://team/outputs/") == "s3://team/outputs"


def test_remove_if_empty_removes_only_an_empty_folder(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    make(tmp_path, "empty")
    make(tmp_path, "used", "last.ckpt")

    assert folder.remove_if_empty(str(empty))
    assert not empty.exists()
    assert not folder.remove_if_empty(str(used))
    assert (used / "checkpoints" / "last.ckpt").exists()
    assert folder.remove_if_empty(str(tmp_path / "never there"))


def test_remove_if_empty_removes_the_folders_created_with_it(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "outputs"
    made = folder.missing(str(root))
    make(root, "empty")

    assert made == [str(root), str(tmp_path / "deep")]
    assert folder.remove_if_empty(str(root / "empty"), made)
    assert list(tmp_path.iterdir()) == []


def test_remove_if_empty_keeps_a_root_with_another_run(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "outputs"
    made = folder.missing(str(root))
    make(root, "empty")
    make(root, "used", "last.ckpt")

    assert folder.remove_if_empty(str(root / "empty"), made)
    assert [path.name for path in root.iterdir()] == ["used"]


def test_runs_like_returns_runs_of_other_times_newest_first(tmp_path: Path) -> None:
    make(tmp_path, str(RUN), "last.ckpt")
    make(tmp_path, str(NEXT))
    (tmp_path / "ocr-dbnet_training_20251015_120007").touch()
    make(tmp_path, "ocr-dbnet_validation_20251015_120003", "last.ckpt")
    make(tmp_path, "other-dbnet_training_20251015_120004", "last.ckpt")
    make(tmp_path, "ocr-dbnet-resnet18_training_20251015_120005", "last.ckpt")
    make(tmp_path, "no run", "last.ckpt")

    like = attrs.evolve(RUN, timestamp=RUN.timestamp.replace(year=2030))
    found = [str(directory.run)[-6:] for directory in folder.runs_like(str(tmp_path), like)]

    assert found == ["120007", "120001", "120000"]
    assert folder.runs_like(str(tmp_path), attrs.evolve(RUN, tag="none")) == []
    assert folder.runs_like(str(tmp_path / "not there"), RUN) == []


def test_runs_like_finds_runs_behind_a_url(memory_url: str) -> None:
    for run in (RUN, NEXT):
        with fsspec.open(f"{memory_url}/{run}/checkpoints/last.ckpt", "w"):
            pass

    assert [directory.run for directory in folder.runs_like(memory_url, RUN)] == [NEXT, RUN]
    assert folder.runs_like("memory://nothing/here", RUN) == []


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights", "0" * 64)


def test_resumable_is_the_last_checkpoint(tmp_path: Path) -> None:
    zipped(tmp_path / "last.ckpt")
    zipped(tmp_path / "epoch-03_step-000004.ckpt")

    found = folder.resumable(str(tmp_path))

    assert found == folder.Resumable(f"{tmp_path}/last.ckpt", "", is_empty=False)


def test_resumable_may_be_a_folder_or_a_link(tmp_path: Path) -> None:
    (tmp_path / "a" / "last.ckpt").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    zipped(tmp_path / "b" / "epoch-03_step-000004.ckpt")
    (tmp_path / "b" / "last.ckpt").symlink_to("epoch-03_step-000004.ckpt")

    assert folder.resumable(str(tmp_path / "a")).path == f"{tmp_path}/a/last.ckpt"
    assert folder.resumable(str(tmp_path / "b")).path == f"{tmp_path}/b/last.ckpt"


def test_resumable_without_a_last_checkpoint_is_the_highest_complete_epoch(tmp_path: Path) -> None:
    for name in ("epoch-02_step-000012", "epoch-10_step-000044", "epoch-10_step-000044_v1", "best-hmean-0.9000"):
        zipped(tmp_path / f"{name}.ckpt")
    zipped(tmp_path / "whole")
    (tmp_path / "epoch-11_step-000048.ckpt").write_bytes((tmp_path / "whole").read_bytes()[:40])
    (tmp_path / "epoch-12_step-000052.ckpt").symlink_to("removed.ckpt")

    found = folder.resumable(str(tmp_path))

    assert found.path == f"{tmp_path}/epoch-10_step-000044_v1.ckpt"
    assert found.trouble == "there is no last.ckpt"


@pytest.mark.parametrize("is_link", [False, True])
def test_resumable_names_an_empty_last_checkpoint(tmp_path: Path, is_link: bool) -> None:  # noqa: FBT001 - parametrized
    (tmp_path / ("empty" if is_link else "last.ckpt")).touch()
    if is_link:
        (tmp_path / "last.ckpt").symlink_to("empty")

    assert folder.resumable(str(tmp_path)) == folder.Resumable(None, "last.ckpt is empty", is_empty=False)


def test_resumable_of_an_empty_folder_has_no_path(tmp_path: Path) -> None:
    assert folder.resumable(str(tmp_path)) == folder.Resumable(None, "there is no last.ckpt", is_empty=True)
    assert folder.resumable(str(tmp_path / "not there")).is_empty


def test_exists_is_true_for_a_url_that_fails_to_answer(memory_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bool:
        raise TimeoutError

    with fsspec.open(f"{memory_url}/last.ckpt", "w"):
        pass
    found = folder.exists(f"{memory_url}/last.ckpt"), folder.exists(f"{memory_url}/none.ckpt")
    monkeypatch.setattr(type(fsspec.filesystem("memory")), "exists", fail)

    assert (*found, folder.exists(f"{memory_url}/none.ckpt")) == (True, False, True)


@pytest.mark.parametrize(
    ("checkpoints", "directory", "run"),
    [
        (f"outputs/{RUN}/checkpoints", f"outputs/{RUN}", RUN),
        (f"s3://team/{RUN}/checkpoints", f"s3://team/{RUN}", RUN),
        ("outputs/mine/checkpoints", "outputs/mine", None),
        (f"outputs/{RUN}/weights", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_run_of_a_checkpoints_folder_is_its_parent_or_none(
    checkpoints: str | None, directory: str | None, run: RunId | None
) -> None:
    assert folder.run_directory_of(checkpoints) == directory
    assert folder.run_of(checkpoints) == run


def test_places_around_returns_resolved_and_unresolved_paths_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "outputs", str(RUN), "last.ckpt")
    make(tmp_path / "store", "blob", "last.ckpt")
    (tmp_path / "current").symlink_to(tmp_path / "outputs" / str(RUN))
    (tmp_path / str(NEXT)).symlink_to(tmp_path / "store" / "blob")
    (tmp_path / str(RUN)).symlink_to(tmp_path / "outputs" / str(RUN))
    monkeypatch.chdir(tmp_path)
    real = f"{os.path.realpath(tmp_path)}/outputs/{RUN}/checkpoints"
    around = folder.places_around

    assert around(f"outputs/{RUN}/checkpoints/epoch=3-step=9.ckpt") == [real]
    assert around("current/checkpoints/last.ckpt") == [real]
    assert around(f"{tmp_path}/{RUN}/checkpoints/last.ckpt") == [real, f"{tmp_path}/{RUN}/checkpoints"]
    assert around(f"{tmp_path}/{NEXT}/checkpoints/last.ckpt") == [f"{tmp_path}/{NEXT}/checkpoints"]
    assert around("store/blob/checkpoints/last.ckpt") == []
    assert around(f"s3://team/{RUN}/checkpoints/last.ckpt") == [f"s3://team/{RUN}/checkpoints"]
    assert around("s3://team/last.ckpt") == []


def test_root_of_the_checkpoints_of_a_run_is_its_root() -> None:
    assert folder.root_of(f"/nowhere/outputs/{RUN}/checkpoints") == "/nowhere/outputs"
    assert folder.root_of(f"s3://team/{RUN}/checkpoints") == "s3://team"


def test_directory_checkpoint_is_not_cut_off(tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").mkdir()

    assert not folder._is_cut_off(str(tmp_path / "last.ckpt"))
