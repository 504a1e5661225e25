"""Every damaged byte of a journal is reported; no content is lost, and no entry replaced.

All readers see each cut and each flipped bit. `undo` sees some of them, and all with CKPT_SCHEME_DAMAGE_STEP=1.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Report, Session, operations
from migration_operations import DIRECTORY, FILE, FILE_NEW, migrate
from migration_trees import STATE, File, Link, contents, grow, manifest

JOURNAL: Final = f"{STATE}/journal/000001.jsonl"
# 37 is prime to the 8 bits of a byte, so that each bit of some byte is tried.
STEP: Final = int(os.environ.get("CKPT_SCHEME_DAMAGE_STEP", "37"))


def undone(root: Path) -> Report | None:
    """Return the report of `undo`, or None if it refuses to work with the journal."""
    with contextlib.suppress(OperationError), Session(root) as session:
        return session.undo()
    return None


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("migrated")
    grow(root, {FILE: File(), f"{DIRECTORY}/last.ckpt": Link(Path(FILE).name)})
    assert migrate(root).done == ((FILE, FILE_NEW),)
    return root


def copied(migrated: Path, root: Path, journal: bytes) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(migrated, root, symlinks=True)
    (root / JOURNAL).write_bytes(journal)
    return root


def flips(whole: bytes) -> Iterator[bytes]:
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


def is_reported(root: Path) -> bool:
    """Return whether the reader of journals refuses the only journal of *root* or reports damage."""
    try:
        (operation,) = operations(root)
    except OperationError:
        return True
    return operation.is_damaged


def test_reader_reports_each_flipped_bit(migrated: Path, tmp_path: Path) -> None:
    whole = (migrated / JOURNAL).read_bytes()
    path = tmp_path / JOURNAL
    path.parent.mkdir(parents=True)

    for damaged in flips(whole):
        path.write_bytes(damaged)

        assert is_reported(tmp_path), damaged


def test_reader_reports_each_cut_before_the_end(migrated: Path, tmp_path: Path) -> None:
    whole = (migrated / JOURNAL).read_bytes()
    end_of_acts = whole.rindex(b"\n", 0, len(whole) - 1)
    path = tmp_path / JOURNAL
    path.parent.mkdir(parents=True)

    for length in range(len(whole)):
        path.write_bytes(whole[:length])

        # With all its acts, it is the journal of an operation that was stopped.
        assert is_reported(tmp_path) == (length < end_of_acts - 1), length


def test_each_flipped_bit_is_reported(tmp_path: Path, migrated: Path) -> None:
    whole, content = (migrated / JOURNAL).read_bytes(), contents(migrated)
    before = manifest(migrated)

    for damaged in itertools.islice(flips(whole), None, None, STEP):
        root = copied(migrated, tmp_path / "copy", damaged)

        report = undone(root)

        assert report is None or report.damaged == (1,), damaged
        assert contents(root) == content
        assert report is None or report.done or manifest(root) == before


def test_each_cut_is_reported_or_harmless(tmp_path: Path, migrated: Path) -> None:
    whole, content = (migrated / JOURNAL).read_bytes(), contents(migrated)
    end_of_acts = whole.rindex(b"\n", 0, len(whole) - 1)

    for length in range(0, len(whole), STEP):
        root = copied(migrated, tmp_path / "copy", whole[:length])

        report = undone(root)

        assert contents(root) == content
        if length < end_of_acts - 1:
            assert report is None or report.damaged == (1,), length
        else:
            # The power failed while the end was written.
            assert report is not None
            assert (report.done, report.damaged) == (((FILE_NEW, FILE),), ())
