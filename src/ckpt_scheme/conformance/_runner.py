"""Run the vectors on an implementation: a function in Python, or any executable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast, final

import attrs

from ckpt_scheme.conformance._process import BrokenReaderError, ReaderProcess
from ckpt_scheme.conformance._vectors import Case
from ckpt_scheme.errors import SchemeError

Answer: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""An implementation: takes an operation and its input, and returns the answer.

It raises `SchemeError` to refuse the input, and `NotImplementedError` for an operation that it does not have.
"""

Status: TypeAlias = Literal["passed", "failed", "unsupported", "broken"]

_KINDS: Final = {"answer": dict, "error": dict, "unsupported": bool}  # the members that answer a case, and their types
# Without this limit, a reader that hangs would cost the timeout hundreds of times.
_MOST_BROKEN: Final = 3
_LONGEST_SHOWN: Final = 80  # characters of a line that a finding quotes


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """The result of one case.

    Attributes:
        case: The case.
        status: ``"passed"``; ``"failed"`` for another answer than the expected one; ``"unsupported"`` if the
            implementation does not have the operation; ``"broken"`` if a reader broke the protocol.
        answer: The answer, or None.
        error: Facts on the refusal, such as a ``position``; None if the implementation accepted the input.
        fault: The breach of the protocol, with the end of the reader's stderr; or None.
    """

    case: Case
    status: Status
    answer: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    error: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    fault: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the answer is the expected one, or the input was refused as it must be."""
        return self.status == "passed"


def run(answer: Answer, given: Iterable[Case]) -> list[Outcome]:
    """Return the outcome of each case for an implementation in Python.

    Args:
        answer: The implementation. To refuse an input it raises `SchemeError`, and `NotImplementedError` for an
            operation that it does not have. Any other exception is a fault of the implementation and is not caught.
        given: The cases, as `cases` returns them.
    """
    outcomes: list[Outcome] = []
    for case in given:
        try:
            outcomes.append(_judge(case, answer(case.operation, case.input), None))
        except SchemeError as refusal:
            outcomes.append(_judge(case, None, {"position": refusal.position, "message": str(refusal)}))
        except NotImplementedError:
            outcomes.append(Outcome(case=case, status="unsupported"))
    return outcomes


def run_command(command: Sequence[str], given: Iterable[Case], *, timeout: float = 10.0) -> list[Outcome]:
    """Return the outcome of each case for a reader: an executable that speaks the protocol of ``README.md``.

    One process answers all cases. A reader that breaks the protocol is killed and started again for the next case;
    after three broken cases in a row the remaining ones count as broken too.

    Args:
        command: The executable and its arguments.
        given: The cases, as `cases` returns them.
        timeout: The longest time for one answer, in seconds. The first answer includes the start of the process.

    Raises:
        OSError: If the executable cannot be started.
    """
    outcomes: list[Outcome] = []
    reader: ReaderProcess | None = None
    broken_in_a_row = 0
    try:
        for case in given:
            if broken_in_a_row == _MOST_BROKEN:
                fault = f"not run: the reader broke the protocol {_MOST_BROKEN} times in a row"
                outcomes.append(Outcome(case=case, status="broken", fault=fault))
                continue
            if reader is None:
                reader = ReaderProcess(command)
            try:
                outcomes.append(_read(case, reader.ask(_request(case), timeout)))
                broken_in_a_row = 0
            except BrokenReaderError as error:
                stderr = reader.kill()
                reader = None
                broken_in_a_row += 1
                fault = f"{error}; stderr ends with:\n{stderr}" if stderr else str(error)
                outcomes.append(Outcome(case=case, status="broken", fault=fault))
    finally:
        if reader is not None:
            reader.close()
    return outcomes


def _judge(case: Case, answer: Mapping[str, Any] | None, error: Mapping[str, Any] | None) -> Outcome:
    is_right = error is not None if case.error is not None else answer is not None and case.accepts(answer)
    return Outcome(case=case, status="passed" if is_right else "failed", answer=answer, error=error)


def _request(case: Case) -> bytes:
    request = {"id": case.id, "operation": case.operation, "input": case.input}
    return json.dumps(request).encode("ascii") + b"\n"


def _read(case: Case, line: bytes) -> Outcome:
    """Return the outcome of *case* for the *line* of a reader."""
    try:
        message = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise BrokenReaderError(f"a line on stdout is not JSON: {_shown(line)}") from None
    members = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    kind = next((kind for kind in _KINDS if members.keys() == {"id", kind}), None)
    if kind is None or not isinstance(members[kind], _KINDS[kind]) or members[kind] is False:
        expected = 'an object with the "id" and one of "answer": {...}, "error": {...}, "unsupported": true'
        raise BrokenReaderError(f"a line on stdout is not {expected}: {_shown(line)}")
    if members["id"] != case.id:
        raise BrokenReaderError(f"the answer has the id {members['id']!r}")
    if kind == "unsupported":
        return Outcome(case=case, status="unsupported")
    return _judge(case, members.get("answer"), members.get("error"))


def _shown(line: bytes) -> str:
    text = line.decode(errors="backslashreplace").strip()
    return ascii(text) if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]!a}..."
