"""`Session` on real trees: what a run does, what it leaves when it fails or is stopped, and what can be put back."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme import legacy
from ckpt_scheme.errors import BusyError, MigrationError, StalePlanError
from ckpt_scheme.migration import (
    Discard,
    Failure,
    Plan,
    Policy,
    Relink,
    Rename,
    Report,
    Session,
    Trashed,
    apply,
    has_state,
    make_plan,
    observe,
    runs,
    trash,
)
from ckpt_scheme.migration import (
    _disk as disk,
)
from ckpt_scheme.migration import (
    _handles as handles,
)
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._handles import Tree
from ckpt_scheme.migration._journal import Act, Journal
from cli_trees import start
from migration_trees import (
    PROGRAM,
    STATE,
    File,
    Folder,
    Link,
    Node,
    finish,
    grow,
    immutable,
    manifest,
    moved,
    need,
)

DIRECTORY: Final = "run/checkpoints"
FILE: Final = f"{DIRECTORY}/epoch=12-step=100.ckpt"
FILE_NEW: Final = f"{DIRECTORY}/epoch-12_step-000100.ckpt"
FOLDER: Final = f"{DIRECTORY}/epoch=13-step=200.ckpt"
FOLDER_NEW: Final = f"{DIRECTORY}/epoch-13_step-000200.ckpt"
EARLY: Final = f"{DIRECTORY}/epoch=3-step=50.ckpt"
EARLY_NEW: Final = f"{DIRECTORY}/epoch-03_step-000050.ckpt"
MD5: Final = ".md5"
TRASH: Final = f"{STATE}/trash/000001"

# A file with a sidecar and a link, a directory with a link, and one that is early.
TREE: Final[Mapping[str, Node]] = {
    FILE: File(),
    FILE + MD5: File(),
    f"{FOLDER}/shard/x": File(),
    EARLY: File(),
    EARLY + MD5: File(),
    "latest": Link(FILE),
    f"{DIRECTORY}/dir": Link("epoch=13-step=200.ckpt"),
}
RENAMED: Final = {FILE: FILE_NEW, FILE + MD5: FILE_NEW + MD5, FOLDER: FOLDER_NEW}
EARLY_RENAMED: Final = {EARLY: EARLY_NEW, EARLY + MD5: EARLY_NEW + MD5}
TEXTS: Final = {"latest": FILE_NEW, f"{DIRECTORY}/dir": "epoch-13_step-000200.ckpt"}

# In the order in which they are done.
DONE: Final = (
    (FILE + MD5, FILE_NEW + MD5),
    (FILE, FILE_NEW),
    (FOLDER, FOLDER_NEW),
    (EARLY + MD5, EARLY_NEW + MD5),
    (EARLY, EARLY_NEW),
)


def plan_of(root: Path, **policy: Any) -> Plan:  # noqa: ANN401 - of `Policy`
    return make_plan(observe(root), Policy(**policy))


def migrate(root: Path, **policy: Any) -> Report:  # noqa: ANN401 - of `Policy`
    return apply(plan_of(root, **policy))


def undo(root: Path, number: int | None = None) -> Report:
    with Session(root) as session:
        assert session.recovered == ()
        return session.undo(number)


def inner(root: Path) -> set[str]:
    """Return what the migration keeps for itself, the trash included, but for directories."""
    top = root / STATE
    return {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir() or path.is_symlink()}


def act_of(root: Path, old: str, new: str, *links: Relink, at: str | None = None) -> Act:
    """Return the act that renames what is at *at*, or at its old name."""
    entry = disk.measure(str(root / (at or old)))
    return Act(
        old=old,
        new=new,
        kind=entry.kind,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        inode=entry.inode,
        links=links,
    )


def write(root: Path, *acts: Act, number: int = 1, end: str | None = None, **fields: Any) -> None:  # noqa: ANN401
    """Write the journal of a run, as it is before the run's first act."""
    tree = Tree(str(root))
    try:
        journal = Journal(number=number, action="migrate", time=journals.now(), acts=acts)
        journal = attrs.evolve(journal, **fields)
        journals.begin(tree, journal)
        if end is not None:
            journals.finish(tree, number, end)
    finally:
        tree.close()


def undoing(acts: Sequence[Act]) -> list[Act]:
    """Return the acts that put *acts* back if the same links lead to what they are about."""
    names = {act.old: act.new for act in acts}
    return [
        attrs.evolve(
            act.reversed(),
            links=tuple(Relink(link.path, link.new, link.old) for link in act.links),
            owner=None if act.owner is None else names[act.owner],
        )
        for act in reversed(acts)
    ]


def back(names: tuple[str, str]) -> tuple[str, str]:
    return names[1], names[0]


def ends(root: Path) -> list[str | None]:
    return [journal.end for journal in runs(root)]


def answer(monkeypatch: pytest.MonkeyPatch, instead: Callable[[bytes, Callable[[], int]], int | None]) -> None:
    """Have *instead* asked, with the new name, for the error number of each rename with flags; None makes the call."""
    call = handles._rename_call()
    assert call is not None

    def asked(old_in: int, old: bytes, new_in: int, new: bytes, flag: int) -> int:
        code = instead(new, lambda: call(old_in, old, new_in, new, flag))
        if code is None:
            return call(old_in, old, new_in, new, flag)
        ctypes.set_errno(code)
        return -1

    monkeypatch.setattr(handles, "_rename_call", lambda: asked)


@pytest.fixture(params=["native", "other"])
def rung(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the rename that replaces nothing, and where there is none."""
    name: str = request.param
    if name == "other":
        monkeypatch.setattr(handles, "_rename_call", lambda: None)
    return name


@contextmanager
def process(script: str, *arguments: str | Path) -> Generator[subprocess.Popen[bytes]]:
    """Run a Python script that prints a line when it is ready, and ends with its input."""
    started = start(sys.executable, "-c", script, *map(str, arguments), stdin=subprocess.PIPE)
    assert started.stdout is not None
    try:
        assert started.stdout.readline() == b"ready\n"
        yield started
    finally:
        started.communicate()


HOLD_OPEN: Final = "import sys; file = open(sys.argv[1], 'ab'); print('ready', flush=True); sys.stdin.read()"
HOLD_LOCK: Final = (
    "import fcntl, sys; file = open(sys.argv[1], 'ab'); fcntl.flock(file, fcntl.LOCK_EX);"
    " print('ready', flush=True); sys.stdin.read()"
)


# One number for each checkpoint with its sidecars.
TOLD: Final = [(2, 5), (3, 5), (5, 5)]

# --------------------------------------------------------------------------------------------------------------------
# A run.


def test_a_run_renames_and_turns_links(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    assert not has_state(tmp_path)
    told: list[tuple[int, int]] = []
    report = apply(plan_of(tmp_path), lambda done, total: told.append((done, total)))
    assert report == Report(number=1, done=DONE)
    assert told == TOLD
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS), rung
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}
    assert has_state(tmp_path)
    assert not (tmp_path / STATE / "trash").exists()


def test_a_journal_says_what_a_run_does(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    entries = {entry.path: entry for entry in observe(tmp_path).entries}
    before = datetime.now(UTC).replace(microsecond=0)
    migrate(tmp_path, delete_old=True)
    (journal,) = runs(tmp_path)
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

    assert journal == Journal(
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


def test_discards_come_last_and_go_to_the_trash(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, {**TREE, "a/checkpoints/epoch=1-step=1.ckpt": File(), "a/checkpoints/last.ckpt": File()})
    before = manifest(tmp_path)
    report = migrate(tmp_path, delete_old=True)
    first = "a/checkpoints/epoch=1-step=1.ckpt"
    discarded = [first, EARLY + MD5, EARLY]
    assert report == Report(number=1, done=(*DONE[:3], *((path, f"{TRASH}/{path}") for path in discarded)))
    after = moved(before, {**RENAMED, **dict.fromkeys(discarded)}, TEXTS)
    assert manifest(tmp_path) == after, rung
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl", *(f"trash/000001/{path}" for path in discarded)}
    for path in discarded:
        assert (tmp_path / TRASH / path).read_text() == f"{path}\n"


def test_nothing_to_do_leaves_nothing_behind_but_what_there_was(tmp_path: Path) -> None:
    grow(tmp_path, [FILE_NEW, f"{DIRECTORY}/notes.txt"])
    told: list[object] = []
    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        assert session.apply(make_plan(listing), listing, lambda *_: told.append(_)) == Report()
        assert session.undo() == Report()
        assert session.trash() == []
        assert session.empty([]) == Report()
    assert told == []
    assert inner(tmp_path) == {"lock"}
    assert runs(tmp_path) == []


def test_runs_are_numbered(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        grow(tmp_path, [f"{DIRECTORY}/epoch={number}-step={number}.ckpt"])
        assert migrate(tmp_path).number == number
    assert [journal.number for journal in runs(str(tmp_path))] == [1, 2, 3]
    (tmp_path / STATE / "journal" / "000002.jsonl").unlink()
    grow(tmp_path, [FILE])
    # No number is given twice, for a trash is called by it.
    assert migrate(tmp_path).number == 4


def test_a_root_may_be_a_link(tmp_path: Path) -> None:
    grow(tmp_path, {**{f"real/{path}": node for path, node in TREE.items()}, "root": Link("real")})
    before = manifest(tmp_path / "real")
    assert migrate(tmp_path / "root").done == DONE
    assert manifest(tmp_path / "real") == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)
    assert undo(tmp_path / "root").number == 2
    assert manifest(tmp_path / "real") == before


@pytest.mark.parametrize("root", ["missing", FILE])
def test_a_root_that_is_no_directory(tmp_path: Path, root: str) -> None:
    grow(tmp_path, TREE)
    plan = attrs.evolve(plan_of(tmp_path), root=str(tmp_path / root))
    for use in (has_state, runs, Session, lambda _: apply(plan)):
        with pytest.raises(MigrationError) as caught:
            use(tmp_path / root)
        assert caught.value.kind == "root"


def test_more_directories_than_handles_are_kept(tmp_path: Path) -> None:
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


# --------------------------------------------------------------------------------------------------------------------
# What a plan may ask for.


def test_a_plan_may_do_less(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    plan = plan_of(tmp_path, delete_old=True)
    less = attrs.evolve(plan, items=tuple(item for item in plan.items if item.path == FOLDER))
    assert apply(less) == Report(number=1, done=((FOLDER, FOLDER_NEW),))
    assert manifest(tmp_path) == moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": "epoch-13_step-000200.ckpt"})


def test_a_plan_may_rename_what_it_might_discard(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    plan = plan_of(tmp_path, delete_old=True)
    gentle = attrs.evolve(plan, items=plan_of(tmp_path).items)
    assert apply(Plan.from_json(gentle.to_json())).done == DONE
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)


def without_sidecars(plan: Plan) -> Plan:
    return attrs.evolve(plan, items=tuple(attrs.evolve(item, sidecars=()) for item in plan.renames))


def with_first(plan: Plan, **changes: Any) -> Plan:  # noqa: ANN401 - of `Rename`
    return attrs.evolve(plan, items=(attrs.evolve(plan.renames[0], **changes), *plan.items[1:]))


EDITED: Final[dict[str, tuple[Callable[[Plan], Plan], str]]] = {
    "one more rename": (
        lambda plan: attrs.evolve(plan, items=(*plan.items, Rename(f"{DIRECTORY}/other.bin", f"{DIRECTORY}/x", ""))),
        "renames",
    ),
    "another target": (lambda plan: with_first(plan, new=f"{DIRECTORY}/epoch-99_step-000100.ckpt"), "renames"),
    "a target elsewhere": (lambda plan: with_first(plan, new="../stolen.ckpt"), "renames"),
    "other links": (lambda plan: with_first(plan, links=(Relink("latest", FILE, "/etc"),)), "renames"),
    "no links": (lambda plan: with_first(plan, links=()), "renames"),
    "no sidecars": (without_sidecars, "renames"),
    "one more discard": (lambda plan: attrs.evolve(plan, items=(*plan.items, Discard(FILE, ""))), "discards"),
    "another discard": (
        lambda plan: attrs.evolve(plan, items=(Discard(f"{DIRECTORY}/other.bin", ""),)),
        "discards",
    ),
    "a discard with more": (
        lambda plan: attrs.evolve(plan, items=(Discard(EARLY, "", (f"{DIRECTORY}/other.bin",)),)),
        "discards",
    ),
    "a discard with less": (lambda plan: attrs.evolve(plan, items=(Discard(EARLY, ""),)), "discards"),
    "a policy without discards": (
        lambda plan: attrs.evolve(plan, policy=Policy()),
        "discards",
    ),
    "a policy without renames": (
        lambda plan: attrs.evolve(plan, policy=Policy(rename=False, delete_old=True)),
        "renames",
    ),
}


@pytest.mark.parametrize("edit", EDITED)
@pytest.mark.parametrize("was_there", [False, True])
def test_a_plan_may_not_do_anything_else(tmp_path: Path, edit: str, was_there: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {**TREE, f"{DIRECTORY}/other.bin": File(), **({f"{STATE}/journal": Folder()} if was_there else {})})
    before = manifest(tmp_path)
    change, what = EDITED[edit]
    with pytest.raises(StalePlanError, match=f"only {what} that its policy leads to") as caught:
        apply(change(plan_of(tmp_path, delete_old=True)))
    assert caught.value.kind == "plan"
    assert manifest(tmp_path) == before
    assert has_state(tmp_path) == was_there
    assert inner(tmp_path) == ({"lock"} if was_there else set())


def relinked(path: Path, text: str) -> None:
    path.unlink()
    path.symlink_to(text)


STALE: Final[dict[str, Callable[[Path], object]]] = {
    "written to": lambda root: (root / FILE).write_text("more"),
    "touched": lambda root: os.utime(root / FILE, ns=(1, 1)),
    "gone": lambda root: (root / FILE).unlink(),
    "one more": lambda root: (root / f"{DIRECTORY}/x").touch(),
    "a new link": lambda root: (root / "link").symlink_to("x"),
    "another text": lambda root: relinked(root / "latest", FOLDER),
    "a hard link": lambda root: (root / "x").hardlink_to(root / FILE),
}


@pytest.mark.parametrize("change", STALE)
@pytest.mark.parametrize("was_there", [False, True])
def test_a_plan_for_what_was_there_before_is_refused(tmp_path: Path, change: str, was_there: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {**TREE, **({f"{STATE}/journal": Folder()} if was_there else {})})
    plan = plan_of(tmp_path)
    STALE[change](tmp_path)
    before = manifest(tmp_path)
    with pytest.raises(StalePlanError, match="something changed, so plan again") as caught:
        apply(plan)
    assert (caught.value.kind, caught.value.text) == ("plan", plan.listing)
    assert manifest(tmp_path) == before
    assert has_state(tmp_path) == was_there


def test_a_plan_with_formats_of_its_own_needs_them_again(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    other = legacy.Registry(())
    with pytest.raises(StalePlanError):
        apply(plan_of(tmp_path), registry=other)
    assert apply(make_plan(observe(tmp_path), registry=other), registry=other) == Report()


@pytest.mark.parametrize("was_there", [False, True])
def test_what_only_a_format_of_its_own_reads_is_renamed(tmp_path: Path, was_there: bool) -> None:  # noqa: FBT001
    own = legacy.Format(
        framework="mine",
        format="mine",
        kind="epoch",
        template="mine-{epoch:count}-{step:count}.ckpt",
        source="mine:mine",
        examples=(),
    )
    old = f"{DIRECTORY}/mine-12-100.ckpt"
    grow(tmp_path, [old, *([EARLY] if was_there else [])])
    if was_there:
        migrate(tmp_path)
    registry = legacy.Registry([own])
    report = apply(make_plan(observe(tmp_path), registry=registry), registry=registry)
    assert report == Report(number=1 + was_there, done=((old, FILE_NEW),))


# --------------------------------------------------------------------------------------------------------------------
# What fails.


def stale(root: Path, change: Callable[[], object], **policy: Any) -> Report:  # noqa: ANN401 - of `Policy`
    """Apply a plan in a session in which *change* happened after the listing."""
    with Session(root) as session:
        listing = observe(root)
        change()
        return session.apply(make_plan(listing, Policy(**policy)), listing)


CHANGED: Final = "it was written to, or replaced, since it was listed"
NOT_TRIED: Final = "not tried, for something before it failed"


def group_failed(reason: str, path: str = FILE) -> tuple[Failure, ...]:
    """Return how it is told that a checkpoint could not be moved, and its sidecar neither for that."""
    return Failure(path, reason), Failure(path + MD5, NOT_TRIED)


def test_what_changed_since_is_not_renamed(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, TREE)
    report = stale(tmp_path, lambda: (tmp_path / FILE).write_text("newer"))
    assert report == Report(number=1, done=DONE[2:], failed=group_failed(CHANGED))
    assert (tmp_path / FILE).read_text() == "newer"
    assert (tmp_path / (FILE + MD5)).exists()
    assert (tmp_path / "latest").readlink() == Path(FILE)
    assert not (tmp_path / FILE_NEW).exists()
    # The next session looks once whether anything of a run that failed is half done.
    assert ends(tmp_path) == ["failed"], rung
    for _ in range(2):
        with Session(tmp_path) as session:
            assert session.recovered == ()
        assert ends(tmp_path) == ["settled"]
    assert (tmp_path / STATE / "journal/000001.jsonl").read_text().count("end") == 2


def test_what_is_gone_since_cannot_be_renamed(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    report = stale(tmp_path, lambda: (tmp_path / FOLDER).rename(tmp_path / "elsewhere"))
    assert report.failed == (Failure(FOLDER, "it is not there any more"),)
    assert report.done == (*DONE[:2], *DONE[3:])


@pytest.mark.parametrize("taken", [File(b"mine"), Folder(), Link("nowhere"), Link("epoch=12-step=100.ckpt")])
def test_a_name_that_is_taken_since_stays_taken(tmp_path: Path, rung: str, taken: Node) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    report = stale(tmp_path, lambda: grow(tmp_path, {FILE_NEW: taken, FOLDER_NEW: taken}), delete_old=True)
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
    assert {FILE_NEW, FOLDER_NEW} < after.keys(), rung
    found = dict(after)
    del found[FILE_NEW], found[FOLDER_NEW]
    assert found == before
    assert ends(tmp_path) == ["failed"]
    # Their things are left alone by the next session and the next run too, even an empty directory: a run that came to
    # its end has left none of its own.
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == after
    assert ends(tmp_path) == ["settled"]
    assert migrate(tmp_path) == Report(number=2, done=DONE[3:])
    assert manifest(tmp_path) == moved(after, EARLY_RENAMED)


def test_a_checkpoint_is_not_renamed_without_its_sidecar(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    report = stale(tmp_path, (tmp_path / (FILE + MD5)).unlink)
    assert report == Report(
        number=1,
        done=DONE[2:],
        failed=(Failure(FILE + MD5, "it is not there any more"), Failure(FILE, NOT_TRIED)),
    )
    assert (tmp_path / FILE).exists()


def test_progress_counts_what_failed_too(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    told: list[tuple[int, int]] = []
    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        (tmp_path / (FILE + MD5)).unlink()
        session.apply(make_plan(listing), listing, lambda *numbers: told.append(numbers))
    assert told == TOLD


def test_what_somebody_begins_to_write_is_not_discarded(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        with process(HOLD_OPEN, tmp_path / EARLY):
            report = session.apply(make_plan(listing, Policy(delete_old=True)), listing)
    assert report == Report(
        number=1,
        done=DONE[:3],
        failed=group_failed("somebody has it open for writing", EARLY),
    )
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS)
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}


def test_what_somebody_writes_is_renamed(tmp_path: Path) -> None:
    # An open file keeps being written to under its new name.
    grow(tmp_path, {FILE: File()})
    with process(HOLD_OPEN, tmp_path / FILE):
        assert migrate(tmp_path).done == ((FILE, FILE_NEW),)


@pytest.mark.parametrize("code", [errno.EIO, errno.EXDEV, errno.EROFS])
def test_what_the_disk_refuses_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    answer(monkeypatch, lambda new, _: code if new == os.fsencode(Path(FILE_NEW).name) else None)
    report = migrate(tmp_path)
    assert report == Report(number=1, done=DONE[2:], failed=group_failed(os.strerror(code)))
    expected = moved(before, {FOLDER: FOLDER_NEW, **EARLY_RENAMED}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})
    assert manifest(tmp_path) == expected
    monkeypatch.undo()
    # What failed is done by the next run, which is one of its own: each is put back by itself.
    assert migrate(tmp_path) == Report(number=2, done=DONE[:2])
    assert [(journal.continues, journal.end) for journal in runs(tmp_path)] == [(None, "settled"), (None, "done")]
    assert undo(tmp_path) == Report(number=3, done=tuple(back(pair) for pair in reversed(DONE[:2])))
    assert manifest(tmp_path) == expected
    assert undo(tmp_path) == Report(number=4, done=tuple(back(pair) for pair in reversed(DONE[2:])))
    assert manifest(tmp_path) == before
    assert undo(tmp_path) == Report()


def test_a_rename_that_is_done_and_reported_as_failed_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As by a server whose answer got lost.
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    names = {os.fsencode(Path(path).name) for path in (*RENAMED.values(), *EARLY_RENAMED.values())}

    def lose(new: bytes, call: Callable[[], int]) -> int | None:
        if new not in names:
            return None
        assert call() == 0
        return errno.EIO

    answer(monkeypatch, lose)
    assert migrate(tmp_path) == Report(number=1, done=DONE)
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, TEXTS)
    assert ends(tmp_path) == ["done"]


def test_a_second_name_that_is_made_and_reported_as_failed_is_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {FILE: File(), "latest": Link(FILE)})
    before = manifest(tmp_path)

    def lose(new: bytes, _call: Callable[[], int]) -> int | None:
        if new != os.fsencode(Path(FILE_NEW).name):
            return None
        (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
        return errno.EIO

    answer(monkeypatch, lose)
    assert migrate(tmp_path) == Report(number=1, done=((FILE, FILE_NEW),))
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_a_link_that_cannot_be_turned_is_turned_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == b"latest" else None)
    report = migrate(tmp_path)
    assert Failure(FILE, os.strerror(errno.EIO)) in report.failed
    assert ends(tmp_path) == ["failed"]
    # A checkpoint and its sidecar are never parted.
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


def test_all_links_are_tried_even_if_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {FILE: File(), "a": Link(FILE), "b": Link(FILE), "c": Link(f"./{FILE}")})
    before = manifest(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == b"b" else None)
    assert migrate(tmp_path).failed == (Failure(FILE, os.strerror(errno.EIO)),)
    # If the file has the new name, all that could be turned leads to it; if it was taken back, all of them do.
    name = FILE_NEW if (tmp_path / FILE_NEW).exists() else FILE
    assert [(tmp_path / link).readlink() for link in "ac"] == [Path(name)] * 2
    monkeypatch.undo()
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert migrate(tmp_path).failed == ()
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"a": FILE_NEW, "b": FILE_NEW, "c": f"./{FILE_NEW}"})


# Root reads and writes everything, unless it gives up the capabilities for it.
MERE_OWNER: Final = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize("how", ["immutable", "read-only"])
def test_a_link_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path, how: str) -> None:
    need("root", "chattr", "setpriv")
    # The sidecar has a link of its own, which was turned by then and is turned back.
    grow(tmp_path, {**TREE, "closed/latest": Link(f"../{FILE}"), "sidecar": Link(FILE + MD5)})
    before = manifest(tmp_path)
    closed = tmp_path / "closed"
    if how == "immutable":
        with immutable(closed):
            report = migrate(tmp_path, delete_old=True)
        failed = group_failed(os.strerror(errno.EPERM))
        assert report == Report(
            number=1,
            done=DONE[2:3],
            failed=(*failed, Failure(EARLY + MD5, NOT_TRIED), Failure(EARLY, NOT_TRIED)),
        )
    else:
        closed.chmod(0o555)
        done = finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), "--apply", "--delete-old")).check(1)
        assert f"{FILE}: {os.strerror(errno.EACCES)}\n" in done.stderr.decode()
        closed.chmod(0o755)
    after = moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})
    assert manifest(tmp_path) == after
    assert ends(tmp_path) == ["failed"]
    # The next run does it.
    assert migrate(tmp_path).done == (*DONE[:2], *DONE[3:])
    texts = {**TEXTS, "closed/latest": f"../{FILE_NEW}", "sidecar": FILE_NEW + MD5}
    assert manifest(tmp_path) == moved(before, {**RENAMED, **EARLY_RENAMED}, texts)


def test_a_sidecar_is_taken_back_if_its_checkpoint_changes_meanwhile(tmp_path: Path, rung: str) -> None:
    sidecars = [EARLY + MD5, f"{EARLY}.metadata.yaml"]
    grow(tmp_path, {**TREE, sidecars[1]: File(), "sidecar": Link(EARLY + MD5)})
    before = manifest(tmp_path)
    told: list[tuple[int, int]] = []

    def change(*numbers: int) -> None:
        told.append((numbers[0], numbers[1]))
        if numbers[0] == 3:
            (tmp_path / EARLY).write_text("newer")

    report = apply(plan_of(tmp_path), change)
    assert report == Report(
        number=1,
        done=DONE[:3],
        failed=(Failure(EARLY, CHANGED), *(Failure(path, NOT_TRIED) for path in reversed(sidecars))),
    )
    assert told == [(2, 6), (3, 6), (6, 6)]
    found = manifest(tmp_path)
    assert found.pop(EARLY).body == b"newer"
    del before[EARLY]
    assert found == moved(before, RENAMED, TEXTS), rung
    assert ends(tmp_path) == ["failed"]


def test_what_comes_after_a_failure_in_a_group_is_not_tried(tmp_path: Path) -> None:
    others = [f"{FILE}.config.json", f"{FILE}.metadata.yaml"]
    grow(tmp_path, {**TREE, **dict.fromkeys(others, File())})
    report = stale(tmp_path, (tmp_path / (FILE + MD5)).unlink)
    assert report.failed[0].path == FILE + MD5
    assert {(each.path, each.reason) for each in report.failed[1:]} == {(each, NOT_TRIED) for each in (FILE, *others)}
    assert report.done == DONE[2:]
    assert all((tmp_path / path).exists() for path in (FILE, *others))


def test_what_cannot_be_taken_back_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    names = {os.fsencode(Path(path).name) for path in (FILE_NEW, FILE + MD5)}
    answer(monkeypatch, lambda new, _: errno.EIO if new in names else None)
    report = migrate(tmp_path)
    assert report == Report(number=1, done=DONE[:1] + DONE[2:], failed=(Failure(FILE, os.strerror(errno.EIO)),))
    monkeypatch.undo()
    undo(tmp_path)
    assert manifest(tmp_path) == before


def test_a_listing_is_that_of_the_plan(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    with Session(tmp_path) as session:
        plan = plan_of(tmp_path)
        (tmp_path / FILE).write_text("newer")
        before = manifest(tmp_path)
        with pytest.raises(StalePlanError, match="a plan that was made from the listing") as caught:
            session.apply(plan, observe(tmp_path))
        assert (caught.value.kind, caught.value.text) == ("plan", plan.listing)
    assert manifest(tmp_path) == before
    assert inner(tmp_path) == {"lock"}


def test_what_an_earlier_run_left_is_in_each_report(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    grow(tmp_path, {f"{FOLDER}x": File()})
    # A third thing is where the link is turned, so that the run which was stopped cannot be finished.
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


def test_the_numbers_of_damaged_journals_are_in_each_report(tmp_path: Path) -> None:
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


# --------------------------------------------------------------------------------------------------------------------
# What is looked at again before a discard.


@pytest.mark.parametrize("what", [EARLY, EARLY + MD5])
def test_what_a_link_leads_to_by_now_is_not_discarded(tmp_path: Path, what: str) -> None:
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
    # It is not discarded by the next run either, for now it is known.
    assert {item.path for item in plan_of(tmp_path, delete_old=True).discards} == set()


def hard_link(path: Path) -> None:
    path.with_name("mine").hardlink_to(path)


HARD_LINK: Final = "it has another name (a hard link) by now"
OPEN: Final = "somebody has it open for writing"


def test_what_has_another_name_by_now_is_not_discarded(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)

    def link(done: int, _: int) -> None:
        if done == 3:
            hard_link(tmp_path / EARLY)

    report = apply(plan_of(tmp_path, delete_old=True), link)
    assert report == Report(number=1, done=DONE[:3], failed=group_failed(HARD_LINK, EARLY))
    (tmp_path / DIRECTORY / "mine").unlink()
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS), rung


def test_what_has_another_name_is_renamed(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, {FILE: File(), EARLY: File()})
    hard_link(tmp_path / EARLY)
    before = manifest(tmp_path)
    assert migrate(tmp_path).failed == ()
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW, EARLY: EARLY_NEW}), rung


def test_what_this_process_has_open_for_writing_is_not_discarded(tmp_path: Path) -> None:
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


def test_a_discard_that_is_done_again_obeys_the_same(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    after = manifest(tmp_path)
    undo(tmp_path)
    early = tmp_path / EARLY
    mine = early.with_name("mine")

    def again() -> Report:
        """Undo what was undone, and put that back."""
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

    # When nothing keeps it any more, it is discarded.
    assert undo(tmp_path, 2).failed == ()
    assert manifest(tmp_path) == after


def test_what_is_discarded_again_comes_after_the_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    undo(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE_NEW).name) else None)
    report = undo(tmp_path, 2)
    assert report.done == DONE[2:3]
    early = (Failure(EARLY + MD5, NOT_TRIED), Failure(EARLY, NOT_TRIED))
    assert report.failed == (*group_failed(os.strerror(errno.EIO)), *early)
    assert manifest(tmp_path) == moved(before, {FOLDER: FOLDER_NEW}, {f"{DIRECTORY}/dir": TEXTS[f"{DIRECTORY}/dir"]})


def test_a_sidecar_of_which_a_link_cannot_be_turned_is_with_its_checkpoint_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {FILE: File(), FILE + MD5: File(), "sidecar": Link(FILE + MD5)})
    before = manifest(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == b"sidecar" else None)
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


def test_a_directory_that_cannot_be_written_to_the_disk_is_a_failure(tmp_path: Path) -> None:
    paths = [f"run{number:03}/checkpoints/epoch=12-step=100.ckpt" for number in range(70)]
    grow(tmp_path, paths)

    gone = [f"run{number:03}" for number in (0, 1, 2, 3, 4)]

    def remove(done: int, total: int) -> None:
        if done == total:
            for name in gone:
                (tmp_path / name).rename(tmp_path / f"moved-{name}")

    report = apply(plan_of(tmp_path), remove)
    assert len(report.done) == 70
    # In an order that does not change from run to run.
    assert report.failed == tuple(Failure(f"{name}/checkpoints", os.strerror(errno.ENOENT)) for name in gone)
    assert ends(tmp_path) == ["failed"]


def test_a_journal_that_cannot_be_written_stops_all(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    # The disk takes the lock, which is empty, and the first bytes of the journal.
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
    assert runs(tmp_path) == []
    assert migrate(tmp_path) == Report(number=1, done=DONE)
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl"}


# --------------------------------------------------------------------------------------------------------------------
# The lock, and other things that stand in the way.


def test_only_one_is_at_work(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    plan, before = plan_of(tmp_path), manifest(tmp_path)
    with Session(tmp_path):
        held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        for use in (lambda: Session(tmp_path).__enter__(), lambda: apply(plan)):
            with pytest.raises(BusyError, match="where no other migration is at work") as caught:
                use()
            assert (caught.value.kind, caught.value.text) == ("root", str(tmp_path))
    # Those that were refused hold nothing; the one that was not held the root, its own directories and the lock.
    assert len(os.listdir("/proc/self/fd")) == held - 3  # noqa: PTH208
    assert manifest(tmp_path) == before
    assert apply(plan).number == 1


def test_a_lock_is_let_go_with_its_holder(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    (tmp_path / STATE).mkdir()
    with process(HOLD_LOCK, tmp_path / STATE / "lock") as holder:
        with pytest.raises(BusyError):
            migrate(tmp_path)
        holder.kill()
        holder.wait()
        assert migrate(tmp_path).number == 1


def test_the_lock_is_open_for_writing(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with Session(tmp_path):
            lock = tmp_path / STATE / "lock"
            assert stat.S_IMODE(lock.stat().st_mode) == 0o644
            (handle,) = [path for path in Path("/proc/self/fd").iterdir() if path.exists() and path.samefile(lock)]
            # Some network disks give an exclusive lock only to those who may write.
            assert fcntl.fcntl(int(handle.name), fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
    finally:
        os.umask(before)


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    with pytest.raises(KeyError, match="mine"), Session(tmp_path):
        raise KeyError("mine")
    held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    path = tmp_path / STATE / "journal" / "000001.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"journal":2}\n')
    for _ in range(2):
        with pytest.raises(MigrationError, match="a journal of version 1"), Session(tmp_path):
            pass
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208
    path.unlink()
    assert migrate(tmp_path).number == 1


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("ENOLCK", 1, f"expected a disk that can lock files ({os.strerror(errno.ENOLCK)})"),
        # Some network disks say this of a lock that somebody else has.
        ("EACCES", 75, "expected a root where no other migration is at work"),
    ],
)
def test_a_disk_that_cannot_lock_is_refused(tmp_path: Path, error: str, status: int, message: str) -> None:
    need("strace")
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    injected = ("-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", f"inject=flock:error={error}")
    done = finish(start("strace", *injected, *PROGRAM, "migrate", str(tmp_path), "--apply")).check(status)
    assert message in done.stderr.decode()
    # A long path is cut, so only its beginning is looked for.
    assert f"invalid root '{str(tmp_path)[:5]}" in done.stderr.decode()
    assert (manifest(tmp_path), inner(tmp_path)) == (before, {"lock"})


@pytest.mark.parametrize("place", [STATE, f"{STATE}/journal", f"{STATE}/lock"])
@pytest.mark.parametrize("there", ["link", "file", "folder"])
def test_what_stands_in_the_place_of_its_own_files_is_no_way_out(tmp_path: Path, place: str, there: str) -> None:
    outside = tmp_path / "outside"
    grow(tmp_path, {f"root/{path}": node for path, node in TREE.items()})
    grow(tmp_path, ["outside/x"])
    root = tmp_path / "root"
    plan = plan_of(root)
    at = root / place
    at.parent.mkdir(exist_ok=True)
    is_lock = place.endswith("lock")
    if there == "link":
        at.symlink_to(outside / "x" if is_lock else outside)
    elif there == "folder":
        at.mkdir()
    else:
        at.write_bytes(b"")
    before = manifest(tmp_path, times=True)
    expected = there == "folder" if not is_lock else there == "file"
    if expected:
        # That is what belongs there.
        assert apply(plan).number == 1
        return
    for use in (lambda: apply(plan), lambda: Session(root).__enter__()):
        with pytest.raises(OSError, match=r"irectory|symbolic links"):
            use()
    assert manifest(tmp_path, times=True) == before


# --------------------------------------------------------------------------------------------------------------------
# A run that was stopped.

LINK: Final = Relink("latest", FILE, FILE_NEW)


def grown(tmp_path: Path) -> Act:
    """Plant a tree, and return the act that renames the file in it, with its link."""
    grow(tmp_path, {FILE: File(), f"{FOLDER}/shard/x": File(), "latest": Link(FILE)})
    return act_of(tmp_path, FILE, FILE_NEW, LINK)


def aside_of(root: Path, link: str) -> Path:
    """Return the path at which *link*, a link in *root*, is made anew."""
    return root / f".ckpt-scheme-{hashlib.sha256(os.fsencode(link)).hexdigest()[:16]}"


def states(root: Path, aside: Path) -> dict[str, Callable[[], object]]:
    """Return how far a run came, by what did it."""
    old, new, link = root / FILE, root / FILE_NEW, root / "latest"

    def second_name() -> None:
        new.hardlink_to(old)

    def renamed() -> None:
        old.rename(new)

    def turned() -> None:
        link.unlink()
        link.symlink_to(FILE_NEW)

    def ready() -> None:
        aside.symlink_to(FILE_NEW)

    def exchanged() -> None:
        link.rename(aside)
        link.symlink_to(FILE_NEW)

    def away() -> None:
        link.rename(aside)

    def both(*steps: Callable[[], None]) -> Callable[[], None]:
        def go() -> None:
            for step in steps:
                step()

        return go

    return {
        "renamed": renamed,
        "renamed, link ready": both(renamed, ready),
        "renamed, link exchanged": both(renamed, exchanged),
        "renamed, link away": both(renamed, away),
        "renamed, link turned": both(renamed, turned),
        "two names": second_name,
        "two names, link ready": both(second_name, ready),
        "two names, link exchanged": both(second_name, exchanged),
        "two names, link away": both(second_name, away),
        "two names, link turned": both(second_name, turned),
    }


@pytest.mark.parametrize("state", list(states(Path(), Path())))
def test_an_act_that_was_begun_is_finished(tmp_path: Path, rung: str, state: str) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    aside = aside_of(tmp_path, "latest")
    write(tmp_path, act)
    states(tmp_path, aside)[state]()
    after = moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})
    for _ in range(2):
        with Session(tmp_path) as session:
            assert session.recovered == ()
            assert [journal.end for journal in session.history.journals] == ["recovered"]
        assert manifest(tmp_path) == after, rung
    assert ends(tmp_path) == ["recovered"]
    assert (tmp_path / STATE / "journal/000001.jsonl").read_text().count("end") == 1
    # And it can be put back like any other.
    assert undo(tmp_path) == Report(number=2, done=((FILE_NEW, FILE),))
    assert manifest(tmp_path) == before


def test_an_act_that_was_not_begun_is_left_for_the_next_plan(tmp_path: Path, rung: str) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW))
    before = manifest(tmp_path)
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == before
    assert ends(tmp_path) == ["recovered"]
    assert migrate(tmp_path) == Report(number=2, done=((FILE, FILE_NEW), (FOLDER, FOLDER_NEW)))
    assert [(journal.continues, journal.end) for journal in runs(tmp_path)] == [(None, "recovered"), (1, "done")]
    assert undo(tmp_path).done == ((FOLDER_NEW, FOLDER), (FILE_NEW, FILE)), rung
    assert manifest(tmp_path) == before


def test_a_run_that_has_ended_is_not_looked_at_again(tmp_path: Path) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, end="done")
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    before = manifest(tmp_path)
    with Session(tmp_path):
        pass
    assert manifest(tmp_path) == before


def test_a_directory_that_only_claims_a_name_is_removed(tmp_path: Path, rung: str) -> None:
    grown(tmp_path)
    write(tmp_path, act_of(tmp_path, FOLDER, FOLDER_NEW))
    before = manifest(tmp_path)
    (tmp_path / FOLDER_NEW).mkdir()
    with Session(tmp_path) as session:
        assert session.recovered == ()
        assert manifest(tmp_path) == before, rung
    assert migrate(tmp_path).failed == ()


@pytest.mark.parametrize("kind", ["full", "changed", "file's"])
def test_a_directory_that_may_be_somebody_s_stays(tmp_path: Path, kind: str) -> None:
    act = grown(tmp_path)
    write(tmp_path, act if kind == "file's" else act_of(tmp_path, FOLDER, FOLDER_NEW))
    new = tmp_path / (FILE_NEW if kind == "file's" else FOLDER_NEW)
    new.mkdir()
    if kind == "full":
        (new / "x").touch()
    if kind == "changed":
        (tmp_path / FOLDER / "x").touch()
    before = manifest(tmp_path, times=True)
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path, times=True) == {**before, ".": manifest(tmp_path, times=True)["."]}
    assert ends(tmp_path) == ["recovered"]


def replaced(path: Path) -> Path:
    path.unlink()
    path.write_text("somebody else's")
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / FILE).unlink(),
        # Somebody else's under the new name, with and without ours under the old one.
        lambda root: (root / FILE_NEW).write_text("theirs"),
        lambda root: (root / FILE).rename(root / "away") and (root / FILE_NEW).mkdir(),
        lambda root: (root / FILE_NEW).symlink_to(Path(FILE).name),
        # Two names of one file which is not the one that was listed.
        lambda root: (root / FILE_NEW).hardlink_to(replaced(root / FILE)),
        lambda root: shutil.rmtree(root / DIRECTORY),
    ],
)
def test_what_is_not_what_was_listed_is_not_touched(tmp_path: Path, change: Callable[[Path], object]) -> None:
    write(tmp_path, grown(tmp_path))
    change(tmp_path)
    before = manifest(tmp_path)
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == before
    assert ends(tmp_path) == ["recovered"]


@pytest.mark.parametrize("end", [None, "failed"])
def test_links_follow_what_was_written_to_since(tmp_path: Path, end: str | None) -> None:
    act = grown(tmp_path)
    write(tmp_path, act, end=end)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    (tmp_path / FILE_NEW).write_text("newer")
    before = manifest(tmp_path)
    # Whatever was done to it, the old text would lead nowhere.
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == moved(before, {}, {"latest": FILE_NEW})
    assert ends(tmp_path) == ["recovered" if end is None else "settled"]


def test_what_a_run_that_failed_left_half_done_is_finished(tmp_path: Path) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW), end="failed")
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).mkdir()
    theirs = manifest(tmp_path)[FOLDER_NEW]
    with Session(tmp_path) as session:
        assert session.recovered == ()
    # An empty directory is somebody's, for a run that came to its end takes away its own.
    assert manifest(tmp_path) == {**moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW}), FOLDER_NEW: theirs}
    assert ends(tmp_path) == ["settled"]


def test_all_runs_without_an_end_are_finished(tmp_path: Path) -> None:
    act = grown(tmp_path)
    other = act_of(tmp_path, FOLDER, FOLDER_NEW)
    before = manifest(tmp_path)
    write(tmp_path, act)
    write(tmp_path, number=2, end="done")
    write(tmp_path, other, number=3)
    (tmp_path / FILE_NEW).hardlink_to(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).mkdir()
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert ends(tmp_path) == ["recovered", "done", "recovered"]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_what_cannot_be_finished_is_tried_again_next_time(tmp_path: Path) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    aside = aside_of(tmp_path, "latest")
    other = attrs.evolve(act_of(tmp_path, FOLDER, FOLDER_NEW))
    write(tmp_path, act, other)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    (tmp_path / FOLDER_NEW).mkdir()
    aside.mkdir()
    for _ in range(2):
        with Session(tmp_path) as session:
            (failure,) = session.recovered
            assert failure.path == FILE
            assert failure.reason in {os.strerror(errno.EISDIR), os.strerror(errno.EEXIST)}
        # The act after it was finished all the same.
        assert not (tmp_path / FOLDER_NEW).exists()
        assert ends(tmp_path) == [None]
    aside.rmdir()
    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert ends(tmp_path) == ["recovered"]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})


def test_a_discard_that_was_begun_is_finished(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    new = f"{TRASH}/{EARLY}"
    write(tmp_path, act_of(tmp_path, EARLY, new), act_of(tmp_path, FILE, f"{TRASH}/{FILE}"))
    (tmp_path / new).parent.mkdir(parents=True)
    (tmp_path / new).hardlink_to(tmp_path / EARLY)
    with Session(tmp_path) as session:
        assert [each.path for each in session.trash()] == [EARLY]
    assert manifest(tmp_path) == moved(before, {EARLY: None})
    assert undo(tmp_path) == Report(number=2, done=((new, EARLY),))
    assert manifest(tmp_path) == before
    assert not (tmp_path / STATE / "trash").exists()


@pytest.mark.parametrize(
    "path", ["../outside/x", f"{DIRECTORY}/../../../outside/x", "run/./x", "", "run//x", "..", "x\0y", "/outside/x"]
)
def test_a_journal_cannot_lead_out_of_the_root(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    grow(tmp_path, {f"root/{FILE}": File(), "root/latest": Link(FILE), "outside/x": File()})
    before = manifest(tmp_path)
    act = act_of(root, FILE, FILE_NEW, LINK)
    acts: dict[str, list[Act]] = {
        "old": [attrs.evolve(act, old=path)],
        "new": [attrs.evolve(act, new=path)],
        "link": [attrs.evolve(act, old=FILE_NEW, new=FILE, links=(Relink(path, FILE, "x"),))],
    }
    for each in acts.values():
        write(root, *each)
        # No run writes that, so it is damage, and such a line says nothing.
        with Session(root) as session:
            assert session.recovered == ()
            assert session.undo() == Report(damaged=(1,))
        (journal,) = runs(root)
        assert (journal.is_damaged, journal.acts, journal.end) == (True, (), "recovered")
        assert manifest(tmp_path) == before


@pytest.mark.parametrize("end", [b"", b'{"old":"run/che', b'"', b"\xff\xfe"])
def test_a_journal_that_was_cut_is_used_up_to_there(tmp_path: Path, end: bytes) -> None:
    act = grown(tmp_path)
    before = manifest(tmp_path)
    write(tmp_path, act, act_of(tmp_path, FOLDER, FOLDER_NEW))
    path = tmp_path / STATE / "journal/000001.jsonl"
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:2]) + b"\n" + end)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    with Session(tmp_path) as session:
        assert session.recovered == ()
        assert [(journal.is_damaged, journal.end) for journal in session.history.journals] == [(True, "recovered")]
    assert manifest(tmp_path) == moved(before, {FILE: FILE_NEW}, {"latest": FILE_NEW})
    assert undo(tmp_path).done == ((FILE_NEW, FILE),)
    assert manifest(tmp_path) == before


# --------------------------------------------------------------------------------------------------------------------
# Putting back.


@pytest.mark.parametrize("delete_old", [False, True])
def test_the_last_run_is_put_back(tmp_path: Path, rung: str, delete_old: bool) -> None:  # noqa: FBT001
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    done = migrate(tmp_path, delete_old=delete_old).done
    told: list[tuple[int, int]] = []
    with Session(tmp_path) as session:
        report = session.undo(None, lambda *numbers: told.append(numbers))
        # The session knows of what it did itself.
        assert session.undo() == Report()
    assert report == Report(number=2, done=tuple((new, old) for old, new in reversed(done)))
    assert told == TOLD
    assert manifest(tmp_path) == before, rung
    assert inner(tmp_path) == {"lock", "journal/000001.jsonl", "journal/000002.jsonl"}
    assert not (tmp_path / STATE / "trash").exists()
    first, second = runs(tmp_path)
    assert (second.action, second.undoes, second.continues, second.end) == ("undo", 1, None, "done")
    assert second.acts == tuple(undoing(first.acts))
    # Once is enough.
    assert undo(tmp_path) == Report()
    assert manifest(tmp_path) == before
    assert len(runs(tmp_path)) == 2


def two_runs(root: Path) -> list[tuple[str, str]]:
    """Have two runs rename two files; return the names."""
    names = [(FILE, FILE_NEW), (f"{DIRECTORY}/epoch=20-step=1.ckpt", f"{DIRECTORY}/epoch-20_step-000001.ckpt")]
    for number, (old, new) in enumerate(names, 1):
        grow(root, [old])
        assert migrate(root) == Report(number=number, done=((old, new),))
    return names


def two_runs_more(root: Path) -> list[tuple[str, str]]:
    """Have two more runs rename two more files; return the names."""
    names = [
        (f"{DIRECTORY}/epoch={epoch}-step=1.ckpt", f"{DIRECTORY}/epoch-{epoch}_step-000001.ckpt") for epoch in (30, 31)
    ]
    for old, new in names:
        grow(root, [old])
        assert (old, new) in migrate(root).done
    return names


def test_runs_are_put_back_one_after_the_other(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    assert undo(tmp_path) == Report(number=3, done=(back(second),))
    assert undo(tmp_path) == Report(number=4, done=(back(first),))
    assert undo(tmp_path) == Report()
    assert [journal.undoes for journal in runs(tmp_path)] == [None, None, 2, 1]
    assert manifest(tmp_path).keys() == {".", "run", DIRECTORY, FILE, second[0]}


def test_what_somebody_renames_after_an_undo_is_theirs(tmp_path: Path) -> None:
    names = two_runs(tmp_path)
    undo(tmp_path)
    undo(tmp_path)
    for old, new in names:
        (tmp_path / old).rename(tmp_path / new)
    # It is what the runs once did, and no run did it.
    assert undo(tmp_path) == Report()


def test_any_run_can_be_put_back(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    assert undo(tmp_path, 1) == Report(number=3, done=(back(first),))
    assert undo(tmp_path, 1) == Report()
    assert undo(tmp_path) == Report(number=4, done=(back(second),))
    for number in (0, 5, 99):
        with pytest.raises(MigrationError, match="the number of a run below this root") as caught:
            undo(tmp_path, number)
        assert (caught.value.kind, caught.value.text) == ("run", number)


def test_what_was_put_back_can_be_done_again(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    after = manifest(tmp_path)
    undo(tmp_path)
    told: list[tuple[int, int]] = []
    with Session(tmp_path) as session:
        assert session.undo(2, lambda *numbers: told.append(numbers)) == Report(number=3, done=DONE)
    assert told == TOLD
    assert manifest(tmp_path) == after
    # And put back again.
    assert undo(tmp_path, 3).number == 4
    assert manifest(tmp_path) == before


def test_what_was_done_again_stands_again(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    undo(tmp_path)
    undo(tmp_path, 2)
    assert undo(tmp_path).done == tuple((new, old) for old, new in reversed(DONE))
    assert manifest(tmp_path) == before


def test_a_later_run_does_not_hide_what_it_did_not_do(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    grow(tmp_path, [EARLY])
    # It was stopped before its first act.
    write(tmp_path, act_of(tmp_path, EARLY, EARLY_NEW), number=3)
    assert undo(tmp_path).done == (back(second),)
    assert undo(tmp_path).done == (back(first),)


def test_a_run_that_was_put_back_just_before_the_power_went_is_put_back(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    undo(tmp_path)
    path = tmp_path / STATE / "journal/000003.jsonl"
    path.write_bytes(path.read_bytes()[: -len(b'\n{"end":"done"}\n')])
    assert undo(tmp_path).done == (back(first),)
    assert manifest(tmp_path).keys() == {".", "run", DIRECTORY, first[0], second[0]}


def test_a_run_without_acts_is_nothing_to_put_back(tmp_path: Path) -> None:
    (first, *_) = two_runs(tmp_path)
    write(tmp_path, number=3, end="done")
    assert undo(tmp_path).number == 4
    assert undo(tmp_path).done == (back(first),)
    assert undo(tmp_path, 3) == Report()


def test_a_run_that_was_stopped_twice_is_put_back_as_one(tmp_path: Path) -> None:
    names = [
        (f"{DIRECTORY}/epoch={number}-step=1.ckpt", f"{DIRECTORY}/epoch-{number}_step-000001.ckpt")
        for number in (11, 12, 13)
    ]
    grow(tmp_path, [old for old, _ in names])
    before = manifest(tmp_path)
    acts = [act_of(tmp_path, old, new) for old, new in names]
    write(tmp_path, *acts, end="recovered")
    write(tmp_path, *acts[1:], number=2, end="recovered", continues=1)
    for old, new in names[:2]:
        (tmp_path / old).rename(tmp_path / new)
    assert migrate(tmp_path) == Report(number=3, done=(names[2],))
    assert runs(tmp_path)[-1].continues == 2
    assert undo(tmp_path) == Report(number=4, done=tuple(back(pair) for pair in reversed(names)))
    assert manifest(tmp_path) == before
    # None of the three is left to put back.
    assert undo(tmp_path) == Report()


def test_only_a_run_of_the_same_sort_goes_on(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000002.jsonl"
    path.write_text(path.read_text().replace('"done"', '"recovered"'))
    undo(tmp_path, 1)
    assert runs(tmp_path)[-1].continues is None
    path = tmp_path / STATE / "journal/000003.jsonl"
    path.write_text(path.read_text().replace('"done"', '"recovered"'))
    # Neither a new run nor the undoing of another goes on with one.
    assert undo(tmp_path, 2).done == (back(second),)
    assert runs(tmp_path)[-1].continues is None
    assert migrate(tmp_path).done == (first, second)
    assert runs(tmp_path)[-1].continues is None


@pytest.mark.parametrize(("action", "other"), [("migrate", "prune"), ("prune", "migrate")])
def test_only_a_run_of_the_same_action_goes_on(tmp_path: Path, action: str, other: str) -> None:
    canonical = f"{DIRECTORY}/epoch-01_step-000001.ckpt"
    policies: dict[str, dict[str, object]] = {
        "migrate": {"delete_old": True, "keep_last": 1},
        "prune": {"rename": False, "delete_old": True, "keep_last": 1},
    }
    grow(tmp_path, [canonical, FILE_NEW])
    write(tmp_path, act_of(tmp_path, canonical, f"{TRASH}/{canonical}"), action=action)
    before = manifest(tmp_path)
    assert migrate(tmp_path, **policies[other]) == Report(
        number=2, done=((canonical, f"{STATE}/trash/000002/{canonical}"),)
    )
    undo(tmp_path)
    write(tmp_path, act_of(tmp_path, canonical, f"{STATE}/trash/000004/{canonical}"), number=4, action=action)
    # The same action goes on with it, in its trash.
    shared = f"{STATE}/trash/000004/{canonical}"
    assert migrate(tmp_path, **policies[action]) == Report(number=5, done=((canonical, shared),))
    assert [(each.action, each.continues, each.end) for each in runs(tmp_path)] == [
        (action, None, "recovered"),
        (other, None, "done"),
        ("undo", None, "done"),
        (action, None, "recovered"),
        (action, 4, "done"),
    ]
    # The place is named by two runs, and listed once.
    (journal,) = (each for each in runs(tmp_path) if each.number == 5)
    size = len(canonical) + 1
    assert trash(tmp_path) == [Trashed(run=5, time=journal.time, path=canonical, size=size, location=shared)]
    undo(tmp_path)
    assert manifest(tmp_path) == before


def test_the_number_of_a_run_that_is_missing_ends_the_chain(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000002.jsonl"
    path.write_text(path.read_text().replace('"continues":null', '"continues":1'))
    (tmp_path / STATE / "journal/000001.jsonl").unlink()
    assert undo(tmp_path).done == (back(second),)
    assert undo(tmp_path) == Report()
    assert (tmp_path / first[1]).exists()
    (tmp_path / STATE / "journal/000002.jsonl").unlink()
    assert undo(tmp_path) == Report()


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_goes_on_with_an_earlier_one_only(tmp_path: Path, number: int) -> None:
    first, _ = two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000001.jsonl"
    # As nothing but damage says it: of itself, or of what came after it.
    path.write_text(path.read_text().replace('"continues":null', f'"continues":{number}'))
    assert undo(tmp_path, 1).done == (back(first),)


def test_a_run_before_an_earlier_one_is_earlier_still(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    grow(tmp_path, [EARLY])
    assert migrate(tmp_path) == Report(number=3, done=((EARLY, EARLY_NEW),))
    for number, before in ((3, 1), (1, 2)):
        path = tmp_path / STATE / f"journal/{number:06}.jsonl"
        path.write_text(path.read_text().replace('"continues":null', f'"continues":{before}'))
    assert undo(tmp_path, 3).done == ((EARLY_NEW, EARLY), back(first))
    assert (tmp_path / second[1]).exists()


def test_an_undo_that_was_stopped_goes_on(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (run,) = runs(tmp_path)
    acts = undoing(run.acts)
    write(tmp_path, *acts, number=2, action="undo", undoes=1)
    (tmp_path / EARLY_NEW).rename(tmp_path / EARLY)
    report = undo(tmp_path)
    assert report == Report(number=3, done=tuple((act.old, act.new) for act in acts[1:]))
    assert manifest(tmp_path) == before, rung
    assert [(each.undoes, each.continues, each.end) for each in runs(tmp_path)] == [
        (None, None, "done"),
        (1, None, "recovered"),
        (1, 2, "done"),
    ]
    assert undo(tmp_path) == Report()


@pytest.mark.parametrize("taken", [File(b"mine"), Folder(), Link("nowhere")])
def test_nothing_newer_is_replaced(tmp_path: Path, taken: Node) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    grow(tmp_path, {FILE: taken})
    theirs = manifest(tmp_path)[FILE]
    report = undo(tmp_path)
    assert report == Report(
        number=2,
        done=tuple((new, old) for old, new in reversed(DONE[2:])),
        left=(
            Failure(FILE_NEW, f"something newer is called {FILE}"),
            Failure(FILE_NEW + MD5, "its checkpoint stays"),
        ),
    )
    expected = moved(before, {FILE: FILE_NEW, FILE + MD5: FILE_NEW + MD5}, {"latest": FILE_NEW})
    assert manifest(tmp_path) == {**expected, FILE: theirs}
    assert ends(tmp_path) == ["done", "left"]
    # What is in the way can be removed, and the rest put back.
    (tmp_path / FILE).rename(tmp_path / "away")
    assert undo(tmp_path).done == ((FILE_NEW, FILE), (FILE_NEW + MD5, FILE + MD5))
    assert undo(tmp_path) == Report()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("other"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: relinked(path, "x"),
    ],
)
def test_what_changed_since_stays(tmp_path: Path, change: Callable[[Path], object]) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path)
    change(tmp_path / FILE_NEW)
    before = manifest(tmp_path)
    report = undo(tmp_path)
    assert report.left == (
        Failure(FILE_NEW, "something newer has this name"),
        Failure(FILE_NEW + MD5, "its checkpoint stays"),
    )
    assert report.done == tuple((new, old) for old, new in reversed(DONE[2:]))
    found = manifest(tmp_path)
    assert found[FILE_NEW] == before[FILE_NEW]
    assert FILE not in found


def test_a_file_that_moved_to_another_disk_number_is_still_the_same(tmp_path: Path) -> None:
    grow(tmp_path, {FILE: File()})
    before = manifest(tmp_path)
    migrate(tmp_path)
    # A copy, with the times of the first, which some disks cannot tell from it after they are mounted anew.
    new = tmp_path / FILE_NEW
    shutil.copy2(new, tmp_path / "copy")
    os.utime(tmp_path / "copy", ns=(new.stat().st_atime_ns, new.stat().st_mtime_ns))
    (tmp_path / "copy").replace(new)
    assert undo(tmp_path).done == ((FILE_NEW, FILE),)
    assert manifest(tmp_path) == before


def test_only_what_is_left_of_a_run_is_put_back(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (tmp_path / FILE_NEW).rename(tmp_path / FILE)
    (tmp_path / FOLDER_NEW).rename(tmp_path / "elsewhere")
    report = undo(tmp_path)
    assert report == Report(
        number=2,
        done=((EARLY_NEW, EARLY), (EARLY_NEW + MD5, EARLY + MD5), (FILE_NEW + MD5, FILE + MD5)),
        left=(Failure(FOLDER_NEW, "it is gone"),),
    )
    assert (tmp_path / FILE).exists()
    assert manifest(tmp_path).keys() == moved(before, {FOLDER: "elsewhere"}).keys()


def test_where_nothing_is_left_to_put_back_there_is_no_run(tmp_path: Path) -> None:
    grow(tmp_path, {FILE: File()})
    migrate(tmp_path)
    (tmp_path / FILE_NEW).unlink()
    assert undo(tmp_path) == Report()
    # Who asks for that run is told.
    assert undo(tmp_path, 1) == Report(left=(Failure(FILE_NEW, "it is gone"),))
    assert len(runs(tmp_path)) == 1


def test_what_is_gone_hides_no_earlier_run(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    (tmp_path / second[1]).unlink()
    assert undo(tmp_path) == Report(number=3, done=(back(first),))
    assert [journal.undoes for journal in runs(tmp_path)] == [None, None, 1]
    # What else keeps it from being put back does, for it may be put out of the way.
    first, second = two_runs_more(tmp_path)
    grow(tmp_path, [second[0]])
    reason = f"something newer is called {second[0]}"
    for _ in range(2):
        assert undo(tmp_path) == Report(left=(Failure(second[1], reason),))
    assert (tmp_path / first[1]).exists()


def test_links_that_changed_since_stay(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to("theirs")
    assert undo(tmp_path).left == ()
    assert manifest(tmp_path) == moved(before, {}, {"latest": "theirs"})


def test_links_that_were_made_since_are_turned(tmp_path: Path, rung: str) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path)
    grow(tmp_path, {"more": Link(f"./{FILE_NEW}"), f"{DIRECTORY}/sidecar": Link(Path(FILE_NEW + MD5).name)})
    before = manifest(tmp_path)
    assert undo(tmp_path).left == ()
    expected = moved(before, {new: old for old, new in DONE})
    for path, text in (
        ("latest", FILE),
        ("more", f"./{FILE}"),
        (f"{DIRECTORY}/dir", Path(FOLDER).name),
        (f"{DIRECTORY}/sidecar", Path(FILE + MD5).name),
    ):
        expected = moved(expected, {}, {path: text})
    assert manifest(tmp_path) == expected, rung


def test_a_link_into_the_trash_keeps_nothing_there(tmp_path: Path) -> None:
    # In a way in which it could not follow.
    grow(tmp_path, {**TREE, "look": Link(f"{TRASH}/{EARLY}/.")})
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    report = undo(tmp_path)
    assert report.left == ()
    assert manifest(tmp_path) == before


def test_what_a_link_leads_through_stays(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    # A link through the directory would lead nowhere. What comes from the trash has no such links.
    grow(tmp_path, {"deep": Link(f"{FOLDER_NEW}/shard/x"), "to trash": Link(f"{TRASH}/{EARLY}")})
    before = manifest(tmp_path)
    report = undo(tmp_path)
    reason = "the link deep leads to it in a way that no other text keeps"
    assert report.left == (Failure(FOLDER_NEW, reason),)
    assert report.done == (
        (f"{TRASH}/{EARLY}", EARLY),
        (f"{TRASH}/{EARLY}{MD5}", EARLY + MD5),
        (FILE_NEW, FILE),
        (FILE_NEW + MD5, FILE + MD5),
    )
    found = manifest(tmp_path)
    assert [found[path] for path in ("deep", "to trash", FOLDER_NEW)] == [
        before[path] for path in ("deep", "to trash", FOLDER_NEW)
    ]
    assert ends(tmp_path) == ["done", "left"]


def test_an_undo_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE).name) else None)
    report = undo(tmp_path)
    assert report.failed == group_failed(os.strerror(errno.EIO), FILE_NEW)
    assert report.done == tuple(back(pair) for pair in reversed(DONE[2:]))
    assert ends(tmp_path) == ["done", "failed"]
    monkeypatch.undo()
    assert undo(tmp_path) == Report(number=3, done=tuple(back(pair) for pair in reversed(DONE[:2])))
    assert [(journal.continues, journal.end) for journal in runs(tmp_path)][1:] == [(None, "settled"), (None, "done")]
    assert manifest(tmp_path) == before
    assert undo(tmp_path) == Report()


def test_a_checkpoint_is_not_put_back_without_its_sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path)
    after = manifest(tmp_path)
    answer(monkeypatch, lambda new, _: errno.EIO if new == os.fsencode(Path(FILE + MD5).name) else None)
    report = undo(tmp_path)
    assert report == Report(
        number=2,
        done=tuple(back(pair) for pair in reversed(DONE[2:])),
        failed=(Failure(FILE_NEW + MD5, os.strerror(errno.EIO)), Failure(FILE_NEW, NOT_TRIED)),
    )
    # The link leads to the checkpoint again, too.
    theirs = {new: old for old, new in DONE[2:]}
    assert manifest(tmp_path) == moved(after, theirs, {f"{DIRECTORY}/dir": Path(FOLDER).name})
    monkeypatch.undo()
    assert undo(tmp_path).failed == ()
    assert manifest(tmp_path) == before


def test_a_name_of_which_two_runs_speak_is_put_back_once(tmp_path: Path) -> None:
    # The first run was stopped when it had renamed the file; somebody wrote another of the old name, and the run that
    # went on renamed that one to another name.
    grow(tmp_path, {FILE: File()})
    first = act_of(tmp_path, FILE, FILE_NEW)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    grow(tmp_path, {FILE: File(b"second")})
    second = f"{DIRECTORY}/second.ckpt"
    other = act_of(tmp_path, FILE, second)
    (tmp_path / FILE).rename(tmp_path / second)
    write(tmp_path, first, end="recovered")
    write(tmp_path, other, number=2, end="done", continues=1)
    assert undo(tmp_path) == Report(
        number=3,
        done=((second, FILE),),
        left=(Failure(FILE_NEW, f"something newer is called {FILE}"),),
    )
    assert (tmp_path / FILE).read_text() == "second"
    assert (tmp_path / FILE_NEW).read_text() == f"{FILE}\n"


def test_a_name_that_a_stopped_run_never_gave_is_not_missed(tmp_path: Path) -> None:
    # The first run was stopped before the rename; the one that went on gave the file another name.
    grow(tmp_path, {FILE: File()})
    before = manifest(tmp_path)
    never = act_of(tmp_path, FILE, FILE_NEW)
    second = f"{DIRECTORY}/second.ckpt"
    other = act_of(tmp_path, FILE, second)
    (tmp_path / FILE).rename(tmp_path / second)
    write(tmp_path, never, end="recovered")
    write(tmp_path, other, number=2, end="done", continues=1)
    assert undo(tmp_path) == Report(number=3, done=((second, FILE),))
    assert ends(tmp_path)[2] == "done"
    assert manifest(tmp_path) == before


# --------------------------------------------------------------------------------------------------------------------
# The trash.


def test_the_trash_says_what_is_in_it(tmp_path: Path) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {**TREE, f"{folder}/a": File(b"12345"), f"{folder}/b/c": File(b"678")})
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    (journal,) = runs(tmp_path)
    with Session(tmp_path) as session:
        found = session.trash()
    assert found == [
        Trashed(run=1, time=journal.time, path=path, size=size, location=f"{TRASH}/{path}")
        for path, size in ((folder, 8), (EARLY, len(EARLY) + 1), (EARLY + MD5, len(EARLY + MD5) + 1))
    ]
    undo(tmp_path)
    assert manifest(tmp_path) == before
    with Session(tmp_path) as session:
        assert session.trash() == []


def test_what_is_emptied_is_gone(tmp_path: Path) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {**TREE, f"{folder}/a/b": File(), "kept": File()})
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / folder / "a/link").symlink_to(tmp_path / "kept")
    before = manifest(tmp_path)
    told: list[tuple[int, int]] = []
    with Session(tmp_path) as session:
        found = session.trash()
        report = session.empty(iter(found), lambda *numbers: told.append(numbers))
        assert session.trash() == []
    assert report == Report(done=tuple((each.path, each.location) for each in found))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert manifest(tmp_path) == before
    assert not (tmp_path / STATE / "trash").exists()
    # The renames can still be put back.
    report = undo(tmp_path)
    assert report.done == tuple((new, old) for old, new in reversed(DONE[:3]))
    assert report.left == (
        Failure(f"{TRASH}/{EARLY}", "it is gone"),
        Failure(f"{TRASH}/{EARLY}{MD5}", "it is gone"),
        Failure(f"{TRASH}/{folder}", "it is gone"),
    )


def test_what_takes_the_place_of_a_directory_in_the_trash_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"{DIRECTORY}/epoch=1-step=1.ckpt"
    grow(tmp_path, {f"{folder}/a": File(), FILE: File(), "kept/b": File()})
    migrate(tmp_path, delete_old=True)
    place = tmp_path / TRASH / folder
    remove = shutil.rmtree

    def late(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of `rmtree`
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "kept")
        remove(*arguments, **options)

    monkeypatch.setattr(shutil, "rmtree", late)
    with Session(tmp_path) as session:
        report = session.empty(session.trash())
    (failure,) = report.failed
    assert failure.path == f"{TRASH}/{folder}"
    # This error is Python's own and has no number, and the report says what it is all the same.
    assert failure.reason not in {"", "None"}
    assert report.done == ()
    assert (tmp_path / "kept/b").exists()
    assert (tmp_path / "elsewhere/a").exists()


def test_a_part_of_the_trash_can_be_emptied(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    with Session(tmp_path) as session:
        found = session.trash()
        assert session.empty(found[:1]).done == ((EARLY, f"{TRASH}/{EARLY}"),)
        assert session.trash() == found[1:]
        # What is gone already need not be removed.
        assert session.empty(found) == Report(done=((EARLY + MD5, f"{TRASH}/{EARLY}{MD5}"),))
    assert not (tmp_path / STATE / "trash").exists()


def test_more_directories_of_the_trash_than_handles_are_kept(tmp_path: Path) -> None:
    runs_of_one = [f"run{number:03}/checkpoints" for number in range(70)]
    grow(tmp_path, [f"{run}/{name}" for run in runs_of_one for name in ("epoch-01_step-000001.ckpt", "last.ckpt")])
    assert len(migrate(tmp_path, delete_old=True).done) == 70
    held, most = len(os.listdir("/proc/self/fd")), 0  # noqa: PTH208

    def look(*_: int) -> None:
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208

    with Session(tmp_path) as session:
        assert len(session.empty(session.trash(), look).done) == 70
        assert session.trash() == []
    assert most < held + 80


def test_progress_counts_what_cannot_be_removed_too(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    told: list[tuple[int, int]] = []
    with Session(tmp_path) as session:
        one, other = session.trash()

        def remove(*numbers: int) -> None:
            told.append((numbers[0], numbers[1]))
            (tmp_path / other.location).unlink(missing_ok=True)

        report = session.empty([one, other], remove)
    assert report.done == ((one.path, one.location),)
    assert report.failed == (Failure(other.location, os.strerror(errno.ENOENT)),)
    assert told == [(1, 2), (2, 2)]


def test_what_somebody_put_into_the_trash_stays(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    before = manifest(tmp_path)
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / "run" / "theirs").touch()
    undo(tmp_path)
    assert manifest(tmp_path) == before
    assert {path.name for path in (tmp_path / STATE / "trash").rglob("*")} == {"000001", "run", "theirs"}


def test_each_run_has_a_trash_of_its_own(tmp_path: Path) -> None:
    last = f"{DIRECTORY}/last.ckpt"
    for number, content in ((1, b"first"), (2, b"second")):
        grow(tmp_path, {EARLY: File(content), **({last: File()} if number == 1 else {})})
        assert migrate(tmp_path, delete_old=True).done == ((EARLY, f"{STATE}/trash/{number:06}/{EARLY}"),)
    with Session(tmp_path) as session:
        found = session.trash()
    assert [(each.run, each.size) for each in found] == [(1, 5), (2, 6)]
    undo(tmp_path, 1)
    assert (tmp_path / EARLY).read_text() == "first"
    assert undo(tmp_path).left == (Failure(f"{STATE}/trash/000002/{EARLY}", f"something newer is called {EARLY}"),)
    assert inner(tmp_path) >= {f"trash/000002/{EARLY}"}


def test_a_run_that_goes_on_discards_to_the_trash_of_the_first(tmp_path: Path) -> None:
    others = [f"{DIRECTORY}/epoch={number}-step=1.ckpt" for number in (1, 2)]
    grow(tmp_path, {**TREE, **dict.fromkeys(others, File())})
    before = manifest(tmp_path)
    first = f"{TRASH}/{others[0]}"
    write(tmp_path, act_of(tmp_path, others[0], first), end="recovered")
    write(tmp_path, act_of(tmp_path, others[1], f"{TRASH}/{others[1]}"), number=2, end="recovered", continues=1)
    (tmp_path / first).parent.mkdir(parents=True)
    (tmp_path / others[0]).rename(tmp_path / first)
    # What has the name there stays there.
    grow(tmp_path, [f"{TRASH}/{EARLY}"])
    report = migrate(tmp_path, delete_old=True)
    own = f"{STATE}/trash/000003/{EARLY}"
    discards = ((others[1], f"{TRASH}/{others[1]}"), (EARLY + MD5, f"{TRASH}/{EARLY}{MD5}"), (EARLY, own))
    assert report == Report(number=3, done=(*DONE[:3], *discards))
    assert undo(tmp_path).left == ()
    assert manifest(tmp_path) == before
    assert inner(tmp_path) >= {f"trash/000001/{EARLY}"}


def test_a_trash_that_is_a_link_takes_nothing(tmp_path: Path) -> None:
    grow(tmp_path, {**TREE, f"{STATE}/trash": Link("BASE/outside"), "outside": Folder()})
    before = manifest(tmp_path)
    report = migrate(tmp_path, delete_old=True)
    assert report.done == DONE[:3]
    assert report.failed == (
        Failure(EARLY + MD5, os.strerror(errno.ENOTDIR)),
        Failure(EARLY, NOT_TRIED),
    )
    assert manifest(tmp_path) == moved(before, RENAMED, TEXTS)


def test_the_time_of_a_discard_is_that_of_its_run(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    time_then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)
    write(tmp_path, act_of(tmp_path, EARLY, f"{TRASH}/{EARLY}"), time=time_then, end="done")
    (tmp_path / TRASH / DIRECTORY).mkdir(parents=True)
    (tmp_path / EARLY).rename(tmp_path / TRASH / EARLY)
    with Session(tmp_path) as session:
        assert [each.time for each in session.trash()] == [time_then]


def test_the_trash_is_listed_while_somebody_is_at_work(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    assert trash(tmp_path) == []
    assert not has_state(tmp_path)
    migrate(tmp_path, delete_old=True)
    with Session(tmp_path) as session:
        found = session.trash()
        assert [each.path for each in found] == [EARLY, EARLY + MD5]
        assert trash(str(tmp_path)) == found
    before = manifest(tmp_path, state=True, times=True)
    held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    assert trash(tmp_path) == found
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208
    assert manifest(tmp_path, state=True, times=True) == before
    with pytest.raises(MigrationError):
        trash(tmp_path / "missing")


def test_a_place_of_which_two_runs_speak_is_listed_once(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    undo(tmp_path)
    assert trash(tmp_path) == []
    assert undo(tmp_path, 2).number == 3
    *_, journal = runs(tmp_path)
    assert trash(tmp_path) == [
        Trashed(run=3, time=journal.time, path=path, size=len(path) + 1, location=f"{TRASH}/{path}")
        for path in (EARLY, EARLY + MD5)
    ]


def test_only_what_is_in_the_trash_is_removed(tmp_path: Path) -> None:
    grow(tmp_path, {**TREE, "outside": File()})
    migrate(tmp_path, delete_old=True)
    (tmp_path / TRASH / "theirs").touch()
    before = manifest(tmp_path, state=True)
    told: list[object] = []
    with Session(tmp_path) as session:
        first, _ = session.trash()
        places = (FILE_NEW, "outside", f"{TRASH}/theirs", f"{TRASH}/../../../outside", TRASH, f"{STATE}/journal")
        forged = [attrs.evolve(first, location=place) for place in places]
        assert session.empty(forged, lambda *_: told.append(_)) == Report()
        assert manifest(tmp_path, state=True) == before
        # What is said of it beside the place is not believed either.
        lying = attrs.evolve(first, path="x", run=7)
        assert session.empty([lying, *forged, first]).done == ((EARLY, f"{TRASH}/{EARLY}"),)
    assert told == []


FEW_HANDLES: Final = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from ckpt_scheme.migration import Policy, Session, apply, make_plan, observe, trash
root = sys.argv[1]
discarding = Policy(delete_old=True)
for last in ("undo", "empty"):
    report = apply(make_plan(observe(root), discarding))
    assert (len(report.done), report.failed) == (1400, ()), report.failed[:3]
    assert len(trash(root)) == 700
    if last == "undo":
        with Session(root) as session:
            report = session.undo()
        assert (len(report.done), report.failed, report.left) == (1400, (), ()), report.failed[:3]
    else:
        with Session(root) as session:
            report = session.empty(session.trash())
        assert (len(report.done), report.failed) == (700, ()), report.failed[:3]
    assert trash(root) == []
    print(last)
"""


def test_more_runs_than_handles(tmp_path: Path) -> None:
    names = (Path(FILE).name, Path(EARLY).name)
    grow(tmp_path, [f"run{number:03}/checkpoints/{name}" for number in range(700) for name in names])
    done = finish(start(sys.executable, "-c", FEW_HANDLES, str(tmp_path))).check(0)
    assert (done.stdout, done.stderr) == (b"undo\nempty\n", b"")
    assert not (tmp_path / STATE / "trash").exists()
