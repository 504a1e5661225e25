"""One case of the migration: a few entries of a run folder, and their names afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from migration_trees import File, Manifest, Node

# A neighbour that any migration renames, whatever else stands beside it.
SANE: Final = "epoch=40-step=4000.ckpt"

EARLY: Final = ("--delete-old",)
SANE_NEW: Final = "epoch-40_step-004000.ckpt"


@attrs.frozen
class Case:
    """A few names in ``root/<id>/checkpoints/``, and what becomes of them.

    A path that starts with ``/`` is one below the directory in which ``root`` is; what is not named stays as it is.

    Attributes:
        id: The case's id.
        nodes: What is there.
        moves: The new names.
        discards: What is found in the trash.
        texts: The new texts of links.
        conflicts: What is reported as a conflict.
        arguments: What is asked for.
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
        """The folders that are the case's own, each as its first two components."""
        return frozenset(tuple(path.split("/")[:2]) for path in self.planted)

    def own(self, tree: Manifest) -> Manifest:
        return {path: seen for path, seen in tree.items() if tuple(path.split("/")[:2]) in self.territory}
