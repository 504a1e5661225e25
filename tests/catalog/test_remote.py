"""`scan` of file systems behind URLs: in memory, on the disk, and a local S3 server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.config import conf

from catalog_trees import RUN, chosen, grow, runs
from ckpt_scheme import RunId, catalog
from ckpt_scheme.catalog import _remote
from ckpt_scheme.errors import FieldError, OperationError

FILES = {
    f"{RUN}/checkpoints/epoch-22_step-001932.ckpt": 30,
    f"{RUN}/checkpoints/last.ckpt": 30,
    "hf/checkpoint-500/model.safetensors": 40,
    "hf/checkpoint-900/model.safetensors": 40,
    "hf/config.json": 2,
}


def check(root: str) -> None:
    """Check a scan of `FILES` below *root*."""
    by_path = {found.path: found for found in catalog.scan(root)}
    hf, run = by_path[f"{root.rstrip('/')}/hf"], by_path[f"{root.rstrip('/')}/{RUN}"]

    assert (hf.framework, hf.size, chosen(hf, hf.latest)) == ("huggingface-trainer", 80, "checkpoint-900")
    assert (run.framework, run.size, chosen(run, run.latest)) == ("ckpt_scheme", 60, "checkpoints/last.ckpt")
    assert run.modified is not None
    assert abs((datetime.now(UTC) - run.modified).total_seconds()) < 3600
    assert catalog.identify(f"{root.rstrip('/')}/hf").framework == "huggingface-trainer"


@pytest.mark.parametrize("root", ["memory://team/outputs", "memory://team/outputs/"])
def test_scan_of_files_in_memory(root: str) -> None:
    files = fsspec.filesystem("memory")
    for path, size in FILES.items():
        files.pipe(f"/team/outputs/{path}", b"x" * size)

    check(root)

    files.rm("/team", recursive=True)


def test_scan_of_the_disk_through_fsspec_equals_that_of_the_disk(tmp_path: Path) -> None:
    for path, size in FILES.items():
        grow(tmp_path, path, size=size)
    (tmp_path / "hf/checkpoint-1200").symlink_to("checkpoint-900")

    through = list(catalog.scan(f"local://{tmp_path}"))
    plain = runs(tmp_path)

    assert [(run.path.removeprefix("local://"), run.size, run.evidence, run.framework) for run in through] == [
        (run.path, run.size, run.evidence, run.framework) for run in plain
    ]
    assert [
        (found.entry_type, found.link_target and Path(found.link_target).name, found.size)
        for found in through[0].checkpoints
    ] == [(found.entry_type, found.link_target, found.size) for found in plain[0].checkpoints]


def test_file_url_is_a_path_of_the_disk(tmp_path: Path) -> None:
    grow(tmp_path, "run/last.ckpt")

    assert [run.path for run in catalog.scan(f"file://{tmp_path}")] == [f"{tmp_path}/run"]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of a bucket of a local S3 server that holds `FILES`, and an object that stands for a folder.

    Its packages are large. Without them the test is skipped; with CKPT_SCHEME_REQUIRE_S3=1 it fails.
    """
    if os.environ.get("CKPT_SCHEME_REQUIRE_S3") != "1":
        pytest.importorskip("moto.server")
        pytest.importorskip("s3fs")
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - most runs do without it

    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    options = {"key": "a", "secret": "b", "client_kwargs": {"endpoint_url": f"http://{host}:{port}"}}
    conf["s3"] = options
    files = fsspec.filesystem("s3", **options)
    files.mkdir("team")
    for path, size in FILES.items():
        files.pipe(f"team/outputs/{path}", b"x" * size)
    files.call_s3("put_object", Bucket="team", Key="outputs/hf/", Body=b"")
    yield "s3://team/outputs"
    del conf["s3"]
    server.stop()


def test_scan_of_a_bucket(bucket: str) -> None:
    check(bucket)


def test_missing_bucket_is_an_error_that_names_it(bucket: str) -> None:
    failed: list[tuple[str, Exception]] = []

    found = list(catalog.scan(f"{bucket[:5]}missing", on_error=lambda path, error: failed.append((path, error))))

    assert (found, [path for path, _ in failed]) == ([], ["s3://missing"])
    assert isinstance(failed[0][1], OSError)


def test_bucket_without_permission_is_an_error_that_names_it(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _remote.opened(bucket)

    class DeniedError(Exception):
        """The error of a client, which shares no class with the errors of other clients."""

    def denied(*_arguments: object, **_options: object) -> object:
        raise DeniedError("403 Forbidden")

    monkeypatch.setattr(source._files, "ls", denied)

    with pytest.raises(OSError, match="DeniedError: 403 Forbidden"):
        source.folder(bucket)


def test_claim_in_a_bucket_takes_a_second_that_no_object_has(bucket: str) -> None:
    taken = RunId.parse(RUN)

    free = catalog.claim(bucket, taken)

    assert free.run.timestamp - taken.timestamp == timedelta(seconds=1)
    assert str(catalog.claim(f"{bucket}/none", taken)) == f"{bucket}/none/{RUN}"


def test_file_as_root_is_an_error() -> None:
    fsspec.filesystem("memory").pipe("/alone/last.ckpt", b"x")

    with pytest.raises(NotADirectoryError):
        list(catalog.scan("memory://alone/last.ckpt"))


def test_url_of_no_known_file_system_is_refused() -> None:
    with pytest.raises(FieldError, match="a URL that fsspec knows"):
        catalog.scan("nosuch://team")


def test_missing_fsspec_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)

    with pytest.raises(OperationError, match=r"pip install 'ckpt-scheme\[remote\]'"):
        catalog.scan("s3://team")


def test_missing_package_of_a_file_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)

    with pytest.raises(OperationError, match="gcsfs"):
        catalog.scan("gs://team")


class Files:
    """A file system that lists one entry."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.entry = entry

    def ls(self, path: str, **_options: object) -> list[dict[str, Any]]:
        return [{"name": f"{path}/last.ckpt", "type": "file", **self.entry}]


@pytest.mark.parametrize(
    ("entry", "size", "time"),
    [
        ({"size": 3, "mtime": 1.5}, 3, 1_500_000_000),
        ({"size": 3, "LastModified": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)}, 3, 1_000_000_000),
        ({"size": 3, "created": datetime(1970, 1, 1, 0, 0, 1)}, 3, 1_000_000_000),
        ({"size": 3, "updated": "1970-01-01T00:00:01Z"}, 3, 1_000_000_000),
        ({"size": 3, "updated": "yesterday"}, 3, -1),
        ({"size": None}, -1, -1),
    ],
)
def test_sizes_and_times_have_many_forms(entry: dict[str, Any], size: int, time: int) -> None:
    source = _remote.Remote(Files(entry), "x://team", "team")

    folder = source.folder("x://team/run")

    assert (folder.names, source.measure(folder, 0)) == (["last.ckpt"], (size, time))
