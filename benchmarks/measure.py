"""How the benchmarks measure: CPU time of interleaved rows, growth with length, memory, and the cost of an import."""

from __future__ import annotations

import gc
import math
import os
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

import attrs

NANO: Final = 1e9
MICRO: Final = 1e6
MILLI: Final = 1e3


@attrs.frozen
class Row:
    """A call to measure, and what to call it on.

    Args:
        label: What stands in the first column.
        call: What is timed, with one argument.
        inputs: The arguments of one round.
        right: Share of good names read right, or None where that is no question.
        bad: Number of bad spellings accepted, or None where that is no question.
    """

    label: str
    call: Callable[[Any], object]
    inputs: Sequence[Any]
    right: float | None = None
    bad: int | None = None


@attrs.frozen
class Timing:
    """What a row took: nanoseconds a call, and its ratio to the reference row, both medians over the rounds."""

    row: Row
    least: float
    median: float
    ratio: float
    by_round: Sequence[float] = attrs.field(repr=False)

    def over(self, other: Timing) -> float:
        """Return the median of the per-round ratios of this row to *other*."""
        return median(mine / its for mine, its in zip(self.by_round, other.by_round, strict=True))


def time_rows(rows: Sequence[Row], reference: Row, rounds: int) -> dict[str, Timing]:
    """Time every row once a round, in an order that turns by one place each round."""
    for row in rows:  # once unmeasured: caches of regexes, of types and of the processor are part of no row
        cpu_of_round(row.call, row.inputs)
    by_row: dict[str, list[float]] = {row.label: [] for row in rows}
    gc.collect()
    gc.freeze()  # or the collector would walk the modules of the heaviest peer in everybody's time
    for turn in range(rounds):
        start = turn % len(rows)
        for row in (*rows[start:], *rows[:start]):
            by_row[row.label].append(cpu_of_round(row.call, row.inputs))
    gc.unfreeze()
    its = by_row[reference.label]
    return {
        row.label: Timing(
            row,
            min(mine := by_row[row.label]),
            median(mine),
            median(one / other for one, other in zip(mine, its, strict=True)),
            mine,
        )
        for row in rows
    }


def cpu_of_round(call: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """Return nanoseconds of CPU time a call, the loop around it included."""
    start = process_time()
    for one in inputs:
        call(one)
    return (process_time() - start) / len(inputs) * NANO


@attrs.frozen
class Growth:
    """The worst that any shape does to a call.

    Args:
        shape: The shape that costs most a character at the greatest length.
        length: That length, in characters.
        seconds: What one call takes there.
        shortest: The most seconds that a call takes on any shape at the least length, where set-up counts.
        exponent: The steepest growth of any shape over its last three lengths.
    """

    shape: str
    length: int
    seconds: float
    shortest: float
    exponent: float

    @property
    def per_char(self) -> float:
        """Nanoseconds a character at the greatest length."""
        return self.seconds / self.length * NANO


_LAST: Final = 3


def growth(
    call: Callable[[str], object],
    shapes: Mapping[str, Callable[[int], str]],
    lengths: Sequence[int],
    longest_call: float = math.inf,
) -> Growth:
    """Measure a call on each shape at rising lengths; a shape stops once a call takes *longest_call* seconds."""
    results: list[Growth] = []
    for shape, text_of in shapes.items():
        seconds: list[float] = []
        for length in lengths:
            seconds.append(_seconds_of_call(call, text_of(length)))
            if seconds[-1] >= longest_call:
                break
        measured = lengths[: len(seconds)]
        since = max(0, len(seconds) - _LAST)
        factor = math.log(measured[-1] / measured[since]) if measured[1:] else math.inf
        exponent = math.log(seconds[-1] / seconds[since]) / factor
        results.append(Growth(shape, measured[-1], seconds[-1], seconds[0], exponent))
    return attrs.evolve(
        max(results, key=lambda one: one.per_char),
        shortest=max(one.shortest for one in results),
        exponent=max(one.exponent for one in results),
    )


_SAMPLE: Final = 0.002
_TOO_LONG_TO_REPEAT: Final = 0.2


def _seconds_of_call(call: Callable[[str], object], text: str) -> float:
    """Return the least CPU time of some samples of one call, each long enough for the clock."""
    first = _sample(call, text, 1)
    if first > _TOO_LONG_TO_REPEAT:
        return first
    calls = max(1, int(_SAMPLE / max(first, 1e-7)))
    return min(_sample(call, text, calls) for _ in range(3))


def _sample(call: Callable[[str], object], text: str, calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        call(text)
    return (process_time() - start) / calls


def bytes_each(build: Callable[[str], object], names: Sequence[str]) -> float:
    """Return how many bytes each object holds that *build* makes of a name; the names themselves are not counted."""
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
