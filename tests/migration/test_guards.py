"""The table of guards, cell by cell: the facts about a checkpoint that forbid an act, in a plan and before the act."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

import attrs
import pytest

from ckpt_scheme.migration import (
    GUARDS,
    Entry,
    KeepBest,
    Plan,
    Policy,
    Report,
    Session,
    apply,
    make_plan,
    observe,
    trash,
    undo,
)
from ckpt_scheme.migration._policy import ActKind, Guard
from ckpt_scheme.migration._tree import Tree
from cli_runner import invoke
from listing_strategies import NOW_NS, RUN
from machine import act, need, unmount
from migration_operations import (
    DIRECTORY,
    EARLY,
    EARLY_NEW,
    FILE,
    FILE_NEW,
    FOLDER,
    FOLDER_NEW,
    MD5,
    act_of,
    intercept_rename,
    migrate,
    plan_of,
    write,
)
from migration_trees import STATE, File, Link, contents, grow, manifest
from plan_listings import LATE, TEN_MINUTES, check, file, judged, link, listing_of

PLACE: Final = f"{RUN}/checkpoints"
HOURS: Final = 3600 * 10**9

OLD: Final = "epoch=3-step=30.ckpt"
OLD_NEW: Final = "epoch-03_step-000030.ckpt"


def facts_of(guard: Guard, kind: ActKind) -> list[Entry]:
    """Return the entries of a run in which *guard* holds for one checkpoint."""
    name = OLD_NEW if kind == "discard" else OLD
    one = file(name, kind="directory" if kind == "rename a directory" else "file", ctime_ns=NOW_NS - 2 * TEN_MINUTES)
    late = file(LATE, mtime_ns=NOW_NS, ctime_ns=NOW_NS - 2 * TEN_MINUTES)
    cases: dict[Guard, list[Entry]] = {
        "recent": [attrs.evolve(one, mtime_ns=NOW_NS - TEN_MINUTES + 1)],
        "put back": [attrs.evolve(one, ctime_ns=NOW_NS - TEN_MINUTES + 1)],
        "open": [attrs.evolve(one, written=True)],
        "unfinished": [one, file(f"{name.removesuffix('.ckpt')}-unfinished")],
        "hard link": [attrs.evolve(one, links=2)],
        "symlink": [one, link("latest", f"{PLACE}/{name}")],
        "link inside": [one, link(f"{PLACE}/{name}/x", "/elsewhere")],
    }
    return [*cases[guard], late]


@pytest.mark.parametrize("kind", get_args(ActKind))
@pytest.mark.parametrize("guard", get_args(Guard))
def test_plan_obeys_cell_of_table(guard: Guard, kind: ActKind) -> None:
    policy = Policy(rename=kind != "discard", delete_old=kind == "discard")
    entries = facts_of(guard, kind)
    if guard == "unfinished" and kind == "discard":
        # Only names of other frameworks have such a marker.
        entries = [file(OLD), file(LATE, mtime_ns=NOW_NS), file("epoch=3-step=30-unfinished")]
        policy = Policy(delete_old=True)

    plan = make_plan(listing_of(entries), policy)
    (item,) = (item for item in plan.items if not item.path.endswith(LATE))

    assert (item.do == "keep") == (kind in GUARDS[guard]), item


def test_table_in_documentation_is_that_of_code() -> None:
    text = (Path(__file__).parents[2] / "docs/migration.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \*([\w ]+)\*[^|]*\| (\w[^|]*) \| (\w[^|]*) \| (\w[^|]*) \|$", text)

    found = {
        guard: {kind for kind, cell in zip(get_args(ActKind), cells, strict=True) if cell.strip() == "stays"}
        for guard, *cells in rows
    }

    assert found == {guard: set(kinds) for guard, kinds in GUARDS.items()}


# --------------------------------------------------------------------------------------------------------------------
# Right before and after an act.


def test_directory_that_is_being_written_keeps_its_name(tmp_path: Path) -> None:
    grow(tmp_path, {f"{FOLDER}/0.bin": File(age=1), FILE: File()})

    report = migrate(tmp_path)

    assert report.done == ((FILE, FILE_NEW),)
    (tmp_path / FOLDER / "1.bin").write_text("the next shard")
    (note,) = (note for note in plan_of(tmp_path).notes if note.path == FOLDER)
    assert note.text == "keeps its old name for now: it was written to within ten minutes"


def test_directory_with_open_file_keeps_its_name(tmp_path: Path) -> None:
    grow(tmp_path, {f"{FOLDER}/0.bin": File()})

    with Session(tmp_path) as session:
        listing = observe(tmp_path)
        with (tmp_path / FOLDER / "0.bin").open("ab"):
            assert plan_of(tmp_path).renames == ()
            report = session.apply(make_plan(listing), listing)

    assert [failure.reason for failure in report.failed] == ["a process has it open for writing by now"]
    assert migrate(tmp_path).done == ((FOLDER, FOLDER_NEW),)


@pytest.mark.parametrize("policy", [{}, {"delete_old": True}])
def test_file_replaced_while_it_moves_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: dict[str, Any]
) -> None:
    grow(tmp_path, {EARLY: File(), FILE: File(), "latest": Link(FILE)})
    target = EARLY_NEW if not policy else f"{STATE}/trash/000001/{EARLY}"
    newest = tmp_path / f"{EARLY}.new"

    def replace(new: bytes, _: Callable[[], int]) -> None:
        if new == os.fsencode(Path(target).name) and not newest.exists():
            newest.write_text("saved anew")
            written = (tmp_path / EARLY).stat().st_mtime_ns
            os.utime(newest, ns=(written, written))
            newest.rename(tmp_path / EARLY)
            newest.write_text("once")

    intercept_rename(monkeypatch, replace)

    report = migrate(tmp_path, **policy)

    assert [failure.path for failure in report.failed] == [EARLY]
    assert report.failed[0].reason == "it was written to, or replaced, while it was moved"
    assert (tmp_path / EARLY).read_text() == "saved anew"
    assert not (tmp_path / target).exists()


def test_hard_link_to_replaced_file_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {FILE: File(), "latest": Link(FILE)})
    hard_link = os.link

    def late(source: str, target: str, **options: Any) -> None:  # noqa: ANN401 - those of `os.link`
        if source == Path(FILE).name:
            (tmp_path / FILE).unlink()
            (tmp_path / FILE).write_text("saved anew")
        hard_link(source, target, **options)

    monkeypatch.setattr("ckpt_scheme.migration._tree._rename_call", lambda: None)
    monkeypatch.setattr(os, "link", late)

    report = migrate(tmp_path)

    assert [failure.path for failure in report.failed] == [FILE]
    assert (tmp_path / FILE).read_text() == "saved anew"
    assert not (tmp_path / FILE_NEW).exists()
    assert (tmp_path / "latest").readlink() == Path(FILE)
    # The new link that was made beside the old one is gone.
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE, "latest", "run"]


def test_hard_linked_file_gets_old_name_back_if_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, [FILE])
    hard_link = os.link
    seen: list[str] = []

    def late(source: str, target: str, **options: Any) -> None:  # noqa: ANN401 - those of `os.link`
        is_first = source == Path(FILE).name and not seen
        if is_first:
            (tmp_path / FILE).unlink()
            (tmp_path / FILE).write_text("saved anew")
        hard_link(source, target, **options)
        if is_first:
            seen.append(source)
            (tmp_path / FILE).unlink()

    monkeypatch.setattr("ckpt_scheme.migration._tree._rename_call", lambda: None)
    monkeypatch.setattr(os, "link", late)

    assert [failure.path for failure in migrate(tmp_path).failed] == [FILE]
    assert (tmp_path / FILE).read_text() == "saved anew"
    assert not (tmp_path / FILE_NEW).exists()


def test_file_moved_away_during_rename_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, [FILE])
    rename = Tree.rename_noreplace

    def late(self: Tree, old: str, new: str, kind: Any) -> bool:  # noqa: ANN401 - a kind
        found = rename(self, old, new, kind)
        if old == FILE:
            (tmp_path / FILE_NEW).rename(tmp_path / "elsewhere")
        return found

    monkeypatch.setattr(Tree, "rename_noreplace", late)

    assert [failure.path for failure in migrate(tmp_path).failed] == [FILE]
    assert (tmp_path / "elsewhere").read_text() == f"{FILE}\n"


# --------------------------------------------------------------------------------------------------------------------
# Prune.

PRUNE: Final = Policy(rename=False, delete_old=True, keep_min_epoch=None, keep_last=3)


def gone(entries: list[str | Entry], policy: Policy = PRUNE) -> list[int]:
    """Return the epochs that a policy discards."""
    plan = make_plan(listing_of(entries), policy)
    return [int(item.path.rpartition("/epoch-")[2][:2]) for item in plan.discards]


def epoch(number: int, **facts: Any) -> Entry:  # noqa: ANN401 - of `Entry`
    return file(f"epoch-{number:02}_step-{number:06}.ckpt", **facts)


def test_prune_keeps_checkpoints_of_run_begun_anew() -> None:
    old = [epoch(number) for number in range(90, 95)]
    new = [epoch(number, mtime_ns=NOW_NS - 2 * HOURS) for number in range(4)]

    assert gone([*old, *new]) == [90, 91]
    check(judged(make_plan(listing_of([*old, *new]), PRUNE))[new[0].name], "keep: it was written after")

    # A copy writes files within seconds, in any order.
    copied = [epoch(number, mtime_ns=NOW_NS - 2 * HOURS - number) for number in range(6)]

    assert gone([*copied]) == [0, 1, 2]


@pytest.mark.parametrize(("later_ns", "discarded"), [(60 * 10**9, [0, 1, 2]), (60 * 10**9 + 1, [1, 2])])
def test_run_begins_anew_if_written_more_than_a_minute_later(later_ns: int, discarded: list[int]) -> None:
    begun = NOW_NS - HOURS
    entries = [epoch(number, mtime_ns=begun) for number in range(1, 6)]

    assert gone([epoch(0, mtime_ns=begun + later_ns), *entries]) == discarded


def test_unknown_time_of_the_highest_number_shows_no_run_begun_anew() -> None:
    entries = [*map(epoch, range(1, 5)), epoch(9, mtime_ns=0)]

    assert gone([*entries]) == [1, 2]


@pytest.mark.parametrize(
    ("age_ns", "other_ns", "stays"),
    [
        (TEN_MINUTES - 1, TEN_MINUTES, True),
        (TEN_MINUTES, TEN_MINUTES, False),
        # All were copied at the same time, so the change times show no undo.
        (TEN_MINUTES - 1, TEN_MINUTES - 1, False),
        (TEN_MINUTES - 1, NOW_NS, False),
    ],
)
def test_file_put_back_within_ten_minutes_stays(age_ns: int, other_ns: int, stays: bool) -> None:  # noqa: FBT001 - a column
    entries = [epoch(1, ctime_ns=NOW_NS - age_ns), *(epoch(n, ctime_ns=NOW_NS - other_ns) for n in range(2, 5))]

    assert gone([*entries]) == ([] if stays else [1])


def test_prune_counts_no_empty_file() -> None:
    empty = [epoch(number, size=0) for number in range(5, 8)]

    assert gone([*map(epoch, range(5)), *empty]) == [0, 1, 5, 6, 7]
    # The last checkpoint that is not empty stays.
    assert gone([epoch(1), *empty], attrs.evolve(PRUNE, keep_last=0, keep_every=100)) == [5, 6, 7]
    best = attrs.evolve(PRUNE, keep_last=0, keep_best=KeepBest("hmean"))
    names = [file(f"epoch-{number:02}_step-000001_hmean-0.{number}000.ckpt", size=number) for number in (9, 8, 0)]
    assert gone([attrs.evolve(names[0], size=0), *names[1:]], best) == [0, 9]


def test_prune_keeps_checkpoint_that_was_put_back() -> None:
    old = [epoch(number, ctime_ns=NOW_NS - HOURS) for number in range(6)]
    back = attrs.evolve(old[1], ctime_ns=NOW_NS - 1)

    assert gone([old[0], back, *old[2:]]) == [0, 2]
    # If the whole run was copied, change times prove nothing.
    assert gone([attrs.evolve(entry, ctime_ns=NOW_NS - 1) for entry in old]) == [0, 1, 2]


def test_clock_that_stood_still_does_not_age_trash(tmp_path: Path) -> None:
    grow(tmp_path, {EARLY: File(), FILE: File()})

    write(
        tmp_path,
        act_of(tmp_path, EARLY, f"{STATE}/trash/000001/{EARLY}"),
        time=datetime(1970, 1, 1, tzinfo=UTC),
        end="done",
    )
    place = tmp_path / STATE / "trash/000001" / EARLY
    place.parent.mkdir(parents=True)
    (tmp_path / EARLY).rename(place)

    result = invoke("trash", tmp_path, "--empty", "--older-than", "30d", "--yes")

    assert (result.exit_code, result.stdout) == (0, "0 removed, 0 B\n")
    assert place.exists()
    assert len(trash(tmp_path)) == 1


# --------------------------------------------------------------------------------------------------------------------
# Disks.


@pytest.mark.parametrize("text", ["mount/run/checkpoints/{}", "mount/run/checkpoints/../checkpoints/{}"])
def test_link_through_other_mount_protects_and_follows(tmp_path: Path, text: str) -> None:
    need("root")
    root, mount = tmp_path / "root", tmp_path / "mount"
    canonical = f"{DIRECTORY}/epoch-02_step-000002.ckpt"
    grow(root, {EARLY: File(), FILE: File(), canonical: File()})
    mount.mkdir()
    for name, target in (("best", EARLY), ("second", canonical)):
        (root / name).symlink_to(tmp_path / text.format(Path(target).name))
    act("mount", "--bind", root, mount)

    try:
        report = migrate(root, delete_old=True)

        assert report.failed == ()
        assert {old for old, _ in report.done} == {EARLY, FILE}
        assert (root / "best").resolve() == (mount / EARLY_NEW).resolve()
        assert (root / "second").exists()
        assert (root / EARLY_NEW).exists()
    finally:
        unmount(mount)


@pytest.mark.parametrize(("flag", "word"), [("a", "append-only"), ("i", "immutable")])
@pytest.mark.parametrize("place", [DIRECTORY, FILE])
def test_fixed_entry_is_refused_before_any_act(tmp_path: Path, flag: str, word: str, place: str) -> None:
    need("root", "chattr")
    grow(tmp_path, {FILE: File(), FILE + MD5: File(), "latest": Link(FILE)})
    before, content = manifest(tmp_path), contents(tmp_path)
    act("chattr", f"+{flag}", tmp_path / place)

    try:
        report = migrate(tmp_path)
    finally:
        act("chattr", f"-{flag}", tmp_path / place)

    assert report.number is None
    assert {failure.path for failure in report.failed} == {FILE, FILE + MD5}
    assert all(f"{word}; chattr -{flag} lifts that" in failure.reason for failure in report.failed)
    assert (manifest(tmp_path), contents(tmp_path)) == (before, content)
    assert len(migrate(tmp_path).done) == 2


def test_migrate_and_undo_work_on_system_without_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, [FILE])
    monkeypatch.setattr("ckpt_scheme.migration._disk._statx_call", lambda: None)

    assert migrate(tmp_path) == Report(number=1, done=((FILE, FILE_NEW),))
    assert undo(tmp_path).done == ((FILE_NEW, FILE),)


def test_recursive_plan_survives_round_trip(tmp_path: Path) -> None:
    grow(tmp_path, ["flat/epoch=1-step=5.ckpt", "a/b/checkpoints/epoch=2-step=6.ckpt", "epoch=3-step=7.ckpt"])
    before = manifest(tmp_path)
    plan = make_plan(observe(tmp_path, recursive=True), Policy(recursive=True))

    report = apply(Plan.from_json(plan.to_json()))

    assert {new for _, new in report.done} == {
        "flat/epoch-01_step-000005.ckpt",
        "a/b/checkpoints/epoch-02_step-000006.ckpt",
        "epoch-03_step-000007.ckpt",
    }
    assert len(undo(tmp_path).done) == 3
    assert manifest(tmp_path) == before
