"""The state directory is obeyed only if its owner is trusted and its files are the program's own."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Check, Relink, Report, Session, apply, check, has_state, operations, trash, undo
from ckpt_scheme.migration._tree import Tree
from cli_runner import invoke
from cli_trees import start
from machine import act, need
from migration_operations import EARLY, FILE, FILE_NEW, MD5, TREE, act_of, forge, migrate, plan_of, write
from migration_trees import STATE, File, Link, grow, manifest
from programs import PROGRAM, finish

OTHER: Final = 4_321  # a user and a group that this machine need not have
JOURNAL: Final = f"{STATE}/journal/000001.jsonl"
COMMANDS: Final = (
    ("migrate", "--apply"),
    ("prune", "--keep-last", "1", "--apply"),
    ("undo",),
    ("undo", "--list"),
    ("trash",),
    ("trash", "--empty", "--yes"),
)


def state(root: Path) -> None:
    """Make a state directory with one operation that was stopped after its rename."""
    grow(root, {**TREE, "victim/checkpoints/link": Link(f"../../{FILE}")})
    rename = act_of(root, FILE, FILE_NEW, Relink("victim/checkpoints/link", f"../../{FILE}", f"../../{FILE_NEW}"))
    write(root, rename)
    (root / FILE).rename(root / FILE_NEW)


@pytest.mark.parametrize("place", [STATE, f"{STATE}/journal", JOURNAL])
@pytest.mark.parametrize("command", COMMANDS)
def test_state_of_other_user_is_refused(tmp_path: Path, place: str, command: tuple[str, ...]) -> None:
    need("root")
    state(tmp_path)
    os.chown(tmp_path / place, OTHER, OTHER)
    before = manifest(tmp_path)

    result = invoke(command[0], tmp_path, *command[1:])

    assert result.exit_code == 1
    assert f"{tmp_path}/{place} is not to be trusted: user {OTHER} made it" in result.stderr
    assert "--trust-state" in result.stderr
    assert manifest(tmp_path) == before

    # A user who trusts the other user lets the operation finish.
    assert invoke(command[0], tmp_path, *command[1:], "--trust-state").exit_code in {0, 3}


@pytest.mark.parametrize("command", [("migrate",), ("prune", "--keep-last", "1")])
def test_preview_complains_of_state_of_other_user(tmp_path: Path, command: tuple[str, ...]) -> None:
    need("root")
    state(tmp_path)
    os.chown(tmp_path / STATE, OTHER, OTHER)

    result = invoke(command[0], tmp_path, *command[1:])

    assert result.exit_code == 1
    assert " left as they are" in result.stdout
    assert f"{tmp_path}/{STATE} is not to be trusted: user {OTHER} made it" in result.stderr


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o775])
@pytest.mark.parametrize("place", [STATE, f"{STATE}/journal", JOURNAL])
def test_state_that_others_may_write_is_refused(tmp_path: Path, place: str, mode: int) -> None:
    state(tmp_path)
    (tmp_path / place).chmod(mode)
    before = manifest(tmp_path)

    for use in (operations, trash, undo, lambda root: Session(root).__enter__()):
        with pytest.raises(OperationError, match="other users may write to it"):
            use(tmp_path)
    assert manifest(tmp_path) == before


def test_group_that_shares_root_may_write_state(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    tmp_path.chmod(0o2775)
    before = os.umask(0o022)

    try:
        assert migrate(tmp_path).number == 1
    finally:
        os.umask(before)

    for path in (STATE, f"{STATE}/journal", f"{STATE}/lock", JOURNAL):
        # Root obeys no journal that the group may have written.
        given = {0o040} if path == JOURNAL and os.geteuid() == 0 else {0o060, 0o070}
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) & 0o070 in given, path
        assert (tmp_path / path).stat().st_gid == tmp_path.stat().st_gid
    assert [each.number for each in operations(tmp_path)] == [1]

    # Without the group, the same permissions let other users write.
    tmp_path.chmod(0o755)

    with pytest.raises(OperationError, match="chmod go-w"):
        operations(tmp_path)


AS_MEMBER: Final = """
import encodings.ascii, fcntl, os, sys
from ckpt_scheme._cli.commands import run
run(["migrate", sys.argv[1]])  # loads all modules, which the other user may not be able to read
run(["undo", sys.argv[1], "--list"])
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
status = run(sys.argv[3:])
sys.stdout.flush()
os._exit(status)  # a measurement of coverage could not write its data
"""


def as_member(root: Path, *arguments: str) -> tuple[int, str]:
    """Run the command line as another user, in the group of the same number."""
    done = finish(start(sys.executable, "-c", AS_MEMBER, str(root), str(OTHER), *arguments))
    return done.status, done.stderr.decode()


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A root in a directory that any user may enter, owned by root."""
    need("root")
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o005 != 0o005:
            path.chmod(path.stat().st_mode | 0o055)
    root = tmp_path / "shared"
    grow(root, TREE)
    return root


def test_error_names_the_command_for_user_without_permission(shared: Path) -> None:
    migrate(shared)

    status, stderr = as_member(shared, "migrate", str(shared), "--apply")

    assert status == 1
    assert f"user {OTHER} may not write to {shared}/{STATE}, which belongs to user 0" in stderr
    assert f"chmod -R g+rwX {shared}/{STATE}" in stderr


def test_error_names_the_command_for_user_who_may_not_make_state(shared: Path) -> None:
    status, stderr = as_member(shared, "migrate", str(shared), "--apply")

    assert status == 1
    assert f"chmod g+w {shared}" in stderr
    assert not has_state(shared)


def test_owner_works_below_root_of_group_of_others(shared: Path) -> None:
    for path in (shared, *shared.rglob("*")):
        os.chown(path, OTHER, OTHER, follow_symlinks=False)
    os.chown(shared, OTHER, OTHER + 1)
    shared.chmod(0o775)

    for command in (("migrate", str(shared), "--apply"), ("undo", str(shared)), ("trash", str(shared), "--check")):
        status, stderr = as_member(shared, *command)
        assert (status, "may not write" in stderr) == (0, False), stderr


def test_member_is_told_that_only_root_can_finish_its_operation(shared: Path) -> None:
    for path in (shared, *shared.rglob("*")):
        os.chown(path, OTHER, OTHER, follow_symlinks=False)
    os.chown(shared, 0, OTHER)
    shared.chmod(0o2775)
    write(shared, act_of(shared, FILE, FILE_NEW))

    status, stderr = as_member(shared, "migrate", str(shared), "--apply")

    assert status == 1
    assert "operation 1 was stopped, and only the user who began it can finish it" in stderr


def test_members_of_group_trust_one_another_and_no_one_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o2775)
    group = tmp_path.stat().st_gid
    monkeypatch.setattr(os, "geteuid", lambda: OTHER + 1)
    monkeypatch.setattr(os, "getgroups", list[int])
    status = os.stat_result((stat.S_IFREG | 0o664, 1, 1, 1, OTHER, group, 0, 0, 0, 0))

    with contextlib.closing(Tree(str(tmp_path))) as tree:
        monkeypatch.setattr(os, "getegid", lambda: group)
        tree.trust.check(JOURNAL, status)

        monkeypatch.setattr(os, "getegid", lambda: group + 1)
        with pytest.raises(OperationError, match=f"user {OTHER} made it"):
            tree.trust.check(JOURNAL, status)


def test_apply_trusts_no_state_of_other_user(tmp_path: Path) -> None:
    need("root")
    state(tmp_path)
    plan = plan_of(tmp_path)
    os.chown(tmp_path / STATE, OTHER, OTHER)

    for use in (lambda: apply(plan), lambda: check(tmp_path)):
        with pytest.raises(OperationError, match=f"user {OTHER} made it"):
            use()


def test_members_of_group_work_below_shared_root(shared: Path) -> None:
    for path in (shared, *shared.rglob("*")):
        os.chown(path, OTHER, OTHER, follow_symlinks=False)
    os.chown(shared, 0, OTHER)
    shared.chmod(0o2775)
    migrate(shared)

    status, stderr = as_member(shared, "undo", str(shared))

    assert (status, stderr) == (0, "")
    # Root trusts no member of the group without --trust-state.
    with pytest.raises(OperationError, match=f"user {OTHER} made it"):
        operations(shared)
    assert len(operations(shared, trust_state=True)) == 2


@pytest.mark.parametrize("place", [JOURNAL, f"{STATE}/lock"])
@pytest.mark.parametrize("kind", ["pipe", "directory"])
def test_state_that_is_no_regular_file_is_refused(tmp_path: Path, place: str, kind: str) -> None:
    grow(tmp_path, TREE)
    (tmp_path / place).parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(tmp_path / place)
    else:
        (tmp_path / place).mkdir()
    before = manifest(tmp_path)

    for use in (lambda: Session(tmp_path).__enter__(), lambda: undo(tmp_path), lambda: apply(plan_of(tmp_path))):
        with pytest.raises((OperationError, IsADirectoryError)):
            use()
    assert manifest(tmp_path) == before


def test_link_in_deep_directory_is_retargeted(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    depth = 1100
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("x", dir_fd=handle)
        below = os.open("x", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.symlink("../" * depth + FILE, "l.ckpt", dir_fd=handle)

    try:
        assert migrate(tmp_path).done == ((FILE, FILE_NEW),)
        assert os.readlink("l.ckpt", dir_fd=handle) == "../" * depth + FILE_NEW
        assert undo(tmp_path).done == ((FILE_NEW, FILE),)
        assert os.readlink("l.ckpt", dir_fd=handle) == "../" * depth + FILE
    finally:
        os.close(handle)
        # The removal of old temporary directories is recursive.
        act("rm", "-rf", tmp_path / "x")


def test_deep_directory_is_removed_from_trash(tmp_path: Path) -> None:
    early = f"{os.path.dirname(EARLY)}/epoch-03_step-000050.ckpt"  # noqa: PTH120 - a text
    grow(tmp_path, {f"{early}/x": File(), FILE: File()})
    place = tmp_path / early
    handle = os.open(place, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("x2", dir_fd=handle)
        below = os.open("x2", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    discard = act_of(tmp_path, early, f"{STATE}/trash/000001/{early}")
    write(tmp_path, discard, end="done")
    (tmp_path / discard.new).parent.mkdir(parents=True)
    place.rename(tmp_path / discard.new)

    try:
        with Session(tmp_path) as session:
            assert session.empty(session.trash()).failed == ()
        assert not (tmp_path / STATE / "trash").exists()
    finally:
        # As above, if the test fails.
        act("rm", "-rf", tmp_path / STATE / "trash")


# --------------------------------------------------------------------------------------------------------------------
# State of an earlier release.

EARLIER: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data/state_of_format_1.json").read_text(encoding="utf-8")
)


def plant(root: Path, count: int) -> None:
    """Make the tree and the first *count* journals that the first release left."""
    name = list(EARLIER["states"])[count]
    for path, node in EARLIER["states"][name].items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if "link" in node:
            target.symlink_to(node["link"])
        else:
            target.write_text(node["content"])
    for path in root.rglob("*"):
        os.utime(path, ns=(EARLIER["time_ns"],) * 2, follow_symlinks=False)
    (root / STATE / "journal").mkdir(parents=True, exist_ok=True)
    for journal in sorted(EARLIER["journals"])[:count]:
        (root / STATE / "journal" / journal).write_text(EARLIER["journals"][journal])


def seen(root: Path) -> dict[str, dict[str, str]]:
    """Return the files and links of a tree in the form of the kept data."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = {"link": str(path.readlink())}
        elif path.is_file() and not name.startswith((f"{STATE}/journal", f"{STATE}/lock")):
            found[name] = {"content": path.read_text()}
    return found


@pytest.mark.parametrize("count", [1, 2, 3])
def test_state_of_earlier_release_is_undone(tmp_path: Path, count: int) -> None:
    plant(tmp_path, count)
    states = list(EARLIER["states"].values())

    assert [(each.number, each.is_damaged, each.end) for each in operations(tmp_path)] == [
        (number, False, "done") for number in range(1, count + 1)
    ]

    report = undo(tmp_path, count)

    assert (report.number, len(report.done), report.failed, report.left) == (count + 1, 6, (), ())
    assert seen(tmp_path) == states[count - 1]


def test_stopped_operation_of_earlier_release_is_finished(tmp_path: Path) -> None:
    plant(tmp_path, 1)
    journal = tmp_path / JOURNAL
    journal.write_text(journal.read_text().rpartition("\n\n")[0] + "\n")

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert [each.end for each in operations(tmp_path)] == ["recovered"]
    assert journal.read_text().endswith('\n{"end":"recovered"}\n')
    assert seen(tmp_path) == EARLIER["states"]["1 migrate"]


# --------------------------------------------------------------------------------------------------------------------
# The check.


def test_check_of_whole_state_finds_operations_to_undo(tmp_path: Path) -> None:
    grow(tmp_path, TREE)

    assert invoke("trash", tmp_path, "--check").stdout == "0 damaged, 0 without a journal\n"

    migrate(tmp_path, delete_old=True)
    (tmp_path / EARLY).write_text("something newer")
    before = manifest(tmp_path, state=True, times=True)

    found = check(tmp_path)

    assert (found.undoable, found.orphans, found.damaged) == (((1, 3, 2),), (), ())

    result = invoke("trash", tmp_path, "--check")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "operation=1 undoable=3 left=2\n0 damaged, 0 without a journal\n"
    assert json.loads(invoke("trash", tmp_path, "--check", "--json").stdout) == {
        "operation": 1,
        "undoable": 3,
        "left": 2,
    }
    assert manifest(tmp_path, state=True, times=True) == before


@pytest.mark.parametrize(("age", "stays"), [(300, True), (700, False)])
def test_part_of_stopped_journal_is_harmless_and_removed(tmp_path: Path, age: int, stays: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {FILE: File()})
    assert migrate(tmp_path).number == 1
    part = tmp_path / f"{STATE}/journal/000002.jsonl.77.0123abcd.part"
    part.write_text("cut")
    written = time.time() - age
    os.utime(part, (written, written))

    result = invoke("trash", tmp_path, "--check")

    assert (result.exit_code, result.stdout) == (0, "operation=1 undoable=1 left=0\n0 damaged, 0 without a journal\n")
    assert f"{part.relative_to(tmp_path)}: harmless" in result.stderr
    assert check(tmp_path).remains == (str(part.relative_to(tmp_path)),)

    assert invoke("trash", tmp_path, "--empty", "--yes").exit_code == 0

    assert part.exists() == stays


def test_check_finds_damage_and_orphans(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path, delete_old=True)
    journals = tmp_path / STATE / "journal"
    whole = (journals / "000001.jsonl").read_text()
    (journals / "000002.jsonl").write_text(whole.replace("epoch=3", "epoch=4", 1))
    (journals / "000003.jsonl").write_text("nonsense\n")
    (journals / "000004.jsonl.77.part").write_text("")
    grow(tmp_path, {f"{STATE}/trash/000001/theirs/x": File(), f"{STATE}/trash/000009/a.ckpt": File()})

    result = invoke("trash", tmp_path, "--check")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "3 damaged, 2 without a journal"
    for part in ("000002.jsonl", "000003.jsonl", "000004.jsonl.77.part", "trash/000009", "trash/000001/theirs"):
        assert part in result.stderr


def test_journal_with_acts_of_two_runs_is_damaged(tmp_path: Path) -> None:
    grow(tmp_path, {**TREE, "other/checkpoints/x.ckpt": File()})
    migrate(tmp_path)
    forge(tmp_path / JOURNAL, lambda text: text.replace(f'"old":"{FILE}"', '"old":"other/checkpoints/y.ckpt"'))
    before = manifest(tmp_path)

    with Session(tmp_path) as session:
        assert session.recovered == ()
    assert manifest(tmp_path) == before
    assert (tmp_path / FILE_NEW).exists()

    result = invoke("undo", tmp_path)

    assert result.exit_code == 1
    assert "the journal of operation 1 is damaged" in result.stderr
    assert (tmp_path / FILE_NEW).exists()


def test_report_without_state_is_empty(tmp_path: Path) -> None:
    grow(tmp_path, [FILE_NEW, FILE_NEW + MD5])

    assert undo(tmp_path) == Report()


# Root reads and writes everything unless it drops these capabilities.
MERE_OWNER: Final = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize(
    ("root_mode", "state_mode", "command"),
    [
        (0o555, None, "chmod u+rwX {root}"),
        (0o755, 0o555, "chmod u+rwX {state}"),
        (0o2775, 0o555, "chmod u+rwX {state}"),
    ],
)
def test_error_names_the_command_for_owner_without_write_permission(
    tmp_path: Path, root_mode: int, state_mode: int | None, command: str
) -> None:
    need("root", "setpriv")
    grow(tmp_path, TREE)
    if state_mode is not None:
        (tmp_path / STATE).mkdir()
        (tmp_path / STATE / "lock").touch()
        (tmp_path / STATE).chmod(state_mode)
    tmp_path.chmod(root_mode)

    done = finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), "--apply")).check(1)
    advised = done.stderr.decode().rpartition(": ")[2].strip()
    assert advised == command.format(root=tmp_path, state=tmp_path / STATE)

    finish(start("sh", "-c", advised)).check(0)
    finish(start(*MERE_OWNER, *PROGRAM, "migrate", str(tmp_path), "--apply")).check(0)
    tmp_path.chmod(0o755)


def test_check_of_empty_state_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / STATE).mkdir()

    assert check(tmp_path) == Check()


def test_check_finds_damaged_line(tmp_path: Path) -> None:
    grow(tmp_path, TREE)
    migrate(tmp_path)
    path = tmp_path / JOURNAL
    first, second, *rest = path.read_text().split("\n")
    path.write_text("\n".join([first, second.replace("epoch", "Epoch", 1), *rest]))

    assert check(tmp_path).damaged == (f"{JOURNAL}: lines of it cannot be read",)


def test_journal_of_absurd_size_is_refused(tmp_path: Path) -> None:
    grow(tmp_path, {JOURNAL: File(b"{")})
    os.truncate(tmp_path / JOURNAL, 2**31 + 1)

    with pytest.raises(OperationError, match="not a journal"):
        operations(tmp_path)
