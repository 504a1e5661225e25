"""The commands ``ls`` and ``check``: names that are found in directories."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal

import click

from ckpt_scheme._cli import decoding, foreign, output, rows, scan, shared, streams
from ckpt_scheme.errors import SchemeError, SelectionWarning

if TYPE_CHECKING:
    from ckpt_scheme._cli.terminal import Progress

_BLOCK: Final = 1000  # rows whose columns are measured together


class _Walk:
    """What a walk prints: lines, complaints about directories and, on a terminal, how far it is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.printer = streams.Printer(self.clear)

    def listings(self, root: str, look: scan.Look | None = None) -> Iterator[scan.Listing]:
        return scan.walk(root, seen=self._seen, unreadable=self._unreadable, look=look)

    def refused(self, path: str, error: SchemeError) -> None:
        self.printer.complain(f"{output.escaped(path)}: {error}")

    def warned(self, path: str, warning: SelectionWarning) -> None:
        self.printer.note(f"{output.escaped(path)}: {warning}")

    def clear(self) -> None:
        if self._progress is not None:
            self._progress.clear()

    def _seen(self, directories: int, checkpoints: int) -> None:
        if self._progress is not None:
            self._progress.seen(directories, checkpoints)

    def _unreadable(self, path: str, error: OSError) -> None:
        self.printer.complain(f"cannot read {output.escaped(path)}: {error.strerror}")


@contextlib.contextmanager
def _walk() -> Generator[_Walk]:
    progress: Progress | None = None
    if streams.is_terminal(sys.stderr):
        from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

        progress = terminal.Progress()
    walk = _Walk(progress)
    try:
        yield walk
    finally:
        walk.clear()


@click.command(
    epilog=shared.examples(
        "ckpt-scheme ls outputs",
        "ckpt-scheme ls --latest outputs",
        "ckpt-scheme ls --framework huggingface-trainer --latest --json outputs | jq -r .path",
        "ckpt-scheme ls --best hmean --mode max --json outputs | jq -r .path",
    )
)
@click.argument("roots", metavar="[ROOT]...", nargs=-1)
@click.option("--latest", is_flag=True, help="Only the checkpoint of each directory that is furthest in training.")
@click.option("--best", metavar="METRIC", help="Only the one checkpoint with the best value of METRIC.")
@click.option("--mode", type=click.Choice(["max", "min"]), help="With --best, which value is best.  [default: max]")
@shared.framework_option
@shared.json_option
def ls(
    *,
    roots: tuple[str, ...],
    latest: bool,
    best: str | None,
    mode: Literal["max", "min"] | None,
    framework: str | None,
    as_json: bool,
) -> None:
    """List every run and every checkpoint below each ROOT, by default the working directory.

    A checkpoint is whatever has a name that ends in ".ckpt", in any case, and every file and every directory with the
    name of a checkpoint of some framework; its shards and other parts, unfinished ones, pointers and sidecars are none.
    A run is the nearest directory above that is named by the scheme, or else the one above "checkpoints". No link is
    followed.

    A name is canonical if it is in the scheme, legacy if it is not but known, ambiguous if it has several readings and
    unknown if it has none; a "*" follows where the directory is not that of a run's checkpoints. Where a name has
    several readings, the names beside it may decide, and those in the first such directory. A run without any is empty.
    The last column is the canonical name for what a name says. Exits with 1 if a directory cannot be read, or if the
    names in one count different things, of which none is the latest.
    """
    shared.exclusive({"--latest": latest, "--best": best})
    if mode is not None and best is None:
        raise click.UsageError("--mode is for --best")
    wanted = list(streams.texts(roots or ["."]))
    for root in wanted:
        if not scan.is_directory(root):
            raise click.UsageError(f"{output.escaped(root)} is not a directory")
    registry = shared.registry()
    table = output.Table(_paint())
    with _walk() as walk:
        look = foreign.Look(registry)
        listings = itertools.chain.from_iterable(walk.listings(root, look) for root in wanted)
        found = rows.places(listings, registry, scan.entries)
        chosen: Iterable[tuple[rows.Place, foreign.Contents, str | None]]
        if latest:
            chosen = rows.latest(found, registry, walk.refused, walk.warned, framework)
        elif best is not None:
            chosen = rows.best(found, registry, walk.refused, walk.warned, best, mode or "max", framework)
        else:
            chosen = ((place, held, None) for place, held in found)
        for place, held, name in chosen:
            listed = rows.listed(place, held, registry, scan.entries, name)
            if framework is not None:
                listed = rows.written_by(framework, listed)
            while block := list(itertools.islice(listed, _BLOCK)):
                if as_json:
                    walk.printer.line("".join(output.json_line(row.fields()) for row in block))
                else:
                    walk.printer.line(table.block(place.cells(), [row.cells() for row in block]))
                walk.printer.flush()
    shared.close(walk.printer)


def _paint() -> output.Paint:
    if streams.is_terminal(sys.stdout):
        from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

        return terminal.Paint()
    return output.plain


@click.command(
    epilog=shared.examples(
        "ckpt-scheme check outputs",
        "ckpt-scheme check epoch=22-step=1932.ckpt",
        "git ls-files | ckpt-scheme check -",
    )
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@shared.json_option
def check(*, paths: tuple[str, ...], as_json: bool) -> None:
    """Print what is wrong with the names and the paths of checkpoints.

    A PATH that ends in ".ckpt", in any case, is judged and need not exist; without "/" only as a name. A directory is
    searched for such paths, and any other file passed over. Exits with 1 if anything does not conform.
    """
    for path in paths:
        if path != streams.STDIN and not _is_checkpoint(path) and not scan.exists(path):
            raise click.UsageError(f"{output.escaped(path)} is neither there nor the name of a checkpoint")
    registry = shared.registry()
    with _walk() as walk:
        for path, location in _found(walk, streams.texts(paths)):
            error = decoding.violation(path, location, registry)
            if error is None:
                continue
            walk.printer.status = 1
            if as_json:
                walk.printer.line(output.json_line({"path": path, "error": output.error_fields(error)}))
            else:
                walk.printer.line(f"{output.escaped(path)}: {output.visible(str(error))}\n")
        walk.printer.flush()
    shared.close(walk.printer)


def _is_checkpoint(path: str) -> bool:
    return scan.is_checkpoint(path.rpartition("/")[2])


def _found(walk: _Walk, paths: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the paths of checkpoints as they were given or found, each with its location if it has a directory."""
    for given in paths:
        # A shell that completes the name of a directory ends it with a slash.
        path = given.rstrip("/") or given
        if _is_checkpoint(path):
            yield path, scan.location(path) if "/" in path else None
        elif scan.is_directory(path):
            for listing in walk.listings(path):
                for name in listing.names:
                    yield scan.join(listing.path, name), scan.join(listing.location, name)
