"""The command line in this process."""

from __future__ import annotations

import json
import re
from typing import Any

from click.testing import CliRunner, Result

from ckpt_scheme._cli import commands


def invoke(*arguments: object, stdin: str | bytes | None = None, obj: object = None) -> Result:
    """Run the command line to its end, and check that it prints only printable characters, line feeds and tabs."""
    result = CliRunner().invoke(
        commands.main, [str(argument) for argument in arguments], input=stdin, obj=obj, catch_exceptions=False
    )
    assert re.sub("[\n\t]", "", result.stdout).isprintable()
    assert re.fullmatch("[\n -~]*", result.stderr)
    return result


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]
