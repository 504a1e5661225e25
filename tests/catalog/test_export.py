"""`catalog.export` and `catalog.to_arrow`: the same table in every form."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ckpt_scheme.strategies
from catalog_tables import FORMS, Table, by_duckdb, by_polars, read, spelled
from catalog_trees import OTHER_RUN, RUN, grow, runs
from ckpt_scheme import RunId, catalog
from ckpt_scheme.catalog import Entry, Listing, Run
from ckpt_scheme.errors import FieldError

EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "example-outputs"
TIME: Final = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


def expected(found: list[Run]) -> Table:
    """Return the table of some runs, made from the records themselves."""
    return [row(run, checkpoint) for run in found for checkpoint in run.checkpoints]


def row(run: Run, checkpoint: catalog.Checkpoint) -> dict[str, Any]:
    said, name = checkpoint.reading, checkpoint.name
    bucket, _, key = checkpoint.path.partition("://")[2].partition("/")
    finite = {metric: value for metric, value in (said.metrics if said else {}).items() if abs(value) < float("inf")}
    one = next(iter(finite.items())) if said and len(said.metrics) == len(finite) == 1 else (None, None)
    return {
        "path": checkpoint.path,
        "bucket": bucket or None,
        "key": key or checkpoint.path,
        "entry_type": checkpoint.entry_type,
        "link_target": checkpoint.link_target,
        "size": checkpoint.size,
        "last_modified": checkpoint.modified,
        "run_path": run.path or None,
        "run": run.run and str(run.run),
        "encoder": run.run and run.run.encoder,
        "run_started": run.run and run.run.timestamp,
        "form": None if name is None else type(name).__name__.removesuffix("Checkpoint").lower(),
        "epoch": said and said.epoch,
        "step": said and said.step,
        "metric": next(iter(said.metrics)) if said and len(said.metrics) == 1 else None,
        "value": one[1],
        "version": said and said.version,
        "is_latest": checkpoint == run.latest.checkpoint,
        "is_best": checkpoint == run.best.checkpoint,
        "status": checkpoint.status,
        "framework": said and said.framework,
        "kind": said and said.kind,
        "readings": len(checkpoint.readings),
        "canonical_name": checkpoint.canonical_name,
        "losses": " ".join(checkpoint.losses) or None,
        "is_empty": "empty" in checkpoint.flags,
        "is_dead_link": "dead_link" in checkpoint.flags,
    }


def as_names(table: Table) -> Table:
    """Return a table with the names that its texts spell."""
    return [
        {key: spelled(value) if type(value) is str and key != "metrics" else value for key, value in one.items()}
        for one in table
    ]


def tables_of(found: list[Run], folder: Path) -> dict[str, Table]:
    """Return the tables of some runs, by the form in which they were written and the library that read them."""
    for form in FORMS:
        catalog.export(found, folder / f"c.{form}", roots=[])
    path = folder / "c.parquet"
    tables = {form: read(folder / f"c.{form}") for form in FORMS}
    arrow = catalog.to_arrow(found).read_all().to_pylist()
    return {**tables, "duckdb": by_duckdb(path), "polars": by_polars(path), "arrow": arrow}


def test_all_forms_hold_the_same_rows_for_the_example_outputs(tmp_path: Path) -> None:
    found = runs(EXAMPLES)

    tables = tables_of(found, tmp_path)

    assert len(tables["parquet"]) == 19
    for form, table in tables.items():
        assert table == tables["parquet"], form
    wanted = expected(found)
    assert [{key: one[key] for key in wanted[0]} for one in tables["csv"]] == wanted


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_value_that_is_not_finite_is_null_and_a_text_in_the_metrics(value: str, tmp_path: Path) -> None:
    tables = tables_of(list(catalog.scan(Listing.from_names([f"run/epoch=3-val_loss={value}.ckpt"]))), tmp_path)

    for table in tables.values():
        assert (table[0]["metric"], table[0]["value"]) == ("val_loss", None)
        assert table[0]["metrics"] == f'{{"val_loss": "{value}"}}'


# Names as a file system or a bucket may hold them, in folders named by the scheme or not.
_CHARACTERS: Final = st.sampled_from(list("ab0._-=\\\"',;\t\n\r\x1b\x00 \u00e9\u202e\U0001f600\udcff\udc80\ud800"))
_HOSTILE: Final = st.text(_CHARACTERS, min_size=1, max_size=8).map(lambda text: f"{text}.ckpt")
_NAMES: Final = st.one_of(
    _HOSTILE,
    ckpt_scheme.strategies.checkpoint_names().map(str),
    st.sampled_from(
        ["epoch=3-step=1200.ckpt", "epoch=3-val_loss=inf.ckpt", "checkpoint-500/a.bin", "model.pt", "u.ckpt"]
    ),
)
_FOLDERS: Final = st.one_of(
    ckpt_scheme.strategies.run_ids().map(lambda run: f"{run}/checkpoints"),
    st.text(_CHARACTERS, min_size=1, max_size=4),
    st.just("gs://team/outputs/a"),
)
_ENTRIES: Final = st.builds(
    lambda folder, name, size, modified: Entry(path=f"{folder}/{name}", size=size, modified=modified),
    _FOLDERS,
    _NAMES,
    st.none() | st.integers(0, 2**63 - 1),
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2262, 1, 1), timezones=st.just(UTC)),
)


@given(st.lists(_ENTRIES, max_size=6))
@settings(max_examples=25)
def test_all_forms_hold_the_same_rows_for_any_names(entries: list[Entry]) -> None:
    found = list(catalog.scan(Listing(entries)))

    with tempfile.TemporaryDirectory() as folder:
        tables = tables_of(found, Path(folder))

    for form, table in tables.items():
        assert table == tables["arrow"], form
    wanted = expected(found)
    table = as_names(tables["arrow"])
    assert [{key: one[key] for key in wanted[0]} for one in table] == wanted if wanted else not table


@given(st.text(_CHARACTERS))
@settings(max_examples=50)
def test_spelling_of_a_name_is_unicode_and_reversible(name: str) -> None:
    found = list(catalog.scan(Listing.from_names([f"run/{name}x.ckpt"])))

    (path,) = catalog.to_arrow(found).read_all()["path"].to_pylist()

    assert path.encode("utf-8")
    assert spelled(path) == found[0].checkpoints[0].path


# --------------------------------------------------------------------------------------------------------------------
# `to_arrow`.


def test_to_arrow_reads_no_run_before_it_is_read() -> None:
    asked: list[str] = []

    def found() -> Iterator[Run]:
        asked.append("first")
        yield from catalog.scan(EXAMPLES)

    reader = catalog.to_arrow(found())
    assert not asked
    assert reader.read_all().num_rows == 19
    assert asked


def test_to_arrow_raises_the_error_of_a_scan() -> None:
    reader = catalog.to_arrow(catalog.scan("nowhere/at/all"))

    with pytest.raises(FileNotFoundError):
        reader.read_all()


def test_to_arrow_is_read_by_duckdb_and_polars() -> None:
    reader = catalog.to_arrow(catalog.scan(EXAMPLES))
    with duckdb.connect() as database:
        database.register("checkpoints", reader)
        counts = database.sql("SELECT framework, count(*) FROM checkpoints GROUP BY ALL ORDER BY ALL").fetchall()
    frame = pl.DataFrame(catalog.to_arrow(catalog.scan(EXAMPLES)))

    assert dict(frame.group_by("framework").len().rows()) == dict(counts)
    assert sum(count for _, count in counts) == 19


def test_to_arrow_gives_each_column_its_type() -> None:
    wanted = {
        "text": pa.string(),
        "integer": pa.int64(),
        "real": pa.float64(),
        "boolean": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "local_time": pa.timestamp("us"),
    }

    schema = catalog.to_arrow([]).schema

    assert {field.name: field.type for field in schema} == {
        column.name: wanted[column.type] for column in catalog.COLUMNS
    }


def test_to_arrow_makes_several_batches_of_a_large_folder() -> None:
    names = [f"run/epoch-{epoch:02d}_step-000001.ckpt" for epoch in range(17_000)]

    batches = list(catalog.to_arrow(catalog.scan(Listing.from_names(names))))

    assert [batch.num_rows for batch in batches] == [16_384, 616]


# --------------------------------------------------------------------------------------------------------------------
# A second export to the same file.


def paths(path: Path) -> list[str]:
    """Return the paths of an exported catalog, sorted."""
    return sorted(one["path"] for one in read(path))


@pytest.fixture(params=FORMS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "to").mkdir()
    return tmp_path / "to" / f"catalog.{request.param}"


def put(root: Path, target: Path, **options: Any) -> catalog.Exported:  # noqa: ANN401 - the options of `export`
    return catalog.export(catalog.scan(root), target, roots=[str(root)], **options)


def test_export_again_replaces_the_rows_of_its_root_and_keeps_others(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, f"a/{RUN}/checkpoints/last.ckpt", f"a/{OTHER_RUN}/checkpoints/last.ckpt", "b/run/last.ckpt")
    put(tmp_path / "a", target)
    first = put(tmp_path / "b", target)
    (tmp_path / f"a/{RUN}/checkpoints/last.ckpt").unlink()
    grow(tmp_path, f"a/{OTHER_RUN}/checkpoints/best.ckpt", size=9)

    second = put(tmp_path / "a", target)

    assert (first, second) == (catalog.Exported(1, 2), catalog.Exported(2, 1))
    assert paths(target) == [
        f"{tmp_path}/a/{OTHER_RUN}/checkpoints/best.ckpt",
        f"{tmp_path}/a/{OTHER_RUN}/checkpoints/last.ckpt",
        f"{tmp_path}/b/run/last.ckpt",
    ]
    kept = next(one for one in read(target) if one["root"] == f"{tmp_path}/b")
    assert (kept["size"], kept["last_modified"], kept["is_latest"]) == (1, TIME, True)


def test_export_of_an_unchanged_tree_changes_no_row(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, f"a/{RUN}/checkpoints/last.ckpt", "a/b/epoch=3.ckpt", "a/\u00e9\\\udcff.ckpt")
    put(tmp_path / "a", target)
    before = read(target)

    put(tmp_path / "a", target)

    assert read(target) == before


def test_export_of_a_folder_replaces_rows_below_it_alone(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt", "out/one2/last.ckpt")
    put(tmp_path / "out", target)
    grow(tmp_path, "out/one/best.ckpt")

    put(tmp_path / "out/one", target)

    assert paths(target) == [f"{tmp_path}/out/{name}.ckpt" for name in ("one/best", "one/last", "one2/last")]


def test_export_of_a_parent_replaces_rows_of_its_folders(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt")
    put(tmp_path / "out/one", target)

    put(tmp_path / "out", target)

    assert paths(target) == [f"{tmp_path}/out/one/last.ckpt"]


def test_export_keeps_rows_below_an_unreadable_folder(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt", "out/two/last.ckpt")
    put(tmp_path / "out", target)
    for name in ("one", "two"):
        (tmp_path / "out" / name / "last.ckpt").unlink()

    put(tmp_path / "out", target, unreadable=[f"{tmp_path}/out/one"])

    assert paths(target) == [f"{tmp_path}/out/one/last.ckpt"]


def test_export_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt")
    put(tmp_path / "out", target)
    before = target.read_bytes()

    with pytest.raises(FileNotFoundError):
        put(tmp_path / "nowhere", target)

    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


def test_export_keeps_mode_and_symlink_of_the_old_file(tmp_path: Path, target: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt")
    real = tmp_path / f"real{target.suffix}"
    real.touch(mode=0o640)
    target.symlink_to(real)
    put(tmp_path / "out", target)
    real.chmod(0o600)

    put(tmp_path / "out", target)

    assert target.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert len(read(real)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_export_writes_and_updates_a_file_whose_name_is_not_utf_8(form: str, tmp_path: Path) -> None:
    grow(tmp_path, "out/one/last.ckpt", "other/last.ckpt")
    target = tmp_path / f"\udcff?#%41.{form}"
    put(tmp_path / "out", target)

    done = put(tmp_path / "other", target)

    assert done == catalog.Exported(1, 1)


def test_export_of_no_run_is_a_catalog_that_can_be_updated(tmp_path: Path, target: Path) -> None:
    (tmp_path / "out").mkdir()
    put(tmp_path / "out", target)
    grow(tmp_path, "out/one/last.ckpt")

    done = put(tmp_path / "out", target)

    assert done == catalog.Exported(1, 0)


def test_export_prefers_the_form_to_the_ending_of_the_path(tmp_path: Path) -> None:
    put(EXAMPLES, tmp_path / "c.csv", form="jsonl")

    assert (tmp_path / "c.csv").read_text(encoding="ascii").startswith('{"root": ')


@pytest.mark.parametrize("name", ["catalog", "catalog.xlsx", "csv"])
def test_export_refuses_an_unknown_ending(name: str, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"\.parquet, \.csv, \.jsonl, \.sqlite"):
        put(EXAMPLES, tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_columns_of_a_run_are_those_of_its_id(tmp_path: Path) -> None:
    run = RunId.parse(RUN)
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt")

    (found,) = catalog.to_arrow(catalog.scan(tmp_path)).read_all().to_pylist()

    assert [found[name] for name in ("root", "tag", "architecture", "phase")] == [
        *(str(tmp_path), run.tag, run.architecture, run.phase)
    ]
