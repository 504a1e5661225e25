"""Discards: `apply` and `undo` check each file again before they move it to the trash."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.migration import (
    Failure,
    Policy,
    Report,
    Session,
    apply,
    make_plan,
    observe,
)
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    HOLD_OPEN,
    MD5,
    NOT_TRIED,
    RENAMED,
    TEXTS,
    TREE,
    group_failed,
    hard_link,
    inner,
    intercept_rename,
    migrate,
    plan_of,
    process,
    undo,
)
from migration_trees import File, grow, manifest, moved


def test_discard_skips_file_open_in_other_process(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        with process(HOLD_OPEN, tmp_path / EARLY):
            report = session.apply(make_plan(listing, Policy(delete_old=True)), listing)

    assert report == Report(
        number=1,
        done=DONE[:3],
        failed=group_failed("a process has it open for writing by now", EARLY),
    )
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS)
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}


@pytest.mark.parametrize("what", [EARLY, EARLY + MD5])
def test_discard_skips_file_symlinked_since_plan(tmp_path: Path, what: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    def link(done: int, _: int) -> None:
        if done == 3:
            (tmp_path / "run" / "mine").symlink_to(f"checkpoints/{Path(what).name}")

    report = apply(plan_of(tmp_path, delete_old=True), link)
    reason = "the link run/mine leads to it by now"
    after = (Failure(what, reason), Failure(EARLY if what != EARLY else EARLY + MD5, NOT_TRIED))

    assert report == Report(number=1, done=DONE[:3], failed=after)

    found = manifest(tmp_path)
    assert (tmp_path / "run" / "mine").read_text() == f"{what}\n"

    del found["run/mine"]

    assert found == moved(before, RENAMED, TEXTS)
    # The next operation does not discard it either: its plan knows the link.
    assert {item.path for item in plan_of(tmp_path, delete_old=True).discards} == set()


HARD_LINK: Final = "it has another name (a hard link) by now"
OPEN: Final = "a process has it open for writing by now"


def test_discard_skips_file_hard_linked_since_plan(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    def link(done: int, _: int) -> None:
        if done == 3:
            hard_link(tmp_path / EARLY)

    report = apply(plan_of(tmp_path, delete_old=True), link)

    assert report == Report(number=1, done=DONE[:3], failed=group_failed(HARD_LINK, EARLY))

    (tmp_path / DIRECTORY / "mine").unlink()

    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS), rename_mode


def test_discard_skips_file_open_in_this_process(tmp_path: Path) -> None:
    shard = f"{DIRECTORY}/epoch=1-step=1.ckpt/shard"
    grow(tmp_path, {**TREE, shard: File()})
    before = manifest(tmp_path)

    with contextlib.ExitStack() as closing:

        def begin(done: int, _: int) -> None:
            if done == 3:
                for path in (EARLY, shard):
                    closing.enter_context((tmp_path / path).open("ab"))

        report = apply(plan_of(tmp_path, delete_old=True), begin)
    folder = Failure(shard.rpartition("/")[0], OPEN)

    assert report == Report(number=1, done=DONE[:3], failed=(folder, *group_failed(OPEN, EARLY)))
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS)


def test_repeated_discard_skips_file_in_use(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    after = manifest(tmp_path)
    undo(tmp_path)
    early = tmp_path / EARLY
    mine = early.with_name("mine")

    def again() -> Report:
        """Repeat the operation by undoing its undo, then undo it again."""
        report = undo(tmp_path, 2)
        found = manifest(tmp_path)
        assert [found[path].body for path in (EARLY, EARLY + MD5)] == [
            before[path].body for path in (EARLY, EARLY + MD5)
        ]
        assert undo(tmp_path, report.number).failed == ()
        return report

    mine.symlink_to(EARLY.rpartition("/")[2])
    report = again()

    assert report.done == DONE[:3]
    assert report.failed == group_failed(f"the link {DIRECTORY}/mine leads to it by now", EARLY)
    assert mine.read_text() == f"{EARLY}\n"

    mine.unlink()

    mine.hardlink_to(early)

    assert again().failed == group_failed(HARD_LINK, EARLY)

    mine.unlink()

    with early.open("ab"):
        assert again().failed == group_failed(OPEN, EARLY)
    assert manifest(tmp_path) == before

    # Once nothing uses the file, it is discarded.
    assert undo(tmp_path, 2).failed == ()
    assert manifest(tmp_path) == after


def test_repeated_discard_is_not_tried_after_failed_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    undo(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE_NEW).name) else None)

    report = undo(tmp_path, 2)

    assert report.done == DONE[2:3]

    early = (Failure(EARLY + MD5, NOT_TRIED), Failure(EARLY, NOT_TRIED))
    assert report.failed == (*group_failed(os.strerror(errno.EIO)), *early)
    assert manifest(tmp_path) == moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})
