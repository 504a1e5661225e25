"""`catalog.claim`: a run folder on a real disk, and behind the URL of a file system in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import fsspec
import pytest

from ckpt_scheme import RunId
from ckpt_scheme.catalog import claim
from ckpt_scheme.errors import FieldError, OperationError

RUN = RunId.parse("ocr-dbnet_training_20251015_120000")
NEXT = RunId.parse("ocr-dbnet_training_20251015_120001")


def test_claim_makes_the_folder_with_its_checkpoints(tmp_path: Path) -> None:
    directory = claim(tmp_path / "deep" / "outputs", RUN)

    assert str(directory) == f"{tmp_path}/deep/outputs/{RUN}"
    assert Path(directory.checkpoints).is_dir()


def test_claim_takes_the_next_second_if_the_folder_exists(tmp_path: Path) -> None:
    assert claim(str(tmp_path), RUN).run == RUN
    assert claim(f"file://{tmp_path}", RUN).run == NEXT
    assert {path.name for path in tmp_path.iterdir()} == {str(RUN), str(NEXT)}


@pytest.mark.parametrize("is_link", [False, True])
def test_claim_takes_the_next_second_if_a_file_or_a_dead_link_has_the_name(tmp_path: Path, *, is_link: bool) -> None:
    taken = tmp_path / str(RUN)
    if is_link:
        taken.symlink_to("nowhere")
    else:
        taken.touch()

    assert claim(tmp_path, RUN).run == NEXT


def test_concurrent_claims_get_different_folders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        claimed = [str(directory) for directory in pool.map(lambda _: claim(tmp_path, RUN), range(40))]

    assert len(set(claimed)) == 40


def test_claim_of_fields_names_the_run_by_them_and_by_the_present_second(tmp_path: Path) -> None:
    before = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - timestamps of the scheme are naive

    run = claim(tmp_path, tag="ocr", model="dbnet-resnet18").run

    assert (run.tag, run.architecture, run.encoder, run.phase) == ("ocr", "dbnet", "resnet18", "training")
    assert before <= run.timestamp <= before + timedelta(minutes=1)


def test_claim_of_fields_takes_a_phase_and_a_timestamp(tmp_path: Path) -> None:
    run = claim(tmp_path, tag="ocr", model="dbnet", phase="fine-tuning", timestamp=RUN.timestamp).run

    assert str(run) == "ocr-dbnet_fine-tuning_20251015_120000"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "model"),
        ({"model": "dbnet"}, "tag"),
        ({"tag": "ocr", "model": "dbnet-"}, "encoder"),
        ({"tag": "a-b", "model": "dbnet"}, "tag"),
        ({"tag": "ocr", "model": "dbnet", "phase": "fine_tuning"}, "phase"),
        ({"tag": "ocr", "model": "dbnet", "timestamp": "20251015_120000"}, "timestamp"),
    ],
)
def test_claim_refuses_fields_outside_the_grammar(fields: dict[str, Any], field: str, tmp_path: Path) -> None:
    with pytest.raises(FieldError) as caught:
        claim(tmp_path, **fields)

    assert caught.value.kind == field
    assert not list(tmp_path.iterdir())


def test_claim_makes_the_root_again_if_another_process_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "outputs"
    mkdir, removals = Path.mkdir, [root]

    def mkdir_of_a_busy_disk(self: Path, **options: bool) -> None:
        mkdir(self, **options)
        if self in removals:
            removals.remove(self)
            self.rmdir()

    monkeypatch.setattr(Path, "mkdir", mkdir_of_a_busy_disk)

    assert Path(claim(root, RUN).checkpoints).is_dir()
    assert removals == []


def test_claim_below_a_file_raises_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="file"):
        claim(tmp_path / "file", RUN)


def test_claim_after_the_last_second_is_refused(tmp_path: Path) -> None:
    last = RunId.parse("ocr-dbnet_training_99991231_235959")
    claim(tmp_path, last)

    with pytest.raises(OperationError, match="there is no later second"):
        claim(tmp_path, last)


@pytest.mark.parametrize(("root", "run"), [(7, RUN), ("", RUN), ("outputs", str(RUN)), ("nosuch://team", RUN)])
def test_claim_refuses_wrong_arguments(
    root: Any,  # noqa: ANN401 - any object may be given
    run: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(FieldError):
        claim(root, cast("RunId", run))

    assert not list(tmp_path.iterdir())


def test_claim_behind_a_url_returns_a_free_folder_without_making_it(memory_url: str) -> None:
    assert claim(memory_url, RUN).run == RUN
    assert str(claim(f"{memory_url}/", RUN)) == f"{memory_url}/{RUN}"

    with fsspec.open(f"{memory_url}/{RUN}/checkpoints/last.ckpt", "w"):
        pass
    assert claim(memory_url, RUN).run == NEXT
