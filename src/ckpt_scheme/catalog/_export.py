"""`exported` writes a catalog to a new file, or updates the catalog in an old file."""

from __future__ import annotations

import functools
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, final

import attrs

from ckpt_scheme.catalog._arrow import Parquet
from ckpt_scheme.catalog._files import replaced
from ckpt_scheme.catalog._forms import Csv, Form, JsonLines, Sqlite, not_a_catalog
from ckpt_scheme.catalog._model import Run
from ckpt_scheme.catalog._rows import CatalogForm, Exported, Row, rows, storable
from ckpt_scheme.errors import FieldError

_FORMS: Final[Mapping[CatalogForm, Callable[[], Form]]] = {
    "parquet": Parquet,
    "csv": Csv,
    "jsonl": JsonLines,
    "sqlite": Sqlite,
}


def exported(
    runs: Iterable[Run], path: str, roots: Iterable[str], form: CatalogForm | None, unreadable: Iterable[str]
) -> Exported:
    """Write a catalog; see `ckpt_scheme.catalog.export`."""
    made = _FORMS[_form(path, form)]()
    target = Path(os.path.realpath(path))  # `Path.resolve` raises no `OSError` for a loop of links
    old = _old(target, made)
    written, kept = 0, 0

    @functools.cache
    def staying() -> _Staying:
        # Called after the last run, when *unreadable* is complete.
        return _Staying(tuple(map(_stored, roots)), tuple(map(_stored, unreadable)))

    def counted() -> Iterator[Row]:
        nonlocal written
        for row in rows(runs):
            yield row
            written += 1

    def keeps(root: str | None, path: str | None) -> bool:
        nonlocal kept
        stays = staying().stays(root or "", path or "")
        kept += stays
        return stays

    with replaced(target) as beside:
        try:
            made.write(str(beside), counted(), old, keeps)
        except sqlite3.Error as error:
            raise OSError(None, str(error), path) from error
    return Exported(written, kept)


@final
@attrs.frozen
class _Staying:
    """Decides which rows of a catalog an export leaves as they are.

    Args:
        roots: The roots whose rows are written anew.
        unreadable: The folders that could not be read, so that the checkpoints in them may still exist.
    """

    _roots: tuple[str, ...]
    _unreadable: tuple[str, ...]

    def stays(self, root: str, path: str) -> bool:
        """Return whether the row with this root and this path stays."""
        if any(root == one or path.startswith(_folder(one)) for one in self._unreadable):
            return True
        return not any(one in (root, path) or path.startswith(_folder(one)) for one in self._roots)


def _stored(text: str) -> str:
    return storable(text) or ""


def _folder(path: str) -> str:
    return f"{path.rstrip('/')}/"


def _form(path: str, form: CatalogForm | None) -> CatalogForm:
    given = path.rpartition(".")[2].lower() if "." in path else ""
    found: CatalogForm | None = next((one for one in _FORMS if one == (form or given)), None)
    if found is None:
        expected = f"a name that ends in .{', .'.join(_FORMS)}, or one of these as the form"
        raise FieldError("path of a catalog", path if form is None else form, expected)
    return found


def _old(path: Path, form: Form) -> str | None:
    """Return *path* if a catalog is there, or None if there is no file or an empty one.

    Raises:
        OperationError: If a file of other content, or a directory, is there.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise not_a_catalog(str(path), "it is no file")
    if not status.st_size:
        return None
    form.check(str(path))
    return str(path)
