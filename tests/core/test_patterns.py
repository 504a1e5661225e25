from __future__ import annotations

import copy
import datetime as dt
import fnmatch
import functools
import itertools
import os
import pickle
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import patterns
from ckpt_scheme.checkpoint_name import (
    AnyCheckpoint,
    BestCheckpoint,
    CheckpointName,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
)
from ckpt_scheme.errors import FieldError
from ckpt_scheme.layout import CheckpointPath
from ckpt_scheme.patterns import ANY, CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from edits import NASTY, draw_edit, neighbours
from glob_engines import NAME_ENGINES, PATH_ENGINES, FileEngine, Tree, fnmatch_matched, sqlite_matched
from regex_engines import in_re2
from strategies import checkpoints, run_ids

Pattern: TypeAlias = RunPattern | CheckpointPattern | PathPattern
Name: TypeAlias = RunId | AnyCheckpoint | CheckpointPath

# --------------------------------------------------------------------------------------------------------------------
# The oracle: what a pattern means, said with parsed values and nothing of what the patterns are made of.

KINDS: Final = {EpochCheckpoint: "epoch", BestCheckpoint: "best", LastCheckpoint: "last"}


def read_run(text: str) -> RunId | None:
    return RunId.parse(text) if RunId.is_valid(text) else None


def read_checkpoint(text: str) -> AnyCheckpoint | None:
    return CheckpointName.parse(text) if CheckpointName.is_valid(text) else None


def read_path(text: str) -> CheckpointPath | None:
    return CheckpointPath.parse(text) if CheckpointPath.is_valid(text) else None


def reader(pattern: Pattern) -> Callable[[str], Name | None]:
    """Return what reads the names of *pattern*'s kind, or returns None."""
    if isinstance(pattern, PathPattern):
        return read_path
    return read_run if isinstance(pattern, RunPattern) else read_checkpoint


@functools.cache
def conforming(read: Callable[[str], Name | None], texts: frozenset[str]) -> dict[str, Name]:
    """Return those of *texts* that are names, with what they say."""
    named = ((text, read(text)) for text in texts)
    return {text: name for text, name in named if name is not None}


def fields_of(name: RunId | AnyCheckpoint) -> dict[str, Any]:
    """Return what *name* states for each field of its kind of pattern, None for what it has not."""
    if isinstance(name, RunId):
        return attrs.asdict(name)
    metric = None if isinstance(name, LastCheckpoint) else name.metric
    return {
        "kind": KINDS[type(name)],
        "epoch": name.epoch if isinstance(name, EpochCheckpoint) else None,
        "step": name.step if isinstance(name, EpochCheckpoint) else None,
        "metric": None if metric is None else metric.name,
        "value": None if metric is None else metric.value,
        "version": None if isinstance(name, LastCheckpoint) else name.version,
    }


def given_fields(pattern: RunPattern | CheckpointPattern) -> dict[str, Any]:
    return {field: value for field, value in attrs.asdict(pattern, recurse=False).items() if value is not ANY}


def fits(given: dict[str, Any], name: RunId | AnyCheckpoint) -> bool:
    stated = fields_of(name)
    return all(stated[field] == value for field, value in given.items())


def agrees(pattern: Pattern, name: Name) -> bool:
    if isinstance(pattern, PathPattern):
        assert isinstance(name, CheckpointPath)
        run, checkpoint = pattern.run, pattern.checkpoint
        return (
            pattern.root == name.root
            and (run == name.run if isinstance(run, RunId) else agrees(run, name.run))
            and (checkpoint == name.name if isinstance(checkpoint, CheckpointName) else agrees(checkpoint, name.name))
        )
    assert not isinstance(name, CheckpointPath)
    return fits(given_fields(pattern), name)


def agreeing(pattern: Pattern, texts: frozenset[str]) -> set[str]:
    return {text for text, name in conforming(reader(pattern), texts).items() if agrees(pattern, name)}


def conforms_and_agrees(pattern: Pattern, text: str) -> bool:
    name = reader(pattern)(text)
    return name is not None and agrees(pattern, name)


SPELLINGS: Final[dict[str, Callable[[Any], str]]] = {
    "epoch": "{:02d}".format,
    "step": "{:06d}".format,
    "value": "{:.4f}".format,
    "version": str,
}


def widest_open(pattern: Pattern, name: Name) -> int:
    """Return how many characters the longest of the fields takes that *pattern* leaves open, the timestamp aside."""
    if isinstance(pattern, PathPattern):
        assert isinstance(name, CheckpointPath)
        parts: list[tuple[object, RunId | AnyCheckpoint]] = [(pattern.run, name.run), (pattern.checkpoint, name.name)]
        open_parts = [(part, own) for part, own in parts if isinstance(part, (RunPattern, CheckpointPattern))]
        return max((widest_open(part, own) for part, own in open_parts), default=0)
    assert not isinstance(name, CheckpointPath)
    closed = {*given_fields(pattern), "timestamp", "kind"}
    stated = {field: value for field, value in fields_of(name).items() if value is not None and field not in closed}
    return max((len(SPELLINGS.get(field, str)(value)) for field, value in stated.items()), default=0)


# --------------------------------------------------------------------------------------------------------------------
# Drawn names, and patterns whose fields come from two of them.

# Built once: a strategy costs more to build than to draw from.
RUN_IDS: Final = run_ids()
CHECKPOINTS: Final = checkpoints()
PORTABLE: Final = "".join(char for char in NASTY if char not in r"\{}()" and unicodedata.category(char) != "Cc")
PORTABLE_ROOTS: Final = (
    st.none()
    | st.sampled_from(["outputs", "a[1]", "a*b?c", "[!a]", "[]", "a]b", "**", "s3://x/y", "/", "..", "-x", "a b"])
    | st.text(PORTABLE, min_size=1, max_size=8)
)
ROOTS: Final = PORTABLE_ROOTS | st.text(NASTY.replace("\0", "") + "/[*?", min_size=1, max_size=8)


def draw_run_pattern(draw: st.DrawFn, own: RunId, other: RunId) -> RunPattern:
    """Draw each field from *own*, which gives most so that the two often agree, from *other*, or as open."""
    mine, its = fields_of(own), fields_of(other)
    return RunPattern(**{field: draw(st.sampled_from([mine[field], ANY, mine[field], its[field]])) for field in mine})


# What a pattern of each kind may give besides None.
GIVABLE: Final = {
    ANY: {"epoch", "step", "metric", "value", "version"},
    "epoch": {"epoch", "step", "metric", "value", "version"},
    "best": {"metric", "value", "version"},
    "last": set[str](),
}


def draw_checkpoint_pattern(draw: st.DrawFn, own: AnyCheckpoint, other: AnyCheckpoint) -> CheckpointPattern:
    """Draw each field as `draw_run_pattern` does, of those that go together."""
    mine, its = fields_of(own), fields_of(other)

    def drawn(field: str, *, givable: bool, absent: bool) -> Any:  # noqa: ANN401 - a field of any type
        values = (mine[field], mine[field], its[field])
        return draw(st.sampled_from([ANY, *(value for value in values if (absent if value is None else givable))]))

    kind = drawn("kind", givable=True, absent=False)
    metric = drawn("metric", givable="metric" in GIVABLE[kind], absent=True)
    return CheckpointPattern(
        kind=kind,
        epoch=drawn("epoch", givable="epoch" in GIVABLE[kind], absent=False),
        step=drawn("step", givable="step" in GIVABLE[kind], absent=False),
        metric=metric,
        value=drawn("value", givable="value" in GIVABLE[kind] and metric is not None, absent=False),
        version=drawn("version", givable="version" in GIVABLE[kind], absent=True),
    )


def draw_text(draw: st.DrawFn, own: Name, other: Name) -> str:
    text = str(draw(st.sampled_from([own, own, other])))
    return draw_edit(draw, text) if draw(st.booleans()) else text


Case: TypeAlias = tuple[Pattern, str]


@st.composite
def run_cases(draw: st.DrawFn) -> Case:
    own, other = draw(RUN_IDS), draw(RUN_IDS)
    return draw_run_pattern(draw, own, other), draw_text(draw, own, other)


@st.composite
def checkpoint_cases(draw: st.DrawFn) -> Case:
    own, other = draw(CHECKPOINTS), draw(CHECKPOINTS)
    return draw_checkpoint_pattern(draw, own, other), draw_text(draw, own, other)


@st.composite
def path_cases(draw: st.DrawFn) -> Case:
    own = CheckpointPath(draw(ROOTS), draw(RUN_IDS), draw(CHECKPOINTS))
    other = CheckpointPath(
        draw(ROOTS),
        draw(RUN_IDS) if draw(st.booleans()) else own.run,
        draw(CHECKPOINTS) if draw(st.booleans()) else own.name,
    )
    pattern = PathPattern(
        draw(st.sampled_from([own.root, own.root, other.root])),
        own.run if draw(st.booleans()) else draw_run_pattern(draw, own.run, other.run),
        own.name if draw(st.booleans()) else draw_checkpoint_pattern(draw, own.name, other.name),
    )
    return pattern, draw_text(draw, own, other)


CASES: Final[dict[str, st.SearchStrategy[Case]]] = {
    "run": run_cases(),
    "checkpoint": checkpoint_cases(),
    "path": path_cases(),
}
for_each_pattern = pytest.mark.parametrize("cases", CASES.values(), ids=CASES)


@st.composite
def agreeing_cases(draw: st.DrawFn) -> Case:
    """Draw a pattern that a glob can be made of, and a name that agrees with it."""
    path = CheckpointPath(draw(PORTABLE_ROOTS), draw(RUN_IDS), draw(CHECKPOINTS))
    run, checkpoint = draw_run_pattern(draw, path.run, path.run), draw_checkpoint_pattern(draw, path.name, path.name)
    cases: list[Case] = [
        (run, str(path.run)),
        (checkpoint, str(path.name)),
        (PathPattern(path.root, run, checkpoint), str(path)),
        (PathPattern(path.root, path.run, checkpoint), str(path)),
        (PathPattern(path.root, run, path.name), str(path)),
    ]
    return draw(st.sampled_from(cases))


ONE_RUN: Final = "t-a_p_20240229_120000"


def raised(call: Callable[[], object]) -> FieldError:
    with pytest.raises(FieldError) as caught:
        call()
    return caught.value


# --------------------------------------------------------------------------------------------------------------------
# matches, regex, filter.


@for_each_pattern
@given(data=st.data())
def test_matches_what_conforms_and_agrees(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    pattern, text = data.draw(cases)
    expected = conforms_and_agrees(pattern, text)
    assert pattern.matches(text) == expected
    assert (re.fullmatch(pattern.regex(), text) is not None) == expected
    assert (re.fullmatch(f"<{pattern.regex()}>", f"<{text}>") is not None) == expected
    assert in_re2(pattern.regex(), [text]) == [expected]
    assert_plain(pattern.regex())


def assert_plain(regex: str) -> None:
    """Hold *regex* to the constructs that all engines read alike."""
    assert re.compile(regex).groups == 0
    assert not any(char.isalnum() for char in re.findall(r"\\(.)", regex, re.DOTALL))
    outside_classes = re.sub(r"\\.|\[[^]]+\]", "", regex, flags=re.DOTALL)
    assert not re.search(r"[\^$.*+]|\(\?[^:]|[?}][?+]", outside_classes)


class BytesPath:
    def __fspath__(self) -> bytes:
        return b"last.ckpt"


class UnreadablePath:
    def __fspath__(self) -> str:
        raise OSError


@pytest.mark.parametrize("pattern", [RunPattern(), CheckpointPattern(), PathPattern("\udc80")], ids=repr)
@pytest.mark.parametrize(
    "text",
    [
        None,
        3,
        1.5,
        (),
        [],
        object(),
        b"last.ckpt",
        bytearray(b"last.ckpt"),
        memoryview(b"last.ckpt"),
        Path("a"),
        BytesPath(),
        UnreadablePath(),
        "",
        "\ud800",
        "last.ckpt\udcff",
        "\udc80/x",
        "a-" * 50_000,
        "a_" * 50_000,
    ],
    # Of a default `repr`, the address that it ends in is another one in each run.
    ids=lambda text: repr(text).partition(" at 0x")[0][:24],
)
def test_matches_never_raises(pattern: Pattern, text: Any) -> None:  # noqa: ANN401 - anything at all
    assert pattern.matches(text) is False


def test_a_path_object_is_its_text() -> None:
    path = CheckpointPath("outputs", RunId.parse(ONE_RUN), LastCheckpoint())
    paths: list[os.PathLike[str]] = [path, Path(path), path.directory, Path("last.ckpt")]
    assert list(PathPattern("outputs").filter(paths)) == paths[:2]
    assert list(CheckpointPattern(kind="last").filter(paths)) == paths[3:]


def test_a_root_of_lone_surrogates_matches() -> None:
    path = "\udc80/t-a_p_20240229_000000/checkpoints/last.ckpt"
    assert PathPattern("\udc80").matches(path)


def test_a_root_stands_for_itself_in_a_regex() -> None:
    for char in {*NASTY, "/"} - {"\0"}:
        regex = PathPattern(f"a{char}b", RunId.parse(ONE_RUN), LastCheckpoint()).regex()
        roots = ["a", "b", "ab", "a.b", "aab", "abb", f"a{char}{char}b", f"a\\{char}b", f"A{char}b", f"a{char}b"]
        paths = [f"{root}/{ONE_RUN}/checkpoints/last.ckpt" for root in roots]
        assert {path for path in paths if re.fullmatch(regex, path)} == {paths[-1]}
        assert_plain(regex)


@pytest.mark.parametrize("text", ["last.ckpt", b"last.ckpt", Path("last.ckpt")], ids=repr)
def test_one_text_is_nothing_to_filter(text: Any) -> None:  # noqa: ANN401 - anything at all
    error = raised(lambda: CheckpointPattern().filter(text))
    assert (error.kind, error.text, error.position, error.requirement) == ("selection", text, None, "CKS-055")


class Text(str):
    __slots__ = ()


def test_filter_keeps_order_and_identity() -> None:
    texts = [Text("last.ckpt"), "epoch-1_step-000001.ckpt", "best.ckpt", "last.ckpt", "best_v1.ckpt", "best_v01.ckpt"]
    kept = list(CheckpointPattern(version=None).filter(texts))
    assert kept == ["last.ckpt", "best.ckpt", "last.ckpt"]
    assert kept[0] is texts[0]


def test_filter_is_lazy() -> None:
    taken: list[int] = []

    def versions() -> Iterator[str]:
        for number in range(1, 10):
            taken.append(number)
            yield f"best_v{number}.ckpt"

    found = CheckpointPattern(version=3).filter(versions())
    assert taken == []
    assert next(found) == "best_v3.ckpt"
    assert taken == [1, 2, 3]


# --------------------------------------------------------------------------------------------------------------------
# One glob never misses.


@given(agreeing_cases())
def test_the_glob_of_a_text_never_misses(case: Case) -> None:
    pattern, text = case
    assert fnmatch.fnmatchcase(text, pattern.glob())
    assert sqlite_matched([text], [pattern.glob()]) == {text}


WIDEST: Final = EpochCheckpoint(
    epoch=10**18 - 1, step=10**18 - 1, metric=Metric("m" * 64, -99999999999.9999), version=10**18 - 1
)
CHECKPOINT_NAMES: Final = [
    *(
        f"epoch-{epoch}_step-{step}{metric}{version}.ckpt"
        for epoch in ("00", "22", "100", "999999999999999999")
        for step in ("000000", "001932", "1000000")
        for metric in ("", "_hmean-0.8920", "_v2--0.0001", "_loss-12345678901.0000")
        for version in ("", "_v1", "_v22")
    ),
    *(
        f"best{metric}{version}.ckpt"
        for metric in ("", "-hmean-0.8920", "-v2--0.0001", "-loss-12345678901.0000")
        for version in ("", "_v1", "_v22")
    ),
    "last.ckpt",
    str(WIDEST),
]
RUN_NAMES: Final = [
    f"{tag}-{model}_{phase}_{timestamp}"
    for tag in ("ocr", "t_1")
    for model in ("dbnet", "a_b", "dbnet-resnet18", "dbnet-x_y-z_-")
    for phase in ("training", "1", "fine-tune-")
    for timestamp in ("00010101_000000", "20240229_120000", "99991231_235959")
]
CHECKPOINT_PATTERNS: Final = [
    CheckpointPattern(),
    CheckpointPattern(kind="epoch"),
    CheckpointPattern(kind="epoch", metric=None, version=None),
    CheckpointPattern(epoch=22),
    CheckpointPattern(step=1932, version=1),
    CheckpointPattern(kind="best"),
    CheckpointPattern(kind="best", metric="hmean"),
    CheckpointPattern(kind="best", metric=None, version=22),
    CheckpointPattern(kind="last"),
    CheckpointPattern(metric=None),
    CheckpointPattern(metric="v2", value=-0.0001),
    CheckpointPattern(metric="v2"),
    CheckpointPattern(value=0.892, version=None),
    CheckpointPattern(version=None),
    CheckpointPattern(kind="epoch", epoch=10**18 - 1, step=10**18 - 1, metric="m" * 64),
]
RUN_PATTERNS: Final = [
    RunPattern(),
    RunPattern(tag="ocr"),
    RunPattern(architecture="a_b"),
    RunPattern(encoder=None),
    RunPattern(encoder="x_y-z_-", phase="fine-tune-"),
    RunPattern(timestamp=datetime(1, 1, 1)),
    RunPattern(tag="t_1", architecture="dbnet", encoder="resnet18", phase="1", timestamp=datetime(2024, 2, 29, 12)),
]

PATTERNS: Final[list[Pattern]] = [*CHECKPOINT_PATTERNS, *RUN_PATTERNS]

for_each_name_engine = pytest.mark.parametrize("engine", NAME_ENGINES.values(), ids=NAME_ENGINES)
for_each_path_engine = pytest.mark.parametrize("engine", PATH_ENGINES.values(), ids=PATH_ENGINES)


def can_be_a_file(text: str) -> bool:
    return text not in {"", ".", ".."} and not {"/", "\0"} & set(text)


def sampled(texts: Iterable[str], count: int) -> list[str]:
    usable = sorted(filter(can_be_a_file, texts))
    return usable[:: max(1, len(usable) // count)]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Conforming names of both kinds, and near misses of some, in one directory."""
    seeds = ["epoch-22_step-001932_hmean-0.8920_v1.ckpt", "best.ckpt", "last.ckpt", RUN_NAMES[-1]]
    near_misses = [text for seed in seeds for text in sampled(neighbours(seed), 40)]
    return Tree.grow(tmp_path_factory.mktemp("names"), [*CHECKPOINT_NAMES, *RUN_NAMES, *near_misses])


def test_the_directory_holds_what_the_tests_ask_about(names: Tree) -> None:
    assert names.texts.issuperset(CHECKPOINT_NAMES)
    assert names.texts.issuperset(RUN_NAMES)
    for pattern in PATTERNS:
        assert any(map(pattern.matches, names.texts)), pattern


def visible(texts: set[str]) -> set[str]:
    """Return *texts* without hidden files, which some engines keep from a leading ``*`` and others do not."""
    return {text for text in texts if not text.startswith(".")}


@for_each_name_engine
def test_the_glob_of_a_name_never_misses(names: Tree, engine: FileEngine) -> None:
    for pattern in PATTERNS:
        found = engine(names, [pattern.glob()])
        assert agreeing(pattern, names.texts) <= found, pattern
        everywhere = {text for text in names.texts if fnmatch.fnmatchcase(text, pattern.glob())}
        assert visible(found) == visible(everywhere), pattern


TREE_ROOTS: Final = [
    None,
    "outputs",
    "deep/er/still",
    "a[1]",
    "a[!1]/[^1]",
    "a[[]1]",
    "a]b",
    "a*b",
    "a**b",
    "**",
    "a?b",
    "a b ",
    "a,b;c&d|e<f>g",
    "'a'\"b\"`c`$d",
    "-x",
    ".hidden",
    "#h",
    "!x",
    "~x",
    "a=b+c@d%e^f:g",
    "\u00e9",
    "e\u0301",
    "\u65e5\u672c",
    "\U0001f642",
]
# What a root finds that is not escaped.
DECOYS: Final = ["a1", "a!", "a1/1", "a^/^", "axb", "axxb", "xx", "deep/er", "a[x]", "\u0663", "a[1"]
TREE_RUNS: Final = ["ocr-dbnet_training_20240229_120000", "ocr-dbnet-resnet18_eval_20251015_120000"]
TREE_NAMES: Final = ["last.ckpt", "best-hmean-0.8920.ckpt", "best-hmean-12.0000_v2.ckpt", "epoch-22_step-001932.ckpt"]
PATH_PARTS: Final[list[tuple[RunPattern | RunId, CheckpointPattern | AnyCheckpoint]]] = [
    (RunPattern(), CheckpointPattern()),
    (RunPattern(encoder=None), CheckpointPattern(kind="best")),
    (RunId.parse(TREE_RUNS[1]), CheckpointPattern(metric="hmean", version=None)),
    (RunPattern(tag="ocr"), LastCheckpoint()),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Run directories with checkpoints below many roots."""
    starts = ["" if root is None else f"{root}/" for root in [*TREE_ROOTS, *DECOYS]]
    texts = [
        *(f"{start}{run}/checkpoints/{name}" for start in starts for run in TREE_RUNS for name in TREE_NAMES),
        *(f"{TREE_RUNS[0]}/{folder}/last.ckpt" for folder in ("logs", "checkpoints/checkpoints", "check")),
    ]
    return Tree.grow(tmp_path_factory.mktemp("paths"), texts)


@for_each_path_engine
@pytest.mark.parametrize(("run", "checkpoint"), PATH_PARTS, ids=["open", "best", "one-run", "last"])
def test_the_glob_of_a_path_never_misses_and_takes_its_root_literally(
    paths: Tree, engine: FileEngine, run: RunPattern | RunId, checkpoint: CheckpointPattern | AnyCheckpoint
) -> None:
    for root in TREE_ROOTS:
        pattern = PathPattern(root, run, checkpoint)
        expected, found = agreeing(pattern, paths.texts), engine(paths, [pattern.glob()])
        assert expected, pattern
        assert expected <= found, pattern
        assert all(text.startswith("" if root is None else f"{root}/") for text in found), pattern


@for_each_path_engine
@pytest.mark.parametrize("root", [None, "outputs", "a[1]", "a**b", "a b ", "\u00e9"])
def test_the_globs_of_a_path_are_exact(paths: Tree, engine: FileEngine, root: str | None) -> None:
    pattern = PathPattern(root, RunId.parse(TREE_RUNS[1]), CheckpointPattern(kind="best"))
    expected = agreeing_within(pattern, 6, paths.texts)
    assert len(expected) == 1
    assert engine(paths, pattern.globs(6)) == expected


# --------------------------------------------------------------------------------------------------------------------
# A set of globs is exact up to its width.


def agreeing_within(pattern: Pattern, width: int, texts: frozenset[str]) -> set[str]:
    """Return those of *texts* that agree and in which no open field is too wide."""
    names = conforming(reader(pattern), texts)
    return {text for text in agreeing(pattern, texts) if widest_open(pattern, names[text]) <= width}


glob_characters: Final = re.compile(r"\[[^]]+\]|.", re.DOTALL).findall


def fixed_width_matched(texts: Iterable[str], globs: Iterable[str]) -> set[str]:
    """Return those of *texts* that fixed-width *globs* match in `fnmatch`, each asked for texts of its width alone."""
    texts_of: dict[int, list[str]] = {}
    globs_of: dict[int, list[str]] = {}
    for text in texts:
        texts_of.setdefault(len(text), []).append(text)
    for glob in globs:
        globs_of.setdefault(len(glob_characters(glob)), []).append(glob)
    return set[str]().union(*(fnmatch_matched(texts_of.get(width, []), globs_of[width]) for width in globs_of))


def timestamped_matched(texts: Iterable[str], globs: Sequence[str]) -> set[str]:
    """Do the same for globs of which an open timestamp is the end.

    It multiplies their number, for they are every start with every end: starts and ends are matched one by one.
    """
    ends = {glob.removeprefix("t-a_p_") for glob in attrs.evolve(RUN, timestamp=ANY).globs(1)}
    one_end = min(ends)
    starts = {glob.removesuffix(one_end) for glob in globs if glob.endswith(one_end)}
    assert set(globs) == {start + end for start in starts for end in ends}
    size = len("YYYYMMDD_HHMMSS")
    halves = {text: (text[:-size], text[-size:]) for text in texts}
    matched_starts = fixed_width_matched({start for start, _ in halves.values()}, starts)
    matched_ends = fixed_width_matched({end for _, end in halves.values()}, ends)
    return {text for text, (start, end) in halves.items() if start in matched_starts and end in matched_ends}


@attrs.frozen
class Family:
    """A pattern, a width, and conforming names, some of which agree and are narrow enough and some of which are not."""

    pattern: Pattern
    width: int
    names: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    match: Callable[[Iterable[str], Sequence[str]], set[str]] = fixed_width_matched


RUN: Final = RunPattern(tag="t", architecture="a", encoder=None, phase="p", timestamp=datetime(2024, 2, 29, 12))
FAMILIES: Final = {
    "epochs": Family(
        CheckpointPattern(kind="epoch", metric=None, version=None),
        8,
        [
            "epoch-00_step-000000.ckpt",
            "epoch-07_step-001932.ckpt",
            "epoch-99_step-999999.ckpt",
            "epoch-100_step-1000000.ckpt",
            "epoch-12345678_step-12345678.ckpt",
            "epoch-123456789_step-000001.ckpt",
            "epoch-22_step-123456789.ckpt",
            "epoch-22_step-001932_v1.ckpt",
            "epoch-22_step-001932_hmean-0.8920.ckpt",
            "last.ckpt",
        ],
    ),
    "epochs-widest": Family(
        CheckpointPattern(kind="epoch", step=0, metric=None, version=None),
        18,
        ["epoch-99999999999999999_step-000000.ckpt", "epoch-100000000000000000_step-000000.ckpt"],
    ),
    "steps-narrow": Family(
        CheckpointPattern(epoch=22, metric=None, version=None), 6, ["epoch-22_step-100000.ckpt", *CHECKPOINT_NAMES[:9]]
    ),
    "values": Family(
        CheckpointPattern(kind="best", metric="hmean", version=None),
        9,
        [
            "best-hmean-0.0000.ckpt",
            "best-hmean-0.8920.ckpt",
            "best-hmean--0.0001.ckpt",
            "best-hmean--0.1000.ckpt",
            "best-hmean--1.0000.ckpt",
            "best-hmean-10.0000.ckpt",
            "best-hmean--12.5000.ckpt",
            "best-hmean-9999.9999.ckpt",
            "best-hmean--9999.0000.ckpt",
            "best-hmean-99999.0000.ckpt",
            "best-loss-0.8920.ckpt",
            "best-hmean-0.8920_v1.ckpt",
            "best.ckpt",
        ],
    ),
    "values-widest": Family(
        CheckpointPattern(kind="best", metric="m", version=None),
        17,
        ["best-m-99999999999.0000.ckpt", "best-m--99999999999.0000.ckpt", "best-m--0.0010.ckpt"],
    ),
    "versions": Family(
        CheckpointPattern(epoch=22, step=1932, metric=None),
        4,
        [f"epoch-22_step-001932{version}.ckpt" for version in ("", "_v1", "_v10", "_v9999", "_v10000")],
    ),
    "versions-widest": Family(
        CheckpointPattern(kind="best", metric=None),
        18,
        ["best.ckpt", f"best_v{10**17}.ckpt", f"best_v{10**18 - 1}.ckpt"],
    ),
    "best": Family(
        CheckpointPattern(kind="best"),
        6,
        [
            "best.ckpt",
            "best_v654321.ckpt",
            "best-v1-0.5000_v1.ckpt",
            "best-a_b_cd-9.9999.ckpt",
            "best-x-0.0001_v12.ckpt",
            "best-x--0.0001.ckpt",
        ],
    ),
    "metric-of-a-value": Family(
        CheckpointPattern(value=-0.5, version=None),
        2,
        ["best-v_--0.5000.ckpt", "best-abc--0.5000.ckpt", "epoch-00_step-000000_x--0.5000.ckpt", "last.ckpt"],
    ),
    "last": Family(CheckpointPattern(kind="last"), 1, ["last.ckpt", "best.ckpt"]),
    "no-metric": Family(
        CheckpointPattern(metric=None),
        6,
        ["last.ckpt", "best.ckpt", "best_v1.ckpt", "epoch-22_step-001932_v22.ckpt", "best-x-0.5000.ckpt"],
    ),
    "too-narrow": Family(CheckpointPattern(kind="epoch"), 5, ["epoch-00_step-000000.ckpt"]),
    "timestamps": Family(
        attrs.evolve(RUN, timestamp=ANY),
        1,
        [
            *(f"t-a_p_{year}0229_000000" for year in ("2024", "2000", "0004")),
            *(f"t-a_p_{year}0228_235959" for year in ("2023", "1900")),
            *(f"t-a_p_{date}_195959" for date in ("20250131", "20250430", "20251231", "00010101", "10001001")),
            "t-a_p_99991130_200000",
            "t-a-e_p_20240229_000000",
            "t-b_p_20240229_000000",
        ],
        match=timestamped_matched,
    ),
    "tags": Family(attrs.evolve(RUN, tag=ANY), 3, [ONE_RUN, f"x{ONE_RUN}", "0_Z" + ONE_RUN[1:], "0_Zz" + ONE_RUN[1:]]),
    "tags-widest": Family(attrs.evolve(RUN, tag=ANY), 64, ["0" * 63 + "_" + ONE_RUN[1:]]),
    "encoders": Family(
        attrs.evolve(RUN, encoder=ANY),
        3,
        [ONE_RUN, *(f"t-a-{encoder}_p_20240229_120000" for encoder in ("e", "e_-", "0--", "x_p_", "e_p"))],
    ),
    "phases": Family(
        attrs.evolve(RUN, phase=ANY),
        3,
        [f"t-a_{phase}_20240229_120000" for phase in ("p", "p-", "0-9", "p--q")],
    ),
    "phases-widest": Family(attrs.evolve(RUN, phase=ANY), 64, [f"t-a_{'0' * 31}-_20240229_120000"]),
    "runs": Family(
        RunPattern(),
        2,
        ["t-a_p_20240229_120000", "t_-a_-e-_p-_20230228_120000", "t1-a-e_p_19991231_235959", "t-abc_p_20240229_120000"],
        match=timestamped_matched,
    ),
    "paths": Family(
        PathPattern("a[1]*?", RunId.parse(ONE_RUN), CheckpointPattern(kind="best", metric="m")),
        6,
        [f"a[1]*?/{ONE_RUN}/checkpoints/best-m-0.8920{version}.ckpt" for version in ("", "_v1", "_v1234567")],
    ),
    "paths-of-one-name": Family(
        PathPattern(None, RUN, EpochCheckpoint(epoch=1, step=2)),
        1,
        [f"{ONE_RUN}/checkpoints/epoch-01_step-000002.ckpt", f"{ONE_RUN}/checkpoints/last.ckpt"],
    ),
}
for_each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
# An engine that is asked glob by glob, character by character, takes long over these two.
SMALL_FAMILIES: Final = {name: family for name, family in FAMILIES.items() if name not in {"runs", "tags-widest"}}
for_each_small_family = pytest.mark.parametrize("family", SMALL_FAMILIES.values(), ids=SMALL_FAMILIES)


@functools.cache
def neighbourhood(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(names, *map(neighbours, names))


@for_each_family
def test_matches_is_exact_next_to_conforming_names(family: Family) -> None:
    texts = neighbourhood(family.names)
    assert set(family.pattern.filter(texts)) == agreeing(family.pattern, texts)


@for_each_family
def test_globs_are_exact_in_fnmatch(family: Family) -> None:
    pattern, texts = family.pattern, neighbourhood(family.names)
    assert family.match(texts, pattern.globs(family.width)) == agreeing_within(pattern, family.width, texts)


@for_each_small_family
def test_globs_are_exact_in_sqlite(family: Family) -> None:
    pattern, texts = family.pattern, neighbourhood(family.names)
    asked = {text for text in texts if "\0" not in text}
    assert sqlite_matched(asked, pattern.globs(family.width)) == agreeing_within(pattern, family.width, texts)


# How much one glob takes too much. A near miss is a text that does not conform and is one edit away from one of the
# names; the counts stand in the specification, and a change of either shows here.
@attrs.frozen
class Figure:
    pattern: Pattern
    names: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    globs: int
    near_misses: int
    matched_by_glob: int
    match: Callable[[Iterable[str], Sequence[str]], set[str]] = fixed_width_matched


FIGURES: Final = {
    "epoch": Figure(
        CheckpointPattern(kind="epoch", metric=None, version=None),
        [
            f"epoch-{epoch}_step-{step}.ckpt"
            for epoch in ("00", "22", "99", "100")
            for step in ("000000", "001932", "1234567")
        ],
        globs=21,
        near_misses=50_064,
        matched_by_glob=3288,
    ),
    "best": Figure(
        CheckpointPattern(kind="best", metric="hmean"),
        [
            f"best-hmean-{value}{version}.ckpt"
            for value in ("0.0000", "0.8920", "-0.0001", "12.5000")
            for version in ("", "_v1", "_v22")
        ],
        globs=81,
        near_misses=45_459,
        matched_by_glob=7645,
    ),
    "run": Figure(
        RunPattern(encoder="resnet18"),
        [
            f"{tag}-dbnet-resnet18_{phase}_{timestamp}"
            for tag in ("ocr", "ocr_v1")
            for phase in ("training", "eval")
            for timestamp in ("20251015_120000", "20240229_235959", "20230228_000000")
        ],
        globs=67_584,
        near_misses=65_640,
        matched_by_glob=22_348,
        match=timestamped_matched,
    ),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_how_many_near_misses_globs_match(figure: Figure) -> None:
    pattern, names, globs = figure.pattern, set(figure.names), figure.pattern.globs()
    texts = neighbourhood(figure.names)
    near_misses = texts - conforming(reader(pattern), texts).keys()
    assert figure.match(near_misses | names, globs) == names
    by_glob = fnmatch_matched(near_misses | names, [pattern.glob()])
    assert names <= by_glob
    counts = len(names), len(globs), len(near_misses), len(by_glob - names)
    assert counts == (12, figure.globs, figure.near_misses, figure.matched_by_glob)


def test_the_figures_of_globs_are_those_that_the_tests_count() -> None:
    spec = (Path(__file__).parents[2] / "docs" / "spec.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `\w+Pattern\(.*\)` \| ([0-9,]+) \| ([0-9,]+) \| 0 \|$", spec, re.MULTILINE)

    assert rows == [(f"{figure.near_misses:,}", f"{figure.matched_by_glob:,}") for figure in FIGURES.values()]


def test_globs_are_exact_for_every_date_and_time() -> None:
    globs = attrs.evolve(RUN, timestamp=ANY).globs(1)
    years = ["0000", "0001", "0004", "0010", "0100", "0400", "1000", "1900", "2000", "2023", "2024", "2100", "9999"]
    days = [f"{year}{month:02d}{day:02d}_235959" for year in years for month in range(14) for day in range(33)]
    times = [
        f"20240229_{hour:02d}{minute}{second}" for hour in range(30) for minute in (0, 59, 60) for second in (0, 59, 60)
    ]
    texts = {f"t-a_p_{timestamp}" for timestamp in [*days, *times]}
    assert timestamped_matched(texts, globs) == set(filter(RunId.is_valid, texts))


@pytest.fixture(scope="module")
def family_trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tree]:
    """One directory for each family of names, with a sample of their near misses."""
    return {
        name: Tree.grow(tmp_path_factory.mktemp(name), [*family.names, *sampled(neighbourhood(family.names), 40)])
        for name, family in SMALL_FAMILIES.items()
        if not isinstance(family.pattern, PathPattern)
    }


@for_each_name_engine
def test_globs_are_exact_for_files(family_trees: dict[str, Tree], engine: FileEngine) -> None:
    for name, tree in family_trees.items():
        family = FAMILIES[name]
        found = engine(tree, family.pattern.globs(family.width))
        assert found == agreeing_within(family.pattern, family.width, tree.texts), name


@given(checkpoint_cases(), st.integers(1, 7))
def test_globs_of_any_checkpoint_pattern_are_exact(case: Case, width: int) -> None:
    pattern, text = case
    texts = frozenset({text} if "\0" not in text else ())
    assert sqlite_matched(texts, pattern.globs(width)) == agreeing_within(pattern, width, texts)


# Whoever lists the files of each glob in turn meets each file once.
def how_many_match(text: str, globs: Sequence[str]) -> int:
    return sum(fnmatch.fnmatchcase(text, glob) for glob in globs if len(glob_characters(glob)) == len(text))


@given(checkpoint_cases(), st.integers(1, 7))
def test_no_two_globs_of_a_set_match_one_text(case: Case, width: int) -> None:
    pattern, text = case
    globs = pattern.globs(width)
    assert len(set(globs)) == len(globs)
    assert how_many_match(text, globs) <= 1


def test_no_two_globs_match_one_date() -> None:
    globs = attrs.evolve(RUN, timestamp=ANY).globs(1)
    starts = [datetime(year, 1, 1) + timedelta(days) for year in (1900, 2000, 2024) for days in range(0, 365, 5)]
    texts = [str(attrs.evolve(RunId.parse(ONE_RUN), timestamp=start)) for start in starts]
    assert {how_many_match(text, globs) for text in texts} == {1}


# --------------------------------------------------------------------------------------------------------------------
# Globs are portable.

is_portable_glob: Final = re.compile(r"(?:[0-9A-Z_a-z./-]|[*](?![*])|[?]|\[0-9\])*").fullmatch
is_portable_set: Final = re.compile(r"(?:[0-9A-Z_a-z./-]|\[[0-9A-Za-z](?:[0-9A-Za-z]|-[0-9])*_?-?\])*").fullmatch


def without_root(glob: str, root: str | None) -> str:
    """Return *glob* after a root whose special characters are escaped, and nothing else of it is."""
    escaped = (
        "" if root is None else "".join({"*": "[*]", "?": "[?]", "[": "[[]"}.get(char, char) for char in f"{root}/")
    )
    assert glob.startswith(escaped)
    return glob[len(escaped) :]


@given(agreeing_cases())
def test_globs_are_portable(case: Case) -> None:
    pattern, _ = case
    root = pattern.root if isinstance(pattern, PathPattern) else None
    assert is_portable_glob(without_root(pattern.glob(), root))
    assert all(is_portable_set(without_root(glob, root)) for glob in pattern.globs(1))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_sets_of_globs_are_portable(family: Family) -> None:
    root = family.pattern.root if isinstance(family.pattern, PathPattern) else None
    globs = [without_root(glob, root) for glob in family.pattern.globs(family.width)]
    assert [glob for glob in globs if not is_portable_set(glob)] == []


# --------------------------------------------------------------------------------------------------------------------
# Algebra.


_FieldsT = TypeVar("_FieldsT", RunPattern, CheckpointPattern)


def with_one_field_opened(pattern: _FieldsT) -> list[_FieldsT]:
    return [attrs.evolve(pattern, **{field: ANY}) for field in given_fields(pattern)]


def wider(pattern: Pattern) -> Iterator[Pattern]:
    """Yield the patterns of which *pattern* is a case: they have one more open field, or one more open part."""
    if isinstance(pattern, PathPattern):
        yield attrs.evolve(pattern, run=RunPattern())
        yield attrs.evolve(pattern, checkpoint=CheckpointPattern())
        if isinstance(pattern.run, RunPattern):
            yield from (attrs.evolve(pattern, run=run) for run in with_one_field_opened(pattern.run))
        if isinstance(pattern.checkpoint, CheckpointPattern):
            opened = with_one_field_opened(pattern.checkpoint)
            yield from (attrs.evolve(pattern, checkpoint=checkpoint) for checkpoint in opened)
    elif isinstance(pattern, RunPattern):
        yield from with_one_field_opened(pattern)
    else:
        yield from with_one_field_opened(pattern)


@for_each_pattern
@given(data=st.data())
def test_fixing_one_more_field_matches_a_subset(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    pattern, text = data.draw(cases)
    others = wider(pattern) if pattern.matches(text) else ()
    assert [other for other in others if not other.matches(text)] == []


@given(run_cases() | checkpoint_cases())
def test_fixing_one_more_field_narrows_the_glob(case: Case) -> None:
    pattern, text = case
    others = wider(pattern) if fnmatch.fnmatchcase(text, pattern.glob()) else ()
    assert [other for other in others if not fnmatch.fnmatchcase(text, other.glob())] == []


@given(agreeing_cases())
def test_fixing_what_a_name_has_still_matches_it(case: Case) -> None:
    pattern, text = case
    if isinstance(pattern, PathPattern):
        path = CheckpointPath.parse(text)
        assert PathPattern(path.root, path.run, path.name).matches(text)
    elif isinstance(pattern, RunPattern):
        assert RunPattern(**fields_of(RunId.parse(text))).matches(text)
    else:
        own = {field: value for field, value in fields_of(CheckpointName.parse(text)).items() if value is not None}
        assert CheckpointPattern(**own).matches(text)


# --------------------------------------------------------------------------------------------------------------------
# Errors.


@pytest.mark.parametrize(
    ("pattern", "field", "value", "kind", "position", "requirement"),
    [
        pytest.param(RunPattern, "tag", "a-b", "tag", 1, "CKS-010", id="tag with a dash"),
        pytest.param(RunPattern, "tag", None, "tag", None, "CKS-010", id="no tag, which no name is without"),
        pytest.param(RunPattern, "tag", "*", "tag", 0, "CKS-010", id="tag that is a glob"),
        pytest.param(RunPattern, "architecture", "", "architecture", 0, "CKS-010", id="empty architecture"),
        pytest.param(RunPattern, "encoder", "x.y", "encoder", 1, "CKS-011", id="encoder with a dot"),
        pytest.param(RunPattern, "encoder", 18, "encoder", None, "CKS-011", id="encoder that is a number"),
        pytest.param(RunPattern, "phase", "fine_tune", "phase", 4, "CKS-012", id="phase with an underscore"),
        pytest.param(RunPattern, "timestamp", "20240229_120000", "timestamp", None, "CKS-013", id="timestamp as text"),
        pytest.param(
            RunPattern, "timestamp", datetime(2024, 2, 29, 12, 0, 0, 1), "timestamp", None, "CKS-013", id="microseconds"
        ),
        pytest.param(
            RunPattern, "timestamp", datetime(2024, 2, 29, tzinfo=UTC), "timestamp", None, "CKS-013", id="time zone"
        ),
        pytest.param(CheckpointPattern, "epoch", -1, "epoch", None, "CKS-020", id="epoch below zero"),
        pytest.param(CheckpointPattern, "epoch", None, "epoch", None, "CKS-020", id="None as an epoch"),
        pytest.param(CheckpointPattern, "step", 10**18, "step", None, "CKS-021", id="step of nineteen digits"),
        pytest.param(CheckpointPattern, "step", 1.0, "step", None, "CKS-021", id="step that is a float"),
        pytest.param(CheckpointPattern, "metric", "val/hmean", "metric name", 3, "CKS-010", id="metric with a slash"),
        pytest.param(CheckpointPattern, "value", float("nan"), "metric value", None, "CKS-023", id="value that is nan"),
        pytest.param(CheckpointPattern, "value", None, "metric value", None, "CKS-023", id="None as a value"),
        pytest.param(CheckpointPattern, "version", 0, "version", None, "CKS-024", id="version zero"),
        pytest.param(CheckpointPattern, "version", True, "version", None, "CKS-024", id="version that is a bool"),
        pytest.param(PathPattern, "root", "", "root", 0, "CKS-031", id="empty root"),
        pytest.param(PathPattern, "root", "a\0", "root", 1, "CKS-031", id="root with NUL"),
        pytest.param(PathPattern, "root", 3, "root", None, "CKS-031", id="root that is a number"),
        pytest.param(PathPattern, "root", ANY, "root", None, "CKS-031", id="open root"),
        pytest.param(PathPattern, "run", ONE_RUN, "run", None, "CKS-055", id="run as text"),
        pytest.param(PathPattern, "run", None, "run", None, "CKS-055", id="no run"),
        pytest.param(PathPattern, "run", CheckpointPattern(), "run", None, "CKS-055", id="checkpoint as the run"),
        pytest.param(PathPattern, "checkpoint", "last.ckpt", "checkpoint", None, "CKS-055", id="checkpoint as text"),
        pytest.param(PathPattern, "checkpoint", ANY, "checkpoint", None, "CKS-055", id="ANY as the checkpoint"),
        pytest.param(
            PathPattern, "checkpoint", RunPattern(), "checkpoint", None, "CKS-055", id="run as the checkpoint"
        ),
        pytest.param(PathPattern, "checkpoint", LastCheckpoint, "checkpoint", None, "CKS-055", id="a class"),
    ],
)
def test_a_value_that_cannot_be_a_field(
    pattern: Callable[..., Pattern],
    field: str,
    value: object,
    kind: str,
    position: int | None,
    requirement: str,
) -> None:
    error = raised(lambda: pattern(**{field: value}))
    assert (error.kind, error.text, error.position, error.requirement) == (kind, value, position, requirement)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("Epoch", id="other case"),
        pytest.param("", id="empty"),
        pytest.param("epoch ", id="trailing blank"),
        pytest.param(None, id="None"),
        pytest.param(b"last", id="bytes"),
        pytest.param(EpochCheckpoint, id="the class"),
        pytest.param(["epoch"], id="unhashable"),
        pytest.param({"best"}, id="a set"),
        pytest.param(np.array(["epoch"]), id="an array that equals a kind"),
        pytest.param(np.array(["epoch", "best"]), id="an array of kinds"),
    ],
)
def test_a_kind_that_is_none(kind: Any) -> None:  # noqa: ANN401 - anything at all
    error = raised(lambda: CheckpointPattern(kind=kind))
    assert error.text is kind
    assert (error.kind, error.position, error.requirement) == ("kind", None, "CKS-055")


class Kind(StrEnum):
    BEST = "best"


def test_a_kind_is_stored_as_plain_text() -> None:
    pattern = CheckpointPattern(kind=Kind.BEST)  # type: ignore[arg-type]  # equal to a literal, and no literal
    assert pattern == CheckpointPattern(kind="best")
    assert type(pattern.kind) is str


FORMS: Final[list[AnyCheckpoint]] = [
    *(
        EpochCheckpoint(epoch=3, step=7, metric=metric, version=version)
        for metric in (None, Metric("m", 0.5))
        for version in (None, 1)
    ),
    *(BestCheckpoint(metric=metric, version=version) for metric in (None, Metric("m", 0.5)) for version in (None, 1)),
    LastCheckpoint(),
]
COMBINATIONS: Final[list[dict[str, Any]]] = [
    {field: value for field, value in zip(fields_of(FORMS[0]), values, strict=True) if value is not ANY}
    for values in itertools.product(
        (ANY, "epoch", "best", "last"), (ANY, 3), (ANY, 7), (ANY, None, "m"), (ANY, 0.5), (ANY, None, 1)
    )
]


@pytest.mark.parametrize("given", COMBINATIONS, ids=repr)
def test_fields_go_together_if_a_name_can_have_them_all(given: dict[str, Any]) -> None:
    agreeing = {str(name) for name in FORMS if fits(given, name)}
    if agreeing:
        pattern = CheckpointPattern(**given)
        assert set(pattern.filter(map(str, FORMS))) == agreeing
    else:
        error = raised(lambda: CheckpointPattern(**given))
        assert (error.kind, error.position, error.requirement) == ("checkpoint pattern", None, "CKS-055")
        assert isinstance(error.text, str)
        assert all(f"{field}={value!r}" in error.text for field, value in given.items())


def test_the_message_of_a_run_of_another_type() -> None:
    error = raised(lambda: PathPattern("outputs", CheckpointPattern(kind="last")))  # type: ignore[arg-type]  # the mistake
    assert str(error) == (
        "invalid run <CheckpointPattern>: expected a RunPattern or a RunId, found CheckpointPattern [CKS-055]"
    )


@pytest.mark.parametrize("char", [*"\\{}()", "\x01", "\n", "\x1f", "\x7f", "\x80", "\x85", "\x9f"], ids=ascii)
@pytest.mark.parametrize("project", [PathPattern.glob, PathPattern.globs], ids=["glob", "globs"])
def test_a_root_that_no_glob_spells(project: Callable[[PathPattern], object], char: str) -> None:
    root = f"a b{char}c"
    pattern = PathPattern(root, RUN, CheckpointPattern(kind="last"))
    error = raised(lambda: project(pattern))
    assert (error.kind, error.position, error.requirement) == ("root", 3, "CKS-052")
    assert pattern.matches(f"{root}/{ONE_RUN}/checkpoints/last.ckpt")
    assert not pattern.matches(f"a bc/{ONE_RUN}/checkpoints/last.ckpt")


@pytest.mark.parametrize("project", [PathPattern.glob, PathPattern.globs], ids=["glob", "globs"])
def test_the_error_of_a_root_holds_the_root_unchanged(project: Callable[[PathPattern], object]) -> None:
    assert raised(lambda: project(PathPattern("a(b)", RUN, LastCheckpoint()))).text == "a(b)"


@pytest.mark.parametrize(
    "width",
    [
        pytest.param(0, id="zero"),
        pytest.param(-1, id="below zero"),
        pytest.param(10**18, id="nineteen digits"),
        pytest.param(True, id="bool"),
        pytest.param("x", id="text"),
        pytest.param(8.0, id="float"),
        pytest.param(None, id="None"),
    ],
)
def test_a_width_that_is_none(width: Any) -> None:  # noqa: ANN401 - anything at all
    error = raised(lambda: CheckpointPattern(kind="last").globs(width))
    assert (error.kind, error.text, error.position, error.requirement) == ("width", width, None, "CKS-053")


@pytest.mark.parametrize(
    ("pattern", "width", "count"),
    [
        pytest.param(RunPattern(encoder="resnet18"), 9, 9**3 * 132, id="one row"),
        pytest.param(RunPattern(phase="training"), 8, 8**2 * (1 + 8) * 132, id="two rows, few enough each"),
    ],
)
def test_the_most_globs(pattern: Pattern, width: int, count: int) -> None:
    globs = pattern.globs(width)
    assert len(globs) == len(set(globs)) == count
    error = raised(lambda: pattern.globs(width + 1))
    assert (error.kind, error.text, error.position, error.requirement) == ("width", width + 1, None, "CKS-053")
    assert "100000" in error.expected


def test_too_many_globs_are_never_built() -> None:
    error = raised(lambda: PathPattern().globs(10**18 - 1))
    assert (error.kind, error.text) == ("width", 10**18 - 1)


def test_a_pattern_of_nothing_has_no_projections() -> None:
    with pytest.raises(NotImplementedError):
        patterns._Pattern().regex()


# --------------------------------------------------------------------------------------------------------------------
# Patterns as values.

VALUES: Final[list[Pattern]] = [
    *RUN_PATTERNS,
    *CHECKPOINT_PATTERNS,
    PathPattern(),
    PathPattern("a[1]", RUN, CheckpointPattern(kind="best")),
    PathPattern("outputs", RunId.parse(ONE_RUN), LastCheckpoint()),
    PathPattern(None, RunPattern(), WIDEST),
]
for_each_value = pytest.mark.parametrize("pattern", VALUES, ids=repr)


@for_each_value
def test_copies_and_pickles_are_equal(pattern: Pattern) -> None:
    copies = [copy.copy(pattern), copy.deepcopy(pattern)]
    copies += [pickle.loads(pickle.dumps(pattern, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in copies:
        assert twin == pattern
        assert hash(twin) == hash(pattern)
        assert twin.regex() == pattern.regex()


def test_an_open_field_stays_the_same_object() -> None:
    assert pickle.loads(pickle.dumps(ANY)) is ANY
    assert copy.deepcopy(ANY) is ANY
    assert pickle.loads(pickle.dumps(RunPattern())).tag is ANY
    assert copy.deepcopy(CheckpointPattern()).kind is ANY


def test_patterns_of_other_fields_are_not_equal() -> None:
    assert len(set(VALUES)) == len(VALUES)
    assert CheckpointPattern(value=0.50001) == CheckpointPattern(value=0.5)


@for_each_value
def test_the_repr_builds_the_pattern(pattern: Pattern) -> None:
    classes = [
        RunPattern,
        CheckpointPattern,
        PathPattern,
        RunId,
        EpochCheckpoint,
        BestCheckpoint,
        LastCheckpoint,
        Metric,
    ]
    names: dict[str, Any] = {value.__name__: value for value in classes} | {"ANY": ANY, "datetime": dt}
    assert eval(repr(pattern), names) == pattern  # noqa: S307 - the text is the library's own


def test_the_repr_says_what_is_open() -> None:
    assert repr(ANY) == "ANY"
    assert repr(RunPattern(encoder=None)) == (
        "RunPattern(tag=ANY, architecture=ANY, encoder=None, phase=ANY, timestamp=ANY)"
    )


def test_evolve_checks_again() -> None:
    best = CheckpointPattern(kind="best", metric="hmean")
    assert attrs.evolve(best, value=0.892).glob() == "best-hmean-0.8920*.ckpt"
    assert raised(lambda: attrs.evolve(best, epoch=3)).requirement == "CKS-055"
    assert raised(lambda: attrs.evolve(RUN, tag="a-b")).requirement == "CKS-010"


@pytest.mark.parametrize("pattern", [RunPattern(), CheckpointPattern(), PathPattern()], ids=repr)
def test_patterns_are_frozen_and_hold_nothing_else(pattern: Pattern) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(pattern, attrs.fields(type(pattern))[0].name, ANY)
    assert not hasattr(pattern, "__dict__")


def test_a_run_and_a_name_stand_for_themselves() -> None:
    run, name = RunId.parse(ONE_RUN), EpochCheckpoint(epoch=1, step=2)
    pattern = PathPattern("a", run, name)
    assert pattern.glob() == f"a/{ONE_RUN}/checkpoints/epoch-01_step-000002.ckpt"
    assert pattern.globs() == (pattern.glob(),)
    assert list(pattern.filter([pattern.glob(), f"a/{ONE_RUN}/checkpoints/last.ckpt"])) == [pattern.glob()]


def test_a_root_may_be_a_path() -> None:
    assert PathPattern(Path("a", "b")) == PathPattern("a/b")
