"""The folder of a run on a real disk, and behind the URL of a file system in memory."""

from __future__ import annotations

import os
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


def test_is_local_tells_paths_and_file_urls_from_other_urls() -> None:
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


def test_remove_if_empty_removes_an_empty_folder_alone(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    make(tmp_path, "empty")
    make(tmp_path, "used", "last.ckpt")

    assert folder.remove_if_empty(str(empty))
    assert not empty.exists()
    assert not folder.remove_if_empty(str(used))
    assert (used / "checkpoints" / "last.ckpt").exists()
    assert folder.remove_if_empty(str(tmp_path / "never there"))


def test_newest_last_returns_the_newest_run_like_the_given_one(tmp_path: Path) -> None:
    make(tmp_path, str(RUN), "last.ckpt")
    make(tmp_path, str(NEXT), "last.ckpt")
    make(tmp_path, "ocr-dbnet_training_20251015_120002")  # ended before it saved a checkpoint
    make(tmp_path, "ocr-dbnet_training_20251015_120006")
    (tmp_path / "ocr-dbnet_training_20251015_120006" / "checkpoints" / "last.ckpt").symlink_to("removed.ckpt")
    (tmp_path / "ocr-dbnet_training_20251015_120007").touch()
    make(tmp_path, "ocr-dbnet_validation_20251015_120003", "last.ckpt")
    make(tmp_path, "other-dbnet_training_20251015_120004", "last.ckpt")
    make(tmp_path, "ocr-dbnet-resnet18_training_20251015_120005", "last.ckpt")
    make(tmp_path, "no run", "last.ckpt")

    like = attrs.evolve(RUN, timestamp=RUN.timestamp.replace(year=2030))

    assert folder.newest_last(str(tmp_path), like) == f"{tmp_path}/{NEXT}/checkpoints/last.ckpt"
    assert folder.newest_last(str(tmp_path), attrs.evolve(RUN, tag="none")) is None
    assert folder.newest_last(str(tmp_path / "not there"), RUN) is None


def test_newest_last_finds_the_newest_run_behind_a_url(memory_url: str) -> None:
    for run in (RUN, NEXT):
        with fsspec.open(f"{memory_url}/{run}/checkpoints/last.ckpt", "w"):
            pass

    assert folder.newest_last(memory_url, RUN) == f"{memory_url}/{NEXT}/checkpoints/last.ckpt"
    assert folder.newest_last("memory://nothing/here", RUN) is None


def test_newest_last_follows_links_of_runs_and_checkpoints(tmp_path: Path) -> None:
    make(tmp_path / "store", "blob", "epoch-00_step-000001.ckpt")
    (tmp_path / "store" / "blob" / "checkpoints" / "last.ckpt").symlink_to("epoch-00_step-000001.ckpt")
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / str(RUN)).symlink_to(tmp_path / "store" / "blob")

    assert folder.newest_last(str(tmp_path / "outputs"), RUN) == f"{tmp_path}/outputs/{RUN}/checkpoints/last.ckpt"


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


def test_checkpoints_around_a_checkpoint_resolves_links_to_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "outputs", str(RUN), "last.ckpt")
    make(tmp_path / "store", "blob", "last.ckpt")
    (tmp_path / "current").symlink_to(tmp_path / "outputs" / str(RUN))
    (tmp_path / str(NEXT)).symlink_to(tmp_path / "store" / "blob")
    monkeypatch.chdir(tmp_path)
    real = os.path.realpath(tmp_path)

    assert (
        folder.checkpoints_around(f"outputs/{RUN}/checkpoints/epoch=3-step=9.ckpt")
        == f"{real}/outputs/{RUN}/checkpoints"
    )
    assert folder.checkpoints_around("current/checkpoints/last.ckpt") == f"{real}/outputs/{RUN}/checkpoints"
    assert folder.checkpoints_around(f"{tmp_path}/{NEXT}/checkpoints/last.ckpt") == f"{tmp_path}/{NEXT}/checkpoints"
    assert folder.checkpoints_around("store/blob/checkpoints/last.ckpt") is None
    assert folder.checkpoints_around(f"s3://team/{RUN}/checkpoints/last.ckpt") == f"s3://team/{RUN}/checkpoints"
    assert folder.checkpoints_around("s3://team/last.ckpt") is None
