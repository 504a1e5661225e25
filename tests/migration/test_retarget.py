"""`Tree.retarget`: a symlink gets a new target, and an interrupted retarget is continued."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.migration import Relink
from ckpt_scheme.migration import _tree as handles
from ckpt_scheme.migration._tree import Tree
from machine import need
from migration_trees import File, Folder, Link, Manifest, Node, Pipe, grow, manifest, moved
from rename_faults import UNPRIVILEGED, Call, disable_rename_flags, intercept_rename, unprivileged

EXCHANGE: Final = handles._EXCHANGE


def disable_exchange(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Disable the exchange of two names only, and call *meanwhile* in its place."""

    def respond(_: Call, flag: int) -> int | None:
        if flag != EXCHANGE:
            return None
        meanwhile()
        return errno.EINVAL

    intercept_rename(monkeypatch, respond)


OLD: Final = "old.ckpt"
NEW: Final = "new.ckpt"
THEIRS: Final = "theirs.ckpt"


def aside_of(name: str) -> str:
    """Return the temporary name for the new link at *name*."""
    return f".ckpt-scheme-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


ASIDE: Final = aside_of("link")


@pytest.fixture(params=["exchange", "steps", "steps of links"])
def retarget_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way of the retarget: by an exchange, or in steps."""
    name: str = request.param
    if name == "steps":
        disable_exchange(monkeypatch)
    elif name == "steps of links":
        disable_rename_flags(monkeypatch)
    return name


@pytest.mark.parametrize("folder", ["", "a/", "a/b/"])
def test_retarget_changes_target_of_link(tmp_path: Path, tree: Tree, retarget_mode: str, folder: str) -> None:
    grow(tmp_path, {"a/b": Folder(), f"{folder}link": Link(OLD), f"{folder}other": Link(OLD), NEW: File()})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)

    tree.retarget(link)
    after = moved(before, {}, {f"{folder}link": NEW})

    assert manifest(tmp_path) == after, retarget_mode

    tree.retarget(link)

    assert manifest(tmp_path) == after


@pytest.mark.parametrize("folder", ["", "a/"])
def test_prepare_makes_new_link_beside_old_link(tmp_path: Path, tree: Tree, retarget_mode: str, folder: str) -> None:
    grow(tmp_path, {"a": Folder(), f"{folder}link": Link(OLD)})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)

    for _ in range(2):
        tree.prepare(link)

        assert os.readlink(tmp_path / folder / ASIDE) == NEW  # noqa: PTH115
        assert manifest(tmp_path).keys() == {*before, f"{folder}{ASIDE}"}
        assert os.readlink(tmp_path / folder / "link") == OLD  # noqa: PTH115

    inode = (tmp_path / folder / ASIDE).lstat().st_ino

    tree.retarget(link)

    assert manifest(tmp_path) == moved(before, {}, {f"{folder}link": NEW})
    # An exchange puts the prepared link itself in place.
    assert retarget_mode != "exchange" or (tmp_path / folder / "link").lstat().st_ino == inode


@pytest.mark.parametrize("folder", ["", "a/"])
def test_unprepare_removes_prepared_link(tmp_path: Path, tree: Tree, folder: str) -> None:
    grow(tmp_path, {"a": Folder(), f"{folder}link": Link(OLD)})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)
    tree.prepare(link)

    for _ in range(2):
        tree.unprepare(link)
        assert manifest(tmp_path) == before

    tree.unprepare(Relink("missing/link", OLD, NEW))
    tree.prepare(link)
    tree.retarget(link)

    tree.unprepare(link)

    assert manifest(tmp_path) == moved(before, {}, {f"{folder}link": NEW})


@pytest.mark.parametrize("theirs", [Link(THEIRS), Link(OLD), File(b"theirs"), Folder(), Pipe()])
def test_prepare_refuses_foreign_entry_at_temporary_name(tmp_path: Path, tree: Tree, theirs: Node) -> None:
    grow(tmp_path, {"a/link": Link(OLD), f"a/{ASIDE}": theirs})
    before = manifest(tmp_path)
    link = Relink("a/link", OLD, NEW)

    with pytest.raises(FileExistsError) as caught:
        tree.prepare(link)
    assert caught.value.filename == ASIDE

    tree.unprepare(link)

    assert manifest(tmp_path) == before


@pytest.mark.parametrize("there", [Link(THEIRS), Link(NEW), File(b"theirs"), Folder(), Pipe(), None])
def test_prepare_ignores_changed_link(tmp_path: Path, tree: Tree, there: Node | None) -> None:
    grow(tmp_path, {"x": File()} if there is None else {"link": there})
    before = manifest(tmp_path, times=True)

    tree.prepare(Relink("link", OLD, NEW))

    assert manifest(tmp_path, times=True) == before


def test_prepare_raises_if_link_cannot_be_made(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    before = manifest(tmp_path)

    with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
        tree.prepare(Relink("link", OLD, "n" * 5000))
    with pytest.raises(FileNotFoundError):
        tree.prepare(Relink("missing/link", OLD, NEW))
    assert manifest(tmp_path) == before


def test_retarget_keeps_owner_of_link(tmp_path: Path, tree: Tree) -> None:
    need("root")
    grow(tmp_path, {"link": Link(OLD)})
    os.chown(tmp_path / "link", 4321, 8765, follow_symlinks=False)

    tree.retarget(Relink("link", OLD, NEW))
    status = (tmp_path / "link").lstat()

    assert (status.st_uid, status.st_gid) == (4321, 8765)
    assert os.readlink(tmp_path / "link") == NEW  # noqa: PTH115


def test_retarget_by_other_user_changes_owner(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    tmp_path.chmod(0o777)

    with unprivileged():
        tree.retarget(Relink("link", OLD, NEW))

    # Only root could restore the owner.
    assert (tmp_path / "link").lstat().st_uid == UNPRIVILEGED
    assert os.readlink(tmp_path / "link") == NEW  # noqa: PTH115


@pytest.mark.parametrize("there", [Link(THEIRS), File(b"theirs"), Folder(), Pipe(), None])
def test_retarget_ignores_changed_link(tmp_path: Path, tree: Tree, retarget_mode: str, there: Node | None) -> None:
    grow(tmp_path, {"x": File()} if there is None else {"link": there})
    before = manifest(tmp_path, times=True)

    tree.retarget(Relink("link", OLD, NEW))

    assert manifest(tmp_path, times=True) == before, retarget_mode


STATES: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    # The new link was made.
    "ready": ({"link": OLD, ASIDE: NEW}, {"link": NEW}),
    # The two links were exchanged.
    "exchanged": ({"link": NEW, ASIDE: OLD}, {"link": NEW}),
    # The old link was moved aside, because the disk has no exchange.
    "away": ({ASIDE: OLD}, {"link": NEW}),
    # The same by a hard link.
    "both": ({"link": OLD, ASIDE: OLD}, {"link": NEW}),
    # Another process replaced the link before the new link was in its place.
    "theirs, ready": ({"link": THEIRS, ASIDE: NEW}, {"link": THEIRS}),
    # Another process removed the link.
    "gone, ready": ({ASIDE: NEW}, {}),
    # Another process made a link after the old link was moved aside.
    "theirs, away": ({"link": THEIRS, ASIDE: OLD}, {"link": THEIRS}),
    # Nothing is left to do.
    "done": ({"link": NEW}, {"link": NEW}),
}


@pytest.mark.parametrize("folder", ["", "a/"])
@pytest.mark.parametrize("state", STATES)
def test_retarget_continues_interrupted_retarget(
    tmp_path: Path, tree: Tree, retarget_mode: str, state: str, folder: str
) -> None:
    there, expected = STATES[state]
    (tmp_path / "a").mkdir()
    for name, text in there.items():
        (tmp_path / folder / name).symlink_to(text)

    for _ in range(2):
        tree.retarget(Relink(f"{folder}link", OLD, NEW))
        found = {path.name: os.readlink(path) for path in (tmp_path / folder).iterdir() if path.is_symlink()}  # noqa: PTH115

        assert found == expected, retarget_mode


@pytest.mark.parametrize("theirs", [Link(THEIRS), File(b"theirs"), Folder(), Pipe()])
def test_retarget_puts_back_exchanged_foreign_entry(tmp_path: Path, tree: Tree, theirs: Node) -> None:
    # A foreign entry took the link's place just before the exchange, and then the power failed.
    grow(tmp_path, {"a/link": theirs})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)
    (tmp_path / "a/link").symlink_to(NEW)

    tree.retarget(Relink("a/link", OLD, NEW))

    assert manifest(tmp_path) == before


@pytest.mark.parametrize("newest", [Link(THEIRS), Link(OLD), File(b"newest"), Folder(), Pipe()])
@pytest.mark.parametrize("theirs", [Link("first.ckpt"), File(b"theirs"), Folder()])
def test_retarget_keeps_both_foreign_entries(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, theirs: Node, newest: Node
) -> None:
    grow(tmp_path, {f"a/{ASIDE}": theirs, "a/link": Link(NEW), "b/link": newest})
    expected: list[Manifest] = []

    def respond(_: Call, flag: int) -> None:
        assert flag == EXCHANGE
        if not expected:
            # This happens just before the new link and the foreign entry are exchanged back.
            (tmp_path / "a/link").unlink()
            (tmp_path / "b/link").rename(tmp_path / "a/link")
            expected.append(manifest(tmp_path))

    intercept_rename(monkeypatch, respond)

    with pytest.raises(FileExistsError) as caught:
        tree.retarget(Relink("a/link", OLD, NEW))
    assert caught.value.filename == ASIDE
    assert [manifest(tmp_path)] == expected


@pytest.mark.parametrize("theirs", [Link(THEIRS), File(b"theirs"), Pipe()], ids=["link", "file", "pipe"])
def test_retarget_puts_back_foreign_entry_moved_aside(
    tmp_path: Path, tree: Tree, retarget_mode: str, theirs: Node
) -> None:
    # The same without an exchange: the foreign entry was moved aside, and then the power failed.
    grow(tmp_path, {"a/link": theirs})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)

    tree.retarget(Relink("a/link", OLD, NEW))

    assert manifest(tmp_path) == before, retarget_mode


@pytest.mark.parametrize("inside", [[], ["x"], ["x", "y/z"]])
def test_retarget_puts_back_foreign_directory_moved_aside(
    tmp_path: Path, tree: Tree, retarget_mode: str, inside: list[str]
) -> None:
    grow(tmp_path, {"a/link": Folder(), **{f"a/link/{name}": File(b"theirs") for name in inside}})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)

    tree.retarget(Relink("a/link", OLD, NEW))

    assert manifest(tmp_path) == before, retarget_mode


@pytest.mark.parametrize("text", [OLD, NEW])
@pytest.mark.parametrize("theirs", [File(b"theirs"), Folder(), Pipe()])
def test_retarget_keeps_foreign_entry_at_link(
    tmp_path: Path, tree: Tree, retarget_mode: str, theirs: Node, text: str
) -> None:
    # A retarget was interrupted, and another process then replaced the link.
    grow(tmp_path, {"link": theirs})
    before = manifest(tmp_path)
    (tmp_path / ASIDE).symlink_to(text)

    tree.retarget(Relink("link", OLD, NEW))

    assert manifest(tmp_path) == before, retarget_mode


def test_retarget_refuses_foreign_file_at_temporary_name(tmp_path: Path, tree: Tree, retarget_mode: str) -> None:
    grow(tmp_path, {"link": Link(OLD), ASIDE: File(b"theirs")})
    before = manifest(tmp_path)

    with pytest.raises(FileExistsError):
        tree.retarget(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before, retarget_mode


def test_retarget_refuses_foreign_directory_at_temporary_name(tmp_path: Path, tree: Tree, retarget_mode: str) -> None:
    grow(tmp_path, {"link": Link(OLD), ASIDE: Folder()})
    before = manifest(tmp_path)

    with pytest.raises(OSError, match=r"(?i)directory|exists"):
        tree.retarget(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before, retarget_mode


@pytest.mark.parametrize("theirs", [THEIRS, None], ids=["link", "file"])
def test_retarget_keeps_link_changed_before_exchange(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, theirs: str | None
) -> None:
    grow(tmp_path, {"a/link": Link(OLD)})
    expected: list[Manifest] = []

    def respond(_: Call, flag: int) -> None:
        if flag == EXCHANGE and not expected:
            change(tmp_path / "a/link", theirs)
            # The new link has its temporary name now.
            expected.append({path: seen for path, seen in manifest(tmp_path).items() if ASIDE not in path})

    intercept_rename(monkeypatch, respond)

    tree.retarget(Relink("a/link", OLD, NEW))

    assert [manifest(tmp_path)] == expected


def change(path: Path, theirs: str | None) -> None:
    """Replace the entry at *path* by a link to *theirs*, or by a file."""
    path.unlink()
    if theirs is None:
        path.write_bytes(b"theirs")
    else:
        path.symlink_to(theirs)


@pytest.mark.parametrize("theirs", [THEIRS, None], ids=["link", "file"])
@pytest.mark.parametrize("lacks_all", [False, True])
@pytest.mark.parametrize("folder", ["", "a/"])
def test_retarget_keeps_link_changed_before_removal(
    tmp_path: Path,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    theirs: str | None,
    lacks_all: bool,  # noqa: FBT001
    folder: str,
) -> None:
    grow(tmp_path, {f"{folder}link": Link(OLD)})
    done: list[str] = []

    def meanwhile() -> None:
        if not done:
            done.append("once")
            change(tmp_path / folder / "link", theirs)

    if lacks_all:
        monkeypatch.setattr(handles, "_rename_call", meanwhile)
    else:
        disable_exchange(monkeypatch, meanwhile)

    tree.retarget(Relink(f"{folder}link", OLD, NEW))

    assert done == ["once"]

    (found,) = (path for path in manifest(tmp_path) if path not in {".", "a"})
    assert found == f"{folder}link"

    path = tmp_path / found
    assert (os.readlink(path) if theirs else path.read_text()) == (theirs or "theirs")  # noqa: PTH115


def test_retarget_does_not_restore_link_removed_before_exchange(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"link": Link(OLD)})

    intercept_rename(monkeypatch, lambda *_: (tmp_path / "link").unlink())

    with pytest.raises(FileNotFoundError):
        tree.retarget(Relink("link", OLD, NEW))
    assert list(tmp_path.iterdir()) == []


def test_retarget_leaves_link_present_at_every_moment(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    seen: list[dict[str, str]] = []

    def look(call: Call, _: int) -> int:
        seen.append({path.name: os.readlink(path) for path in tmp_path.iterdir()})  # noqa: PTH115
        code = call(0, b"", 0, b"", 0)
        seen.append({path.name: os.readlink(path) for path in tmp_path.iterdir()})  # noqa: PTH115
        return code

    intercept_rename(monkeypatch, look)

    tree.retarget(Relink("link", OLD, NEW))

    assert seen == [{"link": OLD, ASIDE: NEW}, {"link": NEW, ASIDE: OLD}]


def test_links_have_distinct_temporary_names(tmp_path: Path, tree: Tree) -> None:
    names = ["a", "A", "\udcff", "n" * 255]
    for name in names:
        (tmp_path / name).symlink_to(OLD)

    for name in names:
        tree.retarget(Relink(name, OLD, NEW))
        assert stat.S_ISLNK((tmp_path / name).lstat().st_mode)

    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert len({aside_of(name) for name in names}) == len(names)


def test_failed_exchange_leaves_no_temporary_link(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda *_: errno.EIO)

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        tree.retarget(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before
