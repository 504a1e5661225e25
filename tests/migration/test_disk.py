"""`observe` and `look` on real directories."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Entry, Listing, observe
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration._listing import EntryKind
from cli_trees import start
from migration_trees import LONG_AGO, STATE, File, Folder, Hard, Link, Pipe, grow, manifest

NAME: Final = "epoch=3-step=1200.ckpt"
TOO_LONG: Final = os.strerror(errno.ENAMETOOLONG)
MOST: Final = 4095  # bytes of the longest path that Linux takes


def by_path(listing: Listing) -> dict[str, Entry]:
    return {entry.path: entry for entry in listing.entries}


def links(listing: Listing) -> dict[str, tuple[str | None, tuple[str, ...], str | None]]:
    """Return the text of each link, the names on its way, and its target."""
    return {entry.path: (entry.text, entry.passes, entry.leads_to) for entry in listing.entries if entry.kind == "link"}


def dig(base: Path, length: int) -> tuple[str, int]:
    """Make directories in *base* until the path of the last one has *length* bytes.

    Returns:
        The path from *base* on, and a handle, as no call takes a path that is too long.
    """
    handle = os.open(base, os.O_RDONLY)
    parts: list[str] = []
    missing = length - len(os.fsencode(base))
    while missing:
        # One byte is the slash, and the last directory needs a slash and a name.
        size = missing - 1 if missing <= 201 else 150
        parts.append("d" * size)
        os.mkdir(parts[-1], dir_fd=handle)
        below = os.open(parts[-1], os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle, missing = below, missing - size - 1
    return "/".join(parts), handle


@contextmanager
def holding(path: Path, mode: str) -> Generator[int]:
    """Have another process open *path*; yield its number."""
    script = "import sys; file = open(sys.argv[1], sys.argv[2]); print(flush=True); sys.stdin.read()"
    process = start(sys.executable, "-c", script, str(path), mode, stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    try:
        yield process.pid
    finally:
        process.communicate()


def test_observe_lists_checkpoints_folders_and_links(tmp_path: Path) -> None:
    grow(
        tmp_path,
        {
            f"run/checkpoints/{NAME}": File(b"four"),
            "run/checkpoints/notes.txt": File(b"notes"),
            "run/checkpoints/empty": Folder(),
            "run/checkpoints/fifo.ckpt": Pipe(),
            "run/checkpoints/deep/below.ckpt": File(b"12"),
            "run/checkpoints.ckpt": File(),
            "run/config.yaml": File(),
            "run/logs/checkpoints/x.ckpt": File(),
            "checkpoints/x.ckpt": File(),
            "x.ckpt": File(),
            "run/logs/latest": Link("../checkpoints"),
            "root link": Link("run"),
        },
    )
    before = time.time_ns()

    listing = observe(tmp_path)

    assert before <= listing.now_ns <= time.time_ns()
    assert (listing.root, listing.unreadable) == (str(tmp_path), ())

    def entry(path: str, kind: EntryKind, size: int) -> Entry:
        status = (tmp_path / path).lstat()
        ctime_ns = status.st_ctime_ns
        return Entry(path=path, kind=kind, size=size, mtime_ns=LONG_AGO, ctime_ns=ctime_ns, inode=status.st_ino)

    assert listing.entries == (
        Entry(path="root link", kind="link", text="run", passes=("run",), leads_to="run"),
        entry("run/checkpoints/deep", "directory", 0),
        entry("run/checkpoints/empty", "directory", 0),
        entry(f"run/checkpoints/{NAME}", "file", 4),
        entry("run/checkpoints/fifo.ckpt", "other", 0),
        entry("run/checkpoints/notes.txt", "file", 5),
        Entry(
            path="run/logs/latest",
            kind="link",
            text="../checkpoints",
            passes=("run/checkpoints",),
            leads_to="run/checkpoints",
        ),
    )


def test_observe_opens_and_changes_nothing(tmp_path: Path) -> None:
    grow(tmp_path, {f"run/checkpoints/{NAME}": File(), "run/checkpoints/fifo.ckpt": Pipe(), "a": Link("a")})
    before = manifest(tmp_path, state=True, times=True)

    # Opening the pipe would wait for a writer.
    assert len(observe(tmp_path).entries) == 3
    assert manifest(tmp_path, state=True, times=True) == before


def test_observe_does_not_enter_linked_run(tmp_path: Path) -> None:
    grow(tmp_path, {f"elsewhere/checkpoints/{NAME}": File(), "root/run": Link("../elsewhere")})

    listing = observe(tmp_path / "root")

    assert listing.entries == (Entry(path="run", kind="link", text="../elsewhere"),)


def test_observe_skips_state_folder(tmp_path: Path) -> None:
    kept = f"{STATE}/trash/000001/run/checkpoints"
    grow(tmp_path, {f"{kept}/{NAME}": File(), f"{STATE}/link": Link("x"), f"run/{STATE}/link": Link("x")})

    assert [entry.path for entry in observe(tmp_path).entries] == [f"run/{STATE}/link"]

    # A link in its place is neither followed nor listed.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / STATE).symlink_to("..")

    assert observe(tmp_path / "other").entries == ()


def test_observe_resolves_links_below_symlinked_root(tmp_path: Path) -> None:
    grow(
        tmp_path,
        {
            f"real/run/checkpoints/{NAME}": File(),
            "root": Link("real"),
            "real/by-link": Link(f"BASE/root/run/checkpoints/{NAME}"),
            "real/by-path": Link(f"BASE/real/run/checkpoints/{NAME}"),
        },
    )

    listing = observe(str(tmp_path / "root"))

    assert listing.root == str(tmp_path / "root")

    path = f"run/checkpoints/{NAME}"
    below = ("run", "run/checkpoints", path)
    # The link to the root lies above the root, so it is no name in the listing.
    assert links(listing) == {
        "by-link": (f"{tmp_path}/root/{path}", below, path),
        "by-path": (f"{tmp_path}/real/{path}", below, path),
    }


def test_relative_root_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {f"runs/run/checkpoints/{NAME}": File()})
    monkeypatch.chdir(tmp_path / "runs" / "run")

    assert observe("..").root == disk.locate("../.") == str(tmp_path / "runs")
    assert [entry.path for entry in observe(Path("..")).entries] == [f"run/checkpoints/{NAME}"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "no such directory"),
        ("file", "not a directory"),
        ("dead", "not a directory"),
        ("n" * 256, "no such directory"),
    ],
)
def test_root_that_is_no_directory_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    grow(tmp_path, {"file": File(), "dead": Link("nowhere")})

    for look in (observe, disk.locate):
        with pytest.raises(OperationError) as caught:
            look(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {reason}"


@pytest.mark.parametrize(
    ("text", "passes", "leads_to"),
    [
        ("a.ckpt", ("run/checkpoints/a.ckpt",), "run/checkpoints/a.ckpt"),
        ("./a.ckpt", ("run/checkpoints/a.ckpt",), "run/checkpoints/a.ckpt"),
        ("a.ckpt/", ("run/checkpoints/a.ckpt",), "run/checkpoints/a.ckpt"),
        (
            "../checkpoints//a.ckpt",
            ("run/checkpoints", "run/checkpoints/a.ckpt"),
            "run/checkpoints/a.ckpt",
        ),
        # The path goes through two links; each of them counts as a name on the way.
        (
            "../../short/a.ckpt",
            ("short", "run/checkpoints/a.ckpt"),
            "run/checkpoints/a.ckpt",
        ),
        ("chain", ("run/checkpoints/chain",), "run/checkpoints/a.ckpt"),
        ("missing.ckpt", ("run/checkpoints/missing.ckpt",), "run/checkpoints/missing.ckpt"),
        # The path leaves the root and comes back; names outside are not in the listing.
        ("../../../root/run", ("run",), "run"),
        ("../../..", (), None),
        ("../../../outside", (), None),
        ("../..", (), None),
        ("/", (), None),
        ("BASE/root/run/checkpoints/a.ckpt", ("run", "run/checkpoints", "run/checkpoints/a.ckpt"), None),
        # The name only begins like the root.
        ("BASE/rooted/x", (), None),
    ],
)
def test_observe_follows_link_by_its_text(
    tmp_path: Path, text: str, passes: tuple[str, ...], leads_to: str | None
) -> None:
    grow(
        tmp_path,
        {
            "root/run/checkpoints/a.ckpt": File(),
            "root/run/checkpoints/chain": Link("a.ckpt"),
            "root/short": Link("run/checkpoints"),
            "root/run/checkpoints/link": Link(text),
            "rooted/x": File(),
        },
    )
    if text.startswith("BASE/root/"):
        leads_to = "run/checkpoints/a.ckpt"

    found = links(observe(tmp_path / "root"))["run/checkpoints/link"]

    assert found == (text.replace("BASE", str(tmp_path)), passes, leads_to)


def test_observe_resolves_dots_by_real_directories(tmp_path: Path) -> None:
    # The meaning of ".." depends on the real place of a directory.
    grow(
        tmp_path,
        {
            "root/a/b/file": File(),
            "root/a/x": File(),
            "root/to-b": Link("a/b"),
            "root/up": Link("to-b/../x"),
        },
    )

    assert links(observe(tmp_path / "root"))["up"] == ("to-b/../x", ("to-b", "a/x"), "a/x")


def test_observe_accepts_loop_of_links(tmp_path: Path) -> None:
    grow(tmp_path, {"one": Link("two"), "two": Link("one")})

    found = links(observe(tmp_path))

    assert {path: (text, passes) for path, (text, passes, _) in found.items()} == {
        "one": ("two", ("two",)),
        "two": ("one", ("one",)),
    }


def test_below_returns_path_relative_to_root(tmp_path: Path) -> None:
    below = disk._Below(str(tmp_path), [""])

    assert below(f"{tmp_path}/x/y") == "x/y"
    assert below(str(tmp_path)) is None
    assert below(f"{tmp_path}-old/x") is None
    assert below("/nowhere/x/y") is None
    assert disk._Below("/", [""])("/x/y") == "x/y"
    assert disk._Below("/", [""])("/") is None


def test_look_sums_contents_of_directory(tmp_path: Path) -> None:
    grow(
        tmp_path,
        {
            "x.ckpt/a": File(b"123"),
            "x.ckpt/b/c/d": File(b"12345"),
            "x.ckpt/e": Link("/nowhere"),
            "x.ckpt/b/pipe": Pipe(),
        },
    )
    newest = LONG_AGO + 5_000_000_001
    os.utime(tmp_path / "x.ckpt/b/c/d", ns=(newest, newest))

    found = disk.look(str(tmp_path / "x.ckpt"))
    expected = Entry(
        path=str(tmp_path / "x.ckpt"),
        kind="directory",
        size=8,
        mtime_ns=newest,
        ctime_ns=max(path.lstat().st_ctime_ns for path in (tmp_path / "x.ckpt", *(tmp_path / "x.ckpt").rglob("*"))),
        inode=(tmp_path / "x.ckpt").stat().st_ino,
        links=1,
    )

    assert found == expected

    # A directory always has several hard links, a file normally one.
    (tmp_path / "x.ckpt" / "b" / "second").hardlink_to(tmp_path / "x.ckpt" / "a")
    os.utime(tmp_path / "x.ckpt/b", ns=(newest + 7, newest + 7))

    found = disk.look(str(tmp_path / "x.ckpt"))

    assert attrs.evolve(found, ctime_ns=0) == attrs.evolve(expected, size=11, links=2, mtime_ns=newest + 7, ctime_ns=0)


def test_look_follows_no_link_in_directory(tmp_path: Path) -> None:
    inner = {f"{NAME}/out": Link("../other"), f"{NAME}/round": Link(".")}
    grow(
        tmp_path,
        {f"{NAME}/weights": File(b"12345"), **inner, "other/large": File(b"67"), "other/more": Hard("large")},
    )

    entry = disk.look(str(tmp_path / NAME))

    assert (entry.size, entry.links) == (5, 1)


def test_look_takes_time_of_empty_directory_itself(tmp_path: Path) -> None:
    grow(tmp_path, {"x.ckpt": Folder()})

    found = disk.look(str(tmp_path / "x.ckpt"))

    assert (found.kind, found.size, found.mtime_ns, found.links, found.written) == ("directory", 0, LONG_AGO, 1, False)


def test_look_recognizes_open_files_by_inode(tmp_path: Path) -> None:
    grow(tmp_path, {"file": File(), "x.ckpt/below/file": File(), "other": File(), "second": Hard("other")})

    def inode(path: str) -> tuple[int, int]:
        status = (tmp_path / path).stat()
        return status.st_dev, status.st_ino

    def written(path: str, *by: tuple[int, int]) -> bool:
        return disk.look(str(tmp_path / path), by).written

    assert written("file", inode("other"), inode("file"))
    assert not written("file", inode("other"))

    device, number = inode("file")
    assert not written("file", (device + 1, number))
    assert written("x.ckpt", inode("x.ckpt/below/file"))
    assert not written("x.ckpt", inode("file"), inode("x.ckpt"))
    assert disk.look(str(tmp_path / "second")).links == 2


def test_look_describes_link_itself(tmp_path: Path) -> None:
    grow(tmp_path, {"file": File(b"contents"), "link": Link("file"), "dead": Link("nowhere")})

    for name in ("link", "dead"):
        found = disk.look(str(tmp_path / name))

        assert (found.kind, found.size, found.text) == ("link", len(os.readlink(tmp_path / name)), None)  # noqa: PTH115
        assert found.inode == (tmp_path / name).lstat().st_ino


def test_look_raises_for_missing_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.look(str(tmp_path / "missing"))


@pytest.mark.parametrize(("mode", "is_written"), [("rb", False), ("ab", True), ("r+b", True)])
def test_observe_recognizes_file_open_in_other_process(tmp_path: Path, mode: str, is_written: bool) -> None:  # noqa: FBT001
    path = f"run/checkpoints/{NAME}"
    grow(tmp_path, {path: File(), "run/checkpoints/dir.ckpt/shard": File(), "run/checkpoints/other.ckpt": File()})

    with holding(tmp_path / path, mode), holding(tmp_path / "run/checkpoints/dir.ckpt/shard", mode):
        found = {entry.name: entry.written for entry in observe(tmp_path).entries}
        assert found == {NAME: is_written, "dir.ckpt": is_written, "other.ckpt": False}

    assert not any(entry.written for entry in observe(tmp_path).entries)


@pytest.mark.parametrize(("mode", "is_written"), [("rb", False), ("ab", True), ("r+b", True)])
def test_observe_recognizes_file_open_in_this_process(tmp_path: Path, mode: str, is_written: bool) -> None:  # noqa: FBT001
    # A training may observe its own directory while it writes there.
    path = f"run/checkpoints/{NAME}"
    grow(tmp_path, {path: File()})
    status = (tmp_path / path).stat()

    with (tmp_path / path).open(mode):
        assert ((status.st_dev, status.st_ino) in disk.open_for_writing()) == is_written
        assert by_path(observe(tmp_path))[path].written == is_written
    assert (status.st_dev, status.st_ino) not in disk.open_for_writing()


def test_written_by_lists_only_files(tmp_path: Path) -> None:
    grow(tmp_path, ["file", "other"])
    status = (tmp_path / "file").stat()

    with holding(tmp_path / "file", "ab") as number:
        # The process can also write to pipes, its output.
        assert len(os.listdir(f"/proc/{number}/fd")) == 4  # noqa: PTH208
        assert list(disk._written_by(f"/proc/{number}")) == [(status.st_dev, status.st_ino)]


def test_open_for_writing_skips_handle_without_access(tmp_path: Path) -> None:
    grow(tmp_path, ["file"])
    status = (tmp_path / "file").stat()

    handle = os.open(tmp_path / "file", os.O_PATH)
    found = disk.open_for_writing()
    os.close(handle)

    assert (status.st_dev, status.st_ino) not in found


def test_written_by_raises_for_ended_process() -> None:
    process = start(sys.executable, "-c", "")
    process.communicate()

    with pytest.raises(FileNotFoundError):
        list(disk._written_by(f"/proc/{process.pid}"))


def test_observe_skips_entry_that_vanishes() -> None:
    # This directory lists the handle that reads it. That handle is closed before links are read.
    there = {name for name in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{name}").is_symlink()}  # noqa: PTH208

    listing = observe("/proc/self/fd")

    assert {entry.path for entry in listing.entries} == there
    assert listing.unreadable == ()


def test_observe_reports_unreadable_directory(tmp_path: Path) -> None:
    grow(tmp_path, {f"run/checkpoints/{NAME}": File()})
    path, handle = dig(tmp_path, MOST + 1)
    os.close(handle)

    listing = observe(tmp_path)

    assert listing.unreadable == ((path, TOO_LONG),)
    assert [entry.path for entry in listing.entries] == [f"run/checkpoints/{NAME}"]


def test_observe_reads_directory_at_path_limit(tmp_path: Path) -> None:
    path, handle = dig(tmp_path, MOST)
    os.symlink("x", "l", dir_fd=handle)
    os.close(handle)

    listing = observe(tmp_path)

    # The path of its entry is too long, so only the existence of the entry is known.
    assert listing.unreadable == ((f"{path}/l", TOO_LONG),)
    assert listing.entries == (Entry(path=f"{path}/l", kind="other"),)


def test_observe_lists_partly_unreadable_checkpoint_as_other(tmp_path: Path) -> None:
    grow(tmp_path, {f"run/checkpoints/{NAME}/first/x": File(), "run/checkpoints/b.ckpt": File()})
    path, handle = dig(tmp_path / "run/checkpoints" / NAME, MOST + 1)
    os.symlink("x", "link", dir_fd=handle)
    os.close(handle)

    listing = observe(tmp_path)
    at = f"run/checkpoints/{NAME}"

    assert listing.unreadable == ((at, TOO_LONG), (f"{at}/{path}", TOO_LONG))
    assert by_path(listing)[at] == Entry(path=at, kind="other")
    assert by_path(listing).keys() == {at, "run/checkpoints/b.ckpt"}


def test_observe_sorts_unreadable_directories(tmp_path: Path) -> None:
    paths: list[str] = []
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
        path, handle = dig(tmp_path / name, MOST + 1)
        os.close(handle)
        paths.append(f"{name}/{path}")

    assert observe(tmp_path).unreadable == tuple((path, TOO_LONG) for path in sorted(paths))


def test_observe_reports_unreadable_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, handle = dig(tmp_path, MOST + 1)
    os.fchdir(handle)
    os.close(handle)

    listing = observe(".")

    assert listing.root == f"{tmp_path}/{path}"
    assert (tuple(listing.entries), listing.unreadable) == ((), ((".", TOO_LONG),))
