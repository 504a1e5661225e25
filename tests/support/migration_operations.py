"""A small tree with a file, a directory, sidecars and links, and operations on it through the Python API."""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme.migration import (
    Act,
    Failure,
    Operation,
    Plan,
    Policy,
    Relink,
    Report,
    Session,
    apply,
    make_plan,
    observe,
    operations,
)
from ckpt_scheme.migration import _disk as disk
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration import _tree as handles
from ckpt_scheme.migration._tree import Tree
from cli_trees import start
from migration_trees import STATE, File, Link, Node, grow

DIRECTORY: Final = "run/checkpoints"
FILE: Final = f"{DIRECTORY}/epoch=12-step=100.ckpt"
FILE_NEW: Final = f"{DIRECTORY}/epoch-12_step-000100.ckpt"
FOLDER: Final = f"{DIRECTORY}/epoch=13-step=200.ckpt"
FOLDER_NEW: Final = f"{DIRECTORY}/epoch-13_step-000200.ckpt"
EARLY: Final = f"{DIRECTORY}/epoch=3-step=50.ckpt"
EARLY_NEW: Final = f"{DIRECTORY}/epoch-03_step-000050.ckpt"
MD5: Final = ".md5"
TRASH: Final = f"{STATE}/trash/000001"

# A file with a sidecar and a link, a directory with a link, and an early file with a sidecar.
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

# The renames in their order.
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
    """Return the files of the migration's state, the trash included."""
    top = root / STATE
    return {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir() or path.is_symlink()}


def act_of(root: Path, old: str, new: str, *links: Relink, at: str | None = None) -> Act:
    """Return the act that renames the entry at *at*, or at its old name."""
    entry = disk.look(str(root / (at or old)))
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
    """Write the journal of an operation, as it is before the first act."""
    tree = Tree(str(root))
    try:
        journal = Operation(number=number, action="migrate", time=journals.now(), acts=acts)
        journal = attrs.evolve(journal, **fields)
        journals.begin(tree, journal)
        if end is not None:
            journals.finish(tree, number, end)
    finally:
        tree.close()


def forge(path: Path, change: Callable[[str], str]) -> None:
    """Change the records of a journal, and correct its checksums."""
    number = int(path.stem)
    texts = [change(line[17:]) if line else "" for line in path.read_text("ascii").split("\n")]
    path.write_text("\n".join(f"{journals._sum(number, text)} {text}" if text else "" for text in texts))


def back(names: tuple[str, str]) -> tuple[str, str]:
    return names[1], names[0]


def ends(root: Path) -> list[str | None]:
    return [journal.end for journal in operations(root)]


def intercept_rename(
    monkeypatch: pytest.MonkeyPatch, respond: Callable[[bytes, Callable[[], int]], int | None]
) -> None:
    """Call *respond* with the new name and the call before each exclusive rename; it may return an error number."""
    call = handles._rename_call()
    assert call is not None

    def intercepted(old_in: int, old: bytes, new_in: int, new: bytes, flag: int) -> int:
        code = respond(new, lambda: call(old_in, old, new_in, new, flag))
        if code is None:
            return call(old_in, old, new_in, new, flag)
        ctypes.set_errno(code)
        return -1

    monkeypatch.setattr(handles, "_rename_call", lambda: intercepted)


@contextmanager
def process(script: str, *arguments: str | Path) -> Generator[subprocess.Popen[bytes]]:
    """Run a Python script that prints ``ready`` and ends with its input."""
    started = start(sys.executable, "-c", script, *map(str, arguments), stdin=subprocess.PIPE)
    assert started.stdout is not None
    try:
        assert started.stdout.readline() == b"ready\n"
        yield started
    finally:
        started.communicate()


HOLD_OPEN: Final = "import sys; file = open(sys.argv[1], 'ab'); print('ready', flush=True); sys.stdin.read()"

# One call for each checkpoint with its sidecars.
PROGRESS: Final = [(2, 5), (3, 5), (5, 5)]


def relinked(path: Path, text: str) -> None:
    path.unlink()
    path.symlink_to(text)


NOT_TRIED: Final = "not tried, because an earlier act failed"


def group_failed(reason: str, path: str = FILE) -> tuple[Failure, ...]:
    """Return the failures of a checkpoint that could not be renamed, and of its sidecar."""
    return Failure(path, reason), Failure(path + MD5, NOT_TRIED)


def hard_link(path: Path) -> None:
    path.with_name("mine").hardlink_to(path)


def aside_of(root: Path, link: str) -> Path:
    """Return the temporary path for the new link at *link*, a link in *root*."""
    return root / f".ckpt-scheme-{hashlib.sha256(os.fsencode(link)).hexdigest()[:16]}"


def two_runs(root: Path) -> list[tuple[str, str]]:
    """Make two files and rename each in an operation of its own; return the names."""
    names = [(FILE, FILE_NEW), (f"{DIRECTORY}/epoch=20-step=1.ckpt", f"{DIRECTORY}/epoch-20_step-000001.ckpt")]
    for number, (old, new) in enumerate(names, 1):
        grow(root, [old])
        assert migrate(root) == Report(number=number, done=((old, new),))
    return names
