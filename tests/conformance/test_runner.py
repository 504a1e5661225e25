"""The runner: implementations in Python, and readers that keep the protocol or break it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import attrs
import pytest
from click.testing import CliRunner, Result

from ckpt_scheme import SchemeError
from ckpt_scheme._cli import commands
from ckpt_scheme.conformance import LEVELS, Case, Outcome, answer, cases, run, run_command

EXPECTED: Final = {"kind": "last"}
REFUSED: Final = None


def case(number: int, expected: Mapping[str, Any] | None) -> Case:
    return Case(
        id=f"checkpoint_name-{number}",
        level="core",
        requirement="CKS-001",
        flags=(),
        description="a name",
        operation="parse_checkpoint_name",
        input={"text": f"name {number}"},
        expected=expected,
        error={"position": 0} if expected is None else None,
    )


ONE: Final = case(1, EXPECTED)


def refuse(_operation: str, given: object) -> dict[str, object]:
    raise SchemeError("checkpoint name", given, "another", 3)


def raising(error: Exception) -> Any:  # noqa: ANN401 - an implementation that raises
    def implementation(_operation: str, _given: object) -> dict[str, object]:
        raise error

    return implementation


# --------------------------------------------------------------------------------------------------------------------
# Implementations in Python.


def test_run_passes_expected_answer() -> None:
    (outcome,) = run(lambda _operation, _given: {"kind": "last"}, [ONE])

    assert outcome == Outcome(case=ONE, status="passed", answer=EXPECTED)
    assert outcome.passed


def test_run_fails_other_answer() -> None:
    (outcome,) = run(lambda _operation, _given: {"kind": "best"}, [ONE])

    assert outcome == Outcome(case=ONE, status="failed", answer={"kind": "best"})
    assert not outcome.passed


def test_run_fails_refusal_of_valid_input() -> None:
    (outcome,) = run(refuse, [ONE])

    assert outcome.status == "failed"
    assert outcome.error is not None
    assert outcome.error["position"] == 3


def test_run_passes_refusal_of_invalid_input_at_any_position() -> None:
    (outcome,) = run(refuse, [case(1, REFUSED)])

    assert outcome.status == "passed"


@pytest.mark.parametrize("returned", [{"kind": "last"}, {}, None])
def test_run_fails_answer_to_invalid_input(returned: Any) -> None:  # noqa: ANN401 - a wrong program returns None
    (outcome,) = run(lambda _operation, _given: returned, [case(1, REFUSED)])

    assert outcome.status == "failed"


def test_run_reports_unsupported_operation() -> None:
    (outcome,) = run(raising(NotImplementedError()), [ONE])

    assert outcome == Outcome(case=ONE, status="unsupported")


def test_run_does_not_catch_other_exception() -> None:
    with pytest.raises(KeyError):
        run(raising(KeyError()), [case(1, REFUSED)])


def test_library_refuses_unknown_operation() -> None:
    with pytest.raises(SchemeError, match="parse_run_id"):
        answer("guess", {})


def test_equal_outcomes_have_one_hash() -> None:
    outcomes = {Outcome(case=case(1, EXPECTED), status="passed", answer=EXPECTED) for _ in range(2)}

    assert len(outcomes) == 1


# --------------------------------------------------------------------------------------------------------------------
# Readers that keep the protocol. Each is a script whose loop reads one request and writes one answer.

READER: Final = """
import json, os, sys, time
def say(**answer):
    print(json.dumps(answer), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    {body}
"""


def reader(body: str) -> list[str]:
    return [sys.executable, "-c", READER.format(body=body.replace("\n", "\n    "))]


def statuses(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_reader_gets_the_case_and_answers_it() -> None:
    command = reader('say(id=request["id"], answer=request)')

    (outcome,) = run_command(command, [ONE])

    assert outcome.answer == {"id": ONE.id, "operation": ONE.operation, "input": ONE.input}


def test_reader_gets_any_text_as_ascii_line() -> None:
    odd = Case(
        id="label-1",
        level="labels",
        requirement="CKS-070",
        flags=(),
        description="any text",
        operation="say",
        input={"text": "\u2028\ud800\n\0é"},
    )

    (outcome,) = run_command(
        reader('say(id=request["id"], answer={"ascii": line.isascii(), **request["input"]})'), [odd]
    )

    assert outcome.answer == {"ascii": True, **odd.input}


def test_reader_is_judged_by_answer_error_and_unsupported() -> None:
    command = reader(
        'number = request["id"][-1]\n'
        'if number in "14": say(id=request["id"], answer={"kind": "last"})\n'
        'elif number in "25": say(id=request["id"], error={"position": 99})\n'
        'else: say(id=request["id"], unsupported=True)'
    )

    outcomes = run_command(command, [*(case(n, EXPECTED) for n in (1, 2, 3)), *(case(n, REFUSED) for n in (4, 5, 6))])

    assert statuses(outcomes) == ["passed", "failed", "unsupported", "failed", "passed", "unsupported"]
    assert outcomes[1].error == {"position": 99}


def test_one_process_answers_all_cases() -> None:
    outcomes = run_command(reader('say(id=request["id"], answer={"process": os.getpid()})'), [ONE] * 20)

    assert len({json.dumps(outcome.answer) for outcome in outcomes}) == 1


def test_reader_that_floods_stderr_passes() -> None:
    command = reader('sys.stderr.write("x" * 10**6)\nsay(id=request["id"], answer={"kind": "last"})')

    assert statuses(run_command(command, [ONE] * 3)) == ["passed"] * 3


def test_reader_that_does_not_end_with_its_input_passes() -> None:
    command = [
        sys.executable,
        "-c",
        READER.format(body='say(id=request["id"], answer={"kind": "last"})') + "time.sleep(60)",
    ]
    started = time.monotonic()

    assert statuses(run_command(command, [ONE])) == ["passed"]
    assert time.monotonic() - started < 30


def test_reader_without_cases_is_not_started() -> None:
    assert run_command(["/no/such/reader"], []) == []


def test_executable_that_cannot_be_started_raises() -> None:
    with pytest.raises(FileNotFoundError):
        run_command(["/no/such/reader"], [ONE])


# --------------------------------------------------------------------------------------------------------------------
# Readers that break it.

SILENT: Final = {
    "a reader that hangs": "time.sleep(60)",
    "a reader that buffers its output": r"out = open(1, 'w', closefd=False); out.write('{}\n')",
    "a reader that writes no line feed": "sys.stdout.write('{}'); sys.stdout.flush()",
    "a reader that floods stderr and hangs": "sys.stderr.write('x' * 10**6); time.sleep(60)",
}
BROKEN: Final = {
    "a reader that exits": ("sys.exit(3)", "exit with status 3 without an answer"),
    "a reader that is killed": ("os.kill(os.getpid(), 9)", "signal 9 ended the process"),
    "a reader that closes its stdout": ("os.close(1); time.sleep(60)", "stdin or stdout closed without an answer"),
    "a reader that prints text": ("print('hello', flush=True)", "is not JSON: 'hello'"),
    "a reader that prints much text": ("print('x' * 99, flush=True)", f"is not JSON: '{'x' * 80}'..."),
    "a reader that prints an empty line": ("print(flush=True)", "is not JSON: ''"),
    "a reader that prints bytes": (r"os.write(1, b'\xff\n')", r"is not JSON: '\\xff'"),
    "a reader that nests": ("print('[' * 10**5, flush=True)", "is not JSON: '[[[["),
    "a reader that prints a list": ("print('[1]', flush=True)", 'is not an object with the "id"'),
    "an answer without an id": ("say(answer={})", 'is not an object with the "id"'),
    "an answer with another id": ("say(id='none', answer={})", "the answer has the id 'none'"),
    "an answer that is no object": ("say(id=request['id'], answer='last')", 'one of "answer"'),
    "an answer and an error": ("say(id=request['id'], answer={}, error={})", 'one of "answer"'),
    "neither answer nor error": ("say(id=request['id'])", 'one of "answer"'),
    "unsupported that is false": ("say(id=request['id'], unsupported=False)", 'one of "answer"'),
    "a line without an end": ("print('x' * 2**21, flush=True)", "longer than 1048576 bytes"),
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_reader_without_a_line_in_time_gets_a_finding(body: str) -> None:
    (outcome,) = run_command(reader(body), [ONE], timeout=0.5)

    assert outcome.status == "broken"
    advice = "no line on stdout within 0.5 s; a reader ends each answer with a line feed and flushes it"
    assert str(outcome.fault).startswith(advice)


@pytest.mark.parametrize(("body", "fault"), BROKEN.values(), ids=BROKEN)
def test_reader_that_breaks_the_protocol_gets_a_finding(body: str, fault: str) -> None:
    (outcome,) = run_command(reader(body), [ONE], timeout=60)

    assert outcome.status == "broken"
    assert fault in str(outcome.fault)


# More than a pipe holds: a write fails or waits if no process reads.
LARGE: Final = attrs.evolve(ONE, input={"text": "x" * 10**6})


def test_reader_that_closes_its_stdin_gets_a_finding() -> None:
    (outcome,) = run_command(
        [sys.executable, "-c", "import os, time; os.close(0); time.sleep(60)"], [LARGE], timeout=60
    )

    assert outcome == Outcome(case=LARGE, status="broken", fault="stdin or stdout closed without an answer")


def test_reader_that_reads_nothing_gets_a_finding() -> None:
    (outcome,) = run_command([sys.executable, "-c", "import time; time.sleep(60)"], [LARGE], timeout=0.5)

    assert outcome.status == "broken"
    assert "no line on stdout" in str(outcome.fault)


def test_finding_ends_with_last_lines_of_stderr() -> None:
    body = 'sys.stderr.write("".join(f"line {n}\\n" for n in range(1000)))\nsys.exit(1)'

    (outcome,) = run_command(reader(body), [ONE])

    head, *lines = str(outcome.fault).splitlines()
    assert head == "exit with status 1 without an answer; stderr ends with:"
    assert lines == [f"line {number}" for number in range(990, 1000)]


def test_broken_reader_is_started_again_for_the_next_case() -> None:
    command = reader('if "3" in line: sys.exit(1)\nsay(id=request["id"], answer={"kind": "last"})')

    outcomes = run_command(command, [case(number, EXPECTED) for number in range(1, 6)])

    assert statuses(outcomes) == ["passed", "passed", "broken", "passed", "passed"]


def test_reader_that_breaks_three_times_in_a_row_is_not_run_further() -> None:
    outcomes = run_command(reader("sys.exit(1)"), [ONE] * 5)

    assert statuses(outcomes) == ["broken"] * 5
    assert [outcome.fault for outcome in outcomes[3:]] == [
        "not run: the reader broke the protocol 3 times in a row"
    ] * 2


def test_killed_reader_takes_its_children_along() -> None:
    wrapper = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "print('no JSON', flush=True)\n"
        "time.sleep(600)\n"
    )

    (outcome,) = run_command([sys.executable, "-c", wrapper], [ONE], timeout=60)

    child = int(str(outcome.fault).splitlines()[-1])
    deadline = time.monotonic() + 30
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


# --------------------------------------------------------------------------------------------------------------------
# The command.

LIBRARY: Final = (
    "import json, sys\n"
    "from ckpt_scheme import SchemeError\n"
    "from ckpt_scheme.conformance import answer\n"
    "for line in sys.stdin:\n"
    "    request = json.loads(line)\n"
    "    try: said = {'answer': answer(request['operation'], request['input'])}\n"
    "    except SchemeError as error: said = {'error': {'position': error.position}}\n"
    "    print(json.dumps({'id': request['id'], **said}), flush=True)\n"
)


def conformance(*arguments: str) -> Result:
    return CliRunner().invoke(commands.main, ["conformance", *arguments], catch_exceptions=False)


def test_command_without_reader_checks_the_library() -> None:
    result = conformance()

    assert result.exit_code == 0
    *levels, total = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in levels] == list(LEVELS)
    assert total == f"all levels: {len(cases())} of {len(cases())} cases passed"


def test_command_passes_reader_made_of_the_library() -> None:
    result = conformance("--level", "labels", "--level", "selection", "--", sys.executable, "-c", LIBRARY)

    assert result.exit_code == 0, result.stdout
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == ["selection", "labels", "all levels"]


def test_command_shows_differing_members_of_failed_case() -> None:
    body = 'say(id=request["id"], answer={"label": request["input"].get("text"), "more": 1})'

    result = conformance("--level", "labels", "--", *reader(body))

    assert result.exit_code == 1
    start = result.stdout.index("failed label-001")
    assert result.stdout[start:].splitlines()[:4] == [
        "failed label-001 [CKS-070]: a hyphen and a blank in a tag",
        '  sanitize_label {"text": "my-exp v2", "field": "tag"}',
        '  label: expected "my_exp_v2", got "my-exp v2"',
        "  more: expected nothing, got 1",
    ]
    assert 'expected an error, got {"label": "-- !", "more": 1}' in result.stdout


def test_command_shows_refusal_of_valid_input() -> None:
    result = conformance("--level", "labels", "--", *reader('say(id=request["id"], error={"position": 2})'))

    assert result.exit_code == 1
    assert '  expected {"label": "my_exp_v2"}, got an error: {"position": 2}' in result.stdout.splitlines()


def test_command_counts_unsupported_cases_apart() -> None:
    result = conformance("--level", "labels", "--", *reader('say(id=request["id"], unsupported=True)'))

    assert result.exit_code == 1
    total = sum(case.level == "labels" for case in cases())
    sanitized = sum(case.operation == "sanitize_label" for case in cases())
    assert f"unsupported sanitize_label: {sanitized} cases" in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == f"all levels: 0 of {total} cases passed, {total} unsupported"


def test_command_prints_a_repeated_fault_once() -> None:
    result = conformance("--level", "labels", "--", *reader(r'sys.stderr.write("\x1b[2Joh")' "\nsys.exit(1)"))

    assert result.exit_code == 1
    assert result.stdout.count("exit with status 1") == 1
    assert "  The same happens in 2 more, up to label-003." in result.stdout
    assert r"  \x1b[2Joh" in result.stdout


def test_command_shows_single_fault_with_its_case() -> None:
    body = 'if "003" in line: sys.exit(1)\nsay(id=request["id"], unsupported=True)'

    result = conformance("--level", "labels", "--", *reader(body))

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:3] == [
        "broken label-003 [CKS-070]: a run of characters becomes one underscore",
        '  sanitize_label {"text": "a -- b", "field": "tag"}',
        "  exit with status 1 without an answer",
    ]
    assert "The same happens" not in result.stdout


def test_command_refuses_executable_that_cannot_be_started() -> None:
    result = conformance("--", "/no/such/reader")

    assert result.exit_code == 2
    assert "cannot run /no/such/reader: No such file or directory" in result.stderr


@pytest.mark.parametrize("arguments", [("--level", "none"), ("--timeout", "0"), ("--timeout", "nan"), ("--nonsense",)])
def test_command_refuses_wrong_option(arguments: tuple[str, ...]) -> None:
    assert conformance(*arguments).exit_code == 2


def test_command_leaves_options_of_the_reader_alone() -> None:
    script = "import sys; sys.exit(len(sys.argv))"

    result = conformance("--level", "labels", sys.executable, "-c", script, "--level", "--")

    assert "exit with status 3" in result.stdout


def test_command_writes_junit(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    body = (
        'number = int(request["id"][-3:])\n'
        'if number == 1: say(id=request["id"], answer={"label": "\\x00\\x1b"})\n'
        'elif number == 2: say(id=request["id"], unsupported=True)\n'
        "else: sys.exit(1)"
    )

    result = conformance("--level", "labels", "--junit", str(report), "--", *reader(body))

    assert result.exit_code == 1
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - a file of our own
    assert suite is not None
    total = sum(case.level == "labels" for case in cases())
    assert (suite.get("tests"), suite.get("failures")) == (str(total), "1")
    assert (suite.get("errors"), suite.get("skipped")) == (str(total - 2), "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "failed label-001 [CKS-070]: a hyphen and a blank in a tag"
    assert r'label: expected "my_exp_v2", got "\u0000\u001b"' in (failure.text or "")


def test_junit_of_passed_cases_has_no_findings(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"

    assert conformance("--junit", str(report)).exit_code == 0
    root = ET.parse(report).getroot()  # noqa: S314 - a file of our own
    assert [suite.get("name") for suite in root] == list(LEVELS)
    assert len(root.findall("testsuite/testcase")) == len(cases())
    assert root.findall("testsuite/testcase/*") == []


def test_command_exits_with_2_if_junit_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    status = commands.run(["conformance", "--level", "labels", "--junit", "/no/such/folder/report.xml"])

    assert status == 2
    assert "/no/such/folder/report.xml" in capsys.readouterr().err


def test_help_names_every_level() -> None:
    words = re.findall(r"\w+", conformance("--help").stdout)

    assert set(LEVELS) <= set(words)
