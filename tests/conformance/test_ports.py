"""The ports in ``examples/ports``: each passes the levels that it claims, and rounds as the library does."""

from __future__ import annotations

import math
import random
import subprocess
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from ckpt_scheme import Metric, SchemeError
from ckpt_scheme._cli import commands
from ckpt_scheme.conformance import Case, cases, run_command
from regex_engines import tool

PORTS: Final = Path(__file__).parents[2] / "examples" / "ports"
CLAIMED: Final = {
    "javascript": ("core", "selection", "patterns", "labels", "legacy"),
    "go": ("core", "selection", "patterns", "labels"),
}


@pytest.fixture(scope="session")
def javascript_reader() -> list[str]:
    return [tool("node", "nodejs"), str(PORTS / "javascript" / "reader.mjs")]


@pytest.fixture(scope="session")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    program = tmp_path_factory.mktemp("go") / "reader"
    build = [tool("go", "golang-go"), "build", "-o", str(program), "./cmd/reader"]
    subprocess.run(build, cwd=PORTS / "go", check=True)  # noqa: S603 - the program is in this repository
    return [str(program)]


@pytest.fixture(params=CLAIMED)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def reader(request: pytest.FixtureRequest, language: str) -> list[str]:
    command: list[str] = request.getfixturevalue(f"{language}_reader")
    return command


def test_port_passes_every_case_of_its_levels(reader: list[str], language: str) -> None:
    levels = [argument for level in CLAIMED[language] for argument in ("--level", level)]

    result = CliRunner().invoke(commands.main, ["conformance", *levels, "--timeout", "60", "--", *reader])

    claimed = sum(case.level in CLAIMED[language] for case in cases())
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == f"all levels: {claimed} of {claimed} cases passed"


def test_port_answers_unsupported_to_operations_of_another_level(go_reader: list[str]) -> None:
    claimed = {case.operation for case in cases() if case.level in CLAIMED["go"]}
    others = [case for case in cases() if case.operation not in claimed]

    outcomes = run_command(go_reader, others, timeout=60)

    assert {outcome.status for outcome in outcomes} == {"unsupported"}


def test_port_rounds_any_double_as_the_library(reader: list[str]) -> None:
    rounded = [rounding_case(number, value) for number, value in enumerate(doubles())]

    outcomes = run_command(reader, rounded, timeout=60)

    assert [outcome for outcome in outcomes if not outcome.passed] == []


def doubles() -> list[float]:
    """Return doubles that lie between two multiples of 0.0001, close to them, at the limits, and anywhere."""
    source = random.Random(23)  # noqa: S311 - it chooses examples
    ties = [(2 * source.randrange(10 ** source.randrange(1, 13)) + 1) / 32 for _ in range(300)]
    beside = [math.nextafter(tie, direction) for tie in ties for direction in (0.0, math.inf)]
    decimal = [(2 * source.randrange(10**9) + 1) / 20_000 for _ in range(300)]
    anywhere = [source.uniform(0, 1) * 10 ** source.randrange(-8, 13) for _ in range(300)]
    limits = [0.0, 5e-324, 5e-5, 99999999999.99994, 99999999999.99995, 1e11, 1e21, 1e22, math.inf, math.nan]
    return [sign * value for value in (*ties, *beside, *decimal, *anywhere, *limits) for sign in (1, -1)]


def rounding_case(number: int, value: float) -> Case:
    try:
        text = f"{Metric('m', value).value:.4f}"
    except SchemeError:
        text = None
    return Case(
        id=f"rounding-{number}",
        level="core",
        requirement="CKS-023",
        flags=(),
        description="a double",
        operation="format_checkpoint_name",
        input={"kind": "best", "metric": "m", "value": repr(value), "version": None},
        expected=None if text is None else {"text": f"best-m-{text}.ckpt"},
        error={"position": None} if text is None else None,
    )


def test_go_port_is_formatted_and_vetted() -> None:
    gofmt, go = tool("gofmt", "golang-go"), tool("go", "golang-go")

    unformatted = subprocess.run([gofmt, "-l", "."], cwd=PORTS / "go", check=True, capture_output=True)  # noqa: S603 - the program is in this repository

    assert unformatted.stdout == b""
    subprocess.run([go, "vet", "./..."], cwd=PORTS / "go", check=True)  # noqa: S603 - the program is in this repository
