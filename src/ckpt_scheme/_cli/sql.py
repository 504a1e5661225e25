"""The command ``sql``: functions and views that read names inside a database."""

from __future__ import annotations

from typing import get_args

import click

from ckpt_scheme._cli import shared, streams
from ckpt_scheme.sql import Dialect, macros


@click.command(
    epilog=shared.examples(
        "ckpt-scheme sql duckdb > ckpt.sql",
        "duckdb outputs.db < ckpt.sql",
        "ckpt-scheme sql postgres --table inventory | psql",
    )
)
@click.argument("dialect", type=click.Choice(get_args(Dialect)))
@click.option("--table", metavar="NAME", help="Add views over this table, which has the columns key and size.")
def sql(*, dialect: Dialect, table: str | None) -> None:
    """Print SQL that reads names inside a database.

    The functions ckpt_run_id, ckpt_checkpoint_name and ckpt_checkpoint_path return the fields of a text, and
    ckpt_is_run_id, ckpt_is_checkpoint_name and ckpt_is_checkpoint_path return whether it is valid.

    With --table, the views checkpoint_paths, latest_per_run, best_per_run and size_per_run follow. NAME becomes part of
    the SQL as it is.

    The SQL for BigQuery and Trino was checked for syntax only, and its first line says so.
    """
    printer = streams.Printer()
    printer.line(macros(dialect, table))
    shared.close(printer)
