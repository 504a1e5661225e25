"""What is found in a directory: whoever reads directories and whoever reads names say it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, final

import attrs

if TYPE_CHECKING:
    from ckpt_scheme.legacy import Reading

Entry: TypeAlias = Literal["file", "directory", "link"]


@final
@attrs.frozen
class Foreign:
    """An entry that is no ``.ckpt`` and whose name somebody's format reads.

    Attributes:
        name: Its name, with a ``/`` at its end if it is a directory.
        readings: The readings that such an entry can have.
        is_whole: Whether it is a checkpoint, by some reading, and no part or marker of one.
        is_plain: Whether it is no file, and its name is a bare number, a bare word or anybody's own text, of which it
            takes more to believe that it is a checkpoint.
    """

    name: str
    readings: tuple[Reading, ...]
    is_whole: bool
    is_plain: bool

    @property
    def encloses(self) -> bool:
        """Whether what is in it can only be parts of it."""
        return self.is_whole and not self.is_plain and self.name.endswith("/")
