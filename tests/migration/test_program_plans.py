"""The command line on real trees: previews, plan files, and plans that must not be carried out."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from migration_case import SANE
from migration_programs import the_39
from migration_trees import STATE, File, Link, Manifest, contents, difference, grow, manifest, moved
from programs import ckpt, side_by_side


def test_migrate_and_undo_original_39_checkpoints(tmp_path: Path) -> None:
    names = the_39()
    grow(tmp_path, list(names))
    before, content = manifest(tmp_path), contents(tmp_path)

    applied = ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    after = manifest(tmp_path)

    assert difference(after, moved(before, {old: new or None for old, new in names.items()})) == []
    assert sum(1 for path in after if path.endswith(".ckpt")) == 8

    trash = manifest(tmp_path / STATE / "trash" / "000001")
    assert sum(1 for path in trash if path.endswith(".ckpt")) == 31
    assert all(number in applied.stdout + applied.stderr for number in (b"8", b"31"))
    assert contents(tmp_path) == content

    ckpt("undo", str(tmp_path)).check(0)

    assert difference(manifest(tmp_path), before) == []


def test_preview_changes_nothing(tmp_path: Path) -> None:
    grow(tmp_path, {**dict.fromkeys(the_39(), File()), "run/checkpoints/last.ckpt": Link("epoch=1-step=1.ckpt")})
    before = manifest(tmp_path, state=True, times=True)
    root = str(tmp_path)

    for arguments in (
        ("migrate", root),
        ("migrate", root, "--dry-run"),
        ("migrate", root, "--apply", "--dry-run"),
        ("migrate", root, "--delete-old", "--verbose"),
        ("migrate", root, "--delete-old", "--summary"),
        ("migrate", root, "--delete-old", "--json"),
        ("prune", root, "--keep-last", "1"),
        ("trash", root),
        ("undo", root, "--list"),
    ):
        ckpt(*arguments).check(0)
        assert difference(manifest(tmp_path, state=True, times=True), before) == [], arguments


def test_plan_file_has_effect_of_root(tmp_path: Path) -> None:
    strange = "run\x1b\udcff\u202e/checkpoints/epoch=12-step=100.ckpt"
    nodes = {**dict.fromkeys(the_39(), File()), strange: File()}
    ends: list[Manifest] = []
    for name in ("direct", "rooted", "planned"):
        base = tmp_path / name
        grow(base / "root", nodes)
        plan = str(base / "plan")
        if name == "direct":
            ckpt("migrate", "root", "--apply", "--delete-old", cwd=base).check(0)
        else:
            (base / "plan").write_bytes(ckpt("migrate", "root", "--delete-old", "--json", cwd=base).check(0).stdout)
            root = ("root",) if name == "rooted" else ()

            ckpt("migrate", *root, "--plan", plan, "--apply", cwd=base).check(0)
        ends.append(manifest(base / "root"))

    assert difference(ends[1], ends[0]) == []
    assert difference(ends[2], ends[0]) == []
    assert ends[0].keys() & nodes.keys() == set()


@pytest.mark.parametrize("change", ["added", "removed", "written", "replaced", "run-renamed"])
def test_plan_older_than_tree_is_refused(tmp_path: Path, change: str) -> None:
    root = tmp_path / "root"
    checkpoints = root / "run" / "checkpoints"
    grow(root, ["run/checkpoints/epoch=12-step=100.ckpt", "run/checkpoints/epoch=13-step=200.ckpt"])
    (tmp_path / "plan").write_bytes(ckpt("migrate", str(root), "--json").check(0).stdout)
    file = checkpoints / "epoch=13-step=200.ckpt"
    match change:
        case "added":
            (checkpoints / "epoch-12_step-000100.ckpt").write_bytes(b"newer")
        case "removed":
            file.unlink()
        case "written":
            file.write_bytes(b"newer")
        case "replaced":
            other = file.with_name("other")
            other.write_bytes(file.read_bytes())
            os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
            other.replace(file)
        case _:
            (root / "run").rename(root / "renamed")
    before = manifest(root, times=True)

    ckpt("migrate", str(root), "--plan", str(tmp_path / "plan"), "--apply").check(1)
    after = manifest(root, times=True)

    # The lock is taken before the tree is listed, and is the only new file.
    assert difference({**after, ".": before["."]}, before) == []
    assert manifest(root, state=True).keys() - after.keys() <= {STATE, f"{STATE}/lock"}


def test_second_migrate_changes_nothing(tmp_path: Path) -> None:
    grow(tmp_path, ["run/checkpoints/epoch=12-step=100.ckpt", "run/checkpoints/epoch=3-step=10.ckpt"])
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)
    before = manifest(tmp_path, state=True, times=True)

    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_migrate_leaves_canonical_tree_unchanged(tmp_path: Path) -> None:
    grow(tmp_path, ["run/checkpoints/epoch-12_step-000100.ckpt", "run/checkpoints/last.ckpt"])
    before = manifest(tmp_path, state=True, times=True)

    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0)

    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_migrate_leaves_empty_root_empty(tmp_path: Path) -> None:  # A05
    for arguments in (("--apply",), ("--apply", "--delete-old"), ("--json",)):
        ckpt("migrate", str(tmp_path), *arguments).check(0)

    assert manifest(tmp_path, state=True).keys() == {"."}


def test_migrate_does_not_depend_on_order_of_creation(tmp_path: Path) -> None:
    names = ("epoch=12-step=100.ckpt", "epoch_12_step_000100.ckpt", "epoch=3-step=10.ckpt")
    rest = ("epoch_03_step_000010.ckpt", "epoch=3-step=10-v1.ckpt", "epoch=2-step=9.ckpt", SANE)

    def end(item: tuple[int, tuple[str, ...]]) -> Manifest:
        number, order = item
        root = tmp_path / str(number)
        names = order + rest if number % 2 else rest[::-1] + order
        grow(root, [f"run/checkpoints/{name}" for name in names])
        ckpt("migrate", str(root), "--apply", "--delete-old").check(3)
        return manifest(root)

    ends = side_by_side(end, enumerate(itertools.permutations(names)))

    assert len(ends) == 6
    assert all(difference(other, ends[0]) == [] for other in ends)


def test_prune_discards_without_renames(tmp_path: Path) -> None:
    canonical = [f"run/checkpoints/epoch-{epoch:02}_step-000{epoch:03}.ckpt" for epoch in range(5, 15)]
    grow(tmp_path, [*canonical, "run/checkpoints/last.ckpt", "run/checkpoints/epoch=1-step=1.ckpt"])
    before = manifest(tmp_path)

    ckpt("prune", str(tmp_path)).check(2)

    assert difference(manifest(tmp_path), before) == []

    ckpt("prune", str(tmp_path), "--keep-last", "2", "--apply").check(0, 3)

    assert difference(manifest(tmp_path), moved(before, dict.fromkeys(canonical[:-2]))) == []

    ckpt("undo", str(tmp_path)).check(0)

    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"new": "../outside/epoch-12_step-000100.ckpt"},
        {"new": "run/checkpoints/epoch-99_step-000100.ckpt"},
        {"path": "../outside/file"},
        {"do": "discard"},
        {"do": "burn"},
        {"path": 7},
    ],
    ids=str,
)
def test_edited_plan_is_refused(tmp_path: Path, edit: Mapping[str, object]) -> None:
    grow(tmp_path, ["root/run/checkpoints/epoch=12-step=100.ckpt", "outside/file"])
    plan = json.loads(ckpt("migrate", str(tmp_path / "root"), "--json").check(0).stdout)
    plan["items"][0].update(edit)
    (tmp_path / "plan").write_text(json.dumps(plan))
    before = manifest(tmp_path)

    ckpt("migrate", str(tmp_path / "root"), "--plan", str(tmp_path / "plan"), "--apply").check(1, 2)

    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"plan": 2}', b"\xff\xfe", b'{"plan": 1}', b"[" * 100_000])
def test_malformed_plan_is_refused(tmp_path: Path, text: bytes) -> None:
    grow(tmp_path, {"root/run/checkpoints/epoch=12-step=100.ckpt": File(), "plan": File(text)})
    before = manifest(tmp_path)

    ckpt("migrate", str(tmp_path / "root"), "--plan", str(tmp_path / "plan"), "--apply").check(1, 2)

    assert difference(manifest(tmp_path), before) == []
