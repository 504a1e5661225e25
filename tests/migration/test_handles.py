"""`Tree` on real directories: its handles, its paths and its removals."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ckpt_scheme.errors import FieldError
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration import _tree as handles
from ckpt_scheme.migration._tree import Tree
from migration_trees import File, Folder, Hard, Link, grow, manifest


def handles_open() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_close_releases_every_handle(tmp_path: Path) -> None:
    grow(tmp_path, ["a/b/c"])
    before = handles_open()
    tree = Tree(str(tmp_path))
    tree.directory("a/b")

    assert len(handles_open() - before) == 3

    tree.close()
    tree.close()

    assert handles_open() == before


def test_directory_keeps_its_handle(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, ["a/b/c"])

    for path in ("", "a", "a/b"):
        handle = tree.directory(path)

        assert os.path.samestat(os.fstat(handle), (tmp_path / path).stat())
        assert tree.directory(path) == handle
        assert not os.get_inheritable(handle)

    assert tree.at("a/b/c") == (tree.directory("a/b"), "c")
    assert tree.at("x") == (tree.directory(""), "x")


def test_deep_path_keeps_few_handles_and_closes_none_in_use(tmp_path: Path, tree: Tree) -> None:
    deep = "a/b" + "/c" * 200
    (tmp_path / deep).mkdir(parents=True)
    before = handles_open()
    above = tree.directory("a")

    handle = tree.directory(deep)

    assert os.path.samestat(os.fstat(above), (tmp_path / "a").stat())
    assert os.path.samestat(os.fstat(handle), (tmp_path / deep).stat())
    assert tree.directory(deep.removesuffix("/c")) in {int(each) for each in handles_open() - before}
    assert 30 < len(handles_open() - before) < 64


@pytest.mark.parametrize("use", [Tree.stat, Tree.flush])
def test_handles_are_closed_only_above_limit(tmp_path: Path, tree: Tree, use: Callable[[Tree, str], object]) -> None:
    for number in range(64):
        (tmp_path / f"d{number}").mkdir()
    before = handles_open()
    for number in range(63):
        tree.directory(f"d{number}")
    use(tree, "d0")

    assert len(handles_open() - before) == 63

    tree.directory("d63")
    use(tree, "d0")

    # The handle of the root stays open, and so does a handle in use.
    assert len(handles_open() - before) == (use is Tree.flush)
    assert before <= handles_open()
    assert os.path.samestat(os.fstat(tree.directory("")), tmp_path.stat())
    assert os.path.samestat(os.fstat(tree.directory("d7")), (tmp_path / "d7").stat())


def test_tree_refuses_root_that_is_no_directory(tmp_path: Path) -> None:
    grow(tmp_path, ["file"])

    with pytest.raises(NotADirectoryError):
        Tree(str(tmp_path / "file"))


@pytest.mark.parametrize("path", ["..", "a/..", "../x", "a/../b", ".", "a/.", "/a", "a//b", "a/", "x\0y", "a/x\0y/b"])
def test_tree_refuses_path_outside_root(tmp_path: Path, tree: Tree, path: str) -> None:
    grow(tmp_path, ["a/b/file"])

    for use in (tree.directory, tree.unlink, tree.destroy, tree.remove_empty, tree.stat):
        with pytest.raises(FieldError, match="a path below the root") as caught:
            use(path)
        assert caught.value.kind == "path"
    with pytest.raises(FieldError):
        tree.directory(path, create=True)
    assert manifest(tmp_path).keys() == {".", "a", "a/b", "a/b/file"}


@pytest.mark.parametrize("path", ["..", "a/..", "../x", "a/../b", ".", "/a", "a//b", "a/", "x\0y", "a/x\0y/b", "", "/"])
def test_check_path_refuses_path_outside_root(path: str) -> None:
    with pytest.raises(FieldError, match="a path below the root"):
        handles.check_path(path)


@pytest.mark.parametrize("path", ["\ud800", "a/\udfff", "\ud800/a", "a/\ud800/b"])
def test_check_path_refuses_surrogates_without_bytes(path: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        handles.check_path(path)


@pytest.mark.parametrize("path", ["a", "a/b/c", "...", "\udcff/\n", "\u2603/ ", "n" * 5000])
def test_check_path_accepts_missing_path(path: str) -> None:
    handles.check_path(path)

    assert not os.path.lexists(path)


def test_at_refuses_root(tree: Tree) -> None:
    with pytest.raises(FieldError):
        tree.at("")


@pytest.mark.parametrize("create", [False, True])
def test_tree_refuses_path_through_link(tmp_path: Path, tree: Tree, create: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {"real/sub/file": File(), "link": Link("real")})

    for path in ("link", "link/sub", "link/new"):
        with pytest.raises(NotADirectoryError):
            tree.directory(path, create=create)
    with pytest.raises(NotADirectoryError):
        tree.unlink("link/sub/file")
    assert tree.stat("link/sub/file") is None
    assert manifest(tmp_path).keys() == {".", "real", "real/sub", "real/sub/file", "link"}


def test_open_directory_is_used_after_link_replaces_it(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, ["a/file", "b/file"])
    tree.directory("a")
    (tmp_path / "a").rename(tmp_path / "moved")
    (tmp_path / "a").symlink_to("b")

    # The handle belongs to the directory itself, not to its name.
    tree.unlink("a/file")

    assert manifest(tmp_path).keys() == {".", "a", "b", "b/file", "moved"}


def test_directory_creates_only_on_request(tmp_path: Path, tree: Tree) -> None:
    with pytest.raises(FileNotFoundError):
        tree.directory("a/b")
    assert list(tmp_path.iterdir()) == []

    handle = tree.directory("a/b", create=True)
    assert os.path.samestat(os.fstat(handle), (tmp_path / "a/b").stat())

    (tmp_path / "c").mkdir()
    tree.directory("c/d", create=True)

    assert manifest(tmp_path).keys() == {".", "a", "a/b", "c", "c/d"}


def test_long_name_raises_system_error(tmp_path: Path, tree: Tree) -> None:
    for use in (tree.directory, lambda path: tree.directory(path, create=True), tree.unlink, tree.stat):
        with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
            use("n" * 256)
    assert list(tmp_path.iterdir()) == []


def test_stat_describes_entry_or_returns_none(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/file": File(), "a/link": Link("file"), "d.ckpt/x": File()})

    for path in ("a/file", "a/link", "d.ckpt"):
        assert tree.stat(path) == disk.look(str(tmp_path / path))
    for path in ("missing", "a/missing", "missing/x", "a/file/x"):
        assert tree.stat(path) is None

    status = (tmp_path / "a/file").stat()

    found = tree.stat("a/file", {(status.st_dev, status.st_ino)})

    assert found is not None
    assert found.written


def test_is_same_recognizes_hard_links(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/one": File(b""), "a/two": Hard("one"), "a/other": File(b""), "a/link": Link("one")})

    assert tree.is_same("a/one", "a/two")
    assert not tree.is_same("a/one", "a/other")
    assert not tree.is_same("a/one", "a/link")
    assert not tree.is_same("a/link", "a/one")


def test_unlink_removes_one_name(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"a/file": File(), "a/link": Link("file"), "a/folder": Folder()})

    tree.unlink("a/link")

    assert manifest(tmp_path).keys() == {".", "a", "a/file", "a/folder"}
    with pytest.raises(IsADirectoryError):
        tree.unlink("a/folder")
    with pytest.raises(FileNotFoundError):
        tree.unlink("a/link")


def test_remove_empty_removes_only_empty_directories(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"full/x": File(), "empty": Folder(), "file": File(), "link": Link("empty"), "held": Folder()})
    before = handles_open()
    tree.directory("held")
    for path in ("full", "empty", "file", "link", "held", "missing"):
        tree.remove_empty(path)

    assert manifest(tmp_path).keys() == {".", "full", "full/x", "file", "link"}
    # Its handle is closed, so that a later directory of the same name gets a new one.
    assert handles_open() == before

    (tmp_path / "held").mkdir()

    assert os.path.samestat(os.fstat(tree.directory("held")), (tmp_path / "held").stat())


def test_destroy_follows_no_links(tmp_path: Path, tree: Tree) -> None:
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


def test_flush_raises_for_missing_directory(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    tree.flush("")
    tree.flush("a")

    with pytest.raises(FileNotFoundError):
        tree.flush("missing")


def test_flush_accepts_disk_without_fsync_of_directories() -> None:
    tree = Tree("/proc")

    try:
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
            os.fsync(tree.directory("sys"))
        tree.flush("sys")
    finally:
        tree.close()


def test_name_that_cannot_be_looked_up_is_no_missing_name(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not tree.has("missing")
    assert not tree.has("x" * 300)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "stat", fail)

    with pytest.raises(OSError, match="Input/output error"):
        tree.has("unknown")
