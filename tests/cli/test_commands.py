from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import CheckpointPattern, PathPattern, RunPattern, legacy
from ckpt_scheme._cli import commands, output, rows, scan, values
from ckpt_scheme.strategies import checkpoint_names, checkpoint_paths, run_directories, run_ids, texts
from cli_trees import (
    EMPTY_RUN,
    NO_RUN_FIELDS,
    OTHER_RUN,
    RUN,
    RUN_FIELDS,
    on_terminal,
    plant,
    run,
    run_script,
    run_shell,
    start,
)

EPOCH: Final = "epoch-22_step-001932_hmean-0.8756.ckpt"
BAD: Final = "epoch-8_step-1845.ckpt"  # too few digits, and the parser knows what was meant
# No format of anybody's reads this one: a checkpoint's name holds no such character.
FOREIGN: Final = "\u2603.ckpt"


def invoke(*arguments: str, stdin: str | bytes | None = None, obj: object = None) -> Result:
    return CliRunner().invoke(commands.main, arguments, input=stdin, obj=obj, catch_exceptions=False)


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# --------------------------------------------------------------------------------------------------------------------
# parse.

PARSED: Final[tuple[tuple[str, dict[str, object], str], ...]] = (
    (
        EPOCH,
        {
            "kind": "checkpoint",
            "form": "epoch",
            "epoch": 22,
            "step": 1932,
            "metric": {"name": "hmean", "value": 0.8756},
            "version": None,
        },
        "checkpoint form=epoch epoch=22 step=1932 metric.name=hmean metric.value=0.8756",
    ),
    (
        "best_v2.ckpt",
        {"kind": "checkpoint", "form": "best", "metric": None, "version": 2},
        "checkpoint form=best version=2",
    ),
    ("last.ckpt", {"kind": "checkpoint", "form": "last"}, "checkpoint form=last"),
    (
        RUN,
        {"kind": "run", **RUN_FIELDS},
        "run tag=ocr_baseline_v1 architecture=dbnet encoder=resnet18 phase=training timestamp=2025-10-15T12:00:00",
    ),
    (
        f"s3://team/{OTHER_RUN}",
        {
            "kind": "directory",
            "root": "s3://team",
            "tag": "ocr2",
            "architecture": "craft",
            "encoder": None,
            "phase": "training",
            "timestamp": "2025-10-16T09:30:00",
        },
        "directory root=s3://team tag=ocr2 architecture=craft phase=training timestamp=2025-10-16T09:30:00",
    ),
    (
        f"{RUN}/checkpoints/last.ckpt",
        {"kind": "path", "root": None, **RUN_FIELDS, "form": "last"},
        (
            "path tag=ocr_baseline_v1 architecture=dbnet encoder=resnet18 phase=training timestamp=2025-10-15T12:00:00"
            " form=last"
        ),
    ),
)


@pytest.mark.parametrize(("text", "fields", "words"), PARSED)
def test_parse_prints_what_a_name_says(text: str, fields: dict[str, object], words: str) -> None:
    plain, as_json = invoke("parse", text), invoke("parse", "--json", text)
    assert (plain.exit_code, as_json.exit_code) == (0, 0)
    assert plain.stdout == f"{text}: {words}\n"
    assert records(as_json) == [{"text": text, **fields}]
    assert plain.stderr == as_json.stderr == ""


@pytest.mark.parametrize(
    ("text", "kind", "position"),
    [
        (BAD, "checkpoint name", 6),  # an epoch of one digit
        ("last.CKPT", "checkpoint name", 5),  # an extension in capitals
        ("last.ckpt ", "checkpoint name", 9),  # a blank after it
        ("epoch-22", "run id", 8),  # no extension, so it can only be a run id
        ("", "run id", 0),  # nothing at all
        ("a/last.ckpt", "checkpoint path", 0),  # no run directory
        ("a.ckpt/b", "run directory", 8),  # the extension is not in the last part
    ],
)
def test_parse_refuses_with_the_error_of_what_a_name_was_meant_to_be(text: str, kind: str, position: int) -> None:
    (record,) = records(invoke("parse", "--json", text))
    assert record.keys() == {"text", "error"}
    assert record["error"].keys() == {"kind", "position", "expected", "requirement", "suggestion", "message"}
    assert (record["text"], record["error"]["kind"], record["error"]["position"]) == (text, kind, position)


def test_parse_goes_on_after_a_refusal_and_exits_with_1() -> None:
    result = invoke("parse", BAD, "last.ckpt", "nonsense")
    assert result.exit_code == 1
    assert result.stdout == "last.ckpt: checkpoint form=last\n"
    refused = result.stderr.splitlines()
    assert [line.split(":")[0] for line in refused] == ["ckpt-scheme", "ckpt-scheme"]
    assert refused[0].endswith("[CKS-020]; did you mean 'epoch-08_step-001845.ckpt'?")


def test_what_was_printed_before_a_complaint_is_read_before_it() -> None:
    result = invoke("parse", "last.ckpt", "nonsense", "best.ckpt")
    assert [line.split(":")[0] for line in result.output.splitlines()] == ["last.ckpt", "ckpt-scheme", "best.ckpt"]


def test_json_keeps_the_order_of_good_and_bad_names() -> None:
    result = invoke("parse", "--json", BAD, "last.ckpt")
    assert result.exit_code == 1
    assert [("error" in record) for record in records(result)] == [True, False]
    assert result.stderr == ""


def test_a_dash_reads_stdin_between_other_names() -> None:
    result = invoke("parse", "best.ckpt", "-", "best_v1.ckpt", stdin="last.ckpt\nbest_v9.ckpt")
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "best.ckpt",
        "last.ckpt",
        "best_v9.ckpt",
        "best_v1.ckpt",
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"last.ckpt \n", "last.ckpt "),  # a blank is part of the name
        (b"last.ckpt\r\n", "last.ckpt\r"),  # and so is half of another system's line ending
        (b"\n", ""),  # an empty line is an empty name
        (b"last\xff.ckpt\n", "last\udcff.ckpt"),  # a byte that is not text
    ],
)
def test_a_line_of_stdin_loses_its_line_ending_and_nothing_else(line: bytes, text: str) -> None:
    result = invoke("parse", "--json", "-", stdin=line)
    assert result.exit_code == 1
    assert [record["text"] for record in records(result)] == [text]


def test_more_names_than_are_written_at_once_all_come_out_in_order() -> None:
    names = [f"best_v{number}.ckpt" for number in range(1, 2502)]
    result = invoke("parse", "-", stdin="\n".join(names))
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == names


# --------------------------------------------------------------------------------------------------------------------
# format.

EVERYTHING: Final = st.one_of(run_ids(), checkpoint_names(), run_directories(), checkpoint_paths())


@given(st.lists(EVERYTHING, max_size=5))
def test_format_is_the_inverse_of_parse(items: Sequence[values.Value]) -> None:
    names = [str(item) for item in items]
    parsed = invoke("parse", "--json", *(["--", *names] if names else ["-"]))
    formatted = invoke("format", "-", "--json", stdin=parsed.stdout)
    assert (parsed.exit_code, formatted.exit_code) == (0, 0)
    assert [record["text"] for record in records(formatted)] == names
    assert invoke("format", "-", stdin=parsed.stdout).stdout == "".join(f"{output.escaped(name)}\n" for name in names)


@given(EVERYTHING)
def test_build_is_the_inverse_of_fields(value: values.Value) -> None:
    assert values.load(output.json_line(values.fields(value))) == value


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("epoch --epoch 22 --step 1932", "epoch-22_step-001932.ckpt"),
        (
            "epoch --epoch 22 --step 1932 --metric hmean=0.87564 --version-number 3",
            "epoch-22_step-001932_hmean-0.8756_v3.ckpt",
        ),
        ("best", "best.ckpt"),
        ("best --metric loss=-1e-9", "best-loss-0.0000.ckpt"),
        ("best --version-number 1", "best_v1.ckpt"),
        ("last", "last.ckpt"),
        (
            (
                "run --tag ocr_baseline_v1 --architecture dbnet --encoder resnet18 --phase training"
                " --timestamp 2025-10-15T12:00:00"
            ),
            RUN,
        ),
        ("run --tag ocr2 --architecture craft --phase training --timestamp 20251016_093000", OTHER_RUN),
    ],
)
def test_format_prints_the_name_for_its_options(arguments: str, name: str) -> None:
    result = invoke("format", *arguments.split())
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{name}\n", "")

    result = invoke("format", *arguments.split(), "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"text": name})


@pytest.mark.parametrize(
    ("arguments", "requirement"),
    [
        ("epoch --epoch -1 --step 5", "CKS-020"),  # below zero
        ("epoch --epoch 1 --step 5 --metric val/hmean=0.5", "CKS-010"),  # a metric's name with a slash
        ("best --metric hmean=nan", "CKS-023"),  # no number
        ("best --metric =0.5", "CKS-010"),  # no name
        ("best --version-number 0", "CKS-024"),  # versions start at 1
        ("run --tag my-exp --architecture a --phase p --timestamp 20251016_093000", "CKS-010"),  # a tag with "-"
        ("run --tag t --architecture a --phase p --timestamp 20250229_000000", "CKS-013"),  # no such day
        ("run --tag t --architecture a --phase p --timestamp 2025-10-16", "CKS-013"),  # no time
        ("run --tag t --architecture a --phase p --timestamp 2025-10-16T24:00:00", "CKS-013"),  # an hour too many
        ("run --tag t --architecture a --phase p --timestamp 2025-10-16T09:30:00+02:00", "CKS-013"),  # not naive
    ],
)
def test_format_refuses_values_that_cannot_be_in_a_name(arguments: str, requirement: str) -> None:
    result = invoke("format", *arguments.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"[{requirement}]" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "",  # nothing to format
        "epoch --epoch 22",  # no step
        "epoch --epoch one --step 5",  # not a number
        "best --metric hmean",  # no value
        "best --metric hmean=high",  # a value that is no number
        "last --epoch 22",  # an option of something else
        "first",  # no such name
    ],
)
def test_format_does_not_run_with_options_that_it_cannot_read(arguments: str) -> None:
    result = invoke("format", *arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "one JSON value"),  # no JSON
        ("", "one JSON value"),  # an empty line
        ("[" * 200_000, "one JSON value"),  # deeper than any reader goes
        ("[]", "an object"),  # a list
        ("{}", "'run', 'checkpoint', 'path' or 'directory'"),  # no kind
        ('{"text": "x", "error": {}}', "'run', 'checkpoint', 'path' or 'directory'"),  # what parse refused
        ('{"kind": "checkpoint"}', "'epoch', 'best' or 'last'"),  # no form
        ('{"kind": "checkpoint", "form": "last", "epoch": 1}', "no other field"),  # a field of another form
        ('{"kind": "checkpoint", "form": "epoch", "epoch": 1}', "an integer"),  # no step
        ('{"kind": "checkpoint", "form": "epoch", "epoch": true, "step": 1}', "an integer"),  # no number
        ('{"kind": "checkpoint", "form": "best", "metric": 0.5}', "an object"),  # a metric without a name
        ('{"kind": "checkpoint", "form": "best", "metric": {"name": "a"}}', "'name' and 'value'"),  # without a value
        ('{"kind": "checkpoint", "form": "best", "metric": {"name": "a", "value": NaN}}', "a finite number"),
        ('{"kind": "run"}', "a date and a time"),  # no fields
        ('{"kind": "run", "timestamp": 20251016}', "a date and a time"),  # a number for a timestamp
    ],
)
def test_format_refuses_lines_that_describe_no_name(line: str, expected: str) -> None:
    result = invoke("format", "-", stdin=f'{line}\n{{"kind": "checkpoint", "form": "last"}}\n')
    assert result.exit_code == 1
    assert expected in result.stderr
    assert result.stdout == "last.ckpt\n"


def test_format_tells_json_readers_which_line_was_refused() -> None:
    first, second = records(invoke("format", "-", "--json", stdin='nonsense\n{"kind": "checkpoint", "form": "last"}'))
    assert (first["text"], first["error"]["kind"], first["error"]["position"]) == (None, "JSON line", 0)
    assert second == {"text": "last.ckpt"}


# --------------------------------------------------------------------------------------------------------------------
# glob.

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
def test_glob_prints_the_glob_for_its_options(arguments: str, glob: str) -> None:
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
def test_glob_prints_a_regex_for_exactly_the_names(
    arguments: str, pattern: CheckpointPattern | RunPattern | PathPattern
) -> None:
    result = invoke("glob", "--regex", *arguments.split())
    assert result.stdout == f"{output.visible(pattern.regex())}\n"
    assert result.stdout.isascii()
    examples = ["best-hmean-0.8920.ckpt", OTHER_RUN, f"\u00e9\x1b/{RUN}/checkpoints/last.ckpt"]
    # The escapes in the printed pattern mean to a regex engine what they stand for.
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
def test_glob_prints_the_set_that_is_exact_up_to_a_width(width: list[str], globs: tuple[str, ...]) -> None:
    arguments = ["--exact", *width, "--kind", "best", "--no-metric"]
    assert invoke("glob", *arguments).stdout.splitlines() == list(globs)
    (record,) = records(invoke("glob", "--json", *arguments))
    assert record["globs"] == list(globs)


def test_a_set_of_globs_may_be_empty() -> None:
    result = invoke("glob", "--exact", "--width", "1", "--kind", "epoch")
    assert (result.exit_code, result.stdout) == (0, "")


def test_glob_prints_json() -> None:
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
        "--paths --root {a}",  # braces, which no glob spells alike in all tools
        "--paths --root {a} --json",  # the same
        "--exact --width 0",  # no width
        "--runs --exact --width 30",  # more globs than anybody can use
    ],
)
def test_glob_refuses_values_that_no_name_has(arguments: str) -> None:
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
        "--width 3",  # a width of nothing
        "--tag ocr",  # a checkpoint's name has no tag
        "--no-encoder",  # nor an encoder
        "--root a",  # nor a root
        "--runs --epoch 0",  # a run id has no epoch
        "--runs --root a",  # nor a root
        "--kind first",  # no such kind
    ],
)
def test_glob_does_not_run_with_options_that_do_not_go_together(arguments: str) -> None:
    result = invoke("glob", *arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")


# --------------------------------------------------------------------------------------------------------------------
# decode.

LIGHTNING: Final = "Lightning-AI/pytorch-lightning:src/lightning/pytorch/callbacks/model_checkpoint.py"
OCR: Final = "Wchoi189/upstageailab-ocr-recsys-competition-ocr-2"

TWO_READERS: Final = legacy.Registry(
    (
        *legacy.REGISTRY.formats,
        *(
            legacy.Format(
                framework="somebody",
                format=format_,
                kind="epoch",
                template=template,
                source="somebody/project:train.py",
                examples=("~3~12.ckpt",),
            )
            for format_, template in (
                ("epoch-first", "~{epoch:count}~{step:count}.ckpt"),
                ("step-first", "~{step:count}~{epoch:count}.ckpt"),
            )
        ),
    )
)
"""The formats of the library, and two that read the same names differently."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("last.ckpt", "ckpt_scheme/last kind=last"),
        (
            "epoch=22-step=1932-v1.ckpt",
            (
                "lightning/default-versioned kind=epoch epoch=22 epoch_base=0 step=1932 counts=steps version=1"
                f" would_be_called=epoch-22_step-001932_v1.ckpt source={LIGHTNING}"
            ),
        ),
        (
            "epoch=28.ckpt",
            (
                f"lightning/epoch-only kind=epoch epoch=28 epoch_base=0 counts=epochs source={LIGHTNING}"
                " (expected a step, which the name lacks)"
            ),
        ),
        (
            "epoch_epoch_03_step_step_000103_dbnet_resnet18_20251012_025102.ckpt",
            (
                "ocr-project/doubled-model kind=epoch epoch=3 step=103 timestamp=2025-10-12T02:51:02 architecture=dbnet"
                " encoder=resnet18 would_be_called=epoch-03_step-000103.ckpt"
                f" source={OCR}:ocr/lightning_modules/callbacks/unique_checkpoint.py at a9287b14"
            ),
        ),
        # The directory belongs to the name, without which this one says less.
        (
            "a/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
            (
                "ocr-project/doubled-loss kind=epoch epoch=1 step=546 metrics.val/loss=1.6217"
                " would_be_called=epoch-01_step-000546_loss-1.6217.ckpt"
                f" source={OCR}:configs/callbacks/model_checkpoint.yaml at 875e4ef2 and f94934d2"
            ),
        ),
        # It does not where the name says enough, or where nothing in a format would hold it.
        (
            "checkpoints/epoch=28-step=2436.ckpt",
            (
                "lightning/default kind=epoch epoch=28 epoch_base=0 step=2436 counts=steps"
                f" would_be_called=epoch-28_step-002436.ckpt source={LIGHTNING}"
            ),
        ),
        (
            "a/resnet18_bs16_epoch_epoch=7_step_step=1640.ckpt",
            (
                "ocr-project/encoder-batch-size kind=epoch epoch=7 step=1640 encoder=resnet18 extras.batch_size=16"
                f" would_be_called=epoch-07_step-001640.ckpt source={OCR}:runners/train.py at 7f5e0a8c"
            ),
        ),
        (
            "a/epoch=28.ckpt",
            (
                f"lightning/epoch-only kind=epoch epoch=28 epoch_base=0 counts=epochs source={LIGHTNING}"
                " (expected a step, which the name lacks)"
            ),
        ),
    ],
)
def test_decode_prints_the_reading_of_a_name(text: str, words: str) -> None:
    result = invoke("decode", text)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{text}: {words}\n", "")


def test_decode_prints_json() -> None:
    text = "epoch=28.ckpt"
    (record,) = records(invoke("decode", "--json", text))
    assert record == {
        "text": text,
        "status": "legacy",
        "readings": [
            {
                "text": text,
                "framework": "lightning",
                "format": "epoch-only",
                "kind": "epoch",
                "entry": "any",
                "epoch": 28,
                "epoch_base": 0,
                "completed_epochs": None,
                "step": None,
                "completed_steps": None,
                "counts": "epochs",
                "metrics": {},
                "timestamp": None,
                "architecture": None,
                "encoder": None,
                "version": None,
                "extras": {},
                "source": LIGHTNING,
                "would_be_called": None,
                "reason": ("invalid legacy name 'epoch=28.ckpt': expected a step, which the name lacks [CKS-064]"),
            }
        ],
    }


def test_decode_refuses_a_name_that_nobody_writes() -> None:
    plain, as_json = invoke("decode", FOREIGN, "last.ckpt"), invoke("decode", "--json", FOREIGN)
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert plain.stdout == "last.ckpt: ckpt_scheme/last kind=last\n"
    assert "[CKS-061]" in plain.stderr
    (record,) = records(as_json)
    assert (record["status"], record["readings"], record["error"]["requirement"]) == ("unknown", [], "CKS-061")


def test_decode_shows_all_readings_of_a_name_and_chooses_none() -> None:
    result = invoke("decode", "~3~12.ckpt", obj=TWO_READERS)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        (
            "~3~12.ckpt: somebody/epoch-first kind=epoch epoch=3 step=12 would_be_called=epoch-03_step-000012.ckpt"
            " source=somebody/project:train.py"
        ),
        (
            "~3~12.ckpt: somebody/step-first kind=epoch epoch=12 step=3 would_be_called=epoch-12_step-000003.ckpt"
            " source=somebody/project:train.py"
        ),
    ]
    assert "not 2 (somebody/epoch-first, somebody/step-first)" in result.stderr
    (record,) = records(invoke("decode", "--json", "~3~12.ckpt", obj=TWO_READERS))
    assert (record["status"], len(record["readings"])) == ("ambiguous", 2)
    assert record["error"]["requirement"] == "CKS-061"


# --------------------------------------------------------------------------------------------------------------------
# ls.


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory of runs: one with names of every status, one without checkpoints, one named by somebody else."""
    plant(
        tmp_path,
        f"{RUN}/checkpoints/epoch-100_step-008400_hmean-0.8891.ckpt",
        f"{RUN}/checkpoints/epoch-22_step-001932.ckpt",
        f"{RUN}/checkpoints/best-hmean-0.8920.ckpt",
        f"{RUN}/checkpoints/last.ckpt",
        f"{RUN}/checkpoints/notes.txt",
        f"{RUN}/checkpoints/epoch=28-step=2436.ckpt",
        f"{RUN}/checkpoints/epoch=28.ckpt",
        f"{RUN}/checkpoints/{BAD}",
        f"{RUN}/checkpoints/{FOREIGN}",
        f"{RUN}/checkpoints/~3~12.ckpt",
        f"{RUN}/checkpoints/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
        f"{RUN}/logs/",
        f"{EMPTY_RUN}/checkpoints/",
        "my-exp/checkpoints/last.ckpt",
        "my-exp/readme.md",
    )
    return tmp_path


def unseen(_directories: int, _checkpoints: int) -> None:
    """Watch a walk without looking."""


def unexpected(path: str, error: OSError) -> None:
    pytest.fail(f"{path}: {error}")


def listed(*arguments: str, obj: object = None) -> list[dict[str, Any]]:
    result = invoke("ls", "--json", *arguments, obj=obj)
    assert (result.exit_code, result.stderr) == (0, "")
    return records(result)


def test_ls_lists_directories_in_order_and_names_by_what_they_say(tree: Path) -> None:
    where = f"{tree}/{RUN}/checkpoints"
    assert [(row["path"], row["status"], row["path_canonical"]) for row in listed(str(tree), obj=TWO_READERS)] == [
        (f"{tree}/my-exp/checkpoints/last.ckpt", "canonical", False),
        (f"{tree}/{EMPTY_RUN}", "empty", False),
        (f"{where}/best-hmean-0.8920.ckpt", "canonical", True),
        (f"{where}/epoch-22_step-001932.ckpt", "canonical", True),
        (f"{where}/epoch-100_step-008400_hmean-0.8891.ckpt", "canonical", True),
        (f"{where}/last.ckpt", "canonical", True),
        (f"{where}/epoch=28-step=2436.ckpt", "legacy", False),
        (f"{where}/epoch=28.ckpt", "legacy", False),
        (f"{where}/~3~12.ckpt", "ambiguous", False),
        (f"{where}/{BAD}", "unknown", False),
        (f"{where}/{FOREIGN}", "unknown", False),
        (f"{where}/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", "legacy", False),
    ]


def test_ls_says_what_names_would_be_called_and_why_not(tree: Path) -> None:
    said = {row["name"]: (row["would_be_called"], row["reason"]) for row in listed(str(tree), obj=TWO_READERS)}
    assert said["last.ckpt"] == (None, None)
    assert said["epoch=28-step=2436.ckpt"] == ("epoch-28_step-002436.ckpt", None)
    assert said["loss=1.6217.ckpt"] == ("epoch-01_step-000546_loss-1.6217.ckpt", None)
    assert said["epoch=28.ckpt"][0] is None
    assert "a step, which the name lacks" in said["epoch=28.ckpt"][1]
    assert said["~3~12.ckpt"][0] is None
    assert "somebody/step-first" in said["~3~12.ckpt"][1]
    assert said[BAD][0] == "epoch-08_step-001845.ckpt"
    assert "[CKS-020]" in said[BAD][1]
    assert said[FOREIGN][0] is None
    assert "[CKS-002]" in said[FOREIGN][1]
    assert said[None] == (None, None)


def test_ls_prints_the_same_fields_for_every_row(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/epoch=28-step=2436.ckpt", "other/checkpoints/x/last.ckpt", f"{EMPTY_RUN}/")
    empty, legacy_row, other = listed(str(tmp_path))
    reading: dict[str, object] = {
        "text": "epoch=28-step=2436.ckpt",
        "framework": "lightning",
        "format": "default",
        "kind": "epoch",
        "entry": "any",
        "epoch": 28,
        "epoch_base": 0,
        "completed_epochs": None,
        "step": 2436,
        "completed_steps": None,
        "counts": "steps",
        "metrics": {},
        "timestamp": None,
        "architecture": None,
        "encoder": None,
        "version": None,
        "extras": {},
        "source": LIGHTNING,
    }
    assert legacy_row == {
        "path": f"{tmp_path}/{RUN}/checkpoints/epoch=28-step=2436.ckpt",
        "root": str(tmp_path),
        "run": RUN,
        **RUN_FIELDS,
        "name": "epoch=28-step=2436.ckpt",
        "framework": "lightning",
        "kind": "epoch",
        "status": "legacy",
        "path_canonical": False,
        "would_be_called": "epoch-28_step-002436.ckpt",
        "reason": None,
        "readings": [reading],
    }
    assert other == {
        "path": f"{tmp_path}/other/checkpoints/x/last.ckpt",
        "root": str(tmp_path),
        "run": "other",
        **NO_RUN_FIELDS,
        "name": "last.ckpt",
        "framework": "ckpt_scheme",
        "kind": "last",
        "status": "canonical",
        "path_canonical": False,
        "would_be_called": None,
        "reason": None,
        "readings": [
            {**reading, "text": "last.ckpt", "framework": "ckpt_scheme", "format": "last", "kind": "last"}
            | {"epoch": None, "epoch_base": None, "step": None, "counts": None, "source": None}
        ],
    }
    assert empty == {
        "path": f"{tmp_path}/{EMPTY_RUN}",
        "root": str(tmp_path),
        "run": EMPTY_RUN,
        "tag": "none",
        "architecture": "dbnet",
        "encoder": None,
        "phase": "training",
        "timestamp": "2025-10-20T00:00:00",
        "name": None,
        "framework": None,
        "kind": None,
        "status": "empty",
        "path_canonical": False,
        "would_be_called": None,
        "reason": None,
        "readings": [],
    }


def test_ls_prints_a_table(tree: Path) -> None:
    result = invoke("ls", str(tree), obj=TWO_READERS)
    assert (result.exit_code, result.stderr) == (0, "")
    header, *lines = result.stdout.splitlines()
    assert re.split(" {2,}", header) == [
        "TAG",
        "MODEL",
        "PHASE",
        "START",
        "EPOCH",
        "STEP",
        "METRIC",
        "VERSION",
        "KIND",
        "FRAMEWORK",
        "STATUS",
        "NAME",
        "WOULD BE CALLED",
    ]
    run_cells = ["ocr_baseline_v1", "dbnet-resnet18", "training", "2025-10-15 12:00:00"]
    assert [re.split(" {2,}", line) for line in lines] == [
        ["my-exp", "last", "ckpt_scheme", "canonical*", "last.ckpt"],
        ["none", "dbnet", "training", "2025-10-20 00:00:00", "empty"],
        [*run_cells, "hmean=0.8920", "best", "ckpt_scheme", "canonical", "best-hmean-0.8920.ckpt"],
        [*run_cells, "22", "1932", "epoch", "ckpt_scheme", "canonical", "epoch-22_step-001932.ckpt"],
        [
            *(*run_cells, "100", "8400", "hmean=0.8891", "epoch", "ckpt_scheme", "canonical"),
            "epoch-100_step-008400_hmean-0.8891.ckpt",
        ],
        [*run_cells, "last", "ckpt_scheme", "canonical", "last.ckpt"],
        [
            *(*run_cells, "28", "2436", "epoch", "lightning", "legacy"),
            *("epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),
        ],
        [
            *(*run_cells, "28", "epoch", "lightning", "legacy", "epoch=28.ckpt"),
            "(expected a step, which the name lacks)",
        ],
        [
            *run_cells,
            "ambiguous",
            "~3~12.ckpt",
            "(expected a name that one format reads, not 2 (somebody/epoch-first, somebody/step-first))",
        ],
        [*run_cells, "unknown", BAD, "epoch-08_step-001845.ckpt"],
        [*run_cells, "unknown", r"\u2603.ckpt"],
        [
            *run_cells,
            "1",
            "546",
            "val/loss=1.6217",
            "epoch",
            "ocr-project",
            "legacy*",
            "loss=1.6217.ckpt",
            "epoch-01_step-000546_loss-1.6217.ckpt",
        ],
    ]
    # Cells stand below their headers: text begins where they do, numbers end where they do.
    assert {line.index("canonical") for line in lines if "canonical" in line} == {header.index("STATUS")}
    assert {line.index("last.ckpt") for line in lines if "last.ckpt" in line} == {header.index("NAME")}
    assert {line.index("1932") + 4 for line in lines if "  1932 " in line} == {header.index("STEP") + 4}


def test_columns_grow_with_their_cells_but_not_without_end() -> None:
    table = output.Table(output.plain)
    row = ["1", "2", "m=0.5000", "3", "epoch", "ckpt_scheme", "canonical", "name", ""]
    first = table.block(["t", "m", "p", "s"], [row])
    wider = table.block(["t" * 20, "m", "p", "s"], [row])
    longest = table.block(["x" * 200], [[*row[:7], "n" * 100, "end"]])
    after = table.block(["t", "m", "p", "s"], [row])
    assert first.splitlines()[1].index("name") + 4 == wider.index("name") == after.index("name")
    assert longest.startswith("x" * 200 + "  ")
    assert longest.endswith("n" * 100 + "  end\n")


def test_ls_lists_the_working_directory_unless_it_is_told_otherwise(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / RUN / "checkpoints")
    rows_ = listed()
    assert {row["root"] for row in rows_} == {str(tree)}
    assert {row["tag"] for row in rows_} == {"ocr_baseline_v1"}
    assert [row["path"] for row in rows_ if row["path_canonical"]] == [
        "./best-hmean-0.8920.ckpt",
        "./epoch-22_step-001932.ckpt",
        "./epoch-100_step-008400_hmean-0.8891.ckpt",
        "./last.ckpt",
    ]


@pytest.mark.parametrize(
    ("root", "path", "above"),
    [
        (".", f"./{RUN}/checkpoints/last.ckpt", "."),
        ("../runs", f"../runs/{RUN}/checkpoints/last.ckpt", "../runs"),
        ("../runs//", f"../runs/{RUN}/checkpoints/last.ckpt", "../runs"),
        (RUN, f"{RUN}/checkpoints/last.ckpt", None),
        (f"{RUN}/checkpoints", f"{RUN}/checkpoints/last.ckpt", None),
        (f"./{RUN}/", f"./{RUN}/checkpoints/last.ckpt", "."),
    ],
)
def test_paths_begin_as_the_root_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, path: str, above: str | None
) -> None:
    plant(tmp_path, f"runs/{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / "runs")
    (row,) = listed(root)
    assert (row["path"], row["root"], row["path_canonical"]) == (path, above, True)


def test_a_run_is_the_nearest_directory_that_is_named_by_the_scheme() -> None:
    place = rows.place(f"a/{RUN}/x/{OTHER_RUN}/y/checkpoints", f"/w/a/{RUN}/x/{OTHER_RUN}/y/checkpoints")
    assert (place.run_text, place.root, place.is_canonical) == (OTHER_RUN, f"a/{RUN}/x", False)


@pytest.mark.parametrize(
    ("location", "run_text"),
    [
        ("/w/exp/checkpoints", "exp"),
        ("/w/exp/checkpoints/val", "exp"),
        ("/w/exp/checkpoints/a/checkpoints", "a"),
        ("/w/exp", "exp"),
        ("/", ""),
    ],
)
def test_another_run_is_the_directory_above_its_checkpoints(location: str, run_text: str) -> None:
    place = rows.place(location, location)
    assert (place.run_text, place.run) == (run_text, None)


def test_runs_without_checkpoints_are_listed_and_no_others(tmp_path: Path) -> None:
    inner, second = f"inner-{EMPTY_RUN}", f"second-{EMPTY_RUN}"
    plant(tmp_path, f"{EMPTY_RUN}/logs/{inner}/", f"{EMPTY_RUN}/zzz/", f"{OTHER_RUN}/deep/{RUN}/checkpoints/last.ckpt")
    plant(tmp_path, f"{second}/", "plain/")
    # A run is known to be empty when the walk leaves it, and one around a run with checkpoints has them below it, too.
    assert [(row["path"].removeprefix(f"{tmp_path}/"), row["status"]) for row in listed(str(tmp_path))] == [
        (f"{EMPTY_RUN}/logs/{inner}", "empty"),
        (EMPTY_RUN, "empty"),
        (f"{OTHER_RUN}/deep/{RUN}/checkpoints/last.ckpt", "canonical"),
        (second, "empty"),
    ]


def test_ls_lists_several_roots_and_those_on_stdin(tmp_path: Path) -> None:
    plant(tmp_path, f"a/{EMPTY_RUN}/", f"b/{EMPTY_RUN}/", f"c/{EMPTY_RUN}/")
    result = invoke("ls", "--json", f"{tmp_path}/c", "-", stdin=f"{tmp_path}/a\n{tmp_path}/b\n")
    assert [row["root"] for row in records(result)] == [f"{tmp_path}/{name}" for name in "cab"]


def test_ls_lists_no_root_if_stdin_names_none() -> None:
    result = invoke("ls", "-", stdin="")
    assert (result.exit_code, result.output) == (0, "")


def test_ls_latest_lists_the_latest_of_each_directory(tree: Path) -> None:
    plant(tree, f"{OTHER_RUN}/checkpoints/epoch=99.ckpt", f"{OTHER_RUN}/checkpoints/best.ckpt")
    assert [row["path"].removeprefix(f"{tree}/") for row in listed("--latest", str(tree))] == [
        "my-exp/checkpoints/last.ckpt",
        f"{OTHER_RUN}/checkpoints/epoch=99.ckpt",
        f"{RUN}/checkpoints/epoch-100_step-008400_hmean-0.8891.ckpt",
    ]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (["--best", "hmean"], f"{RUN}/checkpoints/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "max"], f"{RUN}/checkpoints/best-hmean-0.8920.ckpt"),
        (["--best", "hmean", "--mode", "min"], f"{OTHER_RUN}/checkpoints/best-hmean-0.1000.ckpt"),
        (["--best", "tied"], "a/best-tied-0.5000.ckpt"),
    ],
)
def test_ls_best_lists_the_one_best_of_all(tree: Path, options: list[str], path: str) -> None:
    plant(tree, f"{OTHER_RUN}/checkpoints/best-hmean-0.1000.ckpt", f"{OTHER_RUN}/checkpoints/best-hmean-0.5000.ckpt")
    plant(tree, "a/best-tied-0.5000.ckpt", "b/best-tied-0.5000.ckpt", "c/epoch-00_step-000001_tied-0.5000.ckpt")
    assert [row["path"].removeprefix(f"{tree}/") for row in listed(*options, str(tree))] == [path]


def test_ls_best_lists_nothing_if_no_name_states_the_metric(tree: Path) -> None:
    assert listed("--best", "accuracy", str(tree)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [".", "missing"],  # not there
        ["file"],  # not a directory
        [""],  # no path
        ["a\0b"],  # no path anywhere
        ["--latest", "--best", "hmean"],  # two selections
        ["--mode", "min"],  # the best of nothing
        ["--best", "hmean", "--mode", "most"],  # no such mode
    ],
)
def test_ls_does_not_run_without_directories_to_list(
    tree: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tree)
    plant(tree, "file")
    result = invoke("ls", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_every_entry_with_the_extension_is_a_checkpoint_and_none_is_entered_or_followed(tmp_path: Path) -> None:
    where = tmp_path / "checkpoints"
    plant(where, "capital.CKPT", "directory.ckpt/inner.ckpt", "file.ckpt", ".ckpt", "no.ckpt.txt", "real/deep.ckpt")
    os.mkfifo(where / "pipe.ckpt")
    (where / "link.ckpt").symlink_to(tmp_path)
    (where / "dangling.Ckpt").symlink_to("nowhere")
    (where / "loop").symlink_to(tmp_path)
    (where / "itself").symlink_to("itself")
    assert [row["path"].removeprefix(f"{where}/") for row in listed(str(tmp_path))] == [
        ".ckpt",
        "capital.CKPT",
        "dangling.Ckpt",
        "directory.ckpt",
        "file.ckpt",
        "link.ckpt",
        "pipe.ckpt",
        "real/deep.ckpt",
    ]


def test_a_root_may_be_a_link_or_have_the_name_of_a_checkpoint(tmp_path: Path) -> None:
    plant(tmp_path, "x.ckpt/last.ckpt")
    (tmp_path / "link").symlink_to("x.ckpt")
    for root in ("x.ckpt", "link"):
        assert [row["path"] for row in listed(f"{tmp_path}/{root}")] == [f"{tmp_path}/{root}/last.ckpt"]


def test_a_walk_goes_deeper_than_the_stack_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = sys.getrecursionlimit() + 100
    monkeypatch.chdir(tmp_path)
    for _ in range(levels):
        os.mkdir("d")  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d")
    Path("last.ckpt").touch()
    os.chdir(tmp_path)
    assert [row["path"] for row in listed(".")] == ["." + "/d" * levels + "/last.ckpt"]
    # What cleans up after the tests recurses.
    os.chdir("d/" * levels)
    os.remove("last.ckpt")  # noqa: PTH107 - a path of pathlib's would be longer than a system call takes
    for _ in range(levels):
        os.chdir("..")
        os.rmdir("d")  # noqa: PTH106 - the same


def test_a_directory_that_cannot_be_read_is_complained_of_and_the_walk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Deeper than a path may be long, which not even root can read.
    monkeypatch.chdir(tmp_path)
    for _ in range(17):
        os.mkdir("d" * 255)  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d" * 255)
    os.chdir(tmp_path)
    plant(tmp_path, "e/last.ckpt")
    result = invoke("ls", "--json", ".")
    assert result.exit_code == 1
    assert [row["path"] for row in records(result)] == ["./e/last.ckpt"]
    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith("ckpt-scheme: cannot read ./ddd")
    assert complaint.endswith(f"d: {os.strerror(errno.ENAMETOOLONG)}")
    assert invoke("check", ".").exit_code == 1


def test_a_directory_that_vanishes_during_a_walk_does_not_end_it(tmp_path: Path) -> None:
    plant(tmp_path, "a/x.ckpt", "b/x.ckpt", "c/x.ckpt")
    failed: list[tuple[str, int | None]] = []
    walk = scan.walk(
        str(tmp_path),
        seen=unseen,
        unreadable=lambda path, error: failed.append((path, error.errno)),
    )
    assert next(walk).path == str(tmp_path)
    shutil.rmtree(tmp_path / "b")
    assert [(listing.path, listing.names) for listing in walk] == [
        (f"{tmp_path}/a", ["x.ckpt"]),
        (f"{tmp_path}/b", []),
        (f"{tmp_path}/c", ["x.ckpt"]),
    ]
    assert failed == [(f"{tmp_path}/b", errno.ENOENT)]


def test_a_walk_counts_what_it_sees(tmp_path: Path) -> None:
    plant(tmp_path, "a/x.ckpt", "a/y.ckpt", "b/", "c.txt")
    counted: list[tuple[int, int]] = []
    for _ in scan.walk(
        str(tmp_path),
        seen=lambda directories, checkpoints: counted.append((directories, checkpoints)),
        unreadable=unexpected,
    ):
        pass
    assert [sum(column) for column in zip(*counted, strict=True)] == [3, 2]


def test_paths_below_the_root_directory_have_one_slash() -> None:
    walk = scan.walk("/", seen=unseen, unreadable=unexpected)
    first = next(walk)
    assert (first.path, first.location) == ("/", "/")
    assert scan.join(first.path, "x") == "/x"


def test_more_rows_than_are_measured_at_once_all_come_out(tmp_path: Path) -> None:
    names = [f"best_v{number}.ckpt" for number in range(1, 1502)]
    plant(tmp_path, *names)
    assert [row["name"] for row in listed(str(tmp_path))] == names
    assert len(invoke("ls", str(tmp_path)).stdout.splitlines()) == len(names) + 1


# --------------------------------------------------------------------------------------------------------------------
# check.


def test_check_prints_what_is_wrong_below_a_directory(tree: Path) -> None:
    result = invoke("check", str(tree))
    assert (result.exit_code, result.stderr) == (1, "")
    where = f"{tree}/{RUN}/checkpoints"
    lines = dict(line.split(": invalid ", 1) for line in result.stdout.splitlines())
    assert list(lines) == [
        f"{tree}/my-exp/checkpoints/last.ckpt",
        f"{where}/{BAD}",
        f"{where}/epoch=28-step=2436.ckpt",
        f"{where}/epoch=28.ckpt",
        f"{where}/~3~12.ckpt",
        rf"{where}/\u2603.ckpt",
        f"{where}/epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt",
    ]
    assert lines[f"{where}/{BAD}"] == (
        f"checkpoint name '{BAD}': expected 2 to 18 digits, padded with zeros to 2 and no further at position 6,"
        " found '8_step-1845.ckpt' [CKS-020]; did you mean 'epoch-08_step-001845.ckpt'?"
    )
    assert lines[f"{where}/epoch=28-step=2436.ckpt"].endswith("; did you mean 'epoch-28_step-002436.ckpt'?")
    assert lines[f"{where}/epoch=28.ckpt"].endswith("[CKS-002]")
    assert lines[f"{tree}/my-exp/checkpoints/last.ckpt"].startswith("checkpoint path ")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),  # somebody else's
        ("missing/epoch=28-step=2436.ckpt", "epoch-28_step-002436.ckpt"),  # the same, in a directory
        ("LAST.ckpt", "last.ckpt"),  # capitals
        ("last.CKPT", "last.ckpt"),  # the same in the extension
        ("epoch_epoch=01-step_step=0546-loss_val/loss=1.6217.ckpt", "epoch-01_step-000546_loss-1.6217.ckpt"),
        ("missing/last.ckpt", None),  # the directory is no run's
        (f"{RUN}/last.ckpt", None),  # nor is the run's its checkpoints'
        (f"{RUN}\\checkpoints/last.ckpt", f"{RUN}/checkpoints/last.ckpt"),  # a separator of another system
        (FOREIGN, None),  # nobody's
    ],
)
def test_check_refuses_paths_that_need_not_be_there(path: str, suggestion: str | None) -> None:
    plain, as_json = invoke("check", path), invoke("check", "--json", path)
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    (record,) = records(as_json)
    assert record.keys() == {"path", "error"}
    assert (record["path"], record["error"]["suggestion"]) == (path, suggestion)
    assert plain.stdout == f"{output.escaped(path)}: {record['error']['message']}\n"


@pytest.mark.parametrize(
    "path",
    [
        "last.ckpt",  # a name is judged as a name
        EPOCH,
        f"{RUN}/checkpoints/last.ckpt",
        f"s3://team/{RUN}/checkpoints/{EPOCH}",
        f"./{RUN}//checkpoints/last.ckpt",
        "notes.txt",  # there, and no checkpoint
        ".",  # nothing in it
    ],
)
def test_check_accepts_paths_that_conform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    plant(tmp_path, "notes.txt")
    monkeypatch.chdir(tmp_path)
    result = invoke("check", path)
    assert (result.exit_code, result.output) == (0, "")


def test_check_knows_the_run_that_it_is_started_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/last.ckpt")
    monkeypatch.chdir(tmp_path / RUN)
    for path in (".", "checkpoints", "./checkpoints/last.ckpt", "checkpoints/best.ckpt"):
        assert invoke("check", path).exit_code == 0


def test_check_does_not_run_on_what_is_not_there() -> None:
    result = invoke("check", "last.ckpt", "missing")
    assert (result.exit_code, result.stdout) == (2, "")


def test_check_passes_over_what_stdin_says_of_other_files() -> None:
    result = invoke("check", "-", stdin="missing\nsrc/main.py\nepoch=28.ckpt\n")
    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["epoch=28.ckpt"]


def test_check_judges_a_directory_with_the_name_of_a_checkpoint_and_does_not_enter_it(tmp_path: Path) -> None:
    plant(tmp_path, f"{RUN}/checkpoints/last.ckpt/shard=0.ckpt")
    directory = f"{tmp_path}/{RUN}/checkpoints/last.ckpt"
    assert invoke("check", directory, f"{directory}/", str(tmp_path)).exit_code == 0
    assert invoke("check", f"{tmp_path}/../{tmp_path.name}/").exit_code == 0


def test_the_hook_runs_the_command_with_all_that_it_needs() -> None:
    root = Path(__file__).parents[2]
    lines = (root / ".pre-commit-hooks.yaml").read_text(encoding="ascii").splitlines()
    # So plain a document that each line is a key and a value.
    matches = [re.fullmatch(r"(- |  )([a-z_]+): (.+)", line) for line in lines]
    pairs = [match.groups() for match in matches if match is not None]
    assert len(pairs) == len(lines)
    assert [indent for indent, _, _ in pairs] == ["- "] + ["  "] * (len(lines) - 1)
    hook = {key: value for _, key, value in pairs}
    fixed = {"id": "ckpt-scheme-check", "language": "python", "pass_filenames": "true"}
    assert {key: hook[key] for key in fixed} == fixed
    extra = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert json.loads(hook["additional_dependencies"]) == extra["cli"]
    files = re.compile(hook["files"].strip("'"))
    assert files.search("outputs/x/checkpoints/last.ckpt")
    assert not files.search("last_ckpt")
    program, command = hook["entry"].split()
    assert program == "ckpt-scheme"
    assert command in commands.main.commands


# --------------------------------------------------------------------------------------------------------------------
# Help.


COMMANDS: Final[tuple[list[str], ...]] = (
    [],
    *([name] for name in commands.main.commands),
    *(["format", name] for name in ("run", "epoch", "best", "last", "-")),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(command: list[str]) -> None:
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    usage, _, examples = result.stdout.partition("Examples:\n")
    assert usage.startswith("Usage: ")
    lines = examples.splitlines()
    assert all(line.startswith("    ") for line in lines)
    assert any(" ".join(["ckpt-scheme", *command]) in line for line in lines)


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.startswith(b"ckpt-scheme, version 0.")


# --------------------------------------------------------------------------------------------------------------------
# What no name, stream or terminal can do to it.


@given(texts())
def test_escaped_text_is_what_ascii_shows(text: str) -> None:
    shown = output.escaped(text)
    assert re.fullmatch("[ -~]*", shown)
    assert shown.encode("ascii").decode("unicode_escape") == text
    assert output.visible(shown) == shown


@given(texts())
def test_json_lines_are_printable_ascii(text: str) -> None:
    line = output.json_line({"text": text})
    assert re.fullmatch("[ -~]*\n", line)
    assert json.loads(line) == {"text": text}


HOSTILE: Final = b"\x1b[2J\xe2\x80\xae\n\t\x7f\xff\\.ckpt"
SHOWN: Final = rb"\x1b[2J\u202e\n\t\x7f\udcff\\.ckpt"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_name_cannot_write_to_the_terminal_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / os.fsdecode(HOSTILE)).touch()
    env = {"PYTHONIOENCODING": encoding}
    table, as_json, checked, parsed = (
        run(*arguments, cwd=tmp_path, env=env)
        for arguments in (["ls"], ["ls", "--json"], ["check", "."], ["parse", HOSTILE])
    )
    assert table.stdout.splitlines()[1].split()[-1] == SHOWN
    assert json.loads(as_json.stdout)["name"] == os.fsdecode(HOSTILE)
    assert checked.stdout.startswith(b"./" + SHOWN + b": invalid checkpoint name '" + SHOWN + b"': ")
    assert parsed.stderr.startswith(b"ckpt-scheme: invalid checkpoint name '" + SHOWN + b"': ")
    for result in (table, as_json, checked, parsed):
        assert re.fullmatch(rb"[ -~\n]*", result.stdout + result.stderr)


@pytest.mark.parametrize(("arguments", "status"), [("last.ckpt", 0), ("nonsense", 1), ("--nonsense", 2)])
def test_the_exit_status_is_that_of_the_process(arguments: str, status: int) -> None:
    result = run("parse", arguments)
    assert (result.returncode, result.stderr == b"") == (status, status == 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ls", "missing\x1b[2J"],
        ["check", "missing\x1b[2J"],
        ["parse", "--\x1b[2J"],
        ["\x1b[2J"],
        ["format", "best", "--metric", "\x1b[2J"],
        ["glob", "--kind", "\x1b[2J"],
        ["glob", "--epoch", "\x1b[2J"],
        ["ls", "--mode", "min"],
        ["format"],
        [],
    ],
)
def test_what_is_wrong_with_the_usage_is_said_without_control_characters(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch("Usage: ckpt-scheme[ -~]*\nckpt-scheme: [ -~]+\n", printed.err)


def test_help_and_refusals_return_their_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert [commands.run(arguments) for arguments in (["--help"], ["parse", "last.ckpt"], ["parse", "nonsense"])] == [
        0,
        0,
        1,
    ]
    assert capsys.readouterr().err.startswith("ckpt-scheme: invalid run id 'nonsense'")


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_one_line_says_what_to_install(missing: str) -> None:
    result = run_script(
        f"import sys; sys.modules[{missing!r}] = None\nfrom ckpt_scheme.__main__ import main\nsys.exit(main())"
    )
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr == b"ckpt-scheme: install 'ckpt-scheme[cli]'\n"


def test_a_name_is_parsed_without_loading_what_it_does_not_need() -> None:
    result = run_script(
        "import sys; from ckpt_scheme._cli import commands; commands.run(['parse', 'last.ckpt'])\n"
        "print(sorted({'rich', 'parse', 'ckpt_scheme.legacy', 'ckpt_scheme.patterns'} & sys.modules.keys()))"
    )
    assert result.stdout.splitlines()[-1] == b"[]"


def test_the_core_does_not_load_the_command_line() -> None:
    result = run_script(
        "import sys, ckpt_scheme\n"
        "for name in ckpt_scheme.__all__: getattr(ckpt_scheme, name)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'click', 'rich'} or 'cli' in name.split('.')])"
    )
    assert (result.stdout, result.stderr) == (b"[]\n", b"")


MANY: Final = b"last.ckpt\n" * 20_000  # and more lines of output than a pipe holds


def started(stdin: Path, *, is_measured: bool = True) -> subprocess.Popen[bytes]:
    """Start a command that writes until somebody reads; *is_measured* as in `start`."""
    with stdin.open("rb") as lines:
        return start(sys.executable, "-m", "ckpt_scheme", "parse", "-", stdin=lines, is_measured=is_measured)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many"
    path.write_bytes(MANY)
    return path


def test_a_reader_that_leaves_ends_it_quietly(many: Path) -> None:
    with started(many) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"last.ckpt: checkpoint form=last\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_an_interrupt_ends_it_quietly(many: Path) -> None:
    with started(many, is_measured=False) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"last.ckpt: checkpoint form=last\n"
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate()
    assert process.returncode == 130
    assert complaints.strip() == b""


def test_an_interrupt_is_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __iter__(self) -> NoReturn:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Interrupted()))
    assert commands.run(["parse", "-"]) == 130


def test_a_full_disk_is_said_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        result = run("parse", "last.ckpt", stdout=full)
    assert result.returncode == 2
    assert result.stderr == f"ckpt-scheme: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}\n".encode()


@pytest.mark.parametrize(
    ("redirection", "status"),
    [
        ("<&-", 2),  # names cannot come from nowhere
        (">&-", 1),  # nobody wants to know, and the status tells
        ("2>&-", 1),
        ("2>/dev/full", 1),
        (">&- 2>&-", 1),
    ],
)
def test_a_stream_may_be_missing(redirection: str, status: int) -> None:
    result = run_shell(f'printf "last.ckpt\\nnonsense\\n" | $PROGRAM parse - {redirection}')
    assert result.returncode == status
    assert b"Traceback" not in result.stderr


def test_walks_do_without_missing_streams(tree: Path) -> None:
    assert run_shell("$PROGRAM ls . >&- 2>&-", cwd=tree).returncode == 0


@pytest.mark.parametrize("arguments", ["ls missing", "ls --mode min", "parse --no-such-option"])
def test_a_status_tells_where_nothing_can_be_said(arguments: str) -> None:
    assert run_shell(f"$PROGRAM {arguments} 2>/dev/full").returncode == 2


def test_a_working_directory_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    result = run_shell("mkdir gone && cd gone && rmdir ../gone && $PROGRAM ls", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr == f"ckpt-scheme: [Errno {errno.ENOENT}] {os.strerror(errno.ENOENT)}\n".encode()


def test_a_directory_without_permission_is_complained_of(tmp_path: Path) -> None:
    shut = tmp_path / EMPTY_RUN / "checkpoints"
    plant(tmp_path, "open/last.ckpt", f"{EMPTY_RUN}/checkpoints/last.ckpt")
    shut.chmod(0)
    tmp_path.chmod(0o755)
    # Nothing is shut to root, who is somebody else meanwhile; afterwards the coverage must be written.
    result = run_script(
        "import os, sys, ckpt_scheme.legacy; from ckpt_scheme._cli import commands\n"
        "is_root = os.geteuid() == 0\n"
        "if is_root: os.seteuid(65534)\n"
        "status = commands.run(['ls', '--json'])\n"
        "if is_root: os.seteuid(0)\n"
        "sys.exit(status)",
        cwd=tmp_path,
    )
    shut.chmod(0o755)
    assert result.returncode == 1
    # Nobody knows whether the run is empty, so it is not listed.
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == ["./open/last.ckpt"]
    assert (
        result.stderr == f"ckpt-scheme: cannot read ./{EMPTY_RUN}/checkpoints: {os.strerror(errno.EACCES)}\n".encode()
    )


def test_a_terminal_shows_colours(tree: Path) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", "ls", cwd=tree, streams=["stdout"])
    assert result.returncode == 0
    assert re.search("\x1b\\[32mcanonical *\x1b\\[0m", shown)
    assert re.search("\x1b\\[32mcanonical\\* *\x1b\\[0m", shown)
    assert re.search("\x1b\\[33mlegacy *\x1b\\[0m", shown)
    assert re.search("\x1b\\[31munknown *\x1b\\[0m", shown)
    plain = run("ls", cwd=tree).stdout.decode()
    assert re.sub("\x1b\\[[0-9]+m", "", shown).replace("\r\n", "\n") == plain


@pytest.mark.parametrize(
    ("arguments", "env"), [(["ls"], {"NO_COLOR": "1"}), (["ls"], {"TERM": "dumb"}), (["ls", "--json"], {})]
)
def test_a_terminal_that_wants_no_colours_gets_none(tree: Path, arguments: list[str], env: dict[str, str]) -> None:
    shown, _ = on_terminal("-m", "ckpt_scheme", *arguments, cwd=tree, streams=["stdout"], env=env)
    assert shown.replace("\r\n", "\n") == run(*arguments, cwd=tree).stdout.decode()


@pytest.mark.parametrize("command", ["ls", "check"])
def test_a_terminal_shows_progress_on_stderr_alone(tree: Path, command: str) -> None:
    shown, result = on_terminal("-m", "ckpt_scheme", command, ".", cwd=tree, streams=["stderr"])
    assert result.stdout == run(command, ".", cwd=tree).stdout
    assert re.search("[0-9]+ directories, [0-9]+ checkpoints", shown)
    # The cursor is back, and nothing stays on the screen.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.rindex("\x1b[2K") > shown.rindex("directories")


def test_progress_and_lines_do_not_mix_on_one_terminal(tree: Path) -> None:
    shown, _ = on_terminal("-m", "ckpt_scheme", "ls", cwd=tree, streams=["stdout", "stderr"], env={"NO_COLOR": "1"})
    assert "directories" in shown
    for line in run("ls", cwd=tree).stdout.decode().splitlines():
        assert re.search(f"(^|\n|\x1b\\[2K|\x1b\\[\\?25h){re.escape(line)}\r\n", shown)


def test_progress_is_shown_again_only_after_a_pause() -> None:
    script = (
        "from ckpt_scheme._cli.terminal import Progress\n"
        "times = iter([0.0, 0.05, 1.0, 2.0])\n"
        "progress = Progress(lambda: next(times))\n"
        "for _ in range(4): progress.seen(1, 2)\n"
        "progress.clear()"
    )
    shown, result = on_terminal("-c", script, streams=["stderr"])
    assert result.returncode == 0
    found = re.findall("([0-9]) directories, ([0-9]) checkpoints", shown)
    assert list(dict.fromkeys(found)) == [("1", "2"), ("3", "6"), ("4", "8")]
