"""Answer questions about an S3 Inventory in DuckDB.

python in_duckdb.py INVENTORY FOLDER
"""

from __future__ import annotations

import sys

import duckdb
from answers import QUESTIONS

from ckpt_scheme.sql import macros

PARQUET = "SELECT key, size, is_latest, is_delete_marker FROM read_parquet('{}')"
# The columns are those of `fileSchema` in the manifest of the inventory. A "+" in an encoded key is a blank.
CSV = """
SELECT url_decode(replace(key, '+', ' ')) AS key, size, is_latest, is_delete_marker FROM read_csv('{}', header = false,
columns = {{'bucket': 'VARCHAR', 'key': 'VARCHAR', 'version_id': 'VARCHAR', 'is_latest': 'BOOLEAN',
'is_delete_marker': 'BOOLEAN', 'size': 'BIGINT', 'last_modified_date': 'VARCHAR'}})
"""


def main(inventory: str, folder: str) -> None:
    """Write the catalog of *inventory* and the answers as Parquet files into *folder*."""
    read = (PARQUET if inventory.endswith(".parquet") else CSV).format(inventory)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '800MB'; SET temp_directory = '{folder}/spilled'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"CREATE VIEW inventory AS {read}")
        connection.execute("CREATE VIEW live AS SELECT * FROM inventory WHERE is_latest AND NOT is_delete_marker")
        connection.execute(macros("duckdb", "live"))
        connection.execute(f"COPY (SELECT * FROM checkpoint_paths) TO '{folder}/catalog.parquet'")
        # From here on the views read the catalog, so each key is read only once.
        connection.execute(f"CREATE OR REPLACE VIEW checkpoint_paths AS FROM '{folder}/catalog.parquet'")
        for name, query in QUESTIONS.items():
            connection.execute(f"COPY ({query}) TO '{folder}/{name}.parquet'")


if __name__ == "__main__":
    main(*sys.argv[1:])
