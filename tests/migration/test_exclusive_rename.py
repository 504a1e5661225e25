"""`Tree.rename_noreplace`: a rename that replaces no entry, on any disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.migration import _tree as handles
from ckpt_scheme.migration._listing import EntryKind
from ckpt_scheme.migration._tree import Tree
from machine import need
from migration_trees import File, Folder, Link, Node, Pipe, grow, manifest, moved
from rename_faults import UNPRIVILEGED, disable_rename_flags, intercept_rename, unprivileged

EXCLUSIVE: Final = handles._EXCLUSIVE


def test_rename_call_is_none_if_system_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_rename_error_holds_both_names(tree: Tree) -> None:
    above = tree.directory("")

    with pytest.raises(FileNotFoundError) as caught:
        handles._rename(above, "old\udcff", above, "new", EXCLUSIVE)
    assert (caught.value.filename, caught.value.filename2) == ("old\udcff", "new")
    assert caught.value.strerror == os.strerror(errno.ENOENT)


RUNGS: Final = ("native", "other")

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
def test_rename_noreplace_renames_to_free_name(
    tmp_path: Path, tree: Tree, rename_mode: str, source: str, new: str
) -> None:
    grow(tmp_path, {**SOURCES[source], "b": Folder()})
    before, inode = manifest(tmp_path), (tmp_path / "a/old").lstat().st_ino
    kind = kind_of(source)

    has_both = tree.rename_noreplace("a/old", new, kind)

    assert has_both == (rename_mode == "other" and kind != "directory")
    assert (tmp_path / new).lstat().st_ino == inode

    if has_both:
        # Both names exist for a moment, so the file is never without a name.
        assert tree.is_same("a/old", new)
        tree.unlink("a/old")

    assert manifest(tmp_path) == moved(before, {"a/old": new})


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "taken",
    [File(b"mine"), Folder(), Link("nowhere"), Link("old"), Pipe(), None],
    ids=["file", "empty", "dead", "to the old one", "pipe", "full"],
)
def test_rename_noreplace_refuses_existing_name(
    tmp_path: Path, tree: Tree, rename_mode: str, source: str, taken: Node | None
) -> None:
    grow(tmp_path, SOURCES[source])
    grow(tmp_path, {"a/new/inside": File()} if taken is None else {"a/new": taken})
    before = manifest(tmp_path, times=rename_mode == "native")

    with pytest.raises(FileExistsError):
        tree.rename_noreplace("a/old", "a/new", kind_of(source))
    assert manifest(tmp_path, times=rename_mode == "native") == before


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_rename_noreplace_of_missing_source_leaves_nothing(
    tmp_path: Path, tree: Tree, rename_mode: str, kind: EntryKind
) -> None:
    grow(tmp_path, {"a": Folder()})

    with pytest.raises(FileNotFoundError):
        tree.rename_noreplace("a/old", "a/new", kind)
    assert list((tmp_path / "a").iterdir()) == [], rename_mode


def test_rename_noreplace_refuses_impossible_directory_rename(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"file": File(), "a/x": File()})
    before = manifest(tmp_path)
    disable_rename_flags(monkeypatch)

    with pytest.raises(IsADirectoryError):
        tree.rename_noreplace("file", "new", "directory")
    assert manifest(tmp_path) == before

    # The system gives the same error if it does not know the flag.
    monkeypatch.undo()

    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        tree.rename_noreplace("a", "a/new", "directory")
    assert manifest(tmp_path) == before


def test_rename_noreplace_reports_disk_without_exclusive_rename_and_hard_link(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No disk makes hard links of directories, and some make none of files.
    grow(tmp_path, ["old/x"])
    before = manifest(tmp_path)
    disable_rename_flags(monkeypatch)

    with pytest.raises(PermissionError) as caught:
        tree.rename_noreplace("old", "new", "file")
    assert caught.value.strerror == (
        f"{os.strerror(errno.EPERM)}: neither a rename that refuses a taken name nor a hard link is possible here"
    )
    assert manifest(tmp_path) == before


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_rename_noreplace_uses_hard_link_if_flag_is_unknown(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    grow(tmp_path, ["old"])
    intercept_rename(monkeypatch, lambda _, flag: code if flag == EXCLUSIVE else None)

    assert tree.rename_noreplace("old", "new", "file")
    assert tree.is_same("old", "new")


def test_rename_noreplace_makes_no_hard_link_in_sticky_directory_of_others(tmp_path: Path, tree: Tree) -> None:
    # The user may make a hard link here, but could not remove the old name afterwards.
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "shared/old").chmod(0o666)
    before = manifest(tmp_path)
    tree.directory("shared")

    with unprivileged():
        with pytest.raises(PermissionError, match=os.strerror(errno.EPERM)) as caught:
            tree.rename_noreplace("shared/old", "shared/new", "file")
        assert (caught.value.filename, caught.value.filename2) == ("old", "new")
    assert manifest(tmp_path) == before


def test_rename_noreplace_renames_own_file_in_sticky_directory(tmp_path: Path, tree: Tree) -> None:
    grow(tmp_path, {"shared/old": File(b"mine")})
    (tmp_path / "shared").chmod(0o1777)
    tree.directory("shared")
    need("root")
    os.chown(tmp_path / "shared/old", UNPRIVILEGED, -1)

    with unprivileged():
        assert not tree.rename_noreplace("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("mode", "who", "is_tried"),
    [
        pytest.param(0o1777, 4321, False, id="another user"),
        pytest.param(0o1777, 0, True, id="root"),
        pytest.param(0o1777, None, True, id="the owner"),
        pytest.param(0o777, 4321, True, id="not sticky"),
    ],
)
def test_rename_noreplace_uses_hard_link_only_with_permission(
    tmp_path: Path,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    who: int | None,
    is_tried: bool,  # noqa: FBT001 - a column
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(mode)
    intercept_rename(monkeypatch, lambda *_: errno.EPERM)
    # Only the user differs, so that the test does not depend on the user who runs it.
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "shared/old").stat().st_uid if who is None else who)

    if is_tried:
        assert tree.rename_noreplace("shared/old", "shared/new", "file")
    else:
        with pytest.raises(PermissionError):
            tree.rename_noreplace("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").exists() == is_tried


@pytest.mark.parametrize(
    ("directory", "file", "who"),
    [
        pytest.param(UNPRIVILEGED, 0, UNPRIVILEGED, id="the owner of the directory"),
        pytest.param(UNPRIVILEGED, UNPRIVILEGED, 0, id="root"),
    ],
)
def test_rename_noreplace_uses_hard_link_as_owner_or_root(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, directory: int, file: int, who: int
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    need("root")
    os.chown(tmp_path / "shared", directory, -1)
    os.chown(tmp_path / "shared/old", file, -1)
    intercept_rename(monkeypatch, lambda *_: errno.EPERM)
    monkeypatch.setattr(os, "geteuid", lambda: who)

    assert tree.rename_noreplace("shared/old", "shared/new", "file")
    assert (tmp_path / "shared/new").read_bytes() == b"theirs"


def test_rename_noreplace_uses_owner_of_link_itself(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"theirs": File(), "shared/mine": Link("../theirs")})
    (tmp_path / "shared").chmod(0o1777)
    need("root")
    os.chown(tmp_path / "shared/mine", UNPRIVILEGED, -1, follow_symlinks=False)
    intercept_rename(monkeypatch, lambda *_: errno.EPERM)
    monkeypatch.setattr(os, "geteuid", lambda: UNPRIVILEGED)

    assert tree.rename_noreplace("shared/mine", "shared/new", "file")
    assert (tmp_path / "shared/new").readlink() == Path("../theirs")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_rename_noreplace_uses_hard_link_for_other_refusals_in_sticky_directory(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    grow(tmp_path, {"shared/old": File(b"theirs")})
    (tmp_path / "shared").chmod(0o1777)
    intercept_rename(monkeypatch, lambda *_: code)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)

    assert tree.rename_noreplace("shared/old", "shared/new", "file")


@pytest.mark.parametrize("code", [errno.EIO, errno.EXDEV, errno.EACCES, errno.EROFS])
def test_rename_noreplace_raises_other_errors(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    grow(tmp_path, ["old"])
    before = manifest(tmp_path)
    intercept_rename(monkeypatch, lambda *_: code)

    with pytest.raises(OSError, match=os.strerror(code)):
        tree.rename_noreplace("old", "new", "file")
    assert manifest(tmp_path) == before
