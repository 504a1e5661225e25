"""`scan` of local trees: runs, their checkpoints, and their latest and best."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from catalog_trees import EMPTY_RUN, OTHER_RUN, RUN, below, chosen, grow, kinds, only, runs, write_later
from ckpt_scheme import EpochCheckpoint, Metric, RunArchive, RunId, catalog
from ckpt_scheme.catalog._local import Disk
from ckpt_scheme.errors import FieldError, UnknownFrameworkError


def test_scan_yields_a_canonical_run_with_its_facts(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/epoch-22_step-001932.ckpt", f"{RUN}/checkpoints/last.ckpt", size=10)
    grow(tmp_path, f"{RUN}/checkpoints/best-hmean-0.8920.ckpt", f"{RUN}/checkpoints/notes.txt", size=5)

    run = only(tmp_path)

    assert (run.path, run.root, run.run, run.archive) == (f"{tmp_path}/{RUN}", str(tmp_path), RunId.parse(RUN), None)
    assert (run.framework, len(run.checkpoints), run.size) == ("ckpt_scheme", 3, 25)
    assert run.modified == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
    assert chosen(run, run.latest) == "checkpoints/last.ckpt"
    assert chosen(run, run.furthest) == "checkpoints/epoch-22_step-001932.ckpt"
    assert chosen(run, run.best) == "checkpoints/best-hmean-0.8920.ckpt"
    assert [(found.metric, chosen(run, found.highest)) for found in run.metrics] == [
        ("hmean", "checkpoints/best-hmean-0.8920.ckpt")
    ]
    assert (run.unread, run.warnings) == ((), ())


def test_scan_describes_each_checkpoint(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/epoch-22_step-001932_hmean-0.8756.ckpt", size=7)
    grow(tmp_path, f"{RUN}/checkpoints/epoch_epoch_22_step_step_001932_20251009_015037.ckpt")
    grow(tmp_path, f"{RUN}/checkpoints/epoch=28.ckpt", f"{RUN}/checkpoints/epoch-8_step-1845.ckpt")

    canonical, without_step, old, unknown = only(tmp_path).checkpoints

    assert canonical.name == EpochCheckpoint(epoch=22, step=1932, metric=Metric("hmean", 0.8756))
    assert (canonical.status, canonical.size, canonical.entry_type, canonical.flags) == ("canonical", 7, "file", ())
    assert (canonical.canonical_name, canonical.reason, canonical.losses) == (None, None, ())
    assert (old.status, old.canonical_name, old.losses) == ("legacy", "epoch-22_step-001932.ckpt", ("timestamp",))
    assert old.reading is not None
    assert (old.name, old.reading.framework, old.reading.epoch) == (None, "ocr-project", 22)
    assert (without_step.status, without_step.canonical_name) == ("legacy", None)
    assert "a step, which the name lacks" in (without_step.reason or "")
    assert (unknown.status, unknown.readings, unknown.reading) == ("unknown", (), None)
    assert unknown.canonical_name == "epoch-08_step-001845.ckpt"


def test_checkpoint_lists_digits_that_an_upgrade_loses(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=3-step=1200-val_loss=0.123456.ckpt")

    (checkpoint,) = only(tmp_path).checkpoints

    assert checkpoint.canonical_name == "epoch-03_step-001200_val_loss-0.1235.ckpt"
    assert checkpoint.losses == ("digits",)


def test_checkpoints_are_ordered_by_value_then_status(tmp_path: Path) -> None:
    where = f"{RUN}/checkpoints"
    names = ["epoch-100_step-008400.ckpt", "epoch-22_step-001932.ckpt", "last.ckpt", "best-hmean-0.8920.ckpt"]
    grow(tmp_path, *(f"{where}/{name}" for name in names))
    grow(tmp_path, f"{where}/epoch=100.ckpt", f"{where}/epoch=28.ckpt", f"{where}/\u2603.ckpt")

    checkpoints = only(tmp_path).checkpoints

    assert [found.path.rpartition("/")[2] for found in checkpoints] == [
        "best-hmean-0.8920.ckpt",
        "epoch-22_step-001932.ckpt",
        "epoch-100_step-008400.ckpt",
        "last.ckpt",
        "epoch=28.ckpt",
        "epoch=100.ckpt",
        "\u2603.ckpt",
    ]


def test_checkpoints_are_a_sequence_that_equals_a_tuple(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt", f"{RUN}/checkpoints/val/best-acc-0.5000.ckpt")

    checkpoints = only(tmp_path).checkpoints

    whole = tuple(checkpoints)
    assert (len(checkpoints), checkpoints[0], checkpoints[-1], checkpoints[:1]) == (2, *whole, whole[:1])
    assert checkpoints == whole
    assert whole == checkpoints
    assert hash(checkpoints) == hash(whole)
    assert checkpoints != whole[:1]
    assert checkpoints != "checkpoints"  # type: ignore[comparison-overlap]  # unequal by type
    assert repr(checkpoints) == "<2 checkpoints>"
    for index in (2, -3):
        with pytest.raises(IndexError):
            _ = checkpoints[index]


def test_runs_are_frozen_and_equal(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt")

    first, second = only(tmp_path), only(tmp_path)

    assert first == second
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        first.size = 3  # type: ignore[misc]  # refused by a frozen class


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([f"a/{RUN}/x/{OTHER_RUN}/y/checkpoints/last.ckpt"], [f"a/{RUN}/x/{OTHER_RUN}"]),
        (["exp/checkpoints/last.ckpt"], ["exp"]),
        (["exp/checkpoints/val/last.ckpt"], ["exp"]),
        (["exp/checkpoints/a/checkpoints/last.ckpt"], ["exp/checkpoints/a"]),
        (["exp/last.ckpt"], ["exp"]),
        ([f"{RUN}/a/last.ckpt", f"{RUN}/b/best.ckpt"], [RUN]),
        (["b/last.ckpt", "a/last.ckpt"], ["a", "b"]),
    ],
)
def test_run_is_the_nearest_canonical_folder_or_the_folder_above_checkpoints(
    tmp_path: Path, paths: list[str], found: list[str]
) -> None:
    grow(tmp_path, *paths)

    assert [below(tmp_path, run.path) for run in runs(tmp_path)] == found


@pytest.mark.parametrize(
    ("root", "path"),
    [
        (".", f"./{RUN}"),
        ("../runs", f"../runs/{RUN}"),
        ("../runs//", f"../runs/{RUN}"),
        (RUN, RUN),
        (f"./{RUN}/", f"./{RUN}"),
    ],
)
def test_path_of_a_run_begins_with_the_root_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, path: str
) -> None:
    grow(tmp_path, f"runs/{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / "runs")

    (run,) = catalog.scan(root)

    assert (run.path, chosen(run, run.latest)) == (path, "checkpoints/last.ckpt")


def test_scan_that_begins_inside_a_run_names_the_run_by_its_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / RUN / "checkpoints")

    (run,) = catalog.scan(".")

    assert (run.path, run.run) == (f"{tmp_path}/{RUN}", RunId.parse(RUN))
    assert [found.path for found in run.checkpoints] == ["./last.ckpt"]


def test_scan_yields_empty_canonical_runs_with_a_warning(tmp_path: Path) -> None:
    inner = f"inner-{EMPTY_RUN}"
    grow(tmp_path, f"{EMPTY_RUN}/logs/{inner}/", f"{OTHER_RUN}/deep/{RUN}/checkpoints/last.ckpt", "plain/")

    found = [(below(tmp_path, run.path), kinds(run)) for run in runs(tmp_path)]

    # A run around another run holds its checkpoints.
    assert found == [
        (f"{EMPTY_RUN}/logs/{inner}", ["no_checkpoints"]),
        (EMPTY_RUN, ["no_checkpoints"]),
        (f"{OTHER_RUN}/deep/{RUN}", []),
    ]


def test_scan_yields_archived_runs_by_their_names(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}.tar.zst", "other.tar.zst", size=100)

    run = only(tmp_path)

    assert (run.archive, run.run) == (RunArchive.parse(f"{RUN}.tar.zst"), RunId.parse(RUN))
    assert (below(tmp_path, run.path), run.size, len(run.checkpoints)) == (f"{RUN}.tar.zst", 100, 0)
    assert run.modified is not None


def test_size_of_a_checkpoint_folder_is_the_sum_of_its_files(tmp_path: Path) -> None:
    grow(tmp_path, "hf/checkpoint-500/model.safetensors", "hf/checkpoint-500/global_step500/rank_0.pt", size=40)
    grow(tmp_path, "hf/checkpoint-500/trainer_state.json", size=2)
    write_later(tmp_path / "hf/checkpoint-500/trainer_state.json", 30)

    run = only(tmp_path)

    (checkpoint,) = run.checkpoints
    assert (checkpoint.entry_type, checkpoint.size, run.size) == ("directory", 82, 82)
    assert checkpoint.modified == datetime(2025, 10, 9, 8, 53, 50, tzinfo=UTC)


def test_scan_that_is_not_recursive_reads_one_folder(tmp_path: Path) -> None:
    grow(tmp_path, "checkpoint-500/model.safetensors", "a/last.ckpt", "epoch_1.pth")

    (run,) = runs(tmp_path, recursive=False, framework="huggingface-trainer")

    assert [(found.path, found.size, found.flags) for found in run.checkpoints] == [
        (f"{tmp_path}/checkpoint-500", None, ())
    ]


# --------------------------------------------------------------------------------------------------------------------
# Faults, as the disk shows them.


def test_empty_entries_and_dead_links_have_flags(tmp_path: Path) -> None:
    where = tmp_path / "run/checkpoints"
    grow(where, "epoch-01_step-000001.ckpt", "epoch-03_step-000003.ckpt/")
    grow(where, "epoch-02_step-000002.ckpt", size=0)
    (where / "epoch-04_step-000004.ckpt").symlink_to("gone.ckpt")
    (where / "epoch-05_step-000005.ckpt").symlink_to("epoch-02_step-000002.ckpt")
    (where / "last.ckpt").symlink_to("epoch-01_step-000001.ckpt")

    checkpoints = only(tmp_path).checkpoints

    assert [(found.flags, found.entry_type, found.link_target) for found in checkpoints] == [
        ((), "file", None),
        (("empty",), "file", None),
        (("empty",), "directory", None),
        (("dead_link",), "symlink", "gone.ckpt"),
        (("empty",), "symlink", "epoch-02_step-000002.ckpt"),
        ((), "symlink", "epoch-01_step-000001.ckpt"),
    ]


def test_latest_that_is_empty_or_a_dead_link_is_a_warning(tmp_path: Path) -> None:
    grow(tmp_path, "a/last.ckpt", "a/best-acc-0.5000.ckpt", size=0)
    grow(tmp_path, "b/epoch-01_step-000001.ckpt")
    (tmp_path / "b/last.ckpt").symlink_to("gone.ckpt")
    (tmp_path / "b/best-acc-0.5000.ckpt").symlink_to("gone.ckpt")

    empty, dead = runs(tmp_path)

    assert kinds(empty) == ["latest_is_empty", "best_is_empty"]
    assert kinds(dead) == ["latest_is_dead_link", "best_is_dead_link"]
    assert [(warning.paths, warning.count) for warning in empty.warnings] == [
        (("last.ckpt",), 1),
        (("best-acc-0.5000.ckpt",), 1),
    ]


@pytest.mark.parametrize(("seconds", "expected"), [(59, []), (61, ["latest_is_older"])])
def test_times_warn_and_do_not_decide(tmp_path: Path, seconds: int, expected: list[str]) -> None:
    grow(tmp_path, "run/last.ckpt", "run/epoch-01_step-000001.ckpt", "run/best-acc-0.5000.ckpt", "run/best-v1.ckpt")
    write_later(tmp_path / "run/epoch-01_step-000001.ckpt", seconds)
    write_later(tmp_path / "run/best-acc-0.5000.ckpt", 1000)

    run = only(tmp_path)

    assert (chosen(run, run.latest), kinds(run)) == ("last.ckpt", expected)


def test_unfinished_checkpoint_is_skipped_with_a_warning(tmp_path: Path) -> None:
    grow(tmp_path, "run/step-100/metadata.json", "run/step-200/metadata.json", "run/step-300/model.bin")

    run = only(tmp_path, framework="levanter")

    assert chosen(run, run.latest) == "step-200"
    assert [(warning.kind, warning.paths) for warning in run.warnings] == [
        ("unfinished_checkpoints", ("step-300/",)),
    ]
    assert [found.flags for found in run.checkpoints] == [(), (), ("unfinished",)]


def test_names_that_may_be_later_are_a_warning(tmp_path: Path) -> None:
    grow(tmp_path, "run/last-v1.ckpt", "run/epoch_09_step_002730.ckpt")

    run = only(tmp_path)

    assert chosen(run, run.latest) == "last-v1.ckpt"
    assert chosen(run, run.furthest) == "epoch_09_step_002730.ckpt"
    assert next((warning.kind, warning.paths) for warning in run.warnings) == (
        "latest_is_uncertain",
        ("epoch_09_step_002730.ckpt",),
    )


def test_several_frameworks_are_a_warning(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=3-step=1200.ckpt", "run/epoch_epoch_22_step_step_001932_20251009_015037.ckpt")

    run = only(tmp_path)

    assert run.framework is None
    assert [(warning.kind, warning.paths) for warning in run.warnings][-1] == (
        "several_frameworks",
        ("lightning", "ocr-project"),
    )


def test_last_ckpt_beside_other_names_belongs_to_their_framework(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch=3-step=1200.ckpt", "run/last.ckpt")

    assert only(tmp_path).framework == "lightning"


def test_unread_names_of_weights_are_in_the_record(tmp_path: Path) -> None:
    grow(tmp_path, "run/last.ckpt", "run/\u2603.ckpt", "run/my \u2603 weights.safetensors", "run/notes.txt")

    run = only(tmp_path)

    assert run.unread == ("my \u2603 weights.safetensors", "\u2603.ckpt")
    assert kinds(run) == ["unread_names"]
    assert run.warnings[0].count == 2


def test_folder_of_unread_names_only_is_a_run_without_checkpoints(tmp_path: Path) -> None:
    grow(tmp_path, "run/my \u2603 weights.safetensors")

    run = only(tmp_path)

    assert (len(run.checkpoints), run.unread, run.latest.checkpoint) == (0, ("my \u2603 weights.safetensors",), None)


def test_undecided_latest_has_a_reason(tmp_path: Path) -> None:
    grow(tmp_path, "run/epoch_3.pth", "run/iter_500.pth")

    run = only(tmp_path)

    assert run.latest.checkpoint is None
    assert "names that count the same" in (run.latest.reason or "")


def test_best_without_a_direction_has_a_reason(tmp_path: Path) -> None:
    grow(tmp_path, "run/best-acc-0.5000.ckpt", "run/best-acc-0.7000.ckpt")

    run = only(tmp_path)

    assert (run.best.checkpoint, run.best.reason) == (
        None,
        "several checkpoints are called best, and no name shows whether a higher or a lower value is better",
    )
    assert [(chosen(run, found.highest), chosen(run, found.lowest)) for found in run.metrics] == [
        ("best-acc-0.7000.ckpt", "best-acc-0.5000.ckpt")
    ]


def test_unfinished_checkpoint_in_a_folder_that_cannot_be_read_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, "run/step-100/metadata.json", "run/step-200/metadata.json")
    read = Disk.folder

    def folder(self: Disk, path: str) -> object:
        if path.endswith("/step-200"):
            raise PermissionError(13, "Permission denied", path)
        return read(self, path)

    monkeypatch.setattr(Disk, "folder", folder)

    (run,) = catalog.scan(tmp_path, framework="levanter", on_error=lambda _path, _error: None)

    assert chosen(run, run.latest) == "step-100"
    assert kinds(run) == ["unfinished_checkpoints", "unreadable_folder"]


@pytest.mark.parametrize("seconds", [-5, 10_000_000_000])
def test_time_before_1970_or_after_2262_is_not_known(tmp_path: Path, seconds: int) -> None:
    grow(tmp_path, "run/last.ckpt", f"{RUN}.tar")
    for path in ("run/last.ckpt", f"{RUN}.tar"):
        os.utime(tmp_path / path, (seconds, seconds))

    found = runs(tmp_path)

    assert [run.modified for run in found] == [None, None]


def test_pickled_run_equals_its_original(tmp_path: Path) -> None:
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt", f"{RUN}/checkpoints/epoch=3.ckpt")
    run = only(tmp_path)

    again = pickle.loads(pickle.dumps(run))

    assert again == run
    assert type(again.checkpoints) is tuple


def test_framework_without_a_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFrameworkError):
        catalog.scan(tmp_path, framework="no-such")


def test_root_that_is_no_path_is_refused() -> None:
    with pytest.raises(FieldError):
        catalog.scan(3)  # type: ignore[arg-type]  # the refused value
