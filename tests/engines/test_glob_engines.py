"""Real glob engines, on files and in SQLite: one glob misses no file, a set of globs finds exactly the right ones."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import Final

import pytest

from ckpt_scheme.checkpoint_name import AnyCheckpoint, LastCheckpoint
from ckpt_scheme.patterns import CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme.run_id import RunId
from edits import neighbours
from glob_engines import NAME_ENGINES, PATH_ENGINES, FileEngine, Tree, fnmatch_matched, sqlite_matched
from glob_families import FAMILIES, FIGURES, SMALL_FAMILIES, Family, Figure, for_each_small_family, neighbourhood
from pattern_examples import CHECKPOINT_NAMES, CHECKPOINT_PATTERNS, RUN_NAMES, RUN_PATTERNS
from pattern_oracle import Pattern, agreeing, agreeing_within, conforming, reader

# --------------------------------------------------------------------------------------------------------------------
# One glob misses no name.

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


def test_directory_of_names_holds_a_match_for_each_pattern(names: Tree) -> None:
    assert names.texts.issuperset(CHECKPOINT_NAMES)
    assert names.texts.issuperset(RUN_NAMES)
    assert [pattern for pattern in PATTERNS if not any(map(pattern.matches, names.texts))] == []


def visible(texts: set[str]) -> set[str]:
    """Return *texts* without hidden files, which some engines keep from a leading ``*`` and others do not."""
    return {text for text in texts if not text.startswith(".")}


@for_each_name_engine
def test_glob_finds_each_file_that_agrees(names: Tree, engine: FileEngine) -> None:
    for pattern in PATTERNS:
        everywhere = {text for text in names.texts if fnmatch.fnmatchcase(text, pattern.glob())}

        found = engine(names, [pattern.glob()])

        assert agreeing(pattern, names.texts) <= found, pattern
        assert visible(found) == visible(everywhere), pattern


# --------------------------------------------------------------------------------------------------------------------
# Paths.

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
# Directories that a root finds if it is not escaped.
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
def test_glob_of_a_path_finds_each_file_that_agrees_below_its_literal_root(
    paths: Tree, engine: FileEngine, run: RunPattern | RunId, checkpoint: CheckpointPattern | AnyCheckpoint
) -> None:
    for root in TREE_ROOTS:
        pattern = PathPattern(root, run, checkpoint)
        expected = agreeing(pattern, paths.texts)

        found = engine(paths, [pattern.glob()])

        assert expected, pattern
        assert expected <= found, pattern
        assert all(text.startswith("" if root is None else f"{root}/") for text in found), pattern


@for_each_path_engine
@pytest.mark.parametrize("root", [None, "outputs", "a[1]", "a**b", "a b ", "\u00e9"])
def test_globs_of_a_path_find_exactly_the_file_that_agrees(paths: Tree, engine: FileEngine, root: str | None) -> None:
    pattern = PathPattern(root, RunId.parse(TREE_RUNS[1]), CheckpointPattern(kind="best"))
    expected = agreeing_within(pattern, 6, paths.texts)

    found = engine(paths, pattern.globs(6, limit=100_000))

    assert len(expected) == 1
    assert found == expected


# --------------------------------------------------------------------------------------------------------------------
# A set of globs is exact up to its width.


@for_each_small_family
def test_globs_match_exactly_the_texts_that_agree_in_sqlite(family: Family) -> None:
    pattern, texts = family.pattern, neighbourhood(family.names)
    without_nul = {text for text in texts if "\0" not in text}

    matched = sqlite_matched(without_nul, pattern.globs(family.width, limit=100_000))

    assert matched == agreeing_within(pattern, family.width, texts)


@pytest.fixture(scope="module")
def family_trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tree]:
    """One directory for each family of names, with a sample of their near misses."""
    return {
        name: Tree.grow(tmp_path_factory.mktemp(name), [*family.names, *sampled(neighbourhood(family.names), 40)])
        for name, family in SMALL_FAMILIES.items()
        if not isinstance(family.pattern, PathPattern)
    }


@for_each_name_engine
def test_globs_find_exactly_the_files_that_agree(family_trees: dict[str, Tree], engine: FileEngine) -> None:
    for name, tree in family_trees.items():
        family = FAMILIES[name]

        found = engine(tree, family.pattern.globs(family.width, limit=100_000))

        assert found == agreeing_within(family.pattern, family.width, tree.texts), name


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_globs_match_no_near_miss_and_one_glob_matches_a_counted_number(figure: Figure) -> None:
    pattern, names, texts = figure.pattern, set(figure.names), neighbourhood(figure.names)
    near_misses = texts - conforming(reader(pattern), texts).keys()

    globs = pattern.globs(limit=100_000)
    by_globs = figure.match(near_misses | names, globs)
    by_glob = fnmatch_matched(near_misses | names, [pattern.glob()])
    counts = len(names), len(globs), len(near_misses), len(by_glob - names)

    assert by_globs == names
    assert names <= by_glob
    assert counts == (12, figure.globs, figure.near_misses, figure.matched_by_glob)
