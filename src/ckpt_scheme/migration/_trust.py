"""`Trust`: the users whose entries in a state directory are obeyed, and the permissions that let a group work there."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Sequence
from typing import final

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._model import JOURNAL


@final
class Trust:
    """Decides whether the caller trusts the entries of the state directory below a root.

    The caller trusts root, themselves and, in a root that a group shares, the other members of their group. Root trusts
    only root: the group may write to its directories and its lock, but not to its journals.

    Args:
        root: The absolute path of the root.
        handle: A handle of it, which stays open.
        trusts_all: Whether every user is trusted.
    """

    def __init__(self, root: str, handle: int, *, trusts_all: bool) -> None:
        self._root = root
        self._handle = handle
        self._trusts_all = trusts_all

    def is_shared(self) -> bool:
        """Return whether a group shares the root: the group may write to it, and not every user."""
        return os.fstat(self._handle).st_mode & 0o022 == stat.S_IWGRP

    def share(self, path: str, above: int) -> None:
        """Let the group of a shared root write to an entry of the state directory that was just made.

        Only root and the members of the group can do that. The group may only read a journal of root.
        """
        group, me = os.fstat(self._handle).st_gid, os.geteuid()
        if not self.is_shared() or not (me == 0 or _is_member(group)):
            return
        name = path.rpartition("/")[2]
        os.chown(name, -1, group, dir_fd=above, follow_symlinks=False)
        mode = stat.S_IMODE(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
        given = stat.S_IRUSR if me == 0 and _is_record(path) else stat.S_IRWXU
        os.chmod(name, mode | (mode & given) >> 3, dir_fd=above)  # also under a strict umask

    def check(self, path: str, status: os.stat_result) -> None:
        """Raise if a user who is not trusted may have written an entry of the state directory.

        Args:
            path: Its path below the root.
            status: Its status.

        Raises:
            OperationError: If another user may have written it.
        """
        if self._trusts_all:
            return
        group, me = os.fstat(self._handle).st_gid, os.geteuid()
        is_ours = self.is_shared() and status.st_gid == group and (me != 0 or not _is_record(path))
        where = f"{self._root}/{path}"
        if status.st_uid not in (0, me) and not (is_ours and _is_member(group)):
            reason, remedy = f"user {status.st_uid} made it", f"move {where} away"
        elif status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not is_ours):
            reason = "other users may write to it"
            remedy = f"take the permission away: chmod go-w {shlex.quote(where)}"
        else:
            return
        raise OperationError(
            f"{where} is not to be trusted: {reason}, and a journal in it may name any file."
            f" If you trust these users, pass --trust-state; else {remedy}."
        )

    def missing_permission(self, paths: Sequence[str]) -> str:
        """Return the error for a caller who may not write to one of *paths*, with the command that helps.

        Args:
            paths: The state directory and what is in it, as paths below the root.
        """
        state = paths[0]
        places = [place for path in paths if os.path.lexists(place := f"{self._root}/{path}")] or [self._root]
        for place in places:
            needed = os.W_OK | (os.X_OK if os.path.isdir(place) else 0)
            if os.lstat(place).st_uid == os.geteuid() and not os.access(place, needed, effective_ids=True):
                return f"you own {place} but may not write to it: chmod u+rwX {shlex.quote(place)}"
        where = f"{self._root}/{state}"
        lacking = where if os.path.lexists(where) else self._root
        owner, group = os.lstat(lacking).st_uid, os.fstat(self._handle).st_gid
        state_text, root_text = shlex.quote(where), shlex.quote(self._root)
        share = f"chgrp -R {group} {state_text} && chmod -R g+rwX {state_text}"
        if lacking == self._root:
            share = f"chmod g+w {root_text}"
        elif not self.is_shared():
            share += f" && chmod g+w {root_text}"
        return (
            f"user {os.geteuid()} may not write to {lacking}, which belongs to user {owner}."
            f" Run it as that user, or let the members of group {group} write there: {share}"
        )


def _is_member(group: int) -> bool:
    """Return whether the caller is a user other than root in *group*."""
    return os.geteuid() != 0 and group in (os.getegid(), *os.getgroups())


def _is_record(path: str) -> bool:
    """Return whether *path* is that of a journal, whose acts are obeyed."""
    return path.startswith(f"{JOURNAL}/")
