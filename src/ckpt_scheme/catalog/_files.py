"""`replaced` replaces a file by a new file once that is complete."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def replaced(path: Path) -> Generator[Path]:
    """Yield a new, empty file beside *path*; it replaces *path* at the end, and is removed after an error.

    It has the mode of the file that it replaces. *path* is no symlink.

    Raises:
        OSError: If the file cannot be made or replaced.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.touch(exist_ok=False)
    try:
        with contextlib.suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
