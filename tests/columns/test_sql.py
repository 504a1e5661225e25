"""The text of `ckpt_scheme.sql`, run by real databases: the fields of `parse`, and the choices of `selection`."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import pytest

from ckpt_scheme import CheckpointPath, FieldError, _columns, best, latest
from ckpt_scheme.sql import Dialect, macros
from column_names import EDGES, RECORDS, RecordName, count, differences, expected, names, runs_of_names
from sql_engines import ENGINES, Keys, Row, package

FIELDS: Final = {
    record.text: tuple(record.fields)
    for record in (_columns.RUN_ID, _columns.CHECKPOINT_NAME, _columns.CHECKPOINT_PATH)
}


def fields_query(dialect: Dialect, record: RecordName, first: int, last: int) -> str:
    fields = ", ".join(f"p.{field}" for field in FIELDS[record])
    keys = f"SELECT * FROM keys WHERE id BETWEEN {first} AND {last}"
    # A function of PostgreSQL returns a table.
    source = f"({keys}) AS k, LATERAL ckpt_{record}(key) AS p"
    if dialect != "postgres":
        source = f"(SELECT id, ckpt_{record}(key) AS p FROM ({keys}) AS k) AS t"
    return f"SELECT {fields} FROM {source} ORDER BY id"


def validity_query(record: RecordName, first: int, last: int) -> str:
    return f"SELECT ckpt_is_{record}(key) AS valid FROM keys WHERE id BETWEEN {first} AND {last} ORDER BY id"


@pytest.mark.parametrize("dialect", sorted(ENGINES))
def test_database_reads_the_fields_of_parse(dialect: Dialect) -> None:
    # PostgreSQL has no text with NUL.
    holds_nul = dialect != "postgres"
    texts = {
        record: [text for text in (*EDGES[record], *names(record, count())) if holds_nul or "\0" not in (text or "")]
        for record in RECORDS
    }
    keys: Keys = [(text, 0) for record in RECORDS for text in texts[record]]
    queries: list[str] = []
    first = 0
    for record in RECORDS:
        last = first + len(texts[record]) - 1
        queries += [fields_query(dialect, record, first, last), validity_query(record, first, last)]
        first = last + 1

    answers = ENGINES[dialect](macros(dialect), keys, queries)

    for record, fields, valid in zip(RECORDS, answers[::2], answers[1::2], strict=True):
        rows = [None if all(value is None for value in row) else row for row in fields]
        assert differences(record, texts[record], rows) == []
        rights = [None if text is None else expected(record, text) is not None for text in texts[record]]
        assert [row[0] for row in valid] == rights


def chosen_by_the_library(keys: list[str]) -> tuple[dict[Row, str | None], dict[Row, str | None], dict[Row, Row]]:
    """Return the latest key of each root and run, the best of each metric and mode, and the number and size."""
    runs: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
    for key in keys:
        path = CheckpointPath.parse(key)
        runs[path.root, str(path.run)].append(key)
    latests: dict[Row, str | None] = {run: latest(found) for run, found in runs.items()}
    bests: dict[Row, str | None] = {}
    for run, found in runs.items():
        metrics = {metric.name for key in found if (metric := CheckpointPath.parse(key).name.metric)}
        for name in metrics:
            bests[*run, name, "max"] = best(found, metric=name, mode="max")
            bests[*run, name, "min"] = best(found, metric=name, mode="min")
    sizes: dict[Row, Row] = {run: (len(found), sum(map(len, found))) for run, found in runs.items()}
    return {run: key for run, key in latests.items() if key is not None}, bests, sizes


@pytest.mark.parametrize("dialect", sorted(ENGINES))
def test_views_choose_as_the_library_does(dialect: Dialect) -> None:
    keys = sorted({key for run in runs_of_names(400) for key in run})
    others = ["a/notes.txt", "a/a-b_d_20250115_120000/checkpoints/epoch=3.ckpt", None]
    queries = [
        "SELECT root, run, key FROM latest_per_run",
        "SELECT root, run, metric, mode, key FROM best_per_run",
        "SELECT root, run, checkpoints, total_size FROM size_per_run",
        f"SELECT key, {', '.join(FIELDS['checkpoint_path'])} FROM checkpoint_paths",
    ]

    answers = ENGINES[dialect](macros(dialect, "keys"), [(key, len(key or "")) for key in (*keys, *others)], queries)

    latests, bests, sizes = chosen_by_the_library(keys)
    assert {row[:2]: row[2] for row in answers[0]} == latests
    assert {row[:4]: row[4] for row in answers[1]} == bests
    assert {row[:2]: row[2:] for row in answers[2]} == sizes
    assert [len(answer) for answer in answers[:3]] == [len(latests), len(bests), len(sizes)]
    assert {row[0]: row[1:] for row in answers[3]} == {key: expected("checkpoint_path", key) for key in keys}


@pytest.mark.parametrize("dialect", ["bigquery", "trino"])
def test_untested_dialect_has_valid_syntax_and_a_note(dialect: Dialect) -> None:
    sqlglot = package("sqlglot")
    text = macros(dialect, "keys")

    statements = sqlglot.parse(text, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)

    assert [statement.key for statement in statements if statement is not None] == ["create"] * 10
    assert not any(list(statement.find_all(sqlglot.exp.Command)) for statement in statements if statement is not None)
    assert text.startswith("-- These statements were checked for syntax only.")


@pytest.mark.parametrize("dialect", sorted(ENGINES))
def test_tested_dialect_has_no_note(dialect: Dialect) -> None:
    assert macros(dialect).startswith("CREATE OR REPLACE ")


def test_macros_without_a_table_have_no_views() -> None:
    assert "VIEW" not in macros("duckdb")


@pytest.mark.parametrize("dialect", ["mysql", "DuckDB", "", None, 3, ["duckdb"]])
def test_unknown_dialect_is_refused(dialect: object) -> None:
    with pytest.raises(FieldError, match=r"SQL dialect .* expected one of bigquery, clickhouse, duckdb, postgres"):
        macros(dialect)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_table_of_another_type_is_refused() -> None:
    with pytest.raises(FieldError, match="SQL table"):
        macros("duckdb", b"keys")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
