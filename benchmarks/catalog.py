"""Measure the catalog beside a bare walk: ``python benchmarks/catalog.py [--quick] [--in DIRECTORY]``.

Each row is the CPU time of fresh processes in rounds, in an order that turns. A ratio is the median of the ratios
within each round, to the first row of the table. A wrong count fails the run; a time never does.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final, get_args

import measure
from report import Goal, Table, at_most

from ckpt_scheme import catalog

_MEGABYTE: Final = 1000 * 1000

# A process prints the number of checkpoints, its CPU time in seconds, and its peak memory in bytes.
_FRAME: Final = """\
import json, os, resource, sys, time
root, out = sys.argv[1], open(os.devnull, "w")
{imports}
start = time.process_time()
count = 0
{body}
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([count, time.process_time() - start, used]))
"""
_WALK: Final = ("", "for _, folders, _ in os.walk(root): count += len(folders)")
_LOOP: Final = (
    "from ckpt_scheme import CheckpointName",
    """\
for folder, _, names in os.walk(root):
    for name in names:
        value, status = CheckpointName.parse(name), os.lstat(os.path.join(folder, name))
        print(folder, value, status.st_size, file=out)
        count += 1
""",
)
_SCAN: Final = (
    "from ckpt_scheme import catalog",
    "for run in catalog.scan(root): count += len(run.checkpoints); print(run.path, run.size, file=out)",
)
# The rows that the command prints count its checkpoints.
_LS: Final = (
    "import io\nfrom ckpt_scheme._cli import commands",
    """\
shown, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO())
commands.run(["ls", root])
sys.stdout.seek(0)
count = sum(int(line.split("\\t")[2]) for line in list(sys.stdout)[1:])
sys.stdout = shown
""",
)
_LS_JSON: Final = (
    _LS[0],
    """\
shown, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO())
commands.run(["ls", "--json", root])
sys.stdout.seek(0)
count = sum(json.loads(line)["checkpoint_count"] for line in sys.stdout)
sys.stdout = shown
""",
)
_EXPORT: Final = (
    "import shutil, tempfile\nfrom ckpt_scheme import catalog\nfolder = tempfile.mkdtemp()",
    """\
count = catalog.export(catalog.scan(root), f"{folder}/catalog.FORM", roots=[root]).written
shutil.rmtree(folder)
""",
)
_TOOLS: Final = {"find": ["find"], "ls -R": ["ls", "-R"]}


def trainer_folders(root: Path, count: int) -> None:
    """Make one run with *count* folders as the Hugging Face Trainer names them."""
    for step in range(count):
        (root / f"checkpoint-{step * 10}").mkdir()


def canonical_runs(root: Path, runs: int, each: int) -> None:
    """Make runs with canonical names of files."""
    for number in range(runs):
        clock = f"{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}"
        folder = root / f"ocr{number}-dbnet-resnet18_training_20251015_{clock}" / "checkpoints"
        folder.mkdir(parents=True)
        for epoch in range(each - 1):
            (folder / f"epoch-{epoch:02d}_step-{epoch * 84:06d}_hmean-0.{epoch % 100:02d}00.ckpt").touch()
        (folder / "last.ckpt").touch()


def _measured(program: tuple[str, str], root: Path) -> tuple[int, float, int]:
    code = _FRAME.format(imports=program[0], body=program[1])
    done = subprocess.run([sys.executable, "-c", code, str(root)], check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    count, seconds, used = json.loads(done.stdout)
    return count, seconds, used


def _tool(command: Sequence[str], root: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, str(root)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - tools of the system
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compared(
    title: str, root: Path, rows: dict[str, tuple[str, str]], rounds: int, count: int, bars: dict[str, float]
) -> tuple[Table, list[str]]:
    """Return the table of some programs over one tree, and the rows with a wrong count."""
    names = list(rows)
    times: dict[str, list[float]] = {name: [] for name in (*names, *_TOOLS)}
    memory: dict[str, int] = {}
    wrong: list[str] = []
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found, seconds, used = _measured(rows[name], root)
            times[name].append(seconds)
            memory[name] = max(used, memory.get(name, 0))
            if found != count and name not in wrong:
                wrong.append(f"{title}: {name} counts {found}, not {count}")
        for name, command in _TOOLS.items():
            times[name].append(_tool(command, root))
    base = times[names[0]]
    cells: list[list[str]] = []
    goals: list[Goal] = []
    for name, found in times.items():
        ratio = median(one / first for one, first in zip(found, base, strict=True))
        megabytes = f"{memory[name] / _MEGABYTE:.0f}" if name in memory else ""
        cells.append([name, f"{median(found):.2f}", f"{ratio:.2f}", megabytes])
        if name in bars:
            goals.append(at_most(name, ratio, bars[name], "x"))
    note = f"{count} checkpoints; find and ls print paths and read no name."
    return Table(title, note, ("row", "s CPU", "ratio", "MB"), cells, goals), wrong


def first_row(root: Path) -> float:
    """Return the seconds until ``ckpt-scheme ls`` has printed the first row below its heads."""
    start = time.monotonic()
    command = [sys.executable, "-m", "ckpt_scheme", "ls", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own code
        shown = process.stdout
        lines = [] if shown is None else [shown.readline(), shown.readline()]
        seconds = time.monotonic() - start
        process.kill()
    if not lines[-1]:
        sys.exit("ckpt-scheme ls prints no row")
    return seconds


def growing(root: Path, runs: Sequence[int], each: int, rounds: int) -> tuple[Table, list[str]]:
    """Return the table of ``ckpt-scheme ls`` over trees of canonical runs that grow."""
    trees = [(root / str(number), number, number * each) for number in runs]
    for tree, number, _ in trees:
        canonical_runs(tree, number, each)
    found: dict[Path, list[tuple[int, float, int]]] = {tree: [] for tree, *_ in trees}
    for _ in range(rounds):
        for tree, *_ in trees:
            found[tree].append(_measured(_LS, tree))
    rows: list[list[str]] = []
    for tree, _, count in trees:
        seconds, used = median(one[1] for one in found[tree]), max(one[2] for one in found[tree])
        first = median(first_row(tree) for _ in range(rounds))
        tools = [median(_tool(command, tree) for _ in range(rounds)) for command in _TOOLS.values()]
        cells = (f"{seconds:.2f}", f"{seconds / count * 1e6:.1f}", f"{first:.2f}", f"{used / _MEGABYTE:.0f}")
        rows.append([f"{count:,}", *cells, *(f"{one:.2f}" for one in tools)])
    wrong = [f"ls counts {found[tree][0][0]}, not {count}" for tree, _, count in trees if found[tree][0][0] != count]
    few, many = trees[0], trees[-1]
    pairs = zip(found[few[0]], found[many[0]], strict=True)
    ratio = median(large[1] / many[2] / (small[1] / few[2]) for small, large in pairs)
    columns = ("checkpoints", "s CPU", "us each", "s to the first row", "MB", *(f"{name}, s CPU" for name in _TOOLS))
    note = f"Canonical names, {each} in a run. The MB are the peak of the process, in which the rows are collected."
    return Table("Trees that grow", note, columns, rows, [at_most("us each, last to first", ratio, 1.2, "x")]), wrong


_HOLD: Final = """\
import json, sys, tracemalloc
from ckpt_scheme import legacy
from ckpt_scheme.catalog._folder import Folder
from ckpt_scheme.catalog._scan import Scan

count, form = int(sys.argv[1]), sys.argv[2]

class Source:
    def folder(self, path):
        return Folder(path, (form.format(epoch, epoch * 84) for epoch in range(count)) if path == "run" else ())

    def measure(self, folder, place):
        return 1, 1

def fail(path, error):
    raise error

legacy.readings("checkpoint-500/")
tracemalloc.start()
(run,) = Scan(Source(), "run", "run", legacy.REGISTRY, None, fail, recursive=True).runs()
print(json.dumps([len(run.checkpoints), tracemalloc.get_traced_memory()[1] / count]))
"""
# Names with two numbers are all compared in full, so there are fewer of them.
_FORMS: Final = {"epoch-{:02d}_step-{:06d}.ckpt": 10, "checkpoint-{}/": 10, "epoch={}-step={}.ckpt": 1}


def held(count: int) -> tuple[Table, list[str]]:
    """Return the bytes that a folder of many names takes at most, with the names."""
    rows: list[list[str]] = []
    goals: list[Goal] = []
    wrong: list[str] = []
    for form, times in _FORMS.items():
        names = count * times
        command = [sys.executable, "-c", _HOLD, str(names), form]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own code
        found, each = json.loads(done.stdout)
        rows.append([f"`{form}`", f"{names:,}", f"{each:.0f}"])
        goals.append(at_most(f"`{form}`", each, 250, "B"))
        if found != names:
            wrong.append(f"{form}: {found} checkpoints, not {names}")
    note = "The peak of `tracemalloc` for the scan of one folder, the names included."
    return Table("Memory of a name", note, ("row", "names", "bytes a name"), rows, goals), wrong


def tables(where: Path, *, quick: bool) -> Iterator[tuple[Table, list[str]]]:
    """Yield the tables, each with its faults."""
    scale, rounds = (100, 1) if quick else (1, 5)
    root = Path(tempfile.mkdtemp(dir=where))
    try:
        folders = 100_000 // scale
        trainer = root / "trainer"
        trainer.mkdir()
        trainer_folders(trainer, folders)
        programs = {"`os.walk`": _WALK, "`catalog.scan`": _SCAN, "`ckpt-scheme ls`": _LS}
        table, wrong = compared(
            "Folders of the Hugging Face Trainer", trainer, programs, rounds, folders, {"`ckpt-scheme ls`": 3.5}
        )
        yield table, wrong
        runs, each = 1000 // scale, 100
        canonical_runs(root / "canonical", runs, each)
        programs = {"walk, parse, lstat, print": _LOOP, "`catalog.scan`": _SCAN, "`ckpt-scheme ls`": _LS}
        yield compared("Canonical runs", root / "canonical", programs, rounds, runs * each, {"`ckpt-scheme ls`": 2.5})
        exports = {
            f"export, {form}": (_EXPORT[0], _EXPORT[1].replace("FORM", form)) for form in get_args(catalog.CatalogForm)
        }
        programs = {"`ckpt-scheme ls`": _LS, "`ckpt-scheme ls --json`": _LS_JSON, **exports}
        yield compared("Exports of canonical runs", root / "canonical", programs, rounds, runs * each, {})
        yield growing(root / "growing", (runs, 10 * runs), each, min(rounds, 3))
    finally:
        shutil.rmtree(root)
    yield held(100_000 // scale)


def main() -> int:
    """Measure, and return 1 if there are faults."""
    arguments = measure.disk_arguments(__doc__)
    faults: list[str] = []
    for table, wrong in tables(arguments.where, quick=arguments.quick):
        print(table.markdown())
        faults += wrong
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
