"""The engines in which a glob must mean the same: two for plain text, the others for files."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import importlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePath
from typing import Final, Protocol, TypeAlias, final

import attrs

# --------------------------------------------------------------------------------------------------------------------
# Text.


def fnmatch_matched(texts: Iterable[str], globs: Iterable[str]) -> set[str]:
    """Return those of *texts* that `fnmatch` matches with at least one of *globs*: one expression, for speed."""
    # Without an alternative, the expression would match the empty text; this one matches no text.
    return set(filter(re.compile("|".join(map(fnmatch.translate, globs)) or "(?!)").match, texts))


def sqlite_matched(texts: Iterable[str], globs: Iterable[str]) -> set[str]:
    """Return those of *texts* that SQLite's GLOB matches with at least one of *globs*.

    SQLite reads a text up to its first NUL, so it gets no text with NUL.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE texts (text TEXT)")
        database.execute("CREATE TABLE globs (glob TEXT)")
        database.executemany("INSERT INTO texts VALUES (?)", ((text,) for text in texts))
        database.executemany("INSERT INTO globs VALUES (?)", ((pattern,) for pattern in globs))
        query = "SELECT text FROM texts WHERE EXISTS (SELECT 1 FROM globs WHERE text GLOB glob)"
        return {text for (text,) in database.execute(query)}


# --------------------------------------------------------------------------------------------------------------------
# Files.


class _FileSystem(Protocol):
    def glob(self, path: str) -> list[str]: ...
    def pipe(self, path: dict[str, bytes]) -> None: ...


def _fsspec(protocol: str) -> _FileSystem:
    # fsspec has no types; the protocol above declares the methods in use.
    file_system: _FileSystem = importlib.import_module("fsspec").filesystem(protocol)
    return file_system


@final
@attrs.frozen
class Tree:
    """Empty files below a directory and, under the same paths, in fsspec's memory file system."""

    directory: Path
    texts: frozenset[str]

    @classmethod
    def grow(cls, directory: Path, texts: Iterable[str]) -> Tree:
        """Make a file, and its parents, for each of *texts* that the operating system allows."""
        for text in texts:
            file = directory / text
            # The system decides which names are allowed; the code below reads the tree back.
            with contextlib.suppress(OSError, ValueError):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
        made = [Path(parent, name) for parent, _, names in os.walk(directory) for name in names]
        _fsspec("memory").pipe({file.as_posix(): b"" for file in made})
        return cls(directory, frozenset(file.relative_to(directory).as_posix() for file in made))


FileEngine: TypeAlias = Callable[[Tree, Sequence[str]], set[str]]


def _glob_module(tree: Tree, globs: Sequence[str]) -> set[str]:
    found = (path for pattern in globs for path in glob.glob(pattern, root_dir=tree.directory))  # noqa: PTH207 - an engine of its own
    return {PurePath(path).as_posix() for path in found}


def _pathlib(tree: Tree, globs: Sequence[str]) -> set[str]:
    return {path.relative_to(tree.directory).as_posix() for pattern in globs for path in tree.directory.glob(pattern)}


def _fsspec_glob(protocol: str) -> FileEngine:
    def engine(tree: Tree, globs: Sequence[str]) -> set[str]:
        file_system, base = _fsspec(protocol), tree.directory.as_posix()
        found = (path for pattern in globs for path in file_system.glob(f"{base}/{pattern}"))
        return {path.removeprefix(f"{base}/") for path in found}

    return engine


def _find(option: str, prefix: str) -> FileEngine:
    def engine(tree: Tree, globs: Sequence[str]) -> set[str]:
        if not globs:  # `find` has no empty alternative
            return set()
        tests = [argument for pattern in globs for argument in ("-o", option, prefix + pattern)][1:]
        return _output_of(["find", ".", "-type", "f", "(", *tests, ")", "-print0"], tree)

    return engine


def _sh(tree: Tree, globs: Sequence[str]) -> set[str]:
    # An empty IFS keeps a blank in a glob from splitting it. A glob without a match stands for itself, and is no file.
    script = """IFS=; for glob in "$@"; do printf '%s\\0' $glob; done"""
    return _output_of(["sh", "-c", script, "sh", *globs], tree) & tree.texts


def _output_of(command: list[str], tree: Tree) -> set[str]:
    done = subprocess.run(command, cwd=tree.directory, check=True, capture_output=True)  # noqa: S603 - the test's own
    return {os.fsdecode(path).removeprefix("./") for path in done.stdout.split(b"\0") if path}


_EVERYWHERE: Final[dict[str, FileEngine]] = {
    "glob": _glob_module,
    "pathlib": _pathlib,
    "fsspec-local": _fsspec_glob("local"),
    "fsspec-memory": _fsspec_glob("memory"),
}
# On Windows, `find` is another program.
_ON_POSIX: Final[dict[str, FileEngine]] = (
    {"find-path": _find("-path", "./"), "sh": _sh} if os.name == "posix" and shutil.which("find") else {}
)

PATH_ENGINES: Final[dict[str, FileEngine]] = _EVERYWHERE | _ON_POSIX
NAME_ENGINES: Final[dict[str, FileEngine]] = PATH_ENGINES | ({"find-name": _find("-name", "")} if _ON_POSIX else {})
