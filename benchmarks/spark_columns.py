"""Time of `ckpt_scheme.spark` as a ratio to Spark's own `rlike` with the same pattern, in a local Spark of one core."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import columns
from pyspark.sql import DataFrame, SparkSession, functions

import ckpt_scheme.spark
from ckpt_scheme._columns import CHECKPOINT_PATH, FULL_MATCH


def ratios(session: SparkSession, count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as work:
        columns.write(Path(work, "keys.parquet"), count)
        keys = session.read.parquet(f"{work}/keys.parquet").select("key")
        read: Any = ckpt_scheme.spark.checkpoint_path(keys, "key")
        frames: dict[str, DataFrame] = {
            "no work: the keys alone": keys,
            "`rlike`, yes or no": keys.select(functions.col("key").rlike(FULL_MATCH.format(CHECKPOINT_PATH.pattern))),
            "`ckpt_scheme.spark.checkpoint_path`, all fields": read,
        }
        times: dict[str, list[float]] = {label: [] for label in frames}
        for _ in range(2):  # unmeasured, for the compiler of the JVM and the imports of the worker
            for frame in frames.values():
                _seconds(frame)
        for _ in range(rounds):
            for label, frame in frames.items():
                times[label].append(_seconds(frame))
    reference = times["`rlike`, yes or no"]
    print(f"### {count:,} keys in Spark\n\n| row | us a key | ratio |\n| --- | ---: | ---: |")
    for label, taken in times.items():
        ratio = median(one / other for one, other in zip(taken, reference, strict=True))
        print(f"| {label} | {median(taken) / count * 1e6:.3f} | {ratio:.2f} |")


def _seconds(frame: DataFrame) -> float:
    start = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="show that it works; the figures are not to be quoted")
    is_quick = parser.parse_args().quick
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.config("spark.log.level", "ERROR").getOrCreate()
    try:
        ratios(session, 2_000 if is_quick else 1_000_000, 1 if is_quick else 5)
    finally:
        session.stop()
