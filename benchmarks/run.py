"""Measure the library, its floor and its peers: ``python benchmarks/run.py [--quick] [--json FILE]``.

A wrong answer of the library fails the run: it misreads or miswrites a good name, accepts a bad one, or imports a
module that is not its own. A time never fails the run.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any, Final

import attrs
import corpus
import measure
import peers
from measure import Row
from report import Goal, Table, at_most

import ckpt_scheme
from ckpt_scheme import (
    ANY,
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    CheckpointPattern,
    EpochCheckpoint,
    Metric,
    PathPattern,
    RunArchive,
    RunArchivePattern,
    RunDirectory,
    RunId,
    RunPattern,
    SchemeError,
    best,
    furthest,
    group_by_run,
    latest,
    legacy,
)

_PACKAGE: Final = Path(ckpt_scheme.__file__).parent
_PACKAGES: Final = ("attrs", "parse", "trollsift")


@attrs.frozen
class Size:
    """The amount of work."""

    names: int
    rounds: int
    tree: tuple[int, int]
    objects: int
    lengths: Sequence[int]
    import_pairs: int


_FULL: Final = Size(2000, 30, (200, 20_000), 20_000, (2**10, 2**15, 2**20), 25)
_QUICK: Final = Size(100, 3, (10, 1000), 1000, (2**10, 2**13, 2**16), 3)


# --------------------------------------------------------------------------------------------------------------------
# The constructors without checks: the same fields, frozen, with slots, by keyword where the library's are.


@attrs.frozen(kw_only=True, weakref_slot=False)
class _BareRun:
    tag: str
    architecture: str
    encoder: str | None = None
    phase: str
    timestamp: datetime


@attrs.frozen(weakref_slot=False)
class _BareMetric:
    name: str
    value: float


@attrs.frozen(kw_only=True, weakref_slot=False)
class _BareEpoch:
    epoch: int
    step: int
    metric: Metric | None = None
    version: int | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class _BareBest:
    metric: Metric | None = None
    version: int | None = None


@attrs.frozen(weakref_slot=False)
class _BareDirectory:
    root: str | None
    run: RunId


@attrs.frozen(weakref_slot=False)
class _BarePath:
    root: str | None
    run: RunId
    name: object


@attrs.frozen(weakref_slot=False)
class _BareArchive:
    run: RunId
    compression: str | None = None


class Bench:
    """One run: its size, its corpus, and every wrong answer of the library so far."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.wrong: list[str] = []
        self.runs = corpus.run_ids(size.names)
        self.names = corpus.checkpoint_names(size.names)
        self.paths = corpus.paths(size.names)
        self.run_texts = [text for text, _ in self.runs]
        self.name_texts = [text for text, _ in self.names]
        self.path_texts = [text for text, _ in self.paths]
        self.archive_texts = [f"{text}.tar.zst" for text in self.run_texts]
        self.directory_texts = [f"outputs/{text}" for text in self.run_texts]

    def tables(self) -> Iterator[Table]:
        """Measure and yield one table after the other."""
        yield from self.reading()
        yield self.constructing()
        yield self.refusing()
        yield self.writing()
        yield self.sorting()
        yield from self.patterns()
        yield self.selecting()
        yield self.decoding()
        yield self.hostile_texts()
        yield self.memory()
        yield self.imports()

    def reading(self) -> Iterator[Table]:
        """Parse good names; the reference is the floor."""
        for title, made, good, bad, alone in (
            ("a run id", peers.run_ids(), self.runs, corpus.BAD_RUN_IDS, RunId.is_valid),
            (
                "a checkpoint name",
                peers.checkpoint_names(),
                self.names,
                corpus.BAD_CHECKPOINT_NAMES,
                CheckpointName.is_valid,
            ),
            ("a path", peers.paths(), self.paths, corpus.BAD_PATHS, CheckpointPath.is_valid),
        ):
            texts = [text for text, _ in good]
            rows = [self._judged(peer, good, bad) for peer in made]
            own, floor = rows[0], rows[1]
            self._must(own.right == 1 and own.bad == 0, f"{own.label} misreads a name, or accepts a bad one")
            rows = [floor, attrs.evolve(own, most=1.5), Row(f"`{alone.__qualname__}`", alone, texts), *rows[2:]]
            if title == "a path":
                rows.append(Row("`PurePosixPath(path).parts`", lambda text: PurePosixPath(text).parts, texts))
            note = f"{len(texts)} names; bad: how many of {len(bad)} misspelt names are accepted."
            yield self._table(f"Parsing {title}", note, [rows])
        rows = [
            Row("`RunId.parse`", RunId.parse, self.run_texts),
            Row("`RunId.is_valid`", RunId.is_valid, self.run_texts, 1),
            Row("`RunDirectory.parse`", RunDirectory.parse, self.directory_texts),
            Row("`RunDirectory.is_valid`", RunDirectory.is_valid, self.directory_texts),
            Row("`RunArchive.parse`", RunArchive.parse, self.archive_texts),
            Row("`RunArchive.is_valid`", RunArchive.is_valid, self.archive_texts),
        ]
        yield self._table("Parsing directories and archives", "The same run ids, with a root or an ending.", [rows])

    def _judged(self, peer: peers.Peer, good: Sequence[tuple[str, Any]], bad: Sequence[str]) -> Row:
        right = sum(peer.read(text) == fields for text, fields in good) / len(good)
        accepted = sum(peer.read(text) is not None for text in bad)
        return Row(peer.label, peer.parse, [text for text, _ in good], right=right, bad=accepted)

    def constructing(self) -> Table:
        """Call the constructors; the reference of each is a bare attrs class."""
        paths = [CheckpointPath.parse(text) for text in self.path_texts]
        archives = [RunArchive.parse(text) for text in self.archive_texts]
        measured = [path.name for path in paths if path.name.metric is not None]
        pairs: list[tuple[type, type, Sequence[object]]] = [
            (_BareRun, RunId, [path.run for path in paths]),
            (_BareMetric, Metric, [name.metric for name in measured]),
            (_BareEpoch, EpochCheckpoint, [path.name for path in paths if isinstance(path.name, EpochCheckpoint)]),
            (
                _BareBest,
                BestCheckpoint,
                [BestCheckpoint(metric=name.metric, version=name.version) for name in measured],
            ),
            (_BareDirectory, RunDirectory, [path.directory for path in paths]),
            (_BarePath, CheckpointPath, paths),
            (_BareArchive, RunArchive, archives),
        ]
        groups: list[list[Row]] = []
        for bare, own, values in pairs:
            fields = [{field.name: getattr(value, field.name) for field in attrs.fields(own)} for value in values]
            label = own.__name__
            groups.append([Row(f"`{label}` without checks", bare, fields), Row(f"`{label}(...)`", own, fields, 3.3)])
        note = "The reference is an attrs class with the same fields and no checks, frozen and with slots."
        return self._table("Constructing", note, groups)

    def refusing(self) -> Table:
        """Refuse foreign and misspelt names; the reference is a parse of good ones."""
        count = self.size.names
        foreign_runs, foreign_names = corpus.foreign_run_names(count), corpus.foreign_checkpoint_names(count)
        near_paths = [f"{text}.tmp" for text in self.path_texts]
        groups: list[list[Row]] = []
        for cls, good, refused in (
            (
                RunId,
                self.run_texts,
                {"foreign": foreign_runs, "30 February": corpus.bad_dates(count), "misspelt": corpus.BAD_RUN_IDS},
            ),
            (CheckpointName, self.name_texts, {"foreign": foreign_names, "misspelt": corpus.BAD_CHECKPOINT_NAMES}),
            (CheckpointPath, self.path_texts, {"foreign": near_paths, "misspelt": corpus.BAD_PATHS}),
        ):
            rows = [Row(f"`{cls.__name__}.parse` of a good one", cls.parse, good)]
            for what, texts in refused.items():
                wrong = [text for text in texts if cls.is_valid(text)]
                self._must(not wrong, f"{cls.__name__} accepts {wrong[:1]}")
                repeated = [*texts] * (-(-count // len(texts)))
                rows.append(Row(f"`{cls.__name__}.parse`, {what}", _caught(cls.parse), repeated, 3))
            rows.append(Row(f"`{cls.__name__}.is_valid`, foreign", cls.is_valid, refused["foreign"], 0.5))
            groups.append(rows)
        note = (
            "Foreign: the other names in a folder of runs or checkpoints, one in six a near miss; paths of unfinished "
            "files. Misspelt: one name of each mistake. The error is raised and caught."
        )
        return self._table("Refusing", note, groups)

    def writing(self) -> Table:
        """Format values; the reference is a plain f-string."""
        runs, names = (
            [RunId.parse(text) for text in self.run_texts],
            [CheckpointName.parse(text) for text in self.name_texts],
        )
        paths = [CheckpointPath.parse(text) for text in self.path_texts]
        written = [*map(str, runs), *map(str, names), *map(str, paths)]
        self._must(written == [*self.run_texts, *self.name_texts, *self.path_texts], "a name is miswritten")
        epochs = [name for name in names if isinstance(name, EpochCheckpoint)]
        groups = [
            [Row("f-string with `:%Y%m%d_%H%M%S`", _strftime, runs), Row("`str(RunId)`", str, runs, 0.25)],
            [
                Row("f-string with `:02d`, `:06d` and `:.4f`", _padded, epochs),
                Row("`str(EpochCheckpoint)`", str, epochs, 0.75),
            ],
            [
                Row("`str(CheckpointPath)`", str, paths),
                Row("`str(RunDirectory)`", str, [path.directory for path in paths]),
            ],
        ]
        return self._table("Formatting", "A ratio is to the first row of its group.", groups)

    def sorting(self) -> Table:
        """Sort values; the reference is a parse of each."""
        groups: list[list[Row]] = []
        for cls, texts in (
            (RunId, self.run_texts),
            (CheckpointName, self.name_texts),
            (CheckpointPath, self.path_texts),
        ):
            values: list[Any] = [cls.parse(text) for text in texts]
            rows = [
                Row(f"`{cls.__name__}.parse`", cls.parse, texts),
                Row(f"`sorted` by `{cls.__name__}.sort_key`", _sorted_by_key, [values], count=len(values)),
                Row(f"`sorted` of `{cls.__name__}`", sorted, [values], count=len(values)),
            ]
            groups.append(rows)
        note = (
            f"{len(self.run_texts)} values in random order; `sorted` compares with `<`, which makes two keys a time, "
            "except for run ids with different starts."
        )
        return self._table("Sorting", note, groups)

    def patterns(self) -> Iterator[Table]:
        """Filter names, and make globs and regular expressions."""
        many = [
            (RunPattern(tag="ocr"), self.run_texts),
            (CheckpointPattern(kind="epoch", metric="hmean"), self.name_texts),
            (RunArchivePattern(RunPattern(tag="ocr")), self.archive_texts),
            (PathPattern(ANY, RunPattern(tag="ocr")), self.path_texts),
        ]
        groups: list[list[Row]] = []
        for pattern, texts in many:
            kind, match = type(pattern).__name__, re.compile(pattern.regex()).fullmatch
            found = [text for text in texts if match(text) is not None]
            self._must(list(pattern.filter(texts)) == found, f"{kind}.filter and its regular expression disagree")
            groups.append(
                [
                    Row(f"the compiled regex of `{kind}`", _kept_by(match), [texts], count=len(texts)),
                    Row(f"`{kind}.filter`", _kept_by_filter(pattern), [texts], 2, count=len(texts)),
                    Row(f"`{kind}.matches`", pattern.matches, texts),
                ]
            )
        yield self._table("Matching patterns", "Nanoseconds a name, in a list of all of them.", groups)
        groups = []
        for pattern, _ in many[:3]:
            kind = type(pattern).__name__
            same = [pattern] * 10
            rows = [
                Row(f"`{kind}.glob()`", type(pattern).glob, same),
                Row(f"`{kind}.regex()`", type(pattern).regex, same),
                Row(f"`{kind}.regex(groups=True)`", lambda one: one.regex(groups=True), same),
            ]
            if isinstance(pattern, CheckpointPattern):
                rows.append(Row(f"`{kind}.globs(2)`", lambda one: one.globs(2), same))
            groups.append(rows)
        yield self._table("Making globs and regular expressions", "Nanoseconds a pattern.", groups)

    def selecting(self) -> Table:
        """Choose among names and group paths; the reference is a parse of each."""
        texts = self.name_texts
        runs, count = self.size.tree
        tree = corpus.tree(runs, count)
        grouped = group_by_run(tree)
        self._must(sum(map(len, grouped.values())) == len(tree), "group_by_run loses a path")
        groups = [
            [
                Row("`CheckpointName.parse` of each", CheckpointName.parse, texts),
                Row("`latest`", latest, [texts], count=len(texts)),
                Row("`furthest`", furthest, [texts], count=len(texts)),
                Row("`best`", lambda names: best(names, metric="hmean"), [texts], count=len(texts)),
            ],
            [
                Row("`CheckpointPath.parse` of each", _parsed_paths, [tree], count=len(tree)),
                Row("`group_by_run`", group_by_run, [tree], 0.8, count=len(tree)),
            ],
        ]
        note = (
            f"{len(texts)} names of one directory, in random order; {len(tree):,} paths of {len(grouped)} runs, by run."
        )
        return self._table("Selecting", note, groups)

    def decoding(self) -> Table:
        """Decode the names of other frameworks, with all formats loaded."""
        registry = legacy.REGISTRY
        names = corpus.mixed_folder(self.size.names)
        few = names[:: max(1, len(names) // 50)]  # to try every format takes long

        def all_tried(name: str) -> list[legacy.Reading]:
            found = [reading for declared in registry.formats if (reading := declared.read(name)) is not None]
            return [reading for reading in found if reading.prior != "fallback"] or found

        for name in few:
            tried = {(found.framework, found.format) for found in all_tried(name)}
            read = {(found.framework, found.format) for found in registry.readings(name)}
            self._must(tried == read or CheckpointName.is_valid(name), f"`legacy.readings` misreads {name!r}")
        rows = [
            Row("`RunId.parse`", RunId.parse, self.run_texts),
            Row("`legacy.readings`", registry.readings, names, 6.5),
            Row("`Format.read` of every format", all_tried, few),
        ]
        known = sum(bool(registry.readings(name)) for name in names) / len(names)
        note = f"{len(names)} names of a mixed folder, {known:.0%} of them known; {len(registry.formats)} formats."
        return self._table("Decoding foreign names", note, [rows])

    # ---------------------------------------------------------------------------------------------------------------
    # Hostile texts, memory, import

    def hostile_texts(self) -> Table:
        """Refuse long texts made to be slow."""
        cells: list[list[str]] = []
        goals: list[Goal] = []
        for cls, shapes in (
            (RunId, corpus.RUN_ID_SHAPES),
            (CheckpointName, corpus.CHECKPOINT_SHAPES),
            (CheckpointPath, corpus.PATH_SHAPES),
        ):
            for shape, text_of in shapes.items():
                self._must(not cls.is_valid(text_of(self.size.lengths[0])), f"{cls.__name__} accepts {shape}")
            for what, call in (("is_valid", cls.is_valid), ("parse", _caught(cls.parse))):
                label, worst = f"`{cls.__name__}.{what}`", measure.growth(call, shapes, self.size.lengths)
                milliseconds = f"{worst.seconds * measure.MILLI:,.3g}"
                cells.append([label, worst.shape, milliseconds, f"{worst.per_char:,.1f}", f"{worst.exponent:.2f}"])
                goals.append(at_most(f"{label}, ns a character", worst.per_char, 30))
                goals.append(at_most(f"{label}, exponent", worst.exponent, 1.15))
        note = f"The slowest shape at {self.size.lengths[-1]:,} characters, and the steepest growth of any shape."
        columns = ("row", "slowest shape", "ms", "ns a character", "exponent")
        return Table("Hostile text", note, columns, cells, goals, text_columns=2)

    def memory(self) -> Table:
        """Hold parsed names."""
        cells: list[list[str]] = []
        goals: list[Goal] = []
        for made, good, bar in (
            (peers.run_ids(), corpus.run_ids(self.size.objects), 360),
            (peers.checkpoint_names(), corpus.checkpoint_names(self.size.objects), 160),
        ):
            used = {peer.label: measure.bytes_each(peer.parse, [text for text, _ in good]) for peer in made}
            cells += [[label, f"{each:.0f}"] for label, each in used.items()]
            goals.append(at_most(made[0].label, used[made[0].label], bar, "B"))
        note = f"Bytes for each of {self.size.objects:,} parsed names, without the text of the name."
        return Table("Memory", note, ("row", "bytes"), cells, goals)

    def imports(self) -> Table:
        """Import the library in a fresh process."""
        base, names = "import attrs", "from ckpt_scheme import RunId, CheckpointName"
        decode = "from ckpt_scheme import legacy; legacy.readings('checkpoint-9000')"
        command_line = "import click, attrs"
        imported = ("import ckpt_scheme", names, decode)
        codes = ("pass", base, *(f"{base}; {code}" for code in imported), command_line)
        times = measure.paired_imports(codes, _PACKAGE, self.size.import_pairs)
        own = [median(mine - its for mine, its in zip(each, times[1], strict=True)) for each in times[2:-1]]
        listing = f"{base}, re, datetime, sys; known = set(sys.modules); {names}; print(*(set(sys.modules) - known))"
        foreign = [name for name in measure.child(listing, _PACKAGE).split() if name.split(".")[0] != "ckpt_scheme"]
        self._must(not foreign, f"{names} loads {', '.join(foreign)}")
        cells = [[f"`{code}`", f"{median(each):.1f}", ""] for code, each in zip(codes[:2], times[:2], strict=True)]
        cells += [
            [f"`{code}`", f"{median(each):.1f}", f"{extra:.1f}"]
            for code, each, extra in zip(imported, times[2:-1], own, strict=True)
        ]
        cells.append([f"`{command_line}`", f"{median(times[-1]):.1f}", ""])
        goals = [at_most(f"`{code}`", extra, 4, "ms") for code, extra in zip(imported[:2], own[:2], strict=True)]
        decoded = median(mine / its for mine, its in zip(times[4], times[-1], strict=True))
        goals.append(at_most(f"`{decode}` / `{command_line}`", decoded, 1.6))
        note = (
            f"CPU of a fresh process with bytecode cached, in {self.size.import_pairs} paired rounds; over attrs: the "
            "median of the differences to `import attrs`."
        )
        return Table("Import", note, ("row", "ms", "ms over attrs"), cells, goals)

    # ---------------------------------------------------------------------------------------------------------------

    def _must(self, truth: object, message: str) -> None:
        if not truth:
            self.wrong.append(message)

    def _table(self, title: str, note: str, groups: Sequence[Sequence[Row]]) -> Table:
        """Return the table of some groups of rows, each group with its reference first."""
        cells: list[list[str]] = []
        goals: list[Goal] = []
        for rows in groups:
            for time in measure.time_rows(rows, rows[0], self.size.rounds).values():
                row = time.row
                goal = None if row.most is None else at_most(f"{row.label} / {rows[0].label}", time.ratio, row.most)
                limit = "" if goal is None else f"{goal.bar:g}, {'met' if goal.met else '**not met**'}"
                judged = "" if row.right is None else f"{row.right:.0%}, {row.bad}"
                cells.append([row.label, f"{time.median:,.0f}", f"{time.ratio:.2f}", limit, judged])
                goals += [] if goal is None else [goal]
        columns = ("row", "ns", "ratio", "limit", "right, bad")
        shown = len(columns) if any(row[-1] for row in cells) else len(columns) - 1
        return Table(title, note, columns[:shown], [row[:shown] for row in cells], goals, has_goals_in_rows=True)


def _caught(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a function that refuses as *parse* does, and returns the exception."""

    def refuse(text: str) -> object:
        try:
            return parse(text)
        except SchemeError as error:
            return error

    return refuse


def _kept_by(match: Callable[[str], object]) -> Callable[[Sequence[str]], object]:
    return lambda texts: [text for text in texts if match(text) is not None]


def _kept_by_filter(pattern: Any) -> Callable[[Sequence[str]], object]:  # noqa: ANN401 - the classes have no public base
    return lambda texts: list(pattern.filter(texts))


def _sorted_by_key(values: Sequence[Any]) -> object:
    return sorted(values, key=type(values[0]).sort_key)


def _parsed_paths(texts: Sequence[str]) -> object:
    return [CheckpointPath.parse(text) for text in texts]


def _strftime(run: RunId) -> str:
    return f"{run.tag}-{run.model}_{run.phase}_{run.timestamp:%Y%m%d_%H%M%S}"


def _padded(name: EpochCheckpoint) -> str:
    metric = "" if name.metric is None else f"_{name.metric.name}-{name.metric.value:.4f}"
    version = "" if name.version is None else f"_v{name.version}"
    return f"epoch-{name.epoch:02d}_step-{name.step:06d}{metric}{version}.ckpt"


def _environment() -> dict[str, str]:
    versions: list[str] = []
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{package} {importlib.metadata.version(package)}")
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}",
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "load average at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "ckpt_scheme": ckpt_scheme.__version__,
        "packages": ", ".join(versions),
    }


def main() -> int:
    """Measure, and return 1 if any answer was wrong."""
    parser = argparse.ArgumentParser(description="Measure ckpt_scheme, its floor and its peers.")
    parser.add_argument("--quick", action="store_true", help="measure every row in a few rounds; quote no figure of it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the tables as JSON")
    arguments = parser.parse_args()
    environment = _environment()
    for what, value in environment.items():
        print(f"- {what}: {value}")
    bench = Bench(_QUICK if arguments.quick else _FULL)
    tables: list[Table] = []
    for table in bench.tables():
        print(f"\n{table.markdown()}", end="", flush=True)
        tables.append(table)
    if arguments.json is not None:
        data = {"environment": environment, "tables": [table.data() for table in tables], "wrong": bench.wrong}
        arguments.json.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    for answer in bench.wrong:
        print(f"wrong: {answer}", file=sys.stderr)
    return 1 if bench.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
