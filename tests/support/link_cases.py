"""Cases of the migration: symlinks, hard links and special files."""

from __future__ import annotations

from typing import Final

from migration_case import SANE, SANE_NEW, Case
from migration_trees import File, Hard, Link, Pipe

LINK_CASES: Final = (
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
)
