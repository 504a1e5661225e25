"""Trees of checkpoints, and the functions by which a test describes, makes and compares them.

A test describes a tree by a mapping of paths to entries, and sees it as a mapping of paths to the entries on the disk.
No code here depends on the code of the migration.
"""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias, assert_never

import attrs

STATE: Final = ".ckpt-scheme"

_MONTHS: Final = 120 * 24 * 60 * 60 * 10**9
# All trees of one session share this moment, so that two trees of one description are alike.
LONG_AGO: Final = time.time_ns() // 10**9 * 10**9 - _MONTHS


@attrs.frozen
class File:
    """A file; its content is its own path by default, so that no two files are equal.

    Attributes:
        content: The content, or None for its path.
        age: The seconds since it was written, below zero for a future time, or None for months.
    """

    content: bytes | None = None
    age: float | None = None


@attrs.frozen
class Folder:
    """An empty directory; the entries of other directories make these."""


@attrs.frozen
class Link:
    """A symbolic link; ``BASE`` in its text stands for the directory of the tree."""

    text: str


@attrs.frozen
class Hard:
    """A second hard link of a file in the same directory."""

    of: str


@attrs.frozen
class Pipe:
    """A FIFO."""


Node: TypeAlias = File | Folder | Link | Hard | Pipe


def grow(base: Path, nodes: Mapping[str, Node] | Iterable[str]) -> None:
    """Make *nodes* under *base*; plain paths are files. Everything gets a time months ago, directories too."""
    described: Mapping[str, Node] = nodes if isinstance(nodes, Mapping) else dict.fromkeys(nodes, File())
    for path, node in described.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        match node:
            case File(content, age):
                target.write_bytes(os.fsencode(path) + b"\n" if content is None else content)
                written = LONG_AGO if age is None else time.time_ns() - round(age * 10**9)
                os.utime(target, ns=(written, written))
            case Folder():
                target.mkdir()
            case Link(text):
                target.symlink_to(text.replace("BASE", str(base)))
                os.utime(target, ns=(LONG_AGO, LONG_AGO), follow_symlinks=False)
            case Hard(of):
                os.link(target.parent / of, target)
            case Pipe():
                os.mkfifo(target)
                os.utime(target, ns=(LONG_AGO, LONG_AGO))
            case _:
                assert_never(node)
    for folder, _, _ in os.walk(base):
        os.utime(folder, ns=(LONG_AGO, LONG_AGO))


@attrs.frozen
class Seen:
    """An entry as it is on the disk, as far as a rename must not change it.

    Attributes:
        kind: The type, as in a mode.
        body: A file's content, a link's text.
        mode: The permissions.
        written: The time of its last write in nanoseconds; 0 for directories and links, if times are not compared.
        names: The number of hard links of a file; 0 for other entries.
    """

    kind: int
    body: bytes
    mode: int
    written: int
    names: int


Manifest: TypeAlias = dict[str, Seen]


def manifest(top: Path, *, state: bool = False, times: bool = False) -> Manifest:
    """Return the entry at each path under *top*.

    Args:
        top: A directory.
        state: Whether the migration's own state is included.
        times: Whether the times of directories and links are compared, too.
    """
    return {path: _seen(top / path, times) for path in _paths(top) if state or STATE not in path.split("/")}


def _paths(top: Path) -> Iterator[str]:
    yield "."
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            yield os.path.relpath(f"{folder}/{name}", top)


def _seen(path: Path, times: bool) -> Seen:  # noqa: FBT001 - of `manifest`
    found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    regular = kind == stat.S_IFREG
    # A `Path` would normalize the text of a link.
    text = os.fsencode(os.readlink(path)) if kind == stat.S_IFLNK else b""  # noqa: PTH115
    body = path.read_bytes() if regular else text
    timed = times or regular
    return Seen(kind, body, stat.S_IMODE(found.st_mode), found.st_mtime_ns * timed, found.st_nlink * regular)


def contents(top: Path) -> Counter[bytes]:
    """Return each content of a file under *top*, the trash included, with the number of its files.

    Two hard links of one file count once. The migration's own files do not count.
    """
    files: dict[tuple[int, int], Path] = {}
    for path in _paths(top):
        parts = path.split("/")
        own = STATE in parts and parts[parts.index(STATE) + 1 :][:1] != ["trash"]
        found = (top / path).lstat()
        if stat.S_ISREG(found.st_mode) and not own:
            files[found.st_dev, found.st_ino] = top / path
    return Counter(path.read_bytes() for path in files.values())


def moved(before: Manifest, moves: Mapping[str, str | None], texts: Mapping[str, str] | None = None) -> Manifest:
    """Return *before* after renames and retargets; a path whose new path is None is removed."""
    after: Manifest = {}
    for path, seen in before.items():
        place: str | None = path
        for old, new in moves.items():
            if path == old or path.startswith(f"{old}/"):
                place = None if new is None else new + path[len(old) :]
        if place is not None:
            after[place] = seen
    for path, text in (texts or {}).items():
        after[path] = attrs.evolve(after[path], body=os.fsencode(text))
    return after


def difference(found: Manifest, expected: Manifest) -> list[str]:
    """Return one line for each path that differs; empty if the two are the same."""
    return [
        f"{path!a}: expected {expected.get(path)}, found {found.get(path)}"
        for path in sorted(found.keys() | expected.keys())
        if found.get(path) != expected.get(path)
    ]
