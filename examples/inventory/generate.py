"""Write an S3 Inventory of a made-up bucket, as Parquet and as CSV with URL-encoded keys.

python generate.py FOLDER [KEYS]
"""

from __future__ import annotations

import csv
import gzip
import random
import sys
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

ROOTS = ("outputs", "team/ocr outputs", "archive/2024", "équipe/sorties")
BATCH = 100_000  # rows of one row group
SCHEMA = pa.schema(
    [
        ("bucket", pa.string()),
        ("key", pa.string()),
        ("version_id", pa.string()),
        ("is_latest", pa.bool_()),
        ("is_delete_marker", pa.bool_()),
        ("size", pa.int64()),
        ("last_modified_date", pa.timestamp("ms", tz="UTC")),
    ]
)


def folders(source: random.Random) -> Iterator[list[str]]:
    """Yield the keys of each run."""
    while True:
        started = datetime(2023, 1, 1) + timedelta(seconds=source.randrange(80_000_000))  # noqa: DTZ001 - run ids have no zone
        encoder = source.choice(("", "-resnet18", "-swin_t"))
        model = f"{source.choice(('dbnet', 'crnn', 'vit_b'))}{encoder}_{source.choice(('training', 'fine-tuning'))}"
        run = f"{source.choice(ROOTS)}/{source.choice(('ocr', 'layout', 'kie'))}-{model}_{started:%Y%m%d_%H%M%S}"
        metric = source.choice(("hmean", "val_loss"))
        epochs = range(source.randint(3, 30))
        names = [f"epoch-{n:02}_step-{84 * n:06}_{metric}-{source.random():.4f}.ckpt" for n in epochs]
        names += [f"best-{metric}-{source.random():.4f}.ckpt", "last.ckpt", "epoch=3-step=252.ckpt"]
        yield [f"{run}/checkpoints/{name}" for name in names] + [f"{run}/logs/events.{n}" for n in epochs]


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Yield *count* rows of the inventory, the same in each call."""
    source = random.Random(0)  # noqa: S311 - not for secrets
    keys = (key for found in folders(source) for key in found)
    for _, key in zip(range(count), keys, strict=False):
        size = source.randrange(10**6, 10**9)
        modified = datetime(2025, 10, 15, tzinfo=UTC) + timedelta(seconds=source.randrange(10**7))
        state = source.random()
        # 5 % are old versions, and 1 % are delete markers.
        yield "team", key, f"{source.getrandbits(64):x}", state > 0.05, state > 0.99, size, modified  # noqa: PLR2004


def main(folder: Path, count: int) -> None:
    """Write ``inventory.parquet`` and ``inventory.csv.gz``."""
    found = rows(count)
    with (
        pyarrow.parquet.ParquetWriter(folder / "inventory.parquet", SCHEMA) as parquet,
        gzip.open(folder / "inventory.csv.gz", "wt", encoding="ascii", newline="", compresslevel=1) as text,
    ):
        table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        while batch := [row for _, row in zip(range(BATCH), found, strict=False)]:
            parquet.write_table(pa.table(list(zip(*batch, strict=True)), schema=SCHEMA))
            for bucket, key, version, is_latest, is_marker, size, modified in batch:
                cells = (
                    version,
                    str(is_latest).lower(),
                    str(is_marker).lower(),
                    size,
                    f"{modified:%Y-%m-%dT%H:%M:%S.000Z}",
                )
                table.writerow((bucket, urllib.parse.quote_plus(str(key), safe="/"), *cells))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)  # noqa: PLR2004
