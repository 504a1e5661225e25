"""Measure the library against its peers: ``python benchmarks/run.py [--quick] [--json FILE]``.

Times are reported and never fail the run. What fails it is a wrong answer of the library: a good name misread or
miswritten, a bad one accepted, or a module loaded that is not its own.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any, Final

import attrs
import corpus
import measure
import peers
from measure import Row, Timing
from peers import Peer, Writer
from report import Goal, Table, at_least, at_most

import ckpt_scheme
from ckpt_scheme import CheckpointName, CheckpointPath, NameSyntaxError, RunId, legacy

_PACKAGE: Final = Path(ckpt_scheme.__file__).parent
_PACKAGES: Final = (
    "attrs",
    "parse",
    "trollsift",
    "orbax-checkpoint",
    "lightning",
    "packaging",
    "packageurl-python",
    "semver",
)

_TIME_COLUMNS: Final = ("row", "ns", "least ns", "ratio", "right", "bad")


@attrs.frozen
class Size:
    """How much is measured."""

    names: int
    rounds: int
    objects: int
    lengths: Sequence[int]
    peer_lengths: Sequence[int]
    longest_peer_call: float
    import_pairs: int


_FULL: Final = Size(
    names=2000,
    rounds=30,
    objects=20_000,
    lengths=(2**10, 2**15, 2**20),
    peer_lengths=tuple(2**power for power in range(7, 21)),
    longest_peer_call=0.1,
    import_pairs=25,
)
_QUICK: Final = Size(
    names=100,
    rounds=3,
    objects=1000,
    lengths=(2**10, 2**13, 2**16),
    peer_lengths=(2**6, 2**7, 2**8),
    longest_peer_call=0.01,
    import_pairs=3,
)


class Bench:
    """One run: its size, and every wrong answer of the library so far."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.wrong: list[str] = []

    def tables(self) -> Iterator[Table]:
        """Measure and yield one table after the other."""
        yield self.run_ids()
        yield self.checkpoint_names()
        yield self.paths()
        yield self.refusals()
        yield self.foreign_names()
        yield self.run_id_texts()
        yield self.checkpoint_texts()
        yield self.hostile_texts()
        yield self.memory()
        yield self.imports()

    # ---------------------------------------------------------------------------------------------------------------
    # Reading

    def run_ids(self) -> Table:
        """Parse run ids."""
        good = corpus.run_ids(self.size.names)
        rows = self._judged(peers.RUN_IDS, good, corpus.BAD_RUN_IDS)
        rows += _others((peers.packaging_wheel, corpus.wheel_names), self.size.names)
        rows += _others((peers.package_url, corpus.package_urls), self.size.names)
        rows += _others((peers.semantic_version, corpus.versions), self.size.names)
        times = self._times([*rows, Row("a Python call that does nothing", _nothing, rows[0].inputs)])
        own = times["`RunId.parse`"]
        goals = [
            at_most("`RunId.parse` / floor", own.over(times["floor: typed tuple"]), 1.5),
            *_at_least(times, "`parse`, typed fields", own, 4),
            *_at_least(times, "`parse`, plain fields", own, 8),
            *_at_least(times, "trollsift", own, 8),
        ]
        note = f"{len(good)} distinct run ids; bad: how many of {len(corpus.BAD_RUN_IDS)} bad spellings are accepted."
        return Table("Parsing a run id", note, _TIME_COLUMNS, _cells(times), goals)

    def checkpoint_names(self) -> Table:
        """Parse checkpoint names."""
        good = corpus.checkpoint_names(self.size.names)
        rows = self._judged(peers.CHECKPOINT_NAMES, good, corpus.BAD_CHECKPOINT_NAMES)
        rows += _others((peers.orbax_step, corpus.step_names), self.size.names)
        times = self._times(rows)
        own = times["`CheckpointName.parse`"]
        goals = [
            at_most("`CheckpointName.parse` / floor", own.over(times["floor: typed tuple"]), 1.5),
            *_at_least(times, "`parse`, plain fields", own, 5),
            *_at_least(times, "trollsift", own, 5),
        ]
        bad = len(corpus.BAD_CHECKPOINT_NAMES)
        note = f"{len(good)} checkpoint names; bad: how many of {bad} bad spellings are accepted."
        return Table("Parsing a checkpoint name", note, _TIME_COLUMNS, _cells(times), goals)

    def paths(self) -> Table:
        """Parse whole paths."""
        good = corpus.paths(self.size.names)
        rows = self._judged(peers.PATHS, good, corpus.BAD_PATHS)
        texts = [text for text, _ in good]
        rows.append(Row("`PurePosixPath(p).parts` alone", _pathlib_parts, texts))
        rows.append(Row("`p.split('/')` alone", _split, texts))
        times = self._times(rows)
        own = times["`CheckpointPath.parse`"]
        has = own.over(times["`PurePosixPath(p).parts` alone"])
        goals = [at_most("`CheckpointPath.parse` / `PurePosixPath(p).parts`", has, 1.1)]
        note = f"{len(good)} paths, each in a run of its own; bad: of {len(corpus.BAD_PATHS)} bad spellings."
        return Table("Parsing a path", note, _TIME_COLUMNS, _cells(times), goals)

    def refusals(self) -> Table:
        """Refuse what else lies in a folder."""
        run_ids = [text for text, _ in corpus.run_ids(self.size.names)]
        names = [text for text, _ in corpus.checkpoint_names(self.size.names)]
        runs = self._refusals(
            Row("`RunId.parse` of a good one", RunId.parse, run_ids),
            (RunId.is_valid, RunId.parse, "RunId"),
            corpus.foreign_run_names(self.size.names),
            peers.available(peers.RUN_IDS[2:]),
        )
        checkpoints = self._refusals(
            Row("`CheckpointName.parse` of a good one", CheckpointName.parse, names),
            (CheckpointName.is_valid, CheckpointName.parse, "CheckpointName"),
            corpus.foreign_checkpoint_names(self.size.names),
            peers.available(peers.CHECKPOINT_NAMES[2:]),
        )
        goals = [
            at_most("`RunId.is_valid` of a foreign name / a parse", runs["`RunId.is_valid`"].ratio, 0.3),
            at_most(
                "`CheckpointName.is_valid` of a foreign name / a parse",
                checkpoints["`CheckpointName.is_valid`"].ratio,
                0.3,
            ),
        ]
        note = (
            "What else lies in the folder, about one name in six a near miss; the ratio is to a parse of a good name."
        )
        cells = [row[:4] for row in (*_cells(runs), *_cells(checkpoints))]
        return Table("Refusing a foreign name", note, _TIME_COLUMNS[:4], cells, goals)

    def _refusals(
        self,
        good: Row,
        own: tuple[Callable[[str], bool], Callable[[str], object], str],
        foreign: Sequence[str],
        others: Iterable[Peer],
    ) -> dict[str, Timing]:
        is_valid, parse, name = own
        for text in foreign:
            self._must(not is_valid(text), f"{name} accepts the foreign name {text!r}")
        rows = [
            good,
            Row(f"`{name}.is_valid`", is_valid, foreign),
            Row(f"`{name}.parse`, raised and caught", _caught(parse), foreign),
            Row(f"`{name}.parse`, raised, caught and printed", _printed(parse), foreign),
            *(Row(f"{peer.label} ({name})", _swallowed(peer.parse), foreign) for peer in others),
        ]
        return self._times(rows)

    def foreign_names(self) -> Table:
        """Decode the names of other frameworks, with all formats loaded."""
        registry = legacy.REGISTRY
        names = corpus.mixed_folder(self.size.names)
        few = names[:: max(1, len(names) // 50)]  # to ask every format takes long

        def all_asked(name: str) -> list[legacy.Reading]:
            return [found for declared in registry.formats if (found := declared.read(name)) is not None]

        for name in few:
            asked = {(found.framework, found.format) for found in all_asked(name)}
            read = {(found.framework, found.format) for found in registry.readings(name)}
            self._must(asked == read or CheckpointName.is_valid(name), f"`legacy.readings` misreads {name!r}")
        times = self._times(
            [
                Row("`legacy.readings`", registry.readings, names),
                Row("`Format.read` of every format", all_asked, few),
                Row("a Python call that does nothing", _nothing, names),
            ]
        )
        own = times["`legacy.readings`"]
        goals = [
            at_least("names a second, a core", measure.NANO / own.median, 100_000),
            at_least("every format / `legacy.readings`", times["`Format.read` of every format"].over(own), 20),
        ]
        count = len(registry.formats)
        known = sum(bool(registry.readings(name)) for name in names) / len(names)
        note = f"{len(names)} names of a mixed folder, {known:.0%} of them known; {count} formats."
        cells = [row[:4] for row in _cells(times)]
        return Table("Decoding foreign names", note, _TIME_COLUMNS[:4], cells, goals)

    # ---------------------------------------------------------------------------------------------------------------
    # Writing

    def run_id_texts(self) -> Table:
        """Format run ids."""
        good = [text for text, _ in corpus.run_ids(self.size.names)]
        times = self._times(self._written(peers.RUN_ID_WRITERS, RunId.parse, good, corpus.RARE_RUN_IDS))
        own = times["`str(RunId)`"]
        goals = _at_least(times, "f-string, `:%Y%m%d_%H%M%S`", own, 4)
        note = f"bad: how many of {len(corpus.RARE_RUN_IDS)} rare run ids (such as one of the year 45) come out wrong."
        return Table("Formatting a run id", note, _TIME_COLUMNS, _cells(times), goals)

    def checkpoint_texts(self) -> Table:
        """Format checkpoint names."""
        good = [text for text, _ in corpus.checkpoint_names(self.size.names)]
        rare = corpus.RARE_CHECKPOINT_NAMES
        times = self._times(self._written(peers.CHECKPOINT_WRITERS, CheckpointName.parse, good, rare))
        own = times["`str(CheckpointName)`"]
        goals = _at_least(times, "Lightning `format_checkpoint_name`, floats", own, 6)
        note = f"bad: how many of {len(rare)} rare names come out wrong."
        return Table("Formatting a checkpoint name", note, _TIME_COLUMNS, _cells(times), goals)

    def _written(
        self,
        makers: Iterable[Callable[[], Writer]],
        parse: Callable[[str], object],
        good: Sequence[str],
        rare: Sequence[str],
    ) -> list[Row]:
        rows: list[Row] = []
        for writer in peers.available_writers(makers):
            inputs = [writer.prepare(parse(text)) for text in good]
            if not writer.is_of_the_scheme:
                rows.append(Row(writer.label, writer.write, inputs))
                continue
            right = [text for text, value in zip(good, inputs, strict=True) if writer.write(value) == text]
            bad = [text for text in rare if writer.write(writer.prepare(parse(text))) != text]
            rows.append(Row(writer.label, writer.write, inputs, len(right) / len(good), len(bad)))
        self._must(rows[0].right == 1 and rows[0].bad == 0, f"{rows[0].label} writes another text than was read")
        return rows

    # ---------------------------------------------------------------------------------------------------------------
    # Hostile texts, memory, import

    def hostile_texts(self) -> Table:
        """Refuse long texts made to be slow."""
        cells: list[list[str]] = []
        goals: list[Goal] = []
        for name, is_valid, parse, shapes in (
            ("RunId", RunId.is_valid, RunId.parse, corpus.RUN_ID_SHAPES),
            ("CheckpointName", CheckpointName.is_valid, CheckpointName.parse, corpus.CHECKPOINT_SHAPES),
            ("CheckpointPath", CheckpointPath.is_valid, CheckpointPath.parse, corpus.PATH_SHAPES),
        ):
            for shape, text_of in shapes.items():
                text = text_of(self.size.lengths[0])
                self._must(not is_valid(text), f"{name} accepts the hostile text of {shape}")
            for label, call in ((f"`{name}.is_valid`", is_valid), (f"`{name}.parse`, printed", _printed(parse))):
                worst = measure.growth(call, shapes, self.size.lengths)
                cells.append(_growth_cells(label, worst))
                goals.append(at_most(f"{label}, ns a character", worst.per_char, 30))
                goals.append(at_most(f"{label}, exponent", worst.exponent, 1.15))
        cells += self._hostile_peers(peers.RUN_IDS[2:], corpus.RUN_ID_SHAPES, "run id")
        cells += self._hostile_peers(peers.CHECKPOINT_NAMES[2:], corpus.CHECKPOINT_SHAPES, "checkpoint name")
        cells += self._hostile_peers([peers.orbax_step], corpus.CHECKPOINT_SHAPES, "")
        counts = f"{len(corpus.RUN_ID_SHAPES)}, {len(corpus.CHECKPOINT_SHAPES)} and {len(corpus.PATH_SHAPES)}"
        least, most = self.size.lengths[0], self.size.lengths[-1]
        limit = self.size.longest_peer_call * measure.MILLI
        note = (
            f"The worst of {counts} shapes of run ids, names and paths, at {least:,} to {most:,} characters; a peer's "
            f"shape stops once a call takes {limit:g} ms. Shape, characters, ms and ns a character are those of the "
            "shape that costs most a character at its greatest length; the exponent is the steepest of any shape over "
            f"its last three lengths. The last column is the most that any shape costs at the least length: {least:,} "
            f"characters for the library and {self.size.peer_lengths[0]} for peers."
        )
        columns = ("row", "worst shape", "characters", "ms", "ns a character", "exponent", "us, shortest")
        return Table("Hostile text", note, columns, cells, goals, text_columns=2)

    def _hostile_peers(
        self,
        makers: Iterable[Callable[[], list[Peer]]],
        shapes: Mapping[str, corpus.Shape],
        what: str,
    ) -> list[list[str]]:
        size = self.size
        return [
            _growth_cells(
                f"{peer.label}{what and f' ({what})'}",
                measure.growth(_swallowed(peer.parse), shapes, size.peer_lengths, size.longest_peer_call),
            )
            for peer in peers.available(makers)
        ]

    def memory(self) -> Table:
        """Hold parsed names."""
        run_ids = [text for text, _ in corpus.run_ids(self.size.objects)]
        names = [text for text, _ in corpus.checkpoint_names(self.size.objects)]
        held = [(f"{peer.label} (run id)", peer, run_ids) for peer in peers.available(peers.RUN_IDS)]
        held += [(f"{peer.label} (checkpoint name)", peer, names) for peer in peers.available(peers.CHECKPOINT_NAMES)]
        used = {label: measure.bytes_each(peer.parse, texts) for label, peer, texts in held}
        goals = [at_most("a run id", used["`RunId.parse` (run id)"], 360, "B")]
        cells = [[label, f"{each:.0f}"] for label, each in used.items()]
        note = f"Bytes held by each of {len(run_ids):,} parsed names, the text of the name not counted."
        return Table("Memory", note, ("row", "bytes"), cells, goals)

    def imports(self) -> Table:
        """Import the library in a fresh process: the package, whose names wait for their first use, and two of them."""
        base = "import attrs, re, datetime"
        package, names = "import ckpt_scheme", "from ckpt_scheme import RunId, CheckpointName"
        codes = ("pass", base, f"{base}; {package}", f"{base}; {names}")
        times = measure.paired_imports(codes, _PACKAGE, self.size.import_pairs)
        extra = [median(mine - its for mine, its in zip(each, times[1], strict=True)) for each in times[2:]]
        listing = f"{base}, sys; known = set(sys.modules); {names}; print(*sorted(set(sys.modules) - known))"
        modules = measure.child(listing, _PACKAGE).split()
        foreign = [module for module in modules if module.split(".")[0] != "ckpt_scheme"]
        self._must(not foreign, f"{names} loads {', '.join(foreign)}")
        note = (
            f"CPU of a fresh process, user and system, bytecode cached; {self.size.import_pairs} paired rounds. "
            f"Modules that the names load beyond those of `{base}`: {', '.join(f'`{module}`' for module in modules)}."
        )
        cells = [[f"`{code}`", f"{median(each):.1f}"] for code, each in zip(codes, times, strict=True)]
        cells += [
            [f"`{code}`, its own part: median of paired differences", f"{own:.1f}"]
            for code, own in zip((package, names), extra, strict=True)
        ]
        goals = [
            at_most(f"`{package}`, its own part", extra[0], 4, "ms"),
            at_most(f"`{names}`, its own part", extra[1], 4, "ms"),
            at_most("modules not its own", len(foreign), 0),
        ]
        return Table("Import", note, ("row", "ms"), cells, goals)

    # ---------------------------------------------------------------------------------------------------------------

    def _must(self, truth: object, what: str) -> None:
        if not truth:
            self.wrong.append(what)

    def _times(self, rows: Sequence[Row]) -> dict[str, Timing]:
        return measure.time_rows(rows, rows[0], self.size.rounds)

    def _judged(
        self,
        makers: Iterable[Callable[[], list[Peer]]],
        good: Sequence[tuple[str, Any]],
        bad: Sequence[tuple[str, str]],
    ) -> list[Row]:
        """Return a row for each peer, the library's first, with what it reads right and what it should not read."""
        rows: list[Row] = []
        for peer in peers.available(makers):
            misread = [text for text, fields in good if peer.read(text) != fields]
            accepted = [f"{text!r} ({reason})" for text, reason in bad if peer.accepts(text)]
            if not rows:
                self.wrong += [f"{peer.label} misreads {text!r}" for text in misread]
                self.wrong += [f"{peer.label} accepts {spelling}" for spelling in accepted]
            right = 1 - len(misread) / len(good)
            rows.append(Row(peer.label, peer.parse, [text for text, _ in good], right, len(accepted)))
        return rows


def _nothing(_text: str) -> None:
    """Do nothing, at the price of a call."""


def _pathlib_parts(text: str) -> tuple[str, ...]:
    return PurePosixPath(text).parts


def _split(text: str) -> list[str]:
    return text.split("/")


def _caught(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a function that refuses as *parse* does, up to the exception."""

    def refuse(text: str) -> object:
        try:
            return parse(text)
        except NameSyntaxError as error:
            return error

    return refuse


def _printed(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a function that refuses as *parse* does, up to the message."""

    def refuse(text: str) -> object:
        try:
            return parse(text)
        except NameSyntaxError as error:
            return str(error)

    return refuse


def _swallowed(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a function that refuses by None whatever way a peer refuses."""

    def refuse(text: str) -> object:
        try:
            return parse(text)
        except Exception:  # noqa: BLE001 - whatever a peer raises is its way to refuse
            return None

    return refuse


def _others(pair: tuple[Callable[[], list[Peer]], Callable[[int], list[str]]], count: int) -> list[Row]:
    """Return the row of a parser of another language, on names of that language."""
    maker, names = pair
    return [Row(peer.label, peer.parse, names(count)) for peer in peers.available([maker])]


def _at_least(times: Mapping[str, Timing], label: str, own: Timing, bar: float) -> list[Goal]:
    """Return the goal to be faster than a peer, if the peer is installed."""
    return [at_least(f"{label} / {own.row.label}", times[label].over(own), bar)] if label in times else []


def _cells(times: Mapping[str, Timing]) -> list[list[str]]:
    return [
        [
            time.row.label,
            f"{time.median:,.0f}",
            f"{time.least:,.0f}",
            f"{time.ratio:.2f}",
            "" if time.row.right is None else f"{time.row.right:.0%}",
            "" if time.row.bad is None else str(time.row.bad),
        ]
        for time in times.values()
    ]


def _growth_cells(label: str, worst: measure.Growth) -> list[str]:
    return [
        label,
        worst.shape,
        f"{worst.length:,}",
        f"{worst.seconds * measure.MILLI:,.3g}",
        f"{worst.per_char:,.1f}",
        f"{worst.exponent:.2f}",
        f"{worst.shortest * measure.MICRO:,.1f}",
    ]


def _environment() -> dict[str, str]:
    versions = {package: _version(package) for package in _PACKAGES}
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}",
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "load average at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "ckpt_scheme": ckpt_scheme.__version__,
        "peers": ", ".join(f"{package} {version}" for package, version in versions.items() if version),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure ckpt_scheme against its peers.")
    parser.add_argument("--quick", action="store_true", help="few rounds on few names: every row, no figure to quote")
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
