"""``--json`` of every command has the form that the published schema describes under the name of the command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

import ckpt_scheme
from cli_names import BAD, FOREIGN
from cli_runner import invoke, records
from cli_trees import RUN, plant

SCHEMA: Final[dict[str, Any]] = json.loads(
    (Path(ckpt_scheme.__file__).parent / "catalog/catalog.schema.json").read_text(encoding="utf-8")
)
NAMES: Final = (
    *("last.ckpt", "best_v2.ckpt", "epoch-22_step-001932_hmean-0.8756.ckpt", RUN, f"s3://team/{RUN}"),
    *(f"{RUN}/checkpoints/last.ckpt", BAD, FOREIGN, "checkpoint-500", "epoch=3-val_loss=nan.ckpt", "checkpoint_100"),
    *("epoch_epoch_22_step_step_001932_20251009_015037.ckpt", "best_model.pt"),
)


@pytest.mark.parametrize(
    ("form", "arguments"),
    [
        ("parse", ["parse", *NAMES]),
        ("decode", ["decode", *NAMES]),
        ("check", ["check", *NAMES[:3], *NAMES[5:8]]),
        ("statistics", ["check", "--statistics", BAD, FOREIGN]),
        ("explain", ["explain", "CKS-020", "CKS-042", "CKS-040"]),
        ("identify", ["identify", "docs/example-outputs/ocr_pl_refactor_phase1", "docs", "docs/example-outputs"]),
        ("ls", ["ls", "docs/example-outputs"]),
        ("checkpoint", ["ls", "--latest", "docs/example-outputs"]),
        ("checkpoint", ["ls", "--best", "hmean", "docs/example-outputs"]),
        ("format", ["format", "last"]),
        ("glob", ["glob"]),
        ("glob", ["glob", "--kind", "best", "--no-metric", "--exact"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:3]),
)
def test_json_lines_have_the_form_of_the_schema(
    form: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    schema = SCHEMA if form == "ls" else {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{form}"}
    validator = jsonschema.Draft202012Validator(schema)
    described = SCHEMA["properties"] if form == "ls" else SCHEMA["$defs"][form]["properties"]

    lines = records(invoke(*arguments, "--json"))

    assert lines
    for line in lines:
        assert [error.message for error in validator.iter_errors(line)] == []
        assert line.keys() <= described.keys()


def test_form_of_a_refused_value_has_the_form_of_the_schema() -> None:
    lines = records(invoke("format", "-", "--json", stdin='{"kind": "checkpoint", "form": "last"}\n{}\n'))

    validator = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/format"})
    assert [list(validator.iter_errors(line)) for line in lines] == [[], []]
    assert "error" in lines[1]


def test_json_of_operations_has_the_form_of_the_schema(tmp_path: Path) -> None:
    plant(tmp_path, *(f"{RUN}/checkpoints/{name}" for name in ("epoch=3-step=9.ckpt", "best-v1.ckpt", "epoch=8.ckpt")))
    plant(tmp_path, *(f"{RUN}/checkpoints/epoch-1{number}_step-000100.ckpt" for number in range(3)))
    for path in tmp_path.rglob("*.ckpt"):
        os.utime(path, (10**9, 10**9))

    steps = [
        ("plan", ["migrate"]),
        ("apply", ["migrate", "--apply"]),
        ("plan", ["prune", "--keep-last", "1"]),
        ("apply", ["prune", "--keep-last", "1", "--apply"]),
        ("operation", ["undo", "--list"]),
        ("trash", ["trash"]),
        ("trash_check", ["trash", "--check"]),
        ("undo", ["undo"]),
    ]

    for form, (command, *options) in steps:
        text = invoke(command, tmp_path, *options, "--json").stdout
        lines = [json.loads(text)] if form == "plan" else [json.loads(line) for line in text.splitlines()]
        validator = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{form}"})
        assert lines, form
        assert [error.message for line in lines for error in validator.iter_errors(line)] == []
        assert all(line.keys() <= SCHEMA["$defs"][form]["properties"].keys() for line in lines)
