"""Databases that run the text of `ckpt_scheme.sql`, each in a session with a time zone of its own."""

from __future__ import annotations

import functools
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

import duckdb
import pytest

from ckpt_scheme.sql import Dialect

ARE_REQUIRED: Final = os.environ.get("CKPT_SCHEME_REQUIRE_COLUMNS") == "1"
"""Whether a test fails, and is not skipped, if its engine is missing."""

Row: TypeAlias = tuple[Any, ...]
Keys: TypeAlias = Sequence[tuple[str | None, int]]
Ask: TypeAlias = Callable[[str, Keys, Sequence[str]], list[list[Row]]]
"""Runs statements over a table ``keys`` with the columns ``id``, ``key``, ``size``, and returns the rows of queries."""

_ZONE: Final = "America/New_York"

# Loaded by name, for pyarrow carries no types.
pa: Any = importlib.import_module("pyarrow")
parquet: Any = importlib.import_module("pyarrow.parquet")


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CKPT_SCHEME_REQUIRE_COLUMNS is 1."""
    if ARE_REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def package(module: str) -> Any:  # noqa: ANN401 - a large package that is not installed for type checks
    """Import a module, or skip or fail the test as `missing` does."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        missing(f"this test needs {module}; .ci/columns-requirements.txt lists its package")


def statements(sql: str) -> list[str]:
    """Return the statements of `ckpt_scheme.sql.macros`, for engines that take one at a time."""
    return sql.split(";\n")[:-1]


def _table(keys: Keys) -> Any:  # noqa: ANN401 - a table of pyarrow
    columns = {
        "id": pa.array(range(len(keys)), pa.int64()),
        "key": pa.array([key for key, _ in keys], pa.string()),
        "size": pa.array([size for _, size in keys], pa.int64()),
    }
    return pa.table(columns)


def _rows(table: Any) -> list[Row]:  # noqa: ANN401 - a table of pyarrow
    """Return the rows of a table. A time with the zone UTC, as ClickHouse has it, loses the zone."""
    for number, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            assert field.type.tz in {None, "UTC"}
            table = table.set_column(number, field.name, table.column(number).cast(pa.timestamp("us")))
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _in_duckdb(sql: str, keys: Keys, queries: Sequence[str]) -> list[list[Row]]:
    with duckdb.connect() as connection:
        connection.register("arrow", _table(keys))
        connection.execute(f"SET TimeZone = '{_ZONE}'; CREATE TABLE keys AS FROM arrow; {sql}")
        return [_rows(connection.sql(query).to_arrow_table()) for query in queries]


def _in_clickhouse(sql: str, keys: Keys, queries: Sequence[str]) -> list[list[Row]]:
    chdb = package("chdb.session")
    with tempfile.TemporaryDirectory() as folder, chdb.Session(f"{folder}/data") as session:
        parquet.write_table(_table(keys), f"{folder}/keys.parquet")
        session.query(f"SET session_timezone = '{_ZONE}'")
        session.query(f"CREATE TABLE keys ENGINE = Memory AS SELECT * FROM file('{folder}/keys.parquet')")
        for statement in statements(sql):
            session.query(statement)
        answers = [session.query(query, "ArrowStream").bytes() for query in queries]
    return [_rows(pa.ipc.open_stream(answer).read_all()) for answer in answers]


def _in_spark(sql: str, keys: Keys, queries: Sequence[str]) -> list[list[Row]]:
    session = spark()
    with tempfile.TemporaryDirectory() as folder:
        parquet.write_table(_table(keys), f"{folder}/keys.parquet")
        session.read.parquet(f"{folder}/keys.parquet").createOrReplaceTempView("keys")
        for statement in statements(sql):
            session.sql(statement)
        return [_rows(session.sql(query).toArrow()) for query in queries]


@functools.cache
def spark() -> Any:  # noqa: ANN401 - a session of Spark
    """Return the session of Spark of this process, for all tests."""
    if shutil.which("java") is None:
        missing("this test runs Spark: Debian's package of Java is default-jdk-headless")
    settings = {
        "spark.driver.extraJavaOptions": f"-Duser.timezone={_ZONE}",
        "spark.sql.session.timeZone": _ZONE,
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of the workers, which need this library too
    builder = package("pyspark.sql").SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _in_postgres(sql: str, keys: Keys, queries: Sequence[str]) -> list[list[Row]]:
    """Query a new database without a server: PostgreSQL's single-user mode reads statements."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        missing("this test runs PostgreSQL: Debian's package is postgresql")
    binaries = versions[-1].parent
    # PostgreSQL does not run as root; Debian's package makes a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if user is not None:
            shutil.chown(home, user)
        # The order of a language puts small letters before capital ones.
        order = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        initdb = [f"{binaries}/initdb", "--no-sync", "--encoding=UTF8", *order, "--auth=trust", f"{home}/data"]
        subprocess.run(initdb, user=user, cwd=home, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours
        with (home / "keys").open("w") as file:
            for number, (key, size) in enumerate(keys):
                file.write(f"{number}\t{'null' if key is None else key.encode().hex()}\t{size}\n")
        # A line of JSON holds neither of these two characters.
        form = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
        commands = [
            f"SET TimeZone = '{_ZONE}'",
            "CREATE TABLE hex (id bigint, key text, size bigint)",
            f"COPY hex FROM '{home}/keys' (NULL 'null')",
            "CREATE TABLE keys AS SELECT id, convert_from(decode(key, 'hex'), 'UTF8') AS key, size FROM hex",
            *statements(sql),
            *(
                f"COPY (SELECT row_to_json(t) FROM ({query}) AS t) TO '{home}/{number}' {form}"
                for number, query in enumerate(queries)
            ),
        ]
        single = [f"{binaries}/postgres", "--single", "-j", "-F", "-c", "log_min_messages=error"]
        run = subprocess.run(  # noqa: S603 - ours
            [*single, "-D", f"{home}/data", "postgres"],
            input="".join(f"{command};\n\n" for command in commands),
            user=user,
            cwd=home,
            capture_output=True,
            check=True,
            text=True,
        )
        assert "ERROR" not in run.stderr, run.stderr[:2000]
        return [_of_json((home / str(number)).read_text()) for number in range(len(queries))]


def _of_json(lines: str) -> list[Row]:
    rows = (json.loads(line) for line in lines.split("\n")[:-1])
    return [
        tuple(datetime.fromisoformat(value) if name == "timestamp" and value else value for name, value in row.items())
        for row in rows
    ]


ENGINES: Final[dict[Dialect, Ask]] = {
    "clickhouse": _in_clickhouse,
    "duckdb": _in_duckdb,
    "postgres": _in_postgres,
    "spark": _in_spark,
}
"""The dialects of which a test runs an engine."""
