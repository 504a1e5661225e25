"""The scripts of ``examples/inventory/``: both engines give the answers of the library, from Parquet and from CSV."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import CheckpointPath, best, latest
from ckpt_scheme.selection import Mode
from sql_engines import package

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "inventory"
COUNT: Final = 20_000
MODES: Final[tuple[Mode, ...]] = ("max", "min")


def run(script: str, *arguments: str | Path) -> None:
    command = [sys.executable, EXAMPLES / script, *arguments]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - ours


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inventory")
    run("generate.py", folder, str(COUNT))
    return folder


def rows(folder: Path, name: str) -> list[Any]:
    table = package("pyarrow.parquet").read_table(folder / f"{name}.parquet")
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.mark.parametrize(("engine", "form"), [("duckdb", "parquet"), ("duckdb", "csv.gz"), ("spark", "csv.gz")])
def test_answers_are_those_of_the_library(engine: str, form: str, inventory: Path, tmp_path: Path) -> None:
    if engine == "spark":
        package("pyspark")
    objects = package("pyarrow.parquet").read_table(inventory / "inventory.parquet").to_pylist()
    sizes = {
        item["key"]: item["size"]
        for item in objects
        if item["is_latest"] and not item["is_delete_marker"] and CheckpointPath.is_valid(item["key"])
    }
    runs: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
    for key in sizes:
        path = CheckpointPath.parse(key)
        runs[path.root, str(path.run)].append(key)

    run(f"in_{engine}.py", inventory / f"inventory.{form}", tmp_path)

    assert len(runs) > 100
    assert set(rows(tmp_path, "sizes")) == {
        (*group, len(keys), sum(sizes[key] for key in keys)) for group, keys in runs.items()
    }
    latests = {(*group, key) for group, keys in runs.items() if (key := latest(keys))}
    assert set(rows(tmp_path, "latest")) == latests
    metrics = {
        group: {found.name for key in keys if (found := CheckpointPath.parse(key).name.metric)}
        for group, keys in runs.items()
    }
    bests = {
        (*group, metric, mode, best(runs[group], metric=metric, mode=mode))
        for group, names in metrics.items()
        for metric in names
        for mode in MODES
    }
    assert {(*row[:4], row[5]) for row in rows(tmp_path, "best")} == bests
    kept = {row[-1] for row in (*latests, *bests)}
    deletable = {(key, size) for key, size in sizes.items() if key not in kept and "/epoch-" in key}
    assert set(rows(tmp_path, "deletable")) == deletable
