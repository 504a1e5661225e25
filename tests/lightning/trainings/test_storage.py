"""Checkpoints on the disk: links, other devices, directories, and asynchronous writers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from training import LATER, CrashError, Lab, Scripted, held, plugins

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a device, not a place
OTHER_RUN = "a-b_c_20251015_120000"
BEST = {"kind": "best", "monitor": "val/hmean", "mode": "max"}

pytestmark = pytest.mark.filterwarnings("ignore:.*save_last")


class Folders(plugins.CheckpointIO):
    """Writes each checkpoint as a directory."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: object = None) -> None:
        del storage_options
        Path(path).mkdir(parents=True, exist_ok=True)
        torch.save(checkpoint, Path(path) / "state.pt")

    def load_checkpoint(self, path: str | Path, *_: object, **__: object) -> dict[str, Any]:
        state: dict[str, Any] = torch.load(Path(path) / "state.pt", weights_only=True)
        return state

    def remove_checkpoint(self, path: str | Path) -> None:
        shutil.rmtree(path)


@pytest.fixture
def other_device(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put temporary files on another device than the checkpoints, as on most clusters."""
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        if Path(folder).stat().st_dev == lab.home.stat().st_dev:
            pytest.skip(f"{SHARED_MEMORY} is the device that the tests run on")
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def _link_the_last(lab: Lab, name: str) -> None:
    """Replace the last checkpoint by a link, as Lightning does in releases where the adapter copies."""
    last = lab.path("last.ckpt", OTHER_RUN)
    last.unlink()
    last.symlink_to(name)


@pytest.mark.since("fresh links")
def test_save_last_link_points_to_the_best(lab: Lab) -> None:
    lab.fit(lab.callback(save_last="link", **BEST), scores=[0.5, 0.6, 0.4, 0.7])

    assert lab.names() == ["best-hmean-0.7000.ckpt", "last.ckpt"]
    assert lab.path("last.ckpt").readlink() == Path("best-hmean-0.7000.ckpt")


@pytest.mark.since("links")
def test_save_last_link_holds_the_last_epoch(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_last="link"), epochs=2)

    assert lab.names() == ["epoch-01_step-000008.ckpt", "last.ckpt"]
    assert lab.held("last.ckpt").step == 8


@pytest.mark.since("links")
@pytest.mark.needs_private("_save_checkpoint")
@pytest.mark.usefixtures("other_device")
def test_last_replaces_a_link_instead_of_writing_through_it(lab: Lab) -> None:
    options = {"kind": "epoch", "save_top_k": -1, "run_dir": lab.outputs / OTHER_RUN}
    lab.fit(lab.callback(save_last="link", **options), epochs=2)
    _link_the_last(lab, "epoch-01_step-000008.ckpt")

    lab.fit(lab.callback(save_last=True, **options), epochs=3, resume=lab.path("last.ckpt", OTHER_RUN))

    assert lab.names(OTHER_RUN) == [
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000008.ckpt",
        "epoch-02_step-000012.ckpt",
        "last.ckpt",
    ]
    assert not lab.path("last.ckpt", OTHER_RUN).is_symlink()
    assert lab.held("last.ckpt", OTHER_RUN).epoch == 2
    lab.check()


@pytest.mark.since("links")
@pytest.mark.needs_private("_save_checkpoint")
@pytest.mark.usefixtures("other_device")
def test_last_of_a_fresh_training_replaces_a_link_instead_of_writing_through_it(lab: Lab) -> None:
    options = {"kind": "epoch", "run_dir": lab.outputs / OTHER_RUN, "save_top_k": -1}
    lab.fit(lab.callback(save_last="link", **options), epochs=1)
    _link_the_last(lab, "epoch-00_step-000004.ckpt")

    lab.fit(lab.callback(save_last=True, **options), epochs=2)

    assert lab.names(OTHER_RUN) == [
        "epoch-00_step-000004.ckpt",
        "epoch-00_step-000004_v1.ckpt",
        "epoch-01_step-000008.ckpt",
        "last.ckpt",
    ]
    lab.check()


@pytest.mark.since("links")
@pytest.mark.needs_private("_save_checkpoint")
@pytest.mark.usefixtures("other_device")
def test_resumed_link_without_a_new_best_keeps_the_best_file(lab: Lab) -> None:
    scores = [0.9, 0.1, 0.2]
    lab.fit(lab.callback(save_last="link", **BEST), scores=scores, epochs=1)

    lab.fit(lab.callback(save_last="link", timestamp=LATER, **BEST), scores=scores, resume=lab.path("last.ckpt"))

    assert lab.names() == ["best-hmean-0.9000.ckpt", "last.ckpt"]
    assert lab.held("best-hmean-0.9000.ckpt").step == 4
    assert lab.held("last.ckpt").step in (4, 12)


@pytest.mark.parametrize("save_last", [True, pytest.param("link", marks=pytest.mark.since("links"))])
def test_directory_checkpoints_are_named_and_replaced(lab: Lab, save_last: bool | str) -> None:
    options = {"kind": "epoch", "save_last": save_last}
    lab.fit(lab.callback(**options), epochs=2, plugins=[Folders()])

    lab.fit(lab.callback(timestamp=LATER, **options), epochs=3, plugins=[Folders()], resume=lab.path("last.ckpt"))

    assert lab.names() == ["epoch-02_step-000012.ckpt", "last.ckpt"]
    assert lab.path("epoch-02_step-000012.ckpt").is_dir()
    assert lab.held("last.ckpt").epoch == 2


@pytest.mark.needs_private("_save_checkpoint")
def test_directory_checkpoint_replaces_a_link(lab: Lab) -> None:
    lab.fit(lab.callback(kind="epoch", save_top_k=-1), epochs=1, plugins=[Folders()])
    lab.path("last.ckpt").symlink_to("epoch-00_step-000004.ckpt")
    options = {"kind": "epoch", "save_top_k": -1, "save_last": True, "run_dir": lab.path("last.ckpt").parent.parent}

    lab.fit(lab.callback(**options), epochs=2, plugins=[Folders()], resume=lab.path("epoch-00_step-000004.ckpt"))

    assert lab.names() == ["epoch-00_step-000004.ckpt", "epoch-01_step-000008.ckpt", "last.ckpt"]
    lab.check()


def test_async_writer_gets_versions_for_values_that_round_alike(lab: Lab) -> None:
    class Slow(plugins.TorchCheckpointIO):
        def save_checkpoint(self, *arguments: Any, **options: Any) -> None:
            torch.rand(1000, 1000).sort()
            super().save_checkpoint(*arguments, **options)

    callback = lab.callback(save_top_k=3, **BEST)
    writer = plugins.AsyncCheckpointIO(Slow())

    lab.fit(callback, scores=[0.89201, 0.89203, 0.89204], plugins=[writer])

    assert lab.names() == ["best-hmean-0.8920.ckpt", "best-hmean-0.8920_v1.ckpt", "best-hmean-0.8920_v2.ckpt"]
    assert sorted(callback.best_k_models) == [str(lab.path(name)) for name in lab.names()]
    assert held(Path(callback.best_model_path)).epoch == 2


def test_async_writer_with_a_pair_writes_all_names(lab: Lab) -> None:
    lab.fit(*lab.pair(), scores=[0.5, 0.6, 0.4], plugins=[plugins.AsyncCheckpointIO()])

    assert lab.names() == [
        "best-hmean-0.5000.ckpt",
        "best-hmean-0.6000.ckpt",
        "epoch-00_step-000004.ckpt",
        "epoch-01_step-000008.ckpt",
        "epoch-02_step-000012.ckpt",
        "last.ckpt",
    ]


class Late(plugins.TorchCheckpointIO):
    """Writes at teardown, like a thread that the Trainer does not wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[dict[str, Any], str]] = []

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: object = None) -> None:
        del storage_options
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.waiting.append((checkpoint, str(path)))

    def teardown(self) -> None:
        for checkpoint, path in self.waiting:
            torch.save(checkpoint, path)
        self.waiting.clear()


@pytest.mark.needs_private("_save_checkpoint")
def test_crash_before_the_first_file_is_written_keeps_the_pending_checkpoint(lab: Lab) -> None:
    with pytest.raises(CrashError):
        lab.fit(
            *lab.pair(every_n_train_steps=2, best={"every_n_train_steps": None}),
            module=Scripted([0.5], crash_at=2),
            epochs=1,
            plugins=[Late()],
        )

    assert "epoch-00_step-000002.ckpt" in lab.names()


def test_save_weights_only_omits_the_optimizer(lab: Lab) -> None:
    lab.fit(*lab.pair(save_weights_only=True), scores=[0.5, 0.6])

    assert "optimizer_states" not in torch.load(lab.path("last.ckpt"), weights_only=True)
    assert lab.names()[:2] == ["best-hmean-0.5000.ckpt", "best-hmean-0.6000.ckpt"]
