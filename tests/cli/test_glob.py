"""``ckpt-scheme glob``."""

from __future__ import annotations

import re
from typing import Final

import pytest

from ckpt_scheme import CheckpointPattern, PathPattern, RunPattern
from ckpt_scheme._cli import output
from cli_runner import invoke, records
from cli_trees import (
    OTHER_RUN,
    RUN,
)

DIGITS: Final = "[0-9]" * 8 + "_" + "[0-9]" * 6


@pytest.mark.parametrize(
    ("arguments", "glob"),
    [
        ("", "*.ckpt"),
        ("--kind best --metric hmean", "best-hmean-*[0-9].[0-9][0-9][0-9][0-9]*.ckpt"),
        ("--kind best --metric hmean --value 0.892 --no-version", "best-hmean-0.8920.ckpt"),
        ("--epoch 0 --step 7 --no-metric --version-number 2", "epoch-00_step-000007_v2.ckpt"),
        ("--kind last --no-metric", "last.ckpt"),
        ("--runs", f"*-*_*_{DIGITS}"),
        ("--runs --tag ocr --architecture dbnet --no-encoder --phase training", f"ocr-dbnet_training_{DIGITS}"),
        ("--runs --encoder resnet18 --timestamp 2025-10-15T12:00:00", "*-*-resnet18_*_20251015_120000"),
        ("--paths --root a[1] --tag ocr --kind last", f"a[[]1]/ocr-*_*_{DIGITS}/checkpoints/last.ckpt"),
        ("--paths", f"*-*_*_{DIGITS}/checkpoints/*.ckpt"),
    ],
)
def test_glob_prints_glob_for_options(arguments: str, glob: str) -> None:
    result = invoke("glob", *arguments.split())

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{glob}\n", "")


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ("--kind best --metric hmean", CheckpointPattern(kind="best", metric="hmean")),
        ("--runs --no-encoder", RunPattern(encoder=None)),
        ("--paths --root \u00e9\x1b --kind last", PathPattern("\u00e9\x1b", checkpoint=CheckpointPattern(kind="last"))),
    ],
)
def test_glob_regex_matches_same_names_as_pattern(
    arguments: str, pattern: CheckpointPattern | RunPattern | PathPattern
) -> None:
    result = invoke("glob", "--regex", *arguments.split())

    assert result.stdout == f"{output.visible(pattern.regex())}\n"
    assert result.stdout.isascii()

    examples = ["best-hmean-0.8920.ckpt", OTHER_RUN, f"\u00e9\x1b/{RUN}/checkpoints/last.ckpt"]
    # A regex engine reads the escapes in the printed pattern as their characters.
    printed = [re.fullmatch(result.stdout[:-1], example) is not None for example in examples]
    assert printed == [pattern.matches(example) for example in examples]
    assert any(printed)


@pytest.mark.parametrize(
    ("width", "globs"),
    [
        (["--width", "3"], CheckpointPattern(kind="best", metric=None).globs(3)),
        ([], CheckpointPattern(kind="best", metric=None).globs()),
    ],
)
def test_glob_exact_prints_globs_up_to_width(width: list[str], globs: tuple[str, ...]) -> None:
    arguments = ["--exact", *width, "--kind", "best", "--no-metric"]

    assert invoke("glob", *arguments).stdout.splitlines() == list(globs)

    (record,) = records(invoke("glob", "--json", *arguments))

    assert record["globs"] == list(globs)


def test_glob_exact_refuses_too_many_globs() -> None:
    result = invoke("glob", "--runs", "--exact", "--width", "30")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "at most 1000 are made" in result.stderr


def test_glob_exact_prints_nothing_if_no_name_fits() -> None:
    result = invoke("glob", "--exact", "--width", "1", "--kind", "epoch")

    assert (result.exit_code, result.stdout) == (0, "")


def test_glob_json_holds_glob_and_regex() -> None:
    pattern = CheckpointPattern(kind="last")

    assert records(invoke("glob", "--json", "--kind", "last")) == [
        {"glob": pattern.glob(), "regex": pattern.regex(), "globs": None}
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        "--kind last --epoch 1",  # the last checkpoint has no epoch
        "--epoch -1",  # below zero
        "--metric val/hmean",  # a slash in a metric's name
        "--runs --timestamp 2025",  # half a timestamp
        "--paths --root {a}",  # braces, which tools read differently in globs
        "--paths --root {a} --json",  # the same
        "--exact --width 0",  # no width
    ],
)
def test_glob_refuses_values_outside_grammar(arguments: str) -> None:
    result = invoke("glob", *arguments.split())

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("ckpt-scheme: invalid ")


@pytest.mark.parametrize(
    "arguments",
    [
        "--runs --paths",
        "--paths --encoder a --no-encoder",
        "--metric a --no-metric",
        "--version-number 1 --no-version",
        "--regex --exact",
        "--regex --json",
        "--width 3",  # a width without --exact
        "--tag ocr",  # a checkpoint's name has no tag
        "--no-encoder",  # nor an encoder
        "--root a",  # nor a root
        "--runs --epoch 0",  # a run id has no epoch
        "--runs --root a",  # nor a root
        "--kind first",  # no such kind
    ],
)
def test_glob_refuses_conflicting_options(arguments: str) -> None:
    result = invoke("glob", *arguments.split())

    assert (result.exit_code, result.stdout) == (2, "")
