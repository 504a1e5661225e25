"""Cases of the migration: checkpoints to discard or to keep."""

from __future__ import annotations

from typing import Final

from migration_case import EARLY, SANE, SANE_NEW, Case
from migration_trees import File, Hard, Link

DISCARD_CASES: Final = (
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
