"""Cases of the migration: names to rename, names that collide, and names that are no checkpoint's."""

from __future__ import annotations

from typing import Final

from migration_case import SANE, SANE_NEW, Case
from migration_trees import File, Folder, Link

NAME_CASES: Final = (
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
    # Two names that get the same new name.
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
        {
            "epoch=12-step=100.ckpt": "epoch-12_step-000100.ckpt",
            "epoch=12-step=100-val_loss=0.123.ckpt": "epoch-12_step-000100_val_loss-0.1230.ckpt",
        },
        conflicts=("epoch_12_step_000100_val_hmean_0.8920_dbnet_resnet18_20251012_025102.ckpt",),
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
    # Names that are almost legacy, or hostile.
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
)
