"""Answer questions about an S3 Inventory in Spark.

python in_spark.py INVENTORY FOLDER
"""

from __future__ import annotations

import sys

from answers import QUESTIONS
from pyspark.sql import SparkSession

from ckpt_scheme.sql import macros

# The columns are those of `fileSchema` in the manifest of the inventory.
COLUMNS = (
    "bucket string, key string, version_id string, is_latest boolean, is_delete_marker boolean, size bigint, "
    "last_modified_date string"
)


def main(inventory: str, folder: str) -> None:
    """Write the catalog of *inventory* and the answers as folders of Parquet files into *folder*."""
    spark = SparkSession.builder.getOrCreate()
    if inventory.endswith(".parquet"):
        found = spark.read.parquet(inventory)
    else:
        found = spark.read.csv(inventory, COLUMNS, escape='"').selectExpr("*", "url_decode(key) AS decoded")
        found = found.drop("key").withColumnRenamed("decoded", "key")
    found.where("is_latest AND NOT is_delete_marker").createOrReplaceTempView("live")
    for statement in macros("spark", "live").split(";\n")[:-1]:
        spark.sql(statement)
    spark.table("checkpoint_paths").write.parquet(f"{folder}/catalog.parquet")
    # From here on the views read the catalog, so each key is read only once.
    spark.read.parquet(f"{folder}/catalog.parquet").createOrReplaceTempView("checkpoint_paths")
    for name, query in QUESTIONS.items():
        spark.sql(query).write.parquet(f"{folder}/{name}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
