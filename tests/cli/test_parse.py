"""``ckpt-scheme parse``, and names from stdin."""

from __future__ import annotations

from typing import Final

import pytest

from cli_names import BAD, EPOCH
from cli_runner import invoke, records
from cli_trees import (
    OTHER_RUN,
    RUN,
    RUN_FIELDS,
    on_terminal,
    run_script,
)

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
def test_parse_prints_fields_of_name(text: str, fields: dict[str, object], words: str) -> None:
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
        ("", "run id", 0),  # an empty name
        ("a/last.ckpt", "checkpoint path", 0),  # no run directory
        ("a.ckpt/b", "run directory", 8),  # the extension is not in the last part
    ],
)
def test_parse_refuses_with_error_of_likely_kind(text: str, kind: str, position: int) -> None:
    (record,) = records(invoke("parse", "--json", text))

    assert record.keys() == {"text", "formats", "error"}
    assert record["error"].keys() == {"kind", "position", "expected", "requirement", "suggestion", "message"}
    assert (record["text"], record["error"]["kind"], record["error"]["position"]) == (text, kind, position)


def test_parse_continues_after_refusal_and_exits_with_1() -> None:
    result = invoke("parse", BAD, "last.ckpt", "nonsense")

    assert result.exit_code == 1
    assert result.stdout == "last.ckpt: checkpoint form=last\n"

    refused = result.stderr.splitlines()
    assert [line.split(":")[0] for line in refused] == ["ckpt-scheme", "ckpt-scheme"]
    assert refused[0].endswith("[CKS-020]; did you mean 'epoch-08_step-001845.ckpt'?")


def test_parse_names_the_formats_that_read_a_legacy_name() -> None:
    text = "val/hmean=0.8920-best.ckpt"

    plain, as_json = invoke("parse", text), invoke("parse", "--json", text)

    (record,) = records(as_json)
    assert record["formats"]
    assert plain.stderr.splitlines()[1].startswith(f"ckpt-scheme: {record['formats'][0]}")
    assert plain.stderr.endswith(f": run 'ckpt-scheme decode {text}'\n")


def test_parse_on_terminal_shows_the_place_of_the_fault() -> None:
    long = f"epoch-22_step-{'1' * 300}.ckpt"

    shown, _ = on_terminal(
        *("-m", "ckpt_scheme", "parse", "epoch-7_step-001640.ckpt", "\u2603", long),
        streams=["stderr"],
        env={"COLUMNS": "80"},
    )

    assert shown.replace("\r\n", "\n").splitlines() == [
        "ckpt-scheme: invalid checkpoint name [CKS-020]",
        "    epoch-7_step-001640.ckpt",
        "          ^ expected 2 to 18 digits, padded with zeros to 2 and no further",
        "    did you mean epoch-07_step-001640.ckpt?",
        "ckpt-scheme: invalid run id [CKS-010]",
        "    \\u2603",
        "    ^ expected a tag of 1 to 64 letters, digits or '_', a letter or digit first",
        "ckpt-scheme: invalid checkpoint name [CKS-021]",
        f"    epoch-22_step-{'1' * 56}...",
        "                  ^ expected 6 to 18 digits, padded with zeros to 6 and no",
        "                    further",
    ]


def test_parse_on_narrow_terminal_shows_the_sentence_below_the_place() -> None:
    text = "epoch-22_step-001932_hmean-0.87561.ckpt"

    shown, _ = on_terminal("-m", "ckpt_scheme", "parse", text, streams=["stderr"], env={"COLUMNS": "30"})

    _, name, caret, *expected, suggestion = shown.replace("\r\n", "\n").splitlines()
    assert name == "    ...932_hmean-0.87561.ck..."
    assert caret == " " * name.index("0.87561") + "^"
    assert " ".join(map(str.strip, expected)).startswith("expected a value with at most 11 integer digits")
    assert suggestion.strip().startswith("did you mean ")


def test_output_and_errors_keep_their_order() -> None:
    result = invoke("parse", "last.ckpt", "nonsense", "best.ckpt")

    assert [line.split(":")[0] for line in result.output.splitlines()] == ["last.ckpt", "ckpt-scheme", "best.ckpt"]


def test_parse_json_keeps_order_of_good_and_bad_names() -> None:
    result = invoke("parse", "--json", BAD, "last.ckpt")

    assert result.exit_code == 1
    assert [("error" in record) for record in records(result)] == [True, False]
    assert result.stderr == ""


def test_dash_reads_stdin_between_other_names() -> None:
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
        (b"last.ckpt\r\n", "last.ckpt\r"),  # and so is a carriage return
        (b"\n", ""),  # an empty line is an empty name
        (b"last\xff.ckpt\n", "last\udcff.ckpt"),  # a byte that is not UTF-8
    ],
)
def test_stdin_line_loses_only_its_line_feed(line: bytes, text: str) -> None:
    result = invoke("parse", "--json", "-", stdin=line)

    assert result.exit_code == 1
    assert [record["text"] for record in records(result)] == [text]


def test_parse_prints_many_names_in_order() -> None:
    names = [f"best_v{number}.ckpt" for number in range(1, 2502)]

    result = invoke("parse", "-", stdin="\n".join(names))

    assert [line.split(":")[0] for line in result.stdout.splitlines()] == names


def test_parse_loads_no_unneeded_module() -> None:
    result = run_script(
        "import sys; from ckpt_scheme._cli import commands; commands.run(['parse', 'last.ckpt'])\n"
        "print(sorted({'rich', 'parse', 'ckpt_scheme.legacy', 'ckpt_scheme.patterns'} & sys.modules.keys()))"
    )

    assert result.stdout.splitlines()[-1] == b"[]"
