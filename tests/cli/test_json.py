"""``--json`` of every command has the form that the published schema describes under the name of the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

import ckpt_scheme
from cli_names import BAD, FOREIGN
from cli_runner import invoke, records
from cli_trees import RUN

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
