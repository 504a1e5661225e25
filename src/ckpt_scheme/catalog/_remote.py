"""`Remote`: the folders of a file system behind a URL. fsspec is imported on first use."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, final

import attrs

from ckpt_scheme.catalog._folder import UNKNOWN, Folder, Link, known, nanoseconds
from ckpt_scheme.errors import FieldError, OperationError

_TIMES: Final = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")


def opened(url: str) -> Remote:
    """Return the file system behind *url* as a source of folders.

    Raises:
        FieldError: If fsspec knows no file system for it.
        OperationError: If fsspec, or the package for this file system, is not installed.
    """
    try:
        core = importlib.import_module("fsspec.core")
    except ImportError:
        raise OperationError(f"{url}: fsspec is not installed; pip install 'ckpt-scheme[remote]'") from None
    try:
        files, inside = core.url_to_fs(url)
    except ImportError as error:
        raise OperationError(f"{url}: {error}") from error
    except ValueError as error:
        raise FieldError("root", url, f"a URL that fsspec knows: {error}") from error
    return Remote(files, url.rstrip("/"), str(inside).rstrip("/"))


@final
@attrs.frozen
class Remote:
    """A file system of fsspec as a source of folders. Each folder is one request, and no cache answers it.

    Args:
        files: The file system.
        url: The root, as the user gave it.
        inside: The root, as the file system names it.
    """

    _files: Any
    _url: str
    _inside: str

    def folder(self, path: str) -> Folder:
        """Return the entries of a folder, with their sizes and times.

        Raises:
            OSError: If it cannot be read.
        """
        inside = self._inside_of(path)
        with _as_os_errors(path):
            found: list[dict[str, Any]] = self._files.ls(inside, detail=True, refresh=True)
        entries: dict[str, dict[str, Any]] = {}
        links: dict[str, Link] = {}
        for entry in found:
            whole = str(entry["name"]).rstrip("/")
            name = whole.rpartition("/")[2]
            if whole.strip("/") == inside.strip("/"):
                if len(found) == 1 and entry["type"] != "directory" and not str(entry["name"]).endswith("/"):
                    raise NotADirectoryError(None, "not a directory", path)
                continue  # some stores hold an object that stands for the folder
            if entry.get("islink"):
                target = entry.get("destination")
                links[name] = Link(target.decode() if isinstance(target, bytes) else target)
            elif entry["type"] == "directory":
                name += "/"
            entries[name] = entry
        folder = Folder(path, entries, links)
        for place, name in enumerate(folder.names):
            folder.measure(place, 0 if name in links else _size(entries[name]), _time(entries[name]))
        return folder

    def exists(self, path: str) -> bool:
        """Return whether a file or a folder is at *path*.

        Raises:
            OSError: If the file system does not answer.
        """
        with _as_os_errors(path):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._inside_of(path)))

    def _inside_of(self, path: str) -> str:
        return self._inside + path[len(self._url) :]

    def measure(self, folder: Folder, place: int) -> tuple[int, int]:
        """Return the size and the time of an entry, as they were listed."""
        return folder.size(place), folder.time(place)


@contextlib.contextmanager
def _as_os_errors(path: str) -> Generator[None]:
    """Raise `OSError` for the errors of the client of a file system, which have no common class."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(None, f"{type(error).__name__}: {error}", path) from error


def _size(entry: Mapping[str, Any]) -> int:
    size = entry.get("size")
    return known(size) if isinstance(size, int) and entry["type"] != "directory" else UNKNOWN


def _time(entry: Mapping[str, Any]) -> int:
    """Return the time of the last write, for which each file system has its own name and form."""
    value = next((entry[key] for key in _TIMES if entry.get(key) is not None), None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return UNKNOWN
    if isinstance(value, datetime):
        return nanoseconds(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
    return known(int(value * 10**9)) if isinstance(value, (int, float)) else UNKNOWN
