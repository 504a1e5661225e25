"""Costs of names in columns, as ratios to a loop in Python over `CheckpointPath`, on one thread and in one process.

``--inventory FILE KEYS`` writes an inventory as Parquet. ``--choose FILE`` measures latest, best and size of its runs
in Polars, or in another engine of ``--engine``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Row, time_rows

import ckpt_scheme.arrow
import ckpt_scheme.polars as columns
from ckpt_scheme import CheckpointPath, SchemeError, layout, legacy, sql

_KEYS: Final = 200_000
_ROOTS: Final = ("outputs", "s3://team/outputs", "team-a/detector/outputs", "data/experiments/2025/outputs")
_FOREIGN: Final = (
    *("checkpoint-{}/model.safetensors", "checkpoint-{}/optimizer.pt", "logs/events.out.tfevents.{}"),
    *("epoch={}-step=100.ckpt", "README{}.md"),
)
_FOREIGN_SHARE: Final = 0.26
_CORPORA: Final = ("common", "foreign", "held_out", "negative", "public")
_DATA: Final = Path(__file__).parents[1] / "tests" / "data"


def inventory(count: int) -> Iterator[str]:
    """Yield *count* keys of runs with some twenty objects each, of which 74 % are checkpoint paths."""
    source = random.Random(1)  # noqa: S311 - not for secrets
    made = 0
    while made < count:
        tag, model = source.choice(("ocr", "det_v2", "x")), source.choice(("dbnet", "unet-resnet18", "vit_b_16-small"))
        day = f"2025{source.randint(1, 12):02d}{source.randint(1, 28):02d}"
        clock = f"{source.randint(0, 23):02d}{source.randint(0, 59):02d}{source.randint(0, 59):02d}"
        run = f"{source.choice(_ROOTS)}/{tag}-{model}_training_{day}_{clock}"
        for place in range(min(20, count - made)):
            if source.random() < _FOREIGN_SHARE:
                yield f"{run}/{source.choice(_FOREIGN).format(source.randint(0, 99_999))}"
            else:
                yield f"{run}/checkpoints/{_name(source, place)}"
            made += 1


def _name(source: random.Random, place: int) -> str:
    value = f"0.{source.randint(0, 9_999):04d}"
    if place == 0:
        return "last.ckpt"
    return source.choice(
        (
            f"best-hmean-{value}.ckpt",
            *(
                f"epoch-{place:02d}_step-{place * 700:06d}{end}.ckpt"
                for end in (
                    "",
                    f"_hmean-{value}",
                    f"_hmean-{value}",
                    "_v1",
                )
            ),
        )
    )


def foreign(count: int) -> list[str]:
    """Return *count* keys of other frameworks: the names of the test corpora in some hundred runs each."""
    source = random.Random(1)  # noqa: S311 - not for secrets
    names = [case["name"] for corpus in _CORPORA for case in json.loads((_DATA / f"{corpus}_names.json").read_text())]
    found: list[str] = []
    while len(found) < count:
        run = f"team-{source.randint(0, 9)}/proj/run-{source.randint(0, 2_000)}/"
        run += source.choice(("", "", "checkpoints/", "lightning_logs/version_3/checkpoints/"))
        found += [run + source.choice(names) for _ in range(20)]
    return found[:count]


def _loop(keys: list[str]) -> list[CheckpointPath | None]:
    return [layout._read(key) for key in keys]


def _public_loop(keys: list[str]) -> None:
    for key in keys:
        try:
            CheckpointPath.parse(key)
        except SchemeError:
            continue


def _foreign_loop(keys: list[str]) -> None:
    for key in keys:
        try:
            legacy.decode(key)
        except SchemeError:
            continue


def _duckdb(memory: str = "1GB") -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1, "memory_limit": memory})
    connection.execute("SET preserve_insertion_order = false")
    return connection


def ratios(count: int, rounds: int) -> None:
    keys = list(inventory(count))
    frame, array = pl.DataFrame({"key": keys}), pa.array(keys)
    connection = _duckdb()
    connection.execute("CREATE TABLE keys AS SELECT unnest($1) AS key", [keys])
    connection.execute(sql.macros("duckdb"))
    loop = Row("loop without errors", _loop, [keys], count=count)
    rows = [
        loop,
        Row("loop over `CheckpointPath.parse`", _public_loop, [keys], count=count),
        Row("Polars `checkpoint_path`", lambda one: one.select(columns.checkpoint_path("key")), [frame], 0.4, count),
        Row(
            "Polars `is_checkpoint_path`",
            lambda one: one.select(columns.is_checkpoint_path("key")),
            [frame],
            0.08,
            count,
        ),
        Row("Arrow `checkpoint_path`", ckpt_scheme.arrow.checkpoint_path, [array], 0.4, count),
        Row("Arrow `is_checkpoint_path`", ckpt_scheme.arrow.is_checkpoint_path, [array], 0.08, count),
        Row("DuckDB `ckpt_checkpoint_path`", connection.execute, [_kept("ckpt_checkpoint_path")], 0.4, count),
        Row("DuckDB `ckpt_is_checkpoint_path`", connection.execute, [_kept("ckpt_is_checkpoint_path")], 0.15, count),
    ]
    _print(f"{count:,} keys of an inventory", rows, loop, rounds)
    others = foreign(count // 10)
    frame, array = pl.DataFrame({"key": others}), pa.array(others)
    reference = Row("loop over `legacy.decode`", _foreign_loop, [others], count=len(others))
    rows = [
        reference,
        Row("Polars `legacy`", _fresh(lambda one: one.select(columns.legacy("key"))), [frame], 0.1, len(others)),
        Row("Arrow `legacy`", _fresh(ckpt_scheme.arrow.legacy), [array], 0.1, len(others)),
    ]
    _print(f"{len(others):,} keys of other frameworks", rows, reference, min(rounds, 3))


def _kept(function: str) -> str:
    """Return a query of DuckDB that keeps what *function* returns, as Polars and Arrow do."""
    return f"CREATE OR REPLACE TEMP TABLE kept AS SELECT {function}(key) AS found FROM keys"  # noqa: S608 - a name of ours


def _fresh(call: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return *call* without the names that calls before it have read."""

    def measured(argument: Any) -> object:  # noqa: ANN401 - an argument of either engine
        ckpt_scheme.arrow._foreign_columns.row.cache_clear()
        return call(argument)

    return measured


def _print(title: str, rows: list[Row], reference: Row, rounds: int) -> None:
    print(f"\n### {title}\n\n| row | us a key | ratio | limit |\n| --- | ---: | ---: | ---: |")
    for label, timing in time_rows(rows, reference, rounds).items():
        limit = timing.row.most
        verdict = "" if limit is None else f"{limit}, {'met' if timing.ratio <= limit else '**not met**'}"
        print(f"| {label} | {timing.median / 1_000:.3f} | {timing.ratio:.3f} | {verdict} |")


def write(path: Path, count: int) -> None:
    """Write an inventory of *count* keys with sizes."""
    schema = pa.schema([("key", pa.string()), ("size", pa.int64())])
    keys = inventory(count)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, count, 100_000):
            part = [next(keys) for _ in range(min(100_000, count - start))]
            writer.write_table(pa.table({"key": part, "size": range(start, start + len(part))}, schema=schema))


def choose(path: Path, engine: str) -> None:
    """Print the rows, the CPU time and the memory of latest, best and size of each run, on one thread."""
    print("| question | rows | s CPU | peak MB so far |\n| --- | ---: | ---: | ---: |")
    for question, answer in (_in_polars if engine == "polars" else _in_duckdb)(path):
        start = time.process_time()
        height = answer()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {question} | {height:,} | {time.process_time() - start:.1f} | {peak:,.0f} |", flush=True)


def _in_polars(path: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    scanned = pl.scan_parquet(path)
    folder = pl.col("key").str.replace(r"/checkpoints/[^/]*\z", "").alias("run")
    sizes = scanned.filter(columns.is_checkpoint_path("key")).group_by(folder).agg(pl.col("size").sum(), pl.len())
    questions = {"latest": columns.latest(scanned), "best": columns.best(scanned, metric="hmean"), "size": sizes}
    for question, frame in questions.items():
        yield question, lambda frame=frame: len(frame.collect(engine="streaming"))


def _in_duckdb(path: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield the questions. The paths are cut once, into a table of the database."""
    with tempfile.TemporaryDirectory() as work:
        connection = duckdb.connect(f"{work}/keys.db", config={"threads": 1, "memory_limit": "700MB"})
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"CREATE VIEW keys AS FROM '{path}'")
        connection.execute(sql.macros("duckdb", "keys"))

        def rows(table: str, query: str) -> int:
            [height] = connection.execute(f"CREATE TABLE {table} AS {query}").fetchall()[0]
            return int(height)

        yield "catalog", lambda: rows("paths", "FROM checkpoint_paths")
        connection.execute("CREATE OR REPLACE VIEW checkpoint_paths AS FROM paths")
        yield "latest", lambda: rows("latest", "SELECT root, run, key FROM latest_per_run")
        yield "best", lambda: rows("best", "SELECT root, run, metric, mode, key FROM best_per_run")
        yield "size", lambda: rows("sizes", "FROM size_per_run")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="show that it works; the figures are not to be quoted")
    parser.add_argument("--inventory", nargs=2, metavar=("FILE", "KEYS"), help="write an inventory of so many keys")
    parser.add_argument("--choose", type=Path, metavar="FILE", help="measure latest, best and size of its runs")
    parser.add_argument("--engine", choices=("duckdb", "polars"), default="polars", help="the engine of --choose")
    options = parser.parse_args()
    pa.set_cpu_count(1)
    if options.inventory:
        write(Path(options.inventory[0]), int(options.inventory[1]))
    elif options.choose:
        choose(options.choose, options.engine)
    else:
        ratios(2_000 if options.quick else _KEYS, 1 if options.quick else 5)
