"""`apply` and `Session.apply` on real trees: what one operation changes, records and reports."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import (
    Act,
    Failure,
    Operation,
    Relink,
    Report,
    Session,
    apply,
    has_state,
    make_plan,
    observe,
    operations,
)
from cli_trees import start
from migration_operations import (
    DIRECTORY,
    DONE,
    EARLY,
    EARLY_NEW,
    EARLY_RENAMED,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    HOLD_OPEN,
    MD5,
    PROGRESS,
    RENAMED,
    TEXTS,
    TRASH,
    TREE,
    act_of,
    aside_of,
    back,
    ends,
    hard_link,
    inner,
    migrate,
    plan_of,
    process,
    two_runs,
    undo,
    write,
)
from migration_trees import STATE, File, Link, grow, manifest, moved


def test_apply_renames_files_and_retargets_links(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    assert not has_state(tmp_path)

    progress: list[tuple[int, int]] = []

    report = apply(plan_of(tmp_path), lambda done, total: progress.append((done, total)))

    assert report == Report(number=1, done=DONE)
    assert progress == PROGRESS
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS), rename_mode
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}
    assert has_state(tmp_path)
    assert not (tmp_path / STATE / "trash").exists()


def test_apply_writes_all_acts_to_journal(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    entries = {entry.path: entry for entry in observe(tmp_path).entries}
    before = datetime.now(UTC).replace(microsecond=0)

    migrate(tmp_path, delete_old=True)
    (journal,) = operations(tmp_path)

    assert before <= journal.time <= datetime.now(UTC)

    def act(old: str, new: str, owner: str | None = None, *links: Relink) -> Act:
        entry = entries[old]
        return Act(
            old=old,
            new=new,
            kind=entry.kind,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            inode=entry.inode,
            links=links,
            owner=owner,
        )

    assert journal == Operation(
        number=1,
        action="migrate",
        time=journal.time,
        acts=(
            act(FILE + MD5, FILE_NEW + MD5, FILE),
            act(FILE, FILE_NEW, None, Relink("latest", FILE, FILE_NEW)),
            act(
                FOLDER,
                FOLDER_NEW,
                None,
                Relink(f"{DIRECTORY}/dir", "epoch=13-step=200.ckpt", "epoch-13_step-000200.ckpt"),
            ),
            act(EARLY + MD5, f"{TRASH}/{EARLY}{MD5}", EARLY),
            act(EARLY, f"{TRASH}/{EARLY}"),
        ),
        end="done",
    )


def test_apply_moves_discards_to_trash_after_renames(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, {**TREE, "a/checkpoints/epoch=1-step=1.ckpt": File(), "a/checkpoints/last.ckpt": File()})
    before = manifest(tmp_path)

    report = migrate(tmp_path, delete_old=True)
    first = "a/checkpoints/epoch=1-step=1.ckpt"
    discarded = [first, EARLY + MD5, EARLY]

    assert report == Report(number=1, done=(*DONE[:3], *((path, f"{TRASH}/{path}") for path in discarded)))

    after = moved(before, {**RENAMED, **dict.fromkeys(discarded)}, TEXTS)
    assert manifest(tmp_path) == after, rename_mode
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl", *(f"trash/000001/{path}" for path in discarded)}
    for path in discarded:
        assert (tmp_path / TRASH / path).read_text() == f"{path}\n"


def test_session_leaves_only_lock_if_nothing_is_to_do(tmp_path: Path) -> None:
    grow(tmp_path, [FILE_NEW, f"{DIRECTORY}/notes.txt"])
    progress: list[object] = []

    with Session(tmp_path) as session:
        listing = observe(tmp_path)

        assert session.apply(make_plan(listing), listing, lambda *_: progress.append(_)) == Report()
        assert session.undo() == Report()
        assert session.trash() == []
        assert session.empty([]) == Report()

    assert progress == []
    assert inner(tmp_path) == {"lock"}
    assert operations(tmp_path) == []


def test_operations_get_ascending_numbers(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        grow(tmp_path, [f"{DIRECTORY}/epoch={number}-step={number}.ckpt"])
        assert migrate(tmp_path).number == number

    assert [journal.number for journal in operations(str(tmp_path))] == [1, 2, 3]

    (tmp_path / STATE / "journal" / "000002.jsonl").unlink()
    grow(tmp_path, [FILE])

    # No number is used twice, because each names a trash folder.
    assert migrate(tmp_path).number == 4


def test_apply_and_undo_accept_symlinked_root(tmp_path: Path) -> None:
    grow(tmp_path, {**{f"real/{path}": node for path, node in TREE.items()}, "root": Link("real")})
    before = manifest(tmp_path / "real")

    assert migrate(tmp_path / "root").done == DONE
    assert manifest(tmp_path / "real") == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)
    assert undo(tmp_path / "root").number == 2
    assert manifest(tmp_path / "real") == before


@pytest.mark.parametrize(("root", "reason"), [("missing", "no such directory"), (FILE, "not a directory")])
def test_root_that_is_no_directory_is_refused(tmp_path: Path, root: str, reason: str) -> None:
    grow(tmp_path, TREE)

    plan = attrs.evolve(plan_of(tmp_path), root=str(tmp_path / root))

    for use in (has_state, operations, Session, lambda _: apply(plan)):
        with pytest.raises(OperationError) as caught:
            use(tmp_path / root)
        assert str(caught.value) == f"{tmp_path / root}: {reason}"


def test_apply_limits_open_handles(tmp_path: Path) -> None:
    paths = [f"run{number:03}/checkpoints/epoch=12-step=100.ckpt" for number in range(70)]
    grow(tmp_path, {**dict.fromkeys(paths, File()), "latest": Link(paths[0])})
    before, held = manifest(tmp_path), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    most = 0

    def look(*_: int) -> None:
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208

    report = apply(plan_of(tmp_path), look)

    assert most < held + 80
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208

    news = {path: path.replace("epoch=12-step=100", "epoch-12_step-000100") for path in paths}
    assert dict(report.done) == news
    assert manifest(tmp_path) == moved(before, news, {"latest": news[paths[0]]})
    assert len(undo(tmp_path).done) == 70
    assert manifest(tmp_path) == before


def test_plan_keeps_name_of_file_open_for_writing(tmp_path: Path) -> None:
    grow(tmp_path, {FILE: File()})

    with process(HOLD_OPEN, tmp_path / FILE):
        assert migrate(tmp_path) == Report()
        (note,) = (note for note in plan_of(tmp_path).notes if note.path == FILE)
        assert note.text == "keeps its old name for now: a process has it open for writing"

    assert migrate(tmp_path).done == ((FILE, FILE_NEW),)


def test_every_report_holds_failures_of_recovery(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    grow(tmp_path, {f"{FOLDER}x": File()})
    # A directory stands where the new link is made, so the interrupted operation cannot be finished.
    other = f"{DIRECTORY}/epoch=40-step=1.ckpt"
    new = f"{DIRECTORY}/epoch-40_step-000001.ckpt"
    grow(tmp_path, {other: File(), "other": Link(other)})
    write(tmp_path, act_of(tmp_path, other, new, Relink("other", other, new)), number=2)
    (tmp_path / other).rename(tmp_path / new)
    aside_of(tmp_path, "other").mkdir()
    failure = Failure(other, os.strerror(errno.EEXIST))

    assert apply(plan_of(tmp_path)).failed == (failure,)

    with Session(tmp_path) as session:
        assert session.recovered == (failure,)

        listing = observe(tmp_path)

        assert session.apply(make_plan(listing), listing).failed == (failure,)
        assert session.empty(session.trash()).failed == (failure,)
        assert session.undo(1).failed == (failure,)


def test_every_report_holds_numbers_of_damaged_journals(tmp_path: Path) -> None:
    names = two_runs(tmp_path)
    grow(tmp_path, [EARLY])
    for number in (1, 2):
        path = tmp_path / STATE / f"journal/{number:06}.jsonl"
        path.write_bytes(path.read_bytes() + b"{\n")

    plan = plan_of(tmp_path)

    assert apply(plan) == Report(number=3, done=((EARLY, EARLY_NEW),), damaged=(1, 2))
    with Session(tmp_path) as session:
        assert session.empty([]) == Report(damaged=(1, 2))
        assert session.undo(1) == Report(number=4, done=(back(names[0]),), damaged=(1, 2))
        assert session.undo(1) == Report(damaged=(1, 2))


def test_apply_renames_file_with_second_hard_link(tmp_path: Path, rename_mode: str) -> None:
    grow(tmp_path, {FILE: File(), EARLY: File()})
    hard_link(tmp_path / EARLY)
    before = manifest(tmp_path)

    assert migrate(tmp_path).failed == ()
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW, EARLY: EARLY_NEW}), rename_mode


def test_apply_reports_failed_directory_flush(tmp_path: Path) -> None:
    paths = [f"run{number:03}/checkpoints/epoch=12-step=100.ckpt" for number in range(70)]
    grow(tmp_path, paths)

    gone = [f"run{number:03}" for number in (0, 1, 2, 3, 4)]

    def remove(done: int, total: int) -> None:
        if done == total:
            for name in gone:
                (tmp_path / name).rename(tmp_path / f"moved-{name}")

    report = apply(plan_of(tmp_path), remove)

    assert len(report.done) == 70
    # The order does not change between operations.
    assert report.failed == tuple(Failure(f"{name}/checkpoints", os.strerror(errno.ENOENT)) for name in gone)
    assert ends(tmp_path) == ["failed"]


def test_apply_changes_nothing_if_journal_cannot_be_written(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    # The disk takes the empty lock and the first bytes of the journal.
    script = (
        "import resource, signal, sys\n"
        "from ckpt_scheme.migration import apply, make_plan, observe\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))\n"
        "try:\n"
        "    apply(make_plan(observe(sys.argv[1])))\n"
        "except OSError as error:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, before)\n"
        "    print(error.errno)\n"
    )
    stopped = start(sys.executable, "-c", script, str(tmp_path))
    stdout, stderr = stopped.communicate()

    assert (stdout, stderr) == (f"{errno.EFBIG}\n".encode(), b"")
    assert manifest(tmp_path) == before
    assert operations(tmp_path) == []
    assert migrate(tmp_path) == Report(number=1, done=DONE)
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}
