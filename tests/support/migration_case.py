"""One case of the migration: a few entries of a run folder, and their names afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from migration_trees import File, Manifest, Node

# A neighbour that every migration renames.
SANE: Final = "epoch=40-step=4000.ckpt"

EARLY: Final = ("--delete-old",)
SANE_NEW: Final = "epoch-40_step-004000.ckpt"


@attrs.frozen
class Case:
    """A few names in ``root/<id>/checkpoints/``, and their names after a migration.

    A path that starts with ``/`` is relative to the parent of ``root``. Names without a new name stay.

    Attributes:
        id: The case's id.
        nodes: The entries.
        moves: The new names.
        discards: The names that are in the trash afterwards.
        texts: The new texts of links.
        conflicts: The names that are reported as conflicts.
        arguments: The options of the command line.
    """

    id: str
    nodes: Mapping[str, Node] | Sequence[str]
    moves: Mapping[str, str] = {}
    discards: Sequence[str] = ()
    texts: Mapping[str, str] = {}
    conflicts: Sequence[str] = ()
    arguments: tuple[str, ...] = ()

    def place(self, name: str) -> str:
        return name[1:] if name.startswith("/") else f"root/{self.id}/checkpoints/{name}"

    @property
    def status(self) -> int:
        return 3 if self.conflicts else 0

    @property
    def planted(self) -> dict[str, Node]:
        nodes = self.nodes if isinstance(self.nodes, Mapping) else dict.fromkeys(self.nodes, File())
        return {self.place(name): node for name, node in nodes.items()}

    @property
    def territory(self) -> frozenset[tuple[str, ...]]:
        """The folders of this case alone, each as its first two components."""
        return frozenset(tuple(path.split("/")[:2]) for path in self.planted)

    def own(self, tree: Manifest) -> Manifest:
        return {path: seen for path, seen in tree.items() if tuple(path.split("/")[:2]) in self.territory}
