"""``ckpt-scheme format``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme._cli import output, values
from ckpt_scheme.strategies import checkpoint_names, checkpoint_paths, run_directories, run_ids
from cli_runner import invoke, records
from cli_trees import (
    OTHER_RUN,
    RUN,
)

EVERYTHING: Final = st.one_of(run_ids(), checkpoint_names(), run_directories(), checkpoint_paths())


@given(st.lists(EVERYTHING, max_size=5))
def test_format_is_inverse_of_parse(items: Sequence[values.Value]) -> None:
    names = [str(item) for item in items]

    parsed = invoke("parse", "--json", *(["--", *names] if names else ["-"]))
    formatted = invoke("format", "-", "--json", stdin=parsed.stdout)

    assert (parsed.exit_code, formatted.exit_code) == (0, 0)
    assert [record["text"] for record in records(formatted)] == names
    assert invoke("format", "-", stdin=parsed.stdout).stdout == "".join(f"{output.escaped(name)}\n" for name in names)


@given(EVERYTHING)
def test_load_is_inverse_of_fields(value: values.Value) -> None:
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
def test_format_prints_name_for_options(arguments: str, name: str) -> None:
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
def test_format_refuses_values_outside_grammar(arguments: str, requirement: str) -> None:
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
        "last --epoch 22",  # an option of another form
        "first",  # no such name
    ],
)
def test_format_refuses_malformed_options(arguments: str) -> None:
    result = invoke("format", *arguments.split())

    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "one JSON value"),  # no JSON
        ("", "one JSON value"),  # an empty line
        ("[" * 200_000, "one JSON value"),  # too deep for any reader
        ("[]", "an object"),  # a list
        ("{}", "'run', 'checkpoint', 'path' or 'directory'"),  # no kind
        ('{"text": "x", "error": {}}', "'run', 'checkpoint', 'path' or 'directory'"),  # an error that parse printed
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
def test_format_refuses_malformed_line_and_continues(line: str, expected: str) -> None:
    result = invoke("format", "-", stdin=f'{line}\n{{"kind": "checkpoint", "form": "last"}}\n')

    assert result.exit_code == 1
    assert expected in result.stderr
    assert result.stdout == "last.ckpt\n"


def test_format_json_reports_refused_line() -> None:
    first, second = records(invoke("format", "-", "--json", stdin='nonsense\n{"kind": "checkpoint", "form": "last"}'))

    assert (first["text"], first["error"]["kind"], first["error"]["position"]) == (None, "JSON line", 0)
    assert second == {"text": "last.ckpt"}
