"""`apply` on a tree that changes meanwhile, or on a disk that refuses a call."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme.migration import (
    Failure,
    Policy,
    Report,
    Session,
    apply,
    make_plan,
    observe,
    operations,
)
from cli_trees import start
from machine import immutable, need
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    EARLY_RENAMED,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    MD5,
    NOT_TRIED,
    PROGRESS,
    RENAMED,
    TEXTS,
    TREE,
    back,
    ends,
    group_failed,
    intercept_rename,
    migrate,
    plan_of,
    undo,
)
from migration_trees import STATE, File, Folder, Link, Node, grow, manifest, moved
from programs import PROGRAM, finish


def apply_after(root: Path, change: Callable[[], object], **policy: Any) -> Report:  # noqa: ANN401 - of `Policy`
    """Apply a plan after *change*, which happens between the listing and the plan."""
    with Session(root) as session:
        listing = observe(root)
        change()
        return session.apply(make_plan(listing, Policy(**policy)), listing)


CHANGED: Final = "it was written to, or replaced, since it was listed"


def test_apply_skips_file_written_since_listing(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, TREE)

    report = apply_after(tmp_path, lambda: (tmp_path / FILE).write_text("newer"))

    assert report == Report(number=1, done=DONE[2:], failed=group_failed(CHANGED))
    assert (tmp_path / FILE).read_text() == "newer"
    assert (tmp_path / (FILE + MD5)).exists()
    assert (tmp_path / "latest").readlink() == Path(FILE)
    assert not (tmp_path / FILE_NEW).exists()
    # The next session checks a failed operation once.
    assert ends(tmp_path) == ["failed"], rename_mode
    for _ in range(2):
        with Session(tmp_path) as session:
            assert session.recovered == ()
        assert ends(tmp_path) == ["settled"]
    assert (tmp_path / STATE / "journal/000001.jsonl").read_text().count("end") == 2


def test_apply_reports_directory_gone_since_listing(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    report = apply_after(tmp_path, lambda: (tmp_path / FOLDER).rename(tmp_path / "elsewhere"))

    assert report.failed == (Failure(FOLDER, "it is not there any more"),)
    assert report.done == (*DONE[:2], *DONE[3:])


@pytest.mark.parametrize("taken", [File(b"mine"), Folder(), Link("nowhere"), Link("epoch=12-step=100.ckpt")])
def test_apply_keeps_target_created_since_listing(tmp_path: Path, rename_mode: str, taken: Node) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    report = apply_after(tmp_path, lambda: grow(tmp_path, {FILE_NEW: taken, FOLDER_NEW: taken}), delete_old=True)
    reason = os.strerror(errno.EEXIST)

    assert report == Report(
        number=1,
        failed=(
            *group_failed(reason),
            Failure(FOLDER, reason),
            Failure(EARLY + MD5, NOT_TRIED),
            Failure(EARLY, NOT_TRIED),
        ),
    )

    after = manifest(tmp_path)
    assert {FILE_NEW, FOLDER_NEW} < after.keys(), rename_mode

    found = dict(after)
    del found[FILE_NEW], found[FOLDER_NEW]

    assert found == before
    assert ends(tmp_path) == ["failed"]
    # Later sessions leave foreign entries alone, even an empty directory: a finished operation leaves no placeholder.
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == after
    assert ends(tmp_path) == ["settled"]
    assert migrate(tmp_path) == Report(number=2, done=DONE[3:])
    assert manifest(tmp_path) == moved(after, EARLY_RENAMED)


def test_apply_skips_checkpoint_whose_sidecar_is_gone(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    report = apply_after(tmp_path, (tmp_path / (FILE + MD5)).unlink)

    assert report == Report(
        number=1,
        done=DONE[2:],
        failed=(Failure(FILE + MD5, "it is not there any more"), Failure(FILE, NOT_TRIED)),
    )
    assert (tmp_path / FILE).exists()


def test_progress_counts_failed_renames(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    progress: list[tuple[int, int]] = []

    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        (tmp_path / (FILE + MD5)).unlink()

        session.apply(make_plan(listing), listing, lambda *numbers: progress.append(numbers))

    assert progress == PROGRESS


@pytest.mark.parametrize("code", [errno.EIO, errno.EXDEV, errno.EROFS])
def test_refused_rename_is_reported_and_left_to_next_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: code if new == os.fsencode(Path(FILE_NEW).name) else None)

    report = migrate(tmp_path)

    assert report == Report(number=1, done=DONE[2:], failed=group_failed(os.strerror(code)))

    expected = moved(before, {FOLDER: FOLDER_NEW, **EARLY_RENAMED}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})
    assert manifest(tmp_path) == expected

    monkeypatch.undo()

    # The next operation renames the rest. It is undone separately.
    assert migrate(tmp_path) == Report(number=2, done=DONE[:2])
    assert [(journal.continues, journal.end) for journal in operations(tmp_path)] == [(None, "settled"), (None, "done")]
    assert undo(tmp_path) == Report(number=3, done=tuple(back(pair) for pair in reversed(DONE[:2])))
    assert manifest(tmp_path) == expected
    assert undo(tmp_path) == Report(number=4, done=tuple(back(pair) for pair in reversed(DONE[2:])))
    assert manifest(tmp_path) == before
    assert undo(tmp_path) == Report()


def test_rename_that_succeeds_with_error_counts_as_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A network disk does this if its answer is lost.
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    names = {os.fsencode(Path(path).name) for path in (*RENAMED.values(), *EARLY_RENAMED.values())}

    def lose(new: bytes, call: Callable[[], int]) -> int | None:
        if new not in names:
            return None
        assert call() == 0
        return errno.EIO

    intercept_rename(monkeypatch, lose)

    assert migrate(tmp_path) == Report(number=1, done=DONE)
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)
    assert ends(tmp_path) == ["done"]


def test_hard_link_that_succeeds_with_error_completes_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {FILE: File(), "latest": Link(FILE)})
    before = manifest(tmp_path)

    def lose(new: bytes, _call: Callable[[], int]) -> int | None:
        if new != os.fsencode(Path(FILE_NEW).name):
            return None
        (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
        return errno.EIO

    intercept_rename(monkeypatch, lose)

    assert migrate(tmp_path) == Report(number=1, done=((FILE, FILE_NEW),))
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_failed_retarget_is_completed_by_next_operation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == b"latest" else None)

    report = migrate(tmp_path)

    assert Failure(FILE, os.strerror(errno.EIO)) in report.failed
    assert ends(tmp_path) == ["failed"]
    # A checkpoint and its sidecar stay together.
    assert (tmp_path / FILE).exists() == (tmp_path / (FILE + MD5)).exists()

    monkeypatch.undo()

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert ends(tmp_path) == ["settled"]
    assert migrate(tmp_path).failed == ()
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)

    while undo(tmp_path).number is not None:
        pass

    assert manifest(tmp_path) == before


def test_apply_retargets_other_links_if_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {FILE: File(), "a": Link(FILE), "b": Link(FILE), "c": Link(f"./{FILE}")})
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == b"b" else None)

    assert migrate(tmp_path).failed == (Failure(FILE, os.strerror(errno.EIO)),)

    # The other links lead to the file, whichever name it has.
    name = FILE_NEW if (tmp_path / FILE_NEW).exists() else FILE
    assert [(tmp_path / link).readlink() for link in "ac"] == [Path(name)] * 2

    monkeypatch.undo()

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert migrate(tmp_path).failed == ()
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"a": FILE_NEW, "b": FILE_NEW, "c": f"./{FILE_NEW}"})


# Root reads and writes everything unless it drops these capabilities.
MERE_OWNER: Final = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize("how", ["immutable", "read-only"])
def test_unwritable_link_keeps_its_checkpoint_unchanged(tmp_path: Path, how: str) -> None:
    need("root", "chattr", "setpriv")
    # The link to the sidecar is retargeted first, and then back.
    grow(tmp_path, {**TREE, "closed/latest": Link(f"../{FILE}"), "sidecar": Link(FILE + MD5)})
    before = manifest(tmp_path)
    closed = tmp_path / "closed"

    if how == "immutable":
        with immutable(closed):
            report = migrate(tmp_path, delete_old=True)
        # Nothing of this checkpoint is tried, so it is not in the journal.
        failed = [Failure(path, "its directory is immutable; chattr -i lifts that") for path in (FILE + MD5, FILE)]

        assert report == Report(
            number=1,
            done=DONE[2:3],
            failed=(*failed, Failure(EARLY + MD5, NOT_TRIED), Failure(EARLY, NOT_TRIED)),
        )
    else:
        closed.chmod(0o555)

        done = finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), "--apply", "--delete-old")).check(1)

        reason = "Permission denied: the link closed/latest leads to it"
        assert f"{FILE}: {reason}\n" in done.stderr.decode()

        closed.chmod(0o755)

    after = moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})
    assert manifest(tmp_path) == after
    assert ends(tmp_path) == ["failed"]
    # The next operation does it.
    assert migrate(tmp_path).done == (*DONE[:2], *DONE[3:])

    texts = {**TEXTS, "closed/latest": f"../{FILE_NEW}", "sidecar": FILE_NEW + MD5}
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, texts)


def test_sidecar_rename_is_reverted_if_checkpoint_changes(tmp_path: Path, rename_mode: str) -> None:
    sidecars = [EARLY + MD5, f"{EARLY}.metadata.yaml"]
    grow(tmp_path, {**TREE, sidecars[1]: File(), "sidecar": Link(EARLY + MD5)})
    before = manifest(tmp_path)
    progress: list[tuple[int, int]] = []

    def change(*numbers: int) -> None:
        progress.append((numbers[0], numbers[1]))
        if numbers[0] == 3:
            (tmp_path / EARLY).write_text("newer")

    report = apply(plan_of(tmp_path), change)

    assert report == Report(
        number=1,
        done=DONE[:3],
        failed=(Failure(EARLY, CHANGED), *(Failure(path, NOT_TRIED) for path in reversed(sidecars))),
    )
    assert progress == [(2, 6), (3, 6), (6, 6)]

    found = manifest(tmp_path)
    assert found.pop(EARLY).body == b"newer"

    del before[EARLY]

    assert found == moved(before, RENAMED, TEXTS), rename_mode
    assert ends(tmp_path) == ["failed"]


def test_group_stops_at_first_failure(tmp_path: Path) -> None:
    others = [f"{FILE}.config.json", f"{FILE}.metadata.yaml"]
    grow(tmp_path, {**TREE, **dict.fromkeys(others, File())})

    report = apply_after(tmp_path, (tmp_path / (FILE + MD5)).unlink)

    assert report.failed[0].path == FILE + MD5
    assert {(each.path, each.reason) for each in report.failed[1:]} == {(each, NOT_TRIED) for each in (FILE, *others)}
    assert report.done == DONE[2:]
    assert all((tmp_path / path).exists() for path in (FILE, *others))


def test_rename_that_cannot_be_reverted_counts_as_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    names = {os.fsencode(Path(path).name) for path in (FILE_NEW, FILE + MD5)}
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new in names else None)

    report = migrate(tmp_path)

    assert report == Report(number=1, done=DONE[:1] + DONE[2:], failed=(Failure(FILE, os.strerror(errno.EIO)),))

    monkeypatch.undo()

    undo(tmp_path)

    assert manifest(tmp_path) == before


def test_failed_retarget_keeps_checkpoint_and_sidecar_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {FILE: File(), FILE + MD5: File(), "sidecar": Link(FILE + MD5)})
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda new, _: errno.EIO if new == b"sidecar" else None)

    assert migrate(tmp_path) == Report(
        number=1, failed=(Failure(FILE + MD5, os.strerror(errno.EIO)), Failure(FILE, NOT_TRIED))
    )

    monkeypatch.undo()

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert migrate(tmp_path).done[-1:] == ((FILE, FILE_NEW),)
    assert manifest(tmp_path) == moved(before, RENAMED, {"sidecar": FILE_NEW + MD5})
    assert undo(tmp_path).number == 3
    assert undo(tmp_path).number == 4
    assert manifest(tmp_path) == before
