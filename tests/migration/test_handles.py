"""`Tree` on real directories: no path through a link, no name taken from anything, and every state of a link half done.

Where a disk or a system has no rename with flags, the other ways are taken: `handles._rename_call` then says so. Some
tests use that call as the moment in which somebody else does something, too.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from ckpt_scheme.errors import MigrationError
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration import _handles as handles
from ckpt_scheme.migration._actions import Relink
from ckpt_scheme.migration._handles import Tree
from ckpt_scheme.migration._listing import EntryKind
from migration_trees import File, Folder, Hard, Link, Manifest, Node, Pipe, grow, manifest, moved, need

EXCLUSIVE: Final = handles._EXCLUSIVE
EXCHANGE: Final = handles._EXCHANGE
Call: TypeAlias = Callable[[int, bytes, int, bytes, int], int]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(str(tmp_path))
    yield made
    made.close()


def lack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the rename with flags away."""
    monkeypatch.setattr(handles, "_rename_call", lambda: None)


def answer(monkeypatch: pytest.MonkeyPatch, instead: Callable[[Call, int], int | None]) -> None:
    """Have *instead* asked before each rename with flags; unless it returns an error number, the call is made.

    It gets the call, and the flag. What it returns is what the call fails with; 0 is success.
    """
    call = handles._rename_call()
    assert call is not None

    def asked(old_in: int, old: bytes, new_in: int, new: bytes, flag: int) -> int:
        code = instead(lambda *_: call(old_in, old, new_in, new, flag), flag)
        if code is None:
            return call(old_in, old, new_in, new, flag)
        ctypes.set_errno(code)
        return -1 if code else 0

    monkeypatch.setattr(handles, "_rename_call", lambda: asked)


def lack_exchange(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Take the exchange of two names away, but not the rename that replaces nothing; *meanwhile* somebody acts."""

    def instead(_: Call, flag: int) -> int | None:
        if flag != EXCHANGE:
            return None
        meanwhile()
        return errno.EINVAL

    answer(monkeypatch, instead)


def handles_open() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


# --------------------------------------------------------------------------------------------------------------------
# Handles.


def test_a_tree_gives_all_its_handles_back(tmp_path: Path) -> None:
    grow(tmp_path, ["a/b/c"])
    before = handles_open()
    tree = Tree(str(tmp_path))
    tree.directory("a/b")
    assert len(handles_open() - before) == 3
    tree.close()
    tree.close()
    assert handles_open() == before


def test_handles_are_those_of_the_directories_and_are_kept(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, ["a/b/c"])
    for path in ("", "a", "a/b"):
        handle = tree.directory(path)
        assert os.path.samestat(os.fstat(handle), (tmp_path / path).stat())
        assert tree.directory(path) == handle
        assert not os.get_inheritable(handle)
    assert tree.at("a/b/c") == (tree.directory("a/b"), "c")
    assert tree.at("x") == (tree.directory(""), "x")


@pytest.mark.parametrize("use", [Tree.measure, Tree.flush])
def test_only_many_handles_are_closed(tmp_path: Path, tree: Tree, use: Callable[[Tree, str], object]) -> None:
    for number in range(64):
        (tmp_path / f"d{number}").mkdir()
    before = handles_open()
    for number in range(63):
        tree.directory(f"d{number}")
    use(tree, "d0")
    assert len(handles_open() - before) == 63
    tree.directory("d63")
    use(tree, "d0")
    # That of the root stays, and so does one that is used.
    assert len(handles_open() - before) == (use is Tree.flush)
    assert before <= handles_open()
    assert os.path.samestat(os.fstat(tree.directory("")), tmp_path.stat())
    assert os.path.samestat(os.fstat(tree.directory("d7")), (tmp_path / "d7").stat())


def test_a_root_that_is_no_directory_is_no_tree(tmp_path: Path) -> None:
    grow(tmp_path, ["file"])
    with pytest.raises(NotADirectoryError):
        Tree(str(tmp_path / "file"))


@pytest.mark.parametrize("path", ["..", "a/..", "../x", "a/../b", ".", "a/.", "/a", "a//b", "a/", "x\0y", "a/x\0y/b"])
def test_no_path_leads_out_of_the_root(tmp_path: Path, tree: Tree, path: str) -> None:
    grow(tmp_path, ["a/b/file"])
    for use in (tree.directory, tree.unlink, tree.destroy, tree.remove_empty, tree.measure):
        with pytest.raises(MigrationError, match="a path below the root") as caught:
            use(path)
        assert caught.value.kind == "path"
    with pytest.raises(MigrationError):
        tree.directory(path, create=True)
    assert manifest(tmp_path).keys() == {".", "a", "a/b", "a/b/file"}


@pytest.mark.parametrize("path", ["..", "a/..", "../x", "a/../b", ".", "/a", "a//b", "a/", "x\0y", "a/x\0y/b", "", "/"])
def test_a_path_that_leads_out_of_the_root_is_none(path: str) -> None:
    with pytest.raises(MigrationError, match="a path below the root"):
        handles.check_path(path)


@pytest.mark.parametrize("path", ["\ud800", "a/\udfff", "\ud800/a", "a/\ud800/b"])
def test_a_path_that_no_file_can_have_is_none(path: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        handles.check_path(path)


@pytest.mark.parametrize("path", ["a", "a/b/c", "...", "\udcff/\n", "\u2603/ ", "n" * 5000])
def test_a_path_below_the_root_need_not_be_there(path: str) -> None:
    handles.check_path(path)
    assert not os.path.lexists(path)


def test_the_root_has_no_name_in_itself(tree: Tree) -> None:
    with pytest.raises(MigrationError):
        tree.at("")


@pytest.mark.parametrize("create", [False, True])
def test_no_path_goes_through_a_link(tmp_path: Path, tree: Tree, create: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {"real/sub/file": File(), "link": Link("real")})
    for path in ("link", "link/sub", "link/new"):
        with pytest.raises(NotADirectoryError):
            tree.directory(path, create=create)
    with pytest.raises(NotADirectoryError):
        tree.unlink("link/sub/file")
    assert tree.measure("link/sub/file") is None
    assert manifest(tmp_path).keys() == {".", "real", "real/sub", "real/sub/file", "link"}


def test_a_link_that_takes_a_directory_s_place_is_not_followed(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, ["a/file", "b/file"])
    tree.directory("a")
    (tmp_path / "a").rename(tmp_path / "moved")
    (tmp_path / "a").symlink_to("b")
    # The handle is that of the directory that was meant, wherever it is now.
    tree.unlink("a/file")
    assert manifest(tmp_path).keys() == {".", "a", "b", "b/file", "moved"}


def test_directories_are_made_on_request_only(tmp_path: Path, tree: Tree) -> None:
    with pytest.raises(FileNotFoundError):
        tree.directory("a/b")
    assert list(tmp_path.iterdir()) == []
    handle = tree.directory("a/b", create=True)
    assert os.path.samestat(os.fstat(handle), (tmp_path / "a/b").stat())
    (tmp_path / "c").mkdir()
    tree.directory("c/d", create=True)
    assert manifest(tmp_path).keys() == {".", "a", "a/b", "c", "c/d"}


def test_a_name_that_is_too_long_is_an_error_of_the_system(tmp_path: Path, tree: Tree) -> None:
    for use in (tree.directory, lambda path: tree.directory(path, create=True), tree.unlink, tree.measure):
        with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
            use("n" * 256)
    assert list(tmp_path.iterdir()) == []


def test_what_is_at_a_path(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/file": File(), "a/link": Link("file"), "d.ckpt/x": File()})
    for path in ("a/file", "a/link", "d.ckpt"):
        assert tree.measure(path) == disk.measure(str(tmp_path / path))
    for path in ("missing", "a/missing", "missing/x", "a/file/x"):
        assert tree.measure(path) is None
    status = (tmp_path / "a/file").stat()
    found = tree.measure("a/file", {(status.st_dev, status.st_ino)})
    assert found is not None
    assert found.written


def test_whether_two_names_are_of_one_file(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/one": File(b""), "a/two": Hard("one"), "a/other": File(b""), "a/link": Link("one")})
    assert tree.is_same("a/one", "a/two")
    assert not tree.is_same("a/one", "a/other")
    assert not tree.is_same("a/one", "a/link")
    assert not tree.is_same("a/link", "a/one")


# --------------------------------------------------------------------------------------------------------------------
# Renames.


def test_the_system_has_the_call_or_it_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert handles._rename_call() is handles._rename_call()
    handles._rename_call.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(handles, "_CALL", "no_such_call_of_any_system")
            assert handles._rename_call() is None
            with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)) as caught:
                handles._rename(-1, "a", -1, "b", EXCLUSIVE)
            assert caught.value.errno == errno.ENOSYS
    finally:
        handles._rename_call.cache_clear()
    assert handles._rename_call() is not None


def test_an_error_of_the_call_says_what_it_was_about(tree: Tree) -> None:
    above = tree.directory("")
    with pytest.raises(FileNotFoundError) as caught:
        handles._rename(above, "old\udcff", above, "new", EXCLUSIVE)
    assert (caught.value.filename, caught.value.filename2) == ("old\udcff", "new")
    assert caught.value.strerror == os.strerror(errno.ENOENT)


RUNGS: Final = ("native", "other")


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways in which a name is taken: by the rename with flags, and where there is none."""
    name: str = request.param
    if name == "other":
        lack(monkeypatch)
    return name


SOURCES: Final[dict[str, dict[str, Node]]] = {
    "file": {"a/old": File(b"content")},
    "directory": {"a/old/x/shard": File(b"content"), "a/old/link": Link("x")},
    "link": {"a/old": Link("../somewhere")},
    "empty directory": {"a/old": Folder()},
}


def kind_of(name: str) -> EntryKind:
    return "directory" if "directory" in name else "link" if name == "link" else "file"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("new", ["a/new", "b/new", "new"])
def test_a_free_name_is_taken(tmp_path: Path, tree: Tree, rung: str, source: str, new: str) -> None:
    grow(tmp_path, {**SOURCES[source], "b": Folder()})
    before, inode = manifest(tmp_path), (tmp_path / "a/old").lstat().st_ino
    kind = kind_of(source)
    has_both = tree.take("a/old", new, kind)
    assert has_both == (rung == "other" and kind != "directory")
    assert (tmp_path / new).lstat().st_ino == inode
    if has_both:
        # Both names are there at one moment, so at no moment none is.
        assert tree.is_same("a/old", new)
        tree.unlink("a/old")
    assert manifest(tmp_path) == moved(before, {"a/old": new})


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "taken",
    [File(b"mine"), Folder(), Link("nowhere"), Link("old"), Pipe(), None],
    ids=["file", "empty", "dead", "to the old one", "pipe", "full"],
)
def test_a_taken_name_is_not(tmp_path: Path, tree: Tree, rung: str, source: str, taken: Node | None) -> None:
    grow(tmp_path, SOURCES[source])
    grow(tmp_path, {"a/new/inside": File()} if taken is None else {"a/new": taken})
    before = manifest(tmp_path, times=rung == "native")
    with pytest.raises(FileExistsError):
        tree.take("a/old", "a/new", kind_of(source))
    assert manifest(tmp_path, times=rung == "native") == before


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_gone_leaves_nothing_behind(tmp_path: Path, tree: Tree, rung: str, kind: EntryKind) -> None:
    grow(tmp_path, {"a": Folder()})
    with pytest.raises(FileNotFoundError):
        tree.take("a/old", "a/new", kind)
    assert list((tmp_path / "a").iterdir()) == [], rung


def test_a_file_is_no_directory(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {"file": File(), "a/x": File()})
    before = manifest(tmp_path)
    lack(monkeypatch)
    with pytest.raises(IsADirectoryError):
        tree.take("file", "new", "directory")
    assert manifest(tmp_path) == before
    # What the system answers to this is also what it answers where it does not know the flag.
    monkeypatch.undo()
    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        tree.take("a", "a/new", "directory")
    assert manifest(tmp_path) == before


def test_where_neither_is_possible_nothing_is_done(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    # No disk makes a second name of a directory, which is what some say of files.
    grow(tmp_path, ["old/x"])
    before = manifest(tmp_path)
    lack(monkeypatch)
    with pytest.raises(PermissionError) as caught:
        tree.take("old", "new", "file")
    assert caught.value.strerror == (
        f"{os.strerror(errno.EPERM)}: neither a rename that refuses a taken name nor a hard link is possible here"
    )
    assert manifest(tmp_path) == before


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_an_unknown_flag_is_no_failure(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    grow(tmp_path, ["old"])
    answer(monkeypatch, lambda _, flag: code if flag == EXCLUSIVE else None)
    assert tree.take("old", "new", "file")
    assert tree.is_same("old", "new")


NOBODY: Final = 65534


@contextmanager
def nobody() -> Generator[None]:
    """Act as somebody who is neither root nor the owner of anything."""
    need("root")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_somebody_else_must_take_away_gets_no_second_name(tmp_path: Path, tree: Tree) -> None:
    # Nobody may make a second name of it here, and could then not take the first one away.
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "shared/old").chmod(0o666)
    before = manifest(tmp_path)
    tree.directory("shared")
    with nobody():
        with pytest.raises(PermissionError, match=os.strerror(errno.EPERM)) as caught:
            tree.take("shared/old", "shared/new", "file")
        assert (caught.value.filename, caught.value.filename2) == ("old", "new")
    assert manifest(tmp_path) == before


def test_one_s_own_file_is_renamed_in_a_directory_of_all(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"shared/old": File(b"mine")})
    (tmp_path / "shared").chmod(0o1777)
    tree.directory("shared")
    need("root")
    os.chown(tmp_path / "shared/old", NOBODY, -1)
    with nobody():
        assert not tree.take("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("mode", "who", "is_tried"),
    [
        pytest.param(0o1777, 4321, False, id="somebody else"),
        pytest.param(0o1777, 0, True, id="root"),
        pytest.param(0o1777, None, True, id="the owner"),
        pytest.param(0o777, 4321, True, id="not sticky"),
    ],
)
def test_a_refused_rename_is_not_tried_otherwise_where_only_others_may_do_it(
    tmp_path: Path,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    who: int | None,
    is_tried: bool,  # noqa: FBT001 - a column
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(mode)
    answer(monkeypatch, lambda *_: errno.EPERM)
    # Who asks is all that differs, so that this holds whoever runs it.
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "shared/old").stat().st_uid if who is None else who)
    if is_tried:
        assert tree.take("shared/old", "shared/new", "file")
    else:
        with pytest.raises(PermissionError):
            tree.take("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").exists() == is_tried


@pytest.mark.parametrize(
    ("directory", "file", "who"),
    [
        pytest.param(NOBODY, 0, NOBODY, id="the owner of the directory"),
        pytest.param(NOBODY, NOBODY, 0, id="root"),
    ],
)
def test_a_refused_rename_is_tried_otherwise_by_whoever_may_do_it(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, directory: int, file: int, who: int
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    need("root")
    os.chown(tmp_path / "shared", directory, -1)
    os.chown(tmp_path / "shared/old", file, -1)
    answer(monkeypatch, lambda *_: errno.EPERM)
    monkeypatch.setattr(os, "geteuid", lambda: who)
    assert tree.take("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").read_bytes() == b"theirs"


def test_a_link_in_a_directory_of_all_has_its_own_owner(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"theirs": File(), "shared/mine": Link("../theirs")})
    (tmp_path / "shared").chmod(0o1777)
    need("root")
    os.chown(tmp_path / "shared/mine", NOBODY, -1, follow_symlinks=False)
    answer(monkeypatch, lambda *_: errno.EPERM)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    assert tree.take("shared/mine", "shared/new", "file")
    assert (tmp_path / "shared/new").readlink() == Path("../theirs")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_any_other_refusal_is_one_of_the_flag_in_a_directory_of_all(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    answer(monkeypatch, lambda *_: code)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    assert tree.take("shared/old", "shared/new", "file")


@pytest.mark.parametrize("code", [errno.EIO, errno.EXDEV, errno.EACCES, errno.EROFS])
def test_any_other_error_is_one(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    grow(tmp_path, ["old"])
    before = manifest(tmp_path)
    answer(monkeypatch, lambda *_: code)
    with pytest.raises(OSError, match=os.strerror(code)):
        tree.take("old", "new", "file")
    assert manifest(tmp_path) == before


# --------------------------------------------------------------------------------------------------------------------
# Removing.


def test_one_name_is_taken_away(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/file": File(), "a/link": Link("file"), "a/folder": Folder()})
    tree.unlink("a/link")
    assert manifest(tmp_path).keys() == {".", "a", "a/file", "a/folder"}
    with pytest.raises(IsADirectoryError):
        tree.unlink("a/folder")
    with pytest.raises(FileNotFoundError):
        tree.unlink("a/link")


def test_only_an_empty_directory_is_removed(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"full/x": File(), "empty": Folder(), "file": File(), "link": Link("empty"), "held": Folder()})
    before = handles_open()
    tree.directory("held")
    for path in ("full", "empty", "file", "link", "held", "missing"):
        tree.remove_empty(path)
    assert manifest(tmp_path).keys() == {".", "full", "full/x", "file", "link"}
    # The handle went with it, so that one of the same name that is made later is not taken for it.
    assert handles_open() == before
    (tmp_path / "held").mkdir()
    assert os.path.samestat(os.fstat(tree.directory("held")), (tmp_path / "held").stat())


def test_what_is_destroyed_is_gone_and_what_its_links_lead_to_is_not(tmp_path: Path, tree: Tree) -> None:
    grow(
        tmp_path,
        {
            "a/file": File(),
            "a/folder/x/y": File(),
            "a/folder/out": Link("../../outside"),
            "a/link": Link("../outside"),
            "outside/z": File(),
        },
    )
    for path in ("a/file", "a/folder", "a/link"):
        tree.destroy(path)
    assert manifest(tmp_path).keys() == {".", "a", "outside", "outside/z"}
    with pytest.raises(FileNotFoundError):
        tree.destroy("a/file")


def test_names_are_written_to_the_disk(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    tree.flush("")
    tree.flush("a")
    with pytest.raises(FileNotFoundError):
        tree.flush("missing")


def test_some_disks_write_names_by_themselves() -> None:
    tree = Tree("/proc")
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
            os.fsync(tree.directory("sys"))
        tree.flush("sys")
    finally:
        tree.close()


# --------------------------------------------------------------------------------------------------------------------
# Links.

OLD: Final = "old.ckpt"
NEW: Final = "new.ckpt"
THEIRS: Final = "theirs.ckpt"


def aside_of(name: str) -> str:
    """Return the name under which the link *name* is made anew."""
    return f".ckpt-scheme-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


ASIDE: Final = aside_of("link")


def put_link(path: Path, text: str) -> None:
    """Put a link at *path*, whatever is there."""
    path.unlink(missing_ok=True)
    path.symlink_to(text)


@pytest.fixture(params=["exchange", "steps", "steps of links"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways in which a link is turned."""
    name: str = request.param
    if name == "steps":
        lack_exchange(monkeypatch)
    elif name == "steps of links":
        lack(monkeypatch)
    return name


@pytest.mark.parametrize("folder", ["", "a/", "a/b/"])
def test_a_link_is_turned(tmp_path: Path, tree: Tree, way: str, folder: str) -> None:
    grow(tmp_path, {"a/b": Folder(), f"{folder}link": Link(OLD), f"{folder}other": Link(OLD), NEW: File()})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)
    tree.turn(link)
    after = moved(before, {}, {f"{folder}link": NEW})
    assert manifest(tmp_path) == after, way
    tree.turn(link)
    assert manifest(tmp_path) == after


@pytest.mark.parametrize("folder", ["", "a/"])
def test_a_link_is_made_ready_beside_the_old_one(tmp_path: Path, tree: Tree, way: str, folder: str) -> None:
    grow(tmp_path, {"a": Folder(), f"{folder}link": Link(OLD)})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)
    for _ in range(2):
        tree.prepare(link)
        assert os.readlink(tmp_path / folder / ASIDE) == NEW  # noqa: PTH115
        assert manifest(tmp_path).keys() == {*before, f"{folder}{ASIDE}"}
        assert os.readlink(tmp_path / folder / "link") == OLD  # noqa: PTH115
    inode = (tmp_path / folder / ASIDE).lstat().st_ino
    tree.turn(link)
    assert manifest(tmp_path) == moved(before, {}, {f"{folder}link": NEW})
    # Where names change places, the link that was ready is the one that is there now.
    assert way != "exchange" or (tmp_path / folder / "link").lstat().st_ino == inode


@pytest.mark.parametrize("folder", ["", "a/"])
def test_a_link_that_was_made_ready_is_taken_away_again(tmp_path: Path, tree: Tree, folder: str) -> None:
    grow(tmp_path, {"a": Folder(), f"{folder}link": Link(OLD)})
    before = manifest(tmp_path)
    link = Relink(f"{folder}link", OLD, NEW)
    tree.prepare(link)
    for _ in range(2):
        tree.drop(link)
        assert manifest(tmp_path) == before
    tree.drop(Relink("missing/link", OLD, NEW))
    tree.prepare(link)
    tree.turn(link)
    tree.drop(link)
    assert manifest(tmp_path) == moved(before, {}, {f"{folder}link": NEW})


@pytest.mark.parametrize("theirs", [Link(THEIRS), Link(OLD), File(b"theirs"), Folder(), Pipe()])
def test_what_stands_at_the_name_aside_is_not_taken_for_a_link_that_is_ready(
    tmp_path: Path, tree: Tree, theirs: Node
) -> None:
    grow(tmp_path, {"a/link": Link(OLD), f"a/{ASIDE}": theirs})
    before = manifest(tmp_path)
    link = Relink("a/link", OLD, NEW)
    with pytest.raises(FileExistsError) as caught:
        tree.prepare(link)
    assert caught.value.filename == ASIDE
    tree.drop(link)
    assert manifest(tmp_path) == before


@pytest.mark.parametrize("there", [Link(THEIRS), Link(NEW), File(b"theirs"), Folder(), Pipe(), None])
def test_nothing_is_made_ready_for_what_says_something_else(tmp_path: Path, tree: Tree, there: Node | None) -> None:
    grow(tmp_path, {"x": File()} if there is None else {"link": there})
    before = manifest(tmp_path, times=True)
    tree.prepare(Relink("link", OLD, NEW))
    assert manifest(tmp_path, times=True) == before


def test_a_link_that_cannot_be_made_shows_before_anything_is_done(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    before = manifest(tmp_path)
    with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
        tree.prepare(Relink("link", OLD, "n" * 5000))
    with pytest.raises(FileNotFoundError):
        tree.prepare(Relink("missing/link", OLD, NEW))
    assert manifest(tmp_path) == before


def test_a_link_keeps_its_owner(tmp_path: Path, tree: Tree) -> None:
    need("root")
    grow(tmp_path, {"link": Link(OLD)})
    os.chown(tmp_path / "link", 4321, 8765, follow_symlinks=False)
    tree.turn(Relink("link", OLD, NEW))
    status = (tmp_path / "link").lstat()
    assert (status.st_uid, status.st_gid) == (4321, 8765)
    assert os.readlink(tmp_path / "link") == NEW  # noqa: PTH115


def test_a_link_of_somebody_else_is_turned_by_who_may(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    tmp_path.chmod(0o777)
    with nobody():
        tree.turn(Relink("link", OLD, NEW))
    # Only root can give it away again.
    assert (tmp_path / "link").lstat().st_uid == NOBODY
    assert os.readlink(tmp_path / "link") == NEW  # noqa: PTH115


@pytest.mark.parametrize("there", [Link(THEIRS), File(b"theirs"), Folder(), Pipe(), None])
def test_what_says_something_else_is_left_alone(tmp_path: Path, tree: Tree, way: str, there: Node | None) -> None:
    grow(tmp_path, {"x": File()} if there is None else {"link": there})
    before = manifest(tmp_path, times=True)
    tree.turn(Relink("link", OLD, NEW))
    assert manifest(tmp_path, times=True) == before, way


STATES: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    # The new link was made, and nothing more.
    "ready": ({"link": OLD, ASIDE: NEW}, {"link": NEW}),
    # The two changed places.
    "exchanged": ({"link": NEW, ASIDE: OLD}, {"link": NEW}),
    # The old link was taken away, for names cannot change places.
    "away": ({ASIDE: OLD}, {"link": NEW}),
    # The same, by a second name of the link.
    "both": ({"link": OLD, ASIDE: OLD}, {"link": NEW}),
    # Somebody made the link another one before the new one was in its place.
    "theirs, ready": ({"link": THEIRS, ASIDE: NEW}, {"link": THEIRS}),
    # Somebody removed it.
    "gone, ready": ({ASIDE: NEW}, {}),
    # Somebody made another one after it was taken away.
    "theirs, away": ({"link": THEIRS, ASIDE: OLD}, {"link": THEIRS}),
    # Nothing is left to do.
    "done": ({"link": NEW}, {"link": NEW}),
}


@pytest.mark.parametrize("folder", ["", "a/"])
@pytest.mark.parametrize("state", STATES)
def test_a_turn_that_was_stopped_goes_on(tmp_path: Path, tree: Tree, way: str, state: str, folder: str) -> None:
    there, expected = STATES[state]
    (tmp_path / "a").mkdir()
    for name, text in there.items():
        (tmp_path / folder / name).symlink_to(text)
    for _ in range(2):
        tree.turn(Relink(f"{folder}link", OLD, NEW))
        found = {path.name: os.readlink(path) for path in (tmp_path / folder).iterdir() if path.is_symlink()}  # noqa: PTH115
        assert found == expected, way


@pytest.mark.parametrize("theirs", [Link(THEIRS), File(b"theirs"), Folder(), Pipe()])
def test_what_the_new_link_changed_places_with_is_put_back(tmp_path: Path, tree: Tree, theirs: Node) -> None:
    # Somebody else's came to the link's place just before the exchange, after which the power went.
    grow(tmp_path, {"a/link": theirs})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)
    (tmp_path / "a/link").symlink_to(NEW)
    tree.turn(Relink("a/link", OLD, NEW))
    assert manifest(tmp_path) == before


@pytest.mark.parametrize("newest", [Link(THEIRS), Link(OLD), File(b"newest"), Folder(), Pipe()])
@pytest.mark.parametrize("theirs", [Link("first.ckpt"), File(b"theirs"), Folder()])
def test_what_takes_the_link_s_place_once_more_gets_it_and_nothing_is_removed(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, theirs: Node, newest: Node
) -> None:
    grow(tmp_path, {f"a/{ASIDE}": theirs, "a/link": Link(NEW), "b/link": newest})
    expected: list[Manifest] = []

    def instead(_: Call, flag: int) -> None:
        assert flag == EXCHANGE
        if not expected:
            # Just before the new link and theirs would change places back.
            (tmp_path / "a/link").unlink()
            (tmp_path / "b/link").rename(tmp_path / "a/link")
            expected.append(manifest(tmp_path))

    answer(monkeypatch, instead)
    with pytest.raises(FileExistsError) as caught:
        tree.turn(Relink("a/link", OLD, NEW))
    assert caught.value.filename == ASIDE
    assert [manifest(tmp_path)] == expected


@pytest.mark.parametrize("theirs", [Link(THEIRS), File(b"theirs"), Pipe()], ids=["link", "file", "pipe"])
def test_what_was_taken_away_in_the_link_s_place_is_put_back(
    tmp_path: Path, tree: Tree, way: str, theirs: Node
) -> None:
    # The same where names cannot change places: theirs was taken away, and then the power went.
    grow(tmp_path, {"a/link": theirs})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)
    tree.turn(Relink("a/link", OLD, NEW))
    assert manifest(tmp_path) == before, way


@pytest.mark.parametrize("inside", [[], ["x"], ["x", "y/z"]])
def test_a_directory_that_was_taken_away_in_the_link_s_place_is_put_back(
    tmp_path: Path, tree: Tree, way: str, inside: list[str]
) -> None:
    grow(tmp_path, {"a/link": Folder(), **{f"a/link/{name}": File(b"theirs") for name in inside}})
    before = manifest(tmp_path)
    (tmp_path / "a/link").rename(tmp_path / "a" / ASIDE)
    tree.turn(Relink("a/link", OLD, NEW))
    assert manifest(tmp_path) == before, way


@pytest.mark.parametrize("text", [OLD, NEW])
@pytest.mark.parametrize("theirs", [File(b"theirs"), Folder(), Pipe()])
def test_what_has_the_link_s_place_by_now_keeps_it(
    tmp_path: Path, tree: Tree, way: str, theirs: Node, text: str
) -> None:
    # A turn was stopped halfway, and somebody then made something else of the link.
    grow(tmp_path, {"link": theirs})
    before = manifest(tmp_path)
    (tmp_path / ASIDE).symlink_to(text)
    tree.turn(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before, way


def test_a_file_at_the_name_aside_is_never_removed(tmp_path: Path, tree: Tree, way: str) -> None:
    grow(tmp_path, {"link": Link(OLD), ASIDE: File(b"theirs")})
    before = manifest(tmp_path)
    with pytest.raises(FileExistsError):
        tree.turn(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before, way


def test_a_directory_at_the_name_aside_is_never_removed(tmp_path: Path, tree: Tree, way: str) -> None:
    grow(tmp_path, {"link": Link(OLD), ASIDE: Folder()})
    before = manifest(tmp_path)
    with pytest.raises(OSError, match=r"(?i)directory|exists"):
        tree.turn(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before, way


@pytest.mark.parametrize("theirs", [THEIRS, None], ids=["link", "file"])
def test_a_link_that_somebody_changes_just_before_the_exchange_stays_theirs(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, theirs: str | None
) -> None:
    grow(tmp_path, {"a/link": Link(OLD)})
    expected: list[Manifest] = []

    def instead(_: Call, flag: int) -> None:
        if flag == EXCHANGE and not expected:
            change(tmp_path / "a/link", theirs)
            # The new link stands aside by now.
            expected.append({path: seen for path, seen in manifest(tmp_path).items() if ASIDE not in path})

    answer(monkeypatch, instead)
    tree.turn(Relink("a/link", OLD, NEW))
    assert [manifest(tmp_path)] == expected


def change(path: Path, theirs: str | None) -> None:
    """Make what is at *path* a link that says *theirs*, or a file."""
    path.unlink()
    if theirs is None:
        path.write_bytes(b"theirs")
    else:
        path.symlink_to(theirs)


@pytest.mark.parametrize("theirs", [THEIRS, None], ids=["link", "file"])
@pytest.mark.parametrize("lacks_all", [False, True])
@pytest.mark.parametrize("folder", ["", "a/"])
def test_a_link_that_somebody_changes_just_before_it_is_taken_away_stays_theirs(
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
        lack_exchange(monkeypatch, meanwhile)
    tree.turn(Relink(f"{folder}link", OLD, NEW))
    assert done == ["once"]
    (found,) = (path for path in manifest(tmp_path) if path not in {".", "a"})
    assert found == f"{folder}link"
    path = tmp_path / found
    assert (os.readlink(path) if theirs else path.read_text()) == (theirs or "theirs")  # noqa: PTH115


def test_a_link_that_somebody_removes_just_before_the_exchange_stays_removed(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    answer(monkeypatch, lambda *_: (tmp_path / "link").unlink())
    with pytest.raises(FileNotFoundError):
        tree.turn(Relink("link", OLD, NEW))
    assert list(tmp_path.iterdir()) == []


def test_a_new_link_is_at_no_moment_missing(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    seen: list[dict[str, str]] = []

    def look(call: Call, _: int) -> int:
        seen.append({path.name: os.readlink(path) for path in tmp_path.iterdir()})  # noqa: PTH115
        code = call(0, b"", 0, b"", 0)
        seen.append({path.name: os.readlink(path) for path in tmp_path.iterdir()})  # noqa: PTH115
        return code

    answer(monkeypatch, look)
    tree.turn(Relink("link", OLD, NEW))
    assert seen == [{"link": OLD, ASIDE: NEW}, {"link": NEW, ASIDE: OLD}]


def test_each_link_has_a_name_of_its_own_aside(tmp_path: Path, tree: Tree) -> None:
    names = ["a", "A", "\udcff", "n" * 255]
    for name in names:
        (tmp_path / name).symlink_to(OLD)
    for name in names:
        tree.turn(Relink(name, OLD, NEW))
        assert stat.S_ISLNK((tmp_path / name).lstat().st_mode)
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert len({aside_of(name) for name in names}) == len(names)


def test_an_exchange_that_fails_leaves_nothing_aside(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"link": Link(OLD)})
    before = manifest(tmp_path)
    answer(monkeypatch, lambda *_: errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        tree.turn(Relink("link", OLD, NEW))
    assert manifest(tmp_path) == before
