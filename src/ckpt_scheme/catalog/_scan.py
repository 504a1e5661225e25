"""`Scan` walks through folders: it judges each folder on entering it, and yields each run after leaving its folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import attrs

from ckpt_scheme import _grammar, run_id
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog._contents import Contents
from ckpt_scheme.catalog._folder import UNKNOWN, Folder, OnError, Source, Visit, as_datetime, join, visits
from ckpt_scheme.catalog._model import Run
from ckpt_scheme.catalog._run import OpenRun, made
from ckpt_scheme.legacy import CANONICAL, Registry
from ckpt_scheme.run_id import RunArchive, RunId


@final
@attrs.frozen
class _State:
    """A folder that the walk is in.

    Attributes:
        contents: Its entries, or None if it is part of a checkpoint.
        checkpoint: The checkpoint directory that it is or is in, as a folder and a place in that folder; or None.
    """

    contents: Contents | None
    checkpoint: tuple[Folder, int] | None


@final
class Scan:
    """A walk that yields the runs below a root.

    Args:
        source: The place that folders are read from.
        root: The path of the first folder.
        location: The absolute path of the first folder, which may be inside a run.
        registry: The formats to read names in.
        framework: The framework that wrote the names, if it is known.
        on_error: Called with each folder that cannot be read.
        recursive: Whether to enter the folders below the root.
    """

    def __init__(
        self,
        source: Source,
        root: str,
        location: str,
        registry: Registry,
        framework: str | None,
        on_error: OnError,
        *,
        recursive: bool,
    ) -> None:
        self._source = source
        self._root = root.rstrip("/") or root[:1]
        self._location = location
        self._registry = registry
        self._framework = framework
        self._on_error = on_error
        self._recursive = recursive
        self._open: list[OpenRun] = []  # the outermost first

    def runs(self) -> Iterator[Run]:
        """Yield the runs, each when the walk has left its folder."""
        states: list[_State] = []
        for visit in visits(self._source, self._root, self._on_error, recursive=self._recursive):
            yield from self._left(visit.depth)
            del states[visit.depth :]
            above = states[-1] if states else _State(None, None)
            inside = above.checkpoint
            if inside is None and above.contents is not None and visit.place is not None:
                is_checkpoint = above.contents.is_checkpoint(visit.place)
                inside = (above.contents.folder, visit.place) if is_checkpoint else None
            if inside is not None:
                states.append(_State(None, inside))
                self._enter_checkpoint(visit, *inside)
                continue
            if not (visit.depth or visit.is_whole):
                return
            contents = Contents(visit.folder, self._registry, self._framework, self._source.folder)
            states.append(_State(contents, None))
            if above.contents is not None and visit.place is not None and len(contents):
                above.contents.drop_unread(visit.place)
            self._enter(contents, visit.depth, is_whole=visit.is_whole)
            if self._framework in (None, CANONICAL):
                yield from (self._archive(visit.folder, place) for place in contents.archives)
        yield from self._left(0)

    def _enter(self, contents: Contents, depth: int, *, is_whole: bool) -> None:
        folder = contents.folder
        for place in contents.places():
            if not folder.names[place].endswith("/"):
                folder.measure(place, *self._source.measure(folder, place))
        is_run = run_id._read(self._located(folder.path).rpartition("/")[2]) is not None
        is_part = bool(len(contents) or contents.unread)
        if is_part or is_run:
            run = self._run_around(folder.path, depth)
            if is_part:
                run.parts.append(contents)
        if not is_whole:
            self._unreadable(folder.path)

    def _enter_checkpoint(self, visit: Visit, above: Folder, place: int) -> None:
        """Add the files of a checkpoint directory to its size. A file in it that ends in ``.ckpt`` counts alone."""
        folder = visit.folder
        above.add(place, 0 if visit.is_whole else UNKNOWN, UNKNOWN)
        if not visit.is_whole:
            self._unreadable(folder.path)
        own: list[str] = []
        for inner, name in enumerate(folder.names):
            if name.endswith("/"):
                continue
            if has_extension(name) and not has_extension(above.names[place]):
                own.append(name)
            else:
                above.add(place, *self._source.measure(folder, inner))
        if own:
            inside = Folder(folder.path, own, folder.links, folder.others)
            contents = Contents(inside, self._registry, self._framework, self._source.folder)
            self._enter(contents, visit.depth, is_whole=True)

    # ----------------------------------------------------------------------------------------------------------------

    def _located(self, path: str) -> str:
        return self._location + path[len(self._root) :] if self._root != "/" else path

    def _run_around(self, path: str, depth: int) -> OpenRun:
        """Return the run that the folder *path* belongs to, and open it if it is not open."""
        location = self._located(path)
        parts = location.split("/")
        at, value = _run_among(parts)
        levels = len(parts) - 1 - at
        below = "/".join(parts[at:])
        if levels <= depth:
            found = path.rsplit("/", levels)[0]
        else:  # a scan that begins inside a run may know the run by its location alone
            shown = path if path == below or path.endswith(f"/{below}") else location
            found = shown[: len(shown) - len(below)] + parts[at]
        for run in self._open:
            if run.path == found:
                return run
        run = OpenRun(found, max(0, depth - levels), value)
        self._open.append(run)
        self._open.sort(key=lambda one: one.depth)
        return run

    def _unreadable(self, path: str) -> None:
        if self._open:
            self._open[-1].unreadable.append(path)

    def _left(self, depth: int) -> Iterator[Run]:
        """Yield the runs that a walk that is now at *depth* has left."""
        while self._open and self._open[-1].depth >= depth:
            run = self._open.pop()
            if run.parts or run.unreadable:
                for outer in self._open:
                    outer.has_inner = True
            is_empty = not run.parts and (run.has_inner or self._framework is not None)
            if run.parts or run.unreadable or not is_empty:
                yield made(run, self._root, self._registry, self._framework, self._source.folder)

    def _archive(self, folder: Folder, place: int) -> Run:
        name = folder.names[place]
        archive = RunArchive.parse(name)
        size, time_ns = self._source.measure(folder, place)
        return Run(
            path=join(folder.path, name),
            root=self._root,
            run=archive.run,
            archive=archive,
            size=max(size, 0),
            modified=as_datetime(time_ns),
        )


def _run_among(parts: list[str]) -> tuple[int, RunId | None]:
    """Return the place of the folder of a run in a path, and its value if the scheme names it."""
    for index in reversed(range(len(parts))):
        run = run_id._read(parts[index])
        if run is not None:
            return index, run
    folders = [index for index, part in enumerate(parts) if part == _grammar.CHECKPOINTS and index > 0]
    return (folders[-1] if folders else len(parts)) - 1, None
