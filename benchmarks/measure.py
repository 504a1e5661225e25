"""The measurements: CPU time of interleaved rows, growth with length, memory, and the cost of an import."""

from __future__ import annotations

import argparse
import gc
import math
import os
import resource
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

import attrs

NANO: Final = 1e9
MILLI: Final = 1e3


def disk_arguments(description: str | None) -> argparse.Namespace:
    """Return the arguments of a benchmark that works on a disk: ``quick``, and the directory ``where``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="show that it works; the figures are not to be quoted")
    parser.add_argument(
        "--in", dest="where", type=Path, default=Path(tempfile.gettempdir()), help="a directory of a disk"
    )
    return parser.parse_args()


@attrs.frozen
class Row:
    """A call to measure, with its arguments.

    Args:
        label: The first column.
        call: The call that is timed, with one argument; a dictionary is passed as keywords.
        inputs: The arguments of one round.
        most: The limit of its ratio to the reference row, or None.
        count: Number of names in one argument, by which the time is divided.
        right: Share of good names read right, or None.
        bad: Number of misspelt names accepted, or None.
    """

    label: str
    call: Callable[..., object]
    inputs: Sequence[Any]
    most: float | None = None
    count: int = 1
    right: float | None = None
    bad: int | None = None


@attrs.frozen
class Timing:
    """The time of a row: nanoseconds a name, and its ratio to the reference row, both medians over the rounds."""

    row: Row
    median: float
    ratio: float
    by_round: Sequence[float] = attrs.field(repr=False)


def time_rows(rows: Sequence[Row], reference: Row, rounds: int) -> dict[str, Timing]:
    """Time every row once a round, in an order that turns by one place each round."""
    for row in rows:  # once unmeasured, to fill the caches
        _cpu_of_round(row)
    by_row: dict[str, list[float]] = {row.label: [] for row in rows}
    gc.collect()
    gc.freeze()  # or the collector would walk the modules of all peers in the time of each row
    for turn in range(rounds):
        start = turn % len(rows)
        for row in (*rows[start:], *rows[:start]):
            by_row[row.label].append(_cpu_of_round(row))
    gc.unfreeze()
    its = by_row[reference.label]
    return {
        row.label: Timing(
            row,
            median(mine := by_row[row.label]),
            median(one / other for one, other in zip(mine, its, strict=True)),
            mine,
        )
        for row in rows
    }


def _cpu_of_round(row: Row) -> float:
    """Return nanoseconds of CPU time a name, the loop around the call included."""
    call, inputs = row.call, row.inputs
    start = process_time()
    if isinstance(inputs[0], dict):
        for keywords in inputs:
            call(**keywords)
    else:
        for one in inputs:
            call(one)
    return (process_time() - start) / len(inputs) / row.count * NANO


@attrs.frozen
class Growth:
    """The slowest of some hostile shapes.

    Args:
        shape: The shape that costs most a character at the greatest length.
        length: That length, in characters.
        seconds: The time of one call there.
        exponent: The steepest growth of any shape.
    """

    shape: str
    length: int
    seconds: float
    exponent: float

    @property
    def per_char(self) -> float:
        """Nanoseconds a character at the greatest length."""
        return self.seconds / self.length * NANO


def growth(call: Callable[[str], object], shapes: Mapping[str, Callable[[int], str]], lengths: Sequence[int]) -> Growth:
    """Measure a call on each shape at three rising lengths."""
    results: list[Growth] = []
    for shape, text_of in shapes.items():
        seconds = [_seconds_of_call(call, text_of(length)) for length in lengths]
        exponent = math.log(seconds[-1] / seconds[0]) / math.log(lengths[-1] / lengths[0])
        results.append(Growth(shape, lengths[-1], seconds[-1], exponent))
    worst = max(results, key=lambda one: one.per_char)
    return attrs.evolve(worst, exponent=max(one.exponent for one in results))


_SAMPLE: Final = 0.002


def _seconds_of_call(call: Callable[[str], object], text: str) -> float:
    """Return the least CPU time of some samples of one call, each long enough for the clock."""
    calls = max(1, int(_SAMPLE / max(_sample(call, text, 1), 1e-7)))
    return min(_sample(call, text, calls) for _ in range(3))


def _sample(call: Callable[[str], object], text: str, calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        call(text)
    return (process_time() - start) / calls


def bytes_each(build: Callable[[str], object], names: Sequence[str]) -> float:
    """Return the bytes that *build* keeps for each name, without the name itself."""
    build(names[0])
    held: list[object] = [None] * len(names)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for index, name in enumerate(names):
        held[index] = build(name)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(held)


def child(code: str, package: Path) -> str:
    """Run *code* in a fresh interpreter that finds the package and caches bytecode, and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    found = [str(package.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, found))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    return done.stdout


def _cpu_of_child(code: str, package: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child(code, package)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * MILLI


def paired_imports(codes: Iterable[str], package: Path, pairs: int) -> list[list[float]]:
    """Return CPU milliseconds of a fresh process for each code, round by round, in an order that turns."""
    each = list(codes)
    for code in each:  # the first import writes bytecode
        child(code, package)
    times: list[list[float]] = [[] for _ in each]
    for turn in range(pairs):
        for offset in range(len(each)):
            index = (turn + offset) % len(each)
            times[index].append(_cpu_of_child(each[index], package))
    return times
