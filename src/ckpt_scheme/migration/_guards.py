"""The guards: the facts about a checkpoint that forbid an act. `docs/migration.md` shows this table to users.

The planner asks for all of them. The executor asks again for those that can change, right before each act.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from ckpt_scheme.migration._model import Entry
from ckpt_scheme.migration._policy import NANOSECONDS

Deed: TypeAlias = Literal["rename a file", "rename a directory", "discard"]
Guard: TypeAlias = Literal["recent", "put back", "open", "unfinished", "hard link", "symlink", "link inside"]

RECENT_NS: Final = 600 * NANOSECONDS  # longer than a writer pauses, and than a network disk hides a write

_ALL: Final = frozenset[Deed](("rename a file", "rename a directory", "discard"))
_DISCARD: Final = frozenset[Deed](("discard",))

GUARDS: Final[Mapping[Guard, frozenset[Deed]]] = {
    # A writer follows the file that it has open through a rename, but finds the next file of a directory by its path.
    "recent": frozenset(("rename a directory", "discard")),
    "put back": _DISCARD,
    "open": _ALL,
    "unfinished": _ALL,
    "hard link": _DISCARD,
    "symlink": _DISCARD,
    "link inside": _DISCARD,
}
"""The acts that each guard forbids."""

_REASONS: Final[Mapping[Guard, str]] = {
    "recent": "it was written to within ten minutes",
    "put back": "it was put back within ten minutes",
    "open": "a process has it open for writing",
    "unfinished": "a name beside it says that it is unfinished",
    "hard link": "it has another name (a hard link)",
    "symlink": "the link {} leads to it",
    "link inside": "there is a link in it",
}


def deed_of(kind: str, *, is_discard: bool) -> Deed:
    """Return the act that moves an entry of this kind."""
    if is_discard:
        return "discard"
    return "rename a directory" if kind == "directory" else "rename a file"


def objection(
    deed: Deed,
    entry: Entry,
    *,
    is_recent: bool = False,
    is_put_back: bool = False,
    is_whole: bool = True,
    link: str | None = None,
    has_link: bool = False,
) -> str | None:
    """Return the reason why a guard forbids to do *deed* to *entry*, or None.

    Args:
        deed: The act.
        entry: The entry.
        is_recent: Whether it was written to within `RECENT_NS`.
        is_put_back: Whether it, unlike others of its run, was moved or restored within `RECENT_NS`.
        is_whole: Whether no name beside it says that it is unfinished.
        link: The path of a symlink that leads to it.
        has_link: Whether there is a symlink in it.
    """
    facts: dict[Guard, bool] = {
        "symlink": link is not None,
        "link inside": has_link,
        "hard link": entry.links > 1,
        "open": entry.written,
        "unfinished": not is_whole,
        "recent": is_recent,
        "put back": is_put_back,
    }
    return next((_REASONS[guard].format(link) for guard in facts if facts[guard] and deed in GUARDS[guard]), None)
