"""The source that a root is read from: a local disk, a file system of fsspec, or a listing."""

from __future__ import annotations

import os

from ckpt_scheme import _coerce
from ckpt_scheme.catalog import _local
from ckpt_scheme.catalog._folder import Source
from ckpt_scheme.catalog._listing import Listing


def opened(root: str | os.PathLike[str] | Listing) -> tuple[Source, str, str]:
    """Return the source that *root* is read from, its path there, and the same as an absolute path."""
    if isinstance(root, Listing):
        return root, root.root, root.root
    path = _coerce.path_text("root", root, requirement=None)
    if _local.is_url(path):
        from ckpt_scheme.catalog import _remote  # noqa: PLC0415 - only URLs need fsspec

        return _remote.opened(path), path, path
    path = path.removeprefix(_local.FILE)
    return _local.Disk(), path, _local.location(path)
