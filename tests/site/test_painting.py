"""The parts that the name explorer colours are the fields of the library, for each vector of a parse."""

from __future__ import annotations

import json
import runpy
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ckpt_scheme import CheckpointName, CheckpointPath, Metric, RunArchive, RunDirectory, RunId, SchemeError
from ckpt_scheme.conformance import cases
from regex_engines import tool

PROGRAM: Final = Path(__file__).with_name("paint_cases.mjs")
EXPORT: Final = Path(__file__).parents[2] / "docs" / "explorer" / "export.py"
PARSERS: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "parse_checkpoint_name": ("checkpoint name", CheckpointName.parse),
    "parse_checkpoint_path": ("checkpoint path", CheckpointPath.parse),
    "parse_run_archive": ("run archive", RunArchive.parse),
    "parse_run_directory": ("run directory", RunDirectory.parse),
    "parse_run_id": ("run id", RunId.parse),
}


def fields(value: Any) -> dict[str, str]:  # noqa: ANN401 - any value of the library
    """Return the text of each field of *value*, as a name spells it."""
    found: dict[str, str] = {}
    for field in ("root", "run", "name", "tag", "architecture", "encoder", "phase", "compression"):
        part = getattr(value, field, None)
        if isinstance(part, str):
            found[field] = part
        elif part is not None:
            found |= fields(part)
    if isinstance(getattr(value, "timestamp", None), datetime):
        found["timestamp"] = f"{value.timestamp:%Y%m%d_%H%M%S}".rjust(15, "0")
    for field, width in (("epoch", 2), ("step", 6), ("version", 1)):
        if getattr(value, field, None) is not None:
            found[field] = f"{getattr(value, field):0{width}d}"
    if isinstance(getattr(value, "metric", None), Metric):
        found |= {"metric": value.metric.name, "value": f"{value.metric.value:.4f}"}
    return found


def read(parse: Callable[[str], object], text: str) -> dict[str, str] | None:
    try:
        return fields(parse(text))
    except SchemeError:
        return None


def test_painted_parts_equal_the_fields_of_the_library() -> None:
    given = [case for case in cases() if case.operation in PARSERS and isinstance(case.input["text"], str)]
    texts = [{"kind": PARSERS[case.operation][0], "text": case.input["text"]} for case in given]
    question = json.dumps({"patterns": runpy.run_path(str(EXPORT))["patterns"](), "cases": texts})

    done = subprocess.run(  # noqa: S603 - our own program
        [tool("node", "nodejs"), str(PROGRAM)], input=question, capture_output=True, text=True, check=True
    )

    answers = json.loads(done.stdout)
    assert len(answers) == len(given) > 400
    for case, parts in zip(given, answers, strict=True):
        painted = parts and {part["field"]: part["text"] for part in parts if part["field"]}
        assert painted == read(PARSERS[case.operation][1], case.input["text"]), case.id
        assert parts is None or "".join(part["text"] for part in parts) == case.input["text"], case.id
