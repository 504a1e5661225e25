"""``ckpt-scheme sql``."""

from __future__ import annotations

import pytest

from ckpt_scheme.sql import Dialect, macros
from cli_runner import invoke


@pytest.mark.parametrize("dialect", ["duckdb", "trino"])
def test_command_prints_the_functions(dialect: Dialect) -> None:
    result = invoke("sql", dialect)

    assert (result.exit_code, result.stdout) == (0, macros(dialect))


def test_command_prints_views_over_a_table() -> None:
    result = invoke("sql", "postgres", "--table", "team.inventory")

    assert (result.exit_code, result.stdout) == (0, macros("postgres", "team.inventory"))


def test_unknown_dialect_is_a_usage_error_that_lists_the_known_dialects() -> None:
    result = invoke("sql", "mysql")

    assert result.exit_code == 2
    assert "'bigquery', 'clickhouse', 'duckdb', 'postgres', 'spark', 'trino'" in result.stderr
