"""``ckpt-scheme explain``."""

from __future__ import annotations

import re

import click
import pytest

from ckpt_scheme._cli import explaining, requirements
from ckpt_scheme.conformance import cases
from cli_runner import invoke, records


def test_explain_prints_sentence_and_examples() -> None:
    result = invoke("explain", "CKS-020")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:7] == [
        "CKS-020: Names and values (docs/spec.md)",
        "",
        "  An epoch MUST be an integer from 0 to 10^18 - 1, padded with zeros to two",
        "  digits and no further.",
        "",
        "Examples:",
        "  epoch-00_step-000000.ckpt",
    ]
    assert "\nRefused:\n  epoch-2_step-001932.ckpt\n      an epoch of one digit (checkpoint_name-" in result.stdout


def test_explain_prints_operation_and_answer_of_other_cases() -> None:
    result = invoke("explain", "CKS-040")

    assert (
        '\n  sort_checkpoint_names {"names": ["last.ckpt", "epoch-00_step-000000.ckpt", "best.ckpt"]} = {"'
        in result.stdout
    )


def test_explain_keeps_tables_of_the_notes() -> None:
    result = invoke("explain", "CKS-050")

    assert "\n  | pattern | near misses |" in result.stdout


@pytest.mark.parametrize("text", ["CKS-020", "cks-020", "cks20", "20", "020"])
def test_explain_accepts_each_spelling_of_an_id(text: str) -> None:
    (record,) = records(invoke("explain", "--json", text))

    assert record["id"] == "CKS-020"


def test_explain_json_holds_cases_of_the_requirement() -> None:
    first, second = records(invoke("explain", "--json", "CKS-020", "CKS-021"))

    assert (first["id"], second["id"]) == ("CKS-020", "CKS-021")
    assert first["document"] == "docs/spec.md"
    known = {case.id: case for case in cases()}
    for record in (first, second):
        assert record["accepted"]
        assert record["refused"]
        assert all(case["expected"] is not None for case in record["accepted"])
        assert all(case["expected"] is None for case in record["refused"])
        assert {known[case["id"]].requirement for case in (*record["accepted"], *record["refused"])} == {record["id"]}


def test_explain_separates_requirements_by_a_line() -> None:
    result = invoke("explain", "CKS-042", "CKS-001")

    assert result.stdout.startswith("CKS-042: Withdrawn requirements (docs/spec.md)\n\n  Withdrawn: It chose")
    assert "\n\nCKS-001: " in result.stdout


@pytest.mark.parametrize("text", ["CKS-999", "nonsense", "\x1b[2J"])
def test_explain_refuses_unknown_id(text: str) -> None:
    result = invoke("explain", text)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no such requirement; the ids are CKS-001 to CKS-" in result.stderr


def test_explain_prints_every_requirement() -> None:
    ids = list(requirements.load())

    result = invoke("explain", *ids)

    heads = re.findall("(?m)^(CKS-[0-9]{3}): .* \\(docs/spec(?:-legacy)?\\.md\\)$", result.stdout)
    assert heads == ids


def test_ids_complete_with_their_sentences() -> None:
    parameter = explaining.explain.params[0]

    found = parameter.shell_complete(click.Context(explaining.explain), "cks-02")

    assert [item.value for item in found][:2] == ["CKS-020", "CKS-021"]
    assert found[0].help is not None
    assert found[0].help.startswith("An epoch MUST be")
