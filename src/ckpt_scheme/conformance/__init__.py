"""Test vectors for any implementation of the scheme, and a runner for them.

The vectors are plain JSON in ``v1/``. ``README.md`` describes the input and the answer of each operation. A tool in
another language needs only a JSON parser: `run_command` runs it as a reader. A tool in Python can use `run`:

Examples:
    >>> from ckpt_scheme.conformance import answer, cases, run
    >>> outcomes = run(answer, cases())
    >>> all(outcome.passed for outcome in outcomes)
    True
"""

from __future__ import annotations

from ckpt_scheme.conformance._library import answer
from ckpt_scheme.conformance._runner import Answer, Outcome, Status, run, run_command
from ckpt_scheme.conformance._vectors import LEVELS, Case, Level, cases

__all__ = ["LEVELS", "Answer", "Case", "Level", "Outcome", "Status", "answer", "cases", "run", "run_command"]
