"""The command line on real trees: output, encodings, roots and other processes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from cli_trees import on_terminal, start
from machine import immutable, need
from migration_programs import TWO_RUNS, TWO_RUNS_AFTER, TWO_RUNS_TEXTS, end_state, the_39
from migration_trees import STATE, File, Link, Node, contents, difference, grow, manifest, moved
from programs import begin, ckpt, finish, stopped

# The state, the directory of journals, the journal, and that directory with the journal: nothing has moved yet.
JOURNAL_IS_COMPLETE: Final = "fsync:when=4"


def test_terminal_shows_names_escaped(tmp_path: Path) -> None:
    names = ("\x1b[2K\x1b[1A.ckpt", "\u202egnp.ckpt", "\x07\x9b.ckpt", "\udcff.ckpt")
    grow(tmp_path, [*(f"run/checkpoints/{name}" for name in names), "run\x1b[31m/checkpoints/epoch=12-step=100.ckpt"])

    for flags in ((), ("--apply",)):
        shown, _ = on_terminal(
            *("-m", "ckpt_scheme", "migrate", str(tmp_path), *flags),
            streams=("stdout", "stderr"),
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "ascii"},  # the progress bar, too, is ASCII then
        )

        # `on_terminal` decodes the output as ASCII.
        assert "\x1b[2K\x1b[1A.ckpt" not in shown
        assert "run\x1b[31m" not in shown
        assert "\x07" not in shown


def test_migrate_continues_beside_immutable_directory(tmp_path: Path) -> None:
    need("root", "chattr")
    nodes = {f"{run}/checkpoints/{name}": File() for run in "abc" for name in ("epoch=12-step=100.ckpt", "last.ckpt")}
    grow(tmp_path, nodes)
    before = manifest(tmp_path)
    names = {
        f"{run}/checkpoints/epoch={12}-step=100.ckpt": f"{run}/checkpoints/epoch-12_step-000100.ckpt" for run in "abc"
    }

    with immutable(tmp_path / "b" / "checkpoints"):
        ckpt("migrate", str(tmp_path), "--apply").check(1)
        reached = {old: new for old, new in names.items() if not old.startswith("b")}

        assert difference(manifest(tmp_path), moved(before, reached)) == []

    ckpt("migrate", str(tmp_path), "--apply").check(0)

    assert difference(manifest(tmp_path), moved(before, names)) == []


@pytest.mark.parametrize("stdout", ["full", "closed", "no-reader"])
def test_migrate_loses_nothing_if_output_fails(tmp_path: Path, stdout: str) -> None:
    grow(tmp_path, TWO_RUNS)
    before, content = manifest(tmp_path), contents(tmp_path)
    arguments = ("migrate", str(tmp_path), "--apply", "--delete-old")
    if stdout == "full":
        with Path("/dev/full").open("wb") as full:
            done = finish(begin(*arguments, stdout=full.fileno()))
    elif stdout == "closed":
        done = finish(start("/bin/sh", "-c", f"{shlex.join((sys.executable, '-m', 'ckpt_scheme', *arguments))} >&-"))
    else:
        reader, writer = os.pipe()
        os.close(reader)
        process = begin(*arguments, stdout=writer)
        os.close(writer)

        done = finish(process)

    assert b"Traceback" not in done.stderr
    assert contents(tmp_path) == content

    ckpt(*arguments).check(0)

    assert contents(tmp_path) == content
    assert difference(manifest(tmp_path), end_state(before)) == []


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "1"},
    ],
    ids=["F04", "F05", "F04-locale", "F05-locale"],
)
def test_migrate_works_in_any_output_encoding(tmp_path: Path, env: Mapping[str, str]) -> None:
    names = {
        f"{run}/checkpoints/epoch=12-step=100.ckpt": f"{run}/checkpoints/epoch-12_step-000100.ckpt"
        for run in ("plain", "\u00e9\u4e2d", "\udcff\udcfe")
    }
    odd = ["plain/checkpoints/\u2603.ckpt", "plain/checkpoints/\udcc3.ckpt"]
    grow(tmp_path, [*names, *odd])
    before = manifest(tmp_path)
    for flags, status in ((("--verbose",), 3), (("--json",), 3), (("--apply",), 3)):
        ckpt("migrate", str(tmp_path), *flags, env=env).check(status)

    assert difference(manifest(tmp_path), moved(before, names)) == []

    ckpt("undo", str(tmp_path), env=env).check(0)

    assert difference(manifest(tmp_path), before) == []


def test_root_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    grow(tmp_path, ["file"])
    before = manifest(tmp_path, state=True, times=True)
    for command in ("migrate", "undo", "trash"):
        for root in (str(tmp_path / "missing"), str(file), ""):
            flags = ("--apply",) if command == "migrate" else ()
            ckpt(command, root, *flags, cwd=tmp_path).check(2)

    assert difference(manifest(tmp_path, state=True, times=True), before) == []


def test_one_of_several_simultaneous_migrations_succeeds(tmp_path: Path) -> None:
    for count in (2, 3, 4):
        root = tmp_path / str(count)
        grow(root, {**dict.fromkeys(the_39(), File()), **TWO_RUNS})
        before, content = manifest(root), contents(root)
        running = [begin("migrate", str(root), "--apply", "--delete-old") for _ in range(count)]

        statuses = [finish(process).check(0, 75).status for process in running]

        assert 0 in statuses

        moves = {**{old: new or None for old, new in the_39().items()}, **TWO_RUNS_AFTER}
        assert difference(manifest(root), moved(before, moves, TWO_RUNS_TEXTS)) == []
        assert contents(root) == content


@pytest.mark.parametrize("injections", [(), ("renameat2:delay_enter=5000",)], ids=["F09", "F13"])
def test_migrate_keeps_targets_that_other_process_creates(tmp_path: Path, injections: Sequence[str]) -> None:
    # With the delay, the other process often acts between the last check and the rename.
    need("strace")
    folder = tmp_path / "run" / "checkpoints"
    targets = [f"epoch-{12 + number}_step-000100.ckpt" for number in range(60)]
    grow(tmp_path, [f"run/checkpoints/epoch={12 + number}-step=100.ckpt" for number in range(60)])
    content = contents(tmp_path)
    made: list[bytes] = []

    def make(name: str) -> None:
        with suppress(FileExistsError), (folder / name).open("xb") as file:
            file.write(made_content := f"theirs: {name}".encode())
            made.append(made_content)

    # The plan is complete when the migration stops. Then both race, this one from the last name to the first.
    with stopped("migrate", str(tmp_path), "--apply", after=JOURNAL_IS_COMPLETE, injections=injections) as process:
        make(targets[-1])
    for name in reversed(targets[:-1]):
        make(name)

    finish(process).check(0, 1, 3)
    assert contents(tmp_path) == content + type(content)(made)

    # The targets do not keep the next operation from renaming the rest.
    ckpt("migrate", str(tmp_path), "--apply").check(3)
    assert contents(tmp_path) == content + type(content)(made)


WRITER: Final = """
import os, sys, time
folder = sys.argv[1]
with open(os.path.join(folder, "epoch=12-step=100.ckpt"), "ab", buffering=0) as file:
    print(flush=True)
    for number in range(150):
        file.write(b"%d\\n" % number)
        with open(os.path.join(folder, "last.tmp"), "wb") as last:
            last.write(b"last %d" % number)
        os.replace(os.path.join(folder, "last.tmp"), os.path.join(folder, "last.ckpt"))
        time.sleep(0.004)
"""


def test_migrate_loses_no_write_of_running_trainer(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "checkpoints"
    names = ["epoch=12-step=100.ckpt", "last.ckpt", "epoch=13-step=200.ckpt", "epoch=2-step=20.ckpt"]
    grow(tmp_path, [f"run/checkpoints/{name}" for name in names])
    start_of_file = (folder / names[0]).read_bytes()
    writer = start(sys.executable, "-c", WRITER, str(folder))

    assert writer.stdout is not None

    writer.stdout.readline()
    ckpt("migrate", str(tmp_path), "--apply", "--delete-old").check(0, 1, 3)

    finish(writer).check(0)

    assert contents(folder)[start_of_file + b"".join(b"%d\n" % number for number in range(150))] == 1
    assert (folder / "last.ckpt").read_bytes() == b"last 149"

    ckpt("migrate", str(tmp_path), "--apply").check(0)

    assert contents(folder)[start_of_file + b"".join(b"%d\n" % number for number in range(150))] == 1
    assert (folder / "last.ckpt").read_bytes() == b"last 149"


def test_migrate_keeps_early_checkpoint_open_for_writing(tmp_path: Path) -> None:  # E16
    grow(tmp_path, ["run/checkpoints/epoch=3-step=30.ckpt", "run/checkpoints/epoch=20-step=2000.ckpt"])
    file = tmp_path / "run" / "checkpoints" / "epoch=3-step=30.ckpt"

    with file.open("ab"):
        plan = json.loads(ckpt("migrate", str(tmp_path), "--delete-old", "--json").stdout)

    assert "discard" not in {item["do"] for item in plan["items"]}

    plan = json.loads(ckpt("migrate", str(tmp_path), "--delete-old", "--json").check(0).stdout)

    assert [item["path"] for item in plan["items"] if item["do"] == "discard"] == [f"run/checkpoints/{file.name}"]


def test_closed_pipe_ends_without_traceback(tmp_path: Path) -> None:
    grow(tmp_path, list(the_39()))
    before = manifest(tmp_path, state=True, times=True)
    command = f"{shlex.join((sys.executable, '-m', 'ckpt_scheme', 'migrate', str(tmp_path), '--json'))} | head -c 10"

    done = finish(start("/bin/sh", "-c", command, stderr=subprocess.PIPE))

    assert b"Traceback" not in done.stderr
    assert len(done.stdout) == 10
    assert difference(manifest(tmp_path, state=True, times=True), before) == []


@pytest.mark.parametrize("spelling", ["real", "alias", "relative", "dotted"])
def test_migrate_accepts_every_spelling_of_root(tmp_path: Path, spelling: str) -> None:
    nodes: dict[str, Node] = {
        "real/run/checkpoints/epoch=12-step=100.ckpt": File(),
        "real/run/checkpoints/last.ckpt": Link("BASE/real/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/run/checkpoints/best.ckpt": Link("BASE/alias/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/run/newest": Link("../../alias/run/checkpoints/epoch=12-step=100.ckpt"),
        "real/current": Link("run"),
        "real/of-current": Link("current/checkpoints/epoch=12-step=100.ckpt"),
        "alias": Link("real"),
    }
    grow(tmp_path, nodes)
    before = manifest(tmp_path)
    links = [tmp_path / path for path, node in nodes.items() if isinstance(node, Link) and "ckpt" in node.text]
    read = {link: link.read_bytes() for link in links}
    root = {
        "real": str(tmp_path / "real"),
        "alias": str(tmp_path / "alias"),
        "relative": "real",
        "dotted": "./real/../real/",
    }

    done = ckpt("migrate", root[spelling], "--apply", cwd=tmp_path).check(0, 3)

    # Retargeted or not, each link leads to the same file as before.
    assert {link: link.read_bytes() for link in links} == read
    assert (done.status == 0) == ("real/run/checkpoints/epoch-12_step-000100.ckpt" in manifest(tmp_path))

    ckpt("undo", root[spelling], cwd=tmp_path).check(0)

    assert difference(manifest(tmp_path), before) == []


@pytest.mark.parametrize("part", ["", "/lock", "/journal", "/trash", "/trash/000001", "/trash/000001/run"])
@pytest.mark.parametrize("kind", ["link", "file"])
def test_migrate_follows_no_link_in_state(tmp_path: Path, part: str, kind: str) -> None:
    names = ["root/run/checkpoints/epoch=12-step=100.ckpt", "root/run/checkpoints/epoch=3-step=10.ckpt"]
    prepared = Link(f"BASE/outside{'/file' if part == '/lock' else ''}") if kind == "link" else File()
    grow(tmp_path, {**dict.fromkeys(names, File()), "outside/file": File(), f"root/{STATE}{part}": prepared})
    outside, content = manifest(tmp_path / "outside", times=True), manifest(tmp_path / "root")
    # A file in place of the lock is a lock.
    status = 0 if (part, kind) == ("/lock", "file") else 1

    ckpt("migrate", str(tmp_path / "root"), "--apply", "--delete-old").check(status)

    assert difference(manifest(tmp_path / "outside", times=True), outside) == []

    bodies = [seen.body for seen in manifest(tmp_path / "root", state=True).values()]
    assert all(seen.body in bodies for seen in content.values())


@pytest.mark.parametrize("change", ["replaced", "written", "opened", "gone"])
def test_migrate_keeps_source_changed_before_rename(tmp_path: Path, change: str) -> None:
    need("strace")
    names = ["epoch=12-step=100.ckpt", "epoch=3-step=10.ckpt", "epoch=20-step=200.ckpt"]
    grow(tmp_path, [f"run/checkpoints/{name}" for name in names])
    folder = tmp_path / "run" / "checkpoints"
    # The files change between the plan and the first act.
    with stopped("migrate", str(tmp_path), "--apply", "--delete-old", after=JOURNAL_IS_COMPLETE) as process:
        held = [(folder / name).open("ab") for name in names[:2]] if change == "opened" else []
        for name in names[:2]:
            match change:
                case "replaced":
                    (folder / "new").write_bytes(f"newer {name}".encode())
                    (folder / "new").replace(folder / name)
                case "written":
                    (folder / name).write_bytes(f"newer {name}".encode())
                case "gone":
                    (folder / name).unlink()
                case _:
                    pass

    finish(process).check(1)
    found = manifest(tmp_path)

    if change in {"replaced", "written"}:
        assert all(found[f"run/checkpoints/{name}"].body == f"newer {name}".encode() for name in names[:2])
    # An open file is renamed, because its writer can continue, but not discarded.
    assert ("run/checkpoints/epoch=3-step=10.ckpt" in found) == (change != "gone")
    assert "run/checkpoints/epoch-20_step-000200.ckpt" in found

    for file in held:
        file.close()
