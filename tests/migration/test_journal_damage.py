"""Every damaged byte of a journal is reported, and loses and replaces nothing."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Final

import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import Report, Session
from migration_operations import DIRECTORY, FILE, FILE_NEW, migrate
from migration_trees import STATE, File, Link, contents, grow, manifest

JOURNAL: Final = f"{STATE}/journal/000001.jsonl"
STEP: Final = 7  # prime to the 8 bits of a byte, so that each bit of some byte is tried


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


def test_each_flipped_bit_is_reported(tmp_path: Path, migrated: Path) -> None:
    whole, content = (migrated / JOURNAL).read_bytes(), contents(migrated)
    before = manifest(migrated)

    for bit in range(0, len(whole) * 8, STEP):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        root = copied(migrated, tmp_path / "copy", bytes(damaged))

        report = undone(root)

        assert report is None or report.damaged == (1,), (bit, bytes(damaged))
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
            # The power went while the end was written.
            assert report is not None
            assert (report.done, report.damaged) == (((FILE_NEW, FILE),), ())
