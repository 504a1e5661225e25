"""Extreme facts of a disk, moved folders, wrong clocks, and entries that cannot be read."""

from __future__ import annotations

import json
import os
import shlex
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme._grammar import EXTENSION
from ckpt_scheme.errors import FieldError, OperationError, StalePlanError
from ckpt_scheme.legacy import REGISTRY
from ckpt_scheme.migration import (
    Discard,
    Plan,
    Policy,
    Report,
    Session,
    apply,
    make_plan,
    observe,
    operations,
    trash,
    undo,
)
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._policy import marker_of
from cli_runner import invoke
from machine import immutable, need
from migration_operations import FILE, FILE_NEW, TREE, act_of, migrate, plan_of, write
from migration_trees import STATE, File, contents, grow, manifest

FOLDER: Final = "run/checkpoints"
PRUNE: Final = Policy(rename=False, delete_old=True, keep_min_epoch=None, keep_last=1)
NAMES: Final = tuple(f"epoch-{number:02}_step-000001.ckpt" for number in range(1, 4))
PLACES: Final = tuple(f"{FOLDER}/{name}" for name in NAMES)
JOURNAL: Final = f"{STATE}/journal/000001.jsonl"


def apply_after_journal(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object], policy: Policy
) -> Report:
    """Carry out a policy with a *change* of the disk between the journal and the first act."""
    begin = journals.begin

    def late(*arguments: Any) -> None:  # noqa: ANN401 - those of `begin`
        begin(*arguments)
        change()

    with Session(root) as session, monkeypatch.context() as patch:
        patch.setattr(journals, "begin", late)
        return session.migrate(policy)[1]


# --------------------------------------------------------------------------------------------------------------------
# Numbers.


def test_file_of_the_year_2300_is_renamed_and_put_back(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    seconds = 10_413_792_000
    os.utime(tmp_path / FILE, (seconds, seconds))
    before = manifest(tmp_path)

    assert migrate(tmp_path).done == ((FILE, FILE_NEW),)
    assert undo(tmp_path).done == ((FILE_NEW, FILE),)

    assert manifest(tmp_path) == before
    assert (tmp_path / FILE).stat().st_mtime == seconds
    assert not any(each.is_damaged for each in operations(tmp_path))


def test_inode_of_64_bits_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, PLACES)
    look = disk.look
    monkeypatch.setattr(
        disk, "look", lambda *arguments: attrs.evolve(look(*arguments), inode=2**63 + look(*arguments).inode)
    )

    assert len(apply(make_plan(observe(tmp_path), PRUNE)).done) == 2
    assert [each.path for each in trash(tmp_path)] == [*PLACES[:2]]
    assert len(undo(tmp_path).done) == 2


def test_act_that_no_journal_can_hold_is_refused_before_all_others(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    listing = observe(tmp_path)
    huge = [attrs.evolve(each, size=2**96) if each.path == FILE else each for each in listing.entries]
    listing = attrs.evolve(listing, entries=huge)

    with (
        Session(tmp_path) as session,
        pytest.raises(OperationError, match="no journal can hold"),
    ):
        session.apply(make_plan(listing), listing)

    assert manifest(tmp_path) == before
    assert operations(tmp_path) == []


@pytest.mark.parametrize("size", [-1, 2**96, 10**400, 8])
def test_plan_with_another_size_is_refused(tmp_path: Path, size: int) -> None:
    grow(tmp_path, PLACES)
    record = json.loads(make_plan(observe(tmp_path), PRUNE).to_json())
    record["items"][0]["size"] = size
    before = manifest(tmp_path, state=True)

    (tmp_path / "plan.json").write_text(json.dumps(record))
    for arguments in ((), ("--apply",)):
        result = invoke("migrate", "--plan", tmp_path / "plan.json", *arguments)
        assert "Traceback" not in result.stderr
        assert result.exit_code == (1 if size != 8 or arguments else 0)
    (tmp_path / "plan.json").unlink()

    with pytest.raises((FieldError, StalePlanError)):
        apply(Plan.from_json(json.dumps(record)))
    assert manifest(tmp_path, state=True) == before


def test_discard_refuses_size_of_wrong_type() -> None:
    for size in ("7", None, 1.5, True):
        with pytest.raises(FieldError):
            Discard("a", "b", size=size)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


# --------------------------------------------------------------------------------------------------------------------
# Folders that move, and clocks.


@pytest.mark.parametrize("is_linked", [True, False])
def test_act_follows_no_folder_out_of_the_root(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_linked: bool,  # noqa: FBT001 - a column
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    grow(root, PLACES)

    def move() -> None:
        (root / FOLDER).rename(outside)
        if is_linked:
            (root / FOLDER).symlink_to(outside)

    report = apply_after_journal(root, monkeypatch, move, PRUNE)

    assert report.done == ()
    assert [failure.path for failure in report.failed] == [*PLACES[:2]]
    assert sorted(path.name for path in outside.iterdir()) == sorted(NAMES)


def test_marker_made_after_the_journal_guards_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, other = f"{FOLDER}/step=1-epoch=1.ckpt", f"{FOLDER}/epoch=2-step=2.ckpt"
    grow(tmp_path, [old, other])
    marker = tmp_path / f"{FOLDER}/step=1-epoch=1-unfinished"

    report = apply_after_journal(tmp_path, monkeypatch, marker.touch, Policy())

    assert [path for path, _ in report.done] == [other]
    (failure,) = report.failed
    assert (failure.path, failure.reason) == (old, "a name beside it shows that it is unfinished by now")


def test_only_one_marker_disqualifies_names_in_ckpt() -> None:
    """The executor looks for this marker alone; the planner, for those of all formats."""
    found = [
        declared.template
        for declared in REGISTRY.formats
        if any(target.endswith(EXTENSION) for target in declared.disqualifies)
    ]

    assert found
    assert all(template.endswith(marker_of(".ckpt")) for template in found)


def test_prune_keeps_run_begun_anew_beside_time_in_the_future(tmp_path: Path) -> None:
    old = {f"{FOLDER}/epoch-{number}_step-000001.ckpt": File() for number in range(90, 95)}
    new = {f"{FOLDER}/epoch-{number:02}_step-000001.ckpt": File() for number in range(4)}
    grow(tmp_path, {**old, **new})
    now = time.time()
    os.utime(tmp_path / [*old][-1], (now + 10**7, now + 10**7))
    for path in new:
        os.utime(tmp_path / path, (now - 3600, now - 3600))

    plan = make_plan(observe(tmp_path), attrs.evolve(PRUNE, keep_last=2))

    assert [item.path for item in plan.discards] == [*old][:3]


# --------------------------------------------------------------------------------------------------------------------
# The state directory.


def test_root_obeys_no_journal_that_a_group_may_have_written(tmp_path: Path) -> None:
    need("root")
    grow(tmp_path, PLACES)
    tmp_path.chmod(0o2775)
    assert len(apply(make_plan(observe(tmp_path), PRUNE)).done) == 2
    assert not stat.S_IMODE((tmp_path / JOURNAL).stat().st_mode) & stat.S_IWGRP

    (tmp_path / JOURNAL).chmod(0o664)

    for use in (operations, trash, undo):
        with pytest.raises(OperationError, match="other users may write to it"):
            use(tmp_path)
    assert len(operations(tmp_path, trust_state=True)) == 1


def test_journal_that_only_another_user_can_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, [FILE])
    write(tmp_path, act_of(tmp_path, FILE, FILE_NEW))

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied", JOURNAL)

    monkeypatch.setattr(journals, "finish", fail)

    with pytest.raises(
        OperationError, match=r"operation 1 was stopped, and only the user who began it .*000001\.jsonl"
    ):
        undo(tmp_path)


def test_commands_in_errors_quote_the_path(tmp_path: Path) -> None:
    root = tmp_path / "my out"
    grow(root, [FILE])
    write(root, act_of(root, FILE, FILE_NEW))
    (root / STATE).chmod(0o777)

    with pytest.raises(OperationError) as refused:
        operations(root)

    assert f"chmod go-w {shlex.quote(f'{root}/{STATE}')}" in str(refused.value)


@pytest.mark.parametrize("kind", ["directory", "FIFO", "link"])
def test_check_reports_lock_that_is_no_file(tmp_path: Path, kind: str) -> None:
    grow(tmp_path, [FILE])
    migrate(tmp_path)
    lock = tmp_path / STATE / "lock"
    lock.unlink()
    make: dict[str, Callable[[], object]] = {
        "directory": lock.mkdir,
        "FIFO": lambda: os.mkfifo(lock),
        "link": lambda: lock.symlink_to("/dev/null"),
    }
    make[kind]()

    result = invoke("trash", tmp_path, "--check")

    assert result.exit_code == 1
    assert f"{STATE}/lock" in result.stderr
    assert result.stdout.splitlines()[-1] == "1 damaged, 0 without a journal"


def test_check_needs_no_lock(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    migrate(tmp_path)
    (tmp_path / STATE / "lock").unlink()

    assert invoke("trash", tmp_path, "--check").exit_code == 0


def test_check_calls_no_renamed_journal_superfluous(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    migrate(tmp_path)
    (tmp_path / JOURNAL).rename(tmp_path / f"{JOURNAL}.bak")

    result = invoke("trash", tmp_path, "--check")

    assert result.exit_code == 1
    assert f"{JOURNAL}.bak is no journal; give it its name back if it was one, or else remove it" in result.stderr


def test_unreadable_entry_of_the_trash_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {f"{PLACES[0]}/shard": File(), PLACES[1]: File(), PLACES[2]: File()})
    assert len(apply(make_plan(observe(tmp_path), PRUNE)).done) == 2
    everything = contents(tmp_path)
    look = disk.look
    hidden = f"{STATE}/trash/000001/{PLACES[0]}"

    def fail(path: str, *rest: Any) -> Any:  # noqa: ANN401 - those of `look`
        if path == str(tmp_path / hidden):
            raise OSError(5, "Input/output error", path)
        return look(path, *rest)

    monkeypatch.setattr(disk, "look", fail)

    listed = invoke("trash", tmp_path)
    assert listed.exit_code == 1
    assert "2 in the trash" in listed.stdout
    assert listed.stderr == f"ckpt-scheme: {hidden}: cannot be read: Input/output error\n"

    checked = invoke("trash", tmp_path, "--check")
    assert checked.exit_code == 1
    assert checked.stdout == "operation=1 undoable=1 left=1\n1 damaged, 0 without a journal\n"
    assert checked.stderr == f"ckpt-scheme: {hidden} cannot be read: Input/output error\n"

    back = invoke("undo", tmp_path)
    assert back.exit_code == 3
    assert back.stderr == f"ckpt-scheme: {hidden}: Input/output error\n"
    assert (tmp_path / PLACES[1]).exists()

    emptied = invoke("trash", tmp_path, "--empty", "--yes")
    assert emptied.exit_code == 1
    assert f"{hidden}: Input/output error" in emptied.stderr
    assert contents(tmp_path) == everything


def test_immutable_folder_is_named_by_undo_and_lock_by_all(tmp_path: Path) -> None:
    need("root", "chattr")
    grow(tmp_path, PLACES)
    assert len(apply(make_plan(observe(tmp_path), PRUNE)).done) == 2

    with immutable(tmp_path / FOLDER):
        report = undo(tmp_path)
    assert {failure.reason for failure in report.failed} == {"its directory is immutable; chattr -i lifts that"}

    with immutable(tmp_path / STATE / "lock"), pytest.raises(OSError, match="it is immutable; chattr -i lifts that"):
        undo(tmp_path)

    assert len(undo(tmp_path).done) == 2


# --------------------------------------------------------------------------------------------------------------------
# Plans in files.


def test_plan_in_one_long_line_is_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    names = [f"{FOLDER}/epoch={epoch}-step={epoch}.ckpt" for epoch in range(40)]
    grow(root, names)
    record = json.loads(plan_of(root).to_json())
    record["notes"] += [{"path": "x" * 100, "text": "y" * 10_000}] * 110
    (tmp_path / "plan.json").write_text(json.dumps(record))

    result = invoke("migrate", "--plan", tmp_path / "plan.json", "--summary")

    assert result.exit_code == 0
    assert result.stdout == "40 to rename, 0 to discard, 0 in conflict, 0 left as they are\n"


def test_plan_is_read_from_stdin_up_to_a_gigabyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, [FILE])
    text = plan_of(tmp_path).to_json()

    read = invoke("migrate", "--plan", "-", "--summary", stdin=text)
    assert read.stdout == "1 to rename, 0 to discard, 0 in conflict, 0 left as they are\n"

    monkeypatch.setattr("ckpt_scheme._cli.streams._LARGEST", len(text) - 1)
    refused = invoke("migrate", "--plan", "-", "--summary", stdin=text)
    assert refused.exit_code == 2
    assert "- is larger than a gigabyte" in refused.stderr


@pytest.mark.parametrize("field", ["path", "root"])
def test_complaint_about_long_text_in_plan_is_short(tmp_path: Path, field: str) -> None:
    grow(tmp_path, [FILE])
    record = json.loads(plan_of(tmp_path).to_json())
    if field == "root":
        record["root"] = "/" + "x" * 900_000
    else:
        record["items"][0]["path"] = "x" * 900_000
    (tmp_path / "plan.json").write_text(json.dumps(record))

    result = invoke("migrate", "--plan", tmp_path / "plan.json", "--apply")

    assert result.exit_code in {1, 2}
    assert len(result.stderr) < 6_000


def test_unreadable_directory_checkpoint_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {f"{PLACES[0]}/shard": File(), PLACES[1]: File()})
    scandir = os.scandir

    def fail(path: Any = ".") -> Any:  # noqa: ANN401 - as `os.scandir`
        if str(path) == str(tmp_path / PLACES[0]):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fail)

    assert observe(tmp_path).unreadable == ((PLACES[0], "Permission denied"),)
