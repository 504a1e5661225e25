"""The command ``check``: a linter for names and paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import final

import attrs
import click

from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.catalog import _judge, _local
from ckpt_scheme.catalog._folder import has_extension, join, visits


@final
@attrs.frozen
class _Walk:
    """A walk that yields names and complains about folders.

    Args:
        printer: The printer of the complaints.
        seen: Called with the number of folders and of names that the walk has seen since the last call.
    """

    printer: streams.Printer
    seen: Callable[[int, int], None]

    def paths(self, root: str) -> Iterator[tuple[str, str]]:
        """Yield the path of each name below *root* that ends in ``.ckpt``, as the user knows it and absolute."""
        walk = visits(_local.Disk(), root, self._unreadable, enters=lambda name: not has_extension(name))
        location = _local.location(root)
        for visit in walk:
            path = visit.folder.path
            names = [name.rstrip("/") for name in visit.folder.names if has_extension(name)]
            self.seen(1, len(names))
            where = location + path[len(root.rstrip("/")) :] if root != "/" else path
            yield from ((join(path, name), join(where, name)) for name in names)

    def _unreadable(self, path: str, error: Exception) -> None:
        self.printer.complain(output.unreadable(path, error))


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
        if path != streams.STDIN and not _is_checkpoint(path) and not _local.exists(path):
            raise click.UsageError(f"{output.escaped(path)} is neither there nor the name of a checkpoint")
    registry = shared.registry()
    with streams.progress("folders") as progress:
        printer = streams.Printer(progress.clear)
        walk = _Walk(printer, progress.seen)
        for path, location in _found(walk, streams.texts(paths)):
            error = _judge.violation(path, location, registry)
            if error is None:
                continue
            printer.status = 1
            if as_json:
                printer.line(output.json_line({"path": path, "error": output.error_fields(error)}))
            else:
                printer.line(f"{output.escaped(path)}: {output.visible(str(error))}\n")
        printer.flush()
    shared.close(printer)


def _is_checkpoint(path: str) -> bool:
    return has_extension(path.rpartition("/")[2])


def _found(walk: _Walk, paths: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the paths of checkpoints as they were given or found, each with its location if it has a directory."""
    for given in paths:
        # A shell that completes the name of a directory ends it with a slash.
        path = given.rstrip("/") or given
        if _is_checkpoint(path):
            yield path, _local.location(path) if "/" in path else None
        elif _local.is_directory(path):
            yield from walk.paths(path)
