"""The command line of the migration on real trees, one test for each case that is known to go wrong somewhere.

Most cases are a few names in a run folder of their own, and all those that share their arguments and their exit status
share a root: previewed, planned, applied, applied again, and undone once. The rest has a root of its own.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from cli_trees import on_terminal, start
from migration_trees import (
    STATE,
    Done,
    File,
    Folder,
    Hard,
    Link,
    Manifest,
    Node,
    Pipe,
    begin,
    ckpt,
    contents,
    difference,
    finish,
    grow,
    immutable,
    manifest,
    moved,
    need,
    side_by_side,
)

EARLY: Final = ("--delete-old",)
# A neighbour that any migration renames, whatever else stands beside it.
SANE: Final = "epoch=40-step=4000.ckpt"
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


CASES: Final = (
    # What a migration is for.
    Case(
        "A01",
        (
            "epoch=12-step=100.ckpt",
            "epoch_13_step_000200.ckpt",
            "epoch_epoch_14_step_step_000300_20251009_015037.ckpt",
        ),
        {
            "epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt",
            "epoch_13_step_000200.ckpt": "epoch-13_step-000200.ckpt",
            "epoch_epoch_14_step_step_000300_20251009_015037.ckpt": "epoch-14_step-000300.ckpt",
        },
    ),
    Case(
        "A02",
        ("epoch-22_step-001932.ckpt", "epoch-22_step-001932_hmean-0.8756.ckpt", "epoch-22_step-001932_v2.ckpt"),
    ),
    Case("A03", ("last.ckpt", "best.ckpt", "best-hmean-0.8920.ckpt", "best_v2.ckpt")),
    Case("A04", ("epoch=123-step=12345678.ckpt",), {"epoch=123-step=12345678.ckpt": "epoch-123_step-12345678.ckpt"}),
    Case(
        "A06",
        ("/root/A06/epoch=12-step=100.ckpt", "/root/A06/logs/epoch=12-step=100.ckpt", "/root/epoch=1-step=1.ckpt"),
    ),
    Case(
        "A07",
        (
            "epoch=12-step=100.ckpt.tmp",
            "epoch=12-step=100.ckpt.part",
            ".epoch=12-step=100.ckpt.swp",
            "epoch=12-step=100.pt",
            "best_k_models.yaml",
            SANE,
        ),
        {SANE: SANE_NEW},
    ),
    Case(
        "A08",
        ("epoch=0-step=10.ckpt", "epoch_03_step_000040.ckpt", "epoch_epoch_04_step_step_000050_20251009_015037.ckpt"),
        {
            "epoch=0-step=10.ckpt": "epoch-00_step-000010.ckpt",
            "epoch_03_step_000040.ckpt": "epoch-03_step-000040.ckpt",
            "epoch_epoch_04_step_step_000050_20251009_015037.ckpt": "epoch-04_step-000050.ckpt",
        },
    ),
    Case("A09", {"epoch=12-step=100.ckpt": File(b"")}, {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"}),
    # Two names that want one.
    Case(
        "B01",
        ("epoch=12-step=100.ckpt", "epoch-12_step-000100.ckpt", SANE),
        {SANE: SANE_NEW},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B02",
        {"epoch=12-step=100.ckpt": File(b"same"), "epoch-12_step-000100.ckpt": File(b"same")},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B03",
        ("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt", SANE),
        {SANE: SANE_NEW},
        conflicts=("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt"),
    ),
    Case(
        "B04",
        (
            "epoch=12-step=100.ckpt",
            "epoch_12_step_000100.ckpt",
            "epoch_epoch_12_step_step_000100_20251009_015037.ckpt",
        ),
        conflicts=(
            "epoch=12-step=100.ckpt",
            "epoch_12_step_000100.ckpt",
            "epoch_epoch_12_step_step_000100_20251009_015037.ckpt",
        ),
    ),
    Case(
        "B05",
        ("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt", "epoch-12_step-000100.ckpt"),
        conflicts=("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt"),
    ),
    Case(
        "B06",
        ("epoch=12-step=100.ckpt", "epoch=12-step=100-v1.ckpt", "epoch=12-step=100-v2.ckpt"),
        {
            "epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt",
            "epoch=12-step=100-v1.ckpt": "epoch-12_step-000100_v1.ckpt",
            "epoch=12-step=100-v2.ckpt": "epoch-12_step-000100_v2.ckpt",
        },
    ),
    Case(
        "B07",
        (
            "epoch=12-step=100.ckpt",
            "epoch=12-step=100-val_loss=0.123.ckpt",
            "epoch_12_step_000100_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
        ),
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        conflicts=(
            "epoch=12-step=100-val_loss=0.123.ckpt",
            "epoch_12_step_000100_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",
        ),
    ),
    Case(
        "B08-source",
        ("epoch=12-step=100.ckpt", "Epoch=12-Step=100.ckpt", SANE),
        {SANE: SANE_NEW},
        conflicts=("epoch=12-step=100.ckpt", "Epoch=12-Step=100.ckpt"),
    ),
    Case(
        "B08-target",
        ("epoch=12-step=100.ckpt", "EPOCH-12_step-000100.ckpt"),
        conflicts=("epoch=12-step=100.ckpt", "EPOCH-12_step-000100.ckpt"),
    ),
    Case(
        "B09",
        {"epoch=12-step=100.ckpt": File(), "epoch-12_step-000100.ckpt": Link("/offline/disk/epoch.ckpt")},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B10",
        {"epoch=12-step=100.ckpt": File(), "epoch-12_step-000100.ckpt": Folder()},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B11",
        ("epoch=12-step=100.ckpt", "epoch-12_step-000100.ckpt/weights.bin"),
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B12",
        {"epoch=12-step=100.ckpt/weights.bin": File(), "epoch-12_step-000100.ckpt": Folder()},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "B13",
        (
            "epoch_epoch_12_step_step_000100_20251009_015037.ckpt",
            "epoch_epoch_12_step_step_000100_20251010_015037.ckpt",
        ),
        conflicts=(
            "epoch_epoch_12_step_step_000100_20251009_015037.ckpt",
            "epoch_epoch_12_step_step_000100_20251010_015037.ckpt",
        ),
    ),
    Case(
        "B14-kinds",
        ("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt/weights.bin"),
        conflicts=("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt"),
    ),
    Case(
        "B14-padding",
        ("epoch=12-step=100.ckpt", "epoch=012-step=0100.ckpt"),
        conflicts=("epoch=12-step=100.ckpt", "epoch=012-step=0100.ckpt"),
    ),
    Case(
        "B15",
        ("/root/B15.a/checkpoints/epoch=12-step=100.ckpt", "/root/B15.b/checkpoints/epoch=12-step=100.ckpt"),
        {
            "/root/B15.a/checkpoints/epoch=12-step=100.ckpt": "/root/B15.a/checkpoints/epoch-12_step-000100.ckpt",
            "/root/B15.b/checkpoints/epoch=12-step=100.ckpt": "/root/B15.b/checkpoints/epoch-12_step-000100.ckpt",
        },
    ),
    Case(
        "B16",
        (
            "/root/B16.a/checkpoints/epoch=12-step=100.ckpt",
            "/root/B16.a/checkpoints/epoch-12_step-000100.ckpt",
            "/root/B16.b/checkpoints/epoch=12-step=100.ckpt",
        ),
        {"/root/B16.b/checkpoints/epoch=12-step=100.ckpt": "/root/B16.b/checkpoints/epoch-12_step-000100.ckpt"},
        conflicts=("/root/B16.a/checkpoints/epoch=12-step=100.ckpt",),
    ),
    # Names that are nearly legacy, or meant to hurt.
    *(
        Case(identity, (*odd, *others, SANE), {SANE: SANE_NEW}, conflicts=odd)
        for identity, odd, others in (
            ("C01", ("epoch=12-step=100\n.ckpt", "\nepoch=12-step=100.ckpt"), ("epoch=12-step=100.ckpt\n",)),
            ("C02", ("epoch=12-step=100\udcff.ckpt", "\udcc3.ckpt"), ("epoch=12-step=100.ckpt\udcff",)),
            ("C03", ("\u00e9poch=12-step=100.ckpt", "e\u0301poch=12-step=100.ckpt"), ()),
            (
                "C04",
                (
                    "\x1b[2K\x1b[1Aepoch=12-step=100.ckpt",
                    "\u202etpkc.001=pets-21=hcope.ckpt",
                    "\x07\r\t\x7f\x9b.ckpt",
                ),
                ("\x1b]0;title\x07",),
            ),
            ("C05", ("-rf.ckpt", "--delete-old.ckpt", "-epoch=12-step=100.ckpt"), ("--apply",)),
            (
                "C06",
                (
                    "$(touch x).ckpt",
                    "*.ckpt",
                    "epoch=[0-9]-step=1.ckpt",
                    "a;b.ckpt",
                    "`id`.ckpt",
                    "'\".ckpt",
                    "a b.ckpt",
                ),
                ("*",),
            ),
            ("C07", ("..ckpt", "...ckpt", ".epoch=12-step=100.ckpt", "epoch=12-step=100..ckpt"), ("...",)),
            ("C08", ("epoch=12-step=100.ckpt.ckpt", "epoch=13-step=100.CKPT"), ("epoch=12-step=100.ckpt.gz",)),
            ("C09", (f"epoch={'1' * 200}-step=100.ckpt", f"epoch=12-step={'0' * 199}1.ckpt"), ()),
            ("C10", (f"epoch=12-step=100{'x' * 233}.ckpt", f"{chr(0xE9) * 125}.ckpt"), ()),
            (
                "C11",
                (
                    "epoch=-1-step=100.ckpt",
                    "epoch=+12-step=100.ckpt",
                    "epoch=1.5-step=100.ckpt",
                    "epoch=1e3-step=100.ckpt",
                    "epoch=0x10-step=100.ckpt",
                    "epoch= 12-step=100.ckpt",
                    "epoch=1_2-step=100.ckpt",
                    "epoch=-step=.ckpt",
                    "epoch=nan-step=inf.ckpt",
                ),
                (),
            ),
            ("C12", ("{epoch}-{step}.ckpt", "epoch={epoch:02d}-step={step:06d}.ckpt", "%s%n.ckpt", "{0}.ckpt"), ()),
            ("C13", ("CON.ckpt", "aux.ckpt", "a\\b.ckpt"), ("epoch=12-step=100.ckpt ", "epoch=12-step=100.ckpt.")),
            ("C15", ("epoch=\uff11\uff12-step=100.ckpt", "epoch=\u0967\u0968-step=\u0661.ckpt"), ()),
            ("C16", ("epoch:12-step:100.ckpt", "C:epoch=12-step=100.ckpt"), ("epoch=12-step=100.ckpt:stream",)),
            ("C17", ("ep\u043ech=12-step=100.ckpt", "epoch=12\u200b-step=100.ckpt", "epoch=12\u2010step=100.ckpt"), ()),
            (
                "C18",
                (
                    "xepoch=12-step=100.ckpt",
                    "epoch=12-step=100x.ckpt",
                    "epoch=12-step=100 (1).ckpt",
                    "Copy of epoch=12-step=100.ckpt",
                    "epoch-12_step-000100junk.ckpt",
                ),
                (),
            ),
            ("C19", ("Best.ckpt", "LAST.ckpt", "Last-v1.ckpt", "best-Hmean-0.9.ckpt"), ()),
        )
    ),
    Case(
        "C14",
        tuple(
            f"/root/{run}/checkpoints/{SANE}"
            for run in (
                "C14",
                "C14 $(id) *",
                "-C14",
                ".C14",
                "C14\n\x1b[31m",
                "C14\udcff",
                "checkpoints",
                "ocr-dbnet_training_20251015_120000",
            )
        ),
        {
            f"/root/{run}/checkpoints/{SANE}": f"/root/{run}/checkpoints/{SANE_NEW}"
            for run in (
                "C14",
                "C14 $(id) *",
                "-C14",
                ".C14",
                "C14\n\x1b[31m",
                "C14\udcff",
                "checkpoints",
                "ocr-dbnet_training_20251015_120000",
            )
        },
    ),
    Case(
        "C20",
        ("val/hmean=0.8920-best.ckpt", "epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", SANE),
        {SANE: SANE_NEW},
    ),
    # What links lead to.
    Case(
        "D01",
        {"epoch=12-step=100.ckpt": File(), "last.ckpt": Link("epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"last.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D01-dotted",
        {"epoch=12-step=100.ckpt": File(), "last.ckpt": Link("./../checkpoints//epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"last.ckpt": "./../checkpoints//epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D02",
        {"epoch=12-step=100.ckpt": File(), "last.ckpt": Link("BASE/root/D02/checkpoints/epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"last.ckpt": "BASE/root/D02/checkpoints/epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D03",
        {"epoch=12-step=100.ckpt": File(), "last.ckpt": Link("newest"), "newest": Link("epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"newest": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D12",
        {
            "/root/D12.a/checkpoints/epoch=12-step=100.ckpt": File(),
            "/root/D12.b/checkpoints/best.ckpt": Link("../../D12.a/checkpoints/epoch=12-step=100.ckpt"),
            "/root/D12.b/notes/start": Link("../../D12.a/checkpoints/epoch=12-step=100.ckpt"),
        },
        {"/root/D12.a/checkpoints/epoch=12-step=100.ckpt": "/root/D12.a/checkpoints/epoch-12_step-000100.ckpt"},
        texts={
            "/root/D12.b/checkpoints/best.ckpt": "../../D12.a/checkpoints/epoch-12_step-000100.ckpt",
            "/root/D12.b/notes/start": "../../D12.a/checkpoints/epoch-12_step-000100.ckpt",
        },
    ),
    Case(
        "D13",
        {"epoch=12-step=100.ckpt/weights.bin": File(), "last.ckpt": Link("epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"last.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D13-through",
        {"epoch=12-step=100.ckpt/weights.bin": File(), "weights": Link("epoch=12-step=100.ckpt/weights.bin")},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "D16",
        {"epoch=12-step=100.ckpt": File(), "epoch-30_step-000500.ckpt": Link("epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
        texts={"epoch-30_step-000500.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D16-target",
        {"epoch=12-step=100.ckpt": File(), "epoch-12_step-000100.ckpt": Link("epoch=12-step=100.ckpt")},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case("D04", {"last.ckpt": Link("last.ckpt"), SANE: File()}, {SANE: SANE_NEW}),
    Case(
        "D05",
        {
            "epoch=12-step=100.ckpt": Link("BASE/outside/D05/weights.bin"),
            "/outside/D05/weights.bin": File(),
            SANE: File(),
        },
        {SANE: SANE_NEW},
    ),
    Case(
        "D09",
        {"/root/D09": Link("../outside/D09"), "/outside/D09/checkpoints/epoch=12-step=100.ckpt": File()},
    ),
    Case(
        "D10",
        {"/root/D10/checkpoints": Link("../../outside/D10"), "/outside/D10/epoch=12-step=100.ckpt": File()},
    ),
    Case(
        "D15",
        {
            "/root/D15/checkpoints/loop": Link(".."),
            "/root/D15/again": Link("../D15"),
            "/root/D15.a": Link("D15.b"),
            "/root/D15.b": Link("D15.a"),
            SANE: File(),
        },
        {SANE: SANE_NEW},
    ),
    Case(
        "D06",
        {"epoch=12-step=100.ckpt": File(), "kept.bin": Hard("epoch=12-step=100.ckpt")},
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D06-both",
        {"epoch=12-step=100.ckpt": File(), "epoch_12_step_000100.ckpt": Hard("epoch=12-step=100.ckpt")},
        conflicts=("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt"),
    ),
    Case(
        "D14",
        {"epoch=12-step=100.ckpt": File(), "epoch-12_step-000100.ckpt": Hard("epoch=12-step=100.ckpt")},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    Case(
        "D07",
        ("epoch=12-step=100.ckpt/weights.bin", "epoch=12-step=100.ckpt/optim/0.bin"),
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case(
        "D08",
        ("epoch=12-step=100.ckpt/epoch=1-step=1.ckpt", "epoch=12-step=100.ckpt/checkpoints/epoch=2-step=1.ckpt"),
        {"epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt"},
    ),
    Case("D11", {"epoch=12-step=100.ckpt": Pipe(), "pipe": Pipe(), SANE: File()}, {SANE: SANE_NEW}),
    Case(
        "sidecars",
        {
            "epoch=12-step=100.ckpt": File(),
            "epoch=12-step=100.ckpt.metadata.yaml": File(),
            "epoch=12-step=100.metadata.yaml": File(),
            "epoch=12-step=100.config.json": File(),
        },
        {
            "epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt",
            "epoch=12-step=100.ckpt.metadata.yaml": "epoch-12_step-000100.ckpt.metadata.yaml",
            "epoch=12-step=100.metadata.yaml": "epoch-12_step-000100.metadata.yaml",
            "epoch=12-step=100.config.json": "epoch-12_step-000100.config.json",
        },
    ),
    Case(
        "sidecars-taken",
        (
            "epoch=12-step=100.ckpt",
            "epoch=12-step=100.ckpt.metadata.yaml",
            "epoch-12_step-000100.ckpt.metadata.yaml",
            SANE,
        ),
        {SANE: SANE_NEW},
        conflicts=("epoch=12-step=100.ckpt",),
    ),
    # What is given up, and what is not.
    Case(
        "E01",
        ("epoch_03_step_000100.ckpt",),
        {"epoch_03_step_000100.ckpt": "epoch-03_step-000100.ckpt"},
        arguments=EARLY,
    ),
    Case(
        "E02",
        ("epoch=1-step=10.ckpt", "epoch=2-step=20.ckpt", "epoch_02_step_000030.ckpt"),
        {"epoch_02_step_000030.ckpt": "epoch-02_step-000030.ckpt"},
        ("epoch=1-step=10.ckpt", "epoch=2-step=20.ckpt"),
        arguments=EARLY,
    ),
    Case(
        "E03",
        ("epoch_05_step_000500_best.ckpt", SANE),
        {SANE: SANE_NEW},
        conflicts=("epoch_05_step_000500_best.ckpt",),
        arguments=EARLY,
    ),
    Case(
        "E04",
        {"epoch=5-step=100.ckpt": File(), "last.ckpt": Link("epoch=5-step=100.ckpt"), SANE: File()},
        {"epoch=5-step=100.ckpt": "epoch-05_step-000100.ckpt", SANE: SANE_NEW},
        texts={"last.ckpt": "epoch-05_step-000100.ckpt"},
        arguments=EARLY,
    ),
    Case(
        "E05",
        tuple(
            f"/root/lightning_logs_backup/checkpoints/{name}"
            for name in ("best-hmean-0.8920.ckpt", "last.ckpt", "epoch-22_step-001932.ckpt")
        ),
        arguments=EARLY,
    ),
    Case(
        "E06",
        {"epoch=5-step=100.ckpt": File(), "pinned.bin": Hard("epoch=5-step=100.ckpt"), SANE: File()},
        {"epoch=5-step=100.ckpt": "epoch-05_step-000100.ckpt", SANE: SANE_NEW},
        arguments=EARLY,
    ),
    Case(
        "E07",
        (
            "epoch-04_step-000400.ckpt",
            "epoch=8-step=800.ckpt",
            "epoch_09_step_000900.ckpt",
            "epoch_epoch_07_step_step_000700_20251009_015037.ckpt",
            "epoch=10-step=1000.ckpt",
            "epoch_11_step_001100.ckpt",
        ),
        {
            "epoch=10-step=1000.ckpt": "epoch-10_step-001000.ckpt",
            "epoch_11_step_001100.ckpt": "epoch-11_step-001100.ckpt",
        },
        (
            "epoch-04_step-000400.ckpt",
            "epoch=8-step=800.ckpt",
            "epoch_09_step_000900.ckpt",
            "epoch_epoch_07_step_step_000700_20251009_015037.ckpt",
        ),
        arguments=EARLY,
    ),
    Case(
        "E08",
        ("epoch=3-step=30.ckpt/weights.bin", "epoch=3-step=30.ckpt/optim/0.bin", SANE),
        {SANE: SANE_NEW},
        ("epoch=3-step=30.ckpt",),
        arguments=EARLY,
    ),
    Case(
        "E09",
        {
            "epoch=3-step=30.ckpt": File(),
            "epoch=4-step=40.ckpt/weights.bin": File(),
            "/root/E09.current": Link("E09/checkpoints/epoch=3-step=30.ckpt"),
            "/root/E09.other/eval/start": Link("BASE/root/E09/checkpoints/epoch=4-step=40.ckpt"),
            SANE: File(),
        },
        {
            "epoch=3-step=30.ckpt": "epoch-03_step-000030.ckpt",
            "epoch=4-step=40.ckpt": "epoch-04_step-000040.ckpt",
            SANE: SANE_NEW,
        },
        texts={
            "/root/E09.current": "E09/checkpoints/epoch-03_step-000030.ckpt",
            "/root/E09.other/eval/start": "BASE/root/E09/checkpoints/epoch-04_step-000040.ckpt",
        },
        arguments=EARLY,
    ),
    Case(
        "E10",
        ("model3.ckpt", "epoch=3.ckpt", "epoch=4-step=40.ckpt", SANE),
        {SANE: SANE_NEW},
        ("epoch=4-step=40.ckpt",),
        conflicts=("model3.ckpt", "epoch=3.ckpt"),
        arguments=EARLY,
    ),
    Case(
        "E11",
        {
            "/root/E11": Link("../outside/E11"),
            "/outside/E11/checkpoints/epoch=3-step=30.ckpt": File(),
            "/outside/E11/checkpoints/epoch=20-step=300.ckpt": File(),
        },
        arguments=EARLY,
    ),
    Case(
        "E13",
        ("epoch=3-step=30.ckpt", "epoch_03_step_000030.ckpt", SANE),
        {SANE: SANE_NEW},
        conflicts=("epoch=3-step=30.ckpt", "epoch_03_step_000030.ckpt"),
        arguments=EARLY,
    ),
    Case(
        "E15",
        ("epoch=3-step=30.pt", "epoch=3-step=31.ckpt.tmp", "epoch=4-step=40.safetensors", SANE),
        {SANE: SANE_NEW},
        arguments=EARLY,
    ),
    Case(
        "E16",
        {
            "epoch=3-step=30.ckpt": File(age=60),
            "epoch=4-step=40.ckpt": File(age=-24 * 60 * 60),
            "epoch=5-step=50.ckpt/weights.bin": File(),
            "epoch=5-step=50.ckpt/optim/0.bin": File(age=60),
            "epoch=6-step=60.ckpt": File(),
            SANE: File(),
        },
        {
            "epoch=3-step=30.ckpt": "epoch-03_step-000030.ckpt",
            "epoch=4-step=40.ckpt": "epoch-04_step-000040.ckpt",
            "epoch=5-step=50.ckpt": "epoch-05_step-000050.ckpt",
            SANE: SANE_NEW,
        },
        ("epoch=6-step=60.ckpt",),
        arguments=EARLY,
    ),
    Case(
        "E12",
        ("epoch=0-step=10.ckpt", "epoch-01_step-000020.ckpt"),
        {"epoch=0-step=10.ckpt": "epoch-00_step-000010.ckpt"},
        arguments=(*EARLY, "--keep-min-epoch", "0"),
    ),
    Case(
        "E14",
        (
            "/root/E14.a/checkpoints/epoch=12-step=100.ckpt",
            "/root/E14.a/checkpoints/epoch=13-step=200.ckpt",
            "/root/E14.b/checkpoints/epoch-22_step-001932.ckpt",
            "/root/E14.b/checkpoints/epoch-21_step-001900.ckpt",
        ),
        {"/root/E14.a/checkpoints/epoch=13-step=200.ckpt": "/root/E14.a/checkpoints/epoch-13_step-000200.ckpt"},
        (
            "/root/E14.a/checkpoints/epoch=12-step=100.ckpt",
            "/root/E14.b/checkpoints/epoch-21_step-001900.ckpt",
        ),
        arguments=(*EARLY, "--keep-min-epoch", "1000"),
    ),
)


@attrs.frozen
class Batch:
    """What became of all cases of one root."""

    base: Path
    before: Manifest
    preview: Done
    plan: Mapping[str, Any]
    applied: Done
    after: Manifest
    whole: Manifest
    again: Done
    at_rest: Manifest
    undone: Done
    first: Manifest


@pytest.fixture(scope="module")
def batch_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Batch]:
    @functools.cache
    def batch(arguments: tuple[str, ...], status: int) -> Batch:
        base = tmp_path_factory.mktemp("cases")
        cases = [case for case in CASES if (case.arguments, case.status) == (arguments, status)]
        grow(base, {path: node for case in cases for path, node in case.planted.items()})
        before, untouched, content = manifest(base), manifest(base, state=True, times=True), contents(base)

        preview = ckpt("migrate", "root", *arguments, cwd=base)
        planned = ckpt("migrate", "root", *arguments, "--json", cwd=base)
        planned_again = ckpt("migrate", "root", *arguments, "--json", cwd=base)
        assert planned == planned_again
        assert not difference(manifest(base, state=True, times=True), untouched)

        applied = ckpt("migrate", "root", *arguments, "--apply", cwd=base)
        assert contents(base) == content
        after, whole = manifest(base), manifest(base, state=True)
        again = ckpt("migrate", "root", *arguments, "--apply", cwd=base)
        at_rest = manifest(base, state=True)
        undone = ckpt("undo", "root", cwd=base)
        assert contents(base) == content
        return Batch(
            base=base,
            before=before,
            preview=preview,
            plan=json.loads(planned.stdout),
            applied=applied,
            after=after,
            whole=whole,
            again=again,
            at_rest=at_rest,
            undone=undone,
            first=manifest(base),
        )

    return lambda case: batch(case.arguments, case.status)


def conflicts(plan: Mapping[str, Any]) -> set[str]:
    return {f"root/{item['path']}" for item in plan["items"] if item["do"] == "conflict"}


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_cases(case: Case, batch_of: Callable[[Case], Batch]) -> None:
    batch = batch_of(case)
    batch.preview.check(case.status)
    assert {path for path in conflicts(batch.plan) if tuple(path.split("/")[:2]) in case.territory} == set(
        map(case.place, case.conflicts)
    )

    batch.applied.check(case.status)
    before = case.own(batch.before)
    moves: dict[str, str | None] = {case.place(old): case.place(new) for old, new in case.moves.items()}
    moves |= {case.place(name): None for name in case.discards}
    texts = {case.place(name): text.replace("BASE", str(batch.base)) for name, text in case.texts.items()}
    assert difference(case.own(batch.after), moved(before, moves, texts)) == []
    for name in case.discards:
        old = case.place(name)
        trash = f"root/{STATE}/trash/000001/{old.removeprefix('root/')}"
        inside = {path[len(old) :]: seen for path, seen in before.items() if path == old or path.startswith(f"{old}/")}
        assert inside == {path: batch.whole.get(trash + path) for path in inside}

    batch.again.check(case.status)
    assert difference(batch.at_rest, batch.whole) == []
    batch.undone.check(0)
    assert difference(case.own(batch.first), before) == []


# --------------------------------------------------------------------------------------------------------------------
# The migration that the scheme was made in.


def the_39() -> dict[str, str]:
    """Return the original's 39 checkpoints with their new names, those under epoch 10 with none."""
    spellings = (
        "epoch_epoch_{:02}_step_step_{:06}_20251009_015037.ckpt",
        "epoch={}-step={}.ckpt",
        "epoch_{:02}_step_{:06}.ckpt",
    )
    names: dict[str, str] = {}
    for number in range(39):
        run = f"ocr-dbnet_training_2025101{number % 4}_120000"
        # The last two of each run are at or over the threshold.
        epoch = 10 + number % 7 if number >= 31 else number // 4
        step = 100 * number + 7
        new = f"{run}/checkpoints/epoch-{epoch:02}_step-{step:06}.ckpt" if number >= 31 else ""
        names[f"{run}/checkpoints/{spellings[number % 3].format(epoch, step)}"] = new
    return names


def test_the_original_case(tmp_path: Path) -> None:
    names = the_39()
    grow(tmp_path, list(names))
    before, content = manifest(tmp_path), contents(tmp_path)

    applied = ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    after = manifest(tmp_path)
    assert difference(after, moved(before, {old: new or None for old, new in names.items()})) == []
    assert sum(1 for path in after if path.endswith(".ckpt")) == 8
    trash = manifest(tmp_path / STATE / "trash" / "000001")
    assert sum(1 for path in trash if path.endswith(".ckpt")) == 31
    assert all(number in applied.stdout + applied.stderr for number in (b"8", b"31"))
    assert contents(tmp_path) == content

    ckpt("undo", str(tmp_path)).check(0)
    assert difference(manifest(tmp_path), before) == []


# --------------------------------------------------------------------------------------------------------------------
# Plans on paper.


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    grow(tmp_path, {**dict.fromkeys(the_39(), File()), "run/checkpoints/last.ckpt": Link("epoch=1-step=1.ckpt")})
    before = manifest(tmp_path, state=True, times=True)
    root = str(tmp_path)
    for arguments in (
        ("migrate", root),
        ("migrate", root, "--dry-run"),
        ("migrate", root, "--apply", "--dry-run"),
        ("migrate", root, "--delete-old", "--verbose"),
        ("migrate", root, "--delete-old", "--summary"),
        ("migrate", root, "--delete-old", "--json"),
        ("prune", root, "--keep-last", "1"),
        ("trash", root),
        ("undo", root, "--list"),
    ):
        ckpt(*arguments).check(0)
        assert difference(manifest(tmp_path, state=True, times=True), before) == [], arguments


def test_a_plan_in_a_file_is_what_the_root_alone_gives(tmp_path: Path) -> None:
    strange = "run\x1b\udcff\u202e/checkpoints/epoch=12-step=100.ckpt"
    nodes = {**dict.fromkeys(the_39(), File()), strange: File()}
    ends: list[Manifest] = []
    for name in ("direct", "rooted", "planned"):
        base = tmp_path / name
        grow(base / "root", nodes)
        plan = str(base / "plan")
        if name == "direct":
            ckpt("migrate", "root", "--apply", "--delete-old", cwd=base).check(0)
        else:
            (base / "plan").write_bytes(ckpt("migrate", "root", "--delete-old", "--json", cwd=base).check(0).stdout)
            root = ("root",) if name == "rooted" else ()
            ckpt("migrate", *root, "--plan", plan, "--apply", cwd=base).check(0)
        ends.append(manifest(base / "root"))
    assert difference(ends[1], ends[0]) == []
    assert difference(ends[2], ends[0]) == []
    assert ends[0].keys() & nodes.keys() == set()


@pytest.mark.parametrize("change", ["added", "removed", "written", "replaced", "run-renamed"])
def test_a_plan_older_than_the_tree_is_refused(tmp_path: Path, change: str) -> None:
    root = tmp_path / "root"
    checkpoints = root / "run" / "checkpoints"
    grow(root, ["run/checkpoints/epoch=12-step=100.ckpt", "run/checkpoints/epoch=13-step=200.ckpt"])
    (tmp_path / "plan").write_bytes(ckpt("migrate", str(root), "--json").check(0).stdout)
    file = checkpoints / "epoch=13-step=200.ckpt"
    match change:
        case "added":
            (checkpoints / "epoch-12_step-000100.ckpt").write_bytes(b"newer")
        case "removed":
            file.unlink()
        case "written":
            file.write_bytes(b"newer")
        case "replaced":
            other = file.with_name("other")
            other.write_bytes(file.read_bytes())
            os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
            other.replace(file)
        case _:
            (root / "run").rename(root / "renamed")
    before = manifest(root, times=True)
    ckpt("migrate", str(root), "--plan", str(tmp_path / "plan"), "--apply").check(1)
    after = manifest(root, times=True)
    # The lock is taken before the tree is looked at, and is the one thing that is made.
    assert difference({**after, ".": before["."]}, before) == []
    assert manifest(root, state=True).keys() - after.keys() <= {STATE, f"{STATE}/lock"}


def test_a_second_run_makes_nothing_at_all(tmp_path: Path) -> None:
    grow(tmp_path, ["run/checkpoints/epoch=12-step=100.ckpt", "run/checkpoints/epoch=3-step=10.ckpt"])
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    before = manifest(tmp_path, state=True, times=True)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_a_tree_that_needs_nothing_gets_nothing(tmp_path: Path) -> None:
    grow(tmp_path, ["run/checkpoints/epoch-12_step-000100.ckpt", "run/checkpoints/last.ckpt"])
    before = manifest(tmp_path, state=True, times=True)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_a_terminal_shows_no_name_as_it_is(tmp_path: Path) -> None:
    names = ("\x1b[2K\x1b[1A.ckpt", "\u202egnp.ckpt", "\x07\x9b.ckpt", "\udcff.ckpt")
    grow(tmp_path, [*(f"run/checkpoints/{name}" for name in names), "run\x1b[31m/checkpoints/epoch=12-step=100.ckpt"])
    for flags in ((), ("--apply",)):
        shown, _ = on_terminal(
            *("-m", "ckpt_scheme", "migrate", str(tmp_path), *flags),
            streams=("stdout", "stderr"),
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "ascii"},  # a bar is drawn in ASCII, and nothing else is not ASCII
        )
        # What the terminal shows is ASCII, or it could not have been read.
        assert "\x1b[2K\x1b[1A.ckpt" not in shown
        assert "run\x1b[31m" not in shown
        assert "\x07" not in shown


# --------------------------------------------------------------------------------------------------------------------
# A05, F: roots and surroundings.


def test_an_empty_root_stays_empty(tmp_path: Path) -> None:  # A05
    for arguments in (("--apply",), ("--apply", "--delete-old"), ("--json",)):
        ckpt("migrate", str(tmp_path), *arguments).check(0)
    assert manifest(tmp_path, state=True).keys() == {"."}


TWO_RUNS: Final = {
    "a/checkpoints/epoch=12-step=100.ckpt": File(),
    "a/checkpoints/epoch=3-step=10.ckpt": File(),
    "a/checkpoints/last.ckpt": Link("epoch=12-step=100.ckpt"),
    "b/checkpoints/epoch_13_step_000200.ckpt": File(),
    "b/checkpoints/epoch_02_step_000020.ckpt": File(),
    "b/checkpoints/best.ckpt": Link("../../a/checkpoints/epoch=12-step=100.ckpt"),
}
TWO_RUNS_AFTER: Final = {
    "a/checkpoints/epoch=12-step=100.ckpt": "a/checkpoints/epoch-12_step-000100.ckpt",
    "a/checkpoints/epoch=3-step=10.ckpt": None,
    "b/checkpoints/epoch_13_step_000200.ckpt": "b/checkpoints/epoch-13_step-000200.ckpt",
    "b/checkpoints/epoch_02_step_000020.ckpt": None,
}
TWO_RUNS_TEXTS: Final = {
    "a/checkpoints/last.ckpt": "epoch-12_step-000100.ckpt",
    "b/checkpoints/best.ckpt": "../../a/checkpoints/epoch-12_step-000100.ckpt",
}


def end_state(before: Manifest) -> Manifest:
    return moved(before, TWO_RUNS_AFTER, TWO_RUNS_TEXTS)


def test_f01_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    need("root", "chattr")
    nodes = {f"{run}/checkpoints/{name}": File() for run in "abc" for name in ("epoch=12-step=100.ckpt", "last.ckpt")}
    grow(tmp_path, nodes)
    before = manifest(tmp_path)
    names = {
        f"{run}/checkpoints/epoch={12}-step=100.ckpt": f"{run}/checkpoints/epoch-12_step-000100.ckpt" for run in "abc"
    }
    with immutable(tmp_path / "b" / "checkpoints"):
        ckpt("migrate", str(tmp_path), "--apply").check(1)
        reached = {old: new for old, new in names.items() if not old.startswith("b")}
        assert difference(manifest(tmp_path), moved(before, reached)) == []
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    assert difference(manifest(tmp_path), moved(before, names)) == []


@pytest.mark.parametrize("stdout", ["full", "closed", "nobody-reads"])
def test_f02_f03_output_that_goes_nowhere(tmp_path: Path, stdout: str) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    arguments = ("migrate", str(tmp_path), "--apply", "--delete-old")
    if stdout == "full":
        with Path("/dev/full").open("wb") as full:
            done = finish(begin(*arguments, stdout=full.fileno()))
    elif stdout == "closed":
        done = finish(start("/bin/sh", "-c", f"{shlex.join((sys.executable, '-m', 'ckpt_scheme', *arguments))} >&-"))
    else:
        reader, writer = os.pipe()
        os.close(reader)
        process = begin(*arguments, stdout=writer)
        os.close(writer)
        done = finish(process)
    assert b"Traceback" not in done.stderr
    assert contents(tmp_path) == content

    ckpt(*arguments).check(0)
    assert contents(tmp_path) == content
    assert difference(manifest(tmp_path), end_state(before)) == []


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "1"},
    ],
    ids=["F04", "F05", "F04-locale", "F05-locale"],
)
def test_f04_f05_output_in_another_encoding(tmp_path: Path, env: Mapping[str, str]) -> None:
    names = {
        f"{run}/checkpoints/epoch=12-step=100.ckpt": f"{run}/checkpoints/epoch-12_step-000100.ckpt"
        for run in ("plain", "\u00e9\u4e2d", "\udcff\udcfe")
    }
    odd = ["plain/checkpoints/\u2603.ckpt", "plain/checkpoints/\udcc3.ckpt"]
    grow(tmp_path, [*names, *odd])
    before = manifest(tmp_path)
    for flags, status in ((("--verbose",), 3), (("--json",), 3), (("--apply",), 3)):
        ckpt("migrate", str(tmp_path), *flags, env=env).check(status)
    assert difference(manifest(tmp_path), moved(before, names)) == []
    ckpt("undo", str(tmp_path), env=env).check(0)
    assert difference(manifest(tmp_path), before) == []


def test_f06_f07_a_root_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    grow(tmp_path, ["file"])
    before = manifest(tmp_path, state=True, times=True)
    for command in ("migrate", "undo", "trash"):
        for root in (str(tmp_path / "missing"), str(file), ""):
            flags = ("--apply",) if command == "migrate" else ()
            ckpt(command, root, *flags, cwd=tmp_path).check(2)
    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_f08_two_to_four_at_once(tmp_path: Path) -> None:
    for count in (2, 3, 4):
        root = tmp_path / str(count)
        grow(root, {**dict.fromkeys(the_39(), File()), **TWO_RUNS})
        before, content = manifest(root), contents(root)
        running = [begin("migrate", str(root), "--apply", "--delete-old") for _ in range(count)]
        statuses = [finish(process).check(0, 75).status for process in running]
        assert 0 in statuses
        moves = {**{old: new or None for old, new in the_39().items()}, **TWO_RUNS_AFTER}
        assert difference(manifest(root), moved(before, moves, TWO_RUNS_TEXTS)) == []
        assert contents(root) == content


@pytest.mark.parametrize("injections", [(), ("renameat2:delay_enter=5000",)], ids=["F09", "F13"])
def test_f09_f13_another_process_makes_the_targets(tmp_path: Path, injections: Sequence[str]) -> None:
    # With the delay the other process is in time right before many a call, after all that was looked at before it.
    if injections:
        need("strace")
    folder = tmp_path / "run" / "checkpoints"
    targets = [f"epoch-{12 + number}_step-000100.ckpt" for number in range(60)]
    grow(tmp_path, [f"run/checkpoints/epoch={12 + number}-step=100.ckpt" for number in range(60)])
    content = contents(tmp_path)
    process = begin("migrate", str(tmp_path), "--apply", injections=injections)
    made: list[bytes] = []
    # Wait until the plan is made; then race from the last name to the first.
    while process.poll() is None and not (tmp_path / STATE).exists():
        time.sleep(0.001)
    for name in reversed(targets):
        try:
            with (folder / name).open("xb") as file:
                file.write(made_content := f"theirs: {name}".encode())
        except FileExistsError:
            continue
        made.append(made_content)
    finish(process).check(0, 1, 3)
    assert contents(tmp_path) == content + type(content)(made)
    if injections:
        assert made
    # Nothing of that keeps a further run from doing the rest.
    ckpt("migrate", str(tmp_path), "--apply").check(3 if made else 0)
    assert contents(tmp_path) == content + type(content)(made)


WRITER: Final = """
import os, sys, time
folder = sys.argv[1]
with open(os.path.join(folder, "epoch=12-step=100.ckpt"), "ab", buffering=0) as file:
    print(flush=True)
    for number in range(150):
        file.write(b"%d\\n" % number)
        with open(os.path.join(folder, "last.tmp"), "wb") as last:
            last.write(b"last %d" % number)
        os.replace(os.path.join(folder, "last.tmp"), os.path.join(folder, "last.ckpt"))
        time.sleep(0.004)
"""


def test_f10_a_checkpoint_that_is_being_written(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "checkpoints"
    names = ["epoch=12-step=100.ckpt", "last.ckpt", "epoch=13-step=200.ckpt", "epoch=2-step=20.ckpt"]
    grow(tmp_path, [f"run/checkpoints/{name}" for name in names])
    start_of_file = (folder / names[0]).read_bytes()
    writer = start(sys.executable, "-c", WRITER, str(folder))
    assert writer.stdout is not None
    writer.stdout.readline()
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0, 1, 3)
    finish(writer).check(0)
    assert contents(folder)[start_of_file + b"".join(b"%d\n" % number for number in range(150))] == 1
    assert (folder / "last.ckpt").read_bytes() == b"last 149"
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    assert contents(folder)[start_of_file + b"".join(b"%d\n" % number for number in range(150))] == 1
    assert (folder / "last.ckpt").read_bytes() == b"last 149"


def test_an_early_checkpoint_that_is_being_written_is_kept(tmp_path: Path) -> None:  # E16
    grow(tmp_path, ["run/checkpoints/epoch=3-step=30.ckpt", "run/checkpoints/epoch=20-step=2000.ckpt"])
    file = tmp_path / "run" / "checkpoints" / "epoch=3-step=30.ckpt"
    with file.open("ab"):
        plan = json.loads(ckpt("migrate", str(tmp_path), "--delete-old", "--json").stdout)
    assert "discard" not in {item["do"] for item in plan["items"]}
    plan = json.loads(ckpt("migrate", str(tmp_path), "--delete-old", "--json").check(0).stdout)
    assert [item["path"] for item in plan["items"] if item["do"] == "discard"] == [f"run/checkpoints/{file.name}"]


def test_f11_six_orders_of_creation(tmp_path: Path) -> None:
    names = ("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt", "epoch=3-step=10.ckpt")
    rest = ("epoch_03_step_000010.ckpt", "epoch=3-step=10-v1.ckpt", "epoch=2-step=9.ckpt", SANE)

    def end(item: tuple[int, tuple[str, ...]]) -> Manifest:
        number, order = item
        root = tmp_path / str(number)
        names = order + rest if number % 2 else rest[::-1] + order
        grow(root, [f"run/checkpoints/{name}" for name in names])
        ckpt("migrate", str(root), "--apply", "--delete-old").check(3)
        return manifest(root)

    ends = side_by_side(end, enumerate(itertools.permutations(names)))
    assert len(ends) == 6
    assert all(difference(other, ends[0]) == [] for other in ends)


def test_f12_undo(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    between = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    after = manifest(tmp_path)
    assert difference(after, end_state(before)) == []

    ckpt("undo", str(tmp_path)).check(0)
    assert difference(manifest(tmp_path), between) == []
    ckpt("undo", str(tmp_path), "1").check(0)
    assert difference(manifest(tmp_path), before) == []
    assert contents(tmp_path) == content


@pytest.mark.parametrize("taken", ["file", "link", "folder"])
def test_f12_undo_over_a_name_that_is_taken_since(tmp_path: Path, taken: str) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    newer = [
        tmp_path / old for old in ("a/checkpoints/epoch=12-step=100.ckpt", "b/checkpoints/epoch_02_step_000020.ckpt")
    ]
    for path in newer:
        if taken == "file":
            path.write_bytes(b"newer")
        elif taken == "link":
            path.symlink_to("nowhere")
        else:
            path.mkdir()
    content = contents(tmp_path)

    ckpt("undo", str(tmp_path)).check(3)

    after = manifest(tmp_path)
    for path in newer:
        name = str(path.relative_to(tmp_path))
        assert after[name].kind != before[name].kind or after[name].body == b"newer"
    # All else is back.
    assert after["a/checkpoints/epoch=3-step=10.ckpt"] == before["a/checkpoints/epoch=3-step=10.ckpt"]
    assert after["b/checkpoints/epoch_13_step_000200.ckpt"] == before["b/checkpoints/epoch_13_step_000200.ckpt"]
    # And the links lead to what they led to.
    assert after["a/checkpoints/epoch-12_step-000100.ckpt"].body == before["a/checkpoints/epoch=12-step=100.ckpt"].body
    for link in ("a/checkpoints/last.ckpt", "b/checkpoints/best.ckpt"):
        assert (tmp_path / link).read_bytes() == before["a/checkpoints/epoch=12-step=100.ckpt"].body
    assert contents(tmp_path) == content


def test_undo_leaves_what_was_changed_since(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    file = tmp_path / "b" / "checkpoints" / "epoch-13_step-000200.ckpt"
    replacement = file.with_name("replacement")
    replacement.write_bytes(b"another checkpoint")
    replacement.replace(file)
    content = contents(tmp_path)
    ckpt("undo", str(tmp_path)).check(1, 3)
    assert file.read_bytes() == b"another checkpoint"
    assert contents(tmp_path) == content


def test_emptied_trash_is_gone_and_undo_says_so(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    assert b"epoch=3-step=10.ckpt" in ckpt("trash", str(tmp_path)).check(0).stdout
    ckpt("trash", str(tmp_path), "--empty", "--older-than", "1h").check(0)
    assert contents(tmp_path)[before["a/checkpoints/epoch=3-step=10.ckpt"].body] == 1
    ckpt("trash", str(tmp_path), "--empty").check(0)
    kept = {path: seen for path, seen in before.items() if TWO_RUNS_AFTER.get(path, path) is not None}
    assert contents(tmp_path)[before["a/checkpoints/epoch=3-step=10.ckpt"].body] == 0
    assert contents(tmp_path)[before["a/checkpoints/epoch=12-step=100.ckpt"].body] == 1
    ckpt("undo", str(tmp_path)).check(1, 3)
    assert difference(manifest(tmp_path), kept) == []


def test_a_journal_cut_in_its_last_line_is_read_up_to_there(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    (journal,) = (tmp_path / STATE / "journal").iterdir()
    written = journal.read_bytes()
    # The end line is cut: what is before it was on the disk before the first act.
    journal.write_bytes(written[:-5])
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    assert difference(manifest(tmp_path), end_state(before)) == []
    ckpt("undo", str(tmp_path), "1").check(0)
    assert difference(manifest(tmp_path), before) == []
    assert contents(tmp_path) == content


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    (journal,) = (tmp_path / STATE / "journal").iterdir()
    header, _, rest = journal.read_bytes().partition(b"\n")
    other = {key: 99 if isinstance(value, int) else value for key, value in json.loads(header).items()}
    journal.write_bytes(json.dumps(other).encode() + b"\n" + rest)
    before = manifest(tmp_path)
    for arguments in (("undo", str(tmp_path)), ("migrate", str(tmp_path), "--apply", "--delete-old")):
        ckpt(*arguments).check(1, 2, 3)
        assert difference(manifest(tmp_path), before) == []


def test_prune_renames_nothing(tmp_path: Path) -> None:
    canonical = [f"run/checkpoints/epoch-{epoch:02}_step-000{epoch:03}.ckpt" for epoch in range(5, 15)]
    grow(tmp_path, [*canonical, "run/checkpoints/last.ckpt", "run/checkpoints/epoch=1-step=1.ckpt"])
    before = manifest(tmp_path)
    ckpt("prune", str(tmp_path)).check(2)
    assert difference(manifest(tmp_path), before) == []
    ckpt("prune", str(tmp_path), "--keep-last", "2", "--apply").check(0, 3)
    assert difference(manifest(tmp_path), moved(before, dict.fromkeys(canonical[:-2]))) == []
    ckpt("undo", str(tmp_path)).check(0)
    assert difference(manifest(tmp_path), before) == []


def test_interrupted_output_of_a_pipe_is_no_traceback(tmp_path: Path) -> None:
    grow(tmp_path, list(the_39()))
    before = manifest(tmp_path, state=True, times=True)
    command = f"{shlex.join((sys.executable, '-m', 'ckpt_scheme', 'migrate', str(tmp_path), '--json'))} | head -c 10"
    done = finish(start("/bin/sh", "-c", command, stderr=subprocess.PIPE))
    assert b"Traceback" not in done.stderr
    assert len(done.stdout) == 10
    assert difference(manifest(tmp_path, state=True, times=True), before) == []


# --------------------------------------------------------------------------------------------------------------------
# Roots and states that somebody else prepared, and what happens between the plan and the act.


@pytest.mark.parametrize("spelling", ["real", "alias", "relative", "dotted"])
def test_a_root_under_several_names(tmp_path: Path, spelling: str) -> None:
    nodes: dict[str, Node] = {
        "real/run/checkpoints/epoch=12-step=100.ckpt": File(),
        "real/run/checkpoints/last.ckpt": Link("BASE/real/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/run/checkpoints/best.ckpt": Link("BASE/alias/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/run/newest": Link("../../alias/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/current": Link("run"),
        "real/of-current": Link("current/checkpoints/epoch=12-step=100.ckpt"),
        "alias": Link("real"),
    }
    grow(tmp_path, nodes)
    before = manifest(tmp_path)
    links = [tmp_path / path for path, node in nodes.items() if isinstance(node, Link) and "ckpt" in node.text]
    read = {link: link.read_bytes() for link in links}
    root = {
        "real": str(tmp_path / "real"),
        "alias": str(tmp_path / "alias"),
        "relative": "real",
        "dotted": "./real/../real/",
    }
    done = ckpt("migrate", root[spelling], "--apply", cwd=tmp_path).check(0, 3)
    # Whether or not such a link can be turned, it leads to what it led to.
    assert {link: link.read_bytes() for link in links} == read
    assert (done.status == 0) == ("real/run/checkpoints/epoch-12_step-000100.ckpt" in manifest(tmp_path))
    ckpt("undo", root[spelling], cwd=tmp_path).check(0)
    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize("part", ["", "/lock", "/journal", "/trash", "/trash/000001", "/trash/000001/run"])
@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_state_that_leads_outside(tmp_path: Path, part: str, kind: str) -> None:
    names = ["root/run/checkpoints/epoch=12-step=100.ckpt", "root/run/checkpoints/epoch=3-step=10.ckpt"]
    prepared = Link(f"BASE/outside{'/file' if part == '/lock' else ''}") if kind == "link" else File()
    grow(tmp_path, {**dict.fromkeys(names, File()), "outside/file": File(), f"root/{STATE}{part}": prepared})
    outside, content = manifest(tmp_path / "outside", times=True), manifest(tmp_path / "root")
    # A file is a lock like any other.
    status = 0 if (part, kind) == ("/lock", "file") else 1
    ckpt("migrate", str(tmp_path / "root"), "--apply", "--delete-old").check(status)
    assert difference(manifest(tmp_path / "outside", times=True), outside) == []
    bodies = [seen.body for seen in manifest(tmp_path / "root", state=True).values()]
    assert all(seen.body in bodies for seen in content.values())


@pytest.mark.parametrize(
    "place", ["../outside/taken", "/outside", "run/../../outside/taken", "run//checkpoints/x.ckpt", ""]
)
def test_a_journal_that_leads_outside(tmp_path: Path, place: str) -> None:
    grow(tmp_path, ["root/run/checkpoints/epoch=12-step=100.ckpt", "outside/file"])
    root = tmp_path / "root"
    ckpt("migrate", str(root), "--apply").check(0)
    (journal,) = (root / STATE / "journal").iterdir()
    header, act, *rest = journal.read_bytes().splitlines()
    changed = json.dumps({**json.loads(act), "old": place}).encode()
    journal.write_bytes(b"\n".join([header, changed, *rest, b""]))
    before = manifest(tmp_path)
    ckpt("undo", str(root)).check(1, 2, 3)
    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"new": "../outside/epoch-12_step-000100.ckpt"},
        {"new": "run/checkpoints/epoch-99_step-000100.ckpt"},
        {"path": "../outside/file"},
        {"do": "discard"},
        {"do": "burn"},
        {"path": 7},
    ],
    ids=str,
)
def test_a_plan_that_was_edited(tmp_path: Path, edit: Mapping[str, object]) -> None:
    grow(tmp_path, ["root/run/checkpoints/epoch=12-step=100.ckpt", "outside/file"])
    plan = json.loads(ckpt("migrate", str(tmp_path / "root"), "--json").check(0).stdout)
    plan["items"][0].update(edit)
    (tmp_path / "plan").write_text(json.dumps(plan))
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path / "root"), "--plan", str(tmp_path / "plan"), "--apply").check(1, 2)
    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"plan": 2}', b"\xff\xfe", b'{"plan": 1}', b"[" * 100_000])
def test_a_plan_that_is_none(tmp_path: Path, text: bytes) -> None:
    grow(tmp_path, {"root/run/checkpoints/epoch=12-step=100.ckpt": File(), "plan": File(text)})
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path / "root"), "--plan", str(tmp_path / "plan"), "--apply").check(1, 2)
    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize("change", ["replaced", "written", "opened", "gone"])
def test_a_source_that_changes_before_the_act(tmp_path: Path, change: str) -> None:
    need("strace")
    names = ["epoch=12-step=100.ckpt", "epoch=3-step=10.ckpt", "epoch=20-step=200.ckpt"]
    grow(tmp_path, [f"run/checkpoints/{name}" for name in names])
    folder = tmp_path / "run" / "checkpoints"
    # The journal is being written when it happens.
    process = begin(
        "migrate", str(tmp_path), "--apply", "--delete-old", injections=("fsync:delay_enter=1500000:when=1",)
    )
    while process.poll() is None and not (tmp_path / STATE / "journal").exists():
        time.sleep(0.001)
    held = [(folder / name).open("ab") for name in names[:2]] if change == "opened" else []
    for name in names[:2]:
        match change:
            case "replaced":
                (folder / "new").write_bytes(f"newer {name}".encode())
                (folder / "new").replace(folder / name)
            case "written":
                (folder / name).write_bytes(f"newer {name}".encode())
            case "gone":
                (folder / name).unlink()
            case _:
                pass
    finish(process).check(1)
    found = manifest(tmp_path)
    if change in {"replaced", "written"}:
        assert all(found[f"run/checkpoints/{name}"].body == f"newer {name}".encode() for name in names[:2])
    # A file that is open is renamed, as its writer does not mind, and not discarded.
    assert ("run/checkpoints/epoch=3-step=10.ckpt" in found) == (change != "gone")
    assert "run/checkpoints/epoch-20_step-000200.ckpt" in found
    for file in held:
        file.close()


def test_a_link_made_since_is_not_left_behind(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    turned = tmp_path / "a" / "checkpoints" / "last.ckpt"
    turned.unlink()
    turned.symlink_to("epoch-03_step-000010.ckpt")
    champion = tmp_path / "b" / "champion"
    champion.symlink_to("checkpoints/epoch-13_step-000200.ckpt")
    expected = {link: link.read_bytes() for link in (turned, champion)}
    ckpt("undo", str(tmp_path)).check(0, 3)
    assert {link: link.read_bytes() for link in (turned, champion)} == expected
    assert contents(tmp_path) == {seen.body: 1 for seen in before.values() if seen.names}


def test_runs_are_undone_in_any_order(tmp_path: Path) -> None:
    grow(tmp_path, ["a/checkpoints/epoch=12-step=100.ckpt"])
    first = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    grow(tmp_path, ["b/checkpoints/epoch=13-step=200.ckpt"])
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    ckpt("undo", str(tmp_path), "1").check(0)
    assert {"a/checkpoints/epoch=12-step=100.ckpt", "b/checkpoints/epoch-13_step-000200.ckpt"} <= manifest(
        tmp_path
    ).keys()
    ckpt("undo", str(tmp_path), "2").check(0)
    found = manifest(tmp_path)
    assert {path: seen for path, seen in found.items() if not path.startswith("b")} == first
    assert "b/checkpoints/epoch=13-step=200.ckpt" in found
    # An undone run can be done again, by undoing what undid it.
    ckpt("undo", str(tmp_path), "3").check(0)
    assert {"a/checkpoints/epoch-12_step-000100.ckpt", "b/checkpoints/epoch=13-step=200.ckpt"} <= manifest(
        tmp_path
    ).keys()
