"""`identify` finds the framework that wrote a folder, by the names in it and in its subfolders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from ckpt_scheme import _grammar
from ckpt_scheme.catalog._folder import Folder, join
from ckpt_scheme.legacy import Reading, Registry
from ckpt_scheme.legacy._identify import inside
from ckpt_scheme.legacy._reading import fitting
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Identification
    from ckpt_scheme.legacy._identify import Tally

ReadFolder: TypeAlias = Callable[[str], Folder]
"""Returns the entries of a folder, or raises `OSError`."""

_MOST_NAMES: Final = 1000  # names in one folder that count as evidence
_MOST_TRIED: Final = 10  # folders that are read until one has names


def readings_of(registry: Registry, name: str, *, is_file: bool) -> tuple[Reading, ...]:
    """Return the readings of a name, for a file without those of directories."""
    readings = registry.readings(name)
    return fitting(readings, is_directory=False) if is_file else readings


def count_inner(tally: Tally, registry: Registry, path: str, names: Iterable[str], read_folder: ReadFolder) -> None:
    """Count the names in the first directory of *names* that is not empty, if they are evidence there (CKS-125).

    Args:
        tally: The counter.
        registry: The formats to read names in.
        path: The folder that the directories are in.
        names: Their names, each with a ``/`` at its end.
        read_folder: Returns the entries of a folder.
    """
    for name in islice(names, _MOST_TRIED):
        try:
            folder = read_folder(join(path, name.rstrip("/")))
        except OSError:
            continue  # a directory that cannot be read decides nothing, and the walk reports it
        readings = registry.readings(name)
        for inner in islice(folder.names, _MOST_NAMES):
            text = name + inner
            found = readings_of(registry, text, is_file=folder.entry_type(inner) == "file")
            tally.add(text, inside(found, readings))
        if folder.names:
            return


def identify(folder: Folder, registry: Registry, read_folder: ReadFolder) -> Identification:
    """Return the framework that wrote the names of *folder* and of its ``checkpoints``, with the evidence."""
    tally = registry.tally()
    directories: list[tuple[str, tuple[Reading, ...]]] = []
    for name, is_file in sorted(_run_names(folder, read_folder)):
        readings = readings_of(registry, name, is_file=is_file)
        tally.add(name, readings)
        if name.endswith("/") and readings:
            directories.append((name, readings))
    found = tally.result()
    undecided = [name for name, readings in directories if found.only(readings) is None]
    count_inner(tally, registry, folder.path, undecided, read_folder)
    return tally.result()


def _run_names(folder: Folder, read_folder: ReadFolder) -> Iterator[tuple[str, bool]]:
    """Yield the names that are evidence, and whether each is that of a file.

    A run id of the scheme is no evidence, because an older format reads it too. Names in the first run count.
    """
    checkpoints = f"{_grammar.CHECKPOINTS}/"
    runs: list[str] = []
    for name in folder.names:
        if not RunId.is_valid(name.rstrip("/")):
            yield name, folder.entry_type(name) == "file"
        elif name.endswith("/"):
            runs.append(name + checkpoints)
    if checkpoints in folder.names:
        runs, inner = [], read_folder(join(folder.path, _grammar.CHECKPOINTS))
        yield from ((checkpoints + one, inner.entry_type(one) == "file") for one in inner.names)
    for path in islice(runs, _MOST_TRIED):
        try:
            inner = read_folder(join(folder.path, path.rstrip("/")))
        except OSError:
            continue  # a run that has no checkpoints or cannot be read decides nothing
        yield from ((path + one, inner.entry_type(one) == "file") for one in islice(inner.names, _MOST_NAMES))
        if inner.names:
            return
