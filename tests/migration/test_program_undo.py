"""The command line on real trees: undo, the trash and damaged journals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migration_operations import forge
from migration_programs import TWO_RUNS, TWO_RUNS_AFTER, end_state
from migration_trees import STATE, contents, difference, grow, manifest
from programs import ckpt


def test_undo_restores_every_earlier_state(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    between = manifest(tmp_path)

    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    after = manifest(tmp_path)

    assert difference(after, end_state(before)) == []

    ckpt("undo", str(tmp_path)).check(0)

    assert difference(manifest(tmp_path), between) == []

    ckpt("undo", str(tmp_path), "1").check(0)

    assert difference(manifest(tmp_path), before) == []
    assert contents(tmp_path) == content


@pytest.mark.parametrize("taken", ["file", "link", "folder"])
def test_undo_keeps_new_entry_at_old_name(tmp_path: Path, taken: str) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    newer = [
        tmp_path / old for old in ("a/checkpoints/epoch=12-step=100.ckpt", "b/checkpoints/epoch_02_step_000020.ckpt")
    ]
    for path in newer:
        if taken == "file":
            path.write_bytes(b"newer")
        elif taken == "link":
            path.symlink_to("nowhere")
        else:
            path.mkdir()
    content = contents(tmp_path)

    ckpt("undo", str(tmp_path)).check(3)

    after = manifest(tmp_path)

    for path in newer:
        name = str(path.relative_to(tmp_path))
        assert after[name].kind != before[name].kind or after[name].body == b"newer"

    # Everything else is restored.
    assert after["a/checkpoints/epoch=3-step=10.ckpt"] == before["a/checkpoints/epoch=3-step=10.ckpt"]
    assert after["b/checkpoints/epoch_13_step_000200.ckpt"] == before["b/checkpoints/epoch_13_step_000200.ckpt"]
    # The links lead to the same files as before.
    assert after["a/checkpoints/epoch-12_step-000100.ckpt"].body == before["a/checkpoints/epoch=12-step=100.ckpt"].body
    for link in ("a/checkpoints/last.ckpt", "b/checkpoints/best.ckpt"):
        assert (tmp_path / link).read_bytes() == before["a/checkpoints/epoch=12-step=100.ckpt"].body
    assert contents(tmp_path) == content


def test_undo_keeps_replaced_file(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    file = tmp_path / "b" / "checkpoints" / "epoch-13_step-000200.ckpt"
    replacement = file.with_name("replacement")
    replacement.write_bytes(b"another checkpoint")
    replacement.replace(file)
    content = contents(tmp_path)

    ckpt("undo", str(tmp_path)).check(1, 3)

    assert file.read_bytes() == b"another checkpoint"
    assert contents(tmp_path) == content


def test_undo_after_empty_restores_only_renames(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)

    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    assert b"epoch=3-step=10.ckpt" in ckpt("trash", str(tmp_path)).check(0).stdout

    ckpt("trash", str(tmp_path), "--empty", "--older-than", "1h", "--yes").check(0)

    assert contents(tmp_path)[before["a/checkpoints/epoch=3-step=10.ckpt"].body] == 1

    ckpt("trash", str(tmp_path), "--empty", "--yes").check(0)
    kept = {path: seen for path, seen in before.items() if TWO_RUNS_AFTER.get(path, path) is not None}

    assert contents(tmp_path)[before["a/checkpoints/epoch=3-step=10.ckpt"].body] == 0
    assert contents(tmp_path)[before["a/checkpoints/epoch=12-step=100.ckpt"].body] == 1

    ckpt("undo", str(tmp_path)).check(1, 3)

    assert difference(manifest(tmp_path), kept) == []


def test_undo_reads_journal_with_truncated_last_line(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    (journal,) = (tmp_path / STATE / "journal").iterdir()
    written = journal.read_bytes()
    # Only the line of the end is truncated; the lines before it were on the disk before the first act.
    journal.write_bytes(written[:-5])

    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    assert difference(manifest(tmp_path), end_state(before)) == []

    ckpt("undo", str(tmp_path), "1").check(0)

    assert difference(manifest(tmp_path), before) == []
    assert contents(tmp_path) == content


def test_journal_of_other_version_is_refused(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    (journal,) = (tmp_path / STATE / "journal").iterdir()
    forge(journal, lambda text: text.replace('"journal":2', '"journal":99'))
    before = manifest(tmp_path)

    for arguments in (("undo", str(tmp_path)), ("migrate", str(tmp_path), "--apply", "--delete-old")):
        ckpt(*arguments).check(1, 2, 3)
        assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize(
    "place", ["../outside/taken", "/outside", "run/../../outside/taken", "run//checkpoints/x.ckpt", ""]
)
def test_undo_ignores_journal_path_outside_root(tmp_path: Path, place: str) -> None:
    grow(tmp_path, ["root/run/checkpoints/epoch=12-step=100.ckpt", "outside/file"])
    root = tmp_path / "root"
    ckpt("migrate", str(root), "--apply").check(0)
    (journal,) = (root / STATE / "journal").iterdir()
    forge(journal, lambda text: json.dumps({**json.loads(text), "old": place}) if '"old"' in text else text)
    before = manifest(tmp_path)

    ckpt("undo", str(root)).check(1, 2, 3)

    assert difference(manifest(tmp_path), before) == []


def test_undo_keeps_links_made_since_working(tmp_path: Path) -> None:
    grow(tmp_path, TWO_RUNS)
    before = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    turned = tmp_path / "a" / "checkpoints" / "last.ckpt"
    turned.unlink()
    turned.symlink_to("epoch-03_step-000010.ckpt")
    champion = tmp_path / "b" / "champion"
    champion.symlink_to("checkpoints/epoch-13_step-000200.ckpt")
    expected = {link: link.read_bytes() for link in (turned, champion)}

    ckpt("undo", str(tmp_path)).check(0, 3)

    assert {link: link.read_bytes() for link in (turned, champion)} == expected
    assert contents(tmp_path) == {seen.body: 1 for seen in before.values() if seen.names}


def test_undo_reverts_operations_in_any_order(tmp_path: Path) -> None:
    grow(tmp_path, ["a/checkpoints/epoch=12-step=100.ckpt"])
    first = manifest(tmp_path)
    ckpt("migrate", str(tmp_path), "--apply").check(0)
    grow(tmp_path, ["b/checkpoints/epoch=13-step=200.ckpt"])

    ckpt("migrate", str(tmp_path), "--apply").check(0)
    ckpt("undo", str(tmp_path), "1").check(0)

    assert {"a/checkpoints/epoch=12-step=100.ckpt", "b/checkpoints/epoch-13_step-000200.ckpt"} <= manifest(
        tmp_path
    ).keys()

    ckpt("undo", str(tmp_path), "2").check(0)
    found = manifest(tmp_path)

    assert {path: seen for path, seen in found.items() if not path.startswith("b")} == first
    assert "b/checkpoints/epoch=13-step=200.ckpt" in found

    # Undoing an undo repeats the operation.
    ckpt("undo", str(tmp_path), "3").check(0)

    assert {"a/checkpoints/epoch-12_step-000100.ckpt", "b/checkpoints/epoch=13-step=200.ckpt"} <= manifest(
        tmp_path
    ).keys()
